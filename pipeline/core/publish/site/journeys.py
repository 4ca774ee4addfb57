"""From claim to decision, as pages tell it: every criterion of an agency through the stages, and lists of what was cut.

The sums are those of `index.analysis.waterfalls`, which close without remainder. Points of the survey have no stages.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from pipeline.core.ground.templates import Fields
from pipeline.core.ground.text import Text
from pipeline.core.index.analysis.sentences import told, way_sentences
from pipeline.core.index.analysis.waterfalls import Waterfall, Waterfalls
from pipeline.core.index.audit import AMENDMENT, AuditRow
from pipeline.core.index.words import apart_text, stage_text
from pipeline.core.publish.scene import Scene

WEIGHT: Final = 600  # of the criteria that one page follows: one that moved counts thrice
TITLE, LETTERS = 100, 40  # letters of a title that this holds; of the others as many weigh as much as a criterion
STAGES: Final = 6  # columns that this holds
LISTED: Final = 120  # criteria of one agency that moved
CUTS: Final = 120  # cuts that one page lists
MUCH: Final = Decimal("0.25")  # points: a cut above it stands in a list of its own
REASONS: Final = 12  # that the page of a year names
BY_REASON: Final = "ly-do/"  # where the lists of what was cut by one reason stand
LARGE, SMALL, RAISED = "nhieu", "it", "nang"  # what happened to a criterion, as a reader picks it


@dataclass(frozen=True, slots=True)
class CutList:
    """Some of the criteria of a year that were cut, the greatest cut first, under one name."""

    id: str  # the end of its address
    name: str
    rows: tuple[AuditRow, ...]
    reason: str = ""  # by which all of them were cut


def columns(scene: Scene) -> Mapping[str, str]:
    """Return the steps that a criterion goes through with their titles, amendments last where there are any."""
    names = scene.year.cycle.stages.names
    amended = (
        {AMENDMENT: scene.words("journey.amendment")} if any(a.stage in names for a in scene.year.amendments) else {}
    )
    return {**{name: stage_text(name, scene.labels) for name in names}, **amended}


def journey_view(scene: Scene, ways: Waterfalls, cuts: Iterable[CutList]) -> Fields:
    """Return what a year's page tells of all agencies; `cuts` are the lists of what was cut."""
    lists = [one for one in cuts if one.rows]
    known = {one.id for one in lists}
    sentence = next(way_sentences(scene.results, None, ways), None)
    return {
        "told": told(sentence, scene.labels) if sentence else "",
        "apart": apart_text(scene.year, scene.labels),  # what the sums do not hold
        "bodies": tuple(_body(scene, way, known) for way in ways.by_monitor),
        "total": _body(scene, ways.total, known),
        "reasons": tuple(_reasons(scene, ways)),  # the reason, how often, points, agencies, where they are listed
        # Name, the end of the address, how many cuts.
        "lists": tuple((one.name, one.id, len(one.rows)) for one in lists if not one.id.startswith(BY_REASON)),
    }


def _body(scene: Scene, way: Waterfall, known: Collection[str]) -> Fields:
    cuts = f"don-vi/{way.name}"
    name = scene.body(way.name) or "–"
    return {
        "name": name,
        "sums": _sums(scene, way),
        "final": scene.points(way.final),
        "cuts": cuts if cuts in known else "",  # the end of the address; empty where there are none
    }


class LineViews:
    """The criteria of all agencies on their way, each told once: what was cut stands in several lists."""

    def __init__(self, scene: Scene) -> None:
        self._scene, self._steps = scene, tuple(columns(scene))
        self._told: dict[tuple[str, str], Fields] = {}

    def of(self, rows: Iterable[AuditRow]) -> tuple[Fields, ...]:
        """Return some criteria as pages tell them."""
        return tuple(self._line(row) for row in rows)

    def _line(self, row: AuditRow) -> Fields:
        key = row.agency, row.criterion
        if key not in self._told:
            self._told[key] = _line(self._scene, row, self._steps)
        return self._told[key]


def agencies_followed(scene: Scene) -> int:
    """Return how many agencies a page follows from claim to decision; 0 before anything was appraised."""
    leaves, ways = [*scene.year.leaves()], scene.figures.ways
    if ways is None:
        return 0
    letters = sum(max(0, max(map(len, leaf.title.by_language().values())) - TITLE) for leaf in leaves)
    each = len(leaves) * max(1, len(scene.year.cycle.stages.names) / STAGES) + letters / LETTERS
    return max(1, int(WEIGHT / (1 + each + 2 * ways.most_moved)))


def block_views(scene: Scene, ways: Waterfalls, lines: LineViews, slugs: Iterable[str]) -> tuple[Fields, ...]:
    """Return some agencies' ways."""
    found = ((ways.of(slug), ways.rows.get(slug, ())) for slug in slugs)
    return tuple(_block(scene, way, lines, rows) for way, rows in found if way is not None)


def _block(scene: Scene, way: Waterfall, lines: LineViews, rows: Sequence[AuditRow]) -> Fields:
    moved, kept = [row for row in rows if row.moves], [row for row in rows if not row.moves]
    return {
        "slug": way.name,
        "name": scene.of(scene.year.agencies[way.name].name),
        "lines": lines.of(moved[:LISTED]),
        "others": len(moved[LISTED:]),
        "kept": lines.of(kept),
        "kept_points": scene.points(sum((row.final for row in kept), Decimal(0))),
        "sums": _sums(scene, way),
        "final": scene.points(way.final),
    }


def _line(scene: Scene, row: AuditRow, steps: Iterable[str]) -> Fields:
    last, cut = row.moves[-1] if row.moves else None, row.cut
    reason = next((entry.reason for entry in reversed(row.moves) if entry.reason), None)
    return {
        "slug": row.agency,
        "agency": scene.agency_short(row.agency),
        "code": row.criterion,
        "title": scene.criterion_title(row.criterion),
        "cells": tuple(_cell(scene, row, step) for step in steps),
        "final": scene.points(row.final),
        "reason": scene.of(reason.brief) if reason else "",
        "body": scene.body_short((last and last.by) or row.monitor),
        "body_id": row.monitor or "",
        # `LARGE`, `SMALL` or `RAISED`; empty where nothing moved.
        "size": "" if last is None else LARGE if -cut > MUCH else SMALL if cut else RAISED,
    }


def _cell(scene: Scene, row: AuditRow, step: str) -> str:
    entry = next((entry for entry in reversed(row.entries) if entry.step == step), None)
    if entry is None:
        return ""
    if entry.value is None or entry.kind == "explain":
        asked = None if entry.value is None else scene.value(entry.value)
        return scene.words("journey.explained") if asked is None else scene.words("journey.asked", points=asked)
    return scene.value(entry.value)


def _sums(scene: Scene, way: Waterfall) -> tuple[str, ...]:
    """Return under each step what it moved in all: first what was claimed, of a step that moves nothing no words."""
    moved = {move.step: move.taken + move.given for move in way.moves}
    claim = scene.year.cycle.stages.claim
    return tuple(
        scene.points(way.claimed) if step == claim else scene.signed_points(moved[step]) if step in moved else ""
        for step in columns(scene)
    )


def cut_lists(scene: Scene, ways: Waterfalls) -> tuple[CutList, ...]:
    """Return the lists of what was cut in a year: the large cuts, and those of the criteria of each body."""
    found = sorted((row for rows in ways.rows.values() for row in rows if row.cut < 0), key=lambda row: row.cut)
    large = tuple(row for row in found if -row.cut > MUCH)
    name = scene.words("journey.large", points=scene.labels.number(MUCH))
    own: dict[str | None, list[AuditRow]] = {}
    for row in found:
        own.setdefault(row.monitor, []).append(row)
    return (
        CutList("giam-nhieu", name, large),
        *(CutList(f"don-vi/{body}", scene.body(body), tuple(rows)) for body, rows in own.items() if body),
        *(
            CutList(
                f"{BY_REASON}{number}",
                scene.words("journey.reason", number=number),
                tuple({id(row): row for row, _ in moved}.values()),
                scene.of(reason.brief),
            )
            for number, (reason, moved) in enumerate(_cut_by_reason(ways), 1)
        ),
    )


def _reasons(scene: Scene, ways: Waterfalls) -> Iterator[tuple[str, int, str, str, str]]:
    """Yield the reasons by which most was cut: the words, how often they were given, points, agencies, their list."""
    for number, (reason, moved) in enumerate(_cut_by_reason(ways), 1):
        names = [scene.agency_short(slug) for slug in dict.fromkeys(row.agency for row, _ in moved)]
        points = scene.signed_points(sum((cut for _, cut in moved), Decimal(0)))
        yield scene.of(reason.brief), len(moved), points, scene.labels.named(names, most=3), f"{BY_REASON}{number}"


def _cut_by_reason(ways: Waterfalls) -> list[tuple[Text, list[tuple[AuditRow, Decimal]]]]:
    """Return the reasons by which most was cut, each with what it cut from which criteria."""
    found: dict[Text, list[tuple[AuditRow, Decimal]]] = {}
    for row in (row for rows in ways.rows.values() for row in rows):
        for entry in row.moves:
            if entry.moved < 0 and entry.reason is not None:
                found.setdefault(entry.reason, []).append((row, entry.moved))
    most = sorted(found.items(), key=lambda one: sum(cut for _, cut in one[1]))[:REASONS]
    return [(reason, sorted(moved, key=lambda one: one[1])) for reason, moved in most]
