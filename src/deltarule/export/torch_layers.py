"""Layers of a network as code of PyTorch."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from deltarule.activations import (
    ELU,
    GELU,
    SELU,
    Activation,
    Identity,
    LeakyReLU,
    Mish,
    ReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softplus,
    Softsign,
    Tanh,
)
from deltarule.export.code_layers import (
    Array,
    CodeBlock,
    CodeLayer,
    arguments,
    code_blocks,
    refused_activation,
)
from deltarule.layers import BatchNormalization
from deltarule.network import Network
from deltarule.parameters import Parameters

ACTIVATIONS: dict[type[Activation], str] = {
    GELU: "GELU",
    Mish: "Mish",
    ReLU: "ReLU",
    SELU: "SELU",
    Sigmoid: "Sigmoid",
    SiLU: "SiLU",
    Softplus: "Softplus",
    Softsign: "Softsign",
    Tanh: "Tanh",
}
"""Modules of the activations without settings."""


def torch_layers(network: Network, parameters: Parameters) -> list[CodeLayer]:
    """Return the layers of a network as calls; raise `SettingError` for what PyTorch does not have."""
    return [
        layer for block in code_blocks(network, parameters, "PyTorch") for layer in _block(block)
    ]


def _block(own: CodeBlock) -> Iterator[CodeLayer]:
    dropout = [CodeLayer(f"nn.Dropout({own.dropout!r})")] if own.dropout else []
    normalization = [] if own.block.normalization is None else list(_normalization(own))
    first, second = (dropout, normalization) if own.block.drops_first else (normalization, dropout)
    dense = own.block.dense
    arrays = {"weight": own.weights.T}
    if own.biases is not None:
        arrays["bias"] = own.biases
    sizes = arguments(own.block.inputs, dense.units, bias=None if dense.bias else False)
    yield from (*first, *second, CodeLayer(f"nn.Linear({sizes})", arrays))
    yield from _activation(dense.activation)


def _normalization(own: CodeBlock) -> Iterator[CodeLayer]:
    layer, units = own.block.normalization, own.block.inputs
    assert layer is not None
    arrays: dict[str, Array] = {}
    has_parameters = layer.scale or layer.center
    if has_parameters:  # PyTorch has both or none
        dtype = own.weights.dtype
        arrays["weight"] = own.others["gamma"] if layer.scale else np.ones(units, dtype)
        arrays["bias"] = own.others["beta"] if layer.center else np.zeros(units, dtype)
    if isinstance(layer, BatchNormalization):
        arrays |= {
            "running_mean": own.others["moving_mean"],
            "running_var": own.others["moving_variance"],
            "num_batches_tracked": np.array(0, np.int64),
        }
        settings = arguments(
            units,
            eps=layer.epsilon,
            momentum=repr(round(1 - layer.momentum, 12)),
            affine=None if has_parameters else False,
        )
        yield CodeLayer(f"nn.BatchNorm1d({settings})", arrays)
    else:
        settings = arguments(
            units, eps=layer.epsilon, elementwise_affine=None if has_parameters else False
        )
        yield CodeLayer(f"nn.LayerNorm({settings})", arrays)
    yield from _activation(layer.activation)


def _activation(activation: Activation) -> Iterator[CodeLayer]:
    match activation:
        case Identity():
            return
        case Softmax():
            call = "Softmax(dim=1)"
        case LeakyReLU(negative_slope=slope):
            call = f"LeakyReLU({slope!r})"
        case ELU(alpha=alpha):
            call = f"ELU({alpha!r})"
        case _ if type(activation) in ACTIVATIONS:
            call = f"{ACTIVATIONS[type(activation)]}()"
        case _:
            raise refused_activation("PyTorch", activation)
    yield CodeLayer(f"nn.{call}")
