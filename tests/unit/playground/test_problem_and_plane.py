"""Data of toys and tables, and which point of the plane is which row of inputs."""

from __future__ import annotations

import numpy as np
import pytest

from deltarule.data import read_table
from deltarule.errors import ColumnError, DataError, SettingError
from deltarule.playground import prepared_data as problems
from deltarule.playground.experiment import DataChoice, ViewChoice
from deltarule.playground.prepared_data import problem_of
from deltarule.playground.table_sources import readable_name, source_of, uploaded
from deltarule.playground.toy_datasets import BY_NAME, iris_table
from deltarule.playground.view_plane import RESOLUTION, UNIT_RESOLUTION, plane_of
from deltarule.preprocessing import TableEncoder
from deltarule.table_model import TableSettings
from deltarule.table_model.fold_networks import Running
from deltarule.table_model.training_pipeline import prepare

FLOWERS = DataChoice(source="table", name="iris", target="species", validation_share=0.2)


@pytest.fixture(scope="module")
def mixed():
    """A table of every kind of column, some values missing."""
    source = np.random.default_rng(0)
    rows = 200
    size = source.normal(10, 3, rows)
    size[::17] = np.nan
    color = source.choice(["red", "green", "blue"], rows)
    price = 3 * np.nan_to_num(size, nan=10.0) + (color == "red") * 5 + source.normal(size=rows)
    weight = source.uniform(0, 2, rows)
    return read_table({"size": size, "weight": weight, "color": color, "price": price})


@pytest.mark.parametrize("name", BY_NAME)
def test_toys_are_the_same_for_the_same_seed_and_hold_rows_out(name):
    choice = DataChoice(name=name, rows=200, validation_share=0.25)
    one, two = problem_of(choice), problem_of(choice)
    assert np.array_equal(one.inputs, two.inputs)
    assert len(one.validation) == pytest.approx(0.25 * len(one.truth), abs=len(one.classes) + 1)
    assert set(one.training) | set(one.validation) == set(range(len(one.truth)))
    assert len(one.training) + len(one.validation) == len(one.truth)
    assert one.task == BY_NAME[name].task


def test_features_are_what_they_are_called():
    choice = DataChoice(features=("x1_squared", "x1_x2", "sin_x2"))
    problem = problem_of(choice)
    x1, x2 = (problem.table[name].values for name in ("x1", "x2"))
    expected = np.stack([x1 * x1, x1 * x2, np.sin(np.pi * x2)], axis=1)
    assert problem.inputs == pytest.approx(expected, abs=1e-6)


def test_a_table_is_treated_as_train_treats_it():
    problem = problem_of(FLOWERS, iris_table())
    train = np.asarray(problem.training)
    prepared = prepare(
        iris_table(), "species", TableSettings(test_fraction=0.2), Running(), started=0.0
    )
    assert problem.encoder.columns == prepared.encoder.columns
    assert np.array_equal(
        problem.inputs,
        TableEncoder.fit(iris_table(), "species", rows=train).transform(iris_table()),
    )
    assert problem.classes == ("setosa", "versicolor", "virginica")
    assert np.median(problem.inputs[train], axis=0) == pytest.approx(0, abs=0.1)


def test_the_columns_that_tell_most_span_the_plane(mixed):
    feature_selection = pytest.importorskip("sklearn.feature_selection")
    problem = problem_of(FLOWERS, iris_table())
    names = problem.encoder.columns
    values = np.stack([problem.table[name].values for name in names], axis=1)[problem.training]
    f, _ = feature_selection.f_classif(values, problem.truth[problem.training])
    assert problem.axes == tuple(names[i] for i in np.argsort(-f))  # η² grows with F
    assert problem_of(DataChoice(source="table", name="t", target="price"), mixed).axes[0] == "size"


def test_only_chosen_columns_become_inputs(mixed):
    choice = DataChoice(source="table", name="t", target="price", features=("color", "weight"))
    problem = problem_of(choice, mixed)
    assert set(problem.encoder.columns) == {"color", "weight"}
    assert [u.chosen for u in problem.uses] == [False, True, True, False]
    with pytest.raises(ColumnError, match="is the target"):
        problem_of(DataChoice(source="table", target="price", features=("price",)), mixed)


def test_a_large_table_is_thinned_and_says_so(monkeypatch):
    monkeypatch.setattr(problems, "MAX_ROWS", 100)
    problem = problem_of(FLOWERS, iris_table())
    assert len(problem.truth) == 100
    assert problem.total == 150
    assert "100 of 150 rows are taken, by chance." in problem.notes
    assert (np.diff(problem.numbers) > 0).all()


def test_a_table_that_is_not_there_is_asked_for():
    with pytest.raises(SettingError, match="drop its file on the page"):
        problem_of(FLOWERS)


def test_other_columns_are_held_at_their_median(mixed):
    choice = DataChoice(source="table", name="t", target="price")
    problem = problem_of(choice, mixed)
    plane = plane_of(problem, ViewChoice(x="weight", y="size"), None)
    assert (plane.kind, plane.x.label, plane.y.label) == ("plane", "weight", "size")
    at = list(problem.encoder.feature_names)
    colors = problem.table["color"].texts()[problem.training]
    most_frequent = max(("blue", "green", "red"), key=lambda color: (colors == color).sum())
    held = {name: plane.inputs[:, at.index(f"color={name}")] for name in ("blue", "green", "red")}
    assert all((values == values[0]).all() for values in held.values())
    assert max(held, key=lambda name: held[name][0]) == most_frequent
    # A row's own input is that of the place where it lies on the axis.
    index = at.index("weight")
    axis = np.linspace(plane.x.low, plane.x.high, RESOLUTION)
    along = plane.inputs[:RESOLUTION, index]
    weights = problem.table["weight"].values
    assert np.interp(weights, axis, along) == pytest.approx(problem.inputs[:, index], abs=0.01)


def test_other_columns_can_be_held_at_a_sample():
    problem = problem_of(FLOWERS, iris_table())
    view = ViewChoice(x="sepal_length", y="sepal_width", others="sample")
    plane = plane_of(problem, view, 140)
    petals = plane.inputs[:, 2:]
    assert (petals == problem.inputs[140, 2:]).all()
    median = plane_of(problem, view, None)
    assert not np.array_equal(median.inputs, plane.inputs)


def test_components_are_those_of_scikit_learn():
    decomposition = pytest.importorskip("sklearn.decomposition")
    problem = problem_of(FLOWERS, iris_table())
    plane = plane_of(problem, ViewChoice(kind="components"), None)
    theirs = decomposition.PCA(2).fit(problem.inputs[problem.training].astype(float))
    expected = theirs.transform(problem.inputs.astype(float))
    assert np.abs(plane.points) == pytest.approx(np.abs(expected), abs=1e-4)
    assert f"{theirs.explained_variance_ratio_[0]:.0%}" in plane.x.label
    # A point of the grid, sent through the components, is that point.
    corner = theirs.transform(plane.inputs[:1].astype(float))[0]
    assert np.abs(corner) == pytest.approx(np.abs([plane.x.low, plane.y.low]), abs=1e-4)


def test_one_input_is_a_line(mixed):
    choice = DataChoice(source="table", name="t", target="price", features=("size",))
    problem = problem_of(choice, mixed)
    plane = plane_of(problem, ViewChoice(), None)
    assert plane.kind == "line"
    assert len(plane.inputs) == RESOLUTION
    assert plane.thinned(plane.inputs).shape[1:] == (1, UNIT_RESOLUTION)
    assert np.array_equal(plane.points[:, 1], problem.truth)
    flowers = DataChoice(source="table", name="i", target="species", features=("petal_width",))
    line = plane_of(problem_of(flowers, iris_table()), ViewChoice(), None)
    assert (line.y.low, line.y.high) == (-0.5, 2.5)


def test_texts_alone_are_shown_on_their_components(mixed):
    choice = DataChoice(source="table", name="t", target="price", features=("color",))
    plane = plane_of(problem_of(choice, mixed), ViewChoice(), None)
    assert plane.kind == "plane"
    assert plane.x.label.startswith("component 1")


def test_an_axis_must_be_a_number_column(mixed):
    problem = problem_of(DataChoice(source="table", name="t", target="price"), mixed)
    with pytest.raises(ColumnError, match="'color' cannot be an axis"):
        plane_of(problem, ViewChoice(x="color"), None)


def test_the_target_is_guessed_as_the_last_that_can_be(mixed):
    assert source_of(mixed, "t").experiment.data.target == "price"
    assert source_of(iris_table(), "i").experiment.data.target == "species"
    with pytest.raises(ColumnError, match="no column 'x'"):
        source_of(mixed, "t", "x")


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\x\\passwd", "/etc/passwd"])
def test_an_uploaded_name_is_never_a_path(name):
    table = b"a,b\n" + b"\n".join(b"%d,%d" % (i, i * i % 7) for i in range(30))
    assert uploaded(name, table).name == "passwd"
    assert readable_name("a\x1b[31m\nb") == "a[31mb"
    assert readable_name(None) == readable_name("///") == "table"


@pytest.mark.parametrize("body", [b"", None, b"\x89PNG\r\n\x1a\n" + bytes(50), b"a\n1\n1\n"])
def test_a_file_that_is_no_table_is_refused_in_a_sentence(body):
    with pytest.raises((DataError, ValueError)) as caught:
        uploaded("x.csv", body)
    assert str(caught.value).rstrip().endswith((".", "?"))
