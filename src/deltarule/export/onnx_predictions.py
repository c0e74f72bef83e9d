"""From the outputs of networks to predictions: labels and probabilities, or numbers and quantiles.

The nodes compute in float64 what `table_model.task_methods` and `table_model.calibration` compute.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule.export.column_values import UNKNOWN
from deltarule.export.exportable import ArrayModel
from deltarule.export.onnx_columns import EncodedColumns
from deltarule.export.onnx_graph import BOOL, DOUBLE, INT64, STRING, OnnxGraph, type_of
from deltarule.preprocessing import ClassTarget, NumberTarget
from deltarule.table_model import TableModel
from deltarule.table_model.calibration import Calibration
from deltarule.table_model.prediction_intervals import LEVELS, ErrorQuantiles, UnseenErrors
from deltarule.table_model.temperature_scaling import MIN_PROBABILITY

Array = NDArray[Any]
LARGEST = float(np.finfo(np.float64).max)
TYPE_NAMES = {STRING: "text", INT64: "int64", DOUBLE: "float64", BOOL: "boolean"}


def table_predictions(
    g: OnnxGraph, model: TableModel, outputs: str, columns: EncodedColumns, levels: Sequence[float]
) -> None:
    """Add the outputs of a model of a table for the outputs of its networks."""
    exact = g.node("Cast", outputs, to=DOUBLE)
    if isinstance(model.target, ClassTarget):
        _classes(g, model.target, model.calibration, exact)
    else:
        assert isinstance(model.target, NumberTarget)
        _numbers(g, model, exact, columns, levels)


def array_predictions(g: OnnxGraph, model: ArrayModel, outputs: str) -> None:
    """Add the outputs of a network that takes numbers, for its outputs (1, rows, outputs)."""
    dtype = model.trained.parameters.weights[0].dtype
    kind, name = type_of(dtype), dtype.name
    outputs = g.node("Squeeze", outputs, g.axes(0))
    count = model.trained.network.outputs
    if model.classes is None:
        about = "the predicted numbers" if model.is_regressor else "the outputs of the network"
        label = "value" if model.is_regressor else "outputs"
        g.output(label, outputs, kind, ["N", count], f"{name}: {about}")
        return
    if model.is_multilabel:
        chosen = g.node("Greater", outputs, g.constant(0.5, dtype))
        label = g.node("Cast", chosen, to=INT64)
        about = "int64: 1 for each label whose probability is above 0.5, else 0"
        g.output(g.free_name("label"), label, INT64, ["N", count], about)
    elif count == 1:
        number = g.node("Greater", g.node("Squeeze", outputs, g.axes(1)), g.constant(0.5, dtype))
        last = len(model.classes) - 1
        _label(g, model.classes, g.node("Mul", g.node("Cast", number, to=INT64), g.integer(last)))
        other = g.node("Sub", g.constant(1, dtype), outputs)
        outputs, count = g.node("Concat", other, outputs, axis=1), 2
    else:
        _label(g, model.classes, g.node("ArgMax", outputs, axis=1, keepdims=0))
    _probabilities(g, outputs, kind, [str(label) for label in model.classes], name)


def _classes(g: OnnxGraph, target: ClassTarget, calibration: Calibration, outputs: str) -> None:
    likely = g.node("Max", outputs, g.number(MIN_PROBABILITY))
    logits = g.node("Div", g.node("Log", likely), g.number(calibration.temperature))
    shares = g.node("ReduceMean", g.node("Softmax", logits, axis=-1), g.axes(0), keepdims=0)
    if calibration.threshold is None:
        number = g.node("ArgMax", shares, axis=1, keepdims=0)
    else:
        positive = calibration.positive_class
        share = g.node("Gather", shares, g.integer(positive), axis=1)
        reached = g.node("GreaterOrEqual", share, g.number(calibration.threshold))
        number = g.node("Where", reached, g.integer(positive), g.integer(1 - positive))
    _label(g, target.decode(np.arange(len(target.classes))), number)
    _probabilities(g, shares, DOUBLE, list(target.classes), "float64")


def _label(g: OnnxGraph, labels: Array, number: str) -> None:
    """Add the output "label": the label of each class number (rows,)."""
    known = (
        labels.astype(np.int64) if labels.dtype.kind in "iu" and labels.max() < 2**63 else labels
    )
    if known.dtype.kind not in "ifb" or known.dtype == np.float16:
        known = np.array([str(label) for label in labels], dtype=object)
    elif known.dtype.kind == "f":
        known = known.astype(np.float64)
    label = g.node("Gather", g.constant(known, known.dtype), number)
    kind = type_of(known.dtype)
    g.output(g.free_name("label"), label, kind, ["N"], f"{TYPE_NAMES[kind]}: the predicted class")


def _probabilities(
    g: OnnxGraph, shares: str, kind: int, names: Sequence[str], type_name: str
) -> None:
    about = f"{type_name}: the probability of {_listed(names)}"
    g.output(g.free_name("probabilities"), shares, kind, ["N", len(names)], about)


def _listed(names: Sequence[str], most: int = 8) -> str:
    more = f" and {len(names) - most:,} more" if len(names) > most else ""
    return ", ".join(names[:most]) + more


def _numbers(
    g: OnnxGraph, model: TableModel, outputs: str, columns: EncodedColumns, levels: Sequence[float]
) -> None:
    target, calibration = model.target, model.calibration
    assert isinstance(target, NumberTarget)
    mean = g.node("ReduceMean", outputs, g.axes(0), keepdims=0)
    value = g.node("Add", g.node("Mul", mean, g.number(target.scale)), g.number(target.mean))
    value = _in_range(g, calibration, value)
    flat = g.node("Squeeze", value, g.axes(1))
    g.output(g.free_name("value"), flat, DOUBLE, ["N"], "float64: the predicted number")
    if not levels:
        return
    assert calibration.error_quantiles is not None
    errors = _errors(g, calibration.error_quantiles, value, np.array(levels))
    if calibration.unseen_errors is not None and columns.level_places:
        errors = _widened(g, calibration.unseen_errors, errors, columns, np.array(levels))
    added = errors if isinstance(errors, str) else g.constant(errors)
    lowest, highest = calibration.target_range or (-LARGEST, LARGEST)
    quantiles = g.node("Clip", g.node("Add", value, added), g.number(lowest), g.number(highest))
    about = f"float64: the quantiles {', '.join(f'{level:g}' for level in levels)}"
    g.output(g.free_name("quantiles"), quantiles, DOUBLE, ["N", len(levels)], about)


def _in_range(g: OnnxGraph, calibration: Calibration, values: str) -> str:
    if calibration.target_range is None:
        return values
    return g.node("Clip", values, *map(g.number, calibration.target_range))


def _errors(g: OnnxGraph, errors: ErrorQuantiles, value: str, levels: Array) -> str | Array:
    """Return the quantiles of the errors of a value (rows, 1), between the centers: (rows, levels).

    With one center they are the same for all rows: an array (1, levels).
    """
    by_center = np.stack([np.interp(levels, LEVELS, row) for row in errors.errors])
    centers = errors.centers
    if len(centers) == 1:
        return by_center
    steps = np.diff(centers)[:, None]
    rises = np.divide(np.diff(by_center, axis=0), steps, where=steps > 0, out=None)
    rises = np.where(steps > 0, rises, 0.0)
    # A row for values below the first center, between two of them, and from the last one on.
    flat = np.zeros((1, len(levels)))
    table = np.concatenate(
        [
            centers[[0, *range(len(centers))], None],
            by_center[[0, *range(len(centers))]],
            np.concatenate([flat, rises, flat]),
        ],
        axis=1,
    )
    reached = g.node("GreaterOrEqual", value, g.constant(centers))
    place = g.node("ReduceSum", g.node("Cast", reached, to=INT64), g.axes(1), keepdims=0)
    found = g.node("Gather", g.constant(table), place, axis=0)
    sizes = g.axes(1, len(levels), len(levels))
    center, base, rise = g.nodes_of(3, "Split", found, sizes, axis=-1)
    return g.node("Add", g.node("Mul", rise, g.node("Sub", value, center)), base)


def _widened(
    g: OnnxGraph, unseen: UnseenErrors, errors: str | Array, columns: EncodedColumns, levels: Array
) -> str:
    """Return the errors, at least as far from 0 as measured for each unseen level of a row."""
    sides, distances = np.where(levels < 0.5, -1.0, 1.0), []
    for place in columns.level_places:
        measured = sides * np.interp(levels, LEVELS, unseen.of(place))
        distances.append(np.where((levels == 0.5) | (place < 0), -np.inf, measured))
    usual = -np.inf if isinstance(errors, str) else sides * errors[0]
    is_unseen = g.node("Unsqueeze", g.node("Equal", columns.codes, g.integer(UNKNOWN)), g.axes(2))
    wider = g.constant(np.maximum(distances, usual))
    farthest = g.node("Where", is_unseen, wider, g.constant(usual, np.float64))
    farthest = g.node("ReduceMax", farthest, g.axes(1), keepdims=0)
    signs = g.constant(sides)
    if isinstance(errors, str):
        farthest = g.node("Max", farthest, g.node("Mul", errors, signs))
    return g.node("Mul", farthest, signs)
