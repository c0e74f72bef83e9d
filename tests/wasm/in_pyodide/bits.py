"""Digests of the bits that fixed runs end in, to compare machines: Node.js, Chromium, the native engine.

Inputs, targets and initial parameters are rounded, so that their last bits do not depend on the sine of a
platform's C library.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import numpy as np
from contract import normalized, runs, test_learned_agree
from contract.engines import COMPILED

from deltarule.engines import get_engine
from deltarule.optimizers import AdamW
from deltarule.parameters import from_flat

RUNS: dict[str, Any] = {
    **runs.AGREEING,
    **runs.STOPPING,
    **{f"learned, {name}": name for name in test_learned_agree.learned.NETWORKS},
    **{f"normalized, {name}": name for name in normalized.NETWORKS},
}


def rounded(array: Any) -> Any:
    """Return numbers as multiples of 1/1024; class numbers as they are."""
    return array if array.dtype.kind in "iu" else np.round(array * 1024) / 1024


def run_of(name: str) -> Any:
    """Return a run by its name."""
    run = RUNS[name]
    if isinstance(run, str):
        if name.startswith("learned,"):
            run = test_learned_agree.run_of(run, AdamW(0.02, weight_decay=0.05))
        else:
            run = normalized.run_of(run)
    tables = {}
    for part in ("data", "validation"):
        table = getattr(run, part)
        if table is not None:
            inputs, targets = rounded(table.inputs), rounded(table.targets)
            weights = None if table.weights is None else rounded(table.weights)
            tables[part] = replace(table, inputs=inputs, targets=targets, weights=weights)
    start = from_flat(run.plan.network, rounded(run.initial_parameters.flat()))
    return replace(run, initial_parameters=start, **tables)


def digest(engine: Any, run: Any) -> str:
    """Return a digest of everything that a run ends in but its time."""
    session = run.open(engine)
    records = session.run(run.plan.epochs).records
    state = session.state()
    content = hashlib.sha256()
    for field in records.dtype.names:
        if field != "elapsed_s":
            content.update(records[field].tobytes())
    content.update(state.weights.tobytes())
    for name in sorted(state.slots):
        content.update(state.slots[name].tobytes())
    content.update(engine.predict(run.plan.network, session.result, run.data.inputs).tobytes())
    return content.hexdigest()[:16]


def digests() -> str:
    """Return the digests of all runs in both types, as JSON."""
    engine = get_engine(COMPILED)
    return json.dumps(
        {
            f"{name}, {dtype}": digest(engine, run_of(name).as_dtype(dtype))
            for name in RUNS
            for dtype in ("float32", "float64")
        }
    )


if __name__ == "__main__":
    print(digests())
