"""What a figure lets people change: each control is a description with the value it starts with."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from deltarule._common import checks

Value = float | str | bool


@dataclass(frozen=True)
class Slider:
    """A number from `low` to `high` in steps."""

    name: str
    label: str
    low: float
    high: float
    step: float
    start: float
    logarithmic: bool = False
    """The value is 10 to the power of the slider; `low`, `high`, `step` and `start` are exponents."""
    names: tuple[str, ...] = ()
    """What a page shows instead of the numbers, from `low` in steps of `step`."""

    def read(self, owner: str, value: Any) -> Value:
        """Return the value; raise `SettingError` if it is not a number in the range."""
        return checks.number(f"{owner}.{self.name}", value, at_least=self.low, at_most=self.high)


@dataclass(frozen=True)
class Choice:
    """One of several options, each a value and its label."""

    name: str
    label: str
    options: tuple[tuple[str, str], ...]
    start: str

    def read(self, owner: str, value: Any) -> Value:
        """Return the value; raise `SettingError` if it is not an option."""
        return checks.one_of(f"{owner}.{self.name}", value, [name for name, _ in self.options])


@dataclass(frozen=True)
class Switch:
    """On or off."""

    name: str
    label: str
    start: bool = False

    def read(self, owner: str, value: Any) -> Value:
        """Return the value; raise `SettingError` if it is neither True nor False."""
        return checks.flag(f"{owner}.{self.name}", value)


Control = Slider | Choice | Switch


def as_json(control: Control, value: Value) -> dict[str, Any]:
    """Return a control with its current value, as the page reads it."""
    return {"kind": type(control).__name__.lower(), **asdict(control), "value": value}
