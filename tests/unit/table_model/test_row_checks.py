"""Rows to predict are compared with the training rows: unseen values, numbers out of range, shifts."""

from __future__ import annotations

import numpy as np
import pytest

import deltarule as dr
from deltarule.errors import ModelFileError
from deltarule.table_model.training_distribution import (
    column_distribution,
    distribution_arrays,
    distributions_from_arrays,
)

RNG = np.random.default_rng(0)
ROWS = 600
X = RNG.normal(size=ROWS)
TABLE = {
    "x": X,
    "day": np.datetime64("2024-01-01") + (np.arange(ROWS) % 100).astype("timedelta64[D]"),
    "color": RNG.choice(["red", "green", "blue", None], ROWS),
    "flag": X > 0,
    "y": X + RNG.normal(size=ROWS),
}
SETTINGS = {"epochs": 2, "folds": 2, "hidden": (4,)}


@pytest.fixture(scope="module")
def model(tmp_path_factory) -> dr.TableModel:
    path = tmp_path_factory.mktemp("model") / "m.safetensors"
    dr.train(TABLE, "y", **SETTINGS).model.save(path)
    return dr.load(path)


def rows(**changes) -> dict:
    first = {name: values[:300].copy() for name, values in TABLE.items()}
    return first | {"x": np.clip(first["x"], -2, 2)} | changes


def test_rows_like_the_training_rows_have_no_note(model):
    assert model.predict(TABLE).notes == ()
    assert model.predict(rows()).notes == ()
    assert model.predict({name: values[:1] for name, values in TABLE.items()}).notes == ()


def test_unseen_categories_are_counted_with_an_example(model):
    color = TABLE["color"][:300].copy()
    color[[3, 7]] = "purple", "pink"
    (note,) = model.predict(rows(color=color)).notes
    assert note == (
        "2 of 300 rows have values that the training rows did not have: 'color' (2 rows, for example "
        "'purple')."
    )


def test_numbers_and_days_outside_the_range_are_counted_with_the_farthest(model):
    x, day = rows()["x"], rows()["day"]
    x[[0, 1]] = 50, -9
    day[1] = np.datetime64("2030-05-01")
    (note,) = model.predict(rows(x=x, day=day)).notes
    assert note.startswith(
        "2 of 300 rows have numbers outside the range of the training rows: 'x' (2 rows, up to 50, in "
        "training "
    )
    assert "'day' (1 row, up to 2030-05-01, in training 2024-04-09)" in note


def test_one_number_just_outside_the_range_is_what_chance_brings(model):
    x = rows()["x"]
    x[0] = model.distributions[0].edges[-1] + 0.01
    assert model.predict(rows(x=x)).notes == ()
    x[:30] = x[0]
    assert "'x' (30 rows, up to" in " ".join(model.predict(rows(x=x)).notes)


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"x": TABLE["x"][:300] * 0.2 + 1}, "x"),
        ({"x": np.where(np.arange(300) % 2, np.nan, TABLE["x"][:300])}, "x"),
        ({"color": np.array(["red"] * 300, object)}, "color"),
        ({"flag": np.ones(300, bool)}, "flag"),
        ({"day": np.array(["2024-01-03"] * 300, "datetime64[D]")}, "day"),
    ],
)
def test_shifted_columns_are_named(model, change, column):
    (note,) = model.predict(rows(**change)).notes
    assert note.startswith("1 column is distributed differently than in training")
    assert f"'{column}' (" in note


def test_few_rows_are_not_compared(model):
    few = {name: values[:100] for name, values in rows(flag=np.ones(300, bool)).items()}
    assert model.predict(few).notes == ()


def test_the_index_by_hand():
    """Half of the rows below each decile: Σ (p − q) ln(p / q) for p = (1, 0) and q = (½, ½)."""
    trained = column_distribution(np.array([0.0, 1.0] * 50), is_text=False)
    bins = len(trained.shares)
    new = (np.bincount([bins - 2], minlength=bins) * 100 + 0.5) / (100 + 0.5 * bins)
    old = (trained.shares * 100 + 0.5) / (100 + 0.5 * bins)
    found = trained.shift(np.ones(100), 100, is_text=False)
    assert found == pytest.approx(((new - old) * np.log(new / old)).sum())
    assert found > 1
    assert trained.shift(np.array([0.0, 1.0] * 50), 100, is_text=False) == pytest.approx(0)


def test_chance_is_no_shift():
    """Of 300 random pairs of samples of one distribution none is shifted."""
    from deltarule.table_model.row_checks import _shift_limit

    for _ in range(300):
        trained = column_distribution(RNG.normal(size=60), is_text=False)
        assert trained.shift(RNG.normal(size=200), 200, is_text=False) < _shift_limit(trained, 200)


def test_new_rows_of_a_heavy_tail_and_of_few_rows_are_what_chance_brings():
    from deltarule.table_model.row_checks import _outside

    found = {}
    for name, rows, draw in [
        ("log-normal", 1000, lambda size: RNG.lognormal(0, 2, size)),
        ("normal", 1000, RNG.normal),
        ("uniform", 30, RNG.random),
        ("normal of few rows", 30, lambda size: RNG.normal(size=size)),
    ]:
        noted = 0
        for _ in range(60):
            edges = column_distribution(draw(size=rows), is_text=False).edges
            noted += _outside(draw(size=rows), edges, rows)[1] != ""
        found[name] = noted
    assert max(found.values()) <= 4, found  # of 60
    edges = column_distribution(RNG.normal(size=30), is_text=False).edges
    assert _outside(np.array([0, 9.0]), edges, 30)[1].startswith("up to 9, in training")


def test_repeated_rows_are_counted_as_often_as_they_are():
    """Training merges equal rows; their shares are those of the table."""
    table = {"x": np.repeat([0.0, 1.0, 2.0], [800, 100, 100]), "y": np.arange(1000) % 7 * 1.0}
    table["x"][:50] = np.linspace(3, 4, 50)
    assert dr.train(table, "y", **SETTINGS).model.predict(table).notes == ()


def test_distributions_round_trip_and_damaged_ones_are_refused():
    columns = [
        column_distribution(RNG.normal(size=50), is_text=False),
        column_distribution(np.full(5, np.nan), is_text=False),
        column_distribution(np.array([0, 2, 2, -1]), is_text=True),
        column_distribution(np.array(["2024-01-01", "NaT"], "datetime64[us]"), is_text=False),
        column_distribution(np.array([-1.7e308, 1.7e308, 0.0]), is_text=False),
    ]
    arrays = distribution_arrays(columns)
    found = distributions_from_arrays(dict(arrays), 5, "m")
    for one, other in zip(columns, found, strict=True):
        np.testing.assert_array_equal(one.edges, other.edges)
        np.testing.assert_array_equal(one.shares, other.shares)
    assert distributions_from_arrays({}, 5, "m") == ()
    for name, array in arrays.items():
        wrong = array * np.nan if name == "training.edges" else array - 9
        for damaged in (None, array[:-1], array[None], wrong):
            changed = {k: v for k, v in (arrays | {name: damaged}).items() if v is not None}
            with pytest.raises(ModelFileError, match="distribution"):
                distributions_from_arrays(changed, 5, "m")


@pytest.mark.parametrize("is_text", [False, True])
def test_distributions_whose_edges_do_not_increase_are_refused(is_text):
    arrays = distribution_arrays([column_distribution(np.arange(20), is_text=is_text)])
    for edges in (arrays["training.edges"][::-1], np.maximum(arrays["training.edges"], 2.0)):
        with pytest.raises(ModelFileError, match="distribution"):
            distributions_from_arrays(arrays | {"training.edges": edges}, 1, "m")
