"""A mail that is ready to be sent: opened in a mail program as a draft, with its attachments, and sent by a person.

The same words and files give the same bytes; nothing is dated, since the program that sends it does that.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from email.message import EmailMessage
from email.policy import SMTP
from typing import Final

_TYPES: Final = {
    "xlsx": ("application", "vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    "zip": ("application", "zip"),
    "html": ("text", "html"),
}


def draft(
    to: Collection[str], subject: str, text: str, files: Mapping[str, bytes], *, answers: str = "", boundary: str = ""
) -> bytes:
    """Return a mail as `.eml`.

    Args:
        to: addresses; none where the sender has to fill them in.
        answers: the id of the mail that it answers.
        boundary: what stands between its parts; else the digest of its subject and of the names of its files.
    """
    mail = EmailMessage(SMTP)
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
