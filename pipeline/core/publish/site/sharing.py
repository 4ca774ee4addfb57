"""A year or an agency as machines read it: the card where an address is shared, the data set for search engines.

Both say only what the page says. How a card is drawn: `charts.card`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable

from pipeline.core.publish.charts.card import Card
from pipeline.core.publish.identity_words import index_title, publisher_text
from pipeline.core.publish.scene import Scene
from pipeline.core.publish.site.agencies import AgencyView
from pipeline.core.publish.site.rankings import YearView

CARD = "the.png"
TYPES = {"csv": "text/csv", "json": "application/json", "xlsx": "application/vnd.ms-excel", "zip": "application/zip"}


def year_card(scene: Scene, view: YearView) -> Card:
    """Return the card of a year; in the words of `scene`."""
    title = scene.words("year.title", year=view.name)
    return Card(index_title(scene.identity, scene.labels), title, "", view.headline, " ".join(view.banners))


def agency_card(scene: Scene, view: YearView, agency: AgencyView) -> Card:
    """Return the card of an agency in a year."""
    over = f"{index_title(scene.identity, scene.labels)}, {view.name}"
    return Card(over, agency.name, f"{agency.index}%", told_of(scene, view, agency), " ".join(view.banners))


def told_of(scene: Scene, view: YearView, agency: AgencyView) -> str:
    """Return rank and grade of an agency in one sentence."""
    return scene.words("share.agency", rank=agency.rank, count=len(view.agencies), grade=agency.grade)


def dataset(scene: Scene, view: YearView, *, address: str, files: Iterable[str], changed: str) -> str:
    """Return a year's data set in the words of schema.org, as JSON.

    Args:
        scene: the year, with words that carry no marks.
        view: the year as its pages show it, in the same words.
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
            "name": view.title,
            "description": " ".join((view.headline, *view.banners)),
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
