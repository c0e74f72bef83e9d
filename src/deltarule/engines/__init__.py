"""Engines execute descriptions: what an engine is, the registered engines, and the data they train on.

The built-in engines are "native" (C++, the default if it was built) and "reference" (the equations in
NumPy). `register_engine` adds another one. Classes are imported when they are first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from deltarule.engines.registry import (
    SlowEngineWarning,
    check_supported,
    engine_choices,
    engine_names,
    get_engine,
    prediction_engine,
    register_engine,
    training_engine,
    unregister_engine,
)

if TYPE_CHECKING:
    from deltarule.engines.block_file_data import BlockFileData
    from deltarule.engines.contract import Chunk, DivergenceLocation, Engine, TrainingSession
    from deltarule.engines.data import ArrayData, Data
    from deltarule.engines.training_plan import TrainingPlan
    from deltarule.engines.training_state import TrainingState

__all__ = [
    "ArrayData",
    "BlockFileData",
    "Chunk",
    "Data",
    "DivergenceLocation",
    "Engine",
    "SlowEngineWarning",
    "TrainingPlan",
    "TrainingSession",
    "TrainingState",
    "check_supported",
    "engine_choices",
    "engine_names",
    "get_engine",
    "prediction_engine",
    "register_engine",
    "training_engine",
    "unregister_engine",
]

_MODULES = {
    "ArrayData": "data",
    "BlockFileData": "block_file_data",
    "Chunk": "contract",
    "Data": "data",
    "DivergenceLocation": "contract",
    "Engine": "contract",
    "TrainingPlan": "training_plan",
    "TrainingSession": "contract",
    "TrainingState": "training_state",
}


def __getattr__(name: str) -> Any:
    module = _MODULES.get(name)
    if module is None:
        raise AttributeError(f"module 'deltarule.engines' has no attribute {name!r}")
    return getattr(import_module(f"deltarule.engines.{module}"), name)
