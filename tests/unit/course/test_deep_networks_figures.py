"""Chapter 8: the digits, responses and contributions by hand, and the share between classes."""

from __future__ import annotations

import re
from importlib.resources import files

import numpy as np
import pytest

import deltarule as dr
from deltarule.course import figure, load_ones_and_fives
from deltarule.course.figures.digit_features import accuracy_of_features, pixel_order
from deltarule.course.figures.layer_separation import representations, share_between_classes
from deltarule.parameters import Parameters


def test_the_digits_are_complete_and_apart():
    (X, y), (X_test, y_test) = load_ones_and_fives()
    assert X.shape == (300, 784)
    assert X_test.shape == (100, 784)
    assert (y == 1).sum() == (y == 5).sum() == 150
    assert (y_test == 1).sum() == (y_test == 5).sum() == 50
    assert X.min() == 0
    assert X.max() == 1
    assert not {row.tobytes() for row in X} & {row.tobytes() for row in X_test}
    # The labels of the first digits of MNIST are 5, 0, 4, 1, 9, 2, 1, 3, 1, 4, 3, 5, 3, 6, 1.
    assert y[:6].tolist() == [5, 1, 1, 1, 5, 1]
    # The first training digit of MNIST has this row of pixels below the top edge of the 5.
    row = (X[0].reshape(28, 28)[5, 12:20] * 255).round().astype(int)
    assert row.tolist() == [3, 18, 18, 18, 126, 136, 175, 26]


def test_the_digits_have_a_license_and_are_small():
    folder = files("deltarule.course")
    assert len(folder.joinpath("mnist_ones_and_fives.npz").read_bytes()) < 60_000
    said = folder.joinpath("mnist_ones_and_fives.txt").read_text("utf-8")
    assert all(word in said for word in ("LeCun", "Cortes", "Burges", "CC BY-SA 3.0"))


def test_contributions_add_up_to_the_output():
    shown = figure("digit-features", digit=3, activation="tanh")
    shown.step()
    parameters = shown.run.parameters
    (W, v), (b, c) = parameters.weights, parameters.biases
    h = np.tanh(shown.pixels @ W + b)
    assert shown.responses == pytest.approx(h)
    assert shown.contributions == pytest.approx(h * v[:, 0])
    output = 1 / (1 + np.exp(-(shown.contributions.sum() + c[0])))
    assert shown.run.trained.predict(shown.pixels[None])[0, 0] == pytest.approx(output)


def test_a_trained_unit_has_a_stroke_where_the_one_is():
    shown = figure("digit-features")
    while shown.step():
        pass
    (X, digits), _ = load_ones_and_fives()
    difference = X[digits == 5].mean(axis=0) - X[digits == 1].mean(axis=0)
    weights, sides = shown.run.parameters.weights[0], shown.run.parameters.weights[1][:, 0]
    strong = np.abs(sides) > 0.5
    # Each unit with a say resembles the difference of the classes, or its opposite.
    alike = np.array([np.corrcoef(difference, w)[0, 1] for w in weights.T[strong]])
    assert (np.sign(alike) == np.sign(sides[strong])).all()
    assert np.abs(alike).min() > 0.5
    assert accuracy_of_features(shown.run) >= 0.95
    assert "Accuracy on the 100 test digits: 9" in shown.sentence()


def test_weights_of_empty_pixels_stay_without_a_penalty():
    (X, _), _ = load_ones_and_fives()
    empty = X.max(axis=0) == 0
    for penalty, stay in (("none", True), ("l2", False)):
        shown = figure("digit-features", penalty=penalty)
        begin = shown.run.parameters.weights[0].copy()
        for _ in range(10):
            shown.step()
        assert np.array_equal(shown.run.parameters.weights[0][empty], begin[empty]) == stay
        assert not np.array_equal(shown.run.parameters.weights[0], begin)


def test_shuffled_pixels_are_the_same_problem():
    order = pixel_order(True)
    assert sorted(order) == list(range(784))
    (X, digits), (X_test, _) = load_ones_and_fives()
    network = dr.Network([dr.Dense(4, "tanh"), dr.Dense(1, "sigmoid")], 784)
    plain = dr.insight.initialize(network, seed=5).parameters
    moved = Parameters((plain.weights[0][order], plain.weights[1]), plain.biases)
    settings = {"epochs": 3, "dtype": "float64", "optimizer": dr.optimizers.Adam(0.01)}
    one = dr.fit(network, X, digits == 5, initial_parameters=plain, **settings)
    other = dr.fit(network, X[:, order], digits == 5, initial_parameters=moved, **settings)
    assert one.network.predict(X_test) == pytest.approx(
        other.network.predict(X_test[:, order]), abs=1e-9
    )


def test_the_share_between_classes_by_hand():
    # Means 1 and 5 around 3: 2 · 4 + 2 · 4 = 16 of 9 + 1 + 1 + 9 = 20.
    rows, classes = np.array([[0.0], [2.0], [4.0], [6.0]]), np.array([1, 1, 5, 5])
    assert share_between_classes(rows, classes) == pytest.approx(0.8)
    assert share_between_classes(np.ones((4, 3)), classes) == 0
    assert share_between_classes(np.array([[1.0], [1.0], [2.0], [2.0]]), classes) == 1
    feature_selection = pytest.importorskip("sklearn.feature_selection")
    values = np.random.default_rng(0).normal(size=40)
    groups = np.arange(40) % 2
    F = feature_selection.f_classif(values[:, None], groups)[0][0]
    assert share_between_classes(values[:, None], groups) == pytest.approx(F / (F + 38))


def test_each_layer_separates_more_after_training():
    shown = figure("layer-separation")
    pixels = shown.shares[0][0]
    while shown.step():
        pass
    assert len(shown.shares) == shown.run.epoch + 1
    first, last = shown.shares[0], shown.shares[-1]
    assert pixels == first[0] == last[0] < 0.25
    assert last[0] < last[1] < last[2]
    assert last[2] > 0.9
    found = [float(n) for n in re.findall(r"([\d.]+)%", shown.sentence())]
    assert found[:3] == pytest.approx([100 * share for share in last], abs=0.05)
    rows = representations(shown.run)
    for view, layer in zip(shown.views, rows, strict=True):
        # Projections keep distances from the mean, or shorten them.
        whole = np.linalg.norm(layer - layer.mean(axis=0), axis=1)
        assert (np.linalg.norm(view, axis=1) <= whole + 1e-9).all()
        assert view[shown.digits == 5, 0].mean() > view[shown.digits == 1, 0].mean()
