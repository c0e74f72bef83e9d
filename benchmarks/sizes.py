"""The networks of the speed comparison, their data and the minimum work they require."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True)
class Size:
    """A classification task: `widths` are inputs, hidden units and classes."""

    name: str
    rows: int
    widths: tuple[int, ...]
    batch: int
    epochs: int

    @property
    def steps(self) -> int:
        """Updates in all epochs."""
        return self.epochs * -(-self.rows // self.batch)

    @property
    def parameters(self) -> int:
        """Weights and biases."""
        return sum((a + 1) * b for a, b in pairwise(self.widths))

    @property
    def operations(self) -> int:
        """Floating-point operations of all matrix products in all epochs.

        Per weight and row: 2 forward, 4 backward. The first layer needs no gradient for its input.
        """
        each = (
            sum(6 * a * b for a, b in pairwise(self.widths)) - 2 * self.widths[0] * self.widths[1]
        )
        return each * self.rows * self.epochs

    @property
    def update_bytes(self) -> int:
        """Bytes of parameters and Adam's two moments that all updates read and write, float32."""
        return 6 * 4 * self.parameters * self.steps

    def data(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return standard normal rows, labeled by the largest of random linear scores."""
        rng = np.random.default_rng(0)
        X = rng.standard_normal((self.rows, self.widths[0])).astype(np.float32)
        return X, (X @ rng.standard_normal((self.widths[0], self.widths[-1]))).argmax(axis=1)


SIZES = {
    size.name: size
    for size in (
        Size("iris", 150, (4, 4, 3), 32, 200),
        Size("digits", 1797, (64, 64, 10), 32, 20),
        Size("tabular", 20_000, (50, 100, 2), 200, 10),
        Size("mnist", 20_000, (784, 256, 128, 10), 128, 2),
        Size("wide", 8_192, (1024, 1024, 1024, 10), 256, 2),
    )
}
