"""Rows in memory: a dict of single values is one row, a list of dicts is a row each, without DuckDB."""

from __future__ import annotations

import datetime
from contextlib import contextmanager
from decimal import Decimal
from uuid import UUID

import numpy as np
import pandas as pd
import pytest

from deltarule.data import duckdb_connection, read_table
from deltarule.data.object_columns import cell_column, object_column
from deltarule.errors import ColumnError, DataError, DeltaruleError
from deltarule.table_model import TableModel

COLUMNS = {
    "size": [1.5, None, 3.0, 2.0],
    "count": [1, 2, 2**60 + 1, None],
    "color": ["red", "blue", None, "red"],
    "day": [datetime.date(2024, 5, 1), None, datetime.date(2024, 5, 3), datetime.date(2024, 5, 1)],
    "is_new": [True, False, None, True],
}
ROWS = [dict(zip(COLUMNS, cells, strict=True)) for cells in zip(*COLUMNS.values(), strict=True)]
CELLS = ["red", "", " a ", "1.5", 3, -7, 2**53, 2**63, 2**80, 1.5, float("nan"), float("inf"), None]


def contents(table):
    """The columns by name, in which NaN equals NaN."""
    return {
        c.name: (c.kind, c.levels, str(c.values.dtype), str(c.values.tolist()))
        for c in table.columns
    }


def test_a_list_of_dicts_is_read_as_the_dict_of_its_columns():
    for rows in (ROWS, tuple(ROWS), [dict(reversed(row.items())) for row in ROWS]):
        assert contents(read_table(rows)) == contents(read_table(COLUMNS))
    assert read_table(ROWS).names == tuple(COLUMNS)


def test_an_absent_key_is_a_missing_cell():
    table = read_table([{"x": 1.0}, {"x": 2.0, "color": "red"}, {"color": "blue"}])
    assert table.names == ("x", "color")
    assert table["x"].missing.tolist() == [False, False, True]
    assert table["color"].texts().tolist() == [None, "red", "blue"]


def test_rows_that_are_no_table_are_refused():
    for source, words in (
        ([{"x": 1}, [2]], "only dicts, got list in row 2: give each row as a dict"),
        ([{}, {}], "A list of dicts has no columns"),
        ([{1: "a", "1": "b"}], "the list of dicts has more than one column named '1'"),
    ):
        with pytest.raises(DeltaruleError, match=words):
            read_table(source)
    with pytest.raises(DataError, match="'x': it holds list, not a number"):
        read_table([{"x": [1]}, {"x": [2]}])


def test_a_query_reads_a_list_of_dicts():
    table = read_table(ROWS, query="SELECT color, size FROM source WHERE size > 1.5")
    assert table["color"].texts().tolist() == [None, "red"]


def test_a_dict_of_single_values_is_one_row():
    row = {
        "a": Decimal("1.5"),
        "b": datetime.time(6, 30),
        "c": datetime.timedelta(hours=3),
        "d": UUID(int=1),
        "e": np.float32(0.5),
        "f": datetime.datetime(2024, 5, 1, 12),
        "g": True,
        "h": "red",
        "i": pd.Timestamp("2024-05-01"),
    }
    table = read_table({**row, "none": None, "na": pd.NA, "nat": pd.NaT})
    assert table.rows == 1
    assert [table[name].values[0] for name in "abceg"] == [1.5, 6.5, 3, 0.5, 1]
    assert table["d"].texts()[0] == str(row["d"])
    assert all(table[name].missing.all() for name in ("none", "na", "nat"))
    listed = contents(read_table({name: [cell] for name, cell in row.items()}))
    assert contents(read_table(row)) == listed


@pytest.mark.parametrize("cell", CELLS, ids=repr)
def test_the_column_of_one_cell_is_that_of_a_list(cell):
    found, expected = cell_column("x", cell), object_column("x", [cell])
    if found is None:
        assert isinstance(cell, int)
        return
    assert len(found.parts) == len(expected.parts) == 1
    a, b = found.parts[0], expected.parts[0]
    assert (a.kind, a.levels, a.values.dtype) == (b.kind, b.levels, b.values.dtype)
    assert str(a.values) == str(b.values)


def test_columns_in_memory_are_read_by_a_schema_without_duckdb(monkeypatch):
    schema = read_table(COLUMNS).schema
    expected = contents(read_table(COLUMNS, schema=schema))

    @contextmanager
    def refused(*arguments):
        raise AssertionError("DuckDB is opened")
        yield

    monkeypatch.setattr(duckdb_connection, "connection", refused)
    arrays = {name: np.array(cells, dtype=object) for name, cells in COLUMNS.items()}
    for source in (COLUMNS, ROWS, arrays, pd.DataFrame(arrays)):
        assert contents(read_table(source, schema=schema)) == expected
    assert read_table(ROWS[0], schema=schema).rows == 1


def test_of_a_wide_frame_only_the_columns_of_the_schema_are_read():
    frame = pd.DataFrame({f"x{i}": [float(i), i + 0.5] for i in range(20)})
    schema = read_table(frame).schema.select(["x3", "x17"])
    table = read_table(frame, schema=schema)
    assert table.names == ("x3", "x17")
    assert table["x17"].values.tolist() == [17.0, 17.5]
    assert len(table.left_out) == 18


def test_a_model_refuses_rows_none_of_which_has_a_column(small_model: TableModel):
    with pytest.raises(ColumnError, match="A list of dicts has no column 'color'"):
        small_model.predict([{"x": 1.0}, {"x": 2.0}])
    assert len(small_model.predict([{"x": 1.0}, {"color": "red"}])) == 2


@pytest.fixture(scope="module")
def small_model() -> TableModel:
    import deltarule as dr

    rows = [
        {"x": i % 7 / 2, "color": ("red", "blue")[i % 2], "y": i % 2 + i / 9} for i in range(30)
    ]
    model = dr.train(rows, "y", folds=1, epochs=3, hidden=(4,)).model
    assert model.evaluate(rows).rows == 30
    return model
