"""Columns of Arrow and polars: what DuckDB reads of them, without DuckDB."""

from __future__ import annotations

import datetime
from contextlib import contextmanager

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from deltarule.data import duckdb_connection, read_table
from deltarule.data.string_columns import FEW_ROWS
from deltarule.errors import DataError

ROWS = 12
RNG = np.random.default_rng(0)
DAYS = [datetime.datetime(1960, 1, 1) + datetime.timedelta(days=1234.25 * i) for i in range(ROWS)]
TYPES = {
    **{f"int{bits}": (f"int{bits}", list(range(-5, ROWS - 5))) for bits in (8, 16, 32, 64)},
    **{f"uint{bits}": (f"uint{bits}", list(range(ROWS))) for bits in (8, 16, 32, 64)},
    "large": ("int64", [2**62 + i for i in range(ROWS)]),
    "float32": ("float32", RNG.normal(size=ROWS).astype(np.float32).tolist()),
    "float64": ("float64", [float("nan"), *RNG.normal(size=ROWS - 1).tolist()]),
    "bool": ("bool", [i % 3 == 0 for i in range(ROWS)]),
    "string": ("string", [(" red", "NA", "ä", "1.5")[i % 4] for i in range(ROWS)]),
    "large_string": ("large_string", [f"id {i}" for i in range(ROWS)]),
    "date32": ("date32", [day.date() for day in DAYS]),
    **{f"timestamp {unit}": (pa.timestamp(unit), DAYS) for unit in ("s", "ms", "us", "ns")},
    "zoned": (pa.timestamp("us", "Europe/Berlin"), [d.astimezone(datetime.UTC) for d in DAYS]),
    "null": ("null", [None] * ROWS),
}
WITHOUT_DUCKDB = sorted({*TYPES} - {"timestamp ns"})


def arrow_array(name: str, missing: str) -> pa.Array:
    kind, cells = TYPES[name]
    gone = {"none": (), "some": (0, 3, 7), "all": range(ROWS)}[missing]
    listed = [None if i in gone else cell for i, cell in enumerate(cells)]
    return pa.array(listed, pa.type_for_alias(kind) if isinstance(kind, str) else kind)


def contents(table, name="x"):
    column = table[name]
    return column.kind, list(column.levels), column.texts().tolist(), column.values.dtype.kind


@contextmanager
def refused(*arguments):
    raise AssertionError("DuckDB is opened")
    yield


@pytest.mark.parametrize("missing", ["none", "some", "all"])
@pytest.mark.parametrize("name", TYPES)
def test_columns_are_those_that_duckdb_reads(name, missing):
    array = arrow_array(name, missing)
    table = pa.table({"x": array, "row": pa.array(range(ROWS))})
    halves = pa.concat_tables([table.slice(0, 5), table.slice(5)])
    expected = contents(read_table(table, query="SELECT * FROM source"))
    sources = [table, halves, table.to_batches()[0], pl.from_arrow(table)]
    if name in WITHOUT_DUCKDB:
        sources.append(table.to_pandas(types_mapper=pd.ArrowDtype))
    for source in sources:
        assert contents(read_table(source)) == expected
    part = contents(read_table(table.slice(3, 6), query="SELECT * FROM source"))
    assert contents(read_table(table.slice(3, 6))) == part


@pytest.mark.parametrize("name", WITHOUT_DUCKDB)
def test_duckdb_is_not_opened(monkeypatch, name):
    table = pa.table({"x": arrow_array(name, "some"), "row": pa.array(range(ROWS))})
    schema = read_table(table).schema
    monkeypatch.setattr(duckdb_connection, "connection", refused)
    for source in (table, pl.from_arrow(table), table.slice(2, 1)):
        assert "x" in read_table(source, schema=schema)


def test_dictionaries_of_a_record_batch_are_categories():
    batch = pa.record_batch({"x": pa.array(["b", "a", None, "b"]).dictionary_encode()})
    table = read_table(batch)
    assert table["x"].texts().tolist() == ["b", "a", None, "b"]
    assert table.schema["x"].kind == "category"


def test_many_rows_are_read_like_few():
    texts = [f"text {i % 700}" if i % 13 else None for i in range(FEW_ROWS + 1)]
    many = read_table(pa.table({"x": texts}))["x"].texts()
    few = read_table(pa.table({"x": texts[:FEW_ROWS]}))["x"].texts()
    assert many.tolist() == texts
    assert few.tolist() == texts[:FEW_ROWS]


def test_many_rows_of_few_levels_are_read_without_duckdb(monkeypatch):
    texts = [("é", "z", "\U0001f600", "\uffff", None, "a")[i % 6] for i in range(2 * FEW_ROWS)]
    frame = pd.DataFrame({"x": texts})
    expected = read_table(frame.astype(object))
    table = pa.table({"x": texts})
    halves = pa.concat_tables([table.slice(0, 7), table.slice(7)])
    schema = expected.schema
    monkeypatch.setattr(duckdb_connection, "connection", refused)
    for source in (table, halves, pl.from_arrow(table), frame.astype("str")):
        found = read_table(source, schema=schema)["x"]
        assert found.levels == expected["x"].levels == ("a", "z", "é", "\uffff", "\U0001f600")
        assert found.values.dtype == expected["x"].values.dtype
        assert found.values.tolist() == expected["x"].values.tolist()


def test_times_beyond_the_usual_are_left_to_duckdb():
    infinite = pa.array([2**63 - 1, 0], pa.int64()).cast(pa.timestamp("us"))
    assert read_table(pa.table({"x": infinite}))["x"].missing.tolist() == [True, False]


def test_texts_that_are_not_valid_are_refused():
    invalid = pa.StringArray.from_buffers(
        1, pa.py_buffer(b"\0\0\0\0\1\0\0\0"), pa.py_buffer(b"\xff")
    )
    for column in (invalid, pa.concat_arrays([invalid, pa.array(["a"] * FEW_ROWS)])):
        with pytest.raises(DataError, match="Column 'x' holds a text that is not valid Unicode"):
            read_table(pa.table({"x": column}))
    with pytest.raises(DataError, match="has no rows"):
        read_table(pa.table({"x": pa.array([], "string")}))
