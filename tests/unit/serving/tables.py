"""Tables with columns of every kind, rows of them, and files of their models."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from deltarule.serving.served_model import ModelPlace
from deltarule.table_model import TableModel

QUICK: dict[str, Any] = {"folds": 2, "epochs": 3, "hidden": (4,), "seed": 0}
KINDS = ("flat", "house", "villa <b>")
DISTRICTS = tuple(f"district {i}" for i in range(12))


def houses(rows: int = 120) -> dict[str, list[Any]]:
    """Return a table with numbers, categories, dates and booleans."""
    random = np.random.default_rng(0)
    days = np.datetime64("2019-01-01") + random.integers(0, 1500, rows)
    area = random.normal(100, 30, rows).round(1)
    return {
        "number": list(range(1000, 1000 + rows)),  # dropped as an identifier
        "area": area.tolist(),
        "kind": [KINDS[i] for i in random.integers(0, len(KINDS), rows)],
        "district": [DISTRICTS[i] for i in random.integers(0, len(DISTRICTS), rows)],
        "sold": days.astype(str).tolist(),
        "balcony": (random.random(rows) > 0.5).tolist(),
        "price": (3000 * area + random.normal(0, 2e4, rows)).tolist(),
    }


ROW = {
    "area": 90.5,
    "kind": "flat",
    "district": "district 3",
    "sold": "2020-05-01",
    "balcony": True,
}
PET = {"legs": 4, "sound": "meow"}


def pet_rows(rows: int = 60) -> dict[str, list[Any]]:
    """Return a table whose classes are integers."""
    return {
        "legs": [2 + 2 * (i % 2) for i in range(rows)],
        "sound": [("tweet", "meow", "woof")[i % 3] for i in range(rows)],
        "class": [i % 2 for i in range(rows)],
    }


def saved(model: TableModel, path: Path) -> ModelPlace:
    """Save a model; return its name and file."""
    model.save(path)
    return ModelPlace(path.stem, str(path))
