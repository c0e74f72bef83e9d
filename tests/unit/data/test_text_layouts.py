"""Text files with lines that are not rows, other separators and other headers."""

from __future__ import annotations

import pytest

from deltarule.data import Table, read_table
from deltarule.errors import SettingError, TableFileError


def cells(table: Table) -> dict[str, list[object]]:
    return {
        c.name: c.texts().tolist() if c.kind == "text" else c.values.tolist() for c in table.columns
    }


AB = {"a": [1.0, 3.0, 5.0], "b": ["x", "y", "z"]}
ROWS = "1,x\n3,y\n5,z\n"


@pytest.mark.parametrize(
    ("text", "note"),
    [
        (f"# title\na,b\n{ROWS}", "1 line before the table ('# title') is not part of it"),
        (f"% one, two\n%\na,b\n{ROWS}", "2 lines before the table ('% one, two', ...) are"),
        (f"Exported on 2024-05-01\n\na,b\n{ROWS}", "1 line before the table ('Exported on"),
        (f"#a,b\n{ROWS}", "The comment line '#a,b' is read as the header."),
        (f'# "a", "b"\n{ROWS}', "is read as the header"),
        (f"# by a tool\n# a,b\n{ROWS}", "The comment line '# a,b' is read as the header."),
        (f"# x, y\na,b\n{ROWS}", "1 line before the table ('# x, y') is not part"),
        (f"a,b\n{ROWS}Total rows: 3\n", "1 line after the table ('Total rows: 3') is not part"),
        (f"a,b\n{ROWS}\n\nSource: us.\nAll rights.\n\n", "2 lines after the table ('Source: us.'"),
        ("a,b\n1,x\n# inside\n3,y\n5,z\n", "Lines that start with # are skipped"),
        ("| a | b |\n|---|:-:|\n| 1 | x |\n| 3 | y |\n| 5 | z |\n", ""),
        (
            " a | b\n---+---\n 1 | x\n 3 | y\n 5 | z\n(3 rows)\n",
            "1 line after the table ('(3 rows)')",
        ),
        ("a    b\n---  ---\n1  x\n3  y\n5  z\n", ""),
        ("sep=;\na;b\n1;x\n3;y\n5;z\n", ""),
        ('"sep=|"\r\na|b\r\n1|x\r\n3|y\r\n5|z\r\n', ""),
        ("a b\n1 x\n3 y\n5 z\n", ""),
        ("  a   b\n  1   x\n 3    y\n  5\tz\n", ""),
        ("# of a run\na b\n1 x\n3 y\n5 z\n", "1 line before the table"),
        ("# a b\n1 x\n3 y\n5 z\n", "The comment line '# a b' is read as the header."),
        ("a:b\n1:x\n3:y\n5:z\n", ""),
        ("'a','b'\n'1','x'\n'3','y'\n'5','z'\n", ""),
        ("a,b,\n1,x,\n3,y,\n5,z,\n", ""),
        ("a,b,\n1,x\n3,y\n5,z\n", ""),
        ("a,b\n1,x,\n3,y,\n5,z,\n", ""),
        ("a,b\r1,x\r3,y\r5,z\r", ""),
        ("# title\ra,b\r1,x\r3,y\r5,z\rthe end\r", "1 line after the table ('the end')"),
    ],
)
def test_layouts(write, text, note):
    table = read_table(write(text))
    assert cells(table) == AB
    assert len(table.notes) == text.count("the end") + bool(note)
    assert any(note in found for found in table.notes) or not note


def test_padded_titles_and_key_value_lines_before_the_table(write):
    rows = "a;b;c;d\n1;2;3;x\n4;5;6;y\n"
    table = read_table(write(f"Report 2024;;;\n;;;\n{rows}"))
    assert table.names == ("a", "b", "c", "d")
    assert "2 lines before the table" in table.notes[0] or "1 line before" in table.notes[0]
    assert read_table(write(f"Station:;Berlin\nHeight:;34\n{rows}")).names == ("a", "b", "c", "d")
    kept = read_table(write("1;;;\n4;5;6;y\n7;8;9;z\n"))  # a row with missing cells
    assert kept.rows == 3


def test_aligned_columns_with_spaces_inside(write):
    text = "city         size  x\nNew York     3     1.5\nOslo         1     2.5\n"
    table = read_table(write(text))
    assert cells(table) == {"city": ["New York", "Oslo"], "size": [3.0, 1.0], "x": [1.5, 2.5]}
    assert "spaces between columns" in table.source
    quoted = read_table(write('city size\n"New York" 3\nOslo 1\n'))
    assert cells(quoted) == {"city": ["New York", "Oslo"], "size": [3.0, 1.0]}


@pytest.mark.parametrize(
    "text",
    [
        "name\nJohn Smith\nJane Doe\n",
        "when\n2024-05-01 10:00\n2024-05-02 11:00\n",
        "2024-05-01 10:00:00\n2024-05-02 11:00:00\n",
        "time\n10:30\n11:45\n",
        "10:30\n11:45\n",
        "text\nmore than one word 1\nand 2\n",
    ],
)
def test_one_column_with_spaces_or_colons_stays_one_column(write, text):
    assert len(read_table(write(text)).names) == 1


def test_years_as_names_below_a_title(write):
    text = "Source,Development,,\n\ncountry,code,2020,2021,\nAruba,ABW,25,31,\nAngola,AGO,48,66,\n"
    table = read_table(write(text))
    assert table.names == ("country", "code", "2020", "2021")
    assert table["2020"].values.tolist() == [25.0, 48.0]
    text = "Station: x\n\nYEAR MO DY   TMAX\n2020 01 01    3.5\n2020 01 02   14.5\n"
    assert read_table(write(text)).names == ("YEAR", "MO", "DY", "TMAX")


def test_decimal_commas_in_aligned_columns(write):
    table = read_table(write("a b\n1,5 2,5\n3,5 4,5\n"))
    assert cells(table) == {"a": [1.5, 3.5], "b": [2.5, 4.5]}


def test_ragged_rows_are_not_read_by_another_separator(write):
    for text in (
        "2024-01-01 10:00,5,6\n2024-01-02 10:00,5,6\n2024-01-03 10:00,5\n",
        "1:2,a\n3:4,b,c\n",
    ):
        with pytest.raises(TableFileError, match="but the table has"):
            read_table(write(text))


def test_single_quotes_inside_a_text_are_no_quotation_marks(write):
    table = read_table(write("a,b\n'it's','x'\n'q','z'\n"))
    assert cells(table) == {"a": ["'it's'", "'q'"], "b": ["'x'", "'z'"]}
    assert cells(read_table(write("a,b\n'it''s','x, y'\n'q','z'\n")))["b"] == ["x, y", "z"]


def test_the_sparse_format_of_libsvm_is_named(write):
    with pytest.raises(TableFileError, match="sparse format of LIBSVM"):
        read_table(write("1 1:0.5 7:0.3\n-1 1:0.2 3:1\n"))


def test_names_of_rows_as_r_writes_them(write):
    table = read_table(write('"a" "b"\n"1" 1 "x"\n"2" 3 "y"\n"3" 5 "z"\n'))
    assert cells(table) == {"column1": [1.0, 2.0, 3.0], **AB}
    assert "as R writes tables" in table.notes[0]
    table = read_table(write("mpg,cyl\nMazda RX4,21,6\nDatsun 710,22.8,4\n"))
    assert table.names == ("column1", "mpg", "cyl")


def test_a_row_of_totals_is_reported(write):
    text = "city,n\nrome,1\noslo,2\nTotal,3\n"
    table = read_table(write(text))
    assert table.rows == 3
    assert "because 'city' is 'Total' there" in table.notes[0]
    query = table.notes[0].partition("the query ")[2].rstrip(".")
    without = read_table(write(text), query=query)
    assert (without.rows, without.notes) == (2, ())
    assert read_table(write(text), query="SELECT * FROM source").notes == table.notes
    oil = read_table(write("company,n\nTotal,1\nShell,2\nTotal,3\n"))
    assert oil.notes == ()


def test_separator_skip_rows_and_names_can_be_given(write):
    assert read_table(write("a~b\n1~x\n"), separator="~").names == ("a", "b")
    assert read_table(write("a  b\n1 x\n"), separator="space").names == ("a", "b")
    assert read_table(write("a;b,c\n1;2,5\n"), separator=",").names == ("a;b", "c")
    path = write("u,v\n8,9\na,b\n1,x\n3,y\n5,z\n")
    assert cells(read_table(path, skip_rows=2)) == AB
    assert cells(read_table(path, skip_rows=3, names=["a", "b"])) == AB
    assert read_table(path, skip_rows=2, header=False).names == ("column1", "column2")
    with pytest.raises(SettingError, match=r"`skip_rows` must leave lines to read; got|, got 6"):
        read_table(path, skip_rows=6)
    with pytest.raises(SettingError, match="one name for each of the 2 columns"):
        read_table(path, skip_rows=2, names=["a"])


def test_names_replace_those_of_the_header(write):
    assert cells(read_table(write(f"u,v\n{ROWS}"), names=["a", "b"])) == AB
    assert read_table(write(f"u,v\n{ROWS}"), names=["a", "b"], header=False).rows == 4


def test_a_ragged_row_after_a_title_has_its_line(write):
    path = write("a title\n\na,b\n1,2\n3,4,5\n6,7\n")
    with pytest.raises(TableFileError, match="line 5: the row has 3 columns, but the table has 2"):
        read_table(path)


def test_a_line_break_in_a_quoted_header(write):
    assert read_table(write('"a\nb",c\n1,2\n3,4\n')).names == ("a\nb", "c")
    assert read_table(write('title\n"a\nb",c\n1,2\n3,4\n')).rows == 2


@pytest.mark.parametrize("line_end", ["\r\n", "\n", "\r"])
@pytest.mark.parametrize("inner", ["\n", "\r\n", "\r"])
def test_line_breaks_inside_quotes_may_differ_from_those_of_the_file(write, line_end, inner):
    rows = ["1,x", f'2,"y{inner}z"', "3,x", ""]
    for header in (f'"a{inner}b",c', f'a,"b{inner}{inner}c{inner}d"'):
        table = read_table(write(line_end.join([header, *rows])))
        assert (table.rows, len(table.names)) == (3, 2)
        assert any(inner in name for name in table.names)
        assert table.columns[1].texts()[1] == f"y{inner}z"
    with pytest.raises(
        TableFileError, match="line 1: a cell starts with a double quote that is never"
    ):
        read_table(write(line_end.join(['"a,b', "1,2", "3,4"])))


def test_the_names_of_a_model_decide_whether_there_is_a_header(write):
    mushrooms = write("p,x,1\ne,x,2\np,b,3\n")
    schema = read_table(mushrooms).schema
    assert schema.names == ("column1", "column2", "column3")
    assert read_table(write("p,x,3\n"), schema=schema).rows == 1
    assert read_table(write("e,b,c\ne,x,d\n"), schema=schema).rows == 2
    named = read_table(write("a,b\nx,y\nx,z\n")).schema
    assert read_table(write("a,b\na,b\n"), schema=named).rows == 1
    assert read_table(write("b,a,other\nu,v,w\n"), schema=named).rows == 1


def test_lines_that_are_skipped_at_predict_are_reported_too(write):
    schema = read_table(write(f"a,b\n{ROWS}")).schema
    table = read_table(write(f"a title\na,b\n{ROWS}The end\n"), schema=schema)
    assert len([note for note in table.notes if "not part of it and is skipped" in note]) == 2
