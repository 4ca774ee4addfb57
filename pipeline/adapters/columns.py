"""Tables as Parquet with pyarrow: open data written exactly, the same bytes each time; answers read batch by batch.

What is read comes as pandas frames, which pyarrow makes itself; what their words mean: `adapters/tables`. A file of
answers may be made to unpack without end, so nothing of it is unpacked before its own figures are judged. Decisions
0035 and 0050.
"""

from __future__ import annotations

import io
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any, Final, NamedTuple

import pyarrow as pa  # type: ignore[import-untyped]  # the library has no types
import pyarrow.compute as pc  # type: ignore[import-untyped]  # likewise
import pyarrow.parquet as pq  # type: ignore[import-untyped]  # likewise
from pyarrow import csv

from pipeline.core.ground.problems import system_reason
from pipeline.core.publish.opendata.fields import Field, ResourceTable
from pipeline.core.survey.responses import LONGEST, UnreadableError

_DIGITS: Final = 38  # what a decimal of 128 bits holds
_GUARDED: Final = "^'([ \"'\u00a0\u3000]*[=+@\t\r＝＋－＠-])"  # as `bare_cell` has it
_KINDS: Final = {"text": pa.string(), "integer": pa.int64(), "yes-no": pa.bool_(), "day": pa.date32()}


def parquet(table: ResourceTable, told: bytes, titles: Mapping[str, str], about: Mapping[str, str]) -> bytes:
    """Return a table as Parquet.

    `told`: the same as CSV for every program, which the library reads ten times as fast as the rows.
    """
    fields = [
        pa.field(column.name, _kind(table, column), nullable=not column.owed, metadata={"title": titles[column.name]})
        for column in table.columns
    ]
    read = csv.read_csv(
        pa.py_buffer(told),
        csv.ReadOptions(use_threads=False),
        csv.ParseOptions(newlines_in_values=True),
        csv.ConvertOptions(
            column_types={field.name: field.type for field in fields},
            null_values=[""],
            true_values=["true"],
            false_values=["false"],
            strings_can_be_null=True,
        ),
    )
    columns = [
        _bare(found, owed=column.owed) if column.kind == "text" else found
        for column, found in zip(table.columns, read.combine_chunks().columns, strict=True)
    ]
    stream = io.BytesIO()
    made = pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata=dict(about)))
    pq.write_table(made, stream, compression="zstd", version="2.6", store_schema=True)
    return stream.getvalue()


def _bare(column: Any, *, owed: bool) -> Any:  # noqa: ANN401 - the library has no types
    """Return a column of texts without the apostrophes that `inert_cell` put before some; an owed one has no nulls."""
    bare = pc.replace_substring_regex(column, _GUARDED, r"\1", max_replacements=1)
    return pc.fill_null(bare, "") if owed and bare.null_count else bare


def _kind(table: ResourceTable, column: Field) -> Any:  # noqa: ANN401 - the library has no types
    """Return the type of a column; a number has as many decimals as the most exact one of its column."""
    if column.kind != "number":
        return _KINDS[column.kind]
    exponents = [
        -int(value.as_tuple().exponent) for row in table.rows if isinstance(value := row[column.name], Decimal)
    ]
    return pa.decimal128(_DIGITS, max([0, *exponents]))


# --- answers --------------------------------------------------------------------------------------------------------


_READ: Final = {"buffer_size": 1 << 18, "pre_buffer": False}  # bytes of a column at a time, not all of a row group
_BATCH: Final = 1 << 15  # rows that are unpacked at a time
_MOST_TITLES: Final = 2_000  # columns of a file
_FOOTER: Final = 16 * 1024 * 1024  # bytes of what a file says of itself
_FEW_ROWS: Final = 100_000  # what any file may have; more only where a byte of the file stands for each
_SMALL: Final = 64 * 1024 * 1024  # bytes that any row group may unpack to; more only
_CELL: Final = 256  # so many for each cell
_PREFIXED: Final = "DELTA_BYTE_ARRAY"  # a text says only how it differs from the one before, and may grow without end
_LEGIBLE: Final = (
    *(pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null, pa.types.is_boolean),
    *(pa.types.is_integer, pa.types.is_floating, pa.types.is_decimal, pa.types.is_timestamp, pa.types.is_date),
)


class Groups(NamedTuple):
    """Row groups of a Parquet file: from one on, up to another."""

    path: str
    first: int
    last: int


class Opening(NamedTuple):
    """What a Parquet file says of itself, and its first rows as text."""

    titles: tuple[str, ...]
    illegible: Mapping[int, str]  # columns that hold no text, number or time, and of which type they are
    groups: tuple[int, ...]  # rows of each row group
    rows: tuple[tuple[str, ...], ...]


def opening(path: Path, most: int) -> Opening:
    """Return how a Parquet file begins.

    Raises:
        UnreadableError: it is damaged, or it would unpack to more than answers are.
    """
    with _opened(str(path)) as file:
        fields, groups = list(file.schema_arrow), _rows_of(file)
        if len(fields) > _MOST_TITLES:
            raise UnreadableError("tally-too-wide", 1, limit=str(_MOST_TITLES))
        illegible = {at: str(field.type)[:60] for at, field in enumerate(fields) if not _is_legible(field.type)}
        shown = [at for at in range(len(fields)) if at not in illegible]
    rows: list[tuple[str, ...]] = []
    for frame in frames(Groups(str(path), 0, min(1, len(groups))), shown, (), most):
        told = frame.astype(object).fillna("").reindex(columns=range(len(fields)), fill_value="")
        rows += told.itertuples(index=False, name=None)
        break
    return Opening(tuple(field.name for field in fields), illegible, groups, tuple(rows))


def frames(groups: Groups, words: Collection[int], texts: Collection[int], most: int = _BATCH) -> Iterator[Any]:
    """Yield the cells of row groups as pandas frames, batch by batch: each as the text that CSV would have.

    Args:
        words: columns whose few words come as categories, a blank cell as none of them.
        texts: columns whose cells come one by one.
        most: rows of a batch.

    Raises:
        UnreadableError: a group is not there, is damaged, or would unpack to more than answers are.
    """
    which, left = list(range(groups.first, groups.last)), 0
    with _opened(groups.path) as file:
        titles, places = file.schema_arrow.names, sorted({*words, *texts})
        named, shared = sorted({titles[at] for at in places}), {titles[at] for at in words}
        for number in which:
            shared |= _judged(file, number, named)
            left += file.metadata.row_group(number).num_rows
        settings = {"read_dictionary": sorted(shared), "page_checksum_verification": True}
        with pq.ParquetFile(groups.path, metadata=file.metadata, **settings, **_READ) as source:
            for batch in source.iter_batches(most, row_groups=which, columns=named, use_threads=False):
                columns = [(at, _column(batch, titles, at)) for at in places]
                cells = [_words(found) if at in words else _texts(found, at) for at, found in columns]
                frame = pa.RecordBatch.from_arrays(cells, names=[str(at) for at in places]).to_pandas()
                frame.columns = places
                left -= len(frame)
                yield frame
        if left:
            raise ValueError(f"{left} rows")


@contextmanager
def _opened(path: str) -> Iterator[Any]:
    """Open a file whose figures are possible; whatever the library then says of it becomes one error."""
    try:
        with Path(path).open("rb") as stream:
            size = stream.seek(0, io.SEEK_END)
            stream.seek(max(0, size - 8))
            footer = int.from_bytes(stream.read(4), "little")
    except OSError as error:
        raise UnreadableError("tally-part-unread", 1, detail=system_reason(error)) from error
    if _FOOTER < footer <= size:
        raise _too_much("footer", footer, _FOOTER)
    try:
        about = pq.read_metadata(path)
        titles = [about.schema.column(at).path for at in range(about.num_columns)]
        with pq.ParquetFile(path, metadata=about, read_dictionary=titles, **_READ) as file:
            if (rows := sum(_rows_of(file))) > max(_FEW_ROWS, size):
                raise _too_much("rows", rows, max(_FEW_ROWS, size))
            yield file
    except (pa.ArrowException, OSError, MemoryError, ValueError) as error:
        detail = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise UnreadableError("tally-parquet-broken", 1, detail=detail) from error


def _rows_of(file: Any) -> tuple[int, ...]:  # noqa: ANN401 - the library has no types
    return tuple(file.metadata.row_group(number).num_rows for number in range(file.num_row_groups))


def _too_much(what: str, found: int, limit: int) -> UnreadableError:
    return UnreadableError("tally-unpacks-too-much", 1, what=what[:80], found=str(found), limit=str(limit))


def _is_legible(kind: Any) -> bool:  # noqa: ANN401 - the library has no types
    told = kind.value_type if pa.types.is_dictionary(kind) else kind
    return any(is_it(told) for is_it in _LEGIBLE)


def _judged(file: Any, number: int, named: list[str]) -> set[str]:  # noqa: ANN401 - likewise
    """Refuse a row group that unpacks to too much by its own word, or is written so that nothing tells to how much.

    Its first row is read before what is said of each column, which the library tells of a damaged one by ending the
    process. With that row comes the dictionary of a column: a long word in it may stand in every row.

    Returns:
        The columns that have a long word in their dictionary.
    """
    group, found = file.metadata.row_group(number), set[str]()
    limit = _SMALL + _CELL * group.num_rows * group.num_columns
    if group.total_byte_size > limit:
        raise _too_much("row group", group.total_byte_size, limit)
    for batch in file.iter_batches(1, row_groups=[number], columns=named, use_threads=False):
        for title, column in zip(batch.schema.names, batch.columns, strict=True):
            if pa.types.is_dictionary(column.type) and pc.any(_is_long(_text(column.dictionary))).as_py():
                found.add(title)
        break
    for place in range(group.num_columns):
        title = file.schema.column(place).path
        if title in named and _PREFIXED in group.column(place).encodings:
            raise UnreadableError("tally-parquet-broken", 1, detail=f"{title[:80]}: {_PREFIXED}")
    return found


def _is_long(words: Any) -> Any:  # noqa: ANN401 - likewise
    return pc.greater(pc.binary_length(words), LONGEST)


def _column(batch: Any, titles: list[str], at: int) -> Any:  # noqa: ANN401 - the library has no types
    """Return a column of a batch; where several have its title, they are in the order of the file."""
    same = [place for place, title in enumerate(batch.schema.names) if title == titles[at]]
    return batch.column(same[titles[:at].count(titles[at])])


def _words(column: Any) -> Any:  # noqa: ANN401 - likewise
    """Return a column as different words and the number of each cell's word."""
    found = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    words = _text(found.dictionary)
    made = pa.DictionaryArray.from_arrays(found.indices, words)
    return made if pc.count_distinct(words).as_py() == len(words) else made.dictionary_decode().dictionary_encode()


def _texts(column: Any, at: int) -> Any:  # noqa: ANN401 - likewise
    """Return a column as the text of each cell, unless long words stand in its dictionary."""
    if not pa.types.is_dictionary(column.type):
        return _text(column).fill_null("")
    row = pc.index(_is_long(_text(column.dictionary)).take(column.indices), True).as_py()
    if row >= 0:
        raise UnreadableError("tally-cell-too-long", row + 1, at + 1, limit=str(LONGEST))
    return _text(column.dictionary_decode()).fill_null("")


def _text(values: Any) -> Any:  # noqa: ANN401 - likewise
    """Return values as text; a time with a zone in that of UTC, one without as it stands."""
    if not pa.types.is_timestamp(values.type):
        return values.cast(pa.string())
    told = values.cast(pa.timestamp("s"), safe=False).cast(pa.string())
    return told if values.type.tz is None else pc.binary_join_element_wise(told, "Z", "")
