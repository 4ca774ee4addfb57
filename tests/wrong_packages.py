"""A package gone wrong for each problem code of packages: a good one with the mistake or attack that it names."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from bags import PNG, TOP, bag, digest, office, pdf, zipped
from formworlds import handed_over, tiny

FILES: Mapping[str, tuple[str, str, bytes]] = {
    "1.1.1-01.pdf": ("1.1.1", "01/KH-CQA-MH", pdf("kế hoạch")),
    "1.1.2-99.png": ("1.1.2", "99/BC-CQA-MH", PNG),
    "4.1-77.docx": ("4.1", "77/QĐ-MH", office()),
}
BIG = b"%PDF-" + b"\0" * (50 << 20)


@cache
def form() -> bytes:
    return handed_over(tiny(), "self-assessment")


def good(**bent: Any) -> bytes:
    return bag(form(), **{"files": FILES, **bent})


def holding(data: bytes, name: str = "1.1.1-01.pdf") -> Callable[[], bytes]:
    """Return a package in which a file has other content, rightly listed."""
    return lambda: good(files={**FILES, name: ("1.1.1", "01/KH-CQA-MH", data)})


def with_entry(name: str, data: bytes = b"x", mode: int = 0) -> Callable[[], bytes]:
    """Return a good package with one more entry, under whatever name."""

    def made() -> bytes:
        stream = io.BytesIO(good())
        with zipfile.ZipFile(stream, "a") as archive:
            entry = zipfile.ZipInfo("x")
            entry.filename, entry.external_attr = name, mode << 16
            entry.create_system = 3
            archive.writestr(entry, data)
        return stream.getvalue()

    return made


def nul_in_a_name() -> bytes:
    return with_entry(f"{TOP}/data/tep/a~b.pdf")().replace(b"a~b.pdf", b"a\0b.pdf")


def encrypted() -> bytes:
    data = bytearray(good())
    at = data.rfind(b"PK\x01\x02")
    data[at + 8] |= 1
    return bytes(data)


def bomb() -> bytes:
    """Return a package whose file of 51 MB is packed into some 50 kB."""
    return good(files={"1.1.1-01.pdf": ("1.1.1", "01/KH-CQA-MH", BIG)}, deflated=True)


def says_less() -> bytes:
    """Return a package whose list says that a file of 51 MB has 1,000 bytes."""
    data = bytearray(bomb())
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        place = -1
        while (place := data.find(mark, place + 1)) >= 0:
            if int.from_bytes(data[place + at : place + at + 4], "little") == len(BIG):
                data[place + at : place + at + 4] = (1000).to_bytes(4, "little")
    return bytes(data)


def many_entries() -> bytes:
    return zipped({f"{TOP}/data/{number}": b"" for number in range(3000)})


def two_hundred_large() -> bytes:
    """Return a package of which the list says that 200 files have 50 MB each: the bytes do not matter."""
    data = bytearray(good(files={f"{n}.pdf": ("1.1.1", "1", pdf(str(n))) for n in range(200)}))
    place = -1
    while (place := data.find(b"PK\x01\x02", place + 1)) >= 0:
        data[place + 24 : place + 28] = (50 << 20).to_bytes(4, "little")
    return bytes(data)


def blank(more: Mapping[str, bytes] = {}) -> bytes:
    """Return the pages of a form as they go out, packed."""
    top = "2024_self-assessment_co-quan-a"
    page = f"{top}/2024/bieu-mau/self-assessment/co-quan-a/index.html"
    return zipped({page: b"<!doctype html>", f"{top}/assets/form/form.js": b"", **more})


def needing(
    kind: str, target: str, part: str = "word/_rels/settings.xml.rels", mode: str = ' TargetMode="External"'
) -> bytes:
    """Return a document, or a workbook, of which a part needs something."""
    of = "http://schemas.openxmlformats.org/package/2006/relationships"
    link = f'<Relationship Id="a" Type="http://x.example/relationships/{kind}" Target="{target}"{mode}/>'
    links = f'<?xml version="1.0"?><Relationships xmlns="{of}">{link}</Relationships>'.encode()
    return office("xlsx" if part.startswith("xl/") else "docx", extra={part: links})


FAR = "https://a.example/mau.dotm"
_TWICE = {
    "a.pdf": ("1.1.1", "01/KH-CQA-MH", pdf("a")),
    "b.pdf": ("1.1.1", "01/KH-CQA-MH", pdf("b")),
}
_TORN = good()[:-200]

WRONG: Mapping[str, Callable[[], bytes]] = {
    "evidence-file-refused": holding(b"MZ\x90\x00" + b"\0" * 100),
    "evidence-file-unclear": lambda: good(
        files={"01-KH-CQA-MH va 99-BC-CQA-MH.pdf": ("", "", pdf("a"))}, index={"files": []}
    ),
    "evidence-files-elsewhere": good,
    "evidence-files-missing": lambda: good(files=dict(list(FILES.items())[:2])),
    "evidence-files-twice": lambda: good(files={**FILES, "again.pdf": FILES["1.1.1-01.pdf"]}),
    "evidence-files-unused": lambda: good(files={**FILES, "anh.png": ("3.1", "1/AB", PNG + b"1")}),
    "evidence-number-twice": lambda: good(files=_TWICE),
    "package-blank-form": blank,
    "package-broken": lambda: _TORN,
    "package-fetches": lambda: good(bend={"fetch.txt": b"https://a.example/a.pdf 10 data/tep/b.pdf\n"}),
    "package-file-altered": lambda: good(bend={"data/tep/1.1.1-01.pdf": pdf("khác")}),
    "package-file-doubled": with_entry(f"{TOP}/data/tep/1.1.1-01.PDF"),
    "package-file-missing": lambda: good(bend={"data/tep/1.1.1-01.pdf": None}),
    "package-file-too-large": bomb,
    "package-file-unlisted": lambda: good(bend={"data/tep/la.pdf": pdf("lạ")}),
    "package-form-missing": lambda: good(form_name="ghi-chu.txt"),
    "package-name-refused": with_entry("../../etc/passwd"),
    "package-not-a-bag": lambda: zipped({"a.pdf": pdf("a")}),
    "package-too-large": two_hundred_large,
}

# More ways to attack: what is tried -> the code that it meets, and the package.
ATTACKS: Mapping[str, tuple[str, Callable[[], bytes]]] = {
    "a path out of the folder": ("package-name-refused", with_entry(f"{TOP}/data/../../la.pdf")),
    "an absolute path": ("package-name-refused", with_entry("/etc/cron.d/la")),
    "a drive": ("package-name-refused", with_entry(f"{TOP}/data/C:la.pdf")),
    "a backslash": ("package-name-refused", with_entry(f"{TOP}/data/..\\la.pdf")),
    "a NUL": ("package-name-refused", nul_in_a_name),
    "a line end in a name": ("package-name-refused", with_entry(f"{TOP}/data/a\nb.pdf")),
    "300 letters": ("package-name-refused", with_entry(f"{TOP}/data/{'a' * 300}.pdf")),
    "written from right to left": ("package-name-refused", with_entry(f"{TOP}/data/\u05d0\u05d1.pdf")),
    "an override of direction": ("package-name-refused", with_entry(f"{TOP}/data/hoa\u202efdp.exe")),
    "a letter of no width": ("package-name-refused", with_entry(f"{TOP}/data/a\u200b.pdf")),
    "a device of Windows": ("package-name-refused", with_entry(f"{TOP}/data/NUL.pdf")),
    "a dot at the end": ("package-name-refused", with_entry(f"{TOP}/data/a.pdf.")),
    "an empty part": ("package-name-refused", with_entry(f"{TOP}/data//a.pdf")),
    "a second top folder": ("package-name-refused", with_entry("khac/data/a.pdf")),
    "a symbolic link": ("package-name-refused", with_entry(f"{TOP}/data/a.pdf", b"/etc/passwd", stat.S_IFLNK | 0o777)),
    "a device file": ("package-name-refused", with_entry(f"{TOP}/data/a.pdf", b"", stat.S_IFCHR | 0o600)),
    "a password": ("package-name-refused", encrypted),
    "a tag file that nobody knows": ("package-file-unlisted", with_entry(f"{TOP}/chay.sh")),
    "one path twice": (
        "package-file-doubled",
        lambda: good(bend={"data/tep/1.1.1-02.pdf": PNG}).replace(b"1-02.pdf", b"1-01.pdf"),
    ),
    "one name, marks typed in two ways": (
        "package-file-doubled",
        lambda: good(bend={"data/tep/\u1ea3nh.png": PNG, "data/tep/a\u0309nh.png": PNG}),
    ),
    "a file that says it is small": ("package-broken", says_less),
    "3,000 entries": ("package-broken", many_entries),
    "a list of nothing": ("package-not-a-bag", lambda: b"PK\x05\x06" + b"\0" * 18),
    "no zip at all": ("package-broken", lambda: b"%PDF-1.7"),
    "an end that lies": ("package-broken", lambda: good()[:-10] + b"\xff" * 10),
    "another version of BagIt": ("package-not-a-bag", lambda: good(bend={"bagit.txt": b"BagIt-Version: 0.97\n"})),
    "a manifest of another kind": ("package-not-a-bag", lambda: good(bend={"manifest-sha256.txt": b"0 data/a\n"})),
    "no manifest": ("package-not-a-bag", lambda: good(bend={"manifest-sha256.txt": None})),
    "an index that is no index": ("package-not-a-bag", lambda: good(index=[1, 2])),
    "an index of nested lists": (
        "package-not-a-bag",
        lambda: bag(form(), {}, bend={}, index="x").replace(b'{"files": "x"}', b"[[[[[[[[[[[[[["),
    ),
    "an index that names what is not there": (
        "package-file-missing",
        lambda: good(index={"files": [{"path": "data/tep/ma.pdf", "criterion": "1.1.1", "number": "1"}]}),
    ),
    "two forms": (
        "package-form-missing",
        lambda: good(files={}, listed={"data/b.json": digest(b"{}")}, bend={"data/b.json": b"{}"}),
    ),
    "a program called PDF": ("evidence-file-refused", holding(b"\x7fELF" + b"\0" * 60)),
    "a web page called PDF": ("evidence-file-refused", holding(b"<html><script>alert(1)</script>")),
    "an archive in the archive": ("evidence-file-refused", holding(zipped({"a.pdf": pdf("a")}), "a.zip")),
    "a document with macros": ("evidence-file-refused", holding(office(extra={"word/vbaProject.bin": b"x"}))),
    "macros under another name": (
        "evidence-file-refused",
        holding(office(extra={"word/media/a.png": b"x"}, types=b'<Override ContentType="x.vbaProject"/>')),
    ),
    "macros behind a list that is long": (
        "evidence-file-refused",
        holding(office(types=b"<Types>" + b" " * (1 << 20) + b'<Override ContentType="x.vbaProject"/></Types>')),
    ),
    "macros in two bytes a letter": (
        "evidence-file-refused",
        holding(office(types='<Types><Override ContentType="x.vbaProject"/></Types>'.encode("utf-16"))),
    ),
    "macros spelt by numbers": (
        "evidence-file-refused",
        holding(office(types=b'<Types><Override ContentType="x.v&#98;aProject"/></Types>')),
    ),
    "a workbook in a document": (
        "evidence-file-refused",
        holding(office(extra={"word/embeddings/a.xlsx": office("xlsx")})),
    ),
    "an object in a document": (
        "evidence-file-refused",
        holding(office(extra={"word/embeddings/oleObject1.bin": b"x"})),
    ),
    "a template of another machine": ("evidence-file-refused", holding(needing("attachedTemplate", FAR))),
    "a template of a share": ("evidence-file-refused", holding(needing("attachedTemplate", r"file:///\\may\mau.dotm"))),
    "a template whose place is no word": ("evidence-file-refused", holding(needing("attachedTemplate", FAR, mode=""))),
    "a frame from elsewhere": ("evidence-file-refused", holding(needing("frame", FAR, "word/_rels/document.xml.rels"))),
    "an object linked from elsewhere": (
        "evidence-file-refused",
        holding(needing("oleObject", "file:///c:/a.xlsx", "word/_rels/document.xml.rels")),
    ),
    "a picture from elsewhere": (
        "evidence-file-refused",
        holding(needing("image", "https://a.example/dem.png", "word/_rels/footer1.xml.rels")),
    ),
    "a workbook that reads another one": (
        "evidence-file-refused",
        holding(needing("externalLinkPath", "//may/so.xlsx", "xl/externalLinks/_rels/externalLink1.xml.rels")),
    ),
    "a template in two bytes a letter": (
        "evidence-file-refused",
        holding(
            office(
                extra={
                    "word/_rels/settings.xml.rels": f'<a Type="t/attachedTemplate" Target="{FAR}"/>'.encode("utf-16")
                }
            )
        ),
    ),
    "a template spelt by an entity": (
        "evidence-file-refused",
        holding(office(extra={"word/_rels/a.rels": b'<!DOCTYPE a [<!ENTITY t "attachedTemplate">]><a Type="t/&t;"/>'})),
    ),
    "links that are no XML": ("evidence-file-refused", holding(office(extra={"word/_rels/a.xml.rels": b"<a"}))),
    "links beyond any document": (
        "evidence-file-refused",
        holding(office(extra={"word/_rels/a.xml.rels": b"<a>" + b" " * (1 << 20) + b"</a>"})),
    ),
    "a document that is two": ("evidence-file-refused", holding(office(extra={"xl/workbook.xml": b"<w/>"}))),
    "a document cut short": ("evidence-file-refused", holding(office()[:-30])),
    "an empty file": ("evidence-file-refused", holding(b"")),
}
