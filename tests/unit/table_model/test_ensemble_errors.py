"""The errors of a mean of networks, estimated from those of single networks and from their variance."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

import deltarule as dr
from deltarule.table_model import ensemble_errors, model_fitting
from deltarule.table_model.ensemble_errors import MIN_FACTOR, error_factors, fold_members
from deltarule.table_model.fold_networks import FoldSplit, RunOptions
from deltarule.table_model.linear_voters import LinearVoters
from deltarule.table_model.prediction_intervals import LEVELS, MAX_CENTERS, ErrorQuantiles

FOLDS, ROWS = 8, 40_000
CENTERS = np.array([0.5, 1.5, 2.5])


def folds(rows: int, count: int = FOLDS) -> list[FoldSplit]:
    every = np.arange(rows)
    return [
        FoldSplit(every[every % count != i], every[every % count == i], i) for i in range(count)
    ]


def members_with(noise: float, rows: int) -> tuple[np.ndarray, list[Any]]:
    """Return noise of each member for each row (members, rows), and members that predict it."""
    own = noise * np.random.default_rng(1).standard_normal((FOLDS, rows))
    return own, [
        lambda places, k=k: own[k, places[:, 0].astype(int)][:, None] for k in range(FOLDS)
    ]


@pytest.mark.parametrize("noise", [0.1, 1.0, 3.0])
@pytest.mark.parametrize("is_weighted", [False, True])
def test_the_error_of_the_mean_is_that_of_single_networks_less_their_variance(
    noise, is_weighted, monkeypatch
):
    """Targets are noisier for rows with larger predictions, so that each group has its own factor."""
    monkeypatch.setattr(ensemble_errors, "MAX_GROUPS", 2)
    level = np.linspace(0, 20, ROWS)
    targets = level + np.where(level < 10, 1, 4) * np.random.default_rng(0).standard_normal(ROWS)
    own, members = members_with(noise, ROWS)
    splits = folds(ROWS)
    shifted = [
        lambda places, m=m: m(places) + level[places[:, 0].astype(int)][:, None] for m in members
    ]
    out_of_fold = np.zeros((ROWS, 1))
    for fold, split in enumerate(splits):
        out_of_fold[split.validation, 0] = (level + own[fold])[split.validation]
    weights = np.random.default_rng(2).random(ROWS) if is_weighted else None
    design: Any = SimpleNamespace(
        targets=targets, weights=weights, inputs=np.arange(ROWS, dtype=np.float64)[:, None]
    )
    halves = np.array_split(np.argsort(out_of_fold[:, 0]), 2)
    middles = np.array([np.median(out_of_fold[rows]) for rows in halves])
    found = error_factors(design, splits, shifted, out_of_fold, middles)
    mean = level + own.mean(axis=0)
    for factor, rows in zip(found, halves, strict=True):
        shares = None if weights is None else weights[rows]
        of_mean = np.average((targets - mean)[rows] ** 2, weights=shares)
        of_single = np.average((targets - out_of_fold[:, 0])[rows] ** 2, weights=shares)
        expected = max(np.sqrt(of_mean / of_single), MIN_FACTOR)
        assert factor == pytest.approx(expected, rel=0.06)
    # Between the middles of the groups, factors are interpolated.
    shares = np.array([[1, 0], [0.75, 0.25], [0, 1]])
    between = error_factors(design, splits, shifted, out_of_fold, shares @ middles)
    np.testing.assert_allclose(between, shares @ found)


def test_few_members_or_rows_and_shared_validation_rows_change_nothing():
    rows = 1200
    targets = np.random.default_rng(3).standard_normal(rows)
    design: Any = SimpleNamespace(
        targets=targets, weights=None, inputs=np.arange(rows, dtype=np.float64)[:, None]
    )
    _, members = members_with(0.5, rows)
    out_of_fold = np.zeros((rows, 1))
    ones = [1.0, 1.0, 1.0]
    assert (error_factors(design, folds(rows), members, out_of_fold, CENTERS) < 0.95).all()
    assert error_factors(design, folds(rows, 2), members[:2], out_of_fold, CENTERS).tolist() == ones
    shared = [FoldSplit(np.arange(900), np.arange(900, rows), i) for i in range(8)]
    assert error_factors(design, shared, members, out_of_fold, CENTERS).tolist() == ones
    same = [members[0]] * FOLDS
    assert error_factors(design, folds(rows), same, out_of_fold, CENTERS).tolist() == ones
    exact = targets[:, None].copy()
    assert error_factors(design, folds(rows), members, exact, CENTERS).tolist() == ones
    exact[:600] = np.nan
    exact[600:, 0] += 1
    assert error_factors(design, folds(rows), members, exact, CENTERS).tolist() == ones


def test_groups_with_a_frequent_target_keep_their_errors():
    rows = 1200
    targets = np.linspace(0, 3, rows)
    out_of_fold = targets[:, None] + np.random.default_rng(3).standard_normal((rows, 1)) / 1e3
    targets[:400] = np.where(np.arange(400) % 4, targets[:400], 0.2)
    design: Any = SimpleNamespace(
        targets=targets, weights=None, inputs=np.arange(rows, dtype=np.float64)[:, None]
    )
    _, noise = members_with(3e-4, rows)
    members = [lambda i, m=m: m(i) + targets[i[:, 0].astype(int)][:, None] for m in noise]
    first, *others = error_factors(design, folds(rows), members, out_of_fold, CENTERS).tolist()
    assert first == 1
    assert max(others) < 0.99


def test_networks_that_differ_beyond_the_range_of_the_targets_change_nothing():
    """Predictions are clipped to it, so that their differences there make no errors."""
    rows = 2000
    targets = np.linspace(1, 3, rows)
    targets[:600] += np.random.default_rng(4).random(600) / 2
    out_of_fold = targets[:, None] + np.random.default_rng(3).standard_normal((rows, 1)) / 10
    design: Any = SimpleNamespace(
        targets=targets, weights=None, inputs=np.arange(rows, dtype=np.float64)[:, None]
    )
    _, noise = members_with(0.1, rows)
    level = np.where(np.arange(rows) < 600, -4, targets)[:, None]
    out_of_fold[:600] = -4
    members = [lambda i, m=m: m(i) + level[i[:, 0].astype(int)] for m in noise]
    found = error_factors(design, folds(rows), members, out_of_fold, np.array([1.0, 2.0, 2.5]))
    assert found[0] == 1
    assert (found[1:] < 0.95).all()


def test_clipped_predictions_that_fill_several_groups_have_one_factor():
    """3 of 10 groups lie at the lowest target, which a third of their rows have; the last has fewer."""
    rows, clipped = 2000, 520
    targets = np.linspace(0.1, 3, rows)
    targets[:clipped:3] = 0
    level = np.where(np.arange(rows) < clipped, -1, targets)[:, None]
    out_of_fold = level + np.random.default_rng(3).standard_normal((rows, 1)) / 10
    design: Any = SimpleNamespace(
        targets=targets, weights=None, inputs=np.arange(rows, dtype=np.float64)[:, None]
    )
    _, noise = members_with(0.1, rows)
    members = [lambda i, m=m: m(i) + level[i[:, 0].astype(int)] for m in noise]
    found = error_factors(design, folds(rows), members, out_of_fold, np.array([0.0, 2.0]))
    assert found[0] == 1
    assert found[1] < 0.95


def test_parts_of_a_fold_are_averaged_by_votes_and_mixed_with_its_linear_model():
    def network(value: float) -> Any:
        def predict(inputs: np.ndarray, **_: Any) -> np.ndarray:
            return np.full((len(inputs), 1), value, np.float32)

        return SimpleNamespace(network=SimpleNamespace(predict=predict), predict=predict)

    parts = [(1, [network(1.0), network(2.0)]), (3, [network(5.0), network(6.0)])]
    inputs, options = np.zeros((2, 1)), RunOptions()
    members = fold_members(parts, options)
    assert [member(inputs).tolist() for member in members] == [[[4.0]] * 2, [[5.0]] * 2]
    linear = LinearVoters((network(10.0), network(20.0)), (1, 3), np.zeros((2, 1)), 0.1)
    members = fold_members(parts, options, linear)
    assert [member(inputs).tolist() for member in members] == [[[8.5]] * 2, [[16.25]] * 2]


def test_quantiles_are_scaled_around_their_median():
    errors = np.stack([LEVELS - 0.25, 3 * LEVELS])
    scaled = ErrorQuantiles(np.array([0.0, 1.0]), errors).scaled(np.array([0.5, 2.0])).errors
    np.testing.assert_allclose(scaled[0], 0.25 + 0.5 * (LEVELS - 0.5))
    np.testing.assert_allclose(scaled[1], 1.5 + 6 * (LEVELS - 0.5))


def test_intervals_of_a_mean_of_networks_are_narrower_than_the_errors_of_single_ones(monkeypatch):
    draw = np.random.default_rng(0)
    x = draw.standard_normal((1300, 5))
    table = {
        **{f"x{i}": x[:, i] for i in range(5)},
        "y": x[:, 0] * x[:, 1] + draw.normal(size=1300),
    }
    factors = []

    def noted(*arguments: Any) -> Any:
        factors.append(error_factors(*arguments))
        return np.ones_like(factors[-1])

    narrow = dr.train(table, "y", epochs=12).model
    monkeypatch.setattr(model_fitting, "error_factors", noted)
    wide = dr.train(table, "y", epochs=12).model
    assert len(factors[0]) == MAX_CENTERS  # the linear baseline has no folds
    assert (factors[0] > MIN_FACTOR).all()
    assert (factors[0] < 0.99).all()
    rows = {name: values[:50] for name, values in table.items()}
    quantiles = [
        model.predict(rows, quantiles=[0.05, 0.5, 0.95]).quantiles for model in (narrow, wide)
    ]
    inner, outer = (q[:, 2] - q[:, 0] for q in quantiles)
    assert (inner <= outer).all()
    typical = np.median(inner / outer)  # some ends are cut at the range of the targets
    assert factors[0].min() - 0.01 < typical < factors[0].max() + 0.01
    np.testing.assert_array_equal(quantiles[0][:, 1], quantiles[1][:, 1])
