"""Checkpoints with a right digest whose state does not fit: refused when they are read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import deltarule as dr
from deltarule.errors import ModelFileError, SettingError
from deltarule.formats.model_file import read_model, write_model

X = np.random.default_rng(0).normal(size=(12, 2))
RUN: dict[str, Any] = {
    "network": dr.Network([dr.Dense(1)]), "X": X, "y": X[:, :1], "epochs": 4,
    "keep_best": "training_loss", "stopping": [dr.stopping.NoProgress(monitor="training_loss")],
}  # fmt: skip


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "c.safetensors"

    def interrupt(event: Any) -> None:
        if event.epoch == 2:
            raise KeyboardInterrupt

    checkpoint = dr.Checkpoint(path, every_seconds=1e9)
    dr.fit(**RUN, checkpoint=checkpoint, callbacks=[interrupt])
    return path


def resume(path: Path) -> Any:
    return dr.fit(**RUN, checkpoint=dr.Checkpoint(path, every_seconds=1e9, resume=True))


def test_the_whole_checkpoint_resumes(path: Path) -> None:
    assert len(resume(path).history) == 4


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("state.weights", None),
        ("state.weights", np.zeros(2, np.float32)),
        ("state.weights", np.zeros(3)),
        ("state.weights", np.full(3, np.nan, np.float32)),
        ("state.best_weights", None),
        ("state.slot_mean", None),
        ("state.slot_mean", np.full(3, np.inf, np.float32)),
        ("state.slot_square", np.zeros((3, 1), np.float32)),
        ("state.slot_velocity", np.zeros(3, np.float32)),
        ("state.rule_0", np.array([np.nan, 0.0])),
        ("state.rule_0", np.array([0.5])),
        ("state.rule_0", np.array([0.5, np.inf])),
        ("state.epochs_done", np.array([2.0])),
        ("state.epochs_done", np.array([-1])),
        ("state.epochs_done", np.array([10**9])),
        ("state.epochs_done", np.zeros((), np.int64)),
        ("state.best_value", np.array([-np.inf])),
        ("state.best_value", np.array([np.nan])),
        ("state.plateau", np.array([np.inf, np.inf, 0.0])),
        ("state.more", np.zeros(1)),
        ("history.epoch", np.array([1, 3])),
        ("history.epoch", np.zeros((), np.int64)),
        ("history.elapsed_s", np.array([0.1, np.inf])),
        ("history.training_loss", np.array([0.1])),
        ("history.training_loss", None),
    ],
)
def test_a_state_that_does_not_fit_is_refused(path: Path, name: str, array: Any) -> None:
    file = read_model(path, kind="checkpoint")
    arrays = {key: value for key, value in file.arrays.items() if key != name}
    if array is not None:
        arrays[name] = array
    write_model(path, file.description, arrays, kind="checkpoint")
    with pytest.raises(ModelFileError, match=r"array|epochs|finite") as caught:
        resume(path)
    assert len(str(caught.value)) < 500


def test_a_signaling_nan_in_the_history_is_a_nan(path: Path) -> None:
    """Comparing it would raise a floating-point warning."""
    file = read_model(path, kind="checkpoint")
    file.arrays["history.validation_loss"].view(np.uint64)[:] = 0x7FF0000000000001
    write_model(path, file.description, file.arrays, kind="checkpoint")
    assert np.isnan(resume(path).history.validation_loss[0])


@pytest.mark.parametrize("infinite", ["best_value", "rule_0"])
def test_an_infinity_from_before_the_first_epoch_is_kept(path: Path, infinite: str) -> None:
    file = read_model(path, kind="checkpoint")
    file.arrays[f"state.{infinite}"][0] = np.inf
    write_model(path, file.description, file.arrays, kind="checkpoint")
    assert len(resume(path).history) == 4


@pytest.mark.parametrize("engine", ["a" * 81, "a\nb"])
def test_a_message_never_quotes_a_long_engine(path: Path, engine: str) -> None:
    file = read_model(path, "checkpoint")
    file.description["provenance"]["engine"] = engine
    write_model(path, file.description, file.arrays, "checkpoint")
    with pytest.raises(ModelFileError, match=r"provenance\.engine must be a name, got 'a"):
        resume(path)


def test_a_number_in_place_of_true_is_another_setting(path: Path) -> None:
    file = read_model(path, "checkpoint")
    plan: Any = file.description["plan"]
    plan["network"]["layers"][0]["bias"] = 1
    write_model(path, file.description, file.arrays, "checkpoint")
    with pytest.raises(SettingError, match="a run with other settings"):
        resume(path)
