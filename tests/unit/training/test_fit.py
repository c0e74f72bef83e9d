"""fit on arrays: truths from closed forms, hand calculations and SciPy."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import deltarule as dr
from deltarule.errors import DataError, SettingError, ShapeError
from deltarule.losses import MeanSquaredError
from deltarule.optimizers import LBFGS, Adam, GradientDescent
from deltarule.parameters import Parameters
from deltarule.sampling import FullBatch, MiniBatches, SingleSample
from deltarule.schedules import OneCycle, OnPlateau
from deltarule.stopping import NoProgress, StopReason, TargetReached, TimeLimit
from deltarule.training.divergence import Advice

LINE = dr.Network([dr.Dense(1)])


@pytest.fixture(scope="module")
def line() -> tuple[np.ndarray, np.ndarray]:
    """Rows of y = 3 x₁ − 2 x₂ + 1, without noise."""
    X = np.random.default_rng(0).standard_normal((200, 2))
    return X, X @ np.array([3.0, -2.0]) + 1


@pytest.fixture(scope="module")
def noisy(line: tuple[np.ndarray, np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    X, y = line
    return X, y + np.random.default_rng(1).standard_normal(len(y))


def ridge(X: np.ndarray, y: np.ndarray, l2: float, w: np.ndarray | None = None) -> np.ndarray:
    """The closed form of 1/n Σ w (x·β + b − y)² + l2 ‖β‖²; returns (β₁, β₂, b)."""
    w = np.ones(len(y)) if w is None else w / w.mean()
    A = np.column_stack([X, np.ones(len(y))])
    penalty = np.diag([l2, l2, 0.0]) * len(y)
    return np.linalg.solve(A.T @ (A * w[:, None]) + penalty, A.T @ (w * y))


def found(result: dr.TrainingResult) -> np.ndarray:
    return result.network.parameters.flat()


def test_gradient_descent_finds_least_squares(noisy):
    result = dr.fit(
        LINE, *noisy, optimizer=GradientDescent(0.2), sampling=FullBatch(), epochs=200,
        dtype="float64",
    )  # fmt: skip
    np.testing.assert_allclose(found(result), ridge(*noisy, 0.0), rtol=1e-9)


def test_lbfgs_finds_ridge_with_sample_weights(noisy):
    X, y = noisy
    w = np.random.default_rng(2).uniform(0, 3, len(y))
    network = dr.Network([dr.Dense(1, l2=0.3)])
    result = dr.fit(
        network, X, y, optimizer=LBFGS(gradient_tolerance=1e-10), sample_weight=w, epochs=100
    )
    np.testing.assert_allclose(found(result), ridge(X, y, 0.3, w), rtol=1e-6)
    assert result.reason is StopReason.CONVERGED


def test_logistic_regression_agrees_with_scipy(line):
    from scipy.optimize import minimize

    X = line[0]
    y = (line[1] + np.random.default_rng(3).standard_normal(len(X)) > 0).astype(float)
    A = np.column_stack([X, np.ones(len(X))])

    def cost(b: np.ndarray) -> float:
        return float(np.logaddexp(0, A @ b).mean() - (y * (A @ b)).mean() + 0.01 * b[:2] @ b[:2])

    best = minimize(cost, np.zeros(3), tol=1e-12).x
    network = dr.Network([dr.Dense(1, "sigmoid", l2=0.01)])
    result = dr.fit(network, X, y, optimizer=LBFGS(gradient_tolerance=1e-9))
    np.testing.assert_allclose(found(result), best, atol=1e-4)


def test_one_update_by_hand():
    # ŷ = w x + b from w = 1, b = 0 at x = 2, y = 5: ŷ − y = −3, ∂J/∂w = 2·(−3)·2 = −12, ∂J/∂b = −6.
    start = Parameters((np.array([[1.0]]),), (np.array([0.0]),))
    result = dr.fit(
        LINE, [[2.0]], [5.0], optimizer=GradientDescent(0.1), sampling=FullBatch(), epochs=1,
        initial_parameters=start, dtype="float64",
    )  # fmt: skip
    np.testing.assert_allclose(found(result), [1 + 1.2, 0.6])
    assert result.history.training_loss[0] == pytest.approx(9.0)


@pytest.mark.parametrize("sampling", [FullBatch(), MiniBatches(8), SingleSample()], ids=repr)
def test_every_sampling_learns_the_line(line, sampling):
    result = dr.fit(
        LINE, *line, optimizer=GradientDescent(0.05), sampling=sampling, epochs=150,
        dtype="float64",
    )  # fmt: skip
    np.testing.assert_allclose(found(result), [3, -2, 1], atol=1e-4)


def test_xor_needs_its_hidden_layer():
    X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], [0.0, 1.0, 1.0, 0.0]
    deep = dr.Network([dr.Dense(8, "tanh"), dr.Dense(1, "sigmoid")])
    flat = dr.Network([dr.Dense(1, "sigmoid")])
    learned = dr.fit(deep, X, y, optimizer=Adam(0.05), epochs=500, seed=1)
    missed = dr.fit(flat, X, y, optimizer=Adam(0.05), epochs=500, seed=1)
    assert (learned.network.predict(X)[:, 0].round() == y).all()
    # No line separates them: the best linear output is one half, with a loss of log 2.
    assert missed.history.training_loss[-1] == pytest.approx(np.log(2), abs=2e-3)


def test_target_stops_at_the_first_epoch_that_reaches_it(line):
    result = dr.fit(LINE, *line, optimizer=Adam(0.1), stopping=TargetReached(0.5), epochs=500)
    losses = result.history.training_loss
    assert result.reason is StopReason.TARGET_REACHED
    assert losses[-1] <= 0.5 < losses[:-1].min()
    assert f"epoch {len(losses)}" in result.explanation


def test_patience_keeps_the_best_weights(noisy):
    X, y = noisy
    wide = dr.Network([dr.Dense(64, "relu"), dr.Dense(1)])
    result = dr.fit(
        wide, X[:40], y[:40], validation_data=(X[40:], y[40:]), optimizer=Adam(0.01), epochs=3000,
        stopping=NoProgress(30),
    )  # fmt: skip
    losses = result.history.validation_loss
    assert result.reason is StopReason.NO_PROGRESS
    assert result.kept_epoch == losses.argmin() + 1 == len(losses) - 30
    mean_square = np.square(result.network.predict(X[40:])[:, 0] - y[40:]).mean()
    assert mean_square == pytest.approx(losses.min(), rel=1e-5)


def test_time_limit_is_kept(line):
    result = dr.fit(LINE, *line, stopping=TimeLimit(0.2), epochs=10**9)
    assert result.reason is StopReason.TIME_LIMIT
    assert 0.2 <= result.seconds < 2


def test_divergence_reports_its_place_and_keeps_the_last_good_weights(line):
    result = dr.fit(LINE, *line, optimizer=GradientDescent(1e9), sampling=FullBatch(), epochs=50)
    assert result.reason is StopReason.DIVERGED
    assert "epoch 2, step 1, in layer dense_1" in result.explanation
    assert "smaller learning rate (it was 1e+09)" in result.explanation
    assert np.isfinite(found(result)).all()
    assert result.kept_epoch == 1


def test_divergence_is_a_value_with_its_place_and_advice(line):
    network = dr.Network([dr.Dense(4, "relu", name="first"), dr.Dense(1)], 2)
    optimizer = GradientDescent(1e9)
    divergence = dr.fit(network, *line, optimizer=optimizer, sampling=FullBatch()).divergence
    assert (divergence.epoch, divergence.step, divergence.kept_epoch) == (2, 1, 1)
    assert divergence.layer_name == network.blocks[divergence.layer].name
    advice = {advice.setting: advice for advice in divergence.advice}
    assert advice["learning_rate"] == Advice("learning_rate", 1e8, 1e9)
    assert advice["clip_norm"] == Advice("clip_norm", 1.0)
    assert advice["inputs"].suggested == "standardized"
    assert "or standardized inputs" in divergence.explain()
    assert "clipnorm=1" in divergence.explain(lambda name: name.replace("clip_norm", "clipnorm"))
    clipped = replace(optimizer, clip_norm=1e300)
    divergence = dr.fit(network, *line, optimizer=clipped, sampling=FullBatch()).divergence
    assert "clip_norm" not in divergence.explain()
    assert dr.fit(network, *line, epochs=1).divergence is None


def test_plateau_lowers_the_rate(noisy):
    rate = OnPlateau(0.1, factor=0.5, patience_epochs=3, min_improvement=1e-3)
    result = dr.fit(LINE, *noisy, optimizer=GradientDescent(rate), sampling=FullBatch(), epochs=300)
    rates = np.unique(result.history.learning_rate)
    assert len(rates) > 2
    np.testing.assert_allclose(np.log2(0.1 / rates) % 1, 0, atol=1e-9)


def test_callbacks_see_each_epoch_and_can_stop(line):
    seen = []

    def stop_at_seven(event) -> bool:
        seen.append((event.epoch, event.training_loss, event.current_parameters().flat()))
        return event.epoch == 7

    result = dr.fit(LINE, *line, epochs=100, callbacks=[stop_at_seven])
    assert [epoch for epoch, _, _ in seen] == list(range(1, 8))
    assert result.reason is StopReason.CALLBACK
    np.testing.assert_array_equal(seen[-1][2], found(result))
    assert [loss for _, loss, _ in seen] == result.history.training_loss.tolist()


def test_progress_reports_every_epoch_once(line):
    reported = []
    result = dr.fit(LINE, *line, epochs=300, progress=lambda p: reported.append(p.records))
    assert np.concatenate(reported).tobytes() == result.history.records.tobytes()


def test_callbacks_and_chunks_change_no_bit(line):
    plain = dr.fit(LINE, *line, epochs=40)
    watched = dr.fit(LINE, *line, epochs=40, callbacks=[lambda event: None])
    np.testing.assert_array_equal(found(plain), found(watched))


def test_training_continues_from_given_parameters(line):
    first = dr.fit(LINE, *line, optimizer=Adam(0.1), epochs=30)
    second = dr.fit(LINE, *line, optimizer=Adam(0.1), epochs=30, initial_parameters=first.network)
    assert second.history.training_loss[0] < first.history.training_loss[0] / 10


def test_doubling_all_weights_changes_nothing_and_zero_weight_removes_a_row(noisy):
    X, y = noisy
    options = {"optimizer": LBFGS(gradient_tolerance=1e-10)}
    w = np.random.default_rng(0).uniform(0.1, 1, len(y))
    once = dr.fit(LINE, X, y, sample_weight=w, **options)
    twice = dr.fit(LINE, X, y, sample_weight=2 * w, **options)
    np.testing.assert_allclose(found(once), found(twice), rtol=1e-7)
    half = np.arange(len(y)) % 2
    masked = dr.fit(LINE, X, y, sample_weight=half, **options)
    alone = dr.fit(LINE, X[half == 1], y[half == 1], **options)
    np.testing.assert_allclose(found(masked), found(alone), rtol=1e-5)


def test_validation_fraction_is_seeded_and_by_class():
    X = np.arange(60.0)[:, None]
    y = np.repeat([0, 1, 2], 20)
    network = dr.Network([dr.Dense(3, "softmax")])
    runs = [dr.fit(network, X, y, validation_fraction=0.2, epochs=3, seed=s) for s in (0, 0, 1)]
    losses = [run.history.validation_loss[0] for run in runs]
    assert losses[0] == losses[1] != losses[2]


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"batch_size": 500}, SettingError, "must be at most the 200 training rows, got 500"),
        ({"batch_size": 0}, SettingError, "`batch_size` must be at least 1"),
        ({"epochs": 0}, SettingError, "`epochs` must be at least 1"),
        ({"optimizer": "adamm"}, SettingError, "Did you mean 'adam'"),
        ({"loss": "cross"}, SettingError, "`loss` must be one of mean_squared_error"),
        ({"stopping": NoProgress(5)}, SettingError, "no validation rows"),
        ({"stopping": ["early"]}, SettingError, "`stopping` must be rules such as NoProgress"),
        ({"keep_best": "validation_loss"}, SettingError, "no validation rows"),
        ({"seed": -1}, SettingError, "`seed` must be"),
        ({"threads": 0}, SettingError, "`threads` must be"),
        ({"dtype": "float16"}, SettingError, "float32, float64"),
        ({"engine": "gpu"}, SettingError, "auto, native, reference"),
        (
            {"sampling": FullBatch(), "batch_size": 3},
            SettingError,
            "`batch_size` cannot be combined with `sampling`",
        ),
        (
            {"optimizer": LBFGS(), "batch_size": 3},
            SettingError,
            r"`sampling` must be FullBatch\(\) for LBFGS",
        ),
        ({"sample_weight": [1.0]}, ShapeError, r"shape \(200,\)"),
        ({"sample_weight": -np.ones(200)}, DataError, "finite numbers >= 0"),
        ({"validation_fraction": 1.0}, SettingError, "validation_fraction"),
    ],
)
def test_a_wrong_setting_gets_one_clear_sentence(line, options, error, words):
    with pytest.raises(error, match=words):
        dr.fit(LINE, *line, **options)


@pytest.mark.parametrize(
    ("X", "y", "error", "words"),
    [
        ([[1.0], [np.nan]], [0, 1], DataError, "first in row 1, column 0"),
        ([[1e300]], [0], DataError, "too large for float32"),
        ([["a"]], [0], DataError, "numbers only"),
        ([1.0, 2.0], [0, 1], ShapeError, "two dimensions"),
        ([[1.0]], [0, 1], ShapeError, "1 rows and y has 2"),
        ([[1.0]], [[0, 1]], ShapeError, r"\(rows, 1\)"),
        ([[1.0]], ["yes"], DataError, "class numbers"),
        (np.zeros((0, 2)), [], DataError, "no rows"),
    ],
)
def test_wrong_arrays_get_one_clear_sentence(X, y, error, words):
    with pytest.raises(error, match=words):
        dr.fit(LINE, X, y)


def test_class_numbers_are_checked():
    network = dr.Network([dr.Dense(3, "softmax")])
    with pytest.raises(DataError, match="got 0 to 3"):
        dr.fit(network, np.zeros((4, 1)), [0, 1, 2, 3])


def test_the_loss_follows_from_the_output_activation():
    from deltarule.training.fit_arguments import DEFAULT_LOSSES, chosen_loss

    assert chosen_loss(LINE, None) == MeanSquaredError()
    for activation, kind in DEFAULT_LOSSES.items():
        network = dr.Network([dr.Dense(2, activation)])
        assert chosen_loss(network, None).kind == kind


def test_a_schedule_out_of_range_is_refused_before_training() -> None:
    network = dr.Network([dr.Dense(4), dr.Dropout(OneCycle(1.2)), dr.Dense(1)])
    rows = np.random.default_rng(0).normal(size=(40, 3))
    seen: list[object] = []

    def see(event: object) -> None:
        seen.append(event)

    with pytest.raises(SettingError, match="`dropout` must stay in \\[0, 1\\)"):
        dr.fit(network, rows, rows[:, 0], epochs=20, callbacks=[see])
    assert not seen


@pytest.mark.parametrize("given", [(), ([[1.0]],), ([[1.0]], [1.0], [1.0], [1.0])])
def test_validation_data_of_another_length_are_refused(given):
    with pytest.raises(SettingError, match=r"\(X, y\) or \(X, y, weights\).*validation_fraction"):
        dr.fit(dr.Network([dr.Dense(1)]), [[1.0]], [1.0], validation_data=given)


@pytest.mark.parametrize(
    ("layer", "loss", "y"),
    [
        (dr.Dense(1, "sigmoid"), "binary_cross_entropy", [0, 1, 2]),
        (dr.Dense(1, "sigmoid"), "binary_cross_entropy", [-1, 1, 1]),
        (dr.Dense(1, "exponential"), "poisson", [-1, 0, 3]),
        (dr.Dense(1), "hinge", [0, 1, 2]),
    ],
)
def test_targets_that_a_loss_cannot_take_are_refused(
    layer: dr.Dense, loss: str, y: list[int]
) -> None:
    with pytest.raises(DataError, match=r"y must be .*, got -?\d"):
        dr.fit(dr.Network([layer]), np.ones((3, 2)), y, loss=loss)


def test_class_numbers_are_minus_one_and_one_to_the_hinge_loss() -> None:
    X = np.random.default_rng(0).normal(size=(50, 2))
    classes = (X[:, 0] > 0).astype(int)
    results = [
        dr.fit(dr.Network([dr.Dense(1)]), X, y, loss="hinge", epochs=3).network.parameters.flat()
        for y in (classes, 2 * classes - 1)
    ]
    np.testing.assert_array_equal(*results)
