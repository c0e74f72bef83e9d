"""Metrics and array functions of Keras and deltarule on the same data, and the names in the logs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from deltarule import keras as dr_keras
from deltarule.errors import DeltaruleError


def own(y_true: Any, y_pred: Any) -> Any:
    return abs(y_true - y_pred)


def myF1Score2D(y_true: Any, y_pred: Any) -> Any:
    return own(y_true, y_pred)


NAMES: dict[str, Callable[[Any], tuple[Any, Any]]] = {
    "the same with weights": lambda k: (["accuracy"], ["accuracy"]),
    "spellings": lambda k: (["accuracy", "acc", "ACC", "binary_accuracy"], None),
    "lambdas": lambda k: ([lambda y, p: own(y, p), lambda y, p: own(y, p)], None),
    "a function twice, each way": lambda k: ([own, own], [own, own]),
    "objects and names": lambda k: (
        [k.metrics.Precision(), k.metrics.Precision(), "precision", "Precision"], None,
    ),
    "abbreviations": lambda k: (["mse", "MSE"], ["mse"]),
    "losses": lambda k: ([k.losses.mean_squared_error, k.losses.MeanSquaredError()], None),
    "a partial and capitals": lambda k: ([functools.partial(own), myF1Score2D], None),
}  # fmt: skip


def names_in_logs(k: Any, metrics: Any, weighted: Any) -> set[str]:
    model = k.Sequential([k.Input((2,)), k.layers.Dense(1, "sigmoid")])
    model.compile("sgd", "binary_crossentropy", metrics=metrics, weighted_metrics=weighted)
    x, y = np.ones((8, 2)), np.ones((8, 1))
    return set(model.fit(x, y, validation_data=(x, y), verbose=0).history)


@pytest.mark.parametrize("case", NAMES)
def test_names_in_the_logs(case: str, keras: Any) -> None:
    found = []
    for k in (keras, dr_keras):
        k.utils.clear_session()
        found.append(names_in_logs(k, *NAMES[case](k)))
    assert found[0] == found[1]


def rows(kind: str, chance: Any, size: int = 37) -> tuple[Any, ...]:
    """Return random arguments of update_state."""
    probabilities = chance.dirichlet(np.ones(6), size).astype("float32")
    return {
        "binary": (chance.integers(0, 2, (size, 1)), chance.random((size, 1), "float32")),
        "flat": (chance.integers(0, 2, size), chance.random(size, "float32")),
        "labels": (chance.integers(0, 2, (size, 4)), chance.random((size, 4), "float32")),
        "onehot": (np.eye(6)[chance.integers(0, 6, size)], probabilities),
        "sparse": (chance.integers(0, 6, size), probabilities),
        "classes": (chance.integers(0, 3, size), chance.integers(0, 3, size)),
        "real": (chance.normal(size=(size, 3)), chance.normal(size=(size, 3))),
        "ties": (np.eye(6)[chance.integers(0, 6, size)], chance.integers(0, 4, (size, 6)) / 4),
        "values": (chance.random(size),),
    }[kind]


def each(names: str, kinds: str, **settings: Any) -> dict[str, tuple[str, str, dict[str, Any]]]:
    shown = "".join(f" {name}={value}" for name, value in settings.items())
    return {
        f"{name} {kind}{shown}": (name, kind, settings)
        for name in names.split()
        for kind in kinds.split()
    }


COUNTS = "TruePositives TrueNegatives FalsePositives FalseNegatives Precision Recall"
MEASURES: dict[str, tuple[str, str, dict[str, Any]]] = {
    **each("Accuracy", "classes"),
    **each("BinaryAccuracy", "binary flat labels", threshold=0.3),
    **each("CategoricalAccuracy", "onehot ties"),
    **each("SparseCategoricalAccuracy", "sparse"),
    **each("TopKCategoricalAccuracy", "onehot ties", k=2),
    **each("SparseTopKCategoricalAccuracy", "sparse", k=3),
    **each(COUNTS, "binary flat labels"),
    **each(COUNTS, "labels", thresholds=[0.2, 0.5, 0.9]),
    **each(COUNTS, "labels", thresholds=[0.0, 0.25, 0.5, 0.75, 1.0]),
    **each("Precision Recall", "labels ties", top_k=2),
    **each("Precision Recall", "labels", top_k=3, thresholds=0.3, class_id=1),
    **each("SensitivityAtSpecificity", "flat labels", specificity=0.6),
    **each("SpecificityAtSensitivity", "flat", sensitivity=0.6, num_thresholds=11),
    **each("PrecisionAtRecall", "flat", recall=0.4, num_thresholds=1),
    **each("RecallAtPrecision", "labels", precision=0.6, class_id=2),
    **{
        name: case
        for curve in ("ROC", "PR", "PRGAIN")
        for method in ("interpolation", "minoring", "majoring")
        for label in (False, True)
        for name, case in each(
            "AUC", "labels", curve=curve, summation_method=method, multi_label=label
        ).items()
    },
    **each("AUC", "binary flat", thresholds=[0.3, 0.1, 0.8]),
    **each("AUC", "labels", label_weights=[0.1, 0.2, 0.3, 0.4]),
    **each("AUC", "labels", label_weights=[0.1, 0.2, 0.3, 0.4], multi_label=True),
    **each("AUC", "real", from_logits=True),
    **{
        name: case
        for average in (None, "micro", "macro", "weighted")
        for threshold in (None, 0.4)
        for name, case in each(
            "F1Score FBetaScore", "labels ties", average=average, threshold=threshold
        ).items()
    },
    **each("MeanIoU", "classes", num_classes=4, dtype="float64"),
    **each("IoU", "classes", num_classes=3, target_class_ids=[0, 2], ignore_class=1, dtype="float64"),
    **each("BinaryIoU", "flat", threshold=0.3, dtype="float64"),
    **each("OneHotIoU", "onehot", num_classes=6, target_class_ids=[1, 2], dtype="float64"),
    **each("OneHotMeanIoU", "onehot", num_classes=6, dtype="float64"),
    **each("R2Score", "real", class_aggregation=None),
    **each("R2Score", "real", class_aggregation="variance_weighted_average", num_regressors=2),
    **each(
        "MeanSquaredError MeanAbsoluteError RootMeanSquaredError CosineSimilarity LogCoshError "
        "MeanAbsolutePercentageError PearsonCorrelation ConcordanceCorrelation Hinge SquaredHinge",
        "real",
    ),
    **each("MeanSquaredLogarithmicError Poisson BinaryCrossentropy", "binary labels"),
    **each("CategoricalCrossentropy CategoricalHinge KLDivergence", "onehot"),
    **each("SparseCategoricalCrossentropy", "sparse"),
    **each("Mean Sum", "values"),
}  # fmt: skip


@pytest.mark.parametrize("case", MEASURES)
def test_values_over_batches(case: str, keras: Any) -> None:
    name, kind, settings = MEASURES[case]
    for weighted in (False, True):
        chance = np.random.default_rng(7)
        theirs = getattr(keras.metrics, name)(**settings)
        ours = getattr(dr_keras.metrics, name)(**settings)
        for _ in range(2):
            given = rows(kind, chance)
            weights = chance.random(37) if weighted else None
            theirs.update_state(*given, sample_weight=weights)
            ours.update_state(*given, sample_weight=weights)
        assert np.asarray(ours.result()) == pytest.approx(
            np.asarray(theirs.result()), rel=1e-5, abs=1e-6, nan_ok=True
        )
    assert ours._direction == getattr(theirs, "_direction", None)


SHAPES = ((), (4,), (4, 1), (1, 3), (4, 3))


@pytest.mark.parametrize(
    "name", [n for n in dr_keras.losses.__all__ if n[0].isupper() and n != "Loss"]
)
def test_losses_of_any_shapes_agree_or_are_refused(name: str, keras: Any) -> None:
    theirs, ours = getattr(keras.losses, name)(), getattr(dr_keras.losses, name)()
    chance = np.random.default_rng(5)
    agreed = 0
    for shape in SHAPES:
        for outputs in SHAPES[1:]:
            y, p = chance.integers(0, 2, shape), chance.uniform(0.1, 0.9, outputs)
            try:
                found = ours(y, p)
            except DeltaruleError:
                continue
            try:
                expected = float(theirs(y, p))
            except (
                IndexError,
                TypeError,
                ValueError,
            ):  # such as class numbers, which Keras refuses
                continue
            assert found == pytest.approx(expected, rel=1e-5, abs=1e-6), (shape, outputs)
            agreed += 1
    assert agreed >= 2


A = np.array([[0.2, -1.5, 3.0], [2.0, 0.5, -0.5]])
P = np.array([[0.2, 0.5, 0.3], [0.7, 0.1, 0.2]])
OF_ONE = (
    "abs ceil exp floor negative sign square tanh sigmoid relu softplus softsign softmax log_softmax "
    "logsumexp round transpose sort argsort argmax argmin ravel isfinite cumsum size sum mean prod max "
    "min std var all any median count_nonzero norm normalize nan_to_num zeros_like"
)
OF_POSITIVE = "log sqrt rsqrt log1p reciprocal"
OF_TWO = (
    "add subtract multiply divide power maximum minimum equal greater less_equal not_equal mod "
    "logical_and divide_no_nan"
)
FUNCTIONS: dict[str, tuple[Any, ...]] = {
    **dict.fromkeys(OF_ONE.split(), (A,)),
    **dict.fromkeys(OF_POSITIVE.split(), (P,)),
    **dict.fromkeys(OF_TWO.split(), (P, P[::-1])),
    "matmul": (A, P.T), "expand_dims": (A, -1), "one_hot": ([2, 0], 3), "top_k": (A, 2),
    "in_top_k": (np.array([2, 1]), A, 2), "clip": (A, -1.0, 1.0), "reshape": (A, (3, -1)),
    "where": (A > 0, A, 0.0), "tile": (A, (1, 2)), "repeat": (A, 2), "take": (A, [1], 1),
    "quantile": (A, 0.3), "concatenate": ([A, P], 1), "stack": ([A, P],), "cast": (A, "int32"),
    "binary_crossentropy": (P > 0.4, P), "categorical_crossentropy": (P > 0.4, P),
    "sparse_categorical_crossentropy": ([1, 0], P), "arange": (4,), "eye": (2,), "diff": (A,),
}  # fmt: skip


@pytest.mark.parametrize("name", FUNCTIONS)
def test_array_functions(name: str, keras: Any) -> None:
    theirs = getattr(keras.ops, name)(*FUNCTIONS[name])
    ours = getattr(dr_keras.ops, name)(*FUNCTIONS[name])
    pairs = zip(ours, theirs, strict=True) if isinstance(ours, tuple) else [(ours, theirs)]
    for a, b in pairs:
        assert np.asarray(a, float) == pytest.approx(np.asarray(b, float), rel=1e-6, abs=1e-7)
