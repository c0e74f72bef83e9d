"""A slice through the loss of a network with many weights, and what it shows of the path of training."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

import deltarule as dr
from deltarule._common.formatting import format_number, format_percent
from deltarule.course.controls import Choice, Slider
from deltarule.course.figure_base import Figure
from deltarule.course.figures.two_weight_landscape import BANDS, heights
from deltarule.course.network_loss import NetworkLoss
from deltarule.course.plane import Plane
from deltarule.drawing.svg import Fragment, line, text
from deltarule.insight import (
    Directions,
    LossSurface,
    Trajectory,
    loss_surface,
    make_circles,
    parameter_directions,
    principal_directions,
    random_directions,
    training_trajectory,
)

Array = NDArray[Any]
EPOCHS = 60
_GRID = 27


@dataclass(frozen=True)
class Slice:
    """A plane through the trained weights: its surface, and the path of training beside it.

    `coordinates` (n_epochs + 1, 2) are those of the path in the plane; `path_losses` are J on the path,
    `plane_losses` J on the plane below it; `share` is how much of the squared distances from the last
    point lies in the plane.
    """

    directions: Directions
    surface: LossSurface
    coordinates: Array
    path_losses: Array
    plane_losses: Array
    share: float


@lru_cache(maxsize=2)
def trained_path(activation: str) -> Trajectory:
    """Return the training of two hidden layers of eight units on a disc in a ring."""
    network = dr.Network([dr.Dense(8, activation), dr.Dense(8, activation), dr.Dense(1, "sigmoid")])
    X, y = make_circles(n_samples=80)
    return training_trajectory(
        network, X, y, epochs=EPOCHS, optimizer=dr.optimizers.Adam(0.02), seed=2, dtype="float64",
        sampling=dr.sampling.MiniBatches(20),
    )  # fmt: skip


@lru_cache(maxsize=8)
def landscape_slice(activation: str, kind: str, seed: int) -> Slice:
    """Return a slice along random or principal directions, or along two single weights."""
    path = trained_path(activation)
    if kind == "principal":
        directions = principal_directions(path)
    elif kind == "weights":
        places = np.random.default_rng(seed).choice(path.points.shape[1], 2, replace=False)
        directions = parameter_directions(path.trained, *places.tolist())
    else:
        directions = random_directions(path.trained, seed)
    X, y = make_circles(n_samples=80)
    coordinates = directions.coordinates(path.points)
    middle = coordinates[-1]
    # Weights of a unit that is never active do not move.
    reach = 1.2 * max(float(np.abs(coordinates - middle).max()), 0.5)
    if kind == "random":
        reach = 1.5
    ranges = [(float(m - reach), float(m + reach)) for m in middle]
    surface = loss_surface(
        path.trained, X, y, directions=directions, a_range=ranges[0], b_range=ranges[1],
        grid_resolution=_GRID, threads=1,
    )  # fmt: skip
    values = NetworkLoss(path.network, X, y)
    plane = np.stack([directions.first, directions.second])
    below = directions.origin + coordinates @ plane
    away = path.points - path.points[-1]
    outside = path.points - below
    return Slice(
        directions, surface, coordinates,
        np.array([values.loss(point) for point in path.points]),
        np.array([values.loss(point) for point in below]),
        1 - float(np.square(outside).sum() / np.square(away).sum()),
    )  # fmt: skip


class LandscapeSlice(Figure):
    """The slice with the path of training on it, and the loss on the path and on the slice."""

    name = "landscape-slice"
    title = "A slice through many dimensions"
    controls = (
        Choice("kind", "Directions", (("random", "random"), ("weights", "two single weights"),
                                      ("principal", "principal, of the path")), "random"),
        Slider("seed", "Seed", 0, 9, 1, 0),
        Choice("activation", "Hidden units", (("tanh", "tanh"), ("relu", "ReLU")), "tanh"),
    )  # fmt: skip
    trains = True
    frame_ms = 90

    def restart(self) -> None:
        """Compute the slice, and begin with the initial weights."""
        self.epoch = 0
        self._look()

    def changed(self, name: str) -> None:
        """Look at another slice in the same epoch."""
        self._look()

    def step(self) -> bool:
        """Go on to the next epoch."""
        self.epoch = min(self.epoch + 1, EPOCHS)
        return self.epoch < EPOCHS

    def _look(self) -> None:
        seed = 0 if self.chosen("kind") == "principal" else int(self.number("seed"))
        self.slice = landscape_slice(self.chosen("activation"), self.chosen("kind"), seed)

    def panels(self) -> Sequence[Fragment]:
        """Return the slice and both losses."""
        return self._map(), self._losses()

    def sentence(self) -> str:
        """Return both losses, and how much of the path the slice contains."""
        found = self.slice
        true, shown = float(found.path_losses[self.epoch]), float(found.plane_losses[self.epoch])
        return (
            f"Epoch {self.epoch}: the network has J = {format_number(true, 3)}; the slice shows "
            f"{format_number(shown, 3)} at this place. It has 2 of {len(found.directions.origin)} "
            f"dimensions, and contains {format_percent(found.share)} of the way, measured by squared "
            f"distances."
        )

    def _map(self) -> Fragment:
        found, surface = self.slice, self.slice.surface
        names = found.directions.names
        plane = Plane("The loss on the slice, with the path of training", (surface.a[0], surface.a[-1]),
                      (surface.b[0], surface.b[-1]), *names, height=370)  # fmt: skip
        plane.heat(heights(surface.losses), 0.0, 1.0, BANDS)
        points = found.coordinates[: self.epoch + 1]
        for class_ in ("path-behind", "path"):
            plane.curve(points[:, 0], points[:, 1], class_)
        x, y = found.coordinates[-1]
        plane.label(float(x), float(y), "×", "large halo", dx=-6, dy=6)
        plane.dot(float(points[-1, 0]), float(points[-1, 1]), radius=7)
        return plane.svg()

    def _losses(self) -> Fragment:
        found, shown = self.slice, slice(0, self.epoch + 1)
        top = 1.3 * float(max(found.path_losses.max(), found.plane_losses.max()))
        plane = Plane("The loss of the network, and of the slice below it", (0, EPOCHS), (0, top),
                      "epoch", "loss J", height=370, whole_x=True)  # fmt: skip
        epochs = np.arange(EPOCHS + 1)[shown]
        plane.curve(epochs, found.plane_losses[shown], "curve series-2 line-1")
        plane.curve(epochs, found.path_losses[shown], "curve series-1")
        plane.dot(float(self.epoch), float(found.plane_losses[self.epoch]), "dot series-2", 5)
        plane.dot(float(self.epoch), float(found.path_losses[self.epoch]), radius=6)
        x = plane.frame.left + 120
        for y, class_, content in (
            (48, "curve series-1", "of the network"),
            (68, "curve series-2 line-1", "what the slice shows"),
        ):
            plane.add(line(x, y - 4, x + 26, y - 4, class_=class_))
            plane.add(text(x + 34, y, content, class_="number halo"))
        return plane.svg()
