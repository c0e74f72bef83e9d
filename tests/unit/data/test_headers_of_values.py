"""Headers, separators and titles of files whose cells are values in any spelling that a schema reads."""

from __future__ import annotations

import pytest

from deltarule.data import read_table
from deltarule.errors import TableFileError

NUMBERED = tuple(f"column{i}" for i in range(1, 4))


def names(write, text: str) -> tuple[str, ...]:
    return read_table(write(text)).names


VALUES = [
    ("71 kg", "62.5 kg"),
    ('"$1,133.98"', "$12"),
    ("31-OCT-2023", "01-NOV-2023"),
    ("08:00 PM", "09:00 AM"),
    ("52.5%", "7%"),
    ("1h 30m", "2h 15m"),
    ("1 133.98", "12.5"),
    ("(12.5)", "\u22123"),
    ("07/26/2020", "08/01/2020"),
    ("2024-06-24 08:30:00 Europe/Berlin", "2024-06-25 08:30:00 Europe/Berlin"),
]


@pytest.mark.parametrize("cells", VALUES)
def test_a_header_above_values(write, cells):
    first, second = cells
    # No other column shows the header: its first cell occurs again below.
    table = read_table(write(f"a,v\nx,{first}\na,{second}\n"))
    assert table.names == ("a", "v")
    assert table.schema["v"].kind in ("number", "datetime", "duration")


@pytest.mark.parametrize("cells", VALUES)
def test_no_header_where_the_first_row_has_values(write, cells):
    first, second = cells
    table = read_table(write(f"anna,{first}\nbob,{second}\ncarl,{second}\n"))
    assert table.names == NUMBERED[:2]
    assert table.rows == 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("12 kg,5 m\n13 kg,6 m\n", NUMBERED[:2]),
        ("-,5\n3,4\n2,2\n", NUMBERED[:2]),  # a missing cell
        ("missing,5\n3,4\n2,2\n", NUMBERED[:2]),
        ("01234,x\n02345,y\n", NUMBERED[:2]),  # codes above codes
        ("zip,city\n01234,x\n02345,y\n", ("zip", "city")),
        ("nr,name\n1,anna\n2,bob\n", ("nr", "name")),
        ("#,name\n1,anna\n2,bob\n", ("#", "name")),
        ("a,b\nx,5\na,-\nx,7\n", ("a", "b")),
        ("name,1/22/20,2020-01-23\nx,0,1\ny,1,5\n", ("name", "1/22/20", "2020-01-23")),
        ("name,24h,50%\nx,5,7\ny,6,9\nz,1,2\n", ("name", "24h", "50%")),
        ("name,May 2020\nanna,good\nbob,bad\n", ("name", "May 2020")),
        ("name,3 months\nanna,2 weeks\nbob,long\n", NUMBERED[:2]),
        ("item,$5\nx,6\ny,7\n", NUMBERED[:2]),  # amounts with the currency in the first row
    ],
)
def test_names_or_values(write, text, expected):
    assert names(write, text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "1.133,98;5,5\n2.000,50;12,5\n3.000,50;12,5\n",
        "3,5;1,5\n2,5;2,7\n",
        "3,5\t1,5\n2,5\t2,7\n",
        '"1,000";"2,5"\n"3,000";"4,5"\n',
    ],
)
def test_decimal_commas_without_a_header_are_not_separators(write, text):
    table = read_table(write(text))
    assert table.names == NUMBERED[:2]
    assert [column.kind for column in table.columns] == ["number", "number"]


def test_a_header_above_decimal_commas_with_thousands(write):
    table = read_table(write("a;b\nx;1.133,98\na;12,5\n"))
    assert table["b"].values.tolist() == [1133.98, 12.5]
    assert names(write, "price\n3,5\n2,5\n") == ("price",)
    assert names(write, "x\n1,3\n2,5\n") == ("column1", "column2")  # numbered rows, below a title


@pytest.mark.parametrize(
    "text",
    [
        "12 kg\n13 kg\n",
        "body weight\n12 kg\n13 kg\n",
        "31 Oct 2023\n1 Nov 2023\n",
        "08:00 PM\n09:00 AM\n",
    ],
)
def test_spaces_inside_values_do_not_separate(write, text):
    assert len(names(write, text)) == 1


def test_spaces_separate_numbers_and_words(write):
    assert names(write, "id sex\n1 male\n2 male\n") == ("id", "sex")
    assert names(write, "a b\n100 200\n300 400\n") == ("a", "b")


def test_dates_and_counts_as_titles_and_footers(write):
    rows = "a,b,c\nx,2,3\ny,5,6\n"
    for text in (f"2023-10-31\n{rows}", f"October 2023\n{rows}", f"{rows}31.10.2023\n"):
        table = read_table(write(text))
        assert table.names == ("a", "b", "c")
        assert table.rows == 2
        assert "not part of it" in table.notes[0]
    assert read_table(write(f"{rows}(2 rows)\n")).rows == 2
    with pytest.raises(TableFileError, match="the row has 1 column"):  # a row cut short
        read_table(write("a,b,c\n1 kg,2,3\n4 kg,5,6\n5 kg\n"))
    with pytest.raises(TableFileError, match="the row has 1 column"):
        read_table(write("a,b\n2023-10-30,2\n2023-10-31,5\n2023-11-01\n"))
