"""Parquet, JSON, several files, streams, memory, queries, compared with other libraries or the text."""

from __future__ import annotations

import io
import sys
from decimal import Decimal
from pathlib import Path

import numpy as np
import pytest

from deltarule.data import read_table
from deltarule.errors import (
    ColumnError,
    DataError,
    FileError,
    SettingError,
    ShapeError,
    TableFileError,
)  # fmt: skip


@pytest.mark.parametrize("name", ["penguins", "nyc_taxis", "adult", "diamonds", "arrhythmia"])
def test_parquet_reads_as_pandas_reads_it(shared_tables, name):
    pandas = pytest.importorskip("pandas")
    pytest.importorskip("pyarrow")
    path = shared_tables / f"{name}.parquet"
    table, frame = read_table(path), pandas.read_parquet(path)
    assert table.names == tuple(frame.columns)
    for column in table.columns:
        expected = frame[column.name]
        assert column.missing.tolist() == expected.isna().tolist()
        if column.kind == "number":
            np.testing.assert_array_equal(column.values, expected.to_numpy(float))
        elif column.kind == "datetime":
            stamps = expected.to_numpy("datetime64[us]")
            np.testing.assert_array_equal(column.values, stamps)
        else:
            present = expected.dropna().str.strip().tolist()
            assert column.texts()[~column.missing].tolist() == present


def test_parquet_types(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    path = tmp_path / "types.parquet"
    utc = pyarrow.timestamp("us", tz="UTC")
    arrays = {
        "tiny": pyarrow.array([1, None, -3], pyarrow.int8()),
        "decimal": pyarrow.array([Decimal("1.5"), None, Decimal("-2")]),
        "large": pyarrow.array([2**63, 1, None], pyarrow.uint64()),
        "zoned": pyarrow.array([0, None, 86_400_000_000], utc),
        "flag": pyarrow.array([True, None, False]),
        "text": pyarrow.array(["?", " z ", ""]),
        "date_text": pyarrow.array(["2020-01-01", None, "2020-01-03"]),
        "nothing": pyarrow.nulls(3),
        "list": pyarrow.array([[1], [2], None]),
        "bytes": pyarrow.array([b"a", b"b", None]),
    }
    pytest.importorskip("pyarrow.parquet").write_table(pyarrow.table(arrays), path)
    table = read_table(path)
    nan = np.nan
    for name, expected in {
        "tiny": [1, nan, -3],
        "decimal": [1.5, nan, -2],
        "large": [2.0**63, 1, nan],
        "flag": [1, nan, 0],
        "nothing": [nan] * 3,
    }.items():
        np.testing.assert_array_equal(table[name].values, expected)
    assert table["flag"].kind == "boolean"
    assert table["text"].texts().tolist() == [None, "z", None]
    for name, days in {"zoned": [0, None, 1], "date_text": [18262, None, 18264]}.items():
        moments = np.array(days, dtype="datetime64[D]").astype("datetime64[us]")
        np.testing.assert_array_equal(table[name].values, moments)
    assert [name for name, _ in table.left_out] == ["list", "bytes"]
    with pytest.raises(ColumnError, match=r"Column 'list' .* cannot be used: it holds BIGINT"):
        table["list"]


def test_parquet_with_two_columns_of_one_name(tmp_path):
    pyarrow = pytest.importorskip("pyarrow")
    path = tmp_path / "twice.parquet"
    table = pyarrow.Table.from_arrays([pyarrow.array([1]), pyarrow.array([2])], names=["a", "a"])
    pytest.importorskip("pyarrow.parquet").write_table(table, path)
    with pytest.raises(ColumnError, match="more than one column named 'a'"):
        read_table(path)


def test_parquet_cut_short(shared_tables, tmp_path):
    path = tmp_path / "cut.parquet"
    path.write_bytes((shared_tables / "iris.parquet").read_bytes()[:1000])
    with pytest.raises(TableFileError, match=r"cut.parquet cannot be read as a table"):
        read_table(path)


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ('{"a": 1, "b": "x", "t": true}\n{"a": 2.5, "b": null, "t": false}\n', "t.jsonl"),
        ('[{"a": 1, "b": "x", "t": true},\n {"a": 2.5, "t": false}]', "t.json"),
    ],
)
def test_json(write, text, name):
    table = read_table(write(text, name))
    assert [column.kind for column in table.columns] == ["number", "text", "boolean"]
    assert table["a"].values.tolist() == [1.0, 2.5]
    assert table["b"].texts().tolist() == ["x", None]
    assert table["t"].values.tolist() == [1.0, 0.0]


def test_json_of_mixed_types_is_text_and_damaged_json_is_an_error(write):
    mixed = read_table(write('{"a": 1}\n{"a": "z"}\n{"a": null}\n', "mixed.jsonl"))
    assert mixed["a"].texts().tolist() == ["1", "z", None]
    with pytest.raises(
        TableFileError, match=r"bad.jsonl cannot be read as a table: Malformed JSON"
    ):
        read_table(write('{"a": 1}\nhello\n', "bad.jsonl"))


def test_files_are_concatenated_in_order_of_their_names(write, tmp_path):
    one, two = write("a,b\n1,x\n", "p1.csv"), write("b,a\ny,2\n", "p2.csv")
    for source in (str(tmp_path / "p*.csv"), [one, two]):
        table = read_table(source)
        assert table["a"].values.tolist() == [1.0, 2.0]
        assert table["b"].texts().tolist() == ["x", "y"]
    other = write("a,c\n1,2\n", "p3.csv")
    with pytest.raises(ColumnError, match=r"'b' is only in .*p1.csv"):
        read_table([one, other])
    with pytest.raises(TableFileError, match="read files of one format together"):
        read_table([one, write('{"a": 1}', "p4.jsonl")])


@pytest.mark.parametrize(
    ("source", "error", "message"),
    [
        ("no_such.csv", FileError, "There is no file no_such.csv"),
        ("no_such*.csv", FileError, "No file matches"),
        (Path(__file__).parent, FileError, "is a folder without tables"),
        ("ftp://example.org/a.csv", FileError, "neither a http nor a https address"),
        ([], SettingError, "at least one file"),
        (3, SettingError, "`source` must be a path"),
        (None, SettingError, "needs a source or a query"),
        (io.StringIO("a,b\n"), SettingError, "`source` must be a stream that gives bytes"),
        (io.BytesIO(b""), TableFileError, "standard input is empty"),
        ({}, DataError, "has no columns"),
        ("", SettingError, "`source` must be a path, and is empty"),
        ({"a": []}, DataError, "has no rows"),
        ({"a": [1, 2], "b": [1]}, ShapeError, "the same length"),
        ({"a": np.eye(2)}, ShapeError, "one dimension"),
        ({"a": [1j]}, DataError, "Column 'a' holds complex128"),
    ],
)
def test_no_source(source, error, message):
    with pytest.raises(error, match=message):
        read_table(source)


def test_standard_input(monkeypatch):
    class Input:
        buffer = io.BytesIO(b"a,b\n1,x\n")

    monkeypatch.setattr(sys, "stdin", Input)
    table = read_table("-")
    assert table.names == ("a", "b")
    assert table.source.startswith("standard input")


def test_dict_of_arrays():
    table = read_table(
        {
            "number": [1, None],
            "text": np.array(["x", "?"]),
            "flag": [True, None],
            "masked": np.ma.array([1, 2], mask=[False, True]),
            "big_endian": np.array([1, 2], dtype=">f8"),
            "date": np.array(["2020-01-01", "NaT"], dtype="datetime64[D]"),
        }
    )
    kinds = ["number", "text", "boolean", "number", "number", "datetime"]
    assert [column.kind for column in table.columns] == kinds
    assert [column.missing.tolist()[1] for column in table.columns] == [True] * 4 + [False, True]


@pytest.mark.parametrize("package", ["pandas", "polars", "pyarrow"])
def test_data_frames(package):
    module = pytest.importorskip(package)
    if package != "pyarrow":
        pytest.importorskip("pyarrow")
    make = module.table if package == "pyarrow" else module.DataFrame
    frame = make({"n": [1.5, None, 3.0], "t": ["x", None, "y"], "b": [True, False, True]})
    table = read_table(frame)
    np.testing.assert_array_equal(table["n"].values, [1.5, np.nan, 3.0])
    assert table["t"].texts().tolist() == ["x", None, "y"]
    assert table["b"].kind == "boolean"
    doubled = read_table(frame, query="SELECT n * 2 AS m FROM source WHERE t = 'y'")
    assert doubled["m"].values.tolist() == [6.0]


def test_query_with_and_without_source(shared_tables):
    path = shared_tables / "penguins.csv"
    query = "SELECT species, avg(body_mass_g) AS mass FROM source GROUP BY species ORDER BY species"
    table = read_table(path, query=query)
    # Horst, Hill and Gorman (2020), palmerpenguins: mean body mass in grams.
    assert table["mass"].values == pytest.approx([3700.66, 3733.09, 5076.02], abs=0.01)
    alone = read_table(query=f"SELECT * FROM '{shared_tables / 'iris.parquet'}' LIMIT 5;")
    assert (alone.rows, len(alone.columns)) == (5, 5)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("SELECT x FROM source", 'Referenced column "x" not found'),
        ("SELEC 1", "syntax error"),
        ("", "The query is empty: give one SELECT statement"),
        ("SELECT 1; SELECT 2", "must be one SELECT, got SELECT, SELECT"),
        ("COPY (SELECT 1) TO 'out.csv'", "must be one SELECT, got COPY"),
        ("ATTACH 'out.db'", "must be one SELECT, got ATTACH"),
        ("SELECT * FROM 'https://example.org/a.csv'", "deltarule loads none"),
        ("SELECT * FROM source WHERE a > 9", "has no rows"),
        ("SELECT a, a FROM source", "more than one column named 'a'"),
        (
            "SELECT * FROM query_words",
            "the table query_words does not exist. The table of SOURCE is",
        ),
        ("SELECT * FROM 'no.csv'", "there is no file no.csv: check the path"),
        ("SELECT 1 AS a", "does not read the table source, so that SOURCE has no effect"),
        (
            "SELECT * FROM 'table.csv'",
            "does not read the table source but table.csv, so that SOURCE",
        ),
        ("WITH source AS (SELECT 1 AS a) FROM source", "does not read the table source"),
    ],
)
def test_query_that_fails(write, query, message, tmp_path, monkeypatch):
    query_words = {"a": np.arange(3)}  # a Python variable is out of reach
    assert query_words
    path = write("a,b\n1,2\n")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(DataError, match=message):
        read_table(path, query=query)
    with pytest.raises(DataError):
        read_table({"a": [1]}, query=query)
    assert [entry.name for entry in tmp_path.iterdir()] == ["table.csv"]


def test_a_missing_column_is_reported_with_the_most_similar_name(shared_tables: Path):
    table = read_table(shared_tables / "iris.csv")
    with pytest.raises(ColumnError, match=r"no column 'specie' .* Did you mean 'species'\?"):
        table["specie"]
