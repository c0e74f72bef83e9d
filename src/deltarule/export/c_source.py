"""A C file that is being written: constants, helper functions, and the functions of a model."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.errors import SettingError
from deltarule.export.c_text import MAX_STRING, literals, string, wrapped

Array = NDArray[Any]
C_TYPES = {"f": "float", "d": "double", "i": "int32_t"}
POINTER_BYTES = 4


@dataclass(frozen=True)
class Helper:
    """A function of the written file that does not depend on the model.

    `frame` is the size of its local arrays in bytes, `needs` the helpers that it calls.
    """

    name: str
    source: str
    needs: tuple[Helper, ...] = ()


@dataclass
class CSource:
    """The parts of a C file.

    `constant_bytes` is the size of the constants where a pointer has 4 bytes.
    """

    constants: list[str] = field(default_factory=list)
    functions: list[str] = field(default_factory=list)
    constant_bytes: int = 0
    _helpers: dict[str, str] = field(default_factory=dict)
    _known: dict[tuple[str, bytes], str] = field(default_factory=dict)
    _names: set[str] = field(default_factory=set)

    def array(self, name: str, values: Array) -> str:
        """Add a constant array of float32, float64 or int32, and return its name.

        An array with the same content is not repeated. Raises `SettingError` if a number is not finite.
        """
        flat = np.ascontiguousarray(values).ravel()
        if flat.dtype.kind == "f" and not np.isfinite(flat).all():
            raise SettingError(
                "model",
                "has numbers that are not finite or too large for float32, which C export cannot write",
                hint="Train it again, with a lower learning rate.",
            )
        key = flat.dtype.char, flat.tobytes()
        if key not in self._known:
            name = self._known[key] = self._free(name)
            items = wrapped(literals(flat))
            kind = C_TYPES[flat.dtype.char]
            self.constants.append(f"static const {kind} {name}[{len(flat)}] = {{\n{items}\n}};")
            self.constant_bytes += flat.nbytes
        return self._known[key]

    def strings(self, name: str, texts: list[bytes]) -> str:
        """Add a constant array of texts (without zero bytes), and return its name."""
        name = self._free(name)
        items = []
        for number, text in enumerate(texts):
            items.append(string(text))
            if len(text) > MAX_STRING:
                long = self._free(f"{name}_{number}")
                self.constants.append(f"static const char {long}[] = {string(text)};")
                items[-1] = long
        shown = wrapped(items)
        self.constants.append(f"static const char *const {name}[{len(texts)}] = {{\n{shown}\n}};")
        self.constant_bytes += sum(len(text) + 1 + POINTER_BYTES for text in texts)
        return name

    def use(self, helper: Helper) -> str:
        """Add a helper and those that it needs, once; return its name."""
        for needed in helper.needs:
            self.use(needed)
        self._helpers.setdefault(helper.name, helper.source.strip())
        return helper.name

    def code(self) -> str:
        """Return the helpers and the functions."""
        return "\n\n".join([*self._helpers.values(), *self.functions])

    def _free(self, name: str) -> str:
        number, free = 1, name
        while free in self._names:
            number += 1
            free = f"{name}_{number}"
        self._names.add(free)
        return free
