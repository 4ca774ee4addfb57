"""Charts as pictures for documents, rendered by resvg: the same chart gives the same bytes on every machine.

Only importer of resvg_py. No font of the machine is used: the two fonts of the words are part of the package.
What a chart says: `core.publish.charts.chart`. How it is drawn: `core.publish.charts.svg`. Decision 0030.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error as NotBase64
from pathlib import Path

import resvg_py

from pipeline.core.ground.kept import Kept
from pipeline.core.publish.charts.chart import Chart
from pipeline.core.publish.charts.svg import FAMILY, svg

SCALE = 3  # dots per CSS pixel: 1,980 across, about 300 an inch over the text width of an A4 page
_PNG = b"\x89PNG\r\n\x1a\n"
FONTS = ("parindex-sans-regular.ttf", "parindex-sans-bold.ttf")


def png(chart: Chart, rows: slice | None = None) -> bytes:
    """Return a chart, or some of its rows, as a PNG picture on white paper, which has room for names beside marks."""
    return picture(svg(chart, "light", wide=True, rows=rows), zoom=SCALE)


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


def kept_picture(drawing: str, kept: Kept, *, zoom: float) -> bytes:
    """Return a drawing as a picture, that of the last time where it was kept."""

    def made() -> str:
        return b64encode(picture(drawing, zoom=zoom)).decode()

    return b64decode(kept.made(["picture", drawing, zoom], made, _is_picture))


def _is_picture(told: object) -> bool:
    """Tell whether something is a picture as it is kept."""
    try:
        return isinstance(told, str) and b64decode(told, validate=True).startswith(_PNG)
    except (NotBase64, ValueError):
        return False
