"""summary(): Keras's table of a model's layers, as text."""

from __future__ import annotations

import shutil
import textwrap
from collections.abc import Sequence
from typing import Any

import numpy as np

from deltarule.keras.layers import Layer, Variable

UNITS = ("B", "KB", "MB", "GB", "TB")


def summary_text(model: Any, line_length: int | None = None, show_trainable: bool = False) -> str:
    """Return the table and the totals below it."""
    header = ["Layer (type)", "Output Shape", "Param #"]
    positions = [0.45, 0.80, 1.0]
    columns = 88
    if show_trainable:
        header.append("Trainable")
        positions, columns = [*(p * 0.9 for p in positions), 1.0], 100
    length = line_length or min(columns, shutil.get_terminal_size().columns - 4)
    widths, current = [], 0
    for position in positions:
        widths.append(int(position * length) - current)
        current += widths[-1]
    # Rich, which draws Keras's table, uses the remaining columns for borders.
    less = (1, 1, 2, 1) if show_trainable else (1, 2, 1)
    inner = [max(width - cut, 6) for width, cut in zip(widths, less, strict=True)]
    rows = [_row(layer, show_trainable) for layer in model.layers]
    return "\n".join([f'Model: "{model.name}"', *_table(header, rows, inner), *_sums(model), ""])


def _row(layer: Layer, show_trainable: bool) -> list[str]:
    shape = "?" if layer.output_shape is None else str(layer.output_shape)
    count = f"{layer.count_params():,}" if layer.built else "0 (unbuilt)"
    row = [f"{layer.name} ({type(layer).__name__})", shape, count]
    trainable = "Y" if layer.trainable else "N"
    return [*row, trainable if layer.arrays else "-"] if show_trainable else row


def _table(header: list[str], rows: list[list[str]], widths: list[int]) -> list[str]:
    aligned = ["<", "<", ">", "^"]
    lines = ["┏" + "┳".join("━" * w for w in widths) + "┓", _line(header, widths, aligned, "┃")]
    lines.append("┡" + "╇".join("━" * w for w in widths) + "┩")
    for i, row in enumerate(rows):
        if i:
            lines.append("├" + "┼".join("─" * w for w in widths) + "┤")
        for part in _wrapped(row, widths):
            lines.append(_line(part, widths, aligned, "│"))
    lines.append("└" + "┴".join("─" * w for w in widths) + "┘")
    return lines


def _wrapped(row: list[str], widths: list[int]) -> list[list[str]]:
    """Wrap long cells over several lines."""
    cells = [textwrap.wrap(text, w - 2) or [""] for text, w in zip(row, widths, strict=True)]
    height = max(len(cell) for cell in cells)
    return [[cell[i] if i < len(cell) else "" for cell in cells] for i in range(height)]


def _line(texts: Sequence[str], widths: list[int], aligned: list[str], wall: str) -> str:
    texts = [t if len(t) <= w - 2 else t[: w - 3] + "…" for t, w in zip(texts, widths, strict=True)]
    cells = [f" {t:{a}{w - 2}} " for t, w, a in zip(texts, widths, aligned, strict=False)]
    return wall + wall.join(cells) + wall


def _sums(model: Any) -> list[str]:
    trainable, fixed = model.trainable_weights, model.non_trainable_weights
    of_optimizer = _optimizer_sizes(model.optimizer, sum(count for count, _ in _sizes(trainable)))
    lines = [
        _sum(" Total params", [*_sizes(trainable), *_sizes(fixed), *of_optimizer]),
        _sum(" Trainable params", _sizes(trainable)),
        _sum(" Non-trainable params", _sizes(fixed)),
    ]
    return lines + ([_sum(" Optimizer params", of_optimizer)] if of_optimizer else [])


def _sizes(variables: list[Variable]) -> list[tuple[int, int]]:
    return [(int(np.prod(v.shape)), np.dtype(v.dtype).itemsize) for v in variables]


def _optimizer_sizes(optimizer: Any, trainable: int) -> list[tuple[int, int]]:
    """Return the sizes of the optimizer's variables as Keras counts them; none before training.

    Keras keeps none for parameters that are not trainable.
    """
    if optimizer is None or not optimizer.updates_done:
        return []
    iterations, learning_rate = (1, 4), (1, 4)
    slots = [(min(a.size, trainable), a.itemsize) for a in optimizer.slots.values()]
    return [iterations, learning_rate, *slots]


def _sum(label: str, sizes: Sequence[tuple[int, int]]) -> str:
    """Return the number of parameters and their size; sizes: (count, bytes of each)."""
    count = sum(n for n, _ in sizes)
    size, unit = float(sum(n * width for n, width in sizes)), 0
    while size >= 1024 and unit < len(UNITS) - 1:
        size, unit = size / 1024, unit + 1
    return f"{label}: {count:,} ({size:.2f} {UNITS[unit]})"
