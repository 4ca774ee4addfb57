"""Proofs as `verify` answers them: text for people, JSON for programs. Pure: nothing is printed here."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, get_args

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.table import columns
from pipeline.core.ground.text import json_fields
from pipeline.core.rounds.proofs import Proof, State

_DAYS = frozenset({"date", "day", "earlier"})
_STATES: tuple[State, ...] = get_args(State)


def proofs_text(found: Sequence[Proof], labels: Labels) -> str:
    """Return one line for each proof, broken ones last where the eye rests, and the sums."""
    listed = sorted(found, key=lambda proof: _STATES.index(proof.state))
    rows = [[labels.text(f"verify.state.{proof.state}"), proof.subject, sentence(proof, labels)] for proof in listed]
    head = [labels.text(f"verify.column.{name}") for name in ("state", "subject", "sentence")]
    return columns([head, *rows]) + "\n\n" + _summary(found, labels) + "\n"


def _summary(found: Iterable[Proof], labels: Labels) -> str:
    counts = Counter(proof.state for proof in found)
    return labels.text("verify.summary", total=counts.total(), **{state: counts[state] for state in _STATES})


def proofs_json(found: Sequence[Proof], labels: Labels) -> dict[str, Any]:
    """Return the stable shape of `verify --format json`."""
    return {
        "broken": any(proof.state == "broken" for proof in found),
        "proofs": [
            {**json_fields(proof, "state", "code", "subject", "figures"), "message": sentence(proof, labels)}
            for proof in found
        ],
    }


def sentence(proof: Proof, labels: Labels) -> str:
    """Return what a proof says, in one sentence."""
    figures = {name: _named(name, value, labels) for name, value in proof.figures.items()}
    return labels.text(f"verify.code.{proof.code}", **figures)


def _named(name: str, value: str, labels: Labels) -> str:
    """Return a figure as people read it: stages by their names, days in the reader's form."""
    if name == "stages":
        return " → ".join(labels.stage(stage) for stage in value.split(", "))
    if name == "engine":
        return value or labels.text("verify.engine-unsaid")
    if name in ("stage", "figure"):
        return labels.stage(value) if name == "stage" else labels.text(f"verify.figure.{value}")
    return labels.date(value) if name in _DAYS else value
