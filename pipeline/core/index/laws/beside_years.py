"""Laws of what stands beside the years: site.yml names what exists, bodies and the calendar agree with themselves."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline.core.index.laws.view import SLUG, Finding, strangers
from pipeline.core.record.model import World


def unknown_superior(world: World) -> Iterator[Finding]:
    """A superior written as a slug is a body of bodies.yml; any other text is the name of one outside."""
    for body in world.bodies.values():
        superior = body.superior.main if body.superior is not None else ""
        if SLUG.fullmatch(superior) and (superior not in world.bodies or superior == body.slug):
            yield body.source, {"found": superior, "body": body.slug}


def issuer_repeated(world: World) -> Iterator[Finding]:
    """One body signs a kind of document; a second one is never asked."""
    first: dict[str, str] = {}
    for body in world.bodies.values():
        for kind in body.issues:
            if first.setdefault(kind, body.slug) != body.slug:
                yield body.source, {"kind": kind, "found": body.slug, "first": first[kind]}


def day_of_other_year(world: World) -> Iterator[Finding]:
    """A day off or make-up day stands under its own year."""
    for day in world.calendar.days:
        if day.date[:4] != day.year:
            yield day.source, {"date": day.date, "year": day.year}


def swap_without_partner(world: World) -> Iterator[Finding]:
    """A day off that is swapped for a make-up day finds it in the calendar, and the other way round."""
    for day in world.calendar.days:
        others = world.calendar.make_up_days if day.off else world.calendar.days_off
        if day.partner is not None and day.partner not in others:
            yield day.source, {"date": day.date, "partner": day.partner}


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
