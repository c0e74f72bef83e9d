"""Plots of dense layers: the matrix product, weights as images, activations of samples."""

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
    """Draw f(x, W) = W x + b with all numbers.

    Parameters
    ----------
    W : array-like of shape (n_classes, n_inputs)
        The weight matrix, one row per class.
    x : array-like of shape (n_inputs,)
        The input.
    b : array-like of shape (n_classes,)
        The biases.
    class_names : sequence of str, optional
        Names of the classes.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on. By default a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        The axes with the plot.

    Raises
    ------
    ShapeError
        If the shapes do not match.

    Examples
    --------
    >>> from deltarule import plots
    >>> ax = plots.dense_layer([[1, 2], [3, 4]], [5, 6], [0.5, -40], class_names=["a", "b"])
    >>> "17.5" in [text.get_text() for text in ax.texts]  # 5 + 12 + 0.5
    True
    """
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
    images: ArrayLike,
    titles: Sequence[str] | None = None,
    *,
    signed: bool = True,
    columns: int = 5,
    size: float = 1.5,
) -> Figure:
    """Draw images, one panel each.

    Parameters
    ----------
    images : array-like of shape (n_images, height, width)
        The images.
    titles : sequence of str, optional
        One title per image.
    signed : bool, default True
        Use orange for negative and blue for positive values, with a common scale (for weights). Otherwise
        use gray levels from 0.
    columns : int, default 5
        Number of panels in a row.
    size : float, default 1.5
        Width of a panel in inches.

    Returns
    -------
    matplotlib.figure.Figure
        The figure.

    Raises
    ------
    ShapeError
        If `images` is not three-dimensional.

    See Also
    --------
    deltarule.insight.weight_images : The weights of a layer as images.
    """
    stack = np.asarray(images, np.float64)
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
    """Draw the activation of each unit for each sample as a heat map.

    Parameters
    ----------
    values : array-like of shape (n_samples, n_units)
        Activations, such as `LayerActivations.outputs`.
    y : array-like of shape (n_samples,)
        Class of each sample; samples are sorted by class.
    class_names : sequence of str, optional
        Names of the classes.
    unit_names : sequence of str, optional
        Names of the units.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on. By default a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        The axes with the plot.

    See Also
    --------
    deltarule.insight.forward_pass : Compute the activations.
    """
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
    """Draw a matrix as cells starting at `left`; return its right edge."""
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
                left + (j + 0.5) * wide, y, style.signed_text(value, 4), ha="center", va="center",
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
