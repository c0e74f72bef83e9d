"""Observers of training runs: each call is seen once, and no error of an observer reaches the user."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import deltarule as dr
from deltarule.training.run_observers import add_observer, remove_observer

X = np.linspace(-1, 1, 24)[:, None]
TABLE = {"x": [*range(24)], "y": ["low"] * 12 + ["high"] * 12}
QUICK = {"epochs": 3, "hidden": (4,), "folds": 2}


@dataclass
class Recorder:
    """Records what happens; fails at the stage `fails_at`."""

    name: str = "recorder"
    fails_at: str = ""
    events: list[tuple[str, Any]] = field(default_factory=list)
    epochs: dict[int, list[int]] = field(default_factory=dict)

    def begin(self, function: str, arguments: Mapping[str, Any]) -> Recorder:
        self._record("begin", function)
        return self

    def progress(self, progress: dr.training.Progress) -> None:
        if self.fails_at == "progress":
            raise OSError("no\nroute")
        found = self.epochs.setdefault(progress.network, [])
        found += progress.records["epoch"].tolist()

    def end(self, result: Any) -> None:
        self._record("end", type(result).__name__)

    def fail(self, error: BaseException) -> None:
        self._record("fail", str(error))

    def _record(self, stage: str, fact: Any) -> None:
        if self.fails_at == stage:
            raise OSError("no\nroute")
        self.events.append((stage, fact))


@pytest.fixture
def recorder() -> Iterator[Recorder]:
    made = Recorder()
    add_observer(made)
    yield made
    remove_observer(made.name)


def network() -> dr.Network:
    return dr.Network([dr.Dense(1)])


def test_fit_is_one_run_with_each_epoch_once(recorder):
    dr.fit(network(), X, X[:, 0], epochs=7)
    assert recorder.events == [("begin", "fit"), ("end", "TrainingResult")]
    assert recorder.epochs == {1: [1, 2, 3, 4, 5, 6, 7]}


def test_train_is_one_run_whose_fold_networks_are_numbered(recorder):
    result = dr.train(TABLE, "y", **QUICK)
    assert recorder.events == [("begin", "train"), ("end", "TableResult")]
    assert {number: len(epochs) for number, epochs in recorder.epochs.items()} == {
        number: len(training.history) for number, training in enumerate(result.trainings, 1)
    }


def test_a_single_fold_network_is_no_run_of_its_own(recorder):
    dr.train(TABLE, "y", **(QUICK | {"folds": 1}))
    assert [stage for stage, _ in recorder.events] == ["begin", "end"]
    assert recorder.epochs == {1: [1, 2, 3]}


def test_estimators_and_keras_models_are_runs(recorder):
    frame = {"x": TABLE["x"]}
    dr.TabularClassifier(**QUICK).fit(dr.data.read_table(frame)["x"].values[:, None], TABLE["y"])
    dr.MLPRegressor(hidden_layer_sizes=(2,), solver="lbfgs").fit(X, X[:, 0])
    model = dr.keras.Sequential([dr.keras.Input((1,)), dr.keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(X, X, epochs=2, verbose=0)
    ended = [fact for stage, fact in recorder.events if stage == "end"]
    assert ended == ["TabularClassifier", "MLPRegressor", "History"]


def test_jobs_of_fit_many_are_no_runs(recorder):
    dr.fit_many([{"network": network(), "X": X, "y": X[:, 0], "epochs": 2}] * 2)
    assert recorder.events == []


def test_a_listener_of_the_user_still_gets_everything(recorder):
    seen = []
    dr.fit(network(), X, X[:, 0], epochs=3, progress=lambda event: seen.extend(event.records))
    assert len(seen) == len(recorder.epochs[1]) == 3


def test_observing_changes_no_bit(recorder):
    observed = dr.train(TABLE, "y", **QUICK).test_prediction.probabilities
    remove_observer(recorder.name)
    assert (observed == dr.train(TABLE, "y", **QUICK).test_prediction.probabilities).all()


def test_an_error_of_the_training_is_reported_and_raised(recorder):
    with pytest.raises(dr.errors.SettingError, match="batch_size"):
        dr.fit(network(), X, X[:, 0], batch_size=-1)
    assert [stage for stage, _ in recorder.events] == ["begin", "fail"]


def test_unknown_arguments_are_refused_as_before(recorder):
    with pytest.raises(TypeError, match="learning_rate"):
        dr.fit(network(), X, X[:, 0], learning_rate=0.1)
    assert [stage for stage, _ in recorder.events] == ["begin", "fail"]


@pytest.mark.parametrize("stage", ["begin", "progress", "end"])
def test_an_error_of_an_observer_is_a_warning_and_training_goes_on(recorder, stage):
    recorder.fails_at = stage
    with pytest.warns(
        UserWarning, match=r"^recorder does not record this run further: no$"
    ) as found:
        result = dr.fit(network(), X, X[:, 0], epochs=4)
    assert len(result.history) == 4
    assert len(found) == 1
    assert found[0].filename == __file__


def test_a_second_observer_of_a_name_replaces_the_first(recorder):
    second = Recorder()
    add_observer(second)
    dr.fit(network(), X, X[:, 0], epochs=1)
    assert recorder.events == []
    assert len(second.events) == 2
