"""What a package is: a form and its files of evidence as a BagIt 1.0 bag (RFC 8493) in a zip. Decision 0064.

Everything about a package is a stranger's word until it is checked here: its names, sizes, lists and types. Zip and
file calls: `adapters/archives`; the order of the steps: `flows/packages`.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from xml.parsers import expat

from pipeline.core.forms.read_tables import FormFinding, finding
from pipeline.core.forms.web_page import PAGE
from pipeline.core.ground.characters import BAD_CHARACTER, plain_letters, shown

MOST_BYTES: Final = 50 << 20  # of one file
MOST_TOGETHER: Final = 1 << 30
MOST_FILES: Final = 2000
MOST_LISTED: Final = 4 << 20  # bytes of a list inside a package
LONGEST_NAME: Final = 240  # bytes of a path, so that every system can hold it

BAGIT, FETCH, MANIFEST, PAYLOAD, INDEX = "bagit.txt", "fetch.txt", "manifest-sha256.txt", "data/", "data/index.json"
BLANK: Final = "package-blank-form"  # what is said of a form that comes back as it was sent out
_VERSION: Final = re.compile(r"BagIt-Version: 1\.0\nTag-File-Character-Encoding: UTF-8\n?")
_LISTED: Final = re.compile(r"([0-9a-fA-F]{64})[ \t]{1,4}\*?([^\s*].*)")
_TAGS: Final = re.compile(r"bag-info\.txt|tagmanifest-[a-z0-9]+\.txt|manifest-[a-z0-9]+\.txt|bagit\.txt")
_DEVICE: Final = re.compile(r"(?:con|prn|aux|nul|com[0-9]|lpt[0-9])(?:\..*)?", re.IGNORECASE)

# Type of a file -> the ending of its name and how its bytes begin; those of Office are told by what they hold.
TYPES: Final[Mapping[str, tuple[str, tuple[bytes, ...]]]] = {
    "pdf": ("pdf", (b"%PDF-",)),
    "jpeg": ("jpg", (b"\xff\xd8\xff",)),
    "png": ("png", (b"\x89PNG\r\n\x1a\n",)),
    "tiff": ("tif", (b"II*\x00", b"MM\x00*")),
    "docx": ("docx", (b"PK\x03\x04",)),
    "xlsx": ("xlsx", (b"PK\x03\x04",)),
}
SCANS: Final = ("pdf", "jpeg", "png", "tiff")  # what a scanner makes
_MAIN_PARTS: Final = {"docx": "word/document.xml", "xlsx": "xl/workbook.xml"}
# The parts that a document without programs in it has; any other could hold one, or another archive.
_PARTS: Final = frozenset(
    "xml rels vml png jpg jpeg gif bmp emf wmf tif tiff svg odttf fntdata".split()  # noqa: SIM905 - endings in a row
)
# Programs by their types, and the ways of XML to write a word in other bytes, which no program that writes Office uses.
_PROGRAMS: Final = re.compile(rb"macro|vba|activex|oleobject|&|<!|\0", re.IGNORECASE)


_PAGE: Final = re.compile(rf"(?:[^/]+/){{0,2}}{PAGE.format(year='[^/]+', form='[^/]+(?:/[^/]+){1,2}')}index\.html")
_ADDRESS: Final = re.compile(r"[a-z][a-z0-9+.-]*:|[/\\]{2}", re.IGNORECASE)  # what begins no name of a part
_OF_A_DISK: Final = re.compile(r"file:///[a-z]:[/\\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PackedFile:
    """One entry of an archive as its list tells it: a plain file, or something that no package may hold."""

    path: str
    size: int
    plain: bool


@dataclass(frozen=True, slots=True)
class HandedFile:
    """One file of evidence that came with a form, and for which line and document its sender says it is."""

    path: str  # inside the package, or the folder beside a workbook
    sha256: str
    bytes: int
    type: str
    criterion: str | None = None
    number: str | None = None


@dataclass(frozen=True, slots=True)
class BroughtFile:
    """A file that came with a form, the folder or package in which it lies, and what its sender called it."""

    file: HandedFile
    source: Path
    name: str


def top_of(files: Iterable[PackedFile]) -> str | None:
    """Return the one top folder of a bag, None where an archive is none."""
    tops = [file.path.removesuffix(BAGIT) for file in files if re.fullmatch(rf"[^/]+/{re.escape(BAGIT)}", file.path)]
    return tops[0] if len(tops) == 1 else None


def is_blank_form(files: Iterable[PackedFile]) -> bool:
    """Tell whether an archive is the pages of a form as they were sent out, with nothing that anybody filled in."""
    paths = [file.path.casefold() for file in files]
    filled = any(path.endswith((".json", ".xlsx")) for path in paths)
    return not filled and any(_PAGE.fullmatch(path) for path in paths)


def wrong_entries(name: str, files: Iterable[PackedFile], top: str) -> Iterator[FormFinding]:
    """Yield what of an archive's list no package may have: unsafe or doubled paths, links, too much.

    `top`: its one folder.
    """
    seen: set[str] = set()
    total = 0
    for file in files:
        total += file.size
        inside = file.path.removeprefix(top)
        if not file.plain or not file.path.startswith(top) or not is_safe(file.path):
            yield finding("package-name-refused", name, found=shown(file.path)[:120])
        elif not (inside.startswith(PAYLOAD) or _TAGS.fullmatch(inside)):
            told = "package-fetches" if inside == FETCH else "package-file-unlisted"
            yield finding(told, name, found=shown(inside)[:120])
        elif _folded(file.path) in seen:
            yield finding("package-file-doubled", name, found=shown(inside)[:120])
        seen.add(_folded(file.path))
        if file.size > MOST_BYTES:
            yield too_large(name, file.path)
    if total > MOST_TOGETHER:
        yield finding("package-too-large", name, limit="1 GB")


def too_large(name: str, path: str) -> FormFinding:
    """Return the finding for a file beyond the limit of one."""
    return finding("package-file-too-large", name, found=shown(path)[:120], limit="50 MB")


def is_safe(path: str) -> bool:
    """Tell whether a path of an archive is one that every system would put below its folder, and shows as it is."""
    parts = path.split("/")
    return (
        len(path.encode("utf-8", "replace")) <= LONGEST_NAME
        and BAD_CHARACTER.search(path) is None
        and not any(unicodedata.category(letter) in ("Cc", "Cf", "Co", "Cs", "Zl", "Zp") for letter in path)
        and not any(unicodedata.bidirectional(letter) in ("R", "AL") for letter in path)
        and not any(letter in '\\:*?"<>|' for letter in path)
        and all(part not in ("", ".", "..") and part == part.strip(" .") for part in parts)
        and not any(_DEVICE.fullmatch(part) for part in parts)
    )


def _folded(path: str) -> str:
    """Return a path as the systems compare it that compare most loosely."""
    return unicodedata.normalize("NFC", path).casefold()


def manifest_of(name: str, declaration: bytes, listing: bytes) -> tuple[Mapping[str, str], tuple[FormFinding, ...]]:
    """Return the sha256 of each file of a bag by its path inside, and what is wrong with the bag's own lists."""
    if not _VERSION.fullmatch(declaration.decode("utf-8", "replace").replace("\r\n", "\n")):
        return {}, (finding("package-not-a-bag", name, found=BAGIT),)
    told: dict[str, str] = {}
    for line in listing.decode("utf-8", "replace").splitlines():
        entry = _LISTED.fullmatch(line)
        if entry is None:
            return {}, (finding("package-not-a-bag", name, found=MANIFEST),)
        path = re.sub("%(0[AaDd]|25)", lambda code: chr(int(code[1], 16)), entry[2])
        if told.setdefault(unicodedata.normalize("NFC", path), entry[1].lower()) != entry[1].lower():
            return {}, (finding("package-file-doubled", name, found=shown(path)[:120]),)
    return told, ()


def differences(name: str, listed: Mapping[str, str], there: Mapping[str, str]) -> Iterator[FormFinding]:
    """Yield how the files of a bag differ from what its manifest lists: both sha256 by path inside."""
    held = {unicodedata.normalize("NFC", path): digest for path, digest in there.items()}
    for path in sorted(held.keys() | listed.keys()):
        if path not in listed:
            yield finding("package-file-unlisted", name, found=shown(path)[:120])
        elif path not in held:
            yield finding("package-file-missing", name, found=shown(path)[:120])
        elif held[path] != listed[path]:
            yield finding("package-file-altered", name, found=shown(path)[:120])


def index_of(data: bytes) -> Mapping[str, tuple[str | None, str | None]] | None:
    """Return criterion and number of each file by its path, as index.json says; None where it is none."""
    try:
        entries = json.loads(data)["files"]
        return {
            unicodedata.normalize("NFC", entry["path"]): (_said(entry, "criterion"), _said(entry, "number"))
            for entry in entries
        }
    except (ValueError, TypeError, KeyError, RecursionError):
        return None


def _said(entry: Mapping[str, object], key: str) -> str | None:
    text = entry.get(key)
    return unicodedata.normalize("NFC", text)[:300] if isinstance(text, str) else None


@dataclass(frozen=True, slots=True)
class OfficeParts:
    """What an archive of Office says of itself: the paths of its parts, their types, and what they need beside them."""

    paths: tuple[str, ...]
    types: bytes
    links: tuple[bytes, ...]


def type_of(head: bytes, parts: OfficeParts | None) -> str | None:
    """Return the type of a file by its content, None where it is none that is taken.

    Args:
        parts: what it says of its parts where it is an archive, None where it is none that can be opened.
    """
    fits = [kind for kind, (_, begins) in TYPES.items() if head.startswith(begins)]
    if not fits or fits[0] not in _MAIN_PARTS:
        return fits[0] if fits else None
    if parts is None or _PROGRAMS.search(parts.types) or any(map(_fetches, parts.links)):
        return None
    names = [path.casefold() for path in parts.paths]
    sound = all(map(_is_part, names)) and len(set(names)) == len(names)
    held = [kind for kind in fits if _MAIN_PARTS[kind] in names]
    return held[0] if sound and len(held) == 1 else None


def _fetches(links: bytes) -> bool:
    """Tell whether a part needs what lies elsewhere, such as a template: that is fetched when a document is opened.

    A link that somebody has to click may stand, and the template of the disk on which a document was written.
    """
    told: list[bool] = []

    def started(_: str, link: dict[str, str]) -> None:
        kind, target = link.get("Type", "").rpartition("/")[2], link.get("Target", "").strip()
        outside = link.get("TargetMode", "").casefold() == "external" or _ADDRESS.match(target) is not None
        own = kind == "hyperlink" or (kind == "attachedTemplate" and _OF_A_DISK.match(target) is not None)
        told.append(outside and not own)

    parser = expat.ParserCreate()
    parser.StartElementHandler = started
    parser.StartDoctypeDeclHandler = lambda *_: told.append(True)
    try:
        parser.Parse(links, True)  # noqa: FBT003 - its last word
    except expat.ExpatError:
        return True
    return any(told)


def _is_part(path: str) -> bool:
    ending = path.rpartition(".")[2]
    return ending in _PARTS or (ending == "bin" and path.startswith("xl/printersettings/"))


def file_name(criterion: str | None, number: str, kind: str, taken: Iterable[str]) -> str:
    """Return the name of a file in a dossier: `1.1.1-15-KH-CTHN.pdf`, with a figure where that is taken."""
    slug = re.sub(r"[^0-9A-Za-z]+", "-", plain_letters(number).upper()).strip("-")[:60].strip("-")
    code = re.sub(r"[^0-9.]", "", criterion or "").strip(".")
    stem, known = "-".join(filter(None, (code, slug))) or "tep", {name.casefold() for name in taken}
    made = (f"{stem}{f'-{at}' if at > 1 else ''}.{TYPES[kind][0]}" for at in range(1, len(known) + 2))
    return next(name for name in made if name.casefold() not in known)


_NUMBER: Final = re.compile("[^0-9a-z]+")


def number_key(text: str) -> str:
    """Return a document's number as it may stand in a file's name: `15/KH-CTHN` and `15_KH CTHN` are one."""
    return _NUMBER.sub("-", plain_letters(text).casefold()).strip("-")


def matched(names: Iterable[str], numbers: Mapping[str, Iterable[str]]) -> Mapping[str, tuple[str, ...]]:
    """Return for each file's name the numbers of documents that stand in it, the longest alone.

    Args:
        numbers: the numbers that a form cites, each with the criteria that cite it.
    """
    keys = sorted({number: number_key(number) for number in numbers}.items(), key=lambda entry: -len(entry[1]))
    found: dict[str, tuple[str, ...]] = {}
    for name in names:
        told = f"-{number_key(name.rpartition('/')[2].rpartition('.')[0])}-"
        fits = [(number, key) for number, key in keys if key and f"-{key}-" in told]
        found[name] = tuple(number for number, key in fits if len(key) == len(fits[0][1]))
    return found
