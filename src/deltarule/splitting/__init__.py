"""Split rows into training, validation and test rows, the same way on every machine."""

from __future__ import annotations

from deltarule.splitting.group_split import fold_groups, split_groups
from deltarule.splitting.random_split import fold_rows, split_rows
from deltarule.splitting.split import Split
from deltarule.splitting.time_split import split_by_time

__all__ = [
    "Split",
    "fold_groups",
    "fold_rows",
    "split_by_time",
    "split_groups",
    "split_rows",
]
