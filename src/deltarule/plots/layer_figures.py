"""Pictures of dense layers: the product as numbers, the weights as images, the answers to samples."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from numpy.typing import ArrayLike, NDArray

from deltarule._common.palette import LIGHT
from deltarule.errors import ShapeError
from deltarule.plots import style

Array = NDArray[Any]


def dense_layer(
    W: ArrayLike,
    x: ArrayLike,
    b: ArrayLike,
    *,
    class_names: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw f(x, W) = W x + b with every number: W (classes, inputs), x (inputs,), b (classes,)."""
    matrix, column, bias = (np.asarray(part, np.float64) for part in (W, x, b))
    if matrix.ndim != 2 or column.shape != matrix.shape[1:] or bias.shape != matrix.shape[:1]:
        raise ShapeError(
            f"W {matrix.shape}, x {column.shape} and b {bias.shape} do not fit: W must be (classes, "
            "inputs), x (inputs,) and b (classes,)."
        )
    result = matrix @ column + bias
    rows, inputs = matrix.shape
    ax = style.axes(ax, 0.75 * (inputs + 7), 0.62 * max(rows, inputs) + 0.9)
    limit = style.signed_limit(matrix)
    left = 0.0
    left = _cells(ax, matrix, left, "W", limit)
    left = _cells(ax, column[:, None], left + 0.5, "x", None)
    ax.text(left + 0.4, 0, "+", ha="center", va="center", fontsize=15)
    left = _cells(ax, bias[:, None], left + 0.8, "b", None)
    ax.text(left + 0.4, 0, "=", ha="center", va="center", fontsize=15)
    left = _cells(ax, result[:, None], left + 0.8, "f(x, W)", None, bold=int(result.argmax()))
    for i, name in enumerate(class_names or ()):
        ax.text(left + 0.15, i - (rows - 1) / 2, name, va="center", fontsize=11)
    tall = max(rows, inputs) / 2
    room = 1.9 if class_names else 0.2
    ax.set(xlim=(-0.1, left + room), ylim=(tall + 0.1, -tall - 0.6), aspect="equal")
    style.bare(ax)
    return ax


def images(
    pictures: ArrayLike,
    titles: Sequence[str] | None = None,
    *,
    signed: bool = True,
    columns: int = 5,
    size: float = 1.5,
) -> Figure:
    """Draw images (count, height, width), one panel each.

    `signed`: weights, red below 0 and blue above, one scale for all; otherwise gray levels from 0.
    """
    stack = np.asarray(pictures, np.float64)
    if stack.ndim != 3:
        raise ShapeError(f"images must have shape (count, height, width), got {stack.shape}.")
    columns = min(columns, len(stack))
    rows = -(-len(stack) // columns)
    figure, grid = style.figure(
        size * columns + 0.9 * signed, (size + 0.3) * rows, rows, columns, squeeze=False
    )
    limit = style.signed_limit(stack)
    look = {"cmap": style.SIGNED_MAP, "vmin": -limit, "vmax": limit}
    if not signed:
        look = {"cmap": "Greys", "vmin": 0, "vmax": limit}
    for i, ax in enumerate(grid.ravel()):
        style.bare(ax)
        if i >= len(stack):
            ax.set_visible(False)
            continue
        shown = ax.imshow(stack[i], interpolation="nearest", **look)
        if titles is not None:
            ax.set_title(titles[i], fontsize=10)
    if signed:
        figure.colorbar(shown, ax=grid, label="weight", shrink=0.8, aspect=25)
    return figure


def unit_activations(
    values: ArrayLike,
    y: ArrayLike,
    *,
    class_names: Sequence[str] | None = None,
    unit_names: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw what each unit says to each sample: values (rows, units), samples grouped by their class."""
    answers, classes = np.asarray(values, np.float64), np.asarray(y)
    order = np.argsort(classes, kind="stable")
    ax = style.axes(ax, 6.2, 0.34 * answers.shape[1] + 1.4)
    limit = style.signed_limit(answers)
    shown = ax.imshow(
        answers[order].T, aspect="auto", cmap=style.SIGNED_MAP, vmin=-limit, vmax=limit,
        interpolation="nearest",
    )  # fmt: skip
    style.owner(ax).colorbar(shown, ax=ax, label="x = g(z)")
    found, starts = np.unique(classes[order], return_index=True)
    edges = [*starts.tolist(), len(order)]
    for edge in edges[1:-1]:
        ax.axvline(edge - 0.5, color=style.INK, linewidth=1.4)
    centers = [(a + b - 1) / 2 for a, b in pairwise(edges)]
    names = [str(c) for c in found] if class_names is None else list(class_names)
    ax.set_xticks(centers, [f"samples of {name}" for name in names])
    units = range(answers.shape[1])
    ax.set_yticks(
        list(units), [f"unit {j + 1}" for j in units] if unit_names is None else unit_names
    )
    ax.tick_params(length=0)
    return ax


def _cells(
    ax: Axes, numbers: Array, left: float, name: str, limit: float | None, bold: int = -1
) -> float:
    """Draw a matrix as cells from `left` on; return its right side."""
    rows, columns = numbers.shape
    wide = 0.86
    for i in range(rows):
        for j in range(columns):
            value, y = float(numbers[i, j]), i - (rows - 1) / 2
            color: Any = LIGHT.signed[1]
            if limit is not None:
                color = style.pale(
                    style.POSITIVE if value > 0 else style.NEGATIVE, abs(value) / limit * 0.5
                )
            ax.add_patch(_rectangle(left + j * wide, y - 0.43, wide, 0.86, color))
            ax.text(
                left + (j + 0.5) * wide, y, style.sign_words(value, 4), ha="center", va="center",
                fontsize=10.5, fontweight="bold" if i == bold else "normal",
            )  # fmt: skip
    ax.text(
        left + columns * wide / 2,
        -(rows - 1) / 2 - 0.55,
        name,
        ha="center",
        va="bottom",
        fontsize=12,
    )
    return left + columns * wide


def _rectangle(x: float, y: float, width: float, height: float, color: Any) -> Rectangle:
    return Rectangle((x, y), width, height, facecolor=color, edgecolor="white", linewidth=1.5)
