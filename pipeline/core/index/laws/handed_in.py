"""Laws of forms that were issued, and of the files that were read from them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

from pipeline.core.index.laws.view import Finding, View, WholeYear
from pipeline.core.record.model import IssuedForm, World


def form_not_issued(view: View) -> Iterator[Finding]:
    """A file that names the id of its form names one that was issued for its stage, and to its agency or body."""
    for file in view.files():
        listed = view.year.issued.get(file.stage, {})
        for form in file.forms:
            if form.issue is not None and not _may_fill(listed.get(form.issue), file.agency, form.body):
                yield form.source, {"found": form.issue, "stage": file.stage, "agency": file.agency}


def _may_fill(entry: IssuedForm | None, agency: str, body: str | None) -> bool:
    """Tell whether a form may fill a file: a body's form fills its part, and its lines that stand in the head."""
    return entry is not None and entry.agency in {None, agency} and (body is None or entry.body in {None, body})


def page_differs(view: View) -> Iterator[Finding]:
    """What a file says is what its signed page stands for."""
    yield from _other_content(view, signed=True)


def content_differs(view: View) -> Iterator[Finding]:
    """A file that nobody signed for says something else than the form that it was read from."""
    yield from _other_content(view, signed=False)


def _other_content(view: View, *, signed: bool) -> Iterator[Finding]:
    for file in view.files():
        for form in file.forms:
            if form.stands is not None and form.stands != form.content and (form.page is not None) == signed:
                yield form.source, {"found": form.content or "", "stands": form.stands}


def page_not_in_dossier(view: View) -> Iterator[Finding]:
    """The scan of a signed page stands in the dossier of its agency, once there is one. Decision 0064."""
    for file in view.files():
        dossier = view.year.dossiers.get(file.agency)
        for form in file.forms:
            if dossier is not None and form.page is not None and form.page not in dossier:
                yield form.source, {"found": form.page, "agency": file.agency}


def page_repeated(whole: WholeYear) -> Iterator[Finding]:
    """A signed page is of one file of a year: a second one, of whichever agency, was signed for other answers."""
    known: dict[str, str] = {}
    pages = (page for facts in whole.agencies.kinds.values() for page in facts.pages)
    for digest, place in sorted(pages, key=lambda page: (page.place.path, page.place.line)):
        if known.setdefault(digest, place.path) != place.path:
            yield place, {"found": digest, "other": known[digest]}


def issued_version_repeated(view: View) -> Iterator[Finding]:
    """Of the forms of one agency or body in a stage, each has a version of its own."""
    for forms in _by_owner(view):
        for one, other in pairwise(forms):
            if one.version == other.version:
                yield other.source, {"version": str(other.version), "other": one.id}


def issued_out_of_order(view: View) -> Iterator[Finding]:
    """A later version is not dated before an earlier one: else a clock was wrong, or a date was mistyped."""
    for forms in _by_owner(view):
        for one, other in pairwise(forms):
            if other.date < one.date:
                yield other.source, {"date": other.date, "before": one.date, "version": str(other.version)}


def _by_owner(view: View) -> Iterator[list[IssuedForm]]:
    """Yield the forms of each agency or body in a stage, in the order of their versions."""
    for listed in view.year.issued.values():
        owners: dict[tuple[str, str], list[IssuedForm]] = {}
        for form in listed.values():
            owners.setdefault((form.agency or "", form.body or ""), []).append(form)
        yield from (sorted(forms, key=lambda form: form.version) for forms in owners.values())


def issued_repeated(world: World) -> Iterator[Finding]:
    """An id stands for one form, in one stage of one year."""
    known: dict[str, str] = {}
    for name, year in world.years.items():
        for stage, listed in year.issued.items():
            for issue, form in listed.items():
                place = f"{name}/{stage}"
                if known.setdefault(issue, place) != place:
                    yield form.source, {"found": issue, "other": known[issue]}
