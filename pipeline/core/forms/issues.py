"""Whether a form that came back is one that was handed out: by its id, as `issued/` lists it, never by its bytes.

An id is a random word in the form's hidden part. It proves nothing of who filled the form in; it tells a form of ours
from a made-up one, from another agency's, and from one that was taken back or replaced.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Final

from pipeline.core.forms.asking import Form
from pipeline.core.forms.manifest import Manifest
from pipeline.core.forms.read_tables import FormFinding, finding
from pipeline.core.ground.characters import shown
from pipeline.core.ground.labels import Labels
from pipeline.core.index.words import stage_text
from pipeline.core.record.model import IssuedForm, World

_LONG: Final = 60  # days outside a stage from which on a clock is rather wrong than a form early or late


def issue_findings(world: World, said: Manifest, *, file: str, day: str, labels: Labels) -> Iterator[FormFinding]:
    """Yield what is wrong with the id of a form, or what to know of it; `day`: the day on which it came in."""
    listed = world.years[said.year].issued.get(said.stage, {})
    if said.issue is None:
        if any(_is_of(entry, said) and entry.revoked is None for entry in listed.values()):
            yield finding("form-issue-missing", file)
        return
    entry = listed.get(said.issue)
    if entry is None or not _is_of(entry, said):
        others = tuple(_places(world, said.issue, labels))
        yield from (finding("form-issue-of-another", file, found=other) for other in others)
        if not others:
            yield finding("form-issue-unknown", file, found=shown(said.issue))
        return
    if entry.revoked is not None:
        yield finding("form-issue-revoked", file, found=entry.id, date=entry.revoked)
        return
    if entry.date > day:
        yield finding("form-before-issue", file, issued=entry.date, date=day)
    later = [other for other in listed.values() if other.replaces(entry)]
    if later:
        newest = max(later, key=lambda other: other.version)
        figures = {"found": str(entry.version), "version": str(newest.version), "date": newest.date}
        yield finding("form-issue-superseded", file, **figures)


def day_findings(form: Form, day: str, *, file: str) -> Iterator[FormFinding]:
    """Yield that a day, on which a form came in or is issued, is far from the time of its stage."""
    window, by = form.year.cycle.windows.get(form.stage), form.deadline
    told = {"date": day, "days": str(_LONG), "stage": form.stage}
    if window is not None and window.opens is not None and _days(day, window.opens) > _LONG:
        yield finding("form-before-stage", file, **told, **{"from": window.opens})
    if by is not None and _days(by, day) > _LONG:
        yield finding("form-after-stage", file, **told, by=by)


def _days(since: str, until: str) -> int:
    return (date.fromisoformat(until) - date.fromisoformat(since)).days


def _is_of(entry: IssuedForm, said: Manifest) -> bool:
    """Tell whether a form was issued to whom its hidden part names; one of a body may be of all agencies."""
    return entry.body == said.body and (
        entry.agency == said.agency or (entry.agency is None and entry.body is not None)
    )


def _places(world: World, issue: str, labels: Labels) -> Iterator[str]:
    """Yield whose form an id is: `2024 · Tự chấm · Cơ quan A`."""
    for name, year in world.years.items():
        for stage, listed in year.issued.items():
            if issue in listed:
                agency, body = listed[issue].agency, listed[issue].body
                known = (year.agencies.get(agency or ""), world.bodies.get(body or ""))
                whose = [labels.of(one.short) for one in known if one is not None]
                yield " · ".join((name, stage_text(stage, labels), *whose))
