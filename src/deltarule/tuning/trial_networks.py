"""The networks of the trials: trained some epochs at a time, side by side, paused in between."""

from __future__ import annotations

import dataclasses
import hashlib
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.random import Purpose, uniform
from deltarule._common.user_warnings import warn_user
from deltarule.errors import FileError
from deltarule.formats.strict_json import write_json
from deltarule.network import Network
from deltarule.table_model.design import TrainingDesign
from deltarule.table_model.fold_networks import FoldSplit, fit_arguments, for_all_features
from deltarule.table_model.recipe import Recipe
from deltarule.training import TrainingResult
from deltarule.training.checkpoint import CheckpointWarning, LockedCheckpoint
from deltarule.training.events import Progress
from deltarule.training.fit_arguments import FitArguments, training_loop
from deltarule.training.loop import PausedTraining, TrainingLoop
from deltarule.training.remote_training import RemoteTraining

Array = NDArray[Any]
TRIAL_SEED_STEP = 0xD1342543DE82EF95  # odd, so that all seeds of a search differ
MAX_PAUSED_BYTES = 1 << 30
"""Paused networks above this size in all are trained again from the beginning, to the same bits."""
SECONDS_BETWEEN_WRITES = 60.0


@dataclass(frozen=True)
class NetworkKey:
    """Which network: trial, fold, and the number of drawn rows if not all."""

    trial: int
    fold: int
    rows: int | None = None


class TrialNetworks:
    """Trains networks of trials, and keeps them where they were paused.

    With a `folder`, each is written there when it is paused, so that another process goes on with it.
    With `remote`, they train on an executor, and are read where they were paused.
    """

    def __init__(
        self,
        design: TrainingDesign,
        engine: str,
        folder: str | None,
        end_if_over: Callable[[Progress | None], None],
        remote: RemoteTraining | None = None,
    ) -> None:
        self._design, self._engine, self._remote = design, engine, remote
        self._folder = remote.path if folder is None and remote is not None else folder
        self._end_if_over = end_if_over
        self._paused: dict[NetworkKey, PausedTraining] = {}
        self._bytes = 0
        self._warned = False
        self._lock = Lock()

    def train(self, key: NetworkKey, recipe: Recipe, network: Network, epochs: int) -> float:
        """Train a network until `epochs` are done in all; return its best validation loss so far.

        The loss is infinite if there is none.
        """
        path = self._path(key, recipe)
        if self._remote is not None and path is not None:
            arguments = {**self._arguments(key, recipe, network), "engine": self._engine}
            self._remote.until(arguments, path, epochs, lambda: self._end_if_over(None))
        loop = self._loop(key, recipe, network)
        paused = loop.until(epochs, self._paused.get(key))
        self._keep(key, paused)
        return best_loss(paused, epochs)

    def loss_at(self, key: NetworkKey, epochs: int) -> float:
        """Return the best validation loss of the first `epochs` of a network that trained longer."""
        return best_loss(self._paused[key], epochs)

    def result(self, key: NetworkKey, recipe: Recipe, network: Network) -> TrainingResult:
        """Return the result of a network that has ended."""
        loop = self._loop(key, recipe, network)
        split = self._split(key)
        training_set = dataclasses.replace(self._design.training_set, network=network)
        return for_all_features(loop.result_of(self._paused[key]), split, training_set)

    def forget(self, trial: int) -> None:
        """Forget the networks of a trial that was left out."""
        for key in [key for key in self._paused if key.trial == trial]:
            self._bytes -= _size(self._paused.pop(key))
        if self._folder is not None:  # those of an earlier process too
            for path in Path(self._folder).glob(f"trial-{trial}-*.safetensors"):
                path.unlink(missing_ok=True)

    def _keep(self, key: NetworkKey, paused: PausedTraining) -> None:
        # What has ended is needed at the end; the last state of it is not.
        kept = dataclasses.replace(paused, state=None) if paused.has_ended else paused
        with self._lock:
            before = self._paused.pop(key, None)
            self._bytes -= 0 if before is None else _size(before)
            fits = key.rows is None and self._bytes + _size(kept) <= MAX_PAUSED_BYTES
            if kept.has_ended or fits:
                self._paused[key] = kept
                self._bytes += _size(kept)

    def _arguments(self, key: NetworkKey, recipe: Recipe, network: Network) -> dict[str, Any]:
        training_set = dataclasses.replace(
            self._design.training_set, recipe=recipe, network=network
        )
        return fit_arguments(self._split(key), training_set, None)

    def _warn_once(self, error: FileError) -> None:
        """Warn that a folder takes no paused networks: once, not for each of hundreds."""
        with self._lock:
            first, self._warned = not self._warned, True
        if first:
            warn_user(
                f"Paused networks of the search cannot be kept: {error} A search that is resumed trains "
                "them again.",
                CheckpointWarning,
            )

    def _loop(self, key: NetworkKey, recipe: Recipe, network: Network) -> TrainingLoop:
        arguments = self._arguments(key, recipe, network)
        path, checkpoint = self._path(key, recipe), None
        if path is not None:
            checkpoint = LockedCheckpoint(
                path, SECONDS_BETWEEN_WRITES, resume=True, on_failure=self._warn_once
            )
        return training_loop(
            FitArguments(
                **arguments,
                engine=self._engine,
                threads=1,
                progress=self._end_if_over,
                checkpoint=checkpoint,
            )
        )

    def _split(self, key: NetworkKey) -> FoldSplit:
        """Return the rows and the seed of a network; those of trial 0 are the ones of `train`."""
        split = self._design.splits[key.fold]
        seed = (split.seed + key.trial * TRIAL_SEED_STEP) % 2**64
        training = split.training
        if key.rows is not None and key.rows < len(training):
            # The same rows for all trials, which are compared.
            numbers = uniform(split.seed, Purpose.TRIAL_ROWS, len(training))
            training = np.sort(training[np.argsort(numbers, kind="stable")[: key.rows]])
        return dataclasses.replace(split, training=training, seed=seed)

    def _path(self, key: NetworkKey, recipe: Recipe) -> str | None:
        # With the recipe, because a trial may have another one when a search is resumed.
        digest = hashlib.sha256(write_json(recipe.to_json()).encode()).hexdigest()[:8]
        start = f"trial-{key.trial}-{key.fold + 1}-{digest}"
        if key.rows is not None and self._remote is not None:
            return os.path.join(self._remote.path, f"{start}-{key.rows}.safetensors")
        if self._folder is None or key.rows is not None:
            return None
        return os.path.join(self._folder, f"{start}.safetensors")


def best_loss(paused: PausedTraining, epochs: int) -> float:
    """Return the best validation loss of the first `epochs`, infinity if none is finite."""
    losses = paused.chunk.records["validation_loss"][:epochs]
    if paused.chunk.divergence is not None:
        losses = losses[: len(paused.chunk.records) - 1]
    return float(np.min(losses, where=np.isfinite(losses), initial=np.inf))


def _size(paused: PausedTraining) -> int:
    """Return about how many bytes a paused network takes."""
    arrays = [paused.parameters.flat()]
    if paused.state is not None:
        arrays += paused.state.to_arrays().values()
    return sum(array.nbytes for array in arrays) + paused.chunk.records.nbytes
