"""What people see of a mailbox: the page of a go, and the replies, none of which is written twice. Decision 0066."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import PurePosixPath
from typing import Final

from pipeline.adapters import spreadsheets
from pipeline.adapters.pages import Pages
from pipeline.adapters.repository import Repository
from pipeline.adapters.templates import Engine
from pipeline.core.forms.letters import MAIL, draft
from pipeline.core.forms.outbox import Answer
from pipeline.core.forms.receipts import comments, progress_text, whose_form
from pipeline.core.forms.signed_page import scan_name
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.templates import Fields
from pipeline.core.index.words import stage_text
from pipeline.core.publish import mailbox
from pipeline.core.publish.mailbox import AnsweredForm, LetterForm
from pipeline.core.record import layout
from pipeline.core.record.model import Year
from pipeline.core.rounds.change_words import effect_table
from pipeline.flows.sending import Entry, Older, Rehearsal
from pipeline.flows.web_forms import paper, parts_of

REPORT: Final = "bao-cao.html"
OUTBOX: Final = "so-gui.json"
_REPLIES: Final = "tra-loi"
_COPY: Final = ".ghi-chu.xlsx"
_OUTLOOK: Final = (".msg", "winmail.dat")  # mails that only Outlook reads
_NOT_IN_NAMES: Final = re.compile(r"[^\w .-]+")  # on some system, or in an address


@dataclass(frozen=True, slots=True)
class Answering:
    """The replies of one go: files by their paths below the folder of results, and the outbox after them."""

    files: Mapping[str, bytes]
    answers: tuple[Answer, ...]


def answer(repository: Repository, rehearsal: Rehearsal, before: Sequence[Answer], labels: Labels) -> Answering:
    """Write a reply to each letter that brought a form and has not been answered so yet.

    `labels`: the words, in the language of the city.
    """
    files: dict[str, bytes] = {}
    answers = list(before)
    known = {one.key for one in before}
    for _, group in groupby(rehearsal.entries, key=lambda entry: id(entry.letter)):
        own = list(group)
        key = _key(own)
        if key in known:
            continue
        known.add(key)
        letter = own[0].letter
        copies = {name: data for entry in own for name, data in _copy(entry, labels)}
        copies |= {name: data for entry in own for name, data in _page_to_sign(repository, entry)}
        known_as = next((entry.author.rpartition("<")[2].rstrip(">") for entry in own if entry.author), "")
        told = [AnsweredForm(one.received, _settled(one), _said_of_page(one, labels)) for one in own]
        reply = mailbox.reply_to(letter, told, copies, letter.sender or known_as, labels)
        name = f"{_REPLIES}/{_stem(letter.name)}-{key[:8]}{MAIL}"
        head = labels.text("mailbox.reply.head", to=reply.to or "–", subject=reply.subject)
        files[f"{name.removesuffix(MAIL)}.txt"] = f"{head}\n\n{reply.text}".encode()
        files |= {name: draft(reply), **{f"{_REPLIES}/{copy}": data for copy, data in copies.items()}}
        answers += [replace(_answer(entry, labels), key=key, branch=rehearsal.post.branch, reply=name) for entry in own]
    return Answering(files, tuple(answers))


def _key(entries: Iterable[Entry]) -> str:
    """Return a digest of a letter and of what is said of each of its forms, whatever the day."""
    told: list[object] = []
    for entry in entries:
        faults = sorted((one.problem.code, one.cell) for one in entry.received.findings if one.problem.is_error)
        letter = entry.letter.sender, entry.letter.id or entry.letter.name
        signed = [str(entry.received.page)] if entry.received.page is not None or entry.owes_page else []
        told.append([*letter, entry.received.sha256, _settled(entry), faults, *signed])
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()


def _settled(entry: Entry) -> str:
    """Return what becomes of a form for good: one that was taken is there when it is read again."""
    state = mailbox.state_of(entry.received, fits=entry.fits)
    return mailbox.TAKEN if state == mailbox.UNCHANGED else state


def _stem(name: str) -> str:
    return _NOT_IN_NAMES.sub("-", PurePosixPath(name).name.rpartition(".")[0])[:80].strip(" .-") or "thu"


def _copy(entry: Entry, labels: Labels) -> Iterator[tuple[str, bytes]]:
    """Yield the copy of a workbook with what is wrong at its cells, by its name."""
    wrong = any(one.problem.is_error and one.cell for one in entry.received.findings)
    said = comments(entry.received, labels) if wrong else {}
    made = spreadsheets.annotated(entry.given.data, said) if said else None
    if made is not None:
        yield f"{_stem(entry.given.name)}-{entry.received.sha256[:8]}{_COPY}", made


def _page_to_sign(repository: Repository, entry: Entry) -> Iterator[tuple[str, bytes]]:
    """Yield the page to sign of a form that has none yet and needs one, by its name."""
    made = paper(repository, entry.received) if entry.owes_page and entry.fits else None
    if made is not None:
        yield mailbox.page_name(scan_name(entry.received.digests[0])), made


def _said_of_page(entry: Entry, labels: Labels) -> str:
    return mailbox.page_text(entry.received, owes_page=entry.owes_page, labels=labels) if entry.fits else ""


def _answer(entry: Entry, labels: Labels) -> Answer:
    received, form = entry.received, entry.received.form
    return Answer(
        year=form.year.name if form is not None else "",
        stage=form.stage if form is not None else "",
        whose=form.slug if form is not None else "",
        title=whose_form(form, labels) if form is not None else entry.given.name,
        file=entry.given.name,
        sha256=received.sha256,
        state=_settled(entry),
        day=received.day,
    )


# --- the page ---------------------------------------------------------------------------------------------------------


def page(
    repository: Repository,
    rehearsal: Rehearsal,
    answers: Sequence[Answer],
    *,
    letters: int,
    aside: Sequence[str],
    day: str,
    waiting: bool,
    sent: bool,
    link: str,
    refusal: str,
    labels: Labels,
) -> bytes:
    """Return the page of a go.

    Args:
        waiting: whether forms are to be sent, or replies to be written.
        refusal: why the server will not take them, in words.
    """
    forms_read = (_shown(entry, rehearsal, answers, labels, sent=sent) for entry in rehearsal.entries)
    shown = mailbox.in_order((*forms_read, *(_older(one, labels) for one in rehearsal.older)))
    counts = {state: sum(one.state == state for one in shown) for state in dict.fromkeys(one.state for one in shown)}
    difference = rehearsal.difference
    values = {
        "t": lambda key, /, **figures: labels.text(f"mailbox.{key}", **figures),
        "language": labels.language,
        "forms": shown,
        "counts": [labels.text(f"mailbox.count.{state}", count=count) for state, count in counts.items()],
        "letters": letters,
        "aside": list(aside),
        "outlook": any(name.lower().endswith(_OUTLOOK) for name in aside),
        "day": labels.date(day),
        "effects": [] if difference is None else effect_table(difference, labels),
        "no_effects": difference is not None and bool(difference.left_out),
        "branch": rehearsal.post.branch,
        "waiting": waiting,
        "sent": sent,
        "link": link,
        "refusal": refusal.splitlines(),
        "outbox": list(_answered(repository, rehearsal, answers, labels)),
    }
    pages = Pages(parts_of(repository), words=labels.text, engines=Engine)
    return pages.page(mailbox.TEMPLATE, REPORT, values)


def _shown(entry: Entry, rehearsal: Rehearsal, answers: Sequence[Answer], labels: Labels, *, sent: bool) -> LetterForm:
    received, form = entry.received, entry.received.form
    state = mailbox.state_of(received, fits=entry.fits)
    known = (received.sha256, entry.given.name)
    said = next((one.reply for one in reversed(answers) if (one.sha256, one.file) == known), "")
    return LetterForm(
        name=entry.given.name,
        sender=entry.letter.sender,
        title=whose_form(form, labels) if form is not None else "",
        state=state,
        outcome=labels.text(f"mailbox.{'sent-' if sent and entry.fits else ''}state.{state}"),
        progress=progress_text(received, labels) if received.contents else "",
        author=entry.author,
        page=_said_of_page(entry, labels),
        rows=tuple(mailbox.changed_rows(received, rehearsal.difference, labels)) if entry.fits else (),
        faults=tuple(mailbox.faults(received, labels)),
        documents=tuple(mailbox.documents_of(received, labels)),
        reply=said,
    )


def _older(one: Older, labels: Labels) -> LetterForm:
    return LetterForm(
        name=one.given.name,
        sender=one.letter.sender,
        title="",
        state=mailbox.REPLACED,
        outcome=labels.text(f"mailbox.state.{mailbox.REPLACED}"),
        newer=one.newer.name,
    )


def _answered(
    repository: Repository, rehearsal: Rehearsal, answers: Sequence[Answer], labels: Labels
) -> Iterator[Fields]:
    """Yield who was to hand a form in, of the stages that the mailbox is about, and what was replied last."""
    last = {(one.year, one.stage, one.whose): one for one in answers}
    asked: dict[tuple[str, str], Year] = {}
    for entry in rehearsal.entries:
        if (form := entry.received.form) is not None:
            asked[form.year.name, form.stage] = form.year
    brought = {path for entry in rehearsal.entries if entry.fits for path in entry.received.files}
    for (year, stage), known in asked.items():
        stood = repository.inside(rehearsal.post.base, f"{layout.DATA}{year}/{stage}/")
        claims = known.cycle.stages.kind(stage) in ("claim", "explain")
        others = {whose: whose for of, at, whose in last if (of, at) == (year, stage) and whose not in known.agencies}
        named = {slug: labels.of(one.short) for slug, one in known.agencies.items()} if claims else {}
        for slug, name in {**named, **others}.items():
            said = last.get((year, stage, slug))
            path = layout.path_of(year, stage, slug)
            there = path in stood or path in brought
            title = f"{year} · {stage_text(stage, labels)}"
            replied = {"day": labels.date(said.day), "reply": said.reply} if said else {"day": "", "reply": ""}
            yield {"form": title, "whose": name, "there": there, **replied}
