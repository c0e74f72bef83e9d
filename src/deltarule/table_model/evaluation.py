"""Score a model on rows whose target is known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from deltarule._common.checks import did_you_mean, nearest, sentences
from deltarule._common.formatting import counted
from deltarule.data import Column, Table
from deltarule.data.schema_check import finite_columns
from deltarule.data.table import capital
from deltarule.errors import ColumnError, DataError
from deltarule.preprocessing import NumberTarget, Target, column_casting
from deltarule.table_model.calibration import Calibration
from deltarule.table_model.percent_fractions import target_note
from deltarule.table_model.prediction import Prediction
from deltarule.table_model.reliability import INTERVAL_LEVELS
from deltarule.table_model.scores import (
    PINBALL_LEVELS,
    Scores,
    classification_scores,
    regression_scores,
)
from deltarule.table_model.task_methods import METHODS

Array = NDArray[Any]
MAX_NAMED_CLASSES = 5


class Evaluated(Protocol):
    """A model of a table, or of its groups."""

    @property
    def target(self) -> Target:
        """What it predicts."""

    @property
    def calibration(self) -> Calibration:
        """How its outputs become predictions."""

    @property
    def about(self) -> dict[str, Any]:
        """What training stored about it."""

    def predict(
        self, source: Any, *, quantiles: Sequence[float] | float, engine: str, threads: int
    ) -> Prediction:
        """Predict the rows of a table."""


@dataclass(frozen=True, eq=False)
class EvaluationRows:
    """Rows with their true targets.

    Parameters
    ----------
    table : Table
        The rows that have a target.
    truth : ndarray of shape (n_rows,)
        Class numbers, int64, or numbers in the target's units, float64.
    weights : ndarray of shape (n_rows,), dtype float64, or None
        Sample weights.
    notes : tuple of str, default ()
        What a user should know about the rows, one sentence each.
    """

    table: Table
    truth: Array
    weights: Array | None
    notes: tuple[str, ...] = ()


def evaluation_rows(
    table: Table, target: Target, weight: str | None, *, first_row: int = 0
) -> EvaluationRows:
    """Return the rows of a table that have a target; `first_row` is the number of its first row.

    A column of weights that the table does not have is ignored, with a note. Raises `ColumnError` if the
    target is missing, and `DataError` for classes that the model does not know or if no row has a target.
    """
    source = table.path or table.source
    if target.name not in table:
        raise ColumnError(
            sentences(
                f"{capital(source)} has no column {target.name!r}, the target of the model, which is "
                "needed to score predictions.",
                did_you_mean(target.name, table.source_names),
            ),
            column=target.name,
            table=table.source,
            suggestion=nearest(target.name, table.source_names),
        )
    column = table[target.name]
    truth = _class_numbers(column, target, table) if target.classes else _numbers(column)
    rows = np.flatnonzero(~column.missing)
    if not len(rows):
        raise DataError(f"{capital(source)} has no row with a value of {target.name!r}: add rows.")
    notes = []
    if len(rows) < table.rows:
        skipped = table.rows - len(rows)
        notes.append(
            f"{skipped:,} of {counted(table.rows, 'row')} {'has' if skipped == 1 else 'have'} no "
            f"{target.name!r} and {'is' if skipped == 1 else 'are'} skipped."
        )
        table, truth = table.select(rows), truth[rows]
    if isinstance(target, NumberTarget):
        notes += filter(None, [target_note(table[target.name], truth, target)])
    weights = None
    if weight is not None and weight in table:
        weights = weight_column(table, weight, first_row + rows)
    elif weight is not None:
        notes.append(f"There is no column {weight!r} with weights: all rows count the same.")
    return EvaluationRows(table, truth, weights, tuple(notes))


def evaluate_table(model: Evaluated, table: Table, *, engine: str, threads: int) -> Scores:
    """Score the predictions of a model for the rows of a table that have a target.

    The scores have the notes of the table, of its targets and of the predictions. Raises the errors of
    `evaluation_rows` and of `predict`.
    """
    table = finite_columns(table)
    rows = evaluation_rows(table, model.target, training_weight(model.about))
    prediction = model.predict(
        rows.table, quantiles=scored_levels(model.calibration), engine=engine, threads=threads
    )
    constant = training_constant(model.about, model.target, rows.truth)
    scores = score_rows(
        prediction, rows.truth, rows.weights, constant, model.calibration.positive_class
    )
    notes = dict.fromkeys((*table.notes, *rows.notes, *prediction.notes))
    return replace(scores, notes=tuple(notes))


def columns_to_score(model: Evaluated) -> set[str]:
    """Return the names of the columns that scores need besides those of predictions."""
    weight = training_weight(model.about)
    return {model.target.name} if weight is None else {model.target.name, weight}


def score_rows(
    prediction: Prediction,
    truth: Array,
    weights: Array | None,
    constant: Array,
    positive: int,
) -> Scores:
    """Score predicted rows, whatever models predicted them, by their labels, probabilities or quantiles.

    `truth` (rows,) are class numbers or numbers; the baseline always predicts `constant`; `positive` is
    the positive class of two. Quantiles, if there are any, include those of `PINBALL_LEVELS`.
    """
    if prediction.probabilities is not None:
        return classification_scores(
            prediction.probabilities,
            truth,
            int(constant.argmax()),
            predicted=prediction.class_numbers,
            positive=positive,
            weights=weights,
        )
    return regression_scores(
        prediction.values,
        truth,
        float(constant[0]),
        quantiles=at_levels(prediction, PINBALL_LEVELS).quantiles,
        weights=weights,
    )


def scored_levels(calibration: Calibration) -> tuple[float, ...]:
    """Return the levels of quantiles that scores need, () if the model predicts none."""
    return () if calibration.error_quantiles is None else PINBALL_LEVELS


def assessed_levels(calibration: Calibration) -> tuple[float, ...]:
    """Return the levels that scores and the coverage of intervals need, () if none are predicted."""
    return () if calibration.error_quantiles is None else (*PINBALL_LEVELS, *INTERVAL_LEVELS)


def at_levels(prediction: Prediction, levels: tuple[float, ...]) -> Prediction:
    """Return a prediction with the quantiles at some of its levels alone, unchanged without any."""
    if prediction.quantiles is None or prediction.levels == levels:
        return prediction
    places = [prediction.levels.index(level) for level in levels]
    quantiles = prediction.quantiles[:, places] if levels else None
    return replace(prediction, quantiles=quantiles, levels=levels)


def training_constant(about: dict[str, Any], target: Target, truth: Array) -> Array:
    """Return the best prediction without inputs, which `train` stored in `about`.

    Older models did not store it: the mean of the training rows is part of their target, and the shares
    of the classes are those of `truth`. The file is untrusted, so that every value is checked.
    """
    stored = about.get("constant")
    if isinstance(stored, list) and len(stored) == len(target.output_names):
        values = [v for v in stored if isinstance(v, int | float) and math.isfinite(v)]
        if len(values) == len(stored) and (not target.classes or min(values) >= 0 < sum(values)):
            return np.array(values, np.float64)
    if isinstance(target, NumberTarget):
        return np.array([target.mean])
    return METHODS[target.task].constant(target, truth, None)


def training_weight(about: dict[str, Any]) -> str | None:
    """Return the name of the column of weights that a model was trained with."""
    settings = about.get("settings")
    weight = settings.get("weight") if isinstance(settings, dict) else None
    return weight if isinstance(weight, str) else None


def weight_column(table: Table, name: str, rows: Array) -> Array:
    """Return the weights of the rows of a table; `rows` are their indexes in the source.

    Raises `DataError` for weights that are not numbers of at least 0.
    """
    column = table[name]
    if column.kind not in ("number", "boolean"):
        raise DataError(
            f"Column {name!r} must hold weights >= 0, but holds "
            f"{'dates' if column.kind == 'datetime' else 'texts'}: choose another column."
        )
    values = column_casting.numbers(column).astype(np.float64)
    wrong = ~(values >= 0)
    if wrong.any():
        row = int(np.argmax(wrong))
        got = "nothing" if np.isnan(values[row]) else f"{values[row]:g}"
        raise DataError(
            f"Column {name!r} must hold weights >= 0 in every row, got {got} in row "
            f"{int(rows[row]) + 1}: correct the cell."
        )
    return values


def _class_numbers(column: Column, target: Target, table: Table) -> Array:
    codes = column_casting.LevelIndex(target.classes).codes(column).astype(np.int64)
    unknown = np.flatnonzero((codes < 0) & ~column.missing)
    if len(unknown):
        labels, counts = np.unique(
            np.array(column.take(unknown).texts(), dtype=str), return_counts=True
        )
        order = np.argsort(-counts, kind="stable")[:MAX_NAMED_CLASSES]
        named = ", ".join(f"{str(labels[i])[:40]!r} {counts[i]:,}" for i in order.tolist())
        more = f" and {len(labels) - len(order):,} more" if len(labels) > len(order) else ""
        have, them = ("has", "it") if len(unknown) == 1 else ("have", "them")
        raise DataError(
            f"{counted(len(unknown), 'row')} of {table.path or table.source} {have} a {target.name!r} "
            f"that is none of the {len(target.classes)} classes of the model ({named}{more}): correct or "
            f"remove {them}, or train with these classes."
        )
    return codes


def _numbers(column: Column) -> Array:
    column_casting.refuse_infinite(column.name, column_casting.numbers(column))
    return column_casting.numbers(column).astype(np.float64)
