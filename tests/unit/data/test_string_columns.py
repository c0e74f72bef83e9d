"""Text columns: the three ways to find levels, and texts in one buffer."""

from __future__ import annotations

import io
import tracemalloc

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet
import pytest

from deltarule.data import read_table
from deltarule.data.string_columns import Texts
from deltarule.data.table import code_type

ROWS = 30_000


def cells(kind: str) -> list[str | None]:
    """Unsorted texts, a tenth of them missing."""
    draw = np.random.default_rng(3)
    texts = {
        "few": [f"Größe {i}" for i in draw.integers(0, 7, ROWS)],
        "hundreds": [f"town {i}" for i in draw.integers(0, 300, ROWS)],
        "thousands": [f"name {i} 𝄞" for i in draw.integers(0, 9_000, ROWS)],
        "all different": [f"customer {i}" for i in draw.permutation(ROWS)],
    }[kind]
    return [None if gone else t for t, gone in zip(texts, draw.random(ROWS) < 0.1, strict=True)]


def sources(frame: pd.DataFrame) -> dict[str, object]:
    table = pa.Table.from_pandas(frame)
    parquet = io.BytesIO()
    pyarrow.parquet.write_table(table, parquet, row_group_size=2_000)
    return {
        "pandas": frame,
        "objects": frame.astype({"text": object}),
        "polars": pl.DataFrame(table),
        "pyarrow": table,
        "csv": io.BytesIO(frame.to_csv(index=False).encode()),
        "parquet": io.BytesIO(parquet.getvalue()),
        "json lines": io.BytesIO(frame.to_json(orient="records", lines=True).encode()),
    }


@pytest.mark.parametrize("kind", ["few", "hundreds", "thousands", "all different"])
@pytest.mark.parametrize("rows", [100, ROWS])
def test_levels_are_sorted_and_codes_give_the_texts_back(kind, rows) -> None:
    given = cells(kind)[:rows]
    frame = pd.DataFrame({"text": given, "number": np.arange(float(rows))})
    levels = sorted({cell for cell in given if cell is not None})
    for name, source in sources(frame).items():
        column = read_table(source)["text"]
        assert list(column.levels) == levels, name
        assert column.texts().tolist() == given, name
        assert column.values.dtype == code_type(len(levels)), name
        assert int(column.missing.sum()) == given.count(None), name


def test_many_dates_written_as_texts_are_dates() -> None:
    days = np.datetime64("1900-01-01") + np.random.default_rng(0).permutation(ROWS)
    column = read_table(pd.DataFrame({"day": days.astype(str).astype(object)}))["day"]
    assert column.kind == "datetime"
    np.testing.assert_array_equal(column.values, days)


def test_texts_are_a_sequence() -> None:
    expected = ["", "a", "zwölf", "𝄞", "end"]
    texts = Texts(iter(expected))
    assert list(texts) == expected
    assert (len(texts), texts[2], texts[-1], texts[1:3]) == (5, "zwölf", "end", ("a", "zwölf"))
    assert texts.index("𝄞") == 3
    with pytest.raises(IndexError):
        texts[5]
    assert len(Texts([])) == 0


def test_distinct_texts_need_little_more_memory_than_their_characters() -> None:
    tracemalloc.start()
    texts = Texts(f"customer number {i:09d}" for i in range(50_000))
    held = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert len(texts) == 50_000
    assert held < 50_000 * (25 + 10)  # as Python strings: 50,000 * (25 + 57)


@pytest.mark.parametrize(
    ("levels", "kind"), [(0, np.int8), (127, np.int8), (128, np.int16), (32_768, np.int32)]
)
def test_codes_fit_the_levels_and_one_more(levels, kind) -> None:
    assert code_type(levels) == kind
    assert np.array([-1, levels - 1], kind).max() + kind(1) >= levels


@pytest.mark.parametrize("levels", [3, 20_000])
@pytest.mark.parametrize("rows", [100, ROWS])
def test_blanks_and_missing_spellings_are_equal_in_all_three_ways(levels, rows) -> None:
    draw = np.random.default_rng(1)
    plain = [f"v{i}" for i in draw.integers(0, levels, rows)]
    around = draw.choice(["{}", " {}", "{}  ", "?", " NA ", ""], rows).tolist()
    given = pd.DataFrame({"text": [a.format(t) for a, t in zip(around, plain, strict=True)]})
    expected = [t if "{}" in a else None for a, t in zip(around, plain, strict=True)]
    for name, source in sources(given.assign(number=1.5)).items():
        column = read_table(source)["text"]
        assert column.texts().tolist() == expected, name
        assert list(column.levels) == sorted({t for t in expected if t is not None}), name
