"""Parameters and data as the compiled module takes them."""

from __future__ import annotations

from typing import Any

import numpy as np

from deltarule.engines.contract import Array
from deltarule.engines.data import ArrayData
from deltarule.errors import ShapeError
from deltarule.network import Network
from deltarule.parameters import Parameters, check_size


def flat_vector(network: Network, parameters: Parameters | Array, dtype: Any) -> Array:
    """Return the parameters as one vector of `dtype`, or raise `ShapeError`."""
    vector = parameters.flat() if isinstance(parameters, Parameters) else parameters
    flat = np.ascontiguousarray(vector, dtype)
    check_size(network, flat)
    return flat


def table_of(module: Any, network: Network, data: ArrayData, dtype: Any) -> Any:
    """Return the module's view of `data`; only WebAssembly copies it, into its memory."""
    _check_data(network, data, np.dtype(dtype))
    classes = data.targets.ndim == 1
    make = module.Table32 if np.dtype(dtype) == np.float32 else module.Table64
    return make(
        data.inputs,
        None if classes else data.targets,
        data.targets if classes else None,
        data.weights,
        data.row_indices,
    )


def _check_data(network: Network, data: ArrayData, dtype: np.dtype[Any]) -> None:
    """Raise `ShapeError` if arrays are not as `ArrayData` describes."""
    classes = data.targets.ndim == 1
    rows = len(data.inputs)
    wanted: list[tuple[str, Array, tuple[int, ...], Any]] = [
        ("inputs", data.inputs, (rows, network.known_inputs), dtype)
    ]
    if classes:
        wanted.append(("targets", data.targets, (rows,), np.dtype(np.int32)))
    else:
        wanted.append(("targets", data.targets, (rows, network.outputs), dtype))
    if data.weights is not None:
        wanted.append(("weights", data.weights, (rows,), dtype))
    if data.row_indices is not None:
        wanted.append(("row_indices", data.row_indices, (data.n_rows,), np.dtype(np.uint32)))
    for name, array, shape, kind in wanted:
        if array.shape != shape or array.dtype != kind or not array.flags.c_contiguous:
            raise ShapeError(
                f"ArrayData.{name} must be a C-contiguous array of shape {shape} and dtype {kind}, got "
                f"shape {array.shape} and dtype {array.dtype}."
            )
    if data.n_rows == 0:
        raise ShapeError("ArrayData must have at least one row.")
    if classes and (data.targets.min() < 0 or data.targets.max() >= network.outputs):
        raise ShapeError(
            f"ArrayData.targets must be class numbers from 0 to {network.outputs - 1}, one per output."
        )
