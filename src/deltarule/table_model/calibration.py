"""Probabilities that can be trusted: one temperature for all logits (Guo et al. 2017, section 4.2).

p' ∝ p^(1/T), with the T that has the lowest log loss on rows that the networks were not trained on. As
few rows that are all right would ask for certainty, one more row is believed in that is not (Platt
1999, section 2.2).
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[Any]
MIN_PROBABILITY = 1e-12  # taken for 0, so that its logarithm is finite
BOUNDS = (0.2, 5.0)
_STEPS = 40  # of golden section: the bracket shrinks by 0.618^40, below 1e-8 of it
_MIN_ROWS = 20
_MAX_CELLS = 2_000_000  # more rows tell T no better


def of_mean(temperature: float, networks: int) -> float:
    """Return the temperature for the mean of so many networks, from that of one by itself.

    What one network is overconfident by, beyond what all share, is its own noise, and that averages out:
    of T - 1 above 0 the mean of M networks keeps a share of 1/M. On test rows of five tables it came
    near the temperature that is best for the mean on four; on arrhythmia that was higher.
    """
    return 1 + (temperature - 1) / networks if temperature > 1 else temperature


def at_temperature(probabilities: Array, temperature: float) -> Array:
    """Return p^(1/T) / Σ p^(1/T) of each row, float64 (rows, classes); at T = 1 each row sums to 1."""
    logits = np.log(np.maximum(probabilities.astype(np.float64), MIN_PROBABILITY)) / temperature
    logits -= logits.max(axis=1, keepdims=True)
    powers = np.exp(logits)
    return powers / powers.sum(axis=1, keepdims=True)


def fitted_temperature(probabilities: Array, truth: Array, weights: Array | None = None) -> float:
    """Return the temperature with the lowest log loss; 1 for fewer than 20 rows.

    `probabilities` (rows, classes) of rows that were not trained on, `truth` int (rows,), `weights`
    (rows,). The truth counts 1 − 1/(rows + 2), the other classes share the rest.
    The log loss is convex in 1/T, so that golden section finds its one minimum.
    """
    rows = len(truth)
    if rows < _MIN_ROWS:
        return 1.0
    every = max(1, rows * probabilities.shape[1] // _MAX_CELLS)
    logits = np.log(np.maximum(probabilities[::every].astype(np.float64), MIN_PROBABILITY))
    logits -= logits.max(axis=1, keepdims=True)
    of_truth = logits[np.arange(len(logits)), truth[::every]]
    doubt = 1 / (rows + 2)
    of_others = (logits.sum(axis=1) - of_truth) / (logits.shape[1] - 1)
    of_truth = (1 - doubt) * of_truth + doubt * of_others
    shares = np.ones(len(logits)) if weights is None else weights[::every].astype(np.float64)

    def log_loss(inverse: float) -> float:
        losses = np.log(np.exp(inverse * logits).sum(axis=1)) - inverse * of_truth
        return float(np.average(losses, weights=shares))

    return 1 / _minimum(log_loss, 1 / BOUNDS[1], 1 / BOUNDS[0])


def _minimum(function: Any, low: float, high: float) -> float:
    """Return where a function with one minimum in [low, high] has it, by golden section."""
    ratio = (np.sqrt(5) - 1) / 2
    left, right = high - ratio * (high - low), low + ratio * (high - low)
    at_left, at_right = function(left), function(right)
    for _ in range(_STEPS):
        if at_left <= at_right:
            high, right, at_right = right, left, at_left
            left = high - ratio * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + ratio * (high - low)
            at_right = function(right)
    return float((low + high) / 2)
