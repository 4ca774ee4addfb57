"""Signs of a person in what was written: mails, mobile phones, identity numbers, and names in what a survey said.

A law of every file below `data/`, in comments too. What a schema allows, and that staff are known by their mail in
`access.yml`, is not judged here; what was found is never repeated in full.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pipeline.core.ground.problems import Problem

PERSONAL_DATA: Final = "personal-data"
PHONE: Final = re.compile(r"(?<![\w.,/+-])(?:0|\+84[ .]?)[35789](?:[ .-]?\d){8}(?![\w/]|[.,]\d)", re.ASCII)
# The rare sign first, what stands before it by `_start`: a search for the letters before it would try each of them.
MAIL: Final = re.compile(r"(?<=[\w.%+-])@[\w-]+(?:\.[\w-]+)+")
IDENTITY: Final = re.compile(r"(?<![\w.,/-])0(?:[0-8]\d|9[0-6])(?:\d{9}|(?:[ .]\d{3}){3})(?![\w/]|[.,-]\d)", re.ASCII)
TABLES: Final = (".csv", ".tsv", ".xls", ".xlsx", ".xlsm", ".xlsb", ".ods", ".sav", ".dta", ".parquet", ".sqlite")

_UPPER: Final = "A-ZÀ-ÖØ-ÝĂĐĨŨƠƯẠ-Ỹ"
_LOWER: Final = "a-zà-öø-ýăđĩũơưạ-ỹ"
_FAMILIES: Final = (
    "Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Đinh|Trịnh|Mai|Đào|Trương|Phùng|Tạ|Lương|Chu"
    "|Đoàn|Tống|Quách|Nghiêm|Kiều|Triệu|Vương|Tô|Lò|Nông|Hứa|Bạch|Khổng|Đàm|Lưu|Doãn|Mạc|Tăng|Cao|Thái|Lâm|Hà|Tôn"
)
# A family name and at least two names after it: streets and wards that honour people mostly have two. After "ông" or
# "bà" one is enough; in capitals, as on lists, a name may be anybody's.
_NAME: Final = re.compile(
    rf"(?<!\w)(?:(?:{_FAMILIES})(?: [{_UPPER}][{_LOWER}]+){{2,4}}"
    rf"|(?:{_FAMILIES.upper()})(?: [{_UPPER}]+){{2,4}}(?!\w)"
    rf"|(?:[Ôô]ng|[Bb]à) (?:{_FAMILIES})(?: [{_UPPER}][{_LOWER}]+)+)"
)
_NAMED: Final = re.compile(r"(?<!\w)(?:họ (?:và )?tên|ho_(?:va_)?ten|full[ _]?name)\s*[:=]\s*[\"']?\w", re.IGNORECASE)
# The word that says it is one, and then a number of any kind: old identity cards have nine digits, passports a letter.
_PAPER: Final = re.compile(
    r"(?<!\w)(?:cmnd|cmtnd|cccd|căn cước|chứng minh (?:nhân dân|thư)|hộ chiếu|passport)\D{0,20}\d{6,}", re.IGNORECASE
)
# Almost no file has a person in it, and these are found fast: what every number of a person has, and every whole name.
_MANY_DIGITS: Final = re.compile(r"\d(?:\d{5}|(?:[ .-]?\d){8})")
_TWO_WORDS: Final = re.compile(rf"\w [{_UPPER}]")
_HONOURED: Final = re.compile(r"(?:phường|xã|đường|phố|quận|huyện|trường|quỹ|giải|bệnh viện) $", re.IGNORECASE)
_HONOURS: Final = 12  # characters before a name that say so
_LOCAL: Final = re.compile(r"[\w.%+-]")  # a letter of a mail's first part
_ACCESS, _SEALS = "data/access.yml", "/seals/"
_MAILED = (_ACCESS, "data/site.yml")  # whose mails are meant to be read: by git, and by the public
_MOST: Final = 10  # of one file that are reported
_FREE_TEXT: Final = 60  # characters of a cell from which on it is free text, no option and no agency
_SHORTEST: Final = 5  # letters of the shortest sign of a person: a@b.c
_BYTES: Final = 1024 * 1024  # of one file that are looked at


def is_table(path: str) -> bool:
    """Tell whether a file is a table by its name: rows of respondents come as such."""
    return path.lower().endswith(TABLES)


def personal_data(path: str, data: bytes) -> Iterator[Problem]:
    """Yield where a file holds what looks like a person's data, the first few places of it."""
    if _SEALS in path:  # digests and signatures, which look like anything
        return
    text = data[:_BYTES].decode("utf-8", "replace")
    patterns = [PHONE, IDENTITY, _PAPER] if _MANY_DIGITS.search(text) else []
    patterns += [MAIL] if "@" in text and path not in _MAILED else []
    if "/survey/" in path:
        patterns += [_NAME, _NAMED] if _TWO_WORDS.search(text) else [_NAMED]
    if not any(pattern.search(text) for pattern in patterns):
        return
    left = _MOST
    for number, line in enumerate(text.splitlines(), 1):
        if len(line) < _SHORTEST or (path == _ACCESS and "ssh-" in line):
            continue
        for found in (match for pattern in patterns for match in pattern.finditer(line)):
            start = _start(found)
            if found.re is _NAME and _HONOURED.search(line, max(0, start - _HONOURS), start):
                continue
            yield Problem(PERSONAL_DATA, "error", path, number, start + 1, {"found": f"{line[start : start + 2]}…"})
            left -= 1
            if not left:
                return


def names_somebody(text: str) -> bool:
    """Tell whether a text has a sign of a person in it."""
    return any(sign.search(text) for sign in (PHONE, MAIL, IDENTITY, _PAPER, _NAME, _NAMED))


def quotable(text: str) -> str:
    """Return what a message may repeat of a cell: next to nothing of one that names somebody, or is free text."""
    return f"{text[:2]}…" if len(text) >= _FREE_TEXT or names_somebody(text) else text


def _start(found: re.Match[str]) -> int:
    """Return where something found begins; a mail is found at its sign."""
    start = found.start()
    while found.re is MAIL and start and _LOCAL.match(found.string, start - 1):
        start -= 1
    return start
