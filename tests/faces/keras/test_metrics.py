"""Metrics with state: values from closed forms, batches, weights, custom metrics, and the model file.

tests/peers/test_keras_metrics.py compares every metric with Keras itself.
"""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from deltarule import keras
from deltarule.errors import DataError, SettingError, ShapeError

metrics = keras.metrics

# The examples in Keras's own documentation: metric, targets, predictions, weights, result.
EXAMPLES: dict[str, tuple[Any, Any, Any, Any, Any]] = {
    "auc": (metrics.AUC(num_thresholds=3), [0, 0, 1, 1], [0, 0.5, 0.3, 0.9], None, 0.75),
    "weighted auc": (
        metrics.AUC(num_thresholds=3), [0, 0, 1, 1], [0, 0.5, 0.3, 0.9], [1, 0, 0, 1], 1.0,
    ),
    "precision": (metrics.Precision(), [0, 1, 1, 1], [1, 0, 1, 1], None, 2 / 3),
    "precision of the top": (metrics.Precision(top_k=4), [0, 0, 1, 1], [1, 1, 1, 1], None, 0.5),
    "recall": (metrics.Recall(), [0, 1, 1, 1], [1, 0, 1, 1], [0, 0, 1, 0], 1.0),
    "true positives": (metrics.TruePositives(), [0, 1, 1, 1], [1, 0, 1, 1], None, 2.0),
    "false negatives": (metrics.FalseNegatives(), [0, 1, 1, 1], [0, 1, 0, 0], [0, 0, 1, 0], 1.0),
    "specificity": (
        metrics.SpecificityAtSensitivity(0.5), [0, 0, 0, 1, 1], [0, 0.3, 0.8, 0.3, 0.8], None, 2 / 3,
    ),
    "recall at precision": (
        metrics.RecallAtPrecision(0.8), [0, 0, 1, 1], [0, 0.5, 0.3, 0.9], None, 0.5,
    ),
    "f1": (
        metrics.F1Score(threshold=0.5), [[1, 1, 1], [1, 0, 0], [1, 1, 0]],
        [[0.2, 0.6, 0.7], [0.2, 0.6, 0.6], [0.6, 0.8, 0.0]], None, [0.5, 0.8, 2 / 3],
    ),
    "top k": (
        metrics.TopKCategoricalAccuracy(k=1), [[0, 0, 1], [0, 1, 0]],
        [[0.1, 0.9, 0.8], [0.05, 0.95, 0]], [0.7, 0.3], 0.3,
    ),
    "mean iou": (metrics.MeanIoU(2), [0, 0, 1, 1], [0, 1, 0, 1], [0.3, 0.3, 0.3, 0.1], 0.23809524),
    "cosine": (metrics.CosineSimilarity(), [[0, 1], [1, 1]], [[1, 0], [1, 1]], [0.3, 0.7], 0.7),
    "r2": (metrics.R2Score(), [[1], [4], [3]], [[2], [4], [4]], None, 0.57142857),
    "rmse": (metrics.RootMeanSquaredError(), [[0, 1], [0, 0]], [[1, 1], [0, 0]], [1, 0], 0.5**0.5),
}  # fmt: skip


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_of_keras(name: str) -> None:
    metric, y_true, y_pred, weights, expected = EXAMPLES[name]
    metric.update_state(y_true, y_pred, sample_weight=weights)
    assert metric.result().numpy() == pytest.approx(expected, rel=1e-6)
    metric.reset_state()
    assert not any(np.any(variable) for variable in metric.variables)


@pytest.mark.parametrize("name", sorted(metrics.CLASSES))
def test_batches_add_up(name: str) -> None:
    arguments = {
        "IoU": (2, [0, 1]), "MeanIoU": (2,), "OneHotIoU": (2, [1]), "OneHotMeanIoU": (2,),
        **dict.fromkeys(
            ("PrecisionAtRecall", "RecallAtPrecision", "SensitivityAtSpecificity",
             "SpecificityAtSensitivity"), (0.5,),
        ),
    }  # fmt: skip
    chance = np.random.default_rng(1)
    y_true, y_pred = np.eye(2)[chance.integers(0, 2, 40)], chance.dirichlet([1, 1], 40)
    if name.startswith("Sparse"):
        y_true = y_true[:, 1].astype(int)
    if name in ("IoU", "MeanIoU", "BinaryIoU"):
        y_true, y_pred = y_true[:, 0], y_pred[:, 0] > 0.5
    weights = chance.uniform(0.5, 2, 40)
    rows: Any = (y_pred,) if name in ("Mean", "Sum") else (y_true, y_pred)
    make = getattr(metrics, name)
    whole, parts = (make(*arguments.get(name, ())) for _ in range(2))
    whole.update_state(*rows, sample_weight=weights)
    for part in (slice(0, 13), slice(13, 40)):
        parts.update_state(*(array[part] for array in rows), sample_weight=weights[part])
    assert np.asarray(parts.result()) == pytest.approx(np.asarray(whole.result()), rel=1e-9)
    copied = make.from_config(whole.get_config())
    copied.update_state(*rows, sample_weight=weights)
    assert np.array_equal(copied.result(), whole.result())


def test_r2_survives_a_mean_far_from_zero() -> None:
    y = 1e9 + np.arange(10.0)[:, None]
    score = metrics.R2Score()
    score.update_state(y[:4], y[:4] + 0.5)
    score.update_state(y[4:], y[4:] + 0.5)
    assert float(score.result()) == pytest.approx(1 - 2.5 / 82.5)


class F1(metrics.Metric):
    """The usual custom metric: two metrics of Keras in one."""

    def __init__(self, name: str = "f1", **settings: Any) -> None:
        super().__init__(name=name, **settings)
        self.precision, self.recall = metrics.Precision(), metrics.Recall()

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.precision.update_state(y_true, y_pred, sample_weight)
        self.recall.update_state(y_true, y_pred, sample_weight)

    def result(self) -> Any:
        p, r = self.precision.result(), self.recall.result()
        return 2 * p * r / (p + r + 1e-7)


class Counted(metrics.Metric):
    """The other usual one: variables."""

    def __init__(self, name: str = "counted") -> None:
        super().__init__(name=name)
        self.hits = self.add_weight(name="hits", initializer="zeros")
        self.rows = self.add_variable(shape=(), initializer="zeros", name="rows", dtype="int32")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        self.hits.assign_add(((y_pred > 0.5) == y_true).sum())
        self.rows.assign(self.rows + len(y_true))

    def result(self) -> Any:
        return self.hits / self.rows


def test_custom_metrics_start_each_epoch_at_zero(small: Any, moons: Any) -> None:
    f1 = metrics.F1Score(threshold=0.5)
    chosen = [F1(), f1, Counted(), "binary_accuracy"]
    small.compile(keras.optimizers.Adam(0.1), "binary_crossentropy", metrics=chosen)
    history = small.fit(*moons, epochs=3, verbose=0, validation_data=moons).history
    for prefix in ("", "val_"):
        f1_values = history[f"{prefix}f1"]
        assert f1_values == pytest.approx(history[f"{prefix}f1_score"], abs=1e-6)
    assert history["val_counted"] == pytest.approx(history["val_binary_accuracy"])
    assert len(set(f1_values)) > 1


def test_two_metrics_inside_one_are_reset_with_it() -> None:
    f1 = F1()
    f1.update_state([1, 0], [1, 1])
    assert [v.name for v in f1.variables][:2] == ["true_positives", "false_positives"]
    f1.reset_state()
    assert float(f1.precision.result()) == 0


def test_auc_as_name_is_maximized(small: Any, moons: Any) -> None:
    x, y = moons
    small.compile("adam", "binary_crossentropy", metrics=["AUC", metrics.AUC(curve="PR")])
    stopper = keras.callbacks.EarlyStopping("val_AUC", patience=2, restore_best_weights=True)
    history = small.fit(x, y, epochs=3, verbose=0, validation_data=moons, callbacks=[stopper])
    assert stopper.larger_is_better
    assert stopper.best == max(history.history["val_AUC"])
    order = np.argsort(small.predict(x, verbose=0)[:, 0])
    ranks = np.empty(len(y))
    ranks[order] = np.arange(1, len(y) + 1)
    ones = y.sum()
    exact = (ranks[y == 1].sum() - ones * (ones + 1) / 2) / (ones * (len(y) - ones))
    assert stopper.best == pytest.approx(exact, abs=0.01)  # the curve has 200 points


def test_functions_return_a_value_for_each_row() -> None:
    y, p = np.array([[0.0, 1.0], [1.0, 0.0]]), np.array([[0.4, 0.6], [0.3, 0.7]])
    assert metrics.categorical_accuracy(y, p).tolist() == [1.0, 0.0]
    assert metrics.mean_squared_error(y, p) == pytest.approx([0.16, 0.49])
    assert metrics.mse is keras.losses.mean_squared_error
    function = metrics.get(metrics.top_k_categorical_accuracy)
    assert (type(function).__name__, function.name) == (
        "TopKCategoricalAccuracy", "top_k_categorical_accuracy",
    )  # fmt: skip


@pytest.mark.parametrize("number", [-1, 3])
def test_class_numbers_are_those_of_the_outputs(number: int) -> None:
    p = np.full((2, 3), 1 / 3)
    with pytest.raises(DataError, match="class numbers 0 to 2"):
        keras.losses.SparseCategoricalCrossentropy()([0, number], p)
    function = metrics.sparse_top_k_categorical_accuracy
    assert function([0, number], p, k=3).tolist() == [1, 0]  # not the last class for −1


def test_class_numbers_and_one_hot_rows_cost_the_same() -> None:
    numbers, p = [2, 0], np.array([[0.2, 0.3, 0.5], [0.1, 0.1, 0.8]])
    expected = -np.log([0.5, 0.1])
    for function in ("categorical_crossentropy", "sparse_categorical_crossentropy"):
        for y in (numbers, np.eye(3)[numbers]):
            assert getattr(keras.losses, function)(y, p) == pytest.approx(expected)


def test_an_array_of_one_dimension_is_one_row_of_a_loss_of_rows() -> None:
    p = [0.2, 0.3, 0.5]
    for y in ([0, 0, 1], [[0, 0, 1]]):
        found = keras.losses.CategoricalCrossentropy()(y, p if y[0] == 0 else [p])
        assert found == pytest.approx(-np.log(0.5))
    assert keras.losses.categorical_crossentropy([0, 0, 1], p) == pytest.approx(-np.log(0.5))
    assert keras.losses.sparse_categorical_crossentropy(2, p) == pytest.approx(-np.log(0.5))
    assert keras.metrics.KLDivergence()([0, 0, 1], p) == pytest.approx(-np.log(0.5), abs=1e-5)


ONE_HOT_ONLY = "hinge squared_hinge categorical_hinge kl_divergence categorical_focal_crossentropy"


@pytest.mark.parametrize("loss", ONE_HOT_ONLY.split())
def test_losses_that_keras_broadcasts_refuse_class_numbers(loss: str) -> None:
    model = keras.Sequential([keras.Input(2), keras.layers.Dense(3, "softmax")])
    model.compile("sgd", loss)
    for y in (np.array([0, 2]), np.array([[0], [2]])):
        for measure in (model.fit, model.evaluate, model.test_on_batch):
            with pytest.raises(ShapeError, match="to_categorical"):
                measure(np.eye(2), y)
        with pytest.raises(ShapeError, match="to_categorical"):
            getattr(keras.losses, loss)(y, np.full((2, 3), 1 / 3))
    assert model.evaluate(np.eye(2), np.eye(3)[[0, 2]], verbose=0) > 0


def test_an_accuracy_refuses_targets_of_the_other_kind() -> None:
    model = keras.Sequential([keras.Input(2), keras.layers.Dense(3, "softmax")])
    for y, metric in (
        (np.eye(3)[[0, 2]], "sparse_categorical_accuracy"),
        ([0, 2], "categorical_accuracy"),
    ):
        model.compile("sgd", "categorical_crossentropy", metrics=[metric])
        for measure in (model.fit, model.evaluate):
            with pytest.raises(ShapeError, match=r"Class numbers must|Categorical accuracy"):
                measure(np.eye(2), np.asarray(y), verbose=0)


def test_weights_of_a_loss_may_be_a_column() -> None:
    loss, y, p = keras.losses.MeanSquaredError(), np.zeros((3, 1)), np.array([[1.0], [2.0], [3.0]])
    for weights in ([0.0, 3.0, 1.0], [[0.0], [3.0], [1.0]]):
        assert loss(y, p, sample_weight=weights) == pytest.approx((0 + 12 + 9) / 3)
    assert loss(y, p, sample_weight=0.5) == pytest.approx(14 / 6)
    with pytest.raises(ShapeError, match=r"sample_weight must have shape \(3,\)"):
        loss(y, p, sample_weight=[1.0, 2.0])


def test_a_random_model_measures_the_loss_that_it_trains_on() -> None:
    class AlwaysOn(keras.layers.Dropout):
        def call(self, inputs: Any) -> Any:
            return super().call(inputs, training=True)

    x, numbers = np.eye(3), [2, 0, 1]
    model = keras.Sequential([keras.Input(3), AlwaysOn(0.5), keras.layers.Dense(3, "softmax")])
    for y in (numbers, np.eye(3)[numbers]):
        model.compile("sgd", "categorical_crossentropy", metrics=["categorical_crossentropy"])
        found = model.evaluate(x, np.asarray(y), verbose=0, return_dict=True)
        assert found["loss"] == pytest.approx(found["categorical_crossentropy"])


def test_metrics_are_saved_with_their_settings(small: Any, moons: Any, tmp_path: Path) -> None:
    chosen = [
        metrics.AUC(curve="PR", thresholds=[0.2, 0.4], label_weights=np.ones(1)),
        metrics.Precision(thresholds=np.array([0.3, 0.6])),
        metrics.SensitivityAtSpecificity(0.7, num_thresholds=50),
        "f1_score",
        metrics.binary_accuracy,
        keras.losses.mean_absolute_error,
    ]
    small.compile("adam", "binary_crossentropy", metrics=chosen)
    small.save(tmp_path / "m")
    again = keras.models.load_model(tmp_path / "m")
    found = again.evaluate(*moons, verbose=0, return_dict=True)
    for name, value in small.evaluate(*moons, verbose=0, return_dict=True).items():
        assert np.array_equal(found[name], value)
    small.compile("adam", "mse", metrics=[type("AUC", (metrics.AUC,), {})()])
    small.save(tmp_path / "own")  # not the AUC of Keras
    with pytest.warns(UserWarning, match="needs AUC"):
        assert not keras.models.load_model(tmp_path / "own").compiled


WRONG: dict[str, Any] = {
    "Precision.thresholds": lambda: metrics.Precision(thresholds=1.5),
    "AUC.curve": lambda: metrics.AUC(curve="rock"),
    "AUC.num_thresholds": lambda: metrics.AUC(num_thresholds=1),
    "AUC.num_labels": lambda: metrics.AUC(num_labels=2),
    "F1Score.average": lambda: metrics.F1Score("mean"),
    "F1Score.threshold": lambda: metrics.F1Score(threshold=0),
    "RecallAtPrecision.precision": lambda: metrics.RecallAtPrecision(2),
    "IoU.target_class_ids": lambda: metrics.IoU(2, [2]),
    "R2Score.class_aggregation": lambda: metrics.R2Score("sum"),
    "add_weight.shape": lambda: metrics.Mean().add_weight("total"),
    "Did you mean 'auc'": lambda: metrics.get("auk"),
    r"keras.metrics.IoU\(": lambda: metrics.get("IoU"),
    "to_categorical": lambda: metrics.F1Score().update_state([0, 1], [[0.1, 0.9], [0.2, 0.8]]),
    "one by one": lambda: metrics.AUC().update_state([0, 1], [[0.1, 0.9], [0.2, 0.8]]),
    "n_labels": lambda: metrics.AUC(multi_label=True).update_state([0, 1], [0.1, 0.9]),
    "MeanSquaredError compares": lambda: metrics.MeanSquaredError()(
        [0, 1], [[0.1, 0.9], [0.2, 0.8]]
    ),
    "Binary accuracy compares": lambda: metrics.BinaryAccuracy()([[0], [1]], np.eye(2)),
    "Cosine similarity compares": lambda: metrics.CosineSimilarity()([0, 1], np.eye(2)),
    "Categorical accuracy compares": lambda: metrics.CategoricalAccuracy()([0, 1], np.eye(2)),
    "must have shape \\(2,\\)": lambda: metrics.SparseCategoricalAccuracy()(np.eye(2), np.eye(2)),
    "BinaryIoU compares": lambda: metrics.BinaryIoU()([0, 1], np.eye(2)),
    "y_pred must have shape": lambda: keras.losses.MeanSquaredError()(
        np.ones((2, 2, 1)), np.ones((2, 2, 1))
    ),
    "two outputs or more": lambda: metrics.KLDivergence()([[0], [1]], [[0.2], [0.7]]),
    "Recall.class_id": lambda: metrics.Recall(class_id=2)(np.eye(2), np.eye(2)),
    "has the shape": lambda: metrics.Mean().total.assign([1.0, 2.0]),
}


@pytest.mark.parametrize("words", WRONG)
def test_wrong_arguments_are_refused_in_a_sentence(words: str) -> None:
    with pytest.raises((SettingError, ShapeError), match=words):
        WRONG[words]()


@pytest.mark.parametrize("name", ["MeanSquaredError", "Recall", "BinaryIoU", "R2Score", "F1Score"])
def test_weights_are_those_of_the_rows(name: str) -> None:
    metric = getattr(metrics, name)()
    with pytest.raises(ShapeError, match=r"sample_weight must have shape \(\d,\)"):
        metric.update_state([[0], [1]], [[0.2], [0.7]], sample_weight=[1.0, 2.0, 3.0])
    metric.update_state([[0], [1]], [[0.2], [0.7]], sample_weight=[1.0, 2.0])


def test_metrics_draw_no_random_numbers() -> None:
    keras.utils.set_random_seed(1)
    expected = random.random()
    keras.utils.set_random_seed(1)
    metrics.AUC(), F1(), Counted()
    assert random.random() == expected
    assert float(metrics.Mean().add_weight(initializer="ones", name="one")) == 1


def test_a_forgotten_init_is_reported() -> None:
    class Forgot(metrics.Metric):
        def __init__(self) -> None:
            self.total = self.add_weight()

    with pytest.raises(SettingError, match=r"Call super\(\)\.__init__\(\)"):
        Forgot()
