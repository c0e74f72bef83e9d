"""Chapter 14: each update by hand, and each of the three rules."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.course import figure
from deltarule.stopping import StopReason


@pytest.mark.parametrize("batch", ["1", "10"])
def test_an_update_follows_the_mean_gradient_of_the_drawn_points(batch):
    shown = figure("sgd-path", rate=0.6, batch=batch, seed=3)
    for _ in range(70):  # beyond the first 60 draws
        w = shown.points[shown.update]
        shown.step()
        rows = shown.drawn_rows
        assert len(rows) == int(batch)
        X, y = shown._X[rows], shown._y[rows]
        outputs = 1 / (1 + np.exp(-(X @ w)))
        gradient = (outputs - y) @ X / len(rows)
        assert shown.points[shown.update] == pytest.approx(w - 0.6 * gradient)


def test_all_points_go_downhill_and_single_ones_not_always():
    full, single = figure("sgd-path", batch="60", rate=1.0), figure("sgd-path")
    assert (np.diff(full.losses) < 0).all()
    assert (np.diff(single.losses) > 0).any()
    assert single.losses[-1] < single.losses[0]


@pytest.mark.parametrize(
    ("values", "reason", "says"),
    [
        ({"target": 0.3, "epochs": 100}, StopReason.TARGET_REACHED, "target of 0.3"),
        ({"target": 0.0, "improvement": -1.0}, StopReason.NO_PROGRESS, "for 5 epochs"),
        ({"target": 0.0, "improvement": -5.0, "epochs": 5}, StopReason.EPOCHS_DONE, "All 5 epochs"),
    ],
)
def test_the_first_rule_that_applies_ends_training(values, reason, says):
    shown = figure("stopping-rules", **values)
    while shown.step():
        pass
    assert shown.run.reason is reason
    assert says in shown.sentence()
