"""The plotting area of a chart with its grid lines, ticks and axis labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deltarule.drawing.svg import Fragment, group, label, line, text, text_width
from deltarule.report.scales import Bend, Scale

TICK_SIZE = 11.5  # font size of tick labels and axis names
RIGHT = 14.0  # margin right of the plotting area
_WIDE_FONT = 1.1  # digits of some fonts are wider than estimated
_GAP, _LINE = 10.0, 15.0  # least distance of the labels of x, of the lines of y
Tick = tuple[float, str]


@dataclass(frozen=True)
class Frame:
    """The plotting area of a chart and its scales; y grows upward."""

    x: Scale
    y: Scale

    @property
    def left(self) -> float:
        return self.x.start

    @property
    def right(self) -> float:
        return self.x.end

    @property
    def top(self) -> float:
        return self.y.end

    @property
    def bottom(self) -> float:
        return self.y.start

    def axes(
        self, x_name: str, y_name: str, *, whole_x: bool = False, below: float = 0.0
    ) -> Fragment:
        """Return grid lines, ticks and axis labels; the label of y is above its axis.

        `below`: height of a strip between the plotting area and the labels of x.
        """
        bottom = self.bottom + below
        parts = [
            *self.x_axis(x_name, whole=whole_x, below=below),
            line(self.left, bottom, self.right, bottom, class_="axis"),
            label(2, 16, y_name, self.right - 2, TICK_SIZE, class_="name"),
        ]
        for value, tick in y_ticks(self.y):
            at = float(self.y(value))
            parts.append(line(self.left, at, self.right, at, class_="grid"))
            parts.append(text(self.left - 7, at + 4, tick, text_anchor="end", class_="tick"))
        return group(*parts, aria_hidden="true")

    def x_axis(self, name: str, *, whole: bool = False, below: float = 0.0) -> list[Fragment]:
        """Return the ticks and the label of x."""
        bottom, parts = self.bottom + below, []
        for value, tick in x_ticks(self.x, whole):
            at = float(self.x(value))
            parts.append(line(at, bottom, at, bottom + 4, class_="axis"))
            middle = _centered(at, tick, self.x)
            parts.append(text(middle, bottom + 17, tick, text_anchor="middle", class_="tick"))
        parts.append(
            label((self.left + self.right) / 2, bottom + 35, name, self.right - self.left, TICK_SIZE,
                  text_anchor="middle", class_="name")
        )  # fmt: skip
        return parts


def make_frame(
    width: float,
    height: float,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    *,
    top: float = 46.0,
    below: float = 0.0,
    logarithmic_y: bool = False,
    bends: tuple[Bend | None, Bend | None] = (None, None),
) -> Frame:
    """Return the axes of a chart of the given size, with room for ticks, labels and a strip `below`."""
    bottom = height - 42.0 - below
    y = Scale(*y_range, bottom, top, logarithmic_y, bends[1])
    left = 12 + _WIDE_FONT * max(text_width(tick, TICK_SIZE) for _, tick in y_ticks(y))
    return Frame(Scale(*x_range, left, width - RIGHT, bend=bends[0]), y)


def x_ticks(scale: Scale, whole: bool = False) -> list[Tick]:
    """Return the ticks of a horizontal scale, as many as their labels have room for."""
    if scale.bend is not None:
        return _without_touching(scale.ticks(), scale)
    room = scale.end - scale.start
    ticks: list[Tick] = []
    for count in range(max(1, int(room / 60)), 0, -1):
        ticks = scale.ticks(count, whole)
        if len(_without_touching(ticks, scale)) == len(ticks):
            return ticks
    return _without_touching(ticks, scale)


def y_ticks(scale: Scale) -> list[Tick]:
    """Return the ticks of a vertical scale, at least a line apart."""
    kept: list[tuple[float, Tick]] = []
    for tick in scale.ticks():
        at = float(scale(tick[0]))
        if all(abs(at - other) >= _LINE for other, _ in kept):
            kept.append((at, tick))
    return [tick for _, tick in kept]


def _without_touching(ticks: Sequence[Tick], scale: Scale) -> list[Tick]:
    """Return the ticks whose labels do not touch those before them in the sequence."""
    kept: list[tuple[float, float, Tick]] = []
    for tick in ticks:
        at = _centered(float(scale(tick[0])), tick[1], scale)
        half = text_width(tick[1], TICK_SIZE) / 2
        if all(abs(at - other) >= half + width + _GAP for other, width, _ in kept):
            kept.append((at, half, tick))
    return [tick for _, _, tick in kept]


def _centered(at: float, tick: str, scale: Scale) -> float:
    """Return where the label of a tick is centered: at the tick, but inside the drawing."""
    half = text_width(tick, TICK_SIZE) / 2
    return max(min(at, scale.end + RIGHT - 1 - half), half + 1)
