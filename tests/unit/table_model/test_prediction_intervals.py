"""Error quantiles: by hand, and the coverage that conformal prediction guarantees."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.errors import ModelFileError, SettingError
from deltarule.table_model.prediction_intervals import (
    LEVELS,
    error_quantiles_from_arrays,
    fit_error_quantiles,
)

RNG = np.random.default_rng(0)


def test_order_statistics_by_hand():
    """Of 9 errors, ⌈10 · 0.9⌉ = 9: the largest; the lower end is its mirror, the middle the median."""
    errors = np.array([-4.0, -3, -2, -1, 0, 1, 2, 3, 9])
    found = fit_error_quantiles(np.zeros(9), errors)
    assert found.at(np.array([10.0]), [0.1, 0.5, 0.9]).tolist() == [[6.0, 10.0, 19.0]]
    assert found.at(np.array([0.0]), [0.8]).tolist() == [[3.0]]  # ⌈10 · 0.8⌉ = 8


def test_new_rows_have_the_nominal_coverage():
    """Lei et al. (2018), theorem 2.2: at least the nominal share, over draws of both samples."""
    shares = []
    for _ in range(300):
        learned, new = RNG.standard_t(3, size=(2, 100))
        ends = fit_error_quantiles(np.zeros(100), learned).at(np.zeros(100), [0.1, 0.9])
        shares.append(np.mean((new >= ends[:, 0]) & (new <= ends[:, 1])))
    assert 0.795 < np.mean(shares) < 0.83


def test_intervals_are_wider_where_errors_are_larger():
    x = RNG.uniform(0, 10, 20_000)
    truth = x + x * RNG.normal(size=20_000)
    found = fit_error_quantiles(x, truth)
    low, high = found.at(np.array([1.0, 9.0]), [0.05, 0.95]).T
    # 1.645 standard deviations of x on either side, of the rows up to an eighth of all away
    np.testing.assert_allclose(high - low, 2 * 1.645 * np.array([1.0, 9.0]), rtol=0.1)


def test_few_rows_show_where_errors_are_larger():
    """Their sizes differ, but all of 300 rows share one shape."""
    widths = []
    for _ in range(30):
        x = RNG.uniform(0, 10, 300)
        found = fit_error_quantiles(x, x + x * RNG.uniform(-1, 1, size=300))
        low, high = found.at(np.array([2.0, 5.0, 8.0]), [0.05, 0.95]).T
        widths.append(high - low)
    np.testing.assert_allclose(np.mean(widths, axis=0), [3.6, 9.0, 14.4], rtol=0.15)


def test_the_shape_of_the_errors_may_change():
    """Errors are above small and below large predictions."""
    x = RNG.uniform(-1, 1, 40_000)
    found = fit_error_quantiles(x, x - np.sign(x) * RNG.exponential(size=40_000))
    low, high = found.at(np.array([-0.5, 0.5]), [0.05, 0.95]).T - [-0.5, 0.5]
    np.testing.assert_allclose(low, [0.05, -3.0], atol=0.15)
    np.testing.assert_allclose(high, [3.0, -0.05], atol=0.15)


def test_rows_without_weight_count_nowhere():
    x = np.sort(RNG.normal(size=900))
    truth = x + RNG.normal(size=900)
    weights = (np.arange(900) < 500).astype(float)
    found = fit_error_quantiles(x, truth, weights)
    only = fit_error_quantiles(x[:500], truth[:500], weights[:500])
    np.testing.assert_array_equal(found.centers, only.centers)
    np.testing.assert_array_equal(found.errors, only.errors)
    none = fit_error_quantiles(x, truth, np.zeros(900))
    np.testing.assert_array_equal(none.errors, fit_error_quantiles(x, truth).errors)


def test_exact_and_extreme_predictions():
    x = np.linspace(0, 1, 700)
    assert not fit_error_quantiles(x, x).errors.any()
    truth = np.where(np.arange(700) % 2, 1.7e308, -1.7e308)
    found = fit_error_quantiles(x, truth)
    assert np.isfinite(found.errors).all()
    assert (found.errors[:, -1] > 8e307).all()
    same = fit_error_quantiles(np.zeros(700), x)
    ends = same.at(np.zeros(3), [0.05, 0.95])
    np.testing.assert_allclose(ends, [[0.05, 0.95]] * 3, atol=0.02)


def test_quantiles_do_not_cross():
    found = fit_error_quantiles(RNG.normal(size=500), RNG.normal(size=500))
    predicted = found.at(RNG.normal(size=50), LEVELS)
    assert (np.diff(predicted, axis=1) >= 0).all()


def test_a_row_of_weight_two_is_two_rows():
    errors = RNG.normal(size=150)
    weights = RNG.integers(1, 4, 150)
    weighted = fit_error_quantiles(np.zeros(150), errors, weights)
    repeated = fit_error_quantiles(np.zeros(weights.sum()), np.repeat(errors, weights))
    inside = (LEVELS > 0.1) & (LEVELS < 0.9)  # further out the number of rows widens the band
    spread = np.abs(weighted.errors[:, inside].mean(0) - repeated.errors[:, inside].mean(0))
    assert spread.max() < 0.15


@pytest.mark.parametrize("quantiles", [[0.0], [1.0], [0.5, np.nan], ["a"], [[0.5]]])
def test_impossible_levels_are_refused(quantiles):
    found = fit_error_quantiles(np.zeros(9), np.arange(9.0))
    with pytest.raises(SettingError, match=r"`quantiles` must be numbers from 0.005 to 0.995"):
        found.at(np.zeros(1), quantiles)


def test_arrays_round_trip_and_damaged_arrays_are_refused():
    found = fit_error_quantiles(np.arange(400.0), RNG.normal(size=400))
    again = error_quantiles_from_arrays(found.arrays(), "m")
    np.testing.assert_array_equal(again.errors, found.errors)
    assert error_quantiles_from_arrays({}, "m") is None
    for damage in (
        {"errors.centers": None},
        {"errors.centers": found.centers[::-1]},
        {"errors.quantiles": found.errors[:, :5]},
        {"errors.quantiles": found.errors * np.nan},
        {"errors.quantiles": -found.errors},
    ):
        arrays = {k: v for k, v in (found.arrays() | damage).items() if v is not None}
        with pytest.raises(ModelFileError, match="m holds invalid error quantiles"):
            error_quantiles_from_arrays(arrays, "m")
