"""Stand-ins for names whose optional package is not installed.

`hasattr`, `help`, `dir`, `inspect.getmembers` and `from deltarule import *` meet every name of the
package; only using one needs its package.
"""

from __future__ import annotations

from typing import Any, NoReturn

from deltarule.errors import MissingPackageError


class _MissingType(type):
    """The type of the stand-ins: using one raises the error that its import raised."""

    _sentence: str

    def __call__(cls, *args: object, **settings: object) -> NoReturn:
        raise MissingPackageError(cls._sentence)

    def __getattr__(cls, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        raise MissingPackageError(cls._sentence)

    def __instancecheck__(cls, instance: object) -> bool:
        return False


class _Missing(metaclass=_MissingType):
    _sentence = ""

    def __init_subclass__(cls) -> None:
        if cls.__mro__[1] is not _Missing:
            raise MissingPackageError(cls._sentence)


def stand_in(name: str, error: ImportError) -> Any:
    """Return what stands for the class, function or module `name`, whose import raised `error`.

    Any other error than that a package is missing is raised again.
    """
    if not isinstance(error, MissingPackageError):
        raise error
    namespace = {"__doc__": str(error), "__module__": "deltarule", "_sentence": str(error)}
    return _MissingType(name, (_Missing,), namespace)
