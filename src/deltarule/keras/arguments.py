"""Checks of the arguments of Model and its methods."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from deltarule.errors import FileError, SettingError, shortened_name
from deltarule.keras.compiled_settings import CompiledSettings
from deltarule.keras.epoch_metrics import Samples
from deltarule.keras.foreign import refuse_foreign
from deltarule.keras.input_arrays import as_samples
from deltarule.keras.layers import InputLayer, KerasTensor, Layer
from deltarule.keras.model_conversion import ConvertedModel
from deltarule.keras.unsupported import PURPOSE


def trace_layers(inputs: Any, outputs: Any) -> list[Layer]:
    """Return the layers from one tensor to the other, starting with the input."""
    for owner, tensor in (("inputs", inputs), ("outputs", outputs)):
        if not isinstance(tensor, KerasTensor):
            refuse_foreign(f"Model.{owner}", tensor, "layers")
            raise SettingError(
                f"Model.{owner}", "must be the result of Input() or of a layer", tensor
            )
    layers: list[Layer] = []
    seen: set[int] = set()
    current: KerasTensor | None = outputs
    while current is not None and current is not inputs:
        if id(current.layer) in seen:
            raise SettingError.message(
                f"Layer {current.layer.shown_name} occurs twice in the chain: {PURPOSE}, each "
                "with its own weights. Create a second layer."
            )
        layers.append(current.layer)
        seen.add(id(current.layer))
        current = current.source
    if current is None:
        raise SettingError(
            "Model.outputs",
            f"({shortened_name(outputs.name)}) must be computed from `Model.inputs` "
            f"({shortened_name(inputs.name)})",
            hint="Call the layers one after the other, from Input() to the last.",
        )
    if isinstance(inputs.layer, InputLayer):
        layers.append(inputs.layer)
    else:  # a chain that starts inside another
        layers.append(InputLayer(inputs.shape[1:], dtype=inputs.dtype))
    return layers[::-1]


def single(value: Any, owner: str) -> Any:
    """Return the only element of a list, or the value itself."""
    if isinstance(value, dict) and set(value) != {"class_name", "config"}:
        raise SettingError(owner, "must be a single one, not a dict", hint="There is one output.")
    if isinstance(value, list | tuple):
        if len(value) == 1:
            return value[0]
        raise SettingError(
            owner,
            f"must be a single one, got {len(value)}",
            hint=(
                "A network with several inputs or outputs needs Keras itself (import keras): "
                f"{PURPOSE}."
            ),
        )
    return value


def as_tuple(value: Any, owner: str) -> tuple[Any, ...]:
    """Return a list as a tuple, None as an empty one, anything else as a tuple of it."""
    if value is None:
        return ()
    if isinstance(value, dict):
        raise SettingError(owner, "must be a list", hint="There is one output.")
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def validation_samples(
    converted: ConvertedModel, compiled: CompiledSettings, validation_data: Any
) -> Samples:
    """Return (x, y) or (x, y, sample_weight) as samples."""
    if not isinstance(validation_data, list | tuple) or len(validation_data) not in (2, 3):
        raise SettingError("validation_data", "must be (x, y) or (x, y, sample_weight)")
    x, y, *rest = validation_data
    weights = rest[0] if rest else None
    return as_samples(converted, compiled.loss, x, y, weights, owner="validation_data ")


def check_overwrite(path: str | os.PathLike[str], overwrite: bool) -> None:
    """Refuse to overwrite an existing file unless `overwrite`."""
    if not overwrite and Path(path).exists():
        raise FileError(
            f"{os.fspath(path)} already exists: choose another name, or set overwrite=True."
        )
