"""Tables of open data as Parquet, written with pyarrow: exact decimals, the same bytes each time (decision 0035)."""

from __future__ import annotations

import io
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final

import pyarrow as pa  # type: ignore[import-untyped]  # the library has no types
import pyarrow.parquet as pq  # type: ignore[import-untyped]  # likewise

from pipeline.core.publish.opendata.fields import Cell, Field, ResourceTable

_DIGITS: Final = 38  # what a decimal of 128 bits holds
_KINDS: Final = {"text": pa.string(), "integer": pa.int64(), "yes-no": pa.bool_(), "day": pa.date32()}


def parquet(table: ResourceTable, titles: Mapping[str, str], about: Mapping[str, str]) -> bytes:
    """Return a table as Parquet.

    Args:
        table: the table.
        titles: what each column is called.
        about: what the file says of itself.
    """
    schema = pa.schema(
        [
            pa.field(
                column.name,
                _kind(table, column),
                nullable=not column.owed,
                metadata={"title": titles[column.name]},
            )
            for column in table.columns
        ],
        metadata=dict(about),
    )
    columns = [
        pa.array([_value(row[column.name], column) for row in table.rows], type=schema.field(column.name).type)
        for column in table.columns
    ]
    stream = io.BytesIO()
    made = pa.Table.from_arrays(columns, schema=schema)
    pq.write_table(made, stream, compression="zstd", version="2.6", store_schema=True)
    return stream.getvalue()


def _kind(table: ResourceTable, column: Field) -> Any:  # noqa: ANN401 - the library has no types
    """Return the type of a column; a number has as many decimals as the most exact one of its column."""
    if column.kind != "number":
        return _KINDS[column.kind]
    exponents = [
        -int(value.as_tuple().exponent) for row in table.rows if isinstance(value := row[column.name], Decimal)
    ]
    return pa.decimal128(_DIGITS, max([0, *exponents]))


def _value(value: Cell, column: Field) -> Cell | date:
    return date.fromisoformat(value) if column.kind == "day" and isinstance(value, str) else value
