"""The options that say how SOURCE is read: train, predict and play take them alike."""

from __future__ import annotations

import shlex
import zipfile

import pytest
from faces.conftest import ENGINE
from workbooks import workbook

from deltarule.cli.parser import parse
from deltarule.cli.play import _source
from deltarule.cli.reading import reading_arguments


@pytest.fixture
def sources(folder):
    text = (folder / "iris.csv").read_text()
    lines = [line.split(",") for line in text.splitlines()]
    cells = [lines[0], *([*map(float, line[:4]), line[4]] for line in lines[1:])]
    (folder / "iris.xlsx").write_bytes(workbook({"notes": [["x"], [1]], "iris": cells}))
    with zipfile.ZipFile(folder / "two.zip", "w") as archive:
        archive.writestr("iris.csv", text)
        archive.writestr("other.csv", "a\n1\n")
    named = "a title\n" + text.replace(",", "~").partition("\n")[2]
    (folder / "named.txt").write_text(named)
    return folder


@pytest.mark.parametrize(
    "words",
    [
        ["iris.xlsx", "--sheet", "iris"],
        ["iris.xlsx", "--query", "SELECT * FROM source", "--sheet", "2"],
        ["two.zip", "--table", "iris.csv"],
        ["named.txt", "--no-header", "--separator", "~", "--skip-rows", "1",
         "--names", "sepal_length,sepal_width,petal_length,petal_width,species"],
    ],
)  # fmt: skip
def test_train_and_predict_read_the_same_table(sources, run, words):
    trained = run(
        "train", *words, "--target", "species", "--no-report", "--engine", ENGINE,
        "--epochs", "2", "--folds", "1", "--hidden", "2", "--out", "m",
    )  # fmt: skip
    assert trained.status == 0, trained.err
    assert "150 rows, 5 columns" in trained.out
    assert shlex.join(["predict", "m", *words]) in trained.out
    predicted = run("predict", "m", *words)
    assert predicted.out == run("predict", "m", "iris.csv").out


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["two.zip"], "--table must name one of the files in two.zip: iris.csv, other.csv."),
        (["iris.xlsx", "--sheet", "none"], "--sheet must be one of notes, iris; got 'none'."),
        (["iris.csv", "--sheet", "1"], "--sheet does not apply to a CSV file. Omit it."),
        (["iris.csv", "--skip-rows", "-1"], "--skip-rows must be at least 0, got -1."),
        (["iris.csv", "--separator", "ab"], "--separator must be one character between cells"),
        (
            ["", "--query", "SELECT 1 AS species"],
            "SOURCE is empty: give a file, or - for standard ",
        ),
        (["iris.csv", "--query", " "], "--query is empty: give a SELECT statement, or omit it."),
        (["--query", ""], "--query is empty: give a SELECT statement, or omit it."),
        (["iris.csv", "--test", ""], "--test is empty: give a value, or omit it."),
        (["iris.csv", "--group", ""], "--group is empty: give a value, or omit it."),
        (["iris.csv", "--decimal", "x"], "--decimal must be point or comma, got 'x'."),
        (["iris.csv", "--encoding", "base64"], "--encoding must be a text encoding that Python"),
        (
            ["iris.csv", "--separator", "semicolon"],
            "Another character may be between its cells: set --sep",
        ),
        (["iris.csv", "--names", 'a,"b'], "but a quotation mark is not closed in 'a,\"b'."),
        (["iris.csv", "--column", ""], "--column must be NAME=KIND, such as zip=category, got ''."),
        (
            ["iris.csv", "--column", "species=factor"],
            "--column must give 'species' one of the kinds category, ",
        ),
        (["iris.csv", "--column", "a=int"], "got 'int'. Did you mean 'number'?"),
        (
            ["iris.csv", "--column", "a=text,a=number"],
            "--column states two kinds of 'a', text and number.",
        ),
        (["iris.csv", "--names", "a,b"], "--names must have one name for each of the 5 columns"),
        (["iris.csv", "--query", "SELECT 1 AS a"], "does not read the table source"),
        (
            ["iris.csv", "--day-first", "--month-first"],
            "--month-first cannot be given with --day-first.",
        ),
    ],
)
def test_options_that_do_not_fit(sources, run, words, sentence):
    outcome = run("train", *words, "--target", "species")
    assert (outcome.status, outcome.out) == (2, "")
    assert sentence in outcome.err
    assert outcome.err.count("\n") == 1


def test_train_stores_what_is_stated_about_cells(folder, run):
    rows = [f"{7 if i % 2 else 3},{1 + i % 5}.500,{'NA' if i % 2 else 'x'}" for i in range(40)]
    (folder / "t.csv").write_text("\n".join(["code,size,label", *rows]) + "\n")
    words = ["--column", "code=category", "--missing", "", "--decimal", "comma", "--month-first"]
    outcome = run(
        "train", "t.csv", "--target", "label", *words, "--epochs", "1", "--folds", "1",
        "--hidden", "2", "--engine", ENGINE, "--no-report", "--out", "m",
    )  # fmt: skip
    assert outcome.status == 0, outcome.err
    assert "predict m t.csv --out predictions.csv" in outcome.out  # the model knows the rest
    shown = run("inspect", "m").out
    assert "2 classes (NA, x)" in shown
    assert "read as category, as stated" in shown
    assert "read as number, decimal commas and points between thousands" in shown, shown


def test_predict_does_not_take_what_the_model_stores(folder, run):
    outcome = run("predict", "m", "iris.csv", "--column", "a=text")
    assert (outcome.status, outcome.out) == (2, "")
    assert "predict does not know '--column'" in outcome.err


def test_options_are_typed_again_as_they_were(folder):
    words = [
        "./-a.csv", "--header", "--month-first", "--separator", ";", "--skip-rows", "2",
        "--names", 'a,"b,c"', "--column", "a=text,b=category", "--missing=-,", "--decimal", ",",
    ]  # fmt: skip
    options = parse(["train", *words, "--target", "a"])
    assert reading_arguments(options, cells=True) == words


def test_the_playground_exports_how_the_table_was_read(sources):
    options = parse(["play", "iris.xlsx", "--sheet", "iris", "--target", "species"])
    assert _source(options).code == "read_table('iris.xlsx', sheet='iris')"
    assert _source(parse(["play", "iris.csv"])).code == ""
