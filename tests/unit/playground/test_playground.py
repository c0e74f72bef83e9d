"""The playground's thread: requests in, messages out, as a page would have it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from deltarule.playground.experiment import DataChoice, Experiment
from deltarule.playground.messages import array_of

IRIS = Path(__file__).resolve().parents[3] / "examples" / "iris.csv"


def test_a_page_is_greeted_with_all_it_needs(page):
    page.says("hello", fragment="data=xor&rows=100", session=None)
    assert page.hears("hello").content["protocol"] == 1
    assert page.hears("state").content["experiment"]["data"]["name"] == "xor"
    assert len(array_of(page.hears("points"), "x")) == 100
    assert page.hears("frame").content["epoch"] == 0


def test_an_address_that_cannot_be_read_is_told_and_the_default_shown(page):
    page.says("hello", fragment="layers=many", session=None)
    assert page.hears("state").content["experiment"] == Experiment().to_json()
    assert "The address has the layer" in page.hears("error").content["text"]


def test_play_and_pause(page):
    page.greets()
    page.says("speed", epochs_per_second=None)
    page.says("play")
    playing = page.hears("frame", lambda f: f.content["epoch"] > 5)
    assert playing.content["playing"]
    page.says("pause")
    assert not page.hears("state", lambda s: not s.content["playing"]).content["playing"]
    paused = page.hears("frame", lambda f: not f.content["playing"]).content["epoch"]
    page.says("step")
    assert page.hears("frame").content["epoch"] == paused


def test_a_step_an_epoch_and_back_to_the_same_start(page):
    page.greets()
    start = array_of(page.hears("frame"), "weights")
    page.says("step")
    stepped = page.hears("frame", lambda f: f.content["step"] == 1)
    assert not np.array_equal(array_of(stepped, "weights"), start)
    page.says("epoch")
    assert page.hears("frame", lambda f: f.content["epoch"] == 1).content["step"] == 0
    page.says("rewind")
    back = page.hears("frame", lambda f: f.content["epoch"] == 0)
    assert np.array_equal(array_of(back, "weights"), start)


def test_a_page_that_does_not_answer_gets_two_frames_and_no_more(page):
    page.answers = False
    page.greets()
    page.says("speed", epochs_per_second=None)
    page.says("play")
    page.hears("state", lambda s: s.content["playing"])
    page.says("step")  # so that the thread has passed here
    page.hears("state", lambda s: not s.content["playing"])
    for _ in range(50):
        page.says("epoch")
    page.hears("state")
    page.says("speed", epochs_per_second=7)
    page.hears("state", lambda s: s.content["epochs_per_second"] == 7)
    # One came with the greeting and was read over; what is left is the second at most.
    assert sum(told.type == "frame" for told in page.waiting()) <= 2


def test_changing_the_experiment_begins_anew_and_the_view_does_not(page):
    page.greets()
    experiment = Experiment().to_json()
    page.says("epoch")
    page.hears("frame", lambda f: f.content["epoch"] == 1)
    experiment["view"]["kind"] = "components"
    page.says("set", experiment=experiment, edit=1)
    state = page.hears("state", lambda s: s.content["edit"] == {"client": "page", "number": 1})
    assert state.content["input_plane"]["x"]["label"].startswith("component 1")
    assert page.hears("frame").content["epoch"] == 1
    experiment["training"]["learning_rate"] = 0.5
    page.says("set", experiment=experiment, edit=2)
    page.hears("state", lambda s: s.content["edit"]["number"] == 2)
    assert page.hears("frame").content["epoch"] == 1
    experiment["network"]["layers"].append({"units": 3})
    page.says("set", experiment=experiment, edit=3)
    state = page.hears("state", lambda s: s.content["edit"]["number"] == 3)
    assert [layer["units"] for layer in state.content["layers"]] == [4, 3, 1]
    assert page.hears("frame").content["epoch"] == 0


def test_a_wish_that_cannot_be_granted_changes_nothing(page):
    page.greets()
    experiment = Experiment().to_json()
    experiment["network"]["output"]["activation"] = "tanh"
    page.says("set", experiment=experiment, edit=9)
    error = page.hears("error").content
    assert (error["about"], error["edit"]) == ("set", 9)
    assert page.hears("state").content["experiment"] == Experiment().to_json()
    for request in (
        "weight",
        "sample",
        "export",
        "upload",
        "open",
        "landscape",
        "nonsense",
        "speed",
    ):
        page.says(request, index="x", epochs_per_second="x", steps="x", layer=1, to="x", value="x")
        assert page.hears("error").content["about"] == request


def test_a_dropped_table_is_learned(page):
    page.greets()
    page.says("upload", IRIS.read_bytes(), name="../<b>iris</b>.csv")
    table = page.hears("table").content
    assert (table["name"], table["target"]) == ("b>.csv", "species")
    state = page.hears("state").content
    assert state["classes"] == ["setosa", "versicolor", "virginica"]
    assert state["fragment"].startswith("source=table")
    page.says("speed", epochs_per_second=None)
    page.says("play")
    page.hears("frame", lambda f: (f.content["validation_score"] or 0) > 0.9)


def test_the_landscape_comes_with_its_path(page):
    page.greets()
    for _ in range(4):
        page.says("epoch")
    page.says("landscape", steps=11, path=True)
    told = page.hears("landscape")
    losses, path = array_of(told, "losses"), array_of(told, "path")
    assert losses.shape == (11, 11)
    assert np.isfinite(losses).all()
    assert len(path) == 5
    (low_a, high_a), (low_b, high_b) = told.content["a"], told.content["b"]
    assert (path[:, 0] >= low_a).all() and (path[:, 0] <= high_a).all()  # noqa: PT018
    assert (path[:, 1] >= low_b).all() and (path[:, 1] <= high_b).all()  # noqa: PT018


def test_the_learning_rate_changes_while_it_runs(page):
    page.greets()
    page.says("play")
    page.says("learning_rate", value=0.123)
    page.hears("frame", lambda f: f.content["learning_rate"] == 0.123 and f.content["playing"])
    page.says("learning_rate", value=-1)
    assert "must be" in page.hears("error").content["text"]


def test_the_page_that_explodes_is_told_where_and_what_to_try(page):
    page.greets()
    experiment = Experiment(DataChoice(name="hills")).to_json()
    experiment["network"]["layers"] = [{"units": 8, "activation": "relu"}]
    experiment["training"].update(optimizer="gradient_descent", learning_rate=10.0)
    page.says("set", experiment=experiment)
    page.says("play")
    stopped = page.hears("state", lambda s: s.content["stopped"] is not None).content
    assert not stopped["playing"]
    assert stopped["stopped"]["reason"] == "diverged"
    assert stopped["stopped"]["layer"] in (0, 1)
    assert stopped["stopped"]["advice"]


def test_nobody_looking_means_nothing_is_trained(page):
    page.greets()
    page.says("speed", epochs_per_second=None)
    page.says("play")
    page.hears("frame", lambda f: f.content["epoch"] > 0)
    page.says("detach")
    page.says("hello", fragment="", session=None)
    page.hears("hello")
    assert not page.hears("state").content["playing"]
    epoch = page.hears("frame").content["epoch"]
    page.says("detach")
    page.says("hello", fragment="", session=None)
    page.hears("hello")
    assert page.hears("frame").content["epoch"] == epoch


@pytest.mark.parametrize("what", ["experiment", "model", "python", "keras", "history"])
def test_every_file_can_be_taken_away(page, what):
    page.greets()
    page.says("epoch")
    page.says("export", what=what)
    file = page.hears("file")
    assert file.content["name"].startswith("circles")
    assert file.body
