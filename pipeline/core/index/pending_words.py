"""What stages still lack, as text, Markdown and JSON: one sentence for each body and stage, not one for each line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.text import json_fields, markdown_cell
from pipeline.core.index.pending import Pending
from pipeline.core.index.words import group_text
from pipeline.core.record.model import Agency, Body, Year

_NAMED = 8  # agencies that a sentence names


def pending_text(sentences: Iterable[str], labels: Labels) -> str:
    """Return a heading and a sentence a line; nothing where nothing is awaited."""
    lines = "".join(f"  {sentence}\n" for sentence in sentences)
    return f"{labels.text('pending.title')}\n{lines}" if lines else ""


def pending_markdown(sentences: Iterable[str], labels: Labels) -> str:
    """Return the same as a list for a comment; names that people typed are shown as text."""
    lines = "".join(f"- {markdown_cell(sentence)}\n" for sentence in sentences)
    return f"\n**{labels.text('pending.title')}**\n\n{lines}" if lines else ""


def pending_sentences(
    entries: Sequence[Pending], years: Mapping[str, Year], bodies: Mapping[str, Body], labels: Labels
) -> Iterator[str]:
    """Yield a sentence for each stage and body: "Appraisal 1 (2025): Finance owes 12 criteria of 4 agencies"."""
    for (name, stage, again), of_stage in groupby(entries, key=lambda entry: (entry.year, entry.stage, entry.redo)):
        listed = list(of_stage)
        year = years[name]
        where = labels.text("pending.stage", stage=labels.stage(stage), year=name)
        for group in sorted({entry.group for entry in listed if entry.group is not None}):
            own = [entry for entry in listed if entry.group == group]
            figures = {"group": group_text(group, year, labels), **_figures(own, year.agencies, labels)}
            yield where + labels.text("pending.counts", **figures)
        files = [entry for entry in listed if entry.file and entry.group is None]
        if files:
            yield where + labels.text("pending.files", **_figures(files, year.agencies, labels))
        for body in sorted({entry.body or "" for entry in listed if entry.criteria}):
            own = [entry for entry in listed if entry.criteria and (entry.body or "") == body]
            key = f"pending.{'redo' if again else 'lines'}" if body else f"pending.{'redo-own' if again else 'own'}"
            figures = {"body": _body(body, bodies, labels), **_figures(own, year.agencies, labels)}
            yield where + labels.text(key, **figures)


def _body(slug: str, bodies: Mapping[str, Body], labels: Labels) -> str:
    body = bodies.get(slug)
    return labels.of(body.name) if body is not None else slug


def _figures(entries: Sequence[Pending], agencies: Mapping[str, Agency], labels: Labels) -> dict[str, str]:
    named = [labels.of(agencies[entry.agency].short) for entry in entries]
    more = labels.text("pending.more", count=len(named) - _NAMED) if len(named) > _NAMED else ""
    return {
        "agencies": str(len({entry.agency for entry in entries})),
        "criteria": str(sum(len(entry.criteria) for entry in entries)),
        "listed": ", ".join(named[:_NAMED]) + more,
    }


def pending_json(entries: Iterable[Pending]) -> list[dict[str, Any]]:
    """Return the stable shape of `pending` in `check --format json`."""
    names = ("year", "stage", "agency", "body", "criteria", "file", "group", "redo")
    return [json_fields(entry, *names) for entry in entries]
