"""Typing a documented default, or a value that the recipe chose, gives the same bits as omitting it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

import deltarule
from deltarule.cli import main
from deltarule.cli.options import SETTING_OPTIONS, as_argument
from deltarule.cli.reading import CELL_OPTIONS, READING_OPTIONS
from deltarule.table_model import TableModel

IRIS = Path(__file__).resolve().parents[2] / "examples" / "iris.csv"
OPTIONS = [option for group in SETTING_OPTIONS.values() for option in group]
AUTOMATIC = ("encoding", "separator", "skip_rows", "decimal")
RECIPE = ("hidden", "batch_size", "epochs", "patience_epochs", "folds")


def train(folder: Path, *words: str) -> TableModel:
    out = str(folder)
    assert main(["train", str(IRIS), "--target", "species", "--out", out, "--quiet", *words]) == 0
    return deltarule.load(folder / "model.safetensors")


def bits(model: TableModel) -> list[Any]:
    return [network.parameters.flat().tobytes() for network in model.networks]


@pytest.fixture(scope="module")
def default_model(tmp_path_factory) -> TableModel:
    return train(tmp_path_factory.mktemp("default"), "--no-report")


@pytest.mark.parametrize(
    ("flag", "default"),
    [
        *((option.flag, option.default) for option in OPTIONS if option.default),
        ("--engine", "auto"),
        ("--threads", "auto"),
        *(
            (option.flag, "auto")
            for option in (*READING_OPTIONS, *CELL_OPTIONS)
            if option.field in AUTOMATIC
        ),
    ],
)
def test_a_typed_default_changes_nothing(flag, default, default_model, tmp_path):
    typed = train(tmp_path, "--no-report", flag, default)
    assert bits(typed) == bits(default_model)
    assert typed.about["settings"] == default_model.about["settings"]


@pytest.mark.parametrize("name", [*RECIPE, "learning_rate"])
def test_typing_the_value_chosen_by_the_recipe_changes_nothing(name, default_model, tmp_path):
    recipe = default_model.about["recipe"]
    value = recipe["optimizer"][name]["learning_rate"] if name == "learning_rate" else recipe[name]
    option = next(option for option in OPTIONS if option.field == name)
    typed = train(
        tmp_path,
        "--no-report",
        option.flag,
        as_argument(tuple(value)) if name == "hidden" else as_argument(value),
    )
    assert bits(typed) == bits(default_model)


def test_a_named_optimizer_is_not_the_default(default_model, tmp_path):
    plain = train(tmp_path, "--no-report", "--optimizer", "adamw")
    assert not np.array_equal(bits(plain), bits(default_model))
