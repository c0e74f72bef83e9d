"""Large and deep contents: linear time, and messages that do not repeat them."""

from __future__ import annotations

import time
from typing import Any

import pytest

import deltarule as dr
from deltarule.errors import DeltaruleError, ModelFileError, SettingError, shortened
from deltarule.formats.strict_json import JsonError, read_json

LONG = "x" * 3_000_000


@pytest.mark.parametrize(
    "value",
    [
        LONG,
        [LONG],
        {LONG: 1},
        list(range(300_000)),
        {str(i): i for i in range(100_000)},
        [[[LONG]]],
        10**6000,
        [10**6000],
    ],
    ids=["text", "list", "key", "items", "keys", "nested", "number", "numbers"],
)
def test_a_message_quotes_the_beginning_of_a_value(value: Any) -> None:
    assert len(shortened(value)) <= 60
    for data in ({"inputs": value, "layers": []}, {"inputs": 1, "layers": [value]}, value):
        with pytest.raises(ModelFileError) as caught:
            dr.Network.from_json(data)
        assert len(str(caught.value)) < 500
    with pytest.raises(SettingError) as refused:
        dr.optimizers.Adam(learning_rate=value)
    assert len(str(refused.value)) < 500


def test_every_error_of_the_project_is_short() -> None:
    assert len(str(DeltaruleError(f"Column {LONG!r} is missing."))) <= 1001
    assert str(DeltaruleError(f"Column {LONG!r} is missing.")).endswith("xx' is missing.")


def test_a_value_that_is_short_is_quoted_as_a_whole() -> None:
    assert shortened({"b": [1, "x"], "a": (2.5,)}) == "{'b': [1, 'x'], 'a': (2.5,)}"


def test_time_grows_with_the_number_of_layers() -> None:
    layers = [dr.Dense(1) for _ in range(10_000)]
    started = time.thread_time()
    network = dr.Network(layers, inputs=1)
    assert time.thread_time() - started < 2  # it took the square of the number: 25 s
    assert network.layers[-1].name == "dense_10000"
    described = network.to_json()
    described["layers"] *= 7
    with pytest.raises(ModelFileError, match="at most 10,000 layers, got 70,000"):
        dr.Network.from_json(described)
    with pytest.raises(SettingError, match="at most 10,000 layers"):
        dr.Network([dr.Dense(1)] * 10_001)


@pytest.mark.parametrize("text", ["9" * 5000, "-" + "9" * 5000, "1e999", '"\\ud800"', "[" * 90_000])
def test_extreme_numbers_and_texts_are_no_strict_json(text: str) -> None:
    with pytest.raises(JsonError):
        read_json(text)
