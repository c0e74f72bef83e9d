"""A run that ended far above the loss of a constant prediction is called useless."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import alternatives
from deltarule.engines.block_file_data import BlockFileData
from deltarule.engines.data import ArrayData, Data
from deltarule.engines.equations import dense_targets
from deltarule.engines.loss_scale import constant_prediction_loss
from deltarule.engines.training_plan import TrainingPlan
from deltarule.losses import CategoricalCrossEntropy, Loss
from deltarule.training.divergence import needs_positive_output

Array = NDArray[Any]
MIN_RATIO = 10.0
"""From this multiple of the constant prediction's loss on, a network is called useless."""
MAX_ROWS = 10_000


def useless_note(
    plan: TrainingPlan, data: Data, training_loss: float, predict: Callable[[Array], Array]
) -> str:
    """Return a sentence if a network's loss is at least 10 times that of the mean target, else "".

    Only if `training_loss`, which is that of an epoch with penalties and dropout, is so large, `predict`
    is called with rows of inputs.
    """
    rows, loss = _rows(data), plan.loss
    if rows is None:
        return ""
    constant = _constant_loss(loss, rows)
    if not constant > 0 or not training_loss >= MIN_RATIO * constant:
        return ""
    measured = _mean_loss(loss, predict(rows.inputs), rows)
    if not measured >= MIN_RATIO * constant:
        return ""
    ratio = measured / constant
    times = f"{ratio:,.0f} times" if ratio < 1e6 else f"{ratio:.0e} times"
    advice = "lower the learning rate, train for more epochs, or standardize inputs and targets"
    if needs_positive_output(plan):
        output = alternatives([repr(kind) for kind in loss.positive_outputs])
        advice = f"give the output layer the activation {output}, or {advice}"
    return (
        f"On the training rows the loss is {times} that of always predicting the mean of y, so that the "
        f"network is useless: {advice}."
    )


def constant_loss(loss: Loss, data: Data) -> float:
    """Return the loss of always predicting the mean target, over at most 10,000 rows; NaN if unknown."""
    rows = _rows(data)
    return math.nan if rows is None else _constant_loss(loss, rows)


def _rows(data: Data) -> ArrayData | None:
    """Return at most 10,000 rows; None for data that may take long to read."""
    if isinstance(data, BlockFileData):
        some = data.empty(min(data.n_rows, MAX_ROWS))
        data.gather(np.arange(some.n_rows), some)  # the rows are in random order
        return some
    if not isinstance(data, ArrayData):
        return None
    every = slice(None, None, -(-data.n_rows // MAX_ROWS))
    kept = every if data.row_indices is None else data.row_indices[every]
    weights = None if data.weights is None else data.weights[kept]
    return ArrayData(data.inputs[kept], data.targets[kept], weights)


def _constant_loss(loss: Loss, rows: ArrayData) -> float:
    return constant_prediction_loss(loss, rows.targets, rows.weights)


def _mean_loss(loss: Loss, predictions: Array, rows: ArrayData) -> float:
    targets = rows.targets
    with np.errstate(all="ignore"):
        if targets.ndim == 1 and type(loss) is CategoricalCrossEntropy:
            of_truth = predictions[np.arange(len(targets)), targets].astype(np.float64)
            losses = -np.log(np.maximum(of_truth, 1e-300))
        else:
            targets = dense_targets(loss, targets, predictions.shape[1], "float64")
            both = (values.astype(np.float64) for values in (predictions, targets))
            losses = loss.for_evaluation().values(*both)
        return float(np.mean(losses if rows.weights is None else losses * rows.weights))
