"""ReadOptions: rules of the fields, where the options are refused, and files without permission."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest

import deltarule
from deltarule.data import ReadOptions, read_table
from deltarule.errors import FileError, SettingError


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"header": 1}, "`header` must be True or False"),
        ({"encoding": "klingon"}, "`encoding` must be a text encoding that Python knows"),
        ({"separator": "ab"}, "`separator` must be one character"),
        ({"separator": '"'}, "`separator` must be one character"),
        ({"skip_rows": -1}, "`skip_rows` must be at least 0"),
        ({"names": "a,b"}, "`names` must be a list of column names"),
        ({"names": ["a", "a"]}, "`names` must differ, but 'a' is there more than once"),
        ({"encoding": "rot13"}, "`encoding` must be a text encoding"),
        ({"decimal": ";"}, "`decimal` must be '.' or ',', got ';'."),
        (
            {"columns": {"a": "integer"}},
            "must give 'a' one of the kinds category, number, datetime, ",
        ),
        ({"columns": {"a": "date"}}, "Did you mean 'datetime'?"),
        ({"columns": "a=text"}, "`columns` must map names of columns to their kinds"),
        ({"columns": {"a", "b"}}, "`columns` must map names of columns to their kinds"),
        ({"columns": [("a", "text"), ("a", "number")]}, "`columns` states two kinds of 'a'"),
        ({"sheet": 0}, "`sheet` must be at least 1"),
        ({"sheet": 1.5}, "`sheet` must be the name or the position"),
        ({"table": ""}, "`table` must be the name of a table"),
        ({"allow_urls": "no"}, "`allow_urls` must be True or False"),
        ({"seperator": ";"}, "Did you mean 'separator'?"),
    ],
)
def test_options_that_are_not_allowed(fields, message, write):
    with pytest.raises(SettingError) as error:
        read_table(write("a,b\n1,2\n"), **fields)
    assert message in str(error.value)


def test_separators_have_names():
    assert ReadOptions(separator="tab").separator == "\t"
    assert ReadOptions(separator="\\t").separator == "\t"
    assert ReadOptions(separator="Semicolon").separator == ";"
    assert ReadOptions(names=["a ", "b"]).names == ("a", "b")


def test_options_of_files_are_refused_for_data_in_memory():
    with pytest.raises(SettingError, match="`header` does not apply to data in memory"):
        read_table({"a": [1, 2]}, header=False)
    table = read_table({"a": [1, 2], "b": [1, 2]})
    with pytest.raises(SettingError, match="`encoding` does not apply to a Table"):
        deltarule.train(table, "b", encoding="utf-8")


def test_train_knows_the_options(write):
    rows = "".join(f"{'é' if i % 2 else 'e'},{i}\n" for i in range(20))
    path = write(f"ä,b\n{rows}", encoding="latin-1")
    result = deltarule.train(path, "ä", encoding="latin-1", folds=1, epochs=2, hidden=(2,))
    assert result.model.target.classes == ("e", "é")
    with pytest.raises(SettingError, match=r"Did you mean 'encoding'\?"):
        deltarule.train(path, "b", encodin="latin-1")


def test_a_file_without_permission_has_a_next_step(tmp_path, monkeypatch):
    (tmp_path / "t.csv").write_text("a,b\n1,2\n")

    def refused(path, mode):
        raise PermissionError(errno.EACCES, "Permission denied", str(path))

    monkeypatch.setattr(Path, "open", refused)  # root may read every file
    with pytest.raises(FileError) as caught:
        read_table(tmp_path / "t.csv")
    assert str(caught.value).endswith(
        "t.csv cannot be read: Permission denied. Change its permissions, or choose another file."
    )
