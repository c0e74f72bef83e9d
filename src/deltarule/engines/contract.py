"""The contract that every engine fulfills; `tests/contract` tests all registered engines against it.

An engine takes a `TrainingPlan` (what to do), `Data` (rows) and initial `Parameters`, and opens a
`TrainingSession`. The session runs *many epochs in one call* and returns a record for each. The number
of epochs in one call changes nothing in the result, nor does the number of threads.

One update, in every engine, with B the rows of the batch:

    J = 1/B Σᵢ wᵢ lossᵢ + Σ_layers (l1 Σ|W| + l2 ΣW²)   with dropout masks from `random.kept`
    g = ∂J/∂parameters, clipped as the optimizer is set, then the optimizer's update, then max-norm

Epochs and steps count from 0 in random streams, and from 1 in records and messages.
`stopping_controller.py` defines what happens after an epoch.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Protocol

from numpy.typing import NDArray

from deltarule._common.formatting import counted
from deltarule._common.notebook_display import NotebookDisplay
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
"""An epoch whose training loss exceeds this many times max(first loss, 1) has diverged."""

DOUBT_FACTOR = 1e3
"""A first epoch that exceeds this many times max(first loss, 1) measures the first loss on all rows."""


@dataclass(frozen=True)
class DivergenceLocation:
    """Where a run diverged.

    Parameters
    ----------
    epoch, step : int
        The epoch and the update within it, counted from 1.
    layer : int
        Index of the layer in `network.blocks`, from 0.
    """

    epoch: int
    step: int
    layer: int


@dataclass(frozen=True, repr=False)
class Chunk(NotebookDisplay):
    """What one call of `TrainingSession.run` did.

    Parameters
    ----------
    records : ndarray of shape (n_epochs,), dtype history.EPOCH_RECORD
        One record per epoch, including the unfinished last one of a diverged run.
    reason : StopReason or None
        Why training stopped; None if it can go on.
    rule : int or None, default None
        Index in `plan.stopping` of the rule that stopped it.
    divergence : DivergenceLocation or None, default None
        Where it diverged.
    """

    records: Records
    reason: StopReason | None
    rule: int | None = None
    divergence: DivergenceLocation | None = None

    def _sentence(self) -> str:
        reason = "training can go on" if self.reason is None else f"stopped: {self.reason.value}"
        return f"{counted(len(self.records), 'epoch')}, {reason}"


class TrainingSession(Protocol):
    """A training run in progress."""

    def run(self, epochs: int, seconds: float | None = None) -> Chunk:
        """Train some more epochs.

        A KeyboardInterrupt may be raised at any time; then `result` is that of the last finished epoch.
        If this call finished some, it returns them and the next call raises it. If the error comes while
        the call returns, `capabilities.missed_chunk` has them.

        Parameters
        ----------
        epochs : int
            Maximum number of epochs; fewer if a stopping rule ends the run.
        seconds : float, optional
            Training time left under a time limit. When it is over, the current epoch is cut short and
            counts.

        Returns
        -------
        Chunk
            The records of the epochs, and why training stopped.
        """

    @property
    def result(self) -> Parameters:
        """Copies of the kept parameters: of the best epoch under keep_best, else of the last good one."""

    def state(self) -> TrainingState:
        """Return the state after the last finished epoch.

        Returns
        -------
        TrainingState
            The state, with copies of all arrays.
        """

    def end(self) -> tuple[Parameters, TrainingState | None]:
        """End the run; afterwards the session can only return its result and state.

        Returns
        -------
        parameters : Parameters
            The `result`. It may be the session's own memory, so that a large network needs no copy.
        state : TrainingState or None
            The last state; None if an interrupted epoch left none to go on from.
        """

    def restore(self, state: TrainingState) -> None:
        """Continue from a state of the same plan and data, to the bits of an uninterrupted run.

        Parameters
        ----------
        state : TrainingState
            The state, of this or of another engine.
        """


class Engine(Protocol):
    """An executor of descriptions.

    `register_engine` makes an object with these methods available by its name. The protocols in
    `deltarule.engines.capabilities` describe what an engine can do beyond that.
    """

    @property
    def name(self) -> str:
        """The name that the setting `engine` takes."""

    def supports(self, plan: TrainingPlan) -> str | None:
        """Return why this engine cannot execute a plan.

        Parameters
        ----------
        plan : TrainingPlan
            The plan. It is checked before a session is opened.

        Returns
        -------
        str or None
            A sentence such as "it has no formula for the activation 'gelu'."; None if it can.
        """

    def open(
        self,
        plan: TrainingPlan,
        data: Data,
        validation: Data | None,
        initial_parameters: Parameters,
        threads: int,
    ) -> TrainingSession:
        """Begin a training run.

        Parameters
        ----------
        plan : TrainingPlan
            What to do.
        data : Data
            The training rows; `data.in_memory` makes arrays of them.
        validation : Data or None
            The validation rows.
        initial_parameters : Parameters
            Where training begins.
        threads : int
            Maximum number of threads; the bits of the result do not depend on it.

        Returns
        -------
        TrainingSession
            The run, before its first epoch.
        """

    def predict(
        self, network: Network, parameters: Parameters, inputs: Array, threads: int = 1
    ) -> Array:
        """Compute the outputs of a network.

        Parameters
        ----------
        network : Network
            The network; its number of inputs is known.
        parameters : Parameters
            Its parameters, in the dtype of the inputs.
        inputs : ndarray of shape (n_rows, n_inputs)
            The inputs, C-contiguous.
        threads : int, default 1
            Maximum number of threads.

        Returns
        -------
        ndarray of shape (n_rows, n_outputs)
            The outputs, in the dtype of the inputs.
        """

    def loss_and_gradient(
        self, network: Network, parameters: Parameters, loss: Loss, data: Data, threads: int = 1
    ) -> tuple[float, Array]:
        """Compute J over all rows without dropout, and its gradient.

        Parameters
        ----------
        network : Network
            The network; its number of inputs is known.
        parameters : Parameters
            Its parameters.
        loss : Loss
            The loss.
        data : Data
            The rows.
        threads : int, default 1
            Maximum number of threads.

        Returns
        -------
        value : float
            J, penalties included.
        gradient : ndarray of shape (n_parameters,)
            ∂J/∂parameters in the order of `Parameters.flat`.
        """

    def evaluate(
        self, network: Network, parameters: Parameters, loss: Loss, data: Data, threads: int = 1
    ) -> tuple[float, float]:
        """Compute the loss for evaluation and the score.

        Parameters
        ----------
        network : Network
            The network; its number of inputs is known.
        parameters : Parameters
            Its parameters.
        loss : Loss
            The loss.
        data : Data
            The rows.
        threads : int, default 1
            Maximum number of threads.

        Returns
        -------
        loss : float
            Σ w loss / Σ w, without penalties and label smoothing.
        score : float
            Accuracy or R².
        """
