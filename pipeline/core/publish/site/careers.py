"""One agency over the years that a reader may see, under whatever name; and the addresses that a renamed one left.

Years are compared only over what a concordance says corresponds: `comparisons`. Decision 0036.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from pipeline.core.index.words import grade_text, rank_text
from pipeline.core.publish.scene import Scene
from pipeline.core.publish.site.comparisons import compared, only_of, said
from pipeline.core.record.model import Concordance


@dataclass(frozen=True, slots=True)
class CareerYear:
    """One year of an agency: the year, and the slug that the agency bears in it."""

    scene: Scene
    slug: str


@dataclass(frozen=True, slots=True)
class YearRow:
    """One year of an agency as its page shows it."""

    year: str
    slug: str
    title: str
    name: str
    published: bool
    points: str
    out_of: str
    index: str
    rank: str
    ranked: int
    grade: str


@dataclass(frozen=True, slots=True)
class CareerView:
    """An agency over the years, the latest first, and in words how what is common to two years changed."""

    slug: str
    name: str
    rows: tuple[YearRow, ...]
    changes: tuple[tuple[str, ...], ...]


def careers(scenes: Iterable[Scene], concordances: Iterable[Concordance]) -> Mapping[str, tuple[CareerYear, ...]]:
    """Return the years of each agency, the earliest first, by the slug that it bears in the latest.

    A concordance says where an agency has another slug; one that was merged or split ends there, and others begin.
    """
    ordered = sorted(scenes, key=lambda scene: scene.year.name)
    known: dict[str, tuple[CareerYear, ...]] = {}
    for scene in ordered:
        for slug in scene.year.agencies:
            former = _former(slug, known, scene.year.name, concordances)
            before = known.pop(former, ()) if former is not None else ()
            known[slug] = (*before, CareerYear(scene, slug))
    return known


def _former(
    slug: str, known: Mapping[str, tuple[CareerYear, ...]], year: str, concordances: Iterable[Concordance]
) -> str | None:
    """Return the slug under which an agency of a year was known before; None where it is new."""
    for pair in (pair for pair in concordances if pair.after == year):
        for one in pair.agencies:
            if slug in one.after:
                return one.before[0] if one.is_single and one.before[0] in known else None
            if slug in one.before:
                return None  # the one of that slug goes on under another
    return slug if slug in known and known[slug][-1].scene.year.name != year else None


def career_view(standings: tuple[CareerYear, ...], concordances: Iterable[Concordance]) -> CareerView:
    """Return an agency over the years as its page shows it."""
    last = standings[-1]
    return CareerView(
        slug=last.slug,
        name=last.scene.of(last.scene.year.agencies[last.slug].name),
        rows=tuple(_row(standing) for standing in reversed(standings)),
        changes=tuple(_changes(standings, concordances)),
    )


def _row(standing: CareerYear) -> YearRow:
    scene, slug = standing.scene, standing.slug
    entry = next(found for found in scene.results.agencies if found.agency.slug == slug)
    return YearRow(
        year=scene.year.name,
        slug=slug,
        title=scene.of(scene.year.cycle.title),
        name=scene.of(entry.agency.name),
        published=scene.published,
        points=scene.points(entry.total.points),
        out_of=scene.points(entry.total.out_of),
        index=scene.index(entry.index),
        rank=rank_text(entry.rank),
        ranked=sum(found.rank is not None for found in scene.results.agencies),
        grade=grade_text(entry, scene.labels),
    )


def _changes(standings: tuple[CareerYear, ...], concordances: Iterable[Concordance]) -> Iterator[tuple[str, ...]]:
    """Yield what is said of each two years that can be compared, the latest first."""
    scenes = {standing.scene.year.name: standing for standing in standings}
    for pair in sorted(concordances, key=lambda pair: (pair.after, pair.before), reverse=True):
        both = [scenes[name] for name in (pair.before, pair.after) if name in scenes]
        found = compared(both[0].scene, both[1].scene, pair) if len(both) == 2 else None
        if found is not None:
            yield said(only_of(found, both[1].slug), both[1].scene)


def moved_addresses(known: Mapping[str, tuple[CareerYear, ...]]) -> Iterator[tuple[str, str]]:
    """Yield from which address to which a reader is led: an agency's pages, by each other slug that it bore or bears.

    No page of an agency that bears the slug stands aside for it.
    """
    taken = {(standing.scene.year.name, standing.slug) for own in known.values() for standing in own}
    for latest, standings in known.items():
        slugs = dict.fromkeys(standing.slug for standing in standings)
        for slug in slugs:
            if slug not in known:
                yield f"co-quan/{slug}/", f"co-quan/{latest}/"
            for standing in standings:
                year = standing.scene.year.name
                if (year, slug) not in taken:
                    yield f"{year}/co-quan/{slug}/", f"{year}/co-quan/{standing.slug}/"
