"""What the integers of a column show in the order of the rows: whether they grow, or count the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray


@dataclass
class IntegerSequence:
    """Facts on the numbers of a column, to which batches of rows are added in order.

    `ahead` is the difference of a number and the number of its row. `equal_steps` counts the present
    cells with the same difference as the one before. All of it is unknown once `are_integers` is false.
    """

    are_integers: bool = True
    count: int = 0
    first: float = 0.0
    last: float = 0.0
    lowest: float = np.inf
    highest: float = -np.inf
    grows: bool = True
    first_ahead: float = 0.0
    last_ahead: float = 0.0
    ahead_grows: bool = True
    equal_steps: int = 0
    last_row: int = 0

    def add(self, values: NDArray[Any], missing: NDArray[np.bool_], rows: NDArray[Any]) -> None:
        """Add the cells of rows with these ascending numbers."""
        if not self.are_integers or not len(rows):
            return
        self.last_row = int(rows[-1])
        present = values[~missing]
        if not len(present):
            return
        if not (present == np.floor(present)).all():
            self.are_integers = False
            return
        numbers = present.astype(np.float64, copy=False)
        ahead = numbers - rows[~missing]
        if self.count:
            self.grows &= bool(numbers[0] >= self.last)
            self.ahead_grows &= bool(ahead[0] >= self.last_ahead)
            self.equal_steps += int(ahead[0] == self.last_ahead)
        else:
            self.first, self.first_ahead = float(numbers[0]), float(ahead[0])
        self.grows &= bool((numbers[1:] >= numbers[:-1]).all())
        self.ahead_grows &= bool((ahead[1:] >= ahead[:-1]).all())
        self.equal_steps += int((ahead[1:] == ahead[:-1]).sum())
        self.last, self.last_ahead = float(numbers[-1]), float(ahead[-1])
        self.lowest = min(self.lowest, float(numbers.min()))
        self.highest = max(self.highest, float(numbers.max()))
        self.count += len(numbers)
