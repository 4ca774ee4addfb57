"""News as Atom feeds (RFC 4287): entries with permanent ids and days that come from decisions, never from the clock.

What is news: `news`. Decision 0036.
"""

from __future__ import annotations

import posixpath
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from xml.etree import ElementTree as ET

from pipeline.core.ground.characters import for_xml
from pipeline.core.record.layout import way

ATOM = "http://www.w3.org/2005/Atom"
MEDIA_TYPE = "application/atom+xml"
# Under which all ids are made (RFC 9562, name-based); another one would make every entry of every feed new again.
_NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "urn:parindex:news")
_MIDNIGHT = "T00:00:00+07:00"  # days are local, Asia/Ho_Chi_Minh


@dataclass(frozen=True, slots=True)
class NewsItem:
    """One piece of news: its paragraphs, and the address of the page that tells more, below the language's root."""

    id: str
    day: str
    title: str
    text: tuple[str, ...]
    address: str


@dataclass(frozen=True, slots=True)
class Feed:
    """News of one kind, newest first, at one path below the language's root."""

    id: str
    path: str
    title: str
    subtitle: str
    author: str
    address: str
    items: tuple[NewsItem, ...]


def identity(*names: str) -> str:
    """Return the id that things of these names always have, whatever address they stand at."""
    return uuid.uuid5(_NAMES, "\n".join(names)).urn


def atom(feed: Feed, *, language: str, top: str) -> bytes:
    """Return a feed as XML.

    Args:
        feed: the news; one without items is dated by the day of the epoch, for there is nothing to date it by.
        top: the address of the language's root, ending in a slash; empty where nobody knows it, then links are
            relative to the feed.
    """
    ET.register_namespace("", ATOM)
    root = ET.Element(f"{{{ATOM}}}feed", {"{http://www.w3.org/XML/1998/namespace}lang": language})
    _text(root, "id", feed.id)
    _text(root, "title", feed.title)
    _text(root, "subtitle", feed.subtitle)
    _text(root, "updated", max((item.day for item in feed.items), default="1970-01-01") + _MIDNIGHT)
    _text(ET.SubElement(root, f"{{{ATOM}}}author"), "name", feed.author)
    _link(root, "self", _address(feed, feed.path, top), MEDIA_TYPE)
    _link(root, "alternate", _address(feed, feed.address, top), "text/html")
    for item in feed.items:
        entry = ET.SubElement(root, f"{{{ATOM}}}entry")
        _text(entry, "id", item.id)
        _text(entry, "title", item.title)
        _text(entry, "published", item.day + _MIDNIGHT)
        _text(entry, "updated", item.day + _MIDNIGHT)
        _link(entry, "alternate", _address(feed, item.address, top), "text/html")
        content = _text(entry, "content", "".join(f"<p>{escape(words)}</p>" for words in item.text))
        content.set("type", "html")
    ET.indent(root)
    written: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return written + b"\n"


def _text(parent: ET.Element, name: str, words: str) -> ET.Element:
    element = ET.SubElement(parent, f"{{{ATOM}}}{name}")
    element.text = for_xml(words)
    return element


def _link(parent: ET.Element, relation: str, address: str, kind: str) -> None:
    ET.SubElement(parent, f"{{{ATOM}}}link", {"rel": relation, "type": kind, "href": address})


def _address(feed: Feed, target: str, top: str) -> str:
    """Return the address of a page or file, whole or as seen from the feed."""
    if top:
        return top + target
    path, mark, anchor = target.partition("#")
    end = "/" if path.endswith("/") else ""
    return way(posixpath.dirname(feed.path), path) + end + mark + anchor


def newest_first(items: Sequence[NewsItem]) -> tuple[NewsItem, ...]:
    """Return news by day, the newest first; of one day, what was told later first."""
    placed = sorted(enumerate(items), key=lambda pair: (pair[1].day, pair[0]), reverse=True)
    return tuple(item for _, item in placed)
