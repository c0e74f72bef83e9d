"""How networks grew in seven decades: training compute, parameters and examples, on an axis of powers."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from deltarule._common.formatting import counted, format_number, scientific
from deltarule.course.axis_scales import PowerScale, YearScale
from deltarule.course.controls import Choice
from deltarule.course.figure_base import Figure
from deltarule.course.figures.more_examples import BATCH_SIZE, SIZES, UPDATES, digits_network
from deltarule.course.landmark_networks import (
    LANDMARK_NETWORKS,
    LandmarkNetwork,
    landmark_network,
)
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment

OPERATIONS_PER_PARAMETER = 6
"""For each example: a multiplication and an addition forward, and twice as many backward."""
_YEARS = (1954.0, 2037.0)
_QUANTITIES = {
    "operations": ("training compute", "operations", (3.0, 27.0)),
    "parameters": ("weights and biases", "weights and biases", (0.6, 12.6)),
    "examples": ("training examples", "examples", (1.0, 14.0)),
}
_RIGHT = ("Perceptron", "ADALINE", "Zip codes", "AlexNet", "ResNet-152", "Deep MLP")
"""Networks whose names are right of their dots, where they touch no other."""
_ELSEWHERE = {
    ("parameters", "AlexNet"): (-1, 5),
    ("parameters", "GPT-3"): (-1, 16),
    ("parameters", "Llama 3.1"): (-1, -4),
    ("examples", "AlexNet"): (-1, 5),
    ("examples", "NETtalk"): (-1, -3),
}
"""Side and height of other names, by quantity."""
_NAMES = tuple((one.name, f"{one.name} ({one.year})") for one in LANDMARK_NETWORKS)


def small_network() -> dict[str, float]:
    """Return the same quantities of the network that reads digits on the page."""
    parameters = digits_network().parameter_count
    return {
        "operations": OPERATIONS_PER_PARAMETER * parameters * BATCH_SIZE * UPDATES,
        "parameters": parameters,
        "examples": SIZES[-1],
    }


class NetworkGrowth(Figure):
    """Landmark networks by year, and how fast a quantity doubled between two of them."""

    name = "network-growth"
    title = "Seven decades of networks"
    controls = (
        Choice("quantity", "Quantity",
               tuple((name, label) for name, (label, _, _) in _QUANTITIES.items()), "operations"),
        Choice("first", "From", _NAMES, "LeNet-5"),
        Choice("last", "to", _NAMES, "GPT-3"),
    )  # fmt: skip

    def restart(self) -> None:
        """Look up the two chosen networks."""
        self.ends = sorted(
            (landmark_network(self.chosen(name)) for name in ("first", "last")),
            key=lambda one: one.year,
        )

    def value(self, network: LandmarkNetwork) -> float | None:
        """Return the chosen quantity of a network, or None where no source states it."""
        found = {
            "operations": network.operations,
            "parameters": network.parameters,
            "examples": network.examples,
        }
        return found[self.chosen("quantity")]

    @property
    def ratio(self) -> float | None:
        """How many times as large the quantity of the later network is."""
        first, last = map(self.value, self.ends)
        return None if first is None or last is None else last / first

    @property
    def doubling_months(self) -> float | None:
        """The months in which the quantity doubled, on average; None if it did not grow."""
        years = self.ends[1].year - self.ends[0].year
        if self.ratio is None or self.ratio <= 1 or not years:
            return None
        return 12 * years / math.log2(self.ratio)

    def panels(self) -> Sequence[Fragment]:
        """Return the chart."""
        label, _, powers = _QUANTITIES[self.chosen("quantity")]
        plane = Plane(
            f"{label.capitalize()} of landmark networks", _YEARS, powers, "year", label,
            height=370, x_scale=YearScale, y_scale=PowerScale,
        )  # fmt: skip
        small = math.log10(small_network()[self.chosen("quantity")])
        plane.curve(np.array(_YEARS), np.full(2, small), "before")
        plane.label(_YEARS[1], small, "this page's digits network", text_anchor="end", dx=-4, dy=17)
        known = [(one, value) for one in LANDMARK_NETWORKS if (value := self.value(one))]
        if self.ratio is not None:
            plane.curve(
                np.array([one.year for one in self.ends]),
                np.log10([self.value(one) or math.nan for one in self.ends]),
                "boundary",
            )
        for one, value in known:
            chosen = one in self.ends
            side, dy = _ELSEWHERE.get(
                (self.chosen("quantity"), one.name), (1 if one.name in _RIGHT else -1, 5)
            )
            style = "dot series-1" if chosen else "dot series-0"
            plane.dot(one.year, math.log10(value), style, 7 if chosen else 5)
            plane.label(
                one.year, math.log10(value), one.name, dx=11 * side, dy=dy,
                text_anchor="start" if side > 0 else "end",
            )  # fmt: skip
        return (plane.svg(),)

    def sentence(self) -> str:
        """Return the factor between the two networks, and the doubling time."""
        label, noun, _ = _QUANTITIES[self.chosen("quantity")]
        first, last = self.ends
        if first is last:
            return f"Both choices are {first.name}. Choose two networks to compare them."
        for one in self.ends:
            if self.value(one) is None:
                return f"No source states the {noun} of {one.name}. Choose another network."
        numbers = " to ".join(
            f"{scientific(self.value(one) or 0)} {self._unit(one)} ({one.name}, {one.year})"
            for one in self.ends
        )
        ratio, months = self.ratio or 0, self.doubling_months
        if months is None:
            return f"{label.capitalize()}: from {numbers}. The later network has no more of them."
        years = counted(last.year - first.year, "year")
        return (
            f"{label.capitalize()}: from {numbers}, a factor of {scientific(ratio)} in {years}. "
            f"It doubled every {format_number(months, 2)} months."
        )

    def _unit(self, network: LandmarkNetwork) -> str:
        noun = _QUANTITIES[self.chosen("quantity")][1]
        return network.unit if self.chosen("quantity") == "examples" else noun
