"""Batch normalization folded into dense layers: the same predictions, from g(x W + b) alone."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import deltarule as dr
from deltarule.errors import SettingError
from deltarule.training import fold_normalization

X = np.random.default_rng(0).normal(2, 3, (40, 3))
Y = X @ [1.0, -2.0, 0.5]
BN = dr.BatchNormalization


@pytest.mark.parametrize(
    ("layers", "kinds"),
    [
        ([BN(), dr.Dense(4, "tanh"), dr.Dense(1)], ["tanh", "identity"]),
        ([dr.Dense(4, bias=False), BN(activation="relu"), dr.Dense(1)], ["relu", "identity"]),
        ([dr.Dense(4, "tanh"), dr.Dropout(0.1), BN(scale=False), dr.Dense(1, bias=False)],
         ["tanh", "identity"]),
        ([dr.Dense(4, "tanh"), BN(center=False, activation="relu"), dr.Dense(1)],
         ["tanh", "relu", "identity"]),
        ([BN(activation="tanh"), dr.Dense(1)], ["tanh", "identity"]),
    ],
)  # fmt: skip
def test_folded_networks_predict_the_same(layers: Any, kinds: list[str]) -> None:
    trained = dr.fit(dr.Network(layers), X, Y, epochs=4, seed=0, dtype="float64").network
    folded = fold_normalization(trained)
    assert folded.network.is_plain
    assert [block.dense.activation.kind for block in folded.network.blocks] == kinds
    np.testing.assert_allclose(folded.predict(X), trained.predict(X), rtol=1e-10, atol=1e-12)
    assert fold_normalization(folded) is folded


def test_layer_normalization_is_refused() -> None:
    network = dr.Network([dr.LayerNormalization(), dr.Dense(1)])
    trained = dr.fit(network, X, Y, epochs=1).network
    with pytest.raises(SettingError, match="LayerNormalization, Scale, Embedding and members"):
        fold_normalization(trained)
