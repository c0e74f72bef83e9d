"""Training runs compared with `fit`, with the equations and with themselves."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import deltarule as dr
from deltarule._common.random import shuffled
from deltarule.errors import SettingError
from deltarule.playground.experiment import (
    DataChoice,
    Experiment,
    LayerChoice,
    NetworkChoice,
    OutputChoice,
    TrainingChoice,
)
from deltarule.playground.prepared_data import prepare_data
from deltarule.playground.run_history import MAX_POINTS, MAX_TRAJECTORY_POINTS
from deltarule.playground.training_run import TrainingRun
from deltarule.stopping import StopReason

pytestmark = pytest.mark.filterwarnings("ignore::deltarule.engines.SlowEngineWarning")
DATA = DataChoice(name="moons", rows=60, noise=0.2)
FULL_BATCH = TrainingChoice(optimizer="gradient_descent", learning_rate=0.5, batch_size=0)


def run_of(training: TrainingChoice, *layers: LayerChoice, data: DataChoice = DATA) -> TrainingRun:
    experiment = Experiment(data, NetworkChoice(layers), training)
    return TrainingRun(experiment, prepare_data(data))


def fitted(run: TrainingRun, epochs: int, start=None, **changes):
    """Return what `fit` makes of the same plan."""
    plan = dataclasses.replace(run.setup.plan, **changes)
    return dr.fit(
        plan.network, run.setup.data.inputs, run.setup.data.targets, loss=plan.loss,
        optimizer=plan.optimizer, sampling=plan.sampling, epochs=epochs, seed=plan.seed,
        validation_data=(run.setup.validation.inputs, run.setup.validation.targets),
        keep_best=None, initial_parameters=start,
    )  # fmt: skip


def test_training_in_pieces_equals_one_fit():
    run = run_of(TrainingChoice(), LayerChoice(4, dropout=0.2), LayerChoice(3, "relu", l2=1e-3))
    for epochs in (1, 4, 2, 13):
        run.train(epochs)
    result = fitted(run, 20)
    assert np.array_equal(run.parameters.flat(), result.network.parameters.flat())
    assert run.curve.last["validation_loss"] == result.history.validation_loss[-1]


def test_training_after_rewind_gives_the_same_bits():
    run = run_of(TrainingChoice(), LayerChoice(4))
    start = run.parameters.flat()
    run.train(7)
    end = run.parameters.flat()
    run.rewind()
    assert np.array_equal(run.parameters.flat(), start)
    run.train(7)
    assert np.array_equal(run.parameters.flat(), end)


def test_one_update_of_a_single_unit_is_the_delta_rule():
    run = run_of(dataclasses.replace(FULL_BATCH, batch_size=41))
    x, y = run.setup.data.inputs.astype(float), run.setup.data.targets[:, 0]
    w, b = run.initial_parameters.weights[0][:, 0].astype(float), 0.0
    order = shuffled(len(x), run.setup.plan.seed, 0)[:41]
    delta = 1 / (1 + np.exp(-(x[order] @ w + b))) - y[order]
    run.one_update()
    assert (run.epoch, run.step) == (0, 1)
    assert run.parameters.weights[0][:, 0] == pytest.approx(
        w - 0.5 * (delta[:, None] * x[order]).mean(axis=0), abs=1e-6
    )
    assert run.parameters.biases[0] == pytest.approx([b - 0.5 * delta.mean()], abs=1e-6)


def test_stepping_does_not_change_later_bits():
    stepped, plain = (run_of(TrainingChoice(), LayerChoice(4)) for _ in range(2))
    for _ in range(stepped.steps_per_epoch + 2):
        stepped.one_update()
    assert (stepped.epoch, stepped.step) == (1, 2)
    stepped.train(3)
    plain.train(4)
    assert np.array_equal(stepped.parameters.flat(), plain.parameters.flat())


def test_all_updates_of_an_epoch_make_the_epoch():
    run = run_of(TrainingChoice(), LayerChoice(4, dropout=0.3))
    for _ in range(run.steps_per_epoch - 1):
        run.one_update()
    almost = run.parameters.flat().copy()
    run.one_update()  # the engine's own epoch takes its place
    assert np.abs(run.parameters.flat() - almost).max() < 0.05
    assert not np.array_equal(run.parameters.flat(), almost)


def test_a_changed_learning_rate_equals_two_consecutive_fits():
    run = run_of(FULL_BATCH, LayerChoice(4))
    run.train(10)
    run.set_learning_rate(0.05)
    run.train(10)
    first = fitted(run, 10, optimizer=dr.optimizers.GradientDescent(0.5))
    both = fitted(run, 10, start=first.network, optimizer=dr.optimizers.GradientDescent(0.05))
    assert run.parameters.flat() == pytest.approx(both.network.parameters.flat(), abs=1e-6)
    assert run.epoch == 20
    assert "0.5 → 0.05" in run.interventions[0]


def test_training_continues_from_a_weight_set_by_hand():
    run = run_of(FULL_BATCH, LayerChoice(4))
    run.train(5)
    run.set_weight(1, 2, 0, -3.0)
    edited = run.parameters.astype(np.float32)
    assert edited.weights[1][2, 0] == -3.0
    assert "weight hidden 1, unit 3 → blue set by hand" in run.interventions[0]
    run.train(5)
    result = fitted(run, 5, start=edited)
    assert run.parameters.flat() == pytest.approx(result.network.parameters.flat(), abs=1e-6)
    run.rewind()
    assert np.array_equal(run.parameters.flat(), run.initial_parameters.flat())
    assert run.interventions == []


def test_a_weight_set_after_early_stopping_says_which_weights_and_which_count():
    training = TrainingChoice(learning_rate=0.05, patience_epochs=5)
    data = DataChoice(name="moons", rows=40, noise=0.4)
    run = run_of(training, LayerChoice(16, "relu"), data=data)
    run.train(5000)
    kept, ended, best = run.kept_epoch, run.epoch, run.parameters.flat()
    assert kept == run.now.epoch == ended - 5
    run.set_weight(0, 0, 0, 1.5)
    assert run.now.epoch == run.curve.last["epoch"] == ended
    assert np.count_nonzero(run.parameters.flat() != best) == 1
    assert f"those of epoch {kept}, the best one" in run.interventions[0]
    assert f"the count from epoch {ended}" in run.interventions[0]
    run.set_weight(0, 0, 1, 1.5)  # of a run that goes on already
    assert "the best one" not in run.interventions[1]


@pytest.mark.parametrize("place", [(2, 0, 0), (0, 9, 0), (1, 0, 1), (0, None, 4), (-1, 0, 0)])
def test_a_weight_that_does_not_exist_cannot_be_set(place):
    run = run_of(FULL_BATCH, LayerChoice(4))
    with pytest.raises(SettingError):
        run.set_weight(*place, 1.0)


def test_divergence_names_its_layer_and_keeps_the_last_good_weights():
    experiment = Experiment(
        DATA,
        NetworkChoice((LayerChoice(8, "relu"),), OutputChoice("identity")),
        TrainingChoice("mean_squared_error", "gradient_descent", 10.0),
    )
    run = TrainingRun(experiment, prepare_data(DATA))
    run.train(50)
    assert run.stopped.reason is StopReason.DIVERGED
    assert np.isfinite(run.parameters.flat()).all()
    name = run.setup.plan.network.blocks[run.stopped.layer].name
    assert name.replace("_", " ") in run.stopped.text
    assert run.stopped.advice[0].text.startswith("Set the learning rate to 1 ")
    run.set_learning_rate(0.01)
    run.train(50)
    assert run.stopped is None
    assert run.curve.last["training_loss"] < 1


def test_patience_stops_training():
    training = TrainingChoice(learning_rate=0.05, patience_epochs=5)
    data = DataChoice(name="moons", rows=40, noise=0.4)
    run = run_of(training, LayerChoice(16, "relu"), data=data)
    run.train(5000)
    assert run.stopped.reason is StopReason.NO_PROGRESS
    assert run.stopped.epoch == run.epoch < 5000
    best = run.curve.records["validation_loss"].argmin()
    assert run.epoch - run.curve.records["epoch"][best] == 5
    ended = run.epoch
    run.train(1)  # training continues when play is pressed again
    assert run.epoch == ended + 1
    assert run.stopped is None
    last = run_of(dataclasses.replace(training, epochs=ended), LayerChoice(16, "relu"), data=data)
    last.train(5000)
    assert last.epoch == ended
    assert last.stopped is not None
    last.train(1)
    assert last.epoch == ended


def test_training_ends_after_its_epochs_and_continues_with_more():
    run = run_of(dataclasses.replace(FULL_BATCH, epochs=3))
    run.train(10)
    assert (run.epoch, run.stopped.reason) == (3, StopReason.EPOCHS_DONE)
    run.train(1)
    assert run.epoch == 3
    run.set_epochs(5)
    run.train(10)
    assert run.epoch == 5


def test_the_history_is_bounded():
    run = run_of(FULL_BATCH)
    for _ in range(70):
        run.train(97)
    records = run.curve.records
    assert len(records) <= MAX_POINTS + 1
    assert records["epoch"][-1] == run.epoch == 6790
    steps = np.diff(records["epoch"][:-1])
    assert (steps == steps[0]).all()
    epochs, points = run.trajectory.up_to(run.epoch, run.parameters.flat())
    assert len(epochs) == len(points) <= MAX_TRAJECTORY_POINTS + 1
    assert np.array_equal(points[0], run.initial_parameters.flat())


@pytest.mark.parametrize("loss", ["cross_entropy", "mean_squared_error", "hinge"])
@pytest.mark.parametrize("name", ["moons", "blobs4"])
def test_every_loss_of_classes_learns_easy_points(loss, name):
    data = DataChoice(name=name, rows=120, noise=0.02)
    run = run_of(TrainingChoice(loss, learning_rate=0.02), LayerChoice(8), data=data)
    before = float(run.curve.last["training_loss"])
    run.train(200)
    assert run.curve.last["training_loss"] < before / 4


def test_a_loss_that_does_not_fit_the_output_is_refused():
    experiment = Experiment(DATA, NetworkChoice((), OutputChoice("tanh")), TrainingChoice())
    with pytest.raises(SettingError, match=r"tanh does not fit the loss .*Choose sigmoid"):
        TrainingRun(experiment, prepare_data(DATA))
    regression = DataChoice(name="plane")
    with pytest.raises(SettingError, match="is for classes"):
        run_of(TrainingChoice("hinge"), data=regression)
