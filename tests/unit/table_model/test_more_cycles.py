"""Small regressions train for more cycles of the learning rate while these improve them."""

from __future__ import annotations

import time
from dataclasses import replace

import numpy as np
import pytest

import deltarule as dr
from deltarule.data import read_table
from deltarule.preprocessing import NumberTarget, Task
from deltarule.stopping import NoProgressInCycle, StopReason, TimeLimit
from deltarule.table_model import TableSettings
from deltarule.table_model.design import LabeledTable, TrainingDesign
from deltarule.table_model.design_training import design_training
from deltarule.table_model.fold_networks import RunOptions, fit_arguments
from deltarule.table_model.recipe import CYCLES, choose_recipe, with_more_cycles
from deltarule.table_model.throughput import Throughput, measure_throughput

ROWS = 400
RNG = np.random.default_rng(5)
X = RNG.uniform(-1, 1, (ROWS, 3))
PRODUCT = X[:, 0] * X[:, 1] + np.sin(4 * X[:, 2])
NOISE = RNG.normal(size=ROWS)


def design_of(targets: np.ndarray = PRODUCT, **settings: object) -> TrainingDesign:
    table = read_table({f"x{i}": column for i, column in enumerate(X.T)})
    labeled = LabeledTable(table, NumberTarget("y"), targets, np.arange(ROWS))
    return design_training(
        labeled,
        TableSettings(**settings),
        RunOptions(threads=1),
        encoded_target=None,
        started=time.perf_counter(),
    )


def rules_of(design: TrainingDesign, kind: type = NoProgressInCycle) -> list:
    budget = None if design.allocation is None else design.allocation.budget
    rules = fit_arguments(design.splits[0], design.training_set, budget)["stopping"]
    return [rule for rule in rules if isinstance(rule, kind)]


@pytest.mark.parametrize(
    ("rows", "cycles", "epochs"), [(200, 6, 202), (2300, 6, 202), (2400, 4, 48), (6000, 4, 48)]
)
def test_small_regressions_have_more_cycles(rows: int, cycles: int, epochs: int) -> None:
    settings = TableSettings()
    recipe = choose_recipe(rows, 5, 1, Task.REGRESSION, settings)
    trained = rows - rows // 8
    longer = with_more_cycles(recipe, trained, Task.REGRESSION, settings)
    assert (longer.cycles, longer.epochs, longer.patience_epochs) == (cycles, epochs, None)
    assert longer.with_cycles(CYCLES) == recipe
    classes = choose_recipe(rows, 5, 2, Task.CLASSIFICATION, settings)
    assert with_more_cycles(classes, trained, Task.CLASSIFICATION, settings) == classes


def test_the_first_cycles_are_those_of_four() -> None:
    """Learning rate, dropout and weight decay take the same values, and the last two are 0 after them."""
    settings, steps = TableSettings(), 5
    four = choose_recipe(600, 5, 1, Task.REGRESSION, settings)
    six = with_more_cycles(four, 525, Task.REGRESSION, settings)
    of_four, of_all = np.arange(steps * four.epochs), np.arange(steps * six.epochs)
    for name in ("learning_rate", "weight_decay", "dropout"):
        short, long = (
            getattr(recipe if name == "dropout" else recipe.optimizer, name).rates(
                updates, steps, recipe.epochs
            )
            for recipe, updates in ((four, of_four), (six, of_all))
        )
        np.testing.assert_allclose(long[: len(short)], short, atol=0.03 * short.max())
        assert (long[len(short) + steps :] == 0).all() == (name != "learning_rate")


def test_given_epochs_or_optimizers_are_what_is_trained() -> None:
    assert design_of().recipe.cycles == 6
    assert design_of(learning_rate=0.05, dropout=0.1, batch_size=50).recipe.cycles == 6
    for settings in ({"epochs": 48}, {"optimizer": "adam"}, {"optimizer": "lbfgs"}):
        design = design_of(**settings)
        assert design.recipe.cycles == CYCLES
        assert not rules_of(design)
    patient = design_of(patience_epochs=7).recipe
    assert (patient.epochs, patient.patience_epochs) == (202, 7)
    (rule,) = rules_of(design_of())
    assert rule == NoProgressInCycle(6, 202, first_cycle=4)


def test_a_time_limit_that_is_too_short_leaves_four_cycles() -> None:
    long, short = design_of(time_limit_s=600.0), design_of(time_limit_s=0.02)
    assert (long.recipe.cycles, long.recipe.epochs) == (6, 202)
    assert short.recipe.cycles == CYCLES
    assert short.recipe.epochs <= 48
    (schedule,) = {layer.rate for layer in short.network.layers if layer.kind == "dropout"}
    assert schedule == short.recipe.dropout
    assert short.allocation is not None
    assert short.allocation.epochs == 202  # what there would have been time for without a limit


def test_a_time_limit_for_four_cycles_leaves_the_rest_of_the_time_to_later_ones(
    monkeypatch,
) -> None:
    """Eight networks of 10 ms an epoch: 3.84 s for 48 epochs of each, 16.2 s for 202."""

    def measured(*args: object, **kwargs: object) -> Throughput:
        return replace(measure_throughput(*args, **kwargs), initialization_s=0.0, epoch_s=0.01)

    monkeypatch.setattr("deltarule.table_model.design_training.measure_throughput", measured)
    design = design_of(time_limit_s=10.0)
    assert (design.recipe.cycles, design.recipe.epochs, len(design.splits)) == (6, 202, 8)
    limits = [rule.seconds for rule in rules_of(design, TimeLimit)]
    assert limits == pytest.approx([10 / 8], abs=0.5)


def test_numbers_without_noise_train_on_and_noise_does_not() -> None:
    table = {"a": X[:, 0], "b": X[:, 1], "c": X[:, 2]}
    exact = dr.train(table | {"y": PRODUCT}, "y", threads=1)
    assert max(len(training.history) for training in exact.trainings) > 48
    short = dr.train(table | {"y": PRODUCT}, "y", epochs=48, threads=1)
    assert exact.scores.rmse < 0.8 * short.scores.rmse
    noise = dr.train(table | {"y": NOISE}, "y", threads=1)
    ended = [len(training.history) for training in noise.trainings]
    assert np.median(ended) == 48
    assert {t.reason for t in noise.trainings if len(t.history) == 48} == {StopReason.NO_PROGRESS}
