"""The ranking of any day, replayed from a bundle alone, is what the program gave at the commit of that day."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from textwrap import dedent

import duckdb
import pytest
from conftest import Repository
from exportworlds import small_year
from sites import YEAR, leaks
from test_bundles import folder_of

from pipeline.adapters.repository import open_repository
from pipeline.core.ground.numbers import rounded
from pipeline.core.index.approved_table import approval_entry
from pipeline.core.index.scoring import score
from pipeline.core.record.model import Year
from pipeline.flows import writing
from pipeline.flows.export import bundle
from pipeline.flows.releases import released
from pipeline.flows.snapshot import take

TOP = f"data/{YEAR}/"
POLICY = (
    "{points: {decimals: 2, rounding: half-up, leaf: rounded}, index: {decimals: 2, rounding: half-up}, "
    "rank: {on: published, ties: competition}, evidence: {missing: note}}"
)
MORE = {  # what the schemas ask for
    "legal_basis: []": "legal_basis: [{number: 1/KH-MH}]",
    "when_none: not-applicable": "full_from: 100, zero_below: 0, when_none: not-applicable",
    "most: 1}": "most: 1, least: 0}",
    "policy: {group": "fieldwork: {from: 2024-12-01, to: 2024-12-31}\nmodes: [online]\npolicy: {group",
}


def written(text: str) -> str:
    """Return a file of the small year as one that the schemas accept."""
    whole = dedent(text).strip()
    for old, new in MORE.items():
        whole = whole.replace(old, new)
    return f"format: 1\n{whole}\n"


FILES = {path: written(text) for path, text in small_year(POLICY, 29).items()}
SURVEY, CRITERIA = f"{TOP}survey/survey.yml", f"{TOP}criteria.yml"
RULES = ("cycle.yml", "agencies.yml", "criteria.yml", "survey/survey.yml")
DAYS = {  # when the files of a folder came
    "self-assessment": "2024-12-04",
    "appraisal-1": "2024-12-16",
    "survey": "2024-12-31",
    "appraisal-2": "2025-01-20",
    "council-decision": "2025-02-01",
}
LINE = (
    'stage: appraisal-2\nagency: b-hai\ncriterion: "1.2"\nexpect: 1.25\nreason: Đơn đúng\nline: {score: 2, reason: R}\n'
)
COUNTED = (
    f"stage: survey\ngroup: lanh-dao\nagency: a-mot\nexpect: {'0' * 64}\nreason: Đếm lại\n"
    "file: {format: 1, forms: {valid: 31}, answers: {q1: {tot: %s, kem: %s}}}\n"
)
BEFORE, APPROVED, AFTER, LATER = "2025-02-10", "2025-02-21", "2025-03-10", "2025-03-20"
Ranking = dict[str, tuple[Decimal, Decimal, int]]  # agency -> points, index, rank

# What each agency had on a day: from the table of decisions and nothing else, as docs/reference/formats.md says.
REPLAY = """
    WITH dated AS (
      SELECT *, max(day) OVER (PARTITION BY agency, criterion ORDER BY position) AS since
      FROM 'parquet/decisions.parquet'
    ), stood AS (
      SELECT * FROM dated WHERE coalesce(since <= ?, true)
      QUALIFY row_number() OVER (PARTITION BY agency, criterion ORDER BY position DESC) = 1
    )
    SELECT agency, sum(after), sum(out_of) FROM stood WHERE applicable GROUP BY agency
"""


def replacing(path: str, old: str, new: str) -> str:
    """Return an amendment that replaces a file as a whole."""
    assert old in FILES[path]
    content = "".join(f"  {line}\n" for line in FILES[path].replace(old, new).splitlines())
    digest = hashlib.sha256(FILES[path].encode()).hexdigest()
    return f"path: {path}\nexpect: {digest}\nreason: Chép nhầm cả tệp\nfile:\n{content}"


WRITTEN_ANEW = replacing(f"{TOP}appraisal-2/c-ba.yml", "score: 1.25", "score: 0.75, reason: Xem lại")
HEAVIER = replacing(CRITERIA, "title: b, out_of: 2", "title: b, out_of: 4")
RECOUNTED = replacing(f"{TOP}survey/nhan-vien/b-hai.yml", "tot: 5, kem: 24", "tot: 15, kem: 14")


def founded(repository: Repository) -> None:
    """Commit the files of the small year on the days that they name."""
    repository.write_all({path: text for path, text in FILES.items() if path.removeprefix(TOP) in RULES})
    repository.commit("Quy tắc", date="2024-11-26T08:00:00+07:00")
    for folder, day in DAYS.items():
        own = {path: text for path, text in FILES.items() if path.startswith(f"{TOP}{folder}/")}
        repository.write_all({path: text for path, text in own.items() if path != SURVEY})
        repository.commit(folder, date=f"{day}T08:00:00+07:00")


def approve(repository: Repository, day: str) -> None:
    """Approve what stands, on its day."""
    results = score(take(open_repository(repository.root), None).world.years[YEAR])
    path, known = f"{TOP}approval.yml", list(results.year.decisions)
    entry = approval_entry(
        results,
        number=f"{len(known) + 1}/QĐ-MH",
        date=day,
        publish_from=None if results.year.approvals else day,
        reason="Đính chính" if known else None,
        engine=None,
    )
    old = (repository.root / path).read_bytes() if known else None
    made = writing.edit(old, {("approvals", len(known)): entry}) if old else None
    repository.write(path, made or writing.dump({"format": Decimal(1), "approvals": [entry]}))


def corrected(repository: Repository, *corrections: tuple[str, str, str]) -> None:
    """Commit the small year, approve it, and correct it: each correction has the day of its decision and of its commit.

    What is committed on one day is approved together.
    """
    founded(repository)
    approve(repository, APPROVED)
    repository.commit("Phê duyệt", date=f"{APPROVED}T08:00:00+07:00")
    correct(repository, corrections)


def correct(repository: Repository, corrections: Sequence[tuple[str, str, str]]) -> None:
    for number, (decided, committed, text) in enumerate(corrections, 1):
        decision = f"decision: {{number: {number}/QĐ-HĐ-MH, date: {decided}}}\n"
        repository.write(f"{TOP}amendments/{number:04}.yml", f"format: 1\n{text}{decision}")
        if committed not in {day for _, day, _ in corrections[number:]}:
            approve(repository, committed)
            repository.commit("Đính chính", date=f"{committed}T08:00:00+07:00")


def exported(repository: Repository, folder: Path) -> Path:
    snapshot = take(open_repository(repository.root), None)
    return folder_of(bundle(snapshot, year=YEAR, audience="public", today="2026-01-01"), folder)


def asked(folder: Path, query: str, monkeypatch: pytest.MonkeyPatch, *given: str) -> list[tuple[object, ...]]:
    monkeypatch.chdir(folder)
    with duckdb.connect() as connection:
        return connection.execute(query, given or None).fetchall()


def ranking(sums: Mapping[str, tuple[Decimal, Decimal]]) -> Ranking:
    index = {
        agency: (100 * points / out_of).quantize(Decimal("0.01"), ROUND_HALF_UP)
        for agency, (points, out_of) in sums.items()
    }
    return {
        agency: (points, index[agency], 1 + sum(other > index[agency] for other in index.values()))
        for agency, (points, _) in sums.items()
    }


def given_by_the_program(repository: Repository, day: str) -> Ranking:
    """Return what the program gives at the last commit until a day."""
    commit = repository.git("rev-list", "-1", f"--before={day}T23:59:59+07:00", "main")
    results = score(take(open_repository(repository.root), commit).world.years[YEAR])
    return {
        entry.agency.slug: (rounded(entry.total.points, 2, "half-up"), entry.published, entry.rank)
        for entry in results.agencies
        if entry.published is not None and entry.rank is not None
    }


HISTORIES = {
    "a line": [("2025-03-10", "2025-03-10", LINE)],
    "a whole file": [("2025-03-10", "2025-03-10", WRITTEN_ANEW)],
    "a line, then a whole file": [("2025-03-10", "2025-03-10", LINE), ("2025-03-12", "2025-03-12", WRITTEN_ANEW)],
    "rules": [("2025-03-10", "2025-03-10", HEAVIER)],
    "a whole file, then rules": [("2025-03-10", "2025-03-10", WRITTEN_ANEW), ("2025-03-12", "2025-03-12", HEAVIER)],
    "the survey": [("2025-03-10", "2025-03-10", COUNTED % (10, 21))],
    "a whole file of the survey": [("2025-03-10", "2025-03-10", RECOUNTED)],
    "the survey, then rules": [("2025-03-10", "2025-03-10", RECOUNTED), ("2025-03-11", "2025-03-11", HEAVIER)],
}


@pytest.mark.parametrize("history", HISTORIES)
def test_the_ranking_of_each_day_that_a_decision_names_is_what_the_program_gave_then(
    history: str, repository: Repository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    corrected(repository, *HISTORIES[history])
    folder = exported(repository, tmp_path / "bundle")
    query = "SELECT DISTINCT CAST(day AS VARCHAR) FROM 'parquet/decisions.parquet' WHERE day IS NOT NULL ORDER BY 1"
    days = [str(day) for (day,) in asked(folder, query, monkeypatch)]
    replayed = {
        day: ranking({str(row[0]): (row[1], row[2]) for row in asked(folder, REPLAY, monkeypatch, day)}) for day in days
    }

    assert len(days) == len(DAYS) + len(HISTORIES[history])
    assert {day: given_by_the_program(repository, day) for day in days} == replayed


# --- what nobody published --------------------------------------------------------------------------------------------


def survey_points(repository: Repository, folder: Path, agency: str) -> list[tuple[str, str, str]]:
    """Return stage, points before and after of what the bundle tells of a criterion of the survey."""
    with (exported(repository, folder) / "csv" / "decisions.csv").open(encoding="utf-8", newline="") as file:
        told = [row for row in csv.DictReader(file) if (row["agency"], row["criterion"]) == (agency, "2.1")]
    return [(row["stage"], row["before"], row["after"]) for row in told]


FIRST, SECOND = COUNTED % (10, 21), COUNTED % (31, 0)
SEEN = {"": "1.53", "1": "0.82", "1 2": "2.17"}  # the points of each state, by the corrections that it holds


@pytest.mark.parametrize(
    ("corrections", "wanted"),
    [
        # Dated before an approval and committed after it, together with another: the state between was never public.
        ([(BEFORE, AFTER, FIRST), (AFTER, AFTER, SECOND)], ["", "1 2"]),
        ([(BEFORE, AFTER, FIRST), (LATER, LATER, SECOND)], ["", "1", "1 2"]),
        ([(AFTER, AFTER, FIRST), (BEFORE, AFTER, SECOND)], ["", "1 2"]),  # dates run backwards
        ([(AFTER, AFTER, FIRST), (BEFORE, LATER, SECOND)], ["", "1 2"]),
        ([(APPROVED, AFTER, FIRST), (APPROVED, AFTER, SECOND)], ["", "1 2"]),
        ([("2024-01-01", AFTER, FIRST)], ["1"]),  # before the fieldwork: nothing stood that it could correct
    ],
)
def test_no_points_of_the_survey_are_told_but_those_that_a_release_had(
    corrections: list[tuple[str, str, str]], wanted: list[str], repository: Repository, tmp_path: Path
) -> None:
    corrected(repository, *corrections)
    told = [after for *_, after in survey_points(repository, tmp_path / "bundle", "a-mot")]
    public = {points_of(year) for year in released(open_repository(repository.root), YEAR, None)}

    assert told == [SEEN[state] for state in wanted]
    assert set(told) <= public


def test_points_of_an_approval_that_was_taken_back_before_its_day_are_never_told(
    repository: Repository, tmp_path: Path
) -> None:
    founded(repository)
    approve(repository, APPROVED)
    path = f"{TOP}approval.yml"
    back = {"decision": {"number": "2/QĐ-MH", "date": "2025-02-22"}, "reason": "Sót phiếu", "withdraws": "1/QĐ-MH"}
    repository.write(path, writing.edit((repository.root / path).read_bytes(), {("approvals", 1): back}))
    repository.commit("Rút quyết định", date="2025-02-22T08:00:00+07:00")
    correct(repository, [(AFTER, AFTER, FIRST)])

    assert survey_points(repository, tmp_path / "bundle", "a-mot") == [("survey", "", SEEN["1"])]


def points_of(year: Year) -> str:
    (entry,) = (entry for entry in score(year).agencies if entry.agency.slug == "a-mot")
    leaf = entry.leaf("2.1")
    assert leaf is not None
    assert leaf.points is not None
    return str(rounded(leaf.points, 2, "half-up"))


def test_nothing_of_a_replaced_file_is_told_but_its_points(repository: Repository, tmp_path: Path) -> None:
    path, agencies = f"{TOP}appraisal-2/c-ba.yml", f"{TOP}agencies.yml"
    digests = [hashlib.sha256(text.encode()).hexdigest() for text in FILES.values()]
    evidence = "[{number: 7/BC, title: MARK-title, url: 'https://mark.example', sha256: " + "d" * 64 + "}]"
    line = f"{{score: 1.25, reason: MARK-reason, note: MARK-note, evidence: {evidence}}}"
    old = FILES[path].replace("{score: 1.25}", line) + "signed_by: MARK-signer\n"
    amendment = WRITTEN_ANEW.replace(digests[list(FILES).index(path)], hashlib.sha256(old.encode()).hexdigest())
    exempt = "{name: C, short: C, not_applicable: [{criterion: '2.2', reason: MARK-exempt}]}"
    listed = FILES[agencies].replace("{name: C, short: C}", exempt)
    heard = replacing(agencies, "short: C", "short: C").replace(
        hashlib.sha256(FILES[agencies].encode()).hexdigest(), hashlib.sha256(listed.encode()).hexdigest()
    )
    marks = [b"MARK-", b"mark.example", b"d" * 64, *(digest.encode() for digest in digests)]
    founded(repository)
    repository.write_all({path: old, agencies: listed})
    approve(repository, APPROVED)
    repository.commit("Phê duyệt", date=f"{APPROVED}T08:00:00+07:00")
    correct(repository, [(LATER, LATER, amendment), (LATER, LATER, FIRST), (LATER, LATER, heard)])
    folder = exported(repository, tmp_path / "bundle")
    made = {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
    with (folder / "csv" / "decisions.csv").open(encoding="utf-8", newline="") as file:
        own = [row for row in csv.DictReader(file) if row["agency"] == "c-ba"]
    told = [row for row in own if row["criterion"] == "1.2"]
    applies = [(row["applicable"], row["reason_vi"], row["replacement"]) for row in own if row["criterion"] == "2.2"]

    assert applies == [("false", "", ""), ("true", "Chép nhầm cả tệp", "0003")]
    assert [(row["stage"], row["before"], row["after"], row["replacement"]) for row in told][-2:] == [
        ("appraisal-2", "1.25", "1.25", ""),
        ("appraisal-2", "1.25", "0.75", "0001"),
    ]
    assert told[-1]["reason_vi"] == "Chép nhầm cả tệp"
    assert leaks(made, marks) == []
