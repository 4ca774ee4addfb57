"""The archive of a bundle: packed so that the same files give the same bytes, and compared with the files beside it.

An archive may come from a stranger: its list is measured before it is read, and no entry is unpacked further than the
file that it should be.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from typing import Final

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
            entry = zipfile.ZipInfo(f"{folder}/{path}")  # the earliest time that the format knows
            entry.compress_type, entry.external_attr, entry.create_system = zipfile.ZIP_DEFLATED, _PLAIN_FILE, 3
            archive.writestr(entry, files[path])
    return stream.getvalue()


def unlike(data: bytes, files: Mapping[str, bytes], folder: str) -> Iterator[str]:
    """Yield the paths of files that an archive does not hold as they are; an empty one where it is no archive of ours.

    Args:
        data: the archive.
        files: what it should hold, by path.
        folder: the folder inside the archive.
    """
    if data == packed(files, folder):
        return
    names = [f"{folder}/{path}" for path in sorted(files)]
    if not _lists(data, names):
        yield ""
        return
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
            if [entry.filename for entry in entries] != names or not _are_plain(data, entries):
                yield ""
                return
            for entry, path in zip(entries, sorted(files), strict=True):
                if not _holds(data, entry, files[path]):
                    yield path
    except (zipfile.BadZipFile, NotImplementedError, OverflowError, ValueError):
        yield ""


def _lists(data: bytes, names: list[str]) -> bool:
    """Tell whether the list at the end has exactly the room of these names, so that reading it costs no more."""
    if len(data) < _END.size:
        return False
    end = len(data) - _END.size
    signature, disk, first, here, count, size, place, comment = _END.unpack_from(data, end)
    room = sum(_LIST_ENTRY + len(name) for name in names)
    told = (signature, disk, first, here, count, size, place, comment)
    return told == (b"PK\x05\x06", 0, 0, len(names), len(names), room, end - room, 0)


def _are_plain(data: bytes, entries: list[zipfile.ZipInfo]) -> bool:
    """Tell whether entries follow each other without a gap, each as `packed` writes it but for its compressed bytes."""
    place = 0
    for entry in entries:
        own = zipfile.ZipInfo(entry.filename)
        own.compress_type, own.external_attr, own.create_system = zipfile.ZIP_DEFLATED, _PLAIN_FILE, 3
        own.CRC, own.compress_size, own.file_size = entry.CRC, entry.compress_size, entry.file_size
        header = own.FileHeader()
        if entry.header_offset != place or any(getattr(entry, name) != getattr(own, name) for name in _KEPT):
            return False
        if data[place : place + len(header)] != header:
            return False
        place += len(header) + entry.compress_size
    return True


def _holds(data: bytes, entry: zipfile.ZipInfo, expected: bytes) -> bool:
    """Tell whether an entry unpacks to what is expected, and ends there: the library lets an endless stream pass."""
    stream = zlib.decompressobj(-zlib.MAX_WBITS)
    begin = entry.header_offset + len(entry.FileHeader())
    try:
        content = stream.decompress(data[begin : begin + entry.compress_size], len(expected) + 1)
    except zlib.error:
        return False
    told = (entry.CRC, entry.file_size) == (zlib.crc32(expected), len(expected))
    return told and content == expected and stream.eof and not stream.unused_data
