"""Conversion of scikit-learn's parameters to deltarule's descriptions."""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from numbers import Integral
from typing import Any

import numpy as np

from deltarule.activations import ACTIVATIONS, Activation
from deltarule.estimators.mlp_loss_scale import LossScale, scaled_schedule
from deltarule.estimators.mlp_parameter_table import SKLEARN_SCHEDULES, schedules_by_name
from deltarule.layers import Dense, Dropout, Layer
from deltarule.network import Network
from deltarule.optimizers import LBFGS, Adam, GradientDescent, Momentum, Nesterov, Optimizer
from deltarule.schedules import Constant, InverseScaling, Schedule

SCIPY_LOSS_TOLERANCE = 2.220446049250313e-09  # ftol of SciPy's L-BFGS-B, which scikit-learn leaves


def hidden_units(sizes: Any) -> list[int]:
    """Return the numbers of hidden units; `ValueError` with scikit-learn's message."""
    units = list(sizes) if isinstance(sizes, Iterable) else [sizes]
    wrong = [c for c in units if isinstance(c, bool | np.bool) or not isinstance(c, Integral)]
    if wrong:
        raise TypeError(f"hidden_layer_sizes must hold whole numbers, got {wrong[0]!r}.")
    if any(count <= 0 for count in units):
        raise ValueError(f"hidden_layer_sizes must be > 0, got {units}.")
    return [int(count) for count in units]


def per_layer(value: Any, layers: int, name: str) -> list[Any]:
    """Return one value for each hidden layer, given as one for all or as a list."""
    if not isinstance(value, (list, tuple)):
        return [value] * layers
    if len(value) != layers:
        raise ValueError(
            f"{name} has {len(value)} entries, but hidden_layer_sizes has {layers} layers: give one "
            "value for all layers, or one for each."
        )
    return list(value)


def network_of(
    settings: Any, inputs: int, units: list[int], outputs: int, output_activation: Any, l2: float
) -> Network:
    """Return the network of an estimator: hidden layers, dropout after each, output layer."""
    activations = per_layer(settings.activation, len(units), "activation")
    rates = per_layer(settings.dropout, len(units), "dropout")
    kinds = [ACTIVATIONS.resolve(activation, "activation") for activation in activations]
    hidden = tuple(zip(units, kinds, rates, strict=True))
    return _network(inputs, hidden, outputs, output_activation, l2)


@lru_cache(maxsize=256)
def _network(
    inputs: int,
    hidden: tuple[tuple[int, Activation, float], ...],
    outputs: int,
    output_activation: Any,
    l2: float,
) -> Network:
    layers: list[Layer] = []
    for count, kind, rate in hidden:
        layers.append(Dense(count, kind, l2=l2))
        if rate:
            layers.append(Dropout(rate))
    layers.append(Dense(outputs, output_activation, l2=l2))
    return Network(layers, inputs)


def optimizer_of(settings: Any, rate: Schedule, scale: LossScale) -> Optimizer:
    """Return the optimizer of a solver, for gradients on deltarule's scale."""
    clip = None if settings.clip_norm is None else settings.clip_norm / scale.gradient
    if settings.solver == "lbfgs":
        return LBFGS(
            gradient_tolerance=settings.tol / scale.gradient,
            max_evaluations=int(settings.max_fun),
            loss_tolerance=SCIPY_LOSS_TOLERANCE,
            clip_norm=clip,
        )
    if settings.solver == "adam":
        # Adam divides by the gradient's size: the scale affects only ε, which scikit-learn adds to √v.
        return Adam(
            rate,
            float(settings.beta_1),
            float(settings.beta_2),
            settings.epsilon / scale.gradient,
            epsilon_uncorrected=True,
            clip_norm=clip,
        )
    rate = scaled_schedule(rate, scale)
    if settings.momentum == 0:
        return GradientDescent(rate, clip_norm=clip)
    if settings.momentum == 1:
        raise ValueError("momentum must be below 1: at 1 a step never decays. Try 0.9.")
    kind = Nesterov if settings.nesterovs_momentum else Momentum
    return kind(rate, float(settings.momentum), clip_norm=clip)


def schedule_of(settings: Any, rows: int, samples_before: int) -> Schedule:
    """Return the learning rate of one fit, on scikit-learn's scale.

    "invscaling" and "adaptive" apply to solver="sgd" only, as in scikit-learn; "adaptive" starts
    constant, and mlp_training lowers it. Other schedules apply to "adam" too.
    """
    initial, kind = float(settings.learning_rate_init), settings.learning_rate
    if isinstance(kind, Schedule):
        return kind
    if kind == "invscaling" and settings.solver == "sgd":
        return InverseScaling(initial, float(settings.power_t), rows, samples_before)
    if kind in SKLEARN_SCHEDULES:
        return Constant(initial)
    schedule: Schedule = schedules_by_name()[kind](initial)
    return schedule
