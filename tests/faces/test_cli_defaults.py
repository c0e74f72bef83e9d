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


DEFAULTS = [
    *((option.flag, option.default) for option in OPTIONS if option.default),
    ("--engine", "auto"),
    ("--threads", "auto"),
    *(
        (option.flag, "auto")
        for option in (*READING_OPTIONS, *CELL_OPTIONS)
        if option.field in AUTOMATIC
    ),
]
SMALL = ("--no-report", "--hidden", "8")
SHORT = ("--no-report", "--epochs", "2")


@pytest.fixture(scope="module")
def default_model(tmp_path_factory) -> TableModel:
    return train(tmp_path_factory.mktemp("default"), "--no-report")


@pytest.fixture(scope="module")
def small_model(tmp_path_factory) -> TableModel:
    return train(tmp_path_factory.mktemp("small"), *SMALL)


@pytest.fixture(scope="module")
def short_model(tmp_path_factory) -> TableModel:
    return train(tmp_path_factory.mktemp("short"), *SHORT)


@pytest.mark.parametrize(("flag", "default"), DEFAULTS)
def test_a_typed_default_changes_nothing(flag, default, small_model, short_model, tmp_path):
    words, model = (SHORT, short_model) if flag == "--hidden" else (SMALL, small_model)
    typed = train(tmp_path, *words, flag, default)
    assert bits(typed) == bits(model)
    assert typed.about["settings"] == model.about["settings"]


def test_all_typed_defaults_change_nothing(default_model, tmp_path):
    typed = train(tmp_path, "--no-report", *(word for option in DEFAULTS for word in option))
    assert bits(typed) == bits(default_model)
    assert typed.about["settings"] == default_model.about["settings"]


@pytest.mark.parametrize("name", [*RECIPE, "learning_rate"])
def test_typing_the_value_chosen_by_the_recipe_changes_nothing(
    name, small_model, short_model, tmp_path
):
    words, model = (SHORT, short_model) if name == "hidden" else (SMALL, small_model)
    recipe = model.about["recipe"]
    value = recipe["optimizer"][name]["learning_rate"] if name == "learning_rate" else recipe[name]
    option = next(option for option in OPTIONS if option.field == name)
    typed = train(
        tmp_path,
        *words,
        option.flag,
        as_argument(tuple(value)) if name == "hidden" else as_argument(value),
    )
    assert bits(typed) == bits(model)


def test_a_named_optimizer_is_not_the_default(small_model, tmp_path):
    plain = train(tmp_path, *SMALL, "--optimizer", "adamw")
    assert not np.array_equal(bits(plain), bits(small_model))
