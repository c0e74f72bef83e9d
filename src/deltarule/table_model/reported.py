"""Reported: base of the results of `train`, which have a report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from deltarule._common import report_maker


class Reported:
    """Base of results with a method `report`."""

    def report(
        self, *, card: Mapping[str, str] | None = None, rows: bool = True, height: int = 640
    ) -> Any:
        """Make the report: what was read, scores, errors, which columns matter and how, the network.

        A notebook shows it as the last value of a cell.

        Parameters
        ----------
        card : dict of str to str, optional
            Texts of the model card by field, such as ``{"Intended use": "..."}``.
        rows : bool, default True
            Whether to list the test rows with the largest errors, with their values.
        height : int, default 640
            Height of the page in a notebook, in pixels, at least 200; the rest of it scrolls.

        Returns
        -------
        deltarule.report.Report
            The page; its method ``save`` writes it to a file.

        Raises
        ------
        SettingError
            If `height` is too small, or `card` is not a dict of texts.

        Examples
        --------
        As the last line of a notebook's cell::

            result.report()

        >>> import deltarule as dr
        >>> table = {"x": [*range(20)], "y": ["low"] * 10 + ["high"] * 10}
        >>> dr.train(table, target="y", folds=1, epochs=5, hidden=(4,)).report().height
        640
        """
        return report_maker.make(self, card=card, rows=rows, height=height)
