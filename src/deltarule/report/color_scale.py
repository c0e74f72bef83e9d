"""The colors of numbers in pictures and bands: between the steps of cividis."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import palette

Array = NDArray[Any]


def cividis(share: Array) -> Array:
    """Return the colors of shares between 0 (dark) and 1 (yellow): uint8 of shape (*share.shape, 3)."""
    steps = np.array([palette.rgb(color) for color in palette.CIVIDIS], np.float64)
    place, at = np.asarray(share, np.float64) * (len(steps) - 1), np.arange(len(steps))
    parts = [np.interp(place, at, steps[:, part]) for part in range(3)]
    return np.stack(parts, axis=-1).round().astype(np.uint8)
