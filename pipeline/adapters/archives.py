"""Archives: of a bundle, packed so that the same files give the same bytes; of a stranger, read piece by piece.

The list of a stranger's archive is measured before it is read, and no entry is unpacked further than it says. What a
package may hold: `core.forms.packages`.
"""

from __future__ import annotations

import hashlib
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from pipeline.core.forms.packages import OfficeParts, PackedFile
from pipeline.core.ground.problems import reached

PIECE: Final = 1 << 20  # bytes that are held at a time
_PLAIN_FILE: Final = 0o644 << 16
_END: Final = struct.Struct("<4s4H2LH")  # the record that ends an archive: its list's entries, size and place
_LIST_ENTRY: Final = 46  # bytes of an entry of the list beside its name
_KEPT: Final = (
    *("compress_type", "create_system", "create_version", "extract_version", "flag_bits", "volume"),
    *("date_time", "external_attr", "internal_attr", "extra", "comment", "reserved"),
)


def packed(files: Mapping[str, bytes], folder: str) -> bytes:
    """Return files in one archive, below one folder; the same files give the same bytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(files):
            archive.writestr(_entry(f"{folder}/{path}"), files[path])
    return stream.getvalue()


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)  # the earliest time that the format knows
    entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, _PLAIN_FILE, 3
    return entry


@dataclass(frozen=True, slots=True)
class Told:
    """What tells the bytes of a file from any others."""

    size: int
    digest: str  # sha256


def told_of(pieces: Iterable[bytes]) -> Told:
    """Return what tells some bytes, which come piece by piece."""
    size, sha = 0, hashlib.sha256()
    for piece in pieces:
        size += len(piece)
        sha.update(piece)
    return Told(size, sha.hexdigest())


def unlike(archive: IO[bytes], files: Mapping[str, Told], folder: str) -> Iterator[str]:
    """Yield the paths of files that an archive does not hold as they are; an empty one where it is no archive of ours.

    `files`: what it should hold, by path.
    """
    names = [f"{folder}/{path}" for path in sorted(files)]
    if not _lists(archive, names):
        yield ""
        return
    try:
        entries = zipfile.ZipFile(archive).infolist()
        if [entry.filename for entry in entries] != names or not _are_plain(archive, entries):
            yield ""
            return
        for entry, path in zip(entries, sorted(files), strict=True):
            if not _holds(archive, entry, files[path]):
                yield path
    except (zipfile.BadZipFile, NotImplementedError, OverflowError, ValueError):
        yield ""


def _lists(archive: IO[bytes], names: list[str]) -> bool:
    """Tell whether the list at the end has exactly the room of these names, so that reading it costs no more."""
    end = archive.seek(0, io.SEEK_END) - _END.size
    if end < 0:
        return False
    archive.seek(end)
    room = sum(_LIST_ENTRY + len(name) for name in names)
    expected = (b"PK\x05\x06", 0, 0, len(names), len(names), room, end - room, 0)
    return _END.unpack(archive.read(_END.size)) == expected


def _are_plain(archive: IO[bytes], entries: list[zipfile.ZipInfo]) -> bool:
    """Tell whether entries follow each other without a gap, each as `packed` writes it but for its compressed bytes."""
    place = 0
    for entry in entries:
        own = _entry(entry.filename)
        own.CRC, own.compress_size, own.file_size = entry.CRC, entry.compress_size, entry.file_size
        header = own.FileHeader()
        if entry.header_offset != place or any(getattr(entry, name) != getattr(own, name) for name in _KEPT):
            return False
        archive.seek(place)
        if archive.read(len(header)) != header:
            return False
        place += len(header) + entry.compress_size
    return True


def _holds(archive: IO[bytes], entry: zipfile.ZipInfo, expected: Told) -> bool:
    """Tell whether an entry unpacks to what is expected, and ends there: the library lets an endless stream pass."""
    archive.seek(entry.header_offset + len(entry.FileHeader()))
    stream, left, crc = zlib.decompressobj(-zlib.MAX_WBITS), entry.compress_size, 0

    def pieces() -> Iterator[bytes]:
        nonlocal left, crc
        room = expected.size + 1
        while room and not stream.eof:
            given = stream.unconsumed_tail or archive.read(min(left, PIECE))
            left -= 0 if stream.unconsumed_tail else len(given)
            piece = stream.decompress(given, min(room, PIECE))
            if not given and not piece:
                return
            room, crc = room - len(piece), zlib.crc32(piece, crc)
            yield piece

    try:
        found = told_of(pieces())
    except zlib.error:
        return False
    is_whole = stream.eof and not stream.unused_data and not left
    return is_whole and found == expected and (entry.CRC, entry.file_size) == (crc, expected.size)


# --- an archive from a stranger -------------------------------------------------------------------------------------

_LONGEST_COMMENT: Final = 1 << 16
_ROOM: Final = 1 << 10  # bytes of the list that an entry may take
_OFFICE_LIST: Final = "[Content_Types].xml"
_LINKS: Final = ".rels"  # the end of the name of a part that says what another one needs
_MOST_LINKS: Final = 16 << 20  # bytes of all these
_UNREADABLE: Final = (
    *(zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, RuntimeError, EOFError, OverflowError, ValueError),
    *(KeyError, UnicodeError, struct.error, zlib.error),
)


class BrokenArchiveError(Exception):
    """A file is no archive that can be read, or not to its end."""


class Archive:
    """An open archive: what its list says, and its files piece by piece."""

    def __init__(self, archive: zipfile.ZipFile, path: Path) -> None:
        """Take the list of an archive; folders are no entries of their own."""
        self._archive, self._path = archive, path
        self._entries = {entry.orig_filename: entry for entry in archive.infolist()}
        self.files = tuple(
            PackedFile(entry.orig_filename, entry.file_size, _is_plain_file(entry))
            for entry in archive.infolist()
            if not (entry.is_dir() and not entry.file_size)
        )

    def pieces(self, path: str) -> Iterator[bytes]:
        """Yield the bytes of a file, a piece at a time.

        Raises:
            BrokenArchiveError: It cannot be unpacked, or is not what the list says.
            ParindexError: The archive cannot be reached any more.
        """
        with reached("cannot-read", self._path), _readable(), self._archive.open(self._entries[path]) as stream:
            while piece := stream.read(PIECE):
                yield piece

    def inside(self, path: str, most: int) -> OfficeParts | None:
        """Return what a file that is an archive of Office itself says of its parts; None where it is none.

        `most`: the most entries that it may have.
        """
        with suppress(BrokenArchiveError), _readable(), self._archive.open(self._entries[path]) as stream:
            return office_parts(stream, self._entries[path].file_size, most)
        return None


def _is_plain_file(entry: zipfile.ZipInfo) -> bool:
    """Tell whether an entry is a file that anyone can open: no link or device, not encrypted, packed as all can do."""
    kind = stat.S_IFMT(entry.external_attr >> 16) if entry.create_system == 3 else 0
    known = entry.compress_type in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
    return kind in (0, stat.S_IFREG) and known and not entry.flag_bits & 0x2041


@contextmanager
def opened(path: Path, most: int) -> Iterator[Archive]:
    """Open an archive whose list names no more than some entries.

    Raises:
        BrokenArchiveError: It is no archive, or has more.
        ParindexError: The file cannot be read.
    """
    with reached("cannot-read", path), path.open("rb") as stream:
        with _readable():
            _measure(stream, path.stat().st_size, most)
            archive = zipfile.ZipFile(stream)
        with archive:
            yield Archive(archive, path)


def office_parts(stream: IO[bytes], size: int, most: int) -> OfficeParts | None:
    """Return what an archive of Office says of its parts; None where it cannot be read to its end."""
    with suppress(BrokenArchiveError), _readable():
        _measure(stream, size, most)
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
            links = [entry for entry in entries if entry.orig_filename.casefold().endswith(_LINKS)]
            if sum(entry.file_size for entry in links) <= _MOST_LINKS:
                types, *told = (_whole(archive, entry) for entry in (archive.getinfo(_OFFICE_LIST), *links))
                return OfficeParts(tuple(entry.orig_filename for entry in entries), types, tuple(told))
    return None


def _whole(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    """Return a small part of an archive."""
    with archive.open(entry) as stream:
        data = stream.read(PIECE + 1)
    if len(data) > PIECE:
        raise BrokenArchiveError
    return data


def _measure(stream: IO[bytes], size: int, most: int) -> None:
    """Look at the end of an archive, so that reading its list costs no more than some entries do."""
    stream.seek(max(0, size - _LONGEST_COMMENT - _END.size))
    tail = stream.read(_LONGEST_COMMENT + _END.size)
    at = tail.rfind(b"PK\x05\x06")
    if at < 0 or at + _END.size > len(tail):
        raise BrokenArchiveError
    _, disk, first, here, count, listed, _, comment = _END.unpack_from(tail, at)
    whole = (disk, first, here) == (0, 0, count) and at + _END.size + comment == len(tail)
    if not whole or count > most or listed > most * _ROOM:
        raise BrokenArchiveError
    stream.seek(0)


@contextmanager
def _readable() -> Iterator[None]:
    """Turn what the library says of an archive that it cannot read into one error."""
    try:
        yield
    except _UNREADABLE as error:
        raise BrokenArchiveError from error
