"""What all documents share: head, signature and recipients of the official form, and figures as its prose writes them.

The form is that of Decree 30/2020/NĐ-CP; margins, fonts and places on the page stand in the Word templates.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from typing import Any, Final

from pipeline.core.ground.labels import MOST_NAMED
from pipeline.core.ground.numbers import fixed
from pipeline.core.ground.problems import ParindexError
from pipeline.core.ground.text import Text
from pipeline.core.index.scoring import AgencyScore, LeafScore, Results, Value, score
from pipeline.core.index.words import limit_text, warnings
from pipeline.core.publish.charts.chart import Chart
from pipeline.core.publish.identity_words import authority_text
from pipeline.core.publish.scene import Scene
from pipeline.core.record.layout import path_of
from pipeline.core.record.model import Agency, Body, Criterion, Reference, World, Year

MOST_TOLD: Final = 8  # agencies that a report tells one by one

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

    `world` has the other years and the thresholds; `commit` is where the data was read, None of loose files; `charts`
    are its figures by name.
    """

    scene: Scene
    world: World
    kind: str
    agency: Agency | None = None
    number: str | None = None
    date: str | None = None
    commit: str | None = None
    charts: Mapping[str, Chart] = field(default_factory=dict)

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

    def columns(self, table: str) -> list[str]:
        """Return the heads of a table's columns."""
        return self.words(f"index.columns.{table}").split("|")

    def listed(self, parts: Iterable[str]) -> str:
        """Return a list in prose."""
        return self.scene.labels.listed(parts)

    @property
    def are_many(self) -> bool:
        """Tell whether the agencies are too many to be told one by one: each has an annex, and tables short names."""
        return len(self.scene.results.agencies) > MOST_TOLD

    def called(self, agency: Agency) -> str:
        """Return an agency's name as tables have it."""
        return self.of(agency.short if self.are_many else agency.name)

    def agencies(self, names: Sequence[str], *, most: int = MOST_NAMED) -> str:
        """Return names of agencies as prose lists them; the rest of many is counted."""
        return self.scene.labels.named(names, most=most, formal=True)

    def named(self, criterion: Criterion) -> str:
        """Return a criterion by its code and title."""
        return self.words("index.criterion", code=criterion.code, title=self.of(criterion.title))

    def of(self, text: Text | None) -> str:
        """Return a text of the data."""
        return self.scene.of(text)

    def missing(self, what: str, **figures: str) -> ParindexError:
        """Return the one line that says what a document still lacks."""
        reason = self.words(f"lacks.{what}", kind=self.kind, **figures)
        return ParindexError("report-not-ready", kind=self.kind, year=self.year.name, reason=reason)

    # --- figures as prose writes them -----------------------------------------------------------------------------

    def long_day(self, iso: str | None) -> str:
        """Return a day as the head of a document writes it, with dots to fill in where there is none.

        Days below 10 and the months 1 and 2 get a leading zero (Decree 30/2020/NĐ-CP, annex I).
        """
        if not iso:
            return self.words("day-open")
        year, month, day = iso.split("-")
        short = month if month in {"01", "02"} else str(int(month))
        return self.words("day", day=int(day), month=short, year=year, name=self.scene.labels.text(f"month.{month}"))

    def count(self, number: int) -> str:
        """Return a count as official Vietnamese writes it: below 10 with a leading zero."""
        return self.scene.labels.formal_count(number)

    def grouped(self, text: str) -> str:
        """Return a text of figures with the thousands of its whole numbers apart, as Vietnamese print does."""
        return _LONG.sub(lambda found: self.scene.labels.grouped(int(found[0])), text)

    def leaf_points(self, leaf: LeafScore | None) -> str:
        """Return a leaf's points, or that nothing stands yet, or that it does not apply."""
        if leaf is None or leaf.outstanding:
            return "…"
        return self.scene.points(leaf.points) if leaf.applicable else self.words("index.na")

    def whole_percent(self, value: Fraction | None, decimals: int = 1) -> str:
        """Return a percentage with few decimals, for prose; a dash where there is none."""
        return "–" if value is None else self.scene.labels.number(fixed(value, decimals))

    # --- documents that are cited ---------------------------------------------------------------------------------

    def title_of(self) -> str:
        """Return the year's title; the mark of made-up figures, which has its own place, is taken off its end."""
        title = _YEAR.sub("\N{NO-BREAK SPACE}", self.of(self.year.cycle.title))
        return _TAIL.sub("", title) if self.year.cycle.illustrative else title

    def cited(self, reference: Reference, *, titled: bool = True) -> str:
        """Return a document as another one cites it: kind, number, day, issuer, and what it is about."""
        symbol = reference.number.rpartition("/")[2].partition("-")[0]
        kind = self.words(f"kind.{_KINDS.get(symbol, 'letter')}")
        text = self.words("cited", kind=kind, number=reference.number, day=self.long_day(reference.date))
        issuer = self.scene.body(reference.issuer)
        if issuer:
            text = self.words("cited-of", document=text, issuer=issuer)
        title = reference.title  # left out where it was never written in the document's language
        about = self.of(title) if titled and title is not None and title.has(self.scene.labels.language) else ""
        if about.casefold().startswith(kind.casefold() + " "):
            return f"{text} {about[len(kind) + 1 :]}"
        about = about[:1].lower() + about[1:] if about[1:2].islower() else about
        return self.words("cited-about", document=text, about=about) if about else text

    def abbreviations(self) -> str:
        """Return what the agencies' short names stand for; nothing where all names are short."""
        pairs = ((self.of(e.agency.short), self.of(e.agency.name)) for e in self.scene.results.agencies)
        names = [self.words("abbreviation", short=short, name=name) for short, name in pairs if short != name]
        return self.words("abbreviations", names="; ".join(names)) if names else ""

    def level(self, code: str) -> str:
        """Return what a code names: an area or a criterion."""
        known = self.year.criteria.get(code)
        key = "own-area" if known is not None and known.parent is None else "own-criterion"
        return self.words(key, code=code)

    def legal_basis(self, more: Iterable[str] = ()) -> list[str]:
        """Return what a document rests on, one line each, as it stands after the word "Căn cứ"."""
        return [*(self.cited(reference) for reference in self.year.cycle.legal_basis), *more]

    # --- head, signature, recipients ------------------------------------------------------------------------------

    def head(self, symbol: str, *, article: int | None = None) -> dict[str, object]:
        """Return what the official form asks of every document.

        Args:
            symbol: the abbreviation of its kind, empty for a letter.
            article: the last article of a decision, whose readers its first recipient names.

        Raises:
            ParindexError: nobody is known to issue this kind, or nothing says who signs it.
        """
        signing = self.year.signings.get(self.kind)
        if signing is None:
            kept = self.year.cycle.source.path if self.year.cycle.documents else path_of(self.year.name, "documents")
            raise self.missing("signer", path=kept)
        superior, issuer, own, place = self._issuer()
        marks = tuple(warnings(self.scene.results, self.scene.labels))  # which stand on every page
        number = self.number or self.words("number-open", symbol="-".join(part for part in (symbol, own) if part))
        return {
            "superior": self._capitals(superior),
            "issuer": self._capitals(issuer),
            "issuer_name": issuer,
            "number": number,
            "place_and_day": self.words("place-and-day", place=place, day=self.long_day(self.date)),
            "day": self.long_day(self.date),
            "title": self.title_of(),
            "year": self.year.name[:4],
            "basis": self.legal_basis(),
            "plan": self.cited(self.year.cycle.legal_basis[-1]) if self.year.cycle.legal_basis else "",
            "mark": "\n".join(marks),
            "header_mark": " · ".join(mark.partition(":")[0] for mark in marks),
            "signer": self.of(signing.signer),
            "recipients": self._recipients([self.of(text) for text in signing.recipients], article),
            "period_from": self.scene.day(self.year.cycle.period_from),
            "period_to": self.scene.day(self.year.cycle.period_to),
            "commit": (self.commit or "–")[:12],
        }

    def _capitals(self, name: str) -> str:
        """Return a name in capitals, which breaks before the words that name its place or its superior, not in them."""
        whose, labels = self.scene.identity, self.scene.labels
        level = labels.text(f"identity.level.{whose.level}", name="").strip() if whose.level else ""
        unbroken = self.words("unbroken", authority=authority_text(whose, labels), level=level)
        found = (name.casefold().find(words) for words in unbroken.casefold().split("|") if words)
        at = next((place for place in found if place > 0), len(name))
        return (name[:at] + name[at:].replace(" ", "\N{NO-BREAK SPACE}")).upper()

    def issuing(self) -> Body:
        """Return the body that issues this kind of document.

        Raises:
            ParindexError: nobody is known to.
        """
        for body in self.scene.bodies.values():
            if self.kind in body.issues:
                return body
        raise self.missing("issuer")

    def _issuer(self) -> tuple[str, str, str, str]:
        """Return the superior's name, the issuer's, its abbreviation and its place."""
        bodies = self.scene.bodies
        if self.kind == "self-assessment" and self.agency is not None:
            agency = self.agency
            place = next((self.of(body.place) for body in bodies.values() if body.place is not None), "")
            return self.of(agency.superior), self.of(agency.name), agency.symbol or "…", place
        body = self.issuing()
        superior = bodies.get(body.superior.main) if body.superior else None
        above = self.of(superior.name) if superior else self.of(body.superior)
        return above, self.of(body.name), body.symbol or "…", self.of(body.place)

    def _recipients(self, names: list[str], article: int | None) -> list[str]:
        if article is not None and names and names[0] == self.words("as-above"):
            names = [self.words("as-in-article", article=article), *names[1:]]
        return [f"{name}{'.' if name == names[-1] else ';'}" for name in names]

    def issued(self, reference: Reference | None) -> ReportRequest:
        """Return the document with the number and day of the one that was signed, where none were asked for."""
        if reference is None or self.number is not None or self.date is not None:
            return self
        return replace(self, number=reference.number, date=reference.date)

    def value_text(self, value: Value) -> str:
        """Return what a stage said of a criterion: points, that it does not apply, or a dash for nothing."""
        return self.scene.points(value) if isinstance(value, Decimal) else self.words("na") if value else "–"

    # --- tables ---------------------------------------------------------------------------------------------------

    def tree_rows(
        self, cells: Callable[[Criterion], Mapping[str, object] | None], *, among: Iterable[Criterion]
    ) -> Iterator[dict[str, object]]:
        """Yield a table's rows in code order: a line for each criterion that has others below, then those with cells.

        `cells`: what stands in the columns of a leaf; None leaves it out, and a parent that would stand alone.
        """
        told: set[str] = set()
        for leaf in among:
            own = cells(leaf)
            if own is None:
                continue
            above = [one for one in self.year.upwards(leaf.code) if one is not leaf and one.code not in told]
            for parent in reversed(above):
                told.add(parent.code)
                yield {"parent": True, "code": parent.code, "title": self.of(parent.title)}
            yield {"parent": False, "code": leaf.code, "title": self.of(leaf.title), **own}


def limit_rows(asked: ReportRequest, agencies: Sequence[AgencyScore]) -> Iterator[dict[str, Any]]:
    """Yield a row below the criteria for each limit of bonuses: what it cuts from the sum of each agency."""
    for number, limit in enumerate(asked.year.cycle.bonus_limits):
        cuts = [asked.scene.signed_points(entry.limited[number].cut) for entry in agencies]
        yield {
            "parent": False,
            "code": "",
            "title": limit_text(limit, asked.scene.labels),
            "out_of": "–",
            "points": cuts,
        }


def capital(text: str) -> str:
    """Return what begins a cell or a line with its first letter in capitals."""
    return text[:1].upper() + text[1:]


# --- what scoring gave on a day -------------------------------------------------------------------------------------


def results_on(year: Year, day: str | None) -> Results:
    """Return the year's results with the corrections that were decided up to a day; all of them where it is None."""
    if day is None:
        return score(year)
    known = tuple(one for one in year.amendments if one.decision.date is not None and one.decision.date <= day)
    return score(replace(year, amendments=known))


# --- figures --------------------------------------------------------------------------------------------------------


def caption(title: str) -> str:
    """Return a figure's title whose last words stay together, so that no unit stands alone on a line."""
    return "\N{NO-BREAK SPACE}".join(title.rsplit(" ", 1))


def chart_fields(charts: Mapping[str, Chart], about: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """Return the words around each figure of a template, all empty where it is not drawn.

    Args:
        about: by the names that the template has, what is said before the figure's note.
    """
    blank = {"title": "", "note": "", "about": ""}
    drawn = {
        name: {"title": caption(charts[name].title), "note": charts[name].note, "about": words}
        for name, words in about.items()
        if name in charts
    }
    return {**dict.fromkeys(about, blank), **drawn}
