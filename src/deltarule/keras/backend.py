"""The functions of keras.backend that custom metrics and callbacks use, on NumPy arrays.

For example::

    from deltarule.keras import backend as K

    def recall(y_true, y_pred):
        hits = K.sum(K.round(K.clip(y_true * y_pred, 0, 1)))
        return hits / (K.sum(K.round(K.clip(y_true, 0, 1))) + K.epsilon())
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from deltarule.errors import SettingError
from deltarule.keras import ops
from deltarule.keras.array_functions import Row, keras_function
from deltarule.keras.global_state import clear_session, epsilon, floatx

_SHARED = (
    "abs all any arange argmax argmin binary_crossentropy cast categorical_crossentropy "
    "concatenate cos cumprod cumsum dot equal exp expand_dims eye greater greater_equal less "
    "less_equal log logsumexp max maximum mean min minimum ndim not_equal one_hot ones ones_like "
    "prod relu repeat reshape round shape sigmoid sign sin softmax softplus softsign "
    "sparse_categorical_crossentropy sqrt square squeeze stack std stop_gradient sum tanh tile "
    "transpose var zeros zeros_like "
)

_ROWS: dict[str, Row] = {
    "batch_flatten": (lambda x: np.reshape(x, (len(x), -1)), "Return one axis for each row."),
    "cast_to_floatx": (lambda x: np.asarray(x).astype(floatx()), "Convert values to float32."),
    "clip": (
        lambda x, min_value, max_value: np.clip(x, min_value, max_value),
        "Limit values to a range.",
    ),
    "constant": (
        lambda value, dtype=None, shape=None, name=None: np.array(
            value if shape is None else np.broadcast_to(value, shape), dtype or floatx()
        ),
        "Return values as an array.",
    ),
    "eval": (lambda variable: np.array(variable)[()], "Return the values of a variable."),
    "flatten": (lambda x: np.ravel(x), "Return values in one axis."),
    "gather": (lambda reference, indices: np.take(reference, indices, 0), "Return rows by index."),
    "in_top_k": (
        lambda predictions, targets, k: ops.FUNCTIONS["in_top_k"](targets, predictions, k),
        "Return whether the target of a row is among its k largest outputs.",
    ),
    "int_shape": (lambda x: np.shape(x), "Return the shape, a tuple."),
    "l2_normalize": (
        lambda x, axis=None: (
            np.asarray(x)
            / np.sqrt(np.maximum(np.sum(np.square(x), axis=axis, keepdims=True), 1e-12))
        ),
        "Divide vectors by their length.",
    ),
    "permute_dimensions": (lambda x, pattern: np.transpose(x, pattern), "Reorder the axes."),
    "pow": (lambda x, a: np.power(x, a), "Return powers."),
    "repeat_elements": (lambda x, rep, axis: np.repeat(x, rep, axis), "Repeat each value."),
    "switch": (
        lambda condition, then_expression, else_expression: np.where(
            condition, _value(then_expression), _value(else_expression)
        ),
        "Return the first values where a condition holds, otherwise the second.",
    ),
}


def _value(expression: Any) -> Any:
    return expression() if callable(expression) else expression


FUNCTIONS: Mapping[str, Any] = {name: ops.FUNCTIONS[name] for name in _SHARED.split()} | {
    name: keras_function(__name__, name, row) for name, row in _ROWS.items()
}
globals().update(FUNCTIONS)


def backend() -> str:
    """Return the name of the package that computes these functions.

    Returns
    -------
    str
        "numpy".
    """
    return "numpy"


def get_value(x: Any) -> Any:
    """Return the values of a variable, such as a learning rate.

    Parameters
    ----------
    x : Variable
        A variable of a layer, an optimizer or a metric.

    Returns
    -------
    ndarray of the variable's shape
        A copy; a number for a variable without dimensions.

    Examples
    --------
    >>> from deltarule.keras import backend, optimizers
    >>> optimizer = optimizers.SGD(0.5)
    >>> backend.set_value(optimizer.learning_rate, 0.25)
    >>> float(backend.get_value(optimizer.learning_rate))
    0.25
    """
    return np.array(x)[()]


def set_value(x: Any, value: Any) -> None:
    """Set the values of a variable, such as a learning rate.

    Parameters
    ----------
    x : Variable
        A variable of a layer, an optimizer or a metric.
    value : array-like of the variable's shape
        New values.
    """
    x.assign(value)


def image_data_format() -> str:
    """Return the order of the axes of images.

    Returns
    -------
    str
        "channels_last".
    """
    return "channels_last"


def set_floatx(value: str) -> None:
    """Accept "float32", the default type of numbers, and refuse others.

    Parameters
    ----------
    value : {"float32"}
        Type of numbers.

    Raises
    ------
    SettingError
        For another type: layers have their own.
    """
    if value != floatx():
        raise SettingError(
            "set_floatx.value", "must be float32", value, "Give dtype='float64' to the layers."
        )


def set_epsilon(value: float) -> None:
    """Accept 1e-7, the small number of Keras's divisions and logarithms, and refuse others.

    Parameters
    ----------
    value : float
        The small number.

    Raises
    ------
    SettingError
        For another number: optimizers have their own epsilon.
    """
    if value != epsilon():
        raise SettingError(
            "set_epsilon.value", "must be 1e-7", value, "Optimizers have an argument epsilon."
        )


__all__ = [
    *sorted(FUNCTIONS),
    "backend",
    "clear_session",
    "epsilon",
    "floatx",
    "get_value",
    "image_data_format",
    "set_epsilon",
    "set_floatx",
    "set_value",
]


def __getattr__(name: str) -> Any:
    raise ops.absent_function("keras.backend", name, dict.fromkeys(__all__))
