"""Decision boundaries of any estimator over two of its columns."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay, listed
from deltarule.errors import ColumnError
from deltarule.insight.output_surfaces import OutputSurface, ranges
from deltarule.plots import style
from deltarule.plots.decision_figures import decision_regions

Array = NDArray[Any]
LEVELS = 21  # colors of a regression


@dataclass(eq=False, repr=False)
class DecisionBoundaryDisplay(NotebookDisplay):
    """Predictions of an estimator over two columns, like scikit-learn's display objects.

    Create it with `from_estimator`; `plot` draws it again.

    Parameters
    ----------
    surface : OutputSurface
        Class probabilities, or the predicted number as the only output, over a grid.
    column_names : tuple of str
        Names of the two columns.
    class_names : tuple of str or None
        Names of the classes; None for a regression.
    points : ndarray of shape (n_rows, 2), dtype float64
        The two columns of X.
    labels : ndarray of shape (n_rows,), optional
        Class numbers or targets of the points.

    Attributes
    ----------
    ax_ : matplotlib.axes.Axes
        The axes with the plot.
    figure_ : matplotlib.figure.Figure
        The figure with the axes.

    See Also
    --------
    sklearn.inspection.DecisionBoundaryDisplay : The same for estimators of two columns.
    """

    surface: OutputSurface
    column_names: tuple[str, str]
    class_names: tuple[str, ...] | None
    points: Array
    labels: Array | None = None
    ax_: Axes = field(init=False)
    figure_: Figure = field(init=False)

    def _sentence(self) -> str:
        return f"predictions over {listed(self.column_names)}, {counted(len(self.points), 'point')}"

    @classmethod
    def from_estimator(
        cls,
        estimator: Any,
        X: Any,
        y: Any = None,
        *,
        features: tuple[int | str, int | str] = (0, 1),
        fixed_values: Any = None,
        grid_resolution: int = 150,
        ax: Axes | None = None,
    ) -> DecisionBoundaryDisplay:
        """Plot the predictions of a fitted estimator over two of its columns.

        Parameters
        ----------
        estimator : estimator
            A fitted model with `predict`, and with `predict_proba` for smooth class boundaries.
        X : array-like of shape (n_rows, n_columns) or data frame
            Input of the model; an array or a pandas, polars or pyarrow table.
        y : array-like of shape (n_rows,), optional
            Labels or targets, which color the points. By default no points are drawn.
        features : tuple of int or str, default (0, 1)
            The two columns, by position or name.
        fixed_values : sequence, optional
            Values of all columns, of which the two are ignored. By default the median, or the most
            frequent value of columns that are not numerical.
        grid_resolution : int, default 150
            Number of grid points in each direction, at least 2.
        ax : matplotlib.axes.Axes, optional
            Axes to draw on. By default a new figure is created.

        Returns
        -------
        DecisionBoundaryDisplay
            The display.

        Raises
        ------
        SettingError
            If `grid_resolution` is less than 2.
        ColumnError
            If a column does not exist or is not numerical.

        Examples
        --------
        >>> import numpy as np
        >>> import deltarule as dr
        >>> from deltarule.plots import DecisionBoundaryDisplay
        >>> X = np.random.default_rng(0).normal(size=(60, 3))
        >>> model = dr.MLPClassifier((4,), max_iter=20, tol=0, early_stopping=True)
        >>> model = model.fit(X, X[:, 0] > 0)
        >>> display = DecisionBoundaryDisplay.from_estimator(model, X, grid_resolution=10)
        >>> display.ax_.get_ylabel()
        'column 1'
        """
        checks.integer("grid_resolution", grid_resolution, at_least=2)
        names, columns = _columns(X)
        places = tuple(_place(feature, names) for feature in features)
        if len(places) != 2 or places[0] == places[1]:
            raise ColumnError(f"features must be two different columns, got {features!r}.")
        points = np.column_stack([_numbers(columns[p], names[p]) for p in places])
        (x_low, x_high), (y_low, y_high) = ranges(points)
        x, second = (
            np.linspace(x_low, x_high, grid_resolution),
            np.linspace(y_low, y_high, grid_resolution),
        )
        held = [_typical(c) for c in columns] if fixed_values is None else list(fixed_values)
        if len(held) != len(columns):
            raise ColumnError(f"fixed_values must hold {len(columns)} values, one for each column.")
        rows = [np.full(grid_resolution**2, value) for value in held]
        rows[places[0]], rows[places[1]] = (axis.ravel() for axis in np.meshgrid(x, second))
        values, class_names = _answers(estimator, _like(X, names, rows))
        grid = values.reshape(grid_resolution, grid_resolution, -1)
        display = cls(
            OutputSurface(x, second, grid, grid, (places[0], places[1])),
            (str(names[places[0]]), str(names[places[1]])),
            class_names,
            points,
            _labels(y, getattr(estimator, "classes_", None)),
        )
        return display.plot(ax=ax)

    def plot(self, *, ax: Axes | None = None) -> DecisionBoundaryDisplay:
        """Draw the predictions.

        Parameters
        ----------
        ax : matplotlib.axes.Axes, optional
            Axes to draw on. By default a new figure is created.

        Returns
        -------
        DecisionBoundaryDisplay
            The display itself, with `ax_` and `figure_`.
        """
        ax = style.axes(ax)
        if self.class_names is None:
            self._draw_numbers(ax)
        else:
            points = None if self.labels is None else self.points
            decision_regions(
                self.surface, points, self.labels, class_names=self.class_names,
                column_names=self.column_names, ax=ax,
            )  # fmt: skip
        ax.set(xlabel=self.column_names[0], ylabel=self.column_names[1])
        self.ax_, self.figure_ = ax, style.owner(ax)
        return self

    def _draw_numbers(self, ax: Axes) -> None:
        plane, values = self.surface, self.surface.values[:, :, 0]
        filled = ax.contourf(plane.x, plane.y, values, levels=LEVELS, cmap=style.LOSS_MAP)
        style.owner(ax).colorbar(filled, ax=ax, label="prediction")
        if self.labels is not None:
            low, high = filled.get_clim()
            ax.scatter(
                self.points[:, 0], self.points[:, 1], c=self.labels, cmap=style.LOSS_MAP, vmin=low,
                vmax=high, s=22, edgecolors="white", linewidths=0.6, zorder=3,
            )  # fmt: skip


def _columns(X: Any) -> tuple[list[Any], list[Array]]:
    names = getattr(X, "column_names", None)  # pyarrow
    names = getattr(X, "columns", None) if names is None else names
    if names is not None:
        return list(names), [np.asarray(X[name]) for name in names]
    array = np.asarray(X)
    return [f"column {i}" for i in range(array.shape[1])], list(array.T)


def _place(feature: int | str, names: list[Any]) -> int:
    if feature in names:
        return names.index(feature)
    if isinstance(feature, (int, np.integer)) and -len(names) <= feature < len(names):
        return int(feature) % len(names)
    known = [str(name) for name in names]
    raise ColumnError(
        checks.sentences(
            f"There is no column {feature!r} among the {len(names)} of X.",
            checks.did_you_mean(feature, known),
        ),
        column=str(feature),
        table="X",
        suggestion=checks.nearest(feature, known),
    )


def _numbers(column: Array, name: Any) -> Array:
    if column.dtype.kind not in "fiub":
        raise ColumnError(f"Column {name!r} holds no numbers: choose two columns that do.")
    return column.astype(np.float64)


def _typical(column: Array) -> Any:
    if column.dtype.kind in "fiu":
        return np.nanmedian(column)
    values, counts = np.unique(column.astype(str), return_counts=True)
    return column[column.astype(str) == values[counts.argmax()]][0]


def _like(X: Any, names: list[Any], rows: list[Array]) -> Any:
    """Return a table of the same type as X."""
    if hasattr(X, "column_names"):
        return type(X).from_pydict(dict(zip(names, rows, strict=True)))
    if hasattr(X, "columns"):
        return type(X)(dict(zip(names, rows, strict=True)))
    return np.column_stack(rows)


def _answers(estimator: Any, rows: Any) -> tuple[Array, tuple[str, ...] | None]:
    known = getattr(estimator, "classes_", None)
    if known is None:
        return np.asarray(estimator.predict(rows), np.float64).reshape(len(rows), -1)[:, :1], None
    names = tuple(str(name) for name in known)
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(rows), np.float64), names
    answers = np.asarray(estimator.predict(rows))
    return (answers[:, None] == np.asarray(known)).astype(np.float64), names


def _labels(y: Any, known: Any) -> Array | None:
    if y is None:
        return None
    return np.asarray(y) if known is None else np.searchsorted(np.asarray(known), np.asarray(y))
