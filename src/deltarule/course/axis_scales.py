"""Scales of a figure's axes whose ticks have labels of their own: powers of ten, and years."""

from __future__ import annotations

from deltarule._common.formatting import power_of_ten
from deltarule.report.scales import Scale


class PowerScale(Scale):
    """A linear scale of log₁₀ of the values, with powers of ten as labels."""

    def ticks(self, count: int = 5, whole: bool = False) -> list[tuple[float, str]]:
        """Return about `count` whole logarithms, each with its power of ten."""
        return [(value, power_of_ten(round(value))) for value, _ in super().ticks(count, True)]


class YearScale(Scale):
    """A linear scale of years, which have no thousands separator."""

    def ticks(self, count: int = 5, whole: bool = False) -> list[tuple[float, str]]:
        """Return about `count` years."""
        return [(value, f"{value:.0f}") for value, _ in super().ticks(count, True)]
