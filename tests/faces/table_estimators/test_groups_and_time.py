"""`--group` and `--time`, `groups=` and `time=`: every split keeps groups together or is cut by time."""

from __future__ import annotations

import json
import re
from pathlib import Path

import numpy as np
import pytest

import deltarule as dr
from deltarule import TabularClassifier, TabularRegressor
from deltarule.cli import main
from deltarule.data import read_table
from deltarule.errors import ColumnError, DataError, SettingError
from deltarule.table_model.model_fitting import fit_model
from deltarule.table_model.split_rule import time_ranks

ROWS = 240
RANDOM = np.random.default_rng(0)
PERSON = RANDOM.permutation(ROWS) % 30
NOISE = RANDOM.normal(size=ROWS)
HOURS = (np.datetime64("2024-01-01T00", "h") + RANDOM.permutation(ROWS)).astype("datetime64[us]")
TABLE = {"person": PERSON, "hour": HOURS, "noise": NOISE, "y": NOISE + PERSON % 2}
QUICK = {"epochs": 1, "hidden": ()}


@pytest.fixture
def folds_of_runs(monkeypatch) -> list[list[tuple[np.ndarray, np.ndarray]]]:
    """Record the training and validation rows of each fold network, as rows of the table."""
    found: list[list[tuple[np.ndarray, np.ndarray]]] = []

    def recording(design, *arguments):
        rows = design.rows
        found.append([(rows[s.training], rows[s.validation]) for s in design.splits])
        return fit_model(design, *arguments)

    for place in ("table_model.training_pipeline", "estimators.table_base"):
        monkeypatch.setattr(f"deltarule.{place}.fit_model", recording)
    return found


def apart(values: np.ndarray, *parts: np.ndarray) -> bool:
    """Whether no value is in two parts."""
    sets = [set(values[part].tolist()) for part in parts]
    return sum(map(len, sets)) == len(set.union(*sets))


@pytest.mark.parametrize("folds", [1, 4])
def test_groups_stay_together_in_every_split(folds, folds_of_runs):
    result = dr.train(TABLE, target="y", groups="person", folds=folds, **QUICK)
    split = result.split
    assert apart(PERSON, np.r_[split.training, split.validation], split.test)
    assert len(folds_of_runs[0]) == folds
    for training, validation in folds_of_runs[0]:
        assert len(validation) > 0
        assert apart(PERSON, training, validation, split.test)
    assert result.model.encoder.columns == ("hour", "noise")
    assert result.notes == (
        "Rows with the same 'person' stay together: 24 groups for training and 6 for testing; to use it "
        "as an input too, set `keep='person'`.",
    )
    assert result.model.about["settings"]["groups"] == "person"


@pytest.mark.parametrize("folds", [1, 4])
def test_rows_are_cut_by_time(folds, folds_of_runs):
    result = dr.train(TABLE, target="y", time="hour", folds=folds, **QUICK)
    split = result.split
    training, validation, test = (
        HOURS[rows] for rows in (split.training, split.validation, split.test)
    )
    assert training.max() < validation.min() <= validation.max() < test.min()
    assert [len(rows) for rows in (training, validation, test)] == [154, 38, 48]
    assert result.model.encoder.columns == ("person", "noise")
    assert result.notes == (
        "Rows are split by 'hour': training and validation rows until 2024-01-08T23:00:00, test rows "
        "from 2024-01-09 on; to use it as an input too, set `keep='hour'`.",
    )
    assert len(folds_of_runs[0]) == len(result.trainings) == folds
    for rows in folds_of_runs[0]:
        assert np.array_equal(np.sort(rows[0]), np.sort(split.training))
        assert np.array_equal(np.sort(rows[1]), np.sort(split.validation))
    bits = {network.parameters.flat().tobytes() for network in result.model.networks}
    assert len(bits) == folds  # the seeds differ
    assert result.out_of_fold_scores.rows == 38
    assert result.cross_validated_scores is None


def test_a_kept_column_is_an_input_too():
    for role, name in (("groups", "person"), ("time", "hour")):
        result = dr.train(TABLE, target="y", keep=name, folds=1, **QUICK, **{role: name})
        assert name in result.model.encoder.columns
        assert result.notes[0].endswith("; it is also an input.")
    only = {"hour": HOURS, "y": TABLE["y"]}
    assert dr.train(only, target="y", time="hour", **QUICK).model.encoder.columns == ("hour",)


def test_rows_without_a_group_are_groups_of_their_own():
    person = np.where(RANDOM.random(ROWS) < 0.5, np.nan, PERSON)
    result = dr.train({**TABLE, "person": person}, target="y", groups="person", folds=2, **QUICK)
    missing = np.isnan(person)
    assert missing[result.split.test].any()
    assert missing[result.split.training].any()


def test_a_test_table_is_compared_with_the_training_rows():
    def notes(rows: slice, **settings: str) -> list[str]:
        early = np.argsort(HOURS)
        training = {name: values[early[:200]] for name, values in TABLE.items()}
        test = {name: values[early[rows]] for name, values in TABLE.items()}
        return list(dr.train(training, target="y", test=test, folds=2, **QUICK, **settings).notes)

    shared, later = notes(slice(200, 240), groups="person")[-2:]
    assert shared == (
        "40 of 40 test rows share their 'person' with training rows, which raises the test scores."
    )
    assert later.startswith(
        "Test rows: 40 of 40 rows have numbers outside the range of the training"
    )
    assert notes(slice(195, 240), time="hour")[-1] == (
        "5 of 45 test rows are not later than the last training row ('hour' 2024-01-09T07:00:00)."
    )
    assert notes(slice(200, 240), time="hour") == [
        "Rows are split by 'hour': training and validation rows until 2024-01-09T07:00:00; to use it as "
        "an input too, set `keep='hour'`."
    ]


def test_contradictions_are_refused():
    with pytest.raises(SettingError, match="cannot be used with `groups`"):
        dr.train(TABLE, target="y", groups="person", time="hour", **QUICK)
    for role in ("groups", "time"):
        with pytest.raises(SettingError, match="must be another column than the target"):
            dr.train(TABLE, target="y", **QUICK, **{role: "y"})
        with pytest.raises(ColumnError, match="no column 'z'"):
            dr.train(TABLE, target="y", **QUICK, **{role: "z"})
    names = {**TABLE, "name": np.array([f"p{i}" for i in PERSON])}
    with pytest.raises(DataError, match="must hold times or numbers to split by, but holds texts"):
        dr.train(names, target="y", time="name", **QUICK)
    weights = {**TABLE, "w": np.array([f"{i + 40} kg" for i in range(ROWS)])}
    with pytest.raises(DataError, match="times or numbers to split by, but holds numbers of kg"):
        dr.train(weights, target="y", time="w", **QUICK)
    gap = HOURS.copy()
    gap[7] = np.datetime64("NaT")
    with pytest.raises(DataError, match="got nothing in row 8"):
        dr.train({**TABLE, "hour": gap}, target="y", time="hour", **QUICK)
    with pytest.raises(DataError, match="There is 1 group, and at least 2 are needed"):
        dr.train({**TABLE, "person": np.zeros(ROWS)}, target="y", groups="person", **QUICK)


def test_the_command_line_has_both_and_its_notes_can_be_typed(tmp_path: Path, capsys):
    file = tmp_path / "t.csv"
    lines = [f"{p},{h},{x:.3f},{'ab'[p % 2]}" for p, h, x in zip(PERSON, HOURS, NOISE, strict=True)]
    file.write_text("\n".join(["person_id,hour,noise,y", *lines]))
    common = [
        "train",
        str(file),
        "--target",
        "y",
        "--out",
        str(tmp_path),
        "--epochs",
        "1",
        "--json",
    ]

    def notes(*words: str) -> list[str]:
        assert main([*common, "--hidden", "none", "--folds", "2", "--no-report", *words]) == 0
        return json.loads(capsys.readouterr().out.splitlines()[0])["notes"]

    assert any("set --group person_id to keep" in note for note in notes())
    (note,) = notes("--group", "person_id")
    assert note.endswith("; to use it as an input too, set --keep person_id.")
    assert notes("--time", "hour")[0].startswith(
        "Rows are split by 'hour': training and validation rows until "
    )
    assert main([*common, "--group", "person_id", "--time", "hour"]) == 2
    assert "--time cannot be used with --group" in capsys.readouterr().out


@pytest.mark.parametrize("as_array", [True, False])
def test_estimators_validate_on_other_groups_and_on_later_rows(as_array, folds_of_runs):
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(TABLE)
    X, y = frame[["person", "hour", "noise"]], frame["y"]
    regressor = TabularRegressor(folds=3, **QUICK, random_state=0)
    regressor.fit(X, y, groups=PERSON if as_array else "person")
    assert all(apart(PERSON, *rows) for rows in folds_of_runs[0])
    assert ("person" in regressor.model_.encoder.columns) == as_array
    classifier = TabularClassifier(folds=1, **QUICK, random_state=0)
    classifier.fit(X, y > 0, time=HOURS if as_array else "hour")
    training, validation = folds_of_runs[1][0]
    assert HOURS[training].max() < HOURS[validation].min()
    with pytest.raises(SettingError, match="cannot be used with `groups`"):
        regressor.fit(X, y, groups=PERSON, time=HOURS)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        regressor.fit(X, y, groups=PERSON[:5])


def test_numbers_have_an_order_in_time_without_a_unit_and_in_units_of_time():
    for text, unit in (("{} kg", "kg"), ("${}", "$"), ("{}%", "%"), ("{} m", "m")):
        table = read_table({"t": np.array([text.format(i) for i in range(20)])})
        with pytest.raises(DataError, match=f"holds numbers of {re.escape(unit)}: choose another"):
            time_ranks(table, "t")
    for text in ("{}", "{}.5", "{} s", "{} days", "{} h", "{}:30"):
        table = read_table({"t": np.array([text.format(i) for i in range(20)])})
        assert time_ranks(table, "t").tolist() == list(range(20))
