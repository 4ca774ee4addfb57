"""Content that people could write in a file of each stage of the tiny world, drawn by lot; files written by hand."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, TypeAlias

from hypothesis import strategies as st

from pipeline.core.record.stages import KIND_OF, SURVEY
from pipeline.flows import writing

SELF_ASSESSMENT, APPRAISAL_1, EXPLANATION, APPRAISAL_2, COUNCIL_DECISION = KIND_OF

Drawn: TypeAlias = st.SearchStrategy[Any]

AGENCY = "co-quan-a"
GROUP = "lanh-dao-nganh"  # the group whose counts are drawn
# What a person can type: no control or format characters, no marks without a letter; a text has no spaces at its ends.
_LETTERS = st.characters(codec="utf-8", exclude_categories=["C", "Zl", "Zp", "Zs", "M"], exclude_characters="\ufffd")
# Without what says the code of a character: openpyxl undoes it twice, so that `_x005F_` comes back as `_`.
_CODE = re.compile(r"_x[0-9A-Fa-f]{4}_")
_WORD = st.text(_LETTERS, min_size=1, max_size=30).filter(lambda text: not _CODE.search(text))
LINE = st.lists(_WORD, min_size=1, max_size=6).map(" ".join)
TEXT = LINE | st.lists(LINE, min_size=2, max_size=3).map("\n".join)
COUNT = st.integers(0, 500).map(Decimal)
POINTS = (
    st.integers(0, 200).map(lambda cents: Decimal(cents) / 100).map(lambda points: Decimal(f"{points.normalize():f}"))
)
DAY = st.dates(date(2020, 1, 1), date(2030, 1, 1)).map(str)
DOCUMENT = st.fixed_dictionaries({"number": LINE}, optional={"date": DAY})
TITLED = st.fixed_dictionaries({"number": LINE}, optional={"date": DAY, "title": LINE})
EVIDENCE = st.lists(TITLED, min_size=1, max_size=5)
BODY = st.sampled_from(["so-noi-vu", "van-phong-ubnd", "so-thong-tin"])


def _ratio() -> Drawn:
    pairs = st.tuples(st.integers(0, 500), st.integers(1, 500)).map(sorted)
    return pairs.map(lambda pair: {"done": Decimal(pair[0]), "assigned": Decimal(pair[1])})


def _counts(*names: str) -> Drawn:
    return st.fixed_dictionaries({names[0]: COUNT}, optional=dict.fromkeys(names[1:], COUNT))


def _listed(*names: str) -> Drawn:
    return st.sets(st.sampled_from(names)).map(lambda chosen: [name for name in names if name in chosen])


# An answer for each leaf that a stage writes, one of each rule type; a judged leaf has none.
ANSWERS: Mapping[str, Drawn | None] = {
    "1.1.1": st.sampled_from(["dung-han", "qua-han", "khong"]),
    "1.1.2": _ratio(),
    "1.2": _listed("ke-hoach", "bao-cao", "hoi-nghi"),
    "1.3": _counts("bao-cao-muon", "bao-cao-thieu"),
    "2.1": _ratio() | st.integers(0, 100).map(Decimal),
    "2.2": None,
    "2.3": _ratio(),
    "2.4": st.sampled_from(["du", "mot-phan", "khong"]),
    "3.1": COUNT,
    "4.1": _counts("sang-kien", "vi-pham"),
}


def _lines(owed: Mapping[str, Drawn], more: Mapping[str, Drawn], *, answers: bool) -> Drawn:
    """Draw lines: what a line owes, what it may have; an answer always where `answers` says so, else now and then."""

    def line(answer: Drawn | None) -> Drawn:
        asked = {} if answer is None else {"answer": answer}
        return st.fixed_dictionaries(
            {**(asked if answers else {}), **owed}, optional={**({} if answers else asked), **more}
        )

    lines = {code: line(answer) for code, answer in ANSWERS.items()}
    if "explanation" not in owed:
        lines["2.4"] |= st.fixed_dictionaries({"not_applicable": TEXT})
    return st.fixed_dictionaries({}, optional=lines)


_SCORED = {"score": POINTS}
_JUDGED = {"reason": TEXT, "by": BODY}
_HEADS: Mapping[str, tuple[Mapping[str, Drawn], Mapping[str, Drawn]]] = {
    SELF_ASSESSMENT: ({"report": TITLED, "signed_by": LINE, "received": DAY}, {}),
    APPRAISAL_1: ({"appraised": DAY}, {"sent": DAY, "requested": DOCUMENT}),
    EXPLANATION: ({"letter": TITLED, "received": DAY}, {}),
    APPRAISAL_2: ({"appraised": DAY}, {"unanswered": DAY}),
    COUNCIL_DECISION: ({"decision": TITLED}, {}),
}
_LINES = {
    SELF_ASSESSMENT: _lines(_SCORED, {"evidence": EVIDENCE, "note": TEXT}, answers=True),
    APPRAISAL_1: _lines(_SCORED, {**_JUDGED, "request": st.just(True)}, answers=False),  # noqa: FBT003
    EXPLANATION: _lines({"explanation": TEXT}, {**_SCORED, "evidence": EVIDENCE}, answers=False),
    APPRAISAL_2: _lines(_SCORED, _JUDGED, answers=False),
    COUNCIL_DECISION: _lines(_SCORED, _JUDGED, answers=False),
}


def _of_stage(stage: str) -> Drawn:
    owed, more = _HEADS[stage]
    head = st.fixed_dictionaries(dict(owed), optional=dict(more))
    return st.tuples(head, _LINES[stage]).map(lambda both: {"format": Decimal(1), **both[0], "lines": both[1]})


_OPTIONS = ("rat-tot", "tot", "binh-thuong", "chua-tot", "kem", "khong-y-kien", "blank")
_FORMS = ("issued", "returned", "online", "in_person", "population")
_ASKED = st.fixed_dictionaries({_OPTIONS[0]: COUNT}, optional=dict.fromkeys(_OPTIONS[1:], COUNT))
CONTENTS: Mapping[str, Drawn] = {
    **{stage: _of_stage(stage) for stage in _LINES},
    SURVEY: st.fixed_dictionaries(
        {
            "format": st.just(Decimal(1)),
            "forms": st.fixed_dictionaries({"valid": COUNT}, optional=dict.fromkeys(_FORMS, COUNT)),
            "answers": st.fixed_dictionaries({"q1": _ASKED}, optional={"q2": _ASKED}),
        }
    ),
}


def path_of(stage: str) -> str:
    """Return the file of the agency whose content is drawn."""
    return f"data/2024/{stage}/{f'{GROUP}/' if stage == SURVEY else ''}{AGENCY}.yml"


def by_hand(content: Mapping[str, Any], lot: random.Random) -> bytes:
    """Return a file as a person might have written it: keys in another order, remarks, blank lines."""

    def mixed(value: Any) -> Any:
        if isinstance(value, list):
            return [mixed(item) for item in value]
        if not isinstance(value, dict):
            return value
        return {key: mixed(value[key]) for key in lot.sample(list(value), len(value))}

    written = writing.dump({"format": content["format"], **mixed(dict(content))}).decode().splitlines()
    told: list[str] = []
    literal: int | None = None  # how far a text of several lines stands to the right of its key
    for line in written:
        indent = len(line) - len(line.lstrip())
        if literal is not None and (not line or indent > literal):
            told.append(line)
            continue
        literal = indent if line.endswith(("|", "|-", "|+", ">", ">-")) else None
        if lot.random() < 0.2 and told:
            told += ["", f"{' ' * indent}# xem lại: “{lot.randint(1, 99)}”"]
        told.append(line)
    return ("\n".join(told) + "\n").encode()
