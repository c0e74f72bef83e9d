"""Chapter 7: scores by hand, templates as inner products, and where regions meet."""

from __future__ import annotations

import re

import numpy as np
import pytest

from deltarule import insight
from deltarule.course import figure
from deltarule.course.figures.digit_templates import split_digits
from deltarule.course.pixel_images import gray_image, signed_image


def test_the_scores_of_the_lecture_by_hand():
    shown = figure("dense-scores")
    # 56 · 0.2 − 231 · 0.5 + 24 · 0.1 + 2 · 2 + 1.1, and so on
    assert shown.scores == pytest.approx([-96.8, 437.9, 60.75])
    assert shown.terms == pytest.approx([84.0, 300.3, 50.4, 0.0, 3.2])
    assert "The largest is that of dog" in shown.sentence()
    for i in (1, 2, 3):
        shown.set(f"pixel_{i}", 0)
    shown.set("pixel_4", 255)
    assert shown.scores == pytest.approx([511.1, 3.2, -77.7])
    assert "The largest is that of cat" in shown.sentence()


def test_both_forms_show_the_same_numbers():
    def numbers(form):
        (product, _) = figure("dense-scores", form=form).panels()
        return sorted(re.findall(r">(−?[\d.]+)</text>", product))

    assert numbers("rows") == numbers("columns")
    assert len(numbers("rows")) == 4 + 4 + 12 + 3 + 3  # image, x, W, b, scores


def test_a_score_is_the_inner_product_with_the_template():
    shown = figure("digit-templates", digit=7, template="3")
    shown.step()
    rows = shown.image.reshape(1, -1)
    by_hand = (shown.image * shown.templates).sum(axis=(1, 2)) + shown.run.parameters.biases[0]
    assert shown.scores == pytest.approx(by_hand)
    likely = np.exp(by_hand) / np.exp(by_hand).sum()
    assert shown.run.trained.predict(rows)[0] == pytest.approx(likely)


def test_templates_learn_digits_at_their_place():
    shown = figure("digit-templates")
    while shown.step():
        pass
    X, y, X_test, y_test = split_digits()
    assert (len(y), len(y_test)) == (800, 200)
    assert not {row.tobytes() for row in X} & {row.tobytes() for row in X_test}
    found = re.search(r"test digits: ([\d.]+)%", shown.sentence())
    right = np.mean(shown.run.trained.predict(X_test).argmax(axis=1) == y_test)
    assert float(found[1]) == pytest.approx(100 * right, abs=0.05)
    assert right > 0.9
    # Ink in the middle of the image speaks against a 0.
    assert shown.templates[0, 3:5, 3:5].max() < 0


def test_a_moved_digit_loses_what_leaves_the_image():
    shown = figure("digit-templates", digit=3)
    whole = shown.image
    shown.set("shift", 2)
    assert np.array_equal(shown.image[:, 2:], whole[:, :6])
    assert not shown.image[:, :2].any()
    shown.set("shift", -1)
    assert np.array_equal(shown.image[:, :7], whole[:, 1:])
    assert not shown.image[:, 7:].any()


def test_regions_meet_where_two_scores_are_equal():
    shown = figure("class-regions")
    (b_1, *w_1), (b_2, *w_2), _ = shown.layer
    border = insight.Line(b_1 - b_2, tuple(np.subtract(w_1, w_2)))
    x_2 = float(border.second_coordinate(-3.0))
    shown.move("sample", *shown._plane().at(-3.0, x_2))
    near = abs(shown.sample[1] - x_2) * abs(w_1[1] - w_2[1])
    assert abs(shown.scores[0] - shown.scores[1]) == pytest.approx(near)
    shown.sample = (-3.0, x_2)
    assert shown.scores[0] == pytest.approx(shown.scores[1])


def test_a_class_wins_without_a_positive_score():
    shown = figure("class-regions")
    for k in range(3):
        shown.set("class", str(k))
        shown.set("bias", -4.0)
        shown.set("weight_1", 0.0)
        shown.set("weight_2", float(k))
    shown.move("sample", *shown._plane().at(2.0, 1.0))
    assert shown.scores.tolist() == [-4.0, -3.0, -2.0]
    assert "class 3 has the largest score, −2. No score is positive" in shown.sentence()


def test_training_moves_the_lines_until_all_points_are_right():
    shown = figure("class-regions", bias=0.5)
    assert shown.layer[0, 0] == 0.5
    begin = shown.layer
    while shown.step():
        pass
    assert "90 of 90 points are right" in shown.sentence()
    assert shown.number("bias") == pytest.approx(shown.layer[0, 0], abs=0.05)
    shown.restart()
    assert np.array_equal(shown.layer, begin)


def test_dragging_goes_on_from_the_trained_weights():
    shown = figure("class-regions")
    for _ in range(5):
        shown.step()
    trained = shown.layer
    shown.move("weights-2", *shown._plane().at(1.04, -1.52))
    assert shown.layer[2].tolist() == [trained[2, 0], 1.0, -1.5]
    assert np.array_equal(shown.layer[:2], trained[:2])
    assert shown.run.epoch == 0


def test_images_are_opaque_gray_or_as_opaque_as_their_values():
    matplotlib = pytest.importorskip("matplotlib.image")
    import base64
    import io

    def pixels(markup):
        data = re.search(r"base64,([^\"]+)", markup)[1]
        return matplotlib.imread(io.BytesIO(base64.b64decode(data)))

    gray = pixels(gray_image([[0, 1], [0.4, 0.2]], 0, 0, 10))
    assert gray[..., 0] == pytest.approx(np.array([[0, 1], [0.4, 0.2]]), abs=0.003)
    assert (gray[..., 3] == 1).all()
    signed = pixels(signed_image([[-2, 0, 1]], 0, 0, 10, 2.0))
    assert signed[0, :, 3] == pytest.approx([1, 0, 0.5], abs=0.003)
    assert signed[0, 0, 0] > signed[0, 0, 2]  # orange
    assert signed[0, 2, 2] > signed[0, 2, 0]  # blue
