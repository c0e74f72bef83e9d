"""How the training rows are distributed in each column, to compare rows to predict with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import ModelFileError
from deltarule.preprocessing.categorical import LevelEncoder
from deltarule.preprocessing.column_encoder import ColumnEncoder
from deltarule.preprocessing.statistics import quantiles, sorted_halves
from deltarule.preprocessing.word_features import WordsEncoder

Array = NDArray[Any]
MAX_ROWS = 20_000
"""Shares are counted on at most this many rows, evenly spaced; the range on all rows."""
MAX_LEVELS = 10
"""Bins of a column of texts: the most frequent levels, and one for the others."""
_SHARES = np.linspace(0, 1, 11)  # deciles
_PREFIX = "training"


@dataclass(frozen=True, eq=False)
class ColumnDistribution:
    """Shares of the training rows in bins of one column.

    Parameters
    ----------
    edges : ndarray of shape (n_edges,), dtype float64
        For numbers and datetimes (in microseconds) the lowest value, the distinct deciles and the highest
        value; for texts the codes of the most frequent levels. Empty if all values are missing.
    shares : ndarray of shape (n_bins,), dtype float64
        Share of the rows in each bin. Bins of numbers end below each decile; the last bin holds the
        missing cells. Texts have a bin for each code, one for other levels, and one for missing cells.
    rows : int
        Number of rows that were counted.
    """

    edges: Array
    shares: Array
    rows: int

    @property
    def median_edge(self) -> float | None:
        """The lower end of the bin of numbers that holds the median; None if all values are missing."""
        if not len(self.edges):
            return None
        present = self.shares[:-1]
        place = int(np.searchsorted(present.cumsum(), present.sum() / 2, side="right"))
        return float(self.edges[min(place, len(self.edges) - 1)])

    def shift(self, values: Array, rows: int, *, is_text: bool) -> float:
        """Return the population stability index of values (n,) against the training rows.

        Σ (p − q) ln(p / q) over the bins, with half a row added to each bin.
        """
        counts = _text_counts(values, self.edges) if is_text else _number_counts(values, self.edges)
        bins = len(counts)
        new = (counts + 0.5) / (rows + 0.5 * bins)
        old = (self.shares * self.rows + 0.5) / (self.rows + 0.5 * bins)
        return float(((new - old) * np.log(new / old)).sum())


def as_numbers(values: Array) -> Array:
    """Return datetimes as float64 microseconds, NaN where missing; other values as they are."""
    if values.dtype.kind != "M":
        return values
    return np.where(np.isnat(values), np.nan, values.astype("datetime64[us]").astype(np.float64))


def compared_values(encoder: ColumnEncoder, values: Array) -> Array:
    """Return the values (n,) that are compared, of cast ones; of free text, the number of known words."""
    if isinstance(encoder, WordsEncoder):
        return encoder.word_counts(values)
    return as_numbers(values)


def evenly_spaced(values: Array, most: int) -> Array:
    """Return at most `most` of the values (n,)."""
    if len(values) <= most:
        return values
    return values[np.linspace(0, len(values) - 1, most).astype(np.int64)]


def column_distribution(values: Array, *, is_text: bool) -> ColumnDistribution:
    """Return the distribution of training values (n,), as `compared_values` returns them."""
    numbers = as_numbers(values)
    sample = evenly_spaced(numbers, MAX_ROWS)
    if is_text:
        counts = np.bincount(sample[sample >= 0])
        most = np.argsort(-counts, kind="stable")[:MAX_LEVELS]
        edges = np.sort(most[counts[most] > 0]).astype(np.float64)
        found = _text_counts(sample, edges)
    else:
        halves = sorted_halves(sample[~np.isnan(sample)])
        edges = np.empty(0)
        if len(halves):
            deciles = 2 * quantiles(halves, _SHARES)
            ends = [float(np.nanmin(numbers)), float(np.nanmax(numbers))]
            inner = deciles[(deciles > ends[0]) & (deciles < ends[1])]
            edges = np.unique(np.concatenate([ends, inner]))
        found = _number_counts(sample, edges)
    return ColumnDistribution(edges, found / len(sample), len(sample))


def training_distributions(
    encoders: Sequence[ColumnEncoder], values: Iterable[Array]
) -> tuple[ColumnDistribution, ...]:
    """Return the distribution of each column, of its training values as its encoder casts them.

    One column of `values` is used at a time, so that an iterator needs no copy of all of them.
    """
    return tuple(
        column_distribution(
            compared_values(encoder, cells), is_text=isinstance(encoder, LevelEncoder)
        )
        for encoder, cells in zip(encoders, values, strict=True)
    )


def distribution_arrays(columns: Sequence[ColumnDistribution]) -> dict[str, Array]:
    """Return the arrays of the model file."""
    if not columns:
        return {}
    return {
        f"{_PREFIX}.sizes": np.array(
            [[len(c.edges), len(c.shares), c.rows] for c in columns], np.int64
        ),
        f"{_PREFIX}.edges": np.concatenate([c.edges for c in columns]),
        f"{_PREFIX}.shares": np.concatenate([c.shares for c in columns]),
    }


def distributions_from_arrays(
    arrays: dict[str, Array], columns: int, where: str
) -> tuple[ColumnDistribution, ...]:
    """Remove what `distribution_arrays` wrote from `arrays` and return it; () if it is not there."""
    sizes, edges, shares = (
        arrays.pop(f"{_PREFIX}.{name}", None) for name in ("sizes", "edges", "shares")
    )
    if sizes is None and edges is None and shares is None:
        return ()
    if (
        sizes is None
        or edges is None
        or shares is None
        or sizes.dtype != np.int64
        or edges.dtype != np.float64
        or shares.dtype != np.float64
        or sizes.shape != (columns, 3)
        or edges.ndim != 1
        or shares.ndim != 1
        or (sizes < 0).any()
        or (sizes[:, 2] < 1).any()
        or (sizes[:, :2].max(initial=0) > max(len(edges), len(shares)))
        or sizes[:, :2].sum(axis=0).tolist() != [len(edges), len(shares)]
        or not (np.isfinite(edges).all() and ((shares >= 0) & (shares <= 1)).all())
    ):
        raise ModelFileError(f"{where} holds an invalid distribution of its training rows.")
    stops = sizes[:, :2].cumsum(axis=0)
    found = tuple(
        ColumnDistribution(edges[e - width : e], shares[s - bins : s], rows)
        for (e, s), (width, bins, rows) in zip(stops.tolist(), sizes.tolist(), strict=True)
    )
    if any((column.edges[1:] <= column.edges[:-1]).any() for column in found):
        raise ModelFileError(f"{where} holds an invalid distribution of its training rows.")
    return found


def _number_counts(values: Array, edges: Array) -> Array:
    inner = edges[1:-1]
    missing = np.isnan(values)
    places = np.searchsorted(inner, values, side="right")
    places[missing] = len(inner) + 1
    return np.bincount(places, minlength=len(inner) + 2)


def _text_counts(codes: Array, kept: Array) -> Array:
    places = np.full(len(codes), len(kept))
    if len(kept):
        found = np.minimum(np.searchsorted(kept, codes), len(kept) - 1)
        places = np.where(kept[found] == codes, found, len(kept))
    places[codes < 0] = len(kept) + 1
    return np.bincount(places, minlength=len(kept) + 2)
