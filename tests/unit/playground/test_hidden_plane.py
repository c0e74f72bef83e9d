"""The rows as the last hidden layer sees them, compared with scikit-learn and by hand."""

from __future__ import annotations

import numpy as np
import pytest
from playground_messages import array_of

from deltarule.insight import forward_pass
from deltarule.playground.experiment import (
    DataChoice,
    Experiment,
    LayerChoice,
    NetworkChoice,
    ViewChoice,
)
from deltarule.playground.hidden_plane import RESOLUTION, hidden_plane
from deltarule.playground.workspace import Workspace

GENERATOR = np.random.default_rng(0)


def workspace_of(*units: int, view: ViewChoice | None = None, name="circles") -> Workspace:
    layers = tuple(LayerChoice(n) for n in units)
    shown = ViewChoice(hidden_layer=True) if view is None else view
    experiment = Experiment(DataChoice(name=name, rows=100), NetworkChoice(layers), view=shown)
    workspace = Workspace(experiment=experiment)
    workspace.run.train(20)
    return workspace


def frame_of(workspace: Workspace):
    return workspace.frame(sequence=1, playing=False, epochs_per_second=None)


def hidden_outputs(workspace: Workspace) -> np.ndarray:
    """Return the last hidden layer's outputs of all rows, by the equations."""
    run = workspace.run
    return np.asarray(forward_pass(run.now.trained, run.prepared.inputs)[-2].outputs)


def test_two_units_are_the_plane_itself():
    workspace = workspace_of(4, 2)
    message = frame_of(workspace)
    assert message.content["hidden"]["kind"] == "units"
    assert message.content["hidden"]["x"]["label"] == "unit 1"
    points = array_of(message, "hidden_points")
    assert points == pytest.approx(hidden_outputs(workspace), abs=1e-5)


def test_more_units_are_projected_as_scikit_learn_does():
    decomposition = pytest.importorskip("sklearn.decomposition")
    workspace = workspace_of(5)
    message = frame_of(workspace)
    assert message.content["hidden"]["kind"] == "components"
    outputs = hidden_outputs(workspace)
    pca = decomposition.PCA(2).fit(outputs[workspace.run.prepared.training])
    expected = pca.transform(outputs)
    points = array_of(message, "hidden_points")
    for axis in (0, 1):  # the sign of a component is free
        sign = np.sign(points[0, axis] * expected[0, axis])
        assert points[:, axis] == pytest.approx(sign * expected[:, axis], abs=1e-4)
    share = round(100 * pca.explained_variance_ratio_[0])
    assert f"({share}% of the variance)" in message.content["hidden"]["x"]["label"]


def test_the_predictions_over_the_plane_are_those_of_the_output_layer():
    workspace = workspace_of(2)
    message = frame_of(workspace)
    hidden = message.content["hidden"]
    grid = array_of(message, "hidden_outputs")
    assert grid.shape == (1, RESOLUTION, RESOLUTION)
    parameters = workspace.run.parameters
    (a, b), bias = parameters.weights[-1][:, 0], parameters.biases[-1][0]
    x = np.linspace(hidden["x"]["low"], hidden["x"]["high"], RESOLUTION)
    y = np.linspace(hidden["y"]["low"], hidden["y"]["high"], RESOLUTION)
    for row, column in ((0, 0), (0, 47), (47, 0), (20, 30)):
        expected = 1 / (1 + np.exp(-(a * x[column] + b * y[row] + bias)))
        assert grid[0, row, column] / 65535 == pytest.approx(expected, abs=1e-5)


def test_two_units_can_be_chosen_and_the_others_keep_their_means():
    workspace = workspace_of(4, view=ViewChoice(hidden_layer=True, unit_x=3, unit_y=1))
    message = frame_of(workspace)
    assert message.content["hidden"]["y"]["label"] == "unit 2"
    points = array_of(message, "hidden_points")
    assert points == pytest.approx(hidden_outputs(workspace)[:, [3, 1]], abs=1e-5)
    outputs = GENERATOR.uniform(-1, 1, (30, 4))
    plane = hidden_plane(outputs, outputs, "tanh", (3, 1))
    assert plane is not None
    assert plane.vectors[:, [0, 2]] == pytest.approx(
        np.tile(outputs.mean(axis=0)[[0, 2]], (RESOLUTION**2, 1)), abs=1e-6
    )
    assert (plane.x.low, plane.x.high) == (-1.05, 1.05)


@pytest.mark.parametrize("units", [(), (1,)])
def test_without_two_units_there_is_no_plane(units):
    assert frame_of(workspace_of(*units)).content["hidden"] is None


def test_nothing_is_computed_unless_it_is_shown():
    message = frame_of(workspace_of(2, view=ViewChoice()))
    assert message.content["hidden"] is None
    assert "hidden_points" not in message.content["arrays"]


@pytest.mark.parametrize("name", ["iris", "hills"])
def test_classes_and_numbers_have_their_outputs(name):
    message = frame_of(workspace_of(3, name=name))
    outputs = 3 if name == "iris" else 1
    assert array_of(message, "hidden_outputs").shape == (outputs, RESOLUTION, RESOLUTION)


def test_outputs_that_overflow_still_have_a_frame():
    """Weights of 10⁶ in seven layers are a factor of 10⁴² and more, which float32 does not hold."""
    layers = tuple(LayerChoice(3, "identity") for _ in range(7))
    shown = ViewChoice(hidden_layer=True)
    workspace = Workspace(experiment=Experiment(network=NetworkChoice(layers), view=shown))
    for layer in range(7):
        workspace.run.set_weight(layer, 0, 0, 1e6)
    message = frame_of(workspace)
    assert np.abs(hidden_outputs(workspace)).max() > np.finfo(np.float32).max
    assert message.content["hidden"]["kind"] == "components"
