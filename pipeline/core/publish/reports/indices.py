"""What the analysis report says: ranking, areas, agencies, survey, the way from claim to decision, limits, proposals.

Figures come from `core/index/analysis` and `core/survey/intervals`; here they become sentences and rows. What
survey figures the public may see is decided in `disclosure`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Final

from pipeline.core.ground.templates import Fields
from pipeline.core.index.analysis import losses, sentences
from pipeline.core.index.analysis.league import grade_counts, lead, next_grade
from pipeline.core.index.analysis.profiles import contrasts, median, profiles
from pipeline.core.index.analysis.robustness import Trial
from pipeline.core.index.analysis.trends import Trend, trends
from pipeline.core.index.analysis.waterfalls import Waterfall, Waterfalls, waterfalls
from pipeline.core.index.scoring import AgencyScore, AreaScore, from_survey, is_bonus, score
from pipeline.core.index.words import apart_text, grade_text, limit_text, rank_text
from pipeline.core.publish.charts import from_results
from pipeline.core.publish.charts.chart import Chart
from pipeline.core.publish.firmness_sentences import firmness_sentences, trial_name
from pipeline.core.publish.reports.agency_results import MOST_TRAITS, agency_charts, agency_section, said
from pipeline.core.publish.reports.common import MOST_TOLD, ReportRequest, chart_fields, limit_rows
from pipeline.core.publish.reports.result_tables import areas_of, by_area, ranking
from pipeline.core.publish.reports.survey_report import group_rows, sipas_rows
from pipeline.core.record.layout import year_before
from pipeline.core.record.model import Agency, Criterion, Grade, Thresholds
from pipeline.core.record.stages import SURVEY
from pipeline.core.survey.intervals import Estimates

MOST_NEAREST: Final = 10  # rows of what is told of the first few only, where agencies are many
MOST_IN_ROW: Final = 3  # criteria that an agency's row names
MOST_UNLIKE: Final = 5  # sentences on who stands otherwise in the survey, where agencies are many
MOST_LOSSES: Final = 10  # criteria in the table of those that cost most


def index_charts(asked: ReportRequest) -> Mapping[str, Chart]:
    """Return the figures of the report by name, two of each agency that it tells; what cannot be drawn is left out."""
    results, labels, ways = asked.scene.results, asked.scene.labels, waterfalls(asked.year)
    errors = asked.scene.figures.estimates if _is_surveyed(asked) else None
    intervals = from_results.intervals_from(errors, asked.year) if errors else None
    drawn = {
        "index": from_results.index_chart(results, labels, intervals=intervals, confidence=100 * errors.confidence)
        if errors
        else from_results.index_chart(results, labels),
        "claims": from_results.claims_chart(results, ways.by_agency, labels),
        "draws": None if asked.are_many else from_results.draws_chart(results, asked.scene.figures.drawn, labels),
        "groups": from_results.groups_chart(results, asked.scene.figures.groups, labels),
        "trend": from_results.trend_chart(found[-1], labels) if (found := _trends(asked)) else None,
    }
    for entry in () if asked.are_many else results.agencies:
        drawn |= agency_charts(asked, entry)
    return {name: chart for name, chart in drawn.items() if chart is not None}


def index_report(asked: ReportRequest) -> Fields:
    """Return the fields of the analysis report on a year's results.

    Raises:
        ParindexError: no agency has an index yet.
    """
    results = asked.scene.results
    ends = lead(results)
    if ends is None:
        raise asked.missing("index")
    standing = asked.scene.figures.robustness
    estimates = asked.scene.figures.estimates if _is_surveyed(asked) else None
    ways = waterfalls(asked.year)
    many = asked.are_many
    return {
        **asked.head("BC"),
        "abbreviations": "" if many else asked.abbreviations(),
        "summary": list(_summary(asked)),
        "agencies": [_scope(asked, entry) for entry in results.agencies],
        "agency_count": asked.count(len(results.agencies)),
        "areas": areas_of(asked, results),
        "tree": list(_tree(asked)),
        "tree_total": _tree_figures(asked, [leaf for leaf in asked.year.leaves() if not is_bonus(leaf)]),
        "policy": list(_policy(asked)),
        "grades": [_grade_row(asked, grade, number) for grade, number in grade_counts(results)],
        "stages": list(_stages(asked)),
        "groups": list(group_rows(asked)),
        "ranking": [{**row, "agency": row["short"]} if many else row for row in ranking(asked, results)],
        "general": list(_general(asked)),
        "trend": list(_trend(asked)),
        "next_grades": list(_next_grades(asked)),
        "ranges": [] if estimates is None else [_range(asked, entry) for entry in results.agencies],
        "unseparated": list(_unseparated(asked)),
        "by_area": list(by_area(asked, results)),
        "medians": [asked.scene.index(_median(asked, str(area["code"]))) for area in areas_of(asked, results)],
        "area_notes": said(asked, sentences.area_sentences(results, asked.scene.thresholds)),
        "area_sections": list(_area_sections(asked)),
        "losses": list(_losses(asked)),
        "loss_notes": said(asked, sentences.loss_sentences(results, asked.scene.thresholds), "losses", "concentrated"),
        "full": [asked.named(one) for one in losses.everywhere(results, "full")],
        "short": "; ".join(asked.named(one) for one in losses.everywhere(results, "short")),
        "nothing": [asked.named(one) for one in losses.everywhere(results, "nothing")],
        "sections": [] if many else [agency_section(asked, profile) for profile in profiles(results)],
        "overview": [_overview(asked, entry) for entry in results.agencies] if many else [],
        "contrasts": list(_contrasts(asked)),
        "contrast_notes": list(_contrast_notes(asked)),
        "sipas": list(sipas_rows(asked)),
        "ways": [_way(asked, way, asked.of(entry.agency.short)) for entry, way in _ways(asked, ways)],
        "way_total": _way(asked, ways.total, asked.words("total")),
        "ways_by_area": [_way(asked, one, asked.named(asked.year.criteria[one.name])) for one in ways.by_area],
        "monitors": [_way(asked, one, asked.scene.body(one.name) or "–") for one in ways.by_monitor],
        "way_notes": [
            *said(asked, sentences.way_sentences(results, asked.scene.thresholds)),
            *filter(None, [apart_text(asked.year, asked.scene.labels)]),
        ],
        "amendments": list(_amendments(asked)),
        "trials": [_trial(asked, trial) for trial in standing.trials] if standing and len(standing.ranks) > 1 else [],
        "trial_agencies": asked.columns("trial")
        if many
        else [asked.of(entry.agency.short) for entry in _ranked(asked)],
        "starred": not many,
        "robust": [text for own in firmness_sentences(asked.scene).values() for text in said(asked, own)],
        "limits": list(_limits(asked, estimates)),
        "proposals": list(_proposals(asked, asked.scene.thresholds)),
        "rows": [
            *asked.tree_rows(lambda leaf: _cells(asked, leaf), among=asked.year.leaves()),
            *([] if many else limit_rows(asked, results.agencies)),
        ],
        "row_agencies": asked.columns("row") if many else [asked.of(entry.agency.short) for entry in results.agencies],
        "left_out": list(_left_out(asked)),
        "charts": chart_fields(asked.charts, dict.fromkeys(("index", "groups", "claims", "trend", "draws"), "")),
    }


def _is_surveyed(asked: ReportRequest) -> bool:
    return asked.year.survey is not None and bool(asked.year.counts)


# --- summary, scope, method -----------------------------------------------------------------------------------------


def _summary(asked: ReportRequest) -> Iterator[str]:
    results, limits = asked.scene.results, asked.scene.thresholds
    yield from _general(asked)
    yield from said(asked, sentences.area_sentences(results, limits))[:1]
    yield from said(asked, sentences.way_sentences(results, limits))[:1]
    yield from said(asked, sentences.contrast_sentences(results, limits))[:1]
    yield from said(asked, sentences.robustness_sentences(results, limits, asked.scene.figures.robustness))[:1]


def _general(asked: ReportRequest) -> Iterator[str]:
    """Yield what the ranking says at a glance."""
    results = asked.scene.results
    values = [entry.index for entry in results.agencies if entry.index is not None]
    if len(set(values)) > 1:
        yield asked.words(
            "index.spread",
            count=asked.count(len(values)),
            low=asked.scene.index(min(values)),
            high=asked.scene.index(max(values)),
            middle=asked.scene.index(median(values)),
        )
    yield from said(asked, sentences.league_sentences(results, asked.scene.thresholds))


def _scope(asked: ReportRequest, entry: AgencyScore) -> dict[str, object]:
    exempt = [asked.level(one.criterion) for one in entry.agency.exemptions]
    return {
        "name": asked.of(entry.agency.name),
        "short": asked.of(entry.agency.short),
        "out_of": asked.scene.points(entry.total.out_of),
        "exempt": asked.listed(exempt),
        "ranked": asked.words("yes") if entry.agency.ranked else asked.words("no"),
    }


def _tree(asked: ReportRequest) -> Iterator[dict[str, object]]:
    """Yield the areas with their leaves and points, those of appraisal and survey apart."""
    for area in asked.year.criteria.values():
        if area.parent is not None or area.out_of == 0:
            continue
        own = [leaf for leaf in asked.year.leaves() if leaf.area == area.code and not is_bonus(leaf)]
        yield {"code": area.code, "title": asked.of(area.title), **_tree_figures(asked, own)}


def _tree_figures(asked: ReportRequest, leaves: list[Criterion]) -> dict[str, object]:
    surveyed = sum((Fraction(leaf.out_of) for leaf in leaves if from_survey(leaf)), Fraction(0))
    whole = sum((Fraction(leaf.out_of) for leaf in leaves), Fraction(0))
    return {
        "count": len(leaves),
        "appraisal": asked.scene.points(whole - surveyed),
        "survey": asked.scene.points(surveyed),
        "out_of": asked.scene.points(whole),
    }


def _policy(asked: ReportRequest) -> Iterator[str]:
    """Yield how an index is rounded and ranks are made, as the year's policy says."""
    policy = asked.year.cycle.policy
    yield asked.words(
        "index.rounding",
        points=policy.points.decimals,
        points_mode=asked.words(f"index.round-{policy.points.rounding}"),
        index=policy.index_decimals,
        index_mode=asked.words(f"index.round-{policy.index_rounding}"),
    )
    yield asked.words("index.rank-exact" if policy.rank_on_exact else "index.rank-published")
    ties = policy.ties if isinstance(policy.ties, str) else "broken"
    yield asked.words(f"index.ties-{ties}")
    for limit in asked.year.cycle.bonus_limits:
        yield asked.words("index.bonus-limit", limit=limit_text(limit, asked.scene.labels))


def _grade_row(asked: ReportRequest, grade: Grade, number: int) -> dict[str, object]:
    return {
        "title": asked.of(grade.title),
        "from_index": asked.scene.labels.number(grade.from_index),
        "count": str(number),
    }


def _stages(asked: ReportRequest) -> Iterator[dict[str, object]]:
    for stage in (*asked.year.cycle.stages.names, SURVEY):
        window = asked.year.cycle.windows.get(stage)
        if window is None:
            continue
        day = asked.scene.labels.date
        until = (
            asked.words("index.before", day=day(window.before))
            if window.before
            else asked.words("index.until", day=day(window.by))
            if window.by
            else asked.words("index.within", days=asked.count(window.working_days or 0))
        )
        yield {"title": asked.scene.labels.stage(stage), "opens": day(window.opens) or "–", "until": until}


# --- the ranking ----------------------------------------------------------------------------------------------------


def _ranked(asked: ReportRequest) -> list[AgencyScore]:
    return [entry for entry in asked.scene.results.agencies if entry.rank is not None]


def _next_grades(asked: ReportRequest) -> Iterator[dict[str, object]]:
    """Yield who has a grade above, and how far; of many agencies those nearest to it."""
    found = [(entry, above) for entry in asked.scene.results.agencies if (above := next_grade(asked.year, entry))]
    if asked.are_many:
        found = sorted(found, key=lambda pair: pair[1].index_distance)[:MOST_NEAREST]
    for entry, above in found:
        yield {
            "agency": asked.called(entry.agency),
            "grade": grade_text(entry, asked.scene.labels),
            "next": asked.of(above.grade.title),
            "distance": asked.scene.index(above.index_distance),
            "points": asked.scene.points(above.points),
        }


def _range(asked: ReportRequest, entry: AgencyScore) -> dict[str, object]:
    """Return an agency's interval and the ranks that survey error leaves."""
    low, high = asked.scene.interval(entry.agency.slug) or ("–", "–")
    best, worst = asked.scene.figures.open_ranks.get(entry.agency.slug, (None, None))
    return {
        "agency": asked.called(entry.agency),
        "index": asked.scene.index(entry.published),
        "low": low,
        "high": high,
        "ranks": rank_text(best) if best == worst else f"{best}–{worst}",
    }


def _unseparated(asked: ReportRequest) -> Iterator[str]:
    """Yield which ranks survey error leaves open."""
    ranks = asked.scene.figures.open_ranks if _is_surveyed(asked) else {}
    yield from said(asked, sentences.league_sentences(asked.scene.results, asked.scene.thresholds, ranks), "rank-range")


def _trends(asked: ReportRequest) -> tuple[Trend, ...]:
    """Return the comparisons with earlier years, where a concordance says what corresponds."""
    pairs = [pair for pair in asked.world.concordances if pair.after == asked.year.name]
    before = {pair.before: score(asked.world.years[pair.before]) for pair in pairs if pair.before in asked.world.years}
    return trends({**before, asked.year.name: asked.scene.results}, pairs)


def _trend(asked: ReportRequest) -> Iterator[str]:
    """Yield what moved since earlier years, and plainly where nothing says what corresponds."""
    found = _trends(asked)
    for one in found:
        yield from said(asked, sentences.trend_sentences(one, asked.scene.thresholds))
    earlier = year_before(asked.year.name, asked.world.years)
    if earlier is not None and earlier not in {one.before.year.name for one in found}:
        yield from said(asked, [sentences.not_compared(asked.world.years[earlier], asked.year)])


# --- areas ----------------------------------------------------------------------------------------------------------


def _median(asked: ReportRequest, code: str) -> Fraction | None:
    standing = asked.scene.figures.areas.get(code)
    return standing.median if standing else None


def _standings(asked: ReportRequest) -> list[tuple[Criterion, Fraction]]:
    tops = [one for one in asked.year.criteria.values() if one.parent is None and one.out_of > 0]
    found = ((one, _median(asked, one.code)) for one in tops)
    return [(one, value) for one, value in found if value is not None]


def _area_sections(asked: ReportRequest) -> Iterator[dict[str, object]]:
    """Yield what each area says: the middle, who leads and who trails, what cost most there."""
    lost = losses.losses_by_criterion(asked.scene.results)
    for area, middle in _standings(asked):
        own = [
            (entry, part.index)
            for entry in asked.scene.results.agencies
            for part in entry.areas
            if part.criterion.code == area.code and part.index is not None
        ]
        high, low = max(index for _, index in own), min(index for _, index in own)
        costly = [one for one in lost if one.name in area.leaves]
        lines = [
            asked.words(
                "index.area-spread",
                middle=asked.scene.index(middle),
                best=_who(asked, own, high),
                high=asked.scene.index(high),
                worst=_who(asked, own, low),
                low=asked.scene.index(low),
            )
            if high != low
            else asked.words("index.area-alike", agencies=_who(asked, own, high), index=asked.scene.index(high)),
        ]
        outside = [entry for entry in asked.scene.results.agencies if all(entry is not one for one, _ in own)]
        waits = [entry for entry in outside if set(entry.outstanding) & set(area.leaves)]
        for key, entries in (
            ("index.area-outside", [entry for entry in outside if entry not in waits]),
            ("index.area-waiting", waits),
        ):
            if entries:
                names = asked.agencies([asked.of(entry.agency.short) for entry in entries])
                lines.append(asked.words(key, agencies=names))
        if costly:
            most = "; ".join(_loss_words(asked, one.name, one.points) for one in costly[:3])
            lines.append(asked.words("index.area-losses", criteria=most))
        title = asked.words("index.area", code=area.code, title=asked.of(area.title))
        yield {"title": title, "text": " ".join(lines)}


def _who(asked: ReportRequest, own: Iterable[tuple[AgencyScore, Fraction]], value: Fraction) -> str:
    return asked.agencies([asked.of(entry.agency.short) for entry, index in own if index == value])


def _loss_words(asked: ReportRequest, code: str, points: Fraction) -> str:
    title = asked.scene.criterion_title(code)
    return asked.words("index.loss", code=code, title=title, points=asked.scene.points(points))


def _losses(asked: ReportRequest) -> Iterator[dict[str, object]]:
    for number, one in enumerate(losses.losses_by_criterion(asked.scene.results)[:MOST_LOSSES], 1):
        yield {
            "number": number,
            "code": one.name,
            "title": asked.scene.criterion_title(one.name),
            "points": asked.scene.points(one.points),
            "share": asked.whole_percent(one.share),
            "running": asked.whole_percent(one.running),
            "losers": f"{one.losers}/{sum(leaf.points is not None for leaf in one.leaves)}",
        }


# --- agencies -------------------------------------------------------------------------------------------------------


def _overview(asked: ReportRequest, entry: AgencyScore) -> dict[str, object]:
    """Return an agency's row where it has its own annex: where it stands, and what cost it most."""
    lost = entry.losing[:MOST_IN_ROW]
    losses_of = (
        asked.words("index.code-lost", code=leaf.criterion.code, points=asked.scene.points(leaf.lost)) for leaf in lost
    )
    return {
        "rank": rank_text(entry.rank),
        "agency": asked.of(entry.agency.short),
        "index": asked.scene.index(entry.published),
        "losses": "; ".join(losses_of) or "–",
    }


# --- the survey beside the appraisal --------------------------------------------------------------------------------


def _contrasts(asked: ReportRequest) -> Iterator[dict[str, object]]:
    for one in contrasts(asked.scene.results):
        yield {
            "agency": asked.called(one.score.agency),
            "appraisal": asked.scene.index(one.appraisal),
            "survey": asked.scene.index(one.survey),
            "gap": asked.scene.index(one.gap).replace("-", "−"),
            "ranks": f"{one.appraisal_rank or '–'} / {one.survey_rank or '–'}",
        }


def _contrast_notes(asked: ReportRequest) -> Iterator[str]:
    known = [one for one in contrasts(asked.scene.results) if one.gap is not None]
    told = said(asked, sentences.contrast_sentences(asked.scene.results, asked.scene.thresholds))
    yield from told or ([asked.words("index.contrasts")] if known else ())  # else the template says that nothing came
    apart = [
        (abs(one.appraisal_rank - one.survey_rank), one) for one in known if one.appraisal_rank and one.survey_rank
    ]
    if asked.are_many:
        apart = sorted(apart, key=lambda pair: -pair[0])[:MOST_UNLIKE]
    for places, one in apart:
        if places and one.appraisal_rank is not None and one.survey_rank is not None:
            yield asked.words(
                "index.contrast-rank" if one.appraisal_rank < one.survey_rank else "index.contrast-rank-up",
                agency=asked.of(one.score.agency.short),
                appraisal=str(one.appraisal_rank),
                survey=str(one.survey_rank),
            )


# --- from claim to decision -----------------------------------------------------------------------------------------


def _ways(asked: ReportRequest, ways: Waterfalls) -> Iterator[tuple[AgencyScore, Waterfall]]:
    """Yield the agencies with their ways in the order of the ranking, as all tables of the report have it."""
    for entry in asked.scene.results.agencies:
        if (way := ways.of(entry.agency.slug)) is not None:
            yield entry, way


def _way(asked: ReportRequest, one: Waterfall, name: str) -> dict[str, object]:
    return {
        "name": name,
        "claimed": asked.scene.points(one.claimed),
        "cut": asked.scene.signed_points(Fraction(one.cut)),
        "raised": asked.scene.signed_points(Fraction(one.raised)),
        "recovered": asked.scene.signed_points(Fraction(one.recovered)),
        "final": asked.scene.points(one.final),
        "moved": asked.scene.signed_points(Fraction(one.final - one.claimed)),
    }


def _amendments(asked: ReportRequest) -> Iterator[dict[str, object]]:
    for one in sorted(asked.year.amendments, key=lambda amendment: amendment.number):
        yield {
            "agency": asked.scene.agency_short(one.agency),
            "code": one.criterion or asked.scene.group(one.group or ""),
            "reason": asked.of(one.reason),
            "decision": asked.cited(one.decision, titled=False),
        }


# --- how firm the ranking is, limits, proposals ---------------------------------------------------------------------


def _trial(asked: ReportRequest, trial: Trial) -> dict[str, object]:
    name = trial_name(asked.scene, trial, "" if trial.area is None else trial.area.code)
    now = {entry.agency.slug: entry for entry in _ranked(asked)}
    if asked.are_many:
        moves = {slug: abs(rank - (now[slug].rank or rank)) for slug, rank in trial.ranks.items() if slug in now}
        most = max(moves.values(), default=0)
        who = [asked.of(now[slug].agency.short) for slug in now if most and moves.get(slug) == most]
        moved = sum(places > 0 for places in moves.values())
        return {"name": name, "ranks": [str(moved), str(most), asked.agencies(who, most=MOST_IN_ROW) or "–"]}
    shown = [
        f"{rank}{'' if rank == entry.rank else ' *'}" if rank is not None else "–"
        for slug, entry in now.items()
        for rank in [trial.ranks.get(slug)]
    ]
    return {"name": name, "ranks": shown}


def _limits(asked: ReportRequest, estimates: Estimates | None) -> Iterator[str]:
    """Yield what a reader has to know before using the figures, as the data tells."""
    if asked.year.cycle.illustrative:
        yield asked.words("index.limit-illustrative")
    if asked.scene.results.provisional:
        yield asked.words("index.limit-provisional", count=asked.count(len(asked.scene.results.missing)))
    out_of = {entry.total.out_of for entry in asked.scene.results.agencies}
    if len(out_of) > 1:
        yield asked.words("index.limit-denominators")
    reasons = {one.reason for one in estimates.leaves.values()} if estimates else set()
    bounds = (
        {bound for one in estimates.agencies.values() if one.index for bound in one.index.bounds} if estimates else {}
    )
    if estimates is not None:
        yield asked.words("index.limit-error")
    for reason in ("no-moments", "few-forms", "points-only"):
        if reason in reasons or reason in bounds:
            yield asked.words(f"index.limit-{reason}")
    if estimates is not None and (asked.scene.figures.disclosure.parts or asked.scene.figures.disclosure.counts):
        yield asked.words("index.limit-hidden")


def _proposals(asked: ReportRequest, limits: Thresholds | None) -> Iterator[str]:
    """Yield proposals, each where the figures reach a threshold of the data; without thresholds only what is plain."""
    results = asked.scene.results
    if limits is not None:
        yield from _proposals_by_limits(asked, limits)
    full = losses.everywhere(results, "full")
    if full and len(results.agencies) > 1:
        yield asked.words("index.propose-full", criteria="; ".join(asked.named(one) for one in full))


def _proposals_by_limits(asked: ReportRequest, limits: Thresholds) -> Iterator[str]:
    scene, results = asked.scene, asked.scene.results
    number = scene.labels.number
    common = [
        one
        for one in losses.losses_by_criterion(results)
        if one.out_of > 0
        and one.losers * 2 > sum(leaf.points is not None for leaf in one.leaves)
        and one.points * 100 >= Fraction(limits.costly) * one.out_of
    ][:MOST_TRAITS]
    if common:
        words = "; ".join(_loss_words(asked, one.name, one.points) for one in common)
        yield asked.words("index.propose-common", criteria=words, percent=number(limits.costly))
    weak = [
        (-len(codes), _with_figure(asked, entry.agency, _areas_named(asked, codes)))
        for entry in results.agencies
        if (codes := [area.criterion.code for area in entry.areas if _is_behind(asked, area, limits.behind_median)])
    ]
    if weak:
        yield asked.words("index.propose-areas", agencies=_worst_first(asked, weak), gap=number(limits.behind_median))
    unhappy = [
        (-one.gap, _with_figure(asked, one.score.agency, asked.scene.index(one.gap)))
        for one in contrasts(results)
        if one.gap is not None and one.gap >= limits.paper_over_survey
    ]
    if unhappy:
        least = number(limits.paper_over_survey)
        yield asked.words("index.propose-survey", limit=least, agencies=_worst_first(asked, unhappy))
    claiming = [
        (-part, _with_figure(asked, asked.year.agencies[name], f"{asked.whole_percent(part)}%"))
        for name, _, part in waterfalls(asked.year).refusals()
        if part >= limits.overclaim
    ]
    if claiming:
        told = _worst_first(asked, claiming)
        yield asked.words("index.propose-claims", limit=number(limits.overclaim), agencies=told)


def _worst_first(asked: ReportRequest, found: Iterable[tuple[Fraction | int, str]]) -> str:
    """Return agencies with their figures, those that a proposal concerns most first: of many only these are named."""
    return asked.agencies([name for _, name in sorted(found, key=lambda pair: pair[0])])


def _areas_named(asked: ReportRequest, codes: list[str]) -> str:
    key = "index.area-named" if len(codes) == 1 else "index.areas-named"
    return asked.words(key, areas=asked.listed(codes))


def _is_behind(asked: ReportRequest, area: AreaScore, gap: Decimal) -> bool:
    middle = _median(asked, area.criterion.code)
    return area.index is not None and middle is not None and middle - area.index >= gap


def _with_figure(asked: ReportRequest, agency: Agency, figure: str) -> str:
    return asked.words("index.with-figure", name=asked.of(agency.name), figure=figure)


# --- annexes --------------------------------------------------------------------------------------------------------


def _cells(asked: ReportRequest, criterion: Criterion) -> dict[str, object] | None:
    """Return a criterion's points of each agency; of many what is common: the middle, and how many have all or lost."""
    leaves = [entry.leaf(criterion.code) for entry in asked.scene.results.agencies]
    out_of = "–" if is_bonus(criterion) else asked.scene.points(criterion.out_of)
    if not asked.are_many:
        return {"out_of": out_of, "points": [asked.leaf_points(leaf) for leaf in leaves]}
    known = [leaf for leaf in leaves if leaf is not None and leaf.points is not None]
    middle = median([leaf.points for leaf in known if leaf.points is not None]) if known else None
    counts = (len(known), sum(not leaf.lost for leaf in known), sum(leaf.points == 0 for leaf in known))
    return {"out_of": out_of, "points": [asked.scene.points(middle), *map(str, counts)]}


def _left_out(asked: ReportRequest) -> Iterator[dict[str, object]]:
    """Yield what does not apply, with the reason and who said so; agencies with the same reason in one row."""
    found: dict[tuple[str, str, str], list[str]] = {}
    for entry in asked.scene.results.agencies:
        for leaf in entry.leaves:
            way = leaf.road
            if way.exemption is not None:
                code, reason = way.exemption.criterion, asked.of(way.exemption.reason)
                by = way.exemption.document.number if way.exemption.document else "–"
            elif way.left_out and way.deciding is not None and way.deciding.line.not_applicable is not None:
                code, reason = way.deciding.line.criterion, asked.of(way.deciding.line.not_applicable)
                by = asked.scene.labels.stage(way.deciding.stage)
            else:
                continue
            names = found.setdefault((code, reason, by), [])
            if (name := asked.of(entry.agency.short)) not in names:
                names.append(name)
    for (code, reason, by), names in found.items():
        yield {
            "agency": asked.agencies(names, most=MOST_IN_ROW if asked.are_many else MOST_TOLD),
            "code": code,
            "title": asked.scene.criterion_title(code),
            "reason": reason,
            "by": by,
        }
