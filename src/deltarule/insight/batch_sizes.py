"""Batches: how noisy their gradients are, and what they cost in time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule.engines import prediction_engine
from deltarule.errors import SettingError
from deltarule.history import History
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.training import TrainedNetwork, fit
from deltarule.training.fitting import chosen_loss
from deltarule.training.input_arrays import as_data, rows_of

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class GradientNoise:
    """How far the gradients of batches lie from the gradient of all rows.

    `relative_errors` (batch_sizes,): √(mean ‖g_batch − g‖²) / ‖g‖; `angles` (batch_sizes,
    n_draws): degrees between both.
    """

    batch_sizes: Array
    relative_errors: Array
    angles: Array


def gradient_noise(
    trained: TrainedNetwork,
    X: ArrayLike,
    y: ArrayLike,
    batch_sizes: Iterable[int] = (1, 4, 16, 64),
    *,
    n_draws: int = 50,
    loss: Loss | str | None = None,
    seed: int = 0,
    engine: str = "auto",
) -> GradientNoise:
    """Compare the gradients of `n_draws` random batches of each size with the full gradient.

    Rows are drawn with replacement, so that the noise falls as 1/√size. In float64.
    """
    checks.integer("gradient_noise.n_draws", n_draws, at_least=2)
    chosen = chosen_loss(trained.network, loss)
    data = as_data(trained.network, chosen, X, y, None, "float64")
    network, parameters = trained.network, trained.parameters.astype(np.float64)
    executor = prediction_engine(network, engine)
    _, full = executor.loss_and_gradient(network, parameters, chosen, data)
    length = float(np.linalg.norm(full))
    if length == 0:
        raise SettingError.message(
            "The gradient over all rows is 0 here, so that its noise cannot be compared with it."
        )
    source = np.random.default_rng(seed)
    counts = [
        checks.integer("gradient_noise.batch_sizes", size, at_least=1) for size in batch_sizes
    ]
    noise, angles = [], []
    for size in counts:
        found = []
        for _ in range(n_draws):
            batch = rows_of(data, source.integers(0, data.rows, size))
            found.append(executor.loss_and_gradient(network, parameters, chosen, batch)[1])
        each = np.array(found)
        noise.append(float(np.sqrt(np.square(each - full).sum(axis=1).mean())) / length)
        lengths = np.linalg.norm(each, axis=1)
        cosines = each @ full / np.where(lengths > 0, lengths * length, 1)
        angles.append(np.degrees(np.arccos(np.clip(cosines, -1, 1))))
    return GradientNoise(np.array(counts), np.array(noise), np.array(angles))


@dataclass(frozen=True, eq=False)
class BatchSizeComparison:
    """One training for each batch size, from the same start: `histories[size]`."""

    histories: dict[int, History]
    n_samples: int

    @property
    def seconds_per_epoch(self) -> dict[int, float]:
        """The median time of one epoch."""
        return {
            size: float(np.median(np.diff(history["elapsed_s"], prepend=0.0)))
            for size, history in self.histories.items()
        }


def compare_batch_sizes(
    network: Network, X: ArrayLike, y: ArrayLike, batch_sizes: Iterable[int], **settings: Any
) -> BatchSizeComparison:
    """Train with `fit(batch_size=size, **settings)` for each size, from the same start."""
    rows = len(np.asarray(y))
    histories = {
        int(size): fit(network, X, y, batch_size=size, **settings).history for size in batch_sizes
    }
    return BatchSizeComparison(histories, rows)
