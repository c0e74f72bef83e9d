"""Points that somebody drew on the plane, as a text that fits into an address.

Each point takes four characters of URL-safe base64 (RFC 4648), which hold 24 bits: x and y in 10 bits
each, from −1 to 1, and the number of its class in 4 bits. `web/src/engine/drawn_points.ts` writes them.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import DataError
from deltarule.playground.toy_datasets import ToyDataset

Array = NDArray[Any]
DRAWN = ToyDataset(
    "drawn", "Your points", "Points that you drew.", None, classes=("orange", "blue", "teal", "pink"),
)  # fmt: skip
MIN_POINTS_OF_A_CLASS = 3
LAST_STEP = 1023
"""Number of steps from −1 to 1."""


def encode_points(points: Array, classes: Array) -> str:
    """Return points (n, 2) from −1 to 1 and their class numbers as text."""
    steps = np.rint((np.clip(points, -1, 1) + 1) / 2 * LAST_STEP).astype(np.int64)
    words = (steps[:, 0] << 14) | (steps[:, 1] << 4) | np.asarray(classes, np.int64)
    octets = np.stack([words >> 16, words >> 8 & 255, words & 255], axis=1).astype(np.uint8)
    return base64.urlsafe_b64encode(octets.tobytes()).decode()


def decode_points(text: str) -> tuple[Array, Array]:
    """Return points, float64 (n, 2), and class numbers, int64 (n,); raise `DataError` if unreadable."""
    try:
        if len(text) % 4:
            raise ValueError
        octets = np.frombuffer(base64.b64decode(text, b"-_", validate=True), np.uint8)
        words = octets.reshape(-1, 3).astype(np.int64) @ (1 << 16, 1 << 8, 1)
    except (ValueError, binascii.Error):
        raise DataError(
            "The drawn points of this address cannot be read: open the link again, or draw new ones."
        ) from None
    steps = np.stack([words >> 14, words >> 4 & LAST_STEP], axis=1)
    return steps / LAST_STEP * 2 - 1, words & 15


def drawn_dataset(text: str) -> tuple[ToyDataset, Array, Array]:
    """Return a dataset with the classes up to the last one drawn, its points (n, 2), and classes (n,).

    Raises `DataError` unless there are at least two classes, with a few points each.
    """
    points, numbers = decode_points(text)
    counts = np.bincount(numbers, minlength=2)
    if len(counts) > len(DRAWN.classes):
        raise DataError("The drawn points of this address have unknown classes: draw new ones.")
    few = int(counts.argmin())
    if counts[few] < MIN_POINTS_OF_A_CLASS:
        raise DataError(
            f"Draw at least {MIN_POINTS_OF_A_CLASS} points of each class: {DRAWN.classes[few]} has "
            f"{counts[few]}."
        )
    dataset = replace(DRAWN, classes=DRAWN.classes[: len(counts)])
    return dataset, points, numbers
