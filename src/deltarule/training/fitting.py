"""fit: train a network on arrays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from numpy.typing import ArrayLike

from deltarule._common.other_terms import refuses_other_terms
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
from deltarule.training.run_observers import observed, observed_progress
from deltarule.training.trained_network import TrainedNetwork


@observed("fit")
@refuses_other_terms("fit")
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
    """Train a network on arrays.

    Parameters
    ----------
    network : Network
        The network to train; its number of inputs may be unknown.
    X : array-like of shape (n_samples, n_inputs) or Data
        The inputs, numbers without NaN. Rows of `engines.Data`, such as those of an
        `engines.BlockFileData` larger than memory, have targets and weights of their own.
    y : array-like of shape (n_samples,) or (n_samples, n_outputs), optional
        The targets. For categorical cross-entropy class numbers from 0 to n_outputs − 1, or one-hot
        rows; for hinge −1 and 1, or class numbers.
    loss : Loss or str, optional
        The loss. By default the output activation decides: "categorical_cross_entropy" for softmax,
        "binary_cross_entropy" for sigmoid, "poisson" for exponential, else "mean_squared_error".
    optimizer : Optimizer or str, default "adam"
        The optimizer with its learning rate.
    batch_size : int, optional
        Short for ``sampling=MiniBatches(batch_size)``.
    sampling : Sampling, optional
        Which rows each update uses. By default mini-batches of 32 rows, or of all rows if there are
        fewer; all rows at once for L-BFGS; `Blocks` of 32 rows for a block file.
    epochs : int, default 100
        Maximum number of epochs; iterations for L-BFGS.
    validation_data : tuple of array-like or Data, optional
        Validation rows as (X, y) or (X, y, weights) with X of shape (n_validation, n_inputs).
    validation_fraction : float, default 0.0
        Fraction of the rows to validate on instead, at least 0 and below 1; stratified by class if the
        targets are class numbers.
    stopping : StoppingRule or iterable of StoppingRule, default ()
        Rules that stop training before all epochs are done.
    keep_best : str or None, default "auto"
        The monitor whose best epoch is kept, such as "validation_loss". "auto" is "validation_loss" with
        validation rows, else None. None keeps the last epoch.
    sample_weight : array-like of shape (n_samples,), optional
        Weights of the rows, at least 0. They are divided by their mean.
    rows : array-like of shape (n_chosen,), dtype int, optional
        Indices of the rows to train on, by default all. Arrays that already have the right type are
        shared, not copied.
    initial_parameters : Parameters or TrainedNetwork, optional
        Where training begins, by default parameters drawn from the seed.
    score : bool, default True
        Whether to compute accuracy or R² in each epoch.
    seed : int, default 0
        Seed of the initial parameters, the order of rows and dropout, at least 0.
    dtype : {"float32", "float64"}, optional
        Type of parameters and arithmetic, by default float32; float64 for L-BFGS.
    engine : str, default "auto"
        One of `engines.engine_choices()`; "auto" is the fastest one that supports the training.
    threads : int, optional
        Maximum number of threads, by default all processors. The result does not depend on it.
    progress : callable, optional
        Called with a `Progress` about twenty times per second.
    callbacks : sequence of callable, default ()
        Called with an `EpochEvent` after each epoch. Training stops if one returns True.
    checkpoint : Checkpoint, optional
        Where to save the state of the run, and whether to resume from it.

    Returns
    -------
    TrainingResult
        The trained network, the history, and why training stopped.

    Raises
    ------
    SettingError
        If a setting breaks its rule, or settings do not fit each other.
    ShapeError
        If arrays do not fit each other or the network.
    DataError
        If the numbers cannot be learned from.
    EngineError
        If the engine is not available or does not support the training.

    See Also
    --------
    fit_many : Trains many networks side by side.
    deltarule.train : Trains on a table with columns of any type.

    Notes
    -----
    Ctrl-C ends training gracefully: the result has the reason INTERRUPTED and the best weights so far.
    The same arguments give the same bits on the same machine, for any number of threads.

    Examples
    --------
    >>> import numpy as np
    >>> import deltarule as dr
    >>> X = np.linspace(-1, 1, 64)[:, None]
    >>> network = dr.Network([dr.Dense(16, "tanh"), dr.Dense(1)])
    >>> result = dr.fit(network, X, X**2, epochs=60, optimizer=dr.optimizers.Adam(0.02))
    >>> result.reason.name, len(result.history)
    ('EPOCHS_DONE', 60)
    >>> result.network.predict([[0.5]]).shape
    (1, 1)

    Stop when the validation loss has not improved for five epochs, and keep its best epoch:

    >>> result = dr.fit(
    ...     network, X, X**2, epochs=1000, validation_fraction=0.25,
    ...     optimizer=dr.optimizers.Adam(0.05), stopping=dr.stopping.NoProgress(5),
    ... )
    >>> result.reason.name
    'NO_PROGRESS'
    >>> result.kept_epoch == len(result.history) - 5
    True
    """
    progress = observed_progress(progress)
    return training_loop(FitArguments(**locals())).to_end()
