"""How wrong predictions are for rows with an unseen category, measured on out-of-fold rows.

One column at a time, its levels are encoded as unseen ones, or the words of its texts as unknown ones,
and the networks that were not trained on a row predict it again. No network is trained for this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.preprocessing.categorical import LevelEncoder
from deltarule.preprocessing.word_features import WordsEncoder
from deltarule.table_model.calibration import Calibration
from deltarule.table_model.design import TrainingDesign
from deltarule.table_model.fold_networks import FoldSplit, RunOptions
from deltarule.table_model.linear_voters import LinearVoters
from deltarule.table_model.prediction_intervals import LEVELS, UnseenErrors, conformal_quantiles
from deltarule.table_model.scores import unit_of_squares
from deltarule.training import TrainingResult

Array = NDArray[Any]
MAX_ROWS, MAX_COLUMNS = 2000, 32
"""Measured rows and columns; others get the widest interval that was measured."""


def measure_unseen_errors(
    design: TrainingDesign,
    trained: Sequence[tuple[FoldSplit, TrainingResult]],
    options: RunOptions,
    calibration: Calibration,
    linear: LinearVoters | None = None,
) -> UnseenErrors | None:
    """Return the errors of each column of texts; None for classes and without validation rows."""
    columns = _text_columns(design)[:MAX_COLUMNS]
    if calibration.error_quantiles is None or not columns:
        return None
    step = -(-sum(len(split.validation) for split, _ in trained) // MAX_ROWS)
    rows = [split.validation[::step] for split, _ in trained]
    places, errors = [], []
    for place, features in columns:
        found = []
        for fold, (chosen, (_, result)) in enumerate(zip(rows, trained, strict=True)):
            inputs = design.inputs[chosen]
            known = inputs[:, features].any(axis=1)  # missing, rare and unseen levels are 0
            chosen, inputs = chosen[known], inputs[known]
            if len(chosen):
                levels = inputs[:, features].copy()
                inputs[:, features] = 0
                outputs = result.network.predict(
                    inputs, engine=options.engine, threads=options.threads or 1
                )
                if linear is not None:
                    outputs = linear.mixed(outputs, fold, inputs)
                found.append((chosen, levels, outputs[:, 0]))
        if found:
            chosen, levels, outputs = (np.concatenate(part) for part in zip(*found, strict=True))
            weights = None if design.weights is None else design.weights[chosen]
            wrong = _errors(design, calibration, chosen, outputs)
            places.append(place)
            errors.append(unseen_quantiles(wrong, levels, weights))
    return UnseenErrors(np.array(places, np.int64), np.stack(errors)) if places else None


def unseen_quantiles(errors: Array, levels: Array, weights: Array | None = None) -> Array:
    """Return the quantiles of errors (rows,) of hidden levels at `LEVELS`.

    All levels have the same weight, because an unseen one is one more of them. Few levels say little
    about another one: the quantile of k levels is that of k errors, or the sum of the quantiles of their
    means and of the differences from the means, whichever is narrower.
    """
    unit = unit_of_squares(errors)  # in which sums and differences of extreme errors are numbers
    errors = errors / unit
    _, group, counts = np.unique(levels, axis=0, return_inverse=True, return_counts=True)
    group = group.reshape(-1)
    shares = 1 / counts[group] if weights is None else weights.astype(np.float64)
    if weights is not None:
        shares = shares / np.maximum(np.bincount(group, shares)[group], 1e-300)
    means = np.bincount(group, shares * errors) / np.bincount(group, shares)
    apart = conformal_quantiles(means, np.ones(len(means))) + conformal_quantiles(
        errors - means[group], shares
    )
    together = conformal_quantiles(errors, shares, count=len(means))
    narrower = np.where(LEVELS >= 0.5, np.minimum(apart, together), np.maximum(apart, together))
    with np.errstate(over="ignore"):
        return np.nan_to_num(np.maximum.accumulate(narrower) * unit)


def _errors(design: TrainingDesign, calibration: Calibration, rows: Array, outputs: Array) -> Array:
    predicted = design.target.decode(outputs)
    if calibration.target_range is not None:
        predicted = np.clip(predicted, *calibration.target_range)
    with np.errstate(over="ignore"):
        return np.nan_to_num(design.target.decode(design.targets[rows]) - predicted)


def _text_columns(design: TrainingDesign) -> list[tuple[int, slice]]:
    """Return place and features of the columns of texts that may be unseen, among the used ones."""
    found, start = [], 0
    for place, encoder in enumerate(design.encoder.used):
        stop = start + len(encoder.features)
        if isinstance(encoder, LevelEncoder):
            found.append((place, slice(start, stop)))
        elif isinstance(encoder, WordsEncoder) and not encoder.may_lack_words:
            found.append((place, slice(start, start + len(encoder.words))))
        start = stop
    return found
