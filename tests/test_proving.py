"""Seals close a stage with a real key, and `verify` proves from the repository alone what still holds."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import Outcome, Repository, RunCommand
from tiny import EXAMPLES

pytestmark = pytest.mark.needs("ssh-keygen")
SCHEMAS = Path(__file__).resolve().parent.parent / "schemas"
SELF, FIRST, COUNTS = (
    f"data/2024/{name}.yml"
    for name in ("self-assessment/co-quan-a", "appraisal-1/co-quan-a", "survey/lanh-dao-so/co-quan-a")
)
STAGES = ("self-assessment", "appraisal-1", "explanation", "appraisal-2", "survey", "council-decision")
ACCESS = """
format: 1
roles:
  thu-ky: {{writes: [seals, amendments, approval, rules, access], agencies: all, criteria: all}}
  chuyen-vien: {{writes: [self-assessment], agencies: all, criteria: all}}
people:
  thu-ky-hoi-dong:
    role: thu-ky
    body: so-noi-vu
    email: thu-ky@snv.example
    keys:
      - {{key: {key}, from: 2024-11-01}}
  chuyen-vien-tong-hop:
    role: chuyen-vien
    body: so-noi-vu
    email: chuyen-vien@snv.example
    keys:
      - {{key: {other}, from: 2024-11-01, until: 2025-01-31}}
policy:
  signed: [seals]
  second_person: []
"""


@pytest.fixture
def keys(tmp_path: Path) -> dict[str, Path]:
    made = {name: tmp_path / name for name in ("secretary", "officer", "stranger")}
    for path in made.values():
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "", "-f", str(path)], check=True)
    return made


@pytest.fixture
def tiny(repository: Repository, keys: dict[str, Path]) -> Repository:
    """The tiny world, committed, then who may seal it."""
    repository.copy(EXAMPLES / "tiny" / "data", "data")
    repository.copy(SCHEMAS, "schemas")
    repository.commit("Data of the tiny world")
    public = {name: " ".join(path.with_name(f"{name}.pub").read_text().split()[:2]) for name, path in keys.items()}
    repository.write("data/access.yml", ACCESS.format(key=public["secretary"], other=public["officer"]).lstrip())
    repository.commit("Who may do what")
    return repository


@pytest.fixture
def seal(run_command: RunCommand, tiny: Repository, keys: dict[str, Path]) -> Callable[..., Outcome]:
    def run(stage: str = "self-assessment", key: str = "secretary", today: str = "2024-12-10") -> Outcome:
        command = ("seal", "--year", "2024", "--stage", stage, "--key", str(keys[key]), "--today", today)
        return run_command(*command, cwd=tiny.root)

    return run


@pytest.fixture
def proofs(run_command: RunCommand, tiny: Repository) -> Callable[[], dict[str, set[str]]]:
    """Return the codes that `verify` gives, by state."""

    def run() -> dict[str, set[str]]:
        told = json.loads(run_command("verify", "--format", "json", cwd=tiny.root).stdout)
        found: dict[str, set[str]] = {"proved": set(), "noted": set(), "unproved": set(), "broken": set()}
        for proof in told["proofs"]:
            found[proof["state"]].add(proof["code"])
        assert told["broken"] is bool(found["broken"])
        return found

    return run


def test_sealing_writes_a_signed_manifest_commits_it_and_tags_the_commit(
    seal: Callable[..., Outcome], tiny: Repository
) -> None:
    done = seal()
    text = (tiny.root / "data/2024/seals/self-assessment.yml").read_text()

    assert done.code == 0, done.stderr
    assert "by: thu-ky-hoi-dong" in text
    assert text.count("data/2024/self-assessment/") == 3
    assert all(f"data/2024/{name}.yml" in text for name in ("cycle", "agencies", "criteria"))
    assert "after:" not in text
    assert tiny.git("status", "--porcelain") == ""
    assert tiny.git("rev-parse", "HEAD") == tiny.git("rev-parse", "seal/2024/self-assessment^{commit}")
    assert tiny.git("show", "-s", "--format=%an <%ae>") == "thu-ky-hoi-dong <thu-ky@snv.example>"
    assert tiny.git("show", "--format=", "--name-only") == "data/2024/seals/self-assessment.yml"


def test_git_itself_proves_what_was_signed(
    seal: Callable[..., Outcome], tiny: Repository, keys: dict[str, Path], tmp_path: Path
) -> None:
    seal()
    public = keys["secretary"].with_name("secretary.pub").read_text()
    signers = tmp_path / "signers"
    signers.write_text(f"thu-ky@snv.example {public}")
    trusted = ("-c", "gpg.format=ssh", "-c", f"gpg.ssh.allowedSignersFile={signers}")

    assert tiny.git(*trusted, "verify-commit", "HEAD") == ""
    assert tiny.git(*trusted, "verify-tag", "seal/2024/self-assessment") == ""


def test_every_stage_is_sealed_in_one_chain_and_everything_is_proved(
    seal: Callable[..., Outcome], proofs: Callable[[], dict[str, set[str]]], tiny: Repository
) -> None:
    codes = [seal(stage).code for stage in STAGES]
    found = proofs()

    assert codes == [0] * len(STAGES)
    assert found["broken"] == set()
    assert found["unproved"] == {"commits-before-access"}
    assert found["proved"] == {
        "seal-holds",
        "seal-chain-holds",
        "amendment-stands",
        "commits-signed",
        "table-reproduced",
    }
    assert sum("after:" in path.read_text() for path in (tiny.root / "data/2024/seals").iterdir()) == len(STAGES) - 1


REFUSED: list[tuple[str, dict[str, str], str]] = [
    # when, how it is sealed, what is said
    ("a key that nobody has", {"key": "stranger"}, "không thuộc về người được ghi seals"),
    ("a person without the right", {"key": "officer"}, "không thuộc về người được ghi seals"),
    ("a key before its first day", {"today": "2024-10-31"}, "không thuộc về người được ghi seals"),
]


@pytest.mark.parametrize(("given", "said"), [case[1:] for case in REFUSED], ids=[case[0] for case in REFUSED])
def test_a_seal_needs_a_key_that_counts_and_the_right(
    seal: Callable[..., Outcome], tiny: Repository, given: dict[str, str], said: str
) -> None:
    done = seal(**given)

    assert done.code == 1
    assert said in done.stderr
    assert not (tiny.root / "data/2024/seals").exists()


def test_a_stage_is_sealed_once(seal: Callable[..., Outcome]) -> None:
    seal()

    assert "đã được niêm phong" in seal().stderr


def test_only_what_is_committed_is_sealed(seal: Callable[..., Outcome], tiny: Repository) -> None:
    tiny.write(SELF, (tiny.root / SELF).read_bytes() + b"# note\n")

    assert "chưa ghi vào lịch sử" in seal().stderr


def test_only_a_clean_stage_is_sealed(seal: Callable[..., Outcome], tiny: Repository) -> None:
    tiny.write(SELF, (tiny.root / SELF).read_text().replace("score: ", "score: 9", 1))
    tiny.commit("A score over its maximum")

    assert "lỗi" in seal().stderr


def test_only_a_complete_stage_is_sealed(seal: Callable[..., Outcome], tiny: Repository) -> None:
    for path in ("data/2024/approval.yml", "data/2024/amendments", SELF):
        tiny.remove(path)
    tiny.commit("One agency has not handed in")

    assert "Còn thiếu" in seal().stderr


def changed(path: str, *, gone: bool = False) -> Callable[[Repository], None]:
    def attack(repository: Repository) -> None:
        if gone:
            repository.remove(path)
        else:
            repository.write(path, (repository.root / path).read_bytes() + b"# changed\n")
        repository.commit(f"Touch {path}")

    return attack


def added(repository: Repository) -> None:
    repository.write("data/2024/self-assessment/co-quan-d.yml", "format: 1\n")
    repository.commit("One more")


def signature_of_another(repository: Repository) -> None:
    one, other = (repository.root / f"data/2024/seals/{name}.yml" for name in ("self-assessment", "appraisal-1"))
    head = one.read_text().partition("signature:")[0]
    repository.write(
        "data/2024/seals/self-assessment.yml", head + "signature:" + other.read_text().partition("signature:")[2]
    )
    repository.commit("Swap signatures")


def tag_moved(repository: Repository) -> None:
    repository.git("tag", "-f", "seal/2024/self-assessment", "HEAD~2")


def tag_without_seal(repository: Repository) -> None:
    repository.git("tag", "seal/2024/explanation", "HEAD")


def unsigned_seal(repository: Repository) -> None:
    path = "data/2024/seals/appraisal-1.yml"
    text = (repository.root / path).read_bytes()
    repository.git("reset", "-q", "--hard", "HEAD~1")
    repository.write(path, text)
    repository.commit("Bring the seal without a signature")
    repository.git("tag", "-f", "seal/2024/appraisal-1", "HEAD")


ATTACKS: list[tuple[str, Callable[[Repository], None], set[str]]] = [
    # what someone does after two seals, what is broken
    ("change a sealed file", changed(SELF), {"sealed-file-changed", "table-not-reproduced"}),
    ("delete a sealed file", changed(SELF, gone=True), {"sealed-file-gone", "table-not-reproduced", "data-problem"}),
    ("add a file to a sealed stage", added, {"sealed-file-added", "table-not-reproduced", "data-problem"}),
    ("change the rules", changed("data/2024/criteria.yml"), {"rule-changed-after-seals", "table-not-reproduced"}),
    ("change a file of an open stage", changed("data/2024/plan.yml"), set()),
    (
        "change a seal",
        changed("data/2024/seals/self-assessment.yml"),
        {"seal-rewritten", "commit-unsigned", "seal-chain-broken"},
    ),
    (
        "delete the first seal",
        changed("data/2024/seals/self-assessment.yml", gone=True),
        {"seal-chain-broken", "tag-without-seal", "commit-unsigned"},
    ),
    (
        "put another seal's signature",
        signature_of_another,
        {"seal-bad-signature", "seal-rewritten", "commit-unsigned", "seal-chain-broken"},
    ),
    ("move a tag", tag_moved, {"tag-elsewhere"}),
    ("tag a stage that is not sealed", tag_without_seal, {"tag-without-seal"}),
    ("commit a seal without signing the commit", unsigned_seal, {"commit-unsigned"}),
    (
        "rewrite an amendment",
        changed("data/2024/amendments/0001.yml"),
        {"amendment-rewritten", "table-not-reproduced"},
    ),
]


@pytest.mark.parametrize(("attack", "broken"), [case[1:] for case in ATTACKS], ids=[case[0] for case in ATTACKS])
def test_what_is_done_to_sealed_data_is_named(
    seal: Callable[..., Outcome],
    proofs: Callable[[], dict[str, set[str]]],
    tiny: Repository,
    attack: Callable[[Repository], None],
    broken: set[str],
) -> None:
    assert [seal(stage).code for stage in STAGES[:2]] == [0, 0]
    attack(tiny)

    assert broken == proofs()["broken"]


def test_every_byte_of_a_sealed_file_counts(
    seal: Callable[..., Outcome], proofs: Callable[[], dict[str, set[str]]], tiny: Repository
) -> None:
    seal()
    whole = (tiny.root / SELF).read_bytes()
    for position in range(0, len(whole), 97):
        tiny.write(SELF, whole[:position] + bytes([whole[position] ^ 1]) + whole[position + 1 :])
        tiny.commit("Flip one bit")

        assert "sealed-file-changed" in proofs()["broken"]


def test_losing_the_tags_loses_nothing(
    seal: Callable[..., Outcome], proofs: Callable[[], dict[str, set[str]]], tiny: Repository
) -> None:
    seal()
    tiny.git("tag", "-d", "seal/2024/self-assessment")
    found = proofs()

    assert found["broken"] == set()
    assert "tag-missing" in found["unproved"]
    assert "seal-holds" in found["proved"]


def test_rules_that_a_later_seal_covers_are_noted(
    seal: Callable[..., Outcome], proofs: Callable[[], dict[str, set[str]]], tiny: Repository
) -> None:
    tiny.git("checkout", "-q", "--orphan", "before-approval")
    for path in ("data/2024/approval.yml", "data/2024/amendments"):
        tiny.remove(path)
    tiny.commit("Before the approval")
    seal()
    changed("data/2024/cycle.yml")(tiny)
    seal("appraisal-1")
    found = proofs()

    assert found["broken"] == set()
    assert found["noted"] == {"rule-changed-between-seals"}


def test_a_table_that_no_longer_follows_names_agency_criterion_and_commit(
    run_command: RunCommand, tiny: Repository
) -> None:
    path = "data/2024/council-decision/co-quan-a.yml"
    text = (tiny.root / path).read_text()
    line = '\n  "2.1":\n    score: 0\n    reason: Không có căn cứ\n'
    tiny.write(path, text.replace("lines: {}", f"lines:{line}") if "lines: {}" in text else text.rstrip() + line)
    commit = tiny.commit("A council's change after the approval")
    done = run_command("verify", cwd=tiny.root)

    assert done.code == 1
    assert "co-quan-a, 2.1" in done.stdout
    assert commit[:12] in done.stdout


def test_a_shallow_clone_says_what_it_cannot_prove(
    seal: Callable[..., Outcome], run_command: RunCommand, tiny: Repository, tmp_path: Path
) -> None:
    seal()
    tiny.git("clone", "-q", "--depth", "1", f"file://{tiny.root}", str(tmp_path / "shallow"))
    done = run_command("verify", cwd=tmp_path / "shallow")

    assert "chưa chứng minh được" in done.stdout
    assert "thiếu lịch sử cũ" in done.stdout


def test_the_same_repository_is_proved_in_the_same_words(
    seal: Callable[..., Outcome], run_command: RunCommand, tiny: Repository
) -> None:
    seal()

    assert run_command("verify", cwd=tiny.root).stdout == run_command("verify", cwd=tiny.root).stdout
    assert "proved" in run_command("--lang", "en", "verify", cwd=tiny.root).stdout
