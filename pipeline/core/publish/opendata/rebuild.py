"""A year's records from the tables of a bundle: the files of data that would say the same, read as all data is read.

Reading passes over what it does not understand. What was passed over shows where the tables are written again from the
records and compared with what the bundle says (`recompute`). Decision 0041.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Final, TypeAlias

from pipeline.core.ground.nodes import Document, Plain, node_of
from pipeline.core.publish.opendata.csv_json import ReadTable
from pipeline.core.publish.opendata.fields import NUMBER, Cell, Row
from pipeline.core.record.layout import STAGE, Place
from pipeline.core.record.model import Year
from pipeline.core.record.reading import Placed, read_world

Tables: TypeAlias = Mapping[str, ReadTable]
Content: TypeAlias = "dict[str, Plain]"

# As deep as criteria may be (schemas); no stranger's code nests deeper than can be read.
_CODE: Final = re.compile(r"[1-9][0-9]{0,2}(?:\.[1-9][0-9]{0,2}){0,7}")


def year_of(tables: Tables) -> Year:
    """Return the year that tables tell whose references all lead somewhere."""
    name = str(rows_of(tables, "year")[0]["year"])
    files: list[tuple[Place, Content]] = [
        (Place("cycle", name), _cycle(tables)),
        (Place("agencies", name), {"agencies": _agencies(tables)}),
        (Place("criteria", name), {"criteria": _criteria(tables)}),
        *((Place(STAGE, name, *place), _told({"lines": lines})) for place, lines in _lines(tables).items()),
        *((Place("survey", name), _survey(tables)) for _ in rows_of(tables, "survey_groups")[:1]),
        *((Place("survey-counts", name, None, *place), counts) for place, counts in _counts(tables)),
    ]
    placed = (Placed(place, Document("", node_of(content))) for place, content in files)
    return read_world(placed).years[name]


def rows_of(tables: Tables, name: str) -> tuple[Row, ...]:
    """Return the rows of a table."""
    return tables[name].table.rows


def _told(fields: Mapping[str, Cell | Plain]) -> Content:
    """Return what is written: a field without a value is left out, and data know one kind of number."""
    known = ((name, value) for name, value in fields.items() if value is not None)
    return {
        name: value if isinstance(value, bool) or not isinstance(value, int) else Decimal(value)
        for name, value in known
    }


def _words(tables: Tables, row: Row, name: str) -> Plain:
    languages = (column.language for column in tables["year"].table.columns if column.language)
    return _told({language: row[f"{name}_{language}"] for language in dict.fromkeys(languages)}) or None


def _cycle(tables: Tables) -> Content:
    row = rows_of(tables, "year")[0]
    ties: list[Plain] = [*str(row["ties"]).split()]
    stages = sorted(rows_of(tables, "stages"), key=lambda stage: int(str(stage["position"])))
    return _told(
        {
            "title": _words(tables, row, "title"),
            "illustrative": row["illustrative"],
            "period": _told({"from": row["period_from"], "to": row["period_to"]}),
            "out_of": row["out_of"],
            "stages": {str(stage["stage"]): _told({"kind": stage["kind"]}) for stage in stages},
            "policy": {
                "points": _told(
                    {"decimals": row["points_decimals"], "rounding": row["points_rounding"], "leaf": row["leaf"]}
                ),
                "index": _told({"decimals": row["index_decimals"], "rounding": row["index_rounding"]}),
                "rank": _told({"on": row["rank_on"], "ties": ties if {*ties} <= TIES else row["ties"]}),
            },
            "bonus_limits": list(_bonus_limits(tables)),
            "grades": [
                _told({"id": grade["grade"], "from": grade["from_index"], "title": _words(tables, grade, "title")})
                for grade in rows_of(tables, "grades")
            ],
        }
    )


TIES: Final = frozenset({"appraisal", "sipas"})  # what may part agencies of one index; other words share a rank


def _bonus_limits(tables: Tables) -> Iterator[Content]:
    """Yield each limit that the rows of some agency tell."""
    told = {(row["codes"], row["most"], row["least"]) for row in rows_of(tables, "bonus_limits")}
    for codes, most, least in sorted(told, key=str):
        yield _told({"codes": [*str(codes).split()], "most": most, "least": least})


def _agencies(tables: Tables) -> Content:
    exempt: dict[str, list[Plain]] = {}
    for row in rows_of(tables, "exemptions"):
        one = _told({"criterion": row["criterion"], "reason": _words(tables, row, "reason")})
        exempt.setdefault(str(row["agency"]), []).append(one)
    return {
        str(row["agency"]): _told(
            {
                "name": _words(tables, row, "name"),
                "short": _words(tables, row, "short"),
                "ranked": row["ranked"],
                "not_applicable": exempt.get(str(row["agency"])),
            }
        )
        for row in rows_of(tables, "agencies")
    }


def _criteria(tables: Tables) -> Content:
    """Return the tree of criteria by their codes; one that has no place in it is left out."""
    below: dict[str, Content] = {}
    coded = [(code, row) for row in rows_of(tables, "criteria") if _CODE.fullmatch(code := str(row["criterion"]))]
    for code, row in sorted(coded, key=lambda one: -one[0].count(".")):
        parameters = _json(str(row["parameters"]))
        told = parameters if isinstance(parameters, dict) else {}
        below.setdefault(code.rpartition(".")[0], {})[code] = _told(
            {
                "title": _words(tables, row, "title"),
                "out_of": row["out_of"],
                "rule": _told({**told, "type": row["rule"]}) if row["rule"] else None,
                "evidence": row["evidence"],
                "claimed": row.get("claimed"),  # None of a bundle from before
                "children": below.get(code),
            }
        )
    return below.get("", {})


def _json(text: str) -> Plain:
    """Return what a cell of JSON says, whose numbers are text; where it is none, the text or number that it is."""
    try:
        return _plain(
            json.loads(text, parse_float=str, parse_int=str, parse_constant=str) if text[:1] in "[{" else text
        )
    except (ValueError, RecursionError):
        return text


def _plain(value: Plain) -> Plain:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return Decimal(value) if isinstance(value, str) and NUMBER.fullmatch(value) else value


def _lines(tables: Tables) -> Mapping[tuple[str, str], Content]:
    """Return the lines by their stage and agency."""
    lines: dict[tuple[str, str], Content] = {}
    for row in rows_of(tables, "lines"):
        lines.setdefault((str(row["stage"]), str(row["agency"])), {})[str(row["criterion"])] = _told(
            {
                "score": row["score"],
                "not_applicable": _words(tables, row, "not_applicable"),
                "answer": None if row["answer"] is None else _json(str(row["answer"])),
            }
        )
    return lines


def _survey(tables: Tables) -> Content:
    scales: dict[str, Content] = {}
    for row in rows_of(tables, "survey_options"):
        scale = scales.setdefault(str(row["scale"]), {})
        if row["value"] is not None:
            scale[str(row["option"])] = _told({"value": row["value"], "title": _words(tables, row, "title")})
    groups = {str(row["group"]): row for row in rows_of(tables, "survey_groups")}
    limits = {name: _told({group: row[name] for group, row in groups.items()}) for name in ("valid_from", "show_from")}
    return {
        "scales": {name: {"options": scale} for name, scale in scales.items()},
        "groups": {
            name: _told({"title": _words(tables, row, "title"), "source": row["source"]})
            for name, row in groups.items()
        },
        "questions": {
            str(row["question"]): _told(
                {
                    "scale": row["scale"],
                    "criterion": row["criterion"],
                    "groups": [*str(row["groups"]).split()],
                    "text": _words(tables, row, "text"),
                }
            )
            for row in rows_of(tables, "survey_questions")
        },
        "policy": _told({**limits, "group_without_answers": rows_of(tables, "year")[0]["group_without_answers"]}),
    }


def _counts(tables: Tables) -> Iterator[tuple[tuple[str, str], Content]]:
    """Yield what is shown of what each group said, by agency and group."""
    answers: dict[tuple[str, str], dict[str, Content]] = {}
    for row in rows_of(tables, "survey_counts"):
        if row["hidden"] is False:
            own = answers.setdefault((str(row["agency"]), str(row["group"])), {})
            own.setdefault(str(row["question"]), {}).update(_told({str(row["option"]): row["count"]}))
    handed: dict[tuple[str, str], Content] = {}
    for row in rows_of(tables, "survey_parts"):
        if row["source"] == "points" and row["hidden"] is False:
            points = handed.setdefault((str(row["agency"]), str(row["group"])), {})
            points.update(_told({str(row["criterion"]): row["points"]}))
    for row in rows_of(tables, "survey_forms"):
        place = str(row["agency"]), str(row["group"])
        forms = _told({"valid": row["valid"]})
        asked: Content = {**answers.get(place, {})}
        yield place, _told({"forms": forms, "answers": asked, "points": handed.get(place), "sipas": row["sipas"]})
