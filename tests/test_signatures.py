"""SSH signatures made by the machine's own ssh-keygen are proved here, in this process, and nothing else is."""

from __future__ import annotations

import base64
import subprocess
from pathlib import Path

import pytest

from pipeline.adapters import signatures
from pipeline.core.ground.problems import ParindexError
from pipeline.core.rounds.commits import Signature

pytestmark = pytest.mark.needs("ssh-keygen")
MESSAGE = "tree 4b825dc\n\nTự chấm".encode()


@pytest.fixture
def key(tmp_path: Path) -> Path:
    return new_key(tmp_path / "key")


def new_key(path: Path, kind: str = "ed25519") -> Path:
    more = ["-b", "2048"] if kind == "rsa" else []
    subprocess.run(["ssh-keygen", "-q", "-t", kind, *more, "-N", "", "-C", "a note", "-f", str(path)], check=True)
    return path


def test_a_signature_of_git_names_its_key(key: Path) -> None:
    signed = signatures.sign(MESSAGE, "git", key)

    assert Signature(None, signatures.public_key(key)) == signatures.verify(signed, MESSAGE, "git")


def test_the_public_key_has_no_comment_and_comes_from_either_half(key: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.write_bytes(key.read_bytes())
    alone.chmod(0o600)
    known = {signatures.public_key(path) for path in (key, key.with_name("key.pub"), alone)}

    assert known == {" ".join(key.with_name("key.pub").read_text().split()[:2])}


def test_another_message_is_a_bad_signature(key: Path) -> None:
    signed = signatures.sign(MESSAGE, "git", key)

    assert Signature("bad-signature") == signatures.verify(signed, MESSAGE + b".", "git")


def test_a_signature_for_another_purpose_does_not_count(key: Path) -> None:
    signed = signatures.sign(MESSAGE, "file", key)

    assert Signature("other-namespace", signatures.public_key(key)) == signatures.verify(signed, MESSAGE, "git")


def test_a_key_of_another_type_does_not_count(tmp_path: Path) -> None:
    key = new_key(tmp_path / "rsa", "rsa")
    signed = signatures.sign(MESSAGE, "git", key)

    assert Signature("not-ed25519") == signatures.verify(signed, MESSAGE, "git")
    with pytest.raises(ParindexError, match="key-not-ed25519"):
        signatures.public_key(key)


def blob_of(armour: str) -> bytes:
    return base64.b64decode("".join(armour.strip().splitlines()[1:-1]))


def armoured(blob: bytes) -> str:
    return "\n".join([signatures._BEGIN, base64.b64encode(blob).decode(), signatures._END])


def test_no_flipped_byte_passes(key: Path) -> None:
    blob = blob_of(signatures.sign(MESSAGE, "git", key))
    flipped = [blob[:at] + bytes([blob[at] ^ 1]) + blob[at + 1 :] for at in range(len(blob))]
    passed = [at for at, one in enumerate(flipped) if signatures.verify(armoured(one), MESSAGE, "git").fault is None]

    assert passed == []


@pytest.mark.parametrize("length", [0, 3, 6, 10, 40, -1])
def test_a_cut_signature_is_bad(key: Path, length: int) -> None:
    blob = blob_of(signatures.sign(MESSAGE, "git", key))[:length]

    assert signatures.verify(armoured(blob), MESSAGE, "git").fault in {"bad-signature", "not-ed25519"}


def test_nothing_may_follow_a_signature(key: Path) -> None:
    blob = blob_of(signatures.sign(MESSAGE, "git", key)) + b"\0"

    assert Signature("bad-signature") == signatures.verify(armoured(blob), MESSAGE, "git")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        (None, "unsigned"),
        ("-----BEGIN PGP SIGNATURE-----\n\niQ==\n-----END PGP SIGNATURE-----", "not-ssh-signature"),
        ("", "not-ssh-signature"),
        ("-----BEGIN SSH SIGNATURE-----", "bad-signature"),
        ("-----BEGIN SSH SIGNATURE-----\n!!!!\n-----END SSH SIGNATURE-----", "bad-signature"),
        ("-----BEGIN SSH SIGNATURE-----\n" + "A" * 20_000 + "\n-----END SSH SIGNATURE-----", "bad-signature"),
    ],
)
def test_what_is_no_signature_is_named(text: str | None, fault: str) -> None:
    assert Signature(fault) == signatures.verify(text, MESSAGE, "git")


def test_a_missing_or_unreadable_key_is_one_clear_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken"
    broken.write_text("-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n")
    broken.chmod(0o600)

    with pytest.raises(ParindexError, match="no-key"):
        signatures.sign(MESSAGE, "git", tmp_path / "none")
    with pytest.raises(ParindexError, match="key-refused"):
        signatures.sign(MESSAGE, "git", broken)


def test_a_file_without_end_is_no_key() -> None:
    with pytest.raises(ParindexError, match="key-not-ed25519"):
        signatures.public_key(Path("/dev/zero"))
