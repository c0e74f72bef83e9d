"""The output folder of a run: checked before training, filled after it."""

from __future__ import annotations

import os
import re
import tempfile
from contextlib import suppress
from pathlib import Path

from deltarule.errors import FileError

MODEL, REPORT, HISTORY = "model.safetensors", "report.html", "history.csv"
CHECKPOINT = "checkpoint.safetensors"
_SUFFIXES = (
    ".gz", ".bz2", ".xz", ".zst", ".zip", ".csv", ".tsv", ".txt", ".jsonl", ".ndjson", ".json",
    ".parquet", ".data", ".arff", ".xlsx", ".xls", ".xlsm", ".ods", ".sqlite", ".db", ".duckdb",
)  # fmt: skip
_CHECKPOINTS = re.compile(r"checkpoint(-[0-9]+)?\.safetensors")
_LEFTOVER = re.compile(
    rf"\.({'|'.join(map(re.escape, (MODEL, REPORT, HISTORY)))}|{_CHECKPOINTS.pattern})"
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
    """Where a run writes. `remove_new_folders` removes folders that stayed empty."""

    def __init__(self, path: str) -> None:
        self.path = path
        self._new_folders: list[Path] = []

    @property
    def model(self) -> str:
        """Path of the model file."""
        return os.path.join(self.path, MODEL)

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

    def prepare(self) -> None:
        """Create the folder and try to write to it, or raise `FileError`."""
        from deltarule.formats.system_errors import file_error

        folder = Path(self.path)
        try:
            if folder.exists() and not folder.is_dir():
                raise FileError(
                    f"`out` must be a folder, but {self.path!r} is a file: choose another name."
                )
            missing = [p for p in (folder, *folder.parents) if not p.exists()]
            for part in reversed(missing):
                part.mkdir()
                self._new_folders.insert(0, part)
            with tempfile.TemporaryFile(dir=folder):
                pass
        except FileError:
            raise
        except FileNotFoundError as error:  # its parents exist, so no folder can be created here
            self.remove_new_folders()
            raise FileError(
                f"Cannot create the folder {self.path!r} at this place: choose another."
            ) from error
        except (OSError, ValueError) as error:
            self.remove_new_folders()
            raise file_error("write to the folder", self.path, error) from error
        self._clear_leftovers()

    def remove_new_folders(self) -> None:
        """Remove the folders that `prepare` created and that are empty."""
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
        """Return the epochs done and planned in each checkpoint, by the number of its network."""
        from deltarule.formats.model_file import read_model

        found = {}
        for name in os.listdir(self.path):
            if match := _CHECKPOINTS.fullmatch(name):
                file = read_model(os.path.join(self.path, name), kind="checkpoint")
                plan, epochs = file.description.get("plan"), file.arrays.get("history.epoch")
                if isinstance(plan, dict) and epochs is not None:
                    network = int((match[1] or "-1")[1:])
                    found[network] = (len(epochs), int(plan.get("epochs", 0)))
        return dict(sorted(found.items()))

    def remove_checkpoints(self) -> None:
        """Remove the checkpoints of all networks: the second has checkpoint-2.safetensors, and so on."""
        with suppress(OSError):
            for name in os.listdir(self.path):
                if _CHECKPOINTS.fullmatch(name):
                    self.remove(os.path.join(self.path, name))

    def _clear_leftovers(self) -> None:
        """Remove unfinished files of a killed process."""
        with suppress(OSError):
            for name in os.listdir(self.path):
                if _LEFTOVER.fullmatch(name):
                    self.remove(os.path.join(self.path, name))
