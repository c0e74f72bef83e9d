"""What is done to one column on its way into the network, learned from the training rows.

Each treatment is a frozen description with JSON on both sides. `prepare` brings a whole column into
the kind it had in training; `fill` then writes the features of a block of its rows, so that a large
table is never there twice.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from deltarule.data.table import Column
from deltarule.preprocessing import column_casting

Role = Literal["number", "size", "flag", "codes"]


@dataclass(frozen=True)
class Feature:
    """One column of what an encoder gives out.

    `role`: a "number" near 0; the "size" of the number before it, for what a straight line can tell; a
    "flag" that is one of a few fixed numbers (-1, 0, 1); or "codes", the whole numbers 0 to `count` - 1
    of a category, of which 0 is missing or unseen.
    """

    name: str
    role: Role = "number"
    count: int = 0


@dataclass(frozen=True)
class Treatment(ABC):
    """Base of the treatments. `missing` counts the missing cells among the training rows."""

    kind: ClassVar[str]
    column: str
    missing: int

    @property
    @abstractmethod
    def features(self) -> tuple[Feature, ...]:
        """What the column becomes, in order."""

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the features."""
        return tuple(feature.name for feature in self.features)

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
class BooleanTreatment(Treatment):
    """false → -1, true → 1, missing → 0; missing ones are marked if there were any in training."""

    kind = "boolean"
    missing_indicator: bool

    @property
    def features(self) -> tuple[Feature, ...]:
        return (Feature(self.column, "flag"), *missing_flag(self.column, self.missing_indicator))

    @property
    def words(self) -> str:
        return "false is -1, true is 1, missing is 0" + ", and is marked" * self.missing_indicator

    def prepare(self, column: Column) -> NDArray[Any]:
        return column_casting.booleans(column)

    def fill(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        missing = np.isnan(values)
        out[:, 0] = np.where(missing, 0.0, 2.0 * values - 1.0)
        if self.missing_indicator:
            out[:, 1] = missing


@dataclass(frozen=True)
class DroppedTreatment(Treatment):
    """The column is left out, for a reason."""

    kind = "dropped"
    reason: str

    @property
    def features(self) -> tuple[Feature, ...]:
        return ()

    @property
    def words(self) -> str:
        return f"left out: {self.reason}"

    def prepare(self, column: Column) -> NDArray[Any]:
        return np.empty(len(column))

    def fill(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        return


def missing_flag(column: str, there: bool) -> tuple[Feature, ...]:
    """Return the feature that is 1 where a cell is missing, if there is one."""
    return (Feature(f"{column} is missing", "flag"),) * there
