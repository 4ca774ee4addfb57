"""How decisions say in words how points are earned: a wording in pieces, each with its limit and its points.

Each rule type recognises its own wordings (`Rule.read_wording`); what they share stands here. Nothing is guessed: one
unknown piece makes the whole wording unknown, and what a known wording leaves open is named, for a person to decide.

Example: `Từ 80% trở lên: 2; dưới 80%: 0` has two pieces, with the limits `from 80 %` and `below 80 %`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final, Literal, NamedTuple

from pipeline.core.ground.characters import new_id
from pipeline.core.ground.nodes import Plain

NUMBER: Final = r"[0-9]{1,6}(?:[.,][0-9]{1,4})?"
# What stands before a separator ends with no part of it, so that a long run of separators is read once
WORDS: Final = r"(?P<words>.+?)(?<![\s:,])[\s:,]++"
_ENDS: Final = re.compile(
    r"[;\n]|\.\s+|,\s+(?=[-−]\s?[0-9]|floor\b|không thấp)|(?:(?<=điểm)|(?<=[0-9])),\s+(?=mỗi\b)", re.IGNORECASE
)
_BULLET: Final = re.compile(r"^(?:(?:[–•*·+]|-(?!\s?[0-9])|[a-zđ]\))\s*)+", re.IGNORECASE)
_WORTH: Final = re.compile(
    r"(?P<words>.+?)(?<!\s)(?:\s*+[:=]\s*+|\s++[–-]\s++|(?:\s*+[:,])?+\s++(?:thì )?(?:được|chấm|tính)(?: đủ)?\s++)"
    rf"(?P<points>{NUMBER}|điểm tối đa|đủ điểm)(?:\s*+(?:điểm|đ))?",
    re.IGNORECASE,
)
_NO_WORTH: Final = re.compile(rf"{WORDS}(?:thì )?không (?:được|tính|chấm|có) điểm", re.IGNORECASE)
_WORTH_LAST: Final = re.compile(rf"(?P<words>.+)\s(?P<points>{NUMBER})")
# A limit is read from the start on, in words with one space between them
_UNIT: Final = r"%|[^\W\d_]+(?: [^\W\d_]+){0,2}?"
_FROM: Final = rf"(?P<low>{NUMBER}) ?(?P<unit>{_UNIT})?"
_UPTO: Final = rf"(?P<high>{NUMBER}) ?(?P<unit_high>{_UNIT})?"
_LIMITS: Final = tuple(
    (kind, re.compile(rf"\A(?:(?:nếu|đạt|có|tỷ lệ|tỉ lệ|mức|hoàn thành) )*{pattern}"))
    for kind, pattern in (
        ("from", rf"(?:từ |>= ?|≥ ?)?{_FROM} ?(?:đến|tới|to|–|-) ?(?P<strict>dưới|<)? ?{_UPTO}"),
        ("above", rf"(?:trên |> ?){_FROM} ?(?:đến|tới|to|–|-) ?(?P<strict>dưới|<)? ?{_UPTO}"),
        ("from", rf"(?:(?:từ|ít nhất|tối thiểu) |>= ?|≥ ?){_FROM}(?: trở lên)?"),
        ("from", rf"{_FROM} trở lên"),
        ("from", r"(?P<low>100) ?(?P<unit>%)"),
        ("above", rf"(?:(?:trên|hơn|lớn hơn) |> ?){_FROM}"),
        ("below", rf"(?:(?:dưới|nhỏ hơn|thấp hơn) |< ?){_FROM}"),
        ("else", r"(?:các trường hợp |trường hợp )?(?:còn lại|khác)|otherwise"),
    )
)
_BEFORE: Final = re.compile(r"[:,]|\s(?:thì|được|tính|chấm)\s", re.IGNORECASE)  # what is said of a limit
_NONE: Final = re.compile(r"(?:không phát sinh|mẫu số|denominator 0)\b.*")
_WHEN_NONE: Final = {
    "đủ điểm": "full",
    "tối đa": "full",
    "full": "full",
    "không áp dụng": "not-applicable",
    "0": "zero",
}


class WordedLimit(NamedTuple):
    """Between which numbers a piece holds; `end` is where a range ends, itself inside where it is `closed`."""

    kind: Literal["from", "above", "below", "else"]
    value: Decimal = Decimal(0)
    unit: str = ""
    end: Decimal | None = None
    closed: bool = False


class Piece(NamedTuple):
    """One piece of a wording: all of it, what stands before its points, its points, and its limit where it has one."""

    text: str
    words: str
    points: Decimal | None
    limit: WordedLimit | None


class Understood(NamedTuple):
    """The parameters of a rule, as a file says them, and what the wording leaves open: `when-none`, `edge`..."""

    parameters: Mapping[str, Plain]
    open: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Wording:
    """What a table says of how a leaf earns points, and what else stands in its row and its year."""

    text: str
    out_of: Decimal
    may_not_apply: bool = False
    groups: Mapping[str, str] = field(default_factory=dict)  # groups that answer forms: id -> title
    sipas: tuple[str, ...] = ()  # groups whose figure is the satisfaction index
    pieces: tuple[Piece, ...] = ()  # without the one that says what holds where nothing was assigned
    when_none: str | None = None
    announced: bool = False  # the text began with the name of the rule type

    @property
    def none_assigned(self) -> str:
        """Return what is proposed for where nothing was assigned and nothing is said of it."""
        return "not-applicable" if self.may_not_apply else "zero"


def wording(text: str, out_of: Decimal, lead: str = "", **beside: object) -> Wording:
    """Return a text in its pieces; `lead` is what it begins with and names its rule type, the rest are its fields."""
    told = [_BULLET.sub("", part.strip()).rstrip(" .,") for part in _ENDS.split(text[len(lead) :])]
    none = [found[0] for part in told if (found := _NONE.fullmatch(part.casefold()))]
    when_none = next(
        (value for one in none for word, value in _WHEN_NONE.items() if word in one.partition(" ")[2]), None
    )
    pieces = tuple(
        _piece(part, out_of, announced=bool(lead)) for part in told if part and not _NONE.fullmatch(part.casefold())
    )
    return Wording(text, out_of, pieces=pieces, when_none=when_none, announced=bool(lead), **beside)  # type: ignore[arg-type]


def _piece(text: str, out_of: Decimal, *, announced: bool) -> Piece:
    found = _WORTH.fullmatch(text) or (_WORTH_LAST.fullmatch(text) if announced else None)
    if none := _NO_WORTH.fullmatch(text):
        words, points = none["words"], Decimal(0)
    elif found:
        words, points = found["words"], decimal(found["points"]) if found["points"][0].isdecimal() else out_of
    else:
        return Piece(text, text, None, _limit(_BEFORE.split(text)[0]))
    return Piece(text, words, points, _limit(words))


def _limit(words: str) -> WordedLimit | None:
    folded = " ".join(words.casefold().split())
    for kind, pattern in _LIMITS:
        if found := pattern.fullmatch(folded):
            said = found.groupdict()
            end = decimal(said["high"]) if said.get("high") else None
            unit = said.get("unit") or said.get("unit_high") or ""
            value = decimal(said["low"]) if said.get("low") else Decimal(0)
            return WordedLimit(kind, value, unit, end, end is not None and said["strict"] is None)  # type: ignore[arg-type]
    return None


def decimal(text: str) -> Decimal:
    """Return a number written with a comma or a point."""
    return Decimal(text.replace(",", "."))


def sentence(words: str) -> str:
    """Return words as a title: on one line, with a capital first."""
    flat = " ".join(words.split())
    return flat[:1].upper() + flat[1:]


def worded_items(entries: Iterable[tuple[str, Decimal]], worth: str = "points") -> dict[str, Plain]:
    """Return options, items or faults as a file says them, with ids made of their words."""
    made: dict[str, Plain] = {}
    for words, points in entries:
        made[new_id(words, made)] = {worth: points, "title": sentence(words)}
    return made
