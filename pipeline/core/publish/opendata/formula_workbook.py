"""The tables as sheets of one workbook, where points, index, rank and grade are formulas over the points of criteria.

So the index is computed twice: here by a spreadsheet, in `scoring` by exact numbers. Formulas work on whole numbers,
for a spreadsheet knows only binary fractions.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from itertools import chain
from typing import Final, TypeAlias

from pipeline.core.ground.formulas import rounded_share
from pipeline.core.ground.text import MAIN
from pipeline.core.ground.workbook_model import Book, Cell, Sheet, letters
from pipeline.core.publish.opendata.descriptions import Edition, field_title
from pipeline.core.publish.opendata.fields import Cell as Value
from pipeline.core.publish.opendata.fields import Field, ResourceTable
from pipeline.core.record.stages import NOT_APPLICABLE, SURVEY

TOP: Final = 3  # the first row of figures, from 1: above it the titles and the names of the columns
MOST_ROWS: Final = 1_048_576 - 2  # that a sheet of Excel takes below the two rows of its head
WIDEST: Final = 60  # characters that a column shows
_NONE: Final = '""'
_SHARE: Final = ("points", "out_of")


# A field that holds a code, the field beside it that tells its name, and where the name stands.
_NAMES: Final[Mapping[str, tuple[str, str, str]]] = {
    "agency": ("agency_name", "agencies", "short"),
    "criterion": ("criterion_title", "criteria", "title"),
    "parent": ("parent_title", "criteria", "title"),
    "area": ("area_title", "criteria", "title"),
    "group": ("group_title", "survey_groups", "title"),
    "monitor": ("monitor_name", "bodies", "short"),
    "by": ("by_name", "bodies", "short"),
    "stage": ("stage_title", "stages", "title"),
    "question": ("question_text", "survey_questions", "text"),
    "issuer": ("issuer_name", "bodies", "short"),
    "document_issuer": ("document_issuer_name", "bodies", "short"),
    "decision_issuer": ("decision_issuer_name", "bodies", "short"),
}
_MadeAt: TypeAlias = Callable[[int], str]  # the formula of a column in a row, counted from 1


def data_book(edition: Edition, tables: Mapping[str, ResourceTable]) -> Book:
    """Return the workbook of an edition; a sheet is made when it is asked for, and once.

    A table of more rows than a sheet takes has none, and then no sheet has formulas, which would reach into it.
    """
    exact = edition.scene.year.cycle.policy.points.leaf_exact
    called = {table: _called(tables[table], name) for _, table, name in _NAMES.values()}
    called["bodies"] = {**called["agencies"], **called["bodies"]}  # an agency itself claims and explains
    called["stages"] = {name: edition.words[MAIN].stage(name) for name in _stages(edition)}
    tables = {name: _named(table, called) for name, table in tables.items()}
    long = {name for name, table in tables.items() if len(table.rows) > MOST_ROWS}
    bare = exact or bool(long)
    sums = {} if bare else {kind.name: kind(edition, tables) for kind in (_Results, _Areas, _BonusLimits)}
    first = _first(edition, tables, "book.long" if long else "book.exact" if exact else "book.formulas", sorted(long))
    sheets = (_sheet(table, edition, sums.get(name)) for name, table in tables.items() if name not in long)
    return Book(edition.title()[MAIN], chain([first], sheets))


def _called(table: ResourceTable, name: str) -> Mapping[Value, Value]:
    """Return the names of the codes of a table."""
    (key,) = table.resource.key()
    return {row[key]: row[f"{name}_{MAIN}"] for row in table.rows}


def _stages(edition: Edition) -> tuple[str, ...]:
    return (*edition.scene.year.cycle.stages.names, SURVEY, NOT_APPLICABLE)


def _named(table: ResourceTable, called: Mapping[str, Mapping[Value, Value]]) -> ResourceTable:
    """Return a table with the name of what each code stands for beside it, where the table does not say it itself."""
    own = {column.base for column in table.columns}
    defined = {code for code, (_, where, _) in _NAMES.items() if (where, (code,)) == (table.name, table.resource.key())}
    beside = {code: name for code, (name, _, _) in _NAMES.items() if name not in own and code not in defined}
    columns: list[Field] = []
    for column in table.columns:
        columns += (column, Field(beside[column.name])) if column.name in beside else (column,)
    names = [(code, beside[code], called[_NAMES[code][1]]) for code in beside if code in own]
    rows = tuple({**row, **{name: known.get(row[code]) for code, name, known in names}} for row in table.rows)
    return replace(table, columns=tuple(columns), rows=rows)


def _first(edition: Edition, tables: Mapping[str, ResourceTable], note: str, long: Sequence[str]) -> Sheet:
    """Return the sheet that tells what the others are, and which tables are too long for one."""
    sheet = Sheet(edition.both("book.read")[MAIN], widths=(24, 48, 48), locked=False)
    lines = [*edition.title().values(), *(text for warning in edition.warnings() for text in warning.values())]
    lines += [*edition.content().values(), *edition.both(note, tables=", ".join(long), count=MOST_ROWS).values()]
    lines += [f"commit {edition.commit or '–'}", ""]
    listed = [(table.name, *edition.both(f"resource.{table.name}.title").values()) for table in tables.values()]
    for row, texts in enumerate((*((line,) for line in lines), *listed)):
        for column, text in enumerate(filter(None, texts)):
            sheet.put(row, column, text, "bare" if row else "line")
    return sheet


def _sheet(table: ResourceTable, edition: Edition, sums: _Sums | None) -> Sheet:
    """Return the sheet of a table: titles, names of the columns, rows, and further columns that formulas need."""
    own = sums.more if sums else {}
    names = [*(column.name for column in table.columns), *own]
    titles = [*(field_title(column, MAIN, edition.words) for column in table.columns)]
    titles += [edition.both("book.helps")[MAIN] for _ in own]
    sheet = Sheet(table.name, frozen=(TOP - 1, 2), header=TOP - 2, header_rows=2, locked=False, pages_across=1)
    for column, (title, name) in enumerate(zip(titles, names, strict=True)):
        sheet.put(0, column, title, "data-title")
        sheet.put(1, column, name, "data-name")
    cells = table.by_column()
    longest = (
        max((len(value) for value in {*cells.get(name, ())} if isinstance(value, str)), default=0) for name in names
    )
    sheet.widths = tuple(min(WIDEST, max(10, len(name) + 2, most)) for name, most in zip(names, longest, strict=True))
    if sums is None:
        sheet.below = [*zip(*cells.values(), strict=True)]
        return sheet
    for number, row in enumerate(table.rows, TOP):
        formulas = {
            **{name: sums.formula(name, number) for name in row},
            **{name: at(number) for name, at in own.items()},
        }
        for column, name in enumerate(names):
            if (cell := _cell(row.get(name), formulas[name])) is not None:
                sheet.cells[number - 1, column] = cell
    return sheet


def _cell(value: Value, formula: str | None) -> Cell | None:
    """Return the cell of a value: every text stays text, every number a number; None where there is nothing."""
    decimals = max(0, -int(value.as_tuple().exponent)) if isinstance(value, Decimal) else 0
    if formula is not None:
        return Cell(value, "data-formula", formula, decimals)
    if value is None or value == "":
        return None
    if isinstance(value, str):
        return Cell(value, "data-text")
    return Cell(value, "bare" if isinstance(value, bool) else "points", decimals=decimals)


class _Sums:
    """The formulas of one sheet that sums up scores."""

    name: str  # of its table

    def __init__(self, edition: Edition, tables: Mapping[str, ResourceTable]) -> None:
        self._tables = tables
        self._policy = edition.scene.year.cycle.policy
        self._grades = edition.scene.year.cycle.grades
        self._provisional = edition.scene.results.provisional  # criteria that still lack points count nowhere
        self.more = dict(self._more())

    def _more(self) -> Iterator[tuple[str, _MadeAt]]:
        """Yield further columns that the formulas need."""
        return iter(())

    def formula(self, column: str, number: int) -> str | None:
        """Return the formula of a column in a row; None where the column is no formula."""
        raise NotImplementedError

    def at(self, column: str, number: int) -> str:
        """Return the address of a cell of this sheet."""
        return f"${letters(self._position(self.name, column))}{number}"

    def all(self, column: str, table: str | None = None) -> str:
        """Return the address of all cells of a column, on this sheet or that of another table."""
        name = table or self.name
        letter, last = letters(self._position(name, column)), TOP - 1 + max(1, len(self._tables[name].rows))
        return f"{name}!${letter}${TOP}:${letter}${last}"

    def _position(self, table: str, column: str) -> int:
        names = [field.name for field in self._tables[table].columns]
        if column in names:
            return names.index(column)
        return len(names) + list(self.more).index(column)

    def sum(self, column: str, number: int, **wanted: str) -> str:
        """Return the sum of scores that are of this row's agency and fulfil more conditions, without binary noise."""
        conditions = {"agency": self.at("agency", number), **wanted}
        conditions |= {"points": '"<>"'} if self._provisional else {}
        told = ",".join(f"{self.all(name, 'scores')},{value}" for name, value in conditions.items())
        return f"ROUND(SUMIFS({self.all(column, 'scores')},{told}),{self._policy.points.decimals})"

    def of_codes(self, column: str, number: int, codes: Iterable[str]) -> str:
        """Return the sum of this row's agency over some criteria.

        Codes are compared as text: SUMIFS would take 1.1 and 1.10 for one number.
        """
        own = f"({self.all('agency', 'scores')}={self.at('agency', number)})"
        own += f"*ISNUMBER({self.all('points', 'scores')})" if self._provisional else ""
        found = "+".join(f'({self.all("criterion", "scores")}="{code}")' for code in codes) or "0"
        return f"ROUND(SUMPRODUCT({own}*({found})*{self.all(column, 'scores')}),{self._policy.points.decimals})"

    def index(self, points: str, out_of: str) -> str:
        """Return 100 x points / out_of as the policy rounds it, by whole numbers, within 0 and 100."""
        unit = 10**self._policy.points.decimals
        done, assigned = (f"ROUND({value}*{unit},0)" for value in (points, out_of))
        decimals, mode = self._policy.index_decimals, self._policy.index_rounding
        quotient = rounded_share(done, assigned, Decimal(100), decimals, mode)
        return f"IF({out_of}=0,{_NONE},MAX(0,MIN(100,{quotient})))"


class _Areas(_Sums):
    """Points and index of each agency in each area; a bonus adds points and does not count in the index."""

    name = "areas"

    def formula(self, column: str, number: int) -> str | None:
        """Return the formula of a column in a row."""
        area = self.at("area", number)
        if column in _SHARE:
            return self.sum(column, number, area=area)
        if column == "index":
            owed = self.sum("points", number, area=area, out_of='">0"')
            return self.index(owed, self.at("out_of", number))
        return None


class _BonusLimits(_Sums):
    """What the bonuses of each limit sum up to, and what the limit cuts."""

    name = "bonus_limits"

    def formula(self, column: str, number: int) -> str | None:
        """Return the formula of a column in a row."""
        row = self._tables[self.name].rows[number - TOP]
        if column == "points":
            return self.of_codes(column, number, str(row["codes"]).split())
        if column != "cut":
            return None
        points, bounded = self.at("points", number), self.at("points", number)
        for side, function in (("most", "MIN"), ("least", "MAX")):
            bounded = bounded if row[side] is None else f"{function}({bounded},{self.at(side, number)})"
        return f"ROUND({bounded}-{points},{self._policy.points.decimals})"


class _Results(_Sums):
    """Points, index, rank and grade of each agency, and beside them the numbers that ranks compare."""

    name = "results"

    def _more(self) -> Iterator[tuple[str, _MadeAt]]:
        yield "is_ranked", self._is_ranked
        yield "compared", self._compared
        for part in self._tie_parts():
            yield f"tie_{part}", partial(self._tie, part)
        yield "is_first", self._is_first

    def _tie_parts(self) -> tuple[str, ...]:
        ties = self._policy.ties
        return () if isinstance(ties, str) else ties

    def formula(self, column: str, number: int) -> str | None:
        """Return the formula of a column in a row."""
        if column in _SHARE:
            return self._with_cut(column, self.sum(column, number), number)
        if column in {f"{name}_{share}" for name in ("appraisal", SURVEY) for share in _SHARE}:
            part, _, what = column.partition("_")
            return self._with_cut(column, self.sum(what, number, part=f'"{part}"'), number)
        if column == "index":
            return self.index(self.at("points", number), self.at("out_of", number))
        if column == "rank":
            return self._rank(number)
        return self._grade(number) if column == "grade" else None

    def _with_cut(self, column: str, summed: str, number: int) -> str:
        """Return a sum of points with what limits of bonuses cut."""
        if column not in {"points", "appraisal_points"} or not self._tables["bonus_limits"].rows:
            return summed
        cuts, agencies = (self.all(name, "bonus_limits") for name in ("cut", "agency"))
        return f"ROUND({summed}+SUMIFS({cuts},{agencies},{self.at('agency', number)}),{self._policy.points.decimals})"

    def _is_ranked(self, number: int) -> str:
        agencies, ranked = self.all("agency", "agencies"), self.all("ranked", "agencies")
        own = f"SUMPRODUCT(({agencies}={self.at('agency', number)})*({ranked}=TRUE))"
        return f"IF(ISNUMBER({self.at('index', number)}),{own},0)"

    def _compared(self, number: int) -> str:
        """Return the number that ranks compare; a quotient of whole numbers keeps the order of exact fractions."""
        index = self.at("index", number)
        if not self._policy.rank_on_exact:
            return f"IF(ISNUMBER({index}),{index},-1)"
        return f"IF(ISNUMBER({index}),MAX(0,MIN(100,{self._quotient('points', 'out_of', number)})),-1)"

    def _quotient(self, points: str, out_of: str, number: int) -> str:
        unit = 10**self._policy.points.decimals
        return f"100*ROUND({self.at(points, number)}*{unit},0)/ROUND({self.at(out_of, number)}*{unit},0)"

    def _tie(self, part: str, number: int) -> str:
        if part == "appraisal":
            quotient = self._quotient("appraisal_points", "appraisal_out_of", number)
            return f"IF({self.at('appraisal_out_of', number)}=0,0,MAX(0,MIN(100,{quotient})))"
        unit = 10**self._policy.points.decimals
        sums = [self._of_sipas(name, number) for name in _SHARE]
        quotient = f"100*ROUND({sums[0]}*{unit},0)/ROUND({sums[1]}*{unit},0)"
        return f"IF({sums[1]}=0,0,MAX(0,MIN(100,{quotient})))"

    def _of_sipas(self, column: str, number: int) -> str:
        """Return the sum over the criteria whose rule is that of the satisfaction index."""
        rules = ((str(row["criterion"]), row["rule"]) for row in self._tables["criteria"].rows)
        return self.of_codes(column, number, [code for code, rule in rules if rule == "sipas"])

    def _is_first(self, number: int) -> str:
        """Return 1 for the first ranked agency of those that compare alike, for ranks without gaps."""
        keys = ["compared", *(f"tie_{part}" for part in self._tie_parts())]
        above = "*".join(f"({self._upto(name, number)}={self.at(name, number)})" for name in keys)
        return f"IF({self.at('is_ranked', number)}=1,--(SUMPRODUCT({self._upto('is_ranked', number)}*{above})=1),0)"

    def _upto(self, column: str, number: int) -> str:
        letter = letters(self._position(self.name, column))
        return f"${letter}${TOP}:${letter}{number}"

    def _rank(self, number: int) -> str:
        counted = "is_first" if self._policy.ties == "dense" else "is_ranked"
        greater = ""
        for name in reversed(["compared", *(f"tie_{part}" for part in self._tie_parts())]):
            more = f"({self.all(name)}>{self.at(name, number)})"
            same = f"({self.all(name)}={self.at(name, number)})"
            greater = f"({more}+{same}*{greater})" if greater else more
        rank = f"1+SUMPRODUCT({self.all(counted)}*{greater})"
        return f"IF({self.at('is_ranked', number)}=1,{rank},{_NONE})"

    def _grade(self, number: int) -> str:
        formula, compared = _NONE, self.at("compared", number)
        from_index, grade = (letters(self._position("grades", name)) for name in ("from_index", "grade"))
        for position in range(len(self._grades), 0, -1):
            row = TOP - 1 + position
            formula = f"IF({compared}>=grades!${from_index}${row},grades!${grade}${row},{formula})"
        return f"IF({compared}<0,{_NONE},{formula})"
