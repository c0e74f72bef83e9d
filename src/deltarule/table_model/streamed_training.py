"""Train on the rows of a streamed table: they are written to a block file, removed afterwards."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from deltarule.errors import WorkerError
from deltarule.stopping import StopReason
from deltarule.table_model.design import TrainingDesign
from deltarule.table_model.encoded_blocks import EncodedBlocks, remove_blocks, write_encoded_blocks
from deltarule.table_model.model_fitting import FittedModel
from deltarule.table_model.stop_explanation import overall_stop_reason
from deltarule.table_model.table_sample import TableSample
from deltarule.training import Checkpoint

Array = NDArray[Any]


@dataclass
class StreamedTraining:
    """The block file of a training, None for rows in memory; `fitted` is set when training has ended."""

    blocks: EncodedBlocks | None
    fitted: FittedModel | None = None

    @property
    def was_interrupted(self) -> bool:
        """Whether training was interrupted gracefully."""
        if self.fitted is None:
            return False
        return overall_stop_reason(self.fitted.trainings) is StopReason.INTERRUPTED


@contextmanager
def training_blocks(
    sample: TableSample,
    design: TrainingDesign,
    held_out: Array,
    checkpoint: Checkpoint | None,
    threads: int | None,
    job_folder: str | os.PathLike[str] | None = None,
) -> Iterator[StreamedTraining]:
    """Write all rows of a streamed table but those `held_out` to a block file, and remove it in the end.

    It is beside the checkpoint, and stays there after an interruption, as long as the checkpoint does;
    without one it is among the temporary files. In a `job_folder` it stays if workers end, too.
    """
    if job_folder is not None:
        os.makedirs(job_folder, exist_ok=True)
        path = os.path.join(job_folder, "rows.blocks")
    elif checkpoint is None:
        path = os.path.join(sample.stream.folder, "rows.blocks")
    else:
        path = str(Path(checkpoint.path).with_suffix(".blocks"))
    training, interrupted = StreamedTraining(None), False
    stays = checkpoint is not None or job_folder is not None
    try:
        training.blocks = write_encoded_blocks(
            sample, design, held_out, path, keep=stays, threads=threads
        )
        yield training
        interrupted = training.was_interrupted
    except (KeyboardInterrupt, WorkerError):
        interrupted = True
        raise
    finally:
        may_resume = job_folder is not None or (
            checkpoint is not None and os.path.exists(checkpoint.path)
        )
        if not (interrupted and may_resume):
            if training.blocks is not None:
                training.blocks.data.file.close()
            remove_blocks(path)
            if job_folder is not None:
                with suppress(OSError):  # it is not empty, or in use
                    os.rmdir(job_folder)
