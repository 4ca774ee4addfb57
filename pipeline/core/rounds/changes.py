"""What differs in meaning between two states of the data: a list of changes, each with who and what it concerns.

Files are compared as records with fields, so that order, comments and quoting are no change, and a record that stands
under another id counts as moved. The schemas say which parts of a file are records, numbers and sets; only
what has a meaning of its own (a line, a score, a maximum) has a kind of its own. What the changes do to index and rank
is `effects`; words are `change_words`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple, TypeAlias, TypeVar

from pipeline.core.ground import nodes
from pipeline.core.ground.mappings import Alike
from pipeline.core.ground.nodes import Node, Scalar, items_at
from pipeline.core.ground.text import MAIN
from pipeline.core.index.scoring import Results
from pipeline.core.index.words import figures_of
from pipeline.core.record.layout import DATA, STAGE, Place
from pipeline.core.record.model import code_key
from pipeline.core.record.schema_fields import NO_FIELD, SchemaField

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

    `kind` says what happened ("score-changed", "line-added"), `subject` names the record where no stage, agency and
    criterion do (a task, a group, a person), `field` the part of it, `right` is the kind of access.yml that a person
    needs to make the change. Of an entry and a field, whose kinds are the same for all files, `field` is the whole way
    through the file, ids left out: "tasks", "tasks.due.by". Of what was moved, `before` and `after` are its ids.
    `content` is what a line or an amendment that came or went says beside its score and its reason, by field.
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
    content: tuple[tuple[str, str], ...] = ()

    @property
    def way(self) -> str:
        """Return the way through the file to what changed, ids left out, by which the schemas know it."""
        return ".".join(filter(None, (_WAYS.get(self.stem), self.field)))

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
    """A file in one state: what its path stands for, its tree, None where it cannot be read, and what it may hold.

    Without a shape every other spelling of a number and every other order of a list counts as a change.
    """

    path: str
    place: Place | None
    root: Node | None
    shape: SchemaField = NO_FIELD


Pair: TypeAlias = tuple[Version | None, Version | None]
Key: TypeAlias = tuple[str, ...]  # the way to the collection, then ids: ("lines.evidence", "1.1.1", "15/KH-CT")
Moves: TypeAlias = Mapping[str, str]
_Sign = TypeVar("_Sign", bound=tuple[object, ...])
_Thing = TypeVar("_Thing")


class DataRecord(NamedTuple):
    """One record of a file: a part of it with an id, where it begins, and its fields.

    `stem` begins the kind of its changes; `named` are the ids that say a stage, an agency or a criterion, `ids` the
    others, from the outermost to its own. `identity` are the fields that made its own id; a key of a mapping has none.
    """

    line: int
    fields: Mapping[str, Node]
    shape: SchemaField = NO_FIELD
    stem: str = "file"
    holder: Key | None = None  # the record that this one stands in; none where that is the file
    named: Mapping[str, str] = MappingProxyType({})
    ids: tuple[str, ...] = ()
    identity: tuple[str, ...] = ()
    ordered: bool = False  # it stands in a list whose order has a meaning

    @property
    def content(self) -> Mapping[str, str]:
        """Return the fields as canonical text, without their places."""
        return {name: canonical(node, self.shape.child(name)) for name, node in self.fields.items()}

    def text(self, name: str) -> str | None:
        """Return one field as canonical text."""
        node = self.fields.get(name)
        return None if node is None else canonical(node, self.shape.child(name))

    @property
    def telling(self) -> str | None:
        """Return what people know the record by, where it has a title or a name."""
        return next((text for name in _TITLES if (text := self.text(name)) is not None), None)

    @property
    def may_move(self) -> bool:
        """Tell whether the record is still the same where it stands under another id: its id was chosen freely."""
        return self.stem not in _KEPT and self.identity in ((), ("no",), ("id",))


Records: TypeAlias = Mapping[Key, DataRecord]

# Records whose changes have a kind of their own: kind of file and way to the collection -> how that kind begins. Any
# other list or mapping of things with fields is one of entries: the schemas tell which is one, and what it is called.
_STEMS = {
    (STAGE, "lines"): "line",
    (STAGE, "lines.evidence"): "evidence",
    ("criteria", "criteria"): "criterion",
    ("agencies", "agencies"): "agency",
    ("agencies", "agencies.not_applicable"): "exemption",
    ("survey-counts", "answers"): "counts",
    ("approval", "approvals"): "approval",
    ("approval", "approvals.table"): "approved-row",
}
ENTRY = "entry"
_GENERIC = frozenset({"file", ENTRY})  # what changes of these is a field
_FILE: Key = ("file",)
_KEPT = frozenset({"line", "evidence", "exemption", "counts", "approved-row"})  # known by what they speak of
# A file that is one record by itself; any other has fields of its own beside its records.
_WHOLE = {"amendment": "amendment", "seal": "seal"}
# What an id may name, and the collections whose keys do.
_NAMED = frozenset({"stage", "agency", "criterion"})
_KEYS = {"stages": "stage", "agencies": "agency", "table": "agency", "lines": "criterion", "criteria": "criterion"}
# A list's entries are known by the first of these that they have.
_IDENTITIES = (
    ("stage", "agency"),
    ("no",),
    ("id",),
    ("number",),
    ("key",),
    ("agency", "criterion"),
    ("criterion",),
    ("date",),
    ("function", "body"),
    ("from", "to"),
)
# Fields whose change has a kind of its own.
_FIELD_KINDS = {
    ("line", "score"): "score",
    ("line", "answer"): "answer",
    ("line", "reason"): "reason",
    ("line", "explanation"): "explanation",
    ("line", "not_applicable"): "not-applicable",
    ("line", "request"): "request",
    ("criterion", "out_of"): "weight",
    ("criterion", "rule"): "rule",
    ("file", "forms"): "counts",
    ("file", "sipas"): "counts",
    ("file", "respondents"): "counts",
    ("file", "points"): "counts",
}
_COLLECTIONS = {stem: way for (_, way), stem in _STEMS.items() if stem != "counts"}
# Begin of a kind -> the way from the top of the file; of any other the field says all of it.
_WAYS = _COLLECTIONS | {
    kind: f"{_COLLECTIONS[stem]}.{name}" for (stem, name), kind in _FIELD_KINDS.items() if stem != "file"
}
_TITLES = ("title", "name", "text", "task")
# What a record that came or went is shown by: its stem or its collection; any other by its title, or by all fields.
_SUMMARIES = {
    "line": ("score", "explanation"),
    "seal": ("date",),
    "people": ("role",),
    "approval": ("decision",),
    "years": ("notice",),
}
# Every stem of a kind, each of which has a noun in the labels.
STEMS = frozenset(
    {"file", "schema", "field", "order", ENTRY, *_STEMS.values(), *_WHOLE.values(), *_FIELD_KINDS.values()}
)


def compare(versions: Iterable[Pair], *, renames: bool = False, carried: bool = False) -> tuple[Change, ...]:
    """Return what differs in meaning between pairs of versions of the same paths, sorted by place.

    Args:
        versions: for each path that may differ, the state before and after; None where the file does not exist.
        renames: whether an agency that stands under another slug is one change, and its files are held against those
            of the slug before.
        carried: whether a line that went from one file of its stage to another, as from head to part, is moved and no
            line removed and added. Rights are judged path by path, without either.
    """
    pairs, found = _renamed(list(versions)) if renames else (list(versions), [])
    moves = _criteria_moves(pairs)
    lines = _carried_lines(pairs) if carried else {}
    for before, after in pairs:
        known = after or before
        own = lines.get(known.path, ()) if known is not None else ()
        found += _compare(before, after, moves.get(_year_of(before, after) or "", {}), own)
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
            old, new = records(before), records(after)
            if old is not None and new is not None:
                moves[after.place.year] = _moved_ids(_pairs(old, new, {}), "criteria")
    return moves


# --- agencies under another slug ------------------------------------------------------------------------------------

_BY_SLUG = frozenset({"agencies", "table"})  # fields that list slugs, or have them as keys


def _renamed(pairs: list[Pair]) -> tuple[list[Pair], list[Change]]:
    """Say which agencies stand under another slug, and give back the pairs as if they had stood under it before."""
    years = sorted({year for before, after in pairs if (year := _year_of(before, after))})
    moves = {year: found for year in years if (found := _agency_moves(pairs, year))}
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


def _spot(version: Version, moves: Moves) -> tuple[str | None, ...]:
    """Return what a path stands for, its agency under the slug that it has now."""
    place = version.place
    if place is None:
        return (version.path,)
    agency = moves.get(place.agency or "", place.agency)
    return place.kind, place.year, place.stage, agency, place.group, place.number


def _moved_agencies(after: Version, moves: Moves) -> Iterator[Change]:
    new = records(after) or {}
    for old, slug in moves.items():
        line = new["agencies", slug].line
        yield replace(base_of(after), kind="agency-moved", line=line, agency=slug, before=old, after=slug)


def _agency_moves(pairs: list[Pair], year: str) -> Moves:
    """Return slug before -> slug after: of agencies that say the same of themselves, or have the same name or files."""
    sides = next(
        ((b, a) for b, a in pairs if b and a and a.place and (a.place.kind, a.place.year) == ("agencies", year)), None
    )
    old, new = (records(side) for side in sides) if sides else (None, None)
    if not old or not new:
        return {}
    paired = _pairs(old, new, {})
    moves = {
        one: other
        for one, other in _moved_ids(paired, "agencies").items()
        if ("agencies", one) not in new and ("agencies", other) not in old
    }
    gone = [key[1] for key in old if key[0] == "agencies" and key not in paired]
    come = [key[1] for key in new if key[0] == "agencies" and key not in paired.values()]
    if not gone or not come:
        return moves
    files = [_files_by_agency([pair[side] for pair in pairs], year) for side in (0, 1)]
    before = _unique(((files[0].get(slug),), slug) for slug in gone)
    after = _unique(((files[1].get(slug),), slug) for slug in come)
    moves.update({before[text]: after[text] for text in before if text in after})
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
            told = (place.kind, place.stage, place.group, canonical(version.root, version.shape))
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


# --- lines in another file of their stage ---------------------------------------------------------------------------


class _Carried(NamedTuple):
    """The line of a criterion that stands in another file of its stage and agency now: from where, to where."""

    criterion: str
    before: str
    after: str
    records: Records  # the line as it was, with what stands in it


def _carried_lines(pairs: Iterable[Pair]) -> Mapping[str, list[_Carried]]:
    """Return the lines that one file of a stage of an agency lost and another of them gained, by either path."""
    lost: dict[tuple[str | None, ...], tuple[str, Records]] = {}
    gained: dict[tuple[str | None, ...], str] = {}
    for before, after in pairs:
        known, old, new = after or before, records(before), records(after)
        if known is None or known.place is None or known.place.kind != STAGE or old is None or new is None:
            continue
        own = known.place.year, known.place.stage, known.place.agency
        for _, code in (key for key in old.keys() - new.keys() if key[0] == "lines"):
            inside = {key: record for key, record in old.items() if key[0].startswith("lines") and key[1] == code}
            lost[*own, code] = known.path, inside
        gained |= {(*own, key[1]): known.path for key in new.keys() - old.keys() if key[0] == "lines"}
    found: dict[str, list[_Carried]] = {}
    for spot in lost.keys() & gained.keys():
        line = _Carried(str(spot[-1]), lost[spot][0], gained[spot], lost[spot][1])
        found.setdefault(line.before, []).append(line)
        found.setdefault(line.after, []).append(line)
    return found


def _compare(
    before: Version | None, after: Version | None, moves: Moves, carried: Iterable[_Carried]
) -> Iterator[Change]:
    known = after or before
    if known is None:
        return
    base = base_of(known)
    whole = _WHOLE.get(known.place.kind) if known.place else None
    come = ADDED if before is None else REMOVED if after is None else None
    if not known.path.startswith(DATA):
        yield replace(base, kind=f"schema-{come or CHANGED}", subject=known.path)
        return
    if come and whole is None:
        yield replace(base, kind=f"file-{come}", subject=known.path)
    old, new = (records(version) for version in ((before, after) if moves else _apart(before, after)))
    if old is None or new is None:
        # Nobody can say which lines such a change touches, so it needs the right to change the rules.
        yield replace(base, kind=f"file-{UNREADABLE}", right="rules", subject=known.path)
        return
    for line in carried:
        if line.before == known.path:
            old = {key: record for key, record in old.items() if key not in line.records}
        elif line.after == known.path:
            old = {**old, **line.records}
            there = replace(base, line=new["lines", line.criterion].line, criterion=line.criterion)
            yield replace(there, kind=f"line-{MOVED}", before=line.before, after=line.after)
    yield from _changes(base, old, new, moves, whole=come is not None)


def _apart(before: Version | None, after: Version | None) -> Pair:
    """Leave out of two versions of a stage's file what both have at the same place, as most is: it changes nothing."""
    trees = [side.root for side in (before, after) if side is not None and isinstance(side.root, nodes.Mapping)]
    lines = [found for tree in trees if isinstance(found := tree.values.get("lines"), nodes.Mapping)]
    if before is None or after is None or before.place is None or before.place.kind != STAGE or len(lines) < 2:
        return before, after
    alike = {code for code, line in lines[0].values.items() if line == lines[1].values.get(code)}
    headless = {**trees[0].values, "lines": lines[1]} == trees[1].values
    left = [
        tree._replace(
            values={
                **({} if headless else tree.values),
                "lines": own._replace(values={code: own.values[code] for code in own.values if code not in alike}),
            }
        )
        for tree, own in zip(trees, lines, strict=True)
    ]
    return replace(before, root=left[0]), replace(after, root=left[1])


def _changes(base: Change, old: Records, new: Records, moves: Moves, *, whole: bool) -> Iterator[Change]:
    pairs = _pairs(old, new, moves)
    taken = set(pairs.values())
    for key, record in old.items():
        if key in pairs:
            yield from _changed(base, pairs[key], key, record, new[pairs[key]])
        elif record.stem == "file":
            yield from _changed(base, key, key, _known(record, whole=whole), record._replace(line=1, fields={}))
        elif record.holder is None or record.holder in pairs:  # else it went with the one that holds it
            told = replace(_told(base, key, record), content=_beside(key, record, old))
            yield replace(told, kind=f"{record.stem}-{REMOVED}", before=_summary(key, record))
    for key, record in new.items():
        if key in taken:
            continue
        if record.stem == "file":
            yield from _changed(base, key, key, record._replace(line=1, fields={}), _known(record, whole=whole))
        elif record.holder is None or record.holder in taken:
            told = replace(_told(base, key, record), content=_beside(key, record, new))
            yield replace(told, kind=f"{record.stem}-{ADDED}", after=_summary(key, record))
    yield from _reordered(base, old, new, pairs)


def _known(record: DataRecord, *, whole: bool) -> DataRecord:
    """Leave out `format` of a file that came or went: it says nothing of its own."""
    return record._replace(
        fields={name: node for name, node in record.fields.items() if not (whole and name == "format")}
    )


def base_of(version: Version) -> Change:
    """Return what every change of a file says: whose it is, the right that it needs, and its path."""
    place = version.place
    if place is None:
        return Change("", "rules", version.path, 1)
    about = place.group or place.number
    base = Change("", right_of(place), version.path, 1, place.year, place.stage, place.agency, subject=about)
    if place.kind == "amendment" and isinstance(version.root, nodes.Mapping):
        said = {name: canonical(node) for name, node in version.root.values.items()}
        base = replace(base, stage=said.get("stage"), agency=said.get("agency"), criterion=said.get("criterion"))
    return base


def right_of(place: Place) -> str:
    """Return the kind of access.yml under which a file is written; of a file of a stage, the stage's name."""
    if place.kind in RULES_KINDS:
        return "rules"
    if place.kind in SURVEY_KINDS:
        return "survey"
    return _RIGHT_OF_KIND.get(place.kind, place.right)


def _changed(base: Change, key: Key, was_key: Key, old: DataRecord, new: DataRecord) -> Iterator[Change]:
    if key[-1] == was_key[-1] and old.fields == new.fields:
        return
    told = _told(base, key, new)
    if key[-1] != was_key[-1]:
        yield replace(told, kind=f"{new.stem}-{MOVED}", before=" / ".join(was_key[1:]), after=" / ".join(key[1:]))
    for name in sorted({*old.fields, *new.fields}):
        own = _FIELD_KINDS.get((new.stem, name))
        kind = own or ("field" if new.stem in _GENERIC else new.stem)
        for found in _differences((name,), new.shape.child(name), old.fields.get(name), new.fields.get(name)):
            way, shape, was, now = found
            way = way[1:] if own and own != "counts" else way
            # A field of a line or a criterion that came is a change of that, which was there before.
            itself = not way or kind == "field" or (kind == "counts" and len(way) == 1)
            before, after = (None if node is None else canonical(node, shape) for node in (was, now))
            what = ADDED if itself and before is None else REMOVED if itself and after is None else CHANGED
            if new.stem == ENTRY:
                way = (key[0], *way)
            yield replace(
                told,
                kind=f"{kind}-{what}",
                field=".".join(filter(None, way)) or None,
                line=now.line if now else new.line,
                before=before,
                after=after,
            )


def _differences(
    way: tuple[str, ...], shape: SchemaField, old: Node | None, new: Node | None
) -> Iterator[tuple[tuple[str, ...], SchemaField, Node | None, Node | None]]:
    """Yield the innermost parts of a field that differ: the way to each, what the schemas say of it, both sides."""
    if old is not None and new is not None:
        if canonical(old, shape) == canonical(new, shape):
            return
        was, now = _as_text(old, new), _as_text(new, old)
        if isinstance(was, nodes.Mapping) and isinstance(now, nodes.Mapping) and _comparable(way, was, now):
            olds, news = _present(was), _present(now)
            for inner in sorted({*olds, *news}):
                yield from _differences((*way, inner), shape.child(inner), olds.get(inner), news.get(inner))
            return
    if old is not None or new is not None:
        yield way, shape, old, new


def _as_text(node: Node, other: Node) -> Node:
    """Return a Vietnamese text as one that has languages, where the other side has them."""
    if isinstance(node, Scalar) and isinstance(other, nodes.Mapping) and MAIN in other.values:
        return nodes.Mapping({MAIN: node}, {MAIN: node}, node.line, node.column)
    return node


def _comparable(way: tuple[str, ...], old: nodes.Mapping, new: nodes.Mapping) -> bool:
    """Tell whether two mappings are compared part by part: an answer is one whole, and so is a rule of another type."""
    types = {canonical(node.values["type"]) if "type" in node.values else "" for node in (old, new)}
    return way[-1] != "answer" and (way[-1] != "rule" or len(types) == 1)


def _told(base: Change, key: Key, record: DataRecord) -> Change:
    """Return what every change of a record says: where it stands, whom and what it concerns, why."""
    return replace(
        base,
        line=record.line,
        stage=record.named.get("stage", base.stage),
        agency=record.named.get("agency", base.agency),
        criterion=record.named.get("criterion", base.criterion),
        subject=" / ".join(filter(None, (base.subject, *record.ids))) or None,
        field=key[0] if record.stem == ENTRY else None,
        reason=record.text("reason") or (record.text("not_applicable") if record.stem == "line" else None),
    )


def _summary(key: Key, record: DataRecord) -> str:
    """Return what a record that came or went is shown by."""
    content = record.content
    if record.stem == "line" and "score" not in content and "not_applicable" in content:
        return "not-applicable"
    if record.stem == "amendment" and "withdraws" in content:
        return f"withdraws {content['withdraws']}"
    if (line := _new_line(record)) is not None:
        return _summary(key, line)
    own = _SUMMARIES.get(record.stem) or _SUMMARIES.get(key[0]) or ()
    known = next((content[name] for name in own if name in content), None)
    if known is None and record.identity != ("number",):  # of a document the date says as much as the title
        known = record.telling
    if known is not None or len(content) < 2:
        return known or "".join(content.values())
    return canonical(nodes.Mapping(record.fields, {}, record.line, 1), record.shape)


def _beside(key: Key, record: DataRecord, records: Records) -> tuple[tuple[str, str], ...]:
    """Return what a line or an amended line says beside its summary and its reason: fields, then documents."""
    content = record.content
    if record.stem == "line":
        summed = "score" if "score" in content else "explanation"
        reason = "reason" if "reason" in content else "not_applicable"
        papers = (one for one in records.values() if one.holder == key and one.stem == "evidence")
        evidence = "; ".join(" ".join((one.ids[-1], one.text("date") or "")).rstrip() for one in papers)
        told = [(name, text) for name, text in content.items() if name not in (summed, reason)]
        return (*told, ("evidence", evidence)) if evidence else tuple(told)
    line, decision = _new_line(record), record.fields.get("decision")
    if line is None:
        return ()
    told = [("expect", content["expect"])] if "expect" in content else []
    told += [(f"line.{name}", text) for name, text in line.content.items() if name != "score"]
    cited = _present(decision) if isinstance(decision, nodes.Mapping) else {}
    number = " ".join(canonical(cited[name]) for name in ("number", "date") if name in cited)
    return (*told, ("decision", number)) if number else tuple(told)


def _new_line(record: DataRecord) -> DataRecord | None:
    """Return the line that an amendment puts in the place of another."""
    line = record.fields.get("line") if record.stem == "amendment" else None
    if not isinstance(line, nodes.Mapping):
        return None
    return DataRecord(line.line, _present(line), record.shape.child("line"), "line")


def _reordered(base: Change, old: Records, new: Records, pairs: Mapping[Key, Key]) -> Iterator[Change]:
    """Yield a change where entries whose order has a meaning stand in another one."""
    for name, holder in sorted({(key[0], key[1:-1]) for key, record in new.items() if record.ordered}):
        were = [pairs[key] for key in old if key in pairs and (pairs[key][0], pairs[key][1:-1]) == (name, holder)]
        known = {*were}
        are = [key for key in new if key in known]
        if were != are:
            before, after = (", ".join(key[-1] for key in keys) for keys in (were, are))
            about = " / ".join(filter(None, (base.subject, *holder))) or None
            yield replace(base, kind="order-changed", subject=about, field=name, before=before, after=after)


# --- which record is which ------------------------------------------------------------------------------------------


def _pairs(old: Records, new: Records, moves: Moves) -> dict[Key, Key]:
    """Pair the records of two states: the same id, or another one where the record says the same under it.

    Criteria before: 2.1 "A", 2.2 "B" of 2 points; after: 2.1 "New", 2.2 "A", 2.3 "B" of 3 points.
    1. The same id with the same title: none.
    2. All fields the same, under another id: "A", so 2.1 moved to 2.2.
    3. The same title, under another id: "B", so 2.2 moved to 2.3, and its maximum changed.
    4. The same id, where that is still free on both sides: none; so 2.1 "New" was added.
    5. What an agency's line says of 2.1 is now looked for under 2.2, and so on.

    `moves`: code before -> code after, of the criteria of the year.
    """
    pairs: dict[Key, Key] = {}
    for name in sorted({key[0] for key in old}, key=lambda name: (name.count("."), name)):
        wanted = {
            key: _wanted(key, record, pairs, moves)
            for key, record in old.items()
            if key[0] == name and (record.holder is None or record.holder in pairs)
        }
        pairs.update(_matched(old, new, wanted))
    return pairs


def _wanted(key: Key, record: DataRecord, pairs: Mapping[Key, Key], moves: Moves) -> Key:
    """Return the key that a record has now if its own id is the same: what it belongs to may have been moved."""
    if key == _FILE:
        return key
    holder = pairs[record.holder][1:] if record.holder is not None else ()
    own = moves.get(key[-1], key[-1]) if record.stem in ("line", "exemption") else key[-1]
    return (key[0], *holder, own)


def _matched(old: Records, new: Records, wanted: Mapping[Key, Key]) -> dict[Key, Key]:
    """Pair the records of one collection, given the key that each would have if its id is the same."""
    movable = {key for key in wanted if old[key].may_move}
    pairs = {
        key: there
        for key, there in wanted.items()
        if there in new and (old[key].telling == new[there].telling if key in movable else there != key)
    }
    for sign in (_content, lambda record: record.telling):
        free_old = _unique(((wanted[key][:-1], sign(old[key])), key) for key in movable if key not in pairs)
        if not free_old:
            continue
        taken, names = set(pairs.values()), {key[0] for key in wanted}
        free_new = _unique(
            ((key[:-1], sign(record)), key) for key, record in new.items() if key[0] in names and key not in taken
        )
        pairs.update({free_old[text]: free_new[text] for text in free_old if text in free_new})
    for where in (wanted, {key: key for key in wanted}):
        taken = set(pairs.values())
        pairs.update(
            {key: there for key, there in where.items() if key not in pairs and there in new and there not in taken}
        )
    return pairs


def _content(record: DataRecord) -> str | None:
    return str(sorted(record.content.items())) if record.fields else None


def _unique(signed: Iterable[tuple[_Sign, _Thing]]) -> dict[_Sign, _Thing]:
    """Return each thing by its sign, where no other has the same; a sign that ends in None is none."""
    found: dict[_Sign, list[_Thing]] = {}
    for sign, thing in signed:
        if sign[-1] is not None:
            found.setdefault(sign, []).append(thing)
    return {sign: things[0] for sign, things in found.items() if len(things) == 1}


def _moved_ids(pairs: Mapping[Key, Key], name: str) -> Moves:
    return {old[1]: new[1] for old, new in pairs.items() if old[0] == name and old != new}


# --- files as records -----------------------------------------------------------------------------------------------


def records(version: Version | None) -> Records | None:
    """Return the records of a file: itself, and each entry that is one of its own; None where it cannot be read."""
    if version is None:
        return {}
    if version.place is None or not isinstance(version.root, nodes.Mapping):
        return None
    kind, fields = version.place.kind, dict[str, Node]()
    found: dict[Key, DataRecord] = {
        _FILE: DataRecord(version.root.line, fields, version.shape, _WHOLE.get(kind, "file"))
    }
    _collect(kind, version.root, _FILE, fields, found)
    return found


def _collect(kind: str, node: nodes.Mapping, key: Key, fields: dict[str, Node], found: dict[Key, DataRecord]) -> None:
    """Gather the fields of one record, and the records inside it.

    Args:
        key: its key.
        fields: where its fields are put.
        found: where records are put, this one already.
    """
    record = found[key]
    for name, value in _present(node).items():
        if name in record.identity:
            continue
        way = name if key == _FILE else f"{key[0]}.{name}"
        shape = record.shape.child(name)
        apart = (kind, way) in _STEMS or (shape.has_records and kind not in _WHOLE)
        entries = _entries(value) if apart and record.stem != "criterion" else None
        if kind == "criteria" and way == "criteria" and isinstance(value, nodes.Mapping):
            _collect_criteria(value, "", shape.entry(), found)
        elif entries is None:
            fields[name] = value
        else:
            for id_, child, line, identity in entries:
                named, ids = _said(way, id_, child, record, identity)
                own: dict[str, Node] = {} if isinstance(child, nodes.Mapping) else {"": child}
                inner_key = (way, *key[1:], id_)
                found[inner_key] = DataRecord(
                    line=line,
                    fields=own,
                    shape=shape.entry(),
                    stem=_STEMS.get((kind, way), ENTRY),
                    holder=None if key == _FILE else key,
                    named=named,
                    ids=ids,
                    identity=identity,
                    ordered=bool(shape.parts) and isinstance(value, nodes.Sequence) and not shape.is_set,
                )
                if isinstance(child, nodes.Mapping):
                    _collect(kind, child, inner_key, own, found)


def _said(
    way: str, id_: str, child: Node, within: DataRecord, identity: tuple[str, ...]
) -> tuple[Mapping[str, str], tuple[str, ...]]:
    """Return what the id of an entry says, given the record that it stands in: names, and other ids."""
    names = identity or (_KEYS.get(way.rpartition(".")[2], ""),)
    values = child.values if identity and isinstance(child, nodes.Mapping) else {}
    named = {name: canonical(values[name]) if name in values else id_ for name in names if name in _NAMED}
    return {**within.named, **named}, within.ids if named else (*within.ids, id_)


def _present(node: nodes.Mapping) -> dict[str, Node]:
    """Return the fields that say something: null is the same as nothing."""
    return {
        name: value for name, value in node.values.items() if not (isinstance(value, Scalar) and value.value is None)
    }


def _entries(value: Node) -> list[tuple[str, Node, int, tuple[str, ...]]] | None:
    """Return the entries of a collection: id, node, line, and the fields that made the id.

    A list in which an entry has no id is no collection, but one value.
    """
    if isinstance(value, nodes.Mapping):
        return [(name, child, value.keys[name].line, ()) for name, child in value.values.items()]
    found: list[tuple[str, Node, int, tuple[str, ...]]] = []
    seen: dict[str, int] = {}
    for child in value.items if isinstance(value, nodes.Sequence) else ():
        identity, names = _identity(child)
        if identity is None:
            return None
        seen[identity] = seen.get(identity, 0) + 1
        found.append((identity if seen[identity] == 1 else f"{identity} ({seen[identity]})", child, child.line, names))
    return found if isinstance(value, nodes.Sequence) else None


def _identity(node: Node) -> tuple[str | None, tuple[str, ...]]:
    if not isinstance(node, nodes.Mapping):
        return None, ()
    decision = node.values.get("decision")
    if isinstance(decision, nodes.Mapping):
        return _identity(decision)[0], ("",)
    for names in _IDENTITIES:
        values = [node.values.get(name) for name in names]
        if all(isinstance(value, Scalar | nodes.Sequence) for value in values):
            return " ".join(canonical(value) for value in values if value is not None), names
    return None, ()


def _collect_criteria(node: nodes.Mapping, parent: str, shape: SchemaField, found: dict[Key, DataRecord]) -> None:
    """Gather every criterion of the tree with its own fields; what stands below it are records of their own."""
    for code, value in node.values.items():
        key: Key = ("criteria", code)
        while key in found:  # the same code a second time is wrong, but must not hide what stands there
            key = ("criteria", f"{key[1]}'")
        line = node.keys[code].line
        fields = _present(value) if isinstance(value, nodes.Mapping) else {"": value}
        children = fields.get("children")
        if isinstance(children, nodes.Mapping):
            del fields["children"]
        if parent != code.rpartition(".")[0]:  # wrong as well, and as well to be told
            fields["parent"] = Scalar(parent, parent, line, 1, quoted=True)
        found[key] = DataRecord(line, fields, shape, "criterion", named={"criterion": key[1]})
        if isinstance(children, nodes.Mapping):
            _collect_criteria(children, code, shape, found)


# --- the meaning of a tree as text ----------------------------------------------------------------------------------

_NEEDS_QUOTES = re.compile(r"""^$|^[\s{\["]|\s$|[,:{}\[\]"\n]""")


def canonical(node: Node, shape: SchemaField = NO_FIELD, *, inside: bool = False) -> str:
    """Return a tree as text that does not depend on order of keys, quoting or trailing zeros.

    Two trees have the same text exactly where they mean the same, so that no change can hide behind another.

    Args:
        shape: what the schemas say of it, which tells numbers from text and sets from lists.
        inside: whether it stands in another tree, whose signs a text may not have bare.
    """
    node = _vietnamese(node)
    if isinstance(node, Scalar):
        text = _scalar(node, shape)
        signs = _NEEDS_QUOTES.search(text) if inside else text[:1] in ("{", "[", '"')
        return _quoted(text) if signs or _is_word(node) else text
    if isinstance(node, nodes.Mapping):
        inner = (
            (_quoted(key) if _NEEDS_QUOTES.search(key) else key, canonical(value, shape.child(key), inside=True))
            for key, value in sorted(_present(node).items())
        )
        return "{" + ", ".join(f"{key}: {text}" for key, text in inner) + "}"
    items = [canonical(item, shape.entry(), inside=True) for item in node.items]
    return "[" + ", ".join(sorted(items) if shape.is_set else items) + "]"


def _vietnamese(node: Node) -> Node:
    """Return a text in Vietnamese alone that was written the long way as if it was written the short way."""
    if isinstance(node, nodes.Mapping) and set(node.values) == {MAIN}:
        inner = node.values[MAIN]
        if isinstance(inner, Scalar) and isinstance(inner.value, str):
            return inner
    return node


def _scalar(node: Scalar, shape: SchemaField) -> str:
    return f"{node.value.normalize() + 0:f}" if isinstance(node.value, Decimal) and shape.is_number else node.text


def _is_word(node: Scalar) -> bool:
    """Tell whether a text looks like a value that is none: it stands in quotes in the file."""
    return isinstance(node.value, str) and node.text in ("true", "false", "null")


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


# --- what a change does ---------------------------------------------------------------------------------------------


Figure: TypeAlias = str | int | None
FIGURES = ("points", "out_of", "index", "rank", "grade")


class Effect(NamedTuple):
    """An agency's figures before and after, as `score --format json` writes them; none on a side that has it not."""

    before: Mapping[str, Figure]
    after: Mapping[str, Figure]

    def sides(self, name: str) -> tuple[Figure, Figure]:
        """Return one figure before and after."""
        return self.before.get(name), self.after.get(name)

    @property
    def touched(self) -> bool:
        """Tell whether any figure differs."""
        return self.before != self.after


def effects(
    before: Mapping[str, Results],
    after: Mapping[str, Results],
    renamed: Mapping[tuple[str | None, str | None], str | None],
) -> Mapping[str, Alike[Effect]]:
    """Return every agency's figures before and after, years and agencies of either side, untouched ones too.

    `renamed`: year and slug before -> slug after, of agencies that stand under another one.
    """
    found: dict[str, Alike[Effect]] = {}
    for year in sorted(set(before) | set(after)):
        old, new = (_figures(side.get(year)) for side in (before, after))
        were = (
            {renamed.get((year, slug)) or slug: kind for slug, kind in old.kind_of.items()} if renamed else old.kind_of
        )
        agencies = {**new.kind_of, **were}
        pairs = list(zip(map(were.get, agencies), map(new.kind_of.get, agencies), strict=True))
        kinds = {pair: Effect(old.kinds.get(pair[0], {}), new.kinds.get(pair[1], {})) for pair in set(pairs)}
        if agencies:
            found[year] = Alike(kinds, dict(zip(agencies, pairs, strict=True)))
    return found


def _figures(results: Results | None) -> Alike[Mapping[str, Figure]]:
    if results is None:
        return Alike({})
    return results.alike.each(lambda one: figures_of(one, results.year))


def approval_entries(root: nodes.Node | None) -> tuple[str, ...]:
    """Return the entries of a file of approvals, oldest first, each as one text; none where it cannot be read."""
    return tuple(map(canonical, items_at(root, "approvals")))
