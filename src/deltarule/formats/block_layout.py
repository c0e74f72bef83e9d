"""The layout of a block file: its header as a value, and where each array of a block is.

    bytes 0..8     the text "drblocks"
    bytes 8..16    length N of the header, unsigned, little-endian
    bytes 16..48   SHA-256 of the header
    bytes 48..48+N strict JSON: `BlockLayout` with the SHA-256 of the digests
    then           the SHA-256 of each block, 32 bytes each
    then           the blocks of the training rows, and those of the validation rows

A block holds `block_rows` rows, the last one of each part what remains. It begins at a multiple of 4096
bytes, and its arrays, little-endian and row-major, at multiples of 64: features of float32, of uint32, of
uint16 and of uint8, then targets, then weights. All positions follow from the header.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from deltarule._common.strict_reader import StrictReader
from deltarule.errors import DeltaruleError, TableFileError

MAGIC = b"drblocks"
FORMAT = 1
PREFIX_BYTES = 48
DIGEST_BYTES = 32
MAX_HEADER_BYTES = 64 * 2**20
MAX_ROWS = 2**32 - 1  # engines number rows by 32 bits
MAX_BLOCK_ROWS = 2**24
MAX_WIDTH = 2**24
MAX_CODE = 2**24 - 1
"""Whole numbers up to here are exact in float32."""
FEATURE_DTYPES = ("float32", "uint32", "uint16", "uint8")
CODE_DTYPES = ("uint8", "uint16", "uint32")
PARTS = ("training", "validation")
_BLOCK_ALIGNMENT = 4096
_ARRAY_ALIGNMENT = 64


@dataclass(frozen=True)
class Part:
    """The training rows or the validation rows: how many, and the mean of their weights."""

    rows: int
    mean_weight: float = 1.0


@dataclass(frozen=True)
class Section:
    """One array of a block: `width` values of each row."""

    name: str
    dtype: np.dtype[np.generic]
    width: int
    columns: tuple[int, ...] = ()  # of the inputs, for features


@dataclass(frozen=True)
class BlockLayout:
    """What the header says: types, sizes and how rows were divided."""

    columns: tuple[str, ...]  # the dtype of each input
    target_dtype: str  # float32, or that of class numbers
    targets: int  # numbers per row; 1 for class numbers
    weighted: bool
    block_rows: int
    training: Part
    validation: Part

    @cached_property
    def sections(self) -> tuple[Section, ...]:
        """The arrays of a block in their order."""
        found = []
        for name in FEATURE_DTYPES:
            places = tuple(i for i, dtype in enumerate(self.columns) if dtype == name)
            if places:
                found.append(Section(name, np.dtype(name).newbyteorder("<"), len(places), places))
        dtype = np.dtype(self.target_dtype).newbyteorder("<")
        found.append(Section("targets", dtype, self.targets))
        if self.weighted:
            found.append(Section("weights", np.dtype("<f4"), 1))
        return tuple(found)

    def array_positions(self, rows: int) -> dict[str, int]:
        """Return where each array begins in a block of this many rows."""
        positions, at = {}, 0
        for section in self.sections:
            positions[section.name] = at
            at = _aligned(at + rows * section.width * section.dtype.itemsize, _ARRAY_ALIGNMENT)
        return positions

    def block_bytes(self, rows: int) -> int:
        """Return the size of a block of this many rows."""
        last = self.sections[-1]
        at = self.array_positions(rows)[last.name] + rows * last.width * last.dtype.itemsize
        return _aligned(at, _BLOCK_ALIGNMENT)

    def part(self, name: str) -> Part:
        """Return a part by its name."""
        return self.training if name == "training" else self.validation

    def blocks(self, part: str) -> int:
        """Return the number of blocks of a part."""
        return -(-self.part(part).rows // self.block_rows)

    def rows_in(self, part: str, block: int) -> int:
        """Return the number of rows of one block."""
        return min(self.block_rows, self.part(part).rows - block * self.block_rows)

    def digest_number(self, part: str, block: int) -> int:
        """Return the place of a block's digest among all."""
        return block + (self.blocks("training") if part == "validation" else 0)

    def part_bytes(self, part: str) -> int:
        """Return the size of all blocks of a part."""
        blocks = self.blocks(part)
        if blocks == 0:
            return 0
        whole = (blocks - 1) * self.block_bytes(self.block_rows)
        return whole + self.block_bytes(self.rows_in(part, blocks - 1))

    def first_block(self, header_bytes: int) -> int:
        """Return where the blocks begin in a file with a header of this size."""
        digests = self.blocks("training") + self.blocks("validation")
        return _aligned(PREFIX_BYTES + header_bytes + DIGEST_BYTES * digests, _BLOCK_ALIGNMENT)

    def part_position(self, part: str, header_bytes: int) -> int:
        """Return where a part begins."""
        before = self.part_bytes("training") if part == "validation" else 0
        return self.first_block(header_bytes) + before

    def file_bytes(self, header_bytes: int) -> int:
        """Return the size of the file."""
        return self.part_position("validation", header_bytes) + self.part_bytes("validation")

    def to_json(self, digests: str) -> dict[str, object]:
        """Return the header; `digests` is the SHA-256 of all digests, in hexadecimal."""
        return {
            "block_file": FORMAT,
            "columns": list(self.columns),
            "target_dtype": self.target_dtype,
            "targets": self.targets,
            "weighted": self.weighted,
            "block_rows": self.block_rows,
            **{
                name: {"rows": part.rows, "mean_weight": part.mean_weight}
                for name, part in (("training", self.training), ("validation", self.validation))
            },
            "digests": digests,
        }


def layout_of(header: Mapping[str, object], where: str) -> tuple[BlockLayout, str]:
    """Return the checked layout of a header and the digest of all digests."""
    reader = StrictReader(header, where, damaged)
    reader.take("block_file", int)  # the version, which was checked before
    columns = reader.list_of("columns", str)
    target_dtype = reader.one_of("target_dtype", ("float32", *CODE_DTYPES))
    targets, weighted = reader.take("targets", int), reader.take("weighted", bool)
    block_rows = reader.take("block_rows", int)
    parts = {}
    for name in PARTS:
        inner = reader.reader(name)
        parts[name] = Part(inner.take("rows", int), inner.take("mean_weight", float))
        inner.finish()
        _bound(f"{where}.{name}.rows", parts[name].rows, 0 if parts else 1, MAX_ROWS)
        if not 0 < parts[name].mean_weight < float("inf"):
            raise damaged(f"{where}.{name}.mean_weight must be finite and greater than 0.")
    digests = reader.take("digests", str)
    reader.finish()
    for index, dtype in enumerate(columns):
        if dtype not in FEATURE_DTYPES:
            raise damaged(f"{where}.columns[{index}] must be one of {', '.join(FEATURE_DTYPES)}.")
    _bound(f"{where}.columns", len(columns), 1, MAX_WIDTH)
    _bound(f"{where}.targets", targets, 1, MAX_WIDTH if target_dtype == "float32" else 1)
    _bound(f"{where}.block_rows", block_rows, 1, MAX_BLOCK_ROWS)
    layout = BlockLayout(
        tuple(columns),
        target_dtype,
        targets,
        weighted,
        block_rows,
        parts["training"],
        parts["validation"],
    )
    return layout, digests


def damaged(problem: str, _: str = "") -> DeltaruleError:
    """Return the error of a file with this problem, a whole sentence."""
    return TableFileError(f"{problem} The file is damaged: write it again.")


def _bound(what: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        raise damaged(f"{what} must be from {least} to {most}, got {value}.")


def _aligned(position: int, to: int) -> int:
    return -(-position // to) * to
