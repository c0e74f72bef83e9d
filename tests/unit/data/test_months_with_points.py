"""Months such as 02.2023, which are plain numbers by their spelling: all sources read them alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from deltarule.data import Table, plain_reading, read_table
from deltarule.data.read_options import ReadOptions
from deltarule.data.schema_inference import SchemaHints
from deltarule.data.streamed_table import streamed_table

YEAR = [f"{month:02}.2023" for month in range(1, 13)]
LATE = ["10.2023", "11.2023"] * 300 + ["02.2024"]  # no leading zero in the rows that are sampled
Reading = Callable[[list[str], Path], Table]


def as_dict(cells: list[str], folder: Path) -> Table:
    return read_table({"month": cells, "x": list(range(len(cells)))})


def as_frame(cells: list[str], folder: Path) -> Table:
    return read_table(pd.DataFrame({"month": cells, "x": 1.5}))


def file_of(cells: list[str], folder: Path, more: int = 1) -> str:
    names = ["month", *(f"x{i}" for i in range(more))]
    lines = [",".join(names), *(cell + ",1.5" * more for cell in cells)]
    (folder / "t.csv").write_text("\n".join(lines) + "\n")
    return str(folder / "t.csv")


def as_csv(cells: list[str], folder: Path) -> Table:
    return read_table(file_of(cells, folder))


def as_wide_csv(cells: list[str], folder: Path) -> Table:
    return read_table(file_of(cells, folder, more=600))


def as_streamed_csv(cells: list[str], folder: Path) -> Table:
    with streamed_table(
        file_of(cells, folder),
        query=None,
        options=ReadOptions(),
        hints=SchemaHints(),
        memory_bytes=2**26,
    ) as stream:
        return stream.select(np.arange(stream.rows))


def without_duckdb(cells: list[str], folder: Path) -> Table:
    found, _ = plain_reading.read_files_plainly(
        file_of(cells, folder), ReadOptions(), None, SchemaHints()
    )
    return Table(found.columns)


every_source = pytest.mark.parametrize(
    "read", [as_dict, as_frame, as_csv, as_wide_csv, as_streamed_csv, without_duckdb]
)


@every_source
@pytest.mark.parametrize("cells", [YEAR * 30, ["12.1999", "01.2000"], LATE])
def test_a_leading_zero_shows_months(read: Reading, cells, tmp_path):
    column = read(cells, tmp_path)["month"]
    assert column.kind == "datetime"
    expected = [np.datetime64(f"{cell[3:]}-{cell[:2]}-01", "us") for cell in cells]
    assert column.values.tolist() == np.array(expected).tolist()


@every_source
@pytest.mark.parametrize(
    "cells",
    [
        ["10.2023", "11.2023", "12.2022"] * 150,  # no leading zero
        ["10.2023"] * 400 + ["2.5"],
        [*YEAR * 30, "13.2023"],  # no month
        ["02.2023", "02.5123", "10.1875"],
        ["01.2150", "02.1750"],  # no usual years
        ["00.2023", "01.2023"],
    ],
)
def test_other_cells_show_numbers(read: Reading, cells, tmp_path):
    column = read(cells, tmp_path)["month"]
    assert column.kind == "number"
    assert column.values.tolist() == [float(cell) for cell in cells]


@every_source
def test_months_beside_missing_cells_are_months(read: Reading, tmp_path):
    column = read([*YEAR, "n/a", "-"], tmp_path)["month"]
    assert (column.kind, int(column.missing.sum())) == ("datetime", 2)


def test_a_stated_number_is_a_number(tmp_path):
    for source in (file_of(YEAR, tmp_path), {"month": YEAR, "x0": [1.5] * 12}):
        column = read_table(source, columns={"month": "number"})["month"]
        assert column.values.tolist() == [float(cell) for cell in YEAR]


def test_months_prove_no_decimal_point():
    table = read_table({"month": YEAR, "price": ["1,234", "2,5"] * 6})
    assert table["price"].values[:2].tolist() == [1.234, 2.5]


def test_a_schema_of_months_reads_one_without_a_leading_zero():
    schema = read_table({"month": YEAR}).schema
    read = read_table({"month": ["11.2024", "2.2024"]}, schema=schema)
    assert read["month"].values[0] == np.datetime64("2024-11-01", "us")
    assert read["month"].missing.tolist() == [False, True]
    assert "'2.2024' in row 2" in read.notes[0]
