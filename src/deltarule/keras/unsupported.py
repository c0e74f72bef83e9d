"""Error messages for features of Keras that are not supported."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NoReturn

from deltarule._common.checks import did_you_mean, sentences
from deltarule.errors import SettingError, shortened

PURPOSE = "deltarule trains one chain of dense layers, fast, and nothing else"


def not_offered(owner: str, instead: str) -> SettingError:
    """Return the error that `owner` is not supported, and what to do `instead`."""
    return SettingError.message(f"{owner} is not supported: {PURPOSE}; {instead}.")


def placeholder(owner: str, instead: str) -> Callable[..., NoReturn]:
    """Return a placeholder for a class of Keras: it can be imported; calling it raises the error."""

    def unsupported(*args: object, **settings: object) -> NoReturn:
        raise not_offered(owner, instead)

    unsupported.__name__ = owner.rpartition(".")[2]
    return unsupported


def lookup(
    module: str, name: str, missing: Mapping[str, Collection[str]], known: Collection[str]
) -> Any:
    """Implement a module's `__getattr__`: a placeholder for a name of Keras, or AttributeError.

    `missing`: what to use instead → names of Keras.
    """
    for instead, names in missing.items():
        if name in names:
            return placeholder(f"{module}.{name}", instead)
    raise AttributeError(
        sentences(
            f"module 'deltarule.keras.{module}' has no attribute {name!r}.",
            did_you_mean(name, known),
        )
    )


@contextmanager
def keras_names(owner: str, names: Mapping[str, str]) -> Iterator[None]:
    """Rename the settings in errors of deltarule's descriptions; names: deltarule's → Keras's."""
    try:
        yield
    except SettingError as error:
        setting = error.setting.rpartition(".")[2]
        setting = f"{owner}.{names.get(setting, setting)}"
        raise SettingError(setting, error.rule, error.got, error.hint) from None


def require_default(owner: str, settings: Mapping[str, tuple[object, object]], why: str) -> None:
    """Raise an error for a value that is not the default; settings: name → (value, default)."""
    for name, (value, default) in settings.items():
        if value is not default and value != default:
            raise SettingError(f"{owner}.{name}", f"does not support {shortened(value)}: {why}")


def refuse_unknown(owner: str, settings: Mapping[str, object], known: Collection[str]) -> None:
    """Raise an error for unknown settings."""
    for name in settings:
        raise SettingError(
            owner, f"has no setting {shortened(name)}", hint=did_you_mean(name, known)
        )
