"""Tables: read from files, data frames and queries, held in memory as NumPy columns, written to files."""

from deltarule.data.read_options import ReadOptions
from deltarule.data.sources import read_table
from deltarule.data.table import Column, Table

__all__ = ["Column", "ReadOptions", "Table", "read_table"]
