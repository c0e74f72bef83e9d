"""Embeddings of columns as nodes: columns with embeddings of the same kind are computed together."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.embeddings import Category, ColumnEmbedding, Periodic, PiecewiseLinear, Plain
from deltarule.errors import SettingError
from deltarule.export.network_steps import Embed
from deltarule.export.onnx_graph import INT64, OnnxGraph

Array = NDArray[Any]
MAX_PADDED_BINS = 32
"""Columns with at most this many bins are computed together, whatever their number."""


class _Columns:
    """Columns of one kind: their sources, their embeddings, and the parameters of each network."""

    def __init__(self, steps: Sequence[Embed], places: Sequence[int]) -> None:
        chosen = [[step.columns[place] for place in places] for step in steps]
        self.sources = [source for source, _, _ in chosen[0]]
        self.embeddings: list[Any] = [embedding for _, embedding, _ in chosen[0]]
        self.parameters = [[own for _, _, own in columns] for columns in chosen]

    def stacked(self) -> Array:
        """Return the parameters of embeddings with the same shape (networks, columns, values)."""
        return np.array(self.parameters)

    def joined(self, column: int) -> Array:
        """Return the parameters of one column (networks, values)."""
        return np.array([own[column] for own in self.parameters])


def embed(g: OnnxGraph, steps: Sequence[Embed], x: str, dtype: Any) -> tuple[str, list[int]]:
    """Return the embedded rows (networks, rows, outputs) of x (rows, features).

    They are not in order: the second result has the place of each output.
    """
    groups: dict[Any, list[int]] = {}
    for place, (_, embedding, _) in enumerate(steps[0].columns):
        groups.setdefault(_kind(embedding), []).append(place)
    starts = np.cumsum([0, *(embedding.outputs for _, embedding, _ in steps[0].columns)]).tolist()
    parts: list[str] = []
    order: list[int] = []
    plain: list[int] = []  # columns that are an output themselves, their first one
    for (kind, *_), places in groups.items():
        passed = kind in (Plain, Periodic)
        plain += places if passed else []
        order += [i for p in places for i in range(starts[p] + passed, starts[p + 1])]
        if kind is not Plain:
            parts.append(_EMBEDDINGS[kind](g, _Columns(steps, places), x, np.dtype(dtype).type))
    if plain:
        sources = [steps[0].columns[place][0] for place in plain]
        taken = g.node("Gather", x, g.constant(sources, np.int64), axis=1)
        parts.append(g.node("Add", taken, g.constant(np.zeros((len(steps), 1, 1), dtype))))
    return g.concat(parts, axis=2), order + [starts[place] for place in plain]


def _kind(embedding: ColumnEmbedding) -> tuple[Any, ...]:
    """Return what embeddings that are computed together have in common, their class first."""
    match embedding:
        case Plain():
            return (Plain,)
        case Periodic(frequencies=frequencies, width=width):
            return (Periodic, frequencies, width)
        case PiecewiseLinear(width=width):
            return (PiecewiseLinear, width, max(embedding.bins, MAX_PADDED_BINS))
        case Category(width=width):
            return (Category, width)
    raise SettingError(
        "model",
        f"embeds columns by {type(embedding).__name__}, which ONNX export does not know",
    )


def _periodic(g: OnnxGraph, columns: _Columns, x: str, number: type) -> str:
    """Return the outputs after the first one, which is the column itself."""
    own, count = columns.stacked(), columns.embeddings[0].frequencies
    width = columns.embeddings[0].width
    matrix = own[:, :, 2 * count :].reshape(*own.shape[:2], count + 1, width - 1)
    value = _by_column(g, columns, x)
    turns = g.node("Mul", value, g.constant(number(2 * math.pi)))
    angles = g.node("Mul", turns, g.constant(own[:, :, None, :count]))
    angles = g.node("Add", angles, g.constant(own[:, :, None, count : 2 * count]))
    waves = g.node("MatMul", g.node("Cos", angles), g.constant(matrix[:, :, :count]))
    waves = g.node("Add", waves, g.constant(matrix[:, :, count:]))
    return _side_by_side(g, waves, columns, width - 1)


def _piecewise_linear(g: OnnxGraph, columns: _Columns, x: str, number: type) -> str:
    width, bins = columns.embeddings[0].width, max(e.bins for e in columns.embeddings)
    # Bins that a column does not have are 0.
    lows, slopes = np.zeros((2, len(columns.sources), 1, bins), number)
    own = np.zeros((len(columns.parameters), len(columns.sources), bins + 1, width), number)
    for i, embedding in enumerate(columns.embeddings):
        edges: Array = np.asarray(embedding.edges, number)
        count = embedding.bins
        lows[i, 0, :count] = edges[:-1]
        slopes[i, 0, :count] = 1 / np.maximum(edges[1:] - edges[:-1], np.finfo(number).tiny)
        matrix = columns.joined(i).reshape(-1, count + 1, width)
        own[:, i, :count], own[:, i, -1] = matrix[:, :-1], matrix[:, -1]
    line = g.node("Sub", _by_column(g, columns, x), g.constant(lows))
    line = g.node("Mul", line, g.constant(slopes))
    shares = g.node("Clip", line, g.constant(number(0)), g.constant(number(1)))
    sums = g.node("MatMul", shares, g.constant(own[:, :, :-1]))
    return _side_by_side(g, g.node("Add", sums, g.constant(own[:, :, -1:])), columns, width)


def _category(g: OnnxGraph, columns: _Columns, x: str, number: type) -> str:
    counts, width = [e.count for e in columns.embeddings], columns.embeddings[0].width
    tables = [columns.joined(i).reshape(-1, n, width) for i, n in enumerate(counts)]
    taken = g.node("Gather", x, g.constant(columns.sources, np.int64), axis=1)
    code = g.node("Max", g.node("Round", taken), g.constant(number(0)))
    code = g.node("Cast", g.node("Min", code, g.constant(np.array(counts) - 1, number)), to=INT64)
    place = g.node("Add", code, g.constant(np.cumsum([0, *counts[:-1]]), np.int64))
    found = g.node("Gather", g.constant(np.concatenate(tables, axis=1)), place, axis=1)
    return g.node("Reshape", found, g.axes(0, 0, width * len(counts)))


def _by_column(g: OnnxGraph, columns: _Columns, x: str) -> str:
    """Return the columns one after the other (columns, rows, 1)."""
    taken = g.node("Gather", x, g.constant(columns.sources, np.int64), axis=1)
    return g.node("Unsqueeze", g.node("Transpose", taken, perm=[1, 0]), g.axes(-1))


def _side_by_side(g: OnnxGraph, values: str, columns: _Columns, width: int) -> str:
    """Return (networks, columns, rows, width) as (networks, rows, columns · width)."""
    by_row = g.node("Transpose", values, perm=[0, 2, 1, 3])
    return g.node("Reshape", by_row, g.axes(0, 0, width * len(columns.sources)))


_EMBEDDINGS: dict[type[ColumnEmbedding], Any] = {
    Periodic: _periodic,
    PiecewiseLinear: _piecewise_linear,
    Category: _category,
}
