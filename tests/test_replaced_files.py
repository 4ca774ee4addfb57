"""An amendment that replaces a closed file as a whole: heads of stages, rules of the year."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Mapping

import pytest
from sites import pages_of
from tiny import ROOT, SEALS, TINY_FILES, YEAR, snapshot_of

from pipeline.core.ground.problems import Source
from pipeline.core.ground.text import Text
from pipeline.core.index.scoring import score
from pipeline.core.record.model import Replacement, World
from pipeline.flows.snapshot import Snapshot

CRITERIA = f"data/{YEAR}/criteria.yml"
HEAD = f"data/{YEAR}/appraisal-1/co-quan-a.yml"
FIRST, SECOND = (f"data/{YEAR}/amendments/{number}.yml" for number in ("0008", "0009"))


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def replacing(path: str, content: str, expect: str | None = None) -> str:
    """Return an amendment that puts a content in the place of a file."""
    body = "".join(f"  {line}\n" if line else "\n" for line in content.splitlines())
    return (
        f"format: 1\npath: {path}\nexpect: {expect or digest(TINY_FILES[path])}\nfile:\n{body}"
        "reason: Ghi sai khi gõ\ndecision: {number: 7/QĐ-MH, date: 2025-03-01}\n"
    )


def text(path: str) -> str:
    return TINY_FILES[path].decode()


def world(more: Mapping[str, str], *, closed: bool = True) -> Snapshot:
    """Read the tiny year with its stages sealed, or as it is while they are open."""
    files = {path: data for path, data in TINY_FILES.items() if closed or not path.endswith("/approval.yml")}
    seals = {path: seal.encode() for path, seal in SEALS.items()} if closed else {}
    return snapshot_of({**files, **seals, **{path: text.encode() for path, text in more.items()}})


def codes(snapshot: Snapshot, path: str) -> set[str]:
    return {problem.code for problem in snapshot.problems if problem.path == path and problem.is_error}


def out_of(snapshot: Snapshot, code: str) -> str:
    return str(snapshot.world.years[YEAR].criteria[code].out_of)


def test_a_head_is_read_from_the_amendment_and_the_file_stays() -> None:
    right = text(HEAD).replace("appraised: 2024-12-16", "appraised: 2024-12-15")
    assert right != text(HEAD)
    found = world({FIRST: replacing(HEAD, right)})
    file = found.world.years[YEAR].stages["appraisal-1"]["co-quan-a"]

    assert codes(found, FIRST) == set()
    assert file.dates["appraised"] == "2024-12-15"
    assert found.tree.files[HEAD].data == TINY_FILES[HEAD]


def test_rules_are_replaced_and_the_approval_must_follow() -> None:
    right = text(CRITERIA).replace("Muộn đến 15 ngày", "Muộn đến 10 ngày", 1)
    assert right != text(CRITERIA)
    found = world({FIRST: replacing(CRITERIA, right)})

    assert {problem.code for problem in found.problems} >= {"approval-inputs-changed"}
    assert score(found.world.years[YEAR]).agencies


@pytest.mark.parametrize(
    ("path", "code"),
    [
        (f"data/{YEAR}/plan.yml", "replaced-file-unknown"),
        (f"data/{YEAR}/appraisal-1/khong-co.yml", "replaced-file-unknown"),
        ("data/2031/criteria.yml", "replaced-file-unknown"),
    ],
)
def test_only_a_file_of_the_year_that_scoring_reads_is_replaced(path: str, code: str) -> None:
    content = HEAD if "appraisal" in path else CRITERIA

    assert code in codes(world({FIRST: replacing(path, text(content), "0" * 64)}), FIRST)


def test_what_is_open_is_changed_and_not_amended() -> None:
    found = world({FIRST: replacing(HEAD, text(HEAD))}, closed=False)

    assert "replaced-file-open" in codes(found, FIRST)


def test_rules_are_changed_and_not_amended_while_a_stage_is_open() -> None:
    files = {path: data for path, data in TINY_FILES.items() if not path.endswith("/approval.yml")}
    seals = {path: seal.encode() for path, seal in SEALS.items() if "self-assessment" in path}
    found = snapshot_of({**files, **seals, FIRST: replacing(CRITERIA, text(CRITERIA)).encode()})

    assert "replaced-file-open" in codes(found, FIRST)


def test_the_history_page_tells_a_replaced_file_and_not_that_there_is_no_correction() -> None:
    def replaced(world: World) -> World:
        year = world.years[YEAR]
        decision = year.approvals[-1].decision
        one = Replacement("0009", CRITERIA, "", Text("Ghi sai khi gõ"), decision, "", source=Source(FIRST))
        years = {**world.years, YEAR: dataclasses.replace(year, amendments=(), replacements=(one,))}
        return dataclasses.replace(world, years=years)

    pages = pages_of(ROOT, world=replaced).pages
    page = next(data for path, data in pages.items() if f"{YEAR}/lich-su" in path).decode()

    assert "Đính chính 0009 thay trọn một tệp (Quy tắc và danh mục)" in page
    assert "Chưa có đính chính nào" not in page


def test_what_is_expected_stands() -> None:
    assert "amendment-expectation" in codes(world({FIRST: replacing(HEAD, text(HEAD), "0" * 64)}), FIRST)


def test_a_second_replacement_expects_the_first() -> None:
    first = replacing(HEAD, text(HEAD))
    good = world({FIRST: first, SECOND: replacing(HEAD, text(HEAD), digest(first.encode()))})
    bad = world({FIRST: first, SECOND: replacing(HEAD, text(HEAD))})

    assert codes(good, SECOND) == set()
    assert codes(bad, SECOND) == {"amendment-expectation"}


def test_the_content_is_judged_by_the_kind_of_the_file_it_replaces() -> None:
    found = world({FIRST: replacing(HEAD, text(HEAD).replace("lines:", "lions:"))})

    assert codes(found, FIRST)
    assert found.world.years[YEAR].replacements == ()


def test_one_that_never_took_effect_is_withdrawn() -> None:
    wrong = replacing(HEAD, text(HEAD), "0" * 64)
    withdrawal = 'format: 1\nwithdraws: "0008"\nreason: Sai\ndecision: {number: 8/QĐ-MH, date: 2025-03-02}\n'
    found = world({FIRST: wrong, SECOND: withdrawal})
    effective = world({FIRST: replacing(HEAD, text(HEAD)), SECOND: withdrawal})

    assert (codes(found, FIRST), codes(found, SECOND)) == (set(), set())
    assert "withdrawal-of-effective" in codes(effective, SECOND)
