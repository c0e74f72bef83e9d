"""A run that ended far above the loss of a constant prediction is called useless."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.engines.data import ArrayData, Data
from deltarule.losses import Loss

Array = NDArray[Any]
MIN_RATIO = 10.0
"""From this multiple of the constant prediction's loss on, a network is called useless."""
MAX_ROWS = 10_000


def useless_note(
    loss: Loss, data: Data, training_loss: float, predict: Callable[[Array], Array]
) -> str:
    """Return a sentence if a network's loss is at least 10 times that of the mean target, else "".

    Only if `training_loss`, which is that of an epoch with penalties and dropout, is so large, `predict`
    is called with rows of inputs.
    """
    rows = _rows(data)
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
    return (
        f"On the training rows the loss is {times} that of always predicting the mean of y, so that the "
        "network is useless: lower the learning rate, train for more epochs, or standardize inputs and "
        "targets."
    )


def constant_loss(loss: Loss, data: Data) -> float:
    """Return the loss of always predicting the mean target, over at most 10,000 rows; NaN if unknown."""
    rows = _rows(data)
    return math.nan if rows is None else _constant_loss(loss, rows)


def _rows(data: Data) -> ArrayData | None:
    """Return at most 10,000 rows; None for data that are not in memory, which take long to read."""
    if not isinstance(data, ArrayData):
        return None
    every = slice(None, None, -(-data.n_rows // MAX_ROWS))
    kept = every if data.row_indices is None else data.row_indices[every]
    weights = None if data.weights is None else data.weights[kept]
    return ArrayData(data.inputs[kept], data.targets[kept], weights)


def _constant_loss(loss: Loss, rows: ArrayData) -> float:
    targets = rows.targets
    weights = None if rows.weights is None else rows.weights.astype(np.float64)
    if weights is not None and not weights.sum() > 0:
        return math.nan
    if (targets == targets[0]).all():
        return math.nan  # its loss is 0 or, of a logarithm, nearly 0: no network comes near
    if targets.ndim == 1:
        counts = np.bincount(targets, weights)
        shares = counts[counts > 0] / counts.sum()
        scale = 1.0 if weights is None else float(weights.mean())
        return float(-(shares * np.log(shares)).sum()) * scale
    with np.errstate(all="ignore"):
        mean = np.average(targets.astype(np.float64), axis=0, weights=weights)
    return _mean_loss(loss, np.broadcast_to(mean, targets.shape), rows)


def _mean_loss(loss: Loss, predictions: Array, rows: ArrayData) -> float:
    targets = rows.targets
    with np.errstate(all="ignore"):
        if targets.ndim == 1:
            of_truth = predictions[np.arange(len(targets)), targets].astype(np.float64)
            losses = -np.log(np.maximum(of_truth, 1e-300))
        else:
            both = (values.astype(np.float64) for values in (predictions, targets))
            losses = loss.for_evaluation().values(*both)
        return float(np.mean(losses if rows.weights is None else losses * rows.weights))
