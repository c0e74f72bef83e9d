"""What the inputs of an exported model hold: the texts that are levels, and how numbers are read."""

from __future__ import annotations

from deltarule.preprocessing.categorical import LevelEncoder
from deltarule.preprocessing.column_casting import LevelIndex
from deltarule.preprocessing.column_encoder import ColumnEncoder
from deltarule.preprocessing.legacy import LegacyCategoryEncoder
from deltarule.schema import TableSchema

UNKNOWN = -1
"""Code of a text that is none of the levels."""


def codes_of_texts(encoder: ColumnEncoder) -> dict[str, int]:
    """Return the code of each text that is a level; an empty text is missing."""
    assert isinstance(encoder, LevelEncoder | LegacyCategoryEncoder)
    known = LevelIndex(encoder.levels).by_text
    return {text: code for text, code in known.items() if text}


def with_unit(about: str, encoder: ColumnEncoder, schema: TableSchema) -> str:
    """Return what an input holds, and how a number was read if it is a duration or has a unit."""
    reading = schema.unusual_reading(encoder.column) if encoder.values == "number" else ""
    return f"{about}; in the table: {reading.removeprefix('number, ')}" if reading else about
