"""Plots over the plane of two inputs: outputs, half-planes, decision regions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.patches import Polygon
from numpy.typing import ArrayLike, NDArray

from deltarule._common import palette
from deltarule.insight import Line, OutputSurface, Region, boundary_line, output_surface
from deltarule.insight.layer_activations import require_plain
from deltarule.plots import style
from deltarule.training import TrainedNetwork

Array = NDArray[Any]


def perceptron(
    trained: TrainedNetwork,
    samples: ArrayLike | None = None,
    *,
    x_range: tuple[float, float] = (-3, 3),
    y_range: tuple[float, float] = (-3, 3),
    ax: Axes | None = None,
) -> Axes:
    """Plot the output of a perceptron of two inputs with its boundary, both half-planes and w.

    Parameters
    ----------
    trained : TrainedNetwork
        A network of one unit with two inputs.
    samples : array-like of shape (n_samples, 2), optional
        Points to label with their z and ŷ.
    x_range, y_range : tuple of float, default (−3, 3)
        Ranges of the axes.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on. By default a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        The axes with the plot.

    See Also
    --------
    deltarule.insight.perceptron : Build a perceptron.
    """
    ax = style.axes(ax, 5.6, 4.4)
    surface = output_surface(trained, x_range, y_range, engine="reference")
    values = surface.values[:, :, 0]
    low, high = (-1.0, 1.0) if values.min() < 0 else (0.0, max(1.0, float(values.max())))
    mesh = ax.pcolormesh(
        surface.x, surface.y, values, cmap=style.SIGNED_MAP, vmin=low, vmax=high, shading="nearest",
        rasterized=True, alpha=0.75,
    )  # fmt: skip
    style.owner(ax).colorbar(mesh, ax=ax, label="ŷ = g(z)")
    cut = boundary_line(trained)
    _draw_line(ax, cut, x_range, y_range)
    _label_half_planes(ax, cut, x_range, y_range)
    for point in np.empty((0, 2)) if samples is None else np.asarray(samples, float):
        z = float(cut.values(point[None])[0])
        answer = float(trained.predict(point[None], engine="reference")[0, 0])
        ax.plot(*point, "o", color=style.INK, markeredgecolor="white", markersize=8, zorder=5)
        ax.annotate(
            f"x = ({style.signed_text(point[0])}, {style.signed_text(point[1])})\n"
            f"z = {style.signed_text(z)},  ŷ = {style.signed_text(answer)}",
            point, xytext=(10, -4), textcoords="offset points", va="top", zorder=6,
            bbox={"boxstyle": "round", "facecolor": "white", "edgecolor": style.RULE},
        )  # fmt: skip
    ax.set(xlabel="x₁", ylabel="x₂", xlim=x_range, ylim=y_range, aspect="equal")
    return ax


def decision_regions(
    surface: OutputSurface,
    X: ArrayLike | None = None,
    y: ArrayLike | None = None,
    *,
    class_names: Sequence[str] | None = None,
    column_names: tuple[str, str] = ("x₁", "x₂"),
    legend: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Plot the predicted class over two inputs.

    The boundaries are interpolated from the margins between classes, not from the edges of grid cells.

    Parameters
    ----------
    surface : OutputSurface
        Outputs over a grid.
    X : array-like of shape (n_rows, 2), optional
        Points to draw.
    y : array-like of shape (n_rows,), optional
        Class numbers of the points.
    class_names : sequence of str, optional
        Names of the classes.
    column_names : tuple of str, default ('x₁', 'x₂')
        Labels of the axes.
    legend : bool, default True
        Add a legend of the classes of the points.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on. By default a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        The axes with the plot.

    Raises
    ------
    ShapeError
        If `X` and `y` differ in length.
    DataError
        If `y` does not contain class numbers, or more of them than names.

    See Also
    --------
    deltarule.insight.output_surface : Compute the outputs.

    Examples
    --------
    >>> from deltarule import insight, plots
    >>> surface = insight.output_surface(insight.perceptron(0, [1, 1]), (-1, 1), (-1, 1))
    >>> ax = plots.decision_regions(surface, column_names=("length", "width"))
    >>> ax.get_xlabel()
    'length'
    """
    ax = style.axes(ax)
    margins = surface.margins
    for index in range(margins.shape[2]):
        lead = margins[:, :, index]
        if lead.max() > 0:
            ax.contourf(
                surface.x, surface.y, lead, levels=[0, np.inf],
                colors=[style.pale(palette.class_color(index), 0.28)],
            )  # fmt: skip
        if lead.min() < 0 < lead.max():
            ax.contour(surface.x, surface.y, lead, levels=[0], colors=style.INK, linewidths=1.1)
    if X is not None and y is not None:
        names = None if class_names is None else list(class_names)
        style.scatter_classes(ax, np.asarray(X, float), np.asarray(y), names)
        if legend:
            ax.legend(loc="best", framealpha=0.9)
    ax.set(xlabel=column_names[0], ylabel=column_names[1])
    ax.set(xlim=(surface.x[0], surface.x[-1]), ylim=(surface.y[0], surface.y[-1]))
    return ax


def region(
    region: Region,
    trained: TrainedNetwork | None = None,
    *,
    half_width: float | None = None,
    outline: Array | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Plot the output of a region's network and its half-planes.

    Parameters
    ----------
    region : Region
        The region.
    trained : TrainedNetwork, optional
        Network to draw instead of the region's own, such as `region.smoothed(8)`.
    half_width : float, optional
        Half of the width of the plot. By default 65% of the extent of the region.
    outline : ndarray of shape (n_points, 2), optional
        The shape that is approximated, drawn as a dashed line.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on. By default a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        The axes with the plot.

    See Also
    --------
    deltarule.insight.polygon_region : Build a region.
    """
    ax = style.axes(ax, 4, 4)
    corners = region.vertices
    low, high = corners.min(axis=0), corners.max(axis=0)
    middle = (low + high) / 2
    half = half_width or 0.65 * float((high - low).max())
    x_range = (float(middle[0] - half), float(middle[0] + half))
    y_range = (float(middle[1] - half), float(middle[1] + half))
    surface = output_surface(
        trained or region.trained, x_range, y_range, grid_resolution=241, engine="reference"
    )
    values = surface.values[:, :, 0]
    ax.pcolormesh(
        surface.x, surface.y, values, cmap=style.SIGNED_MAP, vmin=-2.6, vmax=2.6, shading="nearest",
        rasterized=True,
    )  # fmt: skip
    for cut in region.lines:
        _draw_line(ax, cut, x_range, y_range, color=style.SOFT, width=0.7)
    if trained is not None:
        ax.contour(surface.x, surface.y, values, levels=[0], colors=style.POSITIVE, linewidths=1.8)
    else:
        ax.add_patch(Polygon(corners, fill=False, edgecolor=style.POSITIVE, linewidth=1.8))
    if outline is not None:
        ax.plot(outline[:, 0], outline[:, 1], "--", color=style.INK, linewidth=1.6)
    ax.set(xlim=x_range, ylim=y_range, aspect="equal")
    style.bare(ax)
    return ax


def hyperplanes(
    trained: TrainedNetwork,
    X: ArrayLike,
    y: ArrayLike,
    *,
    class_names: Sequence[str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Plot the line z = 0 of each unit of the first layer, with an arrow to its positive side.

    Parameters
    ----------
    trained : TrainedNetwork
        A network with two inputs whose layers are all of the form g(x W + b).
    X : array-like of shape (n_rows, 2)
        Points to draw.
    y : array-like of shape (n_rows,)
        Class numbers of the points.
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
    SettingError
        If the network has embeddings, members or learned activations.
    """
    require_plain(trained.network, "hyperplanes")
    ax = style.axes(ax)
    points = np.asarray(X, float)
    style.scatter_classes(
        ax, points, np.asarray(y), None if class_names is None else [*class_names]
    )
    low, high = points.min(axis=0), points.max(axis=0)
    room = 0.12 * (high - low)
    x_range = (float(low[0] - room[0]), float(high[0] + room[0]))
    y_range = (float(low[1] - room[1]), float(high[1] + room[1]))
    for unit in range(trained.parameters.weights[0].shape[1]):
        cut, color = boundary_line(trained, unit), style.class_mark(unit)
        _draw_line(ax, cut, x_range, y_range, color, 1.8)
        _draw_arrow(ax, cut, x_range, y_range, color)
    ax.set(xlabel="x₁", ylabel="x₂", xlim=x_range, ylim=y_range, aspect="equal")
    ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False)
    return ax


def _draw_line(
    ax: Axes,
    cut: Line,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    color: str = style.INK,
    width: float = 2.0,
) -> None:
    ends = _ends(cut, x_range, y_range)
    if ends is not None:
        ax.plot(ends[:, 0], ends[:, 1], color=color, linewidth=width, zorder=2)


def _ends(cut: Line, x_range: tuple[float, float], y_range: tuple[float, float]) -> Array | None:
    """Return the two points where a line leaves a rectangle, of shape (2, 2), or None if it misses it."""
    (a, b), c = cut.weights, cut.bias
    found = []
    if b != 0:
        found += [(x, (-c - a * x) / b) for x in x_range]
    if a != 0:
        found += [((-c - b * y) / a, y) for y in y_range]
    slack = 1e-9 * (x_range[1] - x_range[0] + y_range[1] - y_range[0])
    inside = {
        (round(x, 9), round(y, 9))
        for x, y in found
        if x_range[0] - slack <= x <= x_range[1] + slack
        and y_range[0] - slack <= y <= y_range[1] + slack
    }
    if len(inside) < 2:
        return None
    ordered = sorted(inside)
    return np.array([ordered[0], ordered[-1]])


def _draw_arrow(
    ax: Axes, cut: Line, x_range: tuple[float, float], y_range: tuple[float, float], color: str
) -> None:
    ends = _ends(cut, x_range, y_range)
    if ends is None:
        return
    start = ends.mean(axis=0)
    normal = np.array(cut.weights) / float(np.hypot(*cut.weights))
    length = 0.12 * min(x_range[1] - x_range[0], y_range[1] - y_range[0])
    ax.annotate(
        "", start + length * normal, start, zorder=4,
        arrowprops={"arrowstyle": "-|>", "color": color, "linewidth": 1.8},
    )  # fmt: skip


def _label_half_planes(
    ax: Axes, cut: Line, x_range: tuple[float, float], y_range: tuple[float, float]
) -> None:
    _draw_arrow(ax, cut, x_range, y_range, style.INK)
    ends = _ends(cut, x_range, y_range)
    ax.set_title(str(cut))
    if ends is None:
        return
    normal = np.array(cut.weights) / float(np.hypot(*cut.weights))
    start = ends[0] + 0.2 * (ends[1] - ends[0])
    for side, label in ((1, "z > 0"), (-1, "z < 0")):
        place = start + side * 0.13 * (x_range[1] - x_range[0]) * normal
        ax.text(
            float(place[0]),
            float(place[1]),
            label,
            ha="center",
            va="center",
            fontsize=12,
            color=style.INK,
        )
