"""The playground's thread: requests in, messages out, as a page sees it."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import numpy as np
import pytest
from playground_messages import array_of

from deltarule.playground.experiment import DataChoice, Experiment
from deltarule.playground.protocol import requests

IRIS = Path(__file__).resolve().parents[3] / "examples" / "iris.csv"


def test_hello_is_answered_by_everything_a_page_needs(page):
    page.sends("hello", fragment="data=xor&rows=100", session=None)
    assert page.receives("hello").content["protocol"] == 1
    assert page.receives("state").content["experiment"]["data"]["name"] == "xor"
    assert len(array_of(page.receives("points"), "x")) == 100
    assert page.receives("frame").content["epoch"] == 0


def test_an_unreadable_address_is_reported_and_the_default_shown(page):
    page.sends("hello", fragment="layers=many", session=None)
    assert page.receives("state").content["experiment"] == Experiment().to_json()
    assert "The address has the layer" in page.receives("error").content["text"]


def test_play_and_pause(page):
    page.greets()
    page.sends("speed", epochs_per_second=None)
    page.sends("play")
    playing = page.receives("frame", lambda f: f.content["epoch"] > 5)
    assert playing.content["playing"]
    page.sends("pause")
    assert not page.receives("state", lambda s: not s.content["playing"]).content["playing"]
    paused = page.receives("frame", lambda f: not f.content["playing"]).content["epoch"]
    page.sends("step")
    assert page.receives("frame").content["epoch"] == paused


def test_a_step_an_epoch_and_rewind_to_the_initial_weights(page):
    page.greets()
    start = array_of(page.receives("frame"), "weights")
    page.sends("step")
    stepped = page.receives("frame", lambda f: f.content["step"] == 1)
    assert not np.array_equal(array_of(stepped, "weights"), start)
    page.sends("epoch")
    assert page.receives("frame", lambda f: f.content["epoch"] == 1).content["step"] == 0
    page.sends("rewind")
    back = page.receives("frame", lambda f: f.content["epoch"] == 0)
    assert np.array_equal(array_of(back, "weights"), start)


def test_a_page_that_does_not_acknowledge_gets_at_most_two_frames(page):
    page.acknowledges = False
    page.greets()
    page.sends("speed", epochs_per_second=None)
    page.sends("play")
    page.receives("state", lambda s: s.content["playing"])
    page.sends("step")  # so that the thread has passed here
    page.receives("state", lambda s: not s.content["playing"])
    for _ in range(50):
        page.sends("epoch")
    page.receives("state")
    page.sends("speed", epochs_per_second=7)
    page.receives("state", lambda s: s.content["epochs_per_second"] == 7)
    # One came with the greeting and was read over; what is left is the second at most.
    assert sum(message.type == "frame" for message in page.waiting()) <= 2


def test_changing_the_experiment_restarts_training_but_changing_the_view_does_not(page):
    page.greets()
    experiment = Experiment().to_json()
    page.sends("epoch")
    page.receives("frame", lambda f: f.content["epoch"] == 1)
    experiment["view"]["kind"] = "components"
    page.sends("set", experiment=experiment, edit=1)
    state = page.receives("state", lambda s: s.content["edit"] == {"client": "page", "number": 1})
    assert state.content["input_plane"]["x"]["label"].startswith("component 1")
    assert page.receives("frame").content["epoch"] == 1
    experiment["training"]["learning_rate"] = 0.5
    page.sends("set", experiment=experiment, edit=2)
    page.receives("state", lambda s: s.content["edit"]["number"] == 2)
    assert page.receives("frame").content["epoch"] == 1
    experiment["network"]["layers"].append({"units": 3})
    page.sends("set", experiment=experiment, edit=3)
    state = page.receives("state", lambda s: s.content["edit"]["number"] == 3)
    assert [layer["units"] for layer in state.content["layers"]] == [4, 3, 1]
    assert page.receives("frame").content["epoch"] == 0


def test_an_experiment_that_does_not_fit_together_changes_nothing(page):
    page.greets()
    experiment = Experiment().to_json()
    experiment["network"]["output"]["activation"] = "tanh"
    page.sends("set", experiment=experiment, edit=9)
    error = page.receives("error").content
    assert (error["about"], error["edit"]) == ("set", 9)
    assert page.receives("state").content["experiment"] == Experiment().to_json()


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        ("weight", {"layer": 1, "from": 0, "to": "x", "value": 1.0}),
        ("weight", {"layer": 1, "from": 0, "to": 0, "value": "x"}),
        ("weight", {"layer": 1, "from": 0, "to": 0, "value": True}),
        ("weight", {"layer": 1, "from": 0, "to": 0, "value": float("nan")}),
        ("weight", {"layer": 7, "from": 0, "to": 0, "value": 1.0}),
        ("sample", {"index": "x"}),
        ("sample", {"index": 10_000}),
        ("sample", {}),
        ("export", {"what": "x"}),
        ("upload", {"name": "empty.csv"}),
        ("upload", {"name": 3}),
        ("open", {}),
        ("landscape", {"steps": "x"}),
        ("landscape", {"steps": 1000}),
        ("speed", {"epochs_per_second": "x"}),
        ("speed", {"epochs_per_second": 0}),
        ("speed", {"epochs_per_second": float("inf")}),
        ("learning_rate", {"value": -1}),
        ("learning_rate", {"value": float("nan")}),
        ("set", {"experiment": {"data": {"name": "circels"}}}),
        ("set", {"experiment": []}),
        ("play", {"unknown": 1}),
        ("nonsense", {}),
    ],
)
def test_a_request_that_cannot_be_carried_out_changes_nothing(page, kind, content):
    page.greets()
    page.sends(kind, **content)
    assert page.receives("error").content["about"] == kind
    state = page.receives("state").content
    assert state["experiment"] == Experiment().to_json()
    assert not state["playing"]
    assert state["sample"] is None


def test_every_request_has_a_handler(page):
    assert set(page.playground.handlers) == set(get_args(requests.PageRequest))


def test_a_dropped_table_is_trained_on(page):
    page.greets()
    page.sends("upload", IRIS.read_bytes(), name="../<b>iris</b>.csv")
    table = page.receives("table").content
    assert (table["name"], table["target"]) == ("b>.csv", "species")
    state = page.receives("state").content
    assert state["classes"] == ["setosa", "versicolor", "virginica"]
    assert state["fragment"].startswith("source=table")
    page.sends("speed", epochs_per_second=None)
    page.sends("play")
    page.receives("frame", lambda f: (f.content["validation_score"] or 0) > 0.9)


def test_the_landscape_has_the_trajectory(page):
    page.greets()
    for _ in range(4):
        page.sends("epoch")
    page.sends("landscape", steps=11, trajectory=True)
    message = page.receives("landscape")
    losses, path = array_of(message, "losses"), array_of(message, "trajectory")
    assert losses.shape == (11, 11)
    assert np.isfinite(losses).all()
    assert len(path) == 5
    (low_a, high_a), (low_b, high_b) = message.content["a"], message.content["b"]
    assert (path[:, 0] >= low_a).all() and (path[:, 0] <= high_a).all()  # noqa: PT018
    assert (path[:, 1] >= low_b).all() and (path[:, 1] <= high_b).all()  # noqa: PT018


def test_the_learning_rate_changes_during_training(page):
    page.greets()
    page.sends("play")
    page.sends("learning_rate", value=0.123)
    page.receives("frame", lambda f: f.content["learning_rate"] == 0.123 and f.content["playing"])
    page.sends("learning_rate", value=-1)
    assert "must be" in page.receives("error").content["text"]


def test_divergence_reports_the_layer_and_advice(page):
    page.greets()
    experiment = Experiment(DataChoice(name="hills")).to_json()
    experiment["network"]["layers"] = [{"units": 8, "activation": "relu"}]
    experiment["training"].update(optimizer="gradient_descent", learning_rate=10.0)
    page.sends("set", experiment=experiment)
    page.sends("play")
    stopped = page.receives("state", lambda s: s.content["stopped"] is not None).content
    assert not stopped["playing"]
    assert stopped["stopped"]["reason"] == "diverged"
    assert stopped["stopped"]["layer"] in (0, 1)
    assert stopped["stopped"]["advice"]


def test_training_pauses_while_no_page_is_connected(page):
    page.greets()
    page.sends("speed", epochs_per_second=None)
    page.sends("play")
    page.receives("frame", lambda f: f.content["epoch"] > 0)
    page.reconnects()
    page.sends("hello", fragment="", session=None)
    page.receives("hello")
    assert not page.receives("state").content["playing"]
    epoch = page.receives("frame").content["epoch"]
    page.reconnects()
    page.sends("hello", fragment="", session=None)
    page.receives("hello")
    assert page.receives("frame").content["epoch"] == epoch


@pytest.mark.parametrize("what", ["experiment", "model", "python", "keras", "history"])
def test_every_file_can_be_exported(page, what):
    page.greets()
    page.sends("epoch")
    page.sends("export", what=what)
    file = page.receives("file")
    assert file.content["name"].startswith("circles")
    assert file.body


@pytest.mark.parametrize("kind", [ValueError, MemoryError, BaseException])
def test_a_request_that_fails_is_logged_and_answered_and_the_next_one_too(page, kind, caplog):
    page.greets()

    def fail(_: object) -> None:
        raise kind("\ud800")

    page.playground.handlers = {**page.playground.handlers, requests.StepRequest: fail}
    page.sends("step")
    assert page.receives("error").content["about"] == "step"
    page.sends("epoch")
    assert page.receives("frame", lambda f: f.content["epoch"] == 1)
    assert kind.__name__ in caplog.text
    assert caplog.text.encode("utf-8")  # which raises for what no log file can hold
