"""MLPRegressor: scikit-learn's regressor, trained by deltarule's engines."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import RegressorMixin, _fit_context
from sklearn.utils import column_or_1d
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
from deltarule.losses import (
    LOSSES,
    CosineSimilarity,
    Loss,
    MeanAbsolutePercentageError,
    MeanSquaredLogarithmicError,
    Poisson,
)

Array = NDArray[Any]
SKLEARN_NAMES = {"mean_squared_error": "squared_error", "mean_absolute_error": "absolute_error"}


def loss_names() -> set[str]:
    """Return the names of the losses of numbers, scikit-learn's where it has one."""
    kinds = (kind for kind, loss in LOSSES.members.items() if not loss.classifies)
    return {SKLEARN_NAMES.get(kind, kind) for kind in kinds}


@with_parameters(
    own={
        "loss": Parameter(
            "str or Loss",
            [FamilyNames(loss_names), Loss],
            """Loss: "squared_error", "absolute_error", "huber", "quantile" (the median), "poisson",
            "log_cosh", "mean_squared_logarithmic_error", "mean_absolute_percentage_error",
            "cosine_similarity" (of several outputs), or an object of `deltarule.losses`, such as
            Huber(2.0) or Quantile(0.9).""",
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
    """Multi-layer perceptron regressor, a faster replacement for scikit-learn's.

    It minimizes the squared error or another loss, summed over outputs as in scikit-learn. The parameters
    up to `max_fun` are those of `sklearn.neural_network.MLPRegressor`, with the same meaning and
    defaults; the others are new and keyword-only.

    Parameters
    ----------
    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    MLPClassifier : The same for classes.
    TabularRegressor : Takes raw tables with text, dates and missing values.

    Notes
    -----
    Targets are not scaled: standardize targets far from 0, or use
    `sklearn.compose.TransformedTargetRegressor`. The same `random_state` gives the initial weights and
    the validation split of scikit-learn, but a different order of rows.

    References
    ----------
    .. [1] Rumelhart, D. E., Hinton, G. E., Williams, R. J., "Learning representations by back-propagating
       errors", Nature 323, 1986.
    .. [2] Kingma, D. P., Ba, J., "Adam: a method for stochastic optimization", ICLR 2015.

    Examples
    --------
    >>> import numpy as np
    >>> from deltarule import MLPRegressor
    >>> X = np.linspace(-1, 1, 50)[:, None]
    >>> model = MLPRegressor(hidden_layer_sizes=(20,), solver="lbfgs", max_iter=2000, random_state=0)
    >>> model.fit(X, X[:, 0] ** 2).score(X, X[:, 0] ** 2) > 0.99
    True
    >>> model.predict([[0.0], [1.0]]).round(1).shape
    (2,)
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
        """Train for one more epoch.

        It is available for "adam" and "sgd".

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Inputs.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets.
        sample_weight : array-like of shape (n_samples,), optional
            Weights >= 0 of the rows.

        Returns
        -------
        self
            The fitted estimator.
        """
        return self._fit(X, y, sample_weight, incremental=True)

    def _check_samples(
        self, X: Any, y: Any, sample_weight: Any, *, reset: bool, incremental: bool
    ) -> Samples:
        if hasattr(y, "toarray"):
            raise TypeError(
                "y must be a dense array for MLPRegressor, got a sparse one: use y.toarray()."
            )
        X, y = mlp_inputs.checked_pair(self, X, y, reset=reset, numeric=True)
        X = X if self.dtype is None else X.astype(self.dtype, copy=False)
        if y.ndim == 2 and y.shape[1] == 1:
            y = column_or_1d(y, warn=True)
        if y.dtype.kind not in "biuf":
            raise ValueError(
                "y must hold numbers for MLPRegressor, got text: use y.astype(float), or "
                "MLPClassifier for classes."
            )
        targets = np.ascontiguousarray(y.reshape(len(y), -1), dtype=X.dtype)
        loss = self._loss_given
        if isinstance(loss, Poisson) and targets.min() < 0:
            raise ValueError("y must be >= 0 for loss='poisson', a loss for counts.")
        if isinstance(loss, MeanSquaredLogarithmicError) and targets.min() < 0:
            raise ValueError(f"y must be >= 0 for loss={loss.kind!r}, which takes log(1 + y).")
        if isinstance(loss, MeanAbsolutePercentageError) and not targets.all():
            raise ValueError(f"y must not be 0 for loss={loss.kind!r}, which divides by it.")
        if isinstance(loss, CosineSimilarity) and targets.shape[1] == 1:
            raise ValueError(
                f"loss={loss.kind!r} needs several outputs: of one number only the sign would count."
            )
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
            output = loss.fused_with or "identity"
        return loss, ACTIVATIONS.resolve(output, "output_activation"), samples.targets.shape[1]

    def predict(self, X: Any) -> Array:
        """Predict targets.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Inputs.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, n_outputs)
            Predictions.
        """
        outputs = self._outputs(X)
        return outputs[:, 0] if outputs.shape[1] == 1 else outputs

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags
