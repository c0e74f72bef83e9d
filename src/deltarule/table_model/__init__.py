"""Table models: train networks on a table, predict for raw rows, explain the predictions.

Names are imported on first use, because the help of the command line reads `settings` and must not
import NumPy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from deltarule.table_model.by_group.grouped_loading import load
    from deltarule.table_model.by_group.grouped_model import GroupedModel
    from deltarule.table_model.by_group.grouped_result import GroupedResult, GroupResult
    from deltarule.table_model.calibration import Calibration
    from deltarule.table_model.decision_surface import DecisionSurface, compute_decision_surface
    from deltarule.table_model.distillation import DistillationResult, distill
    from deltarule.table_model.model import TableModel
    from deltarule.table_model.model_loading import load_model
    from deltarule.table_model.prediction import Prediction
    from deltarule.table_model.result import StreamedRows, TableResult
    from deltarule.table_model.settings import TableSettings
    from deltarule.table_model.table_predictor import TablePredictor
    from deltarule.table_model.training_pipeline import train

__all__ = [
    "Calibration",
    "DecisionSurface",
    "DistillationResult",
    "GroupResult",
    "GroupedModel",
    "GroupedResult",
    "Prediction",
    "StreamedRows",
    "TableModel",
    "TablePredictor",
    "TableResult",
    "TableSettings",
    "compute_decision_surface",
    "distill",
    "load",
    "load_model",
    "train",
]

_MODULES = {
    "Calibration": "calibration",
    "DecisionSurface": "decision_surface",
    "DistillationResult": "distillation",
    "GroupResult": "by_group.grouped_result",
    "GroupedModel": "by_group.grouped_model",
    "GroupedResult": "by_group.grouped_result",
    "Prediction": "prediction",
    "StreamedRows": "result",
    "TableModel": "model",
    "TablePredictor": "table_predictor",
    "TableResult": "result",
    "TableSettings": "settings",
    "compute_decision_surface": "decision_surface",
    "distill": "distillation",
    "load": "by_group.grouped_loading",
    "load_model": "model_loading",
    "train": "training_pipeline",
}


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
