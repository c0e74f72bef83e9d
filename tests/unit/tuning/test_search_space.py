"""Configurations: the recipe is one of them, and what the user fixed is never drawn."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest

import deltarule as dr
from deltarule.embeddings import Category, Periodic, PiecewiseLinear, Plain
from deltarule.optimizers import AdamW
from deltarule.schedules import CosineCycles, FlatCosine
from deltarule.table_model.fold_networks import RunOptions
from deltarule.table_model.recipe_networks import with_recipe
from deltarule.table_model.settings import TableSettings
from deltarule.table_model.table_preparation import prepare
from deltarule.tuning import Configuration
from deltarule.tuning.search_space import SearchSpace, recipe_values

TABLE = {
    "x": np.linspace(-3, 3, 120),
    "shop": np.array([f"shop {i % 15}" for i in range(120)]),
    "y": np.where(np.linspace(-3, 3, 120) ** 2 > 2, "far", "near"),
}


def design(**fields):
    table = dr.data.read_table(TABLE)
    return prepare(table, "y", TableSettings(**fields), RunOptions(), started=0.0).design


def space(of, **fields) -> SearchSpace:
    roles = [feature.role for feature in of.encoder.features]
    return SearchSpace.of_table(of.recipe, TableSettings(**fields), of.target.task, roles, rows=84)


def test_the_default_configuration_is_the_recipe():
    found = design()
    default = space(found).draw(0, 0)
    assert default == Configuration()
    assert default.recipe(found.recipe) == found.recipe
    assert with_recipe(found.network, found.recipe, found.target.task) == found.network


def test_a_configuration_changes_what_it_names():
    base = design().recipe
    changed = Configuration(
        hidden=(64,), activation="relu", learned_activation=False, numbers="periodic",
        embedding_width=6, category_width=3, learning_rate=0.02, weight_decay=0.0, dropout=0.1,
        label_smoothing=0.05, batch_size=10,
    ).recipe(base)  # fmt: skip
    assert (changed.hidden, changed.activation, changed.learned_activation) == (
        (64,),
        "relu",
        False,
    )
    assert (changed.periodic_width, changed.piece_width, changed.category_width) == (6, 0, 3)
    assert changed.optimizer == dataclasses.replace(
        base.optimizer, learning_rate=CosineCycles(0.02), weight_decay=0.0
    )
    assert isinstance(changed.optimizer, AdamW)
    assert changed.dropout == FlatCosine(0.1)
    assert (changed.label_smoothing, changed.batch_size) == (0.05, 10)
    assert (changed.epochs, changed.folds) == (base.epochs, base.folds)


def test_values_are_read_from_the_recipe():
    base = design().recipe
    drawn = space(design()).draw(3, 5)
    values = recipe_values(drawn.recipe(base))
    for name, value in drawn.to_json().items():
        if name != "embedding_width" or drawn.numbers != "none":
            assert values[name] == value, name


def test_trials_differ_and_are_drawn_from_the_seed():
    of = space(design())
    drawn = [of.draw(7, number) for number in range(200)]
    assert drawn[0] == drawn[1] == Configuration()
    assert len(set(drawn)) == 199
    assert drawn == [of.draw(7, number) for number in range(200)]
    assert drawn[2] != of.draw(8, 2)
    base = of.base.optimizer.learning_rate.learning_rate
    rates = np.array([c.learning_rate for c in drawn[2:]])
    assert base / 4 <= rates.min() < 0.5 * base
    assert 2 * base < rates.max() <= 4 * base
    assert abs(np.log(rates / base).mean()) < 0.2  # as often below the recipe's as above
    assert {c.numbers for c in drawn[2:]} == {"both", "periodic", "piecewise", "none"}


def test_what_was_given_is_not_drawn():
    fields = {"hidden": (4,), "activation": "tanh", "dropout": 0.0, "learning_rate": 0.1}
    of = space(design(**fields), **fields)
    assert not {*fields, "learned_activation"} & {*of.names}
    drawn = of.draw(0, 2)
    assert drawn.hidden is None
    assert drawn.recipe(of.base).hidden == (4,)
    assert "weight_decay" not in space(design(optimizer="sgd"), optimizer="sgd").names


def test_one_setting_less_changes_no_other():
    free, fixed = space(design()), space(design(), dropout=0.2)
    for number in (2, 3, 4):
        assert dataclasses.replace(free.draw(0, number), dropout=None) == fixed.draw(0, number)


@pytest.mark.parametrize(
    ("numbers", "kinds"),
    [
        ("both", [Periodic, PiecewiseLinear, Category]),
        ("periodic", [Periodic, Category]),
        ("piecewise", [PiecewiseLinear, Category]),
        ("none", [Plain, Category]),
    ],
)
def test_networks_have_the_embeddings_of_their_recipe(numbers, kinds):
    found = design()
    recipe = Configuration(numbers=numbers, embedding_width=3, category_width=5).recipe(
        found.recipe
    )
    columns = with_recipe(found.network, recipe, found.target.task).layers[0].columns
    assert [type(column) for column in columns] == kinds
    assert {c.width for c in columns if not isinstance(c, Plain)} <= {3, 5}
    old = {type(c): c for c in found.network.layers[0].columns}
    pieces = [c for c in columns if isinstance(c, PiecewiseLinear)]
    assert all(c.edges == old[PiecewiseLinear].edges for c in pieces)


def test_a_network_without_hidden_layers_has_no_settings_of_them():
    found = design(hidden=())
    names = space(found, hidden=()).names
    assert not {"hidden", "activation", "learned_activation", "dropout"} & set(names)
    assert {"numbers", "learning_rate", "weight_decay", "label_smoothing"} <= set(names)
