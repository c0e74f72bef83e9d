"""train: a table in, a model out."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule import checks
from deltarule.errors import DataError, SettingError
from deltarule.layers import Dense, Dropout, Layer
from deltarule.losses import CategoricalCrossEntropy, Loss, MeanSquaredError
from deltarule.network import Network
from deltarule.optimizers import LBFGS, OPTIMIZERS, Optimizer
from deltarule.parameters import Parameters
from deltarule.start import initial_parameters
from deltarule.stopping import NoProgress, StoppingRule, TimeLimit
from deltarule.tables import (
    ClassTarget,
    NumberTarget,
    Split,
    Table,
    TableEncoder,
    fit_target,
    read_table,
    split_rows,
)
from deltarule.tabular.metrics import Scores, classification_scores, regression_scores
from deltarule.tabular.model import Prediction, TableModel
from deltarule.tabular.run import TableRun
from deltarule.tabular.settings import (
    FITTING_LEARNING_RATES,
    TableSettings,
    fitting_batch_size,
    fitting_dropout,
)
from deltarule.training import Checkpoint, TrainingResult, fit
from deltarule.training.events import Callback, ProgressListener

Array = NDArray[Any]
LEAST_ROWS = 5
ReadListener = Callable[["Prepared"], None]


@dataclasses.dataclass(frozen=True, eq=False)
class Prepared:
    """A table made ready: split, encoded by what the training rows say, with its network."""

    table: Table
    encoder: TableEncoder
    target: ClassTarget | NumberTarget
    targets: Array  # encoded, (rows,)
    split: Split
    network: Network
    notes: tuple[str, ...]


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
    """Train a network on a table and measure it on rows that it never saw.

    `source`: a path (CSV, TSV, JSON lines, Parquet), a glob, a list of them, "-" for standard input, a
    pandas, polars or pyarrow frame, a dict of arrays, or a `Table`. `target`: the column to predict.
    Further options are the fields of `TableSettings`: `train(path, "species", hidden=(32,), seed=1)`.

    Raises `FileError`, `ColumnError`, `DataError` or `SettingError`; nothing is written.
    """
    settings = _settings(settings, options)
    table = source
    if not isinstance(source, Table):
        table = read_table(source, query=query, header=header)
    prepared = prepare(table, target, settings)
    if on_prepared is not None:
        on_prepared(prepared)
    result = _fit(prepared, settings, engine, threads, progress, callbacks, checkpoint)
    if on_trained is not None:
        on_trained()
    model = TableModel(result.network, prepared.encoder, prepared.target, {})
    test = np.asarray(prepared.split.test)
    test_table = prepared.table.select(test)
    prediction = model.predict(test_table, engine=engine, threads=threads or 1)
    truth, scores = _scores(prepared, test, prediction)
    about = _about(prepared, settings, result, scores)
    return TableRun(
        model=dataclasses.replace(model, about=about),
        settings=settings,
        training=result,
        scores=scores,
        table=prepared.table,
        split=prepared.split,
        test_truth=truth,
        test_prediction=prediction,
        notes=prepared.notes,
    )


def prepare(table: Table, target: str, settings: TableSettings) -> Prepared:
    """Split a table, learn from its training rows what to do to each column, describe the network."""
    if table.rows < LEAST_ROWS:
        raise DataError(
            f"{table.source} has {table.rows} row{'s' * (table.rows != 1)}: at least {LEAST_ROWS} are "
            "needed to train, validate and test."
        )
    fitted = fit_target(table, target, task=settings.task)
    if len(fitted.rows) < table.rows:
        table = table.select(fitted.rows)
    learned = fitted.target
    targets = learned.encode(table[target])
    classifies = isinstance(learned, ClassTarget)
    split = split_rows(
        targets,
        fractions=(settings.validation_fraction, settings.test_fraction),
        seed=settings.seed,
        stratify=classifies,
    )
    if not (len(split.train) and len(split.validation) and len(split.test)):
        raise DataError(
            f"{table.rows} rows with a target are too few for {settings.validation_fraction:.0%} "
            f"validation and {settings.test_fraction:.0%} test rows: add rows."
        )
    encoder = TableEncoder.fit(table, target, drop=settings.drop, rows=split.train)
    if isinstance(learned, NumberTarget):
        learned = learned.fit_scale(targets[split.train])
        targets = learned.encode(table[target])
    outputs = len(learned.classes) if isinstance(learned, ClassTarget) else 1
    network = _network(settings, len(encoder.feature_names), outputs, classifies)
    notes = (*table.notes, *fitted.notes, *encoder.notes)
    return Prepared(table, encoder, learned, targets, split, network, notes)


def _network(settings: TableSettings, inputs: int, outputs: int, classifies: bool) -> Network:
    layers: list[Layer] = []
    kind = OPTIMIZERS.resolve(settings.optimizer, "optimizer").kind
    dropout = fitting_dropout(kind) if settings.dropout is None else settings.dropout
    for i, units in enumerate(settings.hidden, start=1):
        layers.append(
            Dense(
                units, settings.activation, initializer="he", l1=settings.l1, l2=settings.l2,
                name=f"hidden_{i}",
            )
        )  # fmt: skip
        if dropout:
            layers.append(Dropout(dropout, name=f"dropout_{i}"))
    if classifies:
        layers.append(Dense(outputs, "softmax", name="output"))
    else:
        layers.append(Dense(outputs, "identity", name="output"))
    return Network(layers, inputs)


def _fit(
    prepared: Prepared,
    settings: TableSettings,
    engine: str,
    threads: int | None,
    progress: ProgressListener | None,
    callbacks: Sequence[Callback],
    checkpoint: Checkpoint | None,
) -> TrainingResult:
    split, encoder, table = prepared.split, prepared.encoder, prepared.table
    train_rows, validation_rows = np.asarray(split.train), np.asarray(split.validation)
    optimizer = _optimizer(settings)
    classifies = isinstance(prepared.target, ClassTarget)
    loss: Loss = CategoricalCrossEntropy() if classifies else MeanSquaredError()
    batch_size = settings.batch_size
    if batch_size is None and not isinstance(optimizer, LBFGS):
        batch_size = fitting_batch_size(len(train_rows))
    stopping: list[StoppingRule] = [NoProgress(settings.patience_epochs)]
    if settings.time_limit_s is not None:
        stopping.append(TimeLimit(settings.time_limit_s))
    inputs = encoder.transform(table.select(train_rows))
    return fit(
        prepared.network,
        inputs,
        prepared.targets[train_rows],
        validation_data=(
            encoder.transform(table.select(validation_rows)),
            prepared.targets[validation_rows],
        ),
        loss=loss,
        optimizer=optimizer,
        batch_size=batch_size,
        epochs=settings.epochs,
        stopping=stopping,
        seed=settings.seed,
        start=_start(prepared.network, inputs, settings.seed),
        engine=engine,
        threads=threads,
        progress=progress,
        callbacks=callbacks,
        checkpoint=checkpoint,
    )


def _start(network: Network, inputs: Array, seed: int) -> Parameters:
    """Draw the start; a feature that no training row has (an unseen category's) weighs nothing.

    Its gradient stays 0, so that it would keep its random weights and add noise to every prediction
    in which it occurs for the first time.
    """
    start = initial_parameters(network, seed, np.float32)
    start.weights[0][~inputs.any(axis=0)] = 0
    return start


def _optimizer(settings: TableSettings) -> Optimizer:
    kind = OPTIMIZERS.resolve(settings.optimizer, "optimizer")
    rate = settings.learning_rate or FITTING_LEARNING_RATES.get(kind.kind)
    if rate is None:
        return kind
    return dataclasses.replace(kind, learning_rate=rate)  # type: ignore[call-arg]


def _scores(prepared: Prepared, test: Array, prediction: Prediction) -> tuple[Array, Scores]:
    train_targets = prepared.targets[np.asarray(prepared.split.train)]
    if isinstance(prepared.target, ClassTarget):
        truth = prepared.targets[test].astype(np.int64)
        most_frequent = int(np.bincount(train_targets).argmax())
        assert prediction.probabilities is not None
        return truth, classification_scores(prediction.probabilities, truth, most_frequent)
    truth = prepared.table[prepared.target.name].values[test].astype(np.float64)
    mean = float(prepared.target.decode(train_targets.mean(keepdims=True))[0])
    return truth, regression_scores(prediction.values, truth, mean)


def _about(
    prepared: Prepared, settings: TableSettings, result: TrainingResult, scores: Scores
) -> dict[str, Any]:
    split = prepared.split
    numbers = {
        name: value
        for name, value in dataclasses.asdict(scores).items()
        if isinstance(value, int | float) and np.isfinite(value)
    }
    return {
        "settings": settings.to_json(),
        "source": prepared.table.source,
        "rows": {
            "training": len(split.train),
            "validation": len(split.validation),
            "test": len(split.test),
        },
        "stopped": result.reason.name.lower(),
        "explanation": result.explanation,
        "epochs": len(result.history),
        "kept_epoch": result.kept_epoch,
        "engine": result.engine,
        "test_scores": numbers,
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
