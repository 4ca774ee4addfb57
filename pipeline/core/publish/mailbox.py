"""What a mailbox of forms comes to, as a page and as replies: what each form changes, what is wrong, what stays out.

The page is shown before anything is sent and again afterwards. How forms are read and sent: `flows.sending`; how the
page looks: `site_templates/mail`. Decision 0066.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from pipeline.core.forms.letters import Letter, Reply
from pipeline.core.forms.receipts import Received, in_words, progress_text, whose_form
from pipeline.core.forms.signed_page import scan_name
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.templates import Fields
from pipeline.core.ground.text import one_line
from pipeline.core.index.scoring import Results
from pipeline.core.index.words import points_text
from pipeline.core.record.model import Year
from pipeline.core.rounds.change_words import Difference, change_text
from pipeline.core.rounds.changes import Change

TEMPLATE = "mail/report.html"
PAGE = ".html"  # the end of the name of a page to sign
# What becomes of a form, in the order of the page: what asks for work comes first.
_STATES = (REFUSED, UNFINISHED, TAKEN, UNCHANGED, REPLACED) = "refused", "unfinished", "taken", "unchanged", "replaced"
_NOTHING = "–"
_TWICE = "form-twice"  # its cure is for whoever reads the mailbox, and its words name the mails of others


@dataclass(frozen=True, slots=True)
class Fault:
    """A problem at its cell, in words, and what to do."""

    place: str
    is_error: bool
    message: str
    cure: str


@dataclass(frozen=True, slots=True)
class LetterForm:
    """One form of a mailbox as the page shows it."""

    name: str
    sender: str
    title: str
    state: str
    outcome: str
    progress: str = ""
    author: str = ""
    page: str = ""  # what is to be said of its signed page
    newer: str = ""  # the form that takes its place
    rows: tuple[Fields, ...] = ()
    faults: tuple[Fault, ...] = ()
    documents: tuple[Fields, ...] = ()
    reply: str = ""  # the file of the reply to its letter


def state_of(received: Received, *, fits: bool) -> str:
    """Return what becomes of a form that was read, in a word of this module."""
    if not fits:
        return REFUSED
    if received.errors:
        return UNFINISHED
    return TAKEN if received.files else UNCHANGED


def in_order(forms: Iterable[LetterForm]) -> tuple[LetterForm, ...]:
    """Return forms in the order of the page."""
    return tuple(sorted(forms, key=lambda one: (_STATES.index(one.state), one.title, one.name)))


# --- changes ----------------------------------------------------------------------------------------------------------


def changed_rows(received: Received, difference: Difference | None, labels: Labels) -> Iterator[Fields]:
    """Yield what a form changes, a row for each criterion; a body's form says the agency in each."""
    form, paths = received.form, {content.path for content in received.contents}
    if form is None or difference is None:
        return
    own = [change for change in difference.changes if change.path in paths]
    own.sort(key=lambda change: (change.path, change.criterion is not None))
    for (_, code), group in groupby(own, key=lambda change: (change.path, change.criterion or "")):
        changes = list(group)
        agency = changes[0].agency or ""
        criterion = form.year.criteria.get(code)
        title = labels.of(criterion.title) if criterion is not None else labels.text("mailbox.head")
        known = form.year.agencies.get(agency)
        if form.body is not None and known is not None:
            title = f"{labels.of(known.short)} · {title}"
        before, after = (_points(side.get(form.year.name), agency, code, labels) for side in difference.results)
        if sentences := tuple(_sentences(changes, form.year, difference, labels)):
            yield {"code": code, "title": title, "sentences": sentences, "before": before, "after": after}


def _sentences(changes: Iterable[Change], year: Year, difference: Difference, labels: Labels) -> Iterator[str]:
    """Yield each change in a sentence; what the program notes of the form itself goes without saying."""
    for change in changes:
        if (change.field or "").partition(".")[0] != "form" and change.subject != "form":
            yield change_text(change, year, difference.fields, labels)


def _points(results: Results | None, agency: str, code: str, labels: Labels) -> str:
    score = results.of(agency) if results is not None else None
    leaf = score.leaf(code) if score is not None else None
    if results is None or leaf is None or leaf.points is None:
        return _NOTHING
    return points_text(leaf.points, results.year, labels)


def faults(received: Received, labels: Labels, *, of_sender: bool = False) -> Iterator[Fault]:
    """Yield what is wrong with a form, errors first, each at its cell; `of_sender` as for `in_words`."""
    for found in sorted(received.findings, key=lambda one: not one.problem.is_error):
        yield Fault(found.cell, found.problem.is_error, *in_words(found, labels, of_sender=of_sender))


def documents_of(received: Received, labels: Labels) -> Iterator[Fields]:
    """Yield the evidence that a form names in its lines with the files that came for it, and the criteria without."""
    form = received.form
    told = (one.problem for found in received.findings for one in found.each)
    lacking = {one.figures.get("criterion") for one in told if one.code == "evidence-missing"}
    came = {(file.criterion, file.number): one_line(file.path.rpartition("/")[2]) for file in received.evidence}
    for content in received.contents if form is not None else ():
        lines = content.value.get("lines")
        for code, line in lines.items() if isinstance(lines, dict) else ():
            listed = line.get("evidence") if isinstance(line, dict) else None
            references = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
            criterion = form.year.criteria.get(code) if form is not None else None
            if references or code in lacking:
                title = labels.of(criterion.title) if criterion is not None else ""
                numbers = [str(one.get("number") or _NOTHING) for one in references]
                files = [came.get((code, number)) for number in numbers]
                named = [f"{number} ({file})" if file else number for number, file in zip(numbers, files, strict=True)]
                yield {"code": code, "title": title, "numbers": tuple(named), "missing": not references}


# --- replies ----------------------------------------------------------------------------------------------------------


def page_text(received: Received, *, owes_page: bool, labels: Labels) -> str:
    """Return what is to be said of the signed page of a form: it came, or how it is to be sent; else nothing."""
    if received.scan is not None:
        return labels.text("mailbox.page-came", name=one_line(received.scan.name.rpartition("/")[2]))
    names = (scan_name(digest) for digest in received.digests if owes_page)
    return "".join(labels.text("mailbox.page-owed", name=name, page=page_name(name)) for name in names)


def page_name(scan: str) -> str:
    """Return the name of the page to sign that goes along with a reply, by the name of its scan."""
    return scan.rpartition(".")[0] + PAGE


@dataclass(frozen=True, slots=True)
class AnsweredForm:
    """A form that is answered: what became of it, the state of that, and what is said of its signed page."""

    received: Received
    state: str
    page: str = ""


def reply_to(
    letter: Letter, forms: Sequence[AnsweredForm], copies: Mapping[str, bytes], to: str, labels: Labels
) -> Reply:
    """Return the reply to a letter: what was taken of each of its forms, or what has to be put right and where.

    Args:
        copies: the workbooks with the faults at their cells, and the pages to sign, by their names.
    """
    told = [labels.text("mailbox.reply.begin", subject=letter.subject or letter.name)]
    for form in forms:
        received, state = form.received, form.state
        title = whose_form(received.form, labels) if received.form is not None else received.name.rpartition("/")[2]
        figures = {"form": title, "progress": progress_text(received, labels), "sha256": received.sha256}
        own = tuple(one for one in received.findings if one.problem.code != _TWICE)
        said = state if own == received.findings else "twice"
        told += ["", labels.text(f"mailbox.reply.{said}", day=labels.date(received.day), **figures)]
        owed = [one for one in faults(replace(received, findings=own), labels, of_sender=True) if one.is_error]
        for number, one in enumerate(owed, start=1):
            place = f"{one.place}: " if one.place else ""
            told.append(f"{number}. {place}{one.message} {one.cure}")
        told += [form.page] if form.page else []
    if books := [name for name in copies if not name.endswith(PAGE)]:
        told += ["", labels.text("mailbox.reply.copies", names=", ".join(books))]
    told += ["", labels.text("mailbox.reply.end")]
    bad = any(one.state in (REFUSED, UNFINISHED) for one in forms)
    subject = labels.text(
        "mailbox.reply.subject-again" if bad else "mailbox.reply.subject", name=_subject(letter, forms, labels)
    )
    return Reply(to, subject, "\n".join(told) + "\n", letter.id, copies)


def _subject(letter: Letter, forms: Sequence[AnsweredForm], labels: Labels) -> str:
    told = (one.received.form for one in forms)
    named = dict.fromkeys(whose_form(form, labels) for form in told if form is not None)
    return "; ".join(named) or letter.subject or letter.name
