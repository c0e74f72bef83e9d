"""A row that is predicted alone has the bits that it has among others, in every kind of network."""

from __future__ import annotations

import numpy as np
import pytest
from contract import learned, normalized

from deltarule.engines.capabilities import compile_predictor
from deltarule.engines.registry import get_engine
from deltarule.initialization import initial_parameters
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
