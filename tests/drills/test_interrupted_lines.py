"""A KeyboardInterrupt at any line of Python that trains: resumed, the run ends in the same bits."""

from __future__ import annotations

import sys
from contextlib import suppress
from pathlib import Path
from types import FrameType
from typing import Any

import numpy as np
import pytest
from drills.conftest import Drill

import deltarule as dr
from deltarule._common.executors import CallingThread
from deltarule.engines import BlockFileData
from deltarule.optimizers import Adam
from deltarule.schedules import OnPlateau
from deltarule.stopping import NoProgress

X = np.random.default_rng(0).standard_normal((12, 3))
Y = X[:, 0] * X[:, 1]
NETWORK = dr.Network([dr.Dense(3, "tanh"), dr.Dense(1)])
SOURCE = Path(dr.__file__).parent
FOLDERS = tuple(str(SOURCE / name) for name in ("engines", "training", "formats"))


class InterruptAtLine:
    """Counts the lines that run inside a `with` block and raises a KeyboardInterrupt at one of them."""

    def __init__(self, number: int | None) -> None:
        self._number, self.count, self.where = number, 0, ""

    def __enter__(self) -> InterruptAtLine:
        self._previous = sys.gettrace()
        sys.settrace(self._called)
        return self

    def __exit__(self, *_: object) -> None:
        sys.settrace(self._previous)

    def _called(self, frame: FrameType, event: str, argument: Any) -> Any:
        return self._line if frame.f_code.co_filename.startswith(FOLDERS) else None

    def _line(self, frame: FrameType, event: str, argument: Any) -> Any:
        self.count += event == "line"
        if event == "line" and self.count == self._number:
            self.where = f"{frame.f_code.co_filename}:{frame.f_lineno}"
            raise KeyboardInterrupt
        return self._line


def fit(path: Path, engine: str) -> dr.TrainingResult:
    return dr.fit(
        NETWORK, X, Y, epochs=6, batch_size=4, validation_fraction=0.5, stopping=NoProgress(2),
        optimizer=Adam(OnPlateau(0.2, patience_epochs=1)), engine=engine, threads=1,
        checkpoint=dr.Checkpoint(path, every_seconds=0, resume=True),
    )  # fmt: skip


def bits(result: dr.TrainingResult) -> tuple[Any, ...]:
    records = result.history.records
    names = [name for name in records.dtype.names or () if name != "elapsed_s"]
    return (
        result.network.parameters.flat().tobytes(),
        [records[name].tobytes() for name in names],
        result.reason, result.explanation, result.kept_epoch,
    )  # fmt: skip


@pytest.mark.parametrize("engine", ["reference", "native"])
def test_interrupted_at_any_line(tmp_path: Path, drill: Drill, engine: str) -> None:
    fit(tmp_path / "first.safetensors", engine)  # imports what it needs
    with InterruptAtLine(None) as counter:
        whole = bits(fit(tmp_path / "whole.safetensors", engine))
    assert counter.count > 1000
    cases = drill.cases(short=25, full=counter.count)
    for number in np.linspace(1, counter.count, cases).astype(int).tolist():
        path = tmp_path / f"{number}.safetensors"
        with InterruptAtLine(number) as interrupt, suppress(KeyboardInterrupt):
            fit(path, engine)
        case = f"line {number} of {counter.count}, {interrupt.where}"
        assert bits(fit(path, engine)) == whole, case
        left = [entry.name for entry in tmp_path.glob(f".{number}.*")]
        assert left == [], (case, left)
    drill.count(cases, "interrupts at a line of Python, resumed to the same bits")


def test_interrupted_at_any_line_of_a_training_on_shards(tmp_path: Path, drill: Drill) -> None:
    rows = BlockFileData.write(
        tmp_path / "rows.blocks", [(X, Y)], block_rows=2, validation_fraction=0.3
    )

    def fit(folder: Path) -> dr.TrainingResult:
        return dr.fit_sharded(
            NETWORK, rows, shards=2, rounds_per_epoch=2, epochs=2, batch_size=2, folder=folder,
            validation_data=rows.validation, executor=CallingThread(),
        )  # fmt: skip

    fit(tmp_path / "first")  # imports what it needs
    with InterruptAtLine(None) as counter:
        whole = bits(fit(tmp_path / "whole"))
    cases = drill.cases(short=25, full=2000)
    for number in np.linspace(1, counter.count, cases).astype(int).tolist():
        folder = tmp_path / str(number)
        with InterruptAtLine(number) as interrupt, suppress(KeyboardInterrupt):
            fit(folder)
        case = f"line {number} of {counter.count}, {interrupt.where}"
        assert bits(fit(folder)) == whole, case
        left = [entry.name for entry in (folder / "rounds").iterdir()]
        assert len(left) == 1, (case, left)
    drill.count(cases, "interrupts at a line of Python, resumed to the same bits")
