"""Which forms are called back: a draw that anybody repeats from serials, a seed and SHA-256: decision 0021."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.problems import Problem

_SERIAL: Final = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._/-]{0,38}[A-Za-z0-9])?", re.ASCII)
_LONG_NUMBER: Final = re.compile(r"\+?\d{9,}", re.ASCII)  # phone and identity numbers
MAX_SERIALS: Final = 1_000_000


def serials_from(path: str, text: str) -> tuple[tuple[str, ...], tuple[Problem, ...]]:
    """Read a list of forms, one serial number a line, blank lines passed over.

    Returns:
        The serial numbers in the order of the list, and what is wrong with it: a list of people is not a list of forms.
    """
    found: dict[str, int] = {}
    problems: list[Problem] = []
    for number, line in enumerate(text.removeprefix("\ufeff").splitlines(), 1):
        serial = line.strip()
        if not serial:
            continue
        if _SERIAL.fullmatch(serial) is None or _LONG_NUMBER.fullmatch(serial):
            problems.append(Problem("serial-not-plain", "error", path, number, 1, {"found": _hidden(serial)}))
        elif serial in found:
            figures = {"found": serial, "first": str(found[serial])}
            problems.append(Problem("serial-repeated", "error", path, number, 1, figures))
        else:
            found[serial] = number
    return tuple(found), tuple(problems)


def _hidden(text: str) -> str:
    """Return the beginning of a text that may be a person's: enough to find it, too little to name anybody."""
    return text[:3] + "…"


def serials_up_to(count: int) -> tuple[str, ...]:
    """Return the serial numbers of forms that are numbered from 1."""
    return tuple(str(number) for number in range(1, count + 1))


def draw(serials: Sequence[str], *, scope: str, seed: int, count: int) -> tuple[str, ...]:
    r"""Draw forms at random, the same ones for the same seed, whatever the order of the list, on every machine.

    The forms stand in the order of sha256("parindex-callbacks\n<scope>\n<seed>\n<serial>"), and the first ones are
    drawn. It is a simple random sample without replacement, and any program that knows sha256 repeats it.

    Args:
        serials: the serial numbers, each once.
        scope: what the list is of, `<year>/<group>`, so that one seed gives each group a draw of its own.
    """
    return tuple(sorted(serials, key=lambda serial: (_lot(scope, seed, serial), serial))[:count])


def _lot(scope: str, seed: int, serial: str) -> bytes:
    return hashlib.sha256(f"parindex-callbacks\n{scope}\n{seed}\n{serial}".encode()).digest()


def list_digest(serials: Iterable[str]) -> str:
    """Return the sha256 over the sorted serial numbers, each ended by a line feed: it tells one list from another."""
    return hashlib.sha256("".join(f"{serial}\n" for serial in sorted(serials)).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Drawn:
    """One draw of a group's forms."""

    year: str
    group: str
    seed: int
    of: int
    digest: str
    serials: tuple[str, ...]

    def record(self) -> Mapping[str, int | str]:
        """Return what supervision.yml says of the draw before anybody is called."""
        return {"seed": self.seed, "of": self.of, "list": self.digest, "drawn": len(self.serials)}


def drawn_of(year: str, group: str, serials: Sequence[str], *, seed: int, count: int) -> Drawn:
    """Draw a group's call-backs."""
    picked = draw(serials, scope=f"{year}/{group}", seed=seed, count=count)
    return Drawn(year, group, seed, len(serials), list_digest(serials), picked)


def drawn_json(drawn: Drawn) -> dict[str, Any]:
    """Return the stable shape of `survey callbacks --format json`."""
    return {"year": drawn.year, "group": drawn.group, **drawn.record(), "serials": list(drawn.serials)}


def drawn_text(drawn: Drawn, title: str, labels: Labels) -> str:
    """Return the drawn forms for the team, and what to enter into supervision.yml."""
    words = {"drawn": len(drawn.serials), "of": drawn.of, "seed": drawn.seed, "group": title}
    width = len(str(len(drawn.serials)))
    rows = [f"{number:>{width + 2}}. {serial}" for number, serial in enumerate(drawn.serials, 1)]
    record = [f"      {key}: {value}" for key, value in drawn.record().items()]
    path = f"data/{drawn.year}/survey/supervision.yml"
    entry = ["callbacks:", "  draws:", f"    {drawn.group}:", *record]
    return (
        "\n".join(
            [
                labels.text("callbacks.title", **words),
                *rows,
                "",
                labels.text("callbacks.record", path=path),
                *entry,
                "",
                labels.text("callbacks.after"),
            ]
        )
        + "\n"
    )
