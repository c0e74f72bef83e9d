"""Rungs end with the cycles of the schedule, where the learning rate is 0."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.preprocessing import Task
from deltarule.schedules import CosineCycles
from deltarule.table_model import TableSettings
from deltarule.table_model.recipe import choose_recipe
from deltarule.tuning.rungs import MAX_FIRST_ROWS, plan_rungs


def recipe_of(epochs, cycles=4):
    """A recipe whose first four cycles take as many epochs."""
    recipe = choose_recipe(1000, 5, 1, Task.REGRESSION, TableSettings(epochs=epochs))
    return recipe.with_cycles(cycles)


@pytest.mark.parametrize(("epochs", "cycles"), [(15, 4), (30, 4), (60, 4), (30, 6)])
def test_rungs_end_with_the_cycles(epochs, cycles):
    recipe = recipe_of(epochs, cycles)
    rungs = plan_rungs(recipe, 8, training_rows=7000, validation_rows=1000)
    assert len(rungs) == 4
    assert rungs[2].epochs == epochs * 7 // 15
    assert rungs[3].epochs == recipe.epochs
    steps = 1000
    updates = np.arange(recipe.epochs * steps)
    rates = CosineCycles(1.0, cycles).rates(updates, steps, recipe.epochs)
    for rung in rungs:
        assert rates[rung.epochs * steps - 1] < 1e-4


def test_the_last_rung_trains_everything():
    for epochs in (*range(1, 40), 200):
        for networks in (1, 2, 3, 8, 30):
            rungs = plan_rungs(recipe_of(epochs), networks, training_rows=10**5, validation_rows=90)
            assert (rungs[-1].epochs, rungs[-1].networks, rungs[-1].rows) == (
                epochs,
                networks,
                None,
            )
            ends = [rung.epochs for rung in rungs]
            assert ends == sorted(set(ends))
            counts = [rung.networks for rung in rungs]
            assert counts == sorted(counts)
            shares = [rung.share for rung in rungs]
            assert shares == sorted(shares, reverse=True)


def test_small_folds_are_compared_by_more_networks():
    assert plan_rungs(recipe_of(32), 8, training_rows=70, validation_rows=10)[0].networks == 8
    assert plan_rungs(recipe_of(32), 8, training_rows=700, validation_rows=100)[0].networks == 4
    assert plan_rungs(recipe_of(32), 8, training_rows=7000, validation_rows=1000)[0].networks == 1


def test_many_rows_begin_with_some_of_them():
    rungs = plan_rungs(recipe_of(20), 1, training_rows=10**6, validation_rows=10**5)
    assert [rung.rows for rung in rungs] == [MAX_FIRST_ROWS, None, None, None]


def test_fewer_trials_go_on():
    rungs = plan_rungs(recipe_of(32), 8, training_rows=7000, validation_rows=1000)
    assert [rung.trials(63) for rung in rungs] == [63, 16, 7, 4]
    assert [rung.trials(1) for rung in rungs] == [1, 1, 1, 1]
    assert [rung.trials(0) for rung in rungs] == [0, 0, 0, 0]
