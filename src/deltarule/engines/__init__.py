"""Engines execute descriptions; `contract.py` defines what an engine does, `registry.py` lists them."""

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

__all__ = [
    "SlowEngineWarning",
    "check_supported",
    "engine_choices",
    "engine_names",
    "get_engine",
    "prediction_engine",
    "register_engine",
    "training_engine",
    "unregister_engine",
]
