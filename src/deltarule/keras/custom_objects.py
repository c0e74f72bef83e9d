"""Classes and functions of the user in model files: registered, or given to `load_model`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Any, TypeVar

from deltarule.errors import ModelFileError, SettingError
from deltarule.keras.overrides import Overridable, is_own

T = TypeVar("T")


class MissingObjectError(ModelFileError):
    """A file refers to a class or a function of the user that was not given."""


_SEPARATOR = ">"  # between package and name, as in Keras; no class of deltarule has it in its name
_given: dict[str, Any] = {}
_registered: dict[str, Any] = {}
_names: dict[Any, str] = {}


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[T], T]:
    """Return a decorator that registers a class or a function, so that `load_model` finds it.

    Parameters
    ----------
    package : str, default "Custom"
        First part of its name in model files.
    name : str, optional
        Second part, by default its own name.

    Returns
    -------
    callable
        Decorator that returns the class or function unchanged.

    Raises
    ------
    SettingError
        If the decorated class is no subclass of a class of deltarule.keras.

    Examples
    --------
    >>> from deltarule import keras
    >>> @keras.saving.register_keras_serializable()
    ... class Wide(keras.layers.Dense):
    ...     pass
    >>> keras.saving.get_registered_name(Wide)
    'Custom>Wide'
    """

    def register(thing: T) -> T:
        _check("register_keras_serializable", thing)
        registered = f"{package}{_SEPARATOR}{name or getattr(thing, '__name__', '')}"
        _registered[registered] = thing
        _names[thing] = registered
        return thing

    return register


def get_registered_name(obj: Any) -> str:
    """Return the registered name of a class or a function.

    Parameters
    ----------
    obj : type or callable
        A class or a function.

    Returns
    -------
    str
        Such as "Custom>Wide"; its own name if it is not registered.
    """
    return _names.get(obj, getattr(obj, "__name__", ""))


def get_registered_object(
    name: str,
    custom_objects: Mapping[str, Any] | None = None,
    module_objects: Mapping[str, Any] | None = None,
) -> Any:
    """Return a class or a function by its registered name.

    Parameters
    ----------
    name : str
        Such as "Custom>Wide".
    custom_objects, module_objects : dict, optional
        Further objects by name, searched after those of `CustomObjectScope` and the registered ones.

    Returns
    -------
    type, callable or None
        The object, None if there is none of this name.
    """
    found = _given.get(name, _registered.get(name))
    for further in (custom_objects, module_objects):
        found = (further or {}).get(name) if found is None else found
    return found


def get_custom_objects() -> dict[str, Any]:
    """Return the dict of classes and functions that `load_model` finds by their names.

    Returns
    -------
    dict of str to type or callable
        It may be changed.
    """
    return _given


class CustomObjectScope:
    """A context in which `load_model` finds classes and functions.

    Parameters
    ----------
    custom_objects : dict of str to type or callable
        Classes and functions by the names that they have in files.

    Raises
    ------
    SettingError
        If it is no dict, or holds something else.

    Examples
    --------
    >>> from deltarule import keras
    >>> class Wide(keras.layers.Dense):
    ...     pass
    >>> with keras.saving.custom_object_scope({"Wide": Wide}):
    ...     keras.saving.get_registered_object("Wide") is Wide
    True
    """

    def __init__(self, custom_objects: Mapping[str, Any] | None) -> None:
        objects = {} if custom_objects is None else custom_objects
        if not isinstance(objects, Mapping):
            raise SettingError(
                "custom_objects", "must be a dict such as {'Wide': Wide}", custom_objects
            )
        for thing in objects.values():
            _check("custom_objects", thing)
        self.custom_objects = dict(objects)

    def __enter__(self) -> CustomObjectScope:
        self._before = dict(_given)
        _given.update(self.custom_objects)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _given.clear()
        _given.update(self._before)


custom_object_scope = CustomObjectScope


def name_in_file(thing: Any) -> str:
    """Return the name of a class or a function in model files; those of a user contain ">"."""
    own = str(getattr(thing, "__name__", ""))
    if is_own(thing):
        return own
    return _names.get(thing, f"{thing.__module__}{_SEPARATOR}{own}")


def is_custom(name: str) -> bool:
    """Return whether a name in a file is that of a user's class or function."""
    return _SEPARATOR in name


def find(name: str, owner: str) -> Any:
    """Return the user's class or function of a name in a file, None if the name is deltarule's.

    Raises `MissingObjectError` if it is neither given nor registered.
    """
    if not is_custom(name):
        return None
    own = name.partition(_SEPARATOR)[2]
    found = get_registered_object(name) or get_registered_object(own)
    if found is None and not own.isidentifier():  # a lambda
        raise MissingObjectError(
            f"{owner} needs a function that has no name in the file. Compile the model again."
        )
    if found is None:
        raise MissingObjectError(
            f"{owner} needs {own}: load_model(..., custom_objects={{{own!r}: {own}}}), or decorate it "
            "with @keras.saving.register_keras_serializable()."
        )
    return found


def _check(owner: str, thing: Any) -> None:
    is_class = isinstance(thing, type)
    if not callable(thing) or (is_class and not issubclass(thing, Overridable)):
        raise SettingError(
            owner, "must hold functions and subclasses of the classes of deltarule.keras", thing
        )
