"""Images of pixels in the drawing of a figure: each is one element, whatever its size."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import palette
from deltarule.drawing.svg import Fragment, element, group
from deltarule.report.png import png_data_url

Array = NDArray[Any]


def gray_image(values: Array, x: float, y: float, size: float) -> Fragment:
    """Return an image of values from 0 (black) to 1 (white), shape (n_rows, n_columns), top row first."""
    levels = (np.clip(np.asarray(values, np.float64), 0, 1) * 255).round().astype(np.uint8)
    pixels = np.full((*levels.shape, 4), 255, np.uint8)
    pixels[..., :3] = levels[..., None]
    return _image(pixels, x, y, size)


def signed_image(values: Array, x: float, y: float, size: float, largest: float) -> Fragment:
    """Return an image of signed values, shape (n_rows, n_columns), top row first.

    Positive values are blue and negative ones orange, fully at ±`largest`; the page shows through where
    a value is 0, so that light and dark pages have the same image.
    """
    share = np.clip(np.asarray(values, np.float64) / (largest or 1.0), -1, 1)
    negative, positive = (palette.rgb(palette.class_color(i)) for i in (0, 1))
    pixels = np.zeros((*share.shape, 4), np.uint8)
    pixels[..., :3] = np.where((share > 0)[..., None], positive, negative)
    pixels[..., 3] = (np.abs(share) * 255).round()
    return _image(pixels, x, y, size)


def _image(pixels: Array, x: float, y: float, size: float) -> Fragment:
    """Return the pixels in a frame; `size` is the width."""
    height = size * pixels.shape[0] / pixels.shape[1]
    return group(
        element(
            "image", href=_data_url(pixels.tobytes(), pixels.shape), x=x, y=y, width=size,
            height=height, preserveAspectRatio="none", class_="pixels",
        ),
        element("rect", x=x, y=y, width=size, height=height, class_="frame"),
    )  # fmt: skip


@lru_cache(maxsize=64)
def _data_url(pixels: bytes, shape: tuple[int, ...]) -> str:
    """Return an image as a data URL; a digit is the same in all frames of a training."""
    return png_data_url(np.frombuffer(pixels, np.uint8).reshape(shape))
