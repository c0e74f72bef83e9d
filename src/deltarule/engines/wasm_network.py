"""Networks that predict and evaluate in WebAssembly.

Arrays are copied into the core's memory, which Python cannot see: a table once, parameters and inputs
with each call, so that predictions follow changes of both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from deltarule.engines.contract import Array
from deltarule.engines.wasm_instance import Block, Handle, Instance
from deltarule.engines.wasm_table import WasmTable


class WasmNetwork:
    """A network that predicts and evaluates; `Network32` and `Network64` of `_native.pyi`."""

    def __init__(
        self,
        instance: Callable[[], Instance],
        dtype: Any,
        plan: list[float],
        level: str,
        threads: int,
    ) -> None:
        self._instance, self._dtype, self._plan = instance, np.dtype(dtype), plan
        self._weights: list[Array] = []
        self._handle = self._open()

    def _open(self) -> Handle:
        instance = self._instance()
        numbers = np.array(self._plan)
        memory = Block.of(instance, numbers)
        plan = Handle(instance, "plan", memory.pointer, numbers.size)
        self.parameter_count = int(instance.call("parameter_count", plan.pointer))
        self._inputs, self._outputs = (
            int(instance.call(name, plan.pointer)) for name in ("input_count", "output_count")
        )
        return Handle(instance, "network", plan.pointer, 8 * self._dtype.itemsize)

    def _opened(self) -> Handle:
        """Return the network in a living instance: nothing is lost with one that stopped."""
        if self._handle.instance.has_stopped:
            self._handle = self._open()
        return self._handle

    def prepare(self, weights: Sequence[Array]) -> None:
        """Take the parameters of one network or several, whose changes predictions follow."""
        for array in weights:
            self._check(array)
        self._weights = list(weights)

    def predict(self, inputs: Array, outputs: Array) -> None:
        """Write the outputs of the first network, shape (rows, outputs)."""
        self._predict(inputs, outputs, self._weights[:1])

    def predict_each(self, inputs: Array, outputs: Array) -> None:
        """Write the outputs of all networks, shape (networks, rows, outputs)."""
        self._predict(inputs, outputs, self._weights)

    def predict_row(self, inputs: Any) -> Array | None:
        """Return the outputs of one row; None for what `predict` has to look at."""
        if (
            not isinstance(inputs, np.ndarray)
            or inputs.dtype != self._dtype
            or inputs.shape != (1, self._inputs)
            or not inputs.flags.c_contiguous
            or not np.isfinite(inputs).all()
        ):
            return None
        outputs = np.empty((1, self._outputs), self._dtype)
        self.predict(inputs, outputs)
        return outputs

    def _predict(self, inputs: Array, outputs: Array, networks: Sequence[Array]) -> None:
        if inputs.ndim != 2 or inputs.shape[1] != self._inputs or inputs.dtype != self._dtype:
            raise ValueError("inputs do not fit the network")
        if not inputs.flags.c_contiguous:
            raise ValueError("inputs must be C-contiguous")
        handle = self._opened()
        instance, rows = handle.instance, len(inputs)
        size = self._outputs * rows * self._dtype.itemsize
        x, out = Block.of(instance, inputs), Block(instance, size * len(networks))
        weights = Block(instance, self.parameter_count * self._dtype.itemsize)
        for m, vector in enumerate(networks):
            instance.copy_in(vector, weights.pointer)
            to = out.pointer + m * size
            instance.call("predict", handle.pointer, weights.pointer, x.pointer, rows, to)
        instance.copy_out(out.pointer, outputs)

    def loss_and_gradient(self, data: WasmTable, weights: Array, gradient: Array) -> float:
        """Return J and write its gradient."""
        self._check(weights)
        out, value = self._compute("loss_and_gradient", data, weights, gradient.nbytes)
        self._handle.instance.copy_out(out.pointer, gradient)
        return float(value)

    def evaluate(self, data: WasmTable, weights: Array) -> tuple[float, float]:
        """Return the loss and the score."""
        self._check(weights)
        out, _ = self._compute("evaluate", data, weights, 16)
        loss, score = self._handle.instance.read(out.pointer, 2, np.float64)
        return float(loss), float(score)

    def _compute(
        self, name: str, data: WasmTable, weights: Array, size: int
    ) -> tuple[Block, float]:
        handle = self._opened()
        instance = handle.instance
        table, vector = data.in_memory_of(instance), Block.of(instance, weights)
        out = Block(instance, size)
        value = instance.checked(name, handle.pointer, table.pointer, vector.pointer, out.pointer)
        return out, value

    def _check(self, weights: Array) -> None:
        if weights.size != self.parameter_count or weights.dtype != self._dtype:
            raise ValueError("weights do not fit the network")
