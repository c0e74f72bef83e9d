"""A second kind of data, whose rows are computed when they are gathered: the same bits as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

import deltarule as dr
from deltarule.engines import data as engine_data
from deltarule.engines.data import ArrayData, Data, fingerprint, in_memory
from deltarule.errors import DataError, SettingError, ShapeError
from deltarule.initializers import UnitVariance
from deltarule.sampling import FullBatch, SingleSample

ENGINES = ("reference", "native")


@dataclass(frozen=True)
class Waves:
    """Rows of three phases of an index; nothing is stored."""

    n_rows: int
    classes: bool = False
    weighted: bool = False
    broken_row: int = -1
    n_inputs: int = 3

    def empty(self, n_rows: int) -> ArrayData:
        targets = np.empty(n_rows, np.int32) if self.classes else np.empty((n_rows, 1), np.float32)
        weights = np.empty(n_rows, np.float32) if self.weighted else None
        return ArrayData(np.empty((n_rows, 3), np.float32), targets, weights)

    def gather(self, indices: Any, out: ArrayData) -> None:
        phase = np.asarray(indices, np.float64)[:, None] * [0.1, 0.37, 1.9]
        out.inputs[:] = np.sin(phase)
        out.inputs[np.asarray(indices) == self.broken_row] = np.nan
        if self.classes:
            out.targets[:] = (np.asarray(indices) % 7) % 2
        else:
            out.targets[:] = np.cos(phase[:, :1])
        if out.weights is not None:
            out.weights[:] = 1 + np.asarray(indices) % 3

    def fingerprint(self, digest: Any) -> None:
        engine_data.hash_rows(self, digest)


REGRESSION = dr.Network([dr.Dense(8, "tanh", initializer=UnitVariance()), dr.Dense(1)])
CLASSIFICATION = dr.Network([dr.Dense(8, "relu"), dr.Dropout(0.2), dr.Dense(2, "softmax")])


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("network", "rows", "settings"),
    [
        (REGRESSION, Waves(2500), {"validation_fraction": 0.2}),
        (REGRESSION, Waves(300), {"sampling": FullBatch()}),
        (REGRESSION, Waves(120), {"sampling": SingleSample()}),
        (CLASSIFICATION, Waves(200, classes=True), {"validation_fraction": 0.25}),
        (CLASSIFICATION, Waves(90, True, weighted=True), {}),
    ],
)
def test_generated_rows_train_to_the_same_bits_as_arrays(
    monkeypatch: pytest.MonkeyPatch, engine: str, network: dr.Network, rows: Waves, settings: Any
) -> None:
    monkeypatch.setattr(engine_data, "BLOCK_ROWS", 64)
    settings = {"epochs": 4, "engine": engine, "seed": 5, **settings}
    generated = dr.fit(network, rows, **settings)
    arrays = in_memory(rows)
    assert np.array_equal(arrays.inputs[65], np.sin(65 * np.array([0.1, 0.37, 1.9])).astype("f"))
    given = dr.fit(network, arrays, **settings)
    assert np.array_equal(generated.network.parameters.flat(), given.network.parameters.flat())
    for name in ("training_loss", "validation_loss", "training_score"):
        assert np.array_equal(
            getattr(generated.history, name), getattr(given.history, name), equal_nan=True
        )


def test_arrays_given_as_data_train_like_X_and_y() -> None:
    arrays = in_memory(Waves(200))
    first = dr.fit(REGRESSION, arrays, epochs=3)
    second = dr.fit(REGRESSION, arrays.inputs, arrays.targets, epochs=3)
    assert np.array_equal(first.network.parameters.flat(), second.network.parameters.flat())


def test_a_checkpoint_knows_generated_rows(tmp_path: Any) -> None:
    saving = dr.Checkpoint(tmp_path / "run", every_seconds=0, resume=True)
    whole = dr.fit(REGRESSION, Waves(300), epochs=6)

    def interrupt(event: Any) -> None:
        if event.epoch == 3:
            raise KeyboardInterrupt

    dr.fit(REGRESSION, Waves(300), epochs=6, checkpoint=saving, callbacks=[interrupt])
    # Rows in memory have the same fingerprint.
    resumed = dr.fit(REGRESSION, in_memory(Waves(300)), epochs=6, checkpoint=saving)
    assert np.array_equal(whole.network.parameters.flat(), resumed.network.parameters.flat())
    with pytest.raises(SettingError, match="other data"):
        dr.fit(REGRESSION, Waves(299), epochs=6, checkpoint=saving)


def test_the_fingerprint_of_blocks_is_that_of_arrays(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine_data, "BLOCK_ROWS", 7)
    rows = Waves(40, classes=True, weighted=True)
    assert isinstance(rows, Data)
    assert fingerprint(rows, rows) == fingerprint(in_memory(rows), in_memory(rows))
    assert fingerprint(rows, None) != fingerprint(rows, rows)


@pytest.mark.parametrize(
    ("rows", "settings", "error", "words"),
    [
        (Waves(9000, broken_row=8000), {}, DataError, "first in row 8000"),
        (Waves(0), {}, DataError, "no rows"),
        (Waves(50), {"dtype": "float64"}, ShapeError, "must be float64, got float32"),
        (Waves(50), {"y": np.zeros(50)}, SettingError, "leave y, sample_weight and rows out"),
    ],
)
def test_rows_that_cannot_be_trained_on_are_refused(
    rows: Waves, settings: Any, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        dr.fit(REGRESSION, rows, **settings)


def test_targets_are_required() -> None:
    with pytest.raises(SettingError, match="`y` is missing"):
        dr.fit(REGRESSION, np.zeros((3, 2)))
