"""A person who asks for a right: what is asked, why it cannot be given, and what access.yml says once it is.

A newcomer's key is unknown to the rights that judge a push, so somebody who writes access.yml has to bring it in: the
newcomer hands over a file with the request. Who may do so: `access`.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass

from pipeline.core.ground import nodes
from pipeline.core.ground.nodes import Node, Pointer, Scalar
from pipeline.core.ground.problems import ParindexError
from pipeline.core.ground.text import json_fields
from pipeline.core.record.access import ACCESS, Access, Key, Person
from pipeline.core.record.editing import Writable

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*", re.ASCII)  # a key of a file, which must be one before it is written
_FIELDS = frozenset({"format", "person", "role", "email", "key"})  # and `body` or `agency`


@dataclass(frozen=True, slots=True)
class JoinRequest:
    """What a newcomer asks for, or somebody known who has a new key."""

    person: str
    role: str
    place: str  # body | agency
    where: str
    email: str
    key: str  # `ssh-ed25519 AAAA...`

    def fields(self) -> dict[str, Writable]:
        """Return the file that is handed over."""
        whose = json_fields(self, "person", "role") | {self.place: self.where}
        return {"format": 1, **whose, **json_fields(self, "email", "key")}


def read_request(root: Node | None) -> JoinRequest | None:
    """Return what a file asks for; None where it is no request, or says anything else as well."""
    values = root.values if isinstance(root, nodes.Mapping) else {}
    texts = {name: node.text for name, node in values.items() if isinstance(node, Scalar) and node.text}
    places = texts.keys() - _FIELDS
    if not (texts.keys() == values.keys() >= _FIELDS and texts["format"] == "1" and len(places) == 1):
        return None
    place = next(iter(places))
    if place not in ("body", "agency"):
        return None
    return JoinRequest(texts["person"], texts["role"], place, texts[place], texts["email"], texts["key"])


def git_settings(person: str, email: str, key: str) -> dict[str, str]:
    """Return the settings with which git commits as a person and signs with their key, by the path of the key."""
    own = {"user.name": person, "user.email": email, "user.signingkey": key}
    return {**own, "gpg.format": "ssh", "commit.gpgsign": "true"}


def joined(
    request: JoinRequest, access: Access, day: str, *, known: Collection[str]
) -> tuple[Pointer, dict[str, Writable]]:
    """Return the entry that access.yml gains, and where: a person, or one more key of a person who stands there.

    Raises:
        ParindexError: Something of it is taken, or does not exist.
    """
    if not _ID.fullmatch(request.person):
        raise ParindexError("join-bad-id", found=ascii(request.person)[1:-1][:60])
    if request.role not in access.roles:
        raise ParindexError("join-unknown-role", role=request.role[:60], allowed=", ".join(access.roles))
    if request.where not in known:
        raise ParindexError(f"join-unknown-{request.place}", found=request.where[:60], allowed=", ".join(sorted(known)))
    for other in access.people.values():
        if any(key.text == request.key for key in other.keys):
            raise ParindexError("join-key-taken", person=other.name)
        if other.id != request.person and other.email.casefold() == request.email.casefold():
            raise ParindexError("join-email-taken", email=request.email[:60], person=other.name)
    key: dict[str, Writable] = {"key": request.key, "from": day}
    person = access.people.get(request.person)
    if person is None:
        fields = {name: text for name, text in request.fields().items() if name not in ("format", "person", "key")}
        return ("people", request.person), {**fields, "keys": [key]}
    if (person.role, getattr(person, request.place), person.email) != (request.role, request.where, request.email):
        raise ParindexError("join-person-taken", person=person.name, email=person.email)
    return ("people", request.person, "keys", len(person.keys)), key


def keepers(access: Access, day: str) -> tuple[tuple[Person, ...], tuple[Person, ...]]:
    """Return who may bring a change of access.yml in, and who may approve it; nobody of an assessed agency may."""
    staff = [one for one in access.people.values() if one.agency is None and any(key.valid(day) for key in one.keys)]
    writers = tuple(one for one in staff if ACCESS in access.role_of(one).writes)
    return writers, tuple(one for one in staff if access.may_review(one, frozenset({ACCESS})))


def lasting_keys(access: Access, person: str, day: str) -> tuple[Key, ...]:
    """Return a person's keys that count on a day and have no last one."""
    known = access.people.get(person)
    return tuple(key for key in known.keys if key.until is None and key.valid(day)) if known is not None else ()
