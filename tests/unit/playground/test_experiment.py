"""Experiments as JSON and as the short form of an address."""

from __future__ import annotations

import dataclasses
import json
import re

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from deltarule.errors import DataError, SettingError
from deltarule.playground.catalog import catalog
from deltarule.playground.experiment import (
    DataChoice,
    Experiment,
    LayerChoice,
    NetworkChoice,
    OutputChoice,
    TrainingChoice,
    ViewChoice,
    hidden_activations,
    optimizers,
)
from deltarule.playground.page_labels import page_message
from deltarule.playground.presets import PRESETS, PRESETS_BY_NAME
from deltarule.playground.protocol.requests import OpenRequest, UploadRequest
from deltarule.playground.url_fragment import from_fragment, to_fragment
from deltarule.playground.workspace import Workspace
from deltarule.schedules import SCHEDULES

names = st.text(min_size=1, max_size=12)
shares = st.floats(0, 0.9, allow_subnormal=False)
layers = st.builds(
    LayerChoice,
    units=st.integers(1, 128),
    activation=st.sampled_from(hidden_activations()),
    dropout=shares,
    l1=shares,
    l2=shares,
)
experiments = st.builds(
    Experiment,
    st.builds(
        DataChoice,
        source=st.sampled_from(["toy", "table"]),
        name=names,
        rows=st.integers(20, 2000),
        noise=st.floats(0, 0.5),
        features=st.lists(names, max_size=3).map(tuple),
        target=st.none() | names,
        seed=st.integers(0, 2**32 - 1),
    ),
    st.builds(
        NetworkChoice,
        st.lists(layers, max_size=8).map(tuple),
        st.builds(OutputChoice, l2=shares),
        st.sampled_from(["glorot", "he"]),
    ),
    st.builds(
        TrainingChoice,
        optimizer=st.sampled_from(optimizers()),
        schedule=st.sampled_from(SCHEDULES.names),
        learning_rate=st.floats(1e-6, 10),
        clip_norm=st.none() | st.floats(0.1, 5),
        patience_epochs=st.none() | st.integers(1, 99),
    ),
    st.builds(
        ViewChoice,
        x=st.none() | names,
        discrete=st.booleans(),
        lesson=st.none() | st.sampled_from(sorted(PRESETS_BY_NAME)),
        lecture=st.booleans(),
        locked=st.booleans(),
        hidden=st.lists(st.sampled_from(["data", "training", "share", "layers"]), max_size=4).map(
            tuple
        ),
    ),
)


@given(experiments)
def test_json_and_address_round_trip(experiment):
    assert Experiment.from_json(json.loads(json.dumps(experiment.to_json()))) == experiment
    assert from_fragment(to_fragment(experiment)) == experiment


@given(st.text(max_size=60))
def test_any_address_is_an_experiment_or_an_error(text):
    said = ""
    try:
        from_fragment(text)
    except SettingError as error:
        said = str(error)
    assert said == "" or said.endswith((".", "?"))


def test_an_address_contains_only_non_default_settings():
    assert to_fragment(Experiment()) == ""
    changed = dataclasses.replace(Experiment(), data=DataChoice(seed=3))
    assert to_fragment(changed) == "dataseed=3"
    assert from_fragment("layers=8tanh,4relu:dropout=0.2").network.layers == (
        LayerChoice(8, "tanh"),
        LayerChoice(4, "relu", dropout=0.2),
    )


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        ({"training": {"learning_rat": 1}}, "Did you mean 'learning_rate'?"),
        ({"training": {"learning_rate": float("nan")}}, "`training.learning_rate` must be"),
        ({"network": {"layers": [{"units": 1000}]}}, "`layers.units` must be"),
        ({"network": {"layers": [{}] * 9}}, "at most 8 hidden layers"),
        ({"data": {"source": "/etc/passwd"}}, "`data.source` must be one of toy, table"),
        ({"version": 99}, "newer deltarule"),
        ([], "must be an object"),
        ({"data": {"features": "x1"}}, "experiment.data.features must be a list, got 'x1'"),
        ({"data": {"features": ["x1", 2]}}, "data.features[1] must be text, got 2"),
        ({"network": {"layers": {}}}, "experiment.network.layers must be a list, got {}"),
        ({"network": {"layers": [{}, 3]}}, "layers[1] must be an object with keys, got 3"),
        (
            {"view": {"hidden": ["data", "everything"]}},
            "`view.hidden` must be one of curves, data",
        ),
        ({"network": {"output": {"unit": 3}}}, "network.output has unknown keys: 'unit'."),
    ],
)
def test_invalid_experiments_are_refused(data, sentence):
    with pytest.raises(SettingError, match=re.escape(sentence)):
        Experiment.from_json(data)


def test_an_address_hides_parts_and_starts_a_lecture():
    experiment = from_fragment("lecture=yes&locked=yes&hide=data,training&lesson=xor")
    assert experiment.view.hidden == ("data", "training")
    assert experiment.view.lecture
    assert experiment.view.locked
    assert to_fragment(experiment) == "lesson=xor&lecture=yes&locked=yes&hide=data,training"


def test_an_unknown_lesson_is_refused():
    said = Workspace().open_fragment("lesson=xo")
    assert said is not None
    assert "Did you mean 'xor'?" in said


@pytest.mark.parametrize("text", ["layers=8tanh,x", "rows=many", "nonsense=1", "layers=3tanh:l9=1"])
def test_an_unreadable_address_names_the_setting(text):
    with pytest.raises(SettingError, match="The address has"):
        from_fragment(text)


def test_the_catalog_is_strict_json_and_offers_what_experiments_take():
    offered = json.loads(json.dumps(msgspec.to_builtins(catalog()), allow_nan=False))
    for preset, shown in zip(PRESETS, offered["presets"], strict=True):
        assert Experiment.from_json(shown["experiment"]) == preset.experiment
    for family, field in (
        ("optimizers", "optimizer"),
        ("schedules", "schedule"),
        ("losses", "loss"),
    ):
        for choice in offered[family]:
            TrainingChoice(**{field: choice["name"]})
    for toy in offered["toys"]:
        assert all(0 <= number <= 1 for x, y, _ in toy["preview"] for number in (x, y))


def test_errors_name_settings_as_the_page_does() -> None:
    with pytest.raises(SettingError) as caught:
        Experiment(training=TrainingChoice(learning_rate=-1))
    assert page_message(caught.value).startswith("Learning rate must be between")


def test_a_changed_file_of_the_same_name_replaces_the_rows_and_starts_anew() -> None:
    workspace = Workspace("reference")
    rows = [(i, 0.5 + i % 7) for i in range(40)]
    body = "a,b\n" + "".join(f"{a},{b}\n" for a, b in rows)
    workspace.upload(UploadRequest(name="t.csv", body=body.encode()))
    workspace.run.train(2)
    body = "a,b\n" + "".join(f"{a},{-b}\n" for a, b in rows)
    workspace.upload(UploadRequest(name="t.csv", body=body.encode()))
    assert workspace.run.epoch == 0
    assert workspace.run.prepared.truth.ravel().tolist() == [-b for _, b in rows]


@pytest.mark.parametrize("by", ["link", "file"])
def test_settings_opened_without_their_table_are_those_of_the_table_dropped_next(by: str) -> None:
    link = "source=table&data=t.csv&target=a&rate=0.5&layers=3relu"
    rows = b"a,b,c\n" + b"".join(b"%d,%d,%d\n" % (i, i % 3, i % 2) for i in range(20))
    workspace = Workspace("reference")
    if by == "link":
        assert "drop its file" in str(workspace.open_fragment(link))
    else:
        saved = json.dumps(from_fragment(link).to_json()).encode()
        with pytest.raises(SettingError, match="drop its file"):
            workspace.open_experiment(OpenRequest(body=saved))
    workspace.upload(UploadRequest(name="other.csv", body=rows))
    assert workspace.run.experiment.data.target == "c"
    workspace.upload(UploadRequest(name="t.csv", body=rows))
    assert to_fragment(workspace.run.experiment) == to_fragment(from_fragment(link))
    assert workspace.run.setup.plan.network.blocks[0].dense.units == 3
    workspace.upload(UploadRequest(name="t.csv", body=rows))
    assert workspace.run.experiment.data.target == "c"


@pytest.mark.parametrize("settings", ["target=weight", "target=b&loss=cross_entropy"])
def test_settings_that_do_not_fit_the_table_are_refused_once(settings: str) -> None:
    workspace = Workspace("reference")
    workspace.open_fragment(f"source=table&data=t.csv&{settings}")
    rows = b"a,b\n" + b"".join(b"%d,%d.5\n" % (i, i * i) for i in range(40))
    upload = UploadRequest(name="t.csv", body=rows)
    with pytest.raises(DataError, match=r"do not fit it: .* Drop the file again"):
        workspace.upload(upload)
    assert workspace.run.prepared.toy is not None
    workspace.upload(upload)
    assert workspace.run.experiment.data.target == "b"


@pytest.mark.parametrize(
    "body", [b"", b"[", b"\xff", b'{"training": {"learning_rate": NaN}}', b'{"data":{},"data":{}}']
)
def test_a_file_that_is_not_strict_json_is_no_experiment(body: bytes) -> None:
    workspace = Workspace()
    with pytest.raises(DataError, match="not an experiment of the playground"):
        workspace.open_experiment(OpenRequest(body=body))
    assert workspace.run.experiment == Experiment()
