"""How `ops` and `backend` make Keras's functions of arrays out of NumPy's."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.keras.dtypes import dtype_name
from deltarule.keras.values import as_tensor

Array = NDArray[Any]
Row = tuple[Callable[..., Any], str]
"""A function with Keras's parameters, and its summary line."""

_ARRAY = "array-like of any shape"
_DESCRIPTIONS: Mapping[str, tuple[str, str]] = {
    "x": (_ARRAY, "Values."),
    "x1": (_ARRAY, "First values."),
    "x2": (_ARRAY, "Second values."),
    "xs": ("list of array-like of equal shape", "Arrays."),
    "target": (_ARRAY, "Targets."),
    "output": (_ARRAY, "Predictions."),
    "targets": ("array-like of shape (n_samples,)", "Class numbers."),
    "predictions": ("array-like of shape (n_samples, n_classes)", "Outputs."),
    "condition": (_ARRAY, "Where to take the first values."),
    "axis": ("int or tuple of int", "Axis or axes; None for all."),
    "axes": ("tuple of int", "Order of the axes; None reverses them."),
    "keepdims": ("bool", "Whether reduced axes stay, with length 1."),
    "dtype": ("str", "Type of the result, such as 'float32'."),
    "shape": ("tuple of int", "Shape of the result."),
    "newshape": ("tuple of int", "Shape of the result."),
    "k": ("int", "Number of largest values."),
    "num_classes": ("int", "Length of the new axis."),
    "from_logits": ("bool", "Whether predictions are logits."),
    "decimals": ("int", "Decimal places."),
    "q": ("float", "Fraction from 0 to 1."),
    "name": ("str", "Ignored."),
}


def keras_function(module: str, name: str, row: Row) -> Callable[..., Any]:
    """Return a function of Keras: it takes lists and variables, and returns tensors without warnings."""
    compute, summary = row
    signature = inspect.signature(compute)

    def function(*given: Any, **named: Any) -> Any:
        bound = signature.bind(*given, **named)
        if isinstance(bound.arguments.get("axis"), list):
            bound.arguments["axis"] = tuple(bound.arguments["axis"])
        if bound.arguments.get("dtype") is not None:
            bound.arguments["dtype"] = dtype_name(f"{name}.dtype", bound.arguments["dtype"])
        with np.errstate(all="ignore"):  # log(0) is silent, as in Keras
            return _as_result(compute(*bound.args, **bound.kwargs))

    function.__name__ = function.__qualname__ = name
    function.__module__ = module
    function.__doc__ = _docstring(signature, summary)
    function.__dict__["__signature__"] = signature
    return function


def _as_result(value: Any) -> Any:
    if isinstance(value, np.ndarray | np.generic):
        return as_tensor(value)
    return [as_tensor(part) for part in value] if isinstance(value, list) else value


def _docstring(signature: inspect.Signature, summary: str) -> str:
    lines = [summary, ""]
    if signature.parameters:
        lines += ["Parameters", "----------"]
    for name, parameter in signature.parameters.items():
        kind, text = _DESCRIPTIONS.get(name, ("object", "As in Keras."))
        if parameter.default is not inspect.Parameter.empty:
            default = parameter.default
            kind += ", optional" if default is None else f", default {default!r}"
        star = "*" if parameter.kind is inspect.Parameter.VAR_POSITIONAL else ""
        lines += [f"{star}{name} : {kind}", f"    {text}"]
    lines += ["", "Returns", "-------", "Tensor of the result's shape", "    The values.", ""]
    return "\n".join(lines)
