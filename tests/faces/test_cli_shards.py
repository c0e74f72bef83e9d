"""--shards: one network on parts of a streamed table, in threads or on a cluster, with the same bits."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

import deltarule as dr
from deltarule.errors import SettingError

ROWS = 30_000
SHARDS = ("train", "table.csv", "--target", "y", "--shards", "2", "--epochs", "3", "--hidden", "8")
MODEL = "model.safetensors"


@pytest.fixture(scope="module")
def wide_csv(tmp_path_factory) -> Path:
    """A table whose training rows fill some blocks."""
    draw = np.random.default_rng(5)
    x, z = draw.normal(size=(2, ROWS))
    y = np.where(x * z + draw.normal(size=ROWS) / 4 > 0, "high", "low")
    lines = (f"{a:.5f},{b:.5f},{c}" for a, b, c in zip(x, z, y, strict=True))
    path = tmp_path_factory.mktemp("large") / "table.csv"
    path.write_text("x,z,y\n" + "\n".join(lines) + "\n")
    return path


@pytest.fixture
def table(folder, wide_csv) -> Path:
    os.link(wide_csv, folder / "table.csv")
    return folder / "table.csv"


def test_the_model_of_a_cluster_is_that_of_threads(folder, table, run):
    distributed = pytest.importorskip("distributed", reason="Dask is not installed")
    outcome = run(*SHARDS, "--out", "threads", "--no-report")
    assert (outcome.status, outcome.err) == (0, "")
    first, *_, last = outcome.out.splitlines()
    assert first == "Note      The rows are divided into shards: they are read in batches."
    assert "--shards 2" in last  # of the command to try next
    cluster = distributed.LocalCluster(
        n_workers=3, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    )
    with cluster:
        address = cluster.scheduler_address
        outcome = run(*SHARDS, "--out", "cluster", "--no-report", "--cluster", address)
    assert (outcome.status, outcome.err) == (0, "")
    assert sorted(os.listdir(folder / "cluster")) == ["history.csv", MODEL]
    assert (folder / "cluster" / MODEL).read_bytes() == (folder / "threads" / MODEL).read_bytes()
    model = dr.load(folder / "cluster" / MODEL)
    assert model.about["rows"]["training"] > ROWS / 2
    assert len(model.networks) == 1


def test_a_run_that_is_interrupted_continues(folder, table, run, monkeypatch):
    assert run(*SHARDS, "--out", "whole", "--no-report").status == 0
    with monkeypatch.context() as failing:
        failing.setattr("deltarule.cli.train.HumanScreen.progress", interrupt)
        outcome = run(*SHARDS, "--out", "parts", "--no-report")
    assert "Interrupted after epoch 1" in outcome.out
    averages = list((folder / "parts/jobs/rounds").iterdir())
    blocks = list((folder / "parts/jobs").glob("rows-*.blocks"))
    assert len(averages) == len(blocks) == 1
    made = blocks[0].stat().st_mtime_ns
    with monkeypatch.context() as kept:
        kept.setattr("deltarule.cli.run_folder.RunFolder.remove_checkpoints", lambda self: None)
        kept.setattr("deltarule.table_model.streamed_training.remove_blocks", lambda *_, **__: None)
        assert run(*SHARDS, "--out", "parts", "--no-report").status == 0
    assert blocks[0].stat().st_mtime_ns == made
    assert (folder / "parts" / MODEL).read_bytes() == (folder / "whole" / MODEL).read_bytes()


def interrupt(*_):
    raise KeyboardInterrupt


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--resume",), "--resume cannot be combined with --shards, which saves no checkpoints"),
        (("--time-limit-s", "5"), "--time-limit-s cannot be combined with --shards"),
        (("--folds", "3"), "--folds cannot be combined with --shards, as it needs all rows"),
        (("--optimizer", "lbfgs"), "--optimizer cannot be combined with --shards"),
        (("--shards", "0"), "--shards must be at least 1, got 0"),
        (
            ("--shards", "200"),
            ", the number of blocks of the rows; got 200. Blocks have up to 4,096 rows",
        ),
    ],
)
def test_what_cannot_be_combined_is_refused_in_a_sentence(folder, table, run, options, sentence):
    outcome = run(*SHARDS[:4], *(() if "--shards" in options else ("--shards", "2")), *options)
    assert outcome.status == 2
    assert sentence in " ".join(outcome.err.split())
    assert not list(folder.glob("*/jobs"))


def test_tune_has_no_shards(folder, run):
    outcome = run("tune", "iris.csv", "--target", "species", "--shards", "2")
    assert outcome.status == 2
    assert "--shards" in outcome.err


def test_what_python_cannot_combine_is_refused(table):
    frame = {"x": [1.0, 2.0], "y": [1.0, 2.0]}
    for source in (frame, dr.data.read_table(frame)):
        with pytest.raises(SettingError, match=r"`shards` applies to files .* in memory already"):
            dr.train(source, "y", shards=2)
    with pytest.raises(SettingError, match="`callbacks` cannot be combined with `shards`"):
        dr.train(table, "y", shards=2, callbacks=[print])
    with pytest.raises(SettingError, match="`checkpoint` cannot be combined with `shards`"):
        dr.train(table, "y", shards=2, checkpoint=dr.Checkpoint("run.safetensors"))
