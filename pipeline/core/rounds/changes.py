"""What differs in meaning between two states of the data: a list of changes, each with who and what it concerns.

Files are compared as records with fields, so that order, comments and quoting are no change, and a record that stands
under another id is said to be moved. What the change does to index and rank is `effects`; words are `change_words`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TypeAlias

from pipeline.core.ground import nodes
from pipeline.core.ground.nodes import Node, Scalar
from pipeline.core.ground.numbers import fixed
from pipeline.core.ground.text import MAIN
from pipeline.core.index.scoring import AgencyScore, Results
from pipeline.core.record.layout import DATA, STAGE, Place
from pipeline.core.record.model import code_key

ADDED, REMOVED, MOVED, CHANGED, UNREADABLE = "added", "removed", "moved", "changed", "unreadable"

# The kinds of access.yml (design, section 3): which right a change needs.
RULES_KINDS = frozenset(
    {"cycle", "agencies", "criteria", "calendar", "bodies", "concordance", "analysis", "schema"},
)
SURVEY_KINDS = frozenset({"survey", "survey-counts", "moments", "supervision"})
_RIGHT_OF_KIND = {"seal": "seals", "amendment": "amendments"}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference in meaning.

    `kind` says what happened ("score-changed", "line-added"), `subject` names the record where no agency and criterion
    do (a task, a group, a person), `field` the part of it, `right` is the kind of access.yml that a person needs to
    make the change. Of what was moved, `before` and `after` are its ids.
    """

    kind: str
    right: str
    path: str
    line: int
    year: str | None = None
    stage: str | None = None
    agency: str | None = None
    criterion: str | None = None
    subject: str | None = None
    field: str | None = None
    before: str | None = None
    after: str | None = None
    reason: str | None = None

    @property
    def stem(self) -> str:
        """Return what the change is about: `score` of `score-changed`."""
        return self.kind.rpartition("-")[0]

    @property
    def what(self) -> str:
        """Return what happened to it: `changed` of `score-changed`."""
        return self.kind.rpartition("-")[2]


@dataclass(frozen=True, slots=True)
class Version:
    """A file in one state: what its path stands for and its tree, None where it cannot be read."""

    path: str
    place: Place | None
    root: Node | None


Pair: TypeAlias = tuple[Version | None, Version | None]
Key: TypeAlias = tuple[str, ...]  # the record's name, then its ids: ("evidence", "1.1.1", "15/KH-CT")
Moves: TypeAlias = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class DataRecord:
    """One record of a file: where it begins and its fields; what identifies it stands in its key."""

    line: int
    fields: Mapping[str, Node]

    @property
    def content(self) -> Mapping[str, str]:
        """Return the fields as canonical text, without their places."""
        return {name: canonical(node, name) for name, node in self.fields.items()}

    def text(self, name: str) -> str | None:
        """Return one field as canonical text."""
        node = self.fields.get(name)
        return None if node is None else canonical(node, name)


Records: TypeAlias = Mapping[Key, DataRecord]

# Which entries of a file are records of their own: pointer, with * for an id -> name.
_RECORDS: Mapping[str, Mapping[tuple[str, ...], str]] = {
    STAGE: {("lines", "*"): "line", ("lines", "*", "evidence", "*"): "evidence"},
    "cycle": {
        ("extensions", "*"): "extension",
        ("legal_basis", "*"): "legal-basis",
        ("grades", "*"): "grade",
        ("stages", "*"): "deadline",
        ("policy", "*"): "policy",
    },
    "agencies": {("agencies", "*"): "agency", ("agencies", "*", "not_applicable", "*"): "exemption"},
    "plan": {("tasks", "*"): "task"},
    "council": {("members", "*"): "member", ("sessions", "*"): "session"},
    "survey": {
        ("groups", "*"): "group",
        ("questions", "*"): "question",
        ("scales", "*"): "scale",
        ("policy", "*"): "policy",
    },
    "survey-counts": {("answers", "*"): "counts"},
    "supervision": {("visits", "*"): "visit"},
    "approval": {("approvals", "*"): "approval", ("approvals", "*", "table", "*"): "approved-row"},
    "access": {
        ("people", "*"): "person",
        ("people", "*", "keys", "*"): "key",
        ("roles", "*"): "role",
        ("policy", "*"): "policy",
    },
    "bodies": {("bodies", "*"): "body"},
    "calendar": {
        ("years", "*"): "calendar-year",
        ("years", "*", "days_off", "*"): "day-off",
        ("years", "*", "make_up_days", "*"): "make-up-day",
    },
    "concordance": {
        ("pairs", "*"): "concordance",
        ("pairs", "*", "criteria", "*"): "like-criteria",
        ("pairs", "*", "agencies", "*"): "like-agencies",
    },
}
# A file that is one record by itself; any other has fields of its own beside its records, under the name "file".
_WHOLE = {"amendment": "amendment", "seal": "seal"}
# A record came or went with the one that holds it, and is not told twice.
_HOLDERS = {
    "evidence": "line",
    "exemption": "agency",
    "key": "person",
    "approved-row": "approval",
    "day-off": "calendar-year",
    "make-up-day": "calendar-year",
    "like-criteria": "concordance",
    "like-agencies": "concordance",
}
# Records that may stand under another id and still be the same, with the field that tells, where all else may differ.
_MOVABLE: Mapping[str, str | None] = {
    "criterion": "title",
    "task": "task",
    "question": "text",
    "agency": "name",
    "group": None,
    "scale": None,
    "grade": None,
    "person": None,
    "role": None,
    "body": None,
}
# The first entry that holds wins, or the last one counts: another order is another meaning.
_ORDERED = frozenset({"grade", "approval"})
# A list's entries are known by the first of these that they have; without one, by their position.
_IDENTITIES = (
    ("stage", "agency"),
    ("no",),
    ("id",),
    ("number",),
    ("key",),
    ("criterion",),
    ("date",),
    ("function", "body"),
    ("from", "to"),
)
# Fields whose change has a name of its own; any other is "<record>-changed".
_FIELD_KINDS = {
    ("line", "score"): "score",
    ("line", "answer"): "answer",
    ("line", "reason"): "reason",
    ("line", "explanation"): "explanation",
    ("line", "not_applicable"): "not-applicable",
    ("line", "request"): "request",
    ("line", "note"): "note",
    ("criterion", "out_of"): "weight",
    ("criterion", "rule"): "rule",
    ("file", "out_of"): "weight",
    ("file", "forms"): "counts",
    ("file", "sipas"): "counts",
    ("file", "respondents"): "counts",
    ("file", "points"): "counts",
    ("task", "done"): "task-done",
    ("task", "due"): "deadline",
}
# What a record that came or went is told by; without an entry, by all its fields.
_SUMMARIES = {
    "line": ("score", "explanation"),
    "criterion": ("title",),
    "task": ("task",),
    "question": ("text",),
    "agency": ("name",),
    "body": ("name",),
    "group": ("title",),
    "grade": ("title",),
    "exemption": ("reason",),
    "person": ("role",),
    "approval": ("decision",),
    "calendar-year": ("notice",),
    "seal": ("date",),
}
# Every stem of a kind, each of which has a noun in the labels.
STEMS = frozenset(
    {"file", "schema", "field", "order", "criterion"}
    | {name for known in _RECORDS.values() for name in known.values()}
    | set(_WHOLE.values())
    | set(_FIELD_KINDS.values())
)


def compare(versions: Iterable[Pair], *, renames: bool = False) -> tuple[Change, ...]:
    """Return what differs in meaning between pairs of versions of the same paths, sorted by place.

    Args:
        versions: for each path that may differ, the state before and after; None where the file does not exist.
        renames: whether an agency that stands under another slug is one change, and its files are held against those
            of the slug before. Rights are judged path by path, without it.
    """
    pairs, found = _renamed(list(versions)) if renames else (list(versions), [])
    moves = _criteria_moves(pairs)
    for before, after in pairs:
        found += _compare(before, after, moves.get(_year_of(before, after) or "", {}))
    return tuple(sorted(found, key=_order))


def _order(change: Change) -> tuple[object, ...]:
    return (
        *(change.path, change.line, code_key(change.criterion or ""), change.kind, change.subject or ""),
        *(change.field or "", change.before or "", change.after or ""),
    )


def _year_of(before: Version | None, after: Version | None) -> str | None:
    known = after or before
    return known.place.year if known and known.place else None


def _criteria_moves(pairs: Iterable[Pair]) -> dict[str, Moves]:
    """Return, by year, which criteria stand under another code now: what is said of them moved with them."""
    moves: dict[str, Moves] = {}
    for before, after in pairs:
        if before and after and before.place and after.place and after.place.kind == "criteria" and after.place.year:
            old, new = _records_of(before), _records_of(after)
            if old is not None and new is not None:
                moves[after.place.year] = _moved_ids(_pairs(old, new, {}), "criterion")
    return moves


# --- agencies under another slug ------------------------------------------------------------------------------------

_BY_SLUG = frozenset({"agencies", "table"})  # fields that list slugs, or have them as keys


def _renamed(pairs: list[Pair]) -> tuple[list[Pair], list[Change]]:
    """Say which agencies stand under another slug, and give back the pairs as if they had stood under it before."""
    moves = {year: found for year in _years(pairs) if (found := _agency_moves(pairs, year))}
    told: list[Change] = []
    whole: list[Pair] = []
    come = {_spot(after, {}): after for before, after in pairs if before is None and after is not None}
    for pair in pairs:
        before, after = pair
        own = moves.get(_year_of(before, after) or "", {})
        if before is None or not own:
            whole.append(pair)
            continue
        held = after or come.pop(_spot(before, own), None)
        if held is not None and held.place is not None and held.place.kind == "agencies":
            told += _moved_agencies(held, own)
        root = None if before.root is None else _reslugged(before.root, "", own)
        whole.append((replace(before, root=root), held))
    left = {after.path for after in come.values()}
    return [(old, new) for old, new in whole if old is not None or new is None or new.path in left], told


def _years(pairs: Iterable[Pair]) -> list[str]:
    return sorted({year for before, after in pairs if (year := _year_of(before, after))})


def _spot(version: Version, moves: Moves) -> tuple[str | None, ...]:
    """Return what a path stands for, its agency under the slug that it has now."""
    place = version.place
    if place is None:
        return (version.path,)
    agency = moves.get(place.agency or "", place.agency)
    return place.kind, place.year, place.stage, agency, place.group, place.number


def _moved_agencies(after: Version, moves: Moves) -> Iterator[Change]:
    new = _records_of(after) or {}
    for old, slug in moves.items():
        line = new["agency", slug].line
        yield replace(_base(after), kind="agency-moved", line=line, agency=slug, before=old, after=slug)


def _agency_moves(pairs: list[Pair], year: str) -> Moves:
    """Return slug before -> slug after: of agencies that say the same of themselves, or have the same name or files."""
    sides = next(
        ((b, a) for b, a in pairs if b and a and a.place and (a.place.kind, a.place.year) == ("agencies", year)), None
    )
    old, new = (_records_of(side) for side in sides) if sides else (None, None)
    if not old or not new:
        return {}
    paired = _pairs(old, new, {})
    moves = {
        one: other
        for one, other in _moved_ids(paired, "agency").items()
        if ("agency", one) not in new and ("agency", other) not in old
    }
    gone = [key[1] for key in old if key[0] == "agency" and key not in paired]
    come = [key[1] for key in new if key[0] == "agency" and key not in paired.values()]
    if not gone or not come:
        return moves
    files = [_files_by_agency([pair[side] for pair in pairs], year) for side in (0, 1)]
    before = _unique(((slug,), files[0].get(slug)) for slug in gone)
    after = _unique(((slug,), files[1].get(slug)) for slug in come)
    moves.update({before[text][0]: after[text][0] for text in before if text in after})
    return moves


def _files_by_agency(versions: Iterable[Version | None], year: str) -> Mapping[str, str]:
    """Return what all files of each agency say in a year, as one text."""
    found: dict[str, list[str]] = {}
    for version in versions:
        place = version.place if version else None
        if (
            version is not None
            and place is not None
            and place.agency
            and place.year == year
            and version.root is not None
        ):
            told = (place.kind, place.stage, place.group, canonical(version.root))
            found.setdefault(place.agency, []).append(str(told))
    return {slug: str(sorted(told)) for slug, told in found.items()}


def _reslugged(node: Node, name: str, moves: Moves) -> Node:
    """Return a tree in which each slug of an agency is the one that it has now."""
    if isinstance(node, Scalar):
        slug = moves.get(node.text) if name in ("agency", "agencies") else None
        return node if slug is None else node._replace(value=slug, text=slug)
    if isinstance(node, nodes.Sequence):
        return node._replace(items=tuple(_reslugged(item, name, moves) for item in node.items))
    known = moves if name in _BY_SLUG else {}
    return node._replace(
        values={known.get(key, key): _reslugged(value, key, moves) for key, value in node.values.items()},
        keys={known.get(key, key): at for key, at in node.keys.items()},
    )


def _compare(before: Version | None, after: Version | None, moves: Moves) -> Iterator[Change]:
    known = after or before
    if known is None:
        return
    base = _base(known)
    whole = _WHOLE.get(known.place.kind) if known.place else None
    come = ADDED if before is None else REMOVED if after is None else None
    if not known.path.startswith(DATA):
        yield replace(base, kind=f"schema-{come or CHANGED}", subject=known.path)
        return
    if come and whole is None:
        yield replace(base, kind=f"file-{come}", subject=known.path)
    old, new = (_records_of(version) for version in (before, after))
    if old is None or new is None:
        # Nobody can say which lines such a change touches, so it needs the right to change the rules.
        yield replace(base, kind=f"file-{UNREADABLE}", right="rules", subject=known.path)
        return
    yield from _changes(base, old, new, moves, whole=come is not None)


def _changes(base: Change, old: Records, new: Records, moves: Moves, *, whole: bool) -> Iterator[Change]:
    pairs = _pairs(old, new, moves)
    taken = set(pairs.values())
    for key in old:
        if key in pairs:
            yield from _changed(base, pairs[key], key, old[key], new[pairs[key]])
        elif key[0] == "file":
            yield from _changed(base, key, key, _known(old[key], whole=whole), DataRecord(1, {}))
        elif not _inside(key, old, pairs):
            yield _told(base, key, REMOVED, old[key], before=_summary(key, old[key]))
    for key in new:
        if key in taken:
            continue
        if key[0] == "file":
            yield from _changed(base, key, key, DataRecord(1, {}), _known(new[key], whole=whole))
        elif not _inside(key, new, taken):
            yield _told(base, key, ADDED, new[key], after=_summary(key, new[key]))
    yield from _reordered(base, old, new, pairs)


def _known(record: DataRecord, *, whole: bool) -> DataRecord:
    """Leave out `format` of a file that came or went: it says nothing of its own."""
    fields = {name: node for name, node in record.fields.items() if not (whole and name == "format")}
    return DataRecord(record.line, fields)


def _base(version: Version) -> Change:
    place = version.place
    if place is None:
        return Change("", "rules", version.path, 1)
    base = Change("", right_of(place), version.path, 1, place.year, place.stage, place.agency)
    if place.kind == "amendment" and isinstance(version.root, nodes.Mapping):
        said = {name: canonical(node) for name, node in version.root.values.items()}
        base = replace(base, stage=said.get("stage"), agency=said.get("agency"), criterion=said.get("criterion"))
    return replace(base, subject=place.group or place.number)


def right_of(place: Place) -> str:
    """Return the kind of access.yml under which a file is written; of a file of a stage, the stage's name."""
    if place.kind in RULES_KINDS:
        return "rules"
    if place.kind in SURVEY_KINDS:
        return "survey"
    return _RIGHT_OF_KIND.get(place.kind, place.right)


def _inside(key: Key, side: Records, paired: Iterable[Key]) -> bool:
    """Tell whether a record came or went with the one that holds it."""
    holder = (_HOLDERS.get(key[0], ""), *key[1:-1])
    return holder in side and holder not in paired


def _changed(base: Change, key: Key, was_key: Key, old: DataRecord, new: DataRecord) -> Iterator[Change]:
    if key != was_key and (key[0] not in _HOLDERS or key[0] == "exemption"):
        yield _told(base, key, MOVED, new, before=" / ".join(was_key[1:]), after=" / ".join(key[1:]))
    for name in sorted(set(old.fields) | set(new.fields)):
        own = _FIELD_KINDS.get((key[0], name))
        kind = own or ("field" if key[0] == "file" else key[0])
        for part in _differences((name,), name, old.fields.get(name), new.fields.get(name)):
            way = part.way[1:] if own and own != "counts" else part.way
            # A field of a record that came is a change of the record, which was there before.
            itself = not way or (kind in ("field", "counts") and len(way) == 1)
            what = (
                CHANGED if not itself else ADDED if part.before is None else REMOVED if part.after is None else CHANGED
            )
            texts = [None if node is None else canonical(node, part.name) for node in (part.before, part.after)]
            change = _told(base, key, what, new, before=texts[0], after=texts[1], kind=kind)
            yield replace(change, field=".".join(way) or None, line=part.after.line if part.after else new.line)


@dataclass(frozen=True, slots=True)
class _FieldPart:
    """A part of a field that differs: the way to it, and the name that says how to read it."""

    way: tuple[str, ...]
    name: str
    before: Node | None
    after: Node | None


def _differences(way: tuple[str, ...], name: str, old: Node | None, new: Node | None) -> Iterator[_FieldPart]:
    """Yield the innermost parts of a field that differ."""
    if old is not None and new is not None:
        if canonical(old, name) == canonical(new, name):
            return
        sides = _as_text(old, new), _as_text(new, old)
        if isinstance(sides[0], nodes.Mapping) and isinstance(sides[1], nodes.Mapping) and _comparable(name, *sides):
            olds, news = _present(sides[0]), _present(sides[1])
            for inner in sorted(set(olds) | set(news)):
                deeper = name if name in _COUNTED else inner
                yield from _differences((*way, inner), deeper, olds.get(inner), news.get(inner))
            return
    if old is not None or new is not None:
        yield _FieldPart(way, name, old, new)


def _as_text(node: Node, other: Node) -> Node:
    """Return a Vietnamese text as one that has languages, where the other side has them."""
    if isinstance(node, Scalar) and isinstance(other, nodes.Mapping) and MAIN in other.values:
        return nodes.Mapping({MAIN: node}, {MAIN: node}, node.line, node.column)
    return node


def _comparable(name: str, old: Node, new: Node) -> bool:
    """Tell whether two mappings are told part by part: an answer is one whole, and so is a rule of another type."""
    if name == "answer":
        return False
    types = [node.values.get("type") for node in (old, new) if isinstance(node, nodes.Mapping)]
    return name != "rule" or len({canonical(node) if node else "" for node in types}) == 1


def _told(
    base: Change,
    key: Key,
    what: str,
    record: DataRecord,
    *,
    before: str | None = None,
    after: str | None = None,
    kind: str | None = None,
) -> Change:
    name, ids = key[0], key[1:]
    reason = record.text("reason") or (record.text("not_applicable") if name == "line" else None)
    change = replace(base, kind=f"{kind or name}-{what}", line=record.line, before=before, after=after, reason=reason)
    if name in ("line", "evidence", "criterion"):
        return replace(change, criterion=ids[0], subject=ids[1] if len(ids) > 1 else change.subject)
    if name == "exemption":
        return replace(change, agency=ids[0], criterion=ids[1])
    if name == "agency":
        return replace(change, agency=ids[0])
    if name == "extension":
        stage, _, agency = ids[0].partition(" ")
        return replace(change, stage=stage, agency=agency or None)
    if name == "deadline":
        return replace(change, stage=ids[0])
    if name == "approved-row":
        return replace(change, subject=ids[0], agency=ids[1])
    return replace(change, subject=" / ".join(filter(None, (change.subject, *ids)))) if ids else change


def _summary(key: Key, record: DataRecord) -> str:
    content = record.content
    if key[0] == "line" and "score" not in content and "not_applicable" in content:
        return "not-applicable"
    if key[0] == "amendment" and isinstance(line := record.fields.get("line"), nodes.Mapping):
        return _summary(("line",), DataRecord(line.line, _present(line)))
    for name in _SUMMARIES.get(key[0], ()):
        if name in content:
            return content[name]
    if not content or set(content) == {""}:
        return "".join(content.values())
    return _nested(nodes.Mapping(record.fields, {}, record.line, 1), "")


def _reordered(base: Change, old: Records, new: Records, pairs: Mapping[Key, Key]) -> Iterator[Change]:
    """Yield a change where entries whose order has a meaning stand in another one."""
    for name in sorted(_ORDERED):
        were = [pairs[key] for key in old if key[0] == name and key in pairs]
        are = [key for key in new if key in set(were)]
        if were != are:
            texts = [", ".join(key[-1] for key in keys) for keys in (were, are)]
            yield replace(base, kind="order-changed", field=name, before=texts[0], after=texts[1])


# --- which record is which ------------------------------------------------------------------------------------------


def _pairs(old: Records, new: Records, moves: Moves) -> dict[Key, Key]:
    """Pair the records of two states: the same id, or another one where the record says the same under it."""
    pairs: dict[Key, Key] = {}
    for name, telling in _MOVABLE.items():
        sides = [{key: record for key, record in side.items() if key[0] == name} for side in (old, new)]
        pairs.update(_matched(sides[0], sides[1], telling))
    ids = {name: _moved_ids(pairs, name) for name in ("agency", "person")}
    rest = [key for key in old if key[0] not in _MOVABLE]
    wanted = {key: _translated(key, moves, ids) for key in rest}
    pairs.update({key: target for key, target in wanted.items() if target != key and target in new})
    taken = set(pairs.values())
    pairs.update({key: key for key in rest if key not in pairs and key in new and key not in taken})
    return pairs


def _matched(old: Records, new: Records, telling: str | None) -> dict[Key, Key]:
    def same(key: Key) -> bool:
        return key in new and (telling is None or old[key].text(telling) == new[key].text(telling))

    pairs = {key: key for key in old if same(key)}
    for sign in (_content, lambda record: record.text(telling) if telling else None):
        taken = set(pairs.values())
        free_old = _unique((key, sign(old[key])) for key in old if key not in pairs)
        free_new = _unique((key, sign(new[key])) for key in new if key not in taken)
        pairs.update({free_old[text]: free_new[text] for text in free_old if text in free_new})
    taken = set(pairs.values())
    pairs.update({key: key for key in old if key not in pairs and key in new and key not in taken})
    return pairs


def _content(record: DataRecord) -> str | None:
    return str(sorted(record.content.items())) if record.fields else None


def _unique(signed: Iterable[tuple[Key, str | None]]) -> dict[str, Key]:
    found: dict[str, list[Key]] = {}
    for key, text in signed:
        if text is not None:
            found.setdefault(text, []).append(key)
    return {text: keys[0] for text, keys in found.items() if len(keys) == 1}


def _moved_ids(pairs: Mapping[Key, Key], name: str) -> Moves:
    return {old[1]: new[1] for old, new in pairs.items() if old[0] == name and old != new}


def _translated(key: Key, criteria: Moves, ids: Mapping[str, Moves]) -> Key:
    """Return the key that a record has now, if what it belongs to was moved."""
    name = key[0]
    if name in ("line", "evidence"):
        return (name, criteria.get(key[1], key[1]), *key[2:])
    if name == "exemption":
        return (name, ids["agency"].get(key[1], key[1]), criteria.get(key[2], key[2]))
    if name == "key":
        return (name, ids["person"].get(key[1], key[1]), *key[2:])
    return key


# --- files as records -----------------------------------------------------------------------------------------------


def _records_of(version: Version | None) -> Records | None:
    """Return the records of a file; none where it does not exist, None where it cannot be read."""
    if version is None:
        return {}
    if version.place is None or not isinstance(version.root, nodes.Mapping):
        return None
    return records(version.place.kind, version.root)


def records(kind: str, root: nodes.Mapping) -> Records:
    """Return the records of a file of a kind: the file itself, and each entry that is a record of its own."""
    found: dict[Key, DataRecord] = {}
    if kind == "criteria":
        inner = root.values.get("criteria")
        own = {name: node for name, node in root.values.items() if node is not inner}
        if isinstance(inner, nodes.Mapping):
            _collect_criteria(inner, "", found)
        else:
            own = dict(root.values)
        found["file",] = DataRecord(root.line, own)
        return found
    _collect(root, (), (_WHOLE.get(kind, "file"),), known=_RECORDS.get(kind, {}), found=found)
    return found


def _collect(
    node: Node,
    pointer: tuple[str, ...],
    key: Key,
    *,
    known: Mapping[tuple[str, ...], str],
    found: dict[Key, DataRecord],
    line: int | None = None,
    identity: Iterable[str] = (),
) -> None:
    """Gather one record, and those inside it."""
    place = node.line if line is None else line
    if not isinstance(node, nodes.Mapping):
        found[key] = DataRecord(place, {"": node})
        return
    fields: dict[str, Node] = {}
    found[key] = DataRecord(place, fields)
    for name, value in _present(node).items():
        if name in identity:
            continue
        pattern = (*pointer, name, "*")
        if pattern not in known or isinstance(value, Scalar):
            fields[name] = value
            continue
        for entry, child, at, names in _entries(value):
            inner = (known[pattern], *key[1:], entry)
            _collect(child, pattern, inner, known=known, found=found, line=at, identity=names)


def _present(node: nodes.Mapping) -> dict[str, Node]:
    """Return the fields that say something: null is the same as nothing."""
    return {
        name: value for name, value in node.values.items() if not (isinstance(value, Scalar) and value.value is None)
    }


def _entries(value: Node) -> Iterator[tuple[str, Node, int, tuple[str, ...]]]:
    """Yield the entries of a collection: id, node, line, and the fields that made the id."""
    if isinstance(value, nodes.Mapping):
        for name, child in value.values.items():
            yield name, child, value.keys[name].line, ()
    elif isinstance(value, nodes.Sequence):
        seen: dict[str, int] = {}
        for position, child in enumerate(value.items):
            identity, names = _identity(child)
            identity = identity or f"#{position + 1}"
            seen[identity] = seen.get(identity, 0) + 1
            yield identity if seen[identity] == 1 else f"{identity} ({seen[identity]})", child, child.line, names


def _identity(node: Node) -> tuple[str | None, tuple[str, ...]]:
    if isinstance(node, Scalar):
        return canonical(node), ()
    if not isinstance(node, nodes.Mapping):
        return None, ()
    decision = node.values.get("decision")
    if isinstance(decision, nodes.Mapping):
        return _identity(decision)[0], ()
    for names in _IDENTITIES:
        values = [node.values.get(name) for name in names]
        if all(isinstance(value, Scalar | nodes.Sequence) for value in values):
            return " ".join(canonical(value) for value in values if value is not None), names
    return None, ()


def _collect_criteria(node: nodes.Mapping, parent: str, found: dict[Key, DataRecord]) -> None:
    """Gather every criterion of the tree with its own fields; what stands below it are records of their own."""
    for code, value in node.values.items():
        key: Key = ("criterion", code)
        while key in found:  # the same code a second time is wrong, but must not hide what stands there
            key = ("criterion", f"{key[1]}'")
        line = node.keys[code].line
        if not isinstance(value, nodes.Mapping):
            found[key] = DataRecord(line, {"": value})
            continue
        fields = _present(value)
        children = fields.get("children")
        if isinstance(children, nodes.Mapping):
            del fields["children"]
        if parent != code.rpartition(".")[0]:  # wrong as well, and as well to be told
            fields["parent"] = Scalar(parent, parent, line, 1, quoted=True)
        found[key] = DataRecord(line, fields)
        if isinstance(children, nodes.Mapping):
            _collect_criteria(children, code, found)


# --- the meaning of a tree as text ----------------------------------------------------------------------------------

# Where a plain decimal is a number, 0.90 is 0.9; everywhere else it is text, and 1.10 is not 1.1.
_NUMBERS = frozenset(
    {"score", "out_of", "points", "full_from", "zero_below", "from", "above", "step", "floor", "per", "most", "least"}
    | {"value", "sipas", "respondents", "expect", "answer", "done", "assigned", "forms", "groups", "callbacks"}
    | {"valid_from", "show_from", "moments_from", "population", "quota", "decimals", "working_days", "sums"}
    | {"complete_from", "fastest", "duplicate_within", "straight_line_from"}
    | {"near_grade", "weak_area", "wide_gap", "concentrated", "overclaim", "paper_over_survey", "moved"}
    | {"costly", "behind_median"}
    | {"kept_within", "shown"}
    | {"products", "n", "format", "present", "agreed", "for", "against", "abstained", "index", "rank"}
)
_COUNTED = frozenset({"answer", "forms", "groups", "callbacks", "valid_from", "show_from", "points"})  # id -> number
# Lists whose order says nothing.
_SETS = frozenset(
    {"answer", "answers", "groups", "modes", "team", "responsible", "checked"}
    | {"writes", "reviews", "hands_in_for", "signed", "second_person"}
)
_NEEDS_QUOTES = re.compile(r"""^$|^[\s{\["]|\s$|[,:{}\[\]"\n]""")


def canonical(node: Node, name: str = "") -> str:
    """Return a tree as text that does not depend on order of keys, quoting or trailing zeros.

    Two trees have the same text exactly where they mean the same, so that no change can hide behind another.

    Args:
        node: the tree.
        name: the field it stands in, which tells numbers from text and sets from lists.
    """
    node = _vietnamese(node)
    if isinstance(node, Scalar):
        text = _scalar(node, name)
        return _quoted(text) if _is_word(node) or text[:1] in ("{", "[", '"') else text
    return _nested(node, name)


def _nested(node: Node, name: str) -> str:
    node = _vietnamese(node)
    if isinstance(node, Scalar):
        text = _scalar(node, name)
        return _quoted(text) if _is_word(node) or _NEEDS_QUOTES.search(text) else text
    if isinstance(node, nodes.Mapping):
        inner = (
            (_quoted(key) if _NEEDS_QUOTES.search(key) else key, _nested(value, name if name in _COUNTED else key))
            for key, value in sorted(_present(node).items())
        )
        return "{" + ", ".join(f"{key}: {text}" for key, text in inner) + "}"
    items = [_nested(item, name) for item in node.items]
    return "[" + ", ".join(sorted(items) if name in _SETS else items) + "]"


def _vietnamese(node: Node) -> Node:
    """Return a text in Vietnamese alone that was written the long way as if it was written the short way."""
    if isinstance(node, nodes.Mapping) and set(node.values) == {MAIN}:
        inner = node.values[MAIN]
        if isinstance(inner, Scalar) and isinstance(inner.value, str):
            return inner
    return node


def _scalar(node: Scalar, name: str) -> str:
    return f"{node.value.normalize() + 0:f}" if isinstance(node.value, Decimal) and name in _NUMBERS else node.text


def _is_word(node: Scalar) -> bool:
    """Tell whether a text looks like a value that is none: it stands in quotes in the file."""
    return isinstance(node.value, str) and node.text in ("true", "false", "null")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


# --- what a change does ---------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Effect:
    """An agency's figures before and after, as text with the year's decimals; None where there is none."""

    year: str
    agency: str
    points: tuple[str | None, str | None]
    index: tuple[str | None, str | None]
    rank: tuple[int | None, int | None]
    grade: tuple[str | None, str | None]

    @property
    def touched(self) -> bool:
        """Tell whether any figure differs."""
        return any(pair[0] != pair[1] for pair in (self.points, self.index, self.rank, self.grade))


def effects(
    before: Mapping[str, Results],
    after: Mapping[str, Results],
    renamed: Mapping[tuple[str | None, str | None], str | None],
) -> tuple[Effect, ...]:
    """Return every agency's figures before and after, years and agencies of either side, untouched ones too.

    Args:
        before: the years before.
        after: the years after.
        renamed: year and slug before -> slug after, of agencies that stand under another one.
    """
    found: list[Effect] = []
    for year in sorted(set(before) | set(after)):
        old, new = (_by_agency(side.get(year)) for side in (before, after))
        old = {renamed.get((year, slug)) or slug: known for slug, known in old.items()}
        for agency in dict.fromkeys([*new, *old]):
            figures = [_figures(side.get(agency)) for side in (old, new)]
            points, index, rank, grade = zip(*figures, strict=True)
            found.append(Effect(year, agency, points, index, rank, grade))
    return tuple(found)


def _by_agency(results: Results | None) -> Mapping[str, tuple[Results, AgencyScore]]:
    return {} if results is None else {entry.agency.slug: (results, entry) for entry in results.agencies}


def _figures(known: tuple[Results, AgencyScore] | None) -> tuple[str | None, str | None, int | None, str | None]:
    if known is None:
        return None, None, None, None
    results, entry = known
    policy = results.year.cycle.policy.points
    return (
        fixed(entry.total.points, policy.decimals, policy.rounding),
        None if entry.published is None else f"{entry.published:f}",
        entry.rank,
        entry.grade.id if entry.grade else None,
    )


def approval_entries(root: nodes.Node | None) -> tuple[str, ...]:
    """Return the entries of a file of approvals, oldest first, each as one text; none where it cannot be read."""
    listed = root.values.get("approvals") if isinstance(root, nodes.Mapping) else None
    return tuple(canonical(item) for item in listed.items) if isinstance(listed, nodes.Sequence) else ()
