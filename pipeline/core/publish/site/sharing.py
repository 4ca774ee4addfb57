"""A year or an agency as machines read it: the card where an address is shared, the data set for search engines.

Both say only what the page says. How a card is drawn: `charts.card`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence

from pipeline.core.index.scoring import AgencyScore
from pipeline.core.index.words import grade_text, rank_text
from pipeline.core.publish.charts.card import BARS, Card
from pipeline.core.publish.identity_words import index_title, publisher_text
from pipeline.core.publish.scene import Scene, width
from pipeline.core.publish.site.rankings import banners, headline

CARD = "the.png"
TYPES = {"csv": "text/csv", "json": "application/json", "xlsx": "application/vnd.ms-excel", "zip": "application/zip"}


def year_card(scenes: Sequence[Scene]) -> Card:
    """Return the card of a year, told in each language of the site, the main one first."""
    scene = scenes[0]
    title = scene.words("year.title", year=scene.called)
    told = tuple(headline(one) for one in scenes)
    bars = tuple(
        (scene.of(one.agency.short), width(one.index), scene.index(one.index)) for one in scene.results.agencies[:BARS]
    )
    return Card(index_title(scene.identity, scene.labels), title, "", told, " ".join(banners(scene)), bars)


def agency_card(scenes: Sequence[Scene], entry: AgencyScore) -> Card:
    """Return the card of an agency in a year, likewise."""
    scene = scenes[0]
    over = f"{index_title(scene.identity, scene.labels)}, {scene.called}"
    told = tuple(told_of(one, entry) for one in scenes)
    name, index = scene.of(entry.agency.name), scene.index(entry.index)
    bars = tuple(
        (f"{area.criterion.code}. {scene.of(area.criterion.title)}", width(area.index), scene.index(area.index))
        for area in entry.areas
        if area.index is not None
    )
    return Card(over, name, f"{index}%", told, " ".join(banners(scene)), bars)


def told_of(scene: Scene, entry: AgencyScore) -> str:
    """Return rank and grade of an agency in one sentence."""
    rank, grade = rank_text(entry.rank), grade_text(entry, scene.labels)
    return scene.words("share.agency", rank=rank, count=len(scene.results.agencies), grade=grade)


def dataset(scene: Scene, *, address: str, files: Iterable[str], changed: str) -> str:
    """Return a year's data set in the words of schema.org, as JSON.

    Args:
        scene: the year, with words that carry no marks.
        address: the folder of the year, whole where it is known.
        files: the names of the files to download, below the folder `du-lieu`.
        changed: the day of the last change.
    """
    cycle = scene.year.cycle
    public_from = scene.year.public_from
    return json.dumps(
        {
            "@context": "https://schema.org",
            "@type": "Dataset",
            "name": scene.of(cycle.title),
            "description": " ".join((headline(scene), *banners(scene))),
            "inLanguage": scene.labels.language,
            "temporalCoverage": f"{cycle.period_from}/{cycle.period_to}",
            "isAccessibleForFree": True,
            "license": scene.identity.licence.url,
            "publisher": {
                "@type": "GovernmentOrganization",
                "name": publisher_text(scene.identity, scene.bodies, scene.labels),
            },
            **({"datePublished": public_from} if public_from else {}),
            "dateModified": changed,
            "url": address,
            "distribution": [
                {
                    "@type": "DataDownload",
                    "name": name,
                    "encodingFormat": TYPES.get(name.rpartition(".")[2], "application/octet-stream"),
                    "contentUrl": f"{address}du-lieu/{name}",
                }
                for name in files
            ],
        },
        ensure_ascii=False,
    )
