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
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

NAME: Final = "verdicts.sqlite"
PARTS: Final = "parts.sqlite"
_KEPT: Final = 120  # rows of answers, and as many of all else, which takes longer to find; the oldest go first
_OLDEST: Final = """delete from verdicts where (key like 'answer %') = :own and at <=
    (select at from verdicts where (key like 'answer %') = :own order by at desc limit 1 offset :kept)"""
_WAIT: Final = 1.0  # seconds for another process that writes
_MOST: Final = 256 << 20  # bytes of one value
_BROKEN: Final = (sqlite3.Error, OSError, ValueError, zlib.error, RecursionError, MemoryError)
_OF_PARTS: Final = """create table if not exists parts
    (kind text, key text, digest text, value blob, primary key (kind, key))"""
_TABLE: Final = "create table if not exists verdicts (at integer primary key, key text unique, digest text, value blob)"


@dataclass(frozen=True, slots=True)
class VerdictStore:
    """Values that JSON can hold, by text keys."""

    folder: Path

    def get(self, key: str) -> Any:  # noqa: ANN401 - what was put
        """Return what was stored under a key, None where nothing whole was."""
        with suppress(*_BROKEN), _opened(self.folder / NAME) as known:
            row = known.execute("select digest, value from verdicts where key = ?", (key,)).fetchone()
            if row is not None and _is_whole(key, *row):
                return json.loads(zlib.decompressobj().decompress(row[1], _MOST))
        return None

    def latest(self, beginning: str) -> tuple[str, ...]:
        """Return the keys that begin with a text, the latest first."""
        with suppress(*_BROKEN), _opened(self.folder / NAME) as known:
            rows = known.execute(
                "select key from verdicts where substr(key, 1, ?) = ? order by at desc limit ?",
                (len(beginning), beginning, _KEPT),
            )
            return tuple(str(key) for (key,) in rows)
        return ()

    def put(self, key: str, value: Any) -> None:  # noqa: ANN401 - lists, texts and numbers
        """Store a value under a key, in the place of what stood there; a file that is no database is made anew."""
        data = zlib.compress(json.dumps(value, separators=(",", ":")).encode(), 1)
        _anew(lambda: self._write(key, data), self.folder / NAME)

    def _write(self, key: str, data: bytes) -> None:
        self.folder.mkdir(exist_ok=True)
        with _opened(self.folder / NAME, made=True) as known, known:
            known.execute(_TABLE)
            row = key, _digest(key, data), data
            known.execute("insert or replace into verdicts (key, digest, value) values (?, ?, ?)", row)
            known.execute(_OLDEST, {"own": key.startswith("answer "), "kept": _KEPT})


@dataclass(frozen=True, slots=True)
class PartStore:
    """The parts that a site was put together from, by their names: those of one kind are read and written together."""

    folder: Path
    kind: str  # sites of several kinds, as for the public and for readers inside, keep theirs

    def read(self) -> Mapping[str, bytes]:
        """Return what was kept, as far as it is whole."""
        with suppress(*_BROKEN), _opened(self.folder / PARTS) as known:
            rows = known.execute("select key, digest, value from parts where kind = ?", (self.kind,))
            return {key: data for key, digest, data in rows if _is_whole(key, digest, data)}
        return {}

    def keep(self, parts: Mapping[str, bytes], before: Mapping[str, bytes]) -> None:
        """Keep some parts, and no others; `before` are those that are kept already."""
        if parts != before:
            _anew(lambda: self._write(parts, before), self.folder / PARTS)

    def _write(self, parts: Mapping[str, bytes], before: Mapping[str, bytes]) -> None:
        self.folder.mkdir(exist_ok=True)
        before = before if (self.folder / PARTS).exists() else {}
        with _opened(self.folder / PARTS, made=True) as known, known:
            known.execute(_OF_PARTS)
            gone = "delete from parts where kind = ? and key not in (select value from json_each(?))"
            known.execute(gone, (self.kind, json.dumps([*parts])))
            new = ((self.kind, key, _digest(key, data), data) for key, data in parts.items() if before.get(key) != data)
            known.executemany("insert or replace into parts (kind, key, digest, value) values (?, ?, ?, ?)", new)


@contextmanager
def _opened(file: Path, *, made: bool = False) -> Iterator[sqlite3.Connection]:
    """Open a database; only to write in it is one made where there is none."""
    if not made:
        file.stat()
    with closing(sqlite3.connect(file, timeout=_WAIT)) as known:
        yield known


def _is_whole(key: object, digest: object, data: object) -> bool:
    return isinstance(key, str) and isinstance(data, bytes) and digest == _digest(key, data)


def _anew(write: Callable[[], None], file: Path) -> None:
    """Write, as far as that can be done; a file that is no database is made anew."""
    with suppress(*_BROKEN):
        try:
            write()
        except sqlite3.OperationalError:  # another process holds it, or the disk is full
            return
        except sqlite3.DatabaseError:
            file.unlink()
            write()


def _digest(key: str, data: bytes) -> str:
    return hashlib.sha256(b"%s\0%s" % (key.encode(), data)).hexdigest()
