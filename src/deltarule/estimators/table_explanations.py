"""Explain a fitted table estimator: importances of its columns and partial dependence."""

from __future__ import annotations

import warnings
from abc import abstractmethod
from numbers import Integral
from typing import Any

from numpy.typing import NDArray
from sklearn.utils.validation import check_consistent_length, check_is_fitted

from deltarule.data import Table
from deltarule.errors import DataWarning, SettingError
from deltarule.estimators.table_inputs import rows_like_fit
from deltarule.estimators.table_split import seed_of
from deltarule.table_model import GroupedModel, TableModel
from deltarule.table_model.partial_dependence import Dependence, partial_dependence
from deltarule.table_model.permutation_importance import ColumnImportance, permutation_importances

Array = NDArray[Any]


class TableExplanationsMixin:
    """The explanations of a table estimator."""

    model_: TableModel | GroupedModel
    random_state: Any

    @abstractmethod
    def _encode_truth(self, y: Any) -> Array:
        """Return y as the networks learned it: class numbers, or standardized numbers."""

    def permutation_importance(
        self, X: Any, y: Any, *, columns: Any = None, max_rows: int = 1000
    ) -> tuple[ColumnImportance, ...]:
        """Return how much the loss increases when the values of a column are shuffled.

        Use rows that `fit` has not seen (Breiman 2001, section 10).

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_columns)
            Raw rows.
        y : array-like of shape (n_samples,)
            The target.
        columns : str or sequence of str, optional
            Columns to measure; all that the model uses by default. Columns of an array are x0, x1, ...
        max_rows : int, default 1000
            Use at most this many rows, evenly spaced.

        Returns
        -------
        tuple of ColumnImportance
            For each column the increase of the log loss in nats, or of the mean squared error divided by
            the variance of the training targets; highest first.

        Raises
        ------
        ColumnError
            If the model does not use a column.
        SettingError
            If `max_rows` is not at least 1, or there is a model for each group.

        Examples
        --------
        >>> import deltarule as dr
        >>> X = [[float(i * i), float(i % 3)] for i in range(20)]
        >>> y = ["low"] * 10 + ["high"] * 10
        >>> model = dr.TabularClassifier(folds=1, epochs=5, hidden=(4,), random_state=0).fit(X, y)
        >>> sorted(found.column for found in model.permutation_importance(X, y))
        ['x0', 'x1']
        """
        model, table = self._one_model(), self._table(X)
        check_consistent_length(table.columns[0].values, y)
        truth = self._encode_truth(y)
        if columns is None:
            columns = model.encoder.columns
        elif isinstance(columns, str | Integral):
            columns = (columns,)
        names = tuple(str(name) for name in columns)
        seed = seed_of(self.random_state)
        return permutation_importances(model, table, truth, names, max_rows=max_rows, seed=seed)

    def partial_dependence(self, X: Any, column: Any, *, max_rows: int = 500) -> Dependence:
        """Return the mean prediction for each of a grid of values of one column.

        Every row gets the same value in the column; the predictions are averaged (Friedman 2001).

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_columns)
            Raw rows.
        column : str
            The column. Columns of an array are x0, x1, ...
        max_rows : int, default 500
            Use at most this many rows, evenly spaced.

        Returns
        -------
        Dependence
            The values and the mean predictions.

        Raises
        ------
        ColumnError
            If the model does not use the column.
        DataError
            If the column is missing in all rows.
        SettingError
            If `max_rows` is not at least 1, or there is a model for each group.

        Examples
        --------
        >>> import deltarule as dr
        >>> X = [[float(i * i), "a" if i % 2 else "b"] for i in range(20)]
        >>> y = [2.0 * i for i in range(20)]
        >>> model = dr.TabularRegressor(folds=1, epochs=5, hidden=(4,), random_state=0).fit(X, y)
        >>> dependence = model.partial_dependence(X, "x1")
        >>> dependence.values.tolist(), dependence.counts.tolist()
        (['a', 'b'], [10, 10])
        """
        model, table = self._one_model(), self._table(X)
        return partial_dependence(model, table, str(column), max_rows=max_rows)

    def _one_model(self) -> TableModel:
        """Return the model; raise `SettingError` if there is one for each group."""
        check_is_fitted(self)
        if isinstance(self.model_, TableModel):
            return self.model_
        raise SettingError(
            "by",
            "trained a model for each group, and an explanation is that of one model",
            hint="Fit without `by`, on all rows or on those of a group.",
        )

    def _table(self, X: Any) -> Table:
        """Return X as the model reads it; warn of cells that do not fit."""
        check_is_fitted(self)
        table = self.model_.read(rows_like_fit(self, X))
        if table.notes:
            warnings.warn(" ".join(table.notes), DataWarning, stacklevel=3)
        return table
