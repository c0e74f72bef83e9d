"""The schema of models whose files hold none, or whose table was not read by `read_table`."""

from __future__ import annotations

from deltarule.preprocessing.categorical import LevelEncoder
from deltarule.preprocessing.column_encoder import BooleanEncoder, ColumnEncoder, DroppedColumn
from deltarule.preprocessing.datetimes import CyclicEncoder
from deltarule.preprocessing.legacy import LegacyCategoryEncoder
from deltarule.preprocessing.table_encoder import TableEncoder
from deltarule.preprocessing.targets import ClassTarget, Target
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


def schema_of_target(target: Target) -> ColumnSchema:
    """Return how a target column is read if its table had no schema."""
    kinds: dict[str, ReadKind] = {"text": "category", "boolean": "boolean", "number": "number"}
    kind = target.kind if isinstance(target, ClassTarget) else "number"
    return _column(target.name, kinds[kind])


def _column(name: str, kind: ReadKind) -> ColumnSchema:
    formats: dict[str, CellFormat] = {"number": NumberFormat(), "datetime": DatetimeFormat()}
    return ColumnSchema(name, kind, formats.get(kind), typed=True)


def _kind(encoder: ColumnEncoder) -> ReadKind:
    if isinstance(encoder, LevelEncoder | LegacyCategoryEncoder):
        return "category"
    if isinstance(encoder, BooleanEncoder):
        return "boolean"
    return "datetime" if isinstance(encoder, CyclicEncoder) else "number"
