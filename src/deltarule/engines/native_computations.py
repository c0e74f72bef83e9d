"""Computations of the native engine without a training run: outputs, losses and gradients."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from deltarule._common.processors import thread_count
from deltarule.engines.contract import Array
from deltarule.engines.data import Data, in_memory
from deltarule.engines.native_arrays import flat_vector, table_of
from deltarule.engines.native_module import instruction_level, warn_of_refused_threads
from deltarule.engines.native_plan import native_plan
from deltarule.engines.training_plan import plan_to_predict
from deltarule.errors import ShapeError
from deltarule.losses import Loss
from deltarule.losses.classification import smoothing_number
from deltarule.network import Network
from deltarule.parameters import Parameters


def computation(
    module: Any, network: Network, loss: Loss | None, rows: int, dtype: Any, threads: int
) -> Any:
    """Return a compiled network that predicts and evaluates, without a training run."""
    plan = plan_to_predict(network, loss)
    make = module.Network32 if np.dtype(dtype) == np.float32 else module.Network64
    return make(
        native_plan(module, plan, max(rows, 1)),
        instruction_level(module),
        thread_count(max(int(threads), 1)),
    )


class Objective:
    """J and its gradient as a function of the parameters, for many evaluations in a line search."""

    def __init__(self, module: Any, network: Network, loss: Loss, data: Data, threads: int) -> None:
        smoothing_number(getattr(loss, "label_smoothing", 0.0))
        arrays = in_memory(data).materialize()
        self.dtype = arrays.inputs.dtype
        self._module = module
        self._compute = computation(module, network, loss, arrays.n_rows, self.dtype, threads)
        self._table = table_of(module, network, arrays, self.dtype)

    def __call__(self, weights: Array) -> tuple[float, Array]:
        """Return J and its gradient at the flat vector `weights`, of the data's dtype."""
        gradient = np.empty(weights.size, self.dtype)
        value: float = self._compute.loss_and_gradient(self._table, weights, gradient)
        warn_of_refused_threads(self._module)
        return value, gradient


class Predictor:
    """A network with its parameters, ready to predict; see `capabilities.Predictor`.

    One row costs little more than its computation. `parameters` may be one flat vector of `dtype`, which
    is not copied: predictions follow changes in it. Threads may call it at the same time.
    """

    def __init__(
        self,
        module: Any,
        network: Network,
        parameters: Parameters | Array,
        dtype: Any,
        threads: int = 1,
    ) -> None:
        self._module = module
        self._dtype = np.dtype(dtype)
        self._width, self._outputs = network.known_inputs, network.outputs
        compute = computation(module, network, None, 1, self._dtype, threads)
        compute.prepare([flat_vector(network, parameters, self._dtype)])
        self._threaded = threads > 1
        self._predict = compute.predict
        self.one_row = compute.predict_row

    def __call__(self, inputs: Array) -> Array:
        """Return the network's outputs, shape (rows, outputs), for inputs of shape (rows, inputs)."""
        outputs = np.empty((len(inputs), self._outputs), self._dtype)
        try:
            self._predict(inputs, outputs)
        except (TypeError, ValueError):
            if inputs.ndim != 2 or inputs.shape[1] != self._width:
                raise ShapeError(
                    f"inputs must have shape (rows, {self._width}), got {inputs.shape}."
                ) from None
            self._predict(np.ascontiguousarray(inputs, self._dtype), outputs)
        if self._threaded:
            warn_of_refused_threads(self._module)
        return outputs


class JointPredictor:
    """Networks of one description, ready to predict; see `capabilities.PredictsJointly`."""

    def __init__(
        self, module: Any, network: Network, vectors: Sequence[Array], threads: int
    ) -> None:
        self._module = module
        self._dtype = vectors[0].dtype
        self._networks, self._outputs = len(vectors), network.outputs
        compute = computation(module, network, None, 1, self._dtype, threads)
        compute.prepare([flat_vector(network, vector, self._dtype) for vector in vectors])
        self._threaded = threads > 1
        self._predict = compute.predict_each

    def __call__(self, inputs: Array) -> Array:
        """Return the outputs, shape (networks, rows, outputs), for inputs of shape (rows, inputs)."""
        outputs = np.empty((self._networks, len(inputs), self._outputs), self._dtype)
        self._predict(inputs, outputs)
        if self._threaded:
            warn_of_refused_threads(self._module)
        return outputs
