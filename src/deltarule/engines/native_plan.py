"""A training plan in the form that the compiled module takes: the Python side of `native/core/plan.hpp`.

Formulas are passed by number; the compiled module lists their names in the order of the numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from functools import cache
from typing import Any

from deltarule._common.descriptions import Description
from deltarule.activations import Activation
from deltarule.engines.stopping_controller import needs_gradient_norm
from deltarule.engines.training_plan import TrainingPlan
from deltarule.layers import SHARINGS, BatchNormalization, Normalization
from deltarule.losses import Loss
from deltarule.network import Block, Network
from deltarule.optimizers import Optimizer, Stepwise
from deltarule.sampling import Blocks, MiniBatches, Sampling, SingleSample
from deltarule.schedules import MONITORS, Schedule
from deltarule.stopping import StoppingRule


@dataclass(frozen=True)
class _Names:
    """The names of the compiled module's formulas, in the order of their numbers."""

    activations: tuple[str, ...]
    column_embeddings: tuple[str, ...]
    losses: tuple[str, ...]
    optimizers: tuple[str, ...]
    optimizer_settings: tuple[str, ...]
    stopping_rules: tuple[str, ...]


@cache
def _names(module: Any) -> _Names:
    return _Names(
        activations=tuple(module.activation_names()),
        column_embeddings=tuple(module.column_embedding_names()),
        losses=tuple(module.loss_names()),
        optimizers=tuple(module.optimizer_names()),
        optimizer_settings=tuple(module.optimizer_settings()),
        stopping_rules=tuple(module.stopping_rule_names()),
    )


_IN_ORDER, _SHUFFLED, _SINGLE_SAMPLE, _BLOCKS = range(4)
_MOST_ROWS = (
    2**32 - 1
)  # rows have numbers of 32 bits: a larger block or window holds all of them, too


def native_plan(module: Any, plan: TrainingPlan, batch_rows: int) -> Any:
    """Return the plan as the compiled module takes it; `batch_rows`: the rows of a full batch."""
    schedule = plan.optimizer.schedule if isinstance(plan.optimizer, Stepwise) else None
    rule = None if schedule is None else schedule.plateau
    plateau = rule and module.Plateau(
        factor=rule.factor,
        patience_epochs=rule.patience_epochs,
        min_improvement=rule.min_improvement,
        minimum=rule.minimum,
        monitor=MONITORS.index(rule.monitor),
    )
    return module.Plan(
        layers=_layers(module, plan.network),
        columns=_columns(module, plan.network),
        members=plan.network.members,
        groups=_groups(module, plan.network),
        loss=_loss(module, plan.loss, plan.network),
        optimizer=_optimizer(module, plan.optimizer),
        sampling=_sampling(plan.sampling),
        block_rows=min(getattr(plan.sampling, "block_rows", 1), _MOST_ROWS),
        window_blocks=min(getattr(plan.sampling, "window_blocks", 1), _MOST_ROWS),
        batch_rows=batch_rows,
        epochs=plan.epochs,
        stopping=[_rule(module, rule) for rule in plan.stopping],
        measures_gradient_norm=needs_gradient_norm(plan),
        plateau=plateau,
        keep_best=None if plan.keep_best is None else MONITORS.index(plan.keep_best),
        score=plan.score,
        seed=plan.seed,
    )


def without_formula(module: Any, plan: TrainingPlan) -> str | None:
    """Return a sentence about the first part of a plan that the compiled module has no formula for."""
    for noun, description, known in _parts(module, plan):
        if description.kind not in known:
            return f"it has no formula for the {noun} {description.kind!r}."
    return None


def _parts(module: Any, plan: TrainingPlan) -> Iterator[tuple[str, Description, tuple[str, ...]]]:
    names = _names(module)
    for block in plan.network.blocks:
        yield "activation", block.dense.activation, names.activations
        if block.normalization is not None:
            yield "activation", block.normalization.activation, names.activations
        if block.embedding is not None:
            for column in block.embedding.columns:
                yield "column embedding", column, names.column_embeddings
    yield "loss", plan.loss, names.losses
    if isinstance(plan.optimizer, Stepwise):  # others are driven by the training loop
        yield "optimizer", plan.optimizer, names.optimizers
    for rule in plan.stopping:
        yield "stopping rule", rule, names.stopping_rules


_DENSE, _BATCH_NORMALIZATION, _LAYER_NORMALIZATION = range(3)


def _layers(module: Any, network: Network) -> list[Any]:
    """Return the dense layers, each after its normalization, if it has one."""
    layers = []
    for block in network.blocks:
        if block.normalization is not None:
            layers.append(_normalization(module, block, block.normalization))
        layers.append(_dense(module, block))
    return layers


def _dense(module: Any, block: Block) -> Any:
    dense = block.dense
    return module.Layer(
        inputs=block.inputs,
        units=dense.units,
        activation=_names(module).activations.index(dense.activation.kind),
        activation_setting=_setting(dense.activation),
        bias=dense.bias,
        drops=block.dropout_rate != 0 and not block.drops_first,
        l1=dense.l1 if dense.trainable else 0.0,
        l2=dense.l2 if dense.trainable else 0.0,
        max_norm=dense.max_norm if dense.trainable else None,
        weight_factor=block.weight_factor,
        scale=block.scale is not None,
        learned_activation=dense.learned_activation,
        sharing=SHARINGS.index(dense.sharing),
        trainable=dense.trainable,
        kind=_DENSE,
        momentum=0.0,
        epsilon=0.0,
        rescales=False,
        centers=False,
    )


def _normalization(module: Any, block: Block, layer: Normalization) -> Any:
    return module.Layer(
        inputs=block.inputs,
        units=block.inputs,
        activation=_names(module).activations.index(layer.activation.kind),
        activation_setting=_setting(layer.activation),
        bias=False,
        drops=block.dropout_rate != 0 and block.drops_first,
        l1=0.0,
        l2=0.0,
        max_norm=None,
        weight_factor=1.0,
        scale=False,
        learned_activation=False,
        sharing=SHARINGS.index("shared"),
        trainable=layer.trainable,
        kind=_BATCH_NORMALIZATION if layer.keeps_averages else _LAYER_NORMALIZATION,
        momentum=layer.momentum if isinstance(layer, BatchNormalization) else 0.0,
        epsilon=layer.epsilon,
        rescales=layer.scale,
        centers=layer.center,
    )


def _columns(module: Any, network: Network) -> list[Any]:
    embedding = network.blocks[0].embedding
    if embedding is None:
        return []
    embeddings = _names(module).column_embeddings
    return [
        module.Column(
            formula=embeddings.index(column.kind),
            outputs=column.outputs,
            features=column.feature_count,
            parameter_count=column.parameter_count,
            edges=list(getattr(column, "edges", ())),
            source=source,
        )
        for column, source in zip(embedding.columns, embedding.source_columns, strict=True)
    ]


def _groups(module: Any, network: Network) -> list[Any]:
    """Return the factors of learning rate and decay, merging neighbors with equal ones."""
    groups: list[tuple[int, float, float, bool]] = []
    for part in (part for block in network.blocks for part in block.parts):
        for count, rate, decay in part.groups:
            same = (rate, decay, part.trainable)
            if groups and groups[-1][1:] == same:
                count += groups.pop()[0]
            groups.append((count, *same))
    if len(groups) == 1 and groups[0][1:] == (1, 1, True):
        return []
    return [
        module.Group(count=count, rate_factor=rate, decay_factor=decay, trainable=trainable)
        for count, rate, decay, trainable in groups
    ]


def _setting(activation: Activation) -> float:
    """Return the one setting of an activation's formula, 0 where it has none."""
    return next(iter(_settings(activation)), 0.0)


def _settings(description: Activation | Loss) -> list[float]:
    """Return the settings of an activation's or a loss's formula, 0 for one that is None."""
    kind: Any = type(description)
    return [float(getattr(description, name) or 0.0) for name in _setting_names(kind)]


@cache
def _setting_names(kind: Any) -> list[str]:
    return [field.name for field in fields(kind) if field.name != "label_smoothing"]


def _loss(module: Any, loss: Loss, network: Network) -> Any:
    other_classes, own_class = loss.one_hot
    return module.Loss(
        formula=_names(module).losses.index(loss.kind),
        settings=_settings(loss),
        label_smoothing=_number(getattr(loss, "label_smoothing", 0.0)),
        classifies=loss.classifies,
        fused=network.output_layer.activation.kind == loss.fused_with,
        other_classes=other_classes,
        own_class=own_class,
        threshold=loss.threshold(network.outputs),
    )


def _optimizer(module: Any, optimizer: Optimizer) -> Any:
    if not isinstance(optimizer, Stepwise):
        none = dict.fromkeys(("clip_norm", "clip_array_norm", "clip_value"))
        return module.Optimizer(formula=0, slot_count=0, settings=[], **none)
    settings = optimizer.formula_settings()
    return module.Optimizer(
        formula=_names(module).optimizers.index(optimizer.kind),
        slot_count=len(vector_slots(optimizer)),
        settings=[settings.get(name, 0.0) for name in _names(module).optimizer_settings],
        clip_norm=optimizer.clip_norm,
        clip_array_norm=optimizer.clip_array_norm,
        clip_value=optimizer.clip_value,
    )


def vector_slots(optimizer: Stepwise) -> tuple[str, ...]:
    """Return the names of the slots that have one number for each parameter."""
    return tuple(name for name in optimizer.slot_names if name != "momentum_product")


def _number(value: float | Schedule) -> float:
    """Return a setting as a number; what follows a schedule comes with each update."""
    return 0.0 if isinstance(value, Schedule) else float(value)


def _sampling(sampling: Sampling) -> int:
    if isinstance(sampling, SingleSample):
        return _SINGLE_SAMPLE
    if isinstance(sampling, Blocks):
        return _BLOCKS
    return _SHUFFLED if isinstance(sampling, MiniBatches) and sampling.shuffle else _IN_ORDER


def _rule(module: Any, rule: StoppingRule) -> Any:
    values = [getattr(rule, field.name) for field in fields(rule)]
    return module.Rule(
        formula=_names(module).stopping_rules.index(rule.kind),
        settings=[float(MONITORS.index(v) if isinstance(v, str) else v) for v in values],
        initial_state=list(rule.initial_state),
    )
