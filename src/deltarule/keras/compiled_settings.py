"""The settings of `compile`: optimizer, loss, metrics and engine."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from deltarule._common.processors import thread_count
from deltarule.activations import ACTIVATIONS, Identity
from deltarule.engines import prediction_engine
from deltarule.engines.contract import Engine
from deltarule.engines.equations import penalty
from deltarule.errors import SettingError, shortened_name
from deltarule.keras.epoch_metrics import (
    Array,
    EpochMetric,
    Samples,
    epoch_metrics_for,
    merged,
    names_in_logs,
    resolved,
)
from deltarule.keras.losses import Loss
from deltarule.keras.metrics import Metric
from deltarule.keras.model_conversion import ConvertedModel
from deltarule.keras.optimizers import Optimizer
from deltarule.network import Network


@dataclass(frozen=True)
class CompiledSettings:
    """The settings of `compile`."""

    optimizer: Optimizer
    loss: Loss
    metrics: tuple[Any, ...]
    weighted_metrics: tuple[Any, ...]
    engine: str
    threads: int | None

    @cached_property
    def _resolved_metrics(self) -> tuple[tuple[Metric | str, ...], tuple[Metric | str, ...]]:
        # Once, as in Keras: metrics without a name of their own are numbered when they are created.
        return resolved(self.metrics), resolved(self.weighted_metrics)

    @property
    def metrics_names(self) -> list[str]:
        """The names of the loss and the metrics, in the order of `compile`."""
        return ["loss", *names_in_logs(*self._resolved_metrics)]

    def evaluation_engine(self, network: Network) -> Engine:
        """Return the engine that evaluates the network."""
        return prediction_engine(network, self.engine)

    def thread_count(self) -> int:
        """Return the upper bound on threads: by default, all available processors."""
        return thread_count(self.threads)

    def training_network(self, converted: ConvertedModel) -> Network:
        """Return the network to train; with `from_logits` its last activation is the loss's own."""
        network = converted.network
        if not self.loss.from_logits:
            return network
        last = network.output_layer
        if not isinstance(last.activation, Identity):
            raise SettingError(
                "from_logits",
                f"must be False when the last layer {shortened_name(last.name)} has the activation "
                f"{last.activation.kind}",
                hint="Remove one of the two.",
            )
        activation = ACTIVATIONS.resolve(self.loss.description.fused_with, "from_logits")
        layers = (*network.layers[:-1], replace(last, activation=activation))
        return Network(layers, network.inputs, network.members)

    def epoch_metrics(self, converted: ConvertedModel, samples: Samples) -> tuple[EpochMetric, ...]:
        """Return the metrics to compute for these targets."""
        smooth = getattr(self.loss.description, "label_smoothing", 0.0)
        plain = not smooth and not is_penalized(converted.network)
        return epoch_metrics_for(
            *self._resolved_metrics,
            self.loss,
            samples,
            converted.network.outputs,
            plain,
        )

    def evaluate(
        self,
        converted: ConvertedModel,
        engine: Engine,
        samples: Samples,
        epoch_metrics: tuple[EpochMetric, ...],
    ) -> dict[str, Any]:
        """Return the loss as Keras evaluates it, penalties included, and the metrics."""
        if converted.is_random:
            return self._evaluate_random(converted, samples, epoch_metrics)
        loss, score = self.loss_and_score(converted, engine, samples)
        parameters, threads = converted.parameters, self.thread_count()
        values: dict[str, Any] = {"loss": loss}
        predictions: Array | None = None
        for measure in epoch_metrics:
            if measure.source == "predictions" and predictions is None:
                predictions = engine.predict(
                    converted.network, parameters, samples.data.inputs, threads
                )
            if measure.source == "predictions" and predictions is not None:
                values |= measure.logs(samples, predictions)
            else:
                values[measure.name] = score if measure.source == "score" else values["loss"]
        return values

    def _evaluate_random(
        self,
        converted: ConvertedModel,
        samples: Samples,
        epoch_metrics: tuple[EpochMetric, ...],
    ) -> dict[str, Any]:
        """Return loss and metrics of one draw of the random predictions, as Keras."""
        outputs = converted.called(samples.data.inputs, training=False)
        values = {"loss": self.loss_of_outputs(converted, samples, outputs)}
        return values | merged(m.logs(samples, outputs) for m in epoch_metrics)

    def loss_of_outputs(self, converted: ConvertedModel, samples: Samples, outputs: Array) -> float:
        """Return the loss of outputs, penalties included."""
        losses = self.loss.row_losses(samples.y, outputs.astype(np.float64))
        weights = 1.0 if samples.weights is None else samples.weights
        network = self.training_network(converted)
        return float((losses * weights).mean()) + penalty(network, converted.parameters)

    def loss_and_score(
        self, converted: ConvertedModel, engine: Engine, samples: Samples
    ) -> tuple[float, float]:
        """Return the loss as Keras evaluates it, penalties included, and the engine's score."""
        network, parameters = self.training_network(converted), converted.parameters
        if samples.mean_weight == 0:  # an engine divides by the sum of the weights
            return penalty(network, parameters), 0.0
        threads = self.thread_count()
        loss, score = engine.evaluate(
            network, parameters, self.loss.description, samples.data, threads
        )
        loss *= samples.mean_weight
        if getattr(self.loss.description, "label_smoothing", 0.0):
            outputs = engine.predict(network, parameters, samples.data.inputs, threads)
            loss = self._smoothed(samples, outputs)
        return loss + penalty(network, parameters), score

    def _smoothed(self, samples: Samples, probabilities: Array) -> float:
        # Keras's loss includes label smoothing; the engine's evaluation does not.
        targets = samples.data.targets
        if targets.ndim == 1:
            targets = np.eye(probabilities.shape[1])[targets]
        losses = self.loss.description.values(probabilities.astype(np.float64), targets)
        weights = 1.0 if samples.weights is None else samples.weights
        return float((losses * weights).mean())


def is_penalized(network: Network) -> bool:
    """Return whether a layer's weights are part of the loss."""
    dense = (block.dense for block in network.blocks)
    return any(layer.trainable and (layer.l1 or layer.l2) for layer in dense)
