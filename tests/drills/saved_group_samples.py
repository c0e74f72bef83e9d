"""Small files of finished groups, from which a run by group goes on instead of training them again."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import Any

from drills.sample_files import Sample, table, without

import deltarule as dr
from deltarule._common.executors import CallingThread
from deltarule.table_model.by_group.saved_batches import SavedBatches

QUICK: dict[str, Any] = {"folds": 2, "epochs": 2, "hidden": (3,), "seed": 0}
SMALL: dict[str, Any] = {"folds": 1, "epochs": 1, "hidden": (), "seed": 0}


def _tables() -> dict[str, tuple[dict[str, Any], str, dict[str, Any]]]:
    few = {name: table()[name] for name in ("x", "flag", "color")}
    one_class = without("price")
    one_class["class"][one_class["color"] == "b"] = "yes"  # a group that cannot be learned
    return {
        "class": (one_class, "class", QUICK),
        "price": (without("class"), "price", QUICK),
        "small": (few, "x", SMALL),
    }


class _Trial:
    """A run by group whose groups are kept in a folder, in which damaged files are put."""

    def __init__(self, folder: Path, data: dict[str, Any], target: str, given: Any) -> None:
        self._folder = folder
        self._call = {"source": data, "target": target, "by": "color", **given}
        self._batches: list[tuple[Any, ...]] = []
        self._watched()
        [self.path] = (folder / "groups").iterdir()

    def train(self) -> Any:
        return dr.train(**self._call, executor=CallingThread(), job_folder=self._folder)

    def load(self, path: Path) -> Any:
        shutil.copyfile(path, self.path)
        [(saved, number, *asked)] = self._batches
        found = saved.finished(number, *asked)
        assert found is not None
        return found

    def use(self, fits: Any, path: Path) -> None:
        shutil.copyfile(path, self.path)
        result = self.train()
        assert len(result.groups) == sum(fit.model is not None for fit in fits)
        repr(result)
        result.comparison  # noqa: B018
        row = {name: values[:2] for name, values in self._call["source"].items()}
        result.model.predict(row)

    def _watched(self) -> None:
        """Train, and remember with what the run asks for finished groups."""
        read = SavedBatches.read

        def watched(saved: SavedBatches, *asked: Any) -> Any:
            self._batches.append((saved, *asked))
            return read(saved, *asked)

        SavedBatches.read = watched  # type: ignore[method-assign]
        try:
            self.train()
        finally:
            SavedBatches.read = read  # type: ignore[method-assign]


def groups_of_runs(folder: Path) -> list[Sample]:
    found = []
    for name, (data, target, given) in _tables().items():
        trial = _Trial(Path(tempfile.mkdtemp(dir=folder)), data, target, given)
        content = trial.path.read_bytes()
        found.append(Sample(name, content, trial.load, trial.use, small=name == "small"))
    return found
