"""Layers that transform the input of a dense layer: dropout, scaling, embeddings."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule.embeddings import COLUMN_EMBEDDINGS, ColumnEmbedding
from deltarule.errors import SettingError
from deltarule.layers.base import LAYERS, Layer, checked_name
from deltarule.schedules import Schedule, as_number_or_schedule

__all__ = ["Dropout", "Embedding", "Scale"]

Array = NDArray[Any]


@LAYERS.register
@dataclass(frozen=True, init=False, repr=False)
class Dropout(Layer):
    """Dropout: in training, x ↦ 0 with probability `rate`, else x / (1 − rate).

    Parameters
    ----------
    rate : float or Schedule, default 0.5
        Probability of 0, 0 ≤ rate < 1.
    name : str, optional
        Name of the layer, unique in its network; by default such as "dense_1".

    Raises
    ------
    SettingError
        If a setting is not allowed.

    Notes
    -----
    Scaling in training ("inverted dropout") is what Keras and PyTorch do too. Outside training x ↦ x.

    References
    ----------
    N. Srivastava et al., "Dropout: a simple way to prevent neural networks from overfitting", 2014.

    Examples
    --------
    >>> import deltarule as dr
    >>> dr.Network([dr.Dense(16, "relu"), dr.Dropout(0.2), dr.Dense(1)], inputs=4).parameter_count
    97
    """

    kind = "dropout"
    rate: float | Schedule

    def __init__(self, rate: float | Schedule = 0.5, name: str | None = None) -> None:
        checked = as_number_or_schedule("Dropout.rate", rate, below=1, hint="Typical: 0.1 to 0.5.")
        object.__setattr__(self, "rate", checked)
        object.__setattr__(self, "name", checked_name(name))


@LAYERS.register
@dataclass(frozen=True, init=False, repr=False)
class Scale(Layer):
    """Scaling of each input by a learned factor: x ↦ s ⊙ x, s initially 1.

    Parameters
    ----------
    rate_factor : float, default 1.0
        Factor of the learning rate of s, at least 0.
    decay_factor : float, default 1.0
        Factor of the weight decay of s, at least 0.
    name : str, optional
        Name of the layer, unique in its network; by default such as "dense_1".
    trainable : bool, default True
        Whether training changes s.

    Raises
    ------
    SettingError
        If a setting is not allowed.

    References
    ----------
    D. Holzmüller, L. Grinsztajn and I. Steinwart, "Better by default", 2024.
    """

    kind = "scale"
    optional: ClassVar[dict[str, Any]] = {"trainable": True}
    rate_factor: float
    decay_factor: float
    trainable: bool

    def __init__(
        self,
        rate_factor: float = 1.0,
        decay_factor: float = 1.0,
        name: str | None = None,
        trainable: bool = True,
    ) -> None:
        object.__setattr__(self, "trainable", checks.flag("Scale.trainable", trainable))
        object.__setattr__(
            self, "rate_factor", checks.number("Scale.rate_factor", rate_factor, at_least=0)
        )
        object.__setattr__(
            self, "decay_factor", checks.number("Scale.decay_factor", decay_factor, at_least=0)
        )
        object.__setattr__(self, "name", checked_name(name))


@LAYERS.register
@dataclass(frozen=True, init=False, repr=False)
class Embedding(Layer):
    """Embedding of each input column, side by side in the order of the columns.

    It must be the first layer of a network.

    Parameters
    ----------
    columns : iterable of ColumnEmbedding or str
        Embedding of each input column.
    name : str, optional
        Name of the layer, unique in its network; by default such as "dense_1".
    sources : iterable of int, optional
        Input column of each embedding, counted from 0, so that a column can have several embeddings. By
        default the embeddings have one column each.
    trainable : bool, default True
        Whether training changes the parameters of the columns.

    Raises
    ------
    SettingError
        If a setting is not allowed.

    Examples
    --------
    >>> from deltarule.embeddings import Category, Periodic
    >>> from deltarule.layers import Embedding
    >>> layer = Embedding([Periodic(width=4), Category(count=3, width=2)])
    >>> layer.inputs, layer.outputs
    (2, 6)
    """

    kind = "embedding"
    optional: ClassVar[dict[str, Any]] = {"sources": None, "trainable": True}
    columns: tuple[ColumnEmbedding, ...]
    sources: tuple[int, ...] | None
    trainable: bool

    def __init__(
        self,
        columns: Iterable[ColumnEmbedding],
        name: str | None = None,
        sources: Iterable[int] | None = None,
        trainable: bool = True,
    ) -> None:
        object.__setattr__(self, "trainable", checks.flag("Embedding.trainable", trainable))
        if isinstance(columns, str) or not isinstance(columns, Iterable):
            raise SettingError(
                "Embedding.columns", "must be a list with one embedding per column", columns
            )
        resolved = tuple(
            COLUMN_EMBEDDINGS.resolve(column, f"Embedding.columns[{i}]")
            for i, column in enumerate(columns)
        )
        if not resolved:
            raise SettingError("Embedding.columns", "must embed at least one column")
        object.__setattr__(self, "columns", resolved)
        object.__setattr__(self, "sources", _checked_sources(sources, len(resolved)))
        object.__setattr__(self, "name", checked_name(name))

    @property
    def inputs(self) -> int:
        """Number of input columns."""
        return len(self.columns) if self.sources is None else max(self.sources) + 1

    @property
    def source_columns(self) -> tuple[int, ...]:
        """Input column of each embedding."""
        return tuple(range(len(self.columns))) if self.sources is None else self.sources

    @property
    def outputs(self) -> int:
        """Number of values per row that the columns become."""
        return sum(column.outputs for column in self.columns)

    @property
    def parameter_count(self) -> int:
        """Number of parameters of all columns."""
        return sum(column.parameter_count for column in self.columns)

    def embed(self, x: Array, parameters: Array) -> Array:
        """Return the embedding of rows.

        Parameters
        ----------
        x : ndarray of shape (n_samples, n_columns)
            Rows.
        parameters : ndarray of shape (parameter_count,)
            Parameters of all columns, one column after the other.

        Returns
        -------
        ndarray of shape (n_samples, outputs)
            Embedded rows.
        """
        result = np.empty((len(x), self.outputs), np.result_type(x, parameters))
        place = 0
        own = self._own(parameters)
        for column, j, p in zip(self.columns, self.source_columns, own, strict=True):
            result[:, place : place + column.outputs] = column.embed(x[:, j], p)
            place += column.outputs
        return result

    def gradient(self, x: Array, parameters: Array, delta: Array) -> Array:
        """Return the gradient of the parameters.

        Parameters
        ----------
        x : ndarray of shape (n_samples, n_columns)
            Rows.
        parameters : ndarray of shape (parameter_count,)
            Parameters of all columns, one column after the other.
        delta : ndarray of shape (n_samples, outputs)
            ∂J/∂embed(x, parameters).

        Returns
        -------
        ndarray of shape (parameter_count,)
            ∂J/∂parameters.
        """
        pieces, start = [], 0
        own = self._own(parameters)
        for column, j, p in zip(self.columns, self.source_columns, own, strict=True):
            part = delta[:, start : start + column.outputs]
            pieces.append(column.gradient(x[:, j], p, part))
            start += column.outputs
        return np.concatenate(pieces)

    def _own(self, parameters: Array) -> list[Array]:
        ends = np.cumsum([column.parameter_count for column in self.columns])
        return np.split(parameters, ends[:-1])


def _checked_sources(sources: Iterable[int] | None, count: int) -> tuple[int, ...] | None:
    if sources is None:
        return None
    if isinstance(sources, str) or not isinstance(sources, Iterable):
        raise SettingError("Embedding.sources", "must be a list of columns", sources)
    checked = tuple(checks.integer("Embedding.sources", source, at_least=0) for source in sources)
    named = sorted(set(checked))
    if len(checked) != count or named != list(range(len(named))):
        raise SettingError(
            "Embedding.sources",
            f"must name a column for each of the {count} embeddings, and each column at least once",
            checked,
        )
    return checked
