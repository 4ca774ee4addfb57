"""Records in words: rules, answers, scores and stages as people read them, in the language of the labels."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from fractions import Fraction

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.numbers import Exact, fixed
from pipeline.core.index.scoring import AgencyScore, LeafScore, Results, Value
from pipeline.core.index.survey_points import BLANK
from pipeline.core.record.authorship import GOOD, SignatureState
from pipeline.core.record.layout import index_of
from pipeline.core.record.model import BonusLimit, Criterion, Cycle, Scale, Year
from pipeline.core.record.rules import Answer, Ratio, Rule


def printable(text: str) -> str:
    """Return text on one line without characters that steer a terminal: names and messages of commits are typed."""
    return "".join(char if char.isprintable() else " " for char in text)


def signer_text(typed: str | None, signed: SignatureState | None, labels: Labels) -> str:
    """Return who stands behind a commit: the person whose key signed, else the typed name, said to be only that."""
    if signed is not None and signed.state == GOOD and signed.name is not None:
        return signed.name
    state = labels.text(f"audit.signature.{signed.state if signed else 'unsigned'}")
    return labels.text("audit.typed-name", name=printable(typed or "–"), state=state)


def points_text(value: Exact | None, year: Year, labels: Labels) -> str:
    """Return points with the year's decimals, a dash where there are none."""
    policy = year.cycle.policy.points
    return "–" if value is None else fixed(value, policy.decimals, policy.rounding, labels.texts["language.decimal"])


def index_text(value: Exact | None, year: Year, labels: Labels) -> str:
    """Return an index with the year's decimals, a dash where there is none."""
    return "–" if value is None else labels.number(year.cycle.policy.rounded_index(value))


def plain_points(record: object, year: Year, *names: str) -> dict[str, str | None]:
    """Return points of a record by their names as JSON, CSV and approved tables write them: "51.15"."""
    found = ((name, getattr(record, name)) for name in names)
    return {name: None if value is None else f"{year.cycle.policy.rounded_points(value):f}" for name, value in found}


def figures_of(entry: AgencyScore, year: Year) -> dict[str, str | int | None]:
    """Return an agency's result as JSON, CSV and approved tables write it."""
    return {
        **plain_points(entry.total, year, "points", "out_of"),
        "index": None if entry.published is None else f"{entry.published:f}",
        "rank": entry.rank,
        "grade": entry.grade.id if entry.grade else None,
    }


def signed_points_text(value: Fraction | Decimal, year: Year, labels: Labels) -> str:
    """Return a change of points with its sign, none of zero."""
    return ("+" if value > 0 else "−" if value < 0 else "") + points_text(-value if value < 0 else value, year, labels)


def rank_text(rank: int | None) -> str:
    """Return a rank, a dash where there is none."""
    return "–" if rank is None else str(rank)


def arrow(before: str, after: str) -> str:
    """Return a figure that stays, or what it was and what it is."""
    return after if before == after else f"{before} → {after}"


def warnings(results: Results, labels: Labels) -> Iterator[str]:
    """Yield what has to stand above a year's figures wherever they stand: made up, or not final yet."""
    if results.year.cycle.illustrative:
        yield labels.text("word.illustrative")
    if results.provisional:
        yield labels.text("word.provisional", count=results.gaps)


def value_text(value: Value, year: Year, labels: Labels) -> str:
    """Return a stage's value: points, or that the criterion does not apply."""
    return points_text(value, year, labels) if isinstance(value, Decimal) else labels.text("word.not-applicable")


def grade_text(entry: AgencyScore, labels: Labels) -> str:
    """Return the title of an agency's grade, a dash where there is none."""
    return labels.of(entry.grade.title) if entry.grade else "–"


def year_text(year: Year, labels: Labels) -> str:
    """Return what people call a year: 2024; with whom it assesses, where it says so or is one of several indices."""
    of = year.cycle.of or (year.cycle.title if index_of(year.name) else None)
    return labels.text("word.year-of", year=year.name[:4], of=labels.of(of)) if of else year.name


def with_stages(labels: Labels, years: Iterable[Year]) -> Labels:
    """Return labels that know the stages of some years by the titles which their cycles give them."""
    return with_cycles(labels, (year.cycle for year in years))


def with_cycles(labels: Labels, cycles: Iterable[Cycle]) -> Labels:
    """Return labels that know the stages of some cycles, where the rest of their years was not read."""
    listed = (stage for cycle in cycles for stage in cycle.stages)
    own = {f"stage.{stage.name}": labels.of(stage.title) for stage in listed if stage.title is not None}
    return replace(labels, texts={**labels.texts, **own}) if own else labels


def stage_text(stage: str | None, labels: Labels) -> str:
    """Return a stage's name."""
    return labels.stage(stage) if stage else labels.text("stage.none")


def decided_text(leaf: LeafScore, labels: Labels) -> str:
    """Return who decided a leaf's points, the amendment named."""
    if leaf.outstanding:
        return labels.text("word.outstanding")
    name = stage_text(leaf.stage, labels)
    return labels.text("word.amended", stage=name, number=leaf.amendment.number) if leaf.amendment else name


def rule_lines(leaf: Criterion, year: Year, labels: Labels) -> tuple[str, ...]:
    """Return a leaf's rule in words: first how points are earned, then one line for each option, band or item."""
    rule = leaf.rule
    if rule is None:
        return ()
    told = list(rule.words(leaf.out_of, labels, lambda group: group_text(group, year, labels)))
    limits = (limit_text(limit, labels) for limit in year.cycle.bonus_limits if leaf.code in limit.codes)
    told += [labels.text("limit.rule", limit=limit) for limit in limits]
    return (*told, *([] if leaf.claimed else [labels.text("rule.not-claimed")]))


def limit_text(limit: BonusLimit, labels: Labels) -> str:
    """Return the limit of several bonuses in words."""
    sides = [labels.text(f"limit.{name}", points=labels.number(value)) for name, value in _sides(limit)]
    return labels.text("limit.told", codes=", ".join(limit.codes), sides=labels.text("analysis.comma").join(sides))


def cut_texts(entry: AgencyScore, year: Year, labels: Labels) -> Iterator[str]:
    """Yield what each limit of bonuses took from an agency's points, or gave back."""
    for one in entry.limited:
        if one.cut:
            figures = {
                "points": points_text(one.points, year, labels),
                "cut": signed_points_text(one.cut, year, labels),
            }
            yield labels.text("limit.cut", limit=limit_text(one.limit, labels), **figures)


def apart_text(year: Year, labels: Labels) -> str:
    """Return what the way from claims to results does not hold, beside the survey; empty where it holds all else."""
    parts = (("unclaimed", not all(leaf.claimed for leaf in year.leaves())), ("limits", year.cycle.bonus_limits))
    return " ".join(labels.text(f"apart.{name}") for name, holds in parts if holds)


def _sides(limit: BonusLimit) -> Iterator[tuple[str, Decimal]]:
    for name, value in (("most", limit.most), ("least", limit.least)):
        if value is not None:
            yield name, value


def group_text(group: str, year: Year, labels: Labels) -> str:
    """Return the title of a survey group."""
    known = year.survey_plan.groups.get(group)
    return labels.of(known.title) if known else group


def option_text(option: str, scale: Scale, labels: Labels) -> str:
    """Return the words of what is counted of a question: an option's title, "no opinion" or blank."""
    if option in scale.titles:
        return labels.of(scale.titles[option])
    own = {scale.no_opinion: "page.survey.no-opinion", BLANK: "page.survey.blank"}
    return labels.text(own[option]) if option in own else option


def answer_text(rule: Rule | None, answer: Answer | None, labels: Labels) -> str:
    """Return an answer in words, a dash where there is none."""
    if answer is None:
        return "–"
    known = rule.named() if rule else {}
    if isinstance(answer, Mapping):
        return rule.counts_text(answer, labels) if rule else "–"
    if isinstance(answer, Ratio):
        done, assigned = labels.counted(answer.done), labels.counted(answer.assigned)
        if answer.assigned == 0:
            return labels.text("answer.none-assigned")
        percent = labels.number(fixed(100 * Fraction(answer.done) / Fraction(answer.assigned), 2))
        return labels.text("answer.ratio", done=done, assigned=assigned, percent=percent)
    if isinstance(answer, Decimal):
        return labels.amount(answer, unit) if (unit := rule.measure() if rule else "") else labels.counted(answer)
    if isinstance(answer, tuple):
        return "; ".join(labels.of(known[str(name)].text) for name in answer) or labels.text("answer.nothing")
    return labels.of(known[answer].text) if answer in known else answer
