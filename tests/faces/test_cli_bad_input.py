"""Bad input: one clear sentence, status 2, nothing lost, nothing half-written."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import numpy as np
import pytest
from faces.conftest import QUICK

import deltarule
from deltarule.formats.model_file import read_model, write_model

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00"
ROWS = [f"{x},{x % 7},{'ab'[x % 2]}" for x in range(30)]
MODEL = "iris-model/model.safetensors"


def table(*rows: str, head: str = "x,z,y") -> str:
    return "\n".join([head, *rows]) + "\n"


@pytest.fixture
def train_refused(folder, refused):
    """Refuse to train on a table `t.csv` with this content, to predict y."""

    def train_refused(content: str | bytes, *words: str) -> str:
        data = content if isinstance(content, bytes) else content.encode()
        (folder / "t.csv").write_bytes(data)
        return refused("train", "t.csv", "--target", "y", "--engine", "reference", *words)

    return train_refused


@pytest.fixture
def trains(folder, train):
    """Train on a table `t.csv` with this content, to predict y."""

    def trains(content: str | bytes, *words: str):
        data = content if isinstance(content, bytes) else content.encode()
        (folder / "t.csv").write_bytes(data)
        outcome = train("t.csv", "--target", "y", *words)
        assert outcome.status == 0, outcome.err
        return outcome

    return trains


def test_no_such_file(refused):
    assert "nowhere.csv" in refused("train", "nowhere.csv", "--target", "y")
    assert "no/*.csv" in refused("train", "no/*.csv", "--target", "y")


def test_only_a_header(train_refused):
    assert (
        "If that line is data, write the names of the columns above it, or pass --no-header."
        in train_refused("x,z,y\n")
    )


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_an_empty_file(train_refused, content):
    assert "t.csv" in train_refused(content)


def test_a_header_only(train_refused):
    assert "no rows" in train_refused("x,z,y\n")


@pytest.mark.parametrize(
    "content", [PNG, bytes(range(256)) * 4, b"PK\x03\x04" + bytes(100), b"PAR1" + bytes(50)]
)
def test_a_file_that_is_not_a_table(train_refused, content):
    assert "t.csv" in train_refused(content)


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252", "utf-16", "utf-8-sig"])
def test_other_encodings_work(trains, encoding):
    rows = [f"{x},{x % 7},{'äß'[x % 2]}" for x in range(30)]
    assert "ß 15, ä 15" in trains(table(*rows).encode(encoding)).out


def test_encoding_option(trains):
    rows = [f"{x},{x % 7},{'äß'[x % 2]}" for x in range(30)]
    content = table(*rows).encode("mac-roman")
    assert "ß 15, ä 15" in trains(content, "--encoding", "mac-roman").out


def test_ragged_rows(train_refused):
    assert "line 6" in train_refused(table(*ROWS[:4], "1,2", *ROWS[5:]))
    assert "line 6" in train_refused(table(*ROWS[:4], "1,2,a,b", *ROWS[5:]))


def test_duplicate_column_names(train_refused):
    assert "'x'" in train_refused(table(*ROWS, head="x,x,y"))


def test_no_such_target(refused):
    assert "Did you mean 'species'?" in refused("train", "iris.csv", "--target", "Spezies")


def test_target_all_missing(train_refused):
    assert "'y'" in train_refused(table(*(f"{x},1," for x in range(30))))


def test_one_class_only(train_refused):
    assert "'a'" in train_refused(table(*(f"{x},1,a" for x in range(30))))


def test_a_class_with_one_row_is_noted_and_trained(trains):
    assert "Class 'c' has a single row" in trains(table(*ROWS, "5,5,c")).out


def test_one_row(train_refused):
    assert "1 row" in train_refused(table("1,2,a"))


def test_too_few_rows(train_refused):
    assert "at least" in train_refused(table("1,2,a", "2,3,b"))


def test_all_columns_constant(train_refused):
    message = train_refused(table(*(f"1,2,{'ab'[x % 2]}" for x in range(30))))
    assert "no usable column besides the target" in message


@pytest.mark.parametrize("value", ["inf", "-Infinity", "1e999"])
def test_infinite_numbers(train_refused, value):
    assert "infinite" in train_refused(table(*ROWS, f"{value},1,a"))


@pytest.mark.parametrize("value", ["1e308", "-1e308"])
def test_large_numbers_are_trained(trains, value):
    trains(table(*ROWS, f"{value},1,a", f"{value},1,b"))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("--learning-rate 0", "--learning-rate must be greater than 0, got 0"),
        ("--learning-rate -1", "--learning-rate must be greater than 0, got -1"),
        ("--learning-rate nan", "--learning-rate must be a finite number greater than 0, got nan"),
        ("--hidden 0", "--hidden must be at least 1, got 0"),
        ("--hidden 8,-1", "--hidden must be at least 1, got -1"),
        ("--batch-size 1000", "1000"),
        ("--batch-size 0", "--batch-size must be at least 1, got 0"),
        ("--activation rela", "relu, leaky_relu, elu"),
        ("--activation rela", "Did you mean 'relu'?"),
        ("--optimizer adm", "Did you mean 'adam'?"),
        ("--task clustering", "classification"),
        ("--epochs 0", "--epochs must be at least 1, got 0"),
        ("--dropout 1", "--dropout must be at least 0 and less than 1, got 1"),
        (
            "--test-fraction 0.9 --validation-fraction 0.2",
            "--validation-fraction must leave rows for training: with --test-fraction it adds up to 1.1",
        ),
        ("--seed -1", "--seed must be between 0 and"),
        ("--time-limit-s 0", "--time-limit-s must be greater than 0"),
        ("--engine turbo", "--engine must be one of auto, native, reference"),
        ("--engine fast", "--engine must be one of auto, native, reference; got 'fast'."),
        ("--engine natve", "got 'natve'. Did you mean 'native'?"),
        ("--threads 0", "--threads must be at least 1, got 0"),
        ("--drop nothing", "'nothing'"),
        ("--drop species", "--drop must not hold the target 'species'"),
        ("--weight species", "--weight must be another column than the target"),
        (
            "--drop sepal_length,sepal_width --drop petal_length,petal_width",
            "--drop must leave an input, but holds every column except the target",
        ),
        (
            "--drop sepal_length,sepal_width,petal_length --weight petal_width",
            "--drop must leave an input, but holds every column except the target and the weight",
        ),
        ("--target petal_width", "--target must be given once, got 'species' and 'petal_width'"),
        ("--encoding klingon", "klingon"),
        ("--query SELECT", "query"),
    ],
)
def test_invalid_settings(refused, words, said):
    assert said in refused("train", "iris.csv", "--target", "species", *words.split())


def test_divergence_in_the_first_epoch_writes_nothing(refused):
    words = ("--learning-rate", "1e9", "--no-report", "--engine", "reference", "--quiet")
    message = refused("train", "iris.csv", "--target", "species", *words)
    assert "diverged" in message
    assert "in epoch 1" in message
    assert any(f"in layer {name}" in message for name in ("hidden_1", "hidden_2", "output"))
    assert "no model is written" in message


def test_later_divergence_keeps_the_last_good_weights(folder, run):
    """Measured: with this rate the loss grows from epoch to epoch and explodes after some."""
    rng = np.random.default_rng(0)
    rows = [f"{a},{b},{3 * a + b}" for a, b in rng.standard_normal((60, 2)).tolist()]
    (folder / "t.csv").write_text(table(*rows))
    words = "--optimizer sgd --learning-rate 1.2 --hidden none --batch-size 36 --epochs 500"
    outcome = run(
        "train", "t.csv", "--target", "y", "--no-report", "--engine", "reference", *words.split()
    )
    assert outcome.status == 0, outcome
    assert "Training diverged" in outcome.out
    assert "in layer output" in outcome.out
    weights = deltarule.load(folder / "t-model/model.safetensors").network.parameters.flat()
    assert np.isfinite(weights).all()
    assert "--learning-rate 0.1 " in outcome.out  # what to try next


PLACES = ["iris.csv", "iris.csv/below", "/proc/nothing", "/dev/null/x", "a\0b", "x" * 300]


@pytest.mark.parametrize("place", PLACES)
def test_an_unwritable_folder_is_reported_before_training(refused, place, monkeypatch):
    def read(*_, **__):
        raise AssertionError("the table was read first")

    monkeypatch.setattr("deltarule.data.read_table", read)
    refused("train", "iris.csv", "--target", "species", "--out", place)


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EDQUOT, errno.EIO])
def test_a_full_disk_leaves_no_partial_files(folder, refused, monkeypatch, error):
    def full(descriptor: int) -> None:
        raise OSError(error, os.strerror(error))

    monkeypatch.setattr("os.fsync", full)
    message = refused("train", "iris.csv", "--target", "species", *QUICK)
    assert "model.safetensors" in message


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="this system has no /dev/full")
def test_standard_output_on_a_full_disk(folder, iris_model, run, monkeypatch):
    commands = (["predict", "iris-model", "iris.csv"], ["inspect", "iris-model"])
    for words in commands:
        with open("/dev/full", "w") as full:
            monkeypatch.setattr("sys.stdout", full)
            outcome = run(*words)
            monkeypatch.undo()
            os.chdir(folder)
        assert outcome.status == 2
        assert (
            outcome.err == "deltarule: Cannot write to standard output: no space left on device.\n"
        )


@pytest.fixture
def model(iris_model) -> Path:
    return iris_model / "model.safetensors"


def test_text_in_a_number_column_at_predict_time(folder, run, model):
    lines = (folder / "iris.csv").read_text().splitlines()
    lines[3] = "tall,3.2,1.3,0.2,setosa"
    (folder / "new.csv").write_text("\n".join(lines) + "\n")
    outcome = run("predict", "iris-model", "new.csv", "--out", "p.csv")
    assert outcome.status == 0
    assert outcome.err == (
        "deltarule: warning: 1 of 150 values of column 'sepal_length' is not a number (for example "
        "'tall' in row 3) and is treated as missing.\n"
    )


def test_a_missing_column_at_predict_time(folder, refused, model):
    (folder / "new.csv").write_text("sepal_length,sepal_width,petal_long\n1,2,3\n")
    message = refused("predict", "iris-model", "new.csv")
    assert "petal_length" in message


@pytest.mark.parametrize("kept", [0, 7, 8, 100, 2000, -1])
def test_a_truncated_model_file(refused, model, kept):
    model.write_bytes(model.read_bytes()[:kept])
    for words in (("predict", "iris-model", "iris.csv", "--out", "p.csv"), ("inspect", MODEL)):
        assert MODEL in refused(*words)


@pytest.mark.parametrize("place", [0, 9, 300, 1000, -1, -1000])
def test_a_flipped_byte(refused, model, place):
    data = bytearray(model.read_bytes())
    data[place] ^= 1
    model.write_bytes(data)
    assert MODEL in refused("predict", "iris-model", "iris.csv")
    assert MODEL in refused("inspect", MODEL)


def test_a_file_of_another_kind(folder, refused, model):
    for content in (PNG, b"PK\x03\x04torch", b"\x80\x04\x95pickle"):
        model.write_bytes(content)
        assert MODEL in refused("inspect", MODEL)
    write_model(model, {}, {}, kind="checkpoint")
    assert "'checkpoint'" in refused("predict", "iris-model", "iris.csv")
    write_model(model, {}, {}, kind="poem")
    assert "'poem'" in refused("inspect", MODEL)
    assert "'iris.csv'" in refused("predict", "iris.csv", "iris.csv")


def test_a_folder_without_a_model(folder, refused):
    (folder / "unfinished").mkdir()
    for words in (("predict", "unfinished", "iris.csv"), ("inspect", "unfinished")):
        said = refused(*words)
        assert "The folder 'unfinished' holds no model: it has no model.safetensors" in said
    assert [*(folder / "unfinished").iterdir()] == []
    assert "nowhere" in refused("inspect", "nowhere")


def test_a_newer_file(refused, model, monkeypatch):
    file = read_model(model, kind=None)
    monkeypatch.setattr("deltarule.formats.model_file.FORMAT", 99)
    write_model(model, file.description, file.arrays, kind=file.kind)
    monkeypatch.undo()
    os.chdir(model.parents[1])
    assert "newer" in refused("inspect", MODEL)


def test_inconsistent_sizes(refused, model):
    file = read_model(model, kind=None)
    arrays = {**file.arrays}
    name = next(name for name in arrays if arrays[name].ndim == 2)
    write_model(model, file.description, {**arrays, name: arrays[name][:-1]}, kind=file.kind)
    assert MODEL in refused("predict", "iris-model", "iris.csv")
    assert MODEL in refused("inspect", MODEL)


def test_unwritable_predictions(refused, model):
    for place in ("/proc/p.csv", "iris.csv/p.csv", "nowhere/p.csv"):
        assert place in refused("predict", "iris-model", "iris.csv", "--out", place)
    assert ".parquet" in refused("predict", "iris-model", "iris.csv", "--out", "p.xlsx")
