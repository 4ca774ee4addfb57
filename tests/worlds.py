"""Small worlds for tests: short YAML texts read on the same road as real files.

Nothing here judges shape or laws; a test of those takes a snapshot of a repository instead.
"""

from __future__ import annotations

import hashlib
import textwrap
from collections.abc import Iterable, Mapping
from decimal import Decimal

from pipeline.adapters import documents
from pipeline.core.ground import nodes
from pipeline.core.ground.nodes import Node
from pipeline.core.record import layout
from pipeline.core.record.model import World, Year
from pipeline.core.record.reading import Placed, read_world
from pipeline.core.record.rules import Rule, rule_from

YEAR = "2024"
DECISION = "decision: {number: 1/QĐ-UBND, date: 2025-02-01}"
HEADS = {
    "self-assessment": "report: {number: 1/BC-CT, date: 2024-12-03}\nsigned_by: Cục trưởng\nreceived: 2024-12-04",
    "appraisal-1": "appraised: 2024-12-16",
    "explanation": "letter: {number: 2/CV-CT, date: 2024-12-20}\nreceived: 2024-12-20",
    "appraisal-2": "appraised: 2025-01-20",
    "council-decision": DECISION,
}


def tree(text: str) -> Node:
    """Return the tree of a YAML text, which must be sound; a bare value stands as the value of a key."""
    found = documents.read("data/test.yml", f"value: {text}\n".encode())
    if "\n" in text or found.problems:
        found = documents.read("data/test.yml", textwrap.dedent(text).strip().encode() + b"\n")
        assert (found.problems, found.root is None) == ((), False)
        assert found.root is not None
        return found.root
    assert isinstance(found.root, nodes.Mapping)
    return found.root.values["value"]


def rule(text: str, out_of: str = "0") -> Rule:
    """Return the rule that a YAML text describes, of a leaf with so many points."""
    node = tree(text)
    assert isinstance(node, nodes.Mapping)
    return rule_from(node, Decimal(out_of))


def placed(path: str, text: str) -> Placed:
    """Return one file as the snapshot hands it to reading, taken to be of the right shape."""
    place, data = layout.place(path), textwrap.dedent(text).strip().encode() + b"\n"
    document = documents.read(path, data)
    assert place is not None
    assert (document.problems, document.root is None) == ((), False)
    digest = hashlib.sha256(data).hexdigest()
    return Placed(place, document, blob=digest[:40], sha256=digest)


def world(files: Mapping[str, str]) -> World:
    """Return the records of some files, path -> YAML text without `format`."""
    return read_world(placed(path, f"format: 1\n{textwrap.dedent(text).strip()}") for path, text in files.items())


def files_of(
    criteria: str,
    *,
    agencies: Iterable[str] | str = ("cuc-thue",),
    lines: Mapping[tuple[str, str], str] | None = None,
    survey: str | None = None,
    counts: Mapping[tuple[str, str], str] | None = None,
    amendments: Iterable[str] = (),
    policy: str = "{}",
    grades: str = "[]",
    out_of: str = "100",
) -> dict[str, str]:
    """Return the files of one year by path.

    Args:
        criteria: what stands under `criteria:` in criteria.yml.
        agencies: their slugs, or what stands under `agencies:` in agencies.yml.
        lines: (stage, agency) -> what stands under `lines:`, with further keys of the file after a line `---`.
        survey: survey.yml without `format`.
        counts: (group, agency) -> one file of counts.
        amendments: numbered from 0001 on.
        policy: `policy:` of cycle.yml as one line of YAML.
        grades: `grades:` of cycle.yml as one line of YAML.
        out_of: `out_of:` of cycle.yml.
    """
    if not isinstance(agencies, str):
        agencies = "\n".join(f"{slug}: {{name: {slug}, short: {slug}}}" for slug in agencies)
    files = {
        "cycle": f"title: Chỉ số\nperiod: {{from: 2024-01-01, to: 2024-12-31}}\nout_of: {out_of}\nlegal_basis: []\n"
        f"policy: {policy}\ngrades: {grades}",
        "agencies": _under("agencies", agencies),
        "criteria": _under("criteria", criteria),
    }
    for (stage, agency), text in (lines or {}).items():
        own, _, more = textwrap.dedent(text).partition("---")
        files[f"{stage}/{agency}"] = f"{HEADS[stage]}\n{_under('lines', own)}\n{more.strip()}"
    if survey is not None:
        files["survey/survey"] = survey
    for (group, agency), text in (counts or {}).items():
        files[f"survey/{group}/{agency}"] = text
    for number, text in enumerate(amendments, 1):
        files[f"amendments/{number:04}"] = f"{textwrap.dedent(text).strip()}\n{DECISION}"
    return {f"data/{YEAR}/{name}.yml": text for name, text in files.items()}


def year_from(files: Mapping[str, str]) -> Year:
    """Return the one year that some files make."""
    return world(files).years[YEAR]


def _under(key: str, text: str) -> str:
    text = textwrap.dedent(text).strip()
    return f"{key}:\n{textwrap.indent(text, '  ')}" if text else f"{key}: {{}}"
