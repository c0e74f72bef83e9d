"""Tables: a table in, a trained model out that takes raw rows."""

from deltarule.tabular.model import Prediction, TableModel, load_model
from deltarule.tabular.pipeline import train
from deltarule.tabular.plane import DecisionPlane, decision_plane
from deltarule.tabular.run import TableRun
from deltarule.tabular.settings import TableSettings

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
