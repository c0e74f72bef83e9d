"""Compare a tag with the version in pyproject.toml: python packaging/check_tag.py v1.2.3"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[1] / "pyproject.toml"


def main(tag: str) -> str | None:
    """Return None if the tag names the version, else a sentence."""
    version = tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"]
    if tag == f"v{version}":
        return None
    return f"The tag is {tag}, and the version in pyproject.toml {version}: tag v{version}, or change it."


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
