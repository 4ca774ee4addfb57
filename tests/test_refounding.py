"""A re-founding: what the administrator may pin after lost keys or a purge, and that it is told for ever."""

from __future__ import annotations

import json

import pytest
from conftest import Repository, RunCommand
from guarded import ALL_KINDS, Scene, access, entry, findings, key_of, time_of
from registers import FOUNDED, MACHINES, MAIN, RIGHTS, SEEN, Town
from tiny import SCHEMAS

from pipeline.core.rounds.judgement import Judgement
from pipeline.flows.door import judge_change, judge_push

pytestmark = pytest.mark.needs("ssh-keygen")
DAY = "2024-12-10T09:00:00+07:00"
NEXT = "2024-12-11T09:00:00+07:00"
KEEPER, NEW_KEY = "giu-luat-noi-vu", "giu-luat-moi"
TWO_KEYS = {KEEPER: f"{entry(KEEPER, until='2024-12-10')}\n      - {entry(NEW_KEY)}"}
RENEWED = access(signed=ALL_KINDS, second="access", roles=SEEN, keys=TWO_KEYS) + MACHINES


@pytest.fixture
def town(repository: Repository) -> Town:
    made = Town(Scene(repository))
    made.scene.begin(RIGHTS, SCHEMAS)
    made.enter(FOUNDED)
    made.appraise(DAY, "1")
    made.enter(DAY)
    return made


def found_again(town: Town, trailers: str = "Refounds: {old}\nReason: Mất khóa", *, key: str = NEW_KEY) -> str:
    """Commit an access.yml with a new key as a re-founding."""
    message = "Mở lại sổ\n\n" + trailers.format(old=town.scene.head())
    town.scene.repository.write("data/access.yml", RENEWED)
    return town.scene.commit(KEEPER, date=NEXT, key=key_of(key), message=message)


def judged(town: Town, founding: str, base: str = "HEAD~1", head: str = "HEAD") -> Judgement:
    base, head = (town.git("rev-parse", name) for name in (base, head))
    return judge_change(town.opened, base, head, time_of(NEXT), founding=founding)


def told(town: Town, run_command: RunCommand, *words: str) -> dict[str, str]:
    """Return what `verify` says, as the state of each code."""
    said = run_command("verify", "--format", "json", *words, cwd=town.scene.repository.root).stdout
    return {proof["code"]: proof["state"] for proof in json.loads(said)["proofs"]}


def test_a_pinned_refounding_is_taken_and_one_that_nobody_pinned_is_not(town: Town) -> None:
    again = found_again(town)
    lawful, pushed = judged(town, again), judged(town, town.scene.base)

    assert not lawful.refused
    assert [finding.code for finding in findings(lawful)] == ["before-founding"]
    assert [verdict.signer.id for verdict in lawful.verdicts if verdict.signer] == [KEEPER]
    assert {finding.code for finding in findings(pushed) if finding.refused} >= {"refounding-unfit", "unknown-key"}


@pytest.mark.parametrize(
    ("trailers", "key", "code"),
    [
        ("Refounds: " + "1" * 40 + "\nReason: Mất khóa", NEW_KEY, "refounding-unfit"),
        ("Refounds: HEAD\nReason: Mất khóa", NEW_KEY, "refounding-unfit"),
        ("Refounds: {old}", NEW_KEY, "refounding-unfit"),
        ("Refounds: {old}\nReason: ", NEW_KEY, "refounding-unfit"),
        ("Refounds: {old}\nReason: Mất khóa", "ke-la", "unknown-key"),
        ("Refounds: {old}\nReason: Mất khóa", KEEPER, "expired-key"),
    ],
)
def test_a_refounding_in_another_form_is_refused_though_it_is_pinned(
    town: Town, run_command: RunCommand, trailers: str, key: str, code: str
) -> None:
    again = found_again(town, trailers, key=key)

    assert code in {finding.code for finding in findings(judged(town, again)) if finding.refused}
    assert told(town, run_command, "--founding", again)["refounding-unfit"] == "broken"


def test_a_refounding_changes_access_alone_and_takes_nothing_along(town: Town, run_command: RunCommand) -> None:
    town.scene.repository.write("data/calendar.yml", "format: 1\nyears: {}\n")
    more = found_again(town)
    town.scene.repository.git("reset", "--quiet", "--hard", "HEAD~1")
    town.appraise(DAY, "1.5")
    after = found_again(town)

    assert "refounding-unfit" in {finding.code for finding in findings(judged(town, more, f"{more}~1", more))}
    assert told(town, run_command, "--rev", more, "--founding", more)["refounding-unfit"] == "broken"
    assert "refounding-unfit" in {finding.code for finding in findings(judged(town, after, "HEAD~2"))}


def test_a_refounding_is_told_for_ever_with_old_head_reason_and_day(town: Town, run_command: RunCommand) -> None:
    old = town.scene.head()
    first = found_again(town)
    town.enter(NEXT)
    town.scene.repository.write("data/access.yml", RENEWED + "# mở lại\n")
    message = f"Mở lại sổ\n\nRefounds: {first}\nReason: Lần hai"
    second = town.scene.commit(KEEPER, date=NEXT, key=key_of(NEW_KEY), message=message)
    town.enter(NEXT)
    said = run_command("verify", "--founding", second, cwd=town.scene.repository.root).stdout

    assert f"Sổ được mở lại ngày 11/12/2024, lý do: Mất khóa. Trước đó nhánh chính dừng ở {old}" in said
    assert f"Sổ được mở lại ngày 11/12/2024, lý do: Lần hai. Trước đó nhánh chính dừng ở {first}" in said
    pinned = told(town, run_command, "--founding", second)
    assert [code for code, state in pinned.items() if state == "broken"] == ["data-problem"]  # of the town itself
    unpinned = told(town, run_command)  # a clone that still pins the first founding
    assert (unpinned["refounding-unfit"], unpinned["entry-unlawful"]) == ("broken", "broken")


def test_a_push_that_brings_the_founding_and_more_is_two_entries(town: Town) -> None:
    old, again = town.scene.head(), found_again(town)
    last = town.appraise(NEXT, "1.5")
    town.hook(old, last, NEXT)
    town.git("config", "parindex.founding", again)

    assert [(old, again), (again, last)] == [(push.old, push.new) for push in town.enter(NEXT)]
    assert town.broken() == []


def test_a_new_root_stands_for_all_that_is_kept_and_begins_a_server(town: Town, run_command: RunCommand) -> None:
    old, again = town.scene.head(), found_again(town)
    town.git("config", "gpg.format", "ssh")
    root = town.git(
        *("-c", f"user.signingkey={key_of(NEW_KEY)}", "commit-tree", "-S", f"{again}^{{tree}}"),
        *("-m", f"Mở lại sổ\n\nRefounds: {old}\nReason: Xóa dữ liệu cá nhân"),
        **{f"GIT_{who}_NAME": KEEPER for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": f"{KEEPER}@noi-vu.example" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_DATE": NEXT for who in ("AUTHOR", "COMMITTER")},
    )
    push = [f"{'0' * 40} {root} {MAIN}"]
    (verdict,) = judge_push(town.opened, push, MAIN, time_of(NEXT), root)
    town.git("update-ref", MAIN, root)
    town.git("update-ref", "-d", "refs/heads/register")
    town.git("config", "parindex.founding", root)
    town.enter(NEXT)

    assert not verdict.refused
    assert town.broken() == []
    assert told(town, run_command)["founded-again"] == "noted"
    assert "commits-before-access" not in told(town, run_command)


def test_a_founding_pinned_later_that_says_nothing_is_told(town: Town) -> None:
    town.scene.repository.write("data/access.yml", RENEWED)
    again = town.scene.commit(KEEPER, date=NEXT, signed=False)
    town.enter(NEXT)

    assert town.broken() == ["entry-unlawful"]
    assert town.broken(founding=again) == ["entry-founds-silently"]
