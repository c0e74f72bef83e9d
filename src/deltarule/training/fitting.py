"""fit: arrays in, a trained network out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from numpy.typing import ArrayLike

from deltarule.engines.data import Data
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.optimizers import Optimizer
from deltarule.parameters import Parameters
from deltarule.sampling import Sampling
from deltarule.stopping import StoppingRule
from deltarule.training.checkpoint import Checkpoint
from deltarule.training.events import Callback, ProgressListener
from deltarule.training.fit_arguments import FitArguments, training_loop
from deltarule.training.result import TrainingResult
from deltarule.training.trained_network import TrainedNetwork


def fit(
    network: Network,
    X: ArrayLike | Data,
    y: ArrayLike | None = None,
    *,
    loss: Loss | str | None = None,
    optimizer: Optimizer | str = "adam",
    batch_size: int | None = None,
    sampling: Sampling | None = None,
    epochs: int = 100,
    validation_data: tuple[ArrayLike, ...] | Data | None = None,
    validation_fraction: float = 0.0,
    stopping: StoppingRule | Iterable[StoppingRule] = (),
    keep_best: str | None = "auto",
    sample_weight: ArrayLike | None = None,
    rows: ArrayLike | None = None,
    initial_parameters: Parameters | TrainedNetwork | None = None,
    score: bool = True,
    seed: int = 0,
    dtype: str | None = None,
    engine: str = "auto",
    threads: int | None = None,
    progress: ProgressListener | None = None,
    callbacks: Sequence[Callback] = (),
    checkpoint: Checkpoint | None = None,
) -> TrainingResult:
    """Train `network` on the rows of X to predict y.

    X: numbers, shape (rows, columns). y: numbers of shape (rows,) or (rows, outputs); for categorical
    cross-entropy class numbers 0 … k − 1 of shape (rows,), or one-hot rows; for hinge −1 and 1, or class
    numbers. `loss`: by default what the output activation predicts (`DEFAULT_LOSSES`).
    `batch_size` is short for `sampling=MiniBatches(batch_size)`; without either, 32 rows or all if
    there are fewer (L-BFGS: all rows). `validation_fraction` of the rows, seeded and by class where y
    holds class numbers, or `validation_data` (X, y) or (X, y, weights), measure each epoch. `keep_best`:
    the monitor whose best epoch is kept; "auto" is "validation_loss" where there are validation rows,
    else None: the last epoch. `sample_weight`: shape (rows,), at least 0, divided by its mean. `rows`:
    train on these rows of X, y and sample_weight only, whole numbers (k,); of arrays that are as the
    engine takes them nothing is copied, so that the folds of a table share it. `initial_parameters`:
    used instead of drawn ones. `dtype`: "float32" (L-BFGS: "float64") or "float64".
    `threads`: at most this many, by default all processors; the result does not depend on it.

    Ctrl-C ends training in good order: the result has the reason INTERRUPTED and the weights kept so
    far. Raises `SettingError`, `ShapeError` or `DataError` before anything is trained.
    """
    return training_loop(FitArguments(**locals())).to_end()
