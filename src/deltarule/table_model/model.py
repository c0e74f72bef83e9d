"""TableModel: raw rows in, predictions out; saved as one file that holds no code."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.fields_only import FieldsOnly
from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.data import Table, read_table
from deltarule.data.schema_check import finite_columns, read_again
from deltarule.errors import shortened
from deltarule.preprocessing import TableEncoder, Target
from deltarule.preprocessing.encoder_schema import schema_of_encoder, schema_of_target
from deltarule.schema import TableSchema
from deltarule.table_model.calibration import Calibration
from deltarule.table_model.evaluation import (
    evaluation_rows,
    score_prediction,
    training_constant,
    training_weight,
)
from deltarule.table_model.model_saving import save_model
from deltarule.table_model.prediction import Prediction
from deltarule.table_model.prediction_intervals import checked_levels
from deltarule.table_model.row_checks import check_rows
from deltarule.table_model.scores import Scores
from deltarule.table_model.task_methods import METHODS, TaskMethods, mean_outputs
from deltarule.table_model.training_distribution import ColumnDistribution
from deltarule.table_model.usual_rows import UsualRows
from deltarule.training import TrainedNetwork
from deltarule.training.trained_network import predict_each

Array = NDArray[Any]


@dataclass(frozen=True, eq=False, repr=False)
class TableModel(FieldsOnly, NotebookDisplay):
    """Trained networks with the encoders of their table: raw rows in, predictions out.

    The prediction is the mean output of the networks, which have the same shape.

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

    def __post_init__(self) -> None:
        if not self.schema.columns:
            object.__setattr__(self, "schema", schema_of_encoder(self.encoder))
        if self.target.name not in self.schema:
            columns = (*self.schema.columns, schema_of_target(self.target))
            object.__setattr__(self, "schema", replace(self.schema, columns=columns))

    def _sentence(self) -> str:
        return self.summary

    @property
    def summary(self) -> str:
        """Target, inputs and networks in a few words."""
        columns = counted(len(self.encoder.columns), "column")
        return (
            f"{shortened(self.target.name)} ({self.task}) from {columns} by "
            f"{counted(len(self.networks), 'network')} of {self.network.network.parameter_count:,} "
            "parameters"
        )

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
        levels = self.checked_levels(quantiles)  # raises before anything is computed
        if (features := self._usual_rows.features(source)) is not None:
            return self.prediction(
                self.outputs_of_features(features, engine=engine, threads=threads), levels
            )
        table = self.read(source)
        values = self.encoder.cast(table)
        checks = check_rows(self.encoder, table, values, self.distributions)
        prediction = self.prediction(self._outputs(values, engine, threads), levels)
        prediction = self.calibration.widened(prediction, checks.unseen, self.encoder.columns)
        return replace(prediction, notes=(*table.notes, *checks.notes))

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
        used = self._used_schema
        schema = self.schema.select({*used.names, *more}) if more else used
        if isinstance(source, Table):
            return finite_columns(read_again(source, schema))
        return finite_columns(read_table(source, schema=schema, share=True, **options))

    @cached_property
    def _usual_rows(self) -> UsualRows:
        return UsualRows(self.encoder, self.schema, self.distributions)

    @cached_property
    def _used_schema(self) -> TableSchema:
        return self.schema.select(self.encoder.columns)

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
            The scores, with those of always predicting the most frequent class or the mean of the
            training rows.

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
        weight = training_weight(self.about)
        more = {self.target.name} if weight is None else {self.target.name, weight}
        rows = evaluation_rows(self.read(source, more=more), self.target, weight)
        prediction = self.predict(rows.table, engine=engine, threads=threads)
        constant = training_constant(self.about, self.target, rows.truth)
        return score_prediction(prediction, rows, self.target, constant, self.calibration)

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
        return self._outputs(self.encoder.cast(table), engine, threads)

    def _outputs(self, values: Sequence[Array], engine: str, threads: int) -> Array:
        """Return the mean output for what `encoder.cast` returned."""
        outputs = partial(self.outputs_of_features, engine=engine, threads=threads)
        return np.concatenate([outputs(block) for block in self.encoder.encoded_blocks(values)])

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
        raw = [*predict_each(self.networks, inputs, engine=engine, threads=threads)]
        return mean_outputs(self.methods.calibrated(np.array(raw), self.calibration.temperature))

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
        if isinstance(quantiles, tuple | list) and not quantiles:
            return ()
        levels = tuple(checked_levels(quantiles).tolist())
        if levels and self.calibration.error_quantiles is None:
            raise self.methods.no_quantiles()
        return levels

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
            self.distributions,
        )  # fmt: skip
