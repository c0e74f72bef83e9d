"""Traces compared with hand calculations, and gradients with each other."""

import numpy as np
import pytest

from deltarule import Dense, Network, insight
from deltarule.errors import ShapeError
from deltarule.initialization import initial_parameters
from deltarule.parameters import Parameters
from deltarule.training import TrainedNetwork


def small():
    """Two inputs, two sigmoid units, one sigmoid output, with round numbers."""
    network = Network([Dense(2, "sigmoid"), Dense(1, "sigmoid")], 2)
    weights = (np.array([[1.0, -1.0], [0.5, 2.0]]), np.array([[2.0], [-1.0]]))
    return TrainedNetwork(network, Parameters(weights, (np.zeros(2), np.array([0.5]))))


def sigma(z):
    return 1 / (1 + np.exp(-z))


def test_a_trace_by_hand():
    t = insight.trace(small(), [1, 2], 1, "mean_squared_error")
    first, second = t.layers
    assert first.z == pytest.approx([2, 3])
    x1, x2 = sigma(2), sigma(3)
    z = 2 * x1 - x2 + 0.5
    y = sigma(z)
    assert t.prediction == pytest.approx([y])
    delta = 2 * (y - 1) * y * (1 - y)
    assert t.loss == pytest.approx((y - 1) ** 2)
    assert second.delta == pytest.approx([delta])
    assert first.delta == pytest.approx([2 * delta * x1 * (1 - x1), -delta * x2 * (1 - x2)])
    assert second.weight_gradient == pytest.approx(np.array([[x1 * delta], [x2 * delta]]))
    assert first.weight_gradient == pytest.approx(np.outer([1, 2], first.delta))
    assert first.delta_formula == "δ⁽¹⁾ = g′(z⁽¹⁾) ⊙ (W⁽²⁾ δ⁽²⁾)"
    assert second.delta_formula == "δ⁽²⁾ = ∂J/∂z⁽²⁾ = g′(z⁽²⁾) ⊙ ∂J/∂ŷ"


def test_the_update_is_the_delta_rule():
    t = insight.trace(small(), [1, 2], 0)
    after = t.updated(0.1)
    assert after.weights[1] == pytest.approx(
        np.array([[2.0], [-1.0]]) - 0.1 * np.outer(t.layers[0].x, t.layers[1].delta)
    )
    assert after.biases[1] == pytest.approx(0.5 - 0.1 * t.prediction)  # ŷ − y with y = 0
    assert insight.trace(TrainedNetwork(t.network, after), [1, 2], 0).loss < t.loss


def test_softmax_has_no_slope_and_a_delta_of_p_minus_y():
    network = Network([Dense(3, "softmax")], 2)
    trained = TrainedNetwork(network, initial_parameters(network, 0))
    t = insight.trace(trained, [0.3, -0.2], 2)
    assert t.layers[0].slope is None
    assert t.layers[0].delta == pytest.approx(t.prediction - [0, 0, 1])
    assert "ŷ − y" in str(t)


def test_the_text_contains_every_delta():
    text = str(insight.trace(small(), [1, 2], 1))
    assert "δ⁽¹⁾ = g′(z⁽¹⁾) ⊙ (W⁽²⁾ δ⁽²⁾)" in text
    assert "sample x⁽⁰⁾ = (1, 2), target y = (1)" in text


def test_a_sample_of_another_length_raises_an_error():
    with pytest.raises(ShapeError, match="3 columns"):
        insight.trace(small(), [1, 2, 3], 1)


def test_three_gradients_agree():
    X, y = insight.make_circles(30)
    network = Network([Dense(4, "tanh", l2=0.01), Dense(1, "sigmoid")], 2)
    trained = TrainedNetwork(network, initial_parameters(network, 5))
    found = insight.compare_gradients(trained, X, y, engine="reference")
    assert found.max_difference < 1e-8
    assert found.engine.shape == (network.parameter_count,)


def test_finite_differences_become_slower_with_more_weights():
    timings = insight.time_gradients((2, 16), rows=16, repeats=2, engine="reference")
    ratio = timings.seconds["numerical"] / timings.seconds["backpropagation"]
    assert timings.parameters.tolist() == [27, 433]
    assert ratio[1] > ratio[0]


def test_forward_pass_and_weight_images():
    trained = small()
    values = insight.forward_pass(trained, [[1, 2]])
    assert values[0].pre_activations.tolist() == [[2, 3]]
    assert "(1, 2) · (2, 2) + b (2,) → (1, 2)" in str(values[0])
    images = insight.weight_images(trained, (1, 2))
    assert images.tolist() == [[[1, 0.5]], [[-1, 2]]]
    with pytest.raises(ShapeError, match="2 inputs"):
        insight.weight_images(trained, (2, 2))


def test_names_are_escaped_in_the_html_table():
    network = Network([Dense(2, "tanh", name="<b>bold</b>"), Dense(1)], 1)
    html = insight.trace(insight.initialize(network), [1.0], 0.5)._repr_html_()
    assert html.count("<tr>") == 4
    assert "<b>" not in html
    assert "&lt;b&gt;bold" in html


def test_gradient_magnitudes_by_hand():
    """Two rows and the equations of `test_a_trace_by_hand`: the derivatives of the rows are averaged."""
    rows, targets = [[1.0, 2.0], [0.0, 0.0]], [1.0, 0.0]
    x1, x2 = sigma(2), sigma(3)
    y = sigma(2 * x1 - x2 + 0.5)
    delta = 2 * (y - 1) * y * (1 - y)
    of_first = np.outer([1, 2], [2 * delta * x1 * (1 - x1), -delta * x2 * (1 - x2)])
    origin = sigma(1.0)  # both hidden units are ½ there: 2 · ½ − ½ + 0.5
    second_delta = 2 * origin * origin * (1 - origin)
    of_second = np.array([x1 * delta, x2 * delta]) + 0.5 * second_delta
    expected = [np.sqrt(np.mean((g / 2) ** 2)) for g in (of_first, of_second)]
    found = insight.gradient_magnitudes(small(), rows, targets, loss="mean_squared_error")
    assert found == pytest.approx(expected)
