"""Tables that are in memory already: dicts of arrays, pandas, polars, pyarrow."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

from deltarule.errors import DataError, SettingError, ShapeError
from deltarule.tables import duck
from deltarule.tables.dialect import refuse_duplicates

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection


def register_frame(opened: DuckDBPyConnection, source: Any) -> tuple[duck.Relation, str]:
    """Give an object in memory to DuckDB; return its relation, and the source in words.

    None of the packages is imported here: an object is known by the package of its class.
    """
    package = type(source).__module__.split(".")[0]
    if isinstance(source, Mapping):
        frame, said = _plain_arrays(source), "a dict of arrays"
    elif package == "pandas" and type(source).__name__ == "DataFrame":
        refuse_duplicates([str(name) for name in source.columns], "the data frame")
        frame = source.set_axis([str(name) for name in source.columns], axis=1)
        said = "a data frame"
    elif package == "polars" and type(source).__name__ in ("DataFrame", "LazyFrame"):
        collected = source.collect() if type(source).__name__ == "LazyFrame" else source
        frame, said = _from_polars(collected), "a data frame"
    elif package == "pyarrow" and type(source).__name__ in ("Table", "RecordBatch"):
        refuse_duplicates(list(source.schema.names), "the pyarrow table")
        frame, said = source, "a pyarrow table"
    else:
        raise SettingError(
            "source must be a path, a pattern, a list of them, '-', a binary stream, a dict of "
            "arrays, a pandas or polars data frame or a pyarrow table, got "
            f"{type(source).__name__}."
        )
    if len(frame.keys() if isinstance(frame, dict) else frame.columns) == 0:
        raise DataError(f"{said.capitalize()} has no columns: there is nothing to learn from.")
    with duck.file_errors({}, said):
        opened.register("frame_in_memory", frame)
        return duck.named_relation(opened, "frame_in_memory", stored=True), said


def _from_polars(frame: Any) -> Any:
    """DuckDB reads polars through pyarrow; without it, column by column through NumPy."""
    if find_spec("pyarrow") is None:
        return _plain_arrays({name: frame[name].to_numpy() for name in frame.columns})
    return frame


def _plain_arrays(source: Mapping[Any, Any]) -> dict[str, Any]:
    """Return one-dimensional arrays of equal length by name."""
    refuse_duplicates([str(name) for name in source], "the dict of arrays")
    arrays = {str(name): _plain_array(str(name), values) for name, values in source.items()}
    lengths = {name: len(values) for name, values in arrays.items()}
    if len(set(lengths.values())) > 1:
        said = ", ".join(f"{name!r}: {length}" for name, length in list(lengths.items())[:5])
        raise ShapeError(f"The arrays of a table must be of equal length, got {said}.")
    return arrays


def _plain_array(name: str, values: Any) -> Any:
    if isinstance(values, list | tuple) and any(isinstance(v, list | tuple) for v in values):
        nested = np.empty(len(values), dtype=object)
        nested[:] = [list(v) if isinstance(v, tuple) else v for v in values]
        return nested
    array = np.ma.asarray(values) if isinstance(values, np.ma.MaskedArray) else np.asarray(values)
    if array.ndim != 1:
        raise ShapeError(
            f"Column {name!r} must be an array of one dimension, got the shape {array.shape}."
        )
    if array.dtype.kind in "cSV":
        raise DataError(
            f"Column {name!r} holds {array.dtype}, not numbers, texts or dates: convert it, or leave "
            "it out."
        )
    if array.dtype.kind == "M":
        return array.astype("datetime64[us]")
    if array.dtype.kind in "UO":
        # DuckDB tells objects apart by their Python types.
        objects = np.empty(len(array), dtype=object)
        objects[:] = [_plain_value(value) for value in array.tolist()]
        return objects
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _plain_value(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.tolist()
    return None if isinstance(value, float) and value != value else value
