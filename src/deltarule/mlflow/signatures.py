"""The signature of a model: types of its inputs, outputs and parameters in MLflow's terms."""

from __future__ import annotations

from typing import Any

import numpy as np

from deltarule.mlflow.required_packages import mlflow_package, pandas_package
from deltarule.mlflow.savable_models import SavableModel
from deltarule.preprocessing import ClassTarget
from deltarule.preprocessing.categorical import LevelEncoder
from deltarule.table_model import TableModel
from deltarule.table_model.input_columns import InputColumn, input_columns

MAX_LISTED_LEVELS = 20
MAX_LEVEL_LENGTH = 100
_LABEL_TYPES = {"b": "boolean", "i": "long", "u": "long", "f": "double"}
Shape = tuple[int | None, ...]


def signature_of(found: SavableModel) -> Any:
    """Return the signature of a model."""
    types, model = mlflow_package().types, found.table_model
    if model is None:
        inputs, outputs = _array_inputs(found), _array_outputs(found)
        has_classes = hasattr(found.model, "classes_")
        parameters = [types.ParamSpec("output", "string", "labels")] if has_classes else []
    else:
        inputs = types.Schema([_column(column) for column in input_columns(model)])
        outputs = types.Schema([types.ColSpec(_label_type(model), model.target.name)])
        parameters = _parameters(model)
    schema = types.ParamSchema(parameters) if parameters else None
    return mlflow_package().models.ModelSignature(inputs, outputs, schema)


def input_example_of(found: SavableModel) -> Any:
    """Return a typical row as a data frame or an array; False if none can be stated."""
    model, make_frame = found.table_model, pandas_package().DataFrame
    if model is not None:
        return make_frame({column.name: [_example(column)] for column in input_columns(model)})
    names = _feature_names(found.model)
    shape, dtype = _input_shape(found)
    if names is not None:
        return make_frame(np.zeros((1, len(names))), columns=names)
    if None in shape:
        return False
    return np.zeros((1, *(size or 0 for size in shape)), dtype)


def about_columns(found: SavableModel) -> dict[str, Any]:
    """Return what is known of the columns, for the metadata of a model."""
    model = found.table_model
    if model is None:
        return {}
    columns = {column.name: _about(column) for column in input_columns(model)}
    return {"target": model.target.name, "task": model.task, "columns": columns}


def _about(column: InputColumn) -> dict[str, Any]:
    about: dict[str, Any] = {"kind": column.kind, "reading": column.schema.summary}
    if isinstance(column.encoder, LevelEncoder):
        levels = column.shown_levels[:MAX_LISTED_LEVELS]
        about["values"] = [level[:MAX_LEVEL_LENGTH] for level in levels]
        about["distinct_values"] = len(column.encoder.levels)
    if column.shown_words:
        about["words"] = list(column.shown_words[:MAX_LISTED_LEVELS])
    low, high = column.range
    if np.isfinite(low) and column.kind in ("number", "duration"):
        about["range"] = [low, high]
    return about


def _column(column: InputColumn) -> Any:
    types = mlflow_package().types
    name = _type(column)
    kind = types.schema.AnyType() if name == "any" else types.DataType[name]
    return types.ColSpec(kind, column.name, required=not _had_missing(column))


def _type(column: InputColumn) -> str:
    """Return the type of a column; "any" where MLflow would refuse cells that the model can read."""
    if column.kind == "datetime" and column.schema.typed:
        return "datetime"
    if _had_missing(column):  # a column of nothing but missing cells is one of numbers in pandas
        return "any"
    if column.kind == "boolean" and column.schema.typed:
        return "boolean"
    if not column.schema.is_text or column.schema.typed:  # typed: a categorical column of pandas
        return "any"
    return "any" if any(map(_is_number, column.known or ())) else "string"


def _is_number(level: str | None) -> bool:
    try:
        float(level or "")
    except ValueError:
        return False
    return True


def _had_missing(column: InputColumn) -> bool:
    found = column.distribution
    return found is None or not len(found.shares) or bool(found.shares[-1] > 0)


def _example(column: InputColumn) -> Any:
    value = column.example
    if _type(column) == "datetime" and value is not None:
        return pandas_package().Timestamp(value).tz_localize(None)
    return value


def _label_type(model: TableModel) -> Any:
    target, kinds = model.target, mlflow_package().types.DataType
    if not isinstance(target, ClassTarget):
        return kinds.double
    labels = target.decode(np.arange(len(target.classes)))
    return kinds[_LABEL_TYPES.get(labels.dtype.kind, "string")]


def _parameters(model: TableModel) -> list[Any]:
    make = mlflow_package().types.ParamSpec
    if model.target.classes:
        return [make("output", "string", "labels")]
    if model.calibration.error_quantiles is None:
        return []
    return [make("quantiles", "double", [], shape=(-1,))]


def _array_inputs(found: SavableModel) -> Any:
    types, names = mlflow_package().types, _feature_names(found.model)
    if names is not None:
        return types.Schema([types.ColSpec(types.schema.AnyType(), name) for name in names])
    shape, dtype = _input_shape(found)
    return _tensors(dtype, shape)


def _array_outputs(found: SavableModel) -> Any:
    types, model = mlflow_package().types, found.model
    if hasattr(model, "output_shape"):  # a Keras model
        return _tensors("float32", model.output_shape[1:])
    if not found.is_mlp:
        return _tensors(model.parameters.weights[0].dtype, (model.network.outputs,))
    classes = getattr(model, "classes_", None)
    is_multilabel = bool(getattr(model, "_multilabel", False))
    outputs = int(model.n_outputs_) if classes is None or is_multilabel else 1
    if outputs > 1:
        return _tensors("float64" if classes is None else "int64", (outputs,))
    kind = "f" if classes is None else np.asarray(classes).dtype.kind
    return types.Schema([types.ColSpec(types.DataType[_LABEL_TYPES.get(kind, "string")])])


def _tensors(dtype: Any, shape: Shape) -> Any:
    types = mlflow_package().types
    sizes = (-1, *(-1 if size is None else size for size in shape))
    return types.Schema([types.TensorSpec(np.dtype(dtype), sizes)])


def _feature_names(model: Any) -> list[str] | None:
    names = getattr(model, "feature_names_in_", None)
    return None if names is None else [str(name) for name in names]


def _input_shape(found: SavableModel) -> tuple[Shape, str]:
    """Return the shape of a row of an array, and the dtype that its users have."""
    if found.is_mlp:
        return (int(found.model.n_features_in_),), "float64"
    if hasattr(found.model, "input_shape"):  # a Keras model
        return tuple(found.model.input_shape[1:]), "float32"
    return (found.model.network.inputs,), "float64"
