"""Linear models that vote beside the networks of a regression with few rows or many columns.

Each is a ridge regression (Hoerl and Kennard 1970) on the encoded training rows of one fold, stored as a
network without hidden layers. Where few rows have many columns that say nearly the same, such as the
wavelengths of a spectrum, networks that are trained for some hundred updates miss small differences
between columns, which a linear model solves for.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.layers import Dense
from deltarule.network import Network
from deltarule.parameters import from_flat
from deltarule.preprocessing import Task
from deltarule.table_model.design import TrainingDesign
from deltarule.table_model.fold_networks import FoldSplit, have_own_rows
from deltarule.table_model.model import TableModel
from deltarule.training import TrainedNetwork

Array = NDArray[Any]
MAX_ROWS = 1000
"""Upper bound on training rows, except for tables with fewer than four rows per column."""
MAX_UNKNOWNS = 256
"""Upper bound on the rows or the features, whichever are fewer: their cube is the cost of a fit."""
PENALTIES = (1e-5, 1e-4, 1e-3, 1e-2, 1e-1, 1.0)
"""Penalties on the squared weights of standardized features, beside the mean squared error."""
VOTES = ((3, 1), (1, 1), (1, 3), (1, 9))
"""Votes of a network and of a linear model that are compared with networks alone."""
_MIN_SPREAD = 1e-3  # of an encoded feature, which is near ±1: smaller ones are not amplified


@dataclass(frozen=True, eq=False)
class LinearVoters:
    """Linear models that improve the mean of the networks.

    Parameters
    ----------
    networks : tuple of TrainedNetwork
        One linear model for each fold, for all features.
    votes : tuple of int
        Votes of each network, and of each linear model.
    outputs : ndarray of shape (n_rows, 1), dtype float64
        Out-of-fold outputs, each by votes and a penalty that were chosen on the rows of other folds.
    gain : float
        Share of the root mean squared error that these remove from that of the networks alone.
    """

    networks: tuple[TrainedNetwork, ...]
    votes: tuple[int, int]
    outputs: Array
    gain: float

    @property
    def note(self) -> str:
        """What they do, in a sentence."""
        votes, total = self.votes[1], sum(self.votes)
        return (
            f"Linear models have {votes} of {total} votes in each prediction, because this lowers the "
            f"error of out-of-fold rows by {100 * self.gain:.0f}%."
        )

    def joined(self, model: TableModel) -> TableModel:
        """Return a model with these beside its networks, which may have votes of their own."""
        votes = model.votes or (1,) * len(model.networks)
        linear = self.votes[1] * (sum(votes) // len(self.networks))
        return dataclasses.replace(
            model,
            networks=(*model.networks, *self.networks),
            votes=(*(self.votes[0] * each for each in votes), *[linear] * len(self.networks)),
        )

    def mixed(self, outputs: Array, fold: int, inputs: Array) -> Array:
        """Return the outputs (rows, 1) of a fold's network and linear model for encoded rows."""
        return _mix(outputs, self.networks[fold].predict(inputs), self.votes)


def linear_voters(
    design: TrainingDesign, splits: Sequence[FoldSplit], outputs: Array
) -> LinearVoters | None:
    """Return the linear models of a design, None where they do not improve its networks.

    `outputs` (rows, 1) are the out-of-fold outputs of the networks of `splits`, each of which must
    validate on rows of its own. The votes and the penalty have the lowest error on these rows. The models
    are used if they lower it, with votes and penalty chosen on the other folds, by more than the standard
    error of the difference.
    """
    if not (have_own_rows(splits) and _may_vote(design, splits)):
        return None
    fits = [_ridge_networks(design, split) for split in splits]
    linear = np.full((len(PENALTIES), len(outputs)), np.nan)
    for networks, split in zip(fits, splits, strict=True):
        for i, network in enumerate(networks):
            linear[i, split.validation] = network.predict(design.inputs[split.validation])[:, 0]
    rows = np.flatnonzero(np.isfinite(outputs[:, 0]) & np.isfinite(linear[0]))
    candidates = [(votes, i) for votes in VOTES for i in range(len(PENALTIES))]
    limits = float(design.targets.min()), float(design.targets.max())
    mixtures = np.stack(
        [outputs[:, 0], *(_mix(outputs[:, 0], linear[i], votes) for votes, i in candidates)]
    )
    weights = np.ones(len(outputs)) if design.weights is None else design.weights
    weights = weights.astype(np.float64) / weights[rows].sum()
    losses = weights * (np.clip(mixtures, *limits) - design.targets) ** 2
    total = losses[:, rows].sum(axis=1)
    honest, honest_losses = outputs.copy(), losses[0].copy()
    for split in splits:
        places = np.intersect1d(split.validation, rows)
        chosen = int(np.argmin(total - losses[:, places].sum(axis=1)))
        honest[places, 0] = mixtures[chosen, places]
        honest_losses[places] = losses[chosen, places]
    gains = losses[0, rows] - honest_losses[rows]
    gain = float(gains.sum())
    error = float(np.sqrt(((gains - weights[rows] * gain) ** 2).sum()))
    best = int(np.argmin(total))
    if best == 0 or not gain > error:
        return None
    votes, penalty = candidates[best - 1]
    share = 1 - float(np.sqrt(honest_losses[rows].sum() / total[0]))
    return LinearVoters(tuple(fit[penalty] for fit in fits), votes, honest, share)


def _may_vote(design: TrainingDesign, splits: Sequence[FoldSplit]) -> bool:
    """Whether the networks are the recipe's and the table is one in which linear models help."""
    settings, rows = design.settings, max(len(split.training) for split in splits)
    given = (settings.hidden, settings.activation, settings.optimizer)
    is_wide = not design.recipe.periodic_width
    return (
        design.target.task is Task.REGRESSION
        and bool(design.recipe.hidden)
        and all(value is None for value in given)
        and (is_wide or len(design.rows) <= MAX_ROWS)
        and min(rows, len(design.encoder.features)) <= MAX_UNKNOWNS
    )


def _ridge_networks(design: TrainingDesign, split: FoldSplit) -> list[TrainedNetwork]:
    """Return the ridge regression of a fold's training rows for each penalty.

    Codes of a learned embedding get a weight of 0.
    """
    features = design.encoder.features
    used = np.array([j for j, f in enumerate(features) if f.role != "codes"], np.int64)
    if split.features is not None:
        used = np.intersect1d(used, split.features)
    X = design.inputs[split.training][:, used].astype(np.float64)
    y = design.targets[split.training].astype(np.float64)
    weights = np.ones(len(y)) if design.weights is None else design.weights[split.training]
    weights = weights / weights.sum()
    mean, y_mean = np.einsum("i,ij->j", weights, X), float(np.einsum("i,i->", weights, y))
    variances = np.einsum("i,ij->j", weights, (X - mean) ** 2)
    spread = np.maximum(np.sqrt(variances), _MIN_SPREAD)
    root = np.sqrt(weights)
    A, b = (X - mean) / spread * root[:, None], (y - y_mean) * root
    is_tall = A.shape[0] >= A.shape[1]
    rows = np.ascontiguousarray(A.T if is_tall else A)
    solutions = _solve(
        np.einsum("ik,jk->ij", rows, rows),
        np.einsum("ik,k->i", rows, b) if is_tall else b,
        np.array(PENALTIES),
    )
    network = Network([Dense(1, name="output")], len(features))
    found = []
    for solution in solutions:
        slopes = (solution if is_tall else np.einsum("ij,i->j", A, solution)) / spread
        flat = np.zeros(network.parameter_count, np.float32)
        flat[used] = slopes
        flat[-1] = y_mean - float(np.einsum("j,j->", mean, slopes))
        found.append(TrainedNetwork(network, from_flat(network, flat)))
    return found


def _solve(products: Array, right: Array, penalties: Array) -> Array:
    """Return x (penalties, n) of (products + penalty I) x = right, by Gaussian elimination.

    `products` (n, n) is symmetric and positive semidefinite, so that no rows are exchanged. Operations on
    single elements, like `einsum`, have the same bits with the BLAS of any processor.
    """
    n = len(products)
    left = products + penalties[:, None, None] * np.eye(n)
    x = np.tile(right, (len(penalties), 1))
    for k in range(n - 1):
        factors = left[:, k + 1 :, k] / left[:, k, k, None]
        left[:, k + 1 :, k + 1 :] -= factors[:, :, None] * left[:, k, None, k + 1 :]
        x[:, k + 1 :] -= factors * x[:, k, None]
    for k in reversed(range(n)):
        x[:, k] /= left[:, k, k]
        x[:, :k] -= left[:, :k, k] * x[:, k, None]
    return x


def _mix(outputs: Array, linear: Array, votes: tuple[int, int]) -> Array:
    mixed: Array = (votes[0] * outputs + votes[1] * linear) / sum(votes)
    return mixed
