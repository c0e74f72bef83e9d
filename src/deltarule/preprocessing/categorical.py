"""Columns of texts as features: a column for each level, or codes for a learned embedding."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data.table import Column
from deltarule.preprocessing import column_casting
from deltarule.preprocessing.column_encoder import Feature, Treatment


@dataclass(frozen=True)
class OneHotTreatment(Treatment):
    """A feature for each of `levels`, 1 where the cell is that level, else 0; two levels are one
    feature, -1 and 1.

    A missing value, a level too rare in training to have a place of its own (`rare` counts those) and
    a level that training has not seen are 0 everywhere.
    """

    kind = "one-hot"
    levels: tuple[str, ...]
    rare: int

    @property
    def features(self) -> tuple[Feature, ...]:
        shown = self.levels[1:] if self._is_pair else self.levels
        return tuple(Feature(f"{self.column}={level}", "flag") for level in shown)

    @property
    def words(self) -> str:
        rest = f"{self.rare} rarer ones, missing" if self.rare else "missing"
        if self._is_pair:
            return f"{self.levels[0]} is -1, {self.levels[1]} is 1, {rest} and unseen ones 0"
        return f"one-hot: {len(self.levels)} categories; {rest} and unseen ones are 0 everywhere"

    @property
    def _is_pair(self) -> bool:
        return len(self.levels) == 2 and not self.rare

    def prepare(self, column: Column) -> NDArray[Any]:
        return column_casting.codes(column, self.levels)

    def fill(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        if self._is_pair:
            out[:, 0] = np.array([-1.0, 1.0, 0.0])[values]  # -1 is the last place
            return
        out[:] = 0
        known = np.flatnonzero(values >= 0)
        out[known, values[known]] = 1


@dataclass(frozen=True)
class CodeTreatment(Treatment):
    """One feature: the whole numbers 1, 2, ... for `levels` in order, for a learned embedding.

    0 is a missing value, a level too rare in training (`rare` counts those) or one that training has
    not seen.
    """

    kind = "codes"
    levels: tuple[str, ...]
    rare: int

    @property
    def features(self) -> tuple[Feature, ...]:
        return (Feature(self.column, "codes", len(self.levels) + 1),)

    @property
    def words(self) -> str:
        rest = f"{self.rare} rarer ones, missing" if self.rare else "missing"
        return f"embedded: {len(self.levels)} categories, and one for {rest} and unseen ones"

    def prepare(self, column: Column) -> NDArray[Any]:
        return column_casting.codes(column, self.levels)

    def fill(self, values: NDArray[Any], out: NDArray[np.floating[Any]]) -> None:
        out[:, 0] = values + 1
