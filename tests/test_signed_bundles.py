"""The signature of a bundle: made after the build, of its checksums alone, and told by whose key."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from conftest import ROOT, RunCommand
from exportworlds import bundle_of, files, small_year
from guarded import entry, key_of, public_key
from sites import TODAY, YEAR, taken
from test_bundles import folder_of

from pipeline.adapters import signatures
from pipeline.adapters.repository import open_repository
from pipeline.core.publish.opendata.bundle_signers import NAMESPACE, SIGNATURE
from pipeline.core.publish.site.pages import BUNDLE
from pipeline.core.rounds.seals import NAMESPACE as OF_SEALS
from pipeline.flows import export
from pipeline.flows.site import render_all
from pipeline.flows.wording import load_labels

pytestmark = pytest.mark.needs("ssh-keygen")

SECRETARY, OFFICER = "thu-ky-hoi-dong", "chuyen-vien"
SUMS = "SHA256SUMS"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return folder_of(export.signed(files(), key_of(SECRETARY)), tmp_path / "bundle")


def test_a_signature_changes_no_file_and_signing_again_gives_it_again(run_command: RunCommand, tmp_path: Path) -> None:
    signed = export.signed(files(), key_of(SECRETARY))
    out = tmp_path / "out"
    options = ("--repo", str(ROOT), "export", "--year", YEAR, "--today", TODAY, "-o", str(out))
    done = run_command(*options, "--sign", str(key_of(SECRETARY)))

    assert set(signed) - set(files()) == {SIGNATURE}
    assert {path: data for path, data in signed.items() if path != SIGNATURE} == files()
    assert (done.code, (out / SIGNATURE).read_bytes()) == (0, signed[SIGNATURE])
    assert run_command(*options).code == 0  # replaced whole, without a signature that might be another build's
    assert not (out / SIGNATURE).exists()


def test_a_key_that_is_not_there_leaves_no_bundle(run_command: RunCommand, tmp_path: Path) -> None:
    options = ("--repo", str(ROOT), "export", "--year", YEAR, "--today", TODAY, "-o", str(tmp_path / "out"))
    done = run_command(*options, "--sign", str(tmp_path / "no-key"))

    assert (done.code, done.stderr.count("\n"), (tmp_path / "out").exists()) == (2, 1, False)


def test_ssh_keygen_itself_finds_the_signature_good(folder: Path, tmp_path: Path) -> None:
    allowed = tmp_path / "allowed"
    allowed.write_text(f'{SECRETARY} namespaces="{NAMESPACE}" {public_key(SECRETARY)}\n', encoding="utf-8")
    words = ["-Y", "verify", "-f", str(allowed), "-I", SECRETARY, "-n", NAMESPACE, "-s", str(folder / SIGNATURE)]
    done = subprocess.run(["ssh-keygen", *words], input=(folder / SUMS).read_bytes(), capture_output=True, check=False)

    assert done.returncode == 0


def told(run_command: RunCommand, folder: Path, signers: Path | None = None) -> tuple[int, set[str]]:
    """Return the exit code, and what is said of the signature."""
    options = () if signers is None else ("--signers", str(signers))
    done = run_command("verify", "--bundle", str(folder), "--format", "json", *options)
    found = json.loads(done.stdout)
    about = {"signed", "unsigned", "signer"}
    facts = {fact["code"] for kind in ("proved", "unproved") for fact in found[kind]} & about
    return done.code, facts | {problem["code"] for problem in found["problems"]}


@pytest.mark.parametrize("person", [SECRETARY, OFFICER])
def test_access_says_whose_signature_it_is_and_who_may(run_command: RunCommand, tmp_path: Path, person: str) -> None:
    folder = folder_of(export.signed(files(), key_of(person)), tmp_path / "bundle")
    signers = tmp_path / "access.yml"
    signers.write_text(ACCESS, encoding="utf-8")
    done = run_command("verify", "--bundle", str(folder), "--signers", str(signers))

    assert told(run_command, folder, signers) == {SECRETARY: (0, {"signed"}), OFFICER: (1, {"bundle-signer"})}[person]
    assert (f"{SECRETARY} (thu-ky)" in done.stdout) == (person == SECRETARY)


ACCESS = f"""\
format: 1
roles:
  thu-ky: {{writes: [approval], agencies: all, criteria: all}}
  tham-dinh: {{writes: [appraisal-1], agencies: all, criteria: all}}
people:
  {SECRETARY}: {{role: thu-ky, body: so-noi-vu, email: a@noi-vu.example, keys: [{entry(SECRETARY)}]}}
  {OFFICER}: {{role: tham-dinh, body: so-noi-vu, email: b@noi-vu.example, keys: [{entry(OFFICER)}]}}
policy: {{signed: [], second_person: []}}
"""


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("snv {key}", "signed"),
        ("s\x1b[31mnv {key}", ""),  # what would speak to the reader's terminal is no name
        ('snv namespaces="git,parindex-bundle" {key}', "signed"),
        ('snv namespaces="git" {key}', ""),
        ("snv cert-authority {key}", ""),
        ('snv valid-before="20250301" {key}', ""),
        ('snv valid-before="20300101",namespaces="parindex-bundle" {key}', "signed"),
    ],
)
def test_allowed_signers_say_whose_key_counts(
    run_command: RunCommand, folder: Path, tmp_path: Path, line: str, code: str
) -> None:
    signers = tmp_path / "allowed_signers"
    other = f"khac {public_key(OFFICER)}\n"  # so that some key is there
    signers.write_text(f"# keys\n{other}{line.format(key=public_key(SECRETARY))}\n", encoding="utf-8")

    assert told(run_command, folder, signers) == ((0, {"signed"}) if code else (1, {"bundle-signer"}))


def test_a_key_that_ended_before_the_last_approval_signs_nothing(
    run_command: RunCommand, folder: Path, tmp_path: Path
) -> None:
    signers = tmp_path / "access.yml"
    for until, wanted in (("2025-03-17", (1, {"bundle-signer"})), ("2025-03-18", (0, {"signed"}))):
        signers.write_text(ACCESS.replace(entry(SECRETARY), entry(SECRETARY, until=until)), encoding="utf-8")
        assert told(run_command, folder, signers) == wanted


def test_a_key_that_ended_signs_no_results_without_a_day(run_command: RunCommand, tmp_path: Path) -> None:
    folder = folder_of(export.signed(bundle_of(small_year("{}", 29)), key_of(SECRETARY)), tmp_path / "bundle")
    signers = tmp_path / "access.yml"
    for own, wanted in ((entry(SECRETARY, until="2025-03-17"), "bundle-signer"), (entry(SECRETARY), "signed")):
        signers.write_text(ACCESS.replace(entry(SECRETARY), own), encoding="utf-8")
        assert wanted in told(run_command, folder, signers)[1]


def test_a_comment_goes_on_to_the_end_of_its_line(run_command: RunCommand, folder: Path, tmp_path: Path) -> None:
    signers = tmp_path / "allowed_signers"
    for ends in ("\u2028", "\x85", "\x0b", "\x1e"):
        signers.write_text(f"khac {public_key(OFFICER)}\n# cũ{ends}snv {public_key(SECRETARY)}\n", encoding="utf-8")
        assert told(run_command, folder, signers) == (1, {"bundle-signer"})


def test_what_is_not_known_is_said(run_command: RunCommand, folder: Path, tmp_path: Path) -> None:
    signers = tmp_path / "allowed_signers"
    signers.write_text(f"snv {public_key(SECRETARY)}\n", encoding="utf-8")

    assert told(run_command, folder) == (0, {"signer"})
    (folder / SIGNATURE).unlink()
    assert told(run_command, folder) == (0, {"unsigned"})
    assert told(run_command, folder, signers) == (1, {"unsigned", "bundle-missing-file"})


@pytest.mark.parametrize("wrong", ["other file", "other purpose", "damaged", "no signature"])
def test_a_signature_of_anything_else_is_refused(run_command: RunCommand, folder: Path, wrong: str) -> None:
    sums, key = (folder / SUMS).read_bytes(), key_of(SECRETARY)
    made = {
        "other file": lambda: signatures.sign(sums[:-1], NAMESPACE, key),
        "other purpose": lambda: signatures.sign(sums, OF_SEALS, key),
        "damaged": lambda: (folder / SIGNATURE).read_text()[:200],
        "no signature": lambda: "\xff\x00" * 500,
    }
    (folder / SIGNATURE).write_text(made[wrong](), encoding="utf-8")

    assert told(run_command, folder) == (1, {"bundle-signature"})


@pytest.mark.parametrize("text", ["", "snv ssh-rsa AAAA\n", "\x00" * 99])
def test_a_file_without_keys_is_one_line(run_command: RunCommand, folder: Path, tmp_path: Path, text: str) -> None:
    for name in ("allowed_signers", "access.yml"):
        (tmp_path / name).write_text(text, encoding="utf-8")
        done = run_command("verify", "--bundle", str(folder), "--signers", str(tmp_path / name))
        assert (done.code, done.stderr.count("\n")) == (2, 1)
    assert run_command("verify", "--bundle", str(folder), "--signers", str(tmp_path / "none")).code == 2
    assert run_command("verify", "--signers", str(tmp_path / "access.yml")).code == 2


# --- on the site ------------------------------------------------------------------------------------------------------


def test_a_signature_made_before_joins_the_very_bundle_and_no_other() -> None:
    signed = export.signed(files(), key_of(SECRETARY))
    other = export.signed(bundle_of(small_year("{}", 29)), key_of(SECRETARY))
    of_seals = signatures.sign(files()[SUMS], OF_SEALS, key_of(SECRETARY)).encode()

    assert export.with_signature(files(), signed[SIGNATURE]) == signed
    assert [export.with_signature(files(), one) for one in (None, other[SIGNATURE], of_seals, b"\xff")] == [files()] * 4


def test_the_site_offers_the_signature_that_was_made_and_is_the_same_without_one() -> None:
    snapshot, repository, words = taken(ROOT), open_repository(ROOT), [load_labels("vi")]
    signature = export.signed(files(), key_of(SECRETARY))[SIGNATURE]
    made = [
        render_all(snapshot, repository, audience="public", today=TODAY, languages=words, signatures=given)
        for given in ({YEAR: signature}, {YEAR: b"x"}, None)
    ]
    place, page = f"{YEAR}/{BUNDLE}{SIGNATURE}", f"{YEAR}/tai-ve/index.md"

    assert made[0][place] == signature
    assert SIGNATURE.encode() in made[0][page]
    differing = {path for path in made[0] if made[0][path] != made[2].get(path)}
    assert {path for path in differing if not path.startswith("assets/search-")} == {place, page}
    assert made[1] == made[2]


def test_a_folder_without_signatures_is_refused(run_command: RunCommand, tmp_path: Path) -> None:
    done = run_command("--repo", str(ROOT), "site", "--today", TODAY, "--signatures", str(tmp_path))

    assert (done.code, str(tmp_path) in done.stderr) == (2, True)
