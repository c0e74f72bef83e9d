"""train: read a table, split it, train a model and score it on test rows."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from concurrent.futures import Executor
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.blas_threads import single_blas_thread
from deltarule._common.formatting import counted, format_percent
from deltarule._common.other_terms import refuses_other_terms
from deltarule.data import Table
from deltarule.data.streamed_table import StreamedTable
from deltarule.errors import DataError
from deltarule.preprocessing import fit_target
from deltarule.splitting import Split
from deltarule.table_model.assessment import assess
from deltarule.table_model.data_checks import CheckedTable, data_notes
from deltarule.table_model.design import (
    LabeledTable,
    columns_without_use,
    design_training,
)
from deltarule.table_model.evaluation import EvaluationRows, evaluation_rows, weight_column
from deltarule.table_model.feature_screening import screening_note
from deltarule.table_model.fold_networks import RunOptions
from deltarule.table_model.integer_codes import with_codes_as_categories
from deltarule.table_model.model_fitting import FittedModel, fit_model
from deltarule.table_model.prepared_table import PreparedTable
from deltarule.table_model.result import TableResult
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.split_rule import SplitRule
from deltarule.table_model.stop_explanation import overall_stop_reason
from deltarule.table_model.table_sample import TableSample, draw_sample
from deltarule.table_model.training_inputs import (
    check_executor_options,
    read_test_table,
    streamed_or_read,
    training_settings,
)
from deltarule.training import Checkpoint
from deltarule.training.events import Callback, ProgressListener
from deltarule.training.run_observers import observed, observed_progress

Array = NDArray[Any]
MIN_ROWS = 5
PreparedListener = Callable[["PreparedTable"], None]


@observed("train")
@single_blas_thread()
@refuses_other_terms("train", takes_more=True)
def train(
    source: Any,
    target: str,
    *,
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
) -> TableResult:
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
    TableResult
        The model, its scores on the test rows, and how it was trained.

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
    with streamed_or_read(source, settings, query, reading, memory_limit, options) as table:
        test_table = None
        if test is not None:
            test_table = read_test_table(test, table.schema, settings, reading)
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


def assessed_result(
    prepared: PreparedTable, fitted: FittedModel, settings: TableSettings, options: RunOptions
) -> TableResult:
    """Return a fitted model with its scores on the test rows."""
    found = assess(fitted, prepared.test, prepared.constant, options)
    about = {**_about(prepared, settings, fitted), **found.to_json()}
    return TableResult(
        model=dataclasses.replace(fitted.model, about=about),
        settings=settings,
        recipe=prepared.design.recipe,
        trainings=fitted.trainings,
        explanation=fitted.explanation,
        seconds=fitted.seconds,
        limited_by_time=fitted.limited_by_time,
        scores=found.scores,
        out_of_fold_scores=found.out_of_fold,
        cross_validated_scores=found.folds,
        baselines=found.baselines,
        out_of_fold_curve=fitted.curve,
        table=prepared.table,
        split=prepared.split,
        test_table=None if len(prepared.split.test) else prepared.test.table,
        test_truth=prepared.test.truth,
        test_weights=prepared.test.weights,
        test_prediction=found.prediction,
        notes=(*prepared.notes, *fitted.notes),
        training_notes=fitted.notes,
        streamed=prepared.streamed,
    )


@single_blas_thread()
def prepare(
    table: Table,
    target: str,
    settings: TableSettings,
    options: RunOptions,
    *,
    started: float,
    test: Table | None = None,
    sample: TableSample | None = None,
) -> PreparedTable:
    """Split a table, fit the column encoders to its training rows and design the networks.

    `started`, a value of `time.perf_counter()`, is when the time limit begins. Without a table `test` of
    its own, test rows are split off. `table` may be that of the `sample` of a streamed table.
    """
    if table.rows < MIN_ROWS:
        raise DataError(
            f"{table.source} has {counted(table.rows, 'row')}, and at least {MIN_ROWS} are needed to "
            "train, validate and test: add rows."
        )
    settings.check_columns(table.names, target)
    task = settings.task if sample is None else sample.task(settings.task)
    fitted = fit_target(table, target, task=task)
    if len(fitted.rows) < table.rows:
        table = table.select(fitted.rows)
    targets = fitted.target.encode(table[target])
    rule = SplitRule.of_table(table, settings)
    if sample is not None:
        rule = dataclasses.replace(rule, training_only=sample.training_only)
    split = rule.split(
        targets,
        fractions=(0.0, settings.test_fraction if test is None else 0.0),
        seed=settings.seed,
        stratify=fitted.target.task.stratified,
    )
    if not (len(split.training) and (len(split.test) or test is not None)):
        raise DataError(
            f"{table.rows} rows with a target are too few for a test fraction of "
            f"{format_percent(settings.test_fraction, 0)}: add rows."
        )
    weights = None
    if settings.weight is not None:
        numbers = fitted.rows if sample is None else sample.row_numbers
        weights = weight_column(table, settings.weight, numbers)
    unused = {target, *columns_without_use(settings, table.names, target)}
    table, code_notes = with_codes_as_categories(
        table, fitted.target, targets, split.training, unused
    )
    whole = None if sample is None else sample.whole(len(split.test))
    labeled = LabeledTable(table, fitted.target, targets, split.training, weights, rule, whole)
    design = design_training(labeled, settings, options, encoded_target=target, started=started)
    whole_split = split
    if len(design.splits) == 1 or rule.times is not None:  # all networks train on the same rows
        only = design.splits[0]
        split = Split(design.rows[only.training], design.rows[only.validation], split.test)
    elif design.allocation is not None and design.allocation.drawn_rows is not None:
        split = Split(design.rows, split.validation, split.test)
    checks = data_notes(CheckedTable.of_design(labeled, design, whole_split, settings))
    split_notes = rule.notes(whole_split, design.encoder.columns)
    screening = screening_note(design.encoder, target)
    encoder_notes = (*code_notes, *design.encoder.notes, *([screening] if screening else []))
    notes = (*table.notes, *fitted.notes, *encoder_notes, *split_notes, *checks)
    truth = fitted.target.unstandardize(targets)
    if test is None:
        rows = np.asarray(split.test)
        test_rows = EvaluationRows(
            table.select(rows), truth[rows], None if weights is None else weights[rows]
        )
    else:
        design.encoder.transform(test, rows=np.zeros(0, np.int64))  # raises if a column is missing
        test_rows = evaluation_rows(test, fitted.target, settings.weight)
        notes = (*notes, *rule.test_notes(test_rows.table))
    notes = (*notes, *test_rows.notes)
    return PreparedTable(table, design, truth, weights, split, test_rows, rule, notes, sample)


def _about(prepared: PreparedTable, settings: TableSettings, fitted: FittedModel) -> dict[str, Any]:
    split, trainings, test_table = prepared.split, fitted.trainings, prepared.test.table
    return {
        "settings": settings.to_json(),
        "recipe": prepared.design.recipe.to_json(),
        "source": prepared.table.source,
        "test_source": None if len(split.test) else test_table.path or test_table.source,
        "rows": {
            "training": prepared.training_rows,
            "validation": len(split.validation),
            "test": len(prepared.test.truth),
        },
        **({} if prepared.sample is None else {"sampled_rows": prepared.table.rows}),
        "stopped": overall_stop_reason(trainings).name.lower(),
        "explanation": fitted.explanation,
        "epochs": [len(training.history) for training in trainings],
        "kept_epochs": [training.kept_epoch for training in trainings],
        "engine": trainings[0].engine,
    }
