"""The options that are fields of `TableSettings`: how they are written, read and explained.

The defaults stand here as text only, because `--help` must not import NumPy; a test holds them equal
to `TableSettings`. An option that is not given is left to `TableSettings`.
"""

from __future__ import annotations

from argparse import ArgumentTypeError, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class SettingOption:
    """One option of `train`: `--learning-rate` for the field `learning_rate`, and so on."""

    field: str
    metavar: str
    read: Callable[[str], Any]
    words: str
    default: str  # as a person would write it on the command line, or in words

    @property
    def flag(self) -> str:
        """The option as it is typed."""
        return f"--{self.field.replace('_', '-')}"


def whole_number(text: str) -> int:
    """Return a whole number, 1e3 and 1_000 included."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if value != value or value in (float("inf"), float("-inf")) or value != int(value):
        raise ArgumentTypeError(f"must be a whole number, got {text!r}")
    return int(value)


def decimal_number(text: str) -> float:
    """Return a number; its bounds are checked where its meaning is known."""
    try:
        return float(text)
    except ValueError:
        raise ArgumentTypeError(f"must be a number, got {text!r}") from None


def unit_counts(text: str) -> tuple[int, ...]:
    """Return the sizes of hidden layers: "64,64"; "none" for a network without any."""
    if text.strip().lower() in ("none", ""):
        return ()
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ArgumentTypeError(
            f"must be whole numbers with commas between them, such as 64,64 (or none), got {text!r}"
        ) from None


def shares(text: str) -> tuple[float, ...]:
    """Return numbers with commas between them."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ArgumentTypeError(
            f"must be numbers with commas between them, such as 0.05,0.95, got {text!r}"
        ) from None


def column_names(text: str) -> tuple[str, ...]:
    """Return names with commas between them; a name that holds a comma is put in double quotes."""
    from csv import Error, reader

    try:
        names = next(reader([text], skipinitialspace=True, strict=True), [])
    except Error as error:
        raise ArgumentTypeError(f"must be column names with commas between them: {error}") from None
    stripped = tuple(name.strip() for name in names if name.strip())
    if not stripped:
        raise ArgumentTypeError(f"must be column names with commas between them, got {text!r}")
    return stripped


def class_weights(text: str) -> str | tuple[tuple[str, float], ...]:
    """Return weights by class: "yes=5,no=1"; or the word balanced."""
    if text.strip() == "balanced":
        return "balanced"
    pairs = [part.rpartition("=") for part in column_names(text)]
    try:
        return _named_weights(pairs)
    except ValueError:
        raise ArgumentTypeError(
            f"must be balanced, or weights such as yes=5,no=1, got {text!r}"
        ) from None


def _named_weights(pairs: list[tuple[str, str, str]]) -> tuple[tuple[str, float], ...]:
    if not all(name.strip() for name, _, _ in pairs):
        raise ValueError("a weight without a class")
    return tuple((name.strip(), float(weight)) for name, _, weight in pairs)


def as_typed(value: Any) -> str:
    """Return a setting's value as its option takes it."""
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return as_typed(tuple(f"{name}={weight:g}" for name, weight in value))
    if isinstance(value, tuple):
        quoted = [f'"{v}"' if isinstance(v, str) and "," in v else str(v) for v in value]
        return ",".join(quoted) or "none"
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)


SETTING_OPTIONS: dict[str, tuple[SettingOption, ...]] = {
    "what to learn": (
        SettingOption(
            "task",
            "TASK",
            str,
            "classification or regression; auto looks at the target column",
            "auto",
        ),
        SettingOption(
            "drop", "COL,...", column_names, "columns that must not be learned from", "no column"
        ),
        SettingOption("weight", "COL", str, "the column that says how much a row counts", "none"),
        SettingOption(
            "class_weight",
            "WEIGHTS",
            class_weights,
            "how much classes count: yes=5,no=1, or balanced",
            "none",
        ),
    ),
    "the network": (
        SettingOption(
            "hidden", "N,...", unit_counts, "units of each hidden layer, or none", "fits the table"
        ),
        SettingOption(
            "activation",
            "NAME",
            str,
            "of the hidden layers: relu, tanh, gelu, ...",
            "fits the table",
        ),
        SettingOption(
            "dropout",
            "RATE",
            decimal_number,
            "share of units left out, 0 to 0.5",
            "fits the table",
        ),
        SettingOption("l1", "X", decimal_number, "penalty on the sizes of the weights", "0"),
        SettingOption("l2", "X", decimal_number, "penalty on the squares of the weights", "0"),
    ),
    "how it learns": (
        SettingOption("optimizer", "NAME", str, "adamw, sgd, momentum, lbfgs, ...", "adamw"),
        SettingOption("learning_rate", "X", decimal_number, "size of a step", "fits the table"),
        SettingOption("batch_size", "ROWS", whole_number, "rows per step", "fits the table"),
        SettingOption(
            "epochs", "N", whole_number, "passes over the rows, at most", "fits the table"
        ),
        SettingOption(
            "patience_epochs",
            "N",
            whole_number,
            "stop after N epochs without a better validation loss",
            "fits the epochs",
        ),
        SettingOption("time_limit_s", "SECONDS", decimal_number, "stop after so long", "none"),
        SettingOption(
            "folds",
            "N",
            whole_number,
            "N networks, each stopped by its share of the rows; their mean answers",
            "fits the table",
        ),
        SettingOption(
            "validation_fraction",
            "X",
            decimal_number,
            "share of rows that say when one network stops",
            "0.2 if folds is 1",
        ),
        SettingOption(
            "test_fraction", "X", decimal_number, "share of rows held out for the result", "0.2"
        ),
        SettingOption("seed", "N", whole_number, "the same seed gives the same bits", "0"),
    ),
}


def given_settings(options: Namespace) -> dict[str, Any]:
    """Return the fields of `TableSettings` that were given on the command line."""
    fields = (option.field for group in SETTING_OPTIONS.values() for option in group)
    values = {field: getattr(options, field) for field in fields}
    return {field: value for field, value in values.items() if value is not None}


OTHER_FLAGS = (
    "engine",
    "threads",
    "target",
    "out",
    "resume",
    "header",
    "encoding",
    "port",
    "quantiles",
)
"""Settings beside those of `TableSettings` that errors may name."""


def option_name(setting: str) -> str:
    """Return how a setting is typed here: `--learning-rate` for `learning_rate`."""
    field, bracket, rest = setting.partition("[")
    flags = {o.field: o.flag for group in SETTING_OPTIONS.values() for o in group}
    flags |= {name: f"--{name}" for name in OTHER_FLAGS}
    return f"{flags[field]}{bracket}{rest}" if field in flags else f"`{setting}`"
