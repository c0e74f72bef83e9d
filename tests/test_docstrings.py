"""Every public docstring passes numpydoc's validation, gives shapes and names what it raises."""

from __future__ import annotations

import ast
import dataclasses
import inspect
import re
import textwrap
from enum import Enum
from functools import cached_property
from typing import Any

import pytest
from numpydoc.docscrape import ClassDoc, FunctionDoc, NumpyDocString, get_doc_object
from numpydoc.validate import Validator, validate
from public_surface import documented_items

from deltarule import errors

# Not asked of every docstring: an extended summary, See Also, and examples where nobody wants one.
NOT_ASKED = {"ES01", "SA01", "EX01"}
# Parameters of an exception, an enumeration or a protocol are those of its base class.
PARAMETERS = {"PR01", "PR02", "PR03"}
ERRORS = {name for name in dir(errors) if name.endswith("Error")}
ITEMS = dict(documented_items())
MAX_COLUMNS, MAX_COLUMNS_OF_METHODS = 97, 93
"""Columns of code that need no scroll bar at 1366 pixels; examples of methods are indented further."""


class FastValidator(Validator):
    """Numpydoc's validator, which finds the sections of a docstring once instead of 15 times."""

    section_titles = cached_property(Validator.section_titles.fget)

    def __init__(self, obj_name: str) -> None:
        super().__init__(get_doc_object(self._load_obj(obj_name)))


@pytest.mark.parametrize("name", ITEMS)
def test_numpydoc_finds_nothing(name):
    ignored = NOT_ASKED
    item = ITEMS[name]
    if isinstance(item, type) and (issubclass(item, Exception | Enum) or is_protocol(item)):
        ignored = NOT_ASKED | PARAMETERS
    found = [
        f"{code}: {text}"
        for code, text in validate(name, FastValidator)["errors"]
        if code not in ignored
    ]
    assert found == []


def test_examples_fit_the_pages_of_the_reference():
    long = [
        f"{name}: {line}"
        for name, item in ITEMS.items()
        for line in NumpyDocString(inspect.getdoc(item) or "")["Examples"]
        if len(line) > (MAX_COLUMNS_OF_METHODS if name.rpartition(".")[0] in ITEMS else MAX_COLUMNS)
    ]
    assert long == []


@pytest.mark.parametrize("name", ITEMS)
def test_arrays_have_shapes_and_errors_are_named(name):
    item = ITEMS[name]
    text = inspect.getdoc(item) or ""
    document = NumpyDocString(text)
    for section in ("Parameters", "Attributes", "Returns"):
        for entry in document[section]:
            if re.search(r"\b(nd)?array(-like)?\b", entry.type.lower()):
                words = f"{entry.type} {' '.join(entry.desc)}".lower()
                assert "shape" in words or "scalar" in words, (
                    f"{section}: {entry.name} has no shape"
                )
    raised = raised_by(item)
    named = {entry.type or entry.name for entry in document["Raises"]}
    assert raised <= named, f"raises {sorted(raised - named)} without a word in Raises"


def is_protocol(item: type) -> bool:
    return getattr(item, "_is_protocol", False)


def raised_by(item: Any) -> set[str]:
    """Return the errors of deltarule that the item's own source raises, directly or by a check."""
    target: Any = item
    if isinstance(item, property):
        target = item.fget
    elif isinstance(item, type):
        target = vars(item).get("__post_init__") or vars(item).get("__init__")
        if target is None or (dataclasses.is_dataclass(item) and not hasattr(target, "__code__")):
            return set()
    try:
        lines, _ = Validator._getsourcelines(target)  # which keeps what it has found
        tree = ast.parse(textwrap.dedent("".join(lines)))
    except (OSError, TypeError):
        return set()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
            called = ast.unparse(node.exc.func).split(".")
            found |= {part for part in called if part in ERRORS}
        if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("checks."):
            found |= {"SettingError"} if ast.unparse(node.func) != "checks.did_you_mean" else set()
    return found


def test_the_checks_above_can_fail():
    def silent(X):
        """Return X.

        Parameters
        ----------
        X : ndarray
            Rows.

        Returns
        -------
        ndarray
            The same.
        """
        raise errors.DataError("no")

    assert raised_by(silent) == {"DataError"}
    assert FunctionDoc(silent)["Raises"] == []
    assert ClassDoc(errors.DataError) is not None
