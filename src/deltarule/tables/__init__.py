"""Tables: read them, turn their columns into features and a target, split their rows."""

from deltarule.tables.encoder import TableEncoder
from deltarule.tables.learn import Encoding
from deltarule.tables.source import read_table
from deltarule.tables.split import Split, fold_rows, split_rows
from deltarule.tables.table import Column, Table
from deltarule.tables.target import (
    ClassTarget,
    FittedTarget,
    NumberTarget,
    fit_target,
    infer_task,
    target_from_json,
)
from deltarule.tables.treatment import Feature

__all__ = [
    "ClassTarget",
    "Column",
    "Encoding",
    "Feature",
    "FittedTarget",
    "NumberTarget",
    "Split",
    "Table",
    "TableEncoder",
    "fit_target",
    "fold_rows",
    "infer_task",
    "read_table",
    "split_rows",
    "target_from_json",
]
