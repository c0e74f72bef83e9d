"""The schema of a table: what it stores and refuses. Expected: what was put in."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest

from deltarule.errors import ModelFileError
from deltarule.schema import ColumnSchema, NumberFormat, TableSchema

SCHEMA = TableSchema(
    (
        ColumnSchema("size", "number", NumberFormat(decimal_mark=","), typed=True),
        ColumnSchema("wall", "category", levels_despite_marker=("None",), stated=True),
        ColumnSchema("flag", "boolean", assumption="Something was assumed."),
        ColumnSchema("yes", "boolean", boolean_texts=("FALSE", "True")),
    ),
    missing=("", "-999"),
)


def test_json_round_trip() -> None:
    data = json.loads(json.dumps(SCHEMA.to_json(), allow_nan=False))
    assert TableSchema.from_json(data) == SCHEMA
    plain = TableSchema((ColumnSchema("a", "text"),))
    assert TableSchema.from_json(plain.to_json()) == plain


def test_columns_are_found_by_name() -> None:
    assert SCHEMA.names == ("size", "wall", "flag", "yes")
    assert "wall" in SCHEMA
    assert "Wall" not in SCHEMA
    assert SCHEMA["wall"].kind == "category"
    assert SCHEMA.select({"flag", "size"}).names == ("size", "flag")
    assert SCHEMA.select({"flag"}).missing == ("", "-999")


def test_how_a_column_is_read_depends_on_kind_format_and_missing_values_alone() -> None:
    size = SCHEMA["size"]
    assert size.reads_like(ColumnSchema("other", "number", NumberFormat(decimal_mark=",")))
    assert not size.reads_like(ColumnSchema("size", "number", NumberFormat()))
    assert ColumnSchema("a", "text").reads_like(ColumnSchema("a", "category"))
    assert not ColumnSchema("a", "text").reads_like(SCHEMA["wall"])


def test_the_summary_of_a_column() -> None:
    assert SCHEMA["wall"].summary == ("category, 'None' is a value, not a missing cell, as stated")
    assert SCHEMA["flag"].summary == "boolean"


def damages() -> list[Any]:
    return [
        lambda d: d.update(more=1),
        lambda d: d.pop("missing"),
        lambda d: d.update(missing=[1]),
        lambda d: d.update(columns={}),
        lambda d: d["columns"].append(d["columns"][0]),
        lambda d: d["columns"][0].update(kind="os.system"),
        lambda d: d["columns"][0].update(format=None),
        lambda d: d["columns"][0].update(format={"format": "os.system"}),
        lambda d: d["columns"][0].update(more=1),
        lambda d: d["columns"][0].pop("typed"),
        lambda d: d["columns"][0].update(typed=1),
        lambda d: d["columns"][1].update(format=d["columns"][0]["format"]),
        lambda d: d["columns"][1].update(levels_despite_marker="None"),
        lambda d: d["columns"][2].update(assumption=None),
        lambda d: d["columns"][2].update(name=3),
        lambda d: d["columns"][3].update(boolean_texts=["no", "yes"]),
        lambda d: d["columns"][3].update(boolean_texts=["True", "False"]),
        lambda d: d["columns"][3].update(boolean_texts=["False"]),
        lambda d: d["columns"][3].update(kind="text"),
    ]


@pytest.mark.parametrize("damage", damages())
def test_damaged_descriptions_are_refused(damage: Any) -> None:
    data = copy.deepcopy(SCHEMA.to_json())
    damage(data)
    with pytest.raises(ModelFileError):
        TableSchema.from_json(data)


@pytest.mark.parametrize("data", [None, [], "x", 1])
def test_anything_but_an_object_is_refused(data: object) -> None:
    with pytest.raises(ModelFileError):
        TableSchema.from_json(data)
