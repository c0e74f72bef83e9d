"""Rows of small frames have the bits and notes of the general way, which reads column by column."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import deltarule as dr
from deltarule.engines.native_module import is_available
from deltarule.errors import DeltaruleError

pytestmark = pytest.mark.skipif(not is_available(), reason="The native engine was not built.")
ROWS = 60
START = datetime(1969, 11, 5, 7, 30)


def cells() -> dict[str, list[Any]]:
    """Return a table with a column of each kind; some cells are missing, some unusual."""
    chance = np.random.default_rng(5)

    def some(column: list[Any]) -> list[Any]:
        missing = chance.random(ROWS) < 0.1
        return [None if lost else cell for cell, lost in zip(column, missing, strict=True)]

    return {
        "number": some(chance.normal(size=ROWS).tolist()),
        "whole": chance.integers(0, 50, ROWS).tolist(),
        "text": some(chance.choice(["x", "é", "日本"], ROWS).tolist()),
        "many": [f"level {i}" for i in chance.integers(0, 12, ROWS)],
        "flag": some((chance.random(ROWS) < 0.5).tolist()),
        "time": some([START + timedelta(hours=int(h)) for h in chance.integers(0, 10**5, ROWS)]),
    }


@pytest.fixture(scope="module")
def model() -> dr.TableModel:
    target = np.random.default_rng(6).normal(size=ROWS).tolist()
    return dr.train(cells() | {"y": target}, "y", folds=2, epochs=2, hidden=(4,)).model


@pytest.fixture(scope="module")
def general(model) -> dr.TableModel:
    """The model, for which no row is usual."""
    model = replace(model)
    model._predictor("auto").usual_rows._compiled = None
    return model


def texts_as(dtype: str) -> pd.DataFrame:
    """Return the cells as a frame of pandas whose texts have a dtype."""
    return pd.DataFrame(cells()).astype({"text": dtype, "many": dtype})


def of_polars(**dtypes: Any) -> pl.DataFrame:
    """Return the cells as a frame of polars with other dtypes."""
    return pl.DataFrame(cells()).with_columns(pl.col(n).cast(d) for n, d in dtypes.items())


FRAMES: dict[str, Callable[[], Any]] = {
    "pandas": lambda: pd.DataFrame(cells()),
    "pandas, texts as objects": lambda: texts_as("object"),
    "pandas, everything an object": lambda: pd.DataFrame(cells()).astype(object),
    "pandas, categories": lambda: texts_as("category"),
    "pandas, nullable dtypes": lambda: pd.DataFrame(cells()).convert_dtypes(),
    "pandas, dtypes of Arrow": lambda: pd.DataFrame(cells()).convert_dtypes(
        dtype_backend="pyarrow"
    ),
    "pandas, small numbers": lambda: pd.DataFrame(cells()).astype(
        {"number": "float32", "whole": "int8", "time": "datetime64[s]"}
    ),
    "pandas, another index and order": lambda: pd.DataFrame(cells()).set_index("whole", drop=False)[
        ["time", "many", "whole", "flag", "text", "number"]
    ],
    "pandas, many other columns": lambda: pd.DataFrame(
        cells() | {f"other {i}": [[i]] * ROWS for i in range(20)}
    ),
    "polars": lambda: of_polars(),
    "polars, categories": lambda: of_polars(text=pl.Categorical, many=pl.Categorical),
    "polars, small numbers": lambda: of_polars(number=pl.Float32, whole=pl.Int8),
    "polars, nanoseconds": lambda: of_polars(time=pl.Datetime("ns")),
    "polars, many other columns": lambda: of_polars().with_columns(
        pl.lit([i]).alias(f"other {i}") for i in range(20)
    ),
    "pyarrow": lambda: pa.table(cells()),
    "pyarrow, a batch": lambda: pa.table(cells()).to_batches()[0],
    "pyarrow, categories": lambda: pa.table(
        cells() | {"many": pa.array(cells()["many"]).dictionary_encode()}
    ),
    "pyarrow, nanoseconds": lambda: pa.table(
        cells() | {"time": pa.array(cells()["time"], pa.timestamp("ns"))}
    ),
}
UNREADABLE = {"polars, nanoseconds"}  # by rows


def part(frame: Any, start: int, rows: int) -> Any:
    return (
        frame.iloc[start : start + rows]
        if isinstance(frame, pd.DataFrame)
        else frame.slice(start, rows)
    )


def assert_same(found: dr.table_model.Prediction, expected: dr.table_model.Prediction) -> None:
    assert found.values.tobytes() == expected.values.tobytes()
    assert found.quantiles.tobytes() == expected.quantiles.tobytes()
    assert found.notes == expected.notes


@pytest.mark.parametrize("name", FRAMES)
def test_rows_have_the_bits_and_notes_of_the_general_way(model, general, name):
    frame = FRAMES[name]()
    usual = 0
    for rows in (1, 7):
        for start in range(rows, ROWS - rows, 9):
            few = part(frame, start, rows)
            usual += model._predictor("auto").usual_rows.features(few) is not None
            assert_same(model.predict(few, quantiles=[0.1]), general.predict(few, quantiles=[0.1]))
    assert (usual > 3) == (name not in UNREADABLE)


def change(**columns: Any) -> Callable[[], Any]:
    return lambda: pd.DataFrame(cells()).iloc[:1].assign(**columns)


OTHERS: dict[str, Callable[[], Any]] = {
    "an unseen level": change(many="new"),
    "a number beyond the training rows": change(whole=10**6),
    "infinity": change(number=np.inf),
    "numbers as texts": change(whole="3"),
    "a level with white space": change(many=" level 1"),
    "nanoseconds": change(time=pd.Timestamp(1975, 1, 1) + pd.Timedelta(1, "ns")),
    "a time zone": change(time=pd.Timestamp(1975, 1, 1, tz="Europe/Vienna")),
    "a period": change(time=pd.Period("1975-01", "M")),
    "complex numbers": change(number=1j),
    "a list in a cell": lambda: pd.DataFrame(
        {n: [c[0]] for n, c in cells().items()} | {"many": [[1]]}
    ),
    "a name that occurs twice": lambda: pd.DataFrame([[1, 2]], columns=["whole", "whole"]),
    "a missing column": lambda: pd.DataFrame(cells()).iloc[:1].drop(columns="time"),
    "names that are numbers": lambda: pd.DataFrame(cells()).iloc[:1].rename(columns={"text": 3}),
    "names of two levels": lambda: pd.concat({"a": pd.DataFrame(cells()).iloc[:1]}, axis=1),
    "no rows": lambda: pd.DataFrame(cells()).iloc[:0],
    "objects of polars": lambda: pl.DataFrame(
        [pl.Series("many", ["level 1"], pl.Object), *pl.DataFrame(cells()).drop("many").head(1)]
    ),
    "a lazy frame": lambda: of_polars().head(2).lazy(),
    "texts of pyarrow that are not valid Unicode": lambda: pa.table(
        {n: c[:1] for n, c in cells().items()}
        | {"many": pa.array([b"\xff"]).cast(pa.string(), safe=False)}
    ),
}


@pytest.mark.parametrize("frame", OTHERS.values(), ids=list(OTHERS))
def test_other_frames_are_left_to_the_general_way(model, general, frame):
    def outcome(asked: dr.TableModel) -> tuple[Any, ...]:
        try:
            found = asked.predict(frame(), quantiles=[0.1])
        except DeltaruleError as error:
            return (str(error),)
        return (found.values.tobytes(), found.quantiles.tobytes(), found.notes)

    assert model._predictor("auto").usual_rows.features(frame()) is None
    assert outcome(model) == outcome(general)
