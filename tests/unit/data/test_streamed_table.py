"""Tables that are read in batches. Expected: what `read_table` reads at once, cell by cell."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest
from reading.random_tables import random_column, random_table
from reading.sources import SOURCES

from deltarule.data import Table, distinct_cells, plain_text_copy, read_table, streamed_table
from deltarule.data.batch_reading import BatchReader
from deltarule.data.read_options import read_options
from deltarule.data.sources import schema_hints
from deltarule.data.streamed_table import MisfitCounts
from deltarule.errors import FileError, SettingError, TableFileError

ROWS = 12_000
HEADERS = {"csv": {"header": True}, "tsv": {"header": True}, "semicolons": {"header": True}}


def streamed(source: Any, query: str | None = None, schema: Any = None, **fields: Any) -> Any:
    options = read_options(None, fields)
    return streamed_table.streamed_table(
        source,
        query=query,
        options=options,
        hints=schema_hints(options),
        memory_bytes=2**27,
        schema=schema,
    )


def compare(table: Table, stream: Any) -> None:
    """Compare the schema, the notes and every cell."""
    misfits = MisfitCounts()
    batches = list(stream.batches(misfits))
    assert stream.schema == table.schema
    assert (stream.rows, stream.source, stream.left_out) == (
        table.rows,
        table.source,
        table.left_out,
    )
    assert (*stream.reading_notes, *misfits.notes(stream.schema)) == table.notes
    assert [begin for begin, _ in batches] == list(range(0, table.rows, stream.batch_rows))
    for column in table.columns:
        parts = [batch[column.name] for _, batch in batches]
        assert {part.kind for part in parts} == {column.kind}
        if column.kind == "text":
            found = np.concatenate([part.texts() for part in parts])
            assert found.tolist() == column.texts().tolist()
        else:
            np.testing.assert_array_equal(np.concatenate([p.values for p in parts]), column.values)


def write_csv(path: Path, rows: int = ROWS) -> Path:
    """Write a table with columns of many kinds, some of whose cells are odd."""
    draw = np.random.default_rng(0)
    lines = ["id,price,day,color,code,odd,text,clock,none,comma"]
    for i in range(rows):
        day = np.datetime64("2020-01-01") + int(draw.integers(900))
        year, month, of_month = str(day).split("-")
        cells = [
            str(i),
            f"{draw.normal():.4f}",
            f"{of_month}/{month}/{year}",
            str(draw.choice(["red", "blue", " green", "NA", ""])),
            f"{draw.integers(100):03d}",
            "x" if i % 900 == 5 else str(draw.choice(["1", "2.5", "77"])),
            f"t{draw.integers(10**6)}",
            f"{draw.integers(24):02d}{draw.integers(60):02d}",
            str(draw.choice(["None", "NA", "a"])),
            f'"{draw.integers(1000)},{draw.integers(10)}"',
        ]
        lines.append(",".join(cells))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("has_core", [True, False])
def test_random_tables_are_read_alike(seed, has_core, monkeypatch):
    if not has_core:
        monkeypatch.setattr(plain_text_copy, "compiled_core", lambda: None)
    rows = random_table(seed)
    for name in ("csv", "tsv", "json lines", "parquet"):
        fields = HEADERS.get(name, {})
        table = read_table(SOURCES[name](rows), **fields)
        with streamed(SOURCES[name](rows), **fields) as stream:
            compare(table, stream)


ESTIMATED = {
    4: "how many cells a column of texts has is estimated in a note",
    5: "the most frequent of several units is left to the sample",
    6: "a note adds that its numbers are estimated",
}
"""Seeds whose columns meet what `docs/how-to/larger-than-memory.md` leaves to the sample."""


@pytest.mark.parametrize(
    "seed",
    [
        pytest.param(i, marks=pytest.mark.xfail(strict=True, reason=ESTIMATED[i]))
        if i in ESTIMATED
        else i
        for i in range(20)
    ],
)
def test_random_tables_of_very_many_distinct_cells_are_read_alike(seed, monkeypatch):
    monkeypatch.setattr(distinct_cells, "MAX_DISTINCT", 200)
    draw = np.random.default_rng(seed)
    rows = {f"c{i}": random_column(draw, 4000) for i in range(6)}
    for name in ("csv", "json lines"):
        fields = HEADERS.get(name, {})
        table = read_table(SOURCES[name](rows), **fields)
        with streamed(SOURCES[name](rows), **fields) as stream:
            compare(table, stream)


@pytest.mark.parametrize("has_core", [True, False])
@pytest.mark.parametrize("most_distinct", [100_000, 300])
@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"columns": {"code": "number", "id": "category", "color": "ignore"}},
        {"missing": ["x", "red"]},
        {"columns": {"price": "text"}, "decimal": ","},
    ],
)
def test_a_csv_file_is_read_alike(tmp_path, fields, most_distinct, has_core, monkeypatch):
    if not has_core:
        monkeypatch.setattr(plain_text_copy, "compiled_core", lambda: None)
    monkeypatch.setattr(distinct_cells, "MAX_DISTINCT", most_distinct)
    path = write_csv(tmp_path / "table.csv")
    with streamed(path, **fields) as stream:
        compare(read_table(path, **fields), stream)
        assert os.path.isdir(stream.folder)
    assert not os.path.exists(stream.folder)


def test_a_late_cell_decides_the_type_of_a_column_with_very_many_cells(tmp_path, monkeypatch):
    monkeypatch.setattr(distinct_cells, "MAX_DISTINCT", 100)
    days = [f"0{1 + i % 9}/0{1 + i % 7}/{1000 + i}" for i in range(7000)]
    late = [*days, "25/12/1999"]
    (tmp_path / "late.csv").write_text("day,n\n" + "".join(f"{day},1.5\n" for day in late))
    table = read_table(tmp_path / "late.csv")
    assert str(table["day"].values[7])[:10] == "1007-01-08"
    with streamed(tmp_path / "late.csv") as stream:
        compare(table, stream)


def test_parquet_duckdb_and_queries_are_read_alike(tmp_path):
    duckdb = pytest.importorskip("duckdb")
    path = tmp_path / "table.parquet"
    sql = (
        "SELECT i AS id, 9007199254740993 + i AS large, i * 0.25 AS x, 'v' || (i % 7) AS s, "
        "i % 2 = 0 AS flag, DATE '2020-01-01' + (i % 100)::INT AS day, [i] AS nested, "
        "(i % 50)::DECIMAL(9, 2) AS price, 20200101 + i % 28 AS ymd FROM range(9000) t(i)"
    )
    duckdb.sql(f"COPY ({sql}) TO '{path}'")
    levels = ", ".join(f"'v{i}'" for i in range(7))
    with duckdb.connect(tmp_path / "table.duckdb") as opened:
        opened.execute(f"CREATE TABLE t AS SELECT *, CAST(s AS ENUM({levels})) AS e FROM '{path}'")
    for source in (path, tmp_path / "table.duckdb", [path, path]):
        with streamed(source) as stream:
            compare(read_table(source), stream)
    query = "SELECT s, x + 1 AS y FROM source WHERE id > 100"
    with streamed(path, query) as stream:
        compare(read_table(path, query=query), stream)
    query = f"SELECT s, x + 1 AS y FROM '{path}'"
    with streamed(None, query) as stream:
        compare(read_table(query=query), stream)


def test_rows_are_selected_by_their_numbers(tmp_path):
    path = write_csv(tmp_path / "table.csv", 3000)
    table, rows = read_table(path), np.array([0, 7, 1500, 2999])
    with streamed(path) as stream:
        chosen = stream.select(rows)
    for column in table.columns:
        assert chosen[column.name].texts().tolist() == column.take(rows).texts().tolist()


def test_a_given_schema_reads_its_columns_alone(tmp_path):
    path = write_csv(tmp_path / "table.csv", 3000)
    schema = read_table(path).schema.select({"price", "color"})
    with streamed(path, schema=schema) as stream:
        compared = read_table(path, schema=schema)
        assert stream.names == compared.names == ("price", "color")
        ((_, batch),) = stream.batches()
        assert batch["price"].values.tolist() == compared["price"].values.tolist()


def test_what_cannot_be_streamed_is_refused(tmp_path):
    path = write_csv(tmp_path / "table.csv", 10)
    with pytest.raises(SettingError, match="Read the file in the query itself"):
        streamed(path, "SELECT * FROM source").__enter__()
    with pytest.raises(FileError, match=r"absent\.csv"):
        streamed(tmp_path / "absent.csv").__enter__()


def test_long_texts_make_small_batches(tmp_path):
    text = "word " * 4000
    (tmp_path / "long.csv").write_text("n,text\n" + "".join(f"{i},{text}{i}\n" for i in range(900)))
    with streamed(tmp_path / "long.csv") as stream:
        stream.memory_bytes = 2**26
        assert stream.batch_rows == 256
        compare(read_table(tmp_path / "long.csv"), stream)


def test_a_wide_table_is_read_within_bounded_memory(tmp_path):
    draw = np.random.default_rng(2)
    lines = [",".join(f"x{i}" for i in range(300))]
    lines += [",".join(f"{x:.3f}" for x in row) for row in draw.normal(size=(7000, 300)).tolist()]
    (tmp_path / "wide.csv").write_text("\n".join(lines) + "\n")
    table, rows = read_table(tmp_path / "wide.csv"), np.arange(0, 7000, 7)
    with streamed(tmp_path / "wide.csv") as stream:
        compare(table, stream)
        assert (stream.select(rows)["x299"].values == table["x299"].values[rows]).all()


def test_a_rare_type_among_very_many_json_cells_decides(tmp_path, monkeypatch):
    monkeypatch.setattr(distinct_cells, "MAX_DISTINCT", 50)
    cells = [f'"{i} km"' for i in range(3000)]
    cells[2900:2903] = ["false", "true", "7"]
    path = tmp_path / "table.jsonl"
    path.write_text("".join(f'{{"a": {cell}, "b": {i % 3}}}\n' for i, cell in enumerate(cells)))
    table = read_table(path)
    assert table.schema["a"].kind == "category"
    with streamed(path) as stream:
        assert stream.schema["a"].is_text
        found = np.concatenate([batch["a"].texts() for _, batch in stream.batches()])
    assert found.tolist() == table["a"].texts().tolist()


def test_parquet_may_have_a_column_of_the_name_that_numbers_rows(tmp_path):
    path = tmp_path / "table.parquet"
    duckdb.sql(
        "COPY (SELECT i AS x, i % 7 AS file_row_number FROM range(3000) t(i)) "
        f"TO '{path}' (FORMAT parquet)"
    )
    with streamed(path) as stream:
        compare(read_table(path), stream)


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_an_error_beside_the_thread_that_reads_ahead_stays_as_it_is(tmp_path, error):
    path = write_csv(tmp_path / "t.csv")
    held = []  # as by the traceback of an error, where the batches are an argument

    def fail():
        with streamed(path) as stream:
            stream.memory_bytes = 2**20
            held.append(stream.batches())
            next(held[0])
            raise error("while a batch is read")

    with pytest.raises(error, match="while a batch is read"):
        fail()
    assert held
    assert not [t for t in threading.enumerate() if t.name.startswith("deltarule-read-ahead")]


def test_a_batch_that_cannot_be_read_ahead_is_an_error_in_a_sentence(tmp_path, monkeypatch):
    read = BatchReader.read

    def fail_later(self, opened, begin, stop):
        if begin:
            opened.execute("SELECT * FROM read_csv('/no/such/file.csv')")
        return read(self, opened, begin, stop)

    monkeypatch.setattr(BatchReader, "read", fail_later)
    with streamed(write_csv(tmp_path / "t.csv")) as stream:
        stream.memory_bytes = 2**20
        found = stream.batches()
        assert next(found)[0] == 0
        with pytest.raises(TableFileError, match=r"t\.csv .* cannot be read as a table"):
            next(found)


def test_a_copy_that_is_made_again_takes_the_place_of_the_first(tmp_path, monkeypatch):
    monkeypatch.setattr(plain_text_copy, "compiled_core", lambda: None)  # DuckDB copies the rows
    cells = np.random.default_rng(0).normal(size=(100_000, 6))
    rows = [",".join(f"{cell:.5f}" for cell in row) for row in cells]
    sizes = []
    for last in (rows[-1], "none" + rows[-1]):  # for a text the file is read again
        (tmp_path / "t.csv").write_text("\n".join(["a,b,c,d,e,f", *rows[:-1], last, ""]))
        with streamed(tmp_path / "t.csv") as stream:
            written = [entry.stat().st_size for entry in os.scandir(stream.folder)]
            sizes.append(sum(written))
    assert sizes[1] < 1.5 * sizes[0]
