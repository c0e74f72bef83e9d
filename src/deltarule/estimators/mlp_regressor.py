"""MLPRegressor: scikit-learn's, on deltarule's engines."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin, _fit_context
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if

from deltarule.activations import ACTIVATIONS, Activation
from deltarule.estimators import mlp_inputs, mlp_parameters
from deltarule.estimators.mlp_base import BaseMLP, Rows
from deltarule.estimators.mlp_callbacks import with_callbacks
from deltarule.losses import LOSSES, Loss, Poisson

Array = NDArray[Any]
LOSS_NAMES = {"squared_error", "absolute_error", "huber", "quantile", "poisson"}


class MLPRegressor(RegressorMixin, BaseMLP):
    """A multi-layer perceptron that predicts numbers.

    The parameters up to `max_fun` are those of sklearn.neural_network.MLPRegressor, with the same
    meaning and defaults; `loss` is also "absolute_error", "huber", "quantile" or such an object, as
    Huber(delta=2) or Quantile(0.9). What else is new stands in MLPClassifier, and:

    output_activation : of the output layer; None: identity, or exp for loss="poisson".

    Losses of several outputs are summed over them, as scikit-learn's gradient is.
    """

    _parameter_constraints: ClassVar[dict[str, Any]] = {
        **mlp_parameters.CONSTRAINTS,
        "loss": [StrOptions(LOSS_NAMES), Loss],
        "output_activation": [
            mlp_parameters.FamilyNames(mlp_parameters.activation_names),
            Activation,
            None,
        ],
    }

    def __init__(
        self,
        loss: Any = "squared_error",
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
        output_activation: Any = None,
        dropout: Any = 0.0,
        clip_norm: float | None = None,
        keep_best: str | None = None,
        callbacks: Any = None,
        n_threads: int | None = None,
        dtype: str | None = None,
        engine: str = "auto",
    ) -> None:
        self.loss = loss
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
        self.output_activation = output_activation
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
    ) -> MLPRegressor:
        """Train on X (rows, columns) and y (rows,) or (rows, outputs).

        X_val, y_val and sample_weight_val measure each epoch (`validation_scores_`,
        `validation_loss_curve_`); with early_stopping they take the place of a split.
        """
        validation = (X_val, y_val, sample_weight_val)
        self._fit(X, y, sample_weight, validation=validation)
        return self

    @available_if(lambda estimator: estimator._check_solver())
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> MLPRegressor:
        """Go on for one epoch over these rows."""
        self._fit(X, y, sample_weight, incremental=True)
        return self

    def _checked(
        self, X: Any, y: Any, sample_weight: Any, *, reset: bool, incremental: bool
    ) -> Rows:
        X, y = mlp_inputs.checked_pair(self, X, y, reset=reset, numeric=True)
        X = X if self.dtype is None else X.astype(self.dtype, copy=False)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        targets = np.ascontiguousarray(y.reshape(len(y), -1), dtype=X.dtype)
        if isinstance(self._loss_given, Poisson) and targets.min() < 0:
            raise ValueError("y must be at least 0 for loss='poisson': it counts.")
        return Rows(X, targets, mlp_inputs.checked_weights(sample_weight, X))

    @property
    def _loss_given(self) -> Loss:
        return LOSSES.resolve(self.loss, "loss")

    def _loss_and_output(self, rows: Rows) -> tuple[Loss, Activation | str, int]:
        loss = self._loss_given
        if loss.classifies:
            raise ValueError(f"loss={self.loss!r} is for classes: use MLPClassifier.")
        output = self.output_activation
        if output is None:
            output = "exponential" if isinstance(loss, Poisson) else "identity"
        return loss, ACTIVATIONS.resolve(output, "output_activation"), rows.targets.shape[1]

    def predict(self, X: Any) -> Array:
        """Return a number for each row, shape (rows,), or (rows, outputs) where there are several."""
        outputs = self._outputs(X)
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
