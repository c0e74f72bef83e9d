"""Plain text tables that the compiled core copies to Parquet. Expected: the cells that DuckDB's strict
parser and Python's `float` find, and that pyarrow and DuckDB read the same cells from the copy."""

from __future__ import annotations

import os
from contextlib import ExitStack
from pathlib import Path

import duckdb
import numpy as np
import pyarrow.parquet
import pytest

from deltarule._common import compiled_core
from deltarule.data import distinct_cells, plain_text_copy, read_table, streamed_table
from deltarule.data.file_relations import table_files, text_layout
from deltarule.data.parquet_pages import StoredPages
from deltarule.data.plain_text_copy import NUMBER, SKIPPED, TEXT, PlainCells, TextTable
from deltarule.data.read_options import read_options
from deltarule.data.sources import schema_hints

pytestmark = pytest.mark.skipif(
    compiled_core.compiled_core() is None, reason="the compiled module was not built"
)
KINDS = (NUMBER, TEXT, NUMBER, SKIPPED, NUMBER, TEXT)


def copied(paths: list[Path], target: Path, kinds=KINDS, group_rows: int = 1000, **fields):
    """Return the pages of the copy of some text files, None if they are not plain."""
    with ExitStack() as stack:
        files = table_files([str(path) for path in paths], read_options(None, {}), stack)
        layout = text_layout(files, read_options(None, {}), "files", stack, None)
        table = TextTable(layout.files, layout.dialects)
        cells = PlainCells(kinds, fields.get("missing", ["", "NA"]), fields.get("infer", True))
        return plain_text_copy.copy_plain_text(table, cells, str(target), group_rows)


def random_lines(rows: int, seed: int = 0) -> list[str]:
    """Return lines with numbers of many spellings, few and many texts, and missing cells."""
    draw = np.random.default_rng(seed)
    values = draw.normal(size=rows) * 10.0 ** draw.integers(-12, 12, rows)
    lines = []
    for i, value in enumerate(values.tolist()):
        spelled = (repr(value), f"{value:.3f}", f"{value:.6e}", str(int(value)))[i % 4]
        lines.append(
            ",".join(
                (
                    "" if draw.random() < 0.1 else spelled,
                    str(draw.choice(["red", "über", '"a, b"', ""])),
                    "NA" if draw.random() < 0.3 else str(draw.integers(200)),
                    "left out",
                    str(draw.integers(2)),
                    f"t{draw.integers(10**6)}",
                )
            )
        )
    return lines


def write(path: Path, lines: list[str], end: str = "\n") -> Path:
    path.write_bytes((end.join(["n,color,few,none,flag,text", *lines]) + end).encode())
    return path


def strict_cells(path: Path) -> list[tuple]:
    """Return the rows that DuckDB's parser finds, numbers by Python's `float`."""
    columns = dict.fromkeys("abcdef", "VARCHAR")
    rows = duckdb.sql(
        f"SELECT a, b, c, NULL, e, f FROM read_csv('{path}', header=true, auto_detect=false, "
        f"nullstr=[''], columns={columns})"
    ).fetchall()

    def value(place, cell):
        if KINDS[place] != NUMBER:
            return cell
        return None if cell in (None, "NA") else float(cell)

    return [tuple(value(i, cell) for i, cell in enumerate(row)) for row in rows]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_copy_has_the_cells_of_the_text(tmp_path, end):
    path = write(tmp_path / "t.csv", random_lines(3500), end)
    pages = copied([path], tmp_path / "t.parquet")
    expected = strict_cells(path)
    table = pyarrow.parquet.read_table(tmp_path / "t.parquet")
    assert [tuple(row.values()) for row in table.to_pylist()] == expected
    sql = plain_text_copy.parquet_sql(str(tmp_path / "t.parquet"), 6)
    assert duckdb.sql(f"{sql} ORDER BY file_row_number").fetchall() == [
        (*row, i) for i, row in enumerate(expected)
    ]
    fractions = [row[0] for row in expected if row[0] is not None and row[0] % 1]
    assert pages.lowest_fractions == {0: min(fractions), 2: None, 4: None}


def test_pages_read_any_rows_without_duckdb(tmp_path):
    path = write(tmp_path / "t.csv", random_lines(3500, 1))
    pages = copied([path], tmp_path / "t.parquet")
    expected = strict_cells(path)
    assert [pages.has_few_texts(i) for i in range(6)] == [False, True, False, True, False, True]
    code_of = {text: i for i, text in enumerate(sorted({row[1] for row in expected} - {None}))}
    for begin, stop in ((0, 3500), (0, 1), (999, 1001), (1003, 2917), (3499, 3500), (3500, 3500)):
        rows = expected[begin:stop]
        for column, values in zip((0, 2, 4), pages.numbers([0, 2, 4], begin, stop), strict=True):
            np.testing.assert_array_equal(
                values, np.array([row[column] for row in rows], np.float64)
            )
        codes = pages.codes(1, begin, stop, code_of.__getitem__, np.int16)
        assert codes.tolist() == [-1 if row[1] is None else code_of[row[1]] for row in rows]


def test_many_distinct_texts_have_no_dictionary(tmp_path):
    lines = [f"1,{i},2,3,4,a" for i in range(plain_text_copy_limit() + 1)]
    pages = copied([write(tmp_path / "t.csv", lines)], tmp_path / "t.parquet", group_rows=20_000)
    assert [pages.has_few_texts(i) for i in (1, 5)] == [False, True]
    table = pyarrow.parquet.read_table(tmp_path / "t.parquet")
    assert table["c1"].to_pylist() == [str(i) for i in range(len(lines))]


def plain_text_copy_limit() -> int:
    """Return the number of values of the largest dictionary, as the core has it."""
    numbers = np.repeat(np.arange(20_000.0), 2)
    core = compiled_core.compiled_core()
    low, high = 1, len(numbers)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (
            (middle, high) if core.dictionary_of(numbers[:middle]) is not None else (low, middle)
        )
    return int(numbers[low - 1]) + 1


def test_files_follow_each_other(tmp_path):
    lines = random_lines(1500, 2)
    first = write(tmp_path / "1.csv", lines[:700])
    second = write(tmp_path / "2.csv", lines[700:])
    second.write_bytes(second.read_bytes()[:-1])  # the last line has no end
    copied([first, second], tmp_path / "t.parquet")
    both = duckdb.sql(f"FROM '{tmp_path / 't.parquet'}'").fetchall()
    assert both == strict_cells(first) + strict_cells(second)


def test_long_texts_make_small_groups(tmp_path, monkeypatch):
    monkeypatch.setattr(plain_text_copy, "_MAX_TEXT_BYTES", 10_000)
    monkeypatch.setattr(plain_text_copy, "_BYTES_AT_ONCE", 2**14)
    lines = [f"{i},{'word ' * 100}{i},2,3,4,a" for i in range(2000)]
    pages = copied([write(tmp_path / "t.csv", lines)], tmp_path / "t.parquet")
    assert np.diff(pages.starts).max() < 50
    assert duckdb.sql(f"FROM '{tmp_path / 't.parquet'}'").fetchall() == strict_cells(
        tmp_path / "t.csv"
    )


ODD_LINES = [
    "007,a,1,x,1,b",  # a code
    "x,a,1,x,1,b",
    "9007199254740992,a,1,x,1,b",
    "1,a,1,x,1",
    "1,a,1,x,1,b,c",
    '1,"a""b",1,x,1,b',
    '1,"a\nb",1,x,1,b',
    '1,"",1,x,1,b',
    '1,5" pipe,1,x,1,b',
    "",
    "1,a,1,x,1," + "b" * 2**21,
]


@pytest.mark.parametrize("odd", ODD_LINES, ids=range(len(ODD_LINES)))
def test_what_is_not_plain_is_left_to_duckdb(tmp_path, odd):
    lines = [*random_lines(1200), odd, *random_lines(100)]
    assert copied([write(tmp_path / "t.csv", lines)], tmp_path / "t.parquet") is None
    assert not (tmp_path / "t.parquet").exists()


@pytest.mark.parametrize(("columns", "is_copied"), [(128, True), (129, False)])
def test_wide_tables_are_left_to_duckdb(tmp_path, columns, is_copied):
    line = ",".join(str(i) for i in range(columns))
    names = ",".join(f"x{i}" for i in range(columns))
    (tmp_path / "t.csv").write_text(f"{names}\n{line}\n{line}\n")
    pages = copied([tmp_path / "t.csv"], tmp_path / "t.parquet", kinds=[NUMBER] * columns)
    assert (pages is not None) == is_copied
    if pages is not None:
        assert (
            duckdb.sql(f"FROM '{tmp_path / 't.parquet'}'").fetchall()
            == [tuple(map(float, range(columns)))] * 2
        )


def test_a_column_without_a_number_is_not_plain(tmp_path):
    lines = ["NA,a,1,x,1,b"] * 10
    assert copied([write(tmp_path / "t.csv", lines)], tmp_path / "t.parquet") is None


def streamed(path: Path, **fields):
    options = read_options(None, fields)
    return streamed_table.streamed_table(
        path, query=None, options=options, hints=schema_hints(options), memory_bytes=2**27
    )


@pytest.mark.parametrize("most_distinct", [100_000, 300])
def test_both_ways_give_the_same_table(tmp_path, monkeypatch, most_distinct):
    monkeypatch.setattr(distinct_cells, "MAX_DISTINCT", most_distinct)
    path = write(tmp_path / "t.csv", random_lines(9000, 3))
    table, rows = read_table(path), np.arange(3, 9000, 41)
    for core in (compiled_core.compiled_core(), None):
        with monkeypatch.context() as patched:
            patched.setattr(plain_text_copy, "compiled_core", lambda core=core: core)
            with streamed(path) as stream:
                assert isinstance(stream.stored.relation.pages, StoredPages) == (core is not None)
                assert stream.schema == table.schema
                chosen = stream.select(rows)
                batches = [batch for _, batch in stream.batches()]
        for column in table.columns:
            found = np.concatenate([batch[column.name].texts() for batch in batches])
            assert found.tolist() == column.texts().tolist()
            some = chosen[column.name]
            assert some.texts().tolist() == column.take(rows).texts().tolist()
            assert some.kind == column.kind


def test_a_second_copy_takes_the_place_of_the_first(tmp_path):
    # What is stated as text was copied as numbers, and is copied again as it is written.
    lines = [f"{i},a,{i % 7}.50,x,1,b" for i in range(5000)]
    with streamed(write(tmp_path / "t.csv", lines), columns={"few": "text"}) as stream:
        copies = [name for name in os.listdir(stream.folder) if name.endswith(".parquet")]
        assert copies == ["rows-2.parquet"]
        _, first = next(iter(stream.batches()))
        assert first["few"].levels[:2] == ("0.50", "1.50")
