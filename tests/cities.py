"""Two cities whose stages are not the usual five: one with a single appraisal and no council, one with three rounds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tiny import TINY_FILES

AGENCIES = ("cuc-thue", "kho-bac")
REPORTS = ("self-assessment", "appraisal-notice", "index", "council-minutes", "result-decision")
_CYCLE = """format: 1
title: {{vi: Chỉ số, en: Index}}
period: {{from: 2024-01-01, to: 2024-12-31}}
out_of: 100
legal_basis: [{{number: 1/QĐ-UBND, date: 2024-10-30, title: Quyết định, issuer: ubnd}}]
stages:
{stages}
policy:
  points: {{decimals: 2, rounding: half-up, leaf: rounded}}
  index: {{decimals: 2, rounding: half-up}}
  rank: {{on: published, ties: competition}}
  evidence: {{missing: note}}
grades: [{{id: dat, from: 50, title: Đạt}}, {{id: chua-dat, from: 0, title: Chưa đạt}}]
documents:
{documents}
"""
_CRITERIA = """format: 1
criteria:
  "1":
    title: Lĩnh vực
    children:
      "1.1": {title: X, out_of: 60, monitor: so-noi-vu, rule: {type: judged, step: 1}}
      "1.2": {title: Y, out_of: 40, monitor: so-noi-vu, rule: {type: judged, step: 1}}
"""
_BODIES = f"""format: 1
bodies:
  ubnd: {{name: Ủy ban nhân dân, short: UBND}}
  so-noi-vu:
    name: Sở Nội vụ
    short: SNV
    symbol: SNV
    superior: ubnd
    place: Hà Nội
    issues: [{", ".join(REPORTS[1:])}]
"""
_AGENCIES = """format: 1
agencies:
  cuc-thue: {name: Cục Thuế, short: CT, ranked: true}
  kho-bac: {name: Kho bạc, short: KB, ranked: true}
"""
_COUNCIL = """format: 1
decision: {number: 9/QĐ-UBND, date: 2024-12-30}
members: [{function: Chủ tịch, body: ubnd}]
sessions: [{date: 2025-02-01, present: 1, agreed: 0}]
"""
_CLAIM = "report: {number: 1/BC, date: 2024-12-03}\nsigned_by: Giám đốc\nreceived: 2024-12-04"
_CLAIMED = ('"1.1": {score: 50}', '"1.2": {score: 40}')


def _city(stages: str, files: Mapping[str, tuple[str, Sequence[str]]], more: Mapping[str, str]) -> dict[str, bytes]:
    """Return the files of a city: of each stage the head, and the lines that every agency's file has."""
    documents = "\n".join(f"  {kind}: {{signer: GIÁM ĐỐC, recipients: [Như trên]}}" for kind in REPORTS)
    made = {
        "data/bodies.yml": _BODIES,
        "data/2024/agencies.yml": _AGENCIES,
        "data/2024/criteria.yml": _CRITERIA,
        "data/2024/cycle.yml": _CYCLE.format(stages=stages.rstrip(), documents=documents),
        **more,
    }
    for stage, (head, lines) in files.items():
        own = "\n".join(f"  {line}" for line in lines)
        made |= {f"data/2024/{stage}/{agency}.yml": f"format: 1\n{head}\nlines:\n{own}\n" for agency in AGENCIES}
    return {
        "data/calendar.yml": TINY_FILES["data/calendar.yml"],
        **{path: text.encode() for path, text in made.items()},
    }


ONE_APPRAISAL = _city(
    """\
  nop-ho-so: {kind: claim, title: {vi: Nộp hồ sơ, en: Filing}, opens: 2024-11-26, before: 2024-12-05}
  tham-dinh: {kind: appraise, title: Thẩm định, by: 2025-01-24}
""",
    {
        "nop-ho-so": (_CLAIM, _CLAIMED),
        "tham-dinh": ("appraised: 2024-12-16", ('"1.1": {score: 45, reason: Thiếu}', '"1.2": {score: 40}')),
    },
    {},
)
THREE_ROUNDS = _city(
    """\
  tu-danh-gia: {kind: claim, title: Tự đánh giá, opens: 2024-11-26, before: 2024-12-05}
  vong-1: {kind: appraise, title: Vòng 1, by: 2024-12-18}
  y-kien-1: {kind: explain, title: Ý kiến lần 1, working_days: 3, after: request}
  vong-2: {kind: appraise, title: Vòng 2, by: 2025-01-10}
  y-kien-2: {kind: explain, title: Ý kiến lần 2, working_days: 3, after: request}
  vong-3: {kind: appraise, title: Vòng 3, by: 2025-01-24}
  hoi-dong: {kind: decide, title: Hội đồng chốt, by: 2025-02-14}
""",
    {
        "tu-danh-gia": (_CLAIM, _CLAIMED),
        "vong-1": (
            "appraised: 2024-12-16\nrequested: {number: 5/CV, date: 2024-12-17}",
            ('"1.1": {score: 40, reason: Thiếu, request: true}', '"1.2": {score: 40}'),
        ),
        "y-kien-1": (
            "letter: {number: 2/CV, date: 2024-12-18}\nreceived: 2024-12-18",
            ('"1.1": {explanation: Đã bổ sung}',),
        ),
        "vong-2": (
            "appraised: 2025-01-06\nrequested: {number: 6/CV, date: 2025-01-07}",
            ('"1.1": {score: 45, reason: Nhận, request: true}',),
        ),
        "y-kien-2": (
            "letter: {number: 3/CV, date: 2025-01-08}\nreceived: 2025-01-08",
            ('"1.1": {explanation: Đã đủ}',),
        ),
        "vong-3": ("appraised: 2025-01-20", ('"1.1": {score: 50, reason: Đủ}',)),
        "hoi-dong": ("decision: {number: 3/QĐ, date: 2025-02-01}", ('"1.2": {score: 39, reason: Trừ}',)),
    },
    {"data/2024/council.yml": _COUNCIL},
)
