"""save and load: a fitted estimator as one model file, data only, without pickle."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import cache
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common import checks
from deltarule._common.array_reader import ArrayReader
from deltarule._common.descriptions import Description, Family
from deltarule._common.strict_reader import (
    StrictReader,
    broken_rules_are_file_errors,
    file_error,
)
from deltarule.activations import ACTIVATIONS
from deltarule.errors import DeltaruleError, ModelFileError, shortened
from deltarule.estimators import mlp_parameters
from deltarule.estimators.mlp_training import OptimizerState
from deltarule.formats.model_file import read_model, write_model
from deltarule.losses import LOSSES
from deltarule.network import Network
from deltarule.parameters import Parameters
from deltarule.schedules import SCHEDULES
from deltarule.training.trained_network import parameters_from_file

Array = NDArray[Any]
Path = str | PathLike[str]

FILE_KIND = "estimator"
KEYS = ("estimator", "settings", "network", "fitted", "optimizer", "classes", "features")
FAMILIES: dict[str, Family[Any]] = {
    "activation": ACTIVATIONS,
    "output_activation": ACTIVATIONS,
    "loss": LOSSES,
    "learning_rate": SCHEDULES,
}
MAX_UPDATES = 10**12
FLOATS = ("float32", "float64")
OTHER_ARRAYS = ("curve.", "slot.", "classes")
NOT_SAVED = ("callbacks", "random_state")
FLAGS = ("_multilabel", "_sparse_labels")
CURVES = ("loss_curve_", "validation_loss_curve_", "validation_scores_")
SCALARS = (
    "n_iter_", "t_", "n_layers_", "n_outputs_", "n_features_in_", "loss_", "best_loss_",
    "best_validation_score_", "_no_improvement_count",
)  # fmt: skip


def save(estimator: Any, path: Path) -> None:
    """Write a fitted estimator to `path`, complete or not at all."""
    network: Network = estimator._network_
    parameters = Parameters(tuple(estimator.coefs_), tuple(estimator.intercepts_))
    arrays = {name: np.asarray(part) for name, part in parameters.named(network).items()}
    for name in CURVES:
        if getattr(estimator, name, None) is not None:
            arrays[f"curve.{name}"] = np.array(getattr(estimator, name), np.float64)
    for name, slot in estimator._optimizer.slots.items():
        arrays[f"slot.{name}"] = slot
    classes = getattr(estimator, "classes_", None)
    if classes is not None and classes.dtype.kind in "biuf":
        wide = {"b": np.bool_, "i": np.int64, "u": np.uint64, "f": np.float64}
        arrays["classes"] = classes.astype(wide[classes.dtype.kind])
    names = getattr(estimator, "feature_names_in_", None)
    description = {
        "estimator": type(estimator).__name__,
        "settings": {n: _plain(v) for n, v in _settings(estimator).items()},
        "network": network.to_json(),
        "fitted": {
            "out_activation_": estimator.out_activation_,
            "_multilabel": bool(getattr(estimator, "_multilabel", False)),
            "_sparse_labels": bool(getattr(estimator, "_sparse_labels", False)),
            **{name: _plain(getattr(estimator, name, None)) for name in SCALARS},
        },
        "optimizer": {
            "updates": estimator._optimizer.updates,
            "learning_rate": float(estimator._optimizer.learning_rate),
        },
        "classes": None if classes is None or "classes" in arrays else _texts(classes),
        "features": None if names is None else [str(name) for name in names],
    }
    write_model(path, description, arrays, kind=FILE_KIND)


def load(kind: type[Any], path: Path) -> Any:
    """Return the estimator of class `kind` that `save` wrote; runs no code from the file."""
    file = read_model(path, kind=FILE_KIND)
    description = StrictReader(file.description, str(path)).exactly(KEYS)
    if description["estimator"] != kind.__name__:
        raise ModelFileError(
            f"{path} holds a {shortened(description['estimator'])}, not a {kind.__name__}: load it with "
            "that class."
        )
    try:
        return _loaded(kind, description, file.arrays, str(path))
    except ModelFileError:
        raise
    except (
        ArithmeticError,
        AttributeError,
        DeltaruleError,
        LookupError,
        TypeError,
        ValueError,
    ) as e:
        reason = str(e)[:200].replace("\n", " ")
        raise ModelFileError(
            f"{path} does not describe a {kind.__name__} ({reason}): save it again with save()."
        ) from e


def _loaded(
    kind: type[Any], description: dict[str, Any], arrays: Mapping[str, Array], where: str
) -> Any:
    network = Network.from_json(description["network"], f"{where}: network")
    others = {name: a for name, a in arrays.items() if name.startswith(OTHER_ARRAYS)}
    parameters = parameters_from_file(
        network, {name: a for name, a in arrays.items() if name not in others}, where
    )
    reader = ArrayReader(others, where)
    estimator = _unfitted(kind, description["settings"], network, where)
    _set_fitted(estimator, description["fitted"], network, where)
    for name in CURVES:
        key = f"curve.{name}"
        curve = reader.take(key, (None,), "float64", finite=False) if key in reader else None
        setattr(estimator, name, None if curve is None else curve.tolist())
    if estimator.solver != "lbfgs" and estimator.loss_curve_ is None:
        raise file_error(f"{where} has no array 'curve.loss_curve_'.")
    state = StrictReader(description["optimizer"], f"{where}: optimizer")
    slots = {
        name.removeprefix("slot."): reader.take(name, (None,), FLOATS)
        for name in others
        if name.startswith("slot.")
    }
    with broken_rules_are_file_errors(where):
        estimator._optimizer = OptimizerState(
            slots,
            checks.integer("updates", state.take("updates", int), at_least=0, at_most=MAX_UPDATES),
            checks.number("learning_rate", state.take("learning_rate", float), at_least=0),
        )
    state.finish()
    if hasattr(estimator, "class_weight"):
        estimator.classes_ = _classes(description["classes"], reader, where)
        _check_classes(estimator, where)
    elif description["classes"] is not None:
        raise file_error(f"{where}: classes must be null for a {kind.__name__}.")
    reader.finish()
    if description["features"] is not None:
        names = StrictReader(description, where).list_of("features", str)
        if len(names) != network.inputs or len(set(names)) < len(names):
            raise file_error(f"{where}: features must be {network.inputs} distinct names.")
        estimator.feature_names_in_ = np.array(names, dtype=object)
    estimator._set_parameters(network, parameters)
    return estimator


@cache
def _setting_names(kind: Any) -> frozenset[str]:
    return frozenset(kind().get_params(deep=False))


def _unfitted(kind: Any, settings: object, network: Network, where: str) -> Any:
    """Return the estimator with its parameters, each of which is checked as in `fit`."""
    known = StrictReader({"settings": settings}, where).take("settings", dict)
    if unknown := set(known) - _setting_names(kind):
        raise file_error(f"{where}: settings has the unknown key {shortened(min(unknown))}.")
    values = {name: _value(name, v, f"{where}: settings.{name}") for name, v in known.items()}
    for name, value in values.items():
        if name in NOT_SAVED and value is not None:
            raise file_error(f"{where}: settings.{name} must be null, which is how it is saved.")
        if isinstance(value, int) and abs(value) >= 2**63:
            raise file_error(f"{where}: settings.{name} must be less than {2**63}.")
    estimator = kind(**values)
    estimator._validate_params()
    units = mlp_parameters.hidden_units(estimator.hidden_layer_sizes)
    mlp_parameters.network_of(
        estimator, network.known_inputs, units, network.outputs, "identity", 0.0
    )
    return estimator


def _set_fitted(estimator: Any, described: object, network: Network, where: str) -> None:
    """Set the attributes of a fitted estimator that are numbers and texts."""
    if isinstance(described, dict):
        described = {
            "_sparse_labels": False,
            **described,
        }  # files of earlier versions have no such key
    reader = StrictReader(described, f"{where}: fitted")
    reader_values = reader.exactly([*SCALARS, *FLAGS, "out_activation_"])
    values = {n: _value(n, v, f"{where}: fitted.{n}") for n, v in reader_values.items()}
    sizes = {
        "n_layers_": len(network.blocks) + 1,
        "n_outputs_": network.outputs,
        "n_features_in_": network.inputs,
    }
    for name, value in values.items():
        if name in sizes:
            fits = type(value) is int and value == sizes[name]
        elif name in ("n_iter_", "t_", "_no_improvement_count"):
            fits = type(value) in (int, float) and 0 <= value <= MAX_UPDATES
        elif name in ("out_activation_", *FLAGS):
            fits = type(value) is (str if name == "out_activation_" else bool)
        else:  # losses and scores; None where they were not computed
            fits = value is None or type(value) in (int, float)
            value = float(value) if type(value) is int else value
        if not fits:
            raise file_error(f"{where}: fitted.{name} does not fit, got {shortened(value)}.")
        setattr(estimator, name, value)


def _classes(described: object, reader: ArrayReader, where: str) -> Array:
    """Return the labels: numbers are an array of the file, texts are in its description."""
    if described is None:
        return reader.take("classes", (None,), ("bool", "int64", "uint64", "float64"))
    labels = StrictReader(described, f"{where}: classes")
    texts = np.array(labels.list_of("labels", str), dtype=np.str_)
    as_objects = labels.take("objects", bool)
    labels.finish()
    return texts.astype(object) if as_objects else texts


def _check_classes(estimator: Any, where: str) -> None:
    classes, outputs = estimator.classes_, estimator.n_outputs_
    count = len(classes)
    one_for_two = count <= 2 and not estimator._multilabel
    fits = outputs == (1 if one_for_two else count)
    if not count or not fits:
        raise ModelFileError(f"{where} has {count} classes, but {outputs} outputs.")
    if (classes[1:] <= classes[:-1]).any():
        raise file_error(f"{where}: classes must be sorted and distinct.")


def _settings(estimator: Any) -> dict[str, Any]:
    given: dict[str, Any] = estimator.get_params(deep=False)
    return given | dict.fromkeys(NOT_SAVED)


def _plain(value: Any) -> Any:
    """Return a setting as strict JSON; values that JSON cannot represent become tagged objects."""
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {"number": str(value)}
    if isinstance(value, Description):
        return {"description": value.to_json()}
    if isinstance(value, dict):
        return {"weights": [[_plain(key), _plain(weight)] for key, weight in value.items()]}
    if isinstance(value, (list, tuple, np.ndarray)):
        return [_plain(item) for item in value]
    return value


def _value(name: str, data: Any, where: str) -> Any:
    """Return the value that `_plain` wrote; hidden_layer_sizes becomes a tuple."""
    if isinstance(data, list):
        items = [_value(name, item, where) for item in data]
        return tuple(items) if name == "hidden_layer_sizes" else items
    if not isinstance(data, dict):
        return data
    if len(data) != 1:
        raise file_error(f"{where} must be an object with one key.")
    ((kind, content),) = data.items()
    if kind == "number" and content in ("nan", "inf", "-inf"):
        return float(content)
    if kind == "weights":
        return {_value(name, k, where): _value(name, w, where) for k, w in content}
    if kind != "description" or name not in FAMILIES:
        raise file_error(f"{where} must not be an object of {shortened(kind)}.")
    return FAMILIES[name].from_json(content, where)


def _texts(classes: Array) -> dict[str, Any]:
    labels = classes.tolist()
    if not all(isinstance(label, str) for label in labels):
        raise ModelFileError(
            "Classes must be all text, all whole numbers, all numbers or all True and False to be "
            f"saved, got {labels[:5]!r}: encode y before fit."
        )
    return {"labels": labels, "objects": classes.dtype.kind == "O"}
