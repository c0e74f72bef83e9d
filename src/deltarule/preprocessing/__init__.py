"""Preprocessing: encode the columns of a table as features, and its target for the network."""

from deltarule.preprocessing.column_encoder import Feature
from deltarule.preprocessing.encoder_selection import Encoding
from deltarule.preprocessing.table_encoder import TableEncoder
from deltarule.preprocessing.target_fitting import FittedTarget, fit_target, infer_task
from deltarule.preprocessing.target_json import target_from_json
from deltarule.preprocessing.targets import ClassTarget, NumberTarget, Target, Task

__all__ = [
    "ClassTarget",
    "Encoding",
    "Feature",
    "FittedTarget",
    "NumberTarget",
    "TableEncoder",
    "Target",
    "Task",
    "fit_target",
    "infer_task",
    "target_from_json",
]
