"""Where files may stand: the path is the identity, so a path tells kind, year, stage, agency and group.

What a file may contain: its schema. Whether the agency exists: a law of `index.laws`.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import takewhile
from operator import eq
from typing import TypeAlias

from pipeline.core.record.stages import KIND_OF, RESERVED, Kind

DATA = "data/"
SCHEMAS = "schemas/"
WORDS = "labels"  # the folder in which a repository puts words of its own, by language
FOLDERS = (DATA.rstrip("/"), SCHEMAS.rstrip("/"), WORDS)  # all that is read of a tree
_SCHEMA = re.compile(rf"{SCHEMAS}v([1-9][0-9]?)/[^/]+\.schema\.json")
YEAR = r"\d{4}(?:-[a-z0-9]+)*"
_SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_STAGE = rf"(?!(?:{'|'.join(sorted(RESERVED))})[/.]){_SLUG}"  # any name that stands for nothing else
Unit: TypeAlias = tuple[str, str]  # one agency of one year: what is read, judged and scored at a time
STAGE = "stage"  # the kind of a file of a stage, whatever the stage's name
DOSSIER = "dossiers"


@dataclass(frozen=True, slots=True)
class Place:
    """What a path under `data/` stands for, by its form alone: whether the year has the stage is judged elsewhere."""

    kind: str
    year: str | None = None
    stage: str | None = None
    agency: str | None = None
    group: str | None = None
    number: str | None = None
    body: str | None = None  # whose part of a stage of an agency it is; None for the head

    @property
    def unit(self) -> Unit | None:
        """Return the year and agency of a file that speaks of one agency alone, None of any other."""
        return None if self.year is None or self.agency is None else (self.year, self.agency)

    @property
    def right(self) -> str:
        """Return the name under which access.yml gives the right to write it, stages by their names."""
        return self.stage or self.kind if self.kind == STAGE else self.kind


# Kind of a stage -> the schema of its files.
_SCHEMA_OF_KIND: Mapping[Kind, str] = {
    "claim": "self-assessment",
    "appraise": "appraisal",
    "explain": "explanation",
    "decide": "council-decision",
}
_ONE_A_YEAR = ("cycle", "plan", "agencies", "criteria", "council", "documents", "approval")
_GLOBAL = ("access", "site", "bodies", "calendar", "concordance", "analysis")
_PATTERNS = (
    ("global", rf"data/(?P<name>{'|'.join(_GLOBAL)})\.yml"),
    ("year", rf"data/(?P<year>{YEAR})/(?P<name>{'|'.join(_ONE_A_YEAR)})\.yml"),
    (STAGE, rf"data/(?P<year>{YEAR})/(?P<stage>{_STAGE})/(?P<agency>{_SLUG})\.yml"),
    (STAGE, rf"data/(?P<year>{YEAR})/(?P<stage>{_STAGE})/(?P<agency>{_SLUG})/(?P<body>{_SLUG})\.yml"),
    (DOSSIER, rf"data/(?P<year>{YEAR})/dossiers/(?P<agency>{_SLUG})\.yml"),
    ("survey-file", rf"data/(?P<year>{YEAR})/survey/(?P<name>survey|supervision)\.yml"),
    ("moments", rf"data/(?P<year>{YEAR})/survey/moments/(?P<group>{_SLUG})\.yml"),
    ("survey-counts", rf"data/(?P<year>{YEAR})/survey/(?P<group>{_SLUG})/(?P<agency>{_SLUG})\.yml"),
    ("seal", rf"data/(?P<year>{YEAR})/seals/(?P<stage>{_SLUG})\.yml"),
    ("issued", rf"data/(?P<year>{YEAR})/issued/(?P<stage>{_SLUG})\.yml"),
    ("amendment", rf"data/(?P<year>{YEAR})/amendments/(?P<number>\d{{4}})\.yml"),
)

# The files that scoring reads: the digest in an approval covers these and no others (design, section 3, approval.yml).
SCORING_KINDS = frozenset(
    {"cycle", "agencies", "criteria", STAGE, "survey", "survey-counts", "amendment"},
)
# What an amendment replaces as a whole once it is closed: all that scoring reads but amendments, and moments.
REPLACED_KINDS = (SCORING_KINDS - {"amendment"}) | {"moments"}
# Files that grow with the agencies, or carry such a file; the limits of all others are those of `characters` and
# `documents`.
LARGE_KINDS = frozenset(
    {"access", "agencies", "amendment", "approval", "concordance", "cycle", "issued", "moments", "seal", DOSSIER}
)
LARGE_BYTES = 16 * 1024 * 1024
LARGE_ENTRIES = 600_000  # 11 questions on 700 agencies take 420,000
# Folders of a year whose files are of no single agency.
FOLDERS_OF_RULES = ("survey/moments", "issued", "seals", "amendments")
OWED_BY_YEAR = ("cycle", "agencies", "criteria")


@cache
def _compiled() -> tuple[tuple[str, re.Pattern[str]], ...]:
    return tuple((kind, re.compile(pattern, re.ASCII)) for kind, pattern in _PATTERNS)


@lru_cache(maxsize=1 << 14)  # a long range asks of the same paths again and again
def place(path: str) -> Place | None:
    """Return what a path stands for, or None where the layout has no place for it."""
    for kind, pattern in _compiled() if path.startswith(DATA) else ():
        found = pattern.fullmatch(path)
        if not found:
            continue
        parts = found.groupdict()
        return Place(parts.pop("name", kind), **parts)
    return None


def schema_of(place: Place, kind: Kind | None) -> str | None:
    """Return the name of the schema that a file follows; None for a file of a stage whose kind nobody knows.

    `kind`: the kind that the year's cycle gives the stage of the file.
    """
    if place.kind != STAGE:
        return place.kind
    if kind is None or (place.body is not None and kind != "appraise"):
        return None
    return "appraisal-part" if place.body is not None else _SCHEMA_OF_KIND[kind]


def schemas_of(place: Place) -> tuple[str, ...]:
    """Return the names of all schemas that a file may follow, the likeliest first where its year is not known."""
    if place.kind != STAGE:
        return (place.kind,)
    usual = schema_of(place, KIND_OF.get(place.stage or ""))
    return tuple(dict.fromkeys(filter(None, (usual, *_SCHEMA_OF_KIND.values(), "appraisal-part"))))


def set_digest(listed: Mapping[str, str]) -> str:
    """Return the sha256 over the sorted lines `path id` of some files: one figure that tells a set from any other."""
    return hashlib.sha256("".join(sorted(f"{path} {found}\n" for path, found in listed.items())).encode()).hexdigest()


def schema_version(path: str) -> int | None:
    """Return the version of the schemas that a file is one of: 1 of those in `schemas/v1`; None of any other file."""
    found = _SCHEMA.fullmatch(path) if path.startswith(SCHEMAS) else None
    return int(found[1]) if found else None


def is_year(name: str) -> bool:
    """Tell whether a name is that of a cycle: four digits, and a slug where a year has several sets."""
    return re.fullmatch(YEAR, name, re.ASCII) is not None


def index_of(year: str) -> str:
    """Return what tells the several indices of one year apart: `so-nganh` of 2024-so-nganh, nothing of 2024."""
    return year[5:]


def precedes(before: str, after: str) -> bool:
    """Tell whether a year comes before another of the same index; indices stand side by side and never follow."""
    return index_of(before) == index_of(after) and before[:4] < after[:4]


def year_before(year: str, years: Iterable[str]) -> str | None:
    """Return the nearest of some years before one: of 2025-so-nganh it is 2024-so-nganh, never 2024."""
    return max((one for one in years if precedes(one, year)), default=None)


def path_of(year: str, *parts: str) -> str:
    """Return the path of a file of a year: `path_of("2024", "appraisal-1", "co-quan-a")`."""
    return f"{DATA}{year}/{'/'.join(parts)}.yml"


def unit_of(year: str, agency: str) -> tuple[Unit, ...]:
    """Return the agency of a year that somebody named; none where the words can be no names."""
    found = place(path_of(year, DOSSIER, agency))
    return () if found is None or found.unit is None else (found.unit,)


def way(folder: str, target: str) -> str:
    """Return the way from a folder to a path, both seen from one place that nobody needs to know.

    `posixpath.relpath` asks the working directory where a path leads out of that place: pages in another
    language name downloads so.
    """
    here, there = _steps(folder), _steps(target)
    shared = len(list(takewhile(bool, map(eq, here, there))))
    return "/".join((*[".."] * (len(here) - shared), *there[shared:])) or "."


@lru_cache(maxsize=4096)
def _steps(path: str) -> tuple[str, ...]:
    """Return the parts of a path; a page leads to many from one, and many pages lead to one."""
    return tuple(part for part in posixpath.normpath(path).split("/") if part != ".")
