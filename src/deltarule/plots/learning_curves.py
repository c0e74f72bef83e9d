"""Plots of curves over epochs, batch sizes, learning rates and network sizes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from deltarule.errors import SettingError
from deltarule.history import History
from deltarule.insight import BatchSizeComparison, GradientNoise, GradientTimings, LearningRateSweep
from deltarule.plots import style
from deltarule.training import TrainingResult

Array = NDArray[Any]
_EXPLOSION = 100.0


def history(
    result: TrainingResult | History,
    *,
    score: bool = False,
    log_scale: bool | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Plot training and validation loss (or score) by epoch.

    Parameters
    ----------
    result : TrainingResult or History
        What `fit` returns, or its history. For a result, the epoch whose weights were kept is marked.
    score : bool, default False
        Plot the score instead of the loss.
    log_scale : bool, optional
        Use a logarithmic scale. By default if the losses span a factor of ten.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on. By default a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        The axes with the plot.

    Raises
    ------
    SettingError
        If `result` is something else.

    See Also
    --------
    histories : Compare several histories.

    Examples
    --------
    >>> import deltarule as dr
    >>> from deltarule import insight, plots
    >>> X, y = insight.make_moons(n_samples=60)
    >>> network = dr.Network([dr.Dense(4, "tanh"), dr.Dense(1, "sigmoid")])
    >>> ax = plots.history(dr.fit(network, X, y, epochs=3))
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('epoch', 'loss')
    """
    if not isinstance(result, TrainingResult | History):
        raise SettingError(
            "history.result",
            f"must be what fit returns, or its history, got {type(result).__name__}",
        )
    ax = style.axes(ax, 5.2, 3.5)
    past = result.history if isinstance(result, TrainingResult) else result
    what = "score" if score else "loss"
    validation = past[f"validation_{what}"]
    dot = "o" if len(past) == 1 else ""  # a single epoch has no line
    ax.plot(
        past.epoch, past[f"training_{what}"], color=style.TRAINING, label="training", linewidth=1.8,
        marker=dot,
    )  # fmt: skip
    if np.isfinite(validation).any():
        ax.plot(
            past.epoch, validation, "--", color=style.VALIDATION, label="validation", linewidth=1.8,
            marker=dot,
        )  # fmt: skip
    if isinstance(result, TrainingResult) and 0 < result.kept_epoch < len(past):
        _mark_stop(ax, result)
    style.tidy(ax)
    if log_scale or (log_scale is None and not score and _is_wide(ax)):
        ax.set_yscale("log")
    ax.set(xlabel="epoch", ylabel=what)
    ax.legend(frameon=False)
    return ax


def histories(
    histories: Mapping[str, History],
    *,
    field: str = "training_loss",
    over_seconds: bool = False,
    log_scale: bool | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Plot one field of several histories.

    Values above a hundred times the highest first value, as of a run that diverges, are not drawn: the
    curve leaves the axes where an arrow states how far it went.

    Parameters
    ----------
    histories : mapping of str to History
        The histories by name.
    field : str, default 'training_loss'
        A field of `History`, such as "validation_loss".
    over_seconds : bool, default False
        Use seconds of training instead of epochs as x axis.
    log_scale : bool, optional
        Use a logarithmic scale. By default if the values span a factor of ten.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on. By default a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        The axes with the plot.

    See Also
    --------
    history : Plot a single history.
    """
    ax = style.axes(ax, 5.2, 3.6)
    for i, (name, past) in enumerate(histories.items()):
        across = past["elapsed_s"] if over_seconds else past.epoch
        ax.plot(
            across, past[field], color=style.series(i), label=name, linewidth=1.8,
            linestyle=style.LINES[i % len(style.LINES)],
        )  # fmt: skip
    style.tidy(ax)
    explosions = _clip_explosions(ax, field) if histories else []
    if log_scale or (log_scale is None and _is_wide(ax)):
        ax.set_yscale("log")
    _mark_explosions(ax, explosions, list(histories.values()), field)
    if over_seconds:
        ax.set_xscale("log")
    ax.set(
        xlabel="seconds of training" if over_seconds else "epoch", ylabel=field.replace("_", " ")
    )
    ax.legend(frameon=False)
    return ax


def learning_rate_sweep(sweep: LearningRateSweep, *, ax: Axes | None = None) -> Axes:
    """Plot the final losses of a learning rate sweep and mark the recommended rate.

    Parameters
    ----------
    sweep : LearningRateSweep
        The sweep.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on. By default a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        The axes with the plot.

    See Also
    --------
    deltarule.insight.learning_rate_sweep : Run a sweep.
    """
    ax = style.axes(ax, 5.2, 3.6)
    losses, verdicts = sweep.final_losses, np.array(sweep.verdicts)
    ceiling = 1.15 * float(np.nanmax(np.where(verdicts == "too large", np.nan, losses)))
    shown = np.where(np.isfinite(losses), np.minimum(losses, ceiling), ceiling)
    ax.plot(sweep.learning_rates, shown, color=style.RULE, zorder=1)
    looks = {
        "too small": (style.series(3), "v"),
        "stable": (style.series(0), "o"),
        "too large": (style.series(1), "^"),
    }
    for verdict, (color, marker) in looks.items():
        own = verdicts == verdict
        if own.any():
            ax.scatter(
                sweep.learning_rates[own],
                shown[own],
                color=color,
                marker=marker,
                s=46,
                label=verdict,
                zorder=3,
            )
    ax.axvline(sweep.recommended, color=style.INK, linestyle="--", linewidth=1.2)
    ax.annotate(
        f"recommended: {sweep.recommended:.3g} ", (sweep.recommended, 0.97), va="top", ha="right",
        xycoords=("data", "axes fraction"),
    )  # fmt: skip
    style.tidy(ax)
    ax.set_xscale("log")
    epochs = sweep.loss_curves.shape[1]
    ax.set(xlabel="learning rate η", ylabel=f"training loss after {epochs} epochs")
    ax.legend(frameon=False, loc="lower left")
    return ax


def gradient_timings(timings: GradientTimings, *, ax: Axes | None = None) -> Axes:
    """Plot the time of a gradient over the number of parameters.

    Parameters
    ----------
    timings : GradientTimings
        The measurements.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on. By default a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        The axes with the plot.

    See Also
    --------
    deltarule.insight.time_gradients : Measure the times.
    """
    ax = style.axes(ax, 5.2, 3.6)
    names = {
        "numerical": "finite differences",
        "backpropagation": "backpropagation, NumPy",
        "engine": "backpropagation, engine",
    }
    for i, (key, seconds) in enumerate(timings.seconds.items()):
        ax.plot(
            timings.parameters, 1e3 * seconds, color=style.series(i), label=names[key],
            marker=style.MARKERS[i], linestyle=style.LINES[i],
        )  # fmt: skip
    style.tidy(ax)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set(xlabel="weights and biases", ylabel="milliseconds per gradient")
    ax.legend(frameon=False)
    return ax


def gradient_noise(noise: GradientNoise, *, ax: Axes | None = None) -> Axes:
    """Plot the relative error of mini-batch gradients over the batch size, with the law 1/√size.

    Parameters
    ----------
    noise : GradientNoise
        The measurements.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on. By default a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        The axes with the plot.

    See Also
    --------
    deltarule.insight.gradient_noise : Measure the noise.
    """
    ax = style.axes(ax, 4.8, 3.5)
    ax.plot(noise.batch_sizes, noise.relative_errors, "o-", color=style.series(0), label="measured")
    law = noise.relative_errors[0] * np.sqrt(noise.batch_sizes[0] / noise.batch_sizes)
    ax.plot(noise.batch_sizes, law, "--", color=style.series(1), label="∝ 1/√size")
    style.tidy(ax)
    ax.set_xscale("log", base=2)
    ax.set_yscale("log", base=2)
    ax.xaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_major_formatter("{x:g}")
    ax.set(xlabel="batch size", ylabel="relative error of the gradient")
    ax.legend(frameon=False)
    return ax


def batch_throughput(comparison: BatchSizeComparison, *, ax: Axes | None = None) -> Axes:
    """Plot training rows per second over the batch size.

    Parameters
    ----------
    comparison : BatchSizeComparison
        Training runs with several batch sizes.
    ax : matplotlib.axes.Axes, optional
        Axes to draw on. By default a new figure is created.

    Returns
    -------
    matplotlib.axes.Axes
        The axes with the plot.

    See Also
    --------
    deltarule.insight.compare_batch_sizes : Run the comparison.
    """
    ax = style.axes(ax, 4.8, 3.5)
    seconds = comparison.seconds_per_epoch
    sizes = sorted(seconds)
    ax.plot(sizes, [comparison.n_samples / seconds[s] for s in sizes], "o-", color=style.series(0))
    style.tidy(ax)
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.xaxis.set_major_formatter("{x:g}")
    ax.set(xlabel="batch size", ylabel="rows per second")
    return ax


def _clip_explosions(ax: Axes, field: str) -> list[int]:
    """Cut curves of a loss above `_EXPLOSION` times the highest first value; return their numbers."""
    curves = [np.asarray(line.get_ydata(), np.float64) for line in ax.lines]
    firsts = [curve[0] for curve in curves if len(curve) and np.isfinite(curve[0])]
    if not firsts or not field.endswith("loss"):
        return []
    ceiling = _EXPLOSION * max(firsts)
    with np.errstate(invalid="ignore"):
        exploded = [i for i, curve in enumerate(curves) if (curve > ceiling).any()]
    for i in exploded:  # the segment that leaves the axes stays
        curve = curves[i]
        end = int(np.argmax(curve > ceiling))
        ax.lines[i].set_data(np.asarray(ax.lines[i].get_xdata())[: end + 1], curve[: end + 1])
    return exploded


def _mark_explosions(ax: Axes, exploded: list[int], histories: list[History], field: str) -> None:
    if not exploded:
        return
    lines = [ax.lines[i] for i in exploded]
    lowest = min(float(np.nanmin(np.asarray(line.get_ydata(), float))) for line in ax.lines)
    ceiling = _EXPLOSION * max(float(np.asarray(line.get_ydata())[0]) for line in ax.lines)
    ax.set_ylim(lowest / 1.3 if ax.get_yscale() == "log" else min(lowest, 0.0), ceiling)
    for i, line in zip(exploded, lines, strict=True):
        values, epochs = histories[i][field], histories[i].epoch
        last = int(np.flatnonzero(np.isfinite(values))[-1])
        at = float(np.asarray(line.get_xdata())[-1])
        ax.plot(
            [at], [1.0], marker="^", markersize=10, color=line.get_color(), clip_on=False,
            transform=ax.get_xaxis_transform(), zorder=5,
        )  # fmt: skip
        ax.annotate(
            f"  {style.signed_text(values[last], 2)} in epoch {epochs[last]}", (at, 0.97),
            xycoords=("data", "axes fraction"), va="top", color=line.get_color(),
        )  # fmt: skip


def _is_wide(ax: Axes) -> bool:
    """Return whether the drawn values are positive and span a factor of ten."""
    values = np.concatenate([np.asarray(line.get_ydata(), float) for line in ax.lines])
    values = values[np.isfinite(values)]
    return bool(values.size and values.min() > 0 and values.max() > 10 * values.min())


def _mark_stop(ax: Axes, result: TrainingResult) -> None:
    last = len(result.history)
    ax.axvline(result.kept_epoch, color=style.INK, linewidth=1.2, linestyle=":")
    ax.axvspan(result.kept_epoch, last, color=style.RULE, alpha=0.45, linewidth=0)
    right = result.kept_epoch > 0.5 * last
    ax.annotate(
        f" best epoch: {result.kept_epoch} ", (result.kept_epoch, 0.98), color=style.INK,
        xycoords=("data", "axes fraction"), ha="right" if right else "left", va="top",
    )  # fmt: skip
