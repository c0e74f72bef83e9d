"""Several files that are written together or not at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress

from deltarule.formats.atomic_write import write_atomically


def write_together(files: Mapping[str, bytes]) -> None:
    """Write files by their paths; if one cannot be written, those before are as they were."""
    before: dict[str, bytes | None] = {}
    try:
        for path, content in files.items():
            before[path] = None
            with suppress(OSError), open(path, "rb") as file:
                before[path] = file.read()
            write_atomically(path, content)
    except BaseException:
        *written, _ = before
        for path in written:
            old = before[path]
            if old is None:
                with suppress(OSError):
                    os.unlink(path)
            else:
                write_atomically(path, old)
        raise
