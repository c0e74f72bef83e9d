"""From one average to the next: the mean over the shards, and what is decided after an epoch."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from deltarule.engines.contract import Chunk, DivergenceLocation, Engine
from deltarule.engines.data import Data
from deltarule.engines.stopping_controller import StoppingController
from deltarule.engines.training_plan import TrainingPlan
from deltarule.engines.training_state import TrainingState
from deltarule.history import EPOCH_RECORD
from deltarule.parameters import from_flat
from deltarule.stopping import StopReason
from deltarule.training.averaging import averaged
from deltarule.training.finished_epochs import FinishedEpochs
from deltarule.training.provenance import Provenance
from deltarule.training.round_files import Average, ShardRound
from deltarule.training.shards import Sharding


def first_average(plan: TrainingPlan, weights: NDArray[np.generic]) -> Average:
    """Return the average before the first round."""
    state = TrainingState.initial(plan, from_flat(plan.network, weights))
    return Average(0, state, np.zeros(weights.size), (0.0, 0.0), FinishedEpochs(), ())


@dataclass(frozen=True)
class RoundAverager:
    """Averages rounds of a training, and evaluates the average after each epoch.

    `rows`: those of an epoch.
    """

    plan: TrainingPlan
    sharding: Sharding
    rows: int
    engine: Engine
    validation: Data | None
    threads: int

    def next_average(
        self, before: Average, results: Sequence[ShardRound], rows: Sequence[int], seconds: float
    ) -> tuple[Average, Chunk | None]:
        """Return the average after a round of all shards, and the epoch if the round ends one.

        `rows`: visited by each shard; `seconds`: how long the round took.
        """
        elapsed_s = before.state.elapsed_s + seconds
        known = {*before.computed_by, *(result.computed_by for result in results)}
        after = replace(
            before,
            rounds=before.rounds + 1,
            state=replace(before.state, elapsed_s=elapsed_s),
            computed_by=tuple(sorted(known, key=_text)),
        )
        for result in results:
            if result.divergence is not None:
                return self._diverged(after, result.values, (math.nan, math.nan), result.divergence)
        made = averaged(
            self.plan.network,
            before.state.weights,
            before.velocity,
            [result.state for result in results],
            rows,
            self.sharding.outer_momentum,
        )
        if not np.isfinite(made.weights).all():
            values = (results[0].values[0], math.inf, math.nan)
            place = self._after_the_updates()
            return self._diverged(after, values, (math.nan, math.nan), place)
        loss, score = before.sums
        for result, count in zip(results, rows, strict=True):
            loss, score = loss + result.values[1] * count, score + result.values[2] * count
        known_loss = before.state.first_loss
        state = replace(
            after.state,
            weights=made.weights,
            slots=made.slots,
            first_loss=made.first_loss if math.isnan(known_loss) else known_loss,
        )
        moved = replace(after, state=state, velocity=made.velocity, sums=(loss, score))
        if moved.rounds % self.sharding.rounds_per_epoch:
            return moved, None
        return self._closed(after, moved, results[0].values[0])

    def _closed(self, before: Average, moved: Average, rate: float) -> tuple[Average, Chunk]:
        """Return the average after an epoch, with what is decided then."""
        plan, state = self.plan, moved.state
        loss, score = moved.sums
        values = (rate, loss / self.rows, score / self.rows)
        validation = (math.nan, math.nan)
        if self.validation is not None:
            parameters = from_flat(plan.network, state.weights)
            found = self.engine.evaluate(
                plan.network, parameters, plan.loss, self.validation, self.threads
            )
            validation = (found[0], found[1] if plan.score else math.nan)
            if not math.isfinite(found[0]):
                return self._diverged(before, values, validation, self._after_the_updates())
        controller = StoppingController(plan)
        controller.restore(state)
        record = _record(controller.epochs_done + 1, values, validation, state.elapsed_s)
        monitored = {name: float(record[name][0]) for name in (EPOCH_RECORD.names or ())[2:6]}
        controller.epochs_done += 1
        best = state.weights if controller.keep_best.update(monitored) else state.best_weights
        controller.update_plateau(monitored)
        chunk = Chunk(record, *controller.verdict(monitored))
        closed = controller.state(state.weights, slots=state.slots, best_weights=best)
        epochs = _with(moved.epochs, chunk)
        return replace(moved, state=closed, sums=(0.0, 0.0), epochs=epochs), chunk

    def _after_the_updates(self) -> DivergenceLocation:
        """Return where an average diverges: not in an update of a shard, so in the output."""
        return DivergenceLocation(1, 1, len(self.plan.network.blocks) - 1)

    def _diverged(
        self,
        before: Average,
        values: tuple[float, float, float],
        validation: tuple[float, float],
        place: DivergenceLocation,
    ) -> tuple[Average, Chunk]:
        """Return the average from before a round that diverged, with the end of the training."""
        epoch = before.state.epochs_done + 1
        record = _record(epoch, values, validation, before.state.elapsed_s)
        chunk = Chunk(record, StopReason.DIVERGED, None, replace(place, epoch=epoch))
        return replace(before, epochs=_with(before.epochs, chunk)), chunk


def _record(
    epoch: int,
    values: tuple[float, float, float],
    validation: tuple[float, float],
    elapsed_s: float,
) -> NDArray[np.void]:
    return np.array([(epoch, *values, *validation, elapsed_s)], EPOCH_RECORD)


def _with(epochs: FinishedEpochs, chunk: Chunk) -> FinishedEpochs:
    """Return finished epochs with those of a chunk; `epochs` stays as it is."""
    joined = FinishedEpochs(Chunk(epochs.records, None))
    joined.add(chunk)
    joined.seen_by_callbacks = True
    return joined


def _text(provenance: Provenance) -> str:
    return str(provenance.to_json())
