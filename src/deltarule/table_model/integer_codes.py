"""Integers that are codes of categories: values whose neighbors tell nothing about the target."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.random import Purpose, uniform
from deltarule.data import Column, Table
from deltarule.data.table import code_type, spell
from deltarule.preprocessing import Target, column_names
from deltarule.schema import ColumnSchema
from deltarule.table_model.task_methods import METHODS

Array = NDArray[Any]
MAX_ROWS = 8000
MIN_LEVELS, MAX_LEVELS = 16, 1000
"""With fewer levels, the embedding of a number learns each of them as well as a category."""
MIN_ROWS_PER_LEVEL = 10
MIN_EFFECTIVE_LEVELS = 10
MIN_R2 = 0.03
MAX_SHARE_OF_NEIGHBORS = 0.25
"""Upper bound on the R² of predicting by neighboring values, as a share of that by the value itself."""
MAX_SHARE_OF_ONE_LEVEL = 0.5
_PRIOR_ROWS = 2


def with_codes_as_categories(
    table: Table, target: Target, targets: Array, rows: Array, unused: Collection[str]
) -> tuple[Table, tuple[str, ...]]:
    """Return the table with columns of codes as categories, and a note on each.

    `targets` are the encoded targets of all rows, `rows` the training rows. A column whose kind the user
    stated stays as it is, and so do `unused` columns.
    """
    order = np.argsort(uniform(2, Purpose.SPLIT, len(rows)), kind="stable")
    chosen = rows[order[:MAX_ROWS]]
    outputs = METHODS[target.task].indicators(targets[chosen], len(target.output_names))
    schemas = {} if table.schema is None else {s.name: s for s in table.schema.columns}
    found = [
        column
        for column in table.columns
        if column.name not in unused
        and _may_hold_codes(column, schemas.get(column.name))
        and are_codes(column.values[chosen].astype(np.float64), outputs.astype(np.float64))
    ]
    if not found:
        return table, ()
    names = {column.name for column in found}
    columns = tuple(_as_category(c) if c.name in names else c for c in table.columns)
    schema = table.schema
    if schema is not None:
        read = tuple(
            replace(s, kind="category", format=None) if s.name in names else s
            for s in schema.columns
        )
        schema = replace(schema, columns=read)
    notes = tuple(
        f"The integers of column {name!r} are used as categories, because neighboring values have "
        f"unlike targets: to use them as numbers, set `columns={{{name!r}: 'number'}}`."
        for name in sorted(names)
    )
    return replace(table, columns=columns, schema=schema), notes


def are_codes(values: Array, outputs: Array) -> bool:
    """Whether integers (rows,) name categories of `outputs` (rows, targets); rows are in random order.

    The rows of each value in one half predict those in the other half by their mean, and so do the rows
    of the two neighboring values. Codes predict in the first way and not in the second.
    """
    present = ~np.isnan(values)
    values, outputs = values[present], outputs[present]
    if len(values) < MIN_LEVELS * MIN_ROWS_PER_LEVEL or (values != np.floor(values)).any():
        return False
    distinct, levels, counts = np.unique(values, return_inverse=True, return_counts=True)
    most = min(MAX_LEVELS, len(values) // MIN_ROWS_PER_LEVEL)
    effective = len(values) ** 2 / float((counts.astype(np.float64) ** 2).sum())
    if not MIN_LEVELS <= len(distinct) <= most or effective < MIN_EFFECTIVE_LEVELS:
        return False
    effects = _sums(levels, outputs - outputs.mean(axis=0)) ** 2 / counts[:, None]
    if effects.sum(axis=1).max() > MAX_SHARE_OF_ONE_LEVEL * effects.sum():
        return False  # a special value such as 999
    by_level = by_neighbors = spread = 0.0
    for first in (0, 1):
        fit, other = levels[first::2], levels[1 - first :: 2]
        known, truth = outputs[first::2], outputs[1 - first :: 2]
        mean = known.mean(axis=0)
        rows = np.bincount(fit, minlength=len(distinct)).astype(np.float64)[:, None]
        sums = _sums(fit, known - mean, len(distinct))
        near_rows, near_sums = _of_neighbors(rows), _of_neighbors(sums)
        error = truth - mean
        spread += float((error**2).sum())
        by_level += float(((error - (sums / (rows + _PRIOR_ROWS))[other]) ** 2).sum())
        near = near_sums / (near_rows + _PRIOR_ROWS)
        by_neighbors += float(((error - near[other]) ** 2).sum())
    if spread == 0:
        return False
    r2, r2_of_neighbors = 1 - by_level / spread, 1 - by_neighbors / spread
    return r2 >= MIN_R2 and r2_of_neighbors <= MAX_SHARE_OF_NEIGHBORS * r2


def _sums(levels: Array, outputs: Array, count: int = 0) -> Array:
    """Return the sum of the outputs of each level, shape (levels, outputs)."""
    return np.stack([np.bincount(levels, weights=y, minlength=count) for y in outputs.T], axis=1)


def _of_neighbors(sums: Array) -> Array:
    """Return for each level the sum over the level before and the level after it."""
    padded = np.pad(sums, ((1, 1), (0, 0)))
    return padded[:-2] + padded[2:]


def _may_hold_codes(column: Column, schema: ColumnSchema | None) -> bool:
    is_plain = schema is None or (
        not schema.stated and (schema.format is None or not schema.format.summary)
    )
    return column.kind == "number" and is_plain and not column_names.is_time(column.name)


def _as_category(column: Column) -> Column:
    """Return a column of numbers as a column of texts in canonical spelling."""
    missing = column.missing
    distinct, codes = np.unique(column.values[~missing], return_inverse=True)
    spelled = [spell(value, "number") for value in distinct.tolist()]
    order = np.argsort(np.array(spelled, dtype=object), kind="stable")
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    values = np.full(len(column), -1, code_type(len(spelled)))
    values[~missing] = place[codes]
    return Column(column.name, "text", values, tuple(spelled[i] for i in order))
