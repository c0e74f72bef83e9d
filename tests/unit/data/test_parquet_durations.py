"""Durations of Parquet files that pandas, polars and pyarrow wrote. Expected: the hours written."""

from __future__ import annotations

import base64
import contextlib
import struct

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from deltarule.data import read_table
from deltarule.data.parquet_durations import _arrow_durations

HOURS = [26.5, 0.25, None, 3.0]
TIMES = pd.Series(pd.to_timedelta(HOURS, unit="h"))
SCHEMA = pa.schema([("size", pa.int64()), ("näme", pa.duration("ms")), ("t", pa.duration("ns"))])


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("writer", ["pandas", "polars", "pyarrow"])
def test_durations_are_read_in_hours_whoever_wrote_them(tmp_path, writer, unit):
    path, times = tmp_path / "t.parquet", TIMES.astype(f"timedelta64[{unit}]")
    frame = pd.DataFrame({"n": range(4), "took": times})
    if writer == "pandas":
        frame.to_parquet(path)
    elif writer == "pyarrow":
        table = pa.table({"n": range(4), "took": pa.array(times, pa.duration(unit))})
        pq.write_table(table, path)
    else:
        pl.from_pandas(frame).write_parquet(path)
    table = read_table(path)
    assert table.schema["took"].kind == "duration"
    np.testing.assert_array_equal(table["took"].values, np.array(HOURS, float))
    assert table["n"].values.tolist() == [0, 1, 2, 3]


def test_arrow_schemas_name_their_durations():
    message = SCHEMA.serialize().to_pybytes()
    assert _arrow_durations(message) == {"näme": "ms", "t": "ns"}


def test_damaged_schemas_give_no_other_error():
    message = SCHEMA.serialize().to_pybytes()
    random = np.random.default_rng(0)
    for i in range(2000):
        damaged = bytearray(message)
        for place in random.integers(0, len(message), 1 + i % 5):
            damaged[place] = random.integers(256)
        with contextlib.suppress(ValueError, IndexError, struct.error):
            _arrow_durations(bytes(damaged[: len(message) - i % 7 * 20]))


def test_metadata_that_describes_other_columns_is_ignored(tmp_path):
    encoded = base64.b64encode(SCHEMA.serialize().to_pybytes())
    for metadata in ({"ARROW:schema": encoded}, {"ARROW:schema": b"?"}, {"pandas": b"[]"}):
        path = tmp_path / "t.parquet"
        table = pa.table({"size": [1, 2]}).replace_schema_metadata(metadata)
        pq.write_table(table, path, store_schema=False)
        assert read_table(path)["size"].values.tolist() == [1, 2]
