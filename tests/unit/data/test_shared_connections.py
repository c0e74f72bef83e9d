"""Reads share one DuckDB and see nothing of each other; an error and a fork end it."""

from __future__ import annotations

import os
import sys
from concurrent.futures import ThreadPoolExecutor

import duckdb
import numpy as np
import pytest

from deltarule.data import duckdb_connection, read_table, sources
from deltarule.data.duckdb_connection import connection
from deltarule.errors import TableFileError

TEXT = "size,color\n1.5,red\n2.5,blue\n"


@pytest.fixture
def path(write):
    return write(TEXT)


def kept():
    return duckdb_connection._kept.get("database")


def test_small_reads_share_one_duckdb(path) -> None:
    read_table(path)
    first = kept()
    assert first is not None
    read_table(path)
    assert kept() is first


def test_connections_see_no_tables_views_and_types_of_each_other() -> None:
    with connection(shared=True) as one, connection(shared=True) as other:
        for value, opened in enumerate((one, other)):
            opened.execute(f"CREATE TEMP TABLE cells AS SELECT {value} AS c0")
            opened.execute(f"CREATE TEMP TYPE levels AS ENUM ('{value}')")
            opened.register("frame_in_memory", {"c0": np.array([value])})
        for value, opened in enumerate((one, other)):
            for sql in ("FROM cells", "FROM frame_in_memory", f"SELECT '{value}'::levels::INT"):
                assert opened.execute(sql).fetchall() == [(value,)]
    with connection(shared=True) as opened, pytest.raises(duckdb.Error):
        opened.execute("FROM cells")


def test_threads_read_at_the_same_time(write) -> None:
    paths = [write(TEXT.replace("1.5", str(number)), f"{number}.csv") for number in range(12)]
    with ThreadPoolExecutor(6) as pool:
        tables = list(pool.map(read_table, paths))
    assert [table["size"].values[0] for table in tables] == list(range(12))


def test_what_is_attached_is_not_shared(path, tmp_path) -> None:
    with duckdb.connect(str(tmp_path / "t.duckdb")) as opened:
        opened.execute("CREATE TABLE t AS SELECT 1.5 AS x")
    read_table(path)
    assert read_table(tmp_path / "t.duckdb").rows == 1
    names = [row[0] for row in kept().execute("SHOW DATABASES").fetchall()]
    assert names == ["memory"]


def test_a_query_has_a_duckdb_of_its_own(path) -> None:
    read_table(path)
    before = kept().execute("SELECT current_setting('TimeZone')").fetchone()
    assert read_table(path, query="SELECT size FROM source").rows == 2
    assert kept().execute("SELECT current_setting('TimeZone')").fetchone() == before


def test_after_an_error_a_new_one_is_opened(path, tmp_path) -> None:
    read_table(path)
    (tmp_path / "t.parquet").write_bytes(b"PAR1" + bytes(40) + b"PAR1")
    with pytest.raises(TableFileError):
        read_table(tmp_path / "t.parquet")
    assert kept() is None
    assert read_table(path).rows == 2


def test_none_is_kept_after_a_large_table(path, monkeypatch) -> None:
    monkeypatch.setattr(sources, "_LARGE_CELLS", 3)
    assert read_table(path).rows == 2
    assert kept() is None


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork")
def test_a_forked_process_reads_with_its_own(path) -> None:
    read_table(path)
    child = os.fork()
    if child == 0:
        os._exit(0 if kept() is None and read_table(path).rows == 2 else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert read_table(path).rows == 2
