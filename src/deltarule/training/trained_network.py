"""A trained network: a network with its parameters, which predicts and can be saved."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby
from math import isfinite
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common.checks import sentences
from deltarule._common.fields_only import FieldsOnly
from deltarule._common.notebook_display import NotebookDisplay
from deltarule._common.number_arrays import plain_array
from deltarule._common.other_terms import NamesOtherTerms
from deltarule._common.strict_reader import StrictReader
from deltarule.engines import prediction_engine
from deltarule.engines.capabilities import (
    Predict,
    compile_joint_predictor,
    compile_predictor,
)
from deltarule.engines.data import Data, blocks
from deltarule.errors import DataError, ModelFileError, SettingError, ShapeError
from deltarule.formats.model_file import read_model, write_model
from deltarule.network import Network
from deltarule.parameters import Parameters, from_named, shared_vector, variances_are_valid
from deltarule.training.kept_predictors import KeptPredictors
from deltarule.training.parameter_placement import aligned_parameters, is_one_vector

Array = NDArray[Any]
FILE_KIND = "network"
FEW = 64  # numbers that Python sums faster than NumPy


@dataclass(frozen=True, eq=False, repr=False)
class TrainedNetwork(FieldsOnly, NamesOtherTerms, NotebookDisplay):
    """A network with its learned parameters.

    Parameters
    ----------
    network : Network
        The description of the network; its number of inputs is known.
    parameters : Parameters
        The learned arrays, all float32 or all float64.

    See Also
    --------
    load_network : Reads what `save` wrote.

    Examples
    --------
    >>> import numpy as np
    >>> import deltarule as dr
    >>> X = np.eye(3)
    >>> network = dr.Network([dr.Dense(3, "softmax")])
    >>> trained = dr.fit(network, X, [0, 1, 2], optimizer=dr.optimizers.Adam(0.1)).network
    >>> trained.predict(X).argmax(axis=1)
    array([0, 1, 2])
    """

    network: Network
    parameters: Parameters

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        if not is_one_vector(self.parameters):  # as pickles and deep copies have no common memory
            parameters = aligned_parameters(self.network, self.parameters)
            object.__setattr__(self, "parameters", parameters)

    def predict(self, X: ArrayLike | Data, *, engine: str = "auto", threads: int = 1) -> Array:
        """Compute the outputs of the network.

        Parameters
        ----------
        X : array-like of shape (n_samples, n_inputs) or Data
            The inputs, numbers without NaN. Rows of `engines.Data` are read some at a time.
        engine : str, default "auto"
            One of `engines.engine_choices()`.
        threads : int, default 1
            Maximum number of threads. The outputs do not depend on it.

        Returns
        -------
        ndarray of shape (n_samples, n_outputs)
            The outputs, in the dtype of the parameters.

        Raises
        ------
        ShapeError
            If X does not have the network's number of columns.
        DataError
            If X has values that are not finite numbers.
        EngineError
            If the engine is not available or cannot compute the network.
        """
        predictor = self._predictor(engine, threads)
        if type(X) is np.ndarray or not isinstance(X, Data):
            return predictor(self._checked(X))
        outputs = np.empty((X.n_rows, self.network.outputs), self.parameters.weights[0].dtype)
        for place, block in blocks(X, ("inputs",)):
            outputs[place] = predictor(self._checked(block.inputs))
        return outputs

    def _checked(self, X: ArrayLike) -> Array:
        inputs = as_rows(X, self.parameters.weights[0].dtype, "X")
        if inputs.shape[1] != self.network.inputs:
            raise ShapeError(
                f"X has {inputs.shape[1]} columns, but the network was trained on "
                f"{self.network.inputs}."
            )
        return inputs

    def _predictor(self, engine: str, threads: int) -> Predict:
        return self._kept_predictors.get(engine, threads, self._make_predictor)

    def _make_predictor(self, engine: str, threads: int) -> tuple[Predict, bool]:
        chosen = prediction_engine(self.network, engine)
        vector = shared_vector(self.parameters)
        predictor = compile_predictor(chosen, self.network, vector, threads)
        return predictor, is_one_vector(self.parameters)

    @cached_property
    def _kept_predictors(self) -> KeptPredictors:
        return KeptPredictors()

    def _sentence(self) -> str:
        return f"{self.network._sentence()}, {self.parameters.weights[0].dtype.name}"

    def save(self, path: str | PathLike[str]) -> None:
        """Write the network to a file.

        Parameters
        ----------
        path : str or path-like
            The safetensors file; it is written completely or not at all.

        Raises
        ------
        FileError
            If the file cannot be written.

        Examples
        --------
        >>> import tempfile
        >>> from pathlib import Path
        >>> import deltarule as dr
        >>> network = dr.Network([dr.Dense(1)])
        >>> trained = dr.fit(network, [[0.0], [1.0]], [0.0, 1.0], epochs=2).network
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     path = Path(folder) / "line.safetensors"
        ...     trained.save(path)
        ...     loaded = dr.load_network(path)
        >>> loaded.network == trained.network
        True
        """
        description = {"network": self.network.to_json()}
        write_model(path, description, self.parameters.named(self.network), kind=FILE_KIND)


class NetworkGroup:
    """Trained networks with the same inputs, outputs and dtype, which predict together."""

    def __init__(self, networks: Sequence[TrainedNetwork]) -> None:
        self._networks = tuple(networks)
        self._kept = KeptPredictors()

    def outputs(self, X: ArrayLike, *, engine: str = "auto", threads: int = 1) -> Array:
        """Return what each network predicts for X, (networks, rows, outputs).

        Raises what `TrainedNetwork.predict` raises.
        """
        inputs = self._networks[0]._checked(X)
        return self._kept.get(engine, threads, self._make)(inputs)

    def _make(self, engine: str, threads: int) -> tuple[Predict, bool]:
        groups = [list(same) for _, same in groupby(self._networks, _shape_and_dtype)]
        made = [_joint_predictor(group, engine, threads) for group in groups]
        if len(made) == 1:
            return made[0]
        dtypes = [group[0].parameters.weights[0].dtype for group in groups]

        def predict(inputs: Array) -> Array:
            parts = zip(made, dtypes, strict=True)
            return np.concatenate(
                [of(inputs.astype(dtype, copy=False)) for (of, _), dtype in parts]
            )

        return predict, all(follows for _, follows in made)


def _shape_and_dtype(trained: TrainedNetwork) -> tuple[Network, Any]:
    return trained.network, trained.parameters.weights[0].dtype


def _joint_predictor(
    networks: Sequence[TrainedNetwork], engine: str, threads: int
) -> tuple[Predict, bool]:
    """Return what computes networks of one shape, and whether it follows changes of parameters."""
    network = networks[0].network
    vectors = [shared_vector(trained.parameters) for trained in networks]
    chosen = prediction_engine(network, engine)
    follows = all(is_one_vector(trained.parameters) for trained in networks)
    return compile_joint_predictor(chosen, network, vectors, threads), follows


def load_network(path: str | PathLike[str]) -> TrainedNetwork:
    """Read a network that `TrainedNetwork.save` wrote.

    Parameters
    ----------
    path : str or path-like
        The file. No code from it is run.

    Returns
    -------
    TrainedNetwork
        The network with its parameters.

    Raises
    ------
    FileError
        If the file cannot be read.
    ModelFileError
        If it holds no network, or is damaged.

    See Also
    --------
    deltarule.load : Reads a model of a table.
    """
    file = read_model(path, kind=FILE_KIND)
    parts = StrictReader(file.description, str(path)).exactly(["network"])
    network = Network.from_json(parts["network"], f"{path}: network")
    parameters = parameters_from_file(network, file.arrays, path)
    return TrainedNetwork(network, aligned_parameters(network, parameters))


def parameters_from_file(
    network: Network, arrays: dict[str, Array], path: str | PathLike[str]
) -> Parameters:
    """Return the parameters of a file's arrays; `ModelFileError` if they do not fit the network."""
    if network.inputs is None:
        raise ModelFileError(f"{path} holds a network that does not know its inputs.")
    dtypes = {array.dtype for array in arrays.values()}
    if len(dtypes) != 1 or next(iter(dtypes)) not in (np.float32, np.float64):
        raise ModelFileError(f"{path} holds parameters that are not all float32 or all float64.")
    if not all(np.isfinite(array).all() for array in arrays.values()):
        raise ModelFileError(f"{path} holds parameters that are not finite numbers.")
    try:
        parameters = from_named(network, arrays)
    except ShapeError as error:
        raise ModelFileError(f"{path} does not fit its own network: {error}") from error
    if not variances_are_valid(parameters):
        raise ModelFileError(f"{path} holds a moving_variance below 0.")
    return parameters


def as_rows(values: ArrayLike, dtype: Any, owner: str) -> Array:
    """Return `values` as a C-contiguous array (rows, columns) of `dtype`, all finite, or raise."""
    if (
        type(values) is np.ndarray
        and values.dtype == dtype
        and values.ndim == 2
        and values.flags.c_contiguous
        and is_finite(values)
    ):
        return values
    rows = plain_array(values, owner)
    try:
        if rows.dtype.kind not in "fiub":
            rows = rows.astype(np.float64)
        with np.errstate(over="ignore"):  # values too large for the dtype are reported below
            converted = np.ascontiguousarray(rows, dtype=dtype)
    except (TypeError, ValueError) as error:
        raise DataError(
            f"{owner} must hold numbers only; encode text columns first, or train on the table itself "
            "with deltarule.train(table, target=...)."
        ) from error
    if converted.ndim != 2:
        hint = ""
        if converted.ndim == 1:
            hint = f"One column is {owner}[:, None], one row {owner}[None] of an array."
        elif converted.ndim == 3 and len(converted) == 1:
            hint = f"Pass the array itself, not a list around it: {owner}[0]."
        elif converted.ndim > 2:
            hint = f"Rows are flat: {owner}.reshape(len({owner}), -1)."
        sentence = f"{owner} must have two dimensions (rows, columns), got shape {converted.shape}."
        raise ShapeError(sentences(sentence, hint))
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
    # A sum is as fast as memory; it is not finite if a number is not, or if it overflows.
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
