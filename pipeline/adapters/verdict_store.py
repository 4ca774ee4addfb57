"""Verdicts that were found before, by what they follow from: in SQLite, inside the git directory.

It only saves time (decision 0048). Whatever is wrong with it, it is as if nothing was stored: it is not there, another
program wrote it, somebody spoilt it, another process holds it, the disk is full. A row carries a digest of itself, so
that a half-written one counts as none. The one importer of sqlite3.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

NAME: Final = "verdicts.sqlite"
_KEPT: Final = 120  # rows of answers, and as many of all else, which takes longer to find; the oldest go first
_OLDEST: Final = """delete from verdicts where (key like 'answer %') = :own and at <=
    (select at from verdicts where (key like 'answer %') = :own order by at desc limit 1 offset :kept)"""
_WAIT: Final = 1.0  # seconds for another process that writes
_MOST: Final = 256 << 20  # bytes of one value
_BROKEN: Final = (sqlite3.Error, OSError, ValueError, zlib.error, RecursionError, MemoryError)
_TABLE: Final = "create table if not exists verdicts (at integer primary key, key text unique, digest text, value blob)"


@dataclass(frozen=True, slots=True)
class VerdictStore:
    """Values that JSON can hold, by text keys."""

    folder: Path

    def get(self, key: str) -> Any:  # noqa: ANN401 - what was put
        """Return what was stored under a key, None where nothing whole was."""
        with suppress(*_BROKEN), self._read() as known:
            row = known.execute("select digest, value from verdicts where key = ?", (key,)).fetchone()
            if row is not None and isinstance(row[1], bytes) and row[0] == _digest(key, row[1]):
                unpacked = zlib.decompressobj()
                return json.loads(unpacked.decompress(row[1], _MOST))
        return None

    def latest(self, beginning: str) -> tuple[str, ...]:
        """Return the keys that begin with a text, the latest first."""
        with suppress(*_BROKEN), self._read() as known:
            rows = known.execute(
                "select key from verdicts where substr(key, 1, ?) = ? order by at desc limit ?",
                (len(beginning), beginning, _KEPT),
            )
            return tuple(str(key) for (key,) in rows)
        return ()

    def put(self, key: str, value: Any) -> None:  # noqa: ANN401 - lists, texts and numbers
        """Store a value under a key, in the place of what stood there; a file that is no database is made anew."""
        data = zlib.compress(json.dumps(value, separators=(",", ":")).encode(), 1)
        with suppress(*_BROKEN):
            try:
                self._write(key, data)
            except sqlite3.OperationalError:  # another process holds it, or the disk is full
                return
            except sqlite3.DatabaseError:
                (self.folder / NAME).unlink()
                self._write(key, data)

    def _write(self, key: str, data: bytes) -> None:
        self.folder.mkdir(exist_ok=True)
        with self._opened() as known, known:
            known.execute(_TABLE)
            row = key, _digest(key, data), data
            known.execute("insert or replace into verdicts (key, digest, value) values (?, ?, ?)", row)
            known.execute(_OLDEST, {"own": key.startswith("answer "), "kept": _KEPT})

    def _read(self) -> AbstractContextManager[sqlite3.Connection]:
        (self.folder / NAME).stat()  # where there is none, reading makes none
        return self._opened()

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        with closing(sqlite3.connect(self.folder / NAME, timeout=_WAIT)) as known:
            yield known


def _digest(key: str, data: bytes) -> str:
    return hashlib.sha256(b"%s\0%s" % (key.encode(), data)).hexdigest()
