"""The block file of a streamed table: its encoded training rows, which need not fit into memory."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from concurrent.futures import Executor
from contextlib import suppress
from dataclasses import dataclass
from glob import escape, glob
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.executors import executor
from deltarule._common.formatting import format_bytes
from deltarule._common.processors import thread_count
from deltarule.data import Table
from deltarule.engines.block_file_data import MIN_MEMORY_BYTES, BlockFileData
from deltarule.errors import DeltaruleError, SettingError
from deltarule.sampling import Blocks
from deltarule.table_model.compiled_encoding import CompiledEncoder
from deltarule.table_model.design import TrainingDesign
from deltarule.table_model.evaluation import weight_column
from deltarule.table_model.table_sample import TableSample

Array = NDArray[Any]
BLOCK_ROWS = 4096
_MAX_WRITER_BYTES = 2**30


@dataclass(frozen=True, eq=False)
class EncodedBlocks:
    """A block file with the rows that train a model.

    Parameters
    ----------
    data : BlockFileData
        The training rows.
    sampling : Blocks
        How they are drawn, with a window that the memory limit allows.
    bytes : int
        Size of the file.
    reused : bool
        Whether the file of an interrupted run was complete and of the same rows.
    """

    data: BlockFileData
    sampling: Blocks
    bytes: int
    reused: bool = False

    @property
    def path(self) -> str:
        """The path of the file."""
        return self.data.file.path

    @property
    def note(self) -> str:
        """Where the file is, in a sentence."""
        verb = "is used again" if self.reused else "was written"
        return (
            f"The block file {self.path} with {self.data.n_rows:,} encoded training rows "
            f"({format_bytes(self.bytes)}) {verb}; it is removed when training has ended."
        )


def write_encoded_blocks(
    sample: TableSample,
    design: TrainingDesign,
    held_out: Array,
    path: str,
    *,
    keep: bool,
    threads: int | None = None,
) -> EncodedBlocks:
    """Encode all rows but those `held_out`, numbers of rows in the whole table, and write them.

    With `keep`, the name of the file gets a digest of what determines the rows, and a complete file of
    that name is used again; files of other rows beside it are removed.
    """
    sampling = _sampling(sample, design)
    digest = _digest(sample, design, held_out) if keep else ""
    if digest:
        first = Path(path)
        named = first.with_name(f"{first.stem}-{digest}{first.suffix}")
        remove_blocks(path, but=str(named))
        path = str(named)
        with suppress(DeltaruleError):
            if named.exists():
                data = BlockFileData(path)
                return EncodedBlocks(data, sampling, os.path.getsize(path), reused=True)
    codes = [i for i, feature in enumerate(design.encoder.features) if feature.role == "codes"]
    memory = int(np.clip(sample.stream.memory_bytes // 4, MIN_MEMORY_BYTES, _MAX_WRITER_BYTES))
    data = BlockFileData.write(
        path,
        _batches(sample, design, np.sort(held_out), thread_count(threads)),
        codes=codes,
        seed=design.settings.seed,
        block_rows=BLOCK_ROWS,
        memory_bytes=memory,
    )
    return EncodedBlocks(data, sampling, os.path.getsize(path))


def remove_blocks(path: str, *, but: str = "") -> None:
    """Remove the block files that were written for `path`."""
    first = Path(path)
    pattern = f"{escape(str(first.with_suffix('')))}-*{escape(first.suffix)}"
    for name in [path, *glob(pattern)]:
        if name != but:
            with suppress(OSError):
                os.unlink(name)


def _sampling(sample: TableSample, design: TrainingDesign) -> Blocks:
    """Return the largest window, at most the usual one, two of which take a quarter of the limit."""
    batch = design.recipe.batch_size
    assert batch is not None
    row_bytes = 4 * (len(design.encoder.features) + 2)
    usual = Blocks(batch).window_rows
    rows = min(sample.stream.memory_bytes // 4 // (2 * row_bytes), usual) // BLOCK_ROWS * BLOCK_ROWS
    least = -(-batch // BLOCK_ROWS) * BLOCK_ROWS
    if rows < least:
        needed = 8 * row_bytes * least
        raise SettingError(
            "memory_limit",
            f"must be at least {format_bytes(needed + 5e4)} for blocks of {least:,} rows with "
            f"{len(design.encoder.features):,} features",
            format_bytes(sample.stream.memory_bytes),
        )
    return Blocks(batch, window_rows=rows, block_rows=BLOCK_ROWS)


def _batches(
    sample: TableSample, design: TrainingDesign, held_out: Array, threads: int
) -> Iterator[tuple[Array, ...]]:
    """Yield inputs, targets and weights of the rows that train.

    The inputs are overwritten by the next ones.
    """
    name, settings = design.target.name, design.settings
    factors = design.class_factors
    weighted = settings.weight is not None or factors is not None
    encoder = CompiledEncoder(design.encoder)
    room = np.empty((sample.stream.batch_rows, encoder.width), np.float32)
    with executor(threads) as pool:
        for begin, batch in sample.stream.batches():
            numbers = begin + np.arange(batch.rows)
            chosen = ~(batch[name].missing | _is_among(held_out, numbers))
            weights = np.ones(batch.rows)
            if settings.weight is not None:
                weights = weight_column(batch, settings.weight, numbers)
                chosen &= weights > 0
            rows = np.flatnonzero(chosen)
            targets = design.target.encode(batch[name].take(rows))
            inputs = room[: len(rows)]
            _encode(encoder, design, batch, rows, inputs, pool, threads)
            if not weighted:
                yield inputs, targets
                continue
            weights = weights[rows]
            yield inputs, targets, weights if factors is None else weights * factors[targets]


def _is_among(ascending: Array, numbers: Array) -> NDArray[np.bool_]:
    """Return which numbers are among some ascending ones."""
    places = np.searchsorted(ascending, numbers)
    result = np.zeros(len(numbers), bool)
    known = places < len(ascending)
    result[known] = ascending[places[known]] == numbers[known]
    return result


def _encode(
    encoder: CompiledEncoder,
    design: TrainingDesign,
    batch: Table,
    rows: Array,
    out: NDArray[np.float32],
    pool: Executor,
    threads: int,
) -> None:
    """Encode the rows of a batch, each part in a thread, which lets the others run."""
    values = design.encoder.cast(batch)
    parts = zip(np.array_split(rows, threads), np.array_split(out, threads), strict=True)
    for _ in pool.map(lambda part: encoder.encode(values, *part), parts):
        pass


def _digest(sample: TableSample, design: TrainingDesign, held_out: Array) -> str:
    """Return a digest of what determines the encoded rows, "" if that is not known."""
    files = sample.stream.file_facts
    if files is None:
        return ""
    known = {
        "files": files,
        "schema": repr(sample.stream.schema),
        "encoder": design.encoder.to_json(),
        "target": design.target.to_json(),
        "weight": design.settings.weight,
        "factors": None if design.class_factors is None else design.class_factors.tolist(),
        "seed": design.settings.seed,
        "held_out": hashlib.sha256(np.sort(held_out).astype("<i8").tobytes()).hexdigest(),
    }
    text = json.dumps(known, sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]
