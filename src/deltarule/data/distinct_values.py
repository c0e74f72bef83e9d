"""Count the distinct values of more batches than memory holds, exactly."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


class DistinctValues:
    """Numbers, or texts by their 128-bit digests, in a table that DuckDB writes to disk if need be."""

    def __init__(self, opened: DuckDBPyConnection) -> None:
        self._opened = opened.cursor()  # whose temporary table ends with it
        self._is_begun = False

    def add_numbers(self, values: NDArray[Any]) -> None:
        """Add numbers, none of which is missing."""
        self._add("value", np.unique(values.astype(np.float64)))

    def add_texts(self, texts: Collection[str]) -> None:
        """Add texts."""
        self._add("md5_number(value)", np.array(list(texts), object))

    def count(self) -> int:
        """Return how many values are distinct; nothing can be added afterwards."""
        sql = "SELECT count(*) FROM (SELECT DISTINCT value FROM added)"
        answer = self._opened.execute(sql).fetchone() if self._is_begun else None
        self._opened.close()
        return 0 if answer is None else int(answer[0])

    def _add(self, sql: str, values: NDArray[Any]) -> None:
        if not len(values):
            return
        self._opened.register("batch", {"value": values})
        into = "INSERT INTO added" if self._is_begun else "CREATE TEMP TABLE added AS"
        self._opened.execute(f"{into} SELECT {sql} AS value FROM batch")
        self._opened.unregister("batch")
        self._is_begun = True
