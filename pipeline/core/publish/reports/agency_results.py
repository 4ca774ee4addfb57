"""What the analysis report says of one agency: in the report itself where they are few, else in an annex of its own.

Figures come from `core/index/analysis`; here they become sentences and rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from pipeline.core.ground.templates import Fields
from pipeline.core.index.analysis import losses, sentences
from pipeline.core.index.analysis.findings import summed
from pipeline.core.index.analysis.league import next_grade
from pipeline.core.index.analysis.profiles import Profile, profiles
from pipeline.core.index.analysis.waterfalls import waterfalls
from pipeline.core.index.scoring import AgencyScore, LeafScore, from_survey, is_bonus
from pipeline.core.index.words import cut_texts, grade_text
from pipeline.core.publish.charts import from_results
from pipeline.core.publish.charts.chart import Chart
from pipeline.core.publish.reports.common import ReportRequest, caption, limit_rows

MOST_TRAITS: Final = 5  # strengths, weaknesses and losses that an agency's section names


def said(asked: ReportRequest, found: Iterable[sentences.Sentence], *keys: str) -> list[str]:
    """Return sentences in words, those of some keys where any are named."""
    return [
        sentences.told(one, asked.scene.labels, formal=True) for one in summed(found) if not keys or one.key in keys
    ]


def agency_charts(asked: ReportRequest, entry: AgencyScore) -> Mapping[str, Chart | None]:
    """Return the figures of an agency by name, None where the data cannot fill one."""
    results, labels, slug = asked.scene.results, asked.scene.labels, entry.agency.slug
    return {
        f"road-{slug}": from_results.road_chart(results, entry, waterfalls(asked.year).of(slug), labels),
        f"losses-{slug}": from_results.losses_chart(results, entry, labels, most=MOST_TRAITS),
    }


def annex_charts(asked: ReportRequest) -> Mapping[str, Chart]:
    """Return the figures of an agency's annex by name."""
    return {name: chart for name, chart in agency_charts(asked, _own(asked).score).items() if chart is not None}


def annex(asked: ReportRequest) -> Fields:
    """Return the fields of one agency's annex to the analysis report: its section, and every criterion of its own."""
    own = _own(asked)
    leaves = [leaf.criterion for leaf in own.score.leaves]
    return {
        **asked.head("BC"),
        "section": agency_section(asked, own),
        "rows": [
            *asked.tree_rows(lambda leaf: _cells(asked, own.score.leaf(leaf.code)), among=leaves),
            *(
                {**row, "points": row["points"][0], "stage": "–", "reason": ""}
                for row in limit_rows(asked, [own.score])
            ),
        ],
    }


def _own(asked: ReportRequest) -> Profile:
    """Return what the analysis says of the agency that the annex is of."""
    return next(one for one in profiles(asked.scene.results) if one.score.agency.slug == asked.own.slug)


def _cells(asked: ReportRequest, leaf: LeafScore | None) -> dict[str, object] | None:
    """Return a criterion's row: its points, at which step they were decided, and why any were lost."""
    if leaf is None:
        return None
    return {
        "out_of": "–" if is_bonus(leaf.criterion) else asked.scene.points(leaf.criterion.out_of),
        "points": asked.leaf_points(leaf),
        "stage": asked.scene.labels.stage(leaf.stage) if leaf.stage else "–",
        "reason": _reason(asked, leaf) if leaf.lost or not leaf.applicable else "",
    }


def agency_section(asked: ReportRequest, profile: Profile) -> dict[str, object]:
    """Return what the report, or the annex of an agency, says of one agency."""
    entry, scene = profile.score, asked.scene
    lines = [" ".join(_standing(asked, entry))]
    lines += said(asked, sentences.agency_sentences(asked.scene.results, entry.agency.slug, asked.scene.thresholds))
    if (above := next_grade(asked.year, entry)) is not None:
        figures = {"points": scene.points(above.points), "distance": scene.index(above.index_distance)}
        lines.append(asked.words("index.next", grade=asked.of(above.grade.title), **figures))
    lines += _drawn(asked, entry)
    lost = entry.losing
    return {
        "title": asked.of(entry.agency.name),
        "text": lines,
        "losses": [_loss_row(asked, leaf) for leaf in lost[:MOST_TRAITS]],
        "charts": [
            {"name": name, "title": caption(asked.charts[name].title), "note": asked.charts[name].note}
            for name in (f"road-{entry.agency.slug}", f"losses-{entry.agency.slug}")
            if name in asked.charts
        ],
    }


def _standing(asked: ReportRequest, entry: AgencyScore) -> Iterator[str]:
    """Yield an agency's points, rank, grade and parts, of each what there is."""
    scene = asked.scene
    figures = {
        "agency": asked.of(entry.agency.name),
        "points": scene.points(entry.total.points),
        "out_of": scene.points(entry.total.out_of),
        "index": scene.index(entry.published),
        "rank": str(entry.rank),
        "ranked": str(sum(one.rank is not None for one in asked.scene.results.agencies)),
        "grade": grade_text(entry, scene.labels),
        "appraisal": asked.scene.index(entry.appraisal.index),
        "survey": asked.scene.index(entry.survey.index),
    }
    keys = ["index.agency"]
    keys += ["index.agency-rank"] if entry.rank is not None else []
    keys += ["index.agency-grade"] if entry.grade is not None else []
    yield scene.labels.text("analysis.comma").join(asked.words(key, **figures) for key in keys) + "."
    yield from _in_group(asked, entry)
    yield from cut_texts(entry, scene.results.year, scene.labels)
    if entry.survey.index is not None and entry.appraisal.index is not None:
        yield asked.words("index.agency-parts", **figures)
    elif any(leaf.outstanding and from_survey(leaf.criterion) for leaf in entry.leaves):
        yield asked.words("index.agency-no-survey")


def _in_group(asked: ReportRequest, entry: AgencyScore) -> Iterator[str]:
    """Yield where an agency stands in its group, where it has a rank and a group."""
    for own in asked.scene.figures.groups:
        if (place := own.places.get(entry.agency.slug)) is not None:
            yield asked.words(
                "index.agency-group",
                group=asked.of(own.group.title),
                place=place,
                ranked=asked.count(len(own.places)),
                median=asked.scene.index(own.five[2]),
            )


def _drawn(asked: ReportRequest, entry: AgencyScore) -> Iterator[str]:
    """Yield what other weights do to an agency's rank, where the year is complete and it has one."""
    drawn, slug = asked.scene.figures.drawn, entry.agency.slug
    if drawn is not None and slug in drawn.ranges:
        low, high = drawn.ranges[slug]
        yield asked.words(
            "index.agency-drawn" if low == high else "index.agency-drawn-range",
            draws=asked.scene.labels.grouped(drawn.draws),
            rank=drawn.ranks[slug],
            share=asked.whole_percent(drawn.at(slug, drawn.ranks[slug])),
            low=low,
            high=high,
        )


def _loss_row(asked: ReportRequest, leaf: LeafScore) -> dict[str, object]:
    return {
        "code": leaf.criterion.code,
        "title": asked.of(leaf.criterion.title),
        "points": asked.scene.points(leaf.points)
        if is_bonus(leaf.criterion)
        else f"{asked.scene.points(leaf.points)}/{asked.scene.points(leaf.out_of)}",
        "lost": asked.scene.points(leaf.lost),
        "reason": _reason(asked, leaf) or "–",
    }


def _reason(asked: ReportRequest, leaf: LeafScore) -> str:
    """Return why points were lost, or why the criterion does not apply."""
    road = leaf.road
    if road.exemption is not None:
        return asked.of(road.exemption.reason)
    if not leaf.applicable and road.deciding is not None:
        return asked.of(road.deciding.line.not_applicable)
    told = asked.of(losses.loss_reason(leaf))
    return told or (asked.words("index.by-survey") if from_survey(leaf.criterion) else "")
