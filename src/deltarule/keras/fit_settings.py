"""The settings of one call of fit, and its warning."""

from __future__ import annotations

from dataclasses import dataclass


class TrainingDivergedWarning(UserWarning):
    """Training diverged, and the last good weights are kept; or it ended with a useless network."""


@dataclass(frozen=True)
class FitSettings:
    """The settings of one call of `fit`."""

    batch_size: int
    epochs: int  # the number of the last epoch
    initial_epoch: int
    shuffle: bool
    verbose: int
