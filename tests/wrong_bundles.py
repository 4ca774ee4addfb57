"""A bundle of open data gone wrong for each problem code of `verify --bundle`, and the place that must be named."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from typing import NamedTuple

from pipeline.adapters.archives import packed
from pipeline.core.publish.opendata.descriptions import checksums

Files = dict[str, bytes]


class Case(NamedTuple):
    """What makes a bundle wrong, and where: path, line and column from 1."""

    change: Callable[[Files], None]
    path: str
    line: int = 1
    column: int = 1


def replaced(path: str, old: str, new: str) -> Callable[[Files], None]:
    """Return what changes a text of a file once; the checksums are made anew, as who wants to deceive would."""

    def change(files: Files) -> None:
        text = files[path].decode()
        assert old in text
        files[path] = text.replace(old, new, 1).encode()
        signed_anew(files)

    return change


def signed_anew(files: Files) -> None:
    package = json.loads(files["datapackage.json"])
    for resource in package["resources"]:
        data = files[resource["path"]]
        resource["hash"], resource["bytes"] = f"sha256:{hashlib.sha256(data).hexdigest()}", len(data)
    files["datapackage.json"] = json.dumps(package).encode()
    catalog = json.loads(files["dcat.jsonld"])
    for one in catalog["dcat:dataset"][0]["dcat:distribution"]:
        data = files[one["@id"]]
        one["spdx:checksum"]["spdx:checksumValue"]["@value"] = hashlib.sha256(data).hexdigest()
        one["dcat:byteSize"]["@value"] = str(len(data))
    files["dcat.jsonld"] = json.dumps(catalog).encode()
    signed_and_packed(files)


def signed_and_packed(files: Files) -> None:
    """Make the list of checksums and the archive anew."""
    del files[ZIP]
    files["SHA256SUMS"] = checksums({p: d for p, d in files.items() if p != "SHA256SUMS"}).encode()
    files[ZIP] = packed(files, ZIP.removesuffix(".zip"))


def without_line(path: str, number: int) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        lines = files[path].decode().splitlines(keepends=True)
        files[path] = "".join(lines[: number - 1] + lines[number:]).encode()
        signed_anew(files)

    return change


def with_line(path: str, change_line: Callable[[str], str]) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        lines = files[path].decode().splitlines(keepends=True)
        files[path] = "".join([*lines, change_line(lines[1])]).encode()
        signed_anew(files)

    return change


def flip(path: str) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        files[path] = files[path][:-2] + b" " + files[path][-2:]

    return change


def without_archive_entry(files: Files) -> None:
    kept = {path: data for path, data in files.items() if path not in {ZIP, RESULTS}}
    files[ZIP] = packed(kept, ZIP.removesuffix(".zip"))


def blank_lines(path: str, count: int) -> Callable[[Files], None]:
    def change(files: Files) -> None:
        files[path] += b"\n" * count
        signed_anew(files)

    return change


def many(files: Files) -> None:
    files.update({f"csv/{'x' * (n % 20 + 1)}{'y' * (n // 20 + 1)}.csv": b"" for n in range(400)})


RESULTS, SCORES, LINES, ZIP = "csv/results.csv", "csv/scores.csv", "csv/lines.csv", "parindex-2024.zip"
DRAWS = "csv/rank_draws.csv"
WRONG: Mapping[str, Case] = {
    "bundle-archive": Case(without_archive_entry, ZIP),
    "bundle-cell": Case(replaced(SCORES, "appraisal,true,1.00", "appraisal,true,một"), SCORES, 2, 7),
    "bundle-checksum": Case(flip("json/results.json"), "json/results.json"),
    "bundle-cut-off": Case(blank_lines(RESULTS, 1_001), RESULTS, 1_006),
    "bundle-description": Case(replaced("datapackage.json", '"format": 1', '"format": 2'), "datapackage.json"),
    "bundle-differs": Case(replaced(RESULTS, ",92.00,", ",99.00,"), RESULTS, 2, 5),
    "bundle-foreign-file": Case(lambda files: files.update({"csv/doc.exe": b""}), "csv/doc.exe"),
    "bundle-missing-file": Case(lambda files: files.pop(LINES) and None, LINES),
    "bundle-repeated": Case(with_line(RESULTS, str), RESULTS, 6),
    "bundle-row-extra": Case(with_line(SCORES, lambda line: line.replace("1.1.1", "1.1")), SCORES, 194),
    "bundle-row-missing": Case(without_line(SCORES, 3), SCORES),
    "bundle-rule": Case(replaced(LINES, "dung-han", "dung-hen"), LINES, 2, 8),
    "bundle-signature": Case(lambda files: files.update({"SHA256SUMS.sig": b"x"}), "SHA256SUMS.sig"),
    "bundle-table": Case(replaced(RESULTS, "rank,grade", "grade,rank"), RESULTS),
    "bundle-too-large": Case(many, "csv"),
    "bundle-unknown-name": Case(replaced(RESULTS, "kho-bac-nha-nuoc", "kho-bac"), RESULTS, 2, 2),
    "bundle-unlike": Case(replaced("json/results.json", "92.00", "99.00"), "json/results.json"),
}
BY_SIGNERS = ("bundle-signer",)  # told only where keys are named: tests/test_signed_bundles.py
