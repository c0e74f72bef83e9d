"""Data of toys and tables, and which point of the plane is which row of inputs."""

from __future__ import annotations

import gzip

import numpy as np
import pytest

from deltarule.data import read_table
from deltarule.errors import ColumnError, DataError, SettingError, TableFileError
from deltarule.playground import prepared_data as module
from deltarule.playground import table_sources
from deltarule.playground.experiment import DataChoice, ViewChoice
from deltarule.playground.input_plane import RESOLUTION, UNIT_RESOLUTION, axis_names, plane_for
from deltarule.playground.prepared_data import prepare_data
from deltarule.playground.table_sources import readable_name, source_of, uploaded_table
from deltarule.playground.toy_datasets import TOYS_BY_NAME, iris_table
from deltarule.preprocessing import TableEncoder
from deltarule.table_model import TableSettings
from deltarule.table_model.fold_networks import RunOptions
from deltarule.table_model.table_preparation import prepare

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


@pytest.mark.parametrize("name", TOYS_BY_NAME)
def test_toy_datasets_depend_only_on_the_seed_and_have_validation_rows(name):
    choice = DataChoice(name=name, rows=200, validation_share=0.25)
    one, two = prepare_data(choice), prepare_data(choice)
    assert np.array_equal(one.inputs, two.inputs)
    assert len(one.validation) == pytest.approx(0.25 * len(one.truth), abs=len(one.classes) + 1)
    assert set(one.training) | set(one.validation) == set(range(len(one.truth)))
    assert len(one.training) + len(one.validation) == len(one.truth)
    assert one.task == TOYS_BY_NAME[name].task


def test_features_match_their_formulas():
    choice = DataChoice(features=("x1_squared", "x1_x2", "sin_x2"))
    prepared = prepare_data(choice)
    x1, x2 = (prepared.table[name].values for name in ("x1", "x2"))
    expected = np.stack([x1 * x1, x1 * x2, np.sin(np.pi * x2)], axis=1)
    assert prepared.inputs == pytest.approx(expected, abs=1e-6)


def test_a_table_is_encoded_as_train_encodes_it():
    prepared = prepare_data(FLOWERS, iris_table())
    train = np.asarray(prepared.training)
    trained = prepare(
        iris_table(), "species", TableSettings(test_fraction=0.2), RunOptions(), started=0.0
    )
    assert prepared.encoder.columns == trained.encoder.columns
    assert np.array_equal(
        prepared.inputs,
        TableEncoder.fit(iris_table(), "species", rows=train).transform(iris_table()),
    )
    assert prepared.classes == ("setosa", "versicolor", "virginica")
    assert np.median(prepared.inputs[train], axis=0) == pytest.approx(0, abs=0.1)


def test_the_most_informative_columns_span_the_input_plane(mixed):
    feature_selection = pytest.importorskip("sklearn.feature_selection")
    prepared = prepare_data(FLOWERS, iris_table())
    names = prepared.encoder.columns
    values = np.stack([prepared.table[name].values for name in names], axis=1)[prepared.training]
    f, _ = feature_selection.f_classif(values, prepared.truth[prepared.training])
    assert prepared.axes == names == tuple(n for n in iris_table().names if n != "species")
    assert prepared.first_axes == tuple(
        names[i] for i in sorted(np.argsort(-f)[:2])
    )  # η² grows with F
    price = prepare_data(DataChoice(source="table", name="t", target="price"), mixed)
    assert "size" in price.first_axes


@pytest.mark.parametrize(
    ("x", "y", "expected"),
    [
        (None, None, ("petal_length", "petal_width")),
        ("petal_width", None, ("petal_width", "petal_length")),
        (None, "sepal_width", ("petal_length", "sepal_width")),
        ("petal_length", "petal_length", ("petal_length", "petal_width")),
    ],
)
def test_axes_keep_the_order_of_the_columns_unless_they_are_chosen(x, y, expected):
    assert axis_names(prepare_data(FLOWERS, iris_table()), ViewChoice(x=x, y=y)) == expected


def test_only_chosen_columns_become_inputs(mixed):
    choice = DataChoice(source="table", name="t", target="price", features=("color", "weight"))
    prepared = prepare_data(choice, mixed)
    assert set(prepared.encoder.columns) == {"color", "weight"}
    assert [u.chosen for u in prepared.uses] == [False, True, True, False]
    with pytest.raises(ColumnError, match="is the target"):
        prepare_data(DataChoice(source="table", target="price", features=("price",)), mixed)


def test_a_large_table_is_sampled_with_a_note(monkeypatch):
    monkeypatch.setattr(module, "MAX_ROWS", 100)
    prepared = prepare_data(FLOWERS, iris_table())
    assert len(prepared.truth) == 100
    assert prepared.total == 150
    assert "100 of 150 rows are used, chosen at random." in prepared.notes
    assert (np.diff(prepared.numbers) > 0).all()


def test_a_missing_table_is_an_error_that_asks_for_it():
    with pytest.raises(SettingError, match="drop its file on the page"):
        prepare_data(FLOWERS)


def test_other_columns_keep_their_median(mixed):
    choice = DataChoice(source="table", name="t", target="price")
    prepared = prepare_data(choice, mixed)
    plane = plane_for(prepared, ViewChoice(x="weight", y="size"), None)
    assert (plane.kind, plane.x.label, plane.y.label) == ("plane", "weight", "size")
    at = list(prepared.encoder.feature_names)
    colors = prepared.table["color"].texts()[prepared.training]
    most_frequent = max(("blue", "green", "red"), key=lambda color: (colors == color).sum())
    held = {name: plane.inputs[:, at.index(f"color={name}")] for name in ("blue", "green", "red")}
    assert all((values == values[0]).all() for values in held.values())
    assert max(held, key=lambda name: held[name][0]) == most_frequent
    # A row's own input is that of the place where it lies on the axis.
    index = at.index("weight")
    axis = np.linspace(plane.x.low, plane.x.high, RESOLUTION)
    along = plane.inputs[:RESOLUTION, index]
    weights = prepared.table["weight"].values
    assert np.interp(weights, axis, along) == pytest.approx(prepared.inputs[:, index], abs=0.01)


def test_other_columns_can_keep_the_values_of_a_sample():
    prepared = prepare_data(FLOWERS, iris_table())
    view = ViewChoice(x="sepal_length", y="sepal_width", others="sample")
    plane = plane_for(prepared, view, 140)
    petals = plane.inputs[:, 2:]
    assert (petals == prepared.inputs[140, 2:]).all()
    median = plane_for(prepared, view, None)
    assert not np.array_equal(median.inputs, plane.inputs)


def test_components_match_scikit_learn():
    decomposition = pytest.importorskip("sklearn.decomposition")
    prepared = prepare_data(FLOWERS, iris_table())
    plane = plane_for(prepared, ViewChoice(kind="components"), None)
    theirs = decomposition.PCA(2).fit(prepared.inputs[prepared.training].astype(float))
    expected = theirs.transform(prepared.inputs.astype(float))
    assert np.abs(plane.points) == pytest.approx(np.abs(expected), abs=1e-4)
    assert f"{theirs.explained_variance_ratio_[0]:.0%}" in plane.x.label
    # A point of the grid, sent through the components, is that point.
    corner = theirs.transform(plane.inputs[:1].astype(float))[0]
    assert np.abs(corner) == pytest.approx(np.abs([plane.x.low, plane.y.low]), abs=1e-4)


def test_a_single_input_gives_a_line(mixed):
    choice = DataChoice(source="table", name="t", target="price", features=("size",))
    prepared = prepare_data(choice, mixed)
    plane = plane_for(prepared, ViewChoice(), None)
    assert plane.kind == "line"
    assert len(plane.inputs) == RESOLUTION
    assert plane.thinned(plane.inputs).shape[1:] == (1, UNIT_RESOLUTION)
    assert np.array_equal(plane.points[:, 1], prepared.truth)
    flowers = DataChoice(source="table", name="i", target="species", features=("petal_width",))
    line = plane_for(prepare_data(flowers, iris_table()), ViewChoice(), None)
    assert (line.y.low, line.y.high) == (-0.5, 2.5)


def test_text_columns_alone_are_shown_on_their_components(mixed):
    choice = DataChoice(source="table", name="t", target="price", features=("color",))
    plane = plane_for(prepare_data(choice, mixed), ViewChoice(), None)
    assert plane.kind == "plane"
    assert plane.x.label.startswith("component 1")


def test_an_axis_must_be_a_numeric_column(mixed):
    prepared = prepare_data(DataChoice(source="table", name="t", target="price"), mixed)
    with pytest.raises(ColumnError, match="'color' cannot be an axis"):
        plane_for(prepared, ViewChoice(x="color"), None)


def test_the_guessed_target_is_the_last_possible_column(mixed):
    assert source_of(mixed, "t").experiment.data.target == "price"
    assert source_of(iris_table(), "i").experiment.data.target == "species"
    with pytest.raises(ColumnError, match="no column 'x'"):
        source_of(mixed, "t", "x")


@pytest.mark.parametrize("name", ["../../etc/passwd", "C:\\x\\passwd", "/etc/passwd"])
def test_an_uploaded_name_is_never_a_path(name):
    table = b"a,b\n" + b"\n".join(b"%d,%d" % (i, i * i % 7) for i in range(30))
    assert uploaded_table(name, table).name == "passwd"
    assert readable_name("a\x1b[31m\nb") == "a[31mb"
    assert readable_name("") == readable_name("///") == "table"


@pytest.mark.parametrize("body", [b"", None, b"\x89PNG\r\n\x1a\n" + bytes(50), b"a\n1\n1\n"])
def test_a_file_that_is_not_a_table_is_refused(body):
    with pytest.raises((DataError, ValueError)) as caught:
        uploaded_table("x.csv", body)
    assert str(caught.value).rstrip().endswith((".", "?"))


def test_an_upload_that_unpacks_to_more_than_is_allowed_is_refused(monkeypatch):
    body = gzip.compress(b"a,b\n" + b"1,x\n2,y\n" * 1000)
    assert uploaded_table("t.csv.gz", body).table.rows == 2000
    monkeypatch.setattr(table_sources, "MAX_UNPACKED_BYTES", 1000)
    with pytest.raises(TableFileError, match="the most that is allowed here"):
        uploaded_table("t.csv.gz", body)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n\n\n",
        b"a,b\n1\n",
        b'a,b\n"1,2\n3,4\n',
        b"PAR1xxxxPAR1",
        gzip.compress(b"a,b\n1,2\n" * 50, mtime=0)[:30],
    ],
)
def test_a_dropped_file_is_called_by_its_name(content):
    with pytest.raises((DataError, TableFileError), match=r"\Aflowers\.csv") as refused:
        uploaded_table("C:\\tables\\flowers.csv", content)
    assert "/tmp" not in str(refused.value)
