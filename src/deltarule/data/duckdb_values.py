"""What DuckDB hands over: expressions over a query, as NumPy arrays."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from numpy.typing import NDArray

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_CELLS_AT_ONCE, _MIN_COLUMNS = 1_000_000, 4


def read_values(
    opened: DuckDBPyConnection, values: Mapping[int, str], sql: str, rows: int
) -> Iterator[tuple[int, NDArray[Any]]]:
    """Read expressions over `sql`, each as an array (rows,), masked where it is NULL.

    `values` holds the expressions by a number that names the column. A few columns are read at a time:
    what DuckDB gathers before it hands over is several times their size.
    """
    at_once = max(_MIN_COLUMNS, _CELLS_AT_ONCE // max(rows, 1))
    indexes = list(values)
    for start in range(0, len(indexes), at_once):
        group = indexes[start : start + at_once]
        cells = ", ".join(f"{values[index]} AS c{index}" for index in group)
        arrays = opened.execute(f"SELECT {cells} FROM ({sql})").fetchnumpy()
        for index in group:
            yield index, arrays.pop(f"c{index}")
