"""TabularRegressor: raw tables in, numbers with intervals out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Self

from numpy.typing import NDArray
from sklearn.base import RegressorMixin, _fit_context

from deltarule._common import checks
from deltarule.estimators.table_base import BaseTabular
from deltarule.estimators.table_inputs import as_numbers
from deltarule.preprocessing import ClassTarget, NumberTarget
from deltarule.table_model import TableModel

Array = NDArray[Any]


class TabularRegressor(RegressorMixin, BaseTabular):
    """The networks of `deltarule.train` for a number, as an estimator of scikit-learn.

    X is a raw table: a pandas or polars data frame, a pyarrow table, or an array; texts, dates, missing
    values, constant columns and any scale are taken as they come. No parameter needs to be touched: what
    is None is chosen by the size of the table (`deltarule.table_model.recipe`).

    time_limit_s : seconds of fit; what is best by then is kept. The one setting under which two
        runs may differ.
    folds : so many networks, each of which leaves out its own share of the rows and stops by it; their
        predictions are averaged. 1: one network, stopped by `validation_fraction` of the rows.
    drop : columns that must not be learned from, by name.
    hidden, activation, dropout, l1, l2, optimizer, learning_rate, batch_size, epochs, patience_epochs :
        of each network, as in `deltarule.TableSettings`.
    random_state : int, RandomState or None. The same int gives the same bits, for any number of threads.
    n_jobs : at most so many threads; None and -1: all processors.
    engine : "auto", "native" or "reference".

    Attributes: `n_features_in_`, `feature_names_in_` (of a frame), `model_` (the `TableModel` inside),
    `n_iter_` (the most epochs of a network), `notes_` (what a person should know about the columns).
    """

    _task = "regression"

    def __init__(
        self,
        *,
        time_limit_s: float | None = None,
        folds: int | None = None,
        validation_fraction: float | None = None,
        drop: Any = (),
        hidden: Any = None,
        activation: str | None = None,
        dropout: float | None = None,
        l1: float = 0.0,
        l2: float = 0.0,
        optimizer: str | None = None,
        learning_rate: float | None = None,
        batch_size: int | None = None,
        epochs: int | None = None,
        patience_epochs: int | None = None,
        random_state: Any = None,
        n_jobs: int | None = None,
        engine: str = "auto",
    ) -> None:
        self.time_limit_s = time_limit_s
        self.folds = folds
        self.validation_fraction = validation_fraction
        self.drop = drop
        self.hidden = hidden
        self.activation = activation
        self.dropout = dropout
        self.l1 = l1
        self.l2 = l2
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.batch_size = batch_size
        self.epochs = epochs
        self.patience_epochs = patience_epochs
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.engine = engine

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Learn to predict the numbers y (rows,) from the rows of X.

        `sample_weight` (rows,): how much each row counts, at least 0. Raises `ValueError` (often a
        `DeltaruleError`) in one sentence for what cannot be learned.
        """
        return self._learn(X, y, sample_weight)

    def predict(self, X: Any, quantiles: Sequence[float] | float | None = None) -> Array:
        """Return the predicted numbers, float64 (rows,).

        With `quantiles` (numbers from 0.005 to 0.995) return float64 (rows, quantiles) instead: the
        numbers below which the truth is expected to lie so often, told by the errors on rows that the
        networks were not trained on. Raises `SettingError` where fit saw fewer than 10 rows.
        """
        outputs = self._outputs(X)
        prediction = self.model_.prediction(outputs, () if quantiles is None else quantiles)
        return prediction.values if prediction.quantiles is None else prediction.quantiles

    def predict_interval(self, X: Any, coverage: float = 0.9) -> Array:
        """Return float64 (rows, 2): the ends between which the truth lies in `coverage` of all rows."""
        checks.number("coverage", coverage, above=0, at_most=0.99, hint="Typical: 0.9.")
        tail = (1 - coverage) / 2
        return self.predict(X, quantiles=[tail, 1 - tail])

    def _target(self, y: Any) -> tuple[ClassTarget | NumberTarget, Array]:
        name = str(getattr(y, "name", None) or "y")
        return NumberTarget(name), as_numbers(self, y)

    def _truth(self, y: Any) -> Array:
        target = self.model_.target
        assert isinstance(target, NumberTarget)
        return (as_numbers(self, y) - target.mean) / target.scale

    def _set_model(self, model: TableModel) -> None:
        self.model_ = model
