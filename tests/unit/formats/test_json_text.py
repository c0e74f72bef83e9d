"""Strict JSON: the cases are those of RFC 8259 and of JSON texts that parsers disagree on."""

from __future__ import annotations

import json
import math
import tracemalloc

import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltarule.formats.strict_json import (
    MAX_CONTAINERS,
    MAX_DEPTH,
    JsonError,
    read_description,
    read_json,
    same_json,
    write_description,
    write_json,
)

LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]))
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('abc é"\\'), inner),
    max_leaves=12,
)


@given(VALUES)
def test_round_trip(value: object) -> None:
    again = read_json(write_json(value))
    assert again == value
    assert repr(again) == repr(value)  # 1 stays 1, 1.0 stays 1.0, -0.0 keeps its sign


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "[1,]",
        "{'a': 1}",
        "[01]",
        "[1] x",
        "\ufeff{}",
        "nul",
        '"\t"',
        "[NaN]",
        "[Infinity]",
        "[-Infinity]",
        "[1e999]",
        '{"a": 1, "a": 1}',
        '{"b": {"a": 1, "\\u0061": 2}}',
        '["\\ud800"]',
        '{"\\udfff": 1}',
        "1" * 21,
        "9" * 5000,
        "[" * (MAX_DEPTH + 1) + "]" * (MAX_DEPTH + 1),
        "[" * 1_000_000,
        '{"a":' * 200_000 + "1" + "}" * 200_000,
    ],
    ids=lambda text: text[:20],
)
def test_invalid_json_is_refused(text: str) -> None:
    with pytest.raises(JsonError):
        read_json(text)


def test_the_deepest_allowed_nesting_is_read() -> None:
    text = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert write_json(read_json(text)) == text


@pytest.mark.parametrize(
    "value",
    [math.nan, [math.inf], {"a": -math.inf}, {1: 2}, {None: 1}, {"a": {1, 2}}, "\ud800", 10**21],
)
def test_values_that_json_cannot_represent_are_refused(value: object) -> None:
    with pytest.raises(JsonError):
        write_json(value)


def test_a_text_of_too_many_lists_is_refused_before_it_is_parsed() -> None:
    text = "[" + "[]," * MAX_CONTAINERS + "0]"
    tracemalloc.start()
    with pytest.raises(JsonError, match=r"more than 1,000,000 lists and objects"):
        read_json(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < len(text)


@pytest.mark.parametrize("piece", ["[],", "{},", '{"":0},', "[[[]]],", '{"a":[]},'])
def test_a_description_of_brackets_is_refused_before_it_is_parsed(piece: str) -> None:
    text = "[" + piece * 10_000 + "0]"
    tracemalloc.start()
    with pytest.raises(JsonError, match="hardly more than empty lists"):
        read_description(text)
    peak = tracemalloc.get_traced_memory()[1]
    with pytest.raises(JsonError, match="hardly more than empty lists"):
        write_description(read_json(text))
    tracemalloc.stop()
    assert peak < 2 * len(text)


@pytest.mark.parametrize(
    "piece", ['"[0, 1)",', '"{\\"[[",', '{"kind":"relu","name":"relu_1"},', "[1.25,0.5,0.125],"]
)
def test_the_memory_of_a_description_is_at_most_16_times_its_text(piece: str) -> None:
    text = "[" + piece * 20_000 + "0]"
    tracemalloc.start()
    value = read_description(text)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert value == json.loads(text)
    assert peak < 16 * len(text)


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        (1, 1.0, True),
        (1, True, False),
        (False, 0, False),
        (True, True, True),
        ([1, "a", None], [1, "a", None], True),
        ([1], [1, 1], False),
        ({"a": [True], "b": 2}, {"b": 2, "a": [True]}, True),
        ({"a": [True]}, {"a": [1]}, False),
        ({"a": None}, {}, False),
        ([], {}, False),
    ],
)
def test_true_is_not_the_number_1(first: object, second: object, same: bool) -> None:
    assert same_json(first, second) is same
