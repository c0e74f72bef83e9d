"""What a worker does with a round of a shard: restore the average, visit the rows, write the state."""

from __future__ import annotations

from typing import Any

from deltarule.engines.block_file_data import BlockFileData
from deltarule.engines.block_range import BlockRange
from deltarule.formats.strict_json import read_json
from deltarule.parameters import from_flat
from deltarule.training.input_arrays import check_data
from deltarule.training.job import unpack
from deltarule.training.job_folder import is_stopped
from deltarule.training.job_rows import load_rows
from deltarule.training.job_worker import engine_of, refusal, worker_name, worker_outcome
from deltarule.training.provenance import Provenance
from deltarule.training.round_files import (
    RoundOrder,
    ShardRound,
    read_average,
    state_of_round,
    write_round,
)

_checked: set[tuple[object, ...]] = set()
"""Parts of block files that this process has read whole, to compare the digests of their blocks."""


def run_round(version: str, folder: str, identity: str, packed: bytes) -> dict[str, Any]:
    """Run a round in a worker; the arguments and the answer are plain values, as those of `run_jobs`."""
    refused = refusal(version, folder, identity)
    answer: dict[str, Any] = {"refused": refused, "state": None, "error": None}
    answer["worker"] = worker_name()
    if refused is None:
        [text] = unpack(packed)
        answer["state"], answer["error"] = worker_outcome(lambda: _run(folder, text))
    return answer


def _run(folder: str, text: str) -> None:
    if is_stopped(folder):
        raise KeyboardInterrupt
    order = RoundOrder.from_json(read_json(text))
    run, number, shard = order.run, order.number, order.shard
    job, plan = run.job, run.plans[shard]
    path = order.files[job.data.digest]
    whole = load_rows(folder, job.data, path, plan.dtype, counted=True)
    assert isinstance(whole, BlockFileData)
    rows = run.sharding.rows(whole, job.plan.seed, shard, number)
    _check(rows, order)
    before = state_of_round(read_average(folder, run, number))
    engine = engine_of(job)
    parameters = from_flat(plan.network, before.weights)
    session = engine.open(plan, rows, None, parameters, order.threads)
    session.restore(before)
    chunk = session.run(1)
    _, after = session.end()
    record = chunk.records[-1]
    values = [float(record[key]) for key in ("learning_rate", "training_loss", "training_score")]
    diverged = chunk.divergence is not None
    result = ShardRound(
        before if diverged or after is None else after,
        (values[0], values[1], values[2]),
        chunk.divergence,
        Provenance.of(engine),
    )
    write_round(folder, order, result)


def _check(rows: BlockRange, order: RoundOrder) -> None:
    """Compare the digests of the blocks, and find values that are not finite, once in a process."""
    plan = order.run.job.plan
    place = (rows.file.path, rows.file.digest, rows.first, rows.stop)
    key = (*place, rows.class_numbers, plan.loss, plan.dtype)
    if key not in _checked:
        check_data(rows, plan.network, plan.loss, plan.dtype, "X")
        _checked.add(key)
