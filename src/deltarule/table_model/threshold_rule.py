"""What a threshold of two classes should optimize: read from text. Imports nothing heavy."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from deltarule._common import checks
from deltarule.errors import SettingError

F1, BALANCED_ACCURACY, COST = "f1", "balanced_accuracy", "cost"
_COST = re.compile(r"cost[= ]([0-9.]+):([0-9.]+)", re.IGNORECASE)


@dataclass(frozen=True)
class ThresholdRule:
    """The score that a threshold should optimize on the out-of-fold rows.

    Parameters
    ----------
    score : {"f1", "balanced_accuracy", "cost"}
        The score.
    false_negative, false_positive : float, default 1.0
        For "cost", the cost of predicting the other class for a positive row, and the reverse.
    """

    score: str
    false_negative: float = 1.0
    false_positive: float = 1.0

    @property
    def neutral_threshold(self) -> float:
        """The best threshold of perfect probabilities under equal scores (Elkan 2001, equation 2)."""
        return self.false_positive / (self.false_positive + self.false_negative)


def read_threshold(value: Any) -> float | ThresholdRule:
    """Return a threshold, or the rule that "f1", "balanced_accuracy" or "cost=5:1" names.

    Raises `SettingError` for anything else.
    """
    if isinstance(value, str):
        text = value.strip().lower().replace("-", "_")
        if text in (F1, BALANCED_ACCURACY):
            return ThresholdRule(text)
        costs = _COST.fullmatch(value.strip())
        if costs is not None:
            try:
                false_negative, false_positive = map(float, costs.groups())
            except ValueError:
                false_negative = false_positive = 0.0
            if false_negative > 0 and false_positive > 0:
                return ThresholdRule(COST, false_negative, false_positive)
        with suppress(ValueError):
            value = float(text)
    if isinstance(value, str):
        raise SettingError(
            "threshold",
            "must be f1, balanced_accuracy, a ratio of costs such as cost=5:1 (a missed positive row "
            "costs 5, a false alarm 1), or a probability above 0 and below 1",
            value,
        )
    return checks.number("threshold", value, above=0, below=1, hint="Typical: f1, or 0.1 to 0.9.")
