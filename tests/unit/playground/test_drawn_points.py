"""Points drawn by hand: their text, the data they become, and their downloads."""

from __future__ import annotations

import base64
import io

import numpy as np
import pytest

from deltarule.data import read_table
from deltarule.errors import DataError
from deltarule.playground.drawn_points import decode_points, encode_points
from deltarule.playground.experiment import MAX_POINTS_LENGTH, DataChoice, Experiment
from deltarule.playground.exporting import exported
from deltarule.playground.input_plane import plane_for
from deltarule.playground.prepared_data import prepare_data
from deltarule.playground.url_fragment import MAX_FRAGMENT_LENGTH, from_fragment, to_fragment
from deltarule.playground.workspace import Workspace

GENERATOR = np.random.default_rng(0)
POINTS = GENERATOR.uniform(-1, 1, (60, 2))
CLASSES = (POINTS[:, 0] > 0).astype(int)


def drawn(points=POINTS, classes=CLASSES) -> DataChoice:
    return DataChoice(source="drawn", name="drawn", points=encode_points(points, classes))


def test_the_text_has_ten_bits_for_a_coordinate_and_four_for_a_class():
    """By hand: x = −1 is step 0, y = 1 is step 1023, class 2: 0000000000 1111111111 0010."""
    word = 0b000000000011111111110010
    expected = base64.urlsafe_b64encode(word.to_bytes(3, "big")).decode()
    assert encode_points(np.array([[-1.0, 1.0]]), np.array([2])) == expected == "AD_y"


def test_points_come_back_to_half_a_step():
    points, classes = decode_points(encode_points(POINTS, CLASSES))
    assert np.abs(points - POINTS).max() <= 1 / 1023
    assert np.array_equal(classes, CLASSES)
    again = encode_points(points, classes)
    assert again == encode_points(POINTS, CLASSES)


def test_drawn_points_train_and_span_the_whole_plane():
    workspace = Workspace(experiment=Experiment(drawn()))
    workspace.run.train(200)
    assert workspace.run.curve.last["training_score"] > 0.95
    plane = workspace.plane
    assert (plane.x.low, plane.x.high, plane.y.low, plane.y.high) == (-1, 1, -1, 1)
    assert workspace.run.prepared.classes == ("orange", "blue")


def test_a_link_has_room_for_all_that_can_be_drawn():
    points = GENERATOR.uniform(-1, 1, (MAX_POINTS_LENGTH // 4, 2))
    experiment = Experiment(drawn(points, np.arange(len(points)) % 4))
    fragment = to_fragment(experiment)
    assert len(fragment) < MAX_FRAGMENT_LENGTH
    assert from_fragment(fragment) == experiment
    assert len(prepare_data(from_fragment(fragment).data).classes) == 4


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "orange has 0"),
        ("A", "cannot be read"),
        ("AD_!", "cannot be read"),
        ("äöüß", "cannot be read"),
        (encode_points(POINTS, np.zeros(60, int)), "blue has 0"),
        (encode_points(POINTS, np.where(CLASSES, 2, 0)), "blue has 0"),
        (encode_points(POINTS, np.full(60, 9)), "unknown classes"),
    ],
)
def test_what_cannot_be_trained_on_is_refused(text, sentence):
    with pytest.raises(DataError, match=sentence):
        prepare_data(DataChoice(source="drawn", name="drawn", points=text))


def test_points_are_downloaded_as_a_table():
    workspace = Workspace(experiment=Experiment(drawn()))
    message = exported("points", workspace)
    assert message.content["name"] == "drawn-points.csv"
    table = read_table(io.BytesIO(message.body))
    assert table.names == ("x1", "x2", "y")
    assert np.array_equal(table["x1"].values, decode_points(drawn().points)[0][:, 0])
    assert set(table["y"].levels) == {"orange", "blue"}


def test_the_python_program_draws_the_same_points():
    workspace = Workspace(experiment=Experiment(drawn()))
    workspace.run.train(3)
    program = exported("python", workspace).body.decode()
    assert f"drawn_dataset({drawn().points!r})" in program
    names: dict = {}
    exec(compile(program, "program.py", "exec"), names)
    loss = names["result"].history.validation_loss[-1]
    assert loss == pytest.approx(float(workspace.run.curve.last["validation_loss"]), rel=1e-5)


def test_features_of_drawn_points():
    choice = DataChoice(
        source="drawn", name="drawn", points=drawn().points, features=("x1_squared", "x2")
    )
    prepared = prepare_data(choice)
    assert prepared.encoder.feature_names == ("x₁²", "x₂")
    assert plane_for(prepared, Experiment().view, None).inputs.shape[1] == 2
