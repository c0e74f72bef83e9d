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
from deltarule.table_model.design import Examples, Plan, plan_for
from deltarule.table_model.fold_networks import Running, reason_of
from deltarule.table_model.model import Prediction
from deltarule.table_model.model_fitting import Learned, learn
from deltarule.table_model.result import TableRun
from deltarule.table_model.scores import Scores, classification_scores, regression_scores
from deltarule.table_model.settings import TableSettings
from deltarule.training import Checkpoint
from deltarule.training.events import Callback, ProgressListener

Array = NDArray[Any]
MIN_ROWS = 5
ReadListener = Callable[["Prepared"], None]


@dataclasses.dataclass(frozen=True, eq=False)
class Prepared:
    """A table made ready: split, encoded by what the training rows say, with its networks."""

    table: Table
    plan: Plan
    targets: Array  # class numbers int32, or numbers in their own units, (rows,)
    split: Split
    notes: tuple[str, ...]

    @property
    def encoder(self) -> TableEncoder:
        return self.plan.encoder

    @property
    def target(self) -> ClassTarget | NumberTarget:
        return self.plan.target

    @property
    def network(self) -> Network:
        return self.plan.network


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
    on_prepared: ReadListener | None = None,
    on_trained: Callable[[], None] | None = None,
    callbacks: Sequence[Callback] = (),
    checkpoint: Checkpoint | None = None,
    **options: Any,
) -> TableRun:
    """Train networks on a table and measure them on rows that they never saw.

    `source`: a path (CSV, TSV, JSON lines, Parquet), a glob, a list of them, "-" for standard input, a
    pandas, polars or pyarrow frame, a dict of arrays, or a `Table`. `target`: the column to predict.
    Further options are the fields of `TableSettings`: `train(path, "species", hidden=(32,), seed=1)`;
    what is not given is chosen by `recipe_for`.

    Raises `FileError`, `ColumnError`, `DataError` or `SettingError`; nothing is written.
    """
    started = time.perf_counter()
    settings = _settings(settings, options)
    table = source
    if not isinstance(source, Table):
        table = read_table(source, query=query, header=header)
    running = Running(engine, threads, progress, callbacks, checkpoint)
    prepared = prepare(table, target, settings, running, started=started)
    if on_prepared is not None:
        on_prepared(prepared)
    learned = learn(prepared.plan, running)
    if on_trained is not None:
        on_trained()
    test = np.asarray(prepared.split.test)
    prediction = learned.model.predict(
        prepared.table.select(test), engine=engine, threads=threads or 1
    )
    truth, scores = _scores(prepared, test, prediction)
    checked = _checked(learned)
    about = _about(prepared, settings, learned, scores, checked)
    return TableRun(
        model=dataclasses.replace(learned.model, about=about),
        settings=settings,
        recipe=prepared.plan.recipe,
        trainings=learned.trainings,
        explanation=learned.explanation,
        seconds=learned.seconds,
        scores=scores,
        checked=checked,
        table=prepared.table,
        split=prepared.split,
        test_truth=truth,
        test_prediction=prediction,
        notes=(*prepared.notes, *learned.notes),
        training_notes=learned.notes,
    )


def prepare(
    table: Table,
    target: str,
    settings: TableSettings,
    running: Running,
    *,
    started: float,
) -> Prepared:
    """Split a table, learn from its training rows what to do to each column, plan the networks.

    `started`: since when a time limit counts, of `time.perf_counter()`.
    """
    if table.rows < MIN_ROWS:
        raise DataError(
            f"{table.source} has {table.rows} row{'s' * (table.rows != 1)}: at least {MIN_ROWS} are "
            "needed to train, validate and test."
        )
    if settings.weight == target:
        raise SettingError(
            f"weight must be another column than the target, got {target!r} for both."
        )
    fitted = fit_target(table, target, task=settings.task)
    if len(fitted.rows) < table.rows:
        table = table.select(fitted.rows)
    learned = fitted.target
    targets = learned.encode(table[target])
    classifies = isinstance(learned, ClassTarget)
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
    examples = Examples(table, learned, targets, split.train, weights)
    plan = plan_for(examples, settings, running, encoded_target=target, started=started)
    if len(plan.members) == 1:
        only = plan.members[0]
        split = Split(plan.rows[only.train], plan.rows[only.validation], split.test)
    elif plan.limited is not None and plan.limited.drawn_rows is not None:
        split = Split(plan.rows, split.validation, split.test)
    notes = (*table.notes, *fitted.notes, *plan.encoder.notes)
    return Prepared(table, plan, targets, split, notes)


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


def _scores(prepared: Prepared, test: Array, prediction: Prediction) -> tuple[Array, Scores]:
    train_targets = prepared.targets[np.asarray(prepared.split.train)]
    if isinstance(prepared.target, ClassTarget):
        truth = prepared.targets[test].astype(np.int64)
        most_frequent = int(np.bincount(train_targets).argmax())
        assert prediction.probabilities is not None
        return truth, classification_scores(prediction.probabilities, truth, most_frequent)
    truth = prepared.table[prepared.target.name].values[test].astype(np.float64)
    return truth, regression_scores(prediction.values, truth, float(train_targets.mean()))


def _checked(learned: Learned) -> Scores | None:
    """Score what was predicted for each training row by networks that did not train on it."""
    plan = learned.plan
    first = learned.held_out if learned.held_out.ndim == 1 else learned.held_out[:, 0]
    seen = np.isfinite(first)
    if not seen.any():
        return None
    if isinstance(plan.target, ClassTarget):
        most_frequent = int(np.bincount(plan.targets).argmax())
        return classification_scores(
            learned.held_out[seen], plan.targets[seen].astype(np.int64), most_frequent
        )
    truth = plan.target.decode(plan.targets)
    return regression_scores(learned.held_out[seen], truth[seen], float(truth.mean()))


def _about(
    prepared: Prepared,
    settings: TableSettings,
    learned: Learned,
    scores: Scores,
    checked: Scores | None,
) -> dict[str, Any]:
    split, trainings = prepared.split, learned.trainings
    return {
        "settings": settings.to_json(),
        "recipe": prepared.plan.recipe.to_json(),
        "source": prepared.table.source,
        "rows": {
            "training": len(split.train),
            "validation": len(split.validation),
            "test": len(split.test),
        },
        "stopped": reason_of(trainings).name.lower(),
        "explanation": learned.explanation,
        "epochs": [len(training.history) for training in trainings],
        "kept_epochs": [training.kept_epoch for training in trainings],
        "engine": trainings[0].engine,
        "test_scores": _numbers(scores),
        "checked_scores": None if checked is None else _numbers(checked),
    }


def _numbers(scores: Scores) -> dict[str, Any]:
    return {
        name: value
        for name, value in dataclasses.asdict(scores).items()
        if isinstance(value, int | float) and np.isfinite(value)
    }


def _settings(settings: TableSettings | None, options: dict[str, Any]) -> TableSettings:
    known = [field.name for field in dataclasses.fields(TableSettings)]
    for name in options:
        if name not in known:
            raise SettingError(
                f"train has no option {name!r}; known: {', '.join(known)}."
                f"{checks.did_you_mean(name, known)}"
            )
    return dataclasses.replace(settings or TableSettings(), **options)
