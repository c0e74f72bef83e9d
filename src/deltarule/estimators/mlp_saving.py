"""save and load: a fitted estimator as one model file, data only, without pickle."""

from __future__ import annotations

import math
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.descriptions import Description, Family
from deltarule._common.strict_reader import StrictReader
from deltarule.activations import ACTIVATIONS
from deltarule.errors import DeltaruleError, ModelFileError
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
NOT_SAVED = ("callbacks", "random_state")
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
            f"{path} holds a {description['estimator']!r}, not a {kind.__name__}: load it with that "
            "class."
        )
    try:
        return _loaded(kind, description, dict(file.arrays), path)
    except DeltaruleError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise ModelFileError(
            f"{path} does not describe a {kind.__name__} ({error}): save it again with save()."
        ) from error


def _loaded(
    kind: type[Any], description: dict[str, Any], arrays: dict[str, Array], path: Path
) -> Any:
    settings = {
        n: _value(n, v, f"{path}: settings.{n}") for n, v in description["settings"].items()
    }
    estimator = kind(**settings)
    estimator._validate_params()
    fitted = StrictReader(description["fitted"], f"{path}: fitted")
    for name, value in fitted.exactly([*SCALARS, "out_activation_", "_multilabel"]).items():
        setattr(estimator, name, _value(name, value, f"{path}: fitted.{name}"))
    for name in CURVES:
        curve = arrays.pop(f"curve.{name}", None)
        setattr(estimator, name, None if curve is None else curve.tolist())
    slots = {n[5:]: arrays.pop(n) for n in [*arrays] if n.startswith("slot.")}
    state = description["optimizer"]
    estimator._optimizer = OptimizerState(
        slots, int(state["updates"]), float(state["learning_rate"])
    )
    if hasattr(estimator, "class_weight"):
        saved_classes = arrays.pop("classes", None)
        estimator.classes_ = (
            _labels(description["classes"]) if saved_classes is None else saved_classes
        )
        outputs, count = estimator.n_outputs_, len(estimator.classes_)
        if count != outputs and not (outputs == 1 and count <= 2):
            raise ModelFileError(f"{path} has {count} classes, but {outputs} outputs.")
    if description["features"] is not None:
        estimator.feature_names_in_ = np.array(description["features"], dtype=object)
    network = Network.from_json(description["network"], f"{path}: network")
    if (network.inputs, network.outputs) != (estimator.n_features_in_, estimator.n_outputs_):
        raise ModelFileError(f"{path} holds a network of another shape than its settings.")
    estimator._set_parameters(network, parameters_from_file(network, arrays, path))
    return estimator


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
    ((kind, content),) = data.items()
    if kind == "number":
        return float(content)
    if kind == "weights":
        return {_value(name, k, where): _value(name, w, where) for k, w in content}
    return FAMILIES[name].from_json(content, where)


def _labels(description: Any) -> Array:
    labels = [str(label) for label in description["labels"]]
    return np.array(labels, dtype=object if description["objects"] else np.str_)


def _texts(classes: Array) -> dict[str, Any]:
    labels = classes.tolist()
    if not all(isinstance(label, str) for label in labels):
        raise ModelFileError(
            "Classes must be all text, all whole numbers, all numbers or all True and False to be "
            f"saved, got {labels[:5]!r}: encode y before fit."
        )
    return {"labels": labels, "objects": classes.dtype.kind == "O"}
