"""`_native.pyi` against the compiled module, which knows the names of its arguments."""

from __future__ import annotations

import ast
import inspect
import re
from pathlib import Path
from typing import Any

import pytest

import deltarule.engines
from deltarule.engines.wasm_network import WasmNetwork
from deltarule.engines.wasm_session import WasmSession

STUB = ast.parse(Path(deltarule.engines.__file__).with_name("_native.pyi").read_text("utf8"))
Definition = ast.FunctionDef | ast.ClassDef


def definitions(body: list[ast.stmt]) -> dict[str, Definition]:
    return {node.name: node for node in body if isinstance(node, Definition)}


def arguments(function: ast.FunctionDef) -> tuple[list[str], list[str]]:
    """Return the names of the arguments: by position, and by name only."""
    given = function.args
    return [each.arg for each in given.args], [each.arg for each in given.kwonlyargs]


def compiled(function: Any) -> ast.FunctionDef:
    """Return a compiled function's signature, without types in brackets; defaults become None."""
    ((text, *_),) = function.__nb_signature__  # one, not overloaded
    text = text.partition(" -> ")[0]
    while (shorter := re.sub(r"\[[^\[\]]*\]", "", text)) != text:
        text = shorter
    (signature,) = ast.parse(text.replace("= \\0", "= None") + ": ...").body
    assert isinstance(signature, ast.FunctionDef)
    return signature


def record_fields(record: Any) -> list[str]:
    """Return the names of a record's fields, which it names where it refuses."""
    with pytest.raises(TypeError, match="has the fields") as refused:
        record()
    named = re.search(r"has the fields (.*), all given", str(refused.value))
    assert named is not None
    return named[1].split(", ")


@pytest.fixture
def module(native: Any) -> Any:
    return pytest.importorskip("deltarule.engines._native")


def test_it_has_the_names_of_the_module(module: Any) -> None:
    assigned = {ast.unparse(node.target) for node in STUB.body if isinstance(node, ast.AnnAssign)}
    assert definitions(STUB.body).keys() | assigned == {n for n in dir(module) if n[0] != "_"}


@pytest.mark.parametrize("name", definitions(STUB.body))
def test_it_has_the_arguments_of_the_module(module: Any, name: str) -> None:
    node, there = definitions(STUB.body)[name], getattr(module, name)
    if isinstance(node, ast.FunctionDef):
        assert arguments(node) == arguments(compiled(there))
        return
    for base in node.bases:  # …64 has what …32 has
        node = definitions(STUB.body)[ast.unparse(base)]
    methods = definitions(node.body)
    fields = {ast.unparse(each.target) for each in node.body if isinstance(each, ast.AnnAssign)}
    assert (methods.keys() | fields) - {"__init__"} == {n for n in dir(there) if n[0] != "_"}
    for method, stated in methods.items():
        assert isinstance(stated, ast.FunctionDef)
        signature = compiled(getattr(there, method))
        if signature.args.kwarg is None:
            assert arguments(stated) == arguments(signature)
        else:
            assert arguments(stated) == (["self"], record_fields(there))


@pytest.mark.parametrize(
    ("name", "there"), [("Session32", WasmSession), ("Network32", WasmNetwork)]
)
def test_the_webassembly_stand_ins_have_the_same_arguments(name: str, there: type) -> None:
    """The native engine runs on them in a browser, which the tests of this module do not start."""
    stated = definitions(STUB.body)[name]
    assert isinstance(stated, ast.ClassDef)
    common = {n for n in definitions(stated.body) if n in vars(there)} - {"__init__"}
    assert {"run", "state"} <= common or {"predict", "evaluate"} <= common
    for method in common:
        function = definitions(stated.body)[method]
        assert isinstance(function, ast.FunctionDef)
        names, by_name = arguments(function)
        assert [*inspect.signature(getattr(there, method)).parameters] == [*names, *by_name]


def test_a_record_refuses_other_fields_and_types(module: Any) -> None:
    fields = {"count": 1, "rate_factor": 1.0, "decay_factor": 1.0, "trainable": True}
    module.Group(**fields)
    for wrong in ({"count": 1}, {**fields, "rate": 1.0}):
        with pytest.raises(TypeError, match="A Group has the fields count, rate_factor, decay_f"):
            module.Group(**wrong)
    with pytest.raises(TypeError, match="The field rate_factor of a Group has another type"):
        module.Group(**{**fields, "rate_factor": "1"})
