"""Agencies as pages show them: result, areas, points lost, and every criterion with the whole road of its score."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate

from pipeline.core.ground.numbers import fixed, percent
from pipeline.core.ground.templates import Fields
from pipeline.core.ground.text import Text
from pipeline.core.index.analysis.losses import loss_reason
from pipeline.core.index.scoring import AgencyScore, AreaScore, LeafScore, Step, Subtotal, is_bonus
from pipeline.core.index.survey_points import GroupPart, valid_forms
from pipeline.core.index.words import answer_text, decided_text, grade_text, limit_text, rank_text, stage_text
from pipeline.core.publish.scene import Scene, width
from pipeline.core.record.model import Amendment
from pipeline.core.survey.disclosure import is_small

# What an agency's page holds, in bytes: no page is to have 120,000, with what a theme puts around it.
_PAGE, _OTHER, _LEAST = 112_000, 25_000, 10_000  # all; what is no road; what roads have in any case
_OF_A_LEAF, _LED = 300, 140  # of each criterion in drawings and lists; where it only leads to its road
_LOST, _LOSSES, _FEWEST = 320, 24_000, 8_000  # of each that lost points in the table of these; at most there; at least
_OF_AN_AREA = 7  # times as often stands the name of an area
_TITLE = 80  # letters of a title that these figures hold
_LEAF, _STEP, _TEXT, _DOCUMENT, _GROUP = 330, 180, 36, 38, 215  # of a road, and of each of what is in it
_LETTER = 1.65  # of each letter there: most take more than one, and signs are written by their numbers


@dataclass(frozen=True, slots=True)
class PartView:
    """Points of applicable points, and their share; `counts` is False where nothing applies or stands yet."""

    points: str
    out_of: str
    width: str
    counts: bool


@dataclass(frozen=True, slots=True)
class GroupView:
    """What one group of respondents gave; `hidden` where neither its points nor its mean may be shown."""

    id: str
    title: str
    points: str
    out_of: str
    mean: str
    forms: str
    left_out: str
    hidden: bool
    place: str  # file, line and commit


@dataclass(frozen=True, slots=True)
class LeafView:
    """One criterion of one agency, with its road."""

    code: str
    title: str
    points: str
    out_of: str
    lost: str
    is_lost: bool
    state: str  # full, lost, none (not applicable), open (nothing stands yet), bonus
    reason: str
    why: str  # the reason in a sentence, or else the facts that the points follow from
    stage: str  # that decided, an amendment named
    body: str  # that decided there, or monitors the criterion
    exemption: str
    steps: tuple[Fields, ...]
    groups: tuple[GroupView, ...]

    @property
    def told(self) -> bool:
        """Tell whether there is something to explain: lost points, a reason, an amendment."""
        return self.state not in {"full", "none"} or bool(self.reason)


@dataclass(frozen=True, slots=True)
class AreaView:
    """One area of one agency, beside the median and the best of all."""

    code: str
    title: str
    points: str
    out_of: str
    index: str
    width: str
    median: str
    best: str
    state: str  # index, bonus, none (not applicable), open (nothing stands yet)
    leaves: tuple[LeafView, ...]


@dataclass(frozen=True, slots=True)
class AgencyView:
    """One agency's result."""

    slug: str
    name: str
    short: str
    index: str
    width: str
    rank: str
    ranks: str  # the ranks that survey error leaves open
    interval: str  # of the index; empty where there is none
    grade: str
    total: PartView
    appraisal: PartView
    survey: PartView
    moved: str  # what later steps changed of the points that the agency gave itself; empty before an appraisal
    lost: tuple[LeafView, ...]  # as many as the page has room for, the greatest loss first
    unlisted: int  # of the others
    areas: tuple[AreaView, ...]
    cuts: tuple[tuple[str, str], ...]  # what a limit of bonuses says, and what it cut
    roads: int  # of how many criteria a page shows the whole road


def agency_view(scene: Scene, entry: AgencyScore) -> AgencyView:
    """Return an agency as its page shows it."""
    listed = losses_on_a_page(entry)
    leaves = {leaf.criterion.code: leaf_view(scene, leaf) for leaf in entry.leaves}
    way = scene.figures.ways.of(entry.agency.slug) if scene.figures.ways else None
    return AgencyView(
        slug=entry.agency.slug,
        name=scene.of(entry.agency.name),
        short=scene.of(entry.agency.short),
        index=scene.index(entry.index),
        width=width(entry.index),
        rank=rank_text(None if scene.results.provisional else entry.rank),
        ranks=_ranks(scene, entry.agency.slug),
        interval=_interval(scene, entry.agency.slug),
        grade=grade_text(entry, scene.labels),
        total=part_view(scene, entry.total),
        appraisal=part_view(scene, entry.appraisal),
        survey=part_view(scene, entry.survey),
        moved=scene.signed_points(way.final - way.claimed) if way else "",
        lost=tuple(leaves[leaf.criterion.code] for leaf in entry.losing[:listed]),
        unlisted=len(entry.losing[listed:]),
        areas=tuple(_area(scene, entry, area, leaves) for area in entry.areas),
        cuts=tuple(
            (limit_text(one.limit, scene.labels), scene.signed_points(one.cut)) for one in entry.limited if one.cut
        ),
        roads=roads_on_a_page(entry),
    )


def roads_on_a_page(entry: AgencyScore) -> int:
    """Return of how many criteria a page of an agency shows the whole road: of all, unless that makes it too heavy.

    Then it leads to further pages, each of so many that no page is too heavy: as many in every language, since pages
    lead to themselves in others.
    """
    known = {leaf.criterion.code: _weight(leaf) for leaf in entry.leaves}
    weights = [known[code] for area in entry.areas for code in area.criterion.leaves]
    lost = sum(_LOST + _more(leaf) for leaf in entry.losing)
    room = _PAGE - _OTHER - _names(entry) - min(_LOSSES, lost)
    if sum(weights) <= room:
        return max(1, len(weights))
    room = max(_LEAST, room - _LED * len(weights))
    upto = [*accumulate(weights, initial=0)]

    def fits(most: int) -> bool:
        return all(end - start <= room for start, end in zip(upto, upto[most:], strict=False))

    return next(filter(fits, range(len(weights), 1, -1)), 1)


def losses_on_a_page(entry: AgencyScore) -> int:
    """Return how many of the criteria that lost points stand in a table of their own."""
    rest = _PAGE - _OTHER - _LEAST - _names(entry)
    room = min(_LOSSES, max(_FEWEST, rest))
    return sum(weight <= room for weight in accumulate(_LOST + _more(leaf) for leaf in entry.losing))


def _names(entry: AgencyScore) -> float:
    """Return about how many bytes the drawings and lists of all criteria and areas take."""
    leaves = sum(_OF_A_LEAF + _more(leaf) for leaf in entry.leaves)
    return leaves + _OF_AN_AREA * sum(map(_more, entry.areas))


def _more(leaf: LeafScore | AreaScore) -> float:
    """Return about how many bytes the name of a criterion takes, in two places, beyond those that every one has."""
    return 2 * _LETTER * max(0, max(map(len, leaf.criterion.title.by_language().values())) - _TITLE)


def _weight(leaf: LeafScore) -> float:
    """Return about how many bytes the road of a criterion takes on a page, in the language that takes most."""
    exemption, steps = leaf.road.exemption, leaf.road.steps
    said = [exemption.reason if exemption else None]
    for step in steps:
        said += [step.line.not_applicable, step.line.explanation, step.line.reason]
        said += [step.amendment.reason] if step.amendment else []
    texts = [max(text.by_language().values(), key=len) for text in said if text]
    documents = [one.number + (one.issuer or "") for step in steps for one in step.line.evidence]
    groups = len(leaf.survey.parts) if leaf.survey else 0
    parts = _STEP * len(steps) + _TEXT * len(texts) + _DOCUMENT * len(documents) + _GROUP * groups
    return _LEAF + parts + _LETTER * sum(map(len, texts + documents))


def _ranks(scene: Scene, slug: str) -> str:
    best, worst = (None, None) if scene.results.provisional else scene.figures.open_ranks.get(slug, (None, None))
    return rank_text(best) if best == worst else scene.words("word.range", low=best, high=worst)


def _interval(scene: Scene, slug: str) -> str:
    ends = scene.interval(slug)
    return "" if ends is None else scene.words("word.range", low=ends[0], high=ends[1])


def part_view(scene: Scene, part: Subtotal) -> PartView:
    """Return points, what they are of, and their share."""
    return PartView(
        points=scene.points(part.points),
        out_of=scene.points(part.out_of),
        width=width(part.index),
        counts=part.out_of > 0,
    )


def _area(scene: Scene, entry: AgencyScore, area: AreaScore, leaves: dict[str, LeafView]) -> AreaView:
    standing = scene.figures.areas.get(area.criterion.code)
    return AreaView(
        code=area.criterion.code,
        title=scene.of(area.criterion.title),
        points=scene.points(area.points),
        out_of=scene.points(area.out_of),
        index=scene.index(area.index),
        width=width(area.index),
        median=scene.index(standing.median) if standing else "–",
        best=scene.index(standing.best) if standing else "–",
        state=area_state(scene, entry, area),
        leaves=tuple(leaves[code] for code in area.criterion.leaves),
    )


def area_state(scene: Scene, entry: AgencyScore, area: AreaScore) -> str:
    """Say what an area's cell shows: its index, nothing yet, a bonus alone, or nothing that applies."""
    if area.index is not None:
        return "index"
    own = [leaf for leaf in entry.leaves if leaf.criterion.code in area.criterion.leaves]
    if any(leaf.outstanding for leaf in own):
        return "open"
    bonus = all(is_bonus(scene.year.criteria[code]) for code in area.criterion.leaves)
    return "bonus" if bonus and any(leaf.applicable for leaf in own) else "none"


def leaf_view(scene: Scene, leaf: LeafScore) -> LeafView:
    """Return one criterion of one agency as pages show it."""
    reason, exemption = loss_reason(leaf), leaf.road.exemption
    return LeafView(
        code=leaf.criterion.code,
        title=scene.of(leaf.criterion.title),
        points=scene.points(leaf.points),
        out_of="" if is_bonus(leaf.criterion) else scene.points(leaf.out_of),
        lost=scene.points(leaf.lost),
        is_lost=leaf.lost > 0,
        state=_state(leaf),
        reason=scene.of(reason),
        why=_why(scene, leaf, reason),
        stage=decided_text(leaf, scene.labels),
        body=scene.body_short((leaf.road.deciding and leaf.road.deciding.line.by) or leaf.criterion.monitor),
        exemption="" if exemption is None else _exempt(scene, scene.of(exemption.reason), leaf),
        steps=tuple(_step(scene, leaf, step) for step in leaf.road.steps),
        groups=_groups(scene, leaf),
    )


def _why(scene: Scene, leaf: LeafScore, reason: Text | None) -> str:
    """Return in short why a leaf has its points, and what a limit of bonuses gave back of a penalty."""
    why = scene.of(reason.brief) if reason else _facts_behind(scene, leaf)
    spared = {"why": why.rstrip("."), "spared": scene.points(leaf.cut)}
    return scene.words("fact.spared", **spared) if leaf.cut > 0 else why


def _facts_behind(scene: Scene, leaf: LeafScore) -> str:
    step = leaf.road.deciding
    if step is not None and step.standing is not None:
        return scene.words("fact.standing", text=answer_text(leaf.criterion.rule, step.standing, scene.labels))
    means = {part.group: part.mean for part in leaf.survey.parts if part.mean is not None} if leaf.survey else {}
    counted = [group for group in _groups(scene, leaf) if not group.left_out and group.id in means]
    shown = [group for group in counted if not group.hidden]
    if shown:
        least = min(shown, key=lambda group: means[group.id])
        all_or_some = "fact.survey-least" if shown == counted else "fact.survey-least-shown"  # the hidden may be lower
        return scene.words(all_or_some if shown[1:] else "fact.survey", group=least.title, mean=least.mean)
    if counted:
        return scene.words("fact.survey-hidden")
    if step is None:
        return decided_text(leaf, scene.labels)
    own = any(one.kind == "claim" and one.value == step.value for one in leaf.road.steps)
    return scene.words("fact.own" if own else "fact.unsaid")


def _exempt(scene: Scene, reason: str, leaf: LeafScore) -> str:
    document = scene.document(leaf.road.exemption.document) if leaf.road.exemption else ""
    return f"{reason} ({document})" if document else reason


def _state(leaf: LeafScore) -> str:
    if leaf.outstanding:
        return "open"
    if not leaf.applicable:
        return "none"
    if leaf.lost > 0 or leaf.cut > 0:  # a penalty too
        return "lost"
    return "bonus" if is_bonus(leaf.criterion) and leaf.points else "full"


def _step(scene: Scene, leaf: LeafScore, step: Step) -> Fields:
    return {
        "title": stage_text(step.stage, scene.labels),
        "value": "" if step.value is None else scene.value(step.value),
        "decides": step is leaf.road.deciding and leaf.road.exemption is None,
        "facts": tuple(_facts(scene, leaf, step)),
        # Each document, and where its file is; nothing where there is none.
        "evidence": tuple((scene.document(one), scene.file(leaf.road.agency, one)) for one in step.line.evidence),
        "amendment": None if step.amendment is None else amendment_view(scene, step.amendment),
        "place": scene.place(step.amendment.source if step.amendment else step.line.source),  # file, line and commit
    }


def _facts(scene: Scene, leaf: LeafScore, step: Step) -> Iterator[tuple[str, str]]:
    line, rule = step.line, leaf.criterion.rule
    own = line.answer if line.criterion == leaf.criterion.code else None
    answer = rule.answer(own)[0] if rule is not None and own is not None else None
    told = {
        "answer": answer_text(rule, answer, scene.labels) if own is not None else "",
        "worked": rule.worked(answer, scene.labels) if rule is not None else "",
        "asked": scene.points(line.score) if step.kind == "explain" and line.score is not None else "",
        "not-applicable": scene.of(line.not_applicable),
        "explanation": scene.of(line.explanation),
        "reason": scene.of(line.reason),
        "by": scene.body(line.by),
        "request": scene.words("word.yes") if line.request else "",
    }
    yield from ((scene.words(f"fact.{key}"), text) for key, text in told.items() if text)


def amendment_view(scene: Scene, amendment: Amendment) -> Fields:
    """Return what corrected a line."""
    return {
        "number": amendment.number,
        "reason": scene.of(amendment.reason),
        "decision": scene.document(amendment.decision),
    }


def forms_text(scene: Scene, group: str, valid: int | None) -> str:
    """Return how many valid forms a group gave; of a group too small to show, only that."""
    if valid is None:
        return "–"
    if scene.year.survey and is_small(scene.year, group, valid):
        return scene.words("survey.fewer", least=scene.year.survey.shown_from(group))
    return str(valid)


def _groups(scene: Scene, leaf: LeafScore) -> tuple[GroupView, ...]:
    return tuple(_group(scene, part, leaf.criterion.code) for part in leaf.survey.parts) if leaf.survey else ()


def _group(scene: Scene, part: GroupPart, criterion: str) -> GroupView:
    hidden = not scene.figures.disclosure.shows_part(part.group, part.counts.agency, criterion)
    mean = None if part.mean is None or hidden else fixed(percent(part.mean), 2)
    return GroupView(
        id=part.group,
        title=scene.group(part.group),
        points=scene.points(None if hidden else part.points),
        out_of=scene.points(part.out_of),
        mean="–" if mean is None else scene.labels.number(mean),
        forms=forms_text(scene, part.group, valid_forms(part.counts)),
        left_out="" if part.left_out is None else scene.labels.text(f"explain.left-out.{part.left_out}"),
        hidden=hidden,
        place=scene.place(part.counts.source),
    )
