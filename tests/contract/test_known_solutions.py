"""Training of every engine against answers that are known without it: hand calculation, closed forms."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from deltarule.engines.data import ArrayData
from deltarule.engines.training_plan import TrainingPlan
from deltarule.initialization import initial_parameters
from deltarule.layers import Dense
from deltarule.losses import (
    BinaryCrossEntropy,
    CategoricalCrossEntropy,
    Hinge,
    Huber,
    Loss,
    MeanAbsoluteError,
    MeanSquaredError,
    Poisson,
    Quantile,
)
from deltarule.network import Network
from deltarule.optimizers import Adam, GradientDescent
from deltarule.parameters import Parameters
from deltarule.sampling import FullBatch, MiniBatches
from deltarule.schedules import Cosine, OnPlateau

Array = NDArray[Any]


def fitted(
    engine: Any,
    network: Network,
    loss: Loss,
    data: ArrayData,
    learning_rate: Any = 0.5,
    epochs: int = 400,
    optimizer: Any = GradientDescent,
) -> Parameters:
    """Return the parameters after full batches, in float64, from all zero."""
    plan = TrainingPlan(
        network, loss, optimizer(learning_rate), FullBatch(), epochs, dtype="float64"
    )
    start = Parameters(
        tuple(np.zeros((b.inputs, b.dense.units)) for b in network.blocks),
        tuple(np.zeros(b.dense.units) if b.dense.bias else None for b in network.blocks),
    )
    session = engine.open(plan, data, None, start, 1)
    session.run(epochs)
    result: Parameters = session.result
    return result


def table(rows: int = 40, inputs: int = 3, outputs: int = 2) -> tuple[Array, Array]:
    """Return inputs and noisy linear targets."""
    random = np.random.default_rng(11)
    x = random.normal(0, 1, (rows, inputs))
    y = x @ random.normal(0, 1, (inputs, outputs)) + 0.4 + random.normal(0, 0.3, (rows, outputs))
    return x, y


def test_the_delta_rule_by_hand(engine: Any) -> None:
    """x = (1, 2), w = (0.5, −1), b = 0.25, y = 1: ŷ = −1.25, δ = 2 (ŷ − y) = −4.5, η = 0.1.

    w ← w − η x δ = (0.95, −0.1), b ← b − η δ = 0.7.
    """
    network = Network([Dense(1)], 2)
    start = Parameters((np.array([[0.5], [-1.0]]),), (np.array([0.25]),))
    plan = TrainingPlan(
        network, MeanSquaredError(), GradientDescent(0.1), FullBatch(), 1, dtype="float64"
    )
    data = ArrayData(np.array([[1.0, 2.0]]), np.array([[1.0]]))
    session = engine.open(plan, data, None, start, 1)
    chunk = session.run(1)
    assert chunk.records["training_loss"][0] == pytest.approx(2.25**2)
    np.testing.assert_allclose(session.result.weights[0], [[0.95], [-0.1]], rtol=1e-14)
    np.testing.assert_allclose(session.result.biases[0], [0.7], rtol=1e-14)


def test_backpropagation_by_hand(engine: Any) -> None:
    """One sigmoid unit below one identity unit, all weights 1, no biases, x = 0, y = 0.

    z = 0, g = ½, ŷ = ½: J = ¼, ∂J/∂w₂ = 2 ŷ g = ½; with x = 1, w₁ = 0: ∂J/∂w₁ = 2 ŷ w₂ g′ x = ¼.
    """
    network = Network([Dense(1, "sigmoid", bias=False), Dense(1, bias=False)], 1)
    parameters = Parameters((np.array([[0.0]]), np.array([[1.0]])), (None, None))
    data = ArrayData(np.array([[1.0]]), np.array([[0.0]]))
    value, gradient = engine.loss_and_gradient(network, parameters, MeanSquaredError(), data)
    assert value == pytest.approx(0.25)
    np.testing.assert_allclose(gradient, [0.25, 0.5], rtol=1e-14)


def test_xor_of_perceptrons(engine: Any) -> None:
    """Minsky and Papert (1969): (x₁ or x₂) and not (x₁ and x₂), three step units."""
    network = Network([Dense(2, "step"), Dense(1, "step")], 2)
    parameters = Parameters(
        (np.array([[1.0, 1.0], [1.0, 1.0]]), np.array([[1.0], [-1.0]])),
        (np.array([-0.5, -1.5]), np.array([-0.5])),
    )
    rows = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    assert engine.predict(network, parameters, rows).ravel().tolist() == [0, 1, 1, 0]


def test_linear_regression_finds_least_squares(engine: Any) -> None:
    x, y = table()
    found = fitted(engine, Network([Dense(2)], 3), MeanSquaredError(), ArrayData(x, y))
    truth, *_ = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]), y)
    np.testing.assert_allclose(found.weights[0], truth[:3], rtol=1e-8)
    np.testing.assert_allclose(found.biases[0], truth[3], rtol=1e-8)


def test_sample_weights_give_weighted_least_squares(engine: Any) -> None:
    x, y = table()
    w = np.random.default_rng(2).uniform(0, 2, len(x))
    w[:5] = 0
    found = fitted(engine, Network([Dense(2)], 3), MeanSquaredError(), ArrayData(x, y, w))
    root = np.sqrt(w)[:, None]
    truth, *_ = np.linalg.lstsq(np.column_stack([x, np.ones(len(x))]) * root, y * root)
    np.testing.assert_allclose(found.weights[0], truth[:3], rtol=1e-8)


def test_l2_gives_ridge_regression(engine: Any) -> None:
    """1/(B k) ‖XW − Y‖² + λ ‖W‖² is smallest at W = (XᵀX + λ B k I)⁻¹ XᵀY, k the outputs."""
    x, y = table()
    l2 = 0.2
    network = Network([Dense(2, bias=False, l2=l2)], 3)
    found = fitted(engine, network, MeanSquaredError(), ArrayData(x, y))
    truth = np.linalg.solve(x.T @ x + l2 * y.size * np.eye(3), x.T @ y)
    np.testing.assert_allclose(found.weights[0], truth, rtol=1e-8)


def test_l1_sets_the_soft_threshold(engine: Any) -> None:
    """With orthonormal columns each weight is the least-squares one, less λ B k / 2 towards 0."""
    x, y = table()
    q, _ = np.linalg.qr(x)
    l1 = 0.01
    plain = q.T @ y
    network = Network([Dense(2, bias=False, l1=l1)], 3)
    found = fitted(engine, network, MeanSquaredError(), ArrayData(q, y), Cosine(20.0), 800)
    truth = np.sign(plain) * np.maximum(np.abs(plain) - l1 * y.size / 2, 0)
    assert (truth != 0).any()
    np.testing.assert_allclose(found.weights[0], truth, atol=2e-3)


@pytest.mark.parametrize(
    ("loss", "output", "statistic"),
    [
        (MeanSquaredError(), "identity", lambda y: y.mean()),
        (MeanAbsoluteError(), "identity", lambda y: np.median(y)),
        (Quantile(0.8), "identity", lambda y: np.sort(y)[math.ceil(0.8 * len(y)) - 1]),
        (Huber(1e3), "identity", lambda y: y.mean()),  # all errors inside the parabola
        (Poisson(), "exponential", lambda y: math.log(y.mean())),
        (Poisson(), "identity", lambda y: y.mean()),
    ],
    ids=lambda value: getattr(value, "__name__", str(value)),
)
def test_a_bias_alone_learns_the_statistic_of_its_loss(
    engine: Any, loss: Loss, output: str, statistic: Any
) -> None:
    """The constant with the smallest loss: mean, median, quantile, log of the mean."""
    y = np.random.default_rng(8).gamma(2.0, 1.0, (41, 1)) + 0.5
    network = Network([Dense(1, output, initializer="zeros")], 1)
    data = ArrayData(np.zeros((41, 1)), y)
    start = Parameters((np.zeros((1, 1)),), (np.ones(1),))
    schedule = OnPlateau(0.5, 0.7, 4, 0.0)
    plan = TrainingPlan(network, loss, GradientDescent(schedule), FullBatch(), 600, dtype="float64")
    session = engine.open(plan, data, None, start, 1)
    session.run(600)
    bias = session.result.biases[0]
    assert bias[0] == pytest.approx(statistic(y.ravel()), abs=1e-5)


def test_a_bias_alone_learns_class_probabilities(engine: Any) -> None:
    """Softmax of the biases = shares of the classes; the loss is their entropy."""
    classes = np.repeat(np.arange(3, dtype=np.int32), [5, 10, 25])
    network = Network([Dense(3, "softmax")], 1)
    loss = CategoricalCrossEntropy()
    data = ArrayData(np.zeros((40, 1)), classes)
    found = fitted(engine, network, loss, data, 1.0, 800)
    shares = np.array([5, 10, 25]) / 40
    predicted = engine.predict(network, found, np.zeros((1, 1)))
    np.testing.assert_allclose(predicted[0], shares, rtol=1e-8)
    value, score = engine.evaluate(network, found, loss, data)
    assert value == pytest.approx(-(shares * np.log(shares)).sum())
    assert score == pytest.approx(25 / 40)


def test_label_smoothing_changes_the_optimum_but_not_the_evaluation(engine: Any) -> None:
    """All targets 1 and s = 0.2: the best probability is 1 − s/2 = 0.9, measured −log 0.9."""
    network = Network([Dense(1, "sigmoid")], 1)
    loss = BinaryCrossEntropy(label_smoothing=0.2)
    data = ArrayData(np.zeros((4, 1)), np.ones((4, 1)))
    found = fitted(engine, network, loss, data, 2.0, 400)
    assert engine.predict(network, found, data.inputs)[0, 0] == pytest.approx(0.9)
    value, score = engine.evaluate(network, found, loss, data)
    assert value == pytest.approx(-math.log(0.9))
    assert score == 1.0


@pytest.mark.parametrize("size", [1e4, -1e4])
def test_cross_entropy_of_huge_logits_is_finite_and_right(engine: Any, size: float) -> None:
    """A logit of ±1e4 on the wrong side costs 1e4, on the right side nothing; slopes are 1 and 0."""
    for dtype in ("float32", "float64"):
        x = np.array([[1.0]], dtype)
        weight = np.array([[size]], dtype)
        network = Network([Dense(1, "sigmoid", bias=False)], 1)
        for target in (0.0, 1.0):
            data = ArrayData(x, np.array([[target]], dtype))
            parameters = Parameters((weight,), (None,))
            value, slope = engine.loss_and_gradient(network, parameters, BinaryCrossEntropy(), data)
            wrong = target != (size > 0)
            assert value == (1e4 if wrong else 0.0)
            assert slope.tolist() == [np.sign(size) if wrong else 0.0]
        network = Network([Dense(2, "softmax", bias=False)], 1)
        parameters = Parameters((np.array([[size, 0.0]], dtype),), (None,))
        for target in (0, 1):
            data = ArrayData(x, np.array([target], np.int32))
            value, slope = engine.loss_and_gradient(
                network, parameters, CategoricalCrossEntropy(), data
            )
            wrong = target != (0 if size > 0 else 1)
            assert value == (1e4 if wrong else 0.0)
            assert np.abs(slope).tolist() == ([1.0, 1.0] if wrong else [0.0, 0.0])


def test_r_squared_and_accuracy_by_hand(engine: Any) -> None:
    """y = 1, 2, 3, ŷ = 2 for all: R² = 0. Weights 1, 0, 0 leave one value, which does not vary."""
    network = Network([Dense(1)], 1)
    parameters = Parameters((np.zeros((1, 1)),), (np.array([2.0]),))
    y = np.array([[1.0], [2.0], [3.0]])
    data = ArrayData(np.zeros((3, 1)), y)
    loss, score = engine.evaluate(network, parameters, MeanSquaredError(), data)
    assert (loss, score) == (pytest.approx(2 / 3), pytest.approx(0.0))
    weighted = ArrayData(data.inputs, y, np.array([1.0, 0.0, 0.0]))
    loss, score = engine.evaluate(network, parameters, MeanSquaredError(), weighted)
    assert loss == pytest.approx(1.0)
    assert np.isnan(score)
    perfect = ArrayData(y - 2, y)
    line = Parameters((np.ones((1, 1)),), (np.array([2.0]),))
    assert engine.evaluate(network, line, MeanSquaredError(), perfect) == (0.0, 1.0)


@pytest.mark.parametrize(
    ("loss", "output", "logits", "targets", "share"),
    [
        (BinaryCrossEntropy(), "sigmoid", [[1.0], [-1.0], [2.0]], [[1.0], [0.0], [0.0]], 2 / 3),
        # every output of a row must be right
        (BinaryCrossEntropy(), "sigmoid", [[1.0, 1.0], [1.0, -1.0]], [[1.0, 0.0], [1.0, 0.0]], 0.5),
        (Hinge(), "identity", [[0.1], [-0.1], [0.1]], [[1.0], [1.0], [-1.0]], 1 / 3),
        (Hinge(), "identity", [[0.1, 0.2], [0.3, 0.2]], [[-1.0, 1.0], [-1.0, 1.0]], 0.5),
        (CategoricalCrossEntropy(), "softmax", [[0.1, 0.2], [0.3, 0.2]], [0, 0], 0.5),
        # a tie goes to the class with the lower number
        (CategoricalCrossEntropy(), "softmax", [[0.5, 0.5], [0.5, 0.5]], [0, 1], 0.5),
    ],
    ids=str,
)
def test_accuracy_by_hand(
    engine: Any, loss: Loss, output: str, logits: Any, targets: Any, share: float
) -> None:
    """The identity as weights: inputs are the logits. A weight of 3 makes the last row count thrice."""
    inputs = np.array(logits)
    network = Network([Dense(inputs.shape[1], output, bias=False)], inputs.shape[1])
    parameters = Parameters((np.eye(inputs.shape[1]),), (None,))
    given = np.array(targets, np.int32 if isinstance(targets[0], int) else np.float64)
    _, score = engine.evaluate(network, parameters, loss, ArrayData(inputs, given))
    assert score == pytest.approx(share)
    weights = np.ones(len(inputs))
    weights[-1] = 3.0
    last_is_right = engine.evaluate(network, parameters, loss, ArrayData(inputs[-1:], given[-1:]))[
        1
    ]
    _, weighted = engine.evaluate(network, parameters, loss, ArrayData(inputs, given, weights))
    expected = (share * len(inputs) + 2 * last_is_right) / (len(inputs) + 2)
    assert weighted == pytest.approx(expected)


def test_adam_s_first_step_is_the_learning_rate_in_each_direction(engine: Any) -> None:
    """m̂ = g and √v̂ = |g| at t = 1: every parameter moves by η, against its gradient's sign."""
    x, y = table()
    network = Network([Dense(2)], 3)
    loss = MeanSquaredError()
    start = initial_parameters(network, 1)
    _, gradient = engine.loss_and_gradient(network, start, loss, ArrayData(x, y))
    plan = TrainingPlan(network, loss, Adam(0.01), FullBatch(), 1, dtype="float64")
    session = engine.open(plan, ArrayData(x, y), None, start, 1)
    session.run(1)
    step = session.result.flat() - start.flat()
    np.testing.assert_allclose(step, -0.01 * np.sign(gradient), rtol=1e-5)


def test_every_row_is_used_once_per_epoch_of_batches(engine: Any) -> None:
    """With η so small that nothing moves, the epoch's loss is the mean over all rows."""
    x, y = table(37)
    network = Network([Dense(2)], 3)
    start = initial_parameters(network, 4)
    loss = MeanSquaredError()
    plan = TrainingPlan(network, loss, GradientDescent(1e-12), MiniBatches(8), 2, dtype="float64")
    records = engine.open(plan, ArrayData(x, y), None, start, 1).run(2).records
    expected, _ = engine.evaluate(network, start, loss, ArrayData(x, y))
    np.testing.assert_allclose(records["training_loss"], expected, rtol=1e-9)
