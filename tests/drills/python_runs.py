"""Training from Python with a checkpoint, for drills: resumed if it can be; writes m/result.json."""

from __future__ import annotations

import csv
import json
import sys
from pathlib import Path

import numpy as np

import deltarule as dr
from deltarule.stopping import NoProgress, StopReason
from deltarule.training import EpochEvent, Progress, TrainingResult

FOLDER = Path("m")
RESULT = "result.json"
CHECKPOINT = dr.Checkpoint(FOLDER / "checkpoint.safetensors", every_seconds=0, resume=True)
CONFIGURATIONS = ("fit with the reference engine", "fit with the native engine", "train folds")


def main(words: list[str]) -> int:
    """Run the configuration with the name `words[1]`; return an exit status."""
    FOLDER.mkdir(exist_ok=True)
    try:
        trainings = train_folds() if words[1] == "train folds" else fit_arrays(words[1])
    except dr.errors.DeltaruleError as error:
        print(f"deltarule: {error}", file=sys.stderr)
        return 2
    if any(training.reason is StopReason.INTERRUPTED for training in trainings):
        return 130
    result = {
        "networks": [training.network.parameters.flat().tobytes().hex() for training in trainings],
        "history": [training.history.to_csv() for training in trainings],
        "about": [
            [training.reason.name, training.explanation, training.kept_epoch]
            for training in trainings
        ],
    }
    (FOLDER / RESULT).write_text(json.dumps(result))
    return 0


def fit_arrays(name: str) -> list[TrainingResult]:
    """Train one network, with a callback and a progress listener."""
    with open("table.csv", newline="") as file:
        values = np.array([[float(row[name]) for name in "aby"] for row in csv.DictReader(file)])
    result = dr.fit(
        dr.Network([dr.Dense(16, "tanh"), dr.Dense(1)]), values[:, :2], values[:, 2],
        epochs=60, seed=4, engine="reference" if "reference" in name else "native",
        validation_fraction=0.2, stopping=NoProgress(30),
        callbacks=[go_on], progress=go_on, checkpoint=CHECKPOINT,
    )  # fmt: skip
    return [result]


def train_folds() -> list[TrainingResult]:
    """Train the networks of the folds of a table."""
    result = dr.train(
        "table.csv", "y", folds=5, hidden=(8,), epochs=20, threads=2, checkpoint=CHECKPOINT
    )
    return list(result.trainings)


def go_on(event: EpochEvent | Progress) -> None:
    """Let the engine return after every epoch."""
