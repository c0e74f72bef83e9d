"""What the estimators of raw tables share: parameters stored, one fit, a table model inside."""

from __future__ import annotations

import dataclasses
import time
from abc import abstractmethod
from numbers import Integral, Real
from os import PathLike
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils._param_validation import Interval, Options
from sklearn.utils.validation import _check_sample_weight, check_consistent_length, check_is_fitted

from deltarule._common.processors import thread_count
from deltarule.data import Table
from deltarule.engines import engine_choices
from deltarule.errors import DataError, DeltaruleError, ModelFileError
from deltarule.estimators.mlp_parameter_table import FamilyNames
from deltarule.estimators.table_inputs import as_table
from deltarule.preprocessing import ClassTarget, NumberTarget
from deltarule.preprocessing.targets import single_row_notes
from deltarule.table_model import TableModel, TableSettings, load_model
from deltarule.table_model.design import LabeledTable, design_training
from deltarule.table_model.fold_networks import RunOptions
from deltarule.table_model.model_fitting import FittedModel, fit_model
from deltarule.table_model.partial_dependence import Dependence, partial_dependence
from deltarule.table_model.permutation_importance import ColumnImportance, permutation_importances

Array = NDArray[Any]
Path = str | PathLike[str]

_COUNT = [Interval(Integral, 1, None, closed="left"), None]
CONSTRAINTS: dict[str, Any] = {
    "hidden": ["array-like", Interval(Integral, 1, None, closed="left"), None],
    "activation": [str, None],
    "dropout": [Interval(Real, 0, 1, closed="left"), None],
    "l1": [Interval(Real, 0, None, closed="left")],
    "l2": [Interval(Real, 0, None, closed="left")],
    "optimizer": [str, None],
    "learning_rate": [Interval(Real, 0, None, closed="neither"), None],
    "batch_size": _COUNT,
    "epochs": _COUNT,
    "patience_epochs": _COUNT,
    "time_limit_s": [Interval(Real, 0, None, closed="neither"), None],
    "folds": _COUNT,
    "validation_fraction": [Interval(Real, 0, 1, closed="neither"), None],
    "drop": ["array-like", str],
    "random_state": ["random_state"],
    "n_jobs": [Interval(Integral, 1, None, closed="left"), Options(Integral, {-1}), None],
    "engine": [FamilyNames(engine_choices)],
}


class BaseTabular(BaseEstimator):
    """Base of the two estimators: `deltarule.train` without the test rows, in scikit-learn's manners."""

    _parameter_constraints: ClassVar[dict[str, Any]] = CONSTRAINTS
    model_: TableModel

    @abstractmethod
    def _target(self, y: Any) -> tuple[ClassTarget | NumberTarget, Array]:
        """Return what is to be fitted, and y as class numbers int32 or as numbers float64."""

    @abstractmethod
    def _set_model(self, model: TableModel) -> None:
        """Take a model: set `model_` and what can be saved from it."""

    def _learn(self, X: Any, y: Any, sample_weight: Any) -> Self:
        """Fit; what fails leaves the estimator as it was, fitted or not."""
        before = dict(self.__dict__)
        try:
            return self._fitted(X, y, sample_weight)
        except BaseException:
            self.__dict__.clear()
            self.__dict__.update(before)
            raise

    def _fitted(self, X: Any, y: Any, sample_weight: Any) -> Self:
        started = time.perf_counter()
        table = as_table(self, X, reset=True)
        source, notes = table.source, table.notes
        target, targets = self._target(y)
        check_consistent_length(targets, table.columns[0].values)
        if table.rows == 1:
            raise ValueError(
                "n_samples = 1: from one row there is nothing to learn. Give more rows."
            )
        weights = None
        if sample_weight is not None:
            weights = _check_sample_weight(
                sample_weight, np.empty((table.rows, 0)), dtype=np.float64, ensure_non_negative=True
            )
        settings = self._settings()
        labeled = LabeledTable(table, target, targets, np.arange(table.rows), weights)
        options = RunOptions(self.engine, self._threads())
        design = design_training(labeled, settings, options, encoded_target=None, started=started)
        del table, labeled  # they are encoded now
        fitted = fit_model(design, options)
        if not any(training.kept_epoch for training in fitted.trainings):
            raise DataError(f"{fitted.explanation} Nothing was fitted.")
        about = _about(self, fitted, settings, source)
        self._set_model(dataclasses.replace(fitted.model, about=about))
        self.n_iter_ = max(len(training.history) for training in fitted.trainings)
        rare: list[str] = []
        if isinstance(target, ClassTarget):
            counts = np.bincount(targets, minlength=len(target.classes))
            rare = single_row_notes(target.classes, counts)
        self.notes_ = (*notes, *rare, *design.encoder.notes, *fitted.notes)
        return self

    def _settings(self) -> TableSettings:
        given = self.get_params(deep=False)
        fields = {f.name for f in dataclasses.fields(TableSettings)}
        values = {name: value for name, value in given.items() if name in fields}
        if isinstance(values.get("class_weight"), dict):
            del values["class_weight"]  # by labels: the classifier's to translate
        for name in ("hidden", "drop"):
            if values[name] is not None:
                values[name] = tuple(np.atleast_1d(np.asarray(values[name])).tolist())
        values["drop"] = tuple(str(name) for name in values["drop"])
        return TableSettings(**values, seed=_seed_of(self.random_state))

    def _threads(self) -> int | None:
        """Return n_jobs as a number of threads: None and -1 are all processors."""
        return None if self.n_jobs in (None, -1) else int(self.n_jobs)

    def _outputs(self, X: Any) -> Array:
        check_is_fitted(self)
        table = as_table(self, X, reset=False)
        threads = thread_count(self._threads())
        return self.model_.outputs(table, engine=self.engine, threads=threads)

    def permutation_importance(
        self, X: Any, y: Any, *, columns: Any = None, most_rows: int = 1000
    ) -> tuple[ColumnImportance, ...]:
        """Return by how much the loss on X and y rises when a column's cells are dealt out anew.

        The highest first; of all `columns` that the model uses, or of those. Use rows that fit has not
        seen. Loss: mean −log(probability of the true class), or the mean squared error over the variance
        of the training targets. At most `most_rows` rows are used.
        """
        table, truth = self._table_and_truth(X, y)
        if columns is None:
            columns = self.model_.encoder.columns
        elif isinstance(columns, str | Integral):
            columns = (columns,)
        names = tuple(str(name) for name in columns)
        seed = _seed_of(self.random_state)
        return permutation_importances(
            self.model_, table, truth, names, most_rows=most_rows, seed=seed
        )

    def partial_dependence(self, X: Any, column: Any, *, most_rows: int = 500) -> Dependence:
        """Return how the mean prediction for the rows of X depends on one column (Friedman 2001).

        Every row gets the same value in `column`, for each of a grid of values; the predictions are
        averaged. Columns of an array are called x0, x1, ...
        """
        check_is_fitted(self)
        return partial_dependence(
            self.model_, as_table(self, X, reset=False), str(column), most_rows=most_rows
        )

    def _table_and_truth(self, X: Any, y: Any) -> tuple[Table, Array]:
        check_is_fitted(self)
        table = as_table(self, X, reset=False)
        check_consistent_length(table.columns[0].values, y)
        return table, self._truth(y)

    @abstractmethod
    def _truth(self, y: Any) -> Array:
        """Return y as the model fitted it: class numbers, or standardized numbers."""

    def save(self, path: Path) -> None:
        """Write the fitted model as one file, complete or not at all, without pickle.

        It is the file that `deltarule train` writes: `deltarule predict` and `deltarule inspect` take it.
        """
        check_is_fitted(self)
        self.model_.save(path)

    @classmethod
    def load(cls, path: Path) -> Self:
        """Return the estimator of a file that `save` or `deltarule train` wrote; runs no code from it.

        Its parameters are those it was fitted with, but for random_state; raises `ModelFileError`.
        """
        model = load_model(path)
        estimator = cls()
        if model.task != estimator._task:
            raise ModelFileError(
                f"{path} holds a model for {model.task}: load it with deltarule.Tabular"
                f"{'Classifier' if model.task == 'classification' else 'Regressor'}."
            )
        try:
            _restore(estimator, model, path)
            estimator._set_model(model)
        except DeltaruleError:
            raise
        except (AttributeError, KeyError, TypeError, ValueError, OverflowError) as error:
            raise ModelFileError(
                f"{path} does not describe a {cls.__name__} ({error}): save it again with save()."
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


def _seed_of(random_state: Any) -> int:
    if isinstance(random_state, Integral):
        return int(random_state)
    return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))


def _about(
    estimator: Any, fitted: FittedModel, settings: TableSettings, source: str
) -> dict[str, Any]:
    """Return how the model was made, as strict JSON types."""
    given = estimator.get_params(deep=False)
    plain = {name: _plain(value) for name, value in given.items() if name != "random_state"}
    names = getattr(estimator, "feature_names_in_", None)
    classes = getattr(estimator, "classes_", None)
    trainings = fitted.trainings
    return {
        "settings": settings.to_json(),
        "recipe": fitted.design.recipe.to_json(),
        "source": source,
        "rows": {"training": len(fitted.design.rows)},
        "explanation": fitted.explanation,
        "epochs": [len(training.history) for training in trainings],
        "kept_epochs": [training.kept_epoch for training in trainings],
        "engine": trainings[0].engine,
        "estimator": {
            "parameters": plain,
            "columns": int(estimator.n_features_in_),
            "names": None if names is None else [str(name) for name in names],
            "labels": None if classes is None else _label_kind(classes),
        },
    }


def _label_kind(classes: Array) -> str:
    """Return what labels are: their texts stand in the target. "object" where they are Python's own."""
    return {"b": "bool", "i": "int64", "u": "int64", "f": "float64", "O": "object"}.get(
        classes.dtype.kind, "str"
    )


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray | list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {"weights": [[_plain(key), _plain(weight)] for key, weight in value.items()]}
    return value


def _parameter(value: Any) -> Any:
    """Return what `_plain` turned into the types of JSON; lists come back as tuples."""
    if isinstance(value, dict):
        pairs = value.get("weights")
        return dict(pairs) if isinstance(pairs, list) else value
    return tuple(_parameter(item) for item in value) if isinstance(value, list) else value


def _restore(estimator: Any, model: TableModel, path: Path) -> None:
    """Set the parameters and the columns that `_about` saved; a file of `train` tells neither."""
    saved = model.about.get("estimator", {})
    parameters = dict(saved.get("parameters", {}))
    if not set(parameters) <= set(estimator.get_params(deep=False)):
        raise ModelFileError(f"{path} holds parameters that a {type(estimator).__name__} has not.")
    estimator.set_params(**{name: _parameter(value) for name, value in parameters.items()})
    estimator._validate_params()
    columns = [t.column for t in model.encoder.treatments if t.features]
    names = saved.get("names", columns)
    estimator.n_features_in_ = int(saved.get("columns", len(columns)))
    if names is not None:
        if len(names) != estimator.n_features_in_:
            raise ModelFileError(f"{path} says of its columns what cannot be: save it again.")
        estimator.feature_names_in_ = np.array([str(name) for name in names], dtype=object)
