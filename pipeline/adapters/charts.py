"""Charts as pictures for documents, rendered by resvg: the same chart gives the same bytes on every machine.

Only importer of resvg_py. No font of the machine is used: the two fonts of the words are part of the package.
What a chart says: `core.publish.charts.chart`. How it is drawn: `core.publish.charts.svg`. Decision 0030.
"""

from __future__ import annotations

from pathlib import Path

import resvg_py

from pipeline.core.publish.charts.chart import Chart
from pipeline.core.publish.charts.svg import FAMILY, svg

SCALE = 3  # dots per CSS pixel: 1,980 across, about 300 an inch over the text width of an A4 page
FONTS = ("parindex-sans-regular.ttf", "parindex-sans-bold.ttf")


def png(chart: Chart, rows: slice | None = None) -> bytes:
    """Return a chart, or some of its rows, as a PNG picture on white paper, which has room for names beside marks."""
    made = resvg_py.svg_to_bytes(
        svg_string=svg(chart, alone=True, wide=True, rows=rows),
        zoom=SCALE,
        skip_system_fonts=True,
        font_files=[str(Path(__file__).resolve().parents[1] / "fonts" / name) for name in FONTS],
        font_family=FAMILY,
    )
    return bytes(made)
