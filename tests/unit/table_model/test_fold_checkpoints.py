"""The checkpoints of fold networks: an interrupt at any event, other files beside them, other runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import deltarule as dr
from deltarule.errors import FileError
from deltarule.formats.model_file import read_model, write_model
from deltarule.stopping import StopReason
from deltarule.table_model.fold_checkpoints import existing_checkpoints

RANDOM = np.random.default_rng(0)
TABLE = {"x": RANDOM.standard_normal(60), "z": RANDOM.standard_normal(60)}
TABLE["y"] = TABLE["x"] * TABLE["z"]
SETTINGS = {"hidden": (4,), "epochs": 8, "patience_epochs": 2, "folds": 3, "learning_rate": 0.1}


def train(path: Path | None = None, *, resume: bool = False, **settings: Any) -> dr.TableResult:
    checkpoint = None if path is None else dr.Checkpoint(path, every_seconds=0, resume=resume)
    return dr.train(TABLE, "y", checkpoint=checkpoint, **{**SETTINGS, **settings})


def go_on(event: Any) -> None:
    """Let the engine return after every epoch."""


def interrupt_at(number: int) -> Any:
    """Return a progress listener that interrupts training at the given event of all networks."""
    events = []

    def listen(progress: Any) -> None:
        events.append(progress)
        if len(events) >= number:
            raise KeyboardInterrupt

    return listen


def bits(result: dr.TableResult) -> list[Any]:
    return [
        (t.network.parameters.flat().tobytes(), t.reason, t.kept_epoch, len(t.history))
        for t in result.trainings
    ]


@pytest.mark.parametrize("threads", [1, 2])
def test_interrupted_at_any_event_and_resumed(tmp_path: Path, threads: int) -> None:
    whole = train()
    assert {t.reason for t in whole.trainings} >= {StopReason.NO_PROGRESS}
    for number in range(1, sum(len(t.history) for t in whole.trainings) + 1, 3):
        path = tmp_path / f"{number}.safetensors"
        first = train(path, threads=threads, progress=interrupt_at(number), callbacks=[go_on])
        assert first.reason is StopReason.INTERRUPTED
        assert bits(train(path, resume=True, threads=threads)) == bits(whole)


def test_a_new_run_replaces_the_checkpoints_of_an_earlier_one(tmp_path: Path) -> None:
    """Resumed, it would else meet a network of the earlier run, with other settings."""
    path = tmp_path / "run.safetensors"
    train(path, folds=5, callbacks=[lambda event: event.epoch == 3])
    assert list(existing_checkpoints(path)) == [1, 2, 3, 4, 5]
    write_model(tmp_path / "run-9.safetensors", {}, {}, kind="network")
    train(path, threads=1, progress=interrupt_at(2), seed=1, callbacks=[go_on])
    assert list(existing_checkpoints(path)) == [1, 9]
    assert read_model(tmp_path / "run-9.safetensors", kind="network")
    assert bits(train(path, resume=True, seed=1)) == bits(train(seed=1))


def test_a_checkpoint_in_use_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "run.safetensors"
    refusals = []

    def train_again(_: Any) -> None:
        if not refusals:
            with pytest.raises(FileError, match=r"in use by another run \(process") as caught:
                train(path, resume=True)
            refusals.append(caught)

    train(path, progress=train_again)
    assert len(refusals) == 1
    assert not list(tmp_path.glob(".*"))
