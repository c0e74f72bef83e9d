"""Tables with many columns are read in parts, with the same result."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pytest

from deltarule.data import Table, read_table
from deltarule.data.table import Column

RNG = np.random.default_rng(0)
COLUMNS = {
    "plain": ["1.5", "-2e3", ".5", "+7"],
    "spaced": [" 1", "2 ", " 3 ", "4"],
    "with missing": ["1", "NA", "", "2.25"],
    "nothing": ["", "NA", "?", ""],
    "codes": ["007", "012", "1", "2"],
    "large": ["9007199254740993", "9007199254740992", "1", "2"],
    "huge": ["1e999", "1", "2", "3"],
    "comma": ["1,5", "2,25", "0,5", "7,0"],
    "text": ["a", "b", "1", "2"],
    "nan": ["nan", "1", "inf", "2"],
    "date": ["2024-05-01", "2024-05-02", "2024-05-03", ""],
    "flag": ["true", "false", "true", "true"],
    "underscore": ["1_000", "2", "3", "4"],
}


def as_csv(columns: dict[str, list[str]]) -> bytes:
    rows = zip(*columns.values(), strict=True)
    return "\n".join([";".join(columns), *(";".join(row) for row in rows), ""]).encode()


def assert_same(wide: Table, narrow: Table) -> None:
    assert (wide.names, wide.notes, wide.left_out) == (narrow.names, narrow.notes, narrow.left_out)
    assert wide.schema == narrow.schema
    for one, other in zip(wide.columns, narrow.columns, strict=True):
        assert (one.kind, list(one.levels)) == (other.kind, list(other.levels)), one.name
        np.testing.assert_array_equal(one.values, other.values, err_msg=one.name)


@pytest.fixture(params=["few rows", "many rows"])
def wide(request, monkeypatch):
    """Read as a wide table does, in Python or in parts."""

    def wide(data: bytes, **options) -> Table:
        with monkeypatch.context() as patch:
            patch.setattr("deltarule.data.text_tables.MIN_COLUMNS", 1)
            patch.setattr("deltarule.data.text_tables._COLUMNS_AT_ONCE", 2)
            if request.param == "many rows":
                patch.setattr("deltarule.data.text_tables.MAX_ROWS", 0)
            return read_table(io.BytesIO(data), **options)

    return wide


@pytest.mark.parametrize("names", [*pairwise(COLUMNS), tuple(COLUMNS)], ids="-".join)
def test_wide_tables_are_read_like_narrow_ones(wide, names):
    data = as_csv({name: COLUMNS[name] for name in names})
    narrow = read_table(io.BytesIO(data))
    assert_same(wide(data), narrow)
    others = as_csv({name: COLUMNS[name][::-1] for name in names} | {"other": ["1"] * 4})
    found = wide(others, schema=narrow.schema)
    assert_same(found, read_table(io.BytesIO(others), schema=narrow.schema))


@pytest.mark.alone
def test_fifteen_hundred_columns_take_seconds():
    import time

    values = RNG.normal(size=(20, 1500)).round(3)
    lines = [",".join(f"c{i}" for i in range(1500)), *(",".join(map(str, row)) for row in values)]
    started = time.process_time()
    table = read_table(io.BytesIO("\n".join(lines).encode()))
    assert time.process_time() - started < 5  # planning one query of all columns takes minutes
    np.testing.assert_array_equal(table["c1499"].values, values[:, 1499])


def test_looking_up_a_column_takes_the_same_time_in_wide_tables():
    values = np.zeros(1)
    table = Table(tuple(Column(f"c{i}", "number", values) for i in range(50_000)))
    assert all(f"c{i}" in table and table[f"c{i}"].name == f"c{i}" for i in range(50_000))
