"""Adjacent blocks of a block file, as rows of their own."""

from __future__ import annotations

from dataclasses import dataclass

from deltarule.engines.block_file_data import BlockFileData
from deltarule.errors import SettingError


@dataclass(frozen=True, repr=False)
class BlockRange(BlockFileData):
    """Adjacent blocks of the rows of a block file, such as those of a shard.

    Parameters
    ----------
    first, stop : int
        The first block, and the one after the last.
    """

    first: int = 0
    stop: int = 0

    def __post_init__(self) -> None:
        blocks = self.file.layout.blocks(self.part)
        if not 0 <= self.first < self.stop <= blocks:
            raise SettingError(
                "stop",
                f"must be a block after `first`, up to {blocks} for {self.file.path!r}, got blocks "
                f"{self.first} to {self.stop}",
            )
        super().__post_init__()

    @classmethod
    def of(cls, data: BlockFileData, first: int, stop: int) -> BlockRange:
        """Return blocks of rows whose file is open already."""
        made = cls.__new__(cls)
        made.__dict__.update(data.__dict__, file=data.file, first=first, stop=stop)
        made.__post_init__()
        return made

    @property
    def n_rows(self) -> int:
        """The number of rows."""
        layout = self.file.layout
        end = min(self.stop * layout.block_rows, layout.part(self.part).rows)
        return end - self.first * layout.block_rows

    @property
    def first_block(self) -> int:
        """The block of the file in which the rows begin."""
        return self.first
