"""Conversion between objects, names and configs, as Keras's `get`, `get_config`, `from_config`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from deltarule._common.strict_reader import StrictReader, broken_rules_are_file_errors
from deltarule.errors import ModelFileError
from deltarule.keras.custom_objects import find, is_custom, name_in_file
from deltarule.keras.foreign import refuse_foreign
from deltarule.keras.unsupported import require_default, unknown

T = TypeVar("T")
Config = dict[str, Any]

_DENSE, _INPUT, _BATCH = ("Dense",), ("InputLayer",), ("BatchNormalization",)
_SCALED = (
    "GlorotUniform", "GlorotNormal", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform",
    "VarianceScaling",
)  # fmt: skip
_ONLY: Mapping[str, tuple[Any, tuple[str, ...]]] = {
    "quantization_config": (None, _DENSE), "lora_rank": (None, _DENSE),
    "sparse": (False, _INPUT), "ragged": (False, _INPUT), "optional": (False, _INPUT),
    "renorm": (False, _BATCH), "renorm_clipping": (None, _BATCH), "renorm_momentum": (0.99, _BATCH),
    "input_axes": (None, _SCALED), "output_axes": (None, _SCALED),
}  # fmt: skip
"""Setting of Keras → the only value that deltarule has, and the classes in whose configs it is."""


def resolve(
    identifier: object, base: type[T], names: Mapping[str, Any], owner: str, noun: str, module: str
) -> T:
    """Return the object for an object, a name, a class or a config.

    `module`: the module of deltarule.keras that has such objects, such as "losses".
    """
    if isinstance(identifier, base):
        return identifier
    if isinstance(identifier, type) and issubclass(identifier, base):
        return identifier()
    if isinstance(identifier, str) and identifier in names:
        created: T = names[identifier]()
        return created
    if isinstance(identifier, Mapping) and {"class_name", "config"} <= set(identifier):
        return from_config(own_form(identifier), names, owner)
    refuse_foreign(owner, identifier, module)
    rule = f"must be {noun}: an object or one of {', '.join(distinct(names))}"
    raise unknown(owner, rule, identifier, module, names)


class Configurable:
    """Base of what `get_config` describes and `from_config` makes again."""

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """Return an object with these settings.

        Parameters
        ----------
        config : dict
            Result of `get_config`, of this class or of the same class of Keras.

        Returns
        -------
        object
            A new object of the class.
        """
        return cls(**own_settings(cls.__name__, config))


def own_form(config: Any) -> Any:
    """Return a config of Keras as deltarule writes it: {"class_name", "config"}, dtypes as names."""
    if isinstance(config, list | tuple):
        return [own_form(entry) for entry in config]
    if not isinstance(config, Mapping):
        return config
    if not {"class_name", "config"} <= set(config):
        return {key: own_form(value) for key, value in config.items()}
    name, settings = config["class_name"], config["config"]
    if name == "DTypePolicy" and isinstance(settings, Mapping):
        return settings.get("name")
    if isinstance(settings, Mapping):
        settings = own_settings(str(name), settings)
    return {"class_name": name, "config": settings}


def own_settings(class_name: str, config: Mapping[str, Any]) -> Config:
    """Return the settings of a config, without those of Keras that deltarule has at one value only."""
    settings = {key: own_form(value) for key, value in config.items()}
    if class_name == "InputLayer" and "batch_shape" in settings:
        settings["shape"] = list(settings.pop("batch_shape"))[1:]
    if class_name == "Normalization" and isinstance(settings.get("axis"), list):
        (settings["axis"],) = settings["axis"] if len(settings["axis"]) == 1 else [settings["axis"]]
    for key, (value, classes) in _ONLY.items():
        if key in settings and class_name in classes:
            require_default(class_name, {key: (settings.pop(key), value)}, "leave it out")
    return settings


def keras_form(config: Any, module_of: Mapping[str, str]) -> Any:
    """Return a config as Keras writes it; `module_of`: name of a class → its module."""
    if isinstance(config, list | tuple):
        return [keras_form(entry, module_of) for entry in config]
    if not isinstance(config, Mapping):
        return config
    entries = {key: keras_form(value, module_of) for key, value in config.items()}
    if set(config) != {"class_name", "config"}:
        return entries
    registered = str(config["class_name"])
    name = registered.rpartition(">")[2]
    return {
        "module": module_of.get(registered),
        "class_name": name,
        "config": entries["config"],
        "registered_name": None if registered in module_of else registered.lstrip(">"),
    }


def distinct(names: Mapping[str, Any]) -> list[str]:
    """Return one name for each thing, in lower case where it has one."""
    return sorted({id(thing): name for name, thing in sorted(names.items())}.values())


def to_config(thing: Any) -> Config:
    """Return the config of an object, as JSON types."""
    return {"class_name": name_in_file(type(thing)), "config": thing.get_config()}


def from_config(config: object, names: Mapping[str, Any], owner: str) -> Any:
    """Return the object of a config; only classes in `names` and those that the user gave are created."""
    reader = StrictReader(config, owner)
    name = config.get("class_name") if isinstance(config, dict) else None
    created = find(name, owner) if isinstance(name, str) and is_custom(name) else None
    if created is not None:
        reader.take("class_name", str)
    else:
        classes = {made.__name__: made for made in names.values() if isinstance(made, type)}
        created = classes[reader.one_of("class_name", classes)]
    settings = reader.take("config", dict)
    reader.finish()
    try:
        with broken_rules_are_file_errors(owner):
            return created(**settings)
    except TypeError as error:
        raise ModelFileError(f"{owner} has an unknown setting: {str(error)[:200]}") from error
