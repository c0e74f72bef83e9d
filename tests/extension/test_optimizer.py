"""An optimizer is one class: every interface shows it, the native engine refuses it in a sentence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
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

import deltarule as dr
from deltarule import keras
from deltarule.cli import main
from deltarule.optimizers import OPTIMIZERS, Stepwise
from deltarule.playground.catalog import catalog
from deltarule.playground.experiment import Experiment, TrainingChoice

IRIS = Path(__file__).resolve().parents[2] / "examples" / "iris.csv"
NETWORK = dr.Network([dr.Dense(4, "tanh"), dr.Dense(1)], 3)


@dataclass(frozen=True)
class SignDescent(Stepwise):
    """w ← w − η sign(g)."""

    kind = NAME
    label = "sign descent"

    def update(self, weights: Any, gradient: Any, slots: Any, learning_rate: Any, t: int) -> None:
        weights -= learning_rate * np.sign(gradient)


@pytest.fixture(autouse=True)
def added() -> Iterator[None]:
    with registered(OPTIMIZERS, SignDescent):
        yield


def test_the_reference_engine_trains_with_it() -> None:
    losses = trained(NETWORK, optimizer=NAME).history.training_loss
    assert losses[1] < losses[0]


def test_the_native_engine_refuses_it_in_a_sentence() -> None:
    check_native_refuses("optimizer", NETWORK, optimizer=NAME)


def test_it_becomes_json_and_back() -> None:
    check_json(OPTIMIZERS, SignDescent(dr.schedules.Cosine(0.1)))


def test_the_command_line_takes_its_name(tmp_path: Path, capsys: Any) -> None:
    words = ["train", IRIS, "--target", "species", "--optimizer", NAME, "--engine", "reference",
             "--epochs", "2", "--hidden", "4", "--no-report", "--out", tmp_path / "run"]  # fmt: skip
    assert main([str(word) for word in words]) == 0
    capsys.readouterr()


def test_keras_takes_its_name() -> None:
    model = keras.Sequential([keras.layers.Input((3,)), keras.layers.Dense(1)])
    model.compile(NAME, "mse", engine="reference")
    model.fit(ROWS, TARGETS, epochs=2, verbose=0)
    assert model.optimizer.learning_rate == 1e-3


def test_the_playground_shows_trains_and_exports_it() -> None:
    entry = next(entry for entry in catalog().optimizers if entry.name == NAME)
    assert (entry.label, entry.learning_rate) == ("sign descent", 1e-3)
    workspace = played(Experiment(training=TrainingChoice(optimizer=NAME)))
    assert "SignDescent(" in python_export(workspace)
    check_keras_export_refuses(workspace, "optimizer")
