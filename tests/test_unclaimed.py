"""A leaf that the appraisers alone score (`claimed: false`): no line in the claim, no part of figures about claims."""

from __future__ import annotations

import re
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from pathlib import Path

import docx
from conftest import Repository, RunCommand
from formworlds import AGENCY, YEAR, codes, handed_over, make, opened, read_one, typed
from tiny import SCHEMAS, TINY_FILES, snapshot_of

from pipeline.core.index.analysis.waterfalls import waterfalls
from pipeline.core.index.audit import audit, matches, scored
from pipeline.core.index.scoring import owed_lines, score
from pipeline.core.publish.charts.from_results import claims_chart
from pipeline.core.record.authorship import LastChange
from pipeline.core.record.calendar import Calendar
from pipeline.flows.snapshot import Snapshot
from pipeline.flows.wording import load_labels

LEAF = "2.2"
RULE = b"        rule: {type: judged, step: 0.25}\n"
GIVEN = {"co-quan-a": Fraction("1.50"), "co-quan-b": Fraction("1.50"), "co-quan-c": Fraction(2)}
KINDS = (b"appraisal-notice", b"self-assessment")
NOT_SCORED = "Cơ quan không tự chấm tiêu chí này; điểm do bước thẩm định cho."


@cache
def files() -> Mapping[str, bytes]:
    """Return the tiny world, still open, whose leaf 2.2 no agency claims."""
    made = opened(TINY_FILES)
    criteria = f"data/{YEAR}/criteria.yml"
    made[criteria] = made[criteria].replace(RULE, RULE + b"        claimed: false\n", 1)
    for agency in GIVEN:
        own, judged = (f"data/{YEAR}/{stage}/{agency}.yml" for stage in ("self-assessment", "appraisal-1"))
        made[own] = re.sub(rb'  "2\.2":\n(?:    .*\n)+', b"", made[own], count=1)
        made[judged] = re.sub(rb'(  "2\.2":\n    score: .*\n)    reason: .*\n', rb"\1", made[judged], count=1)
    return made


@cache
def snapshot() -> Snapshot:
    return snapshot_of(files())


def before_appraisal() -> Snapshot:
    later = ("/appraisal-", "/explanation/", "/council-decision/")
    return snapshot_of({path: data for path, data in files().items() if not any(part in path for part in later)})


def test_its_first_line_needs_no_reason_and_the_claim_owes_none() -> None:
    year = snapshot().world.years[YEAR]

    assert [problem for problem in snapshot().problems if problem.is_error] == []
    assert LEAF not in owed_lines(year, "self-assessment", AGENCY)
    assert LEAF in owed_lines(year, "appraisal-1", AGENCY)
    assert {entry.agency.slug: leaf.points for entry in score(year).agencies if (leaf := entry.leaf(LEAF))} == GIVEN


def test_until_then_it_is_outstanding() -> None:
    results = score(before_appraisal().world.years[YEAR])

    assert {entry.agency.slug: LEAF in entry.outstanding for entry in results.agencies} == dict.fromkeys(GIVEN, True)


def test_a_later_change_needs_a_reason_like_any_other() -> None:
    path = f"data/{YEAR}/appraisal-2/co-quan-a.yml"
    lines = files()[path].replace(b"lines:\n", b'lines:\n  "2.2":\n    score: 2\n', 1)
    found = snapshot_of({**files(), path: lines}).problems

    assert {problem.code for problem in found if problem.is_error} == {"reason-missing"}


def test_figures_about_claims_leave_it_out() -> None:
    year = snapshot().world.years[YEAR]
    found = waterfalls(year)
    own = found.of("co-quan-a")

    assert LEAF not in {row.criterion for rows in found.rows.values() for row in rows}
    assert own is not None
    assert own.claimed + own.cut + own.raised + own.recovered == own.final
    assert own.final == score(year).of("co-quan-a").appraisal.points - Fraction("1.5")  # type: ignore[union-attr]


def test_a_chart_that_begins_with_claims_says_that_it_leaves_it_out() -> None:
    results, labels = score(snapshot().world.years[YEAR]), load_labels("vi")
    chart = claims_chart(results, waterfalls(results.year).by_agency, labels)

    assert chart is not None
    assert "Không kể tiêu chí mà cơ quan không tự chấm." in chart.note


def test_the_audit_says_that_it_was_given_and_not_raised() -> None:
    year, nobody = snapshot().world.years[YEAR], LastChange(None, None, None, None)
    found = audit(year, "appraisal-1", calendar=Calendar(), find=lambda _: nobody)
    rows = [row for row in found.rows if row.criterion == LEAF]

    assert {row.verdict for row in rows} == {"given"}
    assert found.total.given == len(rows) == 3
    assert all(tally.holds for tally in (*found.by_agency, found.total))
    assert matches(found, scored(year, "appraisal-1")) == ()
    assert found.total.points_raised == sum(
        entry.moved
        for row in found.rows
        for entry in row.entries
        if entry.verdict in {"raised", "reapplied"} and entry.moved > 0
    )
    assert not any(row.unexplained for row in rows)


def test_the_forms_of_the_claim_have_no_cells_for_it_and_those_of_the_appraisal_have() -> None:
    claim, appraisal = (make(snapshot(), stage, AGENCY) for stage in ("self-assessment", "appraisal-1"))
    web = handed_over(snapshot(), "self-assessment").decode()
    changed = read_one(snapshot(), typed(appraisal, (LEAF, "Điểm thẩm định", 1)))
    refused = read_one(snapshot(), typed(claim, (LEAF, "Điểm tự chấm", 1)))

    assert f'"{LEAF}"' not in web
    assert b'"2.2":\n    score: 1\n' in changed.files[f"data/{YEAR}/appraisal-1/{AGENCY}.yml"]
    assert codes(refused) != []
    assert dict(refused.files) == {}


def test_pages_documents_and_the_bundle_say_so(repository: Repository, run_command: RunCommand, tmp_path: Path) -> None:
    cycle, bodies = f"data/{YEAR}/cycle.yml", "data/bodies.yml"
    signed = b"documents:\n" + b"".join(b"  %s: {signer: A, recipients: [B]}\n" % kind for kind in KINDS)
    issues = b"  so-noi-vu:\n    issues: [appraisal-notice]\n    place: P\n"
    worded = {cycle: files()[cycle] + signed, bodies: files()[bodies].replace(b"  so-noi-vu:\n", issues)}
    repository.write_all({**SCHEMAS, **files(), **worded})
    repository.commit()
    told = run_command("explain", "--year", YEAR, AGENCY, LEAF, cwd=repository.root)
    audited = run_command("audit", "--year", YEAR, "--stage", "appraisal-1", cwd=repository.root).stdout
    notice, own = tmp_path / "notice.docx", tmp_path / "own.docx"
    for kind, target in (("appraisal-notice", notice), ("self-assessment", own)):
        done = run_command(
            *("report", "--year", YEAR, "--kind", kind, "--agency", AGENCY, "-o", str(target)), cwd=repository.root
        )
        assert done.code == 0, done
    bundle = tmp_path / "open"
    exported = run_command(
        *("export", "--year", YEAR, "--audience", "internal", "--today", "2025-03-20", "-o", str(bundle)),
        cwd=repository.root,
    )
    proved = run_command("verify", "--bundle", str(bundle), cwd=repository.root)
    rows = (bundle / "csv" / "criteria.csv").read_text("utf-8").splitlines()

    assert NOT_SCORED in told.stdout
    assert "Chấm lần đầu 3 tiêu chí mà cơ quan không tự chấm" in audited
    assert "Công nhận 68,0%, giảm 28,0%, tăng 0,0% số dòng." in audited
    assert "chấm 01 tiêu chí mà cơ quan không tự chấm (1,50 điểm)" in words_of(notice)
    assert LEAF not in words_of(own)
    assert (exported.code, proved.code) == (0, 0), proved
    assert "claimed" in rows[0].split(",")
    assert [row.split(",")[1] for row in rows if ",false," in row] == [LEAF]


def words_of(path: Path) -> str:
    read = docx.Document(str(path))
    cells = (cell.text for table in read.tables for row in table.rows for cell in row.cells)
    return "\n".join([*(paragraph.text for paragraph in read.paragraphs), *cells])
