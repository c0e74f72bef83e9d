"""Tuning: a search for the settings of a table's networks."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deltarule.tuning.search_space import Configuration
    from deltarule.tuning.table_tuning import TuningResult, tune
    from deltarule.tuning.trials import Trial, TuningProgress

__all__ = ["Configuration", "Trial", "TuningProgress", "TuningResult", "tune"]

_MODULES = {
    "Configuration": "search_space",
    "Trial": "trials",
    "TuningProgress": "trials",
    "TuningResult": "table_tuning",
    "tune": "table_tuning",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
