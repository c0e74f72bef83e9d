"""python -m deltarule: the same as the command deltarule."""

from __future__ import annotations

import sys

from deltarule.cli import main

if __name__ == "__main__":
    sys.exit(main())
