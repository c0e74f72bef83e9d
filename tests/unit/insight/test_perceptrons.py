"""The perceptron compared with hand calculations, geometry and Novikoff's theorem."""

import numpy as np
import pytest

from deltarule import insight
from deltarule.errors import DataError, ShapeError


def test_the_perceptron_of_the_slides_returns_0_00247():
    unit = insight.perceptron(1, [3, -2])
    answer = unit.predict([[-1, 2]], engine="reference")
    assert answer[0, 0] == pytest.approx(1 / (1 + np.exp(6)))  # z = 1 − 3 − 4 = −6
    assert f"{answer[0, 0]:.3g}" == "0.00247"
    assert str(insight.boundary_line(unit)) == "1 + 3 x₁ − 2 x₂ = 0"


def test_distances_to_a_line():
    line = insight.Line(-5.0, (3.0, 4.0))  # 3 x + 4 y = 5, at distance 1 from the origin
    assert line.distances([[0, 0], [3, 4]]) == pytest.approx([-1, 4])
    assert line.values([[3, line.second_coordinate(3.0)]]) == pytest.approx([0])


def test_only_two_inputs_make_a_line():
    with pytest.raises(ShapeError, match="this network has 3"):
        insight.boundary_line(insight.perceptron(0, [1, 2, 3]))


def test_training_converges_within_novikoffs_bound():
    X, y = insight.make_two_clusters(n_samples=80, distance=4.0, seed=3)
    signs = 2 * y - 1
    run = insight.train_perceptron(X, signs)
    assert run.converged
    assert (run.trained.predict(X, engine="reference")[:, 0] == signs).all()
    # A separating w* (bias inside) with margin γ bounds the corrections by (R ‖w*‖ / γ)².
    rows = np.column_stack([np.ones(len(X)), X])
    separating = np.array([0.0, 1.0, 1.0])
    margin = (signs * (rows @ separating)).min()
    assert margin > 0
    bound = (np.linalg.norm(rows, axis=1).max() * np.linalg.norm(separating) / margin) ** 2
    assert len(run.weights) - 1 <= bound


def test_training_does_not_converge_on_xor():
    X = [[-1, -1], [-1, 1], [1, -1], [1, 1]]
    run = insight.train_perceptron(X, [-1, 1, 1, -1], epochs=30)
    assert not run.converged
    assert (run.mistakes > 0).all()


def test_classes_must_be_signs():
    with pytest.raises(DataError, match="-1 or 1"):
        insight.train_perceptron([[0.0], [1.0]], [0, 1])
