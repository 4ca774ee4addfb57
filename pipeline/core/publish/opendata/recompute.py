"""What a bundle proves of itself: the year's records rebuilt from its tables, scored as any year, written and compared.

Nothing is scored here in another way than any year is. Where counts of the survey are hidden, the published points of
the leaf are taken as they are. Who reads the files, and whether they are what was published: `flows.verify_bundle`.
Decision 0041.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeAlias

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.numbers import as_decimal
from pipeline.core.ground.problems import Problem
from pipeline.core.ground.text import MAIN
from pipeline.core.index.scoring import (
    AgencyScore,
    LeafScore,
    Results,
    amended_counts,
    leaf_score,
    ranked,
    roads,
    summed,
)
from pipeline.core.index.survey_points import group_part
from pipeline.core.publish.opendata.csv_json import ReadTable, plain_text
from pipeline.core.publish.opendata.fields import SHARED, Proof, Row
from pipeline.core.publish.opendata.rebuild import TIES, Tables, rows_of, year_of
from pipeline.core.publish.opendata.tables import (
    DRAWN,
    EXPORTS,
    STANDING,
    part_figure,
    policy_of_draws,
)
from pipeline.core.publish.scene import Figures, Scene
from pipeline.core.record.model import Calendar, FirmnessPolicy, Year
from pipeline.core.record.rules import RULES
from pipeline.core.record.stages import USUAL

Place: TypeAlias = tuple[str, str]  # agency and criterion
Fact: TypeAlias = tuple[str, Mapping[str, str]]  # key of the words, and their figures

_MOST_DECIMALS: Final = 6
_RULED: Final = frozenset({"rule", "parameters", "answer"})  # what has its meaning from the criteria alone


@dataclass(slots=True)
class BundleVerdict:
    """What was found: facts proved and not proved as keys of words with figures, and what disagrees."""

    proved: list[Fact] = field(default_factory=list)
    unproved: list[Fact] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def judge(tables: Tables) -> BundleVerdict:
    """Score the year again from the tables of a bundle and compare all that they state.

    `tables`: every table of the bundle, each of the right shape.
    """
    verdict = BundleVerdict(problems=[*_lost_references(tables), *_single_year(tables)])
    if verdict.problems:
        return verdict
    year = year_of(tables)
    verdict.problems += _misread(tables, year)
    if not verdict.problems:
        _compare(tables, year, verdict)
    return verdict


def _misread(tables: Tables, year: Year) -> Iterator[Problem]:
    """Yield what the records, written as tables again, say otherwise than the bundle, and rules that cannot be."""
    criteria = tables["criteria"]
    yield from _computed_again(tables, _scene(year, ()), "record")
    for one in year.criteria.values():
        position = criteria.positions[one.code,]
        if (one.rule is None) != bool(one.children):
            yield _unlike(criteria, position, "rule", "" if one.children else ", ".join(RULES))


def _scene(year: Year, entries: Sequence[AgencyScore], firmness: FirmnessPolicy = FirmnessPolicy()) -> Scene:  # noqa: B008 - it cannot change
    figures = Figures(Results(year, entries, ()), firmness)
    return Scene(figures, {}, Calendar(), "", published=True, labels=Labels(MAIN, {}))


def _lost_references(tables: Tables) -> Iterator[Problem]:
    """Yield each value that should name a row of another table and names none."""
    known = {
        name: {plain_text(row[key[0]]) for row in read.table.rows}
        for name, read in tables.items()
        if (key := read.table.resource.key())
    }
    known["stages"] = known["stages"] or {*USUAL.names}  # a bundle from before the table of stages
    for read in tables.values():
        for column in read.table.columns:
            table = column.of or column.names or ""
            for position, row in enumerate(read.table.rows if table else ()):
                value = plain_text(row[column.name])
                names = [value] if column.of else value.split()
                if lost := [one for one in names if one and one not in known[table]]:
                    figures = {"field": column.name, "found": lost[0][:80], "table": table}
                    yield read.problem("bundle-unknown-name", position, column.name, **figures)


def _single_year(tables: Tables) -> Iterator[Problem]:
    """Yield the places where the tables are not of one year, and what the year's own row lacks."""
    read = tables["year"]
    if len(read.table.rows) != 1:
        yield Problem("bundle-table", "error", read.path, 1, 1, {"found": str(len(read.table.rows)), "allowed": "1"})
        return
    one = read.table.rows[0]
    for table in tables.values():
        for position in range(len(table.table.rows)):
            yield from _unequal(table, position, one, SHARED)
    for name in ("points_decimals", "index_decimals"):
        if int(str(one[name])) > _MOST_DECIMALS:
            allowed = f"0 … {_MOST_DECIMALS}"
            yield read.problem("bundle-cell", 0, name, field=name, found=str(one[name]), allowed=allowed)
    ties = str(one["ties"])
    if ties not in {"competition", "dense"} and not set(ties.split()) <= TIES:
        allowed = "competition, dense, appraisal, sipas"
        yield read.problem("bundle-cell", 0, "ties", field="ties", found=ties[:80], allowed=allowed)


# --- scored again, and compared -------------------------------------------------------------------------------------


def _compare(tables: Tables, year: Year, verdict: BundleVerdict) -> None:
    hidden = _hidden(tables)
    counts = amended_counts(year)
    leaves = {own: tuple(leaf_score(year, way, counts) for way in roads(year, own, {})) for own in year.agencies}
    _lines(tables, leaves, year, verdict)
    verdict.problems += _parts(tables, year)
    told = {agency: tuple(_as_told(tables, leaf, hidden, verdict) for leaf in own) for agency, own in leaves.items()}
    blurred = {agency for agency, _ in hidden} if year.cycle.policy.points.leaf_exact else set[str]()
    entries = ranked(year, (_entry(tables, year, agency, own, blurred) for agency, own in told.items()))
    scene = _scene(year, entries)
    found = [*_computed_again(tables, scene, "score"), *_computed_again(tables, scene, "sum", left_out=blurred)]
    are_ranks_known = not blurred or not year.cycle.policy.rank_on_exact
    if are_ranks_known:
        found += _computed_again(tables, scene, "rank")
    found += _decided(tables)
    verdict.problems += found
    if not found:
        figures = {"agencies": len(entries) - len(blurred), "leaves": sum(map(len, told.values()))}
        verdict.proved.append(("ranking", {name: str(number) for name, number in figures.items()}))
        verdict.problems += _drawn_again(tables, scene, verdict, left_out=() if are_ranks_known else ("rank",))
    surveyed = [(leaf.road.agency, leaf.criterion.code) for own in leaves.values() for leaf in own if leaf.survey]
    verdict.proved.append(("survey", {"count": str(sum(place not in hidden for place in surveyed))}))
    if hidden:
        verdict.unproved.append(("hidden", {"count": str(len(hidden))}))
    if blurred:
        verdict.unproved.append(("exact", {"agencies": ", ".join(sorted(blurred))}))
    _approved(tables, verdict)
    if not found and not blurred:
        _replay(tables, scene, verdict)


def _drawn_again(
    tables: Tables, scene: Scene, verdict: BundleVerdict, *, left_out: Collection[str]
) -> Iterator[Problem]:
    """Draw the ranking again from the seed and the ranges that the table of draws states, and yield what differs.

    An amendment of the first appraisal stands in the place of its line, so that nobody knows what it overturned.
    """
    resource, read = EXPORTS["rank_draws"], tables["rank_draws"]
    if not read.table.rows:
        return
    first = scene.year.cycle.stages.first_appraise
    amended = any(row["stage"] == first and row["amendment"] is not None for row in rows_of(tables, "lines"))
    drawn = [*resource.rows(_scene(scene.year, scene.results.agencies, policy_of_draws(read.table.rows)))]
    fields = [field.name for field in resource.fields if not field.key and field.name not in left_out]
    for trial in DRAWN:
        stated = {key: position for key, position in read.positions.items() if key[1] == trial}
        if stated and trial == "judgement" and amended:
            verdict.unproved.append(("drawn-judgement", {}))
            continue
        computed = [row for row in drawn if row["trial"] == trial]
        differing = [*_differing(replace(read, positions=stated), computed, fields)]
        if computed and not differing:
            verdict.proved.append((f"drawn-{trial}", {"count": plain_text(computed[0]["draws"])}))
        yield from differing


def _decided(tables: Tables) -> Iterator[Problem]:
    """Yield the decisions that do not follow from one another to the scores that stand."""
    read, last = tables["decisions"], dict[Place, int]()
    for position, row in enumerate(read.table.rows):
        place = str(row["agency"]), str(row["criterion"])
        stood = read.table.rows[last[place]]["after"] if place in last else Decimal(0) if row["before"] == 0 else None
        yield from _unequal(read, position, {"before": stood}, ("before",))
        last[place] = position
    for row in rows_of(tables, "scores") if read.table.rows else ():
        place = str(row["agency"]), str(row["criterion"])
        if place in last:
            computed = {"after": row["points"], "out_of": row["out_of"], "applicable": row["applicable"]}
            yield from _unequal(read, last[place], computed, tuple(computed))
        elif row["stage"] is not None:
            yield Problem("bundle-row-missing", "error", read.path, 1, 1, {"key": " ".join(place)})


def _replay(tables: Tables, now: Scene, verdict: BundleVerdict) -> None:
    """Rank the agencies again as the decisions stood on the day of each approval, and compare with what it approved."""
    year = now.year
    for version in rows_of(tables, "versions") if rows_of(tables, "decisions") else ():
        day, number = str(version["decision_date"]), version["version"]
        stood = _standing_on(tables, day)
        entries = now.results.agencies
        if stood:
            then = ((one.agency, tuple(_as_stood(leaf, stood) for leaf in one.leaves)) for one in entries)
            entries = ranked(year, (summed(year, *one) for one in then))
        approved = tables["versions_results"]
        own = {key: position for key, position in approved.positions.items() if key[0] == number}
        rows = ({**row, "version": number} for row in EXPORTS["results"].rows(_scene(year, entries)))
        agree = not any(_differing(replace(approved, positions=own), rows, STANDING))
        (verdict.proved if agree else verdict.unproved).append(
            ("replayed", {"version": plain_text(number), "day": day})
        )


def _standing_on(tables: Tables, day: str) -> Mapping[Place, Row | None]:
    """Return the last decision about each criterion until a day where later ones follow; None: there was none yet.

    One without a day follows the one before it.
    """
    stood: dict[Place, Row | None] = {}
    later = set[Place]()
    for row in rows_of(tables, "decisions"):
        place = str(row["agency"]), str(row["criterion"])
        if place in later or str(row["day"] or "") > day:
            later.add(place)
        else:
            stood[place] = row
    return {place: stood.get(place) for place in later}


def _as_stood(leaf: LeafScore, stood: Mapping[Place, Row | None]) -> LeafScore:
    """Return a leaf as it stood; what no later decision touched is exact as it is."""
    place = leaf.road.agency, leaf.criterion.code
    if place not in stood:
        return leaf
    row = stood[place]
    if row is None:
        return replace(leaf, points=None, outstanding=True)
    points, out_of = (None if row[name] is None else Fraction(as_decimal(row[name])) for name in ("after", "out_of"))
    return replace(leaf, applicable=row["applicable"] is True, points=points, out_of=out_of, outstanding=False)


def _lines(tables: Tables, leaves: Mapping[str, tuple[LeafScore, ...]], year: Year, verdict: BundleVerdict) -> None:
    """Judge each score of a line by its rule and the answer that stood then."""
    read, policy = tables["lines"], year.cycle.policy.points
    counted = {"follow": 0, "weighed": 0, "off-rule": 0, "unanswered": 0}
    for leaf in (leaf for own in leaves.values() for leaf in own):
        rule, out_of = leaf.criterion.rule, leaf.criterion.out_of
        for step in leaf.road.steps:
            if rule is None or not step.decides or not isinstance(step.value, Decimal):
                continue
            position = read.positions[leaf.road.agency, leaf.criterion.code, step.stage]
            free = step.kind == "decide" or read.table.rows[position]["amendment"] is not None
            if rule.answered and step.standing is None:
                counted["unanswered"] += 1
            elif rule.gives(step.value, step.standing, out_of=out_of, decimals=policy.decimals, mode=policy.rounding):
                counted["follow" if rule.answered else "weighed"] += 1
            elif free:
                counted["off-rule"] += 1
            else:
                gives = rule.points(step.standing, out_of=out_of, decimals=policy.decimals, mode=policy.rounding)
                verdict.problems.append(_unlike(read, position, "score", plain_text(gives)))
    verdict.proved.append(("lines", {"count": str(counted["follow"])}))
    for key in ("weighed", "off-rule", "unanswered"):
        if counted[key]:
            verdict.unproved.append((key, {"count": str(counted[key])}))


def _parts(tables: Tables, year: Year) -> Iterator[Problem]:
    """Yield what a group whose counts are shown adds to its leaf otherwise than the bundle says."""
    read = tables["survey_parts"]
    for position, row in enumerate(read.table.rows):
        item = year.counts.get((str(row["group"]), str(row["agency"])))
        if row["hidden"] is True or item is None:
            continue
        part = group_part(
            year.survey_plan, year.criteria[str(row["criterion"])], item, out_of=as_decimal(row["out_of"])
        )
        points = row["points"] if row["source"] == "points" else part_figure(part.points)
        computed = {"mean": part_figure(part.mean), "points": points, "left_out": part.left_out}
        yield from _unequal(read, position, computed, tuple(computed))


def _as_told(tables: Tables, leaf: LeafScore, hidden: Mapping[Place, Decimal], verdict: BundleVerdict) -> LeafScore:
    """Return a leaf with the points that the bundle states where counts are hidden; what it may give is judged."""
    read, place = tables["scores"], (leaf.road.agency, leaf.criterion.code)
    position = read.positions.get(place) if place in hidden and leaf.survey is not None else None
    if position is None:
        return leaf
    points, out_of = read.table.rows[position]["points"], hidden[place]
    if not isinstance(points, Decimal) or not 0 <= points <= out_of:
        verdict.problems.append(_unlike(read, position, "points", f"0 … {out_of:f}"))
        return leaf
    return replace(leaf, applicable=True, points=Fraction(points), out_of=Fraction(out_of), outstanding=False)


def _hidden(tables: Tables) -> Mapping[Place, Decimal]:
    """Return the leaves of which anything is hidden, and the points that their counted groups may give."""
    zero = rows_of(tables, "year")[0]["group_without_answers"] == "zero"
    parts = [((str(row["agency"]), str(row["criterion"])), row) for row in rows_of(tables, "survey_parts")]
    may_give = {place: Decimal(0) for place, row in parts if row["hidden"] is True}
    for place, row in parts:
        if place in may_give and (zero or row["left_out"] is None):
            may_give[place] += as_decimal(row["out_of"])
    return may_give


def _entry(tables: Tables, year: Year, agency: str, leaves: tuple[LeafScore, ...], blurred: set[str]) -> AgencyScore:
    """Sum up an agency; where hidden points are not known to the last digit, its index is the one stated."""
    entry = summed(year, year.agencies[agency], leaves)
    read = tables["results"]
    stated = read.table.rows[read.positions[agency,]]["index"] if (agency,) in read.positions else None
    if agency not in blurred or not isinstance(stated, Decimal):
        return entry
    return replace(entry, index=Fraction(stated), published=stated)


def _computed_again(tables: Tables, scene: Scene, proof: Proof, left_out: Collection[str] = ()) -> Iterator[Problem]:
    """Yield what differs where the tables are written again from the year, of the fields that have this proof."""
    for name, resource in EXPORTS.items():
        fields = [column.name for column in tables[name].table.columns if column.proof == proof]
        if fields and (rows_of(tables, name) or not resource.later):
            rows = (row for row in resource.rows(scene) if row.get("agency") not in left_out)
            yield from _differing(tables[name], rows, fields, left_out)


def _differing(
    read: ReadTable, computed: Iterable[Row], fields: Sequence[str], left_out: Collection[str] = ()
) -> Iterator[Problem]:
    """Yield each figure that a table states and that computes otherwise, and each row too many or missing."""
    key, stated = read.table.resource.key(), read.positions
    seen = set()
    for row in computed:
        own = tuple(row[name] for name in key)
        seen.add(own)
        if own not in stated:
            yield Problem("bundle-row-missing", "error", read.path, 1, 1, {"key": " ".join(map(plain_text, own))})
        else:
            yield from _unequal(read, stated[own], row, fields)
    for own, position in stated.items():
        if own not in seen and own[0] not in left_out:
            yield read.problem("bundle-row-extra", position, key=" ".join(map(plain_text, own))[:80])


def _unequal(read: ReadTable, position: int, computed: Row, fields: Sequence[str]) -> Iterator[Problem]:
    row = read.table.rows[position]
    return (
        _unlike(read, position, name, plain_text(computed.get(name)))
        for name in fields
        if row.get(name) != computed.get(name)
    )


def _unlike(read: ReadTable, position: int, name: str, computed: str) -> Problem:
    """Return a value that is stated and another that computes, from a little before the first sign that differs."""
    stated = plain_text(read.table.rows[position][name])
    apart = next((n for n, (one, other) in enumerate(zip(stated, computed, strict=False)) if one != other), 0)
    shown = slice(max(0, apart - 40), apart + 80)
    told = {"stated": stated[shown] or "–", "computed": computed[shown] or "–"}
    return read.problem("bundle-rule" if name in _RULED else "bundle-differs", position, name, field=name, **told)


def _approved(tables: Tables, verdict: BundleVerdict) -> None:
    """Compare the results with the table that was approved last."""
    versions = rows_of(tables, "versions")
    if not versions:
        verdict.unproved.append(("not-approved", {}))
        return
    last = max(versions, key=lambda row: int(str(row["version"])))
    read = tables["versions_results"]
    own = {key: position for key, position in read.positions.items() if key[0] == last["version"]}
    rows = ({**row, "version": last["version"]} for row in rows_of(tables, "results"))
    found = list(_differing(replace(read, positions=own), rows, STANDING))
    verdict.problems += found
    if not found:
        figures = {"version": plain_text(last["version"]), "number": str(last["decision_number"])}
        verdict.proved.append(("approved", figures))
