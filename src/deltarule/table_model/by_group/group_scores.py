"""Scores of rows that several models predicted, beside those of the model of all rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from deltarule.table_model.model import TableModel
from deltarule.table_model.prediction import Prediction
from deltarule.table_model.scores import (
    PINBALL_LEVELS,
    Scores,
    classification_scores,
    regression_scores,
)

Array = NDArray[Any]


def scored_levels(model: TableModel) -> tuple[float, ...]:
    """Return the levels of quantiles that scores need, () if the model predicts none."""
    return PINBALL_LEVELS if model.calibration.error_quantiles is not None else ()


def score_rows(
    prediction: Prediction,
    truth: Array,
    weights: Array | None,
    constant: Array,
    positive: int,
) -> Scores:
    """Score predicted rows, whatever models predicted them, by their labels, probabilities or quantiles.

    `truth` (rows,) are class numbers or numbers; the baseline always predicts `constant`; `positive` is
    the positive class of two. Quantiles, if there are any, are those of `PINBALL_LEVELS`.
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
        quantiles=prediction.quantiles,
        weights=weights,
    )


def of_rows(prediction: Prediction, rows: Array) -> Prediction:
    """Return the prediction of some rows."""

    def chosen(values: Array | None) -> Any:
        return None if values is None else values[rows]

    return replace(
        prediction,
        values=prediction.values[rows],
        probabilities=chosen(prediction.probabilities),
        quantiles=chosen(prediction.quantiles),
        class_numbers=chosen(prediction.class_numbers),
    )
