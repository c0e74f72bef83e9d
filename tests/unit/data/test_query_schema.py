"""A query on a text file: which schema its result has, and which options the file is read with."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from deltarule.data import read_table


@pytest.mark.parametrize("cells", [
    ["71 kg", "62.5 kg"], ["1.133,98 €", "12,00 €"], ["31.12.2020", "01.02.2021"], ["13:30", "08:15"],
    ["52.5%", "7%"], ["20140512", "20150613"], ["1 day 02:30:00", "2 days 01:00:00"],
])  # fmt: skip
def test_a_model_of_a_query_reads_the_file_too(tmp_path: Path, cells: list[str]) -> None:
    path = tmp_path / "t.csv"
    path.write_text("a;y\n" + "".join(f"{cells[i % 2]};{i % 2}\n" for i in range(24)))
    queried = read_table(path, query="SELECT * FROM source")
    again = read_table(path, schema=queried.schema)
    assert np.array_equal(again["a"].values, queried["a"].values)
    assert not again.notes


def test_options_of_cells_apply_to_the_source_of_a_query(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text("day,code,zip\n05/06/2024,NA,02134\n06/07/2024,EU,02135\n")
    table = read_table(
        path, query="SELECT * FROM source", day_first=True, missing="", columns={"zip": "number"}
    )
    assert str(table["day"].values[0])[:10] == "2024-06-05"
    assert table["code"].levels == ("EU", "NA")
    assert table["zip"].values[0] == 2134


def test_clock_numbers_are_found_in_the_result_of_a_query(tmp_path: Path) -> None:
    """SQL sees 1745; models of the file and of the query read both as 17.75 hours."""
    path = tmp_path / "t.csv"
    clock = [100 * (i % 24) + (7 * i) % 60 for i in range(60)]
    path.write_text("a;y\n" + "".join(f"{number};{i % 2}\n" for i, number in enumerate(clock)))
    hours = [number // 100 + number % 100 / 60 for number in clock]
    plain, queried = read_table(path), read_table(path, query="SELECT * FROM source")
    for schema in (plain.schema, queried.schema):
        for table in (
            read_table(path, schema=schema),
            read_table(path, query="SELECT * FROM source", schema=schema),
        ):
            np.testing.assert_allclose(table["a"].values, hours, rtol=1e-12)
            assert not table.notes
    late = read_table(path, query="SELECT * FROM source WHERE a >= 1745", schema=plain.schema)
    assert late["a"].values.min() >= 17.75
