"""Durations in Parquet, which has no type for them: writers describe them in the file's metadata."""

from __future__ import annotations

import base64
import json
import re
import struct
from collections.abc import Iterator
from contextlib import suppress
from typing import TYPE_CHECKING

from deltarule.data.duckdb_connection import sql_text

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_PANDAS_TYPE = re.compile(r"timedelta64\[(ns|us|ms|s)\]")
_ARROW_UNITS = ("s", "ms", "us", "ns")
_SCHEMA_MESSAGE, _DURATION_TYPE, _DEFAULT_UNIT = 1, 18, 1  # of Arrow's Message.fbs and Schema.fbs
_MAX_ARROW_COLUMNS = 1_000_000


def duration_units(opened: DuckDBPyConnection, path: str) -> dict[str, str]:
    """Return the units, such as "us", of the columns that were written as durations."""
    rows = opened.execute(
        f"SELECT key, value FROM parquet_kv_metadata({sql_text(path)}) "
        "WHERE key IN ('pandas'::BLOB, 'ARROW:schema'::BLOB)"
    ).fetchall()
    found: dict[str, str] = {}
    # Metadata may hold anything.
    with suppress(ValueError, TypeError, AttributeError, KeyError, RecursionError):
        for value in (value for key, value in rows if key == b"pandas"):
            for column in json.loads(value)["columns"]:
                if unit := _PANDAS_TYPE.fullmatch(str(column["numpy_type"])):
                    found[str(column["name"])] = unit[1]
    with suppress(ValueError, IndexError, struct.error):
        for value in (value for key, value in rows if key == b"ARROW:schema"):
            found |= _arrow_durations(base64.b64decode(value))
    return found


def _arrow_durations(message: bytes) -> dict[str, str]:
    """Return the units of the duration columns of a serialized Arrow schema.

    It is a flatbuffer: https://arrow.apache.org/docs/format/Columnar.html, Encapsulated message format.
    """
    start = 8 if message[:4] == b"\xff\xff\xff\xff" else 4
    data = message[start:]
    root = _Table(data, struct.unpack_from("<I", data, 0)[0])
    if root.number(1, "B", 0) != _SCHEMA_MESSAGE:
        return {}
    units = {}
    for column in root.table(2).tables(1):
        if column.number(2, "B", 0) == _DURATION_TYPE:
            unit = column.table(3).number(0, "h", _DEFAULT_UNIT)
            units[column.text(0)] = _ARROW_UNITS[unit]
    return units


class _Table:
    """A table of a flatbuffer; reading beyond the data raises `struct.error` or `ValueError`."""

    def __init__(self, data: bytes, place: int) -> None:
        self._data, self._place = data, place
        self._offsets = place - self._unpack("i", place)

    def _unpack(self, kind: str, place: int) -> int:
        if place < 0:
            raise ValueError("before the data")
        return int(struct.unpack_from(f"<{kind}", self._data, place)[0])

    def _field(self, number: int) -> int:
        """Return the place of a field, 0 if it has its default value."""
        entry = 4 + 2 * number
        if entry >= self._unpack("H", self._offsets):
            return 0
        offset = self._unpack("H", self._offsets + entry)
        return self._place + offset if offset else 0

    def _target(self, number: int) -> int:
        """Return the place that a field points to."""
        place = self._field(number)
        if not place:
            raise ValueError("no such field")
        return place + self._unpack("I", place)

    def number(self, number: int, kind: str, default: int) -> int:
        place = self._field(number)
        return self._unpack(kind, place) if place else default

    def table(self, number: int) -> _Table:
        return _Table(self._data, self._target(number))

    def tables(self, number: int) -> Iterator[_Table]:
        place = self._target(number)
        for i in range(min(self._unpack("I", place), _MAX_ARROW_COLUMNS)):
            entry = place + 4 + 4 * i
            yield _Table(self._data, entry + self._unpack("I", entry))

    def text(self, number: int) -> str:
        place = self._target(number)
        length = self._unpack("I", place)
        return self._data[place + 4 : place + 4 + length].decode("utf-8")
