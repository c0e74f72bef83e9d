"""The registered engines: the only list of their names, and the only place that chooses one.

The built-in engines are imported when they are first used, so that `import deltarule` stays light.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from functools import cache
from typing import TYPE_CHECKING

from deltarule._common.checks import one_of
from deltarule._common.user_warnings import warn_user
from deltarule.errors import EngineError

if TYPE_CHECKING:
    from deltarule.engines.contract import Engine
    from deltarule.engines.training_plan import TrainingPlan
    from deltarule.network import Network

AUTO = "auto"
IN_PYODIDE = sys.platform == "emscripten"

SLOW_ENGINE = (
    "deltarule was installed without its native engine and uses the slow reference engine (NumPy): "
    "install a C++20 compiler (g++ or clang) and reinstall deltarule from source, to train 10 to 100 "
    "times faster."
    if not IN_PYODIDE
    else "deltarule uses the slow reference engine (NumPy): load its core compiled to WebAssembly "
    "(make wasm; native/wasm/loader.mjs) to train many times faster."
)
ONLY_IN_PYODIDE = (
    'engine="wasm" is for Pyodide, where deltarule runs in a web page or in Node.js: choose '
    'engine="native" or engine="reference" here.'
)


class SlowEngineWarning(UserWarning):
    """Training uses the slow reference engine because of ``engine="auto"``."""


@cache
def _native() -> Engine:
    from deltarule.engines.native import NativeEngine

    return NativeEngine()


@cache
def _wasm() -> Engine:
    from deltarule.engines.wasm import WasmEngine

    return WasmEngine()


@cache
def _reference() -> Engine:
    from deltarule.engines.reference import ReferenceEngine

    return ReferenceEngine()


@cache
def _plan_to_predict() -> Callable[[Network], TrainingPlan]:
    from deltarule.engines.training_plan import plan_to_predict

    return plan_to_predict


_AUTOMATIC: dict[str, Callable[[], Engine]] = {
    "native": _native,
    **({"wasm": _wasm} if IN_PYODIDE else {}),
    "reference": _reference,
}
_ENGINES = dict(_AUTOMATIC)


def register_engine(engine: Engine) -> None:
    """Add an engine; from then on every interface offers it under `engine.name`.

    Parameters
    ----------
    engine : Engine
        An object that fulfills `deltarule.engines.contract.Engine`. "auto" never chooses it.

    Raises
    ------
    EngineError
        If the name is taken.
    """
    if engine.name in (AUTO, *_ENGINES):
        raise EngineError(f"There is already an engine {engine.name!r}: choose another name.")
    _ENGINES[engine.name] = lambda: engine


def unregister_engine(name: str) -> None:
    """Remove an engine that `register_engine` added.

    Parameters
    ----------
    name : str
        The engine's name.

    Raises
    ------
    EngineError
        If no such engine was added.
    """
    if name in _AUTOMATIC or name not in _ENGINES:
        raise EngineError(f"There is no added engine {name!r} to remove.")
    del _ENGINES[name]


def engine_names() -> tuple[str, ...]:
    """Return the names of all engines, the built-in ones first.

    Returns
    -------
    tuple of str
        The names, in the order of registration.

    Examples
    --------
    >>> from deltarule.engines import engine_names
    >>> engine_names()
    ('native', 'reference')
    """
    return tuple(_ENGINES)


def engine_choices() -> tuple[str, ...]:
    """Return what a setting `engine` may be: "auto" and all names.

    Returns
    -------
    tuple of str
        "auto", then `engine_names()`.
    """
    return (AUTO, *_ENGINES)


def get_engine(name: str = AUTO, *, warn: bool = False) -> Engine:
    """Return an engine by its name.

    Parameters
    ----------
    name : str, default "auto"
        One of `engine_choices()`. "auto" is native if it was built, wasm in Pyodide, else reference.
    warn : bool, default False
        Whether to warn if "auto" is the slow engine.

    Returns
    -------
    Engine
        The engine.

    Raises
    ------
    SettingError
        If there is no engine of this name.
    EngineError
        If "native" is named and was not built, or "wasm" outside of Pyodide.
    """
    if name == "wasm" and name not in _ENGINES:
        raise EngineError(ONLY_IN_PYODIDE)
    one_of("engine", name, engine_choices())
    if name != AUTO:
        return _ENGINES[name]()
    engine = next(_automatic())
    if warn and engine.name == "reference":
        warn_user(SLOW_ENGINE, SlowEngineWarning)
    return engine


def training_engine(plan: TrainingPlan, name: str = AUTO) -> Engine:
    """Return the engine that trains `plan`; "auto" falls back to another one only with a warning.

    Parameters
    ----------
    plan : TrainingPlan
        The plan to execute.
    name : str, default "auto"
        One of `engine_choices()`.

    Returns
    -------
    Engine
        The named engine; under "auto" the first built-in one that supports the plan.

    Raises
    ------
    EngineError
        If the engine is not available or cannot execute the plan.
    """
    if name != AUTO:
        engine = get_engine(name)
        check_supported(engine, plan)
        return engine
    problem = SLOW_ENGINE
    for engine in _automatic():
        unsupported = engine.supports(plan)
        if unsupported is None:
            if engine.name == "reference":
                warn_user(problem, SlowEngineWarning)
            return engine
        problem = f'engine="auto" does not use the {engine.name} engine: {unsupported}'
    raise EngineError(problem)


def prediction_engine(network: Network, name: str = AUTO) -> Engine:
    """Return the engine that computes the outputs of `network`.

    Parameters
    ----------
    network : Network
        The network; its number of inputs is known.
    name : str, default "auto"
        One of `engine_choices()`. "auto" is the first built-in engine that supports the network.

    Returns
    -------
    Engine
        The engine.

    Raises
    ------
    EngineError
        If the engine is not available or cannot compute the network.
    """
    plan = _plan_to_predict()(network)
    if name == AUTO:
        for engine in _automatic():
            if engine.supports(plan) is None:
                return engine
    engine = get_engine(name)
    check_supported(engine, plan)
    return engine


def check_supported(engine: Engine, plan: TrainingPlan) -> None:
    """Raise if an engine cannot execute a plan.

    Parameters
    ----------
    engine : Engine
        The engine.
    plan : TrainingPlan
        The plan.

    Raises
    ------
    EngineError
        With the sentence of `engine.supports(plan)`.
    """
    unsupported = engine.supports(plan)
    if unsupported is not None:
        raise EngineError(f"The engine {engine.name!r} cannot execute this: {unsupported}")


def _automatic() -> Iterator[Engine]:
    """Yield the available built-in engines, the fastest one first."""
    for load in _AUTOMATIC.values():
        try:
            yield load()
        except EngineError:
            continue
