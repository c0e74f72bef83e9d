"""Who is told of each epoch: the estimator's own `callbacks`, and scikit-learn's (1.9 and later)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from deltarule.estimators.mlp_loss_units import Scale
from deltarule.network import Network
from deltarule.training import EpochEvent

try:
    from sklearn.callback import CallbackSupportMixin, with_callbacks
except ImportError:  # scikit-learn before 1.9: nothing to support

    class CallbackSupportMixin:  # type: ignore[no-redef]
        """Stands where scikit-learn has callbacks."""

    def with_callbacks(method: Any) -> Any:
        """Return the method as it is."""
        return method


Listener = Callable[[EpochEvent], bool | None]

__all__ = ["CallbackSupportMixin", "TheirCallbacks", "listeners", "with_callbacks"]


class TheirCallbacks:
    """The callbacks set with `set_callbacks`, or handed down by a meta-estimator; one task an epoch."""

    def __init__(self, estimator: Any, X: Any, y: Any, sample_weight: Any) -> None:
        self._estimator, self._X, self._y = estimator, X, y
        self._metadata = None if sample_weight is None else {"sample_weight": sample_weight}
        self._root = estimator._init_callback_context(max_subtasks=int(estimator.max_iter))
        self._root.call_on_fit_task_begin(**self._told())
        self._epoch: Any = None

    @classmethod
    def of(cls, estimator: Any, X: Any, y: Any, sample_weight: Any) -> TheirCallbacks | None:
        """Return the callbacks of an estimator, None where it has none."""
        known = estimator.__dict__
        if "_skl_callbacks" not in known and "_parent_callback_ctx" not in known:
            return None
        return cls(estimator, X, y, sample_weight)

    def listener(self, network: Network) -> Listener:
        """Return what is called after each epoch."""

        def tell(event: EpochEvent) -> bool:
            task = self._root.subcontext(task_name="epoch")
            task.call_on_fit_task_begin(**self._told())

            def fitted() -> dict[str, Any]:
                parameters = event.current_parameters()
                return {
                    "_network_": network,
                    "coefs_": list(parameters.weights),
                    "intercepts_": list(parameters.biases),
                }

            return bool(task.call_on_fit_task_end(**self._told(), reconstruction_attributes=fitted))

        return tell

    def close(self) -> None:
        """Say that the fit is done."""
        self._root.call_on_fit_task_end(**self._told(), reconstruction_attributes={})

    def _told(self) -> dict[str, Any]:
        return {
            "estimator": self._estimator,
            "X": self._X,
            "y": self._y,
            "metadata": self._metadata,
        }


def listeners(
    own: Any, theirs: TheirCallbacks | None, network: Network, scale: Scale
) -> tuple[Listener, ...]:
    """Return all that is called after each epoch; losses are told on scikit-learn's scale."""
    listed = list(own) if isinstance(own, (list, tuple)) else [own]
    told = [_on_their_scale(callback, scale) for callback in listed if callback is not None]
    if theirs is not None:
        told.append(theirs.listener(network))
    return tuple(told)


def _on_their_scale(callback: Any, scale: Scale) -> Listener:
    def call(event: EpochEvent) -> bool | None:
        answer: bool | None = callback(
            replace(
                event,
                training_loss=scale.report_one(event.training_loss),
                validation_loss=scale.report_one(event.validation_loss),
            )
        )
        return answer

    return call
