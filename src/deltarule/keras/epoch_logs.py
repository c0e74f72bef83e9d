"""Keras's logs of an epoch, from the engine's record of it and, where need be, from predictions."""

from __future__ import annotations

from collections.abc import Mapping

from deltarule.keras.callbacks import Logs
from deltarule.keras.compiled import Compiled, is_penalized
from deltarule.keras.epoch_metrics import Samples
from deltarule.keras.network_conversion import Chain


class LogBook:
    """Turns records into logs: names as Keras has them, in its order."""

    def __init__(
        self, chain: Chain, compiled: Compiled, training: Samples, validation: Samples | None
    ) -> None:
        self._chain, self._compiled = chain, compiled
        self._training, self._validation = training, validation
        self.network = compiled.training_network(chain)
        self.measures = compiled.measures(chain, training)
        self._computed = tuple(m for m in self.measures if m.source == "predictions")
        # Keras's validation loss has penalties and label smoothing in it, the engine's has not.
        smooth = getattr(compiled.loss.description, "label_smoothing", 0.0)
        weighted = validation is not None and validation.weights is not None
        self._validation_is_computed = validation is not None and (
            bool(smooth) or is_penalized(self.network) or (weighted and bool(self.measures))
        )
        self._engine = compiled.chosen_engine()
        self.last: Logs = {}

    @property
    def is_computed(self) -> bool:
        """Whether logs need the weights after each epoch."""
        return bool(self._computed) or self._validation_is_computed

    @property
    def directions(self) -> dict[str, str]:
        """Name of a metric → "up" or "down"."""
        return {m.name: getattr(m.metric, "direction", "down") for m in self.measures}

    @property
    def monitors(self) -> dict[str, str]:
        """What the engine measures itself: Keras's name → the core's."""
        columns = {"loss": "loss"} | {m.name: m.source for m in self.measures}
        own = {name: column for name, column in columns.items() if column != "predictions"}
        found = {name: f"training_{column}" for name, column in own.items()}
        validation = self._validation
        if validation is not None and validation.weights is None:
            found |= {f"val_{name}": f"validation_{column}" for name, column in own.items()}
        return found

    def logs(self, values: Mapping[str, float]) -> Logs:
        """Return the logs of an epoch; `values`: name of `EPOCH_RECORD` → number."""
        logs = {"loss": values["training_loss"]}
        for measure in self.measures:
            if measure.source != "predictions":
                logs[measure.name] = values[f"training_{measure.source}"]
        if self._computed:
            logs |= self._from_predictions(self._training)
        self.last = dict(sorted(logs.items()))
        if self._validation is not None:
            ours = sorted(self._validation_logs(self._validation, values).items())
            self.last |= {f"val_{name}": value for name, value in ours}
        return self.last

    def _validation_logs(self, validation: Samples, values: Mapping[str, float]) -> Logs:
        if self._validation_is_computed:
            self._refresh()
            measures = self._compiled.measures(self._chain, validation)
            return self._compiled.evaluate(self._chain, self._engine, validation, measures)
        logs = {"loss": values["validation_loss"] * validation.mean_weight}
        for measure in self.measures:
            if measure.source != "predictions":
                logs[measure.name] = values[f"validation_{measure.source}"]
        return logs | (self._from_predictions(validation) if self._computed else {})

    def _from_predictions(self, samples: Samples) -> Logs:
        self._refresh()
        chain, inputs = self._chain, samples.data.inputs
        threads = self._compiled.chosen_threads()
        predictions = self._engine.predict(chain.network, chain.parameters, inputs, threads)
        return {m.name: m.compute(samples, predictions) for m in self._computed}

    def _refresh(self) -> None:
        for layer in self._chain.dense:
            layer.refresh()
