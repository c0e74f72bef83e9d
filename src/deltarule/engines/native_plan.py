"""The numbers that a plan is for the compiled module: the Python side of `native/core/plan.hpp`.

To add an activation, a loss or an optimizer, add its name at the end of its list here and its number
at the same place in plan.hpp.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

from deltarule._common.descriptions import Description
from deltarule.activations import Activation
from deltarule.embeddings import ColumnEmbedding
from deltarule.engines.contract import TrainingPlan
from deltarule.engines.stopping_controller import needs_gradient_norm
from deltarule.engines.update_values import group_counts
from deltarule.layers import SHARINGS
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.optimizers import Optimizer, Stepwise
from deltarule.sampling import MiniBatches, Sampling, SingleSample
from deltarule.schedules import MONITORS, Schedule
from deltarule.stopping import StoppingRule

_ACTIVATIONS = (
    "identity", "sign", "step", "sigmoid", "tanh", "relu", "leaky_relu", "elu", "selu", "gelu", "silu",
    "mish", "softplus", "exponential", "softmax",
)  # fmt: skip
_LOSSES = (
    "mean_squared_error", "mean_absolute_error", "huber", "binary_cross_entropy",
    "categorical_cross_entropy", "hinge", "poisson", "quantile",
)  # fmt: skip
_OPTIMIZERS = (
    "gradient_descent", "momentum", "nesterov", "adagrad", "adadelta", "rmsprop", "adam", "adamw",
    "nadam", "amsgrad",
)  # fmt: skip
_COLUMNS = ("plain", "periodic", "piecewise_linear", "category")
_RULES = ("no_progress", "target_reached", "time_limit")
_IN_ORDER, _SHUFFLED, _SINGLE_SAMPLE = range(3)


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
        loss=_loss(module, plan.loss),
        optimizer=_optimizer(module, plan.optimizer),
        sampling=_sampling(plan.sampling),
        batch_rows=batch_rows,
        epochs=plan.epochs,
        stopping=[_rule(module, rule) for rule in plan.stopping],
        measures_gradient_norm=needs_gradient_norm(plan),
        plateau=plateau,
        keep_best=None if plan.keep_best is None else MONITORS.index(plan.keep_best),
        score=plan.score,
        seed=plan.seed,
    )


def without_formula(plan: TrainingPlan) -> str | None:
    """Return a sentence about the first part of a plan that the compiled module has no formula for."""
    for noun, description, known in _parts(plan):
        if description.kind not in known:
            return f"it has no formula for the {noun} {description.kind!r}."
    return None


def _parts(plan: TrainingPlan) -> Iterator[tuple[str, Description, tuple[str, ...]]]:
    for block in plan.network.blocks:
        yield "activation", block.dense.activation, _ACTIVATIONS
        if block.embedding is not None:
            for column in block.embedding.columns:
                yield "column embedding", column, _COLUMNS
    yield "loss", plan.loss, _LOSSES
    if isinstance(plan.optimizer, Stepwise):
        yield "optimizer", plan.optimizer, _OPTIMIZERS
    for rule in plan.stopping:
        yield "stopping rule", rule, _RULES


def _layers(module: Any, network: Network) -> list[Any]:
    return [
        module.Layer(
            inputs=block.inputs,
            units=block.dense.units,
            activation=_ACTIVATIONS.index(block.dense.activation.kind),
            activation_setting=_activation_setting(block.dense.activation),
            bias=block.dense.bias,
            drops=block.dropout_rate != 0,
            l1=block.dense.l1,
            l2=block.dense.l2,
            max_norm=block.dense.max_norm,
            weight_factor=block.weight_factor,
            scale=block.scale is not None,
            learned_activation=block.dense.learned_activation,
            sharing=SHARINGS.index(block.dense.sharing),
        )
        for block in network.blocks
    ]


def _columns(module: Any, network: Network) -> list[Any]:
    embedding = network.blocks[0].embedding
    if embedding is None:
        return []
    return [
        module.Column(
            kind=_COLUMNS.index(column.kind),
            outputs=column.outputs,
            features=_features(column),
            edges=list(getattr(column, "edges", ())),
            source=source,
        )
        for column, source in zip(embedding.columns, embedding.source_columns, strict=True)
    ]


def _features(column: ColumnEmbedding) -> int:
    """Return how many numbers stand between the column and its outputs."""
    for name in ("frequencies", "bins", "count"):
        if hasattr(column, name):
            return int(getattr(column, name))
    return 0


def _groups(module: Any, network: Network) -> list[Any]:
    """Return the factors of learning rate and decay, neighbors of equal ones put together."""
    groups: list[tuple[int, float, float]] = []
    for count, rate, decay in group_counts(network):
        if groups and groups[-1][1:] == (rate, decay):
            count += groups.pop()[0]
        groups.append((count, rate, decay))
    if len(groups) == 1 and groups[0][1:] == (1, 1):
        return []
    return [module.Group(count=c, rate_factor=r, decay_factor=d) for c, r, d in groups]


def _activation_setting(activation: Activation) -> float:
    return float(getattr(activation, "negative_slope", getattr(activation, "alpha", 0.0)))


def _loss(module: Any, loss: Loss) -> Any:
    return module.Loss(
        kind=_LOSSES.index(loss.kind),
        setting=float(getattr(loss, "delta", getattr(loss, "quantile", 0.0))),
        label_smoothing=_number(getattr(loss, "label_smoothing", 0.0)),
    )


def _optimizer(module: Any, optimizer: Optimizer) -> Any:
    settings = (
        "momentum", "decay", "decay_mean", "decay_square", "epsilon", "weight_decay", "momentum_decay",
    )  # fmt: skip
    values = {name: _number(getattr(optimizer, name, 0.0)) for name in settings}
    if getattr(optimizer, "epsilon_inside_root", False):
        values["epsilon"], values["epsilon_inside"] = 0.0, values["epsilon"]
    return module.Optimizer(
        kind=_OPTIMIZERS.index(optimizer.kind), clip_norm=optimizer.clip_norm, **values
    )


def _number(value: float | Schedule) -> float:
    """Return a setting as a number; what follows a schedule comes with each update."""
    return 0.0 if isinstance(value, Schedule) else float(value)


def _sampling(sampling: Sampling) -> int:
    if isinstance(sampling, SingleSample):
        return _SINGLE_SAMPLE
    return _SHUFFLED if isinstance(sampling, MiniBatches) and sampling.shuffle else _IN_ORDER


def _rule(module: Any, rule: StoppingRule) -> Any:
    values = [getattr(rule, field.name) for field in fields(rule)]
    return module.Rule(
        kind=_RULES.index(rule.kind),
        settings=[float(MONITORS.index(v) if isinstance(v, str) else v) for v in values],
        initial_state=list(rule.initial_state),
    )
