"""The files of the built page, and what a visitor downloads of them."""

from __future__ import annotations

import gzip
from pathlib import Path


def files_of(folder: Path) -> list[Path]:
    """Return the files of the page, sorted."""
    return sorted(path for path in folder.rglob("*") if path.is_file())


def compressed_size(path: Path) -> int:
    """Return the bytes of a file as a host that compresses sends it."""
    content = path.read_bytes()
    return min(len(content), len(gzip.compress(content, 9)))
