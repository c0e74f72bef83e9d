"""What all plots share: colors, markers, line styles and axes."""

from __future__ import annotations

from typing import Any

import numpy as np
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, to_rgb
from matplotlib.figure import Figure
from numpy.typing import NDArray

from deltarule._common.formatting import true_minus
from deltarule._common.palette import LIGHT
from deltarule.errors import DataError, ShapeError

Array = NDArray[Any]

POSITIVE, NEGATIVE = LIGHT.positive, LIGHT.negative
INK, SOFT, RULE = LIGHT.ink, LIGHT.soft, LIGHT.rule
TRAINING, VALIDATION, TEST = LIGHT.training, LIGHT.validation, LIGHT.test
MARKERS = ("o", "s", "^", "D", "v", "P", "X", "<", "h", "p", ">", "d", "8", "*")
LINES = ("-", "--", "-.", ":", (0, (5, 1)), (0, (3, 1, 1, 1)), (0, (1, 1)))
LOSS_MAP = "cividis"
"""Perceptually uniform, also for color-blind viewers (Nuñez et al. 2018)."""

SIGNED_MAP: Colormap = LinearSegmentedColormap.from_list("deltarule_signed", LIGHT.signed)


def figure(width: float, height: float, rows: int = 1, columns: int = 1, **more: Any) -> Any:
    """Return a figure and its axes; `width` and `height` in inches."""
    return plt.subplots(rows, columns, figsize=(width, height), layout="constrained", **more)


def axes(ax: Axes | None, width: float = 5.0, height: float = 4.0) -> Axes:
    """Return `ax`, or the axes of a new figure."""
    return figure(width, height)[1] if ax is None else ax


def owner(ax: Axes) -> Figure:
    """Return the figure of `ax`."""
    figure = ax.get_figure(root=True)
    assert figure is not None
    return figure


def tidy(ax: Axes, grid: bool = True) -> None:
    """Remove the upper and right spines and add a light grid behind the data."""
    ax.spines[["top", "right"]].set_visible(False)
    ax.spines[["left", "bottom"]].set_color(SOFT)
    ax.tick_params(colors=SOFT, labelcolor=INK)
    ax.set_axisbelow(True)
    if grid:
        ax.grid(color=RULE, linewidth=0.6)


def bare(ax: Axes) -> None:
    """Remove spines and ticks from a drawing that is not a chart."""
    ax.set_xticks([])
    ax.set_yticks([])
    for spine in ax.spines.values():
        spine.set_visible(False)


def pale(color: str, share: float = 0.2) -> tuple[float, float, float]:
    """Return `share` of a color mixed with white."""
    red, green, blue = (1 - share * (1 - part) for part in to_rgb(color))
    return red, green, blue


def class_mark(index: int) -> str:
    """Return the color of the points and lines of class `index`."""
    return LIGHT.classes[index % len(LIGHT.classes)]


def series(index: int) -> str:
    """Return the color of a curve that is neither a class nor training or validation rows."""
    return LIGHT.series[index % len(LIGHT.series)]


def signed_limit(values: Array) -> float:
    """Return the largest |value|, or 1 if all are 0, as the limit of a symmetric color scale."""
    return float(np.nanmax(np.abs(values))) or 1.0


def signed_text(value: float, digits: int = 3) -> str:
    """Return a number with a true minus sign."""
    return true_minus(f"{float(value):.{digits}g}")


def scatter_classes(
    ax: Axes,
    X: Array,
    y: Array,
    names: tuple[str, ...] | list[str] | None = None,
    size: float = 26,
) -> None:
    """Draw points (n_rows, 2), each class (numbers from 0) with its color and marker.

    Raises `ShapeError` if X and y differ in length, and `DataError` if y does not contain class numbers
    or more of them than names.
    """
    if len(X) != len(y):
        raise ShapeError(f"X has {len(X)} rows and y has {len(y)}: they must be the same.")
    found = np.unique(y)
    if found.dtype.kind not in "biuf" or (found < 0).any() or (found != np.floor(found)).any():
        raise DataError(
            "y must hold class numbers 0, 1, ...: turn labels into numbers with numpy.unique(y, "
            "return_inverse=True)."
        )
    classes = found.astype(int).tolist()
    if names is not None and classes and classes[-1] >= len(names):
        raise DataError(
            f"There are {len(names)} class names, and y goes up to class {classes[-1]}."
        )
    for index in classes:
        own = np.asarray(y) == index
        ax.scatter(
            X[own, 0], X[own, 1], s=size, marker=MARKERS[index % len(MARKERS)], linewidths=0.7,
            color=class_mark(index), edgecolors="white", zorder=3,
            label=f"class {index}" if names is None else names[index],
        )  # fmt: skip
