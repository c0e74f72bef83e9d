"""A schedule is one class: engines are given its rates, so that every engine trains with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from contract.engines import engine_names
from extension.members import NAME, ROWS, check_json, played, python_export, registered, trained
from sklearn.exceptions import ConvergenceWarning

import deltarule as dr
from deltarule._common import checks
from deltarule.errors import SettingError
from deltarule.estimators import MLPClassifier
from deltarule.playground.catalog import catalog
from deltarule.playground.experiment import Experiment, TrainingChoice
from deltarule.playground.exporting import exported
from deltarule.schedules import SCHEDULES, Schedule

NETWORK = dr.Network([dr.Dense(4, "tanh"), dr.Dense(1)], 3)


@dataclass(frozen=True)
class Linear(Schedule):
    """η = learning_rate · (1 − t / T)."""

    kind = NAME
    label = "linear"
    learning_rate: float = 0.1

    def __post_init__(self) -> None:
        checks.number("Linear.learning_rate", self.learning_rate, above=0)

    def rates(self, updates: Any, steps_per_epoch: int, epochs: int) -> Any:
        return self.learning_rate * (1 - updates / (steps_per_epoch * epochs))


@pytest.fixture(autouse=True)
def added() -> Iterator[None]:
    with registered(SCHEDULES, Linear):
        yield


@pytest.mark.parametrize("engine", engine_names())
def test_every_engine_trains_with_it(engine: str) -> None:
    optimizer = dr.optimizers.GradientDescent(Linear(0.2))
    history = trained(NETWORK, engine, optimizer=optimizer, batch_size=30).history
    assert history.learning_rate == pytest.approx([0.15, 0.05])


def test_it_becomes_json_and_back() -> None:
    check_json(SCHEDULES, Linear(0.3))


def test_the_estimators_take_its_name() -> None:
    y = (ROWS[:, 0] > 0).astype(int)
    model = MLPClassifier((4,), learning_rate=NAME, learning_rate_init=0.1, max_iter=3)
    with pytest.warns(ConvergenceWarning):
        model.fit(ROWS, y)
    assert model.predict(ROWS).shape == (60,)


def test_the_playground_shows_trains_and_exports_it() -> None:
    assert "linear" in [entry.label for entry in catalog().schedules if entry.name == NAME]
    workspace = played(Experiment(training=TrainingChoice(schedule=NAME, epochs=50)))
    assert "Linear(" in python_export(workspace)
    with pytest.raises(SettingError, match=f"schedule` {NAME} does not exist in Keras"):
        exported("keras", workspace)


def test_its_rates_are_numbers() -> None:
    assert np.allclose(Linear(1.0).rates(np.arange(4), 2, 2), [1, 0.75, 0.5, 0.25])
