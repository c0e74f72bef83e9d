"""Tables whose rows follow another rule in each group, with groups that cannot be trained."""

from __future__ import annotations

from typing import Any

import numpy as np

SHOPS = ("north", "south", "west")
QUICK: dict[str, Any] = {"folds": 2, "epochs": 4, "hidden": (6,)}


def sales(rows: int = 150) -> dict[str, Any]:
    """Return rows of three shops, four of a shop with too few, and three without a shop."""
    random = np.random.default_rng(3)
    shop = np.array(SHOPS, dtype=object)[random.integers(0, 3, rows)]
    shop[:4], shop[4:7] = "tiny", None
    price, color = random.normal(size=rows), random.choice(["red", "blue"], rows)
    slope = np.array([{"north": 2.0, "south": -2.0}.get(name, 0.5) for name in shop])
    amount = slope * price + (color == "red") + random.normal(size=rows) / 9
    return {
        "shop": shop,
        "price": price,
        "color": color,
        "amount": amount,
        "sold": np.where(amount > 0, "yes", "no"),
    }


def without(table: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: cells for name, cells in table.items() if name not in names}


def rows_of(table: dict[str, Any], rows: Any) -> dict[str, Any]:
    return {name: cells[rows] for name, cells in table.items()}
