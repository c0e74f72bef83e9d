"""Temporary files that a stack removes, with a bound on their size."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol, cast

from deltarule.errors import TableFileError

CHUNK = 1 << 20


class Readable(Protocol):
    """Anything that gives bytes."""

    def read(self, size: int, /) -> bytes:
        """Return at most `size` bytes, none at the end."""
        ...


def temporary_copy(stack: ExitStack) -> tuple[Path, BinaryIO]:
    """Return a new temporary file, open for writing, that `stack` removes."""
    return stack.enter_context(_temporary_file())


def spooled(
    stream: Readable, name: str, max_bytes: int | None, stack: ExitStack, verb: str = "holds"
) -> Path:
    """Copy a stream to a temporary file that `stack` removes.

    Raises `TableFileError` if there are more than `max_bytes`, by default half of the free disk space:
    an archive of a few bytes must not fill a disk.
    """
    path, copy = temporary_copy(stack)
    bound = max_bytes if max_bytes is not None else shutil.disk_usage(path.parent).free // 2
    size = 0
    while chunk := stream.read(CHUNK):
        size += len(chunk)
        if size > bound:
            raise TableFileError(
                too_large(name, verb, bound)
                if max_bytes is not None
                else f"{name} {verb} more than {bound / 1e6:,.0f} MB, half of the free space in "
                f"{path.parent}: use a smaller file, or set the environment variable TMPDIR to a folder "
                "with more space."
            )
        copy.write(chunk)
    copy.flush()
    return path


def too_large(name: str, verb: str, bound: int) -> str:
    """Return the sentence for a file beyond `max_bytes`."""
    return (
        f"{name} {verb} more than {bound / 1e6:,.0f} MB, the most that is allowed here: use a smaller "
        "file."
    )


@contextmanager
def _temporary_file() -> Iterator[tuple[Path, BinaryIO]]:
    # delete=False: Windows does not let DuckDB open a file that is deleted on closing.
    with tempfile.NamedTemporaryFile(prefix="deltarule-", delete=False) as file:
        path = Path(file.name)
        try:
            yield path, cast(BinaryIO, file)
        finally:
            file.close()
            path.unlink(missing_ok=True)
