"""One agency over the years that a reader may see, under whatever name; and the addresses that a renamed one left.

Years are compared only over what a concordance says corresponds: `comparisons`. Decision 0036.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from pipeline.core.ground.templates import Fields
from pipeline.core.index.analysis.trends import Trend
from pipeline.core.index.words import grade_text, rank_text
from pipeline.core.publish.scene import Scene
from pipeline.core.publish.site.comparisons import said
from pipeline.core.record.layout import index_of
from pipeline.core.record.model import Concordance


@dataclass(frozen=True, slots=True)
class CareerYear:
    """One year of an agency: the year, and the slug that the agency bears in it."""

    scene: Scene
    slug: str


# Whether several agencies stand before, and after -> what became of them.
_KINDS: Final = {
    (False, False): "renamed",
    (True, False): "merged",
    (False, True): "split",
    (True, True): "rearranged",
}


def careers(scenes: Iterable[Scene], concordances: Iterable[Concordance]) -> Mapping[str, tuple[CareerYear, ...]]:
    """Return the years of each agency, the earliest first, by the slug that it bears in the latest.

    A concordance says where an agency has another slug. One that was merged or split ends there and others begin,
    unless it keeps its slug. Each index has careers of its own: `so-nganh/so-y-te` is one of 2024-so-nganh.
    """
    of_index: dict[str, list[Scene]] = {}
    for scene in scenes:
        of_index.setdefault(index_of(scene.year.name), []).append(scene)
    return {
        career_name(index, slug): own
        for index, listed in sorted(of_index.items())
        for slug, own in _careers(listed, concordances).items()
    }


def career_name(index: str, slug: str) -> str:
    """Return how an agency over the years of an index is addressed."""
    return f"{index}/{slug}" if index else slug


def _careers(scenes: Iterable[Scene], concordances: Iterable[Concordance]) -> Mapping[str, tuple[CareerYear, ...]]:
    known: dict[str, tuple[CareerYear, ...]] = {}
    for scene in sorted(scenes, key=lambda scene: scene.year.name):
        pairs = [pair for pair in concordances if pair.after == scene.year.name]
        singles = {one.after[0]: one.before[0] for pair in pairs for one in pair.agencies if one.is_single}
        left = set(singles.values())
        former = {slug: singles.get(slug, "" if slug in left else slug) for slug in scene.year.agencies}
        ended = {slug: own for slug, own in known.items() if slug not in {*former, *former.values()}}
        going = {slug: (*known.get(old, ()), CareerYear(scene, slug)) for slug, old in former.items()}
        known = {**ended, **going}
    return known


def career_view(
    standings: tuple[CareerYear, ...],
    known: Mapping[str, tuple[CareerYear, ...]],
    scenes: Mapping[str, Scene],
    trends: Iterable[tuple[str, Mapping[str, Trend]]],
    concordances: Iterable[Concordance],
) -> Fields:
    """Return an agency over the years as its page shows it.

    Args:
        trends: years that can be compared, the later first: its name, and what is said of each of its agencies.
    """
    last = standings[-1]
    later_first = sorted(concordances, key=lambda pair: (pair.after, pair.before), reverse=True)
    return {
        "slug": last.slug,
        "name": last.scene.of(last.scene.year.agencies[last.slug].name),
        "rows": tuple(_row(standing) for standing in reversed(standings)),
        "turns": tuple(turn for pair in later_first for turn in _turns(standings, known, scenes, pair)),
        "changes": tuple(_changes(standings, trends)),
    }


def _row(standing: CareerYear) -> Fields:
    scene, slug = standing.scene, standing.slug
    entry = scene.results.entry(slug)
    return {
        "year": scene.year.name,
        "slug": slug,
        "name": scene.of(entry.agency.name),
        "published": scene.published,
        "points": scene.points(entry.total.points),
        "out_of": scene.points(entry.total.out_of),
        "index": scene.index(entry.index),
        "rank": rank_text(entry.rank),
        "ranked": scene.figures.ranked,
        "grade": grade_text(entry, scene.labels) if scene.year.cycle.grades else "",
    }


def _turns(
    standings: tuple[CareerYear, ...],
    known: Mapping[str, tuple[CareerYear, ...]],
    scenes: Mapping[str, Scene],
    pair: Concordance,
) -> Iterator[Fields]:
    """Yield where a concordance says that an agency was renamed, merged, split or dissolved."""
    borne = {(standing.scene.year.name, standing.slug) for standing in standings}
    for one in pair.agencies:
        named = [*((pair.before, slug) for slug in one.before), *((pair.after, slug) for slug in one.after)]
        if borne.isdisjoint(named):
            continue
        before, after = scenes[pair.before], scenes[pair.after]
        kind = _KINDS[len(one.before) > 1, len(one.after) > 1] if one.after else "dissolved"
        labels = after.labels
        old = labels.listed([before.of(before.year.agencies[slug].name) for slug in one.before])
        new = labels.listed([after.of(after.year.agencies[slug].name) for slug in one.after])
        if kind == "renamed" and old == new:
            continue  # its code changed, of which readers know nothing
        words = labels.text(f"page.career.{kind}", year=pair.after[:4], old=old, new=new)
        more = [labels.of(one.note)]
        if one.document is not None:
            more.append(labels.text("page.career.by", document=one.document.number))
        others = {
            address: last[-1].scene.of(last[-1].scene.year.agencies[last[-1].slug].name)
            for address, last in known.items()
            if last is not standings and any((each.scene.year.name, each.slug) in named for each in last)
        }
        yield {
            "words": " ".join(filter(None, (words, *more))),
            "others": tuple((name, slug) for slug, name in others.items()),
        }


def _changes(
    standings: tuple[CareerYear, ...], trends: Iterable[tuple[str, Mapping[str, Trend]]]
) -> Iterator[tuple[str, ...]]:
    """Yield what is said of each two years that can be compared: of an agency that was merged, with those before it."""
    own = {standing.scene.year.name: standing for standing in standings}
    for year, found in trends:
        if year in own and own[year].slug in found:
            yield said(found[own[year].slug], own[year].scene)


def moved_addresses(known: Mapping[str, tuple[CareerYear, ...]]) -> Iterator[tuple[str, str]]:
    """Yield from which address to which a reader is led: an agency's pages, by each other slug that it bore or bears.

    No page of an agency that bears the slug stands aside for it.
    """
    taken = {(standing.scene.year.name, standing.slug) for own in known.values() for standing in own}
    for latest, standings in known.items():
        index = index_of(standings[-1].scene.year.name)
        slugs = dict.fromkeys(standing.slug for standing in standings)
        for slug in slugs:
            if career_name(index, slug) not in known:
                yield f"co-quan/{career_name(index, slug)}/", f"co-quan/{latest}/"
            for standing in standings:
                year = standing.scene.year.name
                if (year, slug) not in taken:
                    yield f"{year}/co-quan/{slug}/", f"{year}/co-quan/{standing.slug}/"
