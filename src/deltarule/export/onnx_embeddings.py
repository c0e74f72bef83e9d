"""Embeddings of columns as nodes: columns with embeddings of the same kind are computed together.

What embeddings add to their outputs, whatever the row, is left out of the nodes: `added_constants`.
"""

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

    def __init__(self, steps: Sequence[Embed], places: Sequence[int], columns_of_x: Array) -> None:
        chosen = [[step.columns[place] for place in places] for step in steps]
        self.sources = columns_of_x[[source for source, _, _ in chosen[0]]]
        self.embeddings: list[Any] = [embedding for _, embedding, _ in chosen[0]]
        self.parameters = [[own for _, _, own in columns] for columns in chosen]

    def stacked(self) -> Array:
        """Return the parameters of embeddings with the same shape (networks, columns, values)."""
        return np.array(self.parameters)

    def joined(self, column: int) -> Array:
        """Return the parameters of one column (networks, values)."""
        return np.array([own[column] for own in self.parameters])


def embed(
    g: OnnxGraph, steps: Sequence[Embed], x: str, order: Sequence[int], dtype: Any
) -> tuple[str, list[int]]:
    """Return the embedded rows (networks, rows, outputs) of x (rows, features), without constants.

    `order` has the place of each column of x among the features; the second result has the place of each
    output.
    """
    columns_of_x = np.argsort(order)
    groups: dict[Any, list[int]] = {}
    for place, (_, embedding, _) in enumerate(steps[0].columns):
        groups.setdefault(_kind(embedding), []).append(place)
    starts = np.cumsum([0, *(embedding.outputs for _, embedding, _ in steps[0].columns)]).tolist()
    parts: list[str] = []
    placed: list[int] = []
    plain: list[int] = []  # columns that are an output themselves, their first one
    for (kind, *_), places in groups.items():
        passed = kind in (Plain, Periodic)
        plain += places if passed else []
        placed += [i for p in places for i in range(starts[p] + passed, starts[p + 1])]
        if kind is not Plain:
            columns = _Columns(steps, places, columns_of_x)
            parts.append(_EMBEDDINGS[kind](g, columns, x, np.dtype(dtype).type))
    if plain:
        sources = columns_of_x[[steps[0].columns[place][0] for place in plain]]
        taken = g.node("Gather", x, g.constant(sources, np.int64), axis=1)
        parts.append(g.node("Add", taken, g.constant(np.zeros((len(steps), 1, 1), dtype))))
    return g.concat(parts, axis=2), placed + [starts[place] for place in plain]


def added_constants(step: Embed) -> Array:
    """Return what the embeddings add to each output (outputs,), whatever the row."""
    parts = []
    for _, embedding, own in step.columns:
        constants = np.zeros(embedding.outputs, own.dtype)
        match embedding:
            case Periodic(width=width):
                constants[1:] = own[-(width - 1) :] if width > 1 else 0
            case PiecewiseLinear(width=width):
                constants[:] = own[-width:]
        parts.append(constants)
    return np.concatenate(parts)


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
    angles = g.node("Mul", turns, g.constant(own[:, None, :, :count]))
    angles = g.node("Add", angles, g.constant(own[:, None, :, count : 2 * count]))
    return _weighted(g, g.node("Cos", angles), "kncf", matrix[:, :, :count])


def _piecewise_linear(g: OnnxGraph, columns: _Columns, x: str, number: type) -> str:
    width, bins = columns.embeddings[0].width, max(e.bins for e in columns.embeddings)
    # Bins that a column does not have are 0.
    lows, slopes = np.zeros((2, len(columns.sources), bins), number)
    own = np.zeros((len(columns.parameters), len(columns.sources), bins, width), number)
    for i, embedding in enumerate(columns.embeddings):
        edges: Array = np.asarray(embedding.edges, number)
        count = embedding.bins
        lows[i, :count] = edges[:-1]
        slopes[i, :count] = 1 / np.maximum(edges[1:] - edges[:-1], np.finfo(number).tiny)
        own[:, i, :count] = columns.joined(i).reshape(-1, count + 1, width)[:, :-1]
    line = g.node("Sub", _by_column(g, columns, x), g.constant(lows))
    line = g.node("Mul", line, g.constant(slopes))
    shares = g.node("Clip", line, g.constant(number(0)), g.constant(number(1)))
    return _weighted(g, shares, "ncf", own)


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
    """Return the columns as (rows, columns, 1)."""
    places = g.constant(columns.sources[:, None], np.int64)
    return g.node("Gather", x, places, axis=1)


def _weighted(g: OnnxGraph, values: str, axes: str, weights: Array) -> str:
    """Return the sums of values times weights (networks, columns, n, width), for each column.

    `axes` are those of the values: "kncf" for networks, rows, columns, n. The result has the shape
    (networks, rows, columns · width).
    """
    sums = g.node("Einsum", values, g.constant(weights), equation=f"{axes},kcfw->kncw")
    return g.node("Reshape", sums, g.axes(0, 0, weights.shape[1] * weights.shape[3]))


_EMBEDDINGS: dict[type[ColumnEmbedding], Any] = {
    Periodic: _periodic,
    PiecewiseLinear: _piecewise_linear,
    Category: _category,
}
