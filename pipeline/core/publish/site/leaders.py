"""A year, or one agency in it, in one minute: what stands, what changed, three losses, three strengths, what to ask.

A page prints on one sheet. Questions are about causes, by where the points were lost; none is about points alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pipeline.core.ground.templates import Fields
from pipeline.core.index.analysis.losses import Losses, losses_by_criterion
from pipeline.core.index.analysis.trends import Trend
from pipeline.core.index.analysis.waterfalls import Waterfall
from pipeline.core.index.scoring import AgencyScore, LeafScore, from_survey
from pipeline.core.publish.scene import Scene
from pipeline.core.publish.site.agencies import LeafView, leaf_view
from pipeline.core.publish.site.comparisons import said

MOST = 3  # losses, strengths and questions that fit into a minute


def minute_view(scene: Scene) -> Mapping[str, tuple[str, ...]]:
    """Return what the page of a whole year tells beside its headline and its ranking: losses, best areas, questions."""
    lost = losses_by_criterion(scene.results)[:MOST]
    areas = sorted(scene.figures.areas.items(), key=lambda one: -one[1].median)[:MOST]
    way = scene.figures.ways.total if scene.figures.ways else None
    return {
        "losses": tuple(_loss(scene, one) for one in lost),
        "strengths": tuple(
            scene.words("leader.area", code=code, title=scene.criterion_title(code), median=scene.index(own.median))
            for code, own in areas
        ),
        "questions": tuple(_questions(scene, way, [one.leaves[0] for one in lost])),
    }


def _loss(scene: Scene, lost: Losses) -> str:
    title, points = scene.criterion_title(lost.name), scene.points(lost.points)
    told = {"code": lost.name, "title": title, "points": points}
    return scene.words("leader.loss-of-all", **told, losers=lost.losers, count=len(lost.leaves))


def leader_view(scene: Scene, entry: AgencyScore, trends: Sequence[Trend]) -> Fields:
    """Return what the page of an agency tells; `trends` are its comparisons with earlier years, the latest first."""
    lost = entry.losing
    rest = sum((leaf.lost for leaf in lost[MOST:]), start=entry.total.points * 0)
    told = said(trends[0], scene) if trends else ()
    return {
        "changed": told[1] if len(told) > 1 else "".join(told),
        "losses": tuple(leaf_view(scene, leaf) for leaf in lost[:MOST]),
        # What was lost beside them.
        "others": scene.words("leader.others", count=len(lost[MOST:]), points=scene.points(rest)) if rest else "",
        "strengths": tuple(_strengths(scene, entry)),  # each with the median of the agencies
        "questions": tuple(
            _questions(scene, scene.figures.ways.of(entry.agency.slug) if scene.figures.ways else None, lost[:MOST])
        ),
    }


def _strengths(scene: Scene, entry: AgencyScore) -> Iterator[tuple[LeafView, str]]:
    profile = scene.figures.profiles[entry.agency.slug]
    for trait in profile.strengths[:MOST]:
        yield leaf_view(scene, trait.leaf), scene.points((trait.leaf.points or 0) - trait.ahead)


def _questions(scene: Scene, way: Waterfall | None, lost: Sequence[LeafScore]) -> Iterator[str]:
    for leaf in lost:
        named = {"code": leaf.criterion.code, "title": scene.of(leaf.criterion.title)}
        yield scene.words("leader.ask-survey" if from_survey(leaf.criterion) else "leader.ask", **named)
    if way is not None and way.final < way.claimed:
        yield scene.words("leader.ask-claim", points=scene.points(way.claimed - way.final))
