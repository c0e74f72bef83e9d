"""The loss around a network as a surface over two directions in parameter space."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule._common.executors import executor
from deltarule._common.formatting import counted, format_number
from deltarule._common.notebook_display import NotebookDisplay
from deltarule._common.processors import thread_count
from deltarule.engines import prediction_engine
from deltarule.insight.directions import Directions, principal_directions, random_directions
from deltarule.insight.trajectories import Trajectory
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.parameters import Parameters, from_flat
from deltarule.training import TrainedNetwork
from deltarule.training.fit_arguments import chosen_loss
from deltarule.training.input_arrays import as_data

Array = NDArray[Any]
ProgressCallback = Callable[[int, int], None]
"""Called with (points done, points in total), in the calling thread, after each grid row."""

PATH_MARGIN = 0.25  # relative margin around a trajectory


@dataclass(frozen=True, eq=False, repr=False)
class LossSurface(NotebookDisplay):
    """The loss over a grid of networks.

    Parameters
    ----------
    directions : Directions
        Origin and axes of the grid.
    a : ndarray of shape (n_columns,), dtype float64
        Grid values along the first direction.
    b : ndarray of shape (n_rows,), dtype float64
        Grid values along the second direction.
    losses : ndarray of shape (n_rows, n_columns), dtype float64
        Loss at origin + a[j] · first + b[i] · second; NaN where it is not finite.
    trajectory : ndarray of shape (n_points, 2), optional
        Coordinates of a training trajectory.

    See Also
    --------
    loss_surface : Compute the surface.
    deltarule.plots.loss_contours : Plot the surface as contours.
    deltarule.plots.loss_surface : Plot the surface in three dimensions.
    """

    directions: Directions
    a: Array
    b: Array
    losses: Array
    trajectory: Array | None = None

    def _sentence(self) -> str:
        finite = self.losses[np.isfinite(self.losses)]
        values = (
            (format_number(float(of(finite))) for of in (np.min, np.max)) if len(finite) else ()
        )
        path = "" if self.trajectory is None else f", with {counted(len(self.trajectory), 'point')}"
        return (
            f"loss {' to '.join(values) or 'not finite'} over {len(self.a)} × {len(self.b)} networks, "
            f"along {self.directions.names[0]} and {self.directions.names[1]}{path}"
        )


def loss_surface(
    trained: TrainedNetwork,
    X: ArrayLike,
    y: ArrayLike,
    *,
    loss: Loss | str | None = None,
    directions: Directions | None = None,
    a_range: tuple[float, float] | None = None,
    b_range: tuple[float, float] | None = None,
    trajectory: Trajectory | None = None,
    grid_resolution: int = 41,
    seed: int = 0,
    threads: int | None = None,
    engine: str = "auto",
    progress: ProgressCallback | None = None,
) -> LossSurface:
    """Compute the loss over a grid of networks.

    The loss is measured without penalties and dropout.

    Parameters
    ----------
    trained : TrainedNetwork
        Network at the origin of random directions.
    X : array-like of shape (n_rows, n_inputs)
        Inputs.
    y : array-like of shape (n_rows,) or (n_rows, n_outputs)
        Targets, as in `fit`.
    loss : Loss or str, optional
        Loss function. By default it is chosen by the output activation, as in `fit`.
    directions : Directions, optional
        Axes of the grid. By default the principal directions of `trajectory` if it is given, otherwise
        random directions.
    a_range, b_range : tuple of float, optional
        Lower and upper end of the grid. By default −1 to 1, or the range of the trajectory with a
        margin.
    trajectory : Trajectory, optional
        A trajectory to project onto the surface.
    grid_resolution : int, default 41
        Number of grid points in each direction, at least 2; typically 25 to 101.
    seed : int, default 0
        Seed of random directions.
    threads : int, optional
        Number of grid rows computed in parallel; all processors by default. Results do not depend on
        it.
    engine : str, default 'auto'
        Name of the engine.
    progress : callable, optional
        Called after each grid row with (points done, points in total).

    Returns
    -------
    LossSurface
        Grid, losses and the coordinates of the trajectory.

    Raises
    ------
    SettingError
        If `grid_resolution` is less than 2.

    Examples
    --------
    >>> from deltarule import insight
    >>> X, y = insight.make_two_clusters(n_samples=20)
    >>> unit = insight.perceptron(0.0, [1.0, 1.0])
    >>> surface = insight.loss_surface(unit, X, y, grid_resolution=5)
    >>> surface.losses.shape
    (5, 5)
    """
    grid = SurfaceGrid(
        trained, X, y, loss=loss, directions=directions, a_range=a_range, b_range=b_range,
        trajectory=trajectory, grid_resolution=grid_resolution, seed=seed, engine=engine,
    )  # fmt: skip

    def row(height: float) -> Array:
        return np.array([grid.loss_at(width, height) for width in grid.a])

    rows: list[Array] = []
    with executor(thread_count(threads)) as pool:
        try:
            for line in pool.map(row, grid.b.tolist()):
                rows.append(line)
                if progress is not None:
                    progress(len(rows) * grid_resolution, grid_resolution * grid_resolution)
        except BaseException:  # after Ctrl-C, do not wait for rows that have not started
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return LossSurface(grid.directions, grid.a, grid.b, np.array(rows), grid.coordinates)


class SurfaceGrid:
    """The grid of a loss surface, whose points are computed one by one; arguments as of `loss_surface`.

    `a` and `b` are the values along both directions, `coordinates` those of the trajectory.
    """

    def __init__(
        self,
        trained: TrainedNetwork,
        X: ArrayLike,
        y: ArrayLike,
        *,
        loss: Loss | str | None = None,
        directions: Directions | None = None,
        a_range: tuple[float, float] | None = None,
        b_range: tuple[float, float] | None = None,
        trajectory: Trajectory | None = None,
        grid_resolution: int = 41,
        seed: int = 0,
        engine: str = "auto",
    ) -> None:
        checks.integer(
            "loss_surface.grid_resolution", grid_resolution, at_least=2, hint="Typical: 25 to 101."
        )
        self._network = trained.network
        self._loss = chosen_loss(trained.network, loss)
        self._dtype = trained.parameters.weights[0].dtype.name
        self._data = as_data(trained.network, self._loss, X, y, None, self._dtype)
        if directions is None:
            directions = (
                random_directions(trained, seed)
                if trajectory is None
                else principal_directions(trajectory)
            )
        self.directions = directions
        self.coordinates = None if trajectory is None else directions.coordinates(trajectory.points)
        a_low, a_high = a_range or _extent(self.coordinates, 0)
        b_low, b_high = b_range or _extent(self.coordinates, 1)
        self.a = np.linspace(a_low, a_high, grid_resolution)
        self.b = np.linspace(b_low, b_high, grid_resolution)
        self._engine = prediction_engine(trained.network, engine)

    def loss_at(self, a: float, b: float) -> float:
        """Return the loss at one point, NaN where it is not finite."""
        directions = self.directions
        flat = directions.origin + a * directions.first + b * directions.second
        parameters = _as(self._network, flat, self._dtype)
        with np.errstate(all="ignore"):
            loss, _ = self._engine.evaluate(self._network, parameters, self._loss, self._data)
        return float(loss) if np.isfinite(loss) else np.nan


def _as(network: Network, flat: Array, dtype: str) -> Parameters:
    return from_flat(network, flat.astype(dtype))


def _extent(coordinates: Array | None, axis: int) -> tuple[float, float]:
    if coordinates is None:
        return -1.0, 1.0
    low, high = float(coordinates[:, axis].min()), float(coordinates[:, axis].max())
    room = (high - low) * PATH_MARGIN or 1.0
    return low - room, high + room
