"""Fast prediction: one row costs little more than its arithmetic."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.engines import prediction_engine
from deltarule.engines.capabilities import Predict, compile_predictor
from deltarule.engines.contract import Engine
from deltarule.network import Network
from deltarule.parameters import Parameters, from_flat, shared_vector
from deltarule.training.trained_network import is_finite

Array = NDArray[Any]


class CompiledPredictor:
    """A network and one vector of parameters; coefs_ and intercepts_ are views of the vector.

    Changing an array in place changes the vector and so the next prediction. `matches` detects arrays
    that were replaced.
    """

    def __init__(self, network: Network, parameters: Parameters, engine: str) -> None:
        self._network, self._engine_name = network, engine
        self._vector = np.ascontiguousarray(shared_vector(parameters))
        self._views = from_flat(network, self._vector)
        self._coefs, self._intercepts = list(self._views.weights), list(self._views.biases)
        self._width, self._dtype = network.known_inputs, self._vector.dtype
        self._local = threading.local()  # a predictor's buffers belong to one thread
        self.one_row: Callable[[Any], Array | None] = self._first_row
        """Return the outputs of one row that needs no check; None for any other input."""

    @cached_property
    def _engine(self) -> Engine:
        return prediction_engine(self._network, self._engine_name)

    @property
    def coefs(self) -> list[Array]:
        """The weights as a new list of views."""
        return self._coefs.copy()

    @property
    def intercepts(self) -> list[Any]:
        """The biases as a new list of views."""
        return self._intercepts.copy()

    def matches(self, coefs: list[Array], intercepts: list[Array]) -> bool:
        """Whether these are the arrays that the predictor was compiled for."""
        # Lists compare by identity first, then by value. Comparing arrays of several numbers raises; an
        # equal array of one number predicts the same.
        try:
            return coefs == self._coefs and intercepts == self._intercepts
        except ValueError:
            return False

    def accepts(self, X: Any) -> bool:
        """Whether X is a finite C-contiguous array of the right width and dtype, which needs no check."""
        if type(X) is not np.ndarray or X.dtype is not self._dtype or X.ndim != 2:
            return False
        if X.shape[1] != self._width or not X.flags.c_contiguous or len(X) == 0:
            return False
        return is_finite(X)

    def __call__(self, X: Array, threads: int) -> Array:
        """Return the outputs, shape (rows, outputs); X as checked by `accepts`."""
        predictors: dict[int, Predict] | None = getattr(self._local, "predictors", None)
        if predictors is None:
            predictors = self._local.predictors = {}
        predictor = predictors.get(threads)
        if predictor is None:
            predictor = predictors[threads] = self._compiled(threads)
        return predictor(X)

    def _first_row(self, X: Any) -> Array | None:
        predictor = self._compiled(1)
        self.one_row = getattr(predictor, "one_row", lambda X: None)
        return self.one_row(X)

    def _compiled(self, threads: int) -> Predict:
        return compile_predictor(self._engine, self._network, self._vector, threads)
