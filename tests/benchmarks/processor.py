"""The clock of the benchmarks: what the processor did, which other work on the machine changes little."""

from __future__ import annotations

import resource
from time import process_time


def processor() -> float:
    """Return the seconds of the processor that this process and its children have taken, program and system."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return process_time() + children.ru_utime + children.ru_stime
