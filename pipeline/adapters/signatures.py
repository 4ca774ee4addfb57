"""SSH signatures: verified in this process, made by the person's own ssh-keygen, which knows agents and passphrases.

Only ed25519 counts. Whose key it is and whether it was valid on a day: `core.record.access`. Decision 0012.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import subprocess
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from pipeline.core.ground.problems import ParindexError, reached
from pipeline.core.rounds.commits import Signature

_BEGIN, _END = "-----BEGIN SSH SIGNATURE-----", "-----END SSH SIGNATURE-----"
_MAGIC: Final = b"SSHSIG"
_VERSION: Final = (1).to_bytes(4, "big")
_TYPE: Final = b"ssh-ed25519"
_HASHES = {b"sha256": hashlib.sha256, b"sha512": hashlib.sha512}
_MAX_ARMOUR: Final = 10_000  # characters; an ed25519 signature has about 300
_KEY_LENGTH: Final = 32
_MOST_OF_A_KEY: Final = 64 * 1024  # bytes of a key's file; an ed25519 key has about 400


class _BrokenError(Exception):
    """The bytes are no signature of the form they claim."""


@lru_cache(maxsize=1 << 16)  # `verify` asks of a commit for what it proves of it, and again for the register
def verify(signature: str | None, message: bytes, namespace: str) -> Signature:
    """Return the key that signed a message, or what is wrong with its signature.

    Args:
        signature: the armoured signature, None where there is none.
        namespace: what the signature must have been made for, such as `git`.
    """
    if signature is None:
        return Signature("unsigned")
    if not signature.lstrip().startswith(_BEGIN):
        return Signature("not-ssh-signature")
    try:
        blob = _unarmoured(signature)
        key, said, reserved, algorithm, signed = _parts(blob)
        kind, public = _two(key)
        if kind != _TYPE:
            return Signature("not-ed25519")
        text = f"{_TYPE.decode()} {base64.b64encode(key).decode()}"
        if said != namespace.encode():
            return Signature("other-namespace", text)
        method, raw = _two(signed)
        if method != _TYPE or algorithm not in _HASHES or len(public) != _KEY_LENGTH:
            return Signature("bad-signature")
        digest = _HASHES[algorithm](message).digest()
        covered = _MAGIC + b"".join(map(_packed, (said, reserved, algorithm, digest)))
        Ed25519PublicKey.from_public_bytes(public).verify(raw, covered)
    except (_BrokenError, InvalidSignature):
        return Signature("bad-signature")
    return Signature(None, text)


def _unarmoured(armour: str) -> bytes:
    lines = armour.strip().splitlines()
    if len(armour) > _MAX_ARMOUR or lines[0] != _BEGIN or lines[-1] != _END:
        raise _BrokenError
    try:
        return base64.b64decode("".join(lines[1:-1]), validate=True)
    except binascii.Error as error:
        raise _BrokenError from error


def _parts(blob: bytes) -> tuple[bytes, bytes, bytes, bytes, bytes]:
    """Return key, namespace, reserved, hash algorithm and signature of an SSHSIG blob (OpenSSH, PROTOCOL.sshsig)."""
    if not blob.startswith(_MAGIC + _VERSION):
        raise _BrokenError
    key, said, reserved, algorithm, signed = _strings(blob[len(_MAGIC) + len(_VERSION) :], 5)
    return key, said, reserved, algorithm, signed


def _two(blob: bytes) -> tuple[bytes, bytes]:
    """Return the two strings of a key or a raw signature; one of another type may have more, and keeps its name."""
    if blob[4 : 4 + len(_TYPE)] == _TYPE:
        first, second = _strings(blob, 2)
        return first, second
    length = int.from_bytes(blob[:4], "big")
    return blob[4 : 4 + length], b""


def _strings(data: bytes, count: int) -> list[bytes]:
    """Return exactly `count` strings, each behind its length, with nothing after them."""
    found: list[bytes] = []
    for _ in range(count):
        length = int.from_bytes(data[:4], "big")
        if len(data) < 4 + length:
            raise _BrokenError
        found.append(data[4 : 4 + length])
        data = data[4 + length :]
    if data:
        raise _BrokenError
    return found


def _packed(text: bytes) -> bytes:
    return len(text).to_bytes(4, "big") + text


def sign(message: bytes, namespace: str, key_path: Path) -> str:
    """Return the armoured signature of a message, made by `ssh-keygen`, which may ask for a passphrase.

    `key_path`: the private key, or the public one of a key that an agent holds.

    Raises:
        ParindexError: There is no such key, no `ssh-keygen`, or it refused.
    """
    if not key_path.is_file():
        raise ParindexError("no-key", path=str(key_path))
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "message"
        file.write_bytes(message)
        _keygen("-Y", "sign", "-n", namespace, "-f", str(key_path.absolute()), str(file), path=key_path)
        return Path(f"{file}.sig").read_text("ascii")


def public_key(key_path: Path) -> str:
    """Return the public key of a key file as `ssh-ed25519 AAAA...`, without its comment.

    Raises:
        ParindexError: The file is no key, or one of another type.
    """
    beside = Path(f"{key_path}.pub")
    try:
        with (beside if beside.is_file() else key_path).open("rb") as stream:
            text = stream.read(_MOST_OF_A_KEY).decode("ascii", "replace")
    except OSError as error:
        raise ParindexError("no-key", path=str(key_path)) from error
    if "PRIVATE KEY" in text:
        text = _keygen("-y", "-f", str(key_path.absolute()), path=key_path)
    words = text.split()
    if len(words) < 2 or words[0] != _TYPE.decode():
        raise ParindexError("key-not-ed25519", path=str(key_path))
    return " ".join(words[:2])


def make_key(path: Path, comment: str, *, ask: bool) -> None:
    """Make a pair of ed25519 keys, both or neither.

    Args:
        path: where the private key will stand; the public one stands beside it.
        ask: whether `ssh-keygen` itself asks for a passphrase on the terminal; else the key has none.

    Raises:
        ParindexError: There is no `ssh-keygen`, it gave up, or the folder cannot be written.
    """
    with reached("cannot-write", path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=path.parent) as folder:
            made = Path(folder) / path.name
            words = ("-q", "-t", "ed25519", "-C", comment, "-f", str(made), *(() if ask else ("-N", "")))
            _keygen(*words, path=path, quiet=not ask)
            made.with_name(f"{path.name}.pub").rename(path.with_name(f"{path.name}.pub"))
            made.rename(path)


def _keygen(*arguments: str, path: Path, quiet: bool = True) -> str:
    try:
        done = subprocess.run(  # noqa: S603 - a list of words, no shell
            ("ssh-keygen", *arguments),  # noqa: S607 - the person's own, wherever it is
            capture_output=quiet,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except FileNotFoundError as error:
        raise ParindexError("no-ssh-keygen") from error
    if done.returncode:
        detail = next(iter((done.stderr or "").strip().splitlines()[-1:]), "")
        raise ParindexError("key-refused", path=str(path), detail=detail)
    return done.stdout
