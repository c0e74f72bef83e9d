"""How much memory a table may take, and how much it would take."""

from __future__ import annotations

import os
import re
from contextlib import suppress
from pathlib import Path
from typing import Any

from deltarule._common import checks
from deltarule.data.duckdb_connection import connection, sql_text
from deltarule.data.file_search import find_files
from deltarule.data.read_limits import free_memory
from deltarule.data.web_addresses import is_address
from deltarule.errors import DeltaruleError, SettingError

DEFAULT_SHARE = 0.5
"""Share of the free memory that a table may take if no limit is given."""
MIN_LIMIT = 16 * 2**20
_BYTES_OF_A_CELL = 32
_TIMES_TEXT, _TIMES_COMPRESSED_TEXT = 4, 20
_UNITS = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "t": 10**12}
_BINARY_UNITS = {"k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_SIZE = re.compile(r"\s*([0-9]+(?:\.[0-9]*)?)\s*(?:([kmgt]?)(i?)b?|(%))\s*", re.IGNORECASE)
_COMPRESSED = (".gz", ".bz2", ".xz", ".zst", ".zip")


def memory_limit_bytes(limit: str | float | None) -> int:
    """Return a limit in bytes: a number of bytes, "4GB", "2GiB" or "50%" of the free memory.

    None is half of the free memory. Raises `SettingError` for anything else, and below 16 MiB.
    """
    if limit is None:
        return int(DEFAULT_SHARE * available_memory())
    if isinstance(limit, str):
        match = _SIZE.fullmatch(limit)
        if match is None:
            raise SettingError(
                "memory_limit", "must be a size such as 4GB, or a share such as 50%", limit
            )
        value, unit, binary, percent = match.groups()
        if percent:
            share = checks.number("memory_limit", float(value), above=0, at_most=100)
            return max(int(share / 100 * available_memory()), 1)
        units = _BINARY_UNITS if binary and unit else _UNITS
        size = float(value) * units[unit.lower()]
    else:
        size = checks.number("memory_limit", limit, above=0)
    if size < MIN_LIMIT:
        raise SettingError(
            "memory_limit", f"must be at least {MIN_LIMIT // 2**20}MiB", limit, "Typical: 4GB."
        )
    return int(size)


def available_memory() -> int:
    """Return the memory that this process can still get, in bytes.

    The free memory of the machine, the limit of the container and that of the process (ulimit -v).
    """
    found = [
        value for value in (free_memory(), _of_container(), _of_process()) if value is not None
    ]
    return max(min(found, default=2**32), MIN_LIMIT)


def estimated_bytes(source: Any) -> int | None:
    """Return about how much memory the table of some files would take, None if that is unknown."""
    total = 0
    for item in source if isinstance(source, list | tuple) else [source]:
        if not isinstance(item, str | os.PathLike) or item == "-" or is_address(str(item)):
            return None
        with suppress(DeltaruleError, OSError):  # reading it will say what is wrong
            total += sum(_of_file(found.path) for found in find_files(item))
    return total


def _of_file(path: Path) -> int:
    name, size = path.name.lower(), path.stat().st_size
    if name.endswith((".parquet", ".pq")):
        with suppress(Exception), connection(shared=True) as opened:
            answer = opened.execute(
                f"SELECT sum(num_rows) FROM parquet_file_metadata({sql_text(str(path))})"
            ).fetchone()
            columns = opened.execute(
                f"DESCRIBE FROM read_parquet({sql_text(str(path))})"
            ).fetchall()
            rows = 0 if answer is None else int(answer[0])
            return rows * len(columns) * _BYTES_OF_A_CELL
    return size * (_TIMES_COMPRESSED_TEXT if name.endswith(_COMPRESSED) else _TIMES_TEXT)


def _of_container() -> int | None:
    """Return what the memory limit of a container leaves (cgroup version 2)."""
    folder = Path("/sys/fs/cgroup")
    try:
        limit = (folder / "memory.max").read_text().strip()
        return int(limit) - int((folder / "memory.current").read_text())
    except (OSError, ValueError):
        return None


def _of_process() -> int | None:
    """Return what the limit on the address space of this process leaves."""
    try:
        import resource

        limit, _ = resource.getrlimit(resource.RLIMIT_AS)
        if limit == resource.RLIM_INFINITY:
            return None
        pages = int(Path("/proc/self/statm").read_text().split()[0])
        return limit - pages * os.sysconf("SC_PAGE_SIZE")
    except (ImportError, OSError, ValueError):
        return None
