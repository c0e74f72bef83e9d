"""An activation is one class: every interface shows it, the native engine refuses it in a sentence."""

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
    check_json,
    check_keras_export_refuses,
    check_native_refuses,
    check_onnx_refuses,
    played,
    python_export,
    registered,
    trained,
)
from sklearn.exceptions import ConvergenceWarning

import deltarule as dr
from deltarule import keras
from deltarule.activations import ACTIVATIONS, Elementwise
from deltarule.cli import main
from deltarule.errors import SettingError
from deltarule.estimators import MLPClassifier
from deltarule.playground.catalog import catalog
from deltarule.playground.experiment import Experiment, LayerChoice, NetworkChoice

IRIS = Path(__file__).resolve().parents[2] / "examples" / "iris.csv"


@dataclass(frozen=True)
class Bent(Elementwise):
    """g(z) = √(1 + z²) − 1."""

    kind = NAME
    label = "bent"
    formula = "√(1 + z²) − 1"

    def __call__(self, z: Any) -> Any:
        return np.sqrt(1 + z * z) - 1

    def derivative(self, z: Any) -> Any:
        return z / np.sqrt(1 + z * z)


def network() -> dr.Network:
    return dr.Network([dr.Dense(4, Bent()), dr.Dense(1)], 3)


@pytest.fixture(autouse=True)
def added() -> Iterator[None]:
    with registered(ACTIVATIONS, Bent):
        yield


def test_the_reference_engine_trains_with_it() -> None:
    by_name = dr.Network([dr.Dense(4, NAME), dr.Dense(1)], 3)
    assert by_name == network()
    assert len(trained(network()).history) == 2


def test_the_native_engine_refuses_it_in_a_sentence() -> None:
    check_native_refuses("activation", network())


def test_onnx_export_refuses_it_in_a_sentence(tmp_path: Path) -> None:
    check_onnx_refuses(network(), tmp_path)


def test_it_becomes_json_and_back() -> None:
    check_json(ACTIVATIONS, Bent())
    assert dr.Network.from_json(network().to_json()) == network()


def test_the_estimators_take_its_name() -> None:
    y = (ROWS[:, 0] > 0).astype(int)
    model = MLPClassifier(
        (4,), activation=NAME, max_iter=3, tol=0, n_iter_no_change=99, engine="reference"
    )
    with pytest.warns(ConvergenceWarning):
        model.fit(ROWS, y)
    assert model.predict(ROWS).shape == (60,)


def test_the_command_line_takes_its_name(tmp_path: Path, capsys: Any) -> None:
    words = ["train", IRIS, "--target", "species", "--activation", NAME, "--engine", "reference",
             "--epochs", "2", "--hidden", "4", "--no-report", "--out", tmp_path / "run"]  # fmt: skip
    assert main([str(word) for word in words]) == 0
    network = dr.load(tmp_path / "run" / "model.safetensors").networks[0].network
    assert network.blocks[0].dense.activation == Bent()
    capsys.readouterr()


def test_keras_takes_its_name() -> None:
    assert keras.activations.get(NAME) == Bent()
    assert keras.layers.Dense(3, activation=NAME).activation == Bent()


def test_the_playground_shows_trains_and_exports_it() -> None:
    entry = next(entry for entry in catalog().activations if entry.name == NAME)
    assert (entry.label, entry.formula) == ("bent", "√(1 + z²) − 1")
    layers = (LayerChoice(3, NAME),)
    workspace = played(Experiment(network=NetworkChoice(layers)))
    assert repr(NAME) in python_export(workspace)
    check_keras_export_refuses(workspace, "activation")


def test_the_plot_of_all_activations_shows_it() -> None:
    plots = pytest.importorskip("deltarule.plots")
    figure = plots.activation_functions()
    assert "test member" in [ax.get_title() for ax in figure.axes]


def test_a_name_is_taken_once() -> None:
    with pytest.raises(SettingError, match="already"):
        ACTIVATIONS.register(Bent)
