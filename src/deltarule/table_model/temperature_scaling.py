"""Temperature scaling: calibrate class probabilities by one divisor of all logits.

p' ∝ p^(1/T) (Guo et al. 2017, section 4.2), with the T that has the lowest log loss on out-of-fold rows.
The targets are smoothed, because a few correctly classified rows would otherwise ask for certainty (Platt
1999, section 2.2).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.engines.native_module import module_if_built

Array = NDArray[Any]
MIN_PROBABILITY = 1e-12  # replaces 0, so that its logarithm is finite
BOUNDS = (0.2, 5.0)
_STEPS = 40  # of golden-section search: the bracket shrinks by 0.618^40, below 1e-8 of it
_MIN_ROWS = 20
_MAX_CELLS = 2_000_000  # more rows do not improve the estimate of T


def ensemble_temperature(temperature: float, networks: int) -> float:
    """Return the temperature for the mean of `networks` networks, from that of a single one.

    The part of a network's overconfidence that comes from its own noise averages out: of T - 1 above 0,
    the mean of M networks keeps a share of 1/M. On test rows of five tables this was close to the best
    temperature for the mean on four; on arrhythmia the best one was higher.
    """
    return 1 + (temperature - 1) / networks if temperature > 1 else temperature


def apply_temperature(probabilities: Array, temperature: float) -> Array:
    """Return p^(1/T) / Σ p^(1/T) of each row, float64 (..., rows, classes)."""
    # In place, and without the methods of arrays, which take as long as the arithmetic of one row.
    powers = np.maximum(probabilities, MIN_PROBABILITY, dtype=np.float64)
    np.log(powers, out=powers)
    powers /= temperature
    powers -= np.maximum.reduce(powers, axis=-1, keepdims=True)
    np.exp(powers, out=powers)
    powers /= np.add.reduce(powers, axis=-1, keepdims=True)
    return powers


def mean_probabilities(probabilities: Array, temperature: float) -> Array:
    """Return the mean of `apply_temperature` over networks, for (networks, rows, classes).

    Two calls of the compiled module instead of ten of NumPy, which take longer than the networks of one
    row; the bits are the same.
    """
    module = module_if_built()
    if module is None or probabilities.shape[-1] > module.MAX_CLASSES:
        return mean_outputs(apply_temperature(probabilities, temperature))
    powers = np.maximum(probabilities, MIN_PROBABILITY, dtype=np.float64)
    np.log(powers, out=powers)
    module.scale_logits(powers, temperature)
    np.exp(powers, out=powers)
    mean = np.empty(powers.shape[1:])
    module.mean_shares(powers, mean)
    return mean


def mean_outputs(outputs: Array) -> Array:
    """Return the mean of the outputs (networks, rows, outputs) of all networks."""
    total = outputs[0].copy()
    # In this order, because the bits of a sum over an axis may depend on the number of rows.
    for each in outputs[1:]:
        total += each
    total /= len(outputs)
    return total


def fit_temperature(probabilities: Array, truth: Array, weights: Array | None = None) -> float:
    """Return the temperature with the lowest log loss; 1 for fewer than 20 rows.

    `probabilities` (rows, classes) are out-of-fold, `truth` int (rows,), `weights` (rows,). The true
    class has the target 1 − 1/(rows + 2), the other classes share the rest. The log loss is convex in
    1/T, therefore golden-section search finds its minimum.
    """
    rows = len(truth)
    if rows < _MIN_ROWS:
        return 1.0
    step = max(1, rows * probabilities.shape[1] // _MAX_CELLS)
    logits = np.log(np.maximum(probabilities[::step].astype(np.float64), MIN_PROBABILITY))
    logits -= logits.max(axis=1, keepdims=True)
    of_truth = logits[np.arange(len(logits)), truth[::step]]
    smoothing = 1 / (rows + 2)
    of_others = (logits.sum(axis=1) - of_truth) / (logits.shape[1] - 1)
    of_truth = (1 - smoothing) * of_truth + smoothing * of_others
    row_weights = np.ones(len(logits)) if weights is None else weights[::step].astype(np.float64)

    def log_loss(inverse: float) -> float:
        losses = np.log(np.exp(inverse * logits).sum(axis=1)) - inverse * of_truth
        return float(np.average(losses, weights=row_weights))

    return 1 / _golden_section_minimum(log_loss, 1 / BOUNDS[1], 1 / BOUNDS[0])


def _golden_section_minimum(function: Callable[[float], float], low: float, high: float) -> float:
    """Return where a unimodal function has its minimum in [low, high]."""
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
