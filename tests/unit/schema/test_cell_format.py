"""Formats of cells travel through JSON."""

from __future__ import annotations

import pytest

from deltarule._common.strict_reader import StrictReader
from deltarule.errors import ModelFileError
from deltarule.schema import NumberFormat, cell_format_from_json


def test_a_number_format_survives_json():
    spelled = NumberFormat(",", ".", "€")
    assert cell_format_from_json(StrictReader(spelled.to_json(), "table")) == spelled


@pytest.mark.parametrize(
    ("key", "value"),
    [("format", "nomber"), ("decimal_mark", ""), ("thousands_mark", "x"), ("unit", 1)],
)
def test_wrong_json_is_a_file_error(key, value):
    with pytest.raises(ModelFileError, match=key):
        cell_format_from_json(StrictReader({**NumberFormat().to_json(), key: value}, "table"))
