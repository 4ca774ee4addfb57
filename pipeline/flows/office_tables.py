"""An office's own tables (XLSX, DOCX) become criteria.yml, agencies.yml or bodies.yml, and criteria a table again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from typing import Final

from pipeline.adapters import documents, spreadsheets, words, workbooks
from pipeline.core.forms import criteria_table, list_tables, read_tables, receipts
from pipeline.core.forms.criteria_sheet import COLUMNS, Surroundings, criteria_book
from pipeline.core.forms.criteria_table import OfficeRecord
from pipeline.core.ground import nodes
from pipeline.core.ground.characters import BAD_CHARACTER
from pipeline.core.ground.characters import MAX_BYTES as MOST_OF_A_FILE
from pipeline.core.ground.labels import Labels
from pipeline.core.ground.nodes import Document, Plain, plain
from pipeline.core.ground.problems import has_errors
from pipeline.core.ground.text import MAIN
from pipeline.core.record import editing, layout
from pipeline.flows import writing
from pipeline.flows.snapshot import Readings, Snapshot, schemas_of
from pipeline.flows.wording import load_labels

MAX_BYTES: Final = spreadsheets.MAX_BYTES
# Rows of a table: a large set of criteria has 200, a year as many agencies as its schema lets it have.
_MOST_ROWS: Final = {"criteria": 2_000, "agencies": 10_100, "bodies": 2_000}
_OTHER_FILES: Final = {b"%PDF": "PDF", b"\xff\xd8": "JPEG", b"\x89PNG": "PNG", b"{\\rtf": "RTF"}
_IN_BRACES: Final = ({"from", "points"}, {"above", "points"}, {"points"}, {"from", "by"}, {"opens", "by"})


def take_in(
    kind: str, snapshot: Snapshot, year: str | None, *, file: tuple[str, bytes], labels: Labels, readings: Readings
) -> read_tables.TakenIn:
    """Read a table into the file of a kind: `criteria`, `agencies`, `bodies`.

    Args:
        kind: which file it becomes.
        year: the year it belongs to; None of a kind that belongs to none.
    """
    path = f"{layout.DATA}{kind}.yml" if year is None else layout.path_of(year, kind)
    read, findings = _read(kind, snapshot, year, file, labels)
    if read is not None and _is_too_large(kind, read.value):
        findings = (*findings, _too_large(kind, file[0]))
    made = None
    if read is not None and not _refused(findings):
        data = writing.dump(read.value, braces=in_braces)
        document = documents.read(path, data)
        for wrong in schemas_of(snapshot.tree, readings).problems(kind, document):
            findings = (
                *findings,
                read_tables.FormFinding(replace(wrong.problem, path=file[0]), read.spot(wrong.pointer)),
            )
        made = None if _refused(findings) else _marked(document, data, read, load_labels(MAIN))
    undecided = sum(found.problem.code == "table-to-decide" for found in findings)
    spots = read.spots if read is not None else ()
    entries = sum(len(pointer) == 2 or pointer[-2] == "children" for pointer in spots)
    seals, approval = f"{layout.DATA}{year}/seals/", f"{layout.DATA}{year}/approval.yml"
    closed = any(name.startswith(seals) or name == approval for name in snapshot.tree.files)
    told = receipts.problems_at_cells(file[0], findings, labels)
    return read_tables.TakenIn(path, made, told, entries, undecided, year if closed else None)


def in_braces(value: Plain) -> bool:
    """Tell whether a mapping stands in braces on one line: a band, and first and last day."""
    return isinstance(value, dict) and set(value) in _IN_BRACES


def _is_too_large(kind: str, value: Mapping[str, Plain]) -> bool:
    """Tell whether a file of a kind with this in it would be beyond what is read."""
    known = list(nodes.walk(nodes.node_of({**value})))
    texts = sum(len(node.text.encode()) + len(pointer) * 2 for pointer, node in known if isinstance(node, nodes.Scalar))
    deep = any(len(pointer) >= documents.MAX_DEPTH - 1 for pointer, _ in known)
    large = kind in layout.LARGE_KINDS
    entries, size = (layout.LARGE_ENTRIES, layout.LARGE_BYTES) if large else (documents.MAX_NODES, MOST_OF_A_FILE)
    return deep or len(known) > entries // 2 or texts > size // 2


def _too_large(kind: str, file: str) -> read_tables.FormFinding:
    return read_tables.finding("table-too-large", file, limit=str(_MOST_ROWS[kind]))


def _refused(findings: tuple[read_tables.FormFinding, ...]) -> bool:
    return has_errors([found.problem for found in findings])


def _read(
    kind: str, snapshot: Snapshot, year: str | None, file: tuple[str, bytes], labels: Labels
) -> tuple[OfficeRecord | None, tuple[read_tables.FormFinding, ...]]:
    grids, findings = _grids(file, labels)
    if findings:
        return None, findings
    columns, needed = (
        (COLUMNS, criteria_table.NEEDED) if kind == "criteria" else (list_tables.LIST_COLUMNS, list_tables.NAMED)
    )
    headers = {name: labels.text(f"table.column.{name}") for name in columns}
    also = {
        read_tables.folded(header): name
        for name in columns
        for own in (load_labels(MAIN), labels)
        for header in (own.text(f"table.column.{name}"), *own.text(f"table.also.{name}").split("|"))
    }
    sought = labels.text(f"table.of.{kind}")
    table, findings = read_tables.find_table(grids, headers, needed=needed, file=file[0], name=sought, also=also)
    if table is None:
        return None, findings
    if len({row for row, _ in table.grid.cells}) > _MOST_ROWS[kind]:
        return None, (_too_large(kind, file[0]),)
    if kind != "criteria":
        read = list_tables.read_list(table, file[0], kind, labels, of_file=load_labels(MAIN))
    else:
        read = criteria_table.read_criteria(table, file[0], surroundings(snapshot, year or ""), labels, _record)
    return read, (*_unseen(table, file[0]), *read.findings)


def _unseen(table: read_tables.SheetTable, file: str) -> Iterator[read_tables.FormFinding]:
    """Yield what is read though people see it as gone: cells of hidden rows, and words that are struck out."""
    grid = table.grid
    hidden = sorted(place for place in grid.cells if place[0] > table.top and place[0] in grid.hidden_rows)
    struck = sorted(place for place in grid.struck if place[0] > table.top)
    for code, places in (("form-hidden", hidden), ("form-struck-out", struck)):
        if places:
            yield read_tables.finding(code, file, read_tables.Spot(grid.name, *places[0]), count=str(len(places)))


def surroundings(snapshot: Snapshot, year: str) -> Surroundings:
    """Return what a table of the year's criteria speaks of."""
    known = snapshot.world.years.get(year)
    groups = known.survey_plan.groups if known is not None else {}
    return Surroundings(snapshot.world.bodies, groups, load_labels(MAIN))


def _grids(
    file: tuple[str, bytes], labels: Labels
) -> tuple[tuple[read_tables.Grid, ...], tuple[read_tables.FormFinding, ...]]:
    """Return the tables of a file by what its bytes are, whatever its name says."""
    name, data = file
    for start, kind in _OTHER_FILES.items():
        if data.startswith(start):
            return (), (read_tables.finding("table-kind", name, found=kind),)
    if data.startswith(b"PK") and b"word/document.xml" in data:
        return words.tables_of(name, data, lambda number: labels.text("table.numbered", number=number))
    grids, findings = spreadsheets.read_workbook(name, data)
    return tuple(map(_with_results, grids)), findings


def _with_results(grid: read_tables.Grid) -> read_tables.Grid:
    """Return a sheet with the numbers that its formulas show: a parent's points are mostly a sum."""
    cells: dict[tuple[int, int], read_tables.Typed] = {}
    for place, typed in grid.cells.items():
        cells[place] = typed
        if typed.kind == "formula":
            try:
                number = Decimal(f"{float(grid.cached.get(place, '')):.12g}")
            except (ValueError, InvalidOperation):
                continue
            cells[place] = read_tables.Typed("number", f"{number:f}", number) if number.is_finite() else typed
    return replace(grid, cells=cells)


def _record(text: str) -> Mapping[str, Plain] | None:
    """Return what the hidden column of a criterion says, None where it is no such record."""
    document = documents.read("", text.encode())
    known = plain(document.root) if document.root is not None and not has_errors(document.problems) else None
    return {key: value for key, value in known.items() if key != "children"} if isinstance(known, dict) else None


def _marked(document: Document, data: bytes, read: OfficeRecord, labels: Labels) -> bytes:
    """Return the file with a comment above each field that a person has to decide about."""
    lines = data.decode().split("\n")
    above: list[tuple[int, int, str]] = []
    for pointer, mark in read.marks.items():
        parent = nodes.at(document.root, pointer[:-1]) if document.root is not None else None
        key = parent.keys.get(str(pointer[-1])) if isinstance(parent, nodes.Mapping) else None
        if key is not None:
            above.append((key.line, key.column, BAD_CHARACTER.sub("", " ".join(mark.split()))))
    for line, column, mark in sorted(above, reverse=True):
        lines.insert(line - 1, f"{' ' * (column - 1)}# {labels.text('table.mark', text=mark)}")
    return "\n".join(lines).encode()


def says_the_same(one: bytes, other: bytes) -> bool:
    """Tell whether two files say the same, comments and the order of keys aside."""
    roots = [documents.read("", data).root for data in (one, other)]
    values = [plain(root) for root in roots if root is not None]
    return len(values) == 2 and editing.same(*values)


def sheet_of(snapshot: Snapshot, year: str) -> bytes | None:
    """Return the workbook of a year's criteria; None where the file is not there or cannot be read.

    Raises:
        ParindexError: a criterion says more than a cell holds.
    """
    file = snapshot.tree.files.get(layout.path_of(year, "criteria"))
    document = documents.read(file.path, file.data) if file is not None else None
    if document is None or document.root is None or has_errors(document.problems):
        return None
    tree = plain(document.root)
    around = surroundings(snapshot, year)
    title = around.labels.text("table.title", year=year)
    criteria = tree.get("criteria") if isinstance(tree, dict) else None
    book = criteria_book(title, criteria, around, lambda own: writing.dump(own).decode())
    return workbooks.workbook(book, around.labels)
