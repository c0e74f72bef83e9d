"""A valid file of some kind, and the table that many of them were made from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

CELLS = {
    "number": 1.5,
    "duration": 2.5,
    "boolean": True,
    "datetime": np.datetime64("2024-05-06T07:08"),
    "category": "a",
    "text": "b",
}
"""A cell for each kind of column."""

Loader = Callable[[Path], Any]
User = Callable[[Any, Path], None]


@dataclass(frozen=True)
class Sample:
    """A valid file, how it is loaded, and how what was loaded is used.

    `check` reads the file as `load` does before anything else, for less than `load` costs as a whole.
    """

    name: str
    content: bytes
    load: Loader
    use: User
    small: bool = False
    check: Loader | None = None


def table(rows: int = 60) -> dict[str, Any]:
    """Return a table with a column of every kind."""
    random = np.random.default_rng(0)
    x = random.normal(size=rows)
    day = np.datetime64("2024-01-01T00:00") + np.arange(rows) * np.timedelta64(7, "h")
    return {
        "x": x,
        "skewed": np.where(np.arange(rows) % 9 == 0, np.nan, np.exp(3 * x)),
        "color": np.array(["a", "b", "c"])[np.arange(rows) % 3],
        "shop": np.array([f"shop {i % 7}" for i in range(rows)]),
        "flag": x > 0.3,
        "day": day,
        "constant": np.ones(rows),
        "class": np.where(x + random.normal(size=rows) / 3 > 0, "yes", "no"),
        "price": 3 * x + random.normal(size=rows),
    }


def without(*names: str) -> dict[str, Any]:
    return {name: values for name, values in table().items() if name not in names}
