"""Charts as pictures for documents, rendered by resvg: the same chart gives the same bytes on every machine.

Only importer of resvg_py. No font of the machine is used: the two fonts of the words are part of the package.
What a chart says: `core.publish.charts.chart`. How it is drawn: `core.publish.charts.svg`. Decision 0030.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

import resvg_py

from pipeline.core.publish.charts.chart import Chart
from pipeline.core.publish.charts.svg import FAMILY, svg

SCALE = 3  # dots per CSS pixel: 1,920 across, about 300 an inch over the text width of an A4 page
_PNG = b"\x89PNG\r\n\x1a\n"
FONTS = ("parindex-sans-regular.ttf", "parindex-sans-bold.ttf")


def png(chart: Chart) -> bytes:
    """Return a chart as a PNG picture on white paper, three dots per CSS pixel."""
    return picture(svg(chart, "light"), zoom=SCALE)


def picture(drawing: str, *, zoom: float = 1) -> bytes:
    """Return an SVG drawing as a PNG picture, so many dots per CSS pixel."""
    made = resvg_py.svg_to_bytes(
        svg_string=drawing,
        zoom=zoom,
        skip_system_fonts=True,
        font_files=[str(Path(__file__).resolve().parents[1] / "fonts" / name) for name in FONTS],
        font_family=FAMILY,
    )
    return bytes(made)


class PictureStore(Protocol):
    """Where values are kept by keys; what is not whole is as if it were not there."""

    def get(self, key: str) -> Any:  # noqa: ANN401 - what was put
        """Return what was put under a key, or None."""

    def put(self, key: str, value: Any) -> None:  # noqa: ANN401 - texts by texts
        """Keep a value."""


class Pictures:
    """Drawings as pictures of one size; those of the last time are kept by what was drawn, and only save time."""

    def __init__(self, store: PictureStore | None, program: str, *, zoom: float) -> None:
        self._store, self._zoom = store, zoom
        self._key = f"pictures {program} {version('resvg_py')} {zoom}"
        found = store.get(self._key) if store else None
        self._known: dict[str, str] = found if isinstance(found, dict) else {}
        self._used: dict[str, str] = {}

    def of(self, drawing: str) -> bytes:
        """Return the picture of a drawing."""
        name = sha256(drawing.encode()).hexdigest()
        made = _kept(self._known.get(name)) or picture(drawing, zoom=self._zoom)
        self._used[name] = b64encode(made).decode()
        return made

    def keep(self) -> None:
        """Keep the pictures that were asked for, and no others."""
        if self._store and self._used != self._known:
            self._store.put(self._key, self._used)


def _kept(told: object) -> bytes:
    """Return a picture as it was kept; nothing where it is none."""
    try:
        data = b64decode(told, validate=True) if isinstance(told, str) else b""
    except (NotBase64, ValueError):
        return b""
    return data if data.startswith(_PNG) else b""
