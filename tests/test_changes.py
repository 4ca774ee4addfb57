"""What differs in meaning between two states: one table of cases, and what holds for every file.

The words in which changes are told are the matter of test_differences; git that of test_diff_command.
"""

from __future__ import annotations

import random
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal

import pytest

from pipeline.adapters import documents
from pipeline.core.ground import nodes
from pipeline.core.ground.nodes import Node, Scalar
from pipeline.core.record import layout
from pipeline.core.record.access import KINDS as ACCESS_KINDS
from pipeline.core.record.schema_fields import SchemaFields, schemas_from
from pipeline.core.rounds import changes
from pipeline.core.rounds.changes import Change, Pair, Version, compare
from tests.tiny import ROOT, SCHEMAS, TINY_FILES, files_under

FIELDS = SchemaFields(schemas_from(SCHEMAS))

FIRST = "data/2024/appraisal-1/cuc-thue.yml"
SELF = "data/2024/self-assessment/cuc-thue.yml"
LETTER = "data/2024/explanation/cuc-thue.yml"
CYCLE = "data/2024/cycle.yml"
CRITERIA = "data/2024/criteria.yml"
AGENCIES = "data/2024/agencies.yml"
PLAN = "data/2024/plan.yml"
COUNTS = "data/2024/survey/lanh-dao-so/cuc-thue.yml"
SURVEY = "data/2024/survey/survey.yml"
APPROVAL = "data/2024/approval.yml"
ACCESS = "data/access.yml"


def version(path: str, text: str | None) -> Version | None:
    """Return one state of a file, None where there is none; a text that cannot be read has no tree."""
    if text is None:
        return None
    document = documents.read(path, textwrap.dedent(text).strip().encode() + b"\n")
    return Version(path, layout.place(path), document.root, FIELDS.of(layout.place(path)))


def pair(path: str, before: str | None, after: str | None) -> Pair:
    return version(path, before), version(path, after)


def told(change: Change) -> str:
    """Return a change on one line: kind, whom it concerns, before -> after, reason."""
    parts = [change.stage, change.agency, change.criterion, change.subject, change.field]
    whom = " ".join("-" if part is None else part for part in parts)
    reason = "" if change.reason is None else f" ({change.reason})"
    return f"{change.kind}: {whom}: {change.before} -> {change.after}{reason}"


def lines(text: str, head: str = "") -> str:
    return f"{head}\nlines:\n{textwrap.indent(textwrap.dedent(text).strip(), '  ')}"


def leaf(title: str, out_of: str = "1", rule: str = "{type: judged, step: 0.25}") -> str:
    return f"{{title: {title}, out_of: {out_of}, rule: {rule}}}"


def criteria(**leaves: str) -> str:
    """Return a criteria tree of one area; a code is written with underscores."""
    inner = "\n".join(f'      "{code.strip("_").replace("_", ".")}": {text}' for code, text in leaves.items())
    return f'criteria:\n  "2":\n    title: Thủ tục\n    children:\n{inner}'


CASES = [
    # --- no change in meaning
    ("the same file", [(FIRST, "lines: {'1.1': {score: 1}}", "lines: {'1.1': {score: 1}}")], []),
    (
        "another order of lines and fields",
        [
            (
                FIRST,
                lines('"1.1": {score: 1, by: a}\n"1.2": {score: 2}'),
                lines('"1.2": {score: 2}\n"1.1": {by: a, score: 1}'),
            )
        ],
        [],
    ),
    ("another order of a list of items", [(SELF, lines('"1": {answer: [a, b]}'), lines('"1": {answer: [b, a]}'))], []),
    (
        "another order of evidence",
        [
            (
                SELF,
                lines('"1": {evidence: [{number: a}, {number: b}]}'),
                lines('"1": {evidence: [{number: b}, {number: a}]}'),
            )
        ],
        [],
    ),
    ("a comment", [(FIRST, lines('"1": {score: 1}'), lines('# xem lại\n"1": {score: 1}  # đã xem'))], []),
    ("quoting of a text", [(FIRST, lines('"1": {reason: "Muộn"}'), lines("'1': {reason: Muộn}"))], []),
    ("block instead of braces", [(FIRST, lines('"1": {score: 1}'), lines('"1":\n  score: 1'))], []),
    ("trailing zeros of a score", [(FIRST, lines('"1": {score: 0.9}'), lines('"1": {score: 0.90}'))], []),
    ("a text said to be Vietnamese", [(FIRST, lines('"1": {reason: Muộn}'), lines('"1": {reason: {vi: Muộn}}'))], []),
    ("null where nothing stood", [(FIRST, lines('"1": {score: 1}'), lines('"1": {score: 1, note: null}'))], []),
    (
        "a code in quotes",
        [
            (
                AGENCIES,
                'agencies: {a: {not_applicable: [{criterion: "1.10"}]}}',
                "agencies: {a: {not_applicable: [{criterion: 1.10}]}}",
            )
        ],
        [],
    ),
    # --- lines
    (
        "a score, with its reason",
        [(FIRST, lines('"2.3.1": {score: 0.98}'), lines('"2.3.1": {score: 0.90, reason: Thiếu}'))],
        [
            "reason-added: appraisal-1 cuc-thue 2.3.1 - -: None -> Thiếu (Thiếu)",
            "score-changed: appraisal-1 cuc-thue 2.3.1 - -: 0.98 -> 0.9 (Thiếu)",
        ],
    ),
    (
        "an answer, as one whole",
        [(SELF, lines('"1": {answer: {done: 1, assigned: 2}}'), lines('"1": {answer: {done: 2, assigned: 2}}'))],
        ["answer-changed: self-assessment cuc-thue 1 - -: {assigned: 2, done: 1} -> {assigned: 2, done: 2}"],
    ),
    (
        "a reason said in other words",
        [(FIRST, lines('"1": {reason: Muộn}'), lines('"1": {reason: Rất muộn}'))],
        ["reason-changed: appraisal-1 cuc-thue 1 - -: Muộn -> Rất muộn (Rất muộn)"],
    ),
    (
        "a reason taken away",
        [(FIRST, lines('"1": {score: 1, reason: Muộn}'), lines('"1": {score: 1}'))],
        ["reason-removed: appraisal-1 cuc-thue 1 - -: Muộn -> None"],
    ),
    (
        "an explanation",
        [(LETTER, lines('"1": {explanation: Đã nộp}'), lines('"1": {explanation: Đã nộp bù}'))],
        ["explanation-changed: explanation cuc-thue 1 - -: Đã nộp -> Đã nộp bù"],
    ),
    (
        "an internal note",
        [(SELF, lines('"1": {score: 1}'), lines('"1": {score: 1, note: Gửi sau}'))],
        ["line-changed: self-assessment cuc-thue 1 - note: None -> Gửi sau"],
    ),
    (
        "who decided",
        [(FIRST, lines('"1": {by: so-noi-vu}'), lines('"1": {by: van-phong}'))],
        ["line-changed: appraisal-1 cuc-thue 1 - by: so-noi-vu -> van-phong"],
    ),
    (
        "evidence added, changed and removed",
        [
            (
                SELF,
                lines('"1": {evidence: [{number: a, date: 2024-01-01}, {number: b}]}'),
                lines('"1": {evidence: [{number: a, date: 2024-01-02}, {number: c}]}'),
            )
        ],
        [
            "evidence-added: self-assessment cuc-thue 1 c -: None -> ",
            "evidence-changed: self-assessment cuc-thue 1 a date: 2024-01-01 -> 2024-01-02",
            "evidence-removed: self-assessment cuc-thue 1 b -:  -> None",
        ],
    ),
    (
        "a line added and one removed, each told once with all it holds",
        [
            (
                FIRST,
                lines('"1": {score: 1, evidence: [{number: a}]}'),
                lines('"2": {score: 2, reason: Đủ, evidence: [{number: b}]}'),
            )
        ],
        [
            "line-added: appraisal-1 cuc-thue 2 - -: None -> 2 (Đủ)",
            "line-removed: appraisal-1 cuc-thue 1 - -: 1 -> None",
        ],
    ),
    (
        "a line that says not applicable",
        [(FIRST, lines("{}"), lines('"1": {not_applicable: Không có đơn vị}'))],
        ["line-added: appraisal-1 cuc-thue 1 - -: None -> not-applicable (Không có đơn vị)"],
    ),
    (
        "from a score to not applicable",
        [(FIRST, lines('"1": {score: 1}'), lines('"1": {not_applicable: Không có}'))],
        [
            "not-applicable-added: appraisal-1 cuc-thue 1 - -: None -> Không có (Không có)",
            "score-removed: appraisal-1 cuc-thue 1 - -: 1 -> None (Không có)",
        ],
    ),
    (
        "a request to explain",
        [(FIRST, lines('"1": {score: 1}'), lines('"1": {score: 1, request: true}'))],
        ["request-added: appraisal-1 cuc-thue 1 - -: None -> true"],
    ),
    (
        "a date and a document of the file",
        [(FIRST, "appraised: 2024-12-16\nrequested: {number: a}", "appraised: 2024-12-17\nrequested: {number: b}")],
        [
            "field-changed: appraisal-1 cuc-thue - - appraised: 2024-12-16 -> 2024-12-17",
            "field-changed: appraisal-1 cuc-thue - - requested.number: a -> b",
        ],
    ),
    (
        "a file handed in",
        [(SELF, None, lines('"1": {score: 1}', "format: 1\nreceived: 2024-12-04"))],
        [
            "field-added: self-assessment cuc-thue - - received: None -> 2024-12-04",
            "file-added: self-assessment cuc-thue - data/2024/self-assessment/cuc-thue.yml -: None -> None",
            "line-added: self-assessment cuc-thue 1 - -: None -> 1",
        ],
    ),
    (
        "a file taken away",
        [(SELF, lines('"1": {score: 1}'), None)],
        [
            "file-removed: self-assessment cuc-thue - data/2024/self-assessment/cuc-thue.yml -: None -> None",
            "line-removed: self-assessment cuc-thue 1 - -: 1 -> None",
        ],
    ),
    (
        "a file that nobody can read any more",
        [(SELF, lines('"1": {score: 1}'), "a: b: c")],
        ["file-unreadable: self-assessment cuc-thue - data/2024/self-assessment/cuc-thue.yml -: None -> None"],
    ),
    # --- what a text must not hide
    (
        "a code whose last zero was dropped",
        [
            (
                AGENCIES,
                "agencies: {a: {not_applicable: [{criterion: 1.10}]}}",
                "agencies: {a: {not_applicable: [{criterion: 1.1}]}}",
            )
        ],
        ["exemption-added: - a 1.1 - -: None -> ", "exemption-removed: - a 1.10 - -:  -> None"],
    ),
    (
        "a field hidden in the text of another",
        [(PLAN, "tasks: [{no: 1, done: {title: a, url: b}}]", 'tasks: [{no: 1, done: {title: "a, url: b"}}]')],
        [
            "field-changed: - - - 1 tasks.done.title: a -> a, url: b",
            "field-removed: - - - 1 tasks.done.url: b -> None",
        ],
    ),
    (
        "a word in quotes that was a value",
        [(FIRST, lines('"1": {request: true}'), lines('"1": {request: "true"}'))],
        ['request-changed: appraisal-1 cuc-thue 1 - -: true -> "true"'],
    ),
    # --- criteria
    (
        "weight and rule",
        [
            (
                CRITERIA,
                criteria(_2_1=leaf("A", "1", "{type: choice, options: {du: {points: 1, title: Đủ}}}")),
                criteria(_2_1=leaf("A", "2", "{type: choice, options: {du: {points: 2, title: Đủ}}}")),
            )
        ],
        [
            "rule-changed: - - 2.1 - options.du.points: 1 -> 2",
            "weight-changed: - - 2.1 - -: 1 -> 2",
        ],
    ),
    (
        "a rule of another type, as one whole",
        [(CRITERIA, criteria(_2_1=leaf("A")), criteria(_2_1=leaf("A", rule="{type: sipas, group: g}")))],
        ["rule-changed: - - 2.1 - -: {step: 0.25, type: judged} -> {group: g, type: sipas}"],
    ),
    (
        "another order of bands, of which the first that holds counts",
        [
            (
                CRITERIA,
                criteria(_2_1=leaf("A", rule="{type: bands, bands: [{from: 80, points: 2}, {points: 0}]}")),
                criteria(_2_1=leaf("A", rule="{type: bands, bands: [{points: 0}, {from: 80, points: 2}]}")),
            )
        ],
        ["rule-changed: - - 2.1 - bands: [{from: 80, points: 2}, {points: 0}] -> [{points: 0}, {from: 80, points: 2}]"],
    ),
    (
        "guidance and an English title",
        [
            (
                CRITERIA,
                criteria(_2_1="{title: A, guidance: Xem, rule: {type: judged}}"),
                criteria(_2_1="{title: {vi: A, en: B}, guidance: Đọc, rule: {type: judged}}"),
            )
        ],
        [
            "criterion-changed: - - 2.1 - guidance: Xem -> Đọc",
            "criterion-changed: - - 2.1 - title.en: None -> B",
        ],
    ),
    (
        "a criterion inserted, and those behind it moved, lines too",
        [
            (
                CRITERIA,
                criteria(_2_1=leaf("A"), _2_2=leaf("B", "2")),
                criteria(_2_1=leaf("Mới"), _2_2=leaf("A"), _2_3=leaf("B", "3")),
            ),
            (
                FIRST,
                lines('"2.1": {score: 1}\n"2.2": {score: 2}'),
                lines('"2.1": {score: 0}\n"2.2": {score: 1}\n"2.3": {score: 1.5}'),
            ),
        ],
        [
            "criterion-added: - - 2.1 - -: None -> Mới",
            "criterion-moved: - - 2.2 - -: 2.1 -> 2.2",
            "criterion-moved: - - 2.3 - -: 2.2 -> 2.3",
            "line-added: appraisal-1 cuc-thue 2.1 - -: None -> 0",
            "line-moved: appraisal-1 cuc-thue 2.2 - -: 2.1 -> 2.2",
            "line-moved: appraisal-1 cuc-thue 2.3 - -: 2.2 -> 2.3",
            "score-changed: appraisal-1 cuc-thue 2.3 - -: 2 -> 1.5",
            "weight-changed: - - 2.3 - -: 2 -> 3",
        ],
    ),
    (
        "two criteria that changed places",
        [(CRITERIA, criteria(_2_1=leaf("A"), _2_2=leaf("B")), criteria(_2_1=leaf("B"), _2_2=leaf("A")))],
        ["criterion-moved: - - 2.1 - -: 2.2 -> 2.1", "criterion-moved: - - 2.2 - -: 2.1 -> 2.2"],
    ),
    (
        "two lines that changed places where no criterion did",
        [(FIRST, lines('"2.1": {score: 1}'), lines('"2.2": {score: 1}'))],
        [
            "line-added: appraisal-1 cuc-thue 2.2 - -: None -> 1",
            "line-removed: appraisal-1 cuc-thue 2.1 - -: 1 -> None",
        ],
    ),
    # --- the year
    (
        "deadline, extension and policy",
        [
            (
                CYCLE,
                "stages: {appraisal-1: {opens: 2024-12-05, before: 2024-12-18}}\npolicy: {index: {decimals: 2}}",
                """
                stages: {appraisal-1: {opens: 2024-12-05, before: 2024-12-20}}
                policy: {index: {decimals: 1}}
                extensions: [{stage: appraisal-1, agency: cuc-thue, by: 2024-12-21, decision: 1/SNV}]
                """,
            )
        ],
        [
            "field-changed: appraisal-1 - - - stages.before: 2024-12-18 -> 2024-12-20",
            "entry-added: appraisal-1 cuc-thue - - extensions: None -> {by: 2024-12-21, decision: 1/SNV}",
            "field-changed: - - - - policy.index.decimals: 2 -> 1",
        ],
    ),
    (
        "an order that breaks ties",
        [(CYCLE, "policy: {rank: {ties: [appraisal, sipas]}}", "policy: {rank: {ties: [sipas, appraisal]}}")],
        ["field-changed: - - - - policy.rank.ties: [appraisal, sipas] -> [sipas, appraisal]"],
    ),
    (
        "grades in another order, and a band",
        [
            (
                CYCLE,
                "grades: [{id: tot, from: 80}, {id: kha, from: 65}]",
                "grades: [{id: kha, from: 60}, {id: tot, from: 80}]",
            )
        ],
        ["field-changed: - - - kha grades.from: 65 -> 60", "order-changed: - - - - grades: tot, kha -> kha, tot"],
    ),
    (
        "an exemption",
        [
            (
                AGENCIES,
                "agencies: {cuc-thue: {name: Cục Thuế}}",
                'agencies: {cuc-thue: {name: Cục Thuế, not_applicable: [{criterion: "3", reason: Không có}]}}',
            )
        ],
        ["exemption-added: - cuc-thue 3 - -: None -> Không có (Không có)"],
    ),
    (
        "an agency under another id",
        [(AGENCIES, "agencies: {cuc-thue: {name: Cục Thuế}}", "agencies: {thue: {name: Cục Thuế}}")],
        ["agency-moved: - thue - - -: cuc-thue -> thue"],
    ),
    (
        "a task done, another due later",
        [
            (
                PLAN,
                'tasks: [{no: "1", task: A, due: {by: 2024-12-01}}, {no: "2", task: B, due: {by: 2024-12-02}}]',
                """
                tasks:
                  - {no: "2", task: B, due: {by: 2024-12-09}}
                  - {no: 1, task: A, due: {by: 2024-12-01}, done: {date: 2024-11-30}}
                """,
            )
        ],
        [
            "field-changed: - - - 2 tasks.due.by: 2024-12-02 -> 2024-12-09",
            "field-added: - - - 1 tasks.done: None -> {date: 2024-11-30}",
        ],
    ),
    # --- survey
    (
        "survey counts",
        [
            (
                COUNTS,
                "forms: {issued: 60, valid: 57}\nanswers: {q1: {tot: 25, kem: 1}}",
                "forms: {issued: 60, valid: 56}\nanswers: {q1: {tot: 24, kem: 1}}",
            )
        ],
        [
            "counts-changed: - cuc-thue - lanh-dao-so / q1 tot: 25 -> 24",
            "counts-changed: - cuc-thue - lanh-dao-so forms.valid: 57 -> 56",
        ],
    ),
    (
        "a satisfaction figure",
        [(COUNTS, "sipas: 87.450", "sipas: 87.54")],
        ["counts-changed: - cuc-thue - lanh-dao-so sipas: 87.45 -> 87.54"],
    ),
    (
        "a group's points and a policy of the survey",
        [
            (
                SURVEY,
                "policy: {group_without_answers: exclude, valid_from: {so: 5}}",
                "policy: {group_without_answers: zero, valid_from: {so: 6}}",
            ),
        ],
        [
            "field-changed: - - - - policy.group_without_answers: exclude -> zero",
            "field-changed: - - - - policy.valid_from.so: 5 -> 6",
        ],
    ),
    # --- corrections, approvals, seals
    (
        "an amendment",
        [
            (
                "data/2024/amendments/0001.yml",
                None,
                """
                stage: appraisal-1
                agency: cuc-thue
                criterion: "2.1"
                expect: 1
                line: {score: 2}
                reason: Khiếu nại
                decision: {number: 6/QĐ}
                """,
            )
        ],
        ["amendment-added: appraisal-1 cuc-thue 2.1 0001 -: None -> 2 (Khiếu nại)"],
    ),
    (
        "an approval, and an earlier table rewritten",
        [
            (
                APPROVAL,
                "approvals: [{decision: {number: 1/QĐ, date: 2025-02-01}, table: {cuc-thue: {index: 85.25, rank: 1}}}]",
                """
                approvals:
                  - {decision: {number: 1/QĐ, date: 2025-02-01}, table: {cuc-thue: {index: 85.26, rank: 1}}}
                  - {decision: {number: 2/QĐ, date: 2025-04-01}, reason: Sửa, table: {cuc-thue: {index: 85.27}}}
                """,
            )
        ],
        [
            "approval-added: - - - 2/QĐ -: None -> {date: 2025-04-01, number: 2/QĐ} (Sửa)",
            "approved-row-changed: - cuc-thue - 1/QĐ index: 85.25 -> 85.26",
        ],
    ),
    (
        "a seal",
        [("data/2024/seals/survey.yml", None, "format: 1\ndate: 2025-01-02\nby: an\nfiles: {a: b}\nsignature: x")],
        ["seal-added: survey - - - -: None -> 2025-01-02"],
    ),
    # --- people and the house
    (
        "a person, a right and a key that ends",
        [
            (
                ACCESS,
                """
                roles: {tham-dinh: {writes: [plan]}}
                people: {an: {role: tham-dinh, keys: [{key: ssh-ed25519 A, from: 2024-01-01}]}}
                """,
                """
                roles: {tham-dinh: {writes: [plan, rules]}}
                people:
                  an: {role: tham-dinh, keys: [{key: ssh-ed25519 A, from: 2024-01-01, until: 2024-12-31}]}
                  binh: {role: tham-dinh, keys: [{key: ssh-ed25519 B}]}
                """,
            )
        ],
        [
            "field-added: - - - an / ssh-ed25519 A people.keys.until: None -> 2024-12-31",
            "entry-added: - - - binh people: None -> tham-dinh",
            "field-changed: - - - tham-dinh roles.writes: [plan] -> [plan, rules]",
        ],
    ),
    (
        "what stands beside the days of a calendar",
        [
            (
                "data/calendar.yml",
                'years: {"2024": {notice: {number: 1/TB}, days_off: [{date: 2024-01-01}]}}',
                'years: {"2024": {notice: {number: 2/TB}, days_off: [{date: 2024-01-02}]}}',
            )
        ],
        [
            "field-changed: - - - 2024 years.notice.number: 1/TB -> 2/TB",
            "entry-added: - - - 2024 / 2024-01-02 years.days_off: None -> ",
            "entry-removed: - - - 2024 / 2024-01-01 years.days_off:  -> None",
        ],
    ),
    (
        "a schema",
        [("schemas/v1/cycle.schema.json", "{}", '{"type": "object"}')],
        ["schema-changed: - - - schemas/v1/cycle.schema.json -: None -> None"],
    ),
    (
        "a file that has no place",
        [("data/2024/ghi-chu.yml", None, "a: b")],
        [
            "file-added: - - - data/2024/ghi-chu.yml -: None -> None",
            "file-unreadable: - - - data/2024/ghi-chu.yml -: None -> None",
        ],
    ),
]


@pytest.mark.parametrize(("states", "expected"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_change_is_told_by_what_it_means(
    states: list[tuple[str, str | None, str | None]], expected: list[str]
) -> None:
    found = compare(pair(*state) for state in states)

    assert sorted(expected) == sorted(told(change) for change in found)


@pytest.mark.parametrize(
    ("path", "before", "after", "expected"),
    [
        (
            AGENCIES,
            "agencies: {a: {name: A}}",
            "agencies: {a: {name: A, short: AA}}",
            "agency-changed: - a - - short: None -> AA",
        ),
        (
            AGENCIES,
            "agencies: {a: {name: A, ranked: false}}",
            "agencies: {a: {name: A}}",
            "agency-changed: - a - - ranked: false -> None",
        ),
        (
            "data/bodies.yml",
            "bodies: {a: {name: A}}",
            "bodies: {a: {name: A, short: S}}",
            "field-added: - - - a bodies.short: None -> S",
        ),
        (
            SURVEY,
            "groups: {g: {title: G}}",
            "groups: {g: {title: G, quota: 5}}",
            "field-added: - - - g groups.quota: None -> 5",
        ),
        (
            SURVEY,
            "questions: {q: {text: Q}}",
            "questions: {q: {text: Q, scale: s}}",
            "field-added: - - - q questions.scale: None -> s",
        ),
        (
            PLAN,
            "tasks: [{no: 1, task: T}]",
            "tasks: [{no: 1, task: T, product: P}]",
            "field-added: - - - 1 tasks.product: None -> P",
        ),
        (
            CRITERIA,
            'criteria: {"1": {title: A, out_of: 1, rule: {type: choice, options: {a: {points: 1}}}}}',
            'criteria: {"1": {title: A, out_of: 1, rule: {type: choice, options: {a: {points: 1}, b: {points: 0}}}}}',
            "rule-changed: - - 1 - options.b: None -> {points: 0}",
        ),
        (
            SELF,
            "report: {number: 1}\nlines: {}",
            "report: {number: 1, date: 2024-12-01}\nlines: {}",
            "field-added: self-assessment cuc-thue - - report.date: None -> 2024-12-01",
        ),
    ],
)
def test_a_part_that_came_or_went_is_no_record_that_came_or_went(
    path: str, before: str, after: str, expected: str
) -> None:
    assert [expected] == [told(change) for change in compare([pair(path, before, after)])]


# --- an agency under another slug -----------------------------------------------------------------------------------


def renamed(*edits: tuple[str, str]) -> list[Pair]:
    """Return the tiny year before and after an agency got another slug, with edits of what comes after."""

    def of(files: Mapping[str, bytes]) -> dict[str, Version | None]:
        return {path: version(path, data.decode()) for path, data in files.items()}

    old = {path: data for path, data in TINY_FILES.items() if path.startswith("data/2024/") and "seals" not in path}
    new: dict[str, bytes] = {}
    for path, data in old.items():
        text = data.decode().replace("co-quan-a", "co-quan-moi")
        for find, replacement in edits:
            text = text.replace(find, replacement)
        new[path.replace("co-quan-a", "co-quan-moi")] = text.encode()
    sides = (
        of({path: data for path, data in old.items() if new.get(path) != data}),
        of({path: data for path, data in new.items() if old.get(path) != data}),
    )
    return [(sides[0].get(path), sides[1].get(path)) for path in sorted({*sides[0], *sides[1]})]


def test_an_agency_under_another_slug_is_one_change_and_what_else_changed_is_told_beside_it() -> None:
    moved = ("agency-moved", "co-quan-moi", None, "co-quan-a", "co-quan-moi")

    def found(*edits: tuple[str, str], renames: bool = True) -> list[tuple[str | None, ...]]:
        changes_found = compare(renamed(*edits), renames=renames)
        return [(c.kind, c.agency, c.field, c.before, c.after) for c in changes_found]

    assert found() == [moved]
    assert found(("short: CQA", "short: CQM")) == [moved, ("agency-changed", "co-quan-moi", "short", "CQA", "CQM")]
    assert found(("score: 1.8\n    answer: {done: 45,", "score: 1.7\n    answer: {done: 45,")) == [
        moved,
        ("score-changed", "co-quan-moi", None, "1.8", "1.7"),
    ]
    assert len(found(renames=False)) > 20


def test_an_agency_with_another_name_and_slug_is_known_by_its_files() -> None:
    pairs = renamed(("name: Cơ quan A", "name: Cơ quan mới"), ("short: CQA", "short: CQM"))
    found = compare(pairs, renames=True, carried=True)

    assert sorted((c.kind, c.field) for c in found) == [
        *(("agency-changed", "name"), ("agency-changed", "short"), ("agency-moved", None)),
    ]


def test_two_agencies_that_change_slugs_with_each_other_are_told_path_by_path() -> None:
    before, after = "agencies: {a: {name: A}, b: {name: B}}", "agencies: {a: {name: B}, b: {name: A}}"
    states = [pair(AGENCIES, before, after), pair(FIRST, lines('"1": {score: 1}'), lines('"1": {score: 2}'))]

    assert [change.kind for change in compare(states, renames=True, carried=True)] == [
        *("agency-moved", "agency-moved", "score-changed"),
    ]


# --- what holds for every file --------------------------------------------------------------------------------------

FILES: Mapping[str, bytes] = {
    **files_under(ROOT, "data"),
    **{f"tiny/{path}": data for path, data in TINY_FILES.items()},
}


def read(name: str) -> Version:
    path = name.removeprefix("tiny/")
    place = layout.place(path)
    return Version(path, place, documents.read(path, FILES[name]).root, FIELDS.of(place))


def shuffled(node: Node, chance: random.Random) -> Node:
    """Return the same tree with the keys of every mapping in another order and every text in quotes."""
    if isinstance(node, nodes.Mapping):
        names = list(node.values)
        chance.shuffle(names)
        inner = {name: shuffled(node.values[name], chance) for name in names}
        return nodes.Mapping(inner, node.keys, node.line, node.column)
    if isinstance(node, nodes.Sequence):
        return nodes.Sequence(tuple(shuffled(item, chance) for item in node.items), node.line, node.column)
    return node._replace(quoted=True) if isinstance(node.value, str) else node


def spoiled(node: Node) -> Iterator[Node]:
    """Yield the tree once for each value in it, with that value changed, and once without each field."""
    if isinstance(node, Scalar):
        other = node.value + 1 if isinstance(node.value, Decimal) else f"{node.text} khác"
        yield Scalar(str(other), other, node.line, node.column)
    elif isinstance(node, nodes.Mapping):
        for name, value in node.values.items():
            for inner in spoiled(value):
                yield node._replace(values={**node.values, name: inner})
            if not isinstance(value, Scalar) and not (
                value.items if isinstance(value, nodes.Sequence) else value.values
            ):
                continue  # without an empty list nothing else is said
            yield node._replace(values={other: kept for other, kept in node.values.items() if other != name})
    else:
        for position, item in enumerate(node.items):
            for inner in spoiled(item):
                yield node._replace(items=(*node.items[:position], inner, *node.items[position + 1 :]))


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_does_not_differ_from_itself_in_any_order_of_its_fields(name: str) -> None:
    there = read(name)
    assert there.root is not None
    chance = random.Random(name)  # noqa: S311 - shuffles, hides nothing
    shuffle = replace(there, root=shuffled(there.root, chance))

    differing = [change for change in compare([(there, shuffle)]) if change.stem != "order"]

    assert compare([(there, there)]) == ()
    assert differing == []


@pytest.mark.parametrize("name", sorted(name for name in FILES if name.startswith("tiny/")))
def test_no_value_can_change_and_no_field_go_without_a_word(name: str) -> None:
    there = read(name)
    assert there.root is not None

    untold = [tree for tree in spoiled(there.root) if not compare([(there, replace(there, root=tree))])]

    assert untold == []


def test_the_order_of_files_is_irrelevant() -> None:
    pairs = [pair(*state) for _, states, _ in CASES for state in states]
    expected = compare(pairs)
    random.Random(1).shuffle(pairs)  # noqa: S311 - shuffles, hides nothing

    assert expected == compare(pairs)


def test_a_change_back_is_told_as_the_change_turned_round() -> None:
    """What came goes, what was before is after; moves turn round as well."""
    turned = {"added": "removed", "removed": "added"}
    for name, states, _ in CASES:
        forward = compare(pair(*state) for state in states)
        back = compare((after, before) for before, after in (pair(*state) for state in states))
        expected = sorted((f"{c.stem}-{turned.get(c.what, c.what)}", str(c.after), str(c.before)) for c in forward)

        assert (name, expected) == (name, sorted((c.kind, str(c.before), str(c.after)) for c in back))


def test_every_kind_of_file_has_a_right_and_every_kind_of_change_a_known_stem() -> None:
    rights = {*ACCESS_KINDS}
    found = [change for _, states, _ in CASES for change in compare(pair(*state) for state in states)]
    files = [layout.place(name.removeprefix("tiny/")) for name in FILES]

    assert {changes.right_of(place) for place in files if place} <= set(rights)
    assert {change.stem for change in found} <= changes.STEMS
    assert {change.right for change in found} <= set(rights)
