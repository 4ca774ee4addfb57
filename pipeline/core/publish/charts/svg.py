"""Charts as SVG, without any library: places across are in percent, so that a drawing fits a phone and a wide screen.

Words keep their size at every width because nothing is scaled: there is no view box. A drawing for the site carries
classes only, which the site's styles colour in both schemes; one that stands by itself (for Word) brings its colours.
No style attribute, no script, no reference to anything outside. Decision 0030.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from html import escape

from pipeline.core.ground.numbers import Exact, fixed
from pipeline.core.publish.charts.chart import Bars, Body, Chart, Dots, Lines, Shape, StackRow, Stacks
from pipeline.core.publish.charts.palette import LEVELS, PALETTE

FAMILY = "Parindex Sans"  # of a drawing that stands by itself; the site has its own type
SIZE, SMALL = 13, 11  # of words, in CSS pixels; of a legend on a phone
LINE = 17  # from one line of words to the next
WIDEST = 40  # characters of a line that fit a phone of 320 px
LEAST_TEXT = (Fraction(17, 100), Fraction(11, 100))  # a smaller share carries no number: on a phone, on a wide screen
NAME = "n"  # the class of a name's lines, as many as it needs
LETTER, CAPITAL = 7, 9  # CSS pixels that one takes of a line
_WIDTHS = {**dict.fromkeys("ijlI .,:;()", 4), **dict.fromkeys("ft", 5), **dict.fromkeys("mwMW%", 12)}
LEAST_WIDTH, LEAST_WIDE = 288, 660  # CSS pixels of a drawing on the smallest phone, and on the smallest wide screen
WIDTH = LEAST_WIDE  # of a drawing that stands by itself
SHORT, SHORT_NUMBER = 16, 7  # characters of a name and a number that stand beside the marks on a phone
EDGE = Fraction(2, 100)  # room for marks that lie on an end of the axis

_SHAPES: Mapping[Shape, str] = {
    "diamond": "M0-6L6 0 0 6-6 0z",
    "square": "M-5-5H5V5H-5z",
    "tick": "M-1.5-8H1.5V8H-1.5z",
}


@dataclass(frozen=True, slots=True)
class _Drawn:
    """Some elements, and how far down they reach."""

    elements: tuple[str, ...]
    bottom: int


def svg(chart: Chart, *, alone: bool = False, wide: bool = False, rows: slice | None = None) -> str:
    """Return a chart as one SVG element: well-formed XML that names nothing outside itself.

    Args:
        alone: bring the colours of light paper along, else they are left to the styles of the page around it.
        wide: draw for a screen on which names have room beside the marks, however long they are.
        rows: draw these rows of a dot plot alone, close together, on the scale and with the columns of all.
    """
    body, room = chart.body, _room_of(chart.body, wide=wide)
    if rows is not None and isinstance(body, Dots):
        body, room = replace(body, rows=body.rows[rows]), replace(room, air=1)
    part = _DRAWERS[type(body)](body, f"{chart.id}{'-w' if wide else ''}", room)
    name = f' role="img" aria-label="{escape(chart.alt)}"'
    inside = "".join(part.elements)
    if not alone:
        return f'<svg class="pi-chart" width="100%" height="{part.bottom}"{name}>{inside}</svg>'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="pi-chart" width="{WIDTH}" height="{part.bottom}"'
        f' font-family="{FAMILY}" font-size="{SIZE}"{name}>'
        f'<style>{_STYLES}</style><rect class="paper" width="100%" height="100%"/>{inside}</svg>'
    )


def has_names(body: Body) -> bool:
    """Tell whether rows have names, which a wide screen has room for beside the marks."""
    return isinstance(body, (Dots, Bars, Stacks))


@dataclass(frozen=True, slots=True)
class _Room:
    """Where the words of rows stand: above the marks, or beside them, where names and numbers have their share."""

    letters: int = WIDEST  # of a line of a name
    width: int = LEAST_WIDTH  # of the smallest screen that it is for
    names: Fraction = Fraction(0)
    numbers: Fraction = Fraction(0)
    air: int = 5  # CSS pixels above a name

    def row(self, label: str, text: str, down: int) -> tuple[_Drawn, int]:
        """Return the words of a row and how far down it reaches, and where its marks stand."""
        if not self.names:
            head = _head(label, text, down)
            return _Drawn(head.elements, head.bottom + 26), head.bottom + 11
        lines = wrapped(label, self.letters)
        level, end = down + LINE * len(lines) // 2 + self.air, self.names - EDGE
        first = level + 5 - LINE * (len(lines) - 1) // 2
        named = [_text(end, first + LINE * place, line, NAME, "end") for place, line in enumerate(lines)]
        told = [_text(Fraction(1), level + 5, text, "b", "end")] if text else []
        return _Drawn((*named, *told), 2 * level - down), level

    def plot(self, elements: Iterable[str]) -> tuple[str, ...]:
        """Return marks and axis where they stand between names and numbers."""
        if not self.names:
            return tuple(elements)
        place = f'x="{_percent(self.names)}" width="{_percent(1 - self.names - self.numbers)}"'
        return (f'<svg {place} overflow="visible">{"".join(elements)}</svg>',)


def _room_of(body: Body, *, wide: bool) -> _Room:
    """Return how names stand: on a phone beside the marks where all are short, on a wide screen always."""
    if not isinstance(body, (Dots, Bars, Stacks)):
        return _Room()
    width, most = (LEAST_WIDE, WIDEST) if wide else (LEAST_WIDTH, SHORT)
    name = max((len(row.label) for row in body.rows), default=0)
    number = max((len(row.text) for row in body.rows), default=0)
    if not wide and (name > SHORT or number > SHORT_NUMBER):
        return _Room()
    letters = min(name, most)
    longest = max((_length(line) for row in body.rows for line in wrapped(row.label, letters)), default=0)
    return _Room(letters, width, Fraction(longest, width) + EDGE, Fraction(number * LETTER + LETTER, width))


def _length(words: str) -> int:
    """Return how many CSS pixels words take of a line."""
    return sum(CAPITAL if letter.isupper() else LETTER for letter in words)


# Class of an element -> how it is coloured, by names of the palette. The site's styles say the same with variables.
RULES: Mapping[str, str] = {
    ".paper": "fill:{paper}",
    "text": "fill:{ink};stroke:{paper};stroke-width:4;stroke-linejoin:round;paint-order:stroke",
    ".b": "font-weight:700",
    ".m": "fill:{muted}",
    ".g": "stroke:{grid};stroke-width:1",
    ".v": "stroke:{range};stroke-width:3",
    ".k": "stroke:{one};stroke-width:1.5;stroke-opacity:.5",
    ".w": "stroke:{ink};stroke-width:1.5;stroke-dasharray:4 3",
    ".one": "fill:{one}",
    ".two": "fill:{two}",
    ".three": "fill:{three}",
    ".muted": "fill:{muted}",
    ".gain": "fill:{gain}",
    ".loss": "fill:{loss}",
    ".ring": "fill:none;stroke-width:2",
    ".ring.one": "stroke:{one}",
    ".ring.two": "stroke:{two}",
    ".ring.three": "stroke:{three}",
    ".ring.muted": "stroke:{muted}",
    ".h": "stroke:{paper};stroke-width:2",
    ".l": "stroke:{paper};stroke-width:1",
    **{f".l{level}": f"fill:{{level-{level}}}" for level in range(1, LEVELS + 1)},
    **{f".o{level}": f"fill:{{on-level-{level}}};stroke:none" for level in range(1, LEVELS + 1)},
    ".s": "stroke:{one};stroke-width:2",
    ".s.p": "stroke-dasharray:6 3",
    ".s.r": "stroke:{range}",
}
_LIGHT = {name: light for name, (light, _dark) in PALETTE.items()}
_STYLES = "".join(f"{selector}{{{rule.format_map(_LIGHT)}}}" for selector, rule in RULES.items())


def wrapped(words: str, widest: int, *, most: int = 2) -> tuple[str, ...]:
    """Return words broken into lines of at most `widest` characters; of more than `most` lines the rest is cut off."""
    lines: list[str] = []
    pieces = (word[at : at + widest] for word in words.split() for at in range(0, len(word), widest))
    for word in pieces:
        if lines and len(lines[-1]) + 1 + len(word) <= widest:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    if len(lines) > most:
        return (*lines[: most - 1], lines[most - 1][: widest - 1].rstrip(" ,;") + "…")
    return tuple(lines) or ("",)


def _short(words: str, room: _Room) -> str:
    """Return words of a legend, cut where they would leave the smallest screen that the drawing is for."""
    return escape(wrapped(words, (WIDEST - 3) * room.width // LEAST_WIDTH, most=1)[0])


def _percent(share: Fraction) -> str:
    return _in_percent(*share.as_integer_ratio())


@lru_cache(maxsize=4096)
def _in_percent(over: int, under: int) -> str:
    """Return a share in percent; the same places stand on many rows and on two drawings."""
    text = fixed(Fraction(100 * over, under), 2).rstrip("0").rstrip(".")
    return f"{text}%"


def _place(share: Fraction) -> Fraction:
    """Return where a share of the axis lies across the drawing, from 0 to 1."""
    return _across(*share.as_integer_ratio())


@lru_cache(maxsize=4096)
def _across(over: int, under: int) -> Fraction:
    return EDGE + Fraction(over, under) * (1 - 2 * EDGE)


def _text(across: Fraction, down: int, words: str, kind: str = "", anchor: str = "") -> str:
    own = f' class="{kind}"' if kind else ""
    ends = f' text-anchor="{anchor}"' if anchor else ""
    return f'<text x="{_percent(across)}" y="{down}"{own}{ends}>{escape(words)}</text>'


def _line(x1: Fraction, y1: int, x2: Fraction, y2: int, kind: str) -> str:  # two points
    return f'<line class="{kind}" x1="{_percent(x1)}" y1="{y1}" x2="{_percent(x2)}" y2="{y2}"/>'


def _rect(across: Fraction, down: int, wide: Fraction, high: int, kind: str) -> str:  # place and size
    return f'<rect class="{kind}" x="{_percent(across)}" y="{down}" width="{_percent(wide)}" height="{high}"/>'


def _mark(shape: Shape, colour: str, across: str, down: int) -> str:
    if shape in {"disc", "ring"}:
        kind, radius = (f"ring {colour}", "7.5") if shape == "ring" else (colour, "6")
        return f'<circle class="{kind}" cx="{across}" cy="{down}" r="{radius}"/>'
    inside = f'<path class="{colour}" d="{_SHAPES[shape]}"/>'
    return f'<svg x="{across}" y="{down}" overflow="visible">{inside}</svg>'


def _head(label: str, text: str, down: int) -> _Drawn:
    """Return a row's words: its name to the left, its number to the right of the first line."""
    lines = wrapped(label, WIDEST - len(text) - 2 if text else WIDEST)
    named = [_text(Fraction(0), down + LINE * count - 4, line, NAME) for count, line in enumerate(lines, 1)]
    told = [_text(Fraction(1), down + LINE - 4, text, "b", "end")] if text else []
    return _Drawn((*named, *told), down + LINE * len(lines))


def _axis(body: Dots | Bars, top: int, down: int) -> _Drawn:
    """Return the lines of the ticks from `top` to `down`, with their numbers and the unit below."""
    elements = []
    for value, words in body.axis.ticks:
        across = _place(body.axis.at(value))
        anchor = "start" if across < Fraction(1, 10) else "end" if across > Fraction(9, 10) else "middle"
        at = Fraction(0) if anchor == "start" else Fraction(1) if anchor == "end" else across
        elements += [_line(across, top, across, down, "g"), _text(at, down + 14, words, "m", anchor)]
    unit = _text(Fraction(1), down + 14 + LINE, body.axis.unit, "m", "end")
    return _Drawn((*elements, unit), down + 20 + LINE)


def _dots(body: Dots, _: str, room: _Room) -> _Drawn:
    top = 4
    legend: list[str] = []
    shown = body.series if len(body.series) > 1 or body.interval else ()
    for series in shown:
        legend += [_mark(series.shape, series.colour, "9", top + 8)]
        legend += [f'<text x="22" y="{top + 13}">{_short(series.name, room)}</text>']
        top += LINE + 2
    if body.interval:
        legend += [f'<line class="v" x1="0" y1="{top + 8}" x2="16" y2="{top + 8}"/>']
        legend += [f'<text x="22" y="{top + 13}">{_short(body.interval, room)}</text>']
        top += LINE + 2
    top += 4 if shown else 0
    down, plot, names = top, list[str](), list[str]()
    for row in body.rows:
        head, level = room.row(row.label, row.text, down)
        places = [None if value is None else _place(body.axis.at(value)) for value in row.values]
        known = [place for place in places if place is not None]
        names += head.elements
        plot += [_line(EDGE, level, 1 - EDGE, level, "g")]
        plot += [_strokes([_place(body.axis.at(value)) for value in row.spread], level)] if row.spread else []
        if body.joined and len(known) > 1:
            plot += [_line(min(known), level, max(known), level, "v")]
        if row.interval is not None:
            low, high = (_place(body.axis.at(end)) for end in row.interval)
            plot += [_line(low, level, high, level, "v")]
            plot += [_line(end, level - 6, end, level + 6, "v") for end in (low, high)]
        for series, place in reversed(tuple(zip(body.series, places, strict=True))):
            plot += [] if place is None else [_mark(series.shape, series.colour, _percent(place), level)]
        down = head.bottom
    axis = _axis(body, top, down)
    return _Drawn((*legend, *room.plot(axis.elements), *names, *room.plot(plot)), axis.bottom)


def _strokes(across: Iterable[Fraction], down: int) -> str:
    """Return a thin stroke at each place: one path, which 700 agencies do not make heavy."""
    drawn = "".join(f"M{at} 0V1" for at in dict.fromkeys(fixed(100 * place, 1) for place in sorted(across)))
    return (
        f'<svg y="{down - 9}" width="100%" height="18" viewBox="0 0 100 1" preserveAspectRatio="none">'
        f'<path class="k" vector-effect="non-scaling-stroke" d="{drawn}"/></svg>'
    )


def _bars(body: Bars, name: str, room: _Room) -> _Drawn:
    down, rows, names, last = 4, list[str](), list[str](), None
    hatch = f"{name}-hatch"
    for row in body.rows:
        head, level = room.row(row.label, row.text, down)
        start, end = (_place(body.axis.at(value)) for value in (row.start, row.end))
        if last is not None:
            rows += [_line(start, last + 8, start, level - 8, "g")]
        names += head.elements
        if start == end:
            rows += [_mark("disc", row.sense, _percent(end), level)]
        else:
            left, wide = min(start, end), abs(end - start)
            rows += [_rect(left, level - 7, wide, 14, row.sense)]
            rows += [_hatched(left, level - 7, wide, 14, hatch)] if row.sense == "loss" else []
        last, down = level, head.bottom
    axis = _axis(body, 4, down)
    rule = () if body.rule is None else (_line(place := _place(body.axis.at(body.rule)), 4, place, down, "w"),)
    return _Drawn((_pattern(hatch), *room.plot((*axis.elements, *rule)), *names, *room.plot(rows)), axis.bottom)


def _pattern(name: str) -> str:
    """Return the hatching that marks a loss beside its colour, also in print without colours."""
    return (
        f'<defs><pattern id="{name}" width="6" height="6" patternUnits="userSpaceOnUse"'
        ' patternTransform="rotate(45)"><line class="h" x1="0" y1="0" x2="0" y2="6"/></pattern></defs>'
    )


def _hatched(across: Fraction, down: int, wide: Fraction, high: int, pattern: str) -> str:  # as _rect
    place = f'x="{_percent(across)}" y="{down}" width="{_percent(wide)}" height="{high}"'
    return f'<rect {place} fill="url(#{pattern})"/>'


def _levels(count: int) -> tuple[int, ...]:
    """Return which level of the palette each of `count` ordered answers takes: the ends always, the middle if odd."""
    return tuple(
        1 + (place * (LEVELS - 1) * 2 + count - 1) // (2 * (count - 1)) if count > 1 else 3 for place in range(count)
    )


def _stacks(body: Stacks, name: str, room: _Room) -> _Drawn:
    levels = _levels(len(body.levels))
    middle = [Fraction(1) if level < 3 else Fraction(1, 2) if level == 3 else Fraction(0) for level in levels]
    lefts = [
        sum((share * part for share, part in zip(row.shares, middle, strict=True)), Fraction(0))
        for row in body.rows
        if row.shares
    ]
    left = max(lefts, default=Fraction(1, 2))
    span = left + max((1 - own for own in lefts), default=Fraction(1, 2))
    zero, least = _place(left / span), LEAST_TEXT[room.width > LEAST_WIDTH]
    part = _level_legend(body.levels, levels, name, room)
    down, names, bars, middles = part.bottom, list[str](), list[str](), list[str]()
    for row in body.rows:
        head, level = room.row(row.label, row.text, down)
        names += head.elements
        down = head.bottom if room.names else level - 3
        if row.shares:
            own = sum((share * half for share, half in zip(row.shares, middle, strict=True)), Fraction(0))
            bars += _shares(row, levels, (left - own) / span, span, level - 11, name, least)
            # Below the bar, whose shares it would cross out; a row that is not shown has words alone, and no line.
            middles += [_line(zero, level - 14, zero, level + 16, "w")]
            down = head.bottom + 8
    inside = (*room.plot(middles), *names, *room.plot(bars))
    return _Drawn((_pattern(f"{name}-hatch"), *part.elements, *inside), down + 4)


def _legend_length(words: str) -> int:
    """Return the same as `_length`, letter by letter: in a legend short words stand close to one another."""
    return sum(_WIDTHS.get(letter) or _length(letter) for letter in words)


def _level_legend(titles: tuple[str, ...], levels: tuple[int, ...], name: str, room: _Room) -> _Drawn:
    """Return the legend of ordered answers: one line, in small letters on a phone; too wide for it, a line each."""
    size, gap = (SMALL, 5) if room.width == LEAST_WIDTH else (SIZE, 16)
    steps = [size + 4 + _legend_length(title) * size // SIZE + gap for title in titles]
    in_line, across, down, elements = sum(steps) <= room.width, 0, 4, list[str]()
    for title, level, step in zip(titles, levels, steps, strict=True):
        box = f'x="{across}" y="{down}" width="{size}" height="{size}"'
        elements += [f'<rect class="l l{level}" {box}/>']
        elements += [f'<rect {box} fill="url(#{name}-hatch)"/>'] if level > 3 else []
        elements += [
            f'<text x="{across + size + 4}" y="{down + size - 1}" font-size="{size}">{_short(title, room)}</text>'
        ]
        across, down = (across + step, down) if in_line else (0, down + LINE + 2)
    return _Drawn(tuple(elements), down + (LINE + 8 if in_line else 6))


def _shares(  # noqa: PLR0917  # what, where, how wide
    row: StackRow, levels: tuple[int, ...], start: Fraction, span: Fraction, down: int, name: str, least: Fraction
) -> Iterator[str]:
    at = start
    for share, level in zip(row.shares, levels, strict=True):
        wide = share / span
        if share:
            across, width = _place(at), wide * (1 - 2 * EDGE)
            yield _rect(across, down, width, 24, f"l l{level}")
            if width >= least:
                yield _text(across + width / 2, down + 17, f"{fixed(100 * share, 0)}%", f"o{level}", "middle")
            if level > 3:
                yield _hatched(across, down + 20, width, 4, f"{name}-hatch")
        at += wide


def _lines(body: Lines, _: str, room: _Room) -> _Drawn:
    legend, top, tall = list[str](), 4, 160
    for row in body.rows if len(body.rows) > 1 else ():
        legend += [_mark(row.series.shape, row.series.colour, "9", top + 8)]
        legend += [f'<text x="22" y="{top + 13}">{_short(row.series.name, room)}</text>']
        top += LINE + 2
    top += LINE
    left, step = Fraction(18, 100), Fraction(72, 100) / max(1, len(body.moments) - 1)
    across = [left + step * place for place in range(len(body.moments))]

    def level(value: Exact) -> int:
        return top + int((1 - body.axis.at(value)) * tall)

    grid = [_line(Fraction(11, 100), level(value), Fraction(1), level(value), "g") for value, _ in body.axis.ticks]
    grid += [_text(Fraction(0), level(value) + 5, words, "m") for value, words in body.axis.ticks]
    for place, moment in zip(across, body.moments, strict=True):
        grid += [_text(place, top + tall + LINE + 8, moment, "b", "middle")]
    marks = list[str]()
    for row in reversed(body.rows):
        known = list(zip(across, row.values, strict=True))
        for (x1, one), (x2, other), join in zip(known, known[1:], body.joins, strict=False):
            if join and one is not None and other is not None:
                kind = "s" + (" r" if row is not body.rows[0] else "") + (" p" if join == "part" else "")
                marks += [_line(x1, level(one), x2, level(other), kind)]
        for x, value in known:
            marks += [] if value is None else [_mark(row.series.shape, row.series.colour, _percent(x), level(value))]
    first = zip(across, body.rows[0].values, body.rows[0].texts, strict=True)
    told = [_text(x, level(value) - 10, text, "b", "middle") for x, value, text in first if value is not None]
    bottom = top + tall + 2 * LINE + 10
    return _Drawn(
        (*grid, *legend, *marks, *told, _text(Fraction(1), bottom - 2, body.axis.unit, "m", "end")), bottom + 4
    )


_DRAWERS: Mapping[type[Body], Callable[..., _Drawn]] = {
    Dots: _dots,
    Bars: _bars,
    Stacks: _stacks,
    Lines: _lines,
}
