"""Which criterion of one year stands for which of another: along the concordances, over any number of years.

Only one for one: a criterion that was merged or split has no counterpart. One that holds others has one where all of
its leaves that correspond lie below a single criterion of the same depth. Decision 0027.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TypeAlias

from pipeline.core.record.model import Concordance, Year

Counterparts: TypeAlias = Mapping[tuple[str, str], Mapping[str, str]]


def counterparts(years: Iterable[Year], concordances: Iterable[Concordance]) -> Counterparts:
    """Return by the names of two years, in either order, which code of the first is which of the second."""
    known = {year.name: year for year in years}
    found: dict[tuple[str, str], Mapping[str, str]] = {}
    for pair in concordances:
        if pair.before in known and pair.after in known:
            found[pair.before, pair.after] = _direct(known[pair.before], known[pair.after], pair)
    names = sorted(known)
    for length in range(2, len(names)):
        for before, after in zip(names, names[length:], strict=False):
            through = [name for name in names if (before, name) in found and (name, after) in found]
            if through and (before, after) not in found:
                first, second = found[before, through[-1]], found[through[-1], after]
                found[before, after] = {old: second[new] for old, new in first.items() if new in second}
    return found | {(after, before): {new: old for old, new in own.items()} for (before, after), own in found.items()}


def _direct(before: Year, after: Year, pair: Concordance) -> Mapping[str, str]:
    """Return the codes that a concordance joins one to one, and those of the criteria around them."""
    own = {one.before[0]: one.after[0] for one in pair.criteria if one.is_single}
    around: dict[str, set[str | None]] = {}
    for old, new in own.items():
        above = {one.depth: one.code for one in after.upwards(new) if one.code != new}
        for one in before.upwards(old):
            if one.code != old:
                around.setdefault(one.code, set()).add(above.get(one.depth))
    whole = {old: new for old, (new, *others) in around.items() if new is not None and not others}
    taken = [*whole.values()]
    return {**{old: new for old, new in whole.items() if taken.count(new) == 1}, **own}
