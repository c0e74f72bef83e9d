"""What is done to one column on its way into the network, learned from the training rows.

Each treatment is a frozen description with JSON on both sides. `prepare` brings a whole column into
the kind it had in training; `fill` then writes the features of a block of its rows, so that a large
table is never there twice.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import ModelFileError
from deltarule.strict import StrictReader
from deltarule.tables import adapt
from deltarule.tables.moments import standardised
from deltarule.tables.table import Column

# No training value gets there: the largest of n standardised values is at most the root of n - 1.
STANDARDISED_LIMIT = 1e6
OTHER = "(other)"
# name of the part: (how many of it make a full turn)
CYCLES: dict[str, float] = {"month": 12.0, "day of week": 7.0, "hour": 24.0}
_MICROSECONDS_PER_DAY = 86_400_000_000.0


@dataclass(frozen=True)
class Treatment(ABC):
    """Base of the treatments. `missing` counts the missing cells among the training rows."""

    kind: ClassVar[str]
    column: str
    missing: int

    @property
    @abstractmethod
    def feature_names(self) -> tuple[str, ...]:
        """The features the column becomes, in order."""

    @property
    @abstractmethod
    def words(self) -> str:
        """What is done, for people."""

    @abstractmethod
    def prepare(self, column: Column) -> NDArray[Any]:
        """Return the column's values (n,) as in training; raise `DataError` if they do not fit."""

    @abstractmethod
    def fill(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        """Write the features of prepared `values` (rows,) into `out` (rows, features)."""

    def to_json(self) -> dict[str, Any]:
        """Return the treatment in the types of JSON."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}
        return {"kind": self.kind, **plain}


@dataclass(frozen=True)
class NumberTreatment(Treatment):
    """x → (x - mean) / scale, within ±1e6; a missing x counts as the median `fill_value`.

    With `missing_indicator` (some training value was missing) a second feature is 1 where x is
    missing, else 0.
    """

    kind = "number"
    fill_value: float
    mean: float
    scale: float
    missing_indicator: bool

    @property
    def feature_names(self) -> tuple[str, ...]:
        return (self.column, f"{self.column} is missing")[: 1 + self.missing_indicator]

    @property
    def words(self) -> str:
        return (
            f"standardised: minus {self.mean:.4g}, divided by {self.scale:.4g}; missing counts as "
            f"the median {self.fill_value:.4g}{', and is marked' if self.missing_indicator else ''}"
        )

    def prepare(self, column: Column) -> NDArray[Any]:
        return adapt.numbers(column)

    def fill(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        missing = np.isnan(values)
        filled = np.where(missing, self.fill_value, values)
        limit = STANDARDISED_LIMIT
        out[:, 0] = np.clip(standardised(filled, self.mean, self.scale), -limit, limit)
        if self.missing_indicator:
            out[:, 1] = missing


@dataclass(frozen=True)
class BooleanTreatment(Treatment):
    """false → -1, true → 1, missing → 0; missing ones are marked if there were any in training."""

    kind = "boolean"
    missing_indicator: bool

    @property
    def feature_names(self) -> tuple[str, ...]:
        return (self.column, f"{self.column} is missing")[: 1 + self.missing_indicator]

    @property
    def words(self) -> str:
        return "false is -1, true is 1, missing is 0" + ", and is marked" * self.missing_indicator

    def prepare(self, column: Column) -> NDArray[Any]:
        return adapt.booleans(column)

    def fill(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        missing = np.isnan(values)
        out[:, 0] = np.where(missing, 0.0, 2.0 * values - 1.0)
        if self.missing_indicator:
            out[:, 1] = missing


@dataclass(frozen=True)
class CategoryTreatment(Treatment):
    """One-hot: one feature for each of `levels`, and the last one for all else.

    All else is a missing value, a level too rare in training to have a feature of its own, and a
    level that training has not seen. `rare` counts the levels without a feature.
    """

    kind = "category"
    levels: tuple[str, ...]
    rare: int

    @property
    def feature_names(self) -> tuple[str, ...]:
        return tuple(f"{self.column}={level}" for level in (*self.levels, OTHER))

    @property
    def words(self) -> str:
        rare = f"{self.rare} rarer ones, " if self.rare else ""
        return f"one-hot: {len(self.levels)} categories, one for {rare}missing and unseen ones"

    def prepare(self, column: Column) -> NDArray[Any]:
        return adapt.codes(column, self.levels)

    def fill(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        out[:] = 0
        out[np.arange(len(values)), values] = 1  # -1 is the last place


@dataclass(frozen=True)
class DatetimeTreatment(Treatment):
    """A moment becomes its days since 1970, standardised, and its place in `cycles`.

    A part of a cycle (month of 12, day of week of 7, hour of 24) becomes sin 2πp and cos 2πp, where
    p is the share of the full turn: December is beside January. Moments are UTC. A missing moment
    counts as the median in time and as the middle (0, 0) of each circle.
    """

    kind = "datetime"
    fill_value: float
    mean: float
    scale: float
    cycles: tuple[str, ...]
    missing_indicator: bool

    @property
    def feature_names(self) -> tuple[str, ...]:
        parts = [f"{self.column} {part} {f}" for part in self.cycles for f in ("sine", "cosine")]
        marked = [f"{self.column} is missing"] * self.missing_indicator
        return (f"{self.column} time", *parts, *marked)

    @property
    def words(self) -> str:
        parts = f"; {', '.join(self.cycles)} as sine and cosine" if self.cycles else ""
        return f"time in days, standardised{parts}" + (
            "; missing is marked" if self.missing_indicator else ""
        )

    def prepare(self, column: Column) -> NDArray[Any]:
        return adapt.moments(column)

    def fill(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        missing = np.isnat(values)
        days = np.where(missing, self.fill_value, days_since_1970(values))
        limit = STANDARDISED_LIMIT
        out[:, 0] = np.clip(standardised(days, self.mean, self.scale), -limit, limit)
        for index, part in enumerate(self.cycles):
            turn = 2 * np.pi * part_of_moment(values, part) / CYCLES[part]
            out[:, 1 + 2 * index] = np.where(missing, 0.0, np.sin(turn))
            out[:, 2 + 2 * index] = np.where(missing, 0.0, np.cos(turn))
        if self.missing_indicator:
            out[:, -1] = missing


@dataclass(frozen=True)
class DroppedTreatment(Treatment):
    """The column is left out, for a reason."""

    kind = "dropped"
    reason: str

    @property
    def feature_names(self) -> tuple[str, ...]:
        return ()

    @property
    def words(self) -> str:
        return f"left out: {self.reason}"

    def prepare(self, column: Column) -> NDArray[Any]:
        return np.empty(len(column))

    def fill(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        return


def days_since_1970(values: NDArray[np.datetime64]) -> NDArray[np.float64]:
    """Return float64 (n,): days with fractions; NaT gives a number without meaning."""
    result: NDArray[np.float64] = values.astype(np.int64) / _MICROSECONDS_PER_DAY
    return result


def part_of_moment(values: NDArray[np.datetime64], part: str) -> NDArray[np.float64]:
    """Return float64 (n,): month 0 to 11, day of week 0 (Monday) to 6, hour 0 to 24 with fractions.

    NaT gives a number without meaning.
    """
    if part == "month":
        return (values.astype("datetime64[M]").astype(np.int64) % 12).astype(np.float64)
    days = days_since_1970(values)
    whole: NDArray[np.float64] = np.floor(days)
    if part == "day of week":
        weekday: NDArray[np.float64] = np.mod(whole + 3, 7)  # 1970-01-01 was a Thursday
        return weekday
    return (days - whole) * 24


def treatment_from_json(reader: StrictReader) -> Treatment:
    """Return the treatment that `to_json` described; raise `ModelFileError` if it is not one."""
    kind = reader.one_of("kind", ("number", "boolean", "category", "datetime", "dropped"))
    column, missing = reader.take("column", str), reader.take("missing", int)
    if missing < 0:
        raise ModelFileError(f"{reader.where}.missing must be a count, got {missing}.")
    result: Treatment
    if kind == "number":
        result = NumberTreatment(
            column, missing, *_line(reader), reader.take("missing_indicator", bool)
        )
    elif kind == "boolean":
        result = BooleanTreatment(column, missing, reader.take("missing_indicator", bool))
    elif kind == "category":
        levels = tuple(reader.list_of("levels", str))
        if len(set(levels)) < len(levels):
            raise ModelFileError(f"{reader.where}.levels must be different from each other.")
        result = CategoryTreatment(column, missing, levels, reader.take("rare", int))
    elif kind == "datetime":
        line, cycles = _line(reader), tuple(reader.list_of("cycles", str))
        if any(part not in CYCLES for part in cycles) or len(set(cycles)) < len(cycles):
            raise ModelFileError(
                f"{reader.where}.cycles must be some of {', '.join(CYCLES)}, got {cycles}."
            )
        result = DatetimeTreatment(
            column, missing, *line, cycles, reader.take("missing_indicator", bool)
        )
    else:
        result = DroppedTreatment(column, missing, reader.take("reason", str))
    reader.finish()
    return result


def _line(reader: StrictReader) -> tuple[float, float, float]:
    """Take fill_value, mean and scale, which must be finite, and scale above 0."""
    fill_value, mean, scale = (reader.take(name, float) for name in ("fill_value", "mean", "scale"))
    if not all(map(math.isfinite, (fill_value, mean, scale))) or scale <= 0:
        raise ModelFileError(
            f"{reader.where}: fill_value, mean and scale must be finite numbers and scale > 0, got "
            f"{fill_value!r}, {mean!r}, {scale!r}."
        )
    return fill_value, mean, scale
