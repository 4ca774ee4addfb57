"""Where files may stand: the path is the identity, so a path tells kind, year, stage, agency and group.

What a file may contain is the schema's matter; whether the agency exists is a law of `checks`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pipeline.core.record.model import STAGES

DATA = "data/"
SCHEMAS = "schemas/v1/"
YEAR = r"\d{4}(?:-[a-z0-9]+)*"
_SLUG = r"[a-z0-9]+(?:-[a-z0-9]+)*"
_STAGE = "|".join(STAGES)


@dataclass(frozen=True, slots=True)
class Place:
    """What a path under `data/` stands for; `schema` names the schema that its content follows."""

    kind: str
    schema: str
    year: str | None = None
    stage: str | None = None
    agency: str | None = None
    group: str | None = None
    number: str | None = None


_SCHEMA_OF_STAGE = {"appraisal-1": "appraisal", "appraisal-2": "appraisal"}
_ONE_A_YEAR = ("cycle", "plan", "agencies", "criteria", "council", "approval")
_GLOBAL = ("access", "bodies", "calendar", "concordance", "analysis")
_PATTERNS = tuple(
    (kind, re.compile(pattern, re.ASCII))
    for kind, pattern in (
        ("global", rf"data/(?P<name>{'|'.join(_GLOBAL)})\.yml"),
        ("year", rf"data/(?P<year>{YEAR})/(?P<name>{'|'.join(_ONE_A_YEAR)})\.yml"),
        ("stage", rf"data/(?P<year>{YEAR})/(?P<stage>{_STAGE})/(?P<agency>{_SLUG})\.yml"),
        ("survey-file", rf"data/(?P<year>{YEAR})/survey/(?P<name>survey|supervision)\.yml"),
        ("moments", rf"data/(?P<year>{YEAR})/survey/moments/(?P<group>{_SLUG})\.yml"),
        ("survey-counts", rf"data/(?P<year>{YEAR})/survey/(?P<group>{_SLUG})/(?P<agency>{_SLUG})\.yml"),
        ("seal", rf"data/(?P<year>{YEAR})/seals/(?P<stage>{_STAGE}|survey)\.yml"),
        ("amendment", rf"data/(?P<year>{YEAR})/amendments/(?P<number>\d{{4}})\.yml"),
    )
)

# The files that scoring reads: the digest in an approval covers these and no others (design, section 3, approval.yml).
SCORING_KINDS = frozenset(
    {"cycle", "agencies", "criteria", *STAGES, "survey", "survey-counts", "amendment"},
)
OWED_BY_YEAR = ("cycle", "agencies", "criteria")


def place(path: str) -> Place | None:
    """Return what a path stands for, or None where the layout has no place for it."""
    for kind, pattern in _PATTERNS:
        found = pattern.fullmatch(path)
        if not found:
            continue
        parts = found.groupdict()
        year, name = parts.get("year"), parts.get("name")
        if kind == "stage":
            stage = parts["stage"]
            return Place(stage, _SCHEMA_OF_STAGE.get(stage, stage), year, stage=stage, agency=parts["agency"])
        known = name or kind
        return Place(
            known,
            known,
            year,
            stage=parts.get("stage"),
            agency=parts.get("agency"),
            group=parts.get("group"),
            number=parts.get("number"),
        )
    return None


def is_year(name: str) -> bool:
    """Tell whether a name is that of a cycle: four digits, and a slug where a year has several sets."""
    return re.fullmatch(YEAR, name, re.ASCII) is not None


def path_of(year: str, *parts: str) -> str:
    """Return the path of a file of a year: `path_of("2024", "appraisal-1", "cuc-thue")`."""
    return f"{DATA}{year}/{'/'.join(parts)}.yml"
