"""Exact numbers: the one rounding of a quotient and the fixed form in which a figure is shown.

Nothing here meets a binary float. What is rounded, and when, is decided by those who call (design, section 5).
"""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from typing import Literal, TypeAlias

Exact: TypeAlias = Decimal | Fraction | int
Rounding: TypeAlias = Literal["half-up", "half-even", "down"]


def rounded(value: Exact, decimals: int, mode: Rounding = "half-up") -> Decimal:
    """Round an exact number once, to `decimals` places; half-up rounds a half away from zero.

    The quotient is taken from integers, so no intermediate result is ever cut.
    """
    return _quotient(*value.as_integer_ratio(), decimals, mode)


@lru_cache(maxsize=65_536)
def _quotient(over: int, under: int, decimals: int, mode: Rounding) -> Decimal:
    """Round a quotient; the figures of a year are few and stand on many pages."""
    whole, rest = divmod(abs(over) * 10**decimals, under)
    twice = 2 * rest
    if mode == "half-up":
        up = twice >= under
    elif mode == "half-even":
        up = twice > under or (twice == under and whole % 2 == 1)
    else:
        up = False
    units = whole + up
    return Decimal(f"{'-' if over < 0 < units else ''}{units}E{-decimals}")


def fixed(value: Exact, decimals: int, mode: Rounding = "half-up", sign: str = ".") -> str:
    """Return a number with exactly `decimals` places and a decimal point, or another sign: "51.15"."""
    return _written(*value.as_integer_ratio(), decimals, mode, sign)


@lru_cache(maxsize=65_536)
def _written(over: int, under: int, decimals: int, mode: Rounding, sign: str) -> str:
    return f"{_quotient(over, under, decimals, mode):f}".replace(".", sign)


def as_decimal(value: object) -> Decimal:
    """Return a number; 0 of what is none."""
    return value if isinstance(value, Decimal) else Decimal(0)


def places(value: Decimal) -> int:
    """Count the decimals that a number needs: 1.50 needs one, 2.00 none."""
    exponent = value.normalize().as_tuple().exponent
    return max(0, -exponent) if isinstance(exponent, int) else 0


def share(part: Exact, whole: Exact) -> Fraction | None:
    """Return part of whole in percent, exact; None of nothing."""
    return None if whole == 0 else 100 * Fraction(part) / Fraction(whole)


def percent(part: Fraction) -> Fraction:
    """Return a share from 0 to 1 as a percentage, exact."""
    return 100 * part
