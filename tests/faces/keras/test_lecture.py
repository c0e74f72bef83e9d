"""The lecture's code, unchanged except for its import."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from deltarule import keras

W1 = [
    [-1.5132886, 0.78692156, -0.59150934, 1.3457433, 0.11323632],
    [-0.9712865, -1.5561647, -1.578427, -0.7123345, 0.75948274],
]
B1 = [-2.8332472, 2.0457697, -3.736685, -0.8151084, 4.7346272]
W2 = [
    [1.3780868, -4.0084467, 0.0883714, 2.5190408],
    [0.37726903, 0.76979834, 1.5470964, -5.40783],
    [1.3585504, -1.799717, 2.6277127, -1.8256785],
    [2.7409966, 1.6214521, -2.7639852, -3.9925196],
    [-5.5055437, 2.8043787, 1.1856915, 3.2509704],
]
B2 = [-0.54020935, 0.57120425, -0.5757609, 0.8131391]


def blobs(seed: int, rows: int, centers: int) -> tuple[np.ndarray, np.ndarray]:
    """scikit-learn's make_blobs(n_samples, centers, random_state), two features, drawn alike."""
    chance = np.random.RandomState(seed)
    places = chance.uniform(-10.0, 10.0, size=(centers, 2))
    counts = [rows // centers] * centers
    x = np.concatenate([chance.normal(c, 1.0, (n, 2)) for c, n in zip(places, counts, strict=True)])
    y = np.concatenate([np.full(n, i) for i, n in enumerate(counts)])
    order = np.arange(rows)
    chance.shuffle(order)
    return x[order], y[order]


def test_the_iris_network_of_the_lecture_runs_unchanged(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("matplotlib")
    monkeypatch.chdir(tmp_path)
    w1, b1 = np.eye(4), np.zeros(4)
    w2, b2 = np.array([[1, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]), np.array([0, 1, -1])

    input = keras.layers.Input(4, name="Input")
    hidden = keras.layers.Dense(4, activation="sigmoid", name="Hidden")(input)
    output = keras.layers.Dense(3, activation="sigmoid", name="Output")(hidden)
    modelIRIS = keras.Model(input, output)
    modelIRIS.layers[1].set_weights([w1, b1])
    modelIRIS.layers[2].set_weights([w2, b2])
    keras.utils.plot_model(modelIRIS, show_shapes=True)
    answer = modelIRIS.predict(np.array([0, 1, 1, 2], ndmin=2))

    # By hand: σ(0) = .5, σ(1) = .7310586, σ(2) = .8807971; z = (.5, .7310586, .7310586) + .8807971 + b2
    z = np.array([0.5, 0.7310586, 0.7310586]) + 0.8807971 + b2
    assert answer == pytest.approx(1 / (1 + np.exp(-z))[None], rel=1e-6)
    assert (tmp_path / "model.png").read_bytes().startswith(b"\x89PNG")
    assert [layer.name for layer in modelIRIS.layers] == ["Input", "Hidden", "Output"]
    assert "1/1" in capsys.readouterr().out


def test_the_hand_set_network_classifies_493_of_500() -> None:
    model = keras.Sequential(
        [keras.Input((2,)), keras.layers.Dense(5, "sigmoid"), keras.layers.Dense(4, "softmax")]
    )
    model.set_weights([W1, B1, W2, B2])
    x, y = blobs(seed=2, rows=500, centers=4)
    assert int((model.predict(x, verbose=0).argmax(axis=1) == y).sum()) == 493


def test_the_blobs_are_scikit_learns() -> None:
    datasets = pytest.importorskip("sklearn.datasets")
    x, y = datasets.make_blobs(centers=4, random_state=2, n_samples=500)
    ours, labels = blobs(seed=2, rows=500, centers=4)
    assert np.array_equal(ours, x)
    assert np.array_equal(labels, y)
