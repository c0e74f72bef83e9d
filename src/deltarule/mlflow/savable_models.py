"""What can be saved in MLflow, and the class that reads each of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from os import PathLike
from typing import Any

from deltarule.errors import ModelFileError, SettingError, shortened
from deltarule.table_model import GroupedModel, TableModel, TableResult
from deltarule.training import TrainingResult

Path = str | PathLike[str]

_LOADERS = {
    "TableModel": "deltarule.table_model:load_model",
    "TrainedNetwork": "deltarule.training:load_network",
    "Sequential": "deltarule.keras.models:load_model",
    "Model": "deltarule.keras.models:load_model",
    "TabularClassifier": "deltarule.estimators:TabularClassifier.load",
    "TabularRegressor": "deltarule.estimators:TabularRegressor.load",
    "MLPClassifier": "deltarule.estimators:MLPClassifier.load",
    "MLPRegressor": "deltarule.estimators:MLPRegressor.load",
}


@dataclass(frozen=True)
class SavableModel:
    """A finished model and the name of its class in `_LOADERS`."""

    model: Any
    class_name: str

    @property
    def table_model(self) -> TableModel | None:
        """The table model: the model itself, or that of a table estimator."""
        found = self.model if isinstance(self.model, TableModel) else self.model_of_estimator
        return found if isinstance(found, TableModel) else None

    @property
    def model_of_estimator(self) -> Any:
        """The model of a fitted table estimator, else None."""
        return getattr(self.model, "model_", None)

    @property
    def is_mlp(self) -> bool:
        """Whether the model is an estimator for arrays."""
        return self.class_name.startswith("MLP")


def savable(model: Any) -> SavableModel:
    """Return the finished model of a result, an estimator or a model.

    Raises `SettingError` for anything else.
    """
    if isinstance(model, TableResult):
        model = model.model
    if isinstance(model, TrainingResult):
        model = model.network
    if isinstance(getattr(model, "model_", None), GroupedModel):
        raise SettingError(
            "model",
            f"has {len(model.model_.groups):,} models, one for each {model.by!r}, and MLflow takes one",
            hint="Give the model of a group, model_.group(name), or model_.all_rows.",
        )
    for kind in type(model).__mro__:
        if kind.__module__.startswith("deltarule.") and kind.__name__ in _LOADERS:
            return SavableModel(model, kind.__name__)
    raise SettingError(
        "model",
        "must be a TableModel, a TrainedNetwork, a Keras model or a fitted estimator of deltarule, "
        f"got {type(model).__name__}",
        hint="Give result.model of dr.train, result.network of dr.fit, or the fitted estimator.",
    )


def loader(class_name: object) -> Callable[[Path], Any]:
    """Return the function that reads the file of a model of this class."""
    if not isinstance(class_name, str) or class_name not in _LOADERS:
        raise ModelFileError(
            f"The MLmodel file has the model class {shortened(class_name)}; known: "
            f"{', '.join(_LOADERS)}."
        )
    module, _, names = _LOADERS[class_name].partition(":")
    found: Any = import_module(module)
    for name in names.split("."):
        found = getattr(found, name)
    return found
