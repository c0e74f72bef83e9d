"""ReadLimits: what the reading of a table may take."""

from __future__ import annotations

import os
from dataclasses import dataclass

from deltarule.errors import TableFileError

MAX_SECONDS = 60.0
"""Time that DuckDB or SQLite may take with bounded cells."""
MAX_MEMORY = 2**30
"""Memory that DuckDB may take with bounded cells, in bytes."""
MAX_JSON_KEYS = 10_000
"""Different keys of JSON objects with bounded cells."""


@dataclass(frozen=True)
class ReadLimits:
    """Bounds on a table: bytes of what is unpacked, and cells (rows times columns). None: no bound.

    With bounded cells, a source is from outside: time, memory and what databases compute are bounded too.
    """

    max_bytes: int | None = None
    max_cells: int | None = None

    @property
    def is_bounded(self) -> bool:
        """Whether the source is from outside."""
        return self.max_cells is not None

    def max_rows(self, columns: int) -> int | None:
        """Return the largest number of rows of a table with this number of columns."""
        return None if self.max_cells is None else self.max_cells // max(columns, 1)

    def check_cells(self, name: str, rows: int, columns: int) -> None:
        """Raise `TableFileError` for too many cells."""
        if self.max_cells is not None and rows * columns > self.max_cells:
            raise TableFileError(
                f"{name} has more than {self.max_cells:,} cells, the most that is allowed here: use "
                "fewer rows or columns."
            )

    def check_texts(self, name: str, size: int) -> None:
        """Raise `TableFileError` for texts of too many bytes."""
        if self.is_bounded and self.max_bytes is not None and size > self.max_bytes:
            raise TableFileError(
                f"{name} holds texts of {size / 1e6:,.0f} MB, more than the "
                f"{self.max_bytes / 1e6:,.0f} MB that are allowed here: use a smaller file."
            )


UNLIMITED = ReadLimits()


def free_memory() -> int | None:
    """Return the free memory of this machine in bytes, None where it is not known."""
    try:
        with open("/proc/meminfo", encoding="ascii") as file:
            found = dict(line.split(":", 1) for line in file)
        return int(found["MemAvailable"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        pass
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return None
