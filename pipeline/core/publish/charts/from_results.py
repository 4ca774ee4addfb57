"""The charts of a year, an agency, a criterion and a question: which finding, which marks, which words.

Sentences follow from the figures by fixed rules; the words stand in the labels. A chart that would show nothing (one
agency alone, nothing lost, nothing claimed) is None. What may be shown to whom is decided by those who call.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from functools import partial

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.numbers import Exact, fixed, places, rounded
from pipeline.core.ground.table import table_of_texts
from pipeline.core.index.analysis.league import lead
from pipeline.core.index.analysis.profiles import AreaStanding, GroupStanding, median, part_of
from pipeline.core.index.analysis.rank_draws import RankDraws
from pipeline.core.index.analysis.trends import Trend
from pipeline.core.index.analysis.waterfalls import Waterfall
from pipeline.core.index.audit import AMENDMENT
from pipeline.core.index.scoring import AgencyScore, Results, from_survey
from pipeline.core.index.words import apart_text, index_text, points_text, signed_points_text, stage_text, year_text
from pipeline.core.publish.charts.chart import (
    Axis,
    BarRow,
    Bars,
    Chart,
    Colour,
    DotRow,
    Dots,
    Join,
    LineRow,
    Lines,
    Sense,
    Series,
    Shape,
    StackRow,
    Stacks,
    steps_between,
)
from pipeline.core.publish.charts.palette import HEATS
from pipeline.core.record.model import Criterion, Year
from pipeline.core.survey.intervals import Estimates

MOST_LOSSES = 10  # bars of a Pareto; what is left is one bar
MOST_BANDS = 7  # options of a scale that are drawn apart; of more, neighbours are drawn together
MOST_IN_TITLE = 3  # agencies that a title names one by one
MOST_NAMED = 8  # agencies that a text alternative names one by one
VITAL = Fraction(80, 100)  # how much of all losses the few criteria that a Pareto names first make up


@dataclass(frozen=True, slots=True)
class Interval:
    """Between which values an index lies, for all that the survey's error tells, and which ranks that leaves open."""

    low: Exact
    high: Exact
    best_rank: int | None = None
    worst_rank: int | None = None
    at_most: bool = False  # the error is an upper bound: not all is known that it takes


def intervals_from(estimates: Estimates, year: Year) -> Mapping[str, Interval]:
    """Return by agency what the survey's error leaves of its index, rounded as indices are; none where nobody knows."""
    decimals = year.cycle.policy.index_decimals
    found = {slug: (own, own.index) for slug, own in estimates.agencies.items() if own.index is not None}
    return {
        slug: Interval(
            rounded(Fraction(index.low), decimals),
            rounded(Fraction(index.high), decimals),
            own.best_rank,
            own.worst_rank,
            at_most=bool(index.bounds),
        )
        for slug, (own, index) in found.items()
        if index.low is not None and index.high is not None
    }


def index_chart(
    results: Results,
    labels: Labels,
    *,
    intervals: Mapping[str, Interval] | None = None,
    confidence: Decimal = Decimal(95),
    entries: Sequence[AgencyScore] | None = None,
) -> Chart | None:
    """Return the dot plot of all indices in the order of the ranking, with intervals where they are known.

    Args:
        entries: the agencies to show, where not all.
    """
    shown = [entry for entry in (results.agencies if entries is None else entries) if entry.index is not None]
    ends = lead(results)
    if len(shown) < 2 or ends is None:
        return None
    named = {entry.agency.slug for entry in shown}
    known = {slug: own for slug, own in (intervals or {}).items() if slug in named}
    year = results.year
    words = labels.under("chart.index")
    values = [entry.index or Fraction(0) for entry in shown]
    reach = [Fraction(end) for item in known.values() for end in (item.low, item.high)]
    axis = _axis(min([*values, *reach]), min(Fraction(100), max([*values, *reach])), words("unit"), labels)
    rows = tuple(
        DotRow(
            _short(entry, labels),
            index_text(entry.index, year, labels),
            (entry.index,),
            (own.low, own.high) if (own := known.get(entry.agency.slug)) else None,
        )
        for entry in shown
    )
    first = labels.named([_short(entry, labels) for entry in ends.first], most=MOST_IN_TITLE)
    gap, low = labels.number(ends.gap), index_text(ends.last[0].index, year, labels)
    index = index_text(ends.first[0].index, year, labels)
    kind = "title-provisional" if results.provisional else "title" if ends.gap else "title-equal"
    title = words(kind, first=first, index=index, gap=gap, low=low)
    tied = [row.label for entry, row in zip(shown, rows, strict=True) if _is_open(known.get(entry.agency.slug))]
    order = words("open", list=labels.named(tied, most=MOST_IN_TITLE)) if tied else words("clear") if known else ""
    bound = words("at-most") if any(own.at_most for own in known.values()) else ""
    told = [f"{row.label} {row.text}%" for row in rows]
    return Chart(
        id="hinh-chi-so",
        title=f"{title}. {order}" if order and not results.provisional else title,  # nobody is ranked yet
        note=" ".join(filter(None, (_note(results, labels), _part(results, entries, labels), bound))),
        alt=" ".join(filter(None, (words("alt", list=_listed(told, labels)), words("alt-interval") if known else ""))),
        table=table_of_texts(
            title=words("caption"),
            head=tuple(
                words(f"head-{name}") for name in ("agency", "index", *(("low", "high", "ranks") if known else ()))
            ),
            rows=tuple(
                (row.label, row.text, *(_interval_cells(known.get(entry.agency.slug), year, labels) if known else ()))
                for entry, row in zip(shown, rows, strict=True)
            ),
        ),
        body=Dots(
            (Series(words("series"), "disc", "one"),),
            rows,
            axis,
            interval=words("interval", confidence=labels.number(fixed(confidence, places(confidence))))
            if known
            else "",
        ),
    )


def groups_chart(results: Results, groups: Sequence[GroupStanding], labels: Labels) -> Chart | None:
    """Return the indices of each group of agencies on one scale: a stroke for each, the median, the middle half."""
    year = results.year
    known = [one for one in groups if one.five]
    if not known:
        return None
    words = labels.under("chart.groups")
    cells = [
        (labels.of(one.group.title), str(len(one.entries)), *(index_text(figure, year, labels) for figure in one.five))
        for one in known
    ]
    rows = tuple(
        DotRow(cell[0], cell[4], (one.five[2],), (one.five[1], one.five[3]), one.indices)
        for cell, one in zip(cells, known, strict=True)
    )
    order = sorted(range(len(known)), key=lambda place: known[place].five[2])
    least, most = rows[order[0]], rows[order[-1]]
    figures = {"low": least.text, "lowest": least.label, "high": most.text, "highest": most.label}
    told = [words("row", name=cell[0], count=cell[1], low=cell[2], median=cell[4], high=cell[6]) for cell in cells]
    low, high = min(one.five[0] for one in known), max(one.five[4] for one in known)
    return Chart(
        id="hinh-nhom",
        title=words("title" if least.text != most.text else "title-equal", **figures),
        note=f"{_note(results, labels)} {words('note')}",
        alt=words("alt", list=_listed(told, labels)),
        table=table_of_texts(
            words("caption"),
            tuple(words(f"head-{name}") for name in ("group", "count", "least", "low", "median", "high", "most")),
            tuple(cells),
        ),
        body=Dots(
            (Series(words("median"), "diamond", "two"),),
            rows,
            _axis(low, high, words("unit"), labels),
            interval=words("middle"),
        ),
    )


def draws_chart(
    results: Results, drawn: RankDraws | None, labels: Labels, *, entries: Sequence[AgencyScore] | None = None
) -> Chart | None:
    """Return each agency's rank, and between which ranks 90 percent of the draws with other weights left it.

    Args:
        results: the year.
        drawn: the draws; nothing is drawn without.
        labels: the reader's words.
        entries: the agencies to show, where not all; what is said is of all.
    """
    if drawn is None:
        return None
    words = labels.under("chart.draws")
    known = drawn.ranges
    shown = [e for e in (results.agencies if entries is None else entries) if e.agency.slug in known]
    if not shown:
        return None
    rows = tuple(
        DotRow(_short(entry, labels), f"{low}–{high}" if low < high else str(low), (entry.rank,), (low, high))
        for entry in shown
        for low, high in [known[entry.agency.slug]]
    )
    widest = max(known, key=lambda slug: known[slug][1] - known[slug][0])
    low, high = known[widest]
    figures = {"count": sum(one == other for one, other in known.values()), "all": len(known), "low": low, "high": high}
    name = labels.of(results.year.agencies[widest].short)
    told = [words("row", name=row.label, rank=row.values[0], range=row.text) for row in rows]
    reach = [end for entry in shown for end in (drawn.ranks[entry.agency.slug], *known[entry.agency.slug])]
    draws = words("note", count=labels.grouped(drawn.draws))
    notes = (_note(results, labels, count=len(known)), _part(results, entries, labels), draws)
    kind = "title-single" if low == high else "title" if figures["count"] else "title-open"
    return Chart(
        id="hinh-khoang-hang",
        title=words(kind, **figures, name=name),
        note=" ".join(filter(None, notes)),
        alt=words("alt", list=_listed(told, labels)),
        table=table_of_texts(
            words("caption"),
            tuple(words(f"head-{name}") for name in ("agency", "rank", "low", "high")),
            tuple((row.label, *(str(end) for end in (*row.values, *(row.interval or ())))) for row in rows),
        ),
        body=Dots(
            (Series(words("rank"), "disc", "one"),),
            rows,
            _ranks_axis(min(reach), max(reach), len(drawn.ranks), words("unit"), labels),
            interval=words("range"),
        ),
    )


def _ranks_axis(low: int, high: int, last: int, unit: str, labels: Labels) -> Axis:
    """Return a scale of ranks, which are whole and go from 1 to the last one."""
    steps = dict.fromkeys(min(last, max(1, int(step))) for step in steps_between(low, max(high, low + 5)))
    return Axis(min(steps), max(2, *steps), _ticks(steps, labels), unit)


def _is_open(own: Interval | None) -> bool:
    """Tell whether the error leaves more than one rank."""
    return own is not None and own.best_rank != own.worst_rank


def _interval_cells(own: Interval | None, year: Year, labels: Labels) -> tuple[str, str, str]:
    if own is None:
        return "–", "–", "–"
    low, high = (index_text(Fraction(end), year, labels) for end in (own.low, own.high))
    ranks = sorted({rank for rank in (own.best_rank, own.worst_rank) if rank is not None})
    return low, high, "–".join(map(str, ranks)) or "–"


def claims_chart(
    results: Results, ways: Iterable[Waterfall], labels: Labels, *, entries: Sequence[AgencyScore] | None = None
) -> Chart | None:
    """Return the dumbbell of self-assessed points beside those that stand after the last stage, the survey apart.

    Args:
        ways: from claim to decision, by agency.
        entries: the agencies to show, where not all; what is said is of all.
    """
    own = {way.name: way for way in ways}
    known = [(entry, own[entry.agency.slug]) for entry in results.agencies if entry.agency.slug in own]
    if not known:
        return None
    wanted = {entry.agency.slug for entry in (results.agencies if entries is None else entries)}
    shown = [(entry, way) for entry, way in known if entry.agency.slug in wanted]
    year = results.year
    words = labels.under("chart.claims")
    points = partial(points_text, year=year, labels=labels)
    ends = [value for _, way in shown for value in (way.claimed, way.final)]
    rows = tuple(
        DotRow(
            _short(entry, labels), signed_points_text(way.final - way.claimed, year, labels), (way.final, way.claimed)
        )
        for entry, way in shown
    )
    cut = [(way.claimed - way.final, _short(entry, labels)) for entry, way in known if way.final < way.claimed]
    most, name = max(cut, key=lambda pair: pair[0], default=(Decimal(0), ""))
    alone = len(cut) > 1 and sum(amount == most for amount, _ in cut) == 1
    total = sum((amount for amount, _ in cut), Decimal(0))
    figures = {"count": len(cut), "all": len(known), "points": points(total), "name": name, "most": points(most)}
    title = words("title" if alone else "title-even" if cut else "title-none", **figures)
    told = [
        words("row", name=_short(entry, labels), started=points(t.claimed), final=points(t.final)) for entry, t in shown
    ]
    return Chart(
        id="hinh-tu-cham",
        title=title,
        note=_claims_note(results, labels, _note(results, labels), _part(results, entries, labels)),
        alt=words("alt", list=_listed(told, labels)),
        table=table_of_texts(
            words("caption"),
            tuple(words(f"head-{name}") for name in ("agency", "started", "final", "moved")),
            tuple(
                (row.label, points(way.claimed), points(way.final), row.text)
                for row, (_, way) in zip(rows, shown, strict=True)
            ),
        ),
        body=Dots(
            (Series(words("final"), "diamond", "one"), Series(words("started"), "ring", "two")),
            rows,
            _axis(min(ends), max(ends), words("unit"), labels),
            joined=True,
        ),
    )


def road_chart(results: Results, entry: AgencyScore, way: Waterfall | None, labels: Labels) -> Chart | None:
    """Return the waterfall from an agency's self-assessment to its final points, the survey apart; its steps add up."""
    if way is None:
        return None
    year = results.year
    words = labels.under("chart.road")
    points = partial(points_text, year=year, labels=labels)
    rows = [BarRow(stage_text(year.cycle.stages.claim, labels), points(way.claimed), way.claimed, way.claimed, "one")]
    stands = way.claimed
    for move in way.moves:
        name = words("amendments") if move.step == AMENDMENT else stage_text(move.step, labels)
        sides: tuple[tuple[Decimal, Sense], ...] = ((move.taken, "loss"), (move.given, "gain"))
        parts = [(moved, sense) for moved, sense in sides if moved]
        if not parts and year.stages.get(move.step):
            parts = [(Decimal(0), "one")]
        for moved, sense in parts:
            label = words(f"{sense}-of", step=name) if len(parts) > 1 else name
            rows.append(BarRow(label, signed_points_text(moved, year, labels), stands, stands + moved, sense))
            stands += moved
    rows.append(BarRow(words("final"), points(way.final), way.final, way.final, "one"))
    name = _short(entry, labels)
    figures = {"name": name, "started": points(way.claimed), "final": points(way.final)}
    difference = way.final - way.claimed
    key = "title-cut" if difference < 0 else "title-raised" if difference else "title-kept"
    ends = [value for row in rows for value in (row.start, row.end)]
    return Chart(
        id="hinh-tham-dinh",
        title=words(key, **figures, points=points(abs(difference))),
        note=_claims_note(results, labels, _note(results, labels, count=1)),
        alt=words("alt", list=_listed([f"{row.label} {row.text}" for row in rows], labels)),
        table=table_of_texts(
            words("caption", name=name),
            (words("head-step"), words("head-moved"), words("head-stands")),
            tuple((row.label, row.text, points_text(Fraction(row.end), year, labels)) for row in rows),
        ),
        body=Bars(tuple(rows), _axis(min(ends), max(ends), words("unit"), labels)),
    )


def _claims_note(results: Results, labels: Labels, *told: str) -> str:
    """Return the note of a chart that begins with claims: where it comes from, and what it does not hold."""
    apart = labels.text("chart.claims.without-survey"), apart_text(results.year, labels)
    return " ".join(filter(None, (*told, *apart)))


def losses_chart(results: Results, entry: AgencyScore, labels: Labels, *, most: int = MOST_LOSSES) -> Chart | None:
    """Return the Pareto of an agency's lost points: each bar begins where the one before ended.

    `most`: how many criteria have a bar of their own; one bar holds the rest.
    """
    lost = entry.losing
    total = sum((leaf.lost for leaf in lost), Fraction(0))
    if not lost:
        return None
    year = results.year
    words = labels.under("chart.losses")

    def share(value: Fraction) -> str:
        return labels.number(fixed(100 * value / total, 1))

    named = [(f"{leaf.criterion.code} {labels.of(leaf.criterion.title)}", leaf.lost) for leaf in lost[:most]]
    rest = lost[most:]
    if rest:
        named.append((words("rest", count=len(rest)), sum((leaf.lost for leaf in rest), Fraction(0))))
    rows, stands, vital = [], Fraction(0), 0
    for name, points in named:
        text = f"−{points_text(points, year, labels)}"
        rows.append(BarRow(name, text, 100 * stands / total, 100 * (stands + points) / total, "loss"))
        stands += points
    reached = Fraction(0)
    for leaf in lost:
        if reached >= VITAL * total:
            break
        reached += leaf.lost
        vital += 1
    figures = {"name": _short(entry, labels), "total": points_text(total, year, labels), "count": len(lost)}
    return Chart(
        id="hinh-mat-diem",
        title=words("title" if vital < len(lost) else "title-all", **figures, vital=vital, share=share(reached)),
        note=words("note", year=year_text(year, labels), **figures),
        alt=words("alt", **figures, list=_listed([f"{row.label} {row.text}" for row in rows[:3]], labels)),
        table=table_of_texts(
            words("caption", **figures),
            tuple(words(f"head-{name}") for name in ("criterion", "lost", "share", "together")),
            tuple(
                (
                    row.label,
                    points_text(points, year, labels),
                    share(points),
                    labels.number(fixed(Fraction(row.end), 1)),
                )
                for row, (_, points) in zip(rows, named, strict=True)
            ),
        ),
        body=Bars(tuple(rows), Axis(0, 100, _ticks((0, 20, 40, 60, 80, 100), labels), words("unit")), rule=100 * VITAL),
    )


def areas_chart(
    results: Results, entry: AgencyScore, standings: Mapping[str, AreaStanding], labels: Labels
) -> Chart | None:
    """Return an agency's index in each area beside the median and the best of all agencies."""
    year = results.year
    known = [
        (area, area.index, standing)
        for area in entry.areas
        if area.index is not None and (standing := standings.get(area.criterion.code)) is not None
    ]
    if not known or len(results.agencies) < 2:
        return None
    words = labels.under("chart.areas")
    index = partial(index_text, year=year, labels=labels)
    rows = tuple(
        DotRow(f"{area.criterion.code}. {labels.of(area.criterion.title)}", index(own), (own, there.median, there.best))
        for area, own, there in known
    )
    below = [(there.median - own, area.criterion.code) for area, own, there in known if own < there.median]
    gap, code = max(below, key=lambda pair: pair[0], default=(Fraction(0), ""))
    name = _short(entry, labels)
    figures = {"name": name, "count": len(known), "below": len(below), "code": code, "gap": index(gap)}
    low = min(min(own, there.median) for _, own, there in known)
    told = [words("row", code=area.criterion.code, own=index(own), median=index(t.median)) for area, own, t in known]
    return Chart(
        id="hinh-linh-vuc",
        title=words("title" if below else "title-none", **figures),
        note=_note(results, labels),
        alt=words("alt", name=name, list=_listed(told, labels)),
        table=table_of_texts(
            words("caption", name=name),
            tuple(words(f"head-{name}") for name in ("area", "own", "median", "best")),
            tuple(
                (row.label, row.text, index(t.median), index(t.best))
                for row, (_, _, t) in zip(rows, known, strict=True)
            ),
        ),
        body=Dots(
            (
                Series(name, "diamond", "one"),
                Series(words("median"), "tick", "muted"),
                Series(words("best"), "ring", "three"),
            ),
            rows,
            _axis(low, Fraction(100), words("unit"), labels),
        ),
    )


def criterion_chart(results: Results, criterion: Criterion, labels: Labels) -> Chart | None:
    """Return how the agencies did in a criterion, in percent of what applies to each, beside what each claimed."""
    year = results.year
    known = [
        (entry, part, part.index)
        for entry in results.agencies
        if (part := part_of(entry, criterion)) is not None and part.index is not None
    ]
    if len(known) < 2:
        return None
    words = labels.under("chart.criterion")
    claimed = {entry.agency.slug: _claimed(entry, criterion) for entry, _, _ in known}
    claims = any(value is not None for value in claimed.values())
    rows = tuple(
        DotRow(
            _short(entry, labels),
            f"{points_text(part.points, year, labels)}/{points_text(part.out_of, year, labels)}",
            (index, *((_share(claimed[entry.agency.slug], part.out_of),) if claims else ())),
        )
        for entry, part, index in known
    )
    full = sum(index == 100 for _, _, index in known)
    middle = median(index for _, _, index in known)
    figures = {"full": full, "count": len(known), "median": index_text(middle, year, labels)}
    told = [f"{row.label} {row.text}" for row in rows]
    heads = ("agency", "points", "percent", *(("claimed",) if claims else ()))
    return Chart(
        id="hinh-so-sanh",
        title=words("title-all" if full == len(known) else "title" if full else "title-none", **figures),
        note=_note(results, labels, count=len(known)),
        alt=words("alt", code=criterion.code, list=_listed(told, labels)),
        table=table_of_texts(
            words("caption", code=criterion.code),
            tuple(words(f"head-{name}") for name in heads),
            tuple(
                (
                    row.label,
                    row.text,
                    index_text(index, year, labels),
                    *((points_text(claimed[entry.agency.slug], year, labels),) if claims else ()),
                )
                for row, (entry, _, index) in zip(rows, known, strict=True)
            ),
        ),
        body=Dots(
            (
                Series(words("final"), "diamond", "one"),
                *((Series(labels.text("chart.claims.started"), "ring", "two"),) if claims else ()),
            ),
            rows,
            Axis(0, 100, _ticks((0, 20, 40, 60, 80, 100), labels), words("unit")),
            joined=claims,
        ),
    )


def _claimed(entry: AgencyScore, criterion: Criterion) -> Decimal | None:
    """Return the points that an agency gave itself in an appraised leaf; None where it named none."""
    leaf = entry.leaf(criterion.code)
    if leaf is None or from_survey(criterion):
        return None
    step = leaf.road.claim
    return step.value if step is not None and isinstance(step.value, Decimal) else None


def _share(points: Decimal | None, out_of: Fraction) -> Fraction | None:
    return None if points is None else 100 * Fraction(points) / out_of


@dataclass(frozen=True, slots=True)
class Answers:
    """What one group answered of one agency: how many per option, the best first; None where it may not be shown."""

    label: str
    counts: tuple[int, ...] | None
    short: str = ""  # how a sentence names it, where not by its label


def answers_chart(  # what the figure is called, asked, offers, got
    name: str, question: str, options: Sequence[str], answers: Sequence[Answers], labels: Labels
) -> Chart | None:
    """Return the diverging stacked bars of one question's answers that carry an opinion.

    Args:
        options: titles of the options that carry an opinion, the best first.
        answers: one entry per bar; those that may not be shown carry no counts.
    """
    shown = [(item, item.counts, sum(item.counts)) for item in answers if item.counts and sum(item.counts)]
    if not shown or len(options) < 2:
        return None
    words = labels.under("chart.answers")
    bands = _bands(len(options))
    titles = [
        options[ends.start] if len(ends) == 1 else words("band", best=options[ends.start], worst=options[ends.stop - 1])
        for ends in bands
    ]
    upper = bands[len(bands) // 2].start
    good = [(Fraction(sum(counts[:upper]), total), item.short or item.label) for item, counts, total in shown]
    best, worst = max(good, key=lambda pair: pair[0]), min(good, key=lambda pair: pair[0])
    figures = {
        "upper": labels.listed(titles[: len(bands) // 2]),
        "best": best[1],
        "most": _whole(best[0], labels),
        "worst": worst[1],
        "least": _whole(worst[0], labels),
        "question": question,
        "hidden": len(answers) - len(shown),
    }
    count = sum(total for _, _, total in shown)
    rows = []
    for item in answers:
        total = sum(item.counts) if item.counts else 0
        told = words("n", count=labels.grouped(total)) if total else words("hidden")
        shares = tuple(Fraction(sum((item.counts or ())[ends.start : ends.stop]), total or 1) for ends in bands)
        rows.append(StackRow(item.label, told, shares if total else ()))
    some = "title-shown" if len(shown) < len(answers) else "title"  # what is hidden may be above or below
    title = words("title-one" if len(shown) == 1 or best[0] == worst[0] else some, **figures)
    return Chart(
        id=name,
        title=title,
        note=words("note", count=labels.grouped(count), rows=len(shown)),
        alt=words("alt", title=title, **figures),
        table=table_of_texts(
            words("caption", question=question),
            (words("head-row"), *options, words("head-n")),
            tuple((item.label, *(labels.grouped(own) for own in (*counts, total))) for item, counts, total in shown),
        ),
        body=Stacks(tuple(titles), tuple(rows)),
    )


def _bands(options: int) -> list[range]:
    """Return which options are drawn together: each alone, or as many neighbours as leave no more than `MOST_BANDS`."""
    count = min(options, MOST_BANDS)
    return [range(n * options // count, (n + 1) * options // count) for n in range(count)]


def _whole(share: Fraction, labels: Labels) -> str:
    return labels.number(fixed(100 * share, 0))


@dataclass(frozen=True, slots=True)
class Shift:
    """One agency's figure at two moments, over what can be compared."""

    label: str
    before: Exact
    after: Exact

    @property
    def by(self) -> Fraction:
        """Return by how much it moved."""
        return Fraction(self.after) - Fraction(self.before)


def trend_chart(trend: Trend, labels: Labels) -> Chart | None:
    """Return the indices over what two years share beside each other, none that could tell of hidden answers."""
    policy = trend.after.year.cycle.policy
    if trend.may_tell_of_hidden:
        return None
    moves = []
    for change in trend.changes:
        if change.core_before is not None and change.core_after is not None:
            sides = (change.core_before, change.core_after)
            before, after = map(policy.rounded_index, sides)
            name = labels.listed([labels.of(agency.short) for agency in change.after])
            moves.append(Shift(name, before, after))
    moments = trend.before.year.name[:4], trend.after.year.name[:4]
    return shifts_chart(moves, moments, labels, decimals=policy.index_decimals)


def shifts_chart(
    moves: Sequence[Shift], moments: tuple[str, str], labels: Labels, *, decimals: int = 2
) -> Chart | None:
    """Return the indices of two years beside each other; who calls has made sure that they can be compared.

    Args:
        moves: the agencies, each with both indices in percent.
    """
    if not moves:
        return None
    words = labels.under("chart.shifts")

    def text(value: Exact) -> str:
        return labels.number(fixed(value, decimals))

    def signed(move: Shift) -> str:
        return ("+" if move.by > 0 else "−" if move.by < 0 else "") + text(abs(move.by))

    ends = [Fraction(value) for move in moves for value in (move.before, move.after)]
    up = sum(move.after > move.before for move in moves)
    down = sum(move.after < move.before for move in moves)
    largest = max(moves, key=lambda move: abs(move.by))
    figures = {"before": moments[0], "after": moments[1], "up": up, "down": down, "count": len(moves)}
    told = [words("row", name=move.label, before=text(move.before), after=text(move.after)) for move in moves]
    return Chart(
        id="hinh-giua-cac-nam",
        title=words("title" if largest.by else "title-same", **figures, name=largest.label, most=signed(largest)),
        note=words("note", **figures),
        alt=words("alt", **figures, list=_listed(told, labels)),
        table=table_of_texts(
            words("caption", **figures),
            (words("head-agency"), *moments, words("head-moved")),
            tuple((move.label, text(move.before), text(move.after), signed(move)) for move in moves),
        ),
        body=Dots(
            (Series(moments[1], "disc", "one"), Series(moments[0], "ring", "two")),
            tuple(DotRow(move.label, signed(move), (move.after, move.before)) for move in moves),
            _axis(min(ends), max(ends), labels.text("chart.index.unit"), labels),
            joined=True,
        ),
    )


def years_chart(
    name: str,
    moments: Sequence[str],
    joins: Sequence[Join],
    figures: Sequence[tuple[str, Sequence[Exact | None]]],
    labels: Labels,
) -> Chart | None:
    """Return figures over the years, in percent, joined where what is behind them corresponds.

    Args:
        joins: how each year but the first may be compared with the one before.
        figures: the name of each figure and its values; the finding is about the first.
    """
    own = [(moment, value) for moment, value in zip(moments, figures[0][1], strict=True) if value is not None]
    if len(own) < 2:
        return None
    words = labels.under("chart.years")

    def text(value: Exact | None) -> str:
        return "–" if value is None else labels.number(fixed(value, 2))

    kinds: tuple[tuple[Shape, Colour], ...] = (("disc", "one"), ("tick", "muted"))
    rows = tuple(
        LineRow(Series(told, *kind), tuple(values), tuple(map(text, values)))
        for (told, values), kind in zip(figures, kinds, strict=False)
    )
    known = [value for row in rows for value in row.values if value is not None]
    (first, low), (last, high) = own[0], own[-1]
    said = {"name": name, "first": first, "low": text(low), "last": last, "high": text(high)}
    shown = [key for key in ("whole", "part", "") if key in joins]
    listed = [f"{moment} {text(value)}%" for moment, value in own]
    return Chart(
        id="hinh-qua-cac-nam",
        title=words("title", **said),
        note=" ".join(words(f"join-{key or 'none'}") for key in shown),
        alt=words("alt", name=name, list=_listed(listed, labels)),
        table=table_of_texts(
            words("caption", name=name),
            (words("head-year"), *(row.series.name for row in rows)),
            tuple((moment, *(row.texts[place] for row in rows)) for place, moment in enumerate(moments)),
        ),
        body=Lines(tuple(moments), rows, tuple(joins), _axis(min(known), max(known), words("unit"), labels)),
    )


def heat(year: Year, index: Fraction | None) -> str:
    """Return which shade of a heat map an index takes, `heat-1` the best: by the grades of the year, else by fifths."""
    if index is None:
        return ""
    bounds = [Fraction(grade.from_index) for grade in year.cycle.grades]
    limits = sorted(bounds, reverse=True) or [Fraction(100 * (HEATS - step), HEATS) for step in range(1, HEATS + 1)]
    place = next((place for place, limit in enumerate(limits) if index >= limit), len(limits) - 1)
    last = max(1, len(limits) - 1)
    return f"heat-{1 + (2 * place * (HEATS - 1) + last) // (2 * last)}"


def _axis(low: Exact, high: Exact, unit: str, labels: Labels) -> Axis:
    ticks = steps_between(low, high)
    return Axis(ticks[0], ticks[-1], _ticks(ticks, labels), unit)


def _ticks(values: Iterable[Decimal | int], labels: Labels) -> tuple[tuple[Exact, str], ...]:
    return tuple((value, labels.number(value)) for value in values)


def _short(entry: AgencyScore, labels: Labels) -> str:
    return labels.of(entry.agency.short)


def _note(results: Results, labels: Labels, *, count: int | None = None) -> str:
    return labels.text(
        "chart.note", year=year_text(results.year, labels), count=len(results.agencies) if count is None else count
    )


def _part(results: Results, entries: Sequence[AgencyScore] | None, labels: Labels) -> str:
    """Say that a chart shows some of the agencies, where it does."""
    if entries is None or len(entries) == len(results.agencies):
        return ""
    return labels.text("chart.part", shown=len(entries), count=len(results.agencies))


def _listed(told: Sequence[str], labels: Labels) -> str:
    """Return a list in one sentence; of a long one the beginning and the last."""
    if len(told) > MOST_NAMED:
        return labels.text("chart.list-cut", list="; ".join(told[: MOST_NAMED - 1]), last=told[-1], count=len(told))
    return "; ".join(told)
