"""Conversion between objects, names and configs, as Keras's `get`, `get_config`, `from_config`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

from deltarule._common.strict_reader import StrictReader, broken_rules_are_file_errors
from deltarule.errors import ModelFileError
from deltarule.keras.custom_objects import find, is_custom, name_in_file
from deltarule.keras.foreign import refuse_foreign
from deltarule.keras.unsupported import unknown

T = TypeVar("T")
Config = dict[str, Any]


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
    if isinstance(identifier, Mapping) and set(identifier) == {"class_name", "config"}:
        return from_config(dict(identifier), names, owner)
    refuse_foreign(owner, identifier, module)
    rule = f"must be {noun}: an object or one of {', '.join(_distinct(names))}"
    raise unknown(owner, rule, identifier, module, names)


def _distinct(names: Mapping[str, Any]) -> list[str]:
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
