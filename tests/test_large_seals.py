"""A seal that says one digest of many files: how it is written and read, and that it holds when one by files holds."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sites import TODAY, YEAR
from tiny import SEALS, TINY_FILES, snapshot_of

from pipeline.adapters import documents
from pipeline.core.record.layout import set_digest
from pipeline.core.record.model import Calendar
from pipeline.core.rounds.chronicle import Chronicle
from pipeline.core.rounds.commits import PLAIN_MODE, Commit, Identity, Moment, Signature, Touch
from pipeline.core.rounds.proofs import Proof, ProofSubject, proofs
from pipeline.core.rounds.seals import MOST_LISTED, Seal, digest_of, listing_of, read_seal
from pipeline.flows.export import bundle

PATH = "data/2024/seals/self-assessment.yml"
ZEROS = "0" * 64
SIGNED = "signature: |\n  -----BEGIN SSH SIGNATURE-----\n  AAAA\n  -----END SSH SIGNATURE-----\n"
HEAD = "format: 1\nstage: self-assessment\ndate: 2024-12-10\nby: thu-ky\n"


def read(text: str) -> Seal | None:
    return read_seal(documents.read(PATH, text.encode()), text.encode())


def test_a_seal_lists_as_many_files_as_anybody_reads_and_says_one_digest_of_more() -> None:
    few = {f"data/2024/self-assessment/a-{number:04}.yml": digest_of(b"%d" % number) for number in range(MOST_LISTED)}
    many = {"data/2024/cycle.yml": ZEROS, **few}
    lines = "".join(sorted(f"{path} {digest}\n" for path, digest in many.items()))

    assert listing_of(few) == {"files": few}
    assert listing_of(many) == {"digest": hashlib.sha256(lines.encode()).hexdigest()}


def test_a_digest_is_of_the_files_and_not_of_their_order() -> None:
    one, other = {"b": "1", "a": "2", "a-b": "3"}, {"a": "2", "a-b": "3", "b": "1"}

    assert set_digest(one) == set_digest(other)
    assert len({set_digest(found) for found in (one, {**one, "b": "2"}, {"b": "1"}, {**one, "c": "1"}, {})}) == 5


def test_a_seal_by_one_digest_is_read() -> None:
    seal = read(f"{HEAD}digest: {ZEROS}\n{SIGNED}")

    assert seal is not None
    assert (seal.listing, seal.files) == (ZEROS, {})
    assert seal.signed.decode() == f"{HEAD}digest: {ZEROS}\n"


NO_SEALS = {
    "both": f"{HEAD}digest: {ZEROS}\nfiles: {{data/2024/cycle.yml: {ZEROS}}}\n{SIGNED}",
    "both, the files none": f"{HEAD}digest: {ZEROS}\nfiles: {{}}\n{SIGNED}",
    "both, the digest a list": f"{HEAD}digest: []\nfiles: {{data/2024/cycle.yml: {ZEROS}}}\n{SIGNED}",
    "neither": f"{HEAD}{SIGNED}",
    "files that are a digest": f"{HEAD}files: {ZEROS}\n{SIGNED}",
    "a digest that is a list": f"{HEAD}digest: [{ZEROS}]\n{SIGNED}",
    "a digest that is files": f"{HEAD}digest: {{data/2024/cycle.yml: {ZEROS}}}\n{SIGNED}",
    "no stage": f"{HEAD.replace('stage: self-assessment', '')}digest: {ZEROS}\n{SIGNED}",
    "a digest behind the signature": f"{HEAD}{SIGNED}digest: {ZEROS}\n",
    "nothing signed": f"{HEAD}digest: {ZEROS}\n",
}


@pytest.mark.parametrize("text", NO_SEALS.values(), ids=NO_SEALS)
def test_what_is_no_seal_is_not_read_as_one(text: str) -> None:
    assert read(text) is None


@pytest.mark.parametrize(
    ("said", "codes"),
    [
        (f"digest: {ZEROS}", set()),
        (f"files:\n  data/2024/cycle.yml: {ZEROS}", set()),
        (f"digest: {ZEROS}\nfiles:\n  data/2024/cycle.yml: {ZEROS}", {"not-together"}),
        ("", {"missing-one-of"}),
        ("digest: 0", {"wrong-form"}),
        (f"digest: {'A' * 64}", {"wrong-form"}),
        (f"digest: {ZEROS}0", {"too-long", "wrong-form"}),
        (f'digest: "{ZEROS[:63]}\\n"', {"wrong-form"}),
    ],
)
def test_the_schema_asks_for_one_of_the_two(said: str, codes: set[str]) -> None:
    text = re.sub(r"files:\n .*", said, SEALS[PATH])
    found = snapshot_of({**TINY_FILES, PATH: text.encode()}).problems

    assert {problem.code for problem in found if problem.path == PATH} == codes


@pytest.mark.parametrize("audience", ["public", "internal"])
def test_no_digest_of_a_seal_is_published(audience: Any) -> None:
    listed = {path: text for path, text in SEALS.items() if "survey" in path}
    by_digest = {path: re.sub(r"files:\n .*", f"digest: {'5ea1' * 16}", text) for path, text in SEALS.items()}
    snapshot = snapshot_of({**TINY_FILES, **{path: text.encode() for path, text in (by_digest | listed).items()}})
    made = bundle(snapshot, year=YEAR, audience=audience, today=TODAY)

    assert snapshot.world.years[YEAR].sealed >= {"self-assessment", "survey"}
    assert [path for path, data in made.items() if b"5ea1" * 16 in data or ZEROS.encode() in data] == []
    assert [path for path in made if "seal" in path] == []


# --- a seal by digest holds when one by files holds -------------------------------------------------------------------

State = Mapping[str, bytes]
FOLDER = "data/2024"
NAMES = ("cycle", "agencies", "self-assessment/a", "self-assessment/b", "self-assessment/a-b", "appraisal-1/a")
CONTENT = st.sampled_from([b"1", b"2", b"3"])
STATES = st.dictionaries(st.sampled_from([f"{FOLDER}/{name}.yml" for name in NAMES]), CONTENT)


def changed(draw: st.DrawFn, state: State) -> State:
    """Return a state, mostly as it is, or with a few files changed, gone, come or named otherwise."""
    other = draw(STATES) if draw(st.integers(0, 2)) == 0 else {}
    gone = draw(st.sets(st.sampled_from(sorted(state)), max_size=1)) if state and draw(st.booleans()) else set()
    return {path: data for path, data in {**state, **other}.items() if path not in gone or path in other}


@st.composite
def histories(draw: st.DrawFn) -> tuple[State, tuple[State, State, State]]:
    """Return what was signed, and what stood before the seal's commit, in it and stands now."""
    signed = draw(STATES)
    before, stood = changed(draw, signed), changed(draw, signed)
    return signed, (before, stood, changed(draw, stood))


def digests(state: State) -> dict[str, str]:
    return {path: digest_of(data) for path, data in state.items()}


def commit(number: int) -> Commit:
    who = Identity("x", "x@x.example", Moment(number, "2024-12-10"))
    return Commit(str(number), "", (str(number - 1),) if number else (), who, who, "", b"", None)


def told(seal: Seal, states: tuple[State, State, State]) -> set[tuple[str, str, str]]:
    """Return what is proved of a seal that the second of three commits brought."""
    whole = [dict(states[0]), {**states[1], PATH: b"seal"}, {**states[2], PATH: b"seal"}]
    touched = {}
    for number, state in enumerate(whole):
        older = whole[number - 1] if number else {}
        paths = [path for path in {*older, *state} if older.get(path) != state.get(path)]
        touched[str(number), str(number - 1) if number else None] = tuple(
            Touch(path, path, PLAIN_MODE, PLAIN_MODE, None, None) for path in paths
        )
    person = SimpleNamespace(id="thu-ky", name="thu-ky")
    access: Any = SimpleNamespace(
        key_holder=lambda *_: SimpleNamespace(person=person, fault=None),
        role_of=lambda _: SimpleNamespace(writes={"seals"}),
        signed=frozenset(),
    )

    def digests_at(at: str, paths: tuple[str, ...]) -> Mapping[str, str]:
        return {path: found for path, found in digests(whole[int(at)]).items() if path in paths}

    record = ProofSubject(
        chronicle=Chronicle(tuple(map(commit, (2, 1, 0))), touched),
        digests=digests(whole[2]),
        written=(seal,),
        unreadable=(),
        tags=(),
        years={},
        calendar=Calendar(frozenset(), frozenset(), frozenset()),
        wanted=None,
        digests_at=digests_at,
        seal_at=lambda *_: seal,
        access_at=lambda _: access,
        year_at=lambda *_: None,
        approvals_at=lambda *_: (),
        strays_of=lambda _: frozenset(),
        verify=lambda *_: Signature(None, "key"),
        engine="",
        founded=lambda _: True,
        entered=lambda _: None,
    )
    return {(proof.state, proof.code, proof.figures.get("path", "")) for proof in proofs(record) if of_seal(proof)}


def of_seal(proof: Proof) -> bool:
    return proof.subject == "2024/self-assessment"


@settings(max_examples=300)
@given(histories())
def test_a_seal_by_digest_holds_when_one_by_files_holds(given: tuple[State, tuple[State, State, State]]) -> None:
    signed, states = given
    own = {path: data for path, data in signed.items() if "appraisal-1" not in path}
    says = {"year": "2024", "stage": "self-assessment", "named": "self-assessment", "path": PATH, "date": "2024-12-10"}
    more = {"by": "thu-ky", "after": None, "signature": "", "signed": b"", "digest": digest_of(b"seal")}
    by_files = Seal(**says, **more, files=digests(own), listing=None)  # type: ignore[arg-type]
    by_digest = replace(by_files, files={}, listing=set_digest(by_files.files))
    one, other = told(by_files, states), told(by_digest, states)
    codes = {code for _, code, _ in other}
    found = [{path: data for path, data in state.items() if "appraisal-1" not in path} for state in states[:2]]

    assert any(code == "seal-holds" for _, code, _ in one) is ("seal-holds" in codes)
    assert any(state == "broken" for state, _, _ in one) is any(state == "broken" for state, _, _ in other)
    assert ("seal-digest-otherwise" in codes) is (own not in found)
    assert one == other or own not in found
