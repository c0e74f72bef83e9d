"""Members that tests add to a family for a while, and checks of the interfaces they appear in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import deltarule as dr
from deltarule._common.descriptions import Description, Family
from deltarule.engines import SlowEngineWarning
from deltarule.errors import EngineError, SettingError
from deltarule.export import to_onnx
from deltarule.playground.experiment import Experiment
from deltarule.playground.exporting import exported
from deltarule.playground.workspace import Workspace
from deltarule.training import TrainingResult

NAME = "test_member"
ROWS = np.random.default_rng(0).normal(size=(60, 3)).astype(np.float32)
TARGETS = np.abs(ROWS[:, :1]) + 0.5


@contextmanager
def registered(family: Family[Any], member: type[Description]) -> Iterator[None]:
    """Register `member` while the context is open."""
    family.register(member)
    try:
        yield
    finally:
        family.unregister(member)


def trained(network: dr.Network, engine: str = "reference", **settings: Any) -> TrainingResult:
    """Return the result of two epochs."""
    return dr.fit(network, ROWS, TARGETS, epochs=2, engine=engine, seed=1, **settings)


def check_native_refuses(noun: str, network: dr.Network, **settings: Any) -> None:
    """Check that "native" names the missing formula in a sentence and "auto" uses NumPy."""
    pytest.importorskip("deltarule.engines._native")
    with pytest.raises(EngineError, match=f"no formula for the {noun} '{NAME}'") as caught:
        trained(network, "native", **settings)
    assert "\n" not in str(caught.value)
    with pytest.warns(SlowEngineWarning, match=f"no formula for the {noun} '{NAME}'"):
        result = trained(network, "auto", **settings)
    assert result.engine == "reference"


def check_json(family: Family[Any], description: Description) -> None:
    """Check that a description becomes JSON and back, and is unknown to a family without it."""
    text = json.dumps(description.to_json(), allow_nan=False)
    assert family.from_json(json.loads(text), "file") == description


def played(experiment: Experiment) -> Workspace:
    """Return a workspace of the playground after two epochs on the reference engine."""
    workspace = Workspace("reference", None, experiment)
    workspace.run.train(2)
    return workspace


def python_export(workspace: Workspace) -> str:
    """Return the exported Python program."""
    return exported("python", workspace).body.decode()


def check_keras_export_refuses(workspace: Workspace, noun: str) -> None:
    """Check that the exported Keras program is refused in a sentence."""
    with pytest.raises(SettingError, match=f"{noun}` {NAME} does not exist in Keras") as caught:
        exported("keras", workspace)
    assert "\n" not in str(caught.value)


def check_onnx_refuses(network: dr.Network, folder: Path) -> None:
    """Check that a network is not exported to ONNX, and why, in a sentence."""
    pytest.importorskip("onnx", reason="onnx is not installed: pip install onnx")
    result = trained(network)
    with pytest.raises(SettingError, match="which ONNX export does not know") as caught:
        to_onnx(result, folder / "model.onnx")
    assert "\n" not in str(caught.value)
    assert list(folder.iterdir()) == []
