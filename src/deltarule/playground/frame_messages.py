"""A frame: everything that changes while a network learns, as one message that needs no other."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.drawing.layout import level, network_layout
from deltarule.engines.contract import Engine
from deltarule.insight import trace
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.playground.input_plane import InputPlane
from deltarule.playground.messages import Json, Message, message
from deltarule.playground.prepared_data import PreparedData
from deltarule.playground.training_run import Snapshot
from deltarule.preprocessing import NumberTarget
from deltarule.table_model.scores import classification_scores

Array = NDArray[Any]
LEVELS = {"none": 0, "medium": 1, "high": 2}
MAX_POINTS = 2000
_CURVE = ("epoch", "training_loss", "validation_loss", "training_score", "validation_score")


def layer_outputs(
    engine: Engine, network: Network, parameters: Parameters, inputs: Array
) -> list[Array]:
    """Return each layer's outputs for rows of inputs, (rows, units) each, computed by an engine."""
    outputs, rows = [], inputs
    for block, weight, bias in zip(
        network.blocks, parameters.weights, parameters.biases, strict=True
    ):
        single = Network([block.dense], block.inputs)
        rows = engine.predict(single, Parameters((weight,), (bias,)), rows)
        outputs.append(rows)
    return outputs


def frame(
    run: Snapshot,
    engine: Engine,
    plane: InputPlane,
    shown: Array,
    sample: int | None,
    **content: Any,
) -> Message:
    """Return the frame of a moment; `shown`: the rows that are drawn as points."""
    parameters = run.parameters
    arrays: dict[str, Array] = {"curve": _curve(run)}
    flat = [np.asarray(w, np.float32).ravel() for w in parameters.weights]
    arrays["weights"] = np.concatenate(flat)
    biases = [np.zeros(0, np.float32) if b is None else b for b in parameters.biases]
    arrays["biases"] = np.concatenate(biases).astype(np.float32)
    layers = _grids(run, engine, plane, parameters, arrays)
    judged = _judged(run, engine, parameters, shown, arrays)
    followed = None if sample is None else _followed(run, parameters, sample, arrays)
    last = run.records[-1]
    return message(
        "frame",
        arrays,
        epoch=run.epoch,
        step=run.step,
        updates=run.updates,
        learning_rate=float(last["learning_rate"]),
        **{name: float(last[name]) for name in _CURVE[1:]},
        layers=layers,
        sample=followed,
        **judged,
        **content,
    )


def probabilities(run: Snapshot, outputs: Array) -> Array:
    """Return what the output units say as shares (rows, units): for classes, what is drawn as certainty.

    One unit: the share of the second class, (v + 1) / 2 where classes are −1 and 1, cut to [0, 1]. Many
    units: each output by the sum of all, negative ones as 0 (softmax outputs stay as they are).
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
    """Return outputs for a number in the target's own unit, float64."""
    assert isinstance(prepared.target, NumberTarget)
    return prepared.target.decode(outputs)


def output_range(prepared: PreparedData) -> tuple[float, float]:
    """Return what the ends of the output's color scale stand for."""
    if prepared.classes:
        return 0.0, 1.0
    low, high = float(prepared.truth.min()), float(prepared.truth.max())
    largest = max(abs(low), abs(high))
    return (-largest, largest) if low < 0 < high else (low, high)


def quantized(values: Array, low: Array, high: Array) -> Array:
    """Return uint8 of values (units, …): 0 stands for a unit's `low`, 255 for its `high`."""
    width = np.where(high > low, high - low, 1.0)
    shape = (-1, *[1] * (values.ndim - 1))
    share = (values - low.reshape(shape)) / width.reshape(shape)
    return np.rint(255 * np.clip(np.nan_to_num(share), 0, 1)).astype(np.uint8)


def symmetric_range(values: Array) -> tuple[Array, Array]:
    """Return (low, high) of each unit of values (units, …), 0 in the middle."""
    flat = np.abs(np.nan_to_num(values)).reshape(len(values), -1)
    largest = np.where((top := flat.max(axis=1)) > 0, top, 1.0).astype(np.float64)
    return -largest, largest


def _curve(run: Snapshot) -> Array:
    return np.stack([run.records[name] for name in _CURVE], axis=1).astype(np.float32)


def _grids(
    run: Snapshot,
    engine: Engine,
    plane: InputPlane,
    parameters: Parameters,
    arrays: dict[str, Array],
) -> list[Json]:
    layers: list[Json] = []
    pieces = []
    with np.errstate(all="ignore"):
        outputs = layer_outputs(engine, run.setup.plan.network, parameters, plane.inputs)
    for values in outputs[:-1]:
        thinned = plane.thinned(values)
        low, high = symmetric_range(thinned)
        pieces.append(quantized(thinned, low, high).ravel())
        layers.append({"low": low.tolist(), "high": high.tolist()})
    arrays["units"] = np.concatenate(pieces) if pieces else np.zeros(0, np.uint8)
    last = outputs[-1].astype(np.float64)
    last = probabilities(run, last) if run.prepared.classes else in_units(run.prepared, last)
    grid = np.ascontiguousarray(last.T).reshape(last.shape[1], plane.height, -1)
    low, high = (np.full(len(grid), end) for end in output_range(run.prepared))
    arrays["outputs"] = quantized(grid, low, high)
    layers.append({"low": low.tolist(), "high": high.tolist()})
    return layers


def _judged(
    run: Snapshot, engine: Engine, parameters: Parameters, shown: Array, arrays: dict[str, Array]
) -> Json:
    """Return the confusion of all rows, or put the residuals of the shown rows into `arrays`."""
    prepared, network = run.prepared, run.setup.plan.network
    if not prepared.classes:
        said = engine.predict(network, parameters, np.ascontiguousarray(prepared.inputs[shown]))
        told = in_units(prepared, said[:, 0])
        arrays["residuals"] = np.stack([told, prepared.truth[shown]], axis=1).astype(np.float32)
        return {"confusion": None}
    confusion: Json = {"rows": {}}
    parts = (("training", run.setup.data), ("validation", run.setup.validation))
    for name, data in parts:
        rows = prepared.training if name == "training" else prepared.validation
        shares = probabilities(run, engine.predict(network, parameters, data.inputs).astype(float))
        if shares.shape[1] == 1:
            shares = np.concatenate([1 - shares, shares], axis=1)
        scores = classification_scores(shares, prepared.truth[rows], 0)
        confusion[name] = scores.confusion.tolist()
        confusion["rows"][name] = scores.rows
    return {"confusion": confusion}


def _followed(run: Snapshot, parameters: Parameters, sample: int, arrays: dict[str, Array]) -> Json:
    """Put one row's activations and deltas into `arrays`; return what is said about it."""
    prepared, setup = run.prepared, run.setup
    inputs = prepared.inputs[sample]
    target = _target_of(run, sample)
    with np.errstate(all="ignore"):
        way = trace(run.trained, inputs, target, setup.plan.loss)
    values = [inputs, *(layer.x for layer in way.layers)]
    columns = network_layout(setup.plan.network, parameters, values=values).columns
    levels = [
        LEVELS[level(share)]
        for column in columns[1:]
        if column.activities is not None
        for share in np.nan_to_num(column.activities)
    ]
    arrays["sample_inputs"] = inputs.astype(np.float32)
    arrays["sample_activations"] = np.concatenate([x.x for x in way.layers]).astype(np.float32)
    arrays["sample_levels"] = np.array(levels, np.uint8)
    arrays["sample_deltas"] = np.concatenate([x.delta for x in way.layers]).astype(np.float32)
    return {
        "loss": way.loss,
        "prediction": _said(run, way.prediction),
        "target": true_text(run.prepared, sample),
    }


def _target_of(run: Snapshot, sample: int) -> Any:
    """Return the target of one row of the data as it was given to the engine."""
    prepared, setup = run.prepared, run.setup
    for rows, data in ((prepared.training, setup.data), (prepared.validation, setup.validation)):
        place = int(np.searchsorted(rows, sample))
        if place < len(rows) and rows[place] == sample:
            return data.targets[place]
    raise IndexError(sample)


def _said(run: Snapshot, prediction: Array) -> str:
    prepared = run.prepared
    if not prepared.classes:
        return f"{float(in_units(prepared, prediction[:1])[0]):.4g}"
    shares = probabilities(run, np.asarray(prediction, float)[None])[0]
    if len(shares) == 1:
        shares = np.array([1 - shares[0], shares[0]])
    best = int(np.argmax(shares))
    return f"{prepared.classes[best]} ({shares[best]:.0%})"


def true_text(prepared: PreparedData, sample: int) -> str:
    """Return what is true of one row, as people read it."""
    truth = prepared.truth[sample]
    return prepared.classes[truth] if prepared.classes else f"{float(truth):.6g}"
