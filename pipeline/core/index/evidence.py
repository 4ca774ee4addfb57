"""Which documents a year's lines cite, which files its dossiers hold, and where the two do not meet. Decision 0064."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pipeline.core.ground.labels import Labels
from pipeline.core.ground.table import columns
from pipeline.core.ground.text import json_fields
from pipeline.core.index.words import stage_text
from pipeline.core.record.model import DossierFile, Year

# What is said of a file or a document: it lies there; its file is cited by nothing yet; the document has no file; its
# line cites a file that the dossier does not list; the file is gone, or other bytes; destroyed, but still there.
KEPT, UNCITED, AWAITED, UNLISTED, LOST, ALTERED, DESTROYED, LEFT = (
    *("kept", "uncited", "awaited", "unlisted", "lost", "altered"),
    *("destroyed", "left-behind"),
)
BROKEN = frozenset({UNLISTED, LOST, ALTERED, LEFT})
_COLUMNS = ("agency", "stage", "criterion", "number", "name", "size", "state")


@dataclass(frozen=True, slots=True)
class EvidenceRow:
    """One document of a line, or one file of a dossier that no line cites, and what is to be said of it."""

    year: str
    agency: str
    stage: str
    criterion: str | None
    number: str | None
    file: DossierFile | None
    sha256: str | None
    state: str


def evidence_of(year: Year, agency: str | None = None) -> Iterator[EvidenceRow]:
    """Yield every document that the agencies of a year cite, then every file that none of their lines cites."""
    for slug in year.agencies if agency is None else (agency,):
        dossier, cited = year.dossiers.get(slug, {}), set[str]()
        for stage in year.cycle.stages.names:
            file = year.file(stage, slug)
            pages = (form.page or "" for form in file.forms) if file is not None else ()
            for page in dict.fromkeys(page for page in pages if page in dossier):
                cited.add(page)
                yield EvidenceRow(year.name, slug, stage, None, None, dossier[page], page, _stands(dossier[page]))
            for code, line in file.lines.items() if file is not None else ():
                for one in line.evidence:
                    held = dossier.get(one.sha256 or "")
                    cited.add(one.sha256 or "")
                    state = AWAITED if one.sha256 is None else UNLISTED if held is None else _stands(held)
                    yield EvidenceRow(year.name, slug, stage, code, one.number, held, one.sha256, state)
        for digest, held in dossier.items():
            if digest not in cited:
                state = UNCITED if held.destroyed is None else DESTROYED
                yield EvidenceRow(year.name, slug, held.stage, None, None, held, digest, state)


def _stands(file: DossierFile) -> str:
    return KEPT if file.destroyed is None else DESTROYED


def proved(row: EvidenceRow, found: str | None) -> str:
    """Return what is to be said of a file of a dossier, given the sha256 of what lies in its place in the store."""
    if row.state in (DESTROYED, AWAITED, UNLISTED):
        return LEFT if row.state == DESTROYED and found is not None else row.state
    return LOST if found is None else row.state if found == row.sha256 else ALTERED


def evidence_json(rows: tuple[EvidenceRow, ...]) -> list[dict[str, object]]:
    """Return rows as JSON."""
    return [
        json_fields(
            *(row, "year", "agency", "stage", "criterion", "number", "sha256", "state"),
            **{name: f"file.{name}" for name in ("name", "type", "received")},
        )
        | {"bytes": None if row.file is None else row.file.bytes}
        for row in rows
    ]


def evidence_text(rows: tuple[EvidenceRow, ...], names: Callable[[EvidenceRow], str], labels: Labels) -> str:
    """Return rows as a table of text, with how many there are of each state below it."""
    told = [
        (
            names(row),
            stage_text(row.stage, labels),
            row.criterion or "",
            row.number or "",
            row.file.name if row.file is not None else "",
            labels.number(f"{row.file.bytes / 1000:.0f}") if row.file is not None else "",
            labels.text(f"evidence.state.{row.state}"),
        )
        for row in rows
    ]
    counts = {state: sum(row.state == state for row in rows) for state in dict.fromkeys(row.state for row in rows)}
    said = "; ".join(f"{labels.text(f'evidence.state.{state}')}: {count}" for state, count in counts.items())
    head = [tuple(labels.text(f"evidence.column.{name}") for name in _COLUMNS)]
    table = f"{columns([*head, *told], {5})}\n\n" if told else ""
    return f"{table}{labels.text('evidence.total', count=len(rows))}{f' – {said}' if said else ''}\n"
