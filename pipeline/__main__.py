"""The program as a process: `parindex`, or `python -m pipeline`; how it ends when something stops it.

Exit 130 after an interrupt from the keyboard, 143 after a request to end; every other exit code: `cli`.
"""

from __future__ import annotations

import gc
import os
import signal
import sys
from contextlib import suppress
from types import FrameType
from typing import NoReturn

_COLLECT = (100_000, 20, 20)  # records hold no cycles, and the collector would walk them all again and again
_STOPS = (signal.SIGINT, signal.SIGTERM)
_STOPPED = "parindex: đã dừng theo yêu cầu (stopped)\n"  # the words of a language may not have been loaded yet


class _Stop:
    """What a signal does: it ends the work once; while the program goes, it does nothing."""

    def __init__(self) -> None:
        self.by = 0
        self.going = False

    def __call__(self, number: int, _frame: FrameType | None) -> None:
        """Stop the work wherever it is; what is half done is cleared away on the way out."""
        if not self.going:
            self.by = number
            raise KeyboardInterrupt


def run() -> NoReturn:
    """Run what was typed and end the process."""
    gc.set_threshold(*_COLLECT)
    _open_streams()
    stop = _Stop()
    for number in _STOPS:
        if signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, stop)
    told = sys.unraisablehook
    sys.unraisablehook = lambda lost: None if stop.by else told(lost)
    try:
        try:
            from pipeline.cli import main  # noqa: PLC0415 - loading takes long enough to be interrupted

            code = main()
        finally:
            stop.going = True
    except BaseException:
        if not stop.by:
            raise
        stop.going = True
        with suppress(OSError):
            os.write(2, _STOPPED.encode())
        code = 128 + stop.by
    for number in _STOPS:
        signal.signal(number, signal.SIG_IGN)
    gc.freeze()  # what is left goes with the process
    sys.exit(code)


def _open_streams() -> None:
    """Let a stream that the caller closed lead nowhere, so that no file gets its number and its words."""
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        try:
            os.fstat(number)
        except OSError:
            opened = os.open(os.devnull, os.O_RDWR)
            setattr(sys, name, os.fdopen(opened, "r" if number == 0 else "w", encoding="utf-8"))


if __name__ == "__main__":
    run()
