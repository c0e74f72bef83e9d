"""Models in MLflow: saved, logged and loaded by MLflow itself over a local store, with the same bits."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import deltarule as dr
from deltarule.errors import DataWarning, FileError, ModelFileError, SettingError

# MLflow meets deprecations of pandas and of its own; deltarule's own warnings are errors.
pytestmark = [
    pytest.mark.filterwarnings("ignore"),
    pytest.mark.filterwarnings("error::deltarule.errors.DataWarning"),
]
ROWS = 60
CHANCE = np.random.default_rng(0)
TABLE = pd.DataFrame(
    {
        "age": CHANCE.integers(17, 90, ROWS),
        "height": CHANCE.normal(1.7, 0.1, ROWS).astype(np.float32),
        "job": CHANCE.choice(["cook", "clerk", None], ROWS).astype(object),
        "born": pd.Timestamp("1990-01-01") + pd.to_timedelta(CHANCE.integers(0, 9999, ROWS), "D"),
        "married": CHANCE.choice([True, False], ROWS),
        "code": CHANCE.choice(["1", "2", "3"], ROWS),
        "day": CHANCE.choice(["24.12.2020", "25.12.2020", "31.12.2020"], ROWS),
        "color": CHANCE.choice(["red", "blue"], ROWS),
        "shape": pd.Categorical(CHANCE.choice(["round", "square"], ROWS)),
    }
)
CLASSES = np.where(TABLE["age"] > 50, "old", "young")
NUMBERS = 2.0 * TABLE["age"].to_numpy() + CHANCE.normal(size=ROWS)
QUICK = {"folds": 2, "epochs": 3, "hidden": (8,)}
X = CHANCE.normal(size=(ROWS, 3))


@pytest.fixture(scope="module")
def classifier() -> dr.TableModel:
    return dr.train(TABLE.assign(group=CLASSES), "group", **QUICK).model


@pytest.fixture(scope="module")
def regression() -> dr.TableModel:
    return dr.train(TABLE.assign(size=NUMBERS), "size", **QUICK).model


def saved(mlflow: Any, model: Any, **options: Any) -> Any:
    dr.mlflow.save_model(model, "saved", **options)
    return mlflow.pyfunc.load_model("saved")


def test_a_classifier_predicts_the_same_labels_and_probabilities(mlflow, classifier):
    served = saved(mlflow, classifier)
    expected = classifier.predict(TABLE)
    assert served.predict(TABLE).tolist() == expected.values.tolist()
    probabilities = served.predict(TABLE, params={"output": "probabilities"})
    assert probabilities.columns.tolist() == ["old", "young"]
    assert (probabilities.to_numpy() == expected.probabilities).all()
    both = served.predict(TABLE, params={"output": "all"})
    assert both["group"].tolist() == expected.values.tolist()
    assert both["probability of old"].tolist() == expected.probabilities[:, 0].tolist()


def test_a_regression_predicts_numbers_and_quantiles(mlflow, regression):
    served = saved(mlflow, regression)
    assert (served.predict(TABLE) == regression.predict(TABLE).values).all()
    found = served.predict(TABLE, params={"quantiles": [0.1, 0.9]})
    expected = regression.predict(TABLE, quantiles=[0.1, 0.9])
    assert found.columns.tolist() == ["size", "quantile 0.1", "quantile 0.9"]
    assert (found.iloc[:, 1:].to_numpy() == expected.quantiles).all()


def test_the_signature_has_the_schema_of_the_table(mlflow, classifier):
    signature = saved(mlflow, classifier).metadata.signature
    found = {c["name"]: (c["type"], c["required"]) for c in signature.inputs.to_dict()}
    assert found == {
        "age": ("any", True),
        "height": ("any", True),
        "job": ("any", False),
        "born": ("datetime", True),
        "married": ("boolean", True),
        "code": ("any", True),
        "day": ("any", True),
        "color": ("string", True),
        "shape": ("any", True),
    }
    assert signature.outputs.to_dict() == [{"type": "string", "name": "group", "required": True}]


def test_rows_of_other_types_are_read_like_those_of_training(mlflow, classifier):
    served = saved(mlflow, classifier)
    other = TABLE.astype({"age": "float64", "height": "float64"}).drop(columns="job")
    other.loc[0, "age"] = np.nan
    other["code"] = other["code"].astype(int)
    expected = classifier.predict(other.assign(job=None)).values
    assert served.predict(other).tolist() == expected.tolist()


def test_a_column_of_missing_cells_is_predicted(mlflow, classifier):
    row = TABLE.iloc[:1].assign(job=np.nan, age=np.nan)
    assert (
        saved(mlflow, classifier).predict(row).tolist() == classifier.predict(row).values.tolist()
    )


def test_free_text_may_be_missing_as_in_training(mlflow):
    texts = [f"{'great' if i % 2 else 'awful'} coffee no{i}" if i % 7 else None for i in range(90)]
    frame = pd.DataFrame({"review": texts, "y": [i % 2 for i in range(90)]})
    model = dr.train(frame, "y", folds=2, epochs=2, hidden=(4,)).model
    assert model.encoder.used[0].kind == "words"
    expected = model.predict(frame).values.tolist()
    assert saved(mlflow, model).predict(frame[["review"]]).tolist() == expected
    assert mlflow.models.get_model_info("saved").metadata["columns"]["review"]["words"] == [
        *model.encoder.used[0].words
    ]
    assert not mlflow.models.get_model_info("saved").signature.inputs.inputs[0].required
    row = pd.DataFrame({"review": [None]})
    assert mlflow.pyfunc.load_model("saved").predict(row).tolist() == [
        *model.predict({"review": [None]}).values
    ]


def test_one_row_as_it_arrives_from_json_is_predicted(mlflow, classifier):
    served = saved(mlflow, classifier)
    example = served.input_example
    row = json.loads(Path("saved/serving_input_example.json").read_text())["dataframe_split"]
    assert row["columns"] == list(TABLE.columns)
    assert served.predict(example).tolist() == classifier.predict(example).values.tolist()


def test_the_folder_has_no_pickle_and_loads_without(mlflow, classifier, monkeypatch):
    dr.mlflow.save_model(classifier, "saved")
    files = [path for path in Path("saved").rglob("*") if path.is_file()]
    names = {path.relative_to("saved").as_posix() for path in files}
    assert "data/model.safetensors" in names
    for path in files:
        content = path.read_bytes()
        assert not content.startswith(b"\x80")  # the first byte of a pickle
        if path.suffix != ".safetensors":
            content.decode()

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("pickle was used")

    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, refuse)
    assert len(mlflow.pyfunc.load_model("saved").predict(TABLE)) == ROWS


def table_estimator() -> Any:
    return dr.TabularClassifier(**QUICK, random_state=0).fit(TABLE, CLASSES == "old")


def table_regressor() -> Any:
    return dr.TabularRegressor(**QUICK, random_state=0).fit(TABLE, NUMBERS)


def mlp(kind: Any, y: Any) -> Any:
    return kind(hidden_layer_sizes=(4,), max_iter=300, tol=0.1).fit(X, y)


MODELS = {
    "TabularClassifier": (table_estimator, TABLE),
    "TabularRegressor": (table_regressor, TABLE),
    "MLPClassifier": (lambda: mlp(dr.MLPClassifier, X[:, 0] > 0), X),
    "MLPRegressor": (lambda: mlp(dr.MLPRegressor, X[:, :2]), X),
    "TrainedNetwork": (lambda: network_result().network, X),
    "Sequential": (lambda: keras_model(), X.astype(np.float32)),
}


def network_result() -> Any:
    return dr.fit(dr.Network([dr.Dense(2)]), X, X[:, :2], epochs=2)


def keras_model() -> Any:
    layers = [dr.keras.Input((3,)), dr.keras.layers.Dense(2, "softmax")]
    return dr.keras.Sequential(layers)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_comes_back_in_its_class(mlflow, name):
    make, rows = MODELS[name]
    model = make()
    info = dr.mlflow.log_model(model, name="model")
    loaded = dr.mlflow.load_model(info.model_uri)
    assert type(loaded) is type(model)
    silent = {"verbose": 0} if name == "Sequential" else {}
    expected = model.predict(rows, **silent)
    assert (loaded.predict(rows, **silent) == expected).all()
    served = mlflow.pyfunc.load_model(info.model_uri).predict(rows)
    assert (served == expected).all()
    assert np.asarray(served).dtype == np.asarray(expected).dtype


def test_an_estimator_for_arrays_gives_probabilities(mlflow):
    model = MODELS["MLPClassifier"][0]()
    served = saved(mlflow, model).predict(X, params={"output": "probabilities"})
    assert served.columns.tolist() == ["False", "True"]
    assert (served.to_numpy() == model.predict_proba(X)).all()


def test_an_estimator_that_knows_names_takes_frames(mlflow):
    frame = pd.DataFrame(X, columns=["a", "b", "c"])
    model = dr.MLPRegressor(hidden_layer_sizes=(4,), max_iter=300, tol=0.1).fit(frame, X[:, 0])
    assert (saved(mlflow, model).predict(frame[["c", "a", "b"]]) == model.predict(frame)).all()


def test_a_logged_model_has_a_version_in_the_registry(mlflow, classifier):
    with mlflow.start_run():
        info = dr.mlflow.log_model(classifier, "model", registered_model_name="ages", step=3)
    assert info.registered_model_version == 1
    assert isinstance(dr.mlflow.load_model("models:/ages/1"), dr.TableModel)


def test_a_result_stands_for_its_model(mlflow):
    dr.mlflow.save_model(network_result(), "saved")
    assert isinstance(dr.mlflow.load_model("saved"), dr.TrainedNetwork)


def test_requirements_name_the_installed_versions(mlflow, classifier):
    dr.mlflow.save_model(classifier, "saved", extra_pip_requirements=["rich"])
    lines = Path("saved/requirements.txt").read_text().split()
    assert f"mlflow=={mlflow.__version__}" in lines
    assert "deltarule[mlflow]==0.1.0" in lines
    assert "rich" in lines


def test_a_signature_of_your_own_replaces_that_of_the_schema(mlflow, classifier):
    assert saved(mlflow, classifier, signature=False).metadata.signature is None


def test_unusual_rows_give_a_warning(mlflow, classifier):
    served = saved(mlflow, classifier)
    with pytest.warns(DataWarning, match="baker"):
        served.predict(TABLE.assign(job="baker"))


@pytest.mark.parametrize(
    ("model", "sentence"),
    [
        ("a text", "`model` must be a TableModel, .* got str. Give result.model of dr.train"),
        (dr.Network([dr.Dense(1)]), "got Network"),
    ],
)
def test_what_is_no_finished_model_is_refused(mlflow, model, sentence):
    with pytest.raises(SettingError, match=sentence):
        dr.mlflow.log_model(model)
    assert mlflow.active_run() is None


def test_a_full_folder_is_refused(mlflow, classifier, tmp_path):
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved" / "notes.txt").write_text("mine")
    with pytest.raises(FileError, match="saved exists already: choose another folder"):
        dr.mlflow.save_model(classifier, "saved")
    assert [path.name for path in (tmp_path / "saved").iterdir()] == ["notes.txt"]


@pytest.mark.parametrize("exists", [True, False])
def test_nothing_half_written_remains(mlflow, classifier, tmp_path, exists):
    if exists:
        (tmp_path / "saved").mkdir()
    with pytest.raises(
        mlflow.exceptions.MlflowException, match="does not match the model signature"
    ):
        dr.mlflow.save_model(classifier, "saved", input_example=pd.DataFrame({"other": [1]}))
    assert (tmp_path / "saved").exists() == exists
    assert not exists or list((tmp_path / "saved").iterdir()) == []


def test_a_folder_that_cannot_be_made_is_a_sentence(mlflow, classifier, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(FileError, match="file/saved"):
        dr.mlflow.save_model(classifier, "file/saved")


def test_a_damaged_model_file_is_refused(mlflow, classifier):
    dr.mlflow.save_model(classifier, "saved")
    path = Path("saved/data/model.safetensors")
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    for load in (dr.mlflow.load_model, mlflow.pyfunc.load_model):
        with pytest.raises(ModelFileError, match=r"digest|changed|damaged"):
            load("saved")


def test_a_model_of_another_flavor_is_refused(mlflow, tmp_path):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "MLmodel").write_text("flavors: {python_function: {loader_module: os}}")
    with pytest.raises(ModelFileError, match="other is no model of deltarule: load it with mlflow"):
        dr.mlflow.load_model(str(tmp_path / "other"))


def test_a_changed_model_class_is_refused(mlflow, classifier):
    dr.mlflow.save_model(classifier, "saved")
    path = Path("saved/MLmodel")
    path.write_text(path.read_text().replace("model_class: TableModel", "model_class: os.system"))
    with pytest.raises(ModelFileError, match=r"has the model class 'os.system'; known: TableModel"):
        dr.mlflow.load_model("saved")


def test_a_parameter_that_is_not_known_is_refused(mlflow, classifier):
    sentence = r"`output` must be one of: labels.*Did you mean 'labels"
    served = saved(mlflow, classifier)
    with pytest.raises(mlflow.exceptions.MlflowException, match=sentence) as found:
        served.predict(TABLE, params={"output": "label"})
    assert found.value.get_http_status_code() == 400
