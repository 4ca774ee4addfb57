"""Letters: what came with a mail that somebody saved, which of two forms is newer, and mails as ready drafts.

A mail is what anybody may have written: nothing of it is trusted but the files in it, which are read as forms are.
A draft is opened in a mail program, and sent by a person: the same words and files give the same bytes, and nothing is
dated, since the program that sends it does that.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from email import policy
from email.errors import HeaderParseError, MessageError
from email.header import decode_header, make_header
from email.message import EmailMessage, Message
from email.parser import BytesParser
from email.utils import mktime_tz, parseaddr, parsedate_tz
from typing import Final

from pipeline.core.ground.text import one_line

MAIL: Final = ".eml"  # the end of the name of a saved mail
MAX_BYTES: Final = 40 * 1024 * 1024  # of a mail: what servers let pass, with room
# How often something may stand in a mail that somebody wrote: where a part may hold others, where parts begin, lines.
_MOST: Final = {b"boundary": 200, b"message/": 200, b"\n--": 2000, b"\n": 600_000}
_MOST_OF_HEADER: Final = 2000  # letters; the library takes for ever to read longer ones
# Both go into the headers of a reply: letters that every server passes on, and none that hides or moves others.
_ADDRESS: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[\w.-]{1,190}", re.ASCII)
_ID: Final = re.compile(r"<[!-;=?-~]{1,250}>")
_TYPES: Final = {
    "xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "zip": ("application", "zip"),
    "html": ("text", "html"),
}
_BOUNDARY: Final = "=_parindex"  # the same bytes for the same reply


@dataclass(frozen=True, slots=True)
class Letter:
    """What came together: a mail with its files, or one file that somebody saved, of which nobody knows the sender."""

    name: str  # of its file, below the mailbox
    files: Mapping[str, bytes]  # by their names, those of a mail below the name of its file
    sender: str = ""  # an address, or nothing
    subject: str = ""
    id: str = ""  # by which a reply says what it answers
    at: int | None = None  # when the receiving server took it, in seconds since 1970


def read_letter(name: str, data: bytes) -> Letter | None:
    """Return a saved mail with its files; None where it is none, or is built as no mail program does."""
    if len(data) > MAX_BYTES:
        return None
    low = data.lower()
    if any(low.count(mark) > most for mark, most in _MOST.items()):
        return None
    try:
        mail = BytesParser(policy=_Cut()).parsebytes(data)
        files: dict[str, bytes] = {}
        for part in mail.walk():
            given = None if part.is_multipart() else part.get_filename()
            inside = part.get_payload(decode=True) if given else None
            if isinstance(inside, bytes):
                own = one_line(_text(given).replace("\\", "/").rpartition("/")[2])[-200:] or "?"
                files[f"{name}/{own}" if f"{name}/{own}" not in files else f"{name}/{len(files) + 1}/{own}"] = inside
        sender = parseaddr(_text(mail.get("From")))[1]
        known = _ID.search(str(mail.get("Message-ID", "")))
        at = _taken(mail)
    except (MessageError, LookupError, ValueError, TypeError, RecursionError):  # what the library raises at a bad mail
        return None
    if not mail.keys():
        return None
    return Letter(
        name=name,
        files=files,
        sender=sender if _ADDRESS.fullmatch(sender) else "",
        subject=one_line(_text(mail.get("Subject")))[:200],
        id=known[0] if known else "",
        at=at,
    )


class _Cut(policy.Compat32):
    """Reads mails as they are, and no more of a header than anybody means."""

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """Return the name and the beginning of the value of a header."""
        name, value = super().header_source_parse(sourcelines)
        return name, value[:_MOST_OF_HEADER]


def _text(header: object) -> str:
    """Return what a header says; as it stands where its code is unknown."""
    try:
        return str(make_header(decode_header(str(header or ""))))
    except (LookupError, ValueError, HeaderParseError):
        return str(header)


def _taken(mail: Message) -> int | None:
    """Return when the last server took a mail, which its sender cannot set; else when the sender says it was sent."""
    stamps = [str(line).rpartition(";")[2] for line in mail.get_all("Received", [])[:1]]
    for said in (*stamps, str(mail.get("Date", ""))):
        parsed = parsedate_tz(said)
        if parsed is not None:
            return max(0, int(mktime_tz(parsed)))
    return None


def replaced(sent: Sequence[tuple[Letter, object]]) -> dict[int, int]:
    """Return which forms the same sender sent again later: number -> number of the newest.

    Of two forms without a sender, of different senders, or of one moment nobody can say which one counts.

    `sent`: each letter, and whose form it brought by what the form says; None where it is no form.
    """
    of: dict[tuple[object, str], list[int]] = {}
    for number, (letter, whose) in enumerate(sent):
        if whose is not None and letter.sender and letter.at is not None:
            of.setdefault((whose, letter.sender.casefold()), []).append(number)
    found: dict[int, int] = {}
    for own in of.values():
        last = max(own, key=lambda number: sent[number][0].at or 0)
        found |= {number: last for number in own if sent[number][0].at != sent[last][0].at}
    return found


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply that waits for a person to send it."""

    to: str
    subject: str
    text: str
    answers: str = ""  # the id of the mail
    copies: Mapping[str, bytes] = field(default_factory=dict)  # workbooks and pages that go along, by their names


def draft(reply: Reply) -> bytes:
    """Return a reply as a mail that programs open for sending, the same bytes for the same reply."""
    to = [reply.to] if _ADDRESS.fullmatch(reply.to) else []
    subject = one_line(reply.subject)
    return mail_of(to, subject, reply.text, reply.copies, answers=reply.answers, boundary=_BOUNDARY)


def mail_of(
    to: Collection[str], subject: str, text: str, files: Mapping[str, bytes], *, answers: str = "", boundary: str = ""
) -> bytes:
    """Return a mail as `.eml`.

    Args:
        to: addresses; none where the sender has to fill them in.
        answers: the id of the mail that it answers.
        boundary: what stands between its parts; else the digest of its subject and of the names of its files.
    """
    mail = EmailMessage(policy.SMTP)
    mail["X-Unsent"] = "1"  # by which a mail program opens it for sending
    if to:
        mail["To"] = ", ".join(to)
    mail["Subject"] = " ".join(subject.split())
    if answers:
        mail["In-Reply-To"] = answers
    mail.set_content(text, cte="base64")
    for name, data in files.items():
        main, sub = _TYPES.get(name.rpartition(".")[2], ("application", "octet-stream"))
        mail.add_attachment(data, maintype=main, subtype=sub, filename=name)
    if files:
        mail.set_boundary(boundary or hashlib.sha256("\n".join((subject, *files)).encode()).hexdigest()[:40])
    return mail.as_bytes()
