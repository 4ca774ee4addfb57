"""What all documents share: head, signature and recipients of the official form, and figures as its prose writes them.

The form is that of Decree 30/2020/NĐ-CP; margins, fonts and places on the page stand in the Word templates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Final, TypeAlias

from pipeline.core.ground.numbers import fixed
from pipeline.core.ground.problems import ParindexError
from pipeline.core.ground.text import Text
from pipeline.core.index.scoring import LeafScore, Results, Value, score
from pipeline.core.index.words import warnings
from pipeline.core.publish.charts.chart import Chart
from pipeline.core.publish.identity_words import authority_text
from pipeline.core.publish.scene import Scene
from pipeline.core.record.model import Agency, Body, Criterion, Reference, World, Year

Fields: TypeAlias = Mapping[str, object]

# The abbreviation in a document's number -> the kind of document (Decree 30/2020/NĐ-CP, annex III).
_KINDS: Final[Mapping[str, str]] = {
    "BB": "minutes",
    "BC": "report",
    "CT": "directive",
    "HD": "guidance",
    "KH": "plan",
    "NQ": "resolution",
    "NĐ": "decree",
    "QĐ": "decision",
    "TB": "notice",
    "TT": "circular",
    "TTr": "submission",
}
_LONG: Final = re.compile(r"(?<![\d.,])\d{4,}(?![\d])")
_YEAR: Final = re.compile(r"(?<=năm) (?=\d{4}\b)")  # a year stays with its word on one line
_TAIL: Final = re.compile(r"(?<!\s)\s*\([^()]*\)$")


@dataclass(frozen=True, slots=True)
class ReportRequest:
    """One document that somebody asked for: its kind and year, the agency it is of, its number and day if it has them.

    `world` has the other years and the thresholds; `commit` is where the data was read, None of loose files.
    """

    scene: Scene
    world: World
    kind: str
    agency: Agency | None = None
    number: str | None = None
    date: str | None = None
    commit: str | None = None

    @property
    def year(self) -> Year:
        """Return the year's records."""
        return self.scene.year

    @property
    def own(self) -> Agency:
        """Return the agency that a document of one agency is of; the flow has seen to it that there is one."""
        assert self.agency is not None
        return self.agency

    def words(self, key: str, /, **figures: object) -> str:
        """Return words of the documents."""
        return self.scene.labels.text(f"report.{key}", **figures)

    def listed(self, parts: Iterable[str]) -> str:
        """Return a list in prose."""
        return self.scene.labels.listed(parts)

    def named(self, criterion: Criterion) -> str:
        """Return a criterion by its code and title."""
        return self.words("index.criterion", code=criterion.code, title=self.of(criterion.title))

    def of(self, text: Text | None) -> str:
        """Return a text of the data."""
        return self.scene.of(text)


def missing(asked: ReportRequest, what: str, **figures: str) -> ParindexError:
    """Return the one line that says what a document still lacks."""
    reason = asked.words(f"lacks.{what}", **figures)
    return ParindexError("report-not-ready", kind=asked.kind, year=asked.year.name, reason=reason)


# --- figures as prose writes them -----------------------------------------------------------------------------------


def long_day(asked: ReportRequest, iso: str | None) -> str:
    """Return a day as the head of a document writes it, with dots to fill in where there is none.

    Days below 10 and the months 1 and 2 get a leading zero (Decree 30/2020/NĐ-CP, annex I).
    """
    if not iso:
        return asked.words("day-open")
    year, month, day = iso.split("-")
    short = month if month in {"01", "02"} else str(int(month))
    return asked.words("day", day=int(day), month=short, year=year, name=asked.scene.labels.text(f"month.{month}"))


def count(asked: ReportRequest, number: int) -> str:
    """Return a count as official Vietnamese writes it: below 10 with a leading zero."""
    return asked.scene.labels.formal_count(number)


def grouped(text: str, asked: ReportRequest) -> str:
    """Return a text of figures with the thousands of its whole numbers apart, as Vietnamese print does."""
    return _LONG.sub(lambda found: asked.scene.labels.grouped(int(found[0])), text)


def leaf_points(asked: ReportRequest, leaf: LeafScore | None) -> str:
    """Return a leaf's points, or that nothing stands yet, or that it does not apply."""
    if leaf is None or leaf.outstanding:
        return "…"
    return asked.scene.points(leaf.points) if leaf.applicable else asked.words("index.na")


def whole_percent(asked: ReportRequest, value: Fraction | None, decimals: int = 1) -> str:
    """Return a percentage with few decimals, for prose; a dash where there is none."""
    return "–" if value is None else asked.scene.labels.number(fixed(value, decimals))


# --- documents that are cited ---------------------------------------------------------------------------------------


def title_of(asked: ReportRequest) -> str:
    """Return the year's title; the mark of made-up figures, which has its own place, is taken off its end."""
    title = _YEAR.sub("\N{NO-BREAK SPACE}", asked.of(asked.year.cycle.title))
    return _TAIL.sub("", title) if asked.year.cycle.illustrative else title


def cited(asked: ReportRequest, reference: Reference, *, titled: bool = True) -> str:
    """Return a document as another one cites it: kind, number, day, issuer, and what it is about."""
    symbol = reference.number.rpartition("/")[2].partition("-")[0]
    kind = asked.words(f"kind.{_KINDS.get(symbol, 'letter')}")
    text = asked.words("cited", kind=kind, number=reference.number, day=long_day(asked, reference.date))
    issuer = asked.scene.body(reference.issuer)
    if issuer:
        text = asked.words("cited-of", document=text, issuer=issuer)
    about = _told_in(asked, reference.title) if titled else ""
    if about.casefold().startswith(kind.casefold() + " "):
        return f"{text} {about[len(kind) + 1 :]}"
    return asked.words("cited-about", document=text, about=_lower_first(about)) if about else text


def _told_in(asked: ReportRequest, text: Text | None) -> str:
    """Return a title in the document's language; one that was never written in it is left out."""
    return asked.of(text) if text is not None and text.has(asked.scene.labels.language) else ""


def capital(text: str) -> str:
    """Return what begins a cell or a line with its first letter in capitals."""
    return text[:1].upper() + text[1:]


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:] if text[1:2].islower() else text


def abbreviations(asked: ReportRequest) -> str:
    """Return what the agencies' short names stand for; nothing where all names are short."""
    pairs = ((asked.of(e.agency.short), asked.of(e.agency.name)) for e in asked.scene.results.agencies)
    names = [asked.words("abbreviation", short=short, name=name) for short, name in pairs if short != name]
    return asked.words("abbreviations", names="; ".join(names)) if names else ""


def level(asked: ReportRequest, code: str) -> str:
    """Return what a code names: an area or a criterion."""
    known = asked.year.criteria.get(code)
    key = "own-area" if known is not None and known.parent is None else "own-criterion"
    return asked.words(key, code=code)


def legal_basis(asked: ReportRequest, more: Iterable[str] = ()) -> list[str]:
    """Return what a document rests on, one line each, as it stands after the word "Căn cứ"."""
    return [*(cited(asked, reference) for reference in asked.year.cycle.legal_basis), *more]


# --- head, signature, recipients ------------------------------------------------------------------------------------


def head(asked: ReportRequest, symbol: str, *, article: int | None = None) -> dict[str, object]:
    """Return what the official form asks of every document.

    Args:
        asked: the document.
        symbol: the abbreviation of its kind, empty for a letter.
        article: the last article of a decision, whose readers its first recipient names.

    Raises:
        ParindexError: nobody is known to issue this kind, or nothing says who signs it.
    """
    signing = asked.year.cycle.documents.get(asked.kind)
    if signing is None:
        raise missing(asked, "signer", path=asked.year.cycle.source.path)
    superior, issuer, own, place = _issuer(asked)
    marks = tuple(warnings(asked.scene.results, asked.scene.labels))  # which stand on every page
    number = asked.number or asked.words("number-open", symbol="-".join(part for part in (symbol, own) if part))
    return {
        "superior": _capitals(asked, superior),
        "issuer": _capitals(asked, issuer),
        "issuer_name": issuer,
        "number": number,
        "place_and_day": asked.words("place-and-day", place=place, day=long_day(asked, asked.date)),
        "day": long_day(asked, asked.date),
        "title": title_of(asked),
        "year": asked.year.name[:4],
        "basis": legal_basis(asked),
        "plan": cited(asked, asked.year.cycle.legal_basis[-1]) if asked.year.cycle.legal_basis else "",
        "mark": "\n".join(marks),
        "header_mark": " · ".join(mark.partition(":")[0] for mark in marks),
        "signer": asked.of(signing.signer),
        "recipients": _recipients(asked, [asked.of(text) for text in signing.recipients], article),
        "period_from": asked.scene.day(asked.year.cycle.period_from),
        "period_to": asked.scene.day(asked.year.cycle.period_to),
        "commit": (asked.commit or "–")[:12],
    }


def _capitals(asked: ReportRequest, name: str) -> str:
    """Return a name in capitals, which breaks before the words that name its place or its superior, not in them."""
    whose, labels = asked.scene.identity, asked.scene.labels
    level = labels.text(f"identity.level.{whose.level}", name="").strip() if whose.level else ""
    unbroken = asked.words("unbroken", authority=authority_text(whose, labels), level=level)
    found = (name.casefold().find(words) for words in unbroken.casefold().split("|") if words)
    at = next((place for place in found if place > 0), len(name))
    return (name[:at] + name[at:].replace(" ", "\N{NO-BREAK SPACE}")).upper()


def issuing(asked: ReportRequest) -> Body:
    """Return the body that issues this kind of document.

    Raises:
        ParindexError: nobody is known to.
    """
    for body in asked.scene.bodies.values():
        if asked.kind in body.issues:
            return body
    raise missing(asked, "issuer")


def _issuer(asked: ReportRequest) -> tuple[str, str, str, str]:
    """Return the superior's name, the issuer's, its abbreviation and its place."""
    bodies = asked.scene.bodies
    if asked.kind == "self-assessment" and asked.agency is not None:
        agency = asked.agency
        place = next((asked.of(body.place) for body in bodies.values() if body.place is not None), "")
        return asked.of(agency.superior), asked.of(agency.name), agency.symbol or "…", place
    body = issuing(asked)
    superior = bodies.get(body.superior.main) if body.superior else None
    above = asked.of(superior.name) if superior else asked.of(body.superior)
    return above, asked.of(body.name), body.symbol or "…", asked.of(body.place)


def _recipients(asked: ReportRequest, names: list[str], article: int | None) -> list[str]:
    if article is not None and names and names[0] == asked.words("as-above"):
        names = [asked.words("as-in-article", article=article), *names[1:]]
    return [f"{name}{'.' if name == names[-1] else ';'}" for name in names]


def issued(asked: ReportRequest, reference: Reference | None) -> ReportRequest:
    """Return the document with the number and day of the one that was signed, where none were asked for."""
    if reference is None or asked.number is not None or asked.date is not None:
        return asked
    return replace(asked, number=reference.number, date=reference.date)


def value_text(asked: ReportRequest, value: Value) -> str:
    """Return what a stage said of a criterion: points, that it does not apply, or a dash for nothing."""
    return asked.scene.points(value) if isinstance(value, Decimal) else asked.words("na") if value else "–"


# --- what scoring gave on a day -------------------------------------------------------------------------------------


def results_on(year: Year, day: str | None) -> Results:
    """Return the year's results with the corrections that were decided up to a day; all of them where it is None."""
    if day is None:
        return score(year)
    known = tuple(one for one in year.amendments if one.decision.date is not None and one.decision.date <= day)
    return score(replace(year, amendments=known))


# --- tables ---------------------------------------------------------------------------------------------------------


def tree_rows(
    asked: ReportRequest, cells: Callable[[Criterion], Mapping[str, object] | None], *, among: Iterable[Criterion]
) -> Iterator[dict[str, object]]:
    """Yield a table's rows in code order: a line for each criterion that has others below it, then those with cells.

    Args:
        asked: the document.
        cells: what stands in the columns of a leaf; None leaves it out, and a parent that would stand alone with it.
        among: the leaves.
    """
    told: set[str] = set()
    for leaf in among:
        own = cells(leaf)
        if own is None:
            continue
        above = [one for one in asked.year.upwards(leaf.code) if one is not leaf and one.code not in told]
        for parent in reversed(above):
            told.add(parent.code)
            yield {"parent": True, "code": parent.code, "title": asked.of(parent.title)}
        yield {"parent": False, "code": leaf.code, "title": asked.of(leaf.title), **own}


# --- figures --------------------------------------------------------------------------------------------------------


def caption(title: str) -> str:
    """Return a figure's title whose last words stay together, so that no unit stands alone on a line."""
    return "\N{NO-BREAK SPACE}".join(title.rsplit(" ", 1))


def chart_fields(charts: Mapping[str, Chart], about: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the words around each figure of a template, all empty where it is not drawn.

    Args:
        charts: what is drawn, by name.
        about: by the names that the template has, what is said before the figure's note.
    """
    return {
        name: {
            "title": caption(charts[name].title) if name in charts else "",
            "note": charts[name].note if name in charts else "",
            "about": words if name in charts else "",
        }
        for name, words in about.items()
    }
