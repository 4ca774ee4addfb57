"""What is news of a published year: approvals of its results and corrections, as feeds, for all or for one agency.

How feeds are written: `feed`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline.core.publish.identity_words import index_text_of, publisher_text
from pipeline.core.publish.scene import Scene
from pipeline.core.publish.site.feed import Feed, NewsItem, identity, newest_first
from pipeline.core.publish.site.parts import correction_address
from pipeline.core.publish.site.rankings import approval_view, banners, correction_view
from pipeline.core.record.model import Amendment, Year
from pipeline.core.record.stages import SURVEY

FILE = "thay-doi.xml"


def year_feed(scene: Scene) -> Feed:
    """Return the news of a published year."""
    name = scene.year.name
    return Feed(
        id=identity("year", *_origin(scene.year), scene.labels.language),
        path=f"{name}/{FILE}",
        title=scene.words("feed.year", index=index_text_of(scene.identity, scene.labels), year=scene.called),
        subtitle=" ".join((scene.words("feed.about"), *banners(scene))),
        author=publisher_text(scene.identity, scene.bodies, scene.labels),
        address=f"{name}/lich-su/",
        items=newest_first(tuple(_items(scene, None))),
    )


def agency_feed(name: str, standings: Sequence[tuple[Scene, str]]) -> Feed:
    """Return the news of one agency over published years.

    Args:
        name: what the agency is called among the agencies over the years.
        standings: each year with the slug that the agency bears in it, the earliest first; at least one.
    """
    (first, former), (last, slug) = standings[0], standings[-1]
    address = f"co-quan/{name}/"
    told = dict.fromkeys(banner for scene, _ in standings for banner in banners(scene))
    return Feed(
        id=identity("agency", former, *_origin(first.year), last.labels.language),
        path=f"{address}{FILE}",
        title=last.words(
            "feed.agency",
            agency=last.of(last.year.agencies[slug].name),
            index=index_text_of(last.identity, last.labels),
        ),
        subtitle=" ".join((last.words("feed.about"), *told)),
        author=publisher_text(last.identity, last.bodies, last.labels),
        address=address,
        items=newest_first(tuple(item for scene, name in standings for item in _items(scene, name))),
    )


def _origin(year: Year) -> tuple[str, ...]:
    """Return what tells a year from that of another city: the decision that approved it first, which never changes."""
    first = year.approvals[0].decision
    return year.name, first.number, first.date or ""


def _items(scene: Scene, slug: str | None) -> Iterator[NewsItem]:
    """Yield what happened to a year's results, in the order of its decisions: all of it, or what concerns an agency."""
    for place, amendment in enumerate(scene.year.amendments):
        if slug in {None, amendment.agency}:
            address = correction_address(scene.year.name, place, amendment.number)
            yield _correction(scene, amendment, slug, address)
    for place in range(len(scene.year.approvals)):
        found = _approval(scene, place, slug)
        if found is not None:
            yield found


def _approval(scene: Scene, place: int, slug: str | None) -> NewsItem | None:
    """Return one approval; of an agency, None where neither its figures nor its place changed with it."""
    table, view = scene.year.approvals[place], approval_view(scene, place, slug)
    rows = [row for row in view.rows if place == 0 or row.changed]
    if slug is not None and not rows:
        return None
    year = scene.year.name
    told = [scene.words("feed.decision", decision=view.decision)]
    if view.reason:
        told.append(view.reason)
    told += [
        scene.words("feed.row", agency=row.name, index=row.index, rank=row.rank)
        + (f" {scene.words('share.grade', grade=row.grade)}" if scene.year.cycle.grades else "")
        if row.before is None
        else scene.words(
            "feed.changed",
            agency=row.name,
            index_before=row.before.index,
            rank_before=row.before.rank,
            index=row.index,
            rank=row.rank,
        )
        for row in rows
    ]
    return NewsItem(
        id=identity("approval", str(place + 1), slug or "", *_origin(scene.year), scene.labels.language),
        day=(scene.year.public_from or table.decision.date or "") if place == 0 else (table.decision.date or ""),
        title=scene.words("feed.published" if place == 0 else "feed.approved-again", year=scene.called),
        text=tuple(told),
        address=f"{year}/#phe-duyet-{place + 1}",
    )


def _correction(scene: Scene, amendment: Amendment, slug: str | None, address: str) -> NewsItem:
    view = correction_view(scene, amendment)
    told = [scene.words("feed.step", stage=view["stage"], what=f"{view['code']} {view['what']}".strip())]
    if amendment.stage != SURVEY and view["after"]:
        told.append(scene.words("feed.from-to", before=view["before"], after=view["after"]))
    told += [
        f"{scene.words('fact.reason')} {view['reason']}",
        scene.words("history.decision", decision=view["decision"]),
    ]
    return NewsItem(
        id=identity("amendment", amendment.number, slug or "", *_origin(scene.year), scene.labels.language),
        day=amendment.decision.date or scene.year.public_from or "",
        title=scene.words("feed.correction", number=amendment.number, agency=view["agency"], year=scene.called),
        text=tuple(told),
        address=address,
    )
