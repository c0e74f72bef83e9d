"""The corrected formulas of docs/explanation/common-slide-errors.md."""

import numpy as np
import pytest

from deltarule import Dense, Network, insight
from deltarule.losses import BinaryCrossEntropy


def test_cross_entropy_has_a_minus_so_that_the_best_prediction_costs_least():
    guesses = np.array([[0.01], [0.5], [0.99]])
    values = BinaryCrossEntropy().values(guesses, np.ones((3, 1)))
    assert values == pytest.approx(-np.log([0.01, 0.5, 0.99]))  # by hand: −log ŷ where y = 1
    assert values.argmin() == 2


def test_delta_takes_the_slope_of_its_own_layer():
    network = Network([Dense(3, "tanh"), Dense(2, "sigmoid"), Dense(1, "sigmoid")], 2)
    first, second, _ = insight.trace(insight.initialize(network, seed=3), [0.4, -0.9], 1).layers
    back = second.weights @ second.delta
    assert first.delta == pytest.approx((1 - np.tanh(first.z) ** 2) * back)
    assert first.slope.shape != second.slope.shape  # θ′ of the other layer does not even fit
