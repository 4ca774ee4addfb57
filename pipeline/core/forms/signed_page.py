"""The paper that is signed for a form: what was read of it, in three parts, with the digest that it stands for.

How it looks: `site_templates/form/signed.html`. What the digest is of: `record.signed_content` (decision 0065).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from decimal import Decimal

from pipeline.core.forms.asking import EVIDENCE, AskedLine, Form
from pipeline.core.forms.read_back import Content
from pipeline.core.forms.receipts import whose_form
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Plain, dict_of, node_of
from pipeline.core.ground.templates import Fields
from pipeline.core.ground.text import MAIN
from pipeline.core.index.words import answer_text

TEMPLATE = "form/signed.html"
_GROUP = 8  # signs of a digest that stand together; the first of them name a scan
_CODE = re.compile(f"(?=([0-9a-f]{{{_GROUP}}}))")
_SHOWN = [name for name in EVIDENCE if name not in {"url", "sha256"}]


def scan_name(digest: str) -> str:
    """Return what the scan of a signed page is to be called, so that nobody has to guess what was signed."""
    return f"trang-ky-{digest[:_GROUP]}.pdf"


def scan_code(digest: str) -> str:
    """Return what of a digest the name of a scan says."""
    return digest[:_GROUP]


def codes_in(name: str) -> tuple[str, ...]:
    """Return all that the name of a file may say of a digest; nothing where it says nothing."""
    return tuple(found[1] for found in _CODE.finditer(name.rpartition("/")[2].lower()))


def page_values(form: Form, content: Content, labels: Labels) -> Fields:
    """Return what the paper shows of the file that a form fills."""
    digest = content.digest or ""
    written = dict_of(content.value.get("lines"))
    own = [line for line in form.lines if line.agency == content.whose]
    rows = tuple(_row(line, own, written, labels) for line in own)
    return {
        "t": lambda key, /, **figures: labels.text(f"webform.{key}", **figures),
        "name_of": form.header,
        "language": labels.language,
        "title": whose_form(form, labels),
        "agency": labels.of(form.year.agencies[content.whose].name),
        "body": form.whose if form.body is not None else "",
        "illustrative": form.year.cycle.illustrative,
        "heads": tuple(_heads(form, content, labels)),
        "rows": rows,
        "areas": tuple(row for row in rows if row["depth"] == 0),
        "total": labels.number(_sum(own, written)),
        "shown": _SHOWN,
        "documents": tuple(_documents(written, labels)),
        "scan": scan_name(digest),
        "digest": tuple(digest[at : at + _GROUP] for at in range(0, len(digest), _GROUP)),
    }


def _text(said: Plain, labels: Labels) -> str:
    """Return a value as people read it; of a text in several languages, the main one."""
    told = said.get(MAIN) if isinstance(said, dict) else said
    return labels.number(told) if isinstance(told, Decimal) else "" if told is None else str(told)


def _heads(form: Form, content: Content, labels: Labels) -> Iterator[tuple[str, str]]:
    """Yield the fields above the lines, in words, and what stands there."""
    for asked in form.heads.get(content.whose, ()):
        said: Plain = content.value
        for key in asked.pointer:
            said = dict_of(said).get(key)
        if said is not None:
            yield asked.full_words, labels.date(str(said)) if asked.kind == "date" else _text(said, labels)


def _row(line: AskedLine, own: list[AskedLine], written: dict[str, Plain], labels: Labels) -> Fields:
    told, rule = dict_of(written.get(line.code)), line.criterion.rule
    said = [_text(told.get(key), labels) for key in ("not_applicable", "reason", "explanation") if key in told]
    if rule is not None and "answer" in told:
        said.insert(0, answer_text(rule, rule.answer(node_of(told["answer"]))[0], labels))
    below = [one for one in own if one.criterion.code in line.criterion.leaves]
    points = _text(told.get("score"), labels) if line.is_leaf else labels.number(_sum(below, written))
    most = line.most if line.is_leaf else labels.number(f"{line.out_of.normalize():f}")
    return {
        "code": line.code,
        "title": line.title,
        "most": most,
        "answer": " · ".join(said),
        "points": points,
        "depth": line.depth,
        "is_leaf": line.is_leaf,
    }


def _sum(lines: list[AskedLine], written: dict[str, Plain]) -> Decimal:
    scores = (dict_of(written.get(line.code)).get("score") for line in lines if line.is_leaf)
    return sum((score for score in scores if isinstance(score, Decimal)), Decimal(0))


def _documents(written: dict[str, Plain], labels: Labels) -> Iterator[tuple[str, ...]]:
    """Yield the documents that the lines cite: the criterion, then number, date, issuer and title."""
    for code, line in written.items():
        cited = dict_of(line).get("evidence")
        for one in cited if isinstance(cited, list) else ():
            told = dict_of(one)
            days = {"date": labels.date(str(told["date"]))} if "date" in told else {}
            yield (code, *(days.get(key) or _text(told.get(key), labels) for key in _SHOWN))
