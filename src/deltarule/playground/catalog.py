"""Everything there is to choose from, as the page's menus show it."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from deltarule._common.descriptions import Family
from deltarule.activations import ACTIVATIONS
from deltarule.initializers import INITIALIZERS
from deltarule.losses import LOSSES
from deltarule.optimizers import OPTIMIZERS, Stepwise
from deltarule.playground.experiment import (
    CROSS_ENTROPIES,
    LEARNING_RATE_RANGE,
    MAX_LAYERS,
    MAX_UNITS_BY_BUTTON,
    DataChoice,
    losses,
    optimizers,
)
from deltarule.playground.messages import Json
from deltarule.playground.prepared_data import PreparedData, prepare_data
from deltarule.playground.presets import PRESETS
from deltarule.playground.toy_datasets import FEATURES, TOY_DATASETS
from deltarule.playground.training_setup import tasks_of
from deltarule.schedules import SCHEDULES

PREVIEW_POINTS = 80


def catalog() -> Json:
    """Return the catalog of `hello`."""
    return {
        "toys": _toys(),
        "features": [{"name": f.name, "label": f.label} for f in FEATURES],
        "activations": [
            {
                "name": name,
                "label": member.label,
                "formula": member.formula,
                "learns": member.learns,
            }
            for name, member in ACTIVATIONS.members.items()
        ],
        "losses": [
            {"name": name, "label": _loss_label(name), "tasks": list(tasks_of(name))}
            for name in losses()
        ],
        "optimizers": [
            {
                "name": name,
                "label": OPTIMIZERS.members[name].label,
                "learning_rate": _own_rate(name),
            }
            for name in optimizers()
        ],
        "schedules": _labels(SCHEDULES),
        "initializers": _labels(INITIALIZERS),
        "presets": [
            {
                "name": preset.name,
                "label": preset.label,
                "idea": preset.idea,
                "experiment": preset.experiment.to_json(),
            }
            for preset in PRESETS
        ],
        "limits": {
            "layers": MAX_LAYERS,
            "units": MAX_UNITS_BY_BUTTON,
            "learning_rate": list(LEARNING_RATE_RANGE),
        },
    }


@cache
def _toys() -> list[Json]:
    return [_toy(toy.name) for toy in TOY_DATASETS]


def _toy(name: str) -> Json:
    toy = next(toy for toy in TOY_DATASETS if toy.name == name)
    return {
        "name": toy.name,
        "label": toy.label,
        "task": toy.task,
        "classes": len(toy.classes),
        "rows": list(toy.rows),
        "noise": list(toy.noise),
        "features": toy.make is not None,
        "about": toy.about,
        "preview": _preview(prepare_data(DataChoice(name=toy.name, rows=300, noise=0.08))),
    }


def _preview(prepared: PreparedData) -> list[list[float]]:
    x_name, y_name = prepared.axes[:2]
    points = np.stack([prepared.table[name].values for name in (x_name, y_name)], axis=1)
    values = prepared.truth.astype(float)
    if not prepared.classes:
        values = (values - values.min()) / ((values.max() - values.min()) or 1.0)
    low, high = points.min(axis=0), points.max(axis=0)
    scaled = (points - low) / np.where(high > low, high - low, 1.0)
    chosen = np.linspace(0, len(values) - 1, PREVIEW_POINTS).astype(int)
    return [
        [round(float(x), 3), round(float(y), 3), round(float(v), 3)]
        for (x, y), v in zip(scaled[chosen], values[chosen], strict=True)
    ]


def _labels(family: Family[Any]) -> list[Json]:
    return [{"name": name, "label": member.label} for name, member in family.members.items()]


def _loss_label(name: str) -> str:
    kind = CROSS_ENTROPIES[0] if name == "cross_entropy" else name
    return LOSSES.members[kind].label


def _own_rate(name: str) -> float:
    made = OPTIMIZERS.members[name]()
    assert isinstance(made, Stepwise)
    return float(made.schedule.rates(np.zeros(1, int), 1, 1)[0])
