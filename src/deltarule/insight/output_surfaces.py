"""What a network answers over the plane of two of its inputs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule.activations import Identity
from deltarule.errors import ShapeError
from deltarule.network import Network
from deltarule.training import TrainedNetwork

Array = NDArray[Any]
MARGIN = 0.08  # of the range, around the outermost points


@dataclass(frozen=True, eq=False)
class OutputSurface:
    """Outputs over a grid: `values[i, j, k]` is output k at x[j], y[i]; `logits` its z.

    `columns`: the two inputs. The outputs of several members are a mean, which has no z: then `logits` is
    None. `threshold`: the value of one output that lies between two classes, g(0).
    """

    x: Array
    y: Array
    values: Array
    logits: Array | None
    columns: tuple[int, int]
    threshold: float = 0.0

    @property
    def margins(self) -> Array:
        """How far each class is ahead of the best other one, shape (rows, columns, classes).

        In z, not in g(z): its zero line, found between the points of the grid, is the boundary even
        where g jumps. One output counts as two classes, z below and above 0. Of several members it is how
        far their mean output is ahead, or above g(0).
        """
        values = self.logits
        if values is None:
            values = self.values - self.threshold if self.values.shape[2] == 1 else self.values
        if values.shape[2] == 1:
            return np.concatenate([-values, values], axis=2)
        ordered = np.sort(values, axis=2)
        best, second = ordered[:, :, -1:], ordered[:, :, -2:-1]
        return values - np.where(values == best, second, best)

    @property
    def classes(self) -> Array:
        """The class that wins at each point, int64 (rows, columns)."""
        return self.margins.argmax(axis=2)

    def unscaled(self, mean: ArrayLike, scale: ArrayLike) -> OutputSurface:
        """Return the plane with its axes in other units, x · spread + mean; both have shape (2,)."""
        (mean_x, mean_y), (scale_x, scale_y) = np.asarray(mean), np.asarray(scale)
        return replace(self, x=self.x * scale_x + mean_x, y=self.y * scale_y + mean_y)


def output_surface(
    trained: TrainedNetwork,
    x_range: tuple[float, float],
    y_range: tuple[float, float],
    *,
    grid_resolution: int = 200,
    columns: tuple[int, int] = (0, 1),
    fixed_values: ArrayLike | None = None,
    engine: str = "auto",
) -> OutputSurface:
    """Run a grid over two inputs through the network, the others held at `fixed_values`."""
    checks.integer("output_surface.grid_resolution", grid_resolution, at_least=2)
    inputs = trained.network.known_inputs
    held = np.zeros(inputs) if fixed_values is None else np.asarray(fixed_values, np.float64)
    if held.shape != (inputs,):
        raise ShapeError(
            f"fixed_values must have shape ({inputs},), one for each input, got {held.shape}."
        )
    if inputs < 2 or columns[0] == columns[1] or not all(0 <= c < inputs for c in columns):
        raise ShapeError(
            f"columns must be two different inputs from 0 to {inputs - 1}, got {columns}."
        )
    x, y = np.linspace(*x_range, grid_resolution), np.linspace(*y_range, grid_resolution)
    grid_x, grid_y = np.meshgrid(x, y)
    rows = np.tile(held, (grid_resolution * grid_resolution, 1))
    rows[:, columns[0]], rows[:, columns[1]] = grid_x.ravel(), grid_y.ravel()
    shape, output = (grid_resolution, grid_resolution, -1), trained.network.output_layer
    if trained.network.members > 1:
        values = trained.predict(rows, engine=engine).astype(np.float64).reshape(shape)
        threshold = float(output.activation(np.zeros((1, 1)))[0, 0]) if output.units == 1 else 0.0
        return OutputSurface(x, y, values, None, columns, threshold)
    layers = (*trained.network.layers[:-1], replace(output, activation=Identity()))
    linear = TrainedNetwork(Network(layers, inputs), trained.parameters)
    logits = linear.predict(rows, engine=engine).astype(np.float64)
    values = output.activation(logits)
    return OutputSurface(x, y, values.reshape(shape), logits.reshape(shape), columns)


def ranges(points: ArrayLike, margin: float = MARGIN) -> tuple[tuple[float, float], ...]:
    """Return (low, high) of each column of points (rows, columns), with a margin around them."""
    values = np.asarray(points, np.float64)
    low, high = values.min(axis=0), values.max(axis=0)
    room = np.where(high > low, (high - low) * margin, 1.0)
    return tuple(zip((low - room).tolist(), (high + room).tolist(), strict=True))
