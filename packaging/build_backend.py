"""The build backend: scikit-build-core, after the playground's page was built where it is missing.

The page is not in git, so `pip install` of a checkout or a git address builds it, if Node.js is there.
The sdist carries it ready made. Without it everything but the playground works, and `deltarule play`
says what to do.
"""

from __future__ import annotations

import os
import sys
from typing import Any

from build_page import PAGE, SBOM, WEB, PageNotBuilt, build_page
from scikit_build_core import build as core
from scikit_build_core.build import (
    get_requires_for_build_editable,
    get_requires_for_build_sdist,
    get_requires_for_build_wheel,
)

__all__ = [
    "build_editable",
    "build_sdist",
    "build_wheel",
    "get_requires_for_build_editable",
    "get_requires_for_build_sdist",
    "get_requires_for_build_wheel",
    "prepare_metadata_for_build_editable",
    "prepare_metadata_for_build_wheel",
]


def build_wheel(*args: Any, **settings: Any) -> str:
    """Build the wheel, with the page."""
    _provide_page()
    return core.build_wheel(*args, **settings)


def build_editable(*args: Any, **settings: Any) -> str:
    """Build the editable wheel; the page is in the source folder."""
    _provide_page()
    return core.build_editable(*args, **settings)


def build_sdist(*args: Any, **settings: Any) -> str:
    """Build the sdist, with the page."""
    _provide_page()
    return core.build_sdist(*args, **settings)


def prepare_metadata_for_build_wheel(*args: Any, **settings: Any) -> str:
    """Write the metadata of the wheel."""
    _provide_page()
    return core.prepare_metadata_for_build_wheel(*args, **settings)


def prepare_metadata_for_build_editable(*args: Any, **settings: Any) -> str:
    """Write the metadata of the editable wheel."""
    _provide_page()
    return core.prepare_metadata_for_build_editable(*args, **settings)


def _provide_page() -> None:
    if not PAGE.exists() and WEB.exists():
        try:
            build_page()
        except PageNotBuilt as problem:
            print(f"deltarule: built without the playground's page: {problem}", file=sys.stderr)
    # pyproject.toml puts the page's list of components among the wheel's metadata.
    os.environ["DELTARULE_HAS_PAGE"] = "1" if (PAGE / SBOM).exists() else "0"
