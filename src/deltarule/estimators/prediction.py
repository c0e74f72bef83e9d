"""Fitted parameters, ready to predict: one row should cost little more than its arithmetic."""

from __future__ import annotations

import threading
from math import isfinite
from operator import is_
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.engines.contract import Engine
from deltarule.network import Network
from deltarule.parameters import Parameters, from_flat

Array = NDArray[Any]


FEW = 64  # numbers that a list adds up sooner than NumPy starts


def is_finite(X: Array) -> bool:
    """Whether all numbers are finite."""
    if X.size <= FEW:
        total = sum(X.ravel().tolist())
    else:
        with np.errstate(over="ignore", invalid="ignore"):
            total = float(np.add.reduce(X, axis=None))
    # A sum is read at the rate of memory; it is not finite where a number is not, or where it overflows.
    return isfinite(total) or bool(np.isfinite(X).all())


class Ready:
    """A network and one vector of parameters, of which coefs_ and intercepts_ are views.

    Whoever changes an array in place changes the vector, and the next prediction follows. Whoever puts
    another array in its place is found by `holds`.
    """

    def __init__(self, network: Network, parameters: Parameters, engine: Engine) -> None:
        self._network, self._engine = network, engine
        self._vector = np.ascontiguousarray(parameters.flat())
        self._views = from_flat(network, self._vector)
        self._width, self._dtype = network.known_inputs, self._vector.dtype
        self._local = threading.local()  # a predictor's buffers belong to one thread

    @property
    def coefs(self) -> list[Array]:
        """The weights as a new list of views."""
        return list(self._views.weights)

    @property
    def intercepts(self) -> list[Any]:
        """The biases as a new list of views."""
        return list(self._views.biases)

    def holds(self, coefs: list[Array], intercepts: list[Array]) -> bool:
        """Whether these are the arrays that this was made for."""
        weights, biases = self._views.weights, self._views.biases
        return (
            len(coefs) == len(weights)
            and len(intercepts) == len(biases)
            and all(map(is_, coefs, weights))
            and all(map(is_, intercepts, biases))
        )

    def takes(self, X: Any) -> bool:
        """Whether X is a finite C-contiguous array of the right width and dtype: nothing to check."""
        if type(X) is not np.ndarray or X.dtype is not self._dtype or X.ndim != 2:
            return False
        if X.shape[1] != self._width or not X.flags.c_contiguous or len(X) == 0:
            return False
        return is_finite(X)

    def __call__(self, X: Array, threads: int) -> Array:
        """Return the outputs, shape (rows, outputs); X as `takes` wants it."""
        predictors: dict[int, Any] | None = getattr(self._local, "predictors", None)
        if predictors is None:
            predictors = self._local.predictors = {}
        predictor = predictors.get(threads)
        if predictor is None:
            predictor = predictors[threads] = self._prepared(threads)
        outputs: Array = predictor(X)
        return outputs

    def _prepared(self, threads: int) -> Any:
        engine: Any = self._engine
        if hasattr(engine, "predictor"):
            return engine.predictor(self._network, self._vector, self._dtype, threads)
        return lambda X: engine.predict(self._network, self._views, X, threads)
