"""Callbacks that write files: ModelCheckpoint, CSVLogger."""

from __future__ import annotations

import csv
import os
from contextlib import suppress
from pathlib import Path
from typing import IO, Any

import numpy as np

from deltarule._common import checks
from deltarule._common.user_warnings import warn_user
from deltarule.errors import FileError, FileWarning, SettingError
from deltarule.formats.second_place import write_elsewhere
from deltarule.formats.system_errors import file_error
from deltarule.keras.callbacks.base import Callback, Logs
from deltarule.keras.callbacks.monitor import MonitorCallback
from deltarule.keras.progress import print_line


class ModelCheckpoint(MonitorCallback):
    """Save the model after each epoch or after a number of batches, or only the best one.

    Files are in deltarule's format, whatever their name. If a file cannot be written (its disk is full),
    a `FileWarning` names the file that was written instead, and training continues.

    Parameters
    ----------
    filepath : str or path-like
        Name of the file. It may contain `{epoch:02d}` and names of the logs, such as `{val_loss:.2f}`,
        and `{batch}` if save_freq is a number. Missing folders are created.
    monitor : str, default "val_loss"
        Name in the logs.
    verbose : {0, 1}, default 0
        1 prints a line for each epoch.
    save_best_only : bool, default False
        Whether to save only if the monitor improved.
    save_weights_only : bool, default False
        Whether to save the weights without layers and settings.
    mode : {"auto", "min", "max"}, default "auto"
        Whether smaller or larger values are better; "auto" derives it from the metric.
    save_freq : {"epoch"} or int, default "epoch"
        When to save: after each epoch, or after this number of batches, with the logs of the epoch so far
        (without validation). A number costs one call of the engine per batch.
    initial_value_threshold : float, optional
        Value that the monitor has to beat for the first file.

    Raises
    ------
    SettingError
        If save_freq is neither "epoch" nor an integer >= 1.
    """

    def __init__(
        self, filepath: str | os.PathLike[str], monitor: str = "val_loss", verbose: int = 0,
        save_best_only: bool = False, save_weights_only: bool = False, mode: str = "auto",
        save_freq: str | int = "epoch", initial_value_threshold: float | None = None,
    ) -> None:  # fmt: skip
        super().__init__(monitor, mode)
        if isinstance(save_freq, str) and save_freq != "epoch":
            raise SettingError(
                "ModelCheckpoint.save_freq", "must be 'epoch' or a number of batches", save_freq
            )
        if not isinstance(save_freq, str):
            checks.integer("ModelCheckpoint.save_freq", save_freq, at_least=1)
            for hook in ("on_epoch_begin", "on_train_batch_end"):  # only then: they cost time
                setattr(self, hook, getattr(self, f"_{hook}"))
        self.save_freq = save_freq
        self._epoch = self._batches = 0
        self.filepath, self.verbose = os.fspath(filepath), verbose
        self.save_best_only, self.save_weights_only = save_best_only, save_weights_only
        self.best = initial_value_threshold
        self._folder_instead: str | None = None

    @property
    def follows_monitor(self) -> bool:
        return self.save_best_only

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self.save_freq == "epoch":
            self._save_if_better(epoch, logs or {}, {})

    def _on_epoch_begin(self, epoch: int, logs: Logs | None = None) -> None:
        self._epoch = epoch

    def _on_train_batch_end(self, batch: int, logs: Logs | None = None) -> None:
        self._batches += 1
        if self._batches == self.save_freq:
            self._batches = 0
            self._save_if_better(self._epoch, logs or {}, {"batch": batch + 1})

    def _save_if_better(self, epoch: int, logs: Logs, place: dict[str, int]) -> None:
        try:
            path = self.filepath.format(**{**place, **logs, "epoch": epoch + 1})
        except (
            TypeError,
            ValueError,
        ) as error:  # a format for one number, and a metric with several
            raise SettingError(
                "ModelCheckpoint.filepath",
                f"has a format that does not fit the logs ({error})",
                self.filepath,
            ) from error
        except KeyError as error:
            raise SettingError(
                "ModelCheckpoint.filepath",
                f"names {error}, which is not measured",
                hint=f"Available: {', '.join(['epoch', *place, *logs])}.",
            ) from error
        reason = ""
        if self.save_best_only:
            value, best = self.get_monitor_value(logs), _digits(self.best)
            # A monitor that is not measured saves each epoch, as in Keras, so that there is a file.
            if value is not None and not self._improves(value, self.best):
                if self.verbose > 0:
                    print_line(f"\nEpoch {epoch + 1}: {self.monitor} did not improve from {best}")
                return
            if value is not None:
                reason = f"{self.monitor} improved from {best} to {_digits(value)}, "
                self.best = value
        if self.verbose > 0:
            print_line(f"\nEpoch {epoch + 1}: {reason}saving model to {path}")
        try:
            Path(path).parent.mkdir(parents=True, exist_ok=True)  # as Keras
            self._save(path)
        except OSError as error:
            failure = error if isinstance(error, FileError) else file_error("write", path, error)
            self._save_elsewhere(path, failure)
        else:
            if self.verbose > 0:
                print_line(f"\nEpoch {epoch + 1}: finished saving model to {path}")

    def _save(self, path: str) -> None:
        if self.save_weights_only:
            self.model.save_weights(path)
        else:
            self.model.save(path)

    def _save_elsewhere(self, path: str, failure: FileError) -> None:
        """Save to a folder that is used from now on if `path` fails, and warn."""
        written: list[str] = []

        def write(folder: str) -> bool:
            self._save(os.path.join(folder, os.path.basename(path)))
            written.append(os.path.join(folder, os.path.basename(path)))
            self._folder_instead = folder
            return True

        try:
            if self._folder_instead is None:
                raise failure
            write(self._folder_instead)
        except OSError:
            write_elsewhere("checkpoints", write)
        instead = f"The model was saved to {written[0]!r} instead." if written else ""
        warn_user(f"{failure} {instead}".strip(), FileWarning)


class CSVLogger(Callback):
    """Write the logs of each epoch to a CSV file.

    If the file can no longer be written (its disk is full), training continues with a `FileWarning`.

    Parameters
    ----------
    filename : str or path-like
        Name of the file.
    separator : str, default ","
        Separator of the values.
    append : bool, default False
        Whether to append to an existing file instead of replacing it.

    Examples
    --------
    >>> from deltarule import keras
    >>> model = keras.Sequential([keras.Input(1), keras.layers.Dense(1)])
    >>> model.compile("sgd", "mse")
    >>> logger = keras.callbacks.CSVLogger("log.csv")
    >>> _ = model.fit([[0.0], [1.0]], [0.0, 1.0], epochs=3, verbose=0, callbacks=[logger])
    >>> from pathlib import Path
    >>> len(Path("log.csv").read_text().splitlines())
    4
    """

    def __init__(
        self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False
    ) -> None:
        super().__init__()
        self.filename, self.separator, self.append = os.fspath(filename), separator, append
        self._file: IO[str] | None = None
        self._keys: list[str] = []

    def on_train_begin(self, logs: Logs | None = None) -> None:
        path = Path(self.filename)
        self._header = not (self.append and path.exists() and path.stat().st_size > 0)
        try:
            self._file = path.open("a" if self.append else "w", encoding="utf-8", newline="")
        except OSError as error:
            raise FileError(f"Cannot write {self.filename!r}: {error.strerror}.") from error
        self._keys = []

    def on_epoch_end(self, epoch: int, logs: Logs | None = None) -> None:
        if self._file is None:  # it could not be written
            return
        try:
            self._write_row(self._file, epoch, logs or {})
        except OSError as error:
            failure = file_error("write", self.filename, error)
            warn_user(f"{failure} Training continues without it.", FileWarning)
            self._close()

    def _write_row(self, file: IO[str], epoch: int, logs: Logs) -> None:
        writer = csv.writer(file, delimiter=self.separator)
        if not self._keys:
            self._keys = sorted(logs)
            if not any(key.startswith("val_") for key in self._keys):
                self._keys += [f"val_{key}" for key in self._keys]  # as Keras: filled with NA
            if self._header:
                writer.writerow(["epoch", *self._keys])
        writer.writerow([epoch, *(_cell(logs.get(key, "NA")) for key in self._keys)])
        file.flush()

    def on_train_end(self, logs: Logs | None = None) -> None:
        self._close()

    def _close(self) -> None:
        if self._file is not None:
            with suppress(OSError):  # what could not be written before is written now
                self._file.close()
            self._file = None


def _digits(value: float | None) -> str:
    """Return a monitored value with five decimals, as Keras prints it."""
    return "None" if value is None else f"{value:.5f}"


def _cell(value: Any) -> Any:
    """Return a value as a cell; several numbers as "[1.0, 2.0]"."""
    return f"[{', '.join(map(str, np.ravel(value).tolist()))}]" if np.ndim(value) else value
