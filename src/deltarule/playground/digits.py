"""1,000 handwritten digits of 8 × 8 pixels, and digits that somebody draws, brought into their form.

The digits are those of Alpaydin and Kaynak (1998), doi:10.24432/C50P49, CC BY 4.0 (`digits.txt`).
There, a bitmap of 32 × 32 dots is divided into blocks of 4 × 4, and a pixel counts the dots of its block.
The bitmaps were normalized as in Garris et al. (1994), "NIST Form-Based Handprint Recognition System",
NISTIR 5469: a digit is stretched to 20 × 32 dots, its ink is brought to 256 to 412 dots, and it is
sheared until the left edges of its top and its bottom are one above the other. So is a drawing here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data import Column, Table
from deltarule.errors import DataError

Array = NDArray[Any]
SIDE = 8
DOTS = 32
MAX_PIXEL = 16
CLASSES = tuple(map(str, range(10)))
PIXELS = tuple(
    f"row {row + 1}, column {column + 1}" for row in range(SIDE) for column in range(SIDE)
)
BOX_DOTS = np.array([20.0, 32.0])
"""Width and height of a digit before it is set upright."""
MAX_STRETCH = 1.1
"""Limit of the scale in x over that in y: a vertical line stays a line, and a narrow 1 a 1."""
PEN_SHARE = 0.185
"""Width of the pen, as a share of a drawing's size, while it is scaled and set upright."""
INK_DOTS = 315
"""The dots of an average digit: a pen of half to twice this width then gives a drawing as many."""
EDGE_ROWS = 2
"""Rows of ink at the top and at the bottom that do not count for the slant."""
MAX_STROKE_POINTS = 5000
_STEPS_AT_ONCE = 8  # their distances from all dots fit into a processor's fast memory


@cache
def load_digits() -> tuple[Array, Array]:
    """Return the pixels, float64 (1000, 64) from 0 to 16, and the digits, int64 (1000,)."""
    text = files("deltarule.playground").joinpath("digits.csv").read_text("utf-8")
    rows = [line.split(",") for line in text.splitlines()[1:]]
    pixels = np.array([[int(character, 17) for character in row] for _, row in rows], np.float64)
    return pixels, np.array([int(digit) for digit, _ in rows])


def digits_table(pixels: Array) -> Table:
    """Return rows of pixels (n, 64) as a table."""
    columns = (Column(name, "number", pixels[:, i].copy()) for i, name in enumerate(PIXELS))
    return Table(tuple(columns), source="Digits")


@dataclass(frozen=True)
class PixelEncoder:
    """Passes pixels to the network as numbers from 0 to 1."""

    columns: tuple[str, ...] = PIXELS

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The pixels' names."""
        return self.columns

    def transform(self, table: Table) -> Array:
        """Return the pixels, float32 (rows, 64), C-contiguous."""
        values = [table[name].values for name in self.columns]
        return np.ascontiguousarray(np.stack(values, axis=1) / MAX_PIXEL, np.float32)


def pixels_of_drawing(body: bytes) -> Array:
    """Return a drawing as 64 pixels from 0 to 16, int64: centered, scaled and upright like the digits.

    `body`: float32 triples in little endian, x, y (downward) and the number of the stroke.
    """
    if len(body) % 12 or len(body) > 12 * MAX_STROKE_POINTS:
        raise DataError("The page sent a drawing that cannot be read: clear it and draw again.")
    points = np.frombuffer(body, "<f4").reshape(-1, 3).astype(np.float64)
    if not np.isfinite(points).all():
        raise DataError("The page sent a drawing that cannot be read: clear it and draw again.")
    if len(points) == 0:
        return np.zeros(SIDE * SIDE, np.int64)
    blocks = _bitmap(points).reshape(SIDE, DOTS // SIDE, SIDE, DOTS // SIDE).sum(axis=(1, 3))
    return blocks.ravel().astype(np.int64)


def _bitmap(points: Array) -> Array:
    """Return the dots (DOTS, DOTS) of x, y and stroke, normalized like the bitmaps of the digits."""
    places, strokes = points[:, :2], points[:, 2]
    low, high = places.min(axis=0), places.max(axis=0)
    pen = PEN_SHARE * (float((high - low).max()) or 1.0)
    scale = BOX_DOTS / (high - low + pen)
    scale[0] = min(scale[0], MAX_STRETCH * scale[1])
    centered = (places - (low + high) / 2) * scale
    slant = _slant(_distances(centered, strokes, pen * scale) <= 1)
    centered[:, 0] -= slant * centered[:, 1]
    distances = _distances(centered, strokes, pen * scale)
    inked: Array = distances <= np.clip(np.sort(distances, axis=None)[INK_DOTS - 1], 0.5, 2)
    return inked


def _slant(inked: Array) -> float:
    """Return how many dots to the right the left edge of the ink goes in each row downward."""
    rows = np.flatnonzero(inked.any(axis=1))
    top, bottom = rows[0] + EDGE_ROWS, rows[-1] - EDGE_ROWS
    if top >= bottom or not (inked[top].any() and inked[bottom].any()):
        return 0.0
    return float(inked[bottom].argmax() - inked[top].argmax()) / float(bottom - top)


def _distances(centered: Array, strokes: Array, pen: Array) -> Array:
    """Return the distance of each dot (DOTS, DOTS) from the strokes; the pen touches those up to 1."""
    side = np.arange(DOTS) + 0.5 - DOTS / 2
    x, y = side / (pen[0] / 2), side[:, None] / (pen[1] / 2)
    nearest = np.full((DOTS, DOTS), np.inf)
    for number in np.unique(strokes):
        stroke = centered[strokes == number] / (pen / 2)
        steps = np.diff(stroke, axis=0, append=stroke[-1:])  # the last one is the place alone
        for part in range(0, len(stroke), _STEPS_AT_ONCE):
            chosen = slice(part, part + _STEPS_AT_ONCE)
            squares = _squared_distances(x, y, stroke[chosen], steps[chosen])
            np.minimum(nearest, squares.min(axis=0), out=nearest)
    return np.sqrt(nearest)


def _squared_distances(x: Array, y: Array, starts: Array, steps: Array) -> Array:
    """Return the squared distance (n, rows, columns) of each dot from each of the steps (n, 2)."""
    (x0, y0), (dx, dy) = (values.T[:, :, None, None] for values in (starts, steps))
    length = dx**2 + dy**2
    along = ((x - x0) * dx + (y - y0) * dy) / np.where(length > 0, length, 1)
    share = np.clip(along, 0, 1)
    squares: Array = (x - x0 - share * dx) ** 2 + (y - y0 - share * dy) ** 2
    return squares
