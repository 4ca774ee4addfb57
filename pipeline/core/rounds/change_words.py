"""A difference in words: text for a terminal, Markdown for a comment, the stable JSON of design section 4.

Pure: which files differ and what their sides say comes from `pipeline.flows.compare`, what changed from `changes`.
Whatever a person typed is shown as inert text, and a comment never grows over its limit.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import cached_property
from itertools import groupby, islice, takewhile
from typing import Any, TypeAlias

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.mappings import Alike
from pipeline.core.ground.numbers import fixed, places
from pipeline.core.ground.problems import NOTHING_BROUGHT, Brought, Problem, counted, has_errors
from pipeline.core.ground.table import columns, exact_points, markdown_table
from pipeline.core.ground.text import MOST_LISTED, as_listed, code_span, json_fields, markdown_cell, one_line
from pipeline.core.index.laws import CHECKS, CHECKS_OF_RESULTS, CHECKS_OF_WORLD, CHECKS_OF_YEARS
from pipeline.core.index.pending import Pending, redone
from pipeline.core.index.pending_words import pending_sentences
from pipeline.core.index.refit import Misfit
from pipeline.core.index.scoring import Results
from pipeline.core.index.words import arrow, with_stages
from pipeline.core.record.layout import DATA, SCORING_KINDS, place
from pipeline.core.record.model import Calendar, Criterion, World, Year, code_key
from pipeline.core.record.schema_fields import NO_FIELD, NO_FIELDS, SchemaField, SchemaFields
from pipeline.core.record.stages import KIND_OF, SURVEY
from pipeline.core.rounds import changes
from pipeline.core.rounds.changes import Change, Effect, Figure
from pipeline.core.rounds.rule_effects import MovedDay, MovedLine

MOST_CHARACTERS = 60_000  # what fits into a comment on every forge, with room for what the forge adds
ASKED, ERRORS = "asked", "errors"  # why there are no effects

Show: TypeAlias = Callable[[str], str]
Group: TypeAlias = tuple[tuple[str, str, str], list[Change]]


@dataclass(frozen=True, slots=True)
class Wrong:
    """One side of a year that breaks laws and is scored all the same, with what its rules give in place of scores."""

    year: str
    side: str  # before | after
    errors: int
    misfits: tuple[Misfit, ...]


@dataclass(frozen=True)  # no slots: effects are computed once
class Difference:
    """Two states of the data: what changed, and what is known of both sides.

    `results` holds the scores before and after of the years whose scoring reads something that changed; `left_out`
    says of which years there are none, and why; `wrong` what was scored in spite of errors. `years` are the records
    that names are taken from, the newer first.
    """

    base: str
    head: str | None
    changes: tuple[Change, ...]
    results: tuple[Mapping[str, Results], Mapping[str, Results]] = field(default_factory=lambda: ({}, {}))
    left_out: Mapping[str | None, str] = field(default_factory=dict)  # a year, or None for all -> asked | errors
    wrong: tuple[Wrong, ...] = ()
    moved: tuple[MovedLine, ...] = ()
    days: tuple[MovedDay, ...] = ()
    years: Mapping[str, tuple[Year, ...]] = field(default_factory=dict)
    fields: SchemaFields = NO_FIELDS
    brought: Brought = NOTHING_BROUGHT
    awaited: tuple[Pending, ...] = ()  # what the open stages of the years that were touched still owe
    world: World = field(default_factory=lambda: World({}, Calendar(), {}))  # the records after the change

    @cached_property
    def effects(self) -> Mapping[str, Alike[Effect]]:
        """Return every agency's figures before and after, by year."""
        renamed = {(c.year, c.before): c.after for c in self.changes if c.kind == "agency-moved"}
        return changes.effects(*self.results, renamed)

    @property
    def reserved(self) -> bool:
        """Tell whether the comment is for readers who must not learn the ranking."""
        return self.left_out.get(None) == ASKED

    @property
    def told(self) -> tuple[Change, ...]:
        """Return the changes that the reader may see: an approved table is the ranking itself."""
        return tuple(change for change in self.changes if not (self.reserved and change.stem == "approved-row"))

    @property
    def unfit(self) -> tuple[Problem, ...]:
        """Return the errors in lines that nobody touched: of open stages, to be redone, then of closed ones."""
        touched = {change.path for change in self.changes}
        untouched = (one for one in self.brought.problems if one.is_error and one.path not in touched)
        lines = (one for one in untouched if (at := place(one.path)) is not None and at.stage)
        return (*self.brought.redo, *(one for one in lines if "criterion" in one.figures))


def years_scored(paths: Iterable[str]) -> frozenset[str]:
    """Return the years whose scoring reads one of the paths."""
    places = (place(path) for path in paths)
    return frozenset(known.year for known in places if known and known.year and known.kind in SCORING_KINDS)


# What a concordance of two years is held against: a change in one year may make what is said of both wrong.
_COMPARED = frozenset({"agencies.yml", "criteria.yml"})


def years_touched(paths: Iterable[str]) -> frozenset[str] | None:
    """Return the years in which the paths can change what is right, None where they can in all."""
    parts = [path.split("/") for path in paths]
    if any(f"{first[0]}/" != DATA or len(first) < 3 or first[2] in _COMPARED for first in parts):
        return None
    return frozenset(first[1] for first in parts)


# --- JSON -----------------------------------------------------------------------------------------------------------


def difference_json(difference: Difference) -> dict[str, Any]:
    """Return the stable shape of `diff --format json`."""
    sides = difference.results
    return {
        **json_fields(difference, "base", "head"),
        "changes": [_change_json(change) for change in difference.told],
        "effects": [
            {
                "year": year,
                "agency": agency,
                **{name: _pair(effect.sides(name)) for name in changes.FIGURES},
                "provisional": _pair(tuple(side[year].provisional if year in side else None for side in sides)),
            }
            for year, effects in difference.effects.items()
            for agency, effect in effects.items()
        ],
        "effects_left_out": [{"year": year, "reason": reason} for year, reason in sorted_left_out(difference)],
        "effects_despite_errors": [
            {
                **json_fields(wrong, "year", "side", "errors"),
                "scores": [
                    {
                        **json_fields(one, "agency", "criterion", "stage", "stated"),
                        "points": None if one.points is None else f"{one.points.normalize():f}",
                        **json_fields(one.source, "path", "line"),
                    }
                    for one in wrong.misfits
                ],
            }
            for wrong in difference.wrong
        ],
        "lines_moved": [_moved_json(line) for line in difference.moved if not line.edited],
        "criteria_moved": [_moved_json(line) for line in difference.moved if line.edited],
        "lines_unfit": [_unfit_json(problem, difference) for problem in difference.unfit],
        "days_moved": [
            {
                **json_fields(moved, "year", "stage", "agency"),
                "last_day": _pair(moved.day),
                "working_days_late": _pair(moved.late),
            }
            for moved in difference.days
        ],
    }


def _moved_json(line: MovedLine) -> dict[str, Any]:
    return {
        **json_fields(line, "year", "agency", "criterion", "stage"),
        "points": _pair(line.points),
        "out_of": _pair(line.out_of),
        **json_fields(line.source, "path", "line"),
    }


def _unfit_json(problem: Problem, difference: Difference) -> dict[str, Any]:
    return {
        "code": problem.code,
        **json_fields(place(problem.path), "year", "stage", "agency"),
        "criterion": problem.figures["criterion"],
        "figures": {} if difference.reserved else dict(problem.figures),
        "redo": problem in difference.brought.redo,
        **json_fields(problem, "path", "line", "column"),
    }


def sorted_left_out(difference: Difference) -> list[tuple[str | None, str]]:
    """Return the years without effects and why, in order."""
    return sorted(difference.left_out.items(), key=lambda entry: entry[0] or "")


def _change_json(change: Change) -> dict[str, Any]:
    whose = json_fields(change, "kind", "year", "stage", "agency", "criterion", "before", "after", "reason")
    return whose | json_fields(change, "path", "line", "subject", "field", "right") | {"content": dict(change.content)}


def _pair(pair: tuple[object, ...]) -> dict[str, Any]:
    return {"before": pair[0], "after": pair[1]}


# --- one change in words --------------------------------------------------------------------------------------------

# In a group, what a line says comes in this order; anything else follows.
_ORDER = ("file", "line", "score", "not-applicable", "answer", "reason", "explanation", "evidence")
_NUMERIC = frozenset({"score", "counts", "line", "amendment"})  # of any other the schemas tell what is a number
_FIELDS = " › "  # between a field and one below it
_DATE = re.compile(r"\d{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])", re.ASCII)  # of some month
_NUMBER = re.compile(r"-?\d+(\.\d+)?", re.ASCII)
_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|[{}]|[^{}"]+')
_HARMLESS = re.compile(r"-?\d{1,6}([.,/]\d{1,6})*", re.ASCII)  # a longer number could be taken for a commit
_ID = re.compile(r"[a-z][a-z0-9-]*", re.ASCII)
_KEY = re.compile(r"\b([a-z_]+): ", re.ASCII)
_RATIO = re.compile(r"\{assigned: ([\d.]+), done: ([\d.]+)\}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Detail:
    """How much a rendering tells: length of a typed text, whose it is, titles, places, reasons, how many of each."""

    text: int = 400
    whose: bool = True  # stage, agency and criterion
    titles: bool = True
    places: bool = True
    reasons: bool = True
    changes: int | None = None  # of each group
    groups: int | None = None
    problems: int | None = None
    agencies: int | None = None


@dataclass(frozen=True, slots=True)
class _ChangeVoice:
    """The words of one rendering: language, what is known of the years, how typed text is shown, how much is shown."""

    difference: Difference
    groups: Sequence[Group]
    labels: Labels
    show: Show
    detail: Detail

    def say(self, key: str, /, **figures: object) -> str:
        return self.labels.text(f"diff.{key}", **figures)

    def typed(self, text: str) -> str:
        """Return typed text, cut and made inert."""
        flat = one_line(text)
        most = self.detail.text
        return self.show(flat if len(flat) <= most else flat[: most - 1].rstrip() + "…")

    def known(self, year: str | None) -> tuple[Year, ...]:
        """Return the states of a year that names are taken from, the newer first."""
        there = self.difference.world.years.get(year or "")
        return self.difference.years.get(year or "", ()) or ((there,) if there is not None else ())

    def agency(self, year: str | None, slug: str) -> str:
        """Return an agency's short name, its slug where no side knows it."""
        known = (own.agencies[slug].short for own in self.known(year) if slug in own.agencies)
        name = next(known, None)
        return self.typed(self.labels.of(name) if name else slug)

    def group(self, year: str | None, name: str) -> str:
        """Return the title of a group of agencies, its id where no side knows it."""
        title = next((own.groups[name].title for own in self.known(year) if name in own.groups), None)
        return self.typed(self.labels.of(title) if title else name)

    def criterion(self, year: str | None, code: str) -> Criterion | None:
        """Return a criterion as the newest side that has it knows it."""
        known = (own.criteria for own in self.known(year))
        return next((criteria[code] for criteria in known if code in criteria), None)

    def coded(self, year: str | None, code: str) -> str:
        """Return a criterion's code with its title."""
        criterion = self.criterion(year, code)
        if criterion is None or not self.detail.titles:
            return self.typed(code)
        return self.typed(code) + self.say("whom.title", title=self.typed(self.labels.of(criterion.title)))

    def decimals(self, year: str | None) -> int:
        """Return how many decimals the points of a year are shown with."""
        return next((known.cycle.policy.points.decimals for known in self.known(year)), 0)

    def figures(self, year: str, effect: Effect) -> Iterator[str]:
        """Yield the figures of an agency."""
        for name in changes.FIGURES:
            yield arrow(*[self._figure(year, name, side) for side in effect.sides(name)])

    def _figure(self, year: str, name: str, figure: Figure) -> str:
        """Return one figure, a grade by its title, a dash where there is none."""
        if figure is None or name != "grade":
            return "–" if figure is None else self.labels.number(str(figure))
        grades = (entry for known in self.known(year) for entry in known.cycle.grades)
        title = next((entry.title for entry in grades if entry.id == figure), None)
        return self.typed(self.labels.of(title) if title else str(figure))


def change_text(change: Change, year: Year, fields: SchemaFields, labels: Labels) -> str:
    """Return one change as a sentence without whose it is and why, for a page that says both already."""
    difference = Difference("", None, (change,), years={year.name: (year,)}, fields=fields)
    voice = _ChangeVoice(difference, (), labels, str, Detail(whose=False, reasons=False))
    return _sentence(change, voice, with_reason=False)


def _sentence(change: Change, voice: _ChangeVoice, *, with_reason: bool) -> str:
    labels = voice.labels
    what = change.what
    noun, field = named(change, voice.difference.fields, labels, voice.typed)
    before, after = (_value(change, text, voice) for text in (change.before, change.after))
    came = field and change.stem != changes.ENTRY and (change.before is None) != (change.after is None)
    key = what if before or after or what != changes.CHANGED else "other"
    if came:
        what = changes.ADDED if change.before is None else changes.REMOVED
        key = f"{what}-field"
    thing = noun + _whom(change, voice, "" if came else field)
    words = voice.say(f"sentence.{key}", thing=thing, field=field, before=before or "–", after=after or "–")
    told = before if what == changes.REMOVED else after if what == changes.ADDED else None
    if told and (expected := dict(change.content).get("expect")):
        told = arrow(_value(change, expected, voice), told)
    if told:
        words += voice.say("sentence.value", value=told)
    if with_reason and change.reason and voice.detail.reasons:
        reason = _plain(change.reason, NO_FIELD, labels)
        words += voice.say("sentence.reason", reason=voice.typed(reason))
    if voice.detail.reasons:
        words += "".join(_content(change, voice))
    return words[:1].upper() + words[1:]


def _content(change: Change, voice: _ChangeVoice) -> Iterator[str]:
    """Yield what else a line or an amendment says that came or went: which field, and its value."""
    labels = voice.labels
    for name, text in change.content:
        if name == "expect":  # the sentence itself has it
            continue
        own, said = name.rpartition(".")[2].replace("_", "-"), text
        part = replace(change, kind=f"{own if own == 'answer' else change.stem}-{changes.CHANGED}", field=name)
        *_, last = voice.difference.fields.of(place(change.path)).steps(part.way)
        key = next((at for at in (name.replace(".", "-"), own) if labels.has(f"diff.noun.{at}")), None)
        noun = voice.say(f"noun.{key}") if key else _called(last[0], last[1], labels) or voice.typed(last[0])
        body = voice.difference.world.bodies.get(text) if own == "by" else None
        if own in ("evidence", "decision"):
            said = _DATE.sub(lambda found: labels.date(found[0]), text)
        value = voice.typed(labels.of(body.short)) if body is not None else _value(part, said, voice)
        yield voice.say("sentence.part", field=noun, value=value)


def named(change: Change, fields: SchemaFields, labels: Labels, typed: Show) -> tuple[str, str]:
    """Return what a change is about, and which field of it: by the labels where its kind is special, else by titles.

    Args:
        fields: what the schemas call the fields of each kind of file.
        typed: how to show a name that the schemas do not know.
    """
    steps = list(fields.of(place(change.path)).steps(change.way))
    words = [_called(name, shape if listed else NO_FIELD, labels) or typed(name) for name, shape, listed in steps]
    if change.stem == "order":
        return f"{labels.text('diff.noun.order')} {''.join(words[-1:])}", ""
    if change.stem not in ("field", changes.ENTRY):
        depth = len(change.field.split(".")) if change.field else 0
        return labels.text(f"diff.noun.{change.stem}"), _FIELDS.join(words[len(steps) - depth :])
    records = list(takewhile(lambda step: step[1].has_records, steps))
    if not records:
        return (words or [""])[0], _FIELDS.join(words[1:])
    entry = records[-1][1].entry().title(labels.language)
    return _in_sentence(entry) if entry else words[len(records) - 1], _FIELDS.join(words[len(records) :])


def _called(name: str, shape: SchemaField, labels: Labels) -> str | None:
    """Return what people call a field within a sentence; a text in one language goes by the name of the language."""
    if shape.is_language:
        key = f"language.names.{name}"
        return labels.text(key) if labels.has(key) else None
    title = shape.title(labels.language)
    return _in_sentence(title) if title else None


def _in_sentence(title: str) -> str:
    """Return a title as it stands within a sentence; an abbreviation keeps its letters."""
    return title if title[1:2].isupper() else title[:1].lower() + title[1:]


def _whom(change: Change, voice: _ChangeVoice, field: str) -> str:
    """Return whose and which: stage, criterion with its title, subject, part, agency."""
    labels, words = voice.labels, ""
    if not voice.detail.whose:
        change = replace(change, stage=None, agency=None, criterion=None)
    known = place(change.path)
    stage = labels.stage(change.stage) if change.stage and not (known and known.stage) else None
    if stage and change.way.startswith("stages"):
        words, stage = f" {stage}", None
    if change.stem == "agency" and change.agency:
        words += f" {voice.agency(change.year, change.agency)}"
    criterion = f" {voice.coded(change.year, change.criterion)}" if change.criterion else ""
    subject = f" {voice.typed(' / '.join(map(_shortened, change.subject.split(' / '))))}" if change.subject else ""
    words += f"{subject},{criterion}" if change.stem == "amendment" and criterion else criterion + subject
    if field:
        words += voice.say("whom.field", field=field)
    if stage:
        words += voice.say("whom.stage", stage=stage)
    if change.agency and change.stem != "agency":
        words += voice.say("whom.agency", agency=voice.agency(change.year, change.agency))
    return words


def _shortened(id_: str) -> str:
    """Return an id that people can compare: of a key, its beginning and its end."""
    return f"{id_[:16]}…{id_[-12:]}" if id_.startswith("ssh-") and len(id_) > 30 else id_


def _value(change: Change, text: str | None, voice: _ChangeVoice) -> str:
    """Return one side of a change as people read it; nothing where there is none, or where it only says yes."""
    if not text or (change.stem == "request" and text == "true"):
        return ""
    labels = voice.labels
    if text == "not-applicable" and change.stem in ("line", "amendment"):
        return labels.text("word.not-applicable")
    if change.stem == "amendment" and text.startswith("withdraws "):
        return labels.text("word.withdraws", number=voice.typed(text.removeprefix("withdraws ")))
    if change.stem == "agency" and change.field == "group":
        return voice.group(change.year, text)
    steps = [*voice.difference.fields.of(place(change.path)).steps(change.way)]
    shape = steps[-1][1] if steps else NO_FIELD
    if change.what != changes.MOVED:
        if change.stem == "answer":
            return voice.typed(_answer(text, voice.criterion(change.year, change.criterion or ""), labels))
        if _DATE.fullmatch(text):
            return labels.date(text)
        if _NUMBER.fullmatch(text) and (change.stem in _NUMERIC or shape.is_number):
            return voice.typed(labels.number(_points(change, text, voice)))
        if text in ("true", "false"):
            return labels.text("word.yes" if text == "true" else "word.no")
    return voice.typed(_plain(text, shape, labels))


def _points(change: Change, text: str, voice: _ChangeVoice) -> str:
    """Return a number with the year's decimals where it is a score."""
    decimals = voice.decimals(change.year)
    exact = Decimal(text)
    shown = change.stem in ("score", "line", "amendment") and places(exact) <= decimals
    return fixed(exact, decimals) if shown else text


def _answer(text: str, criterion: Criterion | None, labels: Labels) -> str:
    ratio = _RATIO.fullmatch(text)
    if ratio:
        return "/".join(labels.counted(Decimal(ratio[at])) for at in (2, 1))
    if _NUMBER.fullmatch(text):
        return labels.counted(Decimal(text))
    items = criterion.rule.named() if criterion and criterion.rule else {}

    def named(found: re.Match[str]) -> str:
        item = items.get(found[0])
        return found[0] if item is None else item.text.in_language(labels.language)

    return _ID.sub(named, text).strip("{}[]") or labels.text("answer.nothing")


def _plain(text: str, shape: SchemaField, labels: Labels) -> str:
    """Return canonical text without the signs that only a program needs, its fields and days in words."""
    if text[:1] not in ("{", "[", '"'):
        return text

    def field_named(found: re.Match[str]) -> str:
        holder = next((one for one in (shape, shape.entry()) if one.knows(found[1])), NO_FIELD)
        title = _called(found[1], holder.child(found[1]), labels)
        return f"{title}: " if title else found[0]

    def worded(part: str) -> str:
        return _DATE.sub(lambda found: labels.date(found[0]), _KEY.sub(field_named, part))

    tokens = _TOKEN.findall(text)
    threes = zip(["", *tokens], tokens, [*tokens[1:], ""], strict=False)
    apart = ("; " if three == ("}", ", ", "{") else three[1] for three in threes)  # two things in a list
    parts = (str(json.loads(token)) if token[:1] == '"' else worded(token) for token in apart)
    return "".join(part for part in parts if part not in ("{", "}")).strip("[]")


# --- groups ---------------------------------------------------------------------------------------------------------


def _groups(difference: Difference) -> Sequence[Group]:
    """Return the changes by year, stage and agency, in the order in which a round runs."""
    keyed = [(_group_key(change), change) for change in difference.told]
    keyed.sort(key=lambda entry: _rank(entry[0], entry[1], _stages_of(difference, entry[0][0])))
    return [(key, [change for _, change in group]) for key, group in groupby(keyed, key=lambda entry: entry[0])]


def _group_key(change: Change) -> tuple[str, str, str]:
    """Return year, stage and agency of a file that has them, else year and the right that its change needs."""
    known = place(change.path)
    agency = (known.agency if known else None) or ""
    if change.right == SURVEY:
        return change.year or "", SURVEY, agency
    if known and known.stage and agency:
        return change.year or "", known.stage, agency
    return change.year or "", "", change.right


def _with_stages(difference: Difference, labels: Labels) -> Labels:
    """Return labels that know the stages of both states by their titles, those of the newest state first."""
    named = (year for known in difference.years.values() for year in reversed(known))
    return with_stages(labels, (*difference.world.years.values(), *named))


def _stages_of(difference: Difference, year: str) -> tuple[str, ...]:
    """Return the stages of a year in their order, as the newest known state of it has them."""
    known = difference.years.get(year, ())
    return known[0].cycle.stages.names if known else tuple(KIND_OF)


def _rank(key: tuple[str, str, str], change: Change, names: tuple[str, ...]) -> tuple[object, ...]:
    year, stage, last = key
    stages = ("", *names, SURVEY)
    about = _ORDER.index(change.stem) if change.stem in _ORDER else len(_ORDER)
    return (
        year,
        (stages.index(stage), "") if stage in stages else (len(stages), stage),
        last,
        *(change.path if not change.criterion else "", code_key(change.criterion or ""), about),
        *(change.subject or "", change.line, change.kind, change.field or "", change.before or "", change.after or ""),
    )


def _heading(key: tuple[str, str, str], voice: _ChangeVoice) -> str:
    year, stage, last = key
    parts = [voice.say("year", year=voice.typed(year)) if year else voice.say("no-year")]
    if stage:
        parts.append(voice.labels.stage(stage))
        if last:
            parts.append(voice.agency(year, last))
    else:
        parts.append(_right(last, voice.labels))
    return voice.say("between").join(parts)


def _right(right: str, labels: Labels) -> str:
    return labels.text(f"stage.{right}" if labels.has(f"stage.{right}") else f"diff.right.{right}")


def _sentences(group: Sequence[Change], voice: _ChangeVoice) -> Iterator[tuple[Change, str]]:
    """Yield each change with its sentence; a reason is said once, with the first thing that it explains."""
    said = {(change.path, change.criterion, change.after) for change in group if change.kind == "reason-changed"}
    for change in group:
        about = (change.path, change.criterion, change.reason)
        values = (change.before, change.after)
        if (
            change.kind == "reason-added"
            and (change.path, change.criterion, change.after) in said
            and voice.detail.reasons
        ):
            continue
        with_reason = change.reason is not None and about not in said and change.reason not in values
        if change.reason is not None:
            said.add(about)
        yield change, _sentence(change, voice, with_reason=with_reason)


# --- effects --------------------------------------------------------------------------------------------------------


def _effect_rows(year: str, effects: Alike[Effect], voice: _ChangeVoice) -> tuple[list[list[str]], list[str]]:
    """Return a row for each agency whose figures differ, and the others."""
    touched = {at for at, effect in effects.kinds.items() if effect.touched}
    parted: tuple[list[str], list[str]] = ([], [])
    for agency, at in effects.kind_of.items():
        parted[at in touched].append(agency)
    rows = [[voice.agency(year, agency), *voice.figures(year, effects[agency])] for agency in parted[True]]
    return rows, parted[False]


def _effects(voice: _ChangeVoice) -> Iterator[tuple[str, list[list[str]], list[str], list[str]]]:
    """Yield each year with its rows, the agencies that stay, and what is computed despite errors.

    Where there is neither row nor error and the year is as complete as it was, the verdict above has said it all.
    """
    for year, effects in voice.difference.effects.items():
        (rows, same), despite = _effect_rows(year, effects, voice), list(_despite(year, voice))
        complete = {side[year].provisional for side in voice.difference.results if year in side}
        if rows or despite or len(complete) > 1:
            yield year, rows, same, despite


def effect_table(difference: Difference, labels: Labels) -> list[list[str]]:
    """Return the agencies whose figures differ as a table, its head first; nothing where there are none."""
    voice = _ChangeVoice(difference, (), labels, str, Detail())
    rows = [row for year, effects in difference.effects.items() for row in _effect_rows(year, effects, voice)[0]]
    return [_effect_head(labels), *rows] if rows else []


def _untouched(year: str, same: Sequence[str], voice: _ChangeVoice) -> str:
    """Name the agencies whose figures stay, as far as anybody reads them."""
    named = [voice.agency(year, agency) for agency in same[: MOST_LISTED + 1]]
    return voice.say("untouched", agencies=as_listed(named))


def _effect_head(labels: Labels) -> list[str]:
    return [labels.text(f"score.column.{name}") for name in ("agency", *changes.FIGURES)]


def _notices(year: str, voice: _ChangeVoice) -> list[str]:
    """Return what must stand beside every figure of a year: that it is illustrative, that it is provisional."""
    sides = [side[year] for side in voice.difference.results if year in side]
    told = [voice.labels.text("word.illustrative")] if any(side.year.cycle.illustrative for side in sides) else []
    if sides and sides[-1].provisional:
        told.append(voice.say("provisional", counts=arrow(*[str(side.gaps) for side in (sides[0], sides[-1])])))
    elif sides and sides[0].provisional:
        told.append(voice.say("complete", gaps=sides[0].gaps))
    return told


def _despite(year: str, voice: _ChangeVoice) -> Iterator[str]:
    """Yield how a year was scored in spite of errors: which scores follow their rules anew, and which cannot."""
    by_rules = (line for line in voice.difference.moved if line.year == year and not line.edited)
    told_as_moved = {(line.agency, line.criterion) for line in by_rules}
    for wrong in (one for one in voice.difference.wrong if one.year == year):
        side = voice.say(f"despite.{wrong.side}")
        yield voice.say("despite.errors", side=side, count=wrong.errors)
        for key, own in (
            (
                "again",
                [one for one in wrong.misfits if one.points and (one.agency, one.criterion) not in told_as_moved],
            ),
            ("kept", [one for one in wrong.misfits if one.points is None]),
        ):
            if own:
                scores = _named([_misfit(one, year, voice) for one in own], voice)
                yield voice.say(f"despite.{key}", count=len(own), scores=scores)


def _misfit(one: Misfit, year: str, voice: _ChangeVoice) -> str:
    number, decimals = voice.labels.number, voice.decimals(year)
    stated = number(exact_points(one.stated, decimals))
    points = "" if one.points is None else number(fixed(one.points, decimals))
    figures = {"agency": voice.agency(year, one.agency), "criterion": voice.typed(one.criterion)}
    return voice.say(f"despite.{'score' if points else 'stated'}", **figures, stated=stated, points=points)


def _verdict_of_effects(voice: _ChangeVoice) -> list[str]:
    difference = voice.difference
    told = [
        voice.say(f"left-out.{reason}", year=voice.typed(year or ""))
        for year, reason in sorted_left_out(difference)[:_MOST_YEARS]
    ]
    if difference.effects:
        kinds = [(one, own.times[at]) for own in difference.effects.values() for at, one in own.kinds.items()]
        touched = sum(times for effect, times in kinds if effect.touched)
        ranks = sum(times for effect, times in kinds if len(set(effect.sides("rank"))) > 1)
        told.append(voice.say("effect" if touched else "effect-none", agencies=touched, ranks=ranks))
    elif not told and difference.changes:
        told.append(voice.say("effect-unscored"))
    return told


# --- what new rules do ----------------------------------------------------------------------------------------------


def _unfit_block(unfit: Sequence[Problem], voice: _ChangeVoice, inert: Show) -> Iterator[tuple[str, str]]:
    """Yield who has to redo lines that new rules made wrong, then these lines, one by one."""
    difference, labels = voice.difference, voice.labels
    owed = redone(difference.brought.redo, difference.world.years)
    who = map(inert, pending_sentences(owed, difference.world.years, difference.world.bodies, labels))
    lines = (_problem_line(one, _spot(one, voice), voice, told=not difference.reserved) for one in unfit)
    if unfit:
        yield voice.say("unfit"), _few([*who, *lines], voice)


def _rule_blocks(voice: _ChangeVoice) -> Iterator[tuple[str, str]]:
    """Yield criteria whose points move, by what was edited and by new rules, then last days that move."""
    difference = voice.difference
    lines = sorted(difference.moved, key=lambda line: (line.year, not line.edited, code_key(line.criterion)))
    for (year, edited), of_year in islice(groupby(lines, key=lambda line: (line.year, line.edited)), 2 * _MOST_YEARS):
        title = voice.say(f"moved.{'edited' if edited else 'title'}", year=voice.typed(year))
        by_code = groupby(of_year, key=lambda line: line.criterion)
        yield title, _few([_moved_text(list(own), voice) for _, own in by_code], voice)
    alike: dict[object, list[MovedDay]] = {}
    for moved in difference.days:
        alike.setdefault((moved.year, moved.stage, moved.day), []).append(moved)
    if alike:
        yield voice.say("days.title"), _few([_days_text(own, voice) for own in alike.values()], voice)


def _few(lines: Sequence[str], voice: _ChangeVoice) -> str:
    most = voice.detail.problems
    return _listed(lines, len(lines), _MOST_OF_RULES if most is None else min(most, _MOST_OF_RULES), voice)


def _days_text(moved: Sequence[MovedDay], voice: _ChangeVoice) -> str:
    labels, first = voice.labels, moved[0]
    before, after = (labels.date(day) if day else "–" for day in first.day)
    stage = labels.text("pending.stage", stage=labels.stage(first.stage), year=voice.typed(first.year))
    late = [one for one in moved if one.late[0] is None and one.late[1] is not None]
    on_time = [one for one in moved if one.late[0] is not None and one.late[1] is None]
    told = stage + voice.say("days.moved", before=before, after=after, agencies=_agencies(moved, voice))
    if late:
        over = [f"{voice.agency(one.year, one.agency)} ({one.late[1]})" for one in late]
        told += voice.say("days.late", agencies=_named(over, voice))
    return told + (voice.say("days.on-time", agencies=_agencies(on_time, voice)) if on_time else "")


def _agencies(moved: Sequence[MovedDay], voice: _ChangeVoice) -> str:
    return _named([voice.agency(one.year, one.agency) for one in moved], voice)


def _moved_text(lines: Sequence[MovedLine], voice: _ChangeVoice) -> str:
    told = []
    for one in lines:
        sides = [_of(*side, voice) for side in zip(one.points, one.out_of, strict=True)]
        told.append(f"{voice.agency(one.year, one.agency)} {arrow(*sides)}")
    return f"{voice.coded(lines[0].year, lines[0].criterion)}: {_named(told, voice)}"


def _of(points: str | None, out_of: str | None, voice: _ChangeVoice) -> str:
    """Return points of how many, or that there are none to have."""
    if out_of is None:
        return voice.labels.text("word.not-applicable")
    return voice.labels.number(f"{points or '–'}/{out_of}")


def _named(told: Sequence[str], voice: _ChangeVoice) -> str:
    more = [voice.say("others", count=len(told) - _MOST_NAMED)] if len(told) > _MOST_NAMED else []
    return "; ".join((*told[:_MOST_NAMED], *more))


# --- text -----------------------------------------------------------------------------------------------------------


def difference_text(difference: Difference, labels: Labels) -> str:
    """Return a difference for a terminal."""
    labels = _with_stages(difference, labels)
    voice = _ChangeVoice(difference, _groups(difference), labels, str, Detail())
    told = [_title(voice)]
    for key, group in voice.groups:
        told += ["", _heading(key, voice)]
        told += [f"  {sentence}  [{one_line(c.path)}:{c.line}]" for c, sentence in _sentences(group, voice)]
    if difference.changes:
        told += ["", *_verdict_of_effects(voice)]
    for year, rows, same, despite in _effects(voice):
        told += ["", voice.say("effects", year=year), *_notices(year, voice), *despite]
        if rows:
            told += ["", columns([_effect_head(labels), *rows])]
        if same:
            told.append(_untouched(year, same, voice))
    for block in (*_rule_blocks(voice), *_unfit_block(difference.unfit, voice, str)):
        told += ["", *block]
    return "\n".join(told) + "\n"


def _title(voice: _ChangeVoice) -> str:
    difference = voice.difference
    head = difference.head[:12] if difference.head else voice.say("working-tree")
    files = len({change.path for change in difference.told})
    key = "title" if difference.told else "nothing"
    return voice.say(key, base=difference.base[:12], head=head, changes=len(difference.told), files=files)


# --- Markdown -------------------------------------------------------------------------------------------------------

# From all there is to the bare verdict; the first that fits is taken. What changed to what goes last.
LEVELS = (
    Detail(),
    Detail(text=120, titles=False),
    Detail(text=80, titles=False, places=False),
    Detail(text=60, titles=False, places=False, reasons=False, problems=100),
    Detail(text=40, titles=False, places=False, reasons=False, changes=20, groups=200, problems=50, agencies=100),
    Detail(text=40, titles=False, places=False, reasons=False, changes=5, groups=100, problems=30, agencies=50),
    Detail(text=30, titles=False, places=False, reasons=False, changes=0, groups=60, problems=10, agencies=20),
    Detail(text=20, titles=False, places=False, reasons=False, changes=0, groups=0, problems=0, agencies=0),
)
_MOST_YEARS = 20
_MOST_NAMED = 10  # scores, lines or agencies that a sentence names
_MOST_OF_RULES = 20  # sentences of what new rules do


def difference_markdown(
    difference: Difference, labels: Labels, *, approvers: Mapping[str, Sequence[str]] | None = None
) -> str:
    """Return a difference as a comment for a pull request, under `MOST_CHARACTERS`.

    `approvers`: for each kind that needs a second person and was changed, the roles that may review it; None where the
    older state has no rights to read them from.
    """
    labels, groups = _with_stages(difference, labels), _groups(difference)
    voices = (_ChangeVoice(difference, groups, labels, _framed, detail) for detail in LEVELS)
    tried = (_joined(_blocks(voice, approvers)) for voice in voices)
    return next(told for told in tried if told is not None)


def _framed(text: str) -> str:
    """Return typed text as code, which tells it from the words of the program; a number or a code needs no frame."""
    return text if _HARMLESS.fullmatch(text) else code_span(text)


def _joined(blocks: Iterable[str]) -> str | None:
    """Return the blocks as one text, None as soon as it is too long."""
    told: list[str] = []
    length = 0
    for block in blocks:
        told.append(block)
        length += len(block) + 2
        if length > MOST_CHARACTERS:
            return None
    return "\n\n".join(told) + "\n"


def _blocks(voice: _ChangeVoice, approvers: Mapping[str, Sequence[str]] | None) -> Iterator[str]:
    difference, labels = voice.difference, voice.labels
    yield f"## {_title(voice)}"
    yield "\n".join(f"- {line}" for line in _verdict(voice))
    yield from _problem_blocks(voice)
    yield from _titled(_unfit_block(difference.brought.redo, voice, markdown_cell))
    if difference.awaited:
        world = difference.world
        told = [*map(markdown_cell, pending_sentences(difference.awaited, world.years, world.bodies, labels))]
        yield f"### {labels.text('pending.title')}"
        yield _listed(told, len(told), voice.detail.problems, voice)
    yield from _change_blocks(voice)
    yield from _effect_blocks(voice)
    yield from _titled(_rule_blocks(voice))
    if approvers is not None and difference.changes:
        yield f"### {voice.say('approvers.title')}"
        yield _approver_lines(approvers, voice)
    cut = _cut(voice)
    if cut:
        yield f"---\n\n{cut}"


def _titled(blocks: Iterable[tuple[str, str]]) -> Iterator[str]:
    for title, block in blocks:
        yield f"### {title}"
        yield block


def _verdict(voice: _ChangeVoice) -> Iterator[str]:
    difference = voice.difference
    redo = len({(problem.path, problem.line) for problem in difference.brought.redo})
    counts = {**counted(difference.brought.problems), "redo": redo}
    text = voice.say(f"verdict.{next((key for key in counts if counts[key]), 'clean')}", **counts)
    yield voice.say("verdict.strong", text=text)
    if difference.brought.elsewhere:
        yield voice.say("verdict.elsewhere", **counted(difference.brought.elsewhere))
    if any(change.stem == "schema" for change in difference.changes):
        yield voice.say("verdict.schemas")
    yield from _verdict_of_effects(voice)


def _problem_blocks(voice: _ChangeVoice) -> Iterator[str]:
    difference = voice.difference
    problems = sorted(difference.brought.problems, key=lambda problem: not problem.is_error)
    touched = {change.path for change in difference.changes}
    if not problems:
        return
    yield f"### {voice.say('problems')}"
    lines = (_found_line(problem, voice, touched) for problem in problems)
    yield _listed(lines, len(problems), voice.detail.problems, voice)


def _found_line(problem: Problem, voice: _ChangeVoice, touched: Collection[str]) -> str:
    head = f"**{voice.labels.text(f'severity.{problem.severity}')}** {_spot(problem, voice)}"
    # The figures of other messages come from other lines, or from the ranking.
    told = problem.path in touched and not problem.code.startswith("approval-")
    return _problem_line(problem, head, voice, told=told or not voice.difference.reserved)


def _problem_line(problem: Problem, head: str, voice: _ChangeVoice, *, told: bool) -> str:
    labels = voice.labels
    if not told:
        return voice.say("problem-reserved", head=head, code=problem.code)
    message, cure = voice.typed(labels.message(problem)), voice.typed(labels.help(problem))
    return voice.say("problem", head=head, message=message, cure=cure)


def _listed(lines: Iterable[str], count: int, most: int | None, voice: _ChangeVoice) -> str:
    told = [f"- {line}" for line in islice(lines, most)]
    if most is not None and count > most:
        told.append("- " + voice.say("more", count=count - most))
    return "\n".join(told)


def _change_blocks(voice: _ChangeVoice) -> Iterator[str]:
    detail, groups = voice.detail, voice.groups
    if not groups:
        return
    yield f"### {voice.say('changes')}"
    if detail.changes == 0:
        counted = (voice.say("counted", heading=_heading(key, voice), count=len(group)) for key, group in groups)
        yield _listed(counted, len(groups), detail.groups, voice)
        return
    shown = groups[: detail.groups]
    for key, group in shown:
        lines = (
            sentence + (voice.say("at", place=_spot(change, voice)) if detail.places else "")
            for change, sentence in _sentences(group, voice)
        )
        yield f"#### {_heading(key, voice)}"
        yield _listed(lines, len(group), detail.changes, voice)
    if len(shown) < len(groups):
        yield voice.say("more-groups", count=len(groups) - len(shown))


def _spot(found: Change | Problem, voice: _ChangeVoice) -> str:
    return voice.say("place", path=voice.typed(found.path), line=found.line)


def _effect_blocks(voice: _ChangeVoice) -> Iterator[str]:
    most = voice.detail.agencies
    for year, rows, same, despite in islice(_effects(voice), _MOST_YEARS):
        yield f"### {voice.say('effects', year=voice.typed(year))}"
        for notice in _notices(year, voice):
            yield f"**{notice}**"
        if despite:
            yield _listed(despite, len(despite), None, voice)
        shown = rows[:most]
        if shown:
            cells = [[cell.replace("|", "\\|") for cell in row] for row in (_effect_head(voice.labels), *shown)]
            yield markdown_table(cells, right=(1, 2, 3, 4))
        if len(shown) < len(rows):
            yield voice.say("more-agencies", count=len(rows) - len(shown))
        if same and most is None:
            yield _untouched(year, same, voice)
        elif same:
            yield voice.say("untouched-count", count=len(same))


def _approver_lines(approvers: Mapping[str, Sequence[str]], voice: _ChangeVoice) -> str:
    if not approvers:
        return voice.say("approvers.nobody")
    lines = []
    for right in sorted(approvers):
        roles = ", ".join(voice.typed(role) for role in approvers[right][:10])
        key = "approvers.line" if roles else "approvers.without"
        lines.append(voice.say(key, kind=_right(right, voice.labels), roles=roles))
    return _listed(lines, len(lines), None, voice)


def _cut(voice: _ChangeVoice) -> str:
    """Say what this rendering left out, and how to see it."""
    difference, detail = voice.difference, voice.detail
    if detail == LEVELS[0]:
        return ""
    gone = [voice.say("cut.texts", most=detail.text)]
    gone += [
        voice.say(f"cut.{name}")
        for name, kept in (("titles", detail.titles), ("places", detail.places), ("reasons", detail.reasons))
        if not kept
    ]
    gone += [
        voice.say(f"cut.{name}")
        for name, most in (("changes", detail.changes), ("problems", detail.problems), ("agencies", detail.agencies))
        if most is not None
    ]
    command = f"parindex diff {difference.base[:12]}" + (f" {difference.head[:12]}" if difference.head else "")
    return voice.say("cut.sentence", gone="; ".join(gone), command=f"`{command}`")


def breaks_reading(problems: Iterable[Problem]) -> bool:
    """Tell whether part of a year cannot be read, so that nothing can be scored; a broken law is read."""
    laws = {*CHECKS, *CHECKS_OF_YEARS, *CHECKS_OF_WORLD, *CHECKS_OF_RESULTS}
    return has_errors(problem for problem in problems if problem.code not in laws)


def breaks_rules(problems: Iterable[Problem]) -> int:
    """Count the errors of a year that can be read; that an approved table differs is none."""
    return sum(problem.is_error for problem in problems if problem.code not in CHECKS_OF_RESULTS)
