"""One BLAS thread while results are computed by NumPy or SciPy.

How a BLAS divides a sum among its threads changes the last bits of it, and its threads compete with ours
and with those of other programs.
"""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

_SCIPY_LINEAR_ALGEBRA = ("scipy.linalg", "scipy.optimize")  # they load a BLAS of their own
_Former = dict[str, tuple[Any, int]]  # by file: a library and the number of its threads before


@contextmanager
def single_blas_thread() -> Iterator[None]:
    """Limit the BLAS libraries of this process to one thread; also a decorator.

    Calls may be nested and overlap in several threads: the first one sets the limit, and the last one to
    end restores what the user had set.
    """
    _limit.enter()
    try:
        yield
    finally:
        _limit.leave()


class _Limit:
    """The limit of this process, and how many calls in which thread need it.

    Most libraries have one number of threads for the process; with OpenMP each thread has its own.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._depths: dict[int, int] = {}
        self._shared: _Former = {}
        self._own: dict[int, _Former] = {}

    def enter(self) -> None:
        loaded = tuple(name for name in _SCIPY_LINEAR_ALGEBRA if name in sys.modules)
        thread = threading.get_ident()
        with self._lock:
            own = self._own.setdefault(thread, {})
            for library in _libraries(loaded):
                former = own if library.threading_layer == "openmp" else self._shared
                if library.filepath not in former:
                    former[library.filepath] = library, library.num_threads
                    _set_threads(library, 1)
            self._depths[thread] = self._depths.get(thread, 0) + 1

    def leave(self) -> None:
        thread = threading.get_ident()
        with self._lock:
            self._depths[thread] -= 1
            if not self._depths[thread]:
                del self._depths[thread]
                _restore(self._own.pop(thread))
            if not self._depths:
                _restore(self._shared)

    def after_fork(self) -> None:
        """Drop what threads needed that exist only in the parent process."""
        thread = threading.get_ident()
        self._lock = threading.Lock()
        self._depths = {own: depth for own, depth in self._depths.items() if own == thread}
        self._own = {own: former for own, former in self._own.items() if own == thread}
        if not self._depths:
            _restore(self._shared)


def _restore(former: _Former) -> None:
    while former:
        _set_threads(*former.popitem()[1])


def _set_threads(library: Any, threads: int) -> None:
    # Since version 3.8, threadpoolctl lets only one thread set those of OpenBLAS.
    clear = getattr(library, "clear_controlling_thread", None)
    if clear is not None:
        clear(force=True)
    library.set_num_threads(threads)
    if clear is not None:
        clear()


@cache
def _libraries(loaded: tuple[str, ...]) -> tuple[Any, ...]:
    """Return the BLAS libraries that are loaded; to find them takes a millisecond."""
    if sys.platform == "emscripten":  # Pyodide has one thread
        return ()
    from threadpoolctl import ThreadpoolController  # 5 ms to import

    return tuple(ThreadpoolController().select(user_api="blas").lib_controllers)


_limit = _Limit()
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_limit.after_fork)
