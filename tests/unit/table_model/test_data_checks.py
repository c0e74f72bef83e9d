"""What is worth knowing before training: leaks, duplicates, groups, time order, copies."""

from __future__ import annotations

import shlex
import time
from typing import Any

import numpy as np
import pytest

import deltarule as dr
from deltarule.data import read_table
from deltarule.data.read_options import ReadOptions
from deltarule.data.sources import schema_hints
from deltarule.data.streamed_table import streamed_table
from deltarule.preprocessing import TableEncoder, fit_target
from deltarule.splitting import split_rows
from deltarule.table_model.data_checks import CheckedTable, data_notes
from deltarule.table_model.setting_info import as_options

ROWS = 400
RANDOM = np.random.default_rng(0)
NOISE = RANDOM.normal(size=ROWS)
CLASSES = np.where(RANDOM.random(ROWS) < 0.3, "yes", "no")
NUMBERS = RANDOM.gamma(2.0, size=ROWS)


def notes_of(columns: Any, target: str) -> tuple[str, ...]:
    """Return the notes on a table of which 20 % are test rows."""
    table = columns if not isinstance(columns, dict) else read_table(columns)
    fitted = fit_target(table, target)
    table = table.select(fitted.rows)
    targets = fitted.target.encode(table[target])
    split = split_rows(
        targets, fractions=(0.0, 0.2), seed=0, stratify=fitted.target.task.stratified
    )
    encoder = TableEncoder.fit(table, target, rows=split.training)
    return data_notes(
        CheckedTable(
            table,
            fitted.target,
            targets,
            split.training,
            split.test,
            used=frozenset(encoder.columns),
            excluded=frozenset([target]),
        )
    )


def test_ordinary_columns_give_no_note():
    columns = {"a": NOISE, "b": RANDOM.integers(0, 9, ROWS), "c": RANDOM.choice([*"xyz"], ROWS)}
    assert notes_of({**columns, "y": CLASSES}, "y") == ()
    assert notes_of({**columns, "y": NUMBERS + NOISE}, "y") == ()
    few = {name: values[:40] for name, values in columns.items()}
    assert notes_of({**few, "copy": CLASSES[:40], "y": CLASSES[:40]}, "y") == ()


def test_a_column_that_predicts_the_class_is_a_likely_leak_with_its_score():
    (note,) = notes_of(
        {"noise": NOISE, "result": np.where(CLASSES == "yes", 7, 3), "y": CLASSES}, "y"
    )
    assert note == (
        "Column 'result' alone predicts 'y' (accuracy 100%, versus 70.3% for the most frequent class), "
        "which may be a leak: it is used, but if it is known only after 'y', set `drop='result'`."
    )
    assert as_options(note).endswith("if it is known only after 'y', set --drop result.")


@pytest.mark.parametrize("change", [lambda y: 3 * y - 1, lambda y: np.exp(y), lambda y: -(y**3)])
def test_a_function_of_a_number_is_a_likely_leak(change):
    (note,) = notes_of({"noise": NOISE, "total": change(NUMBERS), "y": NUMBERS}, "y")
    assert note.startswith("Column 'total' alone predicts 'y' (R² 0.99")
    noisy = NUMBERS + 0.7 * NUMBERS.std() * NOISE
    assert notes_of({"total": noisy, "y": NUMBERS}, "y") == ()


def test_a_column_that_is_filled_in_only_after_the_outcome_is_found():
    paid = np.where(CLASSES == "yes", np.abs(NOISE), np.nan)
    (note,) = notes_of({"noise": NOISE, "paid": paid, "y": CLASSES}, "y")
    assert note.startswith("Whether column 'paid' is filled in alone predicts 'y' (accuracy 100%")
    zero = np.where(CLASSES == "yes", np.abs(NOISE), 0)
    (note,) = notes_of({"noise": NOISE, "paid": zero, "y": CLASSES}, "y")
    assert note.startswith("Whether column 'paid' is 0 alone predicts 'y'")
    # Lifeboats: nearly all of those who have one survived.
    boat = np.where((CLASSES == "yes") ^ (RANDOM.random(ROWS) < 0.02), "4", None)
    boat[RANDOM.random(ROWS) < 0.05] = None
    (note,) = notes_of({"noise": NOISE, "boat": boat, "y": CLASSES}, "y")
    assert note.startswith("Whether column 'boat' is filled in alone predicts 'y' (accuracy 9")


def test_a_leak_of_a_rare_class_in_a_large_table_is_found():
    rows = 50_000
    random = np.random.default_rng(1)
    fraud = random.random(rows) < 0.002
    case = np.where(fraud, random.integers(1, 1000, rows), np.nan)
    (note,) = notes_of({"x": random.normal(size=rows), "case": case, "fraud": fraud}, "fraud")
    assert note.startswith(
        "Whether column 'case' is filled in alone predicts 'fraud' (accuracy 100%"
    )


def test_levels_that_hardly_repeat_do_not_look_like_a_leak():
    streets = np.array([f"{i} street" for i in RANDOM.integers(0, 200, ROWS)])
    assert not any("leak" in note for note in notes_of({"street": streets, "y": CLASSES}, "y"))


def test_many_leaks_are_listed():
    copies = {f"v{i}": NUMBERS**2 + 0.001 * i * NOISE for i in range(6)}
    notes = notes_of({**copies, "y": NUMBERS}, "y")
    assert len(notes) == 4
    assert notes[3].startswith("3 more columns alone predict 'y' nearly as well (")


def test_duplicate_rows_are_counted_on_both_sides_of_the_split():
    twice = np.r_[np.arange(ROWS), np.arange(ROWS // 2)]
    columns = {"a": NOISE[twice], "b": NUMBERS[twice], "y": CLASSES[twice]}
    columns["a"][5] = columns["a"][ROWS + 5] = np.nan
    (note,) = notes_of(columns, "y")
    assert note.startswith("200 rows repeat another row, and ")
    assert note.endswith('to use each row once, set `query="SELECT DISTINCT * FROM source"`.')
    assert "--query 'SELECT DISTINCT * FROM source'." in as_options(note)
    other = {**columns, "y": np.r_[CLASSES, np.where(CLASSES[: ROWS // 2] == "yes", "no", "yes")]}
    assert notes_of(other, "y") == ()
    few = {"a": NOISE > 0, "b": RANDOM.integers(0, 5, ROWS), "y": CLASSES}
    assert notes_of(few, "y") == ()  # ten combinations repeat anyway


@pytest.mark.parametrize(
    "settings", [{"drop": ("the day", "other")}, {"time": "the day", "drop": ("other",)}]
)
def test_the_query_leaves_out_rows_that_differ_in_unused_columns_alone(tmp_path, settings):
    rows = [*range(ROWS), *range(ROWS // 2)]
    lines = [
        f"{i},{NOISE[k]},{NUMBERS[k]},2020-01-{1 + i % 28:02},{i % 7},{CLASSES[k]}"
        for i, k in enumerate(rows)
    ]
    path = tmp_path / "twice.csv"
    path.write_text("\n".join(["id,a,b,the day,other,y", *lines]) + "\n")
    notes = dr.train(path, "y", folds=1, epochs=1, hidden=(), **settings).notes
    (note,) = [note for note in notes if "another row" in note]
    assert note.startswith("200 rows repeat another row")
    query = shlex.split(as_options(note).partition("--query ")[2].removesuffix("."))[0]
    assert read_table(path, query=query).rows == ROWS


@pytest.mark.parametrize("name", ["person_number", "customerId", "patient"])
def test_identifiers_that_repeat_are_groups(name):
    person = RANDOM.permutation(ROWS) % 80
    (note,) = notes_of({name: person, "a": NOISE, "y": NUMBERS}, "y")
    assert note.startswith(f"The 80 values of column {name!r} repeat, and ")
    assert note.endswith(f"set `groups={name!r}` to keep the rows of each together.")
    assert f"set --group {name} to keep" in as_options(note)


def test_codes_and_precise_measurements_that_repeat_are_groups():
    group = RANDOM.permutation(ROWS) % 40
    (note,) = notes_of({"site": np.array([f"S-{i:03}" for i in group]), "y": NUMBERS}, "y")
    assert "values of column 'site' repeat" in note
    heights, weights = RANDOM.normal(170, 10, 40), RANDOM.normal(70, 9, 40)
    (note,) = notes_of({"height": heights[group], "kg": weights[group], "y": NUMBERS}, "y")
    assert note.startswith("The 40 values of column 'height' repeat")
    for name, values in {
        "zip_code": [f"D-{i:03}" for i in group],
        "town": [f"town {'abcdefghij'[i // 4]}{'klmn'[i % 4]}" for i in group],
        "price": 100 * group,
        "type_id": group,
    }.items():
        assert notes_of({name: np.array(values), "y": NUMBERS}, "y") == ()


def test_rows_in_the_order_of_time_are_noticed():
    hours = np.datetime64("2024-01-01T00", "h") + np.arange(ROWS)
    (note,) = notes_of({"time": hours, "a": NOISE, "y": NUMBERS}, "y")
    assert "the rows are in the order of column 'time'" in note
    assert note.endswith("set `time='time'` to test on the last rows.")
    shuffled = RANDOM.permutation(ROWS)
    walk = np.cumsum(NOISE)
    (note,) = notes_of({"time": hours[shuffled], "y": walk[shuffled]}, "y")
    assert "neighboring rows are alike in the order of column 'time'" in note
    assert notes_of({"time": hours[shuffled], "a": NOISE, "y": NUMBERS}, "y") == ()
    years = 2010 + np.arange(ROWS) // 100
    (note,) = notes_of({"No": np.arange(ROWS), "year": years, "a": NOISE, "y": NUMBERS}, "y")
    assert note.endswith("set `time='No'` to test on the last rows.")


def test_copies_and_multiples_of_a_column_are_listed():
    town = RANDOM.choice(["Bonn", "Ulm", "Jena"], ROWS)
    columns = {
        "celsius": NOISE,
        "fahrenheit": 1.8 * NOISE + 32,
        "again": NOISE,
        "half": -0.5 * NOISE,
        "town": town,
        "prefix": np.select([town == "Bonn", town == "Ulm"], [228, 731], 3641),
        "town_code": np.select([town == "Bonn", town == "Ulm"], ["b", "u"], "j"),
        "other": NUMBERS,
    }
    (note,) = notes_of({**columns, "y": CLASSES}, "y")
    assert note == (
        "5 columns say the same as another ('fahrenheit' is 1.8 × 'celsius' + 32, 'again' is equal to "
        "'celsius', 'half' is −0.5 × 'celsius', 'prefix' is 'town' under other names, 'town_code' is "
        "'town' under other names) and share its importance: to leave one out, set `drop='fahrenheit'`."
    )
    rounded = {"celsius": NOISE, "fahrenheit": np.round(1.8 * NOISE + 32), "y": CLASSES}
    assert notes_of(rounded, "y") == ()
    missing = {"a": NOISE, "b": np.where(NOISE > 1, np.nan, NOISE), "y": CLASSES}
    assert notes_of(missing, "y") == ()


REAL = {
    "abalone": ("Rings", []),
    "adult": ("income", ["Column 'education-num' is 'education' under other names"]),
    "beijing_pm25": ("pm2.5", ["Test rows are drawn at random"]),
    "bike_sharing": (
        "cnt",
        ["Column 'registered' alone predicts", "Test rows are drawn at random"],
    ),
    "california_housing": ("median_house_value", []),
    "diamonds": ("price", []),
    "electricity": ("class", []),
    "german_credit": ("class", []),
    "iris": ("species", []),
    "nyc_taxis": ("fare", ["Column 'total' alone predicts 'fare' (R² 0.9"]),
    "penguins": ("species", []),
    "wine_quality": ("quality", ["1,177 rows repeat another row, and "]),
}


@pytest.mark.parametrize("name", list(REAL))
def test_real_tables_give_the_expected_notes(shared_tables, name):
    target, expected = REAL[name]
    notes = notes_of(read_table(shared_tables / f"{name}.parquet"), target)
    assert len(notes) == len(expected)
    for note, start in zip(notes, expected, strict=True):
        assert note.startswith(start)


def test_a_wide_table_is_checked_quickly():
    values = np.random.default_rng(0).normal(size=(3000, 500))
    columns = {f"c{i}": column for i, column in enumerate(values)}
    columns["y"] = np.where(values[0] > 0, "a", "b")
    started = time.process_time()
    (note,) = notes_of(columns, "y")
    assert time.process_time() - started < 5
    assert note.startswith("Column 'c0' alone predicts 'y'")


def test_numbers_that_overflow_give_no_note_and_no_warning():
    huge = np.where(NOISE > 0, 1e308, -1e308) * np.abs(np.tanh(NOISE))
    assert notes_of({"huge": huge, "a": NUMBERS, "y": CLASSES}, "y") == ()
    assert notes_of({"a": NOISE, "y": huge}, "y") is not None


def test_notes_come_with_the_result(capsys, tmp_path):
    table = {"noise": NOISE, "total": NUMBERS, "y": NUMBERS}
    result = dr.train(table, target="y", folds=1, epochs=1, hidden=())
    assert result.notes[0].startswith("Column 'total' alone predicts 'y' (R² ")


def test_repeated_rows_are_counted_in_the_sample_and_the_query_is_one_that_streams(tmp_path):
    path = tmp_path / "twice.csv"
    lines = [f"{i % 1000},{i * 7 % 1000},{i % 2}" for i in range(6000)]
    path.write_text("\n".join(["a,b,y", *lines]) + "\n")
    options = ReadOptions()
    stated = {"options": options, "hints": schema_hints(options), "memory_bytes": 2**27}
    with streamed_table(path, query=None, **stated) as stream:
        notes = dr.train(stream, "y", folds=1, epochs=1, hidden=(8,)).notes
    [note] = [note for note in notes if "another row" in note]
    assert " rows repeat another row in the sample, and " in note
    assert note.endswith("in a query without a source: SELECT DISTINCT * FROM 'file.csv'.")
    query = f"SELECT DISTINCT * FROM '{path}'"
    options = ReadOptions()
    hints = schema_hints(options)
    with streamed_table(
        None, query=query, options=options, hints=hints, memory_bytes=2**27
    ) as stream:
        assert stream.rows == 1000
