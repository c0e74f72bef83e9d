"""An interrupt after any epoch, whatever ends the run: resumed, it ends as if nothing had happened."""

from __future__ import annotations

import os
import signal
import threading
from typing import Any

import numpy as np
import pytest

import deltarule as dr
from deltarule.optimizers import Adam, GradientDescent
from deltarule.schedules import OnPlateau
from deltarule.stopping import (
    GradientNormBelow,
    NoProgress,
    StopReason,
    TargetReached,
    TimeLimit,
)
from deltarule.training import EpochEvent, Progress

X = np.random.default_rng(0).standard_normal((24, 3))
Y = X[:, 0] * X[:, 1]
NETWORK = dr.Network([dr.Dense(3, "tanh"), dr.Dense(1)])
MONITOR = "training_loss"


def stop_at_three(event: EpochEvent) -> bool:
    return event.epoch == 3


RUNS: dict[StopReason, dict[str, Any]] = {
    StopReason.EPOCHS_DONE: {"epochs": 4, "optimizer": Adam(0.01)},
    StopReason.NO_PROGRESS: {
        "stopping": NoProgress(2),
        "validation_fraction": 0.5,
        "optimizer": Adam(OnPlateau(0.1, patience_epochs=1, monitor=MONITOR)),
    },
    StopReason.TARGET_REACHED: {"stopping": TargetReached(0.55, MONITOR), "optimizer": Adam(0.1)},
    StopReason.GRADIENT_NORM: {
        "stopping": (NoProgress(99, monitor=MONITOR), GradientNormBelow(0.2)),
        "optimizer": GradientDescent(0.3),
        "batch_size": len(X),
    },
    StopReason.TIME_LIMIT: {"stopping": TimeLimit(1e-9)},
    StopReason.DIVERGED: {"optimizer": GradientDescent(15.0), "batch_size": len(X)},
    StopReason.CALLBACK: {"callbacks": [stop_at_three]},
}


def interrupt(*_: object) -> None:
    raise KeyboardInterrupt


def fit(reason: StopReason, engine: str, callbacks: Any = (), **settings: Any) -> dr.TrainingResult:
    run = {"epochs": 40, **RUNS[reason], **settings}
    run["callbacks"] = [*callbacks, *run.get("callbacks", ())]
    return dr.fit(NETWORK, X, Y, engine=engine, threads=1, **run)


def assert_same_end(resumed: dr.TrainingResult, whole: dr.TrainingResult) -> None:
    np.testing.assert_array_equal(
        resumed.network.parameters.flat(), whole.network.parameters.flat()
    )
    for name in set(whole.history.records.dtype.names) - {"elapsed_s"}:
        np.testing.assert_array_equal(resumed.history[name], whole.history[name])
    assert resumed.reason is whole.reason
    assert resumed.explanation == whole.explanation
    assert resumed.kept_epoch == whole.kept_epoch
    assert repr(resumed.divergence) == repr(whole.divergence)  # its loss may be NaN


@pytest.mark.parametrize("place", ["progress", "callback"])
@pytest.mark.parametrize("engine", ["native", "reference"])
@pytest.mark.parametrize("reason", RUNS, ids=lambda reason: reason.name)
def test_a_run_interrupted_after_any_epoch_ends_in_the_same_bits(tmp_path, reason, engine, place):
    whole = fit(reason, engine, [lambda event: None])
    assert whole.reason is reason
    for epoch in range(1, len(whole.history) + 1):
        path = tmp_path / f"{epoch}.safetensors"

        def interrupt(event: Any, epoch: int = epoch) -> None:
            last = event.records["epoch"][-1] if isinstance(event, Progress) else event.epoch
            if last == epoch:
                raise KeyboardInterrupt

        first = fit(
            reason,
            engine,
            [lambda event: None] if place == "progress" else [interrupt],
            progress=interrupt if place == "progress" else None,
            checkpoint=dr.Checkpoint(path, every_seconds=3600),
        )
        assert first.reason is StopReason.INTERRUPTED
        assert first.kept_epoch <= len(first.history)
        again = dr.Checkpoint(path, every_seconds=3600, resume=True)
        assert_same_end(fit(reason, engine, checkpoint=again), whole)


@pytest.mark.parametrize("engine", ["native", "reference"])
def test_the_history_has_every_epoch_that_is_in_the_weights(tmp_path, engine):
    """Ctrl-C comes at any moment, also while the engine returns what it finished."""
    endless = {"engine": engine, "threads": 1, "epochs": 10**9}
    weights = {}

    def assert_that_weights_are_those_of_the_history(found: dr.TrainingResult) -> None:
        epochs = len(found.history)
        if epochs not in weights:
            whole = dr.fit(NETWORK, X, Y, **endless | {"epochs": epochs})
            weights[epochs] = whole.network.parameters.flat()
        np.testing.assert_array_equal(found.network.parameters.flat(), weights[epochs])

    for number in range(7):
        timer = threading.Timer(0.15 + 0.012 * number, os.kill, (os.getpid(), signal.SIGINT))
        timer.start()
        path = tmp_path / f"{number}.safetensors"
        first = dr.fit(NETWORK, X, Y, **endless, checkpoint=dr.Checkpoint(path, every_seconds=3600))
        timer.join()
        assert first.reason is StopReason.INTERRUPTED
        assert_that_weights_are_those_of_the_history(first)
        again = dr.fit(
            NETWORK,
            X,
            Y,
            **endless,
            progress=interrupt,
            checkpoint=dr.Checkpoint(path, resume=True),
        )
        assert len(again.history) > len(first.history)
        assert_that_weights_are_those_of_the_history(again)
