"""The same prediction in each library: class probabilities of a ReLU network for float32 rows.

Each function takes the layer widths and returns a function of rows, float32 of shape (n_rows, n_inputs).
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np

Predict = Callable[[Any], Any]
Widths = tuple[int, ...]
os.environ.setdefault("KERAS_BACKEND", "jax")


def _fitted(estimator: Any, widths: Widths) -> Any:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((1000, widths[0])).astype(np.float32)
    y = (X @ rng.standard_normal((widths[0], widths[-1]))).argmax(axis=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # three epochs do not converge
        return estimator(widths[1:-1], max_iter=3, random_state=0).fit(X, y)


def deltarule(widths: Widths) -> Predict:
    """deltarule's drop-in estimator."""
    from deltarule import MLPClassifier

    return _fitted(MLPClassifier, widths).predict_proba


def sklearn(widths: Widths) -> Predict:
    """scikit-learn's MLPClassifier."""
    from sklearn.neural_network import MLPClassifier

    return _fitted(MLPClassifier, widths).predict_proba


def onnxruntime(widths: Widths) -> Predict:
    """scikit-learn's network, converted to ONNX Runtime."""
    import onnxruntime as ort
    from skl2onnx import to_onnx
    from sklearn.neural_network import MLPClassifier

    model = to_onnx(
        _fitted(MLPClassifier, widths), np.zeros((1, widths[0]), np.float32),
        options={"zipmap": False},
    )  # fmt: skip
    session = ort.InferenceSession(model.SerializeToString())
    name = session.get_inputs()[0].name
    return lambda rows: session.run(None, {name: rows})


def torch(widths: Widths) -> Predict:
    """A PyTorch network in inference mode."""
    import torch as pt

    layers = [p for a, b in pairwise(widths) for p in (pt.nn.Linear(a, b), pt.nn.ReLU())]
    network = pt.nn.Sequential(*layers[:-1], pt.nn.Softmax(1))

    def predict(rows: Any) -> Any:
        with pt.inference_mode():
            return network(pt.from_numpy(rows)).numpy()

    return predict


def keras(widths: Widths) -> Predict:
    """Keras's predict."""
    import keras as ks

    hidden = [ks.layers.Dense(units, activation="relu") for units in widths[1:-1]]
    output = ks.layers.Dense(widths[-1], activation="softmax")
    network = ks.Sequential([ks.layers.Input((widths[0],)), *hidden, output])
    return lambda rows: network.predict(rows, verbose=0)


def numpy(widths: Widths) -> Predict:
    """NumPy by hand."""
    rng = np.random.default_rng(0)
    layers = [
        (rng.standard_normal((a, b)).astype(np.float32), np.zeros(b, np.float32))
        for a, b in pairwise(widths)
    ]

    def predict(rows: Any) -> Any:
        x = rows
        for i, (weights, biases) in enumerate(layers):
            x = x @ weights
            x += biases
            if i < len(layers) - 1:
                np.maximum(x, 0, out=x)
        x -= x.max(axis=1, keepdims=True)
        np.exp(x, out=x)
        x /= x.sum(axis=1, keepdims=True)
        return x

    return predict


PREDICTORS: dict[str, Callable[[Widths], Predict]] = {
    "deltarule": deltarule,
    "scikit-learn": sklearn,
    "PyTorch": torch,
    "Keras": keras,
    "ONNX Runtime": onnxruntime,
    "NumPy": numpy,
}
