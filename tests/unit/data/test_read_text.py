"""CSV and TSV: dialects, headers, types, encodings. Expected values: the text in the test."""

from __future__ import annotations

import csv
import gzip
import pickle
from datetime import datetime
from pathlib import Path

import numpy as np
import pytest

from deltarule.data import Table, read_table
from deltarule.errors import ColumnError, DeltaruleError, SettingError, TableFileError


def kinds(table: Table) -> list[str]:
    return [column.kind for column in table.columns]


def values(table: Table, name: str) -> list[object]:
    column = table[name]
    return column.texts().tolist() if column.kind == "text" else column.values.tolist()


def test_iris_has_the_means_of_the_textbooks(shared_tables):
    table = read_table(shared_tables / "iris.csv")
    assert table.names == ("sepal_length", "sepal_width", "petal_length", "petal_width", "species")
    means = [table[name].values.mean() for name in table.names[:4]]
    # Fisher (1936), in centimetres.
    assert means == pytest.approx([5.843, 3.057, 3.758, 1.199], abs=5e-4)
    assert table["species"].levels == ("setosa", "versicolor", "virginica")
    assert np.bincount(table["species"].values).tolist() == [50, 50, 50]


def test_adult_without_header_equals_the_csv_module(shared_tables):
    path = shared_tables / "adult_train_raw.csv"
    table = read_table(path)
    with path.open(newline="") as file:
        rows = [[cell.strip() for cell in row] for row in csv.reader(file) if row]
    assert table.rows == len(rows) == 32561
    assert table.names == tuple(f"column{i}" for i in range(1, 16))
    for index, column in enumerate(table.columns):
        cells = [row[index] for row in rows]
        if column.kind == "text":
            assert column.texts().tolist() == [None if c == "?" else c for c in cells]
        else:
            assert column.values.tolist() == [float(cell) for cell in cells]


def test_penguins_has_the_documented_missing_cells(shared_tables):
    table = read_table(shared_tables / "penguins.csv")
    assert kinds(table) == ["text", "text", "number", "number", "number", "number", "text"]
    assert [int(column.missing.sum()) for column in table.columns] == [0, 0, 2, 2, 2, 2, 11]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a,b\n1,2\n3,4\n", ("a", "b")),
        ("1,2\n3,4\n", ("column1", "column2")),
        ("name,city\nann,rome\nbob,oslo\n", ("name", "city")),  # all text
        ("p,x,s\ne,x,s\np,b,s\n", ("column1", "column2", "column3")),  # comes again below
        (",a\n0,x\n1,y\n", ("column1", "a")),  # the index that pandas writes
        ("id,2019,2020\nx,1,2\ny,3,4\n", ("column1", "column2", "column3")),
        ("id,2019,2020\n7,1,2\n8,3,4\n", ("id", "2019", "2020")),
        ("  a , b\n1,2\n", ("a", "b")),
        ("\n\na,b\n1,2\n", ("a", "b")),
        ('"a ""b""","c,d"\n1,2\n', ('a "b"', "c,d")),
        ("x\n1\n2\n", ("x",)),
        ("7,8\n", ("column1", "column2")),
    ],
)
def test_header(write, text, expected):
    assert read_table(write(text)).names == expected


def test_header_can_be_given(write):
    path = write("a,b\nc,d\n")
    assert read_table(path, header=False).rows == 2
    assert read_table(path, header=True).names == ("a", "b")


@pytest.mark.parametrize(
    ("cells", "kind", "expected"),
    [
        (["1", "2.5", "-3e2"], "number", [1.0, 2.5, -300.0]),
        (["1e308", "-1e308", "0"], "number", [1e308, -1e308, 0.0]),
        (["inf", "1", "-Infinity"], "number", [np.inf, 1.0, -np.inf]),
        (["true", "False", "TRUE"], "boolean", [1.0, 0.0, 1.0]),
        (["yes", "no", "yes"], "text", ["yes", "no", "yes"]),
        (["01", "02", "10"], "text", ["01", "02", "10"]),
        (["0", "0.5", "-0.25"], "number", [0.0, 0.5, -0.25]),
        (["06:30", "18:00:00", "00:00"], "number", [6.5, 18.0, 0.0]),
        (["x", "1", "2"], "text", ["x", "1", "2"]),
        ([str(10**30), "1", "2"], "number", [1e30, 1.0, 2.0]),
        (["0x10", "1", "2"], "text", ["0x10", "1", "2"]),
        (["01/02/2020", "13/02/2020", "01/03/2020"], "datetime", None),
    ],
)
def test_kinds(write, cells, kind, expected):
    table = read_table(write("v;w\n" + "".join(f"{cell};1\n" for cell in cells)))
    assert table["v"].kind == kind
    if expected is not None:
        assert values(table, "v") == expected


def test_dates_are_utc(write):
    text = "d,t\n2020-02-29,2020-01-01T10:00:00+02:00\n,2020-01-01 10:00:00.5\n"
    table = read_table(write(text))
    assert kinds(table) == ["datetime", "datetime"]
    assert table["d"].values.astype(str).tolist() == ["2020-02-29T00:00:00.000000", "NaT"]
    assert table["t"].values[0] == np.datetime64("2020-01-01T08:00:00")
    assert table["t"].values[1] == np.datetime64("2020-01-01T10:00:00.5")


def test_missing_spellings(write):
    spellings = ["", "?", "NA", "N/A", "nan", "NaN", "null", "NULL", "None", " ? ", '""', " "]
    rows = "".join(f"{cell},{cell}\n" for cell in spellings)
    table = read_table(write(f"number,text\n1,a\n{rows}3,c\n"))
    assert kinds(table) == ["number", "text"]
    for column in table.columns:
        assert column.missing.tolist() == [False, *[True] * len(spellings), False]


def test_lowercase_none_is_a_category(write):
    assert read_table(write("a,b\nnone,1\nmany,2\n"))["a"].levels == ("many", "none")


def test_types_come_from_all_rows_not_a_sample(write):
    table = read_table(write("a,b\n" + "1,2\n" * 30_000 + "foo,3\n"))
    assert table["a"].kind == "number"
    assert np.flatnonzero(table["a"].missing).tolist() == [30_000]
    assert "1 of 30,001 values of column 'a' is not a number (for example 'foo'" in table.notes[0]


def test_late_quotes(write):
    table = read_table(write("a,b\n" + "x,1\n" * 30_000 + '"x,\ny",2\n'))
    assert table["a"].levels == ("x", "x,\ny")


@pytest.mark.parametrize("separator", [",", ";", "|"])
def test_blanks_around_quoted_cells_are_no_part_of_them(write, separator):
    rows = [
        '"name"@   "sex"@ "n"',
        '"Lee@\n  ""A"" B"@   "M"  @   "1"',
        '   "Bo" @ "F"@2',
        "Cy@m@3",
    ]
    table = read_table(write("\n".join(rows).replace("@", separator)))
    assert values(table, "name") == [f'Lee{separator}\n  "A" B', "Bo", "Cy"]
    assert values(table, "sex") == ["M", "F", "m"]
    assert values(table, "n") == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("separator", [",", "\t", ";", "|"])
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_separators_and_line_ends(write, separator, line_end):
    text = line_end.join(["a b", "1 x", "2 y", ""]).replace(" ", separator)
    table = read_table(write(text))
    assert values(table, "a") == [1.0, 2.0]
    assert values(table, "b") == ["x", "y"]


def test_mixed_line_ends(write):
    assert values(read_table(write("a,b\r\n1,2\n3,4\r\n")), "b") == [2.0, 4.0]


def test_decimal_commas_are_numbers_with_a_note(write):
    table = read_table(write("a;b\n1,5;2\n-3;4\n"))
    assert values(table, "a") == [1.5, -3.0]
    assert "decimal commas" in table.notes[0]


def test_commas_between_thousands_are_not_decimal_commas(write):
    table = read_table(write('a,b\n"1,234",x\n999,y\n"12,345,678.5",z\n'))
    assert values(table, "a") == [1234.0, 999.0, 12345678.5]
    assert "1,234 is read as 1234" in table.notes[0]
    decimal = read_table(write('a,b\n"1,234",x\n"0,5",y\n'))
    assert values(decimal, "a") == [1.234, 0.5]
    other = read_table(write("a;b\n1,234;x\n2,500;y\n"))
    assert values(other, "a") == [1.234, 2.5]


def test_a_text_among_many_numbers_is_reported(write):
    cells = [str(i) for i in range(40)]
    cells[8] = "abc"
    table = read_table(write("a,b\n" + "".join(f"{cell},1\n" for cell in cells)))
    assert table["a"].kind == "number"
    assert (
        "1 of 40 values of column 'a' is not a number (for example 'abc' in row 9)"
        in table.notes[0]
    )
    cells[9:12] = ["x", "y", "z"]
    path = write("a,b\n" + "".join(f"{cell},1\n" for cell in cells))
    table = read_table(path)
    assert table["a"].kind == "text"
    assert "because 4 of its 40 values are not a number (for example 'abc')" in table.notes[0]
    assert table.notes[0].endswith(": to treat them as missing, set `columns={'a': 'number'}`.")
    as_stated = read_table(path, columns={"a": "number"})
    assert int(as_stated["a"].missing.sum()) == 4
    codes = ["007", *map(str, range(100, 140))]
    assert read_table(write("a,b\n" + "".join(f"{code},1\n" for code in codes))).notes == ()


def test_the_order_of_day_and_month_is_found(write):
    table = read_table(write("a,b\n31.12.2020,12/31/2020\n1.2.2021 10:30,01/02/2021\n"))
    assert table["a"].values.tolist() == [datetime(2020, 12, 31), datetime(2021, 2, 1, 10, 30)]
    assert table["b"].values.tolist() == [datetime(2020, 12, 31), datetime(2021, 1, 2)]
    assert "month before day" in " ".join(table.notes)


def test_a_missing_name_in_a_table_without_header_has_a_hint(write):
    path = write("2019,2020,2021\n1,2,3\n2,3,5\n")
    with pytest.raises(ColumnError, match=r"first line holds the column names, set `header`"):
        read_table(path)["2021"]
    with pytest.raises(ColumnError, match="if no line does, set `names`"):
        read_table(path)["2021"]
    assert read_table(path, header=False, names=["x", "y", "2021"])["2021"].values.tolist() == [
        2021, 3, 5,
    ]  # fmt: skip
    assert read_table(path, header=True).names == ("2019", "2020", "2021")
    with pytest.raises(ColumnError) as error:
        read_table(write("a,b\n1,x\n"))["c"]
    assert "`header`" not in str(error.value)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_encodings_are_detected(write, encoding):
    table = read_table(write("größe,stadt,preis\n1,Köln,5€\n2,Zürich,6€\n", encoding=encoding))
    assert table.names == ("größe", "stadt", "preis")
    assert values(table, "stadt") == ["Köln", "Zürich"]
    assert values(table, "preis") == [5.0, 6.0]
    assert table.notes == ("Column 'preis' has the unit €: €12 is read as 12.",)


def test_latin_1_is_detected_and_any_encoding_can_be_given(write):
    assert values(read_table(write("a,b\né,1\n", encoding="latin-1")), "a") == ["é"]
    assert values(read_table(write("a,b\nж,1\n", encoding="koi8-r"), encoding="koi8-r"), "a") == [
        "ж"
    ]


def test_gzip(write):
    path = write(gzip.compress(b"a,b\n1,2\n"), "table.csv.gz")
    assert values(read_table(path), "b") == [2.0]


@pytest.mark.parametrize(
    ("text", "line", "found", "expected"),
    [
        ("a,b\n1,2\n3,4,5\n6,7\n", 3, "3 columns", 2),
        ("a,b,c\n1,2,3\n4,5\n6,7,8\n", 3, "2 columns", 3),
        ("a,b\n1,2,3\n4,5,6\n", 2, "3 columns", 2),
        ("a,b\n" + "1,2\n" * 100_000 + "1,2,3\n", 100_002, "3 columns", 2),
    ],
)
def test_ragged_rows_are_reported(write, text, line, found, expected):
    rule = f"table.csv, line {line}: the row has {found}, but the table has {expected}"
    with pytest.raises(TableFileError, match=rule):
        read_table(write(text))


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        (b"", TableFileError, "is empty"),
        (b"\n \n", TableFileError, "is empty"),
        (b"a,b,c\n", TableFileError, "a header with 3 columns but no rows"),
        (b'a,b\n"x,1\ny,2\n', TableFileError, "line 2: a cell starts with a double quote"),
        (b"a,b,a\n1,2,3\n", ColumnError, "more than one column named 'a'"),
        (b"\x89PNG\r\n\x1a\n\x00\x00", TableFileError, "a PNG image"),
        (b"PK\x03\x04\x00\x00", TableFileError, "a damaged zip file"),
        (b"\x93NUMPY\x01\x00v\x00", TableFileError, "a NumPy array file"),
        (pickle.dumps({"a": 1}), TableFileError, "a pickle, which deltarule never opens"),
        (bytes(range(256)) * 9, TableFileError, "a binary file"),
        (b"<!DOCTYPE html><html>", TableFileError, "a web page"),
        (b"PAR1 and no more", TableFileError, "cannot be read as a table"),
        (gzip.compress(b"a,b\n1,2\n" * 99, mtime=0)[:-9], TableFileError, "a damaged gzip file"),
        (b"a,b\n" + b"x" * 3_000_000 + b",1\n", TableFileError, "table"),
    ],
)
def test_files_that_are_not_tables(write, content, error, message):
    path = write(content)
    with pytest.raises(error, match=message) as caught:
        read_table(path)
    assert path.name in str(caught.value)


def test_encoding_that_is_wrong_or_unknown(write):
    path = write("a,b\né,1\n", encoding="latin-1")
    with pytest.raises(TableFileError, match="is not utf-8 text"):
        read_table(path, encoding="utf-8")
    with pytest.raises(SettingError, match="`encoding` must be a text encoding that Python knows"):
        read_table(path, encoding="klingon")


def test_no_temporary_file_is_left(write, tmp_path, monkeypatch):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    read_table(write("a,b\né,1\n", encoding="utf-16"))
    with pytest.raises(DeltaruleError):
        read_table(write("a,b\né,1,2\n", encoding="utf-16"))
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_index_with_two_columns_of_one_name(shared_tables: Path):
    with pytest.raises(ColumnError, match="more than one column named 'drop'"):
        read_table(shared_tables / "index.csv")


def test_what_is_assumed_of_a_column_is_noted_with_its_name(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text('amount,y\n"1,234",1\n"5,678",2\n')
    assert read_table(path).notes == (
        "Column 'amount' has commas between thousands: 1,234 is read as 1234.",
        "Column 'amount': no cell shows whether commas are decimal marks, so commas between thousands "
        "are assumed: '1,234' is read as 1234. If it is 1.234, use --decimal ',' (Python: decimal=',').",
    )


@pytest.mark.parametrize(
    ("name", "content", "sentence"),
    [
        (
            "README.md",
            "# Title\n\nSome text, with a comma.\n",
            "README.md is a Markdown document by",
        ),
        ("t.md", "| a | b |\n|---|---|\n| 1 | 2 |\n", "t.md is a Markdown document by its name"),
        ("code.py", "import os\n\nprint(1, 2)\n", "code.py is Python source by its name"),
        ("n.ipynb", '{"cells": []}', "n.ipynb is a notebook by its name"),
        ("p.toml", '[project]\nname = "x"\n', "p.toml is a TOML file by its name"),
        ("page.csv", "<!DOCTYPE html>\n<html></html>", "page.csv is a web page or XML"),
        ("f.csv", "%PDF-1.4\n%\xe2\n", "f.csv is a PDF document"),
        ("i.csv", b"\x89PNG\r\n\x1a\n\0\0", "i.csv is a PNG image"),
    ],
)
def test_documents_are_no_tables(write, name, content, sentence) -> None:
    with pytest.raises(TableFileError) as error:
        read_table(write(content, name))
    assert sentence in str(error.value)


def test_rows_in_a_file_with_the_name_of_a_document_are_read_if_that_is_stated(write) -> None:
    table = read_table(
        write("| a | b |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n", "t.md"), separator="bar"
    )
    assert table["b"].values.tolist() == [2, 4]


def test_one_column_has_no_separator(write) -> None:
    assert "(header line, one column)" in read_table(write("name\nx\ny\n")).source


JAPANESE = "日付,区分,値\n" + "".join(
    f"2024年5月{i + 1}日,{'男女'[i % 2]},{i}\n" for i in range(20)
)


def test_a_text_that_is_cp1252_for_lack_of_a_better_guess_has_a_note(write) -> None:
    for text, encoding in [(JAPANESE, "shift_jis"), ("имя,n\nда,1\nнет,2\n", "cp1251")]:
        path = write(text, encoding=encoding)
        assert any("seems to be in another encoding" in note for note in read_table(path).notes)
        table = read_table(path, encoding=encoding)
        assert table.names == tuple(text.partition("\n")[0].split(","))
        assert not any("encoding" in note for note in table.notes)
    german = write("größe,ort\n1,Köln\n2,Zürich\n", encoding="cp1252")
    assert read_table(german).notes == ()


def test_repeated_names_can_be_stated_anew(write) -> None:
    path = write("day;amount;currency;fee;currency\n1;2;EUR;3;EUR\n4;5;CHF;6;EUR\n")
    with pytest.raises(
        ColumnError, match=r"named 'currency': give each .* by `names`; if they are"
    ):
        read_table(path)
    names = ["day", "amount", "currency", "fee", "fee currency"]
    assert read_table(path, names=names).names == tuple(names)
