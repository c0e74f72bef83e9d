"""Compare rows to predict with the training rows: unseen values, numbers out of range, shifts."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted, format_number
from deltarule.data import Table
from deltarule.data.table import spell
from deltarule.preprocessing import TableEncoder
from deltarule.preprocessing.categorical import LevelEncoder
from deltarule.table_model.training_distribution import (
    ColumnDistribution,
    as_numbers,
    evenly_spaced,
)

Array = NDArray[Any]
MIN_ROWS = 200
"""Columns are compared with the training rows if at least this many rows are predicted."""
MAX_ROWS = 10_000
"""Rows that are compared, evenly spaced."""
MIN_SHIFT = 0.25
"""A column is shifted from this population stability index on, the usual limit of a major shift."""
MIN_FAR = 0.1
"""A number is far outside the range of training only if it is beyond it by this share of the range."""
_CHANCE_GAPS = 5
"""Evenly spread values are rarely beyond the range by more than this many of their mean gaps."""
MIN_EDGES = 5
"""With fewer distinct deciles and ends, a number is far outside if it is beyond by the whole range."""
FEW_ROWS = 100
"""The ends of fewer training rows are chance, so that numbers must also be far from the median."""
_FAR_FROM_MEDIAN = 3  # times the distance of the last decile; 3.8 deviations of a normal column
_SMALLEST = 5e-324  # a number that is not outside is at the distance 0
_MAX_COLUMNS = 3  # that a note names


@dataclass(frozen=True, eq=False)
class RowChecks:
    """What is unusual about rows to predict.

    Parameters
    ----------
    notes : tuple of str
        One sentence for each kind.
    unseen : dict of str to ndarray of shape (n_rows,), dtype bool
        By column, which rows have a value that is none of the levels of the encoder.
    """

    notes: tuple[str, ...] = ()
    unseen: dict[str, NDArray[np.bool_]] = field(default_factory=dict)


def check_rows(
    encoder: TableEncoder,
    table: Table,
    cast: Sequence[Array],
    distributions: Sequence[ColumnDistribution],
) -> RowChecks:
    """Compare the rows of a table with the training rows.

    `cast` holds the values of each used column as its encoder casts them. Without `distributions`, which
    old model files do not have, only unseen values are found.
    """
    unseen, unseen_texts = {}, {}
    outside: dict[str, tuple[NDArray[np.bool_], str]] = {}
    shifts: dict[str, float] = {}
    for i, (used, values) in enumerate(zip(encoder.used, cast, strict=True)):
        name, is_text = used.column, isinstance(used, LevelEncoder)
        if is_text:
            unknown = values < 0
            if unknown.any() and (unknown := unknown & ~table[name].missing).any():
                unseen[name] = unknown
                first = table[name].take(np.flatnonzero(unknown)[:1])
                unseen_texts[name] = f"for example {str(first.texts()[0])[:40]!r}"
        elif used.values != "words" and distributions and len(edges := distributions[i].edges):
            wrong, words = _outside(values, edges, distributions[i].rows)
            if words:
                outside[name] = (wrong, words)
        if distributions and table.rows >= MIN_ROWS:
            sample = evenly_spaced(values, MAX_ROWS)
            shift = distributions[i].shift(as_numbers(sample), len(sample), is_text=is_text)
            if shift >= _shift_limit(distributions[i], len(sample)):
                shifts[name] = shift
    notes = [
        *_row_note(
            unseen,
            table.rows,
            "values that the training rows did not have",
            lambda name, rows: f"{name!r} ({counted(rows, 'row')}, {unseen_texts[name]})",
        ),
        *_row_note(
            {name: rows for name, (rows, _) in outside.items()},
            table.rows,
            "numbers outside the range of the training rows",
            lambda name, rows: f"{name!r} ({counted(rows, 'row')}, {outside[name][1]})",
        ),
        *_shift_note(shifts),
    ]
    return RowChecks(tuple(notes), unseen)


def _outside(values: Array, edges: Array, trained: int) -> tuple[Array, str]:
    """Return which values are outside the range of `trained` rows, and the farthest one in words.

    The words are "" if a few values are not far outside: of new rows like the training rows, a share of 2
    in `trained` is outside, and how far depends on the tails of the column.
    """
    numbers = as_numbers(values)
    low, high = edges[0], edges[-1]
    below, above = numbers < low, numbers > high
    wrong = below | above
    if not wrong.any():
        return wrong, ""
    with np.errstate(over="ignore", invalid="ignore"):
        over = numbers[above].max(initial=high) - high
        under = low - numbers[below].min(initial=low)
        high_limit = _far(edges, trained, len(values))
        low_limit = _far(-edges[::-1], trained, len(values))
        is_far = over >= high_limit or under >= low_limit
        high_side = over * low_limit >= under * high_limit if is_far else over >= under
    if not is_far and wrong.sum() <= 3 * (1 + 2 * len(values) / trained):
        return wrong, ""
    farthest = values[np.nanargmax(numbers) if high_side else np.nanargmin(numbers)]
    to, end = ("up to", high) if high_side else ("down to", low)
    if values.dtype.kind == "M":
        trained_end = np.datetime64(int(np.clip(end, -9e18, 9e18)), "us")
        shown = [spell(v, "datetime") for v in (farthest, trained_end)]
    else:
        shown = [format_number(float(v)) for v in (farthest, end)]
    return wrong, f"{to} {shown[0]}, in training {shown[1]}"


def _far(edges: Array, trained: int, rows: int) -> float:
    """Return the distance above the highest of `trained` values that is unusual in `rows` new ones.

    The distances between the median, the last decile and the highest value show how heavy the tail is: if
    it grows from one to the next, it is expected to grow on. More rows reach farther.
    """
    width = edges[-1] - edges[0]
    if len(edges) < MIN_EDGES:
        return max(float(width), _SMALLEST)
    middle, last, highest = edges[len(edges) // 2], edges[-2], edges[-1]
    tail = (highest - last) * max(1.0, (highest - last) / (last - middle))
    farther = 1 + math.log10(max(1.0, rows / trained))
    far = max(float(width) * max(MIN_FAR, _CHANCE_GAPS / trained), float(tail) * farther)
    if trained < FEW_ROWS:
        factor = _FAR_FROM_MEDIAN * (1 + 10 / trained)
        far = max(far, float(factor * (last - middle) - (highest - middle)))
    return far


def _shift_limit(trained: ColumnDistribution, rows: int) -> float:
    """Return the lowest index of a shift: three times its mean for rows of the same distribution."""
    return max(MIN_SHIFT, 3 * (len(trained.shares) - 1) * (1 / rows + 1 / trained.rows))


def _row_note(
    found: dict[str, NDArray[np.bool_]],
    rows: int,
    what: str,
    describe: Callable[[str, int], str],
) -> list[str]:
    """Return the note on rows that are unusual in some columns, worst column first; none without such."""
    if not found:
        return []
    counts = {name: int(np.count_nonzero(wrong)) for name, wrong in found.items()}
    affected = int(np.count_nonzero(np.logical_or.reduce(list(found.values()))))
    worst = sorted(counts, key=lambda name: -counts[name])
    shown = [describe(name, counts[name]) for name in worst[:_MAX_COLUMNS]]
    return [
        f"{affected:,} of {counted(rows, 'row')} {'has' if affected == 1 else 'have'} {what}: "
        f"{_listed(shown, len(worst))}."
    ]


def _shift_note(shifts: dict[str, float]) -> list[str]:
    if not shifts:
        return []
    worst = sorted(shifts, key=lambda name: -shifts[name])
    shown = [f"{name!r} ({shifts[name]:.2f})" for name in worst[:_MAX_COLUMNS]]
    columns = "1 column is" if len(worst) == 1 else f"{len(worst):,} columns are"
    return [
        f"{columns} distributed differently than in training, so that predictions may be less accurate "
        f"than the scores: {_listed(shown, len(worst))}; population stability index, above "
        f"{MIN_SHIFT:g}."
    ]


def _listed(shown: Sequence[str], count: int) -> str:
    more = count - len(shown)
    return ", ".join([*shown, *([f"and {counted(more, 'more column')}"] if more else [])])
