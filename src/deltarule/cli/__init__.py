"""The command line: deltarule train | predict | evaluate | inspect | serve | play. It alone prints."""

from __future__ import annotations

import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command line (`sys.argv[1:]` by default) and return its exit status."""
    try:  # what the command line imports takes long enough for Ctrl-C
        from deltarule.cli import app
    except KeyboardInterrupt:
        print("deltarule: Interrupted. Nothing was written.", file=sys.stderr)
        return 130
    return app.main(argv)
