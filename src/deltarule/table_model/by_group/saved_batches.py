"""What a run keeps of finished groups, so that a killed run does not train them again."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from glob import escape, glob
from pathlib import Path
from typing import Any

import numpy as np

from deltarule._common.strict_reader import StrictReader
from deltarule._common.user_warnings import warn_user
from deltarule._common.version import __version__
from deltarule.data import Table
from deltarule.engines import get_engine
from deltarule.errors import FileError, ModelFileError, shortened
from deltarule.formats.atomic_write import remove_parts
from deltarule.formats.model_file import read_model, write_model
from deltarule.formats.strict_json import write_json
from deltarule.splitting import Split
from deltarule.table_model.by_group.group_files import GroupFiles, file_of, is_fitting
from deltarule.table_model.by_group.group_fitting import GroupedTable, GroupFit
from deltarule.table_model.by_group.grouping import Group
from deltarule.table_model.fold_networks import RunOptions
from deltarule.table_model.model import TableModel
from deltarule.training.checkpoint import CheckpointWarning
from deltarule.training.provenance import Provenance

FILE_KIND = "groups of a run"
SUFFIX = ".safetensors"
DIGEST_LENGTH = 16


@dataclass
class SavedBatches:
    """Files `START-DIGEST-NUMBER.safetensors`, one for each batch of groups that is finished.

    The digest names the table, its split, the settings and what computes: files of another run are not
    read. `start` is a path without its ending; "" keeps nothing.
    """

    start: str
    digest: str
    warned: bool = False

    def read(
        self, number: int, groups: Sequence[Group], whole: TableModel, columns: Collection[str]
    ) -> list[GroupFit] | None:
        """Return the models of a batch, None if it is not finished or, with a warning, damaged.

        They predict the same target as `whole`, from some of the `columns`.
        """
        if not self.is_finished(number):
            return None
        try:
            return self.finished(number, groups, whole, columns)
        except (FileError, ModelFileError) as error:
            warn_user(f"Finished groups are trained again: {error}", CheckpointWarning)
            return None

    def finished(
        self, number: int, groups: Sequence[Group], whole: TableModel, columns: Collection[str]
    ) -> list[GroupFit]:
        """Return the models of a finished batch; raise `FileError` or `ModelFileError` if damaged."""
        path = self._path(number)
        fits = _fits(path, groups)
        for fit in fits:
            if fit.model is not None and not is_fitting(fit.model, whole, columns):
                raise ModelFileError(
                    f"In {path}, the model of {shortened(fit.group.name)} does not fit the model of "
                    "all rows."
                )
        return fits

    def is_finished(self, number: int) -> bool:
        """Whether there is a file of a batch."""
        return bool(self.start) and os.path.exists(self._path(number))

    def write(self, number: int, fits: Sequence[GroupFit]) -> None:
        """Keep a batch; a folder that cannot take it is one warning, and training goes on."""
        if not self.start:
            return
        found = [fit for fit in fits if fit.model is not None]
        files = GroupFiles.of(file_of(fit.model) for fit in found if fit.model is not None)
        description = {
            "groups": [fit.group.name for fit in fits],
            "reasons": [fit.reason for fit in fits],
        }
        path = self._path(number)
        try:
            os.makedirs(os.path.dirname(path) or ".", exist_ok=True)
            write_model(path, description, files.arrays(), kind=FILE_KIND, locked=True)
        except OSError as error:
            if not self.warned:
                self.warned = True
                warn_user(f"Finished groups cannot be kept: {error}", CheckpointWarning)

    def remove_others(self) -> None:
        """Remove the files of other runs, and what killed ones left unfinished."""
        if self.start:
            folder, name = os.path.split(self.start)
            remove_parts(folder or ".", no_other_writer=False, start=f"{name}-")
            remove_saved(self.start, but=self.digest)

    def _path(self, number: int) -> str:
        return f"{self.start}-{self.digest}-{number:05d}{SUFFIX}"


def saved_batches(
    whole: GroupedTable, split: Split, options: RunOptions, *, resume: bool
) -> SavedBatches:
    """Return where a run keeps its groups: beside its checkpoint, or in the folder of its jobs.

    Without `resume`, what earlier runs left beside the checkpoint is removed.
    """
    start = _start(options)
    if options.checkpoint is not None and not resume:
        remove_saved(start)
    digest = _digest(whole, split, options) if start else ""
    return SavedBatches(start, digest)


def is_any_saved(options: RunOptions) -> bool:
    """Whether a run has kept a batch of groups."""
    return bool(start := _start(options)) and bool(_saved(start))


def _start(options: RunOptions) -> str:
    if options.checkpoint is not None:
        return start_of(options.checkpoint.path)
    if options.job_folder is not None:
        return os.path.join(os.fspath(options.job_folder), "groups", "group")
    return ""


def start_of(checkpoint: str | os.PathLike[str]) -> str:
    """Return how the names of the files begin beside a checkpoint."""
    path = Path(checkpoint)
    return str(path.with_name(f"{path.stem}-groups"))


def remove_saved(start: str, *, but: str = "") -> None:
    """Remove files that begin so, except for those of the digest `but`."""
    for path in _saved(start):
        if not but or not path.startswith(f"{start}-{but}-"):
            with suppress(OSError):
                os.unlink(path)


def _saved(start: str) -> list[str]:
    pattern = f"{'[0-9a-f]' * DIGEST_LENGTH}-{'[0-9]' * 5}{SUFFIX}"
    return glob(f"{escape(start)}-{pattern}")


def _fits(path: str, groups: Sequence[Group]) -> list[GroupFit]:
    file = read_model(path, kind=FILE_KIND)
    reader = StrictReader(file.description, path)
    names, reasons = reader.list_of("groups", str), reader.list_of("reasons", str)
    reader.finish()
    if names != [group.name for group in groups] or len(names) != len(reasons):
        raise ModelFileError(f"{path} holds other groups than its name says.")
    files = GroupFiles.of_arrays(file.arrays, reasons.count(""), path)
    places = iter(range(len(files)))
    return [
        GroupFit(group, None if reason else files.read(next(places), path), reason)
        for group, reason in zip(groups, reasons, strict=True)
    ]


def _digest(whole: GroupedTable, split: Split, options: RunOptions) -> str:
    """Return a digest of everything that determines the models of the groups."""
    digest = hashlib.sha256()
    provenance = Provenance.of(get_engine(options.engine))
    facts = [whole.settings.to_json(), whole.by, whole.target, __version__, provenance.to_json()]
    digest.update(write_json(facts).encode())
    digest.update(np.ascontiguousarray(split.test).tobytes())
    _add_table(digest.update, whole.table)
    return digest.hexdigest()[:DIGEST_LENGTH]


def _add_table(add: Callable[[Any], None], table: Table) -> None:
    for column in table.columns:
        levels = column.levels if column.kind == "text" else ()
        schema = None if table.schema is None or column.name not in table.schema else table.schema
        read = None if schema is None else schema[column.name].to_json()
        add(write_json([column.name, column.kind, len(column), list(levels), read]).encode())
        add(np.ascontiguousarray(column.values).view(np.uint8).data)
