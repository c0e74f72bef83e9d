"""The loss around a network, as a surface over two directions in the space of its parameters.

    f(a, b) = J(θ + a δ + b η)

Random directions are normalized filter by filter, d ← d ‖w‖ / ‖d‖, so that the sharpness seen does not
depend on how a network shares scale between its layers (Li, Xu, Taylor, Studer and Goldstein 2017,
"Visualizing the loss landscape of neural nets", section 4). In a dense layer a filter is a unit's
incoming weights, of each member on its own where members have their own; biases stay where they are, as
in the authors' program. Whatever else a layer learns (an embedding, a scale, slopes, factors of members)
is one filter each. A training path is shown on its
two principal directions instead (section 7), as random ones hardly move with it.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks, random
from deltarule._common.processors import thread_count
from deltarule.engines import prediction_engine
from deltarule.errors import SettingError, ShapeError
from deltarule.insight.trajectories import Trajectory
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.parameters import Parameters, from_flat
from deltarule.training import TrainedNetwork
from deltarule.training.fitting import chosen_loss
from deltarule.training.input_arrays import as_data

Array = NDArray[Any]
ProgressCallback = Callable[[int, int], None]
"""Called with (points done, points in all), from the thread that asked, after each row of the grid."""

PATH_MARGIN = 0.25  # of the path's extent, around it


@dataclass(frozen=True, eq=False)
class Directions:
    """Two directions through `origin`, flat vectors (parameters,); names for the axes."""

    origin: Array
    first: Array
    second: Array
    names: tuple[str, str]
    explained_variance_ratio: tuple[float, float] | None = (
        None  # shares of a path's variance, principal ones only
    )

    def coordinates(self, points: ArrayLike) -> Array:
        """Return (a, b) of points (stations, parameters): least squares, shape (stations, 2)."""
        basis = np.stack([self.first, self.second], axis=1)
        away = np.asarray(points, np.float64) - self.origin
        found: Array = np.linalg.lstsq(basis, away.T, rcond=None)[0].T
        return found


@dataclass(frozen=True, eq=False)
class LossSurface:
    """`losses[i, j]` = J(origin + a[j] · first + b[i] · second); `path` (stations, 2) in a and b."""

    directions: Directions
    a: Array
    b: Array
    losses: Array
    trajectory: Array | None = None


def random_directions(trained: TrainedNetwork, seed: int = 0) -> Directions:
    """Return two filter-normalized random directions through a network's parameters."""
    origin = trained.parameters.flat().astype(np.float64)
    pair = [
        filter_normalized(
            trained, random.normal(seed, random.Purpose.DIRECTION, origin.size, layer=i)
        )
        for i in range(2)
    ]
    return Directions(origin, pair[0], pair[1], ("first direction", "second direction"))


def filter_normalized(trained: TrainedNetwork, direction: Array) -> Array:
    """Return `direction` (parameters,) with each unit's part as long as its weights; 0 for biases.

    A unit's weights are those from all its inputs, in each member's own matrix where there are several.
    An embedding, scale, slopes or factors of members are each as long as the network's own array.
    """
    scaled = from_flat(trained.network, np.array(direction, np.float64))
    for part, weight in zip(scaled.weights, trained.parameters.weights, strict=True):
        lengths = np.sqrt(np.square(part).sum(axis=-2, keepdims=True))
        wanted = np.sqrt(np.square(weight, dtype=np.float64).sum(axis=-2, keepdims=True))
        part *= wanted / np.where(lengths > 0, lengths, 1)
    for parts, own in zip(scaled.others, trained.parameters.others, strict=True):
        for name, part in parts.items():
            part *= float(np.linalg.norm(own[name])) / (float(np.linalg.norm(part)) or 1.0)
    for bias in scaled.biases:
        if bias is not None:
            bias[:] = 0
    return scaled.flat()


def principal_directions(trajectory: Trajectory) -> Directions:
    """Return the two principal directions of a path around its end, each of length 1.

    The principal components of θ₀ − θₙ, …, θₙ₋₁ − θₙ; `explained`: their shares of its variance.
    """
    away = trajectory.points[:-1] - trajectory.points[-1]
    if len(away) < 2:
        raise ShapeError("Principal directions need a path of three stations or more.")
    centerd = away - away.mean(axis=0)
    _, sizes, axes = np.linalg.svd(centerd, full_matrices=False)
    if len(axes) < 2:
        raise ShapeError("Principal directions need a network of two parameters or more.")
    shares = np.square(sizes) / (np.square(sizes).sum() or 1.0)
    explained = (float(shares[0]), float(shares[1]))
    names = (
        f"1st principal direction ({explained[0]:.0%})",
        f"2nd principal direction ({explained[1]:.0%})",
    )
    return Directions(trajectory.points[-1], axes[0], axes[1], names, explained)


def parameter_directions(trained: TrainedNetwork, first: int, second: int) -> Directions:
    """Return the axes of two single parameters, given by their places in `Parameters.flat`.

    The origin has 0 for these two, so that the surface's coordinates are the parameters themselves.
    """
    origin = trained.parameters.flat().astype(np.float64)
    for place in (first, second):
        checks.integer("parameter_directions", place, at_least=0, at_most=origin.size - 1)
    if first == second:
        raise SettingError.message("parameter_directions needs two different parameters.")
    axes = np.zeros((2, origin.size))
    axes[0, first] = axes[1, second] = 1.0
    origin[[first, second]] = 0.0
    names = parameter_names(trained.network)
    return Directions(origin, axes[0], axes[1], (names[first], names[second]))


_LETTERS = {
    "embedding": "e", "scale": "s", "weights": "w", "biases": "b", "slopes": "a", "input_factors": "r",
    "output_factors": "t",
}  # fmt: skip


def parameter_names(network: Network) -> list[str]:
    """Return a name for each parameter, in the order of `Parameters.flat`: dense_1 w₂₁, dense_1 b₁.

    Other parts are e (embedding, counted through), s (scale), a (slopes), r and t (input and output
    factors). Indices stand in the order of the array's axes: where members have their own, first the
    member.
    """
    names: list[str] = []
    for block in network.blocks:
        place = f"{block.name} " if len(network.blocks) > 1 else ""
        for part in block.parts:
            comma = "," if max(part.shape, default=0) > 9 else ""
            start = f"{place}{_LETTERS[part.name]}"
            for index in np.ndindex(part.shape):
                names.append(start + comma.join(_low(i + 1) for i in index))
    return names


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
    """Measure the loss (no penalties, no dropout) of rows X, y over a square grid of networks.

    `directions`: by default the principal ones of `path` where one is given, else random ones drawn by
    `seed`. Ranges: by default −1 to 1, or what holds the path. `threads`: rows of the grid at a time; the
    numbers do not depend on it. Losses that are not finite are NaN.
    """
    checks.integer(
        "loss_surface.grid_resolution", grid_resolution, at_least=2, hint="Typical: 25 to 101."
    )
    chosen = chosen_loss(trained.network, loss)
    dtype = trained.parameters.weights[0].dtype.name
    data = as_data(trained.network, chosen, X, y, None, dtype)
    if directions is None:
        directions = (
            random_directions(trained, seed)
            if trajectory is None
            else principal_directions(trajectory)
        )
    coordinates = None if trajectory is None else directions.coordinates(trajectory.points)
    a_low, a_high = a_range or _extent(coordinates, 0)
    b_low, b_high = b_range or _extent(coordinates, 1)
    a, b = np.linspace(a_low, a_high, grid_resolution), np.linspace(b_low, b_high, grid_resolution)
    executor = prediction_engine(trained.network, engine)

    def row(height: float) -> Array:
        found = np.empty(grid_resolution)
        for j, width in enumerate(a):
            flat = directions.origin + width * directions.first + height * directions.second
            parameters = _as(trained.network, flat, dtype)
            with np.errstate(all="ignore"):
                found[j], _ = executor.evaluate(trained.network, parameters, chosen, data)
        return np.where(np.isfinite(found), found, np.nan)

    rows: list[Array] = []
    with ThreadPoolExecutor(thread_count(threads)) as pool:
        try:
            for line in pool.map(row, b.tolist()):
                rows.append(line)
                if progress is not None:
                    progress(len(rows) * grid_resolution, grid_resolution * grid_resolution)
        except BaseException:  # Ctrl-C above all: what has not begun need not be waited for
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    return LossSurface(directions, a, b, np.array(rows), coordinates)


def _as(network: Network, flat: Array, dtype: str) -> Parameters:
    return from_flat(network, flat.astype(dtype))


def _extent(coordinates: Array | None, axis: int) -> tuple[float, float]:
    if coordinates is None:
        return -1.0, 1.0
    low, high = float(coordinates[:, axis].min()), float(coordinates[:, axis].max())
    room = (high - low) * PATH_MARGIN or 1.0
    return low - room, high + room


def _low(number: int) -> str:
    return str(number).translate(str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉"))
