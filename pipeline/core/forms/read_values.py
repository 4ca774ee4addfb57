"""The meaning of one cell: numbers, days, choices and texts, also where a spreadsheet program has changed them.

A value in another notation that is understood is reported; one that could mean two things is refused with a
question, never guessed.

Example, for a count: `331.050` is 331050, and the receipt says so; `331,05` may be 331050 of which a program took
the thousands for decimals, and is asked back.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Final

from pipeline.core.forms.read_tables import CellEntry, FormFinding, Spot, Typed, finding, folded
from pipeline.core.forms.workbook import MAX_TEXT
from pipeline.core.ground.characters import BAD_CHARACTER, ZERO_WIDTH, character_name, piled_marks, shown
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.numbers import places

_NUMBER: Final = re.compile(r"-?[0-9]{1,15}(?:\.[0-9]+)?")
_COMMA: Final = re.compile(r"-?[0-9]{1,15},[0-9]+")
_THOUSANDS: Final = re.compile(r"-?[0-9]{1,3}(?:([.,  ])[0-9]{3})(?:\1[0-9]{3})*(?:[.,][0-9]+)?")
_DAY_FIRST: Final = re.compile(r"(?:ngày )?([0-9]{1,2})(?: ?[/.-] ?| tháng )([0-9]{1,2})(?: ?[/.-] ?| năm )([0-9]{4})")
_YEAR_FIRST: Final = re.compile(r"([0-9]{4})[/.-]([0-9]{1,2})[/.-]([0-9]{1,2})")
_SPACES: Final = re.compile("[\t    ]+")
_SHARPEST: Final = 6  # decimals that a file may hold
_LARGEST: Final = Decimal(10**15)  # the schemas' bound of an answer, below or above zero
_MONTHS: Final = 12  # a larger number is no month, so that nobody can take it for one
_SERIAL_ZERO: Final = date(1899, 12, 30)  # day 0 of a workbook's dates
_FIRST_DAY, _LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)
_STOPS: Final = " .;,"  # what people put after the words they choose
_YES: Final = frozenset({"x", "✓", "✔", "1", "true", "yes", "y", "có", "co", "đạt", "đúng"})
_NO: Final = frozenset({"0", "false", "no", "n", "không", "khong", "không đạt", "sai", "-", "–"})


@dataclass(slots=True)
class Meaning:
    """Reads cells of one workbook and collects what is wrong with them or was written otherwise."""

    file: str
    labels: Labels
    findings: list[FormFinding] = field(default_factory=list)
    spaced: list[Spot] = field(default_factory=list)
    decomposed: list[Spot] = field(default_factory=list)

    def report(self, code: str, spot: Spot, **figures: str) -> None:
        """Keep a problem of a cell."""
        self.findings.append(finding(code, self.file, spot, **figures))

    def understood(self, spot: Spot, found: str, kind: str, **taken: str) -> None:
        """Say that a cell was understood, and as what: a number, a day; it was written otherwise."""
        said = self.labels.text(f"form.taken.{kind}", **taken)
        self.findings.append(finding("form-understood", self.file, spot, found=shown(found), taken=said))

    def all(self) -> tuple[FormFinding, ...]:
        """Return all that was found; spaces and decomposed letters once each, with how many cells have them."""
        told = list(self.findings)
        for code, spots in (("form-spaces", self.spaced), ("form-decomposed", self.decomposed)):
            if spots:
                told.append(finding(code, self.file, spots[0], count=str(len({*spots}))))
        return tuple(told)

    def _plain(self, entry: CellEntry) -> Typed | None:
        """Return what was typed, None where it is nothing or cannot be trusted."""
        typed = entry.typed
        if typed is None:
            return None
        if typed.kind == "formula":
            self.report("form-formula", entry.spot, found=shown(typed.text))
            return None
        if typed.kind == "error":
            self.report("form-error-value", entry.spot, found=shown(typed.text))
            return None
        seen = ZERO_WIDTH.sub("", typed.text)  # what web pages and mails bring with a text that is pasted
        if seen != typed.text:
            self.spaced.append(entry.spot)
        return typed._replace(text=seen)

    def _clean(self, entry: CellEntry, text: str) -> str | None:
        """Return a text in composed form without spaces at its ends; None where it may not stand in a file."""
        if piled_marks(text) is not None:
            self.report("form-bad-character", entry.spot, character=character_name(text[piled_marks(text) or 0]))
            return None
        composed = unicodedata.normalize("NFC", text)
        if composed != text:
            self.decomposed.append(entry.spot)
        lines = [
            _SPACES.sub(" ", line).strip() for line in composed.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        ]
        cleaned = "\n".join(lines).strip()
        if cleaned != composed:
            self.spaced.append(entry.spot)
        if bad := BAD_CHARACTER.search(cleaned):
            self.report("form-bad-character", entry.spot, character=character_name(bad[0]))
            return None
        return cleaned

    def text(self, entry: CellEntry, *, one_line: bool = False) -> str | None:
        """Return a text; None where nothing was typed."""
        typed = self._plain(entry)
        if typed is None:
            return None
        if typed.kind == "date":
            self.report("form-text-became-date", entry.spot, found=self.labels.date(typed.text))
            return None
        if len(typed.text) > MAX_TEXT:
            self.report("form-text-too-long", entry.spot, size=str(len(typed.text)), limit=str(MAX_TEXT))
            return None
        cleaned = self._clean(entry, typed.text)
        if cleaned is None:
            return None
        return (" ".join(cleaned.split("\n")) if one_line else cleaned) or None

    def number(self, entry: CellEntry, *, whole: bool = False) -> Decimal | None:
        """Return a number; None where nothing was typed."""
        typed = self._plain(entry)
        if typed is None:
            return None
        if typed.kind == "date":
            self.report("form-number-became-date", entry.spot, found=self.labels.date(typed.text))
            return None
        if typed.kind == "yes-no":
            self.report("form-not-a-number", entry.spot, found=typed.text)
            return None
        if typed.number is not None:
            number = self._from_number(entry, typed, typed.number)
        else:
            text = " ".join(unicodedata.normalize("NFKC", typed.text).split())
            if not text:
                return None
            read = _number_in(text, whole=whole)
            if read is None:
                self.report("form-not-a-number", entry.spot, found=shown(text))
                return None
            number = read
            self.understood(entry.spot, typed.text, "number", value=self.labels.counted(number))
        if abs(number) > _LARGEST:
            low, high = self.labels.counted(Decimal(0) if whole else -_LARGEST), self.labels.counted(_LARGEST)
            self.report("form-number-too-large", entry.spot, found=shown(f"{number:f}"), low=low, high=high)
            return None
        if whole and (number < 0 or number != number.to_integral_value()):
            self._not_a_count(entry, number)
            return None
        if places(number) > _SHARPEST:
            self.report("form-not-a-number", entry.spot, found=shown(f"{number:f}"))
            return None
        return Decimal(f"{number.normalize():f}") or Decimal(0)

    def _not_a_count(self, entry: CellEntry, number: Decimal) -> None:
        """Refuse a count that is not whole; a program may have taken the sign of its thousands for one of decimals."""
        found, thousands = shown(self.labels.number(f"{number:f}")), number * 1000
        if number > 1 and thousands == thousands.to_integral_value():
            plain = f"{thousands.to_integral_value():f}"
            self.report(
                "form-thousands-lost", entry.spot, found=found, meant=self.labels.counted(thousands), plain=plain
            )
        else:
            self.report("form-not-whole", entry.spot, found=found)

    def _from_number(self, entry: CellEntry, typed: Typed, number: Decimal) -> Decimal:
        if not typed.percent:
            return number
        hundredths = self.labels.number((number * 100).normalize())
        self.understood(entry.spot, f"{hundredths}%", "number", value=hundredths)
        return number * 100

    def day(self, entry: CellEntry) -> str | None:
        """Return a day as ISO text; None where nothing was typed. Of one typed as the guide says nothing is said."""
        typed = self._plain(entry)
        if typed is None:
            return None
        found: date | None = None
        text = folded(typed.text)
        if typed.kind == "date":
            found = date.fromisoformat(typed.text)
        elif typed.number is not None and typed.kind == "number" and 0 < typed.number < 100_000:
            found = _SERIAL_ZERO + timedelta(days=int(typed.number))
        elif typed.kind == "text":
            if not text:
                return None
            found = _day_in(text)
        if found is None or not _FIRST_DAY <= found <= _LAST_DAY:
            self.report("form-not-a-day", entry.spot, found=shown(typed.text))
            return None
        told = found.isoformat()
        if typed.kind != "date" and text not in {told, f"{found:%d/%m/%Y}"}:
            figures = {"day": str(found.day), "month": str(found.month), "year": str(found.year)}
            two_ways = _DAY_FIRST.fullmatch(text) and "tháng" not in text and found.month != found.day <= _MONTHS
            self.understood(entry.spot, typed.text, "day-or-month" if two_ways else "day", **figures)
        return told

    def yes(self, entry: CellEntry) -> bool | None:
        """Return whether yes or no was typed; None where nothing was."""
        typed = self._plain(entry)
        if typed is None:
            return None
        word = folded(typed.text)
        if not word:
            return None
        if word in _YES or word == folded(self.labels.text("form.yes")):
            return True
        if word in _NO or word == folded(self.labels.text("form.no")):
            return False
        allowed = f"{self.labels.text('form.yes')}, {self.labels.text('form.no')}"
        self.report("form-not-an-option", entry.spot, found=shown(typed.text), allowed=allowed)
        return None

    def choice(self, entry: CellEntry, options: Mapping[str, tuple[str, ...]]) -> str | None:
        """Return the id of what was chosen, by its id or any of its words; None where nothing was typed."""
        typed = self._plain(entry)
        if typed is None or not folded(typed.text):
            return None
        word = folded(typed.text)
        bare = word.rstrip(_STOPS)
        found = [
            key for key, words in options.items() if word == key or bare in {folded(w).rstrip(_STOPS) for w in words}
        ]
        if len(found) == 1:
            return found[0]
        allowed = "; ".join(shown(words[0]) for words in options.values())
        self.report("form-not-an-option", entry.spot, found=shown(typed.text), allowed=allowed[:600])
        return None


def _number_in(text: str, *, whole: bool) -> Decimal | None:
    """Return the number that a text means, None where it means none or could mean two."""
    text = text.removesuffix("%").rstrip().replace("−", "-")
    if _THOUSANDS.fullmatch(text) and (number := _grouped(text, whole=whole)) is not None:
        return number
    if _NUMBER.fullmatch(text) and not (_THOUSANDS.fullmatch(text) and not text.startswith(("0", "-0"))):
        return Decimal(text)
    if _COMMA.fullmatch(text) and not (_THOUSANDS.fullmatch(text) and not text.startswith(("0", "-0"))):
        return Decimal(text.replace(",", "."))
    return None


def _grouped(text: str, *, whole: bool) -> Decimal | None:
    """Return a number whose thousands are parted; None where the sign may part decimals as well.

    Example: `1.234,5` is 1234.5, since two signs differ; `1.234.567` and `1 234` can be nothing else; `318.900` is
    318900 as a count, and None as a number of any kind, which may be 318.9.
    """
    signs = [sign for sign in text if sign in "., "]
    first = signs[0]
    certain = first == " " or signs.count(first) > 1 or (len(signs) > 1 and signs[-1] != first) or whole
    if not certain or text.lstrip("-").startswith("0"):
        return None
    whole_part, decimals = text, ""
    if signs[-1] != first:
        whole_part, _, decimals = text.rpartition(signs[-1])
    return Decimal(whole_part.replace(first, "") + (f".{decimals}" if decimals else ""))


def _day_in(text: str) -> date | None:
    """Return the day that a text means, day before month as in Vietnamese."""
    try:
        if found := _YEAR_FIRST.fullmatch(text):
            year, month, day = (int(part) for part in found.groups())
            return date(year, month, day)
        if found := _DAY_FIRST.fullmatch(text):
            day, month, year = (int(part) for part in found.groups())
            return date(year, month, day)
    except ValueError:
        return None
    return None
