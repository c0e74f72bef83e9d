"""Every key of a description is asked for, and none is left over."""

from __future__ import annotations

import pytest

from deltarule._common.strict_reader import StrictReader, broken_rules_are_file_errors
from deltarule.errors import ModelFileError, SettingError


def reader(**data: object) -> StrictReader:
    return StrictReader(data, "m.safetensors: network")


def test_values_of_each_kind_are_taken() -> None:
    data = reader(a="x", b=True, c=3, d=2.5, e=[1, 2], f={"g": None})
    assert (data.take("a", str), data.take("b", bool), data.take("c", int)) == ("x", True, 3)
    assert (data.take("d", float), data.list_of("e", int)) == (2.5, [1, 2])
    inner = data.reader("f")
    assert inner.take_any("g") is None
    inner.finish()
    data.finish()


def test_a_value_may_be_null() -> None:
    data = reader(a=None, b=3)
    assert (data.has_value("a"), data.has_value("b")) == (False, True)
    assert data.take("b", int) == 3
    data.finish()
    with pytest.raises(ModelFileError, match="has no key 'c'"):
        data.has_value("c")


def test_an_integer_is_accepted_as_a_float() -> None:
    value = reader(rate=1).take("rate", float)
    assert isinstance(value, float)
    assert value == 1.0


def test_a_list_of_objects() -> None:
    layers = reader(layers=[{"units": 3}, {"units": 5}]).readers("layers")
    assert [layer.take("units", int) for layer in layers] == [3, 5]


@pytest.mark.parametrize(
    ("value", "kind", "words"),
    [
        (True, int, "network.x must be an integer, got True"),
        (True, float, "must be a number, got True"),
        (1, bool, "must be true or false, got 1"),
        (1.0, int, "must be an integer, got 1.0"),
        ("1", float, "must be a number, got '1'"),
        (10**400, float, "must be a number, got 1000"),
        (None, str, "must be text, got None"),
        ({}, list, "must be a list"),
        ([], dict, "must be an object with keys"),
    ],
)
def test_another_type_is_named_with_its_place(value: object, kind: type, words: str) -> None:
    with pytest.raises(ModelFileError) as caught:
        reader(x=value).take("x", kind)
    assert words in str(caught.value)
    assert str(caught.value).startswith("m.safetensors: network.x")


def test_the_place_inside_a_list_is_named() -> None:
    with pytest.raises(ModelFileError, match=r"network\.layers\[1\]\.units must be"):
        reader(layers=[{}, {"units": "4"}]).readers("layers")[1].take("units", int)


def test_a_missing_key_and_an_unknown_key() -> None:
    with pytest.raises(ModelFileError, match="has no key 'units'"):
        reader().take("units", int)
    data = reader(units=1, extra=2)
    data.take("units", int)
    with pytest.raises(ModelFileError, match="unknown keys: 'extra'"):
        data.finish()


def test_another_error_with_the_nearest_key_that_was_asked_for() -> None:
    data = StrictReader({"inner": {"rat": 1}}, "experiment", SettingError.message)
    inner = data.reader("inner")
    assert "rate" not in inner
    with pytest.raises(SettingError) as caught:
        inner.finish()
    assert str(caught.value) == "experiment.inner has unknown keys: 'rat'. Did you mean 'rate'?"
    with pytest.raises(SettingError, match=r"^experiment\.inner\.rat must be text, got 1\.$"):
        inner.take("rat", str)


def test_a_key_is_taken_once() -> None:
    data = reader(units=1)
    assert "units" in data
    data.take("units", int)
    assert "units" not in data


def test_one_of() -> None:
    assert reader(kind="dense").one_of("kind", ["dense", "dropout"]) == "dense"
    with pytest.raises(ModelFileError, match="one of dense, dropout; got 'conv'"):
        reader(kind="conv").one_of("kind", ["dense", "dropout"])


def test_a_value_that_is_not_an_object() -> None:
    with pytest.raises(ModelFileError, match="must be an object with keys, got"):
        StrictReader([], "m.safetensors: network")


def test_an_invalid_setting_in_a_file_is_a_file_error() -> None:
    with (
        pytest.raises(ModelFileError, match=r"m: `Adam\.learning_rate` must be greater than 0"),
        broken_rules_are_file_errors("m"),
    ):
        raise SettingError("Adam.learning_rate", "must be greater than 0")
