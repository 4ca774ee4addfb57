"""Commits as git stores them: raw objects and lists of differences, parsed strictly into records.

Git itself is called by an adapter, signatures are verified by another; who may commit what is judged by `guard_laws`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from functools import lru_cache
from itertools import compress, takewhile
from typing import Final, NamedTuple, TypeAlias

from pipeline.core.record.authorship import DataCommit

LOCAL_TIME: Final = timezone(timedelta(hours=7))  # Asia/Ho_Chi_Minh, one offset since 1975: decision 0010
_EPOCH: Final = datetime(1970, 1, 1, 7, tzinfo=LOCAL_TIME)
_LAST_STAMP: Final = 253_370_764_800  # the first second of the year 9999

NAMESPACE: Final = "git"  # what git signs commits for; a seal has another one, so that neither passes for the other
NOTHING: Final = "0" * 40  # how git writes that there is no such object
EMPTY_TREE: Final = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
LOG_FORMAT: Final = "%x1e%H%x1f%an%x1f%ct%x1f%s%x1f"  # of `git log`, as `parse_log` reads it
NO_MODE, PLAIN_MODE, EXECUTABLE_MODE, LINK_MODE, SUBMODULE_MODE = "000000", "100644", "100755", "120000", "160000"
PLAIN_MODES: Final = (PLAIN_MODE, EXECUTABLE_MODE)

_IDENTITY = re.compile(r"(?P<name>[^<>\n]*?) ?<(?P<email>[^<>\n]*)> (?P<stamp>[0-9]{1,15}) [+-][0-9]{4}", re.ASCII)
_ID = re.compile(r"[0-9a-f]{40}(?:[0-9a-f]{24})?")
_TRAILER = re.compile(r"(?P<name>[A-Za-z0-9-]+): *+(?P<value>.*)")
_HEADER_END = re.compile(rb"\n(?! )")  # the lines of a long value begin with a space
_ONCE = (b"tree", b"author", b"committer")


@dataclass(frozen=True, slots=True)
class Moment:
    """A time: seconds since 1970, and the day it is in the city."""

    stamp: int
    day: str

    @property
    def local(self) -> str:
        """Return the time as the city writes it: RFC 3339 with +07:00."""
        return (_EPOCH + timedelta(seconds=self.stamp)).isoformat()


@dataclass(frozen=True, slots=True)
class Identity:
    """Who a commit says made it; anybody can write anything here."""

    name: str
    email: str
    at: Moment


@dataclass(frozen=True, slots=True)
class Signature:
    """What a signature proves: the key, as `ssh-ed25519 AAAA...`, or the word for what is wrong with it.

    The words are `unsigned`, `bad-signature`, `not-ssh-signature`, `not-ed25519` and `other-namespace`. A key may stand
    beside a fault: it says who was named, and proves nothing.
    """

    fault: str | None
    key: str | None = None


@dataclass(frozen=True, slots=True)
class Commit:
    """One commit; `payload` is what its signature covers, `sound` is False where git would read it in two ways."""

    id: str
    tree: str
    parents: tuple[str, ...]
    author: Identity
    committer: Identity
    message: str
    payload: bytes
    signature: str | None
    sound: bool = True

    @property
    def summary(self) -> str:
        """Return the first line of the message."""
        return next(iter(self.message.splitlines()), "")

    def trailer(self, name: str) -> str | None:
        """Return the value of a trailer: the last one of its name in the last paragraph of the message."""
        last = self.message.rstrip().rpartition("\n\n")[2].splitlines() if name in self.message else ()
        found = [match for line in last if (match := _TRAILER.fullmatch(line))]
        return next((match["value"].strip() for match in reversed(found) if match["name"] == name), None)


class Touch(NamedTuple):
    """One path that differs between two trees: mode and blob before and after; the blob is None where nothing stood."""

    path: str
    was: str  # its name before, where git was asked for renames and saw one
    before_mode: str
    after_mode: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Merge:
    """The tree that git makes of two commits, and the paths on which it could not decide."""

    tree: str
    conflicts: tuple[str, ...]


TreePair: TypeAlias = tuple[str, str]
_NOBODY: Final = Identity("", "", Moment(0, "1970-01-01"))


def moment(stamp: int) -> Moment:
    """Return the time of a number of seconds since 1970.

    Raises:
        ValueError: The number is no time that a calendar can write.
    """
    if not 0 <= stamp < _LAST_STAMP:
        raise ValueError(f"no time: {stamp}")
    return Moment(stamp, (_EPOCH + timedelta(seconds=stamp)).date().isoformat())


def parse_commit(commit: str, data: bytes) -> Commit:
    """Return the commit that the bytes of a commit object describe; one that is malformed is marked, never refused.

    The signature covers everything but the signature's own lines, as git has it.
    """
    head, end, body = data.partition(b"\n\n")
    lines = _HEADER_END.split(head)
    headers = [(name, value.replace(b"\n ", b"\n")) for name, _, value in (line.partition(b" ") for line in lines)]
    names = [name for name, _ in headers]
    values = dict(reversed(headers))
    parents = [value for _, value in takewhile(lambda header: header[0] == b"parent", headers[1:])]
    author, committer = _identity(values.get(b"author", b"")), _identity(values.get(b"committer", b""))
    signature = values.get(b"gpgsig")
    sound = (
        end != b""
        and all(b" " in line.partition(b"\n")[0] for line in lines)
        and all(names.count(name) == 1 for name in _ONCE)
        and names[0] == b"tree"
        and names.index(b"author") == names.count(b"parent") + 1 == len(parents) + 1
        and [name for name in names if name.startswith(b"gpgsig")] in ([], [b"gpgsig"])
        and b"\0" not in data
        and author is not None
        and committer is not None
    )
    return Commit(
        id=commit,
        tree=values.get(b"tree", b"").decode("ascii", "replace"),
        parents=tuple(value.decode("ascii", "replace") for value in parents),
        author=author or _NOBODY,
        committer=committer or _NOBODY,
        message=body.decode("utf-8", "replace"),
        payload=b"\n".join(compress(lines, (name != b"gpgsig" for name in names))) + b"\n\n" + body,
        signature=None if signature is None else signature.decode("ascii", "replace"),
        sound=sound,
    )


@lru_cache(maxsize=64)  # who commits is mostly the author, and the same as before
def _identity(line: bytes) -> Identity | None:
    found = _IDENTITY.fullmatch(line.decode("utf-8", "replace"))
    if found is None:
        return None
    try:
        return Identity(found["name"], found["email"], moment(int(found["stamp"])))
    except ValueError:
        return None


def commit_bytes(
    tree: str,
    parent: str | None,
    author: str,
    at: Moment,
    *,
    message: str,
    signature: str | None = None,
    committer: str | None = None,
    second: str | None = None,
) -> bytes:
    """Return the bytes of a commit object; without a signature they are what the signature must cover.

    Args:
        signature: an armoured SSH signature of the same bytes without it.
        committer: `name <email>` of who commits; without it, the author.
    """
    time = f"{at.stamp} +0700"
    parents = [f"parent {one}" for one in (parent, second) if one is not None]
    lines = [f"tree {tree}", *parents, f"author {author} {time}", f"committer {committer or author} {time}"]
    if signature is not None:
        lines.append("gpgsig " + signature.strip().replace("\n", "\n "))
    return ("\n".join(lines) + "\n\n" + message).encode()


def tag_bytes(name: str, commit: str, tagger: str, at: Moment) -> bytes:
    """Return the bytes of a tag object of a commit; its signature covers them and stands behind them."""
    return f"object {commit}\ntype commit\ntag {name}\ntagger {tagger} {at.stamp} +0700\n\n{name}\n".encode()


def is_id(text: str) -> bool:
    """Tell whether a text is the full id of an object."""
    return _ID.fullmatch(text) is not None


def parse_differences(data: bytes) -> dict[TreePair, tuple[Touch, ...]]:
    """Return what `git diff-tree -r --raw -z --stdin` says of pairs of trees."""
    found: dict[TreePair, list[Touch]] = {}
    own: list[Touch] = []
    words = iter(data.decode("utf-8", "surrogateescape").split("\0"))  # as git's other lists of paths are read
    for word in words:
        *pairs, head = word.split("\n")
        for pair in pairs:
            one, _, other = pair.partition(" ")
            own = found[one, other] = []
        if head:
            was, is_, before, after, status = head[1:].split(" ")
            old = next(words)
            new = next(words) if status[0] in "RC" else old
            blobs = None if was == NO_MODE else before, None if is_ == NO_MODE else after
            own.append(Touch(new, old, was, is_, *blobs))
    return {pair: tuple(touches) for pair, touches in found.items()}


def parse_merges(data: bytes) -> list[Merge]:
    """Return what `git merge-tree --write-tree --stdin -z --name-only --no-messages` says of pairs of commits."""
    words = iter(data.decode("utf-8", "backslashreplace").split("\0"))
    return [Merge(next(words), tuple(takewhile(bool, words))) for _ in takewhile(bool, words)]


def parse_log(told: str) -> tuple[DataCommit, ...]:
    """Return commits with the paths they touched, from what `git log --name-only -z` says in `LOG_FORMAT`."""
    commits = []
    for record in told.split("\x1e")[1:]:
        commit, author, stamp, summary, names = record.split("\x1f", 4)
        paths = tuple(sorted(name.strip("\n") for name in names.split("\0") if name.strip("\n")))
        commits.append(DataCommit(commit, author, moment(int(stamp)).day, summary, paths))
    return tuple(commits)
