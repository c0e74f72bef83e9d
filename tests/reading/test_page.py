"""The page "How tables are read" is true: every example in its tables is tried."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from reading.any_model import model_of

from deltarule.data import read_table

PAGE = Path(__file__).parents[2] / "docs" / "explanation" / "how-tables-are-read.md"
ROWS = re.findall(r"^\| (`.*`) \| (\S+) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
EXAMPLES = [(re.findall(r"`([^`]+)`", cells), expected) for cells, expected in ROWS]


@pytest.mark.parametrize(("cells", "expected"), EXAMPLES)
def test_the_first_cell_is_read_as_the_page_says(cells: list[str], expected: str) -> None:
    column = read_table({"a": cells * 15})["a"]
    if column.kind == "datetime":
        assert column.values[0] == np.datetime64(expected)
    else:
        assert column.kind == "number"
        assert column.values[0] == float(expected)


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) >= 25


def test_other_statements_of_the_page() -> None:
    assert read_table({"a": ["13:30", "08:00"] * 5})["a"].values[0] == 13.5
    assert read_table({"a": ["1 day 02:30:00", "08:00:00"] * 5})["a"].values[0] == 26.5
    assert read_table({"a": ["1h 30m", "2h 15m"] * 5})["a"].values[0] == 1.5
    spaces = read_table({"a": ["\u00a0red\u3000", "red", "blue"] * 5})
    assert spaces["a"].levels == ("blue", "red")
    zip_codes = model_of(read_table({"a": ["007", "10", "x"] * 5}))
    for cell in ("7", "7.0", 7, 7.0):
        assert zip_codes.read({"a": [cell]})["a"].texts()[0] is not None
        features = zip_codes.encoder.transform(zip_codes.read({"a": [cell]}))
        known = zip_codes.encoder.transform(zip_codes.read({"a": ["007"]}))
        np.testing.assert_array_equal(features, known)
    versions = model_of(read_table({"a": ["1.1", "1.10", "x"] * 5}))
    one, ten = (versions.encoder.transform(versions.read({"a": [t]})) for t in ("1.1", "1.10"))
    assert not np.array_equal(one, ten)


@pytest.mark.parametrize(
    ("bad", "rows", "kind"),
    [(5, 100, "number"), (6, 100, "text"), (1, 20, "number"), (1, 10, "text")],
)
def test_the_share_of_odd_cells(bad: int, rows: int, kind: str) -> None:
    cells = [str(i) for i in range(rows - bad)] + ["odd"] * bad
    table = read_table({"a": cells})
    assert table["a"].kind == kind
    assert f"{bad} of " in table.notes[0]
