"""The column to learn: classes or a number."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.strict_reader import StrictReader
from deltarule.data.cell_parsing import reads_as
from deltarule.data.table import Column, Table
from deltarule.errors import DataError, ModelFileError
from deltarule.preprocessing import column_casting
from deltarule.preprocessing.statistics import spread, standardized

Task = Literal["classification", "regression"]
TASKS: tuple[Task, ...] = ("classification", "regression")
MAX_INTEGER_CLASSES = 20
_CLASS_KINDS = ("text", "number", "boolean")
_NAMES_OF_AMOUNTS = re.compile(
    r"(?:.*[\W_])?"
    r"(?:quality|score|rating|stars|count|cnt|amount|price|cost|age|years|days|hours)",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class ClassTarget:
    """Two or more `classes`, in order: numbers by size, texts by code points, false before true.

    `kind`: what the column held, "text", "number" or "boolean"; the classes are its values as texts.
    """

    name: str
    classes: tuple[str, ...]
    kind: str = "text"

    @property
    def task(self) -> Task:
        return "classification"

    def encode(self, column: Column) -> NDArray[np.int32]:
        """Return int32 (n,): the index of the class, -1 where missing.

        Raises `DataError` for a value that is none of the classes.
        """
        codes = column_casting.codes(column, self.classes)
        unknown = (codes < 0) & ~column.missing
        if unknown.any():
            row = int(np.argmax(unknown))
            value = column.take(np.array([row])).texts()[0]
            raise DataError(
                f"Target column {self.name!r} has {str(value)[:40]!r} in row {row + 1}, which is "
                f"none of the {len(self.classes)} classes of the training."
            )
        return codes.astype(np.int32)

    def decode(self, indexes: NDArray[np.integer[Any]]) -> NDArray[Any]:
        """Return the labels of class numbers (n,) as the column held them: object (n,) of str, int64 or
        float64, or bool."""
        return self._labels()[indexes]

    def _labels(self) -> NDArray[Any]:
        if self.kind == "boolean":
            return np.array([text == "true" for text in self.classes])
        if self.kind == "number":
            numbers = np.array([float(text) for text in self.classes])
            whole = bool((np.abs(numbers) < 2**53).all() and (numbers == np.floor(numbers)).all())
            return numbers.astype(np.int64) if whole else numbers
        return np.array(self.classes, dtype=object)

    def to_json(self) -> dict[str, Any]:
        parts = {"task": self.task, "name": self.name, "classes": list(self.classes)}
        return parts | ({} if self.kind == "text" else {"kind": self.kind})


@dataclass(frozen=True)
class NumberTarget:
    """A number y, learned as (y - mean) / scale; as it comes with the defaults."""

    name: str
    mean: float = 0.0
    scale: float = 1.0

    @property
    def task(self) -> Task:
        return "regression"

    def fit_scale(self, values: NDArray[Any]) -> NumberTarget:
        """Return the target with mean and standard deviation of the training `values` (n,), n >= 1.

        Raises `DataError` if they are all the same.
        """
        line = spread(values)
        if line.scale == 0:
            raise DataError(
                f"Target column {self.name!r} is {line.mean:g} in all training rows: there is "
                "nothing to learn. Add rows in which it differs."
            )
        return NumberTarget(self.name, line.mean, line.scale)

    def encode(self, column: Column) -> NDArray[np.float64]:
        """Return float64 (n,), standardized, NaN where missing; raise `DataError` for texts."""
        return standardized(column_casting.numbers(column), self.mean, self.scale)

    def decode(self, values: NDArray[Any]) -> NDArray[np.float64]:
        """Return float64 (n,) in the target's own unit."""
        with np.errstate(over="ignore"):
            return np.asarray(values, dtype=np.float64) * self.scale + self.mean

    def to_json(self) -> dict[str, Any]:
        return {"task": self.task, "name": self.name, "mean": self.mean, "scale": self.scale}


@dataclass(frozen=True, eq=False)
class FittedTarget:
    """A target column that can be learned.

    `rows` (int64, ascending) are the rows where the target is present. `notes` say what a person
    should know, one sentence each.
    """

    target: ClassTarget | NumberTarget
    rows: NDArray[np.int64]
    notes: tuple[str, ...]


def infer_task(column: Column) -> Task:
    """Tell classification from regression by the target column.

    Classification: texts; booleans; whole numbers with at most 2 different values, or at most 20
    unless they are amounts by their name (quality, score, rating, count, price, age, ...) or by
    their numbers (0, 1, 2, 3, ... each rarer than the one before, as counts of events are; or all
    different).
    Regression: all other numbers. Raises `DataError` for a target of dates.
    """
    if column.kind in ("text", "boolean"):
        return "classification"
    if column.kind == "datetime":
        raise DataError(
            f"Target column {column.name!r} holds dates, which cannot be learned: choose another "
            "target, or turn it into a number with a query."
        )
    values, counts = np.unique(column.values[~column.missing], return_counts=True)
    if not (np.isfinite(values) & (values == np.floor(values))).all():
        return "regression"
    if len(values) <= 2:
        return "classification"
    is_count = len(values) >= 4 and bool(
        (values == np.arange(len(values))).all() and (np.diff(counts) < 0).all()
    )
    if (
        counts.max() == 1
        or len(values) > MAX_INTEGER_CLASSES
        or is_count
        or _NAMES_OF_AMOUNTS.fullmatch(column.name)
    ):
        return "regression"
    return "classification"


def fit_target(table: Table, name: str, *, task: str = "auto") -> FittedTarget:
    """Find out what is to be learned from column `name`; `task` "auto" asks `infer_task`.

    The classes are those of all rows; a number gets its scale later, from the training rows
    (`NumberTarget.fit_scale`). Rows without a target are left out and counted in a note. A class
    with a single row is kept for training and named in a note: it cannot be checked on other rows.

    Raises `ColumnError` if there is no such column; `DataError` if all its values are missing, if
    it has one class only, nearly as many classes as rows, infinite numbers, or texts where numbers
    are to be learned.
    """
    column = table[name]
    checks.one_of("task", task, ("auto", *TASKS))
    rows = np.flatnonzero(~column.missing).astype(np.int64)
    if len(rows) == 0:
        raise DataError(
            f"Target column {name!r} has no value in any of the {table.rows:,} rows: choose "
            "another target."
        )
    if len(rows) == 1:
        raise DataError(
            f"There is 1 row with a target in {table.source}, and at least 2 are needed: add rows."
        )
    notes = []
    if gone := table.rows - len(rows):
        notes.append(f"{gone:,} of {table.rows:,} rows have no {name!r} and are left out.")
    part = column.take(rows)
    if (infer_task(column) if task == "auto" else task) == "regression":
        _refuse_no_numbers(part)
        return FittedTarget(NumberTarget(name), rows, tuple(notes))
    classes = _classes(part)
    _refuse_classes(name, classes, len(rows))
    counts = np.bincount(column_casting.codes(part, classes), minlength=len(classes))
    notes += single_row_notes(classes, counts)
    return FittedTarget(ClassTarget(name, classes, column.kind), rows, tuple(notes))


def target_from_json(data: object, where: str = "target") -> ClassTarget | NumberTarget:
    """Return the target that `to_json` described; raise `ModelFileError` if it is not one."""
    reader = StrictReader(data, where)
    task, name = reader.one_of("task", TASKS), reader.take("name", str)
    result: ClassTarget | NumberTarget
    if task == "classification":
        classes = tuple(reader.list_of("classes", str))
        if len(classes) < 2 or len(set(classes)) < len(classes):
            raise ModelFileError(f"{where}.classes must be two or more different names.")
        kind = reader.one_of("kind", _CLASS_KINDS) if "kind" in reader else "text"
        result = ClassTarget(name, classes, kind)
        _refuse_other_labels(result, where)
    else:
        mean, scale = reader.take("mean", float), reader.take("scale", float)
        if not (math.isfinite(mean) and math.isfinite(scale) and scale > 0):
            raise ModelFileError(
                f"{where}: mean and scale must be finite numbers and scale > 0, got {mean!r}, "
                f"{scale!r}."
            )
        result = NumberTarget(name, mean, scale)
    reader.finish()
    return result


def _refuse_other_labels(target: ClassTarget, where: str) -> None:
    """Raise `ModelFileError` where classes are no texts of their kind."""
    try:
        labels = target.decode(np.arange(len(target.classes)))
    except (ValueError, OverflowError):
        labels = np.zeros(1)
    known = target.kind != "boolean" or target.classes == ("false", "true")
    if not known or len(set(labels.tolist())) < len(target.classes):
        raise ModelFileError(f"{where}.classes are no {target.kind}s.")


def _refuse_no_numbers(part: Column) -> None:
    if part.kind in ("text", "datetime"):
        texts = part.levels if part.kind == "text" else part.take(np.array([0])).texts()
        example = next((text for text in texts if not reads_as(text, "number")), texts[0])
        raise DataError(
            f"Target column {part.name!r} holds {'dates' if part.kind == 'datetime' else 'texts'}, "
            f"for example {str(example)[:40]!r}, and regression needs "
            "numbers: correct the column, or learn its classes with task='classification'."
        )
    column_casting.refuse_infinite(part.name, part.values)


def _classes(part: Column) -> tuple[str, ...]:
    if part.kind == "number":
        column_casting.refuse_infinite(part.name, part.values)
    if part.kind == "text":
        seen = np.unique(part.values[part.values >= 0])
        return tuple(part.levels[index] for index in seen)
    _, first = np.unique(part.values, return_index=True)  # in order of the values
    return tuple(str(text) for text in part.take(first).texts())


def _refuse_classes(name: str, classes: tuple[str, ...], rows: int) -> None:
    if len(classes) < 2:
        raise DataError(
            f"Target column {name!r} is {classes[0]!r} in all {rows:,} rows: there is nothing to "
            "tell apart. Add rows of another class, or choose another target."
        )
    if len(classes) > MAX_INTEGER_CLASSES and 2 * len(classes) > rows:
        raise DataError(
            f"Target column {name!r} has {len(classes):,} classes in {rows:,} rows, too many to "
            "learn: choose another target, or task='regression' if it holds numbers."
        )


def single_row_notes(classes: tuple[str, ...], counts: NDArray[np.integer[Any]]) -> list[str]:
    """Return the note that names the classes of a single row; none where there are no such."""
    single = [name for name, count in zip(classes, counts.tolist(), strict=True) if count == 1]
    if not single:
        return []
    shown = ", ".join(repr(name) for name in single[:5]) + (", ..." if len(single) > 5 else "")
    one = len(single) == 1
    return [
        f"{'Class' if one else 'Classes'} {shown} {'has' if one else 'have'} a single row"
        f"{'' if one else ' each'}: used for training, never checked on other rows."
    ]
