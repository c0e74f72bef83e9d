"""Pictures of the plane of two inputs: values, half-planes, classes, regions."""

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
    """Draw ŷ over the plane of a perceptron of two inputs, its line, both half-planes and w.

    `samples` (rows, 2): points to write their z and ŷ at.
    """
    ax = style.axes(ax, 5.6, 4.4)
    plane = output_surface(trained, x_range, y_range, engine="reference")
    values = plane.values[:, :, 0]
    low, high = (-1.0, 1.0) if values.min() < 0 else (0.0, max(1.0, float(values.max())))
    mesh = ax.pcolormesh(
        plane.x, plane.y, values, cmap=style.SIGNED_MAP, vmin=low, vmax=high, shading="nearest",
        rasterized=True, alpha=0.75,
    )  # fmt: skip
    style.owner(ax).colorbar(mesh, ax=ax, label="ŷ = g(z)")
    cut = boundary_line(trained)
    _draw_line(ax, cut, x_range, y_range)
    _half_plane_words(ax, cut, x_range, y_range)
    for point in np.empty((0, 2)) if samples is None else np.asarray(samples, float):
        z = float(cut.values(point[None])[0])
        answer = float(trained.predict(point[None], engine="reference")[0, 0])
        ax.plot(*point, "o", color=style.INK, markeredgecolor="white", markersize=8, zorder=5)
        ax.annotate(
            f"x = ({style.sign_words(point[0])}, {style.sign_words(point[1])})\n"
            f"z = {style.sign_words(z)},  ŷ = {style.sign_words(answer)}",
            point, xytext=(10, -4), textcoords="offset points", va="top", zorder=6,
            bbox={"boxstyle": "round", "facecolor": "white", "edgecolor": style.RULE},
        )  # fmt: skip
    ax.set(xlabel="x₁", ylabel="x₂", xlim=x_range, ylim=y_range, aspect="equal")
    return ax


def decision_regions(
    plane: OutputSurface,
    X: ArrayLike | None = None,
    y: ArrayLike | None = None,
    *,
    class_names: Sequence[str] | None = None,
    column_names: tuple[str, str] = ("x₁", "x₂"),
    legend: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Draw which class wins where, with the boundaries as exact as the grid's interpolation.

    A boundary is the zero line of a class's lead over the others, not the edge of a pixel. `X` (rows, 2)
    and `y` (class numbers): points to put on it.
    """
    ax = style.axes(ax)
    margins = plane.margins
    for index in range(margins.shape[2]):
        lead = margins[:, :, index]
        if lead.max() > 0:
            ax.contourf(
                plane.x, plane.y, lead, levels=[0, np.inf],
                colors=[style.pale(palette.class_color(index, margins.shape[2]), 0.28)],
            )  # fmt: skip
        if lead.min() < 0 < lead.max():
            ax.contour(plane.x, plane.y, lead, levels=[0], colors=style.INK, linewidths=1.1)
    if X is not None and y is not None:
        names = None if class_names is None else list(class_names)
        style.scatter_classes(
            ax, np.asarray(X, float), np.asarray(y), names, n_classes=margins.shape[2]
        )
        if legend:
            ax.legend(loc="best", framealpha=0.9)
    ax.set(xlabel=column_names[0], ylabel=column_names[1])
    ax.set(xlim=(plane.x[0], plane.x[-1]), ylim=(plane.y[0], plane.y[-1]))
    return ax


def region(
    region: Region,
    trained: TrainedNetwork | None = None,
    *,
    half_width: float | None = None,
    outline: Array | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw what a region's network answers, and the half-planes it is made of.

    `trained`: by default the region's own; its softened one shows round corners. `outline` (points, 2):
    the shape that is being approximated.
    """
    ax = style.axes(ax, 4, 4)
    corners = region.vertices
    low, high = corners.min(axis=0), corners.max(axis=0)
    middle = (low + high) / 2
    half = half_width or 0.65 * float((high - low).max())
    x_range = (float(middle[0] - half), float(middle[0] + half))
    y_range = (float(middle[1] - half), float(middle[1] + half))
    plane = output_surface(
        trained or region.trained, x_range, y_range, grid_resolution=241, engine="reference"
    )
    values = plane.values[:, :, 0]
    ax.pcolormesh(
        plane.x, plane.y, values, cmap=style.SIGNED_MAP, vmin=-2.6, vmax=2.6, shading="nearest",
        rasterized=True,
    )  # fmt: skip
    for cut in region.lines:
        _draw_line(ax, cut, x_range, y_range, color=style.SOFT, width=0.7)
    if trained is not None:
        ax.contour(plane.x, plane.y, values, levels=[0], colors=style.POSITIVE, linewidths=1.8)
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
    """Draw the line z = 0 of each unit of the first layer, an arrow to its positive side, and points.

    Raises `SettingError` for a network that is not plain.
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
        cut, color = boundary_line(trained, unit), palette.class_color(unit)
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
    """Return the two points in which a line leaves a rectangle, (2, 2); None where it misses it."""
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


def _half_plane_words(
    ax: Axes, cut: Line, x_range: tuple[float, float], y_range: tuple[float, float]
) -> None:
    _draw_arrow(ax, cut, x_range, y_range, style.INK)
    ends = _ends(cut, x_range, y_range)
    ax.set_title(str(cut))
    if ends is None:
        return
    normal = np.array(cut.weights) / float(np.hypot(*cut.weights))
    start = ends[0] + 0.2 * (ends[1] - ends[0])
    for side, words in ((1, "z > 0"), (-1, "z < 0")):
        place = start + side * 0.13 * (x_range[1] - x_range[0]) * normal
        ax.text(
            float(place[0]),
            float(place[1]),
            words,
            ha="center",
            va="center",
            fontsize=12,
            color=style.INK,
        )
