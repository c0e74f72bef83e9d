"""Identifiers, strings, comments and numbers of exported C, and what is refused."""

from __future__ import annotations

import numpy as np
import pytest
from unit.export.networks import random_network
from unit.export.random_tables import random_model

from deltarule.errors import FileError, SettingError
from deltarule.export import to_c
from deltarule.export.c_source import CSource
from deltarule.export.c_text import comment, double, identifier, identifiers, literals, string


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Sepal length (cm)", "sepal_length_cm"),
        ("int", "int_"),
        ("Überhöhung", "uberhohung"),
        ("北京", "column"),
        ("2nd", "column_2nd"),
        ("__x__", "x"),
        ("", "column"),
        ("a" * 80, "a" * 50),
        ("NULL", "null"),
    ],
)
def test_identifiers(text, expected):
    assert identifier(text, "column") == expected


def test_identifiers_are_distinct():
    given = ["a b", "a_b", "a_b_2", "A b", "int", "int_", "北", "京"]
    found = identifiers(given, "column")
    assert len(set(found)) == len(given)
    assert found[:3] == ["a_b", "a_b_2", "a_b_2_2"]


@pytest.mark.parametrize(
    "text", ["*/ int x;", "**//", "/*", "a\\", "a\nb", "??/", "\u202e", "//*/*"]
)
def test_comments_cannot_be_ended(text):
    shown = comment(text)
    assert not any(part in shown for part in ("*/", "/*", "??", "\\", "\n", "\u202e"))


def test_strings_are_ascii():
    assert string('a"b\\?é'.encode()) == '"a\\042b\\134\\077\\303\\251"'
    assert string(b"a" * 5000).startswith("{'a', ")


def test_numbers_keep_their_digits():
    values = np.random.default_rng(0).normal(size=500).astype(np.float32) * np.float32(1e-20)
    assert (np.array([float(text[:-1]) for text in literals(values)], np.float32) == values).all()
    assert float(double(0.1 + 0.2)) == 0.1 + 0.2


def test_equal_arrays_are_written_once():
    source = CSource()
    names = [
        source.array("a", np.ones(3)),
        source.array("b", np.ones(3)),
        source.array("a", np.zeros(3)),
    ]
    assert names == ["a", "a", "a_2"]


def test_names_of_long_texts_are_distinct():
    source = CSource()
    source.strings("levels_of_x", [b"a", b"a" * 5000])
    assert source.strings("levels_of_x_1", [b"a"]) == "levels_of_x_1_2"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"path": "model.cpp"}, "must end in .c"),
        ({"path": 'mo"del.c'}, "without quotes"),
        ({"path": "nowhere/model.c"}, "does not exist"),
        ({"model": "iris"}, "must be a TableModel"),
        ({"quantiles": [0.5]}, "apply to a regression"),
        ({"quantiles": [2]}, "from 0.005 to 0.995"),
    ],
)
def test_refusals(tmp_path, monkeypatch, change, words):
    monkeypatch.chdir(tmp_path)
    given = {"model": random_model(0), "path": "model.c"} | change
    with pytest.raises((SettingError, FileError), match=words):
        to_c(given.pop("model"), given.pop("path"), **given)
    assert list(tmp_path.iterdir()) == []


def test_quantiles_of_a_network(tmp_path):
    with pytest.raises(SettingError, match="trained on a table"):
        to_c(random_network("learned: everything"), tmp_path / "a.c", quantiles=[0.5])


def test_numbers_that_are_not_finite(tmp_path):
    trained = random_network("learned: everything")
    trained.parameters.weights[0][0, 0] = 1e300
    with pytest.raises(SettingError, match="too large for float32"):
        to_c(trained, tmp_path / "a.c")


def test_both_files_or_none(tmp_path):
    header = tmp_path / "a.h"
    header.write_text("before")
    (tmp_path / "a.c").mkdir()
    with pytest.raises(FileError, match="folder"):
        to_c(random_model(0), tmp_path / "a.c")
    assert header.read_text() == "before"
    header.unlink()
    with pytest.raises(FileError, match="folder"):
        to_c(random_model(0), tmp_path / "a.c")
    assert not header.exists()
