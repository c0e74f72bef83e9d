"""What `fit` decides and refuses for rows in a block file."""

from __future__ import annotations

from dataclasses import replace

from deltarule.engines.block_file_data import BlockFileData
from deltarule.engines.data import Data
from deltarule.engines.training_plan import TrainingPlan
from deltarule.errors import SettingError
from deltarule.losses import Loss
from deltarule.optimizers import LBFGS, Optimizer
from deltarule.sampling import Blocks, Sampling
from deltarule.training.input_arrays import TAKE_CLASS_NUMBERS


def with_targets_for(loss: Loss, outputs: int, data: Data) -> Data:
    """Return rows of a block file with class numbers, or a column of numbers, as the loss takes them."""
    if not isinstance(data, BlockFileData) or data.file.layout.targets != 1:
        return data
    return data.with_class_numbers(outputs > 1 and isinstance(loss, TAKE_CLASS_NUMBERS))


def refuse_lbfgs(optimizer: Optimizer, data: object) -> None:
    """Refuse an optimizer that needs all rows of a block file at once, in float64."""
    if isinstance(optimizer, LBFGS) and isinstance(data, BlockFileData):
        raise SettingError(
            "optimizer",
            "cannot be LBFGS for rows in a block file, as it needs all rows at once",
            hint="Use Adam, or give arrays.",
        )


def default_sampling(batch_size: int | None, rows: int) -> Sampling:
    """Return how rows of a block file are sampled by default, with a window that holds a batch."""
    usual = Blocks()
    size = min(usual.batch_size, rows) if batch_size is None else batch_size
    if size <= usual.window_rows:
        return replace(usual, batch_size=size)
    window_rows = -(-size // usual.block_rows) * usual.block_rows
    return Blocks(size, window_rows=window_rows)


def check_block_training(plan: TrainingPlan, data: Data) -> None:
    """Refuse plans that need rows of a block file in another order, or all of them at once."""
    if not isinstance(data, BlockFileData):
        return
    if not isinstance(plan.sampling, Blocks):
        raise SettingError(
            "sampling",
            "must be Blocks(batch_size) for rows in a block file, which are read in blocks",
            plan.sampling,
            "For another order, give arrays.",
        )
    for rule in plan.stopping:
        if rule.needs_gradient_norm:
            raise SettingError(
                "stopping",
                f"cannot have {type(rule).__name__} for rows in a block file, as it needs the gradient "
                "of all rows",
                hint="Use NoProgress, or give arrays.",
            )


def refuse_split(data: Data) -> None:
    """Refuse to hold out rows of a block file, which is done while it is written."""
    if isinstance(data, BlockFileData):
        raise SettingError(
            "validation_fraction",
            "cannot be used with rows in a block file, whose validation rows are chosen while it is "
            "written",
            hint="Write it with BlockFileData.write(..., validation_fraction=0.1) and use "
            "validation_data=rows.validation.",
        )
