"""Write columns as CSV or Parquet."""

from __future__ import annotations

import csv
import io
import shutil
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from deltarule.data import duckdb_connection
from deltarule.data.duckdb_connection import Spilling, sql_name, sql_text

Array = NDArray[Any]
CSV_DIGITS = 9  # enough to distinguish all float32 numbers
_BLOCK_ROWS = 65_536
_PARQUET_BYTES = 2**28  # memory of DuckDB


def distinct_names(names: Sequence[str]) -> list[str]:
    """Return names for columns that differ in more than case, as SQL and many readers of Parquet require.

    A name that an earlier column has is followed by the lowest free number from 2: "a", "A (2)".
    """
    taken = {name.lower() for name in names}  # a number must not displace another column's name
    result, used = [], set()
    for name in names:
        unique, number = name, 2
        while unique.lower() in used or (unique != name and unique.lower() in taken):
            unique, number = f"{name} ({number})", number + 1
        used.add(unique.lower())
        result.append(unique)
    return result


Columns = Mapping[str, Array]


def write_csv(columns: Columns, file: BinaryIO) -> None:
    """Write columns (rows,) by name as UTF-8 CSV with a header: 0.123456789, true, text."""
    write_csv_batches([columns], file)


def write_csv_batches(batches: Iterable[Columns], file: BinaryIO) -> int:
    """Write batches of columns (rows,) by name as one CSV file, and return the number of rows."""
    text = io.TextIOWrapper(file, encoding="utf-8", newline="", write_through=False)
    total = 0
    try:
        writer = csv.writer(text, lineterminator="\n")
        for number, columns in enumerate(batches):
            if number == 0:
                writer.writerow(columns)
            rows = len(next(iter(columns.values()), ()))
            for start in range(0, rows, _BLOCK_ROWS):
                block = [_texts(values[start : start + _BLOCK_ROWS]) for values in columns.values()]
                writer.writerows(zip(*block, strict=True))
            total += rows
        text.flush()
    finally:
        text.detach()  # the caller closes the file
    return total


def write_parquet_batches(batches: Iterable[Columns], file: BinaryIO) -> int:
    """Write batches of columns (rows,) by name as one Parquet file, and return the number of rows.

    The types are BIGINT, DOUBLE, BOOLEAN and VARCHAR.
    """
    total = 0
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "table.parquet"  # DuckDB writes only to paths
        spilling = Spilling(_PARQUET_BYTES, folder)
        with (
            duckdb_connection.connection(spilling=spilling) as opened,
            duckdb_connection.file_errors({}, "the Parquet file"),
        ):
            for number, columns in enumerate(batches):
                frame = {f"c{index}": values for index, values in enumerate(columns.values())}
                opened.register("frame_in_memory", frame)
                picked = ", ".join(
                    f"c{index} AS {sql_name(name)}" for index, name in enumerate(columns)
                )
                verb = "INSERT INTO written" if number else "CREATE TABLE written AS"
                opened.execute(f"{verb} SELECT {picked} FROM frame_in_memory")
                opened.unregister("frame_in_memory")
                total += len(next(iter(columns.values()), ()))
            opened.execute(f"COPY written TO {sql_text(str(path))} (FORMAT parquet)")
        with path.open("rb") as written:
            shutil.copyfileobj(written, file)
    return total


def _texts(values: Array) -> list[Any]:
    if values.dtype.kind == "b":
        return np.where(values, "true", "false").tolist()
    if values.dtype.kind != "f":
        return values.tolist()
    return [f"{value:.{CSV_DIGITS}g}" for value in values.tolist()]
