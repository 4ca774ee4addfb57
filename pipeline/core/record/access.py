"""Who may do what: the roles, people, keys and policy of `data/access.yml`, and the code owners that follow.

Whatever the file does not grant is refused. Whether a commit kept within these rights: `guard_laws`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain
from typing import Final

from pipeline.core.ground import nodes
from pipeline.core.ground.nodes import Document, Node, Scalar, entries_at, items_at, map_at, maps_at, text_at
from pipeline.core.ground.problems import Problem
from pipeline.core.ground.text import as_listed
from pipeline.core.record.layout import DOSSIER
from pipeline.core.record.stages import KIND_OF
from pipeline.core.record.stages import KINDS as STAGE_KINDS

PATH: Final = "data/access.yml"
RULES, ACCESS, PROGRAM, SITE = "rules", "access", "program", "site"
_COMMON: Final = ("survey", "issued", "seals", "amendments", "approval", "plan", "council", "documents", DOSSIER)
KINDS: Final = (PROGRAM, *KIND_OF, *_COMMON, SITE, RULES, ACCESS)
# What is signed and seen by a second person whatever the policy says (design, section 3, access.yml).
ALWAYS_TWO: Final = frozenset({ACCESS, RULES, "amendments", "approval", PROGRAM})
OF_AN_AGENCY: Final = frozenset({"claim", "explain", DOSSIER})  # all that an agency's people ever write

_DAY: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")

# Kind -> the files written under it, as patterns of a code owners file, where the last line that fits counts.
_PATTERNS: Final[Mapping[str, tuple[str, ...]]] = {
    PROGRAM: ("*",),
    "survey": ("/data/*/survey/",),
    "issued": ("/data/*/issued/",),
    "seals": ("/data/*/seals/",),
    "amendments": ("/data/*/amendments/",),
    "approval": ("/data/*/approval.yml",),
    "plan": ("/data/*/plan.yml",),
    "council": ("/data/*/council.yml",),
    "documents": ("/data/*/documents.yml",),
    RULES: (
        *(f"/data/*/{name}.yml" for name in ("cycle", "agencies", "criteria")),
        *(f"/data/{name}.yml" for name in ("calendar", "bodies", "concordance", "analysis")),
        "/schemas/",
    ),
    SITE: ("/data/site.yml",),
    ACCESS: (f"/{PATH}",),
}


@dataclass(frozen=True, slots=True)
class Role:
    """What people of one kind may do; what is not said is not allowed."""

    writes: frozenset[str]
    all_agencies: bool
    all_criteria: bool
    hands_in_for: frozenset[str]
    reviews: frozenset[str]


@dataclass(frozen=True, slots=True)
class Key:
    """A public signing key and the days from and until which it counts, both included."""

    text: str  # `ssh-ed25519 AAAA...`, without its comment
    from_day: str
    until: str | None

    def valid(self, day: str) -> bool:
        """Tell whether the key counts on a day."""
        return self.from_day <= day and (self.until is None or day <= self.until)


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who commits: of a body that carries out the plan, or of an assessed agency."""

    id: str
    role: str
    body: str | None
    agency: str | None
    email: str
    keys: tuple[Key, ...]

    @property
    def name(self) -> str:
        """Return the person as access.yml knows them, whatever a commit says: id and role."""
        return f"{self.id} ({self.role})"


@dataclass(frozen=True, slots=True)
class Holder:
    """Whose key it is on a day: the person, or the word for why nobody's."""

    person: Person | None
    fault: str | None = None


@dataclass(frozen=True, slots=True)
class AccessFault:
    """What makes an access.yml unfit: a word and what it is about."""

    code: str
    about: str


_NOTHING = Role(frozenset(), all_agencies=False, all_criteria=False, hands_in_for=frozenset(), reviews=frozenset())


@dataclass(frozen=True)
class Access:
    """All of access.yml."""

    roles: Mapping[str, Role]
    people: Mapping[str, Person]
    signed: frozenset[str]
    second_person: frozenset[str]
    pages: frozenset[str] = frozenset()  # stages whose agencies and bodies stand for a form only with a signed page
    server: tuple[Key, ...] = ()  # of the machine that keeps the register
    witnesses: Mapping[str, tuple[Key, ...]] = field(default_factory=dict)  # body -> keys of its machine
    faults: tuple[AccessFault, ...] = ()

    @property
    def holders(self) -> Mapping[str, tuple[Key, ...]]:
        """Return everybody's keys: of people by their ids, of machines under names that no person can have."""
        machines = {"server:": self.server, **{f"witness: {body}": keys for body, keys in self.witnesses.items()}}
        return {**{person.id: person.keys for person in self.people.values()}, **machines}

    @cached_property
    def owners(self) -> Mapping[str, set[str]]:
        """Return who has each key, by the same names."""
        found: dict[str, set[str]] = {}
        for name, keys in self.holders.items():
            for key in keys:
                found.setdefault(key.text, set()).add(name)
        return found

    @cached_property
    def by_email(self) -> Mapping[str, list[Person]]:
        """Return who has each address: a long history asks for the author of every commit."""
        found: dict[str, list[Person]] = {}
        for person in self.people.values():
            found.setdefault(person.email.casefold(), []).append(person)
        return found

    def role_of(self, person: Person) -> Role:
        """Return a person's role; one that does not exist allows nothing."""
        return self.roles.get(person.role, _NOTHING)

    @property
    def two_people(self) -> frozenset[str]:
        """Return the kinds that a second person must see: by the policy, and by the laws whatever it says."""
        return self.second_person | ALWAYS_TWO

    def asks_page(self, names: Collection[str]) -> bool:
        """Tell whether a form of a stage, by its name and kind, is in its sender's name only with a signed page."""
        return not self.pages.isdisjoint(names)

    def is_written(self, kind: str) -> bool:
        """Tell whether any role may write a kind."""
        return any(kind in role.writes for role in self.roles.values())

    def key_holder(self, key: str, day: str) -> Holder:
        """Return whose key it is on a day; a key of two people is nobody's."""
        holders = list(self.owners.get(key, ()))
        person = self.people.get(holders[0]) if len(holders) == 1 else None
        if person is None:
            return Holder(None, "shared-key" if len(holders) > 1 else "unknown-key")
        fault = self.key_fault(person.keys, key, day)
        return Holder(None if fault else person, fault)

    def machine(self, body: str | None) -> tuple[Key, ...]:
        """Return the keys of the machine that keeps the register, or of the one with which a body witnesses it."""
        return self.server if body is None else self.witnesses.get(body, ())

    def key_fault(self, keys: tuple[Key, ...], key: str, day: str) -> str | None:
        """Return why a key is not one of some keys on a day; one that somebody else has as well is nobody's."""
        own = [entry for entry in keys if entry.text == key]
        if not own:
            return "unknown-key"
        if len(self.owners.get(key, ())) > 1:
            return "shared-key"
        if any(entry.valid(day) for entry in own):
            return None
        return "key-not-yet-valid" if all(day < entry.from_day for entry in own) else "expired-key"

    def person_of(self, email: str) -> Person | None:
        """Return who has an e-mail address, letters of either case; an address of two people is nobody's."""
        found = self.by_email.get(email.casefold(), ())
        return found[0] if len(found) == 1 else None

    def may_review(self, person: Person, kinds: frozenset[str]) -> bool:
        """Tell whether a person may approve changes of some kinds; an assessed agency's people approve nothing."""
        return person.agency is None and kinds <= self.role_of(person).reviews


def read_access(document: Document) -> Access | None:
    """Return what access.yml says, with everything that makes it unfit; None where it cannot be read at all."""
    root = document.root
    if not isinstance(root, nodes.Mapping):
        return None
    policy = map_at(root, "policy")
    roles = {name: _role(node) for name, node, _ in entries_at(root, "roles")}
    people = {name: _person(name, node) for name, node, _ in entries_at(root, "people")}
    access = Access(
        roles=roles,
        people=people,
        signed=_listed(policy, "signed"),
        second_person=_listed(policy, "second_person"),
        pages=_listed(policy, "pages"),
        server=_keys(root, "server"),
        witnesses={body: _keys(map_at(root, "witness"), body) for body in map_at(root, "witness").values},
    )
    return replace(access, faults=tuple(_faults(access)))


def _faults(access: Access) -> Iterator[AccessFault]:
    for person in access.people.values():
        if person.role not in access.roles:
            yield AccessFault("unknown-role", f"{person.id}: {person.role}")
        if not person.email:
            yield AccessFault("no-email", person.id)
        if (person.body is None) == (person.agency is None):
            yield AccessFault("body-or-agency", person.id)
    shared = sorted(email for email, people in access.by_email.items() if len(people) > 1)
    yield from (AccessFault("shared-email", email) for email in shared)
    yield from (AccessFault("shared-key", text) for text, names in sorted(access.owners.items()) if len(names) > 1)
    keepers = [
        person
        for person in access.people.values()
        if person.agency is None and person.keys and ACCESS in access.role_of(person).writes
    ]
    if not keepers:
        yield AccessFault("no-keeper", ACCESS)


def unknown_rights(document: Document, stages: Iterable[str]) -> Iterator[Problem]:
    """Name the rights of access.yml that are no kind of file, no kind of stage and no stage of any year."""
    root = document.root
    if not isinstance(root, nodes.Mapping):
        return
    known = (*KINDS, *STAGE_KINDS, *dict.fromkeys(stage for stage in stages if stage not in KINDS))
    policy = map_at(root, "policy")
    listed = [items_at(role, key) for _, role, _ in entries_at(root, "roles") for key in ("writes", "reviews")]
    listed += [items_at(policy, key) for key in ("signed", "second_person", "pages")]
    for entry in chain.from_iterable(listed):
        if isinstance(entry, Scalar) and entry.text not in known:
            figures = {"found": entry.text, "allowed": as_listed(known)}
            yield Problem("unknown-right", "error", document.path, entry.line, entry.column, figures)


def unsigned_pages(document: Document, kinds: Mapping[str, str]) -> Iterator[Problem]:
    """Name the stages that ask for a signed page though their commits need no signature, so that nothing is asked.

    Args:
        kinds: the kind of each stage of any year, by its name.
    """
    if not isinstance(document.root, nodes.Mapping):
        return
    policy = map_at(document.root, "policy")
    signed = _listed(policy, "signed")
    for entry in items_at(policy, "pages"):
        if not isinstance(entry, Scalar):
            continue
        meant = {entry.text, kinds.get(entry.text)} | {stage for stage, kind in kinds.items() if kind == entry.text}
        if signed.isdisjoint(meant):
            yield Problem("pages-unsigned", "warning", document.path, entry.line, entry.column, {"found": entry.text})


def strangers(document: Document, bodies: Collection[str], agencies: Collection[str]) -> Iterator[Problem]:
    """Name roles, bodies and agencies of access.yml that do not exist, and addresses and keys of two people.

    Args:
        bodies: the slugs of bodies.yml; where there are none yet, nobody is held to it.
        agencies: the slugs of the agencies of all years; likewise.
    """
    root = document.root
    if not isinstance(root, nodes.Mapping):
        return
    roles = map_at(root, "roles").values
    named: list[tuple[Node | None, Collection[str]]] = []
    for _, role, _ in entries_at(root, "roles"):
        named += [(item, roles) for item in items_at(role, "hands_in_for")]
    holders: dict[str, str] = {}
    for name, node, _ in entries_at(root, "people"):
        named.append((node.values.get("role"), roles))
        named += [(node.values.get(key), known) for key, known in (("body", bodies), ("agency", agencies)) if known]
        person = _person(name, node)
        for own in (person.email.casefold(), *(key.text for key in person.keys)):
            if holders.setdefault(own, name) != name:
                figures = {"found": own[-40:], "person": name, "other": holders[own]}
                yield Problem("access-shared", "error", document.path, node.line, node.column, figures)
    for place, known in named:
        if isinstance(place, Scalar) and place.text not in known:
            figures = {"found": place.text, "allowed": as_listed(known)}
            yield Problem("access-stranger", "error", document.path, place.line, place.column, figures)


def lost_keys(before: Access, after: Access) -> tuple[str, ...]:
    """Return who lost a key, or whose went to another: a key gets `until`, it is never deleted."""
    return tuple(
        name
        for name, keys in before.holders.items()
        if not {key.text for key in keys} <= {key.text for key in after.holders.get(name, ())}
    )


def only_ends_keys(before: Person, after: Person) -> bool:
    """Tell whether the keys of a person are the same but that some end, or end earlier."""
    return len(before.keys) == len(after.keys) and all(
        replace(key, until=was.until) == was and (key.until or "9999-12-31") <= (was.until or "9999-12-31")
        for was, key in zip(before.keys, after.keys, strict=True)
    )


def without_two(access: Access, day: str) -> tuple[AccessFault, ...]:
    """Return the kinds that a role writes and nobody could change lawfully.

    A kind that needs a second person needs one who writes it and another who reviews it, both with a key that has not
    ended on a day.
    """
    able = [
        person
        for person in access.people.values()
        if person.agency is None and any(key.until is None or day <= key.until for key in person.keys)
    ]
    written = {kind for role in access.roles.values() for kind in role.writes}
    faults = []
    for kind in sorted(access.two_people & written):
        writers = {person.id for person in able if kind in access.role_of(person).writes}
        reviewers = {person.id for person in able if kind in access.role_of(person).reviews}
        if not writers or not reviewers or len(writers | reviewers) < 2:
            faults.append(AccessFault("no-second-person", kind))
    return tuple(faults)


def _listed(node: nodes.Mapping, key: str) -> frozenset[str]:
    """Return the texts of a list; one text in the place of a list is no form of the schema, and grants nothing."""
    return frozenset(item.text for item in items_at(node, key) if isinstance(item, Scalar))


def _role(node: nodes.Mapping) -> Role:
    return Role(
        writes=_listed(node, "writes"),
        all_agencies=text_at(node, "agencies") == "all",
        all_criteria=text_at(node, "criteria") == "all",
        hands_in_for=_listed(node, "hands_in_for"),
        reviews=_listed(node, "reviews"),
    )


def _person(name: str, node: nodes.Mapping) -> Person:
    return Person(
        id=name,
        role=text_at(node, "role") or "",
        body=text_at(node, "body"),
        agency=text_at(node, "agency"),
        email=text_at(node, "email") or "",
        keys=_keys(node, "keys"),
    )


def _keys(node: nodes.Mapping, name: str) -> tuple[Key, ...]:
    return tuple(
        Key(
            text=" ".join((text_at(entry, "key") or "").split()[:2]),
            from_day=_day(entry, "from", "9999-12-31"),
            until=_day(entry, "until", "0001-01-01") if "until" in entry.values else None,
        )
        for entry in maps_at(node, name)
    )


def _day(node: nodes.Mapping, key: str, otherwise: str) -> str:
    """Return a day; what is none is taken so that the key never counts."""
    found = text_at(node, key) or ""
    return found if _DAY.fullmatch(found) else otherwise


_BEGIN: Final = "# parindex owners: the lines down to the end mark are written by the program"
_END: Final = "# parindex owners: end"


def with_owners(text: str, access: Access) -> str | None:
    """Return a CODEOWNERS file with the lines that follow from access.yml between their marks.

    Lines outside the marks stay as they are; a file without marks gets them at its end, where they count over what
    stands above. None where the marks are not one pair.
    """
    block = f"{_BEGIN}\n{code_owners(access)}{_END}\n"
    lines = text.splitlines(keepends=True)
    marks = [number for number, line in enumerate(lines) if line.rstrip() in (_BEGIN, _END)]
    if not marks:
        between = "\n" if text and not text.endswith("\n") else ""
        return f"{text}{between}{block}"
    if [lines[number].rstrip() for number in marks] != [_BEGIN, _END]:
        return None
    return "".join((*lines[: marks[0]], block, *lines[marks[1] + 1 :]))


def code_owners(access: Access) -> str:
    """Return lines of a CODEOWNERS file: for each kind who reviews it, or else who writes it.

    Forges ask these people for their review; the right itself is proved by `guard`. An assessed agency's people have no
    account while a round is open, so they own nothing.
    """
    rows = [
        f"{pattern} {' '.join(owners)}"
        for kind in (*KINDS, *_other_stages(access))
        if (owners := _owners(access, kind))
        for pattern in _PATTERNS.get(kind, (f"/data/*/{kind}/",))
    ]
    return "".join(f"{row}\n" for row in rows)


def _other_stages(access: Access) -> tuple[str, ...]:
    """Return the stages that roles name beside the usual five, in order of their names; kinds have no folder."""
    named = {kind for role in access.roles.values() for kind in role.writes | role.reviews}
    return tuple(sorted(named - {*KINDS, *STAGE_KINDS}))


def _owners(access: Access, kind: str) -> list[str]:
    staff = [person for person in access.people.values() if person.agency is None]
    reviewers = sorted(person.email for person in staff if kind in access.role_of(person).reviews)
    return reviewers or sorted(person.email for person in staff if kind in access.role_of(person).writes)
