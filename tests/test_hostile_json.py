"""Documents of web forms that are wrong or hostile: each is refused at its place with a cure, and changes nothing."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from formworlds import TINY, codes, handed_over, read, read_one, tiny
from tiny import snapshot_of

from pipeline.adapters.messages import LANGUAGES
from pipeline.core.forms.receipts import Received, findings_text
from pipeline.flows.wording import load_labels

OWN = "data/2024/self-assessment/co-quan-a.yml"


@cache
def good() -> bytes:
    return handed_over(tiny(), "self-assessment")


def replaced(old: str, new: str | bytes) -> bytes:
    """Return the document with one piece of its text replaced; the piece must be there."""
    assert old.encode() in good(), old
    return good().replace(old.encode(), new if isinstance(new, bytes) else new.encode(), 1)


def content(**changes: Any) -> bytes:
    """Return the document with other entries at the top of its content."""
    return handed_over(tiny(), "self-assessment", lambda stood: {**stood, **changes})


def line(code: str, **changes: Any) -> bytes:
    """Return the document with other entries in one line."""
    return handed_over(
        tiny(),
        "self-assessment",
        lambda stood: {**stood, "lines": {**stood["lines"], code: {**stood["lines"][code], **changes}}},
    )


SCORE = '"score": 1.75'
HOSTILE: Mapping[str, tuple[Callable[[], bytes], str]] = {
    # text and bytes
    "a hidden sign that turns the text": (lambda: line("2.2", note="a\u202eb"), "bidirectional-character"),
    "an escape of that sign": (lambda: replaced(SCORE, f'{SCORE}, "note": "a\\u202eb"'), "bidirectional-character"),
    "a sign without width": (lambda: line("2.2", note="a\u200bb"), "zero-width-character"),
    "NUL": (lambda: replaced(SCORE, b'"score": 1.75, "note": "a\x00b"'), "control-character"),
    "an escaped NUL": (lambda: replaced(SCORE, '"score": 1.75, "note": "a\\u0000b"'), "control-character"),
    "half of a surrogate pair": (lambda: replaced(SCORE, '"score": 1.75, "note": "\\ud800"'), "bad-escape"),
    "a surrogate in bytes": (lambda: replaced(SCORE, b'"score": 1.75, "note": "\xed\xa0\x80"'), "not-utf8"),
    "UTF-16": (lambda: good().decode().encode("utf-16"), "wrong-encoding"),
    "Latin-1": (lambda: replaced(SCORE, b'"score": 1.75, "note": "C\xf4ng v\xe3n"'), "not-utf8"),
    "a hundred marks on a letter": (lambda: line("2.2", note="a" + "\u0301" * 100), "too-many-marks"),
    "a tab between entries": (lambda: replaced(SCORE, b'\t"score": 1.75'), "tab-character"),
    "a file of two megabytes": (lambda: good() + b" " * 2_000_000, "too-large"),
    "a text of thirty thousand letters": (lambda: line("2.2", note="a" * 30_000), "scalar-too-long"),
    "forty thousand entries": (lambda: content(report=["a"] * 40_000), "too-many-nodes"),
    # JSON that is none
    "a key twice": (lambda: replaced(SCORE, '"score": 2, "score": 1.75'), "duplicate-key"),
    "an agency twice": (lambda: replaced('"agency"', '"agency": "co-quan-b",\n  "agency"'), "duplicate-key"),
    "a file that breaks off": (lambda: good()[:-200], "unclosed-bracket"),
    "two documents": (lambda: good() + b"---\n" + good(), "several-documents"),
    "text behind the end": (lambda: good() + b"{}", "several-documents"),
    "a hundred brackets": (lambda: replaced('"score": 1.75', '"score": ' + "[" * 100 + "]" * 100), "too-deep"),
    "a hundred thousand brackets": (lambda: b'{"a": ' + b"[" * 100_000, "too-deep"),
    "an anchor": (lambda: replaced(SCORE, '"score": &a 1.75'), "anchor"),
    "an alias": (lambda: replaced(SCORE, '"score": *a'), "alias"),
    "a tag": (lambda: replaced(SCORE, '"score": !!python/name:os.system x'), "tag"),
    "a key of two thousand letters": (lambda: content(**{"k" * 2_000: Decimal(1)}), "text-after-quote"),
    "an array": (lambda: b"[" + good() + b"]", "form-not-ours"),
    "nothing": (lambda: b"", "empty-document"),
    "a text": (lambda: b'"parindex_form"', "form-not-ours"),
    # values
    "NaN": (lambda: replaced(SCORE, '"score": NaN'), "not-a-number"),
    "Infinity": (lambda: replaced(SCORE, '"score": -Infinity'), "not-a-number"),
    "an exponent": (lambda: replaced(SCORE, '"score": 1e308'), "not-a-number"),
    "a number of four hundred digits": (lambda: replaced(SCORE, f'"score": {"9" * 400}'), "number-too-long"),
    "seven decimals": (lambda: replaced(SCORE, '"score": 1.7500001'), "decimal-looks-wrong"),
    "a number in quotes": (lambda: replaced(SCORE, '"score": "1.75"'), "decimal-looks-wrong"),
    "true for points": (lambda: replaced(SCORE, '"score": true'), "not-a-number"),
    "nothing for points": (lambda: replaced(SCORE, '"score": null'), "not-a-number"),
    "an object for points": (lambda: line("2.2", score={"__proto__": Decimal(1)}), "not-a-number"),
    "an array for a line": (lambda: replaced('"2.2": {', '"2.2": [], "2.2x": {'), "not-a-mapping"),
    "an array for the lines": (lambda: content(lines=["1.1.1"]), "not-a-mapping"),
    "an object for a text": (lambda: content(signed_by={"$ref": ["x"]}), "unknown-key"),
    "a day that no calendar has": (lambda: content(report={"number": "1/BC", "date": "2024-02-30"}), "impossible-date"),
    "a day in Vietnamese": (lambda: content(report={"number": "1/BC", "date": "03/12/2024"}), "not-a-date"),
    "a field that no file has": (lambda: content(approved=True), "unknown-key"),
    "a field that no line has": (lambda: line("2.2", by="so-noi-vu"), "unknown-key"),
    "a code that is none": (lambda: content(lines={"../../etc": {"score": Decimal(1)}}), "wrong-form-of-key"),
    "a text of five thousand letters": (lambda: line("2.2", note="a" * 5_000), "too-long"),
    "an address that is none": (
        lambda: line("1.1.1", evidence=[{"number": "1/KH", "url": "javascript:alert(1)"}]), "wrong-form",
    ),
    # whose it is
    "a path for an agency": (lambda: replaced('"agency": "co-quan-a"', '"agency": "../x"'), "form-wrong-agency"),
    "an array for an agency": (lambda: replaced('"agency": "co-quan-a"', '"agency": ["co-quan-a"]'), "form-not-ours"),
    "a year that is none": (lambda: replaced('"year": "2024"', '"year": "../2024"'), "form-wrong-year"),
    "a number for a year": (lambda: replaced('"year": "2024"', '"year": 2024'), "form-not-ours"),
    "another version": (lambda: replaced('"parindex_form": 1', '"parindex_form": 2'), "form-not-ours"),
    "a stage that does not exist": (lambda: replaced('"self-assessment"', '"seals"'), "form-wrong-stage"),
    "an array for the content": (lambda: b'{"parindex_form": 1, "content": []}', "form-not-ours"),
    "another agency": (lambda: replaced('"agency": "co-quan-a"', '"agency": "co-quan-b"'), "form-contradicts-itself"),
}  # fmt: skip


@cache
def outcome(name: str) -> Received:
    return read_one(tiny(), HOSTILE[name][0](), "phieu.json")


@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_a_hostile_document_is_refused_by_name_and_nothing_is_taken_from_it(name: str) -> None:
    received = outcome(name)

    assert (HOSTILE[name][1] in codes(received), received.refused, dict(received.files)) == (True, True, {}), codes(
        received
    )
    assert received.crash is None


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", sorted(HOSTILE))
def test_each_says_where_it_stands_and_what_to_do(name: str, language: str) -> None:
    labels = load_labels(language)
    told = findings_text(outcome(name), labels).splitlines()

    assert len(told) == 2 * len(outcome(name).findings)
    assert all(one.startswith("phieu.json") for one in told[::2])
    assert all(one.strip().startswith(labels.text("check.cure")) and "{" not in one for one in told[1::2])


def test_the_others_of_a_mailbox_are_taken_all_the_same() -> None:
    forms = [(f"{n}.json", HOSTILE[name][0]()) for n, name in enumerate(sorted(HOSTILE))]
    own = handed_over(tiny(), "self-assessment", scored, agency="co-quan-b")

    *hostile, taken = read(tiny(), *forms, ("b.json", own))

    assert [entry.name for entry in hostile if not entry.refused] == []
    assert list(taken.files) == ["data/2024/self-assessment/co-quan-b.yml"]


def scored(stood: Any) -> Any:
    return {**stood, "lines": {**stood["lines"], "2.2": {**stood["lines"]["2.2"], "score": Decimal("0.25")}}}


def test_what_a_reader_only_notices_is_said_and_keeps_nobody_out() -> None:
    data = b"\xef\xbb\xbf" + good().replace(b"\n", b"\r\n")
    received = read_one(tiny(), data, "phieu.json")

    assert (codes(received), received.refused) == (["byte-order-mark", "crlf"], False)


def test_a_form_that_is_not_filled_in_to_its_end_is_taken_and_said() -> None:
    def lacking(stood: Any) -> Any:
        return {key: value for key, value in stood.items() if key != "signed_by"}

    received = read_one(tiny(), handed_over(tiny(), "self-assessment", lacking), "phieu.json")

    assert (codes(received), list(received.files)) == (["missing-key"], [OWN])


def received_in(stood: bool, says: str | None) -> tuple[list[str], str]:  # noqa: FBT001
    """Return the codes and the day of a form's file, of which one stood there or not, and which itself names a day."""
    files = TINY if stood else {path: data for path, data in TINY.items() if path != OWN}
    day = {} if says is None else {"received": says}
    data = handed_over(tiny(), "self-assessment", lambda held: {**scored(without_day(held)), **day}, says={"file": ""})
    received = read_one(snapshot_of(files), data, "phieu.json")
    found = json.dumps(received.contents[0].value["received"])
    return [code for code in codes(received) if code != "form-file-changed"], found


def without_day(stood: Any) -> Any:
    return {key: value for key, value in stood.items() if key != "received"}


@pytest.mark.parametrize(
    ("when", "stood", "says", "told", "day"),
    [
        ("the sender says nothing", False, None, [], "2024-12-04"),
        ("the sender says an earlier day", False, "2024-11-30", ["form-received-not-taken"], "2024-12-04"),
        ("the sender says a later day", False, "2025-01-30", ["form-received-not-taken"], "2024-12-04"),
        ("it came before", True, None, [], "2024-12-03"),
        ("it came before, and says so", True, "2024-12-03", [], "2024-12-03"),
        ("it came before, and says otherwise", True, "2024-12-01", ["form-received-not-taken"], "2024-12-03"),
    ],
)
def test_the_day_of_receipt_is_that_of_whoever_takes_it_in(
    when: str,
    stood: bool,  # noqa: FBT001
    says: str | None,
    told: list[str],
    day: str,
) -> None:
    assert (told, json.dumps(day)) == received_in(stood, says)
