"""Packages for tests: a form with its files as a BagIt bag in a zip, good, or bent in one place."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from typing import Any

TOP = "phieu"
PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 40
BAGIT = b"BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"


def pdf(words: str) -> bytes:
    return PDF + f"% {words}\n".encode()


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def office(kind: str = "docx", extra: Mapping[str, bytes] = {}, types: bytes = b"<Types/>") -> bytes:
    """Return a document of Office with as little in it as tells so."""
    main = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}[kind]
    return zipped({"[Content_Types].xml": types, "_rels/.rels": b"<r/>", main: b"<d/>", **extra})


def zipped(files: Mapping[str, bytes], *, deflated: bool = False) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED) as archive:
        for path, data in files.items():
            archive.writestr(zipfile.ZipInfo(path), data, archive.compression)
    return stream.getvalue()


def bag(
    form: bytes,
    files: Mapping[str, tuple[str, str, bytes]],
    *,
    form_name: str = "phieu.json",
    bend: Mapping[str, bytes | None] = {},
    listed: Mapping[str, str | None] = {},
    index: Any = None,
    deflated: bool = False,
) -> bytes:
    """Return a package.

    Args:
        form: the form.
        files: name -> criterion, number, bytes.
        form_name: what the form is called.
        bend: paths inside the bag -> other bytes once the lists are made; None takes a file out.
        listed: paths -> another sha256 in the manifest; None leaves them out.
        index: what index.json says instead.
        deflated: whether the zip is compressed.
    """
    told = [
        {"criterion": code, "number": number, "path": f"data/tep/{name}", "sha256": digest(data)}
        for name, (code, number, data) in files.items()
    ]
    payload = {f"data/{form_name}": form, **{f"data/tep/{name}": data for name, (_, _, data) in files.items()}}
    payload["data/index.json"] = json.dumps({"files": told} if index is None else index).encode()
    manifest = {path: digest(data) for path, data in payload.items()} | dict(listed)
    lines = "".join(f"{sha}  {path}\n" for path, sha in manifest.items() if sha is not None)
    whole: dict[str, bytes | None] = {"bagit.txt": BAGIT, "manifest-sha256.txt": lines.encode(), **payload, **bend}
    return zipped({f"{TOP}/{path}": data for path, data in whole.items() if data is not None}, deflated=deflated)
