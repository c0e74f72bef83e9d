"""Which model predicts which rows, and what is said about rows in no group with a model."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted
from deltarule.data import Column
from deltarule.errors import shortened
from deltarule.preprocessing.column_casting import LevelIndex, canonical
from deltarule.table_model.by_group.grouping import group_members

Array = NDArray[Any]
MAX_NAMED = 3
"""Groups that a note names."""
MAX_GROUP_NOTES = 3
"""Groups whose notes on their rows are passed on."""


class GroupPlaces:
    """The place of each group with a model, by a value of the column: '1.0' and 1 are the group '1'.

    `alike` are values without a model that mean the same as a group, and that training told apart.
    """

    def __init__(self, groups: Sequence[str], alike: Sequence[str]) -> None:
        self._index, self._groups = LevelIndex([*groups, *alike]), len(groups)

    def of(self, text: str | None) -> int | None:
        """Return the place of the group of a value, None if no group with a model has it."""
        place = -1 if text is None else self._index.of_text(text)
        return place if 0 <= place < self._groups else None


def alike_groups(groups: Sequence[str], others: Sequence[str]) -> tuple[str, ...]:
    """Return those of `others` that mean the same as one of the groups, such as '01' and '1'."""
    spellings = set(map(canonical, groups))
    return tuple(name for name in others if canonical(name) in spellings)


def divided_rows(
    column: Column, places: GroupPlaces
) -> tuple[list[tuple[int, Array]], Array, list[str]]:
    """Return place and rows of each group with a model, the other rows, and the other groups."""
    own: dict[int, list[Array]] = {}
    others, unknown = [np.flatnonzero(column.missing)], []
    for name, rows in zip(*group_members(column), strict=True):
        place = places.of(name)
        if place is None:
            others.append(rows)
            unknown.append(name)
        else:
            own.setdefault(place, []).append(rows)
    together = [(place, np.sort(np.concatenate(rows))) for place, rows in own.items()]
    return together, np.sort(np.concatenate(others)), unknown


@dataclass(frozen=True)
class OtherRows:
    """How many rows are predicted by the model of all rows, how many without a value, which groups."""

    rows: int = 0
    missing: int = 0
    groups: tuple[str, ...] = ()

    @classmethod
    def of(cls, column: Column, others: Array, groups: Sequence[str]) -> OtherRows:
        """Return the counts of the rows of a table."""
        return cls(len(others), int(column.missing.sum()), tuple(groups))

    def __add__(self, other: OtherRows) -> OtherRows:
        groups = tuple(dict.fromkeys((*self.groups, *other.groups)))
        return OtherRows(self.rows + other.rows, self.missing + other.missing, groups)

    def notes(self, by: str, rows: int) -> list[str]:
        """Return a sentence on these of all rows, none if there are none."""
        if not self.rows:
            return []
        parts = []
        if self.groups:
            shown = ", ".join(shortened(name) for name in self.groups[:MAX_NAMED])
            more = len(self.groups) - MAX_NAMED
            also = f" and {more:,} more" if more > 0 else ""
            where = "a group" if len(self.groups) == 1 else f"{len(self.groups):,} groups"
            parts.append(
                f"{self.rows - self.missing:,} in {where} without a model of its own ({shown}{also})"
                if len(self.groups) == 1
                else f"{self.rows - self.missing:,} in {where} without models of their own "
                f"({shown}{also})"
            )
        if self.missing:
            parts.append(f"{self.missing:,} without a value of {by!r}")
        are = "is" if self.rows == 1 else "are"
        return [
            f"{self.rows:,} of {counted(rows, 'row')} {are} predicted by the model of all rows: "
            f"{' and '.join(parts)}."
        ]


def worst_notes(notes: Sequence[tuple[int, str]]) -> list[str]:
    """Return the notes on the groups with the most rows; each has the number of rows of its group."""
    ranked = sorted(notes, key=lambda note: -note[0])
    shown = [note for _, note in ranked[:MAX_GROUP_NOTES]]
    more = len(ranked) - len(shown)
    if more:
        are = "is" if more == 1 else "are"
        shown.append(f"There {are} {counted(more, 'more note')} on the rows of single groups.")
    return shown
