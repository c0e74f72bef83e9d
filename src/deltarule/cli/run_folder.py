"""The output folder of a run: checked before training, filled after it."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from deltarule.errors import FileError
from deltarule.formats.model_folder import MODEL_FILE
from deltarule.formats.run_lock import RunLock, lock_path

REPORT, HISTORY = "report.html", "history.csv"
CHECKPOINT = "checkpoint.safetensors"
JOBS = "jobs"
MAX_ATTEMPTS = 5
_SUFFIXES = (
    ".gz", ".bz2", ".xz", ".zst", ".zip", ".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json",
    ".parquet", ".data", ".arff", ".xlsx", ".xls", ".xlsm", ".ods", ".sqlite", ".db", ".duckdb",
)  # fmt: skip
_CHECKPOINTS = re.compile(r"checkpoint(-[0-9]+)?\.safetensors")
_GROUPS = re.compile(r"checkpoint-groups-[0-9a-f]{16}-[0-9]{5}\.safetensors")
_TRIALS = re.compile(r"trials\.jsonl|trial-[0-9]+-[0-9]+-[0-9a-f]{8}\.safetensors")
_BLOCKS = re.compile(r"checkpoint(-[0-9a-f]{16})?\.blocks")
_STREAMED = re.compile(r"deltarule-rows-\w+")
_RESULTS = "|".join(map(re.escape, (MODEL_FILE, REPORT, HISTORY)))
_LEFTOVER = re.compile(
    rf"\.({_RESULTS}|{_CHECKPOINTS.pattern}|{_GROUPS.pattern}|{_BLOCKS.pattern})"
    r"\.[0-9a-f]{8}\.part"
)


def default_folder(sources: list[str]) -> str:
    """Return `<name of the source>-model`, or table-model if the source has no name."""
    source = sources[0] if sources else ""
    if "://" in source:
        source = re.sub(r"[?#].*", "", source)
    name = os.path.basename(source.rstrip("/"))
    while endings := [end for end in _SUFFIXES if name.lower().endswith(end) and name != end]:
        name = name[: -len(endings[0])]
    name = re.sub(r"[*?\[\]]+", "", name).strip(" .-_")
    return f"{name or 'table'}-model"


class RunFolder:
    """Where a run writes, and no other run until `close`."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._new_folders: list[Path] = []
        # That of the checkpoint, so that runs of Python with it are refused too.
        self._lock = RunLock(
            lock_path(os.path.join(path, CHECKPOINT)),
            f"The folder {path!r}",
            "Wait until it ends, or choose another folder with --out.",
        )

    @property
    def model(self) -> str:
        """Path of the model file."""
        return os.path.join(self.path, MODEL_FILE)

    @property
    def report(self) -> str:
        """Path of the report."""
        return os.path.join(self.path, REPORT)

    @property
    def history(self) -> str:
        """Path of the table of epochs."""
        return os.path.join(self.path, HISTORY)

    @property
    def checkpoint(self) -> str:
        """Path of the checkpoint, which exists only while a run is unfinished."""
        return os.path.join(self.path, CHECKPOINT)

    @property
    def jobs(self) -> str:
        """Path of the folder of a cluster's jobs, which exists only while a run is unfinished."""
        return os.path.join(self.path, JOBS)

    @property
    def is_exclusive(self) -> bool:
        """Whether no other run can use the folder; False on file systems without locks."""
        return self._lock.held

    def prepare(self) -> None:
        """Create the folder, lock it and try to write to it, or raise `FileError`."""
        for _ in range(MAX_ATTEMPTS):
            self._create()
            self._lock.acquire()
            if os.path.isdir(self.path):
                break
            # Else another run that created it ended just now and removed it.
        self._clear_leftovers()

    def _create(self) -> None:
        from deltarule.formats.system_errors import file_error

        folder = Path(self.path)
        try:
            if folder.exists() and not folder.is_dir():
                raise FileError(
                    f"`out` must be a folder, but {self.path!r} is a file: choose another name."
                )
            missing = [p for p in (folder, *folder.parents) if not p.exists()]
            for part in reversed(missing):
                part.mkdir(exist_ok=True)
                self._new_folders.insert(0, part)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except FileError:
            raise
        except FileNotFoundError as error:  # its parents exist, so no folder can be created here
            self._remove_new_folders()
            raise FileError(
                f"Cannot create the folder {self.path!r} at this place: choose another."
            ) from error
        except (OSError, ValueError) as error:
            self._remove_new_folders()
            raise file_error("write to the folder", self.path, error) from error

    def close(self) -> None:
        """Let other runs use the folder; remove folders that `prepare` created and that are empty."""
        self._lock.release()
        self._remove_new_folders()

    def _remove_new_folders(self) -> None:
        for part in self._new_folders:
            with suppress(OSError):
                part.rmdir()

    def remove(self, path: str) -> bool:
        """Remove a file of an earlier run; return whether it existed."""
        try:
            os.unlink(path)
        except OSError:
            return False
        return True

    def resumed_epochs(self) -> dict[int, tuple[int, int]]:
        """Return the epochs done and planned in each checkpoint, by the number of its network.

        Of a network that has ended, both are the epochs done.
        """
        from deltarule.formats.model_file import read_model
        from deltarule.training.checkpoint import has_ended

        found = {}
        for name in os.listdir(self.path):
            if match := _CHECKPOINTS.fullmatch(name):
                file = read_model(os.path.join(self.path, name), kind="checkpoint")
                plan, epochs = file.description.get("plan"), file.arrays.get("history.epoch")
                if isinstance(plan, dict) and epochs is not None:
                    network, done = int((match[1] or "-1")[1:]), len(epochs)
                    found[network] = (done, done if has_ended(file) else int(plan.get("epochs", 0)))
        return dict(sorted(found.items()))

    def remove_checkpoints(self) -> None:
        """Remove the checkpoints of all networks (checkpoint-2.safetensors, ...) and the block file.

        The jobs of a cluster are removed too.
        """
        self._remove_jobs()
        with suppress(OSError):
            for name in os.listdir(self.path):
                if any(kind.fullmatch(name) for kind in (_CHECKPOINTS, _GROUPS, _BLOCKS)):
                    self.remove(os.path.join(self.path, name))

    def _remove_jobs(self) -> None:
        if os.path.exists(os.path.join(self.jobs, "folder.json")):  # else another program's
            shutil.rmtree(self.jobs, ignore_errors=True)

    def has_groups(self) -> bool:
        """Return whether the folder holds finished groups of an unfinished run."""
        with suppress(OSError):
            return any(_GROUPS.fullmatch(name) for name in os.listdir(self.path))
        return False

    def has_trials(self) -> bool:
        """Return whether the folder holds the journal of an unfinished search."""
        return os.path.exists(os.path.join(self.path, "trials.jsonl"))

    def remove_trials(self) -> None:
        """Remove the journal and the paused networks of a search, and the jobs of a cluster."""
        self._remove_jobs()
        with suppress(OSError):
            for name in os.listdir(self.path):
                if _TRIALS.fullmatch(name):
                    self.remove(os.path.join(self.path, name))

    def _clear_leftovers(self) -> None:
        """Remove unfinished files of a killed process."""
        from deltarule.formats.atomic_write import remove_part

        with suppress(OSError):
            for name in os.listdir(self.path):
                path = os.path.join(self.path, name)
                if _LEFTOVER.fullmatch(name):
                    remove_part(path, no_other_writer=self._lock.held)
                elif _STREAMED.fullmatch(name) and self._lock.held:
                    shutil.rmtree(path, ignore_errors=True)
