"""What a run shows while it trains, and what it suggests afterwards."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from deltarule.cli.command_text import next_commands
from deltarule.cli.messages import (
    describe_progress,
    describe_resumption,
    format_time_left,
)
from deltarule.cli.parser import parse
from deltarule.cli.screens import EpochCount
from deltarule.history import EPOCH_RECORD
from deltarule.stopping import StopReason
from deltarule.training import Progress


def event(epoch: int, *, of: int = 32, network: int = 1, networks: int = 1, best: int | None = 9):
    records = np.zeros(1, EPOCH_RECORD)
    records["epoch"], records["training_loss"] = epoch, 0.1234
    records["validation_loss"], records["validation_score"] = 0.4567, 0.953
    return Progress(records, of, best, network, networks)


def test_a_narrow_line_keeps_the_epoch_the_best_one_and_the_time_left():
    text = describe_progress(event(12, network=3, networks=8), "accuracy", 100.0)
    assert str(text) == (
        "12 of 32, best  9 (network 3), loss 0.123, validation loss 0.457, accuracy 95.3%, "
        "< 2 min left"
    )
    assert text.fitting(60) == "12 of 32, best  9 (network 3), accuracy 95.3%, < 2 min left"
    assert text.fitting(50) == "12 of 32, best  9 (network 3), < 2 min left"
    assert text.fitting(3) == "12 of 32, best  9 (network 3)"


def test_without_validation_rows_no_epoch_is_best():
    progress = event(2, of=3)
    progress.records["validation_score"] = np.nan
    assert str(describe_progress(progress, "accuracy")) == "2 of 3, loss 0.123"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.2, "5 s"), (11, "15 s"), (60, "1 min"), (61, "2 min"), (7199, "2 h"), (9000, "3 h")],
)
def test_the_time_left_is_rounded_up(seconds, text):
    assert format_time_left(seconds) == text


@pytest.fixture
def clock(monkeypatch):
    clock = SimpleNamespace(now=0.0)
    monkeypatch.setattr("deltarule.cli.screens.monotonic", lambda: clock.now)
    return clock


def test_the_time_left_follows_from_the_epochs_of_this_process(clock):
    """Two networks of 100 epochs; one goes on after epoch 40. 20 epochs in 10 s, 140 are left."""
    count = EpochCount()
    count.add(event(41, of=100, network=1, networks=2))
    clock.now = 2.0
    assert count.seconds_left is None  # too early to tell
    clock.now = 10.0
    count.add(event(50, of=100, network=1, networks=2))
    count.add(event(1, of=100, network=2, networks=2))
    count.add(event(10, of=100, network=2, networks=2))
    assert count.seconds_left == pytest.approx(70.0)
    assert count.share == pytest.approx(0.3)


def test_a_network_that_stopped_early_has_no_epochs_left(clock):
    """Two networks of at most 100 epochs; one ends after 40. 50 epochs in 10 s, 90 are left."""
    count = EpochCount()
    count.add(event(1, of=100, network=1, networks=2))
    count.add(replace(event(40, of=100, network=1, networks=2), ended=True))
    assert count.share == pytest.approx(40 / 140)
    clock.now = 10.0
    count.add(event(1, of=100, network=2, networks=2))
    count.add(event(10, of=100, network=2, networks=2))
    assert count.seconds_left == pytest.approx(18.0)
    count.add(replace(event(20, of=100, network=2, networks=2), ended=True))
    assert count.share == 1


def test_the_time_left_is_at_most_that_of_the_time_limit_and_not_shown_in_short_runs(clock):
    count = EpochCount()
    count.start(60.0)
    count.add(event(1, of=100))
    clock.now = 20.0
    assert count.seconds_left == pytest.approx(40.0)
    count.add(event(99, of=100))
    clock.now = 5.0
    assert count.seconds_left is None


def test_a_resumed_run_tells_where_each_network_goes_on():
    assert describe_resumption({1: (12, 32)}, 1) == "The run continues after epoch 12 of 32."
    assert describe_resumption({1: (12, 32), 2: (9, 32)}, 8) == (
        "The run continues: network 1 after epoch 12 of 32, 2 after epoch 9 of 32; 6 networks start "
        "from the beginning."
    )
    assert describe_resumption({1: (9, 9)}, 1) == (
        "Training had ended after epoch 9: its result is completed."
    )
    assert describe_resumption({1: (9, 9), 2: (7, 7), 3: (4, 32)}, 4) == (
        "The run continues: network 3 after epoch 4 of 32, 2 networks have ended; 1 network starts "
        "from the beginning."
    )


def suggested(words: str = "", *, reason=StopReason.EPOCHS_DONE, kept=(3, 5), limited=False,
              right: int = 9, resumable: bool = False) -> str:  # fmt: skip
    """Return the last command that is suggested after a run of ten epochs."""
    options = parse(["train", "t.csv", "--target", "y", *words.split()])
    trainings = [SimpleNamespace(kept_epoch=k, history=np.zeros(10)) for k in kept]
    run = SimpleNamespace(
        reason=reason, trainings=trainings, limited_by_time=limited,
        settings=SimpleNamespace(time_limit_s=options.time_limit_s, seed=0),
        recipe=SimpleNamespace(epochs=10, hidden=(160, 160)),
        scores=SimpleNamespace(accuracy=right / 10),
    )  # fmt: skip
    return " ".join(next_commands(options, "m", run, resumable=resumable)[-1])


def test_more_epochs_are_suggested_only_if_the_last_ones_were_the_best():
    assert "--epochs 50" in suggested(kept=(10, 10, 4))
    assert "--epochs" not in suggested(kept=(10, 3, 4))
    assert "--epochs" not in suggested(reason=StopReason.NO_PROGRESS, kept=(10, 10))
    assert "--hidden 320,320" in suggested(kept=(10, 3, 4))


def test_a_longer_time_limit_is_suggested_only_if_time_was_short():
    assert "--time-limit-s 300" in suggested("--time-limit-s 60", limited=True)
    assert "--time-limit-s 60 " in suggested("--time-limit-s 60")


def test_only_an_interrupted_run_is_resumed():
    assert suggested(reason=StopReason.INTERRUPTED, resumable=True).endswith("--out m --resume")
    assert suggested(reason=StopReason.INTERRUPTED).endswith("--out m")
    assert "--resume" not in suggested(resumable=True)


def test_other_test_rows_are_suggested_after_a_perfect_score():
    assert suggested(right=10, kept=(10, 10)) == "train t.csv --target y --seed 1 --out m-seed-1"
