"""Rows as dictionaries: compiled features have the bits of the general way, other rows are left to it."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

import deltarule as dr
from deltarule.data import read_table
from deltarule.engines.native_module import is_available
from deltarule.preprocessing import TableEncoder
from deltarule.preprocessing.encoder_selection import Encoding
from deltarule.table_model.usual_rows import UsualRows

pytestmark = pytest.mark.skipif(not is_available(), reason="The native engine was not built.")
ROWS = 60


def columns(seed: int) -> dict[str, list[Any]]:
    """Return a table with a column of each kind; some cells are missing."""
    chance = np.random.default_rng(seed)

    def some(cells: list[Any]) -> list[Any]:
        return [
            None if lost else c for c, lost in zip(cells, chance.random(ROWS) < 0.1, strict=True)
        ]

    start = datetime(1969, 11, 5, 7, 30)
    return {
        "number": some((chance.normal(size=ROWS) * 10.0 ** chance.integers(-5, 300)).tolist()),
        "few": chance.integers(0, 5, ROWS).tolist(),
        "huge": (chance.choice([-1.7e308, 0.0, 1.7e308], ROWS)).tolist(),
        "text": some(chance.choice(["x", "é", "z", "日本"], ROWS).tolist()),
        "pair": chance.choice(["u", "v"], ROWS).tolist(),
        "many": [f"level {i}" for i in chance.integers(0, 30, ROWS)],
        "flag": some((chance.random(ROWS) < 0.5).tolist()),
        "time": some([start + timedelta(hours=int(h)) for h in chance.integers(0, 10**5, ROWS)]),
    }


@pytest.mark.parametrize("numbers", ["robust", "quantile", "both"])
@pytest.mark.parametrize("embed", [False, True])
def test_features_have_the_bits_of_the_general_way(numbers, embed):
    cells = columns(int(embed))
    table = read_table(cells)
    encoding = Encoding(numbers=numbers, embed_levels=embed)
    encoder = TableEncoder.fit(table, None, encoding=encoding)
    usual = UsualRows(encoder, table.schema, ())
    expected = encoder.transform(table)
    for i in range(ROWS):
        found = usual.features({name: column[i] for name, column in cells.items()})
        assert found.tobytes() == expected[i].tobytes()


@pytest.mark.parametrize("spell", [str, "{:%d.%m.%Y %H:%M}".format, "{:%m/%d/%Y}".format])
def test_texts_of_datetimes_have_the_bits_of_the_general_way(spell):
    times = [None if cell is None else spell(cell) for cell in columns(0)["time"]]
    table = read_table({"time": times})
    encoder = TableEncoder.fit(table, None)
    usual = UsualRows(encoder, table.schema, ())
    expected = encoder.transform(table)
    for i in range(ROWS):
        assert usual.features({"time": times[i]}).tobytes() == expected[i].tobytes()
    for text in ("", "NA", "yesterday", "1970-02-30", "\ud800", f"{times[0]:>50}"):
        assert usual.features({"time": text}) is None


@pytest.fixture(scope="module")
def model():
    cells = columns(3) | {"target": np.random.default_rng(4).choice(["no", "yes"], ROWS).tolist()}
    return dr.train(cells, "target", folds=2, epochs=2, hidden=(4,)).model


def test_predictions_have_the_bits_of_the_general_way(model):
    cells = columns(3)
    together = model.predict(cells)
    usual = 0
    for i in range(ROWS):
        row = {name: column[i] for name, column in cells.items()}
        usual += model._predictor("auto").usual_rows.features(row) is not None
        found = model.predict(row)
        assert found.probabilities.tobytes() == together.probabilities[i].tobytes()
        assert found.values[0] == together.values[i]
    assert usual > ROWS / 2  # the others are beyond the training rows of the networks


def test_lists_of_rows_have_the_bits_of_the_general_way(model):
    cells = columns(3)
    rows = [{name: column[i] for name, column in cells.items()} for i in range(ROWS)]
    usual = [row for row in rows if model._predictor("auto").usual_rows.features(row) is not None]
    table = {name: [row[name] for row in usual] for name in cells}
    expected = model.predict(table).probabilities
    assert model._predictor("auto").usual_rows.features(usual) is not None
    assert model.predict(usual).probabilities.tobytes() == expected.tobytes()
    for source in ([*rows[:1], 3], [], usual * 10, tuple(usual), table):
        assert model._predictor("auto").usual_rows.features(source) is None


UNUSUAL: dict[str, dict[str, Any]] = {
    "a text in a column of numbers": {"few": "3"},
    "a number as a level": {"text": 3},
    "an unseen level": {"text": "new"},
    "white space around a level": {"pair": " u"},
    "a lone surrogate": {"text": "\ud800"},
    "beyond the training rows": {"few": 99},
    "infinity": {"number": float("inf")},
    "an integer beyond 2**53": {"number": 2**60},
    "a boolean as a number": {"few": True},
    "a number as a boolean": {"flag": 1},
    "a NumPy number as a level": {"text": np.int64(3)},
    "a list": {"few": [3]},
    "a datetime with a zone": {"time": datetime(1975, 1, 1, tzinfo=UTC)},
    "a date": {"time": date(1975, 1, 1)},
    "a text that is no date": {"time": "yesterday"},
    "a text of a later datetime": {"time": "2050-01-01"},
    "a later datetime": {"time": datetime(2050, 1, 1)},
}


@pytest.mark.parametrize("change", UNUSUAL.values(), ids=list(UNUSUAL))
def test_other_rows_are_left_to_the_general_way(model, change):
    row = {name: column[0] for name, column in columns(3).items()}
    assert model._predictor("auto").usual_rows.features(row) is not None
    assert model._predictor("auto").usual_rows.features(row | change) is None


ALIKE: dict[str, tuple[str, Any]] = {
    "a NumPy integer": ("few", np.int64(3)),
    "a NumPy float": ("number", np.float32(3.5)),
    "a missing number of pandas": ("number", pd.NA),
    "NaN as a level": ("text", float("nan")),
    "a missing level of pandas": ("text", pd.NA),
    "a NumPy text": ("pair", np.str_("u")),
    "a NumPy boolean": ("flag", np.True_),
    "a Timestamp": ("time", pd.Timestamp(1975, 1, 1, 8, 30)),
    "a missing Timestamp": ("time", pd.NaT),
}


@pytest.mark.parametrize(("name", "cell"), ALIKE.values(), ids=list(ALIKE))
def test_cells_of_numpy_and_pandas_have_the_bits_of_the_general_way(model, name, cell):
    row = {name: column[0] for name, column in columns(3).items()} | {name: cell}
    expected = model.encoder.transform(model.read({name: [cell] for name, cell in row.items()}))
    assert model._predictor("auto").usual_rows.features(row).tobytes() == expected.tobytes()


def test_a_missing_column_is_refused(model):
    row = {name: column[0] for name, column in columns(3).items()}
    del row["time"]
    with pytest.raises(dr.errors.ColumnError, match="'time'"):
        model.predict(row)


def test_names_with_a_null_character_are_not_mixed_up():
    cells = {"a": [*range(40)], "a\0b": [*range(40)], "y": [*range(40)]}
    table = read_table(cells)
    encoder = TableEncoder.fit(table, "y", keep=("a", "a\0b"))
    found = UsualRows(encoder, table.schema, ()).features({"a": 3, "a\0b": 30})
    assert found.tobytes() == encoder.transform(read_table({"a": [3], "a\0b": [30]})).tobytes()


def test_numbers_that_mark_missing_cells_are_left_to_the_general_way():
    cells = {"x": [*range(40), -9], "y": [*range(41)]}
    table = read_table(cells, missing=["-9"])
    encoder = TableEncoder.fit(table, "y")
    usual = UsualRows(encoder, table.schema, ())
    assert usual.features({"x": 5}) is not None
    assert usual.features({"x": -9}) is None
