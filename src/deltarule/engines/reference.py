"""The reference engine: NumPy, the equations as a course writes them, every intermediate visible.

For layer l with input x⁽ˡ⁻¹⁾ (after dropout), weights W⁽ˡ⁾ and biases b⁽ˡ⁾:

    z⁽ˡ⁾ = x⁽ˡ⁻¹⁾ W⁽ˡ⁾ + b⁽ˡ⁾        x⁽ˡ⁾ = g(z⁽ˡ⁾)                                       forward
    δ⁽ˡ⁾ = ∂J/∂z⁽ˡ⁾                  δ⁽ˡ⁻¹⁾ = g′(z⁽ˡ⁻¹⁾) ⊙ (δ⁽ˡ⁾ W⁽ˡ⁾ᵀ)                   backward
    ∂J/∂W⁽ˡ⁾ = x⁽ˡ⁻¹⁾ᵀ δ⁽ˡ⁾          ∂J/∂b⁽ˡ⁾ = Σ_rows δ⁽ˡ⁾                                gradient

Rumelhart, Hinton and Williams (1986), in the row convention (a sample is a row). It trains for real, and
it is the truth that the other engines are held to.
"""

from __future__ import annotations

import time
from dataclasses import dataclass

import numpy as np

from deltarule import random
from deltarule.engines.contract import Array, Chunk, Data, Divergence, Plan, Snapshot
from deltarule.engines.referee import Referee, Values
from deltarule.errors import EngineError
from deltarule.history import EPOCH_RECORD, Records, no_records
from deltarule.losses import Hinge, Loss
from deltarule.network import Network
from deltarule.optimizers import Stepwise, clip_gradient
from deltarule.parameters import Parameters, from_flat
from deltarule.sampling import MiniBatches, SingleSample
from deltarule.stopping import StopReason

NAME = "reference"
EVALUATION_ROWS = 4096  # evaluated at a time, so that a large table needs no large intermediates


@dataclass(frozen=True)
class Forward:
    """Every number of one forward pass: lists over layers, arrays of shape (rows, units)."""

    inputs: list[Array]  # x⁽ˡ⁻¹⁾ as the layer sees it, after dropout
    logits: list[Array]  # z⁽ˡ⁾
    outputs: list[Array]  # x⁽ˡ⁾ = g(z⁽ˡ⁾)
    masks: list[Array | None]  # what dropout multiplied x⁽ˡ⁻¹⁾ by, None where there is none


@dataclass(frozen=True)
class Backward:
    """Every number of one backward pass: lists over layers."""

    deltas: list[Array]  # δ⁽ˡ⁾ = ∂J/∂z⁽ˡ⁾, shape (rows, units)
    weights: list[Array]  # ∂J/∂W⁽ˡ⁾, penalties included
    biases: list[Array | None]  # ∂J/∂b⁽ˡ⁾


@dataclass(frozen=True)
class Moment:
    """Where in a run an update happens, counted from 0: what dropout masks depend on."""

    seed: int
    epoch: int
    step: int


def forward(
    network: Network, parameters: Parameters, inputs: Array, moment: Moment | None = None
) -> Forward:
    """Run rows through the network; dropout only where `moment` says that this is training."""
    xs: list[Array] = []
    zs: list[Array] = []
    outs: list[Array] = []
    masks: list[Array | None] = []
    x = inputs
    for i, block in enumerate(network.blocks):
        mask = None
        if moment is not None and block.dropout_rate > 0:
            rate = block.dropout_rate
            keep = random.kept(
                x.shape, rate, moment.seed, layer=i, epoch=moment.epoch, step=moment.step
            )
            mask = keep * x.dtype.type(1 / (1 - rate))
            x = x * mask
        z = x @ parameters.weights[i]
        bias = parameters.biases[i]
        if bias is not None:
            z = z + bias
        xs.append(x)
        zs.append(z)
        masks.append(mask)
        x = block.dense.activation(z)
        outs.append(x)
    return Forward(xs, zs, outs, masks)


def backward(
    network: Network, parameters: Parameters, passed: Forward, output_delta: Array
) -> Backward:
    """Run ∂J/∂z of the output layer back through the network (backpropagation)."""
    blocks = network.blocks
    deltas: list[Array] = [output_delta]
    for i in range(len(blocks) - 1, 0, -1):
        back = deltas[0] @ parameters.weights[i].T
        mask = passed.masks[i]
        if mask is not None:
            back = back * mask
        deltas.insert(0, blocks[i - 1].dense.activation.backward(passed.logits[i - 1], back))
    weight_gradients: list[Array] = []
    bias_gradients: list[Array | None] = []
    for i, block in enumerate(blocks):
        gradient = passed.inputs[i].T @ deltas[i]
        dense, weight = block.dense, parameters.weights[i]
        if dense.l1 or dense.l2:
            gradient = gradient + dense.l1 * np.sign(weight) + 2 * dense.l2 * weight
        weight_gradients.append(gradient)
        bias_gradients.append(deltas[i].sum(axis=0) if dense.bias else None)
    return Backward(deltas, weight_gradients, bias_gradients)


def penalty(network: Network, parameters: Parameters) -> float:
    """Return Σ_layers (l1 Σ|W| + l2 ΣW²)."""
    total = 0.0
    for block, weight in zip(network.blocks, parameters.weights, strict=True):
        dense = block.dense
        if dense.l1:
            total += dense.l1 * float(np.abs(weight).sum(dtype=np.float64))
        if dense.l2:
            total += dense.l2 * float(np.square(weight, dtype=np.float64).sum())
    return total


def row_losses(network: Network, loss: Loss, passed: Forward, targets: Array) -> Array:
    """Return the loss of each row, from the logits where the output activation allows it."""
    if network.output_layer.activation.kind == loss.fused_with:
        return loss.values_from_logits(passed.logits[-1], targets)
    return loss.values(passed.outputs[-1], targets)


def output_delta(
    network: Network, loss: Loss, passed: Forward, targets: Array, weights: Array | None
) -> Array:
    """Return δ of the output layer, ∂J/∂z with J = 1/B Σ wᵢ lossᵢ."""
    scale = np.full(len(targets), 1 / len(targets), targets.dtype)
    if weights is not None:
        scale = scale * weights
    activation = network.output_layer.activation
    z = passed.logits[-1]
    if activation.kind == loss.fused_with:
        return loss.gradient_from_logits(z, targets) * scale[:, None]
    slope = loss.gradient(passed.outputs[-1], targets) * scale[:, None]
    return activation.backward(z, slope.astype(z.dtype, copy=False))


def dense_targets(loss: Loss, targets: Array, outputs: int, dtype: str) -> Array:
    """Return targets of shape (rows, outputs): class numbers become one-hot rows, ±1 for hinge."""
    if targets.ndim == 2:
        return targets
    low = -1.0 if isinstance(loss, Hinge) else 0.0
    dense = np.full((len(targets), outputs), low, dtype)
    dense[np.arange(len(targets)), targets] = 1.0
    return dense


def right(loss: Loss, outputs: Array, targets: Array) -> Array:
    """Return 1.0 for each row that is classified as its target says, else 0.0, shape (rows,)."""
    if isinstance(loss, Hinge) and outputs.shape[1] == 1:
        return ((outputs > 0) == (targets > 0)).all(axis=1).astype(np.float64)
    if loss.kind == "binary_cross_entropy":
        return ((outputs > 0.5) == (targets > 0.5)).all(axis=1).astype(np.float64)
    return (outputs.argmax(axis=1) == targets.argmax(axis=1)).astype(np.float64)


class Score:
    """Accuracy or R² summed up over batches.

    R² = 1 − Σ w (ŷ − y)² / Σ w (y − ȳ)², ȳ and the denominator over all rows of `data`, outputs pooled;
    NaN where the targets do not vary.
    """

    def __init__(self, loss: Loss, targets: Array, weights: Array | None) -> None:
        self._loss = loss
        self._spread = 0.0
        if not loss.classifies:
            wide = targets.astype(np.float64)
            w = np.ones(len(wide)) if weights is None else weights.astype(np.float64)
            mean = (wide * w[:, None]).sum(axis=0) / w.sum()
            self._spread = float((np.square(wide - mean) * w[:, None]).sum())
            self._per_row = self._spread / float(w.sum())
        self._sum = 0.0
        self._weight = 0.0

    def add(self, outputs: Array, targets: Array, weights: Array | None) -> None:
        """Count one batch in."""
        w = np.ones(len(targets)) if weights is None else weights.astype(np.float64)
        if self._loss.classifies:
            self._sum += float(right(self._loss, outputs, targets) @ w)
        else:
            squares = np.square(outputs.astype(np.float64) - targets).sum(axis=1)
            self._sum += float(squares @ w)
        self._weight += float(w.sum())

    @property
    def value(self) -> float:
        """The score of all rows counted in since the start."""
        if self._weight == 0:
            return float("nan")
        if self._loss.classifies:
            return self._sum / self._weight
        if self._per_row == 0:
            return float("nan")
        return 1 - self._sum / (self._per_row * self._weight)


def batches(plan: Plan, rows: int, epoch: int) -> list[Array | slice]:
    """Return the rows of each update of one epoch (counted from 0)."""
    sampling = plan.sampling
    size = sampling.batch_rows(rows)
    if isinstance(sampling, SingleSample):
        return [np.array([row]) for row in random.drawn(rows, rows, plan.seed, epoch)]
    if isinstance(sampling, MiniBatches) and sampling.shuffle:
        order = random.shuffled(rows, plan.seed, epoch)
        return [order[i : i + size] for i in range(0, rows, size)]
    return [slice(i, min(i + size, rows)) for i in range(0, rows, size)]


def limit_norms(network: Network, parameters: Parameters) -> None:
    """Scale each unit's incoming weights down, in place, to its layer's max_norm."""
    for block, weight in zip(network.blocks, parameters.weights, strict=True):
        limit = block.dense.max_norm
        if limit is not None:
            norms = np.sqrt(np.square(weight).sum(axis=0))
            weight *= np.where(norms > limit, limit / np.where(norms > 0, norms, 1), 1)


def guilty_layer(network: Network, parameters: Parameters, inputs: Array) -> int:
    """Return the layer where a run broke: the first with a number that is not finite, parameters
    first, then its logits; where all are finite, the one with the largest parameter.
    """
    with np.errstate(all="ignore"):
        passed = forward(network, parameters, inputs)
        largest: list[float] = []
        for i, z in enumerate(passed.logits):
            bias = parameters.biases[i]
            own = [parameters.weights[i]] + ([] if bias is None else [bias])
            if not all(np.isfinite(part).all() for part in [*own, z]):
                return i
            largest.append(max(float(np.abs(part).max()) for part in own))
    return int(np.argmax(largest))


class ReferenceSession:
    """One run of the reference engine; see `contract.Session`."""

    def __init__(self, plan: Plan, data: Data, validation: Data | None, start: Parameters) -> None:
        if not isinstance(plan.optimizer, Stepwise):
            raise EngineError(f"{plan.optimizer.kind} is driven by the training loop, not here.")
        self._plan = plan
        self._optimizer = plan.optimizer
        self._data = _with_dense_targets(plan, data)
        self._validation = None if validation is None else _with_dense_targets(plan, validation)
        self._flat = start.flat().astype(plan.dtype)
        self._parameters = from_flat(plan.network, self._flat)
        self._slots = plan.optimizer.new_slots(self._flat.size, plan.dtype)
        self._referee = Referee(plan)
        self._good = self._flat.copy()
        self._good_slots = {name: slot.copy() for name, slot in self._slots.items()}
        self._best = self._flat.copy()

    def run(self, epochs: int, seconds: float | None = None) -> Chunk:
        """See `contract.Session.run`."""
        deadline = None if seconds is None else time.perf_counter() + seconds
        records = no_records()
        for _ in range(epochs):
            chunk = self._epoch(deadline)
            records = np.concatenate([records, chunk.records])
            if chunk.reason is not None:
                return Chunk(records, chunk.reason, chunk.rule, chunk.divergence)
        return Chunk(records, None)

    @property
    def result(self) -> Parameters:
        """See `contract.Session.result`."""
        kept = self._good
        if self._plan.keep_best is not None and np.isfinite(self._referee.best_value):
            kept = self._best
        return from_flat(self._plan.network, kept.copy())

    def snapshot(self) -> Snapshot:
        """See `contract.Session.snapshot`."""
        state = self._referee.snapshot()
        state["weights"] = self._good.copy()
        if self._plan.keep_best is not None:
            state["best_weights"] = self._best.copy()
        return state | {f"slot_{name}": slot.copy() for name, slot in self._good_slots.items()}

    def restore(self, snapshot: Snapshot) -> None:
        """See `contract.Session.restore`."""
        self._referee.restore(snapshot)
        self._flat[:] = snapshot["weights"]
        if self._plan.keep_best is not None:
            self._best[:] = snapshot["best_weights"]
        for name, slot in self._slots.items():
            slot[:] = snapshot[f"slot_{name}"]
        self._remember()

    def _remember(self) -> None:
        self._good = self._flat.copy()
        self._good_slots = {name: slot.copy() for name, slot in self._slots.items()}

    def _epoch(self, deadline: float | None) -> Chunk:
        plan, referee, data = self._plan, self._referee, self._data
        started = time.perf_counter()
        epoch = referee.epochs_done
        rates = self._rates(epoch)
        score = Score(plan.loss, data.targets, data.weights) if plan.score else None
        total, seen, rate = 0.0, 0, float(rates[0])
        for step, rows in enumerate(batches(plan, data.rows, epoch)):
            rate = referee.learning_rate(float(rates[step]))
            loss, count = self._update(rows, Moment(plan.seed, epoch, step), rate, rates.size, score)
            total, seen = total + loss * count, seen + count
            if np.isnan(referee.first_loss):
                referee.first_loss = loss
            if not np.isfinite(loss):
                record = self._record(epoch, rate, loss, score, (np.nan, np.nan), started)
                return self._diverged(record, step, rows)
            if deadline is not None and time.perf_counter() >= deadline:
                break
        training_loss = total / seen
        validation = self._evaluate_validation()
        record = self._record(epoch, rate, training_loss, score, validation, started)
        broken = referee.exploded(training_loss) or not np.isfinite(self._flat).all()
        if broken or (self._validation is not None and not np.isfinite(validation[0])):
            return self._diverged(record, step, rows)
        return self._close(record)

    def _update(
        self, rows: Array | slice, moment: Moment, rate: float, steps: int, score: Score | None
    ) -> tuple[float, int]:
        """Make one update; return J before it and the batch's rows."""
        plan, data = self._plan, self._data
        targets = data.targets[rows]
        weights = None if data.weights is None else data.weights[rows]
        with np.errstate(all="ignore"):  # what is not finite is found by its loss and said in words
            passed = forward(plan.network, self._parameters, data.inputs[rows], moment)
            losses = row_losses(plan.network, plan.loss, passed, targets).astype(np.float64)
            loss = float(losses.mean() if weights is None else (losses * weights).mean())
            loss += penalty(plan.network, self._parameters)
            if score is not None:
                score.add(passed.outputs[-1], targets, weights)
            if not np.isfinite(loss):
                return loss, len(targets)
            delta = output_delta(plan.network, plan.loss, passed, targets, weights)
            back = backward(plan.network, self._parameters, passed, delta)
            gradient = flatten(back)
            clip_gradient(gradient, self._optimizer.clip_norm)
            update_number = moment.epoch * steps + moment.step + 1
            self._optimizer.update(self._flat, gradient, self._slots, rate, update_number)
            limit_norms(plan.network, self._parameters)
        return loss, len(targets)

    def _rates(self, epoch: int) -> Array:
        steps = self._plan.sampling.steps_per_epoch(self._data.rows)
        updates = np.arange(epoch * steps, (epoch + 1) * steps)
        return self._optimizer.schedule.rates(updates, steps, self._plan.epochs)

    def _evaluate_validation(self) -> tuple[float, float]:
        if self._validation is None:
            return float("nan"), float("nan")
        plan = self._plan
        return evaluate(plan.network, self._parameters, plan.loss, self._validation, plan.score)

    def _record(
        self,
        epoch: int,
        rate: float,
        loss: float,
        score: Score | None,
        validation: tuple[float, float],
        started: float,
    ) -> Records:
        self._referee.elapsed_s += time.perf_counter() - started
        training_score = np.nan if score is None else score.value
        row = (epoch + 1, rate, loss, training_score, *validation, self._referee.elapsed_s)
        return np.array([row], EPOCH_RECORD)

    def _diverged(self, record: Records, step: int, rows: Array | slice) -> Chunk:
        layer = guilty_layer(self._plan.network, self._parameters, self._data.inputs[rows])
        place = Divergence(self._referee.epochs_done + 1, step + 1, layer)
        return Chunk(record, StopReason.DIVERGED, None, place)

    def _close(self, record: Records) -> Chunk:
        referee = self._referee
        names = ("training_loss", "validation_loss", "training_score", "validation_score")
        values: Values = {name: float(record[name][0]) for name in names}
        referee.epochs_done += 1
        self._remember()
        if referee.is_best(values):
            self._best = self._flat.copy()
        referee.update_plateau(values)
        return Chunk(record, *referee.verdict(values))


class ReferenceEngine:
    """See `contract.Engine`."""

    name = NAME

    def open(
        self, plan: Plan, data: Data, validation: Data | None, start: Parameters, threads: int = 1
    ) -> ReferenceSession:
        """See `contract.Engine.open`; NumPy's own threads do the products, `threads` is ignored."""
        return ReferenceSession(plan, data, validation, start)

    def predict(
        self, network: Network, parameters: Parameters, inputs: Array, threads: int = 1
    ) -> Array:
        """See `contract.Engine.predict`."""
        outputs = np.empty((len(inputs), network.outputs), inputs.dtype)
        for i in range(0, len(inputs), EVALUATION_ROWS):
            part = slice(i, i + EVALUATION_ROWS)
            outputs[part] = forward(network, parameters, inputs[part]).outputs[-1]
        return outputs

    def loss_and_gradient(
        self, network: Network, parameters: Parameters, loss: Loss, data: Data, threads: int = 1
    ) -> tuple[float, Array]:
        """See `contract.Engine.loss_and_gradient`."""
        dtype = data.inputs.dtype.name
        targets = dense_targets(loss, data.targets, network.outputs, dtype)
        passed = forward(network, parameters, data.inputs)
        losses = row_losses(network, loss, passed, targets).astype(np.float64)
        if data.weights is not None:
            losses = losses * data.weights
        delta = output_delta(network, loss, passed, targets, data.weights)
        gradient = flatten(backward(network, parameters, passed, delta))
        return float(losses.mean()) + penalty(network, parameters), gradient

    def evaluate(
        self, network: Network, parameters: Parameters, loss: Loss, data: Data, threads: int = 1
    ) -> tuple[float, float]:
        """See `contract.Engine.evaluate`."""
        dtype = data.inputs.dtype.name
        targets = dense_targets(loss, data.targets, network.outputs, dtype)
        dense = Data(data.inputs, targets, data.weights)
        return evaluate(network, parameters, loss, dense, True)


def evaluate(
    network: Network, parameters: Parameters, loss: Loss, data: Data, scored: bool
) -> tuple[float, float]:
    """Return Σ w loss / Σ w (no penalty, no smoothing, no dropout) and the score, NaN if not asked."""
    measure = loss.for_evaluation()
    score = Score(measure, data.targets, data.weights) if scored else None
    total, weight_sum = 0.0, 0.0
    with np.errstate(all="ignore"):
        for i in range(0, data.rows, EVALUATION_ROWS):
            part = slice(i, i + EVALUATION_ROWS)
            targets = data.targets[part]
            weights = None if data.weights is None else data.weights[part]
            passed = forward(network, parameters, data.inputs[part])
            losses = row_losses(network, measure, passed, targets).astype(np.float64)
            total += float(losses.sum() if weights is None else losses @ weights)
            weight_sum += float(len(targets) if weights is None else weights.sum(dtype=np.float64))
            if score is not None:
                score.add(passed.outputs[-1], targets, weights)
    return total / weight_sum, float("nan") if score is None else score.value


def flatten(back: Backward) -> Array:
    """Return a gradient as one vector, in the order of `Parameters.flat`."""
    return Parameters(tuple(back.weights), tuple(back.biases)).flat()


def _with_dense_targets(plan: Plan, data: Data) -> Data:
    targets = dense_targets(plan.loss, data.targets, plan.network.outputs, plan.dtype)
    return Data(data.inputs, targets, data.weights)
