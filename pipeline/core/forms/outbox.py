"""The outbox of a mailbox: which form was answered how, when and with which reply.

It tells of days and letters, and lies beside the mails: never in git.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields

from pipeline.core.ground.problems import ParindexError
from pipeline.core.ground.text import to_json

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Answer:
    """One form that was answered; every field is text. `key` is the same for the same letter with the same outcome."""

    year: str
    stage: str
    whose: str  # the agency, the body, or both
    title: str
    file: str
    sha256: str
    state: str
    day: str
    key: str = ""
    branch: str = ""
    reply: str = ""  # its file


def read_outbox(data: bytes, path: str) -> tuple[Answer, ...]:
    """Return what was answered so far, oldest first.

    Raises:
        ParindexError: The file is not as this program writes it.
    """
    names = {one.name for one in fields(Answer)}
    try:
        said = json.loads(data)
        return tuple(Answer(**{name: str(one[name]) for name in names}) for one in said["answers"])
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise ParindexError("send-outbox-broken", path=path) from error


def outbox(answers: Sequence[Answer]) -> bytes:
    """Return the file of what was answered."""
    return to_json({"format": FORMAT, "answers": [asdict(one) for one in answers]}).encode()
