"""Columns that alone predict the target nearly perfectly: often they are known only after it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_percent, format_score
from deltarule._common.random import Purpose, uniform
from deltarule.data import Column
from deltarule.data.table import spell
from deltarule.table_model.data_checks.checked_table import CheckedTable, as_numbers
from deltarule.table_model.data_checks.single_column_score import class_score, number_score

Array = NDArray[Any]
MIN_ROWS = 50
"""With fewer rows, a column may predict the target by chance."""
MAX_ROWS = 4000
FIRST_ROWS = 400
"""Columns whose neighboring values have unlike targets on these rows are not scored on the others."""
MIN_CLASS_SCORE, MIN_NUMBER_SCORE = 0.97, 0.92
"""Shares of the baseline's errors, or of the variance, that a likely leak explains."""
MIN_INDICATOR_SCORE = 0.8
"""The same for whether a column is filled in, or has its most frequent value."""
MIN_INDICATOR_ROWS = 8
MAX_NEIGHBOR_RATIO = 0.5
BLOCK_COLUMNS = 1000
_MAX_NOTES = 3


@dataclass(frozen=True)
class LikelyLeak:
    """A column that alone predicts the target, as a subject, its score, and the score in words."""

    column: str
    subject: str
    score: float
    score_text: str

    def note(self, target: str) -> str:
        """Return a sentence with the next step."""
        return (
            f"{self.subject} alone predicts {target!r} ({self.score_text}), which may be a leak: it is "
            f"used, but if it is known only after {target!r}, set `drop={self.column!r}`."
        )


def likely_leak_notes(checked: CheckedTable) -> list[str]:
    """Return a note for each likely leak, highest score first."""
    leaks = sorted(find_likely_leaks(checked), key=lambda leak: -leak.score)
    notes = [leak.note(checked.target.name) for leak in leaks[:_MAX_NOTES]]
    if more := leaks[_MAX_NOTES:]:
        names = ", ".join(repr(leak.column) for leak in more[:8])
        notes.append(
            f"{len(more):,} more columns alone predict {checked.target.name!r} nearly as well "
            f"({names}{', ...' if len(more) > 8 else ''}): check that they are known before it."
        )
    return notes


def find_likely_leaks(checked: CheckedTable) -> list[LikelyLeak]:
    """Return the input columns that alone predict the target nearly perfectly."""
    if len(checked.training) < MIN_ROWS:
        return []
    sample = _Sample(checked)
    if not sample.is_varied:
        return []
    columns = [*checked.inputs()]
    found: list[LikelyLeak | None] = []
    for start in range(0, len(columns), BLOCK_COLUMNS):
        some = columns[start : start + BLOCK_COLUMNS]
        near = np.flatnonzero(sample.are_neighbors_alike(some))
        found += [sample.leak(some[i]) for i in near]
    return [leak for leak in found if leak is not None]


class _Sample:
    """The rows that columns are scored on, in random order, with weights that undo the sampling."""

    def __init__(self, checked: CheckedTable) -> None:
        self._classes = checked.target.classes
        order = np.argsort(uniform(0, Purpose.SPLIT, len(checked.training)), kind="stable")
        rows = checked.training[order]
        self.rows, self.weights = rows[:MAX_ROWS], np.ones(min(len(rows), MAX_ROWS))
        if self._classes and len(rows) > MAX_ROWS:
            self.rows, self.weights = _with_rare_classes(rows, checked.targets[rows])
        self.targets = checked.targets[self.rows]
        if self._classes:
            counts = np.bincount(self.targets, minlength=len(self._classes))
            self.is_varied = len(self.targets) - int(counts.max()) >= 10
        else:
            self.targets = self.targets.astype(np.float64)
            self.is_varied = bool((self.targets != self.targets[0]).any())
        self._baseline = 0.0

    def are_neighbors_alike(self, columns: list[Column]) -> Array:
        """Return for each column whether rows with similar values have similar targets.

        The ratio of von Neumann (1941): the mean squared difference of neighbors over that of any two
        rows; for classes the share of unlike pairs. It is quick, and high for columns that are no leak.
        """
        rows, targets = self.rows[:FIRST_ROWS], self.targets[:FIRST_ROWS]
        values = np.stack([as_numbers(column.take(rows)) for column in columns])
        sorted_targets = targets[np.argsort(values, axis=1, kind="stable")]
        steps = np.diff(sorted_targets, axis=1)
        if self._classes:
            unlike = (steps != 0).mean(axis=1)
            shares = np.bincount(targets) / len(targets)
            any_two = 1 - float((shares**2).sum())
        else:
            unlike = (steps**2).mean(axis=1)
            any_two = 2 * float(targets.var())
        return np.asarray(unlike <= MAX_NEIGHBOR_RATIO * any_two)  # all if the targets are equal

    def leak(self, column: Column) -> LikelyLeak | None:
        """Return the column as a likely leak; None if it is not."""
        part = column.take(self.rows)
        values = as_numbers(part)
        whole, filled, usual = self._scores(values, part.kind != "text")
        if part.kind == "datetime":  # neighbors in time are alike; `time_order` has a note on that
            whole = usual = 0.0
        has_two_values = len(np.unique(values)) == 2  # all missing values count as one
        subject, score = f"Column {column.name!r}", whole
        if filled >= max(MIN_INDICATOR_SCORE, whole - 0.02):
            subject, score = f"Whether column {column.name!r} is filled in", filled
        elif not has_two_values and usual >= max(MIN_INDICATOR_SCORE, whole - 0.02):
            subject, score = f"Whether column {column.name!r} is {_usual(part)}", usual
        elif whole < (MIN_INDICATOR_SCORE if has_two_values else self._limit):
            return None
        return LikelyLeak(column.name, subject, score, self._text(score))

    @property
    def _limit(self) -> float:
        return MIN_CLASS_SCORE if self._classes else MIN_NUMBER_SCORE

    def _scores(self, values: Array, ordered: bool) -> tuple[float, float, float]:
        """Return the scores of the column, of its missingness, and of its most frequent value."""
        missing = np.isnan(values)
        filled = usual = 0.0
        if MIN_INDICATOR_ROWS <= missing.sum() <= len(missing) - MIN_INDICATOR_ROWS:
            filled = self._score(missing.astype(np.float64), ordered=False)
        else:
            distinct, counts = np.unique(values[~missing], return_counts=True)
            most = counts.max(initial=0)
            if 0.2 * len(values) <= most <= len(values) - MIN_INDICATOR_ROWS:
                is_usual = (values == distinct[counts.argmax()]).astype(np.float64)
                usual = self._score(is_usual, ordered=False)
        return self._score(values, ordered=ordered), filled, usual

    def _score(self, values: Array, *, ordered: bool) -> float:
        if not self._classes:
            return number_score(values, self.targets, ordered=ordered)
        accuracy, self._baseline = class_score(
            values, self.targets, len(self._classes), self.weights, ordered=ordered
        )
        return (accuracy - self._baseline) / max(1 - self._baseline, 1e-12)

    def _text(self, score: float) -> str:
        if not self._classes:
            return f"R² {format_score(score)}"
        accuracy = round(self._baseline + score * (1 - self._baseline), 9)
        return (
            f"accuracy {format_percent(accuracy)}, versus {format_percent(self._baseline)} for the "
            "most frequent class"
        )


def _with_rare_classes(rows: Array, classes: Array) -> tuple[Array, Array]:
    """Return rows of which at most half are of the most frequent class, and their weights."""
    is_frequent = classes == np.bincount(classes).argmax()
    parts = [np.flatnonzero(is_frequent), np.flatnonzero(~is_frequent)]
    chosen = [part[: MAX_ROWS // 2] for part in parts]
    sizes = [len(part) / max(len(some), 1) for part, some in zip(parts, chosen, strict=True)]
    places = np.concatenate(chosen)
    places = places[np.argsort(uniform(1, Purpose.SPLIT, len(places)), kind="stable")]
    return rows[places], np.where(is_frequent[places], sizes[0], sizes[1])


def _usual(part: Column) -> str:
    values = part.values[~part.missing]
    distinct, counts = np.unique(values, return_counts=True)
    usual = distinct[counts.argmax()]
    if part.kind == "text":
        return repr(part.levels[usual])
    return part.levels[int(usual)] if part.levels else spell(usual, part.kind)
