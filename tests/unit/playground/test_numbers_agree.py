"""Whatever changes the network, every number of a frame is that of the weights in the same frame."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from playground_messages import array_of

from deltarule.playground.protocol import requests
from deltarule.playground.protocol.wire import Message
from deltarule.playground.url_fragment import from_fragment
from deltarule.playground.workspace import Workspace

pytestmark = pytest.mark.filterwarnings("ignore::deltarule.engines.SlowEngineWarning")
CHECKOUT = Path(__file__).resolve().parents[3]
SMALL = "data=moons&rows=80&noise=0.3&layers=3tanh"


def weight(workspace: Workspace) -> None:
    workspace.set_weight(requests.WeightRequest(1, 0, 0, -7.5))


def bias(workspace: Workspace) -> None:
    workspace.set_weight(requests.WeightRequest(0, None, 1, 4.0))


def epochs(workspace: Workspace) -> None:
    workspace.run.train(6)


def update(workspace: Workspace) -> None:
    workspace.run.one_update()


def rewind(workspace: Workspace) -> None:
    workspace.run.rewind()


def rate(workspace: Workspace) -> None:
    workspace.set_learning_rate(requests.LearningRateRequest(0.3))


def sample(workspace: Workspace) -> None:
    workspace.choose_sample(requests.SampleRequest(4))


EDITS = {
    "nothing": (),
    "epochs": (epochs,),
    "a weight at the start": (weight,),
    "a bias after epochs": (epochs, bias),
    "an update": (update,),
    "updates after epochs": (epochs, update, update),
    "a weight within an epoch": (epochs, update, weight),
    "an update after a weight": (epochs, weight, update),
    "epochs after a weight": (weight, epochs),
    "a rate within an epoch": (epochs, update, rate),
    "rewinding": (epochs, weight, update, rewind),
    "a sample": (epochs, weight, sample),
}


def frame_of(workspace: Workspace):
    return workspace.frame(sequence=1, playing=False, epochs_per_second=None)


def outputs(frame, inputs):
    """Compute the network's outputs from the weights in a frame, in NumPy."""
    flat, biases = (array_of(frame, name).astype(float) for name in ("weights", "biases"))
    hidden = np.tanh(inputs @ flat[:6].reshape(2, 3) + biases[:3])
    return 1 / (1 + np.exp(-(hidden @ flat[6:9].reshape(3, 1) + biases[3:])))[:, 0]


@pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS)
def test_loss_accuracy_and_confusion_matrix_are_those_of_the_weights(edits):
    workspace = Workspace(experiment=from_fragment(SMALL))
    for edit in edits:
        edit(workspace)
    frame, data = frame_of(workspace), workspace.run.setup.validation
    p, y = outputs(frame, data.inputs.astype(float)), data.targets[:, 0]
    head = frame.content
    loss = -np.mean(y * np.log(p) + (1 - y) * np.log(1 - p))
    assert head["validation_loss"] == pytest.approx(loss, rel=1e-4)
    assert head["validation_score"] == pytest.approx(np.mean((p > 0.5) == y))
    matrix = np.array(head["confusion"]["validation"])
    assert np.trace(matrix) / matrix.sum() == pytest.approx(head["validation_score"])
    if workspace.run.step == 0:  # the curve is of whole epochs
        assert array_of(frame, "curve")[-1, 2] == pytest.approx(head["validation_loss"])
    if head["sample"] is not None:
        i = workspace.shown[4]
        chosen = outputs(frame, workspace.run.prepared.inputs[i : i + 1].astype(float))[0]
        assert f"{max(chosen, 1 - chosen):.0%}" in head["sample"]["prediction"].replace(" %", "%")


@pytest.mark.parametrize("edits", EDITS.values(), ids=EDITS)
def test_a_landscape_is_of_the_parameters_of_the_frame_beside_it(edits):
    workspace = Workspace(experiment=from_fragment(SMALL))
    for edit in edits:
        edit(workspace)
    workspace.start_landscape(requests.LandscapeRequest(11))
    messages: list[Message] = []
    while workspace.has_work:
        messages += workspace.work(1.0)
    header = messages[-1]
    assert header.content["parameters"] == frame_of(workspace).content["parameters"]
    assert header.content["epoch"] == workspace.run.epoch
    rate(workspace)
    assert header.content["parameters"] == frame_of(workspace).content["parameters"]
    for change in (epochs, update, weight):
        before = frame_of(workspace).content["parameters"]
        change(workspace)
        assert frame_of(workspace).content["parameters"] not in (
            before, header.content["parameters"],
        )  # fmt: skip


@pytest.mark.parametrize(
    ("schedule", "epoch", "expected"),
    [("constant", 7, 0.1), ("cosine", 0, 0.1), ("cosine", 10, 0.05), ("cosine", 5, 0.0853553)],
)
def test_the_learning_rate_is_that_of_the_next_update(schedule, epoch, expected):
    fragment = f"{SMALL}&rate=0.1&schedule={schedule}&epochs=20&batch=0"
    workspace = Workspace(experiment=from_fragment(fragment))
    workspace.run.train(epoch)
    # Half a cosine: rate (1 + cos(π epoch / epochs)) / 2, Loshchilov and Hutter (2017)
    assert frame_of(workspace).content["learning_rate"] == pytest.approx(expected, rel=1e-5)


def test_a_rate_lowered_at_a_plateau_is_that_of_the_next_epoch():
    workspace = Workspace(experiment=from_fragment(f"{SMALL}&rate=0.3&schedule=on_plateau"))
    shown, used = [], []
    for _ in range(60):
        shown.append(frame_of(workspace).content["learning_rate"])
        workspace.run.train(1)
        used.append(float(workspace.run.curve.last["learning_rate"]))
    assert shown == used
    assert used[-1] < used[0]


def test_a_changed_rate_is_shown_before_the_next_update():
    workspace = Workspace(experiment=from_fragment(SMALL))
    epochs(workspace)
    rate(workspace)
    assert frame_of(workspace).content["learning_rate"] == 0.3


def test_playing_on_takes_back_why_training_stopped(page):
    page.greets("data=moons&rows=60&noise=0.35&layers=24relu&patience=10&rate=0.05")
    page.sends("speed", epochs_per_second=None)
    page.sends("play")
    page.receives("state", lambda state: state.content["stopped"] is not None)
    page.sends("play")
    state = page.receives("state").content
    assert state["playing"]
    assert state["stopped"] is None


def test_play_after_all_epochs_stays_stopped_until_there_are_more(page):
    page.greets("data=xor&epochs=2")
    page.sends("play")
    page.receives("state", lambda state: state.content["stopped"] is not None)
    page.sends("play")
    state = page.receives("state").content
    assert not state["playing"]
    assert (state["stopped"]["epoch"], state["stopped"]["text"]) == (2, "All 2 epochs were run.")
    page.sends("set", experiment=from_fragment("data=xor&epochs=4").to_json(), edit=1)
    page.sends("play")
    page.receives("frame", lambda frame: frame.content["epoch"] == 4)


def test_rows_that_are_not_trained_on_have_one_name():
    sources = [
        *(CHECKOUT / "web/src").rglob("*.ts*"),
        *(CHECKOUT / "src/deltarule/playground").rglob("*.py"),
        CHECKOUT / "docs/how-to/playground.md",
    ]
    assert len(sources) > 100
    for path in sources:
        assert not re.search(
            r"held[- ]?out|hold[- ]?out|test rows|test loss", path.read_text(), re.I
        )
