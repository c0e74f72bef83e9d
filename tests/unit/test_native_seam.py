"""The compiled module has one home: only `engines/native_module.py` may import it.

import-linter holds the other outside packages in their homes; it cannot see a compiled module.
"""

from __future__ import annotations

import ast
from pathlib import Path

import deltarule

PACKAGE = Path(deltarule.__file__).parent


def imports_the_module(source: str) -> bool:
    if "_native" not in source:  # no need to parse it
        return False
    names = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            names += [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names += [f"{node.module}.{alias.name}" for alias in node.names]
    return any("_native" in name.split(".") for name in names)


def test_the_search_finds_each_spelling() -> None:
    assert imports_the_module("import deltarule.engines._native")
    assert imports_the_module("from deltarule.engines import _native")
    assert imports_the_module("def f():\n    from deltarule.engines._native import Trainer")
    assert not imports_the_module("from deltarule.engines.native import NativeEngine")


def test_one_file_imports_the_compiled_module() -> None:
    sources = {path.relative_to(PACKAGE).as_posix(): path for path in PACKAGE.rglob("*.py")}
    assert "errors.py" in sources
    importers = {name for name, path in sources.items() if imports_the_module(path.read_text())}
    assert importers <= {"engines/native_module.py"}
