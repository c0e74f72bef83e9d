"""tune: bits, honesty of the score, time limits, resuming, and refusals."""

from __future__ import annotations

import dataclasses
import json
import time

import numpy as np
import pytest

import deltarule as dr
from deltarule.data.read_options import ReadOptions
from deltarule.data.sources import schema_hints
from deltarule.data.streamed_table import streamed_table
from deltarule.errors import DataError, FileError, SettingError
from deltarule.tuning import tuned_model
from deltarule.tuning.journal import JOURNAL

RANDOM = np.random.default_rng(0)
X = RANDOM.normal(size=(160, 2))
NOISE = RANDOM.normal(size=160) / 4
TABLES = {
    "classification": {"a": X[:, 0], "b": X[:, 1], "y": np.where(X.prod(axis=1) > 0, "yes", "no")},
    "regression": {"a": X[:, 0], "b": X[:, 1], "y": X[:, 0] ** 2 + X[:, 1] + NOISE},
}
SHORT = {"folds": 3, "epochs": 15, "trials": 8}


def tune(task="classification", **changes) -> dr.TuningResult:
    return dr.tune(TABLES[task], "y", **{**SHORT, **changes})


def outputs(model, task) -> np.ndarray:
    predicted = model.predict(TABLES[task])
    return predicted.values if predicted.probabilities is None else predicted.probabilities


@pytest.fixture(scope="module", params=TABLES)
def task(request) -> str:
    return request.param


@pytest.fixture(scope="module")
def tuned(task) -> dr.TuningResult:
    return tune(task)


def test_a_single_trial_is_what_train_returns(task):
    alone = tune(task, trials=1)
    plain = dr.train(TABLES[task], "y", folds=3, epochs=15)
    assert (outputs(alone.model, task) == outputs(plain.model, task)).all()
    assert str(alone.scores) == str(plain.scores)
    assert alone.result.out_of_fold_scores.rows == plain.out_of_fold_scores.rows
    assert [t.votes for t in alone.trials] == [1]
    note = "1 configuration tried, of which only the default was trained to the end and is used."
    assert any(found.startswith(note) for found in alone.result.notes)


def test_threads_change_no_bit(task, tuned):
    again = tune(task, threads=3)
    assert (outputs(again.model, task) == outputs(tuned.model, task)).all()
    assert [dataclasses.replace(t, seconds=0) for t in again.trials] == [
        dataclasses.replace(t, seconds=0) for t in tuned.trials
    ]


def test_a_trial_that_went_on_has_the_bits_of_one_that_was_never_paused(task, tuned):
    """Its networks are those that `fit` trains at once by the same settings."""
    from deltarule.table_model.fold_networks import FoldSplit, RunOptions, train_fold_networks
    from deltarule.table_model.recipe_networks import with_recipe
    from deltarule.table_model.settings import TableSettings
    from deltarule.table_model.table_preparation import prepare
    from deltarule.tuning.trial_networks import TRIAL_SEED_STEP

    trial = max(tuned.trials, key=lambda t: (t.votes, t.number))
    settings = TableSettings(folds=3, epochs=15)
    table = dr.data.read_table(TABLES[task])
    design = prepare(table, "y", settings, RunOptions(), started=0.0).design
    recipe = trial.configuration.recipe(design.recipe)
    network = with_recipe(design.network, recipe, design.target.task)
    training_set = dataclasses.replace(design.training_set, recipe=recipe, network=network)
    splits = [
        FoldSplit(s.training, s.validation, (s.seed + trial.number * TRIAL_SEED_STEP) % 2**64)
        for s in design.splits
    ]
    results = train_fold_networks(splits, training_set, RunOptions())
    for result, found in zip(results, tuned.model.networks[:3], strict=True):
        assert (result.network.parameters.flat() == found.parameters.flat()).all()


def test_halving_leaves_most_trials_behind(tuned):
    assert [t.number for t in tuned.trials] == list(range(8))
    reached = [t.rung for t in tuned.trials]
    assert reached[:2] == [4, 4]
    assert sorted(reached[2:]) == [1, 1, 1, 1, 2, 4]
    assert all(t.epochs == (1, 3, 7, 15)[t.rung - 1] for t in tuned.trials)
    assert all([*t.losses] == sorted(t.losses, reverse=True) for t in tuned.trials[:2])
    assert tuned.trials[0].losses != tuned.trials[1].losses


def test_test_rows_have_no_part_in_any_choice(task, tuned):
    """Other targets in the test rows change their scores, and no bit of the model."""
    table = {name: values.copy() for name, values in TABLES[task].items()}
    rows = np.asarray(tuned.result.split.test)
    table["y"][rows] = np.roll(table["y"][rows], 1)
    changed = dr.tune(
        {name: np.delete(values, rows) for name, values in table.items()}, "y",
        test={name: values[rows] for name, values in table.items()}, **SHORT,
    )  # fmt: skip
    unchanged = dr.tune(
        {name: np.delete(values, rows) for name, values in TABLES[task].items()}, "y",
        test={name: values[rows] for name, values in TABLES[task].items()}, **SHORT,
    )  # fmt: skip
    assert (outputs(changed.model, task) == outputs(unchanged.model, task)).all()
    assert str(changed.scores) != str(unchanged.scores)


def test_the_model_is_one_like_any_other(task, tuned, tmp_path):
    path = tmp_path / "model.safetensors"
    tuned.model.save(path)
    loaded = dr.load(path)
    assert (outputs(loaded, task) == outputs(tuned.model, task)).all()
    about = loaded.about["tuning"]
    assert [t["votes"] for t in about["trials"]] == [t.votes for t in tuned.trials]
    voters = [t for t in tuned.trials if t.votes]
    assert len(loaded.networks) == 3 * len(voters)
    assert about["loss"] == tuned.loss
    assert loaded.evaluate(TABLES[task]).rows == 160


def test_the_note_says_what_was_compared(tuned):
    [note] = [note for note in tuned.result.notes if "configurations tried" in note]
    assert "128 out-of-fold rows that did not choose the votes" in note
    assert tuned.result.training_notes[-1] == note


def test_events_come_in_order_and_compare_with_the_default(task):
    events = []
    tune(task, progress=events.append, threads=2)
    assert [e.trial.number for e in events[:2]] == [0, 1]
    assert events[0].default_loss is None
    assert [e.trial.rung for e in events[2:]] == [1] * 6 + [2] * 2 + [3] + [4]
    assert all(np.isfinite(e.default_loss) for e in events[2:])
    final = events[-1]
    assert (final.done, final.planned, final.rungs) == (1, 1, 4)


@pytest.mark.parametrize("killed_after", [1, 2, 5, 9, 11, 12])
def test_a_killed_search_goes_on_with_the_same_bits(task, tuned, tmp_path, killed_after):
    seen = []

    def kill(event):
        seen.append(event)
        if len(seen) == killed_after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        tune(task, folder=tmp_path, progress=kill)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.glob("trial-*")}
    seen.clear()
    resumed = tune(task, folder=tmp_path, resume=True)
    assert (outputs(resumed.model, task) == outputs(tuned.model, task)).all()
    assert [(t.number, t.losses, t.votes) for t in resumed.trials] == [
        (t.number, t.losses, t.votes) for t in tuned.trials
    ]
    default = [p for p in before if p.name.startswith("trial-0-")]
    assert len(default) == 3
    assert all(path.stat().st_mtime_ns == before[path] for path in default)  # not trained again


def test_finished_trials_are_skipped(tmp_path):
    tune(folder=tmp_path)
    lines = (tmp_path / JOURNAL).read_text().splitlines()
    first = [json.loads(line) for line in lines[1:]]
    assert len(first) == 2 + 6 + 2 + 1 + 1
    tune(folder=tmp_path, resume=True)
    again = [json.loads(line) for line in (tmp_path / JOURNAL).read_text().splitlines()[1:]]
    trained = [(line["trial"], line["epochs"]) for line in again[len(first) :]]
    assert trained == [(0, 15), (1, 15), (first[-1]["trial"], 15)]  # read from their files


def test_a_line_that_was_cut_short_is_ignored(tmp_path):
    whole = tune(folder=tmp_path)
    path = tmp_path / JOURNAL
    path.write_text(path.read_text()[:-9])
    again = tune(folder=tmp_path, resume=True)
    assert (outputs(again.model, "classification") == outputs(whole.model, "classification")).all()


@pytest.mark.parametrize("change", [{"seed": 1}, {"epochs": 14}, {"dropout": 0.0}])
def test_the_journal_of_another_search_is_refused(tmp_path, change):
    tune(folder=tmp_path)
    with pytest.raises(SettingError, match="the journal of a search on another table"):
        tune(folder=tmp_path, resume=True, **change)


def test_a_damaged_journal_is_refused(tmp_path):
    tune(folder=tmp_path)
    path = tmp_path / JOURNAL
    lines = path.read_text().splitlines(True)
    path.write_text("".join([lines[0], "{}\n", *lines[1:]]))
    with pytest.raises(SettingError, match="cannot read line 2"):
        tune(folder=tmp_path, resume=True)


def test_a_time_limit_is_kept():
    began = time.perf_counter()
    tuned = tune(trials=None, time_limit_s=4.0)
    assert time.perf_counter() - began < 8.0
    assert len(tuned.trials) > 1
    assert tuned.result.limited_by_time or len(tuned.trials) == 500


def test_a_time_limit_too_short_for_the_default_is_refused():
    rows = 4000
    table = {"a": RANDOM.normal(size=rows), "b": RANDOM.normal(size=rows)}
    table["y"] = table["a"] * table["b"]
    with pytest.raises(SettingError, match="is too short to tune"):
        dr.tune(table, "y", time_limit_s=0.5)


def test_few_rows_are_refused():
    table = {name: values[:60] for name, values in TABLES["regression"].items()}
    with pytest.raises(DataError, match="48 rows can be used to compare settings, and at least 50"):
        dr.tune(table, "y", trials=2)


def test_lbfgs_is_refused():
    with pytest.raises(SettingError, match="cannot be lbfgs"):
        tune(optimizer="lbfgs")


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"trials": 0}, "trials"),
        ({"trials": 10**6}, "trials"),
        ({"resume": True}, "needs the `folder`"),
        ({"learnin_rate": 1.0}, "is not a setting of tune"),
    ],
)
def test_wrong_arguments_are_refused(fields, message):
    with pytest.raises(SettingError, match=message):
        tune(**fields)


@pytest.mark.parametrize("role", ["groups", "time", "weight"])
def test_groups_times_and_weights(role):
    rows = 400
    numbers = np.random.default_rng(1).normal(size=(rows, 2))
    roles = {
        "groups": np.arange(rows) // 4,
        "time": np.arange(rows),
        "weight": np.where(np.arange(rows) % 3 == 0, 2.0, 0.5),
    }
    table = {"a": numbers[:, 0], "b": numbers[:, 1], "y": numbers.sum(axis=1), "role": roles[role]}
    tuned = dr.tune(table, "y", **SHORT, **{role: "role"})
    assert [t.networks for t in tuned.trials if t.rung == 4] == [3, 3, 3]
    assert np.isfinite(tuned.loss)


def test_one_network_with_a_validation_split():
    numbers = np.random.default_rng(1).normal(size=(400, 2))
    table = {"a": numbers[:, 0], "b": numbers[:, 1], "y": numbers.prod(axis=1) > 0}
    tuned = dr.tune(table, "y", folds=1, epochs=8, trials=4)
    assert [t.networks for t in tuned.trials] == [1, 1, 1, 1]
    assert np.isfinite(tuned.loss)


def test_a_streamed_table_is_refused(tmp_path):
    path = tmp_path / "table.csv"
    path.write_text("a,y\n" + "".join(f"{i},{i % 2}\n" for i in range(200)))
    options = ReadOptions()
    with (
        streamed_table(
            str(path), query=None, options=options, hints=schema_hints(options), memory_bytes=2**27
        ) as streamed,
        pytest.raises(SettingError, match="is streamed, and tune needs all rows in memory"),
    ):
        dr.tune(streamed, "y")


def test_a_single_default_is_compared_where_rows_are_predicted_as_by_the_model():
    numbers = np.random.default_rng(2).normal(size=(600, 2))
    table = {"a": numbers[:, 0], "b": numbers[:, 1], "y": numbers.prod(axis=1)}
    single = dr.tune(table, "y", folds=1, epochs=4, trials=2)
    assert single.default_loss == pytest.approx(single.trials[0].loss, rel=1e-6)
    folds = dr.tune(table, "y", folds=3, epochs=4, trials=2)
    assert folds.default_loss < np.mean([trial.loss for trial in folds.trials])  # convex


def test_every_network_is_counted():
    counts = []
    dr.tune(TABLES["regression"], "y", **SHORT, on_network=lambda *both: counts.append(both))
    assert counts[:3] == counts[3:6] == [(1, 3), (2, 3), (3, 3)]  # the default's two seeds
    ends = [both for both in counts[6:] if both[0] == both[1]]
    assert ends == [(6 * 3, 6 * 3), (2 * 3, 2 * 3), (3, 3), (3, 3)]  # the rungs


def test_a_new_search_in_the_same_folder_does_not_go_on_with_networks_of_another(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("deltarule.training.checkpoint.MIN_SECONDS_TO_SAVE", 0.0)
    tune(folder=tmp_path)
    old = list(tmp_path.glob("trial-0-1-*"))
    again = tune(folder=tmp_path, epochs=14)
    alone = tune(epochs=14)
    assert old
    assert (outputs(again.model, "classification") == outputs(alone.model, "classification")).all()


def test_two_searches_cannot_share_a_folder(tmp_path):
    def search_again(_):
        tune(folder=tmp_path)

    with pytest.raises(FileError, match=r"The folder .* is in use by another run.*another folder"):
        tune(folder=tmp_path, progress=search_again)


def test_a_trial_with_another_configuration_is_trained_and_not_read(tmp_path):
    """As after a search with Optuna and a time limit, whose suggestions depend on what it was told."""
    whole = tune(folder=tmp_path)
    path = tmp_path / JOURNAL
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines[1:]:
        if line["trial"] == 3:
            line["settings"]["dropout"], line["loss"] = 0.123, 1e-9  # would be the best trial
    path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    again = tune(folder=tmp_path, resume=True)
    assert again.trials[3].losses == whole.trials[3].losses
    assert (outputs(again.model, "classification") == outputs(whole.model, "classification")).all()


def test_threads_that_one_network_cannot_use_do_not_shorten_its_estimate():
    rows = 4000
    table = {"a": RANDOM.normal(size=rows), "b": RANDOM.normal(size=rows)}
    table["y"] = table["a"] * table["b"]
    began = time.perf_counter()
    dr.train(table, "y", folds=1, epochs=30)
    limit = (time.perf_counter() - began) / 3
    with pytest.raises(SettingError, match="is too short to tune"):
        dr.tune(table, "y", folds=1, epochs=30, time_limit_s=limit, threads=16)


def test_a_default_with_a_network_that_learned_nothing_is_refused(monkeypatch):
    """Else another configuration would be called the default."""
    results_of = tuned_model._results

    def results(search, candidate, networks):
        found = results_of(search, candidate, networks)
        if candidate.trial.number == 0:
            found[1] = dataclasses.replace(found[1], kept_epoch=0)
        return found

    monkeypatch.setattr(tuned_model, "_results", results)
    with pytest.raises(DataError, match="This was a network of the default configuration"):
        tune()


def test_rows_of_a_group_do_not_choose_the_votes_that_are_tried_on_it():
    from deltarule.table_model.fold_networks import RunOptions
    from deltarule.table_model.settings import TableSettings
    from deltarule.table_model.table_preparation import prepare

    group = np.arange(400) // 10
    table = {"a": np.random.default_rng(1).normal(size=400), "group": group}
    table["y"] = table["a"] * 2
    settings = TableSettings(folds=1, groups="group", validation_fraction=0.4)
    design = prepare(dr.data.read_table(table), "y", settings, RunOptions(), started=0.0).design
    rows = design.splits[0].validation
    parts = tuned_model._parts(design, rows)
    groups = design.split_rule.groups[rows]
    assert len(parts) == 5
    assert sorted(np.concatenate(parts)) == [*range(len(rows))]
    seen = [set(groups[part].tolist()) for part in parts]
    assert sum(map(len, seen)) == len(set(groups.tolist()))
