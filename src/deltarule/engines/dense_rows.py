"""The rows of a training run as the equations take them."""

from __future__ import annotations

import numpy as np

from deltarule.engines.contract import Array
from deltarule.engines.data import ArrayData, Data, targets_in_memory
from deltarule.engines.equations import dense_targets
from deltarule.losses import Loss


class DenseRows:
    """Rows: inputs from their source, dense targets and weights in memory."""

    def __init__(self, loss: Loss, data: Data, outputs: int) -> None:
        self._source = data
        self._inputs = data.materialize().inputs if isinstance(data, ArrayData) else None
        self.n_rows = data.n_rows
        targets, self.weights = targets_in_memory(data)
        dtype = data.empty(0).inputs.dtype.name if self._inputs is None else self._inputs.dtype.name
        self.targets = dense_targets(loss, targets, outputs, dtype)

    def take(self, rows: Array | slice) -> ArrayData:
        """Return some rows."""
        weights = None if self.weights is None else self.weights[rows]
        if self._inputs is not None:
            return ArrayData(self._inputs[rows], self.targets[rows], weights)
        indices = np.arange(self.n_rows)[rows]
        gathered = self._source.empty(len(indices))
        self._source.gather(indices, gathered)
        return ArrayData(gathered.inputs, self.targets[rows], weights)

    def all(self) -> ArrayData:
        """Return all rows."""
        return self.take(slice(None))
