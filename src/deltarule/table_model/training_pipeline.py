"""train: read a table, split it, train a model and score it on test rows."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.formatting import counted, format_percent
from deltarule.data import Table, read_table
from deltarule.data.read_options import READ_OPTION_NAMES
from deltarule.errors import DataError, SettingError
from deltarule.network import Network
from deltarule.preprocessing import TableEncoder, Target, fit_target
from deltarule.preprocessing.column_casting import numbers
from deltarule.splitting import Split, split_rows
from deltarule.stopping import StopReason
from deltarule.table_model.baselines import Baseline, constant_baseline, linear_baseline
from deltarule.table_model.cross_validation import CrossValidatedScores
from deltarule.table_model.data_checks import CheckedTable, data_notes
from deltarule.table_model.design import LabeledTable, TrainingDesign, design_training
from deltarule.table_model.fold_networks import RunOptions
from deltarule.table_model.model_fitting import FittedModel, fit_model
from deltarule.table_model.out_of_fold import cross_validated_scores, out_of_fold_scores
from deltarule.table_model.result import TableResult
from deltarule.table_model.scores import Scores, finite_scores
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.stop_explanation import overall_stop_reason
from deltarule.table_model.task_methods import METHODS, TaskMethods
from deltarule.training import Checkpoint
from deltarule.training.events import Callback, ProgressListener

Array = NDArray[Any]
MIN_ROWS = 5
PreparedListener = Callable[["PreparedTable"], None]


@dataclasses.dataclass(frozen=True, eq=False)
class PreparedTable:
    """A table that is split and encoded, with the networks to train."""

    table: Table
    design: TrainingDesign
    truth: Array  # class numbers int64, or numbers in the target's units float64, (rows,)
    weights: Array | None  # sample weights (rows,)
    split: Split
    notes: tuple[str, ...]

    @property
    def encoder(self) -> TableEncoder:
        """The encoders of the columns."""
        return self.design.encoder

    @property
    def target(self) -> Target:
        """What is predicted."""
        return self.design.target

    @property
    def network(self) -> Network:
        """The network that each fold trains."""
        return self.design.network

    @property
    def methods(self) -> TaskMethods:
        """What is done differently for the task."""
        return METHODS[self.design.target.task]

    @property
    def training_truth(self) -> Array:
        """Class numbers or numbers of the training rows."""
        return self.truth[np.asarray(self.split.training)]

    @property
    def training_weights(self) -> Array | None:
        """Sample weights of the training rows."""
        return None if self.weights is None else self.weights[np.asarray(self.split.training)]


def train(
    source: Any,
    target: str,
    *,
    settings: TableSettings | None = None,
    query: str | None = None,
    engine: str = "auto",
    threads: int | None = None,
    progress: ProgressListener | None = None,
    on_prepared: PreparedListener | None = None,
    on_trained: Callable[[], None] | None = None,
    callbacks: Sequence[Callback] = (),
    checkpoint: Checkpoint | None = None,
    **field_values: Any,
) -> TableResult:
    """Train a model on a table and score it on test rows.

    Columns are encoded, networks are trained and calibrated, and the model is scored on rows that were
    not used for training. No file is written.

    Parameters
    ----------
    source : path, list of paths, data frame, dict of arrays, or Table
        The table: a path or glob pattern of CSV, TSV, JSON lines or Parquet files, "-" for standard
        input, a pandas, polars or pyarrow table, a dict of arrays, or a `deltarule.data.Table`.
    target : str
        Name of the column to predict.
    settings : TableSettings, optional
        All settings as one value; keywords replace its fields.
    query : str, optional
        A SELECT statement in which the table is called ``source``.
    engine : {"auto", "native", "reference"}, default "auto"
        The engine that trains the networks.
    threads : int, optional
        Upper bound on threads; all processors by default. Results are bit-identical for every value.
    progress : callable, optional
        Receives a `deltarule.training.Progress` about twenty times a second.
    on_prepared : callable, optional
        Receives the prepared table before training starts.
    on_trained : callable, optional
        Called without arguments when training has ended.
    callbacks : sequence of callable, default ()
        Each receives a `deltarule.training.EpochEvent` after each epoch and returns True to stop.
    checkpoint : Checkpoint, optional
        Where the state of training is saved, and whether to resume from there.
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
    started = time.perf_counter()
    reading = {name: field_values.pop(name) for name in READ_OPTION_NAMES if name in field_values}
    settings = _settings(settings, field_values)
    if isinstance(source, Table):
        _refuse_reading(query, reading)
        table = source
    else:
        table = read_table(source, query=query, **reading)
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
    methods = prepared.methods
    truth = prepared.truth[test]
    weights = None if prepared.weights is None else prepared.weights[test]
    constant = methods.constant(prepared.target, prepared.training_truth, prepared.training_weights)
    scores = methods.scores(
        methods.expected(prediction),
        truth,
        constant,
        fitted.model.calibration,
        weights,
    )
    baselines = _baselines(prepared, fitted, options, constant, weights)
    out_of_fold = out_of_fold_scores(fitted)
    folds = cross_validated_scores(fitted)
    about = _about(prepared, settings, fitted, scores, out_of_fold, folds, baselines, constant)
    return TableResult(
        model=dataclasses.replace(fitted.model, about=about),
        settings=settings,
        recipe=prepared.design.recipe,
        trainings=fitted.trainings,
        explanation=fitted.explanation,
        seconds=fitted.seconds,
        scores=scores,
        out_of_fold_scores=out_of_fold,
        cross_validated_scores=folds,
        baselines=baselines,
        out_of_fold_curve=fitted.curve,
        table=prepared.table,
        split=prepared.split,
        test_truth=truth,
        test_weights=weights,
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
            f"{table.source} has {counted(table.rows, 'row')}, and at least {MIN_ROWS} are needed to "
            "train, validate and test: add rows."
        )
    settings.check_columns(table.names, target)
    fitted = fit_target(table, target, task=settings.task)
    if len(fitted.rows) < table.rows:
        table = table.select(fitted.rows)
    targets = fitted.target.encode(table[target])
    split = split_rows(
        targets,
        fractions=(0.0, settings.test_fraction),
        seed=settings.seed,
        stratify=fitted.target.task.stratified,
    )
    if not (len(split.training) and len(split.test)):
        raise DataError(
            f"{table.rows} rows with a target are too few for a test fraction of "
            f"{format_percent(settings.test_fraction, 0)}: add rows."
        )
    weights = None
    if settings.weight is not None:
        weights = _weight_column(table, settings.weight, fitted.rows)
    labeled = LabeledTable(table, fitted.target, targets, split.training, weights)
    design = design_training(labeled, settings, options, encoded_target=target, started=started)
    whole_split = split
    if len(design.splits) == 1:
        only = design.splits[0]
        split = Split(design.rows[only.training], design.rows[only.validation], split.test)
    elif design.allocation is not None and design.allocation.drawn_rows is not None:
        split = Split(design.rows, split.validation, split.test)
    checks = data_notes(_checked_table(labeled, whole_split, design, settings))
    notes = (*table.notes, *fitted.notes, *design.encoder.notes, *checks)
    truth = fitted.target.unstandardize(targets)
    return PreparedTable(table, design, truth, weights, split, notes)


def _checked_table(
    labeled: LabeledTable, split: Split, design: TrainingDesign, settings: TableSettings
) -> CheckedTable:
    return CheckedTable(
        labeled.table,
        labeled.target,
        labeled.targets,
        split.training,
        split.test,
        used=frozenset(design.encoder.columns),
        excluded=frozenset(
            name for name in (labeled.target.name, settings.weight) if name is not None
        ),
    )


def _weight_column(table: Table, name: str, rows: Array) -> Array:
    """Return the weights of the rows of a table; `rows` are their indexes in the source."""
    column = table[name]
    if column.kind not in ("number", "boolean"):
        raise DataError(
            f"Column {name!r} must hold weights >= 0, but holds "
            f"{'dates' if column.kind == 'datetime' else 'texts'}: choose another column."
        )
    values = numbers(column).astype(np.float64)
    wrong = ~(values >= 0)
    if wrong.any():
        row = int(np.argmax(wrong))
        got = "nothing" if np.isnan(values[row]) else f"{values[row]:g}"
        raise DataError(
            f"Column {name!r} must hold weights >= 0 in every row, got {got} in row "
            f"{int(rows[row]) + 1}: correct the cell."
        )
    return values


def _baselines(
    prepared: PreparedTable,
    fitted: FittedModel,
    options: RunOptions,
    constant: Array,
    weights: Array | None,
) -> tuple[Baseline, ...]:
    """Score simple models on the test rows; after an interruption only the constant."""
    design, test = prepared.design, np.asarray(prepared.split.test)
    truth = prepared.truth[test]
    baseline = constant_baseline(design, constant, truth, weights)
    if overall_stop_reason(fitted.trainings) is StopReason.INTERRUPTED:
        return (baseline,)
    table = prepared.table.select(test)
    linear = linear_baseline(design, options, table, constant, truth, weights)
    return (baseline,) if linear is None else (baseline, linear)


def _about(
    prepared: PreparedTable,
    settings: TableSettings,
    fitted: FittedModel,
    scores: Scores,
    out_of_fold: Scores | None,
    folds: CrossValidatedScores | None,
    baselines: tuple[Baseline, ...],
    constant: Array,
) -> dict[str, Any]:
    split, trainings = prepared.split, fitted.trainings
    return {
        "settings": settings.to_json(),
        "recipe": prepared.design.recipe.to_json(),
        "source": prepared.table.source,
        "rows": {
            "training": len(split.training),
            "validation": len(split.validation),
            "test": len(split.test),
        },
        "stopped": overall_stop_reason(trainings).name.lower(),
        "explanation": fitted.explanation,
        "epochs": [len(training.history) for training in trainings],
        "kept_epochs": [training.kept_epoch for training in trainings],
        "engine": trainings[0].engine,
        "test_scores": finite_scores(scores),
        "out_of_fold_scores": None if out_of_fold is None else finite_scores(out_of_fold),
        "cross_validated_scores": None if folds is None else folds.to_json(),
        "baselines": [baseline.to_json() for baseline in baselines],
        "constant": constant.tolist(),
    }


def _refuse_reading(query: str | None, reading: dict[str, Any]) -> None:
    given = [name for name, value in {"query": query, **reading}.items() if value is not None]
    if given:
        raise SettingError(
            given[0],
            "does not apply to a Table, which is read already",
            hint="Give it to read_table.",
        )


def _settings(settings: TableSettings | None, field_values: dict[str, Any]) -> TableSettings:
    names = [field.name for field in dataclasses.fields(TableSettings)]
    known = [*names, *READ_OPTION_NAMES]
    for name in field_values:
        if name not in names:
            raise SettingError(
                name,
                f"is not a setting of train; known: {', '.join(known)}",
                hint=checks.did_you_mean(name, known),
            )
    return dataclasses.replace(settings or TableSettings(), **field_values)
