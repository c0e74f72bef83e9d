"""Which learning rate: try lots of them from the same start, and see."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
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


@dataclass(frozen=True, eq=False)
class LearningRateSweep:
    """One short training for each rate, all from the same start with the same order of rows.

    `curves`: the training loss of each epoch, (rates, epochs), NaN after a run that diverged.
    `verdicts`: "too small", "stable" or "too large" for each. `recommended`: of the stable rates the one
    with the lowest loss at the end.
    """

    learning_rates: Array
    loss_curves: Array
    verdicts: tuple[str, ...]
    recommended: float
    optimizer: str

    @property
    def final_losses(self) -> Array:
        """The loss of the last epoch, NaN for a run that diverged, shape (rates,)."""
        return self.loss_curves[:, -1]

    def __str__(self) -> str:
        """Return the sweep as a text table."""
        rows = [f"{'rate':>10}  {'loss':>10}  verdict ({self.optimizer})"]
        for rate, loss, verdict in zip(
            self.learning_rates, self.final_losses, self.verdicts, strict=True
        ):
            star = "  ← recommended" if rate == self.recommended else ""
            rows.append(f"{rate:>10.3g}  {loss:>10.4g}  {verdict}{star}")
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
    """Train for `epochs` epochs with each rate, by default 10⁻⁴ to 10 in half decades.

    Other `settings` go to `fit`. A rate is too large where the loss diverged, ended above where it began,
    or jumped up by more than 0.3 of its whole fall in the second half. Raises `SettingError` where
    no rate is stable.
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
    """Whether a loss ends above where it began, or goes up and down late in the run."""
    late = curve[len(curve) // 2 :]
    rise = float(np.diff(late).max()) if len(late) > 1 else 0.0
    return bool(curve[-1] > begin or rise > LARGEST_JUMP * (begin - float(curve.min())))
