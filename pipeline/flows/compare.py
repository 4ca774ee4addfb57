"""From two states to their difference: which files differ, what that means, what it does to the results.

Only files that differ are read for the changes; scores and problems need both states of the years that were touched,
and a file that both have in common is read once. Words: `core.rounds.change_words`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import replace

from pipeline.adapters import documents
from pipeline.adapters.repository import File, Repository
from pipeline.core.ground.problems import Brought, Problem, brought, has_errors, in_order
from pipeline.core.index.pending import Pending
from pipeline.core.index.refit import misfits, refitted
from pipeline.core.index.scoring import Results
from pipeline.core.index.year_parts import corrections_of
from pipeline.core.record import layout
from pipeline.core.record.access import PATH
from pipeline.core.record.layout import Unit
from pipeline.core.record.model import Calendar, World, Year
from pipeline.core.record.schema_fields import SchemaFields
from pipeline.core.rounds.change_words import (
    ASKED,
    ERRORS,
    Difference,
    Wrong,
    breaks_reading,
    breaks_rules,
    years_scored,
    years_touched,
)
from pipeline.core.rounds.changes import Version, compare
from pipeline.core.rounds.rule_effects import moved_days, moved_lines
from pipeline.core.rounds.state_laws import redo_apart
from pipeline.flows.agency_units import listing_of
from pipeline.flows.outline import Outline, Past, outline, outline_of, touched_units
from pipeline.flows.snapshot import Readings, Snapshot, fields_of, read, rights_in

_DATA, _SCHEMAS = "data", "schemas"
_OF_NO_YEAR = tuple(f"{layout.DATA}{name}.yml" for name in ("access", "bodies", "calendar"))


def difference(
    repository: Repository, base: str, head: str | None, *, effects: bool, problems: bool, past: Past | None = None
) -> Difference:
    """Return the difference between a revision and another, or the working tree where that is None.

    Args:
        effects: whether to compute what the changes do to the results.
        problems: whether to judge all years after: what stands elsewhere, and what open stages still owe.
        past: what was found before, by which a change of stages alone is told without reading every agency's files.
    """
    old = repository.resolve(base)
    new = repository.resolve(head) if head is not None else None
    differing = repository.differences(old, new, _DATA, _SCHEMAS)
    paths = frozenset(found.path for found in differing)
    outlines = _outlines(repository, (old, new), paths, problems=problems, past=past)
    before, after = outlines or _whole(repository, (old, new), paths, problems=problems)
    results, left_out, wrong = _results(before, after, years_scored(paths) if effects else ())
    fields = fields_of(after.tree, before.tree)
    pairs = ((_version(found.before, fields), _version(found.after, fields)) for found in differing)
    changed = compare(pairs, renames=True, carried=True)
    full = [_with_leaves(state, own, paths) for state, own in zip((before, after), results, strict=True)]
    return Difference(
        base=old,
        head=new,
        changes=changed,
        results=results,
        moved=moved_lines(full[0], full[1], changed),
        days=tuple(moved_days(before.world, after.world, paths, after.tree.day)),
        left_out=left_out if effects else {None: ASKED},
        wrong=wrong,
        fields=fields,
        years=_named(paths, after, before),
        brought=parted(before, after.problems, paths, after.world),
        awaited=tuple(_awaited(after, paths)) if problems else (),
        world=after.world,
    )


def _with_leaves(state: Snapshot, results: Mapping[str, Results], paths: Collection[str]) -> Mapping[str, Results]:
    """Return results with leaves; of an outline, of the agencies that were touched: no other can have moved."""
    if not isinstance(state, Outline):
        return results
    told = {}
    for year, known in results.items():
        touched = [slug for own, slug in _units(paths) if own == year and known.of(slug) is not None]
        entries = (entry for found in state.in_full(known, touched) for entry in found.agencies)
        told[year] = replace(known, agencies=tuple(entries))
    return told


def _whole(
    repository: Repository, states: tuple[str, str | None], paths: Collection[str], *, problems: bool
) -> tuple[Snapshot, Snapshot]:
    """Read the years that a change touches in the state before, and these or all in the state after."""
    (old, new), readings, years = states, Readings(), years_touched(paths)
    before = _take(repository, old, years, readings)
    if problems:
        return before, read(repository.tree(new, _DATA, _SCHEMAS), readings)
    return before, _take(repository, new, years, readings)


def _outlines(
    repository: Repository,
    states: tuple[str, str | None],
    paths: Collection[str],
    *,
    problems: bool,
    past: Past | None,
) -> tuple[Snapshot, Snapshot] | None:
    """Return the outlines of both states; None where what the change means asks for the lines of other agencies.

    That is so where rules change, where a year is compared with another, and where a line breaks its rule, so that its
    points are what the rule gives.
    """
    units = _units(paths)
    if past is None or not units:
        return None
    before = outline(repository, states[0], past)
    after = outline(repository, states[1], past, near=states[0])
    years = {year for year, _ in units}
    compared = {year for pair in after.world.concordances for year in (pair.before, pair.after)}
    told = [one for state in (before, after) for year in years for one in state.problems_of_year(year)]
    if compared & years or has_errors(told):
        return None
    near = (one for one in after.problems if one.path in _OF_NO_YEAR or one.path.split("/")[1] in years)
    return before, after if problems else replace(after, problems=tuple(near))


def _awaited(after: Snapshot, paths: Iterable[str]) -> Iterator[Pending]:
    """Yield what the open stages of the years that a change touched still owe after it."""
    touched = {place.year for path in paths if (place := layout.place(path)) is not None}
    for name, year in after.world.years.items():
        if name in touched:
            yield from after.pending(year, after.tree.day)


def since(
    repository: Repository,
    base: str,
    after: Outline,
    *,
    problems: Iterable[Problem],
    past: Past,
) -> tuple[str, Brought]:
    """Return the commit before a change, and the problems after it, parted by what the change brought.

    Where it touched stages of agencies alone, only these are read as they were before: nothing else can have become
    wrong, unless their year has amendments, which expect what a stage says, or rules that cannot be read.
    """
    old = repository.resolve(base)
    paths = frozenset(repository.unlike(old, after.tree.commit, _DATA, _SCHEMAS))
    units = _units(paths)
    if units and _are_alone(units, after.world) and not _are_approved(after):
        near = outline_of(repository, listing_of(repository, old, units), units, past)
        if not _bring_pages(near, after, units):
            return old, parted(near, problems, paths, after.world, units)
    if not paths or _DATA not in repository.trees(old, _DATA):
        before: Snapshot = Snapshot(after.tree, World({}, Calendar(), {}), (), 0)
    else:
        before = outline(repository, old, past)
    return old, parted(before, problems, paths, after.world)


def _are_alone(units: Collection[Unit], world: World) -> bool:
    """Tell whether files of stages of some agencies can make wrong nothing but files of these agencies."""
    years = [world.years.get(name) for name, _ in units]
    return not world.concordances and all(year is not None and not corrections_of(year) for year in years)


def _bring_pages(before: Outline, after: Outline, units: Collection[Unit]) -> bool:
    """Tell whether some agencies name a signed page that they did not name before: it may be another agency's."""
    named, known = (
        {page.sha256 for year, agency in units for page in state.facts_of(year, agency).pages}
        for state in (after, before)
    )
    return not named <= known


def _are_approved(*states: Snapshot) -> bool:
    """Tell whether the results of a year are approved, so that each change of an agency is held against its table."""
    return any(year.approvals for state in states for year in state.world.years.values())


def both_states(
    repository: Repository, base: str, head: str, past: Past | None = None
) -> tuple[Snapshot, Snapshot, frozenset[str]]:
    """Return the state before a change and the one after, as far as the change can have made them differ.

    Returns:
        Both states, of the years that the change touches, or of the agencies alone where it touches nothing that others
        are judged by; and the paths that differ.
    """
    paths = frozenset(repository.unlike(base, head, _DATA, _SCHEMAS))
    units, past = _units(paths), past or Past()
    if units:
        old = listing_of(repository, base, units)
        sides = repository.unlike(base, head, *layout.FOLDERS)
        there = {**old.entries, **{path: after for path, (_, after) in sides.items()}}
        new = replace(repository.dated(head), entries={path: entry for path, entry in there.items() if entry})
        before, after = (outline_of(repository, listing, units, past) for listing in (old, new))
        if not _are_approved(before, after) and not _bring_pages(before, after, units):
            return before, after, paths
    years, readings = years_touched(paths), Readings()
    return _take(repository, base, years, readings), _take(repository, head, years, readings), paths


def _units(paths: Collection[str]) -> tuple[Unit, ...]:
    """Return the agencies whose stages a change touches; none where it touches anything else."""
    stages = all((place := layout.place(path)) is not None and place.kind == layout.STAGE for path in paths)
    return (touched_units(paths) or ()) if stages else ()


def approvers(repository: Repository, found: Difference) -> Mapping[str, tuple[str, ...]] | None:
    """Return, for each changed kind that needs a second person, the roles that may review it.

    The rights are those of the state before; None where it has none that can be read.
    """
    access = rights_in(repository.tree(found.base, PATH))
    if access is None:
        return None
    kinds = {change.right for change in found.changes} & access.two_people
    roles = sorted(access.roles.items())
    return {kind: tuple(name for name, role in roles if kind in role.reviews) for kind in sorted(kinds)}


def _version(file: File | None, fields: SchemaFields) -> Version | None:
    if file is None:
        return None
    place = layout.place(file.path)
    root = documents.read(file.path, file.data).root if place and file.plain else None
    return Version(file.path, place, root, fields.of(place))


def _take(repository: Repository, revision: str | None, years: Collection[str] | None, readings: Readings) -> Snapshot:
    """Read some years of a state and the files of no year; a state without data has no records."""
    own = (_DATA,) if years is None else (*_OF_NO_YEAR, *(f"{layout.DATA}{year}" for year in sorted(years)))
    tree = repository.tree(revision, *own, _SCHEMAS)
    if years == frozenset() or not any(path.startswith(layout.DATA) for path in tree.files):
        return Snapshot(tree, World({}, Calendar(), {}), (), 0)
    return read(tree, readings)


def _results(
    before: Snapshot, after: Snapshot, years: Iterable[str]
) -> tuple[tuple[Mapping[str, Results], Mapping[str, Results]], Mapping[str | None, str], tuple[Wrong, ...]]:
    """Return the scores of both states, the years that a side cannot be read of, and what is scored despite errors."""
    sides: tuple[dict[str, Results], dict[str, Results]] = ({}, {})
    left_out: dict[str | None, str] = {}
    wrong: list[Wrong] = []
    for year in sorted(years):
        there = [any(path.startswith(f"{layout.DATA}{year}/") for path in s.tree.files) for s in (before, after)]
        states = [state for state, has_files in zip((before, after), there, strict=True) if has_files]
        if any(year not in s.world.years or breaks_reading(s.problems_of_year(year)) for s in states):
            left_out[year] = ERRORS
            continue
        for side, state, name in zip(sides, (before, after), ("before", "after"), strict=True):
            if year in state.world.years:
                side[year] = state.results(state.world.years[year])
                if errors := breaks_rules(state.problems_of_year(year)):
                    found = misfits(side[year])
                    side[year] = refitted(side[year], found)
                    wrong.append(Wrong(year, name, errors, found))
    return sides, left_out, tuple(wrong)


def parted(
    before: Snapshot,
    problems: Iterable[Problem],
    paths: Collection[str],
    world: World,
    units: Collection[Unit] | None = None,
) -> Brought:
    """Part problems by what a change touched; of what it did not touch, the state before was not even read."""
    years = years_touched(paths)
    near: list[Problem] = []
    far: list[Problem] = []
    for problem in problems:
        parts = problem.path.split("/")
        if units is not None:
            place = layout.place(problem.path)
            known = place is not None and place.unit in units
        else:
            of_year = years is not None and len(parts) > 2 and parts[1] in years
            known = years is None or of_year or (bool(years) and problem.path in _OF_NO_YEAR)
        (near if known or problem.path in paths else far).append(problem)
    told = brought(before.problems, near, paths)
    here, redo = redo_apart(told.problems, touched=paths, world=world)
    return Brought(here, in_order((*told.elsewhere, *far)), redo)


def _named(paths: Iterable[str], *states: Snapshot) -> Mapping[str, tuple[Year, ...]]:
    """Return the records of each year that changed, of the state after and then of the one before."""
    years = sorted({place.year for path in paths if (place := layout.place(path)) is not None and place.year})
    return {name: tuple(state.world.years[name] for state in states if name in state.world.years) for name in years}
