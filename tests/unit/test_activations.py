"""Activations: values from closed forms and mpmath, derivatives from differences, extremes."""

from __future__ import annotations

import math

import numpy as np
import pytest

from deltarule.activations import (
    ACTIVATIONS,
    ELU,
    GELU,
    SELU,
    Activation,
    Elementwise,
    Exponential,
    Identity,
    LeakyReLU,
    Mish,
    ReLU,
    Sigmoid,
    Sign,
    SiLU,
    Softmax,
    Softplus,
    Step,
    Tanh,
)
from deltarule.errors import SettingError

MEMBERS = [member() for member in ACTIVATIONS.members.values()]
ELEMENTWISE = [member for member in MEMBERS if isinstance(member, Elementwise)]
SMOOTH_POINTS = np.array([-30.0, -3.0, -0.7, -1e-3, 1e-3, 0.4, 2.0, 8.0])


@pytest.mark.parametrize(
    ("activation", "z", "value"),
    [
        (Identity(), -2.5, -2.5),
        (Sign(), 0.0, 0.0),
        (Sign(), -3.0, -1.0),
        (Step(), 0.0, 1.0),
        (Step(), -1e-300, 0.0),
        (Sigmoid(), 0.0, 0.5),
        (Sigmoid(), math.log(3), 0.75),
        (Sigmoid(), -math.log(3), 0.25),
        (Tanh(), math.log(2), 0.6),  # (2 − ½) / (2 + ½)
        (ReLU(), -2.0, 0.0),
        (LeakyReLU(), -2.0, -0.02),
        (ELU(), -math.log(2), -0.5),
        (ELU(3.0), -math.log(2), -1.5),
        (SELU(), 1.0, 1.0507009873554805),
        (
            SELU(),
            -math.log(2),
            -1.7580993408473766 / 2,
        ),  # λα = 1.7580993408473766, Klambauer et al.
        (GELU(), 1.0, 0.8413447460685429),  # Φ(1)
        (GELU(), -1.0, -0.15865525393145707),
        (GELU(), -6.0, -6 * 9.865876450376946e-10),  # Φ(−6), where ½ (1 + erf) would keep 7 digits
        (SiLU(), math.log(3), 0.75 * math.log(3)),
        (Mish(), 0.0, 0.0),
        (Mish(), 1.0, ((1 + math.e) ** 2 - 1) / ((1 + math.e) ** 2 + 1)),  # tanh of a logarithm
        (Softplus(), 0.0, math.log(2)),
        (Exponential(), 1.0, math.e),
    ],
    ids=str,
)
def test_values_of_closed_forms(activation: Activation, z: float, value: float) -> None:
    assert activation(np.array([z]))[0] == pytest.approx(value, rel=1e-14)


def test_softmax_of_logarithms_of_probabilities_is_the_probabilities() -> None:
    shares = np.array([[0.2, 0.3, 0.5], [0.9, 0.05, 0.05]])
    np.testing.assert_allclose(Softmax()(np.log(shares) + 7), shares, rtol=1e-14)


def test_softmax_of_equal_logits_is_uniform_at_any_size() -> None:
    for size in (0.0, 1e4, -1e4, 1e300):
        np.testing.assert_allclose(Softmax()(np.full((1, 4), size)), 0.25)


def test_softmax_rows_sum_to_one_and_its_slopes_to_zero() -> None:
    random = np.random.default_rng(0)
    z = random.normal(0, 3, (6, 5))
    np.testing.assert_allclose(Softmax()(z).sum(axis=1), 1)
    slopes = Softmax().backward(z, random.normal(0, 1, (6, 5)))
    np.testing.assert_allclose(slopes.sum(axis=1), 0, atol=1e-15)


def test_known_relations() -> None:
    """σ(z) + σ(−z) = 1, tanh(z) = 2 σ(2z) − 1, softplus(z) − softplus(−z) = z, GELU the same."""
    z = np.linspace(-20, 20, 401)
    np.testing.assert_allclose(Sigmoid()(z) + Sigmoid()(-z), 1, rtol=1e-15)
    np.testing.assert_allclose(Tanh()(z), 2 * Sigmoid()(2 * z) - 1, atol=1e-15)
    for activation in (Softplus(), GELU(), SiLU(), ReLU()):
        np.testing.assert_allclose(activation(z) - activation(-z), z, atol=1e-14)


@pytest.mark.parametrize("activation", ELEMENTWISE, ids=str)
def test_derivatives_are_the_slopes_of_the_values(activation: Elementwise) -> None:
    """Central differences of fourth order at points away from kinks."""
    z, h = SMOOTH_POINTS, 1e-4
    g = activation
    slope = (g(z - 2 * h) - 8 * g(z - h) + 8 * g(z + h) - g(z + 2 * h)) / (12 * h)
    np.testing.assert_allclose(activation.derivative(z), slope, rtol=1e-9, atol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", MEMBERS, ids=str)
def test_shape_and_dtype_are_kept_and_the_input_untouched(
    activation: Activation, dtype: type
) -> None:
    z = np.linspace(-2, 2, 12).reshape(4, 3).astype(dtype)
    before = z.copy()
    results = [activation(z), activation.backward(z, np.ones_like(z))]
    if isinstance(activation, Elementwise):
        results.append(activation.derivative(z))
    for result in results:
        assert result.shape == z.shape
        assert result.dtype == z.dtype
        assert not np.shares_memory(result, z)
    assert np.array_equal(z, before)


@pytest.mark.parametrize("activation", [a for a in MEMBERS if a.kind != "exponential"], ids=str)
def test_huge_inputs_do_not_overflow(activation: Activation) -> None:
    """±1e4: no warning (they are errors here), no NaN, no infinity."""
    for dtype in (np.float32, np.float64):
        z = np.array([[1e4, -1e4, 0.0]], dtype)
        assert np.isfinite(activation(z)).all()
        assert np.isfinite(activation.backward(z, np.ones_like(z))).all()


def test_the_tails_of_the_sigmoid_and_its_slope_do_not_cancel() -> None:
    """σ(−40) = e⁻⁴⁰ / (1 + e⁻⁴⁰), and σ′(±40) = e⁻⁴⁰ / (1 + e⁻⁴⁰)²: where 1 − σ(40) would be 0."""
    tail = math.exp(-40)
    z = np.array([-40.0, 40.0])
    assert Sigmoid()(z)[0] == pytest.approx(tail, rel=1e-14)
    np.testing.assert_allclose(Sigmoid().derivative(z), tail, rtol=1e-14)
    assert Softplus()(z)[0] == pytest.approx(tail, rel=1e-14)


@pytest.mark.parametrize("activation", [a for a in MEMBERS if a.kind != "step"], ids=str)
def test_nan_stays_nan(activation: Activation) -> None:
    """A broken number must not turn into a good one on its way (Step compares: NaN ≥ 0 is false)."""
    assert np.isnan(activation(np.array([[np.nan, 1.0]]))[0, 0])


@pytest.mark.parametrize("make", [lambda: LeakyReLU(math.nan), lambda: ELU("a"), lambda: ELU(True)])  # type: ignore[arg-type]
def test_settings_that_are_not_numbers_are_refused(make: object) -> None:
    with pytest.raises(SettingError, match=r"must be a finite number, got"):
        make()  # type: ignore[operator]
