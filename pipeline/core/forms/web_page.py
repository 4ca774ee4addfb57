"""The web form: a form painted as a page, what the browser must know of it, and the document that people hand back.

It decides nothing: what is shown, asked and owed is said by `asking`. How the page looks: `site_templates/form/`; how
it behaves: `site_templates/assets/form/`. A document that comes back is read like YAML.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from pipeline.core.forms.asking import EVIDENCE, AskedLine, Form, HeadField
from pipeline.core.forms.manifest import Manifest, read_manifest
from pipeline.core.ground import nodes
from pipeline.core.ground.nodes import Plain
from pipeline.core.ground.templates import Fields
from pipeline.core.ground.text import json_fields
from pipeline.core.index.words import stage_text, year_text
from pipeline.core.record.layout import STAGE, Place, schema_of
from pipeline.core.record.stages import SURVEY

PAGE = "{year}/bieu-mau/{form}/"  # where the page of a form stands
TEMPLATE = "form/form.html"
RECEIVED = "received"  # whoever takes a form in says when, not who fills it in
MARK = "parindex_form"
VERSION = 1


@dataclass(frozen=True, slots=True)
class WebForm:
    """A form of one file: what it asks, what it says about itself, and the file that stands there, as it is."""

    form: Form
    manifest: Manifest
    content: Plain = None

    @property
    def title(self) -> str:
        """Return what the form is for: its stage, or the group whose answers it counts."""
        labels = self.form.labels
        group = "".join(group.words for group in self.form.groups)
        return labels.text("webform.index.survey", group=group) if group else stage_text(self.form.stage, labels)

    @property
    def signs(self) -> bool:
        """Tell whether the page prints what is signed: an agency hands in the whole of one file (decision 0065)."""
        form = self.form
        return form.with_evidence and form.body is None and not form.beside(form.agencies[0])

    @property
    def address(self) -> str:
        """Return where the form stands among the forms of its year: `self-assessment/co-quan-a`."""
        middle = self.form.body or self.manifest.group
        return "/".join(part for part in (self.form.stage, middle, self.form.agencies[0]) if part)


def page_values(web: WebForm, *, banners: Iterable[str] = (), listed: bool) -> Fields:
    """Return what the page of a form shows, which stands by itself: nothing that a strict browser refuses.

    Args:
        banners: what stands above it, beside the form's own.
        listed: whether the list of the year's forms stands beside it.
    """
    form, labels, year = web.form, web.form.labels, web.form.year
    words = labels.under("webform")
    last = {(line.code, part): number for line in form.lines for part, number in line.last.items()}
    agency = labels.of(year.agencies[form.agencies[0]].name)
    title = words("title", stage=stage_text(form.stage, labels), year=year_text(year, labels), agency=agency)
    place = Place(STAGE, stage=form.stage) if form.kind else Place("survey-counts")
    heads = [group.fields for group in form.groups] if form.stage == SURVEY else [form.heads[form.agencies[0]]]
    return {
        "t": words,
        "name_of": form.header,
        "last_of": lambda code, part: labels.counted(last[code, part]) if (code, part) in last else "",
        "title": title,
        "language": labels.language,
        "banners": (*banners, *((words("illustrative"),) if year.cycle.illustrative else ())),
        "listed": listed,
        "limited": bool(year.cycle.bonus_limits),
        "year": year.name,
        "called": year_text(year, labels),
        "stage": form.stage,
        "group": "".join(group.words for group in form.groups),
        "body": form.whose if form.body is not None else "",
        "last_day": labels.date(form.deadline),
        "blocks": tuple(block for fields in heads for block in _blocks(fields)),
        "areas": tuple(_areas(form)),
        "questions": tuple(question for group in form.groups for question in group.questions),
        "bodies": tuple(form.bodies.items()),
        "evidence": tuple(EVIDENCE.items()),
        **json_fields(form, "with_evidence", "corrects", "follows", "narrowed"),
        "signs": web.signs,
        "schema": schema_of(place, form.kind),
        "data": json_text(_data(web)),
        "origin": web.manifest,
    }


def _blocks(fields: tuple[HeadField, ...]) -> Iterator[Fields]:
    for title, own in groupby(sorted(fields, key=lambda field: not field.document), key=lambda field: field.document):
        yield {"title": title, "fields": tuple(own)}


def _areas(form: Form) -> Iterator[Fields]:
    for _, lines in groupby(form.lines, key=lambda line: line.criterion.area):
        head, *below = lines
        yield {"head": head, "lines": tuple(below) if below else (head,)}


def json_text(value: Plain, indent: str = "") -> str:
    """Return JSON with one entry a line, numbers with the digits they have."""
    if isinstance(value, Decimal):
        return f"{value:f}"
    if not isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    pairs = value.items() if isinstance(value, dict) else ((None, item) for item in value)
    entries = [
        f"{indent}  {'' if key is None else json.dumps(key, ensure_ascii=False) + ': '}{json_text(item, indent + '  ')}"
        for key, item in pairs
    ]
    begin, end = "{}" if isinstance(value, dict) else "[]"
    return "\n".join((begin, ",\n".join(entries), indent + end)) if entries else begin + end


# --- what the browser must know -------------------------------------------------------------------------------------


def _identity(web: WebForm) -> dict[str, Plain]:
    """Return what stands beside the content of the document: `submission` reads it back."""
    told = web.manifest
    return {
        MARK: Decimal(VERSION),
        "title": web.form.title,
        **json_fields(told, "year", "stage"),
        **{name: text for name, text in json_fields(told, "group", "body", "issue").items() if text is not None},
        **json_fields(told, "agency", "commit"),
        "file": began_from(told.files),
        **json_fields(told, "schema", "rules", "language"),
    }


def began_from(files: Mapping[str, str | None]) -> str:
    """Return what a form says of the files that its content began from: their blobs, one after the other."""
    return "".join(blob or "" for blob in files.values())


def _data(web: WebForm) -> dict[str, Plain]:
    form, cycle = web.form, web.form.year.cycle
    heads = [field.pointer[0] for fields in form.heads.values() for field in fields]
    heads += [field.pointer[0] for group in form.groups for field in group.fields]
    questions = [question for group in form.groups for question in group.questions]
    return {
        "identity": _identity(web),
        "kind": form.kind or SURVEY,
        "signs": web.signs,
        "earlier": list(cycle.stages.before(form.stage)) if form.follows else [],
        "policy": {"decimals": Decimal(cycle.policy.points.decimals), "mode": cycle.policy.points.rounding},
        "order": {
            "top": ["format", *dict.fromkeys(heads), RECEIVED, "form", "lines", "answers"],
            "line": list(form.written),
            "reference": list(EVIDENCE),
        },
        "criteria": {line.code: _criterion(form, line) for line in form.lines if line.is_leaf and line.open},
        "questions": {question.id: list(question.options) for question in questions},
        "start": {line.code: dict(line.start) for line in form.lines if line.start and set(line.start) <= {*line.open}},
        "content": web.content,
        "words": {
            key.removeprefix("webform.js."): text
            for key, text in form.labels.texts.items()
            if key.startswith("webform.js.")
        },
    }


def _criterion(form: Form, line: AskedLine) -> dict[str, Plain]:
    """Return a line as the browser's rules and laws read it."""
    leaf, rule, cycle = line.criterion, line.criterion.rule, form.year.cycle
    assert rule is not None
    before = line.before
    return {
        "out_of": f"{line.out_of:f}",
        "rule": {"type": rule.name, **rule.for_browser()},
        **json_fields(rule, "owed", "answered"),
        "noted": "evidence" in line.checks,
        "from": leaf.evidence_from or cycle.period_from,
        "by": leaf.evidence_by or cycle.period_to,
        "may_not_apply": bool(line.may_not_apply),
        "wanted": line.owed,
        "before": f"{before:f}" if isinstance(before, Decimal) else before,
        "standing": line.standing,
    }


# --- what comes back ------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Submission:
    """A document that came back: what it says about itself, and the content of the file it stands for."""

    manifest: Manifest
    file: str | None  # what `began_from` said, nothing where there was no file; None where the form does not say
    title: str | None  # what people read of whose form it is; older forms have none
    content: nodes.Mapping


def submission(root: nodes.Node | None) -> Submission | None:
    """Return what a downloaded form says, None where a document is none.

    The document is read like YAML, of which JSON is a part: exact numbers, places of every value, every refusal.
    """
    if not isinstance(root, nodes.Mapping):
        return None
    mark, content = root.values.get(MARK), root.values.get("content")
    if not isinstance(mark, nodes.Scalar) or mark.value != VERSION or not isinstance(content, nodes.Mapping):
        return None
    told = {key: node.text for key, node in root.values.items() if isinstance(node, nodes.Scalar) and node.quoted}
    manifest = read_manifest(told, {}, str(VERSION)) if "agency" in told else None
    return None if manifest is None else Submission(manifest, told.get("file"), told.get("title"), content)
