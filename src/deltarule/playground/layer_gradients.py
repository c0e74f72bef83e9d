"""How large the gradient of each layer's weights is: where it vanishes, and where it explodes."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.engines.contract import Engine
from deltarule.engines.data import ArrayData
from deltarule.parameters import from_flat
from deltarule.playground.training_run import Snapshot

Array = NDArray[Any]
MAX_ROWS = 500
"""Training rows that are averaged over, so that a frame of a large table is not late."""


def gradient_sizes(run: Snapshot, engine: Engine) -> list[float | None]:
    """Return sqrt(mean((∂J/∂w)²)) of each layer, over the first training rows."""
    plan, data = run.setup.plan, run.setup.data
    rows = ArrayData(data.inputs[:MAX_ROWS], data.targets[:MAX_ROWS])
    with np.errstate(all="ignore"):
        _, flat = engine.loss_and_gradient(plan.network, run.parameters, plan.loss, rows)
        gradient = from_flat(plan.network, flat)
        return [float(np.sqrt(np.mean(np.square(g.astype(float))))) for g in gradient.weights]
