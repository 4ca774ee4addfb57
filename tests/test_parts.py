"""Parts: each monitoring body writes a file of its own, so that many bodies appraise many agencies at once."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

import pytest
from conftest import Repository
from formworlds import codes, handed_over, make, read, read_one, tiny, title_of, typed
from guarded import OPENING, YEAR, Scene, access, email_of, entry, findings, time_of
from tiny import SCHEMAS, TINY_FILES, snapshot_of

from pipeline.adapters import documents
from pipeline.adapters.repository import open_repository
from pipeline.core.index.pending import pending
from pipeline.core.record.access import KINDS
from pipeline.core.record.layout import place
from pipeline.core.record.stages import KIND_OF
from pipeline.core.rounds.changes import Version, compare
from pipeline.flows.door import judge_change
from pipeline.flows.snapshot import Snapshot, take

SCORE, REASON = (title_of(column, "appraisal-1") for column in ("score", "reason"))

STAGE = "data/2024/appraisal-1"
OPEN = {path: file.data for path, file in tiny().tree.files.items() if path.startswith("data/")}
BODY, AGENCY = "van-phong-ubnd", "co-quan-c"
HEAD, PART = f"{STAGE}/{AGENCY}.yml", f"{STAGE}/{AGENCY}/{BODY}.yml"
OF_BODY = '  "2.1":\n    score: 0\n  "2.2":\n    score: 2\n'


def parted() -> dict[str, bytes]:
    """Return the tiny year with two lines of one agency in a part of their body."""
    head = OPEN[HEAD].decode()
    assert OF_BODY in head
    own = {HEAD: head.replace(OF_BODY, "").encode(), PART: f"format: 1\nlines:\n{OF_BODY}".encode()}
    return {**OPEN, **own}


def test_a_form_of_a_body_is_read_into_its_part_where_its_lines_do_not_stand_in_the_head() -> None:
    head, part = f"{STAGE}/co-quan-a.yml", f"{STAGE}/co-quan-a/{BODY}.yml"  # the first agency of the form
    others = snapshot_of({**OPEN, head: re.sub(r'  "2[.].*:\n(?:    .*\n)+', "", OPEN[head].decode()).encode()})
    data = typed(make(others, "appraisal-1", body=BODY), ("2.2", SCORE, 1.5), ("2.2", REASON, "Thiếu hồ sơ"))

    received = read_one(others, data)

    assert [*received.files] == [part]
    assert "Thiếu hồ sơ" in received.files[part].decode()


def test_a_form_of_a_body_whose_lines_stand_in_the_head_changes_the_head() -> None:
    data = typed(make(tiny(), "appraisal-1", body=BODY), ("2.2", SCORE, 1.5), ("2.2", REASON, "Thiếu hồ sơ"))

    assert not [path for path in read_one(tiny(), data).files if path.count("/") > 3]


def test_a_form_of_the_whole_stage_leaves_a_line_in_the_part_in_which_it_stands() -> None:
    snapshot = snapshot_of(parted())
    made = make(snapshot, "appraisal-1", AGENCY)
    changed = read_one(snapshot, typed(made, ("2.2", SCORE, 1.5), ("2.2", REASON, "Thiếu hồ sơ")))

    assert read_one(snapshot, made).files.keys() <= set()
    assert [*changed.files] == [PART]
    assert b"score: 1.5" in changed.files[PART]
    assert snapshot_of({**parted(), **changed.files}).world.years["2024"].file("appraisal-1", AGENCY) is not None


def parted_in_two() -> dict[str, bytes]:
    """Return the tiny year with one line of a body in its part and the others in the head."""
    line = '  "2.2":\n    score: 2\n'
    own = {HEAD: OPEN[HEAD].decode().replace(line, "").encode(), PART: f"format: 1\nlines:\n{line}".encode()}
    return {**OPEN, **own}


def test_a_form_of_a_body_leaves_each_line_where_it_stands_in_the_head_or_in_the_part() -> None:
    snapshot = snapshot_of(parted_in_two())
    made = make(snapshot, "appraisal-1", AGENCY, body=BODY)
    first = read_one(snapshot, typed(made, ("2.1", SCORE, 1), ("2.1", REASON, "Khác"), ("2.2", SCORE, 1.5)))

    assert read_one(snapshot, made).files == {}
    assert {*first.files} == {HEAD, PART}
    assert b"Kh\xc3\xa1c" in first.files[HEAD]
    assert b"score: 1.5" in first.files[PART]
    assert "line-twice" not in codes(first)


@pytest.mark.parametrize("body", [None, BODY])
def test_a_web_form_fills_parts_and_says_nothing_of_files_that_did_not_change(body: str | None) -> None:
    snapshot = snapshot_of(parted_in_two())

    def change(content: Any) -> Any:
        content["lines"]["2.2"] = {"score": Decimal("1.5"), "reason": "Thiếu hồ sơ"}
        return content

    first = read_one(snapshot, handed_over(snapshot, "appraisal-1", change, agency=AGENCY, body=body), "phieu.json")
    after = snapshot_of({**parted_in_two(), **first.files})
    again = read_one(after, handed_over(after, "appraisal-1", agency=AGENCY, body=body), "phieu.json")

    assert ([*first.files], codes(first)) == ([PART], [])
    assert (again.files, codes(again)) == ({}, [])


def test_a_form_of_the_whole_stage_begins_no_head_for_lines_that_all_stand_in_parts() -> None:
    snapshot = snapshot_of({path: data for path, data in parted().items() if path != HEAD})
    web = handed_over(snapshot, "appraisal-1", agency=AGENCY)

    assert read_one(snapshot, make(snapshot, "appraisal-1", AGENCY)).files == {}
    assert read_one(snapshot, web, "phieu.json").files == {}


def test_forms_of_two_bodies_are_read_together_and_each_is_told_its_own_missing_lines_alone() -> None:
    later = tuple(f"data/2024/{stage}/" for stage in list(KIND_OF)[1:])
    files = {path: data for path, data in OPEN.items() if not path.startswith(later)}
    snapshot = snapshot_of(files)
    forms = {
        body: typed(make(snapshot, "appraisal-1", AGENCY, body=body), *entries)
        for body, entries in {
            "so-noi-vu": [("1.1.1", SCORE, 1)],
            BODY: [("2.2", SCORE, 1.5), ("2.2", REASON, "Thiếu hồ sơ")],
        }.items()
    }
    given = [(f"{body}.xlsx", data) for body, data in forms.items()]
    found = read(snapshot, *given)
    missing = [
        {one.problem.figures["criterion"][0] for one in form.findings if one.problem.code == "line-missing"}
        for form in found
    ]
    after = snapshot_of({**files, **{path: data for form in found for path, data in form.files.items()}})

    assert [[*form.files] for form in found] == [[f"{STAGE}/{AGENCY}/{body}.yml"] for body in forms]
    assert missing == [{"1"}, {"2"}]
    assert [(form.files, codes(form)) for form in read(after, *given)] == [({}, ["line-missing"])] * 2


def test_a_wrong_answer_in_a_part_is_told_at_its_place_there() -> None:
    part = b'format: 1\nlines:\n  "2.1":\n    score: 0\n  "2.2":\n    score: 2\n    answer: [x]\n'
    found = [(one.code, one.path, one.line) for one in snapshot_of({**parted(), PART: part}).problems if one.is_error]

    assert found == [("answer-not-wanted", PART, 7)]


@pytest.mark.parametrize("broken", [HEAD, PART])
def test_what_a_head_or_part_that_nobody_can_read_says_is_not_taken_for_nothing(broken: str) -> None:
    files = parted()
    files[PART] = files[PART].replace(b"score: 2\n", b"score: 1.5\n    reason: Thieu\n")
    later = f"data/2024/appraisal-2/{AGENCY}.yml"
    files[later] = OPEN[later].replace(b"lines: {}", b'lines:\n  "2.2": {score: 1.5}\n  "2.3": {score: 1.37}')
    sound = snapshot_of(files)
    files[broken] = b"format: 1\n\tnote: x\n" + files[broken]

    assert [one.code for one in sound.problems if one.is_error] == []
    assert [one.code for one in snapshot_of(files).problems if one.is_error] == ["tab-character"]


@pytest.mark.parametrize("score", ["2", "1.5"])
def test_a_line_that_goes_from_head_to_part_is_moved_and_what_it_says_is_held_against_what_it_said(score: str) -> None:
    changed = {**parted(), PART: parted()[PART].replace(b"score: 2\n", f"score: {score}\n".encode())}
    before, after = snapshot_of(OPEN), snapshot_of(changed)
    pairs = [(version_of(before, path), version_of(after, path)) for path in (HEAD, PART)]
    found = [(one.kind, one.criterion, one.path) for one in compare(pairs, carried=True)]
    scored = [("score-changed", "2.2", PART)] if score != "2" else []

    assert sorted(found) == sorted(
        [("file-added", None, PART), ("line-moved", "2.1", PART), ("line-moved", "2.2", PART), *scored]
    )
    assert {one.kind for one in compare(pairs)} == {"file-added", "line-added", "line-removed"}


def version_of(snapshot: Snapshot, path: str) -> Version | None:
    file = snapshot.tree.files.get(path)
    return None if file is None else Version(path, place(path), documents.read(path, file.data).root)


BODIES = [f"so-{number}" for number in range(12)]
SLUGS = [f"co-quan-{number}" for number in range(12)]


def rules() -> dict[str, str]:
    """Return a year of twelve bodies, each with one criterion, and twelve agencies."""
    criteria = "".join(
        f'  "{number + 1}":\n    title: Lĩnh vực {number + 1}\n    monitor: {body}\n    children:\n'
        f'      "{number + 1}.1": {{title: A, out_of: 2, rule: {{type: judged, step: 0.5}}}}\n'
        for number, body in enumerate(BODIES)
    )
    cycle = TINY_FILES["data/2024/cycle.yml"].decode()
    (out_of,) = (line for line in cycle.splitlines() if line.startswith("out_of:"))
    bodies = "".join(f"  {body}: {{name: Sở {body}}}\n" for body in ("so-noi-vu", *BODIES))
    agencies = "".join(f"  {slug}: {{name: {slug}, short: {slug}}}\n" for slug in SLUGS)
    return {
        "data/bodies.yml": f"format: 1\nbodies:\n  ubnd-tp: {{name: UBND}}\n{bodies}",
        "data/calendar.yml": TINY_FILES["data/calendar.yml"].decode(),
        f"{YEAR}/cycle.yml": cycle.replace(out_of, f"out_of: {2 * len(BODIES)}"),
        f"{YEAR}/agencies.yml": f"format: 1\nagencies:\n{agencies}",
        f"{YEAR}/criteria.yml": f"format: 1\ncriteria:\n{criteria}",
    }


@pytest.mark.needs("ssh-keygen")
def test_many_bodies_appraise_many_agencies_at_once_without_a_conflict(repository: Repository) -> None:
    people = "".join(
        f"  can-bo-{body}:\n    role: theo-doi\n    body: {body}\n    email: {email_of(f'can-bo-{body}')}\n"
        f"    keys:\n      - {entry(f'can-bo-{body}')}\n"
        for body in BODIES
    )
    repository.write_all({**{path: data.decode() for path, data in SCHEMAS.items()}, **rules()})
    repository.write("data/access.yml", access(signed=", ".join(KINDS), more=people))
    scene = Scene(repository, base=repository.commit("Mở kỳ", date=OPENING))
    opened = open_repository(repository.root)
    day = "2024-12-10T09:00:00+07:00"
    for number, body in enumerate(BODIES):
        scene.branch(body)
        for agency in SLUGS:
            lines = f'format: 1\nlines:\n  "{number + 1}.1": {{score: 1.5, reason: Theo hồ sơ}}\n'
            scene.write(f"appraisal-1/{agency}/{body}.yml", lines)
        scene.commit(f"can-bo-{body}", date=day)
        judged = judge_change(opened, scene.base, scene.head(), time_of(day), founding=scene.base)

        assert not judged.refused, (findings(judged), judged.errors)

    scene.branch("together")
    for body in BODIES:
        scene.merge(body, date=day)
    together = judge_change(opened, scene.base, scene.head(), time_of(day), founding=scene.base)
    year = take(opened, None).world.years["2024"]

    assert not together.refused
    assert {(entry.body, entry.file) for entry in pending(year, None) if entry.stage == "appraisal-1"} == {(None, True)}


@pytest.mark.needs("ssh-keygen")
def test_a_body_may_not_write_the_part_of_another(repository: Repository) -> None:
    scene = Scene(repository)
    scene.begin()
    scene.branch("wrong")
    scene.write("appraisal-1/cuc-hai-quan/so-noi-vu.yml", 'format: 1\nlines:\n  "1.1": {score: 2}\n')
    scene.commit("theo-doi-van-phong", date="2024-12-10T09:00:00+07:00")

    assert "other-criterion" in scene.refusals("2024-12-10T09:00:00+07:00")
