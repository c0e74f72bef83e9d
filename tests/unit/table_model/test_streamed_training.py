"""Training on a streamed table. Expected: what the table in memory gives, or what was written into it."""

from __future__ import annotations

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import deltarule as dr
from deltarule.data import read_table, table_survey
from deltarule.data.memory_limit import estimated_bytes, memory_limit_bytes
from deltarule.data.read_options import ReadOptions
from deltarule.data.sources import schema_hints
from deltarule.data.streamed_table import streamed_table
from deltarule.data.table_opening import opened_table
from deltarule.data.table_survey import survey
from deltarule.errors import ColumnError, DataError, SettingError
from deltarule.report import render_report
from deltarule.table_model import TableSettings, table_sample
from deltarule.table_model.table_sample import draw_sample, sampled_rows
from deltarule.training import Checkpoint

SETTINGS: dict[str, Any] = {"folds": 1, "epochs": 2, "hidden": (8,), "seed": 3}


def write_table(path: Path, rows: int, *, rare: bool = False) -> Path:
    """Write a table with numbers, categories, dates, missing cells, weights and two targets."""
    draw = np.random.default_rng(1)
    lines = ["number,level,day,flag,weight,class,amount"]
    for i in range(rows):
        x, level = draw.normal(), int(draw.integers(30))
        color = "rare" if rare and i == rows - 2 else f"level {level}"
        number = "" if i % 97 == 5 else f"{1e6 if rare and i == rows - 3 else x:.4f}"
        label = "odd" if rare and i == rows - 1 else ("yes" if x + level % 3 > 1.2 else "no")
        target = "" if i % 211 == 3 else label
        day = np.datetime64("2024-01-01") + i % 300
        flag = "true" if draw.random() < 0.5 else "false"
        amount = f"{2 * x + level % 5:.3f}"
        lines.append(f"{number},{color},{day},{flag},{1 + i % 3},{target},{amount}")
    path.write_text("\n".join(lines) + "\n")
    return path


def opened(path: Path, **fields: Any) -> Any:
    options = ReadOptions(**fields)
    hints = schema_hints(options)
    return streamed_table(path, query=None, options=options, hints=hints, memory_bytes=2**27)


@pytest.mark.parametrize("target", ["class", "amount"])
def test_a_table_that_the_sample_holds_gives_the_encoders_of_memory(tmp_path, target):
    path = write_table(tmp_path / "table.csv", 6000)
    expected = dr.train(path, target, weight="weight", **SETTINGS)
    with opened(path) as stream:
        found = dr.train(stream, target, weight="weight", **SETTINGS)
    assert found.model.encoder == expected.model.encoder
    assert found.model.schema == expected.model.schema
    assert found.recipe == expected.recipe
    assert found.model.target == expected.model.target
    assert found.split.test.tolist() == expected.split.test.tolist()
    assert found.test_truth.tolist() == expected.test_truth.tolist()
    assert found.model.network.network == expected.model.network.network
    assert set(expected.notes) <= set(found.notes)
    assert found.model.about["rows"] == expected.model.about["rows"]
    assert found.model.about["sampled_rows"] == found.table.rows
    better = found.scores.baseline_accuracy if target == "class" else 0
    assert (found.scores.accuracy if target == "class" else found.scores.r2) > better


def test_a_sample_encodes_with_what_is_known_of_all_rows(tmp_path, monkeypatch):
    monkeypatch.setattr(table_sample, "SAMPLE_ROWS", 2000)
    monkeypatch.setattr(table_sample, "MIN_SAMPLE_ROWS", 2000)
    path = write_table(tmp_path / "table.csv", 20_000, rare=True)
    table = read_table(path)
    with opened(path) as stream:
        result = dr.train(stream, "class", **SETTINGS)
    encoders = {e.column: e for e in result.model.encoder.column_encoders}
    known = table.select(np.flatnonzero(~table["class"].missing))
    assert encoders["number"].missing == known["number"].missing.sum()
    assert encoders["number"].edges[-1] == 1e6  # the highest number is in one row
    assert encoders["level"].levels == tuple(table["level"].levels)
    assert result.model.target.classes == ("no", "odd", "yes")
    rows = result.model.about["rows"]
    assert sum(rows.values()) == (~table["class"].missing).sum()
    assert rows["test"] + rows["validation"] < 2000 < rows["training"]
    assert any("and all other rows train it" in note for note in result.notes)
    assert result.streamed.rows == sum(rows.values())
    classes = result.table["class"].texts()
    assert (classes == "odd").sum() == 1  # the only one, added to the random rows
    added = ~np.isin(result.streamed.row_numbers, sampled_rows(20_000, 2000, SETTINGS["seed"]))
    assert set(classes[added].tolist()) <= {"odd", "no", "yes"}
    assert added.sum() < 25  # the extreme rows of six columns, none of the frequent classes
    chosen = table.select(result.streamed.row_numbers)
    for column in result.table.columns:
        assert column.texts().tolist() == chosen[column.name].texts().tolist()
    skipped = int(table["class"].missing.sum())
    assert f"{skipped} of 20,000 rows have no 'class' and are skipped." in result.notes


def test_the_same_seed_gives_the_same_model_and_leaves_nothing(tmp_path, monkeypatch):
    monkeypatch.setattr(table_sample, "SAMPLE_ROWS", 1000)
    monkeypatch.setattr(table_sample, "MIN_SAMPLE_ROWS", 1000)
    path = write_table(tmp_path / "table.csv", 8000)
    models = []
    for threads in (1, 3):
        with opened(path) as stream:
            result = dr.train(stream, "class", class_weight="balanced", threads=threads, **SETTINGS)
        models.append(result.model)
        assert not os.path.exists(stream.folder)
    first, second = (model.networks[0].parameters.flat() for model in models)
    assert first.tobytes() == second.tobytes()
    with pytest.raises(SettingError, match="`test` must be given for a model of a streamed table"):
        dr.distill(models[0], path, hidden=(4,))
    models[0].save(tmp_path / "model")
    assert dr.load(tmp_path / "model").predict(path).values.tolist()
    assert sorted(os.listdir(tmp_path)) == ["model", "table.csv"]


def test_an_interrupted_run_is_resumed_with_its_block_file(tmp_path, monkeypatch):
    monkeypatch.setattr(table_sample, "SAMPLE_ROWS", 1000)
    monkeypatch.setattr(table_sample, "MIN_SAMPLE_ROWS", 1000)
    path = write_table(tmp_path / "table.csv", 8000)
    settings = {**SETTINGS, "epochs": 6}
    with opened(path) as stream:
        whole = dr.train(stream, "class", **settings)
    checkpoint = Checkpoint(tmp_path / "run.safetensors", every_seconds=0)

    def interrupt(event):
        if event.epoch == 3:
            raise KeyboardInterrupt

    with opened(path) as stream:
        part = dr.train(stream, "class", callbacks=[interrupt], checkpoint=checkpoint, **settings)
    assert part.reason.name == "INTERRUPTED"
    (blocks,) = tmp_path.glob("run-*.blocks")
    written = blocks.stat().st_mtime_ns
    prepared = []
    with opened(path) as stream:
        resumed = dr.train(
            stream,
            "class",
            checkpoint=Checkpoint(checkpoint.path, every_seconds=0, resume=True),
            on_prepared=lambda ready: prepared.append((ready, blocks.stat().st_mtime_ns)),
            **settings,
        )
    assert prepared[0][0].blocks.reused
    assert prepared[0][1] == written
    found, expected = (r.model.networks[0].parameters.flat() for r in (resumed, whole))
    assert found.tobytes() == expected.tobytes()
    assert not list(tmp_path.glob("*.blocks"))


def test_other_rows_are_not_taken_for_those_of_an_interrupted_run(tmp_path):
    path = write_table(tmp_path / "table.csv", 3000)
    checkpoint = Checkpoint(tmp_path / "run.safetensors", every_seconds=0)

    def interrupt(event):
        raise KeyboardInterrupt

    with opened(path) as stream:
        dr.train(stream, "class", callbacks=[interrupt], checkpoint=checkpoint, **SETTINGS)
    assert len(list(tmp_path.glob("run-*.blocks"))) == 1
    write_table(path, 3001)
    again = Checkpoint(checkpoint.path, every_seconds=0, resume=True)
    with opened(path) as stream, pytest.raises(SettingError, match="cannot continue"):
        dr.train(stream, "class", checkpoint=again, **SETTINGS)
    assert not list(tmp_path.glob("*.blocks"))


def test_the_report_of_a_streamed_table_names_rows_of_the_source(tmp_path, monkeypatch):
    monkeypatch.setattr(table_sample, "SAMPLE_ROWS", 2000)
    monkeypatch.setattr(table_sample, "MIN_SAMPLE_ROWS", 2000)
    path = write_table(tmp_path / "table.csv", 20_000)
    with opened(path) as stream:
        result = dr.train(stream, "amount", **SETTINGS)
    page = render_report(result)
    assert "a block file of" in page
    assert f"{result.streamed.training_rows:,} of 20,000 rows" in page
    errors = np.abs(result.test_prediction.values - result.test_truth)
    worst = int(result.streamed.row_numbers[result.split.test[np.argmax(errors)]])
    assert read_table(path)["amount"].values[worst] == result.test_truth[np.argmax(errors)]
    assert f">{worst + 1:,}<" in page


def test_the_limit_decides(tmp_path):
    path = write_table(tmp_path / "table.csv", 110_000)
    assert estimated_bytes(path) > 2**24
    prepared = []
    for limit in (None, "16MiB"):
        dr.train(
            path, "class", memory_limit=limit, on_prepared=prepared.append,
            folds=1, epochs=1, hidden=(4,),
        )  # fmt: skip
    assert [ready.sample is not None for ready in prepared] == [False, True]
    with pytest.raises(SettingError, match="`groups` needs all rows in memory"):
        dr.train(path, "class", memory_limit="16MiB", groups="level")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"folds": 4}, "folds"),
        ({"time": "day"}, "time"),
        ({"time_limit_s": 5}, "time_limit_s"),
        ({"optimizer": "lbfgs"}, "optimizer"),
    ],
)
def test_what_needs_all_rows_is_refused(tmp_path, settings, words):
    path = tmp_path / "table.csv"
    path.write_bytes(b"x,day,y\n" + b"1.5,2024-01-01,2\n" * 300_000)
    with pytest.raises(SettingError, match="needs all rows in memory") as caught:
        dr.train(path, "y", memory_limit="16MiB", **settings)
    assert words in str(caught.value)


def test_what_is_read_at_once_is_refused_with_a_limit_and_read_without(tmp_path, monkeypatch):
    path = tmp_path / "table.db"
    with closing(sqlite3.connect(path)) as opened:
        opened.execute("CREATE TABLE t AS SELECT 1.5 AS x, 2.5 AS y")
        opened.executemany("INSERT INTO t VALUES (?, ?)", [[i, 2 * i] for i in range(300_000)])
        opened.commit()
    with pytest.raises(SettingError, match="read into memory at once"):
        dr.train(path, "y", memory_limit="16MiB")
    monkeypatch.setattr("deltarule.data.memory_limit.available_memory", lambda: 2**24)
    with opened_table(path, options=ReadOptions()) as table:
        assert table.rows == 300_001


def test_a_table_in_memory_has_no_limit():
    with pytest.raises(SettingError, match="in memory already"):
        dr.train({"x": [1, 2], "y": [1, 2]}, "y", memory_limit="1GB")


def test_errors_of_a_streamed_table_are_those_of_the_table(tmp_path):
    path = write_table(tmp_path / "table.csv", 3000)
    with opened(path) as stream, pytest.raises(ColumnError, match="There is no column 'clas'"):
        dr.train(stream, "clas", **SETTINGS)
    text = path.read_text().splitlines()
    text[2000] = "1e999" + text[2000][text[2000].index(",") :]
    path.write_text("\n".join(text) + "\n")
    with opened(path) as stream, pytest.raises(DataError, match=r"infinite value .* row 2,000"):
        dr.train(stream, "class", **SETTINGS)


def test_a_limit_that_is_too_small_for_a_block_is_refused(tmp_path, monkeypatch):
    path = write_table(tmp_path / "table.csv", 3000)
    with opened(path) as stream:
        stream.memory_bytes = 2**18
        with pytest.raises(SettingError, match=r"must be at least .* for blocks of 4,096 rows"):
            dr.train(stream, "class", **SETTINGS)
        assert not os.path.exists(os.path.join(stream.folder, "rows.blocks"))


@pytest.mark.parametrize(
    ("text", "size"),
    [("4GB", 4e9), ("500 mb", 5e8), ("2GiB", 2**31), ("1.5g", 1.5e9), (3e8, 3e8), ("64M", 64e6)],
)
def test_sizes(text, size):
    assert memory_limit_bytes(text) == size


@pytest.mark.parametrize("text", ["much", "-4GB", "4 XB", "0%", "101%", "1kB", 5, True])
def test_sizes_that_are_none(text):
    with pytest.raises(SettingError, match="memory_limit"):
        memory_limit_bytes(text)


@pytest.mark.parametrize(("rows", "count"), [(10, 20), (1000, 999), (10_000, 100), (5, 5)])
def test_a_sample_has_distinct_rows(rows, count):
    found = sampled_rows(rows, count, seed=4)
    assert len(np.unique(found)) == len(found) == min(rows, count)
    assert (np.diff(found) > 0).all()
    assert found.min() >= 0
    assert found.max() < rows


def test_samples_are_uniform():
    counts = np.zeros(50)
    for seed in range(400):
        counts[sampled_rows(50, 10, seed)] += 1
    assert abs(counts - 80).max() < 5 * np.sqrt(400 * 0.2 * 0.8)  # five standard deviations


def test_a_survey_counts_all_cells(tmp_path):
    path = write_table(tmp_path / "table.csv", 70_000)
    table = read_table(path)
    with opened(path) as stream:
        found = survey(stream, "class", "weight")
    texts = table["class"].texts()
    weights = table["weight"].values
    assert found.skipped == table["class"].missing.sum()
    for name in ("yes", "no"):
        assert found.target.counts[name] == (texts == name).sum()
        assert found.target.totals[name] == weights[texts == name].sum()
        assert (texts[found.target.rows[name]] == name).all()
    assert set(found.target.counts) == {"yes", "no"}
    rows = np.flatnonzero(~table["class"].missing)
    for column in table.select(rows).columns:
        own = found.columns[column.name]
        assert own.missing == column.missing.sum()
        if column.kind == "text":
            texts, counts = np.unique(
                column.texts()[~column.missing].astype(str), return_counts=True
            )
            assert own.levels == dict(zip(texts.tolist(), counts.tolist(), strict=True))
        else:
            present = column.values[~column.missing]
            assert (own.lowest, own.highest) == (present.min(), present.max())
            assert table[column.name].values[own.rows["lowest"]] == present.min()


def small_sample(monkeypatch):
    monkeypatch.setattr(table_sample, "SAMPLE_ROWS", 500)
    monkeypatch.setattr(table_sample, "MIN_SAMPLE_ROWS", 500)


def test_extreme_rows_of_the_sample_do_not_move_the_target(tmp_path, monkeypatch):
    small_sample(monkeypatch)
    draw = np.random.default_rng(2)
    x, y, weights = draw.normal(size=5000), draw.geometric(0.02, 5000), 1 + np.arange(5000) % 3
    y[4990] = 100_000  # the sample holds the row, because it has the highest target
    unused = np.where(np.arange(5000) == 4991, np.inf, x)
    path = tmp_path / "table.csv"
    np.savetxt(path, np.c_[x, unused, y, weights], "%g", ",", header="x,unused,y,w", comments="")
    with opened(path) as stream:
        result = dr.train(stream, "y", weight="w", drop=("unused",), **SETTINGS)
    assert result.model.target.mean == pytest.approx(y.mean(), rel=1e-12)
    assert result.model.target.scale == pytest.approx(y.std(), rel=1e-12)
    mean = np.average(y, weights=weights)
    assert result.model.about["constant"] == pytest.approx([mean], rel=1e-12)


def test_all_rows_decide_the_task(tmp_path, monkeypatch):
    small_sample(monkeypatch)
    counts = (4000, 600, 300, 80, 12, 6)  # 0, 1, 2, ... each rarer: counts of events, not classes
    y = np.random.default_rng(3).permutation(np.repeat(np.arange(6), counts))
    path = tmp_path / "table.csv"
    np.savetxt(path, np.c_[np.arange(len(y)) % 7, y], "%d", ",", header="x,y", comments="")
    with opened(path) as stream:
        sample = draw_sample(stream, "y", TableSettings())
        assert sample.task("auto") == "regression"
        assert dr.train(stream, "y", **SETTINGS).model.target.task == "regression"


def test_class_weights_are_those_of_all_rows(tmp_path, monkeypatch):
    small_sample(monkeypatch)
    y = np.random.default_rng(4).permutation(np.repeat(["a", "b", "rare"], (3500, 1494, 6)))
    x = np.random.default_rng(5).normal(size=5000)
    path = tmp_path / "table.csv"
    path.write_text("x,y\n" + "".join(f"{a:.4f},{b}\n" for a, b in zip(x, y, strict=True)))
    prepared = []
    with opened(path) as stream:
        result = dr.train(
            stream, "y", class_weight="balanced", on_prepared=prepared.append, **SETTINGS
        )
    expected = 5000 / (3 * np.array([3500, 1494, 6]))  # as scikit-learn's class_weight="balanced"
    assert prepared[0].design.class_factors == pytest.approx(expected, rel=1e-12)
    assert result.model.about["constant"] == pytest.approx([0.7, 0.2988, 0.0012], rel=1e-12)


def test_a_column_that_varies_only_where_there_is_a_target_stays(tmp_path, monkeypatch):
    small_sample(monkeypatch)
    lines = [f"{i % 13},0,{i % 7}" for i in range(5000)]
    lines[7], lines[4000] = "1,9,", "1,5,3"  # the highest cell is in a row without a target
    path = tmp_path / "table.csv"
    path.write_text("\n".join(["x,rare,y", *lines]) + "\n")
    with opened(path) as stream:
        result = dr.train(stream, "y", task="regression", **SETTINGS)
    assert "rare" in result.model.encoder.columns


def test_more_classes_than_can_be_counted_are_refused(tmp_path, monkeypatch):
    small_sample(monkeypatch)
    monkeypatch.setattr(table_survey, "MAX_TARGET_VALUES", 100)
    path = tmp_path / "table.csv"
    path.write_text("x,y\n" + "".join(f"{i % 13},k{i % 1200}\n" for i in range(5000)))
    with opened(path) as stream, pytest.raises(DataError, match="classes, too many to learn"):
        dr.train(stream, "y", **SETTINGS)


def test_texts_that_repeat_beyond_the_sample_are_no_identifiers(tmp_path, monkeypatch):
    small_sample(monkeypatch)
    lines = [f"person {i % 4000},n{i},{i % 7}" for i in range(12_000)]
    path = tmp_path / "table.csv"
    path.write_text("\n".join(["person,unique text,y", *lines]) + "\n")
    with opened(path) as stream:
        encoder = dr.train(stream, "y", task="regression", **SETTINGS).model.encoder
    reasons = {e.column: getattr(e, "reason", "") for e in encoder.column_encoders}
    assert reasons["person"] == ""
    assert "(12,000 distinct texts in 12,000 rows)" in reasons["unique text"]
