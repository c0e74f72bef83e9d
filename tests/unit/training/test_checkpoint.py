"""Interrupted = uninterrupted, down to the bits."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time

import numpy as np
import pytest

import deltarule as dr
from deltarule.errors import FileError, ModelFileError, SettingError
from deltarule.formats.model_file import read_model, write_model
from deltarule.optimizers import LBFGS, Nadam
from deltarule.schedules import OnPlateau
from deltarule.stopping import NoProgress, StopReason
from deltarule.training.checkpoint import CheckpointWarning

X = np.random.default_rng(0).standard_normal((300, 5)).astype(np.float32)
Y = (X[:, 0] * X[:, 1] > 0).astype(np.int32)
NETWORK = dr.Network([dr.Dense(16, "relu"), dr.Dropout(0.2), dr.Dense(2, "softmax")])
OPTIONS = {
    "optimizer": Nadam(OnPlateau(5e-3, patience_epochs=4)),
    "validation_fraction": 0.3,
    "stopping": NoProgress(400),
    "epochs": 500,
}


def same_bits(a: dr.TrainingResult, b: dr.TrainingResult) -> None:
    np.testing.assert_array_equal(a.network.parameters.flat(), b.network.parameters.flat())
    fields = [name for name in a.history.records.dtype.names if name != "elapsed_s"]
    for name in fields:
        np.testing.assert_array_equal(a.history[name], b.history[name])
    assert (a.reason, a.kept_epoch) == (b.reason, b.kept_epoch)


def stop_at(epoch: int):
    return lambda event: event.epoch == epoch


@pytest.mark.parametrize("epoch", [1, 7, 100])
def test_a_resumed_run_ends_in_the_same_bits(tmp_path, epoch):
    whole = dr.fit(NETWORK, X, Y, **OPTIONS)
    path = tmp_path / "run.safetensors"
    saving = dr.Checkpoint(path, every_seconds=0)
    dr.fit(NETWORK, X, Y, **OPTIONS, checkpoint=saving, callbacks=[stop_at(epoch + 1)])
    resumed = dr.fit(NETWORK, X, Y, **OPTIONS, checkpoint=dr.Checkpoint(path, resume=True))
    same_bits(whole, resumed)


def test_ctrl_c_keeps_the_weights(tmp_path):
    def interrupt(event) -> None:
        if event.epoch == 5:
            raise KeyboardInterrupt

    result = dr.fit(NETWORK, X, Y, **OPTIONS, callbacks=[interrupt])
    assert result.reason is StopReason.INTERRUPTED
    assert len(result.history) == 5
    assert result.kept_epoch == result.history.validation_loss.argmin() + 1
    assert np.isfinite(result.network.predict(X)).all()


SCRIPT = """
    import sys, numpy as np, warnings
    warnings.simplefilter("ignore")
    import deltarule as dr
    from deltarule.optimizers import Adam
    X = np.random.default_rng(0).standard_normal((500, 8)).astype(np.float32)
    y = X[:, :1] ** 2 - X[:, 1:2]
    network = dr.Network([dr.Dense(32, "tanh"), dr.Dropout(0.1), dr.Dense(1)])
    path, epochs, resume = sys.argv[1], int(sys.argv[2]), sys.argv[3] == "resume"
    saving = dr.Checkpoint(path, every_seconds=0.0, resume=resume)
    print("begin", flush=True)
    result = dr.fit(network, X, y, epochs=epochs, optimizer=Adam(1e-3), checkpoint=saving)
    np.save(path + ".npy", result.network.parameters.flat())
"""


def run_script(path, epochs: int, how: str) -> subprocess.Popen[str]:
    code = textwrap.dedent(SCRIPT)
    return subprocess.Popen(
        [sys.executable, "-c", code, str(path), str(epochs), how], stdout=subprocess.PIPE, text=True
    )


def test_killed_at_any_moment_and_resumed_ends_in_the_same_bits(tmp_path):
    alone = tmp_path / "alone"
    with run_script(alone, 4000, "new") as process:
        assert process.wait() == 0
    killed = tmp_path / "killed"
    for pause_s in (0.02, 0.11, 0.23):
        with run_script(killed, 4000, "resume") as process:
            assert process.stdout is not None
            process.stdout.readline()
            time.sleep(pause_s)
            process.kill()  # SIGKILL
    with run_script(killed, 4000, "resume") as process:
        assert process.wait() == 0
    np.testing.assert_array_equal(np.load(f"{alone}.npy"), np.load(f"{killed}.npy"))
    leftovers = {path.name for path in tmp_path.iterdir()}
    assert leftovers == {"alone", "alone.npy", "killed", "killed.npy"}


def test_ctrl_c_leaves_a_checkpoint_of_the_last_epoch(tmp_path):
    def interrupt(event) -> None:
        if event.epoch == 9:
            raise KeyboardInterrupt

    whole = dr.fit(NETWORK, X, Y, **OPTIONS)
    path = tmp_path / "run.safetensors"
    saving = dr.Checkpoint(path, every_seconds=3600)
    dr.fit(NETWORK, X, Y, **OPTIONS, checkpoint=saving, callbacks=[interrupt])
    resumed = dr.fit(NETWORK, X, Y, **OPTIONS, checkpoint=dr.Checkpoint(path, resume=True))
    same_bits(whole, resumed)


def test_a_checkpoint_that_cannot_be_written_does_not_end_the_training(tmp_path):
    saving = dr.Checkpoint(tmp_path / "no such folder" / "run", every_seconds=0)
    with pytest.warns(CheckpointWarning, match="no such folder"):
        result = dr.fit(NETWORK, X, Y, epochs=3, checkpoint=saving)
    assert len(result.history) == 3


def test_a_checkpoint_of_another_run_is_refused(tmp_path):
    path = tmp_path / "run.safetensors"
    saving = dr.Checkpoint(path, every_seconds=0)
    dr.fit(NETWORK, X, Y, epochs=3, checkpoint=saving)
    again = dr.Checkpoint(path, resume=True)
    with pytest.raises(SettingError, match="other settings"):
        dr.fit(NETWORK, X, Y, epochs=4, checkpoint=again)
    with pytest.raises(SettingError, match="other data"):
        dr.fit(NETWORK, X + 1, Y, epochs=3, checkpoint=again)


def test_a_number_of_units_that_was_edited_is_refused_as_everywhere(tmp_path):
    path = tmp_path / "run.safetensors"
    dr.fit(NETWORK, X, Y, epochs=3, checkpoint=dr.Checkpoint(path, every_seconds=0))
    file = read_model(path, kind="checkpoint")
    layer = file.description["plan"]["network"]["layers"][0]
    layer["units"] = float(layer["units"])  # equal, yet no integer
    write_model(path, file.description, file.arrays, kind="checkpoint")
    with pytest.raises(ModelFileError, match="must be an integer of at least 1"):
        dr.fit(NETWORK, X, Y, epochs=3, checkpoint=dr.Checkpoint(path, resume=True))


def test_a_checkpoint_of_another_engine_is_refused(tmp_path):
    path = tmp_path / "run.safetensors"
    saving = dr.Checkpoint(path, every_seconds=0)
    dr.fit(NETWORK, X, Y, epochs=3, engine="reference", checkpoint=saving)
    again = dr.Checkpoint(path, resume=True)
    with pytest.raises(SettingError, match=r"reference engine wrote it, .* Set `engine` to ref"):
        dr.fit(NETWORK, X, Y, epochs=3, engine="native", checkpoint=again)


@pytest.mark.parametrize(
    ("name", "value", "words"),
    [
        ("version", "0.0.9", "version 0.0.9 of deltarule"),
        ("instruction_level", "sse9", "the instructions sse9"),
        ("platform", "plan9 mips", "the platform plan9 mips"),
    ],
)
def test_a_note_says_that_bits_may_differ(tmp_path, name, value, words):
    path = tmp_path / "run.safetensors"
    dr.fit(NETWORK, X, Y, epochs=3, checkpoint=dr.Checkpoint(path, every_seconds=0))
    file = read_model(path, kind="checkpoint")
    file.description["provenance"][name] = value
    write_model(path, file.description, file.arrays, kind="checkpoint")
    with pytest.warns(CheckpointWarning, match=f"of {words} .*may end in other bits"):
        dr.fit(NETWORK, X, Y, epochs=3, checkpoint=dr.Checkpoint(path, resume=True))


@pytest.mark.parametrize(
    "verdict",
    [
        {"reason": "callback"},
        {"reason": "no_progress", "rule": 1},
        {"reason": "no_progress"},
        {"reason": "diverged"},
        {"reason": "epochs_done", "divergence": {"epoch": 3, "step": 1, "layer": 0}},
        {"reason": "diverged", "divergence": {"epoch": 3, "step": 1, "layer": 9}},
        {"reason": "epochs_done"},
    ],
)
def test_a_verdict_that_the_run_cannot_have_is_refused(tmp_path, verdict):
    path = tmp_path / "run.safetensors"
    settings = {**OPTIONS, "epochs": 4}
    saving = dr.Checkpoint(path, every_seconds=0)
    dr.fit(NETWORK, X, Y, **settings, checkpoint=saving, callbacks=[stop_at(4)])  # saved after 3
    file = read_model(path, kind="checkpoint")
    file.description["epochs"]["verdict"] = {"rule": None, "divergence": None, **verdict}
    file.arrays.update({n: a[:3] for n, a in file.arrays.items() if n.startswith("history.")})
    write_model(path, file.description, file.arrays, kind="checkpoint")
    with pytest.raises(ModelFileError):
        dr.fit(NETWORK, X, Y, **settings, checkpoint=dr.Checkpoint(path, resume=True))


def test_a_checkpoint_that_another_run_uses_is_refused(tmp_path):
    checkpoint = dr.Checkpoint(tmp_path / "run.safetensors", every_seconds=0, resume=True)
    refusals = []

    def fit_again(event) -> None:
        with pytest.raises(FileError, match=r"in use by another run \(process") as caught:
            dr.fit(NETWORK, X, Y, epochs=3, checkpoint=checkpoint)
        refusals.append(caught)

    result = dr.fit(NETWORK, X, Y, epochs=3, checkpoint=checkpoint, callbacks=[fit_again])
    assert (len(refusals), result.reason) == (3, StopReason.EPOCHS_DONE)
    assert [path.name for path in tmp_path.iterdir()] == ["run.safetensors"]
    same_bits(dr.fit(NETWORK, X, Y, epochs=3, checkpoint=checkpoint), result)


def test_a_temporary_file_of_a_killed_run_is_removed(tmp_path, monkeypatch):
    """Without locks it may be of a run that is writing, unless it is old."""
    checkpoint = dr.Checkpoint(tmp_path / "run.safetensors", resume=True)
    part = tmp_path / ".run.safetensors.0123abcd.part"
    part.write_bytes(b"half")
    dr.fit(NETWORK, X, Y, epochs=1, checkpoint=checkpoint)
    assert not part.exists()

    def no_locks(descriptor: int) -> None:
        raise OSError

    monkeypatch.setattr("deltarule.formats.run_lock._lock", no_locks)
    part.write_bytes(b"half")
    dr.fit(NETWORK, X, Y, epochs=1, checkpoint=checkpoint)
    assert part.exists()
    os.utime(part, (0, 0))
    dr.fit(NETWORK, X, Y, epochs=1, checkpoint=checkpoint)
    assert not part.exists()


def test_a_damaged_checkpoint_is_refused(tmp_path):
    path = tmp_path / "run.safetensors"
    dr.fit(NETWORK, X, Y, epochs=3, checkpoint=dr.Checkpoint(path, every_seconds=0))
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(ModelFileError):
        dr.fit(NETWORK, X, Y, epochs=3, checkpoint=dr.Checkpoint(path, resume=True))


def test_a_model_is_no_checkpoint(tmp_path):
    path = tmp_path / "model.safetensors"
    dr.fit(NETWORK, X, Y, epochs=3).network.save(path)
    with pytest.raises(ModelFileError):
        dr.fit(NETWORK, X, Y, epochs=3, checkpoint=dr.Checkpoint(path, resume=True))


def test_lbfgs_refuses_a_checkpoint(tmp_path):
    with pytest.raises(SettingError, match="`checkpoint` cannot be used with LBFGS"):
        dr.fit(
            dr.Network([dr.Dense(2, "softmax")]), X, Y, optimizer=LBFGS(),
            checkpoint=dr.Checkpoint(tmp_path / "x"),
        )  # fmt: skip
