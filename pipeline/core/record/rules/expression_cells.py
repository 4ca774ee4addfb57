"""Expressions of the rule `formula` as formulas of a workbook: a preview for whoever fills in a form.

A workbook knows only binary fractions. So a number is kept as a quotient of whole numbers times a constant, quotients
are compared across, and nothing is divided before the points are rounded; what is known when the form is made stays out
of the cells. Its AND and OR look at everything, so conditions are nested IF. Decision 0067.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from functools import partial, reduce
from itertools import accumulate
from math import gcd
from typing import Final, NamedTuple

from pipeline.core.ground.formulas import rounded_share
from pipeline.core.ground.numbers import Rounding
from pipeline.core.record.rules.expressions import Tree

# A workbook takes 8,192 characters, 16,384 bytes of tokens, and 64 functions inside each other; what the cells of a
# line put around its formula has room too.
MOST_SIGNS_OF_CELL: Final = 4_000
MOST_NESTED: Final = 40
_NO_WORTH: Final = "NA()"


class Quotient(NamedTuple):
    """`factor` x `over` / `under`: an exact constant and formulas of whole numbers; `under` is empty where it is 1."""

    factor: Fraction
    over: str
    under: str = ""


Cells = Mapping[str, Quotient]  # of each name


def points_cell(quotient: Quotient, out_of: Decimal, decimals: int, mode: Rounding) -> str:
    """Return the formula of points: within 0 and out_of, rounded once."""
    above, below = quotient.factor.as_integer_ratio()
    top, whole = Fraction(out_of).as_integer_ratio()
    over, under = _times(_whole(above), quotient.over), _times(_whole(below), quotient.under) or "1"
    part = rounded_share(over, under, Decimal(1), decimals, mode)
    full = f"IF({_times(_whole(whole), over)}>={_times(_whole(top), under)},{top}/{whole},{part})"
    return _sound(quotient.under, f"IF({over}<=0,0,{full})")


def truth_cell(tree: Tree, cells: Cells) -> str:
    """Return the formula of a condition: TRUE, FALSE, or an error where it divides by zero on the way."""
    if tree.sign == "not":
        return f"NOT({truth_cell(tree.parts[0], cells)})"
    if tree.sign in {"and", "or"}:
        one, other = (truth_cell(part, cells) for part in tree.parts)
        return f"IF({one},{other},FALSE)" if tree.sign == "and" else f"IF({one},TRUE,{other})"
    _, one, other, under = _alike(*(quotient_of(part, cells) for part in tree.parts))
    return _sound(under, f"{one}{'<>' if tree.sign == '!=' else tree.sign}{other}")


def quotient_of(tree: Tree, cells: Cells) -> Quotient:
    """Return what an expression is, as a quotient whose divisor is 0 just where it divides by zero on the way."""
    if tree.sign == "number":
        return Quotient(Fraction(tree.text), "1") if Fraction(tree.text) else Quotient(Fraction(1), "0")
    if tree.sign == "name":
        return cells[tree.text]
    parts = [quotient_of(part, cells) for part in tree.parts]
    if tree.sign == "negative":
        return parts[0]._replace(factor=-parts[0].factor)
    if tree.sign == "abs":
        return parts[0]._replace(factor=abs(parts[0].factor), over=f"ABS({parts[0].over})")
    return reduce(partial(_joined, tree.sign), parts)


def _joined(sign: str, one: Quotient, other: Quotient) -> Quotient:
    if sign == "*":
        return Quotient(one.factor * other.factor, _times(one.over, other.over), _times(one.under, other.under))
    if sign == "/" and (other.over, other.under) == ("1", ""):
        return one._replace(factor=one.factor / other.factor)
    if sign == "/":
        over, under = _times(one.over, other.under, f"SIGN({other.over})"), _times(one.under, f"ABS({other.over})")
        if other.under:  # what was divided by zero below stays so
            over, under = _times(over, other.under), _times(under, other.under)
        return Quotient(one.factor / other.factor, over, under)
    if sign == "-":
        sign, other = "+", other._replace(factor=-other.factor)
    factor, first, second, under = _alike(one, other)
    joined = f"({first}+{second})" if sign == "+" else f"{sign.upper()}({first},{second})"
    return Quotient(factor, joined, under)


def _alike(one: Quotient, other: Quotient) -> tuple[Fraction, str, str, str]:
    """Return two quotients over one divisor: their common constant, both dividends, and the divisor."""
    (a, b), (c, d) = one.factor.as_integer_ratio(), other.factor.as_integer_ratio()
    factor = Fraction(gcd(a * d, c * b), b * d)
    first = _times(_whole(int(one.factor / factor)), one.over, other.under)
    second = _times(_whole(int(other.factor / factor)), other.over, one.under)
    return factor, first, second, _times(one.under, other.under)


def _times(*factors: str) -> str:
    """Return a product without the factors that are 1, empty where it is 1 and nothing else was there."""
    told = [factor for factor in factors if factor not in {"", "1"}]
    return "*".join(told) or ("1" if "1" in factors else "")


def _whole(value: int) -> str:
    return f"({value})" if value < 0 else str(value)


def _sound(under: str, formula: str) -> str:
    return f"IF({under}=0,{_NO_WORTH},{formula})" if under else formula


def answered_cell(inputs: Mapping[str, tuple[str, bool]], formula: str, nothing: str) -> str:
    """Return a formula that waits for all its numbers, none below 0 and counts whole.

    Args:
        inputs: the cell of each name, and whether it counts.
        nothing: what stands where they are not all there, or give an error.
    """
    cells = [cell for cell, _ in inputs.values()]
    whole = [f"INT({cell})={cell}" for cell, counts in inputs.values() if counts]
    listed = ",".join(cells)
    sound = f"AND({','.join([f'MIN({listed})>=0', *whole])})"
    made = f"IFERROR(IF(COUNT({listed})={len(cells)},IF({sound},{formula},{nothing}),{nothing}),{nothing})"
    return made if len(made) <= MOST_SIGNS_OF_CELL and _nested(made) <= MOST_NESTED else nothing


def _nested(formula: str) -> int:
    """Return how many brackets of a formula are open at once."""
    return max(accumulate((sign == "(") - (sign == ")") for sign in formula))
