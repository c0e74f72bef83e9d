"""Trajectories of optimizers on functions of two variables, with the library's own update rules."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from deltarule._common import checks
from deltarule._common.formatting import counted, format_number
from deltarule._common.notebook_display import NotebookDisplay, listed
from deltarule.errors import SettingError
from deltarule.optimizers import Stepwise
from deltarule.schedules import Schedule

Array = NDArray[Any]
_RAVINE_X, _RAVINE_Y, _RAVINE_START = (-5.0, 1.5), (-1.6, 1.6), (-4.5, 1.2)


@dataclass(frozen=True, eq=False, repr=False)
class ObjectiveFunction(NotebookDisplay):
    """A function of two variables to minimize, with its gradient.

    Parameters
    ----------
    name : str
        Title of plots.
    value : callable
        Maps an array of shape (…, 2) to the values of shape (…,).
    gradient : callable
        Maps an array of shape (…, 2) to the gradients of the same shape.
    x_range, y_range : tuple of float
        Ranges of plots.
    initial_point : tuple of float
        Where optimizers start by default.
    minimum : tuple of float or None
        The minimum; None if there is none.

    See Also
    --------
    ravine : An ill-conditioned quadratic function.
    rosenbrock : A curved valley.
    saddle : A saddle point.
    """

    name: str
    value: Callable[[Array], Array]
    gradient: Callable[[Array], Array]
    x_range: tuple[float, float]
    y_range: tuple[float, float]
    initial_point: tuple[float, float]
    minimum: tuple[float, float] | None

    def _sentence(self) -> str:
        minimum = "no minimum" if self.minimum is None else f"minimum at {_point(self.minimum)}"
        return f"{self.name}, from {_point(self.initial_point)}, {minimum}"


def ravine(condition_number: float = 20.0, *, angle: float = 0.0) -> ObjectiveFunction:
    """Return a quadratic function with a long, narrow valley.

    Parameters
    ----------
    condition_number : float, default 20.0
        Ratio of the curvatures across and along the valley, greater than 0.
    angle : float, default 0.0
        Angle between the valley and the x axis, in degrees. The initial point turns with the valley, so
        that optimizers whose updates do not depend on the axes, such as gradient descent and momentum,
        have the same values at every angle.

    Returns
    -------
    ObjectiveFunction
        The function f = ½ (u² + condition_number · v²), where (u, v) is (x, y) turned by −angle.

    Raises
    ------
    SettingError
        If `condition_number` is not greater than 0, or `angle` is not finite.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule import insight
    >>> float(insight.ravine(20).value(np.array([2.0, 1.0])))
    12.0

    At 90 degrees the valley runs along y:

    >>> round(float(insight.ravine(20, angle=90).value(np.array([-1.0, 2.0]))), 9)
    12.0
    """
    checks.number("ravine.condition_number", condition_number, above=0)
    turn = np.radians(checks.number("ravine.angle", angle))
    scale = np.array([1.0, condition_number])
    if not angle:
        return ObjectiveFunction(
            f"ravine, ½ (x² + {condition_number:g} y²)",
            lambda p: 0.5 * (scale * p * p).sum(axis=-1),
            lambda p: scale * p,
            _RAVINE_X,
            _RAVINE_Y,
            _RAVINE_START,
            (0.0, 0.0),
        )
    to_plane = np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
    corners = np.array([(x, y) for x in _RAVINE_X for y in _RAVINE_Y]) @ to_plane
    (x_low, y_low), (x_high, y_high) = corners.min(axis=0).tolist(), corners.max(axis=0).tolist()
    start_x, start_y = (np.array(_RAVINE_START) @ to_plane).tolist()
    return ObjectiveFunction(
        f"ravine, ½ (u² + {condition_number:g} v²), turned by {angle:g}°",
        lambda p: 0.5 * (scale * np.square(p @ to_plane.T)).sum(axis=-1),
        lambda p: (scale * (p @ to_plane.T)) @ to_plane,
        (x_low, x_high),
        (y_low, y_high),
        (start_x, start_y),
        (0.0, 0.0),
    )


def rosenbrock() -> ObjectiveFunction:
    """Return Rosenbrock's function, a curved valley with a nearly flat floor.

    Returns
    -------
    ObjectiveFunction
        The function f = (1 − x)² + 100 (y − x²)².

    References
    ----------
    Rosenbrock (1960), "An automatic method for finding the greatest or least value of a function".

    Examples
    --------
    >>> from deltarule import insight
    >>> insight.rosenbrock().minimum
    (1.0, 1.0)
    """

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
    """Return a function with a saddle point at the origin and no minimum.

    Returns
    -------
    ObjectiveFunction
        The function f = ½ (x² − y²).

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule import insight
    >>> insight.saddle().gradient(np.array([0.0, 2.0]))
    array([ 0., -2.])
    """
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


@dataclass(frozen=True, eq=False, repr=False)
class OptimizerComparison(NotebookDisplay):
    """Trajectories of several optimizers on one function.

    Parameters
    ----------
    function : ObjectiveFunction
        The function.
    paths : dict of str to ndarray of shape (n_steps + 1, 2)
        Points visited by each optimizer, the initial point first.
    values : dict of str to ndarray of shape (n_steps + 1,)
        Function values at these points.
    optimizers : dict of str to Stepwise
        The optimizers as they were run, with their learning rates.

    See Also
    --------
    compare_optimizers : Run the comparison.
    deltarule.plots.optimizer_paths : Plot the paths.
    deltarule.plots.optimizer_values : Plot the values.
    """

    function: ObjectiveFunction
    paths: dict[str, Array]
    values: dict[str, Array]
    optimizers: dict[str, Stepwise]

    def _sentence(self) -> str:
        order = [f"{n} {format_number(float(self.values[n][-1]), 3)}" for n in self.ranking]
        steps = max((len(values) - 1 for values in self.values.values()), default=0)
        return f"{self.function.name} after {counted(steps, 'step')}: {listed(order, 6, 40)}"

    @property
    def ranking(self) -> list[str]:
        """Names of the optimizers by their final value, lowest first; non-finite values come last."""
        return sorted(self.values, key=lambda name: _rank(self.values[name][-1]))


def compare_optimizers(
    function: ObjectiveFunction,
    optimizers: Mapping[str, Stepwise],
    *,
    steps: int = 100,
    initial_point: ArrayLike | None = None,
    learning_rates: Iterable[float | Schedule] | None = None,
) -> OptimizerComparison:
    """Run several optimizers on the same function.

    With `learning_rates` every optimizer is run with each of them, and the best run counts: the one whose
    highest value in the last tenth of the steps is the lowest. A comparison at learning rates chosen by
    hand says more about the choice than about the optimizers.

    Parameters
    ----------
    function : ObjectiveFunction
        The function to minimize.
    optimizers : mapping of str to Stepwise
        The optimizers by name.
    steps : int, default 100
        Number of updates, at least 1. Learning rate schedules count them as one epoch.
    initial_point : array-like of shape (2,), optional
        Where to start. By default the initial point of the function.
    learning_rates : iterable of float or Schedule, optional
        Learning rates or schedules to try with every optimizer. By default each has its own.

    Returns
    -------
    OptimizerComparison
        Points and values of each optimizer.

    Raises
    ------
    SettingError
        If `steps` is less than 1, `learning_rates` is empty, or an optimizer has no update rule (L-BFGS).

    Examples
    --------
    >>> import deltarule as dr
    >>> from deltarule import insight
    >>> comparison = insight.compare_optimizers(
    ...     insight.ravine(20),
    ...     {"SGD": dr.optimizers.GradientDescent(0.02), "momentum": dr.optimizers.Momentum(0.02)},
    ... )
    >>> comparison.ranking
    ['momentum', 'SGD']
    >>> comparison.paths["SGD"].shape
    (101, 2)

    Each with the best of three learning rates:

    >>> tuned = insight.compare_optimizers(
    ...     insight.ravine(20), comparison.optimizers, learning_rates=[0.001, 0.03, 0.09],
    ... )
    >>> [tuned.optimizers[name].learning_rate for name in ("SGD", "momentum")]
    [0.09, 0.03]
    """
    checks.integer("compare_optimizers.steps", steps, at_least=1)
    begin = np.array(function.initial_point if initial_point is None else initial_point, np.float64)
    rates = None if learning_rates is None else [*learning_rates]
    if rates is not None and not rates:
        raise SettingError("compare_optimizers.learning_rates", "must hold at least one rate")
    late = -max(1, steps // 10)
    paths: dict[str, Array] = {}
    values: dict[str, Array] = {}
    chosen: dict[str, Stepwise] = {}
    for name, optimizer in optimizers.items():
        if not isinstance(optimizer, Stepwise):
            raise SettingError(
                "compare_optimizers.optimizers", "must be stepwise optimizers", optimizer
            )
        tried = (
            [optimizer] if rates is None else [replace(optimizer, learning_rate=r) for r in rates]
        )
        runs = []
        for one in tried:
            path = _descend(function, one, begin, steps)
            with np.errstate(all="ignore"):
                runs.append((one, path, function.value(path)))
        best = min(runs, key=lambda run: _rank(run[2][late:].max()))
        chosen[name], paths[name], values[name] = best
    return OptimizerComparison(function, paths, values, chosen)


def _rank(value: float) -> float:
    return float(value) if np.isfinite(value) else np.inf


def _descend(function: ObjectiveFunction, optimizer: Stepwise, begin: Array, steps: int) -> Array:
    point, path = begin.copy(), [begin.copy()]
    slots = optimizer.new_slots(2, np.float64)
    rates = optimizer.schedule.rates(np.arange(steps), steps, 1)
    with np.errstate(all="ignore"):  # divergence is a valid result
        for t, rate in enumerate(rates.tolist(), start=1):
            gradient = function.gradient(point).astype(np.float64)
            optimizer.clip(gradient, [gradient.size])
            optimizer.update(point, gradient, slots, rate, t)
            path.append(point.copy())
    return np.array(path)


def _point(point: tuple[float, float]) -> str:
    return f"({format_number(point[0], 3)}, {format_number(point[1], 3)})"
