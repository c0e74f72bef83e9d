"""The same training in each library: Adam at 1e-3, ReLU, cross-entropy, float32, no early stopping.

Each function takes a `Size` and returns a function that trains once; compilation and tracing in the first
call are reported separately.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import numpy as np
from sizes import Size

Run = Callable[[], object]
os.environ.setdefault("KERAS_BACKEND", "jax")


def deltarule(size: Size) -> Run:
    """deltarule's drop-in estimator, the whole fit call."""
    from deltarule import MLPClassifier

    return _estimator(MLPClassifier, size)


def sklearn(size: Size) -> Run:
    """scikit-learn's MLPClassifier, the whole fit call."""
    from sklearn.neural_network import MLPClassifier

    return _estimator(MLPClassifier, size)


def _estimator(estimator: Any, size: Size) -> Run:
    import warnings

    X, y = size.data()

    def run() -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # max_iter is reached on purpose
            return estimator(
                size.widths[1:-1], batch_size=size.batch, max_iter=size.epochs, tol=0,
                n_iter_no_change=10**6, random_state=0,
            ).fit(X, y)  # fmt: skip

    return run


def torch(size: Size) -> Run:
    """A plain PyTorch loop with fused Adam, as recommended by its documentation for CPUs."""
    import torch as pt

    X, y = (pt.from_numpy(array) for array in size.data())
    layers = [p for a, b in pairwise(size.widths) for p in (pt.nn.Linear(a, b), pt.nn.ReLU())]
    network = pt.nn.Sequential(*layers[:-1])
    adam = pt.optim.Adam(network.parameters(), lr=1e-3, fused=True)
    loss = pt.nn.CrossEntropyLoss()

    def run() -> None:
        for _ in range(size.epochs):
            order = pt.randperm(size.rows)
            for start in range(0, size.rows, size.batch):
                rows = order[start : start + size.batch]
                adam.zero_grad()
                loss(network(X[rows]), y[rows]).backward()
                adam.step()

    return run


def keras(size: Size) -> Run:
    """Keras on JAX, compile and fit."""
    import keras as ks

    X, y = size.data()
    hidden = [ks.layers.Dense(units, activation="relu") for units in size.widths[1:-1]]
    output = ks.layers.Dense(size.widths[-1], activation="softmax")
    network = ks.Sequential([ks.layers.Input((size.widths[0],)), *hidden, output])
    network.compile("adam", "sparse_categorical_crossentropy")
    return lambda: network.fit(X, y, batch_size=size.batch, epochs=size.epochs, verbose=0)


def jax(size: Size) -> Run:
    """JAX with Optax, a whole epoch inside one compiled `lax.scan`."""
    import jax as jx
    import jax.numpy as jnp
    import optax

    X, y = (jnp.array(array) for array in size.data())
    key = jx.random.key(0)
    start = [
        (jx.random.normal(key, (a, b)) * a**-0.5, jnp.zeros(b)) for a, b in pairwise(size.widths)
    ]
    adam = optax.adam(1e-3)

    def loss(parameters: Any, x: Any, target: Any) -> Any:
        for weights, biases in parameters[:-1]:
            x = jx.nn.relu(x @ weights + biases)
        weights, biases = parameters[-1]
        z = x @ weights + biases
        return optax.softmax_cross_entropy_with_integer_labels(z, target).mean()

    def step(state: Any, rows: Any) -> Any:
        parameters, moments = state
        gradient = jx.grad(loss)(parameters, X[rows], y[rows])
        change, moments = adam.update(gradient, moments)
        return (optax.apply_updates(parameters, change), moments), None

    @jx.jit
    def epoch(state: Any, key: Any) -> Any:
        whole = size.rows // size.batch * size.batch
        order = jx.random.permutation(key, size.rows)[:whole].reshape(-1, size.batch)
        return jx.lax.scan(step, state, order)[0]

    state = [(start, adam.init(start))]

    def run() -> None:
        for i in range(size.epochs):
            state[0] = epoch(state[0], jx.random.fold_in(key, i))
        jx.block_until_ready(state[0])

    return run


def numpy(size: Size) -> Run:
    """Hand-written NumPy with reused buffers."""
    X, y = size.data()
    one_hot = np.eye(size.widths[-1], dtype=np.float32)[y]
    return NumpyNetwork(size, X, one_hot).train


class NumpyNetwork:
    """A multilayer perceptron with flat parameters and moments, so that Adam is one pass over each."""

    def __init__(self, size: Size, X: Any, targets: Any) -> None:
        self.size, self.X, self.targets = size, X, targets
        self.rng = np.random.default_rng(0)
        vectors = (np.zeros(size.parameters, np.float32) for _ in range(5))
        self.flat, self.gradient, self.mean, self.square, self.scratch = vectors
        self.updates = 0
        self.layers = list(zip(self._views(self.flat), self._views(self.gradient), strict=True))
        for (weights, _), _ in self.layers:
            weights[:] = self.rng.standard_normal(weights.shape) * len(weights) ** -0.5

    def _views(self, vector: Any) -> list[tuple[Any, Any]]:
        views, start = [], 0
        for a, b in pairwise(self.size.widths):
            end = start + a * b
            views.append((vector[start:end].reshape(a, b), vector[end : end + b]))
            start = end + b
        return views

    def train(self) -> None:
        size = self.size
        for _ in range(size.epochs):
            order = self.rng.permutation(size.rows)
            X, targets = self.X[order], self.targets[order]
            for start in range(0, size.rows, size.batch):
                part = slice(start, start + size.batch)
                self._differentiate(X[part], targets[part])
                self._adam()

    def _differentiate(self, x: Any, targets: Any) -> None:
        activations = [x]
        for (weights, biases), _ in self.layers:
            z = activations[-1] @ weights
            z += biases
            if len(activations) < len(self.layers):
                np.maximum(z, 0, out=z)
            activations.append(z)
        delta = activations.pop()
        delta -= delta.max(axis=1, keepdims=True)
        np.exp(delta, out=delta)
        delta /= delta.sum(axis=1, keepdims=True)
        delta -= targets
        delta /= len(delta)
        for i in range(len(self.layers) - 1, -1, -1):
            (weights, _), (weight_gradient, bias_gradient) = self.layers[i]
            np.matmul(activations[i].T, delta, out=weight_gradient)
            delta.sum(axis=0, out=bias_gradient)
            if i:
                delta = delta @ weights.T
                delta *= activations[i] > 0

    def _adam(self) -> None:
        self.updates += 1
        t, scratch = self.updates, self.scratch
        rate = 1e-3 * (1 - 0.999**t) ** 0.5 / (1 - 0.9**t)
        self.mean *= 0.9
        np.multiply(self.gradient, 0.1, out=scratch)
        self.mean += scratch
        self.square *= 0.999
        np.multiply(self.gradient, self.gradient, out=scratch)
        scratch *= 0.001
        self.square += scratch
        np.sqrt(self.square, out=scratch)
        scratch += 1e-8
        np.divide(self.mean, scratch, out=scratch)
        scratch *= rate
        self.flat -= scratch


TRAINERS: dict[str, Callable[[Size], Run]] = {
    "deltarule": deltarule,
    "scikit-learn": sklearn,
    "PyTorch": torch,
    "Keras": keras,
    "JAX": jax,
    "NumPy": numpy,
}
