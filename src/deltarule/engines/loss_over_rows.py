"""Losses and scores over all rows in the reference engine, some rows at a time."""

from __future__ import annotations

import numpy as np

from deltarule.engines.contract import Array
from deltarule.engines.dense_rows import DenseRows
from deltarule.engines.equations import (
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


def is_correct(loss: Loss, outputs: Array, targets: Array) -> Array:
    """Return 1.0 for each correctly classified row, else 0.0, shape (rows,)."""
    threshold = loss.threshold(outputs.shape[1])
    if threshold is not None:
        return ((outputs > threshold) == (targets > threshold)).all(axis=1).astype(np.float64)
    return (outputs.argmax(axis=1) == targets.argmax(axis=1)).astype(np.float64)


class Score:
    """Accuracy or R² over batches.

    R² = 1 − Σ w (ŷ − y)² / Σ w (y − ȳ)², ȳ and the denominator over all rows of `data`, outputs pooled;
    NaN where the targets do not vary.
    """

    def __init__(self, loss: Loss, targets: Array, weights: Array | None) -> None:
        self._loss = loss
        self._spread = 0.0
        if not loss.classifies:
            wide = targets.astype(np.float64)
            w = np.ones(len(wide)) if weights is None else weights.astype(np.float64)
            mean = (wide * w[:, None]).sum(axis=0) / w.sum()
            self._spread = float((np.square(wide - mean) * w[:, None]).sum())
            self._per_row = self._spread / float(w.sum())
        self._sum = 0.0
        self._weight = 0.0

    def add(self, outputs: Array, targets: Array, weights: Array | None) -> None:
        """Add one batch."""
        w = np.ones(len(targets)) if weights is None else weights.astype(np.float64)
        if self._loss.classifies:
            self._sum += float(is_correct(self._loss, outputs, targets) @ w)
        else:
            squares = np.square(outputs.astype(np.float64) - targets).sum(axis=1)
            self._sum += float(squares @ w)
        self._weight += float(w.sum())

    @property
    def value(self) -> float:
        """The score of all rows added so far."""
        if self._weight == 0:
            return float("nan")
        if self._loss.classifies:
            return self._sum / self._weight
        if self._per_row == 0:
            return float("nan")
        return 1 - self._sum / (self._per_row * self._weight)


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
