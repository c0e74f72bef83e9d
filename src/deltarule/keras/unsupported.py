"""Error messages for features of Keras that are not supported."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from typing import Any, ClassVar, NoReturn

from deltarule._common.checks import did_you_mean, sentences
from deltarule.errors import SettingError, shortened
from deltarule.keras.absent import MODULES, instead_of

PURPOSE = "deltarule trains one chain of dense layers, fast, and nothing else"
NEEDS_DERIVATIVES = "needs an engine that differentiates (one on JAX is planned)"


def not_offered(owner: str, instead: str) -> SettingError:
    """Return the error that `owner` is not supported, and what to do `instead`."""
    return SettingError.message(f"{owner} is not supported: {PURPOSE}; {instead}.")


class _AbsentType(type):
    """The type of `Absent`: calls raise the error, and nothing is an instance."""

    def __call__(cls, *given: object, **settings: object) -> NoReturn:
        raise _error(cls)

    def __instancecheck__(cls, instance: object) -> bool:
        return False

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise AttributeError(str(_error(cls)))


class Absent(metaclass=_AbsentType):
    """Stands for a class or a function of Keras, which can be imported but not called or subclassed."""

    owner: ClassVar[str] = ""
    instead: ClassVar[str] = ""

    def __init_subclass__(cls) -> None:
        if cls.__mro__[1] is not Absent:
            raise _error(cls)


def _error(cls: Any) -> SettingError:
    return not_offered(cls.owner, cls.instead)


@cache
def _absent(module: str, name: str, instead: str) -> Any:
    owner = f"{module}.{name}" if module else f"keras.{name}"
    return _AbsentType(name, (Absent,), {"owner": owner, "instead": instead})


def lookup(module: str, name: str, known: Collection[str]) -> Any:
    """Implement a module's `__getattr__`: a stand-in for a name of Keras, or AttributeError.

    `module`: its name within keras, such as "layers".
    """
    instead, path = instead_of(module, name), ".".join(filter(None, (module, name)))
    if instead is not None and path not in MODULES:
        return _absent(module, name, instead)
    if instead is not None:
        raise AttributeError(f"deltarule.keras has no module {path!r}: {instead}.")
    here = ".".join(filter(None, ("deltarule.keras", module)))
    raise AttributeError(
        sentences(f"module {here!r} has no attribute {name!r}.", did_you_mean(name, known))
    )


def unknown(
    owner: str, rule: str, got: object, module: str, known: Collection[str]
) -> SettingError:
    """Return the error for a name that is not `known`: it may be one that only Keras has."""
    instead = instead_of(module, got) if isinstance(got, str) else None
    if instead is not None:
        return SettingError(owner, rule, got, f"Only Keras has it: {instead}.")
    return SettingError(owner, rule, got, did_you_mean(got, known))


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
