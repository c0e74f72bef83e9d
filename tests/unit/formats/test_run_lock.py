"""A lock holds against other processes and other runs of this one, and ends with its process."""

from __future__ import annotations

import errno
import gc
import os
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from deltarule.errors import FileError
from deltarule.formats import run_lock
from deltarule.formats.run_lock import RunLock, lock_path

HOLD = """
import sys
from deltarule.formats.run_lock import RunLock
with RunLock(sys.argv[1], "It", "Wait."):
    print("held", flush=True)
    sys.stdin.read()
"""


def lock_on(path: Path) -> RunLock:
    return RunLock(path, "The folder 'm'", "Wait.")


def test_a_second_run_of_this_process_is_refused(tmp_path: Path) -> None:
    with lock_on(tmp_path / "lock") as lock:
        assert lock.held
        with pytest.raises(
            FileError, match=rf"The folder 'm' is in use .*\(process {os.getpid()} on"
        ):
            lock_on(tmp_path / "lock").acquire()
    assert not list(tmp_path.iterdir())
    with lock_on(tmp_path / "lock") as lock:
        assert lock.held


def test_another_process_holds_it_until_it_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    command = [sys.executable, "-c", HOLD, str(path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        process.stdout.readline()
        with pytest.raises(
            FileError, match=rf"process {process.pid} on .*started 2[-0-9]+ [:0-9]+"
        ):
            lock_on(path).acquire()
        process.kill()
        process.wait()
        assert path.exists()
        with lock_on(path) as lock:
            assert lock.held
    assert not path.exists()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_a_forked_child_neither_holds_nor_releases_it(tmp_path: Path) -> None:
    path = tmp_path / "lock"
    lock = lock_on(path)
    lock.acquire()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        lock.release()
        os.write(writing, b"x")
        time.sleep(60)
        os._exit(0)
    try:
        os.read(reading, 1)
        with pytest.raises(FileError):
            lock_on(path).acquire()
        lock.release()
        with lock_on(path) as other:
            assert other.held
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)


def test_one_of_many_gets_it(tmp_path: Path) -> None:
    """Threads that take and release it all the time are never inside at the same time."""
    inside, together, entered = [0], [False], [0]

    def enter() -> None:
        for _ in range(60):
            try:
                with lock_on(tmp_path / "lock") as lock:
                    assert lock.held
                    inside[0] += 1
                    entered[0] += 1
                    together[0] |= inside[0] > 1
                    inside[0] -= 1
            except FileError:
                pass

    threads = [threading.Thread(target=enter) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert entered[0] >= 60
    assert not together[0]


@pytest.mark.parametrize("number", [errno.ENOLCK, errno.EOPNOTSUPP, errno.EINVAL])
def test_a_file_system_without_locks_locks_nothing(tmp_path, monkeypatch, number) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(number, "no locks")

    monkeypatch.setattr(run_lock, "_lock", fail)
    with lock_on(tmp_path / "lock") as first, lock_on(tmp_path / "lock") as second:
        assert not first.held
        assert not second.held


def test_an_interrupt_closes_the_file_once(tmp_path, monkeypatch) -> None:
    closed: list[int] = []

    def close(descriptor: int) -> None:
        closed.append(descriptor)
        real_close(descriptor)

    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    real_close = os.close
    monkeypatch.setattr(os, "close", close)
    for name in ("_is_at", "_write_holder"):
        with monkeypatch.context() as patch:
            patch.setattr(run_lock, name, interrupt)
            with pytest.raises(KeyboardInterrupt):
                lock_on(tmp_path / "lock").acquire()
    gc.collect()
    assert len(closed) == 2


def test_a_holder_is_named_that_writes_its_name_late(tmp_path, monkeypatch) -> None:
    path = tmp_path / "lock"
    with lock_on(path):
        text = path.read_bytes()
        path.write_bytes(b"")
        monkeypatch.setattr(time, "sleep", lambda _: path.write_bytes(text))
        with pytest.raises(FileError, match=rf"\(process {os.getpid()} on"):
            lock_on(path).acquire()


def test_a_folder_that_does_not_exist_locks_nothing(tmp_path: Path) -> None:
    with lock_on(tmp_path / "none" / "lock") as lock:
        assert not lock.held


@pytest.mark.parametrize("text", ["", "{", "[]", '{"process": "x"}', "[" * 900])
def test_an_unreadable_holder_is_left_out(tmp_path: Path, text: str) -> None:
    path = tmp_path / "lock"
    with lock_on(path):
        path.write_text(text)
        with pytest.raises(FileError, match=r"in use by another run\. Wait\."):
            lock_on(path).acquire()


def test_the_lock_on_a_link_is_that_on_its_target(tmp_path: Path) -> None:
    (tmp_path / "target").write_bytes(b"")
    (tmp_path / "link").symlink_to("target")
    assert lock_path(tmp_path / "link") == lock_path(tmp_path / "target")


def test_an_interrupt_leaves_no_lock_behind(tmp_path: Path, monkeypatch) -> None:
    def interrupt(descriptor: int) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(run_lock, "_write_holder", interrupt)
        with pytest.raises(KeyboardInterrupt):
            lock_on(tmp_path / "lock").acquire()
    assert not list(tmp_path.iterdir())
    lost = lock_on(tmp_path / "lock")
    lost.acquire()
    del lost
    with lock_on(tmp_path / "lock") as lock:
        assert lock.held
