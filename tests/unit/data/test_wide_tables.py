"""Tables with many columns are read in parts, with the same result, and listed in short."""

from __future__ import annotations

import io
from itertools import pairwise

import numpy as np
import pytest

import deltarule as dr
from deltarule.data import Table, read_table
from deltarule.data.table import Column
from deltarule.errors import ColumnError, TableFileError

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


@pytest.fixture(params=["plain lines", "few rows", "many rows"])
def wide(request, monkeypatch):
    """Read as a wide table does, line by line, in Python or in parts."""

    def wide(data: bytes, **options) -> Table:
        with monkeypatch.context() as patch:
            patch.setattr("deltarule.data.text_tables.MIN_COLUMNS", 1)
            patch.setattr("deltarule.data.text_tables._COLUMNS_AT_ONCE", 2)
            if request.param != "plain lines":
                patch.setattr("deltarule.data.file_relations.wide_lines", lambda *_: None)
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


LINES = {
    "plain": "a,b\n1,x\n2,y\n",
    "no break at the end": "a,b\n1,x\n2,",
    "Windows": "a,b\r\n1,x\r\n2,y\r\n",
    "byte order mark": "\ufeffa,b\n1,x\n2,ä\n",
    "quoted header": '"a","b"\n1,x\n2,y\n',
    "quoted cell": 'a,b\n1,"x,y"\n2,""\n',
    "break in the header": '"a\nc",b\n1,x\n2,y\n',
    "blank line": "a,b\n1,x\n\n2,y\n",
    "empty cells": "a,b\n,\n2,y\n",
    "title": "# a title\na,b\n1,x\n2,y\n",
    "white space": "a,b\n 1,\t2\n3 ,4\u00a0\n",
    "a code in a column of numbers": "a,b\n1,2\n3,07\n",
    "a long number": "a,b\n1,2\n3,9007199254740993\n",
    "signs": "a,b\n+1,-2\n-0,1-2\n",
}


@pytest.mark.parametrize("text", LINES.values(), ids=LINES)
def test_lines_are_split_as_a_parser_splits_them(wide, text):
    data = text.encode()
    assert_same(wide(data), read_table(io.BytesIO(data)))


def test_numbers_may_mark_missing_cells(wide):
    data = as_csv({"a": ["1", "2", "-9"], "b": ["-9", "2", "3"]})
    assert_same(wide(data, missing=["-9"]), read_table(io.BytesIO(data), missing=["-9"]))


@pytest.mark.parametrize("text", ["a,b\n1,2\n3\n", "a,b\n1,2\n3,4,5\n", 'a,b\n1,2\n3,"4\n'])
def test_lines_that_do_not_fit_are_refused_alike(wide, text):
    messages = []
    for read in (wide, lambda data: read_table(io.BytesIO(data))):
        with pytest.raises(TableFileError) as error:
            read(text.encode())
        messages.append(str(error.value))
    assert messages[0] == messages[1]


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


@pytest.mark.parametrize(("columns", "end"), [(8, "c6, c7."), (11, "c6, c7 and 3 more.")])
def test_an_unknown_column_is_told_the_first_names_and_the_number_of_others(columns, end):
    table = {f"c{i}": RNG.normal(size=30) for i in range(columns)}
    with pytest.raises(ColumnError) as error:
        dr.train(table, "price")
    assert str(error.value).endswith(f"Its columns are: c0, c1, c2, c3, c4, c5, {end}")
