"""The core in WebAssembly under the names of the compiled module `_native`; see `_native.pyi`."""

from __future__ import annotations

from functools import cache, partial

import numpy as np

from deltarule.engines.wasm_instance import Instance, host
from deltarule.engines.wasm_network import WasmNetwork
from deltarule.engines.wasm_records import RecordType
from deltarule.engines.wasm_session import WasmSession
from deltarule.engines.wasm_table import WasmTable


class WasmModule:
    """The names of `_native.pyi` that engines use."""

    def __init__(self) -> None:
        self._instance = Instance(host())
        self._description = self._instance.description()
        for name, fields in self._description["records"].items():
            setattr(self, name, RecordType(name, fields))
        self.Table32 = partial(WasmTable, np.float32)
        self.Table64 = partial(WasmTable, np.float64)
        self.Session32 = partial(WasmSession, self.instance, np.float32)
        self.Session64 = partial(WasmSession, self.instance, np.float64)
        self.Network32 = partial(WasmNetwork, self.instance, np.float32)
        self.Network64 = partial(WasmNetwork, self.instance, np.float64)

    def instance(self) -> Instance:
        """Return the instance, a new one after the last one has stopped."""
        if self._instance.has_stopped:
            self._instance = Instance(host())
        return self._instance

    def supported_levels(self) -> list[str]:
        """Return the one instruction level: vectors of 128 bits."""
        return ["baseline"]

    def take_refused_threads(self) -> int:
        """Return 0: there is one thread."""
        return 0

    def activation_names(self) -> list[str]:
        """Return the names in the order of their numbers."""
        return self._names("activations")

    def loss_names(self) -> list[str]:
        """Return the names in the order of their numbers."""
        return self._names("losses")

    def optimizer_names(self) -> list[str]:
        """Return the names in the order of their numbers."""
        return self._names("optimizers")

    def optimizer_settings(self) -> list[str]:
        """Return the names in the order of their numbers."""
        return self._names("optimizer_settings")

    def column_embedding_names(self) -> list[str]:
        """Return the names in the order of their numbers."""
        return self._names("column_embeddings")

    def stopping_rule_names(self) -> list[str]:
        """Return the names in the order of their numbers."""
        return self._names("stopping_rules")

    def _names(self, family: str) -> list[str]:
        return list(self._description[family])


@cache
def wasm_module() -> WasmModule:
    """Return the module, or raise `EngineError` where there is none."""
    return WasmModule()
