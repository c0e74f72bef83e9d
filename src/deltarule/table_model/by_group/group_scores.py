"""Scores of rows that several models predicted, beside those of the model of all rows."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from deltarule.table_model.evaluation import at_levels
from deltarule.table_model.prediction import Prediction
from deltarule.table_model.scores import (
    PINBALL_LEVELS,
    Scores,
    classification_scores,
    regression_scores,
)

Array = NDArray[Any]


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
