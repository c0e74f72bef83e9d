"""Tables: read them from files, frames and queries, hold them in memory, write them."""

from deltarule.data.sources import read_table
from deltarule.data.table import Column, Table

__all__ = ["Column", "Table", "read_table"]
