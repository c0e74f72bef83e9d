"""Text tables and JSON read without DuckDB: the same table, schema, notes and refusals as with it."""

from __future__ import annotations

import gzip
import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from reading.random_tables import random_table
from reading.sources import SOURCES

from deltarule.data import Table, read_table, sources
from deltarule.errors import DeltaruleError, TableFileError

EXAMPLES = Path(__file__).parents[2] / "examples"
ROWS = "\n".join(f"{i},{i % 7 / 4},{'ab'[i % 2]}" for i in range(40))
HOSTILE: dict[str, bytes] = {
    "quoted separators": b'a,b\n"1,5",x\n"2,5","y ""z"""\n"3,5",x\n',
    "line breaks in cells": b'name,note\nanna,"two\nlines"\nbert,"one"\ncarl,"x\r\ny"\n',
    "carriage returns": b"a,b\r1,x\r2,y\r3,x\r",
    "mixed line ends": b"a,b\r\n1,x\n2,y\r\n3,x\n",
    "a byte order mark": "\ufeffgröße,b\n1,x\n2,y\n".encode(),
    "UTF-16": "größe\tb\n1\tx\n2\ty\n3\tz\n".encode("utf-16"),
    "Windows-1252": "größe;b\n1,5;Zürich\n2,5;Köln\n".encode("cp1252"),
    "a title above": b"Results of 2024\n\nsize,color\n1,red\n2,blue\n3,red\n4,blue\n",
    "a stated separator": b"sep=;\na;b\n1,5;2\n3,5;4\n",
    "comments": b"# made by hand\n# a,b\n1,2\n3,4\n5,6\n",
    "comments between rows": b"a,b\n1,2\n# checked\n3,4\n5,6\n",
    "a total": f"i,q,c\n{ROWS}\nTotal,10,\n".encode(),
    "a footer": f"i,q,c\n{ROWS}\n\nSource: somewhere\n".encode(),
    "aligned by spaces": b"a    b     c\n1    2.5   x\n20   3.5   y\n300  4.5   z\n",
    "Markdown": b"| a | b |\n|---|---|\n| 1 | x |\n| 2 | y |\n| 3 | x |\n",
    "no header": b"1,2,x\n3,4,y\n5,6,z\n",
    "one column": b"size\n1\n2\n\n3\n",
    "one column of texts": b"word\nred\nblue\n\nred\n",
    "blank lines": b"a,b\n\n1,2\n\n3,4\n\n",
    "blanks around cells": b"a, b ,c\n 1 , x , 2024-01-02\n2, y,2024-01-03 \n",
    "blanks before quotes": b'a,b\n1, "x, y"\n2, "z"\n3, "x, y"\n',
    "cells aligned behind their separators": b'"a",   "b"\n"x, y",   "1"\n  "z",    2\n',
    "blanks behind quotes": b'a,b\n"x, y" ,1\n"z ""w""" , 2\n"x\n y"  ,3\n',
    "empty quoted cells": b'a,b\n"",1\nx,2\n"",3\n',
    "row names of R": b'"x","y"\n"1",1.5,2\n"2",2.5,3\n"3",3.5,4\n',
    "an index without a name": b",a\n0,1.5\n1,2.5\n2,3.5\n",
    "empty unnamed columns": b"a,,b,\n1,,2,\n3,,4,\n5,,6,\n",
    "single quotes": b"a,b\n'x','1'\n'y, z','2'\n'x','3'\n",
    "a ragged row": b"a,b,c\n1,2,3\n4,5\n6,7,8\n",
    "empty cells beyond the last column": b'a,b\n1,2\n3,4,\n5,6,,""\n',
    "a row too wide": b"a,b\n1,2\n3,4,5\n6,7\n",
    "twice the same name": b"a,a\n1,2\n3,4\n",
    "a header alone": b"a,b\n",
    "nothing": b"\n\n",
    "codes and large integers": b"id,n\n007,9007199254740993\n013,9007199254740995\n100,1\n",
    "error values": b"a,b\n1,x\n#DIV/0!,y\n3,z\n#DIV/0!,x\n",
    "a page of the web": b"<!doctype html><p>a,b</p>",
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(40),
    "ARFF": b"@relation r\n@attribute a numeric\n@attribute c {x,'y z'}\n@data\n1,x\n2,'y z'\n?,x\n",
    "JSON lines": b'{"a": 1, "b": "x"}\n{"a": 2.5, "b": null, "c": true}\n\n{"b": "y"}\n',
    "a JSON array": b'[{"a": 1, "b": "2024-01-02"}, {"a": 2, "b": "2024-01-03"}]',
    "JSON of mixed kinds": b'{"a": 1}\n{"a": "x"}\n{"a": true}\n{"a": 1}\n',
    "JSON with lists": b'{"a": [1, 2], "b": 1}\n{"a": [3], "b": 2}\n',
    "large integers in JSON": b'{"a": 9007199254740993}\n{"a": 9007199254740995}\n',
    "a key twice in JSON": b'{"a": 1, "a": 2, "b": 1}\n{"a": 3, "b": 2}\n',
    "an empty object in JSON": b'{"a": 1}\n{}\n{"a": 2}\n',
    "an empty JSON array": b"[ ]",
    "JSON objects without keys": b"{}\n{}\n",
    "NaN in JSON": b'{"a": 1}\n{"a": NaN}\n',
    "compressed": gzip.compress(b"a,b\n1,x\n2,y\n3,x\n"),
}  # fmt: skip
WORDED_OTHERWISE: dict[str, bytes] = {
    "an open quote": b'a,b\n1,x\n2,"y\n3,x\n' * 3,
    "text behind a quote": b'a,b\n1,x\n2,"y"z\n3,x\n',
    "broken JSON": b'{"a": 1}\n{"a": \n{"a": 3}\n',
    "a JSON array that is cut off": b'[{"a": 1},\n{"a": 2}',
    "a JSON array without a comma": b'[{"a": 1}\n{"a": 2}]',
    "a JSON array with two commas": b'[{"a": 1},,\n{"a": 2}]',
    "a JSON array with a comma at its end": b'[{"a": 1},\n{"a": 2},]',
    "text behind a JSON array": b'[{"a": 1},\n{"a": 2}] x',
    "half of a surrogate pair in JSON": b'{"a": "\\ud800"}\n{"a": "x"}\n',
    "other white space in JSON": '{"a": 1}\u00a0{"a": 2}\n'.encode(),
}  # fmt: skip


@pytest.fixture
def both(monkeypatch) -> Callable[..., tuple[Any, Any]]:
    """Read bytes, or what a function returns, with DuckDB and without."""

    def both(content: bytes | Callable[[], Any], **options: Any) -> tuple[Any, Any]:
        found: list[Any] = []
        for installed in (True, False):
            monkeypatch.setattr(sources, "has_duckdb", lambda installed=installed: installed)
            source = io.BytesIO(content) if isinstance(content, bytes) else content()
            try:
                found.append(read_table(source, **options))
            except DeltaruleError as error:
                found.append(error)
        return found[0], found[1]

    return both


def assert_same(table: Table, other: Table) -> None:
    assert (other.names, other.notes, other.left_out) == (table.names, table.notes, table.left_out)
    assert (other.schema, other.source) == (table.schema, table.source)
    for column, twin in zip(table.columns, other.columns, strict=True):
        assert twin.kind == column.kind
        if column.kind == "text":
            assert list(twin.texts()) == list(column.texts())
        else:
            np.testing.assert_array_equal(twin.values, column.values)


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_tables(both, name):
    table, other = both(HOSTILE[name])
    if isinstance(table, Exception):
        assert (type(other), str(other)) == (type(table), str(table))
    else:
        assert_same(table, other)


@pytest.mark.parametrize("name", WORDED_OTHERWISE)
def test_tables_that_both_refuse(both, name):
    table, other = both(WORDED_OTHERWISE[name])
    assert isinstance(table, TableFileError)
    assert isinstance(other, TableFileError)
    assert "line" in str(other)


@pytest.mark.parametrize("kind", ["csv", "tsv", "semicolons", "json lines"])
@pytest.mark.parametrize("seed", range(30))
def test_random_tables(both, kind, seed):
    rows = random_table(seed)
    options = {} if kind == "json lines" else {"header": True}
    table, other = both(lambda: SOURCES[kind](rows), **options)
    assert_same(table, other)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.csv")), ids=lambda path: path.name)
def test_the_examples(both, path):
    assert_same(*both(lambda: str(path)))


def test_a_model_reads_a_later_table_by_its_schema(both):
    schema = read_table(io.BytesIO(b"a,b,c\n1.5,x,2024-01-02\n2.5,y,2024-01-03\n")).schema
    table, other = both(b"c,d,a\n2024-01-02,1,7\n,2,oops\n", schema=schema.select({"a", "c"}))
    assert_same(table, other)


@pytest.mark.parametrize("row", [b"5", b"null", b"[1, 2]", b'"x"', b"NaN"])
def test_a_row_of_json_that_is_no_object_is_refused_with_its_place(both, row):
    refused, other = both(b'{"a": 1}\n' + row + b'\n{"a": 3}\n')
    assert "row 2: a row must be a JSON object" in str(refused)
    assert "line 2: a row must be a JSON object" in str(other)


def test_what_python_cannot_read_of_json_is_refused(both):
    _, refused = both(b'{"a": 1}\n{"a": ' + b"1" * 5000 + b"}\n")
    assert "line 2: this is not JSON (an integer of thousands of digits)" in str(refused)
    _, refused = both(b'{"a": 1}\n{"a": ' + b"[" * 5000 + b"]" * 5000 + b"}\n")
    assert "line 2: this is not JSON (it is nested too deeply)" in str(refused)


def test_several_files(both, tmp_path):
    for year in (2023, 2024):
        (tmp_path / f"year={year}").mkdir()
    (tmp_path / "year=2023" / "t.csv").write_text("a,b\n1,x\n2,y\n")
    (tmp_path / "year=2024" / "t.csv").write_text("b,a\nz,3\nx,4\n")
    assert_same(*both(lambda: str(tmp_path)))


def test_several_json_files(both, tmp_path):
    for year in (2023, 2024):
        (tmp_path / f"year={year}").mkdir()
    (tmp_path / "year=2023" / "t.jsonl").write_text('{"a": 1, "b": "x"}\n{"b": "y"}\n')
    (tmp_path / "year=2024" / "t.jsonl").write_text('{"b": "z", "a": 3}\n{"a": 4}\n')
    table, other = both(lambda: str(tmp_path))
    assert_same(table, other)
    np.testing.assert_array_equal(other["year"].values, [2023.0, 2023.0, 2024.0, 2024.0])
    (tmp_path / "year=2024" / "t.jsonl").write_text('{"c": 3}\n')
    table, other = both(lambda: str(tmp_path))
    assert str(other) == str(table)
    assert "must have the same columns" in str(other)


def test_stated_options(both):
    options = {"columns": {"b": "ignore", "a": "text"}, "missing": ("x",), "separator": ";"}
    assert_same(*both(b"a;b;c\n1;2;x\n3;4;5,5\n6;7;8,5\n", **options))


def test_a_bomb_is_bounded(both):
    packed = gzip.compress(b"a,b\n" + b"1,2\n" * 1_000_000)
    table, other = both(packed, max_bytes=1_000_000, max_cells=10**9)
    assert (type(other), str(other)) == (type(table), str(table))
    _, cells = both(packed, max_bytes=10**8, max_cells=1000)
    assert "more than 1,000 cells" in str(cells)


@pytest.mark.parametrize("kind", ["parquet", "query"])
def test_what_needs_duckdb_is_refused_with_a_way_out(both, kind):
    if kind == "query":
        _, refused = both(b"a,b\n1,2\n", query="SELECT a FROM source")
        assert "needs DuckDB" in str(refused)
        return
    _, refused = both(lambda: SOURCES["parquet"]({"a": ["1", "2"]}))
    assert "a Parquet file" in str(refused)
    assert "save the table as CSV" in str(refused)
