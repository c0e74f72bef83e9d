"""Compare rows to predict with training rows: unseen values, numbers out of range, fractions, shifts."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted, format_number, format_percent
from deltarule.data import Column, Table
from deltarule.data.table import spell
from deltarule.preprocessing import TableEncoder
from deltarule.preprocessing.categorical import LevelEncoder
from deltarule.preprocessing.word_features import WordsEncoder
from deltarule.table_model.percent_fractions import fraction_note, likely_fractions
from deltarule.table_model.training_distribution import (
    ColumnDistribution,
    as_numbers,
    compared_values,
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
        By column, which rows have a value that is none of the levels of the encoder, or a text without
        any of its words where such texts are unusual.
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
    unseen: dict[str, NDArray[np.bool_]] = {}
    levels: dict[str, tuple[NDArray[np.bool_], str]] = {}
    wordless: dict[str, tuple[NDArray[np.bool_], str]] = {}
    outside: dict[str, tuple[NDArray[np.bool_], str]] = {}
    shifts: dict[str, float] = {}
    fractions: list[str] = []
    rare = False
    for i, (used, values) in enumerate(zip(encoder.used, cast, strict=True)):
        name, is_text = used.column, isinstance(used, LevelEncoder)
        if isinstance(used, LevelEncoder):
            unknown = values < 0
            if unknown.any() and (unknown := unknown & ~table[name].missing).any():
                unseen[name], levels[name] = unknown, (unknown, _example(table[name], unknown))
                rare = rare or used.rare > 0
        elif isinstance(used, WordsEncoder):
            without = ~used.has_words(values) & ~table[name].missing
            if without.any() and not used.may_lack_words:
                unseen[name] = without
            if example := _wordless(used, table[name], without):
                wordless[name] = (without, example)
        elif distributions and len(edges := distributions[i].edges):
            percent = likely_fractions(table[name], values, edges)
            if percent is not None:
                fractions.append(fraction_note(name, values, percent, edges))
            wrong, words = _outside(values, edges, distributions[i].rows)
            if words:
                outside[name] = (wrong, words)
        if distributions and table.rows >= MIN_ROWS:
            sample = evenly_spaced(values, MAX_ROWS)
            compared = compared_values(used, sample)
            shift = distributions[i].shift(compared, len(sample), is_text=is_text)
            if shift >= _shift_limit(distributions[i], len(sample)):
                shifts[name] = shift
    notes = [
        *fractions[:_MAX_COLUMNS],
        *_more_fractions(len(fractions) - _MAX_COLUMNS),
        *_row_note(
            levels,
            table.rows,
            f"values that the training rows {'rarely or never had' if rare else 'did not have'}",
        ),
        *_row_note(wordless, table.rows, "a text without any word that the model knows"),
        *_row_note(outside, table.rows, "numbers outside the range of the training rows"),
        *_shift_note(shifts),
    ]
    return RowChecks(tuple(notes), unseen)


def _wordless(encoder: WordsEncoder, column: Column, without: NDArray[np.bool_]) -> str:
    """Return an example of the texts `without` a known word; "" if there are as few as in training."""
    count = int(np.count_nonzero(without))
    if not count:
        return ""
    if not encoder.may_lack_words:
        return _example(column, without)
    expected = encoder.share_without * int(np.count_nonzero(~column.missing))
    if count <= 1 + expected + 3 * math.sqrt(expected):  # that is chance
        return ""
    trained = f"in training {format_percent(encoder.share_without)} of the texts"
    return f"{_example(column, without)}, {trained}"


def _example(column: Column, rows: NDArray[np.bool_]) -> str:
    first = column.take(np.flatnonzero(rows)[:1])
    return f"for example {str(first.texts()[0])[:40]!r}"


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


def _row_note(found: dict[str, tuple[NDArray[np.bool_], str]], rows: int, what: str) -> list[str]:
    """Return the note on rows that are unusual in some columns, worst column first; none without such.

    `found` holds which rows, and an example of them in words.
    """
    if not found:
        return []
    counts = {name: int(np.count_nonzero(wrong)) for name, (wrong, _) in found.items()}
    affected = int(np.count_nonzero(np.logical_or.reduce([wrong for wrong, _ in found.values()])))
    worst = sorted(counts, key=lambda name: -counts[name])
    shown = [
        f"{name!r} ({counted(counts[name], 'row')}, {found[name][1]})"
        for name in worst[:_MAX_COLUMNS]
    ]
    return [
        f"{affected:,} of {counted(rows, 'row')} {'has' if affected == 1 else 'have'} {what}: "
        f"{_listed(shown, len(worst))}."
    ]


def _more_fractions(columns: int) -> list[str]:
    if columns <= 0:
        return []
    return [
        f"{counted(columns, 'more column')} in percent {'has' if columns == 1 else 'have'} such numbers."
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
