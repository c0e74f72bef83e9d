"""Plots of losses and predictions."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import ArrayLike, NDArray

from deltarule.losses import LOSSES, Loss
from deltarule.plots import style

Array = NDArray[Any]


def loss_functions(
    losses: Iterable[Loss | str] = ("binary_cross_entropy", "mean_squared_error"),
    *,
    target: float = 1.0,
    ax: Axes | None = None,
) -> Axes:
    """Plot loss functions of one prediction ŷ between 0 and 1.

    Parameters
    ----------
    losses : iterable of Loss or str, default ('binary_cross_entropy', 'mean_squared_error')
        The loss functions.
    target : float, default 1.0
        The target y.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on. By default a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        The axes with the plot.

    Examples
    --------
    >>> from deltarule import plots
    >>> ax = plots.loss_functions(target=0.0)
    >>> [line.get_label() for line in ax.lines]
    ['binary cross entropy', 'mean squared error']
    """
    ax = style.axes(ax, 4.6, 3.4)
    guess = np.linspace(0.003, 0.997, 400)[:, None]
    for i, one in enumerate(losses):
        loss = LOSSES.resolve(one, "loss_functions.losses")
        values = loss.values(guess, np.full_like(guess, target))
        ax.plot(
            guess[:, 0], values, linestyle=style.LINES[i % len(style.LINES)], linewidth=2,
            color=style.series(i), label=loss.kind.replace("_", " "),
        )  # fmt: skip
    style.tidy(ax)
    ax.set(xlabel="prediction ŷ", ylabel="loss of one prediction", title=f"target y = {target:g}")
    ax.set(xlim=(0, 1), ylim=(0, 5))
    ax.legend(frameon=False)
    return ax


def predicted_vs_actual(
    actual: ArrayLike, predicted: ArrayLike, *, name: str = "y", ax: Axes | None = None
) -> Axes:
    """Plot predicted over actual values, colored by the error.

    If all actual values are 0 or 1, the points are spread horizontally.

    Parameters
    ----------
    actual : array-like of shape (n_rows,)
        Actual values.
    predicted : array-like of shape (n_rows,)
        Predicted values.
    name : str, default 'y'
        Name of the target.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on. By default a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        The axes with the plot.

    See Also
    --------
    sklearn.metrics.PredictionErrorDisplay : A similar plot.
    """
    ax = style.axes(ax, 4.4, 3.8)
    truth = np.asarray(actual, np.float64).ravel()
    guess = np.asarray(predicted, np.float64).ravel()
    low, high = float(min(truth.min(), guess.min())), float(max(truth.max(), guess.max()))
    ax.plot([low, high], [low, high], "--", color=style.SOFT, linewidth=1.2, label="ŷ = y")
    shown = truth
    if np.isin(truth, (0, 1)).all():
        shown = truth + np.random.default_rng(0).uniform(-0.06, 0.06, truth.size)
    wrong = np.abs(guess - truth)
    dots = ax.scatter(
        shown, guess, c=wrong, cmap="cividis_r", s=26, edgecolors="white", linewidths=0.5, zorder=3
    )
    style.owner(ax).colorbar(dots, ax=ax, label="|ŷ − y|")
    style.tidy(ax)
    ax.set(xlabel=f"actual {name}", ylabel=f"predicted {name}")
    ax.legend(frameon=False, loc="upper left")
    return ax


def sample_losses(values: ArrayLike, *, name: str = "loss", ax: Axes | None = None) -> Axes:
    """Plot the sorted losses of all samples and their mean, the empirical loss.

    Parameters
    ----------
    values : array-like of shape (n_samples,)
        Loss of each sample.
    name : str, default 'loss'
        Name of the loss function.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on. By default a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        The axes with the plot.
    """
    ax = style.axes(ax, 4.6, 3.4)
    ordered = np.sort(np.asarray(values, np.float64))
    ax.bar(np.arange(len(ordered)), ordered, width=1.0, color=style.pale(style.series(0), 0.7))
    mean = float(ordered.mean())
    ax.axhline(mean, color=style.series(1), linewidth=2)
    ax.annotate(
        f"empirical loss J = {mean:.3f}", (0, mean), xytext=(4, 5), textcoords="offset points",
        color=style.INK,
    )  # fmt: skip
    style.tidy(ax)
    ax.set(xlabel="samples, sorted by loss", ylabel=name, xlim=(-0.5, len(ordered) - 0.5))
    return ax
