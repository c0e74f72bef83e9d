"""Cells whose reading once depended on other rows or on the source. Expected: their meaning."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from reading.any_model import model_of
from reading.sources import SOURCES

import deltarule as dr
from deltarule.data import read_table
from deltarule.errors import DataError

# The texts of training, a cell at prediction, and its value; a text is a category.
EXAMPLES: dict[str, tuple[list[str], str, Any]] = {
    "versions": (["1.1", "1.10", "1.2", "beta"], "1.10", "1.10"),
    "decimal commas": (["0,500", "12,25", "3,1"], "1,234", 1.234),
    "thousands": (["1,234", "999", "12,345,678.5"], "2,000", 2000.0),
    "times of day": (["11:00", "13:30", "08:15"], "11:00", 11.0),
    "day before month": (["30.06.2021", "01.02.2021", "24.12.2020"], "01.02.2021", "2021-02-01"),
    "slashed, day first": (["30/06/2021", "01/02/2021"], "01/02/2021", "2021-02-01"),
    "slashed, month first": (["06/30/2021", "01/02/2021"], "01/02/2021", "2021-01-02"),
    "long codes": (["12345678901234561", "12345678901234562", "x"], "12345678901234561", None),
    "exponents": (["1e5", "2.5", "-3e-2"], "1e5", 100000.0),
    "signs": (["+1", "-2", "3.5"], "+1", 1.0),
    "a word among numbers": (["1", "2", "abc", "abc"], "2", "2"),
    "leading zeros": (["01234", "94110", "00501"], "01234", "01234"),
    "codes without zeros": (["01234", "94110", "00501"], "94110", "94110"),
    "zeros at prediction": (["1", "20", "300"], "007", 7.0),
    "booleans": (["true", "false", "TRUE"], "True", 1.0),
    "booleans among words": (["true", "false", "maybe"], "true", "true"),
    "percent": (["52.5%", "10%", "7%"], "8%", 8.0),
    "unit": (["71 kg", "62.5 kg", "80 kg"], "90 kg", 90.0),
    "currency": (["$1,133.98", "$12.00", "$999.5"], "$2,000", 2000.0),
    "euro": (["1.133,98 €", "12,00 €", "999,5 €"], "2.000", 2000.0),
    "signs of accountants": (["(12.5)", "3.5", "−1.2"], "−3", -3.0),
    "no-break spaces": (["1 133.98", "12.5", "2 000"], "1\u00a0000", 1000.0),
    "afternoon": (["2024-06-24 08:00:00 PM", "2024-06-24 07:00:00 AM"], "2024-06-24 08:00:00 PM",
                  "2024-06-24T20:00"),
    "offset": (["2024-06-24T10:00:00-0700", "2024-06-24T11:00:00-0700"], "2024-06-24T10:00:00-0700",
               "2024-06-24T17:00"),
    "names of months": (["31-OCT-2023", "01-Feb-2023"], "01-Feb-2023", "2023-02-01"),
    "white space": (["red", "blue", "green"], "\u3000blue\u00a0", "blue"),
    "none among levels": (["none", "some", "many"], "none", "none"),
}  # fmt: skip


ALONE = ("csv", "json lines", "parquet", "pandas", "polars", "dict")


def options_of(source: str) -> dict[str, bool]:
    """Return the options that a table of one row needs."""
    return {"header": True} if source in ("csv", "tsv", "semicolons") else {}


def repeated(texts: list[str]) -> list[str]:
    return texts * 12


def value_of(table: Any) -> Any:
    column = table["a"]
    return column.texts()[0] if column.kind == "text" else column.values[0]


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_cell_alone_is_read_as_in_training(name: str) -> None:
    texts, cell, expected = EXAMPLES[name]
    expected = cell if expected is None else expected
    rows, row = {"a": repeated(texts), "b": repeated(texts)}, {"a": [cell], "b": [texts[0]]}
    for source, others in {"csv": ALONE, "pandas": ("dict",), "dict": ("csv",)}.items():
        model = model_of(read_table(SOURCES[source](rows), **options_of(source)))
        for other in others:
            alone = model.read(SOURCES[other](row), **options_of(other))
            value = value_of(alone)
            meant = np.datetime64(expected) if isinstance(value, np.datetime64) else expected
            assert value == meant, (source, other)
            assert alone.notes == ()
    assert value_of(model.read({"a": cell, "b": texts[0]})) == meant


def test_predictions_have_notes_on_their_rows_alone() -> None:
    rows = {"a": ["1,5", "0,25", "2,75", "3,5"] * 6, "y": [*range(24)]}
    result = dr.train(rows, "y", epochs=1, folds=1, hidden=(2,))
    assert any("decimal commas" in note for note in result.notes)
    assert result.test_prediction.notes == ()
    assert result.model.predict({"a": ["1,5"]}).notes == ()
    assert "'x' in row 2" in result.model.predict({"a": ["1,5", "x", "y"]}).notes[0]
    table = result.model.read({"a": ["1,5", "x"]})
    assert len(table.notes) == 1


def test_thousands_mean_the_same_in_files_of_every_separator() -> None:
    texts = {"a": ["1,234", "999", "12,345,678.5"] * 5, "b": ["x", "y", "z"] * 5}
    for name in ("csv", "tsv", "semicolons"):
        table = read_table(SOURCES[name](texts), header=True)
        assert table["a"].values[:3].tolist() == [1234.0, 999.0, 12345678.5]


def test_a_model_of_a_csv_takes_what_pandas_reads_of_it_and_the_other_way_round() -> None:
    rows = [f"{i % 7},{i * 1.5},{['red', 'blue', ''][i % 3]},{i % 2 == 0!s},2024-0{1 + i % 9}-01" for i in
            range(40)]  # fmt: skip
    text = "\n".join(["code,size,color,flag,day", *rows]).encode()
    frame = pd.read_csv(io.BytesIO(text))
    dates = pd.read_csv(io.BytesIO(text), parse_dates=["day"])
    expected = None
    for source in (io.BytesIO(text), frame, dates):
        table = read_table(source)
        model = model_of(table)
        assert [column.kind for column in table.columns] == [
            "number", "number", "text", "boolean", "datetime",
        ]  # fmt: skip
        for other in (io.BytesIO(text), frame, dates):
            outputs = model.outputs(model.read(other))
            expected = outputs if expected is None else expected
            np.testing.assert_array_equal(outputs, expected)


BIG = [2**60 + i for i in range(5)] * 4


@pytest.mark.parametrize(
    "make",
    [
        lambda: {"a": np.array(BIG)},
        lambda: {"a": np.array(BIG, np.uint64)},
        lambda: {"a": BIG},
        lambda: pd.DataFrame({"a": pd.array(BIG, dtype="Int64")}),
        lambda: pd.DataFrame({"a": pd.array([*BIG[:-1], None], dtype="Int64")}),
        lambda: pl.DataFrame({"a": BIG}),
        lambda: pl.DataFrame({"a": [*BIG[:-1], None]}),
        lambda: pl.DataFrame({"a": pl.Series(BIG, dtype=pl.Int128)}),
        lambda: pl.DataFrame({"a": pl.Series(BIG, dtype=pl.Decimal(38, 0))}),
        lambda: pa.table({"a": BIG}),
        lambda: pa.table({"a": [*BIG[:-1], None]}),
        lambda: SOURCES["csv"]({"a": [str(v) for v in BIG]}),
        lambda: SOURCES["parquet"]({"a": BIG}),  # type: ignore[dict-item]
        lambda: SOURCES["json lines"]({"a": BIG}),  # type: ignore[dict-item]
    ],
)
def test_integers_of_64_bits_stay_distinct(make: Any) -> None:
    table = read_table(make())
    assert table["a"].levels == tuple(str(2**60 + i) for i in range(5))
    assert table.schema is not None
    assert table.schema["a"].kind == "category"
    model = model_of(table)
    for alone in ({"a": 2**60 + 3}, {"a": np.array([2**60 + 3])}, {"a": str(2**60 + 3)}):
        assert value_of(model.read(alone)) == str(2**60 + 3)


def test_a_target_of_integers_of_64_bits() -> None:
    y = np.array(BIG)
    x = y - 2**60 + np.linspace(-0.2, 0.2, len(y))
    result = dr.train({"x": x, "y": y}, "y", epochs=2, folds=1, hidden=(4,), task="classification")
    assert result.model.target.classes == tuple(str(2**60 + i) for i in range(5))
    assert set(result.model.predict({"x": x}).values.tolist()) <= set(BIG)
    assert result.model.predict({"x": x}).values.dtype == np.int64


def test_none_is_a_level_where_it_is_frequent_beside_other_missing_cells() -> None:
    texts = ["None", "brick", "stone", "None", "brick", "NA"] * 10
    table = read_table({"a": texts})
    assert table["a"].levels == ("None", "brick", "stone")
    assert table["a"].missing.sum() == 10
    model = model_of(table)
    assert value_of(model.read({"a": "None"})) == "None"
    assert read_table({"a": ["None", "brick"] * 10})["a"].levels == ("brick",)


def test_categories_of_frames_stay_categories() -> None:
    codes = [3, 7, 3, 9] * 5
    for frame in (
        pd.DataFrame({"a": pd.Categorical(codes)}),
        pa.table({"a": pa.array(codes).dictionary_encode()}),
        pl.DataFrame({"a": pl.Series([str(c) for c in codes], dtype=pl.Categorical)}),
    ):
        table = read_table(frame)
        assert (table["a"].kind, table["a"].levels) == ("text", ("3", "7", "9"))
        model = model_of(table)
        for alone in ({"a": [7]}, {"a": "7"}, {"a": [7.0]}, SOURCES["csv"]({"a": ["7"]})):
            assert value_of(model.read(alone)) == "7"


def test_values_of_several_types_keep_their_meaning() -> None:
    texts = ["1,5", "0,25", "12,0"] * 8
    model = model_of(read_table({"a": texts}))
    mixed = {"a": ["2,5", 2.5, 3, None, True, np.float32(0.5)]}
    np.testing.assert_array_equal(model.read(mixed)["a"].values, [2.5, 2.5, 3, np.nan, 1, 0.5])
    lines = io.BytesIO(b'{"a": "2,5"}\n{"a": 2.5}\n{"a": 3}\n{"a": null}\n{"b": 1}\n{"a": 1.234}\n')
    np.testing.assert_array_equal(
        model.read(lines)["a"].values, [2.5, 2.5, 3, np.nan, np.nan, 1.234]
    )


def test_compact_dates_and_clock_numbers_of_integers() -> None:
    days = [20140500 + i for i in range(1, 29)]
    clock = [100 * (i % 24) + (7 * i) % 60 for i in range(28)]
    for make in (
        dict,
        pd.DataFrame,
        lambda t: SOURCES["csv"]({n: list(map(str, c)) for n, c in t.items()}),
    ):
        table = read_table(make({"day": days, "clock": clock}))
        assert table["day"].values[0] == np.datetime64("2014-05-01")
        assert table["clock"].values[1] == 1 + 7 / 60
        model = model_of(table)
        for alone in ({"day": 20140503, "clock": 905}, {"day": "20140503", "clock": "0905"}):
            read = model.read(alone)
            assert read["day"].values[0] == np.datetime64("2014-05-03")
            assert read["clock"].values[0] == 9 + 5 / 60


def test_a_table_that_was_read_otherwise_is_refused() -> None:
    model = model_of(read_table({"a": ["1.1", "1.10", "1.2", "beta"] * 5}))
    alone = read_table(io.BytesIO(b"a\n1.10\n"), header=True)
    with pytest.raises(DataError, match=r"was read as number, but the model reads it as category"):
        model.predict(alone)
    assert (
        value_of(model.read(read_table(io.BytesIO(b"a\n1.10\n"), header=True, schema=model.schema)))
        == "1.10"
    )
    commas = model_of(read_table({"a": ["1,5", "0,25"] * 5}))
    assert value_of(commas.read(read_table({"a": ["7"]}))) == 7  # the same in both formats
    assert value_of(commas.read(read_table({"a": ["7,5"]}))) == 7.5
    with pytest.raises(DataError, match=r"pass the source itself"):
        commas.read(read_table({"a": ["1.234"]}))
    assert value_of(commas.read(read_table({"a": [1.234]}))) == 1.234
