"""The size of each layer's gradient in a frame: where it vanishes, and where it explodes."""

from __future__ import annotations

from deltarule.engines.contract import Engine
from deltarule.insight import gradient_magnitudes
from deltarule.playground.training_run import Snapshot

MAX_ROWS = 500
"""Training rows that are averaged over, so that a frame of a large table is not late."""


def gradient_sizes(run: Snapshot, engine: Engine) -> list[float | None]:
    """Return the root mean square of ∂J/∂w in each layer, over the first training rows."""
    data = run.setup.data
    sizes = gradient_magnitudes(
        run.trained, data.inputs[:MAX_ROWS], data.targets[:MAX_ROWS], loss=run.setup.plan.loss,
        engine=engine.name,
    )  # fmt: skip
    return list(sizes.tolist())
