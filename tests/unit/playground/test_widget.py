"""deltarule.play: the messages that its widget sends."""

from __future__ import annotations

import gc
import sys
import time

import numpy as np
import pytest

import deltarule
from deltarule.errors import ColumnError, DataError, MissingPackageError, SettingError, ShapeError
from deltarule.playground.exporting import exported

pytest.importorskip("anywidget")
pytestmark = pytest.mark.filterwarnings("ignore")  # ipywidgets' own, outside of a notebook
X = np.random.default_rng(0).normal(size=(80, 3))
SPECIES = np.where(X[:, 0] > 0, "a", "b")


@pytest.fixture
def show(page_files, monkeypatch):
    """Make a widget and greet it as a page would; return it with what it sent."""
    import anywidget

    sent = []
    monkeypatch.setattr(
        anywidget.AnyWidget, "send", lambda self, content, buffers=None: sent.append(content)
    )
    made = []

    def show(*arguments, **options):
        widget = deltarule.play(*arguments, **options)
        made.append(widget)
        widget._handle_custom_msg(
            {"type": "hello", "client": "c", "fragment": "", "session": None}, []
        )
        until = time.monotonic() + 20
        while not any(message["type"] == "frame" for message in sent) and time.monotonic() < until:
            time.sleep(0.01)
        return next(message for message in sent if message["type"] == "state"), sent

    show.widgets = made
    yield show
    for widget in made:
        widget.close()


def test_without_rows_it_shows_points(show):
    state, sent = show()
    assert state["experiment"]["data"]["name"] == "circles"
    order = ["received", "hello", "state", "points", "frame"]
    assert [message["type"] for message in sent[:5]] == order


def test_unreadable_messages_of_a_notebook_are_answered(show):
    _, sent = show()
    widget = show.widgets[-1]
    nested: list[object] = []
    for _ in range(5000):
        nested = [nested]
    for content in ({"type": "\ud800"}, {"type": "set", "experiment": nested}, [], {"type": 1}):
        sent.clear()
        widget._handle_custom_msg(content, [])
        assert [message["type"] for message in sent] == ["error"]


def test_arrays_of_classes(show):
    state, _ = show(X, SPECIES)
    assert state["classes"] == ["a", "b"]
    assert [column["name"] for column in state["columns"]] == ["x1", "x2", "x3", "y"]


def test_a_frame_with_a_number_to_predict(show):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"size": X[:, 0], "town": SPECIES})
    state, _ = show(frame, pandas.Series(X[:, 1] * 9.5, name="price"))
    assert (state["task"], state["target"]) == ("regression", "price")
    assert {column["kind"] for column in state["columns"]} == {"number", "text"}


def test_a_table_by_its_target(show):
    state, _ = show({"a": X[:, 0], "b": SPECIES}, target="b")
    assert state["target"] == "b"


@pytest.mark.parametrize("kind", ["array", "frame", "column", "table"])
def test_the_exported_program_of_notebook_rows_runs_there(page_files, kind):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"size": X[:, 0], "weight": X[:, 1], "kind": SPECIES})
    given = {
        "array": (X, SPECIES),
        "frame": (frame[["size", "weight"]], frame["kind"]),
        "column": (X[:, 0], SPECIES),
        "table": (frame, None),
    }[kind]
    widget = deltarule.play(*given)
    widget.close()
    workspace = widget._playground._workspace
    workspace.run.train(8)
    program = exported("python", workspace).body.decode()
    known = {"X": given[0], "y": given[1]}
    exec(compile(program, "exported", "exec"), known)
    assert known["result"].history.training_loss[-1] == workspace.run.curve.last["training_loss"]


@pytest.mark.parametrize(
    ("arguments", "options", "error"),
    [
        ((X, SPECIES[:-1]), {}, ShapeError),
        ((X[None], SPECIES), {}, ShapeError),
        ((X, np.zeros(80)), {}, DataError),
        (({"a": X[:, 0]},), {"target": "z"}, ColumnError),
        ((), {"estimator": object()}, SettingError),
    ],
)
def test_invalid_rows_are_refused(page_files, arguments, options, error):
    with pytest.raises(error):
        deltarule.play(*arguments, **options)


def test_the_height_can_be_chosen_and_changed(page_files):
    widget = deltarule.play()
    assert widget.height == 560
    assert "height" in widget.get_state()  # the page receives it, also when it changes
    widget.height = 700
    widget.height = None
    with pytest.raises(SettingError, match="`height` must be at least 360, got 40"):
        widget.height = 40
    assert widget.height is None
    widget.close()


@pytest.mark.parametrize("height", [359, 0, True, "560", 560.5])
def test_a_height_that_shows_too_little_is_refused_before_a_widget_is_made(
    page_files, monkeypatch, height
):
    unraisable = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    with pytest.raises(SettingError, match="`height` must be"):
        deltarule.play(height=height)
    gc.collect()
    assert unraisable == []


def test_an_estimator_is_shown_at_a_height(page_files):
    pytest.importorskip("sklearn")
    estimator = deltarule.MLPClassifier(hidden_layer_sizes=(4,), max_iter=3).fit(X, SPECIES)
    widget = estimator.play(X, SPECIES, height=480)
    assert widget.height == 480
    widget.close()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("classes", [2, 3, 0])
def test_an_estimator_shows_the_network_it_was_fitted_to(show, classes):
    pytest.importorskip("sklearn")
    y = X @ [1.0, -2.0, 0.5]
    if classes:
        y = np.digitize(y, np.quantile(y, np.arange(1, classes) / classes))
    make = deltarule.MLPClassifier if classes else deltarule.MLPRegressor
    estimator = make(hidden_layer_sizes=(7, 5), max_iter=30, random_state=0).fit(X, y)
    before = [weight.copy() for weight in estimator.coefs_]
    state, _ = show(X, y, estimator=estimator)
    assert [layer["units"] for layer in state["layers"]] == [7, 5, 1 if classes < 3 else 3]
    widget_run = _run_of(estimator, y)
    said = widget_run.now.trained.predict(widget_run.prepared.inputs)
    if classes:
        shares = estimator.predict_proba(X)
        assert said == pytest.approx(shares if classes > 2 else shares[:, 1:], abs=1e-5)
    else:
        assert said[:, 0] == pytest.approx(estimator.predict(X), abs=1e-4)
    assert all(np.array_equal(a, b) for a, b in zip(before, estimator.coefs_, strict=True))


def _run_of(estimator, y):
    widget = estimator.play(X, y)
    try:
        return widget._playground._workspace.run
    finally:
        widget.close()


def test_without_the_page_it_says_so_and_leaves_no_half_made_widget(page_files, monkeypatch):
    for file in page_files.iterdir():
        file.unlink()
    unraisable = []
    monkeypatch.setattr(sys, "unraisablehook", unraisable.append)
    with pytest.raises(MissingPackageError, match="page is missing"):
        deltarule.play()
    gc.collect()
    assert unraisable == []
