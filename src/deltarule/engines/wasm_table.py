"""A table of samples in the core's memory."""

from __future__ import annotations

from typing import Any

import numpy as np

from deltarule.engines.contract import Array
from deltarule.engines.wasm_instance import Block, Instance


class WasmTable:
    """`Table32` and `Table64` of `_native.pyi`: arrays, copied once into the instance that uses them."""

    def __init__(
        self,
        dtype: Any,
        inputs: Array,
        targets: Array | None,
        classes: Array | None,
        weights: Array | None,
        chosen: Array | None = None,
    ) -> None:
        self._arrays = [inputs, targets, classes, weights, chosen]
        self._instance: Instance | None = None
        self._blocks: list[Block] = []

    def in_memory_of(self, instance: Instance) -> Block:
        """Return the `AnyTable` of native/wasm/tables.hpp, in an instance's memory."""
        if instance is not self._instance:
            self._blocks = self._copied(instance)
            self._instance = instance
        return self._blocks[0]

    def _copied(self, instance: Instance) -> list[Block]:
        blocks = [None if array is None else Block.of(instance, array) for array in self._arrays]
        pointers = [0 if block is None else block.pointer for block in blocks]
        inputs, targets, _, _, chosen = self._arrays
        assert inputs is not None
        numbers = [
            pointers[0],
            inputs.shape[1],
            pointers[1],
            0 if targets is None else targets.shape[1],
            pointers[2],
            pointers[3],
            len(inputs),
            pointers[4],
            0 if chosen is None else len(chosen),
        ]
        table = Block.of(instance, np.array(numbers, np.uint32))
        return [table, *(block for block in blocks if block is not None)]
