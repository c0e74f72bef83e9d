"""Builds the message `frame`: everything that changes while a network learns."""

from __future__ import annotations

import zlib
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.formatting import format_number, format_percent
from deltarule.drawing.layout import activation_level, network_layout
from deltarule.engines.contract import Engine
from deltarule.insight import trace
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.playground.experiment import ViewChoice
from deltarule.playground.hidden_plane import RESOLUTION as HIDDEN_RESOLUTION
from deltarule.playground.hidden_plane import hidden_plane
from deltarule.playground.input_plane import InputPlane
from deltarule.playground.layer_gradients import gradient_sizes
from deltarule.playground.prepared_data import PreparedData
from deltarule.playground.protocol.responses import (
    Confusion,
    FrameHeader,
    LayerRange,
    RowCounts,
    SampleResult,
)
from deltarule.playground.protocol.state import AxisState, HiddenPlaneState
from deltarule.playground.protocol.wire import Message, encode_arrays
from deltarule.playground.training_run import Snapshot
from deltarule.table_model.scores import confusion_matrix

Array = NDArray[Any]
LEVELS = {"none": 0, "medium": 1, "high": 2}
MAX_POINTS = 2000
MAX_OUTPUT = 1e30
MAX_OUTPUT_LEVEL = 65535
DEFAULT_VIEW = ViewChoice()
_CURVE = ("epoch", "training_loss", "validation_loss", "training_score", "validation_score")


def layer_outputs(
    engine: Engine, network: Network, parameters: Parameters, inputs: Array
) -> list[Array]:
    """Return each layer's outputs for rows of inputs, (rows, units) each, computed by an engine."""
    outputs, rows = [], inputs
    for layer in range(len(network.blocks)):
        rows = _one_layer(engine, network, parameters, layer, rows)
        outputs.append(rows)
    return outputs


def _one_layer(
    engine: Engine, network: Network, parameters: Parameters, layer: int, rows: Array
) -> Array:
    block = network.blocks[layer]
    single = Network([block.dense], block.inputs)
    own = Parameters((parameters.weights[layer],), (parameters.biases[layer],))
    return engine.predict(single, own, rows)


def frame(
    run: Snapshot,
    engine: Engine,
    plane: InputPlane,
    shown: Array,
    sample: int | None,
    *,
    generation: int,
    sequence: int,
    playing: bool,
    epochs_per_second: float | None,
    view: ViewChoice = DEFAULT_VIEW,
) -> Message:
    """Return the frame of a snapshot; `shown`: the rows that are drawn as points."""
    parameters = run.parameters
    arrays: dict[str, Array] = {"curve": _curve(run)}
    arrays["weights"] = np.concatenate([weight.ravel() for weight in parameters.weights])
    biases = [np.zeros(0) if bias is None else bias for bias in parameters.biases]
    arrays["biases"] = np.concatenate(biases)
    layers = _grids(run, engine, plane, parameters, arrays)
    confusion = None
    if run.prepared.classes:
        confusion = _confusion(run, engine, parameters)
    else:
        arrays["residuals"] = _residuals(run, engine, parameters, shown)
    result = None if sample is None else _sample_result(run, parameters, sample, arrays)
    hidden = _hidden_plane(run, engine, shown, view, arrays) if view.hidden_layer else None
    last = run.record[0]
    header = FrameHeader(
        sequence=sequence, generation=generation, epoch=run.epoch, step=run.step, updates=run.updates,
        playing=playing, epochs_per_second=epochs_per_second,
        learning_rate=run.learning_rate, parameters=parameters_id(parameters),
        training_loss=float(last["training_loss"]), validation_loss=float(last["validation_loss"]),
        training_score=float(last["training_score"]), validation_score=float(last["validation_score"]),
        confusion=confusion, layers=layers, sample=result,
        gradients=gradient_sizes(run, engine) if view.gradients else [], hidden=hidden,
    )  # fmt: skip
    return encode_arrays(header, arrays)


def parameters_id(parameters: Parameters) -> int:
    """Return a checksum: other parameters have another one, but for one case in four billion."""
    return zlib.crc32(parameters.flat().astype(np.float32).tobytes())


def probabilities(run: Snapshot, outputs: Array) -> Array:
    """Return the outputs of a classifier as probabilities (rows, units).

    One unit: the probability of the second class, or (v + 1) / 2 for classes −1 and 1, clipped to [0, 1].
    Several units: softmax outputs as they are; other outputs shifted to be positive, by their sum.
    """
    if run.setup.signed:
        outputs = (outputs + 1) / 2
    if outputs.shape[1] == 1:
        return np.clip(outputs, 0.0, 1.0)
    if run.setup.plan.network.output_layer.activation.kind == "softmax":
        return outputs
    lowest = np.minimum(outputs.min(axis=1, keepdims=True), 0.0)
    positive = outputs - lowest
    total = positive.sum(axis=1, keepdims=True)
    return np.where(total > 0, positive / np.where(total > 0, total, 1), 1 / outputs.shape[1])


def in_units(prepared: PreparedData, outputs: Array) -> Array:
    """Return the outputs of a regression in the target's unit, float64."""
    return prepared.target.decode(outputs)


def output_range(prepared: PreparedData) -> tuple[float, float]:
    """Return the numbers at the ends of the outputs' color scale."""
    if prepared.classes:
        return 0.0, 1.0
    low, high = float(prepared.truth.min()), float(prepared.truth.max())
    largest = max(abs(low), abs(high))
    return (-largest, largest) if low < 0 < high else (low, high)


def quantized(values: Array, low: Array, high: Array, top: int = 255) -> Array:
    """Return values (units, …) as whole numbers: 0 is a unit's `low`, `top` its `high`."""
    width = np.where(high > low, high - low, 1.0)
    shape = (-1, *[1] * (values.ndim - 1))
    share = (values - low.reshape(shape)) / width.reshape(shape)
    return np.rint(top * np.clip(np.nan_to_num(share), 0, 1))


def symmetric_range(values: Array) -> tuple[Array, Array]:
    """Return (low, high) of each unit of values (units, …), 0 in the middle."""
    flat = np.abs(np.nan_to_num(values)).reshape(len(values), -1)
    largest = np.where((top := flat.max(axis=1)) > 0, top, 1.0).astype(np.float64)
    return -largest, largest


def _curve(run: Snapshot) -> Array:
    return np.stack([run.records[name] for name in _CURVE], axis=1)


def _grids(
    run: Snapshot,
    engine: Engine,
    plane: InputPlane,
    parameters: Parameters,
    arrays: dict[str, Array],
) -> list[LayerRange]:
    layers: list[LayerRange] = []
    pieces = []
    with np.errstate(all="ignore"):
        outputs = layer_outputs(engine, run.setup.plan.network, parameters, plane.inputs)
    for values in outputs[:-1]:
        thinned = plane.thinned(values)
        low, high = symmetric_range(thinned)
        pieces.append(quantized(thinned, low, high).ravel())
        layers.append(LayerRange(low.tolist(), high.tolist()))
    arrays["units"] = np.concatenate(pieces) if pieces else np.zeros(0)
    arrays["outputs"] = _output_grids(run, outputs[-1], plane.height)
    low, high = (np.full(outputs[-1].shape[1], end) for end in output_range(run.prepared))
    layers.append(LayerRange(low.tolist(), high.tolist()))
    return layers


def _output_grids(run: Snapshot, outputs: Array, height: int) -> Array:
    """Return outputs of a grid (height · width, units) as whole numbers (units, height, width)."""
    last = outputs.astype(np.float64)
    last = probabilities(run, last) if run.prepared.classes else in_units(run.prepared, last)
    grid = np.ascontiguousarray(last.T).reshape(last.shape[1], height, -1)
    low, high = (np.full(len(grid), end) for end in output_range(run.prepared))
    return quantized(grid, low, high, MAX_OUTPUT_LEVEL)


def _hidden_plane(
    run: Snapshot, engine: Engine, shown: Array, view: ViewChoice, arrays: dict[str, Array]
) -> HiddenPlaneState | None:
    """Put the rows and the predictions over the last hidden layer's plane into `arrays`."""
    network, parameters = run.setup.plan.network, run.parameters
    if len(network.blocks) < 2:
        return None
    with np.errstate(all="ignore"):
        training, drawn = (
            _drawable(layer_outputs(engine, network, parameters, rows)[-2])
            for rows in (run.setup.data.inputs[:MAX_POINTS], run.prepared.inputs[shown])
        )
        activation = network.blocks[-2].dense.activation.kind
        plane = hidden_plane(training, drawn, activation, (view.unit_x, view.unit_y))
        if plane is None:
            return None
        last = len(network.blocks) - 1
        outputs = _one_layer(engine, network, parameters, last, plane.vectors)
        arrays["hidden_outputs"] = _output_grids(run, outputs, HIDDEN_RESOLUTION)
    arrays["hidden_points"] = plane.points
    x, y = (AxisState(axis.label, axis.low, axis.high) for axis in (plane.x, plane.y))
    return HiddenPlaneState(plane.kind, x, y, HIDDEN_RESOLUTION)


def _drawable(outputs: Array) -> Array:
    """Return outputs as float64 with bounds, so that their projections fit into float32."""
    return np.clip(np.nan_to_num(outputs.astype(np.float64)), -MAX_OUTPUT, MAX_OUTPUT)


def _residuals(run: Snapshot, engine: Engine, parameters: Parameters, shown: Array) -> Array:
    """Return predicted and actual values (shown rows, 2) in the target's unit."""
    prepared = run.prepared
    rows = np.ascontiguousarray(prepared.inputs[shown])
    outputs = engine.predict(run.setup.plan.network, parameters, rows)
    return np.stack([in_units(prepared, outputs[:, 0]), prepared.truth[shown]], axis=1)


def _confusion(run: Snapshot, engine: Engine, parameters: Parameters) -> Confusion:
    """Return the confusion matrices of all rows."""
    prepared, setup = run.prepared, run.setup
    matrices = []
    for rows, data in (
        (prepared.training, setup.data),
        (prepared.validation, setup.validation),
    ):
        outputs = engine.predict(setup.plan.network, parameters, data.inputs).astype(float)
        of_classes = _of_each_class(probabilities(run, outputs))
        predicted = of_classes.argmax(axis=1)
        matrices.append(confusion_matrix(predicted, prepared.truth[rows], of_classes.shape[1]))
    training, validation = matrices
    return Confusion(
        training.tolist(),
        validation.tolist(),
        RowCounts(len(prepared.training), len(prepared.validation)),
    )


def _of_each_class(probability: Array) -> Array:
    """Return probabilities (rows, classes) of outputs (rows, units): one unit is the second class's."""
    if probability.shape[1] > 1:
        return probability
    return np.concatenate([1 - probability, probability], axis=1)


def _sample_result(
    run: Snapshot, parameters: Parameters, sample: int, arrays: dict[str, Array]
) -> SampleResult:
    """Put one row's activations and deltas into `arrays`; return its prediction."""
    prepared, setup = run.prepared, run.setup
    inputs = prepared.inputs[sample]
    target = _target_of(run, sample)
    with np.errstate(all="ignore"):
        traced = trace(run.trained, inputs, target, setup.plan.loss)
    values = [inputs, *(layer.x for layer in traced.layers)]
    columns = network_layout(setup.plan.network, parameters, values=values).columns
    levels = [
        LEVELS[activation_level(share)]
        for column in columns[1:]
        if column.levels is not None
        for share in np.nan_to_num(column.levels)
    ]
    arrays["sample_inputs"] = inputs
    arrays["sample_activations"] = np.concatenate([layer.x for layer in traced.layers])
    arrays["sample_levels"] = np.array(levels)
    arrays["sample_deltas"] = np.concatenate([layer.delta for layer in traced.layers])
    return SampleResult(
        float(traced.loss), _prediction_text(run, traced.prediction), true_text(prepared, sample)
    )


def _target_of(run: Snapshot, sample: int) -> Any:
    """Return the target of one row of the data as it was given to the engine."""
    prepared, setup = run.prepared, run.setup
    for rows, data in ((prepared.training, setup.data), (prepared.validation, setup.validation)):
        place = int(np.searchsorted(rows, sample))
        if place < len(rows) and rows[place] == sample:
            return data.targets[place]
    raise IndexError(sample)


def _prediction_text(run: Snapshot, prediction: Array) -> str:
    prepared = run.prepared
    if not prepared.classes:
        return format_number(float(in_units(prepared, prediction[:1])[0]), 4)
    outputs = np.asarray(prediction, float)[None]
    probability = _of_each_class(probabilities(run, outputs))[0]
    best = int(np.argmax(probability))
    return f"{prepared.classes[best]} ({format_percent(float(probability[best]), 0)})"


def true_text(prepared: PreparedData, sample: int) -> str:
    """Return the actual class or number of one row, as text."""
    truth = prepared.truth[sample]
    return prepared.classes[truth] if prepared.classes else format_number(float(truth), 6)
