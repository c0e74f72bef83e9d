"""Checks of training data: arrays of one dtype, class numbers as int32."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule._common.checks import sentences
from deltarule._common.number_arrays import plain_array
from deltarule.engines.block_file_data import BlockFileData
from deltarule.engines.data import ArrayData, Data, blocks, subset, targets_in_memory
from deltarule.errors import DataError, ShapeError
from deltarule.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    CategoricalHinge,
    CosineSimilarity,
    Hinge,
    KLDivergence,
    Loss,
    MeanAbsolutePercentageError,
    MeanSquaredLogarithmicError,
    Poisson,
)
from deltarule.network import Network
from deltarule.splitting import split_rows
from deltarule.training.trained_network import as_rows, is_finite

Array = NDArray[Any]
TAKE_CLASS_NUMBERS = (CategoricalCrossEntropy, Hinge, CategoricalHinge, KLDivergence)
NEED_SEVERAL_OUTPUTS = (CategoricalCrossEntropy, CategoricalHinge, KLDivergence, CosineSimilarity)
HOLD_SHARES = (BinaryCrossEntropy, CategoricalCrossEntropy, KLDivergence, CategoricalHinge)
NOT_BELOW_ZERO = {
    Poisson: "which is for counts",
    MeanSquaredLogarithmicError: "which takes the logarithm of 1 + y",
}


def as_data(
    network: Network,
    loss: Loss,
    X: ArrayLike,
    y: ArrayLike,
    sample_weight: ArrayLike | None,
    dtype: str,
    owner: str = "",
    rows: ArrayLike | None = None,
    check_range: bool = True,
) -> ArrayData:
    """Return X, y and weights as an engine takes them; raises `DataError` or `ShapeError`.

    `rows`: indices of the rows to train on. `check_range`: whether to refuse targets for which the loss
    has no minimum or no meaning.
    """
    place = f"{owner} " if owner else ""
    inputs = as_rows(X, dtype, f"{place}X")
    if len(inputs) == 0:
        raise DataError(f"{place}X has no rows: there is nothing to learn from.")
    given = plain_array(y, f"{place}y")
    if given.ndim > 0 and len(given) != len(inputs):
        raise ShapeError(
            f"{place}X has {len(inputs)} rows and y has {len(given)}: they must be the same."
        )
    targets = _targets(loss, given, network.outputs, dtype, f"{place}y")
    if check_range and targets.ndim == 2:
        _refuse_out_of_range(loss, targets, f"{place}y")
    row_indices = None if rows is None else _row_indices(rows, len(inputs))
    return ArrayData(
        inputs, targets, _weights(sample_weight, len(inputs), dtype, row_indices), row_indices
    )


def check_data(data: Data, network: Network, loss: Loss, dtype: str, owner: str) -> Data:
    """Return rows that are not arrays after the checks of `as_data`; reads them block by block."""
    like = data.empty(0)
    if data.n_rows == 0:
        raise DataError(f"{owner} has no rows: there is nothing to learn from.")
    if like.inputs.dtype != dtype:
        raise ShapeError(
            f"The inputs of {owner} must be {dtype}, got {like.inputs.dtype}: choose "
            f'dtype="{like.inputs.dtype}".'
        )
    for place, block in data.checked_blocks() if isinstance(data, BlockFileData) else blocks(data):
        for name, array in (("inputs", block.inputs), ("targets", block.targets)):
            if array.dtype.kind == "f" and not is_finite(array):
                row = place.start + int(np.argwhere(~np.isfinite(array))[0][0])
                raise DataError(
                    f"The {name} of {owner} have a value that is NaN or infinite, first in row {row}: "
                    "fill or remove it."
                )
        checked = _targets(loss, block.targets, network.outputs, dtype, f"The targets of {owner}")
        if checked.ndim == 2:
            _refuse_out_of_range(loss, checked, f"The targets of {owner}")
        if checked.shape != block.targets.shape or checked.dtype != block.targets.dtype:
            raise ShapeError(
                f"The targets of {owner} must have dtype {checked.dtype} and {checked.ndim} dimensions, "
                f"got {block.targets.dtype} and shape (rows, *{block.targets.shape[1:]})."
            )
        if not np.array_equal(checked, block.targets):
            raise DataError(
                f"The targets of {owner} must be -1 or 1 for {loss.kind}; only in arrays, class numbers "
                "0 and 1 are turned into them: give 2.0 * y - 1."
            )
    return data


def split_off(data: Data, fraction: float, seed: int) -> tuple[Data, Data]:
    """Return the rows to train on and the share `fraction` of rows to validate on."""
    training, validation = split_indices(data, fraction, seed)
    return subset(data, training), subset(data, validation)


def split_indices(data: Data, fraction: float, seed: int) -> tuple[Array, Array]:
    """Return the indices of the rows to train on and of those to validate on."""
    checks.number("validation_fraction", fraction, above=0, below=1, hint="Typical: 0.1 to 0.3.")
    targets, _ = targets_in_memory(data)
    stratify = targets.ndim == 1
    key = targets if stratify else np.zeros(data.n_rows)
    split = split_rows(key, fractions=(fraction, 0.0), seed=seed, stratify=stratify)
    if len(split.training) == 0 or len(split.validation) == 0:
        raise DataError(
            f"{data.n_rows} rows cannot be split into training and validation rows: give more rows, or "
            "leave validation_fraction at 0."
        )
    return split.training, split.validation


def _targets(loss: Loss, y: Array, outputs: int, dtype: str, owner: str) -> Array:
    if y.dtype.kind not in "fiub":
        raise DataError(
            f"{owner} must hold numbers, got {y.dtype}: turn labels into class numbers 0 to k - 1 with "
            "numpy.unique(y, return_inverse=True)."
        )
    if y.ndim == 2 and y.shape[1] == 1 and outputs > 1:
        y = y[:, 0]
    if y.ndim == 1 and outputs > 1 and isinstance(loss, TAKE_CLASS_NUMBERS):
        return class_numbers(y, outputs, owner)
    given = y.shape
    if y.ndim == 1:
        y = y[:, None]
    if y.ndim != 2 or y.shape[1] != outputs:
        plural = "output" if outputs == 1 else "outputs"
        sentence = (
            f"{owner} has shape {given}, but the network has {outputs} {plural}: it must have shape "
            f"(rows, {outputs})."
        )
        hint = (
            "Class numbers need categorical_cross_entropy and a softmax output."
            if len(given) == 1
            else ""
        )
        raise ShapeError(sentences(sentence, hint))
    require_several_outputs(loss, outputs)
    rows = as_rows(y, dtype, owner)
    if isinstance(loss, Hinge) and np.isin(rows, (0, 1)).all() and not rows.all():
        rows = 2 * rows - 1  # class numbers
    return rows


def require_several_outputs(loss: Loss, outputs: int) -> None:
    """Raise `ShapeError` for a single output where the loss needs several."""
    if isinstance(loss, NEED_SEVERAL_OUTPUTS) and outputs == 1:
        raise ShapeError(_single_output(loss))


def _single_output(loss: Loss) -> str:
    """Return why a loss of whole rows cannot be computed of one output."""
    if isinstance(loss, CosineSimilarity):
        return (
            "Cosine similarity needs two outputs or more: of one number only the sign would count. Use "
            "mean_squared_error or mean_absolute_error."
        )
    if isinstance(loss, CategoricalHinge):
        return (
            "Categorical hinge needs two outputs or more: for two classes use Dense(2), or Dense(1) with "
            "hinge."
        )
    name = "KL divergence" if isinstance(loss, KLDivergence) else "Categorical cross-entropy"
    return (
        f"{name} needs two outputs or more: for two classes use Dense(2, 'softmax'), or Dense(1, "
        "'sigmoid') with binary cross-entropy."
    )


def _refuse_out_of_range(loss: Loss, y: Array, owner: str) -> None:
    """Refuse targets for which the loss has no minimum or no meaning."""
    low, high = float(y.min()), float(y.max())
    if isinstance(loss, HOLD_SHARES) and (low < 0 or high > 1):
        raise DataError(
            f"{owner} must be 0, 1 or between them for {loss.kind}, got {low:g} to {high:g}: write two "
            "classes as 0 and 1; for k classes give the last layer k units and softmax."
        )
    why = NOT_BELOW_ZERO.get(type(loss))
    if why is not None and low < 0:
        raise DataError(
            f"{owner} must be at least 0 for {loss.kind}, {why}, got {low:g}: choose another loss, such "
            "as mean_squared_error."
        )
    if isinstance(loss, MeanAbsolutePercentageError) and not y.all():
        raise DataError(
            f"{owner} must not be 0 for {loss.kind}, which divides by it: choose another loss, such as "
            "mean_absolute_error or mean_squared_logarithmic_error."
        )
    if isinstance(loss, Hinge) and not (np.abs(y) == 1).all():
        raise DataError(
            f"{owner} must be -1 or 1, or class numbers, for {loss.kind}, got {low:g} to {high:g}."
        )


def class_numbers(y: Array, outputs: int, owner: str) -> Array:
    """Return class numbers as int32; raises `DataError` unless they are 0 to outputs − 1."""
    numbers = y.astype(np.int64)
    if y.dtype.kind == "f" and not (np.isfinite(y).all() and (numbers == y).all()):
        raise DataError(
            f"{owner} must hold class numbers 0 to {outputs - 1}, got fractions or NaN."
        )
    if numbers.min() < 0 or numbers.max() >= outputs:
        raise DataError(
            f"{owner} must hold class numbers 0 to {outputs - 1}, one for each output; got "
            f"{numbers.min()} to {numbers.max()}."
        )
    return numbers.astype(np.int32)


def _row_indices(rows: ArrayLike, count: int) -> Array:
    """Return row indices as an engine takes them, uint32 of shape (indices,)."""
    indices = np.asarray(rows)
    if indices.ndim != 1 or indices.dtype.kind not in "iu" or len(indices) == 0:
        raise ShapeError(
            "rows must be row indices: integers in an array of one dimension, "
            f"got {indices.dtype} of shape {indices.shape}: numpy.flatnonzero turns a mask into them."
        )
    if indices.min() < 0 or indices.max() >= min(count, 1 << 32):
        raise DataError(
            f"rows must be row indices of X from 0 to {count - 1}, got {indices.min()} to "
            f"{indices.max()}."
        )
    return np.ascontiguousarray(indices, np.uint32)


def _weights(
    sample_weight: ArrayLike | None, rows: int, dtype: str, row_indices: Array | None
) -> Array | None:
    if sample_weight is None:
        return None
    weights = np.asarray(sample_weight, dtype=np.float64)
    if weights.shape != (rows,):
        raise ShapeError(f"sample_weight must have shape ({rows},), got {weights.shape}.")
    counted = weights if row_indices is None else weights[row_indices]
    if not np.isfinite(weights).all() or weights.min() < 0 or counted.sum() == 0:
        raise DataError("sample_weight must hold finite numbers >= 0, not all of them 0.")
    return (weights / counted.mean()).astype(dtype)
