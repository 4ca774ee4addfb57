"""The findings of an analysis, each as the key of a sentence and its figures; thresholds in the data say which to tell.

The words are labels under `analysis.sentence`; `told` puts figures into them. Without thresholds in the data, a
sentence that needs one is left out. Figures are rounded here, with the year's decimals, and a difference is taken of
the rounded figures beside it, so that a reader who checks the sum finds it right: decision 0027.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeAlias

from pipeline.core.ground.labels import MOST_NAMED, Labels
from pipeline.core.ground.numbers import Exact, rounded
from pipeline.core.ground.text import Text
from pipeline.core.index.analysis import losses
from pipeline.core.index.analysis.deciders import Decider
from pipeline.core.index.analysis.league import RankRange, grade_counts, lead, next_grade
from pipeline.core.index.analysis.profiles import Contrast, Trait, area_standings, contrasts, profiles
from pipeline.core.index.analysis.rank_draws import Overturned, RankDraws
from pipeline.core.index.analysis.robustness import Robustness, robustness
from pipeline.core.index.analysis.trends import AgencyChange, Trend
from pipeline.core.index.analysis.waterfalls import Waterfalls, waterfalls
from pipeline.core.index.scoring import Results
from pipeline.core.record.model import Agency, Criterion, FirmnessPolicy, Thresholds, Year


@dataclass(frozen=True, slots=True)
class SignedFigure:
    """A figure that is shown with its sign."""

    value: Decimal


@dataclass(frozen=True, slots=True)
class Named:
    """Things that a sentence names, some with a figure, and how many more there are than it names."""

    names: tuple[tuple[Text, Decimal | None], ...]
    more: int = 0
    quoted: bool = False  # a title may have commas of its own
    figure: str = "points"  # what the figures are, a key of their words
    most: int = MOST_NAMED  # agencies that it names one by one


@dataclass(frozen=True, slots=True)
class Swaps:
    """Pairs of agencies that change places, in how many ways or percent of the draws, and how many more pairs do."""

    pairs: tuple[tuple[Text, Text, Decimal | int], ...]
    figure: str  # what the figures are, a key of their words
    more: int = 0


_COUNTS: Final = ("count", "all")  # figures that count things; ranks are none

Figure: TypeAlias = int | str | Decimal | SignedFigure | Text | Named | Swaps


@dataclass(frozen=True, slots=True)
class Sentence:
    """One finding: the key of its words, and its figures by name; `count` tells one from several."""

    key: str
    figures: Mapping[str, Figure]


def _say(key: str, /, **figures: Figure) -> Sentence:
    return Sentence(key, figures)


def told(sentence: Sentence, labels: Labels, *, formal: bool = False) -> str:
    """Return a sentence in the reader's language.

    `formal`: counts are written as official documents of the language write them.
    """
    figures = {name: _told(figure, labels, formal=formal) for name, figure in sentence.figures.items()}
    if formal:
        counts = ((name, sentence.figures.get(name)) for name in _COUNTS)
        figures |= {name: labels.formal_count(own) for name, own in counts if isinstance(own, int)}
    return labels.text(f"analysis.sentence.{sentence.key}", **figures)


def _told(figure: Figure, labels: Labels, *, formal: bool = False) -> str:
    if isinstance(figure, Text):
        return labels.of(figure)
    if isinstance(figure, SignedFigure):
        return signed_text(figure.value, labels)
    if isinstance(figure, Named):
        return _listed(figure, labels, formal=formal)
    if isinstance(figure, Swaps):
        return _swapped(figure, labels, formal=formal)
    if isinstance(figure, int):
        return labels.grouped(figure)
    return figure if isinstance(figure, str) else labels.number(figure)


def _swapped(figure: Swaps, labels: Labels, *, formal: bool) -> str:
    """Return pairs one after the other, each with how often it changes places."""
    key, words = f"analysis.swap-{figure.figure}", []
    for one, other, times in figure.pairs:
        count = _counted(times, labels, formal=formal) if isinstance(times, int) else _told(times, labels)
        words.append(labels.text(key, first=labels.of(one), second=labels.of(other), count=count))
    if figure.more:
        words.append(labels.text("analysis.more-swaps", count=_counted(figure.more, labels, formal=formal)))
    return labels.listed(words)


def signed_text(value: Decimal, labels: Labels) -> str:
    """Return a figure with its sign; zero has none."""
    return labels.number(f"{value:+f}".replace("-", "−") if value else f"{abs(value):f}")


def _counted(count: int, labels: Labels, *, formal: bool) -> str:
    return labels.formal_count(count) if formal else labels.grouped(count)


def _listed(named: Named, labels: Labels, *, formal: bool) -> str:
    """Return names one after the other, the last one joined by a word."""
    words: list[str] = []
    if not named.quoted and len(named.names) > named.most:
        return labels.named([labels.of(text) for text, _ in named.names], most=named.most, formal=formal)
    for text, figure in named.names:
        name = labels.text("analysis.quoted", name=labels.of(text)) if named.quoted else labels.of(text)
        words.append(
            name
            if figure is None
            else labels.text(f"analysis.with-{named.figure}", name=name, figure=_told(figure, labels))
        )
    if named.more:
        words.append(labels.text("analysis.more", count=_counted(named.more, labels, formal=formal)))
    return labels.listed(words)


# --- one year -------------------------------------------------------------------------------------------------------


def league_sentences(
    results: Results, thresholds: Thresholds | None, ranks: Mapping[str, RankRange] | None = None
) -> Iterator[Sentence]:
    """Say who leads, who reached which grade, who is near the next one, and what survey error cannot tell apart."""
    ends = lead(results)
    if ends is not None and ends.first[0].published is not None and ends.last[0].published is not None:
        yield _say(
            "lead" if ends.gap else "all-equal",
            first=_agencies(entry.agency for entry in ends.first),
            index=ends.first[0].published,
            last=_agencies(entry.agency for entry in ends.last),
            lowest=ends.last[0].published,
            gap=ends.gap,
            count=ends.ranked,
        )
    for grade, count in grade_counts(results):
        own = [e.agency for e in results.agencies if e.grade is not None and e.grade.id == grade.id]
        if count:
            yield _say("grade", count=count, grade=grade.title, agencies=_agencies(own))
    for entry in results.agencies:
        above = next_grade(results.year, entry)
        if thresholds is not None and above is not None and 0 < above.index_distance <= thresholds.near_grade:
            named = {"agency": entry.agency.short, "grade": above.grade.title}
            yield _say("near-grade", **named, distance=above.index_distance, points=above.points)
    spans = [(entry.agency, (ranks or {}).get(entry.agency.slug, (0, 0))) for entry in results.agencies]
    yield from _spans("rank-range", [(agency, span) for agency, span in spans if span[0] != span[1]])


def _spans(key: str, spans: Iterable[tuple[Agency, RankRange]]) -> Iterator[Sentence]:
    """Yield one sentence for all agencies that share a best and a worst rank."""
    groups: dict[RankRange, list[Agency]] = {}
    for agency, span in spans:
        groups.setdefault(span, []).append(agency)
    for (best, worst), own in groups.items():
        yield _say(key, agencies=_agencies(own), best=best, worst=worst)


def area_sentences(results: Results, thresholds: Thresholds | None) -> Iterator[Sentence]:
    """Say which area stands highest and lowest, which are weak, and where agencies are far apart."""
    year, found = results.year, area_standings(results)
    areas = [area for area in year.criteria.values() if area.parent is None and area.out_of > 0]
    known = [(area, found[area.code]) for area in areas if area.code in found]
    if len(known) > 1:
        best, worst = (choose(known, key=lambda pair: pair[1].median) for choose in (max, min))
        if best[1].median > worst[1].median:
            high, low = (_percent(side[1].median, year) for side in (best, worst))
            yield _say("areas", best=best[0].title, high=high, worst=worst[0].title, low=low)
    if thresholds is None:
        return
    for area, standing in known:
        if standing.median < thresholds.weak_area:
            median = _percent(standing.median, year)
            yield _say("area-weak", area=area.title, median=median, limit=thresholds.weak_area)
    gaps = [_gap(area, results) for area, _ in known]
    wide = [gap for gap in gaps if gap[0] > 0 and gap[0] >= thresholds.wide_gap]
    for _, area, first, last in sorted(wide, key=lambda found: -found[0])[: max(1, thresholds.shown)]:
        high, low = _percent(first[1], year), _percent(last[1], year)
        names = {"area": area.title, "best": first[0].short, "worst": last[0].short}
        yield _say("area-gap", **names, high=high, low=low, gap=high - low)


def _gap(
    area: Criterion, results: Results
) -> tuple[Fraction, Criterion, tuple[Agency, Fraction], tuple[Agency, Fraction]]:
    """Return how far the agencies of an area are apart that has an index, and who stands first and last in it."""
    parts = (
        (entry.agency, part) for entry in results.agencies for part in entry.areas if part.criterion.code == area.code
    )
    known = [(agency, part.index) for agency, part in parts if part.index is not None]
    high, low = (choose(known, key=lambda cell: cell[1]) for choose in (max, min))
    return high[1] - low[1], area, high, low


def loss_sentences(results: Results, thresholds: Thresholds | None) -> Iterator[Sentence]:
    """Say where most points were lost, who got a bonus or a penalty, and where all or none were earned."""
    year, lost = results.year, losses.losses_by_criterion(results)
    if thresholds is None:
        return
    if lost:
        shown = lost[: max(1, thresholds.shown)]
        names = tuple((year.criteria[entry.name].title, _points(entry.points, year)) for entry in shown)
        total = _points(sum((entry.points for entry in lost), Fraction(0)), year)
        yield _say("losses", criteria=Named(names, quoted=True), total=total)
        enough = next(number for number, entry in enumerate(lost, 1) if entry.running >= thresholds.concentrated)
        share = _percent(lost[enough - 1].running, year)
        if enough < len(lost):
            yield _say("concentrated", count=enough, all=len(lost), share=share)
    for key, sign in (("bonus", 1), ("penalty", -1)):
        if given := losses.beside(results, sign):
            named = Named(tuple((entry.agency.short, _points(points, year)) for entry, points in given))
            yield _say(key, count=len(given), agencies=named)
    for key in losses.EVERYWHERE:
        if found := losses.everywhere(results, key):
            yield _say(key, count=len(found), criteria=_criteria(found, thresholds.shown))


def way_sentences(
    results: Results, thresholds: Thresholds | None, ways: Waterfalls | None = None
) -> Iterator[Sentence]:
    """Say what was claimed and what came of it, and who claimed far more than was accepted."""
    year = results.year
    found = ways or waterfalls(year)
    steps = (found.total.raised, found.total.recovered)
    key = {(True, True): "way", (True, False): "way-raised", (False, True): "way-recovered"}.get(
        (steps[0] > 0, steps[1] > 0), "way-cut" if found.total.cut else "way-kept"
    )
    names = ("claimed", "cut", "raised", "recovered", "final")
    total = {name: _points(abs(getattr(found.total, name)), year) for name in names}
    stages = year.cycle.stages
    appraised = any(year.file(stage, agency) for stage in stages.of_kind("appraise") for agency in year.agencies)
    if any(year.file(stage, agency) for stage in stages.of_kind("claim") for agency in year.agencies):
        yield _say(key if appraised else "way-claimed", **total)
    if thresholds is None:
        return
    over = sorted((one for one in found.refusals() if one[2] >= thresholds.overclaim), key=lambda one: -one[2])
    if over:
        told = tuple((year.agencies[name].short, _percent(part, year)) for name, _, part in over)
        refused, named = _points(over[0][1], year), Named(told, figure="percent")
        yield _say("overclaim", agency=told[0][0], agencies=named, refused=refused, share=told[0][1], count=len(over))


def contrast_sentences(results: Results, thresholds: Thresholds | None) -> Iterator[Sentence]:
    """Say who has good papers and unhappy citizens, and who the other way round."""
    if thresholds is None:
        return
    known = [entry for entry in contrasts(results) if entry.gap is not None]
    wide = [entry for entry in known if entry.gap is not None and abs(entry.gap) >= thresholds.paper_over_survey]
    if known and not wide:
        key = "alike" if len(known) == len(results.agencies) else "alike-known"
        yield _say(key, limit=thresholds.paper_over_survey, count=len(known))
    for key, sign in (("papers", 1), ("people", -1)):
        if own := [entry for entry in wide if entry.gap is not None and entry.gap * sign > 0]:
            yield _contrast(key, own, results.year)


def _contrast(key: str, entries: Sequence[Contrast], year: Year) -> Sentence:
    """Say of agencies whose survey and appraisal are far apart by how much, of a single one with both shares."""
    sides = [(_percent(e.appraisal or Fraction(0), year), _percent(e.survey or Fraction(0), year)) for e in entries]
    gaps = [abs(appraisal - survey) for appraisal, survey in sides]
    short = [entry.score.agency.short for entry in entries]
    figures = {"appraisal": sides[0][0], "survey": sides[0][1], "gap": gaps[0]}
    named = Named(tuple(zip(short, gaps, strict=True)), figure="gap")
    return _say(key, agency=short[0], agencies=named, **figures, count=len(entries))


def robustness_sentences(
    results: Results, thresholds: Thresholds | None, found: Robustness | None = None
) -> Iterator[Sentence]:
    """Say who changes places with whom whatever is otherwise, and who moves far; of a single agency nothing."""
    found = found or robustness(results)
    if found is None or thresholds is None or len(found.ranks) < 2:
        return
    is_moved = any(found.shift(slug) for slug in found.ranks)
    yield from _swaps("swaps", {"count": len(found.trials)}, results.year, found.swaps, thresholds, is_moved=is_moved)
    moving = [(results.year.agencies[slug], found.span(slug)) for slug in found.ranks]
    far = [own for own in moving if found.shift(own[0].slug) > thresholds.kept_within]
    yield from _spans("moves", far)


def drawn_sentences(
    year: Year, drawn: RankDraws, policy: FirmnessPolicy, thresholds: Thresholds | None
) -> Iterator[Sentence]:
    """Say who changes places with whom where weights move, and how often who leads still leads."""
    if thresholds is None:
        return
    figures: dict[str, Figure] = {"draws": drawn.draws, "areas": policy.areas, "criteria": policy.criteria}
    yield from _swaps("drawn", figures, year, drawn.swaps, thresholds, drawn.draws, is_moved=drawn.is_moved)
    first = [slug for slug, rank in drawn.ranks.items() if rank == 1]
    if len(first) == 1:
        held = drawn.at(first[0], 1)
        key = "drawn-first" if held < 100 else "drawn-always"
        yield _say(key, agency=year.agencies[first[0]].short, share=_draws_percent(held))


def decider_sentences(
    year: Year, found: Sequence[Decider], flat: Sequence[Criterion], thresholds: Thresholds | None
) -> Iterator[Sentence]:
    """Say which of several areas makes most of the differences, and which criteria make none."""
    if len(found) > 1:
        shares = {"share": _percent(found[0].share, year), "weight": _percent(found[0].effective, year)}
        key = "decides" if found[0].weight is not None else "decides-bonus"
        yield _say(key, area=found[0].criterion.title, **shares)
        if found[0].share > 100:
            yield _say("decides-more")
    if flat and thresholds is not None:
        yield _say("flat", count=len(flat), criteria=_criteria(flat, thresholds.shown))


def overturned_sentences(year: Year, found: Overturned, thresholds: Thresholds | None) -> Iterator[Sentence]:
    """Say how much of the first appraisal later steps changed, and what as much once more would do to the ranks."""
    if not found.lines or thresholds is None:
        return
    share = _percent(found.percent, year)
    key, size = "overturned" if found.moves else "overturned-nothing", _points(found.mean, year)
    yield _say(key, count=len(found.moves), all=found.lines, share=share, size=size)
    if found.drawn is not None:
        draws: dict[str, Figure] = {"share": share, "draws": found.drawn.draws}
        own = found.drawn
        yield from _swaps("again", draws, year, own.swaps, thresholds, own.draws, is_moved=own.is_moved)


def _swaps(  # noqa: PLR0917 - what is said, of whom, how much of it
    key: str,
    figures: Mapping[str, Figure],
    year: Year,
    swaps: Mapping[tuple[str, str], int],
    thresholds: Thresholds,
    draws: int | None = None,
    *,
    is_moved: bool,
) -> Iterator[Sentence]:
    """Say which agencies change places, those that do it most often first, in how many ways or percent of the draws.

    Where none do, an agency's rank may still move: it comes level with another one, or stops being level.
    """
    if not swaps:
        yield Sentence(f"{key}-none", figures)
        if is_moved:
            yield _say("level")
        return
    named = list(swaps.items())[: max(1, thresholds.shown)]
    pairs = tuple(
        (
            year.agencies[one].short,
            year.agencies[other].short,
            times if draws is None else _draws_percent(Fraction(100 * times, draws)),
        )
        for (one, other), times in named
    )
    told = Swaps(pairs, "ways" if draws is None else "draws", len(swaps) - len(pairs))
    yield _say(key, **figures, pairs=told)


def agency_sentences(results: Results, agency: str, thresholds: Thresholds | None) -> Iterator[Sentence]:
    """Say what one agency does better than the median, and where it lost points below it."""
    profile = next((found for found in profiles(results) if found.score.agency.slug == agency), None)
    if profile is None or thresholds is None:
        return
    year, shown = results.year, max(1, thresholds.shown)

    def named(traits: Sequence[Trait], points: Sequence[Exact]) -> Named:
        pairs = zip(traits[:shown], points, strict=False)
        names = tuple((trait.leaf.criterion.title, _points(value, year)) for trait, value in pairs)
        return Named(names, quoted=True)

    if profile.strengths:
        ahead = [trait.ahead for trait in profile.strengths]
        yield _say("strong", criteria=named(profile.strengths, ahead), count=len(profile.strengths))
    if profile.weaknesses:
        lost = [trait.leaf.lost for trait in profile.weaknesses]
        yield _say("weak", criteria=named(profile.weaknesses, lost), count=len(profile.weaknesses))
    if profile.alike:
        yield _say("median", agency=profile.score.agency.short)


# --- between years --------------------------------------------------------------------------------------------------


def not_compared(before: Year, after: Year) -> Sentence:
    """Say plainly that two years cannot be compared, for no concordance says what corresponds."""
    return _say("not-compared", before=before.name[:4], after=after.name[:4])


def trend_sentences(trend: Trend, thresholds: Thresholds | None) -> Iterator[Sentence]:
    """Say what of two years can be compared, then of each agency how its index moved and why."""
    yield from basis_sentences(trend)
    for change in trend.changes:
        yield from _moved(change, trend.after.year, thresholds)
    years = {"before": trend.before.year.name[:4], "after": trend.after.year.name[:4]}
    for key, agencies in (("only-before", trend.only_before), ("only-after", trend.only_after)):
        if agencies:
            yield _say(key, **years, count=len(agencies), agencies=_agencies(agencies))


def basis_sentences(trend: Trend) -> Iterator[Sentence]:
    """Say what of two years can be compared."""
    year = trend.after.year
    years = {"before": trend.before.year.name[:4], "after": year.name[:4]}
    if trend.same_sets:
        yield _say("same-sets", **years)
    else:
        shares = [Decimal(0) if found is None else _percent(found, year) for found in trend.shares]
        count = len(trend.concordance.criteria)
        yield _say("common", **years, count=count, share_before=shares[0], share_after=shares[1])
    if trend.before.provisional or trend.after.provisional:
        yield _say("trend-provisional", **years)


def moved(change: AgencyChange, year: Year) -> Decimal | None:
    """Return by how many percentage points the index over what corresponds changed, as the rounded indices tell."""
    if change.core_before is None or change.core_after is None:
        return None
    return _percent(change.core_after, year) - _percent(change.core_before, year)


def _moved(change: AgencyChange, year: Year, thresholds: Thresholds | None) -> Iterator[Sentence]:
    agency = _agencies(change.after)
    if change.pooled:
        yield _say("pooled", agency=agency, agencies=_agencies(change.before))
    if change.core is None or change.core_before is None or change.core_after is None:
        yield _say("nothing-common", agency=agency)
        return
    low, high = _percent(change.core_before, year), _percent(change.core_after, year)
    performance = _percent(change.performance, year)
    least = Decimal(0) if thresholds is None else thresholds.moved
    kept = abs(change.core) < least or change.core == 0
    yield _say(
        "held" if kept else "rose" if change.core > 0 else "fell",
        agency=agency,
        low=low,
        high=high,
        change=abs(high - low),
        performance=SignedFigure(performance),
        weight=SignedFigure(high - low - performance),
        count=len(change.units),
    )


# --- figures --------------------------------------------------------------------------------------------------------


def _percent(value: Fraction, year: Year) -> Decimal:
    return year.cycle.policy.rounded_index(value)


def _draws_percent(value: Fraction) -> Decimal:
    """Return a share of draws to one decimal: more would say more than so many draws know."""
    return rounded(value, 1)


def _points(value: Exact, year: Year) -> Decimal:
    return year.cycle.policy.rounded_points(value)


def _agencies(agencies: Iterable[Agency]) -> Named:
    return Named(tuple((agency.short, None) for agency in agencies))


def _criteria(criteria: Sequence[Criterion], shown: int) -> Named:
    first = criteria[: max(1, shown)]
    return Named(tuple((criterion.title, None) for criterion in first), len(criteria) - len(first), quoted=True)
