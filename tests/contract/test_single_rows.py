"""A row that is predicted alone has the bits that it has among others, in every kind of network."""

from __future__ import annotations

import numpy as np
import pytest
from contract import learned, normalized
from contract.engines import TESTED

from deltarule.engines.capabilities import compile_joint_predictor, compile_predictor
from deltarule.engines.registry import get_engine
from deltarule.initialization import initial_parameters
from deltarule.layers import Dense, Scale
from deltarule.network import Network

NETWORKS: dict[str, Network] = learned.NETWORKS | normalized.NETWORKS
ROWS = 21


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", NETWORKS)
def test_rows_alone_have_the_same_bits(name, dtype):
    engine = get_engine("auto")
    network = NETWORKS[name]
    chance = np.random.default_rng(5)
    rows = chance.uniform(-2, 4, (ROWS, network.known_inputs)).astype(dtype)
    parameters = initial_parameters(network, 7, inputs=rows)
    noise = 0.2 * chance.random(network.parameter_count)  # variances stay positive
    predict = compile_predictor(engine, network, (parameters.flat() + noise).astype(dtype))
    together = predict(rows)
    for few in (1, 3):
        parts = [predict(rows[i : i + few]) for i in range(0, ROWS, few)]
        assert np.concatenate(parts).tobytes() == together.tobytes()


@pytest.mark.parametrize("units", [1, 7, 16, 33, 100, 160, 177, 208, 300])
@pytest.mark.parametrize("kind", ["plain", "scaled", "factors"])
def test_rows_alone_have_the_same_bits_with_any_number_of_units(kind, units):
    hidden = Dense(units, "tanh", parameterization="standard" if kind == "plain" else "ntk")
    if kind == "factors":
        network = Network(
            [Dense(units, "tanh", sharing="factors"), Dense(3, "softmax", sharing="factors")],
            270,
            2,
        )
    else:
        network = Network([*([Scale()] if kind == "scaled" else []), hidden, Dense(3)], 270)
    for dtype in (np.float32, np.float64):
        chance = np.random.default_rng(units)
        rows = chance.uniform(-2, 4, (6, 270)).astype(dtype)
        flat = chance.normal(0, 0.2, network.parameter_count).astype(dtype)
        predict = compile_predictor(get_engine("auto"), network, flat)
        alone = [predict(rows[i : i + 1]) for i in range(6)]
        assert np.concatenate(alone).tobytes() == predict(rows).tobytes()


@pytest.mark.parametrize("name", TESTED)
def test_networks_together_predict_what_each_predicts(name):
    engine = get_engine(name)
    network = NETWORKS[next(iter(learned.NETWORKS))]
    chance = np.random.default_rng(3)
    vectors = [chance.normal(0, 0.3, network.parameter_count).astype(np.float32) for _ in range(5)]
    together = compile_joint_predictor(engine, network, vectors)
    # Every second call computes the networks from the last to the first.
    for rows in (1, 1, 2, 4, 5, 70):
        X = chance.uniform(-1, 1, (rows, network.known_inputs)).astype(np.float32)
        each = [compile_predictor(engine, network, vector)(X) for vector in vectors]
        assert together(X).tobytes() == np.stack(each).tobytes()
    vectors[1][...] = vectors[3]
    outputs = together(X)
    assert outputs[1].tobytes() == outputs[3].tobytes()
