"""Trials: configurations with what they reached, and the events of a search."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from deltarule._common.formatting import counted, format_number
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.tuning.search_space import Configuration


@dataclass(frozen=True, repr=False)
class Trial(NotebookDisplay):
    """A configuration and how far it came.

    Parameters
    ----------
    number : int
        Number of the trial; 0 is the recipe itself, 1 the recipe with another seed.
    configuration : Configuration
        What it changes about the recipe.
    values : dict
        All tuned settings with their values, strict JSON types.
    losses : tuple of float
        For each rung whose end it reached, the mean of the best validation losses of its networks until
        then; infinite if they diverged, NaN where the default was trained on more rows.
    epochs : int
        Epochs of each of its networks.
    networks : int
        Networks that were trained.
    seconds : float
        Time of training, summed over its networks.
    votes : int, default 0
        How often it counts in the mean of the tuned model.
    """

    number: int
    configuration: Configuration
    values: dict[str, Any]
    losses: tuple[float, ...]
    epochs: int
    networks: int
    seconds: float
    votes: int = 0

    @property
    def rung(self) -> int:
        """The last rung whose end it reached, counted from 1; 0 for none."""
        return len(self.losses)

    @property
    def loss(self) -> float:
        """The loss on this rung; infinite for none."""
        return self.losses[-1] if self.losses else math.inf

    def _sentence(self) -> str:
        loss = format_number(self.loss, 4)
        return f"{self.number}: validation loss {loss} within {counted(self.epochs, 'epoch')}; " + (
            self.configuration._sentence()
        )

    def to_json(self) -> dict[str, Any]:
        """Return the trial as strict JSON types.

        Returns
        -------
        dict
            The fields by name, without the configuration, whose settings are in "values"; a loss that is
            not finite is None.
        """
        return {
            "number": self.number,
            "losses": [loss if math.isfinite(loss) else None for loss in self.losses],
            "epochs": self.epochs,
            "networks": self.networks,
            "seconds": self.seconds,
            "votes": self.votes,
            "values": self.values,
        }


@dataclass(frozen=True, repr=False)
class TuningProgress(NotebookDisplay):
    """A trial reached the end of a rung.

    Parameters
    ----------
    trial : Trial
        The trial.
    rungs : int
        Number of rungs; that of `trial` is counted from 1.
    done, planned : int
        Trials that reached the end of this rung, and those that shall.
    default_loss : float or None
        The loss of the default after as many epochs; None where it was trained on more rows.
    """

    trial: Trial
    rungs: int
    done: int
    planned: int
    default_loss: float | None

    def _sentence(self) -> str:
        where = f"rung {self.trial.rung} of {self.rungs}, {self.done} of {self.planned}"
        return f"{where}: trial {self.trial._sentence()}"
