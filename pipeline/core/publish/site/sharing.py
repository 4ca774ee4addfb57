"""What machines read: the card where an address is shared, the data set and the list of pages for search engines.

All say only what the page says. How a card is drawn: `charts.card`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any
from xml.sax.saxutils import escape

from pipeline.core.ground.labels import Labels
from pipeline.core.index.scoring import AgencyScore
from pipeline.core.index.words import rank_text
from pipeline.core.publish.charts.card import BARS, Card
from pipeline.core.publish.identity_words import index_title, publisher_text
from pipeline.core.publish.opendata.descriptions import DCAT
from pipeline.core.publish.scene import Scene, width
from pipeline.core.publish.site.rankings import banners, headline
from pipeline.core.record.model import Body, SiteIdentity

CARD, PAGE = "the.png", "index.md"
CONTEXT = "https://schema.org"


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
    name = scene.of(entry.agency.name)
    bars = tuple(
        (f"{area.criterion.code}. {scene.of(area.criterion.title)}", width(area.index), scene.index(area.index))
        for area in entry.areas
        if area.index is not None
    )
    return Card(over, name, figure_of(scene, entry), told, " ".join(banners(scene)), bars)


def figure_of(scene: Scene, entry: AgencyScore) -> str:
    """Return the index of an agency with its sign, nothing where it has none."""
    return "" if entry.index is None else f"{scene.index(entry.index)}%"


def told_of(scene: Scene, entry: AgencyScore) -> str:
    """Return rank and grade of an agency in words; while points are missing nobody has a rank."""
    if scene.results.provisional and entry.agency.ranked:
        told = scene.words("share.provisional")
    elif entry.rank is None:
        told = scene.words("share.unranked")
    else:
        told = scene.words("share.agency", rank=rank_text(entry.rank), count=scene.figures.ranked)
    return f"{told} {scene.words('share.grade', grade=scene.of(entry.grade.title))}" if entry.grade else told


def dataset(scene: Scene, bundle: Mapping[str, bytes], *, address: str, changed: str) -> str:
    """Return a year's data set in the words of schema.org, as JSON: what its bundle tells catalogues, and the headline.

    Args:
        scene: the year, with words that carry no marks.
        bundle: the year's open data by path, which describes itself.
        address: the folder of the year, whole where it is known.
    """
    (told,) = json.loads(bundle[DCAT])["dcat:dataset"]

    def words(name: str) -> list[str]:
        return [one["@value"] for one in told.get(name, ()) if one["@language"] == scene.labels.language]

    archives = [
        _download(path, "application/zip", len(data), address) for path, data in bundle.items() if path.endswith(".zip")
    ]
    return json.dumps(
        {
            "@context": CONTEXT,
            "@type": "Dataset",
            "identifier": told["dct:identifier"],
            "name": words("dct:title")[0],
            "description": " ".join((headline(scene), *words("dct:description"))),
            "keywords": words("dcat:keyword"),
            "inLanguage": scene.labels.language,
            "temporalCoverage": "/".join(told["dct:temporal"][f"dcat:{end}Date"]["@value"] for end in ("start", "end")),
            "isAccessibleForFree": True,
            "license": scene.identity.licence.url,
            "publisher": publisher(scene.identity, scene.bodies, scene.labels),
            "version": told["owl:versionInfo"],
            **({"datePublished": told["dct:issued"]["@value"]} if "dct:issued" in told else {}),
            "dateModified": changed,
            "url": address,
            "distribution": [
                *archives,
                *(
                    _download(one["@id"], _type(one), int(one["dcat:byteSize"]["@value"]), address)
                    for one in told["dcat:distribution"]
                    if "/" not in one["@id"]  # each table in each format stands in the archive and in the catalogue
                ),
            ],
        },
        ensure_ascii=False,
    )


def _type(distribution: Mapping[str, Any]) -> str:
    return str(distribution["dcat:mediaType"]["@id"]).partition("media-types/")[2]


def _download(path: str, media: str, size: int, address: str) -> dict[str, str]:
    told = {"name": path, "encodingFormat": media, "contentSize": f"{size} B"}
    return {"@type": "DataDownload", **told, "contentUrl": f"{address}du-lieu/{path}"}


def publisher(identity: SiteIdentity, bodies: Mapping[str, Body], labels: Labels) -> dict[str, object]:
    """Return who publishes, and whom to ask, in the words of schema.org."""
    contact = labels.of(identity.contact)
    ask = {"contactPoint": {"@type": "ContactPoint", "contactType": contact}} if contact else {}
    return {"@type": "GovernmentOrganization", "name": publisher_text(identity, bodies, labels), **ask}


def web_site(identity: SiteIdentity, bodies: Mapping[str, Body], labels: Labels, address: str) -> str:
    """Return the site in the words of schema.org, as JSON, with the address that answers a search."""
    told = {
        "@context": CONTEXT,
        "@type": "WebSite",
        "name": index_title(identity, labels),
        "inLanguage": labels.language,
        "url": address,
        "publisher": publisher(identity, bodies, labels),
        "potentialAction": {
            "@type": "SearchAction",
            "target": f"{address}tim-kiem/?q={{search_term_string}}",
            "query-input": "required name=search_term_string",
        },
    }
    return json.dumps(told, ensure_ascii=False)


def sitemap(days: Mapping[str, str], top: str) -> bytes:
    """Return the list of the pages for search engines, by path with the day on which what they show last changed.

    Args:
        days: the days, by path.
        top: the address of their folder; without one nothing can be listed.
    """
    listed = "".join(
        f"<url><loc>{escape(top + path.removesuffix(PAGE))}</loc>{f'<lastmod>{day}</lastmod>' if day else ''}</url>\n"
        for path, day in sorted(days.items())
        if top and path.endswith(PAGE)
    )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n'
    return f"{head}{listed}</urlset>\n".encode()
