"""Greedy ensemble selection: the votes of each configuration (Caruana et al. 2004).

The configuration that lowers the loss of the mean output most gets a vote, again and again. Which rows
decide matters: the loss is also computed on rows that had no part in the votes, part by part, and the
ensemble is used only if this loss is below that of the default.

References
----------
Caruana, Niculescu-Mizil, Crew and Ksikes (2004), "Ensemble selection from libraries of models", ICML.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.table_model.task_methods import TaskMethods

Array = NDArray[Any]
MAX_VOTES = 12
"""Votes in all: more change little, and each configuration costs time in every prediction."""


@dataclass(frozen=True, eq=False)
class Selection:
    """What greedy selection chose.

    Parameters
    ----------
    votes : tuple of int
        Votes of each configuration.
    outputs : ndarray of shape (n_rows, n_outputs), dtype float64
        Mean outputs for the rows, each by votes that its part of the rows did not choose.
    loss, default_loss : float
        Mean losses of these outputs, and of those of the default.
    spread : float
        Standard error of the mean difference between the two over the rows.
    uses_default : bool
        Whether all votes went to the default because nothing was better.
    """

    votes: tuple[int, ...]
    outputs: Array
    loss: float
    default_loss: float
    spread: float
    uses_default: bool


def select(
    methods: TaskMethods,
    outputs: Array,
    truth: Array,
    weights: Array | None,
    parts: Sequence[Array],
    defaults: int = 1,
    scored: Array | None = None,
) -> Selection:
    """Choose the votes of configurations by their outputs for rows that they were not trained on.

    Parameters
    ----------
    methods : TaskMethods
        How the loss of a row is computed.
    outputs : ndarray of shape (n_configurations, n_rows, n_outputs)
        The outputs; the first of them are those of the default.
    truth : ndarray of shape (n_rows,)
        Class numbers, or standardized numbers.
    weights : ndarray of shape (n_rows,), or None
        Sample weights.
    parts : sequence of ndarray of int
        The rows in disjoint parts, at least two.
    defaults : int, default 1
        The number of configurations that are the default, with several seeds. Their mean is what the
        ensemble is compared with: the mean of several networks is better than one of them in any case.
    scored : ndarray of shape (n_configurations, n_rows, n_outputs), optional
        Calibrated outputs, by whose means the votes are chosen and the losses computed; `outputs` by
        default. The mean outputs that are returned are those of `outputs`.
    """
    rows = np.ones(len(truth)) if weights is None else weights.astype(np.float64)
    scored = outputs if scored is None else scored
    honest, honest_scored = np.empty(outputs.shape[1:]), np.empty(outputs.shape[1:])
    for part in parts:
        others = np.setdiff1d(np.arange(len(truth)), part)
        votes = _greedy(methods, scored[:, others], truth[others], rows[others])
        honest[part] = _mean(outputs[:, part], votes)
        honest_scored[part] = _mean(scored[:, part], votes)
    default = methods.row_losses(_mean(scored[:defaults], [1] * defaults), truth)
    tuned = methods.row_losses(honest_scored, truth)
    default_loss, loss = _average(default, rows), _average(tuned, rows)
    gains = default - tuned
    deviations = rows * (gains - _average(gains, rows))
    error = math.sqrt((deviations**2).sum()) / float(rows.sum())
    if not loss < default_loss:
        only_default = (1, *[0] * (len(outputs) - 1))
        return Selection(only_default, outputs[0], loss, default_loss, error, uses_default=True)
    votes = _greedy(methods, scored, truth, rows)
    divisor = math.gcd(*votes)
    return Selection(
        tuple(v // divisor for v in votes), honest, loss, default_loss, error, uses_default=False
    )


def _greedy(methods: TaskMethods, outputs: Array, truth: Array, weights: Array) -> list[int]:
    """Return the votes with the lowest loss among those of the first, the first two votes, and so on."""
    votes = [0] * len(outputs)
    total = np.zeros(outputs.shape[1:])
    best, chosen = math.inf, list(votes)
    for count in range(1, MAX_VOTES + 1):
        losses = [
            _average(methods.row_losses((total + each) / count, truth), weights) for each in outputs
        ]
        place = int(np.argmin(losses))
        votes[place] += 1
        total += outputs[place]
        if losses[place] < best:
            best, chosen = losses[place], list(votes)
    return chosen


def _mean(outputs: Array, votes: Sequence[int]) -> Array:
    """Return the mean of outputs (configurations, rows, outputs) by votes."""
    total = np.zeros(outputs.shape[1:])
    for each, count in zip(outputs, votes, strict=True):
        total += count * each
    return total / sum(votes)


def _average(values: Array, weights: Array) -> float:
    return float((values * weights).sum() / weights.sum())
