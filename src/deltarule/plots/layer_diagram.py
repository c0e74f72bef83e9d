"""Diagrams of layers as boxes with arrows between them, for `keras.utils.plot_model`.

Does not use pyplot, so that no global state of Matplotlib is changed.
"""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from deltarule._common.palette import LIGHT
from deltarule.errors import FileError, MissingPackageError, SettingError

FORMATS = ("png", "svg", "pdf")

# Lengths in points (1/72 inch).
HEAD_SIZE, CELL_SIZE = 11.0, 10.0
PADDING, ROW_HEIGHT, ARROW, MARGIN = 9.0, 25.0, 30.0, 8.0


@dataclass(frozen=True)
class Box:
    """One layer: a header with its name and kind, and rows of cells (label, value)."""

    name: str  # "" to show only the kind
    kind: str
    rows: tuple[tuple[tuple[str, str], ...], ...] = ()


@dataclass(frozen=True, eq=False)
class Diagram:
    """A diagram; `figure` is a Matplotlib figure, which a notebook displays."""

    figure: Any
    title: str

    def save(self, path: str | os.PathLike[str], dpi: int = 200) -> None:
        """Write the diagram as .png, .svg or .pdf, according to the extension of `path`."""
        target = Path(path)
        kind = target.suffix.lower().removeprefix(".")
        if kind not in FORMATS:
            raise SettingError("path", "must end in .png, .svg or .pdf", os.fspath(path))
        try:
            target.write_bytes(self._bytes(kind, dpi))
        except OSError as error:
            raise FileError(f"Cannot write {os.fspath(path)!r}: {error.strerror}.") from error

    def _bytes(self, kind: str, dpi: int = 200) -> bytes:
        import matplotlib as mpl

        buffer = io.BytesIO()
        # Reproducible files: no date, no random ids.
        date = {"svg": {"Date": None}, "pdf": {"CreationDate": None}}.get(kind)
        with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "deltarule"}):
            self.figure.savefig(buffer, format=kind, dpi=dpi, metadata=date)
        return buffer.getvalue()

    def _repr_svg_(self) -> str:
        return self._bytes("svg").decode()

    def _repr_html_(self) -> str:
        svg = self._repr_svg_()
        return svg[svg.index("<svg") :]


def draw_boxes(boxes: Sequence[Box], across: bool = False, title: str = "") -> Diagram:
    """Draw the boxes with arrows between them, downward or (with `across`) to the right."""
    figure_class, text_width = _matplotlib()
    sizes = [_size(box, text_width) for box in boxes]
    if across:
        width = sum(w for w, _ in sizes) + ARROW * (len(boxes) - 1)
        height = max(h for _, h in sizes)
    else:
        width = max(w for w, _ in sizes)
        height = sum(h for _, h in sizes) + ARROW * (len(boxes) - 1)
    width, height = width + 2 * MARGIN, height + 2 * MARGIN
    figure = figure_class(figsize=(width / 72, height / 72), facecolor=LIGHT.card)
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(height, 0)  # y grows downward
    along = MARGIN
    for i, (box, (w, h)) in enumerate(zip(boxes, sizes, strict=True)):
        x = along if across else (width - w) / 2
        y = (height - h) / 2 if across else along
        _draw_box(axes, box, x, y, w, text_width)
        along += w if across else h
        if i + 1 < len(boxes):
            middle = (along, height / 2) if across else (width / 2, along)
            end = (along + ARROW, height / 2) if across else (width / 2, along + ARROW)
            axes.annotate(
                "", xy=end, xytext=middle, annotation_clip=False,
                arrowprops={"arrowstyle": "-|>", "color": LIGHT.ink, "linewidth": 1.4,
                            "shrinkA": 0, "shrinkB": 0, "mutation_scale": 12},
            )  # fmt: skip
            along += ARROW
    return Diagram(figure, title)


def _matplotlib() -> tuple[Any, Any]:
    try:
        from matplotlib.figure import Figure
        from matplotlib.font_manager import FontProperties
        from matplotlib.textpath import TextPath
    except ImportError as error:
        raise MissingPackageError(
            "Drawing a network needs Matplotlib: pip install 'deltarule[plots]'."
        ) from error

    def text_width(text: str, size: float, bold: bool) -> float:
        if not text.strip():
            return 0.0
        font = FontProperties(weight="bold" if bold else "normal")
        return float(TextPath((0, 0), text, size=size, prop=font).get_extents().x1)

    return Figure, text_width


def _head(box: Box) -> tuple[str, str]:
    """Return the bold and the regular part of the header of a box."""
    return (box.name, f" ({box.kind})") if box.name else (box.kind, "")


def _cell_width(cell: tuple[str, str], text_width: Any) -> float:
    label, value = cell
    text = text_width(f"{label}: ", CELL_SIZE, False) + text_width(value, CELL_SIZE, True)
    return float(text) + 2 * PADDING + 6


def _size(box: Box, text_width: Any) -> tuple[float, float]:
    bold, plain = _head(box)
    head = text_width(bold, HEAD_SIZE, True) + text_width(plain, HEAD_SIZE, False) + 4
    rows = [sum(_cell_width(cell, text_width) for cell in row) for row in box.rows]
    return max([head + 2 * PADDING + 16, *rows]), ROW_HEIGHT * (1 + len(box.rows))


def _draw_box(axes: Any, box: Box, x: float, y: float, width: float, text_width: Any) -> None:
    bold, plain = _head(box)
    _rectangle(axes, x, y, width, LIGHT.ink)
    _write(
        axes, ((bold, True), (plain, False)), x + width / 2, y, HEAD_SIZE, LIGHT.card, text_width
    )
    for row in box.rows:
        y += ROW_HEIGHT
        widths = [_cell_width(cell, text_width) for cell in row]
        spare = (width - sum(widths)) / len(row)
        left = x
        for (label, value), own in zip(row, widths, strict=True):
            _rectangle(axes, left, y, own + spare, LIGHT.card)
            middle = left + (own + spare) / 2
            parts = ((f"{label}: ", False), (value, True))
            _write(axes, parts, middle, y, CELL_SIZE, LIGHT.ink, text_width)
            left += own + spare


def _rectangle(axes: Any, x: float, y: float, width: float, color: str) -> None:
    from matplotlib.patches import Rectangle

    axes.add_patch(
        Rectangle((x, y), width, ROW_HEIGHT, facecolor=color, edgecolor=LIGHT.ink, linewidth=1.0)
    )


def _write(
    axes: Any, parts: Sequence[tuple[str, bool]], middle: float, top: float, size: float,
    color: str, text_width: Any,
) -> None:  # fmt: skip
    """Write the parts of a text, bold or regular, centered as a whole in a row."""
    space = 0.42 * size  # width of a space, which has no extent in TextPath
    widths = [
        text_width(text.strip(), size, bold) + space * (text != text.strip())
        for text, bold in parts
    ]
    x = middle - sum(widths) / 2
    for (text, bold), width in zip(parts, widths, strict=True):
        shift = space if text.startswith(" ") else 0.0
        axes.text(
            x + shift, top + ROW_HEIGHT / 2, text.strip(), fontsize=size, color=color,
            ha="left", va="center_baseline", weight="bold" if bold else "normal",
            parse_math=False,
        )  # fmt: skip
        x += width
