"""What a user states about cells: kinds, missing markers, decimal mark, order of dates."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
import pytest

from deltarule.data import read_table
from deltarule.errors import ColumnError, DataError, SettingError

TEXT = b"a,b,c,d\n1,NA,007,05/06/2024\n2,None,3,07/06/2024\n3,x,-999,08/07/2024\n"


def texts(column: Any) -> list[Any]:
    return column.texts().tolist()


def test_kinds_are_stated() -> None:
    table = read_table(
        io.BytesIO(TEXT), columns={"a": "category", "b": "ignore", "c": "number", "d": "text"}
    )
    assert [column.kind for column in table.columns] == ["text", "number", "text"]
    assert texts(table["a"]) == ["1", "2", "3"]
    assert table["c"].values.tolist() == [7, 3, -999]
    assert table.left_out == (("b", "it is ignored, as stated"),)
    assert table.schema is not None
    assert table.schema["a"].summary == "category, as stated"


def test_a_stated_kind_holds_for_typed_columns_too() -> None:
    table = read_table(
        {"zip": [7, 10], "day": [20140512, 20140513], "flag": [True, False]},
        columns={"zip": "category", "day": "datetime", "flag": "number"},
    )
    assert texts(table["zip"]) == ["7", "10"]
    assert table["day"].values.astype("M8[D]").astype(str).tolist() == ["2014-05-12", "2014-05-13"]
    assert table["flag"].values.tolist() == [1.0, 0.0]


def test_missing_markers_are_stated() -> None:
    kept = read_table(io.BytesIO(TEXT), missing="")
    assert texts(kept["b"]) == ["NA", "None", "x"]
    stated = read_table(io.BytesIO(TEXT), missing=["-999", "x"], columns={"c": "number"})
    assert texts(stated["b"]) == ["NA", "None", None]
    np.testing.assert_array_equal(stated["c"].values, [7, 3, np.nan])
    typed = read_table({"n": [1, -999]}, missing="-999")
    np.testing.assert_array_equal(typed["n"].values, [1, np.nan])


def test_the_decimal_mark_and_the_order_of_dates_are_stated() -> None:
    assert read_table({"n": ["1.234", "5"]}, decimal=",")["n"].values.tolist() == [1234, 5]
    assert read_table({"n": ["1,234", "5"]}, decimal=",")["n"].values.tolist() == [1.234, 5]
    for day_first, month in ((True, "2024-06"), (False, "2024-05")):
        day = read_table(io.BytesIO(TEXT), day_first=day_first)["d"].values[0]
        assert str(day.astype("M8[M]")) == month


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"columns": {"q": "category"}}, ColumnError, "There is no column 'q'"),
        ({"columns": {"a": "cat"}}, SettingError, "one of the kinds category, number, datetime"),
        ({"columns": 3}, SettingError, "`columns` must map names of columns to their kinds"),
        ({"missing": 3}, SettingError, "`missing` must be a text or a list of texts"),
        ({"decimal": ";"}, SettingError, "`decimal` must be"),
        ({"day_first": 1}, SettingError, "`day_first`"),
        ({"columns": {"b": "datetime"}}, DataError, "'b' cannot be read as datetime, as stated"),
    ],
)
def test_statements_that_do_not_fit(options: dict[str, Any], error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        read_table(io.BytesIO(TEXT), **options)


def test_a_schema_holds_the_options_of_its_cells() -> None:
    schema = read_table(io.BytesIO(TEXT), missing="", columns={"a": "category"}).schema
    again = read_table(io.BytesIO(b"b,a\nNA,07\n"), schema=schema)
    assert texts(again["b"]) == ["NA"]
    assert texts(again["a"]) == ["07"]
    with pytest.raises(SettingError, match="`missing` cannot be given with a schema"):
        read_table(io.BytesIO(TEXT), schema=schema, missing="")
