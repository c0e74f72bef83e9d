"""A loss surface seen from the side: a picture of hills and valleys, and where its points are in it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.course.plane import drawing
from deltarule.drawing.svg import Fragment, element, line, polyline, text
from deltarule.report.color_scale import cividis
from deltarule.report.png import png_data_url

Array = NDArray[Any]
WIDTH, HEIGHT = 400.0, 350.0
_ELEVATION = math.radians(36)
_SCALE, _MIDDLE = 128.0, (200.0, 196.0)
_TALL = 1.0
_PIXELS = 1.0
_SAMPLES = 480
_BANDS = 14
_LIGHT = np.array([-0.45, 0.35, 0.82])
_NEAR = 0.06
_SHADES = cividis(np.linspace(0, 1, 256)).astype(np.float32)


class Relief:
    """The surface over two axes from −1 to 1, of heights from 0 to 1, seen from a direction.

    `heights` (n_rows, n_columns), lowest row first, as in `Plane.heat`; `angle` in degrees turns the
    surface around its vertical axis. Low places are yellow.
    """

    def __init__(self, heights: Array, angle: float) -> None:
        self._heights = np.clip(np.asarray(heights, np.float64), 0, 1)
        self._turn = math.radians(angle)
        self._render()

    def project(self, u: Any, v: Any, height: Any) -> tuple[Array, Array, Array]:
        """Return x and y in the drawing, and the depth, of points of the surface."""
        u, v, height = (np.asarray(one, np.float64) for one in (u, v, height))
        across = u * math.cos(self._turn) - v * math.sin(self._turn)
        depth = u * math.sin(self._turn) + v * math.cos(self._turn)
        up = depth * math.sin(_ELEVATION) + (height - 0.5) * _TALL * math.cos(_ELEVATION)
        return _MIDDLE[0] + _SCALE * across, _MIDDLE[1] - _SCALE * up, depth

    def path(self, u: Array, v: Array, height: Array) -> str:
        """Return path data through points, with gaps where hills hide them."""
        x, y, _ = self.project(u, v, height)
        seen = self.is_seen(u, v, height)
        return polyline(np.where(seen, x, np.nan), np.where(seen, y, np.nan))

    def is_seen(self, u: Array, v: Array, height: Array) -> Array:
        """Return whether no hill is before each point."""
        x, y, depth = self.project(u, v, height)
        column, row = self._pixel(x, y)
        rows, columns = self._depth.shape
        inside = (row >= 0) & (row < rows) & (column >= 0) & (column < columns)
        before = self._depth[np.clip(row, 0, rows - 1), np.clip(column, 0, columns - 1)]
        return ~inside | (before > depth - _NEAR)

    def svg(self, title: str, x_name: str, y_name: str, *parts: Fragment) -> Fragment:
        """Return the drawing, with `parts` above the surface."""
        image = element("image", href=self._image, x=0, y=0, width=WIDTH, height=HEIGHT,
                        preserveAspectRatio="none")  # fmt: skip
        return drawing(title, WIDTH, HEIGHT, *self._base(x_name, y_name), image, *parts)

    def _base(self, x_name: str, y_name: str) -> Sequence[Fragment]:
        """Return the outline of the ground, and the names of its axes at the sides that are in front."""
        x, y, _ = self.project([-1, 1, 1, -1], [-1, -1, 1, 1], 0.0)
        at = list(zip(x.tolist(), y.tolist(), strict=True))
        parts: list[Fragment] = []
        for i in range(4):
            parts.append(line(*at[i], *at[(i + 1) % 4], class_="axis"))
        for name, places in ((x_name, ((0, -1.22), (0, 1.22))), (y_name, ((-1.22, 0), (1.22, 0)))):
            near = min(places, key=lambda place: float(self.project(place[0], place[1], 0.0)[2]))
            x, y, _ = self.project(near[0], near[1], 0.0)
            parts.append(text(float(x), float(y) + 8, name, text_anchor="middle", class_="number"))
        return parts

    def _pixel(self, x: Array, y: Array) -> tuple[Array, Array]:
        return (x * _PIXELS).astype(np.int64), (y * _PIXELS).astype(np.int64)

    def _render(self) -> None:
        """Paint the surface from far to near, so that what is in front stays."""
        fine = np.linspace(-1, 1, _SAMPLES, dtype=np.float32)
        z = _finer(self._heights.astype(np.float32), _SAMPLES)
        u, v = np.meshgrid(fine, fine)
        x, y, depth = self.project(u, v, z)
        # Far rows and columns first; within a view column this order is that of the depth.
        order = (slice(None, None, -1 if math.cos(self._turn) > 0 else 1),
                 slice(None, None, -1 if math.sin(self._turn) > 0 else 1))  # fmt: skip
        shade = self._light(z)[..., None]
        colors = _SHADES[(255 * (1 - z)).astype(np.uint8)] * shade
        column, row = (one[order].ravel() for one in self._pixel(x, y))
        shape = (round(HEIGHT * _PIXELS), round(WIDTH * _PIXELS))
        inside = (row >= 0) & (row < shape[0]) & (column >= 0) & (column < shape[1])
        place = row[inside], column[inside]
        pixels = np.zeros((*shape, 4), np.uint8)
        self._depth = np.full(shape, np.inf, np.float32)
        pixels[(*place, slice(0, 3))] = np.clip(colors, 0, 255)[order].reshape(-1, 3)[inside]
        pixels[(*place, 3)] = 255
        self._depth[place] = depth[order].ravel()[inside]
        _fill_gaps(pixels, self._depth)
        self._image = png_data_url(pixels)

    def _light(self, z: Array) -> Array:
        """Return how bright each place is: sides away from the light are darker, and contour lines."""
        spacing = 2 / (len(z) - 1)
        slope_v, slope_u = np.gradient(z * _TALL, spacing)
        length = np.sqrt(slope_u**2 + slope_v**2 + 1)
        shade = (-_LIGHT[0] * slope_u - _LIGHT[1] * slope_v + _LIGHT[2]) / length
        # A line is as thin on slopes as on flat ground.
        bands = z * _BANDS
        thin = np.abs(bands - np.round(bands)) < 0.009 * _BANDS * np.hypot(slope_u, slope_v)
        return (0.62 + 0.42 * np.clip(shade, 0, 1)) * np.where(thin & (bands > 0.5), 0.72, 1.0)


def _fill_gaps(pixels: Array, depth: Array) -> None:
    """Copy the pixel beside each one that lies behind both neighbors: the samples there are sparse."""
    for axis in (0, 1):
        before, here, after = (
            (slice(None),) * axis + (part,)
            for part in (slice(None, -2), slice(1, -1), slice(2, None))
        )
        gap = depth[here] > np.maximum(depth[before], depth[after]) + _NEAR
        pixels[here][gap] = pixels[before][gap]
        depth[here][gap] = depth[before][gap]


def _finer(values: Array, count: int) -> Array:
    """Return values between those of a grid, on `count` points of both axes."""
    rows, columns = (np.linspace(0, size - 1, count) for size in values.shape)
    low = np.minimum(columns.astype(np.int64), values.shape[1] - 2)
    share = columns - low
    values = values[:, low] * (1 - share) + values[:, low + 1] * share
    low = np.minimum(rows.astype(np.int64), values.shape[0] - 2)
    share = (rows - low)[:, None]
    return values[low] * (1 - share) + values[low + 1] * share
