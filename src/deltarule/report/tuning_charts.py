"""Charts of a search: parallel coordinates of the trials, and how much each setting mattered."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number, format_percent
from deltarule.drawing.svg import (
    Fragment,
    element,
    group,
    label,
    line,
    polyline,
    svg_root,
    text,
    text_width,
)
from deltarule.report.scales import Scale

Array = NDArray[Any]
Trial = Mapping[str, Any]
WIDTH, HEIGHT = 860.0, 330.0
_TOP, _BOTTOM, _SIDE = 34.0, 286.0, 52.0
_BAR = 24.0
LABELS = {
    "layers": "layers", "units": "units", "activation": "activation",
    "learned_activation": "learned", "numbers": "numbers", "embedding_width": "width",
    "category_width": "categories", "learning_rate": "rate", "weight_decay": "decay",
    "dropout": "dropout", "label_smoothing": "smoothing", "batch_size": "batch",
}  # fmt: skip
LOGARITHMIC = ("units", "learning_rate", "batch_size")
MIN_TRIALS = 12
"""With fewer trials nothing is said about the importance of settings."""
GROUPS = 4


def trial_name(number: int) -> str:
    """Return what a trial is called."""
    return {0: "Default", 1: "Default, other seed"}.get(number, f"Trial {number}")


def trial_values(trial: Trial) -> dict[str, Any]:
    """Return the values of a trial by axis: hidden layers are their number and their units."""
    values = dict(trial["values"])
    hidden = values.pop("hidden")
    return {"layers": len(hidden), "units": max(hidden, default=0), **values}


def drawn_axes(trials: Sequence[Trial]) -> list[str]:
    """Return the axes whose values differ among the trials."""
    found = [trial_values(trial) for trial in trials]
    return [name for name in LABELS if len({str(values[name]) for values in found}) > 1]


def first_losses(trials: Sequence[Trial]) -> tuple[list[Trial], Array]:
    """Return the trials with a loss on the first rung, where all can be compared, and these losses."""
    compared = [t for t in trials if t["losses"] and t["losses"][0] is not None]
    return compared, np.array([t["losses"][0] for t in compared], np.float64)


def parallel_coordinates(trials: Sequence[Trial]) -> Fragment:
    """Return a line for each trial through its settings and the rank of its loss on the first rung."""
    names = drawn_axes(trials)
    compared, losses = first_losses(trials)
    ranks = np.empty(len(losses))
    ranks[np.argsort(losses, kind="stable")] = np.arange(1, len(losses) + 1)
    axes = [_Axis([trial_values(t)[name] for t in compared], name) for name in names]
    x = np.linspace(_SIDE, WIDTH - _SIDE, len(names) + 1)
    last = Scale(1.0, max(len(compared), 2), _TOP, _BOTTOM)
    places = np.column_stack([*(axis.places for axis in axes), last(ranks)])
    order = sorted(range(len(compared)), key=lambda i: _importance(compared[i]))
    lines = [
        element("path", element("title", _title(compared[i])), d=polyline(x, places[i]),
                class_=f"trial {_kind(compared[i])}")
        for i in order
    ]  # fmt: skip
    frames = [axis.drawn(float(at)) for axis, at in zip(axes, x, strict=False)]
    rank = [
        line(x[-1], _TOP, x[-1], _BOTTOM, class_="axis"),
        text(x[-1], _TOP - 16, "first loss", text_anchor="middle", class_="name"),
        text(x[-1] + 6, _TOP + 4, "best", class_="tick"),
        text(x[-1] + 6, _BOTTOM + 4, "worst", class_="tick"),
    ]
    voters = sum(trial["votes"] > 0 for trial in trials)
    return svg_root(
        "trials",
        WIDTH,
        HEIGHT,
        "Trials by their settings",
        f"{len(compared)} trials, of which {voters} have votes in the model.",
        group(*lines),
        *frames,
        *rank,
        _legend(),
        class_="wide",
    )


def setting_importances(trials: Sequence[Trial]) -> list[tuple[str, float]]:
    """Return which share of the variance of the ranks of first losses each setting alone explains.

    Numbers are in up to four groups of equal size. The share that groups would explain by chance is
    subtracted (epsilon squared, Kelley 1935); empty with fewer than 12 trials.
    """
    compared, losses = first_losses(trials)
    if len(compared) < MIN_TRIALS:
        return []
    ranks = np.argsort(np.argsort(losses, kind="stable"), kind="stable").astype(np.float64)
    found = []
    for name in drawn_axes(compared):
        groups = _groups([trial_values(t)[name] for t in compared])
        found.append((name, _explained(ranks, groups)))
    return sorted(found, key=lambda pair: -pair[1])


def importance_bars(found: Sequence[tuple[str, float]]) -> Fragment:
    """Return a bar for each setting."""
    width, left = 400.0, 134.0
    highest = max(share for _, share in found)
    scale = Scale(0.0, max(highest, 0.01), left, width - 52)
    parts: list[Fragment] = []
    for i, (name, share) in enumerate(found):
        y = 10 + _BAR * i
        end = float(scale(share))
        parts.append(label(left - 8, y + 15, _words(name), left - 12, 12.0, text_anchor="end"))
        parts.append(
            element("rect", x=left, y=y + 3, width=max(end - left, 0.8), height=_BAR - 8, rx=2,
                    class_="bar")
        )  # fmt: skip
        parts.append(text(end + 6, y + 15, format_percent(share, 0), class_="tick"))
    bottom = 14 + _BAR * len(found)
    parts.append(line(left, 6, left, bottom, class_="axis"))
    return svg_root(
        "setting-importance",
        width,
        bottom + 12,
        "Importance of settings",
        f"{_words(found[0][0])} explains most: {format_percent(found[0][1], 0)}.",
        *parts,
        class_="single",
    )


class _Axis:
    """One vertical axis: places of values, and its ticks."""

    def __init__(self, values: Sequence[Any], name: str) -> None:
        self.name = name
        distinct = sorted(set(values), key=lambda v: (isinstance(v, str), v))
        is_few = len(distinct) <= 8 or isinstance(distinct[0], str | bool)
        if is_few:
            scale = Scale(0.0, max(len(distinct) - 1, 1), _BOTTOM, _TOP)
            ticks = {value: float(scale(i)) for i, value in enumerate(distinct)}
            self.places = np.array([ticks[value] for value in values])
            self._ticks = [(_shown(value), place) for value, place in ticks.items()]
            return
        numbers = np.array(values, np.float64)
        is_log = name in LOGARITHMIC and numbers.min() > 0
        scaled = np.log(numbers) if is_log else numbers
        along = Scale(float(scaled.min()), float(scaled.max()), _BOTTOM, _TOP)
        self.places = np.asarray(along(scaled))
        middle = math.exp(float(scaled.mean())) if is_log else float(numbers.mean())
        shown = (float(numbers.min()), middle, float(numbers.max()))
        self._ticks = [
            (format_number(v, 2), float(along(math.log(v) if is_log else v))) for v in shown
        ]

    def drawn(self, x: float) -> Fragment:
        """Return the axis with its name and ticks."""
        ticks = []
        for shown, y in self._ticks:
            width = text_width(shown, 11.0) + 4
            ticks.append(
                element("rect", x=x + 4, y=y - 7, width=width, height=14, rx=2, class_="behind")
            )
            ticks.append(text(x + 6, y + 4, shown, class_="tick"))
        title = text(x, _TOP - 16, LABELS[self.name], text_anchor="middle", class_="name")
        return group(line(x, _TOP, x, _BOTTOM, class_="axis"), *ticks, title)


def _legend() -> Fragment:
    parts, x = [], _SIDE
    for kind, words in (
        ("voter", "has votes"), ("default", "default"), ("finalist", "trained to the end"),
        ("dropped", "left out earlier"),
    ):  # fmt: skip
        parts.append(line(x, HEIGHT - 14, x + 22, HEIGHT - 14, class_=f"trial {kind}"))
        parts.append(text(x + 28, HEIGHT - 10, words, class_="tick"))
        x += 46 + text_width(words, 11.0)
    return group(*parts)


def _kind(trial: Trial) -> str:
    if trial["number"] < 2:
        return "default voter" if trial["votes"] else "default"
    if trial["votes"]:
        return "voter"
    return "finalist" if len(trial["losses"]) == _last_rung(trial) else "dropped"


def _last_rung(trial: Trial) -> int:
    return int(trial.get("rungs", 4))


def _importance(trial: Trial) -> tuple[bool, bool, int]:
    """Return what orders the lines: those drawn last are on top."""
    return trial["votes"] > 0, trial["number"] < 2, len(trial["losses"])


def _title(trial: Trial) -> str:
    shown = ", ".join(f"{_words(n)} {_shown(v)}" for n, v in trial_values(trial).items())
    return f"{trial_name(trial['number'])}: {shown}"


def _words(name: str) -> str:
    return name.replace("_", " ")


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return value if isinstance(value, str) else format_number(float(value), 3)


def _groups(values: Sequence[Any]) -> Array:
    """Return the number of the group of each value."""
    _, codes = np.unique([str(v) for v in values], return_inverse=True)
    if isinstance(values[0], str | bool) or codes.max() < GROUPS:
        return codes
    numbers = np.array(values, np.float64)
    edges = np.quantile(numbers, np.arange(1, GROUPS) / GROUPS)
    return np.searchsorted(edges, numbers, side="right")


def _explained(ranks: Array, groups: Array) -> float:
    count = len(np.unique(groups))
    total = float(((ranks - ranks.mean()) ** 2).sum())
    if count < 2 or count >= len(ranks) or not total:
        return 0.0
    means = np.bincount(groups, ranks) / np.maximum(np.bincount(groups), 1)
    within = float(((ranks - means[groups]) ** 2).sum())
    by_chance = within / (len(ranks) - count) * (count - 1)
    return max((total - within - by_chance) / total, 0.0)
