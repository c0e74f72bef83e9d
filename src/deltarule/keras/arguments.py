"""What models are given, checked: tensors, lists of one, callbacks, files."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from deltarule.errors import FileError, SettingError
from deltarule.keras.compiled import Compiled
from deltarule.keras.epoch_metrics import Samples
from deltarule.keras.input_arrays import as_samples
from deltarule.keras.layers import InputLayer, KerasTensor, Layer
from deltarule.keras.network_conversion import Chain
from deltarule.keras.unsupported import PURPOSE


def trace(inputs: Any, outputs: Any) -> list[Layer]:
    """Return the layers from one tensor to the other, the input first."""
    for owner, tensor in (("inputs", inputs), ("outputs", outputs)):
        if not isinstance(tensor, KerasTensor):
            raise SettingError(
                f"Model.{owner} must be what Input() or a layer returned, got {tensor!r}."
            )
    layers: list[Layer] = []
    place: KerasTensor | None = outputs
    while place is not None and place is not inputs:
        if any(layer is place.layer for layer in layers):
            raise SettingError(
                f"Layer {place.layer.name} stands twice in the chain: {PURPOSE}, each with weights of "
                "its own; make a second layer."
            )
        layers.append(place.layer)
        place = place.source
    if place is None:
        raise SettingError(
            f"Model.outputs ({outputs.name}) does not come from Model.inputs ({inputs.name}): call the "
            "layers one after the other, from Input() to the last."
        )
    if isinstance(inputs.layer, InputLayer):
        layers.append(inputs.layer)
    else:  # a chain that begins in the middle of another
        layers.append(InputLayer(inputs.shape[1:], dtype=inputs.dtype))
    return layers[::-1]


def only(value: Any, owner: str) -> Any:
    """Return the one element of a list of one, or the value itself."""
    if isinstance(value, list | tuple):
        if len(value) == 1:
            return value[0]
        raise SettingError(
            f"{owner} must be one, got {len(value)}: {PURPOSE}. A network with several inputs or outputs "
            "needs Keras itself (import keras)."
        )
    return value


def listed(value: Any, owner: str) -> tuple[Any, ...]:
    """Return a list as a tuple, None as an empty one, anything else as a tuple of it."""
    if value is None:
        return ()
    if isinstance(value, dict):
        raise SettingError(f"{owner} must be a list: there is one output.")
    return tuple(value) if isinstance(value, list | tuple) else (value,)


def validation_samples(chain: Chain, compiled: Compiled, validation_data: Any) -> Samples:
    """Return (x, y) or (x, y, sample_weight) as samples."""
    if not isinstance(validation_data, list | tuple) or len(validation_data) not in (2, 3):
        raise SettingError("validation_data must be (x, y) or (x, y, sample_weight).")
    x, y, *rest = validation_data
    weights = rest[0] if rest else None
    return as_samples(chain, compiled.loss, x, y, weights, owner="validation_data ")


def check_trainable(chain: Chain) -> None:
    """Refuse frozen layers: engines train all."""
    frozen = next((layer for layer in chain.dense if not layer.trainable), None)
    if frozen is not None:
        raise SettingError(
            f"Layer {frozen.name} has trainable=False, and all layers are trained here: train without "
            "it on its outputs, or use Keras itself (import keras)."
        )


def may_write(path: str | os.PathLike[str], overwrite: bool) -> None:
    """Refuse to write over a file where that was not wanted."""
    if not overwrite and Path(path).exists():
        raise FileError(f"{os.fspath(path)} exists: give another name, or overwrite=True.")
