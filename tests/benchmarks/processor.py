"""The clock of the benchmarks: what the processor did, which other work on the machine changes little."""

from __future__ import annotations

import resource


def processor() -> float:
    """Return the seconds of the processor that this process and its children have taken, program and system."""
    used = [resource.getrusage(of) for of in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
