"""Training on a block file: the bits of the same rows in memory, and what is refused or goes wrong."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import deltarule as dr
from deltarule.engines import BlockFileData, get_engine
from deltarule.engines.data import fingerprint, in_memory
from deltarule.errors import DataError, FileError, SettingError, ShapeError, TableFileError
from deltarule.sampling import Blocks, FullBatch, MiniBatches, SingleSample

ENGINES = ("reference", "native")
REGRESSION = dr.Network([dr.Dense(8, "tanh"), dr.Dense(1)])
CLASSIFICATION = dr.Network([dr.Dense(8, "relu"), dr.Dropout(0.2), dr.Dense(3, "softmax")])


def batches(rows: int = 2000, *, classes: bool = False, weighted: bool = False) -> Iterator[Any]:
    draw = np.random.default_rng(2)
    X = draw.normal(size=(rows, 5))
    X[:, 1], X[:, 4] = draw.integers(0, 300, rows) / 1.0, draw.integers(0, 4, rows)
    y = np.arange(rows) % 3 if classes else np.stack([X[:, 0] + X[:, 4]], axis=1)
    weights = draw.uniform(0.5, 2, rows)
    for begin in range(0, rows, 300):
        some = slice(begin, begin + 300)
        yield (X[some] / [1, 300, 1, 1, 1], y[some], weights[some])[: 2 + weighted]


def written(path: Path, rows: int = 2000, **kind: bool) -> BlockFileData:
    return BlockFileData.write(
        path / "rows", batches(rows, **kind), codes=[4], validation_fraction=0.2, block_rows=96
    )


def outcome(result: Any) -> list[Any]:
    names = ("training_loss", "validation_loss", "training_score", "validation_score")
    return [result.network.parameters.flat(), *(getattr(result.history, name) for name in names)]


def assert_same(first: Any, second: Any) -> None:
    for one, other in zip(outcome(first), outcome(second), strict=True):
        assert np.array_equal(one, other, equal_nan=True)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("threads", [1, 3])
@pytest.mark.parametrize(
    ("sampling", "kind"),
    [
        (Blocks(32, 512, 64), {}),
        (Blocks(50, 192, 96), {"classes": True}),
        (Blocks(7, 64, 64), {"classes": True, "weighted": True}),
        (Blocks(60, 60, 20), {"weighted": True}),
        (Blocks(32, 4096, 100), {}),  # one window
        (Blocks(32, 2**64 + 100, 100), {}),
        (Blocks(700, 700, 50), {}),  # batches of two windows
    ],
)
def test_a_file_trains_to_the_bits_of_memory(
    tmp_path: Path, engine: str, threads: int, sampling: Blocks, kind: Any
) -> None:
    rows = written(tmp_path, **kind)
    network = CLASSIFICATION if kind.get("classes") else REGRESSION
    settings: Any = {"epochs": 3, "sampling": sampling, "engine": engine, "threads": threads}
    from_file = dr.fit(network, rows, validation_data=rows.validation, **settings)
    from_memory = dr.fit(
        network, in_memory(rows), validation_data=in_memory(rows.validation), **settings
    )
    assert_same(from_file, from_memory)


def test_class_numbers_are_numbers_where_the_loss_takes_numbers(tmp_path: Path) -> None:
    rows = written(tmp_path, classes=True)
    one_output = dr.Network([dr.Dense(4, "tanh"), dr.Dense(1)])
    result = dr.fit(one_output, rows, epochs=2, validation_data=rows.validation)
    arrays = in_memory(rows)
    given = dr.fit(
        one_output,
        arrays.inputs,
        arrays.targets.astype(float),
        epochs=2,
        sampling=Blocks(),
        validation_data=(in_memory(rows.validation).inputs, in_memory(rows.validation).targets),
    )
    assert_same(result, given)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_run_is_resumed_from_the_file_or_from_memory(tmp_path: Path, engine: str) -> None:
    rows = written(tmp_path)
    settings: Any = {"epochs": 6, "sampling": Blocks(32, 384, 96), "engine": engine}
    whole = dr.fit(REGRESSION, rows, validation_data=rows.validation, **settings)
    saving = dr.Checkpoint(tmp_path / "run", every_seconds=0, resume=True)

    def interrupt(event: Any) -> None:
        if event.epoch == 3:
            raise KeyboardInterrupt

    dr.fit(
        REGRESSION, rows, validation_data=rows.validation, checkpoint=saving, callbacks=[interrupt],
        **settings,
    )  # fmt: skip
    resumed = dr.fit(
        REGRESSION, in_memory(rows), validation_data=in_memory(rows.validation), checkpoint=saving,
        **settings,
    )  # fmt: skip
    assert np.array_equal(whole.network.parameters.flat(), resumed.network.parameters.flat())


def test_the_fingerprint_is_that_of_arrays(tmp_path: Path) -> None:
    rows = written(tmp_path, weighted=True)
    assert fingerprint(rows, rows.validation) == fingerprint(
        in_memory(rows), in_memory(rows.validation)
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_predictions_and_scores_are_computed_from_the_file(tmp_path: Path, engine: str) -> None:
    rows = written(tmp_path)
    result = dr.fit(REGRESSION, rows, epochs=2, engine=engine, validation_data=rows.validation)
    arrays = in_memory(rows.validation)
    predicted = result.network.predict(rows.validation, engine=engine)
    assert np.array_equal(predicted, result.network.predict(arrays.inputs, engine=engine))
    network, parameters = result.network.network, result.network.parameters
    evaluate, loss = get_engine(engine).evaluate, dr.losses.MeanSquaredError()
    measured = evaluate(network, parameters, loss, rows.validation)
    assert measured == evaluate(network, parameters, loss, arrays)
    assert measured[0] == pytest.approx(float(np.mean((predicted - arrays.targets) ** 2)), rel=1e-5)


def test_an_engine_without_files_reads_the_rows_into_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The compiled module of a web browser has no `BlockSource`."""
    rows, engine = written(tmp_path), get_engine("native")
    names = {name: getattr(engine._module, name) for name in dir(engine._module)}
    settings: Any = {"epochs": 2, "sampling": Blocks(32, 384, 96), "engine": "native"}
    expected = dr.fit(REGRESSION, rows, validation_data=rows.validation, **settings)
    del names["BlockSource"]
    module = type("ModuleWithoutFiles", (), {})()
    module.__dict__.update(names)
    monkeypatch.setattr(engine, "_module", module)
    assert_same(expected, dr.fit(REGRESSION, rows, validation_data=rows.validation, **settings))


def test_many_networks_share_a_file(tmp_path: Path) -> None:
    rows = written(tmp_path)
    settings: Any = {"epochs": 2, "sampling": Blocks(32, 384, 96)}
    jobs = [{"network": REGRESSION, "X": rows, "seed": seed, **settings} for seed in (0, 1)]
    for job, result in zip(jobs, dr.fit_many(jobs), strict=True):
        assert_same(result, dr.fit(**job))


def test_a_batch_of_more_rows_than_a_window_gets_a_larger_one(tmp_path: Path) -> None:
    """All 270,000 rows in one update, which default windows of 262,144 rows do not hold."""
    column = np.random.default_rng(0).normal(size=(270_000, 1))
    rows = BlockFileData.write(tmp_path / "rows", [(column, column**2)])
    whole = MiniBatches(270_000)
    assert_same(
        dr.fit(REGRESSION, rows, batch_size=270_000, epochs=1),
        dr.fit(REGRESSION, in_memory(rows), sampling=whole, epochs=1),
    )


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"sampling": MiniBatches(32)}, "must be Blocks.* read in blocks"),
        ({"sampling": FullBatch()}, "must be Blocks"),
        ({"sampling": SingleSample()}, "must be Blocks"),
        ({"optimizer": dr.optimizers.LBFGS()}, "cannot be LBFGS"),
        ({"validation_fraction": 0.2}, "validation_data=rows.validation"),
        ({"stopping": dr.stopping.GradientNormBelow(1e-3)}, "cannot have GradientNormBelow"),
        ({"y": [1.0]}, "leave y, sample_weight and rows out"),
        ({"batch_size": 5000}, "at most the"),
    ],
)
def test_what_does_not_fit_a_file_is_refused(tmp_path: Path, settings: Any, words: str) -> None:
    with pytest.raises(SettingError, match=words):
        dr.fit(REGRESSION, written(tmp_path), epochs=1, **settings)


def test_a_file_is_trained_in_float32_with_its_number_of_targets(tmp_path: Path) -> None:
    rows = written(tmp_path)
    with pytest.raises(ShapeError, match="must be float64, got float32"):
        dr.fit(REGRESSION, rows, dtype="float64")
    with pytest.raises(ShapeError, match="the network has 2 outputs"):
        dr.fit(dr.Network([dr.Dense(2)]), rows)


def test_validation_rows_have_the_inputs_of_training_rows(tmp_path: Path) -> None:
    rows, narrow = written(tmp_path), ([[1.0, 2.0]], [1.0])
    narrow_rows = BlockFileData.write(tmp_path / "narrow", [narrow])
    for validation in (narrow, narrow_rows):
        with pytest.raises(ShapeError, match="validation_data has 2 inputs and X has 5"):
            dr.fit(REGRESSION, rows, validation_data=validation)
    network = dr.fit(REGRESSION, rows, epochs=1).network
    evaluate = get_engine("native").evaluate
    with pytest.raises(ShapeError, match="2 inputs and 1 target, which do not fit a network of 5"):
        evaluate(network.network, network.parameters, dr.losses.MeanSquaredError(), narrow_rows)


@pytest.mark.parametrize("engine", ENGINES)
def test_class_numbers_may_be_whole_floats_but_no_fractions(tmp_path: Path, engine: str) -> None:
    X, y = np.random.default_rng(0).normal(size=(90, 2)), np.arange(90) % 3
    network = dr.Network([dr.Dense(3, "softmax")])
    files = [
        BlockFileData.write(tmp_path / name, [(X, targets)])
        for name, targets in (
            ("integers", y), ("floats", y.astype(float)), ("fractions", y + 0.5), ("large", y + 3e9),
        )
    ]  # fmt: skip
    settings: Any = {"epochs": 2, "engine": engine}
    assert_same(*(dr.fit(network, rows, **settings) for rows in files[:2]))
    for rows, number in zip(files[2:], ("0.5|1.5|2.5", r"3e\+09"), strict=True):
        with pytest.raises(DataError, match=f"must be class numbers, got ({number})"):
            dr.fit(network, rows, **settings)


@pytest.mark.parametrize("engine", ENGINES)
def test_hinge_takes_minus_one_and_one_from_a_file(tmp_path: Path, engine: str) -> None:
    """In arrays, 0 and 1 are turned into them; the values of a file stay as they are written."""
    X, y = np.random.default_rng(0).normal(size=(90, 2)), np.arange(90) % 2
    network = dr.Network([dr.Dense(1)])
    settings: Any = {"loss": "hinge", "epochs": 3, "engine": engine}
    numbers, signs = (
        BlockFileData.write(tmp_path / name, [(X, targets)])
        for name, targets in (("numbers", y), ("signs", 2.0 * y - 1))
    )
    arrays, sampling = in_memory(numbers), Blocks(32)
    given = dr.fit(network, arrays.inputs, arrays.targets, sampling=sampling, **settings)
    assert_same(given, dr.fit(network, signs, **settings))
    for X_or_rows, validation in ((numbers, signs), (signs, numbers)):
        with pytest.raises(DataError, match=r"must be -1 or 1 for hinge; .* give 2\.0 \* y - 1"):
            dr.fit(network, X_or_rows, validation_data=validation, **settings)


def test_a_damaged_block_is_found_before_training(tmp_path: Path) -> None:
    written(tmp_path)
    with open(tmp_path / "rows", "r+b") as file:
        file.seek(-5000, os.SEEK_END)
        file.write(b"\xff")
    with pytest.raises(TableFileError, match="does not match its digest"):
        dr.fit(
            REGRESSION,
            BlockFileData(tmp_path / "rows"),
            epochs=1,
            validation_data=BlockFileData(tmp_path / "rows", "validation"),
        )


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("threads", [1, 2])
def test_a_file_that_is_cut_short_while_it_trains_is_a_sentence(
    tmp_path: Path, engine: str, threads: int
) -> None:
    rows = written(tmp_path)

    def cut(event: Any) -> None:
        if event.epoch == 2:
            os.truncate(tmp_path / "rows", 5000)

    with pytest.raises(TableFileError, match="was cut short while it was read"):
        dr.fit(
            REGRESSION, rows, epochs=50, sampling=Blocks(32, 96, 96), callbacks=[cut],
            engine=engine, threads=threads,
        )  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
def test_validation_rows_that_are_cut_short_are_named(tmp_path: Path, engine: str) -> None:
    (tmp_path / "other").mkdir()
    rows = written(tmp_path)

    def cut(event: Any) -> None:
        os.truncate(tmp_path / "other" / "rows", 5000)

    for training in (in_memory(rows), rows):
        other = written(tmp_path / "other")
        with pytest.raises(TableFileError, match=r"other.rows' .*was cut short while it was read"):
            dr.fit(
                REGRESSION, training, epochs=50, sampling=Blocks(32, 96, 96), callbacks=[cut],
                validation_data=other.validation, engine=engine,
            )  # fmt: skip


def test_class_numbers_that_change_while_it_trains_are_a_sentence(tmp_path: Path) -> None:
    """The compiled engine never uses a class number that the network has no output for."""
    rows = written(tmp_path, classes=True)
    position = rows.file.block_position("training", 0)
    size = os.path.getsize(tmp_path / "rows")

    def damage(event: Any) -> None:
        with open(tmp_path / "rows", "r+b") as file:
            file.seek(position)
            file.write(b"\xff" * (size - position))

    with pytest.raises(FileError, match="changed while it was read"):
        dr.fit(
            CLASSIFICATION, rows, epochs=50, sampling=Blocks(32, 96, 96), callbacks=[damage],
            engine="native",
        )  # fmt: skip


def test_a_file_that_is_replaced_while_it_trains_changes_nothing(tmp_path: Path) -> None:
    rows = written(tmp_path)
    settings: Any = {"epochs": 4, "sampling": Blocks(32, 192, 96)}
    whole = dr.fit(REGRESSION, rows, **settings)

    def write_again(event: Any) -> None:
        BlockFileData.write(tmp_path / "rows", batches(100))

    assert_same(whole, dr.fit(REGRESSION, rows, callbacks=[write_again], **settings))


def test_rows_are_pickled_by_their_path(tmp_path: Path) -> None:
    rows = written(tmp_path, classes=True).validation.with_class_numbers(False)
    again = pickle.loads(pickle.dumps(rows))
    assert np.array_equal(in_memory(again).inputs, in_memory(rows).inputs)
    assert in_memory(again).targets.shape == (rows.n_rows, 1)
    assert replace(rows, part="training").n_rows + rows.n_rows == 2000


@pytest.mark.skipif(not hasattr(os, "fork"), reason="fork is a POSIX thing")
def test_a_forked_process_trains_on(tmp_path: Path) -> None:
    rows = written(tmp_path)
    settings: Any = {"epochs": 2, "sampling": Blocks(32, 192, 96), "threads": 2}
    expected = dr.fit(REGRESSION, rows, **settings).network.parameters.flat()
    child = os.fork()
    if child == 0:
        ends_well = False
        try:
            got = dr.fit(REGRESSION, rows, **settings).network.parameters.flat()
            ends_well = np.array_equal(got, expected)
        finally:
            os._exit(0 if ends_well else 1)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.skipif(sys.platform != "linux", reason="peak memory is read as Linux counts it")
def test_a_window_is_in_memory_and_no_more(tmp_path: Path) -> None:
    """The table has 40 MB; a window of 4,096 rows 1.3 MB."""
    program = f"""
import re, deltarule as dr
from deltarule.engines import BlockFileData
rows = BlockFileData({str(tmp_path / "wide")!r})
network = dr.Network([dr.Dense(1)])
def train(sampling):
    dr.fit(network, rows, epochs=2, sampling=sampling, engine="native", threads=2)
    return int(re.search("VmHWM:[^0-9]*([0-9]+)", open("/proc/self/status").read())[1]) / 1024
small = dr.sampling.Blocks(256, 4096, 1024)
first = train(small)
print(train(small) - first, train(dr.sampling.Blocks(256, 262144, 1024)) - first)
"""
    draw = np.random.default_rng(0)
    wide = ((X := draw.normal(size=(5000, 80)), X[:, 0]) for _ in range(25))
    BlockFileData.write(tmp_path / "wide", wide, block_rows=1024)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    again, whole = map(float, done.stdout.split())
    assert again < 5
    assert 30 < whole < 60  # one window of all rows
