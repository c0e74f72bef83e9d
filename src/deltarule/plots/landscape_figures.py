"""Plots of loss landscapes and of trajectories on them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LogNorm, Normalize
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from deltarule._common import palette
from deltarule.insight import LossSurface, OptimizerComparison
from deltarule.plots import style

Array = NDArray[Any]


def loss_contours(
    surface: LossSurface,
    paths: Mapping[str, Array] | None = None,
    *,
    levels: int = 18,
    smooth: bool = True,
    ax: Axes | None = None,
) -> Axes:
    """Plot a loss surface as contours, with trajectories.

    Parameters
    ----------
    surface : LossSurface
        The surface; its own trajectory is drawn as well.
    paths : mapping of str to ndarray of shape (n_points, 2), optional
        Further trajectories by name, in the coordinates of the surface (`Directions.coordinates`).
    levels : int, default 18
        Number of contours.
    smooth : bool, default True
        Interpolate between grid points. Use False for a loss with jumps.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on. By default a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        The axes with the plot.

    See Also
    --------
    deltarule.insight.loss_surface : Compute a surface.

    Examples
    --------
    >>> from deltarule import insight, plots
    >>> X, y = insight.make_two_clusters(n_samples=20)
    >>> unit = insight.perceptron(0.0, [1.0, 1.0])
    >>> directions = insight.parameter_directions(unit, 0, 1)
    >>> surface = insight.loss_surface(unit, X, y, directions=directions, grid_resolution=7)
    >>> plots.loss_contours(surface).get_xlabel()
    'w₁₁'
    """
    ax = style.axes(ax, 5.6, 4.4)
    heights, norm = _levels(surface.losses, levels)
    filled: Any
    if smooth:
        filled = ax.contourf(
            surface.a, surface.b, surface.losses, levels=heights, norm=norm, cmap=style.LOSS_MAP,
            extend="both",
        )  # fmt: skip
        look = {"colors": "white", "linewidths": 0.5, "alpha": 0.6}
        ax.contour(surface.a, surface.b, surface.losses, levels=heights, **look)
    else:
        filled = ax.pcolormesh(
            surface.a, surface.b, surface.losses, norm=norm, cmap=style.LOSS_MAP, shading="nearest"
        )
    bar = style.owner(ax).colorbar(filled, ax=ax, label="loss J")
    bar.set_ticks(heights[:: max(1, len(heights) // 6)].tolist())
    bar.ax.yaxis.set_major_formatter("{x:.3g}")
    bar.ax.minorticks_off()
    all_paths = dict(paths or {})
    if surface.trajectory is not None:
        all_paths = {"training": surface.trajectory, **all_paths}
    for i, (name, path) in enumerate(all_paths.items()):
        _path(ax, path, name, palette.TRAJECTORY_COLORS[i % len(palette.TRAJECTORY_COLORS)], i)
    if all_paths:  # on a dark ground, as the paths have their colors from the landscape's
        ax.legend(loc="best", framealpha=0.9, facecolor=palette.CIVIDIS[1], labelcolor="white")
    names = surface.directions.names
    ax.xaxis.set_major_locator(MaxNLocator(6))
    ax.set(xlabel=names[0], ylabel=names[1])
    ax.set(xlim=(surface.a[0], surface.a[-1]), ylim=(surface.b[0], surface.b[-1]))
    return ax


def loss_surface(surface: LossSurface, *, ax: Axes | None = None) -> Axes:
    """Plot a loss surface in three dimensions, with its contours below.

    Parameters
    ----------
    surface : LossSurface
        The surface.
    ax : mpl_toolkits.mplot3d.axes3d.Axes3D, optional
        Three-dimensional axes to draw on. By default a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        The axes with the plot.

    See Also
    --------
    loss_contours : Plot the surface as contours.
    """
    if ax is None:
        ax = style.figure(6.2, 5.0, subplot_kw={"projection": "3d"})[1]
    a, b = np.meshgrid(surface.a, surface.b)
    losses = surface.losses
    low, high = float(np.nanmin(losses)), float(np.nanmax(losses))
    floor = low - 0.35 * (high - low or 1.0)
    three: Any = ax
    three.plot_surface(
        a, b, losses, cmap=style.LOSS_MAP, linewidth=0.15, edgecolor="white", antialiased=True,
        rcount=60, ccount=60,
    )  # fmt: skip
    three.contour(a, b, losses, levels=14, cmap=style.LOSS_MAP, offset=floor, linewidths=0.9)
    three.set_zlim(floor, high)
    names = surface.directions.names
    three.set(xlabel=names[0], ylabel=names[1], zlabel="loss J")
    for axis in (three.xaxis, three.yaxis, three.zaxis):
        axis.set_major_locator(MaxNLocator(5))
        axis.labelpad = 8
    three.set_zticks([tick for tick in three.get_zticks() if low - 1e-9 <= tick <= high])
    three.set_box_aspect((4, 4, 3), zoom=0.86)
    return ax


def optimizer_paths(comparison: OptimizerComparison, *, ax: Axes | None = None) -> Axes:
    """Plot the paths of several optimizers on the contours of a function.

    Parameters
    ----------
    comparison : OptimizerComparison
        The paths; the legend lists them by their final value, lowest first.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on. By default a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        The axes with the plot.

    See Also
    --------
    deltarule.insight.compare_optimizers : Run the comparison.
    """
    ax = style.axes(ax, 8.4, 4.0)
    surface = comparison.function
    x, y = np.linspace(*surface.x_range, 200), np.linspace(*surface.y_range, 200)
    values = surface.value(np.stack(np.meshgrid(x, y), axis=-1))
    heights, norm = _levels(values, 16)
    ax.contourf(x, y, values, levels=heights, norm=norm, cmap="Greys", alpha=0.55, extend="both")
    for place, name in enumerate(comparison.ranking, start=1):
        i = list(comparison.paths).index(name)
        _path(ax, comparison.paths[name], _entry(comparison, name, place), style.series(i), i)
    if surface.minimum is not None:
        ax.plot(*surface.minimum, "*", color=style.INK, markersize=14, zorder=6)
    ax.set(xlabel="x", ylabel="y", xlim=surface.x_range, ylim=surface.y_range)
    ax.set_title(surface.name, fontsize=11)
    ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, title="final value")
    return ax


def optimizer_values(comparison: OptimizerComparison, *, ax: Axes | None = None) -> Axes:
    """Plot the function value of several optimizers by step.

    Parameters
    ----------
    comparison : OptimizerComparison
        The values; the legend lists them by their final value, lowest first.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on. By default a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        The axes with the plot. The scale is logarithmic if all values are positive.

    See Also
    --------
    optimizer_paths : Plot the paths.
    """
    ax = style.axes(ax, 8.4, 3.8)
    for place, name in enumerate(comparison.ranking, start=1):
        i = list(comparison.paths).index(name)
        ax.plot(
            comparison.values[name], color=style.series(i), linewidth=1.8,
            linestyle=style.LINES[i % len(style.LINES)], label=_entry(comparison, name, place),
        )  # fmt: skip
    style.tidy(ax)
    if all(bool((values > 0).all()) for values in comparison.values.values()):
        ax.set_yscale("log")
    ax.set(xlabel="step", ylabel="value f")
    ax.set_title(comparison.function.name, fontsize=11)
    ax.legend(loc="center left", bbox_to_anchor=(1.01, 0.5), frameon=False, title="final value")
    return ax


def _entry(comparison: OptimizerComparison, name: str, place: int) -> str:
    """Return the line of an optimizer in the legend."""
    rate = comparison.optimizers[name].learning_rate
    shown = f", η = {rate:.3g}" if isinstance(rate, float | int) else ""
    return f"{place}. {name}{shown}:  {_value(comparison.values[name][-1])}"


def _path(ax: Axes, path: Array, name: str, color: str, index: int) -> None:
    ax.plot(
        path[:, 0], path[:, 1], color=color, linewidth=1.6, zorder=4, label=name,
        marker=style.MARKERS[index % len(style.MARKERS)], markersize=3.2,
        markevery=max(1, len(path) // 25),
    )  # fmt: skip
    ax.plot(*path[0], "o", color="white", markeredgecolor=color, markersize=8, zorder=5)
    ax.plot(*path[-1], "*", color=color, markeredgecolor="black", markersize=13, zorder=6)


def _levels(values: Array, count: int) -> tuple[Array, Normalize]:
    """Return the levels of contours: linear, or geometric if the losses span orders of magnitude."""
    finite = values[np.isfinite(values)]
    if finite.size == 0:
        return np.linspace(0.0, 1.0, count), Normalize(0.0, 1.0)
    low, high = float(finite.min()), float(np.quantile(finite, 0.98))
    positive = finite[finite > 0]
    if low >= 0 and len(positive) and high / max(float(np.quantile(positive, 0.02)), 1e-300) > 30:
        low = max(float(np.quantile(positive, 0.002)), 1e-6 * high)
        return np.geomspace(low, high, count), LogNorm(low, high)
    if high <= low:
        high = low + 1.0
    return np.linspace(low, high, count), Normalize(low, high)


def _value(value: float) -> str:
    return style.signed_text(value, 2) if np.isfinite(value) else "diverged"
