"""How the cells of a table are read: formats of cells, missing values, and the schema of columns."""

from deltarule.schema.cell_format import CellFormat, Proposal, cell_format_from_json
from deltarule.schema.column_schema import ColumnSchema, TableSchema
from deltarule.schema.missing_values import is_missing, is_missing_among_values
from deltarule.schema.number_format import NumberFormat, propose_numbers

__all__ = [
    "CellFormat",
    "ColumnSchema",
    "NumberFormat",
    "Proposal",
    "TableSchema",
    "cell_format_from_json",
    "is_missing",
    "is_missing_among_values",
    "propose_numbers",
]
