"""The history of a criterion in words and as JSON: who set which value when, and why.

The history itself: `history`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from decimal import Decimal, InvalidOperation
from itertools import groupby
from typing import Any

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.numbers import places
from pipeline.core.ground.text import hanging, json_fields
from pipeline.core.index.words import group_text, points_text, printable, signer_text, stage_text
from pipeline.core.record import layout
from pipeline.core.record.authorship import SignatureState
from pipeline.core.record.model import Criterion, Year
from pipeline.core.record.schema_fields import SchemaFields
from pipeline.core.rounds.change_words import change_text
from pipeline.core.rounds.changes import Change
from pipeline.core.rounds.history import History, HistoryEntry, LineStanding

_SHORT = 12  # characters of a commit's id that people read
_VALUES = frozenset({"line", "score", "not-applicable", "reason", "amendment"})  # told by value and reason


def history_text(found: History, year: Year, agency: str, *, criterion: Criterion, labels: Labels) -> str:
    """Tell a history, oldest first: each commit once, with all it did to the criterion."""
    name = labels.of(year.agencies[agency].short)
    code = f"{criterion.code}  {labels.of(criterion.title)}"
    told = [labels.text("audit.history.title", criterion=code, agency=name, count=len(found.entries))]
    if not found.complete:
        told.append(labels.text("audit.history.incomplete"))
    if not found.entries:
        told.append(labels.text("audit.history.none"))
    for block in history_blocks(found, year, criterion=criterion, labels=labels):
        told += ["", *block.head, *(f"  {line}" for line in block.lines)]
    return "\n".join(map(hanging, told)) + "\n"


@dataclass(frozen=True, slots=True)
class CommitBlock:
    """One commit and what it did to a criterion, line by line."""

    head: tuple[str, ...]
    lines: tuple[str, ...]


def history_blocks(found: History, year: Year, *, criterion: Criterion, labels: Labels) -> Iterator[CommitBlock]:
    """Yield a history commit by commit, oldest first."""
    for _, entries in groupby(found.entries, key=lambda entry: entry.commit.id if entry.commit else None):
        own = list(entries)
        lines = (line for entry in own for line in _entry_lines(entry, found, year, criterion=criterion, labels=labels))
        signed = found.signed.get(own[0].commit.id) if own[0].commit else None
        yield CommitBlock(tuple(_commit_lines(own[0], signed, labels)), tuple(lines))


def _commit_lines(entry: HistoryEntry, signed: SignatureState | None, labels: Labels) -> Iterator[str]:
    commit = entry.commit
    if commit is None:
        yield labels.text("audit.history.uncommitted")
        return
    yield labels.text(
        "audit.history.commit",
        date=labels.date(commit.committer.at.day),
        commit=commit.id[:_SHORT],
        author=signer_text(commit.author.name, signed, labels),
        summary=printable(commit.summary),
    )
    proved = signed.signer if signed else None
    if proved is not None and commit.author.name != proved:
        yield "  " + labels.text("audit.history.author-typed", author=printable(commit.author.name))
    if commit.committer.name not in (commit.author.name, proved):
        yield "  " + labels.text("audit.history.committed-by", committer=printable(commit.committer.name))
    if entry.pull_request:
        yield "  " + labels.text("audit.history.pull-request", number=entry.pull_request)
    if entry.first:
        yield "  " + labels.text("audit.history.first")


def _entry_lines(
    entry: HistoryEntry, found: History, year: Year, *, criterion: Criterion, labels: Labels
) -> Iterator[str]:
    """Yield what an entry did: the value before and after, what else changed, why, and where."""
    yield _value_line(entry, _what(entry, criterion, year, labels), year, labels)
    for change in entry.changes:
        line = _change_line(change, year, found.fields, labels)
        if line is not None:
            yield f"  {line}"
    if entry.after is not None and entry.after.explanation is not None:
        yield "  " + labels.text("explain.explanation", text=entry.after.explanation)
    if entry.reason:
        yield "  " + labels.text("audit.history.reason", text=entry.reason)
    yield "  " + labels.text("audit.history.place", path=entry.path, line=entry.line)


def _what(entry: HistoryEntry, criterion: Criterion, year: Year, labels: Labels) -> str:
    place = layout.place(entry.path)
    kind = place.kind if place else ""
    if kind == "amendment":
        stage = stage_text(entry.stage, labels)
        what = labels.text("audit.history.amendment", number=entry.amendment, stage=stage)
    elif kind == "survey-counts":
        group = group_text(place.group or "", year, labels) if place else ""
        what = labels.text("audit.history.of", what=labels.text("audit.history.survey"), criterion=group)
    elif kind == layout.STAGE:
        what = stage_text(entry.stage, labels)
    else:
        what = labels.text("audit.history.rules" if kind == "criteria" else "audit.history.exemption")
    other = entry.criterion is not None and entry.criterion != criterion.code
    return labels.text("audit.history.of", what=what, criterion=entry.criterion) if other else what


def _value_line(entry: HistoryEntry, what: str, year: Year, labels: Labels) -> str:
    if entry.unreadable:
        return labels.text("audit.history.unreadable", what=what)
    before, after = (_standing_text(standing, year, labels) for standing in (entry.before, entry.after))
    if before is None and after is None:
        return labels.text("audit.history.silent", what=what)
    key = "came" if before is None else "gone" if after is None else "same" if before == after else "value"
    return labels.text(f"audit.history.{key}", what=what, before=before, after=after)


def _standing_text(standing: LineStanding | None, year: Year, labels: Labels) -> str | None:
    if standing is None:
        return None
    if standing.score is not None:
        return _points_text(standing.score, year, labels)
    return labels.text("word.not-applicable") if standing.not_applicable is not None else "–"


def _points_text(score: str, year: Year, labels: Labels) -> str:
    """Return points with the year's decimals; what once stood there and is no number, as it was."""
    try:
        value = Decimal(score)
    except InvalidOperation:
        return score
    return points_text(value, year, labels) if places(value) <= year.cycle.policy.points.decimals else score


def _change_line(change: Change, year: Year, fields: SchemaFields, labels: Labels) -> str | None:
    """Tell what changed beside the value; None where value and reason say it already."""
    if change.kind == "line-moved":
        return labels.text("audit.history.renamed", before=change.before)
    if change.what == "moved":
        return labels.text("audit.history.moved", before=change.before, after=change.after)
    if change.stem in _VALUES or change.what == "unreadable":
        return None
    if change.stem == "criterion":
        return labels.text(f"audit.history.criterion-{change.what}")
    question = (change.subject or "").partition(" / ")[2]  # the group is named above
    told = replace(change, subject=question or None) if change.stem == "counts" else change
    return change_text(told, year, fields, labels)


# --- JSON -----------------------------------------------------------------------------------------------------------


def history_json(found: History) -> dict[str, Any]:
    """Return the stable shape of a history."""
    return {"complete": found.complete, "entries": [_entry_json(entry, found) for entry in found.entries]}


def _entry_json(entry: HistoryEntry, found: History) -> dict[str, Any]:
    commit = entry.commit
    signed = found.signed.get(commit.id) if commit else None
    return {
        **json_fields(commit, commit="id", date="committer.at.day", author="author.name", committer="committer.name"),
        **json_fields(signed, signature="state", signer="signer"),
        **json_fields(commit, "summary"),
        **json_fields(entry, "pull_request", "first", "stage", "agency", "criterion", "amendment"),
        **json_fields(entry, "path", "line", "unreadable"),
        "before": asdict(entry.before) if entry.before else None,
        "after": asdict(entry.after) if entry.after else None,
        "reason": entry.reason,
        "changes": [json_fields(one, "kind", "subject", "field", "before", "after") for one in entry.changes],
    }
