"""Time per file of the strict reader against the round trip and the safe loader of ruamel.yaml, in one run.

Run as `python tests/benchmarks/reading.py [FILE...]`; without files, on a self-assessment of sixty criteria.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import BytesIO
from itertools import count as count_up
from pathlib import Path
from statistics import median

from processor import processor
from ruamel.yaml import YAML

from pipeline.adapters.documents import read
from pipeline.core.ground import nodes
from pipeline.core.ground.nodes import Node

ROUNDS = 15


def sixty_criteria() -> bytes:
    """Return a self-assessment of sixty criteria in the size and shape that agencies hand in."""
    lines = ["format: 1", "report: {number: 215/BC-MH, date: 2024-12-03}", "signed_by: Cục trưởng", "lines:"]
    for number in range(60):
        lines += [
            f'  "{number // 10 + 1}.{number % 10 + 1}.1":',
            "    answer: {done: 118, assigned: 120}",
            "    score: 0.98",
        ]
        if number % 3 == 0:
            lines += ["    evidence:", "      - number: 15/KH-MH", "        date: 2024-01-12"]
            lines += ["        title: Kế hoạch cải cách hành chính năm 2024"]
    return "\n".join([*lines, ""]).encode()


def count(node: Node) -> int:
    """Count the values of a tree, collections included."""
    if isinstance(node, nodes.Scalar):
        return 1
    return 1 + sum(map(count, node.values.values() if isinstance(node, nodes.Mapping) else node.items))


def milliseconds(act: Callable[[], object]) -> float:
    """Return the median time of an act over the rounds."""
    times = []
    for _ in range(ROUNDS):
        start = processor()
        act()
        times.append(processor() - start)
    return 1000 * median(times)


def main(names: list[str]) -> None:
    """Print one line of figures per file."""
    files = {name: Path(name).read_bytes() for name in names} or {"sixty criteria": sixty_criteria()}
    print(f"{'file':40} {'bytes':>8} {'nodes':>6} {'read':>8} {'round trip':>11} {'safe':>8}  ratios")
    for name, data in files.items():
        root = read(name, data).root
        other = (data + b"# %d\n" % number for number in count_up())  # what was read before is not read again
        ours = milliseconds(lambda name=name, other=other: read(name, next(other)))
        round_trip = milliseconds(lambda data=data: YAML(typ="rt").load(BytesIO(data)))
        safe = milliseconds(lambda data=data: YAML(typ="safe", pure=True).load(BytesIO(data)))
        figures = f"{len(data):8} {count(root) if root else 0:6} {ours:8.2f} {round_trip:11.2f} {safe:8.2f}"
        print(f"{name:40} {figures}  {round_trip / ours:.0f}x {safe / ours:.0f}x")


if __name__ == "__main__":
    main(sys.argv[1:])
