"""A table of criteria, as annexes of decisions have them, read into what criteria.yml says; nothing in it is guessed.

Areas may carry Roman numerals, the scale of points may stand in the rows below a criterion or in the lines below its
title. All problems are reported at once, each at its cell; what the table does not say gets the plainest reading and a
mark, so that a person decides.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

from pipeline.core.forms.criteria_sheet import Surroundings, visible_cell
from pipeline.core.forms.read_tables import CellEntry, FormFinding, SheetTable, Spot, TableRow, finding, folded
from pipeline.core.forms.read_values import Meaning
from pipeline.core.forms.workbook import MAX_TEXT
from pipeline.core.ground.characters import plain_letters, shown
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Plain, Pointer
from pipeline.core.ground.problems import Problem
from pipeline.core.record.rules import RULES, rule_in_words

NEEDED: Final = ("code", "title", "out_of")
_FIELDS: Final = ("title", "monitor", "out_of", "rule", "evidence", "evidence_dates", "may_not_apply", "guidance")
_OF_LEAVES: Final = frozenset({"rule", "evidence", "evidence_dates"})
_BEFORE_CODE: Final = re.compile(r"^(?:lĩnh vực|tiêu chí|phần|mục)\s+", re.IGNORECASE)
_ARABIC: Final = re.compile(r"[1-9][0-9]{0,2}(?:\.[1-9][0-9]{0,2}){0,7}", re.ASCII)
_ROMAN: Final = re.compile(r"(?=[IVX])(X{0,3})(IX|IV|V?I{0,3})", re.ASCII)
_BULLET: Final = re.compile(r"[-–+•*]|[a-zđ][).]")
_COLUMN_NUMBERS: Final = re.compile(r"(?:\(?[0-9]{1,2}\)? ){2}|(?:\(?[A-Z]\)? ){2}")
_TOTAL: Final = re.compile(r"(?:tổng(?: cộng| số)?(?: điểm)?|cộng)(?:\s*[:(].*|\s+(?:lĩnh vực|phần|mục)\b.*)?")
_STEPS: Final = tuple(map(Decimal, ("0.25", "0.1", "0.05", "0.01")))


@dataclass(frozen=True, slots=True)
class OfficeRecord:
    """What a table says, as a file says it; where each value stands in the table, and what a person has to decide."""

    value: Mapping[str, Plain]
    spots: Mapping[Pointer, Spot]
    marks: Mapping[Pointer, str]
    findings: tuple[FormFinding, ...]

    def spot(self, pointer: Pointer) -> Spot | None:
        """Return the cell of a value, or of the nearest value around it."""
        return next((self.spots[at] for n in range(len(pointer), 0, -1) if (at := pointer[:n]) in self.spots), None)


def to_decide(file: str, spot: Spot, what: str, doubt: str, proposal: str) -> FormFinding:
    """Return what a person has to decide about a criterion or a name of a table."""
    told = {"criterion": what, "doubt": doubt, "proposal": proposal}
    return FormFinding(Problem("table-to-decide", "warning", file, spot.row + 1, spot.column + 1, told), spot)


@dataclass(slots=True)
class _Criterion:
    """A row with a code, and what the rows below it add to its scale of points."""

    row: TableRow
    record: Mapping[str, Plain]
    below: list[str] = field(default_factory=list)


def read_criteria(
    table: SheetTable,
    file: str,
    around: Surroundings,
    labels: Labels,
    record: Callable[[str], Mapping[str, Plain] | None],
) -> OfficeRecord:
    """Read a table of criteria; `record`: reads the text of the hidden column; None where it is broken."""
    reader = _Reader(table, around, labels, Meaning(file, labels), record)
    reader.judge_merged()
    reader.gather()
    tree = reader.tree()
    reader.judge_totals(tree)
    told = [found for found in reader.meaning.all() if found.problem.code not in _AS_USUAL]
    told.sort(key=lambda found: (found.problem.line, found.problem.column))
    return OfficeRecord({"format": Decimal(1), "criteria": tree}, reader.spots, reader.marks, tuple(told))


_AS_USUAL: Final = frozenset({"form-understood", "form-spaces", "form-decomposed"})  # in documents every number is text


@dataclass(slots=True)
class _Reader:
    """One reading: the rows by their codes, and what was found."""

    table: SheetTable
    around: Surroundings
    labels: Labels
    meaning: Meaning
    record: Callable[[str], Mapping[str, Plain] | None]
    rows: dict[str, _Criterion] = field(default_factory=dict)
    totals: list[TableRow] = field(default_factory=list)
    lost: bool = False  # rows whose codes are wrong: what they would have been the parent or a part of is not known
    merged_monitors: dict[int, CellEntry] = field(default_factory=dict)  # row -> the cell that reaches into it
    spots: dict[Pointer, Spot] = field(default_factory=dict)
    marks: dict[Pointer, str] = field(default_factory=dict)

    # --- rows -----------------------------------------------------------------------------------------------------

    def judge_merged(self) -> None:
        """Let one monitoring body stand for all rows of its cell; another cell over several criteria is nobody's."""
        at, grid = self.table.columns, self.table.grid
        for top, left, bottom, right in grid.merged:
            covered = {name for name, column in at.items() if left <= column <= right}
            spot = Spot(grid.name, top, left)
            if bottom <= self.table.top or (top, left) not in grid.cells or not covered:
                continue
            if covered == {"monitor"} and left == right:
                entry = CellEntry(spot, grid.cells[top, left])
                self.merged_monitors.update(dict.fromkeys(range(top, bottom + 1), entry))
                continue
            codes = (grid.cells.get((row, at["code"])) for row in range(top + 1, bottom + 1))
            several = any(code is not None and not _BULLET.fullmatch(code.text.strip()) for code in codes)
            if several or ({"code", "title"} <= covered and not is_total(grid.cells[top, left].text)):
                self.meaning.report("form-merged-cell", spot)

    def gather(self) -> None:
        """Find the rows with codes, with what stands in the rows below them."""
        last: _Criterion | None = None
        area = ""  # the number of an area with a Roman numeral, and whether the codes below it begin anew
        shift: bool | None = None
        for row in self.table.rows():
            typed, title = self._code_typed(row), row.text("title")
            if is_total(typed or title):
                self.totals.append(row)
            elif self._is_head(row, typed, title):
                continue
            elif not typed or _BULLET.fullmatch(typed):
                if last is not None:
                    points, told = row.text("out_of"), [title, row.text("rule")]
                    last.below += [f"{line}: {points}" if points else line for line in told if line]
                elif title and not self.lost:
                    self.meaning.report("criterion-code", row.entry("code").spot, found="–")
            elif (code := _code(typed)) is None:
                self.meaning.report("criterion-code", row.entry("code").spot, found=shown(typed))
                last, self.lost = None, True
            else:
                if isinstance(code, int):
                    area, shift, code = str(code), None, str(code)
                    self._open(row, code, "code", "roman", found=shown(typed))
                elif area:
                    shift = "." not in code if shift is None else shift
                    code = f"{area}.{code}" if shift else code
                last = self._keep(code, row)

    def _code_typed(self, row: TableRow) -> str:
        typed = self.meaning.text(row.entry("code"), one_line=True) or ""
        return _BEFORE_CODE.sub("", typed).strip().rstrip(".)") if not _BULLET.fullmatch(typed) else typed

    def _is_head(self, row: TableRow, typed: str, title: str) -> bool:
        """Tell whether a row repeats the headers, or numbers the columns."""
        headers = self.table.grid.cells.get((self.table.top, self.table.columns["title"]))
        repeated = headers is not None and plain_letters(headers.text) == plain_letters(title)
        return repeated or _COLUMN_NUMBERS.fullmatch(f"{typed} {title} ") is not None

    def _keep(self, code: str, row: TableRow) -> _Criterion:
        text = row.entry("record").typed
        record = self.record(text.text) if text is not None else {}
        if record is None:
            self.meaning.report("criterion-record", row.entry("record").spot, criterion=code)
        found = _Criterion(row, record or {})
        if code in self.rows:
            self.lost = True
            place = self.rows[code].row.entry("code").spot.address
            self.meaning.report("criterion-code-twice", row.entry("code").spot, criterion=code, place=place)
        return self.rows.setdefault(code, found)

    # --- criteria -------------------------------------------------------------------------------------------------

    def tree(self) -> dict[str, Plain]:
        """Return the tree, each criterion below the one whose code it continues."""
        top: dict[str, Plain] = {}
        below: dict[str, dict[str, Plain]] = {code: {} for code in self.rows}
        parents = {code.rpartition(".")[0] for code in self.rows}
        for code, own in self.rows.items():
            parent = code.rpartition(".")[0]
            if parent and parent not in self.rows and not self.lost:
                self.meaning.report("criterion-no-parent", own.row.entry("code").spot, criterion=code, parent=parent)
            node = self._node(code, own, leaf=code not in parents)
            below.get(parent, top)[code] = node
            if code in parents:
                node["children"] = below[code]
        return top

    def _node(self, code: str, own: _Criterion, *, leaf: bool) -> dict[str, Plain]:
        pointer = _pointer(code)
        self.spots[pointer] = own.row.entry("code").spot
        node: dict[str, Plain] = {}
        extra: list[str] = []
        for name in _FIELDS:
            if name in _OF_LEAVES and not leaf:
                value = None
                if name == "rule":
                    extra += self._rule_text(own)
            elif self._is_kept(name, own) and not (name == "guidance" and extra):
                value = own.record.get(name)
            else:
                value = self._value(name, code, own, node, extra)
            if name == "out_of" and leaf and value is None and not self._is_told(own.row.entry("out_of").spot):
                self.meaning.report("criterion-no-maximum", own.row.entry("out_of").spot, criterion=code)
            if value is not None:
                node[name] = value
                self.spots[*pointer, name] = self._entry(name, own).spot
        node.update({key: value for key, value in own.record.items() if key not in (*_FIELDS, "children")})
        return node

    def _is_kept(self, name: str, own: _Criterion) -> bool:
        """Tell whether a field is as the hidden column has it: its cell is not there, or says the same."""
        if name == "rule" and own.below:
            return False
        entry = self._entry(name, own)
        stood = visible_cell(name, own.record, self.around)
        if name not in self.table.columns:
            return name in own.record or name not in {"rule", "evidence"}
        if isinstance(stood, Decimal):
            return entry.typed is not None and entry.typed.number == stood
        return bool(own.record) and _flat(stood or "") == _flat("" if entry.typed is None else entry.typed.text)

    def _entry(self, name: str, own: _Criterion) -> CellEntry:
        entry = own.row.entry(name)
        return self.merged_monitors.get(own.row.number, entry) if name == "monitor" else entry

    def _is_told(self, spot: Spot) -> bool:
        return any(found.spot == spot for found in self.meaning.findings)

    def _value(self, name: str, code: str, own: _Criterion, node: Mapping[str, Plain], extra: list[str]) -> Plain:
        """Return a field as its cell says it; `extra` collects what belongs into the guidance."""
        entry = self._entry(name, own)
        if name == "out_of":
            return self.meaning.number(entry)
        if name == "rule":
            return self._rule(code, own, node.get("out_of"), extra)
        text = self.meaning.text(entry)
        if name == "title":
            lines = (text or "").split("\n")
            if len(lines) > 1 and not own.row.text("rule"):
                own.below[:0] = lines[1:]
                lines = lines[:1]
            return " ".join(lines) or None
        if name == "monitor":
            return self._monitor(code, own, text)
        if name == "evidence":
            return self._evidence(node, text, extra)
        if name == "guidance":
            return "\n".join(filter(None, (*extra, text))) or None
        return text

    def _monitor(self, code: str, own: _Criterion, text: str | None) -> str | None:
        if text is None:
            return None
        names: dict[str, str] = {}
        for slug, body in self.around.bodies.items():
            known = (*body.name.by_language().values(), *body.short.by_language().values(), slug)
            names |= {plain_letters(name): slug for name in known if name}
        if plain_letters(text) in names:
            return names[plain_letters(text)]
        sought = plain_letters(text)[:200]
        near = [*(name for name in names if sought in name), *difflib.get_close_matches(sought, names, 3, 0.4)]
        proposed = ", ".join([*dict.fromkeys(names[name] for name in near)][:3]) or "–"
        self._open(own.row, code, "monitor", "body", found=shown(text), proposed=proposed)
        return None

    def _evidence(self, node: Mapping[str, Plain], text: str | None, extra: list[str]) -> str | None:
        rule = node.get("rule")
        kind = rule.get("type") if isinstance(rule, dict) else None
        if text is None:
            return "none" if isinstance(kind, str) and kind in RULES and not RULES[kind].has_line else None
        for value in ("required", "optional", "none"):
            if plain_letters(text) == plain_letters(self.around.labels.text(f"table.evidence.{value}")):
                return value
        extra.append(self.around.labels.text("table.evidence-is", text=text))
        return "required"

    # --- rules ----------------------------------------------------------------------------------------------------

    def _rule_text(self, own: _Criterion) -> list[str]:
        return list(filter(None, (self.meaning.text(own.row.entry("rule")), *own.below)))

    def _rule(self, code: str, own: _Criterion, out_of: Plain, extra: list[str]) -> Plain:
        text, groups = "\n".join(self._rule_text(own)), self.around.groups
        if len(text) > MAX_TEXT:
            size, limit = str(len(text)), str(MAX_TEXT)
            self.meaning.report("form-text-too-long", own.row.entry("rule").spot, size=size, limit=limit)
            return None
        if not isinstance(out_of, Decimal):  # told already, and nothing is written
            return None
        read = rule_in_words(
            text or own.row.text("title"),
            out_of,
            may_not_apply=bool(own.row.text("may_not_apply")),
            groups={name: group.title.main for name, group in groups.items() if not group.sipas},
            sipas=tuple(name for name, group in groups.items() if group.sipas),
        )
        if read is None:
            extra += [text] if text else []
            step = next((step for step in _STEPS if out_of % step == 0), _STEPS[-1])
            self._open(own.row, code, "rule", "rule", found=shown(text) or "–", step=step)
            return {"type": "judged", "step": step}
        rule, left_open = read
        for kind in left_open:
            self._open(own.row, code, "rule", kind, rule=rule)
        return rule

    def _open(self, row: TableRow, code: str, name: str, kind: str, /, **figures: object) -> None:
        """Tell what a person has to decide, and mark the field with it."""
        doubt, proposal = self._open_words(self.labels, kind, code, figures)
        self.meaning.findings.append(to_decide(self.meaning.file, row.entry(name).spot, code, doubt, proposal))
        mark = " ".join(self._open_words(self.around.labels, kind, code, figures))
        pointer = _pointer(code) if name in {"code", "monitor"} else (*_pointer(code), name)
        self.marks[pointer] = f"{self.marks[pointer]} {mark}" if pointer in self.marks else mark

    def _open_words(self, labels: Labels, kind: str, code: str, figures: Mapping[str, object]) -> tuple[str, str]:
        """Return the doubt and the proposal in words; numbers and parameters of a rule as people write them."""
        told = {key: labels.number(value) if isinstance(value, Decimal) else value for key, value in figures.items()}
        rule = told.get("rule")
        if isinstance(rule, dict):
            told["rule"] = ", ".join(rule.get("groups", [rule.get("group", "")]))
            told["when_none"] = labels.text(f"rule.when-none.{rule['when_none']}") if "when_none" in rule else ""
        doubt, proposal = (
            labels.text(f"table.open.{kind}.{part}", code=code, **told) for part in ("doubt", "proposal")
        )
        return doubt, proposal

    # --- sums -----------------------------------------------------------------------------------------------------

    def judge_totals(self, tree: dict[str, Plain]) -> None:
        """Compare what parents and rows of totals state with the sum of the leaves below."""
        sums: dict[str, Decimal | None] = {}
        for code, stated, total in _sums(tree):
            sums[code] = total
            if None not in {stated, total} and stated != total and not self.lost:
                self._report_sum(self.rows[code].row.entry("out_of").spot, code, stated, total)
        areas = [sums.get(code, _points(node)) for code, node in tree.items()]
        whole = _added(areas)
        for row in self.totals:
            stated = self.meaning.number(row.entry("out_of"))
            if stated not in {None, *areas} and whole not in {None, stated} and not self.lost:
                self._report_sum(row.entry("out_of").spot, row.text("title") or row.text("code"), stated, whole)

    def _report_sum(self, spot: Spot, criterion: str, stated: Decimal | None, total: Decimal | None) -> None:
        figures = {"criterion": shown(criterion), "stated": f"{stated:f}", "sum": f"{total:f}"}
        self.meaning.findings.append(finding("parent-out-of-mismatch", self.meaning.file, spot, **figures))


def _sums(tree: Plain) -> Iterator[tuple[str, Decimal | None, Decimal | None]]:
    """Yield each parent's code, what it states and the sum of its leaves, None where one has no points."""
    for code, node in tree.items() if isinstance(tree, dict) else ():
        children = node.get("children") if isinstance(node, dict) else None
        if isinstance(children, dict):
            inner = {key: (stated, total) for key, stated, total in _sums(children)}
            yield from ((key, *both) for key, both in inner.items())
            total = _added(inner[key][1] if key in inner else _points(children[key]) for key in children)
            yield code, _points(node), total


def _points(node: Plain) -> Decimal | None:
    points = node.get("out_of") if isinstance(node, dict) else None
    return points if isinstance(points, Decimal) else None


def _added(points: Iterable[Decimal | None]) -> Decimal | None:
    known = list(points)
    return None if None in known else sum(filter(None, known), Decimal(0))


def is_total(text: str) -> bool:
    """Tell whether a text begins a row of totals."""
    return _TOTAL.fullmatch(folded(text)) is not None


def _code(typed: str) -> str | int | None:
    """Return a code, the number of a Roman numeral, or None."""
    if _ARABIC.fullmatch(typed):
        return typed
    if found := _ROMAN.fullmatch(typed):
        ones = {"": 0, "I": 1, "II": 2, "III": 3, "IV": 4, "V": 5, "VI": 6, "VII": 7, "VIII": 8, "IX": 9}
        return 10 * len(found[1]) + ones[found[2]]
    return None


def _pointer(code: str) -> Pointer:
    """Return where a criterion stands in the file: `criteria`, `1`, `children`, `1.1`."""
    parts = code.split(".")
    codes = [".".join(parts[:n]) for n in range(1, len(parts) + 1)]
    return ("criteria", *(step for code in codes for step in (code, "children")))[:-1]


def _flat(text: str | Decimal) -> str:
    return " ".join(str(text).split())
