"""Initializers: moments, bounds and orthogonality, at sizes where chance is small."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from deltarule._common.random import Purpose
from deltarule.errors import SettingError
from deltarule.initializers import (
    INITIALIZERS,
    Constant,
    Glorot,
    He,
    Initializer,
    LeCun,
    Normal,
    Orthogonal,
    TruncatedNormal,
    Uniform,
    UnitVariance,
    VarianceScaling,
    Zeros,
)

SHAPE = (120, 80)


def sample(initializer: Initializer, shape: tuple[int, ...] = SHAPE, seed: int = 1) -> np.ndarray:
    """Return weights of the first layer."""
    return initializer.sample(shape, seed, Purpose.INITIAL_WEIGHTS, 0)


def test_constants() -> None:
    assert not sample(Zeros()).any()
    assert (sample(Constant(0.3)) == 0.3).all()


def test_uniform_fills_its_interval() -> None:
    values = sample(Uniform(-0.2, 0.6)).ravel()
    assert stats.kstest(values, stats.uniform(-0.2, 0.8).cdf).pvalue > 0.01


def test_normal_has_its_mean_and_deviation() -> None:
    values = sample(Normal(0.5, 0.1)).ravel()
    assert stats.kstest(values, stats.norm(0.5, 0.1).cdf).pvalue > 0.01


def test_truncated_normal_has_the_distribution_of_scipy() -> None:
    values = sample(TruncatedNormal(0.5, 0.1)).ravel()
    assert stats.kstest(values, stats.truncnorm(-2, 2, 0.5, 0.1).cdf).pvalue > 0.01
    assert np.abs(values - 0.5).max() <= 0.2


@pytest.mark.parametrize("distribution", ["uniform", "normal"])
@pytest.mark.parametrize(
    ("member", "variance"), [(Glorot, 2 / 200), (He, 2 / 120), (LeCun, 1 / 120)]
)
def test_variance_fits_the_layer(
    member: type[VarianceScaling], variance: float, distribution: str
) -> None:
    """120 inputs, 80 units. U(−a, a) has variance a²/3, so its limit is √(3 · variance)."""
    values = sample(member(distribution)).ravel()
    deviation = math.sqrt(variance)
    if distribution == "uniform":
        limit = math.sqrt(3) * deviation
        truth = stats.uniform(-limit, 2 * limit).cdf
        assert np.abs(values).max() <= limit
    else:
        truth = stats.norm(0, deviation).cdf
    assert stats.kstest(values, truth).pvalue > 0.01
    assert values.var() == pytest.approx(variance, rel=0.05)


@pytest.mark.parametrize("shape", [(6, 6), (9, 4), (4, 9), (1, 5), (5, 1)])
def test_orthogonal_has_orthonormal_rows_or_columns(shape: tuple[int, int]) -> None:
    q = sample(Orthogonal(2.0), shape) / 2
    product = q.T @ q if shape[0] >= shape[1] else q @ q.T
    np.testing.assert_allclose(product, np.eye(min(shape)), atol=1e-14)


def test_orthogonal_is_uniform_over_rotations_and_reflections() -> None:
    """Half of all 2 × 2 orthogonal matrices are reflections, and angles are uniform (Mezzadri 2007)."""
    matrices = [sample(Orthogonal(), (2, 2), seed) for seed in range(400)]
    signs = np.array([np.linalg.det(m) > 0 for m in matrices])
    assert 150 < signs.sum() < 250
    angles = [math.atan2(m[1, 0], m[0, 0]) for m in matrices]
    assert stats.kstest(angles, stats.uniform(-math.pi, 2 * math.pi).cdf).pvalue > 0.01


@pytest.mark.parametrize("member", INITIALIZERS.members.values(), ids=lambda m: m.__name__)
def test_the_same_arguments_give_the_same_values_and_other_arguments_others(
    member: type[Initializer],
) -> None:
    initializer = member()
    first = initializer.sample((5, 4), 3, Purpose.INITIAL_WEIGHTS, 2)
    assert first.dtype == np.float64
    assert first.shape == (5, 4)
    assert np.array_equal(first, initializer.sample((5, 4), 3, Purpose.INITIAL_WEIGHTS, 2))
    if initializer.kind not in ("zeros", "constant", "he_plus"):
        for seed, purpose, layer in (
            (4, Purpose.INITIAL_WEIGHTS, 2),
            (3, Purpose.INITIAL_BIASES, 2),
            (3, Purpose.INITIAL_WEIGHTS, 1),
        ):
            assert not np.array_equal(first, initializer.sample((5, 4), seed, purpose, layer))
    assert initializer.sample((7,), 0, Purpose.INITIAL_BIASES, 0).shape == (7,)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Uniform(0.5, 0.1), "`Uniform.high` must be at least 0.5, got 0.1."),
        (lambda: Normal(0, -1), "`Normal.standard_deviation` must be at least 0, got -1."),
        (lambda: Constant(math.inf), "`Constant.value` must be a finite number, got inf."),
        (lambda: Orthogonal("big"), "`Orthogonal.gain` must be a finite number, got 'big'."),  # type: ignore[arg-type]
        (
            lambda: Glorot("nornal"),
            "`Glorot.distribution` must be one of uniform, normal; got 'nornal'. Did you mean 'normal'?",
        ),
    ],
)
def test_settings_out_of_range(make: object, sentence: str) -> None:
    with pytest.raises(SettingError) as caught:
        make()  # type: ignore[operator]
    assert str(caught.value) == sentence


def test_unit_variance_with_rows_of_two_kinds_keeps_all_units_in_proportion():
    """One unit's sum is nearly the same for both kinds of rows: its weights grow tenfold at most."""
    sums = np.where(np.arange(100)[:, None] % 2 == 0, 1.0, -1.0) * [1.0, 2.0, 1e-4, 0.0]
    weights = np.ones((3, 4))
    UnitVariance().look(weights, sums, seed=0, layer=0)
    np.testing.assert_allclose(weights[0], [1.0, 0.5, 1 / (0.1 * sums.std(axis=0).mean()), 1.0])
