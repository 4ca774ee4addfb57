"""Guard's laws on real repositories with real keys: honest rounds pass, and each attack is refused for its reason.

These are the laws of the first edition; what the second one adds: `test_editions`.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import ROOT, Repository, RunCommand
from guarded import (
    ALL_KINDS,
    AMENDMENT,
    APPRAISAL,
    APPROVAL,
    CYCLE,
    DECISION,
    EXPLANATION,
    FORM,
    OPENING,
    ROLES,
    SEAL,
    SELF,
    YEAR,
    Scene,
    access,
    email_of,
    entry,
    findings,
    key_of,
    public_key,
    time_of,
)
from worlds import tree

from pipeline.adapters.repository import open_repository
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Document, plain
from pipeline.core.record.access import KINDS, Access, code_owners, read_access
from pipeline.core.record.layout import place
from pipeline.core.record.signed_content import content_digest
from pipeline.core.rounds.guard_words import judgement_text, message
from pipeline.core.rounds.judgement import FIRST_EDITION, Finding, is_guarded
from pipeline.core.rounds.standing import is_approved
from pipeline.flows.guard import gather, judge_range
from pipeline.flows.wording import load_labels

pytestmark = pytest.mark.needs("ssh-keygen")

SELF_OF_CUSTOMS = f"{YEAR}/self-assessment/cuc-hai-quan.yml"
FIRST = f"{YEAR}/appraisal-1/cuc-thue.yml"
IN_STAGE_1 = "2024-12-10T09:00:00+07:00"  # appraisal-1 is open
IN_STAGE_0 = "2024-12-03T09:00:00+07:00"  # self-assessment is open


@pytest.fixture
def scene(repository: Repository) -> Scene:
    return Scene(repository, edition=FIRST_EDITION)


# --- an honest round ------------------------------------------------------------------------------------------------


def accept(scene: Scene, at: str, *, alone: bool = False) -> None:
    """Merge the branch `work` into main as a forge does, if guard takes the merged state at that time."""
    scene.switch("main")
    scene.merge("work", date=at)
    judgement = scene.judge(at)

    assert [(finding.code, finding.path) for finding in findings(judgement) if finding.refused] == []
    assert any(verdict.judged for verdict in judgement.verdicts)
    scene.base = scene.head()
    scene.repository.git("branch", "--quiet", "--delete", "--force", "work")


def test_an_honest_round_passes_from_opening_to_approval_and_after(scene: Scene) -> None:
    scene.begin(access(signed=ALL, second="approval, amendments"))
    for path in ("self-assessment/cuc-thue.yml", "appraisal-1/cuc-thue.yml"):
        scene.repository.remove(f"{YEAR}/{path}")
    scene.base = scene.repository.commit("Chưa có hồ sơ", date=OPENING)

    scene.branch("work")  # handed in for one agency, from its form
    scene.write("self-assessment/cuc-thue.yml", SELF + FORM % ("a" * 64))
    scene.commit("van-thu-noi-vu", author=email_of("can-bo-thue"), date="2024-12-04T16:00:00+07:00")
    accept(scene, "2024-12-04T17:00:00+07:00")

    scene.branch("work")  # another agency, after the last day, within its extension
    scene.write("self-assessment/cuc-hai-quan.yml", SELF)
    scene.commit("can-bo-hai-quan", date="2024-12-09T23:00:00+07:00")
    accept(scene, "2024-12-09T23:59:59+07:00")

    scene.branch("work")  # the standing body opens the file, the monitoring body writes its line
    scene.write("appraisal-1/cuc-thue.yml", APPRAISAL.replace('  "2.1": {score: 1, reason: Thiếu báo cáo}\n', ""))
    scene.commit("thuong-truc-noi-vu", date="2024-12-16T08:00:00+07:00")
    scene.edit(FIRST, "lines:\n", 'lines:\n  "2.1": {score: 1, reason: Thiếu, request: true}\n')
    scene.commit("theo-doi-van-phong", date="2024-12-16T09:00:00+07:00")
    scene.edit(FIRST, "lines:\n", "requested: {number: 41/SNV, date: 2024-12-17}\nlines:\n")
    scene.commit("thuong-truc-noi-vu", date="2024-12-17T09:00:00+07:00")
    accept(scene, "2024-12-17T10:00:00+07:00")

    scene.branch("work")  # three working days after the request
    scene.write("explanation/cuc-thue.yml", EXPLANATION)
    scene.commit("can-bo-thue", date="2024-12-20T15:00:00+07:00")
    accept(scene, "2024-12-20T16:00:00+07:00")

    scene.branch("work")
    scene.write("appraisal-2/cuc-thue.yml", APPRAISAL)
    scene.write("seals/appraisal-1.yml", SEAL)
    scene.commit("thuong-truc-noi-vu", date="2025-01-20T09:00:00+07:00")
    accept(scene, "2025-01-20T10:00:00+07:00")

    scene.branch("work")
    scene.write("council-decision/cuc-thue.yml", DECISION)
    scene.commit("thuong-truc-noi-vu", date="2025-02-01T09:00:00+07:00")
    accept(scene, "2025-02-01T10:00:00+07:00")

    scene.branch("work")  # two people
    scene.write("approval.yml", APPROVAL)
    scene.commit("thuong-truc-noi-vu", date="2025-02-20T09:00:00+07:00")
    review(scene, "lanh-dao-noi-vu", date="2025-02-20T10:00:00+07:00")
    accept(scene, "2025-02-20T11:00:00+07:00")

    scene.branch("work")  # a correction, with the approval that follows
    scene.write("amendments/0001.yml", AMENDMENT)
    again = APPROVAL.partition("approvals:\n")[2].replace("9/QĐ", "10/QĐ")
    scene.write("approval.yml", APPROVAL + again.replace("publish_from: 2025-02-27", "reason: Khiếu nại"))
    scene.commit("thuong-truc-noi-vu", date="2025-03-02T09:00:00+07:00")
    review(scene, "lanh-dao-noi-vu", date="2025-03-02T10:00:00+07:00")
    accept(scene, "2025-03-02T11:00:00+07:00")


def review(scene: Scene, person: str, *, date: str, tree: str | None = None) -> str:
    """Approve what stands at HEAD."""
    own = tree or scene.repository.git("rev-parse", "HEAD^{tree}")
    return scene.commit(person, date=date, message=f"Duyệt\n\nReviewed-tree: {own}", stage=False)


ALL = ", ".join(KINDS)


# --- attacks: each one is a change on top of the state before ---------------------------------------------------------

Attack = Callable[[Scene], None]
ATTACKS: dict[str, tuple[Attack, set[str], str | None]] = {}


def attack(*codes: str, at: str | None = IN_STAGE_1) -> Callable[[Attack], Attack]:
    """Put an attack into the table, with the words for which it must be refused and no others."""

    def put(function: Attack) -> Attack:
        ATTACKS[function.__name__] = function, set(codes), at
        return function

    return put


def appraise(scene: Scene, person: str = "thuong-truc-noi-vu", code: str = "1.1", **more: object) -> str:
    """Change one line of the first appraisal."""
    old = {"1.1": '"1.1": {score: 2}', "2.1": '"2.1": {score: 1,'}[code]
    scene.edit(FIRST, old, old.replace("score: ", "score: 0."))
    return scene.commit(person, **{"date": IN_STAGE_1, **more})  # type: ignore[arg-type]


@attack("unsigned")
def no_signature(scene: Scene) -> None:
    appraise(scene, signed=False)


@attack("signature-lost")
def squashed_by_the_forge(scene: Scene) -> None:
    appraise(scene, signed=False, committer="noreply@forge.example")


@attack("forge-signature")
def signed_by_the_forge(scene: Scene) -> None:
    appraise(scene, key=key_of("nơi-đặt-kho"), committer="noreply@forge.example")


@attack("unknown-key")
def a_key_that_nobody_registered(scene: Scene) -> None:
    appraise(scene, key=key_of("người-lạ"))


@attack("not-ed25519")
def a_key_of_another_type(scene: Scene) -> None:
    appraise(scene, key=key_of("thuong-truc-noi-vu", "rsa"))


def rewritten(scene: Scene, change: Callable[[bytes], bytes]) -> None:
    """Put a commit object in the place of HEAD that git would not have made."""
    data = scene.repository.git("cat-file", "commit", "HEAD").encode() + b"\n"
    made = change(data)

    assert made != data
    command = ["git", "hash-object", "-t", "commit", "-w", "--stdin", "--literally"]
    done = subprocess.run(command, cwd=scene.repository.root, input=made, capture_output=True, check=True)
    scene.repository.git("reset", "--quiet", "--hard", done.stdout.decode().strip())


@attack("bad-signature")
def a_message_changed_after_signing(scene: Scene) -> None:
    appraise(scene)
    rewritten(scene, lambda data: data.replace("Sửa dữ liệu".encode(), b"Khac"))


@attack("bad-signature")
def an_author_changed_after_signing(scene: Scene) -> None:
    appraise(scene)
    rewritten(scene, lambda data: data.replace(b"author thuong-truc", b"author Thuong-truc"))


@attack("other-namespace")
def a_signature_made_for_something_else(scene: Scene) -> None:
    appraise(scene, signed=False)
    body = scene.repository.git("cat-file", "commit", "HEAD").encode() + b"\n"
    keygen = ["ssh-keygen", "-q", "-Y", "sign", "-n", "file", "-f", str(key_of("thuong-truc-noi-vu"))]
    signed = subprocess.run(keygen, input=body, capture_output=True, check=True).stdout.strip()
    rewritten(scene, lambda data: data.replace(b"\n\n", b"\ngpgsig " + signed.replace(b"\n", b"\n ") + b"\n\n", 1))


@attack("not-ssh-signature")
def a_signature_that_is_not_ssh(scene: Scene) -> None:
    appraise(scene, signed=False)
    rewritten(scene, lambda data: data.replace(b"\n\n", b"\ngpgsig -----BEGIN PGP SIGNATURE-----\n x\n\n", 1))


@attack("malformed-commit", "unsigned")
def a_commit_with_two_authors(scene: Scene) -> None:
    appraise(scene, signed=False)
    rewritten(scene, lambda data: data.replace(b"committer ", b"author a <a@b.example> 0 +0000\ncommitter ", 1))


@attack("malformed-commit", "unsigned")
def a_commit_with_a_late_parent(scene: Scene) -> None:
    appraise(scene, signed=False)
    late = f"committer x <{email_of('thuong-truc-noi-vu')}> 1733796000 +0700\nparent {'0' * 40}\n\n".encode()
    rewritten(scene, lambda data: data.partition(b"committer ")[0] + late + b"x\n")


@attack("malformed-commit", "bad-signature")
def a_message_with_a_hidden_end(scene: Scene) -> None:
    appraise(scene)
    rewritten(scene, lambda data: data + b"\0more")


@attack("unknown-author")
def an_author_that_nobody_is(scene: Scene) -> None:
    appraise(scene, author="ai-do@noi-vu.example", committer=email_of("thuong-truc-noi-vu"))


@attack("author-is-not-signer")
def a_forged_author(scene: Scene) -> None:
    appraise(scene, "theo-doi-van-phong", author=email_of("thuong-truc-noi-vu"))


@attack("author-is-not-signer", at=IN_STAGE_0)
def an_agency_hands_in_for_another(scene: Scene) -> None:
    scene.write("self-assessment/cuc-thue.yml", SELF.replace("1.5", "2") + FORM % ("b" * 64))
    scene.commit("can-bo-hai-quan", author=email_of("can-bo-thue"), date=IN_STAGE_0)


@attack("no-form", at=IN_STAGE_0)
def handed_in_without_the_form(scene: Scene) -> None:
    scene.write("self-assessment/cuc-thue.yml", SELF.replace("1.5", "2"))
    scene.commit("van-thu-noi-vu", author=email_of("can-bo-thue"), date=IN_STAGE_0)


@attack("no-form", at=IN_STAGE_0)
def changed_under_a_form_that_was_handed_in_before(scene: Scene) -> None:
    form = FORM % ("c" * 64)
    scene.write("self-assessment/cuc-thue.yml", SELF + form)
    scene.commit("van-thu-noi-vu", author=email_of("can-bo-thue"), date=IN_STAGE_0)
    scene.write("self-assessment/cuc-thue.yml", SELF.replace("1.5", "2") + form)
    scene.commit("van-thu-noi-vu", author=email_of("can-bo-thue"), date=IN_STAGE_0)


@attack("no-form", at=IN_STAGE_0)
def handed_in_by_deleting(scene: Scene) -> None:
    scene.repository.remove(f"{YEAR}/self-assessment/cuc-thue.yml")
    scene.commit("van-thu-noi-vu", author=email_of("can-bo-thue"), date=IN_STAGE_0)


@attack("not-for-an-agency")
def an_agency_appraises_itself(scene: Scene) -> None:
    appraise(scene, "can-bo-thue")


@attack("not-for-an-agency", at=IN_STAGE_0)
def an_agency_writes_for_another(scene: Scene) -> None:
    scene.write("self-assessment/cuc-hai-quan.yml", SELF)
    scene.commit("can-bo-thue", date=IN_STAGE_0)


@attack("no-right", at=IN_STAGE_0)
def a_role_writes_what_is_not_its_own(scene: Scene) -> None:
    scene.write("self-assessment/cuc-hai-quan.yml", SELF)
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_0)


@attack("other-criterion")
def a_monitor_scores_what_another_body_monitors(scene: Scene) -> None:
    appraise(scene, "theo-doi-van-phong", "1.1")


@attack("not-a-line")
def a_monitor_changes_the_head_of_a_file(scene: Scene) -> None:
    scene.edit(FIRST, "appraised: 2024-12-16", "appraised: 2024-12-17")
    scene.commit("theo-doi-van-phong", date=IN_STAGE_1)


@attack("other-criterion")
def a_touch_and_a_revert(scene: Scene) -> None:
    appraise(scene, "theo-doi-van-phong", "1.1")
    scene.edit(FIRST, "score: 0.2", "score: 2")
    scene.commit("theo-doi-van-phong")


@attack("no-right", "rules-not-alone")
def a_rename(scene: Scene) -> None:
    (scene.repository.root / FIRST).rename(scene.repository.root / YEAR / "appraisal-1" / "Cuc-thue.yml")
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)


@attack("no-right")
def a_file_that_cannot_be_read(scene: Scene) -> None:
    scene.write("appraisal-1/cuc-thue.yml", "a: b: c\n")
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)


@attack("no-right")
def a_deletion_of_rules(scene: Scene) -> None:
    scene.repository.remove(f"{YEAR}/criteria.yml")
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)


@attack("no-right")
def a_comment_in_the_rules(scene: Scene) -> None:
    scene.edit(f"{YEAR}/criteria.yml", "format: 1\n", "format: 1\n# Chú thích\n")
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)


@attack("no-right")
def a_schema_without_the_right_to_rules(scene: Scene) -> None:
    scene.repository.write("schemas/v1/appraisal.schema.json", "{}")
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)


@attack("executable")
def a_mode_change(scene: Scene) -> None:
    (scene.repository.root / FIRST).chmod(0o755)
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)


@attack("symbolic-link", "no-right")
def a_symbolic_link(scene: Scene) -> None:
    (scene.repository.root / FIRST).unlink()
    (scene.repository.root / FIRST).symlink_to("../agencies.yml")
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)


@attack("submodule", "no-right")
def a_submodule(scene: Scene) -> None:
    scene.repository.git("update-index", "--add", "--cacheinfo", f"160000,{scene.base},{YEAR}/plan")
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1, stage=False)


@attack("hidden-from-review")
def attributes_that_hide_the_change(scene: Scene) -> None:
    scene.repository.write(".gitattributes", "data/** -diff\n")
    appraise(scene)


@attack("lookalike-path", "no-right")
def a_folder_that_is_data_on_some_machines(scene: Scene) -> None:
    scene.repository.write("DATA/2024/cycle.yml", "x\n")
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)


@attack("rules-not-alone")
def rules_with_something_else(scene: Scene) -> None:
    scene.edit(f"{YEAR}/cycle.yml", "by: 2024-12-31", "by: 2025-01-31")
    scene.repository.write("README.md", "Khác\n")
    scene.commit("giu-luat-noi-vu", date=IN_STAGE_1)


@attack("access-not-alone")
def access_with_something_else(scene: Scene) -> None:
    scene.repository.write("data/access.yml", access(signed="access"))
    scene.repository.write("README.md", "Khác\n")
    scene.commit("giu-luat-noi-vu", date=IN_STAGE_1)


@attack("no-right")
def someone_gives_himself_rights(scene: Scene) -> None:
    scene.repository.write("data/access.yml", access(roles=ROLES.replace("appraisal-2]", "appraisal-2, access]")))
    scene.commit("theo-doi-van-phong", date=IN_STAGE_1)


@attack("no-right")
def rights_of_the_change_do_not_count_yet(scene: Scene) -> None:
    scene.repository.write(
        "data/access.yml", access(signed=ALL, roles=ROLES.replace("[rules, access]", "[rules, access, plan]"))
    )
    scene.commit("giu-luat-noi-vu", date=IN_STAGE_1)
    scene.write("plan.yml", "format: 1\ntasks: []\n")
    scene.commit("giu-luat-noi-vu")


@attack("access-deleted")
def access_is_deleted(scene: Scene) -> None:
    scene.repository.remove("data/access.yml")
    scene.commit("giu-luat-noi-vu", date=IN_STAGE_1)


@attack("access-unfit")
def access_gives_one_key_to_two_people(scene: Scene) -> None:
    scene.repository.write(
        "data/access.yml",
        access(signed=ALL, keys={"can-bo-thue": f"{entry('can-bo-thue')}\n      - {entry('can-bo-hai-quan')}"}),
    )
    scene.commit("giu-luat-noi-vu", date=IN_STAGE_1)


@attack("access-unfit", "no-right")
def access_becomes_unreadable(scene: Scene) -> None:
    scene.repository.write("data/access.yml", "format: 1\nroles: [\n")
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)


@attack("access-unfit")
def access_is_left_without_a_keeper(scene: Scene) -> None:
    scene.repository.write("data/access.yml", access(signed=ALL, roles=ROLES.replace("[rules, access]", "[rules]")))
    scene.commit("giu-luat-noi-vu", date=IN_STAGE_1)


@attack("key-deleted")
def a_key_is_deleted(scene: Scene) -> None:
    scene.repository.write("data/access.yml", access(signed=ALL, keys={"can-bo-thue": entry("khóa-mới")}))
    scene.commit("giu-luat-noi-vu", date=IN_STAGE_1)


@attack("not-open-yet", at=IN_STAGE_0)
def before_the_stage_opens(scene: Scene) -> None:
    appraise(scene, date=IN_STAGE_0)


@attack("closed", at="2024-12-18T00:00:00+07:00")
def on_the_day_that_before_excludes(scene: Scene) -> None:
    appraise(scene)


@attack("closed", at="2024-12-10T00:00:00+07:00")
def after_the_extension(scene: Scene) -> None:
    scene.write("self-assessment/cuc-hai-quan.yml", SELF)
    scene.commit("can-bo-hai-quan", date="2024-12-09T08:00:00+07:00")


@attack("closed", at=None)
def a_stage_that_closed_judged_by_the_date_of_the_commit(scene: Scene) -> None:
    appraise(scene, date="2024-12-18T00:00:00+07:00")


@attack("closed")
def an_extension_that_comes_with_the_change(scene: Scene) -> None:
    scene.edit(f"{YEAR}/cycle.yml", "before: 2024-12-05", "before: 2024-12-25")
    scene.commit("giu-luat-noi-vu", date=IN_STAGE_1)
    scene.write("self-assessment/cuc-thue.yml", SELF.replace("1.5", "2"))
    scene.commit("can-bo-thue")


@attack("not-asked")
def an_explanation_that_nobody_asked_for(scene: Scene) -> None:
    scene.write("explanation/cuc-thue.yml", EXPLANATION)
    scene.commit("can-bo-thue", date=IN_STAGE_1)


@attack("no-window")
def a_year_that_the_base_does_not_know(scene: Scene) -> None:
    scene.repository.write("data/2025/appraisal-1/cuc-thue.yml", APPRAISAL)
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)


@attack("not-open-yet", at=IN_STAGE_0.replace("12-03", "11-30"))
def counts_before_anybody_was_asked(scene: Scene) -> None:
    scene.write("survey/lanh-dao/cuc-thue.yml", "format: 1\nforms: {valid: 0}\nanswers: {}\n")
    scene.commit("van-thu-noi-vu", date="2024-11-30T08:00:00+07:00")


@attack("closed", at="2025-01-01T00:00:00+07:00")
def scales_changed_after_the_survey(scene: Scene) -> None:
    scene.write("survey/survey.yml", "format: 1\nscales: {}\n")
    scene.commit("van-thu-noi-vu", date="2024-12-31T08:00:00+07:00")


@attack("dated-before-parent")
def a_commit_dated_back(scene: Scene) -> None:
    appraise(scene, date="2024-11-25T08:00:00+07:00")


@attack("dated-after-time")
def a_commit_dated_ahead(scene: Scene) -> None:
    appraise(scene, date="2024-12-12T08:00:00+07:00")


@attack("sealed")
def a_sealed_file_changes(scene: Scene) -> None:
    scene.write("seals/appraisal-1.yml", SEAL)
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    appraise(scene)


@attack("sealed")
def a_sealed_stage_gets_a_new_file(scene: Scene) -> None:
    scene.write("seals/appraisal-1.yml", SEAL)
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    scene.write("appraisal-1/cuc-hai-quan.yml", APPRAISAL)
    scene.commit("thuong-truc-noi-vu")


@attack("sealed")
def a_survey_plan_changes_after_its_seal(scene: Scene) -> None:
    scene.write("seals/survey.yml", SEAL)
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    scene.write("survey/survey.yml", "format: 1\nscales: {}\n")
    scene.commit("thuong-truc-noi-vu")


@attack("seal-changed")
def a_seal_is_taken_away_in_the_push_that_brings_it(scene: Scene) -> None:
    scene.write("seals/appraisal-1.yml", SEAL)
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    scene.repository.remove(f"{YEAR}/seals/appraisal-1.yml")
    scene.commit("thuong-truc-noi-vu")


@attack("sealed")
def a_seal_that_never_held_is_taken_away_and_its_stage_changed_at_once(scene: Scene) -> None:
    scene.write("seals/appraisal-1.yml", SEAL)
    scene.base = scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    scene.repository.remove(f"{YEAR}/seals/appraisal-1.yml")
    scene.commit("thuong-truc-noi-vu")
    appraise(scene)


@attack("amendment-changed")
def an_amendment_is_changed(scene: Scene) -> None:
    scene.write("amendments/0001.yml", AMENDMENT)
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    scene.write("amendments/0001.yml", AMENDMENT.replace("score: 1.5", "score: 2"))
    scene.commit("thuong-truc-noi-vu")


@attack("amendment-changed")
def an_amendment_is_deleted(scene: Scene) -> None:
    scene.write("amendments/0001.yml", AMENDMENT)
    scene.base = scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    scene.repository.remove(f"{YEAR}/amendments/0001.yml")
    scene.commit("thuong-truc-noi-vu")


@attack("approval-rewritten")
def an_approved_table_is_rewritten(scene: Scene) -> None:
    scene.write("approval.yml", APPROVAL)
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    scene.edit(f"{YEAR}/approval.yml", "index: 75", "index: 80")
    scene.commit("thuong-truc-noi-vu")


@attack("already-published")
def the_day_of_publication_is_moved_after_it_has_come(scene: Scene) -> None:
    scene.write("approval.yml", APPROVAL.replace("2025-02-27", "2024-12-10"))
    scene.base = scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    again = "  - decision: {number: 10/QĐ, date: 2024-12-09}\n    reason: Chưa xong\n    publish_from: 2025-03-10\n"
    scene.write("approval.yml", APPROVAL.replace("2025-02-27", "2024-12-10") + again)
    scene.commit("thuong-truc-noi-vu")


@attack("approval-rewritten")
def an_approval_is_deleted(scene: Scene) -> None:
    scene.write("approval.yml", APPROVAL)
    scene.base = scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    scene.repository.remove(f"{YEAR}/approval.yml")
    scene.commit("thuong-truc-noi-vu")


@attack("approved")
def data_changes_after_the_approval(scene: Scene) -> None:
    scene.write("approval.yml", APPROVAL)
    scene.base = scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    appraise(scene)


@attack("approved")
def rules_change_after_the_approval(scene: Scene) -> None:
    scene.write("approval.yml", APPROVAL)
    scene.base = scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    scene.edit(f"{YEAR}/criteria.yml", "out_of: 2, rule", "out_of: 3, rule")
    scene.commit("giu-luat-noi-vu")


@attack("history-rewritten")
def history_is_rewritten(scene: Scene) -> None:
    scene.base = appraise(scene)
    scene.repository.git("reset", "--quiet", "--hard", "HEAD~1")
    appraise(scene, date=LATER)


@attack("new-root", "no-right")
def another_history_is_joined(scene: Scene) -> None:
    scene.repository.git("switch", "--quiet", "--orphan", "khac")
    scene.write("plan.yml", "format: 1\ntasks: []\n")
    scene.commit("giu-luat-noi-vu", date=IN_STAGE_1)
    scene.switch("main")
    scene.merge("khac", options=("--allow-unrelated-histories",))


# merges


@attack("merge-smuggles")
def a_merge_smuggles_a_change(scene: Scene) -> None:
    two_branches(scene)
    scene.merge("b", options=("--no-commit",))
    scene.edit(FIRST, "score: 1,", "score: 2,")
    scene.commit("thuong-truc-noi-vu")


@attack("merge-smuggles")
def a_merge_throws_a_change_away(scene: Scene) -> None:
    two_branches(scene)
    scene.merge("b", options=("--strategy=ours",))


@attack("merge-smuggles")
def a_conflict_is_solved_by_hand(scene: Scene) -> None:
    scene.branch("b")
    appraise(scene)
    scene.switch("main")
    scene.edit(FIRST, '"1.1": {score: 2}', '"1.1": {score: 1}')
    scene.commit("thuong-truc-noi-vu")
    with pytest.raises(AssertionError):
        scene.merge("b")
    scene.repository.git("checkout", "--quiet", "--theirs", "--", FIRST)
    scene.commit("thuong-truc-noi-vu")


@attack("merge-smuggles")
def a_merge_that_a_merge_driver_would_excuse(scene: Scene) -> None:
    scene.repository.git("config", "merge.mine.driver", "sed -i 's/score: 2/score: 0/' %A")
    scene.repository.write(".gitattributes", "data/** merge=mine\n")
    scene.base = scene.commit("giu-luat-noi-vu")
    scene.branch("b")
    scene.edit(FIRST, "appraised: 2024-12-16", "appraised: 2024-12-15")
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    scene.switch("main")
    appraise(scene, "theo-doi-van-phong", "2.1")
    scene.merge("b")


@attack("octopus")
def an_octopus(scene: Scene) -> None:
    two_branches(scene)
    scene.branch("c")
    scene.write("plan.yml", "format: 1\ntasks: []\n")
    scene.commit("thuong-truc-noi-vu")
    scene.switch("main")
    scene.merge("b", "c")


def two_branches(scene: Scene) -> None:
    """Leave two branches that git can merge: one with a plan of the council, one with a line."""
    scene.branch("b")
    scene.write("council.yml", "format: 1\nmembers: []\n")
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    scene.switch("main")
    appraise(scene)


@attack("sealed")
def two_branches_each_fine_and_together_wrong(scene: Scene) -> None:
    scene.branch("b")
    scene.write("seals/appraisal-1.yml", SEAL)
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    assert scene.refusals(IN_STAGE_1) == set()

    scene.switch("main")
    appraise(scene)
    assert scene.refusals(IN_STAGE_1) == set()

    scene.merge("b")


@attack("approved")
def an_approval_and_a_change_side_by_side(scene: Scene) -> None:
    scene.branch("b")
    scene.write("approval.yml", APPROVAL)
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    scene.switch("main")
    appraise(scene)
    scene.merge("b")


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_is_refused_for_its_reason_and_no_other(scene: Scene, name: str) -> None:
    act, codes, at = ATTACKS[name]
    scene.begin()
    act(scene)

    assert codes == scene.refusals(at)


# --- signed pages -----------------------------------------------------------------------------------------------------

SELF_PATH = f"{YEAR}/self-assessment/cuc-thue.yml"


def page_of(text: str, content: str | None = None, page: str = "d" * 64) -> str:
    """Return a file with the record of its form and of a page, signed for what the file says or for another content."""
    at = place(SELF_PATH)
    assert at is not None
    told = content or content_digest(at, plain(tree(text)))
    return f"{text}form: {{sha256: {'b' * 64}, content: {told}, page: {page}}}\n"


ANSWER = SELF.replace("1.5", "2")
PAGES = {
    "no page": (ANSWER + FORM % ("b" * 64), {"no-page"}),
    "a page signed for other answers": (page_of(ANSWER, "e" * 64), {"no-page"}),
    "any hex digits without a content": (f"{ANSWER}form: {{sha256: {'b' * 64}, page: {'d' * 64}}}\n", {"no-page"}),
    "no form at all": (ANSWER, {"no-page"}),
    "its page": (page_of(ANSWER), set()),
}


@pytest.mark.parametrize("what", PAGES)
def test_where_pages_are_asked_for_an_agency_stands_for_its_form_only_with_the_page_of_that_content(
    scene: Scene, what: str
) -> None:
    text, codes = PAGES[what]
    scene.begin(access(signed=ALL_KINDS).replace("policy: {", "policy: {pages: [claim], "))
    scene.write("self-assessment/cuc-thue.yml", text)
    scene.commit("van-thu-noi-vu", author=email_of("can-bo-thue"), date=IN_STAGE_0)

    assert scene.refusals(IN_STAGE_0) == codes


def test_a_page_that_the_file_had_before_stands_for_no_other_answers(scene: Scene) -> None:
    scene.begin(access(signed=ALL_KINDS).replace("policy: {", "policy: {pages: [claim], "), {SELF_PATH: page_of(SELF)})
    scene.write("self-assessment/cuc-thue.yml", page_of(ANSWER))
    scene.commit("van-thu-noi-vu", author=email_of("can-bo-thue"), date=IN_STAGE_0)

    assert scene.refusals(IN_STAGE_0) == {"no-page"}


# --- attacks on the state before --------------------------------------------------------------------------------------


def test_a_table_that_grew_over_many_approvals_is_compared_by_meaning(scene: Scene) -> None:
    """As many agencies as a year may have, approved eight times, take 5 MB."""
    scene.begin(access(signed=ALL, second="approval"))
    scene.branch("work")
    scene.write("approval.yml", f"{APPROVAL}# {'x' * 5_000_000}\n")
    scene.commit("thuong-truc-noi-vu", date="2025-02-20T09:00:00+07:00")
    review(scene, "lanh-dao-noi-vu", date="2025-02-20T10:00:00+07:00")
    accept(scene, "2025-02-20T11:00:00+07:00")


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        (entry("thuong-truc-noi-vu", until="2024-12-09"), "expired-key"),
        (entry("thuong-truc-noi-vu", start="2024-12-11"), "key-not-yet-valid"),
        (entry("thuong-truc-noi-vu", start="2024-12-10", until="2024-12-10"), None),
        (
            (
                f"{entry('thuong-truc-noi-vu', until='2024-12-01')}\n"
                f"      - {entry('thuong-truc-noi-vu', start='2024-12-08')}"
            ),
            None,
        ),
        (entry("thuong-truc-noi-vu", until="hôm nay"), "expired-key"),
    ],
)
def test_a_key_counts_from_its_first_day_to_its_last(scene: Scene, keys: str, code: str | None) -> None:
    scene.begin(access(signed=ALL, keys={"thuong-truc-noi-vu": keys}))
    appraise(scene)

    assert ({code} if code else set()) == scene.refusals(IN_STAGE_1)


def test_a_key_of_two_people_is_nobodys(scene: Scene) -> None:
    scene.begin(access(signed=ALL, keys={"giu-luat-noi-vu": entry("thuong-truc-noi-vu")}))
    appraise(scene)

    assert scene.refusals(IN_STAGE_1) == {"shared-key"}


def test_a_stage_of_the_years_own_is_named_by_its_title(scene: Scene) -> None:
    own = f"{YEAR}/xet-bo-sung/cuc-thue.yml"
    window = "  xet-bo-sung: {kind: appraise, title: Xét bổ sung, opens: 2024-11-01, before: 2024-12-01}\n"
    cycle = CYCLE.replace("  explanation:", f"{window}  explanation:")
    scene.begin(access(signed=ALL), {f"{YEAR}/cycle.yml": cycle})
    scene.repository.write(own, APPRAISAL)
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    labels = load_labels("vi")

    assert window in cycle
    assert "Bước Xét bổ sung năm 2024 của cuc-thue đã đóng" in judgement_text(scene.judge(IN_STAGE_1), labels)


def test_the_server_clock_decides_and_not_the_date_of_the_commit(scene: Scene) -> None:
    scene.begin()
    appraise(scene, date="2024-12-17T23:00:00+07:00")

    assert scene.refusals("2024-12-17T23:59:59+07:00") == set()
    assert scene.refusals("2024-12-18T00:00:00+07:00") == {"closed"}
    assert {"time-not-proved"} == {finding.code for finding in findings(scene.judge())}


def test_without_access_only_a_commit_that_brings_it_passes_and_nothing_after_it(scene: Scene) -> None:
    scene.repository.write("README.md", "Kho\n")
    scene.base = scene.repository.commit("Khởi đầu", date=OPENING)
    scene.repository.write("data/access.yml", access())
    scene.commit("giu-luat-noi-vu")
    assert scene.refusals(OPENING) == set()

    scene.repository.write("data/bodies.yml", "format: 1\nbodies: {}\n")
    scene.commit("giu-luat-noi-vu")
    assert scene.refusals(OPENING) == {"no-access-yet"}


@pytest.mark.parametrize(
    ("person", "more", "code"),
    [
        ("giu-luat-noi-vu", {"signed": False}, "unsigned"),
        ("giu-luat-noi-vu", {"stranger": True}, "unknown-key"),
        ("thuong-truc-noi-vu", {}, "no-right"),
    ],
)
def test_the_first_access_is_signed_by_its_own_keeper(
    scene: Scene, person: str, more: dict[str, object], code: str
) -> None:
    scene.repository.write("README.md", "Kho\n")
    scene.base = scene.repository.commit("Khởi đầu", date=OPENING)
    scene.repository.write("data/access.yml", access())
    key = key_of("người-lạ") if more.pop("stranger", False) else None
    scene.commit(person, key=key, **more)  # type: ignore[arg-type]

    assert {code} == scene.refusals(OPENING)


def test_the_first_access_stands_alone(scene: Scene) -> None:
    scene.repository.write("README.md", "Kho\n")
    scene.base = scene.repository.commit("Khởi đầu", date=OPENING)
    scene.repository.write("data/access.yml", access())
    scene.repository.write("README.md", "Khác\n")
    scene.commit("giu-luat-noi-vu")

    assert scene.refusals(OPENING) == {"access-not-alone", "no-access-yet"}


def test_an_access_that_cannot_be_read_gives_nobody_any_right(scene: Scene) -> None:
    scene.begin("roles: [\n")
    appraise(scene)

    assert scene.refusals(IN_STAGE_1) == {"access-broken"}


def test_a_kind_that_need_not_be_signed_is_judged_by_what_anyone_can_type_and_says_so(scene: Scene) -> None:
    scene.begin(access(signed="approval"))
    appraise(scene, signed=False)
    found = findings(scene.judge(IN_STAGE_1))

    assert [(finding.code, finding.refused) for finding in found] == [("unproved", False)]


def test_rights_hold_for_unsigned_changes_as_well(scene: Scene) -> None:
    scene.begin(access(signed="approval"))
    appraise(scene, "theo-doi-van-phong", "1.1", signed=False)

    assert scene.refusals(IN_STAGE_1) == {"other-criterion"}


def test_access_is_always_signed_whatever_the_policy_says(scene: Scene) -> None:
    scene.begin(access())
    scene.repository.write("data/access.yml", access(signed="plan"))
    scene.commit("giu-luat-noi-vu", signed=False)

    assert scene.refusals(OPENING) == {"unsigned"}


def test_a_role_for_its_own_agency_stops_at_others(scene: Scene) -> None:
    roles = ROLES.replace(
        "agencies: all\n    criteria: all\n    reviews: [approval]", "agencies: own\n    criteria: all"
    )
    scene.begin(access(signed=ALL, roles=roles))
    appraise(scene)

    assert scene.refusals(IN_STAGE_1) == {"other-agency"}


# --- the second person ------------------------------------------------------------------------------------------------

SIGNED_AND_SEEN = {"signed": ALL, "second": "approval"}
LATER = "2024-12-10T10:00:00+07:00"


def approve(scene: Scene) -> None:
    scene.begin(access(**SIGNED_AND_SEEN))
    scene.write("approval.yml", APPROVAL)
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)


def test_two_people_are_needed_where_the_policy_says_so(scene: Scene) -> None:
    approve(scene)

    assert scene.refusals(LATER) == {"no-review"}
    review(scene, "lanh-dao-noi-vu", date=LATER)
    assert scene.refusals(LATER) == set()


@pytest.mark.parametrize(
    ("person", "codes"),
    [
        ("thuong-truc-noi-vu", {"no-review", "reviewer-is-author"}),
        ("giu-luat-noi-vu", {"no-review", "reviewer-without-right"}),
        ("can-bo-thue", {"no-review", "reviewer-without-right"}),
    ],
)
def test_a_review_by_the_author_or_without_the_right_does_not_count(scene: Scene, person: str, codes: set[str]) -> None:
    approve(scene)
    review(scene, person, date=LATER)

    assert codes == scene.refusals(LATER)


def test_an_agency_reviews_nothing_whatever_its_role_says(scene: Scene) -> None:
    roles = ROLES.replace("agencies: own, criteria: all", "agencies: own, criteria: all, reviews: [approval]")
    scene.begin(access(**SIGNED_AND_SEEN, roles=roles))
    scene.write("approval.yml", APPROVAL)
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    review(scene, "can-bo-thue", date=LATER)

    assert scene.refusals(LATER) == {"no-review", "reviewer-without-right"}


def test_a_review_must_be_signed(scene: Scene) -> None:
    approve(scene)
    tree = scene.repository.git("rev-parse", "HEAD^{tree}")
    scene.commit("lanh-dao-noi-vu", signed=False, message=f"Duyệt\n\nReviewed-tree: {tree}")

    assert scene.refusals(LATER) == {"no-review", "unsigned"}


def test_a_review_in_the_name_of_another_does_not_count(scene: Scene) -> None:
    roles = ROLES.replace("hands_in_for: [co-quan]", "hands_in_for: [co-quan, lanh-dao], reviews: [approval]")
    scene.begin(access(**SIGNED_AND_SEEN, roles=roles))
    scene.write("approval.yml", APPROVAL)
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    tree = scene.repository.git("rev-parse", "HEAD^{tree}")
    message = f"Duyệt\n\nReviewed-tree: {tree}"
    scene.commit("van-thu-noi-vu", author=email_of("lanh-dao-noi-vu"), message=message)

    assert scene.refusals(LATER) == {"no-review", "author-is-not-signer"}


def test_a_review_of_another_tree_does_not_count(scene: Scene) -> None:
    approve(scene)
    review(scene, "lanh-dao-noi-vu", date=LATER, tree="0" * 40)

    assert scene.refusals(LATER) == {"no-review", "review-of-another-tree"}


def test_a_review_that_carries_a_change_does_not_count(scene: Scene) -> None:
    approve(scene)
    scene.repository.write("README.md", "Khác\n")
    scene.repository.git("add", "--all")
    tree = scene.repository.git("write-tree")
    scene.commit("lanh-dao-noi-vu", message=f"Duyệt\n\nReviewed-tree: {tree}")

    assert scene.refusals(LATER) == {"no-review", "review-not-empty"}


@pytest.mark.parametrize("reverted", [False, True])
def test_a_change_of_data_after_the_review_voids_it(scene: Scene, *, reverted: bool) -> None:
    approve(scene)
    review(scene, "lanh-dao-noi-vu", date=IN_STAGE_1)
    appraise(scene, date=LATER)
    if reverted:
        scene.edit(FIRST, "score: 0.2", "score: 2")
        scene.commit("thuong-truc-noi-vu")

    assert "review-voided" in scene.refusals(LATER)


def test_a_change_beside_the_review_voids_it_when_merged(scene: Scene) -> None:
    approve(scene)
    review(scene, "lanh-dao-noi-vu", date=IN_STAGE_1)
    scene.branch("b")
    scene.write("plan.yml", "format: 1\ntasks: []\n")
    scene.commit("thuong-truc-noi-vu")
    scene.switch("main")
    scene.merge("b")

    assert scene.refusals(LATER) == {"no-review", "review-voided"}


def test_a_change_of_other_files_after_the_review_leaves_it_in_force(scene: Scene) -> None:
    approve(scene)
    review(scene, "lanh-dao-noi-vu", date=IN_STAGE_1)
    scene.repository.write("README.md", "Khác\n")
    scene.commit("lanh-dao-noi-vu", date=LATER)

    assert scene.refusals(LATER) == set()


def test_two_people_may_approve_each_other(scene: Scene) -> None:
    scene.begin(
        access(
            signed=ALL,
            second="approval, rules",
            roles=ROLES.replace("reviews: [approval]", "reviews: [rules]").replace(
                "reviews: [amendments]", "reviews: [approval]"
            ),
        )
    )
    scene.write("approval.yml", APPROVAL)
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    scene.repository.write("data/bodies.yml", "format: 1\nbodies: {}\n")
    scene.commit("giu-luat-noi-vu")
    review(scene, "giu-luat-noi-vu", date=IN_STAGE_1)

    assert scene.refusals(LATER) == {"no-review"}
    review(scene, "thuong-truc-noi-vu", date=IN_STAGE_1)
    assert scene.refusals(LATER) == set()


# --- what is no attack ------------------------------------------------------------------------------------------------


def test_a_merge_of_two_branches_needs_no_signature(scene: Scene) -> None:
    scene.begin()
    two_branches(scene)
    scene.merge("b")

    assert scene.refusals(IN_STAGE_1) == set()


def test_a_merge_of_a_branch_that_began_before_a_seal_passes(scene: Scene) -> None:
    scene.begin()
    scene.branch("b")
    scene.write("council.yml", "format: 1\nmembers: []\n")
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    scene.switch("main")
    appraise(scene)
    scene.write("seals/appraisal-1.yml", SEAL)
    scene.base = scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
    scene.merge("b")

    assert scene.refusals(IN_STAGE_1) == set()


def test_a_conflict_in_other_files_may_be_solved_by_hand(scene: Scene) -> None:
    scene.begin()
    scene.branch("b")
    scene.repository.write("README.md", "Một\n")
    appraise(scene)
    scene.switch("main")
    scene.repository.write("README.md", "Hai\n")
    scene.commit("lanh-dao-noi-vu", date=IN_STAGE_1)
    with pytest.raises(AssertionError):
        scene.merge("b")
    scene.repository.write("README.md", "Ba\n")
    scene.commit("lanh-dao-noi-vu")

    assert scene.refusals(IN_STAGE_1) == set()


def test_commits_that_touch_no_data_are_not_judged_and_said_so(scene: Scene) -> None:
    scene.begin()
    scene.repository.write("README.md", "Khác\n")
    scene.commit("người-lạ", signed=False)
    judgement = scene.judge(IN_STAGE_1)

    assert [(verdict.judged, verdict.findings) for verdict in judgement.verdicts] == [(False, ())]


def test_an_empty_range_is_said_and_refuses_nothing(scene: Scene) -> None:
    scene.begin()
    judgement = scene.judge()

    assert (judgement.refused, [finding.code for finding in judgement.findings]) == (False, ["empty-range"])


@pytest.mark.parametrize(
    ("path", "guarded"),
    [
        ("data/2024/cycle.yml", True),
        ("schemas/v1/x.json", True),
        ("Data/x", True),
        ("DATA", True),
        ("data\u200b/x", True),
        ("ｄａｔａ/x", True),
        ("data./x", True),
        ("Data /x", True),
        ("datas/x", False),
        ("docs/data/x", False),
    ],
)
def test_what_is_under_guard(path: str, *, guarded: bool) -> None:
    assert guarded is is_guarded(path)


# --- what git could be told to hide -----------------------------------------------------------------------------------


def test_replaced_objects_and_grafts_hide_nothing(scene: Scene) -> None:
    scene.begin()
    bad = appraise(scene, "can-bo-thue")
    repository = scene.repository
    identity = ("-c", "user.name=x", "-c", "user.email=x@y.example")
    good = repository.git(*identity, "commit-tree", f"{scene.base}^{{tree}}", "-p", scene.base, "-m", "x")
    repository.git("replace", bad, good)
    (repository.root / ".git" / "info").mkdir(exist_ok=True)
    (repository.root / ".git" / "info" / "grafts").write_text(f"{bad}\n")

    assert scene.refusals(IN_STAGE_1) == {"not-for-an-agency"}


def test_a_clone_that_borrows_its_objects_is_judged_by_them_and_without_them_not_at_all(
    scene: Scene, tmp_path: Path, run_command: RunCommand
) -> None:
    scene.begin()
    appraise(scene, "can-bo-thue")
    lender, clone = tmp_path / "lender", tmp_path / "clone"
    scene.repository.git("clone", "--quiet", "--bare", str(scene.repository.root), str(lender))
    scene.repository.git("clone", "--quiet", "--shared", str(lender), str(clone))
    Repository(clone).git("config", "parindex.founding", scene.base)
    words = ("guard", "--at", IN_STAGE_1, scene.base, "HEAD")
    whole = run_command(*words, cwd=clone)
    (lender / "objects").rename(tmp_path / "gone")
    without = run_command(*words, cwd=clone)

    assert (whole.code, "not-for-an-agency" in whole.stdout) == (1, True)
    assert (without.code, without.stdout, len(without.stderr.splitlines())) == (2, "", 1)


def criss_cross(scene: Scene) -> None:
    """Leave two branches that took each other in, each from where the other stood before, and then went on."""
    two_branches(scene)
    scene.repository.git("branch", "was", "main")
    scene.merge("b")
    scene.switch("b")
    scene.merge("was")
    scene.write("council.yml", "format: 1\nmembers: []\nsessions: []\n")
    scene.commit("thuong-truc-noi-vu")
    scene.switch("main")
    appraise(scene, "theo-doi-van-phong", "2.1")


def test_branches_that_took_each_other_in_are_merged(scene: Scene) -> None:
    scene.begin()
    criss_cross(scene)
    scene.merge("b")

    assert len(scene.repository.git("merge-base", "--all", "main^1", "b").split()) == 2
    assert scene.refusals(IN_STAGE_1) == set()


@attack("merge-smuggles")
def a_line_changed_while_such_branches_are_merged(scene: Scene) -> None:
    criss_cross(scene)
    scene.merge("b", options=("--no-commit",))
    scene.edit(FIRST, "score: 0.2", "score: 0.1")
    scene.commit("thuong-truc-noi-vu")


@pytest.mark.parametrize("left_out", ["--depth=1", "--filter=blob:none"])
def test_a_clone_that_lacks_history_judges_nothing(
    scene: Scene, tmp_path: Path, run_command: RunCommand, left_out: str
) -> None:
    scene.begin()
    appraise(scene)
    clone = tmp_path / "clone"
    scene.repository.git("config", "uploadpack.allowFilter", "true")
    scene.repository.git("clone", "--quiet", left_out, f"file://{scene.repository.root}", str(clone))
    told = json.loads(run_command("guard", "--format", "json", "HEAD", "HEAD", cwd=clone).stdout)
    review = run_command("review", "HEAD", "--key", str(key_of("lanh-dao-noi-vu")), cwd=clone)

    assert [finding["code"] for finding in told["findings"]] == ["shallow-clone"]
    assert not told["accepted"]
    assert run_command("guard", "HEAD", "HEAD", cwd=clone).code == 1
    assert (review.code, "--unshallow" in review.stderr) == (2, True)


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize(
    ("code", "key", "keys"),
    [
        ("unknown-key", "người-lạ", {}),
        ("expired-key", "thuong-truc-noi-vu", {"until": "2024-12-05"}),
        ("key-not-yet-valid", "thuong-truc-noi-vu", {"start": "2025-01-01"}),
        ("author-is-not-signer", "lanh-dao-noi-vu", {}),
    ],
)
def test_a_wrong_key_is_told_in_words(
    scene: Scene, run_command: RunCommand, code: str, key: str, keys: dict[str, str], language: str
) -> None:
    own = {"thuong-truc-noi-vu": entry("thuong-truc-noi-vu", **keys)}
    scene.begin(access(signed=ALL, keys=own))
    appraise(scene, key=key_of(key))
    told = run_command(
        *("--lang", language, "guard", "--at", IN_STAGE_1, scene.base, scene.head()), cwd=scene.repository.root
    )

    assert (told.code, told.stderr) == (1, "")
    assert f" {code}: " in told.stdout


def test_judging_leaves_no_object_behind(scene: Scene) -> None:
    scene.begin()
    two_branches(scene)
    scene.merge("b")
    before = stored(scene.repository.root)
    scene.judge(IN_STAGE_1)

    assert before == stored(scene.repository.root)


def stored(root: Path) -> set[Path]:
    return {path for path in (root / ".git" / "objects").rglob("*") if path.is_file()}


# --- the commands -----------------------------------------------------------------------------------------------------


def test_guard_tells_each_commit_its_law_and_its_cure(scene: Scene, run_command: RunCommand) -> None:
    scene.begin()
    appraise(scene, "theo-doi-van-phong", "1.1")
    scene.repository.write("README.md", "Khác\n")
    scene.commit("theo-doi-van-phong")
    told = run_command("guard", "--at", IN_STAGE_1, scene.base, "HEAD", cwd=scene.repository.root)
    told_in_english = run_command(
        "--lang", "en", "guard", "--at", str(time_of(IN_STAGE_1).stamp), scene.base, "HEAD", cwd=scene.repository.root
    )
    lines = [re.sub(r"\b[0-9a-f]{12}\b", "<commit>", line) for line in told.stdout.splitlines()]

    assert lines == [
        "Kiểm quyền từ <commit> tới <commit>, theo thời điểm 1733796000 (ngày 10/12/2024).",
        "[TỪ CHỐI] <commit> 10/12/2024 theo-doi-van-phong ký: Sửa dữ liệu",
        (
            f"  {FIRST}:4: lỗi other-criterion: theo-doi-van-phong (vai trò theo-doi) chỉ được chấm tiêu chí mà đơn vị "
            "mình theo dõi, không phải 1.1."
        ),
        (
            "    Cách sửa: Bỏ những dòng ấy; cơ quan theo dõi tiêu chí nào thì chấm tiêu chí đó (monitor trong "
            "criteria.yml)."
        ),
        "[không xét] <commit> 10/12/2024 tự ghi là theo-doi-van-phong@noi-vu.example: Sửa dữ liệu",
        "TỪ CHỐI: 2 commit, 1 commit có sửa dữ liệu và được xét, 1 commit bị từ chối.",
    ]
    assert (told.code, told_in_english.code) == (1, 1)
    assert told_in_english.stdout.endswith("REFUSED: 2 commits, 1 touch data and were judged, 1 refused.\n")


def test_guard_in_json_is_the_same_in_both_languages_but_for_its_words(scene: Scene, run_command: RunCommand) -> None:
    scene.begin()
    appraise(scene)
    answers = [
        json.loads(
            run_command(
                *("--lang", language, "guard", "--format", "json", "--at", IN_STAGE_1, scene.base, "HEAD"),
                cwd=scene.repository.root,
            ).stdout
        )
        for language in ("vi", "en")
    ]

    assert answers[0] == answers[1]
    assert answers[0]["accepted"] is True
    assert [(commit["signer"], commit["judged"], commit["findings"]) for commit in answers[0]["commits"]] == [
        ("thuong-truc-noi-vu", True, [])
    ]


@pytest.mark.parametrize(
    "arguments",
    [
        ["guard"],
        ["guard", "HEAD"],
        ["guard", "--pre-receive", "HEAD", "HEAD"],
        ["guard", "--pre-receive", "--at", "0"],
        ["guard", "--at", "hôm qua", "HEAD", "HEAD"],
        ["guard", "--at", "2024-12-03T09:00:00", "HEAD", "HEAD"],
        ["guard", "--at", "9" * 30, "HEAD", "HEAD"],
        ["guard", "--output=x", "HEAD"],
        ["guard", "HEAD", "--end-of-options"],
        ["guard", "không có", "HEAD"],
        ["review", "HEAD"],
        ["review", "HEAD", "--key", "không-có"],
        ["owners", "--rev", "HEAD~9"],
    ],
)
def test_a_wrong_call_is_one_clear_line(scene: Scene, run_command: RunCommand, arguments: list[str]) -> None:
    scene.begin()
    told = run_command(*arguments, cwd=scene.repository.root)

    assert (told.code, told.stdout, len(told.stderr.splitlines())) == (2, "", 1)


def test_hostile_words_of_a_commit_stay_on_their_line(scene: Scene, run_command: RunCommand) -> None:
    scene.begin()
    appraise(scene, message="Bình thường\x1b[2K\rĐẠT\u202e")
    told = run_command("guard", scene.base, "HEAD", cwd=scene.repository.root)

    assert "Bình thường\\u001b[2K" in told.stdout
    assert [letter for letter in told.stdout if not letter.isprintable() and letter != "\n"] == []


def in_progress(scene: Scene) -> None:
    """Leave a branch whose approval waits for its second person, on days that are now."""
    scene.begin(access(**SIGNED_AND_SEEN))
    scene.write("approval.yml", APPROVAL)
    scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)


def test_review_approves_the_very_tree_and_guard_takes_it(scene: Scene, run_command: RunCommand) -> None:
    in_progress(scene)
    before = scene.head()
    told = run_command("review", scene.base, "--key", str(key_of("lanh-dao-noi-vu")), cwd=scene.repository.root)
    git = scene.repository.git

    assert (told.code, told.stderr) == (0, "")
    assert [before, git("rev-parse", f"{before}^{{tree}}")] == git("log", "-1", "--format=%P %T").split()
    assert git("log", "-1", "--format=%(trailers:key=Reviewed-tree,valueonly)").strip() == git(
        "log", "-1", "--format=%T"
    )
    assert git("log", "-1", "--format=%ae %ce") == f"{email_of('lanh-dao-noi-vu')} {email_of('lanh-dao-noi-vu')}"
    assert scene.refusals() == set()
    assert git("status", "--porcelain") == ""


def test_review_finds_the_key_that_git_signs_with_and_git_takes_its_signature(
    scene: Scene, run_command: RunCommand, tmp_path: Path
) -> None:
    in_progress(scene)
    allowed = tmp_path / "allowed"
    allowed.write_text(f"lanh-dao {public_key('lanh-dao-noi-vu')}\n")
    scene.repository.git("config", "user.signingkey", str(key_of("lanh-dao-noi-vu")))
    told = run_command("review", scene.base, cwd=scene.repository.root)

    assert told.code == 0
    scene.repository.git("-c", f"gpg.ssh.allowedSignersFile={allowed}", "verify-commit", "HEAD")


@pytest.mark.parametrize("person", ["thuong-truc-noi-vu", "giu-luat-noi-vu", "can-bo-thue"])
def test_review_refuses_who_may_not_and_moves_nothing(scene: Scene, run_command: RunCommand, person: str) -> None:
    in_progress(scene)
    before = scene.head()
    told = run_command("review", scene.base, "--key", str(key_of(person)), cwd=scene.repository.root)

    assert (1, before) == (told.code, scene.head())
    assert "review" in told.stdout


@pytest.mark.parametrize("key", ["người-lạ", "lanh-dao-noi-vu"])
def test_review_says_where_there_is_nothing_to_approve_or_nobody(
    scene: Scene, run_command: RunCommand, key: str
) -> None:
    in_progress(scene)
    base = scene.head() if key == "lanh-dao-noi-vu" else scene.base
    told = run_command("review", base, "--key", str(key_of(key)), cwd=scene.repository.root)

    assert (told.code, len(told.stderr.splitlines())) == (2, 1)


def test_owners_are_who_reviews_a_kind_or_else_who_writes_it_and_never_an_agency() -> None:
    rows = dict(line.split(" ", 1) for line in code_owners(read(access())).splitlines())

    assert rows["/data/*/approval.yml"].split() == [email_of("lanh-dao-noi-vu"), email_of("thuong-truc-noi-vu")]
    assert rows["/data/*/appraisal-1/"].split() == [email_of("theo-doi-van-phong"), email_of("thuong-truc-noi-vu")]
    assert rows["/data/access.yml"].split() == [email_of("giu-luat-noi-vu")]
    assert [row for row in rows if "self-assessment" in row or "explanation" in row] == []


def test_owners_prints_the_file_of_a_sound_repository(scene: Scene, run_command: RunCommand) -> None:
    scene.repository.copy(ROOT / "schemas", "schemas")
    scene.begin()
    told = run_command("owners", cwd=scene.repository.root)

    assert (0, code_owners(read(access(signed=ALL)))) == (told.code, told.stdout)


OWN = "* @so-noi-vu/du-lieu\n\n# viết tay\n/.github/ @quan-tri\n"


@pytest.mark.parametrize("before", [None, "", OWN, OWN.rstrip("\n")], ids=["none", "empty", "by hand", "no end"])
def test_owners_keeps_what_was_written_by_hand(scene: Scene, run_command: RunCommand, before: str | None) -> None:
    scene.repository.copy(ROOT / "schemas", "schemas")
    scene.begin()
    file = scene.repository.root / ".github/CODEOWNERS"
    if before is not None:
        scene.repository.write(".github/CODEOWNERS", before)
    first = run_command("owners", "-o", str(file), cwd=scene.repository.root)
    once = file.read_text("utf-8")
    scene.repository.write(".github/CODEOWNERS", once.replace("noi-vu.example", "cu.example") + "/docs/ @viet\n")
    run_command("owners", "-o", str(file), cwd=scene.repository.root)

    assert (first.code, first.stderr) == (0, "")
    assert once.startswith(before or "")
    assert code_owners(read(access(signed=ALL))) in once
    assert file.read_text("utf-8") == once + "/docs/ @viet\n"


def test_owners_touches_no_file_whose_marks_are_not_a_pair(scene: Scene, run_command: RunCommand) -> None:
    scene.repository.copy(ROOT / "schemas", "schemas")
    scene.begin()
    file = scene.repository.root / "CODEOWNERS"
    run_command("owners", "-o", str(file), cwd=scene.repository.root)
    broken = file.read_text("utf-8").replace("# parindex owners: end\n", "")
    scene.repository.write("CODEOWNERS", broken)
    told = run_command("owners", "-o", str(file), cwd=scene.repository.root)

    assert (told.code, len(told.stderr.splitlines())) == (2, 1)
    assert file.read_text("utf-8") == broken


def read(text: str) -> Access:
    from pipeline.adapters import documents  # noqa: PLC0415 - only here

    found = read_access(documents.read("data/access.yml", text.encode()))
    assert found is not None
    return found


# --- words ------------------------------------------------------------------------------------------------------------


def words(labels: Labels) -> set[str]:
    found = (re.fullmatch(r"guard\.law\.([a-z0-9-]+)\.(?:message|help)", key) for key in labels.texts)
    return {match[1] for match in found if match}


def test_every_word_of_guard_is_shown_by_a_test_and_stands_in_the_reference() -> None:
    tests = ("test_guard.py", "test_editions.py", "test_pre_receive.py", "test_refounding.py", "test_evidence.py")
    sources = "".join((ROOT / "tests" / name).read_text("utf-8") for name in tests)
    page = (ROOT / "docs" / "reference" / "guard.md").read_text("utf-8")
    known = words(load_labels("vi"))

    assert [word for word in sorted(known) if f'"{word}"' not in sources] == []
    assert [word for word in sorted(known) if f"| `{word}` |" not in page] == []
    assert words(load_labels("en")) == known


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_word_has_its_sentence_and_its_cure(language: str) -> None:
    labels = load_labels(language)
    lacking = [
        word
        for word in words(labels)
        if not all(labels.has(f"guard.law.{word}.{part}") for part in ("message", "help"))
    ]

    assert lacking == []


def test_what_is_of_no_agency_is_told_without_one() -> None:
    figures = {"stage": "survey", "year": "2024", "agency": "", "day": "2024-12-14", "last": "2024-12-13"}

    for code in ("late", "closed"):
        assert "Bước Điều tra xã hội học năm 2024 đã" in message(Finding(code, figures=figures), load_labels("vi"))


# --- growth -----------------------------------------------------------------------------------------------------------


def test_git_is_called_a_fixed_number_of_times_whatever_the_range(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    scene.begin()
    counts = []
    started: list[object] = []
    original = subprocess.Popen.__init__

    def counted(self: subprocess.Popen[bytes], *arguments: object, **more: object) -> None:
        started.append(arguments)
        original(self, *arguments, **more)  # type: ignore[arg-type, call-overload]

    for score in ("0.5", "1", "1.5", "0", "2"):
        scene.repository.write(FIRST, APPRAISAL.replace('"1.1": {score: 2}', f'"1.1": {{score: {score}}}  # {score}'))
        scene.commit("thuong-truc-noi-vu", date=IN_STAGE_1)
        with monkeypatch.context() as patched:
            patched.setattr(subprocess.Popen, "__init__", counted)
            started.clear()
            judge_range(open_repository(scene.repository.root), scene.base, scene.head(), None)
            counts.append(len(started))

    assert len(set(counts)) == 1
    assert counts[0] <= 13


def test_the_verdict_of_a_range_does_not_depend_on_where_it_is_read(scene: Scene, tmp_path: Path) -> None:
    scene.begin()
    appraise(scene)
    bare = tmp_path / "bare.git"
    scene.repository.git("clone", "--quiet", "--bare", str(scene.repository.root), str(bare))
    time = time_of(IN_STAGE_1)
    seen = [gather(open_repository(folder), scene.base, scene.head(), time) for folder in (scene.repository.root, bare)]

    assert seen[0] == seen[1]


def test_a_document_that_is_no_mapping_is_no_access() -> None:
    assert read_access(Document("data/access.yml", None)) is None


def test_one_text_in_the_place_of_a_list_grants_nothing() -> None:
    found = read(
        "format: 1\npolicy: {signed: rules}\nroles:\n  ghi: {writes: rules, reviews: rules, hands_in_for: ghi}\n"
    )
    role = found.roles["ghi"]

    assert (found.signed, role.writes, role.reviews, role.hands_in_for) == (frozenset(),) * 4


def test_a_decision_that_takes_back_nothing_leaves_a_table_without_a_number_approved() -> None:
    from pipeline.adapters import documents  # noqa: PLC0415 - only here

    text = b"approvals:\n  - {table: {}}\n  - {withdraws: null}\n"

    assert is_approved(documents.read("data/2024/approval.yml", text).root)
