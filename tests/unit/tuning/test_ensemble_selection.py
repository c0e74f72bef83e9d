"""Greedy ensemble selection against hand calculations and an exhaustive search."""

from __future__ import annotations

from itertools import combinations_with_replacement

import numpy as np
import pytest

from deltarule.preprocessing import Task
from deltarule.table_model.task_methods import METHODS
from deltarule.tuning.ensemble_selection import MAX_VOTES, select

REGRESSION, CLASSES = METHODS[Task.REGRESSION], METHODS[Task.CLASSIFICATION]


def halves(rows: int) -> list[np.ndarray]:
    return [np.arange(0, rows, 2), np.arange(1, rows, 2)]


def test_opposite_errors_get_equal_votes():
    truth = np.zeros(40)
    outputs = np.stack([np.full((40, 1), 1.0), np.full((40, 1), -1.0), np.full((40, 1), 3.0)])
    chosen = select(REGRESSION, outputs, truth, None, halves(40))
    assert chosen.votes == (1, 1, 0)
    assert (chosen.loss, chosen.default_loss) == (0.0, 1.0)


def test_repeated_votes_are_weights():
    truth = np.zeros(40)
    outputs = np.stack([np.full((40, 1), 2.0), np.full((40, 1), -1.0)])  # 1 · 2 + 2 · (−1) = 0
    assert select(REGRESSION, outputs, truth, None, halves(40)).votes == (1, 2)


def test_the_default_stays_alone_where_nothing_is_better():
    truth = np.zeros(40)
    outputs = np.stack([np.full((40, 1), 0.5), np.full((40, 1), 0.6), np.full((40, 1), 0.9)])
    chosen = select(REGRESSION, outputs, truth, None, halves(40))
    assert chosen.uses_default
    assert chosen.votes == (1, 0, 0)
    assert (chosen.outputs == 0.5).all()


def test_what_is_better_by_chance_on_some_rows_is_not_used():
    """Configurations of pure noise: the best of 200 looks better on its rows, but not on others."""
    random = np.random.default_rng(0)
    truth = np.zeros(60)
    noise = random.normal(size=(200, 60, 1))
    outputs = np.concatenate([np.full((1, 60, 1), 0.2), noise])
    chosen = select(REGRESSION, outputs, truth, None, halves(60))
    assert chosen.uses_default
    assert chosen.default_loss == pytest.approx(0.04)


def test_rows_are_predicted_by_votes_of_the_other_parts():
    truth = np.zeros(40)
    outputs = np.full((2, 40, 1), 1.0)
    outputs[0, 0::2], outputs[1, 1::2] = 0.1, 0.1  # each is good on one half
    chosen = select(REGRESSION, outputs, truth, None, halves(40))
    # The odd rows choose configuration 1, which is bad on the even rows, and the other way round.
    assert chosen.loss == pytest.approx(1.0)
    assert chosen.uses_default


def test_two_seeds_of_the_default_are_compared_as_their_mean():
    """Two networks of the default cancel their errors; one of another kind is better than each."""
    truth = np.zeros(40)
    outputs = np.stack([np.full((40, 1), 1.0), np.full((40, 1), -1.0), np.full((40, 1), 0.5)])
    alone = select(REGRESSION, outputs, truth, None, halves(40))
    assert (alone.default_loss, alone.uses_default) == (1.0, False)
    fair = select(REGRESSION, outputs, truth, None, halves(40), defaults=2)
    assert (fair.default_loss, fair.uses_default) == (0.0, True)
    assert fair.votes == (1, 0, 0)


def test_log_loss_and_weights():
    random = np.random.default_rng(1)
    truth = random.integers(0, 3, 90)
    weights = random.uniform(0.5, 2, 90)
    logits = random.normal(size=(4, 90, 3)) + 1.5 * np.eye(3)[truth]
    outputs = np.exp(logits) / np.exp(logits).sum(axis=2, keepdims=True)
    chosen = select(CLASSES, outputs, truth, weights, [*np.array_split(np.arange(90), 3)])

    def loss(votes: tuple[int, ...]) -> float:
        mean = np.tensordot(votes, outputs, 1) / sum(votes)
        return float(np.average(-np.log(mean[np.arange(90), truth]), weights=weights))

    every = [
        tuple(np.bincount(pick, minlength=4).tolist())
        for count in range(1, 7)
        for pick in combinations_with_replacement(range(4), count)
    ]
    assert not chosen.uses_default
    assert loss(chosen.votes) <= 1.01 * min(map(loss, every))
    assert sum(chosen.votes) <= MAX_VOTES
    gains = -np.log(outputs[0][np.arange(90), truth]) + np.log(chosen.outputs[np.arange(90), truth])
    mean = np.average(gains, weights=weights)
    assert chosen.default_loss - chosen.loss == pytest.approx(mean)
    deviations = weights * (gains - mean)  # rows with large weights count as few
    assert chosen.spread == pytest.approx(np.linalg.norm(deviations) / weights.sum())


def test_votes_are_chosen_by_calibrated_outputs():
    """Scored outputs decide; the mean that is returned is that of the raw ones."""
    truth = np.zeros(40)
    outputs = np.stack([np.full((40, 1), 1.0), np.full((40, 1), 9.0)])
    scored = np.stack([np.full((40, 1), 1.0), np.full((40, 1), 0.5)])
    chosen = select(REGRESSION, outputs, truth, None, halves(40), scored=scored)
    assert chosen.votes == (0, 1)
    assert (chosen.loss, chosen.default_loss) == (0.25, 1.0)
    assert (chosen.outputs == 9.0).all()


def test_the_spread_counts_rows_by_their_weights():
    """Rows with weight 3 count as three rows for the mean, but not for its standard error."""
    truth = np.zeros(4)
    outputs = np.stack([np.full((4, 1), 1.0), np.array([[0.0], [0.5], [0.0], [0.5]])])
    weights = np.array([3.0, 1.0, 3.0, 1.0])
    found = select(REGRESSION, outputs, truth, weights, halves(4))
    gains = np.array([1.0, 0.75, 1.0, 0.75])
    mean = (gains * weights).sum() / 8
    assert mean == 0.9375
    # sqrt(Σ w² (g − m)²) / Σ w, with deviations 0.0625 and −0.1875
    assert found.spread == pytest.approx((2 * (3 * 0.0625) ** 2 + 2 * 0.1875**2) ** 0.5 / 8)
