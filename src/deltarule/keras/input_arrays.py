"""Checks and splits of the arrays passed to fit, evaluate and predict."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.number_arrays import plain_array
from deltarule.engines.data import ArrayData
from deltarule.errors import DataError, SettingError, ShapeError
from deltarule.keras.epoch_metrics import Samples
from deltarule.keras.losses.base import Loss, plus_minus_one, require_one_hot
from deltarule.keras.model_conversion import ConvertedModel, refuse_several, single_array
from deltarule.training.input_arrays import as_data

Array = NDArray[Any]


def as_samples(
    converted: ConvertedModel,
    loss: Loss,
    x: Any,
    y: Any,
    sample_weight: Any = None,
    owner: str = "",
) -> Samples:
    """Return x, y and weights as an engine takes them."""
    if not hasattr(x, "__array__") and (hasattr(x, "__next__") or callable(x)):
        hint = "give one batch" if hasattr(x, "__next__") else "call it, or give what it returns"
        raise DataError(f"{owner}x must be an array, got {type(x).__name__}: {hint}.")
    if x is None or y is None:
        raise DataError(
            f"{owner}{'x' if x is None else 'y'} must be given: an array with one row for each sample. "
            "Only datasets and generators, which make batches (x, y), have targets of their own."
        )
    rows = converted.rows(x, f"{owner}x")
    refuse_several(y, f"{owner}y", 1, len(rows))
    given = plain_array(single_array(y, f"{owner}y", 1 if len(rows) > 1 else 2), f"{owner}y")
    require_one_hot(loss, given, converted.network.outputs)
    targets = plus_minus_one(given) if loss.wants_signed_labels else given
    data = as_data(
        converted.network, loss.description, rows, targets, None, converted.dtype,
        check_range=not loss.clips_targets,
    )  # fmt: skip
    weights = _weights(sample_weight, data.n_rows)
    if weights is not None:
        data = ArrayData(data.inputs, data.targets, weights.astype(converted.dtype))
    return Samples(data, given, weights)


def split(samples: Samples, share: float) -> tuple[Samples, Samples]:
    """Return the first rows for training and the last `share` of rows for validation, as in Keras."""
    if not isinstance(share, float | int) or not 0 < share < 1:
        raise SettingError("validation_split", "must be greater than 0 and less than 1", share)
    rows = samples.data.n_rows
    at = math.floor(rows * (1 - share))
    if at in (0, rows):
        raise DataError(
            f"{rows} rows cannot be split with validation_split={share}: one part would be empty."
        )
    return part(samples, slice(0, at)), part(samples, slice(at, rows))


def class_weighted(samples: Samples, class_weight: Mapping[int, float]) -> Samples:
    """Return the samples with the weights of their classes."""
    if not isinstance(class_weight, Mapping):
        raise SettingError("class_weight", "must be a dict such as {0: 1.0, 1: 5.0}", class_weight)
    wrong = [w for w in class_weight.values() if not (math.isfinite(w) and w >= 0)]
    if wrong:
        raise SettingError("class_weight", "must hold finite numbers of at least 0", wrong[0])
    labels = samples.y
    if labels.ndim > 1:
        labels = labels.argmax(axis=1) if labels.shape[1] > 1 else labels[:, 0]
    each = [float(class_weight.get(int(label), 1.0)) for label in np.round(labels)]
    weights = _weights(each, samples.data.n_rows)
    assert weights is not None
    data = samples.data
    data = ArrayData(data.inputs, data.targets, weights.astype(data.inputs.dtype))
    return Samples(data, samples.y, weights)


def part(samples: Samples, rows: slice | Array) -> Samples:
    """Return some rows; views for a slice."""
    data = samples.data.take(rows)
    weights = None if samples.weights is None else samples.weights[rows]
    return Samples(data, samples.y[rows], weights)


def _weights(sample_weight: Any, rows: int) -> Array | None:
    if sample_weight is None:
        return None
    weights = np.asarray(sample_weight, dtype=np.float64)
    if weights.shape == (rows, 1):
        weights = weights[:, 0]
    if weights.shape != (rows,):
        raise ShapeError(f"sample_weight must have shape ({rows},), got {weights.shape}.")
    if not np.isfinite(weights).all() or (weights < 0).any():
        raise DataError("sample_weight must hold finite numbers >= 0.")
    return weights
