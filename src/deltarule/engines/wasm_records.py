"""The records of a plan as flat numbers for the WebAssembly module (`native/wasm/flat_plan.hpp`).

The module describes its records and the order of their fields; nothing of that is written here.
"""

from __future__ import annotations

from typing import Any


class RecordType:
    """Packs a record of one type, given by keywords, into a list of numbers.

    Parameters
    ----------
    name : str
        Name of the record, for messages.
    fields : dict of str to str
        The kind of each field, in the order of the flat form.
    """

    def __init__(self, name: str, fields: dict[str, str]) -> None:
        self._name = name
        self._fields = {field: kind.split() for field, kind in fields.items()}

    def __call__(self, **values: Any) -> list[float]:
        """Return the record's numbers."""
        if values.keys() != self._fields.keys():
            raise TypeError(
                f"A {self._name} has the fields {', '.join(self._fields)}, got {', '.join(values)}."
            )
        packed: list[float] = []
        for field, kind in self._fields.items():
            _pack(packed, kind, values[field])
        return packed


def _pack(packed: list[float], kind: list[str], value: Any) -> None:
    if kind[0] == "list":
        packed.append(len(value))
        for item in value:
            _pack(packed, kind[1:], item)
    elif kind[0] == "optional":
        packed.append(value is not None)
        if value is not None:
            _pack(packed, kind[1:], value)
    elif kind[0] == "whole":
        packed.extend(divmod(int(value), 1 << 32))
    elif kind[0] == "number":
        packed.append(float(value))
    else:  # a record, which is packed already
        packed.extend(value)
