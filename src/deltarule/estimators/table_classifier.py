"""TabularClassifier: raw tables in, class probabilities out."""

from __future__ import annotations

import dataclasses
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin
from sklearn.utils.multiclass import check_classification_targets

from deltarule.data.table import spell
from deltarule.errors import DataError
from deltarule.estimators.table_base import BaseTabular
from deltarule.estimators.table_inputs import as_target, distinct
from deltarule.estimators.table_parameters import CONSTRAINTS
from deltarule.estimators.table_saving import saved_labels
from deltarule.preprocessing import ClassTarget, Target, Task
from deltarule.table_model import GroupedModel, TableModel, TableSettings

Array = NDArray[Any]


class TabularClassifier(ClassifierMixin, BaseTabular):
    """The networks of `deltarule.train` for classes, as a scikit-learn estimator.

    X is a raw table: texts, dates, missing values, constant columns and numbers of any scale are allowed.
    Parameters that are None are chosen by the size of the table.

    Parameters
    ----------
    class_weight : dict of label to float, "balanced" or None, default None
        Weight of each class; classes that are not listed have weight 1. "balanced" gives all classes the
        same total weight.
    threshold : float or str, optional
        Lowest probability of the second class of two at which `predict` returns it. "f1" and
        "balanced_accuracy" choose the threshold with the best score on the out-of-fold rows of `fit`,
        "cost=5:1" that of the lowest cost, if a missed row of this class costs 5 and a false alarm 1.
        By default the more probable class is predicted. `predict_proba` does not depend on it.
    by : str, optional
        A column of X whose values are groups, such as shops: each group gets a model of its own, and a
        model of all rows predicts rows of other groups, of groups with fewer than 10 rows and without
        a value.
    time_limit_s : float, optional
        Time limit of `fit` in seconds. The best weights so far are kept. This is the only parameter
        under which two runs may differ.
    folds : int, optional
        Number of networks, each validated on its own share of the rows; their probabilities are
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
    classes_ : ndarray of shape (n_classes,)
        The class labels, in order.
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
    TabularRegressor : The same networks for numbers.

    Examples
    --------
    >>> import deltarule as dr
    >>> X = [[float(i * i), "a" if i % 2 else "b"] for i in range(20)]
    >>> y = ["low"] * 10 + ["high"] * 10
    >>> model = dr.TabularClassifier(folds=1, epochs=5, hidden=(4,), random_state=0).fit(X, y)
    >>> model.classes_.tolist()
    ['high', 'low']
    >>> model.predict_proba(X).shape
    (20, 2)
    """

    _task = Task.CLASSIFICATION
    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **BaseTabular._parameter_constraints,
        "class_weight": CONSTRAINTS["class_weight"],
        "threshold": CONSTRAINTS["threshold"],
    }

    def __init__(
        self,
        *,
        class_weight: Any = None,
        threshold: float | str | None = None,
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
        super().__init__(
            by=by,
            time_limit_s=time_limit_s,
            folds=folds,
            validation_fraction=validation_fraction,
            columns=columns,
            missing=missing,
            decimal=decimal,
            day_first=day_first,
            drop=drop,
            keep=keep,
            hidden=hidden,
            activation=activation,
            dropout=dropout,
            l1=l1,
            l2=l2,
            optimizer=optimizer,
            learning_rate=learning_rate,
            batch_size=batch_size,
            epochs=epochs,
            patience_epochs=patience_epochs,
            tune=tune,
            random_state=random_state,
            n_jobs=n_jobs,
            engine=engine,
        )
        self.class_weight = class_weight
        self.threshold = threshold

    def predict(self, X: Any) -> Array:
        """Predict the class of each row: the most probable one, or by the `threshold`.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_columns)
            Raw rows.

        Returns
        -------
        ndarray of shape (n_samples,)
            Labels in the type of y.

        Raises
        ------
        DataError
            If X is empty or cannot be read.

        Warns
        -----
        DataWarning
            If cells do not fit their column, are categories that `fit` has not seen or numbers outside
            its range, or if columns are distributed differently than in `fit`.
        """
        predicted = self._prediction(X)  # raises where fit was not called
        return self.classes_[predicted.class_numbers]

    def predict_proba(self, X: Any) -> Array:
        """Predict the probability of each class.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_columns)
            Raw rows.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), dtype float64
            Calibrated probabilities in the order of `classes_`; each row sums to 1.

        Raises
        ------
        DataError
            If X is empty or cannot be read.

        Warns
        -----
        DataWarning
            If cells do not fit their column, are categories that `fit` has not seen or numbers outside
            its range, or if columns are distributed differently than in `fit`.
        """
        predicted = self._prediction(X)  # raises where fit was not called
        assert predicted.probabilities is not None
        return predicted.probabilities

    def predict_log_proba(self, X: Any) -> Array:
        """Predict the logarithm of the probability of each class.

        Parameters
        ----------
        X : data frame or array-like of shape (n_samples, n_columns)
            Raw rows.

        Returns
        -------
        ndarray of shape (n_samples, n_classes), dtype float64
            Natural logarithms of what `predict_proba` returns.

        Raises
        ------
        DataError
            If X is empty or cannot be read.

        Warns
        -----
        DataWarning
            If cells do not fit their column, are categories that `fit` has not seen or numbers outside
            its range, or if columns are distributed differently than in `fit`.
        """
        return np.log(self.predict_proba(X))

    def _encode_target(self, y: Any) -> tuple[Target, Array]:
        labels = as_target(self, y)
        self.classes_, codes = _classes(labels)
        name = str(getattr(y, "name", None) or "y")
        return ClassTarget(name, _texts(self.classes_), _kind(self.classes_)), codes

    def _settings(self) -> TableSettings:
        settings = super()._settings()
        if not isinstance(self.class_weight, dict):
            return settings
        weights = _weights_by_text(self.class_weight, self.classes_)
        return dataclasses.replace(settings, class_weight=weights)

    def _encode_truth(self, y: Any) -> Array:
        labels = as_target(self, y)
        places = np.searchsorted(self.classes_, labels)
        found = self.classes_[np.minimum(places, len(self.classes_) - 1)] == labels
        if not np.all(found):
            raise ValueError(
                f"y holds {labels[~found][0]!r}, which is not a class of the training."
            )
        return places

    def _set_model(self, model: TableModel | GroupedModel) -> None:
        self.classes_ = saved_labels(model)
        self.model_ = model


def _classes(labels: Array) -> tuple[Array, Array]:
    """Return the distinct labels in order, and the class number of each row, int32 (rows,).

    Raises `DataError` for texts mixed with other labels, which have no order, and scikit-learn's
    `ValueError` for labels that are not classes.
    """
    if labels.dtype.kind == "O":
        found = distinct(labels)
        _refuse_mixed_types(found)
        if isinstance(
            found[0], str
        ):  # sorting the distinct labels is faster than `np.unique` of all
            found.sort()
            place = {label: i for i, label in enumerate(found)}
            codes = np.fromiter((place[label] for label in labels.tolist()), np.int32, len(labels))
            return np.array(found, dtype=object), codes
    check_classification_targets(labels)
    classes, places = np.unique(labels, return_inverse=True)
    return classes, places.astype(np.int32)


def _refuse_mixed_types(labels: list[Any]) -> None:
    by_type = {isinstance(label, str): label for label in labels}
    if len(by_type) == 2:
        raise DataError(
            f"y holds texts and other labels, for example {by_type[True]!r} and {by_type[False]!r}: give "
            "all labels one type, for example text."
        )


def _texts(classes: Array) -> tuple[str, ...]:
    """Return labels as texts, all distinct."""
    if classes.dtype.kind == "b":
        return tuple(spell(label, "boolean") for label in classes.tolist())
    return tuple(str(label) for label in classes.tolist())


def _kind(classes: Array) -> str:
    """Return the kind of a target column with these labels, which `deltarule predict` writes."""
    if classes.dtype.kind == "b":
        return "boolean"
    is_exact = classes.dtype.kind in "iuf" and (np.abs(classes.astype(np.float64)) < 2**53).all()
    return "number" if is_exact else "text"


def _weights_by_text(
    class_weight: dict[Any, float], classes: Array
) -> tuple[tuple[str, float], ...]:
    """Return weights by the texts of labels; unknown labels are refused when the weights are used."""
    texts = dict(zip(classes.tolist(), _texts(classes), strict=True))
    return tuple((texts.get(k, str(k)), w) for k, w in class_weight.items())
