"""The register: one entry per push, whoever writes it and how often; and what a clone proves from it alone."""

from __future__ import annotations

import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest
from conftest import ROOT, Repository, RunCommand
from guarded import YEAR, Scene, entry, key_of, time_of
from registers import BODY, FOUNDED, MACHINES, MAIN, OTHER_SERVER, RIGHTS, SERVER, Town
from tiny import SCHEMAS

from pipeline.adapters import documents, signatures
from pipeline.core.ground.nodes import Document, Node
from pipeline.core.ground.problems import ParindexError
from pipeline.core.rounds.commits import Signature, moment
from pipeline.core.rounds.judgement import EDITION
from pipeline.core.rounds.proofs import failed
from pipeline.core.rounds.register import BRANCH, Push, entry_message, pushes_to_enter
from pipeline.flows import prove, register
from pipeline.flows.guard import review
from pipeline.flows.register import chain_of, received_at
from pipeline.flows.replay import prove_register, register_of

pytestmark = pytest.mark.needs("ssh-keygen")
DAY = "2024-12-10T09:00:00+07:00"
NEXT = "2024-12-11T09:00:00+07:00"


@pytest.fixture
def town(repository: Repository) -> Town:
    made = Town(Scene(repository))
    made.scene.begin(RIGHTS, SCHEMAS)
    made.enter(FOUNDED)
    return made


# --- entering -------------------------------------------------------------------------------------------------------


def test_the_first_entry_takes_the_founding_and_each_push_is_one_more(town: Town) -> None:
    one = town.appraise(DAY, "1")
    entered = town.enter(DAY)

    assert [Push(town.scene.base, one, time_of(DAY))] == list(entered)
    assert town.enter(NEXT) == ()
    assert town.broken() == []


def test_an_entry_is_an_empty_commit_on_the_one_before_and_on_what_was_taken(town: Town) -> None:
    first = town.register()
    one = town.appraise(DAY, "1")
    town.enter(DAY)

    assert [first, one] == town.git("show", "-s", "--format=%P", BRANCH).split()
    assert town.git("show", "-s", "--format=%B", BRANCH).splitlines()[2:6] == [
        f"Ref: {MAIN}",
        f"Old: {town.scene.base}",
        f"New: {one}",
        f"At: {DAY}",
    ]
    assert [town.scene.base] == town.git("show", "-s", "--format=%P", first).split()


def test_a_lawful_year_has_no_finding(town: Town) -> None:
    for day in range(5, 18):
        town.appraise(f"2024-12-{day:02}T10:00:00+07:00", str(1 + day % 2 / 2))
        town.enter(f"2024-12-{day:02}T10:00:02+07:00")
    rights = RIGHTS.replace("lanh-dao: {reviews: [", "lanh-dao: {reviews: [survey, ")
    town.grant("2024-12-17T11:00:00+07:00", rights)
    town.enter("2024-12-17T11:00:02+07:00")

    assert {proof.code for proof in town.proofs()} == {"register-holds", "pushes-lawful", "register-unwitnessed"}
    assert [proof.figures["count"] for proof in town.proofs() if proof.code == "pushes-lawful"] == ["14"]


def test_six_at_once_enter_each_push_once(town: Town) -> None:
    taken = [town.appraise(DAY, str(number / 2)) for number in range(1, 4)]
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: town.enter(DAY), range(6)))

    assert sorted(taken) == sorted(push.new for pushes in made for push in pushes)
    assert town.broken() == []


def test_who_was_killed_midway_is_completed_by_the_next(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = [town.appraise(DAY, str(number / 2)) for number in range(1, 4)]
    enter, made = register.enter, []

    def killed(*given: object, **more: object) -> object:
        if made:
            raise KeyboardInterrupt
        made.append(given)
        return enter(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(register, "enter", killed)
    with pytest.raises(KeyboardInterrupt):
        town.enter(DAY)
    monkeypatch.setattr(register, "enter", enter)

    assert town.broken() == ["not-registered"]
    assert [push.new for push in town.enter(NEXT)] == taken[1:]
    assert town.broken() == []


def test_a_job_that_finds_three_merges_writes_three_entries(town: Town) -> None:
    merges = []
    for number in range(3):
        town.scene.branch(f"nhanh-{number}", "main")
        town.appraise(DAY, str(number / 2))
        town.appraise(DAY, str(number / 2 + 0.5))
        town.scene.switch("main")
        merges.append(town.scene.merge(f"nhanh-{number}", date=DAY))
    entered = town.enter(DAY)

    assert merges == [push.new for push in entered]
    assert [town.scene.base, *merges[:2]] == [push.old for push in entered]
    assert town.broken() == []


def test_a_branch_that_took_main_into_itself_is_one_push(town: Town) -> None:
    town.scene.branch("lau")
    town.appraise(DAY, "1")
    town.scene.switch("main")
    town.scene.repository.write("README.md", "Kho dữ liệu, sửa\n")
    mine = town.scene.commit("thuong-truc-noi-vu", date=DAY)
    town.enter(DAY)
    town.scene.switch("lau")
    merged = town.scene.merge("main", date=DAY)
    town.git("update-ref", MAIN, merged)

    assert [(mine, merged)] == [(push.old, push.new) for push in town.enter(DAY)]
    assert town.broken() == []


def test_the_earlier_clock_counts_over_midnight(town: Town) -> None:
    before, after = "2024-12-17T23:59:59+07:00", "2024-12-18T00:00:01+07:00"
    one = town.appraise("2024-12-17T23:59:30+07:00", "1")
    town.hook(town.scene.base, one, before)

    assert [before] == [push.at.local for push in town.enter(after)]
    assert town.broken() == []
    assert not received_at(town.opened, one).exists()


def test_without_the_hooks_time_a_push_after_the_last_day_is_told(town: Town) -> None:
    town.appraise("2024-12-17T23:59:30+07:00", "1")
    town.enter("2024-12-18T00:00:01+07:00")

    assert town.broken() == ["entry-unlawful"]


def test_a_push_of_several_commits_is_one_entry_where_the_hook_saw_it(town: Town) -> None:
    taken = [town.appraise(DAY, str(number / 2)) for number in range(1, 4)]
    town.hook(town.scene.base, taken[1], DAY)
    town.hook(town.scene.base, taken[0], FOUNDED)  # accepted, and yet it never arrived alone

    assert [(town.scene.base, taken[1]), tuple(taken[1:])] == [(push.old, push.new) for push in town.enter(NEXT)]


def test_a_clock_that_was_set_back_makes_no_entry_before_the_one_before(town: Town) -> None:
    town.appraise(DAY, "1")
    town.enter(NEXT)
    town.appraise(DAY, "1.5")

    assert [push.at.local for push in town.enter(DAY)] == [NEXT]


def test_a_rotated_key_signs_from_the_next_push_on(town: Town) -> None:
    rights = RIGHTS.replace(
        f"server:\n  - {entry(SERVER)}", f"server:\n  - {entry(SERVER, until='2024-12-10')}\n  - {entry(OTHER_SERVER)}"
    )
    town.grant(DAY, rights)
    town.enter(DAY)
    town.appraise(NEXT, "1")
    with pytest.raises(ParindexError) as refused:
        town.enter(NEXT)

    assert (refused.value.code, refused.value.figures["reason"]) == ("register-key", "expired-key")
    town.enter(NEXT, OTHER_SERVER)
    assert town.broken() == []


def test_a_rewound_branch_enters_nothing_and_is_told(town: Town) -> None:
    town.appraise(DAY, "1")
    town.enter(DAY)
    town.git("reset", "--quiet", "--hard", town.scene.base)
    with pytest.raises(ParindexError) as refused:
        town.enter(NEXT)

    assert (refused.value.code, town.broken()) == ("main-rewound", ["main-rewound"])


# --- what is refused ------------------------------------------------------------------------------------------------


def test_a_stranger_signs_no_entry(town: Town) -> None:
    town.appraise(DAY, "1")
    for key, fault in (("giu-luat-noi-vu", "unknown-key"), (OTHER_SERVER, "unknown-key")):
        with pytest.raises(ParindexError) as refused:
            town.enter(DAY, key)
        assert ("register-key", fault) == (refused.value.code, refused.value.figures["reason"])


def test_nothing_is_entered_without_a_founding(repository: Repository, run_command: RunCommand) -> None:
    Scene(repository).begin(RIGHTS)
    repository.git("config", "--unset", "parindex.founding")
    said = run_command("receive", "--key", str(key_of(SERVER)), cwd=repository.root)

    assert (said.code, said.stdout) == (2, "")
    assert "git config parindex.founding" in said.stderr


def test_a_squatted_branch_stops_the_register_and_is_told(town: Town) -> None:
    town.git("update-ref", BRANCH, town.scene.base)
    with pytest.raises(ParindexError) as refused:
        town.enter(DAY)

    assert (refused.value.code, town.broken()) == ("register-squatted", ["entry-unreadable"])


# --- proofs ---------------------------------------------------------------------------------------------------------


def two(town: Town) -> tuple[str, str, str]:
    """Take two pushes, and return what the register ended with at first and after each."""
    ends = [town.register()]
    for score, when in (("1", DAY), ("1.5", NEXT)):
        town.appraise(when, score)
        town.enter(when)
        ends.append(town.register())
    return ends[0], ends[1], ends[2]


def again(town: Town, parent: str | None, new: str, *, old: str | None, when: str, key: str = SERVER) -> str:
    """Forge an entry of the server's own form."""
    at = time_of(when)
    message = entry_message(MAIN, Push(old, new, at), town.opened.version())
    return town.forge(message, *filter(None, (parent, new)), key=key, at=at)


def test_what_was_not_entered_is_told(town: Town) -> None:
    two(town)
    town.appraise(NEXT, "2")

    assert town.broken() == ["not-registered"]


def test_a_register_that_lost_its_last_entries_is_told(town: Town) -> None:
    town.git("update-ref", BRANCH, two(town)[1])

    assert town.broken() == ["not-registered"]


def test_an_entry_that_leaves_a_push_out_is_told(town: Town) -> None:
    first, _, _ = two(town)
    head = town.scene.head()
    again(town, first, head, old=town.git("rev-parse", "main~1"), when=NEXT)

    assert town.broken() == ["entry-gap"]


def test_an_entry_with_a_time_before_the_one_before_is_told(town: Town) -> None:
    _, second, _ = two(town)
    again(town, second, town.scene.head(), old=town.git("rev-parse", "main~1"), when="2024-12-09T09:00:00+07:00")

    assert town.broken() == ["entry-back-dated", "entry-unlawful"]


def test_an_entry_that_takes_the_branch_back_is_told_and_the_next_is_judged_all_the_same(town: Town) -> None:
    below, top = town.appraise(DAY, "1"), town.appraise(DAY, "1.5")
    town.hook(town.scene.base, top, DAY)
    town.enter(DAY)
    again(town, town.register(), below, old=top, when=DAY)
    town.git("reset", "--quiet", "--hard", below)
    town.appraise(DAY, "0.5", "can-bo-thue")
    town.enter(DAY)

    assert [proof.figures["codes"] for proof in town.proofs() if proof.state == "broken"] == [
        "history-rewritten",
        "not-for-an-agency",
    ]


def test_an_entry_made_again_is_told(town: Town) -> None:
    _, _, third = two(town)
    again(town, third, town.git("rev-parse", "main~1"), old=town.scene.base, when=NEXT)

    assert "entry-replayed" in town.broken()


def test_a_signature_of_another_entry_is_told(town: Town) -> None:
    _, second, third = two(town)
    payload = town.git("cat-file", "commit", third)
    other = town.git("cat-file", "commit", second)
    begin, end = "gpgsig ", " -----END SSH SIGNATURE-----"
    cut = payload[payload.index(begin) : payload.index(end)]
    with_other = payload.replace(cut, other[other.index(begin) : other.index(end)])
    file = town.scene.repository.write("entry", with_other + "\n")
    town.git("update-ref", BRANCH, town.git("hash-object", "-t", "commit", "-w", str(file)))

    assert town.broken() == ["entry-bad-signature"]


@pytest.mark.parametrize("person", ["giu-luat-noi-vu", "thuong-truc-noi-vu"])
def test_a_persons_stolen_key_enters_nothing(town: Town, person: str) -> None:
    town.appraise(DAY, "1")
    again(town, town.register(), town.scene.head(), old=town.scene.base, when=DAY, key=person)

    assert town.broken() == ["entry-unknown-key"]
    with pytest.raises(ParindexError) as refused:
        town.enter(NEXT)
    assert refused.value.code == "register-squatted"


def test_a_key_that_is_also_a_persons_is_nobodys(repository: Repository) -> None:
    town = Town(Scene(repository))
    person = "giu-luat-noi-vu"
    shared = RIGHTS.replace(entry(SERVER), entry(person))
    town.scene.begin(shared)
    with pytest.raises(ParindexError) as refused:
        town.enter(FOUNDED, person)

    assert refused.value.figures["reason"] == "shared-key"


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (RIGHTS.replace(MACHINES, ""), "key-deleted"),
        (RIGHTS.replace(f"  - {entry(SERVER)}", f"  - {entry(OTHER_SERVER)}"), "key-deleted"),
        (RIGHTS.replace(MACHINES, MACHINES.replace(entry(BODY), entry(SERVER))), "access-unfit"),
        (RIGHTS.replace(MACHINES, MACHINES + f"    - {entry('giu-luat-noi-vu')}\n"), "access-unfit"),
    ],
)
def test_a_machines_key_is_never_lost_and_nobody_elses(town: Town, changed: str, code: str) -> None:
    assert changed != RIGHTS
    town.scene.repository.write("data/access.yml", changed)
    town.scene.commit("giu-luat-noi-vu", date=DAY)

    assert code in town.scene.refusals()


def test_a_machines_key_writes_no_data(town: Town) -> None:
    town.scene.write("council.yml", "format: 1\nmembers: []\n")
    town.scene.commit("thuong-truc-noi-vu", date=DAY, key=key_of(SERVER))

    assert town.scene.refusals() == {"unknown-key"}


def test_an_entry_with_files_is_no_entry(town: Town) -> None:
    one = town.appraise(DAY, "1")
    when = time_of(DAY)
    message = entry_message(MAIN, Push(town.scene.base, one, when), "2.47.3")
    town.forge(message, town.register(), one, at=when, tree=town.git("rev-parse", "HEAD^{tree}"))

    assert "entry-unreadable" in town.broken()


def test_what_was_taken_while_the_hook_was_off_is_told(town: Town) -> None:
    town.appraise(DAY, "1", "can-bo-thue")
    town.enter(DAY)

    assert [(proof.code, proof.figures["codes"]) for proof in town.proofs() if proof.state == "broken"] == [
        ("entry-unlawful", "not-for-an-agency")
    ]


def test_a_commit_dated_after_its_entry_is_told(town: Town) -> None:
    town.appraise(NEXT, "1")
    town.enter(DAY)

    assert [proof.figures["codes"] for proof in town.proofs() if proof.state == "broken"] == ["dated-after-time"]


def test_a_merge_of_another_version_of_git_proves_nothing_and_breaks_nothing(town: Town) -> None:
    town.scene.branch("b")
    town.scene.repository.write(f"{YEAR}/appraisal-1/cuc-hai-quan.yml", "format: 1\nlines: {}\n")
    town.scene.commit("thuong-truc-noi-vu", date=DAY)
    town.scene.switch("main")
    town.appraise(DAY, "1")
    someone = ("-c", "user.name=x", "-c", "user.email=x@y.example")
    town.git(*someone, "merge", "--quiet", "--no-commit", "--no-ff", "b")
    town.scene.repository.write(f"{YEAR}/appraisal-1/cuc-hai-quan.yml", "format: 1\nlines: {  }\n")
    town.git("add", "--all")
    town.git(*someone, "commit", "--quiet", "--no-edit", GIT_AUTHOR_DATE=DAY, GIT_COMMITTER_DATE=DAY)
    head = town.scene.head()
    when = time_of(DAY)
    message = entry_message(MAIN, Push(town.scene.base, head, when), "1.9.5")
    town.forge(message, town.register(), head, at=when)
    codes = {proof.code: proof.state for proof in town.proofs()}

    assert (codes.get("entry-merge-differs"), town.broken()) == ("unproved", [])


def test_without_a_register_it_is_said_what_cannot_be_proved(repository: Repository) -> None:
    town = Town(Scene(repository))
    town.scene.begin(RIGHTS)

    assert [(proof.state, proof.code) for proof in town.proofs()] == [("unproved", "register-missing")]


def test_an_entry_to_begin_after_is_one_of_the_register(town: Town) -> None:
    _, second, third = two(town)
    counts = [proof.figures["count"] for proof in town.proofs(since=second) if proof.code == "pushes-lawful"]

    assert counts == ["1"]
    assert town.broken(since=third) == []
    with pytest.raises(ParindexError):
        town.proofs(since="main")


# --- the second body ------------------------------------------------------------------------------------------------


def test_a_second_body_witnesses_and_what_it_saw_is_not_judged_again(town: Town) -> None:
    two(town)
    _, seen = town.witness("2024-12-12T09:00:00+07:00")

    assert seen is not None
    assert town.witness("2024-12-13T09:00:00+07:00")[1] is None
    assert {proof.code for proof in town.proofs()} == {"register-holds", "witness-holds"}
    assert "pushes-lawful" in {proof.code for proof in town.proofs(everything=True)}
    town.appraise("2024-12-13T09:00:00+07:00", "0.5")
    town.enter("2024-12-13T09:00:00+07:00")
    assert [proof.figures["count"] for proof in town.proofs() if proof.code == "pushes-lawful"] == ["1"]
    assert town.witness("2024-12-14T09:00:00+07:00")[1] is not None
    assert town.broken() == []


def test_nobody_but_the_body_witnesses(town: Town) -> None:
    for key in (SERVER, "giu-luat-noi-vu"):
        with pytest.raises(ParindexError) as refused:
            town.witness(NEXT, key)
        assert refused.value.code == "register-key"


def test_nothing_unlawful_is_witnessed(town: Town) -> None:
    town.appraise(DAY, "1", "can-bo-thue")
    town.enter(DAY)
    proofs, seen = town.witness(NEXT)

    assert (seen, "entry-unlawful" in {proof.code for proof in proofs}) == (None, True)


def test_a_register_whose_last_entries_were_made_anew_is_found_by_its_witness(town: Town) -> None:
    first, _, third = two(town)
    town.witness("2024-12-12T09:00:00+07:00")
    town.git("update-ref", BRANCH, first)
    town.enter("2024-12-12T10:00:00+07:00")

    assert third != town.register()
    assert town.broken() == ["entry-forked"]
    assert town.witness("2024-12-13T09:00:00+07:00")[1] is None


def test_a_register_that_was_made_anew_from_the_first_entry_on_is_found(town: Town) -> None:
    two(town)
    town.witness("2024-12-12T09:00:00+07:00")
    town.git("update-ref", "-d", BRANCH)
    town.enter("2024-12-12T10:00:00+07:00")

    assert "entry-rewritten" in town.broken()


def test_a_register_that_lost_what_was_witnessed_is_found(town: Town) -> None:
    first, _, _ = two(town)
    town.witness("2024-12-12T09:00:00+07:00")
    town.git("update-ref", BRANCH, first)
    town.git("reset", "--quiet", "--hard", town.scene.base)

    assert town.broken() == ["entry-truncated"]


def test_an_entry_back_dated_behind_its_witness_is_found(town: Town) -> None:
    two(town)
    town.witness("2024-12-17T09:00:00+07:00")
    town.appraise("2024-12-16T09:00:00+07:00", "0.5")
    town.enter("2024-12-16T09:00:00+07:00")

    assert town.broken() == ["entry-dated-before-witness"]


# --- clones and pushes ----------------------------------------------------------------------------------------------


def clone(town: Town, folder: Path, *how: str) -> Path:
    source = f"file://{town.scene.repository.root}"
    subprocess.run(["git", "clone", "--quiet", *how, source, str(folder)], check=True, capture_output=True)
    return folder


def test_an_ordinary_clone_proves_the_year(town: Town, tmp_path: Path, run_command: RunCommand) -> None:
    two(town)
    town.witness("2024-12-12T09:00:00+07:00")
    said = run_command("verify", "--all", "--founding", town.scene.base, cwd=clone(town, tmp_path / "clone"))

    assert "2 trong 3 lượt được xét lại" in said.stdout
    assert "Đơn vị thanh-tra làm chứng" in said.stdout


def test_a_forges_job_enters_and_pushes_what_it_finds(town: Town, tmp_path: Path, parindex: Path) -> None:
    forge, job = tmp_path / "forge.git", tmp_path / "job"
    town.git("update-ref", "-d", BRANCH)
    town.git("init", "--quiet", "--bare", "--initial-branch", "main", str(forge))
    for number in range(4):
        if number:
            town.scene.branch(f"nhanh-{number}", "main")
            town.appraise(DAY, str(number / 2))
            town.scene.switch("main")
            town.scene.merge(f"nhanh-{number}", date=DAY)
        town.git("push", "--quiet", str(forge), "main")
        if number in (0, 3):  # the job sleeps through two of the merges
            town.git("clone", "--quiet", f"file://{forge}", str(job / str(number)))
            environment = {
                "PARINDEX": str(parindex),
                "PYTHONPATH": str(ROOT),
                "PARINDEX_FOUNDING": town.scene.base,
                "REGISTER_KEY": key_of(SERVER).read_text(encoding="utf-8"),
            }
            subprocess.run(
                [ROOT / ".ci" / "register"], cwd=job / str(number), env={**os.environ, **environment}, check=True
            )
    town.git("fetch", "--quiet", str(forge), f"+{BRANCH}:{BRANCH}")
    chain, unread = chain_of(town.opened, town.register())

    assert (unread, [entry.push.new for entry in chain]) == (
        None,
        [town.scene.base, *town.git("rev-list", "--reverse", "--first-parent", f"{town.scene.base}..main").split()],
    )


@pytest.mark.parametrize("how", [("--depth", "1", "--no-single-branch"), ("--filter=blob:none",)])
def test_a_clone_without_its_history_proves_nothing(
    town: Town, tmp_path: Path, run_command: RunCommand, how: tuple[str, ...]
) -> None:
    two(town)
    town.git("config", "uploadpack.allowFilter", "true")
    said = run_command("verify", cwd=clone(town, tmp_path / "clone", *how))

    assert (said.code, "thiếu lịch sử" in said.stdout, "lượt" in said.stdout) == (1, True, False)


# --- every other way to be no entry ---------------------------------------------------------------------------------


def test_each_fault_of_a_signature_is_told_of_entries(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    two(town)
    faults = ("bad-signature", "not-ssh-signature", "not-ed25519", "other-namespace")
    for code in ("entry-unsigned", *(f"entry-{fault}" for fault in faults)):
        found = SimpleNamespace(verify=lambda *_, code=code: Signature(code.removeprefix("entry-")))
        monkeypatch.setattr(register, "signatures", found)
        assert town.broken() == [code]


def test_a_key_before_its_first_day_signs_nothing(repository: Repository) -> None:
    town = Town(Scene(repository))
    town.scene.begin(RIGHTS.replace(entry(SERVER), entry(SERVER, start="2024-12-01")))
    again(town, None, town.scene.base, old=None, when=FOUNDED)

    assert town.broken() == ["entry-key-not-yet-valid"]


def test_without_access_nobody_keeps_a_register(repository: Repository) -> None:
    town = Town(Scene(repository))
    repository.write("README.md", "Kho trống\n")
    town.scene.base = repository.commit("Khởi đầu", date=FOUNDED)
    again(town, None, town.scene.base, old=None, when=FOUNDED)

    assert town.broken() == ["entry-without-access"]


def test_an_entry_of_something_else_than_its_parent_is_told(town: Town) -> None:
    one = town.appraise(DAY, "1")
    when = time_of(DAY)
    message = entry_message(MAIN, Push(town.scene.base, one, when), "2.47.3")
    town.forge(message, town.register(), town.scene.base, at=when)

    assert town.broken() == ["entry-parents", "not-registered"]


def test_entries_of_what_does_not_exist_are_told(town: Town) -> None:
    when, nothing, start = time_of(DAY), "f" * 40, town.register()
    seen = town.forge(entry_message(BRANCH, Push(None, nothing, when), "2.47.3"), start, key=BODY, at=when)
    town.git("update-ref", f"refs/heads/register-witness/{BODY}", seen)
    town.forge(entry_message(MAIN, Push(town.scene.base, nothing, when), "2.47.3"), start, town.scene.base, at=when)

    assert town.broken() == ["entry-parents", "entry-without-access"]
    town.forge(entry_message(MAIN, Push(None, town.scene.base, when), "2.47.3"), at=when)
    assert "entry-unreadable" in town.broken()


def test_an_entry_of_another_branch_is_told(town: Town) -> None:
    one = town.appraise(DAY, "1")
    when = time_of(DAY)
    message = entry_message("refs/heads/other", Push(town.scene.base, one, when), "2.47.3")
    town.forge(message, town.register(), one, at=when)

    assert town.broken() == ["entry-of-another-branch"]


def test_an_entry_by_laws_that_nobody_knows_yet_is_told(town: Town) -> None:
    one = town.appraise(DAY, "1")
    when = time_of(DAY)
    message = entry_message(MAIN, Push(town.scene.base, one, when), "2.47.3")
    later = message.replace(f"Edition: {EDITION}", "Edition: 99")
    town.forge(later, town.register(), one, at=when)

    assert town.broken() == ["entry-unknown-edition"]


def test_an_entry_by_older_laws_than_before_is_told(town: Town) -> None:
    one = town.appraise(DAY, "1")
    when = time_of(DAY)
    message = entry_message(MAIN, Push(town.scene.base, one, when), "2.47.3")
    town.forge(message.replace(f"Edition: {EDITION}", "Edition: 1"), town.register(), one, at=when)

    assert town.broken() == ["entry-older-edition"]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("At: 2024-12-10T09:00:00+07:00", "At: 2024-12-10T02:00:00+00:00"),
        ("At: 2024-12-10T09:00:00+07:00", "At: 2024-12-10T09:00:01+07:00"),
        ("At: 2024-12-10T09:00:00+07:00", "At: 2024-13-10T09:00:00+07:00"),
        ("Edition:", "Note: x\nEdition:"),
        ("Edition: ", "Edition: 0"),
        ("Ref: refs/heads/main", "Ref: refs/heads/main x"),
    ],
)
def test_an_entry_has_one_form(town: Town, old: str, new: str) -> None:
    one = town.appraise(DAY, "1")
    when = time_of(DAY)
    message = entry_message(MAIN, Push(town.scene.base, one, when), "2.47.3")

    assert old in message
    town.forge(message.replace(old, new), town.register(), one, at=when)
    assert town.broken() == ["entry-unreadable"]


def test_a_founding_that_was_never_entered_is_told(town: Town) -> None:
    one = town.appraise(DAY, "1")

    assert town.broken(founding=one) == ["founding-not-entered", "not-registered"]


def test_a_founding_that_nobody_pinned_is_taken_from_the_register_and_said_so(town: Town) -> None:
    town.git("config", "--unset", "parindex.founding")

    assert ("unproved", "founding-assumed") in {(proof.state, proof.code) for proof in town.proofs()}


def test_a_clone_without_the_main_branch_says_so(town: Town) -> None:
    town.scene.branch("khac")
    town.git("branch", "--quiet", "-D", "main")

    assert ("unproved", "main-missing") in {(proof.state, proof.code) for proof in town.proofs()}


def test_an_entry_dated_after_its_witness_is_found(town: Town) -> None:
    two(town)
    proofs, seen = town.witness("2024-12-10T08:00:00+07:00")

    assert (seen is not None, failed(proofs)) == (True, False)
    assert town.broken() == ["entry-dated-after-witness"]


def test_who_comes_first_into_an_empty_repository_is_entered_with_the_founding(repository: Repository) -> None:
    town = Town(Scene(repository))
    repository.write("data/access.yml", RIGHTS)
    town.scene.base = town.scene.commit("giu-luat-noi-vu", date=FOUNDED)
    repository.git("config", "parindex.founding", town.scene.base)
    repository.write("data/calendar.yml", "format: 1\nyears: {}\n")
    town.scene.commit("giu-luat-noi-vu", date=FOUNDED)
    last = review(town.opened, town.scene.base, key_of("lanh-dao-noi-vu"), time_of(FOUNDED))[1]
    town.hook("0" * 40, last, FOUNDED)

    assert [(None, town.scene.base), (town.scene.base, last)] == [(p.old, p.new) for p in town.enter(DAY)]
    assert {FOUNDED} == {entry.push.at.local for entry in chain_of(town.opened, town.register())[0]}
    assert town.broken() == []


# --- planning, without git ------------------------------------------------------------------------------------------


def plan(*pushes: Push) -> list[tuple[str | None, str, int]]:
    return [(push.old, push.new, push.at.stamp) for push in pushes]


def test_a_later_push_that_the_hook_saw_says_how_late_an_earlier_one_was_at_most() -> None:
    seen = {"c": Push("b", "c", moment(50))}
    found = pushes_to_enter("a", ["b", "c"], seen, earliest=moment(10), now=moment(99))

    assert plan(*found) == [("a", "b", 50), ("b", "c", 50)]


def test_what_the_hook_saw_from_elsewhere_counts_for_nothing() -> None:
    seen = {"c": Push("x", "c", moment(50))}
    found = pushes_to_enter("a", ["b", "c"], seen, earliest=None, now=moment(99))

    assert plan(*found) == [("a", "b", 99), ("b", "c", 99)]


# --- how much work an entry is --------------------------------------------------------------------------------------


def test_more_entries_start_no_more_processes_and_read_each_version_and_signature_once(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[object] = []
    read: list[str] = []
    versions: list[str] = []
    start, reader, reader_of_next = subprocess.Popen.__init__, documents.read, documents.read_next

    def starting(self: subprocess.Popen[bytes], *given: object, **more: object) -> None:
        started.append(given)
        start(self, *given, **more)  # type: ignore[arg-type, call-overload]

    def reading(path: str, data: bytes) -> Document:
        read.append(path)
        return reader(path, data)

    def reading_next(path: str, data: bytes, before: bytes, known: Node | None) -> Node | None:
        versions.append(path)
        return reader_of_next(path, data, before, known)

    counts = set()
    for days in ((5, 6, 7), range(8, 17)):
        for day in days:
            town.appraise(f"2024-12-{day:02}T10:00:00+07:00", f"{day}")
            town.enter(f"2024-12-{day:02}T10:00:02+07:00")
        entries = len(chain_of(town.opened, BRANCH)[0])
        opened = town.opened
        signatures.verify.cache_clear()
        with monkeypatch.context() as patched:
            patched.setattr(subprocess.Popen, "__init__", starting)
            patched.setattr(documents, "read", reading)
            patched.setattr(documents, "read_next", reading_next)
            for told in (started, read, versions):
                told.clear()
            prove.verify(opened, "HEAD", None)
            prove_register(opened, register_of(opened))
        counts.add(len(started))

        # each push wrote the file once, from the founding's version on, and one line of it: the rest is read once
        assert entries == sum(path.endswith("/cuc-thue.yml") for path in versions)
        whole = [path for path in read if path.endswith("/cuc-thue.yml")]
        assert [f"{YEAR}/appraisal-1/cuc-thue.yml"] == whole
        assert 2 * entries == signatures.verify.cache_info().misses

    assert len(counts) == 1
    assert max(counts) <= 30
