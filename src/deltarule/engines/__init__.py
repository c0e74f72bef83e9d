"""Engines: who executes descriptions; `contract.py` says what all of them fulfill."""

from __future__ import annotations

from deltarule._common.checks import one_of
from deltarule.engines.contract import Engine

__all__ = [
    "ENGINE_NAMES",
    "SLOW_ENGINE_HINT",
    "get_engine",
]

ENGINE_NAMES = ("native", "reference")

SLOW_ENGINE_HINT = (
    "deltarule was installed without its native engine and uses the slow reference engine (NumPy): "
    "install a C++20 compiler (g++ or clang) and reinstall deltarule to train 10 to 100 times faster."
)


def get_engine(name: str = "auto") -> Engine:
    """Return an engine by its name; "auto" is native where it was built, else reference.

    Raises `EngineError` when "native" is asked for and was not built: nobody is given another engine
    than the one they named.
    """
    one_of("engine", name, ("auto", *ENGINE_NAMES))
    if name != "reference":
        from deltarule.engines.native import NativeEngine, is_available

        if name == "native" or is_available():
            return NativeEngine()
    from deltarule.engines.reference import ReferenceEngine

    return ReferenceEngine()
