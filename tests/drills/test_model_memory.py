"""Memory of loaded models that predict single rows, measured in a process that holds ten of them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from drills.conftest import Drill

import deltarule as dr
from deltarule.engines.native_module import is_available

IRIS = Path(__file__).parents[2] / "examples" / "iris.csv"
MODELS = 10
MEASURE = f"""
import gc, json, os, sys, tracemalloc
import deltarule as dr

path, warm = sys.argv[1:]

def nothing(model):
    return dict.fromkeys(model.encoder.columns)

def memory():
    gc.collect()
    with open("/proc/self/status") as file:
        return 1024 * int(next(line for line in file if line.startswith("RssAnon")).split()[1])

for each in (warm, path):  # what is kept once, whatever the number of models
    dr.load(each).predictor()
before = memory()
models = [dr.load(path) for _ in range({MODELS})]
loaded = memory()
for model in models:
    model.predictor().predict(nothing(model))
ready = memory()
del models
gc.collect()
tracemalloc.start()
start = tracemalloc.get_traced_memory()[0]
model = dr.load(path)
traced = tracemalloc.get_traced_memory()[0] - start
size = os.path.getsize(path)
shares = [(loaded - before) / {MODELS} / size, (ready - before) / {MODELS} / size, traced / size]
print(json.dumps(shares))
"""


def numbers(rng: np.random.Generator, rows: int) -> dict[str, Any]:
    """Return a regression on eight columns of numbers and one of texts, as in california_housing."""
    table = {f"number {i}": rng.lognormal(size=rows).round(4) for i in range(8)}
    place = rng.choice(["inland", "near bay", "near ocean"], rows)
    return table | {"place": place, "target": table["number 0"] + rng.normal(size=rows)}


def mixed(rng: np.random.Generator, rows: int) -> dict[str, Any]:
    """Return classes on six columns of numbers and eight of texts, as in adult."""
    table: dict[str, Any] = {f"number {i}": rng.integers(0, 10 ** (i + 1), rows) for i in range(6)}
    for i, levels in enumerate((8, 16, 7, 14, 6, 5, 2, 40)):
        table[f"text {i}"] = rng.choice([f"level {j}" for j in range(levels)], rows)
    return table | {"target": np.where(rng.random(rows) < 0.3, "more", "less")}


def table(kind: str, *, large: bool) -> Any:
    """Return a table; a large one has enough rows to get one network."""
    rng, rows = np.random.default_rng(0), 21_000 if large else 2000
    if kind == "iris":
        return pd.read_csv(IRIS).rename(columns={"species": "target"})
    return {"numbers": numbers, "mixed": mixed}[kind](rng, rows)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.skipif(not is_available(), reason="The native engine was not built.")
@pytest.mark.parametrize("kind", ["iris", "numbers", "mixed"])
def test_a_loaded_model_takes_at_most_twice_its_file(drill: Drill, tmp_path, kind: str) -> None:
    small = {"x": [*range(20)], "target": [*range(20)]}
    dr.train(small, "target", epochs=1, hidden=(4,)).model.save(tmp_path / "small.safetensors")
    path = tmp_path / "model.safetensors"
    for large in (False, True) if drill.full and kind != "iris" else (False,):
        dr.train(table(kind, large=large), "target", epochs=1).model.save(path)
        arguments = [sys.executable, "-c", MEASURE, str(path), str(tmp_path / "small.safetensors")]
        done = subprocess.run(arguments, capture_output=True, text=True, check=True)
        loaded, ready, traced = json.loads(done.stdout)
        assert max(loaded, ready, traced) < 2, (loaded, ready, traced)
        drill.count(1, "loaded models with bounded memory")


MAX_PREDICTOR_BYTES = 40_000
"""What a small network may keep after it predicted a table: its buffers for few rows."""
MEASURE_GROUPS = """
import gc, json, sys
import deltarule as dr
from deltarule.data import read_table

def memory():
    gc.collect()
    with open("/proc/self/status") as file:
        return 1024 * int(next(line for line in file if line.startswith("RssAnon")).split()[1])

model, rows = dr.load(sys.argv[1]), read_table(sys.argv[2])
model.read_all()
model.predict({name: rows[name].texts()[:30] for name in model.columns + (model.by,)})
before = memory()
model.predict(rows)
print(json.dumps((memory() - before) / len(model.groups)))
"""


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
@pytest.mark.skipif(not is_available(), reason="The native engine was not built.")
def test_models_of_many_groups_keep_little_after_a_table(drill: Drill, tmp_path: Path) -> None:
    rng, groups = np.random.default_rng(0), 300
    shop, x = np.repeat(np.arange(groups), 30), rng.normal(size=30 * groups)
    rows = pd.DataFrame({"shop": [f"s{number}" for number in shop], "x": x, "y": x * (shop % 7)})
    rows.to_csv(tmp_path / "rows.csv", index=False)
    settings: dict[str, Any] = {"hidden": (8,), "folds": 1, "epochs": 2}
    dr.train(rows, "y", by="shop", **settings).model.save(tmp_path / "model.safetensors")
    arguments = [str(tmp_path / name) for name in ("model.safetensors", "rows.csv")]
    done = subprocess.run(
        [sys.executable, "-c", MEASURE_GROUPS, *arguments],
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(done.stdout) < MAX_PREDICTOR_BYTES
    drill.count(groups, "models of groups with bounded memory")
