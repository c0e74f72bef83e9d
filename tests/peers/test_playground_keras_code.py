"""The program that the playground exports for Keras, run by Keras."""

from __future__ import annotations

import contextlib
import io
import re

import pytest

from deltarule.playground.experiment import (
    DataChoice,
    Experiment,
    LayerChoice,
    NetworkChoice,
    TrainingChoice,
)
from deltarule.playground.exporting import exported
from deltarule.playground.workspace import Workspace

LAYERS = NetworkChoice((LayerChoice(5), LayerChoice(4, "relu")))


@pytest.mark.parametrize(
    ("data", "training"),
    [
        ("moons", TrainingChoice(optimizer="gradient_descent", learning_rate=0.2, batch_size=0)),
        ("moons", TrainingChoice(optimizer="nesterov", learning_rate=0.02, batch_size=0)),
        ("iris", TrainingChoice(optimizer="adam", learning_rate=0.02, batch_size=0)),
        ("hills", TrainingChoice(optimizer="adamw", learning_rate=0.02, batch_size=0)),
        ("blobs", TrainingChoice("hinge", "rmsprop", 0.01, batch_size=0)),
        ("moons", TrainingChoice(schedule="cosine", epochs=40, learning_rate=0.02, batch_size=0)),
    ],
)
def test_keras_gets_the_same_numbers_with_all_rows_in_a_batch(keras, data, training):
    compare(Experiment(DataChoice(name=data, rows=80), LAYERS, training))


def test_an_activation_whose_settings_differ_in_keras(keras):
    layers = NetworkChoice((LayerChoice(5, "leaky_relu"), LayerChoice(4, "leaky_relu")))
    training = TrainingChoice(optimizer="gradient_descent", learning_rate=0.2, batch_size=0)
    compare(Experiment(DataChoice(name="moons", rows=80), layers, training))


def compare(experiment):
    """Compare the losses that the exported program prints with those of the playground."""
    workspace = Workspace(experiment=experiment)
    workspace.run.train(12)
    program = exported("keras", workspace).body.decode()
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        exec(compile(program, "exported", "exec"), {})
    reported = re.findall(r"(?:training|validation) loss ([-\d.e]+)", output.getvalue())
    last = workspace.run.curve.last
    expected = [last["training_loss"], last["validation_loss"]]
    # Keras puts Adam's ε elsewhere, and the playground trains in float32.
    assert [float(number) for number in reported] == pytest.approx(expected, rel=5e-3)
