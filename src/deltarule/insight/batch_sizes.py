"""The noise of mini-batch gradients, and training with several batch sizes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule._common.blas_threads import single_blas_thread
from deltarule._common.formatting import counted, format_number
from deltarule._common.notebook_display import NotebookDisplay, listed
from deltarule.engines import prediction_engine
from deltarule.errors import SettingError
from deltarule.history import History
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.training import TrainedNetwork, fit
from deltarule.training.fit_arguments import chosen_loss
from deltarule.training.input_arrays import as_data

Array = NDArray[Any]


@dataclass(frozen=True, eq=False, repr=False)
class GradientNoise(NotebookDisplay):
    """The noise of mini-batch gradients.

    Parameters
    ----------
    batch_sizes : ndarray of shape (n_sizes,), dtype int64
        The batch sizes.
    relative_errors : ndarray of shape (n_sizes,), dtype float64
        Root mean square of ‖g_batch − g‖ / ‖g‖, where g is the gradient over all rows.
    angles : ndarray of shape (n_sizes, n_draws), dtype float64
        Angle between g_batch and g, in degrees.

    See Also
    --------
    gradient_noise : Measure the noise.
    """

    batch_sizes: Array
    relative_errors: Array
    angles: Array

    def _sentence(self) -> str:
        errors = ", ".join(
            f"{size:,}: {format_number(error, 3)}"
            for size, error in [*zip(self.batch_sizes, self.relative_errors, strict=True)][:6]
        )
        draws = counted(self.angles.shape[1], "draw")
        return f"relative error of the gradient by batch size, {draws} each: {errors}"


@single_blas_thread()
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
    """Compare the gradients of random mini-batches with the gradient over all rows.

    Rows are drawn with replacement, so that the relative error decreases as 1/√(batch size). All
    gradients are computed in float64.

    Parameters
    ----------
    trained : TrainedNetwork
        Network and parameters at which the gradients are computed.
    X : array-like of shape (n_rows, n_inputs)
        Inputs.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Targets, as in `fit`.
    batch_sizes : iterable of int, default (1, 4, 16, 64)
        Numbers of rows per batch.
    n_draws : int, default 50
        Number of batches of each size, at least 2.
    loss : Loss or str, optional
        Loss function. By default it is chosen by the output activation, as in `fit`.
    seed : int, default 0
        Seed of the batches.
    engine : str, default 'auto'
        Name of the engine.

    Returns
    -------
    GradientNoise
        Relative errors and angles by batch size.

    Raises
    ------
    SettingError
        If `n_draws` or a batch size is out of range, if the gradient over all rows is 0, or if the
        network has BatchNormalization that is trained.

    Examples
    --------
    >>> import deltarule as dr
    >>> from deltarule import insight
    >>> X, y = insight.make_circles(n_samples=100)
    >>> network = dr.Network([dr.Dense(3, "tanh"), dr.Dense(1, "sigmoid")])
    >>> start = insight.initialize(network, inputs=2)
    >>> noise = insight.gradient_noise(start, X, y, (4, 64))
    >>> bool(noise.relative_errors[0] > 2 * noise.relative_errors[1])
    True
    """
    checks.integer("gradient_noise.n_draws", n_draws, at_least=2)
    if trained.network.uses_batch:
        raise SettingError.message(
            "gradient_noise does not support BatchNormalization, with which the gradient of a batch does "
            "not estimate that over all rows: use LayerNormalization, or remove these layers."
        )
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
            batch = data.take(source.integers(0, data.n_rows, size))
            found.append(executor.loss_and_gradient(network, parameters, chosen, batch)[1])
        each = np.array(found)
        noise.append(float(np.sqrt(np.square(each - full).sum(axis=1).mean())) / length)
        lengths = np.linalg.norm(each, axis=1)
        cosines = each @ full / np.where(lengths > 0, lengths * length, 1)
        angles.append(np.degrees(np.arccos(np.clip(cosines, -1, 1))))
    return GradientNoise(np.array(counts), np.array(noise), np.array(angles))


@dataclass(frozen=True, eq=False, repr=False)
class BatchSizeComparison(NotebookDisplay):
    """Training histories for several batch sizes.

    Parameters
    ----------
    histories : dict of int to History
        The history of each run, by batch size.
    n_samples : int
        Number of training rows.

    See Also
    --------
    compare_batch_sizes : Run the comparison.
    """

    histories: dict[int, History]
    n_samples: int

    def _sentence(self) -> str:
        sizes = listed([f"{size:,}" for size in self.histories], 8)
        runs = counted(len(self.histories), "run")
        return f"{runs} on {counted(self.n_samples, 'row')}, batch sizes {sizes}"

    @property
    def seconds_per_epoch(self) -> dict[int, float]:
        """Median seconds of one epoch, by batch size."""
        return {
            size: float(np.median(np.diff(history["elapsed_s"], prepend=0.0)))
            for size, history in self.histories.items()
        }


def compare_batch_sizes(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    batch_sizes: Iterable[int],
    *,
    repeats: int = 1,
    **settings: Any,
) -> BatchSizeComparison:
    """Train the same network with several batch sizes from the same initial weights.

    Parameters
    ----------
    network : Network
        The network.
    X : array-like of shape (n_rows, n_inputs)
        Inputs.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Targets, as in `fit`.
    batch_sizes : iterable of int
        The batch sizes.
    repeats : int, default 1
        Number of runs of each batch size. They differ in their times only; the one with the median time
        counts.
    **settings : Any
        Further arguments of `fit`.

    Returns
    -------
    BatchSizeComparison
        The history of each run.

    Raises
    ------
    SettingError
        If `repeats` is less than 1.

    Examples
    --------
    >>> import deltarule as dr
    >>> from deltarule import insight
    >>> X, y = insight.make_moons(n_samples=64)
    >>> network = dr.Network([dr.Dense(4, "tanh"), dr.Dense(1, "sigmoid")])
    >>> comparison = insight.compare_batch_sizes(network, X, y, (8, 64), epochs=3)
    >>> sorted(comparison.histories), len(comparison.histories[8])
    ([8, 64], 3)
    """
    checks.integer("compare_batch_sizes.repeats", repeats, at_least=1)
    sizes = [int(size) for size in batch_sizes]
    runs: dict[int, list[History]] = {size: [] for size in sizes}
    for _ in range(repeats):  # in turns, so that what else the machine does meets all sizes alike
        for size in sizes:
            runs[size].append(fit(network, X, y, batch_size=size, **settings).history)
    by_time = {
        size: sorted(found, key=lambda history: float(history["elapsed_s"][-1]))
        for size, found in runs.items()
    }
    medians = {size: found[(len(found) - 1) // 2] for size, found in by_time.items()}
    return BatchSizeComparison(medians, len(np.asarray(y)))
