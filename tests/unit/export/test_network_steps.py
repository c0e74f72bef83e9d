"""The steps of a network compute what the engines compute."""

from __future__ import annotations

import numpy as np
import pytest
from unit.export.networks import NETWORKS, random_network, random_rows

from deltarule.export.network_steps import Affine, network_steps, run


@pytest.mark.parametrize("name", NETWORKS)
def test_steps_compute_the_outputs_of_the_network(name):
    trained = random_network(name)
    rows = random_rows(trained.network)
    expected = trained.predict(rows, engine="reference")
    assert run(network_steps(trained), rows) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_batch_normalization_is_part_of_the_weights():
    steps = network_steps(random_network("normalized: after the activation"))
    assert not any(isinstance(step, Affine) for member in steps for step in member)


def test_steps_keep_the_dtype():
    trained = random_network("learned: everything, members", np.float32)
    assert run(network_steps(trained), random_rows(trained.network, dtype=np.float32)).dtype == "f4"
