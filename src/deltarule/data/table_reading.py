"""Turn the raw columns of a source into the columns of a table, by a schema that is given or found."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from deltarule.data.column_reading import read_column
from deltarule.data.duckdb_reader import Fetched, Relation
from deltarule.data.raw_columns import RawColumn
from deltarule.data.schema_inference import Rereader, SchemaHints, infer_schema
from deltarule.data.table import Column
from deltarule.schema import ColumnSchema, NumberFormat, TableSchema

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

IGNORED = "it is ignored, as stated"
MAX_NOTED_COLUMNS = 20


@dataclass(frozen=True)
class ReadTable:
    """The columns of a table with their schema, and what a user should know about the reading."""

    columns: tuple[Column, ...]
    schema: TableSchema
    notes: tuple[str, ...]
    left_out: tuple[tuple[str, str], ...]


def read_raw(
    fetched: Fetched,
    schema: TableSchema | None,
    hints: SchemaHints,
    as_texts: Rereader | None = None,
) -> ReadTable:
    """Read raw columns by the schema; without one, find it."""
    columns: Sequence[RawColumn] = fetched.columns
    left_out, notes = list(fetched.left_out), list(fetched.notes)
    if schema is None:
        left_out += [(c.name, IGNORED) for c in columns if c.name in hints.ignored]
        columns = [c for c in columns if c.name not in hints.ignored]
        inferred = infer_schema(columns, hints, as_texts)
        columns, schema = inferred.columns, inferred.schema
        notes += inferred.notes
    read, misfits = [], []
    for raw in columns:
        column, unfit = read_column(raw, schema[raw.name], schema.missing)
        read.append(column)
        if unfit is not None:
            misfits.append(unfit.note(schema[raw.name]))
    notes += misfits[:MAX_NOTED_COLUMNS]
    if len(misfits) > MAX_NOTED_COLUMNS:
        notes.append(
            f"{len(misfits) - MAX_NOTED_COLUMNS:,} more columns hold values that do not fit."
        )
    return ReadTable(tuple(read), schema, tuple(notes), tuple(left_out))


def without_empty(table: ReadTable, names: Collection[str]) -> ReadTable:
    """Return the table without those of the named columns that are empty."""
    columns = tuple(c for c in table.columns if c.name not in names or not c.missing.all())
    schema = table.schema.select({column.name for column in columns})
    return replace(table, columns=columns, schema=schema)


def register_read(opened: DuckDBPyConnection, table: ReadTable) -> Relation:
    """Return the relation of a table that was read, for a query."""
    arrays = {f"c{index}": _duckdb_array(column) for index, column in enumerate(table.columns)}
    opened.register("table_in_memory", arrays)
    picked = ", ".join(arrays)
    names = tuple(column.name for column in table.columns)
    return Relation(f"SELECT {picked} FROM table_in_memory", names, stored=True, notes=table.notes)


def with_formats_of(result: ReadTable, source: TableSchema) -> ReadTable:
    """Return the result of a query, whose schema reads texts as the source's columns of the same names.

    A model of the result then also reads the file without the query.
    """

    def with_format(column: ColumnSchema) -> ColumnSchema:
        if column.name not in source or not column.typed:
            return column
        before = source[column.name]
        if before.format in (None, NumberFormat()):  # a plain number may be a time in the result
            return column
        if before.kind != column.kind and (before.kind, column.kind) != ("duration", "number"):
            return column
        return replace(column, kind=before.kind, format=before.format)

    schema = replace(result.schema, columns=tuple(map(with_format, result.schema.columns)))
    return replace(result, schema=schema)


def _duckdb_array(column: Column) -> Any:
    if column.kind == "text":
        return column.texts()
    if column.kind == "datetime":
        return column.values
    values = column.values.astype(bool) if column.kind == "boolean" else column.values
    return np.ma.array(values, mask=column.missing)


def names_of(schema: TableSchema | None) -> Collection[str] | None:
    """Return the names of the columns to read, None for all."""
    return None if schema is None else frozenset(schema.names)
