"""Signs of a person in what was written: mails, mobile phones, identity numbers, and names in what a survey said.

A law of every file below `data/`, in comments too. What a schema allows, and that staff are known by their mail in
`access.yml`, is not judged here; what was found is never repeated in full.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

from pipeline.core.problems import Problem

PHONE: Final = re.compile(r"(?<![\w.,/+-])(?:0|\+84[ .]?)[35789](?:[ .-]?\d){8}(?![\w/]|[.,]\d)", re.ASCII)
MAIL: Final = re.compile(r"[\w.%+-]+@[\w-]+(?:\.[\w-]+)+")
IDENTITY: Final = re.compile(r"(?<![\w.,/-])0(?:[0-8]\d|9[0-6])[0-9]\d{8}(?![\w/]|[.,-]\d)", re.ASCII)
TABLES: Final = (".csv", ".tsv", ".xls", ".xlsx", ".xlsm", ".xlsb", ".ods", ".sav", ".dta", ".parquet", ".sqlite")

_UPPER: Final = "A-ZÀ-ÖØ-ÝĂĐĨŨƠƯẠ-Ỹ"
_LOWER: Final = "a-zà-öø-ýăđĩũơưạ-ỹ"
# A family name of the commonest and at least two names after it: streets and wards that honour people mostly have two.
_NAME: Final = re.compile(
    r"(?<![\w])(?:Nguyễn|Trần|Lê|Phạm|Hoàng|Huỳnh|Phan|Vũ|Võ|Đặng|Bùi|Đỗ|Hồ|Ngô|Dương|Lý|Đinh|Trịnh|Mai|Đào)"
    rf"(?: [{_UPPER}][{_LOWER}]+){{2,4}}"
)
_HONOURED: Final = re.compile(r"(?:phường|xã|đường|phố|quận|huyện|trường|quỹ|giải|bệnh viện) $", re.IGNORECASE)
_ACCESS, _SEALS = "data/access.yml", "/seals/"
_MOST: Final = 10  # of one file that are told
_BYTES: Final = 1024 * 1024  # of one file that are looked at


def is_table(path: str) -> bool:
    """Tell whether a file is a table by its name: rows of respondents come as such."""
    return path.lower().endswith(TABLES)


def personal_data(path: str, data: bytes) -> Iterator[Problem]:
    """Yield where a file holds what looks like a person's data, the first few places of it."""
    if _SEALS in path:  # digests and signatures, which look like anything
        return
    patterns = [PHONE, IDENTITY, *([] if path == _ACCESS else [MAIL]), *([_NAME] if "/survey/" in path else [])]
    left = _MOST
    for number, line in enumerate(data[:_BYTES].decode("utf-8", "replace").splitlines(), 1):
        if path == _ACCESS and "ssh-" in line:
            continue
        for found in (match for pattern in patterns for match in pattern.finditer(line)):
            if found.re is _NAME and _HONOURED.search(line[: found.start()]):
                continue
            yield Problem("personal-data", "error", path, number, found.start() + 1, {"found": f"{found[0][:2]}…"})
            left -= 1
            if not left:
                return
