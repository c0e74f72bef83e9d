"""PreparedTable: a table that is split and encoded, with the networks to train."""

from __future__ import annotations

import dataclasses
from contextlib import AbstractContextManager, nullcontext
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.data import Table
from deltarule.network import Network
from deltarule.preprocessing import TableEncoder, Target
from deltarule.splitting import Split
from deltarule.table_model.design import TrainingDesign
from deltarule.table_model.encoded_blocks import EncodedBlocks
from deltarule.table_model.evaluation import EvaluationRows
from deltarule.table_model.fold_networks import RunOptions
from deltarule.table_model.result import StreamedRows
from deltarule.table_model.split_rule import SplitRule
from deltarule.table_model.streamed_training import StreamedTraining, training_blocks
from deltarule.table_model.table_sample import TableSample
from deltarule.table_model.task_methods import METHODS, TaskMethods

Array = NDArray[Any]


@dataclasses.dataclass(frozen=True, eq=False)
class PreparedTable:
    """A table that is split and encoded, with the networks to train."""

    table: Table
    design: TrainingDesign
    truth: Array  # class numbers int64, or numbers in the target's units float64, (rows,)
    weights: Array | None  # sample weights (rows,)
    split: Split
    test: EvaluationRows
    split_rule: SplitRule
    notes: tuple[str, ...]
    sample: TableSample | None = None  # of a streamed table, whose rows are in `blocks`
    blocks: EncodedBlocks | None = None

    def training_blocks(self, options: RunOptions) -> AbstractContextManager[StreamedTraining]:
        """Write the rows of a streamed table to a block file, which is removed after the training."""
        if self.sample is None:
            return nullcontext(StreamedTraining(None))
        held_out = np.concatenate([self.split.validation, self.split.test])
        rows = self.sample.row_numbers[held_out]
        return training_blocks(
            self.sample,
            self.design,
            rows,
            options.checkpoint,
            options.threads,
            None if options.shards is None else options.job_folder,
        )

    @property
    def streamed(self) -> StreamedRows | None:
        """The rows of a streamed table, None for one in memory."""
        if self.sample is None or self.blocks is None:
            return None
        return StreamedRows(
            rows=self.sample.rows_with_target,
            training_rows=self.blocks.data.n_rows,
            missing_cells=self.sample.missing_cells(but=self.target.name),
            block_file_bytes=self.blocks.bytes,
            row_numbers=self.sample.row_numbers,
        )

    @property
    def rows_with_target(self) -> int:
        """Number of rows of the source that have a target."""
        return self.table.rows if self.sample is None else self.sample.rows_with_target

    @property
    def training_rows(self) -> int:
        """Number of rows that train the networks."""
        return len(self.split.training) if self.blocks is None else self.blocks.data.n_rows

    @property
    def encoder(self) -> TableEncoder:
        """The encoders of the columns."""
        return self.design.encoder

    @property
    def target(self) -> Target:
        """What is predicted."""
        return self.design.target

    @property
    def network(self) -> Network:
        """The network that each fold trains."""
        return self.design.network

    @property
    def methods(self) -> TaskMethods:
        """What is done differently for the task."""
        return METHODS[self.design.target.task]

    @property
    def constant(self) -> Array:
        """The best prediction without inputs: shares of the classes (classes,), or the mean (1,)."""
        known = None if self.sample is None else self.sample.whole(0).target_rows(self.target)
        truth, weights = known or (self.training_truth, self.training_weights)
        return self.methods.constant(self.target, truth, weights)

    @property
    def training_truth(self) -> Array:
        """Class numbers or numbers of the training rows."""
        return self.truth[np.asarray(self.split.training)]

    @property
    def training_weights(self) -> Array | None:
        """Sample weights of the training rows."""
        return None if self.weights is None else self.weights[np.asarray(self.split.training)]
