"""Trajectories, surfaces, sweeps and optimizers compared with closed forms and with fit."""

import numpy as np
import pytest

from deltarule import Dense, Dropout, Network, fit, insight, optimizers, sampling
from deltarule.errors import SettingError
from deltarule.initialization import initial_parameters
from deltarule.insight.directions import filter_normalized, parameter_names
from deltarule.parameters import Parameters, from_flat
from deltarule.stopping import StopReason
from deltarule.training import TrainedNetwork

pytestmark = pytest.mark.filterwarnings("ignore::deltarule.engines.SlowEngineWarning")


def test_textbook_sgd_is_fit_with_single_samples():
    X, y = insight.make_circles(40)
    network = Network([Dense(3, "tanh"), Dense(1, "sigmoid")])
    path = insight.textbook_sgd(network, X, y, learning_rate=0.3, max_iterations=80, seed=4)
    run = fit(
        network, X, y, sampling=sampling.SingleSample(), dtype="float64", epochs=2, seed=4,
        optimizer=optimizers.GradientDescent(0.3), engine="reference",
    )  # fmt: skip
    assert path.points[-1] == pytest.approx(run.network.parameters.flat(), abs=1e-12)
    assert len(path) == 81


@pytest.mark.parametrize(
    ("rules", "reason"),
    [
        ({}, StopReason.EPOCHS_DONE),
        ({"target_loss": 0.6}, StopReason.TARGET_REACHED),
        ({"min_improvement": 10.0}, StopReason.NO_PROGRESS),
    ],
)
def test_textbook_sgd_stops_for_each_reason(rules, reason):
    X, y = insight.make_two_clusters(20)
    path = insight.textbook_sgd(Network([Dense(1, "sigmoid")]), X, y, max_iterations=200, **rules)
    assert path.reason is reason
    if "target_loss" in rules:
        assert path.losses[-1] <= 0.6


def test_a_diverging_descent_is_reported():
    X, y = [[100.0], [-100.0]], [1e200, -1e200]
    with np.errstate(all="ignore"):
        path = insight.textbook_sgd(Network([Dense(1)]), X, y, learning_rate=1.0)
    assert path.reason is StopReason.DIVERGED


def test_textbook_sgd_does_not_support_dropout():
    network = Network([Dense(2), Dropout(0.5), Dense(1)])
    with pytest.raises(SettingError, match="does not support dropout"):
        insight.textbook_sgd(network, [[1.0]], [1.0])


def test_a_path_of_epochs_ends_at_the_trained_network():
    X, y = insight.make_two_clusters(20)
    path = insight.training_trajectory(
        Network([Dense(1, "sigmoid")]), X, y, epochs=5, keep_best=None, engine="reference"
    )
    assert path.points.shape == (6, 3)
    assert path.losses[1:] == pytest.approx(path.losses[1:])
    assert np.isnan(path.losses[0])


def line_through(X, y, weights):
    network = Network([Dense(1)], 1)
    return TrainedNetwork(
        network, Parameters((np.array([[weights[1]]]),), (np.array([weights[0]]),))
    )


def test_the_surface_of_a_straight_line_is_the_parabola_of_its_squares():
    X, y = np.array([[0.0], [1.0], [2.0]]), np.array([1.0, 3.0, 5.0])  # y = 1 + 2 x
    trained = line_through(X, y, (0.3, 0.7))
    directions = insight.parameter_directions(trained, 0, 1)
    surface = insight.loss_surface(
        trained, X, y, directions=directions, a_range=(1, 3), b_range=(0, 2), grid_resolution=5,
        threads=2, engine="reference",
    )  # fmt: skip
    w, b = np.meshgrid(surface.a, surface.b)
    expected = np.mean([(b + w * x - t) ** 2 for x, t in zip(X[:, 0], y, strict=True)], axis=0)
    assert surface.losses == pytest.approx(expected)
    assert directions.names == ("w₁₁", "b₁")


def test_a_surface_does_not_depend_on_threads_and_reports_progress():
    X, y = insight.make_circles(20)
    network = Network([Dense(3, "tanh"), Dense(1, "sigmoid")], 2)
    trained = TrainedNetwork(network, initial_parameters(network, 0))
    calls = []
    settings = {"grid_resolution": 4, "engine": "reference"}
    one = insight.loss_surface(trained, X, y, threads=1, **settings)
    two = insight.loss_surface(
        trained,
        X,
        y,
        threads=3,
        progress=lambda done, total: calls.append((done, total)),
        **settings,
    )
    assert (one.losses == two.losses).all()
    assert calls == [(4, 16), (8, 16), (12, 16), (16, 16)]


def test_filters_have_the_norm_of_their_weights():
    network = Network([Dense(3), Dense(2)], 4)
    trained = TrainedNetwork(network, initial_parameters(network, 2))
    direction = np.random.default_rng(0).normal(size=network.parameter_count)
    scaled = from_flat(network, filter_normalized(trained, direction))
    for part, weight in zip(scaled.weights, trained.parameters.weights, strict=True):
        assert np.linalg.norm(part, axis=0) == pytest.approx(np.linalg.norm(weight, axis=0))
    assert all((bias == 0).all() for bias in scaled.biases)


def test_a_path_in_a_plane_is_explained_by_two_directions():
    network = Network([Dense(2), Dense(1)], 2)
    source = np.random.default_rng(0)
    plane = source.normal(size=(2, network.parameter_count))
    points = source.normal(size=(8, 2)) @ plane
    path = insight.Trajectory(network, points, np.zeros(8), StopReason.EPOCHS_DONE, "")
    directions = insight.principal_directions(path)
    assert sum(directions.explained_variance_ratio) == pytest.approx(1)
    back = directions.coordinates(points) @ np.stack([directions.first, directions.second])
    assert back + directions.origin == pytest.approx(points)


def test_parameter_names_follow_the_flat_order():
    names = parameter_names(Network([Dense(2, name="hidden"), Dense(1, name="output")], 2))
    assert names[:6] == [
        "hidden w₁₁", "hidden w₁₂", "hidden w₂₁", "hidden w₂₂", "hidden b₁", "hidden b₂"
    ]  # fmt: skip


def test_a_sweep_finds_the_edge_of_stability_of_a_parabola():
    # One weight, J = (w x − y)² with x = 1: gradient descent is stable for η < 1 (2 / J″ = 1).
    network = Network([Dense(1, bias=False)])
    sweep = insight.learning_rate_sweep(
        network, np.ones((8, 1)), np.full(8, 3.0), learning_rates=[0.001, 0.3, 0.5, 0.9, 1.2, 3.0],
        sampling=sampling.FullBatch(), engine="reference", epochs=10,
    )  # fmt: skip
    assert sweep.verdicts == ("too small", "stable", "stable", "stable", "too large", "too large")
    assert sweep.recommended == 0.5  # it arrives in one step
    assert "← recommended" in str(sweep)


def test_a_sweep_without_a_stable_rate_raises_an_error():
    with pytest.raises(SettingError, match="None of the 2 learning rates"):
        insight.learning_rate_sweep(
            Network([Dense(1, bias=False)]), np.ones((8, 1)), np.full(8, 3.0), learning_rates=[5.0, 50.0],
            sampling=sampling.FullBatch(), engine="reference", epochs=10,
        )  # fmt: skip


def test_gradient_descent_in_a_ravine_is_a_geometric_series():
    run = insight.compare_optimizers(
        insight.ravine(20.0), {"sgd": optimizers.GradientDescent(0.05)}, steps=3
    )
    x, y = run.function.initial_point
    assert run.paths["sgd"][3] == pytest.approx([x * 0.95**3, y * 0.0**3])


def turned_ravine():
    return insight.ravine(20, angle=30)


def test_a_turned_ravine_is_the_same_valley_in_another_direction():
    straight, turned = insight.ravine(20), insight.ravine(20, angle=30)
    # The point at distance 2 along the valley, then 1 across it.
    along, across = np.array([np.sqrt(3), 1]) / 2, np.array([-1, np.sqrt(3)]) / 2
    assert turned.value(2 * along) == pytest.approx(2)
    assert turned.value(across) == pytest.approx(10)
    start = -4.5 * along + 1.2 * across
    assert turned.initial_point == pytest.approx(start)
    assert turned.value(start) == pytest.approx(straight.value(np.array([-4.5, 1.2])))
    assert turned.x_range[0] < start[0] < turned.x_range[1]
    assert turned.y_range[0] < start[1] < turned.y_range[1]
    with pytest.raises(SettingError, match=r"ravine\.angle"):
        insight.ravine(angle=float("nan"))


@pytest.mark.parametrize(
    "make", [insight.ravine, turned_ravine, insight.rosenbrock, insight.saddle]
)
def test_gradients_of_the_surfaces(make):
    surface = make()
    points = np.random.default_rng(0).uniform(-1, 1, (5, 2))
    for axis in range(2):
        step = np.eye(2)[axis] * 1e-6
        slope = (surface.value(points + step) - surface.value(points - step)) / 2e-6
        assert surface.gradient(points)[:, axis] == pytest.approx(slope, abs=1e-6)


def test_noise_falls_with_the_root_of_the_batch():
    X, y = insight.make_circles(100)
    network = Network([Dense(3, "tanh"), Dense(1, "sigmoid")], 2)
    trained = TrainedNetwork(network, initial_parameters(network, 0))
    found = insight.gradient_noise(trained, X, y, (4, 64), n_draws=200, engine="reference")
    assert found.relative_errors[0] / found.relative_errors[1] == pytest.approx(4, rel=0.2)


def test_dropout_masks_keep_the_given_fraction():
    network = Network([Dense(8, "relu"), Dropout(0.5), Dense(1)], 2)
    trained = TrainedNetwork(network, initial_parameters(network, 0))
    kept = [insight.dropout_masks(trained, step=step)[1] for step in range(200)]
    assert np.mean(kept) == pytest.approx(0.5, abs=0.05)
    assert all(insight.dropout_masks(trained)[0])


def test_legendre_features_span_the_polynomials():
    x = np.linspace(-1, 1, 50)
    features = np.column_stack([np.ones(50), insight.legendre_features(x, 3)])
    coefficients, *_ = np.linalg.lstsq(features, x**3 - 2 * x, rcond=None)
    assert features @ coefficients == pytest.approx(x**3 - 2 * x)


def test_an_error_in_the_progress_callback_stops_the_computation():
    X, y = insight.make_circles(20)
    trained = insight.initialize(Network([Dense(3, "tanh"), Dense(1, "sigmoid")]), 2)
    calls = []

    def stop(done, total):
        calls.append(done)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        insight.loss_surface(
            trained, X, y, grid_resolution=40, threads=1, progress=stop, engine="reference"
        )
    assert calls == [40]


def test_the_best_learning_rate_of_plain_descent_is_the_one_of_theory():
    """In a ravine of condition number 9 it is 2 / (1 + 9) = 0.2 (Polyak 1964)."""
    run = insight.compare_optimizers(
        insight.ravine(9), {"plain": optimizers.GradientDescent()}, steps=60,
        learning_rates=[0.05, 0.1, 0.2, 0.21, 0.23],
    )  # fmt: skip
    assert run.optimizers["plain"].learning_rate == 0.2
    with pytest.raises(SettingError, match="at least one rate"):
        insight.compare_optimizers(insight.ravine(9), run.optimizers, learning_rates=[])


def test_of_repeated_runs_the_one_with_the_median_time_counts():
    X, y = insight.make_moons(n_samples=32)
    network = Network([Dense(1, "sigmoid")])
    found = insight.compare_batch_sizes(network, X, y, (8, 32), repeats=3, epochs=2)
    once = insight.compare_batch_sizes(network, X, y, (8, 32), epochs=2)
    for size in (8, 32):
        losses = found.histories[size].training_loss
        assert (losses == once.histories[size].training_loss).all()
