"""The schema of models whose files hold none, or whose table was not read by `read_table`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from deltarule.preprocessing.categorical import LevelEncoder
from deltarule.preprocessing.column_encoder import BooleanEncoder, ColumnEncoder, DroppedColumn
from deltarule.preprocessing.datetimes import CyclicEncoder
from deltarule.preprocessing.legacy import LegacyCategoryEncoder
from deltarule.preprocessing.table_encoder import TableEncoder
from deltarule.preprocessing.targets import ClassTarget, Target
from deltarule.preprocessing.word_features import WordsEncoder
from deltarule.schema import CellFormat, ColumnSchema, DatetimeFormat, NumberFormat, TableSchema
from deltarule.schema.column_schema import ReadKind


def schema_of_encoder(encoder: TableEncoder) -> TableSchema:
    """Return the schema that the encoders of columns imply: every spelling is plain."""
    return TableSchema(
        tuple(
            _column(found.column, _kind(found))
            for found in encoder.column_encoders
            if not isinstance(found, DroppedColumn)
        )
    )


def typed_schema(kinds: Mapping[str, str]) -> TableSchema:
    """Return the schema of columns in memory, whose kinds are those of `deltarule.data.Column`."""
    read: dict[str, ReadKind] = {
        "text": "category",
        "boolean": "boolean",
        "number": "number",
        "datetime": "datetime",
    }
    return TableSchema(tuple(_column(name, read[kind]) for name, kind in kinds.items()))


def completed_schema(schema: TableSchema, encoder: TableEncoder, target: Target) -> TableSchema:
    """Return the schema with the columns of the encoder if it has none, and with that of the target."""
    columns = schema.columns or schema_of_encoder(encoder).columns
    if target.name not in {column.name for column in columns}:
        columns = (*columns, _column_of_target(target))
    return schema if columns is schema.columns else replace(schema, columns=columns)


def _column_of_target(target: Target) -> ColumnSchema:
    kinds: dict[str, ReadKind] = {"text": "category", "boolean": "boolean", "number": "number"}
    kind = target.kind if isinstance(target, ClassTarget) else "number"
    return _column(target.name, kinds[kind])


def _column(name: str, kind: ReadKind) -> ColumnSchema:
    formats: dict[str, CellFormat] = {"number": NumberFormat(), "datetime": DatetimeFormat()}
    return ColumnSchema(name, kind, formats.get(kind), typed=True)


def _kind(encoder: ColumnEncoder) -> ReadKind:
    if isinstance(encoder, LevelEncoder | WordsEncoder | LegacyCategoryEncoder):
        return "category"
    if isinstance(encoder, BooleanEncoder):
        return "boolean"
    return "datetime" if isinstance(encoder, CyclicEncoder) else "number"
