"""Bring a table that was read by another schema, or by none, to a given schema where that is exact."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from deltarule.data.column_reading import missing_markers, read_column, spelled
from deltarule.data.raw_columns import RawColumn, RawPart
from deltarule.data.table import Column, Table
from deltarule.errors import DataError
from deltarule.schema import ColumnSchema, TableSchema


def read_again(table: Table, schema: TableSchema) -> Table:
    """Return those columns of a table that the schema has, read by it; notes are on this reading alone.

    Raises `DataError` if a column was read in a way that lost how its cells were spelled, and the schema
    may give other values.
    """
    if table.schema is schema:
        return replace(table, notes=())
    columns, notes = [], []
    for column in table.columns:
        if column.name not in schema:
            columns.append(column)
            continue
        wanted = schema[column.name]
        known = table.schema is not None and column.name in table.schema
        given = table.schema[column.name] if table.schema is not None and known else None
        if given is not None and _reads_alike(table, given, schema, wanted):
            columns.append(column)
            continue
        raw = _raw(column)
        if given is not None and not _is_exact(raw, given, wanted):
            raise DataError(
                f"Column {column.name!r} of {table.source} was read as {given.summary}, but the model "
                f"reads it as {wanted.summary}: pass the source itself instead of the table, or read it "
                "by read_table(source, schema=model.schema)."
            )
        read, misfits = read_column(raw, wanted, schema.missing)
        columns.append(read)
        if misfits is not None:
            notes.append(misfits.note(wanted))
    return replace(table, columns=tuple(columns), notes=tuple(notes), schema=schema)


def finite_columns(table: Table) -> Table:
    """Return the table with infinite numbers as missing values, and a note on them."""
    columns, notes = [], []
    for column in table.columns:
        infinite = np.isinf(column.values) if column.kind == "number" else np.zeros(0, bool)
        if infinite.any():
            values = np.where(infinite, np.nan, column.values)
            column = replace(column, values=values)
            count, row = int(infinite.sum()), int(np.argmax(infinite)) + 1
            notes.append(infinite_note(column.name, count, len(column), row))
        columns.append(column)
    return replace(table, columns=tuple(columns), notes=(*table.notes, *notes)) if notes else table


def infinite_note(name: str, count: int, rows: int, row: int) -> str:
    """Return the note on infinite numbers, the first of which is in `row`."""
    are = "is" if count == 1 else "are"
    return (
        f"{count:,} of {rows:,} values of column {name!r} {are} infinite (row {row:,}) and {are} treated "
        "as missing."
    )


def _reads_alike(
    table: Table, given: ColumnSchema, schema: TableSchema, wanted: ColumnSchema
) -> bool:
    assert table.schema is not None
    given_markers = missing_markers(given, table.schema.missing)
    return given.reads_like(wanted) and given_markers == missing_markers(wanted, schema.missing)


def _is_exact(raw: RawColumn, given: ColumnSchema, wanted: ColumnSchema) -> bool:
    """Whether the values still show how the cells were spelled, or are the same in both formats."""
    if given.typed or given.is_text:
        return True
    if wanted.format is None or given.kind != wanted.kind or given.format is None:
        return False
    values = raw.parts[0].values
    distinct = np.unique(values[~raw.parts[0].missing])
    levels, codes = spelled(RawPart(raw.parts[0].kind, distinct))
    return bool(np.array_equal(wanted.format.parse_all(levels)[codes], distinct))


def _raw(column: Column) -> RawColumn:
    levels = column.levels if column.kind == "text" else None
    return RawColumn(column.name, (RawPart(column.kind, column.values, levels),))
