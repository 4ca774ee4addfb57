"""The commits that touched a year's data, as its page of history lists them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from pipeline.core.ground.templates import Fields
from pipeline.core.index.words import signer_text, stage_text
from pipeline.core.publish.scene import Scene
from pipeline.core.record import layout
from pipeline.core.record.authorship import DataCommit

_NAMED: Final = 5  # amendments that a commit brought; of more, the first and the last are named


def commits_view(scene: Scene, commits: Iterable[DataCommit], *, inside: bool) -> Fields:
    """Return commits, and what was done on each day; who made them and what they called them is shown inside only."""
    events, days = list[Fields](), dict[str, dict[str, None]]()
    for commit in commits:
        day, touched = scene.labels.date(commit.day), tuple(_touched(scene, commit.paths))
        days.setdefault(day, {}).update(dict.fromkeys(touched))
        author = signer_text(commit.author, commit.signed, scene.labels) if inside else ""
        said = {"author": author, "summary": commit.summary if inside else ""}
        events.append({"commit": commit.commit, "day": day, "touched": touched, **said})
    return {"events": tuple(events), "days": tuple((day, tuple(told)) for day, told in days.items())}


def _touched(scene: Scene, paths: Iterable[str]) -> Iterator[str]:
    """Yield in sentences what was done with paths of a year: each kind once, with the agencies."""
    kinds: dict[str, dict[str, None]] = {}
    places = [*map(layout.place, paths)]
    amended = sorted(place.number or "" for place in places if place is not None and place.kind == "amendment")
    if len(amended) > _NAMED:
        yield scene.words("history.amendments", count=len(amended), first=amended[0], last=amended[-1])
        amended = []
    for place in places:
        if place is None:
            kinds.setdefault(scene.words("history.other"), {})
        elif place.kind == "amendment":
            kinds |= {scene.words("history.amendment", number=number): {} for number in amended}
        elif place.agency is None or place.kind == "survey-counts":
            stage = stage_text(place.stage, scene.labels) if place.stage else ""
            kinds.setdefault(scene.words(f"history.kind.{place.kind}", stage=stage), {})
        else:
            kinds.setdefault(place.stage or place.kind, {})[scene.agency_short(place.agency)] = None
    for kind, agencies in kinds.items():
        whole = len(agencies) == len(scene.year.agencies)
        of = scene.words("history.all") if whole else scene.labels.named([*agencies], between=", ")
        yield _told(scene, kind, of) if agencies else kind


def _told(scene: Scene, stage: str, of: str) -> str:
    """Return what was done of some agencies in a stage, as a sentence."""
    if stage == layout.DOSSIER:
        return scene.words("history.dossiers", of=of)
    kind = scene.year.cycle.stages.kind(stage) if stage in scene.year.cycle.stages.names else "other"
    return scene.words(f"history.did.{kind}", stage=stage_text(stage, scene.labels), of=of)
