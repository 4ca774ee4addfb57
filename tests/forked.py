"""The program for tests that start it again and again: loaded once in a process of its own, forked at each start.

A start has what a process of its own would have: arguments, folder, environment and the three streams, and it ends as
that process would. It only does not load the program, which takes longer than what such tests ask of it. That
`python -m pipeline` and `parindex` start by themselves is proved in test_process_ends, test_package and newcity.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
START = """\
#!{python} -SE
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as link:
    link.connect({address!r})
    socket.send_fds(link, [b"."], [0, 1, 2])
    link.sendall(json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode())
    link.shutdown(socket.SHUT_WR)
    sys.exit(int(link.recv(9)))
"""


@contextmanager
def loaded(program: Path) -> Iterator[Path]:
    """Load the program of a folder, and give the command that starts it."""
    with tempfile.TemporaryDirectory(prefix="parindex-") as folder:  # a socket's address must be short
        address, command = f"{folder}/door", Path(folder) / "parindex"
        command.write_text(START.format(python=sys.executable, address=address), encoding="utf-8")
        command.chmod(0o755)
        with subprocess.Popen(
            [sys.executable, str(Path(__file__).resolve()), address],
            env={**os.environ, "PYTHONPATH": str(program)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        ) as served:
            assert served.stdout is not None
            assert served.stdout.readline() == b"loaded\n"
            try:
                yield command
            finally:
                served.terminate()


def serve(address: str) -> None:
    """Load the program and let each start have a fork of this process; return in that fork, made up as was asked.

    The process ends with the tests that began it, however these end: then nobody holds its standard input any more.
    """
    import gc  # noqa: PLC0415 - only the process that serves needs these
    import pkgutil  # noqa: PLC0415
    import select  # noqa: PLC0415

    import pipeline.cli  # noqa: PLC0415
    import pipeline.commands  # noqa: PLC0415

    for command in pkgutil.iter_modules(pipeline.commands.__path__, "pipeline.commands."):
        __import__(command.name)
    gc.freeze()
    with socket.socket(socket.AF_UNIX) as door:
        door.bind(address)
        door.listen(50)
        print("loaded", flush=True)  # noqa: T201
        while True:
            if 0 in select.select([door, 0], [], [])[0]:
                os._exit(0)
            link = door.accept()[0]
            if not os.fork():
                break
            link.close()
            while os.waitpid(-1, os.WNOHANG)[0]:  # those who have answered
                pass
    _, streams, _, _ = socket.recv_fds(link, 1, 3)
    with link.makefile("rb") as told:
        arguments, folder, environment = json.load(told)
    if child := os.fork():
        for stream in streams:
            os.close(stream)
        link.sendall(str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])).encode())
        os._exit(0)
    link.close()
    for number, (stream, name) in enumerate(zip(streams, ("stdin", "stdout", "stderr"), strict=True)):
        os.dup2(stream, number)
        os.close(stream)
        setattr(sys, name, open(number, "r" if number == 0 else "w", encoding="utf-8", closefd=False))  # noqa: SIM115
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[:] = ["parindex", *arguments]


if __name__ == "__main__":
    sys.path.pop(0)  # this folder, which no program knows
    serve(sys.argv[1])
    from pipeline.__main__ import run

    try:
        run()
    except SystemExit as stop:  # to take apart all that was loaded would take as long as to load it
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(int(stop.code or 0))
