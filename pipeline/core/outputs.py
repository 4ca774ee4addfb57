"""What the commands answer, as text or as the stable JSON of design section 4. Pure: nothing is printed here."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from pipeline.core.characters import BAD_CHARACTER
from pipeline.core.labels import Labels
from pipeline.core.numbers import Exact, fixed
from pipeline.core.problems import Problem
from pipeline.core.scoring import AgencyScore, LeafScore, Part, Results
from pipeline.core.telling import grade_text, index_text, points_text

SCORE_COLUMNS = (
    "rank",
    "agency",
    "name",
    "points",
    "out_of",
    "index",
    "grade",
    "appraisal_points",
    "appraisal_out_of",
    "survey_points",
    "survey_out_of",
)


def to_json(value: object) -> str:
    """Return JSON with two spaces of indentation, keys in the order given, text as it is."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


# --- check ----------------------------------------------------------------------------------------------------------


def problems_text(problems: Iterable[Problem], labels: Labels) -> str:
    """Return one block per problem: place, severity, code, message; and what to do about it below."""
    return "".join(
        f"{visible(p.path)}:{p.line}:{p.column}: "
        f"{labels.text('severity.' + p.severity)} {p.code}: {visible(labels.message(p))}\n"
        f"    {labels.text('check.cure')} {visible(labels.help(p))}\n"
        for p in problems
    )


def visible(text: str) -> str:
    """Return a text on one line; what moves or hides it stands by its number: names and cells may hold commands."""
    return BAD_CHARACTER.sub(lambda found: f"\\u{ord(found[0]):04x}", text.replace("\n", "\\u000a"))


def problems_github(problems: Iterable[Problem], labels: Labels) -> str:
    """Return workflow commands that a forge shows beside the lines."""
    return "".join(
        f"::{p.severity} file={_property(visible(p.path))},line={p.line},col={p.column},title={_property(p.code)}::"
        f"{_escaped(labels.message(p) + ' ' + labels.help(p))}\n"
        for p in problems
    )


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")


def problems_markdown(problems: Sequence[Problem], labels: Labels) -> str:
    """Return a table for a comment; what people typed is shown as text."""
    if not problems:
        return labels.text("check.nothing") + "\n"
    head = [labels.text(f"check.column.{name}") for name in ("place", "severity", "problem", "cure")]
    rows = [
        [
            f"{p.path}:{p.line}",
            labels.text("severity." + p.severity),
            f"{p.code}: {labels.message(p)}",
            labels.help(p),
        ]
        for p in problems
    ]
    lines = [head, ["---"] * len(head), *([markdown_cell(cell) for cell in row] for row in rows)]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


# A forge looks for people, numbers and addresses in what it has rendered, entities resolved: only a space that shows
# nothing keeps `@name`, `#12` and `//host` apart.
_APART = "&#8203;"
_CALLS = frozenset("@#!~&$%^")
_LINKS = re.compile(r"(?<=:)(?=/)|(?<=\bwww)(?=\.)|(?<=\bGH-)(?=\d)", re.ASCII | re.IGNORECASE)


def markdown_cell(text: str) -> str:
    """Return text that Markdown shows as it is, on one line: nothing in it is markup, a link or a mention."""
    flat = BAD_CHARACTER.sub("\ufffd", " ".join(text.encode("utf-8", "replace").decode().split()))
    parts = (
        "".join(
            _entity(char) + (_APART if char in _CALLS and not after.isspace() else "")
            for char, after in zip(part, part[1:] + " ", strict=False)
        )
        for part in _LINKS.split(flat)
    )
    return _APART.join(parts)


def _entity(char: str) -> str:
    return f"&#{ord(char)};" if char.isascii() and not char.isalnum() and char not in " .,:;/-" else char


def problems_json(problems: Iterable[Problem], commit: str | None, files: int, labels: Labels) -> dict[str, Any]:
    """Return the stable shape of `check --format json`."""
    return {
        "commit": commit,
        "files": files,
        "problems": [
            {
                "code": p.code,
                "severity": p.severity,
                "path": p.path,
                "line": p.line,
                "column": p.column,
                "message": labels.message(p),
                "help": labels.help(p),
            }
            for p in problems
        ],
    }


# --- score ----------------------------------------------------------------------------------------------------------


def score_json(results: Results, commit: str | None, language: str = "vi") -> dict[str, Any]:
    """Return the stable shape of `score --format json`; points and indices are text with the year's decimals."""
    return {
        "year": results.year.name,
        "commit": commit,
        "illustrative": results.year.cycle.illustrative,
        "provisional": results.provisional,
        "agencies": [_agency_json(results, entry, language) for entry in results.agencies],
    }


def _agency_json(results: Results, entry: AgencyScore, language: str) -> dict[str, Any]:
    return {
        "agency": entry.agency.slug,
        "name": entry.agency.name.in_language(language),
        "points": _points(entry.total.points, results),
        "out_of": _points(entry.total.out_of, results),
        "index": _index(entry.index, results),
        "rank": entry.rank,
        "grade": entry.grade.id if entry.grade else None,
        "appraisal": _part(entry.appraisal, results),
        "survey": _part(entry.survey, results),
        "areas": [
            {
                "code": area.criterion.code,
                "points": _points(area.points, results),
                "out_of": _points(area.out_of, results),
                "index": _index(area.index, results),
            }
            for area in entry.areas
        ],
        "criteria": [_leaf_json(leaf, results) for leaf in entry.leaves],
        "outstanding": list(entry.outstanding),
        "missing": [
            {"stage": gap.kind, "group": gap.group, "criterion": gap.criterion}
            for gap in results.missing
            if gap.agency == entry.agency.slug
        ],
    }


def _leaf_json(leaf: LeafScore, results: Results) -> dict[str, Any]:
    return {
        "code": leaf.criterion.code,
        "points": None if leaf.points is None else _points(leaf.points, results),
        "out_of": None if leaf.out_of is None else _points(leaf.out_of, results),
        "applicable": leaf.applicable,
        "stage": leaf.stage,
        "amendment": leaf.amendment.source.path if leaf.amendment else None,
        "path": leaf.source.path if leaf.source else None,
        "line": leaf.source.line if leaf.source else None,
    }


def _part(part: Part, results: Results) -> dict[str, str]:
    return {"points": _points(part.points, results), "out_of": _points(part.out_of, results)}


def _points(value: Exact, results: Results) -> str:
    policy = results.year.cycle.policy.points
    return fixed(value, policy.decimals, policy.rounding)


def _index(value: Exact | None, results: Results) -> str | None:
    policy = results.year.cycle.policy
    return None if value is None else fixed(value, policy.index_decimals, policy.index_rounding)


def score_csv(scored: Iterable[Results], labels: Labels) -> str:
    """Return the league tables as one CSV with decimal points; names in the language of the labels."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["year", *SCORE_COLUMNS, "illustrative", "provisional"])
    for results in scored:
        flags = [str(flag).lower() for flag in (results.year.cycle.illustrative, results.provisional)]
        for entry in results.agencies:
            writer.writerow([results.year.name, *_score_cells(results, entry, labels), *flags])
    return out.getvalue()


def _score_cells(results: Results, entry: AgencyScore, labels: Labels) -> Iterator[str]:
    cells = {
        "rank": entry.rank,
        "agency": entry.agency.slug,
        "name": inert_cell(labels.of(entry.agency.name)),
        "points": _points(entry.total.points, results),
        "out_of": _points(entry.total.out_of, results),
        "index": _index(entry.index, results),
        "grade": entry.grade.id if entry.grade else None,
        "appraisal_points": _points(entry.appraisal.points, results),
        "appraisal_out_of": _points(entry.appraisal.out_of, results),
        "survey_points": _points(entry.survey.points, results),
        "survey_out_of": _points(entry.survey.out_of, results),
    }
    yield from ("" if cells[column] is None else str(cells[column]) for column in SCORE_COLUMNS)


def inert_cell(text: str) -> str:
    """Return typed text that no spreadsheet runs: an apostrophe before what would begin a formula."""
    bare = text.lstrip(" \"'\u00a0\u3000")
    return f"'{text}" if bare[:1] in tuple("=+-@\t\r＝＋－＠") and bare else text


def score_table(results: Results, labels: Labels) -> str:
    """Return the league table for a terminal."""
    year = results.year
    head = [labels.text(f"score.column.{name}") for name in ("rank", "agency", "points", "out_of", "index", "grade")]
    rows = [
        [
            "–" if entry.rank is None else str(entry.rank),
            labels.of(entry.agency.short),
            points_text(entry.total.points, year, labels),
            points_text(entry.total.out_of, year, labels),
            index_text(entry.index, year, labels),
            grade_text(entry, labels),
        ]
        for entry in results.agencies
    ]
    banner = [labels.of(year.cycle.title)]
    if year.cycle.illustrative:
        banner.append(labels.text("word.illustrative"))
    if results.provisional:
        banner.append(labels.text("word.provisional", count=len(results.missing)))
    return "\n".join([*banner, "", columns([head, *rows], right={0, 2, 3, 4})]) + "\n"


def columns(rows: Sequence[Sequence[str]], right: Iterable[int] = ()) -> str:
    """Return rows in aligned columns, a rule under the first."""
    width = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    aligned = [
        "  ".join(
            cell.rjust(width[i]) if i in set(right) else cell.ljust(width[i]) for i, cell in enumerate(row)
        ).rstrip()
        for row in rows
    ]
    return "\n".join([aligned[0], "  ".join("─" * size for size in width), *aligned[1:]])
