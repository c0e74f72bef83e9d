"""A trained network: a description with its parameters, able to predict and to become a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import isfinite
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common.strict_reader import StrictReader
from deltarule.drawing import network_layout, standalone_svg
from deltarule.engines import prediction_engine
from deltarule.errors import DataError, ModelFileError, SettingError, ShapeError
from deltarule.formats.model_file import read_model, write_model
from deltarule.network import Network
from deltarule.parameters import Parameters, from_named

Array = NDArray[Any]
FILE_KIND = "network"
FEW = 64  # numbers that a list adds up sooner than NumPy starts


@dataclass(frozen=True, eq=False)
class TrainedNetwork:
    """A network and its parameters. `save` writes one safetensors file; `load_network` reads it."""

    network: Network
    parameters: Parameters = field(repr=False)

    def predict(self, X: ArrayLike, *, engine: str = "auto", threads: int = 1) -> Array:
        """Return the outputs for each row of X, shape (rows, outputs), in the parameters' dtype.

        Raises `ShapeError` where X does not have the network's number of columns.
        """
        inputs = as_rows(X, self.parameters.weights[0].dtype, "X")
        if inputs.shape[1] != self.network.inputs:
            raise ShapeError(
                f"X has {inputs.shape[1]} columns, but the network was trained on "
                f"{self.network.inputs}."
            )
        return prediction_engine(self.network, engine).predict(
            self.network, self.parameters, inputs, threads
        )

    def _repr_html_(self) -> str:
        """Show the network in a notebook: its units and weights as SVG."""
        return standalone_svg(network_layout(self.network, self.parameters))

    def save(self, path: str | PathLike[str]) -> None:
        """Write the network as one file, complete or not at all; `FileError` if that fails."""
        description = {"network": self.network.to_json()}
        write_model(path, description, self.parameters.named(self.network), kind=FILE_KIND)


def load_network(path: str | PathLike[str]) -> TrainedNetwork:
    """Read what `TrainedNetwork.save` wrote; runs no code from the file. Raises `ModelFileError`."""
    file = read_model(path, kind=FILE_KIND)
    parts = StrictReader(file.description, str(path)).exactly(["network"])
    network = Network.from_json(parts["network"], f"{path}: network")
    return TrainedNetwork(network, parameters_from_file(network, file.arrays, path))


def parameters_from_file(
    network: Network, arrays: dict[str, Array], path: str | PathLike[str]
) -> Parameters:
    """Return the parameters of a file's arrays; `ModelFileError` where they do not fit the network."""
    if network.inputs is None:
        raise ModelFileError(f"{path} holds a network that does not know its inputs.")
    dtypes = {array.dtype for array in arrays.values()}
    if len(dtypes) != 1 or next(iter(dtypes)) not in (np.float32, np.float64):
        raise ModelFileError(f"{path} holds parameters that are not all float32 or all float64.")
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise ModelFileError(f"{path} holds parameters that are not finite numbers.")
    try:
        return from_named(network, arrays)
    except ShapeError as error:
        raise ModelFileError(f"{path} does not fit its own network: {error}") from error


def as_rows(values: ArrayLike, dtype: Any, owner: str) -> Array:
    """Return `values` as a C-contiguous array (rows, columns) of `dtype`, all finite, or say why not."""
    try:
        rows = np.asarray(values)
        if rows.dtype.kind not in "fiub":
            rows = rows.astype(np.float64)
        with np.errstate(over="ignore"):  # what does not fit into the dtype is said below
            converted = np.ascontiguousarray(rows, dtype=dtype)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{owner} must hold numbers only; encode text columns first, or train on the table itself "
            "with deltarule.train(table, target=...)."
        ) from error
    if converted.ndim != 2:
        raise ShapeError(
            f"{owner} must have two dimensions (rows, columns), got shape {converted.shape}."
        )
    if not is_finite(converted):
        row, column = np.argwhere(~np.isfinite(converted))[0]
        raise DataError(
            f"{owner} has a value that is NaN or infinite or too large for {np.dtype(dtype).name}, "
            f"first in row {row}, column {column}: fill or remove it."
        )
    return converted


def is_finite(numbers: Array) -> bool:
    """Return whether all of an array of floats are finite."""
    if numbers.size <= FEW:
        total = sum(numbers.ravel().tolist())
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            total = float(np.add.reduce(numbers, axis=None))
    # A sum is read at the rate of memory; it is not finite where a number is not, or where it overflows.
    return isfinite(total) or bool(np.isfinite(numbers).all())


def as_trained(given: object, owner: str) -> TrainedNetwork:
    """Return the trained network that `given` is or holds: what `fit` returns, or a formula's network.

    Raises `SettingError` for anything else.
    """
    for found in (given, getattr(given, "network", None), getattr(given, "trained", None)):
        if isinstance(found, TrainedNetwork):
            return found
    raise SettingError(
        owner, f"must be a trained network, such as fit(...).network, got {type(given).__name__}"
    )
