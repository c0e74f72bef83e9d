"""Temperature scaling of probabilities whose temperature is known."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.table_model.temperature_scaling import (
    apply_temperature,
    ensemble_temperature,
    fit_temperature,
    mean_outputs,
    mean_probabilities,
)

RNG = np.random.default_rng(0)


def softmax(logits):
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def test_temperature_divides_the_logits():
    logits = RNG.normal(size=(5, 3))
    np.testing.assert_allclose(
        apply_temperature(softmax(logits), 2.0), softmax(logits / 2), rtol=1e-12
    )
    np.testing.assert_allclose(apply_temperature(softmax(logits), 1.0), softmax(logits), rtol=1e-12)


@pytest.mark.parametrize("true", [0.5, 1.0, 2.5])
def test_the_temperature_that_made_the_labels_is_found(true):
    logits = 3 * RNG.normal(size=(40_000, 3))
    truth = (softmax(logits / true).cumsum(axis=1) < RNG.random((40_000, 1))).sum(axis=1)
    assert fit_temperature(softmax(logits), truth) == pytest.approx(true, rel=0.05)


def test_a_row_of_weight_two_is_two_rows():
    p = softmax(RNG.normal(size=(60, 2)))
    truth = RNG.integers(0, 2, 60)
    weights = RNG.integers(1, 4, 60)
    twice = fit_temperature(np.repeat(p, weights, axis=0), np.repeat(truth, weights))
    assert fit_temperature(p, truth, weights) == pytest.approx(twice, rel=1e-6)


def test_probabilities_of_zero_stay_finite():
    p = np.tile([[1.0, 0.0]], (30, 1))
    truth = np.array([0] * 29 + [1])
    temperature = fit_temperature(p, truth)
    assert np.isfinite(np.log(apply_temperature(p, temperature))).all()


def test_few_rows_leave_the_temperature_at_one():
    assert fit_temperature(np.full((19, 2), 0.5), np.zeros(19, int)) == 1.0


def test_noise_averages_out_and_underconfidence_does_not():
    assert ensemble_temperature(1.8, 8) == pytest.approx(1.1)
    assert ensemble_temperature(1.8, 1) == pytest.approx(1.8)
    assert ensemble_temperature(0.7, 8) == 0.7


@pytest.mark.parametrize("classes", [2, 3, 4, 7, 8, 9, 30])
def test_the_compiled_mean_has_the_bits_of_numpy(classes):
    chance = np.random.default_rng(classes)
    for networks in (1, 2, 8):
        for rows in (0, 1, 2, 5, 1100):
            powers = np.exp(10 * chance.normal(size=(networks, rows, classes)))
            given = (powers / powers.sum(axis=-1, keepdims=True)).astype(np.float32)
            given[:, ::3, 0] = 0
            for temperature in (1.0, 1.37, 0.4):
                expected = mean_outputs(apply_temperature(given, temperature))
                assert mean_probabilities(given, temperature).tobytes() == expected.tobytes()
