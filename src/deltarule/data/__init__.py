"""Tables: read from files, data frames and queries, held in memory as NumPy columns, written to files."""

from deltarule.data.sources import read_table
from deltarule.data.table import Column, Table

__all__ = ["Column", "Table", "read_table"]
