"""Encoders of text columns: one-hot features, or codes for a learned embedding."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

from numpy.typing import NDArray

from deltarule.data.table import Column
from deltarule.preprocessing.column_casting import LevelIndex
from deltarule.preprocessing.column_encoder import ColumnEncoder, Feature
from deltarule.preprocessing.operations import CodeFromOne, LookUp, OneHot, Operation


@dataclass(frozen=True)
class LevelEncoder(ColumnEncoder):
    """Base of the encoders of texts.

    `levels` are the known texts, in order. `rare` counts the levels of the training rows that are too
    rare to be known.
    """

    values = "code"
    levels: tuple[str, ...]
    rare: int

    def cast(self, column: Column) -> NDArray[Any]:
        return self._index.codes(column)

    @cached_property
    def _index(self) -> LevelIndex:
        return LevelIndex(self.levels)

    @property
    def _unknown(self) -> str:
        return f"missing, rare ({self.rare:,}) and unseen" if self.rare else "missing and unseen"


@dataclass(frozen=True)
class OneHotEncoder(LevelEncoder):
    """One feature per level: 1 where the cell has that level, else 0.

    Two levels become a single feature, -1 and 1. Missing, rare and unseen levels are 0 everywhere.
    """

    kind = "one-hot"

    @property
    def features(self) -> tuple[Feature, ...]:
        shown = self.levels[1:] if self._is_pair else self.levels
        return tuple(Feature(f"{self.column}={level}", "flag") for level in shown)

    @property
    def summary(self) -> str:
        if self._is_pair:
            return f"{self.levels[0]} is -1, {self.levels[1]} is 1, {self._unknown} values are 0"
        return f"{len(self.levels)} categories; {self._unknown} values are 0 everywhere"

    @property
    def _is_pair(self) -> bool:
        return len(self.levels) == 2 and not self.rare

    @property
    def operations(self) -> tuple[Operation, ...]:
        return (LookUp((-1.0, 1.0, 0.0)) if self._is_pair else OneHot(len(self.levels)),)


@dataclass(frozen=True)
class OrdinalEncoder(LevelEncoder):
    """One feature with the codes 1, 2, ... of the levels, for a learned embedding.

    Missing, rare and unseen levels have the code 0.
    """

    kind = "codes"

    @property
    def features(self) -> tuple[Feature, ...]:
        return (Feature(self.column, "codes", len(self.levels) + 1),)

    @property
    def summary(self) -> str:
        return f"embedded: {len(self.levels)} categories, one more for {self._unknown} values"

    @property
    def operations(self) -> tuple[Operation, ...]:
        return (CodeFromOne(),)
