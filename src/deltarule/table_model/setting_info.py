"""What the command line, the report, the estimators and the docs know about each table setting.

Imports nothing heavy, because ``deltarule train --help`` reads it.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import shlex
from contextlib import suppress
from dataclasses import dataclass
from typing import Any, Literal

from deltarule._common import checks

SettingKind = Literal[
    "name", "integer", "number", "layer sizes", "column names", "class weights", "threshold"
]
"""How a value is written as text: "layer sizes" as 64,64, "class weights" as yes=5,no=1."""

DATA, NETWORK, TRAINING = "what to learn", "the network", "how it learns"
"""Groups of settings."""
FLAGS = {"groups": "group", "columns": "column"}
"""Options that are not called like their setting."""


@dataclass(frozen=True)
class SettingInfo:
    """One setting.

    Parameters
    ----------
    group : str
        The group in the help of the command line.
    kind : str
        How a value is written as text.
    metavar : str
        What stands for the value in the help of the command line.
    help : str
        What the setting does, in a few words.
    default : str
        The default as it is typed on the command line: "auto" if the task and the size of the table
        decide, empty if the setting is not used by default.
    above, at_least, below, at_most : float, optional
        Bounds of a number or an integer.
    hint : str, default ""
        Typical values, for error messages.
    in_estimators : bool, default True
        Whether `TabularClassifier` and `TabularRegressor` have a parameter of the same name.
    """

    group: str
    kind: SettingKind
    metavar: str
    help: str
    default: str
    above: float | None = None
    at_least: int | None = None
    below: float | None = None
    at_most: int | None = None
    hint: str = ""
    in_estimators: bool = True

    @property
    def is_automatic(self) -> bool:
        """Whether the task and the size of the table decide by default."""
        return self.default == "auto"

    @property
    def bounds(self) -> dict[str, Any]:
        """The bounds that are set, by name."""
        names = ("above", "at_least", "below", "at_most")
        return {name: getattr(self, name) for name in names if getattr(self, name) is not None}

    def check(self, name: str, value: Any) -> None:
        """Raise `SettingError` if a number, an integer or layer sizes break their rule."""
        rules = {**self.bounds, "hint": self.hint}
        if self.kind == "number":
            checks.number(name, value, **rules)
        elif self.kind == "integer":
            checks.integer(name, value, **rules)
        elif self.kind == "layer sizes":
            for units in value:
                checks.integer(name, units, **rules)


def setting(
    value: Any,
    group: str,
    kind: SettingKind,
    metavar: str,
    help: str,
    default: str,
    **rules: Any,
) -> Any:
    """Return a dataclass field with the default `value` and its `SettingInfo`."""
    info = SettingInfo(group, kind, metavar, help, default, **rules)
    return dataclasses.field(default=value, metadata={"info": info})


def setting_infos(settings: type) -> dict[str, SettingInfo]:
    """Return the info of each field of a settings class, by name and in order."""
    return {field.name: field.metadata["info"] for field in dataclasses.fields(settings)}


_ASSIGNMENT = re.compile(r"`([a-z_]+)=('[^`]*'|\"[^`]*\"|[\w.]+)`")


_KIND = re.compile(r"`columns=\{('[^`]*'|\"[^`]*\"): '(\w+)'\}`")


def as_options(note: str) -> str:
    """Return a note with its settings as they are typed: --keep id for `keep='id'`.

    Kinds of columns too: --column a=number for `columns={'a': 'number'}`.
    """

    def option(found: re.Match[str]) -> str:
        name, value = found.groups()
        with suppress(ValueError, SyntaxError):  # a name with a backtick
            value = shlex.quote(str(ast.literal_eval(value)))
        return f"{flag(name)} {value}"

    def kind_option(found: re.Match[str]) -> str:
        with suppress(ValueError, SyntaxError):
            return f"--column {shlex.quote(f'{ast.literal_eval(found[1])}={found[2]}')}"
        return found[0]

    return _KIND.sub(kind_option, _ASSIGNMENT.sub(option, note))


def flag(field: str) -> str:
    """Return the option of a setting: --learning-rate for learning_rate."""
    return f"--{FLAGS.get(field, field.replace('_', '-'))}"
