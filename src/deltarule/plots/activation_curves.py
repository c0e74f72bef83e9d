"""Plots of activation functions and their derivatives."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.figure import Figure

from deltarule.activations import ACTIVATIONS, Activation, Elementwise
from deltarule.errors import SettingError
from deltarule.plots import style


def activation_functions(
    names: Iterable[Activation | str] | None = None, *, z_max: float = 4.0, columns: int = 4
) -> Figure:
    """Plot activation functions and their derivatives, one panel each.

    Parameters
    ----------
    names : iterable of Activation or str, optional
        Elementwise activations. By default all of them.
    z_max : float, default 4.0
        The functions are drawn from −z_max to z_max.
    columns : int, default 4
        Number of panels in a row.

    Returns
    -------
    matplotlib.figure.Figure
        The figure with g (solid) and g′ (dashed) in each panel.

    Raises
    ------
    SettingError
        If an activation is not elementwise, such as softmax.

    Examples
    --------
    >>> from deltarule import plots
    >>> figure = plots.activation_functions(["relu", "tanh"])
    >>> [ax.get_title() for ax in figure.axes]
    ['relu', 'tanh']
    """
    if names is None:
        names = ACTIVATIONS.names_of(Elementwise)
    chosen = [ACTIVATIONS.resolve(name, "activation_functions.names") for name in names]
    shown = [activation for activation in chosen if isinstance(activation, Elementwise)]
    if len(shown) < len(chosen) or not shown:
        raise SettingError(
            "activation_functions.names",
            "must be elementwise activations; softmax needs a whole row",
        )
    columns = min(columns, max(len(shown), 1))
    rows = -(-len(shown) // columns)
    figure, grid = style.figure(2.4 * columns, 2.1 * rows + 0.3, rows, columns, squeeze=False)
    # An even number of points excludes 0, where sign and step jump.
    z = np.linspace(-z_max, z_max, 802)
    for ax, activation in zip(grid.ravel(), shown, strict=False):
        value, slope = activation(z), activation.derivative(z)
        jump = np.abs(np.diff(value, prepend=value[0])) > 0.5
        ax.plot(z, np.where(jump, np.nan, value), color=style.series(0), linewidth=2, label="g(z)")
        bend = np.abs(np.diff(slope, prepend=slope[0])) > 0.3
        ax.plot(
            z,
            np.where(bend, np.nan, slope),
            "--",
            color=style.series(1),
            linewidth=1.8,
            label="g′(z)",
        )
        style.tidy(ax)
        ax.axhline(0, color=style.SOFT, linewidth=0.7)
        ax.axvline(0, color=style.SOFT, linewidth=0.7)
        ax.set_title(activation.kind.replace("_", " "), fontsize=11)
        ax.set_ylim(min(-1.3, 1.08 * value.min()) if value.min() > -2 else -1.6, 2.2)
        ax.set_xticks([-z_max, 0, z_max])
    for ax in grid.ravel()[len(shown) :]:
        ax.set_visible(False)
    for ax in grid.ravel()[max(len(shown) - columns, 0) : len(shown)]:
        ax.set_xlabel("z")
    handles, labels = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside upper right", ncols=2, frameon=False)
    return figure
