"""Chapter 1: a unit by hand, its fit by scikit-learn, digits that are read, and sources of landmarks."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from deltarule.course import figure
from deltarule.course.figures.adjustable_numbers import exam
from deltarule.course.figures.more_examples import SIZES, divided_digits
from deltarule.course.figures.network_growth import small_network
from deltarule.course.landmark_networks import LANDMARK_NETWORKS

PAGE = Path(__file__).parents[3] / "docs" / "course" / "01-what-and-why-now.md"


def test_the_output_and_the_loss_by_hand():
    shown = figure("adjustable-numbers", bias=-2, weight=0.5, x=6)
    assert shown.output(6) == pytest.approx(1 / (1 + math.exp(-1)))  # −2 + 0.5 · 6 = 1
    X, passed = exam()
    z = -2 + 0.5 * X[:, 0]
    assert shown.loss == pytest.approx(np.mean(np.log1p(np.exp(-np.where(passed == 1, z, -z)))))
    assert shown.right == np.sum((z > 0) == passed)
    assert "σ(−2 + 0.5 · 6) = 0.731" in shown.sentence()


def test_training_finds_the_logistic_regression():
    shown = figure("adjustable-numbers")
    while shown.step():
        pass
    X, passed = exam()
    best = LogisticRegression(C=np.inf).fit(X, passed)
    assert shown.numbers[0] == pytest.approx(best.intercept_[0], abs=0.03)
    assert shown.numbers[1] == pytest.approx(best.coef_[0, 0], abs=0.003)
    # The sliders follow, and restart returns to the numbers before.
    assert shown.number("weight") == pytest.approx(best.coef_[0, 0], abs=0.01)
    shown.restart()
    assert shown.numbers == (3.0, -0.3)


def test_another_input_does_not_stop_training():
    shown = figure("adjustable-numbers")
    shown.step()
    shown.set("x", 3)
    assert shown.run.epoch == 2
    shown.move("input", *shown._plane().at(7.2, 0.1))
    assert shown.number("x") == 7
    assert shown.run.epoch == 2


def test_no_test_digit_is_an_example():
    X, _, X_test, _ = divided_digits()
    train, test = ({row.tobytes() for row in rows} for rows in (X, X_test))
    assert (len(X), len(X_test)) == (700, 300)
    assert not train & test


def test_more_examples_read_more_digits_with_equally_many_updates():
    shown = figure("more-examples")
    updates = []
    for place in range(len(SIZES)):
        while len(shown.results) == place:
            shown.step()
        updates.append(shown.run.epoch * math.ceil(SIZES[place] / 10))
    assert updates == [420] * 5
    known, accuracies = np.array(shown.results).T
    assert (np.diff(accuracies) > 0).all()
    assert known[0] == 1
    assert accuracies[0] < 0.5 < 0.95 < accuracies[-1]
    assert not shown.step()
    shown.set("units", 2)
    assert len(shown.before) == 5
    while shown.step():
        pass
    assert shown.results[-1][1] < accuracies[-1] - 0.2  # two units are too few


def test_a_doubling_time_by_hand():
    shown = figure("network-growth", quantity="parameters", first="Zip codes", last="LeNet-5")
    assert shown.ratio == pytest.approx(60_000 / 9760)
    assert shown.doubling_months == pytest.approx(12 * 9 / math.log2(60_000 / 9760))
    later = figure("network-growth", first="GPT-3", last="LeNet-5")  # either order
    said = later.sentence().replace("\u00a0", " ")
    assert "a factor of 1.12 · 10¹¹ in 22 years. It doubled every 7.2 months" in said
    same = figure("network-growth", first="GPT-3", last="GPT-3")
    assert "Choose two networks" in same.sentence()
    missing = figure("network-growth", quantity="examples", first="Perceptron")
    assert "No source states the examples of Perceptron" in missing.sentence()
    fewer = figure("network-growth", quantity="parameters", first="Perceptron", last="ADALINE")
    assert fewer.doubling_months is None
    assert "has no more of them" in fewer.sentence()


def test_the_digits_network_of_the_page():
    # (64 + 1) · 16 + (16 + 1) · 10 numbers; 6 operations for each, 420 updates of 10 examples.
    assert small_network() == {"operations": 6 * 1210 * 4200, "parameters": 1210, "examples": 700}


def test_six_operations_per_weight_and_token_is_what_the_papers_state():
    for one in LANDMARK_NETWORKS:
        if one.unit == "tokens":
            assert 6 * one.parameters * one.examples == pytest.approx(one.operations, rel=0.01)


@pytest.mark.skipif(not PAGE.exists(), reason="the sdist has no docs")
def test_the_page_lists_every_source():
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    for one in LANDMARK_NETWORKS:
        assert f"- {one.name} ({one.year}): {one.source}" in text
        if not one.operations_source.startswith("Sevilla"):
            assert f"{one.source}; training compute: {one.operations_source}." in text
    assert [one.year for one in LANDMARK_NETWORKS] == sorted(one.year for one in LANDMARK_NETWORKS)
