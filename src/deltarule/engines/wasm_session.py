"""A training session in WebAssembly, under the names of `_native.pyi`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from deltarule.engines.contract import Array
from deltarule.engines.wasm_instance import Block, Handle, Instance
from deltarule.engines.wasm_table import WasmTable
from deltarule.history import EPOCH_RECORD

_RESULT, _WEIGHTS, _BEST_WEIGHTS, _SLOT = range(4)  # `Vector` of native/wasm/sessions.cpp
_RUN_RESULT = 7  # numbers of `RunResult` there
_STATE = 8  # numbers of `StateNumbers` there
_State = tuple[int, float, float, float, list[float], list[list[float]]]


class WasmSession:
    """`Session32` and `Session64` of `_native.pyi`."""

    def __init__(
        self,
        instance: Callable[[], Instance],
        dtype: Any,
        plan: list[float],
        data: WasmTable,
        validation: WasmTable | None,
        start: Array,
        slots: Sequence[Array],
        level: str,
        threads: int,
    ) -> None:
        self._instance = here = instance()
        self._dtype, self._count, self._slots = np.dtype(dtype), start.size, len(slots)
        self._tables = data, validation  # whose memory the session reads
        numbers = np.array(plan)
        memory = Block.of(here, numbers)
        opened = Handle(here, "plan", memory.pointer, numbers.size)
        if start.size != here.call("parameter_count", opened.pointer):
            raise ValueError("start does not fit the network")
        start_block, slot_block = Block.of(here, start), self._joined(slots)
        self._handle = Handle(
            here,
            "session",
            opened.pointer,
            8 * self._dtype.itemsize,
            data.in_memory_of(here).pointer,
            0 if validation is None else validation.in_memory_of(here).pointer,
            start_block.pointer,
            slot_block.pointer,
        )
        self._result = Block(here, 8 * _RUN_RESULT)
        self._pending: BaseException | None = None

    def run(
        self,
        numbers: Array,
        deadline_s: float,
        target_scale: Callable[[], float],
        chunks: list[tuple[bytes, int, int, int, int]],
    ) -> None:
        """Train; append records, reason, rule, step and layer to `chunks`."""
        if self._pending is not None:
            error, self._pending = self._pending, None
            raise error
        instance = self._instance
        values = Block.of(instance, numbers)
        instance.callbacks.begin(target_scale)
        self._call("run", values.pointer, *numbers.shape, deadline_s, self._result.pointer)
        result = instance.read(self._result.pointer, _RUN_RESULT, np.float64)
        pointer, count, reason, rule, step, layer, _ = (int(number) for number in result)
        records = instance.read(pointer, count, EPOCH_RECORD)
        self._pending = instance.callbacks.take_error()
        if self._pending is not None and not count:
            error, self._pending = self._pending, None
            raise error
        chunks.append((records.tobytes(), reason, rule, step, layer))

    def end(self) -> None:
        """Do nothing: there is no memory to give away, as Python has its own."""

    def result(self) -> Array:
        """Return the kept parameters."""
        return self._vector(_RESULT)

    def weights(self) -> Array:
        """Return the parameters after the last finished epoch."""
        return self._vector(_WEIGHTS)

    def best_weights(self) -> Array:
        """Return the best parameters."""
        return self._vector(_BEST_WEIGHTS)

    def slot(self, index: int) -> Array:
        """Return one vector of the optimizer."""
        return self._vector(_SLOT, index)

    def state(self) -> _State:
        """Return the state of the stopping controller."""
        state = self._state()
        return int(state[0]), state[1], state[2], state[3], state[4:7], _rules(state[_STATE:])

    def momentum_product(self) -> float:
        """Return Nadam's product."""
        return self._state()[7]

    def is_broken(self) -> bool:
        """Return whether an epoch was cut short and the state before it is lost."""
        return bool(self._call("is_broken"))

    def restore(
        self,
        state: _State,
        weights: Array,
        best_weights: Array | None,
        slots: Sequence[Array],
        momentum_product: float,
    ) -> None:
        """Put another state in the place of the present one."""
        for array in (weights, *slots, *([] if best_weights is None else [best_weights])):
            if array.size != self._count:
                raise ValueError("a vector of the state does not fit the network")
        if len(slots) != self._slots:
            raise ValueError("slots do not fit the optimizer")
        epochs_done, first_loss, elapsed_s, best_value, plateau, rules = state
        numbers = [epochs_done, first_loss, elapsed_s, best_value, *plateau, momentum_product]
        for rule in rules:
            numbers += [len(rule), *rule]
        instance = self._instance
        state_block = Block.of(instance, np.array(numbers, np.float64))
        weight_block, slot_block = Block.of(instance, weights), self._joined(slots)
        best = None if best_weights is None else Block.of(instance, best_weights)
        instance.checked(
            "restore",
            self._handle.pointer,
            state_block.pointer,
            len(numbers),
            weight_block.pointer,
            0 if best is None else best.pointer,
            slot_block.pointer,
        )

    def _call(self, name: str, *arguments: float) -> Any:
        return self._instance.call(name, self._handle.pointer, *arguments)

    def _vector(self, which: int, slot: int = 0) -> Array:
        pointer = self._call("session_vector", which, slot)
        return self._instance.read(pointer, self._count, self._dtype)

    def _state(self) -> list[float]:
        size = int(self._call("state_size"))
        block = Block(self._instance, 8 * size)
        self._call("state", block.pointer)
        numbers: list[float] = self._instance.read(block.pointer, size, np.float64).tolist()
        return numbers

    def _joined(self, slots: Sequence[Array]) -> Block:
        """Return the optimizer's vectors one behind the other."""
        joined = np.concatenate([np.zeros(0, self._dtype), *slots])
        return Block.of(self._instance, joined)


def _rules(numbers: list[float]) -> list[list[float]]:
    """Split the states of the stopping rules, each after its count."""
    rules = []
    while numbers:
        end = 1 + int(numbers[0])
        rules.append(numbers[1:end])
        numbers = numbers[end:]
    return rules
