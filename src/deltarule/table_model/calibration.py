"""Calibration: what a table model learned from its out-of-fold predictions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from deltarule.errors import ModelFileError
from deltarule.table_model.prediction_intervals import ErrorQuantiles, error_quantiles_from_arrays

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class Calibration:
    """Corrections that are fitted to out-of-fold predictions.

    Parameters
    ----------
    temperature : float, default 1.0
        Divisor of all logits of a classifier; above 1 makes probabilities less extreme.
    target_range : tuple of float, optional
        Lowest and highest target of the training rows of a regression; predictions are clipped to it.
    error_quantiles : ErrorQuantiles, optional
        Quantiles of the errors of a regression; None with fewer than 10 training rows.

    Examples
    --------
    >>> from deltarule.table_model import Calibration
    >>> Calibration().temperature
    1.0
    """

    temperature: float = 1.0
    target_range: tuple[float, float] | None = None
    error_quantiles: ErrorQuantiles | None = None

    def to_json(self) -> dict[str, Any]:
        """Return temperature and target range under the keys of the model file.

        Returns
        -------
        dict
            "temperature" and "limits".
        """
        limits = None if self.target_range is None else list(self.target_range)
        return {"temperature": self.temperature, "limits": limits}

    def arrays(self) -> dict[str, Array]:
        """Return the arrays of the model file.

        Returns
        -------
        dict
            The error quantiles by name; empty if there are none.
        """
        return {} if self.error_quantiles is None else self.error_quantiles.arrays()


def read_calibration(parts: dict[str, Any], arrays: dict[str, Array], path: str) -> Calibration:
    """Return the calibration of a model file and remove its arrays from `arrays`.

    Raises `ModelFileError` for impossible values.
    """
    return Calibration(
        _temperature(parts["temperature"], path),
        _target_range(parts["limits"], path),
        error_quantiles_from_arrays(arrays, path),
    )


def _temperature(value: object, path: str) -> float:
    if not isinstance(value, int | float) or not 0.01 <= value <= 100:
        raise ModelFileError(f"{path}: temperature must be 0.01 to 100, got {value!r}.")
    return float(value)


def _target_range(value: object, path: str) -> tuple[float, float] | None:
    if value is None:
        return None
    if (
        not isinstance(value, list)
        or len(value) != 2
        or not all(isinstance(v, int | float) and math.isfinite(v) for v in value)
        or value[0] > value[1]
    ):
        raise ModelFileError(f"{path}: limits must be two ascending numbers, got {value!r}.")
    return float(value[0]), float(value[1])
