"""From documents to records: each file's tree becomes the record of its kind.

The shape has been checked against the schema before; what failed there is marked spoiled and read no further, so that
one wrong line does not hide what else is wrong. Laws across files are the matter of `checks`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from pipeline.core.ground import nodes
from pipeline.core.ground.nodes import Document, Node, Pointer, Scalar
from pipeline.core.ground.nodes import Mapping as Map
from pipeline.core.ground.numbers import Rounding
from pipeline.core.ground.problems import Source
from pipeline.core.ground.text import MAIN, Text
from pipeline.core.record.layout import SCORING_KINDS, Place
from pipeline.core.record.model import (
    Agency,
    AgencyQuestion,
    Amendment,
    ApprovedRow,
    ApprovedTable,
    Body,
    Calendar,
    Concordance,
    Correspondence,
    Council,
    Counts,
    Criterion,
    Cycle,
    Draw,
    Due,
    Exemption,
    Extension,
    Grade,
    Group,
    Line,
    Moments,
    PairSums,
    PointsPolicy,
    Policy,
    Question,
    Reference,
    Scale,
    Session,
    Signing,
    Skip,
    StageFile,
    Supervision,
    SurveyPlan,
    Task,
    Thresholds,
    Validity,
    Vote,
    Window,
    World,
    Year,
    code_key,
)
from pipeline.core.record.rules import rule_from
from pipeline.core.record.stages import SURVEY, USUAL, Kind, Stage, Stages, kind_of

_DATES = ("received", "appraised", "sent", "unanswered")
_DOCUMENTS = ("report", "letter", "requested", "decision")


@dataclass(frozen=True, slots=True)
class Placed:
    """A file with its place in the layout, its tree, what of its shape is wrong, and the ids of its bytes."""

    place: Place
    document: Document
    spoiled: tuple[Pointer, ...] = ()
    blob: str = ""
    sha256: str = ""

    @property
    def root(self) -> Map | None:
        """Return the top mapping, or None where the file cannot be read as one."""
        return self.document.root if isinstance(self.document.root, Map) else None

    @property
    def sound(self) -> bool:
        """Tell whether the whole file can be read."""
        return self.root is not None and not self.spoiled


def read_world(files: Iterable[Placed]) -> World:
    """Read all files into records; a year whose cycle, agencies or criteria are missing or spoiled is left out."""
    listed = sorted(files, key=lambda file: file.document.path)
    alone = {file.place.kind: file for file in listed if file.place.year is None}
    years: dict[str, list[Placed]] = {}
    for file in listed:
        if file.place.year is not None:
            years.setdefault(file.place.year, []).append(file)
    read = {name: _year(name, own, listed) for name, own in sorted(years.items())}
    return World(
        bodies=_bodies(alone["bodies"]) if "bodies" in alone and alone["bodies"].sound else {},
        calendar=_calendar(alone["calendar"]) if "calendar" in alone and alone["calendar"].sound else Calendar(),
        years={name: year for name, year in read.items() if year is not None},
        concordances=_concordances(alone["concordance"]) if _stands(alone, "concordance") else (),
        thresholds=_thresholds(alone["analysis"]) if _stands(alone, "analysis") else None,
        unread_years=frozenset(name for name, year in read.items() if year is None),
    )


def _stands(alone: Mapping[str, Placed], kind: str) -> bool:
    return kind in alone and alone[kind].sound


def inputs_digest(files: Iterable[Placed]) -> str:
    """Return the sha256 over the sorted lines `path blob-id` of the files that scoring reads.

    Blob ids depend on content alone, so the digest survives any merge (design, section 3, approval.yml).
    """
    lines = sorted(f"{file.document.path} {file.blob}\n" for file in files if file.place.kind in SCORING_KINDS)
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def _year(name: str, files: list[Placed], listed: list[Placed]) -> Year | None:
    one = {file.place.kind: file for file in files if file.sound}
    if not {"cycle", "agencies", "criteria"} <= set(one):
        return None
    cycle = _cycle(one["cycle"])
    stages: dict[str, dict[str, StageFile]] = {}
    counts: dict[tuple[str, str], Counts] = {}
    for file in files:
        place = file.place
        if place.agency is not None and place.stage is not None:
            kind = cycle.stages.kind(place.stage)
            if kind is not None:  # a file of a stage that the year does not list was named when it was placed
                own = stages.setdefault(place.stage, {})
                read = _stage_file(file, place.stage, kind, place.agency)
                own[place.agency] = read if place.body is None else _with_part(own.get(place.agency), read, place.body)
        elif place.kind == "survey-counts" and place.agency is not None and place.group is not None:
            counts[place.group, place.agency] = _counts(file, place.group, place.agency)
    moments = (_moments(file, file.place.group) for file in files if file.place.kind == "moments" and file.sound)
    amendments = tuple(_amendment(file) for file in files if file.place.kind == "amendment" and file.sound)
    return Year(
        name=name,
        cycle=cycle,
        agencies=_agencies(one["agencies"]),
        criteria=_criteria(one["criteria"]),
        stages=stages,
        survey=_survey(one["survey"]) if "survey" in one else None,
        counts=counts,
        amendments=amendments,
        approvals=_approvals(one["approval"]) if "approval" in one else (),
        plan=_plan(one["plan"]) if "plan" in one else (),
        council=_council(one["council"]) if "council" in one else None,
        supervision=_supervision(one["supervision"]) if "supervision" in one else None,
        sealed=frozenset(file.place.stage for file in files if file.place.kind == "seal" and file.place.stage),
        digests={file.document.path: file.sha256 for file in files if file.place.kind == "survey-counts"},
        inputs=inputs_digest(files),
        moments={read.group: read for read in moments},
        moments_unsealed=_moments_unsealed(files),
        unread=frozenset(f.place.kind for f in listed if f.place.year in (None, name) and not f.sound),
    )


def _moments_unsealed(files: list[Placed]) -> bool:
    """Tell whether the survey is sealed and there are moments that its seal does not list."""
    moments = {file.document.path for file in files if file.place.kind == "moments"}
    seals = (file.document.root for file in files if file.place.kind == "seal" and file.place.stage == SURVEY)
    listed = [root.values.get("files") for root in seals if isinstance(root, nodes.Mapping)]
    return any(not isinstance(node, nodes.Mapping) or not moments <= set(node.values) for node in listed)


# --- small readers: what a field says, or nothing -------------------------------------------------------------------


def _get(node: Map, key: str) -> Node | None:
    found = node.values.get(key)
    return None if isinstance(found, Scalar) and found.value is None else found


def _text(node: Map, key: str) -> str | None:
    found = _get(node, key)
    return found.text if isinstance(found, Scalar) else None


def _must(node: Map, key: str) -> str:
    return _text(node, key) or ""


def _number(node: Map, key: str) -> Decimal | None:
    found = _get(node, key)
    return found.value if isinstance(found, Scalar) and isinstance(found.value, Decimal) else None


def _whole(node: Map, key: str) -> int | None:
    found = _number(node, key)
    return int(found) if found is not None else None


def _flag(node: Map, key: str, *, default: bool = False) -> bool:
    found = _get(node, key)
    return found.value is True if isinstance(found, Scalar) else default


def _words(node: Map, key: str) -> Text | None:
    found = _get(node, key)
    if isinstance(found, Map):
        return _in_languages(found)
    return Text(found.text) if isinstance(found, Scalar) else None


def _in_languages(node: Map) -> Text:
    told = {code: text for code in node.values if code != MAIN and (text := _text(node, code))}
    return Text(_must(node, MAIN), told)


def _must_words(node: Map, key: str) -> Text:
    return _words(node, key) or Text("")


def _listed_words(node: Map, key: str) -> tuple[Text, ...]:
    found = _get(node, key)
    items = found.items if isinstance(found, nodes.Sequence) else ()
    return tuple(
        _in_languages(item) if isinstance(item, Map) else Text(item.text)
        for item in items
        if isinstance(item, Map | Scalar)
    )


def _map(node: Map, key: str) -> Map:
    found = _get(node, key)
    return found if isinstance(found, Map) else Map({}, {}, node.line, node.column)


def _maps(node: Map, key: str) -> Iterator[Map]:
    found = _get(node, key)
    if isinstance(found, nodes.Sequence):
        yield from (item for item in found.items if isinstance(item, Map))


def _entries(node: Map, key: str) -> Iterator[tuple[str, Map, Scalar]]:
    """Yield the entries of a mapping of mappings, each with its key's place."""
    inner = _map(node, key)
    for name, value in inner.values.items():
        if isinstance(value, Map):
            yield name, value, inner.keys[name]


def _texts(node: Map, key: str) -> tuple[str, ...]:
    found = _get(node, key)
    if isinstance(found, nodes.Sequence):
        return tuple(item.text for item in found.items if isinstance(item, Scalar))
    return (found.text,) if isinstance(found, Scalar) else ()


def _numbers(node: Map, key: str) -> tuple[Decimal, ...]:
    found = _get(node, key)
    items = found.items if isinstance(found, nodes.Sequence) else ()
    return tuple(item.value for item in items if isinstance(item, Scalar) and isinstance(item.value, Decimal))


def _whole_numbers(node: Map, key: str) -> Mapping[str, int]:
    return _whole_numbers_of(_map(node, key))


def _whole_numbers_of(node: Map) -> Mapping[str, int]:
    read = ((name, _whole(node, name)) for name in node.values)
    return {name: value for name, value in read if value is not None}


def _source(path: str, node: Node) -> Source:
    return Source(path, node.line, node.column)


def _places(path: str, node: Map) -> Mapping[str, Source]:
    """Return where each field's value stands."""
    return {key: _source(path, value) for key, value in node.values.items()}


def _reference(path: str, node: Node | None) -> Reference | None:
    if not isinstance(node, Map):
        return None
    return Reference(
        number=_must(node, "number"),
        source=_source(path, node),
        date=_text(node, "date"),
        issuer=_text(node, "issuer"),
        title=_words(node, "title"),
        url=_text(node, "url"),
        sha256=_text(node, "sha256"),
    )


def _references(path: str, node: Map, key: str) -> tuple[Reference, ...]:
    read = (_reference(path, item) for item in _maps(node, key))
    return tuple(reference for reference in read if reference is not None)


# --- one reader for each kind ---------------------------------------------------------------------------------------


def _root(file: Placed) -> tuple[str, Map]:
    root = file.root
    assert root is not None
    return file.document.path, root


def _bodies(file: Placed) -> Mapping[str, Body]:
    path, root = _root(file)
    return {
        slug: Body(
            slug=slug,
            name=_must_words(node, "name"),
            short=_words(node, "short") or _must_words(node, "name"),
            source=_source(path, key),
            symbol=_text(node, "symbol"),
            superior=_words(node, "superior"),
            place=_words(node, "place"),
            issues=_texts(node, "issues"),
        )
        for slug, node, key in _entries(root, "bodies")
    }


def _calendar(file: Placed) -> Calendar:
    _, root = _root(file)
    years = [(name, node) for name, node, _ in _entries(root, "years")]
    return Calendar(
        days_off=frozenset(_must(day, "date") for _, node in years for day in _maps(node, "days_off")),
        make_up_days=frozenset(_must(day, "date") for _, node in years for day in _maps(node, "make_up_days")),
        years=frozenset(name for name, _ in years),
    )


def _concordances(file: Placed) -> tuple[Concordance, ...]:
    path, root = _root(file)
    return tuple(
        Concordance(
            before=_must(node, "from"),
            after=_must(node, "to"),
            criteria=_correspondences(path, node, "criteria"),
            agencies=_correspondences(path, node, "agencies"),
            note=_words(node, "note"),
            source=_source(path, node),
        )
        for node in _maps(root, "pairs")
    )


def _correspondences(path: str, node: Map, key: str) -> tuple[Correspondence, ...]:
    return tuple(
        Correspondence(
            before=_texts(entry, "from"),
            after=_texts(entry, "to"),
            source=_source(path, entry),
            places=_places(path, entry),
            note=_words(entry, "note"),
            document=_reference(path, _get(entry, "document")),
        )
        for entry in _maps(node, key)
    )


def _thresholds(file: Placed) -> Thresholds:
    _, root = _root(file)
    node = _map(root, "thresholds")

    def figure(name: str) -> Decimal:
        return _number(node, name) or Decimal(0)

    return Thresholds(
        near_grade=figure("near_grade"),
        weak_area=figure("weak_area"),
        wide_gap=figure("wide_gap"),
        concentrated=figure("concentrated"),
        overclaim=figure("overclaim"),
        paper_over_survey=figure("paper_over_survey"),
        moved=figure("moved"),
        costly=figure("costly"),
        behind_median=figure("behind_median"),
        kept_within=int(figure("kept_within")),
        shown=int(figure("shown")),
    )


def _cycle(file: Placed) -> Cycle:
    path, root = _root(file)
    period = _map(root, "period")
    return Cycle(
        title=_must_words(root, "title"),
        illustrative=_flag(root, "illustrative"),
        period_from=_must(period, "from"),
        period_to=_must(period, "to"),
        out_of=_number(root, "out_of") or Decimal(0),
        legal_basis=_references(path, root, "legal_basis"),
        stages=_stages(path, root),
        windows={name: _window(path, node) for name, node, _ in _entries(root, "stages")},
        extensions=tuple(
            Extension(
                stage=_must(node, "stage"),
                agency=_must(node, "agency"),
                by=_must(node, "by"),
                decision=_must(node, "decision"),
                source=_source(path, node),
            )
            for node in _maps(root, "extensions")
        ),
        policy=_policy(_map(root, "policy")),
        grades=tuple(
            Grade(_must(node, "id"), _number(node, "from") or Decimal(0), _must_words(node, "title"))
            for node in _maps(root, "grades")
        ),
        source=Source(path),
        places=_places(path, root),
        documents={
            kind: Signing(_must_words(node, "signer"), _listed_words(node, "recipients"))
            for kind, node, _ in _entries(root, "documents")
        },
    )


def stages_of(document: Document) -> Stages | None:
    """Return the stages of a year as its cycle.yml lists them; None where that cannot be read as a mapping."""
    return _stages(document.path, document.root) if isinstance(document.root, Map) else None


def _stages(path: str, root: Map) -> Stages:
    """Return the stages in the order of the file; a cycle that lists none has the usual five."""
    listed = tuple(
        Stage(name, kind, _words(node, "title"), _source(path, key))
        for name, node, key in _entries(root, "stages")
        if (kind := kind_of(name, _text(node, "kind"))) is not None
    )
    return Stages(listed) if listed else USUAL


def _window(path: str, node: Map) -> Window:
    return Window(
        opens=_text(node, "opens"),
        before=_text(node, "before"),
        by=_text(node, "by"),
        working_days=_whole(node, "working_days"),
        after=_text(node, "after"),
        send_working_days=_whole(_map(node, "send"), "working_days"),
        source=_source(path, node),
    )


def _policy(node: Map) -> Policy:
    points, index, rank = _map(node, "points"), _map(node, "index"), _map(node, "rank")
    ties = _texts(rank, "ties")
    listed = isinstance(_get(rank, "ties"), nodes.Sequence)
    return Policy(
        points=PointsPolicy(
            decimals=_decimals(points),
            rounding=_rounding(points),
            leaf_exact=_text(points, "leaf") == "exact",
        ),
        index_decimals=_decimals(index),
        index_rounding=_rounding(index),
        rank_on_exact=_text(rank, "on") == "exact",
        ties=ties if listed else (ties[0] if ties else "competition"),
        missing_evidence_needs_note=_text(_map(node, "evidence"), "missing") in (None, "note"),
    )


def _decimals(node: Map) -> int:
    found = _whole(node, "decimals")
    return 2 if found is None else found


def _rounding(node: Map) -> Rounding:
    named: Mapping[str | None, Rounding] = {"half-even": "half-even", "down": "down"}
    return named.get(_text(node, "rounding"), "half-up")


def _agencies(file: Placed) -> Mapping[str, Agency]:
    path, root = _root(file)
    return {
        slug: Agency(
            slug=slug,
            name=_must_words(node, "name"),
            short=_words(node, "short") or _must_words(node, "name"),
            ranked=_flag(node, "ranked", default=True),
            exemptions=tuple(
                Exemption(
                    criterion=_must(exemption, "criterion"),
                    reason=_must_words(exemption, "reason"),
                    document=_reference(path, _get(exemption, "document")),
                    source=_source(path, exemption),
                )
                for exemption in _maps(node, "not_applicable")
            ),
            source=_source(path, key),
            superior=_words(node, "superior"),
            symbol=_text(node, "symbol"),
        )
        for slug, node, key in _entries(root, "agencies")
    }


def _criteria(file: Placed) -> Mapping[str, Criterion]:
    path, root = _root(file)
    found: dict[str, Criterion] = {}
    for code, node, key in _entries(root, "criteria"):
        _criterion(path, code, node, key, parent=None, monitor=None, into=found)
    return dict(sorted(found.items(), key=lambda item: code_key(item[0])))


def _criterion(
    path: str,
    code: str,
    node: Map,
    key: Scalar,
    *,
    parent: str | None,
    monitor: str | None,
    into: dict[str, Criterion],
) -> Criterion:
    monitor = _text(node, "monitor") or monitor
    below = [
        _criterion(path, child, inner, place, parent=code, monitor=monitor, into=into)
        for child, inner, place in _entries(node, "children")
    ]
    below.sort(key=lambda child: code_key(child.code))
    rule = _get(node, "rule")
    stated = _number(node, "out_of")
    dates = _map(node, "evidence_dates")
    criterion = Criterion(
        code=code,
        title=_must_words(node, "title"),
        parent=parent,
        children=tuple(child.code for child in below),
        leaves=tuple(leaf for child in below for leaf in child.leaves) if below else (code,),
        out_of=sum((child.out_of for child in below), Decimal(0)) if below else stated or Decimal(0),
        stated_out_of=stated,
        rule=rule_from(rule) if isinstance(rule, Map) else None,
        monitor=monitor,
        evidence=_text(node, "evidence") or "optional",
        evidence_from=_text(dates, "from"),
        evidence_by=_text(dates, "by"),
        may_not_apply=_words(node, "may_not_apply"),
        guidance=_words(node, "guidance"),
        source=_source(path, key),
        places=_places(path, node),
    )
    into[code] = criterion
    return criterion


def _stage_file(file: Placed, stage: str, kind: Kind, agency: str) -> StageFile:
    path, root = file.document.path, file.root
    wrong_lines = {pointer[1] for pointer in file.spoiled if len(pointer) > 1 and pointer[0] == "lines"}
    wrong_file = root is None or any(len(pointer) < 2 or pointer[0] != "lines" for pointer in file.spoiled)
    if root is None:
        return StageFile(stage, kind, agency, Source(path), {}, {}, spoiled=True)
    lines = _map(root, "lines")
    wrong_keys = {pointer[0] for pointer in file.spoiled if pointer}
    documents = ((key, _reference(path, _get(root, key))) for key in _DOCUMENTS if key not in wrong_keys)
    dates = ((key, _text(root, key)) for key in _DATES if key not in wrong_keys)
    return StageFile(
        stage=stage,
        kind=kind,
        agency=agency,
        source=Source(path),
        places=_places(path, root),
        lines={
            code: _line(path, code, node, lines.keys[code], spoiled=code in wrong_lines)
            for code, node in lines.values.items()
        },
        dates={key: value for key, value in dates if value is not None},
        documents={key: value for key, value in documents if value is not None},
        signed_by=None if "signed_by" in wrong_keys else _words(root, "signed_by"),
        spoiled=wrong_file,
    )


def _with_part(head: StageFile | None, part: StageFile, body: str) -> StageFile:
    """Return a stage of an agency with the part of one body: lines of the head come first, a line stands once.

    Files come in the order of their paths, the head before its parts: `cuc-thue.yml`, then `cuc-thue/so-noi-vu.yml`.
    """
    if head is None:
        return replace(part, parts={body: part.source})
    return replace(
        head,
        lines={**part.lines, **head.lines},
        parts={**head.parts, body: part.source},
        spoiled=head.spoiled or part.spoiled,
    )


def _line(path: str, code: str, node: Node, key: Scalar, *, spoiled: bool) -> Line:
    source = _source(path, key)
    if spoiled or not isinstance(node, Map):
        return Line(code, source, {}, spoiled=True)
    return Line(
        criterion=code,
        source=source,
        places=_places(path, node),
        score=_number(node, "score"),
        not_applicable=_words(node, "not_applicable"),
        answer=_get(node, "answer"),
        reason=_words(node, "reason"),
        explanation=_words(node, "explanation"),
        note=_words(node, "note"),
        by=_text(node, "by"),
        request=_flag(node, "request"),
        evidence=_references(path, node, "evidence"),
    )


def _survey(file: Placed) -> SurveyPlan:
    path, root = _root(file)
    policy, fieldwork = _map(root, "policy"), _map(root, "fieldwork")
    return SurveyPlan(
        scales={
            name: Scale(
                id=name,
                values={
                    option: _number(inner, "value") or Decimal(0) for option, inner, _ in _entries(node, "options")
                },
                titles={option: _must_words(inner, "title") for option, inner, _ in _entries(node, "options")},
                no_opinion=_text(node, "no_opinion"),
            )
            for name, node, _ in _entries(root, "scales")
        },
        groups={
            name: Group(
                id=name,
                title=_must_words(node, "title"),
                sipas=_text(node, "source") == "sipas",
                population=_whole(node, "population"),
                quota=_whole(node, "quota"),
                forms=_whole_numbers(node, "forms"),
                source=_source(path, key),
                matrix=_text(node, "layout") == "matrix",
                own_agency=_OWN_AGENCY.get(_text(node, "own_agency")),
                token=_flag(node, "token"),
            )
            for name, node, key in _entries(root, "groups")
        },
        questions={
            name: Question(
                id=name,
                scale=_must(node, "scale"),
                criterion=_must(node, "criterion"),
                groups=_texts(node, "groups"),
                text=_must_words(node, "text"),
                source=_source(path, key),
                required=_flag(node, "required"),
                skip_if=_skip(_get(node, "skip_if")),
            )
            for name, node, key in _entries(root, "questions")
        },
        fieldwork_from=_text(fieldwork, "from"),
        fieldwork_to=_text(fieldwork, "to"),
        modes=_texts(root, "modes"),
        without_answers_zero=_text(policy, "group_without_answers") == "zero",
        valid_from=_whole_numbers(policy, "valid_from"),
        show_from=_whole_numbers(policy, "show_from"),
        moments_from=_whole(policy, "moments_from"),
        source=Source(path),
        validity=_validity(_map(root, "validity")),
    )


_OWN_AGENCY: Mapping[str | None, Literal["only", "exclude"]] = {"only": "only", "exclude": "exclude"}
_STRAIGHT_LINE: Mapping[str | None, Literal["reject", "keep"]] = {"reject": "reject", "keep": "keep"}


def _skip(node: Node | None) -> Skip | None:
    return Skip(_must(node, "question"), _texts(node, "answers")) if isinstance(node, Map) else None


def _validity(node: Map) -> Validity:
    least = _whole(node, "straight_line_from")
    return Validity(
        complete_from=_number(node, "complete_from"),
        fastest=_whole(node, "fastest"),
        duplicate_within=_whole(node, "duplicate_within"),
        straight_line=_STRAIGHT_LINE.get(_text(node, "straight_line")),
        straight_line_from=2 if least is None else least,
    )


def _counts(file: Placed, group: str, agency: str) -> Counts:
    path, root = file.document.path, file.root
    if root is None or file.spoiled:
        return Counts(group, agency, Source(path), {}, {}, {}, spoiled=True)
    return _counts_of(path, root, group, agency)


def _counts_of(path: str, root: Map, group: str, agency: str) -> Counts:
    answers, points = _map(root, "answers"), _map(root, "points")
    read = ((code, _number(points, code)) for code in points.values)
    return Counts(
        group=group,
        agency=agency,
        source=Source(path, root.line, root.column),
        places={**_places(path, root), **_places(path, answers), **_places(path, points)},
        forms=_whole_numbers(root, "forms"),
        answers={question: _whole_numbers(answers, question) for question in answers.values},
        sipas=_number(root, "sipas"),
        respondents=_whole(root, "respondents"),
        points={code: value for code, value in read if value is not None},
    )


def _moments(file: Placed, group: str | None) -> Moments:
    path, root = _root(file)
    pairs = (node for _, criterion, _ in _entries(root, "criteria") for node in _maps(criterion, "pairs"))
    return Moments(group or "", Source(path, root.line, root.column), dict(_pair(path, node) for node in pairs))


def _pair(path: str, node: Map) -> tuple[tuple[AgencyQuestion, AgencyQuestion], PairSums]:
    agencies, questions, sums = _texts(node, "agencies"), _texts(node, "questions"), _numbers(node, "sums")
    first, second = (AgencyQuestion(agency, question) for agency, question in zip(agencies, questions, strict=True))
    products = _number(node, "products") or Decimal(0)
    found = PairSums(_whole(node, "n") or 0, (sums[0], sums[1]), products, _source(path, node))
    return (first, second), found


def _amendment(file: Placed) -> Amendment:
    path, root = _root(file)
    stage, agency, group = _must(root, "stage"), _must(root, "agency"), _text(root, "group")
    code, line, content = _text(root, "criterion"), _get(root, "line"), _get(root, "file")
    decision = _reference(path, _get(root, "decision"))
    assert decision is not None
    return Amendment(
        number=file.place.number or "",
        stage=stage,
        agency=agency,
        reason=_must_words(root, "reason"),
        decision=decision,
        expect=_must(root, "expect"),
        source=Source(path),
        places=_places(path, root),
        criterion=code,
        line=_amended_line(path, code, line) if code and isinstance(line, Map) else None,
        group=group,
        counts=_counts_of(path, content, group, agency)
        if stage == SURVEY and group and isinstance(content, Map)
        else None,
    )


def _amended_line(path: str, code: str, node: Map) -> Line:
    key = Scalar(code, code, node.line, node.column)
    return _line(path, code, node, key, spoiled=False)


def _approvals(file: Placed) -> tuple[ApprovedTable, ...]:
    path, root = _root(file)
    return tuple(_approved_table(path, node) for node in _maps(root, "approvals"))


def _approved_table(path: str, node: Map) -> ApprovedTable:
    decision = _reference(path, _get(node, "decision"))
    assert decision is not None
    return ApprovedTable(
        decision=decision,
        publish_from=_text(node, "publish_from"),
        reason=_words(node, "reason"),
        inputs=_must(node, "inputs"),
        rows=tuple(
            ApprovedRow(
                agency=agency,
                points=_must(row, "points"),
                out_of=_must(row, "out_of"),
                index=_text(row, "index"),
                rank=_whole(row, "rank"),
                grade=_text(row, "grade"),
                source=_source(path, key),
            )
            for agency, row, key in _entries(node, "table")
        ),
        source=_source(path, node),
        places=_places(path, node),
    )


def _plan(file: Placed) -> tuple[Task, ...]:
    path, root = _root(file)
    return tuple(_task(path, node) for node in _maps(root, "tasks"))


def _task(path: str, node: Map) -> Task:
    done = _map(node, "done")
    return Task(
        no=_must(node, "no"),
        in_plan=_flag(node, "in_plan", default=True),
        section=_words(node, "section"),
        task=_must_words(node, "task"),
        product=_words(node, "product"),
        responsible=_texts(node, "responsible"),
        due=_due(_map(node, "due")),
        printed=_text(node, "printed"),
        reading=_words(node, "reading"),
        scan=_text(node, "source") == "scan",
        done_on=_text(done, "date"),
        done_document=_reference(path, _get(done, "document")),
        source=_source(path, node),
        shown_by=_text(node, "shown_by"),
    )


def _due(node: Map) -> Due:
    after = _get(node, "after")
    return Due(
        in_month=_text(node, "in_month"),
        before=_text(node, "before"),
        from_day=_text(node, "from"),
        by=_text(node, "by"),
        working_days=_whole(node, "working_days"),
        after_task=_text(after, "task") if isinstance(after, Map) else None,
        after_request=isinstance(after, Scalar) and after.text == "request",
    )


def _council(file: Placed) -> Council:
    path, root = _root(file)
    return Council(
        decision=_reference(path, _get(root, "decision")) or Reference("", Source(path)),
        members=tuple((_must_words(node, "function"), _must(node, "body")) for node in _maps(root, "members")),
        sessions=tuple(
            Session(
                _must(node, "date"),
                present=_whole(node, "present") or 0,
                agreed=_whole(node, "agreed") or 0,
                votes=tuple(map(_vote, _maps(node, "votes"))),
            )
            for node in _maps(root, "sessions")
        ),
        source=Source(path),
    )


def _vote(node: Map) -> Vote:
    counts = (_whole(node, key) or 0 for key in ("for", "against", "abstained"))
    return Vote(_must_words(node, "matter"), *counts)


def _supervision(file: Placed) -> Supervision:
    path, root = _root(file)
    return Supervision(
        plan=_reference(path, _get(root, "plan")),
        team=_texts(root, "team"),
        visits=tuple(
            (_must(node, "date"), _texts(node, "checked"), _words(node, "findings")) for node in _maps(root, "visits")
        ),
        callbacks=_whole_numbers(root, "callbacks"),
        source=Source(path),
        draws={
            group: Draw(group, _whole_numbers_of(node), _text(node, "list"), _source(path, key))
            for group, node, key in _entries(_map(root, "callbacks"), "draws")
        },
        places=_places(path, root),
    )
