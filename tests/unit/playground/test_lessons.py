"""Every lesson does what its text says, in numbers, with its own seeds."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from deltarule.parameters import from_flat
from deltarule.playground.digits import load_digits
from deltarule.playground.experiment import Experiment
from deltarule.playground.input_plane import RESOLUTION, plane_for
from deltarule.playground.layer_gradients import gradient_sizes
from deltarule.playground.lesson_questions import QUESTIONS
from deltarule.playground.prepared_data import prepare_data
from deltarule.playground.presets import PRESETS, PRESETS_BY_NAME
from deltarule.playground.training_run import TrainingRun
from deltarule.playground.url_fragment import from_fragment, to_fragment
from deltarule.stopping import StopReason

EPOCHS = 1000


def run_of(experiment: Experiment) -> TrainingRun:
    return TrainingRun(experiment, prepare_data(experiment.data))


@cache
def trained(name: str, suggestion: int | None = None, epochs: int = EPOCHS) -> TrainingRun:
    """Return a lesson after some epochs, or one of its suggestions."""
    lesson = PRESETS_BY_NAME[name]
    chosen = lesson.experiment if suggestion is None else lesson.suggestions[suggestion].experiment
    run = run_of(chosen)
    run.train(epochs)
    return run


def outputs(run: TrainingRun) -> np.ndarray:
    """Return the first output over the input plane, (RESOLUTION, RESOLUTION)."""
    plane = plane_for(run.prepared, run.experiment.view, None)
    made = run.engine.predict(run.setup.plan.network, run.parameters, plane.inputs)
    return np.asarray(made)[:, 0].reshape(RESOLUTION, RESOLUTION)


def edges(run: TrainingRun) -> int:
    """Return the length of the boundary in edges of the grid."""
    side = outputs(run) > 0.5
    return int((side[1:] != side[:-1]).sum() + (side[:, 1:] != side[:, :-1]).sum())


def is_a_line(side: np.ndarray) -> bool:
    """Whether a straight line separates the cells of a grid: each row changes sides at most once, at
    places that lie on a line to one cell."""
    changes = side[:, 1:] != side[:, :-1]
    if changes.any(axis=1).sum() < 2:  # nearly level: look along the columns
        changes = side.T[:, 1:] != side.T[:, :-1]
    if changes.sum(axis=1).max() > 1:
        return False
    rows = np.flatnonzero(changes.any(axis=1))
    places = changes[rows].argmax(axis=1)
    if len(rows) < 3:
        return True
    fitted = np.polyval(np.polyfit(rows, places, 1), rows)
    return bool(np.abs(fitted - places).max() <= 1.5)


def score(run: TrainingRun, of: str = "validation") -> float:
    return float(run.now.record[f"{of}_score"][0])


def test_each_lesson_has_a_question_with_one_right_answer_and_something_to_try():
    assert QUESTIONS.keys() == PRESETS_BY_NAME.keys()
    for lesson in PRESETS:
        assert 0 <= lesson.question.correct < len(lesson.question.answers)
        assert len(set(lesson.question.answers)) == len(lesson.question.answers) >= 2
        assert lesson.suggestions
        for shown in (lesson.experiment, *(s.experiment for s in lesson.suggestions)):
            assert shown.view.lesson == lesson.name
        for suggestion in lesson.suggestions:
            assert replace(suggestion.experiment, view=lesson.experiment.view) != lesson.experiment


@pytest.mark.parametrize("name", [n for n in PRESETS_BY_NAME if n not in ("exploding", "linear")])
def test_lessons_take_long_enough_to_watch(name):
    """Ten epochs in, there is still something to see."""
    early, late = trained(name, epochs=10), trained(name)
    moved = np.abs(outputs(early) - outputs(late)).mean()
    assert moved > 0.01 or name == "vanishing"


def test_a_perceptron_separates_two_clouds_and_not_xor():
    assert score(trained("perceptron")) >= 0.98
    assert is_a_line(outputs(trained("perceptron")) > 0.5)
    assert score(trained("perceptron", 0), "training") < 0.65


def test_xor_needs_its_hidden_layer():
    assert score(trained("xor")) >= 0.97
    assert score(trained("xor", 0), "training") < 0.65
    assert not is_a_line(outputs(trained("xor")) > 0.5)


def test_the_best_line_is_right_for_three_quarters_of_xor():
    """All lines in 180 directions, at every place: one square cut off leaves about a quarter wrong."""
    prepared = run_of(PRESETS_BY_NAME["xor"].experiment).prepared
    signs = 2 * prepared.truth - 1
    best = 0.0
    for angle in np.linspace(0, np.pi, 180, endpoint=False):
        order = np.argsort(prepared.inputs @ [np.cos(angle), np.sin(angle)])
        differences = 2 * np.cumsum(signs[order]) - signs.sum()
        best = max(best, 0.5 + np.abs(differences).max() / (2 * len(signs)))
    assert best == pytest.approx(0.75, abs=0.03)


def test_linear_layers_draw_a_line_and_one_tanh_bends_it():
    linear = trained("linear")
    assert is_a_line(outputs(linear) > 0.5)
    assert score(linear, "training") < 0.65
    assert not is_a_line(outputs(trained("linear", 0)) > 0.5)
    assert score(trained("linear", 0)) >= 0.98


def test_the_right_features_make_it_easy():
    assert score(trained("features")) >= 0.98
    assert score(trained("features", 0)) < 0.75
    first, second = trained("features").parameters.weights[0][:, 0]
    assert first * second > 0  # so that the boundary is an ellipse


def test_overfitting_is_seen_in_the_losses_and_in_the_boundary():
    run = run_of(PRESETS_BY_NAME["overfitting"].experiment)
    records = trained("overfitting").curve.records
    best = int(records["validation_loss"].argmin())
    assert 20 < records["epoch"][best] < 200
    assert records["validation_loss"][-1] > 3 * records["validation_loss"][best]
    assert records["training_loss"][-1] < 0.1 * records["training_loss"][best]
    assert score(trained("overfitting"), "training") == 1.0
    run.train(int(records["epoch"][best]))
    assert edges(trained("overfitting")) > 1.8 * edges(run)


@pytest.mark.parametrize("place", range(4))
def test_each_remedy_for_overfitting_helps(place):
    before = trained("overfitting").curve.last
    after = trained("overfitting", place)
    record = after.now.record[0]
    assert record["validation_loss"] < 0.6 * before["validation_loss"]
    gap = record["validation_loss"] - record["training_loss"]
    assert gap < 0.5 * (before["validation_loss"] - before["training_loss"])


def test_early_stopping_returns_to_the_best_epoch():
    run = trained("early_stopping")
    records = run.curve.records
    best = int(records["validation_loss"].argmin())
    kept = int(records["epoch"][best])
    assert run.stopped.reason is StopReason.NO_PROGRESS
    assert run.stopped.kept_epoch == run.now.epoch == kept < run.stopped.epoch == kept + 100
    assert records["validation_loss"][-1] > 1.2 * records["validation_loss"][best]
    assert f"weights of epoch {kept}" in run.stopped.text
    # The shown weights are those of that epoch: a run that ends there has the same bits.
    other = run_of(PRESETS_BY_NAME["overfitting"].experiment)
    other.train(kept)
    assert np.array_equal(other.parameters.flat(), run.parameters.flat())
    assert run.now.record["validation_loss"][0] == other.curve.last["validation_loss"]
    # The boundary after the last epoch is another one.
    other.train(100)
    assert edges(other) != edges(run)
    assert run.now.record["validation_score"][0] >= other.curve.last["validation_score"]


def test_training_goes_on_from_the_last_epoch_after_early_stopping():
    run = run_of(PRESETS_BY_NAME["early_stopping"].experiment)
    run.train(EPOCHS)
    ended = run.epoch
    run.train(1)
    assert run.kept_epoch is None
    assert run.now.epoch == run.epoch == ended + 1
    other = run_of(PRESETS_BY_NAME["overfitting"].experiment)
    other.train(ended + 1)
    assert np.array_equal(other.parameters.flat(), run.parameters.flat())


def test_a_rate_that_is_too_large_explodes_slowly_enough_to_watch():
    run = trained("exploding")
    losses = run.curve.records["training_loss"].astype(float)
    assert run.stopped.reason is StopReason.DIVERGED
    assert run.epoch >= 30
    factors = losses[-20:] / losses[-21:-1]
    assert factors.min() > 1.4  # "by about half each time"
    assert factors.max() < 1.6
    assert losses[-1] > 1e5 * losses[0]
    grown = (losses[-1] / losses[-2]) * losses[-1] / losses[0]  # by the update that ended training
    assert 0.5e6 < grown < 2e6  # "a million times as large as at first"


def test_the_limit_of_the_learning_rate_is_two_by_the_curvature():
    """The Hessian of the mean squared error of a linear unit is 2/n ZᵀZ with Z = (x, 1)."""
    run = trained("exploding")
    inputs = run.setup.data.inputs.astype(float)
    z = np.column_stack([inputs, np.ones(len(inputs))])
    largest = np.linalg.eigvalsh(2 * z.T @ z / len(z)).max()
    assert largest == pytest.approx(2, abs=0.05)
    rate = run.experiment.training.learning_rate
    losses = run.curve.records["training_loss"].astype(float)
    assert losses[-1] / losses[-2] == pytest.approx((1 - rate * largest) ** 2, rel=1e-3)


@pytest.mark.parametrize("place", range(2))
def test_smaller_rates_learn(place):
    assert trained("exploding", place).stopped is None
    assert score(trained("exploding", place)) > 0.95


def test_the_advice_after_a_divergence_can_be_applied():
    advice = trained("exploding").stopped.advice
    assert "learning rate" in advice[0].text
    run = run_of(advice[0].experiment)
    run.train(200)
    assert score(run) > 0.95
    for other in advice[1:]:
        run = run_of(other.experiment)
        run.train(200)
        assert run.stopped is None


def test_gradients_vanish_in_the_first_layers():
    run = run_of(PRESETS_BY_NAME["vanishing"].experiment)
    sizes = gradient_sizes(run.now, run.engine)
    assert len(sizes) == 7
    assert max(sizes[:2]) < min(sizes[2:])  # the first layers have the smallest gradients
    assert sizes[0] < 1e-3 * sizes[-1]
    assert run.experiment.view.gradients
    run = trained("vanishing")
    assert run.epoch == 500  # where the lesson ends
    assert np.ptp(outputs(run)) < 0.01  # the same prediction everywhere
    assert score(run) < 0.6
    assert (np.diff(gradient_sizes(run.now, run.engine)) > 0).all()  # each bar longer than the last


def test_after_some_thousands_of_epochs_even_the_vanishing_gradients_have_learned():
    run = run_of(PRESETS_BY_NAME["vanishing"].experiment)
    first, *_, last = gradient_sizes(trained("vanishing").now, run.engine)
    run.set_epochs(5000)
    run.train(5000)
    assert score(run) >= 0.98
    early, *_, late = gradient_sizes(run.now, run.engine)
    assert first / last < 0.1 * early / late  # the bars differ most while it stands still


@pytest.mark.parametrize("place", range(2))
def test_remedies_for_vanishing_gradients_learn(place):
    start = run_of(PRESETS_BY_NAME["vanishing"].suggestions[place].experiment)
    sizes = gradient_sizes(start.now, start.engine)
    vanished = run_of(PRESETS_BY_NAME["vanishing"].experiment)
    assert sizes[0] > 0.05 * sizes[-1]
    assert sizes[0] > 50 * gradient_sizes(vanished.now, vanished.engine)[0]
    assert score(trained("vanishing", place)) >= 0.98


def test_gradient_sizes_are_those_of_finite_differences():
    run = trained("classes", epochs=3)
    plan, engine = run.setup.plan, run.engine
    flat = run.parameters.flat().astype(np.float64)
    slopes = np.zeros_like(flat)
    for i in range(len(flat)):
        values = []
        for step in (1e-5, -1e-5):
            moved = flat.copy()
            moved[i] += step
            parameters = from_flat(plan.network, moved)
            values.append(engine.evaluate(plan.network, parameters, plan.loss, run.setup.data)[0])
        slopes[i] = (values[0] - values[1]) / 2e-5
    expected = [np.sqrt(np.mean(w**2)) for w in from_flat(plan.network, slopes).weights]
    assert gradient_sizes(run.now, engine) == pytest.approx(expected, rel=2e-3)


def test_two_layers_of_eight_follow_the_spirals():
    run = run_of(PRESETS_BY_NAME["spirals"].experiment)
    run.train(400)
    assert score(run) >= 0.98
    assert score(trained("spirals", 0)) < 0.8


def test_three_classes_are_separated_and_their_probabilities_add_up_to_one():
    run = trained("classes")
    assert score(run) >= 0.95
    assert score(trained("classes", 0)) >= 0.95
    made = run.engine.predict(run.setup.plan.network, run.parameters, run.setup.data.inputs)
    assert made.shape[1] == 3
    assert np.allclose(np.asarray(made).sum(axis=1), 1, atol=1e-5)


def test_hidden_units_form_the_hills_and_two_are_too_few():
    assert score(trained("regression")) > 0.9
    assert score(trained("regression", 0)) < 0.6


def test_a_single_layer_reads_digits_and_its_weights_are_templates():
    """Each template fits the mean picture of its own digit better than that of any other."""
    run = trained("digits", epochs=200)
    assert score(run) >= 0.93
    weights = run.parameters.weights[0]
    assert weights.shape == (64, 10)
    pixels, digits = load_digits()
    means = np.stack([pixels[digits == k].mean(axis=0) for k in range(10)]) - pixels.mean(axis=0)
    fits = means @ weights
    assert (fits.argmax(axis=0) == np.arange(10)).all()
    assert score(trained("digits", 0, 100)) >= 0.95
    # Each hidden unit serves several digits.
    weights = np.abs(trained("digits", 0, 100).parameters.weights[1])
    assert ((weights > 0.3 * weights.max(axis=1, keepdims=True)).sum(axis=1) >= 3).all()


@pytest.mark.parametrize("preset", PRESETS, ids=lambda preset: preset.name)
def test_the_name_of_a_lesson_is_its_address(preset):
    assert from_fragment(f"lesson={preset.name}") == preset.experiment
    lecture = from_fragment(f"lesson={preset.name}&lecture=yes&locked=yes")
    assert lecture.training == preset.experiment.training
    assert lecture.view == replace(preset.experiment.view, lecture=True, locked=True)
    assert from_fragment(to_fragment(preset.experiment)) == preset.experiment
    for suggestion in preset.suggestions:
        assert from_fragment(to_fragment(suggestion.experiment)) == suggestion.experiment
    # A setting beside the name of the lesson changes that setting of the lesson alone.
    seeded = replace(preset.experiment, training=replace(preset.experiment.training, seed=3))
    assert from_fragment(f"lesson={preset.name}&seed=3") == seeded
    assert to_fragment(seeded) == f"lesson={preset.name}&seed=3"
    # The default experiment with the text of a lesson keeps its data.
    default = Experiment()
    other = replace(default, view=replace(default.view, lesson=preset.name))
    assert from_fragment(to_fragment(other)) == other
