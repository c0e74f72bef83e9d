"""The folder of a set of jobs: arrays, block files, results and a journal, each file named by its digest.

    folder.json     which folder it is, so that a worker notices that it sees another one
    data/           block files of the rows that were given as arrays
    arrays/         indices of rows, weights and initial parameters
    results/        a safetensors file for each finished job
    rounds/         the last averages of `fit_sharded`, and what its shards have added since
    journal.jsonl   a line for each finished job
    stop            exists after an interrupt or an error: workers end what they train

Every file is written completely or not at all, and never changes: whoever is killed, what is there is
right. Only the process that calls `fit_many` writes the journal, since several machines cannot append
to a file of every shared file system.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.strict_reader import StrictReader
from deltarule.errors import FileError, ModelFileError, WorkerError
from deltarule.formats.atomic_write import (
    remove_leftovers,
    remove_parts,
    write_atomically,
)
from deltarule.formats.model_file import read_model, write_model
from deltarule.formats.run_lock import RunLock
from deltarule.formats.strict_json import JsonError, read_json, write_json
from deltarule.formats.system_errors import file_error, path_text
from deltarule.training.job import DIGEST_LENGTH

Array = NDArray[Any]
FORMAT = 1
ARRAY_KIND = "job array"
MARKER = "folder.json"
JOURNAL = "journal.jsonl"
STOP = "stop"
OF_CALLER, OF_WORKERS = ("data", "arrays"), ("results", "rounds")
"""Folders in which only the process writes that calls `fit_many`, and those in which workers do."""
SUBFOLDERS = (*OF_CALLER, *OF_WORKERS)


class JobFolder:
    """A folder of jobs, locked by the process that calls `fit_many`.

    Raises `FileError` if it cannot be made or another run uses it.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = os.path.abspath(path_text(path))
        try:
            for name in SUBFOLDERS:
                os.makedirs(os.path.join(self.path, name), exist_ok=True)
        except OSError as error:
            raise file_error("write", self.path, error) from error
        owner, advice = f"The folder {self.path!r}", "Wait until it ends, or give another folder."
        self._lock = RunLock(os.path.join(self.path, ".deltarule.lock"), owner, advice)
        self._lock.acquire()
        try:
            self.identity = self._read_or_make_identity()
            self._clear_leftovers()
            self._journal = Path(self.path, JOURNAL)
            self._recorded = self._read_journal()
            with suppress(FileNotFoundError):
                os.unlink(os.path.join(self.path, STOP))
        except OSError as error:
            self.close()
            if isinstance(error, FileError):
                raise
            raise file_error("write", self.path, error) from error
        except BaseException:
            self.close()
            raise

    def stop(self) -> None:
        """Ask workers to end what they train for this folder."""
        with suppress(OSError):
            Path(self.path, STOP).touch()

    def close(self) -> None:
        """Let other runs use the folder."""
        try:
            self._clear_leftovers()  # of workers that were killed meanwhile
        finally:
            self._lock.release()

    def __enter__(self) -> JobFolder:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def record(self, digest: str, facts: dict[str, Any]) -> None:
        """Append a line about a finished job to the journal, unless it has one."""
        if digest in self._recorded:
            return
        line = write_json({"job": digest, **facts}) + "\n"
        try:
            with open(self._journal, "ab") as file:
                file.write(line.encode())
        except OSError as error:
            raise file_error("write", self._journal, error) from error
        self._recorded.add(digest)

    def _clear_leftovers(self) -> None:
        """Remove unfinished files of killed processes; workers of an earlier call may still write."""
        for name in OF_WORKERS:
            remove_parts(os.path.join(self.path, name), no_other_writer=False)
        if self._lock.held:
            for name in OF_CALLER:
                remove_parts(os.path.join(self.path, name), no_other_writer=True)

    def _read_or_make_identity(self) -> str:
        path = os.path.join(self.path, MARKER)
        remove_leftovers(path, no_other_writer=self._lock.held)
        if not os.path.exists(path):
            identity = secrets.token_hex(16)
            text = json.dumps({"deltarule_jobs": FORMAT, "identity": identity})
            write_atomically(path, text.encode())
        return read_identity(self.path)

    def _read_journal(self) -> set[str]:
        """Return the jobs that have a line; a last line that a killed process left unfinished is cut."""
        try:
            self._journal.touch()
            content = self._journal.read_bytes()
            whole = content[: content.rfind(b"\n") + 1]
            if whole != content:
                os.truncate(self._journal, len(whole))
        except OSError as error:
            raise file_error("read", self._journal, error) from error
        found = set()
        for line in whole.decode(errors="replace").splitlines():
            try:
                entry = read_json(line)
            except JsonError:
                continue  # the results themselves decide what is finished
            if isinstance(entry, dict) and isinstance(entry.get("job"), str):
                found.add(entry["job"])
        return found


def read_identity(folder: str) -> str:
    """Return which folder of jobs is at a path; raise `FileError` if there is none."""
    path = os.path.join(folder, MARKER)
    try:
        content = Path(path).read_bytes()
    except OSError as error:
        raise file_error("read", path, error) from error
    try:
        reader = StrictReader(read_json(content.decode()), path)
    except (JsonError, UnicodeDecodeError) as error:
        raise ModelFileError(f"{path!r} is damaged: {error}. Give another folder.") from None
    version = reader.take("deltarule_jobs", int)
    if version > FORMAT:
        raise ModelFileError(
            f"The folder {folder!r} was written by a newer deltarule: upgrade with pip install -U "
            "deltarule"
        )
    identity = reader.take("identity", str)
    reader.finish()
    return identity


def is_stopped(folder: str) -> bool:
    """Return whether nobody waits for what is trained for a folder.

    Raises `WorkerError` if the folder is gone, which must not pass for an interrupt.
    """
    if not os.path.isdir(folder):
        raise WorkerError(
            f"The folder {folder!r} was removed, or is not shared any more, while jobs ran: run the same "
            "again with a folder that stays."
        )
    return os.path.exists(os.path.join(folder, STOP))


def result_path(folder: str, digest: str) -> str:
    """Return the path of the result of a job."""
    return os.path.join(folder, "results", f"{digest}.safetensors")


def data_path(folder: str, name: str) -> str:
    """Return the path of a block file."""
    return os.path.join(folder, "data", f"{name}.blocks")


def store_array(folder: str, array: Array) -> str:
    """Store an array unless it is there, and return its name."""
    array = np.ascontiguousarray(array)
    name = _array_name(array)
    path = _array_path(folder, name)
    if not os.path.exists(path):
        write_model(path, {}, {"values": array}, kind=ARRAY_KIND)
    return name


def load_array(folder: str, name: str) -> Array:
    """Return a stored array; raise `ModelFileError` if its file is damaged or of another one."""
    path = _array_path(folder, name)
    file = read_model(path, kind=ARRAY_KIND)
    StrictReader(file.description, path).finish()
    if set(file.arrays) != {"values"} or _array_name(file.arrays["values"]) != name:
        raise ModelFileError(
            f"{path!r} holds another array than its name says: give another folder."
        )
    return file.arrays["values"]


def _array_path(folder: str, name: str) -> str:
    return os.path.join(folder, "arrays", f"{name}.safetensors")


def _array_name(array: Array) -> str:
    digest = hashlib.sha256(f"{array.dtype.str}{array.shape};".encode())
    content = np.ascontiguousarray(array).reshape(-1).view(np.uint8)  # may be large: no copy
    digest.update(content.data)
    return digest.hexdigest()[:DIGEST_LENGTH]
