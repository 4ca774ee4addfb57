"""Whether every link of the pages leads to a file of the site and to a place in it.

A generator checks what Markdown reads, and the bodies of our pages are not read by it: decision 0049.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping

_ID = re.compile(r' id="([^"]*)"')
_HERE = re.compile(r' href="#([^"]*)"')
_PAGES = ("index.md", "index.html")


def lost_links(files: Mapping[str, bytes], led: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the page and the target of each link that leads nowhere.

    Args:
        led: every target below the root of the site that a page leads to, with the path of one such page.
    """
    ids: dict[str, frozenset[str]] = {}
    for path, data in files.items():
        if path.endswith(_PAGES):
            text = data.decode()
            ids[path] = frozenset(_ID.findall(text))
            yield from ((path, f"#{anchor}") for anchor in set(_HERE.findall(text)) - ids[path])
    for target, page in led.items():
        place, _, anchor = target.partition("#")
        named = (place, f"{place}.md", *(posixpath.normpath(posixpath.join(place, name)) for name in _PAGES))
        file = next((name for name in named if name in files), None)
        if file is None or (anchor and anchor not in ids.get(file, ())):
            yield page, target
