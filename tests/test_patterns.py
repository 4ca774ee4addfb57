"""No regular expression takes more than a time in proportion to the text, however the text was made."""

from __future__ import annotations

import collections
import json
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from patterns import ANCHORED, ROOT, Found, attacks, of_module, of_schemas, of_scripts

MEGABYTE = 1024 * 1024
# Length of the text -> how many of the attacks are tried on it, the slowest on the one before.
SIZES: Mapping[int, int | None] = {32: None, 4 * 1024: None, 32 * 1024: 12, MEGABYTE // 4: 2}
MODULES = sorted(
    path for path in (ROOT / "pipeline").rglob("*.py") if re.search(r"\bre\.[a-z]+\(", path.read_text("utf-8"))
)


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Stop after so much work of the processor; a pattern that tries without end looks at signals now and then."""

    def stop(_number: int, _frame: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGVTALRM, stop)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


def seconds_of(pattern: re.Pattern[Any], text: str, most: float, *, anchored: bool) -> float:
    data: Any = text if isinstance(pattern.pattern, str) else text.encode()
    started = time.process_time()
    try:
        with at_most(most):
            if anchored:
                pattern.match(data)
                pattern.fullmatch(data)
            else:
                collections.deque(pattern.finditer(data), maxlen=0)
    except TimeoutError:
        return 99
    return time.process_time() - started


def slow(found: Found) -> list[str]:
    """Name the first text on which a pattern takes longer than a second for a megabyte."""
    anchored = set(found.ways) <= ANCHORED
    taken: dict[str, float] = {}
    for size, most in SIZES.items():
        limit = 0.05 + size / MEGABYTE
        for attack in sorted(taken, key=taken.__getitem__)[-most:] if most else attacks(found.pattern.pattern):
            head, body, tail = attack.split("|")
            text = head + body * (size // len(body)) + tail
            taken[attack] = seconds_of(found.pattern, text, limit, anchored=anchored)
            if taken[attack] > limit:
                return [f"{found.where} {found.pattern.pattern!r} {attack!r} {size} {taken[attack]:.2f} s"]
    return []


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_every_pattern_of_the_program_is_linear(path: Path) -> None:
    assert [line for found in of_module(path) for line in slow(found)] == []


def test_every_pattern_of_the_schemas_is_linear() -> None:
    assert [line for found in of_schemas() for line in slow(found)] == []


IN_NODE = """
const cases = JSON.parse(require("fs").readFileSync(0));
const bad = [];
for (const [where, source, flags, attacks] of cases) {
  const pattern = new RegExp(source, flags.includes("g") ? flags : flags + "g");
  const taken = new Map(attacks.map((attack) => [attack, 0]));
  for (const [size, most] of [[32, 1000], [4096, 1000], [32768, 12], [262144, 2]]) {
    for (const [attack] of [...taken].sort((a, b) => b[1] - a[1]).slice(0, most)) {
      const [head, body, tail] = attack.split("|");
      const text = head + body.repeat(size / body.length) + tail;
      const started = process.cpuUsage();
      text.replace(pattern, "");
      const used = process.cpuUsage(started);
      taken.set(attack, (used.user + used.system) / 1e6);
      if (taken.get(attack) > 0.1 + size / 1048576) bad.push(`${where} ${source} ${JSON.stringify(attack)} ${size}`);
    }
    if (bad.length) break;
  }
}
console.log(JSON.stringify(bad));
"""


@pytest.mark.needs("node")
def test_every_pattern_of_the_scripts_is_linear(program: Callable[[str], str]) -> None:
    found = list(of_scripts())
    cases = [(where, source, flags, attacks(re.sub(r"\\p\{\w\}", "a", source))) for where, source, flags in found]
    done = subprocess.run(
        [program("node"), "-e", IN_NODE], input=json.dumps(cases), capture_output=True, text=True, check=True
    )

    assert len(found) > 30
    assert json.loads(done.stdout) == []


# Each was once a pattern of ours, or is the shape of one
BAD = [
    (r"[\w.%+-]+@[\w-]+(?:\.[\w-]+)+", "finditer"),
    (r"\s*\([^()]*\)$", "sub"),
    (r"(?P<name>[A-Za-z0-9-]+): *(?P<value>.*)", "fullmatch"),
    (r"<f(?:\s[^>]*)?>[^<]*\|[^<]*!", "search"),
    (r"\"(?:[^\"\\]|\\.)*\"", "finditer"),
    (r"0+$", "sub"),
    (r"(?:a+)+b", "match"),
    (r"(?:a|ab?)*c", "match"),
]


@pytest.mark.parametrize(("pattern", "way"), BAD)
def test_a_pattern_that_is_not_linear_is_found(pattern: str, way: str) -> None:
    assert slow(Found("here", re.compile(pattern), (way,)))


def test_patterns_are_found_where_they_are_compiled_and_used() -> None:
    places = {found.where.partition(":")[0] for path in MODULES for found in of_module(path)}

    assert {
        "pipeline/core/record/privacy.py",
        "pipeline/core/record/layout.py",
        "pipeline/commands/common.py",
    } <= places
    assert [path for path in MODULES if path.relative_to(ROOT).as_posix() not in places] == []
