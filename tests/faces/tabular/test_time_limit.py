"""A time limit: counted from the very beginning, kept by every network, told in words."""

from __future__ import annotations

import time
from argparse import Namespace

import numpy as np
import pytest

import deltarule
from deltarule import TableSettings, TabularClassifier
from deltarule.cli import main
from deltarule.cli.command import _another
from deltarule.stopping import StopReason
from deltarule.tables import ClassTarget, read_table
from deltarule.tabular.learning import Examples, learn, plan_for
from deltarule.tabular.members import Running

RNG = np.random.default_rng(0)
X = RNG.normal(size=(300, 12))
Y = (X[:, 0] * X[:, 1] > 0).astype(np.int32)


def _learned(settings: TableSettings, seconds_ago: float, threads: int):
    table = read_table({f"x{i}": column for i, column in enumerate(X.T)})
    target = ClassTarget("y", ("no", "yes"))
    plan = plan_for(Examples(table, target, Y, np.arange(300)), settings, encoded_target=None)
    started = time.perf_counter() - seconds_ago
    return learn(plan, settings, Running(threads=threads), started=started)


@pytest.mark.parametrize("threads", [1, 2])
def test_whose_turn_comes_too_late_is_not_trained(threads) -> None:
    """The limit was over long before training: one network, as there must be one."""
    settings = TableSettings(folds=20, time_limit_s=5.0)
    late = _learned(settings, 100, threads)
    assert [len(training.history) for training in late.trainings] == [1]
    assert late.explanation.startswith(
        "The time limit of 5 s allowed no more: 1 of 20 networks, stopped by its own share of the rows "
        "after 1 epoch. "
    )
    (note,) = late.notes
    assert note.startswith("The time limit of 5 s could not be kept: ")
    assert "took 100." in note


def test_a_limit_that_was_too_short_is_told_on_the_screen(tmp_path, capsys) -> None:
    rows = RNG.normal(size=(20_000, 20))
    np.savetxt(tmp_path / "t.csv", rows, delimiter=",", header=",".join(f"c{i}" for i in range(20)),
               comments="")  # fmt: skip
    words = ["train", str(tmp_path / "t.csv"), "--target", "c0", "--out", str(tmp_path / "m")]
    assert main([*words, "--time-limit-s", "0.001", "--no-report"]) == 0
    screen = " ".join(capsys.readouterr().out.split())
    assert "Note The time limit of 0.001 s could not be kept: " in screen


def test_a_limit_that_is_not_reached_changes_no_bit() -> None:
    settings = TableSettings(folds=3, epochs=2)
    free = _learned(settings, 0, 2)
    limited = _learned(TableSettings(folds=3, epochs=2, time_limit_s=600), 0, 2)
    for ours, theirs in zip(limited.model.networks, free.model.networks, strict=True):
        np.testing.assert_array_equal(ours.parameters.flat(), theirs.parameters.flat())
    assert limited.explanation == free.explanation
    assert limited.notes == free.notes == ()


def test_more_folds_than_time_are_told_with_the_limit_that_was_given() -> None:
    model = TabularClassifier(time_limit_s=0.25, folds=60, random_state=0).fit(X, Y)
    told = model.model_.about["explanation"]
    assert told.startswith("The time limit of 0.25 s allowed no more: "), told
    one = TabularClassifier(time_limit_s=0.25, folds=1, random_state=0, epochs=100_000).fit(X, Y)
    told = one.model_.about["explanation"]
    assert told.startswith("The time limit of 0.25 s allowed no more: training ended "), told


def test_what_is_tried_next_is_more_time_and_not_more_epochs() -> None:
    table = {f"x{i}": column for i, column in enumerate(X.T)} | {"y": Y}
    run = deltarule.train(table, "y", time_limit_s=0.25, folds=1, epochs=100_000)
    assert run.reason in (StopReason.TIME_LIMIT, StopReason.EPOCHS_DONE)
    options = Namespace(hidden=None, optimizer=None)
    assert _another(options, run) == ("longer", {"time_limit_s": 1.25})
