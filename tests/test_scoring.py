"""Which line counts, and what follows from it: leaf points, areas, index, rank and grade.

Each table is one sentence of the arithmetic: given what the files say, when nothing else does, then these figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction

import pytest
from worlds import files_of, year_from

from pipeline.core.ground.numbers import fixed
from pipeline.core.index.score_words import score_json
from pipeline.core.index.scoring import AgencyScore, LeafScore, Results, score
from pipeline.core.record.model import Year

CRITERIA = """
"1":
  title: Lĩnh vực có thể không áp dụng
  may_not_apply: Không có nhiệm vụ
  children:
    "1.1":
      title: Chấm theo mức độ
      out_of: 2
      may_not_apply: Không có nhiệm vụ
      rule: {type: judged, step: 0.01}
    "1.2":
      title: Theo tỷ lệ
      out_of: 1
      rule: {type: proportional, full_from: 100, zero_below: 0, when_none: not-applicable}
    "1.3":
      title: Điều tra xã hội học
      out_of: 1
      rule: {type: survey, groups: {hdnd: 1}}
"2":
  title: Lĩnh vực luôn áp dụng
  out_of: 4
  rule: {type: judged, step: 0.01}
"3":
  title: Điểm thưởng, điểm trừ
  out_of: 0
  rule:
    type: bonus
    items: {sang-kien: {per: 1, title: Sáng kiến}, sai: {per: -1, title: Sai}}
    most: 3
    least: -3
"""
COUNTS = {("hdnd", "cuc-thue"): 'points: {"1.3": 0.8}'}
SELF, FIRST, EXPLAINED, SECOND, COUNCIL = (
    "self-assessment",
    "appraisal-1",
    "explanation",
    "appraisal-2",
    "council-decision",
)
CLAIM, ACCEPTED = "{not_applicable: Không có nhiệm vụ}", "{not_applicable: Chấp nhận}"


def year_with(
    lines: Mapping[str, str], *amendments: str, agencies: str = "cuc-thue: {name: Cục Thuế, short: Thuế}"
) -> Year:
    """Return a year of one agency: stage -> lines."""
    by_agency = {(stage, "cuc-thue"): text for stage, text in lines.items()}
    return year_from(
        files_of(CRITERIA, lines=by_agency, counts=COUNTS, amendments=amendments, agencies=agencies, out_of="8")
    )


def entry_of(results: Results, agency: str = "cuc-thue") -> AgencyScore:
    """Return an agency's result, which must be there."""
    entry = results.of(agency)
    assert entry is not None
    return entry


def leaf_of(year: Year, code: str, agency: str = "cuc-thue") -> LeafScore:
    """Return an agency's score of one leaf, which must be there."""
    leaf = entry_of(score(year), agency).leaf(code)
    assert leaf is not None
    return leaf


def shown(leaf: LeafScore) -> str:
    """Return points of out_of and who decided: "1.50/2.00 appraisal-1"."""
    if leaf.points is None or leaf.out_of is None:
        return f"- {leaf.stage}{' outstanding' if leaf.outstanding else ''}"
    return f"{fixed(leaf.points, 2)}/{fixed(leaf.out_of, 2)} {leaf.stage}"


def amendment(stage: str, line: str, code: str = "1.1") -> str:
    """Return an amendment of one line."""
    return f'stage: {stage}\nagency: cuc-thue\ncriterion: "{code}"\nexpect: none\nreason: Đính chính\nline: {line}'


DECIDING: list[tuple[str, dict[str, str], list[str], str]] = [
    # when, stage -> the line of 1.1 or of 1, amendments, then
    ("only the agency scored itself", {SELF: '"1.1": {score: 2}'}, [], "2.00/2.00 self-assessment"),
    (
        "the first round scored",
        {SELF: '"1.1": {score: 2}', FIRST: '"1.1": {score: 1.2}'},
        [],
        "1.20/2.00 appraisal-1",
    ),
    (
        "an explanation asks for more and nobody answers it",
        {SELF: '"1.1": {score: 2}', FIRST: '"1.1": {score: 1.2}', EXPLAINED: '"1.1": {score: 2, explanation: Đủ}'},
        [],
        "1.20/2.00 appraisal-1",
    ),
    (
        "the second round gives points back",
        {FIRST: '"1.1": {score: 1.2}', EXPLAINED: '"1.1": {score: 2, explanation: Đủ}', SECOND: '"1.1": {score: 1.75}'},
        [],
        "1.75/2.00 appraisal-2",
    ),
    (
        "the second round does not mention it",
        {FIRST: '"1.1": {score: 1.2}', SECOND: '"2": {score: 4}'},
        [],
        "1.20/2.00 appraisal-1",
    ),
    (
        "the council adjusts",
        {FIRST: '"1.1": {score: 1.2}', SECOND: '"1.1": {score: 1.75}', COUNCIL: '"1.1": {score: 1.5}'},
        [],
        "1.50/2.00 council-decision",
    ),
    (
        "the council adjusts nothing",
        {FIRST: '"1.1": {score: 1.2}', SECOND: '"1.1": {score: 1.75}', COUNCIL: ""},
        [],
        "1.75/2.00 appraisal-2",
    ),
    (
        "a score of zero decides like any other",
        {SELF: '"1.1": {score: 2}', FIRST: '"1.1": {score: 0}'},
        [],
        "0.00/2.00 appraisal-1",
    ),
    ("nobody said anything", {SELF: '"2": {score: 4}'}, [], "- None outstanding"),
    ("only an explanation stands", {EXPLAINED: '"1.1": {score: 2, explanation: Đủ}'}, [], "- None outstanding"),
    ("a claim that nobody accepted", {SELF: f'"1.1": {CLAIM}'}, [], "0.00/2.00 self-assessment"),
    ("a claim for all of the area that nobody accepted", {SELF: f'"1": {CLAIM}'}, [], "0.00/2.00 self-assessment"),
    (
        "a claim of which a later stage says nothing",
        {SELF: f'"1.1": {CLAIM}', FIRST: '"2": {score: 4}', COUNCIL: ""},
        [],
        "0.00/2.00 self-assessment",
    ),
    ("a claim accepted", {SELF: f'"1.1": {CLAIM}', FIRST: f'"1.1": {ACCEPTED}'}, [], "- not-applicable"),
    ("a claim refused", {SELF: f'"1.1": {CLAIM}', FIRST: '"1.1": {score: 0.5}'}, [], "0.50/2.00 appraisal-1"),
    (
        "a claim refused, then accepted after explanation",
        {SELF: f'"1.1": {CLAIM}', FIRST: '"1.1": {score: 0.5}', SECOND: f'"1.1": {ACCEPTED}'},
        [],
        "- not-applicable",
    ),
    (
        "a claim accepted, then taken back",
        {SELF: f'"1.1": {CLAIM}', FIRST: f'"1.1": {ACCEPTED}', SECOND: '"1.1": {score: 1}'},
        [],
        "1.00/2.00 appraisal-2",
    ),
    (
        "decided not applicable although nobody claimed",
        {SELF: '"1.1": {score: 2}', FIRST: f'"1": {ACCEPTED}'},
        [],
        "- not-applicable",
    ),
    (
        "not applicable as a whole, taken back for this leaf",
        {FIRST: f'"1": {ACCEPTED}', SECOND: '"1.1": {score: 1}'},
        [],
        "1.00/2.00 appraisal-2",
    ),
    (
        "the council decides that it does not apply",
        {FIRST: '"1.1": {score: 1}', COUNCIL: f'"1": {ACCEPTED}'},
        [],
        "- not-applicable",
    ),
    (
        "an amendment takes the place of the deciding line",
        {FIRST: '"1.1": {score: 1.2}'},
        [amendment(FIRST, "{score: 1.9}")],
        "1.90/2.00 appraisal-1",
    ),
    (
        "an amendment makes a line where the stage had none",
        {FIRST: '"1.1": {score: 1.2}'},
        [amendment(COUNCIL, "{score: 1.9}")],
        "1.90/2.00 council-decision",
    ),
    (
        "an amendment of an earlier stage changes nothing that a later one decided",
        {FIRST: '"1.1": {score: 1.2}', SECOND: '"1.1": {score: 1.3}'},
        [amendment(FIRST, "{score: 1.9}")],
        "1.30/2.00 appraisal-2",
    ),
    (
        "of two amendments of one line the later by number stands",
        {FIRST: '"1.1": {score: 1.2}'},
        [amendment(FIRST, "{score: 1.9}"), amendment(FIRST, "{score: 1.4}")],
        "1.40/2.00 appraisal-1",
    ),
    (
        "an amendment of an explanation decides no more than the explanation",
        {FIRST: '"1.1": {score: 1.2}'},
        [amendment(EXPLAINED, "{score: 2, explanation: Đủ}")],
        "1.20/2.00 appraisal-1",
    ),
    (
        "an amendment accepts a claim",
        {SELF: f'"1.1": {CLAIM}', FIRST: '"1.1": {score: 0}'},
        [amendment(FIRST, ACCEPTED)],
        "- not-applicable",
    ),
    (
        "an amendment says of the whole area that it does not apply",
        {FIRST: '"1.1": {score: 1.2}'},
        [amendment(FIRST, ACCEPTED, "1")],
        "- not-applicable",
    ),
    (
        "an amended area is amended again for this leaf",
        {FIRST: '"1.1": {score: 1.2}'},
        [amendment(FIRST, ACCEPTED, "1"), amendment(FIRST, "{score: 1.9}")],
        "1.90/2.00 appraisal-1",
    ),
    (
        "an amended leaf is amended again with its area",
        {FIRST: '"1.1": {score: 1.2}'},
        [amendment(FIRST, "{score: 1.9}"), amendment(FIRST, ACCEPTED, "1")],
        "- not-applicable",
    ),
]


@pytest.mark.parametrize(("when", "lines", "amendments", "then"), DECIDING)
def test_the_latest_stage_that_speaks_decides_a_leaf(
    when: str, lines: dict[str, str], amendments: list[str], then: str
) -> None:
    assert then == shown(leaf_of(year_with(lines, *amendments), "1.1"))


def test_a_score_knows_the_place_that_decided_it() -> None:
    lines = {SELF: '"1.1": {score: 2}', FIRST: '"2": {score: 4}\n"1.1": {score: 1.2}'}
    plain, amended = year_with(lines), year_with(lines, amendment(FIRST, "{score: 1.9}"))
    found = [
        (leaf.source.path, leaf.source.line, leaf.amendment.number if leaf.amendment else None)
        for leaf in (leaf_of(plain, "1.1"), leaf_of(amended, "1.1"))
        if leaf.source
    ]
    expected = [("data/2024/appraisal-1/cuc-thue.yml", 5, None), ("data/2024/amendments/0001.yml", 1, "0001")]

    assert expected == found


SHARES: list[tuple[str, dict[str, str], str]] = [
    # when, stage -> lines, then for leaf 1.2 whose rule leaves it out where nothing was assigned
    (
        "nothing was assigned: the agency's line is no claim and needs nobody to accept it",
        {SELF: '"1.2": {answer: {done: 0, assigned: 0}, not_applicable: Không được giao}'},
        "- not-applicable",
    ),
    (
        "something was assigned: the same words are a claim",
        {SELF: '"1.2": {answer: {done: 0, assigned: 3}, not_applicable: Không được giao}'},
        "0.00/1.00 self-assessment",
    ),
    (
        "no answer stands beside the words: a claim",
        {SELF: '"1.2": {not_applicable: Không được giao}'},
        "0.00/1.00 self-assessment",
    ),
    (
        "the first round finds that something was assigned",
        {
            SELF: '"1.2": {answer: {done: 0, assigned: 0}, not_applicable: Không được giao}',
            FIRST: '"1.2": {answer: {done: 1, assigned: 4}, score: 0.25}',
        },
        "0.25/1.00 appraisal-1",
    ),
]


@pytest.mark.parametrize(("when", "lines", "then"), SHARES)
def test_a_leaf_of_which_nothing_was_assigned_leaves_by_itself(when: str, lines: dict[str, str], then: str) -> None:
    assert then == shown(leaf_of(year_with(lines), "1.2"))


SURVEYED: list[tuple[str, dict[str, str], str]] = [
    # when, stage -> lines, then for survey leaf 1.3, which has no line of its own
    ("nothing is said of its area", {SELF: '"1.1": {score: 2}'}, "0.80/1.00 survey"),
    ("its area is claimed, nobody accepts", {SELF: f'"1": {CLAIM}'}, "0.80/1.00 survey"),
    ("its area is decided not to apply", {SELF: f'"1": {CLAIM}', FIRST: f'"1": {ACCEPTED}'}, "- not-applicable"),
    (
        "a decision for its area is taken back by a score beside it",
        {FIRST: f'"1": {ACCEPTED}', SECOND: '"1.1": {score: 1}'},
        "0.80/1.00 survey",
    ),
    (
        "a decision for its area stands where a later stage speaks of other areas",
        {FIRST: f'"1": {ACCEPTED}', SECOND: '"2": {score: 1}', COUNCIL: ""},
        "- not-applicable",
    ),
    ("a leaf beside it does not apply", {FIRST: f'"1.1": {ACCEPTED}'}, "0.80/1.00 survey"),
]


@pytest.mark.parametrize(("when", "lines", "then"), SURVEYED)
def test_not_applicable_on_a_parent_speaks_for_the_survey_leaf_below(
    when: str, lines: dict[str, str], then: str
) -> None:
    assert then == shown(leaf_of(year_with(lines), "1.3"))


@pytest.mark.parametrize(
    ("criterion", "then"),
    [
        ("1", ["- not-applicable", "- not-applicable", "- not-applicable", "4.00/4.00 appraisal-1"]),
        ("1.1", ["- not-applicable", "0.25/1.00 appraisal-1", "0.80/1.00 survey", "4.00/4.00 appraisal-1"]),
        ("1.3", ["2.00/2.00 appraisal-1", "0.25/1.00 appraisal-1", "- not-applicable", "4.00/4.00 appraisal-1"]),
    ],
)
def test_an_exemption_outlasts_every_line_at_whatever_depth_it_stands(criterion: str, then: list[str]) -> None:
    agencies = f"""
        cuc-thue:
          name: Cục Thuế
          short: Thuế
          not_applicable: [{{criterion: "{criterion}", reason: Không thuộc phạm vi}}]
    """
    first = '"1.1": {score: 2}\n"1.2": {score: 0.25, answer: {done: 1, assigned: 4}}\n"2": {score: 4}'
    year = year_with({FIRST: first}, agencies=agencies)

    assert then == [shown(leaf_of(year, code)) for code in ("1.1", "1.2", "1.3", "2")]


def figures(entry: AgencyScore) -> dict[str, str]:
    """Return an agency's sums as text."""
    part = "{}/{}".format
    return {
        "total": part(fixed(entry.total.points, 2), fixed(entry.total.out_of, 2)),
        "appraisal": part(fixed(entry.appraisal.points, 2), fixed(entry.appraisal.out_of, 2)),
        "survey": part(fixed(entry.survey.points, 2), fixed(entry.survey.out_of, 2)),
        "index": str(entry.published),
    }


ALL = '"1.1": {score: 1.5}\n"1.2": {score: 0.25, answer: {done: 1, assigned: 4}}\n"2": {score: 3}'


def test_appraisal_and_survey_are_two_sums_of_one_total() -> None:
    expected = {"total": "5.55/8.00", "appraisal": "4.75/7.00", "survey": "0.80/1.00", "index": "69.38"}  # 69.375

    assert expected == figures(entry_of(score(year_with({FIRST: ALL}))))


BONUS: list[tuple[str, str, str, str, str]] = [
    # when, the line of the bonus, points, index, index of its own area
    ("no line", "", "5.55", "69.38", "None"),
    ("a bonus", '"3": {score: 1, answer: {sang-kien: 1}}', "6.55", "81.88", "None"),  # 81.875
    ("a bonus beyond the whole", '"3": {score: 3, answer: {sang-kien: 3}}', "8.55", "100.00", "None"),
    ("a penalty", '"3": {score: -2, answer: {sai: 2}}', "3.55", "44.38", "None"),  # 44.375
]


@pytest.mark.parametrize(("when", "line", "points", "index", "area"), BONUS)
def test_a_bonus_moves_points_and_index_within_0_and_100_and_no_area(
    when: str, line: str, points: str, index: str, area: str
) -> None:
    entry = entry_of(score(year_with({FIRST: f"{ALL}\n{line}"})))
    areas = {area.criterion.code: area.index for area in entry.areas}

    assert (points, index) == (fixed(entry.total.points, 2), str(entry.published))
    assert {"1": Fraction(6375, 100), "2": Fraction(75), "3": None} == areas
    assert area == str(areas["3"])


def test_a_penalty_beyond_all_points_leaves_points_as_they_are_and_the_index_at_0() -> None:
    line = '"1.1": {score: 0}\n"1.2": {score: 0, answer: {done: 0, assigned: 4}}\n"2": {score: 0}\n"3": {score: -3}'
    entry = entry_of(score(year_with({FIRST: line})))

    assert (fixed(entry.total.points, 2), str(entry.published)) == ("-2.20", "0.00")


def test_an_area_shows_its_bonus_in_points_and_keeps_it_out_of_its_index() -> None:
    criteria = """
        "1":
          title: Có thưởng
          children:
            "1.1": {title: A, out_of: 4, rule: {type: judged, step: 0.01}}
            "1.2":
              title: Thưởng
              out_of: 0
              rule: {type: bonus, items: {a: {per: 1, title: A}}, most: 1, least: 0}
    """
    lines = {(FIRST, "cuc-thue"): '"1.1": {score: 2}\n"1.2": {score: 1, answer: {a: 1}}'}
    entry = entry_of(score(year_from(files_of(criteria, lines=lines))))
    area = entry.areas[0]

    assert (Fraction(3), Fraction(4), Fraction(50)) == (area.points, area.out_of, area.index)
    assert Fraction(75) == entry.index


def test_a_leaf_without_line_or_file_leaves_both_sums_of_a_provisional_year_and_is_listed() -> None:
    files = files_of(CRITERIA, lines={(FIRST, "cuc-thue"): '"2": {score: 3}'})
    results = score(year_from(files))
    entry = entry_of(results)

    assert results.provisional
    assert entry.outstanding == ("1.1", "1.2", "1.3")
    assert figures(entry) == {"total": "3.00/4.00", "appraisal": "3.00/4.00", "survey": "0.00/0.00", "index": "75.00"}


COMPLETE: dict[str, str] = {SELF: ALL, FIRST: ALL, SECOND: "", COUNCIL: ""}
ASKED = ALL.replace("{score: 1.5}", "{score: 1.5, request: true}")
MISSING: list[tuple[str, dict[str, str], dict[tuple[str, str], str], list[tuple[str, ...]]]] = [
    # when, stage -> lines, counts, what is missing: (stage or survey, agency, group or criterion)
    ("all is there", COMPLETE, COUNTS, []),
    ("no council yet", {key: COMPLETE[key] for key in (SELF, FIRST, SECOND)}, COUNTS, [(COUNCIL, "cuc-thue", "")]),
    (
        "only the agency has spoken",
        {SELF: ALL},
        COUNTS,
        [(FIRST, "cuc-thue", ""), (SECOND, "cuc-thue", ""), (COUNCIL, "cuc-thue", "")],
    ),
    (
        "a request stands open",
        {**COMPLETE, FIRST: ASKED},
        COUNTS,
        [(SECOND, "cuc-thue", "1.1"), (EXPLAINED, "cuc-thue", "1.1")],
    ),
    (
        "a request is explained and not judged again",
        {**COMPLETE, FIRST: ASKED, EXPLAINED: '"1.1": {explanation: Đủ}'},
        COUNTS,
        [(SECOND, "cuc-thue", "1.1")],
    ),
    (
        "a request is explained and judged again",
        {**COMPLETE, FIRST: ASKED, EXPLAINED: '"1.1": {explanation: Đủ}', SECOND: '"1.1": {score: 1.5}'},
        COUNTS,
        [],
    ),
    (
        "a first appraisal lacks a line",
        {**COMPLETE, FIRST: '"1.1": {score: 1.5}\n"1.2": {score: 1}'},
        COUNTS,
        [(FIRST, "cuc-thue", "2")],
    ),
    (
        "another criterion is explained",
        {**COMPLETE, FIRST: ASKED, EXPLAINED: '"2": {explanation: Đủ}'},
        COUNTS,
        [(SECOND, "cuc-thue", "1.1"), (SECOND, "cuc-thue", "2"), (EXPLAINED, "cuc-thue", "1.1")],
    ),
    (
        "the second round notes that no explanation came",
        {**COMPLETE, FIRST: ASKED, SECOND: '"1.1": {score: 1.5}\n---\nunanswered: 2024-12-25'},
        COUNTS,
        [],
    ),
    ("a group's file is not there", COMPLETE, {}, [("survey", "cuc-thue", "hdnd")]),
    ("a group's file says that nobody answered", COMPLETE, {("hdnd", "cuc-thue"): "forms: {valid: 0}"}, []),
]


@pytest.mark.parametrize(("when", "lines", "counts", "then"), MISSING)
def test_a_year_is_complete_when_every_stage_answer_and_group_is_there(
    when: str, lines: dict[str, str], counts: dict[tuple[str, str], str], then: list[tuple[str, ...]]
) -> None:
    by_agency = {(stage, "cuc-thue"): text for stage, text in lines.items()}
    results = score(year_from(files_of(CRITERIA, lines=by_agency, counts=counts)))
    found = [(gap.kind, gap.agency, gap.group or gap.criterion or "") for gap in results.missing]

    assert then == found
    assert bool(then) is results.provisional


def test_an_exempt_agency_owes_no_file_of_the_group_that_only_rates_what_does_not_apply() -> None:
    agencies = """
        cuc-thue: {name: Thuế, short: Thuế, not_applicable: [{criterion: "1", reason: Không thuộc phạm vi}]}
    """
    lines = {(stage, "cuc-thue"): text.replace('"1', '"2.9') for stage, text in COMPLETE.items()}

    assert score(year_from(files_of(CRITERIA, lines=lines, agencies=agencies))).missing == ()


def test_a_group_owes_nothing_of_a_criterion_that_was_decided_not_to_apply() -> None:
    out = '"1": {not_applicable: Không phát sinh}\n"2": {score: 3}'
    lines = {(stage, "cuc-thue"): text for stage, text in {**COMPLETE, SELF: out, FIRST: out}.items()}

    assert score(year_from(files_of(CRITERIA, lines=lines))).missing == ()


# Two leaves that only the survey fills: 1.005 and 1.005 points of 2 each.
TWO_SURVEYS = """
"1": {title: A, out_of: 2, rule: {type: survey, groups: {hdnd: 2}}}
"2": {title: B, out_of: 2, rule: {type: sipas, group: dan}}
"""
ROUNDING: list[tuple[str, str, str, str]] = [
    # when, policy of points, points of the leaves, index of 4
    ("each leaf is rounded", "{decimals: 2, rounding: half-up, leaf: rounded}", "1.01 + 1.01", "50.50"),
    ("each leaf is rounded to even", "{decimals: 2, rounding: half-even, leaf: rounded}", "1.00 + 1.00", "50.00"),
    ("leaves stay exact", "{decimals: 2, rounding: half-up, leaf: exact}", "1.005 + 1.005", "50.25"),
    ("each leaf is rounded to one decimal", "{decimals: 1, rounding: half-up, leaf: rounded}", "1.0 + 1.0", "50.00"),
    ("three decimals need no rounding", "{decimals: 3, rounding: half-up, leaf: rounded}", "1.005 + 1.005", "50.25"),
]


@pytest.mark.parametrize(("when", "points", "leaves", "index"), ROUNDING)
def test_a_survey_leaf_is_rounded_once_or_kept_exact_until_the_index(
    when: str, points: str, leaves: str, index: str
) -> None:
    counts = {
        ("hdnd", "cuc-thue"): 'points: {"1": 1.005}',
        ("dan", "cuc-thue"): "sipas: 50.25\nrespondents: 400",
    }
    year = year_from(files_of(TWO_SURVEYS, counts=counts, policy=f"{{points: {points}}}", out_of="4"))
    entry = entry_of(score(year))

    assert [Fraction(part) for part in leaves.split(" + ")] == [leaf.points for leaf in entry.leaves]
    assert index == str(entry.published)


def ranked(
    scores: Mapping[str, str], *, policy: str = "{}", grades: str = "[]", out_of: str = "100", agencies: str = ""
) -> list[tuple[str, str, int | None, str | None]]:
    """Return (agency, index, rank, grade) in the order of the table, of agencies with one judged leaf."""
    criteria = f'"1": {{title: A, out_of: {out_of}, rule: {{type: judged, step: 0.0001}}}}'
    lines = {(COUNCIL, agency): f'"1": {{score: {points}}}' if points else "" for agency, points in scores.items()}
    year = year_from(files_of(criteria, lines=lines, agencies=agencies or scores, policy=policy, grades=grades))
    return [
        (entry.agency.slug, str(entry.published), entry.rank, entry.grade.id if entry.grade else None)
        for entry in score(year).agencies
    ]


RANKS: list[tuple[str, str, list[tuple[str, int]]]] = [
    # when, policy of rank, (agency, rank) for indices a 90.004, b 90.001, c 95, d 80, e 90.001 of two decimals
    (
        "competition on what is published",
        "{on: published, ties: competition}",
        [("c", 1), ("a", 2), ("b", 2), ("e", 2), ("d", 5)],
    ),
    ("dense on what is published", "{on: published, ties: dense}", [("c", 1), ("a", 2), ("b", 2), ("e", 2), ("d", 3)]),
    (
        "competition on exact indices",
        "{on: exact, ties: competition}",
        [("c", 1), ("a", 2), ("b", 3), ("e", 3), ("d", 5)],
    ),
    ("dense on exact indices", "{on: exact, ties: dense}", [("c", 1), ("a", 2), ("b", 3), ("e", 3), ("d", 4)]),
]


@pytest.mark.parametrize(("when", "rank", "then"), RANKS)
def test_equal_figures_share_a_rank_as_the_policy_counts_them(
    when: str, rank: str, then: list[tuple[str, int]]
) -> None:
    scores = {"a": "90.004", "b": "90.001", "c": "95", "d": "80", "e": "90.001"}
    found = ranked(scores, policy=f"{{rank: {rank}}}")

    assert then == [(agency, place) for agency, _, place, _ in found]


TIES: list[tuple[str, str, str, list[tuple[str, int]]]] = [
    # when, ties, agency -> appraisal of 60, survey of 20, SIPAS percent of 20, then
    ("the higher appraisal comes first", "[appraisal, sipas]", "a 50 10 50, b 48 12 50", [("a", 1), ("b", 2)]),
    (
        "equal appraisal: the higher SIPAS comes first",
        "[appraisal, sipas]",
        "a 50 12 40, b 50 10 50",
        [("b", 1), ("a", 2)],
    ),
    ("SIPAS first, where the policy says so", "[sipas, appraisal]", "a 50 10 50, b 46 12 60", [("b", 1), ("a", 2)]),
    (
        "all equal: they share the rank",
        "[appraisal, sipas]",
        "a 50 10 50, b 50 10 50, c 40 10 50",
        [("a", 1), ("b", 1), ("c", 3)],
    ),
    ("the index goes before any tie-break", "[appraisal, sipas]", "a 50 10 50, b 49 12 50", [("b", 1), ("a", 2)]),
]


@pytest.mark.parametrize(("when", "ties", "given", "then"), TIES)
def test_a_list_of_tie_breaks_decides_between_equal_indices(
    when: str, ties: str, given: str, then: list[tuple[str, int]]
) -> None:
    criteria = """
        "1": {title: A, out_of: 60, rule: {type: judged, step: 1}}
        "2": {title: B, out_of: 20, rule: {type: survey, groups: {hdnd: 20}}}
        "3": {title: C, out_of: 20, rule: {type: sipas, group: dan}}
    """
    rows = [row.split() for row in given.split(", ")]
    lines = {(COUNCIL, agency): f'"1": {{score: {points}}}' for agency, points, _, _ in rows}
    counts = {("hdnd", agency): f'points: {{"2": {survey}}}' for agency, _, survey, _ in rows}
    counts |= {("dan", agency): f"sipas: {sipas}\nrespondents: 99" for agency, _, _, sipas in rows}
    policy = f"{{rank: {{on: published, ties: {ties}}}}}"
    year = year_from(files_of(criteria, agencies=[row[0] for row in rows], lines=lines, counts=counts, policy=policy))

    assert then == [(entry.agency.slug, entry.rank) for entry in score(year).agencies]


def test_an_unranked_agency_keeps_its_index_takes_no_rank_and_stands_last() -> None:
    agencies = "a: {name: A, short: A, ranked: false}\nb: {name: B, short: B}\nc: {name: C, short: C}"
    found = ranked({"a": "99", "b": "80", "c": "90"}, agencies=agencies)

    assert found == [("c", "90.00", 1, None), ("b", "80.00", 2, None), ("a", "99.00", None, None)]


def test_without_anything_that_applies_there_is_no_index_no_rank_and_no_grade() -> None:
    agencies = 'a: {name: A, short: A, not_applicable: [{criterion: "1", reason: Không}]}\nb: {name: B, short: B}'
    found = ranked({"a": "99", "b": "80"}, agencies=agencies, grades="[{id: dat, from: 0, title: Đạt}]")

    assert found == [("b", "80.00", 1, "dat"), ("a", "None", None, None)]


GRADES = "[{id: xuat-sac, from: 90, title: Xuất sắc}, {id: tot, from: 80, title: Tốt}, {id: kha, from: 65, title: Khá}]"
GRADED: list[tuple[str, str, str, str | None]] = [
    # when, points of 100, on published, on exact
    ("exactly at the boundary", "90", "xuat-sac", "xuat-sac"),
    ("just below it", "89.99", "tot", "tot"),
    ("published as 90.00, in truth a little less", "89.996", "xuat-sac", "tot"),
    ("published as 89.99, in truth a little more", "89.994", "tot", "tot"),
    ("exactly at the next", "80", "tot", "tot"),
    ("exactly at the last", "65", "kha", "kha"),
]


@pytest.mark.parametrize(("when", "points", "published", "exact"), GRADED)
def test_a_grade_compares_the_figure_that_ranks_compare(when: str, points: str, published: str, exact: str) -> None:
    found = [
        ranked({"a": points}, grades=GRADES, policy=f"{{rank: {{on: {on}, ties: competition}}}}")[0][3]
        for on in ("published", "exact")
    ]

    assert [published, exact] == found


def test_below_the_last_grade_there_is_none() -> None:
    assert ranked({"a": "64.99"}, grades=GRADES) == [("a", "64.99", 1, None)]


def test_the_index_of_a_part_that_applies_is_a_percentage_of_that_part() -> None:
    # the figures of the worked example: 58.25 of 66, 16.84 of 20, 86.50 % of 10; four points do not apply
    criteria = """
        "1": {title: Thẩm định, out_of: 66, rule: {type: judged, step: 0.01}}
        "2": {title: Không áp dụng, out_of: 4, rule: {type: judged, step: 0.01}}
        "3": {title: Điều tra, out_of: 20, rule: {type: survey, groups: {hdnd: 20}}}
        "4": {title: Hài lòng, out_of: 10, rule: {type: sipas, group: dan}}
    """
    lines = {
        (SELF, "cuc-thue"): f'"1": {{score: 60}}\n"2": {CLAIM}',
        (FIRST, "cuc-thue"): f'"1": {{score: 58.25}}\n"2": {ACCEPTED}',
    }
    counts = {("hdnd", "cuc-thue"): 'points: {"3": 16.84}', ("dan", "cuc-thue"): "sipas: 86.50\nrespondents: 412"}
    results = score(year_from(files_of(criteria, lines=lines, counts=counts)))
    answer = score_json(results, None)["agencies"][0]
    shown_areas = [(area["code"], area["points"], area["out_of"], area["index"]) for area in answer["areas"]]

    assert (answer["points"], answer["out_of"], answer["index"]) == ("83.74", "96.00", "87.23")
    assert shown_areas == [
        ("1", "58.25", "66.00", "88.26"),
        ("2", "0.00", "0.00", None),
        ("3", "16.84", "20.00", "84.20"),
        ("4", "8.65", "10.00", "86.50"),
    ]


def test_what_is_outstanding_applies_and_says_what_it_is_out_of_and_missing_files_are_named() -> None:
    criteria = """
    "1": {title: Một, out_of: 6, rule: {type: judged, step: 1}}
    "2": {title: Hai, out_of: 4, rule: {type: sipas, group: dan}}
    """
    agencies = "thue: {name: T, short: T}\nquan: {name: Q, short: Q, not_applicable: [{criterion: '2', reason: Không}]}"
    year = year_from(
        files_of(
            criteria,
            agencies=agencies,
            lines={("appraisal-1", "thue"): '"1": {score: 3}'},
            survey="groups: {dan: {source: sipas, title: Dân}}",
            out_of="10",
        )
    )
    told = {agency["agency"]: agency for agency in score_json(score(year), None)["agencies"]}

    def leaves(slug: str) -> list[tuple[object, ...]]:
        return [
            tuple(leaf[key] for key in ("applicable", "points", "out_of", "stage")) for leaf in told[slug]["criteria"]
        ]

    assert leaves("thue") == [(True, "3.00", "6.00", "appraisal-1"), (True, None, "4.00", None)]
    assert leaves("quan") == [(True, None, "6.00", None), (False, None, None, "not-applicable")]
    assert [(own["out_of"], own["outstanding"]) for own in told.values()] == [("6.00", ["2"]), ("0.00", ["1"])]
    assert [gap["stage"] for gap in told["thue"]["missing"]] == [
        *("self-assessment", "appraisal-2", "council-decision", "survey"),
    ]
    assert told["thue"]["missing"][-1] == {"stage": "survey", "group": "dan", "criterion": None}
    assert sum(len(own["missing"]) for own in told.values()) == len(score(year).missing)
