"""Report: the page of a training run as a value, which a notebook shows."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike

from deltarule._common import checks
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.formats.atomic_write import write_atomically
from deltarule.report.model_card import Card
from deltarule.report.page import render_report
from deltarule.table_model import GroupedResult, TableResult
from deltarule.table_model.by_group.grouped_result import as_table_result
from deltarule.table_model.score_summary import score_summary

MIN_HEIGHT = 200


@dataclass(frozen=True, repr=False)
class Report(NotebookDisplay):
    """The report of a training run, which a notebook shows at the end of a cell.

    Parameters
    ----------
    html : str
        The page, self-contained and without scripts.
    headline : str
        How good the model is, in a sentence.
    height : int
        Height of the page in a notebook, in pixels; the rest of it scrolls.

    See Also
    --------
    deltarule.TableResult.report : Makes this object.

    Examples
    --------
    >>> import deltarule as dr
    >>> table = {"x": [*range(20)], "y": ["low"] * 10 + ["high"] * 10}
    >>> report = dr.train(table, target="y", folds=1, epochs=5, hidden=(4,)).report()
    >>> report.html[:15]
    '<!DOCTYPE html>'
    """

    html: str
    headline: str
    height: int

    def _sentence(self) -> str:
        return self.headline.rstrip(".")

    def save(self, path: str | PathLike[str]) -> None:
        """Write the page to a file, atomically.

        Parameters
        ----------
        path : str or os.PathLike
            Name of the file, such as ``"report.html"``. An existing file is replaced.

        Raises
        ------
        FileError
            If the file cannot be written.
        """
        write_atomically(path, self.html.encode("utf-8"))


def make_report(
    result: TableResult | GroupedResult, *, card: Card | None, rows: bool, height: int
) -> Report:
    """Return the report of a result; the arguments are those of `TableResult.report`."""
    height = checks.integer("height", height, at_least=MIN_HEIGHT)
    scored = as_table_result(result) if isinstance(result, GroupedResult) else result
    return Report(render_report(result, card=card, rows=rows), score_summary(scored), height)
