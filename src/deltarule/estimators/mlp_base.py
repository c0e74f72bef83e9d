"""What the classifier and the regressor share: parameters stored, one fit, scikit-learn's attributes."""

from __future__ import annotations

import threading
from abc import abstractmethod
from dataclasses import dataclass
from itertools import pairwise
from numbers import Integral
from os import PathLike
from typing import Any, ClassVar, Self

import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from deltarule._common.descriptions import Description
from deltarule.activations import Activation
from deltarule.engines import get_engine
from deltarule.engines.contract import Data
from deltarule.estimators import mlp_inputs, mlp_parameters, mlp_saving, mlp_training
from deltarule.estimators.mlp_callbacks import CallbackSupportMixin, TheirCallbacks
from deltarule.estimators.mlp_loss_units import Scale, scale_of
from deltarule.estimators.mlp_prediction import Ready
from deltarule.estimators.mlp_training import Job, Outcome
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.stopping import StopReason
from deltarule.training import TrainedNetwork

Array = NDArray[Any]
OUTPUT_NAMES = {"sigmoid": "logistic", "exponential": "exp"}  # scikit-learn's for out_activation_
SPARSE_ROWS = 4096  # made dense at a time in prediction


@dataclass(frozen=True)
class Rows:
    """Rows to train or validate on, as an engine takes them; `stratify` says what a split keeps even."""

    inputs: Array
    targets: Array
    weights: Array | None
    stratify: Array | None = None

    def take(self, rows: Array) -> Rows:
        """Return some of the rows."""
        weights = None if self.weights is None else self.weights[rows]
        return Rows(self.inputs[rows], self.targets[rows], weights)

    def as_data(self, dtype: str) -> Data:
        """Return what an engine takes, weights divided by their mean."""
        targets = self.targets if self.targets.ndim == 1 else self.targets.astype(dtype, copy=False)
        weights = self.weights
        if weights is not None:
            weights = (weights / weights.mean(dtype=np.float64)).astype(dtype)
        return Data(self.inputs.astype(dtype, copy=False), targets, weights)

    @property
    def mean_weight(self) -> float:
        """The mean of the weights, 1 without any."""
        return 1.0 if self.weights is None else float(self.weights.mean(dtype=np.float64))


DRAWN_AT_ONCE = 1 << 16
"""Numbers of a start."""
_own = threading.local()


def random_of(random_state: Any) -> Any:
    """Return what check_random_state returns, for the time of one call of fit.

    A generator of this thread is seeded instead of a new one made, which takes a hundred times longer
    and would be a good part of a short fit.
    """
    if not isinstance(random_state, Integral):
        return check_random_state(random_state)
    if not hasattr(_own, "random"):
        _own.random = np.random.RandomState()
    _own.random.seed(random_state)
    return _own.random


MAX_REMEMBERED = 256
_RIGHT_SETTINGS: set[Any] = set()  # of whole estimators, as `checked_settings` returns them


def checked_settings(estimator: Any) -> Any:
    """Return a key of all parameters with their types, or None where one is not a plain value."""
    key: list[Any] = [type(estimator)]
    for name in estimator._parameter_constraints:
        value = estimator.__dict__[name]
        if name == "random_state" and type(value) is int:
            value = 0 <= value < 2**32  # whichever it is, the rule is the same
        if value is not None and not isinstance(value, (str, int, float, tuple, Description)):
            return None
        key.append(type(value))
        key.append(value)
    try:
        hash(result := tuple(key))
    except TypeError:  # a tuple with something changeable in it
        return None
    return result


class BaseMLP(CallbackSupportMixin, BaseEstimator):
    """Base of MLPClassifier and MLPRegressor."""

    _parameter_constraints: ClassVar[dict[str, Any]] = mlp_parameters.CONSTRAINTS

    @abstractmethod
    def _checked(
        self, X: Any, y: Any, sample_weight: Any, *, reset: bool, incremental: bool
    ) -> Rows:
        """Return checked rows; sets what of the attributes comes from the data."""

    @abstractmethod
    def _loss_and_output(self, rows: Rows) -> tuple[Loss, Activation | str, int]:
        """Return the loss, the output activation and the number of outputs."""

    @property
    def _is_stochastic(self) -> bool:
        return bool(self.solver != "lbfgs")

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
    ) -> Any:
        units = mlp_parameters.hidden_units(self.hidden_layer_sizes)
        if incremental and self.early_stopping:
            raise ValueError(
                "partial_fit does not support early_stopping=True: it never sees all the data."
            )
        first = not hasattr(self, "coefs_") or not (self.warm_start or incremental)
        rows = self._checked(X, y, sample_weight, reset=first, incremental=incremental)
        held_out = None if validation is None else self._checked_validation(*validation)
        theirs = None if incremental else TheirCallbacks.of(self, X, y, sample_weight)
        random = random_of(self.random_state)
        loss, output, outputs = self._loss_and_output(rows)
        width = [rows.inputs.shape[1], *units, outputs]
        dtype = rows.inputs.dtype.name if self._is_stochastic else "float64"
        if first:
            initial_parameters = self._begin(width, output, random, rows.inputs.dtype)
        else:
            initial_parameters = self._where_it_stands(width)
        if self.early_stopping and self._is_stochastic and held_out is None:
            parts = mlp_training.validation_rows(self, len(rows.inputs), rows.stratify, random)
            rows, held_out = rows.take(parts[0]), rows.take(parts[1])
        scale = scale_of(loss, outputs, rows.targets, rows.weights)
        network = self._network(width, output, rows, scale)
        job = Job(
            settings=self,
            network=network,
            loss=loss,
            scale=scale,
            data=rows.as_data(dtype),
            validation=None if held_out is None else held_out.as_data(dtype),
            initial_parameters=initial_parameters,
            seed=int(random.randint(2**31 - 1)),
            incremental=incremental,
            theirs=theirs,
        )
        outcome = mlp_training.train(job)
        self._remember(job, outcome)
        if theirs is not None:
            theirs.close()
        mlp_training.warn_about(self, outcome, incremental)
        return self

    def _checked_validation(self, X: Any, y: Any, sample_weight: Any) -> Rows | None:
        if X is None and y is None:
            return None
        if X is None or y is None:
            given, missing = ("X_val", "y_val") if y is None else ("y_val", "X_val")
            raise ValueError(f"{given} is provided, but {missing} was not provided: give both.")
        return self._checked(X, y, sample_weight, reset=False, incremental=True)

    def _begin(self, width: list[int], output: Any, random: Any, dtype: Any) -> Parameters:
        """Set all attributes to their state before the first epoch; return drawn parameters.

        Drawn as scikit-learn's MLP draws them, so that the same random_state begins with the same
        weights there and here: U(±√(6 / (fan_in + fan_out))), 2 instead of 6 for logistic units,
        Glorot and Bengio (2010), for the biases too.
        """
        self.n_iter_ = self.t_ = self._no_improvement_count = 0
        self.n_layers_ = len(width)
        self.n_outputs_ = width[-1]
        kind = output if isinstance(output, str) else output.kind
        self.out_activation_ = OUTPUT_NAMES.get(kind, kind)
        self.loss_curve_: list[float] = []
        self.validation_loss_curve_: list[float] | None = None
        self.validation_scores_: list[float] | None = None
        self.best_loss_: float | None = None if self.early_stopping else np.inf
        self.best_validation_score_: float | None = -np.inf if self.early_stopping else None
        self._optimizer = mlp_training.OptimizerState()
        factor = 2.0 if self.activation == "logistic" else 6.0
        vector = np.empty(sum((a + 1) * b for a, b in pairwise(width)), dtype)
        weights, biases = [], []
        place = 0
        for fan_in, fan_out in pairwise(width):
            bound = float(np.sqrt(factor / (fan_in + fan_out)))
            end = place + fan_in * fan_out
            # Piece by piece: what is drawn is float64, twice what is kept of it.
            for first in range(place, end + fan_out, DRAWN_AT_ONCE):
                piece = vector[first : min(first + DRAWN_AT_ONCE, end + fan_out)]
                piece[:] = random.uniform(-bound, bound, piece.size)
            weights.append(vector[place:end].reshape(fan_in, fan_out))
            biases.append(vector[end : end + fan_out])
            place = end + fan_out
        return Parameters(tuple(weights), tuple(biases))

    def _where_it_stands(self, width: list[int]) -> Parameters:
        """Return coefs_ and intercepts_, which a user may have changed, as parameters."""
        shapes = [np.shape(weight) for weight in self.coefs_]
        if shapes != list(pairwise(width)):
            raise ValueError(
                f"The network of the previous call has layers of shape {shapes}, this one needs "
                f"{list(pairwise(width))}: keep hidden_layer_sizes and the targets as they were, or "
                "fit with warm_start=False."
            )
        return Parameters(
            tuple(np.asarray(weight) for weight in self.coefs_),
            tuple(np.asarray(bias) for bias in self.intercepts_),
        )

    def _network(self, width: list[int], output: Any, rows: Rows, scale: Scale) -> Network:
        # scikit-learn divides ½ α ΣW² by the weight of each batch; a last, shorter batch is the one
        # place where this differs, as the core's penalty is one number.
        count = len(rows.inputs)
        batch = min(200, count) if self.batch_size == "auto" else min(self.batch_size, count)
        per_batch = (batch if self._is_stochastic else count) * rows.mean_weight
        l2 = 0.5 * self.alpha / per_batch / scale.gradient
        return mlp_parameters.network_of(self, width[0], width[1:-1], width[-1], output, l2)

    def _remember(self, job: Job, outcome: Outcome) -> None:
        """Turn an outcome into scikit-learn's attributes."""
        scale, records = job.scale, outcome.records
        parameters = outcome.result.network.parameters
        self._own(job.network, parameters)
        self._optimizer = outcome.optimizer
        self._no_improvement_count = int(outcome.stalled[1])
        epochs = len(records)
        self.n_iter_ = epochs
        self.t_ += epochs * job.data.rows if self._is_stochastic else 0
        curve = scale.report(records["training_loss"])
        losses = curve.tolist()
        self.loss_curve_.extend(losses)
        self.loss_ = losses[-1] if losses else self._loss_now(job)
        if job.validation is not None:
            self._remember_validation(job, job.validation, outcome)
        if not self.early_stopping or not self._is_stochastic:
            best = np.inf if self.best_loss_ is None else self.best_loss_
            self.best_loss_ = min([best, *curve[np.isfinite(curve)].tolist()])

    def _remember_validation(self, job: Job, validation: Data, outcome: Outcome) -> None:
        scores = outcome.records["validation_score"]
        if outcome.result.reason is StopReason.DIVERGED:
            scores = np.append(scores[:-1], np.nan)  # of an epoch that was thrown away
        elif not job.loss.classifies and np.isnan(scores).all():
            scores = np.zeros_like(scores)  # R² of targets that do not vary, as scikit-learn says
        scale = scale_of(job.loss, job.network.outputs, validation.targets, validation.weights)
        curve = scale.report(outcome.records["validation_loss"]).tolist()
        self.validation_loss_curve_ = [*(self.validation_loss_curve_ or []), *curve]
        self.validation_scores_ = [*(self.validation_scores_ or []), *scores.tolist()]
        finite = [score for score in self.validation_scores_ if score == score]
        self.best_validation_score_ = max(finite) if finite else -np.inf

    def _loss_now(self, job: Job) -> float:
        engine = get_engine(self.engine)
        parameters = Parameters(tuple(self.coefs_), tuple(self.intercepts_))
        loss, _ = engine.loss_and_gradient(job.network, parameters, job.loss, job.data)
        return job.scale.report_one(loss)

    def _own(self, network: Network, parameters: Parameters) -> None:
        self._network_ = network
        self._ready = Ready(network, parameters, get_engine(self.engine))
        self.coefs_ = self._ready.coefs
        self.intercepts_ = self._ready.intercepts

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in super().__getstate__().items() if name != "_ready"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if "_network_" in state:
            parameters = Parameters(tuple(self.coefs_), tuple(self.intercepts_))
            self._own(self._network_, parameters)

    def _outputs(self, X: Any) -> Array:
        """Return what the network says for each row, shape (rows, outputs), dtype of coefs_."""
        known = self.__dict__
        ready = known.get("_ready")
        if (
            ready is not None
            and "feature_names_in_" not in known
            and ready.holds(known["coefs_"], known["intercepts_"])
        ):
            outputs = ready.one_row(X)
            if outputs is not None:
                return outputs
            if ready.takes(X):
                return ready(X, mlp_training.threads_of(self))
        X = mlp_inputs.checked_rows(self, X)
        dtype = self.coefs_[0].dtype
        if not hasattr(X, "toarray"):
            return self._forward(np.ascontiguousarray(X, dtype=dtype))
        parts = [
            self._forward(X[i : i + SPARSE_ROWS].toarray().astype(dtype))
            for i in range(0, X.shape[0], SPARSE_ROWS)
        ]
        return np.concatenate(parts)

    def _forward(self, X: Array) -> Array:
        threads = mlp_training.threads_of(self)
        ready = self.__dict__.get("_ready")
        if ready is not None and ready.holds(self.coefs_, self.intercepts_):
            return ready(X, threads)
        parameters = Parameters(tuple(self.coefs_), tuple(self.intercepts_)).astype(X.dtype)
        return get_engine(self.engine).predict(self._network_, parameters, X, threads)

    def _validate_params(self) -> None:
        """Check all parameters as scikit-learn does, and remember what was right already once."""
        seen = checked_settings(self)
        if seen is None or seen not in _RIGHT_SETTINGS:
            super()._validate_params()
            if seen is not None:
                if len(_RIGHT_SETTINGS) >= MAX_REMEMBERED:
                    _RIGHT_SETTINGS.clear()
                _RIGHT_SETTINGS.add(seen)

    def trained_network(self) -> TrainedNetwork:
        """Return the network behind `coefs_` and `intercepts_` as `deltarule.fit` returns one."""
        check_is_fitted(self)
        parameters = Parameters(
            tuple(np.asarray(weight) for weight in self.coefs_),
            tuple(np.asarray(bias) for bias in self.intercepts_),
        )
        return TrainedNetwork(self._network_, parameters)

    def play(self, X: Any, y: Any) -> Any:
        """Show the fitted network on rows X (rows, columns) and y (rows,) in a notebook, learning on.

        Returns the widget of `deltarule.play`; needs the extra `play`. The estimator stays as it is.
        """
        import deltarule  # the playground stands above this row and is found by its name

        return deltarule.play(X, y, estimator=self)

    def save(self, path: str | PathLike[str]) -> None:
        """Write the fitted estimator as one safetensors file, data only; no pickle.

        `callbacks` and `random_state` are left out. Raises `deltarule.errors.FileError` where the file
        cannot be written; an existing file then stays as it was.
        """
        check_is_fitted(self)
        mlp_saving.save(self, path)

    @classmethod
    def load(cls, path: str | PathLike[str]) -> Self:
        """Return the estimator that `save` wrote; it predicts the same bits and can be trained on.

        Runs no code from the file. Raises `deltarule.errors.ModelFileError` where it is damaged or holds
        something else.
        """
        estimator: Self = mlp_saving.load(cls, path)
        return estimator

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.sparse = True
        return tags
