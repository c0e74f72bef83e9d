"""Embeddings of categories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deltarule._common import checks, random
from deltarule.embeddings.base import COLUMN_EMBEDDINGS, PURPOSE, Array, ColumnEmbedding

__all__ = ["Category"]


@COLUMN_EMBEDDINGS.register
@dataclass(frozen=True)
class Category(ColumnEmbedding):
    """Embedding table: x ↦ row x of a table E of shape (count, width).

    Parameters
    ----------
    count : int, default 2
        Number of categories, from 1 to 2**24; x are integers from 0 to count − 1.
    width : int, default 8
        Number of outputs, from 1 to 1024.
    rate_factor : float, default 1.0
        Factor of the learning rate of the column's parameters, at least 0.
    decay_factor : float, default 1.0
        Factor of the weight decay of the column's parameters, at least 0.

    Raises
    ------
    SettingError
        If a setting is out of range.

    Notes
    -----
    Other values of x count as the nearest integer in range, NaN as 0. E is initialized from N(0, 1);
    the parameters are E by rows.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule.embeddings import Category
    >>> column = Category(count=3, width=2)
    >>> column.embed(np.array([2.0, 0.0]), np.arange(6.0))
    array([[4., 5.],
           [0., 1.]])
    """

    kind = "category"
    count: int = 2
    width: int = 8

    def __post_init__(self) -> None:
        super().__post_init__()
        checks.integer("Category.count", self.count, at_least=1, at_most=1 << 24)
        checks.integer("Category.width", self.width, at_least=1, at_most=1024)

    @property
    def feature_count(self) -> int:
        return self.count

    @property
    def outputs(self) -> int:
        return self.width

    @property
    def parameter_count(self) -> int:
        return self.count * self.width

    def initial_parameters(self, seed: int, column: int) -> Array:
        return random.normal(seed, PURPOSE, self.parameter_count, layer=2 * column)

    def _codes(self, x: Array) -> Array:
        return np.clip(np.rint(np.nan_to_num(x, nan=0.0)), 0, self.count - 1).astype(np.int64)

    def embed(self, x: Array, p: Array) -> Array:
        return p.reshape(self.count, self.width)[self._codes(x)]

    def gradient(self, x: Array, p: Array, delta: Array) -> Array:
        table = np.zeros((self.count, self.width), p.dtype)
        np.add.at(table, self._codes(x), delta)
        return table.ravel()
