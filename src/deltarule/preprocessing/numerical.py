"""Encoders of number columns: robust scaling with a smooth clip, quantiles, or both."""

from __future__ import annotations

from abc import abstractmethod
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from deltarule._common.formatting import format_number
from deltarule.data.table import Column
from deltarule.preprocessing import column_casting
from deltarule.preprocessing.column_encoder import (
    ColumnEncoder,
    Feature,
    indicator,
    marks_missing,
    missing_summary,
)
from deltarule.preprocessing.operations import NormalScore, Operation, SoftClip


class NumericalEncoder(ColumnEncoder):
    """Base of the encoders of numbers.

    A missing number is 0. With `missing_indicator` (some training value was missing) a last feature is
    1 where the number is missing.
    """

    values = "number"
    missing_indicator: bool

    @property
    def features(self) -> tuple[Feature, ...]:
        return (Feature(self.column), *indicator(self.column, self.missing_indicator))

    @property
    def summary(self) -> str:
        return f"{self._scaling}; {missing_summary(self.missing_indicator)}"

    def cast(self, column: Column) -> NDArray[Any]:
        return column_casting.numbers(column)

    @property
    def operations(self) -> tuple[Operation, ...]:
        return (*self._scales, *marks_missing(self.missing_indicator))

    @property
    @abstractmethod
    def _scales(self) -> tuple[Operation, ...]:
        """The operations on a number, without that of the indicator."""

    @property
    @abstractmethod
    def _scaling(self) -> str:
        """The scaling of a number, in words."""


@dataclass(frozen=True)
class RobustEncoder(NumericalEncoder):
    """x → z / √(1 + (z/3)²) with z = (x - middle) / width: nearly z near 0, never beyond ±3.

    `middle` is the median, `width` the interquartile range; where that is 0, half the range
    (Holzmüller et al. 2024, RealMLP, section 3). A missing x is 0, as the median is.
    """

    kind = "robust"
    middle: float
    width: float
    missing_indicator: bool

    @property
    def _scaling(self) -> str:
        return _robust_summary(self.middle, self.width)

    @property
    def _scales(self) -> tuple[Operation, ...]:
        return (SoftClip(self.middle, self.width),)


@dataclass(frozen=True)
class QuantileEncoder(NumericalEncoder):
    """x → the standard normal quantile at the rank of x among the training rows.

    `edges` (ascending) are the training quantiles at evenly spaced levels from 0 to 1; between them
    the normal scores are interpolated. The outermost have the scores of half a step from the end.
    """

    kind = "quantile"
    edges: tuple[float, ...]
    missing_indicator: bool

    @property
    def _scaling(self) -> str:
        return _quantile_summary(self.edges)

    @property
    def _scales(self) -> tuple[Operation, ...]:
        return (NormalScore(self.edges),)


@dataclass(frozen=True)
class QuantileAndRobustEncoder(NumericalEncoder):
    """x → two features, that of `QuantileEncoder` and that of `RobustEncoder`.

    The first is evenly distributed whatever the distribution of x; the second keeps distances, which
    linear relations and sums need.
    """

    kind = "quantile_and_robust"
    edges: tuple[float, ...]
    middle: float
    width: float
    missing_indicator: bool

    @property
    def features(self) -> tuple[Feature, ...]:
        scaled = Feature(f"{self.column} scaled", "scaled")
        return (Feature(self.column), scaled, *indicator(self.column, self.missing_indicator))

    @property
    def _scaling(self) -> str:
        return (
            f"two features: {_quantile_summary(self.edges)}, and "
            f"{_robust_summary(self.middle, self.width)}"
        )

    @property
    def _scales(self) -> tuple[Operation, ...]:
        return (NormalScore(self.edges), SoftClip(self.middle, self.width))


def _robust_summary(middle: float, width: float) -> str:
    return (
        f"centered at the median {format_number(middle)}, divided by {format_number(width)}, "
        "smoothly clipped to ±3"
    )


def _quantile_summary(edges: tuple[float, ...]) -> str:
    return (
        f"normal score of the rank among {len(edges)} training quantiles "
        f"({format_number(edges[0])} to {format_number(edges[-1])})"
    )
