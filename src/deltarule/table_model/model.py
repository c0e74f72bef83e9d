"""TableModel: raw rows in, predictions out; saved as one file that holds no code."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from functools import cached_property, partial
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.fields_only import FieldsOnly
from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.data import Table
from deltarule.errors import shortened
from deltarule.preprocessing import TableEncoder, Target
from deltarule.preprocessing.encoder_schema import completed_schema
from deltarule.schema import TableSchema
from deltarule.table_model.calibration import Calibration
from deltarule.table_model.configurations import describe_sizes
from deltarule.table_model.evaluation import (
    columns_to_score,
    evaluate_table,
)
from deltarule.table_model.model_saving import save_model
from deltarule.table_model.prediction import Prediction
from deltarule.table_model.scores import Scores
from deltarule.table_model.table_predictor import (
    TablePredictor,
    network_outputs,
    quantile_levels,
    read_rows,
    ready,
)
from deltarule.table_model.task_methods import METHODS, TaskMethods
from deltarule.table_model.training_distribution import ColumnDistribution
from deltarule.training import TrainedNetwork

Array = NDArray[Any]


@dataclass(frozen=True, eq=False, repr=False)
class TableModel(FieldsOnly, NotebookDisplay):
    """Trained networks with the encoders of their table: raw rows in, predictions out.

    The prediction is the mean output of the networks, which have the same shape unless they were tuned.

    Parameters
    ----------
    networks : tuple of TrainedNetwork
        The fold networks.
    encoder : TableEncoder
        Encodes the columns of a table.
    target : ClassTarget or NumberTarget
        Encodes and decodes the target.
    about : dict
        How the model was made: settings, recipe, rows, scores, why training stopped; strict JSON types.
    calibration : Calibration, optional
        Temperature of a classifier; target range and error quantiles of a regression.
    schema : TableSchema, optional
        How the cells of each column are read; by default, as the kind of its encoder implies.
    distributions : tuple of ColumnDistribution, default ()
        How the training rows are distributed in each used column; rows to predict are compared.
    votes : tuple of int, default ()
        How often each network counts in the mean; () for once each.

    See Also
    --------
    deltarule.train : Trains a model on a table.
    deltarule.load : Reads a model from a file.

    Examples
    --------
    >>> import deltarule as dr
    >>> table = {"x": [*range(20)], "y": ["low"] * 10 + ["high"] * 10}
    >>> model = dr.train(table, "y", folds=1, epochs=5, hidden=(4,)).model
    >>> model.task
    'classification'
    >>> model.predict({"x": [3, 15]}).probabilities.shape
    (2, 2)
    """

    networks: tuple[TrainedNetwork, ...]
    encoder: TableEncoder
    target: Target
    about: dict[str, Any]
    calibration: Calibration = field(default_factory=Calibration)
    schema: TableSchema = field(default_factory=TableSchema)
    distributions: tuple[ColumnDistribution, ...] = ()
    votes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "schema", completed_schema(self.schema, self.encoder, self.target))

    def _sentence(self) -> str:
        return self.summary

    @property
    def summary(self) -> str:
        """Target, inputs and networks in a few words."""
        target, columns = shortened(self.target.name), counted(len(self.encoder.columns), "column")
        return f"{target} ({self.task}) from {columns} by {describe_sizes(self.networks)}"

    @property
    def network(self) -> TrainedNetwork:
        """The first network, which pictures of one network show."""
        return self.networks[0]

    @property
    def task(self) -> str:
        """The task: "classification" or "regression"."""
        return self.target.task.value

    @property
    def methods(self) -> TaskMethods:
        """What the model does differently for its task."""
        return METHODS[self.target.task]

    def predict(
        self,
        source: Any,
        *,
        quantiles: Sequence[float] | float = (),
        engine: str = "auto",
        threads: int = 1,
    ) -> Prediction:
        """Predict the target for every row of a table.

        Parameters
        ----------
        source : dict, list of dicts, data frame, path, or Table
            Rows with the columns of the training table. Additional columns are ignored, and the order of
            the columns does not matter. A dict of single values is one row, a dict of arrays has a column
            for each key, and each dict of a list is one row, in which an absent key is a missing cell.
        quantiles : float or sequence of float, default ()
            For a regression, the levels of quantiles to predict, from 0.005 to 0.995. [0.05, 0.95] are
            the ends of an interval that holds the target in 9 of 10 rows.
        engine : {"auto", "native", "reference"}, default "auto"
            The engine that computes the outputs.
        threads : int, default 1
            Upper bound on threads. Results are bit-identical for every value.

        Returns
        -------
        Prediction
            Labels with probabilities, or numbers with quantiles.

        Raises
        ------
        ColumnError
            If a column is missing: no row has it.
        DataError
            If a value cannot be cast to the kind that its column had in training.
        SettingError
            If the quantiles are not in the allowed range, or the model cannot predict quantiles.

        Examples
        --------
        >>> import deltarule as dr
        >>> table = {"x": [*range(20)], "y": [2.0 * x for x in range(20)]}
        >>> model = dr.train(table, "y", folds=2, epochs=5, hidden=(4,)).model
        >>> model.predict({"x": [3, 15]}, quantiles=[0.05, 0.95]).quantiles.shape
        (2, 2)
        >>> len(model.predict({"x": 3})), len(model.predict([{"x": 3}, {"x": None}]))
        (1, 2)
        """
        return self._predictor(engine).predict(source, quantiles=quantiles, threads=threads)

    def predictor(self, *, engine: str = "auto") -> TablePredictor:
        """Prepare everything that predictions need, which the first calls of `predict` do otherwise.

        Parameters
        ----------
        engine : {"auto", "native", "reference"}, default "auto"
            The engine that computes the outputs.

        Returns
        -------
        TablePredictor
            Predicts the same as the model, and the first row as fast as every other.

        Raises
        ------
        EngineError
            If the engine is not available.
        """
        return ready(self._predictor(engine))

    def _predictor(self, engine: str) -> TablePredictor:
        if engine not in self._predictors:
            self._predictors[engine] = TablePredictor(
                self.networks, self.encoder, self.target, self.calibration, self.schema,
                self.distributions, engine, self.votes,
            )  # fmt: skip
        return self._predictors[engine]

    @cached_property
    def _predictors(self) -> dict[str, TablePredictor]:
        return {}

    def read(self, source: Any, *, more: Collection[str] = (), **options: Any) -> Table:
        """Read rows to predict by the schema of the model.

        Parameters
        ----------
        source : dict, list of dicts, data frame, path, or Table
            Rows with the columns of the training table, as in `predict`.
        more : collection of str, default ()
            Names of columns to read besides those that the model uses, such as the target.
        **options : Any
            Arguments of `deltarule.data.read_table`.

        Returns
        -------
        Table
            The columns that the model uses. Cells that do not fit are missing, with a note.

        Raises
        ------
        ColumnError
            If a column is missing.
        DataError
            If `source` is a Table that was read in a way that the schema does not allow.

        Examples
        --------
        >>> import deltarule as dr
        >>> table = {"x": ["1,5", "2,5"] * 10, "y": ["low", "high"] * 10}
        >>> model = dr.train(table, "y", folds=1, epochs=5, hidden=(4,)).model
        >>> model.read({"x": ["0,5"]})["x"].values.tolist()
        [0.5]
        """
        return read_rows(source, self.schema.select({*self.encoder.columns, *more}), **options)

    def evaluate(self, source: Any, *, engine: str = "auto", threads: int = 1) -> Scores:
        """Score the predictions for a table that has the target column.

        Parameters
        ----------
        source : dict, list of dicts, data frame, path, or Table
            Rows with the columns of the training table, target included, as in `predict`. Rows without a
            target are skipped. If the model was trained with a column of weights and the table has it,
            the scores are weighted.
        engine : {"auto", "native", "reference"}, default "auto"
            The engine that computes the outputs.
        threads : int, default 1
            Upper bound on threads. Results are bit-identical for every value.

        Returns
        -------
        ClassificationScores or RegressionScores
            The scores, with those of always predicting the most frequent class or the training mean, and
            with notes on what is unusual about the rows.

        Raises
        ------
        ColumnError
            If a column is missing.
        DataError
            If rows have a class that the model does not know, or no row has a target.

        Examples
        --------
        >>> import deltarule as dr
        >>> table = {"x": [*range(20)], "y": ["low"] * 10 + ["high"] * 10}
        >>> model = dr.train(table, "y", folds=1, epochs=5, hidden=(4,)).model
        >>> model.evaluate({"x": [3, 15], "y": ["low", "high"]}).rows
        2
        """
        table = self.read(source, more=columns_to_score(self))
        return evaluate_table(self, table, engine=engine, threads=threads)

    def describe_columns(self) -> list[dict[str, Any]]:
        """Describe each input column.

        Returns
        -------
        list of dict
            What `TableEncoder.describe` returns, and how the cells are read in words ("reading"), "" if
            there is nothing unusual about it.
        """
        return [
            record | {"reading": self.schema.unusual_reading(record["column"])}
            for record in self.encoder.describe()
        ]

    def outputs(self, table: Table, *, engine: str = "auto", threads: int = 1) -> Array:
        """Return the mean output of the networks for the rows of a table.

        Parameters
        ----------
        table : Table
            Rows with the columns of the training table.
        engine : {"auto", "native", "reference"}, default "auto"
            The engine that computes the outputs.
        threads : int, default 1
            Upper bound on threads.

        Returns
        -------
        ndarray of shape (n_rows, n_outputs), dtype float64
            Class probabilities at the model's temperature, or standardized numbers.
        """
        outputs = partial(self.outputs_of_features, engine=engine, threads=threads)
        values = self.encoder.cast(table)
        return np.concatenate([*map(outputs, self.encoder.encoded_blocks(values))])

    def outputs_of_features(
        self, inputs: Array, *, engine: str = "auto", threads: int = 1
    ) -> Array:
        """Return the mean output of the networks for encoded rows.

        Parameters
        ----------
        inputs : ndarray of shape (n_rows, n_features), dtype float32
            What `encoder.transform` returns.
        engine : {"auto", "native", "reference"}, default "auto"
            The engine that computes the outputs.
        threads : int, default 1
            Upper bound on threads.

        Returns
        -------
        ndarray of shape (n_rows, n_outputs), dtype float64
            Class probabilities at the model's temperature, or standardized numbers.
        """
        return network_outputs(self._predictor(engine), inputs, threads)

    def prediction(self, outputs: Array, quantiles: Sequence[float] | float = ()) -> Prediction:
        """Turn mean outputs into labels or numbers.

        Parameters
        ----------
        outputs : ndarray of shape (n_rows, n_outputs), dtype float64
            What `outputs` returns.
        quantiles : float or sequence of float, default ()
            Levels of quantiles to predict, as in `predict`.

        Returns
        -------
        Prediction
            Labels with probabilities, or numbers with quantiles.

        Raises
        ------
        SettingError
            If the model cannot predict these quantiles.
        """
        levels = self.checked_levels(quantiles)
        return self.methods.prediction(self.target, outputs, self.calibration, levels)

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
        return quantile_levels(quantiles, self.target, self.calibration)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the model to one safetensors file.

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
        save_model(
            path, self.networks, self.encoder, self.target, self.about, self.calibration, self.schema,
            self.distributions, self.votes,
        )  # fmt: skip
