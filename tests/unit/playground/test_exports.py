"""Exports: programs that reproduce the numbers, models, and the page."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import re
import subprocess
import sys
import warnings

import numpy as np
import pytest
from playground_messages import array_of

import deltarule as dr
from deltarule import Dense, Network, TrainedNetwork
from deltarule.data import read_table
from deltarule.data.writing import write_csv
from deltarule.errors import SettingError
from deltarule.parameters import from_flat
from deltarule.playground.experiment import (
    DataChoice,
    Experiment,
    LayerChoice,
    NetworkChoice,
    OutputChoice,
    TrainingChoice,
)
from deltarule.playground.exporting import exported
from deltarule.playground.exporting.model_export import two_outputs
from deltarule.playground.exporting.standalone_page import MAX_FRAMES
from deltarule.playground.presets import PRESETS_BY_NAME
from deltarule.playground.protocol.requests import OpenRequest
from deltarule.playground.protocol.wire import Message
from deltarule.playground.table_sources import uploaded_table
from deltarule.playground.workspace import Workspace

HIDDEN = NetworkChoice((LayerChoice(5, dropout=0.2), LayerChoice(4, "relu", l2=1e-3)))
EXPERIMENTS = {
    "circles": Experiment(DataChoice(rows=80), HIDDEN),
    "features": Experiment(DataChoice(rows=80, features=("x1_squared", "sin_x2")), HIDDEN),
    "blobs4 by squared error": Experiment(
        DataChoice(name="blobs4", rows=80), HIDDEN, TrainingChoice("mean_squared_error")
    ),
    "hinge": Experiment(DataChoice(name="moons", rows=80), HIDDEN, TrainingChoice("hinge")),
    "cosine": Experiment(
        DataChoice(name="hills", rows=80),
        HIDDEN,
        TrainingChoice(schedule="cosine", optimizer="momentum", epochs=50, clip_norm=1.0),
    ),
    "iris": Experiment(DataChoice(name="iris"), HIDDEN),
}


def workspace_after(experiment: Experiment, epochs: int = 12, source=None) -> Workspace:
    workspace = Workspace("auto", source, experiment)
    workspace.run.train(epochs)
    return workspace


def numbers_of(program: str, folder) -> list[float]:
    """Run a program in this process and return the losses it prints."""
    out = io.StringIO()
    with contextlib.chdir(folder), contextlib.redirect_stdout(out), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        exec(compile(program, "program.py", "exec"), {"__name__": "__main__"})
    return numbers_in(out.getvalue())


def numbers_of_process(program: str, folder) -> list[float]:
    """Run a program in a process of its own and return the losses it prints."""
    (folder / "program.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "program.py"],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return numbers_in(done.stdout)


def numbers_in(out: str) -> list[float]:
    match = re.fullmatch(r"epoch (\d+): training loss (\S+), validation loss (\S+)\n", out)
    return [float(number) for number in match.groups()]


def now(workspace: Workspace) -> list[float]:
    last = workspace.run.curve.last
    return [workspace.run.epoch, last["training_loss"], last["validation_loss"]]


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_the_python_program_repeats_the_run(name, tmp_path):
    workspace = workspace_after(EXPERIMENTS[name])
    program = exported("python", workspace).body.decode()
    assert numbers_of(program, tmp_path) == pytest.approx(now(workspace), rel=1e-5)


@pytest.mark.parametrize("kind", ["python", "keras"])
def test_a_program_runs_in_a_process_of_its_own(kind, tmp_path):
    training = TrainingChoice(optimizer="adam", batch_size=0)
    network = NetworkChoice((LayerChoice(5), LayerChoice(4)))
    workspace = workspace_after(Experiment(DataChoice(rows=80), network, training))
    program = exported(kind, workspace).body.decode()
    program = program.replace("import keras\n", "from deltarule import keras\n")
    assert numbers_of_process(program, tmp_path) == pytest.approx(now(workspace), rel=2e-3)


def test_the_program_keeps_the_epoch_that_early_stopping_kept(tmp_path):
    workspace = workspace_after(PRESETS_BY_NAME["early_stopping"].experiment, 1000)
    program = exported("python", workspace).body.decode()
    program = program[: program.index("history = ")]
    program += (
        'print(f"epoch {result.kept_epoch}: training loss "\n'
        '      f"{result.history.training_loss[result.kept_epoch - 1]}, "\n'
        '      f"validation loss {result.history.validation_loss.min()}")\n'
    )
    record = workspace.run.now.record[0]
    assert record["epoch"] == workspace.run.kept_epoch == workspace.run.epoch - 100
    expected = [record["epoch"], record["training_loss"], record["validation_loss"]]
    assert numbers_of(program, tmp_path) == pytest.approx(expected, rel=1e-5)
    assert "restore_best_weights=True" in exported("keras", workspace).body.decode()


@pytest.mark.parametrize("rate", [0.01, 0.001])  # the second is Adam's own and not written down
def test_the_program_repeats_changed_learning_rates(rate, tmp_path):
    experiment = Experiment(DataChoice(rows=80), HIDDEN, TrainingChoice(learning_rate=0.05))
    workspace = workspace_after(experiment, 7)
    workspace.run.set_learning_rate(0.02)
    workspace.run.train(4)
    workspace.run.set_learning_rate(rate)
    workspace.run.train(9)
    program = exported("python", workspace).body.decode()
    assert numbers_of(program, tmp_path) == pytest.approx(now(workspace), rel=1e-5)
    workspace.run.set_weight(0, 0, 0, 1.5)
    assert "set by hand" in exported("python", workspace).body.decode()


@pytest.fixture
def houses(tmp_path):
    """A table with text, missing numbers and a column that is dropped."""
    source = np.random.default_rng(1)
    rows = 120
    size = source.normal(100, 20, rows)
    town = source.choice(["Ulm", "Bad 'O\"rb"], rows)
    price = 2 * size + 30 * (town == "Ulm") + source.normal(size=rows)
    path = tmp_path / "houses.csv"
    with path.open("wb") as file:
        write_csv({"id": np.arange(rows), "size": size, "town": town, "price": price}, file)
    text = path.read_text().splitlines()
    text[5] = text[5].replace(text[5].split(",")[1], "", 1)
    path.write_text("\n".join(text) + "\n")
    return path


@pytest.mark.parametrize("features", [(), ("size", "town")])
def test_the_program_of_a_table_reads_the_file(houses, features, tmp_path):
    source = uploaded_table("houses.csv", houses.read_bytes())
    data = DataChoice(source="table", name="houses.csv", target="price", features=features)
    workspace = workspace_after(Experiment(data, HIDDEN), 12, source)
    program = exported("python", workspace).body.decode()
    assert numbers_of(program, tmp_path) == pytest.approx(now(workspace), rel=1e-5)


@pytest.mark.parametrize("optimizer", ["gradient_descent", "nesterov", "adam", "rmsprop", "adamw"])
def test_the_keras_program_gives_the_same_numbers_on_whole_batches(optimizer, tmp_path):
    # Our Keras vocabulary is held to Keras itself elsewhere; rows in one batch have no order.
    experiment = Experiment(
        DataChoice(name="moons", rows=80),
        NetworkChoice((LayerChoice(5), LayerChoice(4))),
        TrainingChoice(optimizer=optimizer, learning_rate=0.02, batch_size=0),
    )
    workspace = workspace_after(experiment)
    program = exported("keras", workspace).body.decode()
    ours = program.replace("import keras\n", "from deltarule import keras\n")
    assert numbers_of(ours, tmp_path) == pytest.approx(now(workspace), rel=2e-3)


@pytest.mark.parametrize(
    ("training", "layer"),
    [(TrainingChoice(schedule="one_cycle"), "tanh"), (TrainingChoice(), "step")],
)
def test_what_keras_does_not_have_is_refused(training, layer):
    workspace = workspace_after(
        Experiment(network=NetworkChoice((LayerChoice(4, layer),)), training=training), 1
    )
    with pytest.raises(SettingError, match="does not exist in Keras"):
        exported("keras", workspace)


def test_the_model_of_a_table_takes_raw_rows(houses, tmp_path):
    source = uploaded_table("houses.csv", houses.read_bytes())
    workspace = workspace_after(source.experiment, 60, source)
    path = tmp_path / "model.safetensors"
    path.write_bytes(exported("model", workspace).body)
    model = dr.load(path)
    predicted = model.predict(houses).values
    run = workspace.run
    inputs = run.now.trained.predict(run.prepared.inputs)[:, 0]
    assert predicted == pytest.approx(run.prepared.target.decode(inputs), rel=1e-5)


def test_one_sigmoid_becomes_two_probabilities(tmp_path):
    rows = np.random.default_rng(2).normal(size=(60, 2))
    label = np.where(rows.sum(axis=1) > 0, "yes", "no")
    with (tmp_path / "t.csv").open("wb") as file:
        write_csv({"a": rows[:, 0], "b": rows[:, 1], "label": label}, file)
    source = uploaded_table("t.csv", (tmp_path / "t.csv").read_bytes())
    workspace = workspace_after(source.experiment, 30, source)
    path = tmp_path / "model.safetensors"
    path.write_bytes(exported("model", workspace).body)
    shares = dr.load(path).predict(read_table(tmp_path / "t.csv")).probabilities
    said = workspace.run.now.trained.predict(workspace.run.prepared.inputs)[:, 0]
    assert workspace.run.prepared.classes == ("no", "yes")
    assert shares[:, 1] == pytest.approx(said, abs=1e-6)


def test_the_model_of_a_toy_dataset_is_the_network(tmp_path):
    workspace = workspace_after(EXPERIMENTS["circles"])
    path = tmp_path / "model.safetensors"
    path.write_bytes(exported("model", workspace).body)
    back = dr.load_network(path)
    assert np.array_equal(back.parameters.flat(), workspace.run.parameters.flat())


def test_a_model_whose_output_is_not_a_probability_is_refused(houses):
    source = uploaded_table("houses.csv", houses.read_bytes())
    data = DataChoice(source="table", name="houses.csv", target="town")
    network = NetworkChoice((), OutputChoice("identity"))
    workspace = workspace_after(Experiment(data, network, TrainingChoice("hinge")), 1, source)
    with pytest.raises(SettingError, match="choose the loss cross_entropy"):
        exported("model", workspace)


def test_an_experiment_file_opens_again():
    workspace = workspace_after(EXPERIMENTS["cosine"])
    body = exported("experiment", workspace).body
    other = Workspace()
    other.open_experiment(OpenRequest(body=body))
    assert other.run.experiment == EXPERIMENTS["cosine"]


def test_the_exported_page_has_the_recording_and_escapes_markup(page_files, houses):
    nasty = "</script><script>alert(1)</script>"
    text = houses.read_text().replace("town", f'"{nasty}"')
    source = uploaded_table(f"{nasty}.csv", text.encode())
    workspace = workspace_after(source.experiment, 200, source)
    page = exported("html", workspace).body.decode()
    assert "<script>alert" not in page
    assert page.count("</script>") == 2
    (text,) = re.findall(r'id="deltarule-recording">(.*?)</script>', page, re.S)
    recording = json.loads(text)
    hello, state, points, last = recording["messages"]
    assert hello[0]["frozen"]
    assert hello[0]["recording"] == len(recording["frames"]) <= MAX_FRAMES
    assert (state[0]["type"], points[0]["type"]) == ("state", "points")
    epochs = [frame[0]["epoch"] for frame in recording["frames"]]
    assert epochs[0] == 0
    assert epochs[-1] == last[0]["epoch"] == 200
    assert epochs == sorted(set(epochs))
    first = Message(recording["frames"][0][0], base64.b64decode(recording["frames"][0][1]))
    weights = np.concatenate([w.ravel() for w in workspace.run.initial_parameters.weights])
    assert np.array_equal(array_of(first, "weights"), weights)


@pytest.mark.parametrize("sharing", ["shared", "separate", "factors"])
def test_two_outputs_of_members_have_the_same_probabilities(sharing):
    layers = [Dense(3, "tanh", sharing="separate"), Dense(1, "sigmoid", sharing=sharing)]
    network = Network(layers, 2, 3)
    flat = np.random.default_rng(5).normal(size=network.parameter_count)
    trained = TrainedNetwork(network, from_flat(network, flat))
    rows = np.random.default_rng(6).normal(size=(9, 2))
    share = trained.predict(rows)
    both = np.hstack([1 - share, share])
    np.testing.assert_allclose(two_outputs(trained).predict(rows), both, rtol=1e-12)
