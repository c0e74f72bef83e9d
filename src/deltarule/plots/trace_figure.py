"""Drawings of traces: the forward and backward pass of one sample."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import FancyBboxPatch
from numpy.typing import NDArray

from deltarule._common.formatting import layer_index
from deltarule.errors import ShapeError
from deltarule.insight import Trace
from deltarule.plots import style

Array = NDArray[Any]
STEP, WIDE, TALL = 3.5, 1.7, 1.1  # between columns; of a unit's box
MAX_UNITS = 8


def trace(trace: Trace, *, ax: Axes | None = None) -> Axes:
    """Draw the forward and backward pass of one sample.

    Each box contains z, x and δ of a unit; lines are weights, blue if positive and dashed orange if
    negative.

    Parameters
    ----------
    trace : Trace
        The trace; layers must have at most eight units.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on. By default a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        The axes with the plot.

    Raises
    ------
    ShapeError
        If a layer has more than eight units.

    See Also
    --------
    deltarule.trace : Compute a trace.

    Examples
    --------
    >>> import deltarule as dr
    >>> from deltarule import insight, plots
    >>> ax = plots.trace(dr.trace(insight.perceptron(1, [3, -2]), [-1, 2], 1))
    >>> "z = −6" in [text.get_text() for text in ax.texts]
    True
    """
    units = [len(trace.sample), *(len(layer.z) for layer in trace.layers)]
    if max(units) > MAX_UNITS:
        raise ShapeError(
            f"A trace is drawn for layers of up to {MAX_UNITS} units, got {max(units)}: print it "
            "instead."
        )
    width, rows = STEP * len(trace.layers), max(units) * 1.45
    ax = style.axes(ax, 0.86 * (width + 3.6), 0.86 * (rows + 2.6))
    heights = [1.45 * (np.arange(n) - (n - 1) / 2) for n in units]
    for i, layer in enumerate(trace.layers):
        _links(ax, i, layer.weights, heights[i], heights[i + 1])
    for y, value in zip(heights[0], trace.sample, strict=True):
        _box(ax, 0.0, float(y), [f"x = {style.signed_text(value)}"], [style.INK])
    for i, layer in enumerate(trace.layers):
        for j, y in enumerate(heights[i + 1]):
            numbers = [("z", layer.z[j]), ("x", layer.x[j]), ("δ", layer.delta[j])]
            texts = [f"{name} = {style.signed_text(value)}" for name, value in numbers]
            _box(ax, (i + 1) * STEP, float(y), texts, [style.INK, style.series(0), style.series(1)])
    _annotate(ax, trace, width, rows)
    ax.set(xlim=(-1.3, width + 1.7), ylim=(rows / 2 + 1.1, -rows / 2 - 1.3), aspect="equal")
    style.bare(ax)
    return ax


def _links(ax: Axes, i: int, weights: Array, before: Array, after: Array) -> None:
    largest = style.signed_limit(weights)
    for j, y in enumerate(before):
        for k, end in enumerate(after):
            value = float(weights[j, k])
            share = abs(value) / largest
            ax.plot(
                [i * STEP + WIDE / 2, (i + 1) * STEP - WIDE / 2], [y, end], zorder=1,
                color=style.POSITIVE if value >= 0 else style.NEGATIVE,
                linestyle="-" if value >= 0 else (0, (5, 1.2)),
                linewidth=0.6 + 2.2 * share, alpha=0.35 + 0.5 * share,
            )  # fmt: skip


def _box(ax: Axes, x: float, y: float, lines: list[str], colors: list[str]) -> None:
    tall = TALL if len(lines) > 1 else 0.6
    ax.add_patch(
        FancyBboxPatch(
            (x - WIDE / 2, y - tall / 2), WIDE, tall, boxstyle="round,pad=0,rounding_size=0.12",
            facecolor="white", edgecolor=style.INK, linewidth=1.1, zorder=2,
        )
    )  # fmt: skip
    for i, (text, color) in enumerate(zip(lines, colors, strict=True)):
        place = y + (i - (len(lines) - 1) / 2) * 0.33
        ax.text(x, place, text, ha="center", va="center", fontsize=9, color=color, zorder=3)


def _annotate(ax: Axes, trace: Trace, width: float, rows: float) -> None:
    top, bottom = -rows / 2 - 0.55, rows / 2 + 0.2
    ax.text(0, top - 0.1, "sample x⁽⁰⁾", ha="center", va="bottom", fontsize=10)
    arrow = {"arrowstyle": "-|>", "linewidth": 1.8}
    ends = (-WIDE / 2, width + WIDE / 2)
    for start, end, y, color in (
        (*ends, top + 0.25, style.series(0)),
        (*ends[::-1], bottom, style.series(1)),
    ):
        ax.annotate("", (end, y), (start, y), arrowprops={**arrow, "color": color})
    ax.text(0, bottom + 0.2, "w ← w − η x δ", ha="center", va="top", fontsize=9.5)
    for i, layer in enumerate(trace.layers):
        here, before = layer.superscript, layer_index(layer.number - 1)
        name = f"{layer.name}\nx{here} = {layer.activation}(x{before} W{here} + b{here})"
        place = (i + 1) * STEP
        ax.text(place, top - 0.1, name, ha="center", va="bottom", fontsize=9.5)
        formulas = f"{layer.delta_formula}\n∂J/∂W{here} = x{before} δ{here}ᵀ"
        ax.text(place, bottom + 0.2, formulas, ha="center", va="top", fontsize=9.5, linespacing=1.5)
    target = ", ".join(style.signed_text(value) for value in trace.target)
    ax.set_title(
        f"target y = ({target}),   {trace.loss_name.replace('_', ' ')} J = {trace.loss:.4g}",
        fontsize=10.5,
    )
