"""Losses and scores over all rows in the reference engine, some rows at a time."""

from __future__ import annotations

import numpy as np

from deltarule.engines.dense_rows import DenseRows
from deltarule.engines.equations import (
    Score,
    mean_loss,
    mean_outputs,
    members_forward,
    penalty,
    row_losses,
)
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.parameters import Parameters

EVALUATION_ROWS = 4096  # evaluated at a time, so that a large table needs no large intermediates


def evaluate(
    network: Network, parameters: Parameters, loss: Loss, rows: DenseRows, scored: bool
) -> tuple[float, float]:
    """Return Σ w loss / Σ w (no penalty, no smoothing, no dropout) and the score, NaN if not asked."""
    measure = loss.for_evaluation()
    score = Score(measure, rows.targets, rows.weights) if scored else None
    total, weight_sum = 0.0, 0.0
    with np.errstate(all="ignore"):
        for i in range(0, rows.n_rows, EVALUATION_ROWS):
            block = rows.take(slice(i, i + EVALUATION_ROWS))
            targets, weights = block.targets, block.weights
            passes = members_forward(network, parameters, block.inputs)
            outputs = mean_outputs(passes)
            if len(passes) == 1:
                losses = row_losses(network, measure, passes[0], targets)
            else:  # the loss of the prediction, which is the mean over the members
                losses = measure.values(outputs, targets)
            losses = losses.astype(np.float64)
            total += float(losses.sum() if weights is None else losses @ weights)
            weight_sum += float(len(targets) if weights is None else weights.sum(dtype=np.float64))
            if score is not None:
                score.add(outputs, targets, weights)
    return total / weight_sum, float("nan") if score is None else score.value


def mean_loss_of_rows(
    network: Network, parameters: Parameters, loss: Loss, rows: DenseRows
) -> float:
    """Return J over all rows without dropout."""
    total = 0.0
    with np.errstate(all="ignore"):
        for i in range(0, rows.n_rows, EVALUATION_ROWS):
            block = rows.take(slice(i, i + EVALUATION_ROWS))
            passes = members_forward(network, parameters, block.inputs)
            total += mean_loss(network, loss, passes, block) * block.n_rows
        return total / rows.n_rows + penalty(network, parameters)
