"""Scores on the training rows, each predicted by networks that were not trained on it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.table_model.cross_validation import CrossValidatedScores
from deltarule.table_model.fold_networks import have_own_rows
from deltarule.table_model.model_fitting import FittedModel
from deltarule.table_model.scores import Scores
from deltarule.table_model.task_methods import METHODS

Array = NDArray[Any]


def out_of_fold_scores(fitted: FittedModel) -> Scores | None:
    """Score the out-of-fold predictions; None where no row has one."""
    rows = _predicted_rows(fitted)
    return _scores(fitted, rows) if len(rows) else None


def cross_validated_scores(fitted: FittedModel) -> CrossValidatedScores | None:
    """Score each fold network on its own out-of-fold rows; None for a single network.

    None too where all networks validate on the same rows, as they do with a time column.
    """
    if not have_own_rows(fitted.splits):
        return None
    return CrossValidatedScores(tuple(_scores(fitted, split.validation) for split in fitted.splits))


def _predicted_rows(fitted: FittedModel) -> Array:
    predicted = fitted.out_of_fold
    return np.flatnonzero(np.isfinite(predicted if predicted.ndim == 1 else predicted[:, 0]))


def _scores(fitted: FittedModel, rows: Array) -> Scores:
    design, weights = fitted.design, fitted.design.sample_weights
    methods = METHODS[design.target.task]
    truth = design.target.unstandardize(design.targets)
    return methods.scores(
        fitted.out_of_fold[rows],
        truth[rows],
        methods.constant(design.target, truth, weights),
        fitted.model.calibration,
        _of_rows(weights, rows),
    )


def _of_rows(weights: Array | None, rows: Array) -> Array | None:
    return None if weights is None else weights[rows]
