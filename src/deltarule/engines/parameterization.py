"""From the parameters of a network to what its layers compute with, and back for gradients.

A layer multiplies its inputs by V⁽ˡ⁾ and adds c⁽ˡ⁾, both computed from the parameters. For member m:

    V = f · diag(s) · diag(rₘ) · W · diag(tₘ)        c = b, or bₘ

with f the "ntk" factor, s the scale before the layer, rₘ and tₘ the factors of a member's inputs and
outputs; factors that a layer does not have are 1. `native/core/parameterization.hpp` is the same in C++.
By the chain rule, with G = ∂J/∂V and ⟨·,·⟩ summed over the index that is not kept:

    ∂J/∂W = f · diag(s rₘ) G diag(tₘ)    ∂J/∂s = f ⟨G, diag(rₘ) W diag(tₘ)⟩ over outputs, and so on
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import ShapeError
from deltarule.network import Block, Network
from deltarule.parameters import Parameters

Array = NDArray[Any]


@dataclass(frozen=True)
class Effective:
    """What each layer of one member computes with: V of shape (inputs, units), c of shape (units,)."""

    weights: list[Array]
    biases: list[Array | None]


def effective(network: Network, parameters: Parameters, member: int) -> Effective:
    """Return the layers of one member; `ShapeError` if a part of a block is missing."""
    if network.is_plain:
        return Effective(list(parameters.weights), list(parameters.biases))
    weights, biases = [], []
    for i, block in enumerate(network.blocks):
        own = parameters.of_layer(i)
        for part in block.parts:
            if part.name not in own:
                raise ShapeError(
                    f"The parameters lack {block.name}.{part.name} of shape {part.shape}: take those "
                    "that belong to this network."
                )
        rows, columns = _row_factor(block, own, member), _column_factor(own, member)
        weight = _of_member(own["weights"], 2, member)
        weight = weight if rows is None else rows[:, None] * weight
        weights.append(weight if columns is None else weight * columns)
        biases.append(None if not block.dense.bias else _of_member(own["biases"], 1, member))
    return Effective(weights, biases)


def pull_back(
    block: Block, own: dict[str, Array], gradient: Array, bias: Array | None, member: int
) -> dict[str, Array]:
    """Return the gradients of a block's parameters from ∂J/∂V and ∂J/∂c of one member, by their names."""
    weight = _of_member(own["weights"], 2, member)
    rows, columns = _row_factor(block, own, member), _column_factor(own, member)
    of_weight = gradient if rows is None else rows[:, None] * gradient
    of_weight = of_weight if columns is None else of_weight * columns
    pulled = {"weights": _to_member(own["weights"], of_weight, 2, member)}
    if bias is not None:
        pulled["biases"] = _to_member(own["biases"], bias, 1, member)
    if rows is not None:
        by_input = (gradient * (weight if columns is None else weight * columns)).sum(axis=1)
        by_input = by_input * by_input.dtype.type(block.weight_factor)
        factors = own.get("input_factors")
        if "scale" in own:
            pulled["scale"] = by_input if factors is None else by_input * factors[member]
        if factors is not None:
            of_factor = by_input if "scale" not in own else by_input * own["scale"]
            pulled["input_factors"] = _to_member(factors, of_factor, 1, member)
    if columns is not None:
        scaled = weight if rows is None else rows[:, None] * weight
        of_output = (gradient * scaled).sum(axis=0)
        pulled["output_factors"] = _to_member(own["output_factors"], of_output, 1, member)
    return pulled


def _row_factor(block: Block, own: dict[str, Array], member: int) -> Array | None:
    """Return f · s · rₘ, shape (inputs,), None if all are 1."""
    scale, factors = own.get("scale"), own.get("input_factors")
    if scale is None and factors is None and block.weight_factor == 1:
        return None
    dtype = own["weights"].dtype
    rows = np.full(block.inputs, block.weight_factor, dtype)
    rows = rows if scale is None else rows * scale
    return rows if factors is None else rows * factors[member]


def _column_factor(own: dict[str, Array], member: int) -> Array | None:
    factors = own.get("output_factors")
    return None if factors is None else factors[member]


def _of_member(array: Array, own_dimensions: int, member: int) -> Array:
    return array if array.ndim == own_dimensions else array[member]


def _to_member(array: Array, gradient: Array, own_dimensions: int, member: int) -> Array:
    """Return the gradient in the array's shape: 0 for the other members."""
    if array.ndim == own_dimensions:
        return gradient
    whole = np.zeros(array.shape, gradient.dtype)
    whole[member] = gradient
    return whole
