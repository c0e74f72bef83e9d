"""The functions of keras.ops that custom metrics use, on NumPy arrays.

They cannot be part of a network or a loss: nothing differentiates them. For example::

    def mape(y_true, y_pred):
        return 100 * ops.mean(ops.abs((y_true - y_pred) / y_true), axis=-1)

    model.compile("adam", "mse", metrics=[mape])
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from deltarule._common.checks import did_you_mean, sentences
from deltarule.errors import ShapeError
from deltarule.keras.array_functions import Array, Row, keras_function
from deltarule.keras.global_state import epsilon, floatx
from deltarule.keras.target_shapes import class_of_rows, require_equal_shapes
from deltarule.keras.values import as_tensor


def _axes(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


def _arange(start: Any, stop: Any = None, step: Any = 1, dtype: Any = None) -> Array:
    first, last = (0, start) if stop is None else (start, stop)
    return np.arange(first, last, step, dtype=dtype)


def _relu(x: Any) -> Any:
    return np.maximum(x, 0)


def _sigmoid(x: Any) -> Array:
    return np.exp(-np.logaddexp(0, -np.asarray(x)))


def _log_softmax(x: Any, axis: Any = -1) -> Array:
    values = np.asarray(x)
    shifted = values - values.max(axis=axis, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=axis, keepdims=True))


def _logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Any:
    values = np.asarray(x)
    largest = values.max(axis=axis, keepdims=True)
    largest = np.where(np.isfinite(largest), largest, 0)  # ∞ − ∞ would not be a number
    found = np.log(np.exp(values - largest).sum(axis=axis, keepdims=True)) + largest
    return found if keepdims else np.squeeze(found, axis=axis)


def _divide_no_nan(x1: Any, x2: Any) -> Array:
    top, bottom = np.broadcast_arrays(x1, x2)
    return np.where(bottom == 0, 0.0, np.divide(top, np.where(bottom == 0, 1, bottom)))


def _one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None) -> Array:
    numbers = np.asarray(x).astype(np.int64)
    rows = (numbers[..., None] == np.arange(num_classes)).astype(dtype or floatx())
    return np.moveaxis(rows, -1, axis)


def _top_k(x: Any, k: int, sorted: bool = True) -> tuple[Array, Array]:
    values = np.asarray(x)
    if k > values.shape[-1]:
        raise ShapeError(f"top_k needs rows of at least k={k} values, got {values.shape[-1]}.")
    best = np.argsort(-values, axis=-1, kind="stable")[..., :k]
    return as_tensor(np.take_along_axis(values, best, axis=-1)), as_tensor(best)


def _in_top_k(targets: Any, predictions: Any, k: int) -> Array:
    outputs = np.asarray(predictions)
    numbers = class_of_rows(targets, outputs.shape[:-1]).astype(np.int64)
    exists = (numbers >= 0) & (numbers < outputs.shape[-1])
    own = np.take_along_axis(outputs, np.where(exists, numbers, 0)[..., None], axis=-1)
    larger = (outputs > np.where(np.isnan(own), -np.inf, own)).sum(axis=-1)
    return np.asarray(exists & (larger < k))


def _normalize(x: Any, axis: Any = -1, order: int = 2) -> Array:
    length = np.linalg.norm(x, ord=order, axis=axis, keepdims=True)
    return np.asarray(x) / np.maximum(length, epsilon())


def _clipped(output: Any) -> Array:
    return np.clip(np.asarray(output), epsilon(), 1 - epsilon())


def _binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Array:
    y = np.asarray(target)
    require_equal_shapes("binary_crossentropy", y, np.asarray(output))
    if from_logits:
        logits = np.asarray(output)
        return np.asarray(y * np.logaddexp(0, -logits) + (1 - y) * np.logaddexp(0, logits))
    p = _clipped(output)
    return np.asarray(-(y * np.log(p) + (1 - y) * np.log(1 - p)))


def _log_probabilities(output: Any, from_logits: bool, axis: int) -> Array:
    if from_logits:
        return _log_softmax(output, axis)
    values = np.asarray(output)
    return np.log(_clipped(values / values.sum(axis=axis, keepdims=True)))


def _categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Array:
    require_equal_shapes("categorical_crossentropy", np.asarray(target), np.asarray(output))
    logs = _log_probabilities(output, from_logits, axis)
    return np.asarray(-(np.asarray(target) * logs).sum(axis=axis))


def _sparse_categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Array:
    shape = list(np.shape(output))
    classes = shape.pop(axis)
    numbers = class_of_rows(target, tuple(shape))
    rows = _one_hot(numbers, classes, axis)
    return _categorical_crossentropy(rows, output, from_logits, axis)


def _segment_sum(
    data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False
) -> Array:
    values, numbers = np.asarray(data), np.asarray(segment_ids)
    count = int(numbers.max(initial=-1)) + 1 if num_segments is None else num_segments
    sums = np.zeros((count, *values.shape[1:]), values.dtype)
    counted = (numbers >= 0) & (numbers < count)
    np.add.at(sums, numbers[counted], values[counted])
    return sums


def _reduced(function: Any) -> Any:
    return lambda x, axis=None, keepdims=False: function(x, axis=_axes(axis), keepdims=keepdims)


def _one(function: Any) -> Any:
    return lambda x: function(x)


def _two(function: Any) -> Any:
    return lambda x1, x2: function(x1, x2)


_ELEMENTWISE = (
    "abs absolute arccos arcsin arctan ceil cos cosh exp exp2 expm1 floor isfinite isinf isnan log log10 "
    "log1p log2 logical_not negative sign sin sinh sqrt square tan tanh trunc"
)
_OF_TWO = (
    "add arctan2 divide equal floor_divide fmod greater greater_equal hypot less less_equal logaddexp "
    "logical_and logical_or logical_xor matmul maximum minimum mod multiply not_equal outer power "
    "subtract true_divide dot"
)
_REDUCTIONS = "all amax amin any max mean median min prod std sum var count_nonzero nanmean nansum"

_ROWS: dict[str, Row] = {
    **{n: (_one(getattr(np, n)), f"Return NumPy's {n} of each value.") for n in _ELEMENTWISE.split()},
    **{n: (_two(getattr(np, n)), f"Return NumPy's {n} of two arrays.") for n in _OF_TWO.split()},
    **{n: (_reduced(getattr(np, n)), f"Return NumPy's {n} over axes.") for n in _REDUCTIONS.split()},
    "arange": (_arange, "Return evenly spaced numbers."),
    "argmax": (
        lambda x, axis=None, keepdims=False: np.argmax(x, axis=axis, keepdims=keepdims),
        "Return the index of the largest value.",
    ),
    "argmin": (
        lambda x, axis=None, keepdims=False: np.argmin(x, axis=axis, keepdims=keepdims),
        "Return the index of the smallest value.",
    ),
    "argsort": (lambda x, axis=-1: np.argsort(x, axis, "stable"), "Return the sorting indices."),
    "array": (lambda x, dtype=None: np.array(x, dtype=dtype), "Return values as an array."),
    "average": (
        lambda x, axis=None, weights=None: np.average(x, _axes(axis), weights),
        "Return the weighted mean over axes.",
    ),
    "binary_crossentropy": (_binary_crossentropy, "Return the cross-entropy of each output."),
    "bincount": (
        lambda x, weights=None, minlength=0, sparse=False: np.bincount(x, weights, minlength),
        "Return how often each number occurs.",
    ),
    "broadcast_to": (lambda x, shape: np.broadcast_to(x, shape), "Repeat values to a shape."),
    "cast": (lambda x, dtype: np.asarray(x).astype(dtype), "Convert values to a type."),
    "categorical_crossentropy": (_categorical_crossentropy, "Return the cross-entropy of each row."),
    "clip": (lambda x, x_min, x_max: np.clip(x, x_min, x_max), "Limit values to a range."),
    "concatenate": (lambda xs, axis=0: np.concatenate(xs, axis), "Join arrays."),
    "convert_to_numpy": (lambda x: np.array(x), "Return values as an array."),
    "convert_to_tensor": (
        lambda x, dtype=None, sparse=None, ragged=None: np.asarray(x, dtype=dtype),
        "Return values as an array.",
    ),
    "cumprod": (lambda x, axis=None, dtype=None: np.cumprod(x, axis, dtype), "Return running products."),
    "cumsum": (lambda x, axis=None, dtype=None: np.cumsum(x, axis, dtype), "Return running sums."),
    "diag": (lambda x, k=0: np.diag(x, k), "Return the diagonal of a matrix."),
    "diff": (lambda a, n=1, axis=-1: np.diff(a, n, axis), "Return differences of neighbors."),
    "divide_no_nan": (_divide_no_nan, "Return quotients, 0 where the divisor is 0."),
    "einsum": (lambda subscripts, *operands: np.einsum(subscripts, *operands), "Sum over indices."),
    "expand_dims": (lambda x, axis: np.expand_dims(x, axis), "Insert an axis of length 1."),
    "eye": (
        lambda N, M=None, k=0, dtype=None: np.eye(N, M, k, dtype or floatx()),
        "Return a unit matrix.",
    ),
    "flip": (lambda x, axis=None: np.flip(x, axis), "Reverse the order of values."),
    "full": (
        lambda shape, fill_value, dtype=None: np.full(shape, fill_value, dtype or floatx()),
        "Return an array of one value.",
    ),
    "full_like": (
        lambda x, fill_value, dtype=None: np.full_like(x, fill_value, dtype),
        "Return an array of one value in the shape of another.",
    ),
    "in_top_k": (_in_top_k, "Return whether the target of a row is among its k largest outputs."),
    "isclose": (
        lambda x1, x2, rtol=1e-5, atol=1e-8, equal_nan=False: np.isclose(x1, x2, rtol, atol, equal_nan),
        "Return whether values are nearly equal.",
    ),
    "linspace": (
        lambda start, stop, num=50, endpoint=True: np.linspace(start, stop, num, endpoint),
        "Return evenly spaced numbers.",
    ),
    "log_softmax": (_log_softmax, "Return the logarithm of the softmax."),
    "logsumexp": (_logsumexp, "Return the logarithm of the sum of exponentials."),
    "nan_to_num": (
        lambda x, nan=0.0, posinf=None, neginf=None: np.nan_to_num(x, True, nan, posinf, neginf),
        "Replace what is not finite.",
    ),
    "ndim": (lambda x: np.ndim(x), "Return the number of axes."),
    "norm": (
        lambda x, ord=None, axis=None, keepdims=False: np.linalg.norm(x, ord, _axes(axis), keepdims),
        "Return the length of vectors.",
    ),
    "normalize": (_normalize, "Divide vectors by their length."),
    "one_hot": (_one_hot, "Return class numbers as rows of 0 and 1."),
    "ones": (lambda shape, dtype=None: np.ones(shape, dtype or floatx()), "Return ones."),
    "ones_like": (lambda x, dtype=None: np.ones_like(x, dtype), "Return ones in a shape."),
    "quantile": (
        lambda x, q, axis=None, method="linear", keepdims=False: np.quantile(
            x, q, _axes(axis), method=method, keepdims=keepdims
        ),
        "Return the quantile over axes.",
    ),
    "ravel": (lambda x: np.ravel(x), "Return values in one axis."),
    "reciprocal": (lambda x: 1 / np.asarray(x), "Return 1 / x."),
    "relu": (_relu, "Return max(x, 0)."),
    "repeat": (lambda x, repeats, axis=None: np.repeat(x, repeats, axis), "Repeat each value."),
    "reshape": (lambda x, newshape: np.reshape(x, newshape), "Return values in another shape."),
    "roll": (lambda x, shift, axis=None: np.roll(x, shift, axis), "Move values in a circle."),
    "round": (lambda x, decimals=0: np.round(x, decimals), "Round to the nearest, halves to even."),
    "rsqrt": (lambda x: 1 / np.sqrt(x), "Return 1 / √x."),
    "segment_sum": (_segment_sum, "Return the sum of each segment."),
    "shape": (lambda x: np.shape(x), "Return the shape, a tuple."),
    "sigmoid": (_sigmoid, "Return 1 / (1 + e⁻ˣ)."),
    "size": (lambda x: np.size(x), "Return the number of values."),
    "softmax": (lambda x, axis=-1: np.exp(_log_softmax(x, axis)), "Return probabilities of logits."),
    "softplus": (lambda x: np.logaddexp(0, x), "Return log(1 + eˣ)."),
    "softsign": (lambda x: np.asarray(x) / (1 + np.abs(x)), "Return x / (1 + |x|)."),
    "sort": (lambda x, axis=-1: np.sort(x, axis), "Return sorted values."),
    "sparse_categorical_crossentropy": (
        _sparse_categorical_crossentropy,
        "Return the cross-entropy of each row, for class numbers.",
    ),
    "split": (
        lambda x, indices_or_sections, axis=0: np.split(x, indices_or_sections, axis),
        "Return parts of an array.",
    ),
    "squeeze": (lambda x, axis=None: np.squeeze(x, axis), "Remove axes of length 1."),
    "stack": (lambda x, axis=0: np.stack(x, axis), "Join arrays along a new axis."),
    "stop_gradient": (lambda variable: np.asarray(variable), "Return values as they are."),
    "swapaxes": (lambda x, axis1, axis2: np.swapaxes(x, axis1, axis2), "Exchange two axes."),
    "take": (lambda x, indices, axis=None: np.take(x, indices, axis), "Return values by index."),
    "take_along_axis": (
        lambda x, indices, axis=None: np.take_along_axis(np.asarray(x), np.asarray(indices), axis),
        "Return values by indices of one axis.",
    ),
    "tensordot": (lambda x1, x2, axes=2: np.tensordot(x1, x2, axes), "Sum products over axes."),
    "tile": (lambda x, repeats: np.tile(x, repeats), "Repeat an array."),
    "top_k": (_top_k, "Return the k largest values of each row and their indices."),
    "trace": (lambda x, offset=0, axis1=0, axis2=1: np.trace(x, offset, axis1, axis2), "Sum a diagonal."),
    "transpose": (lambda x, axes=None: np.transpose(x, axes), "Reorder the axes."),
    "where": (
        lambda condition, x1=None, x2=None: (
            [*np.nonzero(condition)] if x1 is None else np.where(condition, x1, x2)
        ),
        "Return the first values where a condition holds, otherwise the second.",
    ),
    "zeros": (lambda shape, dtype=None: np.zeros(shape, dtype or floatx()), "Return zeros."),
    "zeros_like": (lambda x, dtype=None: np.zeros_like(x, dtype), "Return zeros in a shape."),
}  # fmt: skip

FUNCTIONS: Mapping[str, Any] = {n: keras_function(__name__, n, row) for n, row in _ROWS.items()}
globals().update(FUNCTIONS)

__all__ = sorted(FUNCTIONS)


def absent_function(module: str, name: str, known: Mapping[str, Any]) -> AttributeError:
    """Return the error for a function that the module does not have."""
    return AttributeError(
        sentences(
            f"deltarule.{module} has no {name!r}: it holds what custom metrics use; write it with NumPy, "
            "as targets and predictions are NumPy arrays.",
            did_you_mean(name, known),
        )
    )


def __getattr__(name: str) -> Any:
    raise absent_function("keras.ops", name, FUNCTIONS)
