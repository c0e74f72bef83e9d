"""Directions in parameter space for loss surfaces.

    f(a, b) = J(θ + a δ + b η)

Random directions are normalized filter by filter, d ← d ‖w‖ / ‖d‖, so that the apparent sharpness does
not depend on the scale of the layers (Li, Xu, Taylor, Studer and Goldstein 2017, "Visualizing the loss
landscape of neural nets", section 4). In a dense layer a filter is the incoming weights of a unit,
separately for each member; biases are not moved, as in the authors' code. Other learned parts
(embedding, scale, slopes, factors) are one filter each. A training trajectory is shown on its two
principal directions (section 7), because random directions are nearly orthogonal to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks, random
from deltarule._common.blas_threads import single_blas_thread
from deltarule._common.formatting import counted, format_percent, subscript
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.errors import SettingError, ShapeError
from deltarule.insight.trajectories import Trajectory
from deltarule.network import Network
from deltarule.parameters import from_flat
from deltarule.training import TrainedNetwork

Array = NDArray[Any]


@dataclass(frozen=True, eq=False, repr=False)
class Directions(NotebookDisplay):
    """Two directions in parameter space through an origin.

    Parameters
    ----------
    origin : ndarray of shape (n_parameters,), dtype float64
        The point θ where a = b = 0.
    first : ndarray of shape (n_parameters,), dtype float64
        The direction of a.
    second : ndarray of shape (n_parameters,), dtype float64
        The direction of b.
    names : tuple of str
        Labels of the two axes.
    explained_variance_ratio : tuple of float, optional
        Shares of the variance of a trajectory; of principal directions only.

    See Also
    --------
    random_directions : Random directions, normalized by filter.
    principal_directions : Principal components of a trajectory.
    parameter_directions : Two single parameters.
    """

    origin: Array
    first: Array
    second: Array
    names: tuple[str, str]
    explained_variance_ratio: tuple[float, float] | None = (
        None  # shares of a path's variance, principal ones only
    )

    def _sentence(self) -> str:
        size = counted(len(self.origin), "parameter")
        shares = self.explained_variance_ratio
        share = "" if shares is None else f", {format_percent(sum(shares))} of the variance"
        return f"{self.names[0]} and {self.names[1]} through a point of {size}{share}"

    @single_blas_thread()
    def coordinates(self, points: ArrayLike) -> Array:
        """Project points onto the directions by least squares.

        Parameters
        ----------
        points : array-like of shape (n_points, n_parameters)
            Points in parameter space.

        Returns
        -------
        ndarray of shape (n_points, 2), dtype float64
            Coordinates a and b of each point.
        """
        basis = np.stack([self.first, self.second], axis=1)
        away = np.asarray(points, np.float64) - self.origin
        found: Array = np.linalg.lstsq(basis, away.T, rcond=None)[0].T
        return found


def random_directions(trained: TrainedNetwork, seed: int = 0) -> Directions:
    """Draw two random directions, normalized filter by filter.

    Parameters
    ----------
    trained : TrainedNetwork
        Network whose parameters are the origin.
    seed : int, default 0
        Seed of the directions.

    Returns
    -------
    Directions
        Two directions through the parameters of the network.

    Examples
    --------
    >>> from deltarule import insight
    >>> unit = insight.perceptron(1.0, [3.0, -2.0])
    >>> insight.random_directions(unit).first.shape
    (3,)
    """
    origin = trained.parameters.flat().astype(np.float64)
    pair = [
        filter_normalized(
            trained, random.normal(seed, random.Purpose.DIRECTION, origin.size, layer=i)
        )
        for i in range(2)
    ]
    return Directions(origin, pair[0], pair[1], ("first direction", "second direction"))


def filter_normalized(trained: TrainedNetwork, direction: Array) -> Array:
    """Return a direction (n_parameters,) scaled to the norm of the weights, filter by filter.

    A filter is the incoming weights of a unit, separately for each member. An embedding, scale, slopes
    or factors are one filter each. Entries of biases and normalizations are 0, as in Li et al. (2018).
    """
    scaled = from_flat(trained.network, np.array(direction, np.float64))
    for part, weight in zip(scaled.weights, trained.parameters.weights, strict=True):
        lengths = np.sqrt(np.square(part).sum(axis=-2, keepdims=True))
        wanted = np.sqrt(np.square(weight, dtype=np.float64).sum(axis=-2, keepdims=True))
        part *= wanted / np.where(lengths > 0, lengths, 1)
    for parts, own in zip(scaled.others, trained.parameters.others, strict=True):
        for name, part in parts.items():
            if name in _NORMALIZATION:
                part[:] = 0
                continue
            part *= float(np.linalg.norm(own[name])) / (float(np.linalg.norm(part)) or 1.0)
    for bias in scaled.biases:
        if bias is not None:
            bias[:] = 0
    return scaled.flat()


@single_blas_thread()
def principal_directions(trajectory: Trajectory) -> Directions:
    """Compute the two principal directions of a trajectory around its last point.

    Parameters
    ----------
    trajectory : Trajectory
        A trajectory of at least three points and two parameters.

    Returns
    -------
    Directions
        The principal components of θ₀ − θₙ, …, θₙ₋₁ − θₙ, each of length 1.

    Raises
    ------
    ShapeError
        If the trajectory has fewer than three points or two parameters.

    Examples
    --------
    >>> import deltarule as dr
    >>> from deltarule import insight
    >>> X, y = insight.make_two_clusters(n_samples=40)
    >>> network = dr.Network([dr.Dense(2, "tanh"), dr.Dense(1, "sigmoid")])
    >>> trajectory = insight.training_trajectory(network, X, y, epochs=5)
    >>> directions = insight.principal_directions(trajectory)
    >>> bool(sum(directions.explained_variance_ratio) > 0.9)
    True
    """
    away = trajectory.points[:-1] - trajectory.points[-1]
    if len(away) < 2:
        raise ShapeError("Principal directions need a trajectory of at least three points.")
    centered = away - away.mean(axis=0)
    _, sizes, axes = np.linalg.svd(centered, full_matrices=False)
    if len(axes) < 2:
        raise ShapeError("Principal directions need a network of at least two parameters.")
    shares = np.square(sizes) / (np.square(sizes).sum() or 1.0)
    explained = (float(shares[0]), float(shares[1]))
    names = (
        f"1st principal direction ({format_percent(explained[0], 0)})",
        f"2nd principal direction ({format_percent(explained[1], 0)})",
    )
    return Directions(trajectory.points[-1], axes[0], axes[1], names, explained)


def parameter_directions(trained: TrainedNetwork, first: int, second: int) -> Directions:
    """Return the axes of two single parameters.

    The origin is 0 for these two parameters, so that the coordinates of the surface are their values.

    Parameters
    ----------
    trained : TrainedNetwork
        Network that supplies the values of all other parameters.
    first, second : int
        Positions of two different parameters in `Parameters.flat`.

    Returns
    -------
    Directions
        Two unit vectors, labeled with the names of the parameters.

    Raises
    ------
    SettingError
        If the positions are equal or out of range.

    Examples
    --------
    >>> from deltarule import insight
    >>> insight.parameter_directions(insight.perceptron(1.0, [3.0, -2.0]), 0, 1).names
    ('w₁₁', 'w₂₁')
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


_NORMALIZATION = {"gamma": "γ", "beta": "β", "moving_mean": "μ", "moving_variance": "v"}
_LETTERS = {
    "embedding": "e", "scale": "s", "weights": "w", "biases": "b", "slopes": "a", "input_factors": "r",
    "output_factors": "t", **_NORMALIZATION,
}  # fmt: skip


def parameter_names(network: Network) -> list[str]:
    """Return a name for each parameter in the order of `Parameters.flat`, such as "dense_1 w₂₁".

    The letters are w (weights), b (biases), e (embedding), s (scale), a (slopes), r and t (input and
    output factors), and γ, β, μ and v (those of a normalization and its moving averages). Indices follow
    the axes of the array; with separate members the first index is the member.
    """
    names: list[str] = []
    for block in network.blocks:
        for part in block.parts:
            place = f"{block.owner(part.name)} " if len(network.blocks) > 1 else ""
            comma = "," if max(part.shape, default=0) > 9 else ""
            start = f"{place}{_LETTERS[part.name]}"
            for index in np.ndindex(part.shape):
                names.append(start + comma.join(subscript(i + 1) for i in index))
    return names
