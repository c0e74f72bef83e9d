"""deltarule train --cluster: the folds train on a Dask cluster, with the bits of threads."""

from __future__ import annotations

import pytest

distributed = pytest.importorskip("distributed", reason="Dask is not installed")

COMMAND = ("iris.csv", "--target", "species", "--folds", "3")


@pytest.fixture(scope="module")
def address():
    cluster = distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address="127.0.0.1:0"
    )
    with cluster:
        yield cluster.scheduler_address


def test_the_model_file_is_that_of_threads(folder, train, address):
    assert train(*COMMAND, "--out", "threads").status == 0
    outcome = train(*COMMAND, "--out", "cluster", "--cluster", address)
    assert (outcome.status, outcome.err) == (0, "")
    assert f"--cluster {address}" in outcome.out  # of the command to try next
    assert sorted(path.name for path in (folder / "cluster").iterdir()) == [
        "history.csv",
        "model.safetensors",
    ]
    model = "model.safetensors"
    assert (folder / "cluster" / model).read_bytes() == (folder / "threads" / model).read_bytes()


def test_models_of_groups_are_those_of_threads(folder, train, address):
    words = ("iris.csv", "--target", "sepal_length", "--by", "species", "--folds", "2")
    assert train(*words, "--out", "threads").status == 0
    outcome = train(*words, "--out", "cluster", "--cluster", address)
    assert (outcome.status, outcome.err) == (0, "")
    assert sorted(path.name for path in (folder / "cluster").iterdir()) == [
        "history.csv",
        "model.safetensors",
    ]
    model = "model.safetensors"
    assert (folder / "cluster" / model).read_bytes() == (folder / "threads" / model).read_bytes()


def test_finished_networks_are_found_again(folder, train, address, monkeypatch):
    """The run is interrupted after its networks are trained, before they are written."""
    with monkeypatch.context() as failing:
        failing.setattr("deltarule.cli.train._run", interrupted(folder))
        assert train(*COMMAND, "--out", "cluster", "--cluster", address).status == 130
    finished = list((folder / "cluster/jobs/results").iterdir())
    assert len(finished) == 3
    times = [path.stat().st_mtime_ns for path in finished]
    with monkeypatch.context() as kept:
        kept.setattr("deltarule.cli.run_folder.RunFolder.remove_checkpoints", lambda self: None)
        assert train(*COMMAND, "--out", "cluster", "--cluster", address).status == 0
    assert [path.stat().st_mtime_ns for path in finished] == times


def interrupted(folder):
    from deltarule.cli.train import _run as run

    def runs_and_is_interrupted(*arguments):
        run(*arguments)
        raise KeyboardInterrupt

    return runs_and_is_interrupted


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--cluster", "tcp://10.0.0.1:8786"), "--cluster cannot be tcp://10.0.0.1:8786: the"),
        (("--cluster", "nowhere"), "--cluster must be the address of a Dask scheduler, got"),
        (("--cluster", "a.json"), "There is no scheduler file a.json"),
        (("--cluster", "127.0.0.1:1", "--time-limit-s", "5"), "--time-limit-s cannot be combined"),
        (("--cluster", "127.0.0.1:1", "--resume"), "--resume cannot be combined with --cluster"),
        (("--allow-plain-tcp",), "--allow-plain-tcp applies to --cluster, which is not given"),
    ],
)
def test_what_cannot_work_is_refused_before_the_table_is_read(run, options, sentence):
    outcome = run("train", "no-such.csv", "--target", "species", *options)
    assert outcome.status == 2
    assert sentence in " ".join(outcome.err.split())


def test_tune_finds_the_model_of_threads(folder, run, address):
    words = ("tune", "iris.csv", "--target", "species", "--folds", "2", "--epochs", "6")
    words += ("--trials", "4", "--hidden", "8", "--no-report")
    assert run(*words, "--out", "threads").status == 0
    outcome = run(*words, "--out", "cluster", "--cluster", address)
    assert (outcome.status, outcome.err) == (0, "")
    assert sorted(path.name for path in (folder / "cluster").iterdir()) == [
        "history.csv",
        "model.safetensors",
    ]
    import deltarule as dr

    found = [dr.load(folder / name / "model.safetensors") for name in ("threads", "cluster")]
    for one, other in zip(*(model.networks for model in found), strict=True):
        assert (one.parameters.flat() == other.parameters.flat()).all()
