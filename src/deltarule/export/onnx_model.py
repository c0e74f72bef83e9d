"""to_onnx: writes a trained model as one ONNX file."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

from deltarule._common import checks
from deltarule._common.version import __version__
from deltarule.errors import SettingError
from deltarule.export.exportable import ArrayModel, exportable, refuse_words
from deltarule.export.formats import ExportSummary
from deltarule.export.onnx_columns import encode_columns
from deltarule.export.onnx_graph import FLOAT, OnnxGraph, newest_opset, type_of
from deltarule.export.onnx_networks import network_outputs
from deltarule.export.onnx_predictions import array_predictions, table_predictions
from deltarule.formats.atomic_write import write_atomically
from deltarule.formats.system_errors import path_text
from deltarule.table_model import TableModel

if TYPE_CHECKING:
    from onnx import ModelProto

__all__ = ["MIN_OPSET", "to_onnx"]

MIN_OPSET = 18
"""The oldest operator set: Split and ReduceMean had other inputs before it."""
MAX_BYTES = 2**31 - 1  # of one protobuf message


def to_onnx(
    model: Any,
    path: str | PathLike[str],
    *,
    quantiles: Sequence[float] | float = (),
    opset: int = MIN_OPSET,
) -> ExportSummary:
    """Write a trained model as an ONNX file, which onnxruntime computes in many languages.

    The file takes raw values and holds the preprocessing, the networks and the calibration. It is written
    completely or not at all.

    Parameters
    ----------
    model : TableModel, TrainedNetwork or fitted estimator
        A model of a table, what `train` or `fit` returns, an estimator of scikit-learn's interface, or a
        model of Keras's.
    path : path
        Where to write the file.
    quantiles : float or sequence of float, default ()
        For a regression on a table, the levels of quantiles to predict, from 0.005 to 0.995.
    opset : int, default 18
        The operator set of ONNX, at least 18.

    Returns
    -------
    ExportSummary
        Inputs, outputs and size of the file.

    Raises
    ------
    SettingError
        If `model` is something else, if it cannot predict the quantiles, if it uses something that cannot
        be translated, or if the operator set is too old or unknown.
    MissingPackageError
        If the package onnx is not installed.
    FileError
        If the file cannot be written.

    See Also
    --------
    EXPORT_FORMATS : All formats.

    Notes
    -----
    A model of a table has one input of shape (N, 1) per column, named as the column: float64 for numbers
    and booleans (NaN if missing), text for categories ("" if missing), int64 microseconds since 1970 in
    UTC for datetimes (-2**63 if missing). Its outputs are "label" and "probabilities", or "value" and
    "quantiles"; if a column has such a name, that of the output ends in "_2". Any other model has the
    input "X" of shape (N, n_inputs) in the dtype of its parameters, and the outputs "label" and
    "probabilities", "value", or "outputs" if it is a bare network.

    Columns are encoded in float64 and give the same features as `TableModel.predict`; networks compute in
    the dtype of their parameters, which is float32 for models of tables. Members that share weights
    become separate networks.

    Examples
    --------
    >>> import deltarule as dr
    >>> table = {"x": [*range(20)], "y": ["low"] * 10 + ["high"] * 10}
    >>> model = dr.train(table, "y", folds=1, epochs=5, hidden=(4,)).model
    >>> dr.export.to_onnx(model, "model.onnx").inputs  # doctest: +SKIP
    {'x': 'float64, NaN if missing'}
    """
    known = exportable(model)
    proto = _proto(known, quantiles, opset)
    if proto.ByteSize() > MAX_BYTES:
        raise SettingError("model", "is larger than 2 GiB, the most that an ONNX file can hold")
    write_atomically(path, proto.SerializeToString(deterministic=True))
    return ExportSummary(
        (path_text(path),),
        {value.name: value.doc_string for value in proto.graph.input},
        {value.name: value.doc_string for value in proto.graph.output},
        {"nodes": len(proto.graph.node), "opset": opset},
    )


def _proto(
    model: TableModel | ArrayModel, quantiles: Sequence[float] | float, opset: int
) -> ModelProto:
    """Return the model as a message of ONNX."""
    refuse_words(model, "ONNX")
    hint = "onnxruntime 1.14 and newer know 18; the newest is that of the installed package onnx."
    checks.integer("opset", opset, at_least=MIN_OPSET, at_most=newest_opset(), hint=hint)
    metadata = {"deltarule": __version__}
    if isinstance(model, TableModel):
        levels = model.checked_levels(quantiles)
        g = OnnxGraph(model.encoder.columns)
        marks = bool(levels) and model.calibration.unseen_errors is not None
        columns = encode_columns(g, model.encoder, model.schema, marks_missing=marks)
        x, dtype = columns.features, model.network.parameters.weights[0].dtype
        if type_of(dtype) != FLOAT:
            x = g.node("Cast", x, to=type_of(dtype))
        outputs = network_outputs(g, model.networks, x, columns.order, model.votes)
        table_predictions(g, model, outputs, columns, levels)
        return g.model(opset, model.summary, metadata)
    if quantiles != ():
        raise SettingError(
            "quantiles", "need a model that was trained on a table by deltarule.train"
        )
    network = model.trained.network
    g = OnnxGraph(("X",))
    dtype = model.trained.parameters.weights[0].dtype
    about = f"{dtype.name}: {network.inputs} numbers in a row, none missing"
    x = g.input("X", type_of(dtype), ["N", network.inputs], about)
    for step in model.before:
        x = g.node("Sub", x, g.constant(step.mean, dtype))
        x = g.node("Div", x, g.constant(step.scale, dtype))
    array_predictions(g, model, network_outputs(g, [model.trained], x))
    return g.model(opset, network._sentence(), metadata)
