"""QR codes, as the outline of their dark squares: what draws them knows nothing of the library (decision 0065)."""

from __future__ import annotations

from typing import NamedTuple

import segno

_QUIET = 4  # squares that stay white around it, so that a phone finds it


class QrCode(NamedTuple):
    """A code as a drawing: the length of its sides in squares, and the outline of what is dark, as SVG writes it."""

    side: int
    outline: str


def qr_code(text: str) -> QrCode:
    """Return the code of a text, readable with an eighth of it spoilt; the same text gives the same squares."""
    rows = segno.make_qr(text, error="m", boost_error=False).matrix
    dark = (
        f"M{column + _QUIET} {row + _QUIET}h1v1h-1z"
        for row, squares in enumerate(rows)
        for column, square in enumerate(squares)
        if square
    )
    return QrCode(len(rows) + 2 * _QUIET, "".join(dark))
