"""Loss and score by epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number
from deltarule.drawing.svg import (
    Fragment,
    element,
    group,
    line,
    polyline,
    svg_root,
    text,
    text_width,
)
from deltarule.history import History
from deltarule.report.axes import TICK_SIZE, Frame, make_frame
from deltarule.report.scales import widened

Array = NDArray[Any]
WIDTH, HEIGHT = 400.0, 300.0
MAX_POINTS = 600
MAX_TABLE_ROWS = 40
_LOGARITHMIC_FROM = 30.0  # the largest over the smallest loss


@dataclass(frozen=True, eq=False)
class Curve:
    """One line of a chart; `values` has one number per epoch, NaN if missing."""

    name: str
    class_: str  # CSS class
    values: Array


def loss_chart(history: History, kept_epoch: int) -> Fragment | None:
    """Return the chart of training and validation loss, or None if neither is ever finite."""
    curves = _curves(history.training_loss, history.validation_loss)
    return _chart("loss", "Loss", history, curves, kept_epoch) if curves else None


def score_chart(history: History, kept_epoch: int, name: str) -> Fragment | None:
    """Return the chart of training and validation score, or None if no score was recorded."""
    curves = _curves(history.training_score, history.validation_score)
    return _chart("score", name, history, curves, kept_epoch) if curves else None


def history_table(
    history: History, kept_epoch: int, score: str, max_rows: int = MAX_TABLE_ROWS
) -> tuple[list[str], list[list[str]]]:
    """Return the header and the rows of the table of epochs, at most about `max_rows`."""
    fields = ["epoch", "training_loss", "validation_loss", "training_score", "validation_score"]
    names = [
        "Epoch",
        "Training loss",
        "Validation loss",
        f"Training {score}",
        f"Validation {score}",
    ]
    used = [i for i, name in enumerate(fields) if np.isfinite(history[name]).any()]
    epochs = len(history)
    chosen = set(np.linspace(0, epochs - 1, min(epochs, max_rows)).astype(int).tolist())
    chosen |= {kept_epoch - 1} if kept_epoch else set()
    rows = []
    for i in sorted(chosen):
        cells = [format_number(float(history[fields[j]][i]), 5) for j in used[1:]]
        rows.append([f"{i + 1}{' (kept)' if i + 1 == kept_epoch else ''}", *cells])
    return [names[j] for j in used], rows


def _curves(training: Array, validation: Array) -> list[Curve]:
    curves = [
        Curve("training", "curve training", training),
        Curve("validation", "curve validation", validation),
    ]
    return [curve for curve in curves if np.isfinite(curve.values).any()]


def _chart(
    identifier: str, name: str, history: History, curves: Sequence[Curve], kept_epoch: int
) -> Fragment:
    epochs = len(history)
    low, high, logarithmic = _range(curves)
    frame = make_frame(
        WIDTH, HEIGHT, (min(1, epochs - 1), max(epochs, 1)), (low, high), top=64,
        logarithmic_y=logarithmic,
    )  # fmt: skip
    shown = f"{name} (logarithmic scale)" if logarithmic else name
    return svg_root(
        f"{identifier}-curves",
        WIDTH,
        HEIGHT,
        f"{name} by epoch",
        _description(name, curves, epochs, kept_epoch),
        frame.axes("epoch", shown, whole_x=True),
        _marks(frame, epochs, kept_epoch),
        *(_drawn(frame, history.epoch, curve) for curve in curves),
        _legend(frame, curves),
    )


def _range(curves: Sequence[Curve]) -> tuple[float, float, bool]:
    """Return the range of the y axis and whether it is logarithmic."""
    values = np.concatenate([curve.values for curve in curves])
    values = values[np.isfinite(values)]
    low, high = float(values.min()), float(values.max())
    if low > 0 and high / low > _LOGARITHMIC_FROM:
        return low / 1.15, high * (1.15 if high < 1e300 else 1), True
    return *widened(low, high, 0.05), False


def _drawn(frame: Frame, epoch: Array, curve: Curve) -> Fragment:
    every = max(1, math.ceil(len(epoch) / MAX_POINTS))
    x, y = frame.x(epoch[::every]), frame.y(curve.values[::every])
    if np.isfinite(y).sum() == 1:
        place = int(np.flatnonzero(np.isfinite(y))[0])
        return element("circle", cx=float(x[place]), cy=float(y[place]), r=4, class_=curve.class_)
    return element("path", d=polyline(x, y), class_=curve.class_)


def _marks(frame: Frame, epochs: int, kept_epoch: int) -> Fragment:
    """Mark the epoch whose weights were kept and the last epoch."""
    end = float(frame.x(epochs))
    parts = [line(end, frame.bottom, end, frame.top, class_="mark")]
    if kept_epoch == epochs:
        return group(*parts, _at_top(frame, end, f"kept: the last, {epochs}"))
    stopped = f"stopped: {epochs}"
    if kept_epoch == 0:
        return group(*parts, _at_top(frame, end, stopped))
    at = float(frame.x(kept_epoch))
    kept = f"kept: {kept_epoch}"
    # The labels are on one line if they fit beside each other.
    room = text_width(kept, TICK_SIZE) / 2 + text_width(stopped, TICK_SIZE) + 8
    higher = 13.0 if end - at < room else 0.0
    parts.append(line(at, frame.bottom, at, frame.top - higher, class_="mark kept"))
    parts.append(_at_top(frame, at, kept, higher))
    return group(*parts, _at_top(frame, end, stopped))


def _at_top(frame: Frame, at: float, label: str, higher: float = 0.0) -> Fragment:
    half = text_width(label, TICK_SIZE) / 2
    middle = min(max(at, frame.left + half), frame.right - half)
    return text(middle, frame.top - 4 - higher, label, text_anchor="middle", class_="tick strong")


def _legend(frame: Frame, curves: Sequence[Curve]) -> Fragment:
    parts, x = [], frame.right - 195.0
    for curve in curves:
        parts.append(line(x, 12, x + 26, 12, class_=curve.class_))
        parts.append(text(x + 31, 16, curve.name, class_="tick"))
        x += 100.0
    return group(*parts, aria_hidden="true")


def _description(name: str, curves: Sequence[Curve], epochs: int, kept_epoch: int) -> str:
    parts = [f"{name} over {epochs} epoch{'s' * (epochs != 1)}."]
    for curve in curves:
        finite = curve.values[np.isfinite(curve.values)]
        first, last = format_number(float(finite[0])), format_number(float(finite[-1]))
        parts.append(f"{curve.name.capitalize()}: from {first} to {last}.")
    if kept_epoch:
        parts.append(f"The weights of epoch {kept_epoch:,} were kept.")
    return " ".join(parts)
