"""1,000 handwritten digits of 8 × 8 pixels, and digits that somebody draws, brought into their form.

The digits are those of Alpaydin and Kaynak (1998), doi:10.24432/C50P49, CC BY 4.0 (`digits.txt`).
There, a bitmap of 32 × 32 dots is divided into blocks of 4 × 4, and a pixel counts the dots of its block.
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
STROKE_DOTS = 4.5
"""Width of a stroke in dots: drawn digits then have as much ink as those of the dataset."""
MAX_WIDTH_DOTS = 24
"""A digit is as high as the bitmap, and narrower: those of the dataset leave out the outer columns."""
MAX_STROKE_POINTS = 5000


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
    """Return a drawing as 64 pixels from 0 to 16, int64: centered, and as high as the digits.

    `body`: float32 triples in little endian, x, y (downward) and the number of the stroke.
    """
    if len(body) % 12 or len(body) > 12 * MAX_STROKE_POINTS:
        raise DataError("The page sent a drawing that cannot be read: clear it and draw again.")
    points = np.frombuffer(body, "<f4").reshape(-1, 3).astype(np.float64)
    if not np.isfinite(points).all():
        raise DataError("The page sent a drawing that cannot be read: clear it and draw again.")
    if len(points) == 0:
        return np.zeros(SIDE * SIDE, np.int64)
    places = _fitted(points[:, :2])
    inked = np.zeros((DOTS, DOTS), bool)
    for stroke in np.unique(points[:, 2]):
        inked |= _ink(places[points[:, 2] == stroke])
    blocks = inked.reshape(SIDE, DOTS // SIDE, SIDE, DOTS // SIDE).sum(axis=(1, 3))
    return blocks.ravel().astype(np.int64)


def _fitted(places: Array) -> Array:
    """Return places (n, 2) in dots: as high as the bitmap less a stroke, and centered."""
    low, high = places.min(axis=0), places.max(axis=0)
    width, height = high - low
    room = DOTS - STROKE_DOTS
    factor = min(
        room / height if height else np.inf,
        (MAX_WIDTH_DOTS - STROKE_DOTS) / width if width else np.inf,
    )
    if not np.isfinite(factor):
        factor = 0.0  # a single dot
    return (places - (low + high) / 2) * factor + DOTS / 2


def _ink(stroke: Array) -> Array:
    """Return the dots (DOTS, DOTS) that are closer to a line through places than half its width."""
    x, y = np.meshgrid(np.arange(DOTS) + 0.5, np.arange(DOTS) + 0.5)
    dots = np.stack([x, y], axis=-1)
    starts = stroke if len(stroke) == 1 else stroke[:-1]
    steps = np.zeros_like(starts) if len(stroke) == 1 else np.diff(stroke, axis=0)
    inked = np.zeros((DOTS, DOTS), bool)
    for start, step in zip(starts, steps, strict=True):
        length = float(step @ step)
        share = np.clip((dots - start) @ step / length, 0, 1) if length else np.zeros((DOTS, DOTS))
        away = dots - (start + share[..., None] * step)
        inked |= (away**2).sum(axis=-1) <= (STROKE_DOTS / 2) ** 2
    return inked
