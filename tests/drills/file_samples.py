"""Small valid files of every kind, and what a user does with each: load it, then use what was loaded."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from drills.grouped_samples import grouped_models
from drills.job_array_samples import arrays
from drills.job_samples import results
from drills.sample_files import CELLS, Sample, table, without
from drills.saved_group_samples import groups_of_runs
from drills.sharded_samples import averages, rounds

import deltarule as dr
from deltarule import keras
from deltarule.errors import DataError, SettingError
from deltarule.table_model.by_group.grouped_loading import columns_to_read
from deltarule.training.checkpoint import CheckpointWriter, LockedCheckpoint
from deltarule.training.fit_arguments import FitArguments, training_loop

LEGACY = Path(__file__).parents[1] / "data" / "legacy_files"


def row_for(model: Any) -> dict[str, list[Any]]:
    """Return one row for a table model."""
    return {name: [CELLS[model.schema[name].kind]] for name in model.encoder.columns}


def use_table(model: Any, path: Path) -> None:
    row = row_for(model)
    prediction = model.predict(row)
    if model.task == "regression" and model.calibration.error_quantiles is not None:
        prediction = model.predict(row, quantiles=[0.05, 0.95])
    assert (
        len(prediction.values if prediction.values is not None else prediction.probabilities) == 1
    )
    repr(model)
    model.describe_columns()


def use_table_estimator(estimator: Any, path: Path) -> None:
    names = getattr(estimator, "feature_names_in_", None)
    model = estimator.model_
    kinds = {column: model.schema[column].kind for column in columns_to_read(model)}
    if names is None:  # fitted on an array: its columns are found by position
        order = getattr(estimator, "_columns_in_fit", list(kinds))
        order = order if len(order) == estimator.n_features_in_ else range(estimator.n_features_in_)
        cells = [CELLS[kinds.get(name, "number")] for name in order]
        row: Any = np.array([cells], dtype=object)
    else:
        row = pd.DataFrame({name: [CELLS[kinds.get(name, "number")]] for name in names})
    assert len(estimator.predict(row)) == 1


def use_network(trained: Any, path: Path) -> None:
    assert len(trained.predict(np.zeros((1, trained.network.inputs)))) == 1
    str(trained.network)


X = np.random.default_rng(1).normal(size=(24, 2))
Y = (X[:, 0] > 0).astype(np.int64)


def resume(path: Path, settings: dict[str, Any]) -> Any:
    return dr.fit(checkpoint=dr.Checkpoint(path, every_seconds=1e9, resume=True), **settings)


def use_mlp(estimator: Any, path: Path) -> None:
    row: Any = np.zeros((1, estimator.n_features_in_))
    if hasattr(estimator, "feature_names_in_"):
        row = pd.DataFrame(row, columns=estimator.feature_names_in_)
    assert len(estimator.predict(row)) == 1
    if hasattr(estimator, "predict_proba"):
        estimator.predict_proba(row)
    if estimator.solver != "lbfgs" and not estimator.early_stopping:
        target = estimator.classes_[:1] if hasattr(estimator, "classes_") else [0.5]
        with suppress(ValueError):  # a setting that was changed after fit, in a sentence
            estimator.partial_fit(row, target)


def use_keras(model: Any, path: Path) -> None:
    if not any(isinstance(layer, keras.layers.Dense) for layer in model.layers) or not model.built:
        return  # a model to which layers are still to be added
    row = np.zeros((1, *model.input_shape[1:]))
    try:
        assert len(model.predict(row, verbose=0)) == 1
    except DataError as error:
        layer = first_overflow(model, row)  # means and variances may be extreme
        if layer is None or f"becomes too large for float32 in the layer {layer!r}" not in str(
            error
        ):
            raise


def first_overflow(model: Any, row: Any) -> str | None:
    """Return the name of the first layer whose outputs are not finite, or None."""
    for layer in model.layers:
        row = np.asarray(layer(row))
        if not np.isfinite(row).all():
            return str(layer.name)
    return None


def _network_file(folder: Path, network: Any, **settings: Any) -> Path:
    path = folder / "network.safetensors"
    dr.fit(network, X, Y, epochs=2, **settings).network.save(path)
    return path


def _table_file(folder: Path, target: str, drop: str, **settings: Any) -> Path:
    path = folder / "table.safetensors"
    dr.train(without(drop), target, epochs=3, seed=0, **settings).model.save(path)
    return path


def _estimator_file(folder: Path, estimator: Any, X: Any, y: Any) -> Path:
    path = folder / "estimator.safetensors"
    estimator.fit(X, y).save(path)
    return path


CHECKPOINTS: dict[str, dict[str, Any]] = {
    "adam": {
        "network": dr.Network([dr.Dense(4, "tanh"), dr.Dense(2, "softmax")]),
        "X": X, "y": Y, "seed": 3, "validation_fraction": 0.25, "keep_best": "validation_loss",
        "stopping": [dr.stopping.NoProgress(patience_epochs=50), dr.stopping.TargetReached(1e-9)],
    },
    "nadam": {
        "network": dr.Network([dr.Dense(2)]), "X": X, "y": X, "dtype": "float64",
        "optimizer": dr.optimizers.Nadam(0.01), "engine": "reference",
    },
    "sgd": {
        "network": dr.Network([dr.Dense(3, "relu"), dr.Dropout(0.1), dr.Dense(1)]), "X": X, "y": X[:, :1],
        "optimizer": dr.optimizers.Momentum(dr.schedules.OnPlateau(0.1)),
    },
    "small": {
        "network": dr.Network([dr.Dense(1)]), "X": X[:, :1], "y": X[:, :1],
        "optimizer": dr.optimizers.GradientDescent(0.1),
    },
}  # fmt: skip


def _checkpoint_file(folder: Path, settings: dict[str, Any]) -> Path:
    path = folder / "checkpoint.safetensors"

    def interrupt(event: Any) -> None:
        if event.epoch == 2:
            raise KeyboardInterrupt

    dr.fit(
        **settings, epochs=3, checkpoint=dr.Checkpoint(path, every_seconds=1e9),
        callbacks=[interrupt],
    )  # fmt: skip
    return path


def _keras_model(hidden: int = 4) -> Any:
    keras.utils.set_random_seed(0)
    normalization = keras.layers.Normalization()
    normalization.adapt(X)
    model = keras.Sequential(
        [
            keras.Input(2),
            normalization,
            keras.layers.Dense(hidden, "relu", kernel_regularizer="l2"),
            keras.layers.Dropout(0.1),
            keras.layers.Dense(1),
            keras.layers.Activation("sigmoid"),
        ]
    )
    model.compile(
        keras.optimizers.Adam(keras.optimizers.schedules.ExponentialDecay(0.01, 10, 0.9)),
        "binary_crossentropy", metrics=["accuracy", keras.metrics.MeanSquaredError()],
    )  # fmt: skip
    model.fit(X, Y, epochs=2, verbose=0)
    return model


def _functional_model() -> Any:
    inputs = keras.Input((2, 1))
    hidden = keras.layers.Dense(3, "elu", dtype="float64")(keras.layers.Flatten()(inputs))
    model = keras.Model(inputs, keras.layers.Dense(1, dtype="float64")(hidden))
    model.compile("sgd", "mse")
    return model


def samples(kind: str, folder: Path) -> list[Sample]:
    """Return the valid files of a kind, made in a folder."""
    return MAKERS[kind](folder)


SMALL_TABLES: dict[str, tuple[list[str], str]] = {
    "small classifier": (["color"], "flag"),
    "small regressor": (["x"], "price"),
    "small of time": (["day", "flag"], "class"),
}
"""Columns and target of tables whose files hold little more than their structure."""


def _tables(folder: Path) -> list[Sample]:
    made = {
        "classifier": _table_file(folder, "class", "price", folds=2, hidden=(4,), threshold="f1"),
        "regressor": None, "multiclass": None,
    }  # fmt: skip
    found = [Sample("classifier", made["classifier"].read_bytes(), dr.load, use_table)]
    path = _table_file(folder, "price", "class", folds=3, hidden=(4,))
    found.append(Sample("regressor", path.read_bytes(), dr.load, use_table))
    path = _table_file(folder, "color", "shop", folds=1, hidden=(3,))
    found.append(Sample("three classes", path.read_bytes(), dr.load, use_table))
    path = folder / "small.safetensors"
    for name, (columns, target) in SMALL_TABLES.items():
        data = {column: table(20)[column] for column in (*columns, target)}
        dr.train(data, target, folds=1, epochs=1, hidden=(), seed=0).model.save(path)
        found.append(Sample(name, path.read_bytes(), dr.load, use_table, small=True))
    words = ["river", "garden", "window", "lamp"]
    titles = [
        f"a {words[i % 4]} and a {words[i % 3]}" + " old" * (i % 7) + f" x{i}" for i in range(80)
    ]
    data = {"title": titles, "price": [float(i % 4) for i in range(80)]}
    dr.train(data, "price", folds=2, epochs=1, hidden=(2,), seed=0).model.save(path)
    found.append(Sample("free text", path.read_bytes(), dr.load, use_table))
    tuned = _of_two_shapes(without("price"), "class", path)
    found.append(Sample("two shapes", tuned, dr.load, use_table))
    for name in ("table_classifier", "table_regressor", "version_3", "version_4"):
        content = (LEGACY / f"{name}.safetensors").read_bytes()
        found.append(Sample(f"legacy {name}", content, dr.load, use_table))
    return found


def _of_two_shapes(data: dict[str, Any], target: str, path: Path) -> bytes:
    """Return the file of a model whose networks have two shapes and votes."""
    models = [
        dr.train(data, target, folds=2, epochs=2, hidden=(units,), seed=0).model for units in (4, 3)
    ]
    networks = models[0].networks + models[1].networks
    replace(models[0], networks=networks, votes=(2, 2, 1, 1)).save(path)
    return path.read_bytes()


def _table_estimators(folder: Path) -> list[Sample]:
    frame = pd.DataFrame(without("price", "class"))
    classifier = dr.TabularClassifier(folds=1, epochs=3, hidden=(4,), random_state=0)
    regressor = dr.TabularRegressor(folds=2, epochs=3, hidden=(4,), random_state=0)
    numbers = (table()["x"] > 0).astype(int)
    first = _estimator_file(folder, classifier, frame, numbers).read_bytes()
    second = _estimator_file(folder, regressor, frame, table()["price"]).read_bytes()
    plain = dr.TabularRegressor(folds=1, epochs=1, hidden=(), random_state=0)
    small = _estimator_file(folder, plain, frame[["flag"]][:20], table(20)["price"]).read_bytes()
    by_group = dr.TabularRegressor(by="color", folds=1, epochs=1, hidden=(2,), random_state=0)
    grouped = _estimator_file(folder, by_group, frame[["flag", "color"]], table()["price"])
    legacy = (LEGACY / "tabular_regressor.safetensors").read_bytes()
    return [
        Sample("by group", grouped.read_bytes(), _load_by_group, use_table_estimator),
        Sample("classifier", first, dr.TabularClassifier.load, use_table_estimator),
        Sample("regressor", second, dr.TabularRegressor.load, use_table_estimator),
        Sample("small regressor", small, dr.TabularRegressor.load, use_table_estimator, small=True),
        Sample("legacy", legacy, dr.TabularRegressor.load, use_table_estimator),
    ]


def _load_by_group(path: Path) -> Any:
    """Load an estimator, and the model of each group."""
    estimator = dr.TabularRegressor.load(path)
    if estimator.by is not None:
        estimator.model_.read_all()
    return estimator


def _networks(folder: Path) -> list[Sample]:
    plain = dr.Network([dr.Dense(4, "relu"), dr.Dropout(0.1), dr.Dense(2, "softmax")])
    path = _network_file(folder, plain)
    found = [Sample("plain", path.read_bytes(), dr.load_network, use_network)]
    path = _network_file(folder, dr.Network([dr.Dense(1)]))
    found.append(Sample("small", path.read_bytes(), dr.load_network, use_network, small=True))
    for name in ("network", "ensemble"):
        content = (LEGACY / f"{name}.safetensors").read_bytes()
        found.append(Sample(f"legacy {name}", content, dr.load_network, use_network))
    return found


def _checkpoints(folder: Path) -> list[Sample]:
    def sample(name: str, settings: dict[str, Any]) -> Sample:
        content = _checkpoint_file(folder, settings).read_bytes()
        settings = {**settings, "epochs": 3}
        loop = training_loop(FitArguments(**settings))

        @cache
        def writer(path: Path) -> CheckpointWriter:
            locked = LockedCheckpoint(path, every_seconds=1e9, resume=True)
            return CheckpointWriter(locked, loop.plan, loop.data, loop.validation, loop.engine)

        def check(path: Path) -> Any:
            return writer(path).read()

        return Sample(
            name, content, lambda path: resume(path, settings), _used,
            small=name == "small", check=check,
        )  # fmt: skip

    return [sample(name, settings) for name, settings in CHECKPOINTS.items()]


def _used(loaded: Any, path: Path) -> None:
    """A resumed run was used when it was loaded."""


def _estimators(folder: Path) -> list[Sample]:
    classes = np.array(["a", "b", "c"])[np.arange(24) % 3]
    made = {
        "text classes": dr.MLPClassifier(hidden_layer_sizes=(3,), max_iter=3, random_state=0),
        "early stopping": dr.MLPClassifier(
            hidden_layer_sizes=(3,), max_iter=3, early_stopping=True, random_state=0,
            class_weight={"a": 2.0}, learning_rate=dr.schedules.Constant(0.01),
        ),
        "small": dr.MLPRegressor(hidden_layer_sizes=(1,), max_iter=1, solver="sgd", random_state=0),
        "regressor": dr.MLPRegressor(hidden_layer_sizes=(3, 2), max_iter=3, solver="sgd", random_state=0),
    }  # fmt: skip
    found = []
    for name, estimator in made.items():
        y = X[:, 0] if isinstance(estimator, dr.MLPRegressor) else classes
        content = _estimator_file(folder, estimator, X, y).read_bytes()
        small = name == "small"
        found.append(Sample(name, content, type(estimator).load, use_mlp, small))
    legacy = (LEGACY / "mlp_classifier.safetensors").read_bytes()
    return [*found, Sample("legacy", legacy, dr.MLPClassifier.load, use_mlp)]


def _keras_models(folder: Path) -> list[Sample]:
    path = folder / "model.keras"
    found = []
    small = keras.Sequential([keras.Input(1), keras.layers.Dense(1)])
    small.compile("sgd", "mse")
    models = {"sequential": _keras_model(), "functional": _functional_model(), "small": small}
    for name, model in models.items():
        model.save(path)
        load, use = keras.models.load_model, use_trained_keras
        found.append(Sample(name, path.read_bytes(), load, use, small=name == "small"))
    legacy = (LEGACY / "keras_model.safetensors").read_bytes()
    return [*found, Sample("legacy", legacy, keras.models.load_model, use_trained_keras)]


def use_trained_keras(model: Any, path: Path) -> None:
    use_keras(model, path)
    if model.compiled_settings is not None and model.output_shape == (None, 1):
        row = np.zeros((1, *model.input_shape[1:]))
        with suppress(SettingError):  # a frozen layer, or a loss for another last layer
            model.fit(row, np.zeros((1, 1)), epochs=1, verbose=0)


def _keras_weights(folder: Path) -> list[Sample]:
    path = folder / "weights.keras"
    model = _keras_model()
    model.save_weights(path)

    def load(path: Path) -> Any:
        model.load_weights(path)
        return model

    return [Sample("sequential", path.read_bytes(), load, use_keras)]


MAKERS: dict[str, Callable[[Path], list[Sample]]] = {
    "table model": _tables,
    "grouped model": grouped_models,
    "table estimator": _table_estimators,
    "network": _networks,
    "checkpoint": _checkpoints,
    "estimator": _estimators,
    "keras model": _keras_models,
    "keras weights": _keras_weights,
    "average of shards": averages,
    "round of a shard": rounds,
    "job result": results,
    "job array": arrays,
    "groups of a run": groups_of_runs,
}
