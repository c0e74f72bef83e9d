"""The equations of batch and layer normalization; `native/core/normalization.hpp` is the same in C++.

With the sums over the axis of the statistics (rows of the batch, or units of a row), B of them:

    x̂ = (x − μ) r,  r = 1 / √(σ² + ε)        z = γ ⊙ x̂ + β        u = g(z)                   forward
    δ = ∂J/∂z        ∂J/∂γ = Σ_rows δ ⊙ x̂        ∂J/∂β = Σ_rows δ
    d = γ ⊙ δ        ∂J/∂x = r ⊙ (d − 1/B Σ d − x̂ ⊙ 1/B Σ d ⊙ x̂)                            backward

Where μ and σ² are moving averages they do not depend on x, and ∂J/∂x = r ⊙ d. Ioffe and Szegedy (2015),
Ba, Kiros and Hinton (2016).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.layers import BatchNormalization, Normalization
from deltarule.network import Network
from deltarule.parameters import Parameters

Array = NDArray[Any]


@dataclass(frozen=True)
class Normalized:
    """The values of one normalization: arrays of shape (rows, units), or that broadcast to it."""

    hat: Array  # x̂
    inverse: Array  # r
    logits: Array  # z
    outputs: Array  # u
    batch: tuple[Array, Array] | None  # μ and σ² of the batch, where they were used


def normalize(
    layer: Normalization, own: Mapping[str, Array], x: Array, in_update: bool
) -> Normalized:
    """Normalize rows; with statistics of the batch only `in_update`."""
    batch = None
    if layer.keeps_averages and not (in_update and layer.uses_batch):
        mean, variance = own["moving_mean"][None], own["moving_variance"][None]
    else:
        mean, variance = layer.statistics(x)
        batch = (mean[0], variance[0]) if layer.keeps_averages else None
    inverse = 1 / np.sqrt(variance + x.dtype.type(layer.epsilon))
    hat = (x - mean) * inverse
    z = hat * own["gamma"] if layer.scale else hat
    z = z + own["beta"] if layer.center else z
    return Normalized(hat, inverse, z, layer.activation(z), batch)


def normalization_backward(
    layer: Normalization, own: Mapping[str, Array], passed: Normalized, back: Array
) -> tuple[Array, dict[str, Array]]:
    """Return ∂J/∂x and the gradients of the layer's arrays from ∂J/∂u; 0 for the moving averages."""
    delta = layer.activation.backward(passed.logits, back)
    gradients = {name: np.zeros_like(own[name]) for name in layer.part_names}
    if layer.scale:
        gradients["gamma"] = (delta * passed.hat).sum(axis=0)
    if layer.center:
        gradients["beta"] = delta.sum(axis=0)
    d = delta * own["gamma"] if layer.scale else delta
    if layer.keeps_averages and passed.batch is None:
        return d * passed.inverse, gradients
    axis = 0 if layer.keeps_averages else 1
    shared = d.mean(axis, keepdims=True)
    tilt = (d * passed.hat).mean(axis, keepdims=True)
    return passed.inverse * (d - shared - passed.hat * tilt), gradients


def moved_averages(
    layer: Normalization, own: Mapping[str, Array], batch: tuple[Array, Array]
) -> dict[str, Array]:
    """Return the moving averages after an update whose batch has this mean and variance."""
    assert isinstance(layer, BatchNormalization)
    moved = {}
    for name, value in zip(("moving_mean", "moving_variance"), batch, strict=True):
        kept = value.dtype.type(layer.momentum)
        moved[name] = kept * own[name] + (1 - kept) * value
    return moved


def update_averages(
    network: Network, parameters: Parameters, normalized: list[Normalized | None]
) -> None:
    """Move the moving averages, in place, towards the statistics of the batch."""
    for i, (block, passed) in enumerate(zip(network.blocks, normalized, strict=True)):
        if block.normalization is None or passed is None or passed.batch is None:
            continue
        own = parameters.of_layer(i)
        for name, moved in moved_averages(block.normalization, own, passed.batch).items():
            own[name][:] = moved
