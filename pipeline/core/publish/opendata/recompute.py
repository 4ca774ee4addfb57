"""What a bundle proves of itself: the year's records rebuilt from its tables, scored again, and compared with them.

Where counts of the survey are hidden, the published points of the leaf are taken as they are. Who reads the files, and
whether they are what was published, is the matter of `pipeline.flows.verify_bundle`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final, TypeAlias

from pipeline.core.ground import nodes
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Node, Scalar
from pipeline.core.ground.numbers import Rounding, rounded
from pipeline.core.ground.problems import NOWHERE, Problem, Source
from pipeline.core.ground.text import Text
from pipeline.core.index.scoring import AgencyScore, LeafScore, Results, Step, leaf_score, ranked, roads, summed
from pipeline.core.index.survey_points import group_part
from pipeline.core.publish.opendata.csv_json import ReadTable, plain_text
from pipeline.core.publish.opendata.fields import Cell, Row
from pipeline.core.publish.opendata.rules_as_json import rule_of
from pipeline.core.publish.opendata.strict_values import NUMBER, WrongValueError
from pipeline.core.publish.opendata.tables import PART_DECIMALS, area_row, result_row, score_row
from pipeline.core.publish.scene import Scene
from pipeline.core.record.model import (
    Agency,
    Calendar,
    Counts,
    Criterion,
    Cycle,
    Exemption,
    Grade,
    Group,
    Line,
    PointsPolicy,
    Policy,
    Question,
    Scale,
    StageFile,
    SurveyPlan,
    Year,
    code_key,
)
from pipeline.core.record.rules import Judged, Rule
from pipeline.core.record.stages import KINDS, USUAL, Stage, Stages

Tables: TypeAlias = Mapping[str, ReadTable]
Place: TypeAlias = tuple[str, str]  # agency and criterion
Fact: TypeAlias = tuple[str, Mapping[str, str]]  # key of the words, and their figures

_MOST_DECIMALS: Final = 6
_STANDING: Final = ("points", "out_of", "index", "rank", "grade")
_TIES: Final = frozenset({"appraisal", "sipas"})


@dataclass(slots=True)
class BundleVerdict:
    """What was found: facts proved and not proved as keys of words with figures, and what disagrees."""

    proved: list[Fact] = field(default_factory=list)
    unproved: list[Fact] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def judge(tables: Tables) -> BundleVerdict:
    """Score the year again from the tables of a bundle and compare all that they state.

    Args:
        tables: every table of the bundle, each of the right shape.
    """
    verdict = BundleVerdict(problems=[*_lost_references(tables), *_single_year(tables)])
    if verdict.problems:
        return verdict
    rebuilt = _Rebuilt(tables)
    verdict.problems += rebuilt.problems
    if not rebuilt.problems:
        _compare(tables, rebuilt.year, verdict)
    return verdict


def _rows(tables: Tables, name: str) -> Sequence[Row]:
    return tables[name].table.rows


def _lost_references(tables: Tables) -> Iterator[Problem]:
    """Yield each value that should name a row of another table and names none."""
    known = {name: {row[key[0]] for row in _rows(tables, name)} for name in tables if (key := _key(tables, name))}
    for name, read in tables.items():
        for column in read.table.columns:
            for position, row in enumerate(_rows(tables, name) if column.of else ()):
                value = row[column.name]
                if value is not None and value not in known[str(column.of)]:
                    figures = {"field": column.name, "found": plain_text(value)[:80], "table": str(column.of)}
                    yield read.problem("bundle-unknown-name", position, column.name, **figures)


def _key(tables: Tables, name: str) -> tuple[str, ...]:
    return tables[name].table.resource.key()


def _single_year(tables: Tables) -> Iterator[Problem]:
    """Yield the places where the tables are not of one year, and what the year's own row lacks."""
    read = tables["year"]
    if len(read.table.rows) != 1:
        yield Problem("bundle-table", "error", read.path, 1, 1, {"found": str(len(read.table.rows)), "allowed": "1"})
        return
    one = read.table.rows[0]
    for table in tables.values():
        for position, row in enumerate(table.table.rows):
            for name in ("year", "illustrative", "provisional"):
                if row[name] != one[name]:
                    stated, computed = plain_text(row[name]), plain_text(one[name])
                    yield table.problem("bundle-differs", position, name, field=name, stated=stated, computed=computed)
    for name in ("points_decimals", "index_decimals"):
        if int(str(one[name])) > _MOST_DECIMALS:
            allowed = f"0 … {_MOST_DECIMALS}"
            yield read.problem("bundle-cell", 0, name, field=name, found=str(one[name]), allowed=allowed)
    ties = str(one["ties"])
    if ties not in {"competition", "dense"} and not set(ties.split()) <= _TIES:
        allowed = "competition, dense, appraisal, sipas"
        yield read.problem("bundle-cell", 0, "ties", field="ties", found=ties[:80], allowed=allowed)


# --- the records, rebuilt -------------------------------------------------------------------------------------------


class _Rebuilt:
    """The records of the year as the tables tell them; `problems` is what cannot be understood."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.problems: list[Problem] = []
        row = _rows(tables, "year")[0]
        criteria = self._criteria()
        self.year = Year(
            name=str(row["year"]),
            cycle=self._cycle(row),
            agencies=self._agencies(),
            criteria=criteria,
            stages=self._stages(criteria),
            survey=self._survey(row),
            counts=self._counts(),
            amendments=(),
            approvals=(),
            plan=(),
            council=None,
            supervision=None,
            sealed=frozenset(),
            digests={},
            inputs="",
        )

    def _cycle(self, row: Row) -> Cycle:
        ties = str(row["ties"])
        roundings: tuple[Rounding, ...] = ("half-up", "half-even", "down")
        points, index = (
            next(mode for mode in roundings if mode == row[name]) for name in ("points_rounding", "index_rounding")
        )
        policy = Policy(
            points=PointsPolicy(int(str(row["points_decimals"])), points, leaf_exact=row["leaf"] == "exact"),
            index_decimals=int(str(row["index_decimals"])),
            index_rounding=index,
            rank_on_exact=row["rank_on"] == "exact",
            ties=ties if ties in {"competition", "dense"} else tuple(ties.split()),
        )
        grades = tuple(
            Grade(str(one["grade"]), _decimal(one["from_index"]), _text(one, "title"))
            for one in _rows(self._tables, "grades")
        )
        return Cycle(
            title=_text(row, "title"),
            illustrative=row["illustrative"] is True,
            period_from=str(row["period_from"]),
            period_to=str(row["period_to"]),
            out_of=_decimal(row["out_of"]),
            legal_basis=(),
            stages=self._order(),
            windows={},
            extensions=(),
            policy=policy,
            grades=grades,
            source=NOWHERE,
            places={},
        )

    def _order(self) -> Stages:
        """Return the stages in their order; a bundle from before the table of stages has the usual five."""
        rows = sorted(_rows(self._tables, "stages"), key=lambda row: int(str(row["position"])))
        kinds = {kind: kind for kind in KINDS}
        listed = tuple(Stage(str(row["stage"]), kinds[row["kind"]]) for row in rows if row["kind"] in kinds)  # type: ignore[index]
        return Stages(listed) if listed else USUAL

    def _agencies(self) -> Mapping[str, Agency]:
        exempt: dict[str, list[Exemption]] = {}
        for row in _rows(self._tables, "exemptions"):
            one = Exemption(str(row["criterion"]), _text(row, "reason"), None, NOWHERE)
            exempt.setdefault(str(row["agency"]), []).append(one)
        return {
            slug: Agency(
                slug=slug,
                name=_text(row, "name"),
                short=_text(row, "short"),
                ranked=row["ranked"] is True,
                exemptions=tuple(exempt.get(slug, ())),
                source=NOWHERE,
            )
            for row in _rows(self._tables, "agencies")
            for slug in [str(row["agency"])]
        }

    def _criteria(self) -> Mapping[str, Criterion]:
        read = self._tables["criteria"]
        places = {str(row["criterion"]): position for position, row in enumerate(read.table.rows)}
        codes = sorted((code for code in places if _is_code(code)), key=code_key)
        parents = {code.rpartition(".")[0] for code in codes}
        found: dict[str, Criterion] = {}
        for code, position in places.items():
            row, parent = read.table.rows[position], code.rpartition(".")[0] or None
            if not _is_code(code) or row["parent"] != parent or row["area"] != code.partition(".")[0]:
                self._wrong(read, position, "criterion", code)
            elif (code in parents) == (row["rule"] is not None):
                self._wrong(read, position, "rule", plain_text(row["rule"]))
        for code in codes:
            below = [one for one in codes if one.startswith(f"{code}.")]
            leaves = [one for one in below if one not in parents] if below else [code]
            found[code] = self._criterion(read, places[code], below, leaves)
        return found

    def _criterion(self, read: ReadTable, position: int, below: Iterable[str], leaves: Iterable[str]) -> Criterion:
        row = read.table.rows[position]
        code = str(row["criterion"])
        return Criterion(
            code=code,
            title=_text(row, "title"),
            parent=None if row["parent"] is None else str(row["parent"]),
            children=tuple(one for one in below if one.rpartition(".")[0] == code),
            leaves=tuple(leaves),
            out_of=_decimal(row["out_of"]),
            stated_out_of=None,
            rule=self._rule(read, position),
            monitor=None,
            evidence=str(row["evidence"]),
            evidence_from=None,
            evidence_by=None,
            may_not_apply=None,
            guidance=None,
            source=NOWHERE,
            places={},
        )

    def _rule(self, read: ReadTable, position: int) -> Rule | None:
        row = read.table.rows[position]
        if row["rule"] is None:
            return None
        try:
            return rule_of(str(row["rule"]), _json(str(row["parameters"] or "")))
        except WrongValueError as error:
            self._wrong(read, position, "parameters", str(error))
            return None

    def _stages(self, criteria: Mapping[str, Criterion]) -> Mapping[str, Mapping[str, StageFile]]:
        read = self._tables["lines"]
        lines: dict[tuple[str, str], dict[str, Line]] = {}
        for position, row in enumerate(read.table.rows):
            code, leaf = str(row["criterion"]), criteria.get(str(row["criterion"]))
            if leaf is None or leaf.rule is None:
                self._wrong(read, position, "criterion", code)
                continue
            place = str(row["stage"]), str(row["agency"])
            score = row["score"]
            lines.setdefault(place, {})[code] = Line(
                criterion=code,
                source=Source(read.path, read.lines[position]),
                places={},
                score=score if isinstance(score, Decimal) else None,
                not_applicable=None if row["not_applicable_vi"] is None else _text(row, "not_applicable"),
                answer=self._answer(read, position, leaf.rule),
            )
        stages: dict[str, dict[str, StageFile]] = {}
        order = self._order()
        for (stage, agency), own in lines.items():
            kind = order.kind(stage)
            if kind is not None:  # a line of a stage that the bundle does not list was named as a lost reference
                stages.setdefault(stage, {})[agency] = StageFile(stage, kind, agency, NOWHERE, {}, own)
        return stages

    def _answer(self, read: ReadTable, position: int, rule: Rule) -> Node | None:
        told = read.table.rows[position]["answer"]
        if told is None:
            return None
        text = str(told)
        try:
            answer = _node(_json(text)) if text[0] in "[{" else _node(text)
        except WrongValueError as error:
            self._wrong(read, position, "answer", str(error))
            return None
        faults = rule.answer(answer)[1]
        if faults:
            self._wrong(read, position, "answer", text)
        return answer

    def _survey(self, row: Row) -> SurveyPlan | None:
        if not _rows(self._tables, "survey_groups"):
            return None
        values: dict[str, dict[str, Decimal]] = {}
        for one in _rows(self._tables, "survey_options"):
            scale = values.setdefault(str(one["scale"]), {})
            if isinstance(one["value"], Decimal):
                scale[str(one["option"])] = one["value"]
        groups = {
            str(one["group"]): Group(
                id=str(one["group"]),
                title=_text(one, "title"),
                sipas=one["source"] == "sipas",
                population=None,
                quota=None,
                forms={},
                source=NOWHERE,
            )
            for one in _rows(self._tables, "survey_groups")
        }
        read = self._tables["survey_questions"]
        questions: dict[str, Question] = {}
        for position, one in enumerate(read.table.rows):
            asked = tuple(str(one["groups"]).split())
            if str(one["scale"]) not in values or not set(asked) <= set(groups):
                self._wrong(read, position, "groups", f"{one['scale']}: {one['groups']}")
            names = str(one["question"]), str(one["scale"]), str(one["criterion"])
            questions[names[0]] = Question(*names, asked, _text(one, "text"), NOWHERE)
        limits = {
            name: {str(one["group"]): int(str(one[name])) for one in _rows(self._tables, "survey_groups") if one[name]}
            for name in ("valid_from", "show_from")
        }
        return SurveyPlan(
            scales={name: Scale(name, own, {}, None) for name, own in values.items()},
            groups=groups,
            questions=questions,
            fieldwork_from=None,
            fieldwork_to=None,
            modes=(),
            without_answers_zero=row["group_without_answers"] == "zero",
            valid_from=limits["valid_from"],
            show_from=limits["show_from"],
            moments_from=None,
            source=NOWHERE,
        )

    def _counts(self) -> Mapping[tuple[str, str], Counts]:
        answers: dict[tuple[str, str], dict[str, dict[str, int]]] = {}
        for row in _rows(self._tables, "survey_counts"):
            own = answers.setdefault((str(row["group"]), str(row["agency"])), {})
            if row["hidden"] is False:
                own.setdefault(str(row["question"]), {})[str(row["option"])] = int(str(row["count"] or 0))
        handed: dict[tuple[str, str], dict[str, Decimal]] = {}
        for row in _rows(self._tables, "survey_parts"):
            if row["source"] == "points" and row["hidden"] is False and isinstance(row["points"], Decimal):
                place = str(row["group"]), str(row["agency"])
                handed.setdefault(place, {})[str(row["criterion"])] = row["points"]
        return {
            place: Counts(
                group=place[0],
                agency=place[1],
                source=NOWHERE,
                places={},
                forms={"valid": int(str(row["valid"]))} if row["valid"] is not None else {},
                answers=answers.get(place, {}),
                sipas=row["sipas"] if isinstance(row["sipas"], Decimal) else None,
                points=handed.get(place, {}),
            )
            for row in _rows(self._tables, "survey_forms")
            for place in [(str(row["group"]), str(row["agency"]))]
        }

    def _wrong(self, read: ReadTable, position: int, column: str, found: str) -> None:
        self.problems.append(read.problem("bundle-rule", position, column, field=column, found=found[:80]))


def _is_code(code: str) -> bool:
    parts = code.split(".")
    return len(parts) <= 8 and all(part.isascii() and part.isdigit() and len(part) <= 3 for part in parts)


def _text(row: Row, name: str) -> Text:
    english = row[f"{name}_en"]
    return Text(str(row[f"{name}_vi"]), None if english is None else str(english))


def _decimal(value: Cell) -> Decimal:
    return value if isinstance(value, Decimal) else Decimal(0)


def _json(text: str) -> Any:  # noqa: ANN401 - what JSON can say; each reader judges its own part
    try:
        return json.loads(text, parse_float=str, parse_int=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        raise WrongValueError(text[:80]) from error


def _node(value: object) -> Node:
    """Return a plain value as the node that a file of data would hold."""
    if isinstance(value, str):
        return Scalar(value, Decimal(value) if NUMBER.fullmatch(value) else value, 1, 1)
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return nodes.Sequence(tuple(_node(item) for item in value), 1, 1)
    if isinstance(value, dict) and all(isinstance(item, str) for item in value.values()):
        keys = {key: Scalar(key, key, 1, 1) for key in value}
        return nodes.Mapping({key: _node(item) for key, item in value.items()}, keys, 1, 1)
    raise WrongValueError(str(value)[:80])


# --- scored again, and compared -------------------------------------------------------------------------------------


def _compare(tables: Tables, year: Year, verdict: BundleVerdict) -> None:
    hidden = _hidden(tables)
    leaves = {
        agency: tuple(leaf_score(year, way, year.counts) for way in roads(year, agency, {})) for agency in year.agencies
    }
    _lines(tables, leaves, year, verdict)
    _parts(tables, year, verdict)
    told = {agency: tuple(_as_told(tables, leaf, hidden, verdict) for leaf in own) for agency, own in leaves.items()}
    blurred = {agency for agency, _ in hidden} if year.cycle.policy.points.leaf_exact else set[str]()
    entries = ranked(year, (_entry(tables, year, agency, own, blurred) for agency, own in told.items()))
    scene = Scene(Results(year, entries, ()), {}, Calendar(), "", published=True, labels=Labels("vi", {}))
    ranks = ("rank", "grade") if not blurred or not year.cycle.policy.rank_on_exact else ()
    sums = ("points", "out_of", "index", "appraisal_points", "appraisal_out_of", "survey_points", "survey_out_of")
    results = {str(row["agency"]): row for row in (result_row(scene, entry) for entry in entries)}
    sharp = {agency: row for agency, row in results.items() if agency not in blurred}
    areas = [area_row(scene, entry, area) for entry in entries for area in entry.areas if entry.agency.slug in sharp]
    scores = [score_row(scene, entry, leaf) for entry in entries for leaf in entry.leaves]
    before = len(verdict.problems)
    verdict.problems += [
        *_differing(tables["scores"], scores, ("area", "part", "applicable", "points", "out_of", "stage")),
        *_differing(tables["areas"], areas, ("points", "out_of", "index"), left_out=blurred),
        *_differing(tables["results"], list(sharp.values()), sums, left_out=blurred),
        *_differing(tables["results"], list(results.values()), ranks),
    ]
    if len(verdict.problems) == before:
        verdict.proved.append(("ranking", {"agencies": str(len(sharp)), "leaves": str(len(scores))}))
    surveyed = [(leaf.road.agency, leaf.criterion.code) for own in leaves.values() for leaf in own if leaf.survey]
    verdict.proved.append(("survey", {"count": str(sum(place not in hidden for place in surveyed))}))
    if hidden:
        verdict.unproved.append(("hidden", {"count": str(len(hidden))}))
    if blurred:
        verdict.unproved.append(("exact", {"agencies": ", ".join(sorted(blurred))}))
    _approved(tables, verdict)


def _lines(tables: Tables, leaves: Mapping[str, tuple[LeafScore, ...]], year: Year, verdict: BundleVerdict) -> None:
    """Judge each score of a line by its rule and the answer that stood then."""
    read, policy = tables["lines"], year.cycle.policy.points
    positions = {line: position for position, line in enumerate(read.lines)}
    counted = {"follow": 0, "weighed": 0, "off-rule": 0, "unanswered": 0}
    for leaf in (leaf for own in leaves.values() for leaf in own):
        rule, out_of = leaf.criterion.rule, leaf.criterion.out_of
        for step in leaf.road.steps:
            if rule is None or not step.decides or not isinstance(step.value, Decimal):
                continue
            position = positions[step.line.source.line]
            free = step.kind == "decide" or read.table.rows[position]["amendment"] is not None
            if rule.answered and step.standing is None:
                counted["unanswered"] += 1
            elif rule.gives(step.value, step.standing, out_of=out_of, decimals=policy.decimals, mode=policy.rounding):
                counted["weighed" if isinstance(rule, Judged) else "follow"] += 1
            elif free:
                counted["off-rule"] += 1
            else:
                verdict.problems.append(_off_rule(read, position, step, rule, leaf, policy))
    verdict.proved.append(("lines", {"count": str(counted["follow"])}))
    for key in ("weighed", "off-rule", "unanswered"):
        if counted[key]:
            verdict.unproved.append((key, {"count": str(counted[key])}))


def _off_rule(  # noqa: PLR0917 - all that the one place of a line needs
    read: ReadTable, position: int, step: Step, rule: Rule, leaf: LeafScore, policy: PointsPolicy
) -> Problem:
    out_of = leaf.criterion.out_of
    gives = rule.points(step.standing, out_of=out_of, decimals=policy.decimals, mode=policy.rounding)
    computed = "–" if gives is None else f"{rounded(gives, policy.decimals, policy.rounding):f}"
    figures = {"field": "score", "stated": plain_text(read.table.rows[position]["score"]), "computed": computed}
    return read.problem("bundle-differs", position, "score", **figures)


def _parts(tables: Tables, year: Year, verdict: BundleVerdict) -> None:
    """Compute what each group whose counts are shown adds to its leaf again."""
    read = tables["survey_parts"]
    for position, row in enumerate(read.table.rows):
        item = year.counts.get((str(row["group"]), str(row["agency"])))
        if row["hidden"] is True or item is None:
            continue
        part = group_part(year.survey, year.criteria[str(row["criterion"])], item, out_of=_decimal(row["out_of"]))
        computed: dict[str, Cell] = {
            "mean": None if part.mean is None else rounded(part.mean, PART_DECIMALS),
            "left_out": part.left_out,
        }
        if row["source"] != "points":
            computed["points"] = None if part.points is None else rounded(part.points, PART_DECIMALS)
        verdict.problems += _unequal(read, position, computed, tuple(computed))


def _as_told(tables: Tables, leaf: LeafScore, hidden: Mapping[Place, Decimal], verdict: BundleVerdict) -> LeafScore:
    """Return a leaf with the points that the bundle states where counts are hidden; what it may give is judged."""
    read, place = tables["scores"], (leaf.road.agency, leaf.criterion.code)
    position = read.positions.get(place) if place in hidden and leaf.survey is not None else None
    if position is None:
        return leaf
    points, out_of = read.table.rows[position]["points"], hidden[place]
    if not isinstance(points, Decimal) or not 0 <= points <= out_of:
        figures = {"field": "points", "stated": plain_text(points) or "–", "computed": f"0 … {out_of:f}"}
        verdict.problems.append(read.problem("bundle-differs", position, "points", **figures))
        return leaf
    return replace(leaf, applicable=True, points=Fraction(points), out_of=Fraction(out_of), outstanding=False)


def _hidden(tables: Tables) -> Mapping[Place, Decimal]:
    """Return the leaves of which anything is hidden, and the points that their counted groups may give."""
    zero = _rows(tables, "year")[0]["group_without_answers"] == "zero"
    may_give: dict[Place, Decimal] = {}
    found: dict[Place, None] = {}
    for row in _rows(tables, "survey_parts"):
        place = str(row["agency"]), str(row["criterion"])
        if zero or row["left_out"] is None:
            may_give[place] = may_give.get(place, Decimal(0)) + _decimal(row["out_of"])
        if row["hidden"] is True:
            found[place] = None
    return {place: may_give.get(place, Decimal(0)) for place in found}


def _entry(tables: Tables, year: Year, agency: str, leaves: tuple[LeafScore, ...], blurred: set[str]) -> AgencyScore:
    """Sum up an agency; where hidden points are not known to the last digit, its index is the one stated."""
    entry = summed(year, year.agencies[agency], leaves)
    read = tables["results"]
    stated = read.table.rows[read.positions[agency,]]["index"] if (agency,) in read.positions else None
    if agency not in blurred or not isinstance(stated, Decimal):
        return entry
    return replace(entry, index=Fraction(stated), published=stated)


def _differing(
    read: ReadTable, computed: Iterable[Row], fields: Sequence[str], left_out: Iterable[str] = ()
) -> Iterator[Problem]:
    """Yield each figure that a table states and that computes otherwise, and each row too many or missing."""
    key, passed, stated = read.table.resource.key(), set(left_out), read.positions
    seen = set()
    for row in computed:
        own = tuple(row[name] for name in key)
        seen.add(own)
        if own not in stated:
            yield Problem("bundle-row-missing", "error", read.path, 1, 1, {"key": " ".join(map(plain_text, own))})
        else:
            yield from _unequal(read, stated[own], row, fields)
    for own, position in stated.items():
        if own not in seen and own[0] not in passed:
            yield read.problem("bundle-row-extra", position, key=" ".join(map(plain_text, own))[:80])


def _unequal(read: ReadTable, position: int, computed: Row, fields: Sequence[str]) -> Iterator[Problem]:
    row = read.table.rows[position]
    for name in fields:
        if row[name] != computed[name]:
            figures = {"stated": plain_text(row[name]) or "–", "computed": plain_text(computed[name]) or "–"}
            yield read.problem("bundle-differs", position, name, field=name, **figures)


def _approved(tables: Tables, verdict: BundleVerdict) -> None:
    """Compare the results with the table that was approved last."""
    versions = _rows(tables, "versions")
    if not versions:
        verdict.unproved.append(("not-approved", {}))
        return
    last = max(versions, key=lambda row: int(str(row["version"])))
    read = tables["versions_results"]
    stated = {row["agency"]: row for row in _rows(tables, "results")}
    own = {row["agency"]: n for n, row in enumerate(read.table.rows) if row["version"] == last["version"]}
    found = [
        problem
        for agency, position in own.items()
        if agency in stated
        for problem in _unequal(read, position, stated[agency], _STANDING)
    ]
    results = tables["results"]
    found += [
        results.problem("bundle-row-extra", position, key=plain_text(row["agency"]))
        for position, row in enumerate(results.table.rows)
        if row["agency"] not in own
    ]
    verdict.problems += found
    if not found:
        figures = {"version": plain_text(last["version"]), "number": str(last["decision_number"])}
        verdict.proved.append(("approved", figures))
