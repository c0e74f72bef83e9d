"""train: a table in, a model out."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule.data import Table, read_table
from deltarule.errors import DataError, SettingError
from deltarule.network import Network
from deltarule.preprocessing import ClassTarget, NumberTarget, TableEncoder, fit_target
from deltarule.preprocessing.column_casting import numbers
from deltarule.splitting import Split, split_rows
from deltarule.table_model.design import LabeledTable, TrainingDesign, design_training
from deltarule.table_model.fold_networks import RunOptions
from deltarule.table_model.model import Prediction
from deltarule.table_model.model_fitting import FittedModel, fit_model
from deltarule.table_model.result import TableResult
from deltarule.table_model.scores import Scores, classification_scores, regression_scores
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.stop_explanation import overall_stop_reason
from deltarule.training import Checkpoint
from deltarule.training.events import Callback, ProgressListener

Array = NDArray[Any]
MIN_ROWS = 5
PreparedListener = Callable[["PreparedTable"], None]


@dataclasses.dataclass(frozen=True, eq=False)
class PreparedTable:
    """A table made ready: split, encoded by what the training rows say, with its networks."""

    table: Table
    design: TrainingDesign
    targets: Array  # class numbers int32, or numbers in their own units, (rows,)
    split: Split
    notes: tuple[str, ...]

    @property
    def encoder(self) -> TableEncoder:
        return self.design.encoder

    @property
    def target(self) -> ClassTarget | NumberTarget:
        return self.design.target

    @property
    def network(self) -> Network:
        return self.design.network


def train(
    source: Any,
    target: str,
    *,
    settings: TableSettings | None = None,
    query: str | None = None,
    header: bool | None = None,
    engine: str = "auto",
    threads: int | None = None,
    progress: ProgressListener | None = None,
    on_prepared: PreparedListener | None = None,
    on_trained: Callable[[], None] | None = None,
    callbacks: Sequence[Callback] = (),
    checkpoint: Checkpoint | None = None,
    **field_values: Any,
) -> TableResult:
    """Train networks on a table and measure them on rows that they never saw.

    `source`: a path (CSV, TSV, JSON lines, Parquet), a glob, a list of them, "-" for standard input, a
    pandas, polars or pyarrow frame, a dict of arrays, or a `Table`. `target`: the column to predict.
    Further keywords are the fields of `TableSettings`: `train(path, "species", hidden=(32,), seed=1)`;
    what is not given is chosen by `choose_recipe`.

    Raises `FileError`, `ColumnError`, `DataError` or `SettingError`; nothing is written.
    """
    started = time.perf_counter()
    settings = _settings(settings, field_values)
    table = source
    if not isinstance(source, Table):
        table = read_table(source, query=query, header=header)
    options = RunOptions(engine, threads, progress, callbacks, checkpoint)
    prepared = prepare(table, target, settings, options, started=started)
    if on_prepared is not None:
        on_prepared(prepared)
    fitted = fit_model(prepared.design, options)
    if on_trained is not None:
        on_trained()
    test = np.asarray(prepared.split.test)
    prediction = fitted.model.predict(
        prepared.table.select(test), engine=engine, threads=threads or 1
    )
    truth, scores = _scores(prepared, test, prediction)
    out_of_fold = _out_of_fold_scores(fitted)
    about = _about(prepared, settings, fitted, scores, out_of_fold)
    return TableResult(
        model=dataclasses.replace(fitted.model, about=about),
        settings=settings,
        recipe=prepared.design.recipe,
        trainings=fitted.trainings,
        explanation=fitted.explanation,
        seconds=fitted.seconds,
        scores=scores,
        out_of_fold_scores=out_of_fold,
        table=prepared.table,
        split=prepared.split,
        test_truth=truth,
        test_prediction=prediction,
        notes=(*prepared.notes, *fitted.notes),
        training_notes=fitted.notes,
    )


def prepare(
    table: Table,
    target: str,
    settings: TableSettings,
    options: RunOptions,
    *,
    started: float,
) -> PreparedTable:
    """Split a table, fit the column encoders to its training rows and design the networks.

    `started`, a value of `time.perf_counter()`, is when the time limit begins.
    """
    if table.rows < MIN_ROWS:
        raise DataError(
            f"{table.source} has {table.rows} row{'s' * (table.rows != 1)}: at least {MIN_ROWS} are "
            "needed to train, validate and test."
        )
    if settings.weight == target:
        raise SettingError("weight", "must be another column than the target", target)
    fitted = fit_target(table, target, task=settings.task)
    if len(fitted.rows) < table.rows:
        table = table.select(fitted.rows)
    targets = fitted.target.encode(table[target])
    classifies = isinstance(fitted.target, ClassTarget)
    split = split_rows(
        targets, fractions=(0.0, settings.test_fraction), seed=settings.seed, stratify=classifies
    )
    if not (len(split.train) and len(split.test)):
        raise DataError(
            f"{table.rows} rows with a target are too few for {settings.test_fraction:.0%} test rows: "
            "add rows."
        )
    weights = None
    if settings.weight is not None:
        weights = _weight_column(table, settings.weight, fitted.rows)
    labeled = LabeledTable(table, fitted.target, targets, split.train, weights)
    design = design_training(labeled, settings, options, encoded_target=target, started=started)
    if len(design.splits) == 1:
        only = design.splits[0]
        split = Split(design.rows[only.train], design.rows[only.validation], split.test)
    elif design.allocation is not None and design.allocation.drawn_rows is not None:
        split = Split(design.rows, split.validation, split.test)
    notes = (*table.notes, *fitted.notes, *design.encoder.notes)
    return PreparedTable(table, design, targets, split, notes)


def _weight_column(table: Table, name: str, rows: Array) -> Array:
    """Return the weights of a table's rows, which were the `rows` of the table that was read."""
    column = table[name]
    if column.kind not in ("number", "boolean"):
        raise DataError(
            f"Column {name!r} must hold weights >= 0, and it holds "
            f"{'dates' if column.kind == 'datetime' else 'texts'}: choose another column."
        )
    values = numbers(column).astype(np.float64)
    wrong = ~(values >= 0)
    if wrong.any():
        row = int(np.argmax(wrong))
        got = "nothing" if np.isnan(values[row]) else f"{values[row]:g}"
        raise DataError(
            f"Column {name!r} must hold weights >= 0 in every row, got {got} in row "
            f"{int(rows[row]) + 1}: correct that cell."
        )
    return values


def _scores(prepared: PreparedTable, test: Array, prediction: Prediction) -> tuple[Array, Scores]:
    train_targets = prepared.targets[np.asarray(prepared.split.train)]
    if isinstance(prepared.target, ClassTarget):
        truth = prepared.targets[test].astype(np.int64)
        most_frequent = int(np.bincount(train_targets).argmax())
        assert prediction.probabilities is not None
        return truth, classification_scores(prediction.probabilities, truth, most_frequent)
    truth = prepared.table[prepared.target.name].values[test].astype(np.float64)
    return truth, regression_scores(prediction.values, truth, float(train_targets.mean()))


def _out_of_fold_scores(fitted: FittedModel) -> Scores | None:
    """Score the out-of-fold predictions; None where no row has one."""
    design = fitted.design
    first = fitted.out_of_fold if fitted.out_of_fold.ndim == 1 else fitted.out_of_fold[:, 0]
    seen = np.isfinite(first)
    if not seen.any():
        return None
    if isinstance(design.target, ClassTarget):
        most_frequent = int(np.bincount(design.targets).argmax())
        return classification_scores(
            fitted.out_of_fold[seen], design.targets[seen].astype(np.int64), most_frequent
        )
    truth = design.target.decode(design.targets)
    return regression_scores(fitted.out_of_fold[seen], truth[seen], float(truth.mean()))


def _about(
    prepared: PreparedTable,
    settings: TableSettings,
    fitted: FittedModel,
    scores: Scores,
    out_of_fold: Scores | None,
) -> dict[str, Any]:
    split, trainings = prepared.split, fitted.trainings
    return {
        "settings": settings.to_json(),
        "recipe": prepared.design.recipe.to_json(),
        "source": prepared.table.source,
        "rows": {
            "training": len(split.train),
            "validation": len(split.validation),
            "test": len(split.test),
        },
        "stopped": overall_stop_reason(trainings).name.lower(),
        "explanation": fitted.explanation,
        "epochs": [len(training.history) for training in trainings],
        "kept_epochs": [training.kept_epoch for training in trainings],
        "engine": trainings[0].engine,
        "test_scores": _numbers(scores),
        "out_of_fold_scores": None if out_of_fold is None else _numbers(out_of_fold),
    }


def _numbers(scores: Scores) -> dict[str, Any]:
    return {
        name: value
        for name, value in dataclasses.asdict(scores).items()
        if isinstance(value, int | float) and np.isfinite(value)
    }


def _settings(settings: TableSettings | None, field_values: dict[str, Any]) -> TableSettings:
    known = [field.name for field in dataclasses.fields(TableSettings)]
    for name in field_values:
        if name not in known:
            raise SettingError(
                name,
                f"is not an option of train; known: {', '.join(known)}",
                hint=checks.did_you_mean(name, known),
            )
    return dataclasses.replace(settings or TableSettings(), **field_values)
