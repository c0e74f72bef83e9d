"""Folders for the Hugging Face Hub: what is in them works, and foreign names stay text."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import deltarule as dr
from deltarule.errors import FileError, SettingError
from deltarule.export.hub_folder import FILES
from deltarule.export.markdown_text import markdown, yaml_text

CHANCE = np.random.default_rng(0)
X = CHANCE.normal(size=(40, 2))
HOSTILE = "a|b\n# *x* <script>`${[link](http://x)}: 'q\" ---\x7f"
TABLE = {
    HOSTILE: X[:, 0],
    "kind": np.where(X[:, 1] > 0, "*up*", "down|"),
    "y": np.where(X[:, 0] > 0, "yes", "no"),
}
QUICK = {"folds": 2, "epochs": 2, "hidden": (4,)}


@pytest.fixture(scope="module")
def result() -> dr.TableResult:
    return dr.train(TABLE, "y", **QUICK)


@pytest.fixture
def folder(result: dr.TableResult, tmp_path: Path) -> Path:
    dr.export.to_huggingface(result, tmp_path / "hub", license="mit", sections={"Use": "*Try* it."})
    return tmp_path / "hub"


def program_of(card: str) -> str:
    found = re.search(r"```python\n(.*?)\n```", card, re.DOTALL)
    assert found is not None
    return found[1]


def run(program: str, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_program_of_the_card_predicts_the_example(folder, result):
    program = program_of((folder / "README.md").read_text())
    assert len(program.splitlines()) == 5
    rows = json.loads((folder / "example_rows.json").read_text())
    assert run(program, folder).strip() == str(result.model.predict(rows).records())


def test_the_model_file_is_that_of_save(folder, result, tmp_path):
    result.model.save(tmp_path / "model.safetensors")
    assert (folder / "model.safetensors").read_bytes() == (
        tmp_path / "model.safetensors"
    ).read_bytes()


def test_the_card_has_scores_limits_and_the_sections_given(folder, result):
    card = (folder / "README.md").read_text()
    assert 'license: "mit"' in card
    assert "pipeline_tag: tabular-classification" in card
    assert f"value: {result.scores.accuracy!r}" in card
    assert "## Use\n\n*Try* it.\n" in card
    assert "8 rows, split off at random before training" in card
    assert "## Limits" in card
    assert "baseline" not in card.split("---")[1]


def test_names_from_outside_are_text(folder):
    card = (folder / "README.md").read_text()
    body = card.split("\n---\n", 1)[1]
    row = next(line for line in body.splitlines() if line.startswith("| a"))
    assert r"a\|b \# \*x\* \<script\>" in row
    assert len(re.findall(r"(?<!\\)\|", row)) == 5
    assert "<script" not in re.sub(r"\\.", "", body)


def test_the_config_lists_columns_and_classes(folder):
    config = json.loads((folder / "config.json").read_text())["deltarule"]
    assert [column["name"] for column in config["columns"]] == [HOSTILE, "kind"]
    assert config["classes"] == ["no", "yes"]
    assert config["model"] == {"file": "model.safetensors", "class": "TableModel"}


def test_a_license_is_stated_only_if_given(result, tmp_path):
    dr.export.to_huggingface(result.model, tmp_path / "hub")
    assert "license" not in (tmp_path / "hub" / "README.md").read_text().split("\n---\n")[0]


def regression() -> dr.TableModel:
    return dr.train({"x": X[:, 0], "y": X.sum(axis=1)}, "y", **QUICK).model


def keras_model() -> dr.keras.Sequential:
    return dr.keras.Sequential([dr.keras.Input((2,)), dr.keras.layers.Dense(1)])


OTHERS = {
    "regression": regression,
    "estimator of a table": lambda: dr.TabularClassifier(**QUICK).fit(X, TABLE["y"]),
    "MLPClassifier": lambda: dr.MLPClassifier((2,), tol=1.0).fit(X, TABLE["y"]),
    "MLPRegressor": lambda: dr.MLPRegressor(hidden_layer_sizes=(2,), tol=1.0).fit(X, X[:, 0]),
    "network": lambda: dr.fit(dr.Network([dr.Dense(1)]), X, X[:, 0], epochs=1).network,
    "keras": keras_model,
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_card_of_every_model_has_a_program_that_runs(name, tmp_path):
    summary = dr.export.to_huggingface(OTHERS[name](), tmp_path / "hub")
    assert sorted(Path(file).name for file in summary.files) == sorted(FILES)
    program = program_of((tmp_path / "hub" / "README.md").read_text())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path / "hub")
        exec(program, {})


def test_the_files_join_those_of_a_clone(result, tmp_path):
    (tmp_path / "hub").mkdir()
    (tmp_path / "hub" / ".gitattributes").write_text("*.safetensors filter=lfs")
    dr.export.to_huggingface(result, tmp_path / "hub")
    assert len(list((tmp_path / "hub").iterdir())) == len(FILES) + 1


def test_files_that_exist_are_kept(result, tmp_path):
    (tmp_path / "README.md").write_text("mine")
    with pytest.raises(
        FileError, match=r"has 'README.md' already: choose another folder, or remove"
    ):
        dr.export.to_huggingface(result, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["README.md"]


def test_nothing_half_written_remains(result, tmp_path, monkeypatch):
    from deltarule.export import hub_folder

    def full(path: Path, content: bytes) -> None:
        if path.name == "model.safetensors":
            raise FileError("The disk is full.")
        path.write_bytes(content)

    monkeypatch.setattr(hub_folder, "write_atomically", full)
    with pytest.raises(FileError, match="full"):
        dr.export.to_huggingface(result, tmp_path / "hub")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("model", "options", "error", "sentence"),
    [
        ("text", {}, SettingError, "`model` must be a TableModel"),
        (None, {"license": " "}, SettingError, "`license` must be a name such as"),
    ],
)
def test_bad_input_is_refused(result, tmp_path, model, options, error, sentence):
    with pytest.raises(error, match=sentence):
        dr.export.to_huggingface(model or result, tmp_path / "hub", **options)
    assert list(tmp_path.iterdir()) == []


def test_an_option_of_another_format_is_refused(result, tmp_path):
    with pytest.raises(SettingError, match=r"`quantiles` does not apply to the format huggingface"):
        dr.export.EXPORT_FORMATS["huggingface"].export(result, tmp_path / "hub", quantiles=(0.5,))


def test_text_is_safe_in_markdown_and_yaml():
    assert markdown("a_b*\n|") == r"a\_b\* \|"
    assert markdown("x" * 99) == "x" * 79 + "…"
    assert yaml_text('"\n\x7f\ud800') == '"\\"\\n\\u007f\\ud800"'


def test_free_text_is_described_by_its_words_and_missing_cells(tmp_path):
    words = ["coffee", "parcel", "great", "awful"]
    texts = [f"{words[i % 4]} {words[i // 4 % 4]} no{i}" if i % 5 else None for i in range(200)]
    table = {"review": texts, "y": [i % 2 for i in range(200)]}
    model = dr.train(table, "y", **QUICK).model
    dr.export.to_huggingface(model, tmp_path / "hub")
    card = (tmp_path / "hub/README.md").read_text()
    (line,) = [line for line in card.splitlines() if line.startswith("| review |")]
    missing = float(re.search(r"\| ([\d.]+)% \|$", line)[1])
    assert missing == pytest.approx(20, abs=5)  # of the 160 rows that train
    assert "texts with words such as " in line
    assert all(word in line for word in words)
    config = json.loads((tmp_path / "hub/config.json").read_text())
    (column,) = [c for c in config["deltarule"]["columns"] if c["name"] == "review"]
    assert set(column["words"]) == set(words)
