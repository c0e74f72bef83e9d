"""A chart of a figure: points, curves, lines, colored areas and handles over two axes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import palette
from deltarule._common.formatting import format_number
from deltarule.drawing.svg import Fragment, element, group, line, polyline, text, text_width
from deltarule.insight import Line
from deltarule.report.axes import TICK_SIZE, Frame, make_frame, y_ticks
from deltarule.report.class_markers import class_style, marker_path
from deltarule.report.color_scale import cividis
from deltarule.report.png import png_data_url
from deltarule.report.scales import Scale

Array = NDArray[Any]
WIDTH, HEIGHT = 400.0, 330.0
_ALPHA = 120
_ARROW = 9.0
_FINE = 160
_KEY_LINE = 19.0


@dataclass
class Plane:
    """A chart that is drawn part by part; what is added later lies on top.

    `title` is its name for screen readers; `x_range` and `y_range` are the ends of the axes. With
    `square` a unit has the same length on both axes, and the height follows from the width. `x_scale`
    and `y_scale` are the classes of the scales, such as those of `axis_scales.py`. `keys` is the number
    of lines of a legend above the chart, which `key` writes.
    """

    title: str
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    x_name: str
    y_name: str
    width: float = WIDTH
    height: float = HEIGHT
    whole_x: bool = False
    square: bool = False
    x_scale: type[Scale] = Scale
    y_scale: type[Scale] = Scale
    keys: int = 0
    _parts: list[Fragment] = field(default_factory=list)
    _has_handles: bool = False

    def __post_init__(self) -> None:
        self.frame = self._frame()
        if self.square:
            (x_low, x_high), (y_low, y_high) = self.x_range, self.y_range
            per_unit = (self.frame.right - self.frame.left) / (x_high - x_low)
            self.height += (y_high - y_low) * per_unit - (self.frame.bottom - self.frame.top)
            self.frame = self._frame()

    def _frame(self) -> Frame:
        top = 30 + _KEY_LINE * self.keys
        frame = make_frame(self.width, self.height, self.x_range, self.y_range, top=top)
        y = self.y_scale(*self.y_range, frame.bottom, frame.top)
        left = 12 + 1.1 * max(text_width(label, TICK_SIZE) for _, label in y_ticks(y))
        return Frame(self.x_scale(*self.x_range, left, frame.right), y)

    def add(self, *parts: Fragment) -> None:
        """Add parts in the coordinates of the drawing."""
        self._parts += parts

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Return the coordinates in the drawing of a point of the plane."""
        return float(self.frame.x(x)), float(self.frame.y(y))

    def point_of(self, x: float, y: float) -> tuple[float, float]:
        """Return the point of the plane at coordinates of the drawing, kept within the axes."""
        frame = self.frame
        inside_x = min(max(x, frame.left), frame.right)
        inside_y = min(max(y, frame.top), frame.bottom)
        return float(frame.x.inverse(inside_x)), float(frame.y.inverse(inside_y))

    def classes(self, share: Array, alpha: int = _ALPHA) -> None:
        """Color the area by the share of class 1, of shape (n_rows, n_columns), lowest row first.

        The colors are those of the two classes, paler where the share is near ½.
        """
        share = np.clip(np.asarray(share, np.float64), 0, 1)
        self.regions((share > 0.5).astype(np.int64), np.abs(2 * share - 1), alpha)

    def regions(self, classes: Array, strength: Array, alpha: int = _ALPHA) -> None:
        """Color the area by class numbers of shape (n_rows, n_columns), lowest row first.

        `strength`, from 0 to 1 of the same shape, is the opacity as a share of `alpha`.
        """
        colors = np.array([palette.rgb(color) for color in palette.CLASS_COLORS], np.uint8)
        pixels = np.zeros((*classes.shape, 4), np.uint8)
        pixels[..., :3] = colors[classes % len(colors)]
        pixels[..., 3] = (strength * alpha).round()
        self.image(pixels[::-1])

    def class_areas(self, probabilities: Array, alpha: int = _ALPHA) -> None:
        """Color the area by the most probable class, of shape (n_rows, n_columns, n_classes).

        The lowest row is first; the color is paler where the probability is near 1 / n_classes.
        """
        shares = np.asarray(probabilities, np.float64)
        least = 1 / shares.shape[2]
        strength = np.clip((shares.max(axis=2) - least) / (1 - least), 0, 1)
        self.regions(shares.argmax(axis=2), strength, alpha)

    def heat(self, values: Array, low: float, high: float, bands: int = 0) -> None:
        """Color the area by values of shape (n_rows, n_columns), lowest row first; yellow is low.

        With `bands` the colors are those of bands between contour lines.
        """
        if bands:
            values = _finer(np.asarray(values, np.float64))
            values = low + (np.floor((values - low) / (high - low) * bands) + 0.5) / bands * (
                high - low
            )
        share = np.clip((np.asarray(values, np.float64)[::-1] - low) / (high - low), 0, 1)
        pixels = np.full((*share.shape, 4), 255, np.uint8)
        pixels[..., :3] = cividis(1 - np.nan_to_num(share, nan=1.0))
        self.image(pixels)

    def image(self, pixels: Array) -> None:
        """Fill the area with RGBA pixels, uint8 of shape (n_rows, n_columns, 4), top row first."""
        frame = self.frame
        self.add(
            element(
                "image", href=_data_url(pixels.tobytes(), pixels.shape), x=frame.left, y=frame.top,
                width=frame.right - frame.left, height=frame.bottom - frame.top,
                preserveAspectRatio="none",
            )
        )  # fmt: skip

    def points(self, x: Array, y: Array, classes: Array, *, wrong: Array | None = None) -> None:
        """Draw points of classes, with a ring around those that are wrong."""
        at_x, at_y = self.frame.x(x), self.frame.y(y)
        for i in np.unique(classes).tolist():
            chosen = np.flatnonzero(classes == i).tolist()
            d = "".join(marker_path(int(i), at_x[k], at_y[k]) for k in chosen)
            self.add(element("path", d=d, class_=f"point {class_style(int(i))}"))
        for k in [] if wrong is None else np.flatnonzero(wrong).tolist():
            self.add(element("circle", cx=float(at_x[k]), cy=float(at_y[k]), r=8, class_="ring"))

    def curve(self, x: Array, y: Array, class_: str) -> None:
        """Draw a curve; parts outside of the axes are left out."""
        y = np.asarray(y, np.float64)
        low, high = self.y_range
        margin = (high - low) * 0.02
        y = np.where((y >= low - margin) & (y <= high + margin), y, np.nan)
        self.add(element("path", d=polyline(self.frame.x(x), self.frame.y(y)), class_=class_))

    def path(self, points: Array, class_: str) -> None:
        """Draw a path through points of shape (n_points, 2), up to where it first leaves the axes."""
        kept = _until_edge(points, self.x_range, self.y_range)
        d = polyline(self.frame.x(kept[:, 0]), self.frame.y(kept[:, 1]))
        self.add(element("path", d=d, class_=class_))

    def has(self, x: float, y: float) -> bool:
        """Return whether a point is within the axes."""
        return all(
            low <= value <= high for value, (low, high) in ((x, self.x_range), (y, self.y_range))
        )

    def marker(self, point: Array, shape: int, class_: str) -> None:
        """Draw one of the shapes of class markers at (x, y), larger than those of points."""
        self._marker(*self.at(float(point[0]), float(point[1])), shape, class_)

    def _marker(self, at_x: float, at_y: float, shape: int, class_: str) -> None:
        where = f"translate({at_x:.2f} {at_y:.2f}) scale(1.5)"
        self.add(element("path", d=marker_path(shape, 0, 0), class_=class_, transform=where))

    def key(self, row: int, class_: str, content: str, shape: int | None = None) -> None:
        """Write a line of the legend: a piece of a curve, the marker on it, and a text."""
        y = 30 + _KEY_LINE * row
        self.add(line(8, y, 40, y, class_=class_))
        if shape is not None:
            self._marker(24, y, shape, class_.replace("curve", "dot"))
        self.add(text(48, y + 4, content, class_="key"))

    def line(self, boundary: Line, class_: str = "boundary") -> None:
        """Draw the part of a line that is within the axes."""
        ends = _clipped(boundary, self.x_range, self.y_range)
        if ends is not None:
            (x1, y1), (x2, y2) = (self.at(*end) for end in ends)
            self.add(line(x1, y1, x2, y2, class_=class_))

    def arrow(self, start: tuple[float, float], end: tuple[float, float], class_: str = "") -> None:
        """Draw an arrow between two points of the plane."""
        self.add(arrow(*self.at(*start), *self.at(*end), class_=class_))

    def dot(self, x: float, y: float, class_: str = "dot series-1", radius: float = 5.0) -> None:
        """Draw a dot."""
        cx, cy = self.at(x, y)
        self.add(element("circle", cx=cx, cy=cy, r=radius, class_=class_))

    def label(
        self, x: float, y: float, content: str, class_: str = "number halo", **more: Any
    ) -> None:
        """Write a text at a point of the plane, moved by `dx` and `dy` in the drawing."""
        at_x, at_y = self.at(x, y)
        at_x, at_y = at_x + more.pop("dx", 0), at_y + more.pop("dy", 0)
        self.add(text(at_x, at_y, content, class_=class_, **more))

    def handle(self, name: str, label: str, x: float, y: float, step: float) -> None:
        """Draw something to drag; an arrow key moves it by `step` in the units of the plane."""
        self._has_handles = True
        cx, cy = self.at(x, y)
        scale = self.frame.x
        per_unit = abs(float(scale(scale.low + step)) - scale.start)
        where = f"{self.x_name} = {format_number(x)}, {self.y_name} = {format_number(y)}"
        self.add(
            element(
                "circle", cx=cx, cy=cy, r=9.5, class_="handle", data_handle=name, data_step=per_unit,
                tabindex=0, role="slider", aria_label=label, aria_valuenow=round(x, 6),
                aria_valuetext=where,
            )
        )  # fmt: skip

    def content(self) -> Fragment:
        """Return the axes and all parts, for a drawing of several charts."""
        return group(self.frame.axes(self.x_name, self.y_name, whole_x=self.whole_x), *self._parts)

    def svg(self) -> Fragment:
        """Return the chart."""
        axes = self.frame.axes(self.x_name, self.y_name, whole_x=self.whole_x)
        return drawing(
            self.title, self.width, self.height, axes, *self._parts, has_handles=self._has_handles
        )


def drawing(
    title: str, width: float, height: float, *parts: object, has_handles: bool = False
) -> Fragment:
    """Return an `<svg>`; one with handles is a group for screen readers, because images have no parts."""
    return element(
        "svg", *parts, viewBox=f"0 0 {width:g} {height:g}", role="group" if has_handles else "img",
        aria_label=title,
    )  # fmt: skip


def arrow(x1: float, y1: float, x2: float, y2: float, class_: str = "") -> Fragment:
    """Return an arrow between two points of the drawing; a very short one is empty."""
    length = math.hypot(x2 - x1, y2 - y1)
    if length < 1:
        return group()
    ux, uy = (x2 - x1) / length, (y2 - y1) / length
    size = min(_ARROW, length)
    bx, by = x2 - ux * size, y2 - uy * size
    corners = [(x2, y2), (bx - uy * size / 2, by + ux * size / 2),
               (bx + uy * size / 2, by - ux * size / 2)]  # fmt: skip
    d = "M" + "L".join(f"{x:.2f} {y:.2f}" for x, y in corners) + "Z"
    return group(
        line(x1, y1, bx, by, class_=f"arrow {class_}".strip()),
        element("path", d=d, class_=f"arrow-head {class_}".strip()),
    )


def grid(
    x_range: tuple[float, float], y_range: tuple[float, float], columns: int = 60, rows: int = 48
) -> tuple[Array, Array]:
    """Return the centers of the pixels of a picture of the plane: x of shape (n,), y of shape (n,)."""
    x = np.linspace(*x_range, 2 * columns + 1)[1::2]
    y = np.linspace(*y_range, 2 * rows + 1)[1::2]
    return x, y


@lru_cache(maxsize=8)
def _data_url(pixels: bytes, shape: tuple[int, ...]) -> str:
    """Return an image as a data URL; the background of a figure that trains is the same in all frames."""
    return png_data_url(np.frombuffer(pixels, np.uint8).reshape(shape))


def _finer(values: Array) -> Array:
    """Return values between those of a grid, on `_FINE` points of both axes."""
    for axis in (0, 1):
        old, new = np.linspace(0, 1, values.shape[axis]), np.linspace(0, 1, _FINE)
        values = np.apply_along_axis(
            lambda line, old=old, new=new: np.interp(new, old, line), axis, values
        )
    return values


def _until_edge(points: Array, x_range: tuple[float, float], y_range: tuple[float, float]) -> Array:
    """Return the points of a path within a rectangle, and the point of its edge where it leaves."""
    low, high = np.array([x_range, y_range], np.float64).T
    inside = ((points >= low) & (points <= high)).all(axis=1)
    if inside.all() or not inside[0]:
        return points if inside.all() else points[:0]
    first = int(inside.argmin())
    here, there = points[first - 1], points[first]
    if not np.isfinite(there).all():
        return points[:first]
    move = np.where(there == here, 1.0, there - here)
    shares = np.where(move > 0, (high - here) / move, (low - here) / move)
    share = min(1.0, float(np.where(there == here, 1.0, shares).min()))
    return np.vstack([points[:first], here + share * (there - here)])


def _clipped(
    boundary: Line, x_range: tuple[float, float], y_range: tuple[float, float]
) -> Sequence[tuple[float, float]] | None:
    """Return the two ends of a line within a rectangle, or None where it does not cross it."""
    (w1, w2), bias = boundary.weights, boundary.bias
    found = []
    for x in x_range:
        if w2:
            y = (-bias - w1 * x) / w2
            if y_range[0] <= y <= y_range[1]:
                found.append((x, y))
    for y in y_range:
        if w1:
            x = (-bias - w2 * y) / w1
            if x_range[0] <= x <= x_range[1]:
                found.append((x, y))
    if len(found) < 2:
        return None
    return found[0], max(found[1:], key=lambda end: math.dist(end, found[0]))
