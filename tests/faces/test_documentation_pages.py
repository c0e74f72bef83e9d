"""The Python of pages of the documentation runs as it is written, on tables made for it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import deltarule as dr

ROOT = Path(__file__).resolve().parents[2]


def blocks_of(page: str) -> list[str]:
    """Return the blocks of Python on a page."""
    text = (ROOT / "docs" / f"{page}.md").read_text(encoding="utf-8")
    return re.findall(r"^```python\n(.*?)^```", text, re.DOTALL | re.MULTILINE)


def run(code: str, page: str, names: dict[str, object] | None = None) -> dict[str, object]:
    """Execute a block with the names that the page takes as given."""
    names = dict(names or {})
    exec(compile(code, f"docs/{page}.md", "exec"), names)
    return names


@pytest.fixture
def iris(tmp_path, monkeypatch) -> pd.DataFrame:
    """Return the iris table, which is in the working folder too."""
    shutil.copy(ROOT / "examples" / "iris.csv", tmp_path)
    monkeypatch.chdir(tmp_path)
    return pd.read_csv("iris.csv")


@pytest.fixture
def houses(tmp_path, monkeypatch) -> pd.DataFrame:
    """Return rows whose price is 10 for each square meter, written with decimal commas."""
    monkeypatch.chdir(tmp_path)
    area = np.random.default_rng(0).uniform(20, 200, 60).round(1)
    frame = pd.DataFrame({"area": area, "city": ["Ulm", "Bonn"] * 30, "price": 10 * area})
    text = frame.assign(area=[f"{value:.1f}".replace(".", ",") for value in area])
    text.to_csv("houses.csv", index=False)
    text.head(5).drop(columns="price").to_csv("new.csv", index=False)
    return frame


def test_the_first_page(iris, capsys):
    numbers = iris.drop(columns="species").to_numpy()
    classes = iris["species"].astype("category").cat.codes.to_numpy().astype(int)
    (code,) = blocks_of("index")
    run(code, "index", {"X": numbers, "y": classes})
    assert "x⁽⁰⁾ = (5.1, 3.5, 1.4, 0.2), target y = (1, 0, 0)" in capsys.readouterr().out
    predicted = dr.load("model.safetensors").predict("iris.csv").values
    assert (predicted == iris["species"].to_numpy()).mean() > 0.9


def test_getting_started(tmp_path, monkeypatch, capsys):
    pytest.importorskip("matplotlib").use("Agg")
    monkeypatch.chdir(tmp_path)
    (code,) = blocks_of("how-to/installing")
    assert run(code, "how-to/installing")["result"].history.training_loss[-1] < np.log(2)
    assert "epoch" in capsys.readouterr().out
    from matplotlib import pyplot

    pyplot.close("all")


def test_how_tables_are_read(houses, capsys):
    (code,) = blocks_of("explanation/how-tables-are-read")
    run(code, "explanation/how-tables-are-read")
    page = (ROOT / "docs" / "explanation" / "how-tables-are-read.md").read_text(encoding="utf-8")
    assert capsys.readouterr().out.strip() == re.search(r"```text\n(.*)\n```", page).group(1)


def test_the_estimators_of_tables(houses):
    (code,) = blocks_of("explanation/tables")
    rows = houses.drop(columns="price")
    given = {
        "frame": rows,
        "labels": houses["city"],
        "prices": houses["price"],
        "new_rows": rows[:5],
    }
    names = run(code.replace("Classifier(", "Classifier(folds=2, "), "explanation/tables", given)
    assert names["model"].predict(rows[:5], quantiles=[0.05, 0.5, 0.95]).shape == (5, 3)


def test_coming_from_keras(iris, capsys):
    numbers = iris.drop(columns="species").to_numpy()
    classes = iris["species"].astype("category").cat.codes.to_numpy().astype(int)
    (code,) = blocks_of("how-to/coming-from-keras")
    given = {"X": numbers, "y": classes, "X_test": numbers, "y_test": classes}
    history = run(code, "how-to/coming-from-keras", given)["history"].history
    assert set(history) == {"accuracy", "loss", "val_accuracy", "val_loss"}
    assert Path("flowers.keras").is_file()
    assert "val_loss" in capsys.readouterr().out
