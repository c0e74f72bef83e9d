"""Imports of modules that only Keras has: they raise a sentence instead of "No module named ..."."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

_PACKAGE = "deltarule.keras"


class AbsentModules(MetaPathFinder):
    """Raises `ImportError` for modules and names of deltarule.keras that no other finder has found."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Raise the error that the parent module has for the name as its attribute."""
        parent, _, name = fullname.rpartition(".")
        if parent != _PACKAGE and not parent.startswith(f"{_PACKAGE}."):
            return None
        try:
            getattr(sys.modules[parent], name)
        except AttributeError as error:
            raise ImportError(str(error), name=fullname) from None
        raise ImportError(f"{fullname} is not a module: from {parent} import {name}", name=fullname)


def install() -> None:
    """Ask `AbsentModules` last, also for modules within modules that are not packages."""
    sys.meta_path.append(AbsentModules())
    for name, module in list(sys.modules.items()):
        if name.startswith(f"{_PACKAGE}.") and not hasattr(module, "__path__"):
            module.__path__ = []
