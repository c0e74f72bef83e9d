"""The links of network drawings: each is a weight, or the size of several, which has no sign."""

from __future__ import annotations

import numpy as np

from deltarule.drawing import network_layout, network_links, standalone_svg
from deltarule.embeddings import Periodic, Plain
from deltarule.engines.equations import members_forward
from deltarule.initialization import initial_parameters
from deltarule.layers import Dense, Embedding, Scale
from deltarule.network import Network


def test_a_plain_layer_shows_its_weights():
    network = Network([Dense(2), Dense(1)], inputs=3)
    parameters = initial_parameters(network, 0)
    for links, weights in zip(network_links(network, parameters), parameters.weights, strict=True):
        np.testing.assert_array_equal(links.weights, weights)
        assert links.signed.all()


def embedding():
    layers = [Embedding([Plain(), Periodic(3, 2)], sources=[1, 0]), Scale(), Dense(1)]
    network = Network(layers, inputs=2)
    parameters = initial_parameters(network, 0)
    parameters.of_layer(0)["scale"][...] = [2.0, 1.0, 1.0]
    parameters.weights[0][...] = [[-4.0], [3.0], [4.0]]  # of column 1; of column 0, twice
    return network, parameters


def test_a_column_of_several_features_has_a_size_and_one_of_a_single_feature_a_weight():
    (links,) = network_links(*embedding())
    np.testing.assert_allclose(links.weights, [[5.0], [-8.0]])  # the norm of 3 and 4; 2 · −4
    assert links.signed.tolist() == [[False], [True]]


def test_embedded_columns_are_a_layer_of_blocks():
    layout = network_layout(*embedding(), ["age", "size"])
    inputs, blocks, _ = layout.columns
    assert (inputs.subtitle, blocks.subtitle) == ("2 columns", "3 features")
    assert blocks.blocks == ("2 features", "1 feature")
    assert blocks.names[0] == "age as 2 features: periodic (2)"
    assert layout.links[0].weights.tolist() == [[1, 0], [0, 1]]
    assert not layout.links[0].signed.any()
    svg = standalone_svg(layout)
    assert svg.count('class="unsigned"') == 2 + 1 + 1  # two columns, one size, its legend
    assert svg.count('class="negative"') == 1 + 1
    assert svg.count("<rect") == 2
    assert "number: bias" in svg


def test_a_link_of_members_has_a_sign_only_if_they_agree():
    network = Network([Dense(1, sharing="separate")], inputs=2, members=2)
    parameters = initial_parameters(network, 0)
    parameters.weights[0][...] = [[[1.0], [-3.0]], [[2.0], [4.0]]]
    (links,) = network_links(network, parameters)
    np.testing.assert_allclose(links.weights, [[1.5], [np.sqrt((9 + 16) / 2)]])
    assert links.signed.tolist() == [[True], [False]]
    layout = network_layout(network, parameters)
    assert "members that differ in sign" in standalone_svg(layout)
    assert "bias, mean of 2 members" in standalone_svg(layout)


def test_a_link_is_what_the_layer_multiplies_by():
    """z of a unit vector minus z of 0 is the link's weight, for every kind of factor."""
    layers = [Scale(), Dense(3, "relu", sharing="factors", parameterization="ntk"), Dense(1)]
    network = Network(layers, inputs=2, members=2)
    parameters = initial_parameters(network, 3).astype(np.float64)
    parameters.of_layer(0)["scale"][...] = [0.5, -2.0]
    rows = np.vstack([np.zeros(2), np.eye(2)])
    z = np.array([one.logits[0] for one in members_forward(network, parameters, rows)])
    of_members = z[:, 1:] - z[:, :1]
    (links, _) = network_links(network, parameters)
    signed = (of_members > 0).all(axis=0) | (of_members < 0).all(axis=0)
    assert (links.signed == signed).all()
    sizes = np.sqrt(np.square(of_members).mean(axis=0))
    np.testing.assert_allclose(
        links.weights, np.where(signed, of_members.mean(axis=0), sizes), rtol=1e-9
    )


def test_a_weight_of_zero_is_not_drawn():
    network = Network([Dense(1)], inputs=2)
    parameters = initial_parameters(network, 0)
    parameters.weights[0][...] = [[0.0], [1.0]]
    svg = standalone_svg(network_layout(network, parameters))
    assert svg.count("<title>x") == 1
    assert 'class="unit"' in svg  # a bias of 0 has no sign either


def test_the_network_of_an_ensemble_is_named():
    network = Network([Dense(1)], inputs=1)
    layout = network_layout(network, initial_parameters(network, 0), networks=8)
    assert "Network 1 of 8" in standalone_svg(layout)
