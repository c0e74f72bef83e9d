"""The groups of a few rows that are dicts, found without a table of them."""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import Any

import numpy as np

from deltarule.data.column_reading import read_column
from deltarule.data.object_columns import object_column
from deltarule.data.raw_columns import RawColumn
from deltarule.preprocessing import Target
from deltarule.schema import ColumnSchema
from deltarule.table_model.by_group.group_predictions import PredictionParts
from deltarule.table_model.by_group.row_routing import GroupPlaces
from deltarule.table_model.model import TableModel
from deltarule.table_model.prediction import Prediction
from deltarule.table_model.table_predictor import TablePredictor

MAX_ROWS = 199
"""More rows are read as a table in less time."""
MAX_KNOWN = 100_000
"""Cells whose group is remembered."""
_CELL_TYPES = frozenset({str, int, float, bool})


class GroupCells:
    """Reads the cells of the column of the groups by its schema, as a table of them would be read.

    `needed` are the columns that a row must have.
    """

    def __init__(
        self, schema: ColumnSchema, missing: tuple[str, ...] | None, needed: Collection[str]
    ) -> None:
        self._schema, self._missing = schema, missing
        self._needed = frozenset(needed)
        self._known: dict[tuple[type, Any], str | None] = {}

    def rows_of(self, source: Any) -> list[dict[str, Any]] | None:
        """Return the rows of a dict of single values or of a short list of dicts, None for others."""
        rows = [source] if type(source) is dict else source
        if type(rows) is not list or not 0 < len(rows) <= MAX_ROWS:
            return None
        name = self._schema.name
        for row in rows:
            if type(row) is not dict or not self._needed <= row.keys():
                return None
            if type(row[name]) not in _CELL_TYPES:
                return None
        return rows

    def group_of(self, row: dict[str, Any]) -> str | None:
        """Return the group of a row, None if its cell is missing or does not fit."""
        cell = row[self._schema.name]
        key = (type(cell), cell)
        if key in self._known:
            return self._known[key]
        raw = object_column(self._schema.name, [cell])
        found = None
        if isinstance(raw, RawColumn):
            column, misfits = read_column(raw, self._schema, self._missing)
            text = column.texts()[0]
            found = None if misfits is not None or text is None else str(text)
        if len(self._known) < MAX_KNOWN:
            self._known[key] = found
        return found


class UsualGroupRows:
    """Predicts a few dicts about which nothing has to be said, as fast as the models of their groups do.

    `model_of` returns the model of the group at a place.
    """

    def __init__(
        self,
        cells: GroupCells,
        target: Target,
        places: GroupPlaces,
        model_of: Callable[[int], TableModel],
    ) -> None:
        self._cells, self._target = cells, target
        self._places, self._model_of = places, model_of
        self._predictors: dict[tuple[int, str], TablePredictor] = {}

    def predict(
        self, source: Any, levels: tuple[float, ...], engine: str, threads: int
    ) -> Prediction | None:
        """Return the prediction; None: the rows are read as a table, which gives the same bits."""
        rows = self._cells.rows_of(source)
        if rows is None:
            return None
        members: dict[int, list[int]] = {}
        for i, row in enumerate(rows):
            place = self._places.of(self._cells.group_of(row))
            if place is None:
                return None
            members.setdefault(place, []).append(i)
        parts = PredictionParts(self._target, len(rows), levels)
        for place, numbers in members.items():
            predictor = self._predictor(place, engine)
            own = [rows[i] for i in numbers]
            if predictor.usual_rows.features(own) is None:
                return None
            found = predictor.predict(own, quantiles=levels, threads=threads)
            parts.add(np.array(numbers), found)
        return parts.prediction()

    def _predictor(self, place: int, engine: str) -> TablePredictor:
        found = self._predictors.get((place, engine))
        if found is None:
            found = self._model_of(place).predictor(engine=engine)
            self._predictors[place, engine] = found
        return found
