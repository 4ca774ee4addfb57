"""The commits that touched a year's data, as its page of history lists them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pipeline.core.index.words import signer_text, stage_text
from pipeline.core.publish.scene import Scene
from pipeline.core.record import layout
from pipeline.core.record.authorship import DataCommit


@dataclass(frozen=True, slots=True)
class CommitView:
    """One commit that touched a year's data; who made it and what they called it are shown inside only."""

    commit: str
    day: str
    touched: tuple[str, ...]
    author: str
    summary: str


def commit_view(scene: Scene, commit: DataCommit, *, inside: bool) -> CommitView:
    """Return a commit as readers inside, or all others, may see it."""
    return CommitView(
        commit=commit.commit,
        day=scene.labels.date(commit.day),
        touched=tuple(_touched(scene, commit.paths)),
        author=signer_text(commit.author, commit.signed, scene.labels) if inside else "",
        summary=commit.summary if inside else "",
    )


def _touched(scene: Scene, paths: Iterable[str]) -> Iterator[str]:
    """Yield in words what paths of a year hold: each kind once, with the agencies where they are not all."""
    kinds: dict[str, dict[str, None]] = {}
    for place in map(layout.place, paths):
        if place is None:
            kinds.setdefault(scene.words("history.other"), {})
        elif place.kind == "amendment":
            kinds.setdefault(scene.words("history.amendment", number=place.number), {})
        elif place.agency is None or place.kind == "survey-counts":
            kinds.setdefault(scene.words(f"history.kind.{place.kind}"), {})
        else:
            kinds.setdefault(stage_text(place.stage, scene.labels), {})[scene.agency_short(place.agency)] = None
    for kind, agencies in kinds.items():
        some = 0 < len(agencies) < len(scene.year.agencies)
        yield scene.words("history.of", what=kind, of=scene.labels.named([*agencies], between=", ")) if some else kind
