"""Prepare a table for training, and score the model that was trained on it."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.blas_threads import single_blas_thread
from deltarule._common.formatting import counted, format_percent
from deltarule.data import Table
from deltarule.data.schema_check import finite_columns
from deltarule.errors import DataError
from deltarule.preprocessing import Target, fit_target
from deltarule.splitting import Split
from deltarule.table_model.assessment import assess
from deltarule.table_model.data_checks import CheckedTable, data_notes
from deltarule.table_model.design import LabeledTable, columns_without_use
from deltarule.table_model.design_training import design_training
from deltarule.table_model.evaluation import EvaluationRows, evaluation_rows, weight_column
from deltarule.table_model.feature_screening import screening_note
from deltarule.table_model.fold_networks import RunOptions
from deltarule.table_model.integer_codes import with_codes_as_categories
from deltarule.table_model.model_fitting import FittedModel
from deltarule.table_model.prepared_table import PreparedTable
from deltarule.table_model.result import TableResult
from deltarule.table_model.row_checks import check_rows
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.split_rule import SplitRule
from deltarule.table_model.stop_explanation import overall_stop_reason
from deltarule.table_model.table_sample import TableSample

Array = NDArray[Any]
MIN_ROWS = 5
SplitFunction = Callable[[Table, Target, Array, SplitRule, float], Split]
"""Divides rows, given their table, target, encoded targets (rows,), rule and test fraction."""


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
        coverage=found.coverage,
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
    split_of: SplitFunction | None = None,
) -> PreparedTable:
    """Split a table, fit the column encoders to its training rows and design the networks.

    `started`, a value of `time.perf_counter()`, is when the time limit begins. Without a table `test` of
    its own, test rows are split off. `table` may be that of the `sample` of a streamed table. `split_of`
    divides the rows that have a target, given with their encoded targets, instead of the split rule.
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
    test_fraction = settings.test_fraction if test is None else 0.0
    if split_of is not None:
        split = split_of(table, fitted.target, targets, rule, test_fraction)
    else:
        split = rule.split(
            targets,
            fractions=(0.0, test_fraction),
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
        test = finite_columns(test)  # as `evaluate` reads them
        test_rows = evaluation_rows(test, fitted.target, settings.weight)
        notes = (*notes, *rule.test_notes(test_rows.table))
        cast = design.encoder.cast(test_rows.table)  # raises if a column is missing
        unusual = check_rows(design.encoder, test_rows.table, cast, design.distributions)
        found = (*test.notes, *test_rows.notes, *unusual.notes)
        notes = (*notes, *(f"Test rows: {note}" for note in found))
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
