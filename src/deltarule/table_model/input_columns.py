"""The columns of a model's rows: which JSON values they take, and an example of each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from deltarule.data.column_reading import read_column
from deltarule.data.object_columns import object_column
from deltarule.data.raw_columns import RawColumn
from deltarule.data.table import Column, spell
from deltarule.preprocessing.categorical import LevelEncoder, OneHotEncoder
from deltarule.preprocessing.column_encoder import ColumnEncoder
from deltarule.preprocessing.word_features import WordsEncoder
from deltarule.schema import ColumnSchema
from deltarule.table_model import GroupedModel, TableModel
from deltarule.table_model.percent_fractions import holds_percentages, is_fraction, likely_fractions
from deltarule.table_model.training_distribution import ColumnDistribution, as_numbers

MAX_SHOWN_LEVELS = 50
"""Levels or words of a column that documents and pages list."""
EXAMPLE_WORDS = 3
"""Words of an example of free text."""
_NUMBERS, _TEXTS, _BOOLEANS = frozenset({int, float}), frozenset({str}), frozenset({bool})
# JSON types that always fit, and those that fit if the schema of the model can read them.
_FITTING = {
    "number": (_NUMBERS, _TEXTS),
    "duration": (_NUMBERS, _TEXTS),
    "boolean": (_BOOLEANS, _TEXTS | _NUMBERS),
    "datetime": (frozenset(), _TEXTS | _NUMBERS),
    "category": (_TEXTS | _NUMBERS, frozenset()),
    "text": (_TEXTS | _NUMBERS, frozenset()),
}
_DATATYPES = {"number": "FP64", "duration": "FP64", "boolean": "BOOL"}
_NOUNS = {
    "number": "a number",
    "duration": "a duration",
    "boolean": "true or false",
    "datetime": "a date",
    "category": "a text",
    "text": "a text",
}


@dataclass(frozen=True, eq=False)
class InputColumn:
    """One column that a model needs.

    `missing` are the texts that mark missing cells in every column, or None for the usual ones.
    """

    schema: ColumnSchema
    encoder: ColumnEncoder
    missing: tuple[str, ...] | None
    distribution: ColumnDistribution | None

    @cached_property
    def name(self) -> str:
        """The name of the column."""
        return self.schema.name

    @property
    def kind(self) -> str:
        """The kind: "number", "duration", "boolean", "datetime", "category" or "text"."""
        return self.schema.kind

    @property
    def noun(self) -> str:
        """What a cell must be, in words."""
        return _NOUNS[self.kind]

    @property
    def datatype(self) -> str:
        """The type in the Open Inference Protocol; BYTES are texts in JSON."""
        return _DATATYPES.get(self.kind, "BYTES")

    @cached_property
    def fitting(self) -> frozenset[type]:
        """Types of JSON values that always fit."""
        return _FITTING[self.kind][0] | {type(None)}

    @cached_property
    def readable(self) -> frozenset[type]:
        """Types of JSON values that fit if the schema of the model can read them."""
        return _FITTING[self.kind][1]

    @cached_property
    def known(self) -> frozenset[str | None] | None:
        """The known values of a column of texts and None; None for other columns."""
        if not isinstance(self.encoder, LevelEncoder):
            return None
        return frozenset({*self.encoder.levels, None})

    @property
    def reads_words(self) -> bool:
        """Whether the column is free text, of which the model reads some words."""
        return isinstance(self.encoder, WordsEncoder)

    @cached_property
    def shown_levels(self) -> tuple[str, ...]:
        """The first known values of a column of texts."""
        if self.kind not in ("category", "text") or not isinstance(self.encoder, LevelEncoder):
            return ()
        return self.encoder.levels[:MAX_SHOWN_LEVELS]

    @property
    def shown_words(self) -> tuple[str, ...]:
        """The most frequent words of a column of free text."""
        if not isinstance(self.encoder, WordsEncoder):
            return ()
        return self.encoder.words[:MAX_SHOWN_LEVELS]

    @cached_property
    def range(self) -> tuple[float, float]:
        """The lowest and highest training value; infinite if they are not known or there is no order."""
        found = self.distribution
        has_order = not isinstance(self.encoder, LevelEncoder | WordsEncoder)
        if found is None or not len(found.edges) or not has_order:
            return (-math.inf, math.inf)
        return (float(found.edges[0]), float(found.edges[-1]))

    @cached_property
    def holds_percentages(self) -> bool:
        """Whether a number without a percent sign may be a fraction, which is worth a note."""
        found = self.distribution
        return found is not None and holds_percentages(self.schema, found.edges)

    def is_in_range(self, cells: list[Any]) -> bool:
        """Return whether all numbers are in the range of training and no fractions; texts have none."""
        low, high = self.range
        if self.fitting & _TEXTS:
            return True
        if self.holds_percentages and any(map(is_fraction, cells)):
            return False
        return all(cell is None or low <= cell <= high for cell in cells)

    def is_column_in_range(self, column: Column) -> bool:
        """Return whether all values are in the range of training, and no fractions of percentages."""
        low, high = self.range
        numbers = as_numbers(self.encoder.cast(column))
        if self.holds_percentages and self.distribution is not None:
            edges = self.distribution.edges
            if likely_fractions(column, numbers, edges) is not None:
                return False
        return not bool(((numbers < low) | (numbers > high)).any())

    def read(self, cells: list[Any]) -> tuple[Column, int | None]:
        """Return the cells as the model reads them, and the first row that does not fit."""
        raw = object_column(self.name, cells)
        assert isinstance(raw, RawColumn)  # of JSON values
        column, misfits = read_column(raw, self.schema, self.missing)
        return column, None if misfits is None else misfits.row

    def unseen(self, cells: list[Any]) -> tuple[int, int]:
        """Return how many cells are unseen, and how many are missing.

        Unseen are levels that training did not have, and texts without any word that the model knows.
        """
        column, _ = self.read(cells)
        missing = int(column.missing.sum())
        if isinstance(self.encoder, WordsEncoder):
            without = ~self.encoder.has_words(self.encoder.cast(column))
            return int((without & ~column.missing).sum()), missing
        unknown = int((self.encoder.cast(column) < 0).sum())
        return max(0, unknown - missing), missing

    @cached_property
    def example(self) -> Any:
        """A typical value: the median or the most frequent one of the training rows, None if unknown."""
        for value in self._examples():
            if type(value) in self.fitting or self.read([value])[1] is None:
                return value
        return None

    def _examples(self) -> list[Any]:
        found = self.distribution
        if self.kind == "boolean":
            return [True]
        if isinstance(self.encoder, WordsEncoder):
            return [" ".join(self.encoder.words[:EXAMPLE_WORDS])]
        if isinstance(self.encoder, LevelEncoder):
            if found is not None and len(found.edges):
                most = int(np.argmax(found.shares[: len(found.edges)]))
                return [self.encoder.levels[int(found.edges[most])]]
            first = list(self.encoder.levels[:1])
            return [float(level) for level in first] if self.kind == "number" else first
        median = None if found is None else found.median_edge
        if self.kind == "datetime":
            moment = np.datetime64("2020-01-01", "us")
            if median is not None:
                moment = np.datetime64(int(median), "us")
            return [spell(moment, "datetime"), str(moment)[:10]]
        rounded = 0.0 if median is None else float(f"{median:.4g}")
        return [int(rounded) if rounded.is_integer() else rounded]


def input_columns(model: TableModel | GroupedModel) -> tuple[InputColumn, ...]:
    """Return the columns that a model needs, in the order of its encoders.

    Of the models of groups these are the columns of the model of all rows, those that single groups use
    besides, and that of the groups, whose known values have a model of their own.
    """
    if isinstance(model, GroupedModel):
        return _columns_of_groups(model)
    distributions = model.distributions or (None,) * len(model.encoder.used)
    return tuple(
        InputColumn(model.schema[encoder.column], encoder, model.schema.missing, distribution)
        for encoder, distribution in zip(model.encoder.used, distributions, strict=True)
    )


def _columns_of_groups(model: GroupedModel) -> tuple[InputColumn, ...]:
    by = model.by
    found = {column.name: column for column in input_columns(model.all_rows)}
    found[by] = InputColumn(
        model.schema[by], OneHotEncoder(by, 0, model.groups, 0), model.schema.missing, None
    )
    names = [name for name in model.columns if name not in found]
    for group in model.groups:
        if not names:
            break
        for column in input_columns(model.group(group)):
            if column.name in names:
                found[column.name] = column
                names.remove(column.name)
    return tuple(found.values())
