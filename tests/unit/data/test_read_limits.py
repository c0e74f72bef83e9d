"""Tables from outside: bounded cells, texts, memory and time, and databases that compute nothing."""

from __future__ import annotations

import io
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from workbooks import workbook

from deltarule.data import ReadOptions, duckdb_connection, read_table
from deltarule.data.read_limits import ReadLimits
from deltarule.errors import SettingError, TableFileError

ROWS = [{"a": i, "b": f"text {i}"} for i in range(10)]
CSV = b"a,b\n" + b"".join(b"%d,text %d\n" % (i, i) for i in range(10))
WIDE = (",".join(f"c{i}" for i in range(300)) + "\n" + ",".join("1" * 300) + "\n").encode()


def parquet(folder: Path, query: str) -> Path:
    path = folder / "t.parquet"
    duckdb.sql(f"COPY ({query}) TO '{path}' (FORMAT parquet)")
    return path


def sqlite(folder: Path, *statements: str) -> Path:
    path = folder / "t.db"
    opened = sqlite3.connect(path)
    for statement in statements:
        opened.execute(statement)
    opened.commit()
    opened.close()
    return path


def duckdb_file(folder: Path, *statements: str) -> Path:
    path = folder / "t.duckdb"
    with duckdb.connect(str(path)) as opened:
        for statement in statements:
            opened.execute(statement)
    return path


@pytest.mark.parametrize("kind", ["csv", "json", "xlsx", "parquet", "sqlite", "duckdb", "dict"])
def test_a_table_has_at_most_max_cells(kind: str, tmp_path: Path) -> None:
    rows = "SELECT range AS a, 'text ' || range AS b FROM range(10)"
    recursive = "WITH RECURSIVE n(a) AS (SELECT 0 UNION ALL SELECT a + 1 FROM n WHERE a < 9)"
    sources: dict[str, Any] = {
        "csv": lambda: io.BytesIO(CSV),
        "json": lambda: io.BytesIO("\n".join(map(str, ROWS)).replace("'", '"').encode()),
        "xlsx": lambda: io.BytesIO(workbook({"s": [["a", "b"], *([r["a"], r["b"]] for r in ROWS)]})),
        "parquet": lambda: parquet(tmp_path, rows),
        "sqlite": lambda: sqlite(tmp_path, f"CREATE TABLE t AS {recursive} SELECT a, 'x' b FROM n"),
        "duckdb": lambda: duckdb_file(tmp_path, f"CREATE TABLE t AS {rows}"),
        "dict": lambda: {"a": np.arange(10.0), "b": [f"text {i}" for i in range(10)]},
    }  # fmt: skip
    source = sources[kind]()
    most = 22 if kind == "xlsx" else 20  # the header of a worksheet has cells too
    table = read_table(source, max_cells=most, max_bytes=100_000_000)
    assert (table.rows, table.names) == (10, ("a", "b"))
    again = sources[kind]() if hasattr(source, "read") else source
    with pytest.raises(TableFileError, match=r"more than 19 cells, the most that is allowed here"):
        read_table(again, max_cells=19)


def test_a_wide_table_has_at_most_max_cells() -> None:
    assert len(read_table(io.BytesIO(WIDE), max_cells=300).names) == 300
    with pytest.raises(TableFileError, match=r"more than 299 cells"):
        read_table(io.BytesIO(WIDE), max_cells=299)


def test_max_cells_is_at_least_1() -> None:
    with pytest.raises(SettingError, match=r"`max_cells` must be at least 1"):
        ReadOptions(max_cells=0)


def test_texts_are_bounded_after_decompression(tmp_path: Path) -> None:
    path = parquet(tmp_path, "SELECT repeat('a', 1000) AS x, range AS y FROM range(2000)")
    assert path.stat().st_size < 50_000
    assert read_table(path).rows == 2000
    with pytest.raises(TableFileError, match=r"holds texts of 2 MB, more than the 1 MB"):
        read_table(path, max_bytes=1_000_000, max_cells=10**6)


@pytest.mark.parametrize("kind", ["sqlite", "duckdb"])
def test_views_from_outside_are_not_read(kind: str, tmp_path: Path) -> None:
    make = sqlite if kind == "sqlite" else duckdb_file
    path = make(tmp_path, "CREATE VIEW v AS SELECT 1 AS a, 2 AS b UNION ALL SELECT 3, 4")
    assert read_table(path).rows == 2
    with pytest.raises(TableFileError, match=r"is a database without tables"):
        read_table(path, max_cells=100)


def test_computed_columns_of_sqlite_are_bounded(tmp_path: Path) -> None:
    path = sqlite(
        tmp_path, "CREATE TABLE t (x, y AS (hex(zeroblob(1000000))))", "INSERT INTO t VALUES (1)"
    )
    assert read_table(path).rows == 1
    with pytest.raises(TableFileError, match=r"too big"):
        read_table(path, max_cells=100)


def test_a_query_without_end_is_interrupted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duckdb_connection, "MAX_SECONDS", 0.2)
    endless = (
        "SELECT count(*) FROM range(10000000) a, range(1000000) b WHERE a.range * b.range = 7.5"
    )
    with (
        pytest.raises(TableFileError, match=r"takes more than 0\.2 seconds"),
        duckdb_connection.connection(ReadLimits(max_cells=1)) as opened,
        duckdb_connection.file_errors({}, "the table"),
    ):
        opened.execute(endless)


def test_memory_that_does_not_suffice_is_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(duckdb_connection, "MAX_MEMORY", 20_000_000)
    large = "CREATE TABLE t AS SELECT hash(range), hash(range + 1) FROM range(20000000)"
    with (
        pytest.raises(TableFileError, match=r"needs more memory than there is or is allowed here"),
        duckdb_connection.connection(ReadLimits(max_cells=1)) as opened,
        duckdb_connection.file_errors({}, "the table"),
    ):
        opened.execute(large)


def changed_sheet(path: Path, old: bytes, new: bytes) -> Path:
    """Write a workbook whose worksheet was edited."""
    with zipfile.ZipFile(io.BytesIO(workbook({"s": [["a"], [1]]}))) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    sheet = entries["xl/worksheets/sheet1.xml"]
    assert old in sheet
    entries["xl/worksheets/sheet1.xml"] = sheet.replace(old, new)
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return path


def test_a_cell_far_from_the_table_is_a_sentence(tmp_path: Path) -> None:
    far = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    path = changed_sheet(tmp_path / "t.xlsx", b"</sheetData>", far)
    with pytest.raises(
        TableFileError, match=r"1,048,576 rows and 16,384 columns, which needs 1,100 GB"
    ):
        read_table(path)
    with pytest.raises(TableFileError, match=r"more than 1,000 cells"):
        read_table(path, max_cells=1000)


@pytest.mark.parametrize("damage", [b"</v></w>", b"\xff\xfe", b'<c t="none"><v>1</v></c>'])
def test_a_damaged_worksheet_is_a_sentence(damage: bytes, tmp_path: Path) -> None:
    path = changed_sheet(tmp_path / "t.xlsx", b"</sheetData>", b"<row>" + damage + b"</row>")
    with pytest.raises(TableFileError, match=r"cannot be read as an Excel or OpenDocument file"):
        read_table(path)


def test_the_type_of_a_zip_archive_is_not_unpacked_as_a_whole(tmp_path: Path) -> None:
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("mimetype", "text/plain" + " " * 10_000_000)
    with pytest.raises(TableFileError, match=r"is a file of type text/plain"):
        read_table(path)


def test_damage_inside_a_zip_archive_is_a_sentence(tmp_path: Path) -> None:
    path = tmp_path / "t.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("first.txt", "x")
        archive.writestr("t.csv", CSV)
    content = path.read_bytes()
    second = content.index(b"PK\x03\x04", 4)
    path.write_bytes(content[:second] + b"PK\x03\x05" + content[second + 4 :])
    with pytest.raises(TableFileError, match=r"is a damaged zip file"):
        read_table(path, table="t.csv")


def test_a_damaged_column_name_of_sqlite_is_a_sentence(tmp_path: Path) -> None:
    path = sqlite(tmp_path, "CREATE TABLE t (size REAL)", "INSERT INTO t VALUES (1)")
    path.write_bytes(path.read_bytes().replace(b"(size REAL)", b"(siz\xfb REAL)"))
    with pytest.raises(TableFileError, match=r"is a damaged SQLite database"):
        read_table(path)
