"""Shows a figure with its controls in a notebook."""

from __future__ import annotations

from typing import Any

from deltarule.course.book import figure
from deltarule.course.controls import Value


def live(name: str, **values: Value) -> Any:
    """Show a figure of the course with its controls in a notebook.

    Parameters
    ----------
    name : str
        Name of the figure, as in `figure`.
    **values : float, str or bool
        Values of its controls, as in `figure`.

    Returns
    -------
    FigureWidget
        A widget of anywidget, which a notebook shows as the last value of a cell.

    Raises
    ------
    SettingError
        As `figure`.
    MissingPackageError
        If anywidget is not installed (extra `play`).

    See Also
    --------
    figure : Show a picture, without a widget.
    """
    figure(name, **values)  # refuses names and values before a widget is made
    from deltarule.course.figure_widget import FigureWidget

    return FigureWidget(name, values)
