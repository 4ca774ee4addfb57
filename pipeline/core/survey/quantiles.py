"""Quantiles of Student's t and of F, and reproducible normal draws, on the standard library alone: decision 0024.

Each depends on its arguments alone: no generator keeps a state, and no library's version has an influence.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from functools import lru_cache
from statistics import NormalDist

FURTHEST = 8.3  # that no draw of `normals` lies beyond
_NORMAL = NormalDist()
_TINY = 1e-300
_CLOSE = 4e-16
_STEPS = 200
_TERMS = 100_000  # far more than the continued fraction takes where a and b are below ten million


@lru_cache(maxsize=4096)
def t_quantile(confidence: float, df: float | None) -> float:
    """Return t such that a Student variable with `df` degrees of freedom lies within -t..t with this probability.

    Args:
        confidence: two-sided, within 0..1, both excluded.
        df: at least 1, whole or not; None stands for the normal distribution.
    """
    if df is None:
        return _NORMAL.inv_cdf((1 + confidence) / 2)
    # T^2 / (df + T^2) has a beta distribution with 1/2 and df/2.
    part = beta_quantile(confidence, 0.5, df / 2)
    return math.sqrt(df * part / (1 - part))


@lru_cache(maxsize=4096)
def f_quantile(probability: float, above: float, below: float) -> float:
    """Return the quantile of F with `above` and `below` degrees of freedom (numerator, denominator)."""
    part = beta_quantile(probability, above / 2, below / 2)
    return below * part / (above * (1 - part))


def beta_quantile(probability: float, a: float, b: float) -> float:
    """Return the quantile of the beta distribution: Newton's steps, kept inside an interval that only shrinks."""
    low, high, x = 0.0, 1.0, a / (a + b)
    log_whole = math.lgamma(a) + math.lgamma(b) - math.lgamma(a + b)
    for _ in range(_STEPS):
        excess = beta_share(x, a, b) - probability
        low, high = (low, x) if excess > 0 else (x, high)
        density = math.exp((a - 1) * math.log(x) + (b - 1) * math.log1p(-x) - log_whole)
        following = x - excess / density if density > 0 else low
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - x) <= _CLOSE * x:
            break
        x = following
    return x


def beta_share(x: float, a: float, b: float) -> float:
    """Return the regularised incomplete beta function I_x(a, b).

    Its continued fraction (Abramowitz and Stegun, 26.5.8) converges fast below the mean; above it I_x(a, b) is taken
    as 1 - I_{1-x}(b, a).
    """
    if x <= 0 or x >= 1:
        return 0.0 if x <= 0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1 - beta_share(1 - x, b, a)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    return math.exp(log_front) / (a * _fraction(x, a, b))


def _fraction(x: float, a: float, b: float) -> float:
    """Evaluate 1 + d1/(1 + d2/(1 + ...)) from the front (Lentz's method)."""
    value, upper, lower = 1.0, 1.0, 0.0
    for term in range(1, _TERMS):
        half = term // 2
        if term % 2 == 0:
            step = half * (b - half) * x / ((a + term - 1) * (a + term))
        else:
            step = -(a + half) * (a + b + half) * x / ((a + term - 1) * (a + term))
        lower = 1 / ((1 + step * lower) or _TINY)
        upper = (1 + step / upper) or _TINY
        value *= upper * lower
        if abs(upper * lower - 1) < _CLOSE:
            break
    return value


def normals(seed: str, count: int) -> Iterator[float]:
    """Yield standard normal draws: the n-th depends on the seed's text and on n alone.

    Each block of four comes from the SHA-256 of `<seed>/<block>`; 52 bits make a uniform number strictly within 0..1,
    its inverse normal the draw.
    """
    for block in range((count + 3) // 4):
        digest = hashlib.sha256(f"{seed}/{block}".encode()).digest()
        for place in range(min(4, count - 4 * block)):
            bits = int.from_bytes(digest[8 * place : 8 * place + 8], "big") >> 12
            yield _NORMAL.inv_cdf((bits + 0.5) / 2**52)
