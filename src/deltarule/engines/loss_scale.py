"""The loss of always predicting the mean target: the scale that losses are compared with."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.engines.data import BLOCK_ROWS, Data, targets_in_memory
from deltarule.engines.equations import dense_targets
from deltarule.losses import CategoricalCrossEntropy, Loss

Array = NDArray[Any]


def target_scale(loss: Loss, data: Data) -> float:
    """Return the size of the constant prediction's loss over all rows, 0 if there is none."""
    scale = abs(constant_prediction_loss(loss, *targets_in_memory(data)))
    return scale if math.isfinite(scale) else 0.0


def constant_prediction_loss(loss: Loss, targets: Array, weights: Array | None) -> float:
    """Return the loss of always predicting the mean target; NaN without one."""
    weights = None if weights is None else weights.astype(np.float64)
    if weights is not None and not weights.sum() > 0:
        return math.nan
    if (targets == targets[0]).all():
        return math.nan  # its loss is 0 or, of a logarithm, nearly 0: no network comes near
    if targets.ndim == 1 and type(loss) is not CategoricalCrossEntropy:
        targets = dense_targets(loss, targets, int(targets.max()) + 1, "float64")
    if targets.ndim == 1:
        counts = np.bincount(targets, weights)
        shares = counts[counts > 0] / counts.sum()
        scale = 1.0 if weights is None else float(weights.mean())
        return float(-(shares * np.log(shares)).sum()) * scale
    with np.errstate(all="ignore"):
        if weights is None:
            mean = targets.mean(axis=0, dtype=np.float64)
        else:
            mean = weights @ targets / weights.sum()
        total = 0.0
        for begin in range(0, len(targets), BLOCK_ROWS):
            rows = slice(begin, begin + BLOCK_ROWS)
            block = targets[rows].astype(np.float64)
            losses = loss.for_evaluation().values(np.broadcast_to(mean, block.shape), block)
            total += float(losses.sum() if weights is None else losses @ weights[rows])
        return total / len(targets)
