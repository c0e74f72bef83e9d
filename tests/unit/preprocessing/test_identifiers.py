"""Identifiers and stored row indexes are dropped; measurements that happen to be distinct are not."""

from __future__ import annotations

import hashlib
import io
import uuid

import numpy as np
import pytest

import deltarule as dr
from deltarule.data import read_table
from deltarule.errors import SettingError
from deltarule.preprocessing import TableEncoder
from deltarule.preprocessing.column_names import is_identifier

ROWS = 200
RANDOM = np.random.default_rng(0)
SHUFFLED = RANDOM.permutation(ROWS)
NOISE = RANDOM.normal(size=ROWS)


def dropped(columns: dict[str, object]) -> dict[str, str]:
    """Return the dropped columns of a table with a column of noise, and why."""
    encoder = TableEncoder.fit(read_table({**columns, "noise": NOISE}), None)
    return {d["column"]: d["encoding"] for d in encoder.describe() if d["kind"] == "dropped"}


@pytest.mark.parametrize(
    "name",
    [
        "id", "ID", "customerId", "customer_id", "CustomerID", "PassengerId", "SK_ID_CURR", "IDpol",
        "userid", "EmployeeNumber", "person_number", "Kundennummer", "order no", "session_key", "uuid",
    ],
)  # fmt: skip
def test_distinct_integers_with_the_name_of_an_identifier_are_dropped(name):
    values = 31 * SHUFFLED + 5000
    assert "looks like an identifier" in dropped({name: values})[name]
    repeated = np.where(SHUFFLED % 20 == 0, 5000, values)  # 95 % are distinct
    assert dropped({name: repeated}).keys() <= {name}


@pytest.mark.parametrize(
    "name", ["bid", "grid", "paid", "width", "idade", "identity", "ideal", "kid"]
)
def test_a_name_that_only_contains_the_letters_is_no_identifier(name):
    assert not is_identifier(name)
    assert dropped({name: 31 * SHUFFLED + 5000}) == {}


def test_mostly_distinct_identifiers_are_dropped_and_repeated_ones_are_not():
    mostly = np.where(SHUFFLED % 20 == 0, 5000, 31 * SHUFFLED + 6000)
    assert "191 distinct values" in dropped({"client_id": mostly})["client_id"]
    assert dropped({"client_id": SHUFFLED // 4, "type_id": SHUFFLED % 7}) == {}


def test_an_identifier_that_grows_with_the_rows_is_dropped_even_if_it_repeats():
    person = np.arange(ROWS) // 4 * 3 + 7
    assert "grow with the rows" in dropped({"person_number": person})["person_number"]
    assert dropped({"dose": person, "type_id": np.arange(ROWS) // 50}) == {}


@pytest.mark.parametrize("name", ["__index_level_0__", "Unnamed: 0", "index", "rownames", "row_id"])
def test_a_stored_index_is_dropped_in_any_order(name):
    assert "looks like a" in dropped({name: SHUFFLED})[name]


@pytest.mark.parametrize("name", ["__index_level_0__", "Unnamed: 0"])
def test_the_indexes_of_appended_tables_are_dropped(name):
    assert "row index" in dropped({name: np.arange(ROWS) % 50})[name]


def test_row_names_that_r_reads_back_are_dropped_and_coordinates_are_not():
    assert "stored row index (of R" in dropped({"X": SHUFFLED + 1})["X"]
    assert (
        dropped({"X": 3 * SHUFFLED})
        == dropped({"X": SHUFFLED // 2})
        == dropped({"Y": SHUFFLED})
        == {}
    )


def test_an_empty_header_of_integers_is_a_stored_index():
    lines = [f"{SHUFFLED[i]},{NOISE[i]:.3f}" for i in range(ROWS)]
    table = read_table(io.BytesIO("\n".join([",noise", *lines]).encode()))
    note = TableEncoder.fit(table, None).notes
    assert note == (
        "Column 'column1' is dropped: it looks like a stored row index (by its name and its distinct "
        "integers). To use it, set `keep='column1'`.",
    )
    assert TableEncoder.fit(table, None, keep=("column1",)).columns == ("column1", "noise")
    # Without a header all columns are numbered, and the name means nothing.
    assert TableEncoder.fit(read_table(io.BytesIO("\n".join(lines).encode())), None).notes == ()


def test_a_stored_index_of_dates_or_repeated_names_is_used():
    days = np.datetime64("2024-01-01") + SHUFFLED
    towns = np.array(["Bonn", "Ulm", "Köln", "Jena"])[SHUFFLED % 4]
    assert dropped({"__index_level_0__": days, "Unnamed: 0": towns}) == {}


def test_hashes_are_dropped_even_if_some_repeat():
    third = [hashlib.md5(b"%d" % (i // 3)).hexdigest() for i in SHUFFLED]
    random = np.random.default_rng(0)
    uuids = [str(uuid.UUID(bytes=random.bytes(16))) for _ in range(ROWS)]
    reasons = dropped({"user": third, "event": uuids})
    assert reasons["user"] == f"it looks like an identifier (67 hashes in {ROWS} rows)"
    assert reasons["event"] == f"it looks like an identifier ({ROWS} distinct texts in {ROWS} rows)"
    levels = [hashlib.md5(b"%d" % (i % 5)).hexdigest() for i in SHUFFLED]
    assert dropped({"hashed_category": levels}) == {}


def test_serial_numbers_without_such_a_name_are_dropped_and_years_are_not():
    assert "consecutive" in dropped({"Belegstelle": np.arange(ROWS) + 10_000})["Belegstelle"]
    years = np.arange(ROWS) + 1800
    assert dropped({"jahr": years, "day": years + 5000, "kelvin": np.arange(ROWS) + 300}) == {}


def test_distinct_prices_areas_and_floats_stay():
    columns = {
        "price": 1000 * SHUFFLED + 99_000,
        "area": np.sort(RANDOM.choice(5000, ROWS, replace=False)),
        "weight_id": NOISE,
        "number_of_people": 31 * SHUFFLED,
    }
    assert dropped(columns) == {}


def test_keep_is_a_setting():
    table = {"customerId": 31 * SHUFFLED, "noise": NOISE, "y": NOISE + SHUFFLED}
    quick = {"folds": 1, "epochs": 1, "hidden": ()}
    result = dr.train(table, target="y", **quick)
    assert result.model.encoder.columns == ("noise",)
    assert "To use it, set `keep='customerId'`." in result.notes[0]
    kept = dr.train(table, target="y", keep="customerId", **quick)
    assert kept.model.encoder.columns == ("customerId", "noise")
    assert kept.model.about["settings"]["keep"] == ["customerId"]
    with pytest.raises(SettingError, match="lists 'noise', which `drop` lists too"):
        dr.train(table, target="y", keep="noise", drop="noise", **quick)
    with pytest.raises(SettingError, match="must not hold the target 'y'"):
        dr.train(table, target="y", keep="y", **quick)
