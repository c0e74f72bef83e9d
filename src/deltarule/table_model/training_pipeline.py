"""train: read a table, split it, train a model and score it on test rows."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from os import PathLike
from typing import Any, overload

from deltarule._common.blas_threads import single_blas_thread
from deltarule._common.other_terms import refuses_other_terms
from deltarule.data import Table
from deltarule.data.streamed_table import StreamedTable
from deltarule.table_model.by_group.grouped_result import GroupedResult
from deltarule.table_model.by_group.grouped_training import GroupListeners, train_by_group
from deltarule.table_model.fold_networks import RunOptions
from deltarule.table_model.model_fitting import fit_model
from deltarule.table_model.prepared_table import PreparedTable
from deltarule.table_model.result import TableResult
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.table_preparation import assessed_result, prepare
from deltarule.table_model.table_sample import draw_sample
from deltarule.table_model.training_inputs import (
    check_executor_options,
    read_test_table,
    refuse_shards_of_groups,
    streamed_or_read,
    training_settings,
)
from deltarule.training import Checkpoint
from deltarule.training.events import Callback, ProgressListener
from deltarule.training.run_observers import observed, observed_progress

PreparedListener = Callable[["PreparedTable"], None]


@overload
def train(source: Any, target: str, *, by: None = None, **settings: Any) -> TableResult: ...


@overload
def train(source: Any, target: str, *, by: str, **settings: Any) -> GroupedResult: ...


@observed("train")
@single_blas_thread()
@refuses_other_terms("train", takes_more=True)
def train(
    source: Any,
    target: str,
    *,
    by: str | None = None,
    settings: TableSettings | None = None,
    query: str | None = None,
    test: Any = None,
    memory_limit: str | float | None = None,
    engine: str = "auto",
    threads: int | None = None,
    progress: ProgressListener | None = None,
    on_prepared: PreparedListener | None = None,
    on_trained: Callable[[], None] | None = None,
    callbacks: Sequence[Callback] = (),
    checkpoint: Checkpoint | None = None,
    executor: Executor | None = None,
    job_folder: str | PathLike[str] | None = None,
    shards: int | None = None,
    started: float | None = None,
    **field_values: Any,
) -> TableResult | GroupedResult:
    """Train a model on a table and score it on test rows.

    Columns are encoded, networks are trained and calibrated, and the model is scored on rows that were
    not used for training. No file is written.

    Parameters
    ----------
    source : path, list of paths, data frame, dict of arrays, list of dicts, or Table
        The table: what `deltarule.data.read_table` reads, such as a path, a glob pattern, a folder, a
        http address, "-" for standard input, a pandas, polars or pyarrow table, a dict of arrays or a
        list of dicts, or a `deltarule.data.Table`.
    target : str
        Name of the column to predict.
    by : str, optional
        A column whose values are groups, such as shops: each group gets a model of its own, and the rows
        of other groups, of groups with fewer than 10 training rows and without a value are predicted by
        a model of all rows. The test rows are split off each group.
    settings : TableSettings, optional
        All settings as one value; keywords replace its fields.
    query : str, optional
        A SELECT statement in which the table is called ``source``.
    test : path, list of paths, data frame, dict of arrays, or Table, optional
        Rows to score the model on, with the columns of the source. By default a share of the rows of the
        source (`test_fraction`) is split off.
    memory_limit : str or float, optional
        Memory that the rows may take: bytes, "4GB", or a share of the free memory, "25%"; by default
        half of the free memory. Rows of files and queries that would take more are streamed: a random
        sample of them fits the encoders, calibrates the model and tests it, and all others train it from
        a temporary block file.
    engine : {"auto", "native", "reference"}, default "auto"
        The engine that trains the networks.
    threads : int, optional
        Upper bound on threads; all processors by default. Results are bit-identical for every value.
    progress : callable, optional
        Receives a `deltarule.training.Progress` about twenty times a second.
    on_prepared : callable, optional
        Receives the prepared table before training starts.
    on_trained : callable, optional
        Called without arguments when the networks are trained, before they are calibrated and scored.
    callbacks : sequence of callable, default ()
        Each receives a `deltarule.training.EpochEvent` after each epoch and returns True to stop.
    checkpoint : Checkpoint, optional
        Where the state of training is saved, and whether to resume from there.
    executor : concurrent.futures.Executor, optional
        Where the networks train, such as what `deltarule.cluster.connect` returns; by default in threads
        of this process. The bits are the same.
    job_folder : str or path-like, optional
        A folder that all workers of the executor share, in which finished networks are found again.
    shards : int, optional
        Stream the rows of a file, and train one network on this many parts of them, which any number of
        workers visit: see `deltarule.fit_sharded`. The result depends on their number.
    started : float, optional
        When a time limit begins, a value of `time.perf_counter()`, such as the time before a `Table` was
        read; by default now.
    **field_values : Any
        Fields of `TableSettings`, such as ``hidden=(32,)`` or ``seed=1``, and of
        `deltarule.data.ReadOptions`, such as ``separator=";"``. Settings that are not given are chosen
        by the size of the table; how the file is read is detected.

    Returns
    -------
    TableResult or GroupedResult
        The model, its scores on the test rows, and how it was trained; with `by` the models of the
        groups, beside the model of all rows.

    Raises
    ------
    FileError
        If a file cannot be read.
    ColumnError
        If the target or another named column does not exist.
    DataError
        If the table cannot be learned, for example because it has too few rows.
    SettingError
        If a setting is unknown or not allowed.

    See Also
    --------
    TableSettings : All settings.
    deltarule.TabularClassifier : The same networks as a scikit-learn estimator.
    deltarule.fit : Train a network on arrays.

    Examples
    --------
    >>> import deltarule as dr
    >>> table = {"x": [*range(20)], "y": ["low"] * 10 + ["high"] * 10}
    >>> result = dr.train(table, target="y", folds=1, epochs=5, hidden=(4,))
    >>> result.scores.rows
    4
    >>> result.model.predict({"x": [3, 15]}).classes
    ('high', 'low')
    """
    started = time.perf_counter() if started is None else started
    settings, reading = training_settings(settings, field_values)
    listener = observed_progress(progress)
    options = RunOptions(
        engine, threads, listener, callbacks, checkpoint, executor, job_folder, shards
    )
    check_executor_options(options, settings)
    refuse_shards_of_groups(shards, by)
    with streamed_or_read(source, settings, query, reading, memory_limit, options, by) as table:
        test_table = None
        if test is not None:
            test_table = read_test_table(test, table.schema, settings, reading)
        if by is not None and isinstance(table, Table):
            heard = GroupListeners(prepared=on_prepared, trained=on_trained)
            return train_by_group(
                table, target, by, settings, options, heard, started=started, test=test_table
            )
        if isinstance(table, StreamedTable):
            sample = draw_sample(table, target, settings)
            one = dataclasses.replace(settings, folds=1)
            prepared = prepare(
                sample.table, target, one, options, started=started, test=test_table, sample=sample
            )
        else:
            prepared = prepare(table, target, settings, options, started=started, test=test_table)
        with prepared.training_blocks(options) as training:
            if training.blocks is not None:
                notes = (*prepared.notes, training.blocks.note)
                prepared = dataclasses.replace(prepared, blocks=training.blocks, notes=notes)
            if on_prepared is not None:
                on_prepared(prepared)
            fitted = fit_model(prepared.design, options, on_trained, training.blocks)
            training.fitted = fitted
        return assessed_result(prepared, fitted, settings, options)
