"""The folder of fit_sharded: a second call continues from it, whatever was left there."""

from __future__ import annotations

import shutil
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import deltarule as dr
from deltarule.engines import BlockFileData
from deltarule.errors import WorkerWarning

NETWORK = dr.Network([dr.Dense(8, "relu"), dr.Dropout(0.2), dr.Dense(1, "sigmoid")], 3)
COMMON = {"batch_size": 32, "epochs": 3}


class Counting(ThreadPoolExecutor):
    """Counts the rounds of shards that it runs."""

    count = 0

    def submit(self, *args, **kwargs):
        self.count += 1
        return super().submit(*args, **kwargs)


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    X = np.random.default_rng(0).standard_normal((2000, 3)).astype(np.float32)
    y = (X[:, 0] + X[:, 1] * X[:, 2] > 0).astype(np.int64)
    path = tmp_path_factory.mktemp("rows") / "rows.blocks"
    return BlockFileData.write(path, [(X, y)], block_rows=64, validation_fraction=0.2)


def flat(result):
    return result.network.parameters.flat()


def test_a_second_call_continues_and_visits_no_shard_twice(rows, tmp_path):
    given = {**COMMON, "shards": 4, "rounds_per_epoch": 2, "validation_data": rows.validation}
    wanted = dr.fit_sharded(NETWORK, rows, **given)

    def interrupt(progress):
        raise KeyboardInterrupt

    with Counting(2) as executor:
        given |= {"folder": tmp_path, "executor": executor}
        first = dr.fit_sharded(NETWORK, rows, progress=interrupt, **given)
        assert first.reason is dr.stopping.StopReason.INTERRUPTED
        assert executor.count == 8
        second = dr.fit_sharded(NETWORK, rows, **given)
        assert executor.count == 3 * 8
        third = dr.fit_sharded(NETWORK, rows, **given)
        assert executor.count == 3 * 8
    for result in (second, third):
        np.testing.assert_array_equal(flat(result), flat(wanted))
        assert result.kept_epoch == wanted.kept_epoch
        names = ("training_loss", "validation_loss", "learning_rate")
        for name in names:
            np.testing.assert_array_equal(result.history[name], wanted.history[name])
    assert len(list((tmp_path / "rounds").iterdir())) == 1
    lines = (tmp_path / "journal.jsonl").read_text().splitlines()
    assert len(lines) == 6


def test_other_settings_in_the_same_folder_are_another_training(rows, tmp_path):
    first = dr.fit_sharded(NETWORK, rows, shards=2, folder=tmp_path, **COMMON)
    for changed in ({"shards": 3}, {"rounds_per_epoch": 2}, {"outer_momentum": 0.3}, {"seed": 1}):
        given = {"shards": 2, "folder": tmp_path, **COMMON, **changed}
        assert (flat(dr.fit_sharded(NETWORK, rows, **given)) != flat(first)).any(), changed


def test_damaged_files_are_computed_again(rows, tmp_path):
    given = {**COMMON, "shards": 2, "rounds_per_epoch": 1, "folder": tmp_path}
    wanted = flat(dr.fit_sharded(NETWORK, rows, **given))
    [average] = (tmp_path / "rounds").iterdir()
    content = bytearray(average.read_bytes())
    content[-1] ^= 1
    average.write_bytes(content)
    with pytest.warns(WorkerWarning, match="Rounds are computed again: .*digest"):
        again = dr.fit_sharded(NETWORK, rows, **given)
    np.testing.assert_array_equal(flat(again), wanted)


def test_an_earlier_average_takes_the_place_of_a_damaged_one(rows, tmp_path):
    given = {**COMMON, "shards": 2, "rounds_per_epoch": 1}
    wanted = flat(dr.fit_sharded(NETWORK, rows, **given))

    def keep(progress):
        for path in (tmp_path / "jobs" / "rounds").iterdir():
            shutil.copy(path, tmp_path)

    given["folder"] = tmp_path / "jobs"
    dr.fit_sharded(NETWORK, rows, progress=keep, **given)
    [last] = (tmp_path / "jobs" / "rounds").iterdir()
    for path in tmp_path.glob("*-2.safetensors"):
        shutil.copy(path, last.parent)
    last.write_bytes(last.read_bytes()[:-1])
    with (
        Counting(2) as executor,
        pytest.warns(WorkerWarning, match="Rounds are computed again"),
    ):
        again = dr.fit_sharded(NETWORK, rows, executor=executor, **given)
    np.testing.assert_array_equal(flat(again), wanted)
    assert executor.count == 2  # the last round


def test_what_killed_processes_left_of_earlier_rounds_is_removed(rows, tmp_path):
    given = {**COMMON, "shards": 2, "rounds_per_epoch": 1, "folder": tmp_path}
    dr.fit_sharded(NETWORK, rows, **given)
    [last] = (tmp_path / "rounds").iterdir()
    digest = last.stem.removesuffix("-3")
    other = last.with_name(f".{'0' * 32}-1-0.safetensors.0a1b2c3d.part")
    for name in (f"{digest}-1-0.safetensors", f".{digest}-2-1.safetensors.0a1b2c3d.part"):
        last.with_name(name).touch()
    other.touch()
    dr.fit_sharded(NETWORK, rows, **given)
    assert sorted((tmp_path / "rounds").iterdir()) == sorted([last, other])
