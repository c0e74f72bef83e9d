"""MLPClassifier: scikit-learn's, on deltarule's engines."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import ClassifierMixin, _fit_context
from sklearn.utils import compute_sample_weight
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if
from sklearn.utils.multiclass import _check_partial_fit_first_call

from deltarule._common import checks
from deltarule.activations import Activation
from deltarule.errors import SettingError
from deltarule.estimators import mlp_inputs, mlp_labels, mlp_parameters
from deltarule.estimators.mlp_base import BaseMLP, Rows
from deltarule.estimators.mlp_callbacks import with_callbacks
from deltarule.losses import BinaryCrossEntropy, CategoricalCrossEntropy, Loss

Array = NDArray[Any]


class MLPClassifier(ClassifierMixin, BaseMLP):
    """A multi-layer perceptron that tells classes apart, by log-loss.

    The parameters up to `max_fun` are those of sklearn.neural_network.MLPClassifier, with the same
    meaning and defaults; `activation` also takes every activation of deltarule and a list of one for
    each hidden layer, `learning_rate` also a schedule or "step", "exponential", "cosine", "one_cycle",
    "on_plateau". New, by keyword only:

    loss : "log_loss", or a CategoricalCrossEntropy or BinaryCrossEntropy with label smoothing.
    class_weight : dict, "balanced" or None.
    dropout : rate after each hidden layer, or a list of one for each.
    clip_norm : largest Euclidean norm of the gradient of an update.
    keep_best : the monitor ("validation_loss", "validation_score", "training_loss") whose best epoch's
        weights are kept; None: the last epoch's, or with early_stopping the best validation score's.
    callbacks : called with an EpochEvent after each epoch; one that returns True ends training.
    n_threads : at most this many; the result does not depend on it.
    dtype : "float32" or "float64"; None: as X, where other numbers than these two become float64.
    engine : "auto", "native" or "reference".

    Attributes as in scikit-learn, and `validation_loss_curve_`.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **mlp_parameters.CONSTRAINTS,
        "loss": [StrOptions({"log_loss"}), CategoricalCrossEntropy, BinaryCrossEntropy],
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

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
        self.hidden_layer_sizes = hidden_layer_sizes
        self.activation = activation
        self.solver = solver
        self.alpha = alpha
        self.batch_size = batch_size
        self.learning_rate = learning_rate
        self.learning_rate_init = learning_rate_init
        self.power_t = power_t
        self.max_iter = max_iter
        self.shuffle = shuffle
        self.random_state = random_state
        self.tol = tol
        self.verbose = verbose
        self.warm_start = warm_start
        self.momentum = momentum
        self.nesterovs_momentum = nesterovs_momentum
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon
        self.n_iter_no_change = n_iter_no_change
        self.max_fun = max_fun
        self.loss = loss
        self.class_weight = class_weight
        self.dropout = dropout
        self.clip_norm = clip_norm
        self.keep_best = keep_best
        self.callbacks = callbacks
        self.n_threads = n_threads
        self.dtype = dtype
        self.engine = engine

    @with_callbacks
    @_fit_context(prefer_skip_nested_validation=True)
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        sample_weight_val: Any = None,
    ) -> MLPClassifier:
        """Train on X (rows, columns) and y (rows,), or (rows, labels) of 0 and 1.

        X_val, y_val and sample_weight_val measure each epoch (`validation_scores_`,
        `validation_loss_curve_`); with early_stopping they take the place of a split.
        """
        validation = (X_val, y_val, sample_weight_val)
        self._fit(X, y, sample_weight, validation=validation)
        return self

    @available_if(lambda estimator: estimator._check_solver())
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(
        self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None
    ) -> MLPClassifier:
        """Go on for one epoch over these rows; the first call names all `classes`."""
        if self.class_weight == "balanced":
            raise ValueError(
                "class_weight='balanced' is not supported for partial_fit, which does not see all "
                "rows: use compute_class_weight('balanced', classes=classes, y=y) of all y and pass "
                "the result as class_weight."
            )
        _check_partial_fit_first_call(self, classes)
        self._fit(X, y, sample_weight, incremental=True)
        return self

    def _checked(
        self, X: Any, y: Any, sample_weight: Any, *, reset: bool, incremental: bool
    ) -> Rows:
        X, y = mlp_inputs.checked_pair(self, X, y, reset=reset, numeric=False)
        X = X if self.dtype is None else X.astype(self.dtype, copy=False)
        y, many = mlp_labels.flat_labels(y)
        if not hasattr(self, "classes_") or not (self.warm_start or incremental):
            self.classes_, numbers = mlp_labels.classes_in(y, many)
        else:
            numbers = mlp_labels.numbers_of(y, many, self)
        self._multilabel = many
        weights = mlp_inputs.checked_weights(sample_weight, X)
        if self.class_weight is not None:
            if isinstance(self.class_weight, dict):
                _check_class_weights(self.class_weight)
            by_class = compute_sample_weight(self.class_weight, y).astype(X.dtype)
            weights = by_class if weights is None else weights * by_class
        targets = mlp_labels.as_targets(numbers, many, len(self.classes_), X.dtype)
        even = targets.astype(bool) if targets.ndim == 2 and not many else None
        return Rows(X, targets, weights, even)

    def _loss_and_output(self, rows: Rows) -> tuple[Loss, Activation | str, int]:
        one_of_many = rows.targets.ndim == 1
        outputs = len(self.classes_) if one_of_many else rows.targets.shape[1]
        kind: type[Loss] = CategoricalCrossEntropy if one_of_many else BinaryCrossEntropy
        loss = kind() if self.loss == "log_loss" else self.loss
        if not isinstance(loss, kind):
            raise ValueError(
                f"loss={loss!r} does not fit these classes: use {kind.__name__}(label_smoothing=...)."
            )
        return loss, "softmax" if one_of_many else "sigmoid", outputs

    def predict(self, X: Any) -> Array:
        """Return the class of each row, shape (rows,), or 0 and 1 of shape (rows, labels)."""
        outputs = self._outputs(X)
        if self.out_activation_ == "softmax":
            return self.classes_[outputs.argmax(axis=1)]
        if self._multilabel:
            return (outputs > 0.5).astype(np.int64)
        if len(self.classes_) == 1:
            return np.repeat(self.classes_, len(outputs))
        return self.classes_[(outputs[:, 0] > 0.5).astype(np.intp)]

    def predict_proba(self, X: Any) -> Array:
        """Return the probability of each class, shape (rows, classes), in the order of classes_."""
        outputs = self._outputs(X)
        if outputs.shape[1] > 1:
            return outputs
        return np.concatenate([1 - outputs, outputs], axis=1)

    def predict_log_proba(self, X: Any) -> Array:
        """Return log(predict_proba(X))."""
        probabilities = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            return np.log(probabilities, out=probabilities)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.classifier_tags.multi_label = True
        return tags


def _check_class_weights(weights: dict[Any, Any]) -> None:
    """Refuse weights of classes that are no finite numbers >= 0, or all 0."""
    for label, weight in weights.items():
        checks.number(f"class_weight of {label!r}", weight, at_least=0)
    if weights and not any(weights.values()):
        raise SettingError("class_weight must not be 0 for all classes: nothing would count.")
