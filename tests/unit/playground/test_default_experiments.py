"""Each dataset starts with a network and a learning rate that solve it, slowly enough to be watched."""

from __future__ import annotations

import dataclasses

import pytest

from deltarule.playground.catalog import catalog
from deltarule.playground.default_experiments import STARTING_POINTS, default_experiment
from deltarule.playground.experiment import Experiment
from deltarule.playground.prepared_data import prepare_data
from deltarule.playground.speed_control import DEFAULT_EPOCHS_PER_SECOND
from deltarule.playground.toy_datasets import TOYS_BY_NAME
from deltarule.playground.training_run import TrainingRun
from deltarule.playground.url_fragment import from_fragment, to_fragment

pytestmark = pytest.mark.filterwarnings("ignore::deltarule.engines.SlowEngineWarning")
SEEDS = range(6)


def run_with_seed(name: str, seed: int) -> TrainingRun:
    experiment = default_experiment(name)
    training = dataclasses.replace(experiment.training, seed=seed)
    experiment = dataclasses.replace(experiment, training=training)
    return TrainingRun(experiment, prepare_data(experiment.data))


def epochs_until_solved(name: str, seed: int) -> int:
    """Return the first epoch with the promised validation score; one more than allowed if none."""
    start = STARTING_POINTS[name]
    run = run_with_seed(name, seed)
    while run.epoch < start.epochs:
        run.train(1)
        if run.curve.last["validation_score"] >= start.score:
            return run.epoch
    return start.epochs + 1


def test_every_dataset_has_a_starting_point():
    assert list(STARTING_POINTS) == list(TOYS_BY_NAME)
    assert default_experiment("circles") == Experiment()


@pytest.mark.parametrize("name", STARTING_POINTS)
def test_a_dataset_is_solved_by_its_network_whatever_the_seed(name):
    solved = {seed: epochs_until_solved(name, seed) for seed in SEEDS}
    assert max(solved.values()) <= STARTING_POINTS[name].epochs, solved


def test_the_circles_are_not_solved_before_a_hall_looks():
    solved = [epochs_until_solved("circles", seed) for seed in SEEDS]
    assert min(solved) / DEFAULT_EPOCHS_PER_SECOND >= 3  # seconds
    assert max(solved) / DEFAULT_EPOCHS_PER_SECOND <= 12


@pytest.mark.parametrize("name", ["moons", "spirals", "hills"])
def test_the_network_of_the_circles_does_not_solve_harder_datasets(name):
    start = STARTING_POINTS[name]
    for seed in SEEDS[:3]:
        experiment = dataclasses.replace(Experiment(), data=default_experiment(name).data)
        training = dataclasses.replace(experiment.training, seed=seed)
        experiment = dataclasses.replace(experiment, training=training)
        run = TrainingRun(experiment, prepare_data(experiment.data))
        run.train(start.epochs)
        assert run.curve.last["validation_score"] < start.score


@pytest.mark.parametrize("name", STARTING_POINTS)
def test_an_address_with_only_a_dataset_opens_its_starting_point(name):
    experiment = default_experiment(name)
    short = to_fragment(experiment)
    assert short == ("" if name == "circles" else f"data={name}")
    assert from_fragment(short) == experiment
    (entry,) = (toy for toy in catalog().toys if toy.name == name)
    assert entry.experiment == experiment
