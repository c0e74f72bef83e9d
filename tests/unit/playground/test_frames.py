"""Frames and their bytes, compared with predictions, finite differences and scikit-learn."""

from __future__ import annotations

import json
import struct

import numpy as np
import pytest
from playground_messages import array_of

from deltarule.drawing.layout import activation_level
from deltarule.errors import DataError
from deltarule.insight import forward_pass
from deltarule.playground.experiment import (
    DataChoice,
    Experiment,
    LayerChoice,
    NetworkChoice,
    OutputChoice,
    TrainingChoice,
    ViewChoice,
)
from deltarule.playground.frame_messages import frame
from deltarule.playground.input_plane import RESOLUTION, STRIDE, UNIT_RESOLUTION, plane_for
from deltarule.playground.point_messages import points_message, shown_rows
from deltarule.playground.prepared_data import prepare_data
from deltarule.playground.protocol.responses import (
    ErrorResponse,
    LandscapeHeader,
    LandscapeProgress,
)
from deltarule.playground.protocol.wire import Message, encode, encode_arrays, pack, unpack
from deltarule.playground.training_run import TrainingRun

HIDDEN = (LayerChoice(5), LayerChoice(3, "relu"))


def shown(
    name: str, training: TrainingChoice | None = None, sample: int | None = None, output="auto"
):
    """Return a run of 30 epochs, its input plane and its frame."""
    data = DataChoice(name=name, rows=150)
    experiment = Experiment(
        data, NetworkChoice(HIDDEN, OutputChoice(output)), training or TrainingChoice()
    )
    run = TrainingRun(experiment, prepare_data(data))
    run.train(30)
    plane = plane_for(run.prepared, ViewChoice(), sample)
    made = frame(
        run.now,
        run.engine,
        plane,
        shown_rows(150),
        sample,
        generation=1,
        sequence=1,
        playing=False,
        epochs_per_second=None,
    )
    return run, plane, unpack(pack(made))


def test_grids_match_the_predictions():
    run, plane, message = shown("moons")
    outputs = array_of(message, "outputs")
    assert outputs.shape == (1, RESOLUTION, RESOLUTION)
    expected = run.now.trained.predict(plane.inputs).reshape(RESOLUTION, RESOLUTION)
    assert outputs[0] / 65535 == pytest.approx(expected, abs=0.5 / 65535 + 1e-6)
    layers = forward_pass(run.now.trained, plane.inputs)
    first = layers[0].outputs.reshape(RESOLUTION, RESOLUTION, 5)[1::STRIDE, 1::STRIDE]
    count = 5 * UNIT_RESOLUTION**2
    grids = array_of(message, "units")[:count].reshape(5, UNIT_RESOLUTION, UNIT_RESOLUTION)
    high = np.array(message.content["layers"][0]["high"])
    values = (grids / 255 * 2 - 1) * high[:, None, None]
    assert values.transpose(1, 2, 0) == pytest.approx(first, abs=high.max() / 255 + 1e-6)


def test_grids_of_several_classes_sum_to_one():
    _, _, message = shown("iris")
    outputs = array_of(message, "outputs").astype(int)
    assert outputs.shape == (3, RESOLUTION, RESOLUTION)
    assert np.abs(outputs.sum(axis=0) - 65535).max() <= 2


def test_weights_are_ordered_by_layer():
    run, _, message = shown("circles")
    weights = array_of(message, "weights")
    assert len(weights) == 2 * 5 + 5 * 3 + 3
    assert np.array_equal(weights[10:25].reshape(5, 3), run.parameters.weights[1])
    assert np.array_equal(array_of(message, "biases")[5:8], run.parameters.biases[1])


@pytest.mark.parametrize("name", ["moons", "blobs4"])
@pytest.mark.parametrize("loss", ["cross_entropy", "hinge"])
def test_the_confusion_matrix_matches_scikit_learn(name, loss):
    metrics = pytest.importorskip("sklearn.metrics")
    run, _, message = shown(name, TrainingChoice(loss))
    prepared = run.prepared
    said = run.now.trained.predict(prepared.inputs[prepared.validation])
    cut = 0.0 if run.setup.signed else 0.5
    guess = said.argmax(axis=1) if said.shape[1] > 1 else (said[:, 0] > cut).astype(int)
    expected = metrics.confusion_matrix(prepared.truth[prepared.validation], guess)
    assert message.content["confusion"]["validation"] == expected.tolist()


def test_residuals_have_the_unit_of_the_target():
    run, _, message = shown("hills")
    predicted, true = array_of(message, "residuals").T
    assert true == pytest.approx(run.prepared.truth, abs=1e-6)
    assert predicted == pytest.approx(run.now.trained.predict(run.prepared.inputs)[:, 0], abs=1e-5)


def test_deltas_are_the_slope_of_the_loss_by_each_bias():
    run, _, message = shown("moons", sample=7)
    deltas = array_of(message, "sample_deltas")
    parameters = run.parameters.astype(np.float64)
    inputs = run.prepared.inputs[[7]].astype(np.float64)
    target = float(run.prepared.truth[7])

    def loss() -> float:
        x = inputs
        for weight, bias, g in zip(
            parameters.weights, parameters.biases, (np.tanh, _relu, _sigmoid), strict=True
        ):
            x = g(x @ weight + bias)
        return float(-np.log(x if target else 1 - x)[0, 0])

    slopes = []
    for bias in parameters.biases:
        for j in range(len(bias)):
            bias[j] += 1e-5
            above = loss()
            bias[j] -= 2e-5
            slopes.append((above - loss()) / 2e-5)
            bias[j] += 1e-5
    assert deltas == pytest.approx(slopes, abs=1e-4)
    assert message.content["sample"]["loss"] == pytest.approx(loss(), rel=1e-4)


def _relu(z):
    return np.maximum(z, 0)


def _sigmoid(z):
    return 1 / (1 + np.exp(-z))


def test_activations_of_a_sample_and_their_levels():
    run, _, message = shown("moons", sample=7)
    layers = forward_pass(run.now.trained, run.prepared.inputs[[7]])
    activations = array_of(message, "sample_activations")
    assert activations == pytest.approx(np.concatenate([x.outputs[0] for x in layers]), abs=1e-5)
    names = ["none", "medium", "high"]
    levels = [names[i] for i in array_of(message, "sample_levels")[:5]]
    assert levels == [
        activation_level(abs(float(v))) for v in activations[:5]
    ]  # tanh is bounded by 1


def test_points_are_the_rows():
    data = DataChoice(name="moons", rows=150)
    prepared = prepare_data(data)
    plane = plane_for(prepared, ViewChoice(), None)
    message = unpack(pack(points_message(prepared, plane, shown_rows(150), 3)))
    assert array_of(message, "x") == pytest.approx(prepared.table["x1"].values, abs=1e-6)
    assert array_of(message, "validation").sum() == len(prepared.validation)
    inputs = array_of(message, "inputs")
    assert inputs.shape == (2, UNIT_RESOLUTION, UNIT_RESOLUTION)
    assert (np.diff(inputs[0].astype(int), axis=1) >= 0).all()  # x₁ grows to the right
    assert (np.diff(inputs[1].astype(int), axis=0) >= 0).all()  # x₂ upwards, row 0 lowest
    assert len(shown_rows(10_000)) == 2000


def test_bytes_follow_the_protocol():
    header = LandscapeHeader(
        generation=1, epoch=3, parameters=7, steps=2, names=("a", "b"), a=(0, 1), b=(0, float("nan")),
    )  # fmt: skip
    message = encode_arrays(header, {"trajectory_epochs": [1, 2, 3], "losses": np.array([1.5])})
    raw = pack(message)
    (length,) = struct.unpack("<I", raw[:4])
    content = json.loads(raw[4 : 4 + length])
    start = (4 + length + 7) // 8 * 8
    assert (content["type"], content["b"]) == ("landscape", [0.0, None])
    assert content["arrays"] == {
        "trajectory_epochs": {"dtype": "int32", "shape": [3], "offset": 0},
        "losses": {"dtype": "float32", "shape": [1], "offset": 16},
    }
    assert struct.unpack_from("<3i", raw, start) == (1, 2, 3)
    assert struct.unpack_from("<f", raw, start + 16) == (1.5,)
    assert len(raw) == start + 24


def test_a_message_without_bytes_is_its_json():
    assert encode(LandscapeProgress(1, 2)).content == {
        "type": "landscape_progress", "done": 1, "total": 2,
    }  # fmt: skip
    assert json.loads(pack(encode(ErrorResponse("größer", None)))) == {
        "type": "error", "text": "größer", "about": None, "edit": None,
    }  # fmt: skip


@pytest.mark.parametrize(
    "raw",
    [
        "",
        "[]",
        "{}",
        '{"type": 3}',
        "[" * 100_000,
        b"",
        b"\xff\xff\xff\xff{}",
        b"\x02\x00\x00\x00{}",
    ],
)
def test_bytes_that_are_not_a_message_are_refused(raw):
    with pytest.raises(DataError, match="reload it"):
        unpack(raw)


def test_a_body_survives_packing():
    sent = Message({"type": "upload", "name": "größe.csv"}, b"a,b\n1,2\n")
    assert unpack(pack(sent)) == sent
