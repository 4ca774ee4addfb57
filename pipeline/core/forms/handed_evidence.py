"""Which files that came with a form belong to which of its lines, and what the agency's dossier says of them then.

A line cites a file by its sha256. Where it has none yet, the number of its document decides: as the package says it, or
as it stands in the file's name. Nothing is guessed: what fits twice is told and not taken. Decision 0064.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Final

from pipeline.core.forms.packages import HandedFile, file_name, matched, number_key
from pipeline.core.forms.read_tables import FormFinding, finding
from pipeline.core.ground.characters import shown
from pipeline.core.ground.nodes import Plain, dict_of
from pipeline.core.record.model import DossierFile

_NAMED: Final = 10  # files or documents that one message names


@dataclass(frozen=True, slots=True)
class Citation:
    """One document that a line of a form cites: the line, its place in the list, its number, the file it names."""

    criterion: str
    position: int
    number: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class HandedEvidence:
    """What becomes of the files of a form: those that are taken, each with its line, and the lines that cite them."""

    taken: tuple[HandedFile, ...]
    lines: Mapping[tuple[str, int], str]  # criterion and position -> sha256
    findings: tuple[FormFinding, ...]


def citations(value: Mapping[str, Plain]) -> Iterator[Citation]:
    """Yield the documents that the lines of a file of a stage cite."""
    lines = value.get("lines")
    for code, line in lines.items() if isinstance(lines, dict) else ():
        listed = line.get("evidence") if isinstance(line, dict) else None
        for position, entry in enumerate(listed if isinstance(listed, list) else ()):
            if isinstance(entry, dict):
                digest = entry.get("sha256")
                yield Citation(
                    code, position, str(entry.get("number", "")), digest if isinstance(digest, str) else None
                )


def placed(
    name: str,
    cited: Sequence[Citation],
    files: Sequence[HandedFile],
    dossier: Mapping[str, DossierFile],
    others: Mapping[str, Collection[str]],
    *,
    alone: bool = False,
) -> HandedEvidence:
    """Return which lines cite which of the files that came with a form, and what does not fit.

    Args:
        others: the sha256 of what other agencies handed in, by the name of the agency.
        alone: whether a file that names a document of no line is taken as well, as a signed page is.
    """
    own = {file.sha256: file for file in files}
    lines = {(one.criterion, one.position): one.sha256 for one in cited if one.sha256 in own}
    told: list[FormFinding] = []
    open_ones = [one for one in cited if one.sha256 is None]
    numbers = {one.number: (one.criterion,) for one in open_ones if one.number}
    by_name = matched([file.path for file in files], numbers)
    fits: dict[tuple[str, int], dict[str, HandedFile]] = {}
    unclear: set[str] = set()  # the sha256 of files that a message of their own names
    for file in files:
        named = [file.number] if file.number else list(by_name[file.path])
        if file.sha256 in lines.values() and not file.number:
            continue
        if len({number_key(number) for number in named}) > 1:
            told.append(finding("evidence-file-unclear", name, found=shown(file.path), numbers=", ".join(named)[:200]))
            unclear.add(file.sha256)
            continue
        for one in open_ones:
            if named and number_key(one.number) == number_key(named[0]) and file.criterion in (None, one.criterion):
                fits.setdefault((one.criterion, one.position), {}).setdefault(file.sha256, file)
    for (code, position), found in fits.items():
        if len(found) > 1:
            paths = ", ".join(file.path for file in found.values())
            number = next(one.number for one in open_ones if (one.criterion, one.position) == (code, position))
            told.append(
                finding("evidence-number-twice", name, criterion=code, number=shown(number), found=shown(paths))
            )
            unclear.update(found)
        else:
            lines[code, position] = next(iter(found))
    loose = [file for file in files if alone and file.number and file.sha256 not in lines.values()]
    missing = [
        f"{one.criterion}: {one.number}"
        for one in cited
        if (one.criterion, one.position) not in {*lines, *fits} and one.sha256 not in dossier and not alone
    ]
    told += _told(name, missing, [file for file in files if file not in loose], {*lines.values(), *unclear})
    told += elsewhere("evidence-files-elsewhere", name, tuple(own.values()), others)
    taken = (*_taken(cited, own, lines), *loose)
    return HandedEvidence(taken, {at: sha for at, sha in lines.items() if sha}, tuple(told))


def _taken(
    cited: Sequence[Citation], own: Mapping[str, HandedFile], lines: Mapping[tuple[str, int], str | None]
) -> Iterator[HandedFile]:
    """Yield the files that a line cites, each once, with the line and document that name it first."""
    seen: set[str] = set()
    for one in cited:
        digest = lines.get((one.criterion, one.position))
        if digest is not None and digest not in seen:
            seen.add(digest)
            yield replace(own[digest], criterion=one.criterion, number=one.number)


def _told(
    name: str, missing: Sequence[str], files: Sequence[HandedFile], known: Collection[str | None]
) -> Iterator[FormFinding]:
    """Yield what is missing, what belongs to no line, and what came twice, each in one message and no file in two.

    `known`: the sha256 of the files that a line cites or that another message names.
    """
    unused = [file.path for file in files if file.sha256 not in known]
    first: dict[str, str] = {}
    kept = [file for file in files if file.sha256 in known]
    twice = [file.path for file in kept if first.setdefault(file.sha256, file.path) != file.path]
    for code, listed in (
        ("evidence-files-missing", missing),
        ("evidence-files-unused", unused),
        ("evidence-files-twice", twice),
    ):
        if listed:
            yield finding(code, name, count=str(len(listed)), found=_few(listed))


def elsewhere(
    code: str, name: str, files: Sequence[HandedFile], others: Mapping[str, Collection[str]]
) -> Iterator[FormFinding]:
    """Yield which files other agencies handed in as well.

    `others`: the sha256 of what other agencies handed in, by the name of the agency.
    """
    for agency, digests in others.items():
        if shared := [file.path for file in files if file.sha256 in digests]:
            yield finding(code, name, count=str(len(shared)), found=_few(shared), agency=shown(agency))


def _few(listed: Sequence[str]) -> str:
    told = ", ".join(shown(one) for one in listed[:_NAMED])
    return told + (", …" if len(listed) > _NAMED else "")


def with_files(value: Mapping[str, Plain], lines: Mapping[tuple[str, int], str]) -> dict[str, Plain]:
    """Return a file of a stage whose lines cite files by their sha256."""
    made = dict(value)
    made["lines"] = new = dict(dict_of(made.get("lines")))
    for (code, position), digest in lines.items():
        line = new[code]
        assert isinstance(line, dict)
        listed = line["evidence"]
        assert isinstance(listed, list)
        entry = listed[position]
        assert isinstance(entry, dict)
        new[code] = {**line, "evidence": [*listed[:position], {**entry, "sha256": digest}, *listed[position + 1 :]]}
    return made


def document_of(value: Mapping[str, Plain]) -> str:
    """Return the number of the document with which a file of a stage was handed in; nothing where it names none."""
    heads = (said.get("number") for key, said in value.items() if isinstance(said, dict) and key != "lines")
    return next((str(number) for number in heads if number is not None), "")


def entries_of(
    taken: Sequence[HandedFile], dossier: Mapping[str, DossierFile], *, day: str, stage: str
) -> dict[str, Plain]:
    """Return what a dossier says of files that it does not have yet, by their sha256."""
    names = [file.name for file in dossier.values()]
    made: dict[str, Plain] = {}
    for file in taken:
        if file.sha256 not in dossier:
            names.append(file_name(file.criterion, file.number or "", file.type, names))
            made[file.sha256] = {
                "name": names[-1],
                "bytes": Decimal(file.bytes),
                "type": file.type,
                "received": day,
                "stage": stage,
            }
    return made
