"""A run by group that was interrupted: finished groups are not trained again, and nothing differs."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from unit.table_model.grouped_tables import QUICK, sales, without

import deltarule as dr
from deltarule.table_model.by_group import group_fitting, grouped_training, saved_batches
from deltarule.training.checkpoint import CheckpointWarning


class Trained:
    """The groups that are trained, until one is `stop_before`."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.stop_before = "west"

    def go_on(self) -> None:
        """Let later runs end, and forget what was trained."""
        self.stop_before = ""
        self.names = []


@pytest.fixture
def trained(monkeypatch) -> Trained:
    """What is trained, one group at a time; a KeyboardInterrupt comes before one of them."""
    found = Trained()
    fit_groups = group_fitting.fit_groups

    def fit(whole: Any, groups: Any, *others: Any) -> Any:
        if found.stop_before in [group.name for group in groups]:
            raise KeyboardInterrupt
        found.names += [group.name for group in groups]
        return fit_groups(whole, groups, *others)

    monkeypatch.setattr(group_fitting, "MAX_BATCH_GROUPS", 1)
    monkeypatch.setattr(grouped_training, "fit_groups", fit)
    return found


def saved_bytes(result: Any, path: Path) -> bytes:
    result.model.save(path)
    return path.read_bytes()


def run(**arguments: Any) -> Any:
    return dr.train(without(sales(), "sold"), "amount", by="shop", **QUICK, **arguments)


def test_an_interrupt_before_the_first_group_says_nothing_of_groups(monkeypatch, tmp_path):
    def interrupted(*_: Any, **__: Any) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(grouped_training, "fit_model", interrupted)
    with pytest.raises(KeyboardInterrupt) as stopped:
        run(checkpoint=dr.Checkpoint(tmp_path / "run.safetensors", resume=True))
    assert not getattr(stopped.value, "__notes__", ())


def test_a_run_with_a_checkpoint_goes_on(trained, tmp_path):
    checkpoint = dr.Checkpoint(tmp_path / "run.safetensors", resume=True)
    with pytest.raises(KeyboardInterrupt) as stopped:
        run(checkpoint=checkpoint)
    assert "Finished groups are kept" in stopped.value.__notes__[0]
    assert trained.names == ["north", "south"]
    trained.go_on()
    resumed = saved_bytes(run(checkpoint=checkpoint), tmp_path / "resumed")
    assert trained.names == ["west"]
    trained.go_on()
    assert saved_bytes(run(), tmp_path / "whole") == resumed
    assert trained.names == ["north", "south", "west"]


def test_a_run_without_resume_begins_anew(trained, tmp_path):
    with pytest.raises(KeyboardInterrupt):
        run(checkpoint=dr.Checkpoint(tmp_path / "run.safetensors"))
    assert len(list(tmp_path.glob("run-groups-*"))) == 2
    trained.go_on()
    run(checkpoint=dr.Checkpoint(tmp_path / "run.safetensors"))
    assert trained.names == ["north", "south", "west"]


@pytest.mark.parametrize("change", ["settings", "data"])
def test_groups_of_another_run_are_not_used(change, trained, tmp_path):
    with ThreadPoolExecutor(2) as executor:
        with pytest.raises(KeyboardInterrupt):
            run(executor=executor, job_folder=tmp_path)
        trained.go_on()
        table, settings = without(sales(), "sold"), dict(QUICK)
        if change == "data":
            table["price"][77] += 1e-9
        else:
            settings["l2"] = 1e-4
        dr.train(table, "amount", by="shop", **settings, executor=executor, job_folder=tmp_path)
    assert trained.names == ["north", "south", "west"]


def test_an_executor_gives_the_same_bytes_and_finds_finished_groups(trained, tmp_path):
    with ThreadPoolExecutor(3) as executor:
        with pytest.raises(KeyboardInterrupt):
            run(executor=executor, job_folder=tmp_path / "jobs")
        trained.go_on()
        resumed = run(executor=executor, job_folder=tmp_path / "jobs")
    assert trained.names == ["west"]
    trained.go_on()
    expected = saved_bytes(run(), tmp_path / "whole")
    assert saved_bytes(resumed, tmp_path / "resumed") == expected


def test_damaged_groups_are_trained_again_with_a_warning(trained, tmp_path):
    checkpoint = dr.Checkpoint(tmp_path / "run.safetensors", resume=True)
    with pytest.raises(KeyboardInterrupt):
        run(checkpoint=checkpoint)
    first = min(tmp_path.glob("run-groups-*"))
    first.write_bytes(first.read_bytes()[:-5])
    trained.go_on()
    with pytest.warns(
        CheckpointWarning, match="Finished groups are trained again: .*truncated|need"
    ):
        run(checkpoint=checkpoint)
    assert trained.names == ["north", "west"]


def test_groups_that_predict_something_else_are_trained_again_with_a_warning(trained, tmp_path):
    """The digest is right: the file is that of another run, under the name of this one."""
    checkpoint = dr.Checkpoint(tmp_path / "run.safetensors", resume=True)
    with pytest.raises(KeyboardInterrupt):
        run(checkpoint=checkpoint)
    other = dr.Checkpoint(tmp_path / "other.safetensors", resume=True)
    with pytest.raises(KeyboardInterrupt):
        dr.train(without(sales(), "amount"), "sold", by="shop", checkpoint=other, **QUICK)
    min(tmp_path.glob("other-groups-*")).replace(min(tmp_path.glob("run-groups-*")))
    trained.go_on()
    with pytest.warns(CheckpointWarning, match="trained again: .* model of 'north' does not fit"):
        resumed = saved_bytes(run(checkpoint=checkpoint), tmp_path / "resumed")
    assert trained.names == ["north", "west"]
    trained.go_on()
    assert saved_bytes(run(), tmp_path / "whole") == resumed


def test_a_folder_that_takes_no_groups_is_one_warning(trained, tmp_path, monkeypatch):
    def full(*_: Any, **__: Any) -> None:
        raise OSError(28, "No space left on device")

    trained.go_on()
    monkeypatch.setattr(saved_batches, "write_model", full)
    with pytest.warns(CheckpointWarning, match="cannot be kept") as warned:
        result = run(checkpoint=dr.Checkpoint(tmp_path / "run.safetensors"))
    assert len(warned) == 1
    assert len(result.groups) == 3


def test_groups_without_a_model_are_found_again_too(trained, tmp_path):
    table = without(sales(), "amount")
    table["sold"][table["shop"] == "north"] = "yes"
    checkpoint = dr.Checkpoint(tmp_path / "run.safetensors", resume=True)
    arguments: Any = {"by": "shop", "checkpoint": checkpoint, **QUICK}
    with pytest.raises(KeyboardInterrupt):
        dr.train(table, "sold", **arguments)
    trained.go_on()
    result = dr.train(table, "sold", **arguments)
    assert trained.names == ["west"]
    assert dict(result.without_model)["north"].startswith("Target column 'sold' is 'yes' in all")
