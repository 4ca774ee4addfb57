"""Seconds of a processor in which `verify` replays a register, as a whole process, and how they grow with its entries.

`python tests/benchmarks/replaying.py [ENTRIES]` makes a repository whose main branch took so many pushes (10,000 by
default), each a signed commit that changes one line of 400 files, with a signed entry for each, and replays quarters
of it. The aim: 5,000 entries in under 5 seconds, and next to nothing where all but the last were witnessed.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import struct
import subprocess
import sys
import tempfile
import time
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from conftest import ROOT, Repository
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_ssh_private_key
from guarded import YEAR, Scene, email_of, key_of, public_key, time_of
from guarding import content
from processor import processor
from registers import MAIN, RIGHTS, SERVER

from pipeline.core.rounds.commits import EMPTY_TREE, NAMESPACE, Moment, commit_bytes, moment
from pipeline.core.rounds.register import AUTHOR, BRANCH, Push, entry_message

FILES = 400
PERSON = "thuong-truc-noi-vu"
BEGINS = "2024-12-10T09:00:00+07:00"


def main(arguments: list[str]) -> int:
    """Print the figures; return 1 where a lawful register is not proved."""
    entries = int((arguments or ["10000"])[0])
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # what is measured is not how long compiling takes
    os.environ.update(GIT_CONFIG_NOSYSTEM="1", GIT_CONFIG_GLOBAL=os.devnull, LC_ALL="C", PYTHONPATH=str(ROOT))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        chain = made(folder, entries)
        for judged in (1, entries // 4, entries // 2, entries):
            began, used = time.perf_counter(), processor()
            since = ("--founding", chain[0], "--since", chain[-1 - judged])
            line = (sys.executable, "-m", "pipeline", "verify", *since, "--format", "json")
            told = subprocess.run(line, cwd=folder, check=False, capture_output=True, encoding="utf-8").stdout
            seconds, own = time.perf_counter() - began, processor() - used
            print(f"{entries:>7} entries, {judged:>6} judged again: {seconds:6.1f} s, {own:6.1f} s of a processor")
            proofs = {proof["code"]: proof for proof in json.loads(told)["proofs"]}
            if proofs.get("pushes-lawful", {}).get("figures", {}).get("count") != str(judged):
                print(told)
                return 1
    return 0


def made(folder: Path, entries: int) -> list[str]:
    """Make the repository, and return the founding and then the entries after the first, oldest first."""
    scene = Scene(Repository(folder))
    scene.repository.git("init", "--quiet", "--initial-branch", "main")
    base = scene.begin(RIGHTS, {path(number): content(0) for number in range(FILES)})
    person, server = (load(key) for key in (PERSON, SERVER))
    who = f"{PERSON} <{email_of(PERSON)}>"
    objects: list[bytes] = []
    start = time_of(BEGINS)
    here, chain = base, [base]
    last = signed(
        objects, server, EMPTY_TREE, base, AUTHOR, start, entry_message(MAIN, Push(None, base, start), "2.47.3")
    )
    chain.append(last)
    for number, tree in enumerate(trees(folder, base, entries), 1):
        at = moment(start.stamp + number)
        new = signed(objects, person, tree, here, who, at, f"Thẩm định lần {number}\n")
        message = entry_message(MAIN, Push(here, new, at), "2.47.3")
        last = signed(objects, server, EMPTY_TREE, last, AUTHOR, at, message, second=new)
        here = new
        chain.append(last)
    pack(folder, objects)
    for name, target in ((MAIN, here), (BRANCH, last)):
        scene.repository.git("update-ref", name, target)
    return chain


def path(number: int) -> str:
    """Return the path of one of the files."""
    return f"{YEAR}/appraisal-1/co-quan-{number}.yml"


def trees(folder: Path, base: str, count: int) -> Iterator[str]:
    """Make the trees that follow from changing one file after another, and yield their ids."""
    stream = bytearray(b"feature done\n")
    for number in range(1, count + 1):
        data = content(number).encode()
        stream += b"commit refs/heads/trees\ncommitter X <x@y.invalid> 0 +0000\ndata 1\nx\n"
        stream += f"from {base}\n".encode() if number == 1 else b""
        stream += b"M 100644 inline %s\ndata %d\n%s\n" % (path(number % FILES).encode(), len(data), data)
    stream += b"done\n"
    subprocess.run(["git", "fast-import", "--quiet"], input=bytes(stream), cwd=folder, check=True)
    listed = ["git", "log", "--reverse", "--format=%T", f"{base}..refs/heads/trees"]
    told = subprocess.run(listed, cwd=folder, check=True, capture_output=True, encoding="ascii").stdout
    subprocess.run(["git", "update-ref", "-d", "refs/heads/trees"], cwd=folder, check=True)
    yield from told.split()


def load(person: str) -> tuple[Ed25519PrivateKey, bytes]:
    """Return a private key, and the public one as signatures carry it."""
    key = load_ssh_private_key(key_of(person).read_bytes(), None)
    assert isinstance(key, Ed25519PrivateKey)
    return key, base64.b64decode(public_key(person).split()[1])


def signed(
    objects: list[bytes],
    key: tuple[Ed25519PrivateKey, bytes],
    tree: str,
    parent: str,
    who: str,
    at: Moment,
    message: str,
    second: str | None = None,
) -> str:
    """Put a signed commit to the others, and return its id."""
    words = {"message": message, "second": second}
    armour = signature(commit_bytes(tree, parent, who, at, **words), *key)  # type: ignore[arg-type]
    data = commit_bytes(tree, parent, who, at, **words, signature=armour)  # type: ignore[arg-type]
    objects.append(data)
    return hashlib.sha1(b"commit %d\0" % len(data) + data, usedforsecurity=False).hexdigest()


def signature(message: bytes, key: Ed25519PrivateKey, public: bytes) -> str:
    """Sign as ssh-keygen does (OpenSSH, PROTOCOL.sshsig), thousands a second."""
    about = strings([NAMESPACE.encode(), b"", b"sha512"])
    raw = key.sign(b"SSHSIG" + about + strings([hashlib.sha512(message).digest()]))
    blob = b"SSHSIG" + struct.pack(">I", 1) + strings([public]) + about + strings([strings([b"ssh-ed25519", raw])])
    text = base64.b64encode(blob).decode()
    lines = "\n".join(text[at : at + 70] for at in range(0, len(text), 70))
    return f"-----BEGIN SSH SIGNATURE-----\n{lines}\n-----END SSH SIGNATURE-----"


def strings(parts: Iterable[bytes]) -> bytes:
    """Return parts, each behind its length."""
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


def pack(folder: Path, objects: list[bytes]) -> None:
    """Put commits into the repository as one pack."""
    body = b"PACK" + struct.pack(">II", 2, len(objects))
    for data in objects:
        size = len(data)
        head = bytearray([(1 << 4) | (size & 15)])
        size >>= 4
        while size:
            head[-1] |= 128
            head.append(size & 127)
            size >>= 7
        body += bytes(head) + zlib.compress(data, 1)
    body += hashlib.sha1(body, usedforsecurity=False).digest()
    subprocess.run(["git", "index-pack", "--stdin"], input=body, cwd=folder, check=True, capture_output=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
