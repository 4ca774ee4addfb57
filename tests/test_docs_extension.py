"""The how-to pages on a new check and a new stage can be followed: their own blocks are carried out here."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest
from readers import blocks_of
from test_laws import marked, overlaid
from tiny import ROOT, data_of_this_repository, files_under, snapshot_of

from pipeline.adapters import documents
from pipeline.core.ground import nodes
from pipeline.core.ground.labels import texts_of
from pipeline.core.index import laws
from pipeline.core.index.laws import lines
from pipeline.flows.wording import load_labels

CHECK, STAGE = "docs/how-to/them-mot-luat.md", "docs/how-to/them-mot-buoc.md"


def test_the_page_on_adding_a_check_can_be_followed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (function,), (row,) = blocks_of(CHECK, "python"), blocks_of(CHECK, "text")
    *words, edits = blocks_of(CHECK, "yaml")
    inside = dict(vars(lines))
    exec(function, inside)  # noqa: S102  # the page's own words
    (name,) = re.findall(r"def (\w+)", function)
    code = name.replace("_", "-")
    assert row.strip() == f"lines.{name},"
    monkeypatch.setitem(laws.CHECKS, code, laws.Check("warning", inside[name]))
    (tmp_path / "edits.yml").write_text(edits, encoding="utf-8")
    files, _ = overlaid(tmp_path)

    (problem,) = snapshot_of(files).problems

    assert (problem.code, {(problem.path, problem.line)}) == (code, marked(files, code))
    for language, block in zip(("vi", "en"), words, strict=True):
        root = documents.read("laws.yml", block.encode()).root
        assert isinstance(root, nodes.Mapping)
        known = load_labels(language)
        told = replace(known, texts={**known.texts, **dict(texts_of([("problems", root)]))})
        assert problem.figures["number"] in told.message(problem)
        assert told.help(problem)
    assert blocks_of(CHECK, "markdown")[0].startswith(f"### {code}\n")


def test_the_page_on_adding_a_stage_can_be_followed() -> None:
    cycle, access = "data/2025/cycle.yml", "data/access.yml"
    files = files_under(ROOT, "data")
    old = re.search(r"^stages:\n(?:  .*\n)+", files[cycle].decode(), re.MULTILINE)
    assert old is not None
    (block,) = blocks_of(STAGE, "yaml")
    by_name = b"writes: [appraisal-1, appraisal-2]"
    changed = {
        cycle: files[cycle].replace(old.group().encode(), block.encode()),
        access: files[access].replace(by_name, by_name.replace(b"]", b", hau-kiem]")),
    }

    snapshot = snapshot_of({**files, **changed})

    assert set(old.group().splitlines()) < set(block.splitlines())
    assert changed[access] != files[access]
    assert snapshot.problems == data_of_this_repository().problems
    stages = snapshot.world.years["2025"].cycle.stages
    assert (stages.kind("hau-kiem"), stages.before("hau-kiem")[-1]) == ("appraise", "appraisal-2")
