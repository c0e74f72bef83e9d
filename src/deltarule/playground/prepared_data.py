"""The data of an experiment, ready for training: encoded inputs, targets and the validation split."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.blas_threads import single_blas_thread
from deltarule.data import Table
from deltarule.errors import ColumnError, DataError, SettingError
from deltarule.playground.digits import (
    CLASSES,
    PIXELS,
    PixelEncoder,
    digits_table,
    load_digits,
)
from deltarule.playground.drawn_points import drawn_dataset
from deltarule.playground.experiment import DataChoice
from deltarule.playground.toy_datasets import (
    AXES,
    FEATURES_BY_NAME,
    TARGET,
    TOYS_BY_NAME,
    ToyDataset,
    ToyEncoder,
    iris_table,
    points_table,
)
from deltarule.preprocessing import (
    ClassTarget,
    NumberTarget,
    TableEncoder,
    Target,
    Task,
    fit_target,
    infer_task,
)
from deltarule.splitting import split_rows
from deltarule.table_model.decision_surface import number_columns

Array = NDArray[Any]
MAX_ROWS = 50_000
"""Larger tables are sampled down to this many rows, so that epochs stay short enough to watch."""
MIN_ROWS = 4


class Encoder(Protocol):
    """Encodes the columns of a table as the network's inputs; see `preprocessing.TableEncoder`."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it reads."""

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The names of the features."""

    def transform(self, table: Table) -> Array:
        """Return float32 (rows, features)."""


@dataclass(frozen=True)
class ColumnUse:
    """How one column of a table is used; `why` says why it is not usable."""

    name: str
    kind: str
    chosen: bool
    usable: bool
    why: str


@dataclass(frozen=True, eq=False)
class PreparedData:
    """Rows with their inputs and targets.

    `inputs` is float32 (rows, features). `truth` (rows,): class numbers, int64, or numbers in the unit of
    the target, float64. `training` and `validation` are row indices, ascending. `numbers` (rows,) are the
    indices of the rows in the source, which has `total` rows. `axes`: the columns that can span the input
    plane, in the order of the table, and `first_axes` those that do at first. `uses` is empty for toy
    datasets; `toy` is None for tables and iris.
    """

    table: Table
    encoder: Encoder
    target: Target
    truth: Array
    inputs: Array
    training: Array
    validation: Array
    numbers: Array
    total: int
    axes: tuple[str, ...]
    first_axes: tuple[str, ...]
    uses: tuple[ColumnUse, ...]
    notes: tuple[str, ...]
    toy: ToyDataset | None = None

    @property
    def classes(self) -> tuple[str, ...]:
        """The names of the classes; empty for a regression."""
        return self.target.classes

    @property
    def task(self) -> Task:
        """The task that the target poses."""
        return self.target.task

    @property
    def scaled(self) -> Array:
        """The targets of training: class numbers, or standardized numbers."""
        return self.target.standardize(self.truth)


@dataclass(frozen=True)
class PlainEncoder:
    """Passes numeric columns through unscaled, for networks that were trained on such rows."""

    columns: tuple[str, ...]

    @property
    def feature_names(self) -> tuple[str, ...]:
        """The columns' names."""
        return self.columns

    def transform(self, table: Table) -> Array:
        """Return the columns, float32 (rows, columns), C-contiguous."""
        values = [table[name].values for name in self.columns]
        return np.ascontiguousarray(np.stack(values, axis=1), np.float32)


@single_blas_thread()
def prepare_data(
    choice: DataChoice, table: Table | None = None, *, plain: bool = False
) -> PreparedData:
    """Return the data that `choice` describes, from `table` if it is about a table.

    `plain`: numeric inputs and targets are used unscaled.

    Raises `SettingError`, `DataError` or `ColumnError`.
    """
    if choice.source == "table":
        if table is None:
            raise SettingError.message(
                f"This experiment uses the table {choice.name!r}, which is not open: drop "
                "its file on the page, or start with deltarule play TABLE."
            )
        return _of_table(choice, table, plain)
    if choice.source == "drawn":
        return _of_drawn(choice)
    checks.one_of("data.name", choice.name, TOYS_BY_NAME)
    toy = TOYS_BY_NAME[choice.name]
    if toy.name == "digits":
        return _of_digits(choice)
    if toy.make is None:
        named = replace(choice, target="species", task="classification")
        return replace(_of_table(named, iris_table(), False), uses=())
    return _of_points(choice, toy)


def feature_names(choice: DataChoice) -> tuple[str, ...]:
    """Return the features that a toy dataset offers; for iris and digits, its columns."""
    if choice.source == "toy" and choice.name == "digits":
        return PIXELS
    if choice.source == "toy" and TOYS_BY_NAME[choice.name].make is None:
        return tuple(name for name in iris_table().names if name != "species")
    return tuple(FEATURES_BY_NAME)


def guess_target(table: Table) -> str:
    """Return the last column that can be a target."""
    for column in reversed(table.columns):
        try:
            infer_task(column)
            fit_target(table, column.name)
        except DataError:
            continue
        return column.name
    raise DataError(
        f"{table.source} has no column that can be a target: it needs one with at least two classes, or "
        "numbers."
    )


def _of_points(choice: DataChoice, toy: ToyDataset) -> PreparedData:
    assert toy.make is not None
    X, y = toy.make(choice.rows, choice.noise, choice.seed)
    return _on_plane(choice, toy, X, y)


def _of_drawn(choice: DataChoice) -> PreparedData:
    return _on_plane(choice, *drawn_dataset(choice.points))


def _of_digits(choice: DataChoice) -> PreparedData:
    pixels, digits = load_digits()
    table, encoder, target = digits_table(pixels), PixelEncoder(), ClassTarget("digit", CLASSES)
    training, validation = _split(digits, choice, stratify=True)
    return PreparedData(
        table=table, encoder=encoder, target=target, truth=digits, inputs=encoder.transform(table),
        training=training, validation=validation, numbers=np.arange(len(digits)), total=len(digits),
        axes=PIXELS, first_axes=_most_informative(PIXELS, table, digits, training), uses=(), notes=(),
    )  # fmt: skip


def _on_plane(choice: DataChoice, toy: ToyDataset, X: Array, y: Array) -> PreparedData:
    for name in choice.features:
        checks.one_of("data.features", name, FEATURES_BY_NAME)
    points = points_table(toy, X)
    encoder = ToyEncoder(choice.features or AXES)
    target: Target = ClassTarget(TARGET, toy.classes) if toy.classes else NumberTarget(TARGET)
    training, validation = _split(y, choice, stratify=bool(toy.classes))
    return PreparedData(
        table=points, encoder=encoder, target=target, truth=y, inputs=encoder.transform(points),
        training=training, validation=validation, numbers=np.arange(len(y)), total=len(y),
        axes=AXES, first_axes=AXES, uses=(), notes=(), toy=toy,
    )  # fmt: skip


def _of_table(choice: DataChoice, source: Table, plain: bool) -> PreparedData:
    name = choice.target or guess_target(source)
    fitted = fit_target(source, name, task=choice.task)
    notes = [*source.notes, *fitted.notes]
    numbers = fitted.rows
    if len(numbers) > MAX_ROWS:
        taken = np.random.default_rng(choice.seed).choice(len(numbers), MAX_ROWS, replace=False)
        notes.append(f"{MAX_ROWS:,} of {len(numbers):,} rows are used, chosen at random.")
        numbers = numbers[np.sort(taken)]
    if len(numbers) < MIN_ROWS:
        raise DataError(f"{source.source} has only {len(numbers)} rows with a target: add rows.")
    table, target = source.select(numbers), fitted.target
    raw = table[name]
    encoded = target.encode(raw)
    training, validation = _split(encoded, choice, stratify=target.task.stratified)
    truth = target.unstandardize(encoded)
    if not plain:
        target = target.fit(encoded[training])
    if plain:
        chosen = choice.features or tuple(n for n in table.names if n != name)
        plain_encoder = PlainEncoder(chosen)
        return PreparedData(
            table=table, encoder=plain_encoder, target=target, truth=truth,
            inputs=plain_encoder.transform(table), training=training, validation=validation,
            numbers=numbers, total=source.rows, axes=chosen, first_axes=chosen[:2], notes=tuple(notes),
            uses=tuple(ColumnUse(n, "number", n in chosen, True, "") for n in table.names),
        )  # fmt: skip
    everything = TableEncoder.fit(table, name, rows=training)
    encoder = everything
    if choice.features:
        encoder = chosen_encoder(table, name, choice.features, training)
    axes = tuple(number_columns(encoder, table))
    return PreparedData(
        table=table, encoder=encoder, target=target, truth=truth, inputs=encoder.transform(table),
        training=training, validation=validation, numbers=numbers, total=source.rows,
        axes=axes, first_axes=_most_informative(axes, table, truth, training),
        uses=_uses(source, name, everything, encoder),
        notes=(*notes, *encoder.notes),
    )  # fmt: skip


def chosen_encoder(
    table: Table, target: str, features: tuple[str, ...], training: Array
) -> TableEncoder:
    """Return an encoder of the chosen columns, fitted to the training rows."""
    for name in features:
        if name == target:
            raise ColumnError(f"{name!r} is the target: it cannot also be an input.")
    others = [c.name for c in table.columns if c.name not in (*features, target)]
    return TableEncoder.fit(table, target, drop=others, keep=features, rows=training)


def _uses(
    table: Table, target: str, everything: TableEncoder, chosen: TableEncoder
) -> tuple[ColumnUse, ...]:
    encoders = {encoder.column: encoder for encoder in everything.column_encoders}
    uses = []
    for column in table.columns:
        if column.name == target:
            uses.append(ColumnUse(column.name, column.kind, False, True, ""))
            continue
        encoder = encoders[column.name]
        usable = bool(encoder.feature_names)
        why = "" if usable else encoder.summary
        uses.append(ColumnUse(column.name, column.kind, column.name in chosen.columns, usable, why))
    return tuple(uses)


def _most_informative(
    names: tuple[str, ...], table: Table, truth: Array, training: Array
) -> tuple[str, ...]:
    """Return the two numeric columns of whose variance the target explains most, η², in their order.

    For classes, the variance between their means; for numbers, the squared correlation (Pearson 1905).
    """

    def share(name: str) -> float:
        values = table[name].values[training].astype(np.float64)
        present = np.isfinite(values)
        values, targets = values[present], truth[training][present]
        total = float(np.square(values - values.mean()).sum()) if len(values) else 0.0
        if total == 0:
            return 0.0
        if targets.dtype.kind == "f":
            spread = targets - targets.mean()
            both = float((values - values.mean()) @ spread)
            return both * both / (total * (float(spread @ spread) or 1.0))
        counts = np.bincount(targets)
        sums = np.bincount(targets, values - values.mean())
        return float((sums**2 / np.maximum(counts, 1)).sum()) / total

    best = sorted(names, key=share, reverse=True)[:2]
    return tuple(name for name in names if name in best)


def _split(y: Array, choice: DataChoice, *, stratify: bool) -> tuple[Array, Array]:
    split = split_rows(
        y, fractions=(choice.validation_share, 0.0), seed=choice.seed, stratify=stratify
    )
    if not (len(split.training) and len(split.validation)):
        raise DataError(
            f"{len(y)} rows cannot be split into training and validation rows: add rows, or choose a "
            "smaller validation share."
        )
    return split.training, split.validation
