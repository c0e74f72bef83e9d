"""The link weights of network drawings."""

from __future__ import annotations

import numpy as np

from deltarule.drawing import link_weights
from deltarule.embeddings import Periodic, Plain
from deltarule.initialization import initial_parameters
from deltarule.layers import Dense, Embedding, Scale
from deltarule.network import Network


def test_a_plain_layer_shows_its_weights():
    network = Network([Dense(2), Dense(1)], inputs=3)
    parameters = initial_parameters(network, 0)
    for drawn, weights in zip(link_weights(network, parameters), parameters.weights, strict=True):
        np.testing.assert_array_equal(drawn, weights)


def test_a_scale_is_multiplied_in_and_an_embedded_column_is_one_link():
    layers = [Embedding([Plain(), Periodic(3, 2)], sources=[1, 0]), Scale(), Dense(1)]
    network = Network(layers, inputs=2)
    parameters = initial_parameters(network, 0)
    parameters.of_layer(0)["scale"][...] = [2.0, 1.0, 1.0]
    parameters.weights[0][...] = [[-4.0], [3.0], [4.0]]  # of column 1; of column 0, twice
    (drawn,) = link_weights(network, parameters)
    np.testing.assert_allclose(drawn, [[5.0], [8.0]])
