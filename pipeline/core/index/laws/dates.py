"""Facts of time: late, unanswered, out of order. They are warnings, listed in the audit, and block nothing."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from pipeline.core.index.laws.view import Finding, View
from pipeline.core.index.scoring import unanswered_requests
from pipeline.core.record.calendar import add_working_days, stage_deadline


def received_late(view: View) -> Iterator[Finding]:
    """What an agency hands in arrives by its deadline, extension included."""
    for file in view.files():
        received = file.dates.get("received")
        if file.kind not in ("claim", "explain") or received is None:
            continue
        limit = stage_deadline(view.year, file.stage, file.agency, view.calendar)
        if limit is not None and received > limit:
            yield file.place("received"), {"received": received, "deadline": limit, "agency": file.agency}


def appraised_late(view: View) -> Iterator[Finding]:
    """A round is appraised and the council decides by the last day of the window."""
    for file in view.files():
        limit = stage_deadline(view.year, file.stage, file.agency, view.calendar)
        if file.kind in ("claim", "explain") or file.day is None or limit is None:
            continue
        if file.day > limit:
            key = "appraised" if "appraised" in file.dates else "decision"
            yield file.place(key), {"stage": file.stage, "date": file.day, "deadline": limit}


def sent_late(view: View) -> Iterator[Finding]:
    """A round's result goes out within the working days that the cycle gives, counted from `appraised`."""
    for file in view.files():
        window = view.year.cycle.windows.get(file.stage)
        sent, appraised = file.dates.get("sent"), file.dates.get("appraised")
        if window is None or window.send_working_days is None or not (sent and appraised):
            continue
        limit = add_working_days(appraised, window.send_working_days, view.calendar)
        if sent > limit:
            yield file.place("sent"), {"sent": sent, "deadline": limit, "days": str(window.send_working_days)}


def request_unanswered(view: View) -> Iterator[Finding]:
    """A request for explanation is answered, once the explanation is in or the next round has begun."""
    stages = view.year.cycle.stages
    for explain in stages.of_kind("explain"):
        asking, following = stages.asked_in(explain), stages.tells_unanswered(explain)
        for agency in view.agencies:
            first = view.year.file(asking, agency)
            later = [view.year.file(stage, agency) for stage in (explain, following)]
            if first is None or not any(later):
                continue
            for code in unanswered_requests(view.year, explain, agency):
                yield first.lines[code].source, {"criterion": code, "agency": agency}


def decided_before_open(view: View) -> Iterator[Finding]:
    """Nothing is handed in or decided before its stage opens."""
    for file in view.files():
        window = view.year.cycle.windows.get(file.stage)
        if window is not None and window.opens is not None and file.day is not None and file.day < window.opens:
            yield file.source, {"stage": file.stage, "date": file.day, "opens": window.opens}


def stage_out_of_order(view: View) -> Iterator[Finding]:
    """The stages of an agency follow each other in time."""
    for agency in view.agencies:
        files = [view.year.file(stage, agency) for stage in view.year.cycle.stages.deciding]
        dated = [(file, file.day) for file in files if file is not None and file.day is not None]
        for (earlier, first), (later, second) in pairwise(dated):
            if second < first:
                figures = {"stage": later.stage, "date": second, "stage_before": earlier.stage, "earlier": first}
                yield later.source, figures
