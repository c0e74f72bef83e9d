"""Training with many learning rates to find a good one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule._common.formatting import format_number
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.errors import SettingError
from deltarule.network import Network
from deltarule.optimizers import OPTIMIZERS, Optimizer, Stepwise
from deltarule.stopping import StopReason
from deltarule.training import fit

Array = NDArray[Any]
TOO_SMALL, STABLE, TOO_LARGE = "too small", "stable", "too large"
SHARE_OF_BEST = 0.5
"""A rate that brought less than this share of the best rate's fall of the loss was too small."""
LARGEST_JUMP = 0.3
"""A rate whose loss jumped up late by more than this share of its whole fall was too large."""


@dataclass(frozen=True, eq=False, repr=False)
class LearningRateSweep(NotebookDisplay):
    """Short training runs with several learning rates from the same initial weights.

    Parameters
    ----------
    learning_rates : ndarray of shape (n_rates,), dtype float64
        The learning rates, ascending.
    loss_curves : ndarray of shape (n_rates, n_epochs), dtype float64
        Training loss of each epoch; NaN after a run diverged.
    verdicts : tuple of str
        "too small", "stable" or "too large" for each learning rate.
    recommended : float
        The stable learning rate with the lowest final loss.
    optimizer : str
        Name of the optimizer.

    See Also
    --------
    learning_rate_sweep : Run the sweep.
    deltarule.plots.learning_rate_sweep : Plot the final losses.
    """

    learning_rates: Array
    loss_curves: Array
    verdicts: tuple[str, ...]
    recommended: float
    optimizer: str

    def _sentence(self) -> str:
        low, high = (format_number(float(of(self.learning_rates)), 3) for of in (np.min, np.max))
        best = format_number(self.recommended, 3)
        return (
            f"{len(self.learning_rates)} learning rates from {low} to {high} with {self.optimizer}; "
            f"recommended: {best}"
        )

    @property
    def final_losses(self) -> Array:
        """Training loss of the last epoch, float64 of shape (n_rates,); NaN if diverged."""
        return self.loss_curves[:, -1]

    def __str__(self) -> str:
        """Return the sweep as a text table."""
        rows = [f"{'rate':>10}  {'loss':>10}  verdict ({self.optimizer})"]
        for rate, loss, verdict in zip(
            self.learning_rates, self.final_losses, self.verdicts, strict=True
        ):
            shown = f"{loss:.4g}" if np.isfinite(loss) else "diverged"
            star = "  ← recommended" if rate == self.recommended else ""
            rows.append(f"{rate:>10.3g}  {shown:>10}  {verdict}{star}")
        return "\n".join(rows)


def learning_rate_sweep(
    network: Network,
    X: ArrayLike,
    y: ArrayLike,
    *,
    learning_rates: Iterable[float] | None = None,
    optimizer: Optimizer | str = "gradient_descent",
    epochs: int = 30,
    **settings: Any,
) -> LearningRateSweep:
    """Train with several learning rates and recommend the best stable one.

    A learning rate is too large if the loss diverges, ends above its initial value, or rises by more
    than 30% of its total decrease in the second half of the run. It is too small if the loss decreases
    by less than half as much as with the best learning rate.

    Parameters
    ----------
    network : Network
        The network.
    X : array-like of shape (n_rows, n_inputs)
        Inputs.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Targets, as in `fit`.
    learning_rates : iterable of float, optional
        At least two learning rates. By default 10⁻⁴ to 10 in half decades.
    optimizer : Optimizer or str, default 'gradient_descent'
        An optimizer with a learning rate.
    epochs : int, default 30
        Number of epochs of each run, at least 2.
    **settings : Any
        Further arguments of `fit`.

    Returns
    -------
    LearningRateSweep
        Loss curves, verdicts and the recommended learning rate.

    Raises
    ------
    SettingError
        If a setting is out of range, the optimizer has no learning rate, or no learning rate is stable.

    Examples
    --------
    For J = (w − 3)² gradient descent is stable below η = 1, and η = 0.5 converges in one step.

    >>> import numpy as np
    >>> import deltarule as dr
    >>> from deltarule import insight
    >>> sweep = insight.learning_rate_sweep(
    ...     dr.Network([dr.Dense(1, bias=False)]), np.ones((8, 1)), np.full(8, 3.0),
    ...     learning_rates=[0.001, 0.5, 1.2], sampling=dr.sampling.FullBatch(), epochs=10,
    ... )
    >>> sweep.verdicts, sweep.recommended
    (('too small', 'stable', 'too large'), 0.5)
    """
    tried = np.array(
        sorted(np.geomspace(1e-4, 10, 11) if learning_rates is None else learning_rates), float
    )
    checks.integer("learning_rate_sweep.epochs", epochs, at_least=2)
    if len(tried) < 2:
        raise SettingError(
            "learning_rate_sweep.learning_rates", "must hold at least two rates to compare"
        )
    chosen = OPTIMIZERS.resolve(optimizer, "learning_rate_sweep.optimizer")
    if not isinstance(chosen, Stepwise):
        raise SettingError(
            "learning_rate_sweep.optimizer",
            f"must have a learning rate, which {chosen.kind} does not",
        )
    curves = np.full((len(tried), epochs), np.nan)
    for i, rate in enumerate(tried.tolist()):
        run = fit(
            network, X, y, optimizer=replace(chosen, learning_rate=rate), epochs=epochs,
            keep_best=None, **settings,
        )  # fmt: skip
        done = len(run.history) - (run.reason is StopReason.DIVERGED)
        curves[i, :done] = run.history.training_loss[:done]
    verdicts = _verdicts(curves)
    stable = [i for i, verdict in enumerate(verdicts) if verdict == STABLE]
    if not stable:
        raise SettingError.message(
            f"None of the {len(tried)} learning rates from {tried[0]:g} to {tried[-1]:g} "
            "trains this network: try smaller ones, or standardize the inputs."
        )
    best = min(stable, key=lambda i: curves[i, -1])
    return LearningRateSweep(tried, curves, verdicts, float(tried[best]), chosen.kind)


def _verdicts(curves: Array) -> tuple[str, ...]:
    finite = np.array([np.isfinite(curve).all() for curve in curves])
    # The first epoch of the smallest rate has hardly moved: it shows where all runs began.
    begin = float(curves[finite][0, 0]) if finite.any() else np.nan
    too_large = [
        not whole or _leaps(curve, begin) for curve, whole in zip(curves, finite, strict=True)
    ]
    falls = begin - curves[:, -1]
    best = max(
        (float(f) for f, large in zip(falls, too_large, strict=True) if not large), default=0.0
    )
    return tuple(
        TOO_LARGE if large else TOO_SMALL if fall < SHARE_OF_BEST * best else STABLE
        for fall, large in zip(falls, too_large, strict=True)
    )


def _leaps(curve: Array, begin: float) -> bool:
    """Return whether a loss ends above its initial value, or rises sharply late in the run."""
    late = curve[len(curve) // 2 :]
    rise = float(np.diff(late).max()) if len(late) > 1 else 0.0
    return bool(curve[-1] > begin or rise > LARGEST_JUMP * (begin - float(curve.min())))
