"""The loss of a unit with two weights on two clusters, which several figures draw paths on."""

from __future__ import annotations

from functools import cache

from deltarule.insight import (
    LossSurface,
    loss_surface,
    make_two_clusters,
    parameter_directions,
    perceptron,
)


@cache
def unit_landscape(rows: int, w_1: tuple[float, float], w_2: tuple[float, float]) -> LossSurface:
    """Return the loss on `rows` points over ranges of both weights."""
    X, y = make_two_clusters(rows, 1.2, seed=5)
    origin = perceptron(None, [0.0, 0.0])
    return loss_surface(
        origin, X, y, directions=parameter_directions(origin, 0, 1), a_range=w_1, b_range=w_2,
        grid_resolution=31, threads=1,
    )  # fmt: skip
