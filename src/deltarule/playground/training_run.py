"""A training run that can be paused, stepped through, edited and rewound.

The state is an engine's session, which is always at the end of an epoch. Single updates within an epoch
are computed by a second session, for display only; when the epoch is complete or training continues, the
first session runs that epoch itself. So stepping does not change a bit of the later results.
"""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import counted, format_number
from deltarule.engines import training_engine
from deltarule.engines.capabilities import SteppableSession, open_steppable
from deltarule.engines.contract import Chunk, TrainingSession
from deltarule.engines.keep_best import KeepBest
from deltarule.engines.training_state import TrainingState
from deltarule.errors import SettingError
from deltarule.history import History, Records
from deltarule.initialization import initial_parameters
from deltarule.optimizers import Stepwise
from deltarule.parameters import Parameters, from_flat
from deltarule.playground.experiment import Experiment, Suggestion
from deltarule.playground.prepared_data import PreparedData
from deltarule.playground.run_history import LearningCurve, Trajectory, measured_record
from deltarule.playground.suggestions import suggestion_of
from deltarule.playground.training_setup import TrainingSetup, build_setup, optimizer_of
from deltarule.stopping import StopReason
from deltarule.training import TrainedNetwork
from deltarule.training.divergence import divergence_of
from deltarule.training.result import explain

Array = NDArray[Any]
THREADS = 1  # leaves processors to the browser and the notebook


@dataclass(frozen=True)
class Stopped:
    """Why training ended; `layer` is an index of the network's blocks.

    `kept_epoch`: the best epoch, whose parameters are shown since; None if the last ones are.
    """

    reason: StopReason
    text: str
    epoch: int
    step: int | None = None
    layer: int | None = None
    advice: tuple[Suggestion, ...] = ()
    kept_epoch: int | None = None


@dataclass(frozen=True, eq=False)
class Snapshot:
    """The state of a run that a frame shows.

    `epoch` counts finished epochs, `step` finished updates of a partial epoch, `updates` all since the
    start. `learning_rate` is that of the next update. `record` (1,) has the numbers of the parameters,
    `records` the learning curve.
    """

    setup: TrainingSetup
    prepared: PreparedData
    parameters: Parameters
    epoch: int
    step: int
    updates: int
    learning_rate: float
    record: Records
    records: Records

    @property
    def trained(self) -> TrainedNetwork:
        """The network with these parameters."""
        return TrainedNetwork(self.setup.plan.network, self.parameters)


class TrainingRun:
    """The training of an experiment's network; one thread at a time may call it.

    `engine`: the name of an engine, or "auto". `initial`: initial parameters of the experiment's network,
    instead of random ones.
    """

    def __init__(
        self,
        experiment: Experiment,
        prepared: PreparedData,
        engine: str = "auto",
        initial: Parameters | None = None,
    ) -> None:
        self.experiment, self.prepared = experiment, prepared
        self.setup: TrainingSetup = build_setup(experiment, prepared)
        plan = self.setup.plan
        self.engine = training_engine(plan, engine)
        if initial is None:
            inputs = self.setup.data.inputs
            initial = initial_parameters(plan.network, plan.seed, plan.dtype, inputs)
        self.initial_parameters = initial.astype(plan.dtype)
        self.steps_per_epoch = plan.sampling.steps_per_epoch(self.setup.data.n_rows)
        self.rewind()

    def rewind(self) -> None:
        """Return to epoch 0 and the initial parameters."""
        plan = self.setup.plan
        self._session: TrainingSession = self._open()
        self._stepper: SteppableSession | None = None
        self._stepped: TrainingState | None = None
        self.step = 0
        self.epoch = 0
        self.stopped: Stopped | None = None
        self._best = KeepBest(plan.keep_best)
        self._best_record: Records | None = None
        self.rates = [(0, self.experiment.training.learning_rate)]
        self._changes: list[tuple[bool, str]] = []  # (is it a learning rate?, sentence)
        self._measured: Records | None = None  # of the parameters after single updates
        self.curve = LearningCurve(self._measure())
        self.trajectory = Trajectory(self.initial_parameters.flat())

    @property
    def parameters(self) -> Parameters:
        """The current parameters."""
        if self._stepped is not None:
            return from_flat(self.setup.plan.network, self._stepped.weights)
        if self.setup.plan.keep_best is None or self.kept_epoch is not None:
            return self._session.result
        return from_flat(self.setup.plan.network, self._session.state().weights)

    @property
    def kept_epoch(self) -> int | None:
        """The best epoch, if training stopped and returned to its parameters."""
        return None if self.stopped is None else self.stopped.kept_epoch

    @property
    def learning_rate(self) -> float:
        """The learning rate of the next update."""
        plan = self.setup.plan
        assert isinstance(plan.optimizer, Stepwise)
        schedule = plan.optimizer.schedule
        update = min(self.updates, plan.epochs * self.steps_per_epoch - 1)
        rate = float(schedule.rates(np.array([update]), self.steps_per_epoch, plan.epochs)[0])
        if schedule.plateau is None:
            return rate
        return schedule.plateau.lowered_rate(rate, self._session.state().plateau[0])

    @property
    def now(self) -> Snapshot:
        """The current state; its numbers are those of its parameters, whatever changed them."""
        epoch, updates, record = self.epoch, self.updates, self.curve.records[-1:]
        if self.step:
            self._measured = record = self._measure() if self._measured is None else self._measured
        if self.kept_epoch is not None and self._best_record is not None:
            epoch, record = self.kept_epoch, self._best_record
            updates = epoch * self.steps_per_epoch
        return Snapshot(
            self.setup, self.prepared, self.parameters, epoch, self.step, updates, self.learning_rate,
            record, self.curve.records,
        )  # fmt: skip

    def past(self, epoch: int, parameters: Array) -> Snapshot:
        """Return the state after an earlier epoch with these flat parameters."""
        records = self.curve.records
        past = records[records["epoch"] <= epoch]
        return Snapshot(
            self.setup, self.prepared, from_flat(self.setup.plan.network, parameters), epoch, 0,
            epoch * self.steps_per_epoch, float(past["learning_rate"][-1]), past[-1:], past,
        )  # fmt: skip

    @property
    def interventions(self) -> list[str]:
        """The manual changes since the start, one sentence each."""
        return [text for _, text in self._changes]

    @property
    def not_repeatable(self) -> list[str]:
        """The manual changes that no program repeats: all except learning rates without a schedule."""
        constant = self.experiment.training.schedule == "constant"
        return [text for is_rate, text in self._changes if not (is_rate and constant)]

    @property
    def updates(self) -> int:
        """The number of updates since the start."""
        return self.epoch * self.steps_per_epoch + self.step

    def resume(self) -> bool:
        """Continue after a stop from the last good weights; return False if all epochs are done."""
        if self.stopped is None:
            return True
        if self.epoch >= self.setup.plan.epochs:
            return False
        state = self._session.state().with_fresh_rules(self.setup.plan)
        self._session = self._open()
        self._session.restore(state)
        self.stopped = None
        return True

    def train(self, epochs: int) -> None:
        """Train this many epochs, or fewer if a stopping rule applies."""
        if not self.resume():
            return
        self._discard_steps()
        chunk = self._session.run(epochs)
        good = chunk.records[:-1] if chunk.reason is StopReason.DIVERGED else chunk.records
        self.curve.add(good)
        self.epoch += len(good)
        self._best.update_records(good)
        if (best := good[good["epoch"] == self._best.epoch]).size:
            self._best_record = best.copy()
        self.trajectory.add(self.epoch, self.parameters.flat())
        if chunk.reason is not None:
            self.stopped = self._stop_of(chunk)

    def one_update(self) -> None:
        """Make one update with the next batch of the epoch."""
        if not self.resume():
            return
        if self.step + 1 >= self.steps_per_epoch:
            self.train(1)
            return
        if self._stepper is None:
            self._stepper = self._reference(self._session.state())
        loss, state = self._stepper.one_update(self.step)
        if not math.isfinite(loss) or not np.isfinite(state.weights).all():
            self.train(1)  # reports where it diverged
            return
        self._stepped, self._measured = state, None
        self.step += 1

    def set_learning_rate(self, rate: float) -> None:
        """Continue with another learning rate; a schedule keeps its shape."""
        training = dataclasses.replace(self.experiment.training, learning_rate=rate)
        before = self.experiment.training.learning_rate
        self._change_training(dataclasses.replace(self.experiment, training=training))
        if self.updates and rate != before:
            text = f"Epoch {self.epoch}: learning rate {format_number(before)} → {format_number(rate)}."
            self._changes.append((True, text))
        if self.rates[-1][0] == self.epoch:
            self.rates.pop()
        self.rates.append((self.epoch, rate))

    def set_epochs(self, epochs: int) -> None:
        """Change the epoch at which training ends."""
        training = dataclasses.replace(self.experiment.training, epochs=epochs)
        self._change_training(dataclasses.replace(self.experiment, training=training))

    def set_weight(self, layer: int, source: int | None, unit: int, value: float) -> None:
        """Set one weight, or a bias if `source` is None; training continues from there."""
        blocks = self.setup.plan.network.blocks
        if not 0 <= layer < len(blocks):
            raise SettingError("layer", f"must be less than {len(blocks)}", layer)
        if not math.isfinite(value) or abs(value) > 1e6:
            raise SettingError("weight", "must be a number from −1e6 to 1e6", value)
        parameters = self.parameters.astype(np.float32)
        array = parameters.biases[layer] if source is None else parameters.weights[layer]
        place = (unit,) if source is None else (source, unit)
        if array is None or not all(0 <= p < n for p, n in zip(place, array.shape, strict=True)):
            raise SettingError.message(f"Layer {blocks[layer].name} has no such weight.")
        before = float(array[place])
        array[place] = value
        state = self._stepped or self._session.state()
        state = dataclasses.replace(state, weights=parameters.flat())
        after = f" and {counted(self.step, 'update')}" if self.step else ""
        kept = self.kept_epoch
        self._discard_steps()
        self._session = self._open()
        self._session.restore(state)
        name = self._unit_name(layer, unit)
        if source is None:
            what = f"bias of {name}"
        else:
            what = f"weight {self._unit_name(layer - 1, source)} → {name}"
        text = (
            f"Epoch {self.epoch}{after}: {what} set by hand, {format_number(before)} → "
            f"{format_number(value)}."
        )
        if kept is not None and kept != self.epoch:
            text += (
                f" The other weights are those of epoch {kept}, the best one; training goes on from "
                f"them, and the count from epoch {self.epoch}."
            )
        self._changes.append((False, text))
        self.stopped = None
        self.curve.replace_last(self._measure())

    def _unit_name(self, layer: int, unit: int) -> str:
        """Return the name of a unit as on the page; layer −1 is the inputs."""
        blocks, classes = self.setup.plan.network.blocks, self.prepared.classes
        if layer < 0:
            return self.prepared.encoder.feature_names[unit]
        if layer < len(blocks) - 1:
            return f"hidden {layer + 1}, unit {unit + 1}"
        if not classes:
            return self.prepared.target.name
        return classes[1 if blocks[-1].dense.units == 1 else unit]

    def _measure(self) -> Records:
        """Return the record of the present parameters, measured on all rows."""
        plan, parameters = self.setup.plan, self.parameters
        training, validation = (
            self.engine.evaluate(plan.network, parameters, plan.loss, data)
            for data in (self.setup.data, self.setup.validation)
        )
        return measured_record(self.epoch, training, validation, self.learning_rate)

    def _open(self) -> TrainingSession:
        setup = self.setup
        return self.engine.open(
            setup.plan, setup.data, setup.validation, self.initial_parameters, THREADS
        )

    def _reference(self, state: TrainingState) -> SteppableSession:
        setup = self.setup
        session = open_steppable(
            self.engine, setup.plan, setup.data, setup.validation, self.initial_parameters
        )
        session.restore(state)
        return session

    def _discard_steps(self) -> None:
        self.step, self._stepper, self._stepped = 0, None, None

    def _change_training(self, experiment: Experiment) -> None:
        state = self._session.state()
        choice = experiment.training
        optimizer = optimizer_of(choice, self.setup.data.n_rows)
        plan = dataclasses.replace(self.setup.plan, optimizer=optimizer, epochs=choice.epochs)
        self.setup = dataclasses.replace(self.setup, plan=plan)
        self.experiment = experiment
        self._session = self._open()
        self._session.restore(state)
        if self._stepped is not None:
            self._stepper = self._reference(self._stepped)
        if self.epoch < plan.epochs:
            self.stopped = None

    def _stop_of(self, chunk: Chunk) -> Stopped:
        assert chunk.reason is not None
        plan, history = self.setup.plan, History(chunk.records[-1:])
        divergence = divergence_of(plan, chunk, history)
        if divergence is None:
            kept = None
            if chunk.reason is StopReason.NO_PROGRESS and self._best.has_best:
                kept = self._best.epoch
            text = explain(plan, chunk, history, kept or 0, self.epoch)
            return Stopped(chunk.reason, text, self.epoch, kept_epoch=kept)
        named = dataclasses.replace(divergence, layer_name=divergence.layer_name.replace("_", " "))
        text = f"{named.describe()}; {named.describe_kept()}."
        found = (suggestion_of(a, self.experiment, divergence.layer) for a in divergence.advice)
        return Stopped(
            chunk.reason, text, divergence.epoch, divergence.step, divergence.layer,
            tuple(filter(None, found)),
        )  # fmt: skip
