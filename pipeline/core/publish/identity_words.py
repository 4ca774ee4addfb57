"""Whose index it is, in words, as site.yml says: titles, names, ways to complain; neutral where it does not.

Decision 0046.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from pipeline.core.ground.labels import Labels
from pipeline.core.record.model import Body, SiteIdentity


def index_text_of(identity: SiteIdentity, labels: Labels) -> str:
    """Return the name of the index."""
    return labels.of(identity.index) or labels.text("identity.index")


def assessed_text(identity: SiteIdentity, labels: Labels) -> str:
    """Return who is assessed."""
    return labels.of(identity.of) or labels.text("identity.of")


def index_title(identity: SiteIdentity, labels: Labels) -> str:
    """Return the name of the index and who is assessed: what stands over the first page."""
    figures = {"index": index_text_of(identity, labels), "of": assessed_text(identity, labels)}
    return labels.text("identity.titled", **figures) if identity.of else figures["index"]


def authority_text(identity: SiteIdentity, labels: Labels) -> str:
    """Return the province, city or ministry with the word for what it is; empty where nobody says."""
    name = labels.of(identity.authority)
    return labels.text(f"identity.level.{identity.level}", name=name) if name and identity.level else name


def site_summary(identity: SiteIdentity, labels: Labels) -> str:
    """Return what the site holds, in one line for search engines."""
    title, authority = index_title(identity, labels), authority_text(identity, labels)
    if not authority:
        return labels.text("identity.results", title=title)
    key = "of-ministry" if identity.level == "ministry" else "of-place"
    return labels.text(f"identity.{key}", title=title, authority=authority)


def publisher_text(identity: SiteIdentity, bodies: Mapping[str, Body], labels: Labels) -> str:
    """Return the body that publishes."""
    body = bodies.get(identity.publisher or "")
    return labels.of(body.name) if body else labels.text("identity.publisher")


def notices(identity: SiteIdentity, release: str, labels: Labels) -> Iterator[tuple[str, str]]:
    """Yield title and text of what a reader may want to do: ask, complain, use the figures, wait for the next.

    `release`: when the next results come, in words; empty where nobody says.
    """
    how, until = labels.of(identity.complaints), labels.of(identity.complaints_until)
    told = {
        "contact": labels.of(identity.contact),
        "complaints": labels.text("identity.complain", how=how, until=until) if how else "",
        "licence": identity.licence.title,
        "release": release,
    }
    yield from ((labels.text(f"identity.notice.{key}"), text) for key, text in told.items() if text)
