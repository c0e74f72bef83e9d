"""Handwritten digits: the dataset, compared with scikit-learn's, and drawn digits."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.errors import DataError, SettingError
from deltarule.playground.digits import load_digits, pixels_of_drawing
from deltarule.playground.experiment import Experiment
from deltarule.playground.exporting import exported
from deltarule.playground.presets import PRESETS_BY_NAME
from deltarule.playground.protocol.requests import DigitRequest
from deltarule.playground.workspace import Workspace
from deltarule.stopping import StopReason

TURN = np.linspace(0, 2 * np.pi, 40)


def ellipse(x: float, y: float, width: float, height: float) -> list[tuple[float, float]]:
    return list(zip(x + width * np.cos(TURN), y + height * np.sin(TURN), strict=True))


DRAWN = {
    0: [ellipse(0.5, 0.5, 0.3, 0.45)],
    1: [[(0.35, 0.25), (0.55, 0.05), (0.55, 0.95)]],
    2: [[(0.25, 0.25), (0.35, 0.1), (0.6, 0.1), (0.7, 0.3), (0.55, 0.55), (0.25, 0.9), (0.75, 0.9)]],
    3: [[(0.25, 0.1), (0.65, 0.1), (0.45, 0.45), (0.7, 0.6), (0.65, 0.85), (0.3, 0.9)]],
    4: [[(0.6, 0.95), (0.6, 0.05), (0.2, 0.6), (0.8, 0.6)]],
    5: [[(0.7, 0.1), (0.3, 0.1), (0.3, 0.45), (0.6, 0.42), (0.72, 0.65), (0.6, 0.88), (0.25, 0.9)]],
    6: [[(0.6, 0.05), (0.35, 0.4), (0.3, 0.7), (0.45, 0.92), (0.65, 0.8), (0.62, 0.6), (0.35, 0.65)]],
    7: [[(0.25, 0.1), (0.75, 0.1), (0.4, 0.95)], [(0.35, 0.5), (0.7, 0.5)]],
    8: [ellipse(0.5, 0.27, 0.18, 0.2), ellipse(0.5, 0.7, 0.22, 0.22)],
    9: [[*ellipse(0.5, 0.28, 0.2, 0.22), (0.7, 0.6), (0.6, 0.83), (0.4, 0.95)]],
}  # fmt: skip


def body(strokes) -> bytes:
    rows = [(x, y, number) for number, stroke in enumerate(strokes) for x, y in stroke]
    return np.array(rows, "<f4").tobytes()


def test_the_digits_are_those_of_scikit_learn():
    datasets = pytest.importorskip("sklearn.datasets")
    X, y = datasets.load_digits(return_X_y=True)
    chosen = np.sort(np.concatenate([np.flatnonzero(y == k)[:100] for k in range(10)]))
    pixels, digits = load_digits()
    assert np.array_equal(pixels, X[chosen])
    assert np.array_equal(digits, y[chosen])


@pytest.mark.parametrize("hidden_layer", [False, True])
def test_drawn_digits_are_read(hidden_layer):
    lesson = PRESETS_BY_NAME["digits"]
    chosen = lesson.suggestions[0].experiment if hidden_layer else lesson.experiment
    workspace = Workspace(experiment=chosen)
    workspace.run.train(1000)
    assert workspace.run.stopped.reason is StopReason.EPOCHS_DONE  # before it overfits
    read = {}
    for digit, strokes in DRAWN.items():
        answer = workspace.read_digit(DigitRequest(body=body(strokes))).content
        assert sum(answer["probabilities"]) == pytest.approx(1, abs=1e-5)
        read[digit] = int(np.argmax(answer["probabilities"]))
    assert read == {digit: digit for digit in DRAWN}


def test_drawings_have_as_much_ink_as_the_digits_and_stand_where_they_stand():
    pixels, digits = load_digits()
    for digit in (0, 2, 5, 8):
        own = pixels[digits == digit]
        drawn = pixels_of_drawing(body(DRAWN[digit]))
        assert drawn.sum() == pytest.approx(own.sum(axis=1).mean(), rel=0.15)
        columns = drawn.reshape(8, 8).sum(axis=0)
        middle = (columns * np.arange(8)).sum() / columns.sum()
        assert middle == pytest.approx(3.5, abs=0.5)
        assert drawn.reshape(8, 8)[[0, 7]].any(axis=1).all()  # from the first row to the last


def test_the_place_and_the_size_of_a_drawing_do_not_matter():
    small = [[(0.1 + 0.2 * x, 0.7 + 0.2 * y) for x, y in stroke] for stroke in DRAWN[2]]
    assert np.array_equal(pixels_of_drawing(body(small)), pixels_of_drawing(body(DRAWN[2])))


@pytest.mark.parametrize("top", [0.5, 0.6])
def test_a_line_by_hand(top):
    """A line is set upright; 315 dots in 32 rows are ten columns: one in pixel 2, four in pixel 3."""
    pixels = pixels_of_drawing(body([[(top, 0.0), (0.5, 1.0)]])).reshape(8, 8)
    assert pixels[1:7].tolist() == [[0, 0, 4, 16, 16, 4, 0, 0]] * 6
    assert pixels.sum() == pytest.approx(315, abs=4)  # dots at the same distance count together


@pytest.mark.parametrize("wider", [0.8, 1.5])
def test_a_drawing_is_brought_to_20_by_32_dots(wider):
    """The columns of dots from 6 to 26: pixels 1 and 6 have half of theirs."""
    zero = [[(0.5 + wider * (x - 0.5), y) for x, y in stroke] for stroke in DRAWN[0]]
    pixels = pixels_of_drawing(body(zero)).reshape(8, 8)
    assert pixels.any(axis=1).all()
    assert np.flatnonzero(pixels.any(axis=0)).tolist() == [1, 2, 3, 4, 5, 6]
    assert pixels[:, [1, 6]].max() <= 8


@pytest.mark.parametrize("hidden_layer", [False, True])
def test_narrow_wide_and_slanted_drawings_are_read(hidden_layer):
    lesson = PRESETS_BY_NAME["digits"]
    chosen = lesson.suggestions[0].experiment if hidden_layer else lesson.experiment
    workspace = Workspace(experiment=chosen)
    workspace.run.train(1000)
    right = dict.fromkeys(DRAWN, 0)
    for digit, strokes in DRAWN.items():
        for wider, slant in [
            (0.6, 0.0),
            (0.6, 0.2),
            (1.0, 0.1),
            (1.0, 0.3),
            (1.2, 0.0),
            (1.2, 0.2),
        ]:
            changed = [[(wider * x - slant * y, y) for x, y in stroke] for stroke in strokes]
            answer = workspace.read_digit(DigitRequest(body=body(changed))).content
            right[digit] += int(np.argmax(answer["probabilities"])) == digit
    assert min(right.values()) >= 4, right
    assert sum(right.values()) >= 54  # nine in ten


def test_an_empty_drawing_has_no_probabilities_and_a_dot_is_a_drawing():
    workspace = Workspace(experiment=PRESETS_BY_NAME["digits"].experiment)
    assert workspace.read_digit(DigitRequest()).content["probabilities"] == []
    dot = workspace.read_digit(DigitRequest(body=body([[(0.2, 0.2)]]))).content
    assert sum(dot["pixels"]) > 0
    assert len(dot["probabilities"]) == 10


@pytest.mark.parametrize("sent", [b"abc", body([[(np.nan, 0.0)]]), bytes(12 * 5001)])
def test_unreadable_drawings_are_refused(sent):
    with pytest.raises(DataError, match="draw again"):
        pixels_of_drawing(sent)


def test_other_datasets_read_no_digits():
    with pytest.raises(SettingError, match="dataset Digits"):
        Workspace(experiment=Experiment()).read_digit(DigitRequest(body=body(DRAWN[0])))


def test_the_python_program_trains_on_the_same_digits():
    workspace = Workspace(experiment=PRESETS_BY_NAME["digits"].experiment)
    workspace.run.train(3)
    names: dict = {}
    exec(compile(exported("python", workspace).body.decode(), "program.py", "exec"), names)
    loss = names["result"].history.validation_loss[-1]
    assert loss == pytest.approx(float(workspace.run.curve.last["validation_loss"]), rel=1e-5)
