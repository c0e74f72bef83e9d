"""Tables: a table in, a trained model out that takes raw rows."""

from deltarule.table_model.decision_surface import DecisionPlane, decision_plane
from deltarule.table_model.model import Prediction, TableModel, load_model
from deltarule.table_model.result import TableRun
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.training_pipeline import train

__all__ = [
    "DecisionPlane",
    "Prediction",
    "TableModel",
    "TableRun",
    "TableSettings",
    "decision_plane",
    "load_model",
    "train",
]
