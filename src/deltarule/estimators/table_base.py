"""What the table estimators share: parameters, fit, predictions, saving."""

from __future__ import annotations

import dataclasses
import warnings
from abc import abstractmethod
from collections.abc import Sequence
from numbers import Integral
from time import perf_counter
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, _fit_context
from sklearn.utils import estimator_html_repr
from sklearn.utils._param_validation import Interval, Options, StrOptions
from sklearn.utils.validation import _check_sample_weight, check_consistent_length, check_is_fitted

from deltarule._common.blas_threads import single_blas_thread
from deltarule._common.notebook_display import html_of
from deltarule._common.processors import thread_count
from deltarule.engines import engine_choices
from deltarule.errors import DataError, DataWarning, DeltaruleError, ModelFileError
from deltarule.estimators.mlp_parameter_table import FamilyNames
from deltarule.estimators.table_explanations import TableExplanationsMixin
from deltarule.estimators.table_groups import GroupsOfFit, refuse_interrupted, with_schema
from deltarule.estimators.table_inputs import as_table, is_duration, rows_like_fit
from deltarule.estimators.table_parameters import CONSTRAINTS, OF_CLASSIFIERS, SETTINGS
from deltarule.estimators.table_saving import Path, about_estimator, restore_estimator
from deltarule.estimators.table_split import seed_of, split_rule
from deltarule.estimators.table_summary import FitSummary
from deltarule.preprocessing import Target, Task
from deltarule.preprocessing.target_fitting import single_row_notes
from deltarule.splitting import Split
from deltarule.table_model import GroupedModel, Prediction, TableModel, TableSettings
from deltarule.table_model.by_group.grouped_loading import load
from deltarule.table_model.data_checks import CheckedTable, data_notes
from deltarule.table_model.design import LabeledTable, TrainingDesign, columns_without_use
from deltarule.table_model.design_training import design_training
from deltarule.table_model.fold_networks import RunOptions
from deltarule.table_model.integer_codes import with_codes_as_categories
from deltarule.table_model.model_fitting import fit_model
from deltarule.training.run_observers import observed, observed_progress
from deltarule.tuning.tuned_model import MAX_TRIALS, TunedModel, TuningOptions, tune_design

Array = NDArray[Any]


class BaseTabular(TableExplanationsMixin, BaseEstimator):
    """Base of the table estimators: `deltarule.train` without test rows, by sklearn's conventions."""

    _task: ClassVar[Task]
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **{name: rules for name, rules in CONSTRAINTS.items() if name not in OF_CLASSIFIERS},
        "by": [str, None],
        "random_state": ["random_state"],
        "columns": [dict, None],
        "missing": ["array-like", str, None],
        "decimal": [StrOptions({".", ","}), None],
        "day_first": ["boolean", None],
        "tune": ["boolean", Interval(Integral, 2, MAX_TRIALS, closed="both")],
        "n_jobs": [Interval(Integral, 1, None, closed="left"), Options(Integral, {-1}), None],
        "engine": [FamilyNames(engine_choices)],
    }
    model_: TableModel | GroupedModel

    def __init__(
        self,
        *,
        by: str | None = None,
        time_limit_s: float | None = None,
        folds: int | None = None,
        validation_fraction: float | None = None,
        columns: Any = None,
        missing: Any = None,
        decimal: str | None = None,
        day_first: bool | None = None,
        drop: Any = (),
        keep: Any = (),
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
        tune: bool | int = False,
        random_state: Any = None,
        n_jobs: int | None = None,
        engine: str = "auto",
    ) -> None:
        self.by = by
        self.time_limit_s = time_limit_s
        self.folds = folds
        self.validation_fraction = validation_fraction
        self.columns = columns
        self.missing = missing
        self.decimal = decimal
        self.day_first = day_first
        self.drop = drop
        self.keep = keep
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
        self.tune = tune
        self.random_state = random_state
        self.n_jobs = n_jobs
        self.engine = engine

    @abstractmethod
    def _encode_target(self, y: Any) -> tuple[Target, Array]:
        """Return the target, and y as class numbers int32 or as numbers float64."""

    @abstractmethod
    def _set_model(self, model: TableModel | GroupedModel) -> None:
        """Set `model_` and the attributes that depend on it."""

    @observed("fit of an estimator")
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self, X: Any, y: Any, sample_weight: Any = None, *, groups: Any = None, time: Any = None
    ) -> Self:
        """Fit the networks to X and y.

        If this fails, the estimator stays as it was before.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_columns)
            Raw rows: a pandas, polars or pyarrow table, or an array. Texts, dates and missing values are
            allowed.
        y : array-like of shape (n_samples,)
            The target, without missing values.
        sample_weight : array-like of shape (n_samples,), optional
            Weight of each row, at least 0.
        groups : str or array-like of shape (n_samples,), optional
            Rows with the same value are never divided between training and validation rows. The name of
            a column of X, which is then no input unless `keep` lists it, or an array.
        time : str or array-like of shape (n_samples,), optional
            Numbers or datetimes, or the name of a column of X as for `groups`: each network is validated
            on rows that are later than its training rows.

        Returns
        -------
        Self
            The fitted estimator.

        Raises
        ------
        DataError
            If X or y cannot be learned.
        SettingError
            If two parameters contradict each other.
        """
        before = dict(self.__dict__)
        try:
            return self._fit(X, y, sample_weight, groups, time)
        except BaseException:
            self.__dict__.clear()
            self.__dict__.update(before)
            raise

    @single_blas_thread()
    def _fit(self, X: Any, y: Any, sample_weight: Any, groups: Any, times: Any) -> Self:
        started = perf_counter()
        table = as_table(self, X)
        source, notes = table.source, table.notes
        target, targets = self._encode_target(y)
        check_consistent_length(targets, table.columns[0].values)
        if table.rows == 1:
            raise ValueError("n_samples = 1: one row is not enough to learn from. Give more rows.")
        weights = None
        if sample_weight is not None:
            weights = _check_sample_weight(
                sample_weight, np.empty((table.rows, 0)), dtype=np.float64, ensure_non_negative=True
            )
        settings = self._settings()
        settings.check_columns(table.names, None)
        rule, settings = split_rule(table, settings, groups, times)
        rows = np.arange(table.rows)
        by_group = None
        if self.by is not None:
            table = with_schema(table)
            given = LabeledTable(table, target, targets, rows, weights, rule)
            by_group = GroupsOfFit.of(self, given, settings)
        unused = columns_without_use(settings, table.names, None)
        table, code_notes = with_codes_as_categories(table, target, targets, rows, unused)
        labeled = LabeledTable(table, target, targets, rows, weights, rule)
        options = RunOptions(self.engine, self._threads(), observed_progress(None))
        is_tuned = bool(self.tune)
        # A search ends in time by itself, with all rows, networks and epochs.
        of_design = dataclasses.replace(settings, time_limit_s=None) if is_tuned else settings
        design = design_training(labeled, of_design, options, encoded_target=None, started=started)
        no_rows = rows[:0]
        checks = data_notes(
            CheckedTable.of_design(labeled, design, Split(rows, no_rows, no_rows), settings)
        )
        if by_group is None:
            del table, labeled  # only the encoded rows are needed from here on
        self.__dict__.pop("trials_", None)  # of an earlier fit
        tuned = self._tuned(design, options, started) if is_tuned else None
        fitted = fit_model(design, options) if tuned is None else tuned.fitted
        if not any(training.kept_epoch for training in fitted.trainings):
            raise DataError(f"{fitted.explanation} Nothing was learned.")
        about = about_estimator(self, fitted, settings, source)
        about = about if tuned is None else tuned.described(about)
        model = dataclasses.replace(fitted.model, about=about)
        self.n_iter_ = max(len(training.history) for training in fitted.trainings)
        of_groups: tuple[str, ...] = ()
        if by_group is None:
            self._set_model(model)
        else:
            refuse_interrupted(fitted.trainings)
            found = by_group.fit(labeled, settings, options, model)
            self._set_model(found.model)
            self.n_iter_, of_groups = max(self.n_iter_, found.epochs), found.notes
        self._fit_summary = FitSummary.of(fitted.trainings)
        rare: list[str] = []
        if target.classes:
            counts = np.bincount(targets, minlength=len(target.classes))
            rare = single_row_notes(target.classes, counts)
        hours = ("y has durations, which are predicted in hours.",) * is_duration(y)
        learned = (*code_notes, *design.encoder.notes, *checks, *fitted.notes)
        useless = [fitted.explanation] * any(one.comparison for one in fitted.trainings)
        self.notes_ = (*notes, *hours, *rare, *learned, *useless, *of_groups)
        return self

    def _tuned(self, design: TrainingDesign, options: RunOptions, started: float) -> TunedModel:
        trials = None if isinstance(self.tune, bool | np.bool_) else int(self.tune)
        tuned = tune_design(design, options, TuningOptions(trials, self.time_limit_s, started))
        self.trials_ = tuned.trials
        return tuned

    def _html_repr(self) -> str:
        return html_of(self) or estimator_html_repr(self)

    def _settings(self) -> TableSettings:
        given = self.get_params(deep=False)
        values = {name: given[name] for name in SETTINGS if name in given}
        if isinstance(values.get("class_weight"), dict):
            del values["class_weight"]  # by labels, which the classifier translates
        for name in ("hidden", "drop", "keep"):
            if values[name] is not None:
                values[name] = tuple(np.atleast_1d(np.asarray(values[name])).tolist())
        for name in ("drop", "keep"):
            values[name] = tuple(str(column) for column in values[name])
        return TableSettings(**values, seed=seed_of(self.random_state))

    def _threads(self) -> int | None:
        """Return n_jobs as a number of threads; None for all processors."""
        return None if self.n_jobs in (None, -1) else int(self.n_jobs)

    def _prediction(self, X: Any, quantiles: Sequence[float] | float = ()) -> Prediction:
        """Return the prediction for X; warn of what is unusual about its rows."""
        check_is_fitted(self)
        rows, threads = rows_like_fit(self, X), thread_count(self._threads())
        predicted = self.model_.predict(
            rows, quantiles=quantiles, engine=self.engine, threads=threads
        )
        if predicted.notes:
            warnings.warn(" ".join(predicted.notes), DataWarning, stacklevel=3)
        return predicted

    def save(self, path: Path) -> None:
        """Write the fitted model to one file, completely or not at all, without pickle.

        ``deltarule predict`` and ``deltarule inspect`` read this file too.

        Parameters
        ----------
        path : path
            Where to write the file.

        Raises
        ------
        FileError
            If the file cannot be written.
        """
        check_is_fitted(self)
        self.model_.save(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the estimator of a file that `save` or ``deltarule train`` wrote.

        The file is read as data; no code from it is run.

        Parameters
        ----------
        path : path
            The file.

        Returns
        -------
        object
            The fitted estimator, with the parameters it was fitted with, except for `random_state`.

        Raises
        ------
        FileError
            If the file cannot be read.
        ModelFileError
            If the file does not hold such a model.
        """
        model = load(path)
        estimator = cls()
        if model.task != estimator._task:
            raise ModelFileError(
                f"{path} holds a model for {model.task}: load it with deltarule."
                f"{ESTIMATORS[model.task]}."
            )
        try:
            restore_estimator(estimator, model, path)
            estimator._set_model(model)
        except DeltaruleError:
            raise
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            reason = str(error)[:200].replace("\n", " ")
            raise ModelFileError(
                f"{path} does not describe a {cls.__name__} ({reason}): save it again with save()."
            ) from error
        return estimator

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.input_tags.sparse = False
        return tags

    def __sklearn_is_fitted__(self) -> bool:
        return hasattr(self, "model_")


ESTIMATORS: dict[str, str] = {
    Task.CLASSIFICATION: "TabularClassifier",
    Task.REGRESSION: "TabularRegressor",
}
