"""Points as formulas of a workbook, so that whoever fills a form sees them while typing.

They serve the reader's eye alone: reading a form never trusts them. A formula works on whole numbers as far as it can,
since a workbook knows only binary fractions; its functions are those that every spreadsheet program has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal
from typing import Final, TypeAlias

from pipeline.core.ground.numbers import Rounding, places

Formula: TypeAlias = Callable[[str, str], str]  # of done and assigned
Comparison: TypeAlias = Callable[[Decimal, str], str]  # of a limit and a sign

NOTHING: Final = '""'
SHARPEST_SUM: Final = 12  # decimals of a sum of quotients; beyond them stands noise
SHARPEST: Final = 6  # decimals that a typed number may have


def rounded_sum(expression: str, decimals: int, mode: Rounding) -> str:
    """Return the formula of a sum of quotients, rounded once; the noise of binary fractions is taken off first."""
    total = f"ROUND({expression},{SHARPEST_SUM})"
    if decimals >= SHARPEST_SUM:
        return total
    if mode == "down":
        return f"ROUNDDOWN({total},{decimals})"
    if mode == "half-up":
        return f"ROUND({total},{decimals})"
    units = f"ROUND({total}*{10**decimals},9)"
    even = f"IF(MOD({units},2)=0.5,INT({units}),ROUND({units},0))"
    return f"{even}/{10**decimals}"


def number(value: Decimal) -> str:
    """Return a number as formulas write it; a negative one in brackets."""
    text = f"{value.normalize():f}"
    return f"({text})" if value < 0 else text


def exact(expression: str) -> str:
    """Return a sum of decimals without the noise of binary fractions."""
    return f"ROUND({expression},{SHARPEST})"


def none_of(function: str, cells: Iterable[str]) -> str:
    """Return the test that nothing was typed in any of some cells."""
    return f"{function}({','.join(cells)})=0"


def share(done: str, assigned: str, formula: Formula, *, none: str, over: bool) -> str:
    """Return the formula for done of assigned: both are numbers, none too large, whole or made whole.

    Args:
        done: the cell of what was done.
        formula: what two whole numbers give.
        none: what is given where nothing was assigned.
        over: whether more may be done than assigned.
    """
    wrong = f"OR({done}<0,{assigned}<0" + ("" if over else f",{done}>{assigned}") + ")"
    scaled = (f"ROUND({done}*{10**SHARPEST},0)", f"ROUND({assigned}*{10**SHARPEST},0)")
    whole = f"AND(INT({done})={done},INT({assigned})={assigned})"
    given = f"IF({assigned}=0,{none},IF({whole},{formula(done, assigned)},{formula(*scaled)}))"
    return f"IF(AND(ISNUMBER({done}),ISNUMBER({assigned})),IF({wrong},{NOTHING},{given}),{NOTHING})"


def percent(done: str, assigned: str) -> Comparison:
    """Return how 100 x done / assigned is compared with a limit, without a division."""

    def compare(limit: Decimal, sign: str) -> str:
        scale = 10 ** places(limit)
        return f"{100 * scale}*{done}{sign}{number(limit * scale)}*{assigned}"

    return compare


def rounded_share(done: str, assigned: str, out_of: Decimal, decimals: int, mode: Rounding) -> str:
    """Return out_of x done / assigned, rounded once by whole numbers."""
    unit = 10**decimals
    sharper = 10 ** max(0, places(out_of) - decimals)
    above = f"{number(out_of * unit * sharper)}*{done}"
    below = assigned if sharper == 1 else f"{sharper}*{assigned}"
    if mode == "down":
        units = f"INT({above}/({below}))"
    elif mode == "half-up":
        units = f"INT((2*{above}+{below})/(2*{below}))"
    else:
        low = f"INT({above}/({below}))"
        rest = f"2*({above}-{low}*{below})"
        units = f"IF({rest}={below},{low}+MOD({low},2),INT((2*{above}+{below})/(2*{below})))"
    return f"{units}/{unit}"
