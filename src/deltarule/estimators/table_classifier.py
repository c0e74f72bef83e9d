"""TabularClassifier: raw tables in, classes with probabilities out."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.multiclass import check_classification_targets

from deltarule.errors import DataError, ModelFileError
from deltarule.estimators.table_base import CONSTRAINTS, BaseTabular
from deltarule.estimators.table_inputs import as_target, different
from deltarule.preprocessing import ClassTarget, NumberTarget
from deltarule.table_model import TableModel, TableSettings

Array = NDArray[Any]


class TabularClassifier(ClassifierMixin, BaseTabular):
    """The networks of `deltarule.train` for classes, as an estimator of scikit-learn.

    X is a raw table: a pandas or polars data frame, a pyarrow table, or an array; texts, dates, missing
    values, constant columns and any scale are taken as they come. No parameter needs to be touched: what
    is None is chosen by the size of the table (`deltarule.table_model.recipe`).

    class_weight : dict of label to weight, "balanced" or None.
    time_limit_s : seconds of fit; what is best by then is kept. The one setting under which two
        runs may differ.
    folds : so many networks, each of which leaves out its own share of the rows and stops by it; their
        probabilities are averaged. 1: one network, stopped by `validation_fraction` of the rows.
    drop : columns that must not be learned from, by name.
    hidden, activation, dropout, l1, l2, optimizer, learning_rate, batch_size, epochs, patience_epochs :
        of each network, as in `deltarule.TableSettings`.
    random_state : int, RandomState or None. The same int gives the same bits, for any number of threads.
    n_jobs : at most so many threads; None and -1: all processors.
    engine : "auto", "native" or "reference".

    Attributes: `classes_`, `n_features_in_`, `feature_names_in_` (of a frame), `model_` (the
    `TableModel` inside), `n_iter_` (the most epochs of a network), `notes_` (what a person should know
    about the columns).
    """

    _task = "classification"
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **CONSTRAINTS,
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        *,
        class_weight: Any = None,
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
        self.class_weight = class_weight
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
        """Learn to tell the classes y (rows,) of the rows of X apart.

        `sample_weight` (rows,): how much each row counts, at least 0. Raises `ValueError` (often a
        `DeltaruleError`) in one sentence for what cannot be learned.
        """
        return self._learn(X, y, sample_weight)

    def predict(self, X: Any) -> Array:
        """Return the most probable class of each row of X, in the type of y, shape (rows,)."""
        places = self._outputs(X).argmax(axis=1)
        return self.classes_[places]

    def predict_proba(self, X: Any) -> Array:
        """Return float64 (rows, classes), columns in the order of `classes_`; each row sums to 1."""
        outputs = self._outputs(X)
        return outputs / outputs.sum(axis=1, keepdims=True)

    def predict_log_proba(self, X: Any) -> Array:
        """Return the logarithm of `predict_proba`."""
        return np.log(self.predict_proba(X))

    def _target(self, y: Any) -> tuple[ClassTarget | NumberTarget, Array]:
        labels = as_target(self, y)
        self.classes_, codes = _classes(labels)
        name = str(getattr(y, "name", None) or "y")
        return ClassTarget(name, _texts(self.classes_)), codes

    def _settings(self) -> TableSettings:
        settings = super()._settings()
        if not isinstance(self.class_weight, dict):
            return settings
        weights = _by_text(self.class_weight, self.classes_)
        return dataclasses.replace(settings, class_weight=weights)

    def _truth(self, y: Any) -> Array:
        labels = as_target(self, y)
        places = np.searchsorted(self.classes_, labels)
        found = self.classes_[np.minimum(places, len(self.classes_) - 1)] == labels
        if not np.all(found):
            raise ValueError(f"y holds {labels[~found][0]!r}, which is none of the known classes.")
        return places

    def _set_model(self, model: TableModel) -> None:
        assert isinstance(model.target, ClassTarget)
        kind = model.about.get("estimator", {}).get("labels")
        if kind is None:  # of a file of `deltarule train`
            self.classes_ = model.target.decode(np.arange(len(model.target.classes)))
        else:
            self.classes_ = _labels(model.target.classes, kind)
        self.model_ = model


def _classes(labels: Array) -> tuple[Array, Array]:
    """Return the different labels in order, and for each row which it has, int32 (rows,).

    Raises `DataError` where some are texts and some are not, which have no order, and scikit-learn's
    `ValueError` for what is no class.
    """
    if labels.dtype.kind == "O":
        found = different(labels)
        _refuse_two_types(found)
        if isinstance(found[0], str):  # sorting the few is quicker than `np.unique` of all
            found.sort()
            place = {label: i for i, label in enumerate(found)}
            own = np.fromiter((place[label] for label in labels.tolist()), np.int32, len(labels))
            return np.array(found, dtype=object), own
    check_classification_targets(labels)
    classes, codes = np.unique(labels, return_inverse=True)
    return classes, codes.astype(np.int32)


def _refuse_two_types(labels: list[Any]) -> None:
    by_type = {isinstance(label, str): label for label in labels}
    if len(by_type) == 2:
        raise DataError(
            f"y holds both texts and others, for example {by_type[True]!r} and {by_type[False]!r}: give "
            "all labels one type, for example as texts."
        )


def _texts(classes: Array) -> tuple[str, ...]:
    """Return labels as texts, all different."""
    return tuple(str(label) for label in classes.tolist())


def _by_text(class_weight: dict[Any, float], classes: Array) -> tuple[tuple[str, float], ...]:
    """Return weights by the labels' texts; what is no label stays as it is, for `learn` to refuse."""
    texts = dict(zip(classes.tolist(), _texts(classes), strict=True))
    return tuple((texts.get(k, str(k)), w) for k, w in class_weight.items())


def _labels(texts: tuple[str, ...], kind: object) -> Array:
    """Return the labels that `_texts` turned into texts, in the type they had."""
    try:
        if kind == "bool":
            return np.array([{"False": False, "True": True}[text] for text in texts])
        if kind in ("int64", "float64"):
            return np.array([float(t) if kind == "float64" else int(t) for t in texts])
        if kind in ("str", "object"):
            return np.array(texts, dtype=np.str_ if kind == "str" else object)
    except (KeyError, ValueError, OverflowError):
        pass
    raise ModelFileError("The model file says of its class labels what cannot be: save it again.")
