"""Integer programming with HiGHS: whole numbers that keep some laws, as far in one direction as can be.

HiGHS counts in binary floats. What it returns is a proposal that `survey.protection` proves exactly: decision 0062.
"""

from __future__ import annotations

from typing import Final

from highspy import HighsVarType
from highspy._core import _Highs  # the public class prints its name when it is made

from pipeline.core.survey.protection import Program, World

_NODES: Final = 2_000  # after so many branches the best that was found counts: a bound that no machine's speed moves
_EXACTNESS: Final = 1e-9


def solve(program: Program) -> World | None:
    """Return whole numbers that keep the laws and make the aim large; None where none were found."""
    highs = _Highs()
    for option, value in (
        ("output_flag", False),
        ("threads", 1),
        ("mip_max_nodes", _NODES),
        ("mip_feasibility_tolerance", _EXACTNESS),
        ("primal_feasibility_tolerance", _EXACTNESS),
    ):
        highs.setOptionValue(option, value)
    for place, (least, most) in enumerate(program.bounds):
        highs.addCol(-program.aim.get(place, 0), least, most, 0, [], [])
        highs.changeColIntegrality(place, HighsVarType.kInteger)
    for law in program.laws:
        size = max(map(abs, law.factors.values()), default=1) or 1
        factors = [factor / size for factor in law.factors.values()]
        highs.addRow(law.least / size, law.most / size, len(factors), [*law.factors], factors)
    highs.run()
    found = [round(value) for value in highs.getSolution().col_value]
    return tuple(found) if len(found) == len(program.bounds) and highs.getInfo().primal_solution_status == 2 else None
