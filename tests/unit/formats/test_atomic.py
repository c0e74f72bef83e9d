"""A path holds the whole old content or the whole new one, whatever happens in between."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import time
from pathlib import Path
from typing import BinaryIO

import pytest

from deltarule.errors import FileError
from deltarule.formats.atomic_write import remove_parts, write_atomically

resource = pytest.importorskip("resource", reason="file size limits are a POSIX thing")


def test_bytes_are_written_without_leftovers(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a.bin", b"new")
    assert (tmp_path / "a.bin").read_bytes() == b"new"
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.bin"]


def test_a_function_writes_to_the_file_it_is_given(tmp_path: Path) -> None:
    write_atomically(tmp_path / "a.bin", lambda file: file.write(b"by a function"))
    assert (tmp_path / "a.bin").read_bytes() == b"by a function"


def test_a_new_file_has_default_permissions(tmp_path: Path) -> None:
    (tmp_path / "ordinary").write_bytes(b"")
    write_atomically(tmp_path / "ours", b"")
    modes = [stat.S_IMODE((tmp_path / name).stat().st_mode) for name in ("ordinary", "ours")]
    assert modes[0] == modes[1]


def test_an_existing_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    path.chmod(0o640)
    write_atomically(path, b"new")
    assert (path.read_bytes(), stat.S_IMODE(path.stat().st_mode)) == (b"new", 0o640)


def test_a_symbolic_link_stays_and_its_target_is_replaced(tmp_path: Path) -> None:
    target = tmp_path / "target"
    target.write_bytes(b"old")
    link = tmp_path / "link"
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert link.is_symlink()
    assert target.read_bytes() == b"new"


@pytest.mark.parametrize("error", [RuntimeError("mine"), KeyboardInterrupt()])
def test_an_error_of_the_writer_propagates_and_the_old_file_stays(
    tmp_path: Path, error: BaseException
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def write(file: BinaryIO) -> None:
        file.write(b"half of the new con")
        raise error

    with pytest.raises(type(error)):
        write_atomically(path, write)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_file_size_limit_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, limits[1]))  # the system itself says EFBIG
    try:
        with pytest.raises(FileError, match=r"larger than a file may be.*ulimit"):
            write_atomically(path, b"x" * 100_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_full_disk_keeps_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"old")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, step, full)
    with pytest.raises(FileError, match=r"a': the disk is full\. Free some space") as caught:
        write_atomically(path, b"new")
    assert caught.value.errno == errno.ENOSPC
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_content_is_synced_before_the_rename(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    real = {"fsync": os.fsync, "replace": os.replace}

    def noted(name: str) -> object:
        def step(*arguments: object) -> object:
            steps.append(name)
            return real[name](*arguments)  # type: ignore[operator]

        return step

    for name in real:
        monkeypatch.setattr(os, name, noted(name))
    write_atomically(tmp_path / "a", b"new")
    assert steps == ["fsync", "replace", "fsync"]  # file, rename, folder


@pytest.mark.parametrize(
    ("relative", "words"),
    [
        ("no/such/folder/a", "does not exist. Create the folder first"),
        ("folder", "is a folder"),
        ("file/a", "is a file, not a folder"),
        ("x" * 300, "name is too long"),
        ("a\0b", "not a valid path"),
    ],
)
def test_an_unwritable_path_is_reported(tmp_path: Path, relative: str, words: str) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "file").write_bytes(b"old")
    with pytest.raises(FileError) as caught:
        write_atomically(f"{tmp_path}/{relative}", b"new")
    assert words in str(caught.value)
    assert repr(f"{tmp_path}/{relative}")[1:-1] in str(caught.value)
    assert isinstance(caught.value, OSError)
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["file", "folder"]


def test_a_device_is_not_replaced_by_a_file() -> None:
    with pytest.raises(FileError, match="device"):
        write_atomically("/dev/null", b"new")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write all")
def test_a_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(FileError, match="permission was denied"):
        write_atomically(tmp_path / "a", b"new")


UNFINISHED = """
import sys, time
from deltarule.formats.atomic_write import write_atomically

def write(file):
    file.write(b"half of the con")
    file.flush()
    print("writing", flush=True)
    time.sleep(600)

write_atomically(sys.argv[1], write, locked=True)
"""


def test_what_a_killed_writer_left_is_removed_and_what_is_being_written_stays(
    tmp_path: Path,
) -> None:
    """The files are an hour old, so that only whether their writers live tells them apart."""
    (tmp_path / "done").write_bytes(b"whole")
    (tmp_path / ".mine.part").write_bytes(b"a file of a user")
    writers = [unfinished(tmp_path / name) for name in ("killed", "alive")]
    try:
        writers[0].kill()
        writers[0].wait()
        parts = [age(path, 3000.0) for path in sorted(tmp_path.glob(".*.????????.part"))]
        assert [part.name.split(".")[1] for part in parts] == ["alive", "killed"]
        remove_parts(tmp_path, no_other_writer=False, start="other")
        assert all(part.exists() for part in parts)
        remove_parts(tmp_path, no_other_writer=False)
        assert [part.exists() for part in parts] == [True, False]
        assert (tmp_path / "done").exists()
        assert (tmp_path / ".mine.part").exists()
    finally:
        for writer in writers:
            writer.kill()
            writer.communicate()


def test_a_part_that_was_just_made_stays(tmp_path: Path) -> None:
    """Its writer may be about to lock it, or to rename it."""
    part = tmp_path / ".result.0123abcd.part"
    part.write_bytes(b"half")
    remove_parts(tmp_path, no_other_writer=False)
    assert part.exists()
    age(part, 11.0)
    remove_parts(tmp_path, no_other_writer=False)
    assert not part.exists()


def test_without_locks_a_part_stays_for_an_hour(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def no_locks(descriptor: int) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    monkeypatch.setattr("deltarule.formats.atomic_write.lock", no_locks)
    write_atomically(tmp_path / "a", b"whole", locked=True)
    assert (tmp_path / "a").read_bytes() == b"whole"
    part = age_of_new(tmp_path / ".b.0123abcd.part", 3000.0)
    remove_parts(tmp_path, no_other_writer=False)
    assert part.exists()
    age(part, 3601.0)
    remove_parts(tmp_path, no_other_writer=False)
    assert not part.exists()


def unfinished(path: Path) -> subprocess.Popen[str]:
    """Start a process that is writing a file."""
    process = subprocess.Popen(
        [sys.executable, "-c", UNFINISHED, str(path)], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stdout.readline() == "writing\n"
    return process


def age(path: Path, seconds: float) -> Path:
    """Let a file be some seconds old."""
    then = time.time() - seconds
    os.utime(path, (then, then))
    return path


def age_of_new(path: Path, seconds: float) -> Path:
    path.write_bytes(b"half")
    return age(path, seconds)
