"""Metrics of Keras and deltarule on the same data: their values, and their names in the logs."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from deltarule import keras as dr_keras


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
