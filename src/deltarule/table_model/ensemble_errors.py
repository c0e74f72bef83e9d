"""How much smaller the errors of a mean of networks are than those of its single networks.

Out-of-fold errors are those of single networks, but a model predicts their mean f̄ = Σₖ fₖ / K. Its
squared error is (y − f̄)² = meanₖ (y − fₖ)² − meanₖ (fₖ − f̄)² (Krogh and Vedelsby 1995, "Neural network
ensembles, cross validation, and active learning", section 2). The second term, the variance between the
networks, is measured on training rows, each among the networks that were trained on it: there it is
nearly that on new rows (docs/explanation/tables.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.table_model.design import TrainingDesign
from deltarule.table_model.fold_networks import FoldSplit, RunOptions, have_own_rows
from deltarule.table_model.linear_voters import LinearVoters
from deltarule.training import TrainingResult

Array = NDArray[Any]
Member = Callable[[Array], Array]
"""Maps encoded rows to the outputs (rows, 1) that the networks of one fold contribute to the mean."""
MAX_ROWS = 2000
"""Rows on which the networks are compared."""
MIN_ROWS = 700
"""With fewer, out-of-fold errors are too small: each network keeps the epoch that is best on its fold."""
ROWS_PER_GROUP, MAX_GROUPS = 200, 10
MAX_SHARE = 0.2
"""A number that more rows of a group have, such as a count of 0, may lie at the end of an interval."""
MIN_FACTOR = 0.5


def fold_members(
    parts: Sequence[tuple[int, Sequence[TrainingResult]]],
    options: RunOptions,
    linear: LinearVoters | None = None,
) -> list[Member]:
    """Return what each fold adds to the mean: its network of each part, by votes, and its linear model.

    A part is a configuration: its votes, and its networks, one for each fold.
    """
    total = sum(votes for votes, _ in parts)

    def member(fold: int, inputs: Array) -> Array:
        outputs = np.zeros((len(inputs), 1))
        for votes, results in parts:
            outputs += (votes / total) * results[fold].network.predict(
                inputs, engine=options.engine, threads=options.threads or 1
            )
        return outputs if linear is None else linear.mixed(outputs, fold, inputs)

    return [partial(member, fold) for fold in range(len(parts[0][1]))]


def error_factors(
    design: TrainingDesign,
    splits: Sequence[FoldSplit],
    members: Sequence[Member],
    out_of_fold: Array,
    centers: Array,
) -> Array:
    """Return the root mean squared error of the mean of all members, as a share of that of single ones.

    `out_of_fold` (rows, 1) are the standardized numbers that each row's own member predicts. The shares
    are measured in groups of equally many rows, ascending by these numbers, and interpolated at the
    standardized `centers`. They are 1 for fewer than three members, if these do not validate on rows of
    their own, for few rows, and in groups in which many rows have the same target.
    """
    limits = design.targets.min(), design.targets.max()  # to which predictions are clipped
    predicted = np.clip(out_of_fold[:, 0], *limits)
    known = np.flatnonzero(np.isfinite(predicted))
    if len(members) < 3 or not have_own_rows(splits) or len(known) < MIN_ROWS:
        return np.ones(len(centers))
    weights = np.ones(len(predicted)) if design.weights is None else design.weights
    step = -(-len(known) // MAX_ROWS)
    between = np.full(len(predicted), np.nan)
    for fold, split in enumerate(splits):
        places = split.validation[::step]
        if len(places):
            inputs = design.inputs[places]
            outputs = [member(inputs)[:, 0] for i, member in enumerate(members) if i != fold]
            clipped = np.clip(np.stack(outputs).astype(np.float64), *limits)
            between[places] = np.var(clipped, axis=0, ddof=1)
    groups = int(np.clip(len(known) // ROWS_PER_GROUP, 1, MAX_GROUPS))
    compared = _groups(predicted, np.flatnonzero(np.isfinite(between)), groups)
    every = _groups(predicted, known, groups)
    variances = _means(between, weights, compared)
    squares = _means((design.targets - predicted) ** 2, weights, every)
    frequent = [np.unique(design.targets[rows], return_counts=True)[1].max() for rows in every]
    with np.errstate(invalid="ignore", divide="ignore"):
        shares = 1 - (1 - 1 / len(members)) * variances / squares
    is_usual = frequent <= np.maximum(MAX_SHARE * np.array([len(rows) for rows in every]), 1)
    usual = np.where(np.isfinite(shares) & is_usual, shares, 1.0)
    factors = np.sqrt(np.maximum(usual, MIN_FACTOR**2))
    medians = np.array([np.median(predicted[rows]) for rows in every])
    places = np.unique(medians)  # groups may be equal where predictions are clipped
    return np.interp(centers, places, [factors[medians == place].max() for place in places])


def _groups(predicted: Array, rows: Array, groups: int) -> list[Array]:
    """Return groups of equally many of the rows, ascending by the predicted number."""
    return np.array_split(rows[np.argsort(predicted[rows], kind="stable")], groups)


def _means(values: Array, weights: Array, parts: Sequence[Array]) -> Array:
    """Return the weighted mean of the values of each part of the rows."""
    totals = np.array([weights[part].sum(dtype=np.float64) for part in parts])
    sums = np.array([(weights[part] * values[part]).sum(dtype=np.float64) for part in parts])
    with np.errstate(invalid="ignore", divide="ignore"):
        return sums / totals
