"""The same rows of texts in every source that can be read."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet

Rows = dict[str, list[str]]


def _delimited(separator: str) -> Callable[[Rows], io.BytesIO]:
    def write(rows: Rows) -> io.BytesIO:
        text = io.StringIO()
        writer = csv.writer(text, delimiter=separator, lineterminator="\n", quoting=csv.QUOTE_ALL)
        writer.writerow(rows)
        writer.writerows(zip(*rows.values(), strict=True))
        return io.BytesIO(text.getvalue().encode())

    return write


def _json_lines(rows: Rows) -> io.BytesIO:
    records = [dict(zip(rows, cells, strict=True)) for cells in zip(*rows.values(), strict=True)]
    return io.BytesIO("\n".join(map(json.dumps, records)).encode())


def _parquet(rows: Rows) -> io.BytesIO:
    file = io.BytesIO()
    pyarrow.parquet.write_table(pa.table(rows), file)
    file.seek(0)
    return file


SOURCES: dict[str, Callable[[Rows], Any]] = {
    "csv": _delimited(","),
    "tsv": _delimited("\t"),
    "semicolons": _delimited(";"),
    "json lines": _json_lines,
    "parquet": _parquet,
    "pandas": pd.DataFrame,
    "pandas objects": lambda rows: pd.DataFrame(rows, dtype=object),
    "polars": pl.DataFrame,
    "pyarrow": pa.table,
    "dict": dict,
}
