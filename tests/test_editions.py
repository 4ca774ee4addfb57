"""The second edition of guard's laws, and the founding from which it judges: on real repositories with real keys."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable

import pytest
from conftest import ROOT, Repository, RunCommand
from guarded import AMENDMENT, APPRAISAL, CYCLE, ROLES, SEAL, YEAR, Scene, access, entry, key_of, time_of

from pipeline.adapters.repository import open_repository
from pipeline.core.record.access import KINDS
from pipeline.flows.door import judge_push

pytestmark = pytest.mark.needs("ssh-keygen")

DAY = "2024-12-10T09:00:00+07:00"  # appraisal-1 is open, self-assessment is closed
LATER = "2024-12-10T15:00:00+07:00"
FIRST = f"{YEAR}/appraisal-1/cuc-thue.yml"
SECOND = f"{YEAR}/appraisal-1/cuc-hai-quan.yml"
CALENDAR = "data/calendar.yml"
# Two people for each kind: who keeps the rules writes, who leads reviews; whoever writes the program is a third.
EVERYTHING = ", ".join(KINDS)
TWO = ROLES.replace("lanh-dao: {reviews: [approval, amendments]}", f"lanh-dao: {{reviews: [{EVERYTHING}]}}")
WITH_PROGRAM = TWO.replace("writes: [rules, access]", "writes: [rules, access, program]")


@pytest.fixture
def scene(repository: Repository) -> Scene:
    made = Scene(repository)
    made.begin(access(signed=EVERYTHING, roles=TWO))
    return made


def review(scene: Scene, person: str = "lanh-dao-noi-vu", *, of: str | None = None, date: str = LATER) -> str:
    """Approve what stands at HEAD since a commit."""
    return scene.commit(person, date=date, message=f"Duyệt\n\nReviewed-from: {of or scene.base}", stage=False)


def change_rules(scene: Scene, day: str = "2024-12-25", *, person: str = "giu-luat-noi-vu", date: str = DAY) -> str:
    scene.repository.write(CALENDAR, (scene.repository.root / CALENDAR).read_text("utf-8") + f"# {day}\n")
    return scene.commit(person, date=date)


# --- what needs a second person whatever the policy says --------------------------------------------------------------


def rules(scene: Scene) -> None:
    change_rules(scene)


def access_itself(scene: Scene) -> None:
    scene.edit("data/access.yml", "lanh-dao-noi-vu@", "lanh-dao@")
    scene.commit("giu-luat-noi-vu", date=DAY)


def an_amendment(scene: Scene) -> None:
    scene.write("amendments/0001.yml", AMENDMENT)
    scene.commit("thuong-truc-noi-vu", date=DAY)


def a_seal_before_the_last_day(scene: Scene) -> None:
    scene.write("seals/appraisal-1.yml", SEAL)
    scene.commit("thuong-truc-noi-vu", date=DAY)


def a_claim_after_its_last_day(scene: Scene) -> None:
    roles = TWO.replace("writes: [rules, access]", "writes: [rules, access, self-assessment]")
    scene.begin(access(signed=EVERYTHING, roles=roles))
    scene.repository.write(f"{YEAR}/self-assessment/cuc-thue.yml", APPRAISAL)
    scene.commit("giu-luat-noi-vu", date=DAY)


@pytest.mark.parametrize(
    "change", [rules, access_itself, an_amendment, a_seal_before_the_last_day, a_claim_after_its_last_day]
)
def test_some_changes_need_a_second_person_whatever_the_policy_says(
    scene: Scene, change: Callable[[Scene], None]
) -> None:
    change(scene)

    assert scene.refusals(LATER) == {"no-review"}
    review(scene)
    assert scene.refusals(LATER) == set()


def test_a_seal_on_the_last_day_and_after_needs_nobody_else(scene: Scene) -> None:
    scene.write("seals/appraisal-1.yml", SEAL)
    scene.commit("thuong-truc-noi-vu", date="2024-12-17T09:00:00+07:00")

    assert scene.refusals("2024-12-17T10:00:00+07:00") == set()


def test_a_seal_of_explanations_waits_for_the_last_day_of_the_agency_that_was_asked_last(scene: Scene) -> None:
    asked = APPRAISAL.replace("lines:", "requested: {number: 41/SNV, date: 2024-12-17}\nlines:")
    scene.begin(access(signed=EVERYTHING, roles=TWO), {FIRST: asked, SECOND: asked.replace("12-17}", "12-20}")})
    scene.write("seals/explanation.yml", SEAL)
    scene.commit("thuong-truc-noi-vu", date="2024-12-23T09:00:00+07:00")  # the 25th is the third working day

    assert scene.refusals("2024-12-24T09:00:00+07:00") == {"no-review"}
    assert scene.refusals("2024-12-25T09:00:00+07:00") == set()


def test_a_day_that_no_calendar_has_closes_and_stops_nothing(scene: Scene) -> None:
    cycle = CYCLE.replace("before: 2024-12-18", "before: 0001-01-01")
    scene.begin(access(signed=EVERYTHING, roles=TWO), {f"{YEAR}/cycle.yml": cycle})
    scene.write("seals/appraisal-1.yml", SEAL)
    scene.commit("thuong-truc-noi-vu", date=DAY)
    assert scene.refusals(LATER) == {"no-review"}
    scene.repository.write(FIRST, APPRAISAL.replace("score: 2}", "score: 1.5, reason: x}"))
    scene.commit("thuong-truc-noi-vu", date=DAY)

    assert "no-window" in scene.refusals(LATER)


def test_who_may_not_write_for_everybody_is_not_late_but_outside_the_window(scene: Scene) -> None:
    scene.repository.write(f"{YEAR}/self-assessment/cuc-thue.yml", APPRAISAL)
    scene.commit("can-bo-thue", date=DAY)

    assert scene.refusals(LATER) == {"closed"}


def test_a_late_line_is_told(scene: Scene) -> None:
    a_claim_after_its_last_day(scene)
    review(scene)
    told = [finding.code for verdict in scene.judge(LATER).verdicts for finding in verdict.findings]

    assert "late" in told


# --- reviews bind changes ---------------------------------------------------------------------------------------------


def test_main_may_move_on_between_a_review_and_its_merge(scene: Scene) -> None:
    scene.branch("work")
    change_rules(scene)
    review(scene)
    scene.switch("main")
    scene.repository.write(FIRST, APPRAISAL.replace("score: 2}", "score: 1.5, reason: x}"))
    scene.base = scene.commit("thuong-truc-noi-vu", date=DAY)
    scene.merge("work", date=LATER)

    assert scene.refusals(LATER) == set()


def test_two_reviewed_branches_may_arrive_in_one_push(scene: Scene) -> None:
    start = scene.base
    scene.branch("one")
    change_rules(scene)
    review(scene)
    scene.branch("two", start)
    scene.repository.write("data/bodies.yml", "format: 1\nbodies:\n  so-noi-vu: {name: Sở Nội vụ Thành phố}\n")
    scene.commit("giu-luat-noi-vu", date=DAY)
    review(scene, of=start)
    scene.switch("main")
    scene.merge("one", date=LATER)
    scene.merge("two", date=LATER)

    assert scene.refusals(LATER) == set()


def test_reviews_one_after_the_other_lead_from_what_was_to_what_is(scene: Scene) -> None:
    change_rules(scene)
    first = review(scene)
    change_rules(scene, "2024-12-26", date=LATER)
    review(scene, of=first)

    assert scene.refusals(LATER) == set()


def test_what_changes_after_the_review_is_found(scene: Scene) -> None:
    change_rules(scene)
    review(scene)
    change_rules(scene, "2024-12-26", date=LATER)

    assert scene.refusals(LATER) == {"changed-after-review"}


def test_a_mode_that_changes_after_the_review_is_found(scene: Scene) -> None:
    scene.begin(access(signed=EVERYTHING, roles=WITH_PROGRAM), {"tool.sh": "#!/bin/sh\n"})
    scene.repository.write("tool.sh", "#!/bin/sh\necho x\n")
    scene.commit("giu-luat-noi-vu", date=DAY)
    review(scene)
    assert scene.refusals(LATER) == set()
    scene.repository.git("update-index", "--chmod=+x", "tool.sh")
    scene.commit("giu-luat-noi-vu", date=LATER, stage=False)

    assert scene.refusals(LATER) == {"changed-after-review"}


def test_what_main_did_to_the_same_file_is_not_what_was_reviewed(scene: Scene) -> None:
    scene.begin(access(signed=EVERYTHING, roles=TWO), {CALENDAR: "format: 1\n" + "\n" * 20 + "years: {}\n"})
    scene.branch("work")
    scene.repository.write(CALENDAR, "# đầu\nformat: 1\n" + "\n" * 20 + "years: {}\n")
    scene.commit("giu-luat-noi-vu", date=DAY)
    review(scene)
    scene.switch("main")
    scene.repository.write(CALENDAR, "format: 1\n" + "\n" * 20 + "years: {}\n# cuối\n")
    scene.base = scene.commit("giu-luat-noi-vu", date=DAY)
    scene.merge("work", date=LATER)

    assert scene.refusals(LATER) == {"changed-after-review"}


def test_a_touch_that_is_taken_back_needs_nobody(scene: Scene) -> None:
    before = (scene.repository.root / CALENDAR).read_text("utf-8")
    change_rules(scene)
    scene.repository.write(CALENDAR, before)
    scene.commit("giu-luat-noi-vu", date=DAY)

    assert scene.refusals(LATER) == set()


def test_a_review_lapses_after_thirty_days(scene: Scene) -> None:
    change_rules(scene)
    review(scene)

    assert scene.refusals("2025-01-09T15:00:00+07:00") == set()
    assert scene.refusals("2025-01-09T15:00:01+07:00") == {"no-review", "review-lapsed"}


def test_a_review_names_a_base_that_everybody_has(scene: Scene) -> None:
    change_rules(scene)
    other = scene.repository.git("commit-tree", "-m", "x", f"{scene.base}^{{tree}}", **_nobody())
    review(scene, of=other)

    assert scene.refusals(LATER) == {"no-review", "review-of-unknown-base"}


def test_a_review_of_nothing_that_is_there_is_no_review(scene: Scene) -> None:
    change_rules(scene)
    review(scene, of="0" * 40)

    assert scene.refusals(LATER) == {"no-review", "review-of-unknown-base"}


def _nobody() -> dict[str, str]:
    return {f"GIT_{who}_{what}": "x@x.example" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")}


def test_who_made_a_change_does_not_approve_it_from_any_base(scene: Scene) -> None:
    both = TWO.replace("writes: [rules, access]", "writes: [rules, access]").replace(
        "reviews: [amendments]}", "reviews: [amendments, rules]}"
    )
    scene.begin(access(signed=EVERYTHING, roles=both))
    before = (scene.repository.root / CALENDAR).read_text("utf-8")
    change_rules(scene)
    scene.repository.write(CALENDAR, before)
    back = scene.commit("giu-luat-noi-vu", date=DAY)
    change_rules(scene)
    review(scene, "giu-luat-noi-vu", of=back)

    assert scene.refusals(LATER) == {"no-review", "reviewer-is-author"}


@pytest.fixture
def alone(scene: Scene) -> Scene:
    """A person who writes rules and reviews those of others."""
    scene.begin(access(signed=EVERYTHING, roles=TWO.replace("reviews: [amendments]}", "reviews: [amendments, rules]}")))
    return scene


def rewrite(scene: Scene, text: str) -> str:
    scene.repository.write(CALENDAR, text)
    return scene.commit("giu-luat-noi-vu", date=DAY)


def test_a_review_from_a_base_beside_its_own_branch_hides_no_author(alone: Scene) -> None:
    before = (alone.repository.root / CALENDAR).read_text("utf-8")
    made = rewrite(alone, before + "# x\n")
    back = rewrite(alone, before)
    rewrite(alone, before + "# x\n")
    alone.branch("review", made)
    review(alone, "giu-luat-noi-vu", of=back)
    alone.switch("main")
    alone.merge("review", date=LATER)

    assert alone.refusals(LATER) == {"no-review", "reviewer-is-author"}


def test_nobody_brings_an_old_state_back_alone_by_a_review_of_it(alone: Scene) -> None:
    old, before = alone.base, (alone.repository.root / CALENDAR).read_text("utf-8")
    alone.base = rewrite(alone, before + "# mới\n")
    alone.branch("review", old)
    review(alone, "giu-luat-noi-vu", of=alone.base)
    alone.switch("main")
    rewrite(alone, before)
    alone.merge("review", date=LATER)

    assert alone.refusals(LATER) == {"no-review", "reviewer-is-author"}


def test_two_people_may_approve_each_other(scene: Scene) -> None:
    both = TWO.replace("lanh-dao: {reviews", "lanh-dao: {writes: [rules], agencies: all, criteria: all, reviews")
    both = both.replace("reviews: [amendments]}", "reviews: [amendments, rules]}")
    scene.begin(access(signed=EVERYTHING, roles=both))
    change_rules(scene)
    first = review(scene)
    change_rules(scene, "2024-12-26", person="lanh-dao-noi-vu", date=LATER)
    review(scene, "giu-luat-noi-vu", of=first)

    assert scene.refusals(LATER) == set()


def test_a_review_without_the_right_does_not_count(scene: Scene) -> None:
    change_rules(scene)
    review(scene, "thuong-truc-noi-vu")

    assert scene.refusals(LATER) == {"no-review", "reviewer-without-right"}


def test_a_review_that_is_not_needed_stops_nothing(scene: Scene) -> None:
    scene.repository.write(FIRST, APPRAISAL.replace("score: 2}", "score: 1.5, reason: x}"))
    scene.commit("thuong-truc-noi-vu", date=DAY)
    review(scene, "thuong-truc-noi-vu")

    assert scene.refusals(LATER) == set()


def test_the_command_reviews_from_where_the_branch_began(scene: Scene, run_command: RunCommand) -> None:
    start = scene.base
    scene.branch("work")
    change_rules(scene)
    scene.switch("main")
    scene.repository.write("README.md", "Kho\n")
    scene.base = scene.commit("giu-luat-noi-vu", date=DAY)
    scene.switch("work")
    done = run_command("review", "main", "--key", str(key_of("lanh-dao-noi-vu")), cwd=scene.repository.root)

    assert done.code == 0, done.stdout + done.stderr
    assert f"Reviewed-from: {start}" in scene.repository.git("log", "-1", "--format=%B")
    scene.switch("main")
    scene.repository.git("merge", "--quiet", "--no-ff", "-m", "x", "work", **_nobody())
    assert scene.refusals() == set()


LINES = """\
format: 1
lines:
  "1.1":
    # một
    # hai
    score: 2
    # ba
    # bốn
  "2.1":
    # năm
    # sáu
    score: 2
    # bảy
    # tám
"""


def test_a_merge_makes_no_line_that_neither_branch_has(scene: Scene) -> None:
    scene.begin(access(signed=EVERYTHING, roles=TWO), {FIRST: LINES})
    scene.branch("order")  # the same lines, the other first
    swapped = LINES.replace('"1.1"', "x").replace('"2.1"', '"1.1"').replace("x", '"2.1"')
    scene.repository.write(FIRST, swapped)
    scene.commit("theo-doi-van-phong", date=DAY)
    scene.branch("own", scene.base)
    scene.repository.write(FIRST, LINES.replace("# sáu\n    score: 2", "# sáu\n    score: 0"))
    scene.commit("theo-doi-van-phong", date=DAY)
    assert scene.refusals(LATER) == set()
    scene.switch("main")
    scene.merge("order", date=LATER)
    assert scene.refusals(LATER) == set()
    scene.merge("own", date=LATER)

    assert '"1.1":\n    # năm\n    # sáu\n    score: 0' in (scene.repository.root / FIRST).read_text("utf-8")
    assert scene.refusals(LATER) == {"merge-mixes-lines"}


def test_a_merge_carries_no_change_over_to_another_name(scene: Scene) -> None:
    text = "".join(f"line {number}\n" for number in range(40))
    start = scene.begin(access(signed=EVERYTHING, roles=WITH_PROGRAM), {"old.py": text})
    scene.repository.git("mv", "old.py", "new.py")
    scene.base = scene.commit("giu-luat-noi-vu", date=DAY)
    scene.branch("work", start)
    scene.repository.write("old.py", text + "unseen()\n")
    scene.commit("giu-luat-noi-vu", date=DAY)
    scene.switch("main")
    scene.merge("work", date=LATER)

    assert "unseen()" in (scene.repository.root / "new.py").read_text("utf-8")
    assert scene.refusals(LATER) == {"merge-carries-over"}


def test_branches_that_write_different_lines_of_a_file_are_merged(scene: Scene) -> None:
    scene.begin(access(signed=EVERYTHING, roles=TWO), {FIRST: LINES})
    for name, person, old, new in (
        ("one", "thuong-truc-noi-vu", "# hai\n    score: 2", "# hai\n    score: 1"),
        ("two", "theo-doi-van-phong", "# sáu\n    score: 2", "# sáu\n    score: 0"),
    ):
        scene.branch(name)
        scene.repository.write(FIRST, LINES.replace(old, new))
        scene.commit(person, date=DAY)
    scene.switch("main")
    scene.merge("one", date=LATER)
    scene.merge("two", date=LATER)

    assert scene.refusals(LATER) == set()


# --- access -----------------------------------------------------------------------------------------------------------


def test_ending_ones_own_key_needs_nobody_and_no_right(scene: Scene) -> None:
    own = entry("theo-doi-van-phong")
    scene.edit("data/access.yml", own, own.replace("}", ", until: 2024-12-10}"))
    scene.commit("theo-doi-van-phong", date=DAY)

    assert scene.refusals(LATER) == set()


def test_a_key_that_was_ended_meanwhile_needs_no_review_beside_that_of_the_rest(scene: Scene) -> None:
    own, two = entry("lanh-dao-noi-vu"), entry("lanh-dao-cu")
    scene.begin(access(signed=EVERYTHING, roles=TWO, keys={"lanh-dao-noi-vu": f"{own}\n      - {two}"}))
    scene.edit("data/access.yml", two, two.replace("}", ", until: 2024-12-10}"))
    ended = scene.commit("lanh-dao-noi-vu", date=DAY)
    scene.edit("data/access.yml", "van-thu-noi-vu@", "van-thu@")
    scene.commit("giu-luat-noi-vu", date=DAY)
    review(scene, of=ended)

    assert scene.refusals(LATER) == set()


@pytest.mark.parametrize("more", ["another", "longer", "policy"])
def test_ending_ones_own_key_is_no_cover_for_anything_else(scene: Scene, more: str) -> None:
    own, other = entry("theo-doi-van-phong"), entry("van-thu-noi-vu")
    if more == "another":
        scene.edit("data/access.yml", other, other.replace("}", ", until: 2024-12-10}"))
        scene.edit("data/access.yml", own, own.replace("}", ", until: 2024-12-10}"))
    elif more == "policy":  # what rights do not read
        scene.edit("data/access.yml", "policy: {", "policy: {pages: [], ")
        scene.edit("data/access.yml", own, own.replace("}", ", until: 2024-12-10}"))
    else:
        scene.edit("data/access.yml", own, own.replace("2024-11-01", "2024-10-01"))
    scene.commit("theo-doi-van-phong", date=DAY)

    assert scene.refusals(LATER) == {"no-right", "no-review"}


def test_the_last_of_two_cannot_leave(scene: Scene) -> None:
    own = entry("lanh-dao-noi-vu")
    scene.edit("data/access.yml", own, own.replace("}", ", until: 2024-12-09}"))
    scene.commit("lanh-dao-noi-vu", date=DAY)

    assert scene.refusals(LATER) == {"access-unfit"}


def test_a_policy_cannot_drop_the_second_person(scene: Scene) -> None:
    scene.begin(access(signed=EVERYTHING, second="amendments, survey", roles=TWO))
    scene.edit("data/access.yml", "second_person: [amendments, survey]", "second_person: []")
    scene.commit("giu-luat-noi-vu", date=DAY)
    review(scene)

    assert scene.refusals(LATER) == {"second-person-dropped"}


# --- the program ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", [".github/workflows/guard.yml", ".gitattributes", "templates/page.html", "x.py"])
def test_the_program_is_guarded_once_a_role_writes_it(scene: Scene, path: str) -> None:
    scene.repository.write(path, "x\n")
    scene.commit("thuong-truc-noi-vu", date=DAY)
    assert scene.refusals(LATER) == set()

    scene.begin(access(signed="", roles=WITH_PROGRAM))
    scene.repository.write(path, "y\n")
    scene.commit("giu-luat-noi-vu", date=DAY, signed=False)
    assert scene.refusals(LATER) == {"unsigned", "no-review"}
    scene.repository.git("reset", "--quiet", "--hard", scene.base)

    scene.repository.write(path, "y\n")
    scene.commit("thuong-truc-noi-vu", date=DAY)
    assert scene.refusals(LATER) == {"no-right", "no-review"}
    scene.repository.git("reset", "--quiet", "--hard", scene.base)

    scene.repository.write(path, "y\n")
    scene.commit("giu-luat-noi-vu", date=DAY)
    review(scene)
    assert scene.refusals(LATER) == set()


def test_prose_is_signed_and_needs_nobody_else(scene: Scene) -> None:
    scene.begin(access(signed="", roles=WITH_PROGRAM))
    scene.repository.write("README.md", "Lời mới\n")
    scene.repository.write("docs/x.md", "Lời mới\n")
    scene.commit("giu-luat-noi-vu", date=DAY)
    assert scene.refusals(LATER) == set()
    scene.repository.git("reset", "--quiet", "--hard", "HEAD~1")
    scene.repository.write("README.md", "Lời mới\n")
    scene.commit("giu-luat-noi-vu", date=DAY, signed=False)
    assert scene.refusals(LATER) == {"unsigned"}


def test_a_merge_smuggles_nothing_into_the_program(scene: Scene) -> None:
    scene.begin(access(signed="", roles=WITH_PROGRAM))
    scene.branch("work")
    scene.repository.write("README.md", "Lời mới\n")
    scene.commit("giu-luat-noi-vu", date=DAY)
    scene.switch("main")
    scene.repository.git("merge", "--quiet", "--no-ff", "--no-commit", "work", **_nobody())
    scene.repository.write("hook.sh", "x\n")
    scene.repository.git("add", "--all")
    scene.repository.git("commit", "--quiet", "-m", "x", GIT_COMMITTER_DATE=DAY, **_nobody())

    assert "merge-smuggles" in scene.refusals(LATER)


# --- the founding -----------------------------------------------------------------------------------------------------


def test_without_a_founding_guard_tells_and_refuses_nothing(scene: Scene, run_command: RunCommand) -> None:
    scene.repository.write(FIRST, APPRAISAL.replace("score: 2}", "score: 1.5, reason: x}"))
    scene.commit("can-bo-thue", date=DAY)
    ends = ("--at", DAY, scene.base, "HEAD")
    assert run_command("guard", *ends, cwd=scene.repository.root).code == 1

    scene.repository.git("config", "--unset", "parindex.founding")
    told = run_command("guard", *ends, cwd=scene.repository.root)
    data = json.loads(run_command("guard", "--format", "json", *ends, cwd=scene.repository.root).stdout)

    assert told.code == 0
    assert "[SẼ TỪ CHỐI]" in told.stdout
    assert "CHƯA GHIM NGÀY MỞ SỔ" in told.stdout
    assert (data["founding"], data["accepted"], data["commits"][0]["refused"]) == (None, True, True)


def test_a_job_pins_the_founding_by_its_environment(
    scene: Scene, run_command: RunCommand, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.repository.git("config", "--unset", "parindex.founding")
    scene.repository.write(FIRST, APPRAISAL.replace("score: 2}", "score: 1.5, reason: x}"))
    scene.commit("can-bo-thue", date=DAY)
    monkeypatch.setenv("PARINDEX_FOUNDING", scene.base)

    assert run_command("guard", "--at", DAY, scene.base, "HEAD", cwd=scene.repository.root).code == 1


@pytest.mark.parametrize("pinned", ["main", "0" * 40, "x'; rm -rf /"])
def test_a_founding_that_is_no_commit_is_one_clear_line(scene: Scene, run_command: RunCommand, pinned: str) -> None:
    scene.repository.git("config", "parindex.founding", pinned)
    done = run_command("guard", "HEAD", "HEAD", cwd=scene.repository.root)

    assert (done.code, len(done.stderr.splitlines())) == (2, 1)


def test_what_stood_before_the_founding_is_not_judged(scene: Scene, run_command: RunCommand) -> None:
    before = scene.base
    scene.repository.write(FIRST, APPRAISAL.replace("score: 2}", "score: 1.5, reason: x}"))
    founding = scene.commit("can-bo-thue", date=DAY)
    scene.repository.git("config", "parindex.founding", founding)
    change_rules(scene)
    done = run_command("guard", "--format", "json", "--at", LATER, before, "HEAD", cwd=scene.repository.root)
    told = json.loads(done.stdout)

    assert "before-founding" in {finding["code"] for finding in told["findings"]}
    assert [commit["commit"] for commit in told["commits"]] == [scene.head()]


def test_another_history_than_that_of_the_founding_is_refused(scene: Scene, run_command: RunCommand) -> None:
    scene.repository.git("checkout", "--quiet", "--orphan", "other")
    scene.repository.git("commit", "--quiet", "-m", "x", **_nobody())
    done = run_command("guard", "--format", "json", "HEAD", "HEAD", cwd=scene.repository.root)

    assert done.code == 1
    assert {finding["code"] for finding in json.loads(done.stdout)["findings"]} == {"founding-lost"}


# --- the first push into an empty repository --------------------------------------------------------------------------


@pytest.fixture
def begun(repository: Repository) -> Scene:
    """A repository whose root commit is access.yml alone, and a second one that brings the rest."""
    scene = Scene(repository)
    repository.write("data/access.yml", access(signed="", roles=TWO))
    scene.base = scene.commit("giu-luat-noi-vu", date=DAY)
    repository.write(CALENDAR, "format: 1\nyears: {}\n")
    scene.commit("giu-luat-noi-vu", date=DAY)
    return scene


def first_push(scene: Scene, founding: str) -> set[str]:
    line = f"{'0' * 40} {scene.head()} refs/heads/main\n"
    opened = open_repository(scene.repository.root)
    (verdict,) = judge_push(opened, [line], "refs/heads/main", time_of(LATER), founding)
    judgement = verdict.judgement
    told = [*verdict.findings, *(judgement.findings if judgement else ())]
    told += [finding for one in (judgement.verdicts if judgement else ()) for finding in one.findings]
    return {finding.code for finding in told if finding.refused}


def test_a_push_of_the_founding_alone_is_no_empty_one(begun: Scene) -> None:
    line = f"{'0' * 40} {begun.base} refs/heads/main\n"
    opened = open_repository(begun.repository.root)
    (verdict,) = judge_push(opened, [line], "refs/heads/main", time_of(LATER), begun.base)

    assert verdict.judgement is not None
    assert (verdict.refused, verdict.judgement.findings) == (False, ())
    assert [one.commit.id for one in verdict.judgement.verdicts] == [begun.base]


def test_a_clone_that_pins_nothing_reviews_by_the_newest_laws(scene: Scene, run_command: RunCommand) -> None:
    a_seal_before_the_last_day(scene)
    scene.repository.git("config", "--unset", "parindex.founding")
    key = str(key_of("lanh-dao-noi-vu"))
    done = run_command("review", scene.base, "--key", key, cwd=scene.repository.root)

    assert (done.code, done.stderr) == (0, "")
    assert "Đã duyệt thay đổi" in done.stdout


def test_the_first_push_is_the_founding_and_what_it_allows(begun: Scene) -> None:
    assert first_push(begun, begun.base) == {"no-review"}
    review(begun)
    assert first_push(begun, begun.base) == set()


def test_the_first_push_begins_with_what_was_pinned(begun: Scene) -> None:
    review(begun)
    assert first_push(begun, begun.head()) == {"branch-created"}  # no root

    other = Scene(begun.repository)
    begun.repository.git("checkout", "--quiet", "--orphan", "other")
    other.commit("giu-luat-noi-vu", date=DAY)
    assert first_push(other, begun.base) == {"branch-created"}


def test_a_founding_with_more_than_access_is_refused(repository: Repository) -> None:
    scene = Scene(repository)
    repository.write("data/access.yml", access(signed="", roles=TWO))
    repository.write("README.md", "x\n")
    scene.base = scene.commit("giu-luat-noi-vu", date=DAY)

    assert first_push(scene, scene.base) == {"access-not-alone", "no-access-yet"}


def test_a_founding_by_one_person_alone_is_refused(repository: Repository) -> None:
    scene = Scene(repository)
    repository.write("data/access.yml", access(signed="", roles=ROLES))
    scene.base = scene.commit("giu-luat-noi-vu", date=DAY)

    assert first_push(scene, scene.base) == {"access-unfit"}


def test_the_hook_says_that_nothing_is_pinned(scene: Scene) -> None:
    scene.repository.git("config", "--unset", "parindex.founding")
    done = subprocess.run(
        [sys.executable, "-m", "pipeline", "--repo", str(scene.repository.root), "guard", "--pre-receive"],
        input=f"{scene.base} {scene.base} refs/heads/main\n",
        capture_output=True,
        encoding="utf-8",
        cwd=ROOT,
        check=False,
    )

    assert (done.returncode, done.stdout) == (2, "")
    assert "parindex.founding" in done.stderr
