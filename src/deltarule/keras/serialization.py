"""Models and their settings of compile as configs in Keras's form, and models made of configs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from deltarule.errors import ModelFileError, SettingError, shortened
from deltarule.keras import configs, constraints, initializers, layers, losses, metrics, optimizers
from deltarule.keras import regularizers as penalties
from deltarule.keras.custom_objects import CustomObjectScope, get_registered_object
from deltarule.keras.layers import InputLayer, Layer
from deltarule.keras.optimizers import schedules
from deltarule.keras.unsupported import PURPOSE, unknown

MAX_LAYERS = 30_000
_KNOWN: Mapping[str, Mapping[str, Any]] = {
    "keras.layers": layers.CLASSES, "keras.initializers": initializers.CLASSES,
    "keras.regularizers": penalties.CLASSES, "keras.constraints": constraints.CLASSES,
    "keras.losses": losses.CLASSES, "keras.metrics": metrics.CLASSES,
    "keras.optimizers": optimizers.CLASSES, "keras.optimizers.schedules": schedules.CLASSES,
}  # fmt: skip
MODULE_OF = {name: module for module, names in reversed([*_KNOWN.items()]) for name in names}
_MODELS = ("Functional", "Model", "Sequential")


def keras_config(thing: Any) -> Any:
    """Return an object as Keras writes it: {"module", "class_name", "config", "registered_name"}."""
    module_of = MODULE_OF
    home = next((m for m, names in _KNOWN.items() if type(thing) in names.values()), None)
    if home is not None:
        module_of = {**MODULE_OF, type(thing).__name__: home}
    return configs.keras_form(configs.to_config(thing), module_of)


def model_config(model: Any, sequential: bool) -> configs.Config:
    """Return name and layers of a model, as Keras's `get_config`."""
    entries = [_layer_config(layer) for layer in model.all_layers]
    config: configs.Config = {"name": model.name, "trainable": True}
    if sequential:
        first = model.all_layers[0] if model.all_layers else None
        known = isinstance(first, InputLayer)
        config["layers"] = entries
        return {**config, "build_input_shape": list(model.input_shape)} if known else config
    for layer, before, entry in zip(
        model.all_layers, [None, *model.all_layers], entries, strict=False
    ):
        entry["name"], entry["inbound_nodes"] = layer.name, _inbound(before)
    ends = ([model.all_layers[i].name, 0, 0] for i in (0, -1))
    inputs, outputs = ends
    return {**config, "layers": entries, "input_layers": inputs, "output_layers": outputs}


def _layer_config(layer: Layer) -> configs.Config:
    entry: configs.Config = keras_config(layer)
    if isinstance(layer, InputLayer):
        shape = entry["config"].pop("shape")
        entry["config"] = {"batch_shape": [None, *shape], **entry["config"]}
        del entry["config"]["trainable"]
    if layer.arrays and layer.input_shape is not None:
        entry["build_config"] = {"input_shape": list(layer.input_shape)}
    return entry


def _inbound(before: Layer | None) -> list[Any]:
    if before is None:
        return []
    tensor = {
        "shape": list(before.output_shape or ()), "dtype": before.dtype,
        "keras_history": [before.name, 0, 0],
    }  # fmt: skip
    return [{"args": [{"class_name": "__keras_tensor__", "config": tensor}], "kwargs": {}}]


def layers_of(config: Any, custom_objects: Any = None) -> tuple[str | None, list[Layer]]:
    """Return the name and the layers of a model's config, written here or by Keras."""
    if not isinstance(config, Mapping) or not isinstance(config.get("layers"), list | tuple):
        raise SettingError("config", "must be a dict with a list of layers, as get_config returns")
    entries = list(config["layers"])
    if len(entries) > MAX_LAYERS:
        raise SettingError("config.layers", f"must be at most {MAX_LAYERS}", len(entries))
    _refuse_branches(entries)
    name = config.get("name")
    with CustomObjectScope(custom_objects or {}):
        made = [_layer(entry) for entry in entries]
    return None if name is None else str(name), made


def _layer(entry: Any) -> Layer:
    own = configs.own_form(entry)
    if not isinstance(own, Mapping) or not isinstance(own.get("config"), dict):
        raise SettingError("config.layers", "must be configs of layers", shortened(entry))
    name = str(own["class_name"])
    kind = layers.CLASSES.get(name)
    if kind is None:
        registered = str(entry.get("registered_name") or name)
        kind = get_registered_object(registered) or get_registered_object(name)
    if kind is None:
        rule = f"must be of the classes {', '.join(layers.CLASSES)}, or in custom_objects"
        raise unknown("config.layers", rule, name, "layers", layers.CLASSES)
    if not (isinstance(kind, type) and issubclass(kind, Layer)):
        raise SettingError("custom_objects", "must hold subclasses of layers here", kind)
    made: Layer = kind.from_config(own["config"])
    return made


def _refuse_branches(entries: list[Any]) -> None:
    """Refuse a functional model in which a layer has another input than the layer before it."""
    before: Any = None
    for entry in entries:
        nodes = entry.get("inbound_nodes") if isinstance(entry, Mapping) else None
        found = sorted(set(_histories(nodes or [])))
        if found not in ([], [before]) or len(nodes or []) > 1:
            raise SettingError.message(
                f"Layer {shortened(entry.get('name'))} has the inputs {', '.join(found)}: {PURPOSE}. A "
                "network that joins branches needs Keras itself (import keras)."
            )
        before = entry.get("name") if isinstance(entry, Mapping) else None


def _histories(node: Any) -> list[str]:
    """Return the names of the layers that a node's tensors come from."""
    if isinstance(node, Mapping):
        history = node.get("keras_history")
        if isinstance(history, list | tuple) and history:
            return [str(history[0])]
        return [name for value in node.values() for name in _histories(value)]
    if isinstance(node, list | tuple):
        if len(node) >= 3 and isinstance(node[0], str):  # as Keras 2 wrote it
            return [node[0]]
        return [name for value in node for name in _histories(value)]
    return []


def compile_config(model: Any) -> configs.Config | None:
    """Return the arguments of `compile` as Keras writes them, None before `compile`."""
    compiled = model.compiled_settings
    if compiled is None:
        return None
    return {
        "optimizer": keras_config(compiled.optimizer),
        "loss": _argument(model.compile_arguments["loss"], compiled.loss),
        "loss_weights": None,
        "metrics": _arguments(model.compile_arguments["metrics"]),
        "weighted_metrics": _arguments(model.compile_arguments["weighted_metrics"]),
        "run_eagerly": False,
        "steps_per_execution": 1,
        "jit_compile": True,
    }


def _arguments(given: Any) -> Any:
    if given is None:
        return None
    entries = given if isinstance(given, list | tuple) else [given]
    return [_argument(entry, entry) for entry in entries]


def _argument(given: Any, made: Any) -> Any:
    if isinstance(given, str | Mapping):
        return given
    if hasattr(made, "get_config") and not isinstance(made, type):
        return keras_config(made)
    name = getattr(given, "__name__", type(given).__name__)
    return {
        "module": "builtins", "class_name": "function", "config": name, "registered_name": "function",
    }  # fmt: skip


def to_json(model: Any, sequential: bool) -> str:
    """Return layers and settings of compile as JSON, without weights."""
    name = "Sequential" if sequential else "Functional"
    entry = {
        "module": "keras" if sequential else "keras.src.models.functional",
        "class_name": name,
        "config": model_config(model, sequential),
        "registered_name": None if sequential else name,
    }
    if model.built:
        entry["build_config"] = {"input_shape": list(model.input_shape)}
    if model.compiled_settings is not None:
        entry["compile_config"] = compile_config(model)
    return json.dumps(entry)


def read_json(text: Any) -> Mapping[str, Any]:
    """Return the entry of a model: class_name, config, and compile_config where it was compiled."""
    if not isinstance(text, str | bytes):
        raise SettingError("json_string", "must be text, as to_json returns", type(text).__name__)
    try:
        entry = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ModelFileError(f"json_string is not JSON: {str(error)[:200]}") from error
    if not isinstance(entry, dict) or entry.get("class_name") not in _MODELS:
        raise SettingError(
            "json_string", "must describe a Sequential or a Model, as to_json returns"
        )
    return entry
