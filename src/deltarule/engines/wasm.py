"""The WebAssembly engine: the native engine's C++ inside Pyodide, in a web page or in Node.js.

It is the same core (`native/core`) for one thread and vectors of 128 bits, behind `native/wasm`, and has
the same bits in every browser and in Node.js.
"""

from __future__ import annotations

from deltarule.engines.native import NativeEngine
from deltarule.engines.wasm_module import wasm_module


class WasmEngine(NativeEngine):
    """See `contract.Engine`; `wasm_module` is to it what `_native` is to the native engine."""

    name = "wasm"

    def __init__(self) -> None:
        self._module = wasm_module()
