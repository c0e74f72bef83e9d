"""Keras's logs of an epoch, from the engine's record and, if necessary, from predictions."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from deltarule.engines.contract import Engine
from deltarule.keras.callbacks.base import Logs
from deltarule.keras.compiled_settings import CompiledSettings, is_penalized
from deltarule.keras.epoch_metrics import Samples, merged
from deltarule.keras.model_conversion import ConvertedModel


class EpochLogs:
    """Converts the engine's records to logs, with Keras's names in its order."""

    def __init__(
        self,
        converted: ConvertedModel,
        compiled: CompiledSettings,
        training: Samples,
        validation: Samples | None,
    ) -> None:
        self._converted, self._compiled = converted, compiled
        self._training, self._validation = training, validation
        self.network = compiled.training_network(converted)
        self.epoch_metrics = compiled.epoch_metrics(converted, training)
        self._computed = tuple(m for m in self.epoch_metrics if m.source == "predictions")
        # Keras's validation loss includes penalties and label smoothing; the engine's does not.
        smooth = getattr(compiled.loss.description, "label_smoothing", 0.0)
        weighted = validation is not None and validation.weights is not None
        self._validation_is_computed = validation is not None and (
            bool(smooth)
            or is_penalized(self.network)
            or (weighted and bool(self.epoch_metrics))
            or converted.is_random
        )

    @cached_property
    def _engine(self) -> Engine:
        return self._compiled.evaluation_engine(self.network)

    @property
    def is_computed(self) -> bool:
        """Whether the logs require the weights after each epoch."""
        return bool(self._computed) or self._validation_is_computed

    @property
    def directions(self) -> dict[str, str | None]:
        """Name of a metric → whether better is "up" or "down"; None if it does not say."""
        return {m.name: m.direction for m in self.epoch_metrics}

    @property
    def monitors(self) -> dict[str, str]:
        """Keras's name → the engine's monitor, for all that the engine measures itself."""
        columns = {"loss": "loss"} | {m.name: m.source for m in self.epoch_metrics}
        measured = {name: column for name, column in columns.items() if column != "predictions"}
        found = {name: f"training_{column}" for name, column in measured.items()}
        validation = self._validation
        if validation is not None and validation.weights is None:
            found |= {f"val_{name}": f"validation_{column}" for name, column in measured.items()}
        return found

    def logs(self, values: Mapping[str, float]) -> Logs:
        """Return the logs of an epoch; `values`: name of `EPOCH_RECORD` → number."""
        logs = {"loss": values["training_loss"]}
        for metric in self.epoch_metrics:
            if metric.source != "predictions":
                logs[metric.name] = values[f"training_{metric.source}"]
        if self._computed:
            logs |= self._from_predictions(self._training)
        validation = self._validation
        return with_validation(
            logs, {} if validation is None else self._validation_logs(validation, values)
        )

    def _validation_logs(self, validation: Samples, values: Mapping[str, float]) -> Logs:
        if self._validation_is_computed:
            self._refresh()
            epoch_metrics = self._compiled.epoch_metrics(self._converted, validation)
            return self._compiled.evaluate(self._converted, self._engine, validation, epoch_metrics)
        logs = {"loss": values["validation_loss"] * validation.mean_weight}
        for metric in self.epoch_metrics:
            if metric.source != "predictions":
                logs[metric.name] = values[f"validation_{metric.source}"]
        return logs | (self._from_predictions(validation) if self._computed else {})

    def _from_predictions(self, samples: Samples) -> Logs:
        self._refresh()
        converted, inputs = self._converted, samples.data.inputs
        threads = self._compiled.thread_count()
        if converted.is_random:
            predictions = converted.called(inputs, training=False)
        else:
            predictions = self._engine.predict(
                converted.network, converted.parameters, inputs, threads
            )
        return merged(m.logs(samples, predictions) for m in self._computed)

    def _refresh(self) -> None:
        for layer in self._converted.learning:
            layer.refresh()


def with_validation(logs: Logs, validation: Logs) -> Logs:
    """Return the logs of an epoch and of its validation together, sorted by name as in Keras."""
    return dict(sorted({**logs, **{f"val_{n}": v for n, v in validation.items()}}.items()))
