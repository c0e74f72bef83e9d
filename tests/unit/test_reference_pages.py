"""The reference of the documentation has each public name once."""

from __future__ import annotations

import re
import sys
from collections import Counter
from pathlib import Path

import pytest
from public_surface import PUBLIC_MODULES, exported_names

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
sys.path.insert(0, str(DOCS / "extensions"))
reference_pages = pytest.importorskip("reference_pages", reason="needs Sphinx")


def modules() -> list[str]:
    return reference_pages.modules(DOCS)


def test_the_reference_lists_every_public_module_once():
    assert sorted(modules()) == sorted(PUBLIC_MODULES)


def test_each_public_name_stands_once_in_the_tables_of_its_module():
    found = reference_pages.homes(modules())
    shown: Counter[str] = Counter()
    for module in modules():
        page = reference_pages.page_of(module, found)
        rows = re.findall(
            r"^   \* - :py:obj:`(?:~|[\w.]+ <)([\w.]+)>?`"
            r"|^\.\. (?:autofunction|autoclass|py:data):: ([\w.]+)",
            page,
            re.MULTILINE,
        )
        shown.update(table or directive for table, directive in rows)
    assert [name for name in exported_names() if shown[name] != 1] == []


def test_each_object_has_one_page_that_every_name_of_it_leads_to():
    import importlib

    found = reference_pages.homes(modules())
    by_name = reference_pages.documented_names(DOCS)
    for name in exported_names():
        module, _, short = name.rpartition(".")
        thing = getattr(importlib.import_module(module), short)
        if callable(thing):
            assert by_name[name] == found[id(thing)]
            home, _, own = found[id(thing)].rpartition(".")
            assert getattr(importlib.import_module(home), own) is thing


def test_members_of_a_class_are_those_that_deltarule_gives_it():
    import deltarule as dr

    members = reference_pages.members_of(dr.TabularClassifier)
    assert {"fit", "predict", "predict_proba", "permutation_importance"} <= set(members)
    assert not {"set_params", "get_params", "set_fit_request"} & set(members)  # scikit-learn's
