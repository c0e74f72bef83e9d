"""How the cells of a column are spelled: what a format offers, a proposed format, and its JSON form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from deltarule._common.strict_reader import StrictReader


class CellFormat(Protocol):
    """One way to read texts as numbers, datetimes or durations.

    Texts are trimmed of Unicode white space and are no missing markers.
    """

    kind: ClassVar[str]
    """The kind of the column: "number", "datetime" or "duration"."""

    def parse(self, text: str) -> float | int | None:
        """Return the value of a text, None where it does not fit.

        Numbers are floats; datetimes are integers, microseconds since 1970 in UTC.
        """
        ...

    def parse_all(self, texts: Sequence[str]) -> NDArray[Any]:
        """Return the values (n,) of all texts, bit for bit as `parse`.

        Numbers are float64 with NaN, datetimes datetime64[us] with NaT where a text does not fit.
        """
        ...

    @property
    def summary(self) -> str:
        """Part of a sentence for notes: "decimal commas: 3,5 is read as 3.5"; "" for the plain format."""
        ...

    def to_json(self) -> dict[str, Any]:
        """Return what `cell_format_from_json` takes, with the name of the format under "format"."""
        ...


@dataclass(frozen=True)
class Proposal:
    """A format that fits the levels of a column, or most of them.

    `fits` (n_levels,) is whether each level fits. `assumption` is "" or the sentence for users where
    nothing in the column decided between two formats: what is assumed, and how to choose the other.
    """

    format: CellFormat
    fits: NDArray[np.bool_]
    assumption: str = ""


FormatReader = Callable[[StrictReader], CellFormat]
_READERS: dict[str, FormatReader] = {}


def register_cell_format(name: str, from_json: FormatReader) -> None:
    """Make formats that `to_json` names `name` readable."""
    _READERS[name] = from_json


def cell_format_from_json(reader: StrictReader) -> CellFormat:
    """Return the format that `to_json` described; the reader is finished."""
    cell_format = _READERS[reader.one_of("format", _READERS)](reader)
    reader.finish()
    return cell_format
