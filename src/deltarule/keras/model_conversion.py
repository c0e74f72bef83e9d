"""Conversion of Keras's layers to a network of deltarule."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule import layers as core
from deltarule._common.number_arrays import plain_array
from deltarule._common.user_warnings import warn_user
from deltarule.activations import Identity, Softmax
from deltarule.errors import DataError, SettingError, ShapeError, shortened_name
from deltarule.keras.layers import (
    Activation,
    BatchNormalization,
    Dense,
    Dropout,
    Flatten,
    InputLayer,
    Layer,
    LayerNormalization,
    Normalization,
)
from deltarule.keras.unsupported import PURPOSE
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.training.trained_network import TrainedNetwork, as_rows, is_finite

Array = NDArray[Any]


@dataclass(frozen=True)
class ConvertedModel:
    """A model as deltarule's network, and the layers that prepare its inputs."""

    preprocessing: tuple[Layer, ...]  # Flatten and Normalization
    network: Network
    dense: tuple[Dense, ...]
    normalizations: tuple[Layer | None, ...]  # before each Dense layer
    sample_shape: tuple[int | None, ...]
    dtype: str
    seed: int | None  # of a Dropout layer
    chain: tuple[Layer, ...]  # the layers after the preprocessing

    def rows(self, x: Any, owner: str) -> Array:
        """Return samples as the network's input rows, C-contiguous."""
        dimensions = len(self.sample_shape) + 1
        refuse_several(x, owner, dimensions)
        values = plain_array(single_array(x, owner, dimensions), owner)
        if values.dtype.kind not in "fiub":
            return as_rows(values, self.dtype, owner)  # converts, or raises an error
        if values.ndim == len(self.sample_shape) and values.shape == self.sample_shape:
            raise ShapeError(
                f"{owner} must hold samples in rows, shape {(None, *self.sample_shape)}, got one sample "
                f"of shape {values.shape}: use {owner}[None] for a single sample."
            )
        if values.ndim == 1 and self.sample_shape == (1,):
            values = values[:, None]
        if values.shape[1:] != self.sample_shape:
            raise ShapeError(
                f"{owner} must have shape {(None, *self.sample_shape)}, got {values.shape}."
            )
        with np.errstate(all="ignore"):  # what overflows is refused below
            values = values.astype(self.dtype, copy=False)
            for layer in self.preprocessing:
                given, values = values, layer.call(values)
                if not is_finite(values) and is_finite(given):
                    row = np.argwhere(~np.isfinite(values))[0][0]
                    raise DataError(
                        f"{owner} becomes too large for {self.dtype} in the layer {layer.name!r}, "
                        f"first in row {row}: scale {owner}, or set other means and variances."
                    )
        return as_rows(values, self.dtype, owner)

    @property
    def is_random(self) -> bool:
        """Whether predictions are random: dropout is active in them (Monte Carlo dropout)."""
        return any(isinstance(layer, Dropout) and layer.is_active(False) for layer in self.chain)

    def called(self, rows: Array, training: bool) -> Array:
        """Return the outputs of the layers, called one after the other, with dropout where active."""
        with np.errstate(all="ignore"):  # outputs overflow silently, as in Keras
            for layer in self.chain:
                rows = layer._call_in_model(rows, training)
        return rows

    @property
    def standardizations(self) -> list[tuple[Array, Array]]:
        """The means and scales of Normalization layers (n_inputs,), which compute (x − mean) / scale."""
        found = []
        shape = tuple(size or 1 for size in self.sample_shape)
        for layer in self.preprocessing:
            if isinstance(layer, Normalization):
                parts = (layer.mean, layer._scale)
                mean, scale = (np.broadcast_to(part, shape).ravel() for part in parts)
                found.append((mean, scale))
            else:
                shape = (math.prod(shape),)
        return found

    def trained_network(self) -> TrainedNetwork:
        """Return the network with copies of the parameters; `SettingError` if it is random."""
        if self.is_random:
            raise SettingError.message(
                "Replace the layers with dropout in predictions by Dropout: deltarule's own network "
                "predicts without it."
            )
        return TrainedNetwork(self.network, self.parameters.astype(self.dtype))

    @property
    def parameters(self) -> Parameters:
        """The layers' arrays, not copied."""
        return Parameters(
            tuple(layer.arrays["kernel"] for layer in self.dense),
            tuple(layer.arrays.get("bias") for layer in self.dense),
            tuple({} if layer is None else layer.arrays for layer in self.normalizations)
            if any(self.normalizations)
            else (),
        )

    @property
    def learning(self) -> tuple[Layer, ...]:
        """The layers whose arrays are parameters of the network."""
        return (*self.dense, *(layer for layer in self.normalizations if layer is not None))

    def store(self, parameters: Parameters) -> None:
        """Set the layers' arrays, not copied."""
        for layer, kernel, bias in zip(
            self.dense, parameters.weights, parameters.biases, strict=True
        ):
            layer.arrays["kernel"] = kernel
            if bias is not None:
                layer.arrays["bias"] = bias
        for normalization, own in zip(self.normalizations, parameters.others, strict=False):
            if normalization is not None:
                normalization.arrays.update(own)


def single_array(given: Any, owner: str, dimensions: int) -> Any:
    """Return the array of [array], as Keras takes it: with at least this number of dimensions."""
    if isinstance(given, Mapping):
        raise ShapeError(
            f"{owner} must be an array, got a dict: there is one input and one output."
        )
    if isinstance(given, list | tuple) and len(given) == 1:
        return given[0] if getattr(given[0], "ndim", 0) >= dimensions else given
    return given


def refuse_several(given: Any, owner: str, dimensions: int, rows: int | None = None) -> None:
    """Raise `ShapeError` for a list of several arrays with the rows in front."""
    if not isinstance(given, list | tuple) or not len(given) > 1 or len(given) == rows:
        return
    if all(getattr(part, "ndim", 0) >= dimensions and rows in (None, len(part)) for part in given):
        raise ShapeError(
            f"{owner} must be an array, got {len(given)} arrays. A network with several inputs or "
            f"outputs needs Keras itself (import keras): {PURPOSE}."
        )


def convert(layers: Sequence[Layer]) -> ConvertedModel:
    """Return the converted model of built layers; `SettingError` if a layer is not supported."""
    parts: list[core.Layer] = []
    preprocessing: list[Layer] = []
    for layer in layers:
        if isinstance(layer, Flatten | Normalization):
            _prepare(layer, preprocessing, bool(parts))
        elif isinstance(layer, Dense | BatchNormalization | LayerNormalization):
            parts.append(layer.describe())
        elif isinstance(layer, Dropout):
            if layer.rate > 0 and layer.is_active(True):
                parts.append(core.Dropout(layer.rate, name=layer.name))
        elif isinstance(layer, Activation):
            _activate(layer, parts)
        elif not isinstance(layer, InputLayer):
            raise SettingError.message(
                f"Layer {layer.shown_name} ({type(layer).__name__}) cannot be trained here: "
                f"{PURPOSE}; use Keras itself (import keras)."
            )
    dense = tuple(layer for layer in layers if isinstance(layer, Dense))
    if not dense:
        raise SettingError.message(
            "The model has no Dense layer: there is nothing to train or to compute."
        )
    if isinstance(parts[-1], core.Normalization):
        raise SettingError.message(
            f"Layer {shortened_name(parts[-1].name)} has no Dense layer after it: the last layer must "
            "be Dense, with its activation."
        )
    last = parts[-1]
    if isinstance(last, core.Dense) and last.units == 1 and isinstance(last.activation, Softmax):
        warn_user(
            f"Layer {dense[-1].shown_name} applies softmax to one unit, whose output is 1 for every "
            "input: use sigmoid for two classes, or one unit for each class."
        )
    normalizations = _normalizations(layers)
    dtypes = {layer.dtype for layer in (*dense, *filter(None, normalizations))}
    if len(dtypes) > 1:
        raise SettingError.message(
            "All Dense and normalization layers of a model must have the same dtype, got both."
        )
    seeds = [layer.seed for layer in layers if isinstance(layer, Dropout)]
    shape = layers[0].input_shape or (None,)
    width = dense[0].arrays["kernel"].shape[0]
    return ConvertedModel(
        tuple(preprocessing),
        Network(parts, inputs=width),
        dense,
        normalizations,
        tuple(shape[1:]),
        dtypes.pop(),
        next((seed for seed in seeds if seed is not None), None),
        tuple(layer for layer in layers[1:] if layer not in preprocessing),
    )


def _normalizations(layers: Sequence[Layer]) -> tuple[Layer | None, ...]:
    """Return the normalization layer before each Dense layer; the network has at most one there."""
    found: list[Layer | None] = [None]
    for layer in layers:
        if isinstance(layer, Dense):
            found.append(None)
        elif isinstance(layer, BatchNormalization | LayerNormalization):
            found[-1] = layer
    return tuple(found[:-1])


def _prepare(layer: Layer, preprocessing: list[Layer], inside: bool) -> None:
    if not inside:
        preprocessing.append(layer)
    elif isinstance(layer, Normalization):
        raise SettingError.message(
            f"Layer {layer.shown_name} (Normalization) must come before the first Dense or "
            "Dropout layer: it standardizes the inputs."
        )


def _activate(layer: Activation, parts: list[core.Layer]) -> None:
    """Move an activation into the preceding Dense or normalization layer."""
    if isinstance(layer.activation, Identity):
        return
    last = parts[-1] if parts else None
    if isinstance(last, core.Normalization) and isinstance(layer.activation, Softmax):
        raise SettingError.message(
            f"Layer {layer.shown_name} (softmax) must follow a Dense layer directly, not "
            f"{shortened_name(last.name)}: leave out that normalization, or place it "
            "before the Dense layer."
        )
    if not isinstance(last, core.Dense | core.Normalization) or not isinstance(
        last.activation, Identity
    ):
        raise SettingError.message(
            f"Layer {layer.shown_name} must follow a Dense or a normalization layer that has no "
            f"activation: {PURPOSE}, each with one activation."
        )
    parts[-1] = replace(last, activation=layer.activation)
