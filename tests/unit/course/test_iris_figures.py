"""Chapter 18: softmax by hand, scikit-learn's standardization and scores, and areas of three species."""

from __future__ import annotations

import math

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import confusion_matrix, log_loss
from sklearn.preprocessing import StandardScaler

from deltarule.course import figure
from deltarule.course.figures import iris_training as module_of_training
from deltarule.course.figures.iris_training import SPLITS, iris_training
from deltarule.course.iris_flowers import Standardization, iris_flowers, split_flowers


def test_the_flowers_are_those_of_scikit_learn():
    X, y = iris_flowers()
    theirs, species = load_iris(return_X_y=True)
    # Two rows of the UCI file, which scikit-learn corrects, may differ by a tenth of a centimeter.
    assert np.abs(X - theirs).max() < 0.21
    assert (theirs != X).any(axis=1).sum() <= 2
    assert y.tolist() == species.tolist()


def test_a_split_divides_each_species_and_standardization_is_that_of_the_training_rows():
    X, y = iris_flowers()
    for seed in range(SPLITS):
        rows = split_flowers(seed)
        parts = (rows.training, rows.validation, rows.test)
        assert [np.bincount(y[part]).tolist() for part in parts] == [[30] * 3, [10] * 3, [10] * 3]
        assert sorted(np.concatenate(parts)) == list(range(150))
        scaled = Standardization.of(X[rows.training])(X)
        assert scaled == pytest.approx(StandardScaler().fit(X[rows.training]).transform(X))


def test_softmax_and_loss_by_hand():
    shown = figure("iris-softmax", setosa=1, versicolor=3, virginica=0, species="setosa")
    powers = [math.e, math.e**3, 1.0]
    assert shown.probabilities == pytest.approx([one / sum(powers) for one in powers])
    assert shown.loss == pytest.approx(math.log(sum(powers)) - 1)  # −log (e / Σ)
    assert "The network says versicolor, and it is setosa" in shown.sentence()
    shown.set("species", "versicolor")
    assert "versicolor, as it is" in shown.sentence()
    before = shown.probabilities
    for name, z in (("setosa", 0), ("versicolor", 2), ("virginica", -1)):
        shown.set(name, z)
    assert shown.probabilities == pytest.approx(before)  # only differences count


def test_the_areas_are_nearly_those_of_a_logistic_regression_without_hidden_units():
    shown = figure("iris-classes", units=0)
    while shown.step():
        pass
    model = LogisticRegression(C=np.inf, max_iter=10_000).fit(shown._X, shown._y)
    wrong = model.predict(shown._X) != shown._y
    assert abs(int(shown.wrong.sum()) - int(wrong.sum())) <= 3
    assert shown.wrong.sum() <= 8


def test_a_dragged_flower_has_the_probabilities_of_its_place():
    shown = figure("iris-classes")
    while shown.step():
        pass
    for place, species in (((1.4, 0.2), 0), ((4.0, 1.2), 1), ((6.2, 2.3), 2)):
        shown.move("flower", *shown._plane().at(*place))
        assert shown.flower == place
        assert shown.probabilities.argmax() == species
        assert shown.probabilities.sum() == pytest.approx(1)
    shown.set("pair", "sepals")
    assert shown.flower == (6.1, 2.9)
    shown.set("pair", "petals")
    assert shown.flower == (6.2, 2.3)  # each pair keeps its flower
    shown.reset()
    assert shown.flower == (4.9, 1.6)


def test_the_history_and_the_confusion_matrix_are_those_of_scikit_learn():
    shown = figure("iris-training", seed=1)
    while shown.step():
        pass
    X, y = iris_flowers()
    rows = split_flowers(1)
    scaled = StandardScaler().fit(X[rows.training]).transform(X)
    outputs = shown.run.trained.predict(scaled)
    expected = log_loss(y[rows.validation], outputs[rows.validation])
    assert shown.run.records["validation_loss"][-1] == pytest.approx(expected)
    truth, predicted = y[rows.test], outputs[rows.test].argmax(axis=1)
    assert shown.confusion.tolist() == confusion_matrix(truth, predicted).tolist()
    right = int((truth == predicted).sum())
    assert f"{right} of 30 test flowers" in shown.sentence()


def test_validation_and_test_rows_do_not_train(monkeypatch):
    def trained():
        run = iris_training(seed=4)
        run.train(3)
        return run.parameters.flat()

    X, y = iris_flowers()
    rows, before = split_flowers(4), trained()
    changed = X.copy()
    changed[np.concatenate([rows.validation, rows.test])] += 5
    monkeypatch.setattr(module_of_training, "iris_flowers", lambda: (changed, y))
    assert np.array_equal(trained(), before)  # neither weights nor the standardization change
    changed[rows.training[0]] += 5
    assert not np.array_equal(trained(), before)
