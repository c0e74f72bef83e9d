"""The command line in this process: what it printed, and how it ended."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from deltarule.cli import main
from deltarule.engines import native_module

IRIS = Path(__file__).resolve().parents[2] / "examples" / "iris.csv"
ENGINE = "native" if native_module.is_available() else "reference"
QUICK = ("--no-report", "--engine", ENGINE, "--epochs", "3", "--hidden", "8")


@dataclass(frozen=True)
class Outcome:
    """How a command ended."""

    status: int
    out: str
    err: str

    @property
    def events(self) -> list[dict[str, Any]]:
        """The JSON objects on standard output, one per line."""
        return [json.loads(line) for line in self.out.splitlines()]


Run = Callable[..., Outcome]


@pytest.fixture
def folder(tmp_path, monkeypatch) -> Path:
    """An empty folder to work in, with iris.csv in it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "iris.csv").write_bytes(IRIS.read_bytes())
    return tmp_path


@pytest.fixture
def run(folder, capsys) -> Run:
    """Run a command in `folder`."""

    def run(*words: str) -> Outcome:
        status = main([str(word) for word in words])
        captured = capsys.readouterr()
        return Outcome(status, captured.out, captured.err)

    return run


@pytest.fixture
def train(run) -> Run:
    """Run `train` with a small network for a few epochs, without a report."""

    def train(*words: str) -> Outcome:
        return run("train", *QUICK, *words)

    return train


@pytest.fixture(scope="session")
def trained_on_iris(tmp_path_factory) -> Path:
    """The folder that `deltarule train iris.csv --target species` writes; tests copy it."""
    folder = tmp_path_factory.mktemp("trained")
    (folder / "iris.csv").write_bytes(IRIS.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        assert main(["train", "iris.csv", "--target", "species", "--quiet", *QUICK]) == 0
    return folder / "iris-model"


@pytest.fixture
def iris_model(folder, trained_on_iris) -> Path:
    """The folder `iris-model` in `folder`, as after training."""
    return Path(shutil.copytree(trained_on_iris, folder / "iris-model"))


@pytest.fixture
def refused(folder, run) -> Callable[..., str]:
    """Run a command that must fail as an error should: status 2, one sentence, nothing changed."""

    def refused(*words: str) -> str:
        before = snapshot(folder)
        outcome = run(*words)
        assert outcome.status == 2, outcome
        lines = outcome.err.splitlines()
        assert len(lines) == 1, outcome.err
        assert lines[0].startswith("deltarule: ")
        assert lines[0].endswith((".", "?", ".)", "pip install -U deltarule")), lines[0]
        assert "Traceback" not in outcome.err
        assert snapshot(folder) == before
        return lines[0]

    return refused


def snapshot(folder: Path) -> dict[str, bytes | None]:
    """Return everything that is in a folder, by path."""
    return {
        str(path.relative_to(folder)): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
    }
