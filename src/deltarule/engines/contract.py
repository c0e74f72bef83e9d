"""The contract that every engine fulfills; the tests in `tests/contract` hold all engines to it.

An engine takes a `TrainingPlan` (what to do), `Data` (rows) and initial `Parameters`, and opens a
`TrainingSession`. The session runs *many epochs in one call* and returns a record for each. The number
of epochs in one call changes nothing in the result, nor does the number of threads.

What one update is, in every engine, with B the rows of the batch:

    J = 1/B Σᵢ wᵢ lossᵢ + Σ_layers (l1 Σ|W| + l2 ΣW²)   with dropout masks from `random.kept`
    g = ∂J/∂parameters, clipped to the optimizer's clip_norm, then the optimizer's update, then max-norm

Epochs and steps count from 0 in streams of chance, and from 1 in records and sentences. What happens
after an epoch stands in `stopping_controller.py`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from deltarule.engines.data import Data
from deltarule.engines.training_plan import TrainingPlan
from deltarule.engines.training_state import TrainingState
from deltarule.history import Records
from deltarule.losses import Loss
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.stopping import StopReason

Array = NDArray[Any]

EXPLOSION_FACTOR = 1e6
"""An epoch whose training loss exceeds this many times max(first batch's loss, 1) has diverged."""


@dataclass(frozen=True)
class DivergenceLocation:
    """Where a run exploded: counted from 1, the layer by its place in `network.blocks` from 0."""

    epoch: int
    step: int
    layer: int


@dataclass(frozen=True)
class Chunk:
    """What one call of `TrainingSession.run` did."""

    records: Records  # one for each epoch, the unfinished last one of a diverged run included
    reason: StopReason | None  # None: the run goes on
    rule: int | None = None  # which of plan.stopping said so
    divergence: DivergenceLocation | None = None


class TrainingSession(Protocol):
    """One run in progress."""

    def run(self, epochs: int, seconds: float | None = None) -> Chunk:
        """Train up to `epochs` more epochs; end early when a rule says so.

        `seconds`: time left under the plan's TimeLimit, in the clock of `elapsed_s` (training alone);
        when it is over the current epoch is cut short and counts. KeyboardInterrupt may come out of it
        at any moment: then `result` is that of the last finished epoch.
        """

    @property
    def result(self) -> Parameters:
        """Copies of the kept parameters: the best epoch's under keep_best, else the last good ones."""

    def state(self) -> TrainingState:
        """Return the state after the last finished epoch, with copies of all arrays."""

    def end(self) -> tuple[Parameters, TrainingState | None]:
        """Return `result` and `state()`; afterwards the session can return only these.

        The arrays may be the session's own memory, so that a large network needs no room for copies. The
        state is None if an interrupted epoch left none to go on from.
        """

    def restore(self, state: TrainingState) -> None:
        """Continue from a state of the same plan and data, to the bits of an uninterrupted run."""


class Engine(Protocol):
    """An executor of descriptions; `registry.register_engine` makes it available by its name."""

    @property
    def name(self) -> str:
        """The name that the setting `engine` takes."""

    def supports(self, plan: TrainingPlan) -> str | None:
        """Return None, or a sentence why this engine cannot execute the plan.

        It is asked before a session is opened (`registry.check_supported`).
        """

    def open(
        self,
        plan: TrainingPlan,
        data: Data,
        validation: Data | None,
        initial_parameters: Parameters,
        threads: int,
    ) -> TrainingSession:
        """Begin a run; `threads` at most, never fewer bits in common for it.

        An engine that needs arrays in memory gets them by `data.in_memory`.
        """

    def predict(
        self, network: Network, parameters: Parameters, inputs: Array, threads: int = 1
    ) -> Array:
        """Return the network's outputs, shape (rows, outputs), dtype of the inputs."""

    def loss_and_gradient(
        self, network: Network, parameters: Parameters, loss: Loss, data: Data, threads: int = 1
    ) -> tuple[float, Array]:
        """Return J over all rows without dropout, and its gradient as a flat vector."""

    def evaluate(
        self, network: Network, parameters: Parameters, loss: Loss, data: Data, threads: int = 1
    ) -> tuple[float, float]:
        """Return the loss for evaluation (Σ w loss / Σ w, no penalty, no smoothing) and the score."""
