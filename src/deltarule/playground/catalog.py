"""The entries of the page's menus."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from deltarule._common.descriptions import Family
from deltarule.activations import ACTIVATIONS
from deltarule.initializers import INITIALIZERS
from deltarule.insight import principal_components
from deltarule.losses import LOSSES
from deltarule.optimizers import OPTIMIZERS, Stepwise
from deltarule.playground.default_experiments import default_experiment
from deltarule.playground.digits import PixelEncoder
from deltarule.playground.experiment import (
    CROSS_ENTROPIES,
    LEARNING_RATE_RANGE,
    MAX_LAYERS,
    MAX_UNITS_BY_BUTTON,
    DataChoice,
    losses,
    optimizers,
)
from deltarule.playground.prepared_data import PreparedData, prepare_data
from deltarule.playground.presets import PRESETS, Preset
from deltarule.playground.protocol.catalog import (
    ActivationEntry,
    Catalog,
    Limits,
    LossEntry,
    NamedEntry,
    OptimizerEntry,
    PresetEntry,
    QuestionEntry,
    ToyEntry,
)
from deltarule.playground.toy_datasets import FEATURES, TOY_DATASETS
from deltarule.playground.training_setup import tasks_of
from deltarule.schedules import SCHEDULES

PREVIEW_POINTS = 80


def catalog() -> Catalog:
    """Return the entries of the page's menus."""
    return Catalog(
        toys=_toys(),
        features=[NamedEntry(feature.name, feature.label) for feature in FEATURES],
        activations=[
            ActivationEntry(name, member.label, member.formula, member.learns)
            for name, member in ACTIVATIONS.members.items()
        ],
        losses=[LossEntry(name, _loss_label(name), tasks_of(name)) for name in losses()],
        optimizers=[
            OptimizerEntry(name, OPTIMIZERS.members[name].label, _default_rate(name))
            for name in optimizers()
        ],
        schedules=_labels(SCHEDULES),
        initializers=_labels(INITIALIZERS),
        presets=[_lesson(preset) for preset in PRESETS],
        limits=Limits(MAX_LAYERS, MAX_UNITS_BY_BUTTON, LEARNING_RATE_RANGE),
    )


def _lesson(preset: Preset) -> PresetEntry:
    question = preset.question
    return PresetEntry(
        preset.name, preset.label, preset.idea, preset.experiment.to_json(),
        QuestionEntry(question.text, list(question.answers), question.correct, question.why),
        list(preset.suggestions),
    )  # fmt: skip


@cache
def _toys() -> list[ToyEntry]:
    return [
        ToyEntry(
            toy.name, toy.label, toy.task, len(toy.classes), toy.rows, toy.noise,
            toy.make is not None, toy.about,
            _preview(prepare_data(DataChoice(name=toy.name, rows=300, noise=0.08))),
            default_experiment(toy.name),
        )
        for toy in TOY_DATASETS
    ]  # fmt: skip


def _preview(prepared: PreparedData) -> list[tuple[float, float, float]]:
    if isinstance(prepared.encoder, PixelEncoder):  # two pixels show nothing
        points = principal_components(prepared.inputs).transform(prepared.inputs)
    else:
        columns = [prepared.table[name].values for name in prepared.first_axes]
        points = np.stack(columns, axis=1)
    values = prepared.truth.astype(float)
    if not prepared.classes:
        values = (values - values.min()) / ((values.max() - values.min()) or 1.0)
    low, high = points.min(axis=0), points.max(axis=0)
    scaled = (points - low) / np.where(high > low, high - low, 1.0)
    chosen = np.linspace(0, len(values) - 1, PREVIEW_POINTS).astype(int)
    return [
        (round(float(x), 3), round(float(y), 3), round(float(v), 3))
        for (x, y), v in zip(scaled[chosen], values[chosen], strict=True)
    ]


def _labels(family: Family[Any]) -> list[NamedEntry]:
    return [NamedEntry(name, member.label) for name, member in family.members.items()]


def _loss_label(name: str) -> str:
    kind = CROSS_ENTROPIES[0] if name == "cross_entropy" else name
    return LOSSES.members[kind].label


def _default_rate(name: str) -> float:
    optimizer = OPTIMIZERS.members[name]()
    assert isinstance(optimizer, Stepwise)
    return float(optimizer.schedule.rates(np.zeros(1, int), 1, 1)[0])
