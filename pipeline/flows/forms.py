"""Forms out and in: from a snapshot to workbooks, and from what came back to files of data judged on the same road.

Nothing is printed or written here; which files change is handed to those who write them.
"""

from __future__ import annotations

import codecs
import hashlib
import unicodedata
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from itertools import combinations, islice
from pathlib import Path
from typing import Final, TypeAlias

from pipeline.adapters import documents, spreadsheets, workbooks
from pipeline.adapters.messages import LANGUAGES
from pipeline.adapters.repository import File, Repository, Tree
from pipeline.core.forms import receipts
from pipeline.core.forms.asking import Form, form_of
from pipeline.core.forms.diagnosis import TypedCell, diagnosed
from pipeline.core.forms.identity import contradictions, sent_by_another, titles_in
from pipeline.core.forms.issues import day_findings, issue_findings
from pipeline.core.forms.manifest import FORMAT, Manifest
from pipeline.core.forms.packages import BLANK, SCANS, BroughtFile, HandedFile
from pipeline.core.forms.read_back import Content, content_of, contents_of
from pipeline.core.forms.read_tables import FormFinding, Grid, Spot, finding, manifest_from
from pipeline.core.forms.receipts import Proposed, Received
from pipeline.core.forms.signed_page import codes_in, scan_code
from pipeline.core.forms.web_page import RECEIVED, Submission, began_from, submission
from pipeline.core.forms.workbook import book_of
from pipeline.core.ground import nodes
from pipeline.core.ground.characters import BAD_CHARACTER, shown
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Document, Node, Plain, Pointer, dict_of, plain, text_at, value_at
from pipeline.core.ground.problems import ParindexError, Problem, brought, has_errors
from pipeline.core.ground.text import MAIN
from pipeline.core.index.laws.concordances import counts_before
from pipeline.core.index.pending import unfinished
from pipeline.core.record import layout
from pipeline.core.record.access import PATH as ACCESS
from pipeline.core.record.access import Access, Person
from pipeline.core.record.editing import same
from pipeline.core.record.layout import Unit
from pipeline.core.record.model import DossierFile, Year
from pipeline.core.record.privacy import personal_data
from pipeline.core.record.stages import SURVEY
from pipeline.core.rounds.commits import Moment, commit_bytes
from pipeline.flows import writing
from pipeline.flows.agency_units import taken_alone
from pipeline.flows.dossiers import Intake, dossiers_in, held_in, taken_in
from pipeline.flows.signing import write_signed
from pipeline.flows.snapshot import Readings, Snapshot, read, rights_in, schema_files, schemas_of, take, words_of

MAX_BYTES: Final = spreadsheets.MAX_BYTES
_RULES: Final = ("agencies", "criteria", "survey/survey")


def make(snapshot: Snapshot, form: Form, issue: str | None = None) -> bytes:
    """Return the workbook of a form; of one that is issued, with its id: the same id gives the same bytes."""
    book = book_of(form, replace(manifest_of(snapshot.tree, form), issue=issue))
    cells = sum(len(sheet.cells) for sheet in book.sheets)
    if cells > spreadsheets.MAX_CELLS:  # it could go out, but never come back
        raise ParindexError("form-too-big", whose=form.slug, cells=str(cells), limit=str(spreadsheets.MAX_CELLS))
    return workbooks.workbook(book, form.labels)


def name_of(form: Form) -> str:
    """Return the file name of a form: `2024_self-assessment_co-quan-a.xlsx`."""
    return f"{form.year.name}_{form.stage}_{form.slug}.xlsx"


def forms_of(
    snapshot: Snapshot, year: str, stage: str, *, agencies: Iterable[str], body: str | None, labels: Labels
) -> Iterable[Form]:
    """Yield the forms of a stage: one for each agency, or one for a body across all.

    Raises:
        ParindexError: an agency, body or stage that has no such form.
    """
    world = snapshot.world
    records = world.years[year]
    given = list(agencies)
    for slug in given:
        records.known_agency(slug)
    if stage == SURVEY and records.survey is None:
        raise ParindexError("form-no-survey", year=year)
    if body is not None:
        body_has_form(records, stage, body)
    _sound(records, stage, given or records.agencies)
    of_each = [[slug] for slug in given or records.agencies] if body is None else [given or list(records.agencies)]
    return (form_in(snapshot, records, stage, own, body=body, labels=labels) for own in of_each)


def form_in(
    snapshot: Snapshot, year: Year, stage: str, agencies: Iterable[str], *, body: str | None, labels: Labels
) -> Form:
    """Return the form of a stage as the data has it, with what was counted the year before."""
    world, last = snapshot.world, partial(counts_before, snapshot.world, year.name)
    return form_of(
        year, stage, agencies, body=body, bodies=world.bodies, calendar=world.calendar, labels=labels, last=last
    )


def _sound(year: Year, stage: str, agencies: Iterable[str]) -> None:
    """Refuse to make a form out of files whose shape is wrong: what they say would be lost."""
    shown = year.cycle.stages.upto(stage) if stage != SURVEY else ()
    for agency in agencies:
        files = [file for name in shown if (file := year.file(name, agency)) is not None]
        spoiled = [file.source.path for file in files if file.spoiled or any(ln.spoiled for ln in file.lines.values())]
        if stage == SURVEY:
            counts = [known for (_, slug), known in year.counts.items() if slug == agency]
            spoiled = [known.source.path for known in counts if known.spoiled]
        if spoiled:
            raise ParindexError("form-file-spoiled", path=spoiled[0])


def body_has_form(year: Year, stage: str, body: str) -> None:
    """Refuse a form of a body that monitors nothing, or in a stage in which bodies have none.

    Raises:
        ParindexError: the body or the stage has no such form.
    """
    monitors = sorted({leaf.monitor for leaf in year.leaves() if leaf.rule and leaf.rule.has_line and leaf.monitor})
    of_bodies = year.cycle.stages.of_kind("appraise")
    if stage not in of_bodies:
        raise ParindexError("form-not-of-bodies", stage=stage, allowed=", ".join(of_bodies))
    if body not in monitors:
        raise ParindexError("form-unknown-body", body=body[:60], year=year.name, allowed=", ".join(monitors))


def manifest_of(tree: Tree, form: Form) -> Manifest:
    """Return what a form's workbook says about itself."""
    return Manifest(
        year=form.year.name,
        stage=form.stage,
        agency=form.agency,
        body=form.body,
        commit=tree.commit,
        schema=schema_digest(tree),
        rules=rules_digest(tree, form.year.name),
        checksum=form.checksum(),
        files={path: _blob(tree, path) for path in form.files},
        language=form.labels.language,
    )


def schema_digest(tree: Tree) -> str:
    """Return the digest of the schemas that judge a tree."""
    return layout.set_digest({path: file.blob for path, file in schema_files(tree).items()})


def rules_digest(tree: Tree, year: str) -> str:
    """Return the digest of what decides which criteria and questions a year has."""
    known: Mapping[str, str | None] = {path: _blob(tree, path) for path in (layout.path_of(year, n) for n in _RULES)}
    return layout.set_digest({path: blob for path, blob in known.items() if blob is not None})


def _blob(tree: Tree, path: str) -> str | None:
    file = tree.files.get(path)
    return None if file is None else file.blob


# --- forms that come in ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Expected:
    """What whoever reads forms says that they are; a form of something else is refused."""

    year: str | None = None
    stage: str | None = None
    agency: str | None = None


@dataclass(frozen=True, slots=True)
class Desk:
    """Where forms are read: on top of which data, on which day they came in, what they should be."""

    snapshot: Snapshot
    day: str
    expected: Expected
    readings: Readings  # what was read of this tree before, so that it is read once
    units: Collection[Unit] | None = None  # the agencies whose files the snapshot has, None where it has all
    blobs: Callable[[], Mapping[str, str]] | None = None  # tells all files, where the snapshot has not all
    dossiers: Callable[[str], Mapping[str, Mapping[str, DossierFile]]] = lambda _: {}  # of a year, by agency

    def after(self, files: Mapping[str, bytes]) -> Snapshot:
        """Return the data as if files stood in it."""
        return read(self.snapshot.tree.with_files(files), self.readings, self.units)

    def all_blobs(self) -> Mapping[str, str]:
        """Return the blobs of all files of data as they stand, by path."""
        tree = self.snapshot.tree
        return self.blobs() if self.blobs is not None else {path: file.blob for path, file in tree.files.items()}


# Without its tables a form says nothing, and the laws would only say that everything is missing.
_SHAPELESS: Final = frozenset({"form-sheet-missing", "form-sheet-twice", "form-column-missing", "form-column-twice"})


def desk_for(
    repository: Repository, revision: str | None, given: Sequence[Delivered], expected: Expected, readings: Readings
) -> Desk:
    """Read of the data what some forms need: their agencies, in their year and in those that it is compared with.

    All of it is read for a form of all agencies or of the survey, for one of an unknown year, and where the results of
    a year are approved: there one agency's form may make wrong what is said of others.
    """
    units = _units(given)
    dossiers = cache(partial(dossiers_in, repository, revision))
    if units:
        snapshot, known = taken_alone(repository, revision, readings, units)
        own = [snapshot.world.years.get(year) for year, _ in units]
        if all(year is not None and not year.approvals for year in own):
            commit = None if revision is None else snapshot.tree.commit
            blobs = cache(lambda: {p: e.blob for p, e in repository.listing(commit, layout.DATA).entries.items()})
            return Desk(snapshot, snapshot.tree.day or "", expected, readings, known, blobs, dossiers)
    snapshot = take(repository, revision, readings)
    return Desk(snapshot, snapshot.tree.day or "", expected, readings, dossiers=dossiers)


def _units(given: Iterable[Delivered]) -> set[Unit]:
    """Return the agencies that forms are of; none where one needs all that is said of a year."""
    said = [form.opened.manifest for form in given if isinstance(form.opened, _Opened)]
    places = [layout.place(layout.path_of(form.year, form.stage, form.agency or "")) for form in said]
    units = [place.unit if place is not None and place.kind == layout.STAGE else None for place in places]
    return set() if None in units else {unit for unit in units if unit is not None}


def receive(desk: Desk, given: Sequence[Delivered]) -> tuple[Received, ...]:
    """Read forms, one after the other, and judge what they make of the data by its laws, once for all of them."""
    reads, overlay = _read_all(desk, given, {})
    if twice := _sent_twice(reads):
        reads, overlay = _read_all(desk, given, twice)
    tried = {path: found for entry in reads for path, found in entry.files.items()}
    taken = desk.after(overlay) if overlay else desk.snapshot
    after = taken if tried == overlay else desk.after(tried | overlay)
    filled = _places_and_units(content.path for entry in reads for content in entry.contents)
    return tuple(_judged(desk, one, _after(desk, one, after if one.refused else taken), filled) for one in reads)


def _read_all(
    desk: Desk, given: Sequence[Delivered], twice: Mapping[int, str]
) -> tuple[list[Received], dict[str, bytes]]:
    """Read forms, each on top of those before it; nothing is taken from one of which others say something else.

    `twice`: the number of such a form -> the names of the others.
    """
    overlay: dict[str, bytes] = {}
    reads: list[Received] = []
    for number, form in enumerate(given):
        entry = _read_form(desk, overlay, form)
        if number in twice:
            found = finding("form-twice", entry.name, found=twice[number])
            entry = replace(entry, findings=(*entry.findings, found), refused=True)
        reads.append(entry)
        if not entry.refused:
            overlay.update(entry.files)
    return reads, overlay


def _sent_twice(reads: Sequence[Received]) -> dict[int, str]:
    """Return the forms that came more than once and do not say the same, each with the names of the others."""
    by_path: dict[str, list[tuple[int, Received]]] = {}
    for number, entry in enumerate(reads):
        if entry.form is not None and not entry.refused:
            for path in entry.form.paths.values():
                by_path.setdefault(path, []).append((number, entry))
    found: dict[int, dict[str, None]] = {}
    for path, entries in by_path.items():
        for (number, one), (second, other) in combinations(entries, 2):
            if _speak_for_the_same(one, other) and not same(_said(one, path), _said(other, path)):
                found.setdefault(number, {})[other.name] = None
                found.setdefault(second, {})[one.name] = None
    return {number: ", ".join(names)[:300] for number, names in found.items()}


def _speak_for_the_same(one: Received, other: Received) -> bool:
    """Tell whether two forms of one file ask the same lines: not those of two bodies, each of which has its own."""
    bodies = {entry.form.body for entry in (one, other) if entry.form is not None}
    return None in bodies or len(bodies) == 1


def _said(entry: Received, path: str) -> Plain:
    """Return what a form says of a file, without what was written about the form itself."""
    value = next((content.value for content in entry.contents if content.path == path), None)
    return None if value is None else {key: said for key, said in value.items() if key not in {"form", "received"}}


def _after(desk: Desk, entry: Received, together: Snapshot) -> Snapshot:
    """Return the data as a form leaves it; where a later form of the same go says otherwise, with this form alone."""
    if all(together.tree.files[path].data == found for path, found in entry.files.items()):
        return together
    return desk.after(entry.files)


def _places_and_units(paths: Iterable[str]) -> frozenset[str | Unit]:
    """Return files, and the agencies that they speak of."""
    known = tuple(paths)
    places = (layout.place(path) for path in known)
    return frozenset((*known, *(place.unit for place in places if place is not None and place.unit is not None)))


def _judged(desk: Desk, entry: Received, after: Snapshot, filled: frozenset[str | Unit]) -> Received:
    shapeless = any(found.problem.code in _SHAPELESS for found in entry.findings)
    lawful = () if shapeless else tuple(_law_findings(entry, desk.snapshot, after, filled))
    ordered = sorted([*entry.findings, *lawful], key=_by_place)
    judged = replace(entry, findings=diagnosed(ordered, entry.cells))
    return replace(judged, files={}, evidence=()) if entry.refused else judged


def kept(received: Sequence[Received], changed: Collection[str]) -> tuple[Received, ...]:
    """Return forms without what would go over files that others changed meanwhile, and what was built on it."""
    lost = set(changed)
    while more := {path for entry in received if lost & entry.files.keys() for path in entry.files} - lost:
        lost |= more
    return tuple(
        _late(entry, min(lost & entry.files.keys())) if lost & entry.files.keys() else entry for entry in received
    )


def _late(received: Received, what: str) -> Received:
    return turned_away(received, finding("form-changed-meanwhile", received.name, path=what))


def turned_away(received: Received, found: FormFinding) -> Received:
    """Return a form of which nothing is taken, with the reason before all else."""
    return replace(received, files={}, findings=(found, *received.findings), refused=True)


def _by_place(found: FormFinding) -> tuple[str, int, int, str]:
    spot = found.spot
    return ("", 0, 0, found.problem.code) if spot is None else (spot.sheet, spot.row, spot.column, found.problem.code)


def _law_findings(
    entry: Received, before: Snapshot, after: Snapshot, filled: frozenset[str | Unit]
) -> Iterator[FormFinding]:
    """Yield what the laws say of the files of a form, at the cells of the form; not of what could not be read.

    `filled`: the files that forms of this go fill, and their agencies: what is wrong of another one is told there.
    """
    unread = [found.spot for found in entry.findings if found.problem.is_error and found.spot is not None]
    places = {content.path: content.places for content in entry.contents}
    others = filled - _places_and_units(places)
    pointers: dict[str, Mapping[tuple[int, int], Pointer]] = {}
    body = entry.form.body if entry.form is not None else None
    owed = [problem for year in after.world.years.values() for problem in unfinished(year, places, body)]
    for problem in brought(before.problems, [*after.problems, *owed], set(places)).problems:
        if problem.path in places and problem.code == "personal-data":  # told at its cell by whoever refused it
            continue
        if problem.path not in places:
            if not entry.refused and entry.files and others.isdisjoint(_places_and_units([problem.path])):
                yield FormFinding(problem, None)
            continue
        own = places[problem.path]
        if problem.path not in pointers:
            pointers[problem.path] = _pointers(after.tree.files[problem.path])
        pointer = _pointer(problem, pointers[problem.path], own)
        spot = own.get(pointer)
        if spot is None or not _follows(pointer, spot, unread, own):
            in_words = problem if entry.form is None else receipts.in_words_of(entry.form, problem, pointer)
            yield FormFinding(in_words, spot)


_DECIDED_TOGETHER: Final = frozenset({"answer", "score", "reason", "not_applicable"})  # by the answer and the score


def _follows(pointer: Pointer, spot: Spot, unread: Iterable[Spot], places: Mapping[Pointer, Spot]) -> bool:
    """Tell whether a law may only say what follows from a cell that could not be read."""
    for wrong in unread:
        typed = [known for known, at in places.items() if at == wrong]
        if not typed and wrong[:2] == spot[:2]:  # a row as a whole
            return True
        for known in typed:
            same_line = pointer[:2] == known[:2]
            if pointer[: len(known)] == known or (same_line and known[:1] == ("answers",)):
                return True
            decides = known[2:3] in {("answer",), ("score",)}
            if same_line and decides and (len(pointer) == 2 or pointer[2] in _DECIDED_TOGETHER):
                return True
    return False


def _pointers(file: File) -> Mapping[tuple[int, int], Pointer]:
    """Return which value stands at each place of a file; of several at one place, the innermost."""
    found: dict[tuple[int, int], Pointer] = {}
    root = documents.read(file.path, file.data).root
    for pointer, node in nodes.walk(root) if root is not None else ():
        found[node.line, node.column] = pointer
        if isinstance(node, nodes.Mapping):
            found |= {(name.line, name.column): (*pointer, key) for key, name in node.keys.items()}
    return found


# What a law misses in a line, by its code: the field that has to be filled in.
_FIELDS_OF: Final = {"reason-missing": "reason", "answer-missing": "answer"}


def _pointer(problem: Problem, pointers: Mapping[tuple[int, int], Pointer], places: Mapping[Pointer, Spot]) -> Pointer:
    """Return the innermost value of a form that a problem is about; what is missing has its cell's or row's place."""
    pointer = pointers.get((problem.line, problem.column), ())
    for key, top in (("criterion", "lines"), ("question", "answers")):
        own = (top, problem.figures.get(key, ""))
        if own in places and pointer[:2] != own:
            pointer = own
    lacking = _FIELDS_OF.get(problem.code) or problem.figures.get("key")
    for depth in range(len(pointer), -1, -1):  # of several values that begin at one place, the outer one lacks it
        if lacking is not None and (*pointer[:depth], lacking) in places:
            return (*pointer[:depth], lacking)
    while pointer and pointer not in places:
        pointer = pointer[:-1]
    return pointer


def _read_form(desk: Desk, overlay: Mapping[str, bytes], given: Delivered) -> Received:
    """Read one form down to the bytes of the files it fills; a defect that it meets keeps no other out."""
    if isinstance(given.opened, Exception):
        return _crashed(desk, given, given.opened)
    try:
        return _filled(desk, overlay, given, given.opened)
    except ParindexError:
        raise
    except Exception as error:  # noqa: BLE001 - it is raised at the end
        return _crashed(desk, given, error)


def _crashed(desk: Desk, given: Delivered, error: Exception) -> Received:
    sha256, told = hashlib.sha256(given.data).hexdigest(), (finding("form-not-read", given.name),)
    return Received(given.name, sha256, desk.day, findings=told, refused=True, crash=error)


def _filled(desk: Desk, overlay: Mapping[str, bytes], given: Delivered, opened: _Envelope) -> Received:
    name, sha256 = given.name, hashlib.sha256(given.data).hexdigest()
    tree = desk.snapshot.tree.with_files(overlay)
    form, contents, findings, cells = _parts_of(desk, tree, name, opened)
    problems, files, evidence = list(findings), dict[str, bytes](), tuple[HandedFile, ...]()
    given, page, told = _signed(given, contents, tree, form)
    problems += told
    if (given.evidence or given.page is not None) and form is not None and contents:
        found = _with_evidence(desk, tree, given, form, contents[0])
        contents = (replace(contents[0], value=dict(found.value)), *contents[1:]) if found.taken else contents
        evidence, files = found.taken, dict(found.dossier)
        problems += found.findings
    issue = opened.manifest.issue if isinstance(opened, _Opened) else None
    own = {"sha256": sha256, "name": _file_name(name), "received": desk.day}
    for content in contents:
        stood = tree.files.get(content.path)
        said = {"issue": issue, **own, "content": content.digest, "page": page}
        record = {key: value for key, value in said.items() if value is not None}
        made = _bytes_of(content, stood, record)
        if made is None:
            problems.append(finding("form-file-unreadable", name, path=content.path))
        elif stood is None or made != stood.data:
            files[content.path] = made
            problems += _personal_data(name, content, made)
    if files and form is not None and form.stage in form.year.sealed:
        newest = max(desk.snapshot.world.years)
        problems.append(finding("form-stage-sealed", name, stage=form.stage, year=form.year.name, newest=newest))
    return Received(
        name=name,
        sha256=given.digest or sha256,
        day=desk.day,
        form=form,
        contents=contents,
        files=files,
        findings=tuple(problems),
        refused=any(found.problem.is_error for found in problems),
        cells=cells,
        page=page,
        scan=given.page,
        new=_new_of(tree, {one.path: files[one.path] for one in contents if one.path in files}),
        evidence=evidence,
    )


def _signed(
    given: Delivered, contents: Sequence[Content], tree: Tree, form: Form | None
) -> tuple[Delivered, str | None, tuple[FormFinding, ...]]:
    """Return a form with the scan of its signed page, the sha256 of that which stands, and what speaks against it.

    The scan is the one that somebody named, or else the one whose name says the digest of the form. A content that is
    signed stays so: which of two scans counts is for a person to say.
    """
    name, named = given.name, given.page is not None
    digest = contents[0].digest if len(contents) == 1 else None
    if form is None or digest is None:
        many = (finding("form-page-of-many", name, found=str(len(contents))),) if named and contents else ()
        return replace(given, page=None), None, many
    path = contents[0].path
    record, scans = _record_in(tree, path), given.named_for(scan_code(digest))
    known = text_at(record, "page")
    stands = known if text_at(record, "content") == digest else None
    page = given.page or scans.get(stands or "") or (next(iter(scans.values())) if len(scans) == 1 else None)
    if page is None:
        listed = ", ".join(shown(scan.name) for scan in scans.values())[:300]
        return given, stands, (finding("form-page-unclear", name, found=listed),) if scans else ()
    came = page.file.sha256
    given = replace(given, page=page, evidence=tuple(one for one in given.evidence if one.sha256 != came))
    if stands in {None, came}:
        of_other = stands is None and known == came
        return given, came, (finding("form-page-of-other", name, path=path),) if of_other else ()
    held = held_in(tree.files.get(_dossier_of(form))).get(stands or "")
    found, date = (stands or "", "–") if held is None else (held.name, held.received)
    wrong = finding("form-page-another", name, path=path, found=found, date=date)
    if not named:  # nobody asked for it to be taken: it stays out, and the form is as good as before
        wrong = replace(wrong, problem=replace(wrong.problem, severity="warning"))
    return replace(given, page=None), stands, (wrong,)


def _root_in(tree: Tree, path: str) -> Node | None:
    """Return what a file says; None where there is none, or where it cannot be read."""
    file = tree.files.get(path)
    return None if file is None else documents.read(path, file.data).root


def _record_in(tree: Tree, path: str) -> Node | None:
    """Return what a file says of the form that it was read from."""
    return value_at(_root_in(tree, path), "form")


def _new_of(tree: Tree, files: Mapping[str, bytes]) -> frozenset[str]:
    """Return which marks of a form each of the files that it changes has, and did not have before."""
    after = tree.with_files(files)
    records = [(_record_in(after, path), _record_in(tree, path)) for path in files]
    new = (all(text_at(now, key) not in {None, text_at(old, key)} for now, old in records) for key in receipts.MARKS)
    return frozenset(key for key, is_new in zip(receipts.MARKS, new, strict=True) if is_new and records)


def _dossier_of(form: Form) -> str:
    return layout.path_of(form.year.name, layout.DOSSIER, form.agencies[0])


def _with_evidence(desk: Desk, tree: Tree, given: Delivered, form: Form, content: Content) -> Intake:
    """Return what a form says once its lines cite the files that came with it, and the dossier with those files."""
    year, agency, path = form.year, form.agencies[0], _dossier_of(form)
    names = {slug: form.labels.of(known.short) for slug, known in year.agencies.items()}
    held = desk.dossiers(year.name).items()
    return taken_in(
        given.name,
        given.evidence,
        content.value if form.with_evidence else {},
        stood=(path, tree.files.get(path)),
        stage=form.stage,
        day=desk.day,
        others={names.get(slug, slug): files for slug, files in held if slug != agency},
        page=None if given.page is None else given.page.file,
    )


def _is_json(name: str, data: bytes) -> bool:
    """Tell whether a file is the document of a web form: by its first sign, or by its name where it is no package."""
    begins = data.removeprefix(codecs.BOM_UTF8).lstrip()[:1] == b"{"
    return begins or (name.lower().endswith(".json") and not data.startswith((b"PK", b"\xd0\xcf\x11\xe0")))


def _file_name(name: str) -> str:
    """Return a file's name on one line, without its folder, as a record and the message of a commit may hold it."""
    told = name.rpartition("/")[2].encode("utf-8", "replace").decode()
    cleaned = BAD_CHARACTER.sub("", unicodedata.normalize("NFC", told)).replace("\n", " ").strip()
    return cleaned[:300] or "?"


def _personal_data(name: str, content: Content, made: bytes) -> Iterator[FormFinding]:
    """Yield the signs of a person in a file as a form would leave it, at the form's cells: such a form is refused."""
    found = tuple(personal_data(content.path, made))
    if not found:
        return
    told = tuple(_personal_texts(name, content, content.value, ()))
    yield from told or (FormFinding(problem, None) for problem in found)


def _personal_texts(name: str, content: Content, value: Plain, pointer: Pointer) -> Iterator[FormFinding]:
    """Yield the first sign of a person in each text of a form, and in the name of its file, which is recorded."""
    if isinstance(value, dict | list):
        inside: Iterable[tuple[str | int, Plain]] = value.items() if isinstance(value, dict) else enumerate(value)
        for step, inner in inside:
            yield from _personal_texts(name, content, inner, (*pointer, step))
    elif isinstance(value, str):
        for problem in islice(personal_data(content.path, value.encode()), 1):
            spot = content.places.get(pointer)
            line, column = (1, 1) if spot is None else (spot.row + 1, spot.column + 1)
            yield FormFinding(replace(problem, path=name, line=line, column=column), spot)
    if not pointer:
        yield from (
            FormFinding(replace(one, path=name), None) for one in personal_data(content.path, _file_name(name).encode())
        )


def _bytes_of(content: Content, stood: File | None, record: Mapping[str, Plain]) -> bytes | None:
    """Return what a file says after a form: as it was where nothing changed; None where it cannot be edited."""
    if stood is None:
        lines = {key: content.value[key] for key in ("lines",) if key in content.value}
        head = {key: value for key, value in content.value.items() if key not in lines}
        return writing.dump({**head, "form": dict(record), **lines})
    root = documents.read(stood.path, stood.data).root
    if root is None:
        return None
    before = plain(root)
    if same(before, content.value):
        own = dict_of(dict_of(before).get("form"))
        if record.get("page") in {None, own.get("page")}:
            return stood.data
        record = {**record, **own, **{key: record[key] for key in ("content", "page")}}  # nothing new but the page
    try:
        return writing.edit(stood.data, {(): {**content.value, "form": dict(record)}})
    except ValueError:  # what stands there has errors of its own
        return None


@dataclass(frozen=True, slots=True)
class _Opened:
    """A form that was opened and not yet read: what it says about itself, and its cells or its content."""

    manifest: Manifest
    grids: Sequence[Grid] = ()
    said: Submission | None = None  # of a web form
    noticed: tuple[FormFinding, ...] = ()


_Envelope: TypeAlias = "_Opened | tuple[FormFinding, ...]"


Scans: TypeAlias = Mapping[str, Sequence[BroughtFile]]  # by each code that their names may say


def scans_of(files: Iterable[BroughtFile]) -> Scans:
    """Return scans by the codes in their names."""
    found: dict[str, list[BroughtFile]] = {}
    for one in files:
        for code in dict.fromkeys(codes_in(one.name)):
            found.setdefault(code, []).append(one)
    return found


@dataclass(frozen=True, slots=True)
class Delivered:
    """A form as it came: opened, where it is one of ours, or else with what is wrong with it, or the defect it met."""

    name: str
    data: bytes
    opened: _Envelope | Exception
    source: Path | None = None  # the package, or the folder, in which its files of evidence are
    evidence: tuple[HandedFile, ...] = ()
    page: BroughtFile | None = None  # the scan of its signed page, where somebody named it
    digest: str | None = None  # the sha256 of a package of which nothing is taken; else that of its form counts
    scans: Scans = field(default_factory=dict)  # that came in the same go

    @property
    def brought(self) -> Iterator[BroughtFile]:
        """Yield the files that were packed with the form, or lie beside it."""
        yield from (BroughtFile(one, self.source, one.path) for one in self.evidence if self.source is not None)

    def named_for(self, code: str) -> dict[str, BroughtFile]:
        """Return the scans whose names say a code, by their sha256; of one that came more than once, the first."""
        beside = (one for one in self.brought if one.file.type in SCANS and code in codes_in(one.name))
        return {scan.file.sha256: scan for scan in (*self.scans.get(code, ())[::-1], *beside)}

    @property
    def is_blank(self) -> bool:
        """Tell whether it is a form as it was sent out, with nothing that anybody filled in."""
        return isinstance(self.opened, tuple) and any(one.problem.code == BLANK for one in self.opened)

    @property
    def is_package(self) -> bool:
        """Tell whether the sender packed the form and its files together."""
        return self.source is not None and self.source.is_file()

    def alone(self) -> Delivered:
        """Return the form without the files beside it."""
        return replace(self, source=None, evidence=())

    @property
    def whose(self) -> tuple[str | None, ...] | None:
        """Return whose form it says that it is: year, stage, agency, body and group; None where it is none of ours."""
        if not isinstance(self.opened, _Opened):
            return None
        said = self.opened.manifest
        return said.year, said.stage, said.agency, said.body, said.group


def delivered(name: str, data: bytes) -> Delivered:
    """Open a workbook or a JSON document that may be a form; what it says is not read yet."""
    try:
        return Delivered(name, data, _opened(name, data))
    except ParindexError:
        raise
    except Exception as error:  # noqa: BLE001 - it keeps no other form out, and is raised at the end
        return Delivered(name, data, error)


def _opened(name: str, data: bytes) -> _Envelope:
    """Open a workbook or the document of a web form; where it is none of ours, return what is wrong with it."""
    if _is_json(name, data):
        document = documents.read(name, data)
        noticed = tuple(FormFinding(one, Spot("", one.line - 1, one.column - 1)) for one in document.problems)
        if has_errors(document.problems):
            return noticed
        said = submission(document.root)
        return (finding("form-not-ours", name),) if said is None else _Opened(said.manifest, (), said, noticed)
    grids, findings = spreadsheets.read_workbook(name, data)
    if findings:
        return findings
    manifest = manifest_from(grids)
    if manifest is None:
        return (finding("form-not-ours", name),)
    if manifest.format != FORMAT:
        return (finding("form-of-other-version", name, found=manifest.format[:20], allowed=FORMAT),)
    return _Opened(manifest, grids)


_Parts: TypeAlias = "tuple[Form | None, tuple[Content, ...], tuple[FormFinding, ...], tuple[TypedCell, ...]]"


def _parts_of(desk: Desk, tree: Tree, name: str, opened: _Envelope) -> _Parts:
    """Read one form down to the content of the files it fills: a workbook and a web form take the same road.

    `tree`: the data as it stands, with the files of the forms read before.
    """
    snapshot = desk.snapshot
    if not isinstance(opened, _Opened):
        return None, (), opened, ()
    manifest, said = opened.manifest, opened.said
    if wrong := _identity_problems(desk, name, manifest):
        return None, (), wrong, ()
    labels = words_of(snapshot.tree, manifest.language if manifest.language in LANGUAGES else MAIN)
    issued = tuple(issue_findings(snapshot.world, manifest, file=name, day=desk.day, labels=labels))
    if any(found.problem.is_error for found in issued):
        return None, (), issued, ()
    form = _asked(snapshot, manifest, labels)
    if said is not None and form.stage == SURVEY:
        known = ", ".join(group.id for group in form.groups)
        form = form.of_group(manifest.group or "")
        if not form.groups:
            of_nobody = finding("form-wrong-agency", name, found=(manifest.group or "–")[:60], allowed=known)
            return None, (), (of_nobody,), ()
    rules, existing = rules_digest(snapshot.tree, manifest.year), standing(tree, form)
    if said is None:
        began, titles = manifest.files, titles_in(opened.grids, form)
        contents, problems, cells = contents_of(
            form, manifest, opened.grids, file=name, rules=rules, existing=existing, received=desk.day
        )
    else:
        now = {path: _blob(snapshot.tree, path) for path in form.files}
        began = now if said.file == began_from(now) else dict.fromkeys(form.files, said.file or None)
        titles = iter([(said.title or "", Spot("", 0, 0))])
        contents, problems = _from_document(desk, name, form, said, existing)
        cells = ()
    stood = {path: _blob(snapshot.tree, path) for path in began}
    contradicted = contradictions(form, file=name, titles=titles, began=began, stood=stood, blobs=desk.all_blobs)
    told = [*issued, *day_findings(form, desk.day, file=name), *contradicted, *opened.noticed, *problems]
    if manifest.rules != rules:
        told.append(finding("form-older-rules", name, commit=(manifest.commit or "–")[:12]))
    if said is None or said.file is not None:
        told += _changed_since(snapshot, name, began, contents, tree)
    return form, contents, tuple(told), cells


def _from_document(
    desk: Desk, name: str, form: Form, said: Submission, existing: Mapping[str, Plain]
) -> tuple[tuple[Content, ...], tuple[FormFinding, ...]]:
    """Return the content that a web form hands over, none where no file may hold it, and what is wrong with it."""
    (path,) = form.paths.values()
    if misshapen := tuple(_misshapen(desk, name, path, said.content)):
        return (), misshapen
    contents, foreign = content_of(form, said.content, existing=existing, received=desk.day)
    told = [finding("form-unknown-criterion", name, spot, criterion=shown(code)) for code, spot in foreign.items()]
    return contents, (*told, *_other_day(name, said.content, contents))


def _changed_since(
    snapshot: Snapshot, name: str, made_from: Mapping[str, str | None], contents: Sequence[Content], tree: Tree
) -> Iterator[FormFinding]:
    """Name files that changed after the form was made, where the form would change them again."""
    for content in contents:
        stood = snapshot.tree.files.get(content.path)
        if (stood.blob if stood is not None else None) != made_from.get(content.path):
            root = _root_in(tree, content.path)
            if root is None or not same(plain(root), content.value):
                yield finding("form-file-changed", name, path=content.path)


def standing(tree: Tree, form: Form) -> dict[str, Plain]:
    """Return what the files say that a form may fill, by path, as far as they can be read."""
    return {path: plain(root) for path in form.files if (root := _root_in(tree, path)) is not None}


def _asked(snapshot: Snapshot, said: Manifest, labels: Labels) -> Form:
    records = snapshot.world.years[said.year]
    own = list(records.agencies) if said.agency is None else [said.agency]
    return form_in(snapshot, records, said.stage, own, body=said.body, labels=labels)


def _identity_problems(desk: Desk, name: str, said: Manifest) -> tuple[FormFinding, ...]:
    """Name what keeps a form from being the one that is wanted here."""
    year, stage, agency, body = said.year, said.stage, said.agency, said.body
    years, expected = desk.snapshot.world.years, desk.expected
    if year not in years or expected.year not in {None, year}:
        return (finding("form-wrong-year", name, found=year[:60], allowed=expected.year or ", ".join(years) or "–"),)
    stages = years[year].cycle.stages
    if stage not in {*stages.names, SURVEY} or expected.stage not in {None, stage}:
        allowed = expected.stage or ", ".join((*stages.names, SURVEY))
        return (finding("form-wrong-stage", name, found=stage[:60], allowed=allowed),)
    records = years[year]
    known = body is None or (body in desk.snapshot.world.bodies and stages.kind(stage) == "appraise")
    if (
        not known
        or agency not in {*records.agencies, *(() if body is None else (None,))}
        or expected.agency not in {None, agency}
    ):
        allowed = expected.agency or ", ".join(records.agencies)
        return (finding("form-wrong-agency", name, found=(agency or body or "–")[:60], allowed=allowed),)
    if stage == SURVEY and records.survey is None:
        return (finding("form-wrong-stage", name, found=stage, allowed=", ".join(stages.names)),)
    return ()


# What a form that is not filled in to its end lacks; it is taken, and said by the laws.
_UNFINISHED: Final = frozenset({"empty", "missing-key", "missing-one-of", "too-few"})


def _misshapen(desk: Desk, name: str, path: str, content: Node) -> Iterator[FormFinding]:
    """Yield what of a web form's content no file may hold: what a workbook's cells are refused for."""
    place = layout.place(path)
    year = desk.snapshot.world.years.get(place.year or "") if place is not None else None
    kind = year.cycle.stages.kind(place.stage or "") if year is not None and place is not None else None
    schema = layout.schema_of(place, kind) if place is not None else None
    schemas = schemas_of(desk.snapshot.tree, desk.readings)
    for shape in schemas.problems(schema, Document(name, content)) if schema is not None else ():
        problem = shape.problem
        if problem.is_error and problem.code not in _UNFINISHED:
            yield FormFinding(problem, Spot("", problem.line - 1, problem.column - 1))


def _other_day(name: str, content: nodes.Mapping, contents: Sequence[Content]) -> Iterator[FormFinding]:
    """Say that the day on which a sender says the form was received is not the one that counts."""
    said = content.values.get(RECEIVED)
    taken = contents[0].value.get(RECEIVED) if contents else None
    if isinstance(said, nodes.Scalar) and said.text != taken:
        spot = Spot("", said.line - 1, said.column - 1)
        yield finding("form-received-not-taken", name, spot, found=shown(said.text), taken=str(taken or "–"))


# --- proposals ------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Proposer:
    """Who stands behind a proposal: its author, where named, who commits, with which key, and when."""

    author: str | None
    committer: str | None
    key: Path | None
    at: Moment


def propose(
    repository: Repository,
    given: Delivered,
    proposer: Proposer,
    *,
    today: str | None,
    expected: Expected,
    readings: Readings,
    before: Mapping[str, str],
    keep: Callable[[Received], None] = lambda _: None,
) -> tuple[Received, Proposed | None]:
    """Read one form and commit what it says on a branch of its own; neither files nor any other branch move.

    A form that comes again goes on top of the branch that stands there; in the same go nobody can say which is newer.

    Args:
        today: the day of receipt; without one, that of the commit it is put on.
        before: the branches that forms of the same go were put on -> the names of those forms.
        keep: puts the files that came with the form into the store, before a commit says that they are there.
    """
    head = repository.resolve("HEAD")
    base, branch, tip = head, "", None

    def received_on(commit: str) -> Received:
        desk = desk_for(repository, commit, [given], expected, readings)
        return receive(replace(desk, day=today or desk.day), [given])[0]

    received = received_on(base)
    if received.form is not None:
        branch = f"form/{received.form.year.name}/{received.form.stage}/{received.form.slug}"
        tip = repository.branch(branch)
        if tip is not None and tip != head:
            base = tip
            received = received_on(base)
    if received.form is None or not received.files:
        return received, None
    if branch in before:
        return turned_away(received, finding("form-twice", received.name, found=before[branch])), None
    access = rights_in(repository.tree(base, ACCESS))
    author, wrong = _author(access, received.form, received.name, proposer.author)
    if wrong is not None:
        return turned_away(received, wrong), None
    author = author if access is None or received.proves(access) else proposer.committer or author
    keep(received)
    commit = commit_form(repository, received, base, author, proposer, received.form.labels)
    try:
        repository.move_branch(branch, commit, tip)
    except ParindexError:
        if repository.branch(branch) == tip:
            raise
        return _late(received, branch), None  # someone else put a form there first
    return received, Proposed(branch, commit, author)


def commit_form(  # noqa: PLR0917 - what a commit is made of
    repository: Repository, received: Received, base: str, author: str, proposer: Proposer, labels: Labels
) -> str:
    """Write the commit of a form's files on top of another, signed where there is a key, and return its id."""
    tree = repository.tree_with(base, received.files)
    message = f"{receipts.summary(received, labels)}\n\n{_file_name(received.name)}\nsha256 {received.sha256}\n"
    made = partial(commit_bytes, tree, base, author, proposer.at, message=message, committer=proposer.committer)
    return write_signed(repository, proposer.key, made)


def _author(access: Access | None, form: Form, name: str, given: str | None) -> tuple[str, FormFinding | None]:
    """Return who hands a form in: who was named, else the one person of the agency or body whose role writes its stage.

    `given`: who was named as the sender, with the mail by which the people are known.
    """
    if given is not None:
        sender = access.person_of(given.rpartition("<")[2].rstrip(">")) if access is not None else None
        if sender is None:
            return given, None
        return given, sent_by_another(form, file=name, agency=sender.agency, body=sender.body)
    found = writers_of(form, access) if access is not None else []
    if len(found) != 1:
        return "", finding("form-needs-author", name, whose=form.body or form.agencies[0])
    return f"{found[0].id} <{found[0].email}>", None


def writers_of(form: Form, access: Access) -> list[Person]:
    """Return the people of a form's agency or body whose role writes its stage, or stages of its kind."""
    whose, rights = form.body or form.agencies[0], {form.stage, form.kind or form.stage}
    people = access.people.values()
    return [one for one in people if whose in {one.agency, one.body} and access.role_of(one).writes & rights]
