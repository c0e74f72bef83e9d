"""The reading of a cell depends on the schema alone: not on the other rows, not on the source.

Expected: what the model predicts for the row in the training table, bit for bit, in 2,000
tables.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from reading.any_model import model_of
from reading.random_tables import random_table
from reading.sources import SOURCES, Rows

import deltarule as dr
from deltarule.data import Table, read_table
from deltarule.schema import ColumnSchema, TimeOfDayFormat
from deltarule.table_model import TableModel

TABLES, TABLES_AT_ONCE = 2000, 20
SOURCES_OF_A_TABLE = 3
HEADER = {"header": True}
TEXT_FILES = ("csv", "tsv", "semicolons")


def predicted(model: TableModel, name: str, rows: Rows) -> np.ndarray[Any, Any]:
    options = HEADER if name in TEXT_FILES else {}
    table = model.read(SOURCES[name](rows), **options)
    return model.outputs(table)[:, 0]


def typed(table: Table, rows: np.ndarray[Any, Any]) -> pd.DataFrame:
    """Return rows of a table as a frame with the types of its columns."""
    part = table.select(rows)
    return pd.DataFrame({c.name: c.texts() if c.kind == "text" else c.values for c in part.columns})


def has_clock_numbers(column: ColumnSchema) -> bool:
    """Return whether numbers are hours and minutes, so that 17.75 is none."""
    return isinstance(column.format, TimeOfDayFormat) and column.format.clock_numbers


def check(seed: int, folder: Path) -> None:
    rng = np.random.default_rng([seed, 1])
    rows = random_table(seed)
    names = list(SOURCES)
    source = names[seed % len(names)]
    table = read_table(SOURCES[source](rows), **(HEADER if source in TEXT_FILES else {}))
    model = model_of(table)
    expected = model.outputs(table)[:, 0]
    if seed % 10 == 0:
        model.save(folder / "model")
        model = dr.load(folder / "model")
    for name in rng.permutation(names)[:SOURCES_OF_A_TABLE].tolist():
        subset = np.sort(rng.permutation(table.rows)[: rng.integers(1, 6)])
        part = {column: [cells[i] for i in subset] for column, cells in rows.items()}
        actual = predicted(model, name, part)
        assert np.array_equal(actual, expected[subset]), (seed, source, name, subset, part)
    one = int(rng.integers(table.rows))
    alone = model.predict({column: cells[one] for column, cells in rows.items()})
    assert alone.values[0] == model.target.decode(expected)[one], (seed, source, "one row", one)
    if not any(has_clock_numbers(column) for column in model.schema.columns):
        typed_rows = model.read(typed(table, subset))
        assert np.array_equal(model.outputs(typed_rows)[:, 0], expected[subset]), (
            seed,
            source,
            subset,
        )
    assert np.array_equal(predicted(model, source, rows), expected)


@pytest.mark.parametrize("start", range(0, TABLES, TABLES_AT_ONCE))
def test_a_row_is_read_alike_alone_among_others_and_from_every_source(
    start: int, tmp_path: Path
) -> None:
    for seed in range(start, start + TABLES_AT_ONCE):
        check(seed, tmp_path)
