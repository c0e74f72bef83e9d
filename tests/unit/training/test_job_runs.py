"""Runs of jobs on executors: workers that come and go, listeners, and what a run leaves open."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pytest

import deltarule as dr
from deltarule.errors import ModelFileError, TableFileError, WorkerError, WorkerWarning
from deltarule.training import executor_runs, job_rows, job_worker, worker_watch
from deltarule.training.job import pack, unpack
from deltarule.training.job_folder import JOURNAL, JobFolder
from deltarule.training.job_preparation import JobMaker

X = np.random.default_rng(0).standard_normal((60, 2)).astype(np.float32)
JOB = {"network": dr.Network([dr.Dense(1)]), "X": X, "y": X[:, 0], "epochs": 2}
JOBS = [JOB | {"seed": seed} for seed in range(8)]


def test_workers_that_arrive_later_are_used(monkeypatch):
    """Each task waits until six are submitted, which takes two for each of three workers."""
    monkeypatch.setattr(worker_watch, "COUNT_SECONDS", 0.0)
    six = threading.Event()
    submitted = []

    class Growing(ThreadPoolExecutor):
        worker_count = 1

        def submit(self, fn, /, *args):
            submitted.append(len(unpack(args[-1])))
            self.worker_count = 3
            if len(submitted) == 6:
                six.set()

            def run():
                assert six.wait(20)
                return fn(*args)

            return super().submit(run)

    with Growing(len(JOBS)) as growing:
        assert len(dr.fit_many(JOBS, executor=growing)) == len(JOBS)


def test_a_cluster_that_does_not_answer_is_one_sentence(monkeypatch):
    """Before the first job; later, the tasks of a scheduler that ended say it."""

    class Gone(ThreadPoolExecutor):
        @property
        def worker_count(self):
            raise OSError("Timed out trying to connect")

    with (
        Gone(1) as gone,
        pytest.raises(WorkerError, match=r"does not answer \(OSError\): start it"),
    ):
        dr.fit_many(JOBS, executor=gone)


def test_an_interrupt_in_a_listener_ends_the_list(tmp_path):
    """All results are there before the listener interrupts, and it is not called again."""
    whole = dr.fit_many(JOBS, folder=tmp_path)
    calls = []

    def interrupt(_):
        calls.append(1)
        raise KeyboardInterrupt

    results = dr.fit_many([job | {"progress": interrupt} for job in JOBS], folder=tmp_path)
    assert calls == [1]
    assert 1 <= len(results) <= len(JOBS)
    for result, expected in zip(results, whole, strict=False):
        assert result.history.training_loss[-1] == expected.history.training_loss[-1]


def test_an_interrupt_before_a_damaged_result_ends_the_list(tmp_path):
    dr.fit_many(JOBS[:1], folder=tmp_path)
    (path,) = (tmp_path / "results").iterdir()
    path.write_bytes(path.read_bytes()[:-5])

    class Interrupted(ThreadPoolExecutor):
        def submit(self, fn, /, *args):
            raise KeyboardInterrupt

    with Interrupted(1) as interrupted, pytest.warns(WorkerWarning, match="computed again"):
        assert dr.fit_many(JOBS[:1], executor=interrupted, folder=tmp_path) == []


def test_listeners_of_equal_jobs_are_all_called(tmp_path):
    seen = []
    jobs = [JOB | {"progress": lambda _, i=i: seen.append(i)} for i in range(3)]
    for calls in (1, 2):
        results = dr.fit_many(jobs, folder=tmp_path)
        assert sorted(seen) == sorted([0, 1, 2] * calls)
        assert results[0] is results[2]


def test_a_folder_that_is_removed_does_not_pass_for_an_interrupt(tmp_path):
    folder = tmp_path / "jobs"
    endless = JOB | {"epochs": 10**9}

    def remove():
        journal = Path(folder, "journal.jsonl")
        while not journal.exists() or not journal.stat().st_size:
            time.sleep(0.01)
        shutil.rmtree(folder)

    thread = threading.Thread(target=remove)
    thread.start()
    with pytest.raises(WorkerError, match="was removed, or is not shared any more"):
        dr.fit_many([JOB, endless], folder=folder, threads=2)
    thread.join()


def test_a_worker_without_the_engine_is_named(tmp_path):
    with JobFolder(tmp_path) as folder:
        order, _ = JobMaker(folder.path).order(JOB | {"engine": "reference"})
        text = order.to_text().replace('"reference"', '"other"')
        answer = job_worker.run_jobs(dr.__version__, folder.path, folder.identity, pack([text]))
    (outcome,) = answer["outcomes"]
    with pytest.raises(WorkerError) as caught:
        raise outcome["error"]
    assert f"A worker (process {os.getpid()} on " in str(caught.value)
    assert "cannot train with the engine 'other': " in str(caught.value)


@pytest.mark.parametrize("name", ["learning_rate", "epoch"])
def test_an_unknown_argument_is_refused_as_by_fit(tmp_path, name):
    with pytest.raises(TypeError) as expected:
        dr.fit(**JOB, **{name: 3})
    with pytest.raises(TypeError) as caught:
        dr.fit_many([JOB | {name: 3}], folder=tmp_path)
    assert str(caught.value) == str(expected.value)
    assert caught.value.__notes__ == ["in job 0 of fit_many"]


@pytest.mark.parametrize(
    ("place", "problem"), [(20, "header of .* does not match"), (-300, "Block 0 .* does not match")]
)
def test_a_damaged_block_file_says_how_it_is_written_again(tmp_path, place, problem):
    many = {"X": np.arange(8000, dtype=np.float32).reshape(4000, 2), "y": np.zeros(4000)}
    job = JOB | many | {"epochs": 1}
    dr.fit_many([job], folder=tmp_path)
    (path,) = (tmp_path / "data").iterdir()
    whole = path.read_bytes()
    content = bytearray(whole)
    content[place] ^= 1
    path.write_bytes(content)
    job_rows._kept.clear()  # a worker that has read the file before does not read it again
    with pytest.raises(TableFileError, match=f"{problem}.* To do so, remove it and run"):
        dr.fit_many([job | {"seed": 1}], folder=tmp_path)
    path.unlink()
    assert len(dr.fit_many([job | {"seed": 1}], folder=tmp_path)) == 1
    assert path.read_bytes() == whole


def test_a_marker_that_is_no_text_is_damaged(tmp_path):
    dr.fit_many(JOBS[:1], folder=tmp_path)
    (tmp_path / "folder.json").write_bytes(b"\xff\xfe")
    with pytest.raises(ModelFileError, match=r"folder.json' is damaged: .*Give another folder"):
        dr.fit_many(JOBS[:1], folder=tmp_path)


@pytest.mark.skipif(not os.path.isdir("/dev/fd"), reason="/dev/fd lists open files")
def test_tables_of_many_jobs_are_not_left_open(tmp_path):
    def job(i):
        return JOB | {"X": X + i, "y": X[:, 1]}

    before = len(os.listdir("/dev/fd"))
    with JobFolder(tmp_path) as folder:
        maker = JobMaker(folder.path)
        for i in range(10):
            maker.order(job(i))
        assert len(os.listdir("/dev/fd")) < before + 5
    assert len(list((tmp_path / "data").iterdir())) == 10
    assert len(dr.fit_many([partial(job, i) for i in range(10)], folder=tmp_path)) == 10


def test_ctrl_c_ends_the_workers_and_keeps_what_is_finished(tmp_path):
    jobs = [JOB, JOB | {"seed": 1}, JOB | {"epochs": 10**9}, JOB | {"seed": 2}]

    def interrupt():
        while len(list(Path(tmp_path, "results").glob("*.safetensors"))) < 2:
            pass
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=interrupt)
    thread.start()
    results = dr.fit_many(jobs, folder=tmp_path, threads=1)
    thread.join()
    assert len(results) == 2
    assert len(dr.fit_many([*jobs[:2], jobs[3]], folder=tmp_path)) == 3


def test_ctrl_c_while_a_result_is_read_waits_until_it_is_in_the_journal(tmp_path, monkeypatch):
    read, after_signal = executor_runs.read_result, []

    def interrupted_read(folder, job):
        found = read(folder, job)
        if found is not None and not after_signal:
            signal.raise_signal(signal.SIGINT)
            after_signal.append(Path(folder, JOURNAL).read_text())
        return found

    monkeypatch.setattr(executor_runs, "read_result", interrupted_read)
    with ThreadPoolExecutor(1) as pool:
        results = dr.fit_many(JOBS, executor=pool, folder=tmp_path)
    assert after_signal == [""]  # the error came after this call, and ended the run
    assert 1 <= len(results) < len(JOBS)
    assert len(Path(tmp_path, JOURNAL).read_text().splitlines()) == len(results)
