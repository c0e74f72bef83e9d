"""Find out what can be predicted from a column: the task, the classes, the rows with a target."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.data.table import Column, Table
from deltarule.errors import DataError, shortened
from deltarule.preprocessing import column_casting
from deltarule.preprocessing.targets import (
    ClassTarget,
    NumberTarget,
    Target,
    Task,
    is_large_integer,
)
from deltarule.schema import NumberFormat

Array = NDArray[Any]
MAX_INTEGER_CLASSES = 20
_NAMES_OF_AMOUNTS = re.compile(
    r"(?:.*[\W_])?"
    r"(?:quality|score|rating|stars|count|cnt|amount|price|cost|age|years|days|hours)",
    re.IGNORECASE,
)


@dataclass(frozen=True, eq=False, repr=False)
class FittedTarget(NotebookDisplay):
    """A target column that can be predicted.

    Parameters
    ----------
    target : ClassTarget or NumberTarget
        The target. A number is standardized later, by the training rows (`NumberTarget.fit`).
    rows : ndarray of shape (n_rows,), dtype int64
        Ascending indexes of the rows that have a target.
    notes : tuple of str
        What a user should know about the target, one sentence each.

    See Also
    --------
    fit_target : Makes this object.
    """

    target: Target
    rows: NDArray[np.int64]
    notes: tuple[str, ...]

    def _sentence(self) -> str:
        return f"{self.target._sentence()}; {counted(len(self.rows), 'row')} with a target"


def infer_task(column: Column) -> Task:
    """Infer the task from the target column.

    Texts, booleans and few distinct integers are classes; all other numbers are a regression.

    Parameters
    ----------
    column : Column
        The target column.

    Returns
    -------
    Task
        "classification" for texts and booleans, for integers with at most 2 distinct values, and for
        integers with at most 20 distinct values unless they are amounts, by their name (quality, score,
        rating, count, price, age, ...) or by their values (all distinct; or 0, 1, 2, 3, ... each rarer
        than the one before, as counts of events are). "regression" for all other numbers.

    Raises
    ------
    DataError
        If the column holds dates.

    See Also
    --------
    fit_target : Also finds the classes and the rows.

    Examples
    --------
    >>> from deltarule.data import read_table
    >>> from deltarule.preprocessing import infer_task
    >>> table = read_table({"species": ["cat", "dog", "cat"], "weight": [4.2, 9.1, 3.8]})
    >>> print(infer_task(table["species"]), infer_task(table["weight"]))
    classification regression
    """
    if column.kind in ("text", "boolean"):
        return Task.CLASSIFICATION
    if column.kind == "datetime":
        raise DataError(
            f"Target column {column.name!r} holds dates, which cannot be predicted: choose another "
            "target, or turn it into a number with a query."
        )
    values, counts = np.unique(column.values[~column.missing], return_counts=True)
    return task_of_numbers(column.name, values, counts)


def task_of_numbers(name: str, values: Array, counts: NDArray[np.integer[Any]]) -> Task:
    """Return the task of a target with these distinct numbers, ascending, and their counts."""
    if not (np.isfinite(values) & (values == np.floor(values))).all():
        return Task.REGRESSION
    if len(values) <= 2:
        return Task.CLASSIFICATION
    is_count = len(values) >= 4 and bool(
        (values == np.arange(len(values))).all() and (np.diff(counts) < 0).all()
    )
    if (
        counts.max() == 1
        or len(values) > MAX_INTEGER_CLASSES
        or is_count
        or _NAMES_OF_AMOUNTS.fullmatch(name)
    ):
        return Task.REGRESSION
    return Task.CLASSIFICATION


def fit_target(table: Table, name: str, *, task: str = "auto") -> FittedTarget:
    """Find out what to predict from a target column.

    The classes are those of all rows, so that a split cannot lose one. Rows without a target are skipped,
    with a note. A class with a single row gets a note too, as it cannot be evaluated.

    Parameters
    ----------
    table : Table
        A table with the target column.
    name : str
        Name of the target column.
    task : {"auto", "classification", "regression"}, default "auto"
        What to predict; "auto" infers it from the column (see `infer_task`).

    Returns
    -------
    FittedTarget
        The target, the rows that have one, and notes.

    Raises
    ------
    ColumnError
        If there is no such column.
    DataError
        If fewer than two rows have a target, if it has a single class or nearly as many classes as rows,
        if it holds infinite numbers, or texts where a regression needs numbers.
    SettingError
        If `task` is not one of the allowed values.

    See Also
    --------
    infer_task : The rule for "auto".

    Examples
    --------
    >>> from deltarule.data import read_table
    >>> from deltarule.preprocessing import fit_target
    >>> fitted = fit_target(read_table({"species": ["dog", "cat", None, "cat"]}), "species")
    >>> fitted.target.classes
    ('cat', 'dog')
    >>> fitted.notes[0]
    "1 of 4 rows has no 'species' and is skipped."
    """
    column = table[name]
    checks.one_of("task", task, ("auto", *Task))
    rows = np.flatnonzero(~column.missing).astype(np.int64)
    if len(rows) == 0:
        raise DataError(
            f"Target column {name!r} has no value in any of the {table.rows:,} rows: choose "
            "another target."
        )
    if len(rows) == 1:
        raise DataError(
            f"{table.source} has only 1 row with a target, and at least 2 are needed: add rows."
        )
    notes = []
    if skipped := table.rows - len(rows):
        notes.append(skipped_note(skipped, table.rows, name))
    part = column.take(rows)
    if _is_duration(table, name):
        if task == Task.CLASSIFICATION:
            raise DataError(
                f"Target column {name!r} holds durations, which are numbers of hours: choose "
                "task='regression'."
            )
        chosen = Task.REGRESSION
    else:
        chosen = infer_task(column) if task == "auto" else Task(task)
    target, target_notes = _FITTERS[chosen](part)
    return FittedTarget(target, rows, (*notes, *target_notes))


def skipped_note(skipped: int, rows: int, name: str) -> str:
    """Return the note on rows without a target."""
    have, are = ("has", "is") if skipped == 1 else ("have", "are")
    return f"{skipped:,} of {counted(rows, 'row')} {have} no {name!r} and {are} skipped."


def _is_duration(table: Table, name: str) -> bool:
    schema = table.schema
    return schema is not None and name in schema and schema[name].kind == "duration"


def single_row_notes(classes: tuple[str, ...], counts: NDArray[np.integer[Any]]) -> list[str]:
    """Return the note on classes with a single row; none if there are no such classes."""
    single = [name for name, count in zip(classes, counts.tolist(), strict=True) if count == 1]
    if not single:
        return []
    shown = ", ".join(repr(name) for name in single[:5]) + (", ..." if len(single) > 5 else "")
    if len(single) == 1:
        return [
            f"Class {shown} has a single row, which is used for training but not for evaluation."
        ]
    return [
        f"Classes {shown} have a single row each, which is used for training but not for evaluation."
    ]


def _fit_classes(part: Column) -> tuple[Target, list[str]]:
    classes = _classes(part)
    refuse_classes(part.name, classes, len(part))
    counts = np.bincount(column_casting.LevelIndex(classes).codes(part), minlength=len(classes))
    kind: str = part.kind
    if kind == "text" and all(is_large_integer(text) for text in classes):
        kind, classes = "number", tuple(sorted(classes, key=int))
        counts = np.bincount(column_casting.LevelIndex(classes).codes(part), minlength=len(classes))
    return ClassTarget(part.name, classes, kind), single_row_notes(classes, counts)


def _fit_number(part: Column) -> tuple[Target, list[str]]:
    if part.kind in ("text", "datetime"):
        texts = part.levels if part.kind == "text" else part.take(np.array([0])).texts()
        example = next((text for text in texts if NumberFormat().parse(text) is None), texts[0])
        raise DataError(
            f"Target column {part.name!r} holds {'dates' if part.kind == 'datetime' else 'texts'}, "
            f"for example {str(example)[:40]!r}, and regression needs numbers: correct the column, or "
            "predict its classes with task='classification'."
        )
    column_casting.refuse_infinite(part.name, part.values)
    return NumberTarget(part.name), []


_FITTERS: dict[Task, Callable[[Column], tuple[Target, list[str]]]] = {
    Task.CLASSIFICATION: _fit_classes,
    Task.REGRESSION: _fit_number,
}


def _classes(part: Column) -> tuple[str, ...]:
    if part.kind == "number":
        column_casting.refuse_infinite(part.name, part.values)
    if part.kind == "text":
        seen = np.unique(part.values[part.values >= 0])
        return tuple(part.levels[index] for index in seen)
    _, first = np.unique(part.values, return_index=True)  # in order of the values
    return tuple(str(text) for text in part.take(first).texts())


def refuse_classes(name: str, classes: tuple[str, ...], rows: int) -> None:
    """Raise `DataError` if the classes of a target cannot be learned: a single one, or very many."""
    if len(classes) < 2:
        raise DataError(
            f"Target column {name!r} is {shortened(classes[0])} in all {rows:,} rows: add rows of "
            "another class, or choose another target."
        )
    if len(classes) > MAX_INTEGER_CLASSES and 2 * len(classes) > rows:
        raise DataError(
            f"Target column {name!r} has {len(classes):,} classes in {rows:,} rows, too many to "
            "learn: choose another target, or task='regression' if it holds numbers."
        )
