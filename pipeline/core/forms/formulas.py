"""The points that a rule gives, as formulas of a workbook, so that whoever fills a form sees them while typing.

They serve the reader's eye alone: reading a form never trusts them. A formula works on whole numbers as far as it can,
since a workbook knows only binary fractions; its functions are those that every spreadsheet program has.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Final, TypeAlias

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.numbers import places
from pipeline.core.record.model import PointsPolicy
from pipeline.core.record.rules import Bands, Bonus, Checklist, Choice, Deduction, Item, Judged, Proportional, Rule

Formula: TypeAlias = Callable[[str, str], str]  # of done and assigned
Comparison: TypeAlias = Callable[[Decimal, str], str]  # of a limit and a sign

NOTHING: Final = '""'
SHARPEST_SUM: Final = 12  # decimals of a sum of quotients; beyond them stands noise
_SHARPEST: Final = 6  # decimals that a typed number may have


def points(
    rule: Rule,
    cells: Mapping[str, str],
    *,
    out_of: Decimal,
    policy: PointsPolicy,
    labels: Labels,
    choices: tuple[str, str] = ("", ""),
) -> str:
    """Return the formula of the points of a rule, an empty text where the answer gives none.

    Args:
        rule: the rule.
        cells: the addresses of the answer's inputs by part; of a judged leaf, that of the score as `score`.
        out_of: the leaf's most points.
        policy: how points are rounded.
        labels: the words, for what is typed as yes.
        choices: of a choice, the ranges that hold the words of its options and their points.
    """
    if isinstance(rule, Choice):
        words, worth = choices
        found = f"({words}={cells['answer']})"
        return f"IF(SUMPRODUCT(--{found})=0,{NOTHING},SUMPRODUCT({found}*{worth}))"
    if isinstance(rule, Checklist):
        yes = labels.text("form.yes")
        parts = "+".join(f'{_number(rule.items[key].points)}*({cell}="{yes}")' for key, cell in cells.items())
        return f"IF({_none_of('COUNTA', cells.values())},{NOTHING},{_exact(parts)})"
    if isinstance(rule, Proportional):
        return _share(rule, cells, out_of, _proportional(rule, out_of, policy))
    if isinstance(rule, Bands):
        number = cells["answer"]
        of_number = _bands(rule, lambda limit, sign: f"{number}{sign}{_number(limit)}")
        if "done" not in cells:
            return f"IF(ISNUMBER({number}),{of_number},{NOTHING})"
        of_share = _share(rule, cells, out_of, lambda done, assigned: _bands(rule, _over(done, assigned)))
        return f"IF(ISNUMBER({number}),{of_number},{of_share})"
    if isinstance(rule, Deduction):
        left = _exact(f"{_number(out_of)}-({_weighed(rule.faults, cells)})")
        return f"IF({_none_of('COUNT', cells.values())},{NOTHING},MAX({_number(rule.floor)},{left}))"
    if isinstance(rule, Bonus):
        total = f"MAX({_number(rule.least)},MIN({_number(rule.most)},{_exact(_weighed(rule.items, cells))}))"
        return f"IF({_none_of('COUNT', cells.values())},{NOTHING},{total})"
    assert isinstance(rule, Judged)
    score = cells["score"]
    whole = 10 ** max(places(rule.step), policy.decimals)
    step = f"{rule.step * whole:f}"
    stands = f"AND({score}>=0,{score}<={_number(out_of)},MOD(ROUND({score}*{whole},{_SHARPEST}),{step})=0)"
    wrong = labels.text("form.off-step", step=labels.number(rule.step))
    return f'IF(ISNUMBER({score}),IF({stands},{score},"{wrong}"),{NOTHING})'


def rounded_sum(expression: str, policy: PointsPolicy) -> str:
    """Return the formula of a sum of quotients, rounded once; the noise of binary fractions is taken off first."""
    exact = f"ROUND({expression},{SHARPEST_SUM})"
    if policy.leaf_exact:
        return exact
    if policy.rounding == "down":
        return f"ROUNDDOWN({exact},{policy.decimals})"
    if policy.rounding == "half-up":
        return f"ROUND({exact},{policy.decimals})"
    units = f"ROUND({exact}*{10**policy.decimals},9)"
    even = f"IF(MOD({units},2)=0.5,INT({units}),ROUND({units},0))"
    return f"{even}/{10**policy.decimals}"


def _number(value: Decimal) -> str:
    """Return a number as formulas write it; a negative one in brackets."""
    text = f"{value.normalize():f}"
    return f"({text})" if value < 0 else text


def _exact(expression: str) -> str:
    """Return a sum of decimals without the noise of binary fractions."""
    return f"ROUND({expression},{_SHARPEST})"


def _none_of(function: str, cells: Iterable[str]) -> str:
    return f"{function}({','.join(cells)})=0"


def _weighed(items: Mapping[str, Item], cells: Mapping[str, str]) -> str:
    """Return the sum of counts times what each is worth; what is not a number counts nothing."""
    return "+".join(f"{_number(items[key].points)}*N({cell})" for key, cell in cells.items())


def _proportional(rule: Proportional, out_of: Decimal, policy: PointsPolicy) -> Formula:
    def formula(done: str, assigned: str) -> str:
        over = _over(done, assigned)
        counted = f"MIN({done},{assigned})" if rule.over else done
        part = rounded_share(counted, assigned, out_of, policy)
        below = f"IF({over(rule.zero_below, '<')},0,{part})"
        return f"IF({over(rule.full_from, '>=')},{_number(out_of)},{below})"

    return formula


def _share(rule: Proportional | Bands, cells: Mapping[str, str], out_of: Decimal, formula: Formula) -> str:
    """Return the formula for done of assigned: both are numbers, none too large, whole or made whole."""
    done, assigned = cells["done"], cells["assigned"]
    wrong = f"OR({done}<0,{assigned}<0" + ("" if rule.over else f",{done}>{assigned}") + ")"
    none = {"full": _number(out_of), "zero": "0"}.get(rule.when_none or "", NOTHING)
    scaled = (f"ROUND({done}*{10**_SHARPEST},0)", f"ROUND({assigned}*{10**_SHARPEST},0)")
    whole = f"AND(INT({done})={done},INT({assigned})={assigned})"
    given = f"IF({assigned}=0,{none},IF({whole},{formula(done, assigned)},{formula(*scaled)}))"
    return f"IF(AND(ISNUMBER({done}),ISNUMBER({assigned})),IF({wrong},{NOTHING},{given}),{NOTHING})"


def _over(done: str, assigned: str) -> Comparison:
    """Return how 100 x done / assigned is compared with a limit, without a division."""

    def compare(limit: Decimal, sign: str) -> str:
        scale = 10 ** places(limit)
        return f"{100 * scale}*{done}{sign}{_number(limit * scale)}*{assigned}"

    return compare


def rounded_share(done: str, assigned: str, out_of: Decimal, policy: PointsPolicy) -> str:
    """Return out_of x done / assigned, rounded once by whole numbers."""
    unit = 10**policy.decimals
    sharper = 10 ** max(0, places(out_of) - policy.decimals)
    above = f"{_number(out_of * unit * sharper)}*{done}"
    below = assigned if sharper == 1 else f"{sharper}*{assigned}"
    if policy.rounding == "down":
        units = f"INT({above}/({below}))"
    elif policy.rounding == "half-up":
        units = f"INT((2*{above}+{below})/(2*{below}))"
    else:
        low = f"INT({above}/({below}))"
        rest = f"2*({above}-{low}*{below})"
        units = f"IF({rest}={below},{low}+MOD({low},2),INT((2*{above}+{below})/(2*{below})))"
    return f"{units}/{unit}"


def _bands(rule: Bands, compare: Comparison) -> str:
    """Return the points of the first band that holds; the last one holds always."""
    formula = "0"
    for band in reversed(rule.bands):
        worth = _number(band.points)
        if band.from_value is not None:
            formula = f"IF({compare(band.from_value, '>=')},{worth},{formula})"
        elif band.above is not None:
            formula = f"IF({compare(band.above, '>')},{worth},{formula})"
        else:
            formula = worth
    return formula
