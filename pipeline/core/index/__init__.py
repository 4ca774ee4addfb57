"""From records to the index: laws between files, points, scoring, rank, analysis, and their words.

May enter: a law that two files must agree, what decides points, index, rank or grade, and figures or words that follow
from scores alone. Stays out: reading files, survey errors and hiding (`survey`), commits (`rounds`), pages (`publish`).
"""

from typing import Literal, TypeAlias, get_args

By: TypeAlias = Literal["points", "count"]
WAYS: tuple[By, ...] = get_args(By)  # names only, so that the command line knows them without loading `whatif`
