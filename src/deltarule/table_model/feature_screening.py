"""Choose the columns that each fold network of a wide table uses, by its training rows.

A table with thousands of columns and few rows has many columns that agree with the target by chance, and
a network that gets all of them learns those. So each fold network gets the columns whose dependence on
the target is the most significant among its own training rows (sure independence screening, Fan and Lv
2008). Its validation rows have no part in the choice: out-of-fold predictions stay honest.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data import Table
from deltarule.preprocessing import Encoding, Feature, TableEncoder
from deltarule.preprocessing.column_encoder import DroppedColumn
from deltarule.preprocessing.table_encoder import SCREENED_OUT
from deltarule.table_model.fold_networks import FoldSplit
from deltarule.table_model.recipe import CATEGORY_WIDTH

Array = NDArray[Any]
MIN_COLUMNS = 128
"""Each network gets at least this many columns, if they fit."""
MAX_FALSE_DISCOVERIES = 0.5
"""Beyond them it gets columns of which at most this share is expected to look significant by chance."""
BINS = 4
"""Numbers are also compared by quarters, so that a dependence that is not monotonic is found."""
_BLOCK = 512  # features at a time


@dataclass(frozen=True, eq=False)
class ScreenedTable:
    """The columns of a wide table that at least one fold network uses.

    `inputs` (rows, features) are the features of the remaining columns of `encoder`, and each of `splits`
    names those of its network.
    """

    encoder: TableEncoder
    inputs: Array
    splits: tuple[FoldSplit, ...]


def expected_features(table: Table, unused: Collection[str | None]) -> int:
    """Return about how many features the columns become: fewer if some turn out to be useless."""
    return sum(
        len(column.levels)
        if column.kind == "text" and len(column.levels) <= Encoding.max_one_hot_levels
        else CATEGORY_WIDTH
        if column.kind == "text"
        else 1
        for column in table.columns
        if column.name not in unused
    )


def screen_columns(
    encoder: TableEncoder,
    inputs: Array,
    indicators: Array,
    splits: Sequence[FoldSplit],
    *,
    max_inputs: int,
    category_width: int,
    keep: Collection[str],
) -> ScreenedTable:
    """Choose the columns of each split: the most significant ones, and those named in `keep`.

    `inputs` (rows, features) are encoded rows, and `indicators` (rows, k) are class indicators, or
    numbers. The features of the chosen columns become at most `max_inputs` inputs of a network, each
    feature with codes `category_width` of them.
    """
    features = encoder.features
    widths = np.array([len(used.features) for used in encoder.used])
    starts = np.cumsum(widths) - widths
    costs = np.add.reduceat([category_width if f.role == "codes" else 1 for f in features], starts)
    codes = _codes(features, inputs)
    kept = np.array([name in keep for name in encoder.columns])
    chosen = []
    for split in splits:
        rows = split.training
        scores = significance(features, inputs[rows], codes[rows], indicators[rows])
        chosen.append(
            kept | _most_significant(np.maximum.reduceat(scores, starts), costs, max_inputs)
        )
    used = np.any(chosen, axis=0)
    names = {name for name, is_used in zip(encoder.columns, used, strict=True) if not is_used}
    encoders = tuple(
        DroppedColumn(one.column, one.missing, SCREENED_OUT) if one.column in names else one
        for one in encoder.column_encoders
    )
    is_used = np.repeat(used, widths)
    return ScreenedTable(
        TableEncoder(encoders),
        np.ascontiguousarray(inputs[:, is_used]),
        tuple(
            dataclasses.replace(split, features=np.flatnonzero(np.repeat(mask, widths)[is_used]))
            for split, mask in zip(splits, chosen, strict=True)
        ),
    )


def screening_note(encoder: TableEncoder, target: str) -> str:
    """Return what the screening did and assumes; an empty string for an encoder without screening."""
    out = [e.column for e in encoder.column_encoders if getattr(e, "reason", "") == SCREENED_OUT]
    if not out:
        return ""
    count = len(encoder.columns)
    return (
        f"The table has few rows for its {count + len(out):,} columns: each network uses those whose "
        f"dependence on {target!r} is the most significant among its training rows, {count:,} columns "
        "altogether. A column that matters only together with others may be missed: to use it, set "
        f"`keep={out[0]!r}`."
    )


def _most_significant(scores: Array, costs: Array, max_inputs: int) -> Array:
    """Return which columns have the highest scores, as a mask.

    As many as are expected to be mostly false discoveries are left out (Benjamini and Hochberg 1995).
    """
    order = np.argsort(-scores, kind="stable")
    chance = np.array([0.5 * math.erfc(z / math.sqrt(2)) for z in scores[order].tolist()])
    count = np.arange(1, len(scores) + 1)
    discoveries = count[chance * len(scores) <= MAX_FALSE_DISCOVERIES * count]
    wanted = max(int(discoveries[-1]) if len(discoveries) else 0, MIN_COLUMNS)
    fitting = max(int(np.searchsorted(np.cumsum(costs[order]), max_inputs, side="right")), 1)
    mask = np.zeros(len(scores), bool)
    mask[order[: min(wanted, fitting)]] = True
    return mask


def significance(
    features: Sequence[Feature], inputs: Array, codes: Array, indicators: Array
) -> Array:
    """Return how significant the dependence of the target on each feature is, float64 (features,).

    Each value is comparable to a standard normal one if there is no dependence: the χ² statistic of the
    groups `codes` (rows, features) of the rows, by Wilson and Hilferty's (1931) approximation, which
    makes features with few and many groups comparable; for numbers, the larger one of it and of the
    statistic of a linear dependence.
    """
    rows, classes = indicators.shape
    centered = indicators - indicators.mean(axis=0)
    spread = np.square(centered).sum(axis=0)
    # Pearson's statistic weighs each class by 1 over its share; a number has the scale of its variance.
    scale = rows / np.maximum(spread, 1e-300) if classes == 1 else _class_weights(indicators)
    freedom = max(classes - 1, 1)
    result = np.empty(inputs.shape[1])
    for begin in range(0, inputs.shape[1], _BLOCK):
        block = slice(begin, begin + _BLOCK)
        groups = codes[:, block].astype(np.int64)
        count = int(groups.max()) + 1
        width = groups.shape[1]
        places = (groups + count * np.arange(width)).ravel()
        sizes = np.bincount(places, minlength=count * width).reshape(width, count)
        between = np.zeros(width)
        for k in range(classes):
            sums = np.bincount(places, np.repeat(centered[:, k], width), minlength=count * width)
            squares = np.square(sums.reshape(width, count)) / np.maximum(sizes, 1)
            between += scale[k] * squares.sum(axis=1)
        result[block] = _normal_score(between, freedom * ((sizes > 0).sum(axis=1) - 1))
        numbers = np.array([f.role in ("number", "scaled") for f in features[block]])
        if numbers.any():
            values = inputs[:, block][:, numbers].astype(np.float64)
            linear = _normal_score(_linear_statistic(values, centered, scale), freedom)
            result[block][numbers] = np.maximum(result[block][numbers], linear)
    return result


def _class_weights(indicators: Array) -> Array:
    sizes = indicators.sum(axis=0)
    return np.where(sizes > 0, len(indicators) / np.maximum(sizes, 1), 0.0)


def _linear_statistic(values: Array, centered: Array, scale: Array) -> Array:
    """Return the statistic of a linear dependence; `einsum` has the same bits with any BLAS."""
    values = values - values.mean(axis=0)
    spread = np.maximum(np.square(values).sum(axis=0), 1e-300)
    products = np.einsum("ij,ik->jk", values, centered)
    return (np.square(products) * scale).sum(axis=1) / spread


def _normal_score(statistic: Array, freedom: Array | int) -> Array:
    """Return what a χ² statistic would be as a standard normal value; −∞ without freedom."""
    degrees = np.maximum(freedom, 1)
    error = 2 / (9 * degrees)
    score = (np.cbrt(statistic / degrees) - (1 - error)) / np.sqrt(error)
    return np.where(np.asarray(freedom) > 0, score, -np.inf)


def _codes(features: Sequence[Feature], inputs: Array) -> Array:
    """Return the group of each value (rows, features): its category, its sign or its quarter."""
    largest = max((feature.count for feature in features), default=0)
    codes = np.empty(inputs.shape, np.uint8 if largest <= 256 else np.int32)
    for j, feature in enumerate(features):
        values = inputs[:, j]
        if feature.role == "codes":
            codes[:, j] = values
        elif feature.role in ("flag", "word"):
            codes[:, j] = np.sign(values) + 1
        else:
            edges = np.quantile(values, np.arange(1, BINS) / BINS)
            codes[:, j] = np.searchsorted(edges, values, side="left")
    return codes
