"""The equations of a dense network in NumPy, in textbook form, with every intermediate value.

For layer l with input x⁽ˡ⁻¹⁾ (after dropout), weights W⁽ˡ⁾ and biases b⁽ˡ⁾:

    z⁽ˡ⁾ = x⁽ˡ⁻¹⁾ W⁽ˡ⁾ + b⁽ˡ⁾        x⁽ˡ⁾ = g(z⁽ˡ⁾)                                       forward
    δ⁽ˡ⁾ = ∂J/∂z⁽ˡ⁾                  δ⁽ˡ⁻¹⁾ = g′(z⁽ˡ⁻¹⁾) ⊙ (δ⁽ˡ⁾ W⁽ˡ⁾ᵀ)                   backward
    ∂J/∂W⁽ˡ⁾ = x⁽ˡ⁻¹⁾ᵀ δ⁽ˡ⁾          ∂J/∂b⁽ˡ⁾ = Σ_rows δ⁽ˡ⁾                                gradient

Rumelhart, Hinton and Williams (1986), in the row convention: a sample is a row.

Scales, the "ntk" factor and the factors of members only change the weights that a layer computes with;
`parameterization.py` has these equations and their gradients. An embedding computes x⁽⁰⁾ from the
columns; with a learned activation x⁽ˡ⁾ = z + a ⊙ (g(z) − z). `normalization.py` has the equations of
the layers that normalize the input of a layer.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from deltarule._common import random
from deltarule.engines.contract import Array
from deltarule.engines.data import ArrayData
from deltarule.engines.normalization import Normalized, normalization_backward, normalize
from deltarule.engines.parameterization import Effective, effective, pull_back
from deltarule.engines.training_plan import TrainingPlan
from deltarule.engines.update_values import fixed_places
from deltarule.losses import Loss
from deltarule.network import Block, Network
from deltarule.parameters import Parameters
from deltarule.sampling import Blocks, MiniBatches, SingleSample
from deltarule.schedules import Schedule


@dataclass(frozen=True)
class Forward:
    """All values of one forward pass: lists over layers, arrays of shape (rows, units)."""

    inputs: list[Array]  # x⁽ˡ⁻¹⁾, the input of the layer, after dropout and normalization
    logits: list[Array]  # z⁽ˡ⁾
    outputs: list[Array]  # x⁽ˡ⁾ = g(z⁽ˡ⁾)
    masks: list[Array | None]  # factors of dropout on x⁽ˡ⁻¹⁾, None without dropout
    columns: Array  # the inputs of the network, before an embedding
    layers: Effective  # the weights and biases that were used
    normalized: list[Normalized | None]  # of the layer's input, None without a normalization


@dataclass(frozen=True)
class Backward:
    """All values of one backward pass: lists over layers."""

    deltas: list[Array]  # δ⁽ˡ⁾ = ∂J/∂z⁽ˡ⁾, shape (rows, units)
    weights: list[Array]  # ∂J/∂W⁽ˡ⁾, penalties included
    biases: list[Array | None]  # ∂J/∂b⁽ˡ⁾
    others: list[dict[str, Array]]  # of all other parameters, by the names of `network.Part`


@dataclass(frozen=True)
class StreamPosition:
    """Seed, epoch and step of an update, counted from 0: what dropout masks depend on.

    `dropout_rates`: of each block in this update, if a schedule defines them; else ().
    """

    seed: int
    epoch: int
    step: int
    dropout_rates: tuple[float, ...] = ()


def forward(
    network: Network,
    parameters: Parameters,
    inputs: Array,
    position: StreamPosition | None = None,
    member: int = 0,
) -> Forward:
    """Run rows through one member of the network; with dropout only if `position` is given."""
    layers = effective(network, parameters, member)
    xs: list[Array] = []
    zs: list[Array] = []
    outs: list[Array] = []
    masks: list[Array | None] = []
    normalized: list[Normalized | None] = []
    x = inputs
    blocks = network.blocks
    for i, block in enumerate(blocks):
        if block.embedding is not None:
            x = block.embedding.embed(x, parameters.others[i]["embedding"])
        mask = None
        rate = _dropout_rate(block, i, position)
        if position is not None and rate > 0:
            stream = i + member * len(blocks)
            keep = random.kept(
                x.shape, rate, position.seed, layer=stream, epoch=position.epoch, step=position.step
            )
            mask = keep * x.dtype.type(1 / (1 - rate))
        x, passed = _transformed(block, i, parameters, x, mask, position is not None)
        z = x @ layers.weights[i]
        bias = layers.biases[i]
        if bias is not None:
            z = z + bias
        xs.append(x)
        zs.append(z)
        masks.append(mask)
        normalized.append(passed)
        x = block.dense.activation(z)
        if block.dense.learned_activation:
            x = z + parameters.others[i]["slopes"] * (x - z)
        outs.append(x)
    return Forward(xs, zs, outs, masks, inputs, layers, normalized)


def _transformed(
    block: Block, i: int, parameters: Parameters, x: Array, mask: Array | None, in_update: bool
) -> tuple[Array, Normalized | None]:
    """Return the input of layer i after dropout and normalization, in the block's order."""
    if mask is not None and (block.normalization is None or block.drops_first):
        x = x * mask
    if block.normalization is None:
        return x, None
    passed = normalize(block.normalization, parameters.of_layer(i), x, in_update)
    dropped = mask is not None and not block.drops_first
    return passed.outputs * mask if dropped else passed.outputs, passed


def _dropout_rate(block: Block, i: int, position: StreamPosition | None) -> float:
    if position is not None and position.dropout_rates:
        return position.dropout_rates[i]
    return 0.0 if isinstance(block.dropout_rate, Schedule) else block.dropout_rate


def backward(
    network: Network,
    parameters: Parameters,
    passed: Forward,
    output_delta: Array,
    member: int = 0,
    penalized: bool = True,
) -> Backward:
    """Run ∂J/∂z of the output layer back through one member of the network (backpropagation).

    `penalized`: whether the slope of the penalty is added.
    """
    blocks, layers = network.blocks, passed.layers
    deltas: list[Array] = [output_delta]
    slopes: dict[int, Array] = {}
    others: list[dict[str, Array]] = [{} for _ in blocks]
    last = len(blocks) - 1
    for i in range(last, 0, -1):
        back = _before_layer(blocks[i], i, parameters, passed, deltas[0], others[i])
        deltas.insert(0, through_activation(blocks[i - 1], i - 1, parameters, passed, back, slopes))
    for i, slope in slopes.items():
        others[i]["slopes"] = slope
    embedding = blocks[0].embedding
    if embedding is not None or blocks[0].normalization is not None:
        back = _before_layer(blocks[0], 0, parameters, passed, deltas[0], others[0])
    if embedding is not None:
        own = parameters.others[0]["embedding"]
        others[0]["embedding"] = embedding.gradient(passed.columns, own, back)
    weight_gradients: list[Array] = []
    bias_gradients: list[Array | None] = []
    for i, block in enumerate(blocks):
        gradient = (
            passed.inputs[i].T @ deltas[i]
            if block.dense.trainable or block.scale is not None
            else np.zeros_like(layers.weights[i])
        )
        bias = deltas[i].sum(axis=0) if block.dense.bias else None
        pulled = pull_back(block, parameters.of_layer(i), gradient, bias, member)
        weight_gradients.append(pulled.pop("weights"))
        bias_gradients.append(pulled.pop("biases", None))
        others[i] |= pulled
    result = Backward(deltas, weight_gradients, bias_gradients, others)
    return with_penalty(network, parameters, result) if penalized else result


def _before_layer(
    block: Block,
    i: int,
    parameters: Parameters,
    passed: Forward,
    delta: Array,
    others: dict[str, Array],
) -> Array:
    """Return ∂J/∂x before dropout and normalization of layer i, whose gradients go into `others`."""
    back = delta @ passed.layers.weights[i].T
    mask, normalized = passed.masks[i], passed.normalized[i]
    if mask is not None and not block.drops_first:
        back = back * mask
    if block.normalization is not None and normalized is not None:
        own = parameters.of_layer(i)
        back, gradients = normalization_backward(block.normalization, own, normalized, back)
        others |= gradients
    return back * mask if mask is not None and block.drops_first else back


def through_activation(
    block: Block,
    i: int,
    parameters: Parameters,
    passed: Forward,
    back: Array,
    slopes: dict[int, Array],
) -> Array:
    """Return ∂J/∂z of layer i from ∂J/∂x; the gradient of a learned activation goes into `slopes`."""
    z, activation = passed.logits[i], block.dense.activation
    if not block.dense.learned_activation:
        return activation.backward(z, back)
    a = parameters.others[i]["slopes"]
    slopes[i] = (back * (activation(z) - z)).sum(axis=0)
    return (1 - a) * back + activation.backward(z, a * back)


def with_penalty(network: Network, parameters: Parameters, back: Backward) -> Backward:
    """Return the gradient with the slope of l1 Σ|W| + l2 ΣW² added."""
    weights = [
        gradient
        if not (block.dense.trainable and (block.dense.l1 or block.dense.l2))
        else gradient + block.dense.l1 * np.sign(weight) + 2 * block.dense.l2 * weight
        for block, weight, gradient in zip(
            network.blocks, parameters.weights, back.weights, strict=True
        )
    ]
    return Backward(back.deltas, weights, back.biases, back.others)


def penalty(network: Network, parameters: Parameters) -> float:
    """Return Σ_layers (l1 Σ|W| + l2 ΣW²)."""
    total = 0.0
    for block, weight in zip(network.blocks, parameters.weights, strict=True):
        dense = block.dense
        if not dense.trainable:
            continue
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


def members_forward(
    network: Network, parameters: Parameters, inputs: Array, position: StreamPosition | None = None
) -> list[Forward]:
    """Run rows through every member of the network."""
    return [forward(network, parameters, inputs, position, m) for m in range(network.members)]


def mean_outputs(passes: list[Forward]) -> Array:
    """Return what the network predicts: the mean of its members' outputs, shape (rows, outputs)."""
    outputs = passes[0].outputs[-1]
    if len(passes) == 1:
        return outputs
    for passed in passes[1:]:
        outputs = outputs + passed.outputs[-1]
    return outputs * outputs.dtype.type(1 / len(passes))


def mean_loss(network: Network, loss: Loss, passes: list[Forward], data: ArrayData) -> float:
    """Return the mean of the members' losses, 1/B Σᵢ wᵢ lossᵢ each; `data` with dense targets."""
    total = 0.0
    for passed in passes:
        losses = row_losses(network, loss, passed, data.targets).astype(np.float64)
        total += float(losses.mean() if data.weights is None else (losses * data.weights).mean())
    return total / len(passes)


def mean_gradient(
    network: Network, parameters: Parameters, loss: Loss, passes: list[Forward], data: ArrayData
) -> Array:
    """Return the gradient of `mean_loss` plus the penalty, in the order of `Parameters.flat`."""
    total: Array | None = None
    for m, passed in enumerate(passes):
        delta = output_delta(network, loss, passed, data.targets, data.weights)
        if len(passes) > 1:
            delta = delta * delta.dtype.type(1 / len(passes))
        own = flatten(backward(network, parameters, passed, delta, m, penalized=m == 0))
        total = own if total is None else total + own
    assert total is not None  # a network has a member
    fixed = fixed_places(network)
    if fixed is not None:
        total[fixed] = 0
    return total


def dense_targets(loss: Loss, targets: Array, outputs: int, dtype: str) -> Array:
    """Return targets of shape (rows, outputs): class numbers become rows of the loss's `one_hot`."""
    if targets.ndim == 2:
        return targets
    others, own = loss.one_hot
    dense = np.full((len(targets), outputs), others, dtype)
    dense[np.arange(len(targets)), targets] = own
    return dense


def batches(plan: TrainingPlan, rows: int, epoch: int) -> list[Array | slice]:
    """Return the rows of each update of one epoch (counted from 0)."""
    sampling = plan.sampling
    size = sampling.batch_rows(rows)
    if isinstance(sampling, SingleSample):
        return [np.array([row]) for row in random.drawn(rows, rows, plan.seed, epoch)]
    if isinstance(sampling, MiniBatches) and sampling.shuffle:
        order = random.shuffled(rows, plan.seed, epoch)
        return [order[i : i + size] for i in range(0, rows, size)]
    if isinstance(sampling, Blocks):
        windows = random.shuffled_windows(
            rows, plan.seed, epoch, sampling.block_rows, sampling.window_blocks
        )
        order = np.concatenate(list(windows))
        return [order[i : i + size] for i in range(0, rows, size)]
    return [slice(i, min(i + size, rows)) for i in range(0, rows, size)]


def limit_norms(network: Network, parameters: Parameters) -> None:
    """Scale each unit's incoming weights down, in place, to its layer's max_norm."""
    for block, weight in zip(network.blocks, parameters.weights, strict=True):
        limit = block.dense.max_norm
        if limit is not None and block.dense.trainable:
            norms = np.sqrt(np.square(weight).sum(axis=0))
            weight *= np.where(norms > limit, limit / np.where(norms > 0, norms, 1), 1)


def diverged_layer(network: Network, parameters: Parameters, inputs: Array) -> int:
    """Return the layer in which a run diverged.

    It is the first one with a parameter or a logit that is not finite; if all are finite, the one with
    the largest parameter.
    """
    with np.errstate(all="ignore"):
        passed = forward(network, parameters, inputs)
        largest: list[float] = []
        for i, z in enumerate(passed.logits):
            own = [part for part in parameters.of_layer(i).values() if part.size]
            if not all(np.isfinite(part).all() for part in [*own, z]):
                return i
            largest.append(max(float(np.abs(part).max()) for part in own))
    return int(np.argmax(largest))


def flatten(back: Backward) -> Array:
    """Return a gradient as one vector, in the order of `Parameters.flat`."""
    others = tuple(back.others) if any(back.others) else ()
    return Parameters(tuple(back.weights), tuple(back.biases), others).flat()
