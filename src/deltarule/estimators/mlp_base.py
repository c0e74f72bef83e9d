"""The base of MLPClassifier and MLPRegressor: parameters, fit, and scikit-learn's attributes."""

from __future__ import annotations

from abc import abstractmethod
from itertools import pairwise
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import _fit_context

from deltarule._common.descriptions import Description
from deltarule.activations import Activation
from deltarule.engines import prediction_engine
from deltarule.engines.data import ArrayData
from deltarule.estimators import mlp_parameters, mlp_training
from deltarule.estimators.mlp_callbacks import (
    CallbackSupportMixin,
    SklearnCallbacks,
    with_callbacks,
)
from deltarule.estimators.mlp_fitted import FittedMLP
from deltarule.estimators.mlp_initialization import draw_parameters, random_state_for
from deltarule.estimators.mlp_inputs import Samples
from deltarule.estimators.mlp_loss_scale import LossScale, loss_scale_for
from deltarule.estimators.mlp_training import FitOutcome, FitTask
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.stopping import StopReason
from deltarule.training.run_observers import observed

Array = NDArray[Any]
OUT_ACTIVATION_NAMES = {"sigmoid": "logistic", "exponential": "exp"}  # of scikit-learn
MAX_VALID_SETTINGS = 256  # remembered
_VALID_SETTINGS: set[Any] = set()  # keys of `_settings_key` that passed validation


def _settings_key(estimator: Any) -> Any:
    """Return a key of all parameters with their types; None if one is not a plain value."""
    key: list[Any] = [type(estimator)]
    for name in estimator._parameter_constraints:
        value = estimator.__dict__[name]
        if name == "random_state" and type(value) is int:
            value = 0 <= value < 2**32  # all that its rule depends on
        if value is not None and not isinstance(value, (str, int, float, tuple, Description)):
            return None
        key.append(type(value))
        key.append(value)
    try:
        hash(result := tuple(key))
    except TypeError:  # a tuple that contains something mutable
        return None
    return result


class BaseMLP(CallbackSupportMixin, FittedMLP):
    """Base of MLPClassifier and MLPRegressor."""

    _parameter_constraints: ClassVar[dict[str, Any]]

    def _store(self, arguments: dict[str, Any]) -> None:
        """Set the attributes of `__init__` from its `locals()`."""
        del arguments["self"]
        self.__dict__.update(arguments)

    @observed("fit of an estimator")
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
    ) -> Self:
        """Train the network.

        Parameters
        ----------
        X : array-like or sparse matrix of shape (n_samples, n_features)
            Inputs, numbers only. Sparse matrices are converted to dense.
        y : array-like of shape (n_samples,) or (n_samples, n_outputs)
            Targets: labels, or 0 and 1 for several labels per row (classifier), or numbers (regressor).
        sample_weight : array-like of shape (n_samples,), optional
            Weights >= 0 of the rows.
        X_val : array-like of shape (n_val_samples, n_features), optional
            Inputs to validate on after each epoch; with early_stopping, they replace the split.
        y_val : array-like of shape (n_val_samples,) or (n_val_samples, n_outputs), optional
            Targets to validate on.
        sample_weight_val : array-like of shape (n_val_samples,), optional
            Weights >= 0 of the validation rows.

        Returns
        -------
        self
            The fitted estimator.

        Warns
        -----
        ConvergenceWarning
            If `max_iter` was reached, or training diverged and ended with the last good weights.
        """
        validation = (X_val, y_val, sample_weight_val)
        return self._fit(X, y, sample_weight, validation=validation)

    @abstractmethod
    def _check_samples(
        self, X: Any, y: Any, sample_weight: Any, *, reset: bool, incremental: bool
    ) -> Samples:
        """Return checked samples; set the attributes that come from the data."""

    @abstractmethod
    def _loss_and_output(self, samples: Samples) -> tuple[Loss, Activation | str, int]:
        """Return the loss, the output activation and the number of outputs."""

    @property
    def _is_stochastic(self) -> bool:
        return bool(self.solver != "lbfgs")

    @property
    def _draws_in_training(self) -> bool:
        """Whether training takes random numbers: a shared RandomState is advanced only then."""
        return bool(self._is_stochastic and (self.shuffle or np.any(self.dropout)))

    def _check_solver(self) -> bool:
        if not self._is_stochastic:
            raise AttributeError(
                "partial_fit is only available for stochastic optimizers. "
                f"{self.solver} is not stochastic: use solver='adam' or 'sgd'."
            )
        return True

    def _fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any,
        *,
        validation: tuple[Any, Any, Any] | None = None,
        incremental: bool = False,
    ) -> Self:
        units = mlp_parameters.hidden_units(self.hidden_layer_sizes)
        if incremental and self.early_stopping:
            raise ValueError(
                "partial_fit does not support early_stopping=True: it never sees all the data."
            )
        first = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        samples = self._check_samples(X, y, sample_weight, reset=first, incremental=incremental)
        validation_samples = (
            None if validation is None else self._check_validation_samples(*validation)
        )
        sklearn_callbacks = None if incremental else SklearnCallbacks.of(self, X, y, sample_weight)
        random = random_state_for(self.random_state)
        loss, output, outputs = self._loss_and_output(samples)
        widths = [samples.inputs.shape[1], *units, outputs]
        dtype = samples.inputs.dtype.name if self._is_stochastic else "float64"
        if first:
            initial_parameters = self._initialize(widths, output, random, samples.inputs.dtype)
        else:
            initial_parameters = self._current_parameters(widths)
        if self.early_stopping and self._is_stochastic and validation_samples is None:
            parts = mlp_training.validation_rows(
                self, len(samples.inputs), samples.stratify, random
            )
            samples, validation_samples = samples.take(parts[0]), samples.take(parts[1])
        scale = loss_scale_for(loss, outputs, samples.targets, samples.weights)
        network = self._network(widths, output, samples, scale)
        task = FitTask(
            settings=self,
            network=network,
            loss=loss,
            scale=scale,
            data=samples.as_data(dtype),
            validation=None if validation_samples is None else validation_samples.as_data(dtype),
            initial_parameters=initial_parameters,
            seed=int(random.randint(2**31 - 1)) if self._draws_in_training else 0,
            incremental=incremental,
            sklearn_callbacks=sklearn_callbacks,
        )
        outcome = mlp_training.train(task)
        self._set_fitted_attributes(task, outcome)
        if sklearn_callbacks is not None:
            sklearn_callbacks.close()
        mlp_training.warn_about(self, outcome, incremental)
        return self

    def _check_validation_samples(self, X: Any, y: Any, sample_weight: Any) -> Samples | None:
        if X is None and y is None:
            return None
        if X is None or y is None:
            given, missing = ("X_val", "y_val") if y is None else ("y_val", "X_val")
            raise ValueError(f"{given} is provided, but {missing} was not provided: give both.")
        return self._check_samples(X, y, sample_weight, reset=False, incremental=True)

    def _initialize(self, widths: list[int], output: Any, random: Any, dtype: Any) -> Parameters:
        """Set all attributes to their state before the first epoch; return drawn parameters."""
        self.n_iter_ = self.t_ = self._no_improvement_count = 0
        self.n_layers_ = len(widths)
        self.n_outputs_ = widths[-1]
        kind = output if isinstance(output, str) else output.kind
        self.__dict__["out_activation_"] = OUT_ACTIVATION_NAMES.get(kind, kind)
        self.loss_curve_: list[float] = []
        self.validation_loss_curve_: list[float] | None = None
        self.validation_scores_: list[float] | None = None
        self.best_loss_: float | None = None if self.early_stopping else np.inf
        self.best_validation_score_: float | None = -np.inf if self.early_stopping else None
        self._optimizer = mlp_training.OptimizerState()
        return draw_parameters(widths, self.activation == "logistic", random, dtype)

    def _current_parameters(self, widths: list[int]) -> Parameters:
        """Return coefs_ and intercepts_, which the user may have changed, as parameters."""
        shapes = [np.shape(weight) for weight in self.coefs_]
        if shapes != list(pairwise(widths)):
            raise ValueError(
                f"The network of the previous call has layers of shape {shapes}, this call needs "
                f"{list(pairwise(widths))}: keep hidden_layer_sizes and the targets as they were, or "
                "fit with warm_start=False."
            )
        return Parameters(
            tuple(np.asarray(weight) for weight in self.coefs_),
            tuple(np.asarray(bias) for bias in self.intercepts_),
        )

    def _network(
        self, widths: list[int], output: Any, samples: Samples, scale: LossScale
    ) -> Network:
        # scikit-learn divides ½ α ΣW² by the weight of each batch; here it is one number, so that only a
        # last, shorter batch differs.
        count = len(samples.inputs)
        batch = min(200, count) if self.batch_size == "auto" else min(self.batch_size, count)
        per_batch = (batch if self._is_stochastic else count) * samples.mean_weight
        l2 = 0.5 * self.alpha / per_batch / scale.gradient
        return mlp_parameters.network_of(self, widths[0], widths[1:-1], widths[-1], output, l2)

    def _set_fitted_attributes(self, task: FitTask, outcome: FitOutcome) -> None:
        """Set scikit-learn's attributes from an outcome."""
        scale, records = task.scale, outcome.records
        parameters = outcome.result.network.parameters
        self._set_parameters(task.network, parameters)
        self._optimizer = outcome.optimizer
        self._no_improvement_count = int(outcome.stalled[1])
        epochs = len(records)
        self.n_iter_ = epochs
        self.t_ += epochs * task.data.n_rows if self._is_stochastic else 0
        curve = scale.to_sklearn(records["training_loss"])
        losses = curve.tolist()
        self.loss_curve_.extend(losses)
        self.loss_ = losses[-1] if losses else self._current_loss(task)
        if task.validation is not None:
            self._set_validation_attributes(task, task.validation, outcome)
        if not self.early_stopping or not self._is_stochastic:
            best = np.inf if self.best_loss_ is None else self.best_loss_
            self.best_loss_ = min([best, *curve[np.isfinite(curve)].tolist()])

    def _set_validation_attributes(
        self, task: FitTask, validation: ArrayData, outcome: FitOutcome
    ) -> None:
        scores = outcome.records["validation_score"]
        if outcome.result.reason is StopReason.DIVERGED:
            scores = np.append(scores[:-1], np.nan)  # of an epoch that was discarded
        elif not task.loss.classifies and np.isnan(scores).all():
            scores = np.zeros_like(scores)  # R² of constant targets, as in scikit-learn
        scale = loss_scale_for(
            task.loss, task.network.outputs, validation.targets, validation.weights
        )
        curve = scale.to_sklearn(outcome.records["validation_loss"]).tolist()
        self.validation_loss_curve_ = [*(self.validation_loss_curve_ or []), *curve]
        self.validation_scores_ = [*(self.validation_scores_ or []), *scores.tolist()]
        finite = [score for score in self.validation_scores_ if score == score]
        self.best_validation_score_ = max(finite) if finite else -np.inf

    def _current_loss(self, task: FitTask) -> float:
        engine = prediction_engine(task.network, self.engine)
        parameters = Parameters(tuple(self.coefs_), tuple(self.intercepts_))
        loss, _ = engine.loss_and_gradient(task.network, parameters, task.loss, task.data)
        return task.scale.to_sklearn(loss)

    def _validate_params(self) -> None:
        """Check all parameters as scikit-learn does, and remember the settings that passed."""
        seen = _settings_key(self)
        if seen is None or seen not in _VALID_SETTINGS:
            super()._validate_params()
            if seen is not None:
                if len(_VALID_SETTINGS) >= MAX_VALID_SETTINGS:
                    _VALID_SETTINGS.clear()
                _VALID_SETTINGS.add(seen)

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
