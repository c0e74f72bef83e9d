"""Tables: a table in, a trained model out that takes raw rows."""

from deltarule.table_model.decision_surface import DecisionSurface, compute_decision_surface
from deltarule.table_model.model import Prediction, TableModel, load_model
from deltarule.table_model.result import TableResult
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.training_pipeline import train

__all__ = [
    "DecisionSurface",
    "Prediction",
    "TableModel",
    "TableResult",
    "TableSettings",
    "compute_decision_surface",
    "load_model",
    "train",
]
