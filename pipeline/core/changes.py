"""What differs in meaning between two states of the data: a list of changes, each with who and what it concerns.

Files are compared as records with fields, so that order, comments and quoting are no change, and a record that stands
under another id is said to be moved. What the change does to index and rank is `effects`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import chain

from pipeline.core import nodes
from pipeline.core.layout import Place
from pipeline.core.model import STAGES
from pipeline.core.nodes import Node, Scalar
from pipeline.core.numbers import fixed
from pipeline.core.scoring import AgencyScore, Results

ADDED, REMOVED, MOVED, CHANGED = "added", "removed", "moved", "changed"

# The kinds of access.yml (design, section 3): which right a change needs.
RULES_KINDS = frozenset({"cycle", "agencies", "criteria", "calendar", "bodies", "schema"})
SURVEY_KINDS = frozenset({"survey", "survey-counts", "moments", "supervision"})
_RIGHT_OF_KIND = {"seal": "seals", "amendment": "amendments"}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference in meaning.

    `kind` says what happened ("score-changed", "line-added"), `subject` names the record where no agency and criterion
    do (a task, a group, a person), `right` is the kind of access.yml that a person needs to make it.
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
    before: str | None = None
    after: str | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class Version:
    """A file in one state: what its path stands for and its tree, None where it cannot be read."""

    path: str
    place: Place | None
    root: Node | None


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a file: its fields as canonical text, each with its line, and the reason that it gives."""

    line: int
    fields: Mapping[str, tuple[str, int]]
    reason: str | None = None

    @property
    def content(self) -> Mapping[str, str]:
        """Return the fields without their places."""
        return {name: text for name, (text, _) in self.fields.items()}


_NOTHING = Record(1, {})
Key = tuple[str, ...]  # the record's name, then its ids: ("evidence", "1.1.1", "15/KH-CT")

# Which entries of a file are records of their own: pointer, with * for an id -> name.
_RECORDS: Mapping[str, Mapping[tuple[str, ...], str]] = {
    **{stage: {("lines", "*"): "line", ("lines", "*", "evidence", "*"): "evidence"} for stage in STAGES},
    "cycle": {
        ("extensions", "*"): "extension",
        ("legal_basis", "*"): "legal-basis",
        ("grades", "*"): "grade",
        ("stages", "*"): "window",
    },
    "agencies": {("agencies", "*"): "agency", ("agencies", "*", "not_applicable", "*"): "exemption"},
    "plan": {("tasks", "*"): "task"},
    "council": {("members", "*"): "member", ("sessions", "*"): "session"},
    "survey": {("groups", "*"): "group", ("questions", "*"): "question", ("scales", "*"): "scale"},
    "survey-counts": {("answers", "*"): "counts"},
    "supervision": {("visits", "*"): "visit"},
    "approval": {("approvals", "*"): "approval"},
    "access": {("people", "*"): "person", ("people", "*", "keys", "*"): "key", ("roles", "*"): "role"},
    "bodies": {("bodies", "*"): "body"},
    "calendar": {("years", "*", "days_off", "*"): "day-off", ("years", "*", "make_up_days", "*"): "make-up-day"},
}
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
    ("file", "policy"): "policy",
    ("file", "out_of"): "weight",
    ("task", "done"): "task-done",
    ("task", "due"): "deadline",
    ("window", "opens"): "deadline",
    ("window", "before"): "deadline",
    ("window", "by"): "deadline",
    ("window", "working_days"): "deadline",
}


def compare(versions: Iterable[tuple[Version | None, Version | None]]) -> tuple[Change, ...]:
    """Return what differs in meaning between pairs of versions of the same paths, sorted by place.

    Args:
        versions: for each path that may differ, the state before and after; None where the file does not exist.
    """
    found = chain.from_iterable(_compare(before, after) for before, after in versions)
    return tuple(sorted(found, key=_order))


def _order(change: Change) -> tuple[str, int, str, str, str]:
    return (change.path, change.line, change.kind, change.criterion or "", change.subject or "")


def _compare(before: Version | None, after: Version | None) -> Iterator[Change]:
    known = after or before
    if known is None:
        return
    base = _base(known)
    if before is None or after is None:
        kind = "file-added" if before is None else "file-removed"
        yield replace(base, kind=kind, subject=known.path)
    old, new = (_records_of(version) for version in (before, after))
    if old is None or new is None:
        if before is not None and after is not None:
            yield replace(base, kind="file-unreadable", subject=known.path)
        return
    moved = _moved(old, new)
    for key in sorted(set(old) | set(new)):
        if key in moved:
            yield _told(base, key, "moved", new[moved[key]], before=key[-1], after=moved[key][-1])
        elif key not in moved.values():
            yield from _changed(base, key, old, new)


def _base(version: Version) -> Change:
    place = version.place
    if place is None:
        return Change("", "rules", version.path, 1)
    return Change("", right_of(place.kind), version.path, 1, place.year, place.stage, place.agency, subject=place.group)


def right_of(kind: str) -> str:
    """Return the kind of access.yml under which a kind of file is written."""
    if kind in RULES_KINDS:
        return "rules"
    if kind in SURVEY_KINDS:
        return "survey"
    return _RIGHT_OF_KIND.get(kind, kind)


def _changed(base: Change, key: Key, olds: Mapping[Key, Record], news: Mapping[Key, Record]) -> Iterator[Change]:
    old, new = olds.get(key), news.get(key)
    if key[0] == "file":
        old, new = old or _NOTHING, new or _NOTHING
    if old is None and new is not None:
        if not _inside(key, olds, news):
            yield _told(base, key, ADDED, new, after=_summary(new))
        return
    if new is None and old is not None:
        if not _inside(key, news, olds):
            yield _told(base, key, REMOVED, old, before=_summary(old))
        return
    if old is None or new is None:
        return
    for name in sorted(set(old.fields) | set(new.fields)):
        was, now = (record.fields.get(name) for record in (old, new))
        if (was and was[0]) == (now and now[0]):
            continue
        what = ADDED if was is None else REMOVED if now is None else CHANGED
        kind = _FIELD_KINDS.get((key[0], name), "field" if key[0] == "file" else key[0])
        place = now or was
        change = _told(base, key, what, new, before=was and was[0], after=now and now[0], kind=kind)
        yield replace(change, line=place[1] if place else new.line, subject=change.subject or _field(key, name))


def _field(key: Key, name: str) -> str | None:
    return name if key[0] == "file" else None


def _inside(key: Key, absent: Mapping[Key, Record], present: Mapping[Key, Record]) -> bool:
    """Tell whether a record came or went with the one that holds it, so that it is not told twice."""
    holder = {"evidence": "line", "exemption": "agency", "key": "person"}.get(key[0])
    outer = (holder, *key[1:-1]) if holder else None
    return outer is not None and outer in present and outer not in absent


def _told(
    base: Change,
    key: Key,
    what: str,
    record: Record,
    *,
    before: str | None = None,
    after: str | None = None,
    kind: str | None = None,
) -> Change:
    name, ids = key[0], key[1:]
    change = replace(
        base, kind=f"{kind or name}-{what}", line=record.line, before=before, after=after, reason=record.reason
    )
    if name in ("line", "evidence", "criterion"):
        change = replace(change, criterion=ids[0], subject=ids[1] if len(ids) > 1 else change.subject)
    elif name == "exemption":
        change = replace(change, agency=ids[0], criterion=ids[1])
    elif name == "agency":
        change = replace(change, agency=ids[0])
    elif ids:
        change = replace(change, subject=" / ".join(filter(None, (change.subject, *ids))))
    return change


def _summary(record: Record) -> str:
    content = record.content
    for name in ("score", "not_applicable", "title", "task", "explanation"):
        if name in content:
            return content[name]
    return "; ".join(f"{name}: {text}" for name, text in content.items())


def _moved(old: Mapping[Key, Record], new: Mapping[Key, Record]) -> dict[Key, Key]:
    """Pair records that went with records of the same name and content that came: they only changed their id."""
    gone = [key for key in old if key not in new and len(key) == 2 and old[key].fields]
    come = [key for key in new if key not in old and len(key) == 2]
    pairs: dict[Key, Key] = {}
    for key in gone:
        same = [other for other in come if other[0] == key[0] and new[other].content == old[key].content]
        twins = [other for other in gone if other[0] == key[0] and old[other].content == old[key].content]
        if len(same) == 1 and len(twins) == 1:
            pairs[key] = same[0]
    return pairs


# --- files as records -----------------------------------------------------------------------------------------------


def _records_of(version: Version | None) -> Mapping[Key, Record] | None:
    """Return the records of a file; none where it does not exist, None where it cannot be read."""
    if version is None:
        return {}
    if version.place is None or not isinstance(version.root, nodes.Mapping):
        return None
    if version.place.kind == "criteria":
        inner = version.root.values.get("criteria")
        return dict(_criteria(inner)) if isinstance(inner, nodes.Mapping) else None
    return records(version.place.kind, version.root)


def records(kind: str, root: nodes.Mapping) -> Mapping[Key, Record]:
    """Return the records of a file of a kind: the file itself, and each entry that is a record of its own."""
    collector = _Collector(_RECORDS.get(kind, {}), {})
    collector.collect(root, (), ("file",), root.line)
    return collector.found


@dataclass(frozen=True, slots=True)
class _Collector:
    """Walks one file's tree and gathers the records that `known` names by pointer."""

    known: Mapping[tuple[str, ...], str]
    found: dict[Key, Record]

    def collect(self, node: Node, pointer: tuple[str, ...], key: Key, line: int) -> None:
        """Gather one record, and those inside it."""
        if not isinstance(node, nodes.Mapping):
            self.found[key] = Record(line, {"": (canonical(node), node.line)})
            return
        fields = {
            name: (canonical(value), value.line)
            for name, value in node.values.items()
            if name != "format" and not self._descend(value, (*pointer, name), key)
        }
        reason = fields.get("reason")
        self.found[key] = Record(line, fields, reason[0] if reason else None)

    def _descend(self, value: Node, pointer: tuple[str, ...], key: Key) -> bool:
        """Gather the records under a field; tell whether the field held records and is none itself."""
        pattern = (*pointer, "*")
        name = self.known.get(pattern)
        deeper = any(other[: len(pattern)] == pattern and len(other) > len(pattern) for other in self.known)
        if name is None and not deeper:
            return False
        ids = key[1:]
        for identity, child, line in _entries(value):
            if name is not None:
                self.collect(child, pattern, (name, *ids, identity), line)
            elif isinstance(child, nodes.Mapping):
                for inner, deep in child.values.items():
                    self._descend(deep, (*pattern, inner), ("", *ids, identity))
        return True


def _entries(value: Node) -> Iterator[tuple[str, Node, int]]:
    if isinstance(value, nodes.Mapping):
        for name, child in value.values.items():
            yield name, child, value.keys[name].line
    elif isinstance(value, nodes.Sequence):
        seen: dict[str, int] = {}
        for position, child in enumerate(value.items):
            identity = _identity(child) or str(position + 1)
            seen[identity] = seen.get(identity, 0) + 1
            yield identity if seen[identity] == 1 else f"{identity} ({seen[identity]})", child, child.line


def _identity(node: Node) -> str | None:
    if isinstance(node, Scalar):
        return canonical(node)
    if not isinstance(node, nodes.Mapping):
        return None
    decision = node.values.get("decision")
    if isinstance(decision, nodes.Mapping):
        return _identity(decision)
    for names in _IDENTITIES:
        if all(name in node.values for name in names):
            return " ".join(canonical(node.values[name]) for name in names)
    return None


def _criteria(node: nodes.Mapping) -> Iterator[tuple[Key, Record]]:
    """Yield every criterion of the tree with its own fields; what stands below it are records of their own."""
    for code, value in node.values.items():
        if not isinstance(value, nodes.Mapping):
            continue
        own = {name: (canonical(field), field.line) for name, field in value.values.items() if name != "children"}
        yield ("criterion", code), Record(node.keys[code].line, own)
        children = value.values.get("children")
        if isinstance(children, nodes.Mapping):
            yield from _criteria(children)


def canonical(node: Node) -> str:
    """Return a tree as text that does not depend on order of keys, quoting or trailing zeros."""
    if isinstance(node, Scalar):
        return f"{node.value.normalize():f}" if isinstance(node.value, Decimal) else node.text
    if isinstance(node, nodes.Mapping):
        return "{" + ", ".join(f"{name}: {canonical(value)}" for name, value in sorted(node.values.items())) + "}"
    items = [canonical(item) for item in node.items]
    plain = all(isinstance(item, Scalar) for item in node.items)
    return "[" + ", ".join(sorted(items) if plain else items) + "]"


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


def effects(before: Mapping[str, Results], after: Mapping[str, Results]) -> tuple[Effect, ...]:
    """Return every agency's figures before and after, years and agencies of either side, untouched ones too."""
    found: list[Effect] = []
    for year in sorted(set(before) | set(after)):
        old, new = (_by_agency(side.get(year)) for side in (before, after))
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
