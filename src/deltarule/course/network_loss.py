"""The loss of a network over given rows, and its gradient, as functions of the parameters."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule.engines import prediction_engine
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.parameters import Parameters, from_flat
from deltarule.training.fit_arguments import chosen_loss
from deltarule.training.input_arrays import as_data

Array = NDArray[Any]


class NetworkLoss:
    """J over all rows in float64; parameters are vectors in the order of `Parameters.flat`.

    `X` (n_rows, n_inputs), `y` and `loss` as in `fit`. The computation is that of the engine
    `reference`, in NumPy, so that rounding errors are the same in a page and in a notebook.
    """

    def __init__(
        self, network: Network, X: ArrayLike, y: ArrayLike, loss: Loss | str | None = None
    ) -> None:
        self._loss = chosen_loss(network, loss)
        self._data = as_data(network, self._loss, X, y, None, "float64")
        self.network = network.with_inputs(self._data.inputs.shape[1])
        self._engine = prediction_engine(self.network, "reference")

    def loss(self, parameters: ArrayLike) -> float:
        """Return J, which may be infinite."""
        with np.errstate(all="ignore"):
            loss, _ = self._engine.evaluate(
                self.network, self._unpacked(parameters), self._loss, self._data
            )
        return float(loss)

    def gradient(self, parameters: ArrayLike) -> Array:
        """Return ∂J/∂w of all parameters, by backpropagation."""
        with np.errstate(all="ignore"):
            _, gradient = self._engine.loss_and_gradient(
                self.network, self._unpacked(parameters), self._loss, self._data
            )
        return gradient

    def hessian(self, parameters: ArrayLike, step: float = 1e-5) -> Array:
        """Return ∂²J/∂w², by central differences of the gradient; of shape (n, n), symmetric."""
        begin = np.asarray(parameters, np.float64)
        rows = [
            (self.gradient(begin + way) - self.gradient(begin - way)) / (2 * step)
            for way in step * np.eye(len(begin))
        ]
        found = np.array(rows)
        return (found + found.T) / 2

    def along(self, parameters: ArrayLike, direction: ArrayLike, lengths: ArrayLike) -> Array:
        """Return J at parameters + length · direction for each length."""
        begin, way = np.asarray(parameters, np.float64), np.asarray(direction, np.float64)
        return np.array([self.loss(begin + length * way) for length in np.asarray(lengths)])

    def _unpacked(self, parameters: ArrayLike) -> Parameters:
        return from_flat(self.network, np.array(parameters, np.float64))
