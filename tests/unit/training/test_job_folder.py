"""Jobs in a folder: descriptions, results that are found again, and what is refused."""

from __future__ import annotations

import json
import os
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
import pytest

import deltarule as dr
from deltarule.engines import BlockFileData
from deltarule.errors import (
    FileError,
    ModelFileError,
    SettingError,
    TableFileError,
    WorkerError,
    WorkerWarning,
)
from deltarule.formats.strict_json import read_json
from deltarule.optimizers import Adam, GradientDescent
from deltarule.stopping import NoProgress
from deltarule.training import job_worker, worker_errors, worker_watch
from deltarule.training.job import FitJob, pack, unpack
from deltarule.training.job_folder import JobFolder, load_array, store_array
from deltarule.training.job_preparation import JobMaker

DRAW = np.random.default_rng(0)
X = DRAW.standard_normal((150, 4)).astype(np.float32)
Y = (X[:, 0] > X[:, 1]).astype(np.int32)
WEIGHTS = DRAW.random(150)
NETWORK = dr.Network([dr.Dense(4, "relu"), dr.Dropout(0.1), dr.Dense(2, "softmax")])
LINE = dr.Network([dr.Dense(1)])
JOB = {"network": NETWORK, "X": X, "y": Y, "epochs": 6}
JOBS = {
    "plain": JOB,
    "weighted": JOB | {"sample_weight": WEIGHTS, "optimizer": Adam(0.01), "batch_size": 16},
    "some rows in another order": JOB | {"rows": np.arange(140, 20, -1), "sample_weight": WEIGHTS},
    "split": JOB | {"validation_fraction": 0.2, "seed": 5, "stopping": NoProgress(2)},
    "split of some rows": JOB | {"validation_fraction": 0.3, "rows": np.arange(0, 150, 2)},
    "validation rows": JOB | {"validation_data": (X[:40], Y[:40], WEIGHTS[:40]), "rows": range(50)},
    "one-hot": JOB | {"y": np.eye(2)[Y]},
    "numbers": JOB | {"network": LINE, "y": X[:, 0].astype(np.float64) / 3},
    "float64": JOB | {"network": LINE, "y": X[:, 1], "dtype": "float64"},
    "L-BFGS": JOB | {"network": LINE, "y": X[:, 1], "optimizer": "lbfgs"},
    "initial parameters": JOB
    | {"initial_parameters": dr.fit(NETWORK, X, Y, epochs=1, seed=9).network},
    "diverging": JOB | {"network": LINE, "y": X[:, 0], "optimizer": GradientDescent(1e9)},
    "full batches": JOB | {"sampling": dr.sampling.FullBatch(), "score": False},
}


def flat(result):
    return result.network.parameters.flat()


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("jobs")


@pytest.mark.parametrize("name", JOBS)
def test_a_result_is_that_of_fit(folder, name):
    """The second call reads what the first one wrote."""
    expected = dr.fit(**JOBS[name])
    for _ in range(2):
        (result,) = dr.fit_many([JOBS[name]], folder=folder)
        np.testing.assert_array_equal(flat(result), flat(expected))
        assert result.network.network == expected.network.network
        for field in ("reason", "explanation", "kept_epoch", "engine", "comparison"):
            assert getattr(result, field) == getattr(expected, field)
        assert str(result.divergence) == str(expected.divergence)
        for field in ("epoch", "learning_rate", "training_loss", "validation_loss"):
            np.testing.assert_array_equal(result.history[field], expected.history[field])


def test_rows_of_a_block_file_are_read_while_training_runs(tmp_path):
    rows = BlockFileData.write(tmp_path / "rows.blocks", [(X, Y, WEIGHTS)], validation_fraction=0.2)
    job = {
        "network": NETWORK,
        "X": rows,
        "validation_data": rows.validation,
        "epochs": 4,
        "sampling": dr.sampling.Blocks(16, window_rows=64, block_rows=16),
    }
    (result,) = dr.fit_many([job], folder=tmp_path / "jobs")
    np.testing.assert_array_equal(flat(result), flat(dr.fit(**job)))
    assert list((tmp_path / "jobs" / "data").iterdir()) == []


def test_arrays_are_written_once(tmp_path):
    jobs = [JOB | {"seed": seed, "validation_fraction": 0.2} for seed in range(4)]
    dr.fit_many(jobs, folder=tmp_path)
    assert len(list((tmp_path / "data").iterdir())) == 1
    assert len(list((tmp_path / "results").iterdir())) == 4


def test_a_job_is_json_that_names_its_result(tmp_path):
    with JobFolder(tmp_path) as folder:
        maker = JobMaker(folder.path)
        orders = [maker.order(JOB | {"seed": seed, "stopping": NoProgress(2, monitor="training_loss")})[0]
                  for seed in (1, 2**64 - 1)]  # fmt: skip
    first, second = (order.job for order in orders)
    again = FitJob.from_json(read_json(json.dumps(first.to_json())), "the job")
    assert again == first
    assert again.digest == first.digest != second.digest
    assert len(json.dumps(first.to_json())) < 2500  # no arrays


def test_what_is_finished_is_not_trained_again(tmp_path, monkeypatch):
    jobs = [JOB | {"seed": seed} for seed in range(3)]
    first = dr.fit_many(jobs, folder=tmp_path)
    trained = []
    run_job = job_worker.run_job
    monkeypatch.setattr(
        job_worker, "run_job", lambda folder, order: trained.append(1) or run_job(folder, order)
    )
    second = dr.fit_many([*jobs, JOB | {"seed": 3}, JOB | {"seed": 0}], folder=tmp_path)
    assert len(trained) == 1
    for one, other in zip(first, second, strict=False):
        np.testing.assert_array_equal(flat(one), flat(other))
    np.testing.assert_array_equal(flat(second[4]), flat(first[0]))
    lines = (tmp_path / "journal.jsonl").read_text().splitlines()
    assert sorted(json.loads(line)["seed"] for line in lines) == [0, 1, 2, 3]


def test_a_line_that_was_cut_and_a_lost_journal_are_mended(tmp_path):
    dr.fit_many([JOB], folder=tmp_path)
    journal = tmp_path / "journal.jsonl"
    whole = journal.read_text()
    journal.write_text(whole + '{"job": "1234')
    dr.fit_many([JOB], folder=tmp_path)
    assert journal.read_text() == whole
    journal.unlink()
    dr.fit_many([JOB], folder=tmp_path)
    assert journal.read_text() == whole


def test_unfinished_files_of_killed_processes_are_removed(tmp_path):
    """Before the jobs those of an earlier call, after them those of workers killed meanwhile."""
    dr.fit_many([JOB], folder=tmp_path)
    folders = ("results", "rounds", "data", "arrays")

    def leave(name):
        part = tmp_path / name / f".{'0' * 32}.safetensors.0123abcd.part"
        part.write_bytes(b"half a file")
        os.utime(part, (0, time.time() - 60))
        return part

    before, meanwhile = [leave(name) for name in folders], []

    class Killed(ThreadPoolExecutor):
        def submit(self, fn, /, *args):
            assert not any(part.exists() for part in before)
            meanwhile.append(leave("results"))
            return super().submit(fn, *args)

    with Killed(1) as executor:
        dr.fit_many([JOB | {"seed": 1}], executor=executor, folder=tmp_path)
    assert meanwhile
    assert not any(part.exists() for part in meanwhile)
    assert len(list((tmp_path / "results").iterdir())) == 2


def test_a_damaged_result_is_computed_again_with_a_warning(tmp_path):
    (first,) = dr.fit_many([JOB], folder=tmp_path)
    (path,) = (tmp_path / "results").iterdir()
    whole = path.read_bytes()
    path.write_bytes(whole[:-5])
    with pytest.warns(WorkerWarning, match="computed again: .*damaged"):
        (second,) = dr.fit_many([JOB], folder=tmp_path)
    np.testing.assert_array_equal(flat(first), flat(second))


def test_an_array_of_another_name_is_one_sentence(tmp_path):
    with JobFolder(tmp_path) as folder:
        first, second = (store_array(folder.path, np.arange(rows)) for rows in (3, 4))
        paths = [tmp_path / "arrays" / f"{name}.safetensors" for name in (first, second)]
        paths[0].replace(paths[1])
        with pytest.raises(ModelFileError, match="holds another array than its name says"):
            load_array(folder.path, second)
        np.testing.assert_array_equal(
            load_array(folder.path, store_array(folder.path, np.arange(3))), [0, 1, 2]
        )


def test_a_block_file_cut_short_is_one_sentence(tmp_path):
    dr.fit_many([JOB], folder=tmp_path)
    (path,) = (tmp_path / "data").iterdir()
    os.truncate(path, path.stat().st_size - 1)
    with pytest.raises(TableFileError, match="is cut short"):
        dr.fit_many([JOB | {"seed": 1}], folder=tmp_path)


def test_a_block_file_of_other_rows_is_one_sentence(tmp_path):
    rows = BlockFileData.write(tmp_path / "rows.blocks", [(X, Y)])
    with JobFolder(tmp_path / "jobs") as folder:
        order, _ = JobMaker(folder.path).order({"network": NETWORK, "X": rows})
        BlockFileData.write(tmp_path / "rows.blocks", [(X, 1 - Y)])
        answer = job_worker.run_jobs(
            dr.__version__, folder.path, folder.identity, pack([order.to_text()])
        )
    (outcome,) = answer["outcomes"]
    with pytest.raises(TableFileError, match=r"holds other rows than those of the job"):
        raise outcome["error"]


def test_a_result_that_appears_late_is_awaited(tmp_path):
    """As on a network file system."""

    class Late(ThreadPoolExecutor):
        def submit(self, fn, /, *args):
            def run():
                answer = fn(*args)
                (path,) = (tmp_path / "results").iterdir()
                hidden = tmp_path / "hidden"
                path.rename(hidden)
                threading.Timer(0.5, hidden.rename, (path,)).start()
                return answer

            return super().submit(run)

    with Late(1) as other:
        assert len(dr.fit_many([JOB], executor=other, folder=tmp_path)) == 1


def test_a_cluster_whose_workers_are_gone_does_not_wait_forever(monkeypatch):
    monkeypatch.setattr(worker_watch, "NO_WORKERS_S", 0.3)

    class Empty(ThreadPoolExecutor):
        worker_count = 0

        def submit(self, fn, /, *args):
            return Future()

    with Empty() as empty, pytest.raises(WorkerError, match="has no workers any more: start some"):
        dr.fit_many([JOB], executor=empty)


class Elsewhere(ThreadPoolExecutor):
    """An executor whose tasks see another version, or another folder."""

    def __init__(self, place, value):
        super().__init__(1)
        self._place, self._value = place, value

    def submit(self, fn, /, *args):
        changed = list(args)
        changed[self._place] = self._value
        return super().submit(fn, *changed)


def test_a_worker_of_another_version_is_refused(tmp_path):
    with Elsewhere(0, "0.0.1") as other, pytest.raises(WorkerError) as caught:
        dr.fit_many([JOB], executor=other)
    assert str(caught.value).endswith(
        f"has deltarule {dr.__version__}, this process 0.0.1: install the same version for all."
    )


@pytest.mark.parametrize("kind", ["missing", "another"])
def test_a_worker_without_the_shared_folder_is_refused(tmp_path, kind):
    seen = tmp_path / "seen"
    if kind == "another":
        JobFolder(seen).close()
    with Elsewhere(1, str(seen)) as other, pytest.raises(WorkerError, match="does not see the"):
        dr.fit_many([JOB], executor=other, folder=tmp_path / "jobs")


def test_a_worker_that_writes_elsewhere_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr(worker_errors, "SHARED_WAIT_S", 0.1)

    class Removing(ThreadPoolExecutor):
        def submit(self, fn, /, *args):
            def run():
                answer = fn(*args)
                for path in (tmp_path / "results").iterdir():
                    path.unlink()
                return answer

            return super().submit(run)

    with Removing(1) as other, pytest.raises(WorkerError, match=r"is not here: set `folder`"):
        dr.fit_many([JOB], executor=other, folder=tmp_path)


def test_a_worker_without_deltarule_is_refused():
    class Without(ThreadPoolExecutor):
        def submit(self, fn, /, *args):
            future = Future()
            error = RuntimeError("Error during deserialization")  # as Dask's scheduler has it
            error.__cause__ = ModuleNotFoundError("No module named", name="deltarule")
            future.set_exception(error)
            return future

    with Without() as other, pytest.raises(WorkerError, match="cannot import deltarule: install"):
        dr.fit_many([JOB], executor=other)


def test_other_instructions_are_a_warning(tmp_path, monkeypatch):
    dr.fit_many([JOB, JOB | {"seed": 1}], folder=tmp_path)
    monkeypatch.setattr("deltarule.training.provenance.instruction_level", lambda engine: "avx9")
    with pytest.warns(WorkerWarning, match=r"computed by the instructions .* \(here avx9\)") as all:
        dr.fit_many([JOB, JOB | {"seed": 1}], folder=tmp_path)
    assert len(all) == 1


def test_short_jobs_share_a_task(tmp_path):
    sizes = []

    class Counting(ThreadPoolExecutor):
        def submit(self, fn, /, *args):
            sizes.append(len(unpack(args[-1])))
            return super().submit(fn, *args)

    jobs = [JOB | {"seed": seed, "epochs": 1} for seed in range(150)]
    with Counting(1) as counting:
        assert len(dr.fit_many(jobs, executor=counting, folder=tmp_path)) == 150
    assert sum(sizes) == 150
    assert sizes[0] == 1
    assert len(sizes) < 20  # of jobs of a few milliseconds


def test_one_run_at_a_time_uses_a_folder(tmp_path):
    with JobFolder(tmp_path), pytest.raises(FileError, match="in use by another run"):
        dr.fit_many([JOB], folder=tmp_path)


@pytest.mark.parametrize(
    ("job", "settings", "sentence"),
    [
        ({"callbacks": [print]}, {}, "`callbacks` cannot be used with an executor"),
        ({"checkpoint": dr.Checkpoint("a")}, {}, "`checkpoint` cannot be used with an executor"),
        ({"X": X.astype(np.float64) / 3, "dtype": "float64"}, {}, "`dtype` cannot be float64"),
        ({}, {"executor": "tcp://localhost:1"}, "`executor` must be a concurrent.futures.Executor"),
        ({}, {"executor": ThreadPoolExecutor(1), "threads": 2}, "`threads` cannot be combined"),
    ],
)
def test_what_cannot_be_a_job_is_refused(tmp_path, job, settings, sentence):
    job = JOB | {"X": X.astype(np.float64)} | job
    with pytest.raises(SettingError) as caught:
        dr.fit_many([job], folder=tmp_path, **settings)
    assert str(caught.value).startswith(sentence)


def test_the_listener_is_called_once_for_each_job(tmp_path):
    seen = []
    for _ in range(2):
        dr.fit_many([JOB | {"progress": seen.append}], folder=tmp_path)
    assert [(len(one.records), one.epochs, one.best_epoch) for one in seen] == [(6, 6, 6)] * 2


def test_an_error_ends_the_others_and_names_its_job(tmp_path):
    endless = JOB | {"epochs": 10**9}
    with pytest.raises(dr.errors.ShapeError) as caught:
        dr.fit_many([endless, JOB | {"y": Y[:3]}], threads=2, folder=tmp_path)
    assert caught.value.__notes__ == ["in job 1 of fit_many"]


def test_a_callable_may_fill_the_same_array_again(tmp_path):
    room = np.empty_like(X)

    def job(seed):
        room[:] = X if seed == 0 else X[::-1]
        return JOB | {"X": room, "seed": 0}

    first, second = dr.fit_many([lambda: job(0), lambda: job(1)], folder=tmp_path, threads=1)
    np.testing.assert_array_equal(flat(first), flat(dr.fit(**JOB)))
    np.testing.assert_array_equal(flat(second), flat(dr.fit(**JOB | {"X": X[::-1].copy()})))
