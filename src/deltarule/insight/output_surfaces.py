"""Outputs of a network over a grid of two of its inputs."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule._common.formatting import counted, format_number
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.activations import Identity
from deltarule.errors import ShapeError
from deltarule.network import Network
from deltarule.training import TrainedNetwork

Array = NDArray[Any]
MARGIN = 0.08  # of the range, around the outermost points


@dataclass(frozen=True, eq=False, repr=False)
class OutputSurface(NotebookDisplay):
    """Outputs of a network over a grid of two inputs.

    Parameters
    ----------
    x : ndarray of shape (n_columns,), dtype float64
        Grid values of the first input.
    y : ndarray of shape (n_rows,), dtype float64
        Grid values of the second input.
    values : ndarray of shape (n_rows, n_columns, n_outputs), dtype float64
        Outputs at (x[j], y[i]).
    logits : ndarray of shape (n_rows, n_columns, n_outputs) or None
        Pre-activations of the output layer; None for a network of several members, whose mean output
        has none.
    columns : tuple of int
        Numbers of the two inputs.
    threshold : float, default 0.0
        Value of a single output that separates two classes, g(0).

    See Also
    --------
    output_surface : Compute the surface of a network.
    deltarule.plots.decision_regions : Plot the predicted classes.
    """

    x: Array
    y: Array
    values: Array
    logits: Array | None
    columns: tuple[int, int]
    threshold: float = 0.0

    def _sentence(self) -> str:
        low, high = (format_number(float(of(self.values)), 3) for of in (np.min, np.max))
        size = f"{len(self.x)} × {len(self.y)} points of inputs {self.columns[0]} and {self.columns[1]}"
        return f"{counted(self.values.shape[2], 'output')} from {low} to {high} at {size}"

    @property
    def margins(self) -> Array:
        """Lead of each class over the best other class, of shape (n_rows, n_columns, n_classes).

        The lead is measured in the logits, so that its zero line, interpolated between grid points, is
        the exact boundary even where the activation jumps. A single output counts as two classes. For
        several members the lead is measured in their mean output.
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
        """Predicted class at each grid point, int64 of shape (n_rows, n_columns)."""
        return self.margins.argmax(axis=2)

    def unscaled(self, mean: ArrayLike, scale: ArrayLike) -> OutputSurface:
        """Return the surface with its axes in original units, x · scale + mean.

        Parameters
        ----------
        mean : array-like of shape (2,)
            Means of the two inputs before standardization.
        scale : array-like of shape (2,)
            Standard deviations of the two inputs before standardization.

        Returns
        -------
        OutputSurface
            The same outputs over rescaled axes.
        """
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
    """Compute the outputs of a network over a grid of two of its inputs.

    Parameters
    ----------
    trained : TrainedNetwork
        A network with at least two inputs.
    x_range, y_range : tuple of float
        Lower and upper end of the two inputs.
    grid_resolution : int, default 200
        Number of grid points in each direction, at least 2.
    columns : tuple of int, default (0, 1)
        Numbers of the two inputs.
    fixed_values : array-like of shape (n_inputs,), optional
        Values of all inputs; those of `columns` are ignored. Zeros by default.
    engine : str, default 'auto'
        Name of the engine that computes the outputs.

    Returns
    -------
    OutputSurface
        Grid, outputs and logits.

    Raises
    ------
    SettingError
        If `grid_resolution` is less than 2.
    ShapeError
        If `columns` or `fixed_values` do not match the inputs of the network.

    Examples
    --------
    >>> from deltarule import insight
    >>> unit = insight.perceptron(0.0, [1.0, 0.0])
    >>> surface = insight.output_surface(unit, (-1, 1), (-1, 1), grid_resolution=4)
    >>> surface.values.shape
    (4, 4, 1)
    >>> surface.classes[0]
    array([0, 0, 1, 1])
    """
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
    """Return (low, high) of each column of points (n_points, n_columns), with a margin around them."""
    values = np.asarray(points, np.float64)
    low, high = values.min(axis=0), values.max(axis=0)
    room = np.where(high > low, (high - low) * margin, 1.0)
    return tuple(zip((low - room).tolist(), (high + room).tolist(), strict=True))
