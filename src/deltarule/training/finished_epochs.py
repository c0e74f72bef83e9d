"""The finished epochs of a run and the verdict on it, which a checkpoint holds beside the state."""

from __future__ import annotations

from typing import Any

from deltarule._common.strict_reader import StrictReader, file_error
from deltarule.engines.contract import Chunk, DivergenceLocation
from deltarule.engines.training_plan import TrainingPlan
from deltarule.engines.training_state import TrainingState
from deltarule.history import Records, empty_records, join_records
from deltarule.stopping import StopReason

_VERDICTS = (StopReason.EPOCHS_DONE, StopReason.DIVERGED)
"""Reasons that an engine gives beside those of the stopping rules."""


class FinishedEpochs:
    """The records of all epochs, the verdict once training has ended, and what callbacks have seen.

    Parameters
    ----------
    first : Chunk, optional
        The epochs that a checkpoint holds, with the verdict on them; none by default.
    seen_by_callbacks : bool, default True
        Whether the callbacks have been called for the last epoch.
    """

    def __init__(self, first: Chunk | None = None, *, seen_by_callbacks: bool = True) -> None:
        # A chunk holds its records and its verdict, so that no interrupt can come between them.
        self._chunks = [Chunk(empty_records(), None) if first is None else first]
        self.count = len(self._chunks[0].records)
        self.seen_by_callbacks = seen_by_callbacks

    def add(self, chunk: Chunk) -> None:
        """Add the epochs of one call of the engine, which the callbacks have not seen."""
        self.seen_by_callbacks = False
        self._chunks.append(chunk)
        self.count += len(chunk.records)

    @property
    def last(self) -> Chunk:
        """The last chunk."""
        return self._chunks[-1]

    @property
    def last_epoch(self) -> int:
        """The number of the last epoch, 0 before the first."""
        records = self.last.records
        return int(records["epoch"][-1]) if len(records) else 0

    @property
    def verdict(self) -> Chunk | None:
        """The chunk that ended training, None while it can go on."""
        return None if self.last.reason is None else self.last

    @property
    def records(self) -> Records:
        """The records of all epochs, including the unfinished last one of a diverged run."""
        last = self.last
        records = join_records([chunk.records for chunk in self._chunks])
        self._chunks = [Chunk(records, last.reason, last.rule, last.divergence)]
        return records

    @property
    def completed(self) -> Records:
        """The records without the unfinished last one of a diverged run."""
        return self.records[:-1] if self.last.divergence is not None else self.records

    @property
    def elapsed_s(self) -> float:
        """Training time up to the end of the last epoch, in seconds."""
        records = self.last.records
        return float(records["elapsed_s"][-1]) if len(records) else 0.0

    def match(self, state: TrainingState) -> bool:
        """Return whether `state` is that after these epochs; an interrupt can lose some records."""
        return state.epochs_done == len(self.completed)

    def to_json(self) -> dict[str, Any]:
        """Return all but the records as strict JSON types."""
        return {
            "verdict": None if self.verdict is None else _verdict_json(self.verdict),
            "seen_by_callbacks": self.seen_by_callbacks,
        }

    @classmethod
    def from_json(
        cls, reader: StrictReader, records: Records, plan: TrainingPlan
    ) -> FinishedEpochs:
        """Return what `to_json` wrote, with its records."""
        first = Chunk(records, None)
        if reader.has_value("verdict"):
            first = _read_verdict(reader.reader("verdict"), records, plan)
        seen = reader.take("seen_by_callbacks", bool)
        reader.finish()
        return cls(first, seen_by_callbacks=seen)


def _verdict_json(verdict: Chunk) -> dict[str, Any]:
    assert verdict.reason is not None
    place = verdict.divergence
    return {
        "reason": verdict.reason.name.lower(),
        "rule": verdict.rule,
        "divergence": location_json(place),
    }


def location_json(place: DivergenceLocation | None) -> dict[str, int] | None:
    """Return where a run diverged as strict JSON types."""
    if place is None:
        return None
    return {"epoch": place.epoch, "step": place.step, "layer": place.layer}


def read_location(reader: StrictReader, name: str, plan: TrainingPlan) -> DivergenceLocation | None:
    """Return what `location_json` wrote; it must be a place in a run of `plan`."""
    if not reader.has_value(name):
        return None
    inner = reader.reader(name)
    epoch, step, layer = (inner.take(key, int) for key in ("epoch", "step", "layer"))
    inner.finish()
    if not (epoch > 0 and step > 0 and 0 <= layer < len(plan.network.blocks)):
        raise file_error(f"{inner.where} does not fit the settings of the run.")
    return DivergenceLocation(epoch, step, layer)


def _read_verdict(reader: StrictReader, records: Records, plan: TrainingPlan) -> Chunk:
    reasons = {rule.reason for rule in plan.stopping} | set(_VERDICTS)
    name = reader.one_of("reason", [reason.name.lower() for reason in reasons])
    reason = StopReason[name.upper()]
    rule = reader.take("rule", int) if reader.has_value("rule") else None
    place = read_location(reader, "divergence", plan)
    reader.finish()
    verdict = Chunk(records, reason, rule, place)
    if not _is_possible(verdict, plan):
        raise file_error(f"{reader.where} does not fit the settings of the run.")
    return verdict


def _is_possible(verdict: Chunk, plan: TrainingPlan) -> bool:
    """Return whether a run of `plan` can end so."""
    rule, place = verdict.rule, verdict.divergence
    if (place is not None) != (verdict.reason is StopReason.DIVERGED):
        return False
    if place is not None:
        return place.epoch == len(verdict.records)
    if verdict.reason is StopReason.EPOCHS_DONE:
        return rule is None and len(verdict.records) == plan.epochs
    return rule is not None and (
        0 <= rule < len(plan.stopping) and plan.stopping[rule].reason is verdict.reason
    )
