"""Preprocessing: turn the columns of a table into features and a target, learned from training rows."""

from deltarule.preprocessing.column_encoder import Feature
from deltarule.preprocessing.encoder_selection import Encoding
from deltarule.preprocessing.table_encoder import TableEncoder
from deltarule.preprocessing.targets import (
    ClassTarget,
    FittedTarget,
    NumberTarget,
    fit_target,
    infer_task,
    target_from_json,
)

__all__ = [
    "ClassTarget",
    "Encoding",
    "Feature",
    "FittedTarget",
    "NumberTarget",
    "TableEncoder",
    "fit_target",
    "infer_task",
    "target_from_json",
]
