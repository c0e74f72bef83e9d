"""Parameters and data as the compiled module takes them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from deltarule._common.formatting import counted
from deltarule.engines.block_file_data import BlockFileData
from deltarule.engines.contract import Array
from deltarule.engines.data import ArrayData, Data, in_memory
from deltarule.errors import FileError, ShapeError, TableFileError
from deltarule.formats.block_layout import FEATURE_DTYPES, Section
from deltarule.formats.system_errors import file_error
from deltarule.network import Network
from deltarule.parameters import Parameters, check_size


def flat_vector(network: Network, parameters: Parameters | Array, dtype: Any) -> Array:
    """Return the parameters as one vector of `dtype`, or raise `ShapeError`."""
    vector = parameters.flat() if isinstance(parameters, Parameters) else parameters
    flat = np.ascontiguousarray(vector, dtype)
    check_size(network, flat)
    return flat


def table_of(module: Any, network: Network, data: ArrayData, dtype: Any) -> Any:
    """Return the module's view of `data`; only WebAssembly copies it, into its memory."""
    _check_data(network, data, np.dtype(dtype))
    classes = data.targets.ndim == 1
    make = module.Table32 if np.dtype(dtype) == np.float32 else module.Table64
    return make(
        data.inputs,
        None if classes else data.targets,
        data.targets if classes else None,
        data.weights,
        data.row_indices,
    )


def rows_of(module: Any, network: Network, data: Data, dtype: Any) -> Any:
    """Return the module's view of rows, in arrays or in a block file.

    WebAssembly has no files: there, the rows of one are read into memory.
    """
    if isinstance(data, BlockFileData) and hasattr(module, "BlockSource"):
        return _block_source(module, network, data)
    return table_of(module, network, in_memory(data), dtype)


@contextmanager
def reads_files(*rows: Data | None) -> Iterator[None]:
    """Turn an error of the compiled module that reads block files into a `FileError`."""
    try:
        yield
    except FileError:
        raise
    except OSError as error:
        paths = {each.file.path for each in rows if isinstance(each, BlockFileData)}
        if not paths:
            raise
        if error.errno:
            reason = OSError(error.errno, os.strerror(error.errno))
            raise file_error("read", " or ".join(sorted(paths)), reason) from error
        names = " or ".join(repr(path) for path in sorted(paths))
        raise TableFileError(
            f"{names} cannot be read on: {error.strerror}. Leave the file as it is during training."
        ) from error


def _block_source(module: Any, network: Network, data: BlockFileData) -> Any:
    """Return the module's description of a part of a block file."""
    file, layout = data.file, data.file.layout
    if (data.n_inputs, layout.targets) != (
        network.known_inputs,
        1 if data.has_class_numbers else network.outputs,
    ):
        raise ShapeError(
            f"{file.path!r} has rows of {counted(data.n_inputs, 'input')} and "
            f"{counted(layout.targets, 'target')}, which do not fit a network of "
            f"{counted(network.known_inputs, 'input')} and {counted(network.outputs, 'output')}."
        )

    def section(section: Section) -> Any:
        number = FEATURE_DTYPES.index(section.dtype.name)
        return module.BlockSection(type=number, width=section.width, columns=list(section.columns))

    sections = {each.name: each for each in layout.sections}
    part = layout.part(data.part)
    return module.BlockSource(
        descriptor=file.descriptor,
        position=file.block_position(data.part, data.first_block),
        rows=data.n_rows,
        block_rows=layout.block_rows,
        features=[section(sections[name]) for name in FEATURE_DTYPES if name in sections],
        targets=section(sections["targets"]),
        class_numbers=data.has_class_numbers,
        weighted=layout.weighted,
        mean_weight=part.mean_weight,
        inputs=data.n_inputs,
        outputs=network.outputs,
    )


def _check_data(network: Network, data: ArrayData, dtype: np.dtype[Any]) -> None:
    """Raise `ShapeError` if arrays are not as `ArrayData` describes."""
    classes = data.targets.ndim == 1
    rows = len(data.inputs)
    wanted: list[tuple[str, Array, tuple[int, ...], Any]] = [
        ("inputs", data.inputs, (rows, network.known_inputs), dtype)
    ]
    if classes:
        wanted.append(("targets", data.targets, (rows,), np.dtype(np.int32)))
    else:
        wanted.append(("targets", data.targets, (rows, network.outputs), dtype))
    if data.weights is not None:
        wanted.append(("weights", data.weights, (rows,), dtype))
    if data.row_indices is not None:
        wanted.append(("row_indices", data.row_indices, (data.n_rows,), np.dtype(np.uint32)))
    for name, array, shape, kind in wanted:
        if array.shape != shape or array.dtype != kind or not array.flags.c_contiguous:
            raise ShapeError(
                f"ArrayData.{name} must be a C-contiguous array of shape {shape} and dtype {kind}, got "
                f"shape {array.shape} and dtype {array.dtype}."
            )
    if data.n_rows == 0:
        raise ShapeError("ArrayData must have at least one row.")
    if classes and (data.targets.min() < 0 or data.targets.max() >= network.outputs):
        raise ShapeError(
            f"ArrayData.targets must be class numbers from 0 to {network.outputs - 1}, one per output."
        )
