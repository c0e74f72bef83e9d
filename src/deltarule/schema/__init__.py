"""How the cells of a table are read: formats of cells, missing values, and the schema of columns."""

from deltarule.schema.cell_format import CellFormat, Proposal, cell_format_from_json
from deltarule.schema.column_schema import ColumnSchema, TableSchema
from deltarule.schema.datetime_format import DatetimeFormat
from deltarule.schema.datetime_proposals import propose_datetimes
from deltarule.schema.duration_format import DurationFormat
from deltarule.schema.integer_times import propose_for_integers
from deltarule.schema.missing_values import is_missing, is_missing_among_values
from deltarule.schema.number_format import NumberFormat
from deltarule.schema.number_inference import (
    evidence_of_decimal_mark,
    merges_distinct_integers,
    propose_numbers,
)
from deltarule.schema.time_of_day_format import TimeOfDayFormat

__all__ = [
    "CellFormat",
    "ColumnSchema",
    "DatetimeFormat",
    "DurationFormat",
    "NumberFormat",
    "Proposal",
    "TableSchema",
    "TimeOfDayFormat",
    "cell_format_from_json",
    "evidence_of_decimal_mark",
    "is_missing",
    "is_missing_among_values",
    "merges_distinct_integers",
    "propose_datetimes",
    "propose_for_integers",
    "propose_numbers",
]
