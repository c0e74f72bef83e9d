"""The confusion matrix as a chart, and recall and precision by class."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_percent
from deltarule.drawing.svg import (
    Fragment,
    element,
    group,
    label,
    number,
    shorten,
    svg_root,
    text,
    text_width,
    truncate,
)
from deltarule.report.class_markers import class_style

Array = NDArray[Any]
MAX_CLASSES = 28
OTHERS = "other classes"
_NAME_SIZE, _MAX_NAME = 12.0, 130.0


def fewer_classes(
    confusion: Array, classes: Sequence[str], most: int = MAX_CLASSES
) -> tuple[Array, tuple[str, ...]]:
    """Return the matrix of at most `most` classes; the rarest classes are merged."""
    count = len(classes)
    if count <= most:
        return confusion, tuple(classes)
    kept = np.sort(np.argsort(-confusion.sum(axis=1), kind="stable")[: most - 1])
    place = np.full(count, most - 1)
    place[kept] = np.arange(most - 1)
    small = np.zeros((most, most), confusion.dtype)
    np.add.at(small, (place[:, None], place[None, :]), confusion)
    others = f"{count - most + 1} {OTHERS}"
    return small, (*(classes[i] for i in kept.tolist()), others)


def confusion_chart(
    confusion: Array, classes: Sequence[str], max_classes: int = MAX_CLASSES
) -> Fragment:
    """Return the chart of a matrix of shape (n_classes, n_classes); rows are the actual classes.

    Cells have the color of the predicted class; those of correct predictions have an outline.
    """
    confusion, names = fewer_classes(confusion, classes, max_classes)
    colors = [class_style(classes.index(name)) if name in classes else "others" for name in names]
    count = len(names)
    cell = float(np.clip(430 / count, 24, 96))
    side = 26 + min(_MAX_NAME, max(text_width(name, _NAME_SIZE) for name in names) + 10)
    slanted = any(text_width(name, _NAME_SIZE) > cell - 4 for name in names)
    top = 22 + (side - 26 if slanted else 22)
    width, height = side + cell * count + 8, top + cell * count + 8
    parts = [
        text(side + cell * count / 2, 14, "predicted", text_anchor="middle", class_="name"),
        text(
            0, 0, "actual", text_anchor="middle", class_="name",
            transform=f"translate(13 {number(top + cell * count / 2)}) rotate(-90)",
        ),
    ]  # fmt: skip
    for i, name in enumerate(names):
        at = top + cell * (i + 0.5) + 4
        parts.append(label(side - 6, at, name, side - 30, _NAME_SIZE, text_anchor="end"))
        parts.append(_column_name(name, side + cell * (i + 0.5), top - 6, cell, side, slanted))
    for i in range(count):
        total = int(confusion[i].sum())
        for j in range(count):
            x, y = side + cell * j, top + cell * i
            parts.append(
                _cell(x, y, cell, int(confusion[i, j]), total, names[i], names[j], colors[j])
            )
    return svg_root(
        "confusion",
        width,
        height,
        "Confusion matrix",
        _description(confusion, names),
        *parts,
        class_="matrix" if count <= 6 else "matrix large",
    )


def class_table(confusion: Array, classes: Sequence[str]) -> list[list[str]]:
    """Return a row per class: name, test rows, recall, precision, most frequent confusion."""
    rows = []
    predicted = confusion.sum(axis=0)
    for i, name in enumerate(classes):
        total, right = int(confusion[i].sum()), int(confusion[i, i])
        wrong = confusion[i].copy()
        wrong[i] = 0
        worst = int(wrong.argmax())
        confused_with = f"{classes[worst]} ({int(wrong[worst]):,})" if wrong[worst] else "–"
        recall = format_percent(right / total) if total else "–"
        precision = format_percent(right / int(predicted[i])) if predicted[i] else "–"
        rows.append([name, f"{total:,}", recall, precision, confused_with])
    return rows


def _column_name(
    name: str, x: float, y: float, cell: float, side: float, slanted: bool
) -> Fragment:
    if not slanted:
        return label(x, y, name, cell - 2, _NAME_SIZE, text_anchor="middle")
    shown = shorten(name, side - 32, _NAME_SIZE)
    place = f"translate({number(x + 4)} {number(y)}) rotate(-90)"
    title = (element("title", truncate(name, 300)),) if shown != name else ()
    return element("text", *title, shown, transform=place, font_size=_NAME_SIZE)


def _cell(
    x: float,
    y: float,
    size: float,
    count: int,
    total: int,
    actual: str,
    predicted: str,
    color: str,
) -> Fragment:
    share = count / total if total else 0.0
    tooltip = (
        f"{count:,} of {total:,} {truncate(actual)} predicted as {truncate(predicted)} "
        f"({format_percent(share)})"
    )
    parts = [element("title", tooltip)] if count else []
    kind = f"{color} right" if actual == predicted else color
    parts.append(
        element(
            "rect", x=x + 1, y=y + 1, width=size - 2, height=size - 2, rx=2,
            class_=f"cell {kind}", fill_opacity=0.04 + 0.46 * share if count else 0,
        )
    )  # fmt: skip
    middle = x + size / 2
    if size >= 44:
        muted = "" if count else " muted"
        parts.append(
            text(
                middle, y + size / 2 - 1, f"{count:,}", text_anchor="middle", class_=f"count{muted}"
            )
        )
        if total:
            percent = format_percent(share)
            parts.append(
                text(
                    middle, y + size / 2 + 14, percent, text_anchor="middle",
                    class_=f"tick{muted}",
                )
            )  # fmt: skip
    elif count:
        written = str(count) if count < 10_000 else f"{count // 1000}k"
        fit = min(11.0, (size - 4) / (0.58 * len(written)))
        parts.append(
            text(middle, y + size / 2 + fit * 0.36, written, text_anchor="middle", font_size=fit)
        )
    return group(*parts)


def _description(confusion: Array, names: Sequence[str]) -> str:
    wrong = confusion.copy()
    np.fill_diagonal(wrong, 0)
    right, rows = int(np.trace(confusion)), int(confusion.sum())
    text = f"{right:,} of {rows:,} rows are on the diagonal, where the prediction is correct."
    if wrong.any():
        i, j = divmod(int(wrong.argmax()), len(names))
        most = int(wrong[i, j])
        text += (
            f" The most frequent error: {truncate(names[i])} predicted as {truncate(names[j])}, {most:,} "
            f"time{'s' * (most != 1)}."
        )
    return text
