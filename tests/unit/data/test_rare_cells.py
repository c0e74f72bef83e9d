"""Rare cells among very many distinct ones. Expected: the schema and the cells of `read_table`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from deltarule.data import distinct_cells, read_table, streamed_table
from deltarule.data.read_options import read_options
from deltarule.data.schema_inference import ESTIMATED
from deltarule.data.sources import schema_hints
from deltarule.data.streamed_table import MisfitCounts

ROWS = 6000
Cells = list[str]
MANY: dict[str, Callable[[np.random.Generator], Cells]] = {
    "whole": lambda draw: [str(i) for i in draw.permutation(ROWS) + 1],
    "codes": lambda draw: [f"{i:05d}" for i in draw.permutation(ROWS)],
    "fractions": lambda draw: [f"{x:.6f}" for x in draw.normal(size=ROWS)],
    "commas": lambda draw: [f"{i},{i % 900 + 100}" for i in draw.permutation(ROWS) % 900],
    "units": lambda draw: [f"{x:.5f} kg" for x in draw.uniform(size=ROWS)],
    "large": lambda draw: [str(2**53 + 2 * i) for i in draw.permutation(ROWS).tolist()],
    "dates": lambda draw: [f"0{1 + i % 9}/0{1 + i % 7}/{1000 + i}" for i in draw.permutation(ROWS)],
    "words": lambda draw: [f"word {i}" for i in draw.permutation(ROWS)],
    "frequent": lambda draw: [
        str(i % 30) if x < 0.97 else f"odd {i}" for i, x in enumerate(draw.random(ROWS).tolist())
    ],
    "mixed": lambda draw: [
        f"{x:.4f}" if x < 0.9 else f"n{x:.5f}" for x in draw.random(ROWS).tolist()
    ],
}
RARE: tuple[Cells, ...] = (
    [], ["007"], ["1.5"], ["007", "1.5"], ["-0.5", "+3"], ["1e5"], ["n.d."], ["-"], ["NA", ""], ["1,234"],
    ["1,5"], ["0,500"], ["1.234.567"], ["9007199254740993"], ["9007199254740993", "9007199254740992"],
    ["12345678901234567890", "12345678901234567891"], ["7 kg"], ["25/12/1999"], ["true"], ["None"] * 90,
    ["\u00a00012\u2009"], ["12%"], ["9,007,199,254,740,993", "9,007,199,254,740,992"], ["#DIV/0!"],
    ["1_000"], ["nan"], ["-inf"], ["0x10"], ["1e400"], ["1e-400"], [" 00 "], ["+07"], ["1 000"],
    ["\u0661\u0662"],
)  # fmt: skip


def streamed(path: Path) -> Any:
    options = read_options(None, {})
    return streamed_table.streamed_table(
        path, query=None, options=options, hints=schema_hints(options), memory_bytes=2**27
    )


def compare(path: Path) -> None:
    table = read_table(path)
    with streamed(path) as stream:
        for own, expected in zip(stream.schema.columns, table.schema.columns, strict=True):
            assert own == expected, (own.name, own.kind, expected.kind)
        misfits = MisfitCounts()
        batches = [batch for _, batch in stream.batches(misfits)]
        notes = (*stream.reading_notes, *misfits.notes(stream.schema))
    known = [note for note in notes if not note.endswith(ESTIMATED)]
    near = [note for note in table.notes if "is read as text, because" in note]
    assert known == [note for note in table.notes if note not in near]
    assert len(notes) == len(table.notes)
    for column in table.columns:
        found = np.concatenate([batch[column.name].texts() for batch in batches])
        assert found.tolist() == column.texts().tolist(), column.name


@pytest.fixture(autouse=True)
def few_distinct_cells(monkeypatch):
    monkeypatch.setattr(distinct_cells, "MAX_DISTINCT", 100)


@pytest.mark.parametrize("many", MANY)
def test_rare_texts_decide_as_in_memory(tmp_path, many):
    draw = np.random.default_rng(7)
    columns = []
    for rare in RARE:
        cells = MANY[many](draw)
        for place, cell in zip(draw.permutation(ROWS).tolist(), rare, strict=False):
            cells[place] = f'"{cell}"'
        columns.append([c if c.startswith('"') else f'"{c}"' for c in cells])
    path = tmp_path / "table.csv"
    names = ",".join(f"c{i}" for i in range(len(columns)))
    lines = [",".join(cells) for cells in zip(*columns, strict=True)]
    path.write_text("\n".join([names, *lines]) + "\n")
    compare(path)


JSON: dict[str, Callable[[int], str]] = {
    "kilometers": lambda i: f'"{i} km"',
    "texts": lambda i: f'"text {i}"',
    "repeated": lambda i: f'"text {i % 2000}"',
    "integers": str,
    "fractions": lambda i: f"{i / 8}",
    "large": lambda i: str(2**60 + 1024 * i),
    "dates": lambda i: f'"2024-01-01 00:00:{i / 1000:.3f}"',
}
RARE_JSON: tuple[Cells, ...] = (
    [], ["false", "true", "7"], ["7"], ['"odd"'], ["0.5"], ["12345678901234567890"], ["null"],
    ["12345678901234567890", "0.5"], ["12345678901234567890", "0.5", '"odd"'],
    ["true", "12345678901234567890"],
    ["9007199254740993", "9007199254740992"], ['"007"'], ['"007"', '"1.5"'], ['"x"', "1.5", "true"] * 40,
    ["9007199254740993", "9007199254740992", '"odd"', '"even"'],
)  # fmt: skip


@pytest.mark.parametrize("many", JSON)
def test_rare_json_cells_decide_as_in_memory(tmp_path, many):
    draw = np.random.default_rng(8)
    columns = []
    for rare in RARE_JSON:
        cells = [JSON[many](i) for i in draw.permutation(ROWS).tolist()]
        for place, cell in zip(draw.permutation(ROWS).tolist(), rare, strict=False):
            cells[place] = cell
        columns.append(cells)
    path = tmp_path / "table.jsonl"
    lines = [
        ", ".join(f'"c{i}": {cell}' for i, cell in enumerate(cells))
        for cells in zip(*columns, strict=True)
    ]
    path.write_text("".join(f"{{{line}}}\n" for line in lines))
    compare(path)


def test_integers_of_parquet_that_merge_decide_as_in_memory(tmp_path):
    path = tmp_path / "table.parquet"
    even = "9007199254740992 + 2 * i"
    merged = f"CASE WHEN i = 4321 THEN 9007199254740993 ELSE {even} END"
    duckdb.sql(
        f"COPY (SELECT {even} AS even, {merged} AS merged, CAST({merged} AS HUGEINT) AS huge, "
        f"CAST({even} AS DECIMAL(38, 0)) AS whole, CAST({merged} AS DECIMAL(38, 0)) AS merged_whole, "
        f"20200101 + i % 28 + 100000 * (i // 28) AS days FROM range({ROWS}) t(i)) TO '{path}'"
    )
    assert read_table(path).schema["merged"].kind == "category"
    compare(path)
