"""A year's result as pages show it: the sentence, the ranking, areas beside agencies, approvals and corrections."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from decimal import Decimal
from fractions import Fraction

from pipeline.core.ground.templates import Fields
from pipeline.core.index.analysis.findings import findings
from pipeline.core.index.analysis.league import lead
from pipeline.core.index.analysis.sentences import told
from pipeline.core.index.scoring import AgencyScore, from_survey
from pipeline.core.index.words import rank_text, stage_text, warnings
from pipeline.core.publish.charts.from_results import heat
from pipeline.core.publish.scene import Scene, width
from pipeline.core.publish.site.agencies import AgencyView, agency_view, area_state
from pipeline.core.record.layout import STAGE, place
from pipeline.core.record.model import Amendment, ApprovedRow, Grade, Replacement, Withdrawal
from pipeline.core.record.stages import SURVEY


@dataclass(frozen=True, slots=True)
class CellView:
    """One agency in one area."""

    text: str
    width: str
    state: str
    is_best: bool
    heat: str  # its shade, by the grades of the year


@dataclass(frozen=True, slots=True)
class AreaRow:
    """One area beside all agencies, in the order of the ranking."""

    code: str
    title: str
    cells: tuple[CellView, ...]
    median: str


@dataclass(frozen=True, slots=True)
class ApprovedRowView:
    """One agency in an approved table; `before` are its figures in the table before, where they were others."""

    name: str
    points: str
    out_of: str
    index: str
    rank: str
    grade: str
    before: ApprovedRowView | None

    @property
    def changed(self) -> bool:
        """Tell whether an approval changed the agency's figures."""
        return self.before is not None


@dataclass(frozen=True, slots=True)
class ApprovalView:
    """One decision that approved the results, with its table in the order of its ranks."""

    decision: str
    publish_from: str
    reason: str
    rows: tuple[ApprovedRowView, ...]

    @property
    def changes(self) -> tuple[ApprovedRowView, ...]:
        """Return the agencies whose figures it changed."""
        return tuple(row for row in self.rows if row.changed)


@dataclass(frozen=True, slots=True)
class AgencyGroupView:
    """One group of agencies."""

    id: str
    title: str
    count: int
    five: tuple[str, ...]  # lowest index, first quartile, median, third quartile, highest
    places: tuple[int, ...]  # of its agencies in the ranking of the year, from 0
    among: Mapping[str, int]  # by slug the place in the group; nobody's while the year is provisional


@dataclass(frozen=True, slots=True)
class YearFace:
    """What every page of a year needs: nothing that changes with the points of one agency."""

    name: str
    told: str  # what people call it
    title: str
    period: str
    count: int  # of its agencies
    provisional: bool
    approved: str
    banners: tuple[str, ...]
    grades: tuple[tuple[str, str], ...]  # title, index it begins at
    heats: tuple[tuple[str, str], ...]  # shades of the areas' table, and what each means
    surveyed: bool  # whether anything of the index comes from a survey
    decisions: tuple[str, ...]  # that approved the results
    corrections: tuple[Fields, ...]
    notices: tuple[Fields, ...]


@dataclass(frozen=True, slots=True)
class YearView(YearFace):
    """What the pages about a whole year need."""

    headline: str
    sure: str  # how certain it is who leads
    findings: tuple[str, ...]  # what headline and league table do not say already, the most important first
    agencies: tuple[AgencyView, ...]
    groups: tuple[AgencyGroupView, ...]  # of agencies
    areas: tuple[AreaRow, ...]
    approvals: tuple[ApprovalView, ...]

    def face(self) -> YearFace:
        """Return what pages about something else in the year need."""
        return YearFace(*(getattr(self, one.name) for one in fields(YearFace)))


def year_view(scene: Scene) -> YearView:
    """Return a year as its pages show it."""
    year, results = scene.year, scene.results
    cycle = year.cycle
    return YearView(
        name=year.name,
        told=scene.called,
        title=scene.of(cycle.title),
        period=scene.words("year.period", opens=scene.day(cycle.period_from), closes=scene.day(cycle.period_to)),
        count=len(results.agencies),
        headline=headline(scene),
        sure=_sure(scene),
        provisional=results.provisional,
        findings=tuple(_findings(scene)),
        approved=_approved(scene),
        banners=banners(scene),
        grades=tuple((scene.of(grade.title), scene.labels.number(grade.from_index)) for grade in cycle.grades),
        agencies=tuple(agency_view(scene, entry) for entry in results.agencies),
        groups=tuple(_group_views(scene)),
        areas=tuple(_area_row(scene, area.criterion.code) for one in results.agencies[:1] for area in one.areas),
        heats=tuple((heat(year, Fraction(grade.from_index)), _from(scene, grade)) for grade in cycle.grades),
        surveyed=any(map(from_survey, year.leaves())),
        decisions=tuple(scene.document(one.decision) for one in year.approvals),
        approvals=tuple(approval_view(scene, place) for place in range(len(year.approvals))),
        corrections=tuple(correction_view(scene, amendment) for amendment in year.amendments),
        notices=tuple(_notices(scene)),
    )


def _group_views(scene: Scene) -> Iterator[AgencyGroupView]:
    order = {entry.agency.slug: place for place, entry in enumerate(scene.results.agencies)}
    for one in scene.figures.groups:
        yield AgencyGroupView(
            id=one.group.id,
            title=scene.of(one.group.title),
            count=len(one.entries),
            five=tuple(map(scene.index, one.five or [None] * 5)),
            places=tuple(order[entry.agency.slug] for entry in one.entries),
            among={} if scene.results.provisional else one.places,
        )


TIED = 4  # agencies at one end of the ranking that the headline names


def _findings(scene: Scene) -> Iterator[str]:
    if scene.thresholds is None:
        return
    for sentence in findings(scene.results, scene.thresholds, scene.figures.open_ranks, scene.figures.robustness):
        yield told(sentence, scene.labels)


def _from(scene: Scene, grade: Grade) -> str:
    limit = scene.words("year.from", index=scene.labels.number(grade.from_index))
    return f"{scene.of(grade.title)} {limit}"


def banners(scene: Scene) -> tuple[str, ...]:
    """Return what must stand on every page of a year: made-up figures, incomplete, or not published yet."""
    draft = () if scene.published else (scene.words("year.draft"),)
    return (*warnings(scene.results, scene.labels), *draft)


def beside(view: YearView, place: int) -> tuple[AgencyView, ...]:
    """Return the agencies right above and right below one in the ranking, with whom it is compared first."""
    return (*view.agencies[max(0, place - 1) : place], *view.agencies[place + 1 : place + 2])


def headline(scene: Scene) -> str:
    """Return who stands first and last, and how far apart."""
    ends = None if scene.results.provisional else lead(scene.results)
    if ends is None:
        return scene.words("year.provisional" if scene.results.provisional else "year.no-ranking")
    first, last = (
        scene.labels.named([scene.of(one.agency.name) for one in own], most=TIED) for own in (ends.first, ends.last)
    )
    key = "year.headline-one" if ends.ranked == 1 else "year.headline" if ends.gap else "year.headline-equal"
    return scene.words(
        key,
        first=first,
        index=scene.index(ends.first[0].index),
        last=last,
        gap=scene.labels.number(ends.gap),
        count=ends.ranked,
    )


def _sure(scene: Scene) -> str:
    """Say who may stand first within survey error; nothing where no error was estimated, or nobody is ranked."""
    best = {slug: ranks[0] for slug, ranks in scene.figures.open_ranks.items()}
    first = [scene.of(one.agency.name) for one in scene.results.agencies if best.get(one.agency.slug) == 1]
    if not first or scene.results.provisional:
        return ""
    return scene.words("year.sure") if len(first) == 1 else scene.words("year.unsure", first=scene.labels.named(first))


def _approved(scene: Scene) -> str:
    approvals = scene.year.approvals
    if not approvals:
        return scene.words("year.not-approved")
    first, last = approvals[0], approvals[-1]
    return scene.words(
        "year.approved" if len(approvals) == 1 else "year.approved-again",
        decision=scene.document(last.decision),
        first=scene.document(first.decision),
        day=scene.day(scene.year.public_from),
    )


def _area_row(scene: Scene, code: str) -> AreaRow:
    standing = scene.figures.areas.get(code)
    best = standing.best_agencies if standing else frozenset()
    criterion = scene.year.criteria[code]
    return AreaRow(
        code=code,
        title=scene.of(criterion.title),
        cells=tuple(_cell(scene, entry, code, best) for entry in scene.results.agencies),
        median=scene.index(standing.median) if standing else "–",
    )


def _cell(scene: Scene, entry: AgencyScore, code: str, best: frozenset[str]) -> CellView:
    area = next(area for area in entry.areas if area.criterion.code == code)
    state = area_state(scene, entry, area)
    texts = {"index": scene.index(area.index), "bonus": scene.points(area.points)}
    text = texts.get(state, "–")
    is_best = entry.agency.slug in best and len(best) < len(scene.year.agencies)
    return CellView(text, width(area.index), state, is_best, heat(scene.year, area.index))


def approval_view(scene: Scene, place: int, slug: str | None = None) -> ApprovalView:
    """Return one of a year's approvals, each agency's figures beside those of the approval before, or those of one."""
    approvals = scene.year.approvals
    table = approvals[place]
    before = approvals[place - 1].by_agency if place else {}
    wanted = table.rows if slug is None else [table.by_agency[slug]] if slug in table.by_agency else ()
    rows = sorted(wanted, key=lambda row: (row.rank is None, row.rank or 0, row.agency))
    return ApprovalView(
        decision=scene.document(table.decision),
        publish_from=scene.labels.date(table.publish_from),
        reason=scene.of(table.reason),
        rows=tuple(_approved_row(scene, row, before.get(row.agency)) for row in rows),
    )


def _approved_row(scene: Scene, row: ApprovedRow, before: ApprovedRow | None) -> ApprovedRowView:
    year = scene.year
    figures = None if before is None else (before.points, before.out_of, before.index, before.rank, before.grade)
    is_changed = figures is not None and figures != (row.points, row.out_of, row.index, row.rank, row.grade)
    agency = year.agencies.get(row.agency)
    titles = {grade.id: scene.of(grade.title) for grade in year.cycle.grades}
    return ApprovedRowView(
        name=scene.of(agency.name) if agency else row.agency,
        points=scene.points(Decimal(row.points)),
        out_of=scene.points(Decimal(row.out_of)),
        index=scene.index(None if row.index is None else Decimal(row.index)),
        rank=rank_text(row.rank),
        grade="–" if row.grade is None else titles.get(row.grade, row.grade),
        before=_approved_row(scene, before, None) if before is not None and is_changed else None,
    )


def correction_view(scene: Scene, amendment: Amendment) -> Fields:
    """Return an amendment as pages tell it."""
    line, survey = amendment.line, amendment.stage == SURVEY
    after = ""
    if line is not None:
        after = scene.value("not-applicable" if line.not_applicable else line.score)
    what = scene.group(amendment.group or "") if survey else scene.criterion_title(amendment.criterion or "")
    return {
        "number": amendment.number,
        "day": scene.day(amendment.decision.date),
        "stage": stage_text(amendment.stage, scene.labels),
        "agency": scene.agency_short(amendment.agency),
        "slug": amendment.agency,
        "code": amendment.criterion or "",
        "what": what,
        "before": "" if survey else _expected(scene, amendment.expect),
        "after": after,
        "reason": scene.of(amendment.reason),
        "decision": scene.document(amendment.decision),
    }


def _notices(scene: Scene) -> Iterator[Fields]:
    """Yield what was replaced as a whole, and then what was withdrawn."""
    corrections: tuple[Replacement | Withdrawal, ...] = (*scene.year.replacements, *scene.year.withdrawals)
    for one in corrections:
        told = {"number": one.number, "day": scene.day(one.decision.date)}
        if isinstance(one, Replacement):
            title = scene.words("history.replacement", what=_replaced(scene, one.path), **told)
        else:
            title = scene.words("history.withdrawal", withdraws=one.withdraws, **told)
        yield {
            "number": one.number,
            "title": title,  # what it did, and when
            "reason": scene.of(one.reason),
            "decision": scene.document(one.decision),
        }


def _replaced(scene: Scene, path: str) -> str:
    """Return what a file is called in public: its stage and agency, or what the rules or the survey are called."""
    target = place(path)
    if target is None:
        return ""
    kind = target.stage if target.kind == STAGE else None
    rules = target.kind in ("cycle", "agencies", "criteria")
    what = stage_text(kind, scene.labels) if kind else scene.labels.text(f"diff.right.{'rules' if rules else SURVEY}")
    agency = scene.year.agencies.get(target.agency or "")
    return f"{what}, {scene.of(agency.name)}" if agency else what


def _expected(scene: Scene, expect: str) -> str:
    words = {"not_applicable": scene.labels.text("word.not-applicable"), "none": "–"}
    return words[expect] if expect in words else scene.points(Decimal(expect))
