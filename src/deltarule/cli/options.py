"""The options of ``deltarule train`` that are settings of a table model, read from `TableSettings`."""

from __future__ import annotations

from argparse import Action, ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from deltarule.table_model.setting_info import flag, setting_infos
from deltarule.table_model.settings import TableSettings


class AddAction(Action):
    """Append values to those of the same option before it."""

    def __call__(self, parser: ArgumentParser, found: Namespace, value: Any, *_: Any) -> None:
        """Append the values; a word such as "balanced" replaces them."""
        before = getattr(found, self.dest)
        both = isinstance(before, tuple) and isinstance(value, tuple)
        setattr(found, self.dest, (*before, *value) if both else value)


@dataclass(frozen=True)
class SettingOption:
    """One option of `train`: `--learning-rate` for the field `learning_rate`, and so on."""

    field: str
    metavar: str
    read: Callable[[str], Any]
    help: str
    default: str  # as it is typed; empty if the setting is not used by default
    repeatable: bool  # whether a repeated option adds to the values before it

    @property
    def flag(self) -> str:
        """The option as it is typed."""
        return flag(self.field)


def integer(text: str) -> int:
    """Return an integer, also from 1e3 or 1_000."""
    try:
        return int(text)
    except ValueError:
        pass
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if value != value or value in (float("inf"), float("-inf")) or value != int(value):
        raise ArgumentTypeError(f"must be an integer, got {text!r}")
    return int(value)


def number(text: str) -> float:
    """Return a number; its bounds are checked by the setting."""
    try:
        return float(text)
    except ValueError:
        raise ArgumentTypeError(f"must be a number, got {text!r}") from None


def layer_sizes(text: str) -> tuple[int, ...]:
    """Return the sizes of hidden layers: "64,64"; "none" for no hidden layer."""
    if text.strip().lower() in ("none", ""):
        return ()
    try:
        return tuple(int(part) for part in text.split(","))
    except ValueError:
        raise ArgumentTypeError(
            f"must be comma-separated integers such as 64,64, or none, got {text!r}"
        ) from None


def numbers(text: str) -> tuple[float, ...]:
    """Return comma-separated numbers."""
    try:
        return tuple(float(part) for part in text.split(","))
    except ValueError:
        raise ArgumentTypeError(
            f"must be comma-separated numbers such as 0.05,0.95, got {text!r}"
        ) from None


def column_names(text: str) -> tuple[str, ...]:
    """Return comma-separated names; a name with a comma is in double quotes."""
    from csv import Error, reader

    try:
        names = next(reader([text], skipinitialspace=True, strict=True), [])
    except Error as error:
        problem = "a quotation mark is not closed" if "end of data" in str(error) else str(error)
        raise ArgumentTypeError(
            f"must be comma-separated column names, but {problem} in {text!r}"
        ) from None
    stripped = tuple(name.strip() for name in names if name.strip())
    if not stripped:
        raise ArgumentTypeError(f"must be comma-separated column names, got {text!r}")
    return stripped


def class_weights(text: str) -> str | tuple[tuple[str, float], ...]:
    """Return weights by class, "yes=5,no=1", or "balanced"."""
    if text.strip() == "balanced":
        return "balanced"
    pairs = [part.rpartition("=") for part in column_names(text)]
    try:
        return _named_weights(pairs)
    except ValueError:
        raise ArgumentTypeError(
            f"must be balanced or weights such as yes=5,no=1, got {text!r}"
        ) from None


def threshold(text: str) -> float | str:
    """Return a number, or the name of a rule, which the setting checks."""
    try:
        return float(text)
    except ValueError:
        return text


def _named_weights(pairs: list[tuple[str, str, str]]) -> tuple[tuple[str, float], ...]:
    if not all(name.strip() for name, _, _ in pairs):
        raise ValueError("a weight without a class")
    return tuple((name.strip(), float(weight)) for name, _, weight in pairs)


def or_auto(read: Callable[[str], Any]) -> Callable[[str], Any]:
    """Return `read` with the word "auto" for a value that is chosen automatically (None)."""

    def reader(text: str) -> Any:
        return None if text == "auto" else read(text)

    return reader


def as_argument(value: Any) -> str:
    """Return a setting's value as it is typed."""
    if isinstance(value, tuple) and value and isinstance(value[0], tuple):
        return as_argument(tuple(f"{name}={weight:g}" for name, weight in value))
    if isinstance(value, tuple):
        quoted = [f'"{v}"' if isinstance(v, str) and "," in v else str(v) for v in value]
        return ",".join(quoted) or "none"
    return f"{value:g}" if isinstance(value, float) and float(f"{value:g}") == value else str(value)


_READERS: dict[str, Callable[[str], Any]] = {
    "name": str,
    "integer": integer,
    "number": number,
    "layer sizes": layer_sizes,
    "column names": column_names,
    "class weights": class_weights,
    "threshold": threshold,
}


def _setting_options() -> dict[str, tuple[SettingOption, ...]]:
    groups: dict[str, tuple[SettingOption, ...]] = {}
    for field, info in setting_infos(TableSettings).items():
        read = _READERS[info.kind]
        if info.is_automatic and getattr(TableSettings, field) is None:
            read = or_auto(read)
        repeatable = info.kind in ("column names", "class weights")
        option = SettingOption(field, info.metavar, read, info.help, info.default, repeatable)
        groups[info.group] = (*groups.get(info.group, ()), option)
    return groups


SETTING_OPTIONS = _setting_options()
"""The options by group, in the order of the fields of `TableSettings`."""


def given_settings(options: Namespace) -> dict[str, Any]:
    """Return the fields of `TableSettings` that were given on the command line."""
    fields = (option.field for group in SETTING_OPTIONS.values() for option in group)
    values = {field: getattr(options, field) for field in fields}
    return {field: value for field, value in values.items() if value is not None}


OTHER_FLAGS = (
    "engine",
    "threads",
    "target",
    "by",
    "group",
    "out",
    "test",
    "resume",
    "card",
    "license",
    "opset",
    "no_rows",
    "no_report",
    "memory_limit",
    "header",
    "encoding",
    "separator",
    "skip_rows",
    "names",
    "sheet",
    "table",
    "missing",
    "decimal",
    "day_first",
    "host",
    "port",
    "quantiles",
    "workers",
    "token",
    "max_bytes",
    "max_rows",
    "max_concurrent",
    "timeout_s",
    "to",
    "networks",
    "trials",
    "sampler",
    "cluster",
    "shards",
    "allow_plain_tcp",
)
"""Settings beside those of `TableSettings` that errors may name."""


def option_name(setting: str) -> str:
    """Return how a setting is typed: --folds for `folds`, --no-header for `header=False`."""
    if setting.endswith("=False"):
        return f"--no-{option_name(setting.removesuffix('=False')).removeprefix('--')}"
    field, bracket, rest = setting.partition("[")
    flags = {o.field: o.flag for group in SETTING_OPTIONS.values() for o in group}
    flags |= {name: f"--{name.replace('_', '-')}" for name in OTHER_FLAGS} | {
        "columns": "--column",
        "address": "--cluster",
        "executor": "--cluster",
    }
    return f"{flags[field]}{bracket}{rest}" if field in flags else f"`{setting}`"
