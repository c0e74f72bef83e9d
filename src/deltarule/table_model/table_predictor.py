"""TablePredictor: what a table model predicts with, ready before the first row arrives."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.fields_only import FieldsOnly
from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay
from deltarule.data import Table, read_table
from deltarule.data.schema_check import finite_columns, read_again
from deltarule.engines import prediction_engine
from deltarule.errors import shortened
from deltarule.preprocessing import TableEncoder, Target
from deltarule.schema import TableSchema
from deltarule.table_model.calibration import Calibration
from deltarule.table_model.prediction import Prediction
from deltarule.table_model.prediction_intervals import checked_levels
from deltarule.table_model.row_checks import check_rows
from deltarule.table_model.task_methods import METHODS
from deltarule.table_model.training_distribution import ColumnDistribution
from deltarule.table_model.usual_rows import UsualRows
from deltarule.training import TrainedNetwork
from deltarule.training.trained_network import NetworkGroup

Array = NDArray[Any]
MIN_ROWS_FOR_THREADS = 256
"""Fewer rows are computed sooner than threads start."""


@dataclass(frozen=True, eq=False, repr=False)
class TablePredictor(FieldsOnly, NotebookDisplay):
    """What a table model predicts with on one engine, ready before the first row arrives.

    `TableModel.predictor` makes it, and `TableModel.predict` uses it: the predictions are the same to the
    bit. An application keeps one, so that its first request is answered as soon as every other.

    Parameters
    ----------
    networks : tuple of TrainedNetwork
        The fold networks. Their arrays are shared with the model, not copied.
    encoder : TableEncoder
        Encodes the columns of a table.
    target : ClassTarget or NumberTarget
        Decodes the target.
    calibration : Calibration
        Temperature of a classifier; target range and error quantiles of a regression.
    schema : TableSchema
        How the cells of each column are read.
    distributions : tuple of ColumnDistribution, default ()
        How the training rows are distributed in each used column; rows to predict are compared.
    engine : {"auto", "native", "reference"}, default "auto"
        The engine that computes the outputs.
    votes : tuple of int, default ()
        How often each network counts in the mean; () for once each.

    See Also
    --------
    deltarule.TableModel.predictor : Makes a predictor that is ready.

    Notes
    -----
    Any number of threads may call `predict` at the same time. Networks that take longer than about 10
    microseconds are computed without Python's global lock. Up to 199 rows whose cells have the types,
    levels and ranges of the training rows are encoded by the compiled core, be they dicts or rows of
    pandas, polars or pyarrow. All other rows are read, checked and explained column by column. Both ways
    give the same bits.

    A pickle holds what the parameters list; loading it prepares the predictor again.

    The name is that of the ready model in AutoGluon, treelite and the engines here; in Keras, and so in
    `deltarule.keras`, ``compile`` sets the loss and the optimizer.

    Examples
    --------
    >>> import deltarule as dr
    >>> table = {"x": [*range(20)], "y": ["low"] * 10 + ["high"] * 10}
    >>> predictor = dr.train(table, "y", folds=1, epochs=30, hidden=(4,)).model.predictor()
    >>> predictor.predict({"x": 3}).values.tolist()
    ['low']
    >>> predictor.predict([{"x": 3}, {"x": 15}]).probabilities.shape
    (2, 2)
    """

    networks: tuple[TrainedNetwork, ...]
    encoder: TableEncoder
    target: Target
    calibration: Calibration
    schema: TableSchema
    distributions: tuple[ColumnDistribution, ...] = ()
    engine: str = "auto"
    votes: tuple[int, ...] = ()

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        ready(self)

    def _sentence(self) -> str:
        columns = counted(len(self.encoder.columns), "column")
        return f"{shortened(self.target.name)} ({self.target.task.value}) from {columns}"

    def predict(
        self, source: Any, *, quantiles: Sequence[float] | float = (), threads: int = 1
    ) -> Prediction:
        """Predict the target for every row of a table.

        Parameters
        ----------
        source : dict, list of dicts, data frame, path, or Table
            Rows with the columns of the training table, as in `TableModel.predict`.
        quantiles : float or sequence of float, default ()
            For a regression, the levels of quantiles to predict, from 0.005 to 0.995.
        threads : int, default 1
            Upper bound on threads. Results are bit-identical for every value.

        Returns
        -------
        Prediction
            Labels with probabilities, or numbers with quantiles; `Prediction.records` returns them as
            Python values.

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
        >>> predictor = dr.train(table, "y", folds=2, epochs=5, hidden=(4,)).model.predictor()
        >>> predictor.predict({"x": 3}, quantiles=[0.05, 0.95]).quantiles.shape
        (1, 2)
        """
        methods = METHODS[self.target.task]
        levels = quantile_levels(quantiles, self.target, self.calibration)  # raises before all else
        if (features := self.usual_rows.features(source)) is not None:
            outputs = network_outputs(self, features, threads)
            return methods.prediction(self.target, outputs, self.calibration, levels)
        table = read_rows(source, self._used_schema)
        values = self.encoder.cast(table)
        checks = check_rows(self.encoder, table, values, self.distributions)
        blocks = self.encoder.encoded_blocks(values)
        outputs = np.concatenate([network_outputs(self, block, threads) for block in blocks])
        prediction = methods.prediction(self.target, outputs, self.calibration, levels)
        prediction = self.calibration.widened(prediction, checks.unseen, self.encoder.columns)
        return replace(prediction, notes=(*table.notes, *checks.notes))

    @cached_property
    def group(self) -> NetworkGroup:
        """The networks, which are computed in one call."""
        return NetworkGroup(self.networks)

    @cached_property
    def usual_rows(self) -> UsualRows:
        """Encodes rows whose cells are as in training."""
        return UsualRows(self.encoder, self.schema, self.distributions)

    @cached_property
    def _used_schema(self) -> TableSchema:
        return self.schema.select(self.encoder.columns)


def ready(predictor: TablePredictor) -> TablePredictor:
    """Return the predictor after it computed what its first predictions would wait for."""
    prediction_engine(predictor.networks[0].network, predictor.engine)  # refuses an unknown one
    nothing = dict.fromkeys(predictor.encoder.columns)
    predictor.predict(nothing)  # a usual row
    predictor.predict({name: [None] for name in nothing})  # a row that is read by columns
    return predictor


def read_rows(source: Any, schema: TableSchema, **options: Any) -> Table:
    """Return rows to predict as a table, read by the schema of their model."""
    if isinstance(source, Table):
        return finite_columns(read_again(source, schema))
    return finite_columns(read_table(source, schema=schema, share=True, **options))


def network_outputs(predictor: TablePredictor, inputs: Array, threads: int) -> Array:
    """Return the mean output (rows, outputs) of the networks for encoded rows, at the temperature."""
    if len(inputs) < MIN_ROWS_FOR_THREADS:
        threads = 1
    raw = predictor.group.outputs(inputs, engine=predictor.engine, threads=threads)
    if predictor.votes:
        raw = np.repeat(raw, predictor.votes, axis=0)
    methods, temperature = METHODS[predictor.target.task], predictor.calibration.temperature
    return methods.mean(raw, temperature)


def quantile_levels(
    quantiles: Sequence[float] | float, target: Target, calibration: Calibration
) -> tuple[float, ...]:
    """Return the levels of quantiles as a tuple; raise `SettingError` if they cannot be predicted."""
    if isinstance(quantiles, tuple | list) and not quantiles:
        return ()
    levels = tuple(checked_levels(quantiles).tolist())
    if levels and calibration.error_quantiles is None:
        raise METHODS[target.task].no_quantiles()
    return levels
