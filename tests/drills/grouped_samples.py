"""Small files with a model for each group, and what a user does with them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from drills.sample_files import CELLS, Sample, table, without

import deltarule as dr
from deltarule.table_model import GroupedModel


def load_grouped(path: Path) -> Any:
    """Load a file with a model for each group, and read all of them, as a server does."""
    loaded = dr.load(path)
    if isinstance(loaded, GroupedModel):
        loaded.read_all()
    return loaded


def use_grouped(model: Any, path: Path) -> None:
    columns = {*model.columns, model.by}
    row = {name: [CELLS[model.schema[name].kind]] for name in columns}
    rows = {name: cells * 2 for name, cells in row.items()}
    if model.schema[model.by].is_text and model.groups:
        rows[model.by] = [model.groups[0], "unknown"]
    assert len(model.predict(rows).values) == 2
    repr(model)
    model.describe_columns()


def grouped_models(folder: Path) -> list[Sample]:
    path = folder / "grouped.safetensors"
    found = []
    for target, drop, small in (
        ("class", "price", False),
        ("price", "class", False),
        ("x", "", True),
    ):
        data = without(drop) if drop else {name: table()[name] for name in ("x", "flag", "color")}
        settings = {"folds": 2, "epochs": 2, "hidden": (3,)}
        if small:
            settings = {"folds": 1, "epochs": 1, "hidden": ()}
        dr.train(data, target, by="color", seed=0, **settings).model.save(path)
        found.append(Sample(target, path.read_bytes(), load_grouped, use_grouped, small=small))
    return found
