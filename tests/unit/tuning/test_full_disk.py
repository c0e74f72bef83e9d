"""A search whose folder takes no paused networks: one warning, and the same result."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import deltarule as dr
from deltarule.errors import FileError
from deltarule.training import checkpoint
from deltarule.training.checkpoint import CheckpointWarning


def search(**arguments: Any) -> Any:
    random = np.random.default_rng(0)
    x = random.normal(size=80)
    table = {"x": x, "z": random.normal(size=80), "y": x + random.normal(size=80) / 9}
    return dr.tune(table, "y", trials=13, folds=2, epochs=4, hidden=(3,), **arguments)


def test_a_full_disk_is_one_warning_for_the_whole_search(tmp_path, monkeypatch):
    tried = []

    def full(path: Any, *_: Any, **__: Any) -> None:
        tried.append(path)
        raise FileError(f"Cannot write {path!s}: the disk is full. Free some space.")

    whole = search()
    monkeypatch.setattr(checkpoint, "write_model", full)
    with pytest.warns(CheckpointWarning) as warned:
        disturbed = search(folder=tmp_path)
    assert len({*tried}) > 10
    assert len(warned) == 1
    text = str(warned[0].message)
    assert text.startswith("Paused networks of the search cannot be kept: Cannot write")
    assert disturbed.loss == whole.loss
