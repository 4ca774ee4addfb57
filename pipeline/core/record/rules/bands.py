"""Points by the first band that holds, from the top; for a number or for 100 x done / assigned."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from itertools import pairwise
from typing import ClassVar, Final, NamedTuple

from pipeline.core.ground import nodes
from pipeline.core.ground.formulas import NOTHING, Comparison, number, percent
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Node, Plain
from pipeline.core.ground.numbers import Rounding
from pipeline.core.record.rules.base import Answer, AnswerInput, Ratio, Reading, SheetCells, Widget
from pipeline.core.record.rules.parameters import UNIT, Parameter, number_text, signed
from pipeline.core.record.rules.share import Share
from pipeline.core.record.rules.wordings import Piece, Understood, Wording


class Band(NamedTuple):
    """One band: it holds from a value on, above a value, or always."""

    points: Decimal
    from_value: Decimal | None = None
    above: Decimal | None = None

    def holds(self, value: Fraction) -> bool:
        """Tell whether a value falls into the band, given that no earlier band took it."""
        if self.from_value is not None:
            return value >= self.from_value
        return self.above is None or value > self.above

    @property
    def limit(self) -> tuple[Decimal, bool] | None:
        """Return where the band begins, in an order: `above 50` is a little over `from 50`; None of an open band."""
        if self.above is not None:
            return self.above, True
        return None if self.from_value is None else (self.from_value, False)


def _read(node: nodes.Node | None) -> tuple[Band, ...]:
    bands = node.items if isinstance(node, nodes.Sequence) else ()
    told = (band.values for band in bands if isinstance(band, nodes.Mapping))
    return tuple(
        Band(signed(band.get("points")) or Decimal(0), signed(band.get("from")), signed(band.get("above")))
        for band in told
    )


def _json(bands: tuple[Band, ...]) -> Plain:
    told = [{"from": band.from_value, "above": band.above, "points": band.points} for band in bands]
    return [{key: number_text(value) for key, value in band.items() if value is not None} for band in told]


BANDS: Final = Parameter(_read, _json, _json, points=lambda bands: [band.points for band in bands])


@dataclass(frozen=True, slots=True)
class Bands(Share):
    name: ClassVar[str] = "bands"
    parameters: ClassVar = {"unit": UNIT, "bands": BANDS, **Share.ends}
    lead: ClassVar = r"điểm theo khoảng giá trị[^:]*+|bands"
    unit: str
    bands: tuple[Band, ...]

    @classmethod
    def read_wording(cls, wording: Wording) -> Understood | None:
        """Read `Từ 80% trở lên: 2; trên 50% đến dưới 80%: 1; dưới 50%: 0`, from the top or from the bottom."""
        told = [piece for piece in wording.pieces if piece.limit is not None and piece.points is not None]
        units = {piece.limit.unit for piece in told if piece.limit and piece.limit.unit}
        if len(told) < 2 or len(told) != len(wording.pieces) or len(units) != 1:
            return None
        if told[0].limit and told[0].limit.kind in {"below", "else"}:
            told.reverse()
        found = _worded_bands(told)
        if found is None or max(piece.points or 0 for piece in told) != wording.out_of:
            return None
        bands, left_open = found
        said: dict[str, Plain] = {"unit": units.pop(), "bands": [*bands]}
        if wording.when_none or (said["unit"] == "%" and not wording.announced):
            said["when_none"] = wording.when_none or wording.none_assigned
            left_open += () if wording.when_none else ("when-none",)
        return Understood(said, left_open)

    def answer(self, node: Node) -> Reading:
        return Share.answer(self, node) if isinstance(node, nodes.Mapping) else self.number(node)

    def points(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Decimal | None:
        if isinstance(answer, Ratio):
            if answer.assigned == 0:
                return self.none_assigned(out_of)
            value = 100 * Fraction(answer.done) / Fraction(answer.assigned)
        elif isinstance(answer, Decimal):
            value = Fraction(answer)
        else:
            return None
        return next((band.points for band in self.bands if band.holds(value)), Decimal(0))

    def reach(self, answer: Answer | None, *, out_of: Decimal, decimals: int, mode: Rounding) -> Iterable[Decimal]:
        return self._counted(answer, out_of, decimals, mode) if isinstance(answer, Ratio) else self.figures()

    def _counted(self, answer: Ratio, out_of: Decimal, decimals: int, mode: Rounding) -> Iterator[Decimal]:
        for limit in (Decimal(0), *(value for band in self.bands for value in (band.from_value, band.above) if value)):
            for more in (0, 1):
                done = limit * answer.assigned // 100 + more
                if done > answer.assigned and not self.over:
                    continue
                ratio = Ratio(done, answer.assigned)
                points = self.points(ratio, out_of=out_of, decimals=decimals, mode=mode)
                if points is not None:
                    yield points

    def lines(self, labels: Labels, group: Callable[[str], str]) -> tuple[str, ...]:
        return *(self._band(band, labels) for band in self.bands), *Share.lines(self, labels, group)

    def _band(self, band: Band, labels: Labels) -> str:
        points = labels.number(band.points)
        if band.from_value is not None:
            return labels.text("rule.band-from", value=labels.amount(band.from_value, self.unit), points=points)
        if band.above is not None:
            return labels.text("rule.band-above", value=labels.amount(band.above, self.unit), points=points)
        return labels.text("rule.band-else", points=points)

    def measure(self) -> str:
        return self.unit

    def adds_up_to(self, out_of: Decimal) -> Decimal:
        return max(self.figures(), default=Decimal(0))

    def is_disordered(self, out_of: Decimal) -> bool:
        limits = [band.limit for band in self.bands]
        falls = all(above > below for above, below in pairwise(limit for limit in limits if limit is not None))
        last_alone_is_open = [place for place, limit in enumerate(limits) if limit is None] == [len(limits) - 1]
        return not falls or not last_alone_is_open

    def asks(self, answer: Answer | None, labels: Labels) -> tuple[AnswerInput, ...]:
        words = labels.text("form.part.value", unit=self.unit)
        number = AnswerInput("answer", "number", words, answer if isinstance(answer, Decimal) else None)
        counted = self.unit == "%" or self.when_none is not None or isinstance(answer, Ratio)
        return (number, *Share.asks(self, answer, labels)) if counted else (number,)

    def formula(self, sheet: SheetCells, *, out_of: Decimal, decimals: int, mode: Rounding) -> str:
        cell = sheet.inputs["answer"]
        of_number, other = self._formula(lambda limit, sign: f"{cell}{sign}{number(limit)}"), NOTHING
        if "done" in sheet.inputs:
            other = self.of_share(sheet, out_of, lambda done, assigned: self._formula(percent(done, assigned)))
        return f"IF(ISNUMBER({cell}),{of_number},{other})"

    def _formula(self, compare: Comparison) -> str:
        formula = "0"
        for band in reversed(self.bands):
            worth = number(band.points)
            if band.from_value is not None:
                formula = f"IF({compare(band.from_value, '>=')},{worth},{formula})"
            elif band.above is not None:
                formula = f"IF({compare(band.above, '>')},{worth},{formula})"
            else:
                formula = worth
        return formula

    def widgets(self) -> tuple[Widget, ...]:
        return ("share", "number") if self.unit == "%" or self.when_none is not None or self.over else ("number",)


def _worded_bands(told: list[Piece]) -> tuple[list[Plain], tuple[str, ...]] | None:
    """Return bands from the top, and what they leave open: numbers in no band or two; None where they do not join."""
    bands: list[Plain] = []
    left_open: dict[str, None] = {}
    above: tuple[str, Decimal] | None = None  # where the band before begins
    for piece in told:
        limit = piece.limit
        if limit is None or piece.points is None or (bands and above is None):
            return None
        end = limit.value if limit.kind == "below" else limit.end
        if above is None and end is not None and limit.kind == "below":
            return None
        if above is not None and end is not None:
            if end != above[1]:
                return None
            if limit.closed == (above[0] == "from"):
                left_open["edge"] = None
        if limit.kind in {"from", "above"}:
            if above is not None and limit.value >= above[1]:
                return None
            bands.append({limit.kind: limit.value, "points": piece.points})
            above = limit.kind, limit.value
        else:
            bands.append({"points": piece.points})
            above = None
    if above is not None:
        bands.append({"points": Decimal(0)})
        left_open["rest"] = None
    return bands, tuple(left_open)
