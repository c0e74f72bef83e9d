"""Losses: closed forms, hand calculations, and agreement of the form in logits with the plain one."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest
from scipy import special, stats

from deltarule.activations import ACTIVATIONS
from deltarule.losses import (
    LOSSES,
    BinaryCrossEntropy,
    BinaryFocalCrossEntropy,
    CategoricalCrossEntropy,
    CategoricalFocalCrossEntropy,
    CategoricalHinge,
    CosineSimilarity,
    Hinge,
    Huber,
    KLDivergence,
    LogCosh,
    Loss,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    Quantile,
    SquaredHinge,
)

MEMBERS = [member() for member in LOSSES.members.values()]
FUSED = [loss for loss in MEMBERS if loss.fused_with]


def one(loss: Loss, predictions: list[float], targets: list[float]) -> float:
    """Return the loss of one row."""
    return float(loss.values(np.array([predictions]), np.array([targets]))[0])


def test_values_by_hand() -> None:
    """Errors 1 and −3, or what the loss takes."""
    y, p = [2.0, 5.0], [3.0, 2.0]
    assert one(MeanSquaredError(), p, y) == 5.0  # (1 + 9) / 2
    assert one(MeanAbsoluteError(), p, y) == 2.0  # (1 + 3) / 2
    assert one(Huber(), p, y) == 1.5  # (½ + 3 − ½) / 2
    assert one(Huber(delta=2.0), p, y) == 2.25  # (½ + 2 (3 − 1)) / 2
    assert one(Quantile(0.9), p, y) == pytest.approx((0.1 * 1 + 0.9 * 3) / 2)
    assert one(Hinge(), [0.3, -2.0], [1.0, 1.0]) == pytest.approx((0.7 + 3.0) / 2)
    assert one(Hinge(), [1.5, -2.0], [1.0, -1.0]) == 0.0
    assert one(BinaryCrossEntropy(), [0.25], [1.0]) == pytest.approx(math.log(4))
    assert one(CategoricalCrossEntropy(), [0.5, 0.25, 0.25], [0, 1, 0]) == pytest.approx(
        math.log(4)
    )
    assert one(Poisson(), [math.e], [2.0]) == pytest.approx(math.e - 2, abs=1e-6)
    assert one(SquaredHinge(), [0.3, -2.0], [1.0, 1.0]) == pytest.approx((0.49 + 9.0) / 2)
    assert one(CategoricalHinge(), [0.5, 2.0, 1.0], [1, 0, 0]) == 2.5  # 1 + 2 − 0.5
    assert one(CategoricalHinge(), [0.5, -2.0, -1.0], [1, 0, 0]) == 0.5  # the own class counts as 0
    assert one(MeanAbsolutePercentageError(), p, y) == pytest.approx(100 * (1 / 2 + 3 / 5) / 2)
    assert one(MeanSquaredLogarithmicError(), [3.0], [0.0]) == pytest.approx(math.log(4) ** 2)
    assert one(LogCosh(), [1.0], [3.0]) == pytest.approx(math.log(math.cosh(2.0)))
    assert one(CosineSimilarity(), [3.0, 4.0], [4.0, 3.0]) == pytest.approx(-24 / 25)
    assert one(KLDivergence(), [0.25, 0.75], [0.5, 0.5]) == pytest.approx(0.5 * math.log(4 / 3))


def test_relative_losses_beyond_their_range_are_finite_as_in_keras() -> None:
    """Numbers below 1e-7 count as 1e-7: a prediction below 0 has no slope, a target of 0 a huge loss."""
    p, y = np.array([[-3.0]]), np.array([[1.0]])
    assert MeanSquaredLogarithmicError().values(p, y)[0] == pytest.approx(math.log(2) ** 2)
    assert MeanSquaredLogarithmicError().gradient(p, y).tolist() == [[0]]
    assert MeanAbsolutePercentageError().values(y, 0 * y)[0] == pytest.approx(1e9)
    assert np.isfinite(CosineSimilarity().gradient(0 * p, y)).all()


def test_log_cosh_lies_between_the_square_and_the_absolute_error() -> None:
    e = np.array([[1e-4], [1e4]])
    small, large = LogCosh().values(e, 0 * e)
    assert small == pytest.approx(0.5e-8, rel=1e-6)
    assert large == 1e4 - math.log(2)


def test_focal_losses_without_focus_are_cross_entropies() -> None:
    random = np.random.default_rng(7)
    z, y = random.normal(0, 2, (6, 4)), np.eye(4)[random.integers(0, 4, 6)]
    for focal, plain in (
        (BinaryFocalCrossEntropy(gamma=0.0), BinaryCrossEntropy()),
        (BinaryFocalCrossEntropy(0.2, gamma=0.0), BinaryCrossEntropy(0.2)),
        (CategoricalFocalCrossEntropy(gamma=0.0, alpha=1.0), CategoricalCrossEntropy()),
    ):
        assert focal.values_from_logits(z, y) == pytest.approx(plain.values_from_logits(z, y))
        expected = plain.gradient_from_logits(z, y)
        assert focal.gradient_from_logits(z, y) == pytest.approx(expected, abs=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("gamma", [0.0, 0.5, 2.0])
def test_focal_losses_of_huge_logits(dtype: type, gamma: float) -> None:
    """A right answer costs nothing, a wrong one as much as the cross-entropy; nothing is NaN."""
    z, y = np.array([[1e3], [1e3]], dtype), np.array([[1], [0]], dtype)
    loss = BinaryFocalCrossEntropy(gamma=gamma)
    assert loss.values_from_logits(z, y).tolist() == [0, 1e3]
    assert loss.gradient_from_logits(z, y).ravel().tolist() == [0, 1]
    rows, own = np.array([[1e3, 0], [1e3, 0]], dtype), np.eye(2, dtype=dtype)
    several = CategoricalFocalCrossEntropy(gamma=gamma, alpha=1.0)
    assert several.values_from_logits(rows, own).tolist() == [0, 1e3]
    assert several.gradient_from_logits(rows, own).tolist() == [[0, 0], [1, -1]]


def test_class_balancing_weighs_the_classes() -> None:
    z, y = np.zeros((2, 1)), np.array([[1.0], [0.0]])
    plain = BinaryFocalCrossEntropy().values_from_logits(z, y)
    balanced = BinaryFocalCrossEntropy(alpha=0.25).values_from_logits(z, y)
    assert (balanced / plain).tolist() == pytest.approx([0.25, 0.75])


def test_half_quantile_is_half_the_absolute_error() -> None:
    random = np.random.default_rng(0)
    p, y = random.normal(0, 1, (2, 9, 3))
    absolute = MeanAbsoluteError().values(p, y)
    np.testing.assert_allclose(Quantile(0.5).values(p, y), absolute / 2)


def test_huber_lies_between_square_and_absolute() -> None:
    """Wide it is half the squared error, narrow it is δ times the absolute one."""
    random = np.random.default_rng(0)
    p, y = random.normal(0, 1, (2, 9, 3))
    np.testing.assert_allclose(Huber(1e6).values(p, y), MeanSquaredError().values(p, y) / 2)
    narrow = Huber(1e-9).values(p, y) / 1e-9
    np.testing.assert_allclose(narrow, MeanAbsoluteError().values(p, y), rtol=1e-6)


@pytest.mark.parametrize("classes", [2, 10, 1000])
def test_uniform_logits_cost_log_k(classes: int) -> None:
    loss = CategoricalCrossEntropy()
    values = loss.values_from_logits(np.zeros((3, classes)), np.eye(classes)[[0, 1, 1]])
    np.testing.assert_allclose(values, math.log(classes), rtol=1e-14)


def test_a_logit_of_zero_costs_log_two() -> None:
    loss = BinaryCrossEntropy()
    for target in (0.0, 0.3, 1.0):
        value = loss.values_from_logits(np.zeros((1, 1)), np.array([[target]]))
        assert value[0] == pytest.approx(math.log(2))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_binary_cross_entropy_of_huge_logits(dtype: type) -> None:
    """−y log σ(z) is e⁻ᶻ ≈ 0 on the right side and |z| on the wrong one."""
    z = np.array([[1e4], [1e4], [-1e4], [-1e4]], dtype)
    y = np.array([[1], [0], [1], [0]], dtype)
    loss = BinaryCrossEntropy()
    assert loss.values_from_logits(z, y).tolist() == [0, 1e4, 1e4, 0]
    assert loss.gradient_from_logits(z, y).ravel().tolist() == [0, 1, -1, 0]


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_categorical_cross_entropy_of_huge_logits(dtype: type) -> None:
    z = np.array([[1e4, -1e4, 0], [1e4, -1e4, 0]], dtype)
    y = np.array([[1, 0, 0], [0, 1, 0]], dtype)
    loss = CategoricalCrossEntropy()
    assert loss.values_from_logits(z, y).tolist() == [0, 2e4]
    assert loss.gradient_from_logits(z, y).tolist() == [[0, 0, 0], [1, -1, 0]]


def test_small_losses_keep_their_digits() -> None:
    """At z = 40 the loss is log(1 + e⁻⁴⁰) = 4.248e-18: a difference of large numbers would say 0."""
    value = BinaryCrossEntropy().values_from_logits(np.array([[40.0]]), np.array([[1.0]]))
    assert value[0] == pytest.approx(math.log1p(math.exp(-40)), rel=1e-14)


def targets_for(loss: Loss, random: Any) -> Any:
    """Return targets that the loss takes, shape (7, 4)."""
    if isinstance(loss, CategoricalCrossEntropy | KLDivergence | CategoricalHinge):
        return random.dirichlet(np.ones(4), 7)
    return random.random((7, 4))


@pytest.mark.parametrize("loss", FUSED, ids=str)
def test_the_form_in_logits_is_the_plain_form_of_the_activation(loss: Loss) -> None:
    """As close as the floor under probabilities, 1e-7, allows."""
    random = np.random.default_rng(3)
    z = random.normal(0, 2, (7, 4))
    y = targets_for(loss, random)
    activation = ACTIVATIONS.resolve(loss.fused_with, "test")
    plain = loss.values(activation(z), y)
    np.testing.assert_allclose(loss.values_from_logits(z, y), plain, rtol=1e-5)
    through = activation.backward(z, loss.gradient(activation(z), y))
    np.testing.assert_allclose(loss.gradient_from_logits(z, y), through, rtol=1e-4, atol=1e-6)


def test_cross_entropies_equal_those_of_scipy() -> None:
    random = np.random.default_rng(4)
    z = random.normal(0, 3, (6, 5))
    y = random.dirichlet(np.ones(5), 6)
    expected = -(y * special.log_softmax(z, axis=1)).sum(axis=1)
    got = CategoricalCrossEntropy().values_from_logits(z, y)
    np.testing.assert_allclose(got, expected, rtol=1e-13)
    t = random.random((6, 5))
    expected = -(t * special.log_expit(z) + (1 - t) * special.log_expit(-z)).mean(axis=1)
    np.testing.assert_allclose(BinaryCrossEntropy().values_from_logits(z, t), expected, rtol=1e-13)


def test_poisson_is_the_negative_log_likelihood_without_its_constant() -> None:
    random = np.random.default_rng(5)
    z, y = random.normal(0, 1, (6, 3)), random.poisson(2, (6, 3)).astype(float)
    expected = -(stats.poisson.logpmf(y, np.exp(z)) + special.gammaln(y + 1)).mean(axis=1)
    np.testing.assert_allclose(Poisson().values_from_logits(z, y), expected, rtol=1e-12)


def test_label_smoothing_by_hand() -> None:
    """s = 0.2, two outputs: y = (1, 0) becomes (0.9, 0.1); binary 1 becomes 0.9."""
    z = np.array([[0.3, -0.4]])
    hard, soft = np.array([[1.0, 0.0]]), np.array([[0.9, 0.1]])
    for loss in (CategoricalCrossEntropy, BinaryCrossEntropy):
        smoothed = loss(label_smoothing=0.2)
        expected = loss().values_from_logits(z, soft)
        np.testing.assert_allclose(smoothed.values_from_logits(z, hard), expected, rtol=1e-14)
        assert smoothed.for_evaluation() == loss()


def test_losses_that_do_not_smooth_measure_as_they_train() -> None:
    for loss in MEMBERS:
        if not hasattr(loss, "label_smoothing"):
            assert loss.for_evaluation() is loss


def test_kinks_have_no_slope() -> None:
    """At ŷ = y the absolute and the quantile loss have no derivative: theirs is 0, no update."""
    y = np.array([[0.0, 1.0]])
    assert MeanAbsoluteError().gradient(y, y).tolist() == [[0, 0]]
    assert Quantile(0.9).gradient(y, y).tolist() == [[0, 0]]


@pytest.mark.parametrize("loss", [BinaryCrossEntropy(), CategoricalCrossEntropy()], ids=str)
def test_a_probability_of_zero_costs_minus_log_of_the_floor(loss: Loss) -> None:
    """As in Keras: −log 1e-7 = 16.118, and no infinity."""
    p, y = np.array([[0.0, 1.0]]), np.array([[1.0, 0.0]])
    assert loss.values(p, y)[0] == pytest.approx(-math.log(1e-7), rel=1e-6)
    assert np.isfinite(loss.gradient(p, y)).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("loss", MEMBERS, ids=str)
def test_shapes_and_dtypes(loss: Loss, dtype: type) -> None:
    random = np.random.default_rng(6)
    p = random.uniform(0.1, 0.9, (7, 4)).astype(dtype)
    y = targets_for(loss, random).astype(dtype)
    pairs = [(loss.values(p, y), loss.gradient(p, y))]
    if loss.fused_with:
        pairs.append((loss.values_from_logits(p, y), loss.gradient_from_logits(p, y)))
    for values, gradient in pairs:
        assert (values.shape, values.dtype) == ((7,), dtype)
        assert (gradient.shape, gradient.dtype) == ((7, 4), dtype)


def test_only_fused_losses_have_a_form_in_logits() -> None:
    z = np.zeros((1, 2))
    for loss in MEMBERS:
        if not loss.fused_with:
            with pytest.raises(NotImplementedError):
                loss.values_from_logits(z, z)
