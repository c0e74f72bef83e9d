"""An initializer is one class: engines are given its numbers, so that every engine trains with it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
from contract.engines import engine_names
from extension.members import NAME, check_json, played, python_export, registered, trained

import deltarule as dr
from deltarule import keras
from deltarule.errors import SettingError
from deltarule.initializers import INITIALIZERS, Initializer
from deltarule.playground.catalog import catalog
from deltarule.playground.experiment import Experiment, NetworkChoice


@dataclass(frozen=True)
class Stripes(Initializer):
    """1 and −1 by turns."""

    kind = NAME
    label = "stripes"

    def sample(self, shape: Any, seed: int, purpose: Any, layer: int) -> Any:
        return np.resize([1.0, -1.0], shape)


@pytest.fixture(autouse=True)
def added() -> Iterator[None]:
    with registered(INITIALIZERS, Stripes):
        yield


@pytest.mark.parametrize("engine", engine_names())
def test_every_engine_starts_from_it(engine: str) -> None:
    network = dr.Network([dr.Dense(4, "tanh", initializer=NAME), dr.Dense(1)], 3)
    still = dr.optimizers.GradientDescent(1e-30)
    weights = trained(network, engine, optimizer=still).network.parameters.weights[0]
    assert np.array_equal(weights.ravel(), np.resize([1, -1], 12))


def test_it_becomes_json_and_back() -> None:
    check_json(INITIALIZERS, Stripes())


def test_keras_refuses_it_in_a_sentence() -> None:
    with pytest.raises(SettingError, match=NAME) as caught:
        keras.initializers.get(NAME)
    assert "\n" not in str(caught.value)


def test_the_playground_shows_trains_and_exports_it() -> None:
    assert "stripes" in [entry.label for entry in catalog().initializers if entry.name == NAME]
    workspace = played(Experiment(network=NetworkChoice(initializer=NAME)))
    assert f"initializer={NAME!r}" in python_export(workspace)
