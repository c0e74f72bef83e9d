"""The file of models of groups: the same bits when read, and forged ones refused in a sentence."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from unit.table_model.grouped_tables import QUICK, sales, without

import deltarule as dr
from deltarule.errors import ModelFileError
from deltarule.formats.model_file import read_model, write_model
from deltarule.table_model import GroupedModel, load_model
from deltarule.table_model.by_group.group_files import GroupFiles, file_of


@pytest.fixture(scope="module")
def model() -> GroupedModel:
    return dr.train(without(sales(), "sold"), "amount", by="shop", **QUICK).model


@pytest.fixture
def path(model, tmp_path):
    model.save(tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


def test_a_saved_model_predicts_the_same_bits(model, path, tmp_path):
    rows = without(sales(), "sold", "amount")
    loaded = dr.load(path)
    assert isinstance(loaded, GroupedModel)
    assert np.array_equal(loaded.predict(rows).values, model.predict(rows).values)
    loaded.save(tmp_path / "again")
    assert (tmp_path / "again").read_bytes() == path.read_bytes()


def test_the_file_of_a_group_is_that_of_a_table_model(model, path, tmp_path):
    loaded = dr.load(path)
    loaded.group("south").save(tmp_path / "south.safetensors")
    south = dr.load(tmp_path / "south.safetensors")
    row = {"price": 0.5, "color": "red"}
    assert south.predict(row).values[0] == model.predict({**row, "shop": "south"}).values[0]
    place = loaded.groups.index("south") + 1
    assert bytes(loaded.files.content(place)) == (tmp_path / "south.safetensors").read_bytes()


def test_a_function_for_table_models_alone_says_what_the_file_is(path):
    with pytest.raises(ModelFileError, match=r"'grouped model' file.*export --group"):
        load_model(path)


def test_a_flipped_bit_is_found(path):
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 4
    path.write_bytes(content)
    with pytest.raises(ModelFileError, match="damaged"):
        dr.load(path)


def _of_other_target(model: GroupedModel) -> dict[str, Any]:
    other = dr.train(without(sales(), "amount", "shop"), "sold", **QUICK).model
    return _files(model, file_of(other))


def _of_other_columns(model: GroupedModel) -> dict[str, Any]:
    table = {**without(sales(), "sold", "shop"), "size": np.random.default_rng(0).normal(size=150)}
    return _files(model, file_of(dr.train(table, "amount", **QUICK).model))


def _of_other_reading(model: GroupedModel) -> dict[str, Any]:
    table = without(sales(), "sold", "shop")
    table["price"] = table["price"].round().astype(str).astype(object) + "x"
    return _files(model, file_of(dr.train(table, "amount", **QUICK).model))


def _files(model: GroupedModel, first: bytes) -> dict[str, Any]:
    contents = [model.files.content(0), first, *(model.files.content(i) for i in (2, 3))]
    return GroupFiles.of(contents).arrays()


FORGED: dict[str, Any] = {
    "a group twice": ({"groups": ["north", "north", "west"]}, {}, "names a group twice"),
    "a group more": ({"groups": ["north", "south", "west", "x"]}, {}, "other shapes"),
    "a column twice": ({"columns": ["price", "price"]}, {}, "names a column twice"),
    "an unknown column": ({"columns": ["price", "color", "x"]}, {}, "how the column 'x' is read"),
    "too few columns": ({"columns": ["price"]}, {}, "is read"),
    "no column of groups": ({"by": "x"}, {}, "how the column 'x' is read"),
    "groups of the target": ({"by": "amount"}, {}, "how the column 'amount' is read"),
    "another key": ({"x": 1}, {}, "unknown keys: 'x'"),
    "another array": ({}, {"x": np.zeros(1)}, "must hold the arrays bounds and models"),
    "bounds backward": ({}, {"bounds": np.array([0, 9, 8, 10, 11])}, "where each of its 4 models"),
    "bounds beyond": ({}, {"bounds": np.array([0, 1, 2, 3, 10**9])}, "where each of its 4 models"),
    "bounds of floats": ({}, {"bounds": np.zeros(5)}, "where each of its 4 models"),
    "no bytes": ({}, {"models": np.zeros(0, np.uint8)}, "where each of its 4 models"),
    "wide bytes": ({}, {"models": np.zeros((2, 2), np.uint8)}, "other shapes"),
}


@pytest.mark.parametrize("case", FORGED)
def test_a_forged_file_is_refused(case, path):
    description, arrays, words = FORGED[case]
    file = read_model(path, kind=None)
    write_model(path, {**file.description, **description}, {**file.arrays, **arrays}, file.kind)
    with pytest.raises(ModelFileError, match=words):
        dr.load(path)


@pytest.mark.parametrize("forge", [_of_other_target, _of_other_columns, _of_other_reading])
def test_a_model_that_does_not_fit_is_refused_when_it_is_read(forge, model, path):
    file = read_model(path, kind=None)
    write_model(path, file.description, forge(model), file.kind)
    loaded = dr.load(path)
    with pytest.raises(ModelFileError, match=r"the model of shop north does not fit"):
        loaded.predict({"shop": "north", "price": 0.0, "color": "red"})
    with pytest.raises(ModelFileError, match=r"the model of shop north does not fit"):
        loaded.read_all()


def test_a_damaged_model_inside_the_file_is_refused_when_it_is_read(model, path):
    file = read_model(path, kind=None)
    content = bytearray(model.files.content(1))
    content[-3] ^= 1
    write_model(path, file.description, _files(model, bytes(content)), file.kind)
    loaded = dr.load(path)
    assert len(loaded.predict({"shop": "south", "price": 0.0, "color": "red"})) == 1
    with pytest.raises(ModelFileError, match=r"'the model of shop north' is damaged: its content"):
        loaded.group("north")
