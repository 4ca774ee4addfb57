"""Seals close a stage with a real key, and `verify` proves from the repository alone what still holds."""

from __future__ import annotations

import atexit
import json
import re
import subprocess
from collections.abc import Callable
from datetime import datetime
from functools import cache
from pathlib import Path
from shutil import copytree, rmtree
from tempfile import mkdtemp

import pytest
from cities import THREE_ROUNDS
from conftest import Outcome, Repository, RunCommand
from guarded import key_of, public_key
from tiny import EXAMPLES, TINY_FILES, files_under, snapshot_of
from tiny import SEALS as WITHOUT_SIGNATURE

from pipeline import VERSION
from pipeline.adapters import signatures
from pipeline.core.record.access import Access, Holder
from pipeline.core.rounds import seals
from pipeline.core.rounds.commits import Signature
from pipeline.core.rounds.seals import MOST_LISTED, NAMESPACE, signed_file
from pipeline.flows import prove
from pipeline.flows.wording import load_labels

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
      - {{key: {secretary}, from: 2024-11-01}}
  chuyen-vien-tong-hop:
    role: chuyen-vien
    body: so-noi-vu
    email: chuyen-vien@snv.example
    keys:
      - {{key: {officer}, from: 2024-11-01, until: 2025-01-31}}
  khong-quyen:
    role: chuyen-vien
    body: so-noi-vu
    email: khong-quyen@snv.example
    keys:
      - {{key: {other}, from: 2024-11-01}}
policy:
  signed: [seals]
  second_person: []
"""


def who_may() -> str:
    """Return access.yml with the real keys of all who are in it."""
    return ACCESS.format(**{name: public_key(name) for name in ("secretary", "officer", "other")}).lstrip()


@cache
def _made_once(_what: str | tuple[str, ...]) -> Path:
    """Return a folder in which something is made for several tests, each of which copies it."""
    folder = Path(mkdtemp(prefix="parindex-sealed-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    return folder


@pytest.fixture
def tiny(repository: Repository) -> Repository:
    """The tiny world, committed, then who may seal it."""
    return _with_tiny(repository)


def _with_tiny(repository: Repository) -> Repository:
    repository.copy(EXAMPLES / "tiny" / "data", "data")
    repository.copy(SCHEMAS, "schemas")
    repository.commit("Data of the tiny world")
    repository.write("data/access.yml", who_may())
    repository.commit("Who may do what")
    return repository


@pytest.fixture
def seal(run_command: RunCommand, tiny: Repository) -> Callable[..., Outcome]:
    def run(stage: str = "self-assessment", key: str = "secretary", today: str = "2024-12-10") -> Outcome:
        return run_command(*_sealing(stage, key, today), cwd=tiny.root)

    return run


def _sealing(stage: str, key: str = "secretary", today: str = "2024-12-10") -> tuple[str, ...]:
    return ("seal", "--year", "2024", "--stage", stage, "--key", str(key_of(key)), "--today", today)


@pytest.fixture
def proofs(run_command: RunCommand, tiny: Repository) -> Callable[[], dict[str, set[str]]]:
    """Return the codes that `verify` gives, by state."""
    return lambda: _proofs_in(run_command, tiny)


def _proofs_in(run_command: RunCommand, repository: Repository) -> dict[str, set[str]]:
    told = json.loads(run_command("verify", "--format", "json", cwd=repository.root).stdout)
    found: dict[str, set[str]] = {"proved": set(), "noted": set(), "unproved": set(), "broken": set()}
    for proof in told["proofs"]:
        found[proof["state"]].add(proof["code"])
    assert told["broken"] is bool(found["broken"])
    return found


def test_sealing_writes_a_signed_manifest_commits_it_and_tags_the_commit(
    seal: Callable[..., Outcome], tiny: Repository
) -> None:
    done = seal()
    text = (tiny.root / "data/2024/seals/self-assessment.yml").read_text()

    assert done.code == 0, done.stderr
    assert "stage: self-assessment\ndate: 2024-12-10\nby: thu-ky-hoi-dong\n" in text
    assert tiny.git("show", "-s", "--format=%cs") == "2024-12-10"
    assert text.count("data/2024/self-assessment/") == 3
    assert all(f"data/2024/{name}.yml" in text for name in ("cycle", "agencies", "criteria"))
    assert "after:" not in text
    assert tiny.git("status", "--porcelain") == ""
    assert tiny.git("rev-parse", "HEAD") == tiny.git("rev-parse", "seal/2024/self-assessment^{commit}")
    assert tiny.git("show", "-s", "--format=%an <%ae>") == "thu-ky-hoi-dong <thu-ky@snv.example>"
    assert tiny.git("show", "--format=", "--name-only") == "data/2024/seals/self-assessment.yml"


def test_git_itself_proves_what_was_signed(seal: Callable[..., Outcome], tiny: Repository, tmp_path: Path) -> None:
    seal()
    signers = tmp_path / "signers"
    signers.write_text(f"thu-ky@snv.example {public_key('secretary')}\n")
    trusted = ("-c", "gpg.format=ssh", "-c", f"gpg.ssh.allowedSignersFile={signers}")

    assert tiny.git(*trusted, "verify-commit", "HEAD") == ""
    assert tiny.git(*trusted, "verify-tag", "seal/2024/self-assessment") == ""


def test_every_stage_is_sealed_in_one_chain_and_everything_is_proved(
    seal: Callable[..., Outcome], proofs: Callable[[], dict[str, set[str]]], tiny: Repository, *, listed: bool
) -> None:
    codes = [seal(stage).code for stage in STAGES]
    found = proofs()
    texts = [path.read_text() for path in (tiny.root / "data/2024/seals").iterdir()]

    assert codes == [0] * len(STAGES)
    assert found["broken"] == set()
    assert found["unproved"] == {"commits-before-access", "approval-inputs-before-history", "register-missing"}
    assert found["proved"] == {
        "seal-holds",
        "seal-chain-holds",
        "amendment-stands",
        "commits-signed",
        "table-reproduced",
    }
    assert sum("after:" in text for text in texts) == len(STAGES) - 1
    assert all(("\nfiles:\n" in text, "\ndigest: " in text) == (listed, not listed) for text in texts)


def test_proofs_name_a_stage_of_the_years_own_by_its_title(repository: Repository, run_command: RunCommand) -> None:
    repository.write_all({**files_under(SCHEMAS.parent, "schemas"), **THREE_ROUNDS})
    repository.write("data/access.yml", who_may())
    repository.commit("Mở kỳ")
    for stage in ("tu-danh-gia", "vong-1"):
        sealing = _sealing(stage, today="2024-12-20")
        assert run_command("--repo", str(repository.root), *sealing).code == 0

    told = run_command("--repo", str(repository.root), "verify").stdout

    assert "Các niêm phong nối thành một chuỗi: Tự đánh giá → Vòng 1." in told


REFUSED: list[tuple[str, dict[str, str], str]] = [
    # when, how it is sealed, what is said
    ("a key that nobody has", {"key": "stranger"}, "không thuộc về người được ghi seals"),
    ("a person without the right", {"key": "officer"}, "không thuộc về người được ghi seals"),
    ("a key before its first day", {"today": "2024-10-31"}, "không thuộc về người được ghi seals"),
    ("a day before the data stood so", {"today": "2024-11-25"}, "sớm hơn ngày của dữ liệu"),
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

    told = seal().stderr

    assert "Bước chưa đủ" in told
    assert "Tự chấm (2024): chưa có tệp của 1 cơ quan: " in told


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
    ("change a sealed file", changed(SELF), {"sealed-file-changed", "approval-inputs-changed"}),
    ("delete a sealed file", changed(SELF, gone=True), {"sealed-file-gone", "approval-inputs-changed", "data-problem"}),
    ("add a file to a sealed stage", added, {"sealed-file-added", "approval-inputs-changed", "data-problem"}),
    ("change the rules", changed("data/2024/criteria.yml"), {"rule-changed-after-seals", "approval-inputs-changed"}),
    ("change a file of an open stage", changed("data/2024/plan.yml"), set()),
    (
        "change a seal",
        changed("data/2024/seals/self-assessment.yml"),
        {"seal-rewritten", "commit-unsigned", "seal-chain-broken"},
    ),
    (
        "delete the first seal",
        changed("data/2024/seals/self-assessment.yml", gone=True),
        {"seal-rewritten", "seal-chain-broken", "tag-without-seal", "commit-unsigned"},
    ),
    (
        "put another seal's signature",
        signature_of_another,
        {"seal-bad-signature", "seal-rewritten", "commit-unsigned", "seal-chain-broken"},
    ),
    ("move a tag", tag_moved, {"tag-elsewhere"}),
    ("tag a stage that is not sealed", tag_without_seal, {"tag-without-seal"}),
    ("commit a seal without signing the commit", unsigned_seal, {"commit-unsigned", "seal-dated-otherwise"}),
    (
        "rewrite an amendment",
        changed("data/2024/amendments/0001.yml"),
        {"amendment-rewritten", "approval-inputs-changed"},
    ),
]


@pytest.fixture
def sealed(run_command: RunCommand, clean_environment: None, tmp_path: Path, *, listed: bool) -> Repository:
    """The tiny world with two stages sealed; made once with seals of each kind, copied for each test."""
    made = Repository(_made_once("listed" if listed else "by one digest") / "repository")
    if not made.root.exists():
        made.root.mkdir()
        made.git("init", "--quiet", "--initial-branch", "main")
        _with_tiny(made)
        assert [run_command(*_sealing(stage), cwd=made.root).code for stage in STAGES[:2]] == [0, 0]
    copytree(made.root, tmp_path / "sealed")
    return Repository(tmp_path / "sealed", datetime.fromisoformat("2024-11-26T10:00:00+07:00"))


@pytest.mark.parametrize(("attack", "broken"), [case[1:] for case in ATTACKS], ids=[case[0] for case in ATTACKS])
def test_what_is_done_to_sealed_data_is_named(
    run_command: RunCommand, sealed: Repository, attack: Callable[[Repository], None], broken: set[str]
) -> None:
    attack(sealed)

    assert broken == _proofs_in(run_command, sealed)["broken"]


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


def test_anybody_computes_the_digest_of_a_seal_as_the_reference_says(
    seal: Callable[..., Outcome], tiny: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(seals, "MOST_LISTED", 0)
    seal()
    told = (SCHEMAS.parent / "docs/reference/data.md").read_text("utf-8")
    (command,) = re.findall(r"^find data/2025[^`]*sha256sum$", told, re.MULTILINE)
    words = ["bash", "-c", command.replace("2025", "2024")]
    found = subprocess.run(words, cwd=tiny.root, check=True, capture_output=True, text=True).stdout.split()[0]

    assert f"\ndigest: {found}\n" in (tiny.root / seal_path("self-assessment")).read_text()


@pytest.mark.usefixtures("listed")
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


@pytest.mark.parametrize("left_out", ["--depth=1", "--filter=blob:none"])
def test_a_clone_that_lacks_history_proves_nothing_and_says_so(
    seal: Callable[..., Outcome], run_command: RunCommand, tiny: Repository, tmp_path: Path, left_out: str
) -> None:
    seal()
    tiny.write(SELF, (tiny.root / SELF).read_bytes() + b"# changed\n")
    tiny.commit("So that an old file is one that the clone lacks")
    tiny.git("config", "uploadpack.allowFilter", "true")
    tiny.git("clone", "-q", left_out, f"file://{tiny.root}", str(tmp_path / "clone"))
    done = run_command("verify", cwd=tmp_path / "clone")
    told = json.loads(run_command("verify", "--format", "json", cwd=tmp_path / "clone").stdout)
    clone = Repository(tmp_path / "clone")
    clone.git("fetch", "-q", *(["--unshallow"] if "depth" in left_out else ["--refetch", "--no-filter"]))
    whole = json.loads(run_command("verify", "--format", "json", cwd=clone.root).stdout)

    assert done.code == 1
    assert "không chứng minh được gì" in done.stdout
    assert [proof["code"] for proof in told["proofs"]] == ["history-left-out"]
    assert "sealed-file-changed" in {proof["code"] for proof in whole["proofs"]}


@pytest.mark.parametrize(
    "words", [("verify",), ("check",), ("explain", "co-quan-a", "1.1.1", "--history"), ("guard", "HEAD", "HEAD")]
)
def test_a_repository_of_other_ids_is_refused_in_one_line(
    run_command: RunCommand, tmp_path: Path, clean_environment: None, words: tuple[str, ...]
) -> None:
    other = Repository(tmp_path / "other")
    other.root.mkdir()
    other.git("init", "--quiet", "--object-format=sha256")
    other.copy(EXAMPLES / "tiny" / "data", "data")
    other.copy(SCHEMAS, "schemas")
    other.commit("Data")
    done = run_command(*words, cwd=other.root)

    assert (done.code, done.stdout, len(done.stderr.splitlines())) == (2, "", 1)
    assert "SHA-256" in done.stderr


def test_the_same_repository_is_proved_in_the_same_words(
    seal: Callable[..., Outcome], run_command: RunCommand, tiny: Repository
) -> None:
    seal()

    assert run_command("verify", cwd=tiny.root).stdout == run_command("verify", cwd=tiny.root).stdout
    assert "proved" in run_command("--lang", "en", "verify", cwd=tiny.root).stdout


# --- a round that was closed as it should be, and what forgers make of it ---------------------------------------------

APPROVAL = "data/2024/approval.yml"
AMENDMENT = "data/2024/amendments/0001.yml"
MOMENTS = "data/2024/survey/moments/lanh-dao-so.yml"
MOMENTS_TEXT = """\
format: 1
criteria:
  "1.4":
    pairs:
      - {agencies: [co-quan-a, co-quan-a], questions: [q1, q1], "n": 18, sums: [14.5, 14.5], products: 12.375}
"""
DAYS = ("2024-12-10", "2024-12-20", "2024-12-27", "2025-02-03", "2025-02-06", "2025-02-12")


@pytest.fixture
def closed(
    request: pytest.FixtureRequest, run_command: RunCommand, clean_environment: None, tmp_path: Path
) -> Repository:
    """A year with every stage sealed, approved, corrected and approved again; made once, copied for each test.

    Its seals list their files, but for those of the stages that a test names as parameter.
    """
    by_digest = getattr(request, "param", ())
    made = Repository(_made_once(by_digest) / "repository")
    if not made.root.exists():
        made.root.mkdir()
        _close(made, run_command, by_digest)
    root = tmp_path / "closed"
    copytree(made.root, root)
    return Repository(root, datetime.fromisoformat("2025-05-05T08:00:00+07:00"))


def _close(made: Repository, run_command: RunCommand, by_digest: tuple[str, ...]) -> None:
    made.git("init", "--quiet", "--initial-branch", "main")
    made.copy(EXAMPLES / "tiny" / "data", "data")
    made.copy(SCHEMAS, "schemas")
    made.write(MOMENTS, MOMENTS_TEXT)
    correction = (made.root / AMENDMENT).read_text()
    for path in (APPROVAL, "data/2024/amendments"):
        made.remove(path)
    made.commit("Data of the tiny world")
    made.write("data/access.yml", who_may())
    made.commit("Who may do what")
    for stage, day in zip(STAGES, DAYS, strict=True):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(seals, "MOST_LISTED", 0 if stage in by_digest else MOST_LISTED)
            assert run_command(*_sealing(stage, today=day), cwd=made.root).code == 0
    first = ("approve", "--year", "2024", "--number", "9/QĐ-UBND-MH", "--date", "2025-02-20")
    assert run_command(*first, "--publish-from", "2025-02-27", cwd=made.root).code == 0
    made.commit("Approve", date="2025-02-21T09:00:00+07:00")
    made.write(AMENDMENT, correction)
    again = ("approve", "--year", "2024", "--number", "13/QĐ-UBND-MH", "--date", "2025-04-10", "--reason", "Khiếu nại")
    assert run_command(*again, cwd=made.root).code == 0
    made.commit("Correct and approve again", date="2025-04-11T09:00:00+07:00")


@pytest.fixture
def told(run_command: RunCommand, closed: Repository) -> Callable[[], set[tuple[str, str]]]:
    """Return what `verify` says of the closed year: state and code."""

    def run() -> set[tuple[str, str]]:
        done = run_command("verify", "--format", "json", cwd=closed.root)
        assert done.stderr == ""
        proofs = json.loads(done.stdout)["proofs"]
        no_contradiction(proofs)
        found = {(proof["state"], proof["code"]) for proof in proofs}
        assert done.code == int(any(state == "broken" for state, _ in found))
        return found

    return run


# What is said of a subject -> the beginnings of what is never said of the same subject beside it.
AGAINST = {
    "seal-holds": ("seal-", "sealed-"),
    "seal-chain-holds": ("seal-chain-broken",),
    "amendment-stands": ("amendment-rewritten", "amendment-lost"),
}


def no_contradiction(proofs: list[dict[str, str]]) -> None:
    """Nothing good is said of a seal, chain or amendment of which something is broken."""
    broken = {(proof["subject"], proof["code"]) for proof in proofs if proof["state"] == "broken"}
    wrong = [
        (proof["subject"], code)
        for proof in proofs
        for subject, code in broken
        if subject == proof["subject"] and code.startswith(AGAINST.get(proof["code"], ("-",)))
    ]
    assert wrong == []


SOUND = {
    ("proved", "seal-holds"),
    ("proved", "seal-chain-holds"),
    ("proved", "amendment-stands"),
    ("proved", "commits-signed"),
    ("proved", "earlier-table-reproduced"),
    ("proved", "table-reproduced"),
    ("unproved", "commits-before-access"),
    ("unproved", "register-missing"),
}


@pytest.mark.parametrize("closed", [(), STAGES], indirect=True)
def test_a_year_that_was_closed_as_it_should_be_is_proved_whole(
    told: Callable[[], set[tuple[str, str]]], run_command: RunCommand, closed: Repository
) -> None:
    assert told() == SOUND
    assert "thu-ky-hoi-dong (thu-ky)" in run_command("verify", cwd=closed.root).stdout
    assert run_command("check", cwd=closed.root).code == 0


Attack = Callable[[Repository], None]


def forged(*changes: tuple[str, str], inputs: bool = True, again: bool = False) -> Attack:
    """Append an approval whose table was changed by hand; `again` lets an honest one follow in the same commit."""

    def attack(repository: Repository) -> None:
        head, mark, last = (repository.root / APPROVAL).read_text().rpartition("  - decision:")
        wrong = last.replace("13/QĐ", "14/QĐ")
        for old, new in changes:
            assert old in wrong, wrong
            wrong = wrong.replace(old, new, 1)
        if not inputs:
            wrong = re.sub("inputs: [0-9a-f]{4}", "inputs: 0000", wrong)
        entries = [last, wrong, *([last.replace("13/QĐ", "15/QĐ")] if again else [])]
        repository.write(APPROVAL, head + "".join(mark + entry for entry in entries))
        repository.commit("Approve something else")

    return attack


def row(text: str, agency: str) -> str:
    """Return one agency's row of the last table, with its figures."""
    last = text.rpartition("table:")[2]
    return re.search(rf"      {agency}:\n(?:        .*\n)+", last)[0]  # type: ignore[index]


def rows_changed(change: Callable[[str, str, str], str]) -> Attack:
    """Append an approval whose table has other rows: `change` gets the table, A's row and B's."""

    def attack(repository: Repository) -> None:
        text = (repository.root / APPROVAL).read_text()
        head, mark, last = text.rpartition("  - decision:")
        wrong = change(last.replace("13/QĐ", "14/QĐ"), row(text, "co-quan-a"), row(text, "co-quan-b"))
        repository.write(APPROVAL, head + mark + last + mark + wrong)
        repository.commit("Approve other rows")

    return attack


def edited(path: str, *changes: tuple[str, str]) -> Attack:
    def attack(repository: Repository) -> None:
        text = (repository.root / path).read_text()
        for old, new in changes:
            assert old in text, text
            text = text.replace(old, new, 1)
        repository.write(path, text)
        repository.commit(f"Edit {path}")

    return attack


TABLES: list[tuple[str, Attack, set[str], set[str]]] = [
    # what is forged, how, what is broken, what is no longer said
    ("an index", forged(("index: 85.63", "index: 95.63")), {"approval-mismatch"}, {"table-reproduced"}),
    ("an index taken away", forged(("index: 85.63", "index: null")), {"approval-mismatch"}, {"table-reproduced"}),
    ("points", forged(("points: 16.27", "points: 16.28")), {"approval-mismatch"}, {"table-reproduced"}),
    ("the most points", forged(("out_of: 19.00", "out_of: 18.00")), {"approval-mismatch"}, {"table-reproduced"}),
    ("a rank", forged(("rank: 1", "rank: 2")), {"approval-mismatch"}, {"table-reproduced"}),
    ("a rank taken away", forged(("rank: 3", "rank: null")), {"approval-mismatch"}, {"table-reproduced"}),
    ("a grade", forged(("grade: tot", "grade: xuat-sac")), {"approval-mismatch"}, {"table-reproduced"}),
    ("a grade taken away", forged(("grade: tot", "grade: null")), {"approval-mismatch"}, {"table-reproduced"}),
    (
        "two agencies changed places",
        forged(("co-quan-a", "x"), ("co-quan-b", "co-quan-a"), ("x", "co-quan-b")),
        {"approval-mismatch", "approval-rows"},
        {"table-reproduced"},
    ),
    ("an agency left out", rows_changed(lambda table, _, b: table.replace(b, "")), {"approval-rows"}, set()),
    (
        "an agency put in",
        rows_changed(lambda table, a, _: table + a.replace("co-quan-a", "co-quan-x")),
        {"approval-rows", "data-problem"},
        {"table-reproduced"},
    ),
    (
        "rows in another order",
        rows_changed(lambda table, a, _: table.replace(a, "") + a),
        {"approval-rows"},
        {"table-reproduced"},
    ),
    ("the digest of the data", forged(inputs=False), {"approval-inputs-unknown"}, {"table-reproduced"}),
    ("a table at once replaced", forged(("rank: 1", "rank: 2"), again=True), {"approval-mismatch"}, set()),
    (
        "a table that stood",
        edited(APPROVAL, ("index: 85.63", "index: 95.63")),
        {"approval-rewritten", "approval-mismatch"},
        {"earlier-table-reproduced"},
    ),
    ("the reason of a decision", edited(APPROVAL, ("Khiếu nại", "Khác")), {"approval-rewritten"}, set()),
    ("all decisions", changed(APPROVAL, gone=True), {"approval-lost"}, {"table-reproduced"}),
    (
        "points of a leaf",
        edited("data/2024/council-decision/co-quan-a.yml", ("lines: {}", 'lines:\n  "2.1": {score: 0, reason: Khác}')),
        {"sealed-file-changed", "table-not-reproduced"},
        {"table-reproduced"},
    ),
    ("bytes of a file", changed(FIRST), {"sealed-file-changed", "approval-inputs-changed"}, {"table-reproduced"}),
]


@pytest.mark.parametrize(("attack", "broken", "unsaid"), [c[1:] for c in TABLES], ids=[c[0] for c in TABLES])
def test_a_forged_table_is_named(
    told: Callable[[], set[tuple[str, str]]], closed: Repository, attack: Attack, broken: set[str], unsaid: set[str]
) -> None:
    attack(closed)
    found = told()

    assert {code for state, code in found if state == "broken"} == broken
    assert {code for state, code in found if state == "proved"} & unsaid == set()


def test_a_forged_figure_is_told_with_the_computed_one(closed: Repository, run_command: RunCommand) -> None:
    forged(("index: 85.63", "index: 95.63"))(closed)
    done = run_command("verify", cwd=closed.root)

    assert done.code == 1
    assert f"quyết định 14/QĐ-UBND-MH, chương trình {VERSION} tính, ghi chỉ số của co-quan-a là 95.63;" in done.stdout
    assert f"chương trình này ({VERSION}) tính lại từ dữ liệu là 85.63" in done.stdout
    assert "đúng bảng của quyết định 14/QĐ" not in done.stdout


def test_a_table_that_does_not_say_which_program_computed_it_stays_valid(
    closed: Repository, run_command: RunCommand
) -> None:
    forged((f'    engine: "{VERSION}"\n', ""), ("index: 85.63", "index: 95.63"))(closed)
    done = run_command("verify", cwd=closed.root)

    assert "data-problem" not in done.stdout
    assert "14/QĐ-UBND-MH, chương trình không ghi phiên bản tính, ghi chỉ số của co-quan-a là 95.63;" in done.stdout


def signed_commit(repository: Repository, person: str = "secretary", date: str = "", name: str = "x") -> None:
    """Commit everything with a key that the policy takes."""
    when = date or "2025-05-05T09:00:00+07:00"
    repository.git("add", "--all", "--force")
    repository.git(
        *("-c", "gpg.format=ssh", "-c", f"user.signingkey={key_of(person)}", "-c", f"user.name={name}"),
        *("-c", "user.email=x@x.example", "commit", "-q", "-S", "-m", "Signed"),
        GIT_AUTHOR_DATE=when,
        GIT_COMMITTER_DATE=when,
    )


STAGE_FILE = "data/2024/council-decision/co-quan-a.yml"


def seal_path(stage: str) -> str:
    return f"data/2024/seals/{stage}.yml"


def resealed(
    stage: str = "council-decision",
    *changes: tuple[str, str],
    key: str = "secretary",
    date: str = "2025-02-12T12:00:00+07:00",
    back: int = 3,
    under: str = "",
    namespace: str = NAMESPACE,
    beside: str = "",
) -> Attack:
    """Make the last seal again with a real key and another text: committed, signed, tagged; a file changes beside."""

    def attack(repository: Repository) -> None:
        text = (repository.root / seal_path(stage)).read_text().partition("signature:")[0]
        repository.git("reset", "-q", "--hard", f"HEAD~{back}")  # to before the last seal
        repository.git("tag", "-d", *(f"seal/2024/{name}" for name in STAGES[4 if back > 3 else 5 :]))
        for old, new in changes:
            text, count = re.subn(old, new, text, count=1)
            assert count == 1, text
        data = signed_file(text.encode(), signatures.sign(text.encode(), namespace, key_of(key)))
        repository.write(seal_path(under or stage), data)
        if beside:
            repository.write(beside, (repository.root / STAGE_FILE).read_bytes() + b"# changed\n")
        signed_commit(repository, date=date)
        repository.git("tag", f"seal/2024/{under or stage}", "HEAD")

    return attack


def digest_of_another_stage(repository: Repository) -> None:
    found = re.search("digest: .*", (repository.root / seal_path(STAGES[0])).read_text())
    assert found is not None
    resealed(STAGES[-1], ("digest: .*", found[0]))(repository)


def seal_removed(repository: Repository) -> None:
    repository.remove(seal_path(STAGES[-1]))
    repository.git("tag", "-d", f"seal/2024/{STAGES[-1]}")
    signed_commit(repository)


def seals_swapped(repository: Repository) -> None:
    one, other = (repository.root / seal_path(stage) for stage in STAGES[:2])
    data = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(data)
    signed_commit(repository)


def seal_edited(*changes: tuple[str, str]) -> Attack:
    def attack(repository: Repository) -> None:
        text = (repository.root / seal_path(STAGES[-1])).read_text()
        for old, new in changes:
            assert old in text
            text = text.replace(old, new, 1)
        repository.write(seal_path(STAGES[-1]), text)
        signed_commit(repository)

    return attack


def tag_on_a_later_commit(repository: Repository) -> None:
    repository.git("tag", "-f", f"seal/2024/{STAGES[0]}", "HEAD~1")


def access_deleted(repository: Repository) -> None:
    repository.remove("data/access.yml")
    repository.commit("No rights any more")
    changed("data/2024/plan.yml")(repository)


def merge_with_a_change(repository: Repository) -> None:
    repository.git("switch", "-q", "-c", "side", "HEAD~1")
    changed("data/2024/plan.yml")(repository)
    identity = ("-c", "user.name=x", "-c", "user.email=x@x.example")
    repository.git(*identity, "merge", "-q", "--no-commit", "--no-ff", "main")
    seal = repository.root / seal_path(STAGES[0])
    seal.write_bytes(seal.read_bytes() + b"# in the merge\n")
    repository.git("add", "--all")
    repository.git(*identity, "commit", "-q", "-m", "Merge")


def moments_added(repository: Repository) -> None:
    repository.write(MOMENTS.replace("lanh-dao-so", "lanh-dao-nganh"), MOMENTS_TEXT)
    repository.commit("More")


UNREADABLE = {"seal-unreadable", "data-problem", "tag-without-seal"}
# One digest does not tell which files it leaves out.
OF_ONE = {"seal-leaves-out": "seal-digest-otherwise"}
SEALS: list[tuple[str, Attack, set[str], set[str]]] = [
    # what is done, how, what is broken, what is no longer said of the year's last seal, chain or commits
    ("the last seal is removed", seal_removed, {"seal-rewritten"}, set()),
    (
        "two seals are swapped",
        seals_swapped,
        {"seal-of-another-stage", "seal-rewritten", "seal-leaves-out", "seal-dated-otherwise"},
        set(),
    ),
    (
        "a seal stands under another stage's name",
        resealed("appraisal-2", under="council-decision"),
        {"seal-of-another-stage", "seal-chain-broken", "seal-dated-otherwise", "seal-leaves-out"},
        {"seal-chain-holds"},
    ),
    (
        "a seal of the first form stands under another name",
        resealed("appraisal-2", ("stage: .*\n", ""), under="council-decision"),
        {"seal-of-another-stage", "seal-chain-broken", "seal-leaves-out"},
        {"seal-chain-holds"},
    ),
    (
        "a seal names another stage",
        resealed(STAGES[-1], ("stage: .*", "stage: survey")),
        {"seal-of-another-stage"},
        set(),
    ),
    (
        "a seal is dated back",
        resealed(STAGES[-1], ("date: .*", "date: 2025-02-10")),
        {"seal-dated-otherwise"},
        set(),
    ),
    (
        "a seal and its commit are dated back",
        resealed(STAGES[-1], ("date: .*", "date: 2025-01-10"), date="2025-01-10T12:00:00+07:00"),
        {"seal-dated-otherwise"},
        set(),
    ),
    (
        "a seal leaves a file out",
        resealed(STAGES[-1], ("  data/2024/council-decision/co-quan-a.*\n", "")),
        {"seal-leaves-out"},
        set(),
    ),
    (
        "a seal lists other bytes",
        resealed(STAGES[-1], ("(council-decision/co-quan-a.yml: )....", r"\g<1>0000")),
        {"seal-lists-other-bytes"},
        set(),
    ),
    (
        "a seal lists other rules",
        resealed(STAGES[-1], ("(criteria.yml: )....", r"\g<1>0000")),
        {"seal-lists-other-bytes"},
        set(),
    ),
    (
        "a seal lists a file that is not there",
        resealed(STAGES[-1], ("co-quan-a", "co-quan-x")),
        {"seal-lists-other-bytes", "seal-leaves-out"},
        set(),
    ),
    ("a seal is signed by another's key", resealed(key="other"), {"seal-by-another"}, set()),
    ("a seal is signed with a key that has ended", resealed(key="officer"), {"seal-expired-key"}, set()),
    (
        "a seal is signed without the right",
        resealed(STAGES[-1], ("by: .*", "by: khong-quyen"), key="other"),
        {"seal-without-right"},
        set(),
    ),
    ("a seal is signed by nobody known", resealed(key="stranger"), {"seal-unknown-key"}, set()),
    ("a commit's signature is taken for a seal's", resealed(namespace="git"), {"seal-other-namespace"}, set()),
    (
        "words are put behind the signature",
        seal_edited(
            ("-----END SSH SIGNATURE-----\n", "-----END SSH SIGNATURE-----\nby: khong-quyen\n"), ("by: ", "x: ")
        ),
        {"seal-unreadable", "data-problem", "tag-without-seal"},
        set(),
    ),
    (
        "the signature hides behind quotes",
        seal_edited(("\nsignature:", '\n"signature":')),
        {"seal-unreadable", "tag-without-seal"},
        set(),
    ),
    ("a tag is set on a later commit", tag_on_a_later_commit, {"tag-elsewhere"}, set()),
    (
        "moments are changed",
        changed(MOMENTS),
        {"sealed-file-changed"},
        set(),
    ),
    ("moments are removed", changed(MOMENTS, gone=True), {"sealed-file-gone"}, set()),
    ("moments come after the seal", moments_added, {"sealed-file-added", "data-problem"}, set()),
    (
        "access.yml is deleted",
        access_deleted,
        {"commit-after-access"},
        {"commits-signed"},
    ),
    (
        "a merge changes a seal",
        merge_with_a_change,
        {"commit-unsigned", "seal-rewritten", "seal-chain-broken"},
        {"commits-signed", "seal-chain-holds"},
    ),
    (
        "rules change after the last seal",
        changed("data/2024/cycle.yml"),
        {"rule-changed-after-seals", "approval-inputs-changed"},
        {"rule-changed-between-seals"},
    ),
    (
        "an amendment is changed",
        changed(AMENDMENT),
        {"amendment-rewritten", "approval-inputs-changed"},
        {"amendment-stands"},
    ),
    (
        "an amendment is removed",
        changed(AMENDMENT, gone=True),
        {"amendment-lost", "table-not-reproduced"},
        {"amendment-stands"},
    ),
]


@pytest.mark.parametrize(("attack", "broken", "unsaid"), [c[1:] for c in SEALS], ids=[c[0] for c in SEALS])
def test_what_is_done_to_a_closed_year_is_named(
    told: Callable[[], set[tuple[str, str]]], closed: Repository, attack: Attack, broken: set[str], unsaid: set[str]
) -> None:
    attack(closed)
    found = told()

    assert {code for state, code in found if state == "broken"} == broken
    assert {code for state, code in found if state != "broken"} & unsaid == set()


LISTED = {
    "a seal of the first form stands under another name",
    "a seal leaves a file out",
    "a seal lists other bytes",
    "a seal lists other rules",
    "a seal lists a file that is not there",
}
DIGEST = ("digest: .*", f"digest: {'0' * 64}")
FILES = f"files:\n  data/2024/cycle.yml: {'0' * 64}"
BY_DIGEST: list[tuple[str, Attack, set[str], set[str]]] = [
    *(
        (said, do, {OF_ONE.get(code, code) for code in broken}, not_said)
        for said, do, broken, not_said in SEALS
        if said not in LISTED
    ),
    ("its digest is of no files", resealed(STAGES[-1], DIGEST), {"seal-digest-otherwise"}, set()),
    ("its digest is of another stage", digest_of_another_stage, {"seal-digest-otherwise"}, set()),
    (
        "its digest is in capitals",
        resealed(STAGES[-1], ("digest: .*", f"digest: {'A' * 64}")),
        {"seal-digest-otherwise", "data-problem"},
        set(),
    ),
    ("its commit changes a file as well", resealed(STAGES[-1], beside=STAGE_FILE), {"seal-lists-other-bytes"}, set()),
    (
        "its commit brings a file as well",
        resealed(STAGES[-1], beside=f"{STAGE_FILE[:-5]}x.yml"),
        {"seal-leaves-out", "data-problem"},
        set(),
    ),
    ("it says both", resealed(STAGES[-1], ("digest: .*", rf"\g<0>\n{FILES}")), UNREADABLE, set()),
    ("it says neither", resealed(STAGES[-1], ("digest: .*\n", "")), UNREADABLE, set()),
    (
        "it has files that are none",
        resealed(STAGES[-1], ("digest: .*", rf"\g<0>\nfiles: {'0' * 64}")),
        UNREADABLE,
        set(),
    ),
    ("its digest is a list", resealed(STAGES[-1], ("digest: .*", "digest: []")), UNREADABLE, set()),
    ("it names no stage", resealed(STAGES[-1], ("stage: .*\n", "")), UNREADABLE, set()),
]


@pytest.mark.parametrize("closed", [STAGES], indirect=True)
@pytest.mark.parametrize(("attack", "broken", "unsaid"), [c[1:] for c in BY_DIGEST], ids=[c[0] for c in BY_DIGEST])
def test_a_year_sealed_by_digests_is_judged_as_one_that_lists_its_files(
    told: Callable[[], set[tuple[str, str]]], closed: Repository, attack: Attack, broken: set[str], unsaid: set[str]
) -> None:
    attack(closed)
    found = told()

    assert {code for state, code in found if state == "broken"} == broken
    assert {code for state, code in found if state != "broken"} & unsaid == set()


@pytest.mark.parametrize("closed", [STAGES[::2], STAGES[1::2]], indirect=True)
def test_a_year_may_have_seals_of_both_kinds(
    told: Callable[[], set[tuple[str, str]]], closed: Repository, run_command: RunCommand
) -> None:
    whole = told()
    closed.git("mv", SELF, SELF.replace("-a.yml", "-x.yml"))
    closed.commit("One file under another name")
    found = run_command("verify", cwd=closed.root).stdout

    assert whole == SOUND
    assert f"Tệp {SELF} đã bị xóa sau niêm phong" in found
    assert f"Tệp {SELF.replace('-a.yml', '-x.yml')} được thêm vào bước đã niêm phong" in found


@pytest.mark.parametrize("others", [1, 2])
def test_a_merge_that_git_makes_needs_no_signature(
    told: Callable[[], set[tuple[str, str]]], closed: Repository, others: int
) -> None:
    """Both sides change one file that must be signed, far from each other; each is signed, the merge is not."""
    path = "data/access.yml"
    closed.write(path, (closed.root / path).read_text().replace("signed: [seals]", "signed: [seals, access]"))
    closed.commit("Rights are signed from now on")
    base = closed.git("rev-parse", "HEAD")
    for number in range(others):
        closed.git("switch", "-q", "-c", f"side-{number}", base)
        closed.write(path, "# at the top\n" + (closed.root / path).read_text())
        signed_commit(closed, name=f"side {number}")
    closed.git("switch", "-q", "main")
    closed.write(path, (closed.root / path).read_text() + "# at the end\n")
    signed_commit(closed)
    identity = ("-c", "user.name=x", "-c", "user.email=x@x.example")
    closed.git(*identity, "merge", "-q", "--no-edit", *(f"side-{number}" for number in range(others)))

    assert {code for state, code in told() if state == "broken"} == ({"commit-unsigned"} if others == 2 else set())


def test_a_seal_of_the_first_form_holds_and_is_said_to_cover_no_moments(
    told: Callable[[], set[tuple[str, str]]], closed: Repository
) -> None:
    first_form = resealed("survey", ("stage: .*\n", ""), (f"  {MOMENTS}.*\n", ""), back=4)
    first_form(closed)
    found = told()
    changed(MOMENTS)(closed)
    then = told()

    assert {code for state, code in found if state == "broken"} == set()
    assert found >= {("proved", "seal-holds"), ("noted", "seal-date-typed"), ("unproved", "moments-not-sealed")}
    assert {code for state, code in then if state == "broken"} == {"moments-changed"}
    assert ("unproved", "moments-not-sealed") not in then


def test_moments_that_no_seal_covers_are_missed_when_they_go(
    told: Callable[[], set[tuple[str, str]]], closed: Repository
) -> None:
    resealed("survey", ("stage: .*\n", ""), (f"  {MOMENTS}.*\n", ""), back=4)(closed)
    changed(MOMENTS, gone=True)(closed)

    assert {code for state, code in told() if state == "broken"} == {"moments-changed"}


@pytest.mark.parametrize(
    ("sealed", "says", "unsealed"),
    [(False, "", False), (True, "", True), (True, "files", False), (True, "digest", False)],
)
def test_the_page_is_told_of_moments_only_where_a_seal_leaves_them_out(
    *, sealed: bool, says: str, unsealed: bool
) -> None:
    seal = WITHOUT_SIGNATURE[seal_path("survey")]
    if says == "files":
        seal = seal.replace("signature:", f"  {MOMENTS}: {'0' * 64}\nsignature:")
    if says == "digest":
        seal = re.sub(r"files:\n .*", f"digest: {'0' * 64}", seal)
    files = {**TINY_FILES, MOMENTS: MOMENTS_TEXT.encode(), **({seal_path("survey"): seal.encode()} if sealed else {})}

    assert snapshot_of(files).world.years["2024"].moments_unsealed is unsealed


def test_a_seal_without_access_is_nobodys(told: Callable[[], set[tuple[str, str]]], closed: Repository) -> None:
    seal = (closed.root / seal_path(STAGES[0])).read_bytes()
    closed.git("reset", "-q", "--hard", "HEAD~9")  # to before access.yml
    closed.git("tag", "-d", *(f"seal/2024/{stage}" for stage in STAGES[1:]))
    closed.write(seal_path(STAGES[0]), seal)
    closed.commit("A seal before anybody had a right")

    assert ("broken", "seal-without-access") in told()


FAULTS = ("bad-signature", "not-ssh-signature", "not-ed25519", "other-namespace")
KEYS = ("unknown-key", "shared-key", "expired-key", "key-not-yet-valid")


@pytest.mark.parametrize("fault", [*FAULTS, *KEYS])
def test_each_fault_of_a_signature_is_told_of_seals_and_of_commits(
    told: Callable[[], set[tuple[str, str]]], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    if fault in FAULTS:
        monkeypatch.setattr(prove.signatures, "verify", lambda *_: Signature(fault))
    else:
        monkeypatch.setattr(Access, "key_holder", lambda *_: Holder(None, fault))

    assert {code for state, code in told() if state == "broken"} == {f"seal-{fault}", f"commit-{fault}"}


@pytest.mark.parametrize("language", ["vi", "en"])
def test_every_sentence_of_verify_is_told_by_a_test(language: str) -> None:
    here = Path(__file__)
    source = "".join(
        here.with_name(f"test_{name}.py").read_text("utf-8")
        for name in ("proving", "register", "roads_out", "refounding", "friday_evening")
    )
    keys = (key for key in load_labels(language).texts if not key.endswith("-one"))  # of one thing: `labels` takes them
    codes = [key.removeprefix("verify.code.") for key in keys if key.startswith("verify.code.")]
    patched = {f"{what}-{fault}" for what in ("seal", "commit", "entry") for fault in (*FAULTS, *KEYS)}

    assert [code for code in codes if f'"{code}"' not in source and code not in patched] == []


def test_every_good_sentence_is_withheld_in_a_test() -> None:
    withheld = set(AGAINST).union(*(case[3] for case in (*TABLES, *SEALS)))

    assert {code for state, code in SOUND if state == "proved"} - withheld == set()


# --- who stands behind a commit ---------------------------------------------------------------------------------------

TYPED = "Cục Hải quan (đã xác minh)"
PLACES = (
    ("explain", "co-quan-a", "2.2"),
    ("explain", "co-quan-a", "2.2", "--history"),
    ("audit", "--year", "2024", "--stage", "appraisal-1"),
)


def rewritten_line(repository: Repository, key: str) -> None:
    """Change a line of a year that is not approved, with a key and under a typed name."""
    for path in (APPROVAL, "data/2024/amendments"):
        repository.remove(path)
    text = (repository.root / FIRST).read_text()
    repository.write(FIRST, text.replace('"2.2":', '"2.2":  # again').replace("reason: Hai mẫu", "reason: Cả hai mẫu"))
    signed_commit(repository, key, name=TYPED)


@pytest.mark.parametrize("words", PLACES, ids=[" ".join(words[::3]) for words in PLACES])
@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("secretary", "thu-ky-hoi-dong (thu-ky)"),
        ("officer", f"“{TYPED}” (tên tự ghi, khóa đã hết hiệu lực)"),
        ("stranger", f"“{TYPED}” (tên tự ghi, khóa không có trong access.yml)"),
    ],
)
def test_who_wrote_is_the_person_of_the_key_and_never_a_typed_name(
    run_command: RunCommand, tiny: Repository, words: tuple[str, ...], key: str, said: str
) -> None:
    rewritten_line(tiny, key)
    told = run_command(*words, cwd=tiny.root).stdout.replace("&#40;", "(").replace("&#41;", ")")
    bare = told.replace(f"“{TYPED}” (tên tự ghi", "").replace(f"Tên tác giả ghi trong commit: “{TYPED}”", "")

    assert said in told
    assert TYPED not in bare or words[0] == "audit"  # whose table of commits has a column of typed names


def test_json_tells_the_signer_beside_the_typed_name(run_command: RunCommand, tiny: Repository) -> None:
    rewritten_line(tiny, "secretary")
    told = json.loads(run_command("explain", "co-quan-a", "2.2", "--history", "--format", "json", cwd=tiny.root).stdout)
    entry = told["history"]["entries"][-1]

    assert (entry["author"], entry["signature"], entry["signer"]) == (TYPED, "good", "thu-ky-hoi-dong")
