"""ColumnEncoder: how one column becomes features of the network, fitted to the training rows.

Each encoder is a frozen description that is saved in the model file as JSON. `cast` brings a whole
column into the kind it had in training; `encode_into` then applies the operations of the encoder to a
block of its rows, which avoids a second copy of a large table.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from deltarule._common.fields_only import FieldsOnly
from deltarule.data.table import Column
from deltarule.preprocessing import column_casting
from deltarule.preprocessing.operations import IsMissing, Operation, Sign, ValueKind

Role = Literal["number", "scaled", "flag", "word", "codes"]


@dataclass(frozen=True)
class Feature:
    """One input of the network.

    Parameters
    ----------
    name : str
        Name shown in reports and pictures.
    role : {"number", "scaled", "flag", "word", "codes"}, default "number"
        "number": a number near 0. "scaled": the same number on a linear scale, beside its quantile.
        "flag": one of -1, 0 and 1. "word": 1 where a text has a word, else 0. "codes": an integer from 0
        to `count` - 1 for a learned embedding, 0 if missing or unseen.
    count : int, default 0
        Number of codes.
    """

    name: str
    role: Role = "number"
    count: int = 0


@dataclass(frozen=True)
class ColumnEncoder(FieldsOnly, ABC):
    """Base of the column encoders.

    `missing` counts the missing cells among the training rows, `values` is the kind of what `cast`
    returns.
    """

    kind: ClassVar[str]
    values: ClassVar[ValueKind]
    column: str
    missing: int

    @property
    @abstractmethod
    def features(self) -> tuple[Feature, ...]:
        """The features of the column, in order."""

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the features."""
        return tuple(feature.name for feature in self.features)

    @property
    @abstractmethod
    def summary(self) -> str:
        """The encoding in a few words, for people; shown beside `kind`."""

    @abstractmethod
    def cast(self, column: Column) -> NDArray[Any]:
        """Return the values (n,) in the kind of training; raise `DataError` if they do not fit."""

    @property
    @abstractmethod
    def operations(self) -> tuple[Operation, ...]:
        """What becomes the features, in order."""

    @cached_property
    def _operations(self) -> tuple[Operation, ...]:
        return self.operations

    def encode_into(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        """Write the features of `values` (rows,), as `cast` returns them, into `out` (rows, features)."""
        start = 0
        for operation in self._operations:
            operation.apply(values, out[:, start : start + operation.width])
            start += operation.width

    def to_json(self) -> dict[str, Any]:
        """Return the encoder as strict JSON types."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        plain = {k: list(v) if isinstance(v, tuple) else v for k, v in values.items()}
        return {"kind": self.kind, **plain}


@dataclass(frozen=True)
class BooleanEncoder(ColumnEncoder):
    """false → -1, true → 1, missing → 0, with a missing indicator if training had missing values."""

    kind = "boolean"
    values = "boolean"
    missing_indicator: bool

    @property
    def features(self) -> tuple[Feature, ...]:
        return (Feature(self.column, "flag"), *indicator(self.column, self.missing_indicator))

    @property
    def summary(self) -> str:
        return f"false is -1, true is 1, {missing_summary(self.missing_indicator)}"

    def cast(self, column: Column) -> NDArray[Any]:
        return column_casting.booleans(column)

    @property
    def operations(self) -> tuple[Operation, ...]:
        return (Sign(), *marks_missing(self.missing_indicator))


@dataclass(frozen=True)
class DroppedColumn(ColumnEncoder):
    """A column without features; `reason` says why."""

    kind = "dropped"
    values = "number"
    reason: str

    @property
    def features(self) -> tuple[Feature, ...]:
        return ()

    @property
    def summary(self) -> str:
        return self.reason

    def cast(self, column: Column) -> NDArray[Any]:
        return np.empty(len(column))

    @property
    def operations(self) -> tuple[Operation, ...]:
        return ()


def indicator(column: str, present: bool) -> tuple[Feature, ...]:
    """Return the feature that is 1 where a cell is missing, if there is one."""
    return (Feature(f"{column} is missing", "flag"),) * present


def marks_missing(present: bool) -> tuple[Operation, ...]:
    """Return the operation of that feature, if there is one."""
    return (IsMissing(),) * present


def missing_summary(missing_indicator: bool) -> str:
    """Return how missing values are encoded, in words."""
    return "missing is 0" + (" with an indicator" if missing_indicator else "")
