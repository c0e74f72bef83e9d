"""Gradients of random batches around the gradient of all rows: a cloud that shrinks like 1/√B."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

import deltarule as dr
from deltarule._common.formatting import counted, format_number
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment, element
from deltarule.insight import make_two_clusters, perceptron, trace

Array = NDArray[Any]
ROWS, BATCHES, MEASURED_BATCHES = 128, 300, 1000
MEASURED_SIZES = (1, 2, 4, 8, 16, 32, 64, 96, 128)
START = (-1.6, 2.6)
RANGE_1, RANGE_2 = (-1.7, 1.0), (-0.8, 1.3)


@cache
def gradients_of_rows(place: str) -> Array:
    """Return the gradient of each row in both weights, of shape (128, 2)."""
    X, y = make_two_clusters(ROWS, 1.2, seed=5)
    unit = perceptron(None, START)
    if place == "minimum":
        # In a page there is no SciPy, and so no L-BFGS.
        unit = dr.fit(
            unit.network, X, y, optimizer=dr.optimizers.GradientDescent(10.0), epochs=300,
            sampling=dr.sampling.FullBatch(), initial_parameters=unit, dtype="float64",
        ).network  # fmt: skip
    found = [
        trace(unit, inputs, target).layers[0].weight_gradient[:, 0]
        for inputs, target in zip(X, y, strict=True)
    ]
    return np.array(found)


def batch_gradients(gradients: Array, size: int, replace: bool, batches: int) -> Array:
    """Return the mean gradients of random batches, of shape (n_batches, 2)."""
    source = np.random.default_rng(size)
    if replace:
        rows = source.integers(0, len(gradients), (batches, size))
    else:
        rows = source.permuted(np.tile(np.arange(len(gradients)), (batches, 1)), axis=1)[:, :size]
    return gradients[rows].mean(axis=1)


def distance(gradients: Array, full: Array) -> float:
    """Return the root mean square distance of gradients from the one of all rows."""
    return float(np.sqrt(np.square(gradients - full).sum(axis=1).mean()))


@cache
def measured_distances(place: str, replace: bool) -> tuple[float, ...]:
    """Return the distance of drawn batches for each of `MEASURED_SIZES`."""
    rows = gradients_of_rows(place)
    return tuple(
        distance(batch_gradients(rows, size, replace, MEASURED_BATCHES), rows.mean(axis=0))
        for size in MEASURED_SIZES
    )


class GradientCloud(Figure):
    """A batch of B rows has the right gradient on average, with a spread that falls slowly."""

    name = "gradient-cloud"
    title = "The gradients of batches"
    controls = (
        Slider("batch", "Batch size B", 1, ROWS, 1, 8),
        Choice("draws", "Rows are drawn",
               (("with", "with replacement"), ("without", "without replacement")), "with"),
        Choice("place", "Weights", (("start", "at the start"), ("minimum", "at the minimum")),
               "start"),
    )  # fmt: skip

    def restart(self) -> None:
        """Draw the batches."""
        self._gradients = gradients_of_rows(self.chosen("place"))
        self._replace = self.chosen("draws") == "with"
        self.full = self._gradients.mean(axis=0)
        self._size = int(self.number("batch"))
        self.cloud = batch_gradients(self._gradients, self._size, self._replace, BATCHES)

    def spreads(self, sizes: Array, replace: bool) -> Array:
        """Return the root mean square distance of batch gradients from the full one, in closed form."""
        variances = np.square(self._gradients - self.full).sum(axis=1).mean() / sizes
        return np.sqrt(variances if replace else variances * (ROWS - sizes) / (ROWS - 1))

    def spread(self, size: float, replace: bool) -> float:
        """Return the same of one batch size."""
        return float(self.spreads(np.array(size, np.float64), replace))

    @property
    def measured(self) -> float:
        """The same distance of the batches of the cloud."""
        return distance(self.cloud, self.full)

    def panels(self) -> Sequence[Fragment]:
        """Return the cloud, and its spread over the batch size."""
        return self._cloud(), self._spreads()

    def sentence(self) -> str:
        """Return the length of the full gradient and the spread around it."""
        spread, rows = self.spread(self._size, self._replace), counted(self._size, "row")
        if spread < 1e-12:
            return f"All {ROWS} rows, each once: every batch has the gradient of all rows."
        text = (
            f"{BATCHES} batches of {rows}: their root mean square distance from the gradient of all rows "
            f"is {format_number(self.measured, 3)}, and by the formula {format_number(spread, 3)}."
        )
        length = float(np.linalg.norm(self.full))
        if length < 1e-3:
            return f"{text} The gradient of all rows is 0 here: the direction of a batch is noise."
        return f"{text} The gradient of all rows has the length {format_number(length, 2)}."

    def _cloud(self) -> Fragment:
        plane = Plane("Gradients of batches, and the gradient of all rows", RANGE_1, RANGE_2,
                      "∂J/∂w₁", "∂J/∂w₂", square=True)  # fmt: skip
        plane.curve(np.array(RANGE_1), np.zeros(2), "mark")
        plane.curve(np.zeros(2), np.array(RANGE_2), "mark")
        at_x, at_y = plane.frame.x(self.cloud[:, 0]), plane.frame.y(self.cloud[:, 1])
        d = "".join(
            f"M{x - 2.4:.1f} {y:.1f}a2.4 2.4 0 1 0 4.8 0a2.4 2.4 0 1 0 -4.8 0z"
            for x, y in zip(at_x, at_y, strict=True)
        )
        plane.add(element("path", d=d, class_="batch-gradients"))
        (x, y), (zero, _) = plane.at(*self.full.tolist()), plane.at(0, 0)
        per_unit = plane.at(1, 0)[0] - zero
        radius = self.spread(self._size, self._replace) * per_unit
        plane.add(element("circle", cx=x, cy=y, r=radius, class_="spread"))
        plane.arrow((0.0, 0.0), (float(self.full[0]), float(self.full[1])))
        return plane.svg()

    def _spreads(self) -> Fragment:
        top = 1.2 * self.spread(1, True)
        plane = Plane("The spread over the batch size", (0, ROWS + 4), (0, top), "batch size B",
                      "root mean square distance", keys=2, whole_x=True)  # fmt: skip
        sizes = np.linspace(1, ROWS, 255)
        for i, (replace, class_, name) in enumerate(
            ((True, "curve series-0", "with replacement: s / √B"),
             (False, "curve series-4 line-1", "without: s / √B · √((128 − B) / 127)"))
        ):  # fmt: skip
            plane.curve(sizes, self.spreads(sizes, replace), class_)
            plane.key(i, class_, name)
        places = measured_distances(self.chosen("place"), self._replace)
        for size, found in zip(MEASURED_SIZES, places, strict=True):
            plane.dot(size, found, "dot series-1", 4)
        plane.dot(self._size, self.measured, "dot series-1", 8)
        return plane.svg()
