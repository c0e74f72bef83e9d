"""MLPClassifier: scikit-learn's classifier, trained by deltarule's engines."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils import compute_sample_weight
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call

from deltarule._common import checks
from deltarule.activations import Activation
from deltarule.errors import SettingError
from deltarule.estimators import mlp_inputs, mlp_labels
from deltarule.estimators.mlp_base import BaseMLP
from deltarule.estimators.mlp_inputs import Samples
from deltarule.estimators.mlp_parameter_table import Parameter, with_parameters
from deltarule.losses import BinaryCrossEntropy, CategoricalCrossEntropy, Loss

Array = NDArray[Any]


@with_parameters(
    own={
        "loss": Parameter(
            '"log_loss", CategoricalCrossEntropy or BinaryCrossEntropy',
            [StrOptions({"log_loss"}), CategoricalCrossEntropy, BinaryCrossEntropy],
            """Loss: "log_loss" as in scikit-learn, or an object of `deltarule.losses` with label
            smoothing; categorical for three classes and more, binary otherwise.""",
        ),
        "class_weight": Parameter(
            'dict, "balanced" or None',
            [dict, StrOptions({"balanced"}), None],
            """Weight of each class by its label, 1 if not listed; "balanced" weights classes inversely to
            their frequency.""",
        ),
    },
    score="Accuracy",
)
class MLPClassifier(ClassifierMixin, BaseMLP):
    """Multi-layer perceptron classifier, a faster replacement for scikit-learn's.

    It minimizes the log-loss. The parameters up to `max_fun` are those of
    `sklearn.neural_network.MLPClassifier`, with the same meaning and defaults; the others are new and
    keyword-only.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        Class labels, sorted.
    {attributes}

    See Also
    --------
    MLPRegressor : The same for numbers.
    TabularClassifier : Takes raw tables with text, dates and missing values.

    Notes
    -----
    The same `random_state` gives the initial weights and the validation split of scikit-learn, but a
    different order of rows. Results are bit-identical for any number of threads.

    References
    ----------
    .. [1] Rumelhart, D. E., Hinton, G. E., Williams, R. J., "Learning representations by back-propagating
       errors", Nature 323, 1986.
    .. [2] Kingma, D. P., Ba, J., "Adam: a method for stochastic optimization", ICLR 2015.

    Examples
    --------
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.pipeline import make_pipeline
    >>> from sklearn.preprocessing import StandardScaler
    >>> from deltarule import MLPClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> mlp = MLPClassifier((16,), learning_rate_init=0.01, max_iter=500, random_state=0)
    >>> model = make_pipeline(StandardScaler(), mlp).fit(X, y)
    >>> model.score(X, y) > 0.95
    True
    >>> model.predict_proba(X[:2]).shape
    (2, 3)
    """

    def __init__(
        self,
        hidden_layer_sizes: Any = (100,),
        activation: Any = "relu",
        *,
        solver: str = "adam",
        alpha: float = 0.0001,
        batch_size: Any = "auto",
        learning_rate: Any = "constant",
        learning_rate_init: float = 0.001,
        power_t: float = 0.5,
        max_iter: int = 200,
        shuffle: bool = True,
        random_state: Any = None,
        tol: float = 1e-4,
        verbose: Any = False,
        warm_start: bool = False,
        momentum: float = 0.9,
        nesterovs_momentum: bool = True,
        early_stopping: bool = False,
        validation_fraction: float = 0.1,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        n_iter_no_change: Any = 10,
        max_fun: int = 15000,
        loss: Any = "log_loss",
        class_weight: Any = None,
        dropout: Any = 0.0,
        clip_norm: float | None = None,
        keep_best: str | None = None,
        callbacks: Any = None,
        n_threads: int | None = None,
        dtype: str | None = None,
        engine: str = "auto",
    ) -> None:
        self._store(locals())

    @available_if(lambda estimator: estimator._check_solver())
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Self:
        """Train for one more epoch.

        It is available for "adam" and "sgd".

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Inputs.
        y : array-like of shape (n_samples,) or (n_samples, n_labels)
            Labels.
        sample_weight : array-like of shape (n_samples,), optional
            Weights >= 0 of the rows.
        classes : array-like of shape (n_classes,), optional
            All labels; required in the first call.

        Returns
        -------
        self
            The fitted estimator.
        """
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' is not supported for partial_fit, which does not see all "
                "rows: use compute_class_weight('balanced', classes=classes, y=y) of all y and pass "
                "the result as class_weight."
            )
        _check_partial_fit_first_call(self, classes)
        return self._fit(X, y, sample_weight, incremental=True)

    def _check_samples(
        self, X: Any, y: Any, sample_weight: Any, *, reset: bool, incremental: bool
    ) -> Samples:
        X, y = mlp_inputs.checked_pair(self, X, y, reset=reset, numeric=False)
        X = X if self.dtype is None else X.astype(self.dtype, copy=False)
        is_sparse = hasattr(y, "toarray")
        y, is_multilabel = mlp_labels.flat_labels(y)
        if not hasattr(self, "classes_") or not (self.warm_start or incremental):
            self.classes_, class_numbers = mlp_labels.classes_in(y, is_multilabel)
        else:
            class_numbers = mlp_labels.to_class_numbers(y, is_multilabel, self)
        self._multilabel = is_multilabel
        if reset:
            self._sparse_labels = is_sparse
        weights = mlp_inputs.checked_weights(sample_weight, X)
        if self.class_weight is not None:
            if isinstance(self.class_weight, dict):
                _check_class_weights(self.class_weight)
            by_class = compute_sample_weight(self.class_weight, y).astype(X.dtype)
            weights = by_class if weights is None else weights * by_class
        targets = mlp_labels.as_targets(class_numbers, is_multilabel, len(self.classes_), X.dtype)
        even = targets.astype(bool) if targets.ndim == 2 and not is_multilabel else None
        return Samples(X, targets, weights, even)

    def _loss_and_output(self, samples: Samples) -> tuple[Loss, Activation | str, int]:
        is_multiclass = samples.targets.ndim == 1
        outputs = len(self.classes_) if is_multiclass else samples.targets.shape[1]
        kind: type[Loss] = CategoricalCrossEntropy if is_multiclass else BinaryCrossEntropy
        loss = kind() if self.loss == "log_loss" else self.loss
        if not isinstance(loss, kind):
            raise ValueError(
                f"loss={loss!r} does not fit these classes: use {kind.__name__}(label_smoothing=...)."
            )
        return loss, "softmax" if is_multiclass else "sigmoid", outputs

    def predict(self, X: Any) -> Array:
        """Predict labels.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Inputs.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_labels)
            The most probable class of each row, or 0 and 1 for several labels: a `csr_matrix` if y was
            sparse in `fit`.
        """
        outputs = self._outputs(X)
        if self.out_activation_ == "softmax":
            return self.classes_[outputs.argmax(axis=1)]
        if self._multilabel:
            labels = (outputs > 0.5).astype(np.int64)
            return csr_matrix(labels) if getattr(self, "_sparse_labels", False) else labels
        if len(self.classes_) == 1:
            return np.repeat(self.classes_, len(outputs))
        return self.classes_[(outputs[:, 0] > 0.5).astype(np.intp)]

    def predict_proba(self, X: Any) -> Array:
        """Predict probabilities.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Inputs.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            Probability of each class, in the order of `classes_`.
        """
        outputs = self._outputs(X)
        if outputs.shape[1] > 1:
            return outputs
        return np.concatenate([1 - outputs, outputs], axis=1)

    def predict_log_proba(self, X: Any) -> Array:
        """Predict logarithms of probabilities.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Inputs.

        Returns
        -------
        ndarray of shape (n_samples, n_classes)
            The logarithm of `predict_proba`; −inf for probability 0.
        """
        probabilities = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            return np.log(probabilities, out=probabilities)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _check_class_weights(weights: dict[Any, Any]) -> None:
    """Refuse class weights that are not finite numbers >= 0, or all 0."""
    for label, weight in weights.items():
        checks.number(f"class_weight[{label!r}]", weight, at_least=0)
    if weights and not any(weights.values()):
        raise SettingError("class_weight", "must not be 0 for all classes")
