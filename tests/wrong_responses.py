"""A file of responses gone wrong for each problem code of a tally, and the place that the problem must name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

from tallyworlds import HEADER, LEADERS, STAFF, SURVEY, csv_of, form, parquet_of, survey_world, xlsx_of
from tiny import SCHEMAS, TINY_FILES, snapshot_of

from pipeline.adapters.clusters import Here
from pipeline.adapters.tables import Piece
from pipeline.flows.snapshot import Snapshot

CSV, BOOK, PARQUET = "phieu.csv", "phieu.xlsx", "phieu.parquet"
SEAL = "data/2024/seals/survey.yml"


class Case(NamedTuple):
    """What is wrong, and where: row and column from 1."""

    files: Mapping[str, bytes]
    row: int = 1
    column: int = 1
    group: str = STAFF
    mapping: str | None = None
    snapshot: Snapshot | None = None
    engine: Here | None = None
    unjudged: str = ""


NO_TIME = "fieldwork, fastest, duplicate_within"


class Elsewhere(Here):
    """A cluster whose workers do not see the files."""

    def submit(self, function: Callable[..., Any], *given: Any) -> Any:
        """Call the function with files that are not there."""
        return function(*(one._replace(path="/khong-co/phieu.csv") if isinstance(one, Piece) else one for one in given))


def rows(*changed: Any) -> dict[str, bytes]:
    return {CSV: csv_of([form(1), *changed])}


def merged_answers(page: Any) -> None:
    page.merge_cells("F3:F4")
    page.merge_cells("E3:E4")


def far_away(page: Any) -> None:
    for row in range(3, 10_010):
        page.cell(row, 1).style = "Comma"


def stray(page: Any) -> None:
    page["XFD3"] = "lạc"


def mapping(columns: str, rest: str = "") -> str:
    return f"format: 1\nfiles:\n  - file: {CSV}\n    {rest}columns:\n" + "".join(
        f"      - {{{entry}}}\n" for entry in columns.split("; ")
    )


@cache
def sealed() -> Snapshot:
    """Return the world with its survey sealed; what the seal says is no matter here."""
    files = survey_world().tree.files
    text = (
        "format: 1\nstage: survey\ndate: 2025-01-02\nby: so-noi-vu\nafter: null\nfiles: {}\nsignature: |\n"
        "  -----BEGIN SSH SIGNATURE-----\n  AAAA\n  -----END SSH SIGNATURE-----\n"
    )
    return snapshot_of({path: file.data for path, file in files.items()} | {SEAL: text.encode()})


@cache
def with_moments() -> Snapshot:
    pair = "{agencies: [co-quan-a, co-quan-a], questions: [q1, q1], n: 9, sums: [7, 7], products: 6}"
    text = f'format: 1\ncriteria:\n  "1.4":\n    pairs:\n      - {pair}\n'
    files = {path: file.data for path, file in survey_world().tree.files.items() if path not in SCHEMAS}
    return snapshot_of({**TINY_FILES, **files, "data/2024/survey/moments/lanh-dao-nganh.yml": text.encode()})


@cache
def many_agencies(agencies: int, questions: int) -> Snapshot:
    """Return a world whose leaders rate many agencies by many questions, with figures for standard errors."""
    files = {path: file.data for path, file in survey_world().tree.files.items() if path not in SCHEMAS}
    more = "".join(f"  a{n}: {{name: Cơ quan {n}, short: Viết tắt {n}}}\n" for n in range(agencies))
    asked = "".join(
        f'  h{n}: {{scale: danh-gia, criterion: "1.4", groups: [lanh-dao-so], text: Câu hỏi {n}}}\n'
        for n in range(questions)
    )
    survey = files[SURVEY].decode().replace("questions:\n", f"questions:\n{asked}", 1)
    survey = survey.replace("groups: [lanh-dao-so, lanh-dao-nganh]", "groups: [lanh-dao-nganh]", 1)
    survey = survey.replace("    forms: {issued: 24, returned: 21, valid: 20}\n", "").replace(
        "population: 24", "population: 96"
    )
    kept = {path: data for path, data in files.items() if "/co-quan-" not in path}
    changed = {SURVEY: survey.encode(), "data/2024/agencies.yml": f"format: 1\nagencies:\n{more}".encode()}
    return snapshot_of({**{p: d for p, d in TINY_FILES.items() if "/co-quan-" not in p}, **kept, **changed})


MANY_COLUMNS = [f"h{n}__a{agency}" for agency in range(200) for n in range(30)]
OLD_VERSION = f"format: 1\nfiles:\n  - {{file: {CSV}, versions: [v1]}}\n"
BOTH = "column: q1, is: answer, question: q1; column: q2, is: answer, question: q2"
UNTIMED = f"unjudged: [{NO_TIME}]\n    "
MORE = {"_validation_status": "On Hold", "__version__": "v2", "survey_group": LEADERS, "interviewtime": "3 phút"}


def more(title: str) -> Case:
    """Return a file with one more column, in whose second row something is wrong."""
    good = {"survey_group": STAFF, "__version__": "v1", "interviewtime": "180"}.get(title, "")
    return Case({CSV: csv_of([(*form(1), good), (*form(2), MORE[title])], (*HEADER, title))}, row=3, column=7)


def two_sheets(page: Any) -> None:
    other = page.parent.create_sheet("Phiếu 2")
    for row in (HEADER, form(2)):
        other.append(list(row))


WRONG: dict[str, Case] = {
    "tally-encoding": Case(
        {CSV: csv_of([form(1), form(2, q1="Tốt")]).replace("Tốt".encode(), b"T\xf4t")}, row=3, column=5
    ),
    "tally-not-a-table": Case({CSV: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"}),
    "tally-open-quote": Case({CSV: csv_of([form(1)]) + b'u2,"2024,,co-quan-a,tot,tot\n'}, row=3),
    "tally-blank-rows": Case({BOOK: xlsx_of([HEADER, form(1)], far_away)}, row=3),
    "tally-too-wide": Case({BOOK: xlsx_of([HEADER, form(1)], stray)}, row=3),
    "tally-no-header": Case({CSV: b"\n\n"}),
    "tally-merged-cells": Case({BOOK: xlsx_of([HEADER, form(1), form(2), form(3)], merged_answers)}, row=3, column=5),
    "tally-file-twice": Case({"a/phieu.csv": csv_of([form(1)]), "b/phieu.csv": csv_of([form(2)])}),
    "tally-title-gone": Case(
        rows(), mapping=mapping(f"column: Câu 1, is: answer, question: q1; {BOTH}", f"agency: co-quan-a\n    {UNTIMED}")
    ),
    "tally-mixed-layouts": Case({CSV: csv_of([], ("co-quan-a/q1", "q1"))}, group=LEADERS, unjudged=NO_TIME),
    "tally-not-asked": Case(
        {CSV: csv_of([], (*HEADER, "q9"))},
        column=7,
        mapping=mapping(f"{BOTH}; column: agency, is: agency; column: q9, is: answer, question: q9", UNTIMED),
    ),
    "tally-column-twice": Case({CSV: csv_of([], (*HEADER, "Cơ quan chỉ đạo cải cách thế nào?"))}, column=7),
    "tally-column-missing": Case({CSV: csv_of([form(1)], (*HEADER[:5], "Nội dung 2"))}),
    "tally-no-agency": Case({CSV: csv_of([("tot", "tot")], ("q1", "q2"))}, unjudged=NO_TIME),
    "tally-agency-missing": Case(rows(form(2, agency="")), row=3),
    "tally-agency-twice": Case(rows(), column=4, mapping="format: 1\nfiles: [{file: phieu.csv, agency: co-quan-b}]\n"),
    "tally-unknown-agency": Case(rows(form(2, agency="Cục lạ")), row=3, column=4),
    "tally-unknown-mode": Case({CSV: csv_of([(*form(1), "qua bưu điện")], (*HEADER, "mode"))}, row=2, column=7),
    "tally-unknown-option": Case(rows(form(2, q1="Tuyệt vời")), row=3, column=5),
    "tally-outside-scale": Case(rows(form(2, q2="7")), row=3, column=6),
    "tally-formula": Case({BOOK: xlsx_of([HEADER, form(1), form(2, q1="=1+1")])}, row=3, column=5),
    "tally-bad-date": Case(rows(form(2, end="mồng hai tháng chạp")), row=3, column=3),
    "tally-cell-too-long": Case(rows(form(2, _uuid="u" * 1001)), row=3),
    "tally-column-type": Case({PARQUET: parquet_of([(*form(1)[:4], ["tot"], "tot")])}, column=5),
    "tally-parquet-broken": Case({PARQUET: parquet_of([form(1)])[:-9]}),
    "tally-unpacks-too-much": Case({PARQUET: parquet_of([form(1, q1="x" * 70_000_000)])}),
    "tally-row-too-long": Case(rows((*form(2), "thừa")), row=3, column=7),
    "tally-confirm": Case({CSV: csv_of([form(1)], (*HEADER[:4], "G01Q01", "G01Q02"))}),
    "tally-sealed": Case(rows(), snapshot=sealed()),
    "tally-part-unread": Case(rows(), row=2, engine=Elsewhere()),
    "tally-moments-too-many": Case(
        {CSV: csv_of([], MANY_COLUMNS)}, group=LEADERS, snapshot=many_agencies(200, 30), unjudged=NO_TIME
    ),
    "tally-bad-seconds": more("interviewtime"),
    "tally-row-too-short": Case({CSV: csv_of([form(1), form(2)])[:-10]}, row=3, column=5),
    "tally-none-valid": Case({CSV: csv_of([form(n, q1="", q2="") for n in range(3)])}),
    "tally-other-group": more("survey_group"),
    "tally-other-version": Case(more("__version__").files, row=3, column=7, mapping=OLD_VERSION),
    "tally-review-open": more("_validation_status"),
    "tally-rule-unserved": Case({CSV: csv_of([form(1)[2:]], ("Dấu thời gian", *HEADER[3:]))}),
    "tally-several-answers": Case(rows(form(2, q1="tot kem")), row=3, column=5),
    "tally-split-question": Case(
        {CSV: csv_of([(*form(1)[:5], "1", "0")], (*HEADER[:5], "q2/tot", "q2/kem"))}, column=6
    ),
    "tally-token-damaged": Case(rows(("1.18E+11", *form(2)[1:])), row=3, column=1),
    "tally-two-sheets": Case({BOOK: xlsx_of([HEADER, form(1)], two_sheets)}),
    "tally-moments-left": Case(rows(), snapshot=with_moments()),
}
