"""What a table estimator remembers of its training, for the card that a notebook shows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from deltarule.history import History
from deltarule.training import TrainingResult


@dataclass(frozen=True, eq=False)
class FitSummary:
    """The history and the kept epoch of the first network, and the validation score of each network."""

    history: History
    kept_epoch: int
    validation_scores: tuple[float, ...]

    @staticmethod
    def of(trainings: Sequence[TrainingResult]) -> FitSummary:
        """Return the summary of the training of all networks."""
        scores = [
            float(training.history.validation_score[training.kept_epoch - 1])
            for training in trainings
            if training.kept_epoch
        ]
        return FitSummary(trainings[0].history, trainings[0].kept_epoch, tuple(scores))
