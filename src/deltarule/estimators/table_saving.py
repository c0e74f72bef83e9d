"""Save and load the table estimators: parameters and columns beside the table model, in one file."""

from __future__ import annotations

from dataclasses import dataclass
from os import PathLike
from typing import Any

import numpy as np
from numpy.typing import NDArray

from deltarule._common.strict_reader import StrictReader
from deltarule.errors import ModelFileError
from deltarule.table_model import GroupedModel, TableModel, TableSettings
from deltarule.table_model.model_fitting import FittedModel

Array = NDArray[Any]
Path = str | PathLike[str]


def about_estimator(
    estimator: Any, fitted: FittedModel, settings: TableSettings, source: str
) -> dict[str, Any]:
    """Return how the model was made, as strict JSON types."""
    given = estimator.get_params(deep=False)
    plain = {name: _plain(value) for name, value in given.items() if name != "random_state"}
    names = getattr(estimator, "feature_names_in_", None)
    classes = getattr(estimator, "classes_", None)
    trainings = fitted.trainings
    return {
        "settings": settings.to_json(),
        "recipe": fitted.design.recipe.to_json(),
        "source": source,
        "rows": {"training": len(fitted.design.rows)},
        "explanation": fitted.explanation,
        "epochs": [len(training.history) for training in trainings],
        "kept_epochs": [training.kept_epoch for training in trainings],
        "engine": trainings[0].engine,
        "estimator": {
            "parameters": plain,
            "columns": int(estimator.n_features_in_),
            "names": None if names is None else [str(name) for name in names],
            "order": list(estimator._columns_in_fit),
            "labels": None if classes is None else _label_kind(classes),
        },
    }


def restore_estimator(estimator: Any, model: TableModel | GroupedModel, path: Path) -> None:
    """Set the parameters and the columns that `about_estimator` saved; `train` saves neither."""
    columns, by = _columns(model), model.by if isinstance(model, GroupedModel) else None
    saved = _saved(model, f"{path}: about.estimator")
    parameters = saved.parameters
    if not set(parameters) <= set(estimator.get_params(deep=False)):
        raise ModelFileError(
            f"{path} holds parameters that {type(estimator).__name__} does not have."
        )
    estimator.set_params(**{name: _parameter(value) for name, value in parameters.items()})
    if not saved.parameters:  # a file of `train`
        estimator.by = by
    estimator._validate_params()
    if estimator.by != by:
        raise ModelFileError(f"{path} holds models by another column than it says: save it again.")
    given = [known for known in (saved.names, saved.order) if known is not None]
    if not given and len(columns) != saved.columns:  # an array, in a file of an earlier version
        given = [[f"x{i}" for i in range(saved.columns)]]
    for known in given:
        if len(known) != saved.columns or not set(columns) <= set(known):
            raise ModelFileError(f"{path} has column names that do not fit: save it again.")
    if saved.order is not None:
        estimator._columns_in_fit = saved.order
    estimator.n_features_in_ = saved.columns
    if saved.names is not None:
        estimator.feature_names_in_ = np.array(saved.names, dtype=object)


@dataclass(frozen=True)
class _Saved:
    """What `about_estimator` saved, or what the model implies in its place."""

    parameters: dict[str, Any]
    columns: int
    names: list[str] | None
    order: list[str] | None


def _columns(model: TableModel | GroupedModel) -> list[str]:
    """Return the columns that predictions need."""
    if isinstance(model, TableModel):
        return list(model.encoder.columns)
    return [*model.columns, *({model.by} - {*model.columns})]


def _saved(model: TableModel | GroupedModel, where: str) -> _Saved:
    """Read what `about_estimator` saved: nothing in a file of `train`, less in earlier versions."""
    reader = StrictReader(model.about.get("estimator", {}), where)
    columns = _columns(model)
    names: list[str] | None = columns
    if "names" in reader:
        names = reader.list_of("names", str) if reader.has_value("names") else None
    saved = _Saved(
        reader.take("parameters", dict) if "parameters" in reader else {},
        reader.take("columns", int) if "columns" in reader else len(columns),
        names,
        reader.list_of("order", str) if "order" in reader else None,
    )
    if "labels" in reader and reader.has_value("labels"):  # read by `saved_labels`
        reader.take("labels", str)
    reader.finish()
    return saved


def saved_labels(model: TableModel | GroupedModel) -> Array:
    """Return the class labels of a saved model in the type that y had."""
    kind = model.about.get("estimator", {}).get("labels")
    texts = model.target.classes
    if kind is None:  # a file of `deltarule train`
        return model.target.decode(np.arange(len(texts)))
    try:
        if kind == "bool":
            return np.array([{"false": False, "true": True}[text.lower()] for text in texts])
        if kind in ("int64", "float64"):
            return np.array([float(t) if kind == "float64" else int(t) for t in texts])
        if kind in ("str", "object"):
            return np.array(texts, dtype=np.str_ if kind == "str" else object)
    except (KeyError, ValueError, OverflowError):
        pass
    raise ModelFileError("The model file has class labels that do not fit: save it again.")


def _label_kind(classes: Array) -> str:
    """Return the type of labels, whose texts are in the target; "object" for Python objects."""
    return {"b": "bool", "i": "int64", "u": "int64", "f": "float64", "O": "object"}.get(
        classes.dtype.kind, "str"
    )


def _plain(value: Any) -> Any:
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray | list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, dict):
        return {"weights": [[_plain(key), _plain(weight)] for key, weight in value.items()]}
    return value


def _parameter(value: Any) -> Any:
    """Return the inverse of `_plain`; lists become tuples."""
    if isinstance(value, dict):
        pairs = value.get("weights")
        return dict(pairs) if isinstance(pairs, list) else value
    return tuple(_parameter(item) for item in value) if isinstance(value, list) else value
