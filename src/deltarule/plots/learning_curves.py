"""Curves over epochs, sizes and rates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from numpy.typing import NDArray

from deltarule._common import palette
from deltarule.errors import SettingError
from deltarule.history import History
from deltarule.insight import BatchSizeComparison, GradientNoise, GradientTimings, LearningRateSweep
from deltarule.plots import style
from deltarule.training import TrainingResult

Array = NDArray[Any]


def history(
    result: TrainingResult | History,
    *,
    score: bool = False,
    log_scale: bool | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw training and validation loss (or score) over the epochs; of a result also the kept epoch.

    `log_scale`: by default where a loss spans a factor of ten.
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
    dot = "o" if len(past) == 1 else ""  # one epoch is no line
    ax.plot(
        past.epoch, past[f"training_{what}"], color=style.POSITIVE, label="training", linewidth=1.8,
        marker=dot,
    )  # fmt: skip
    if np.isfinite(validation).any():
        ax.plot(
            past.epoch, validation, "--", color=style.ACCENT, label="validation", linewidth=1.8,
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
    """Draw one field of several histories, over epochs or over seconds of training.

    `log_scale`: by default where the values span a factor of ten.
    """
    ax = style.axes(ax, 5.2, 3.6)
    for i, (name, past) in enumerate(histories.items()):
        across = past["elapsed_s"] if over_seconds else past.epoch
        ax.plot(
            across, past[field], color=palette.class_color(i), label=name, linewidth=1.8,
            linestyle=style.LINES[i % len(style.LINES)],
        )  # fmt: skip
    style.tidy(ax)
    if log_scale or (log_scale is None and _is_wide(ax)):
        ax.set_yscale("log")
    if over_seconds:
        ax.set_xscale("log")
    ax.set(
        xlabel="seconds of training" if over_seconds else "epoch", ylabel=field.replace("_", " ")
    )
    ax.legend(frameon=False)
    return ax


def learning_rate_sweep(sweep: LearningRateSweep, *, ax: Axes | None = None) -> Axes:
    """Draw the last loss over the rates, by verdict, and the recommended rate."""
    ax = style.axes(ax, 5.2, 3.6)
    losses, verdicts = sweep.final_losses, np.array(sweep.verdicts)
    ceiling = 1.15 * float(np.nanmax(np.where(verdicts == "too large", np.nan, losses)))
    shown = np.where(np.isfinite(losses), np.minimum(losses, ceiling), ceiling)
    ax.plot(sweep.learning_rates, shown, color=style.RULE, zorder=1)
    looks = {
        "too small": (palette.CLASS_COLORS[4], "v"),
        "stable": (style.POSITIVE, "o"),
        "too large": (style.NEGATIVE, "^"),
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


def gradient_timings(cost: GradientTimings, *, ax: Axes | None = None) -> Axes:
    """Draw the seconds for one gradient over the number of parameters, for each of the three ways."""
    ax = style.axes(ax, 5.2, 3.6)
    names = {
        "numerical": "one by one, by differences",
        "backpropagation": "δ's, NumPy",
        "engine": "δ's, engine",
    }
    for i, (key, seconds) in enumerate(cost.seconds.items()):
        ax.plot(
            cost.parameters, 1e3 * seconds, color=palette.class_color(i), label=names[key],
            marker=style.MARKERS[i], linestyle=style.LINES[i],
        )  # fmt: skip
    style.tidy(ax)
    ax.set_xscale("log")
    ax.set_yscale("log")
    ax.set(xlabel="weights and biases", ylabel="milliseconds for one gradient")
    ax.legend(frameon=False)
    return ax


def gradient_noise(noise: GradientNoise, *, ax: Axes | None = None) -> Axes:
    """Draw how far batches' gradients lie from the full one, and the law 1/√size beside it."""
    ax = style.axes(ax, 4.8, 3.5)
    ax.plot(noise.batch_sizes, noise.relative_errors, "o-", color=style.POSITIVE, label="measured")
    law = noise.relative_errors[0] * np.sqrt(noise.batch_sizes[0] / noise.batch_sizes)
    ax.plot(noise.batch_sizes, law, "--", color=style.ACCENT, label="∝ 1/√rows")
    style.tidy(ax)
    ax.set_xscale("log", base=2)
    ax.set_yscale("log", base=2)
    ax.xaxis.set_major_formatter("{x:g}")
    ax.yaxis.set_major_formatter("{x:g}")
    ax.set(xlabel="rows in a batch", ylabel="error of the gradient ÷ its length")
    ax.legend(frameon=False)
    return ax


def batch_throughput(comparison: BatchSizeComparison, *, ax: Axes | None = None) -> Axes:
    """Draw rows trained on in a second over the batch size."""
    ax = style.axes(ax, 4.8, 3.5)
    seconds = comparison.seconds_per_epoch
    sizes = sorted(seconds)
    ax.plot(sizes, [comparison.n_samples / seconds[s] for s in sizes], "o-", color=style.POSITIVE)
    style.tidy(ax)
    ax.set_xscale("log", base=2)
    ax.set_yscale("log")
    ax.xaxis.set_major_formatter("{x:g}")
    ax.set(xlabel="rows in a batch", ylabel="rows a second")
    return ax


def _is_wide(ax: Axes) -> bool:
    """Whether what is drawn lies above 0 and spans a factor of ten."""
    values = np.concatenate([np.asarray(line.get_ydata(), float) for line in ax.lines])
    values = values[np.isfinite(values)]
    return bool(values.size and values.min() > 0 and values.max() > 10 * values.min())


def _mark_stop(ax: Axes, result: TrainingResult) -> None:
    last = len(result.history)
    ax.axvline(result.kept_epoch, color=style.INK, linewidth=1.2, linestyle=":")
    ax.axvspan(result.kept_epoch, last, color=style.RULE, alpha=0.45, linewidth=0)
    right = result.kept_epoch > 0.5 * last
    ax.annotate(
        f" best, kept: epoch {result.kept_epoch} ", (result.kept_epoch, 0.98), color=style.INK,
        xycoords=("data", "axes fraction"), ha="right" if right else "left", va="top",
    )  # fmt: skip
