"""The card that a page shows where its address is shared: the title, the main figure and what it measures.

A drawing of 600 by 315 dots, the least that social networks ask for; an adapter makes the picture of it.
"""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.core.publish.charts.svg import wrapped

WIDE, HIGH = 600, 315
BARS = 7
PAPER, COLOURS = "#12365c", ("#ffffff", "#c9d6e4", "#e0aa3e", "#2a4d75")
_INK, _MUTED, _GOLD, _TRACK = range(len(COLOURS))
_LEFT, _MIDDLE, _ALL, _HALF = 35, 280, 530, 235  # where lines begin, and how much room they have


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


@dataclass(frozen=True, slots=True)
class TextLine:
    """Words on one line, which are made smaller where their room is too narrow."""

    across: int
    down: int  # to the foot of the letters
    room: int
    size: int
    colour: int
    words: str
    bold: bool = False


@dataclass(frozen=True, slots=True)
class Drawing:
    """What is on the paper of a card, by dots and by places in `COLOURS`; bars lie over words."""

    lines: tuple[TextLine, ...]
    bars: tuple[tuple[int, int, int, int, int], ...]  # from left and top to right and bottom, and the colour


def drawn(card: Card) -> Drawing:
    """Return a card as a drawing; words that do not fit are cut off."""
    title = wrapped(card.title, 40, most=2)
    most = ((2 if card.figure else 4) + (2 if card.bars else 0)) // len(card.told) or 1
    wide, size, room = (32, 14, _HALF) if card.bars else (58, 18, _ALL)
    told = [line for sentence in card.told for line in wrapped(sentence, wide, most=most)]
    down = 63 + 32 * len(title)
    lines = [
        TextLine(_LEFT, 45, _ALL, 15, _GOLD, wrapped(card.over, 68, most=1)[0]),
        *(TextLine(_LEFT, 95 + 32 * at, _ALL, 26, _INK, words, bold=True) for at, words in enumerate(title)),
    ]
    bars = [(0, 0, WIDE, 6, _GOLD)]
    for at, (words, length, figure) in enumerate(card.bars[:BARS]):
        top, foot = down + 15 + 20 * at, down + 27 + 20 * at
        lines.append(TextLine(_MIDDLE, foot - 2, 140, 11, _INK, wrapped(words, 24, most=1)[0]))
        lines.append(TextLine(533, foot - 2, 62, 11, _INK, wrapped(figure, 12, most=1)[0], bold=True))
        bars.append((425, top, 525, foot, _TRACK))
        bars.append((425, top, 425 + min(max(round(float(length)), 0), 100), foot, _GOLD))
    if card.figure:
        down += 82 - 8 * len(title)
        lines.append(TextLine(_LEFT, down, room, 65, _INK, wrapped(card.figure, 12, most=1)[0], bold=True))
    warning = wrapped(card.warning, 92, most=2)
    lines += [TextLine(_LEFT, down + 26 + (size + 3) * at, room, size, _MUTED, words) for at, words in enumerate(told)]
    lines += [TextLine(_LEFT, 287 + 15 * at, _ALL, 12, _GOLD, words) for at, words in enumerate(warning)]
    return Drawing(tuple(lines), tuple(bars))
