"""Callbacks after each epoch: the parameter `callbacks`, and scikit-learn's own (1.9 and later)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from deltarule.estimators.mlp_loss_scale import LossScale
from deltarule.network import Network
from deltarule.training import EpochEvent

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn before 1.9 has no callbacks

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Placeholder for scikit-learn's mixin."""

    def with_callbacks(method: Any) -> Any:
        """Return the method unchanged."""
        return method


EpochCallback = Callable[[EpochEvent], bool | None]

__all__ = ["CallbackSupportMixin", "SklearnCallbacks", "epoch_callbacks", "with_callbacks"]


class SklearnCallbacks:
    """scikit-learn's callbacks of one fit, set with `set_callbacks` or inherited from a meta-estimator.

    Each epoch is one task.
    """

    def __init__(self, estimator: Any, X: Any, y: Any, sample_weight: Any) -> None:
        metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._arguments = {"estimator": estimator, "X": X, "y": y, "metadata": metadata}
        self._fit = estimator._init_callback_context(max_subtasks=int(estimator.max_iter))
        self._fit.call_on_fit_task_begin(**self._arguments)

    @classmethod
    def of(cls, estimator: Any, X: Any, y: Any, sample_weight: Any) -> SklearnCallbacks | None:
        """Return the callbacks of an estimator, None if it has none."""
        attributes = estimator.__dict__
        if "_skl_callbacks" not in attributes and "_parent_callback_ctx" not in attributes:
            return None
        return cls(estimator, X, y, sample_weight)

    def after_epoch(self, network: Network) -> EpochCallback:
        """Return the function to call after each epoch; it returns True to stop training."""

        def call(event: EpochEvent) -> bool:
            epoch = self._fit.subcontext(task_name="epoch")
            epoch.call_on_fit_task_begin(**self._arguments)

            def fitted_attributes() -> dict[str, Any]:
                parameters = event.current_parameters()
                return {
                    "_network_": network,
                    "coefs_": list(parameters.weights),
                    "intercepts_": list(parameters.biases),
                }

            return bool(
                epoch.call_on_fit_task_end(
                    **self._arguments, reconstruction_attributes=fitted_attributes
                )
            )

        return call

    def close(self) -> None:
        """End the task of the whole fit."""
        self._fit.call_on_fit_task_end(**self._arguments, reconstruction_attributes={})


def epoch_callbacks(
    given: Any, sklearn_callbacks: SklearnCallbacks | None, network: Network, scale: LossScale
) -> tuple[EpochCallback, ...]:
    """Return all functions to call after each epoch; events have losses on scikit-learn's scale."""
    functions = list(given) if isinstance(given, (list, tuple)) else [given]
    found = [_with_sklearn_losses(call, scale) for call in functions if call is not None]
    if sklearn_callbacks is not None:
        found.append(sklearn_callbacks.after_epoch(network))
    return tuple(found)


def _with_sklearn_losses(callback: Any, scale: LossScale) -> EpochCallback:
    def call(event: EpochEvent) -> bool | None:
        stop: bool | None = callback(
            replace(
                event,
                training_loss=scale.to_sklearn(event.training_loss),
                validation_loss=scale.to_sklearn(event.validation_loss),
            )
        )
        return stop

    return call
