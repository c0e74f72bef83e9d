"""How `fit` splits rows: by its groups or times, which are columns of X or arrays, and by a seed."""

from __future__ import annotations

import dataclasses
from numbers import Integral
from typing import Any

import numpy as np
from sklearn.utils import check_random_state, column_or_1d
from sklearn.utils.validation import check_consistent_length

from deltarule.data import Table, read_table
from deltarule.errors import SettingError
from deltarule.table_model import TableSettings
from deltarule.table_model.split_rule import SplitRule, group_numbers, time_ranks


def split_rule(
    table: Table, settings: TableSettings, groups: Any, times: Any
) -> tuple[SplitRule, TableSettings]:
    """Return how `fit` splits the rows of a table, and the settings with the named column."""
    if groups is not None and times is not None:
        raise SettingError(
            "time",
            "cannot be used with `groups`, which splits rows in another way",
            hint="Omit one of them.",
        )
    if isinstance(groups, str) or isinstance(times, str):
        settings = dataclasses.replace(settings, groups=groups, time=times)
        settings.check_columns(table.names, None)
        return SplitRule.of_table(table, settings), settings
    if groups is not None:
        return SplitRule(
            groups=group_numbers(_one_column("groups", groups, table.rows)["groups"])
        ), settings
    if times is not None:
        ranks = time_ranks(_one_column("time", times, table.rows), "time")
        return SplitRule(times=ranks), settings
    return SplitRule(), settings


def _one_column(name: str, values: Any, rows: int) -> Table:
    values = column_or_1d(values)
    check_consistent_length(values, np.empty(rows))
    return read_table({name: values})


def seed_of(random_state: Any) -> int:
    """Return the seed of a `random_state`."""
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))
