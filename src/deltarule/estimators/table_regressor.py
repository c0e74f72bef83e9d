"""TabularRegressor: raw tables in, numbers and intervals out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from numpy.typing import NDArray
from sklearn.base import RegressorMixin

from deltarule._common import checks
from deltarule.estimators.table_base import BaseTabular
from deltarule.estimators.table_inputs import as_numbers
from deltarule.preprocessing import NumberTarget, Target, Task
from deltarule.table_model import GroupedModel, TableModel

Array = NDArray[Any]


class TabularRegressor(RegressorMixin, BaseTabular):
    """The networks of `deltarule.train` for a number, as a scikit-learn estimator.

    X is a raw table: texts, dates, missing values, constant columns and numbers of any scale are allowed.
    Parameters that are None are chosen by the size of the table.

    Parameters
    ----------
    by : str, optional
        A column of X whose values are groups, such as shops: each group gets a model of its own, and a
        model of all rows predicts rows of other groups, of groups with fewer than 10 rows and without
        a value.
    time_limit_s : float, optional
        Time limit of `fit` in seconds. The best weights so far are kept. This is the only parameter
        under which two runs may differ.
    folds : int, optional
        Number of networks, each validated on its own share of the rows; their predictions are
        averaged. 1 trains a single network with a validation split.
    validation_fraction : float, optional
        Share of the rows that validates a single network; 0.2 by default.
    columns : dict of str to str, optional
        The kind of columns, by name: "category", "number", "datetime", "boolean", "text", or "ignore" to
        leave a column out. The kind of other columns is found. Columns of an array are x0, x1, ...
    missing : str or sequence of str, optional
        Spellings of missing cells, in place of the usual ones, such as ["-999", "n/a"]; empty cells, None
        and NaN are always missing. With "" nothing else is: the texts NA and None are categories.
    decimal : {".", ","}, optional
        The decimal mark of numbers in texts; found from the cells by default.
    day_first : bool, optional
        Whether 05/06/2024 in a text is June 5; found from the cells by default.
    drop : str or sequence of str, default ()
        Columns that must not be inputs.
    keep : str or sequence of str, default ()
        Columns that are inputs even if they look like identifiers.
    hidden : int or sequence of int, optional
        Units of each hidden layer; () for none.
    activation : str, optional
        Activation of the hidden layers.
    dropout : float, optional
        Dropout rate of the hidden layers, 0 ≤ rate < 1.
    l1, l2 : float, default 0.0
        Penalties on the absolute values and on the squares of the weights.
    optimizer : str, optional
        Name of the optimizer.
    learning_rate : float, optional
        Learning rate; with the default optimizer, its highest value.
    batch_size : int, optional
        Rows per update.
    epochs : int, optional
        Maximum epochs.
    patience_epochs : int, optional
        Stop after this many epochs without a better validation loss.
    tune : bool or int, default False
        Whether `fit` searches for settings as `deltarule.tune` does; an integer, at least 2, is the
        number of trials, True are 64, or with `time_limit_s` as many as fit into it. Parameters that are
        given are not searched.
    random_state : int, RandomState instance or None, default None
        Seed of all random numbers. The same int gives bit-identical results.
    n_jobs : int, optional
        Upper bound on threads; None and -1 use all processors. Results are bit-identical for every value.
    engine : {"auto", "native", "reference"}, default "auto"
        The engine that trains the networks.

    Attributes
    ----------
    n_features_in_ : int
        Number of columns of X.
    feature_names_in_ : ndarray of shape (n_columns,), dtype object
        Names of the columns, if X had names.
    model_ : TableModel or GroupedModel
        The fitted model; with `by` the models of the groups.
    n_iter_ : int
        Largest number of epochs that a network was trained for.
    trials_ : tuple of deltarule.tuning.Trial
        The trials of a search; only with `tune`, and not in a loaded estimator.
    notes_ : tuple of str
        What a user should know about the columns and the training, one sentence each.

    See Also
    --------
    deltarule.train : The same networks with test scores, from files.
    TabularClassifier : The same networks for classes.

    Examples
    --------
    >>> import deltarule as dr
    >>> X = [[float(i)] for i in range(20)]
    >>> y = [2.0 * i for i in range(20)]
    >>> model = dr.TabularRegressor(folds=2, epochs=5, hidden=(4,), random_state=0).fit(X, y)
    >>> model.predict(X).shape
    (20,)
    >>> model.predict_interval(X).shape
    (20, 2)
    """

    _task = Task.REGRESSION

    def predict(self, X: Any, quantiles: Sequence[float] | float | None = None) -> Array:
        """Predict the number of each row.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_columns)
            Raw rows.
        quantiles : float or sequence of float, optional
            Predict these quantiles instead, with levels from 0.005 to 0.995. They are estimated from the
            errors on out-of-fold rows.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_quantiles), dtype float64
            Predicted numbers or quantiles, in the units of y.

        Raises
        ------
        DataError
            If X is empty or cannot be read.
        SettingError
            If a level is not allowed, or `fit` had fewer than 10 rows.

        Warns
        -----
        DataWarning
            If cells do not fit their column, are categories that `fit` has not seen or numbers outside
            its range, or if columns are distributed differently than in `fit`.
        """
        prediction = self._prediction(X, () if quantiles is None else quantiles)
        return prediction.values if prediction.quantiles is None else prediction.quantiles

    def predict_interval(self, X: Any, coverage: float = 0.9) -> Array:
        """Predict an interval that holds the target with probability `coverage`.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_columns)
            Raw rows.
        coverage : float, default 0.9
            Share of rows whose target is expected inside the interval, 0 < coverage ≤ 0.99.

        Returns
        -------
        ndarray of shape (n_samples, 2), dtype float64
            Lower and upper ends, in the units of y.

        Raises
        ------
        DataError
            If X is empty or cannot be read.
        SettingError
            If `coverage` is not allowed, or `fit` had fewer than 10 rows.

        Warns
        -----
        DataWarning
            If cells do not fit their column, are categories that `fit` has not seen or numbers outside
            its range, or if columns are distributed differently than in `fit`.
        """
        checks.number("coverage", coverage, above=0, at_most=0.99, hint="Typical: 0.9.")
        tail = (1 - coverage) / 2
        return self.predict(X, quantiles=[tail, 1 - tail])

    def _encode_target(self, y: Any) -> tuple[Target, Array]:
        name = str(getattr(y, "name", None) or "y")
        return NumberTarget(name), as_numbers(self, y)

    def _encode_truth(self, y: Any) -> Array:
        return self.model_.target.standardize(as_numbers(self, y))

    def _set_model(self, model: TableModel | GroupedModel) -> None:
        self.model_ = model
