"""Runs that `deltarule.mlflow.autolog` records, as MLflow reads them back."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import deltarule as dr

pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.filterwarnings("error:deltarule.mlflow.autolog"),
]
CHANCE = np.random.default_rng(0)
X = CHANCE.normal(size=(60, 3))
TABLE = {"a": X[:, 0], "b": X[:, 1], "group": np.where(X[:, 0] > 0, "left", "right")}
QUICK = {"folds": 2, "epochs": 3, "hidden": (4,)}


@pytest.fixture
def recorded(mlflow: Any) -> Iterator[Any]:
    """Return a function that gives the last run, while everything is recorded."""
    dr.mlflow.autolog(log_models=False)
    yield lambda: mlflow.search_runs(output_format="list")[0]
    dr.mlflow.autolog(disable=True)


def curve(mlflow: Any, run: Any, name: str) -> list[tuple[int, float]]:
    history = mlflow.MlflowClient().get_metric_history(run.info.run_id, name)
    return sorted((point.step, point.value) for point in history)


def network() -> dr.Network:
    return dr.Network([dr.Dense(2, "softmax")])


def test_a_table_has_its_recipe_scores_curves_and_report(mlflow, recorded):
    result = dr.train(TABLE, "group", **QUICK)
    run = recorded()
    assert run.info.status == "FINISHED"
    assert run.data.params["target"] == "group"
    assert run.data.params["epochs"] == "3"
    assert run.data.metrics["test_accuracy"] == result.scores.accuracy
    assert run.data.metrics["out_of_fold_log_loss"] == result.out_of_fold_scores.log_loss
    for number, training in enumerate(result.trainings, 1):
        expected = [*enumerate(training.history.validation_loss.tolist(), 1)]
        assert curve(mlflow, run, f"validation_loss/fold_{number}") == expected
    rates = result.trainings[0].history.learning_rate.tolist()
    assert curve(mlflow, run, "learning_rate") == [*enumerate(rates, 1)]
    assert run.data.tags["deltarule.stopped"] == result.explanation
    files = mlflow.MlflowClient().list_artifacts(run.info.run_id)
    assert [file.path for file in files] == ["report.html"]


def test_a_search_has_its_trials_and_the_facts_of_its_model(mlflow, recorded):
    table = {name: np.tile(values, 2) + np.arange(120) / 1e6 for name, values in
             (("a", X[:, 0]), ("b", X[:, 1]), ("y", X[:, 0] * X[:, 1]))}  # fmt: skip
    tuned = dr.tune(table, "y", trials=5, **QUICK)
    run = recorded()
    assert run.info.status == "FINISHED"
    assert run.data.metrics["tuned_loss"] == tuned.loss
    assert run.data.metrics["default_loss"] == tuned.default_loss
    assert run.data.metrics["test_r2"] == tuned.scores.r2
    assert run.data.params["trials"] == "5"
    first = [(trial.number, trial.losses[0]) for trial in tuned.trials]
    assert curve(mlflow, run, "trial_loss/rung_1") == first
    files = mlflow.MlflowClient().list_artifacts(run.info.run_id)
    assert [file.path for file in files] == ["report.html"]


def test_a_network_has_a_curve_and_its_defaults(mlflow, recorded):
    result = dr.fit(network(), X, X[:, 0] > 0, epochs=1500)
    run = recorded()
    expected = [*enumerate(result.history.training_loss.tolist(), 1)]
    assert curve(mlflow, run, "training_loss") == expected
    assert run.data.params["optimizer"] == "adam"
    assert run.data.params["seed"] == "0"
    assert "X" not in run.data.params


def test_an_estimator_has_its_parameters_and_loss_curve(mlflow, recorded):
    model = dr.MLPClassifier((4,), early_stopping=True, max_iter=9).fit(X, X[:, 0] > 0)
    run = recorded()
    assert run.data.params["hidden_layer_sizes"] == "(4,)"
    assert curve(mlflow, run, "training_loss") == [*enumerate(model.loss_curve_, 1)]
    assert curve(mlflow, run, "validation_score") == [*enumerate(model.validation_scores_, 1)]


def test_a_keras_model_has_its_history(mlflow, recorded):
    model = dr.keras.Sequential([dr.keras.layers.Dense(1, "sigmoid")])
    model.compile("adam", "binary_crossentropy", metrics=["accuracy"])
    history = model.fit(X, X[:, 0] > 0, epochs=4, verbose=0, validation_split=0.2).history
    run = recorded()
    for name, values in history.items():
        assert curve(mlflow, run, name) == [*enumerate(values, 1)]
    assert run.data.params["optimizer_name"] == "adam"


def test_a_table_estimator_is_logged_with_its_model(mlflow):
    dr.mlflow.autolog(registered_model_name="sides", tags={"team": "red"})
    try:
        model = dr.TabularClassifier(**QUICK).fit(X, TABLE["group"])
    finally:
        dr.mlflow.autolog(disable=True)
    run = mlflow.search_runs(output_format="list")[0]
    assert run.data.tags["team"] == "red"
    assert len(curve(mlflow, run, "training_loss/fold_2")) == 3
    loaded = dr.mlflow.load_model("models:/sides/1")
    assert (loaded.predict_proba(X) == model.predict_proba(X)).all()
    logged = mlflow.search_logged_models(output_format="list")
    assert [model.source_run_id for model in logged] == [run.info.run_id]


def test_two_trainings_share_the_active_run(mlflow, recorded):
    with mlflow.start_run() as active:
        dr.fit(network(), X, X[:, 0] > 0, epochs=2)
        dr.fit(network(), X, X[:, 0] > 0, epochs=3)
        mlflow.log_metric("mine", 1.0)
    run = recorded()
    assert run.info.run_id == active.info.run_id
    assert run.data.params["epochs"] == "2"
    assert len(curve(mlflow, run, "training_loss")) == 5
    assert len(mlflow.search_runs(output_format="list")) == 1


def test_a_training_that_fails_is_a_failed_run(mlflow, recorded):
    with pytest.raises(dr.errors.SettingError):
        dr.fit(network(), X, X[:, 0] > 0, batch_size=-1)
    run = recorded()
    assert run.info.status == "FAILED"
    assert "`batch_size` must be at least 1" in run.data.tags["deltarule.error"]
    assert mlflow.active_run() is None


def test_disabled_nothing_is_recorded(mlflow, recorded):
    dr.mlflow.autolog(disable=True)
    dr.fit(network(), X, X[:, 0] > 0, epochs=1)
    assert mlflow.search_runs(output_format="list") == []


def test_without_a_server_training_goes_on_with_a_warning(mlflow, recorded, monkeypatch):
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    mlflow.set_tracking_uri("http://127.0.0.1:9")
    with pytest.warns(UserWarning, match="autolog does not record this run further: .*127.0.0.1"):
        result = dr.fit(network(), X, X[:, 0] > 0, epochs=2)
    assert len(result.history) == 2


@pytest.mark.parametrize("answer", ["an error", "silence"])
def test_a_server_that_is_lost_costs_a_warning(mlflow, recorded, monkeypatch, answer):
    from deltarule.mlflow import metric_writer

    def lost(*_: object, metrics: Any = (), **__: object) -> None:
        if answer == "an error":
            raise OSError("The connection was lost")
        time.sleep(1)

    monkeypatch.setattr(metric_writer, "TIMEOUT_S", 0.1)
    log_batch = mlflow.MlflowClient.log_batch
    monkeypatch.setattr(
        mlflow.MlflowClient,
        "log_batch",
        lambda self, run, metrics=(), **more: (lost if metrics else log_batch)(self, run, **more),
    )
    sentence = "connection was lost" if answer == "an error" else "did not answer within 0.1 s"
    with pytest.warns(UserWarning, match=sentence):
        result = dr.fit(network(), X, X[:, 0] > 0, epochs=5)
    assert len(result.history) == 5
    assert recorded().info.status == "FAILED"
