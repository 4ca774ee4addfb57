"""The card that a page shows where its address is shared: the title, the main figure and what it measures.

A drawing of 1200 by 630 dots, twice the least that social networks ask for; an adapter makes the picture of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape

from pipeline.core.ground.characters import for_xml
from pipeline.core.publish.charts.svg import FAMILY, wrapped

WIDE, HIGH = 1200, 630
BARS = 7
_PAPER, _INK, _MUTED, _GOLD, _TRACK = "#12365c", "#ffffff", "#c9d6e4", "#e0aa3e", "#2a4d75"


@dataclass(frozen=True, slots=True)
class Card:
    """What one card says; `figure` may be empty, `warning` too. `told` are sentences, each of a language.

    `bars` are the rows of a chart: the words before a bar, how long it is in hundredths, the words behind it.
    """

    over: str
    title: str
    figure: str
    told: tuple[str, ...]
    warning: str
    bars: tuple[tuple[str, str, str], ...] = ()


def drawn(card: Card) -> str:
    """Return a card as an SVG drawing; words that do not fit are cut off."""
    title = wrapped(for_xml(card.title), 40, most=2)
    most = ((2 if card.figure else 4) + (2 if card.bars else 0)) // len(card.told) or 1
    wide, size = (32, 28) if card.bars else (58, 36)
    told = [line for sentence in card.told for line in wrapped(for_xml(sentence), wide, most=most)]
    down = 190 + 64 * (len(title) - 1)
    lines = [
        _line(70, 90, 30, _GOLD, wrapped(for_xml(card.over), 68, most=1)[0]),
        *(_line(70, 190 + 64 * place, 52, _INK, words, bold=True) for place, words in enumerate(title)),
    ]
    if card.figure:
        lines.append(_line(70, down + 160, 130, _INK, wrapped(for_xml(card.figure), 12, most=1)[0], bold=True))
        down += 160
    lines += [_line(70, down + 64 + (size + 10) * place, size, _MUTED, words) for place, words in enumerate(told)]
    for place, (words, length, figure) in enumerate(card.bars[:BARS]):
        y = 220 + 64 * (len(title) - 1) + 40 * place
        lines.append(_line(560, y + 20, 22, _INK, wrapped(for_xml(words), 24, most=1)[0]))
        lines.append(f'<rect x="850" y="{y}" width="200" height="24" fill="{_TRACK}"/>')
        lines.append(f'<rect x="850" y="{y}" width="{2 * float(length):.1f}" height="24" fill="{_GOLD}"/>')
        lines.append(_line(1065, y + 20, 22, _INK, figure, bold=True))
    lines += [
        _line(70, 575 + 30 * place, 24, _GOLD, words)
        for place, words in enumerate(wrapped(for_xml(card.warning), 92, most=2))
        if words
    ]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDE}" height="{HIGH}" font-family="{FAMILY}">'
        f'<rect width="{WIDE}" height="{HIGH}" fill="{_PAPER}"/><rect width="{WIDE}" height="12" fill="{_GOLD}"/>'
        f"{''.join(lines)}</svg>"
    )


def _line(across: int, down: int, size: int, colour: str, words: str, *, bold: bool = False) -> str:
    weight = ' font-weight="700"' if bold else ""
    return f'<text x="{across}" y="{down}" font-size="{size}" fill="{colour}"{weight}>{escape(words)}</text>'
