"""Overrides in users' subclasses: those that take effect are allowed, all others are refused at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from deltarule.errors import SettingError
from deltarule.keras.old_settings import known_settings_only

_FORMER_NAMES = {"lr": "learning_rate"}  # attributes of earlier versions of Keras
_CONFIGS = ("get_config", "from_config")


@dataclass(frozen=True)
class Overrides:
    """What a subclass of a family may override.

    `why`: the end of the sentence "X.call would never be called: ..."; `honored`: methods whose overrides
    take effect; `of_keras`: methods that only Keras's classes have and call.
    """

    why: str
    honored: tuple[str, ...] = ()
    of_keras: tuple[str, ...] = ()

    def also(self, *honored: str) -> Overrides:
        """Return the same with more methods that a subclass may override."""
        return replace(self, honored=(*self.honored, *honored))


class Overridable:
    """Base of the classes that users may subclass.

    The engines know the classes of `deltarule.keras` and read their settings; they call hardly any of
    their methods. An override that nothing would call is an error when its class is made.
    """

    _overrides: ClassVar[Overrides]
    _never_called: ClassVar[frozenset[str]] = frozenset()

    def __init_subclass__(cls, **settings: Any) -> None:
        super().__init_subclass__(**settings)
        own = [base for base in cls.__mro__ if is_own(base)]
        methods = {name for base in own for name, value in vars(base).items() if _is_method(value)}
        honored = {*cls._overrides.honored, *_CONFIGS}
        named = {name for name in methods if not name.startswith("__")} | {"__call__"}
        cls._never_called = frozenset({*named, *cls._overrides.of_keras} - honored)
        if is_own(cls):
            if "__init__" in vars(cls):
                type.__setattr__(cls, "__init__", known_settings_only(cls.__init__, cls.__name__))
            return
        for name in _defined(cls):
            if name in cls._never_called:
                raise _never_called(cls, name)

    def __getattr__(self, name: str) -> Any:
        """Explain why a method of Keras is absent."""
        if name in _FORMER_NAMES and hasattr(type(self), _FORMER_NAMES[name]):
            raise AttributeError(f"{type(self).__name__}.{name} is called {_FORMER_NAMES[name]}.")
        if name in self._overrides.of_keras:
            raise AttributeError(
                f"{type(self).__name__}.{name} is not supported: {self._overrides.why}."
            )
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}.")

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _FORMER_NAMES and hasattr(type(self), _FORMER_NAMES[name]):
            raise SettingError(
                f"{type(self).__name__}.{name}",
                f"is called {_FORMER_NAMES[name]} and cannot be set",
            )
        is_property = isinstance(getattr(type(self), name, None), property)
        if name in self._never_called and callable(value) and not is_property:
            raise _never_called(type(self), name)
        super().__setattr__(name, value)


def is_own(thing: Any) -> bool:
    """Return whether a class or a function is deltarule's own."""
    return str(getattr(thing, "__module__", "")).partition(".")[0] == "deltarule"


def _is_method(value: object) -> bool:
    return callable(value) or isinstance(value, property | classmethod | staticmethod)


def _defined(cls: type) -> Iterator[str]:
    """Yield the names whose first definition is in a class of the user."""
    seen: set[str] = set()
    for base in cls.__mro__:
        if base is object:
            continue
        for name in vars(base):
            if name not in seen and not is_own(base):
                yield name
            seen.add(name)


def _never_called(cls: type[Overridable], name: str) -> SettingError:
    if name.startswith("_") and name != "__call__":
        return SettingError.message(
            f"{cls.__name__}.{name} has the name of something inside deltarule.keras: rename it."
        )
    return SettingError.message(
        f"{cls.__name__}.{name} would never be called: {cls._overrides.why}."
    )
