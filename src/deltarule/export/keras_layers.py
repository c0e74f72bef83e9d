"""Layers of a network as code of Keras, for `to_keras` and for the playground."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from deltarule.activations import Activation, Identity
from deltarule.export.code_layers import (
    Array,
    CodeBlock,
    CodeLayer,
    arguments,
    code_blocks,
    refused_activation,
)
from deltarule.layers import BatchNormalization
from deltarule.layers import Dense as DenseLayer
from deltarule.network import Network
from deltarule.parameters import Parameters

ACTIVATION_LAYERS = {"leaky_relu": "LeakyReLU", "elu": "ELU"}
"""Layers of the activations with settings."""


def keras_layers(network: Network, parameters: Parameters) -> list[CodeLayer]:
    """Return the layers of a network as calls; raise `SettingError` for what Keras does not have."""
    return [layer for block in code_blocks(network, parameters, "Keras") for layer in _block(block)]


def _block(own: CodeBlock) -> Iterator[CodeLayer]:
    dropout = [CodeLayer(f"Dropout({own.dropout!r})")] if own.dropout else []
    normalization = [] if own.block.normalization is None else list(_normalization(own))
    first, second = (dropout, normalization) if own.block.drops_first else (normalization, dropout)
    yield from _called([*first, *second, *_dense(own)])


def _called(layers: list[CodeLayer]) -> Iterator[CodeLayer]:
    for layer in layers:
        yield CodeLayer(f"keras.layers.{layer.call}", layer.arrays)


def _normalization(own: CodeBlock) -> Iterator[CodeLayer]:
    layer = own.block.normalization
    assert layer is not None
    is_batch = isinstance(layer, BatchNormalization)
    settings = arguments(
        momentum=layer.momentum if isinstance(layer, BatchNormalization) else None,
        epsilon=layer.epsilon,
        center=None if layer.center else False,
        scale=None if layer.scale else False,
        trainable=None if layer.trainable else False,
    )
    arrays = {name: own.others[name] for name in layer.part_names}
    yield CodeLayer(f"{'Batch' if is_batch else 'Layer'}Normalization({settings})", arrays)
    if not isinstance(layer.activation, Identity):
        yield _activation(layer.activation)


def _dense(own: CodeBlock) -> Iterator[CodeLayer]:
    dense = own.block.dense
    is_apart = _is_apart(dense.activation)
    if not dense.activation.keras_names:
        raise refused_activation("Keras", dense.activation)
    is_linear = isinstance(dense.activation, Identity)
    name = None if is_apart or is_linear else f'"{dense.activation.keras_names[0]}"'
    arrays: dict[str, Array] = {"kernel": own.weights}
    if own.biases is not None:
        arrays["bias"] = own.biases
    yield CodeLayer(f"Dense({_dense_arguments(dense, name)})", arrays)
    if is_apart:
        yield _activation(dense.activation)


def _dense_arguments(dense: DenseLayer, activation: str | None) -> str:
    penalty = f"keras.regularizers.L1L2({dense.l1!r}, {dense.l2!r})"
    limit = f"keras.constraints.MaxNorm({dense.max_norm!r})"
    return arguments(
        dense.units,
        activation=activation,
        use_bias=None if dense.bias else False,
        kernel_regularizer=penalty if dense.l1 or dense.l2 else None,
        kernel_constraint=None if dense.max_norm is None else limit,
        trainable=None if dense.trainable else False,
    )


def _is_apart(activation: Activation) -> bool:
    """Return whether an activation has settings that differ from Keras's, and so a layer of its own."""
    default = type(activation)()
    return any(
        getattr(activation, field.name)
        != activation.keras_defaults.get(field.name, getattr(default, field.name))
        for field in fields(activation)
    )


def _activation(activation: Activation) -> CodeLayer:
    if not activation.keras_names:
        raise refused_activation("Keras", activation)
    if not _is_apart(activation):
        return CodeLayer(f'Activation("{activation.keras_names[0]}")')
    settings = {field.name: repr(getattr(activation, field.name)) for field in fields(activation)}
    return CodeLayer(f"{ACTIVATION_LAYERS[activation.kind]}({arguments(**settings)})")
