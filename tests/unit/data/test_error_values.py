"""Error values of spreadsheets and of C in columns of numbers: missing, and counted in a note."""

from __future__ import annotations

import pandas as pd
import pytest

from deltarule.data import read_table

ERRORS = ("#DIV/0!", "#REF!", "#VALUE!", "1.#IND", "-1.#QNAN", "#WERT!", "nan(ind)")
SILENT = ("NA", "NaN", "null", "NaT", "#N/A", "", "(null)", "-nan")


@pytest.mark.parametrize("text", ERRORS)
def test_error_values_are_counted_from_every_source(write, text):
    cells = ["1.5", text, "2.5", "NA", "3.5", text]
    csv = write("v;w\n" + "".join(f"{cell};x\n" for cell in cells))
    frame = pd.DataFrame({"v": cells, "w": "x"})
    for source in (csv, frame):
        table = read_table(source)
        assert table["v"].kind == "number"
        assert table["v"].missing.tolist() == [False, True, False, True, False, True]
        assert table.notes == (
            f"2 of 5 values of column 'v' are {text!r}, which is read as missing.",
        )


@pytest.mark.parametrize("text", SILENT)
def test_missing_values_are_not_counted(write, text):
    table = read_table(write(f"v;w\n1.5;x\n{text};x\n2.5;x\n"))
    assert table["v"].missing.tolist() == [False, True, False]
    assert table.notes == ()


def test_error_values_and_other_markers_share_a_note(write):
    rows = "".join(f"{i}.5;x\n" for i in range(300))
    table = read_table(write(f"v;w\n{rows}#DIV/0!;x\n-;x\n"))  # behind the sample of first rows
    assert table.notes == (
        "2 of 302 values of column 'v' are '-', '#DIV/0!', which is read as missing.",
    )
    again = read_table(write("v;w\n#DIV/0!;x\n2;x\n"), schema=table.schema)
    assert again["v"].missing.tolist() == [True, False]
    assert again.notes == ()
    assert read_table(write("v;w\n#DIV/0!;x\nb;x\nb;x\n")).notes == ()  # a column of texts
