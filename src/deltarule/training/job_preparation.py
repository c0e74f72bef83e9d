"""Turn the arguments of `fit` into jobs, whose arrays are in a folder."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deltarule.engines.block_file_data import BlockFileData
from deltarule.engines.data import ArrayData, Data
from deltarule.errors import SettingError
from deltarule.training.events import ProgressListener
from deltarule.training.fit_arguments import FitArguments, training_data, training_loop
from deltarule.training.input_arrays import split_indices
from deltarule.training.job import FitJob, JobOrder
from deltarule.training.job_folder import store_array
from deltarule.training.job_rows import RowStore, StoredRows, rows_of_file
from deltarule.training.loop import TrainingLoop

_LOCAL = {
    "callbacks": "functions cannot be sent to other processes",
    "checkpoint": "its finished result is kept in the folder instead",
}


class JobMaker:
    """Makes jobs of the arguments of `fit` and stores what they refer to in a folder.

    `fixed`: whether the arrays of all calls exist and do not change meanwhile.
    """

    def __init__(self, folder: str, *, fixed: bool = False) -> None:
        self._folder = folder
        self._store = RowStore(folder, fixed=fixed)

    def order(self, arguments: Mapping[str, Any]) -> tuple[JobOrder, ProgressListener | None]:
        """Return the job of one call of `fit`, and its listener, which stays in this process."""
        for name, why in _LOCAL.items():
            if arguments.get(name):
                raise SettingError(
                    name,
                    f"cannot be used with an executor or a folder: {why}",
                    hint=f"Leave out `{name}`, or leave out `executor` and `folder`.",
                )
        given = FitArguments.of_job(arguments)
        loop = training_loop(given, check_rows=False)
        training, validation = self._rows(given, loop)
        initial = None
        if loop.initial_parameters is not None:
            initial = store_array(self._folder, loop.initial_parameters.flat())
        job = FitJob(
            loop.plan,
            loop.engine.name,
            training.rows,
            None if validation is None else validation.rows,
            initial,
        )
        stored = [training] if validation is None else [training, validation]
        files = {one.rows.digest: one.path for one in stored}
        threads = 1 if given.threads is None else loop.threads
        return JobOrder(job, files, threads), loop.progress

    def _rows(
        self, given: FitArguments, loop: TrainingLoop
    ) -> tuple[StoredRows, StoredRows | None]:
        if given.validation_data is None and given.validation_fraction:
            # One table with two sets of rows, not two copies for each seed of the split.
            plan = loop.plan
            whole = training_data(given, plan.loss, plan.dtype, check_rows=False)
            assert isinstance(whole, ArrayData)
            split = split_indices(whole, given.validation_fraction, given.seed)
            chosen = [
                rows if whole.row_indices is None else whole.row_indices[rows] for rows in split
            ]
            return self._store.store(whole, chosen[0]), self._store.store(whole, chosen[1])
        training = self._stored(loop.data)
        return training, None if loop.validation is None else self._stored(loop.validation)

    def _stored(self, data: Data) -> StoredRows:
        if isinstance(data, ArrayData):
            return self._store.store(data)
        if type(data) is BlockFileData:  # a range of its blocks has no place in a job
            return rows_of_file(data)
        raise SettingError(
            "X",
            f"cannot be a {type(data).__name__} with an executor or a folder",
            hint="Give arrays, or write the rows with engines.BlockFileData.write.",
        )
