"""The public surface is the list in `exported_names.txt`: a name comes or goes only on purpose.

After a deliberate change, rewrite the list: `python tests/test_exported_names.py`.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path

import pytest
from public_surface import PUBLIC_MODULES, exported_names

LIST = Path(__file__).parent / "exported_names.txt"


def test_the_public_names_are_those_of_the_list():
    listed, exported = set(LIST.read_text().split()), set(exported_names())
    assert exported == listed, (
        f"new: {sorted(exported - listed)}; gone: {sorted(listed - exported)}. If this is meant, "
        f"run python tests/{Path(__file__).name} and add a line to CHANGELOG.md."
    )


@pytest.mark.parametrize("module", PUBLIC_MODULES)
def test_exported_names_are_there_once_and_sorted(module):
    names = list(import_module(module).__all__)
    assert len(names) == len(set(names))
    assert [name for name in names if not hasattr(import_module(module), name)] == []


def test_importing_everything_public_by_star_works():
    for module in PUBLIC_MODULES:
        exec(f"from {module} import *", {})


if __name__ == "__main__":
    LIST.write_text("\n".join(sorted(exported_names())) + "\n")
