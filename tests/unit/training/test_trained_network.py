"""A trained network as a file."""

from __future__ import annotations

import numpy as np
import pytest

import deltarule as dr
from deltarule.errors import ModelFileError, ShapeError
from deltarule.formats.model_file import read_model, write_model

NETWORK = dr.Network([dr.Dense(3, "tanh", bias=False), dr.Dense(2, "softmax")])
X = np.random.default_rng(0).standard_normal((20, 4))
Y = (X[:, 0] > 0).astype(int)


@pytest.fixture(scope="module")
def trained() -> dr.TrainedNetwork:
    return dr.fit(NETWORK, X, Y, epochs=5).network


def test_a_saved_network_predicts_the_same_bits(trained, tmp_path):
    path = tmp_path / "network.safetensors"
    trained.save(path)
    loaded = dr.load_network(path)
    assert loaded.network == trained.network
    np.testing.assert_array_equal(loaded.predict(X), trained.predict(X))


def test_predictions_by_hand(trained):
    (w1, w2), (_, b2) = trained.parameters.weights, trained.parameters.biases
    z = np.tanh(X @ w1) @ w2 + b2
    powers = np.exp(z)
    expected = powers / powers.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(trained.predict(X), expected, rtol=1e-5)


def test_a_wrong_number_of_columns_is_refused(trained):
    with pytest.raises(ShapeError, match="has 3 columns, but the network was trained on 4"):
        trained.predict(X[:, :3])


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d, a: d["network"]["layers"].pop(), "does not fit its own network"),
        (lambda d, a: d["network"].update(inputs=7), "does not fit its own network"),
        (lambda d, a: d["network"].update(inputs=None), "does not know its inputs"),
        (lambda d, a: d["network"].update(extra=1), "network has unknown keys: 'extra'"),
        (lambda d, a: d["network"]["layers"][0].update(units=10**12), "does not fit"),
        (lambda d, a: d["network"]["layers"][0].update(units=0), "`Dense.units` must be"),
        (
            lambda d, a: d["network"]["layers"][0].update(kind="os.system"),
            "kind must be one of dense",
        ),
        (lambda d, a: d["network"]["layers"][0].update(odd=1), "unknown keys: 'odd'"),
        (lambda d, a: d.update(more=1), "has unknown keys: 'more'"),
        (lambda d, a: a.update(extra=np.zeros(1, np.float32)), "no place for the array 'extra'"),
        (lambda d, a: a.pop("dense_2.biases"), "is missing"),
        (lambda d, a: a["dense_2.biases"].fill(np.nan), "not finite"),
        (lambda d, a: a.update({"dense_2.biases": np.zeros(2)}), "not all float32 or all float64"),
    ],
)
def test_an_inconsistent_file_is_refused(trained, tmp_path, change, words):
    path = tmp_path / "network.safetensors"
    trained.save(path)
    file = read_model(path, kind="network")
    description = file.description
    arrays = {name: array.copy() for name, array in file.arrays.items()}
    change(description, arrays)
    write_model(path, description, arrays, kind="network")
    with pytest.raises(ModelFileError, match=words):
        dr.load_network(path)
