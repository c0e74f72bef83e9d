"""Targets: the column to predict, as classes or as a number, and the task that it implies."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray

from deltarule._common.fields_only import FieldsOnly
from deltarule._common.formatting import counted, format_number
from deltarule._common.notebook_display import NotebookDisplay, listed
from deltarule.data.table import Column
from deltarule.errors import DataError, shortened
from deltarule.preprocessing import column_casting
from deltarule.preprocessing.statistics import spread, standardized

Array = NDArray[Any]
_LARGE_INTEGER = re.compile(r"-?[1-9][0-9]{15,19}")


class Task(StrEnum):
    """What is predicted: a class or a number.

    A task equals its name: ``Task.REGRESSION == "regression"``. What a table model does differently for
    each task is in `deltarule.table_model.task_methods`.
    """

    CLASSIFICATION = "classification"
    REGRESSION = "regression"

    @property
    def score_name(self) -> str:
        """The score of training histories: "accuracy" or "R²"."""
        return _SCORE_NAMES[self]

    @property
    def stratified(self) -> bool:
        """Whether splits keep the share of each class."""
        return self is Task.CLASSIFICATION


_SCORE_NAMES = {Task.CLASSIFICATION: "accuracy", Task.REGRESSION: "R²"}


class Target(FieldsOnly, NotebookDisplay, ABC):
    """Base of the targets: how the target column is encoded for the network, and decoded.

    Attributes
    ----------
    name : str
        Name of the column.
    classes : tuple of str
        The classes; empty if the target is a number.
    task : Task
        Classification or regression.

    See Also
    --------
    ClassTarget : A target with classes.
    NumberTarget : A target that is a number.
    """

    name: str
    classes: tuple[str, ...]
    task: ClassVar[Task]

    @property
    @abstractmethod
    def output_names(self) -> tuple[str, ...]:
        """The name of each output of the network."""

    @abstractmethod
    def fit(self, values: Array) -> Self:
        """Return the target fitted to the training values.

        Parameters
        ----------
        values : ndarray of shape (n_rows,)
            Class numbers, or numbers in the target's units.

        Returns
        -------
        Self
            The fitted target.

        Raises
        ------
        DataError
            If all values are equal.
        """

    @abstractmethod
    def standardize(self, values: Array) -> Array:
        """Return what the network learns.

        Parameters
        ----------
        values : ndarray of shape (n_rows,)
            Class numbers, or numbers in the target's units.

        Returns
        -------
        ndarray of shape (n_rows,)
            Class numbers, or standardized numbers.
        """

    @abstractmethod
    def unstandardize(self, values: Array) -> Array:
        """Return the inverse of `standardize`.

        Parameters
        ----------
        values : ndarray of shape (n_rows,)
            Class numbers, or standardized numbers.

        Returns
        -------
        ndarray of shape (n_rows,), dtype int64 or float64
            Class numbers, or numbers in the target's units.
        """

    @abstractmethod
    def encode(self, column: Column) -> Array:
        """Return what the network learns for the cells of a column.

        Parameters
        ----------
        column : Column
            The target column.

        Returns
        -------
        ndarray of shape (n_rows,)
            Class numbers, -1 where missing; or standardized numbers, NaN where missing.

        Raises
        ------
        DataError
            If a value is none of the classes, or is not a finite number.
        """

    @abstractmethod
    def decode(self, values: Array) -> Array:
        """Return labels, or numbers in the target's units.

        Parameters
        ----------
        values : ndarray of shape (n_rows,)
            Class numbers, or standardized numbers.

        Returns
        -------
        ndarray of shape (n_rows,)
            Labels, or numbers in the target's units.
        """

    @abstractmethod
    def to_json(self) -> dict[str, Any]:
        """Return the target as strict JSON types.

        Returns
        -------
        dict
            The description that `target_from_json` reads.
        """


@dataclass(frozen=True, repr=False)
class ClassTarget(Target):
    """A target with two or more classes.

    Parameters
    ----------
    name : str
        Name of the column.
    classes : tuple of str
        The labels as texts, in order: numbers by size, texts by code point, false before true.
    kind : {"text", "number", "boolean"}, default "text"
        Kind of the column; labels are decoded to this kind. Classes of booleans are false and true in
        the spelling of training, such as "False" and "True".

    See Also
    --------
    NumberTarget : A target that is a number.

    Examples
    --------
    >>> from deltarule.preprocessing import ClassTarget
    >>> target = ClassTarget("species", ("cat", "dog"))
    >>> target.decode([1, 0, 1]).tolist()
    ['dog', 'cat', 'dog']
    """

    name: str
    classes: tuple[str, ...]
    kind: str = "text"
    task: ClassVar[Task] = Task.CLASSIFICATION

    def _sentence(self) -> str:
        classes = counted(len(self.classes), "class", "classes")
        return f"{shortened(self.name)}, {classes}: {listed(self.classes)}"

    @property
    def output_names(self) -> tuple[str, ...]:
        return self.classes

    @cached_property
    def _index(self) -> column_casting.LevelIndex:
        return column_casting.LevelIndex(self.classes)

    def class_number(self, label: object) -> int | None:
        """Return the number of the class of a label.

        Parameters
        ----------
        label : object
            A label as in `classes`, or another spelling of an equal number or boolean.

        Returns
        -------
        int or None
            Its place in `classes`; None if no class or more than one has an equal label.
        """
        given = str(label)
        if given in self.classes:
            return self.classes.index(given)
        canonical = column_casting.canonical(given)
        equal = [i for i, c in enumerate(self.classes) if column_casting.canonical(c) == canonical]
        return equal[0] if len(equal) == 1 else None

    def fit(self, values: Array) -> Self:
        present = np.unique(values)
        if len(present) < 2:
            raise DataError(
                f"Target {self.name!r} has only one class, {shortened(self.classes[int(present[0])])}, "
                "in the training rows: add rows of another class."
            )
        return self

    def standardize(self, values: Array) -> Array:
        return values

    def unstandardize(self, values: Array) -> NDArray[np.int64]:
        return values.astype(np.int64)

    def encode(self, column: Column) -> NDArray[np.int32]:
        codes = self._index.codes(column)
        unknown = (codes < 0) & ~column.missing
        if unknown.any():
            row = int(np.argmax(unknown))
            value = column.take(np.array([row])).texts()[0]
            raise DataError(
                f"Target column {self.name!r} has {str(value)[:40]!r} in row {row + 1}, which is not "
                f"one of the {len(self.classes)} training classes."
            )
        return codes.astype(np.int32)

    def decode(self, values: Any) -> Array:
        return self._labels[np.asarray(values)]

    @cached_property
    def _labels(self) -> Array:
        if self.kind == "boolean":
            return np.array([text.lower() == "true" for text in self.classes])
        if self.kind == "number":
            if all(is_large_integer(text) for text in self.classes):
                return np.array([int(text) for text in self.classes])
            numbers = np.array([float(text) for text in self.classes])
            whole = bool((np.abs(numbers) < 2**53).all() and (numbers == np.floor(numbers)).all())
            return numbers.astype(np.int64) if whole else numbers
        return np.array(self.classes, dtype=object)

    def to_json(self) -> dict[str, Any]:
        parts = {"task": self.task.value, "name": self.name, "classes": list(self.classes)}
        return parts | ({} if self.kind == "text" else {"kind": self.kind})


@dataclass(frozen=True, repr=False)
class NumberTarget(Target):
    """A target that is a number y, learned as (y - mean) / scale.

    Parameters
    ----------
    name : str
        Name of the column.
    mean : float, default 0.0
        Mean of the training values.
    scale : float, default 1.0
        Standard deviation of the training values.

    See Also
    --------
    ClassTarget : A target with classes.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.preprocessing import NumberTarget
    >>> target = NumberTarget("price").fit(np.array([10.0, 20.0, 30.0]))
    >>> target.mean
    20.0
    >>> target.decode([0.0, 0.0]).tolist()
    [20.0, 20.0]
    """

    name: str
    mean: float = 0.0
    scale: float = 1.0
    classes: tuple[str, ...] = field(default=(), init=False, repr=False)
    task: ClassVar[Task] = Task.REGRESSION

    def _sentence(self) -> str:
        mean, scale = format_number(self.mean), format_number(self.scale)
        return f"{shortened(self.name)}, a number: mean {mean}, standard deviation {scale}"

    @property
    def output_names(self) -> tuple[str, ...]:
        return (self.name,)

    def fit(self, values: Array) -> Self:
        found = spread(values)
        if found.scale == 0:
            raise DataError(
                f"Target column {self.name!r} is {found.mean:g} in all training rows: add rows with "
                "other values."
            )
        return replace(self, mean=found.mean, scale=found.scale)

    def standardize(self, values: Array) -> Array:
        return (values - self.mean) / self.scale

    def unstandardize(self, values: Array) -> NDArray[np.float64]:
        return self.decode(values)

    def encode(self, column: Column) -> NDArray[np.float64]:
        return standardized(column_casting.numbers(column), self.mean, self.scale)

    def decode(self, values: Any) -> NDArray[np.float64]:
        with np.errstate(over="ignore"):
            return np.asarray(values, dtype=np.float64) * self.scale + self.mean

    def to_json(self) -> dict[str, Any]:
        parts = {"task": self.task.value, "name": self.name}
        return parts | {"mean": self.mean, "scale": self.scale}


def is_large_integer(text: str) -> bool:
    """Return whether a text is a 64-bit integer that float64 may not hold exactly."""
    if not _LARGE_INTEGER.fullmatch(text):
        return False
    return abs(int(text)) >= 2**53 and -(2**63) <= int(text) < 2**64
