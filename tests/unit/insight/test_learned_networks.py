"""Insight into networks with more learned parts than weights and biases."""

import numpy as np
import pytest

from deltarule import Dense, Network, fit, insight, optimizers, sampling
from deltarule.engines import parameterization
from deltarule.errors import SettingError, ShapeError
from deltarule.insight.directions import (
    filter_normalized,
    parameter_directions,
    parameter_names,
)
from deltarule.insight.gradient_comparison import compare_gradients
from deltarule.layers import Embedding, Scale
from deltarule.parameters import Parameters, from_flat
from deltarule.training import TrainedNetwork

pytestmark = pytest.mark.filterwarnings("ignore::deltarule.engines.SlowEngineWarning")

NTK = Dense(3, "tanh", parameterization="ntk", learned_activation=True)
FACTORS = Dense(3, "tanh", sharing="factors", factor_initializer="signs")
NETWORKS = {
    "members": Network([FACTORS, Dense(1, "sigmoid", sharing="separate", l2=0.01)], 2, 3),
    "ntk": Network([Scale(), NTK, Dense(1, "sigmoid")], 2),
    "embeddings": Network([Embedding(["periodic", "plain"]), Dense(3, "tanh"), Dense(1)], 2),
}


def drawn(network: Network) -> TrainedNetwork:
    """Return the network with normal numbers everywhere, so that no part is all ones."""
    flat = np.random.default_rng(8).normal(0, 0.7, network.parameter_count)
    return TrainedNetwork(network, from_flat(network, flat))


@pytest.mark.parametrize("name", NETWORKS)
def test_three_gradients_agree(name):
    X, y = insight.make_circles(12)
    assert compare_gradients(drawn(NETWORKS[name]), X, y).max_difference < 1e-8


@pytest.mark.parametrize("name", NETWORKS)
def test_textbook_sgd_is_fit(name):
    X, y = insight.make_circles(20)
    network = NETWORKS[name]
    path = insight.textbook_sgd(network, X, y, learning_rate=0.1, max_iterations=40, seed=4)
    run = fit(
        network, X, y, sampling=sampling.SingleSample(), dtype="float64", epochs=2, seed=4,
        optimizer=optimizers.GradientDescent(0.1), engine="reference",
    )  # fmt: skip
    assert path.points[-1] == pytest.approx(run.network.parameters.flat(), abs=1e-12)


def test_trajectories_start_at_the_initial_parameters_of_fit():
    X, y = insight.make_circles(40)
    hidden = Dense(4, "tanh", initializer="unit_variance", bias_initializer="he_plus")
    network = Network([hidden, Dense(1, "sigmoid")])
    settings = {"seed": 3, "epochs": 2, "validation_fraction": 0.25, "dtype": "float64"}
    still = optimizers.GradientDescent(1e-200)  # steps that move nothing: fit's result is its start
    path = insight.training_trajectory(network, X, y, optimizer=still, **settings)
    start = fit(network, X, y, optimizer=still, **settings).network.parameters.flat()
    assert path.points[0] == pytest.approx(start, rel=1e-15, abs=1e-150)
    book = insight.textbook_sgd(network, X, y, max_iterations=1, seed=3)
    whole = fit(network, X, y, optimizer=still, seed=3, epochs=1, dtype="float64")
    assert book.points[0] == pytest.approx(whole.network.parameters.flat(), rel=1e-15, abs=1e-150)
    assert not np.allclose(book.points[0], path.points[0])  # of other rows


@pytest.mark.parametrize(
    ("name", "listing"),
    [("members", "3 members"), ("ntk", "a Scale, .*ntk"), ("embeddings", "emb")],
)
def test_functions_for_plain_layers_reject_other_networks(name, listing):
    trained = drawn(NETWORKS[name])
    looks = {
        "trace": lambda: insight.trace(trained, [0.1, 0.2], 1.0),
        "forward_pass": lambda: insight.forward_pass(trained, [[0.1, 0.2]]),
        "weight_images": lambda: insight.weight_images(trained, (1, 2)),
        "boundary_line": lambda: insight.boundary_line(trained),
    }
    for owner, look in looks.items():
        with pytest.raises(SettingError, match=f"^{owner} supports .* has {listing}.*predict"):
            look()


def test_a_missing_part_raises_an_error():
    trained = drawn(NETWORKS["ntk"])
    lacking = Parameters(trained.parameters.weights, trained.parameters.biases)
    with pytest.raises(ShapeError, match=r"lack dense_1\.scale of shape \(2,\)"):
        parameterization.effective(trained.network, lacking, 0)


@pytest.mark.parametrize("name", NETWORKS)
def test_each_parameter_has_its_own_name(name):
    network = NETWORKS[name]
    names = parameter_names(network)
    assert len(set(names)) == network.parameter_count
    trained = drawn(network)
    last = network.parameter_count - 1
    assert parameter_directions(trained, 0, last).names == (names[0], names[-1])
    if name == "members":  # W (2, 3), b (3, 3), r (3, 2), t (3, 3); then three W (3, 1) and b (1,)
        assert names[6] == "dense_1 b₁₁"
        assert names[15:17] == ["dense_1 r₁₁", "dense_1 r₁₂"]
        assert names[30] == "dense_2 w₁₁₁"


@pytest.mark.parametrize("name", NETWORKS)
def test_each_filter_is_as_long_as_the_networks_own(name):
    network, trained = NETWORKS[name], drawn(NETWORKS[name])
    direction = np.random.default_rng(9).normal(size=network.parameter_count)
    scaled = from_flat(network, filter_normalized(trained, direction))
    for i, part, array in scaled.pieces():
        own = trained.parameters.of_layer(i)[part]
        if part == "biases":
            assert not array.any()
        elif part != "weights":
            assert np.linalg.norm(array) == pytest.approx(np.linalg.norm(own))
        else:
            for unit in np.ndindex(*own.shape[:-2], own.shape[-1]):  # by hand, a unit at a time
                place = (*unit[:-1], slice(None), unit[-1])
                assert np.linalg.norm(array[place]) == pytest.approx(np.linalg.norm(own[place]))


@pytest.mark.parametrize("name", NETWORKS)
def test_the_plane_shows_what_the_network_predicts(name):
    trained = drawn(NETWORKS[name])
    plane = insight.output_surface(trained, (-1, 1), (-2, 2), grid_resolution=5)
    rows = np.array([[a, b] for b in plane.y for a in plane.x])
    answers = trained.predict(rows).reshape(5, 5, 1)
    assert plane.values == pytest.approx(answers, abs=1e-12)
    assert (plane.logits is None) == (name == "members")
    half = 0.0 if name == "embeddings" else 0.5
    assert (plane.classes == (answers[:, :, 0] > half)).all()


@pytest.mark.parametrize("name", NETWORKS)
def test_layer_outputs_end_in_what_is_predicted(name):
    """For any network, of several members too: the last layer's outputs are the prediction."""
    rows = np.random.default_rng(1).normal(size=(5, 2))
    trained = drawn(NETWORKS[name])
    outputs = insight.layer_outputs(trained, rows)
    assert [layer.shape for layer in outputs] == [(5, 3), (5, 1)]
    np.testing.assert_allclose(outputs[-1], trained.predict(rows), rtol=1e-12)
