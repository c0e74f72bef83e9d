"""Errors carry their facts, render them for an interface, and survive pickling."""

from __future__ import annotations

import ast
import pickle
from pathlib import Path

import numpy as np
import pytest

import deltarule
from deltarule import errors
from deltarule._common import checks
from deltarule.errors import ColumnError, DataError, SettingError

SOURCE = Path(deltarule.__file__).parent


def flag(name: str) -> str:
    return f"--{name.replace('_', '-')}"


def test_a_setting_error_carries_its_facts() -> None:
    with pytest.raises(SettingError) as caught:
        checks.number("learning_rate", -1, above=0, hint="Typical: 0.001.")
    error = caught.value
    facts = (error.setting, error.rule, error.got, error.hint)
    assert facts == ("learning_rate", "must be greater than 0", -1, "Typical: 0.001.")
    assert str(error) == "`learning_rate` must be greater than 0, got -1. Typical: 0.001."


def test_interfaces_name_settings_their_own_way() -> None:
    error = SettingError("resume", "cannot be used with `time_limit_s`", hint="Omit `resume`.")
    assert error.render(flag) == "--resume cannot be used with --time-limit-s. Omit --resume."
    assert DataError("Pass `header`.").render(flag) == "Pass --header."


@pytest.mark.parametrize(
    ("got", "shown"),
    [(2, "2"), ("2", "'2'"), (None, "None"), (np.float64(0.5), "0.5"), (np.int64(3), "3")],
)
def test_the_rejected_value_is_shown_as_it_is_typed(got: object, shown: str) -> None:
    assert str(SettingError("x", "must be y", got)) == f"`x` must be y, got {shown}."


def test_a_list_is_separated_from_the_rejected_value() -> None:
    with pytest.raises(SettingError, match=r"^`x` must be one of a, b; got 'c'\.$"):
        checks.one_of("x", "c", ("a", "b"))


def test_a_message_is_about_no_single_setting() -> None:
    error = SettingError.message("Build the model first.")
    assert (error.setting, str(error)) == ("", "Build the model first.")


@pytest.mark.parametrize(
    ("value", "bounds", "rule"),
    [
        (0, {"at_least": 1, "at_most": 5}, "must be between 1 and 5"),
        (0.5, {"at_least": 1}, "must be an integer of at least 1"),
        ("x", {}, "must be an integer"),
    ],
)
def test_rules_of_integers(value: object, bounds: dict[str, int], rule: str) -> None:
    with pytest.raises(SettingError) as caught:
        checks.integer("n", value, **bounds)
    assert caught.value.rule == rule


@pytest.mark.parametrize(
    "error",
    [
        SettingError("x", "must be y", 3, "Hint."),
        SettingError.message("Sentence."),
        ColumnError("There is no column 'a'.", column="a", table="t", suggestion="b"),
        *(getattr(errors, name)("Sentence.") for name in errors.__all__ if name != "SettingError"),
    ],
)
def test_errors_survive_pickling(error: Exception) -> None:
    copy = pickle.loads(pickle.dumps(error))
    assert (type(copy), str(copy), vars(copy)) == (type(error), str(error), vars(error))


def test_every_setting_error_states_a_rule_and_whole_sentences_as_hints() -> None:
    calls = [
        node
        for path in SOURCE.rglob("*.py")
        if "SettingError" in (source := path.read_text())
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id == "SettingError"
    ]
    assert len(calls) > 100
    for call in calls:
        assert len(call.args) >= 2, ast.unparse(call)
        rule = call.args[1]
        if isinstance(rule, ast.Constant):
            assert not str(rule.value).endswith("."), ast.unparse(call)
        for keyword in call.keywords:
            if keyword.arg == "hint" and isinstance(keyword.value, ast.Constant):
                assert str(keyword.value.value).endswith((".", "?", ")")), ast.unparse(call)
