"""Everything there is to choose from, as the page's menus show it."""

from __future__ import annotations

from functools import cache

import numpy as np

from deltarule.activations import ACTIVATIONS
from deltarule.optimizers import OPTIMIZERS, Stepwise
from deltarule.playground.experiment import (
    INITIALIZER_NAMES,
    LEARNING_RATE_RANGE,
    LOSSES,
    MAX_LAYERS,
    MAX_UNITS_BY_BUTTON,
    OPTIMIZER_NAMES,
    SCHEDULES,
    DataChoice,
)
from deltarule.playground.messages import Json
from deltarule.playground.prepared_data import PreparedData, prepare_data
from deltarule.playground.presets import PRESETS
from deltarule.playground.toy_datasets import FEATURES, TOY_DATASETS

PREVIEW_POINTS = 80
_LABELS = {
    "relu": "ReLU", "leaky_relu": "leaky ReLU", "elu": "ELU", "selu": "SELU", "gelu": "GELU",
    "silu": "SiLU (swish)", "mish": "Mish", "adam": "Adam", "adamw": "AdamW", "amsgrad": "AMSGrad",
    "nadam": "Nadam", "rmsprop": "RMSprop", "adagrad": "AdaGrad", "adadelta": "Adadelta",
    "momentum": "gradient descent with momentum", "nesterov": "Nesterov's momentum",
    "glorot": "Glorot (tanh, sigmoid)", "he": "He (ReLU)", "lecun": "LeCun (SELU)", "huber": "Huber",
    "cross_entropy": "cross-entropy", "one_cycle": "one cycle", "on_plateau": "on plateau",
    "warm_up": "warm-up", "step": "step",
}  # fmt: skip
_FORMULAS = {
    "identity": "z", "sign": "−1, 0 or 1", "step": "1 if z ≥ 0, else 0", "sigmoid": "1 / (1 + e⁻ᶻ)",
    "tanh": "(eᶻ − e⁻ᶻ) / (eᶻ + e⁻ᶻ)", "relu": "max(0, z)", "leaky_relu": "z if z > 0, else 0.01 z",
    "elu": "z if z > 0, else eᶻ − 1", "selu": "1.05 z if z > 0, else 1.76 (eᶻ − 1)", "gelu": "z Φ(z)",
    "silu": "z σ(z)", "mish": "z tanh(log(1 + eᶻ))", "softplus": "log(1 + eᶻ)", "exponential": "eᶻ",
    "softmax": "e^zⱼ / Σₖ e^zₖ",
}  # fmt: skip
_CLASS_LOSSES = ("cross_entropy", "mean_squared_error", "hinge")
_NUMBER_LOSSES = ("mean_squared_error", "mean_absolute_error", "huber")
_STEPPED = ("sign", "step")  # g′ = 0: no gradient learns through them


@cache
def catalog() -> Json:
    """Return the catalog of `hello`; the same object each time."""
    return {
        "toys": [_toy(toy.name) for toy in TOY_DATASETS],
        "features": [{"name": f.name, "label": f.label} for f in FEATURES],
        "activations": [
            {
                "name": name,
                "label": _label(name),
                "formula": _FORMULAS[name],
                "learns": name not in _STEPPED,
            }
            for name in ACTIVATIONS.names
        ],
        "losses": [
            {
                "name": name,
                "label": _label(name),
                "tasks": [
                    task
                    for task, names in (
                        ("classification", _CLASS_LOSSES),
                        ("regression", _NUMBER_LOSSES),
                    )
                    if name in names
                ],
            }
            for name in LOSSES
        ],
        "optimizers": [
            {"name": name, "label": _label(name), "learning_rate": _own_rate(name)}
            for name in OPTIMIZER_NAMES
        ],
        "schedules": [{"name": name, "label": _label(name)} for name in SCHEDULES],
        "initializers": [{"name": name, "label": _label(name)} for name in INITIALIZER_NAMES],
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


def _label(name: str) -> str:
    return _LABELS.get(name, name.replace("_", " "))


def _own_rate(name: str) -> float:
    made = OPTIMIZERS.members[name]()
    assert isinstance(made, Stepwise)
    return float(made.schedule.rates(np.zeros(1, int), 1, 1)[0])
