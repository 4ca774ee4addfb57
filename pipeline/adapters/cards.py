"""The cards of shared pages as pictures, painted by Pillow: the same drawing gives the same bytes (decision 0073).

Only importer of PIL. No font of the machine is used, and no layout library that only some machines have.
What a card shows and where: `core.publish.charts.card`.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from contextlib import suppress
from functools import lru_cache
from io import BytesIO
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from pipeline.core.ground.kept import Kept
from pipeline.core.publish.charts.card import COLOURS, HIGH, PAPER, WIDE, Drawing

_FONTS = Path(__file__).resolve().parents[1] / "fonts"
_SHADES = 16  # of each colour, from the paper to the colour itself, for the edges of letters
_PALETTE = [
    int(PAPER[at : at + 2], 16) + (int(colour[at : at + 2], 16) - int(PAPER[at : at + 2], 16)) * n // (_SHADES - 1)
    for colour in COLOURS
    for n in range(_SHADES)
    for at in (1, 3, 5)
]
_BESIDE = 4  # dots before the place of a line, for letters that begin a little to its left
_PRESSED = 4  # more takes twice the time for a tenth of the bytes
_font = lru_cache(ImageFont.truetype)


def kept_picture(drawing: Drawing, kept: Kept) -> bytes:
    """Return a drawing as a picture, that of the last time where it was kept."""
    return b64decode(kept.made(["card", drawing], lambda: b64encode(picture(drawing)).decode(), _is_picture))


def _is_picture(told: object) -> bool:
    """Tell whether something is a picture as it is kept."""
    with suppress(ValueError):
        return isinstance(told, str) and b64decode(told, validate=True).startswith(b"\x89PNG\r\n\x1a\n")
    return False


def picture(drawing: Drawing) -> bytes:
    """Return a drawing as a PNG picture, each dot of which is the number of a shade."""
    painted = Image.new("L", (WIDE, HIGH))
    for line in drawing.lines:
        shades, letters = _shades(line.words, line.size, bold=line.bold, room=line.room, paper=_SHADES * line.colour)
        painted.paste(shades, (line.across - _BESIDE, line.down - shades.height * 3 // 4), letters)
    for left, top, right, bottom, colour in drawing.bars:
        painted.paste(_SHADES * (colour + 1) - 1, (left, top, right, bottom))
    painted.putpalette(_PALETTE)
    made = BytesIO()
    painted.save(made, "PNG", compress_level=_PRESSED)
    return made.getvalue()


@lru_cache(maxsize=256)  # most words of a card stand on many others of its year
def _shades(words: str, size: int, *, bold: bool, room: int, paper: int) -> tuple[Image.Image, Image.Image]:
    """Return words on a strip, a quarter of it below them, in the shades from `paper` on, and which dots they are."""
    drawn = Image.new("L", (WIDE, 2 * size), paper)
    file = _FONTS / f"parindex-sans-{'bold' if bold else 'regular'}.ttf"
    font = _font(file, size, layout_engine=ImageFont.Layout.BASIC)
    ImageDraw.Draw(drawn).text((_BESIDE, 2 * size * 3 // 4), words, paper + _SHADES - 1, font, "ls")
    letters = drawn.point([0] * (paper + 1) + [255] * (255 - paper), "1")
    wide = (letters.getbbox() or (0, 0, 0, 0))[2]
    if wide > _BESIDE + room:
        return _shades(words, size - 1, bold=bold, room=room, paper=paper)
    box = (0, 0, wide, drawn.height)
    return drawn.crop(box), letters.crop(box)
