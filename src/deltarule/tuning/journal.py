"""The journal of a search: a line for each trial that reached the end of a rung.

A killed search goes on from it. The last line may be cut short and is then ignored.
"""

from __future__ import annotations

import hashlib
import math
import os
from contextlib import suppress
from pathlib import Path
from typing import Any

from deltarule.engines.data import ArrayData, fingerprint
from deltarule.errors import SettingError
from deltarule.formats.atomic_write import write_atomically
from deltarule.formats.strict_json import JsonError, read_json, write_json
from deltarule.formats.system_errors import file_error
from deltarule.table_model.design import TrainingDesign
from deltarule.tuning.rungs import Rung
from deltarule.tuning.trials import Trial

JOURNAL = "trials.jsonl"
Key = tuple[int, str, int, int, int | None]


class Journal:
    """Losses and seconds of trials by trial and rung, in memory and in a file if there is a folder.

    Raises `SettingError` if `resume` finds the journal of another search, and `FileError` if the file
    cannot be read or written.
    """

    def __init__(self, folder: str | None, identity: str, *, resume: bool) -> None:
        self._found: dict[Key, tuple[float, float]] = {}
        self._path = None if folder is None else Path(folder) / JOURNAL
        if self._path is None:
            return
        try:
            lines = self._path.read_text(encoding="utf-8").split("\n") if resume else []
        except FileNotFoundError:
            lines = []
        except (OSError, UnicodeDecodeError) as error:
            raise file_error("read", str(self._path), error) from error
        self._read(lines, identity)
        if not resume:  # whose networks would be taken for those of this search
            _remove_networks(self._path.parent)
        header = write_json({"search": identity})
        text = "\n".join([header, *lines[1:-1], ""]) if lines[1:] else f"{header}\n"
        write_atomically(self._path, text.encode())

    def find(self, trial: Trial, rung: Rung) -> tuple[float, float] | None:
        """Return loss and seconds of a trial on a rung, None if it did not reach its end.

        A trial of this number with another configuration is another one: under a time limit, Optuna gets
        other losses when a search is resumed, and then suggests other configurations.
        """
        return self._found.get(_key(trial, rung))

    def add(self, trial: Trial, rung: Rung, loss: float, seconds: float) -> None:
        """Add a trial that reached the end of a rung."""
        self._found[_key(trial, rung)] = (loss, seconds)
        if self._path is None:
            return
        line = {
            "trial": trial.number,
            "settings": trial.configuration.to_json(),
            "epochs": rung.epochs,
            "networks": rung.networks,
            "rows": rung.rows,
            "loss": loss if math.isfinite(loss) else None,
            "seconds": seconds,
        }
        self._append(f"{write_json(line)}\n")

    def _read(self, lines: list[str], identity: str) -> None:
        found = identity
        for i, line in enumerate(lines[:-1]):  # what follows the last line break is cut short
            try:
                values: Any = read_json(line)
                if i == 0:
                    found = values["search"]
                    continue
                settings = write_json(values["settings"])
                rung = (values["epochs"], values["networks"], values["rows"])
                loss = math.inf if values["loss"] is None else float(values["loss"])
                self._found[(values["trial"], settings, *rung)] = (loss, float(values["seconds"]))
            except (JsonError, KeyError, TypeError, ValueError) as error:
                raise SettingError(
                    "resume",
                    f"cannot read line {i + 1} of {self._path}",
                    hint="Remove the file, or start again without `resume`.",
                ) from error
        if found != identity:
            raise SettingError(
                "resume",
                f"cannot continue {self._path}, the journal of a search on another table, with other "
                "settings, by another version of deltarule or on another kind of processor",
                hint="Repeat that search's command, or start again without `resume`.",
            )

    def _append(self, text: str) -> None:
        assert self._path is not None
        try:
            with open(self._path, "a", encoding="utf-8") as file:
                file.write(text)
                file.flush()
                os.fsync(file.fileno())
        except OSError as error:
            raise file_error("write", str(self._path), error) from error


def search_identity(design: TrainingDesign, seed: int, names: tuple[str, ...], by: Any) -> str:
    """Return a digest of all that the losses of a trial depend on; `by` is what computes them."""
    rows = ArrayData(design.inputs, design.targets, design.weights)
    parts = {
        "rows": fingerprint(rows, None),
        "splits": [hashlib.sha256(s.validation.tobytes()).hexdigest() for s in design.splits],
        "recipe": design.recipe.to_json(),
        "network": design.network.to_json(),
        "seed": seed,
        "names": list(names),
        "by": by,
    }
    return hashlib.sha256(write_json(parts).encode()).hexdigest()


def _key(trial: Trial, rung: Rung) -> Key:
    settings = write_json(trial.configuration.to_json())
    return trial.number, settings, rung.epochs, rung.networks, rung.rows


def _remove_networks(folder: Path) -> None:
    """Remove the paused networks of an earlier search."""
    for path in folder.glob("trial-*.safetensors"):
        with suppress(OSError):
            path.unlink()
