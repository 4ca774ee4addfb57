"""A state that is wrong can always be left by a lawful push: each known deadlock, and the push that ends it.

Each test makes a repository wrong while nobody kept the door, shows that what would make it worse does not come in, and
ends with a push that does; `verify` then tells what happened and nothing more.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from conftest import ROOT, Outcome, Repository, RunCommand
from guarded import email_of, findings, key_of, public_key, time_of
from registers import MACHINES, MAIN, SERVER
from sites import pages_of
from tiny import SCHEMAS, TINY_FILES

from pipeline.adapters.repository import open_repository
from pipeline.adapters.signatures import sign
from pipeline.core.record.access import KINDS
from pipeline.core.rounds import seals
from pipeline.core.rounds.judgement import Judgement
from pipeline.core.rounds.register import BRANCH
from pipeline.core.rounds.seals import NAMESPACE, signed_file
from pipeline.flows.door import judge_change
from pipeline.flows.register import Keeper, receive
from pipeline.flows.snapshot import take

pytestmark = pytest.mark.needs("ssh-keygen")

AMENDMENT, APPROVAL = "data/2024/amendments/0001.yml", "data/2024/approval.yml"
SELF, FIRST = (f"data/2024/{stage}/co-quan-a.yml" for stage in ("self-assessment", "appraisal-1"))
DAYS = {
    "self-assessment": "2024-12-10",
    "appraisal-1": "2024-12-20",
    "explanation": "2024-12-27",
    "appraisal-2": "2025-02-03",
    "survey": "2025-02-06",
    "council-decision": "2025-02-16",
}
ACCESS = """\
format: 1
roles:
  thu-ky:
    writes: [{kinds}]
    agencies: all
    criteria: all
  lanh-dao: {{reviews: [{kinds}]}}
people:
{people}policy: {{signed: [{kinds}], second_person: []}}
"""


def who_may(*people: tuple[str, str]) -> str:
    told = "".join(
        f"  {name}:\n    role: {role}\n    body: so-noi-vu\n    email: {email_of(name)}\n"
        f"    keys: [{{key: {public_key(name)}, from: 2024-11-01}}]\n"
        for name, role in people or (("thu-ky", "thu-ky"), ("lanh-dao", "lanh-dao"))
    )
    return ACCESS.format(kinds=", ".join(KINDS), people=told)


def seal_path(stage: str) -> str:
    return f"data/2024/seals/{stage}.yml"


@dataclass
class Year:
    """A year with real seals; `base` is what the next push is judged against, `clock` the day of what comes next."""

    repository: Repository
    run: RunCommand
    base: str = ""
    clock: str = "2024-12-02"

    def text(self, path: str) -> str:
        return (self.repository.root / path).read_text(encoding="utf-8")

    def edit(self, path: str, old: str, new: str) -> None:
        assert old in self.text(path)
        self.repository.write(path, self.text(path).replace(old, new, 1))

    def head(self) -> str:
        return self.repository.git("rev-parse", "HEAD")

    def seal(self, stage: str, day: str | None = None) -> Outcome:
        """Close a stage as it is done, and let that be the state before."""
        self.clock = day or DAYS[stage]
        words = ("--year", "2024", "--stage", stage, "--key", str(key_of("thu-ky")), "--today", self.clock)
        return self.run("seal", *words, cwd=self.repository.root)

    def sealed(self, *stages: str) -> None:
        assert [(done := self.seal(stage)).code for stage in stages] == [0] * len(stages), done.stderr
        self.base = self.head()

    def unguarded(self) -> None:
        """Commit what stands without a signature, while nobody keeps the door."""
        self.base = self.repository.commit("Hook off", date=f"{self.clock}T13:00:00+07:00")

    def signed(self, person: str = "thu-ky", message: str = "Signed") -> str:
        """Commit what stands as a person does."""
        self.repository.git("add", "--all", "--force")
        when = f"{self.clock}T14:00:00+07:00"
        self.repository.git(
            *("-c", "gpg.format=ssh", "-c", f"user.signingkey={key_of(person)}", "-c", f"user.name={person}"),
            *("-c", f"user.email={email_of(person)}", "commit", "-q", "-S", "--allow-empty", "-m", message),
            GIT_AUTHOR_DATE=when,
            GIT_COMMITTER_DATE=when,
        )
        return self.head()

    def judged(self) -> Judgement:
        """Judge what stands, seen by a second person."""
        self.signed("lanh-dao", f"Seen\n\nReviewed-from: {self.base}")
        opened = open_repository(self.repository.root)
        return judge_change(opened, self.base, self.head(), None, founding=self.base)

    def why_refused(self) -> set[str]:
        """Return every word for which what stands is not taken in, and go back to the state before."""
        found = self.judged()
        words = {finding.code for finding in findings(found) if finding.refused}
        self.repository.git("reset", "-q", "--hard", self.base)
        return words | {problem.code for problem in found.errors} | {proof.code for proof in found.proofs}

    def taken(self) -> None:
        """Assert that what stands is taken in, and let it be the state before."""
        found = self.judged()

        assert [finding.code for finding in findings(found) if finding.refused] == []
        assert (found.errors, found.proofs) == ((), ())
        assert not found.refused
        self.base = self.head()

    def told(self, *states: str) -> set[str]:
        """Return what `verify` says in some states."""
        told = json.loads(self.run("verify", "--format", "json", cwd=self.repository.root).stdout)
        return {proof["code"] for proof in told["proofs"] if proof["state"] in states}

    def has_errors(self) -> bool:
        return self.run("check", cwd=self.repository.root).code != 0


@pytest.fixture
def year(repository: Repository, run_command: RunCommand) -> Year:
    files = {path: data for path, data in {**SCHEMAS, **TINY_FILES}.items() if path not in (AMENDMENT, APPROVAL)}
    repository.write_all(files)
    repository.write("data/access.yml", who_may())
    made = Year(repository, run_command)
    made.base = repository.commit("The year as it stands", date="2024-12-02T08:00:00+07:00")
    return made


def approve(year: Year, number: str, date: str, *more: str) -> Outcome:
    words = ("approve", "--year", "2024", "--number", number, "--date", date, *more)
    return year.run(*words, cwd=year.repository.root)


def amend_and_approve(year: Year) -> None:
    """Seal all stages, amend one line and approve the year, and let that be taken in."""
    year.sealed(*DAYS)
    year.clock = "2025-04-11"
    year.repository.write(AMENDMENT, TINY_FILES[AMENDMENT])
    assert approve(year, "9/QĐ-UBND-MH", "2025-04-10", "--publish-from", "2025-04-20").code == 0
    year.signed()
    year.taken()


@pytest.mark.usefixtures("listed")
def test_a_sealed_file_changed_while_the_hook_was_off_is_restored(year: Year) -> None:
    year.sealed("self-assessment", "appraisal-1")
    right = year.text(SELF)
    year.edit(SELF, "score: 1.8", "score: 1.9")
    year.repository.write(SELF.replace("quan-a", "quan-d"), right)
    year.unguarded()

    year.edit(SELF, "score: 1.9", "score: 2")
    year.signed()
    assert "sealed" in year.why_refused()

    year.repository.write(SELF, right)
    year.repository.remove(SELF.replace("quan-a", "quan-d"))
    year.signed()
    year.taken()
    assert year.told("broken") == {"commit-unsigned"}
    assert year.told("noted") == {"sealed-file-brought-back"}
    assert not year.has_errors()


@pytest.mark.usefixtures("listed")
def test_a_seal_that_was_deleted_still_closes_its_stage_and_comes_back_as_it_was(year: Year) -> None:
    year.sealed("self-assessment", "appraisal-1")
    right = year.text(seal_path("appraisal-1"))
    year.repository.remove(seal_path("appraisal-1"))
    year.unguarded()

    year.edit(FIRST, "reason: ", "reason: Lại ")
    year.signed()
    assert "sealed" in year.why_refused()
    assert year.seal("appraisal-1", "2024-12-21").code == 0
    assert "seal-changed" in year.why_refused()

    year.repository.write(seal_path("appraisal-1"), right)
    year.signed()
    year.taken()
    assert year.told("broken") == {"commit-unsigned", "tag-elsewhere"}
    year.repository.git("tag", "-f", "seal/2024/appraisal-1", year.repository.git("rev-parse", "HEAD~3"))
    assert year.told("broken") == {"commit-unsigned"}
    assert year.told("noted") == {"sealed-file-brought-back"}


def test_a_seal_that_was_changed_comes_back_as_it_was(year: Year) -> None:
    year.sealed("self-assessment")
    right = year.text(seal_path("self-assessment"))
    year.repository.write(seal_path("self-assessment"), right + "# changed\n")
    year.unguarded()

    year.repository.write(seal_path("self-assessment"), right + "# changed again\n")
    year.signed()
    assert "seal-changed" in year.why_refused()

    year.repository.write(seal_path("self-assessment"), right)
    year.signed()
    year.taken()
    assert year.told("broken") == {"commit-unsigned"}


@pytest.mark.usefixtures("listed")
def test_a_seal_that_a_rebase_carried_along_is_made_again(year: Year) -> None:
    year.sealed("self-assessment")
    old = year.head()
    year.clock = "2024-12-12"
    who = ("-c", "user.name=x", "-c", "user.email=x@x.example")
    year.repository.git(*who, "commit", "-q", "--amend", "--no-edit", GIT_COMMITTER_DATE="2024-12-12T09:00:00+07:00")
    year.base = year.head()
    assert year.told("broken") == {"seal-dated-otherwise", "commit-unsigned", "tag-elsewhere"}

    year.edit(SELF, "score: 1.8", "score: 1.9")
    year.signed()
    assert "sealed" in year.why_refused()

    assert year.seal("self-assessment", "2024-12-13").code == 0
    year.taken()
    made = year.repository.git("rev-parse", "seal/2024/self-assessment^{commit}")
    assert made == year.repository.git("rev-parse", "HEAD~1") != old
    assert year.told("broken") == {"commit-unsigned"}
    assert year.told("noted") == {"seal-replaced"}
    year.sealed("appraisal-1")
    assert "already" not in year.seal("self-assessment").stdout
    assert year.seal("self-assessment").code == 1


def test_an_old_seal_under_another_name_is_taken_away_and_its_stage_goes_on(year: Year) -> None:
    late = "data/2024/appraisal-1/co-quan-c.yml"
    text = year.text(late)
    year.repository.remove(late)
    year.repository.commit("One is still to come", date="2024-12-02T09:00:00+07:00")
    year.sealed("self-assessment")
    year.repository.write(seal_path("appraisal-1"), year.text(seal_path("self-assessment")))
    year.unguarded()

    year.repository.write(late, text)
    year.clock = "2024-12-16"
    year.signed()
    assert "sealed" in year.why_refused()

    year.repository.remove(seal_path("appraisal-1"))
    year.signed()
    year.taken()
    year.repository.write(late, text)
    year.signed()
    year.taken()
    year.sealed("appraisal-1")
    assert year.told("broken") == {"commit-unsigned"}
    assert "seal-replaced" in year.told("noted")


def test_a_seal_that_leaves_a_file_out_is_made_again_before_anything_rests_on_it_and_not_after(year: Year) -> None:
    year.sealed("self-assessment")
    text = year.text(seal_path("self-assessment")).partition("signature:")[0]
    kept = "".join(line for line in text.splitlines(keepends=True) if "self-assessment/co-quan-a" not in line).encode()
    year.repository.git("reset", "-q", "--hard", "HEAD~1")
    year.repository.write(seal_path("self-assessment"), signed_file(kept, sign(kept, NAMESPACE, key_of("thu-ky"))))
    year.base = year.signed()
    year.repository.git("tag", "-f", "seal/2024/self-assessment")
    assert year.told("broken") == {"seal-leaves-out"}

    year.repository.git("branch", "followed")
    assert year.seal("self-assessment").code == 0
    year.taken()
    assert year.told("broken") == set()
    assert year.told("noted") == {"seal-replaced"}

    year.repository.git("reset", "-q", "--hard", "followed")
    year.sealed("appraisal-1")
    assert year.seal("self-assessment").code == 1
    year.repository.remove(seal_path("self-assessment"))
    year.signed()
    assert "seal-changed" in year.why_refused()


@pytest.mark.usefixtures("listed")
def test_a_seal_made_too_early_is_taken_away_before_anything_rests_on_it(year: Year) -> None:
    assert year.seal("self-assessment", "2024-12-05").code == 0
    year.base = year.head()
    year.edit(SELF, "score: 1.8", "score: 1.9")
    year.signed()
    assert "sealed" in year.why_refused()

    year.repository.remove(seal_path("self-assessment"))
    year.signed()
    year.taken()
    assert year.told("noted") == {"seal-taken-away"}
    assert year.told("broken") == {"tag-without-seal"}
    year.sealed("self-assessment")
    assert year.told("broken") == set()
    assert year.told("noted") == {"seal-replaced"}


def test_a_seal_by_the_digest_of_other_files_is_not_taken_in_and_is_made_again_where_it_was(
    year: Year, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "MOST_LISTED", 0)
    before = year.base
    year.sealed("self-assessment")
    text = year.text(seal_path("self-assessment")).partition("signature:")[0]
    other = re.sub("digest: .*", f"digest: {'0' * 64}", text).encode()
    year.repository.git("reset", "-q", "--hard", before)
    year.repository.write(seal_path("self-assessment"), signed_file(other, sign(other, NAMESPACE, key_of("thu-ky"))))
    made = year.signed()
    year.base = before
    assert year.why_refused() == {"seal-digest-otherwise"}

    year.repository.git("reset", "-q", "--hard", made)
    year.base = made
    year.edit(SELF, "score: 1.8", "score: 1.9")
    year.signed()
    assert "sealed" in year.why_refused()
    assert year.seal("self-assessment").code == 0
    year.taken()
    assert year.told("broken") == set()
    assert year.told("noted") == {"seal-replaced"}


def test_a_seal_made_too_early_stays_once_an_amendment_replaced_a_file_of_its_stage(year: Year) -> None:
    assert year.seal("self-assessment", "2024-12-05").code == 0
    content = "".join(f"  {line}\n" for line in year.text(SELF).splitlines())
    digest = hashlib.sha256(year.text(SELF).encode()).hexdigest()
    decision = "reason: Ghi sai ngày\ndecision: {number: 7/QĐ-MH, date: 2024-12-06}\n"
    year.repository.write(AMENDMENT, f"format: 1\npath: {SELF}\nexpect: {digest}\nfile:\n{content}{decision}")
    year.unguarded()

    year.repository.remove(seal_path("self-assessment"))
    year.signed()
    assert "seal-changed" in year.why_refused()


def test_a_seal_that_reached_the_server_on_another_day_than_its_own_is_told(year: Year) -> None:
    year.repository.write("data/access.yml", who_may() + MACHINES)
    year.repository.git("config", "parindex.founding", year.signed())
    keeper, opened = Keeper(MAIN, BRANCH, key_of(SERVER)), open_repository(year.repository.root)
    year.sealed("self-assessment")
    receive(opened, keeper, time_of(f"{DAYS['self-assessment']}T17:00:00+07:00"))
    assert "seal-entered-later" not in year.told("noted")

    year.sealed("appraisal-1")
    receive(opened, keeper, time_of("2025-03-01T08:00:00+07:00"))
    told = json.loads(year.run("verify", "--format", "json", cwd=year.repository.root).stdout)["proofs"]
    (late,) = (proof for proof in told if proof["code"] == "seal-entered-later")
    assert (late["state"], late["subject"]) == ("noted", "2024/appraisal-1")
    assert "01/03/2025" in late["message"]


def test_an_amendment_and_an_approval_that_were_deleted_come_back_as_they_were(year: Year) -> None:
    amend_and_approve(year)
    assert year.told("broken", "noted") == set()
    approval, rules = year.text(APPROVAL), year.text("data/2024/agencies.yml")
    year.repository.remove(AMENDMENT)
    year.repository.remove(APPROVAL)
    year.repository.write("data/2024/agencies.yml", rules + "# changed\n")
    year.unguarded()
    assert {"amendment-lost", "approval-lost"} <= year.told("broken")

    year.repository.write("data/2024/agencies.yml", rules + "# changed again\n")
    year.signed()
    assert "approved" in year.why_refused()
    year.repository.write(APPROVAL, approval.replace("9/QĐ", "8/QĐ"))
    year.signed()
    assert "approval-rewritten" in year.why_refused()
    year.repository.write(AMENDMENT, TINY_FILES[AMENDMENT] + b"# changed\n")
    year.signed()
    assert "amendment-changed" in year.why_refused()

    year.repository.write(AMENDMENT, TINY_FILES[AMENDMENT])
    year.repository.write(APPROVAL, approval)
    year.signed()
    year.repository.write("data/2024/agencies.yml", rules)
    year.signed()
    year.taken()
    assert year.told("broken") == {"commit-unsigned"}
    assert year.told("noted") == {"amendment-brought-back", "approval-brought-back"}
    assert not year.has_errors()


def test_an_amendment_and_an_approval_that_were_changed_come_back_as_they_were(year: Year) -> None:
    amend_and_approve(year)
    approval = year.text(APPROVAL)
    year.edit(AMENDMENT, "Khiếu nại", "Đề nghị")
    year.edit(APPROVAL, "2025-04-20", "2025-04-12")
    year.unguarded()
    assert {"amendment-rewritten", "approval-rewritten"} <= year.told("broken")

    year.repository.write(AMENDMENT, TINY_FILES[AMENDMENT])
    year.repository.write(APPROVAL, approval)
    year.signed()
    year.taken()
    assert year.told("broken") == {"commit-unsigned"}


def withdrawal(number: str) -> str:
    return f'format: 1\nwithdraws: "{number}"\nreason: Ghi sai\ndecision: {{number: 61/QĐ-HĐ-MH, date: 2025-04-03}}\n'


NEVER_IN_EFFECT = {
    "another score is expected": ("expect: 1", "expect: 0.5"),
    "a stage that the year does not have": ("stage: council-decision", "stage: khong-co"),
    "a criterion that the year does not have": ('criterion: "2.1"', 'criterion: "9.9"'),
    "a score over the maximum": ("score: 2", "score: 99"),
    "a field that amendments do not have": ("line:", "lines:"),
    "a file that cannot be read": ("format: 1", "format: [1"),
}


@pytest.mark.parametrize(("right", "wrong"), NEVER_IN_EFFECT.values(), ids=NEVER_IN_EFFECT)
def test_an_amendment_that_never_took_effect_is_withdrawn_by_the_next(year: Year, right: str, wrong: str) -> None:
    year.sealed(*DAYS)
    year.clock = "2025-04-11"
    before = year.run("score", "--year", "2024", cwd=year.repository.root).stdout
    year.repository.write(AMENDMENT, TINY_FILES[AMENDMENT].decode().replace(right, wrong, 1))
    year.unguarded()
    assert year.has_errors()

    year.repository.write(AMENDMENT, TINY_FILES[AMENDMENT])
    year.signed()
    assert "amendment-changed" in year.why_refused()
    year.repository.write(AMENDMENT.replace("1.yml", "3.yml"), withdrawal("0002"))
    year.signed()
    assert "withdrawal-unknown" in year.why_refused()

    year.repository.write(AMENDMENT.replace("1.yml", "2.yml"), withdrawal("0001"))
    year.signed()
    year.taken()
    assert not year.has_errors()
    assert year.run("score", "--year", "2024", cwd=year.repository.root).stdout == before
    year.repository.write(AMENDMENT.replace("1.yml", "3.yml"), TINY_FILES[AMENDMENT])
    year.signed()
    year.taken()
    assert year.told("broken") == {"commit-unsigned"}

    year.repository.write(AMENDMENT.replace("1.yml", "4.yml"), withdrawal("0003"))
    year.signed()
    assert "withdrawal-of-effective" in year.why_refused()


def test_a_withdrawal_that_is_wrong_itself_is_withdrawn(year: Year) -> None:
    year.sealed(*DAYS)
    year.clock = "2025-04-11"
    year.repository.write(AMENDMENT, TINY_FILES[AMENDMENT])
    year.signed()
    year.taken()
    year.repository.write(AMENDMENT.replace("1.yml", "2.yml"), withdrawal("0001"))
    year.unguarded()
    assert year.has_errors()

    year.repository.write(AMENDMENT.replace("1.yml", "3.yml"), withdrawal("0002"))
    year.signed()
    year.taken()
    assert not year.has_errors()
    assert "60/QĐ-HĐ-MH" in year.run("explain", "co-quan-b", "2.1", cwd=year.repository.root).stdout


def test_withdrawing_an_amendment_leaves_an_approval_as_it_was_given_and_hides_no_personal_data(year: Year) -> None:
    year.sealed(*DAYS)
    year.clock = "2025-04-11"
    words = ("--number", "9/QĐ-UBND-MH", "--date", "2025-04-10", "--publish-from", "2025-04-20")
    assert year.run("approve", "--year", "2024", *words, cwd=year.repository.root).code == 0
    year.signed()
    year.taken()
    wrong = TINY_FILES[AMENDMENT].decode().replace("expect: 1", "expect: 0.5")
    year.repository.write(AMENDMENT, wrong.replace("Bảy hồ sơ", "Gọi 0912345678:"))
    year.unguarded()
    year.repository.write(AMENDMENT.replace("1.yml", "2.yml"), withdrawal("0001"))
    year.signed()
    year.taken()

    told = json.loads(year.run("check", "--format", "json", cwd=year.repository.root).stdout)
    assert {problem["code"] for problem in told["problems"] if problem["severity"] == "error"} == {"personal-data"}
    assert "table-reproduced" in year.told("proved")


def test_what_shows_amendments_says_that_one_was_withdrawn(year: Year, tmp_path: Path) -> None:
    year.sealed(*DAYS)
    year.clock = "2025-04-11"
    year.repository.write(AMENDMENT, TINY_FILES[AMENDMENT].decode().replace('"2.1"', '"9.9"'))
    year.unguarded()
    year.repository.write(AMENDMENT.replace("1.yml", "2.yml"), withdrawal("0001"))
    year.signed()
    told = year.run("diff", year.base, "HEAD", cwd=year.repository.root).stdout
    words = ("--number", "9/QĐ-UBND-MH", "--date", "2025-04-10", "--publish-from", "2025-04-11")
    assert year.run("approve", "--year", "2024", *words, cwd=year.repository.root).code == 0
    year.signed()
    words = ("--year", "2024", "--today", "2025-04-12", "-o", str(tmp_path / "export"))
    assert year.run("export", *words, cwd=year.repository.root).code == 0
    for part in ("site_templates", "mkdocs.yml"):
        year.repository.copy(ROOT / part, part)
    site = pages_of(year.repository.root, world=lambda world: world, today="2025-04-12")

    assert "Thêm đính chính 0002: rút đính chính 0001, lý do: Ghi sai" in told
    rows = (tmp_path / "export" / "csv" / "withdrawals.csv").read_text("utf-8-sig").splitlines()
    assert len(rows) == 2
    assert "0002,0001,Ghi sai" in rows[1]
    page = next(data for path, data in site.pages.items() if "lich-su" in path).decode()
    assert "Đính chính 0002 rút đính chính 0001 chưa từng có hiệu lực" in page


@pytest.mark.parametrize("wrong", [None, "roles: [\n", "format: 1\n\tx: 1\n"])
def test_an_access_that_is_gone_or_cannot_be_read_comes_back_by_who_kept_the_last_readable_one(
    year: Year, wrong: str | None
) -> None:
    year.sealed("self-assessment")
    if wrong is None:
        year.repository.remove("data/access.yml")
    else:
        year.repository.write("data/access.yml", wrong)
    year.unguarded()

    year.edit(FIRST, "reason: ", "reason: Lại ")
    year.signed()
    assert "access-broken" in year.why_refused()
    year.repository.write("data/access.yml", who_may(("ke-la", "thu-ky")))
    year.signed("ke-la")
    assert {"unknown-key", "key-deleted"} & year.why_refused()
    year.repository.write("data/access.yml", who_may(("thu-ky", "thu-ky"), ("ke-la", "lanh-dao")))
    year.signed()
    assert "key-deleted" in year.why_refused()
    year.repository.write("data/access.yml", who_may())
    year.signed("lanh-dao")
    assert "no-right" in year.why_refused()

    year.repository.write("data/access.yml", who_may())
    year.signed()
    year.taken()
    assert year.told("broken") == {"commit-unsigned"}
    year.sealed("appraisal-1")
    assert not year.has_errors()


def test_an_approval_that_the_data_does_not_give_is_withdrawn_by_the_next(year: Year) -> None:
    year.sealed(*DAYS)
    year.clock = "2025-02-20"
    assert approve(year, "9/QĐ-UBND-MH", "2025-02-20", "--publish-from", "2025-02-27").code == 0
    year.edit(APPROVAL, "rank: 1", "rank: 2")
    year.unguarded()
    assert year.has_errors()
    assert "approval-mismatch" in year.told("broken")

    year.edit(APPROVAL, "rank: 2", "rank: 1")
    year.signed()
    assert "approval-rewritten" in year.why_refused()

    done = approve(year, "10/QĐ-UBND-MH", "2025-02-21", "--reason", "Sai hạng", "--withdraws", "9/QĐ-UBND-MH")
    assert done.code == 0, done.stderr
    year.clock = "2025-02-21"
    year.signed()
    year.taken()
    assert not year.has_errors()
    assert year.told("broken") == {"commit-unsigned"}
    assert year.told("noted") == {"approval-withdrawn"}
    assert "table-reproduced" in year.told("proved")


def test_an_approval_before_its_time_is_taken_back_until_its_day_and_the_year_goes_on(year: Year) -> None:
    late = "data/2024/council-decision/co-quan-c.yml"
    text = year.text(late)
    year.sealed(*tuple(DAYS)[:-1])
    year.clock = "2025-02-10"
    assert approve(year, "9/QĐ-UBND-MH", "2025-02-10", "--publish-from", "2025-02-12").code == 1
    table = TINY_FILES[APPROVAL].decode().partition("  - decision: {number: 1300")[0].replace("02-20", "02-10")
    year.repository.write(APPROVAL, table.replace("2025-02-27", "2025-02-12"))
    year.unguarded()

    year.repository.write(late, text + "# changed\n")
    year.signed()
    assert "approved" in year.why_refused()
    back = "  - decision: {number: 10/QĐ-MH, date: 2025-02-11}\n    reason: Quá sớm\n    withdraws: 900/QĐ-UBND-MH\n"
    year.repository.write(APPROVAL, year.text(APPROVAL) + back)
    year.clock = "2025-02-12"
    year.signed()
    assert "already-published" in year.why_refused()

    year.repository.write(APPROVAL, year.text(APPROVAL) + back)
    year.clock = "2025-02-11"
    year.signed()
    year.taken()
    assert not year.has_errors()
    year.repository.write(late, text + "# changed\n")
    year.signed()
    year.taken()
    year.sealed("council-decision")
    words = ("--reason", "Phê duyệt lại", "--publish-from", "2025-02-28")
    assert approve(year, "11/QĐ-UBND-MH", "2025-02-20", *words[:2]).code == 2
    assert approve(year, "11/QĐ-UBND-MH", "2025-02-20", *words).code == 0
    year.clock = "2025-02-20"
    year.signed()
    year.taken()
    assert year.told("broken") == {"commit-unsigned"}
    assert year.told("noted") == {"approval-withdrawn"}


def test_the_day_of_publication_is_moved_until_it_has_come(year: Year) -> None:
    year.sealed(*DAYS)
    year.clock = "2025-02-20"
    assert approve(year, "9/QĐ-UBND-MH", "2025-02-20", "--publish-from", "2025-02-27").code == 0
    year.signed()
    year.taken()
    words = ("--reason", "Chưa in xong", "--publish-from", "2025-03-10")
    year.clock = "2025-02-27"
    assert approve(year, "10/QĐ-UBND-MH", "2025-02-26", *words).code == 0
    year.signed()
    assert "already-published" in year.why_refused()
    assert approve(year, "10/QĐ-UBND-MH", "2025-02-27", *words).code == 1

    year.clock = "2025-02-26"
    assert approve(year, "10/QĐ-UBND-MH", "2025-02-26", *words).code == 0
    year.signed()
    year.taken()
    assert take(open_repository(year.repository.root), None).world.years["2024"].public_from == "2025-03-10"
    assert year.told("broken", "noted") == set()
    done = year.run("export", "--year", "2024", "--today", "2025-03-09", "-o", "build/x", cwd=year.repository.root)
    assert done.code != 0


def test_a_file_of_an_approved_year_without_seals_comes_back_as_it_was_approved(year: Year) -> None:
    year.repository.write_all({path: TINY_FILES[path] for path in (AMENDMENT, APPROVAL)})
    year.unguarded()
    year.clock = "2025-05-05"
    rules, text = year.text("data/2024/criteria.yml"), year.text(FIRST)
    year.repository.write(FIRST, text + "# changed\n")
    year.repository.write("data/2024/criteria.yml", rules + "# changed\n")
    year.unguarded()

    year.repository.write(FIRST, text)
    year.signed()
    assert "approved" in year.why_refused()
    before, inputs, after = year.text(APPROVAL).rpartition("    inputs: ")
    year.repository.write(APPROVAL, f"{before}{inputs}{'0' * 64}{after[64:]}")
    year.repository.write(FIRST, text + "# changed again\n")
    year.signed()
    assert {"approved", "approval-rewritten"} <= year.why_refused()

    year.repository.write(FIRST, text)
    year.unguarded()
    year.repository.write("data/2024/criteria.yml", rules)
    year.signed()
    year.taken()
    assert not year.has_errors()
