"""A real server on the loopback: gitolite behind an sshd of its own, with a home, a host key and a port of their own.

The server runs as whoever runs the tests, and touches nothing of theirs: sshd tells every session that the home is the
server's. Run by root, sshd wants the empty folder `/run/sshd`, which the system's own service would have made.
"""

from __future__ import annotations

import getpass
import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_SSHD = """\
Port {port}
ListenAddress 127.0.0.1
HostKey {home}/host
PidFile none
AuthorizedKeysFile {home}/.ssh/authorized_keys
StrictModes no
UsePAM no
PasswordAuthentication no
KbdInteractiveAuthentication no
PermitRootLogin prohibit-password
MaxStartups 100
SetEnv HOME={home}
"""
_EMPTY = Path("/run/sshd")


@dataclass(frozen=True, slots=True)
class Gitolite:
    """The server: where it keeps its repositories, and how a person with a key reaches them."""

    home: Path
    port: int

    def repository(self, name: str) -> Path:
        """Return the bare repository on the server's disk."""
        return self.home / "repositories" / f"{name}.git"

    def address(self, name: str) -> str:
        """Return what a person clones."""
        return f"ssh://{getpass.getuser()}@127.0.0.1:{self.port}/{name}"

    def ssh(self, key: Path) -> str:
        """Return the ssh that git is to use with a key."""
        known = self.home / "known_hosts"
        options = ("BatchMode=yes", "IdentitiesOnly=yes", f"UserKnownHostsFile={known}")
        return f"ssh -F none -i {key} " + " ".join(f"-o {option}" for option in options)


@contextmanager
def serving(home: Path, admin: Path, program: Path) -> Iterator[Gitolite]:
    """Set a server up and let it serve.

    Args:
        home: a folder of its own.
        admin: the private key of who administers it; the public half stands beside it, and its stem is the name.
        program: `parindex`, which the server's hooks call.
    """
    (home / ".ssh").mkdir(parents=True)
    make_key(home / "host")
    environment = {"HOME": str(home), "PATH": os.environ["PATH"], "USER": getpass.getuser(), "LC_ALL": "C.UTF-8"}
    _run("gitolite", "setup", "-pk", str(admin.with_suffix(".pub")), env=environment)
    settings = home / ".gitolite.rc"
    settings.write_text(f"$ENV{{PARINDEX}} = '{program}';\n{settings.read_text('utf-8')}", "utf-8")
    port = _free_port()
    (home / "known_hosts").write_text(f"[127.0.0.1]:{port} {(home / 'host.pub').read_text('ascii')}", "ascii")
    (home / "sshd_config").write_text(_SSHD.format(home=home, port=port), "utf-8")
    sshd = shutil.which("sshd") or "/usr/sbin/sshd"  # which it calls again by its full path
    with _empty_folder(), (home / "sshd.log").open("wb") as log:
        served = subprocess.Popen([sshd, "-D", "-e", "-f", str(home / "sshd_config")], stderr=log)
        try:
            _wait(port, served)
            yield Gitolite(home, port)
        finally:
            served.terminate()
            served.wait()


def make_key(path: Path, kind: str = "ed25519") -> None:
    """Make a key without a passphrase, as `ssh-keygen` does."""
    _run("ssh-keygen", "-q", "-t", kind, "-N", "", "-C", path.name, "-f", str(path))


def _run(*command: str, env: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(
        command, env=env, stdin=subprocess.DEVNULL, capture_output=True, encoding="utf-8", check=False
    )
    assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


def _wait(port: int, served: subprocess.Popen[bytes]) -> None:
    for _ in range(200):
        assert served.poll() is None, "sshd ended at once"
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.02)
    raise AssertionError("sshd does not answer")


@contextmanager
def _empty_folder() -> Iterator[None]:
    made = os.geteuid() == 0 and not _EMPTY.exists()
    if made:
        _EMPTY.mkdir(mode=0o755)
    try:
        yield
    finally:
        if made:
            _EMPTY.rmdir()
