"""The color and the marker of each class, alike in all charts and tables of the report."""

from __future__ import annotations

from deltarule._common.palette import CLASS_COLORS
from deltarule.drawing.svg import Fragment, element, number

# Markers as path data around (0, 0): the starting point and relative steps.
_SHAPES = (
    (-4.0, 0.0, "a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z"),  # circle
    (-3.6, -3.6, "h7.2v7.2h-7.2z"),  # square
    (0.0, -4.8, "l4.6 8.2h-9.2z"),  # triangle
    (0.0, -5.2, "l5.2 5.2l-5.2 5.2l-5.2 -5.2z"),  # diamond
    (0.0, 4.8, "l4.6 -8.2h-9.2z"),  # inverted triangle
    (-1.6, -4.8, "h3.2v3.2h3.2v3.2h-3.2v3.2h-3.2v-3.2h-3.2v-3.2h3.2z"),  # plus
    (-4.8, -3.0, "l4.8 3l4.8 -3v3.6l-4.8 3l-4.8 -3z"),  # chevron
    (-2.4, -4.4, "h4.8l2.6 4.4l-2.6 4.4h-4.8l-2.6 -4.4z"),  # hexagon
)
_SYMBOLS = "●■▲◆▼✚⌃⬢"


def class_style(index: int) -> str:
    """Return the CSS class with the color of class `index`."""
    return f"class-{index % len(CLASS_COLORS)}"


def marker_path(index: int, x: float, y: float) -> str:
    """Return the path data of the marker of class `index` at (x, y)."""
    dx, dy, steps = _SHAPES[index % len(_SHAPES)]
    return f"M{number(x + dx)} {number(y + dy)}{steps}"


def class_marker(index: int, x: float, y: float) -> Fragment:
    """Return the marker of class `index` at (x, y)."""
    return element("path", d=marker_path(index, x, y), class_=f"point {class_style(index)}")


def marker_symbol(index: int) -> str:
    """Return the marker of class `index` as a character."""
    return _SYMBOLS[index % len(_SYMBOLS)]
