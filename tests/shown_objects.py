"""One small object of each public class that people see at the end of a notebook cell."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from concurrent.futures import Executor
from enum import Enum
from importlib import import_module
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from public_surface import exported_names

import deltarule as dr
from deltarule import insight, keras
from deltarule._common.descriptions import Description
from deltarule.data import ReadOptions
from deltarule.engines import (
    ArrayData,
    BlockFileData,
    Chunk,
    DivergenceLocation,
    TrainingPlan,
    TrainingState,
)
from deltarule.export import EXPORT_FORMATS, ExportFormat, ExportSummary
from deltarule.losses import MeanSquaredError
from deltarule.mlflow import PyfuncModel
from deltarule.network import Part
from deltarule.optimizers import GradientDescent
from deltarule.preprocessing import Encoding, Feature, fit_target
from deltarule.sampling import FullBatch
from deltarule.table_model import (
    DistillationResult,
    StreamedRows,
    TablePredictor,
    compute_decision_surface,
)
from deltarule.table_model.permutation_importance import permutation_importances
from deltarule.training import Advice, EpochEvent, Progress
from deltarule.tuning import TuningProgress

EVIL = "<script>alert('x')</script>&\u202e"
ROWS = np.arange(40)
TEXT_ONLY = (
    dr.Checkpoint, ReadOptions, ArrayData, BlockFileData, Chunk, DivergenceLocation, TrainingPlan,
    TrainingState, insight.Line, dr.network.Block, Part, Encoding, Feature, Advice,
    dr.training.Divergence, EpochEvent, Progress, dr.plots.DecisionBoundaryDisplay,
    ExportFormat, ExportSummary, DistillationResult, StreamedRows, TablePredictor, PyfuncModel,
)  # fmt: skip
"""Classes whose line of text says all."""


def shown_classes() -> list[type]:
    """Return the exported classes that must have a card, or be listed in `TEXT_ONLY`.

    Others are errors, choices, descriptions, which print as the call that makes them, interfaces,
    executors, which print as those of concurrent.futures, and Keras's objects, which print as in Keras.
    """
    found: dict[type, None] = {}
    for dotted in exported_names():
        module, _, name = dotted.rpartition(".")
        cls = getattr(import_module(module), name)
        if not isinstance(cls, type) or issubclass(
            cls, BaseException | Enum | Description | Executor
        ):
            continue
        if inspect.isabstract(cls) or getattr(cls, "_is_protocol", False):
            continue
        if not cls.__module__.startswith("deltarule.keras"):
            found[cls] = None
    return [*found, keras.Model, keras.Sequential, keras.callbacks.History]


def networks() -> Iterator[Any]:
    """Yield networks and what their training gives."""
    rows = (ROWS[:, None] / 40).astype(np.float32)
    events: list[Any] = []
    network = dr.Network([dr.Dense(3, "tanh"), dr.Dropout(0.1), dr.Dense(1)])
    result = dr.fit(network, rows, rows, epochs=3, callbacks=[events.append])
    progress = Progress(result.history.records, 3, None)
    yield from (network, result, result.network, result.history, result.network.parameters)
    yield from (progress, events[0], result.network.network.blocks[0], dr.Checkpoint("run"))
    yield dr.fit(network, rows, rows, optimizer=GradientDescent(1e6), epochs=9).divergence
    optimizer, loss = GradientDescent(0.1), MeanSquaredError()
    plan = TrainingPlan(result.network.network, loss, optimizer, FullBatch(), epochs=2)
    yield from (plan, TrainingState.initial(plan, result.network.parameters), ArrayData(rows, rows))
    with TemporaryDirectory() as folder:
        yield BlockFileData.write(Path(folder) / EVIL.replace("/", ""), [(rows, rows)])
    yield from (Chunk(result.history.records, None), DivergenceLocation(1, 2, 0))
    yield from (Part("weights", (2, 3), ((6, 1.0, 1.0),)), Advice("learning_rate", 0.1))


def tables() -> Iterator[Any]:
    """Yield models of tables whose names are markup, and what goes with them."""
    table = {EVIL: ROWS**0.5, "b": ["p", EVIL] * 20, f"t{EVIL}": [EVIL, "no"] * 20, "c": ROWS % 7}
    result = dr.train(table, f"t{EVIL}", folds=2, epochs=2, hidden=(3,))
    number = dr.train({EVIL: ROWS**0.5, "y": ROWS**1.5}, "y", folds=2, epochs=2, hidden=(3,))
    model = result.model
    yield from (result, model, result.test_prediction, result.scores, result.test_curve)
    yield result.report()
    yield from (result.cross_validated_scores, result.recipe, result.split, result.table)
    yield from (result.table.columns[0], model.schema, model.schema.columns[0], model.encoder)
    yield from (model.target, model.calibration, result.settings, Encoding(), ReadOptions())
    yield from (dr.distill(model, table, hidden=()), model.predictor(), PyfuncModel(model))
    yield from (number, number.model, number.scores, number.model.target, number.model.calibration)
    yield number.model.predict({EVIL: [1.0, 2.0]}, quantiles=(0.05, 0.95))
    yield from (Feature("size"), fit_target(result.table, f"t{EVIL}"))
    yield compute_decision_surface(model, result.table, EVIL, "c", steps=9)
    truth = model.target.encode(result.table[f"t{EVIL}"])
    yield permutation_importances(model, result.table, truth, model.encoder.columns)
    shops = {EVIL: ROWS**0.5, "shop": [EVIL, "c"] * 20, "y": ROWS * 1.5}
    grouped = dr.train(shops, "y", by="shop", folds=2, epochs=2, hidden=(3,))
    yield from (grouped, grouped.model, grouped.groups[0])
    yield StreamedRows(1000, 900, 0, 4000, ROWS)
    many = {EVIL: np.arange(80) ** 0.5, "y": np.arange(80) ** 1.5}
    tuned = dr.tune(many, "y", trials=13, folds=2, epochs=2, hidden=(3,))
    yield from (tuned, tuned.trials[1], tuned.trials[1].configuration)
    yield TuningProgress(tuned.trials[1], 2, 1, 3, None)


def estimators() -> Iterator[Any]:
    """Yield fitted estimators and Keras models, and what explains them."""
    X, y = np.stack([ROWS / 40, ROWS % 7 / 7], axis=1), ROWS % 2
    tabular = dr.TabularClassifier(folds=2, epochs=2, hidden=(3,)).fit(X, y)
    yield from (tabular, tabular.partial_dependence(X, "x0"), tabular.permutation_importance(X, y))
    yield dr.TabularRegressor(folds=1, epochs=2, hidden=(3,)).fit(X, y)
    yield dr.MLPClassifier(hidden_layer_sizes=(3,), max_iter=3, early_stopping=True).fit(X, y)
    yield dr.MLPRegressor(hidden_layer_sizes=(3,), max_iter=3, solver="lbfgs").fit(X, y)
    yield keras.Sequential([keras.layers.Dense(2)], name="<b>")
    inputs = keras.Input(2)
    model = keras.Model(inputs, keras.layers.Dense(1)(keras.layers.Dense(2, "relu")(inputs)))
    yield model
    model.compile("sgd", "mse", metrics=["mae"])
    yield model.fit(X, y, epochs=3, validation_split=0.25, verbose=0)
    yield model


def insights() -> Iterator[Any]:
    """Yield what `deltarule.insight` computes."""
    X, y = np.stack([ROWS / 40, ROWS % 7 / 7], axis=1), ROWS / 40
    network = dr.Network([dr.Dense(2, "tanh"), dr.Dense(1)])
    path = insight.training_trajectory(network, X, y, epochs=3)
    trained, directions = path.trained, insight.principal_directions(path)
    yield from (path, directions, insight.random_directions(trained))
    yield insight.loss_surface(trained, X, y, grid_resolution=5, trajectory=path)
    yield insight.output_surface(trained, (0, 1), (0, 1), grid_resolution=9)
    classes = insight.initialize(dr.Network([dr.Dense(3, "softmax")]), 2)
    yield insight.output_surface(classes, (0, 1), (0, 1), grid_resolution=9)
    traced = insight.trace(trained, X[1], y[1])
    yield from (traced, traced.layers[0], insight.forward_pass(trained, X)[0])
    yield from (insight.compare_gradients(trained, X, y), insight.time_gradients((2, 3), repeats=1))
    yield from (
        insight.gradient_noise(trained, X, y),
        insight.compare_batch_sizes(network, X, y, (8, 40), epochs=2),
        insight.learning_rate_sweep(network, X, y, epochs=2, learning_rates=(1e-3, 0.1, 1e9)),
    )
    optimizers = {EVIL: GradientDescent(0.01), "diverges": GradientDescent(9.0)}
    yield from (insight.ravine(), insight.compare_optimizers(insight.ravine(), optimizers, steps=9))
    yield from (insight.saddle(), insight.disc_region(5), insight.principal_components(X))
    plane = insight.output_surface(trained, (0, 1), (0, 1), grid_resolution=9)
    yield dr.plots.DecisionBoundaryDisplay(plane, ("a", "b"), None, X)
    yield from (insight.draw_network(trained), insight.disc_region(3).lines[0])
    formula = dr.compile_formula("z1 & ~z2 | ~z1 & z2")
    yield from (formula, formula.truth_table())
    yield insight.train_perceptron(X, np.where(ROWS < 20, -1, 1))


def exports() -> Iterator[Any]:
    """Yield what is known of formats and of written files."""
    yield EXPORT_FORMATS["onnx"]
    yield ExportSummary((EVIL,), {EVIL: "text"}, {"label": "text"}, {"nodes": 3})


def all_objects() -> list[Any]:
    """Return all of them."""
    return [*networks(), *tables(), *estimators(), *insights(), *exports()]
