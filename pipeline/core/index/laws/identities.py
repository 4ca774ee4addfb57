"""Laws of site.yml: the body that publishes and the task of the next release exist."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.core.index.laws.view import Finding, strangers
from pipeline.core.record.model import World


def publisher_unknown(world: World) -> Iterator[Finding]:
    """The body that publishes stands in bodies.yml."""
    identity = world.identity
    if identity.publisher is not None:
        yield from strangers([(identity.place("publisher"), identity.publisher)], world.bodies)


def release_task_unknown(world: World) -> Iterator[Finding]:
    """The task whose due day is that of the next release stands in the plan of its year."""
    identity, year = world.identity, world.identity.release_year
    if year is not None and year not in world.unread_years and world.release_task() is None:
        yield identity.place("next_release"), {"task": identity.release_task or "", "year": year}
