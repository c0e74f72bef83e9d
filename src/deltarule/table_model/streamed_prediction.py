"""Predict for the rows of a streamed table, and score a model on them, batch by batch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted
from deltarule.data import Column, Table
from deltarule.data.schema_check import finite_columns, infinite_note
from deltarule.data.streamed_table import MisfitCounts, StreamedTable
from deltarule.errors import DataError
from deltarule.preprocessing.target_fitting import skipped_note
from deltarule.table_model.by_group.group_predictions import joined
from deltarule.table_model.by_group.grouped_model import GroupedModel
from deltarule.table_model.by_group.row_routing import OtherRows
from deltarule.table_model.evaluation import (
    EvaluationRows,
    evaluation_rows,
    score_rows,
    scored_levels,
    training_constant,
    training_weight,
)
from deltarule.table_model.model import TableModel
from deltarule.table_model.prediction import Prediction
from deltarule.table_model.row_checks import check_rows
from deltarule.table_model.scores import Scores

Array = NDArray[Any]
CHECKED_ROWS = 100_000
"""Rows that are compared with the training rows, evenly spaced."""


@dataclass
class BatchPredictor:
    """Predicts for the rows of a streamed table; `notes` is complete when all were predicted."""

    model: TableModel | GroupedModel
    stream: StreamedTable
    engine: str = "auto"
    threads: int = 1
    notes: list[str] = field(default_factory=list)

    def predictions(self, quantiles: Sequence[float] | float = ()) -> Iterator[Prediction]:
        """Yield the predictions for all rows in order."""
        self._others, self._counted = OtherRows(), 0
        for _, batch in self._batches():
            self._count(batch)
            prediction = self.model.predict(
                batch, quantiles=quantiles, engine=self.engine, threads=self.threads
            )
            yield replace(prediction, notes=())
        self.notes += self._checks()

    def scores(self) -> Scores:
        """Return the scores of all rows that have a target, with all notes."""
        model, name = self.model, self.model.target.name
        self._others, self._counted = OtherRows(), 0
        weight = training_weight(model.about)
        levels = scored_levels(model.calibration)
        predicted: list[Prediction] = []
        true: list[tuple[Array, Array | None]] = []
        skipped, found = 0, EvaluationRows(Table(()), np.zeros(0), None)
        for begin, batch in self._batches():
            if name in batch and batch[name].missing.all() and self.stream.rows > batch.rows:
                skipped += batch.rows
                continue
            found = evaluation_rows(batch, model.target, weight, first_row=begin)
            skipped += batch.rows - found.table.rows
            self._count(found.table)
            predicted.append(_without_labels(self._predicted(found.table, levels)))
            true.append((found.truth, found.weights))
        if not true:
            raise DataError(f"{self.stream.source} has no row with a value of {name!r}: add rows.")
        if skipped:
            self.notes.append(skipped_note(skipped, self.stream.rows, name))
        self.notes += [note for note in found.notes if "weights" in note]
        self.notes += self._checks(target=name)
        truth = np.concatenate([truth for truth, _ in true])
        known = [weights for _, weights in true if weights is not None]
        constant = training_constant(model.about, model.target, truth)
        scores = score_rows(
            joined(predicted),
            truth,
            np.concatenate(known) if known else None,
            constant,
            model.calibration.positive_class,
        )
        return replace(scores, notes=(self.stream.why, *self.notes))

    def _batches(self) -> Iterator[tuple[int, Table]]:
        misfits, infinite = MisfitCounts(), _InfiniteCells(self.stream.rows)
        for begin, batch in self.stream.batches(misfits):
            for column in batch.columns:
                infinite.add(column, begin)
            yield begin, replace(finite_columns(batch), notes=())
        self.notes += [*self.stream.reading_notes, *misfits.notes(self.stream.schema)]
        self.notes += infinite.notes

    def _predicted(self, table: Table, levels: tuple[float, ...]) -> Prediction:
        return self.model.predict(table, quantiles=levels, engine=self.engine, threads=self.threads)

    def _count(self, batch: Table) -> None:
        """Count the rows that are in no group with a model."""
        if isinstance(self.model, GroupedModel):
            _, others, names = self.model.divided(batch)
            self._others += OtherRows.of(batch[self.model.by], others, names)
            self._counted += batch.rows

    def _checks(self, *, target: str | None = None) -> tuple[str, ...]:
        """Compare the rows, or those with a value of `target`, with training; of many, some.

        With groups, their training rows differ: only rows in no group are counted.
        """
        if isinstance(self.model, GroupedModel):
            return tuple(self._others.notes(self.model.by, self._counted))
        rows, encoder = self.stream.rows, self.model.encoder
        step = -(-rows // CHECKED_ROWS)
        table = finite_columns(self.stream.select(np.arange(0, rows, step)))
        if target is not None:
            table = table.select(np.flatnonzero(~table[target].missing))
        checks = check_rows(encoder, table, encoder.cast(table), self.model.distributions)
        if checks.notes and step > 1:
            some = f"Of the rows, {counted(table.rows, 'evenly spaced one')} were compared with training"
            return (f"{some}.", *checks.notes)
        return checks.notes


def _without_labels(prediction: Prediction) -> Prediction:
    """Return the prediction with class numbers in the place of labels, which take more memory."""
    if prediction.class_numbers is None:
        return prediction
    return replace(prediction, values=prediction.class_numbers, notes=())


class _InfiniteCells:
    """Counts the infinite numbers of each column."""

    def __init__(self, rows: int) -> None:
        self._rows = rows
        self._found: dict[str, tuple[int, int]] = {}  # cells, and the first row

    def add(self, column: Column, begin: int) -> None:
        if column.kind == "number" and (infinite := np.isinf(column.values)).any():
            count, first = self._found.get(column.name, (0, begin + int(np.argmax(infinite))))
            self._found[column.name] = count + int(infinite.sum()), first

    @property
    def notes(self) -> list[str]:
        return [
            infinite_note(name, count, self._rows, first + 1)
            for name, (count, first) in self._found.items()
        ]
