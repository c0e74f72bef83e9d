"""A loss is one class: every interface shows it, the native engine refuses it in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from extension.members import (
    NAME,
    ROWS,
    TARGETS,
    check_json,
    check_keras_export_refuses,
    check_native_refuses,
    played,
    python_export,
    registered,
    trained,
)
from sklearn.exceptions import ConvergenceWarning

import deltarule as dr
from deltarule import keras
from deltarule.estimators import MLPRegressor
from deltarule.losses import LOSSES, Loss
from deltarule.playground.catalog import catalog
from deltarule.playground.experiment import DataChoice, Experiment, TrainingChoice

NETWORK = dr.Network([dr.Dense(4, "tanh"), dr.Dense(1)], 3)


@dataclass(frozen=True)
class LogCosh(Loss):
    """loss = 1/k Σⱼ log cosh(ŷⱼ − yⱼ)."""

    kind = NAME
    label = "log-cosh"
    formula = "log cosh(ŷ − y)"
    measures_numbers = True

    def values(self, predictions: Any, targets: Any) -> Any:
        return np.log(np.cosh(predictions - targets)).mean(axis=1)

    def gradient(self, predictions: Any, targets: Any) -> Any:
        return np.tanh(predictions - targets) / predictions.shape[1]


@pytest.fixture(autouse=True)
def added() -> Iterator[None]:
    with registered(LOSSES, LogCosh):
        yield


def test_the_reference_engine_trains_with_it() -> None:
    losses = trained(NETWORK, loss=NAME).history.training_loss
    assert losses[1] < losses[0]


def test_the_native_engine_refuses_it_in_a_sentence() -> None:
    check_native_refuses("loss", NETWORK, loss=NAME)


def test_it_becomes_json_and_back() -> None:
    check_json(LOSSES, LogCosh())


def test_the_estimators_take_it() -> None:
    model = MLPRegressor(NAME, (4,), max_iter=3, engine="reference")
    with pytest.warns(ConvergenceWarning):
        model.fit(ROWS, TARGETS[:, 0])
    assert model.predict(ROWS).shape == (60,)


def test_keras_takes_it() -> None:
    for identifier in (NAME, LogCosh()):
        assert keras.losses.get(identifier).description == LogCosh()
    assert keras.losses.get(NAME)([[1.0]], [[1.0]]) == 0


def test_the_playground_shows_trains_and_exports_it() -> None:
    entry = next(entry for entry in catalog().losses if entry.name == NAME)
    assert (entry.label, tuple(entry.tasks)) == ("log-cosh", ("regression",))
    workspace = played(Experiment(DataChoice(name="hills", rows=60), training=TrainingChoice(NAME)))
    assert "LogCosh()" in python_export(workspace)
    check_keras_export_refuses(workspace, "loss")
