"""GroupedModel: a table model for each group of rows, and one of all rows for the others."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property
from os import PathLike
from typing import Any

from numpy.typing import NDArray

from deltarule._common.checks import did_you_mean, nearest, sentences
from deltarule._common.fields_only import FieldsOnly
from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.data import Table
from deltarule.errors import DataError, shortened
from deltarule.formats.model_file import write_model
from deltarule.preprocessing import Target
from deltarule.schema import TableSchema
from deltarule.table_model.by_group.group_cells import GroupCells, UsualGroupRows
from deltarule.table_model.by_group.group_files import GroupFiles, require_fitting
from deltarule.table_model.by_group.group_predictions import PredictionParts
from deltarule.table_model.by_group.grouping import table_of_group
from deltarule.table_model.by_group.row_routing import (
    GroupPlaces,
    OtherRows,
    divided_rows,
    worst_notes,
)
from deltarule.table_model.calibration import Calibration
from deltarule.table_model.configurations import describe_sizes
from deltarule.table_model.evaluation import (
    columns_to_score,
    evaluate_table,
)
from deltarule.table_model.model import TableModel
from deltarule.table_model.prediction import Prediction
from deltarule.table_model.scores import Scores
from deltarule.table_model.table_predictor import read_rows

Array = NDArray[Any]
FILE_KIND = "grouped model"


@dataclass(frozen=True, eq=False, repr=False)
class GroupedModel(FieldsOnly, NotebookDisplay):
    """A table model for each group of rows, and one of all rows that predicts the other rows.

    The groups are the values of a column. Rows of a group that has no model of its own, and rows
    without a value in that column, are predicted by the model of all rows, to which the column is an
    input as every other.

    Parameters
    ----------
    by : str
        Name of the column.
    groups : tuple of str
        The groups that have a model of their own, spelled as in `deltarule.data.Column.texts`.
    columns : tuple of str
        The columns that some of the models use.
    all_rows : TableModel
        The model of all rows.
    files : GroupFiles
        The files of all models, that of `all_rows` first. A model is read when it is first needed.
    about : dict
        How the models were made: settings, rows, scores; strict JSON types.
    alike : tuple of str, default ()
        Values without a model that mean the same as a group, such as '01' beside '1', which training
        told apart. Other spellings of a value are in its group, such as '1.0' and the number 1.

    See Also
    --------
    deltarule.train : Trains one with `by`.
    deltarule.load : Reads one from a file.

    Examples
    --------
    >>> import deltarule as dr
    >>> rows = range(40)
    >>> table = {"x": [*rows], "shop": ["a", "b"] * 20, "y": [i * (1 - 2 * (i % 2)) for i in rows]}
    >>> model = dr.train(table, "y", by="shop", folds=1, epochs=5, hidden=(4,)).model
    >>> model.groups
    ('a', 'b')
    >>> len(model.predict({"x": [3, 4, 5], "shop": ["a", "b", "of a new city"]}))
    3
    >>> model.group("a").predict({"x": 3}).values.shape
    (1,)
    """

    by: str
    groups: tuple[str, ...]
    columns: tuple[str, ...]
    all_rows: TableModel
    files: GroupFiles
    about: dict[str, Any]
    alike: tuple[str, ...] = ()

    def _sentence(self) -> str:
        return self.summary

    @property
    def summary(self) -> str:
        """Target, groups and the model of all rows in a few words."""
        columns = counted(len(self.all_rows.encoder.columns), "column")
        return (
            f"{shortened(self.target.name)} ({self.task}) by {counted(len(self.groups), 'model')}, one "
            f"for each {shortened(self.by)}, and one of all rows, of {columns} by "
            f"{describe_sizes(self.all_rows.networks)}"
        )

    @property
    def target(self) -> Target:
        """The target, with the classes of all groups."""
        return self.all_rows.target

    @property
    def task(self) -> str:
        """The task: "classification" or "regression"."""
        return self.all_rows.task

    @property
    def calibration(self) -> Calibration:
        """The calibration of the model of all rows; each group has its own."""
        return self.all_rows.calibration

    @property
    def schema(self) -> TableSchema:
        """How the cells of each column are read, in all groups alike."""
        return self.all_rows.schema

    def group(self, name: str) -> TableModel:
        """Return the model of a group.

        Parameters
        ----------
        name : str
            One of `groups`. Other values are spelled as text: 7 as "7".

        Returns
        -------
        TableModel
            The model, which can be saved and exported as every other.

        Raises
        ------
        DataError
            If there is no model of this group.
        ModelFileError
            If the file of the model is damaged.
        """
        found = self._places.of(str(name))
        if found is None:
            first = f"The first ones are {', '.join(self.groups[:5])}."
            hint = did_you_mean(str(name), self.groups) or first
            if nearest(str(name), self.groups) is None and len(self.groups) <= 5:
                hint = f"There are models for {', '.join(self.groups)}."
            raise DataError(
                sentences(f"There is no model for {self.by} {shortened(str(name))}.", hint)
            )
        return self._model(found)

    def predict(
        self,
        source: Any,
        *,
        quantiles: Sequence[float] | float = (),
        engine: str = "auto",
        threads: int = 1,
    ) -> Prediction:
        """Predict the target for every row of a table, by the model of the row's group.

        Parameters
        ----------
        source : dict, list of dicts, data frame, path, or Table
            Rows with the columns of the training table, that of the groups included, as in
            `TableModel.predict`.
        quantiles : float or sequence of float, default ()
            For a regression, the levels of quantiles to predict, from 0.005 to 0.995.
        engine : {"auto", "native", "reference"}, default "auto"
            The engine that computes the outputs.
        threads : int, default 1
            Upper bound on threads. Results are bit-identical for every value.

        Returns
        -------
        Prediction
            Labels with the probabilities of the classes of all groups, or numbers with quantiles. A class
            that a group did not have has the probability 0 there. The notes say how many rows are in no
            group with a model of its own.

        Raises
        ------
        ColumnError
            If a column is missing: no row has it.
        DataError
            If a value cannot be cast to the kind that its column had in training.
        SettingError
            If the quantiles are not in the allowed range, or the model cannot predict quantiles.
        ModelFileError
            If the file of a group's model is damaged.
        """
        levels = self.checked_levels(quantiles)
        usual = self._usual_rows.predict(source, levels, engine, threads)
        if usual is not None:
            return usual
        table = self.read(source)
        parts = PredictionParts(self.target, table.rows, levels)
        own, others, names = self.divided(table)
        notes: list[tuple[int, str]] = []
        for place, rows in own:
            model = self._model(place)
            part = table_of_group(table, rows)
            found = model.predict(part, quantiles=levels, engine=engine, threads=threads)
            parts.add(rows, found)
            notes += [(len(rows), f"{self.groups[place]}: {note}") for note in found.notes]
        if len(others) or not own:
            found = self.all_rows.predict(
                table.select(others), quantiles=levels, engine=engine, threads=threads
            )
            parts.add(others, found)
            rest = "The model of all rows: " if own else ""
            notes += [(len(others), f"{rest}{note}") for note in found.notes]
        counts = OtherRows.of(table[self.by], others, names)
        return parts.prediction(
            (*table.notes, *counts.notes(self.by, table.rows), *worst_notes(notes))
        )

    def checked_levels(self, quantiles: Sequence[float] | float) -> tuple[float, ...]:
        """Return the levels of quantiles as a tuple.

        Parameters
        ----------
        quantiles : float or sequence of float
            Levels from 0.005 to 0.995.

        Returns
        -------
        tuple of float
            The levels.

        Raises
        ------
        SettingError
            If a level is not in the allowed range, or the model cannot predict quantiles.
        """
        return self.all_rows.checked_levels(quantiles)

    def read(self, source: Any, *, more: Collection[str] = (), **options: Any) -> Table:
        """Read rows to predict by the schema of the models.

        Parameters
        ----------
        source : dict, list of dicts, data frame, path, or Table
            Rows with the columns of the training table, as in `predict`.
        more : collection of str, default ()
            Names of columns to read besides those that the models use, such as the target.
        **options : Any
            Arguments of `deltarule.data.read_table`.

        Returns
        -------
        Table
            The columns that the models use, and that of the groups.

        Raises
        ------
        ColumnError
            If a column is missing.
        DataError
            If `source` is a Table that was read in a way that the schema does not allow.
        """
        return read_rows(source, self.schema.select({*self.columns, self.by, *more}), **options)

    def evaluate(self, source: Any, *, engine: str = "auto", threads: int = 1) -> Scores:
        """Score the predictions for a table that has the target column.

        Parameters
        ----------
        source : dict, list of dicts, data frame, path, or Table
            Rows with the columns of the training table, target included. Rows without a target are
            skipped.
        engine : {"auto", "native", "reference"}, default "auto"
            The engine that computes the outputs.
        threads : int, default 1
            Upper bound on threads. Results are bit-identical for every value.

        Returns
        -------
        ClassificationScores or RegressionScores
            The scores of all rows together, with notes on what is unusual about the rows.

        Raises
        ------
        ColumnError
            If a column is missing.
        DataError
            If rows have a class that the model does not know, or no row has a target.
        """
        table = self.read(source, more=columns_to_score(self))
        return evaluate_table(self, table, engine=engine, threads=threads)

    def describe_columns(self) -> list[dict[str, Any]]:
        """Describe each input column of the model of all rows.

        Returns
        -------
        list of dict
            What `TableModel.describe_columns` returns.
        """
        return self.all_rows.describe_columns()

    def read_all(self) -> None:
        """Read the model of every group, which `predict` does when a row of the group comes.

        Raises
        ------
        ModelFileError
            If the file of a model is damaged.
        """
        for place in range(len(self.groups)):
            self._model(place)

    def save(self, path: str | PathLike[str]) -> None:
        """Write all models to one safetensors file.

        The file is written completely or not at all.

        Parameters
        ----------
        path : path
            Where to write the file.

        Raises
        ------
        FileError
            If the file cannot be written.
        """
        description = {
            "by": self.by,
            "groups": list(self.groups),
            "columns": list(self.columns),
            "alike": list(self.alike),
            "about": self.about,
        }
        write_model(path, description, self.files.arrays(), kind=FILE_KIND)

    def divided(self, table: Table) -> tuple[list[tuple[int, Array]], Array, list[str]]:
        """Find out which model predicts which rows.

        Parameters
        ----------
        table : Table
            Rows with the column of the groups, as `read` returns them.

        Returns
        -------
        list of tuple of int and ndarray of shape (n_rows_of_group,), dtype int64
            The place in `groups` and the rows of each group that has a model of its own.
        ndarray of shape (n_other_rows,), dtype int64
            The rows that the model of all rows predicts.
        list of str
            The groups of these rows.
        """
        return divided_rows(table[self.by], self._places)

    def _model(self, place: int) -> TableModel:
        found = self._models.get(place)
        if found is None:
            name = f"the model of {self.by[:40]} {self.groups[place][:40]}"
            found = self.files.read(place + 1, name)
            require_fitting(found, self.all_rows, self.columns, name)
            self._models[place] = found
        return found

    @cached_property
    def _usual_rows(self) -> UsualGroupRows:
        cells = GroupCells(self.schema[self.by], self.schema.missing, {*self.columns, self.by})
        return UsualGroupRows(cells, self.target, self._places, self._model)

    @cached_property
    def _places(self) -> GroupPlaces:
        return GroupPlaces(self.groups, self.alike)

    @cached_property
    def _models(self) -> dict[int, TableModel]:
        return {}
