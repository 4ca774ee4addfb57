"""One agency of one year is read, judged and scored at a time, and nothing is found otherwise than in the whole."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace

import pytest
from cities import ONE_APPRAISAL, THREE_ROUNDS
from conftest import Repository as Written
from test_laws import CASES, FOLDER, overlaid
from tiny import READINGS, ROOT, SCHEMAS, TINY_FILES, files_under, snapshot_of

from pipeline.adapters.repository import Entry, File, Listing, Repository, blob_id, open_repository
from pipeline.core.ground.problems import has_errors
from pipeline.core.ground.text import MAIN, as_listed, to_json
from pipeline.core.index.laws import CHECKS
from pipeline.core.index.laws.view import View, view_of
from pipeline.core.index.pending import awaited, pending
from pipeline.core.index.score_words import score_json, score_pieces
from pipeline.core.index.scoring import Results, score
from pipeline.core.index.year_parts import parts_of
from pipeline.core.publish.explanation import agency_json, agency_text, criterion_text
from pipeline.core.record.authorship import LastChange
from pipeline.core.record.model import World, Year
from pipeline.core.survey.agency_errors import AgencyErrors
from pipeline.core.survey.intervals import estimate
from pipeline.flows import agency_units
from pipeline.flows.outline import Outline, outline
from pipeline.flows.snapshot import Snapshot, take
from pipeline.flows.wording import load_labels

WORDS, NOBODY = load_labels("vi"), LastChange(None, None, None, None)
DAYS = (None, "2024-12-04", "2025-12-31")


@dataclass(slots=True)
class Held(Repository):
    """A repository whose files are held in memory; `links` are paths that are no plain files."""

    held: Mapping[str, bytes] = field(default_factory=dict)
    links: frozenset[str] = frozenset()

    def listing(self, revision: str | None, *folders: str) -> Listing:
        entries = {path: Entry(blob_id(data), path not in self.links) for path, data in self.held.items()}
        return Listing(entries, None, None, None)

    def files(self, entries: Mapping[str, Entry], *, committed: bool) -> Mapping[str, File]:
        return {path: File(path, self.held[path], entry.blob, entry.plain) for path, entry in entries.items()}


@pytest.fixture(autouse=True)
def _read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let outlines share what worlds of tests have read: how one file is read is the same on both roads."""
    monkeypatch.setattr(agency_units, "Readings", lambda: READINGS)


def both(files: Mapping[str, bytes], links: frozenset[str] = frozenset()) -> tuple[Snapshot, Outline]:
    """Return the snapshot of some files, and their outline."""
    held = Held(ROOT, None, held={**SCHEMAS, **files}, links=links)
    return snapshot_of(files, links), outline(held, None)


def assert_alike(whole: Snapshot, parts: Outline) -> None:
    assert whole.problems == parts.problems
    assert (whole.examined, whole.folders) == (parts.examined, parts.folders)
    assert (list(whole.world.years), whole.world.unread_years) == (list(parts.world.years), parts.world.unread_years)
    for name, year in whole.world.years.items():
        own = parts.world.years[name]
        scored, sums = score(year), parts.results(own)
        assert [replace(entry, leaves=(), areas=(), limited=()) for entry in scored.agencies] == list(sums.agencies)
        assert scored.gaps == sums.gaps
        assert [replace(entry, asked=None) for entry in awaited(year)] == [
            replace(entry, asked=None) for entry in parts.awaited(own)
        ]
        for day in DAYS:
            assert pending(year, day) == parts.pending(own, day)
        assert_told_alike(scored, parts, sums, sound=not has_errors(whole.problems_of_year(name)))


def assert_told_alike(scored: Results, parts: Outline, sums: Results, *, sound: bool) -> None:
    """Hold what is told with leaves against the same of the whole year: the JSON of all, an agency, its leaves.

    Survey errors are estimated of sound years alone, as `explain` refuses others.
    """
    slugs = [entry.agency.slug for entry in scored.agencies]

    assert "".join(score_pieces(sums, parts.in_full(sums, slugs), "c", MAIN)) == to_json(score_json(scored, "c"))
    for slug in slugs[:1] + slugs[2:3] if sound else ():
        told = explained(scored, slug)
        assert told == explained(parts.with_leaves(sums, slug), slug)
        errors = parts.errors(sums.year)
        assert (errors is None) is (sums.year.survey is None)
        assert told == explained(parts.with_leaves(sums, slug, errors), slug, errors)


def explained(results: Results, slug: str, errors: Mapping[str, AgencyErrors] | None = None) -> tuple[object, ...]:
    entry, estimates = results.entry(slug), estimate(results, only={slug}, errors=errors)
    top = [criterion for criterion in results.year.criteria.values() if criterion.parent is None]
    stories = (criterion_text(results, entry, one, estimates, WORDS, lambda _: NOBODY) for one in top)
    return agency_text(results, entry, estimates, WORDS), agency_json(results, entry, estimates), *stories


@pytest.mark.parametrize("code", sorted(CASES))
def test_an_outline_finds_what_is_found_in_the_whole(code: str) -> None:
    assert_alike(*both(*overlaid(FOLDER / code)))


@pytest.mark.parametrize("files", [TINY_FILES, files_under(ROOT, "data"), ONE_APPRAISAL, THREE_ROUNDS])
def test_an_outline_comes_to_what_the_whole_comes_to(files: Mapping[str, bytes]) -> None:
    assert_alike(*both(files))


@pytest.mark.parametrize("group", ["lanh-dao-nganh", "nguoi-dan-doanh-nghiep"])
def test_an_outline_tells_of_a_group_that_the_survey_lost(group: str) -> None:
    path, files = "data/2024/survey/survey.yml", dict(files_under(ROOT, "data"))
    files[path] = files[path].replace(f"  {group}:".encode(), b"  nhom-khac:")

    whole, parts = both(files)
    assert_alike(whole, parts)
    assert "unknown-group" in {problem.code for problem in whole.problems}


@pytest.mark.parametrize("code", sorted(CASES))
def test_a_law_that_is_asked_part_by_part_finds_what_it_finds_in_the_whole_year(code: str) -> None:
    world = snapshot_of(*overlaid(FOLDER / code)).world
    for year in world.years.values():
        parts = list(parts_of(year))
        whole = whole_view(year, world)
        views = {part.agency: view_of(part, world.bodies, world.calendar) for part in parts}
        for law in CHECKS.values():
            asked = [view for agency, view in views.items() if law.of != ("rules" if agency else "agency")]

            assert set(found(law.find(whole))) == {one for view in asked for one in found(law.find(view))}


def whole_view(year: Year, world: World) -> View:
    """Return the view that has all parts of a year at once."""
    views = [view_of(part, world.bodies, world.calendar) for part in parts_of(year)]
    return View(
        year=year,
        bodies=world.bodies,
        calendar=world.calendar,
        agencies=year.agencies,
        roads={agency: ways for view in views for agency, ways in view.roads.items()},
        rules=True,
        lines=tuple(entry for view in views for entry in view.lines),
        leaf_lines=tuple(entry for view in views for entry in view.leaf_lines),
    )


def found(findings: Iterable[tuple[object, Mapping[str, str]]]) -> list[tuple[object, tuple[tuple[str, str], ...]]]:
    return [(place, tuple(sorted(figures.items()))) for place, figures in findings]


def test_processes_side_by_side_find_the_same(tiny: Written, monkeypatch: pytest.MonkeyPatch) -> None:
    tiny.write("data/2024/appraisal-1/co-quan-a.yml", "format: 1\nlines: 3\n")
    tiny.write("data/2024/appraisal-1/khong-co.yml", "format: 1\n")
    tiny.commit("Sai")
    repository = open_repository(tiny.root)
    alone = {revision: outline(repository, revision) for revision in ("HEAD", None)}
    monkeypatch.setattr(agency_units, "_ALONE", 0)
    monkeypatch.setattr(agency_units, "_AT_ONCE", 1)
    monkeypatch.setattr(agency_units, "_hands", lambda: 2)

    assert alone == {revision: outline(repository, revision) for revision in ("HEAD", None)}
    assert any(problem.is_error for problem in alone["HEAD"].problems)
    assert_alike(take(repository, "HEAD"), alone["HEAD"])


@pytest.mark.parametrize("error", [OSError(38, "no semaphores"), BrokenProcessPool("killed")])
def test_what_other_processes_do_not_do_is_done_here(
    tiny: Written, monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    class Workers:
        def __init__(self, *_: object, **__: object) -> None:
            if isinstance(error, OSError):
                raise error

        def map(self, act: Callable[[object], object], tasks: Iterable[object]) -> Iterator[object]:
            yield act(next(iter(tasks)))
            raise error

        def shutdown(self, **_: object) -> None:
            pass

    repository = open_repository(tiny.root)
    alone = outline(repository, "HEAD")
    monkeypatch.setattr(agency_units, "_ALONE", 0)
    monkeypatch.setattr(agency_units, "_AT_ONCE", 1)
    monkeypatch.setattr(agency_units, "_hands", lambda: 2)
    monkeypatch.setattr(agency_units, "ProcessPoolExecutor", Workers)

    assert outline(repository, "HEAD") == alone


def test_a_message_lists_as_many_names_as_anybody_reads() -> None:
    names = [f"co-quan-{number}" for number in range(300)]

    assert as_listed(names[:200]) == ", ".join(names[:200])
    assert as_listed(names) == f"{', '.join(names[:200])}, …"
