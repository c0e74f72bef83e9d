"""Tables in memory: shared numbers, unusual types, names that differ only in case."""

from __future__ import annotations

import io

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest

from deltarule.data import read_table
from deltarule.errors import DataError

NAMES = ("a", "A", "b", "B", "Ab", "aB")


def lettered() -> pd.DataFrame:
    """Columns whose names are equal in SQL, with distinct values."""
    frame = pd.DataFrame({name: np.arange(3.0) + 10 * i for i, name in enumerate(NAMES)})
    return frame.assign(B=["x", "y", None], aB=["p", "q", "r"])


def files_of(frame: pd.DataFrame) -> dict[str, io.BytesIO]:
    """The frame as CSV, JSON lines, JSON and Parquet."""
    parquet = io.BytesIO()
    pyarrow.parquet.write_table(pa.Table.from_pandas(frame), parquet)
    lines = frame.to_json(orient="records", lines=True)
    return {
        "csv": io.BytesIO(frame.to_csv(index=False).encode()),
        "json lines": io.BytesIO(lines.encode()),
        "json": io.BytesIO(frame.to_json(orient="records").encode()),
        "parquet": io.BytesIO(parquet.getvalue()),
    }


@pytest.mark.parametrize(
    "source", ["pandas", "polars", "pyarrow", "dict", "csv", "json lines", "json", "parquet"]
)
def test_names_that_differ_only_in_case(source) -> None:
    frame = lettered()
    given = {
        "pandas": frame,
        "polars": pl.DataFrame(frame),
        "pyarrow": pa.Table.from_pandas(frame),
        "dict": {name: frame[name].to_numpy() for name in frame},
        **files_of(frame),
    }[source]
    table = read_table(given)
    assert table.names == NAMES
    for i, name in enumerate(NAMES):
        if name not in ("B", "aB"):
            assert table[name].values.tolist() == [10.0 * i, 10.0 * i + 1, 10.0 * i + 2]
    assert table["B"].texts().tolist() == ["x", "y", None]
    assert table["aB"].texts().tolist() == ["p", "q", "r"]


def test_a_json_key_that_looks_renamed_keeps_its_name() -> None:
    lines = b'{"a": 1, "A": 2, "A_1": 3, "b_1": 4}\n{"a": 5, "A": 6, "A_1": 7, "b_1": 8}\n'
    table = read_table(io.BytesIO(lines))
    assert table.names == ("a", "A", "A_1", "b_1")
    assert [column.values.tolist() for column in table.columns] == [[1, 5], [2, 6], [3, 7], [4, 8]]


def test_numbers_are_shared_only_on_request() -> None:
    numbers = np.arange(6.0)
    frame = pd.DataFrame({"x": numbers, "t": list("abcabc")}, copy=False)
    shared = read_table({"x": numbers}, share=True)["x"].values
    assert np.shares_memory(shared, numbers)
    assert np.shares_memory(read_table(frame, share=True)["x"].values, frame["x"].to_numpy())
    own = read_table({"x": numbers})["x"].values
    assert not np.shares_memory(own, numbers)
    own[0] = 7  # and it may be written to
    assert numbers[0] == 0
    polars = pl.DataFrame({"x": numbers})
    assert np.shares_memory(read_table(polars, share=True)["x"].values, polars["x"].to_numpy())
    arrow = pa.table({"x": numbers})
    assert np.shares_memory(read_table(arrow, share=True)["x"].values, arrow["x"].to_numpy())


@pytest.mark.parametrize(
    ("dtype", "kept"),
    [
        ("f2", "f4"), ("f4", "f4"), ("f8", "f8"), (">f8", "f8"), (np.longdouble, "f8"), ("i1", "f4"),
        ("u2", "f4"), ("i4", "f8"), ("u8", "f8"),
    ],
)  # fmt: skip
def test_numbers_of_every_width(dtype, kept) -> None:
    values = np.array([3, 0, 100], dtype)
    for source in ({"x": values}, pd.DataFrame({"x": values})):
        column = read_table(source, share=True)["x"]
        assert (column.kind, column.values.dtype) == ("number", np.dtype(kept))
        assert column.values.tolist() == [3, 0, 100]


def test_pandas_types_that_duckdb_does_not_read() -> None:
    index = [7, 7, 9]  # neither unique nor from 0
    bins = pd.cut([0.5, 1.5, np.nan], [0, 1, 2])
    frame = pd.DataFrame(
        {
            "period": pd.PeriodIndex(["2020-01", "2020-02", None], freq="M"),
            "interval": pd.arrays.IntervalArray.from_tuples([(0, 1), (1, 2), np.nan]),
            "bin": bins,
            "months": pd.Categorical(pd.PeriodIndex(["2020-01", "2020-02", "2020-01"], freq="M")),
            "sparse": pd.arrays.SparseArray([0.0, 2.5, np.nan]),
            "sparse_flag": pd.arrays.SparseArray([True, False, False]),
            "duration": pd.to_timedelta([1, 36, None], unit="h"),
            "complex": np.array([1j, 2, 3]),
        },
        index=index,
    )
    table = read_table(frame)
    assert table.left_out == (("complex", "it holds complex128, not a number, text or date"),)
    months = np.array(["2020-01-01", "2020-02-01", "NaT"], "datetime64[us]")
    np.testing.assert_array_equal(table["period"].values, months)
    assert table["interval"].texts().tolist() == ["(0.0, 1.0]", "(1.0, 2.0]", None]
    assert table["bin"].texts().tolist() == ["(0, 1]", "(1, 2]", None]
    assert table["months"].texts().tolist() == ["2020-01", "2020-02", "2020-01"]
    np.testing.assert_array_equal(table["sparse"].values, [0, 2.5, np.nan])
    np.testing.assert_array_equal(table["sparse_flag"].values, [1, 0, 0])
    np.testing.assert_array_equal(table["duration"].values, [1, 36, np.nan])  # hours


def test_polars_types_that_duckdb_does_not_read() -> None:
    frame = pl.DataFrame(
        {
            "object": pl.Series([object(), object()], dtype=pl.Object),
            "wide": pl.Series([2**100, None], dtype=pl.Int128),
            "x": [1.0, None],
        }
    )
    table = read_table(frame)
    assert table.names == ("wide", "x")
    np.testing.assert_array_equal(table["wide"].values, [2.0**100, np.nan])
    assert table.left_out == (("object", "it holds Python objects, not a number, text or date"),)


def test_invalid_unicode_is_reported_with_its_column() -> None:
    with pytest.raises(DataError, match=r"Column 't' holds the text .* in row 2"):
        read_table(pd.DataFrame({"ok": ["a", "b"], "t": pd.Series(["a", "\ud800"], dtype=object)}))


def test_a_table_without_rows_is_refused() -> None:
    with pytest.raises(DataError, match="A data frame has no rows: give a table with rows"):
        read_table(pd.DataFrame({"x": [], "t": []}))
