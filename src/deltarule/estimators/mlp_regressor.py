"""MLPRegressor: scikit-learn's regressor, trained by deltarule's engines."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin, _fit_context
from sklearn.utils import column_or_1d
from sklearn.utils._param_validation import StrOptions
from sklearn.utils.metaestimators import available_if

from deltarule.activations import ACTIVATIONS, Activation
from deltarule.estimators import mlp_inputs
from deltarule.estimators.mlp_base import BaseMLP
from deltarule.estimators.mlp_inputs import Samples
from deltarule.estimators.mlp_parameter_table import (
    FamilyNames,
    Parameter,
    activation_names,
    with_parameters,
)
from deltarule.losses import LOSSES, Loss, Poisson

Array = NDArray[Any]
LOSS_NAMES = {"squared_error", "absolute_error", "huber", "quantile", "poisson"}


@with_parameters(
    own={
        "loss": Parameter(
            "str or Loss",
            [StrOptions(LOSS_NAMES), Loss],
            """Loss: "squared_error", "absolute_error", "huber", "quantile" (the median), "poisson", or an
            object of `deltarule.losses` such as Huber(2.0) or Quantile(0.9).""",
        ),
        "output_activation": Parameter(
            "str, Activation or None",
            [FamilyNames(activation_names), Activation, None],
            'Activation of the output layer; None is the identity, or exp with loss="poisson".',
        ),
    },
    score="R²",
)
class MLPRegressor(RegressorMixin, BaseMLP):
    """Multi-layer perceptron regressor, a faster drop-in for scikit-learn's.

    It minimizes the squared error or another loss, summed over outputs as in scikit-learn. Parameters up
    to `max_fun` are those of `sklearn.neural_network.MLPRegressor`, with the same meaning and defaults;
    the others are new and keyword-only.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}
    """

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
        self._store(locals())

    @available_if(lambda estimator: estimator._check_solver())
    @_fit_context(prefer_skip_nested_validation=True)
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None) -> Self:
        """Train one more epoch on these rows."""
        return self._fit(X, y, sample_weight, incremental=True)

    def _check_samples(
        self, X: Any, y: Any, sample_weight: Any, *, reset: bool, incremental: bool
    ) -> Samples:
        X, y = mlp_inputs.checked_pair(self, X, y, reset=reset, numeric=True)
        X = X if self.dtype is None else X.astype(self.dtype, copy=False)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        targets = np.ascontiguousarray(y.reshape(len(y), -1), dtype=X.dtype)
        if isinstance(self._loss_given, Poisson) and targets.min() < 0:
            raise ValueError("y must be >= 0 for loss='poisson', a loss for counts.")
        return Samples(X, targets, mlp_inputs.checked_weights(sample_weight, X))

    @property
    def _loss_given(self) -> Loss:
        return LOSSES.resolve(self.loss, "loss")

    def _loss_and_output(self, samples: Samples) -> tuple[Loss, Activation | str, int]:
        loss = self._loss_given
        if loss.classifies:
            raise ValueError(f"loss={self.loss!r} is a loss for classes: use MLPClassifier.")
        output = self.output_activation
        if output is None:
            output = "exponential" if isinstance(loss, Poisson) else "identity"
        return loss, ACTIVATIONS.resolve(output, "output_activation"), samples.targets.shape[1]

    def predict(self, X: Any) -> Array:
        """Return a number for each row, shape (rows,), or (rows, outputs) where there are several."""
        outputs = self._outputs(X)
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
