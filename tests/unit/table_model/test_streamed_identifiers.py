"""Identifiers of streamed tables. Expected: those of the same table in memory."""

from __future__ import annotations

import hashlib
import re
from typing import Any

import numpy as np
import pytest

import deltarule as dr
from deltarule.data import table_survey
from deltarule.data.read_options import ReadOptions
from deltarule.data.sources import schema_hints
from deltarule.data.streamed_table import streamed_table
from deltarule.table_model import table_sample

SETTINGS: dict[str, Any] = {"folds": 1, "epochs": 1, "hidden": (4,), "seed": 3}


def reasons_of(table: Any, **settings: Any) -> dict[str, str]:
    encoder = dr.train(table, "y", **{**SETTINGS, **settings}).model.encoder
    return {e.column: getattr(e, "reason", "") for e in encoder.column_encoders}


def without_counts(reason: str) -> str:
    return re.sub(r"[0-9,]+", "n", reason)  # memory counts its training rows, a stream all rows


@pytest.mark.parametrize("most_levels", [200_000, 100])
def test_identifiers_are_those_of_the_table_in_memory(tmp_path, monkeypatch, most_levels):
    monkeypatch.setattr(table_sample, "SAMPLE_ROWS", 500)
    monkeypatch.setattr(table_sample, "MIN_SAMPLE_ROWS", 500)
    monkeypatch.setattr(table_survey, "MAX_LEVELS", most_levels)
    rows, draw = 12_000, np.random.default_rng(6)
    distinct = draw.permutation(10 * rows)[:rows]
    columns = {
        "customer_id": draw.permutation(rows) % 4000,  # 500 sampled ones are nearly distinct
        "user_id": np.where(np.arange(rows) % 20 == 0, 7, distinct),
        "order_id": distinct,
        "trip_number": np.where(np.arange(rows) % 400 == 7, 5, distinct),  # one repeats
        "key": np.arange(rows) // 20,  # grows with the rows, but repeats too often
        "case_id": np.arange(rows) // 5,
        "serial": 5000 + np.arange(rows) + np.arange(rows) // 6,
        "count": np.arange(rows),
        "nearly": np.where(np.arange(rows) == 7777, 3, 3000 + np.arange(rows)),
        "member_id": [f"{value}.5" if i % 2000 == 1 else value for i, value in enumerate(distinct)],
        "hash": [hashlib.md5(str(i % 1000).encode()).hexdigest() for i in range(rows)],
        "frequent": [hashlib.md5(str(i % 4000).encode()).hexdigest() for i in range(rows)],
        "other": [f"{i % 4000:032x}" if i % 500 != 1 else "no hash" for i in range(rows)],
        "text": [f"text {i % 11_400}" for i in draw.permutation(rows)],
        "half": [f"text {i // 2}" for i in draw.permutation(rows)],
        "x": draw.normal(size=rows),
        "y": [
            value if i % 3 else "" for i, value in enumerate(draw.integers(9, size=rows).tolist())
        ],
    }
    path = tmp_path / "table.csv"
    lines = [",".join(map(str, cells)) for cells in zip(*columns.values(), strict=True)]
    path.write_text("\n".join([",".join(columns), *lines]) + "\n")
    expected = reasons_of(path, task="regression")
    options = ReadOptions()
    with streamed_table(
        path, query=None, options=options, hints=schema_hints(options), memory_bytes=2**27
    ) as stream:
        found = reasons_of(stream, task="regression")
    assert {name: without_counts(found[name]) for name in found} == {
        name: without_counts(expected[name]) for name in expected
    }
    assert expected["customer_id"] == expected["trip_number"] == expected["other"] == ""
    assert "hashes in" in expected["frequent"]


def test_integers_that_are_codes_are_categories_with_the_levels_of_memory(tmp_path, monkeypatch):
    monkeypatch.setattr(table_sample, "SAMPLE_ROWS", 4000)
    monkeypatch.setattr(table_sample, "MIN_SAMPLE_ROWS", 4000)
    draw = np.random.default_rng(9)
    means = draw.permutation(np.linspace(-3, 3, 24))
    codes, x = draw.integers(24, size=9000), draw.normal(size=9000)
    path = tmp_path / "table.csv"
    y = means[codes] + 0.1 * x
    np.savetxt(path, np.c_[7 * codes, x, y], "%.6g", ",", header="station,x,y", comments="")
    expected = dr.train(path, "y", **SETTINGS).model.encoder.used[0]
    options = ReadOptions()
    with streamed_table(
        path, query=None, options=options, hints=schema_hints(options), memory_bytes=2**27
    ) as stream:
        found = dr.train(stream, "y", **SETTINGS).model.encoder.used[0]
    assert found.levels == expected.levels
    assert len(expected.levels) == 24
