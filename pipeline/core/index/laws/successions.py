"""Laws of a year and the year before: what was copied and never changed, and where agencies and criteria went."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.core.ground.problems import Source
from pipeline.core.ground.text import NAMED_YEAR, Text
from pipeline.core.index.laws.view import Finding
from pipeline.core.record.layout import path_of, year_before
from pipeline.core.record.model import Concordance, World, Year


def _successions(world: World) -> Iterator[tuple[Year, Year, Concordance | None]]:
    """Yield each year after the nearest one before it, with what compares them."""
    pairs = {(pair.before, pair.after): pair for pair in world.concordances}
    for year in world.years.values():
        name = year_before(year.name, world.years)
        if name is not None:
            yield world.years[name], year, pairs.get((name, year.name))


def left_from_last_year(world: World) -> Iterator[Finding]:
    """No window, fieldwork, due day or finished task has a day that it had in the year before."""
    for before, after, _ in _successions(world):
        stood = {key: day for key, day, _ in _days(before)}
        for key, day, source in _days(after):
            if stood.get(key) == day:
                yield source, {"date": day, "year": before.name}


def _days(year: Year) -> Iterator[tuple[tuple[str, ...], str, Source]]:
    """Yield the days that each year sets anew: by what they are of, with their places."""
    for name, window in year.cycle.windows.items():
        for key, day in (("opens", window.opens), ("before", window.before), ("by", window.by)):
            if day is not None:
                yield ("window", name, key), day, window.source
    for task in year.plan:
        due = task.due
        days = {"in_month": due.in_month, "before": due.before, "from": due.from_day, "by": due.by}
        for key, day in {**days, "done": task.done_on}.items():
            if day is not None:
                yield ("task", task.no, key), day, task.source
    plan = year.survey_plan
    for key, day in (("from", plan.fieldwork_from), ("to", plan.fieldwork_to)):
        if day is not None:
            yield ("fieldwork", key), day, plan.place("fieldwork")


def evidence_dates_of_last_year(world: World) -> Iterator[Finding]:
    """Evidence of a criterion is seldom of the very days of the year before."""
    for before, after, pair in _successions(world):
        singles = [entry for entry in (pair.criteria if pair is not None else ()) if entry.is_single]
        former = {entry.after[0]: entry.before[0] for entry in singles}
        for leaf in after.leaves():
            old = before.criteria.get(former.get(leaf.code, leaf.code))
            dates = leaf.evidence_from, leaf.evidence_by
            if old is not None and any(dates) and dates == (old.evidence_from, old.evidence_by):
                yield leaf.place("evidence_dates"), {"criterion": leaf.code, "year": before.name}


def words_of_last_year(world: World) -> Iterator[Finding]:
    """A text that names the year before and not its own, and stood there word for word, was copied."""
    for before, after, _ in _successions(world):
        stood = {text for text, _ in _texts(before)}
        for text, source in _texts(after):
            named = NAMED_YEAR.findall(text.main)
            if text in stood and before.name[:4] in named and after.name[:4] not in named:
                yield source, {"found": before.name[:4], "year": after.name}


def _texts(year: Year) -> Iterator[tuple[Text, Source]]:
    """Yield the texts of a year that its people write anew or take over, with their places."""
    for criterion in year.criteria.values():
        texts = {"title": criterion.title, "guidance": criterion.guidance}
        yield from ((text, criterion.place(key)) for key, text in texts.items() if text is not None)
    for task in year.plan:
        yield from ((text, task.source) for text in (task.section, task.task, task.product) if text is not None)
    yield from ((question.text, question.source) for question in year.survey_plan.questions.values())


def basis_of_last_year(world: World) -> Iterator[Finding]:
    """A year has a document of its own among its legal basis, such as its plan."""
    for before, after, _ in _successions(world):
        old, new = ({reference.number for reference in year.cycle.legal_basis} for year in (before, after))
        if new <= old:
            yield after.cycle.place("legal_basis"), {"year": before.name}


def agency_not_followed(world: World) -> Iterator[Finding]:
    """The concordance says where an agency went that the next year has no more."""
    for before, after, pair in _successions(world):
        named = {slug for entry in pair.agencies for slug in entry.before} if pair is not None else set()
        for slug in before.agencies:
            if slug not in after.agencies and slug not in named:
                figures = {"found": slug, "before": before.name, "year": after.name}
                yield Source(path_of(after.name, "agencies")), figures


def agency_renamed(world: World) -> Iterator[Finding]:
    """An agency that keeps its slug under another name is named in the concordance."""
    for before, after, pair in _successions(world):
        named = {slug for entry in pair.agencies for slug in entry.after} if pair is not None else set()
        for slug, agency in after.agencies.items():
            old = before.agencies.get(slug)
            if old is not None and slug not in named and old.name.main != agency.name.main:
                figures = {"found": slug, "stood": old.name.main, "name": agency.name.main, "year": before.name}
                yield agency.source, figures


def criterion_not_followed(world: World) -> Iterator[Finding]:
    """A criterion that keeps code and title corresponds to itself, unless something else is said of it."""
    for before, after, pair in _successions(world):
        if pair is None:
            continue
        named = {
            (year.name, leaf)
            for entry in pair.criteria
            for year, codes in ((before, entry.before), (after, entry.after))
            for code in codes
            for leaf in (year.criteria[code].leaves if code in year.criteria else ())
        }
        for leaf in after.leaves():
            old = before.criteria.get(leaf.code)
            unsaid = not named & {(before.name, leaf.code), (after.name, leaf.code)}
            if old is not None and old.rule is not None and old.title.main == leaf.title.main and unsaid:
                yield pair.source, {"criterion": leaf.code, "before": before.name, "after": after.name}
