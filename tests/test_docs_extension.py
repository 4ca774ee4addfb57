"""The how-to pages on a new check and a new stage can be followed: their own blocks are carried out here."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest
from readers import blocks_of
from tiny import TINY_FILES, snapshot_of

from pipeline.adapters import documents
from pipeline.adapters.messages import LANGUAGES
from pipeline.core.ground import nodes
from pipeline.core.ground.labels import labels_from
from pipeline.core.index import laws
from pipeline.core.index.laws import lines
from pipeline.flows.snapshot import load_labels

CHECK, STAGE = "docs/how-to/them-mot-luat.md", "docs/how-to/them-mot-buoc.md"
CLAIM = "data/2024/self-assessment/co-quan-a.yml"


def test_the_page_on_adding_a_check_can_be_followed(monkeypatch: pytest.MonkeyPatch) -> None:
    (function,), (row,) = blocks_of(CHECK, "python"), blocks_of(CHECK, "text")
    inside = dict(vars(lines))
    exec(function, inside)  # noqa: S102  # the page's own words
    (name,) = re.findall(r"def (\w+)", function)
    code = name.replace("_", "-")
    assert row.strip() == f"lines.{name},"
    monkeypatch.setitem(laws.CHECKS, code, laws.Check("warning", inside[name]))
    text = TINY_FILES[CLAIM].decode()
    one = next(line for line in text.splitlines(keepends=True) if line.startswith("      - {number: "))

    found = snapshot_of({**TINY_FILES, CLAIM: text.replace(one, one * 2, 1).encode()}).problems
    (problem,) = (problem for problem in found if problem.code == code)

    assert problem.code == code
    for language, block in zip(LANGUAGES, blocks_of(CHECK, "yaml"), strict=True):
        root = documents.read("laws.yml", block.encode()).root
        assert isinstance(root, nodes.Mapping)
        known = load_labels(language)
        words = replace(known, texts={**known.texts, **labels_from(language, [("problems", root)]).texts})
        assert problem.figures["number"] in words.message(problem)
        assert words.help(problem)
    assert blocks_of(CHECK, "markdown")[0].startswith(f"### {code}\n")


def test_the_page_on_adding_a_stage_can_be_followed() -> None:
    path = "data/2024/cycle.yml"
    cycle = TINY_FILES[path].decode()
    old = re.search(r"^stages:\n(?:  .*\n)+", cycle, re.MULTILINE)
    assert old is not None
    (block,) = blocks_of(STAGE, "yaml")
    kept = {name: data for name, data in TINY_FILES.items() if name != "data/2024/approval.yml" and "amend" not in name}

    snapshot = snapshot_of({**kept, path: cycle.replace(old.group(), block).encode()})

    assert [problem for problem in snapshot.problems if problem.is_error] == []
    stages = snapshot.world.years["2024"].cycle.stages
    assert (stages.kind("hau-kiem"), stages.before("hau-kiem")[-1]) == ("appraise", "appraisal-2")
