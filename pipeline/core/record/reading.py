"""From documents to records: each file's tree becomes the record of its kind.

A field of a record is read from the key of the same name, or from where `WAYS` says, by the converter of its type
(`FIELDS`, `PLACED_FIELDS`); a function below says only what differs from that. The shape was checked against the schema
before: what failed there is marked spoiled and read no further, so that one wrong line does not hide what else is
wrong. Laws across files: `core.index.laws`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields, is_dataclass, replace
from decimal import Decimal
from functools import cache, partial, reduce
from typing import Any, Final, TypeVar

from pipeline.core.ground import nodes
from pipeline.core.ground.mappings import Lazily
from pipeline.core.ground.nodes import (
    Document,
    Node,
    Pointer,
    Scalar,
    entries_at,
    items_at,
    map_at,
    maps_at,
    text_at,
    texts_at,
    value_at,
)
from pipeline.core.ground.nodes import Mapping as Map
from pipeline.core.ground.numbers import Rounding
from pipeline.core.ground.problems import Source
from pipeline.core.ground.text import Text, text_of
from pipeline.core.record import model
from pipeline.core.record.layout import REPLACED_KINDS, SCORING_KINDS, Place, path_of, set_digest
from pipeline.core.record.lifting import lifted
from pipeline.core.record.rules import rule_from
from pipeline.core.record.signed_content import content_digest
from pipeline.core.record.stages import SURVEY, USUAL, Kind, Stage, Stages, kind_of

T = TypeVar("T")

_DATES = ("received", "appraised", "sent", "unanswered")
_DOCUMENTS = ("report", "letter", "requested", "decision")


@dataclass(frozen=True, slots=True)
class Placed:
    """A file with its place in the layout, its tree, what of its shape is wrong, and the ids of its bytes."""

    place: Place
    document: Document
    spoiled: tuple[Pointer, ...] = ()
    blob: str = ""
    sha256: str = ""

    @property
    def root(self) -> Map | None:
        """Return the top mapping, or None where the file cannot be read as one."""
        return self.document.root if isinstance(self.document.root, Map) else None

    @property
    def sound(self) -> bool:
        """Tell whether the whole file can be read."""
        return self.root is not None and not self.spoiled


def read_world(files: Iterable[Placed], rules: model.World | None = None) -> model.World:
    """Read all files into records; a year whose cycle, agencies or criteria are missing or spoiled is left out.

    `rules`: what `read_rules` made of those that speak of no single agency, where it was asked before.
    """
    listed = sorted(files, key=lambda file: file.document.path)
    own: dict[str | None, list[Placed]] = {}
    for file in listed:
        own.setdefault(file.place.year, []).append(file)
    world = rules or read_rules((file for file in listed if file.place.unit is None), filter(None, own))
    years = {name: with_inputs(filled(year, own[name]), own[name]) for name, year in world.years.items()}
    return replace(world, years={name: _with_earlier(year, own[name]) for name, year in years.items()})


def _with_earlier(year: model.Year, files: list[Placed]) -> model.Year:
    """Return a year with what it was before each file that was replaced as a whole."""
    earlier: list[model.Year] = []
    for place in range(len(year.replacements)):
        later = {one.source.path for one in year.replacements[place:]}
        then = [file for file in files if file.document.path not in later]
        rules = _year(year.name, then, {})
        earlier.append(year if rules is None else filled(rules, then))
    return replace(year, earlier=tuple(earlier))


def read_rules(files: Iterable[Placed], years: Iterable[str]) -> model.World:
    """Read the files that speak of no single agency: each year has its rules, and neither stages nor counts.

    `years`: the years of which there is any file.
    """
    listed = sorted(files, key=lambda file: file.document.path)
    alone = {file.place.kind: file for file in listed if file.place.year is None}
    read = {name: _year(name, [file for file in listed if file.place.year == name], alone) for name in sorted(years)}
    return model.World(
        bodies=_read(alone.get("bodies"), partial(_each, model.Body, "bodies"), {}),
        calendar=_read(alone.get("calendar"), _calendar, model.Calendar()),
        years={name: year for name, year in read.items() if year is not None},
        concordances=_read(alone.get("concordance"), partial(_all, model.Concordance, "pairs"), ()),
        thresholds=_read(alone.get("analysis"), partial(_one, model.Thresholds, "thresholds"), None),
        firmness=_read(alone.get("analysis"), partial(_one, model.FirmnessPolicy, "firmness"), model.FirmnessPolicy()),
        identity=_read(alone.get("site"), partial(_record, model.SiteIdentity), model.SiteIdentity()),
        unread_years=frozenset(name for name, year in read.items() if year is None),
    )


def _read(file: Placed | None, read: Callable[[str, Map], T], otherwise: T) -> T:
    """Return what a reader makes of a file's path and root; without a file, or with a spoiled one, something else."""
    if file is None or file.root is None or file.spoiled:
        return otherwise
    return read(file.document.path, file.root)


def _sound(files: Iterable[Placed], kind: str) -> Iterator[tuple[Place, str, Map]]:
    """Yield place, path and root of the files of a kind that can be read whole."""
    for file in files:
        if file.place.kind == kind and file.root is not None and not file.spoiled:
            yield file.place, file.document.path, file.root


def inputs_digest(files: Iterable[Placed]) -> str:
    """Return the sha256 over the sorted lines `path blob-id` of the files that scoring reads.

    Blob ids depend on content alone, so the digest survives any merge (design, section 3, approval.yml).
    """
    return set_digest({file.document.path: file.blob for file in files if file.place.kind in SCORING_KINDS})


def with_inputs(year: model.Year, files: Iterable[Placed]) -> model.Year:
    """Return a year that knows the digest of all that scoring reads of it, given all its files."""
    unscored = year.withdrawn | {entry.source.path for entry in year.withdrawals}
    scoring = [file for file in files if file.place.kind in SCORING_KINDS and file.document.path not in unscored]
    approvals = tuple(replace(table, knew=_last_known(table, scoring)) for table in year.approvals)
    return replace(year, inputs=inputs_digest(scoring), approvals=approvals)


def _last_known(table: model.ApprovedTable, files: Sequence[Placed]) -> str | None:
    """Return the number of the last amendment without which files are not what a table was given for."""
    numbers = sorted({file.place.number or "" for file in files}, reverse=True)  # "" of what is no amendment
    held = ((number, (file for file in files if (file.place.number or "") <= number)) for number in numbers)
    return next((number for number, known in held if inputs_digest(known) == table.inputs), None)


def _year(name: str, written: list[Placed], alone: Mapping[str, Placed]) -> model.Year | None:
    amendments, replacements, withdrawals = _corrections(written)
    files, replacements = _put_in_place(written, replacements)
    one = {file.place.kind: file for file in files}
    cycle = _read(one.get("cycle"), _cycle, None)
    agencies = _read(one.get("agencies"), partial(_each, model.Agency, "agencies"), None)
    criteria = _read(one.get("criteria"), _criteria, None)
    if cycle is None or agencies is None or criteria is None:
        return None
    moments = (_moments(path, root, place.group or "") for place, path, root in _sound(files, "moments"))
    decisions: tuple[model.ApprovedTable, ...] = _read(one.get("approval"), _approvals, ())
    withdrawn = frozenset(path_of(name, "amendments", entry.withdraws) for entry in withdrawals if entry.found)
    return model.Year(
        name=name,
        cycle=cycle,
        agencies=agencies,
        criteria=criteria,
        stages={},
        survey=_read(one.get("survey"), _survey, None),
        counts={},
        amendments=amendments,
        approvals=tuple(entry for entry in decisions if entry.rows and not _is_taken_back(entry, decisions)),
        plan=_read(one.get("plan"), partial(_all, model.Task, "tasks"), ()),
        council=_read(one.get("council"), _council, None),
        supervision=_read(one.get("supervision"), _supervision, None),
        sealed=frozenset(file.place.stage for file in files if file.place.kind == "seal" and file.place.stage),
        digests={file.document.path: file.sha256 for file in written},
        inputs="",
        moments={read.group: read for read in (*moments, *(one.moments for one in amendments if one.moments))},
        decisions=decisions,
        replacements=replacements,
        withdrawals=withdrawals,
        withdrawn=withdrawn,
        moments_unsealed=_moments_unsealed(files),
        unread=frozenset(
            file.place.kind
            for file in (*files, *alone.values())
            if not file.sound and file.document.path not in withdrawn
        ),
        groups=_read(one.get("agencies"), partial(_each, model.AgencyGroup, "groups"), {}),
        signings=_read(one.get("documents"), partial(_each, model.Signing, "documents"), cycle.documents),
        issued={
            place.stage or "": _each(model.IssuedForm, "forms", path, root)
            for place, path, root in _sound(files, "issued")
        },
    )


def filled(year: model.Year, files: Iterable[Placed]) -> model.Year:
    """Return a year with the files of agencies among some files, as amendments of whole files leave them."""
    written = [file for file in files if file.place.unit is not None]
    placed, replacements = _put_in_place(written, year.replacements)
    stages: dict[str, dict[str, model.StageFile]] = {}
    counts: dict[tuple[str, str], model.Counts] = {}
    dossiers: dict[str, Mapping[str, model.DossierFile]] = {}
    for file in placed:
        place = file.place
        if place.agency is not None and place.stage is not None:
            kind = year.cycle.stages.kind(place.stage)
            if kind is not None:  # a file of a stage that the year does not list was named when it was placed
                own = stages.setdefault(place.stage, {})
                read = _stage_file(file, place.stage, kind, place.agency)
                own[place.agency] = read if place.body is None else _with_part(own.get(place.agency), read, place.body)
        elif place.agency is not None and place.group is not None:
            counts[place.group, place.agency] = _counts(file, place.group, place.agency)
        elif place.agency is not None:
            dossiers[place.agency] = {} if file.spoiled else dossier_of(file.document)
    return replace(
        year,
        stages=stages,
        counts=counts,
        dossiers=dossiers,
        replacements=replacements,
        digests={**year.digests, **{file.document.path: file.sha256 for file in written}},
        unread=year.unread | {file.place.kind for file in placed if not file.sound},
    )


def dossier_of(document: Document) -> Mapping[str, model.DossierFile]:
    """Return the files of evidence that an agency's dossier lists, by their sha256."""
    return _each(model.DossierFile, "files", document.path, document.root) if isinstance(document.root, Map) else {}


def _moments_unsealed(files: list[Placed]) -> bool:
    """Tell whether the survey is sealed and there are moments that its seal does not list; one digest is of all."""
    moments = {file.document.path for file in files if file.place.kind == "moments"}
    seals = (file.document.root for file in files if file.place.kind == "seal" and file.place.stage == SURVEY)
    listing = (root.values for root in seals if isinstance(root, nodes.Mapping) and "digest" not in root.values)
    listed = [values.get("files") for values in listing]
    return any(not isinstance(node, nodes.Mapping) or not moments <= set(node.values) for node in listed)


# --- small readers: what a field says, or nothing -------------------------------------------------------------------


def _must(node: Map, key: str) -> str:
    return text_at(node, key) or ""


def _number(node: Map, key: str) -> Decimal | None:
    found = value_at(node, key)
    return found.value if isinstance(found, Scalar) and isinstance(found.value, Decimal) else None


def _whole(node: Map, key: str) -> int | None:
    found = _number(node, key)
    return int(found) if found is not None else None


def _flag(node: Map, key: str) -> bool:
    found = value_at(node, key)
    return isinstance(found, Scalar) and found.value is True


def _words(node: Map, key: str) -> Text | None:
    return text_of(value_at(node, key))


def _must_words(node: Map, key: str) -> Text:
    return _words(node, key) or Text("")


def _numbers(node: Map, key: str) -> tuple[Decimal, ...]:
    items = items_at(node, key)
    return tuple(item.value for item in items if isinstance(item, Scalar) and isinstance(item.value, Decimal))


def _whole_numbers(node: Map) -> Mapping[str, int]:
    read = ((name, _whole(node, name)) for name in node.values)
    return {name: value for name, value in read if value is not None}


def _source(path: str, node: Node) -> Source:
    return Source(path, node.line, node.column)


def _places(path: str, node: Map) -> Mapping[str, Source]:
    """Return where each field's value stands."""
    return {key: _source(path, value) for key, value in node.values.items()}


def _ties(node: Map, key: str) -> str | tuple[str, ...]:
    listed = texts_at(node, key)
    return listed if isinstance(value_at(node, key), nodes.Sequence) else next(iter(listed), "competition")


def _rounding(node: Map, key: str) -> Rounding:
    named: Mapping[str | None, Rounding] = {"half-even": "half-even", "down": "down"}
    return named.get(text_at(node, key), "half-up")


# --- a record from a mapping, field by field ------------------------------------------------------------------------

# The type of a field, as `model` writes it -> what reads it from a mapping by its key.
FIELDS: Final[Mapping[str, Callable[[Map, str], object]]] = {
    "str": _must,
    "str | None": text_at,
    "Decimal": lambda node, key: _number(node, key) or Decimal(0),
    "Decimal | None": _number,
    "int": lambda node, key: _whole(node, key) or 0,
    "int | None": _whole,
    "bool": _flag,
    "Text": _must_words,
    "Text | None": _words,
    "Node | None": value_at,
    "tuple[str, ...]": texts_at,
    "tuple[Text, ...]": lambda node, key: tuple(filter(None, map(text_of, items_at(node, key)))),
    "Mapping[str, int]": lambda node, key: _whole_numbers(map_at(node, key)),
    "Rounding": _rounding,
    "str | tuple[str, ...]": _ties,
    "Literal['only', 'exclude'] | None": text_at,
    "Literal['reject', 'keep'] | None": text_at,
}
# Where a field stands that has another name in its file: a way through mappings, or one of several ways, of which the
# first counts that leads somewhere; `=` asks whether that text stands there.
WAYS: Final[Mapping[str, str]] = {
    "Agency.exemptions": "not_applicable",
    "Agency.short": "short|name",
    "Body.short": "short|name",
    "Concordance.after": "to",
    "Concordance.before": "from",
    "Correspondence.after": "to",
    "Correspondence.before": "from",
    "Criterion.evidence_by": "evidence_dates.by",
    "Criterion.evidence_from": "evidence_dates.from",
    "Cycle.period_from": "period.from",
    "Cycle.period_to": "period.to",
    "Cycle.windows": "stages",
    "DossierFile.decision": "destroyed.decision",
    "DossierFile.destroyed": "destroyed.date",
    "Due.after_request": "after=request",
    "Due.after_task": "after.task",
    "Due.from_day": "from",
    "Grade.from_index": "from",
    "Group.matrix": "layout=matrix",
    "Group.sipas": "source=sipas",
    "PointsPolicy.leaf_exact": "leaf=exact",
    "Policy.index_decimals": "index.decimals",
    "Policy.index_rounding": "index.rounding",
    "Policy.missing_evidence_needs_note": "evidence.missing=note",
    "Policy.rank_on_exact": "rank.on=exact",
    "Policy.ties": "rank.ties",
    "SiteIdentity.authority": "authority.name",
    "SiteIdentity.complaints": "complaints.how",
    "SiteIdentity.complaints_until": "complaints.until",
    "SiteIdentity.level": "authority.level",
    "SiteIdentity.release_by": "next_release.by",
    "SiteIdentity.release_task": "next_release.task",
    "SiteIdentity.release_year": "next_release.year",
    "SurveyPlan.fieldwork_from": "fieldwork.from",
    "SurveyPlan.fieldwork_to": "fieldwork.to",
    "SurveyPlan.moments_from": "policy.moments_from",
    "SurveyPlan.show_from": "policy.show_from",
    "SurveyPlan.valid_from": "policy.valid_from",
    "SurveyPlan.without_answers_zero": "policy.group_without_answers=zero",
    "Task.done_document": "done.document",
    "Task.done_on": "done.date",
    "Task.scan": "source=scan",
    "Vote.for_it": "for",
    "Window.send_working_days": "send.working_days",
}


def _record(kind: type[T], path: str, node: Map, **given: Any) -> T:  # noqa: ANN401 - each field has its own type
    """Return a record: the fields given, and each other one as the key of its name in a mapping says.

    A field of which nothing stands there keeps the default that the record has for it. Example: `_record(Exemption,
    path, node)` reads `criterion`, `reason` and `document`, and keeps the place of the mapping as `source`.
    """
    make: Callable[..., T] = kind
    for name, written, has_default, ways in _fields_of(make):
        if name in given:
            continue
        holder, key, text = (node, name, "") if not ways else _reached(node, ways)
        if written in PLACED_FIELDS:
            given[name] = PLACED_FIELDS[written](key, path, holder)
        elif not has_default or value_at(holder, key) is not None:
            given[name] = text_at(holder, key) == text if text else FIELDS[written](holder, key)
    return make(**given)


@cache
def _fields_of(kind: Any) -> tuple[tuple[str, str, bool, tuple[str, ...]], ...]:  # noqa: ANN401 - a record's class
    """Return the fields of a record: name, type as written, whether it has a default, the ways to it."""
    return tuple(
        (
            field.name,
            str(field.type),
            field.default is not MISSING or field.default_factory is not MISSING,
            tuple(filter(None, WAYS.get(f"{kind.__name__}.{field.name}", "").split("|"))),
        )
        for field in fields(kind)
    )


def _reached(node: Map, ways: Iterable[str]) -> tuple[Map, str, str]:
    """Return the mapping and the key to which the first way leads where something stands, and the text asked for."""
    holder, key, text = node, "", ""
    for way in ways:
        steps, _, text = way.partition("=")
        *outer, key = steps.split(".")
        holder = reduce(map_at, outer, node)
        if value_at(holder, key) is not None:
            break
    return holder, key, text


def _one(kind: type[T], key: str, path: str, node: Map) -> T:
    return _record(kind, path, map_at(node, key))


def _one_or_none(kind: type[T], key: str, path: str, node: Map) -> T | None:
    return _one(kind, key, path, node) if isinstance(value_at(node, key), Map) else None


def _all(kind: type[T], key: str, path: str, node: Map) -> tuple[T, ...]:
    return tuple(_record(kind, path, one) for one in maps_at(node, key))


def _each(kind: type[T], key: str, path: str, node: Map) -> Mapping[str, T]:
    """Return the records of a mapping by their keys; the key of one that begins with an id is that and its place."""
    make: Any = kind
    own = next((name for name, *_ in _fields_of(make)[:1] if name in ("id", "slug")), None)
    listed = {name: (inner, at) for name, inner, at in entries_at(node, key)}

    def made(name: str) -> T:
        inner, at = listed[name]
        return _record(kind, path, inner, **({own: name, "source": _source(path, at)} if own else {}))

    return Lazily(listed, made)


def _readers(kind: type[T]) -> Iterator[tuple[str, Callable[[str, str, Map], object]]]:
    """Yield how fields are read that hold records of a kind: one, one or none, a list, or a mapping."""
    name = kind.__name__
    yield name, partial(_one, kind)
    yield f"{name} | None", partial(_one_or_none, kind)
    yield f"tuple[{name}, ...]", partial(_all, kind)
    yield f"Mapping[str, {name}]", partial(_each, kind)


# What reads the fields that hold other records, or places: they need the path of the file.
PLACED_FIELDS: Final[Mapping[str, Callable[[str, str, Map], object]]] = {
    **dict(
        reader
        for kind in vars(model).values()
        if isinstance(kind, type) and is_dataclass(kind) and kind.__module__ == model.__name__
        for reader in _readers(kind)
    ),
    "Source": lambda _key, path, node: _source(path, node),
    "Mapping[str, Source]": lambda _key, path, node: _places(path, node),
    "Mapping[str, Scale]": lambda key, path, node: {
        name: _scale(path, name, inner) for name, inner, _ in entries_at(node, key)
    },
}


# --- one reader for each kind ---------------------------------------------------------------------------------------


def _calendar(path: str, root: Map) -> model.Calendar:
    years = {name: node for name, node, _ in entries_at(root, "years")}
    days = tuple(
        model.CalendarDay(_must(day, "date"), name, off=off, partner=text_at(day, partner), source=_source(path, day))
        for name, node in years.items()
        for key, partner, off in (("days_off", "swapped_for", True), ("make_up_days", "for", False))
        for day in maps_at(node, key)
    )
    return model.Calendar(
        days_off=frozenset(day.date for day in days if day.off),
        make_up_days=frozenset(day.date for day in days if not day.off),
        years=frozenset(years),
        days=days,
    )


def _cycle(path: str, root: Map) -> model.Cycle:
    return _record(model.Cycle, path, root, stages=_stages(root), source=Source(path))


def stages_of(document: Document) -> Stages | None:
    """Return the stages of a year as its cycle.yml lists them; None where that cannot be read as a mapping."""
    return _stages(document.root) if isinstance(document.root, Map) else None


def _stages(root: Map) -> Stages:
    """Return the stages in the order of the file; a cycle that lists none has the usual five."""
    listed = tuple(
        Stage(name, kind, _words(node, "title"))
        for name, node, _ in entries_at(root, "stages")
        if (kind := kind_of(name, text_at(node, "kind"))) is not None
    )
    return Stages(listed) if listed else USUAL


def _criteria(path: str, root: Map) -> Mapping[str, model.Criterion]:
    found: dict[str, model.Criterion] = {}
    for code, node, key in entries_at(root, "criteria"):
        _criterion(path, code, node, key, parent=None, monitor=None, into=found)
    return dict(sorted(found.items(), key=lambda item: model.code_key(item[0])))


def _criterion(
    path: str,
    code: str,
    node: Map,
    key: Scalar,
    *,
    parent: str | None,
    monitor: str | None,
    into: dict[str, model.Criterion],
) -> model.Criterion:
    monitor = text_at(node, "monitor") or monitor
    below = [
        _criterion(path, child, inner, place, parent=code, monitor=monitor, into=into)
        for child, inner, place in entries_at(node, "children")
    ]
    below.sort(key=lambda child: model.code_key(child.code))
    rule = value_at(node, "rule")
    stated = _number(node, "out_of")
    criterion = _record(
        model.Criterion,
        path,
        node,
        code=code,
        parent=parent,
        children=tuple(child.code for child in below),
        leaves=tuple(leaf for child in below for leaf in child.leaves) if below else (code,),
        out_of=sum((child.out_of for child in below), Decimal(0)) if below else stated or Decimal(0),
        stated_out_of=stated,
        rule=rule_from(rule, stated or Decimal(0)) if isinstance(rule, Map) else None,
        monitor=monitor,
        evidence=text_at(node, "evidence") or "optional",
        source=_source(path, key),
    )
    into[code] = criterion
    return criterion


def _stage_file(file: Placed, stage: str, kind: Kind, agency: str) -> model.StageFile:
    path, root = file.document.path, file.root
    wrong_lines = {pointer[1] for pointer in file.spoiled if len(pointer) > 1 and pointer[0] == "lines"}
    wrong_file = root is None or any(len(pointer) < 2 or pointer[0] != "lines" for pointer in file.spoiled)
    if root is None:
        return model.StageFile(stage, kind, agency, {}, source=Source(path), spoiled=True, unread=True)
    lines = map_at(root, "lines")
    wrong_keys = {pointer[0] for pointer in file.spoiled if pointer}
    documents = ((key, _one_or_none(model.Reference, key, path, root)) for key in _DOCUMENTS if key not in wrong_keys)
    dates = ((key, text_at(root, key)) for key in _DATES if key not in wrong_keys)
    return model.StageFile(
        stage=stage,
        kind=kind,
        agency=agency,
        source=Source(path),
        places=_places(path, root),
        lines={
            code: _line(path, code, node, lines.keys[code], spoiled=code in wrong_lines)
            for code, node in lines.values.items()
        },
        dates={key: value for key, value in dates if value is not None},
        documents={key: value for key, value in documents if value is not None},
        signed_by=None if "signed_by" in wrong_keys else _words(root, "signed_by"),
        spoiled=wrong_file,
        unread=wrong_file and not lines.values,
        forms=() if "form" in wrong_keys else tuple(_forms(file, root)),
    )


def _forms(file: Placed, root: Map) -> Iterator[model.FormRecord]:
    """Yield what a file says of the form that it was read from, where it was read from one."""
    told = value_at(root, "form")
    if isinstance(told, Map):
        stands = content_digest(file.place, nodes.plain(root)) if "content" in told.values else None
        yield _record(model.FormRecord, file.document.path, told, body=file.place.body, stands=stands)


def _with_part(head: model.StageFile | None, part: model.StageFile, body: str) -> model.StageFile:
    """Return a stage of an agency with the part of one body: lines of the head come first, a line stands once.

    Files come in the order of their paths, the head before its parts: `co-quan-a.yml`, then `co-quan-a/don-vi-b.yml`.
    """
    if head is None:
        return replace(part, parts={body: part.source}, headless=True)
    return replace(
        head,
        forms=(*head.forms, *part.forms),
        lines={**part.lines, **head.lines},
        parts={**head.parts, body: part.source},
        repeated=(*head.repeated, *(line for code, line in part.lines.items() if code in head.lines)),
        spoiled=head.spoiled or part.spoiled,
        unread=head.unread or part.unread,
    )


def _line(path: str, code: str, node: Node, key: Node, *, spoiled: bool) -> model.Line:
    source = _source(path, key)
    if spoiled or not isinstance(node, Map):
        return model.Line(code, source=source, spoiled=True)
    return _record(model.Line, path, node, criterion=code, source=source, spoiled=False)


def _survey(path: str, root: Map) -> model.SurveyPlan:
    return _record(model.SurveyPlan, path, root, source=Source(path))


def _scale(path: str, name: str, node: Map) -> model.Scale:
    options = {option: inner for option, inner, _ in entries_at(node, "options")}
    return _record(
        model.Scale,
        path,
        node,
        id=name,
        values={option: _number(inner, "value") or Decimal(0) for option, inner in options.items()},
        titles={option: _must_words(inner, "title") for option, inner in options.items()},
    )


def _counts(file: Placed, group: str, agency: str) -> model.Counts:
    path, root = file.document.path, file.root
    if root is None or file.spoiled:
        return model.Counts(group, agency, {}, {}, source=Source(path), spoiled=True)
    return _counts_of(path, root, group, agency)


def _counts_of(path: str, root: Map, group: str, agency: str) -> model.Counts:
    answers, points = map_at(root, "answers"), map_at(root, "points")
    read = ((code, _number(points, code)) for code in points.values)
    return _record(
        model.Counts,
        path,
        root,
        group=group,
        agency=agency,
        places={**_places(path, root), **_places(path, answers), **_places(path, points)},
        answers={question: _whole_numbers(map_at(answers, question)) for question in answers.values},
        points={code: value for code, value in read if value is not None},
        spoiled=False,
    )


def _moments(path: str, root: Map, group: str) -> model.Moments:
    """Return moments of either form: the first has pairs by criterion, the second by agency (decision 0050)."""
    own = [(node, (slug, slug)) for slug, entry, _ in entries_at(root, "agencies") for node in maps_at(entry, "pairs")]
    listed = [node for _, entry, _ in entries_at(root, "criteria") for node in maps_at(entry, "pairs")]
    first = [(node, texts_at(node, "agencies")) for node in listed]
    between = {texts_at(n, "agencies"): _record(model.SharedProduct, path, n) for n in maps_at(root, "between")}
    weights = {code: _record(model.CriterionWeight, path, node) for code, node, _ in entries_at(root, "weights")}
    pairs = dict(_pair(path, node, agencies) for node, agencies in (*own, *first))
    return model.Moments(group, _source(path, root), pairs, weights, between)


def _pair(
    path: str, node: Map, agencies: Sequence[str]
) -> tuple[tuple[model.AgencyQuestion, model.AgencyQuestion], model.PairSums]:
    questions, sums = texts_at(node, "questions"), _numbers(node, "sums")
    first, second = (
        model.AgencyQuestion(agency, question) for agency, question in zip(agencies, questions, strict=True)
    )
    return (first, second), _record(model.PairSums, path, node, sums=(sums[0], sums[1]))


def _corrections(
    files: Iterable[Placed],
) -> tuple[tuple[model.Amendment, ...], tuple[model.Replacement, ...], tuple[model.Withdrawal, ...]]:
    """Return the amendments, replaced files and withdrawals that count; a later withdrawal may take back any."""
    there = {file.place.number for file in files if file.place.kind == "amendment"}
    read: dict[str, model.Amendment | model.Replacement | model.Withdrawal] = {}
    digests = {file.document.path: file.sha256 for file in files}
    for place, path, root in _sound(files, "amendment"):
        number, withdraws = place.number or "", text_at(root, "withdraws")
        if text_at(root, "path") is not None:
            more = {"number": number, "source": Source(path), "sha256": digests[path]}
            read[number] = _record(model.Replacement, path, root, **more)
        elif withdraws is None:
            read[number] = _amendment(path, root, number)
        else:
            found = withdraws in there and withdraws < number
            target = read.get(withdraws) if found else None
            read[number] = _record(
                model.Withdrawal, path, root, number=number, source=Source(path), found=found, target=target
            )
    gone: set[str] = set()
    for number, entry in reversed(read.items()):
        if isinstance(entry, model.Withdrawal) and entry.found and number not in gone:
            gone.add(entry.withdraws)
    kept = [entry for number, entry in read.items() if number not in gone]
    return (
        tuple(entry for entry in kept if isinstance(entry, model.Amendment)),
        tuple(entry for entry in kept if isinstance(entry, model.Replacement)),
        tuple(entry for entry in kept if isinstance(entry, model.Withdrawal)),
    )


def _put_in_place(
    files: list[Placed], replacements: Iterable[model.Replacement]
) -> tuple[list[Placed], tuple[model.Replacement, ...]]:
    """Return the files with the content of amendments in the place of those they replace, and what stood there."""
    now = list(files)  # records read back from tables share a path, so each stays at its number
    numbers = {file.document.path: number for number, file in enumerate(files)} if replacements else {}
    told: list[model.Replacement] = []
    for entry in sorted(replacements, key=lambda entry: entry.number):
        number = numbers.get(entry.path)
        if number is None or now[number].place.kind not in REPLACED_KINDS:
            told.append(entry)  # its law names it
            continue
        told.append(replace(entry, stands=now[number].sha256))
        document = Document(entry.source.path, lifted(now[number].place.kind, entry.file))
        now[number] = replace(now[number], document=document, spoiled=(), sha256=entry.sha256)
    return now, tuple(told)


def _amendment(path: str, root: Map, number: str) -> model.Amendment:
    agency, group, code = _must(root, "agency"), text_at(root, "group"), text_at(root, "criterion")
    line, content = value_at(root, "line"), value_at(root, "file")
    counts, moments = None, None
    content, sums = lifted("survey-counts", content), lifted("moments", value_at(root, "moments"))
    if text_at(root, "stage") == SURVEY and group and isinstance(content, Map):
        counts = _counts_of(path, content, group, agency)
        moments = _moments(path, sums, group) if isinstance(sums, Map) else None
    return _record(
        model.Amendment,
        path,
        root,
        number=number,
        source=Source(path),
        line=_line(path, code, line, line, spoiled=False) if code and isinstance(line, Map) else None,
        counts=counts,
        moments=moments,
    )


def _is_taken_back(table: model.ApprovedTable, decisions: Iterable[model.ApprovedTable]) -> bool:
    """Tell whether a later decision took a table back without another in its place."""
    later = (entry for entry in decisions if entry.position > table.position and not entry.rows)
    return any(entry.withdraws == table.decision.number for entry in later)


def _approvals(path: str, root: Map) -> tuple[model.ApprovedTable, ...]:
    listed = list(maps_at(root, "approvals"))
    withdraws = [text_at(node, "withdraws") for node in listed]
    numbers = [text_at(map_at(node, "decision"), "number") for node in listed]
    return tuple(
        _record(
            model.ApprovedTable,
            path,
            node,
            inputs=text_at(node, "inputs") or "",
            position=position,
            withdrawn=numbers[position] in withdraws[position + 1 :],
            knew=None,
            rows=tuple(
                _record(model.ApprovedRow, path, row, agency=agency, source=_source(path, key))
                for agency, row, key in entries_at(node, "table")
            ),
        )
        for position, node in enumerate(listed)
    )


def _council(path: str, root: Map) -> model.Council:
    return _record(
        model.Council,
        path,
        root,
        members=tuple((_must_words(node, "function"), _must(node, "body")) for node in maps_at(root, "members")),
        source=Source(path),
    )


def _supervision(path: str, root: Map) -> model.Supervision:
    return _record(
        model.Supervision,
        path,
        root,
        visits=tuple(
            (_must(one, "date"), texts_at(one, "checked"), _words(one, "findings")) for one in maps_at(root, "visits")
        ),
        source=Source(path),
        draws={
            group: model.Draw(group, _whole_numbers(node), text_at(node, "list"), _source(path, key))
            for group, node, key in entries_at(map_at(root, "callbacks"), "draws")
        },
    )
