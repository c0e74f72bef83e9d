"""Optimizers racing down one function of two variables, by the update rules of the library itself."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule.errors import SettingError
from deltarule.optimizers import Stepwise, clip_gradient

Array = NDArray[Any]


@dataclass(frozen=True, eq=False)
class ObjectiveFunction:
    """A function of two variables with its gradient; `value` and `gradient` take arrays (…, 2)."""

    name: str
    value: Callable[[Array], Array]  # shape (…,)
    gradient: Callable[[Array], Array]  # shape (…, 2)
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    initial_point: tuple[float, float]
    minimum: tuple[float, float] | None  # None: there is none


def ravine(steepness: float = 20.0) -> ObjectiveFunction:
    """f = ½ (x² + steepness · y²): a long valley, `steepness` its condition number."""
    checks.number("ravine.steepness", steepness, above=0)
    scale = np.array([1.0, steepness])
    return ObjectiveFunction(
        f"ravine, ½ (x² + {steepness:g} y²)",
        lambda p: 0.5 * (scale * p * p).sum(axis=-1),
        lambda p: scale * p,
        (-5.0, 1.5),
        (-1.6, 1.6),
        (-4.5, 1.2),
        (0.0, 0.0),
    )


def rosenbrock() -> ObjectiveFunction:
    """f = (1 − x)² + 100 (y − x²)² (Rosenbrock 1960): a bent valley with a nearly flat floor."""

    def value(p: Array) -> Array:
        x, y = p[..., 0], p[..., 1]
        return (1 - x) ** 2 + 100 * (y - x * x) ** 2

    def gradient(p: Array) -> Array:
        x, y = p[..., 0], p[..., 1]
        bend = y - x * x
        return np.stack([-2 * (1 - x) - 400 * x * bend, 200 * bend], axis=-1)

    return ObjectiveFunction(
        "Rosenbrock's valley", value, gradient, (-2.0, 2.0), (-1.0, 3.0), (-1.5, 2.0), (1.0, 1.0)
    )


def saddle() -> ObjectiveFunction:
    """f = ½ (x² − y²): flat at 0, down on both sides of it; no minimum."""
    signs = np.array([1.0, -1.0])
    return ObjectiveFunction(
        "saddle, ½ (x² − y²)",
        lambda p: 0.5 * (signs * p * p).sum(axis=-1),
        lambda p: signs * p,
        (-2.0, 2.0),
        (-2.0, 2.0),
        (-1.8, 0.01),
        None,
    )


@dataclass(frozen=True, eq=False)
class OptimizerComparison:
    """`paths[name]` (steps + 1, 2) and `values[name]` (steps + 1,) of each optimizer."""

    function: ObjectiveFunction
    paths: dict[str, Array]
    values: dict[str, Array]

    @property
    def ranking(self) -> list[str]:
        """The names by the value reached at the end, the lowest first; what broke stands last."""
        last = {name: float(values[-1]) for name, values in self.values.items()}
        return sorted(last, key=lambda name: last[name] if np.isfinite(last[name]) else np.inf)


def compare_optimizers(
    function: ObjectiveFunction,
    optimizers: Mapping[str, Stepwise],
    *,
    steps: int = 100,
    initial_point: ArrayLike | None = None,
) -> OptimizerComparison:
    """Let each optimizer take `steps` steps from `start` (2,), by default the function's own.

    Learning rates may be schedules; they count `steps` updates as one epoch. Raises `SettingError` for an
    optimizer that does not go step by step.
    """
    checks.integer("compare_optimizers.steps", steps, at_least=1)
    begin = np.array(function.initial_point if initial_point is None else initial_point, np.float64)
    paths: dict[str, Array] = {}
    values: dict[str, Array] = {}
    for name, optimizer in optimizers.items():
        if not isinstance(optimizer, Stepwise):
            raise SettingError(
                "compare_optimizers.optimizers", "must be stepwise optimizers", optimizer
            )
        paths[name] = _descend(function, optimizer, begin, steps)
        with np.errstate(all="ignore"):
            values[name] = function.value(paths[name])
    return OptimizerComparison(function, paths, values)


def _descend(function: ObjectiveFunction, optimizer: Stepwise, begin: Array, steps: int) -> Array:
    point, path = begin.copy(), [begin.copy()]
    slots = optimizer.new_slots(2, np.float64)
    rates = optimizer.schedule.rates(np.arange(steps), steps, 1)
    with np.errstate(all="ignore"):  # a rate that is too large is part of the show
        for t, rate in enumerate(rates.tolist(), start=1):
            gradient = function.gradient(point).astype(np.float64)
            clip_gradient(gradient, optimizer.clip_norm)
            optimizer.update(point, gradient, slots, rate, t)
            path.append(point.copy())
    return np.array(path)
