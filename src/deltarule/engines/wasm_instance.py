"""An instance of the core in WebAssembly: its memory, its functions, and what happens if it stops.

JavaScript offers the compiled core to Pyodide as the module `deltarule_wasm` (`native/wasm/loader.mjs`).
The core has no exceptions: where memory is exhausted, its instance stops and a new one takes its place.
"""

from __future__ import annotations

import json
import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from deltarule.engines.contract import Array
from deltarule.errors import EngineError

NOT_LOADED = (
    "The WebAssembly engine was not loaded: call offerCore(pyodide, core) of native/wasm/loader.mjs "
    'before Python uses deltarule, or choose engine="reference".'
)
STOPPED = (
    "The WebAssembly engine stopped, and what it held is lost: open a new session and restore its last "
    "state."
)
EXHAUSTED = (
    "The WebAssembly engine stopped for want of memory, and what it held is lost: open a new session and "
    "restore its last state. Use fewer rows, or a smaller network."
)


def host() -> Any:
    """Return what JavaScript offers, or raise `EngineError`."""
    try:
        import deltarule_wasm  # type: ignore[import-not-found]
    except ImportError:
        raise EngineError(NOT_LOADED) from None
    return deltarule_wasm


class Callbacks:
    """What the core asks for while it runs; errors wait until it has returned."""

    def __init__(self) -> None:
        self.error: BaseException | None = None
        self._target_scale: Callable[[], float] = float

    def keep_going(self) -> int:
        """Return 0 if Python was interrupted."""
        import pyodide_js  # type: ignore[import-not-found]

        try:
            pyodide_js.checkInterrupt()
        except BaseException as error:
            self.error = error
            return 0
        return 1

    def target_scale(self) -> float:
        """Return the size of the loss of a constant prediction; NaN, which interrupts, after an error."""
        try:
            return self._target_scale()
        except BaseException as error:
            self.error = error
            return float("nan")

    def begin(self, target_scale: Callable[[], float]) -> None:
        """Answer with this function from now on."""
        self.error, self._target_scale = None, target_scale

    def take_error(self) -> BaseException | None:
        """Return what was raised while the core ran, once."""
        error, self.error = self.error, None
        return error


class Instance:
    """One instance of the core.

    Parameters
    ----------
    module : object
        What JavaScript offers; see `host`.
    """

    def __init__(self, module: Any) -> None:
        from pyodide.ffi import JsException, create_proxy  # type: ignore[import-not-found]

        self._trap: type[Exception] = JsException
        self.callbacks = Callbacks()
        self._proxies = [
            create_proxy(self.callbacks.keep_going),
            create_proxy(self.callbacks.target_scale),
        ]
        self._core = module.instantiate(*self._proxies)
        self._bytes = self._core.bytes
        self._functions: dict[str, Any] = {}
        self.has_stopped = False

    def call(self, name: str, *arguments: float) -> Any:
        """Call a function of `native/wasm`; raise MemoryError if it stops the instance."""
        if self.has_stopped:
            raise EngineError(STOPPED)
        function = self._functions.get(name)
        if function is None:
            function = self._functions[name] = getattr(self._core.exports, name)
        try:
            return function(*arguments)
        except self._trap as error:
            raise self._stop(error) from None

    def checked(self, name: str, *arguments: float) -> Any:
        """Call a function that refuses what does not fit; raise its sentence as a ValueError."""
        answer = self.call(name, *arguments)
        sentence = self.text("message")
        if sentence:
            raise ValueError(sentence)
        return answer

    def text(self, name: str) -> str:
        """Return the text of a function without arguments."""
        return str(self._core.text(self.call(name)))

    def description(self) -> dict[str, Any]:
        """Return the names of the formulas and the records of a plan."""
        read: dict[str, Any] = json.loads(self.text("describe"))
        return read

    def copy_in(self, array: Array, pointer: int) -> None:
        """Copy an array into the core's memory."""
        if array.nbytes:
            self._bytes(pointer, array.nbytes).assign(array.data.cast("B"))

    def copy_out(self, pointer: int, out: Array) -> Array:
        """Copy the core's memory into an array, and return it."""
        if out.nbytes:
            self._bytes(pointer, out.nbytes).assign_to(out.data.cast("B"))
        return out

    def read(self, pointer: int, size: int, dtype: Any) -> Array:
        """Return a copy of `size` numbers."""
        return self.copy_out(pointer, np.empty(size, dtype))

    def exhausted(self) -> MemoryError:
        """Mark the instance as unusable and return what to raise for want of memory.

        After memory could not grow, smaller requests may fail too.
        """
        self.has_stopped = True
        self._functions.clear()
        for proxy in self._proxies:
            proxy.destroy()
        return MemoryError(EXHAUSTED)

    def _stop(self, error: Exception) -> Exception:
        """Mark the instance as unusable after a trap and return what to raise."""
        sentence = str(self._core.text(self._core.exports.message()))
        exhausted = self.exhausted()
        if sentence == "out of memory":
            return exhausted
        return EngineError(f"There is a bug in the WebAssembly engine: {error}. {STOPPED}")


class Block:
    """Memory of an instance, released with this object.

    Parameters
    ----------
    instance : Instance
        Whose memory it is.
    size : int
        Bytes.
    """

    def __init__(self, instance: Instance, size: int) -> None:
        self.pointer = int(instance.call("allocate", size))
        if not self.pointer:
            raise instance.exhausted()
        weakref.finalize(self, _release, instance, self.pointer).atexit = False

    @classmethod
    def of(cls, instance: Instance, array: Array) -> Block:
        """Return a block with a copy of an array."""
        block = cls(instance, array.nbytes)
        instance.copy_in(array, block.pointer)
        return block


class Handle:
    """An object of an instance, closed with this object.

    Parameters
    ----------
    instance : Instance
        Whose object it is.
    kind : str
        "plan", "network" or "session".
    arguments : numbers
        What ``open_…`` takes.
    """

    def __init__(self, instance: Instance, kind: str, *arguments: float) -> None:
        self.instance = instance
        self.pointer = int(instance.checked(f"open_{kind}", *arguments))
        weakref.finalize(self, _close, instance, kind, self.pointer).atexit = False


def _release(instance: Instance, pointer: int) -> None:
    if not instance.has_stopped:
        instance.call("release", pointer)


def _close(instance: Instance, kind: str, pointer: int) -> None:
    if not instance.has_stopped:
        instance.call(f"close_{kind}", pointer)
